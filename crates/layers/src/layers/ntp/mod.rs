//! Network Time Protocol, [RFC 5905](https://www.rfc-editor.org/rfc/rfc5905) section 7.3, its
//! control messages, [RFC 9327](https://www.rfc-editor.org/rfc/rfc9327), and the private ones of
//! its reference implementation.
//!
//! ```text
//!  0   2     5     8               16              24             31
//! |LI | VN  |mode |    stratum    |     poll      |   precision   |
//! |                          root delay                           |
//! |                        root dispersion                        |
//! |                         reference id                          |
//! |  reference, origin, receive, transmit timestamp, of 64 bits   |
//! |            extension fields, then key id and digest ...       |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod fields;
#[cfg(test)]
mod tests;

/// RFC 7822, section 3: what is behind the header and no longer than this is a key id and a digest,
/// and no extension field.
const MAX_MAC: usize = 24;
/// Bytes in front of the value of an extension field.
const EXTENSION_HEADER: usize = 4;

/// The header on the wire of the modes 0 to 5.
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
pub struct NtpHeader {
    pub flags: u8,
    pub stratum: u8,
    /// Seconds between messages, as a power of two.
    pub poll: i8,
    /// Seconds that the clock is exact to, as a power of two.
    pub precision: i8,
    /// In units of 1/65536 of a second.
    pub root_delay: U32,
    /// In units of 1/65536 of a second.
    pub root_dispersion: U32,
    pub reference_id: [u8; 4],
    /// Seconds since 1900 and, in the lower half, 2^-32 of a second; so are the others.
    pub reference_timestamp: U64,
    pub origin_timestamp: U64,
    pub receive_timestamp: U64,
    pub transmit_timestamp: U64,
}

impl NtpHeader {
    /// Leap indicator, 2 bits: 3 is a clock that is not set.
    pub fn leap(&self) -> u8 {
        self.flags >> 6
    }

    /// Writes [`leap`](Self::leap), its low 2 bits.
    pub fn set_leap(&mut self, leap: u8) {
        self.flags = self.flags & !0xc0 | (leap & 0x03) << 6;
    }

    /// Version, 3 bits.
    pub fn version(&self) -> u8 {
        self.flags >> 3 & 7
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !0x38 | (version & 0x07) << 3;
    }

    /// Mode, 3 bits: 3 is a client, 4 a server, 5 a broadcast.
    pub fn mode(&self) -> u8 {
        self.flags & 7
    }

    /// Writes [`mode`](Self::mode), its low 3 bits.
    pub fn set_mode(&mut self, mode: u8) {
        self.flags = self.flags & !0x07 | mode & 0x07;
    }

    /// Writes leap indicator, version and mode.
    pub fn set_flags(&mut self, leap: u8, version: u8, mode: u8) {
        self.flags = leap << 6 | (version & 7) << 3 | mode & 7;
    }
}

/// The header on the wire of mode 6.
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
pub struct NtpControlHeader {
    pub flags: u8,
    /// Response, error, more, and 5 bits of opcode.
    pub opcode: u8,
    pub sequence: U16,
    pub status: U16,
    pub association_id: U16,
    pub offset: U16,
    pub count: U16,
}

/// The header on the wire of mode 7.
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
pub struct NtpPrivateHeader {
    /// Response, more, 3 bits of version and 3 of mode.
    pub flags: u8,
    /// Authenticated, and 7 bits of sequence.
    pub sequence: u8,
    pub implementation: u8,
    pub request_code: u8,
    /// 4 bits of error and 12 of the number of items.
    pub error_count: U16,
    /// 4 reserved bits and 12 of the size of an item.
    pub item_size: U16,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ntp<'a> {
    pub message: NtpMessage<'a>,
}

/// A message by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NtpMessage<'a> {
    /// What time it is, and what is behind the header: extension fields, key id and digest.
    Time(&'a NtpHeader, &'a [u8]),
    /// Questions about the state of a server, and the answers.
    Control(&'a NtpControlHeader, &'a [u8]),
    /// Questions that only the reference implementation understands, and the answers.
    Private(&'a NtpPrivateHeader, &'a [u8]),
}

/// An extension field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtpExtension<'a> {
    pub field_type: u16,
    /// What is behind type and length, the padding included.
    pub value: &'a [u8],
}

/// A key id and the digest made with the key. A digest of no bytes says that one was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtpMac<'a> {
    pub key_id: u32,
    pub digest: &'a [u8],
}

