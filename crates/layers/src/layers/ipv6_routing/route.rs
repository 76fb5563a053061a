//! What a routing header says, by its type:
//! [IANA](https://www.iana.org/assignments/ipv6-parameters) lists them.

use std::net::Ipv6Addr;

use zerocopy::FromBytes;
use zerocopy::network_endian::{U16, U32};

use crate::Malformed;

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv6Route<'a> {
    /// Type 0: the stations, RFC 2460; forbidden by RFC 5095.
    Source(&'a [[u8; 16]]),
    /// Type 2: the home address of a mobile node, RFC 6275.
    Home(Ipv6Addr),
    /// Type 3: a source route in a low-power network, RFC 6554.
    Rpl(Ipv6RplRoute<'a>),
    /// Type 4: segment routing, RFC 8754.
    Segments(Ipv6SegmentRoute<'a>),
    /// Type 5: compact routing by identifiers of 16 bits, RFC 9631.
    Compact16(&'a [U16]),
    /// Type 6: compact routing by identifiers of 32 bits, RFC 9631.
    Compact32(&'a [U32]),
    /// A type that has no entry here, or data that is not of its type.
    Unknown(&'a [u8]),
}

impl<'a> Ipv6Route<'a> {
    pub(super) fn new(routing_type: u8, data: &'a [u8]) -> Self {
        let known = match (routing_type, data) {
            (0, [_, _, _, _, addresses @ ..]) => match addresses.as_chunks() {
                (addresses, []) => Some(Self::Source(addresses)),
                _ => None,
            },
            (2, [_, _, _, _, address @ ..]) => {
                <[u8; 16]>::try_from(address).ok().map(|address| Self::Home(address.into()))
            }
            (3, _) => Ipv6RplRoute::new(data).map(Self::Rpl),
            (4, _) => Ipv6SegmentRoute::new(data).map(Self::Segments),
            (5, _) => <[U16]>::ref_from_bytes(data).ok().map(Self::Compact16),
            (6, _) => <[U32]>::ref_from_bytes(data).ok().map(Self::Compact32),
            _ => None,
        };
        known.unwrap_or(Self::Unknown(data))
    }
}

/// A source route of compressed addresses, RFC 6554 section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6RplRoute<'a> {
    /// Bytes left out of every address but the last, 0 to 15: `CmprI`.
    pub internal_prefix_len: u8,
    /// Bytes left out of the last address, 0 to 15: `CmprE`.
    pub last_prefix_len: u8,
    /// Bytes behind the last address.
    pub pad: u8,
    /// 20 bits that should be zero.
    pub reserved: u32,
    /// The addresses but the last, without what is left out of them.
    pub internal: &'a [u8],
    /// The last address, without what is left out of it.
    pub last: &'a [u8],
}

impl<'a> Ipv6RplRoute<'a> {
    fn new(data: &'a [u8]) -> Option<Self> {
        let &[lens, b, c, d, ref rest @ ..] = data else { return None };
        let (internal_prefix_len, last_prefix_len, pad) = (lens >> 4, lens & 15, b >> 4);
        let addresses = rest.get(..rest.len().checked_sub(pad.into())?)?;
        let last_len = 16_usize.checked_sub(last_prefix_len.into())?;
        let (internal, last) =
            addresses.split_at_checked(addresses.len().checked_sub(last_len)?)?;
        let internal_len = 16_usize.checked_sub(internal_prefix_len.into())?;
        if !internal.len().is_multiple_of(internal_len) {
            return None;
        }
        let reserved = u32::from_be_bytes([0, b & 15, c, d]);
        Some(Self { internal_prefix_len, last_prefix_len, pad, reserved, internal, last })
    }

    /// The addresses as they stand on the wire, without what is left out of them.
    pub fn compressed(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        // At most 15 are left out, so that no piece is empty.
        let len = 16_usize.saturating_sub(self.internal_prefix_len.into()).max(1);
        self.internal.chunks_exact(len).chain([self.last])
    }

    /// The addresses, completed by the destination of the IPv6 header.
    pub fn addresses(&self, destination: Ipv6Addr) -> impl Iterator<Item = Ipv6Addr> + use<'a> {
        self.compressed().map(move |compressed| {
            let mut octets = destination.octets();
            let start = octets.len().saturating_sub(compressed.len());
            if let Some(end) = octets.get_mut(start..) {
                end.copy_from_slice(compressed);
            }
            octets.into()
        })
    }
}

/// A segment routing header, RFC 8754 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6SegmentRoute<'a> {
    /// The place of the first segment, which is the last in the list.
    pub last_entry: u8,
    pub flags: u8,
    /// What packets of one class have in common.
    pub tag: u16,
    /// The segments, from the last to the first.
    pub segments: &'a [[u8; 16]],
    /// What stands behind the segments, which [`tlvs`](Self::tlvs) reads.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Ipv6SegmentRoute<'a> {
    fn new(data: &'a [u8]) -> Option<Self> {
        let &[last_entry, flags, a, b, ref rest @ ..] = data else { return None };
        let tag = u16::from_be_bytes([a, b]);
        let len = usize::from(last_entry).saturating_add(1).saturating_mul(16);
        let (segments, tlv_bytes) = rest.split_at_checked(len)?;
        Some(Self { last_entry, flags, tag, segments: segments.as_chunks().0, tlv_bytes })
    }

    /// What stands behind the segments.
    pub fn tlvs(&self) -> Ipv6SegmentTlvs<'a> {
        Ipv6SegmentTlvs::new(self.tlv_bytes)
    }
}

/// A type-length-value object behind the segments, RFC 8754 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv6SegmentTlv<'a> {
    /// One byte of padding.
    Pad1,
    /// Two bytes of padding and these, which should be zero.
    PadN(&'a [u8]),
    /// A keyed hash of the header. The destination is left out of it if `skips_destination`.
    Hmac { skips_destination: bool, key: u32, hmac: &'a [u8] },
    /// A type that has no entry here, or not the length of its type.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The objects behind the segments. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct Ipv6SegmentTlvs<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Ipv6SegmentTlvs<'a> {
    type Item = Result<Ipv6SegmentTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let have = self.rest.len();
        let (tlv, rest) = match *self.rest {
            [] => return None,
            [0, ref rest @ ..] => (Ipv6SegmentTlv::Pad1, rest),
            [_] => return Some(self.fail(2, have)),
            [kind, len, ref behind @ ..] => match behind.split_at_checked(len.into()) {
                Some((data, rest)) => (understand(kind, data), rest),
                None => return Some(self.fail(usize::from(len).saturating_add(2), have)),
            },
        };
        self.rest = rest;
        Some(Ok(tlv))
    }
}

impl<'a> Ipv6SegmentTlvs<'a> {
    pub(super) fn new(tlvs: &'a [u8]) -> Self {
        Self { rest: tlvs }
    }

    fn fail(&mut self, need: usize, have: usize) -> Result<Ipv6SegmentTlv<'a>, Malformed> {
        self.rest = &[];
        Err(Malformed::Truncated { need, have })
    }
}

fn understand(kind: u8, data: &[u8]) -> Ipv6SegmentTlv<'_> {
    match (kind, data) {
        (4, _) => Ipv6SegmentTlv::PadN(data),
        (5, &[flags, _, a, b, c, d, ref hmac @ ..]) => Ipv6SegmentTlv::Hmac {
            skips_destination: flags & 0x80 != 0,
            key: u32::from_be_bytes([a, b, c, d]),
            hmac,
        },
        _ => Ipv6SegmentTlv::Unknown { kind, data },
    }
}
