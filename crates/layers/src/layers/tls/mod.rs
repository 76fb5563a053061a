//! Transport Layer Security, as far as one segment shows it: the record layer of
//! [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) section 5 and RFC 5246, and the handshake
//! messages in clear text.
//!
//! ```text
//!  0             8                             24                             40
//! | content type |   legacy record version     |            length           | fragment ...
//! ```
//!
//! A segment holds any number of records; the last may go on in the next segment. It is shown as
//! far as it is there. A segment that starts inside a record is no layer: nothing tells what it is.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::extensions::reveals_tls13;
use self::fields::is_clear_handshake;
use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::records::next_record;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Outer, Probe, Protocol, Role, Shape, Value};

mod extensions;
mod fields;
mod handshake;
mod hello;
mod ssl2;
#[cfg(test)]
mod tests;

pub use extensions::{TlsExtension, TlsExtensions};
pub(in crate::layers) use fields::{Context, body_fields, content_fields};
pub use handshake::{TlsHandshake, TlsHandshakeType, TlsHandshakes};
pub use hello::{TlsClientHello, TlsServerHello};
pub use ssl2::Ssl2ClientHello;

/// Most bytes in a record: 2^14 and what compression and encryption may add, RFC 5246 section
/// 6.2.3.
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
pub struct TlsRecordHeader {
    pub content_type: u8,
    pub legacy_record_version: U16,
    pub length: U16,
}

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TlsContentType(pub u8);

numbers! {
    TlsContentType "content type {}" {
        /// From here on the sender encrypts.
        CHANGE_CIPHER_SPEC = 20 "change cipher spec";
        /// An error, or the end of the connection.
        ALERT = 21 "alert";
        /// How keys are agreed on.
        HANDSHAKE = 22 "handshake";
        /// Data, or in version 1.3 anything.
        APPLICATION_DATA = 23 "application data";
        /// A sign of life, RFC 6520.
        HEARTBEAT = 24 "heartbeat";
    }
}

impl TlsRecordHeader {
    /// What the record carries.
    pub fn content_type(&self) -> TlsContentType {
        TlsContentType(self.content_type)
    }

    /// The only check of a record: anything may be in a stream.
    fn check(self) -> Result<(), Malformed> {
        let Self { content_type, legacy_record_version: version, length } = self;
        if !matches!(content_type, 20..=24) {
            let value = u64::from(content_type);
            return Err(Malformed::Field { name: "content type", value });
        }
        if !matches!(version.get(), 0x0300..=0x0304) {
            let value = version.get().into();
            return Err(Malformed::Field { name: "legacy record version", value });
        }
        // Only application data may be empty, RFC 5246 section 6.2.1.
        let empty = length.get() == 0 && self.content_type() != TlsContentType::APPLICATION_DATA;
        if empty || length.get() > MAX_LENGTH {
            return Err(Malformed::Field { name: "length", value: length.get().into() });
        }
        Ok(())
    }
}

/// One record of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsRecord<'a> {
    pub header: &'a TlsRecordHeader,
    /// What it carries, as far as it is in the segment.
    pub fragment: &'a [u8],
    /// The place of the record in the layer.
    at: usize,
}

impl<'a> TlsRecord<'a> {
    /// Whether it ends in this segment.
    pub fn is_whole(&self) -> bool {
        self.fragment.len() == usize::from(self.header.length.get())
    }

    /// The handshake messages in it, if that is what it carries and they are not encrypted.
    pub fn handshakes(&self) -> Option<TlsHandshakes<'a>> {
        let is_handshake = self.header.content_type() == TlsContentType::HANDSHAKE;
        let clear = is_handshake && is_clear_handshake(self.fragment, self.header.length.get());
        clear.then(|| TlsHandshakes::new(self.fragment))
    }

    /// Level and description of an alert that is not encrypted.
    pub fn alert(&self) -> Option<(u8, u8)> {
        match (self.header.content_type(), self.fragment) {
            (TlsContentType::ALERT, &[level @ 1..=2, description]) => Some((level, description)),
            _ => None,
        }
    }
}

/// The records of a segment. Ends behind the first that is cut or malformed.
#[derive(Clone, Debug)]
pub struct TlsRecords<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for TlsRecords<'a> {
    type Item = Result<TlsRecord<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let length = |header: &TlsRecordHeader| header.check().map(|()| header.length.get());
        let next = next_record(&mut self.rest, &mut self.at, length)?;
        Some(next.map(|(header, fragment, at)| TlsRecord { header, fragment, at }))
    }
}

/// The records of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls<'a> {
    /// Of the first record, unless that is of SSL 2: see [`ssl2_client_hello`](Self::ssl2_client_hello).
    pub header: &'a TlsRecordHeader,
    /// What is behind the first header: [`records`](Self::records) has it in parts.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Tls<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<TlsRecordHeader>(bytes)?;
        if Ssl2ClientHello::parse(bytes).is_none() {
            header.check()?;
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<TlsRecordHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if let Some(hello) = self.ssl2_client_hello() {
            hello.fields(&mut FieldReader::new(self.bytes, 0, sink));
            return;
        }
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        let mut flow = Flow::default();
        let mut records = self.records();
        while let Some(record) = reader.sound(records.next(), records.at) {
            flow.record(&record, &mut reader.at(record.at));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most records in a line.
        const MAX_SHOWN: usize = 4;
        if self.ssl2_client_hello().is_some() {
            return f.write_str("SSL 2 client hello");
        }
        let (mut comma, mut encrypted) = ("", false);
        for record in self.records().map_while(Result::ok).take(MAX_SHOWN) {
            f.write_str(comma)?;
            comma = ", ";
            match record.handshakes().filter(|_| !encrypted) {
                Some(messages) => write_messages(f, messages)?,
                None => write!(f, "{}", record.header.content_type())?,
            }
            encrypted |= record.header.content_type() == TlsContentType::CHANGE_CIPHER_SPEC;
        }
        Ok(())
    }
}

