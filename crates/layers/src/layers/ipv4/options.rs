//! Options of IPv4, [RFC 791](https://www.rfc-editor.org/rfc/rfc791) section 3.1 and
//! [IANA](https://www.iana.org/assignments/ip-parameters).

use std::net::Ipv4Addr;
use std::ops::Range;

use zerocopy::FromBytes;
use zerocopy::network_endian::{U16, U32};

use super::security;
use crate::octet_options::{OctetOption, OctetOptions};
use crate::{FieldSink, Malformed, Value};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv4Option<'a> {
    /// The list ends here.
    EndOfList,
    /// Space between options.
    NoOperation,
    /// The way taken, or partly to take: RFC 791.
    Route(Ipv4Route<'a>),
    /// When routers were passed: RFC 791.
    Timestamps(Ipv4Timestamps<'a>),
    /// Routers should look inside: RFC 2113.
    RouterAlert(u16),
    /// SATNET stream: RFC 791, obsolete.
    StreamId(u16),
    /// Security of RFC 791 and RFC 1108: level, and what follows it.
    Security(&'a [u8]),
    /// Extended security of RFC 1108: format code, and what follows it.
    ExtendedSecurity { format: u8, data: &'a [u8] },
    /// Commercial security: domain of interpretation, and tags.
    Cipso { domain: u32, tags: &'a [u8] },
    /// Smallest MTU on the way: RFC 1063, obsolete.
    MtuProbe(u16),
    /// Answer to an MTU probe: RFC 1063, obsolete.
    MtuReply(u16),
    /// Traceroute of RFC 1393, obsolete: hops there and back are `0xffff` where not counted.
    Traceroute { id: u16, outbound_hops: u16, return_hops: u16, originator: Ipv4Addr },
    /// Rate request, approval or report: RFC 4782. The lower 30 bits of the last word are a nonce.
    QuickStart { function: u8, rate: u8, ttl: u8, nonce: u32 },
    /// Receivers beside the destination: RFC 1770.
    DirectedBroadcast(&'a [[u8; 4]]),
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// A record route, loose or strict source route option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Route<'a> {
    /// Whether the sender prescribes the way, and whether nothing may lie between two stations.
    pub source: Option<Ipv4SourceRoute>,
    /// Where the next address goes, counted from 1 at the kind; 4 at first.
    pub pointer: u8,
    /// The stations, those before the pointer already passed.
    pub addresses: &'a [[u8; 4]],
}

impl<'a> Ipv4Route<'a> {
    /// The addresses that are not yet passed.
    pub fn stations_ahead(&self) -> &'a [[u8; 4]] {
        // The first address is the fourth byte of the option.
        let passed = usize::from(self.pointer).saturating_sub(4).div_ceil(4);
        self.addresses.get(passed..).unwrap_or_default()
    }
}

/// How strictly a source route is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv4SourceRoute {
    /// Other stations may lie between.
    Loose,
    /// No other stations may lie between.
    Strict,
}

/// A timestamp option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Timestamps<'a> {
    /// Where the next entry goes, counted from 1 at the kind; 5 at first.
    pub pointer: u8,
    /// How many stations found no room, 0 to 15.
    pub overflow: u8,
    /// 0: times only; 1: addresses and times; 3: addresses prescribed by the sender.
    pub flag: u8,
    /// Times, or addresses and times by turns, which [`entries`](Self::entries) reads.
    pub words: &'a [[u8; 4]],
}

impl Ipv4Timestamps<'_> {
    /// The entries: who, if the option says so, and milliseconds since midnight UTC.
    pub fn entries(&self) -> impl Iterator<Item = (Option<Ipv4Addr>, u32)> {
        let (alone, pairs) = match self.flag {
            0 => (self.words, &[][..]),
            _ => (&[][..], self.words.as_chunks::<2>().0),
        };
        let time = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes);
        let alone = alone.iter().map(move |bytes| (None, time(bytes)));
        alone.chain(pairs.iter().map(move |[a, t]| (Some(Ipv4Addr::from(*a)), time(t))))
    }
}

/// The options of a packet. Ends behind the end of the list, and behind the first error.
#[derive(Clone, Debug)]
pub struct Ipv4Options<'a>(OctetOptions<'a>);

impl<'a> Ipv4Options<'a> {
    pub(crate) fn new(options: &'a [u8]) -> Self {
        Self(OctetOptions::new(options))
    }
}

impl<'a> Iterator for Ipv4Options<'a> {
    type Item = Result<Ipv4Option<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(understand))
    }
}

