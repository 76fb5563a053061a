//! Extensions of ICMP messages, [RFC 4884](https://www.rfc-editor.org/rfc/rfc4884) section 7:
//! [MPLS labels](https://www.rfc-editor.org/rfc/rfc4950),
//! [interfaces](https://www.rfc-editor.org/rfc/rfc5837) and
//! [probed interfaces](https://www.rfc-editor.org/rfc/rfc8335). `ICMPv6` has the same.
//!
//! ```text
//!  0       4                       16              24             31
//! |version|       reserved        |           checksum            |
//! |            length             |   class-num   |    c-type     |  per object
//! |                            payload ...                        |
//! ```

use std::net::IpAddr;
use std::ops::Range;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::interface::{IcmpInterface, address_of};
use crate::{FieldSink, Malformed, Value};

/// The version of RFC 4884, the only one.
pub(super) const VERSION: u8 = 2;
/// Bytes in front of the objects.
const HEADER_LEN: usize = size_of::<IcmpExtensionHeader>();
/// Bytes in front of the payload of an object.
const OBJECT_HEADER_LEN: usize = size_of::<ObjectHeader>();
/// RFC 4884, section 5.5: where extensions start if the message does not say how much it quotes.
pub(super) const UNANNOUNCED: usize = 128;
/// RFC 1812, section 4.3.2.3: the longest error of the time when extensions came without a length.
/// Without it, errors that quote errors would each have their checksum taken of a whole packet.
const LONGEST_UNANNOUNCED: usize = 576;

/// What stands in front of the objects.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct IcmpExtensionHeader {
    pub version_reserved: U16,
    pub checksum: U16,
}

/// What stands in front of the payload of an object.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ObjectHeader {
    length: U16,
    class: u8,
    pub(super) c_type: u8,
}

/// The extensions of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IcmpExtensions<'a> {
    pub header: &'a IcmpExtensionHeader,
    /// The objects, not yet understood: [`objects`](Self::objects) are.
    pub raw_objects: &'a [u8],
    raw: &'a [u8],
}

impl<'a> IcmpExtensions<'a> {
    /// Extensions that fill `raw`, if their header is there.
    pub(crate) fn new(raw: &'a [u8]) -> Option<Self> {
        let (header, raw_objects) = IcmpExtensionHeader::ref_from_prefix(raw).ok()?;
        Some(Self { header, raw_objects, raw })
    }

    /// Version, 4 bits: 2.
    pub fn version(&self) -> u8 {
        self.header.version_reserved.to_bytes()[0] >> 4
    }

    /// Whether the checksum is right, or left out, which zero says.
    pub fn is_checksum_valid(&self) -> bool {
        self.header.checksum.get() == 0 || self.sums_up()
    }

    /// The objects; none if the version is not 2, as nothing is known of others.
    pub fn objects(&self) -> IcmpObjects<'a> {
        IcmpObjects(self.raw())
    }

    fn raw(&self) -> RawObjects<'a> {
        let rest = if self.version() == VERSION { self.raw_objects } else { &[] };
        RawObjects { rest, at: HEADER_LEN }
    }

    /// Whether the words add up to all ones, as a checksum sees to.
    fn sums_up(&self) -> bool {
        let (words, odd) = self.raw.as_chunks::<2>();
        let words = words.iter().map(|&word| u16::from_be_bytes(word));
        let odd = odd.iter().map(|&byte| u16::from_be_bytes([byte, 0]));
        let sum = words.chain(odd).fold(0_u16, |sum, word| {
            let (sum, carry) = sum.overflowing_add(word);
            sum.wrapping_add(carry.into())
        });
        sum == u16::MAX
    }

    /// Reports the extensions, which start at `start`, up to the first error.
    pub(crate) fn fields(&self, start: usize, sink: &mut dyn FieldSink) {
        sink.number("icmp.ext.version", self.version(), place(start, 0, 1));
        let reserved = self.header.version_reserved.get() & 0x0fff;
        sink.number("icmp.ext.res", reserved, place(start, 0, 2));
        sink.number("icmp.ext.checksum", self.header.checksum, place(start, 2, 2));
        let mut objects = self.raw();
        while let Some(object) = sink.sound(objects.next(), start.saturating_add(objects.at)) {
            let start = start.saturating_add(object.at);
            object.fields(start, sink);
        }
    }
}

