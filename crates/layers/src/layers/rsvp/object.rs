//! Objects: each behind its length, its class and its type.

use std::net::IpAddr;

use super::PROTOCOL;
use super::route::RsvpHops;
use crate::records::{Head, Records};
use crate::{EncodeError, Malformed};

/// Bytes in front of the content of an object.
pub(super) const OBJECT_HEADER_LEN: usize = 4;

/// An object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RsvpObject<'a> {
    /// What it is: 1 a session, 3 a hop, 20 an explicit route...
    pub class: u8,
    /// Which form it has.
    pub c_type: u8,
    pub content: &'a [u8],
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RsvpSession {
    /// Packets to an address.
    Ip {
        destination: IpAddr,
        /// IP protocol.
        protocol: u8,
        flags: u8,
        port: u16,
    },
    /// A tunnel of labels.
    Tunnel {
        /// Where the tunnel ends.
        destination: IpAddr,
        tunnel_id: u16,
        extended_tunnel_id: u32,
    },
}

impl<'a> RsvpObject<'a> {
    /// The session that the object names, if it is one.
    pub fn session(&self) -> Option<RsvpSession> {
        if self.class != 1 {
            return None;
        }
        match (self.c_type, self.content) {
            (1, &[a, b, c, d, protocol, flags, high, low, ..]) => {
                let (destination, port) = ([a, b, c, d].into(), u16::from_be_bytes([high, low]));
                Some(RsvpSession::Ip { destination, protocol, flags, port })
            }
            (2, content) => {
                let (address, rest) = content.split_first_chunk::<16>()?;
                let &[protocol, flags, high, low, ..] = rest else { return None };
                let (destination, port) = ((*address).into(), u16::from_be_bytes([high, low]));
                Some(RsvpSession::Ip { destination, protocol, flags, port })
            }
            (7, &[a, b, c, d, _, _, e, f, ref rest @ ..]) => Some(RsvpSession::Tunnel {
                destination: [a, b, c, d].into(),
                tunnel_id: u16::from_be_bytes([e, f]),
                extended_tunnel_id: u32::from_be_bytes(*rest.first_chunk()?),
            }),
            _ => None,
        }
    }

    /// The hops of a route, if the object is one: explicit, recorded or excluded.
    pub fn hops(&self) -> RsvpHops<'a> {
        let is_route = matches!(self.class, 20 | 21);
        RsvpHops::new(if is_route { self.content } else { &[] }, self.class == 21)
    }

    /// Appends the object.
    ///
    /// # Errors
    ///
    /// The content fills no words of four bytes, or has more than 65528 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.content.len().saturating_add(OBJECT_HEADER_LEN);
        let (layer, field) = (PROTOCOL.name, "object length");
        let error = EncodeError::TooLarge { layer, field, value: len as u64 };
        let length = u16::try_from(len).ok().filter(|_| len.is_multiple_of(4)).ok_or(error)?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&[self.class, self.c_type]);
        out.extend_from_slice(self.content);
        Ok(())
    }
}

/// Length of all, class and type.
pub(super) fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[high, low, class, c_type, ..] = bytes else {
        return Err(Malformed::Truncated { need: OBJECT_HEADER_LEN, have: bytes.len() });
    };
    let length = u16::from_be_bytes([high, low]);
    let bad = Malformed::Field { name: "object length", value: length.into() };
    let data_len = usize::from(length).checked_sub(OBJECT_HEADER_LEN).ok_or(bad)?;
    let kind = u16::from_be_bytes([class, c_type]);
    Ok(Head { kind, header_len: OBJECT_HEADER_LEN, data_len })
}

/// The objects of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct RsvpObjects<'a>(Records<'a>);

impl<'a> RsvpObjects<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Records::new(bytes, 0, head))
    }
}

impl<'a> Iterator for RsvpObjects<'a> {
    type Item = Result<RsvpObject<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map(|record| {
            let [class, c_type] = record.kind.to_be_bytes();
            RsvpObject { class, c_type, content: record.data }
        }))
    }
}