fn understand(option: OctetOption<'_>) -> Ipv4Option<'_> {
    let OctetOption { kind, data, .. } = option;
    let known = match (kind, data) {
        (0, _) => Some(Ipv4Option::EndOfList),
        (1, _) => Some(Ipv4Option::NoOperation),
        (7, [pointer, route @ ..]) => Some(routed(None, *pointer, route)),
        (131, [pointer, route @ ..]) => Some(routed(Some(Ipv4SourceRoute::Loose), *pointer, route)),
        (137, [pointer, route @ ..]) => {
            Some(routed(Some(Ipv4SourceRoute::Strict), *pointer, route))
        }
        (68, &[pointer, bits, ref entries @ ..]) => {
            let (overflow, flag) = (bits >> 4, bits & 15);
            let words = entries.as_chunks().0;
            Some(Ipv4Option::Timestamps(Ipv4Timestamps { pointer, overflow, flag, words }))
        }
        (148, data) => number(data).map(Ipv4Option::RouterAlert),
        (136, data) => number(data).map(Ipv4Option::StreamId),
        (11, data) => number(data).map(Ipv4Option::MtuProbe),
        (12, data) => number(data).map(Ipv4Option::MtuReply),
        (130, data) => Some(Ipv4Option::Security(data)),
        (133, &[format, ref data @ ..]) => Some(Ipv4Option::ExtendedSecurity { format, data }),
        (134, data) => U32::ref_from_prefix(data)
            .map(|(domain, tags)| Ipv4Option::Cipso { domain: domain.get(), tags })
            .ok(),
        (82, data) => traceroute(data),
        (25, &[bits, ttl, a, b, c, d]) => {
            let (function, rate) = (bits >> 4, bits & 15);
            let nonce = u32::from_be_bytes([a, b, c, d]) >> 2;
            Some(Ipv4Option::QuickStart { function, rate, ttl, nonce })
        }
        (149, data) => Some(Ipv4Option::DirectedBroadcast(data.as_chunks().0)),
        _ => None,
    };
    known.unwrap_or(Ipv4Option::Unknown { kind, data })
}

fn routed(source: Option<Ipv4SourceRoute>, pointer: u8, route: &[u8]) -> Ipv4Option<'_> {
    Ipv4Option::Route(Ipv4Route { source, pointer, addresses: route.as_chunks().0 })
}

fn number(data: &[u8]) -> Option<u16> {
    U16::ref_from_bytes(data).ok().map(|number| number.get())
}

fn traceroute(data: &[u8]) -> Option<Ipv4Option<'_>> {
    let &[a, b, c, d, e, f, ref originator @ ..] = data else { return None };
    let originator = Ipv4Addr::from(*<&[u8; 4]>::try_from(originator).ok()?);
    let [id, outbound_hops, return_hops] = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
    Some(Ipv4Option::Traceroute { id, outbound_hops, return_hops, originator })
}

/// Reports the options of a header that start at `start`, up to the first error.
pub(super) fn fields(options: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let mut options = OctetOptions::new(options);
    while let Some(option) = sink.sound(options.next(), start.saturating_add(options.place())) {
        let bytes = option.bytes(start);
        let place = |from: usize, to: usize| {
            bytes.start.saturating_add(from)..bytes.start.saturating_add(to)
        };
        sink.number("ip.opt.type", option.kind, place(0, 1));
        sink.flag("ip.opt.type.copy", option.kind & 0x80 != 0, place(0, 1));
        sink.number("ip.opt.type.class", option.kind >> 5 & 3, place(0, 1));
        sink.number("ip.opt.type.number", option.kind & 0x1f, place(0, 1));
        if option.has_length() {
            sink.number("ip.opt.len", bytes.len() as u64, place(1, 2));
        }
        typed_fields(&understand(option), &place, sink);
    }
}

