//! Marker protocol of link aggregation,
//! [IEEE Std 802.1AX](https://standards.ieee.org/ieee/802.1AX/6768/) section 6.5.
//!
//! ```text
//!  0         8       16       24             40                   88            120
//! | version | type  | length | requester port | requester system | transaction | padding |
//! | 0 terminator | 0 | zeros ... |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};
use crate::{SlowSubtype, Value};

/// The length of the only TLV, type and length among it.
const LENGTH: u8 = 16;

/// The message on the wire.
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
pub struct MarkerHeader {
    pub version: u8,
    /// 1 to ask, 2 to answer.
    pub tlv_type: u8,
    pub length: u8,
    pub requester_port: U16,
    pub requester_system: [u8; 6],
    pub requester_transaction_id: U32,
    pub padding: U16,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Marker<'a> {
    pub header: &'a MarkerHeader,
    /// The terminator and what is behind it.
    pub rest: &'a [u8],
}

impl<'a> Layer<'a> for Marker<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<MarkerHeader>(bytes)?;
        if !matches!(header.tlv_type, 1 | 2) {
            return Err(Malformed::Field { name: "TLV type", value: header.tlv_type.into() });
        }
        if header.length != LENGTH {
            return Err(Malformed::Field {
                name: "information length",
                value: header.length.into(),
            });
        }
        Ok(Self { header, rest })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<MarkerHeader>().saturating_add(self.rest.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("marker.version", self.header.version, 0..1);
        sink.number("marker.tlvType", self.header.tlv_type, 1..2);
        sink.number("marker.tlvLen", self.header.length, 2..3);
        sink.number("marker.requesterPort", self.header.requester_port, 3..5);
        sink.value("marker.requesterSystem", Value::Mac(self.header.requester_system), 5..11);
        sink.number("marker.requesterTransId", self.header.requester_transaction_id, 11..15);
        sink.number("marker.requesterPad", self.header.padding, 15..17);
        if let &[kind, length, ref reserved @ ..] = self.rest {
            sink.number("marker.tlvType", kind, 17..18);
            sink.number("marker.tlvLen", length, 18..19);
            if !reserved.is_empty() {
                let end = reserved.len().saturating_add(19);
                sink.bytes("marker.reserved", reserved, 19..end);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_response() { "response" } else { "information" };
        let MarkerHeader { requester_port, requester_transaction_id, .. } = self.header;
        write!(f, "{what} port {requester_port} transaction {requester_transaction_id}")
    }
}

impl Marker<'_> {
    /// Whether this is the answer to a marker.
    pub fn is_response(&self) -> bool {
        self.header.tlv_type == 2
    }
}

impl Header for MarkerHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::MARKER,
    "marker",
    "Marker protocol",
    |bytes, outer| Marker::parse_in(bytes, outer).map(|marker| marker.shape()),
    |bytes, outer, visitor| Marker::parse_in(bytes, outer).map(|marker| visitor(&marker)),
)
.specification("IEEE Std 802.1AX")
.claims(&[Key::child(LayerType::SLOW, SlowSubtype::MARKER.0 as u32)])
.template(&[1, 1, LENGTH, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

// Made by hand from IEEE Std 802.1AX, read by tshark 4.0.17
#[cfg(test)]
layer_tests! {
    sample: Marker *b"\x01\x02\x10\0\x16\x02\0\0\0\0\x01\0\0\0\x2a\0\0\0\0\0\0";
    fields: "marker.version=1 marker.tlvType=2 marker.tlvLen=16 marker.requesterPort=22 \
        marker.requesterSystem=02:00:00:00:00:01 marker.requesterTransId=42 \
        marker.requesterPad=0 marker.tlvType=0 marker.tlvLen=0 marker.reserved=0000";
    edit: MarkerHeader, |header| header.tlv_type = 1;
    bad: [1 = 3 => "TLV type" 3, 2 = 15 => "information length" 15];
}
