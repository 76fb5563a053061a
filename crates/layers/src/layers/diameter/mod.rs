//! Diameter, [RFC 6733](https://www.rfc-editor.org/rfc/rfc6733) sections 3 and 4.
//!
//! ```text
//!  0             8                                         31
//! |   version    |            message length                |
//! |R P E T 0000  |             command code                 |
//! |                     application ID                      |
//! |                   hop-by-hop identifier                 |
//! |                   end-to-end identifier                 |
//! |                        AVP code                         |
//! |V M P 00000   |               AVP length                 |  vendor ID, if V; data, padded ...
//! ```
//!
//! A segment may hold several messages one behind the other: each is a layer.

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod fields;
mod names;
#[cfg(test)]
mod tests;

/// Bytes of a header.
const HEADER_LEN: usize = 20;
/// Bytes in front of the data of an attribute of no vendor.
const AVP_HEADER_LEN: usize = 8;
/// Attributes start at multiples of this.
const ALIGNMENT: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct DiameterHeader {
    pub version: u8,
    pub message_length: [u8; 3],
    pub command_flags: u8,
    pub command_code: [u8; 3],
    pub application_id: U32,
    pub hop_by_hop_identifier: U32,
    pub end_to_end_identifier: U32,
}

impl Default for DiameterHeader {
    /// A request of no command.
    fn default() -> Self {
        Self {
            version: 1,
            message_length: [0, 0, 20],
            command_flags: DiameterFlags::REQUEST.bits(),
            command_code: [0; 3],
            application_id: U32::ZERO,
            hop_by_hop_identifier: U32::ZERO,
            end_to_end_identifier: U32::ZERO,
        }
    }
}

/// A number of 24 bits.
fn number([a, b, c]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, a, b, c])
}

/// A length as 24 bits, if it fits.
fn length(field: &'static str, value: usize) -> Result<[u8; 3], EncodeError> {
    let error = EncodeError::TooLarge { layer: "diameter", field, value: value as u64 };
    match u32::try_from(value).map(u32::to_be_bytes) {
        Ok([0, a, b, c]) => Ok([a, b, c]),
        _ => Err(error),
    }
}

impl DiameterHeader {
    /// Bytes of the whole message, 24 bits.
    pub fn message_length(&self) -> u32 {
        number(self.message_length)
    }

    /// What the message is about, 24 bits.
    pub fn command_code(&self) -> u32 {
        number(self.command_code)
    }

    /// The flags of the message.
    pub fn flags(&self) -> DiameterFlags {
        DiameterFlags::from_bits_retain(self.command_flags)
    }

    fn check(&self) -> Result<(), Malformed> {
        if self.version != 1 {
            return Err(Malformed::Field { name: "version", value: self.version.into() });
        }
        let length = self.message_length();
        // RFC 6733, section 3: a multiple of four; the padding of attributes counts.
        if (length as usize) < HEADER_LEN || !length.is_multiple_of(4) {
            return Err(Malformed::Field { name: "message length", value: length.into() });
        }
        // The other bits are reserved, and a request is no error.
        let flags = self.flags();
        let contradicts = flags.contains(DiameterFlags::REQUEST | DiameterFlags::ERROR);
        if self.command_flags & 0x0f != 0 || contradicts {
            let value = self.command_flags.into();
            return Err(Malformed::Field { name: "command flags", value });
        }
        Ok(())
    }
}

bitflags! {
    /// The flags of a message.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DiameterFlags: u8 {
        const REQUEST = 0x80;
        const PROXIABLE = 0x40;
        const ERROR = 0x20;
        /// It may have been sent before.
        const POTENTIALLY_RETRANSMITTED = 0x10;
    }
}

/// One attribute: a pair of what it is, and its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiameterAvp<'a> {
    pub code: u32,
    /// Whether a receiver that does not know the attribute must give up.
    pub mandatory: bool,
    /// Who gave the code its meaning, if that was not IANA.
    pub vendor_id: Option<u32>,
    pub data: &'a [u8],
}

impl<'a> DiameterAvp<'a> {
    /// Text, such as a name.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.data).ok()
    }

    /// A number of four bytes.
    pub fn unsigned32(&self) -> Option<u32> {
        self.data.try_into().map(u32::from_be_bytes).ok()
    }

    /// The attributes inside of a grouped one.
    pub fn grouped(&self) -> DiameterAvps<'a> {
        DiameterAvps(self.data)
    }

    /// Appends the attribute, padded.
    ///
    /// # Errors
    ///
    /// It is longer than 24 bits can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let vendor = self.vendor_id.map(u32::to_be_bytes);
        let vendor = vendor.as_ref().map_or(&[][..], |vendor| vendor.as_slice());
        let len = AVP_HEADER_LEN.saturating_add(vendor.len()).saturating_add(self.data.len());
        let flags = u8::from(!vendor.is_empty()) << 7 | u8::from(self.mandatory) << 6;
        out.extend_from_slice(&self.code.to_be_bytes());
        out.push(flags);
        out.extend_from_slice(&length("AVP length", len)?);
        out.extend_from_slice(vendor);
        out.extend_from_slice(self.data);
        let padding = len.next_multiple_of(ALIGNMENT).saturating_sub(len);
        out.extend(std::iter::repeat_n(0, padding));
        Ok(())
    }
}

