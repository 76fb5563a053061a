//! Precision Time Protocol, version 2, [IEEE Std 1588](https://standards.ieee.org/ieee/1588/6825/)
//! section 13, and its profile for bridges,
//! [IEEE Std 802.1AS](https://standards.ieee.org/ieee/802.1AS/7121/).
//!
//! ```text
//!  0           4            8            12        16              31
//! | major SDO | message    | minor      | version | message length |
//! | domain number          | minor SDO            | flags          |
//! | correction field, 8 bytes                                      |
//! | by the message type, 4 bytes                                   |
//! | source port identity, 10 bytes                | sequence       |
//! | control    | log message interval | by the message type, TLVs ...
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{I64, U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::records::{Records, wide_head};
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Protocol, PtpV1, Role, Shape};

mod fields;
mod management;
mod message;

pub use message::{PtpAnnounce, PtpMessage, PtpTimestamp};

/// The version read here.
const VERSION: u8 = 2;
/// Ports of UDP: event and general messages.
const EVENT_PORT: u16 = 319;
const GENERAL_PORT: u16 = 320;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PtpHeader {
    pub sdo_message_type: u8,
    pub versions: u8,
    pub message_length: U16,
    pub domain_number: u8,
    pub minor_sdo_id: u8,
    pub flag_bits: U16,
    /// In units of 1/65536 nanosecond.
    pub correction: I64,
    pub message_type_specific: U32,
    pub source_port_identity: PtpPortIdentity,
    pub sequence_id: U16,
    pub control: u8,
    /// The interval between such messages is two to the power of this, in seconds.
    pub log_message_interval: i8,
}

impl Default for PtpHeader {
    /// A sync message from nowhere.
    fn default() -> Self {
        Self::read_from_prefix(&TEMPLATE[..])
            .map_or_else(|_| unreachable!("longer than a header"), |(header, _)| header)
    }
}

/// A port of a clock.
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
pub struct PtpPortIdentity {
    pub clock_identity: U64,
    pub port_number: U16,
}

impl fmt::Display for PtpPortIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}/{}", self.clock_identity, self.port_number)
    }
}

impl PtpHeader {
    /// Upper part of the identifier of the standard that the message follows: 1 is IEEE 802.1AS.
    pub fn major_sdo_id(&self) -> u8 {
        self.sdo_message_type >> 4
    }

    /// Writes [`major_sdo_id`](Self::major_sdo_id), its low 4 bits.
    pub fn set_major_sdo_id(&mut self, major_sdo_id: u8) {
        self.sdo_message_type = self.sdo_message_type & !0xf0 | (major_sdo_id & 0x0f) << 4;
    }

    /// What the message is, 4 bits.
    pub fn message_type(&self) -> PtpMessageType {
        PtpMessageType(self.sdo_message_type & 0x0f)
    }

    /// Writes what the message is, its low 4 bits.
    pub fn set_message_type(&mut self, message_type: PtpMessageType) {
        self.sdo_message_type = self.sdo_message_type & 0xf0 | message_type.0 & 0x0f;
    }

    /// Version, 4 bits: 2.
    pub fn version(&self) -> u8 {
        self.versions & 0x0f
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.versions = self.versions & !0x0f | version & 0x0f;
    }

    /// Minor version, 4 bits.
    pub fn minor_version(&self) -> u8 {
        self.versions >> 4
    }

    /// Writes [`minor_version`](Self::minor_version), its low 4 bits.
    pub fn set_minor_version(&mut self, minor_version: u8) {
        self.versions = self.versions & !0xf0 | (minor_version & 0x0f) << 4;
    }

    /// The flags.
    pub fn flags(&self) -> PtpFlags {
        PtpFlags::from_bits_retain(self.flag_bits.get())
    }

