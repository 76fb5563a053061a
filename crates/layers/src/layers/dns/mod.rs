//! Domain Name System, [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035) section 4.1.
//!
//! ```text
//!  0       4       8    10  12      16                            31
//! |              id               |R|opcode |A|T|D|R|Z|A|C| rcode |
//! |        question count         |         answer count          |
//! |        authority count        |       additional count        |
//! |                 questions, then records ...                   |
//! ```
//!
//! Behind TCP the length of a message stands in front of it, in two bytes: RFC 1035, section 4.2.2.

use std::fmt;

use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Outer, Protocol, Role, Shape};

mod data;
mod data_fields;
mod data_parts;
mod edns;
mod fields;
mod lists;
mod message;
mod name;
mod numbers;
mod presentation;
mod record_type;
mod records;
mod resource;
mod settings;
mod svcb;
#[cfg(test)]
mod tests;
mod tlv;
mod write;

pub use data::{DnsData, DnsGateway};
pub use data_parts::Base32Hex;
pub use edns::{EdnsOption, EdnsOptions};
pub(crate) use fields::{Flavor, fields, summary};
pub use lists::{DnsNames, DnsPrefix, DnsPrefixes, DnsStrings, DnsTypeBitmap};
pub use message::{DnsFlags, DnsHeader, DnsMessage, DnsQuestion, DnsQuestions};
pub(crate) use name::NameText;
pub use name::{DnsLabels, DnsName, DnsNameBuf};
pub use numbers::{DnsClass, DnsOpcode, DnsRcode, DnsType};
pub use records::{DnsRecord, DnsRecords, DnsSection};
pub use resource::DnsResource;
pub(crate) use settings::SETTINGS;
pub use svcb::{SvcParam, SvcParams};
pub use write::{DnsBuilder, DnsCarrier};

/// Bytes of the length in front of a message in a stream.
const PREFIX_LEN: usize = 2;

/// A message of DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dns<'a> {
    /// The length in front of the message, if a stream carries it.
    pub length: Option<u16>,
    /// The message, or as much of it as is there.
    pub message: DnsMessage<'a>,
    /// What stands behind the message in a stream: more messages, as a rule.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Dns<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let message = DnsMessage::parse(bytes)?;
        Ok(Self { length: None, message, payload: &[] })
    }

    #[inline]
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        match outer.parent().map(|parent| parent.layer) {
            Some(LayerType::TCP | LayerType::DNS) => Self::parse_stream(bytes),
            _ => Self::parse(bytes),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = self.prefix_len().saturating_add(self.message.bytes.len());
        // A tail that cannot be a message yet goes on in the next segment.
        let has_next = Self::parse_stream(self.payload).is_ok();
        let next = if has_next { Next::One(Key::parent(LayerType::DNS)) } else { Next::End };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if let Some(length) = self.length {
            sink.number("dns.length", length, 0..PREFIX_LEN);
        }
        fields(&self.message, Flavor::Unicast, self.prefix_len(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        summary(&self.message, f)
    }
}

impl<'a> Dns<'a> {
    /// Reads a message behind its length. A segment that starts inside a message looks like
    /// anything, so this asks for more than [`parse`](Layer::parse) does.
    ///
    /// # Errors
    ///
    /// The header is cut short, or the message is too short for what its header announces.
    pub fn parse_stream(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((&length, rest)) = bytes.split_first_chunk() else {
            return Err(Malformed::Truncated { need: PREFIX_LEN, have: bytes.len() });
        };
        let length = u16::from_be_bytes(length);
        // The header of a layer has less than 64 KiB, the length in front of the message included.
        let room = usize::from(u16::MAX).saturating_sub(PREFIX_LEN);
        let len = usize::from(length).min(room);
        let (message, payload) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        if len < size_of::<DnsHeader>() {
            return Err(Malformed::Field { name: "length", value: length.into() });
        }
        let message = DnsMessage::parse(message).map_err(|_| Malformed::Truncated {
            need: PREFIX_LEN.saturating_add(size_of::<DnsHeader>()),
            have: bytes.len(),
        })?;
        if !message.is_plausible(len) {
            return Err(Malformed::Field { name: "length", value: length.into() });
        }
        Ok(Self { length: Some(length), message, payload })
    }

    fn prefix_len(&self) -> usize {
        if self.length.is_some() { PREFIX_LEN } else { 0 }
    }
}

pub(crate) const PROTOCOL: Protocol = Protocol::new(
    LayerType::DNS,
    "dns",
    "Domain Name System",
    |bytes, outer| Dns::parse_in(bytes, outer).map(|dns| dns.shape()),
    |bytes, outer, visitor| Dns::parse_in(bytes, outer).map(|dns| visitor(&dns)),
)
.specification("RFC 1035")
.role(Role::Application)
.claims(&[Key::udp_port(53), Key::tcp_port(53), Key::tcp_port(5353), Key::parent(LayerType::DNS)])
.template(&[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
.settings(&[SETTINGS]);
