//! Name resolution block, section 4.5: records of addresses and names, then options.
//!
//! ```text
//!  0                               16                             31
//! |         type of record         |       length of value         |
//! |            value, padded to a multiple of four bytes           |
//! ```

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::block::{Options, owned};
use crate::error::Error;
use crate::order::ByteOrder;

/// Ends the records.
const END: u16 = 0;
/// What stands in front of a value, and the whole of an end.
const HEADER: usize = 4;
/// Types of records.
const IPV4: u16 = 1;
const IPV6: u16 = 2;
const EUI48: u16 = 3;
const EUI64: u16 = 4;

/// Names of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameResolution<'a> {
    /// The records.
    pub records: NameRecords<'a>,
    /// Its options.
    pub options: Options<'a>,
}

impl<'a> NameResolution<'a> {
    /// Option: the name of the server that knew the names.
    pub const SERVER_NAME: u16 = 2;
    /// Option: its IPv4 address, 4 bytes.
    pub const SERVER_IPV4: u16 = 3;
    /// Option: its IPv6 address, 16 bytes.
    pub const SERVER_IPV6: u16 = 4;

    /// No names.
    pub const fn new(order: ByteOrder) -> Self {
        Self { records: NameRecords::new(order), options: Options::new(order) }
    }

    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Self {
        let mut rest = Walk { order, bytes: body };
        while rest.next().is_some() {}
        // What follows the end of the records; nothing if they have none.
        let options = rest.bytes;
        let records = body.len().saturating_sub(options.len());
        let bytes = body.get(..records).unwrap_or_default().into();
        Self { records: NameRecords { order, bytes }, options: Options::from_bytes(order, options) }
    }

    pub(crate) fn turn_records(&mut self, order: ByteOrder) {
        if order == self.records.order {
            return;
        }
        let mut turned = NameRecords::new(order);
        for record in self.records.raw() {
            // What has been a record can be one again.
            let _: Result<(), Error> = turned.push_raw(record.0, record.1);
        }
        self.records = turned;
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> NameResolution<'static> {
        let NameRecords { order, bytes } = self.records;
        let records = NameRecords { order, bytes: owned(bytes) };
        NameResolution { records, options: self.options.into_owned() }
    }

    /// The name of the server that knew the names.
    pub fn server_name(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::SERVER_NAME)
    }

    /// Its IPv4 address.
    pub fn server_ipv4(&self) -> Option<Ipv4Addr> {
        self.options.get(Self::SERVER_IPV4)?.first_chunk().map(|&bytes: &[u8; 4]| bytes.into())
    }

    /// Its IPv6 address.
    pub fn server_ipv6(&self) -> Option<Ipv6Addr> {
        self.options.get(Self::SERVER_IPV6)?.first_chunk().map(|&bytes: &[u8; 16]| bytes.into())
    }
}

/// Records of addresses and their names, kept as the bytes of the capture.
#[derive(Clone)]
pub struct NameRecords<'a> {
    order: ByteOrder,
    bytes: Cow<'a, [u8]>,
}

