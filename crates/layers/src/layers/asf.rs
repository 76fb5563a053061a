//! Alert Standard Format, DMTF
//! [DSP0136](https://www.dmtf.org/sites/default/files/standards/documents/DSP0136.pdf) section 3.2.2.3.
//!
//! ```text
//!  0             8             16             24             31
//! |                IANA enterprise number                     |
//! | message type | message tag  |   reserved   | data length  |
//! ```

use std::fmt;

use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::{RmcpClass, split};
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// The number that IANA gave to ASF itself.
const ASF_RMCP: u32 = 4542;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AsfHeader {
    pub iana_enterprise_number: U32,
    pub message_type: u8,
    /// Names a request and its answer; 255 asks for none.
    pub message_tag: u8,
    pub reserved: u8,
    pub data_length: u8,
}

impl Default for AsfHeader {
    /// A presence ping.
    fn default() -> Self {
        Self {
            iana_enterprise_number: U32::new(ASF_RMCP),
            message_type: AsfMessageType::PRESENCE_PING.0,
            message_tag: 0,
            reserved: 0,
            data_length: 0,
        }
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsfMessageType(pub u8);

numbers! {
    AsfMessageType "type {:#04x}" {
        /// Reset the machine.
        RESET = 0x10 "reset";
        /// Switch it on.
        POWER_UP = 0x11 "power up";
        /// Switch it off.
        POWER_DOWN = 0x12 "power down";
        /// Switch it off and on.
        POWER_CYCLE = 0x13 "power cycle";
        /// I am here, and this is what I can do.
        PRESENCE_PONG = 0x40 "presence pong";
        /// What I can do.
        CAPABILITIES_RESPONSE = 0x41 "capabilities response";
        /// How I am.
        SYSTEM_STATE_RESPONSE = 0x42 "system state response";
        /// A session is open.
        OPEN_SESSION_RESPONSE = 0x43 "open session response";
        /// A session is closed.
        CLOSE_SESSION_RESPONSE = 0x44 "close session response";
        /// Are you there?
        PRESENCE_PING = 0x80 "presence ping";
        /// What can you do?
        CAPABILITIES_REQUEST = 0x81 "capabilities request";
        /// How are you?
        SYSTEM_STATE_REQUEST = 0x82 "system state request";
        /// Open a session.
        OPEN_SESSION_REQUEST = 0x83 "open session request";
        /// Close a session.
        CLOSE_SESSION_REQUEST = 0x84 "close session request";
        /// Who are you?
        RAKP_MESSAGE_1 = 0xc0 "RAKP message 1";
        /// This is me.
        RAKP_MESSAGE_2 = 0xc1 "RAKP message 2";
        /// And this is me.
        RAKP_MESSAGE_3 = 0xc2 "RAKP message 3";
    }
}

/// What a machine can do, as it says in a presence pong.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AsfPresencePong {
    pub iana_enterprise_number: U32,
    /// Of whoever made the machine.
    pub oem_defined: U32,
    pub supported_entities: u8,
    pub supported_interactions: u8,
    pub reserved: [u8; 6],
}

impl AsfPresencePong {
    /// Whether the machine speaks IPMI.
    pub fn supports_ipmi(&self) -> bool {
        self.supported_entities & 0x80 != 0
    }

    /// Writes [`supports_ipmi`](Self::supports_ipmi).
    pub fn set_supports_ipmi(&mut self, supports_ipmi: bool) {
        self.supported_entities = self.supported_entities & !0x80 | u8::from(supports_ipmi) << 7;
    }

    /// Whether it speaks the secure form of RMCP.
    pub fn supports_security_extensions(&self) -> bool {
        self.supported_interactions & 0x80 != 0
    }

    /// Writes [`supports_security_extensions`](Self::supports_security_extensions).
    pub fn set_supports_security_extensions(&mut self, supports_security_extensions: bool) {
        self.supported_interactions =
            self.supported_interactions & !0x80 | u8::from(supports_security_extensions) << 7;
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asf<'a> {
    pub header: &'a AsfHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Asf<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<AsfHeader>(bytes)?;
        let payload = rest.get(..header.data_length.into()).unwrap_or(rest);
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: size_of::<AsfHeader>(),
            payload_len: self.header.data_length.into(),
            trailer_len: 0,
            next: Next::One(Key::child(LayerType::ASF, self.header.message_type.into())),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("asf.iana", self.header.iana_enterprise_number, 0..4);
        sink.number("asf.type", self.header.message_type, 4..5);
        sink.number("asf.tag", self.header.message_tag, 5..6);
        sink.number("asf.len", self.header.data_length, 7..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tag {}", self.message_type(), self.header.message_tag)
    }
}

impl<'a> Asf<'a> {
    /// What the message is.
    pub fn message_type(&self) -> AsfMessageType {
        AsfMessageType(self.header.message_type)
    }

    /// What a machine can do, if it says so here.
    pub fn presence_pong(&self) -> Option<&'a AsfPresencePong> {
        let is_pong = self.message_type() == AsfMessageType::PRESENCE_PONG;
        let pong = AsfPresencePong::ref_from_prefix(self.payload).ok();
        pong.filter(|_| is_pong).map(|(pong, _)| pong)
    }
}

impl Header for AsfHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    behind.header::<AsfHeader>(bytes)?.data_length =
        behind.fit("data length", behind.payload_len)?;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ASF,
    "asf",
    "Alert Standard Format",
    |bytes, outer| Asf::parse_in(bytes, outer).map(|asf| asf.shape()),
    |bytes, outer, visitor| Asf::parse_in(bytes, outer).map(|asf| visitor(&asf)),
)
.specification("DMTF DSP0136")
.role(Role::Application)
.claims(&[Key::child(LayerType::RMCP, RmcpClass::ASF.0 as u32)])
.template(b"\0\0\x11\xbe\x80\0\0\0")
.lengths(lengths);

// Crafted after DSP0136, section 3.2.4.3, and read by tshark.
#[cfg(test)]
layer_tests! {
    sample: Asf *b"\0\0\x11\xbe\x40\x07\0\x10\0\0\x11\xbe\0\0\0\0\x81\0\0\0\0\0\0\0";
    fields: "asf.iana=4542 asf.type=64 asf.tag=7 asf.len=16";
    edit: AsfHeader, |header| header.message_tag = 8;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_says_what_a_machine_can_do() {
        let bytes = b"\0\0\x11\xbe\x40\x07\0\x10\0\0\x11\xbe\0\0\0\0\x81\0\0\0\0\0\0\0";
        let pong = Asf::parse(bytes).unwrap().presence_pong().unwrap();
        assert!(pong.supports_ipmi() && !pong.supports_security_extensions());
        assert_eq!(Asf::parse(b"\0\0\x11\xbe\x80\0\0\0").unwrap().presence_pong(), None);
    }
}
