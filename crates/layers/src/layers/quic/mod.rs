//! QUIC, as far as it is not encrypted: the headers of
//! [RFC 9000](https://www.rfc-editor.org/rfc/rfc9000) section 17, and those of RFC 9369.
//!
//! ```text
//!  0  1  2     4           8
//! |F |X | type| of version |  version, 32 bits | length | DCID | length | SCID | of the type ...
//! ```
//!
//! A datagram holds several packets one behind the other: each is a layer. What keys hide, a packet
//! number to begin with, is not shown. A short header does not say how long its connection ID is: it
//! is known only behind a long one in the same datagram.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::reader::Reader;
use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer, Probe, Protocol};
use crate::{Role, Shape};

mod reader;
#[cfg(test)]
mod tests;
mod version;

pub use version::QuicVersion;

/// Most bytes of a connection ID, RFC 9000 section 17.2.
const MAX_CONNECTION_ID: u8 = 20;
/// Bytes of the check value of a retry packet.
const INTEGRITY_TAG_LEN: usize = 16;

/// What every packet starts with.
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
pub struct QuicHeader {
    pub first_byte: u8,
}

impl QuicHeader {
    /// Whether the header is a long one.
    pub fn is_long(&self) -> bool {
        self.first_byte & 0x80 != 0
    }

    /// Writes [`is_long`](Self::is_long).
    pub fn set_long(&mut self, long: bool) {
        self.first_byte = self.first_byte & !0x80 | u8::from(long) << 7;
    }

    /// The bit that is set in all packets but those of a version negotiation.
    pub fn fixed_bit(&self) -> bool {
        self.first_byte & 0x40 != 0
    }

    /// Writes [`fixed_bit`](Self::fixed_bit).
    pub fn set_fixed_bit(&mut self, fixed_bit: bool) {
        self.first_byte = self.first_byte & !0x40 | u8::from(fixed_bit) << 6;
    }

    /// The bit of a short header that changes once a round trip.
    pub fn spin_bit(&self) -> bool {
        self.first_byte & 0x20 != 0
    }

    /// Writes the spin bit.
    pub fn set_spin_bit(&mut self, spin: bool) {
        self.first_byte = self.first_byte & !0x20 | u8::from(spin) << 5;
    }
}

