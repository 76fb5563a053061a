//! Messages, [RFC 2328](https://www.rfc-editor.org/rfc/rfc2328) sections A.3.2 to A.3.4 and
//! [RFC 5340](https://www.rfc-editor.org/rfc/rfc5340) sections A.3.2 to A.3.4.

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A hello.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OspfHello<'a> {
    /// Version 2: the mask of the network.
    pub network_mask: Option<[u8; 4]>,
    /// Version 3: the interface, as its router numbers it.
    pub interface_id: Option<u32>,
    /// Seconds between hellos.
    pub hello_interval: u16,
    /// What the router can: 8 bits in version 2, 24 in version 3.
    pub options: u32,
    /// The higher becomes designated router; 0 never does.
    pub router_priority: u8,
    /// Seconds of silence that a neighbor is given; 16 bits in version 3.
    pub router_dead_interval: u32,
    /// The designated router, or zero.
    pub designated_router: [u8; 4],
    /// Its backup, or zero.
    pub backup_designated_router: [u8; 4],
    /// The routers that it hears.
    pub neighbors: &'a [[u8; 4]],
}

impl<'a> OspfHello<'a> {
    pub(super) fn new(bytes: &'a [u8], version: u8) -> Option<Self> {
        let (front, rest) = bytes.split_first_chunk::<4>()?;
        let (words, rest, dead) = if version == 2 {
            let (&[a, b, options, priority], rest) = rest.split_first_chunk::<4>()?;
            let (&dead, rest) = rest.split_first_chunk::<4>()?;
            ((u16::from_be_bytes([a, b]), u32::from(options), priority), rest, dead)
        } else {
            let (&[priority, x, y, z], rest) = rest.split_first_chunk::<4>()?;
            let (&[a, b, c, d], rest) = rest.split_first_chunk::<4>()?;
            let options = u32::from_be_bytes([0, x, y, z]);
            ((u16::from_be_bytes([a, b]), options, priority), rest, [0, 0, c, d])
        };
        let (&designated_router, rest) = rest.split_first_chunk::<4>()?;
        let (&backup_designated_router, rest) = rest.split_first_chunk::<4>()?;
        let (hello_interval, options, router_priority) = words;
        Some(Self {
            network_mask: (version == 2).then_some(*front),
            interface_id: (version == 3).then_some(u32::from_be_bytes(*front)),
            hello_interval,
            options,
            router_priority,
            router_dead_interval: u32::from_be_bytes(dead),
            designated_router,
            backup_designated_router,
            neighbors: rest.as_chunks().0,
        })
    }

    /// Appends the message: of version 3 if there is an interface, else of version 2. Of options
    /// and dead interval the low bits are written that the version has room for.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let [_, x, y, z] = self.options.to_be_bytes();
        let dead = self.router_dead_interval.to_be_bytes();
        if let Some(interface) = self.interface_id {
            let [_, _, c, d] = dead;
            out.extend_from_slice(&interface.to_be_bytes());
            out.extend_from_slice(&[self.router_priority, x, y, z]);
            out.extend_from_slice(&self.hello_interval.to_be_bytes());
            out.extend_from_slice(&[c, d]);
        } else {
            out.extend_from_slice(&self.network_mask.unwrap_or_default());
            out.extend_from_slice(&self.hello_interval.to_be_bytes());
            out.extend_from_slice(&[z, self.router_priority]);
            out.extend_from_slice(&dead);
        }
        out.extend_from_slice(&self.designated_router);
        out.extend_from_slice(&self.backup_designated_router);
        out.extend_from_slice(self.neighbors.as_flattened());
    }
}

/// What stands in front of the LSAs of a database description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OspfDatabaseDescription {
    /// Bytes of the longest packet on the link.
    pub interface_mtu: u16,
    /// What the router can: 8 bits in version 2, 24 in version 3.
    pub options: u32,
    /// Master 1, more 2, init 4.
    pub flags: u8,
    /// Number of the description.
    pub sequence_number: u32,
}

impl OspfDatabaseDescription {
    pub(super) fn new(bytes: &[u8], version: u8) -> Option<Self> {
        let (&[a, b, c, d], rest) = bytes.split_first_chunk()?;
        let (interface_mtu, options, flags, rest) = if version == 2 {
            (u16::from_be_bytes([a, b]), u32::from(c), d, rest)
        } else {
            let (&[e, f, _, flags], rest) = rest.split_first_chunk()?;
            (u16::from_be_bytes([e, f]), u32::from_be_bytes([0, b, c, d]), flags, rest)
        };
        let sequence_number = u32::from_be_bytes(*rest.first_chunk()?);
        Some(Self { interface_mtu, options, flags, sequence_number })
    }
}

/// Bytes in front of the LSAs of a database description.
pub(super) fn description_len(version: u8) -> usize {
    if version == 2 { 8 } else { 12 }
}

/// What a link state request asks for.
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
pub struct OspfRequest {
    pub ls_type: U32,
    pub link_state_id: [u8; 4],
    pub advertising_router: [u8; 4],
}

impl OspfRequest {
    /// The requests that are there.
    pub(super) fn all(bytes: &[u8]) -> &[Self] {
        let count = bytes.len() / size_of::<Self>();
        <[Self]>::ref_from_prefix_with_elems(bytes, count).map(|(all, _)| all).unwrap_or_default()
    }
}
