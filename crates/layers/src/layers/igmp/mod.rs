//! Internet Group Management Protocol, versions 1, 2 and 3,
//! [RFC 1112](https://www.rfc-editor.org/rfc/rfc1112) appendix I,
//! [RFC 2236](https://www.rfc-editor.org/rfc/rfc2236) section 2 and
//! [RFC 3376](https://www.rfc-editor.org/rfc/rfc3376) section 4.
//!
//! ```text
//!  0               8               16                             31
//! |     type      | max resp code |           checksum            |
//! |        group address; of a report of version 3: reserved, M    |
//! |    of version 3: sources of a query, M records of a report     |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::{pim_v1, split};
use crate::{Checksum, FieldSink, Header, InternetSum, IpProtocol, Key, Layer, LayerType};
use crate::{Malformed, Next, Outer, Protocol, Shape};

mod build;
mod fields;
mod records;

pub use build::{IgmpQueryBuilder, IgmpReportBuilder};
pub use records::{IgmpQueryV3, IgmpRecord, IgmpRecordType, IgmpRecords};

/// RFC 3376, section 7.1: a query from this length on is one of version 3.
const V3_QUERY_LEN: usize = 12;

/// The header on the wire: the eight bytes that every message has.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct IgmpHeader {
    pub message_type: u8,
    pub max_resp_code: u8,
    pub checksum: U16,
    /// In a report of version 3: two reserved bytes, and how many records follow.
    pub group_address: [u8; 4],
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IgmpType(pub u8);

numbers! {
    IgmpType "type {:#04x}" {
        /// Who is a member?
        MEMBERSHIP_QUERY = 0x11 "query";
        /// I am, in version 1.
        MEMBERSHIP_REPORT_V1 = 0x12 "v1 report";
        /// Distance Vector Multicast Routing Protocol.
        DVMRP = 0x13 "DVMRP";
        /// PIM, version 1.
        PIM_V1 = 0x14 "PIMv1";
        /// I am, in version 2.
        MEMBERSHIP_REPORT_V2 = 0x16 "v2 report";
        /// I am no more, in version 2.
        LEAVE_GROUP = 0x17 "leave";
        /// The answer to a traceroute of multicast.
        TRACEROUTE_RESPONSE = 0x1e "traceroute response";
        /// A traceroute of multicast.
        TRACEROUTE = 0x1f "traceroute";
        /// I am or am no more, in version 3.
        MEMBERSHIP_REPORT_V3 = 0x22 "v3 report";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Igmp<'a> {
    pub header: &'a IgmpHeader,
    /// What stands behind the group address: [`query_v3`](Self::query_v3) and
    /// [`records`](Self::records) understand it.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Igmp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<IgmpHeader>(bytes)?;
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        if self.message_type() == IgmpType::PIM_V1 {
            let next = Next::One(Key::child(LayerType::IGMP, IgmpType::PIM_V1.0.into()));
            return Shape { header_len: 0, payload_len: self.bytes.len(), trailer_len: 0, next };
        }
        let (header_len, payload_len) = (size_of::<IgmpHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most records of a report in a line.
        const MAX_SHOWN: usize = 8;
        match self.message_type() {
            // The layer behind says more.
            IgmpType::PIM_V1 => Ok(()),
            kind @ IgmpType::MEMBERSHIP_QUERY => {
                write!(f, "v{} {kind}", self.version().unwrap_or_default())?;
                match self.group_address() {
                    Ipv4Addr::UNSPECIFIED => Ok(()),
                    group => write!(f, " {group}"),
                }
            }
            kind @ IgmpType::MEMBERSHIP_REPORT_V3 => {
                write!(f, "{kind}")?;
                self.records().flatten().take(MAX_SHOWN).try_for_each(|record| {
                    write!(f, ", {} {}", record.multicast_address, record.record_type)
                })
            }
            kind => write!(f, "{kind} {}", self.group_address()),
        }
    }
}

impl<'a> Igmp<'a> {
    /// What the message is.
    pub fn message_type(&self) -> IgmpType {
        IgmpType(self.header.message_type)
    }

    /// The version that the message belongs to, if it belongs to one: RFC 3376, section 7.1.
    pub fn version(&self) -> Option<u8> {
        match self.message_type() {
            IgmpType::MEMBERSHIP_QUERY if self.bytes.len() >= V3_QUERY_LEN => Some(3),
            IgmpType::MEMBERSHIP_QUERY if self.header.max_resp_code == 0 => Some(1),
            IgmpType::MEMBERSHIP_REPORT_V1 => Some(1),
            IgmpType::MEMBERSHIP_QUERY | IgmpType::MEMBERSHIP_REPORT_V2 | IgmpType::LEAVE_GROUP => {
                Some(2)
            }
            IgmpType::MEMBERSHIP_REPORT_V3 => Some(3),
            _ => None,
        }
    }

    /// The group in question, unspecified for all. A report of version 3 has its groups in its
    /// [`records`](Self::records).
    pub fn group_address(&self) -> Ipv4Addr {
        self.header.group_address.into()
    }

    /// Tenths of a second in which a query wants its answers.
    pub fn max_resp_time(&self) -> u16 {
        match self.version() {
            Some(3) => float_code(self.header.max_resp_code),
            _ => self.header.max_resp_code.into(),
        }
    }

    /// What only a query of version 3 has.
    pub fn query_v3(&self) -> Option<IgmpQueryV3<'a>> {
        let is_query = self.message_type() == IgmpType::MEMBERSHIP_QUERY;
        IgmpQueryV3::new(self.payload).filter(|_| is_query)
    }

    /// The records of a report of version 3; other messages have none.
    pub fn records(&self) -> IgmpRecords<'a> {
        let [_, _, count @ ..] = self.header.group_address;
        let is_report = self.message_type() == IgmpType::MEMBERSHIP_REPORT_V3;
        let count = if is_report { u16::from_be_bytes(count) } else { 0 };
        IgmpRecords::new(self.payload, count)
    }
}