/// Splits what an error message carries into what it quotes and its extensions. The message
/// announces how many bytes it quotes, or zero if it does not say.
pub(crate) fn split_quoted(body: &[u8], announced: usize) -> (&[u8], &[u8]) {
    if announced != 0 {
        return body.split_at_checked(announced).unwrap_or((body, &[]));
    }
    // Routers had extensions before there was a length. A long quotation may hold anything at their
    // place, so only a checksum tells.
    body.split_at_checked(UNANNOUNCED)
        .filter(|_| body.len() <= LONGEST_UNANNOUNCED)
        .filter(|(_, behind)| {
            IcmpExtensions::new(behind)
                .is_some_and(|extensions| extensions.version() == VERSION && extensions.sums_up())
        })
        .unwrap_or((body, &[]))
}

/// One object of the extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IcmpObject<'a> {
    /// The labels that the quoted packet came with, outermost first: RFC 4950.
    MplsLabels(&'a [IcmpMplsEntry]),
    /// An interface that the quoted packet passed, or was to pass: RFC 5837.
    Interface(IcmpInterface<'a>),
    /// The interface to probe, by name: RFC 8335.
    ProbeName(&'a [u8]),
    /// The interface to probe, by number: RFC 8335.
    ProbeIndex(u32),
    /// The interface to probe, by an address of this family: RFC 8335.
    ProbeAddress { family: u16, address: &'a [u8] },
    /// A class or type that has no entry here, or not the length of its type.
    Unknown { class: u8, c_type: u8, data: &'a [u8] },
}

/// One entry of an MPLS label stack: RFC 3032, section 2.1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(transparent)]
pub struct IcmpMplsEntry(pub U32);

impl IcmpMplsEntry {
    /// Label, 20 bits.
    pub fn label(&self) -> u32 {
        self.0.get() >> 12
    }

    /// Traffic class, 3 bits; called experimental before RFC 5462.
    pub fn traffic_class(&self) -> u8 {
        self.0.to_bytes()[2] >> 1 & 7
    }

    /// Whether this is the last entry.
    pub fn bottom_of_stack(&self) -> bool {
        self.0.to_bytes()[2] & 1 != 0
    }

    /// Time to live.
    pub fn ttl(&self) -> u8 {
        self.0.to_bytes()[3]
    }
}

/// The objects of the extensions. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct IcmpObjects<'a>(RawObjects<'a>);

impl<'a> Iterator for IcmpObjects<'a> {
    type Item = Result<IcmpObject<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|object| object.understand()))
    }
}

/// One object, not yet understood.
#[derive(Clone, Copy)]
pub(super) struct RawObject<'a> {
    pub(super) header: &'a ObjectHeader,
    data: &'a [u8],
    /// The place of its first byte in the extensions.
    at: usize,
}

impl<'a> RawObject<'a> {
    fn understand(&self) -> IcmpObject<'a> {
        let (data, &ObjectHeader { class, c_type, .. }) = (self.data, self.header);
        let known = match (class, c_type) {
            (1, 1) => <[IcmpMplsEntry]>::ref_from_bytes(data).ok().map(IcmpObject::MplsLabels),
            (2, _) => Some(IcmpObject::Interface(IcmpInterface::new(c_type, data))),
            (3, 1) => Some(IcmpObject::ProbeName(trimmed(data))),
            (3, 2) => {
                U32::ref_from_bytes(data).ok().map(|index| IcmpObject::ProbeIndex(index.get()))
            }
            (3, 3) => probe_address(data),
            _ => None,
        };
        known.unwrap_or(IcmpObject::Unknown { class, c_type, data })
    }

    /// Reports the object, which starts at `start`.
    fn fields(&self, start: usize, sink: &mut dyn FieldSink) {
        sink.number("icmp.ext.length", self.header.length, place(start, 0, 2));
        sink.number("icmp.ext.class", self.header.class, place(start, 2, 1));
        sink.number("icmp.ext.ctype", self.header.c_type, place(start, 3, 1));
        match self.understand() {
            IcmpObject::MplsLabels(entries) => {
                for (at, entry) in (OBJECT_HEADER_LEN..).step_by(4).zip(entries) {
                    sink.number("icmp.mpls.label", entry.label(), place(start, at, 3));
                    let at = at.saturating_add(2);
                    sink.number("icmp.mpls.exp", entry.traffic_class(), place(start, at, 1));
                    sink.flag("icmp.mpls.s", entry.bottom_of_stack(), place(start, at, 1));
                    let at = at.saturating_add(1);
                    sink.number("icmp.mpls.ttl", entry.ttl(), place(start, at, 1));
                }
            }
            IcmpObject::Interface(interface) => interface.fields(self, start, sink),
            IcmpObject::ProbeName(name) => {
                sink.value("icmp.int_ident.name", text(name), place(start, 4, self.data.len()));
            }
            IcmpObject::ProbeIndex(index) => {
                sink.number("icmp.int_ident.index", index, place(start, 4, 4));
            }
            IcmpObject::ProbeAddress { family, address } => {
                sink.number("icmp.int_ident.afi", family, place(start, 4, 2));
                let len = address.len() as u64;
                sink.number("icmp.int_ident.addr_length", len, place(start, 6, 1));
                self.bytes("icmp.int_ident.reserved", start, place(start, 7, 1), sink);
                let (name, value) = match address_of(family, address) {
                    Some(IpAddr::V4(address)) => ("icmp.int_ident.ipv4", Value::Ipv4(address)),
                    Some(IpAddr::V6(address)) => ("icmp.int_ident.ipv6", Value::Ipv6(address)),
                    None => ("icmp.int_ident.address", Value::Bytes(address)),
                };
                sink.value(name, value, place(start, 8, address.len()));
            }
            IcmpObject::Unknown { data, .. } => {
                if !data.is_empty() {
                    sink.bytes("icmp.ext.data", data, place(start, 4, data.len()));
                }
            }
        }
    }

    /// Reports bytes of it by their places.
    pub(super) fn bytes(
        &self,
        name: &'static str,
        start: usize,
        bytes: Range<usize>,
        sink: &mut dyn FieldSink,
    ) {
        let at = bytes.start.saturating_sub(start).saturating_sub(OBJECT_HEADER_LEN);
        let value = self.data.get(at..).and_then(|data| data.get(..bytes.len()));
        sink.bytes(name, value.unwrap_or_default(), bytes);
    }
}

