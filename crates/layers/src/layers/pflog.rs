//! OpenBSD's log of its packet filter,
//! [LINKTYPE_PFLOG](https://www.tcpdump.org/linktypes.html), as `net/if_pflog.h` has it.
//!
//! ```text
//!  0               8               16              24             31
//! |    length     |address family |    action     |    reason      |
//! |                   interface name, 16 bytes                     |
//! |                      ruleset, 16 bytes                         |
//! |                          rule number                           |
//! |                        sub rule number                         |
//! |        user id, process id, and those of the rule              |
//! |   direction   |   rewritten   |            padding             |
//! |     source and destination address, 16 bytes each              |
//! |          source port          |        destination port        |
//! ```
//!
//! Older systems end in front of the addresses, and before that of the user id. The ids are in the
//! order of the machine, whose lower byte mostly comes first.

use std::fmt;

use zerocopy::little_endian;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layout;
use crate::parts::Parts;
use crate::{AddressFamily, EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Next, Protocol, Shape, Value};

/// The length of a header up to the direction, without padding.
const MIN_LENGTH: u8 = 61;
/// The length of a header with addresses.
const LENGTH_WITH_ADDRESSES: u8 = 100;
/// What lengths are rounded up to.
const ALIGNMENT: usize = 4;

/// The header on the wire, up to the addresses.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct PflogHeader {
    /// Bytes of the header, without padding at its end.
    pub length: u8,
    pub address_family: u8,
    pub action: u8,
    pub reason: u8,
    pub interface_name: [u8; 16],
    pub ruleset: [u8; 16],
    pub rule_number: U32,
    /// The rule inside an anchor; all bits set, if there is none.
    pub sub_rule_number: U32,
    pub user_id: little_endian::U32,
    pub process_id: little_endian::U32,
    pub rule_user_id: little_endian::U32,
    pub rule_process_id: little_endian::U32,
    pub direction: u8,
    /// Whether the filter changed the addresses, if they are there.
    pub rewritten: u8,
    pub padding: [u8; 2],
}

/// What the packet was addressed to before the filter changed it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PflogAddresses {
    pub source: [u8; 16],
    pub destination: [u8; 16],
    pub source_port: U16,
    pub destination_port: U16,
}

/// What the filter says of the packet behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pflog<'a> {
    pub header: &'a PflogHeader,
    pub addresses: Option<&'a PflogAddresses>,
    /// What else the length announces, and its padding.
    pub rest: &'a [u8],
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for Pflog<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<PflogHeader>()?;
        let length = header.length;
        if length < MIN_LENGTH {
            return Err(Malformed::Field { name: "length", value: length.into() });
        }
        let addresses = parts.take_if(length >= LENGTH_WITH_ADDRESSES)?;
        let len = usize::from(length).next_multiple_of(ALIGNMENT);
        let rest = parts.bytes(len.saturating_sub(parts.taken()))?;
        Ok(Self { header, addresses, rest, payload: parts.rest, header_len: parts.taken() })
    }

    fn shape(&self) -> Shape {
        let ether_type = self.ether_type();
        let next = ether_type.map_or(Next::End, |number| Next::One(Key::ether_type(number)));
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("pflog.length", header.length, 0..1);
        sink.number("pflog.af", header.address_family, 1..2);
        sink.number("pflog.action", header.action, 2..3);
        sink.number("pflog.reason", header.reason, 3..4);
        sink.value("pflog.ifname", layout::text(self.interface_name()), 4..20);
        sink.value("pflog.ruleset", layout::text(self.ruleset()), 20..36);
        let numbers = [
            ("pflog.rulenr", header.rule_number.get(), 36..40),
            ("pflog.subrulenr", header.sub_rule_number.get(), 40..44),
            ("pflog.uid", header.user_id.get(), 44..48),
            ("pflog.pid", header.process_id.get(), 48..52),
            ("pflog.rule_uid", header.rule_user_id.get(), 52..56),
            ("pflog.rule_pid", header.rule_process_id.get(), 56..60),
        ];
        for (name, number, bytes) in numbers {
            sink.value(name, Value::Signed(number.cast_signed().into()), bytes);
        }
        sink.number("pflog.dir", header.direction, 60..61);
        let Some(addresses) = self.addresses else {
            let [a, b] = header.padding;
            return sink.bytes("pflog.pad", &[header.rewritten, a, b], 61..64);
        };
        sink.number("pflog.rewritten", header.rewritten, 61..62);
        sink.bytes("pflog.pad", &header.padding, 62..64);
        let (source, destination) = (&addresses.source, &addresses.destination);
        match self.ether_type() {
            Some(EtherType::IPV4) => {
                sink.value("pflog.saddr.ipv4", ipv4(source), 64..68);
                sink.value("pflog.daddr.ipv4", ipv4(destination), 80..84);
            }
            Some(_) => {
                sink.value("pflog.saddr.ipv6", Value::Ipv6((*source).into()), 64..80);
                sink.value("pflog.daddr.ipv6", Value::Ipv6((*destination).into()), 80..96);
            }
            None => {
                sink.bytes("pflog.saddr.bytes", source, 64..80);
                sink.bytes("pflog.daddr.bytes", destination, 80..96);
            }
        }
        sink.number("pflog.sport", addresses.source_port, 96..98);
        sink.number("pflog.dport", addresses.destination_port, 98..100);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.header.action {
            0 => "pass",
            1 => "block",
            2 => "scrub",
            number => return write!(f, "action {number}"),
        };
        let rule = self.header.rule_number.get();
        write!(f, "rule {rule} {action} on {}", layout::text(self.interface_name()))
    }
}

