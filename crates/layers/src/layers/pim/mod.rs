//! Protocol Independent Multicast, version 2,
//! [RFC 7761](https://www.rfc-editor.org/rfc/rfc7761) section 4.9.
//!
//! ```text
//!  0       4       8               16                             31
//! |version| type  |   reserved    |           checksum            |
//! |B|N|  of a register: flags, and the packet behind them          |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{Checksum, Encode, EncodeError, EtherType, FieldSink, Header, InternetSum, IpProtocol};
use crate::{Key, Layer, LayerType, Malformed, Next, Outer, Protocol, PseudoHeader, Shape};

mod address;
mod fields;
mod options;

pub use address::{PimAddress, PimGroup, PimJoinPrune, PimJoinPruneGroup, PimJoinPruneGroups};
pub use options::{PimHelloOption, PimHelloOptions};

/// RFC 7761, section 4.9.3: flags in front of the packet that a register carries.
const REGISTER_LEN: usize = 4;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PimHeader {
    pub version_type: u8,
    pub reserved: u8,
    pub checksum: U16,
}

impl Default for PimHeader {
    /// A hello of version 2.
    fn default() -> Self {
        Self { version_type: 0x20, reserved: 0, checksum: U16::ZERO }
    }
}

impl PimHeader {
    /// Version, 4 bits: 2.
    pub fn version(&self) -> u8 {
        self.version_type >> 4
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_type = self.version_type & !0xf0 | (version & 0x0f) << 4;
    }

    /// Type, 4 bits.
    pub fn message_type(&self) -> PimType {
        PimType(self.version_type & 0x0f)
    }

    /// Writes the type, its low 4 bits.
    pub fn set_message_type(&mut self, message_type: PimType) {
        self.version_type = self.version_type & 0xf0 | message_type.0 & 0x0f;
    }
}

/// What a message is, 4 bits. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PimType(pub u8);

numbers! {
    PimType "type {}" {
        /// I am here.
        HELLO = 0 "hello";
        /// A packet for the rendezvous point.
        REGISTER = 1 "register";
        /// No more of these, please.
        REGISTER_STOP = 2 "register stop";
        /// I want these, and those no more.
        JOIN_PRUNE = 3 "join/prune";
        /// The rendezvous points of the domain.
        BOOTSTRAP = 4 "bootstrap";
        /// I forward these.
        ASSERT = 5 "assert";
        /// I want these again.
        GRAFT = 6 "graft";
        /// You get them.
        GRAFT_ACK = 7 "graft ack";
        /// I can be a rendezvous point.
        CANDIDATE_RP_ADVERTISEMENT = 8 "candidate RP advertisement";
        /// What you pruned is still pruned.
        STATE_REFRESH = 9 "state refresh";
        /// Who forwards in both directions?
        DF_ELECTION = 10 "DF election";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pim<'a> {
    pub header: &'a PimHeader,
    /// In a register the flags: B, a border, and N, a packet with nothing in it.
    pub register_flags: Option<u32>,
    /// The packet that a register carries, or else the message behind the checksum.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Pim<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PimHeader>(bytes)?;
        if header.version() != 2 {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        if header.message_type() != PimType::REGISTER {
            return Ok(Self { header, register_flags: None, payload: rest, bytes });
        }
        let need = size_of::<PimHeader>().saturating_add(REGISTER_LEN);
        let truncated = Malformed::Truncated { need, have: bytes.len() };
        let (&flags, payload) = rest.split_first_chunk::<REGISTER_LEN>().ok_or(truncated)?;
        Ok(Self { header, register_flags: Some(u32::from_be_bytes(flags)), payload, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len().saturating_sub(self.payload.len());
        let next = match (self.register_flags, self.payload.first().map(|byte| byte >> 4)) {
            (Some(_), Some(4)) => Next::One(Key::ether_type(EtherType::IPV4)),
            (Some(_), Some(6)) => Next::One(Key::ether_type(EtherType::IPV6)),
            _ => Next::End,
        };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most groups of a message in a line.
        const MAX_SHOWN: usize = 4;
        write!(f, "{}", self.message_type())?;
        let Some(message) = self.join_prune() else { return Ok(()) };
        message.groups().flatten().take(MAX_SHOWN).try_for_each(|group| {
            write!(f, ", {} +{} -{}", group.group.address, group.joined, group.pruned)
        })
    }
}

impl<'a> Pim<'a> {
    /// What the message is.
    pub fn message_type(&self) -> PimType {
        self.header.message_type()
    }

    /// The options of a hello; other messages have none.
    pub fn hello_options(&self) -> PimHelloOptions<'a> {
        let is_hello = self.message_type() == PimType::HELLO;
        PimHelloOptions::new(if is_hello { self.payload } else { &[] })
    }

    /// The message of a join and prune, of a graft and of its acknowledgment.
    pub fn join_prune(&self) -> Option<PimJoinPrune<'a>> {
        let kinds = [PimType::JOIN_PRUNE, PimType::GRAFT, PimType::GRAFT_ACK];
        let is_one = kinds.contains(&self.message_type());
        PimJoinPrune::new(self.payload).filter(|_| is_one)
    }
}

impl Header for PimHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built. A register takes its packet as the layer behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PimBuilder<'a> {
    pub header: PimHeader,
    /// What stands behind the checksum: the options of a hello as [`PimHelloOption::encode`] writes
    /// them, the flags of a register.
    pub message: &'a [u8],
}

impl Encode for PimBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(self.message);
        Ok(())
    }
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let pim = Pim::parse(bytes).ok()?;
    let stored = pim.header.checksum;
    let of = |covered: &[u8]| {
        let sum = match PseudoHeader::of(outer) {
            // RFC 7761, section 4.9: only over IPv6 there is a pseudo-header.
            Some(ip @ PseudoHeader::V6(..)) => ip.sum(IpProtocol::PIM, covered.len()),
            _ => InternetSum::new(),
        };
        sum.with(covered).without(stored).checksum()
    };
    let computed = match pim.register_flags {
        // The same: a register leaves out its packet, but for old senders.
        Some(_) => {
            let front = of(bytes.get(..pim.shape().header_len)?);
            let whole = of(bytes);
            if whole == stored.get() { whole } else { front }
        }
        None => of(bytes),
    };
    let (stored, computed) = (stored.get().into(), computed.into());
    Some(Checksum { place: 2..4, stored, computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PIM,
    "pim",
    "Protocol Independent Multicast",
    |bytes, outer| Pim::parse_in(bytes, outer).map(|pim| pim.shape()),
    |bytes, outer, visitor| Pim::parse_in(bytes, outer).map(|pim| visitor(&pim)),
)
.specification("RFC 7761")
.claims(&[Key::ip_protocol(IpProtocol::PIM)])
.template(b"\x20\0\0\0")
.checksum(checksum);

#[cfg(test)]
mod tests;
