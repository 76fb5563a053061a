//! GPRS Tunnelling Protocol, versions 0 ([GSM 09.60](https://www.3gpp.org/dynareport/0960.htm) section
//! 6) and 1, of user data ([3GPP TS 29.281](https://www.3gpp.org/dynareport/29281.htm)
//! section 5) and of control ([3GPP TS 29.060](https://www.3gpp.org/dynareport/29060.htm) section 6).
//!
//! ```text
//!  0     3 4   6   8               16                             31
//! | ver |T| |E|S|N|     type      |            length             |
//! |                 tunnel endpoint identifier                    |
//! |        sequence number        |  N-PDU number |next extension |   if any of E, S, N
//! |    length     |  content ...                  |next extension |   extension headers
//! |  information elements, or an IP packet in a G-PDU ...          |
//! ```
//!
//! Version 0 has a sequence number and a flow label in the place of the identifier, and 12 bytes more:
//!
//! ```text
//! | SNDCP N-PDU |          spare, 3 bytes         |  tunnel id, 8 bytes ...
//! ```
//!
//! A message of version 2, or of GTP', which have the same port, is a layer of its own behind an
//! empty one.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::plausible::{is_frame, is_ip_within};
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Gtpprime, Next, Outer, Protocol, Shape};

mod build;
mod charging;
pub(crate) mod digits;
pub(crate) mod element;
mod extension;
mod later;
mod length;
mod quality;
mod settings;
mod version_0;

pub use build::GtpBuilder;
pub use element::{GtpElement, GtpElements};
pub use extension::{GtpExtension, GtpExtensions};
pub use version_0::GtpVersion0;

/// TS 29.281, section 5.1: bytes that the length leaves out.
const HEADER_LEN: usize = size_of::<GtpHeader>();
/// Bytes of the rest of the header of version 0, which its length leaves out too.
const VERSION_0_LEN: usize = size_of::<GtpVersion0>();
/// What leads to a message of GTP'.
pub(super) const CHARGING: u32 = 0x100;
/// TS 29.281, table 6.1-1: a packet of a user.
const G_PDU: u8 = 255;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct GtpHeader {
    /// Version and flags.
    pub flags: u8,
    pub message_type: u8,
    /// Of all that is behind the first 8 bytes.
    pub length: U16,
    /// Tunnel endpoint identifier, of the receiver's choice.
    pub teid: U32,
}

impl Default for GtpHeader {
    /// A G-PDU of version 1 without optional fields.
    fn default() -> Self {
        Self { flags: 0x30, message_type: G_PDU, length: U16::ZERO, teid: U32::ZERO }
    }
}

impl GtpHeader {
    /// Version, 3 bits.
    pub fn version(&self) -> u8 {
        self.flags >> 5
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !0xe0 | (version & 0x07) << 5;
    }

    /// Whether this is GTP, and not GTP' of charging.
    pub fn protocol_type(&self) -> bool {
        self.flags & 0x10 != 0
    }

    /// Writes [`protocol_type`](Self::protocol_type).
    pub fn set_protocol_type(&mut self, protocol_type: bool) {
        self.flags = self.flags & !0x10 | u8::from(protocol_type) << 4;
    }

    /// Whether there are extension headers.
    pub fn has_extensions(&self) -> bool {
        self.flags & 4 != 0
    }

    /// Writes [`has_extensions`](Self::has_extensions).
    pub fn set_extensions(&mut self, extensions: bool) {
        self.flags = self.flags & !0x04 | u8::from(extensions) << 2;
    }

