//! Options of mobility messages, [RFC 6275](https://www.rfc-editor.org/rfc/rfc6275) section 6.2 and
//! [IANA](https://www.iana.org/assignments/mobility-parameters).

use std::net::Ipv6Addr;
use std::ops::Range;

use super::rare;
use crate::field_reader::FieldReader;
use crate::{FieldSink, Malformed, Value};

/// The one type without a length.
const PAD1: u8 = 0;

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "fields have the names of the RFC")]
pub enum MobilityOption<'a> {
    /// One byte of padding.
    Pad1,
    /// Two bytes of padding and these, which should be zero.
    PadN(&'a [u8]),
    /// Type 2: when to register again, in units of four seconds.
    BindingRefreshAdvice(u16),
    /// Type 3: where the node is, instead of the source address.
    AlternateCareOfAddress(Ipv6Addr),
    /// Type 4: which nonces the keys are made of.
    NonceIndices { home: u16, care_of: u16 },
    /// Type 5: proof of the right to move.
    BindingAuthorization(&'a [u8]),
    /// Type 6: a network that moves, RFC 3963.
    MobileNetworkPrefix { prefix_len: u8, prefix: Ipv6Addr },
    /// Type 7: address on a link, RFC 5568. The code says whose.
    LinkLayerAddress { code: u8, address: &'a [u8] },
    /// Type 8: name of the node, RFC 4283. Subtype 1 is a network access identifier.
    MobileNodeIdentifier { subtype: u8, identifier: &'a [u8] },
    /// Type 9: proof of the sender, RFC 4285.
    Authentication { subtype: u8, spi: u32, data: &'a [u8] },
    /// Type 22: a network of the node, RFC 5213.
    HomeNetworkPrefix { prefix_len: u8, prefix: Ipv6Addr },
    /// Type 23: why a node is handed over, RFC 5213.
    HandoffIndicator(u8),
    /// Type 24: what kind of link it is on, RFC 5213.
    AccessTechnology(u8),
    /// Type 26: link-local address of the gateway, RFC 5213.
    LinkLocalAddress(Ipv6Addr),
    /// Type 28: how often the sender has started, RFC 5847.
    RestartCounter(u32),
    /// A type that has no entry here, or not the length of its type.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The options of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct MobilityOptions<'a> {
    rest: &'a [u8],
}

/// An option, not yet understood: all its bytes, and those behind its length.
#[derive(Clone, Copy, Debug)]
struct RawOption<'a> {
    kind: u8,
    whole: &'a [u8],
    data: &'a [u8],
}

impl<'a> MobilityOptions<'a> {
    pub(super) fn new(options: &'a [u8]) -> Self {
        Self { rest: options }
    }

    fn next_raw(&mut self) -> Option<Result<RawOption<'a>, Malformed>> {
        let have = self.rest.len();
        let &kind = self.rest.first()?;
        let need = match self.rest {
            [PAD1, ..] => 1,
            [_, len, ..] => usize::from(*len).saturating_add(2),
            _ => 2,
        };
        let Some((whole, rest)) = self.rest.split_at_checked(need) else {
            self.rest = &[];
            return Some(Err(Malformed::Truncated { need, have }));
        };
        self.rest = rest;
        Some(Ok(RawOption { kind, whole, data: whole.get(2..).unwrap_or_default() }))
    }
}

impl<'a> Iterator for MobilityOptions<'a> {
    type Item = Result<MobilityOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_raw()?.map(understand))
    }
}

fn understand(RawOption { kind, data, .. }: RawOption<'_>) -> MobilityOption<'_> {
    let address = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from);
    let known = match (kind, data) {
        (PAD1, _) => Some(MobilityOption::Pad1),
        (1, _) => Some(MobilityOption::PadN(data)),
        (2, &[a, b]) => Some(MobilityOption::BindingRefreshAdvice(u16::from_be_bytes([a, b]))),
        (3, _) => address(data).map(MobilityOption::AlternateCareOfAddress),
        (4, &[a, b, c, d]) => Some(MobilityOption::NonceIndices {
            home: u16::from_be_bytes([a, b]),
            care_of: u16::from_be_bytes([c, d]),
        }),
        (5, _) => Some(MobilityOption::BindingAuthorization(data)),
        (6, &[_, prefix_len, ref prefix @ ..]) => {
            address(prefix).map(|prefix| MobilityOption::MobileNetworkPrefix { prefix_len, prefix })
        }
        (7, &[code, ref address @ ..]) => Some(MobilityOption::LinkLayerAddress { code, address }),
        (8, &[subtype, ref identifier @ ..]) => {
            Some(MobilityOption::MobileNodeIdentifier { subtype, identifier })
        }
        (9, &[subtype, a, b, c, d, ref data @ ..]) => Some(MobilityOption::Authentication {
            subtype,
            spi: u32::from_be_bytes([a, b, c, d]),
            data,
        }),
        (22, &[_, prefix_len, ref prefix @ ..]) => {
            address(prefix).map(|prefix| MobilityOption::HomeNetworkPrefix { prefix_len, prefix })
        }
        (23, &[_, indicator]) => Some(MobilityOption::HandoffIndicator(indicator)),
        (24, &[_, technology]) => Some(MobilityOption::AccessTechnology(technology)),
        (26, _) => address(data).map(MobilityOption::LinkLocalAddress),
        (28, &[a, b, c, d]) => {
            Some(MobilityOption::RestartCounter(u32::from_be_bytes([a, b, c, d])))
        }
        _ => None,
    };
    known.unwrap_or(MobilityOption::Unknown { kind, data })
}

