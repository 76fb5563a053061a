//! Dynamic Host Configuration Protocol for IPv6,
//! [RFC 8415](https://www.rfc-editor.org/rfc/rfc8415) sections 8 and 9.
//!
//! ```text
//!  0               8                                              31
//! | message type  |                transaction id                 |
//! |                          options ...                          |
//! ```
//!
//! Between relay agents and servers:
//!
//! ```text
//!  0               8              16                              31
//! | message type  |   hop count   |                               |
//! |      link address, then peer address, of 16 bytes each ...    |
//! |                          options ...                          |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

mod encode;
mod fields;
mod numbers;
mod options;
mod others;
#[cfg(test)]
mod tests;

pub use numbers::{Dhcpv6MessageType, Dhcpv6OptionCode};
pub use options::{Dhcpv6Option, Dhcpv6Options, Duid};

/// The highest type of a message that IANA has assigned.
const MAX_MESSAGE_TYPE: u8 = 36;

/// The header on the wire between clients and servers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Dhcpv6Header {
    pub message_type: u8,
    pub transaction_id: [u8; 3],
}

impl Default for Dhcpv6Header {
    /// A client looks for servers.
    fn default() -> Self {
        Self { message_type: Dhcpv6MessageType::SOLICIT.0, transaction_id: [0; 3] }
    }
}

/// The header on the wire between relay agents and servers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Dhcpv6RelayHeader {
    pub message_type: u8,
    pub hop_count: u8,
    pub link_address: [u8; 16],
    pub peer_address: [u8; 16],
}

impl Default for Dhcpv6RelayHeader {
    /// A relay agent hands on what a client said.
    fn default() -> Self {
        let message_type = Dhcpv6MessageType::RELAY_FORW.0;
        Self { message_type, hop_count: 0, link_address: [0; 16], peer_address: [0; 16] }
    }
}

/// The header of a message, by who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dhcpv6Front<'a> {
    /// Between clients and servers.
    Client(&'a Dhcpv6Header),
    /// Between relay agents and servers.
    Relay(&'a Dhcpv6RelayHeader),
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dhcpv6<'a> {
    pub header: Dhcpv6Front<'a>,
    /// The options, not yet understood: [`options`](Self::options) are.
    pub option_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Dhcpv6<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (client, option_bytes) = split::<Dhcpv6Header>(bytes)?;
        match client.message_type {
            12 | 13 => {
                let (relay, option_bytes) = split::<Dhcpv6RelayHeader>(bytes)?;
                Ok(Self { header: Dhcpv6Front::Relay(relay), option_bytes })
            }
            1..=MAX_MESSAGE_TYPE => Ok(Self { header: Dhcpv6Front::Client(client), option_bytes }),
            value => Err(Malformed::Field { name: "msg-type", value: value.into() }),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = self.front_len().saturating_add(self.option_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message_type())?;
        match self.header {
            Dhcpv6Front::Client(_) => write!(f, " {:#08x}", self.transaction_id()),
            Dhcpv6Front::Relay(header) => {
                write!(f, " for {}", std::net::Ipv6Addr::from(header.peer_address))
            }
        }
    }
}

impl<'a> Dhcpv6<'a> {
    /// What the message is for.
    pub fn message_type(&self) -> Dhcpv6MessageType {
        Dhcpv6MessageType(match self.header {
            Dhcpv6Front::Client(header) => header.message_type,
            Dhcpv6Front::Relay(header) => header.message_type,
        })
    }

    /// Number that an answer has in common with its question, 24 bits; 0 of a relay agent.
    pub fn transaction_id(&self) -> u32 {
        match self.header {
            Dhcpv6Front::Client(&Dhcpv6Header { transaction_id: [a, b, c], .. }) => {
                u32::from_be_bytes([0, a, b, c])
            }
            Dhcpv6Front::Relay(_) => 0,
        }
    }

    /// The options.
    pub fn options(&self) -> Dhcpv6Options<'a> {
        Dhcpv6Options::new(self.option_bytes)
    }

    /// The message that a relay agent hands on.
    pub fn relayed(&self) -> Option<Dhcpv6<'a>> {
        self.options().map_while(Result::ok).find_map(|option| match option {
            Dhcpv6Option::RelayMessage(bytes) => Dhcpv6::parse(bytes).ok(),
            _ => None,
        })
    }

    fn front_len(&self) -> usize {
        match self.header {
            Dhcpv6Front::Client(_) => size_of::<Dhcpv6Header>(),
            Dhcpv6Front::Relay(_) => size_of::<Dhcpv6RelayHeader>(),
        }
    }
}

impl Header for Dhcpv6Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

impl Header for Dhcpv6RelayHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be written: either header, and options.
#[derive(Clone, Debug)]
pub struct Dhcpv6Builder<'a> {
    pub header: Dhcpv6Front<'a>,
    pub options: &'a [Dhcpv6Option<'a>],
}

impl Encode for Dhcpv6Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self.header {
            Dhcpv6Front::Client(header) => out.extend_from_slice(header.as_bytes()),
            Dhcpv6Front::Relay(header) => out.extend_from_slice(header.as_bytes()),
        }
        self.options.iter().try_for_each(|option| option.encode(out))
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DHCPV6,
    "dhcpv6",
    "Dynamic Host Configuration Protocol for IPv6",
    |bytes, outer| Dhcpv6::parse_in(bytes, outer).map(|dhcp| dhcp.shape()),
    |bytes, outer, visitor| Dhcpv6::parse_in(bytes, outer).map(|dhcp| visitor(&dhcp)),
)
.specification("RFC 8415")
.role(Role::Application)
.claims(&[Key::udp_port(547), Key::udp_port(546)])
.template(&[1, 0, 0, 0]);
