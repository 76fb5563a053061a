//! Keys in EAPOL frames: those of [IEEE Std 802.1X](https://standards.ieee.org/ieee/802.1X/7345/)
//! for RC4, and those of [IEEE Std 802.11](https://standards.ieee.org/ieee/802.11/7028/).
//!
//! ```text
//! | 1 | key length | replay counter, 8 | IV, 16 | index | signature, 16 | key ... |
//! | 2 or 254 | information | key length | replay counter, 8 | nonce, 32 | IV, 16 | RSC, 8 |
//!     | reserved, 8 | MIC, 16 | data length | data ... |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::EapolHeader;
use crate::field_reader::FieldReader;
use crate::layers::wlan::{Sender, report_elements};
use crate::layout::Layout;
use crate::{EncodeError, FieldSink};

/// Kinds of descriptor.
const RC4: u8 = 1;
const RSN: u8 = 2;
const WPA: u8 = 254;

/// A key for RC4 on the wire, without the key itself.
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
pub struct EapolRc4Key {
    /// 1.
    pub descriptor_type: u8,
    pub key_length: U16,
    pub replay_counter: U64,
    pub key_iv: [u8; 16],
    /// Bit 7, whether the key is for this station alone; below it, its number.
    pub key_index: u8,
    pub key_signature: [u8; 16],
}

/// A key of a robust security network on the wire, without its data.
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
pub struct EapolRsnKey {
    /// 2, or 254 before the standard was finished.
    pub descriptor_type: u8,
    pub information_bits: U16,
    pub key_length: U16,
    pub replay_counter: U64,
    pub nonce: [u8; 32],
    pub key_iv: [u8; 16],
    pub receive_sequence_counter: [u8; 8],
    pub reserved: [u8; 8],
    /// 16 bytes, as all but the newest key managements have it.
    pub mic: [u8; 16],
    pub key_data_length: U16,
}

impl EapolRsnKey {
    /// What the key is and where the handshake stands.
    pub fn information(&self) -> EapolKeyInformation {
        EapolKeyInformation::from_bits_retain(self.information_bits.get())
    }

    /// Writes what the key is and where the handshake stands.
    pub fn set_information(&mut self, information: EapolKeyInformation) {
        self.information_bits.set(information.bits());
    }

    /// Version of the descriptor, 3 bits: how key and MIC are made.
    pub fn descriptor_version(&self) -> u8 {
        self.information_bits.to_bytes()[1] & 7
    }

    /// Writes [`descriptor_version`](Self::descriptor_version), its low 3 bits.
    pub fn set_descriptor_version(&mut self, descriptor_version: u8) {
        self.information_bits
            .set(self.information_bits.get() & !0x0007 | u16::from(descriptor_version & 0x07));
    }
}

bitflags! {
    /// What a key is and where the handshake stands. The lowest 3 bits are a version, bits 4 and 5
    /// were once the number of the key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EapolKeyInformation: u16 {
        /// For this pair of stations, not for a group.
        const PAIRWISE = 0x0008;
        const INSTALL = 0x0040;
        const ACK = 0x0080;
        const MIC = 0x0100;
        const SECURE = 0x0200;
        const ERROR = 0x0400;
        const REQUEST = 0x0800;
        const ENCRYPTED_KEY_DATA = 0x1000;
        const SMK_MESSAGE = 0x2000;
    }
}

