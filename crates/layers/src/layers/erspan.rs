//! Encapsulated Remote Switch Port Analyzer, types II and III,
//! [draft-foschiano-erspan-03](https://datatracker.ietf.org/doc/html/draft-foschiano-erspan-03)
//! section 4. Type I has no header: GRE leads to its frame.
//!
//! ```text
//!  0       4                       16    19    21  22             31
//! |version|         VLAN          | COS | En  | T |   session ID   |
//! |           reserved           |            index                |   type II
//! |                          timestamp                             |   type III
//! |     security group tag        |P|   FT    |   Hw ID   |D|Gra|O|
//! |                platform specific subheader (if O)              |
//! |                                                                |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::Parts;
use crate::{Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Shape};

/// The version in a header of type II.
const TYPE_II: u8 = 1;
/// The version in a header of type III.
const TYPE_III: u8 = 2;

/// The part of the header that types II and III share.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct ErspanHeader {
    pub version_vlan: U16,
    pub cos_session: U16,
    /// Type II: the index of the port, behind 12 reserved bits. Type III: the time.
    pub index_or_timestamp: U32,
}

impl Default for ErspanHeader {
    /// Type II, and zero in all else.
    fn default() -> Self {
        let index_or_timestamp = U32::ZERO;
        Self { version_vlan: U16::new(0x1000), cos_session: U16::ZERO, index_or_timestamp }
    }
}

impl ErspanHeader {
    /// Version, 4 bits: 1 for type II, 2 for type III.
    pub fn version(&self) -> u8 {
        self.version_vlan.to_bytes()[0] >> 4
    }

    /// Writes the version, its low four bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_vlan.set(self.version_vlan.get() & 0x0fff | u16::from(version & 15) << 12);
    }

    /// The VLAN that the frame was seen on, 12 bits.
    pub fn vlan(&self) -> u16 {
        self.version_vlan.get() & 0x0fff
    }

    /// Writes the VLAN, its low twelve bits.
    pub fn set_vlan(&mut self, vlan: u16) {
        self.version_vlan.set(self.version_vlan.get() & 0xf000 | vlan & 0x0fff);
    }

    /// Class of service, 3 bits.
    pub fn class_of_service(&self) -> u8 {
        self.cos_session.to_bytes()[0] >> 5
    }

    /// Writes [`class_of_service`](Self::class_of_service), its low 3 bits.
    pub fn set_class_of_service(&mut self, class_of_service: u8) {
        self.cos_session
            .set(self.cos_session.get() & !0xe000 | u16::from(class_of_service & 0x07) << 13);
    }

    /// Type II: how the frame was tagged. Type III: whether it was bad, short or oversized.
    pub fn encapsulation(&self) -> u8 {
        self.cos_session.to_bytes()[0] >> 3 & 3
    }

    /// Writes [`encapsulation`](Self::encapsulation), its low 2 bits.
    pub fn set_encapsulation(&mut self, encapsulation: u8) {
        self.cos_session
            .set(self.cos_session.get() & !0x1800 | u16::from(encapsulation & 0x03) << 11);
    }

    /// Whether the frame was cut.
    pub fn is_cut(&self) -> bool {
        self.cos_session.get() & 0x0400 != 0
    }

    /// Writes [`is_cut`](Self::is_cut).
    pub fn set_cut(&mut self, cut: bool) {
        self.cos_session.set(self.cos_session.get() & !0x0400 | u16::from(cut) << 10);
    }

    /// The session that the frame belongs to, 10 bits.
    pub fn session_id(&self) -> u16 {
        self.cos_session.get() & 0x03ff
    }

    /// Writes the session, its low ten bits.
    pub fn set_session_id(&mut self, session: u16) {
        self.cos_session.set(self.cos_session.get() & 0xfc00 | session & 0x03ff);
    }
}

/// What a header of type III has in addition.
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
pub struct ErspanExtension {
    pub security_group_tag: U16,
    pub flags: U16,
}

impl ErspanExtension {
    /// What was mirrored, 5 bits: 0 for an Ethernet frame, 2 for an IP packet.
    pub fn frame_type(&self) -> u8 {
        self.flags.to_bytes()[0] >> 2 & 0x1f
    }

