//! Information elements, TS 29.274 section 8.2: type, length of the value, instance, value.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::records::{Head, Records};
use crate::{EncodeError, Malformed};

/// Bytes in front of a value.
const HEADER_LEN: usize = 4;

/// An information element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gtpv2Element<'a> {
    pub kind: u8,
    /// Which of several elements of a type this is, 4 bits.
    pub instance: u8,
    pub data: &'a [u8],
}

/// What the value of an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gtpv2Value<'a> {
    /// International mobile subscriber identity: digits, two in a byte, the lower half first.
    Imsi(&'a [u8]),
    /// How a request went; 16 says that it was accepted.
    Cause(u8),
    /// How often the node was started.
    Recovery(u8),
    /// Access point name: labels, each behind its length.
    Apn(&'a [u8]),
    /// Kilobits a second at most, up and down.
    Ambr { uplink: u32, downlink: u32 },
    /// A bearer, 4 bits.
    EpsBearerId(u8),
    /// The address of a user: an IPv4 address, an IPv6 prefix and its length, or both.
    Paa { ipv6: Option<(u8, Ipv6Addr)>, ipv4: Option<Ipv4Addr> },
    /// Radio access technology; 6 is E-UTRAN.
    RatType(u8),
    /// Fully qualified tunnel endpoint identifier.
    FTeid {
        /// What the tunnel is for, 6 bits.
        interface_type: u8,
        teid: u32,
        ipv4: Option<Ipv4Addr>,
        ipv6: Option<Ipv6Addr>,
    },
    /// A bearer, by elements of its own.
    BearerContext(Gtpv2Elements<'a>),
    /// Anything else, or what is too short for its type.
    Other(&'a [u8]),
}

impl<'a> Gtpv2Element<'a> {
    /// What the value means.
    pub fn value(&self) -> Gtpv2Value<'a> {
        typed(self.kind, self.data).unwrap_or(Gtpv2Value::Other(self.data))
    }

    /// Appends the element.
    ///
    /// # Errors
    ///
    /// The value is longer than 65535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = self.data.len() as u64;
        let (layer, field) = (super::PROTOCOL.name, "information element length");
        let length = u16::try_from(self.data.len());
        let length = length.map_err(|_| EncodeError::TooLarge { layer, field, value })?;
        out.push(self.kind);
        out.extend_from_slice(&length.to_be_bytes());
        out.push(self.instance & 15);
        out.extend_from_slice(self.data);
        Ok(())
    }
}

fn typed(kind: u8, data: &[u8]) -> Option<Gtpv2Value<'_>> {
    Some(match (kind, data) {
        (1, _) => Gtpv2Value::Imsi(data),
        (2, &[cause, ..]) => Gtpv2Value::Cause(cause),
        (3, &[count, ..]) => Gtpv2Value::Recovery(count),
        (71, _) => Gtpv2Value::Apn(data),
        (72, _) => {
            let (&uplink, rest) = data.split_first_chunk()?;
            let [uplink, downlink] = [uplink, *rest.first_chunk()?].map(u32::from_be_bytes);
            Gtpv2Value::Ambr { uplink, downlink }
        }
        (73, &[bearer, ..]) => Gtpv2Value::EpsBearerId(bearer & 15),
        (79, [kind, rest @ ..]) => paa(*kind & 7, rest)?,
        (82, &[rat_type, ..]) => Gtpv2Value::RatType(rat_type),
        (87, [flags, rest @ ..]) => {
            let (&teid, mut rest) = rest.split_first_chunk()?;
            let (mut ipv4, mut ipv6) = (None, None);
            if flags & 0x80 != 0 {
                let (&address, behind) = rest.split_first_chunk::<4>()?;
                (ipv4, rest) = (Some(address.into()), behind);
            }
            if flags & 0x40 != 0 {
                ipv6 = Some((*rest.first_chunk::<16>()?).into());
            }
            let (interface_type, teid) = (flags & 0x3f, u32::from_be_bytes(teid));
            Gtpv2Value::FTeid { interface_type, teid, ipv4, ipv6 }
        }
        (93, _) => Gtpv2Value::BearerContext(Gtpv2Elements::new(data)),
        _ => return None,
    })
}

/// TS 29.274, section 8.14: by the type of the packet data network.
fn paa(kind: u8, mut rest: &[u8]) -> Option<Gtpv2Value<'_>> {
    let (mut ipv6, mut ipv4) = (None, None);
    if matches!(kind, 2 | 3) {
        let (&len, behind) = rest.split_first()?;
        let (&address, behind) = behind.split_first_chunk::<16>()?;
        (ipv6, rest) = (Some((len, address.into())), behind);
    }
    if matches!(kind, 1 | 3) {
        ipv4 = Some((*rest.first_chunk::<4>()?).into());
    }
    Some(Gtpv2Value::Paa { ipv6, ipv4 })
}

pub(super) fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, high, low, _, ..] = bytes else {
        return Err(Malformed::Truncated { need: HEADER_LEN, have: bytes.len() });
    };
    let data_len = u16::from_be_bytes([high, low]).into();
    Ok(Head { kind: kind.into(), header_len: HEADER_LEN, data_len })
}

/// The information elements of a message or of another element. Ends behind the first error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gtpv2Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Gtpv2Elements<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

#[allow(clippy::copy_iterator, reason = "a copy in a value starts where the value does")]
impl<'a> Iterator for Gtpv2Elements<'a> {
    type Item = Result<Gtpv2Element<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let whole = self.rest;
        let mut records = Records::new(whole, 0, head);
        let record = records.next()?;
        self.rest = records.rest();
        Some(record.map(|record| {
            let [_, kind] = record.kind.to_be_bytes();
            let instance = whole.get(3).map_or(0, |byte| byte & 15);
            Gtpv2Element { kind, instance, data: record.data }
        }))
    }
}
