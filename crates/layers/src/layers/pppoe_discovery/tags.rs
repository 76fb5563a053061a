//! Tags of PPP over Ethernet, [RFC 2516](https://www.rfc-editor.org/rfc/rfc2516) appendix A,
//! [RFC 4638](https://www.rfc-editor.org/rfc/rfc4638), and
//! [RFC 5578](https://www.rfc-editor.org/rfc/rfc5578) section 7.

use super::access_line::{self, BROADBAND_FORUM, PppoeAccessLines};
use crate::layers::ppp::control::text;
use crate::parts::{Parts, Places};
use crate::{EncodeError, FieldSink, Malformed};

/// One tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PppoeTag<'a> {
    /// The list ends here.
    EndOfList,
    /// The service that is wanted or offered; any, if it has no name.
    ServiceName(&'a [u8]),
    /// The access concentrator.
    AcName(&'a [u8]),
    /// Whatever the host wants back in the answer.
    HostUniq(&'a [u8]),
    /// Whatever the access concentrator wants back in the request.
    AcCookie(&'a [u8]),
    /// Whatever a vendor makes of it.
    VendorSpecific { vendor: u32, data: &'a [u8] },
    /// Forward and backward credits: RFC 5578.
    Credits { forward: u16, backward: u16 },
    /// How good the link is: RFC 5578.
    Metrics(PppoeLinkMetrics),
    /// Pairs credits with their answer: RFC 5578.
    SequenceNumber(u16),
    /// How many bytes a credit is worth: RFC 5578.
    CreditScale(u16),
    /// Whatever a relay on the way wants back.
    RelaySessionId(&'a [u8]),
    /// An address for the user's browser.
    Hurl(&'a [u8]),
    /// A message for the user.
    Motm(&'a [u8]),
    /// The most bytes that a packet of the session may hold: RFC 4638.
    MaximumPayload(u16),
    /// A route for the user.
    IpRouteAdd(&'a [u8]),
    /// The service is not offered.
    ServiceNameError(&'a [u8]),
    /// The access concentrator has no room.
    AcSystemError(&'a [u8]),
    /// Something else went wrong.
    GenericError(&'a [u8]),
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u16, data: &'a [u8] },
}

/// How good a link is: RFC 5578, section 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PppoeLinkMetrics {
    /// Units of the data rates and whether only the receiver counts, 5 bits.
    pub flags: u16,
    /// Relative link quality, in percent.
    pub relative_link_quality: u8,
    /// What is left of the sender's resources, in percent.
    pub resources: u8,
    /// In milliseconds.
    pub latency: u16,
    /// Data rate as it is.
    pub current_data_rate: u16,
    /// Data rate as it could be.
    pub maximum_data_rate: u16,
}

/// One tag, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RawTag<'a> {
    kind: u16,
    data: &'a [u8],
    /// The place of the kind among the tags.
    at: usize,
}

/// The tags of a packet. Ends behind the end of the list, and behind the first error.
#[derive(Clone, Debug)]
pub struct PppoeTags<'a>(RawTags<'a>);

#[derive(Clone, Debug)]
struct RawTags<'a>(Parts<'a>);

impl<'a> PppoeTags<'a> {
    pub(super) fn new(tags: &'a [u8]) -> Self {
        Self(RawTags(Parts::new(tags)))
    }
}

impl<'a> Iterator for PppoeTags<'a> {
    type Item = Result<PppoeTag<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|tag| understand(&tag)))
    }
}

impl<'a> Iterator for RawTags<'a> {
    type Item = Result<RawTag<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let tag = take(&mut self.0);
        if tag.map_or(true, |tag| tag.kind == 0) {
            self.0.rest = &[];
        }
        Some(tag)
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<RawTag<'a>, Malformed> {
    let at = parts.taken();
    let &[a, b, c, d] = parts.take::<[u8; 4]>()?;
    let data = parts.bytes(u16::from_be_bytes([c, d]).into())?;
    Ok(RawTag { kind: u16::from_be_bytes([a, b]), data, at })
}

fn understand<'a>(tag: &RawTag<'a>) -> PppoeTag<'a> {
    let RawTag { kind, data, .. } = *tag;
    match (kind, data) {
        (0x0000, _) => PppoeTag::EndOfList,
        (0x0101, name) => PppoeTag::ServiceName(name),
        (0x0102, name) => PppoeTag::AcName(name),
        (0x0103, data) => PppoeTag::HostUniq(data),
        (0x0104, data) => PppoeTag::AcCookie(data),
        (0x0105, &[a, b, c, d, ref data @ ..]) => {
            PppoeTag::VendorSpecific { vendor: u32::from_be_bytes([a, b, c, d]), data }
        }
        (0x0106, &[a, b, c, d]) => {
            let [forward, backward] = [[a, b], [c, d]].map(u16::from_be_bytes);
            PppoeTag::Credits { forward, backward }
        }
        (0x0107, &[a, b, quality, resources, c, d, e, f, g, h]) => {
            let [flags, latency, current, maximum] =
                [[a, b], [c, d], [e, f], [g, h]].map(u16::from_be_bytes);
            PppoeTag::Metrics(PppoeLinkMetrics {
                flags,
                relative_link_quality: quality,
                resources,
                latency,
                current_data_rate: current,
                maximum_data_rate: maximum,
            })
        }
        (0x0108, &[a, b]) => PppoeTag::SequenceNumber(u16::from_be_bytes([a, b])),
        (0x0109, &[a, b]) => PppoeTag::CreditScale(u16::from_be_bytes([a, b])),
        (0x0110, data) => PppoeTag::RelaySessionId(data),
        (0x0111, address) => PppoeTag::Hurl(address),
        (0x0112, message) => PppoeTag::Motm(message),
        (0x0120, &[a, b]) => PppoeTag::MaximumPayload(u16::from_be_bytes([a, b])),
        (0x0121, route) => PppoeTag::IpRouteAdd(route),
        (0x0201, text) => PppoeTag::ServiceNameError(text),
        (0x0202, text) => PppoeTag::AcSystemError(text),
        (0x0203, text) => PppoeTag::GenericError(text),
        _ => PppoeTag::Unknown { kind, data },
    }
}

impl PppoeTag<'_> {
    /// The tags of the Broadband Forum inside a tag of that vendor: what is known of the line.
    pub fn access_lines(&self) -> PppoeAccessLines<'_> {
        match *self {
            Self::VendorSpecific { vendor: BROADBAND_FORUM, data } => PppoeAccessLines::new(data),
            _ => PppoeAccessLines::new(&[]),
        }
    }

    /// Appends the tag.
    ///
    /// # Errors
    ///
    /// It is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut put = |kind: u16, parts: &[&[u8]]| {
            let len = parts.iter().map(|part| part.len()).sum::<usize>();
            let (layer, field, value) = ("pppoed", "tag length", len as u64);
            let length = u16::try_from(len);
            let length = length.map_err(|_| EncodeError::TooLarge { layer, field, value })?;
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            parts.iter().for_each(|part| out.extend_from_slice(part));
            Ok(())
        };
        match *self {
            Self::EndOfList => put(0, &[]),
            Self::ServiceName(name) => put(0x0101, &[name]),
            Self::AcName(name) => put(0x0102, &[name]),
            Self::HostUniq(data) => put(0x0103, &[data]),
            Self::AcCookie(data) => put(0x0104, &[data]),
            Self::VendorSpecific { vendor, data } => put(0x0105, &[&vendor.to_be_bytes(), data]),
            Self::Credits { forward, backward } => {
                put(0x0106, &[&forward.to_be_bytes(), &backward.to_be_bytes()])
            }
            Self::Metrics(metrics) => {
                let rates = [metrics.latency, metrics.current_data_rate, metrics.maximum_data_rate];
                let percents = [metrics.relative_link_quality, metrics.resources];
                let rates = rates.map(u16::to_be_bytes);
                put(0x0107, &[&metrics.flags.to_be_bytes(), &percents, rates.as_flattened()])
            }
            Self::SequenceNumber(number) => put(0x0108, &[&number.to_be_bytes()]),
            Self::CreditScale(bytes) => put(0x0109, &[&bytes.to_be_bytes()]),
            Self::RelaySessionId(data) => put(0x0110, &[data]),
            Self::Hurl(address) => put(0x0111, &[address]),
            Self::Motm(message) => put(0x0112, &[message]),
            Self::MaximumPayload(bytes) => put(0x0120, &[&bytes.to_be_bytes()]),
            Self::IpRouteAdd(route) => put(0x0121, &[route]),
            Self::ServiceNameError(text) => put(0x0201, &[text]),
            Self::AcSystemError(text) => put(0x0202, &[text]),
            Self::GenericError(text) => put(0x0203, &[text]),
            Self::Unknown { kind, data } => put(kind, &[data]),
        }
    }
}

