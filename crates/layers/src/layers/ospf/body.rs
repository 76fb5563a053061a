//! What LSAs say, [RFC 2328](https://www.rfc-editor.org/rfc/rfc2328) section A.4 and
//! [RFC 5340](https://www.rfc-editor.org/rfc/rfc5340) section A.4.

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{OspfLsa, OspfTlvs};
use crate::Malformed;

/// What an LSA says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OspfLsaBody<'a> {
    /// Version 2, type 1: the links of a router; [`links`](OspfLink::all) reads them.
    Router { flags: u8, links: &'a [u8] },
    /// Version 2, type 2: the routers of a network.
    Network { network_mask: [u8; 4], attached_routers: &'a [[u8; 4]] },
    /// Version 2, types 3 and 4: a network or a router of another area.
    Summary { network_mask: [u8; 4], metric: u32 },
    /// Types 5 and 7: a network of another system.
    External(OspfExternal<'a>),
    /// Version 2, types 9 to 11: something else, flooded on a link, in an area or everywhere.
    Opaque { opaque_type: u8, opaque_id: u32, tlvs: OspfTlvs<'a> },
    /// Version 3: the links of a router.
    RouterV3 { flags: u8, options: u32, interfaces: &'a [OspfV3Interface] },
    /// Version 3: the routers of a network.
    NetworkV3 { options: u32, attached_routers: &'a [[u8; 4]] },
    /// Version 3: a network of another area.
    InterAreaPrefix { metric: u32, prefix: OspfPrefix<'a> },
    /// Version 3: a router of another area.
    InterAreaRouter { options: u32, metric: u32, destination_router_id: [u8; 4] },
    /// Version 3: what there is to know of a router on its link.
    Link {
        router_priority: u8,
        options: u32,
        link_local_address: [u8; 16],
        prefixes: OspfPrefixes<'a>,
    },
    /// Version 3: the networks of a router or of a network.
    IntraAreaPrefix {
        referenced_ls_type: u16,
        referenced_link_state_id: [u8; 4],
        referenced_advertising_router: [u8; 4],
        prefixes: OspfPrefixes<'a>,
    },
    /// Any other, and what is too short for its type.
    Unknown,
}

/// A link of a router, version 2.
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
pub struct OspfLink {
    pub link_id: [u8; 4],
    pub link_data: [u8; 4],
    /// 1 to another router, 2 to a transit network, 3 to a stub network, 4 virtual.
    pub link_type: u8,
    /// How many metrics for types of service follow, four bytes each.
    pub tos_metrics: u8,
    pub metric: U16,
}

impl OspfLink {
    /// The links in the body of a router LSA, without their metrics for types of service.
    pub fn all(links: &[u8]) -> impl Iterator<Item = &Self> {
        let mut rest = links;
        std::iter::from_fn(move || {
            let (link, behind) = Self::ref_from_prefix(rest).ok()?;
            rest = behind.get(usize::from(link.tos_metrics) << 2..).unwrap_or_default();
            Some(link)
        })
    }
}

/// A link of a router, version 3.
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
pub struct OspfV3Interface {
    /// 1 to another router, 2 to a transit network, 4 virtual.
    pub link_type: u8,
    pub reserved: u8,
    pub metric: U16,
    pub interface_id: U32,
    pub neighbor_interface_id: U32,
    pub neighbor_router_id: [u8; 4],
}

/// A network of another system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OspfExternal<'a> {
    /// Version 2: the mask of the network.
    pub network_mask: Option<[u8; 4]>,
    /// Version 3: the network.
    pub prefix: Option<OspfPrefix<'a>>,
    /// Whether the metric outweighs every metric inside.
    pub is_type_2: bool,
    /// 24 bits.
    pub metric: u32,
}

/// A network, version 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OspfPrefix<'a> {
    /// Bits that count.
    pub length: u8,
    /// What to do with it.
    pub options: u8,
    /// A metric, or the type of another LSA.
    pub word: u16,
    /// Its bytes, in whole words of four.
    pub address: &'a [u8],
}

impl<'a> OspfPrefix<'a> {
    /// RFC 5340, section A.4.1: bytes of a prefix of so many bits.
    pub(super) fn address_len(length: u8) -> usize {
        usize::from(length).div_ceil(32) << 2
    }

    fn new(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let &[length, options, a, b, ref rest @ ..] = bytes else {
            return Err(Malformed::Truncated { need: 4, have: bytes.len() });
        };
        if length > 128 {
            return Err(Malformed::Field { name: "prefix length", value: length.into() });
        }
        let len = Self::address_len(length);
        let truncated = Malformed::Truncated { need: len.saturating_add(4), have: bytes.len() };
        let (address, rest) = rest.split_at_checked(len).ok_or(truncated)?;
        Ok((Self { length, options, word: u16::from_be_bytes([a, b]), address }, rest))
    }
}

/// The prefixes of an LSA. Ends behind the last that it announces, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OspfPrefixes<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Iterator for OspfPrefixes<'a> {
    type Item = Result<OspfPrefix<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let prefix = OspfPrefix::new(self.rest);
        match prefix {
            Ok((_, rest)) => self.rest = rest,
            Err(_) => self.left = 0,
        }
        Some(prefix.map(|(prefix, _)| prefix))
    }
}

impl<'a> OspfLsaBody<'a> {
    pub(super) fn new(lsa: &OspfLsa<'a>) -> Self {
        let body = if lsa.version == 2 { version_2(lsa) } else { version_3(lsa) };
        body.unwrap_or(Self::Unknown)
    }
}

fn version_2<'a>(lsa: &OspfLsa<'a>) -> Option<OspfLsaBody<'a>> {
    let (&first, rest) = lsa.body.split_first_chunk::<4>()?;
    Some(match lsa.ls_type() {
        1 => OspfLsaBody::Router { flags: first[0], links: rest },
        2 => OspfLsaBody::Network { network_mask: first, attached_routers: rest.as_chunks().0 },
        3 | 4 => {
            let metric = u24(rest.first_chunk()?);
            OspfLsaBody::Summary { network_mask: first, metric }
        }
        5 | 7 => {
            let word = rest.first_chunk()?;
            let (is_type_2, metric) = (word[0] & 0x80 != 0, u24(word));
            let (network_mask, prefix) = (Some(first), None);
            OspfLsaBody::External(OspfExternal { network_mask, prefix, is_type_2, metric })
        }
        9..=11 => {
            let opaque_id = u24(&lsa.header.link_state_id);
            let [opaque_type, ..] = lsa.header.link_state_id;
            OspfLsaBody::Opaque { opaque_type, opaque_id, tlvs: OspfTlvs::new(lsa.body) }
        }
        _ => return None,
    })
}

