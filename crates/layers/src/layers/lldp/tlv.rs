//! TLVs of LLDP, [IEEE Std 802.1AB](https://standards.ieee.org/ieee/802.1AB/6047/) section 8.5.

use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use bitflags::bitflags;

use super::LldpOrganizational;
use crate::{EncodeError, Organization};

/// The most bytes of information that the 9 bits of a length can say.
const MAX_LEN: usize = 511;
/// Families of addresses, as IANA numbers them.
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LldpTlv<'a> {
    /// The message ends here.
    End,
    /// Who sends: subtype 4 is a hardware address, 5 a network address behind its family.
    ChassisId {
        subtype: u8,
        id: &'a [u8],
    },
    /// From which port: subtype 3 is a hardware address, 4 a network address behind its family.
    PortId {
        subtype: u8,
        id: &'a [u8],
    },
    /// For how many seconds this holds; 0 to forget it all.
    TimeToLive(u16),
    /// Text, as is each of the following two.
    PortDescription(&'a [u8]),
    SystemName(&'a [u8]),
    SystemDescription(&'a [u8]),
    /// What a system can be and what it is.
    SystemCapabilities {
        system: LldpCapabilities,
        enabled: LldpCapabilities,
    },
    /// How to reach its management.
    ManagementAddress(LldpManagementAddress<'a>),
    /// What an organization defined.
    Organizational(LldpOrganizational<'a>),
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: u8,
        data: &'a [u8],
    },
}

bitflags! {
    /// What a system can do, section 8.5.8.1.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LldpCapabilities: u16 {
        const OTHER = 0x0001;
        const REPEATER = 0x0002;
        const BRIDGE = 0x0004;
        const WLAN_ACCESS_POINT = 0x0008;
        const ROUTER = 0x0010;
        const TELEPHONE = 0x0020;
        const DOCSIS_CABLE_DEVICE = 0x0040;
        const STATION_ONLY = 0x0080;
        const C_VLAN_COMPONENT = 0x0100;
        const S_VLAN_COMPONENT = 0x0200;
        const TWO_PORT_MAC_RELAY = 0x0400;
    }
}

/// A management address, section 8.5.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LldpManagementAddress<'a> {
    /// The family of the address, as IANA numbers them; 6 is a hardware address.
    pub subtype: u8,
    pub address: &'a [u8],
    /// What the number of the interface counts: 2 is `ifIndex`, 3 a system port number.
    pub interface_subtype: u8,
    pub interface_number: u32,
    /// In the encoding of ASN.1, without its tag and length.
    pub object_identifier: &'a [u8],
}

impl LldpManagementAddress<'_> {
    /// The address, if it is one of IPv4.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        let address = <[u8; 4]>::try_from(self.address).ok()?;
        (self.subtype == IPV4).then(|| address.into())
    }

    /// The address, if it is one of IPv6.
    pub fn ipv6(&self) -> Option<Ipv6Addr> {
        let address = <[u8; 16]>::try_from(self.address).ok()?;
        (self.subtype == IPV6).then(|| address.into())
    }
}

pub(super) fn understand(kind: u16, data: &[u8]) -> LldpTlv<'_> {
    let known = match (kind, data) {
        (0, []) => Some(LldpTlv::End),
        (1, &[subtype, ref id @ ..]) => Some(LldpTlv::ChassisId { subtype, id }),
        (2, &[subtype, ref id @ ..]) => Some(LldpTlv::PortId { subtype, id }),
        (3, &[a, b]) => Some(LldpTlv::TimeToLive(u16::from_be_bytes([a, b]))),
        (4, text) => Some(LldpTlv::PortDescription(text)),
        (5, text) => Some(LldpTlv::SystemName(text)),
        (6, text) => Some(LldpTlv::SystemDescription(text)),
        (7, &[a, b, c, d]) => {
            let [system, enabled] = [[a, b], [c, d]].map(u16::from_be_bytes);
            let [system, enabled] = [system, enabled].map(LldpCapabilities::from_bits_retain);
            Some(LldpTlv::SystemCapabilities { system, enabled })
        }
        (8, data) => management_address(data).map(LldpTlv::ManagementAddress),
        (127, &[a, b, c, subtype, ref data @ ..]) => {
            let organization = Organization([a, b, c]);
            Some(LldpTlv::Organizational(LldpOrganizational { organization, subtype, data }))
        }
        _ => None,
    };
    known.unwrap_or(LldpTlv::Unknown { kind: kind.try_into().unwrap_or(u8::MAX), data })
}

