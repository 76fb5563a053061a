//! sFlow, version 5, [sFlow.org](https://sflow.org/sflow_version_5.txt) section 5.
//!
//! ```text
//!  0                                                              31
//! |                            version                             |
//! |                         address type                           |
//! |              agent address, 4 or 16 bytes ...                  |
//! |                         sub-agent ID                           |
//! |                        sequence number                         |
//! |                     uptime in milliseconds                     |
//! |                       number of samples                        |
//! |       enterprise (20 bits)        |      format (12 bits)      |  samples
//! |                            length                              |
//! ```
//!
//! Counts and lengths that a datagram claims are never believed: samples and records are found one
//! behind the other, in the bytes that are there, and nothing is allocated for them.

use std::fmt;
use std::net::IpAddr;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

mod build;
mod counter_record;
mod extended;
mod fields;
mod flow_record;
mod sample;

pub use build::SflowBuilder;
pub use counter_record::{
    SflowCounters, SflowEthernetCounters, SflowInterfaceCounters, SflowLacpCounters,
    SflowOpenFlowPort, SflowProcessorCounters, SflowTokenRingCounters, SflowVgCounters,
    SflowVlanCounters,
};
pub use flow_record::{
    SflowEthernetFrame, SflowFlow, SflowGateway, SflowIpv4, SflowIpv6, SflowSwitch,
};
pub use sample::{SflowRecord, SflowRecords, SflowSample, SflowSampleKind, SflowSamples};

/// Numbers behind the address of the agent.
const BEHIND_ADDRESS: usize = size_of::<[U32; 4]>();

/// What every datagram starts with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SflowHeader {
    pub version: U32,
    /// 1 for IPv4, 2 for IPv6.
    pub address_type: U32,
}

impl Default for SflowHeader {
    /// Version 5, of an agent with an IPv4 address.
    fn default() -> Self {
        Self { version: 5.into(), address_type: 1.into() }
    }
}

/// A datagram of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sflow<'a> {
    pub header: &'a SflowHeader,
    /// The address of the agent.
    pub agent: IpAddr,
    /// Which part of the agent this is, its number of the datagram, its uptime in milliseconds and
    /// the number of samples that it claims.
    numbers: &'a [U32; 4],
    /// The samples, as far as they are there: [`samples`](Self::samples) are.
    pub sample_bytes: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Sflow<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<SflowHeader>(bytes)?;
        if header.version != 5 {
            return Err(Malformed::Field { name: "version", value: header.version.get().into() });
        }
        let truncated = |len: usize| {
            let need = size_of::<SflowHeader>().saturating_add(len).saturating_add(BEHIND_ADDRESS);
            Malformed::Truncated { need, have: bytes.len() }
        };
        let (agent, rest) = match header.address_type.get() {
            1 => {
                let (&address, rest) = rest.split_first_chunk::<4>().ok_or(truncated(4))?;
                (IpAddr::from(address), rest)
            }
            2 => {
                let (&address, rest) = rest.split_first_chunk::<16>().ok_or(truncated(16))?;
                (IpAddr::from(address), rest)
            }
            other => return Err(Malformed::Field { name: "address type", value: other.into() }),
        };
        let len = if agent.is_ipv4() { 4 } else { 16 };
        let (numbers, sample_bytes) = split::<[U32; 4]>(rest).map_err(|_| truncated(len))?;
        Ok(Self { header, agent, numbers, sample_bytes, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ =
            fields::datagram(self.number_of_samples(), &mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agent, seq, count) = (self.agent, self.sequence_number(), self.number_of_samples());
        write!(f, "agent {agent} seq {seq} samples {count}")
    }
}

impl<'a> Sflow<'a> {
    /// Which part of the agent this is.
    pub fn sub_agent_id(&self) -> u32 {
        self.numbers[0].get()
    }

    /// The number of the datagram.
    pub fn sequence_number(&self) -> u32 {
        self.numbers[1].get()
    }

    /// Milliseconds since the agent was started.
    pub fn uptime(&self) -> u32 {
        self.numbers[2].get()
    }

    /// How many samples the datagram claims to have.
    pub fn number_of_samples(&self) -> u32 {
        self.numbers[3].get()
    }

    /// The samples: no more than are claimed, nor than are there.
    pub fn samples(&self) -> SflowSamples<'a> {
        SflowSamples::new(self.sample_bytes, self.number_of_samples())
    }
}

impl Header for SflowHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SFLOW,
    "sflow",
    "sFlow",
    |bytes, outer| Sflow::parse_in(bytes, outer).map(|sflow| sflow.shape()),
    |bytes, outer, visitor| Sflow::parse_in(bytes, outer).map(|sflow| visitor(&sflow)),
)
.specification("sFlow Version 5")
.role(Role::Application)
.claims(&[Key::udp_port(6343)])
.template(b"\0\0\0\x05\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

#[cfg(test)]
mod tests;