/// An address and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameRecord<'a> {
    /// Names of an IPv4 address.
    Ipv4(Ipv4Addr, Names<'a>),
    /// Names of an IPv6 address.
    Ipv6(Ipv6Addr, Names<'a>),
    /// Names of an EUI-48.
    Eui48([u8; 6], Names<'a>),
    /// Names of an EUI-64.
    Eui64([u8; 8], Names<'a>),
    /// A record of another type, or too short for its address: its type and value.
    Other(u16, &'a [u8]),
}

/// Names, each ended by a zero byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'a>(pub &'a [u8]);

impl<'a> Names<'a> {
    /// Each name in turn; what is no UTF-8 in it is replaced.
    pub fn iter(self) -> impl Iterator<Item = Cow<'a, str>> {
        let bytes = self.0.strip_suffix(&[0]).unwrap_or(self.0);
        bytes.split(|&byte| byte == 0).filter(|name| !name.is_empty()).map(String::from_utf8_lossy)
    }
}

impl NameRecords<'_> {
    /// No records.
    pub const fn new(order: ByteOrder) -> Self {
        Self { order, bytes: Cow::Borrowed(&[0; HEADER]) }
    }

    /// Adds the names of an IPv4 address.
    ///
    /// # Errors
    ///
    /// [`Error::OptionLength`] if they do not fit into 65,535 bytes, address and zeros included;
    /// nothing is added then.
    pub fn push_ipv4(&mut self, address: Ipv4Addr, names: &[&str]) -> Result<(), Error> {
        self.push(IPV4, &address.octets(), names)
    }

    /// Adds the names of an IPv6 address.
    ///
    /// # Errors
    ///
    /// As of [`push_ipv4`](Self::push_ipv4).
    pub fn push_ipv6(&mut self, address: Ipv6Addr, names: &[&str]) -> Result<(), Error> {
        self.push(IPV6, &address.octets(), names)
    }

    /// Adds the names of an EUI-48.
    ///
    /// # Errors
    ///
    /// As of [`push_ipv4`](Self::push_ipv4).
    pub fn push_eui48(&mut self, address: [u8; 6], names: &[&str]) -> Result<(), Error> {
        self.push(EUI48, &address, names)
    }

    fn push(&mut self, kind: u16, address: &[u8], names: &[&str]) -> Result<(), Error> {
        let mut value = address.to_vec();
        for name in names {
            value.extend(name.bytes().filter(|&byte| byte != 0));
            value.push(0);
        }
        self.push_raw(kind, &value)
    }

    /// Adds a record of any type but 0, which ends them.
    ///
    /// # Errors
    ///
    /// [`Error::OptionLength`] for a value of more than 65,535 bytes or the type 0; nothing is added
    /// then.
    pub fn push_raw(&mut self, kind: u16, value: &[u8]) -> Result<(), Error> {
        let length = match u16::try_from(value.len()) {
            Ok(length) if kind != END => length,
            _ => return Err(Error::OptionLength { code: kind, length: value.len() as u64 }),
        };
        let order = self.order;
        let records: usize = self
            .raw()
            .map(|(_, value)| value.len().next_multiple_of(HEADER).saturating_add(HEADER))
            .fold(0, usize::saturating_add);
        let bytes = self.bytes.to_mut();
        bytes.resize(records, 0);
        bytes.extend(order.bytes_of_u16(kind));
        bytes.extend(order.bytes_of_u16(length));
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(HEADER).saturating_add(HEADER), 0);
        Ok(())
    }

    /// The byte order of types and lengths.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// The bytes that a block holds: each record padded, then their end, unless the capture has left
    /// it out.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Type and value of each record, in their order.
    pub fn raw(&self) -> impl Iterator<Item = (u16, &[u8])> {
        Walk { order: self.order, bytes: &self.bytes }
    }

    /// Each record, in their order.
    pub fn iter(&self) -> impl Iterator<Item = NameRecord<'_>> {
        self.raw().map(|(kind, value)| NameRecord::parse(kind, value))
    }
}

impl PartialEq for NameRecords<'_> {
    /// Whether the records are the same, in the same order; not how they end.
    fn eq(&self, other: &Self) -> bool {
        self.raw().eq(other.raw())
    }
}

impl Eq for NameRecords<'_> {}

impl fmt::Debug for NameRecords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> NameRecord<'a> {
    fn parse(kind: u16, value: &'a [u8]) -> Self {
        let record = match kind {
            IPV4 => value
                .split_first_chunk::<4>()
                .map(|(&address, names)| Self::Ipv4(address.into(), Names(names))),
            IPV6 => value
                .split_first_chunk::<16>()
                .map(|(&address, names)| Self::Ipv6(address.into(), Names(names))),
            EUI48 => value
                .split_first_chunk()
                .map(|(&address, names)| Self::Eui48(address, Names(names))),
            EUI64 => value
                .split_first_chunk()
                .map(|(&address, names)| Self::Eui64(address, Names(names))),
            _ => None,
        };
        record.unwrap_or(Self::Other(kind, value))
    }
}

/// Types and values of records; `bytes` is what follows.
struct Walk<'a> {
    order: ByteOrder,
    bytes: &'a [u8],
}

impl<'a> Iterator for Walk<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let Some(([kind, length], rest)) = self.order.halves(self.bytes) else {
            self.bytes = &[];
            return None;
        };
        let length = usize::from(length);
        let Some(value) = rest.get(..length).filter(|_| kind != END) else {
            self.bytes = if kind == END { rest } else { &[] };
            return None;
        };
        self.bytes = rest.get(length.next_multiple_of(HEADER)..).unwrap_or_default();
        Some((kind, value))
    }
}