/// What a packet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuicPacket<'a> {
    /// The versions that a server can speak, four bytes each.
    VersionNegotiation { supported_versions: &'a [[u8; 4]] },
    /// The first packets of a handshake: a token, and what follows the header.
    Initial { token: &'a [u8], length: u64 },
    /// Data before the handshake ends.
    ZeroRtt { length: u64 },
    /// The rest of a handshake.
    Handshake { length: u64 },
    /// A server wants the token back before it remembers anything.
    Retry { retry_token: &'a [u8], retry_integrity_tag: &'a [u8; INTEGRITY_TAG_LEN] },
    /// Everything after the handshake.
    OneRtt,
    /// A long header of a version that has no entry here.
    Unknown,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quic<'a> {
    pub header: &'a QuicHeader,
    /// None in a short header.
    pub version: Option<QuicVersion>,
    /// In a short header, empty where nothing tells how long it is.
    pub destination_connection_id: &'a [u8],
    pub source_connection_id: &'a [u8],
    pub packet: QuicPacket<'a>,
    /// What is encrypted: the packet number, and what the packet carries.
    pub payload: &'a [u8],
    /// The packet as far as it is there, and bytes that it announces.
    bytes: &'a [u8],
    len: usize,
    /// Bytes of further packets behind this one.
    behind_len: usize,
}

impl<'a> Layer<'a> for Quic<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_in(bytes, &Outer::NONE)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let (header, rest) = split::<QuicHeader>(bytes)?;
        if header.is_long() {
            return long(header, bytes);
        }
        if !header.fixed_bit() {
            let value = header.first_byte.into();
            return Err(Malformed::Field { name: "fixed bit", value });
        }
        let before = outer.parent().and_then(|span| outer.view::<Quic<'_>>(span));
        let id_len = before.map_or(0, |quic| quic.destination_connection_id.len());
        let (destination_connection_id, payload) =
            rest.split_at_checked(id_len).unwrap_or((&[], rest));
        Ok(Self {
            header,
            version: None,
            destination_connection_id,
            source_connection_id: &[],
            packet: QuicPacket::OneRtt,
            payload,
            bytes,
            len: bytes.len(),
            behind_len: 0,
        })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len().saturating_sub(self.payload.len());
        if self.behind_len == 0 {
            let payload_len = self.len.saturating_sub(header_len);
            return Shape { header_len, payload_len, trailer_len: 0, next: Next::End };
        }
        // What is behind this packet is its payload for the decoder.
        let next = Next::One(Key::parent(LayerType::QUIC));
        Shape { header_len: self.len, payload_len: self.behind_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.packet {
            QuicPacket::VersionNegotiation { supported_versions } => {
                write!(f, "version negotiation, {} versions", supported_versions.len())
            }
            QuicPacket::Initial { token: [], .. } => f.write_str("initial"),
            QuicPacket::Initial { .. } => f.write_str("initial with token"),
            QuicPacket::ZeroRtt { .. } => f.write_str("0-RTT"),
            QuicPacket::Handshake { .. } => f.write_str("handshake"),
            QuicPacket::Retry { .. } => f.write_str("retry"),
            QuicPacket::OneRtt => f.write_str("1-RTT"),
            QuicPacket::Unknown => write!(f, "{}", self.version.unwrap_or(QuicVersion::V1)),
        }
    }
}

/// Reads a packet with a long header.
fn long<'a>(header: &'a QuicHeader, bytes: &'a [u8]) -> Result<Quic<'a>, Malformed> {
    let mut reader = Reader { rest: bytes, have: bytes.len() };
    reader.take(size_of::<QuicHeader>())?;
    let number = reader.number(size_of::<u32>())?;
    let version = QuicVersion(u32::try_from(number).unwrap_or_default());
    if !version.is_known() && !version.is_reserved() {
        return Err(Malformed::Field { name: "version", value: number });
    }
    if version != QuicVersion::NEGOTIATION && !header.fixed_bit() {
        return Err(Malformed::Field { name: "fixed bit", value: header.first_byte.into() });
    }
    let destination_connection_id = reader.connection_id("destination connection id length")?;
    let source_connection_id = reader.connection_id("source connection id length")?;
    // RFC 9369, section 3.2, counts from another number on.
    let kind = header.first_byte >> 4 & 3;
    let kind = if version.is_second() { kind.wrapping_sub(1) & 3 } else { kind };
    let mut length = None;
    let packet = match kind {
        _ if version == QuicVersion::NEGOTIATION => {
            let supported_versions = std::mem::take(&mut reader.rest).as_chunks().0;
            QuicPacket::VersionNegotiation { supported_versions }
        }
        _ if version.is_reserved() => QuicPacket::Unknown,
        0 => {
            let token_len = reader.variable()?;
            let token = reader.take(usize::try_from(token_len).unwrap_or(usize::MAX))?;
            QuicPacket::Initial { token, length: *length.insert(reader.variable()?) }
        }
        1 => QuicPacket::ZeroRtt { length: *length.insert(reader.variable()?) },
        2 => QuicPacket::Handshake { length: *length.insert(reader.variable()?) },
        _ => {
            let rest = std::mem::take(&mut reader.rest);
            let cut = Malformed::Truncated {
                need: bytes.len().saturating_sub(rest.len()).saturating_add(INTEGRITY_TAG_LEN),
                have: bytes.len(),
            };
            let (retry_token, retry_integrity_tag) = rest.split_last_chunk().ok_or(cut)?;
            QuicPacket::Retry { retry_token, retry_integrity_tag }
        }
    };
    let rest = reader.rest;
    let header_len = bytes.len().saturating_sub(rest.len());
    let payload_len = length.map_or(rest.len(), |len| usize::try_from(len).unwrap_or(usize::MAX));
    let (payload, behind) = rest.split_at_checked(payload_len).unwrap_or((rest, &[]));
    let is_followed = is_packet(behind, version, destination_connection_id);
    let own = bytes.get(..header_len.saturating_add(payload.len())).unwrap_or(bytes);
    Ok(Quic {
        header,
        version: Some(version),
        destination_connection_id,
        source_connection_id,
        packet,
        payload,
        bytes: own,
        len: header_len.saturating_add(payload_len),
        behind_len: if is_followed { behind.len() } else { 0 },
    })
}

/// Whether bytes behind a packet are another packet to the same end, and no padding.
fn is_packet(bytes: &[u8], version: QuicVersion, destination: &[u8]) -> bool {
    let Some((&first, rest)) = bytes.split_first() else { return false };
    match first >> 6 {
        0b01 => rest.starts_with(destination),
        0b11 => {
            let same = |quic: Quic<'_>| {
                quic.version == Some(version) && quic.destination_connection_id == destination
            };
            // Only the front: what is behind it is looked at when its turn comes.
            front(bytes).is_some_and(same)
        }
        _ => false,
    }
}