/// The IPv4 address in the place of one of IPv6.
fn ipv4(&[a, b, c, d, ..]: &[u8; 16]) -> Value<'static> {
    Value::Ipv4([a, b, c, d].into())
}

impl<'a> Pflog<'a> {
    /// What the payload is, by its address family.
    pub fn ether_type(&self) -> Option<EtherType> {
        AddressFamily(self.header.address_family.into()).ether_type()
    }

    /// Name of the interface.
    pub fn interface_name(&self) -> &'a [u8] {
        until_zero(&self.header.interface_name)
    }

    /// Name of the rules that the rule is one of, if they are in an anchor.
    pub fn ruleset(&self) -> &'a [u8] {
        until_zero(&self.header.ruleset)
    }
}

/// A name without the zeros that fill it up.
fn until_zero(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == 0).next().unwrap_or_default()
}

impl Header for PflogHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const TEMPLATE: [u8; size_of::<PflogHeader>()] = {
    let mut bytes = [0; size_of::<PflogHeader>()];
    // The length, and the family of IPv4.
    [bytes[0], bytes[1]] = [MIN_LENGTH, 2];
    bytes
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PFLOG,
    "pflog",
    "OpenBSD packet filter log",
    |bytes, outer| Pflog::parse_in(bytes, outer).map(|pflog| pflog.shape()),
    |bytes, outer, visitor| Pflog::parse_in(bytes, outer).map(|pflog| visitor(&pflog)),
)
.specification("LINKTYPE_PFLOG")
.claims(&[Key::link_type(LinkType::PFLOG)])
.template(&TEMPLATE);

// Made by hand; the fields are those that tshark 4.0.17 shows.
#[cfg(test)]
layer_tests! {
    sample: Pflog *b"\x3d\x02\0\0em0\0\0\0\0\0\0\0\0\0\0\0\0\0rs\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\x05\xff\xff\xff\xff\0\0\0\x07\0\0\0\x08\0\0\0\x09\0\0\0\x0a\x01\0\0\0\
        \x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02";
    fields: "pflog.length=61 pflog.af=2 pflog.action=0 pflog.reason=0 pflog.ifname=em0 \
        pflog.ruleset=rs pflog.rulenr=5 pflog.subrulenr=-1 pflog.uid=117440512 \
        pflog.pid=134217728 pflog.rule_uid=150994944 pflog.rule_pid=167772160 pflog.dir=1 \
        pflog.pad=000000";
    edit: PflogHeader, |header| header.action = 1;
    bad: [0 = 60 => "length" 60, 0 = 0 => "length" 0];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a length, with bytes of addresses behind it.
    fn header(length: u8, family: u8) -> Vec<u8> {
        let mut bytes = TEMPLATE.to_vec();
        [bytes[0], bytes[1]] = [length, family];
        bytes.extend((0..36).chain([0x60, 0, 0, 0]));
        bytes
    }

    /// The end of what tshark 4.0.17 shows of the same header.
    #[track_caller]
    fn check(length: u8, family: u8, fields: &str, header_len: usize) {
        let bytes = header(length, family);
        let pflog = Pflog::parse(&bytes).unwrap();
        let text = pflog.to_string();
        assert!(text.ends_with(fields), "{text}");
        assert_eq!(pflog.shape().header_len, header_len);
    }

    #[test]
    fn addresses_are_those_of_the_family() {
        let ports = "pflog.sport=8225 pflog.dport=8739";
        check(
            100,
            2,
            &format!(
                "pflog.pad=0000 pflog.saddr.ipv4=0.1.2.3 pflog.daddr.ipv4=16.17.18.19 {ports}"
            ),
            100,
        );
        check(
            100,
            24,
            &format!(
                "pflog.saddr.ipv6=1:203:405:607:809:a0b:c0d:e0f \
                pflog.daddr.ipv6=1011:1213:1415:1617:1819:1a1b:1c1d:1e1f {ports}"
            ),
            100,
        );
        check(
            100,
            9,
            &format!(
                "pflog.saddr.bytes=000102030405060708090a0b0c0d0e0f \
                pflog.daddr.bytes=101112131415161718191a1b1c1d1e1f {ports}"
            ),
            100,
        );
    }

    // FreeBSD's header is 69 bytes long, with three more of padding.
    #[test]
    fn a_length_is_rounded_up_to_words() {
        check(61, 2, "pflog.dir=0 pflog.pad=000000", 64);
        check(64, 2, "pflog.pad=000000", 64);
        check(69, 2, "pflog.pad=000000", 72);
    }

    // gopacket reads a byte behind the end of a header of 60 bytes.
    #[test]
    fn a_header_of_60_bytes_is_cut_short() {
        let cut = Malformed::Truncated { need: 64, have: 60 };
        assert_eq!(Pflog::parse(&header(61, 2)[..60]), Err(cut));
        let cut = Malformed::Truncated { need: 72, have: 68 };
        assert_eq!(Pflog::parse(&header(69, 2)[..68]), Err(cut));
    }

    #[test]
    fn the_family_leads_on() {
        let next = |family| Pflog::parse(&header(61, family)).unwrap().shape().next;
        assert_eq!(next(2), Next::One(Key::ether_type(EtherType::IPV4)));
        assert_eq!(next(24), Next::One(Key::ether_type(EtherType::IPV6)));
        assert_eq!(next(9), Next::End);
    }
}