/// The attributes of a message or a group. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct DiameterAvps<'a>(&'a [u8]);

impl<'a> Iterator for DiameterAvps<'a> {
    type Item = Result<DiameterAvp<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        let &[a, b, c, d, flags, e, f, g, ref behind @ ..] = bytes else {
            let cut = Malformed::Truncated { need: AVP_HEADER_LEN, have: bytes.len() };
            return (!bytes.is_empty()).then_some(Err(cut));
        };
        let len = number([e, f, g]);
        let front_len = if flags & 0x80 != 0 { AVP_HEADER_LEN + 4 } else { AVP_HEADER_LEN };
        let length = len as usize;
        if length < front_len {
            return Some(Err(Malformed::Field { name: "AVP length", value: len.into() }));
        }
        let Some(data) = bytes.get(front_len..length) else {
            return Some(Err(Malformed::Truncated { need: length, have: bytes.len() }));
        };
        self.0 = bytes.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        let vendor_id = behind.first_chunk().filter(|_| flags & 0x80 != 0);
        Some(Ok(DiameterAvp {
            code: u32::from_be_bytes([a, b, c, d]),
            mandatory: flags & 0x40 != 0,
            vendor_id: vendor_id.map(|vendor| u32::from_be_bytes(*vendor)),
            data,
        }))
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diameter<'a> {
    pub header: &'a DiameterHeader,
    /// The attributes, not yet understood, as far as they are there: [`avps`](Self::avps) are.
    pub body: &'a [u8],
    /// Messages behind this one.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Diameter<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<DiameterHeader>(bytes)?;
        header.check()?;
        let len = (header.message_length() as usize).saturating_sub(HEADER_LEN);
        let (body, payload) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        let end = HEADER_LEN.saturating_add(body.len());
        Ok(Self { header, body, payload, bytes: bytes.get(..end).unwrap_or(bytes) })
    }

    fn shape(&self) -> Shape {
        let behind = DiameterHeader::ref_from_prefix(self.payload).ok();
        let is_followed = behind.is_some_and(|(header, _)| header.check().is_ok());
        if is_followed && u16::try_from(self.bytes.len()).is_ok() {
            let (header_len, payload_len) = (self.bytes.len(), self.payload.len());
            let next = Next::One(Key::parent(LayerType::DIAMETER));
            return Shape { header_len, payload_len, trailer_len: 0, next };
        }
        let payload_len = self.body.len();
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = fields::message(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_request = self.header.flags().contains(DiameterFlags::REQUEST);
        let kind = if is_request { "request" } else { "answer" };
        let application = self.header.application_id;
        write!(f, "{kind} {} of application {application}", self.header.command_code())
    }
}

impl<'a> Diameter<'a> {
    /// The attributes.
    pub fn avps(&self) -> DiameterAvps<'a> {
        DiameterAvps(self.body)
    }
}

impl Header for DiameterHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiameterBuilder<'a> {
    /// Its length is worked out.
    pub header: DiameterHeader,
    pub avps: &'a [DiameterAvp<'a>],
}

impl Encode for DiameterBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.avps.iter().try_for_each(|avp| avp.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let is_followed = behind.child.is_some_and(|child| child.layer == LayerType::DIAMETER);
    let len = if is_followed { 0 } else { behind.payload_len };
    let length = length("message length", behind.header_len.saturating_add(len))?;
    behind.header::<DiameterHeader>(bytes)?.message_length = length;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DIAMETER,
    "diameter",
    "Diameter",
    |bytes, outer| Diameter::parse_in(bytes, outer).map(|diameter| diameter.shape()),
    |bytes, outer, visitor| Diameter::parse_in(bytes, outer).map(|diameter| visitor(&diameter)),
)
.specification("RFC 6733")
.role(Role::Application)
.claims(&[
    Key::tcp_port(3868),
    Key::sctp_port(3868),
    Key::udp_port(3868),
    Key::parent(LayerType::DIAMETER),
])
.template(b"\x01\0\0\x14\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
.lengths(lengths);
