//! Datagram Transport Layer Security, as far as one datagram shows it:
//! [RFC 6347](https://www.rfc-editor.org/rfc/rfc6347) section 4.1, and the records in clear text of
//! RFC 9147.
//!
//! ```text
//!  0             8                             24                             40
//! | content type |           version           |            epoch            |
//! |                    sequence number, 48 bits                              |
//! |            length           | fragment ...
//! ```
//!
//! A datagram holds any number of whole records.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::names::datagram_name;
use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::layers::tls::{
    Context, TlsClientHello, TlsContentType, TlsHandshakeType, body_fields, content_fields,
};
use crate::records::next_record;
use crate::{Behind, EncodeError, Field, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Outer, Probe, Protocol, Role, Shape};

mod names;
#[cfg(test)]
mod tests;

/// Most bytes in a record, RFC 6347 section 4.1 and RFC 5246 section 6.2.3.
const MAX_LENGTH: u16 = (1 << 14) + 2048;

/// The header of a record on the wire.
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
pub struct DtlsRecordHeader {
    pub content_type: u8,
    pub version: U16,
    pub epoch: U16,
    pub sequence_number: [u8; 6],
    pub length: U16,
}

impl DtlsRecordHeader {
    /// What the record carries.
    pub fn content_type(&self) -> TlsContentType {
        TlsContentType(self.content_type)
    }

    /// The number of the record in its epoch, 48 bits.
    pub fn sequence_number(&self) -> u64 {
        self.sequence_number.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    fn check(&self) -> Result<(), Malformed> {
        let Self { content_type, version, length, .. } = self;
        if !matches!(content_type, 20..=24) {
            let value = u64::from(*content_type);
            return Err(Malformed::Field { name: "content type", value });
        }
        // The last is what OpenSSL once took for version 1.0.
        if !matches!(version.get(), 0xfefc | 0xfefd | 0xfeff | 0x0100) {
            return Err(Malformed::Field { name: "version", value: version.get().into() });
        }
        if length.get() > MAX_LENGTH {
            return Err(Malformed::Field { name: "length", value: length.get().into() });
        }
        Ok(())
    }
}

/// The header of a handshake message, RFC 6347 section 4.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct HandshakeHeader {
    msg_type: u8,
    length: [u8; 3],
    message_seq: U16,
    fragment_offset: [u8; 3],
    fragment_length: [u8; 3],
}

/// A number of 24 bits.
fn number([a, b, c]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, a, b, c])
}

/// A handshake message, or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DtlsHandshake<'a> {
    /// What it is.
    pub handshake_type: TlsHandshakeType,
    /// Bytes of the whole message.
    pub length: u32,
    /// Its number among the messages of its sender.
    pub message_seq: u16,
    /// The place of the fragment in the message.
    pub fragment_offset: u32,
    /// Bytes of the fragment that it announces.
    pub fragment_length: u32,
    /// The fragment, as far as it is there.
    pub body: &'a [u8],
}

impl<'a> DtlsHandshake<'a> {
    /// Whether the whole message is there.
    pub fn is_whole(&self) -> bool {
        self.fragment_offset == 0 && self.body.len() == self.length as usize
    }

    /// The messages of a record, up to the first whose numbers contradict each other: of what is
    /// encrypted, they are random. A type without a name is one like any other.
    fn parse(fragment: &'a [u8]) -> Vec<Self> {
        /// Most messages of a record: more than any flight has.
        const MAX_MESSAGES: usize = 16;
        let (mut messages, mut rest) = (Vec::new(), fragment);
        while !rest.is_empty() && messages.len() < MAX_MESSAGES {
            let Ok((header, behind)) = HandshakeHeader::ref_from_prefix(rest) else { break };
            let handshake_type = TlsHandshakeType(header.msg_type);
            let [length, offset, len] =
                [header.length, header.fragment_offset, header.fragment_length].map(number);
            if offset.saturating_add(len) > length {
                break;
            }
            let (body, behind) = behind.split_at_checked(len as usize).unwrap_or((behind, &[]));
            messages.push(Self {
                handshake_type,
                length,
                message_seq: header.message_seq.get(),
                fragment_offset: offset,
                fragment_length: len,
                body,
            });
            rest = behind;
        }
        messages
    }
}

/// One record of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DtlsRecord<'a> {
    pub header: &'a DtlsRecordHeader,
    /// What it carries, as far as it is there.
    pub fragment: &'a [u8],
    /// The place of the record in the layer.
    at: usize,
}

impl<'a> DtlsRecord<'a> {
    /// Whether all of it is there.
    pub fn is_whole(&self) -> bool {
        self.fragment.len() == usize::from(self.header.length.get())
    }