/// The bits of a type of version 3 that say what it is, RFC 5340 section A.4.2.1.
const FUNCTION_CODE: u16 = 0x1fff;

fn version_3<'a>(lsa: &OspfLsa<'a>) -> Option<OspfLsaBody<'a>> {
    let (first, rest) = lsa.body.split_first_chunk::<4>()?;
    Some(match lsa.ls_type() & FUNCTION_CODE {
        1 => {
            let count = rest.len() / size_of::<OspfV3Interface>();
            let interfaces = <[OspfV3Interface]>::ref_from_prefix_with_elems(rest, count);
            let interfaces = interfaces.map(|(all, _)| all).unwrap_or_default();
            OspfLsaBody::RouterV3 { flags: first[0], options: u24(first), interfaces }
        }
        2 => {
            let attached_routers = rest.as_chunks().0;
            OspfLsaBody::NetworkV3 { options: u24(first), attached_routers }
        }
        3 => {
            let (prefix, _) = OspfPrefix::new(rest).ok()?;
            OspfLsaBody::InterAreaPrefix { metric: u24(first), prefix }
        }
        4 => {
            let (metric, rest) = rest.split_first_chunk()?;
            let destination_router_id = *rest.first_chunk()?;
            let (options, metric) = (u24(first), u24(metric));
            OspfLsaBody::InterAreaRouter { options, metric, destination_router_id }
        }
        5 | 7 => {
            let (prefix, _) = OspfPrefix::new(rest).ok()?;
            OspfLsaBody::External(OspfExternal {
                network_mask: None,
                prefix: Some(prefix),
                is_type_2: first[0] & 4 != 0,
                metric: u24(first),
            })
        }
        8 => {
            let (&link_local_address, rest) = rest.split_first_chunk()?;
            let (&count, rest) = rest.split_first_chunk()?;
            let prefixes = OspfPrefixes { rest, left: u32::from_be_bytes(count) };
            let (router_priority, options) = (first[0], u24(first));
            OspfLsaBody::Link { router_priority, options, link_local_address, prefixes }
        }
        9 => {
            let &[a, b, c, d] = first;
            let (&referenced_link_state_id, rest) = rest.split_first_chunk()?;
            let (&referenced_advertising_router, rest) = rest.split_first_chunk()?;
            let prefixes = OspfPrefixes { rest, left: u16::from_be_bytes([a, b]).into() };
            OspfLsaBody::IntraAreaPrefix {
                referenced_ls_type: u16::from_be_bytes([c, d]),
                referenced_link_state_id,
                referenced_advertising_router,
                prefixes,
            }
        }
        _ => return None,
    })
}

/// The low 24 bits of a word.
fn u24(&[_, a, b, c]: &[u8; 4]) -> u32 {
    u32::from_be_bytes([0, a, b, c])
}
