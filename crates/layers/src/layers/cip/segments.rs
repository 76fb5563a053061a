//! Segments of paths, CIP Networks Library volume 1, appendix C-1, read and written.

use super::words;
use crate::{EncodeError, Malformed};

/// The kind of segment that leads to another network.
const PORT: u8 = 0;
/// The kind that names an object or a part of one.
const LOGICAL: u8 = 1;
/// Ports from this one on have a number of two bytes.
const EXTENDED_PORT: u8 = 15;
/// Names, with a length of a byte.
pub(super) const EXTENDED_SYMBOL: u8 = 0x91;
/// A key of the only format there is, and its length.
pub(super) const KEY: u8 = 0x34;
const KEY_FORMAT: u8 = 4;

/// A part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CipSegment<'a> {
    /// The way out of a device: a port, and who is behind it.
    Port {
        port: u16,
        address: &'a [u8],
    },
    Class(u32),
    Instance(u32),
    Member(u32),
    ConnectionPoint(u32),
    Attribute(u32),
    /// Which device it must be; zeros stand for any.
    ElectronicKey {
        vendor_id: u16,
        device_type: u16,
        product_code: u16,
        /// The highest bit says that a compatible device will do.
        major_revision: u8,
        minor_revision: u8,
    },
    /// A name, such as that of a tag.
    Symbol(&'a [u8]),
    /// Data in a path: words.
    Data(&'a [u8]),
    /// How a network is to be used: the kind, 5 bits, and the byte behind it.
    Network {
        kind: u8,
        value: u8,
    },
    /// Something else, with its first byte: what is behind it cannot be told apart.
    Other(&'a [u8]),
}

/// The segments of a path. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct CipSegments<'a>(&'a [u8]);

impl<'a> CipSegments<'a> {
    /// The segments of a padded path.
    pub(super) fn new(path: &'a [u8]) -> Self {
        Self(path)
    }
}

impl<'a> Iterator for CipSegments<'a> {
    type Item = Result<CipSegment<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        let (&first, rest) = bytes.split_first()?;
        let len = len(first, rest);
        let Some((segment, behind)) = bytes.split_at_checked(len) else {
            return Some(Err(Malformed::Truncated { need: len, have: bytes.len() }));
        };
        self.0 = behind;
        Some(Ok(understood(segment).unwrap_or(CipSegment::Other(segment))))
    }
}

/// Bytes of a segment, by its first byte and what is behind that; an unknown one takes all.
pub(super) fn len(first: u8, rest: &[u8]) -> usize {
    let next = usize::from(rest.first().copied().unwrap_or_default());
    match (first >> 5, first & 0x1f) {
        (PORT, bits) => {
            let port_len = if bits & 0x0f == EXTENDED_PORT { 2_usize } else { 0 };
            let address_len = if bits & 0x10 != 0 { next.saturating_add(1) } else { 1 };
            let len = address_len.saturating_add(port_len).saturating_add(1);
            len.next_multiple_of(2)
        }
        (LOGICAL, _) if first == KEY => 10,
        (LOGICAL, bits) => match bits & 3 {
            0 => 2,
            1 => 4,
            _ => 6,
        },
        // Schedules, tags and times; the others have a length.
        (2, 1..=3) => 2,
        (2, _) | (4, 0) => next.saturating_mul(2).saturating_add(2),
        (3, size) if size > 0 => usize::from(size).saturating_add(1).next_multiple_of(2),
        _ if first == EXTENDED_SYMBOL => next.saturating_add(2).next_multiple_of(2),
        _ => rest.len().saturating_add(1),
    }
}

/// The number in a logical segment, lower byte first.
pub(super) fn number(segment: &[u8]) -> Option<u32> {
    match *segment {
        [_, number] => Some(number.into()),
        [_, _, a, b] => Some(u16::from_le_bytes([a, b]).into()),
        [_, _, a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}

fn understood(segment: &[u8]) -> Option<CipSegment<'_>> {
    let (&first, rest) = segment.split_first()?;
    Some(match (first >> 5, first & 0x1f) {
        (PORT, bits) => {
            let (len, rest) = if bits & 0x10 != 0 {
                let (&len, rest) = rest.split_first()?;
                (usize::from(len), rest)
            } else {
                (1, rest)
            };
            let (port, rest) = if bits & 0x0f == EXTENDED_PORT {
                let (port, rest) = rest.split_first_chunk()?;
                (u16::from_le_bytes(*port), rest)
            } else {
                (u16::from(bits & 0x0f), rest)
            };
            CipSegment::Port { port, address: rest.get(..len)? }
        }
        (LOGICAL, _) if first == KEY => match *rest {
            [KEY_FORMAT, a, b, c, d, e, f, major_revision, minor_revision] => {
                CipSegment::ElectronicKey {
                    vendor_id: u16::from_le_bytes([a, b]),
                    device_type: u16::from_le_bytes([c, d]),
                    product_code: u16::from_le_bytes([e, f]),
                    major_revision,
                    minor_revision,
                }
            }
            _ => return None,
        },
        (LOGICAL, bits) => match bits >> 2 {
            0 => CipSegment::Class(number(segment)?),
            1 => CipSegment::Instance(number(segment)?),
            2 => CipSegment::Member(number(segment)?),
            3 => CipSegment::ConnectionPoint(number(segment)?),
            4 => CipSegment::Attribute(number(segment)?),
            _ => return None,
        },
        (2, kind @ 1..=3) => CipSegment::Network { kind, value: *rest.first()? },
        (4, 0) => CipSegment::Data(rest.get(1..)?),
        _ if first == EXTENDED_SYMBOL => {
            let (&len, name) = rest.split_first()?;
            CipSegment::Symbol(name.get(..len.into())?)
        }
        _ => return None,
    })
}

impl CipSegment<'_> {
    /// Appends the segment, in the shortest form of those that are padded to words.
    ///
    /// # Errors
    ///
    /// An address, a name or data is longer than a byte says, or data is no multiple of two bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Port { port, address } => {
                let len = byte("link address size", address.len())?;
                let low = u8::try_from(port).ok().filter(|port| (1..EXTENDED_PORT).contains(port));
                let extended = if len == 1 { 0 } else { 0x10 };
                out.push(low.unwrap_or(EXTENDED_PORT) | extended);
                if extended != 0 {
                    out.push(len);
                }
                if low.is_none() {
                    out.extend_from_slice(&port.to_le_bytes());
                }
                out.extend_from_slice(address);
                let front = if extended != 0 { 2 } else { 1 };
                let port_len = if low.is_none() { 2_usize } else { 0 };
                let len = address.len().saturating_add(front).saturating_add(port_len);
                pad(len, out);
            }
            Self::Class(number) => logical(0x20, number, out),
            Self::Instance(number) => logical(0x24, number, out),
            Self::Member(number) => logical(0x28, number, out),
            Self::ConnectionPoint(number) => logical(0x2c, number, out),
            Self::Attribute(number) => logical(0x30, number, out),
            Self::ElectronicKey {
                vendor_id,
                device_type,
                product_code,
                major_revision,
                minor_revision,
            } => {
                out.extend_from_slice(&[KEY, KEY_FORMAT]);
                for word in [vendor_id, device_type, product_code] {
                    out.extend_from_slice(&word.to_le_bytes());
                }
                out.extend_from_slice(&[major_revision, minor_revision]);
            }
            Self::Symbol(name) => {
                out.extend_from_slice(&[EXTENDED_SYMBOL, byte("symbol size", name.len())?]);
                out.extend_from_slice(name);
                pad(name.len(), out);
            }
            Self::Data(data) => {
                out.extend_from_slice(&[0x80, words("data segment size", data.len())?]);
                out.extend_from_slice(data);
            }
            Self::Network { kind, value } => out.extend_from_slice(&[0x40 | kind & 0x1f, value]),
            Self::Other(segment) => out.extend_from_slice(segment),
        }
        Ok(())
    }
}

fn logical(first: u8, number: u32, out: &mut Vec<u8>) {
    match (u8::try_from(number), u16::try_from(number)) {
        (Ok(number), _) => out.extend_from_slice(&[first, number]),
        (_, Ok(number)) => {
            out.extend_from_slice(&[first | 1, 0]);
            out.extend_from_slice(&number.to_le_bytes());
        }
        _ => {
            out.extend_from_slice(&[first | 2, 0]);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

fn byte(field: &'static str, len: usize) -> Result<u8, EncodeError> {
    let error = EncodeError::TooLarge { layer: "cip", field, value: len as u64 };
    u8::try_from(len).map_err(|_| error)
}

/// Fills up what is no multiple of two bytes.
fn pad(len: usize, out: &mut Vec<u8>) {
    if !len.is_multiple_of(2) {
        out.push(0);
    }
}
