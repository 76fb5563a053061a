//! Scalable service-oriented middleware over IP, AUTOSAR "SOME/IP Protocol Specification"
//! [R22-11](https://www.autosar.org/fileadmin/standards/R22-11/FO/AUTOSAR_PRS_SOMEIPProtocol.pdf)
//! section 4.1.2.
//!
//! ```text
//!  0                              16                             31
//! |          service ID           |          method ID            |
//! |                            length                             |
//! |           client ID           |          session ID           |
//! |protocol ver. |interface ver. | message type |  return code   |
//! |                       offset                     | reserved |M|  of a segment only
//! ```
//!
//! A datagram or segment may hold several messages: each is a layer, up to one of service discovery.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, KeyKind, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Role, Shape};

/// The only version.
const VERSION: u8 = 1;
/// Bytes of the header.
const HEADER_LEN: usize = size_of::<SomeIpHeader>();
/// Bytes of the header that the length counts.
const COUNTED: u32 = 8;
/// Set in the type of a message that is a segment of another.
const SEGMENT: u8 = 0x20;
/// Bytes of the offset of a segment.
const SEGMENT_LEN: usize = 4;
/// The message of service discovery.
pub(super) const SERVICE_DISCOVERY: u32 = 0xffff_8100;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SomeIpHeader {
    pub service_id: U16,
    /// A method, or an event from 0x8000 up.
    pub method_id: U16,
    /// Bytes behind this field.
    pub length: U32,
    pub client_id: U16,
    pub session_id: U16,
    pub protocol_version: u8,
    pub interface_version: u8,
    pub message_type: u8,
    pub return_code: u8,
}

impl Default for SomeIpHeader {
    /// A request without payload.
    fn default() -> Self {
        Self {
            service_id: U16::ZERO,
            method_id: U16::ZERO,
            length: COUNTED.into(),
            client_id: U16::ZERO,
            session_id: U16::ZERO,
            protocol_version: VERSION,
            interface_version: 1,
            message_type: SomeIpMessageType::REQUEST.0,
            return_code: 0,
        }
    }
}

impl SomeIpHeader {
    /// Service and method in one number.
    pub fn message_id(&self) -> u32 {
        u32::from(self.service_id.get()) << 16 | u32::from(self.method_id.get())
    }

    /// Writes service and method.
    pub fn set_message_id(&mut self, id: u32) {
        let [a, b, c, d] = id.to_be_bytes();
        self.service_id = U16::from_bytes([a, b]);
        self.method_id = U16::from_bytes([c, d]);
    }

    /// What the message is, whether it is whole or a segment.
    pub fn message_type(&self) -> SomeIpMessageType {
        SomeIpMessageType(self.message_type & !SEGMENT)
    }

    /// Writes [`message_type`](Self::message_type): not the bit of a segment.
    pub fn set_message_type(&mut self, kind: SomeIpMessageType) {
        self.message_type = self.message_type & SEGMENT | kind.0 & !SEGMENT;
    }

    /// Whether the message is a segment of another.
    pub fn is_segment(&self) -> bool {
        self.message_type & SEGMENT != 0
    }

    /// Writes [`is_segment`](Self::is_segment).
    pub fn set_segment(&mut self, segment: bool) {
        self.message_type = self.message_type & !SEGMENT | u8::from(segment) << 5;
    }