#[derive(Clone, Debug)]
struct RawObjects<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for RawObjects<'a> {
    type Item = Result<RawObject<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (bytes, at) = (std::mem::take(&mut self.rest), self.at);
        let Ok((header, behind)) = ObjectHeader::ref_from_prefix(bytes) else {
            return Some(Err(Malformed::Truncated { need: OBJECT_HEADER_LEN, have: bytes.len() }));
        };
        let need = usize::from(header.length.get());
        let Some(len) = need.checked_sub(OBJECT_HEADER_LEN) else {
            return Some(Err(Malformed::Field { name: "length", value: need as u64 }));
        };
        let Some((data, rest)) = behind.split_at_checked(len) else {
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        self.at = at.saturating_add(need);
        Some(Ok(RawObject { header, data, at }))
    }
}

fn probe_address(data: &[u8]) -> Option<IcmpObject<'_>> {
    let &[high, low, length, _, ref padded @ ..] = data else { return None };
    let address = padded.get(..usize::from(length))?;
    Some(IcmpObject::ProbeAddress { family: u16::from_be_bytes([high, low]), address })
}

/// The name in front of the zeros that fill it up.
pub(super) fn trimmed(padded: &[u8]) -> &[u8] {
    padded.split(|&byte| byte == 0).next().unwrap_or_default()
}

pub(super) fn text(padded: &[u8]) -> Value<'_> {
    let name = trimmed(padded);
    std::str::from_utf8(name).map_or(Value::Bytes(name), Value::Text)
}

