//! Encoded addresses, and the messages that are lists of them,
//! [RFC 7761](https://www.rfc-editor.org/rfc/rfc7761) sections 4.9.1 and 4.9.5.

use std::net::IpAddr;

use crate::Malformed;

/// Address family of IPv4, as IANA numbers them.
const IPV4: u8 = 1;
/// Address family of IPv6.
const IPV6: u8 = 2;
/// The encoding of RFC 5384: attributes follow a source.
const WITH_ATTRIBUTES: u8 = 1;

/// An address of a router, or of a source with what there is to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimAddress {
    pub address: IpAddr,
    /// Of a source: sparse 4, wildcard 2, rendezvous point tree 1.
    pub flags: u8,
    /// Of a source: bits that count.
    pub mask_len: u8,
}

/// A range of groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimGroup {
    pub address: IpAddr,
    /// Bidirectional 128, zone 1.
    pub flags: u8,
    /// Bits that count.
    pub mask_len: u8,
}

/// Reads an address of this family. What is left stands behind it.
fn address(family: u8, bytes: &[u8]) -> Result<(IpAddr, &[u8]), Malformed> {
    let truncated = |need| Malformed::Truncated { need, have: bytes.len() };
    match family {
        IPV4 => {
            let (&address, rest) = bytes.split_first_chunk::<4>().ok_or(truncated(4))?;
            Ok((address.into(), rest))
        }
        IPV6 => {
            let (&address, rest) = bytes.split_first_chunk::<16>().ok_or(truncated(16))?;
            Ok((address.into(), rest))
        }
        _ => Err(Malformed::Field { name: "address family", value: family.into() }),
    }
}

pub(super) fn unicast(bytes: &[u8]) -> Result<(PimAddress, &[u8]), Malformed> {
    let &[family, _, ref rest @ ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let (address, rest) = address(family, rest)?;
    Ok((PimAddress { address, flags: 0, mask_len: 0 }, rest))
}

fn group(bytes: &[u8]) -> Result<(PimGroup, &[u8]), Malformed> {
    let &[family, _, flags, mask_len, ref rest @ ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let (address, rest) = address(family, rest)?;
    Ok((PimGroup { address, flags, mask_len }, rest))
}

fn source(bytes: &[u8]) -> Result<(PimAddress, &[u8]), Malformed> {
    /// RFC 5384, section 3.1: the last attribute of a source.
    const END: u8 = 0x40;
    let &[family, encoding, flags, mask_len, ref rest @ ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let (address, mut rest) = address(family, rest)?;
    let mut more = encoding == WITH_ATTRIBUTES;
    while more {
        let &[kind, length, ref behind @ ..] = rest else {
            return Err(Malformed::Truncated { need: 2, have: rest.len() });
        };
        let need = usize::from(length).saturating_add(2);
        let truncated = Malformed::Truncated { need, have: rest.len() };
        rest = behind.get(length.into()..).ok_or(truncated)?;
        more = kind & END == 0;
    }
    Ok((PimAddress { address, flags, mask_len }, rest))
}

/// What a router wants and wants no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimJoinPrune<'a> {
    /// Whom it asks.
    pub upstream_neighbor: PimAddress,
    /// Seconds that it is good for.
    pub holdtime: u16,
    groups: u8,
    rest: &'a [u8],
}

impl<'a> PimJoinPrune<'a> {
    pub(super) fn new(message: &'a [u8]) -> Option<Self> {
        let (upstream_neighbor, rest) = unicast(message).ok()?;
        let (&[_, groups, high, low], rest) = rest.split_first_chunk()?;
        let holdtime = u16::from_be_bytes([high, low]);
        Some(Self { upstream_neighbor, holdtime, groups, rest })
    }

    /// The groups, each with its sources.
    pub fn groups(&self) -> PimJoinPruneGroups<'a> {
        PimJoinPruneGroups { rest: self.rest, left: self.groups }
    }
}

/// A group, and sources that are wanted and not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimJoinPruneGroup<'a> {
    pub group: PimGroup,
    /// How many sources are wanted: the first of [`sources`](Self::sources).
    pub joined: u16,
    /// How many are no more: the others.
    pub pruned: u16,
    rest: &'a [u8],
}

impl<'a> PimJoinPruneGroup<'a> {
    /// The sources, up to the first error.
    pub fn sources(&self) -> impl Iterator<Item = Result<PimAddress, Malformed>> + use<'a> {
        let mut rest = self.rest;
        let mut left = u32::from(self.joined).saturating_add(self.pruned.into());
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let source = source(rest);
            match source {
                Ok((_, behind)) => rest = behind,
                Err(_) => left = 0,
            }
            Some(source.map(|(source, _)| source))
        })
    }
}

/// The groups of a message. Ends behind the last that it announces, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PimJoinPruneGroups<'a> {
    rest: &'a [u8],
    left: u8,
}

impl<'a> Iterator for PimJoinPruneGroups<'a> {
    type Item = Result<PimJoinPruneGroup<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let group = join_prune_group(self.rest);
        match group {
            Ok((_, rest)) => self.rest = rest,
            Err(_) => self.left = 0,
        }
        Some(group.map(|(group, _)| group))
    }
}

fn join_prune_group(bytes: &[u8]) -> Result<(PimJoinPruneGroup<'_>, &[u8]), Malformed> {
    let (group, rest) = group(bytes)?;
    let truncated = Malformed::Truncated { need: 4, have: rest.len() };
    let (&[a, b, c, d], rest) = rest.split_first_chunk().ok_or(truncated)?;
    let (joined, pruned) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let group = PimJoinPruneGroup { group, joined, pruned, rest };
    let mut behind = rest;
    // Each source takes four bytes at least, so that the counts cost no more than there are bytes.
    for _ in 0..u32::from(joined).saturating_add(pruned.into()) {
        (_, behind) = source(behind)?;
    }
    Ok((group, behind))
}
