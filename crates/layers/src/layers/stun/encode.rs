//! Messages of STUN, to be written.

use std::net::SocketAddr;

use super::attributes::{ALIGNMENT, hide};
use super::{MAGIC_COOKIE, MESSAGE_HEADER_LEN, Stun, StunAttribute, StunClass, StunHeader};
use super::{StunMethod, fingerprint_of};
use crate::build::{FieldPlace, pad};
use crate::{Absence, Checksum, Encode, EncodeError, Header, Layer, Outer, Protocol};

/// The most that a code of an error can be: three bits of hundreds, RFC 8489 section 14.8.
const MAX_ERROR_CODE: u16 = 799;

/// A message with its attributes. A [`StunAttribute::Fingerprint`] at their end is worked out with
/// the other checksums; the proof of [`StunAttribute::MessageIntegrity`] is written as it is given.
#[derive(Clone, Copy, Debug)]
pub struct StunBuilder<'a> {
    pub method: StunMethod,
    pub class: StunClass,
    pub transaction_id: [u8; 12],
    pub attributes: &'a [StunAttribute<'a>],
}

impl Default for StunBuilder<'_> {
    /// A binding request without attributes.
    fn default() -> Self {
        let (method, class) = (StunMethod::BINDING, StunClass::Request);
        Self { method, class, transaction_id: [0; 12], attributes: &[] }
    }
}

impl Encode for StunBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        StunHeader::PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let mut header = StunHeader::default();
        header.set_type(self.method, self.class);
        header.encode(out)?;
        out.extend(MAGIC_COOKIE.to_be_bytes());
        out.extend(self.transaction_id);
        self.attributes
            .iter()
            .try_for_each(|attribute| attribute.encode(&self.transaction_id, out))?;
        let len = out.len().saturating_sub(start).saturating_sub(MESSAGE_HEADER_LEN);
        let too_large = FieldPlace::new("stun", "length").too_large(len as u64);
        let length = u16::try_from(len).map_err(|_| too_large)?.to_be_bytes();
        let place = out.get_mut(start.saturating_add(2)..).and_then(<[u8]>::first_chunk_mut);
        place.into_iter().for_each(|place| *place = length);
        Ok(())
    }
}

impl StunAttribute<'_> {
    /// Appends the attribute, and zeros up to a multiple of four bytes. Addresses are hidden by the
    /// transaction ID of the message.
    ///
    /// # Errors
    ///
    /// A value does not fit its field.
    pub fn encode(&self, transaction_id: &[u8; 12], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend(self.attribute_type().to_be_bytes());
        let length = FieldPlace::new("stun", "attribute length");
        length.with_length_u16(out, 0, |out| self.encode_value(transaction_id, out))?;
        pad(out, start, ALIGNMENT);
        Ok(())
    }

    /// The number of its type.
    pub fn attribute_type(&self) -> u16 {
        match *self {
            Self::MappedAddress(_) => 0x0001,
            Self::Username(_) => 0x0006,
            Self::MessageIntegrity(_) => 0x0008,
            Self::ErrorCode { .. } => 0x0009,
            Self::UnknownAttributes(_) => 0x000a,
            Self::ChannelNumber(_) => 0x000c,
            Self::Lifetime(_) => 0x000d,
            Self::XorPeerAddress(_) => 0x0012,
            Self::Data(_) => 0x0013,
            Self::Realm(_) => 0x0014,
            Self::Nonce(_) => 0x0015,
            Self::XorRelayedAddress(_) => 0x0016,
            Self::RequestedTransport(_) => 0x0019,
            Self::XorMappedAddress(_) => 0x0020,
            Self::Priority(_) => 0x0024,
            Self::UseCandidate => 0x0025,
            Self::Software(_) => 0x8022,
            Self::AlternateServer(_) => 0x8023,
            Self::Fingerprint(_) => 0x8028,
            Self::IceControlled(_) => 0x8029,
            Self::IceControlling(_) => 0x802a,
            Self::ResponseOrigin(_) => 0x802b,
            Self::OtherAddress(_) => 0x802c,
            Self::Unknown { attribute_type, .. } => attribute_type,
        }
    }

    fn encode_value(&self, id: &[u8; 12], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::MappedAddress(address)
            | Self::AlternateServer(address)
            | Self::OtherAddress(address)
            | Self::ResponseOrigin(address) => put_address(address, out),
            Self::XorMappedAddress(address)
            | Self::XorPeerAddress(address)
            | Self::XorRelayedAddress(address) => put_address(hide(address, id), out),
            Self::Username(value)
            | Self::Realm(value)
            | Self::Nonce(value)
            | Self::Software(value)
            | Self::Data(value)
            | Self::Unknown { value, .. } => out.extend_from_slice(value),
            Self::MessageIntegrity(proof) => out.extend_from_slice(proof),
            Self::ErrorCode { code, reason } => {
                let code = Some(code).filter(|code| *code <= MAX_ERROR_CODE);
                let place = FieldPlace::new("stun", "error code");
                let code = code.ok_or(place.too_large(u64::from(u16::MAX)))?;
                let [class, number] = [code.div_euclid(100), code.rem_euclid(100)]
                    .map(|part| u8::try_from(part).unwrap_or_default());
                out.extend([0, 0, class, number]);
                out.extend_from_slice(reason);
            }
            Self::UnknownAttributes(types) => out.extend_from_slice(types.as_flattened()),
            // Two bytes, and two that are reserved.
            Self::ChannelNumber(number) => out.extend((u32::from(number) << 16).to_be_bytes()),
            Self::RequestedTransport(protocol) => out.extend([protocol, 0, 0, 0]),
            Self::Lifetime(number) | Self::Priority(number) | Self::Fingerprint(number) => {
                out.extend(number.to_be_bytes());
            }
            Self::IceControlled(number) | Self::IceControlling(number) => {
                out.extend(number.to_be_bytes());
            }
            Self::UseCandidate => {}
        }
        Ok(())
    }
}

/// RFC 8489, section 14.1.
fn put_address(address: SocketAddr, out: &mut Vec<u8>) {
    let family = if address.is_ipv4() { 1 } else { 2 };
    out.extend([0, family]);
    out.extend(address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => out.extend(address.ip().octets()),
        SocketAddr::V6(address) => out.extend(address.ip().octets()),
    }
}

/// The fingerprint at the end of a message, RFC 8489 section 14.7.
pub(super) fn checksum(bytes: &[u8], _outer: &Outer<'_>) -> Option<Checksum> {
    let stun = Stun::parse(bytes).ok()?;
    let absent = Checksum { place: 0..0, stored: 0, computed: 0, absent: Some(Absence::Allowed) };
    let Some(at) = stun.fingerprint_at() else { return Some(absent) };
    let start = at.saturating_add(4);
    let stored = u32::from_be_bytes(*bytes.get(start..)?.first_chunk()?);
    let computed = fingerprint_of(bytes.get(..at)?);
    Some(Checksum { place: start..start.saturating_add(4), stored, computed, absent: None })
}
