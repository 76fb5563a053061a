//! Methods of EAP: what a request asks, and a response answers.

use bitflags::bitflags;

use super::EapType;
use crate::records::{Head, Records};
use crate::{EncodeError, Malformed};

/// What a request asks, or a response answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EapMethod<'a> {
    /// Text, in a response the name of the user.
    Identity(&'a [u8]),
    /// Text for the user.
    Notification(&'a [u8]),
    /// The types that the peer would take instead.
    Nak(&'a [u8]),
    /// Challenge or hash, and who made it.
    Md5 { value: &'a [u8], name: &'a [u8] },
    /// A part of a conversation of TLS, by any of the methods that carry one. The length of all
    /// parts stands in the first.
    Tls { method: EapType, flags: EapTlsFlags, length: Option<u32>, data: &'a [u8] },
    /// SIM, AKA and its successor.
    Sim { method: EapType, subtype: u8, reserved: u16, attributes: EapAttributes<'a> },
    /// A type of a vendor, whose number is an organization's.
    Expanded { vendor: [u8; 3], vendor_type: u32, data: &'a [u8] },
    /// A type that has no entry here, or is cut short.
    Other { method: EapType, data: &'a [u8] },
}

bitflags! {
    /// Flags of a method that carries TLS. The lowest 3 bits are a version in all but TLS's own.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EapTlsFlags: u8 {
        const LENGTH_INCLUDED = 0x80;
        const MORE_FRAGMENTS = 0x40;
        const START = 0x20;
        /// RFC 7170.
        const OUTER_TLV_LENGTH_INCLUDED = 0x10;
    }
}

/// Attributes of SIM and AKA, RFC 4186, section 8.1. Ends behind the first error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EapAttributes<'a> {
    /// The attributes, not yet read.
    pub bytes: &'a [u8],
}

/// An attribute of SIM or AKA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EapAttribute<'a> {
    pub kind: u8,
    /// With its own length in front, in many, and padding behind.
    pub value: &'a [u8],
}

impl<'a> EapAttributes<'a> {
    /// The attributes.
    pub fn iter(&self) -> impl Iterator<Item = Result<EapAttribute<'a>, Malformed>> + use<'a> {
        Records::new(self.bytes, 0, attribute_head).map(|record| {
            let record = record?;
            Ok(EapAttribute { kind: record.kind.to_be_bytes()[1], value: record.data })
        })
    }
}

/// The length counts words of four bytes, these two among them.
pub(super) fn attribute_head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, words, ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let bad = Malformed::Field { name: "attribute length", value: words.into() };
    let data_len = (usize::from(words) << 2).checked_sub(2).ok_or(bad)?;
    Ok(Head { kind: kind.into(), header_len: 2, data_len })
}

pub(super) fn understand(method: EapType, data: &[u8]) -> EapMethod<'_> {
    let known = match (method, data) {
        (EapType::IDENTITY, text) => Some(EapMethod::Identity(text)),
        (EapType::NOTIFICATION, text) => Some(EapMethod::Notification(text)),
        (EapType::NAK, types) => Some(EapMethod::Nak(types)),
        (EapType::MD5, &[len, ref rest @ ..]) => {
            rest.split_at_checked(len.into()).map(|(value, name)| EapMethod::Md5 { value, name })
        }
        (
            EapType::TLS | EapType::TTLS | EapType::PEAP | EapType::FAST | EapType::TEAP,
            &[bits, ref rest @ ..],
        ) => {
            let flags = EapTlsFlags::from_bits_retain(bits);
            let (length, data) = match (flags.contains(EapTlsFlags::LENGTH_INCLUDED), rest) {
                (true, &[a, b, c, d, ref data @ ..]) => {
                    (Some(Some(u32::from_be_bytes([a, b, c, d]))), data)
                }
                (true, _) => (None, rest),
                (false, _) => (Some(None), rest),
            };
            length.map(|length| EapMethod::Tls { method, flags, length, data })
        }
        (EapType::SIM | EapType::AKA | EapType::AKA_PRIME, &[subtype, a, b, ref bytes @ ..]) => {
            let reserved = u16::from_be_bytes([a, b]);
            Some(EapMethod::Sim { method, subtype, reserved, attributes: EapAttributes { bytes } })
        }
        (EapType::EXPANDED, &[a, b, c, d, e, f, g, ref data @ ..]) => {
            let vendor_type = u32::from_be_bytes([d, e, f, g]);
            Some(EapMethod::Expanded { vendor: [a, b, c], vendor_type, data })
        }
        _ => None,
    };
    known.unwrap_or(EapMethod::Other { method, data })
}

impl EapMethod<'_> {
    /// Appends type and data.
    ///
    /// # Errors
    ///
    /// A value does not fit its length.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut all = |method: EapType, parts: &[&[u8]]| {
            out.push(method.0);
            parts.iter().for_each(|part| out.extend_from_slice(part));
        };
        match *self {
            Self::Identity(text) => all(EapType::IDENTITY, &[text]),
            Self::Notification(text) => all(EapType::NOTIFICATION, &[text]),
            Self::Nak(types) => all(EapType::NAK, &[types]),
            Self::Md5 { value, name } => {
                let (layer, field, size) = ("eap", "value size", value.len() as u64);
                let error = EncodeError::TooLarge { layer, field, value: size };
                let len = u8::try_from(value.len()).map_err(|_| error)?;
                all(EapType::MD5, &[&[len], value, name]);
            }
            Self::Tls { method, flags, length, data } => {
                // Flag and length say the same.
                let mut flags = flags;
                flags.set(EapTlsFlags::LENGTH_INCLUDED, length.is_some());
                let length = length.map(u32::to_be_bytes);
                let length = length.as_ref().map_or(&[][..], |length| &length[..]);
                all(method, &[&[flags.bits()], length, data]);
            }
            Self::Sim { method, subtype, reserved, attributes } => {
                all(method, &[&[subtype], &reserved.to_be_bytes(), attributes.bytes]);
            }
            Self::Expanded { vendor, vendor_type, data } => {
                all(EapType::EXPANDED, &[&vendor, &vendor_type.to_be_bytes(), data]);
            }
            Self::Other { method, data } => all(method, &[data]),
        }
        Ok(())
    }
}