/// The length in front of the address counts its family, too; all of it must be there.
fn management_address(data: &[u8]) -> Option<LldpManagementAddress<'_>> {
    let (&len, rest) = data.split_first()?;
    let (address, rest) = rest.split_at_checked(len.into())?;
    let (&subtype, address) = address.split_first()?;
    let (&[interface_subtype, a, b, c, d, len], rest) = rest.split_first_chunk()?;
    let object_identifier = rest.get(..len.into())?;
    let interface_number = u32::from_be_bytes([a, b, c, d]);
    let behind = rest.len().checked_sub(len.into())?;
    let address = LldpManagementAddress {
        subtype,
        address,
        interface_subtype,
        interface_number,
        object_identifier,
    };
    (behind == 0).then_some(address)
}

impl LldpTlv<'_> {
    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// A length does not fit its field, or the type has more than 7 bits.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            LldpTlv::End => head(out, 0, 0),
            LldpTlv::ChassisId { subtype, id } => all(out, 1, &[&[subtype], id]),
            LldpTlv::PortId { subtype, id } => all(out, 2, &[&[subtype], id]),
            LldpTlv::TimeToLive(seconds) => all(out, 3, &[&seconds.to_be_bytes()]),
            LldpTlv::PortDescription(text) => all(out, 4, &[text]),
            LldpTlv::SystemName(text) => all(out, 5, &[text]),
            LldpTlv::SystemDescription(text) => all(out, 6, &[text]),
            LldpTlv::SystemCapabilities { system, enabled } => {
                let [system, enabled] = [system, enabled].map(|bits| bits.bits().to_be_bytes());
                all(out, 7, &[&system, &enabled])
            }
            LldpTlv::ManagementAddress(address) => {
                let len = octet("address string length", address.address.len().saturating_add(1))?;
                let object = octet("OID string length", address.object_identifier.len())?;
                let number = address.interface_number.to_be_bytes();
                let front = [len, address.subtype];
                let interface = [address.interface_subtype];
                let parts: [&[u8]; 6] = [
                    &front,
                    address.address,
                    &interface,
                    &number,
                    &[object],
                    address.object_identifier,
                ];
                all(out, 8, &parts)
            }
            LldpTlv::Organizational(LldpOrganizational { organization, subtype, data }) => {
                all(out, 127, &[&organization.0, &[subtype], data])
            }
            LldpTlv::Unknown { kind, data } => all(out, kind, &[data]),
        }
    }
}

fn too_large(field: &'static str, value: usize) -> EncodeError {
    EncodeError::TooLarge { layer: "lldp", field, value: value as u64 }
}

fn octet(field: &'static str, value: usize) -> Result<u8, EncodeError> {
    u8::try_from(value).map_err(|_| too_large(field, value))
}

fn head(out: &mut Vec<u8>, kind: u8, len: usize) -> Result<(), EncodeError> {
    let length = u16::try_from(len).ok().filter(|_| len <= MAX_LEN);
    let length = length.ok_or(too_large("TLV information string length", len))?;
    if kind > 127 {
        return Err(too_large("TLV type", kind.into()));
    }
    out.extend_from_slice(&(u16::from(kind) << 9 | length).to_be_bytes());
    Ok(())
}

fn all(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) -> Result<(), EncodeError> {
    head(out, kind, parts.iter().map(|part| part.len()).sum())?;
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// A name as people read it: text if it is some, else bytes.
pub(super) struct Name<'a>(pub(super) &'a [u8]);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text) if !text.contains(char::is_control) => f.write_str(text),
            _ => self.0.iter().enumerate().try_for_each(|(place, byte)| {
                if place > 0 {
                    f.write_char(':')?;
                }
                write!(f, "{byte:02x}")
            }),
        }
    }
}