    /// Writes the flags.
    pub fn set_flags(&mut self, flags: PtpFlags) {
        self.flag_bits.set(flags.bits());
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PtpMessageType(pub u8);

numbers! {
    PtpMessageType "message {}" {
        /// The time of a clock, or of this message.
        SYNC = 0x0 "sync";
        /// Asks when this arrives.
        DELAY_REQUEST = 0x1 "delay request";
        /// The same between neighbors.
        PEER_DELAY_REQUEST = 0x2 "peer delay request";
        /// When that arrived.
        PEER_DELAY_RESPONSE = 0x3 "peer delay response";
        /// When a sync message was sent.
        FOLLOW_UP = 0x8 "follow-up";
        /// When a delay request arrived.
        DELAY_RESPONSE = 0x9 "delay response";
        /// When a peer delay response was sent.
        PEER_DELAY_RESPONSE_FOLLOW_UP = 0xa "peer delay response follow-up";
        /// How good a clock is.
        ANNOUNCE = 0xb "announce";
        /// What ports ask of each other.
        SIGNALING = 0xc "signaling";
        /// What managers ask of clocks.
        MANAGEMENT = 0xd "management";
    }
}

bitflags! {
    /// The flags, the first byte above the second.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PtpFlags: u16 {
        const ALTERNATE_MASTER = 0x0100;
        /// The time follows in a message of its own.
        const TWO_STEP = 0x0200;
        const UNICAST = 0x0400;
        const PROFILE_SPECIFIC_1 = 0x2000;
        const PROFILE_SPECIFIC_2 = 0x4000;
        const SECURITY = 0x8000;
        const LEAP_61 = 0x0001;
        const LEAP_59 = 0x0002;
        const UTC_OFFSET_VALID = 0x0004;
        const PTP_TIMESCALE = 0x0008;
        const TIME_TRACEABLE = 0x0010;
        const FREQUENCY_TRACEABLE = 0x0020;
        const SYNCHRONIZATION_UNCERTAIN = 0x0040;
    }
}

/// A TLV behind a message, section 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PtpTlv<'a> {
    /// 1 is management, 3 an organization's, 8 a path trace.
    pub tlv_type: u16,
    pub data: &'a [u8],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ptp<'a> {
    pub header: &'a PtpHeader,
    /// What is behind the header, as many bytes as the length says, if they are there.
    pub body: &'a [u8],
}

impl<'a> Layer<'a> for Ptp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PtpHeader>(bytes)?;
        if header.version() != VERSION {
            // Version 1 has another header, and is a layer of its own behind an empty one.
            PtpV1::parse(bytes).map_err(|_| Malformed::Field {
                name: "version",
                value: header.version().into(),
            })?;
            return Ok(Self { header, body: rest });
        }
        let length = header.message_length.get();
        let Some(len) = usize::from(length).checked_sub(size_of::<PtpHeader>()) else {
            return Err(Malformed::Field { name: "message length", value: length.into() });
        };
        Ok(Self { header, body: rest.get(..len).unwrap_or(rest) })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<PtpHeader>().saturating_add(self.body.len());
        if self.header.version() != VERSION {
            let next = Next::One(Key::parent(LayerType::PTP));
            return Shape { header_len: 0, payload_len: header_len, trailer_len: 0, next };
        }
        // What is missing of the message is announced, so that it counts as truncated.
        let payload_len = usize::from(self.header.message_length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if self.header.version() == VERSION {
            fields::fields(self, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.header.version() != VERSION {
            return Ok(());
        }
        write!(f, "{} seq {}", self.message_type(), self.header.sequence_id)?;
        write!(f, " from {}", self.header.source_port_identity)
    }
}

impl<'a> Ptp<'a> {
    /// What the message is.
    pub fn message_type(&self) -> PtpMessageType {
        self.header.message_type()
    }

    /// What the message says.
    pub fn message(&self) -> PtpMessage {
        message::understand(self.message_type(), self.body)
    }

    /// The TLVs behind what the message says.
    pub fn tlvs(&self) -> PtpTlvs<'a> {
        let len = message::len(self.message_type());
        PtpTlvs(Records::new(self.body.get(len..).unwrap_or_default(), 0, wide_head))
    }
}

/// The TLVs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct PtpTlvs<'a>(Records<'a>);

impl<'a> Iterator for PtpTlvs<'a> {
    type Item = Result<PtpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| PtpTlv { tlv_type: record.kind, data: record.data }))
    }
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PtpBuilder<'a> {
    /// Its message type is that of the message.
    pub header: PtpHeader,
    pub message: PtpMessage,
    pub tlvs: &'a [PtpTlv<'a>],
}

impl Encode for PtpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        header.set_message_type(self.message.message_type());
        out.extend_from_slice(header.as_bytes());
        self.message.encode(out);
        for tlv in self.tlvs {
            let (layer, field, value) = ("ptp", "lengthField", tlv.data.len() as u64);
            let error = EncodeError::TooLarge { layer, field, value };
            let length = u16::try_from(tlv.data.len()).map_err(|_| error)?;
            out.extend_from_slice(&tlv.tlv_type.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(tlv.data);
        }
        Ok(())
    }
}

impl Header for PtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    let length = behind.fit("message length", length)?;
    behind.header::<PtpHeader>(bytes)?.message_length.set(length);
    Ok(())
}

/// A sync message from nowhere.
const TEMPLATE: [u8; 44] = {
    let mut template = [0; 44];
    (template[1], template[3]) = (VERSION, 44);
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PTP,
    "ptp",
    "Precision Time Protocol",
    |bytes, outer| Ptp::parse_in(bytes, outer).map(|ptp| ptp.shape()),
    |bytes, outer, visitor| Ptp::parse_in(bytes, outer).map(|ptp| visitor(&ptp)),
)
.specification("IEEE Std 1588, section 13")
.role(Role::Application)
.claims(&[Key::ether_type(EtherType::PTP), Key::udp_port(EVENT_PORT), Key::udp_port(GENERAL_PORT)])
.template(&TEMPLATE)
.lengths(lengths);

#[cfg(test)]
mod tests;