    fn check(&self) -> Result<(), Malformed> {
        let bad = |name, value: u32| Err(Malformed::Field { name, value: value.into() });
        if self.protocol_version != VERSION {
            return bad("protocol version", self.protocol_version.into());
        }
        if self.length < COUNTED {
            return bad("length", self.length.get());
        }
        // Table 4.4, and the acknowledgements that older versions have.
        if !matches!(self.message_type().0, 0..=2 | 0x40..=0x42 | 0x80 | 0x81 | 0xc0 | 0xc1) {
            return bad("message type", self.message_type.into());
        }
        Ok(())
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SomeIpMessageType(pub u8);

numbers! {
    SomeIpMessageType "type {:#04x}" {
        /// It is to be answered.
        REQUEST = 0x00 "request";
        /// It is not.
        REQUEST_NO_RETURN = 0x01 "request, no return";
        /// Nobody asked.
        NOTIFICATION = 0x02 "notification";
        /// The answer.
        RESPONSE = 0x80 "response";
        /// The answer that something went wrong.
        ERROR = 0x81 "error";
    }
}

/// What part of a message a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SomeIpSegment {
    /// In bytes, a multiple of 16.
    pub offset: u32,
    /// Whether others follow.
    pub more_segments: bool,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SomeIp<'a> {
    pub header: &'a SomeIpHeader,
    /// Which part of a message it is, if it is one.
    pub segment: Option<SomeIpSegment>,
    /// What the message carries, as far as it is there.
    pub body: &'a [u8],
    /// A message of service discovery, or else the messages behind this one.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for SomeIp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<SomeIpHeader>(bytes)?;
        header.check()?;
        let len = body_len(header);
        let (body, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        let word = body.first_chunk().filter(|_| header.is_segment());
        let word = word.map(|word| u32::from_be_bytes(*word));
        let segment =
            word.map(|word| SomeIpSegment { offset: word & !15, more_segments: word & 1 != 0 });
        let body =
            if segment.is_some() { body.get(SEGMENT_LEN..).unwrap_or_default() } else { body };
        let is_discovery = header.message_id() == SERVICE_DISCOVERY && segment.is_none();
        let payload = if is_discovery { body } else { behind };
        let end = bytes.len().saturating_sub(behind.len());
        Ok(Self { header, segment, body, payload, bytes: bytes.get(..end).unwrap_or(bytes) })
    }

    fn shape(&self) -> Shape {
        let len = body_len(self.header);
        if self.header.message_id() == SERVICE_DISCOVERY && self.segment.is_none() {
            let next = Next::One(Key::child(LayerType::SOMEIP, SERVICE_DISCOVERY));
            return Shape { header_len: HEADER_LEN, payload_len: len, trailer_len: 0, next };
        }
        let (header_len, payload_len) = (self.bytes.len(), self.payload.len());
        if SomeIp::parse(self.payload).is_ok() && u16::try_from(header_len).is_ok() {
            let next = Next::One(Key::parent(LayerType::SOMEIP));
            return Shape { header_len, payload_len, trailer_len: 0, next };
        }
        let segment_len = if self.segment.is_some() { SEGMENT_LEN } else { 0 };
        let header_len = HEADER_LEN.saturating_add(segment_len);
        let payload_len = len.saturating_sub(segment_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SomeIpHeader { service_id, method_id, return_code, .. } = self.header;
        write!(f, "{} {service_id:#06x}.{method_id:#06x}", self.header.message_type())?;
        if *return_code != 0 {
            write!(f, " return code {return_code:#04x}")?;
        }
        match self.segment {
            Some(segment) => write!(f, " offset {}", segment.offset),
            None => Ok(()),
        }
    }
}

/// Bytes behind the header, as it announces them.
fn body_len(header: &SomeIpHeader) -> usize {
    usize::try_from(header.length.get().saturating_sub(COUNTED)).unwrap_or(usize::MAX)
}

impl SomeIp<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u16("someip.serviceid")?;
        reader.u16("someip.methodid")?;
        reader.u32("someip.length")?;
        reader.u16("someip.clientid")?;
        reader.u16("someip.sessionid")?;
        reader.u8("someip.protoversion")?;
        reader.u8("someip.interfaceversion")?;
        let kind = reader.u8("someip.messagetype")?;
        reader.flag("someip.messagetype.ack", kind & 0x40 != 0);
        reader.flag("someip.messagetype.tp", kind & SEGMENT != 0);
        reader.u8("someip.returncode")?;
        if self.segment.is_some() {
            reader.again().rest_as("someip.tp");
            let word = reader.word(SEGMENT_LEN)?;
            reader.bits("someip.tp.offset", word & 0xffff_fff0);
            reader.bits("someip.tp.flags", word & 15);
            reader.bits("someip.tp.flags.reserved", word >> 1 & 7);
            reader.flag("someip.tp.flags.more_segments", word & 1 != 0);
        } else if self.header.message_id() == SERVICE_DISCOVERY {
            return None;
        }
        reader.rest_as("someip.payload").map(drop)
    }
}

impl Header for SomeIpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SomeIpBuilder {
    /// Its length is worked out, and whether it is a segment.
    pub header: SomeIpHeader,
    /// Which part of a message it is, if it is one.
    pub segment: Option<SomeIpSegment>,
}