/// Reports the options that start at `start`, up to the first error.
pub(super) fn fields(options: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let (mut options, mut at) = (MobilityOptions::new(options), start);
    while let Some(raw) = sink.sound(options.next_raw(), at) {
        let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
        let (option, end) = (understand(raw), raw.whole.len());
        match name(&option) {
            Some(name) => sink.bytes(name, raw.whole, place(0, end)),
            None => match rare::name(raw.kind) {
                Some(name) => sink.bytes(name, raw.whole, place(0, end)),
                None => sink.number("mip6.mobility_opt", raw.kind, place(0, 1)),
            },
        }
        if raw.kind != PAD1 {
            sink.number("mip6.mobility_opt.len", raw.data.len() as u64, place(1, 2));
        }
        match option {
            MobilityOption::Unknown { kind, data } => {
                rare::option(kind, &mut FieldReader::new(data, at.saturating_add(2), sink));
            }
            _ => typed_fields(&option, raw, &place, sink),
        }
        at = at.saturating_add(end);
    }
}

/// Wireshark's name for a whole option.
fn name(option: &MobilityOption<'_>) -> Option<&'static str> {
    Some(match option {
        MobilityOption::Pad1 => "mip6.options.pad1",
        MobilityOption::PadN(_) => "mip6.options.padn",
        MobilityOption::BindingRefreshAdvice(_) => "mip6.options.bra",
        MobilityOption::AlternateCareOfAddress(_) => "mip6.options.acoa",
        MobilityOption::NonceIndices { .. } => "mip6.options.ni",
        MobilityOption::BindingAuthorization(_) => "mip6.options.bad_auth",
        MobilityOption::MobileNetworkPrefix { .. } => "mip6.options.mnp",
        MobilityOption::LinkLayerAddress { .. } => "mip6.options.mhlla",
        MobilityOption::MobileNodeIdentifier { .. } => "mip6.options.mnid",
        MobilityOption::Authentication { .. } => "mip6.options.auth",
        MobilityOption::HomeNetworkPrefix { .. } => "mip6.options.hnp",
        MobilityOption::HandoffIndicator(_) => "mip6.options.hi",
        MobilityOption::AccessTechnology(_) => "mip6.options.att",
        MobilityOption::LinkLocalAddress(_) => "mip6.options.lla",
        MobilityOption::RestartCounter(_) => "mip6.options.rc",
        MobilityOption::Unknown { .. } => return None,
    })
}

/// Reports what stands behind the length of an option.
fn typed_fields(
    option: &MobilityOption<'_>,
    raw: RawOption<'_>,
    place: &dyn Fn(usize, usize) -> Range<usize>,
    sink: &mut dyn FieldSink,
) {
    let end = raw.whole.len();
    let reserved = raw.data.first().copied().unwrap_or_default();
    match *option {
        MobilityOption::Pad1 | MobilityOption::Unknown { .. } | MobilityOption::PadN(&[]) => {}
        MobilityOption::PadN(data) => sink.bytes("mip6.padn", data, place(2, end)),
        MobilityOption::BindingRefreshAdvice(interval) => {
            sink.number("mip6.bra.interval", interval, place(2, 4));
        }
        MobilityOption::AlternateCareOfAddress(address) => {
            sink.value("mip6.acoa.acoa", Value::Ipv6(address), place(2, 18));
        }
        MobilityOption::NonceIndices { home, care_of } => {
            sink.number("mip6.ni.hni", home, place(2, 4));
            sink.number("mip6.ni.cni", care_of, place(4, 6));
        }
        MobilityOption::BindingAuthorization(data) => {
            sink.bytes("mip6.bad.auth", data, place(2, end));
        }
        MobilityOption::MobileNetworkPrefix { prefix_len, prefix }
        | MobilityOption::HomeNetworkPrefix { prefix_len, prefix } => {
            sink.number("mip6.nemo.mnp.pfl", prefix_len, place(3, 4));
            sink.value("mip6.nemo.mnp.mnp", Value::Ipv6(prefix), place(4, 20));
        }
        MobilityOption::LinkLayerAddress { code, address } => {
            sink.number("mip6.lla.optcode", code, place(2, 3));
            sink.bytes("mip6.lla", address, place(3, end));
        }
        MobilityOption::MobileNodeIdentifier { subtype, identifier } => {
            sink.number("mip6.mnid.subtype", subtype, place(2, 3));
            let text = std::str::from_utf8(identifier);
            let value = text.map_or(Value::Bytes(identifier), Value::Text);
            sink.value("mip6.mnid.identifier", value, place(3, end));
        }
        MobilityOption::Authentication { subtype, spi, data } => {
            sink.number("mip6.auth.subtype", subtype, place(2, 3));
            sink.number("mip6.auth.mobility_spi", spi, place(3, 7));
            sink.bytes("mip6.auth.auth_data", data, place(7, end));
        }
        MobilityOption::HandoffIndicator(indicator) => {
            sink.number("mip6.hi.reserved", reserved, place(2, 3));
            sink.number("mip6.hi", indicator, place(3, 4));
        }
        MobilityOption::AccessTechnology(technology) => {
            sink.number("mip6.att.reserved", reserved, place(2, 3));
            sink.number("mip6.att", technology, place(3, 4));
        }
        MobilityOption::LinkLocalAddress(address) => {
            sink.value("mip6.lila_lla", Value::Ipv6(address), place(2, 18));
        }
        MobilityOption::RestartCounter(count) => sink.number("mip6.rc", count, place(2, 6)),
    }
}
