//! Unidirectional Link Detection, [RFC 5171](https://www.rfc-editor.org/rfc/rfc5171) section 4.
//!
//! ```text
//!  0   3        8       16                             31
//! | V | opcode | flags | checksum                        |
//! | type               | length, of these four, too      | value ... |  once more, to the end
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::records::{Records, wide_head_in_length};
use crate::{Checksum, FieldSink, Header, InternetSum, Key, Layer, LayerType, Malformed, Next};
use crate::{Organization, Outer, Protocol, Shape, Value};

/// The number of UDLD among those that Cisco assigns.
const CISCO_PID: u16 = 0x0111;

/// The header on the wire.
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
pub struct UdldHeader {
    pub version_opcode: u8,
    /// Bit 0, recommended timeout; bit 1, resynchronize.
    pub flags: u8,
    pub checksum: U16,
}

impl UdldHeader {
    /// Version, 3 bits: 1.
    pub fn version(&self) -> u8 {
        self.version_opcode >> 5
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_opcode = self.version_opcode & !0xe0 | (version & 0x07) << 5;
    }

    /// What the message is for, 5 bits.
    pub fn opcode(&self) -> UdldOpcode {
        UdldOpcode(self.version_opcode & 0x1f)
    }

    /// Writes what the message is for, its low 5 bits.
    pub fn set_opcode(&mut self, opcode: UdldOpcode) {
        self.version_opcode = self.version_opcode & 0xe0 | opcode.0 & 0x1f;
    }
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UdldOpcode(pub u8);

numbers! {
    UdldOpcode "opcode {}" {
        /// Reserved.
        RESERVED = 0 "reserved";
        /// The sender believes the link to be well, or not to be known.
        PROBE = 1 "probe";
        /// The sender asks who hears it.
        ECHO = 2 "echo";
        /// The sender leaves.
        FLUSH = 3 "flush";
    }
}

/// One TLV. Its text is bytes, as a sender may send anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UdldTlv<'a> {
    DeviceId(&'a [u8]),
    PortId(&'a [u8]),
    /// A count, and as many pairs of device and port that the sender hears, each behind its length.
    Echo(&'a [u8]),
    /// Seconds.
    MessageInterval(u8),
    /// Seconds.
    TimeoutInterval(u8),
    DeviceName(&'a [u8]),
    SequenceNumber(u32),
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: u16,
        data: &'a [u8],
    },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Udld<'a> {
    pub header: &'a UdldHeader,
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Udld<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, tlv_bytes) = split::<UdldHeader>(bytes)?;
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<UdldHeader>().saturating_add(self.tlv_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("udld.version", self.header.version(), 0..1);
        sink.number("udld.opcode", self.header.opcode().0, 0..1);
        sink.number("udld.flags", self.header.flags, 1..2);
        sink.number("udld.flags.rt", self.header.flags & 1, 1..2);
        sink.number("udld.flags.rsy", self.header.flags >> 1 & 1, 1..2);
        sink.number("udld.checksum", self.header.checksum, 2..4);
        let mut records =
            Records::new(self.tlv_bytes, size_of::<UdldHeader>(), wide_head_in_length);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            let middle = record.at.saturating_add(2);
            sink.number("udld.tlv.type", record.kind, record.at..middle);
            sink.number("udld.tlv.len", record.bytes().len() as u64, middle..record.data_at());
            let text =
                std::str::from_utf8(record.data).map_or(Value::Bytes(record.data), Value::Text);
            let bytes = record.data_at()..record.bytes().end;
            let (name, value) = match record.kind {
                1 => ("udld.device_id", text),
                2 => ("udld.sent_through_interface", text),
                _ => ("udld.data", Value::Bytes(record.data)),
            };
            if !record.data.is_empty() {
                sink.value(name, value, bytes);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} {}", self.header.version(), self.header.opcode())
    }
}

impl<'a> Udld<'a> {
    /// The TLVs.
    pub fn tlvs(&self) -> UdldTlvs<'a> {
        UdldTlvs(Records::new(self.tlv_bytes, 0, wide_head_in_length))
    }
}

/// The TLVs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct UdldTlvs<'a>(Records<'a>);

impl<'a> Iterator for UdldTlvs<'a> {
    type Item = Result<UdldTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| match (record.kind, record.data) {
            (1, text) => UdldTlv::DeviceId(text),
            (2, text) => UdldTlv::PortId(text),
            (3, pairs) => UdldTlv::Echo(pairs),
            (4, &[seconds]) => UdldTlv::MessageInterval(seconds),
            (5, &[seconds]) => UdldTlv::TimeoutInterval(seconds),
            (6, text) => UdldTlv::DeviceName(text),
            (7, &[a, b, c, d]) => UdldTlv::SequenceNumber(u32::from_be_bytes([a, b, c, d])),
            (kind, data) => UdldTlv::Unknown { kind, data },
        }))
    }
}