impl Encode for SomeIpBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        header.message_type &= !SEGMENT;
        let Some(SomeIpSegment { offset, more_segments }) = self.segment else {
            out.extend_from_slice(header.as_bytes());
            return Ok(());
        };
        if offset & 15 != 0 {
            let value = offset.into();
            return Err(EncodeError::TooLarge { layer: "someip", field: "offset", value });
        }
        header.message_type |= SEGMENT;
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&(offset | u32::from(more_segments)).to_be_bytes());
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let is_followed = behind.is_before(LayerType::SOMEIP);
    let payload_len = if is_followed { 0 } else { behind.payload_len };
    let len = behind.header_len.saturating_add(payload_len).saturating_sub(HEADER_LEN);
    let length: u32 = behind.fit("length", len.saturating_add(COUNTED as usize))?;
    let header = behind.header::<SomeIpHeader>(bytes)?;
    // A message may go on in another segment: only what was not given is worked out.
    if header.length <= COUNTED {
        header.length.set(length);
    }
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<SomeIpHeader>(bytes)?;
    let id = behind.number(header.message_id(), |kind| match kind {
        KeyKind::Child(LayerType::SOMEIP, id) => Some(id),
        _ => None,
    });
    header.set_message_id(id);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SOMEIP,
    "someip",
    "SOME/IP",
    |bytes, outer| SomeIp::parse_in(bytes, outer).map(|someip| someip.shape()),
    |bytes, outer, visitor| SomeIp::parse_in(bytes, outer).map(|someip| visitor(&someip)),
)
.specification("AUTOSAR SOME/IP Protocol Specification")
.role(Role::Application)
// The port of service discovery; those of services are what that says.
.claims(&[Key::udp_port(30490), Key::tcp_port(30490), Key::parent(LayerType::SOMEIP)])
.template(b"\0\0\0\0\0\0\0\x08\0\0\0\0\x01\x01\0\0")
.lengths(lengths)
.next(next);

// Made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: SomeIp *b"\x12\x34\0\x01\0\0\0\x0c\0\x01\0\x02\x01\x02\0\0abcd";
    fields: "someip.serviceid=4660 someip.methodid=1 someip.length=12 someip.clientid=1 \
        someip.sessionid=2 someip.protoversion=1 someip.interfaceversion=2 \
        someip.messagetype=0 someip.messagetype.ack=0 someip.messagetype.tp=0 \
        someip.returncode=0 someip.payload=61626364";
    edit: SomeIpHeader, |header| header.session_id.set(3);
    bad: [12 = 2 => "protocol version" 2, 7 = 7 => "length" 7, 14 = 3 => "message type" 3];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{from_hex, golden};
    use crate::{Fix, SomeIpSdHeader, serialize_layers};

    #[test]
    fn every_message_has_the_fields_of_tshark() {
        golden::check(include_str!("golden.txt"), &["someip"], &[], &[]);
    }

    #[test]
    fn a_segment_is_read_as_it_was_written() {
        let segment = Some(SomeIpSegment { offset: 0x20, more_segments: true });
        let builder = SomeIpBuilder { segment, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], b"part").unwrap();
        let someip = SomeIp::parse(&out).unwrap();
        assert_eq!((someip.segment, someip.body), (segment, &b"part"[..]));
        assert_eq!((someip.header.length.get(), someip.header.message_type), (16, 0x20));
        let odd = Some(SomeIpSegment { offset: 8, more_segments: true });
        let builder = SomeIpBuilder { segment: odd, ..Default::default() };
        assert!(builder.encode(&mut Vec::new()).is_err());
    }

    #[test]
    fn a_datagram_may_hold_several_messages() {
        let bytes = from_hex(
            "12340001 0000000c 00010002 01020000 61626364 12340002 00000008 00010002 01020000",
        );
        let first = SomeIp::parse(&bytes).unwrap();
        let Shape { header_len, payload_len, next, .. } = first.shape();
        assert_eq!((header_len, payload_len), (20, 16));
        assert_eq!(next, Next::One(Key::parent(LayerType::SOMEIP)));
        assert_eq!(SomeIp::parse(first.payload).unwrap().header.method_id.get(), 2);
    }

    #[test]
    fn the_message_id_follows_from_what_is_behind() {
        let mut out = Vec::new();
        let layers: [&dyn Encode; 2] = [&SomeIpHeader::default(), &SomeIpSdHeader::default()];
        serialize_layers(&mut out, Fix::all(), &layers, &[]).unwrap();
        let someip = SomeIp::parse(&out).unwrap();
        assert_eq!(someip.header.message_id(), SERVICE_DISCOVERY);
        assert_eq!(someip.shape().payload_len, someip.payload.len());
    }
}