    /// Whether the sequence number means something.
    pub fn has_sequence_number(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Writes [`has_sequence_number`](Self::has_sequence_number).
    pub fn set_sequence_number(&mut self, sequence_number: bool) {
        self.flags = self.flags & !0x02 | u8::from(sequence_number) << 1;
    }

    /// Whether the N-PDU number means something.
    pub fn has_npdu_number(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Writes [`has_npdu_number`](Self::has_npdu_number).
    pub fn set_npdu_number(&mut self, npdu_number: bool) {
        self.flags = self.flags & !0x01 | u8::from(npdu_number);
    }

    /// Writes which of the optional fields are there.
    pub fn set_optional(&mut self, extensions: bool, sequence_number: bool, npdu_number: bool) {
        let flags = u8::from(extensions) << 2 | u8::from(sequence_number) << 1;
        self.flags = self.flags & !7 | flags | u8::from(npdu_number);
    }
}

/// The fields that are there all together, if any of them means something.
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
pub struct GtpOptional {
    pub sequence_number: U16,
    pub npdu_number: u8,
    /// Kind of the first extension header; zero, if there is none.
    pub next_extension_header_type: u8,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gtp<'a> {
    /// The header; in front of a message of version 2 or of GTP', whose own it is, only its first
    /// byte counts.
    pub header: &'a GtpHeader,
    /// The rest of the header of version 0.
    pub version_0: Option<&'a GtpVersion0>,
    pub optional: Option<&'a GtpOptional>,
    /// The extension headers, as far as they are there: [`extensions`](Self::extensions) are.
    pub extension_bytes: &'a [u8],
    /// The information elements, as far as they are there: [`elements`](Self::elements) are.
    pub element_bytes: &'a [u8],
    /// The packet of a user, in a G-PDU.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Gtp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, behind) = split::<GtpHeader>(bytes)?;
        let empty = Self {
            header,
            version_0: None,
            optional: None,
            extension_bytes: &[],
            element_bytes: &[],
            payload: &[],
        };
        match header.version() {
            0 | 1 if !header.protocol_type() => {
                // Whatever it is, it is a message of GTP' if that can read it.
                Gtpprime::parse(bytes).map_err(|_| Malformed::Field { name: "PT", value: 0 })?;
                return Ok(Self { payload: bytes, ..empty });
            }
            0 => return empty.parse_version_0(behind, bytes.len()),
            1 => {}
            2 => return Ok(Self { payload: bytes, ..empty }),
            version => return Err(Malformed::Field { name: "version", value: version.into() }),
        }
        let length = header.length.get();
        let bad = Malformed::Field { name: "length", value: length.into() };
        let message = behind.get(..length.into());
        let is_cut = message.is_none();
        let (mut rest, mut optional) = (message.unwrap_or(behind), None);
        if header.flags & 7 != 0 {
            let parts = split::<GtpOptional>(rest);
            let error = if is_cut {
                let need = HEADER_LEN.saturating_add(size_of::<GtpOptional>());
                Malformed::Truncated { need, have: bytes.len() }
            } else {
                bad
            };
            let (part, behind) = parts.map_err(|_| error)?;
            (optional, rest) = (Some(part), behind);
        }
        let extension_len = match optional.filter(|_| header.has_extensions()) {
            Some(part) => {
                match extension::len(part.next_extension_header_type, rest) {
                    // A message that was cut short is there up to the cut.
                    Err(Malformed::Truncated { .. }) if is_cut => rest.len(),
                    Err(Malformed::Truncated { .. }) => return Err(bad),
                    len => len?,
                }
            }
            None => 0,
        };
        let (extension_bytes, rest) = rest.split_at_checked(extension_len).unwrap_or((rest, &[]));
        let is_user = header.message_type == G_PDU;
        let (element_bytes, payload) = if is_user { (&[][..], rest) } else { (rest, &[][..]) };
        Ok(Self { header, optional, extension_bytes, element_bytes, payload, ..empty })
    }

    /// A message that says it is longer than its datagram is something else.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let gtp = Self::parse(bytes)?;
        length::check(*gtp.header, outer.datagram_len())?;
        Ok(gtp)
    }