/// Reports the tags of a packet that start at `start`, up to the first error. Wireshark shows kind
/// and length of a tag only where it does not know the tag.
pub(super) fn fields(tags: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let (mut tags, mut end) = (RawTags(Parts::new(tags)), start);
    while let Some(tag) = sink.sound(tags.next(), end) {
        let at = start.saturating_add(tag.at);
        end = at.saturating_add(4).saturating_add(tag.data.len());
        let data = at.saturating_add(4);
        let all = data..data.saturating_add(tag.data.len());
        let mut places = Places(data);
        match understand(&tag) {
            PppoeTag::EndOfList | PppoeTag::ServiceName([]) => {}
            PppoeTag::ServiceName(name) => {
                sink.value("pppoed.tags.service_name", text(name), all);
            }
            PppoeTag::AcName(name) => sink.value("pppoed.tags.ac_name", text(name), all),
            PppoeTag::HostUniq(data) => sink.bytes("pppoed.tags.host_uniq", data, all),
            PppoeTag::AcCookie(data) => sink.bytes("pppoed.tags.ac_cookie", data, all),
            PppoeTag::VendorSpecific { vendor, data } => {
                sink.number("pppoed.tags.vendor_id", vendor, places.next(4));
                if vendor == BROADBAND_FORUM {
                    access_line::fields(data, places.0, sink);
                } else if !data.is_empty() {
                    let place = places.next(data.len());
                    sink.bytes("pppoed.tags.vendor_unspecified", data, place);
                }
            }
            PppoeTag::Credits { forward, backward } => {
                sink.number("pppoed.tags.credits.fcn", forward, places.next(2));
                sink.number("pppoed.tags.credits.bcn", backward, places.next(2));
            }
            PppoeTag::Metrics(metrics) => metrics_fields(&metrics, places, sink),
            PppoeTag::SequenceNumber(number) => sink.number("pppoed.tags.seq_num", number, all),
            PppoeTag::CreditScale(bytes) => sink.number("pppoed.tags.credit_scale", bytes, all),
            PppoeTag::RelaySessionId(data) => {
                sink.bytes("pppoed.tags.relay_session_id", data, all);
            }
            PppoeTag::Hurl(data) => sink.bytes("pppoed.tags.hurl", data, all),
            PppoeTag::Motm(data) => sink.bytes("pppoed.tags.motm", data, all),
            PppoeTag::MaximumPayload(_) => sink.bytes("pppoed.tags.max_payload", tag.data, all),
            PppoeTag::IpRouteAdd(data) => sink.bytes("pppoed.tags.ip_route_add", data, all),
            PppoeTag::ServiceNameError(data) => {
                sink.value("pppoed.tags.service_name_error", text(data), all);
            }
            PppoeTag::AcSystemError(data) => {
                sink.value("pppoed.tags.ac_system_error", text(data), all);
            }
            PppoeTag::GenericError(data) => {
                sink.value("pppoed.tags.generic_error", text(data), all);
            }
            PppoeTag::Unknown { kind, data } => {
                let length = at.saturating_add(2);
                sink.number("pppoed.tag", kind, at..length);
                sink.number("pppoed.tag_length", data.len() as u64, length..all.start);
                sink.bytes("pppoed.tag.unknown_data", data, all);
            }
        }
    }
}

fn metrics_fields(metrics: &PppoeLinkMetrics, mut places: Places, sink: &mut dyn FieldSink) {
    let place = places.next(2);
    sink.number("pppoed.tags.metrics.mdr_units", metrics.flags >> 3 & 3, place.clone());
    sink.number("pppoed.tags.metrics.cdr_units", metrics.flags >> 1 & 3, place.clone());
    sink.flag("pppoed.tags.metrics.r", metrics.flags & 1 != 0, place);
    sink.number("pppoed.tags.metrics.rlq", metrics.relative_link_quality, places.next(1));
    sink.number("pppoed.tags.metrics.resource", metrics.resources, places.next(1));
    sink.number("pppoed.tags.metrics.latency", metrics.latency, places.next(2));
    sink.number("pppoed.tags.metrics.curr_drate", metrics.current_data_rate, places.next(2));
    sink.number("pppoed.tags.metrics.max_drate", metrics.maximum_data_rate, places.next(2));
}
