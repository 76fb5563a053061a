//! Border Gateway Protocol, version 4, [RFC 4271](https://www.rfc-editor.org/rfc/rfc4271)
//! section 4, a segment at a time.
//!
//! ```text
//!  0               8               16                             31
//! |                       marker, 16 bytes of ones                |
//! |            length             |     type      |  message ...  |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod attribute_fields;
mod fields;
mod message;
mod update;

pub use message::{BgpCapability, BgpMessage, BgpMessages, BgpOpen};
pub use update::{BgpAttribute, BgpAttributes, BgpPrefix, BgpPrefixes, BgpUpdate};

/// RFC 4271, section 4.1: what every message starts with.
const MARKER: [u8; 16] = [0xff; 16];

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct BgpHeader {
    pub marker: [u8; 16],
    /// Of the message, with this header.
    pub length: U16,
    pub message_type: u8,
}

impl Default for BgpHeader {
    /// A keepalive.
    fn default() -> Self {
        Self { marker: MARKER, length: 19.into(), message_type: BgpType::KEEPALIVE.0 }
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BgpType(pub u8);

numbers! {
    BgpType "type {}" {
        /// Who I am and what I can.
        OPEN = 1 "OPEN";
        /// Routes that there are, and that are no more.
        UPDATE = 2 "UPDATE";
        /// What is wrong, before I hang up.
        NOTIFICATION = 3 "NOTIFICATION";
        /// I am still here.
        KEEPALIVE = 4 "KEEPALIVE";
        /// Tell me your routes again, RFC 2918.
        ROUTE_REFRESH = 5 "ROUTE-REFRESH";
    }
}

/// The messages of a segment that starts with one. The last may end in a later segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bgp<'a> {
    /// Of the first message.
    pub header: &'a BgpHeader,
    /// The first message behind its header, and those behind it.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Bgp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split_header(bytes)?;
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        // What a message announces beyond this segment is no loss: it comes in the next.
        let (header_len, payload_len) = (size_of::<BgpHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self.bytes, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most messages in a line.
        const MAX_SHOWN: usize = 8;
        let mut separator = "";
        self.messages().map_while(Result::ok).take(MAX_SHOWN).try_for_each(|(header, _)| {
            write!(f, "{separator}{}", BgpType(header.message_type))?;
            separator = ", ";
            Ok(())
        })
    }
}

impl<'a> Bgp<'a> {
    /// The messages, each behind its header, as far as they are there.
    pub fn messages(&self) -> BgpMessages<'a> {
        BgpMessages::new(self.bytes)
    }
}

/// Splits off a header that can be one.
fn split_header(bytes: &[u8]) -> Result<(&BgpHeader, &[u8]), Malformed> {
    let (header, rest) = split::<BgpHeader>(bytes)?;
    if header.marker != MARKER {
        let other = header.marker.iter().find(|&&byte| byte != 0xff).copied();
        return Err(Malformed::Field { name: "marker", value: other.unwrap_or_default().into() });
    }
    if usize::from(header.length.get()) < size_of::<BgpHeader>() {
        return Err(Malformed::Field { name: "length", value: header.length.get().into() });
    }
    if header.message_type == 0 {
        return Err(Malformed::Field { name: "type", value: 0 });
    }
    Ok((header, rest))
}

impl Header for BgpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BgpBuilder<'a> {
    pub header: BgpHeader,
    /// What it says.
    pub message: BgpMessage<'a>,
}

impl<'a> From<BgpMessage<'a>> for BgpBuilder<'a> {
    /// The message behind the header that it needs.
    fn from(message: BgpMessage<'a>) -> Self {
        let header = BgpHeader { message_type: message.message_type().0, ..BgpHeader::default() };
        Self { header, message }
    }
}

impl Encode for BgpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.message.encode(out)
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("length", behind.header_len.saturating_add(behind.payload_len))?;
    let header = behind.header::<BgpHeader>(bytes)?;
    // More messages may follow, or the message goes on: only what was not given is worked out.
    let is_bare = usize::from(header.length.get()) <= size_of::<BgpHeader>();
    if is_bare && header.message_type != BgpType::KEEPALIVE.0 {
        header.length.set(length);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BGP,
    "bgp",
    "Border Gateway Protocol",
    |bytes, outer| Bgp::parse_in(bytes, outer).map(|bgp| bgp.shape()),
    |bytes, outer, visitor| Bgp::parse_in(bytes, outer).map(|bgp| visitor(&bgp)),
)
.specification("RFC 4271")
.role(Role::Application)
.claims(&[Key::tcp_port(179)])
.template(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x13\x04")
.lengths(lengths);

#[cfg(test)]
mod tests;
