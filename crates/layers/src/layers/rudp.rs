//! Reliable Data Protocol, [RFC 908](https://www.rfc-editor.org/rfc/rfc908) and
//! [RFC 1151](https://www.rfc-editor.org/rfc/rfc1151), which others call Reliable UDP.
//!
//! ```text
//!  0                8               16                              31
//! | flags, version | header length |  source port  | destination port |  version 1
//! |                                |          source port             |  version 2
//! |        destination port        |                                  |
//! |          data length           |         sequence number       ...
//! |        acknowledgment number ...   |         checksum          ...
//! |  SYN: segments, segment size and options; EAK: sequence numbers   |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::parts::Parts;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, IpProtocol, Key, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Role, Shape};

/// The unit of the header length.
const UNIT: usize = 2;
/// The version of RFC 1151, whose ports have 16 bits.
const WIDE: u8 = 2;

bitflags::bitflags! {
    /// The flags of a segment.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct RudpFlags: u8 {
        /// Opens a connection.
        const SYN = 0x80;
        /// The acknowledgment number means something.
        const ACK = 0x40;
        /// Segments out of order are acknowledged.
        const EAK = 0x20;
        /// Closes a connection at once.
        const RST = 0x10;
        /// Carries nothing: is the other side there?
        const NUL = 0x08;
    }
}

/// What every segment starts with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RudpHeader {
    /// Flags, and the version in the last two bits.
    pub flags: u8,
    /// In units of two bytes.
    pub header_length: u8,
}

impl Default for RudpHeader {
    /// Version 1, with nothing behind the fixed part.
    fn default() -> Self {
        Self { flags: 1, header_length: 9 }
    }
}

impl RudpHeader {
    /// The version, 2 bits.
    pub fn version(&self) -> u8 {
        self.flags & 3
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !3 | version & 3;
    }

    /// The flags.
    pub fn flags(&self) -> RudpFlags {
        RudpFlags::from_bits_truncate(self.flags)
    }

    /// Writes the flags; the version stays.
    pub fn set_flags(&mut self, flags: RudpFlags) {
        self.flags = self.flags & !RudpFlags::all().bits() | flags.bits();
    }
}

/// What stands behind the ports.
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
pub struct RudpNumbers {
    pub data_length: U16,
    pub sequence_number: U32,
    pub acknowledgment_number: U32,
    pub checksum: U32,
}