impl<'a> Layer<'a> for Ntp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some(&flags) = bytes.first() else {
            return Err(Malformed::Truncated { need: 1, have: 0 });
        };
        let message = match flags & 7 {
            6 => split(bytes).map(|(header, data)| NtpMessage::Control(header, data))?,
            7 => split(bytes).map(|(header, data)| NtpMessage::Private(header, data))?,
            _ => split(bytes).map(|(header, rest)| NtpMessage::Time(header, rest))?,
        };
        Ok(Self { message })
    }

    fn shape(&self) -> Shape {
        let (front, rest) = match self.message {
            NtpMessage::Time(_, rest) => (size_of::<NtpHeader>(), rest),
            NtpMessage::Control(_, rest) => (size_of::<NtpControlHeader>(), rest),
            NtpMessage::Private(_, rest) => (size_of::<NtpPrivateHeader>(), rest),
        };
        let header_len = front.saturating_add(rest.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        match self.message {
            NtpMessage::Time(header, rest) => fields::time(header, rest, sink),
            NtpMessage::Control(header, data) => fields::control(header, data, sink),
            NtpMessage::Private(header, data) => fields::private(*header, data, sink),
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            NtpMessage::Time(header, _) => {
                let mode = match header.mode() {
                    1 => "symmetric active",
                    2 => "symmetric passive",
                    3 => "client",
                    4 => "server",
                    5 => "broadcast",
                    _ => "reserved",
                };
                write!(f, "v{} {mode} stratum {}", header.version(), header.stratum)
            }
            NtpMessage::Control(header, _) => write!(f, "control opcode {}", header.opcode & 31),
            NtpMessage::Private(header, _) => write!(f, "private code {}", header.request_code),
        }
    }
}

impl<'a> Ntp<'a> {
    /// The extension fields, up to the first that makes no sense.
    pub fn extensions(&self) -> impl Iterator<Item = NtpExtension<'a>> + use<'a> {
        let mut rest = self.trailer();
        std::iter::from_fn(move || {
            let (extension, behind) = next_extension(rest)?;
            rest = behind;
            Some(extension)
        })
    }

    /// The key id and the digest, if they are there.
    pub fn mac(&self) -> Option<NtpMac<'a>> {
        let mut rest = self.trailer();
        while let Some((_, behind)) = next_extension(rest) {
            rest = behind;
        }
        mac_of(rest)
    }

    /// What is behind the header of a message about time.
    fn trailer(&self) -> &'a [u8] {
        match self.message {
            NtpMessage::Time(_, rest) => rest,
            NtpMessage::Control(..) | NtpMessage::Private(..) => &[],
        }
    }
}

/// The extension field at the front, if what is there is more than a key id and a digest.
fn next_extension(rest: &[u8]) -> Option<(NtpExtension<'_>, &[u8])> {
    if rest.len() <= MAX_MAC {
        return None;
    }
    let (&[a, b, c, d], _) = rest.split_first_chunk()?;
    let (extension, behind) = rest.split_at_checked(u16::from_be_bytes([c, d]).into())?;
    let value = extension.get(EXTENSION_HEADER..)?;
    Some((NtpExtension { field_type: u16::from_be_bytes([a, b]), value }, behind))
}

fn mac_of(rest: &[u8]) -> Option<NtpMac<'_>> {
    let (&key_id, digest) = rest.split_first_chunk()?;
    (rest.len() <= MAX_MAC).then_some(NtpMac { key_id: u32::from_be_bytes(key_id), digest })
}

impl Header for NtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

impl Header for NtpControlHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

impl Header for NtpPrivateHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message about time to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct NtpBuilder<'a> {
    pub header: NtpHeader,
    pub extensions: &'a [NtpExtension<'a>],
    pub mac: Option<NtpMac<'a>>,
}

impl Encode for NtpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        for NtpExtension { field_type, value } in self.extensions {
            let length = value.len().saturating_add(EXTENSION_HEADER);
            let error = EncodeError::TooLarge {
                layer: PROTOCOL.name,
                field: "Field Length",
                value: length as u64,
            };
            out.extend(field_type.to_be_bytes());
            out.extend(u16::try_from(length).map_err(|_| error)?.to_be_bytes());
            out.extend_from_slice(value);
        }
        if let Some(NtpMac { key_id, digest }) = &self.mac {
            out.extend(key_id.to_be_bytes());
            out.extend_from_slice(digest);
        }
        Ok(())
    }
}

/// A question of a client of version 4.
const TEMPLATE: [u8; size_of::<NtpHeader>()] = {
    let mut template = [0; size_of::<NtpHeader>()];
    template[0] = 4 << 3 | 3;
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NTP,
    "ntp",
    "Network Time Protocol",
    |bytes, outer| Ntp::parse_in(bytes, outer).map(|ntp| ntp.shape()),
    |bytes, outer, visitor| Ntp::parse_in(bytes, outer).map(|ntp| visitor(&ntp)),
)
.specification("RFC 5905")
.role(Role::Application)
.claims(&[Key::udp_port(123)])
.template(&TEMPLATE);