/// RFC 3376, sections 4.1.1 and 4.1.7: a code from 128 on is a small float.
fn float_code(code: u8) -> u16 {
    match (code >> 4 & 7, u16::from(code & 0x0f)) {
        _ if code < 0x80 => code.into(),
        (exponent, mantissa) => (mantissa | 0x10) << (exponent.saturating_add(3)),
    }
}

impl Header for IgmpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let igmp = Igmp::parse(bytes).ok()?;
    if igmp.message_type() == IgmpType::PIM_V1 {
        return pim_v1::checksum(bytes, outer);
    }
    let stored = igmp.header.checksum;
    let computed = InternetSum::new().with(bytes).without(stored).checksum();
    let stored = stored.get().into();
    Some(Checksum { place: 2..4, stored, computed: computed.into(), absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IGMP,
    "igmp",
    "Internet Group Management Protocol",
    |bytes, outer| Igmp::parse_in(bytes, outer).map(|igmp| igmp.shape()),
    |bytes, outer, visitor| Igmp::parse_in(bytes, outer).map(|igmp| visitor(&igmp)),
)
.specification("RFC 3376")
.claims(&[Key::ip_protocol(IpProtocol::IGMP)])
.template(b"\x11\x64\0\0\0\0\0\0")
.checksum(checksum);

// tshark -r IgmpPackets.pcap -Y frame.number==2, of PcapPlusPlus's tests.
#[cfg(test)]
layer_tests! {
    sample: Igmp *b"\x17\0\x08\x03\xe0\0\0\xfc";
    fields: "igmp.type=23 igmp.max_resp=0 igmp.checksum=2051 igmp.maddr=224.0.0.252";
    edit: IgmpHeader, |header| header.message_type = IgmpType::MEMBERSHIP_REPORT_V2.0;
    bad: [];
}

#[cfg(test)]
mod tests;