/// A packet by its front, up to its connection IDs.
fn front(bytes: &[u8]) -> Option<Quic<'_>> {
    let mut reader = Reader { rest: bytes, have: bytes.len() };
    let (header, _) = split::<QuicHeader>(reader.take(1).ok()?).ok()?;
    let version = QuicVersion(u32::try_from(reader.number(4).ok()?).ok()?);
    let destination_connection_id = reader.connection_id("").ok()?;
    let source_connection_id = reader.connection_id("").ok()?;
    let packet = QuicPacket::Unknown;
    let payload = reader.rest;
    let len = bytes.len();
    Some(Quic {
        header,
        version: Some(version),
        destination_connection_id,
        source_connection_id,
        packet,
        payload,
        bytes,
        len,
        behind_len: 0,
    })
}

impl Quic<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.word(1)?;
        reader.bits("quic.header_form", self.header.is_long());
        let Some(version) = self.version else {
            reader.flag("quic.fixed_bit", self.header.fixed_bit());
            reader.flag("quic.spin_bit", self.header.spin_bit());
            let id_len = self.destination_connection_id.len();
            if id_len > 0 {
                reader.bytes("quic.dcid", id_len)?;
                reader.rest_as("quic.remaining_payload");
            }
            return Some(());
        };
        if version == QuicVersion::NEGOTIATION {
            reader.bits("quic.vn.unused", self.header.first_byte & 0x7f);
        } else {
            reader.flag("quic.fixed_bit", self.header.fixed_bit());
            let kind = self.header.first_byte >> 4 & 3;
            let second = version.is_second();
            let name = if second { "quic.long.packet_type_v2" } else { "quic.long.packet_type" };
            if self.packet != QuicPacket::Unknown {
                reader.bits(name, kind);
            }
        }
        reader.u32("quic.version")?;
        let ids = [
            ("quic.dcil", "quic.dcid", self.destination_connection_id.len()),
            ("quic.scil", "quic.scid", self.source_connection_id.len()),
        ];
        for (len_name, name, len) in ids {
            reader.u8(len_name)?;
            if len > 0 {
                reader.bytes(name, len)?;
            }
        }
        match self.packet {
            QuicPacket::VersionNegotiation { supported_versions } => {
                for _ in supported_versions {
                    reader.u32("quic.supported_version")?;
                }
            }
            QuicPacket::Initial { token, .. } => {
                variable("quic.token_length", reader)?;
                if !token.is_empty() {
                    reader.bytes("quic.token", token.len())?;
                }
                variable("quic.length", reader)?;
            }
            QuicPacket::ZeroRtt { .. } | QuicPacket::Handshake { .. } => {
                variable("quic.length", reader)?;
                reader.rest_as("quic.remaining_payload");
            }
            QuicPacket::Retry { retry_token, .. } => {
                reader.bytes("quic.retry_token", retry_token.len())?;
                reader.bytes("quic.retry_integrity_tag", INTEGRITY_TAG_LEN)?;
            }
            QuicPacket::OneRtt | QuicPacket::Unknown => {}
        }
        Some(())
    }
}

/// Reports a number of 1, 2, 4 or 8 bytes.
fn variable(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let mut number = Reader { rest: reader.rest(), have: reader.rest().len() };
    let value = number.variable().ok()?;
    reader.skip(reader.rest().len().saturating_sub(number.rest.len()));
    reader.bits(name, value);
    Some(())
}

impl Header for QuicHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Whether a datagram starts with a long header of a version that is known.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    match *bytes {
        [0xc0..=0xff, a, b, c, d, ..] => {
            let version = QuicVersion(u32::from_be_bytes([a, b, c, d]));
            version != QuicVersion::NEGOTIATION
                && version.is_known()
                && Quic::parse(bytes).is_ok_and(|quic| quic.payload.len() >= INTEGRITY_TAG_LEN)
        }
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::QUIC,
    "quic",
    "QUIC",
    |bytes, outer| Quic::parse_in(bytes, outer).map(|quic| quic.shape()),
    |bytes, outer, visitor| Quic::parse_in(bytes, outer).map(|quic| visitor(&quic)),
)
.specification("RFC 9000")
.role(Role::Application)
.claims(&[Key::udp_port(443), Key::udp_port(80), Key::parent(LayerType::QUIC)])
.probes(&[Probe { parent: LayerType::UDP, first: (0xc0, 0xff), test: probe }])
.template(b"\x40");
