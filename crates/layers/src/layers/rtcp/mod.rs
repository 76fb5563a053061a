//! RTP Control Protocol, [RFC 3550](https://www.rfc-editor.org/rfc/rfc3550) section 6, RFC 4585
//! (feedback) and RFC 3611 (extended reports).
//!
//! ```text
//!  0  2 3       8             16                              31
//! |V=2|P| count |     type     |   length in words, less one   |
//! |                         of the type ...
//! ```
//!
//! A datagram holds several packets one behind the other: each is a layer. A call agrees on ports, so
//! that only the one of IANA leads here; a program that knows better claims another.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod fields;
#[cfg(test)]
mod tests;

/// The only version.
const VERSION: u8 = 2;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RtcpHeader {
    pub version_count: u8,
    pub packet_type: u8,
    /// Words of four bytes behind this one.
    pub length: U16,
}

impl Default for RtcpHeader {
    /// A receiver report.
    fn default() -> Self {
        Self { version_count: VERSION << 6, packet_type: 201, length: U16::ZERO }
    }
}

impl RtcpHeader {
    /// Version, 2 bits.
    pub fn version(&self) -> u8 {
        self.version_count >> 6
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_count = self.version_count & !0xc0 | (version & 0x03) << 6;
    }

    /// Whether the packet ends in padding, whose last byte says how much.
    pub fn padding(&self) -> bool {
        self.version_count & 0x20 != 0
    }

    /// Writes [`padding`](Self::padding).
    pub fn set_padding(&mut self, padding: bool) {
        self.version_count = self.version_count & !0x20 | u8::from(padding) << 5;
    }

    /// How many reports or sources there are, or a subtype, 5 bits.
    pub fn count(&self) -> u8 {
        self.version_count & 0x1f
    }

    /// Writes the count, its low 5 bits.
    pub fn set_count(&mut self, count: u8) {
        self.version_count = self.version_count & 0xe0 | count & 0x1f;
    }

    /// What the packet is.
    pub fn packet_type(&self) -> RtcpType {
        RtcpType(self.packet_type)
    }

    /// Bytes of the whole packet.
    fn len(self) -> usize {
        usize::from(self.length.get()).saturating_add(1).saturating_mul(4)
    }

    fn check(self) -> Result<(), Malformed> {
        if self.version() != VERSION {
            return Err(Malformed::Field { name: "version", value: self.version().into() });
        }
        // RFC 5761, section 4: the types that cannot be mistaken for payload types of RTP.
        if !matches!(self.packet_type, 192..=223) {
            return Err(Malformed::Field { name: "packet type", value: self.packet_type.into() });
        }
        Ok(())
    }
}

/// What a packet is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RtcpType(pub u8);

numbers! {
    RtcpType "type {}" {
        /// What a sender sent, and what it received.
        SENDER_REPORT = 200 "sender report";
        /// What a receiver received.
        RECEIVER_REPORT = 201 "receiver report";
        /// Who is who.
        SOURCE_DESCRIPTION = 202 "source description";
        /// Who leaves.
        GOODBYE = 203 "goodbye";
        /// Of an application.
        APPLICATION = 204 "application";
        /// Feedback on packets, RFC 4585.
        TRANSPORT_FEEDBACK = 205 "transport feedback";
        /// Feedback on pictures, RFC 4585.
        PAYLOAD_FEEDBACK = 206 "payload feedback";
        /// RFC 3611.
        EXTENDED_REPORT = 207 "extended report";
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rtcp<'a> {
    pub header: &'a RtcpHeader,
    /// What is behind the header, as far as it is there.
    pub body: &'a [u8],
    /// Packets behind this one.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Rtcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<RtcpHeader>(bytes)?;
        header.check()?;
        let len = header.len();
        // The length of a header has 16 bits in a decoder.
        if len > usize::from(u16::MAX) {
            return Err(Malformed::Field { name: "length", value: header.length.get().into() });
        }
        let (own, behind) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
        let body = rest.get(..own.len().saturating_sub(size_of::<RtcpHeader>())).unwrap_or(rest);
        Ok(Self { header, body, payload: behind, bytes: own })
    }

    fn shape(&self) -> Shape {
        let missing = self.header.len().saturating_sub(self.bytes.len());
        if missing > 0 {
            let payload_len = self.body.len().saturating_add(missing);
            let header_len = size_of::<RtcpHeader>();
            return Shape { header_len, payload_len, trailer_len: 0, next: Next::End };
        }
        // What is behind may also be what SRTCP adds.
        let behind = RtcpHeader::ref_from_prefix(self.payload).ok();
        let is_followed = behind.is_some_and(|(header, _)| {
            header.check().is_ok() && header.len() <= self.payload.len()
        });
        let next = if is_followed { Next::One(Key::parent(LayerType::RTCP)) } else { Next::End };
        let (header_len, payload_len) = (self.bytes.len(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = fields::read(self, &mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.packet_type())?;
        match self.sender_ssrc() {
            Some(ssrc) => write!(f, " of {ssrc:#010x}"),
            None => Ok(()),
        }
    }
}

impl Rtcp<'_> {
    /// The source that sent the packet, or in a source description the first that is described.
    pub fn sender_ssrc(&self) -> Option<u32> {
        self.body.first_chunk().map(|ssrc| u32::from_be_bytes(*ssrc))
    }
}

impl Header for RtcpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Writes the length of a packet that is the last. One whose length ends at another keeps it.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let is_followed = behind.child.is_some_and(|child| child.layer == LayerType::RTCP);
    let len = if is_followed { 0 } else { behind.payload_len };
    let len = behind.header_len.saturating_add(len);
    if len % 4 != 0 {
        let (layer, field, value) = (behind.layer, "length", len as u64);
        return Err(EncodeError::TooLarge { layer, field, value });
    }
    let words = behind.fit("length", (len / 4).saturating_sub(1))?;
    behind.header::<RtcpHeader>(bytes)?.length.set(words);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RTCP,
    "rtcp",
    "RTP Control Protocol",
    |bytes, outer| Rtcp::parse_in(bytes, outer).map(|rtcp| rtcp.shape()),
    |bytes, outer, visitor| Rtcp::parse_in(bytes, outer).map(|rtcp| visitor(&rtcp)),
)
.specification("RFC 3550")
.role(Role::Application)
.claims(&[Key::udp_port(5005), Key::parent(LayerType::RTCP)])
.template(b"\x80\xc9\0\0")
.lengths(lengths);