impl fmt::Display for EapolKeyInformation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.contains(Self::PAIRWISE) { "pairwise" } else { "group" };
        f.write_str(kind)?;
        for (flag, name) in [
            (Self::INSTALL, " install"),
            (Self::ACK, " ack"),
            (Self::MIC, " mic"),
            (Self::SECURE, " secure"),
            (Self::ERROR, " error"),
            (Self::REQUEST, " request"),
        ] {
            if self.contains(flag) {
                f.write_str(name)?;
            }
        }
        Ok(())
    }
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EapolKey<'a> {
    /// For RC4. No key means that both sides have it already.
    Rc4 { header: EapolRc4Key, key: &'a [u8] },
    /// Of a robust security network. The data is elements, encrypted or not.
    Rsn { header: EapolRsnKey, data: &'a [u8] },
    /// A kind that has no entry here, or a key that is cut short.
    Unknown(&'a [u8]),
}

impl<'a> EapolKey<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let known = match *body.first()? {
            RC4 => EapolRc4Key::read_from_prefix(body)
                .ok()
                .map(|(header, key)| Self::Rc4 { header, key }),
            RSN | WPA => EapolRsnKey::read_from_prefix(body).ok().map(|(header, data)| {
                let data = data.get(..header.key_data_length.get().into()).unwrap_or(data);
                Self::Rsn { header, data }
            }),
            _ => None,
        };
        Some(known.unwrap_or(Self::Unknown(body)))
    }

    /// Appends the key.
    ///
    /// # Errors
    ///
    /// The data does not fit its length.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Rc4 { header, key } => {
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(key);
            }
            Self::Rsn { mut header, data } => {
                let (layer, field, value) = ("eapol", "key data length", data.len() as u64);
                let error = EncodeError::TooLarge { layer, field, value };
                header.key_data_length.set(u16::try_from(data.len()).map_err(|_| error)?);
                out.extend_from_slice(header.as_bytes());
                out.extend_from_slice(data);
            }
            Self::Unknown(body) => out.extend_from_slice(body),
        }
        Ok(())
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("eapol.keydes.type")? {
        RC4 => {
            reader.u16("eapol.keydes.key_len")?;
            reader.number("eapol.keydes.replay_counter", 8)?;
            reader.bytes("eapol.keydes.key_iv", 16)?;
            let index = reader.u8("eapol.keydes.key_index")?;
            reader.flags(index.into(), &[("eapol.keydes.key_index.type", 0x80)]);
            reader.bit_fields(index, &[("eapol.keydes.key_index.number", 0x7f)]);
            reader.bytes("eapol.keydes.key_signature", 16)?;
            reader.rest_as("eapol.keydes.key")?;
        }
        RSN | WPA => {
            let information = reader.u16("wlan_rsna_eapol.keydes.key_info")?;
            reader.bit_fields(information, &[(VERSION, 0x0007)]);
            reader.flags(information.into(), &[(PAIRWISE, 0x0008)]);
            reader.bit_fields(information, &[(INDEX, 0x0030)]);
            reader.flags(information.into(), &FLAGS);
            reader.u16("eapol.keydes.key_len")?;
            reader.number("eapol.keydes.replay_counter", 8)?;
            reader.bytes("wlan_rsna_eapol.keydes.nonce", 32)?;
            reader.bytes("eapol.keydes.key_iv", 16)?;
            reader.bytes("wlan_rsna_eapol.keydes.rsc", 8)?;
            reader.bytes("wlan_rsna_eapol.keydes.id", 8)?;
            reader.bytes("wlan_rsna_eapol.keydes.mic", 16)?;
            let len = reader.u16("wlan_rsna_eapol.keydes.data_len")?;
            if len > 0 {
                reader.bytes("wlan_rsna_eapol.keydes.data", len.into())?;
            }
        }
        _ => {
            reader.rest_as("eapol.keydes.body")?;
        }
    }
    Some(())
}

/// Reports the elements of a key, unless they are encrypted. Before the standard was finished, nothing
/// said that those of groups are.
pub(super) fn data_fields(key: &EapolKey<'_>, sink: &mut dyn FieldSink) {
    let &EapolKey::Rsn { header, data } = key else { return };
    let information = header.information();
    let is_encrypted = information.contains(EapolKeyInformation::ENCRYPTED_KEY_DATA)
        || header.descriptor_type == WPA && !information.contains(EapolKeyInformation::PAIRWISE);
    if is_encrypted || data.len() != usize::from(header.key_data_length.get()) {
        return;
    }
    let sender = if information.contains(EapolKeyInformation::ACK) {
        Sender::AccessPoint
    } else {
        Sender::Station
    };
    let place = size_of::<EapolHeader>().saturating_add(size_of::<EapolRsnKey>());
    report_elements(sender, &mut Layout::new(data, place, sink));
}

const VERSION: &str = "wlan_rsna_eapol.keydes.key_info.keydes_version";
const PAIRWISE: &str = "wlan_rsna_eapol.keydes.key_info.key_type";
const INDEX: &str = "wlan_rsna_eapol.keydes.key_info.key_index";

const FLAGS: [(&str, u64); 8] = [
    ("wlan_rsna_eapol.keydes.key_info.install", 0x0040),
    ("wlan_rsna_eapol.keydes.key_info.key_ack", 0x0080),
    ("wlan_rsna_eapol.keydes.key_info.key_mic", 0x0100),
    ("wlan_rsna_eapol.keydes.key_info.secure", 0x0200),
    ("wlan_rsna_eapol.keydes.key_info.error", 0x0400),
    ("wlan_rsna_eapol.keydes.key_info.request", 0x0800),
    ("wlan_rsna_eapol.keydes.key_info.encrypted_key_data", 0x1000),
    ("wlan_rsna_eapol.keydes.key_info.smk_message", 0x2000),
];