/// The names of handshake messages, and whom a client wants to speak to.
fn write_messages(f: &mut fmt::Formatter<'_>, messages: TlsHandshakes<'_>) -> fmt::Result {
    let mut comma = "";
    for message in messages.map_while(Result::ok) {
        write!(f, "{comma}{}", message.handshake_type)?;
        comma = ", ";
        if let Some(name) = message.client_hello().and_then(|hello| hello.server_name()) {
            write!(f, " to {}", Value::Text(name))?;
        }
    }
    Ok(())
}

/// What earlier records of a segment tell of later ones.
#[derive(Default)]
struct Flow {
    /// The sender encrypts by now.
    encrypted: bool,
    /// Bytes still to come of a handshake message that began in an earlier record.
    pending: usize,
    /// A server chose version 1.3, where records of application data hide what they carry.
    is_tls13: bool,
}

impl Flow {
    fn record(&mut self, record: &TlsRecord<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let content_type = record.header.content_type();
        let hides = self.is_tls13 && content_type == TlsContentType::APPLICATION_DATA;
        reader.u8(if hides { "tls.record.opaque_type" } else { "tls.record.content_type" })?;
        reader.u16("tls.record.version")?;
        reader.u16("tls.record.length")?;
        let mut content = reader.part(record.fragment.len());
        match content_type {
            TlsContentType::CHANGE_CIPHER_SPEC => self.encrypted = true,
            TlsContentType::HANDSHAKE if self.encrypted => {}
            TlsContentType::HANDSHAKE => {
                let is_clear = self.pending > 0
                    || is_clear_handshake(record.fragment, record.header.length.get());
                if is_clear {
                    let version = record.header.legacy_record_version.get();
                    self.pending = fields::handshakes(self.pending, version, &mut content);
                    self.is_tls13 |= reveals_tls13(record.fragment);
                }
            }
            _ if record.is_whole() => content_fields(content_type, &mut content)?,
            _ => {}
        }
        Some(())
    }
}

impl<'a> Tls<'a> {
    /// The records of the segment, the last as far as it is there. None, if the segment is the
    /// hello of an SSL 2 client.
    pub fn records(&self) -> TlsRecords<'a> {
        let rest = if self.ssl2_client_hello().is_some() { &[][..] } else { self.bytes };
        TlsRecords { rest, at: 0 }
    }

    /// The hello of a client that can do SSL 2, as many of old can.
    pub fn ssl2_client_hello(&self) -> Option<Ssl2ClientHello<'a>> {
        Ssl2ClientHello::parse(self.bytes)
    }

    /// The first hello of a client in the segment.
    pub fn client_hello(&self) -> Option<TlsClientHello<'a>> {
        self.handshakes().find_map(|message| message.client_hello())
    }

    /// The first hello of a server in the segment.
    pub fn server_hello(&self) -> Option<TlsServerHello<'a>> {
        self.handshakes().find_map(|message| message.server_hello())
    }

    fn handshakes(&self) -> impl Iterator<Item = TlsHandshake<'a>> {
        let records = self.records().map_while(Result::ok);
        records.filter_map(|record| record.handshakes()).flatten().map_while(Result::ok)
    }
}

impl Header for TlsRecordHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Writes the length of the first record, if none is given.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    let length = len.saturating_sub(size_of::<TlsRecordHeader>());
    let header = behind.header::<TlsRecordHeader>(bytes)?;
    // A record may go on in the next segment: only a length that was not given is worked out.
    if header.length.get() == 0 {
        header.length.set(behind.fit("length", length)?);
    }
    Ok(())
}

/// Whether a segment starts with a record that is hardly anything else.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    match *bytes {
        [22, 3, 0..=4, high, _, kind @ 1..=2, 0 | 1, ..] => high <= 0x40 && matches!(kind, 1 | 2),
        [20..=24, 3, 1..=4, ..] => Tls::parse(bytes).is_ok(),
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TLS,
    "tls",
    "Transport Layer Security",
    |bytes, outer| Tls::parse_in(bytes, outer).map(|tls| tls.shape()),
    |bytes, outer, visitor| Tls::parse_in(bytes, outer).map(|tls| visitor(&tls)),
)
.specification("RFC 8446")
.role(Role::Application)
.claims(&[
    Key::tcp_port(443),
    Key::tcp_port(324),
    Key::tcp_port(465),
    Key::tcp_port(563),
    Key::tcp_port(636),
    Key::tcp_port(802),
    Key::tcp_port(853),
    Key::tcp_port(989),
    Key::tcp_port(990),
    Key::tcp_port(992),
    Key::tcp_port(993),
    Key::tcp_port(994),
    Key::tcp_port(995),
    Key::tcp_port(1300),
    Key::tcp_port(2221),
    Key::tcp_port(2443),
    Key::tcp_port(3249),
    Key::tcp_port(3250),
    Key::tcp_port(3251),
    Key::tcp_port(3252),
    Key::tcp_port(3496),
    Key::tcp_port(5061),
    Key::tcp_port(5671),
    Key::tcp_port(5684),
    Key::tcp_port(5868),
    Key::tcp_port(8443),
    Key::tcp_port(8883),
    Key::tcp_port(11207),
    Key::tcp_port(19999),
    Key::tcp_port(27017),
    Key::sctp_port(443),
    Key::sctp_port(5061),
])
.probes(&[Probe { parent: LayerType::TCP, first: (20, 24), test: probe }])
.template(b"\x17\x03\x03\0\0")
.lengths(lengths);