    fn shape(&self) -> Shape {
        if let Some(key) = self.other_key() {
            let next = Next::One(key);
            return Shape { header_len: 0, payload_len: self.payload.len(), trailer_len: 0, next };
        }
        let header_len = self.header_len();
        let fixed_len = HEADER_LEN.saturating_add(self.version_0.map_or(0, |_| VERSION_0_LEN));
        let whole = fixed_len.saturating_add(self.header.length.get().into());
        // What is the user's says its first byte: a version of IP, or something agreed on before. A
        // frame may start with the same bits.
        let is_ip = || is_ip_within(self.payload, whole.saturating_sub(header_len));
        let next = match self.payload.first() {
            _ if is_frame(self.payload) && !is_ip() => {
                Next::One(Key::ether_type(EtherType::BRIDGING))
            }
            Some(0x45..=0x4f) => Next::One(Key::ether_type(EtherType::IPV4)),
            Some(0x60..=0x6f) => Next::One(Key::ether_type(EtherType::IPV6)),
            _ => Next::End,
        };
        Shape { header_len, payload_len: whole.saturating_sub(header_len), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if self.other_key().is_some() {
            return;
        }
        let header = self.header;
        sink.number("gtp.flags", header.flags, 0..1);
        sink.number("gtp.flags.version", header.version(), 0..1);
        sink.number("gtp.flags.payload", header.protocol_type(), 0..1);
        if let Some(version_0) = self.version_0 {
            return self.version_0_fields(version_0, sink);
        }
        sink.number("gtp.flags.reserved", header.flags >> 3 & 1, 0..1);
        sink.flag("gtp.flags.e", header.has_extensions(), 0..1);
        sink.flag("gtp.flags.s", header.has_sequence_number(), 0..1);
        sink.flag("gtp.flags.pn", header.has_npdu_number(), 0..1);
        sink.number("gtp.message", header.message_type, 1..2);
        sink.number("gtp.length", header.length, 2..4);
        sink.number("gtp.teid", header.teid, 4..8);
        let mut at = HEADER_LEN;
        if let Some(optional) = self.optional {
            if header.has_sequence_number() {
                sink.number("gtp.seq_number", optional.sequence_number, 8..10);
            }
            if header.has_npdu_number() {
                sink.number("gtp.npdu_number", optional.npdu_number, 10..11);
            }
            if header.has_extensions() {
                sink.number("gtp.ext_hdr.next", optional.next_extension_header_type, 11..12);
            }
            at = at.saturating_add(size_of::<GtpOptional>());
        }
        let kind = self.first_extension();
        extension::fields(kind, &mut FieldReader::new(self.extension_bytes, at, sink));
        let at = at.saturating_add(self.extension_bytes.len());
        element::fields(false, self.element_bytes, at, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.other_key().is_some() {
            return Ok(());
        }
        match self.flow_label() {
            Some(label) => write!(f, "flow {label:#x}")?,
            None => write!(f, "teid {:#x}", self.header.teid.get())?,
        }
        match self.header.message_type {
            G_PDU => {}
            1 => f.write_str(" echo request")?,
            2 => f.write_str(" echo response")?,
            16 => f.write_str(" create PDP context request")?,
            17 => f.write_str(" create PDP context response")?,
            18 => f.write_str(" update PDP context request")?,
            19 => f.write_str(" update PDP context response")?,
            20 => f.write_str(" delete PDP context request")?,
            21 => f.write_str(" delete PDP context response")?,
            26 => f.write_str(" error indication")?,
            254 => f.write_str(" end marker")?,
            other => write!(f, " message {other}")?,
        }
        self.sequence_number().map_or(Ok(()), |number| write!(f, " seq {number}"))
    }
}

impl<'a> Gtp<'a> {
    /// The number of the message, if it has one.
    pub fn sequence_number(&self) -> Option<u16> {
        if self.version_0.is_some() {
            let [high, low, ..] = self.header.teid.get().to_be_bytes();
            return Some(u16::from_be_bytes([high, low]));
        }
        let optional = self.optional.filter(|_| self.header.has_sequence_number());
        optional.map(|optional| optional.sequence_number.get())
    }

    /// The number of the packet, if it has one.
    pub fn npdu_number(&self) -> Option<u8> {
        let optional = self.optional.filter(|_| self.header.has_npdu_number());
        optional.map(|optional| optional.npdu_number)
    }

    /// The extension headers.
    pub fn extensions(&self) -> GtpExtensions<'a> {
        GtpExtensions::new(self.first_extension(), self.extension_bytes)
    }

    /// The information elements of any message but a G-PDU.
    pub fn elements(&self) -> GtpElements<'a> {
        GtpElements::new(self.version_0.is_some(), self.element_bytes)
    }

    /// What leads to a message of version 2 or of GTP', if this is one.
    fn other_key(&self) -> Option<Key> {
        match self.header.version() {
            2 => Some(Key::child(LayerType::GTP, 2)),
            _ if self.header.protocol_type() => None,
            _ => Some(Key::child(LayerType::GTP, CHARGING)),
        }
    }

    fn first_extension(&self) -> u8 {
        let optional = self.optional.filter(|_| self.header.has_extensions());
        optional.map_or(0, |optional| optional.next_extension_header_type)
    }

    fn header_len(&self) -> usize {
        let optional_len = self.optional.map_or(0, |_| size_of::<GtpOptional>());
        let optional_len = self.version_0.map_or(optional_len, |_| VERSION_0_LEN);
        let parts = [optional_len, self.extension_bytes.len(), self.element_bytes.len()];
        parts.into_iter().fold(HEADER_LEN, usize::saturating_add)
    }
}

impl Header for GtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GTP,
    "gtp",
    "GPRS Tunnelling Protocol",
    |bytes, outer| Gtp::parse_in(bytes, outer).map(|gtp| gtp.shape()),
    |bytes, outer, visitor| Gtp::parse_in(bytes, outer).map(|gtp| visitor(&gtp)),
)
.specification("3GPP TS 29.281")
.claims(&[Key::udp_port(2152), Key::udp_port(2123), Key::parent(LayerType::GTPPRIME)])
.template(&[0x30, G_PDU, 0, 0, 0, 0, 0, 0])
.settings(&[settings::SETTINGS])
.lengths(length::write);

#[cfg(test)]
mod tests;
