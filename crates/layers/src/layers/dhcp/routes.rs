//! Routes in an option of DHCP, [RFC 3442](https://www.rfc-editor.org/rfc/rfc3442).

use std::net::Ipv4Addr;

/// Routes: RFC 3442.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpRoutes<'a> {
    pub(super) rest: &'a [u8],
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpRoute {
    pub destination: Ipv4Addr,
    pub prefix_len: u8,
    pub router: Ipv4Addr,
}

impl<'a> DhcpRoutes<'a> {
    /// Routes as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { rest: wire }
    }

    /// The next route as it is on the wire.
    pub(super) fn next_raw(&mut self) -> Option<&'a [u8]> {
        let &prefix_len = self.rest.first().filter(|prefix_len| **prefix_len <= 32)?;
        let len = usize::from(prefix_len.div_ceil(8)).saturating_add(5);
        let (route, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(route)
    }
}

impl Iterator for DhcpRoutes<'_> {
    type Item = DhcpRoute;

    fn next(&mut self) -> Option<DhcpRoute> {
        let (&prefix_len, addresses) = self.next_raw()?.split_first()?;
        let (significant, &router) = addresses.split_last_chunk::<4>()?;
        let mut destination = [0; 4];
        destination.get_mut(..significant.len())?.copy_from_slice(significant);
        Some(DhcpRoute { destination: destination.into(), prefix_len, router: router.into() })
    }
}