    /// Writes [`frame_type`](Self::frame_type), its low 5 bits.
    pub fn set_frame_type(&mut self, frame_type: u8) {
        self.flags.set(self.flags.get() & !0x7c00 | u16::from(frame_type & 0x1f) << 10);
    }

    /// The unit of the timestamp, 2 bits: 100 µs, 100 ns, IEEE 1588, or the platform's.
    pub fn granularity(&self) -> u8 {
        self.flags.to_bytes()[1] >> 1 & 3
    }

    /// Writes [`granularity`](Self::granularity), its low 2 bits.
    pub fn set_granularity(&mut self, granularity: u8) {
        self.flags.set(self.flags.get() & !0x0006 | u16::from(granularity & 0x03) << 1);
    }

    /// Whether the frame left the switch, and did not enter it.
    pub fn is_egress(&self) -> bool {
        self.flags.get() & 8 != 0
    }

    /// Writes [`is_egress`](Self::is_egress).
    pub fn set_egress(&mut self, egress: bool) {
        self.flags.set(self.flags.get() & !0x0008 | u16::from(egress) << 3);
    }

    /// Whether a subheader is behind.
    pub fn has_subheader(&self) -> bool {
        self.flags.get() & 1 != 0
    }

    /// Writes [`has_subheader`](Self::has_subheader).
    pub fn set_subheader(&mut self, subheader: bool) {
        self.flags.set(self.flags.get() & !0x0001 | u16::from(subheader));
    }
}

/// A mirrored frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erspan<'a> {
    pub header: &'a ErspanHeader,
    /// What a header of type III has in addition.
    pub extension: Option<&'a ErspanExtension>,
    /// What the platform has to say, its number in the first 6 bits.
    pub subheader: Option<&'a [U32; 2]>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Erspan<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<ErspanHeader>()?;
        let extension = match header.version() {
            TYPE_II => None,
            TYPE_III => Some(parts.take::<ErspanExtension>()?),
            version => return Err(Malformed::Field { name: "version", value: version.into() }),
        };
        let subheader = parts.take_if(extension.is_some_and(ErspanExtension::has_subheader))?;
        Ok(Self { header, extension, subheader, payload: parts.rest })
    }

    fn shape(&self) -> Shape {
        let next = match (self.extension.map_or(0, ErspanExtension::frame_type), self.payload) {
            (0, _) => Next::One(Key::ether_type(EtherType::BRIDGING)),
            (2, [0x40..=0x4f, ..]) => Next::One(Key::ether_type(EtherType::IPV4)),
            (2, [0x60..=0x6f, ..]) => Next::One(Key::ether_type(EtherType::IPV6)),
            _ => Next::End,
        };
        let extension = self.extension.map_or(0, |_| size_of::<ErspanExtension>());
        let subheader = self.subheader.map_or(0, size_of_val);
        let header_len = size_of::<ErspanHeader>().saturating_add(extension);
        let header_len = header_len.saturating_add(subheader);
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("erspan.version", header.version(), 0..2);
        sink.number("erspan.vlan", header.vlan(), 0..2);
        sink.number("erspan.cos", header.class_of_service(), 2..4);
        let name = if self.extension.is_some() { "erspan.bso" } else { "erspan.encap" };
        sink.number(name, header.encapsulation(), 2..4);
        sink.number("erspan.truncated", header.is_cut(), 2..4);
        sink.number("erspan.spanid", header.session_id(), 2..4);
        let word = header.index_or_timestamp.get();
        let Some(extension) = self.extension else {
            sink.number("erspan.reserved", word >> 20, 4..8);
            sink.number("erspan.index", word & 0x000f_ffff, 4..8);
            return;
        };
        sink.number("erspan.timestamp", word, 4..8);
        sink.number("erspan.sgt", extension.security_group_tag, 8..10);
        let flags = extension.flags.get();
        sink.number("erspan.p", flags >> 15, 10..12);
        sink.number("erspan.ft", extension.frame_type(), 10..12);
        sink.number("erspan.hw", flags >> 4 & 0x3f, 10..12);
        sink.flag("erspan.direction", extension.is_egress(), 10..12);
        sink.number("erspan.gra", extension.granularity(), 10..12);
        sink.number("erspan.o", extension.has_subheader(), 10..12);
        if let Some([first, second]) = self.subheader {
            subheader_fields(first.get(), second.get(), sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = if self.extension.is_some() { "III" } else { "II" };
        write!(f, "type {number} session {} vlan {}", self.session_id(), self.header.vlan())
    }
}

/// The subheader of the platform that its first 6 bits name.
fn subheader_fields(first: u32, second: u32, sink: &mut dyn FieldSink) {
    sink.number("erspan.platid", first >> 26, 12..16);
    match first >> 26 {
        1 => {
            sink.number("erspan.pid1.rsvd1", first >> 12 & 0x3fff, 12..16);
            sink.number("erspan.pid1.vsmid", first & 0x0fff, 12..16);
            sink.number("erspan.pid1.port_index", second, 16..20);
        }
        3 => {
            sink.number("erspan.pid3.rsvd1", first >> 14 & 0x0fff, 12..16);
            sink.number("erspan.pid3.port_index", first & 0x3fff, 12..16);
            sink.number("erspan.pid3.timestamp", second, 16..20);
        }
        4 => {
            sink.number("erspan.pid4.rsvd1", first >> 14 & 0x0fff, 12..16);
            sink.number("erspan.pid4.rsvd2", first & 0x3fff, 12..16);
            sink.number("erspan.pid4.rsvd3", second, 16..20);
        }
        5 | 6 => {
            sink.number("erspan.pid5.switchid", first >> 16 & 0x03ff, 12..16);
            sink.number("erspan.pid5.port_index", first & 0xffff, 12..16);
            sink.number("erspan.pid5.timestamp", second, 16..20);
        }
        0 | 7 => {
            sink.number("erspan.pid7.rsvd1", first >> 20 & 0x3f, 12..16);
            sink.number("erspan.pid7.source_index", first & 0x000f_ffff, 12..16);
            sink.number("erspan.pid7.timestamp", second, 16..20);
        }
        _ => {
            let whole = u64::from(first) << 32 | u64::from(second);
            sink.number("erspan.pid.rsvd", whole & 0x03ff_ffff, 12..20);
        }
    }
}

impl Erspan<'_> {
    /// The session that the frame belongs to, 10 bits.
    pub fn session_id(&self) -> u16 {
        self.header.session_id()
    }

    /// When the frame was mirrored, in the unit that the extension names: type III has it.
    pub fn timestamp(&self) -> Option<u32> {
        self.extension.map(|_| self.header.index_or_timestamp.get())
    }

    /// The port that the frame was mirrored from, 20 bits: type II has it.
    pub fn index(&self) -> Option<u32> {
        let index = self.header.index_or_timestamp.get() & 0x000f_ffff;
        self.extension.is_none().then_some(index)
    }
}