/// What a segment that opens a connection says.
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
pub struct RudpSyn {
    /// Most segments that may be on their way.
    pub max_outstanding_segments: U16,
    /// Most bytes of a segment, headers and all.
    pub max_segment_size: U16,
    /// The first bit asks for segments in sequence.
    pub options: U16,
}

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rudp<'a> {
    pub header: &'a RudpHeader,
    /// Source port; 8 bits in version 1.
    pub source_port: u16,
    /// Destination port; 8 bits in version 1.
    pub destination_port: u16,
    pub numbers: &'a RudpNumbers,
    /// What stands behind the fixed part.
    pub variable: &'a [u8],
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Rudp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<RudpHeader>()?;
        let version = header.version();
        if !matches!(version, 1 | WIDE) {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        let (source_port, destination_port) = if version == WIDE {
            let [source, destination] = *parts.take::<[U16; 2]>()?;
            (source.get(), destination.get())
        } else {
            let [source, destination] = *parts.take::<[u8; 2]>()?;
            (source.into(), destination.into())
        };
        let numbers = parts.take::<RudpNumbers>()?;
        let header_len = usize::from(header.header_length).saturating_mul(UNIT);
        let variable_len = header_len.checked_sub(parts.taken());
        let bad = Malformed::Field { name: "header length", value: header.header_length.into() };
        let variable = parts.bytes(variable_len.ok_or(bad)?)?;
        let payload_len = usize::from(numbers.data_length.get());
        let payload = parts.rest.get(..payload_len).unwrap_or(parts.rest);
        let bytes = bytes.get(..header_len).unwrap_or(bytes);
        Ok(Self { header, source_port, destination_port, numbers, variable, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.numbers.data_length.get().into();
        Shape { header_len: self.bytes.len(), payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (flags, seq) = (self.header.flags(), self.numbers.sequence_number);
        write!(f, "{} → {} ", self.source_port, self.destination_port)?;
        bitflags::parser::to_writer(&flags, &mut *f)?;
        write!(f, " seq {seq} len {}", self.numbers.data_length)
    }
}

impl<'a> Rudp<'a> {
    /// What a segment says that opens a connection.
    pub fn syn(&self) -> Option<&'a RudpSyn> {
        let is_syn = self.header.flags().contains(RudpFlags::SYN);
        split::<RudpSyn>(self.variable).ok().filter(|_| is_syn).map(|(syn, _)| syn)
    }

    /// Numbers of segments that came out of order, and are acknowledged.
    pub fn extended_acknowledgments(&self) -> &'a [U32] {
        let flags = self.header.flags() & (RudpFlags::EAK | RudpFlags::SYN);
        if flags != RudpFlags::EAK {
            return &[];
        }
        let count = self.variable.len().checked_div(size_of::<U32>()).unwrap_or_default();
        <[U32]>::ref_from_prefix_with_elems(self.variable, count).map_or(&[], |(list, _)| list)
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let flags = reader.u8("rudp.flags")?;
        let names = [
            ("rudp.flags.syn", 0x80),
            ("rudp.flags.ack", 0x40),
            ("rudp.flags.eak", 0x20),
            ("rudp.flags.rst", 0x10),
            ("rudp.flags.nul", 0x08),
        ];
        reader.flags(flags.into(), &names);
        reader.bit_fields(flags, &[("rudp.version", 3)]);
        reader.u8("rudp.hlen")?;
        let port_len = if self.header.version() == WIDE { 2 } else { 1 };
        reader.number("rudp.srcport", port_len)?;
        reader.number("rudp.dstport", port_len)?;
        reader.u16("rudp.data_length")?;
        reader.u32("rudp.seq")?;
        reader.u32("rudp.ack")?;
        reader.u32("rudp.cksum")?;
        if self.syn().is_some() {
            reader.u16("rudp.max_outstanding_segments")?;
            reader.u16("rudp.max_segment_size")?;
            let options = reader.u16("rudp.options")?;
            reader.flag("rudp.options.sequenced", options & 0x8000 != 0);
        }
        for _ in self.extended_acknowledgments() {
            reader.u32("rudp.eack")?;
        }
        reader.rest_as("rudp.variable").map(drop)
    }
}

impl Header for RudpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A segment to be built. The header length is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RudpBuilder<'a> {
    pub header: RudpHeader,
    pub source_port: u16,
    pub destination_port: u16,
    pub numbers: RudpNumbers,
    /// What stands behind the fixed part: a whole number of pairs of bytes.
    pub variable: &'a [u8],
}

impl Encode for RudpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend_from_slice(self.header.as_bytes());
        for (field, port) in
            [("source port", self.source_port), ("destination port", self.destination_port)]
        {
            if self.header.version() == WIDE {
                out.extend_from_slice(&port.to_be_bytes());
            } else {
                out.push(u8::try_from(port).map_err(|_| too_large(field, port.into()))?);
            }
        }
        out.extend_from_slice(self.numbers.as_bytes());
        out.extend_from_slice(self.variable);
        let len = out.len().saturating_sub(start);
        let units = len.checked_div(UNIT).filter(|_| len.is_multiple_of(UNIT));
        let units = units.and_then(|units| u8::try_from(units).ok());
        let length = units.ok_or(too_large("header length", len as u64))?;
        let place = out.get_mut(start..).and_then(|bytes| bytes.get_mut(1));
        place.into_iter().for_each(|place| *place = length);
        Ok(())
    }
}

