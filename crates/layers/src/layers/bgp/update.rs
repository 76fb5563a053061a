//! Updates, [RFC 4271](https://www.rfc-editor.org/rfc/rfc4271) section 4.3.

use std::net::IpAddr;

use crate::prefix::prefix;
use crate::{EncodeError, Malformed};

/// The flag of an attribute whose length has two bytes.
const EXTENDED_LENGTH: u8 = 0x10;

/// Routes that there are, and that are no more. A part that is cut short is there as far as it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BgpUpdate<'a> {
    /// Routes that are no more, not yet understood: [`withdrawn`](Self::withdrawn) are.
    pub withdrawn_routes: &'a [u8],
    /// What there is to know of the routes, not yet understood: [`attributes`](Self::attributes)
    /// are.
    pub path_attributes: &'a [u8],
    /// Routes that there are, not yet understood: [`reachable`](Self::reachable) are.
    pub network_layer_reachability_information: &'a [u8],
}

impl<'a> BgpUpdate<'a> {
    pub(super) fn new(body: &'a [u8]) -> Option<Self> {
        let (&length, rest) = body.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(length));
        let (withdrawn_routes, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let (&length, rest) = rest.split_first_chunk().unwrap_or((&[0, 0], &[]));
        let length = usize::from(u16::from_be_bytes(length));
        let (path_attributes, nlri) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let network_layer_reachability_information = nlri;
        Some(Self { withdrawn_routes, path_attributes, network_layer_reachability_information })
    }

    /// Routes of IPv4 that are no more.
    pub fn withdrawn(&self) -> BgpPrefixes<'a> {
        BgpPrefixes { rest: self.withdrawn_routes, is_ipv6: false }
    }

    /// What there is to know of the routes.
    pub fn attributes(&self) -> BgpAttributes<'a> {
        BgpAttributes { rest: self.path_attributes }
    }

    /// Routes of IPv4 that there are.
    pub fn reachable(&self) -> BgpPrefixes<'a> {
        BgpPrefixes { rest: self.network_layer_reachability_information, is_ipv6: false }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for (field, bytes) in [
            ("withdrawn routes length", self.withdrawn_routes),
            ("total path attribute length", self.path_attributes),
        ] {
            let error = EncodeError::TooLarge { layer: "bgp", field, value: bytes.len() as u64 };
            let length = u16::try_from(bytes.len()).map_err(|_| error)?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(bytes);
        }
        out.extend_from_slice(self.network_layer_reachability_information);
        Ok(())
    }
}

/// One thing to know of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BgpAttribute<'a> {
    /// Optional 128, transitive 64, partial 32, a length of two bytes 16.
    pub flags: u8,
    /// 1 origin, 2 path of systems, 3 next hop, 14 and 15 routes of other families…
    pub type_code: u8,
    pub value: &'a [u8],
}

impl<'a> BgpAttribute<'a> {
    /// Of an attribute of type 14 or 15 the address family, what of it, and the routes.
    pub fn routes(&self) -> Option<(u16, u8, BgpPrefixes<'a>)> {
        let (&[a, b, safi], mut rest) = self.value.split_first_chunk()?;
        let afi = u16::from_be_bytes([a, b]);
        if self.type_code == 14 {
            let (&length, behind) = rest.split_first()?;
            // A reserved byte stands behind the next hop.
            rest = behind.get(usize::from(length)..)?.split_first()?.1;
        } else if self.type_code != 15 {
            return None;
        }
        Some((afi, safi, BgpPrefixes { rest, is_ipv6: afi == 2 }))
    }

    /// Appends the attribute; a value longer than 255 bytes needs the flag of extended length.
    ///
    /// # Errors
    ///
    /// The value is longer than the length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = self.value.len() as u64;
        let error = EncodeError::TooLarge { layer: "bgp", field: "attribute length", value };
        out.extend_from_slice(&[self.flags, self.type_code]);
        if self.flags & EXTENDED_LENGTH != 0 {
            let length = u16::try_from(value).map_err(|_| error)?;
            out.extend_from_slice(&length.to_be_bytes());
        } else {
            out.push(u8::try_from(value).map_err(|_| error)?);
        }
        out.extend_from_slice(self.value);
        Ok(())
    }
}

/// The attributes of an update. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BgpAttributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for BgpAttributes<'a> {
    type Item = Result<BgpAttribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        let (flags, type_code, length, front, behind) = match *bytes {
            [] => return None,
            [flags, type_code, a, b, ref behind @ ..] if flags & EXTENDED_LENGTH != 0 => {
                (flags, type_code, usize::from(u16::from_be_bytes([a, b])), 4, behind)
            }
            [flags, type_code, length, ref behind @ ..] if flags & EXTENDED_LENGTH == 0 => {
                (flags, type_code, usize::from(length), 3, behind)
            }
            [flags, ..] => {
                let need = if flags & EXTENDED_LENGTH == 0 { 3 } else { 4 };
                return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
            }
        };
        let need = length.saturating_add(front);
        let Some((value, rest)) = behind.split_at_checked(length) else {
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok(BgpAttribute { flags, type_code, value }))
    }
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BgpPrefix {
    /// Bits that count.
    pub length: u8,
    /// With zeros behind those.
    pub address: IpAddr,
}

/// Routes, each a length in bits and as many bytes as that needs. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BgpPrefixes<'a> {
    rest: &'a [u8],
    is_ipv6: bool,
}

impl Iterator for BgpPrefixes<'_> {
    type Item = Result<BgpPrefix, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        let (&length, behind) = bytes.split_first()?;
        let most = if self.is_ipv6 { 128 } else { 32 };
        if length > most {
            return Some(Err(Malformed::Field { name: "length", value: length.into() }));
        }
        let len = usize::from(length).div_ceil(8);
        let Some((address, rest)) = behind.split_at_checked(len) else {
            let need = len.saturating_add(1);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        let address = if self.is_ipv6 {
            prefix::<16>(address, length).into()
        } else {
            prefix::<4>(address, length).into()
        };
        Some(Ok(BgpPrefix { length, address }))
    }
}