fn typed_fields(
    option: &Ipv4Option<'_>,
    place: &dyn Fn(usize, usize) -> Range<usize>,
    sink: &mut dyn FieldSink,
) {
    match *option {
        Ipv4Option::EndOfList | Ipv4Option::NoOperation | Ipv4Option::Unknown { .. } => {}
        Ipv4Option::Route(route) => {
            sink.number("ip.opt.ptr", route.pointer, place(2, 3));
            let ahead = if route.source.is_some() { "ip.src_rt" } else { "ip.empty_rt" };
            for (at, &address) in (3..).step_by(4).zip(route.addresses) {
                let passed = at < usize::from(route.pointer).saturating_sub(1);
                let name = if passed { "ip.rec_rt" } else { ahead };
                let bytes = place(at, at.saturating_add(4));
                sink.value(name, Value::Ipv4(address.into()), bytes);
            }
        }
        Ipv4Option::Timestamps(stamps) => {
            sink.number("ip.opt.ptr", stamps.pointer, place(2, 3));
            sink.number("ip.opt.overflow", stamps.overflow, place(3, 4));
            sink.number("ip.opt.flag", stamps.flag, place(3, 4));
            let mut at = 4_usize;
            for (address, time) in stamps.entries() {
                if let Some(address) = address {
                    let bytes = place(at, at.saturating_add(4));
                    sink.value("ip.opt.time_stamp_addr", Value::Ipv4(address), bytes);
                    at = at.saturating_add(4);
                }
                sink.number("ip.opt.time_stamp", time, place(at, at.saturating_add(4)));
                at = at.saturating_add(4);
            }
        }
        Ipv4Option::RouterAlert(value) => sink.number("ip.opt.ra", value, place(2, 4)),
        Ipv4Option::StreamId(id) => sink.number("ip.opt.sid", id, place(2, 4)),
        Ipv4Option::MtuProbe(mtu) | Ipv4Option::MtuReply(mtu) => {
            sink.number("ip.opt.mtu", mtu, place(2, 4));
        }
        Ipv4Option::Security(data) => security::security(data, place, sink),
        Ipv4Option::ExtendedSecurity { format, data } => {
            sink.number("ip.opt.ext_sec_add_sec_info_format_code", format, place(2, 3));
            if !data.is_empty() {
                let bytes = place(3, data.len().saturating_add(3));
                sink.bytes("ip.opt.ext_sec_add_sec_info", data, bytes);
            }
        }
        Ipv4Option::Cipso { domain, tags } => {
            sink.number("ip.cipso.doi", domain, place(2, 6));
            security::cipso_tags(tags, place, sink);
        }
        Ipv4Option::Traceroute { id, outbound_hops, return_hops, originator } => {
            sink.number("ip.opt.id_number", id, place(2, 4));
            sink.number("ip.opt.ohc", outbound_hops, place(4, 6));
            sink.number("ip.opt.rhc", return_hops, place(6, 8));
            sink.value("ip.opt.originator", Value::Ipv4(originator), place(8, 12));
        }
        Ipv4Option::QuickStart { function, rate, ttl, nonce } => {
            sink.number("ip.opt.qs_func", function, place(2, 3));
            sink.number("ip.opt.qs_rate", rate, place(2, 3));
            let name = if function == 8 { "ip.opt.qs_unused" } else { "ip.opt.qs_ttl" };
            sink.number(name, ttl, place(3, 4));
            sink.number("ip.opt.qs_nonce", nonce, place(4, 8));
        }
        Ipv4Option::DirectedBroadcast(addresses) => {
            for (at, &address) in (2..).step_by(4).zip(addresses) {
                let bytes = place(at, at.saturating_add(4));
                sink.value("ip.opt.addr", Value::Ipv4(address.into()), bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields as `tshark -T pdml` names and shows them for a packet with these options, but
    /// for those of the kind.
    #[track_caller]
    fn check(options: &[u8], expected: &str) {
        let mut found = Vec::new();
        fields(options, 20, &mut |field: crate::Field<'_>| {
            if !field.name.starts_with("ip.opt.type") {
                found.push(format!("{}={}", field.name, field.value));
            }
        });
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn record_route_tells_passed_stations_from_room() {
        check(
            b"\x07\x0f\x08\x0a\0\0\x01\x0a\0\0\x02\0\0\0\0\0",
            "ip.opt.len=15 ip.opt.ptr=8 ip.rec_rt=10.0.0.1 ip.empty_rt=10.0.0.2 \
             ip.empty_rt=0.0.0.0",
        );
    }

    #[test]
    fn a_finished_source_route_is_all_passed() {
        check(
            b"\x89\x0b\x0c\x0a\0\0\x01\x0a\0\0\x02\0",
            "ip.opt.len=11 ip.opt.ptr=12 ip.rec_rt=10.0.0.1 ip.rec_rt=10.0.0.2",
        );
    }

    #[test]
    fn timestamps_come_with_and_without_addresses() {
        check(
            b"\x44\x0c\x09\x20\0\0\0\x01\0\0\0\0",
            "ip.opt.len=12 ip.opt.ptr=9 ip.opt.overflow=2 ip.opt.flag=0 ip.opt.time_stamp=1 \
             ip.opt.time_stamp=0",
        );
        check(
            b"\x44\x14\x0d\x11\x0a\0\0\x01\0\0\0\x05\x0a\0\0\x02\0\0\0\0",
            "ip.opt.len=20 ip.opt.ptr=13 ip.opt.overflow=1 ip.opt.flag=1 \
             ip.opt.time_stamp_addr=10.0.0.1 ip.opt.time_stamp=5 \
             ip.opt.time_stamp_addr=10.0.0.2 ip.opt.time_stamp=0",
        );
    }

    #[test]
    fn options_of_one_number() {
        check(b"\x94\x04\0\0", "ip.opt.len=4 ip.opt.ra=0");
        check(b"\x88\x04\x12\x34", "ip.opt.len=4 ip.opt.sid=4660");
        check(b"\x0b\x04\x05\xdc", "ip.opt.len=4 ip.opt.mtu=1500");
        check(b"\x0c\x04\x05\xdc", "ip.opt.len=4 ip.opt.mtu=1500");
    }

    #[test]
    fn security_in_both_of_its_forms() {
        check(
            b"\x82\x0b\xf1\x35\0\0\0\0\0\0\xab\0",
            "ip.opt.len=11 ip.opt.sec_rfc791_sec=61749 ip.opt.sec_rfc791_comp=0 \
             ip.opt.sec_rfc791_hr=0000 ip.opt.sec_rfc791_tcc=0000ab",
        );
        check(
            b"\x82\x0b\0\0\0\0A1XYZ\0",
            "ip.opt.len=11 ip.opt.sec_rfc791_sec=0 ip.opt.sec_rfc791_comp=0 \
             ip.opt.sec_rfc791_hr=A1 ip.opt.sec_rfc791_tcc=XYZ",
        );
        check(b"\x82\x03\x0a\0", "ip.opt.len=3 ip.opt.sec_cl=10");
        check(
            b"\x85\x05\x01\x02\x03\0\0\0",
            "ip.opt.len=5 ip.opt.ext_sec_add_sec_info_format_code=1 \
             ip.opt.ext_sec_add_sec_info=0203",
        );
    }

    #[test]
    fn quick_start_names_the_unused_byte_of_a_report() {
        check(
            b"\x19\x08\x05\x40\x12\x34\x56\x78",
            "ip.opt.len=8 ip.opt.qs_func=0 ip.opt.qs_rate=5 ip.opt.qs_ttl=64 \
             ip.opt.qs_nonce=76354974",
        );
        check(
            b"\x19\x08\x85\0\x12\x34\x56\x78",
            "ip.opt.len=8 ip.opt.qs_func=8 ip.opt.qs_rate=5 ip.opt.qs_unused=0 \
             ip.opt.qs_nonce=76354974",
        );
    }

    #[test]
    fn options_with_addresses() {
        check(
            b"\x52\x0c\0\x01\0\x02\0\x03\x0a\0\0\x01",
            "ip.opt.len=12 ip.opt.id_number=1 ip.opt.ohc=2 ip.opt.rhc=3 \
             ip.opt.originator=10.0.0.1",
        );
        check(
            b"\x95\x0c\x0a\0\0\x01\x0a\0\0\x02\0\0",
            "ip.opt.len=12 ip.opt.addr=10.0.0.1 ip.opt.addr=10.0.0.2",
        );
        check(b"\x86\x08\0\0\0\x01\x01\x10", "ip.opt.len=8 ip.cipso.doi=1 ip.cipso.tag_type=1");
    }

    #[test]
    fn an_unknown_kind_is_kept_even_without_data() {
        let mut options = Ipv4Options::new(&[99, 2, 0x9e, 4, 1, 2]);
        assert_eq!(options.next(), Some(Ok(Ipv4Option::Unknown { kind: 99, data: &[] })));
        assert_eq!(options.next(), Some(Ok(Ipv4Option::Unknown { kind: 0x9e, data: &[1, 2] })));
        assert_eq!(options.next(), None);
    }

    #[test]
    fn a_length_that_is_not_its_kinds_makes_an_option_unknown() {
        let mut options = Ipv4Options::new(&[148, 3, 0, 1]);
        assert_eq!(options.next(), Some(Ok(Ipv4Option::Unknown { kind: 148, data: &[0] })));
    }
}
