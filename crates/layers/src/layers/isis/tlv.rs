//! TLVs of IS-IS, [RFC 1195](https://www.rfc-editor.org/rfc/rfc1195) section 5.3,
//! [RFC 5305](https://www.rfc-editor.org/rfc/rfc5305),
//! [RFC 5308](https://www.rfc-editor.org/rfc/rfc5308).

use std::net::IpAddr;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::octet_tlvs::OctetTlvs;
use crate::{EncodeError, Malformed};

/// One TLV.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IsisTlv<'a> {
    /// 1: addresses of areas, each behind its length.
    AreaAddresses(&'a [u8]),
    /// 6: the neighbors that a hello heard on a LAN.
    LanNeighbors(&'a [[u8; 6]]),
    /// 9: LSPs that there are.
    LspEntries(&'a [IsisLspEntry]),
    /// 10: type 1, a password, or 54, a digest by MD5.
    Authentication { kind: u8, data: &'a [u8] },
    /// 22: neighbors, with wide metrics.
    ExtendedIsReachability(IsisNeighbors<'a>),
    /// 129: identifiers of network layer protocols.
    ProtocolsSupported(&'a [u8]),
    /// 132: the sender's addresses.
    IpInterfaceAddresses(&'a [[u8; 4]]),
    /// 135: networks, with wide metrics.
    ExtendedIpReachability(IsisPrefixes<'a>),
    /// 137: the sender's name, in ASCII.
    DynamicHostname(&'a [u8]),
    /// 232: the sender's addresses.
    Ipv6InterfaceAddresses(&'a [[u8; 16]]),
    /// 236: networks of IPv6.
    Ipv6Reachability(IsisPrefixes<'a>),
    /// 240: the state of a link between two systems, and the neighbor's, if it is known.
    P2pAdjacency { state: u8, rest: &'a [u8] },
    /// Any other, and padding.
    Other { kind: u8, data: &'a [u8] },
}

/// An LSP that there is.
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
pub struct IsisLspEntry {
    pub remaining_lifetime: U16,
    pub lsp_id: [u8; 8],
    pub sequence_number: U32,
    pub checksum: U16,
}

impl<'a> IsisTlv<'a> {
    fn new(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data) {
            (1, _) => Self::AreaAddresses(data),
            (6, _) => Self::LanNeighbors(data.as_chunks().0),
            (9, _) => {
                let count = data.len().checked_div(size_of::<IsisLspEntry>()).unwrap_or_default();
                let entries = <[IsisLspEntry]>::ref_from_prefix_with_elems(data, count);
                Self::LspEntries(entries.map(|(entries, _)| entries).unwrap_or_default())
            }
            (10, &[kind, ref data @ ..]) => Self::Authentication { kind, data },
            (22, _) => Self::ExtendedIsReachability(IsisNeighbors { rest: data }),
            (129, _) => Self::ProtocolsSupported(data),
            (132, _) => Self::IpInterfaceAddresses(data.as_chunks().0),
            (135, _) => Self::ExtendedIpReachability(IsisPrefixes { rest: data, is_ipv6: false }),
            (137, _) => Self::DynamicHostname(data),
            (232, _) => Self::Ipv6InterfaceAddresses(data.as_chunks().0),
            (236, _) => Self::Ipv6Reachability(IsisPrefixes { rest: data, is_ipv6: true }),
            (240, &[state, ref rest @ ..]) => Self::P2pAdjacency { state, rest },
            _ => Self::Other { kind, data },
        }
    }

    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// Its value is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (kind, front, data) = match *self {
            Self::AreaAddresses(data) => (1, None, data),
            Self::LanNeighbors(neighbors) => (6, None, neighbors.as_flattened()),
            Self::LspEntries(entries) => (9, None, entries.as_bytes()),
            Self::Authentication { kind, data } => (10, Some(kind), data),
            Self::ExtendedIsReachability(IsisNeighbors { rest }) => (22, None, rest),
            Self::ProtocolsSupported(data) => (129, None, data),
            Self::IpInterfaceAddresses(addresses) => (132, None, addresses.as_flattened()),
            Self::ExtendedIpReachability(IsisPrefixes { rest, .. }) => (135, None, rest),
            Self::DynamicHostname(name) => (137, None, name),
            Self::Ipv6InterfaceAddresses(addresses) => (232, None, addresses.as_flattened()),
            Self::Ipv6Reachability(IsisPrefixes { rest, .. }) => (236, None, rest),
            Self::P2pAdjacency { state, rest } => (240, Some(state), rest),
            Self::Other { kind, data } => (kind, None, data),
        };
        let len = data.len().saturating_add(front.map_or(0, |_| 1));
        let error = EncodeError::TooLarge { layer: "isis", field: "length", value: len as u64 };
        out.extend_from_slice(&[kind, u8::try_from(len).map_err(|_| error)?]);
        out.extend(front);
        out.extend_from_slice(data);
        Ok(())
    }
}

/// The TLVs of a PDU. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsisTlvs<'a> {
    tlvs: OctetTlvs<'a>,
}

impl<'a> IsisTlvs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { tlvs: OctetTlvs::new(bytes, 0) }
    }
}

impl<'a> Iterator for IsisTlvs<'a> {
    type Item = Result<IsisTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.tlvs.next()?.map(|tlv| IsisTlv::new(tlv.kind, tlv.value)))
    }
}

/// Neighbors with wide metrics: system and pseudonode, metric, sub-TLVs. Ends behind the first
/// error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsisNeighbors<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for IsisNeighbors<'a> {
    type Item = Result<([u8; 7], u32, &'a [u8]), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        /// Bytes in front of the sub-TLVs.
        const FRONT: usize = 11;
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let Some((&[a, b, c, d, e, f, g, x, y, z, len], behind)) =
            bytes.split_first_chunk::<FRONT>()
        else {
            return Some(Err(Malformed::Truncated { need: FRONT, have: bytes.len() }));
        };
        let need = usize::from(len).saturating_add(FRONT);
        let Some((sub_tlvs, rest)) = behind.split_at_checked(len.into()) else {
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok(([a, b, c, d, e, f, g], u32::from_be_bytes([0, x, y, z]), sub_tlvs)))
    }
}

/// A network with a wide metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IsisPrefix<'a> {
    pub metric: u32,
    /// Whether it came down from a higher level.
    pub is_down: bool,
    /// Bits that count.
    pub prefix_len: u8,
    /// Filled up with zeros.
    pub prefix: IpAddr,
    /// More about it.
    pub sub_tlvs: &'a [u8],
}

/// Networks with wide metrics. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsisPrefixes<'a> {
    rest: &'a [u8],
    is_ipv6: bool,
}

impl<'a> Iterator for IsisPrefixes<'a> {
    type Item = Result<IsisPrefix<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let prefix = if self.is_ipv6 { ipv6_prefix(bytes) } else { ipv4_prefix(bytes) };
        if let Ok((_, rest)) = prefix {
            self.rest = rest;
        }
        Some(prefix.map(|(prefix, _)| prefix))
    }
}

