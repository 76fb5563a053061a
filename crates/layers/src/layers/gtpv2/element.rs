//! Information elements, TS 29.274 section 8.2: type, length of the value, instance, value.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    Ambr {
        uplink: u32,
        downlink: u32,
    },
    /// A bearer, 4 bits.
    EpsBearerId(u8),
    /// The address of a user: an IPv4 address, an IPv6 prefix and its length, or both.
    Paa {
        ipv6: Option<(u8, Ipv6Addr)>,
        ipv4: Option<Ipv4Addr>,
    },
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
    /// Anything else that is made of elements: a connection to a packet network, information of overload
    /// and of load, a connection to an exposure function.
    Group(Gtpv2Elements<'a>),
    /// An address of a node.
    IpAddress(IpAddr),
    /// Mobile equipment identity, in digits as the subscriber's.
    Mei(&'a [u8]),
    /// Number of the subscriber, in digits as its identity.
    Msisdn(&'a [u8]),
    /// A bit for each of many things.
    Indication(&'a [u8]),
    /// Protocol configuration options, from their own first byte on.
    ProtocolConfiguration(&'a [u8]),
    /// Quality of service of a bearer.
    BearerQos {
        may_preempt: bool,
        /// Of allocation and retention, 4 bits; 1 is the highest.
        priority_level: u8,
        is_preemptible: bool,
        qos: Gtpv2Qos,
    },
    /// Quality of service of a flow.
    FlowQos(Gtpv2Qos),
    /// Country and network, in digits.
    ServingNetwork([u8; 3]),
    /// Where a user is: flags that say which identities follow, and those.
    UserLocation {
        flags: u8,
        identities: &'a [u8],
    },
    /// How long to wait before the answer to data, in units of 50 milliseconds.
    DelayValue(u8),
    ChargingId(u32),
    ChargingCharacteristics(u16),
    /// 1 is IPv4, 2 IPv6, 3 both, 4 not IP, 5 Ethernet.
    PdnType(u8),
    ProcedureTransactionId(u8),
    /// Quarters of an hour from UTC in digits, as TS 24.008 has them; hours of daylight saving.
    UeTimeZone {
        zone: u8,
        daylight_saving: u8,
    },
    PortNumber(u16),
    ApnRestriction(u8),
    SelectionMode(u8),
    /// A name: labels, each behind its length.
    Fqdn(&'a [u8]),
    /// Anything else, or what is too short for its type.
    Other(&'a [u8]),
}

/// A quality of service: its class, and bits a second in units of a kilobit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gtpv2Qos {
    /// Class identifier.
    pub qci: u8,
    /// At most, up and down.
    pub maximum: [u64; 2],
    /// At least, up and down.
    pub guaranteed: [u64; 2],
}

impl Gtpv2Qos {
    fn read(data: &[u8]) -> Option<Self> {
        let (&qci, rates) = data.split_first()?;
        let (rates, _) = rates.split_first_chunk::<20>()?;
        let (rates, _) = rates.as_chunks::<5>();
        let mut rates =
            rates.iter().map(|&[a, b, c, d, e]| u64::from_be_bytes([0, 0, 0, a, b, c, d, e]));
        let maximum = [rates.next()?, rates.next()?];
        Some(Self { qci, maximum, guaranteed: [rates.next()?, rates.next()?] })
    }
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
        (74, _) => match *data {
            [a, b, c, d] => Gtpv2Value::IpAddress([a, b, c, d].into()),
            _ => Gtpv2Value::IpAddress(<[u8; 16]>::try_from(data).ok()?.into()),
        },
        (75, _) => Gtpv2Value::Mei(data),
        (76, _) => Gtpv2Value::Msisdn(data),
        (77, _) => Gtpv2Value::Indication(data),
        (78, _) => Gtpv2Value::ProtocolConfiguration(data),
        (80, [bits, qos @ ..]) => Gtpv2Value::BearerQos {
            // Zero is yes: TS 29.212, sections 5.3.46 and 5.3.47.
            may_preempt: bits & 0x40 == 0,
            priority_level: bits >> 2 & 15,
            is_preemptible: bits & 1 == 0,
            qos: Gtpv2Qos::read(qos)?,
        },
        (81, _) => Gtpv2Value::FlowQos(Gtpv2Qos::read(data)?),
        (83, &[a, b, c, ..]) => Gtpv2Value::ServingNetwork([a, b, c]),
        (86, &[flags, ref identities @ ..]) => Gtpv2Value::UserLocation { flags, identities },
        (92, &[delay, ..]) => Gtpv2Value::DelayValue(delay),
        (93, _) => Gtpv2Value::BearerContext(Gtpv2Elements::new(data)),
        (94, &[a, b, c, d, ..]) => Gtpv2Value::ChargingId(u32::from_be_bytes([a, b, c, d])),
        (95, &[a, b, ..]) => Gtpv2Value::ChargingCharacteristics(u16::from_be_bytes([a, b])),
        (99, &[kind, ..]) => Gtpv2Value::PdnType(kind & 7),
        (100, &[id, ..]) => Gtpv2Value::ProcedureTransactionId(id),
        (109 | 180 | 181 | 195, _) => Gtpv2Value::Group(Gtpv2Elements::new(data)),
        (114, &[zone, bits, ..]) => Gtpv2Value::UeTimeZone { zone, daylight_saving: bits & 3 },
        (126, &[a, b, ..]) => Gtpv2Value::PortNumber(u16::from_be_bytes([a, b])),
        (127, &[restriction, ..]) => Gtpv2Value::ApnRestriction(restriction),
        (128, &[mode, ..]) => Gtpv2Value::SelectionMode(mode & 3),
        (136, _) => Gtpv2Value::Fqdn(data),
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