impl Header for UdldHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn checksum(bytes: &[u8], _outer: &Outer<'_>) -> Option<Checksum> {
    let header = Udld::parse(bytes).ok()?.header;
    let computed = InternetSum::new().with(bytes).without(header.checksum).checksum().into();
    let stored = header.checksum.get().into();
    Some(Checksum { place: 2..4, stored, computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::UDLD,
    "udld",
    "Unidirectional Link Detection",
    |bytes, outer| Udld::parse_in(bytes, outer).map(|udld| udld.shape()),
    |bytes, outer, visitor| Udld::parse_in(bytes, outer).map(|udld| visitor(&udld)),
)
.specification("RFC 5171")
.claims(&[Key::snap(Organization::CISCO, CISCO_PID)])
.template(&[0x21, 0, 0, 0])
.checksum(checksum);

// Made by hand from RFC 5171, read by tshark 4.0.17:
// UDLD, version 1, opcode 1 (Probe message), device ID "dev", port ID "port", echo, interval 7
#[cfg(test)]
layer_tests! {
    sample: Udld *b"\x21\x03\0\0\0\x01\0\x07dev\0\x02\0\x08port\0\x03\0\x08\0\0\0\0\0\x04\0\x05\x07";
    fields: "udld.version=1 udld.opcode=1 udld.flags=3 udld.flags.rt=1 udld.flags.rsy=1 \
        udld.checksum=0 udld.tlv.type=1 udld.tlv.len=7 udld.device_id=dev udld.tlv.type=2 \
        udld.tlv.len=8 udld.sent_through_interface=port udld.tlv.type=3 udld.tlv.len=8 \
        udld.data=00000000 udld.tlv.type=4 udld.tlv.len=5 udld.data=07";
    edit: UdldHeader, |header| header.set_opcode(UdldOpcode::FLUSH);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tlvs_have_their_types() {
        let bytes = b"\x21\0\0\0\0\x06\0\x05x\0\x05\0\x05\x09\0\x07\0\x08\0\0\0\x02\0\x04\0\x04";
        let tlvs = Udld::parse(bytes).unwrap().tlvs().collect::<Result<Vec<_>, _>>().unwrap();
        let expected = [
            UdldTlv::DeviceName(b"x"),
            UdldTlv::TimeoutInterval(9),
            UdldTlv::SequenceNumber(2),
            UdldTlv::Unknown { kind: 4, data: b"" },
        ];
        assert_eq!(tlvs, expected);
    }

    #[test]
    fn a_length_below_its_own_bytes_ends_the_tlvs() {
        let udld = Udld::parse(b"\x21\0\0\0\0\x06\0\x05x\0\x01\0\x03\0\x02\0\x05y").unwrap();
        let mut tlvs = udld.tlvs();
        assert_eq!(tlvs.next(), Some(Ok(UdldTlv::DeviceName(b"x"))));
        assert_eq!(tlvs.next(), Some(Err(Malformed::Field { name: "length", value: 3 })));
        assert_eq!(tlvs.next(), None);
        assert!(udld.to_string().ends_with("udld.data=78"));
    }
}
