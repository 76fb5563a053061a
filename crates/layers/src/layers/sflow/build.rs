//! Writing datagrams, samples and records.

use std::net::IpAddr;

use zerocopy::IntoBytes;

use super::{PROTOCOL, SflowHeader, SflowRecord, SflowSample};
use crate::{Encode, EncodeError, Protocol};

/// A datagram to be built. Version, kind of address and number of samples are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SflowBuilder<'a> {
    /// The address of the agent.
    pub agent: IpAddr,
    pub sub_agent_id: u32,
    pub sequence_number: u32,
    /// Milliseconds since the agent was started.
    pub uptime: u32,
    pub samples: &'a [SflowSample<'a>],
}

impl Encode for SflowBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let address_type = if self.agent.is_ipv4() { 1 } else { 2 };
        let header = SflowHeader { address_type: address_type.into(), ..Default::default() };
        out.extend_from_slice(header.as_bytes());
        match self.agent {
            IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
        }
        let count = fit("number of samples", self.samples.len())?;
        for number in [self.sub_agent_id, self.sequence_number, self.uptime, count] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        self.samples.iter().try_for_each(|sample| sample.encode(out))
    }
}

impl<'a> SflowSample<'a> {
    /// A sample of a format: enterprise 0 has those of the specification. The data is what stands
    /// behind the length, records and all.
    pub fn new(enterprise: u32, format: u32, data: &'a [u8]) -> Self {
        Self { enterprise, format, data }
    }

    /// Appends the sample.
    ///
    /// # Errors
    ///
    /// The enterprise has more than 20 bits, the format more than 12, or the data fills no words of
    /// four bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        part(self.enterprise, self.format, self.data, out)
    }
}

impl<'a> SflowRecord<'a> {
    /// A record of a format: enterprise 0 has those of the specification.
    pub fn new(enterprise: u32, format: u32, data: &'a [u8]) -> Self {
        Self { enterprise, format, data }
    }

    /// Appends the record.
    ///
    /// # Errors
    ///
    /// The enterprise has more than 20 bits, the format more than 12, or the data fills no words of
    /// four bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        part(self.enterprise, self.format, self.data, out)
    }
}

/// A sample or a record: owner, format, length, data.
fn part(enterprise: u32, format: u32, data: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    const MAX_ENTERPRISE: u32 = 0x000f_ffff;
    const MAX_FORMAT: u32 = 0x0fff;
    if enterprise > MAX_ENTERPRISE {
        return Err(too_large("enterprise", enterprise.into()));
    }
    if format > MAX_FORMAT {
        return Err(too_large("format", format.into()));
    }
    if !data.len().is_multiple_of(4) {
        return Err(too_large("length", data.len() as u64));
    }
    let length = fit("length", data.len())?;
    out.extend_from_slice(&(enterprise << 12 | format).to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(data);
    Ok(())
}

fn too_large(field: &'static str, value: u64) -> EncodeError {
    EncodeError::TooLarge { layer: PROTOCOL.name, field, value }
}

fn fit(field: &'static str, value: usize) -> Result<u32, EncodeError> {
    u32::try_from(value).map_err(|_| too_large(field, value as u64))
}