impl Header for ErspanHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header with what type III has in addition. The version and the bit that announces a subheader
/// are written to match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErspanBuilder {
    pub header: ErspanHeader,
    pub extension: Option<ErspanExtension>,
    /// Written behind an extension only.
    pub subheader: Option<[U32; 2]>,
}

impl Encode for ErspanBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        header.set_version(if self.extension.is_some() { TYPE_III } else { TYPE_II });
        out.extend_from_slice(header.as_bytes());
        if let Some(mut extension) = self.extension {
            let others = extension.flags.get() & !1;
            extension.flags.set(others | u16::from(self.subheader.is_some()));
            out.extend_from_slice(extension.as_bytes());
            out.extend_from_slice(self.subheader.as_ref().map_or(&[], IntoBytes::as_bytes));
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ERSPAN,
    "erspan",
    "Encapsulated Remote Switch Port Analyzer",
    |bytes, outer| Erspan::parse_in(bytes, outer).map(|erspan| erspan.shape()),
    |bytes, outer, visitor| Erspan::parse_in(bytes, outer).map(|erspan| visitor(&erspan)),
)
.specification("draft-foschiano-erspan")
.claims(&[Key::ether_type(EtherType::ERSPAN), Key::ether_type(EtherType::ERSPAN_III)])
.template(&[0x10, 0, 0, 0, 0, 0, 0, 0]);