/// `len` bytes, `at` bytes behind `start`.
pub(super) fn place(start: usize, at: usize, len: usize) -> Range<usize> {
    let start = start.saturating_add(at);
    start..start.saturating_add(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields as `tshark -T pdml` names and shows them for extensions with this object.
    #[track_caller]
    fn check(object: &[u8], expected: &str) {
        let bytes = [b"\x20\0\0\0", object].concat();
        let extensions = IcmpExtensions::new(&bytes).unwrap();
        let mut found = Vec::new();
        extensions.fields(0, &mut |field: crate::Field<'_>| {
            if !field.name.starts_with("icmp.ext.") || field.name == "icmp.ext.data" {
                found.push(format!("{}={}", field.name, field.value));
            }
        });
        assert_eq!(found.join(" "), expected);
        assert!(extensions.objects().all(|object| object.is_ok()));
    }

    #[test]
    fn labels_come_outermost_first() {
        check(
            b"\0\x0c\x01\x01\0\x06\x40\xff\0\x06\x51\xfe",
            "icmp.mpls.label=100 icmp.mpls.exp=0 icmp.mpls.s=0 icmp.mpls.ttl=255 \
             icmp.mpls.label=101 icmp.mpls.exp=0 icmp.mpls.s=1 icmp.mpls.ttl=254",
        );
    }

    #[test]
    fn an_interface_has_the_parts_that_its_type_says() {
        check(
            b"\0\x1c\x02\x0f\0\0\0\x07\0\x01\0\0\x0a\0\0\x01\x08eth0\0\0\0\0\0\x05\xdc",
            "icmp.int_info.role=0 icmp.int_info.reserved=0 icmp.int_info.ifindex=1 \
             icmp.int_info.ipaddr=1 icmp.int_info.name_present=1 icmp.int_info.mtu_present=1 \
             icmp.int_info.index=7 icmp.int_info.afi=1 icmp.reserved=0000 \
             icmp.int_info.ipv4=10.0.0.1 icmp.int_info.name_length=8 icmp.int_info.name=eth0 \
             icmp.int_info.mtu=1500",
        );
        check(
            b"\0\x18\x02\x84\0\x02\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
            "icmp.int_info.role=2 icmp.int_info.reserved=0 icmp.int_info.ifindex=0 \
             icmp.int_info.ipaddr=1 icmp.int_info.name_present=0 icmp.int_info.mtu_present=0 \
             icmp.int_info.afi=2 icmp.reserved=0000 icmp.int_info.ipv6=2001:db8::1",
        );
    }

    #[test]
    fn an_address_of_an_unknown_family_ends_an_interface() {
        check(
            b"\0\x10\x02\x35\0\x09\0\0abcd\0\0\0\x01",
            "icmp.int_info.role=0 icmp.int_info.reserved=3 icmp.int_info.ifindex=0 \
             icmp.int_info.ipaddr=1 icmp.int_info.name_present=0 icmp.int_info.mtu_present=1",
        );
    }

    #[test]
    fn an_interface_is_probed_by_name_number_or_address() {
        check(b"\0\x0c\x03\x01eth0.1\0\0", "icmp.int_ident.name=eth0.1");
        check(b"\0\x08\x03\x02\0\0\0\x09", "icmp.int_ident.index=9");
        check(
            b"\0\x0c\x03\x03\0\x01\x04\0\x0a\0\0\x01",
            "icmp.int_ident.afi=1 icmp.int_ident.addr_length=4 icmp.int_ident.reserved=00 \
             icmp.int_ident.ipv4=10.0.0.1",
        );
        check(
            b"\0\x10\x03\x03\x40\x05\x06\0\x01\x02\x03\x04\x05\x06\0\0",
            "icmp.int_ident.afi=16389 icmp.int_ident.addr_length=6 icmp.int_ident.reserved=00 \
             icmp.int_ident.address=010203040506",
        );
    }

    #[test]
    fn an_unknown_class_is_kept_even_without_data() {
        check(b"\0\x08\x07\x07xyzw", "icmp.ext.data=78797a77");
        check(b"\0\x04\x04\x01", "");
    }

    #[test]
    fn a_bad_length_ends_the_objects_instead_of_looping() {
        let objects = |bytes: &'static [u8]| {
            let mut objects = IcmpExtensions::new(bytes).unwrap().objects();
            (objects.next(), objects.next())
        };
        let bad = Malformed::Field { name: "length", value: 3 };
        assert_eq!(objects(b"\x20\0\0\0\0\x03\x01\x01\0\0\0\0"), (Some(Err(bad)), None));
        let short = Malformed::Truncated { need: 8, have: 5 };
        assert_eq!(objects(b"\x20\0\0\0\0\x08\x01\x01\0"), (Some(Err(short)), None));
        let short = Malformed::Truncated { need: 4, have: 3 };
        assert_eq!(objects(b"\x20\0\0\0\0\x08\x01"), (Some(Err(short)), None));
    }

    #[test]
    fn objects_of_another_version_are_not_read() {
        let extensions = IcmpExtensions::new(b"\x30\0\0\0\0\x04\x04\x01").unwrap();
        assert_eq!((extensions.version(), extensions.objects().count()), (3, 0));
    }

    #[test]
    fn a_checksum_covers_every_byte() {
        // From a reply of a router to a traceroute; the checksum is its own.
        let mut bytes = *b"\x20\0\xc4\xe4\0\x08\x01\x01\x19\x11\x01\x01";
        assert!(IcmpExtensions::new(&bytes).unwrap().is_checksum_valid());
        bytes[11] = 2;
        assert!(!IcmpExtensions::new(&bytes).unwrap().is_checksum_valid());
        bytes[2..4].fill(0);
        assert!(IcmpExtensions::new(&bytes).unwrap().is_checksum_valid());
    }
}