fn too_large(field: &'static str, value: u64) -> EncodeError {
    EncodeError::TooLarge { layer: PROTOCOL.name, field, value }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, rest) = behind.split::<RudpHeader>(bytes)?;
    header.header_length = behind.header_units("header length", UNIT, 0)?;
    let ports_len = if header.version() == WIDE { 4 } else { 2 };
    let length: u16 = behind.fit("data length", behind.payload_len)?;
    let place = rest.get_mut(ports_len..).and_then(|rest| rest.get_mut(..2));
    place.into_iter().for_each(|place| place.copy_from_slice(&length.to_be_bytes()));
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RUDP,
    "rudp",
    "Reliable Data Protocol",
    |bytes, outer| Rudp::parse_in(bytes, outer).map(|rudp| rudp.shape()),
    |bytes, outer, visitor| Rudp::parse_in(bytes, outer).map(|rudp| visitor(&rudp)),
)
.specification("RFC 908")
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::RUDP)])
.template(&[1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths);

// Made by hand from RFC 908, figures 7 and 8: a SYN.
#[cfg(test)]
layer_tests! {
    sample: Rudp *b"\x81\x0c\x07\x09\0\0\0\0\0\x64\0\0\0\0\x12\x34\x56\x78\0\x05\x02\0\x80\0";
    fields: "rudp.flags=129 rudp.flags.syn=1 rudp.flags.ack=0 rudp.flags.eak=0 rudp.flags.rst=0 \
        rudp.flags.nul=0 rudp.version=1 rudp.hlen=12 rudp.srcport=7 rudp.dstport=9 \
        rudp.data_length=0 rudp.seq=100 rudp.ack=0 rudp.cksum=305419896 \
        rudp.max_outstanding_segments=5 rudp.max_segment_size=512 rudp.options=32768 \
        rudp.options.sequenced=1";
    edit: RudpHeader, |header| header.set_flags(RudpFlags::SYN | RudpFlags::ACK);
    bad: [0 = 0x83 => "version" 3, 1 = 8 => "header length" 8];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fix, serialize_layers};

    #[test]
    fn segments_out_of_order_are_listed() {
        let header = RudpHeader { flags: 0x62, header_length: 0 };
        let (source_port, destination_port) = (0x1234, 0x5678);
        let mut out = Vec::new();
        let numbers = RudpNumbers::default();
        let variable = &[0, 0, 0, 5, 0, 0, 0, 7];
        let rudp = RudpBuilder { header, source_port, destination_port, numbers, variable };
        serialize_layers(&mut out, Fix::all(), &[&rudp], b"data").unwrap();
        let rudp = Rudp::parse(&out).unwrap();
        assert_eq!((rudp.source_port, rudp.destination_port), (0x1234, 0x5678));
        assert_eq!((rudp.header.header_length, rudp.payload), (14, &b"data"[..]));
        let list = rudp.extended_acknowledgments().iter().map(|number| number.get());
        assert_eq!(list.collect::<Vec<_>>(), [5, 7]);
        assert_eq!(rudp.syn(), None);
        assert!(rudp.to_string().ends_with("rudp.eack=5 rudp.eack=7"));
    }

    #[test]
    fn what_does_not_fit_is_not_built() {
        let builds = |rudp: RudpBuilder<'_>| rudp.encode(&mut Vec::new()).is_ok();
        assert!(builds(RudpBuilder { source_port: 255, ..Default::default() }));
        assert!(!builds(RudpBuilder { source_port: 256, ..Default::default() }));
        assert!(!builds(RudpBuilder { variable: &[0], ..Default::default() }));
        assert!(!builds(RudpBuilder { variable: &[0; 512], ..Default::default() }));
    }

    // gopacket defect 13
    #[test]
    fn a_data_length_behind_the_end_announces_what_is_not_there() {
        let rudp = Rudp::parse(b"\x41\x09\x01\x02\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0hi").unwrap();
        assert_eq!((rudp.payload, rudp.shape().payload_len), (&b"hi"[..], 0xffff));
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_fields_inside(flags: u8, len in 9..40_u8, rest: Vec<u8>) {
            let bytes = [&[flags, len][..], &rest].concat();
            if let Ok(rudp) = Rudp::parse(&bytes) {
                rudp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
                prop_assert!(rudp.shape().header_len <= bytes.len());
            }
        }
    }
}