    /// The handshake messages in it: none, if it carries something else or is encrypted.
    pub fn handshakes(&self) -> Vec<DtlsHandshake<'a>> {
        let is_clear =
            self.header.content_type() == TlsContentType::HANDSHAKE && self.header.epoch.get() == 0;
        if is_clear { DtlsHandshake::parse(self.fragment) } else { Vec::new() }
    }

    fn fields(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("dtls.record.content_type")?;
        let record_version = reader.u16("dtls.record.version")?;
        reader.u16("dtls.record.epoch")?;
        reader.number("dtls.record.sequence_number", 6)?;
        reader.u16("dtls.record.length")?;
        let content_type = self.header.content_type();
        let is_encrypted = self.header.epoch.get() > 0;
        match content_type {
            TlsContentType::HANDSHAKE => {}
            TlsContentType::ALERT | TlsContentType::HEARTBEAT if is_encrypted => return Some(()),
            _ if self.is_whole() => {
                return content_fields(content_type, &mut reader.part(self.fragment.len()));
            }
            _ => return Some(()),
        }
        // Like of TLS: what is no message in clear text, as far as names go, has no fields.
        let is_known = |message: &DtlsHandshake<'_>| message.handshake_type.is_known();
        for message in self.handshakes().into_iter().take_while(is_known) {
            reader.u8("dtls.handshake.type")?;
            reader.number("dtls.handshake.length", 3)?;
            reader.u16("dtls.handshake.message_seq")?;
            reader.number("dtls.handshake.fragment_offset", 3)?;
            reader.number("dtls.handshake.fragment_length", 3)?;
            let mut body = reader.part(message.body.len());
            if message.is_whole() {
                body_fields(message.handshake_type, Context { record_version }, &mut body);
            }
        }
        Some(())
    }
}

/// The records of a datagram. Ends behind the first that is cut or malformed.
#[derive(Clone, Debug)]
pub struct DtlsRecords<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for DtlsRecords<'a> {
    type Item = Result<DtlsRecord<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = |header: &DtlsRecordHeader| header.check().map(|()| header.length.get());
        let next = next_record(&mut self.rest, &mut self.at, length)?;
        Some(next.map(|(header, fragment, at)| DtlsRecord { header, fragment, at }))
    }
}

/// The records of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dtls<'a> {
    /// Of the first record.
    pub header: &'a DtlsRecordHeader,
    /// What is behind the first header: [`records`](Self::records) has it in parts.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Dtls<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<DtlsRecordHeader>(bytes)?;
        header.check()?;
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<DtlsRecordHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut renamed = Renamed(sink);
        let mut reader = FieldReader::new(self.bytes, 0, &mut renamed);
        let mut records = self.records();
        while let Some(record) = reader.sound(records.next(), records.at) {
            record.fields(&mut reader.at(record.at));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most records in a line.
        const MAX_SHOWN: usize = 4;
        let mut comma = "";
        for record in self.records().map_while(Result::ok).take(MAX_SHOWN) {
            let messages = record.handshakes();
            if messages.is_empty() {
                write!(f, "{comma}{}", record.header.content_type())?;
                comma = ", ";
            }
            for message in messages {
                write!(f, "{comma}{}", message.handshake_type)?;
                comma = ", ";
            }
        }
        Ok(())
    }
}

impl<'a> Dtls<'a> {
    /// The records of the datagram.
    pub fn records(&self) -> DtlsRecords<'a> {
        DtlsRecords { rest: self.bytes, at: 0 }
    }

    /// The hello of a client, if its front is in the datagram.
    pub fn client_hello(&self) -> Option<TlsClientHello<'a>> {
        let records = self.records().map_while(Result::ok);
        let mut messages = records.flat_map(|record| record.handshakes());
        let hello = messages.find(|message| {
            message.handshake_type == TlsHandshakeType::CLIENT_HELLO && message.fragment_offset == 0
        });
        hello.and_then(|message| TlsClientHello::parse_datagram(message.body))
    }
}

/// Reports fields of TLS under their names in DTLS.
struct Renamed<'s>(&'s mut dyn FieldSink);

impl FieldSink for Renamed<'_> {
    fn field(&mut self, Field { name, value, bytes }: Field<'_>) {
        self.0.field(Field { name: datagram_name(name), value, bytes });
    }

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.0.fault(cause, place);
    }
}

impl Header for DtlsRecordHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Writes the length of a single record. Records that fill the datagram already keep theirs.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let fills = |record: Result<DtlsRecord<'_>, _>| record.is_ok_and(|record| record.is_whole());
    if !(DtlsRecords { rest: bytes, at: 0 }).all(fills) {
        let len = behind.header_len.saturating_add(behind.payload_len);
        let length = behind.fit("length", len.saturating_sub(size_of::<DtlsRecordHeader>()))?;
        behind.header::<DtlsRecordHeader>(bytes)?.length.set(length);
    }
    Ok(())
}

/// Whether a datagram holds whole records and nothing else, the first of them not empty.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    let is_front = matches!(bytes, [20..=24, 0xfe, 0xfd | 0xff, ..] | [20..=24, 0x01, 0x00, ..]);
    let is_whole = |record: Result<DtlsRecord<'_>, _>| {
        record.is_ok_and(|record| record.is_whole() && !record.fragment.is_empty())
    };
    is_front && (DtlsRecords { rest: bytes, at: 0 }).all(is_whole)
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DTLS,
    "dtls",
    "Datagram Transport Layer Security",
    |bytes, outer| Dtls::parse_in(bytes, outer).map(|dtls| dtls.shape()),
    |bytes, outer, visitor| Dtls::parse_in(bytes, outer).map(|dtls| visitor(&dtls)),
)
.specification("RFC 6347")
.role(Role::Application)
.claims(&[
    Key::udp_port(853),
    Key::udp_port(2221),
    Key::udp_port(4433),
    Key::udp_port(5684),
    Key::udp_port(5868),
    Key::sctp_port(853),
    Key::sctp_port(2221),
    Key::sctp_port(5868),
])
.probes(&[Probe { parent: LayerType::UDP, first: (20, 24), test: probe }])
.template(b"\x17\xfe\xfd\0\0\0\0\0\0\0\0\0\0")
.lengths(lengths);
