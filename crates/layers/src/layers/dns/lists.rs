//! Lists in the data of records, and the reader of such data.

use super::{DnsName, DnsType};

/// Strings of up to 255 bytes, each behind its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsStrings<'a>(pub(crate) &'a [u8]);

impl<'a> DnsStrings<'a> {
    /// Strings as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self(wire)
    }

    /// The strings.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&length, behind) = rest.split_first()?;
            let (string, behind) = behind.split_at_checked(length.into())?;
            rest = behind;
            Some(string)
        })
    }
}

/// Names one behind the other.
#[derive(Clone, Copy, Debug)]
pub struct DnsNames<'a> {
    pub(super) message: &'a [u8],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl<'a> DnsNames<'a> {
    /// No names.
    pub const NONE: DnsNames<'static> = DnsNames { message: &[], at: 0, end: 0 };

    /// Names as they are on the wire; those with pointers point to names before them.
    pub fn new(wire: &'a [u8]) -> Self {
        Self { message: wire, at: 0, end: wire.len() }
    }

    /// The names as they are on the wire.
    pub(crate) fn as_bytes(&self) -> &'a [u8] {
        self.message.get(self.at..self.end).unwrap_or_default()
    }

    /// Whether the names fill so many bytes, with nothing behind them.
    pub(crate) fn fill(&self, len: usize) -> bool {
        self.iter_at().map(|(_, len)| len).sum::<usize>() == len
    }

    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = DnsName<'a>> + use<'a> {
        self.iter_at().map(|(name, _)| name)
    }

    /// The names, and how many bytes each takes.
    pub(crate) fn iter_at(&self) -> impl Iterator<Item = (DnsName<'a>, usize)> + use<'a> {
        let Self { message, mut at, end } = *self;
        std::iter::from_fn(move || {
            let (name, behind) =
                DnsName::read(message, at).ok().filter(|(_, behind)| *behind <= end)?;
            let len = behind.saturating_sub(at);
            at = behind;
            Some((name, len))
        })
    }
}

impl PartialEq for DnsNames<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for DnsNames<'_> {}

/// Which types of records there are, as NSEC has it: RFC 4034, section 4.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsTypeBitmap<'a>(pub(crate) &'a [u8]);

impl<'a> DnsTypeBitmap<'a> {
    /// Windows as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self(wire)
    }

    /// The types.
    pub fn iter(&self) -> impl Iterator<Item = DnsType> + use<'a> {
        self.iter_at().map(|(_, record_type)| record_type)
    }

    /// The types, each with the place of its bit's byte.
    pub(crate) fn iter_at(&self) -> impl Iterator<Item = (usize, DnsType)> + use<'a> {
        let (mut rest, mut at) = (self.0, 0_usize);
        let windows = std::iter::from_fn(move || {
            let (&[window, length], behind) = rest.split_first_chunk()?;
            let (bits, behind) = behind.split_at_checked(length.into())?;
            let start = at.saturating_add(2);
            at = start.saturating_add(bits.len());
            rest = behind;
            Some((u16::from(window) << 8, start, bits))
        });
        windows.flat_map(|(window, start, bits)| {
            set_bits(bits).map(move |(place, bit)| {
                (start.saturating_add(place), DnsType(window.saturating_add(bit)))
            })
        })
    }
}

/// The bits that are set, counted from the upper bit of the first byte, each with its byte.
pub(crate) fn set_bits(bits: &[u8]) -> impl Iterator<Item = (usize, u16)> {
    let numbered = bits.iter().flat_map(|byte| (0..8).map(move |bit| byte & 0x80 >> bit != 0));
    let numbered = (0_u16..).zip(numbered).filter(|(_, is_set)| *is_set);
    numbered.map(|(number, _)| (usize::from(number >> 3), number))
}

/// Address prefixes: RFC 3123. Ends behind the first that is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsPrefixes<'a>(pub(crate) &'a [u8]);

/// An address prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsPrefix<'a> {
    /// 1 is IPv4, 2 is IPv6.
    pub family: u16,
    pub prefix: u8,
    /// The prefix is not meant.
    pub is_negated: bool,
    /// The address without the zeros at its end.
    pub address: &'a [u8],
}

impl<'a> DnsPrefixes<'a> {
    /// Prefixes as they are on the wire.
    pub fn new(wire: &'a [u8]) -> Self {
        Self(wire)
    }

    /// The prefixes.
    pub fn iter(&self) -> impl Iterator<Item = DnsPrefix<'a>> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&[a, b, prefix, length], behind) = rest.split_first_chunk()?;
            let (address, behind) = behind.split_at_checked(usize::from(length & 0x7f))?;
            rest = behind;
            let family = u16::from_be_bytes([a, b]);
            Some(DnsPrefix { family, prefix, is_negated: length & 0x80 != 0, address })
        })
    }
}

/// A place in a message, moving to the end of some data.
pub(super) struct Reader<'a> {
    message: &'a [u8],
    pub(super) at: usize,
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8], at: usize, rest: &'a [u8]) -> Self {
        Self { message, at, rest }
    }

    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.at = self.at.saturating_add(len);
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn name(&mut self) -> Option<DnsName<'a>> {
        let (name, end) = DnsName::read(self.message, self.at).ok()?;
        self.take(end.saturating_sub(self.at))?;
        Some(name)
    }

    /// Bytes behind their length of one byte.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// Bytes behind their length of two bytes.
    pub(super) fn long_string(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(length.into())
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.at = self.at.saturating_add(self.rest.len());
        std::mem::take(&mut self.rest)
    }

    pub(super) fn names(&mut self) -> DnsNames<'a> {
        let (message, at) = (self.message, self.at);
        self.rest();
        DnsNames { message, at, end: self.at }
    }
}
