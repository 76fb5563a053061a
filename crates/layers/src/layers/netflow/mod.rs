//! `NetFlow`, versions 1, 5, 7 and 8 as Cisco has them, version 9,
//! [RFC 3954](https://www.rfc-editor.org/rfc/rfc3954), and IPFIX,
//! [RFC 7011](https://www.rfc-editor.org/rfc/rfc7011).
//!
//! ```text
//!  0                              16                             31
//! |            version            |    count, length in IPFIX     |
//! |      details of the version, then records of fixed form,      |
//! |                   or from version 9 on sets:                  |
//! |            set id             |            length             |
//! ```
//!
//! A set of data means nothing without its template, which may have been sent long before. Those of
//! a datagram are known for the sets behind them in the same datagram; what to keep for longer, and
//! of whom, is for the user to say: [`NetflowTemplate::records`] reads any data.
//!
//! Counts and lengths that a datagram claims are never believed, nothing is allocated for them, and
//! the work is in proportion to the bytes that are there.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

mod build;
mod details;
mod elements;
mod fields;
mod set;
mod template;

pub use build::{NetflowBuilder, NetflowPayload, NetflowTemplateBuilder};
pub use details::{
    Ipfix, NetflowDetails, NetflowRecordV5, NetflowV1, NetflowV5, NetflowV7, NetflowV8, NetflowV9,
};
pub use set::{NetflowDataRecords, NetflowSet, NetflowSetKind, NetflowSets, NetflowTemplates};
pub use template::{
    NetflowField, NetflowFields, NetflowRecord, NetflowRecords, NetflowTemplate, NetflowValue,
    NetflowValues,
};

/// The version that IPFIX goes on from.
const IPFIX: u16 = 10;

/// What every datagram starts with.
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
pub struct NetflowHeader {
    pub version: U16,
    /// How many records there are, templates among them; in IPFIX the bytes of the whole message.
    pub count: U16,
}

/// A datagram, or a message of IPFIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Netflow<'a> {
    pub header: &'a NetflowHeader,
    /// The rest of the header.
    pub details: NetflowDetails<'a>,
    /// Records or sets, as far as they are there.
    pub body: &'a [u8],
    /// What is behind a message of IPFIX: other messages, in a stream.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Netflow<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<NetflowHeader>(bytes)?;
        let version = header.version.get();
        let header_len = details::header_len(version)
            .ok_or(Malformed::Field { name: "version", value: version.into() })?;
        let length = usize::from(header.count.get());
        if version == IPFIX && length < header_len {
            return Err(Malformed::Field { name: "length", value: length as u64 });
        }
        let message = if version == IPFIX { bytes.get(..length).unwrap_or(bytes) } else { bytes };
        let truncated = Malformed::Truncated { need: header_len, have: bytes.len() };
        let (front, body) = message.split_at_checked(header_len).ok_or(truncated)?;
        let payload = bytes.get(message.len()..).unwrap_or_default();
        let details = NetflowDetails::read(version, front).ok_or(truncated)?;
        Ok(Self { header, details, body, payload, bytes: message })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (self.bytes.len(), self.payload.len());
        let next = match self.payload {
            [] => Next::End,
            _ => Next::One(Key::parent(LayerType::NETFLOW)),
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::message(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, count) = (self.version(), self.header.count);
        match (version, self.sequence_number()) {
            (IPFIX, Some(sequence)) => write!(f, "IPFIX seq {sequence} len {count}"),
            (_, Some(sequence)) => write!(f, "v{version} seq {sequence} count {count}"),
            (_, None) => write!(f, "v{version} count {count}"),
        }
    }
}

impl<'a> Netflow<'a> {
    /// The version; 10 is IPFIX.
    pub fn version(&self) -> u16 {
        self.header.version.get()
    }

    /// Seconds since 1970 at which the datagram was sent.
    pub fn unix_seconds(&self) -> u32 {
        match self.details {
            NetflowDetails::V1(details) => details.unix_seconds.get(),
            NetflowDetails::V5(details) => details.unix_seconds.get(),
            NetflowDetails::V7(details) => details.unix_seconds.get(),
            NetflowDetails::V8(details) => details.unix_seconds.get(),
            NetflowDetails::V9(details) => details.unix_seconds.get(),
            NetflowDetails::Ipfix(details) => details.export_time.get(),
        }
    }

    /// A number that grows by the flows, by the datagrams (version 9) or by the records (IPFIX)
    /// that were sent; version 1 has none.
    pub fn sequence_number(&self) -> Option<u32> {
        match self.details {
            NetflowDetails::V1(_) => None,
            NetflowDetails::V5(details) => Some(details.flow_sequence.get()),
            NetflowDetails::V7(details) => Some(details.flow_sequence.get()),
            NetflowDetails::V8(details) => Some(details.flow_sequence.get()),
            NetflowDetails::V9(details) => Some(details.sequence_number.get()),
            NetflowDetails::Ipfix(details) => Some(details.sequence_number.get()),
        }
    }

    /// The number, of one exporter, in which templates have their meaning: the source id of version
    /// 9, the observation domain of IPFIX.
    pub fn domain(&self) -> Option<u32> {
        match self.details {
            NetflowDetails::V9(details) => Some(details.source_id.get()),
            NetflowDetails::Ipfix(details) => Some(details.observation_domain_id.get()),
            _ => None,
        }
    }

    /// The records of version 5: no more than are claimed, nor than are there.
    pub fn records_v5(&self) -> &'a [NetflowRecordV5] {
        let NetflowDetails::V5(_) = self.details else { return &[] };
        let count = self.body.len().checked_div(size_of::<NetflowRecordV5>()).unwrap_or_default();
        let count = count.min(self.header.count.get().into());
        let records = <[NetflowRecordV5]>::ref_from_prefix_with_elems(self.body, count);
        records.map_or(&[], |(records, _)| records)
    }

    /// The sets of version 9 and of IPFIX.
    pub fn sets(&self) -> NetflowSets<'a> {
        match self.domain() {
            Some(_) => NetflowSets::new(self.body, self.version() == IPFIX),
            None => NetflowSets::new(&[], false),
        }
    }

    /// The records of all sets of data whose template stands in front of them in this datagram.
    pub fn records(&self) -> NetflowDataRecords<'a> {
        NetflowDataRecords::new(self.sets())
    }
}

impl Header for NetflowHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NETFLOW,
    "cflow",
    "NetFlow and IPFIX",
    |bytes, outer| Netflow::parse_in(bytes, outer).map(|netflow| netflow.shape()),
    |bytes, outer, visitor| Netflow::parse_in(bytes, outer).map(|netflow| visitor(&netflow)),
)
.specification("RFC 7011")
.role(Role::Application)
.claims(&[
    Key::udp_port(2055),
    Key::udp_port(9996),
    // Not tshark's, but as common among exporters.
    Key::udp_port(9995),
    Key::udp_port(4739),
    Key::tcp_port(4739),
    Key::sctp_port(4739),
    Key::parent(LayerType::NETFLOW),
])
.template(b"\0\x0a\0\x10\0\0\0\0\0\0\0\0\0\0\0\0");

#[cfg(test)]
mod tests;