/// RFC 5305, section 4: metric, a byte of flags and length, prefix.
fn ipv4_prefix(bytes: &[u8]) -> Result<(IsisPrefix<'_>, &[u8]), Malformed> {
    let truncated = |need| Malformed::Truncated { need, have: bytes.len() };
    let (&[a, b, c, d, control], rest) = bytes.split_first_chunk().ok_or(truncated(5))?;
    let prefix_len = control & 0x3f;
    let (prefix, rest) = prefix::<4>(prefix_len, rest).ok_or(truncated(9))?;
    let (sub_tlvs, rest) = sub_tlvs(control & 0x40 != 0, rest).ok_or(truncated(10))?;
    let (metric, prefix) = (u32::from_be_bytes([a, b, c, d]), prefix.into());
    let is_down = control & 0x80 != 0;
    Ok((IsisPrefix { metric, is_down, prefix_len, prefix, sub_tlvs }, rest))
}

/// RFC 5308, section 2: metric, flags, length, prefix.
fn ipv6_prefix(bytes: &[u8]) -> Result<(IsisPrefix<'_>, &[u8]), Malformed> {
    let truncated = |need| Malformed::Truncated { need, have: bytes.len() };
    let (&[a, b, c, d, flags, prefix_len], rest) = bytes.split_first_chunk().ok_or(truncated(6))?;
    let (prefix, rest) = prefix::<16>(prefix_len, rest).ok_or(truncated(22))?;
    let (sub_tlvs, rest) = sub_tlvs(flags & 0x20 != 0, rest).ok_or(truncated(23))?;
    let (metric, prefix) = (u32::from_be_bytes([a, b, c, d]), prefix.into());
    let is_down = flags & 0x80 != 0;
    Ok((IsisPrefix { metric, is_down, prefix_len, prefix, sub_tlvs }, rest))
}

/// An address of which only so many bits are there, in whole bytes; `None` if they are not.
pub(super) fn prefix<const N: usize>(bits: u8, bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    let (bytes, rest) = bytes.split_at_checked(usize::from(bits).div_ceil(8))?;
    let mut address = [0; N];
    address.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some((address, rest))
}

/// Sub-TLVs behind their length, if there are any.
fn sub_tlvs(are_there: bool, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if !are_there {
        return Some((&[], bytes));
    }
    let (&len, rest) = bytes.split_first()?;
    rest.split_at_checked(len.into())
}
