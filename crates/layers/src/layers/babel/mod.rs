//! Babel, [RFC 8966](https://www.rfc-editor.org/rfc/rfc8966) section 4.
//!
//! ```text
//!  0               8               16                              31
//! |   magic, 42   |   version, 2  |          body length           |
//! |     type      |    length     |  by the type, then sub-TLVs ...|  TLVs
//! ```
//!
//! Prefixes stand as they are on the wire: an update may leave out bytes that one before it has.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::records::Records;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod fields;
mod tlv;

pub use tlv::{BabelTlv, BabelTlvs};

/// How every packet starts.
const MAGIC: u8 = 42;
/// The version read here.
const VERSION: u8 = 2;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct BabelHeader {
    pub magic: u8,
    pub version: u8,
    /// Of the TLVs; what is behind them is the trailer.
    pub body_length: U16,
}

impl Default for BabelHeader {
    /// A packet with nothing in it.
    fn default() -> Self {
        Self { magic: MAGIC, version: VERSION, body_length: U16::ZERO }
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Babel<'a> {
    pub header: &'a BabelHeader,
    /// The TLVs, as far as they are there: [`tlvs`](Self::tlvs) are.
    pub body: &'a [u8],
    /// What is behind them, such as an authentication code: TLVs, too.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for Babel<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<BabelHeader>(bytes)?;
        if header.magic != MAGIC {
            return Err(Malformed::Field { name: "magic", value: header.magic.into() });
        }
        if header.version != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let len = header.body_length.get().into();
        let (body, trailer) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, body, trailer })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<BabelHeader>().saturating_add(self.body.len());
        // What is missing of the body is announced, so that it counts as truncated.
        let payload_len =
            usize::from(self.header.body_length.get()).saturating_sub(self.body.len());
        Shape { header_len, payload_len, trailer_len: self.trailer.len(), next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("babel.magic", self.header.magic, 0..1);
        sink.number("babel.version", self.header.version, 1..2);
        sink.number("babel.bodylen", self.header.body_length, 2..4);
        let body_at = size_of::<BabelHeader>();
        let trailer_at = body_at.saturating_add(self.body.len());
        for (bytes, at) in [(self.body, body_at), (self.trailer, trailer_at)] {
            let mut records = Records::new(bytes, at, tlv::head);
            while let Some(record) = sink.sound(records.next(), records.place()) {
                fields::tlv(&record, sink);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most TLVs of a packet in a line.
        const MAX_SHOWN: usize = 8;
        let mut comma = "";
        for tlv in self.tlvs().flatten().take(MAX_SHOWN) {
            let name = match tlv {
                BabelTlv::Pad1 | BabelTlv::PadN(_) => continue,
                BabelTlv::AcknowledgmentRequest { .. } => "ack request",
                BabelTlv::Acknowledgment { .. } => "ack",
                BabelTlv::Hello { .. } => "hello",
                BabelTlv::Ihu { .. } => "IHU",
                BabelTlv::RouterId { .. } => "router id",
                BabelTlv::NextHop { .. } => "next hop",
                BabelTlv::Update { .. } => "update",
                BabelTlv::RouteRequest { .. } => "route request",
                BabelTlv::SeqnoRequest { .. } => "seqno request",
                BabelTlv::Unknown { .. } => "unknown",
            };
            write!(f, "{comma}{name}")?;
            comma = ", ";
        }
        Ok(())
    }
}

impl<'a> Babel<'a> {
    /// The TLVs.
    pub fn tlvs(&self) -> BabelTlvs<'a> {
        BabelTlvs::new(self.body)
    }
}

impl Header for BabelHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A packet to be built. The length of its body is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BabelBuilder<'a> {
    pub header: BabelHeader,
    pub tlvs: &'a [BabelTlv<'a>],
}

impl Encode for BabelBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    let len = len.saturating_sub(size_of::<BabelHeader>());
    behind.header::<BabelHeader>(bytes)?.body_length.set(behind.fit("body length", len)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BABEL,
    "babel",
    "Babel",
    |bytes, outer| Babel::parse_in(bytes, outer).map(|babel| babel.shape()),
    |bytes, outer, visitor| Babel::parse_in(bytes, outer).map(|babel| visitor(&babel)),
)
.specification("RFC 8966")
.role(Role::Application)
.claims(&[Key::udp_port(6696)])
.template(&[MAGIC, VERSION, 0, 0])
.lengths(lengths);

// tshark -r babel_pad1.pcap -Y frame.number==1, of tcpdump's tests.
#[cfg(test)]
layer_tests! {
    sample: Babel *b"\x2a\x02\0\x09\x04\x06\0\0\x5b\x09\x01\x90\0";
    fields: "babel.magic=42 babel.version=2 babel.bodylen=9 babel.message=4 babel.message.type=4 \
        babel.message.length=6 babel.message.seqno=23305 babel.message.interval=400 \
        babel.message=0 babel.message.type=0";
    edit: BabelHeader, |header| header.body_length.set(8);
    bad: [0 = 43 => "magic" 43, 1 = 3 => "version" 3];
}

#[cfg(test)]
mod tests;
