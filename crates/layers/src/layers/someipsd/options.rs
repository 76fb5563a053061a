//! Options of service discovery, section 4.1.2.5, read and written.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::too_large;
use crate::field_reader::FieldReader;
use crate::records::{Head, Record, Records};
use crate::{EncodeError, Malformed};

/// Length and type, which the length does not count.
const HEADER_LEN: usize = 3;

/// An option. Its type tells a socket that listens, a multicast group and the sender of service
/// discovery apart: 0x04, 0x14 and 0x24 with IPv4, 0x06, 0x16 and 0x26 with IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SomeIpSdOption<'a> {
    /// Strings, each behind its length, up to one of length 0.
    Configuration(&'a [u8]),
    /// Which of several services is to be taken.
    LoadBalancing {
        priority: u16,
        weight: u16,
    },
    Ipv4 {
        kind: u8,
        address: Ipv4Addr,
        protocol: u8,
        port: u16,
    },
    Ipv6 {
        kind: u8,
        address: Ipv6Addr,
        protocol: u8,
        port: u16,
    },
    /// Something else: its type, and what is behind the reserved byte.
    Other {
        kind: u8,
        data: &'a [u8],
    },
}

impl<'a> SomeIpSdOption<'a> {
    fn read(record: Record<'a>) -> Result<Self, Malformed> {
        let bad = Malformed::Field { name: "length", value: record.data.len() as u64 };
        let (_, data) = record.data.split_first().ok_or(bad)?;
        let kind = u8::try_from(record.kind).map_err(|_| bad)?;
        Ok(match (kind, data) {
            (1, _) => Self::Configuration(data),
            (2, &[a, b, c, d]) => Self::LoadBalancing {
                priority: u16::from_be_bytes([a, b]),
                weight: u16::from_be_bytes([c, d]),
            },
            (0x04 | 0x14 | 0x24, &[a, b, c, d, _, protocol, e, f]) => Self::Ipv4 {
                kind,
                address: [a, b, c, d].into(),
                protocol,
                port: u16::from_be_bytes([e, f]),
            },
            (0x06 | 0x16 | 0x26, &[ref address @ .., _, protocol, e, f]) => {
                let address: [u8; 16] = address.try_into().map_err(|_| bad)?;
                let port = u16::from_be_bytes([e, f]);
                Self::Ipv6 { kind, address: address.into(), protocol, port }
            }
            _ => Self::Other { kind, data },
        })
    }

    /// Appends the option.
    ///
    /// # Errors
    ///
    /// It is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut data = Vec::new();
        let kind = match *self {
            Self::Configuration(strings) => {
                data.extend_from_slice(strings);
                1
            }
            Self::LoadBalancing { priority, weight } => {
                data.extend_from_slice(&priority.to_be_bytes());
                data.extend_from_slice(&weight.to_be_bytes());
                2
            }
            Self::Ipv4 { kind, address, protocol, port } => {
                data.extend_from_slice(&address.octets());
                data.extend_from_slice(&[0, protocol]);
                data.extend_from_slice(&port.to_be_bytes());
                kind
            }
            Self::Ipv6 { kind, address, protocol, port } => {
                data.extend_from_slice(&address.octets());
                data.extend_from_slice(&[0, protocol]);
                data.extend_from_slice(&port.to_be_bytes());
                kind
            }
            Self::Other { kind, data: other } => {
                data.extend_from_slice(other);
                kind
            }
        };
        let len = data.len().saturating_add(1);
        let length = u16::try_from(len).map_err(|_| too_large("length", len as u64))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&[kind, 0]);
        out.extend_from_slice(&data);
        Ok(())
    }
}

/// The options of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct SomeIpSdOptions<'a> {
    records: Option<Records<'a>>,
}

fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[a, b, kind, ..] = bytes else {
        return Err(Malformed::Truncated { need: HEADER_LEN, have: bytes.len() });
    };
    let data_len = u16::from_be_bytes([a, b]).into();
    Ok(Head { kind: kind.into(), header_len: HEADER_LEN, data_len })
}

impl<'a> SomeIpSdOptions<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { records: Some(Records::new(bytes, 0, head)) }
    }
}

impl<'a> Iterator for SomeIpSdOptions<'a> {
    type Item = Result<SomeIpSdOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let option = self.records.as_mut()?.next()?.and_then(SomeIpSdOption::read);
        if option.is_err() {
            self.records = None;
        }
        Some(option)
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let len = reader.peek_u16()?;
        // One that is cut short is not taken apart.
        reader.rest().get(..usize::from(len).checked_add(HEADER_LEN)?)?;
        reader.u16("someipsd.option.length")?;
        let kind = reader.u8("someipsd.option.type")?;
        let mut option = reader.part(len.into());
        option.bytes("someipsd.option.reserved", 1)?;
        option_fields(kind, &mut option);
    }
    Some(())
}

fn option_fields(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match (kind, reader.rest().len()) {
        (1, _) => configuration(reader),
        (2, 4) => {
            reader.u16("someipsd.option.priority")?;
            reader.u16("someipsd.option.weight").map(drop)
        }
        (0x04 | 0x14 | 0x24, 8) => {
            reader.ipv4("someipsd.option.ipv4address")?;
            socket(reader)
        }
        (0x06 | 0x16 | 0x26, 20) => {
            reader.ipv6("someipsd.option.ipv6address")?;
            socket(reader)
        }
        _ => reader.rest_as("someipsd.option.unknown_data").map(drop),
    }
}

fn socket(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("someipsd.option.reserved2", 1)?;
    reader.u8("someipsd.option.proto")?;
    reader.u16("someipsd.option.port").map(drop)
}

fn configuration(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.again().rest_text("someipsd.option.config_string")?;
    loop {
        let len = reader.word(1)?;
        if len == 0 {
            return Some(());
        }
        reader.text("someipsd.option.config_string_element", usize::try_from(len).ok()?)?;
    }
}
