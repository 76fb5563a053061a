//! TLVs of CDP.

use std::net::{Ipv4Addr, Ipv6Addr};

use bitflags::bitflags;

use crate::EncodeError;
use crate::Malformed;
use crate::records::{Head, Records};

/// The protocol of an address of IPv4, as ISO numbers it.
const NLPID_IPV4: &[u8] = &[0xcc];
/// The protocol of an address of IPv6: an IEEE 802.2 header with its Ethernet type.
const LLC_IPV6: &[u8] = &[0xaa, 0xaa, 0x03, 0, 0, 0, 0x86, 0xdd];
/// How the protocol of an address is written.
const NLPID: u8 = 1;
const LLC: u8 = 2;

/// One TLV. Text is bytes, as a sender may send anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CdpTlv<'a> {
    /// Name of the device.
    DeviceId(&'a [u8]),
    /// Its addresses: those of the port that sent the message.
    Addresses(CdpAddresses<'a>),
    /// The port that sent the message.
    PortId(&'a [u8]),
    Capabilities(CdpCapabilities),
    SoftwareVersion(&'a [u8]),
    Platform(&'a [u8]),
    /// On-demand routing, from the hub: the gateway for all the rest.
    DefaultGateway(Ipv4Addr),
    /// On-demand routing, from a spoke: its networks, each with the length of its prefix.
    Prefixes(&'a [[u8; 5]]),
    /// What another protocol wants to be known, by the organization and number of that.
    ProtocolHello {
        organization: [u8; 3],
        protocol: u16,
        data: &'a [u8],
    },
    VtpManagementDomain(&'a [u8]),
    /// The VLAN of frames without a tag.
    NativeVlan(u16),
    /// Whether the port sends and receives at a time.
    FullDuplex(bool),
    /// The VLAN for a telephone.
    VoiceVlanReply {
        data: u8,
        vlan: u16,
    },
    /// A telephone asks for its VLAN.
    VoiceVlanQuery(&'a [u8]),
    /// Milliwatts.
    PowerConsumption(u16),
    Mtu(u32),
    TrustBitmap(u8),
    UntrustedPortCos(u8),
    SystemName(&'a [u8]),
    /// In the encoding of ASN.1.
    SystemObjectId(&'a [u8]),
    /// Where to reach the management.
    ManagementAddresses(CdpAddresses<'a>),
    Location {
        kind: u8,
        text: &'a [u8],
    },
    ExternalPortId(&'a [u8]),
    /// Milliwatts, each a level that would do.
    PowerRequested {
        request: u16,
        management: u16,
        levels: &'a [[u8; 4]],
    },
    /// Milliwatts, each a level that there is.
    PowerAvailable {
        request: u16,
        management: u16,
        levels: &'a [[u8; 4]],
    },
    /// Not yet understood.
    EnergyWise(&'a [u8]),
    /// Power over the other two pairs: bit 0, whether it can be had.
    SparePairPower(u8),
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: u16,
        data: &'a [u8],
    },
}

bitflags! {
    /// What a device does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CdpCapabilities: u32 {
        const ROUTER = 0x0001;
        const TRANSPARENT_BRIDGE = 0x0002;
        const SOURCE_ROUTE_BRIDGE = 0x0004;
        const SWITCH = 0x0008;
        const HOST = 0x0010;
        const IGMP = 0x0020;
        const REPEATER = 0x0040;
        const PHONE = 0x0080;
        const REMOTELY_MANAGED = 0x0100;
        const CAST = 0x0200;
        const MAC_RELAY = 0x0400;
    }
}

/// A list of addresses. Ends behind the first error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CdpAddresses<'a> {
    /// How many there should be.
    pub count: u32,
    /// The addresses, not yet read.
    pub bytes: &'a [u8],
}

/// One address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CdpAddress<'a> {
    /// How the protocol is written: 1, a number of ISO; 2, an IEEE 802.2 header.
    pub protocol_type: u8,
    pub protocol: &'a [u8],
    pub address: &'a [u8],
}

impl<'a> CdpAddresses<'a> {
    /// The addresses, as many as are there of those that should be.
    pub fn iter(&self) -> impl Iterator<Item = Result<CdpAddress<'a>, Malformed>> + use<'a> {
        let addresses = Records::new(self.bytes, 0, address_head).map(|record| {
            let record = record?;
            let need = record.header_len;
            let truncated = Malformed::Truncated { need, have: record.data.len() };
            let (protocol, rest) =
                record.data.split_at_checked(record.kind.into()).ok_or(truncated)?;
            let address = rest.get(2..).unwrap_or_default();
            Ok((protocol, address))
        });
        let mut types = Records::new(self.bytes, 0, address_type);
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        addresses.take(count).map(move |parts| {
            let (protocol, address) = parts?;
            let kind = types.next().and_then(Result::ok).map_or(0, |record| record.kind);
            let protocol_type = kind.to_be_bytes()[1];
            Ok(CdpAddress { protocol_type, protocol, address })
        })
    }
}

/// The kind is the length of the protocol, here.
fn address_head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[_, protocol_len, ref rest @ ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let need = usize::from(protocol_len).saturating_add(4);
    let address_len = rest.get(protocol_len.into()..).and_then(|rest| rest.first_chunk::<2>());
    let address_len = address_len.ok_or(Malformed::Truncated { need, have: bytes.len() })?;
    let data_len = usize::from(protocol_len)
        .saturating_add(2)
        .saturating_add(u16::from_be_bytes(*address_len).into());
    Ok(Head { kind: protocol_len.into(), header_len: 2, data_len })
}

fn address_type(bytes: &[u8]) -> Result<Head, Malformed> {
    let head = address_head(bytes)?;
    Ok(Head { kind: bytes.first().copied().unwrap_or_default().into(), ..head })
}

impl CdpAddress<'_> {
    /// The address, if it is one of IPv4.
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        let address = <[u8; 4]>::try_from(self.address).ok()?;
        (self.protocol_type == NLPID && self.protocol == NLPID_IPV4).then(|| address.into())
    }

    /// The address, if it is one of IPv6.
    pub fn ipv6(&self) -> Option<Ipv6Addr> {
        let address = <[u8; 16]>::try_from(self.address).ok()?;
        (self.protocol_type == LLC && self.protocol == LLC_IPV6).then(|| address.into())
    }
}

pub(super) fn understand(kind: u16, data: &[u8]) -> CdpTlv<'_> {
    let known = match (kind, data) {
        (0x01, text) => Some(CdpTlv::DeviceId(text)),
        (0x02, data) => addresses(data).map(CdpTlv::Addresses),
        (0x03, text) => Some(CdpTlv::PortId(text)),
        (0x04, &[a, b, c, d]) => {
            let bits = CdpCapabilities::from_bits_retain(u32::from_be_bytes([a, b, c, d]));
            Some(CdpTlv::Capabilities(bits))
        }
        (0x05, text) => Some(CdpTlv::SoftwareVersion(text)),
        (0x06, text) => Some(CdpTlv::Platform(text)),
        (0x07, &[a, b, c, d]) => Some(CdpTlv::DefaultGateway([a, b, c, d].into())),
        (0x07, data) if data.as_chunks::<5>().1.is_empty() => {
            Some(CdpTlv::Prefixes(data.as_chunks().0))
        }
        (0x08, &[a, b, c, d, e, ref data @ ..]) => {
            let protocol = u16::from_be_bytes([d, e]);
            Some(CdpTlv::ProtocolHello { organization: [a, b, c], protocol, data })
        }
        (0x09, text) => Some(CdpTlv::VtpManagementDomain(text)),
        (0x0a, &[a, b]) => Some(CdpTlv::NativeVlan(u16::from_be_bytes([a, b]))),
        (0x0b, &[duplex]) => Some(CdpTlv::FullDuplex(duplex != 0)),
        (0x0e, &[data, a, b]) => {
            Some(CdpTlv::VoiceVlanReply { data, vlan: u16::from_be_bytes([a, b]) })
        }
        (0x0f, data) => Some(CdpTlv::VoiceVlanQuery(data)),
        (0x10, &[a, b]) => Some(CdpTlv::PowerConsumption(u16::from_be_bytes([a, b]))),
        (0x11, &[a, b, c, d]) => Some(CdpTlv::Mtu(u32::from_be_bytes([a, b, c, d]))),
        (0x12, &[bits]) => Some(CdpTlv::TrustBitmap(bits)),
        (0x13, &[cos]) => Some(CdpTlv::UntrustedPortCos(cos)),
        (0x14, text) => Some(CdpTlv::SystemName(text)),
        (0x15, data) => Some(CdpTlv::SystemObjectId(data)),
        (0x16, data) => addresses(data).map(CdpTlv::ManagementAddresses),
        (0x17, &[kind, ref text @ ..]) => Some(CdpTlv::Location { kind, text }),
        (0x18, text) => Some(CdpTlv::ExternalPortId(text)),
        (0x19 | 0x1a, &[a, b, c, d, ref levels @ ..]) if levels.as_chunks::<4>().1.is_empty() => {
            let [request, management] = [[a, b], [c, d]].map(u16::from_be_bytes);
            let levels = levels.as_chunks().0;
            Some(match kind {
                0x19 => CdpTlv::PowerRequested { request, management, levels },
                _ => CdpTlv::PowerAvailable { request, management, levels },
            })
        }
        (0x1d, data) => Some(CdpTlv::EnergyWise(data)),
        (0x1f, &[bits]) => Some(CdpTlv::SparePairPower(bits)),
        _ => None,
    };
    known.unwrap_or(CdpTlv::Unknown { kind, data })
}

fn addresses(data: &[u8]) -> Option<CdpAddresses<'_>> {
    let (count, bytes) = data.split_first_chunk()?;
    Some(CdpAddresses { count: u32::from_be_bytes(*count), bytes })
}

impl CdpTlv<'_> {
    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// A length does not fit its field.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::DeviceId(text) => all(out, 0x01, &[text]),
            Self::Addresses(list) => all(out, 0x02, &[&list.count.to_be_bytes(), list.bytes]),
            Self::PortId(text) => all(out, 0x03, &[text]),
            Self::Capabilities(bits) => all(out, 0x04, &[&bits.bits().to_be_bytes()]),
            Self::SoftwareVersion(text) => all(out, 0x05, &[text]),
            Self::Platform(text) => all(out, 0x06, &[text]),
            Self::DefaultGateway(address) => all(out, 0x07, &[&address.octets()]),
            Self::Prefixes(prefixes) => all(out, 0x07, &[prefixes.as_flattened()]),
            Self::ProtocolHello { organization, protocol, data } => {
                all(out, 0x08, &[&organization, &protocol.to_be_bytes(), data])
            }
            Self::VtpManagementDomain(text) => all(out, 0x09, &[text]),
            Self::NativeVlan(vlan) => all(out, 0x0a, &[&vlan.to_be_bytes()]),
            Self::FullDuplex(is_full) => all(out, 0x0b, &[&[is_full.into()]]),
            Self::VoiceVlanReply { data, vlan } => all(out, 0x0e, &[&[data], &vlan.to_be_bytes()]),
            Self::VoiceVlanQuery(data) => all(out, 0x0f, &[data]),
            Self::PowerConsumption(power) => all(out, 0x10, &[&power.to_be_bytes()]),
            Self::Mtu(mtu) => all(out, 0x11, &[&mtu.to_be_bytes()]),
            Self::TrustBitmap(bits) => all(out, 0x12, &[&[bits]]),
            Self::UntrustedPortCos(cos) => all(out, 0x13, &[&[cos]]),
            Self::SystemName(text) => all(out, 0x14, &[text]),
            Self::SystemObjectId(data) => all(out, 0x15, &[data]),
            Self::ManagementAddresses(list) => {
                all(out, 0x16, &[&list.count.to_be_bytes(), list.bytes])
            }
            Self::Location { kind, text } => all(out, 0x17, &[&[kind], text]),
            Self::ExternalPortId(text) => all(out, 0x18, &[text]),
            Self::PowerRequested { request, management, levels } => {
                let [request, management] = [request, management].map(u16::to_be_bytes);
                all(out, 0x19, &[&request, &management, levels.as_flattened()])
            }
            Self::PowerAvailable { request, management, levels } => {
                let [request, management] = [request, management].map(u16::to_be_bytes);
                all(out, 0x1a, &[&request, &management, levels.as_flattened()])
            }
            Self::EnergyWise(data) => all(out, 0x1d, &[data]),
            Self::SparePairPower(bits) => all(out, 0x1f, &[&[bits]]),
            Self::Unknown { kind, data } => all(out, kind, &[data]),
        }
    }
}

fn all(out: &mut Vec<u8>, kind: u16, parts: &[&[u8]]) -> Result<(), EncodeError> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>().saturating_add(4);
    let (layer, field, value) = ("cdp", "length", len as u64);
    let length = u16::try_from(len).map_err(|_| EncodeError::TooLarge { layer, field, value })?;
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}