// tshark -r bug-5437-02__input.pcap (suricata-verify), frame 1.
#[cfg(test)]
layer_tests! {
    sample: Erspan *b"\x10\x07\x00\x05\x00\x00\x00\x12\x00\x20\x52\xff\x03\x02\x38\x17\xe1\xed\x0b\x29\x08\x00";
    fields: "erspan.version=1 erspan.vlan=7 erspan.cos=0 erspan.encap=0 erspan.truncated=0 \
        erspan.spanid=5 erspan.reserved=0 erspan.index=18";
    edit: ErspanHeader, |header| header.set_session_id(1000);
    bad: [0 = 0x37 => "version" 3];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type III, as tshark shows own packets with these subheaders.
    #[track_caller]
    fn check(subheader: &[u8], expected: &str) {
        let flags = if subheader.is_empty() { 0x86 } else { 0x87 };
        let head = [0x20, 0x64, 0xa4, 0x07, 1, 2, 3, 4, 0, 9, 0x80, flags];
        let bytes = [&head, subheader].concat();
        let text = Erspan::parse(&bytes).unwrap().to_string();
        let (fixed, rest) = text.split_once(" erspan.o=").unwrap();
        assert_eq!(
            fixed,
            "erspan.version=2 erspan.vlan=100 erspan.cos=5 erspan.bso=0 erspan.truncated=1 \
             erspan.spanid=7 erspan.timestamp=16909060 erspan.sgt=9 erspan.p=1 erspan.ft=0 \
             erspan.hw=8 erspan.direction=0 erspan.gra=3"
        );
        assert_eq!(rest, expected);
    }

    #[test]
    fn each_platform_has_a_subheader_of_its_own() {
        check(b"", "0");
        check(
            b"\x04\0\x70\x08\0\0\0\x09",
            "1 erspan.platid=1 erspan.pid1.rsvd1=7 erspan.pid1.vsmid=8 erspan.pid1.port_index=9",
        );
        check(
            b"\x0c\x01\xc0\x08\0\0\0\x09",
            "1 erspan.platid=3 erspan.pid3.rsvd1=7 erspan.pid3.port_index=8 \
             erspan.pid3.timestamp=9",
        );
        check(
            b"\x10\x01\xc0\x08\0\0\0\x09",
            "1 erspan.platid=4 erspan.pid4.rsvd1=7 erspan.pid4.rsvd2=8 erspan.pid4.rsvd3=9",
        );
        check(
            b"\x14\x07\0\x08\0\0\0\x09",
            "1 erspan.platid=5 erspan.pid5.switchid=7 erspan.pid5.port_index=8 \
             erspan.pid5.timestamp=9",
        );
        check(
            b"\x1c\x70\0\x08\0\0\0\x09",
            "1 erspan.platid=7 erspan.pid7.rsvd1=7 erspan.pid7.source_index=8 \
             erspan.pid7.timestamp=9",
        );
        check(b"\x20\0\0\x01\0\0\0\x09", "1 erspan.platid=8 erspan.pid.rsvd=9");
    }

    #[test]
    fn a_mirrored_packet_may_have_no_frame_around_it() {
        let next = |first: u8, bits: u8| {
            let bytes = [0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, bits, 0, first];
            Erspan::parse(&bytes).unwrap().shape().next
        };
        assert_eq!(next(0x45, 0x08), Next::One(Key::ether_type(EtherType::IPV4)));
        assert_eq!(next(0x60, 0x08), Next::One(Key::ether_type(EtherType::IPV6)));
        assert_eq!(next(0x45, 0x80), Next::One(Key::ether_type(EtherType::BRIDGING)));
        assert_eq!((next(0x70, 0x08), next(0x45, 0x10)), (Next::End, Next::End));
    }

    #[test]
    fn each_type_has_a_header_to_build() {
        let mut builder = ErspanBuilder::default();
        builder.header.set_vlan(100);
        let encoded = |builder: &ErspanBuilder| {
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            out
        };
        assert_eq!(encoded(&builder), b"\x10\x64\0\0\0\0\0\0");
        builder.extension = Some(ErspanExtension::default());
        assert_eq!(encoded(&builder), b"\x20\x64\0\0\0\0\0\0\0\0\0\0");
        builder.subheader = Some([U32::new(7 << 26), U32::new(1)]);
        let bytes = encoded(&builder);
        assert_eq!(bytes, b"\x20\x64\0\0\0\0\0\0\0\0\0\x01\x1c\0\0\0\0\0\0\x01");
        assert_eq!(Erspan::parse(&bytes).unwrap().shape().header_len, bytes.len());
    }
}
