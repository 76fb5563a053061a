//! Serial Line Address Resolution Protocol of Cisco HDLC, as described in
//! [Cisco's HDLC](https://web.archive.org/web/20070325004209/http://www.nethelp.no/net/cisco-hdlc.txt).
//!
//! ```text
//!  0                                                              31
//! |        packet type: 0 request, 1 reply, 2 keepalive            |
//! |        address                  |  outgoing sequence number    |
//! |        netmask                  |  returned sequence number    |
//!                                   |  reliability  |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::chdlc;
use crate::parts::Parts;
use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol};
use crate::{Shape, Value};

const REQUEST: u32 = 0;
const REPLY: u32 = 1;
const KEEPALIVE: u32 = 2;

/// An address asked for or told.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SlarpAddress {
    pub address: [u8; 4],
    pub netmask: [u8; 4],
}

/// The two counts by which both ends know that the line is up.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SlarpKeepalive {
    pub outgoing_sequence_number: U32,
    pub returned_sequence_number: U32,
    /// 0xffff.
    pub reliability: U16,
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlarpMessage<'a> {
    Request(SlarpAddress),
    Reply(SlarpAddress),
    Keepalive(SlarpKeepalive),
    Other { packet_type: u32, data: &'a [u8] },
}

/// A message, and what is behind it: nothing, or the time since the router started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slarp<'a> {
    pub message: SlarpMessage<'a>,
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for Slarp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let message = match parts.take::<U32>()?.get() {
            REQUEST => SlarpMessage::Request(*parts.take()?),
            REPLY => SlarpMessage::Reply(*parts.take()?),
            KEEPALIVE => SlarpMessage::Keepalive(*parts.take()?),
            packet_type => {
                let data = parts.bytes(parts.rest.len())?;
                SlarpMessage::Other { packet_type, data }
            }
        };
        Ok(Self { message, payload: parts.rest, header_len: parts.taken() })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("slarp.ptype", self.message.packet_type(), 0..4);
        match self.message {
            SlarpMessage::Request(SlarpAddress { address, netmask })
            | SlarpMessage::Reply(SlarpAddress { address, netmask }) => {
                sink.value("slarp.address", Value::Ipv4(address.into()), 4..8);
                sink.value("slarp.netmask", Value::Ipv4(netmask.into()), 8..12);
            }
            SlarpMessage::Keepalive(keepalive) => {
                sink.number("slarp.mysequence", keepalive.outgoing_sequence_number, 4..8);
                sink.number("slarp.yoursequence", keepalive.returned_sequence_number, 8..12);
                sink.number("slarp.reliability", keepalive.reliability, 12..14);
            }
            SlarpMessage::Other { .. } => {}
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            SlarpMessage::Request(_) => f.write_str("SLARP request"),
            SlarpMessage::Reply(_) => f.write_str("SLARP reply"),
            SlarpMessage::Keepalive(keepalive) => {
                let number = keepalive.outgoing_sequence_number.get();
                write!(f, "SLARP keepalive {number}")
            }
            SlarpMessage::Other { packet_type, .. } => write!(f, "SLARP type {packet_type}"),
        }
    }
}

impl SlarpMessage<'_> {
    /// The number of the kind of message.
    pub fn packet_type(&self) -> u32 {
        match *self {
            Self::Request(_) => REQUEST,
            Self::Reply(_) => REPLY,
            Self::Keepalive(_) => KEEPALIVE,
            Self::Other { packet_type, .. } => packet_type,
        }
    }
}

impl Encode for SlarpMessage<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(&self.packet_type().to_be_bytes());
        out.extend_from_slice(match self {
            Self::Request(address) | Self::Reply(address) => address.as_bytes(),
            Self::Keepalive(keepalive) => keepalive.as_bytes(),
            Self::Other { data, .. } => data,
        });
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SLARP,
    "slarp",
    "Cisco Serial Line Address Resolution Protocol",
    |bytes, outer| Slarp::parse_in(bytes, outer).map(|slarp| slarp.shape()),
    |bytes, outer, visitor| Slarp::parse_in(bytes, outer).map(|slarp| visitor(&slarp)),
)
.specification("Cisco HDLC")
.claims(&[Key::child(LayerType::CHDLC, chdlc::SLARP as u32)])
.template(&[0; 12]);

#[cfg(test)]
mod tests {
    use super::*;

    /// tcpdump, chdlc-slarp.pcap, packet 1: Packet type: Line keepalive (2), Outgoing sequence
    /// number: 854577, Returned sequence number: 1463836198, Reliability: 0x04ff
    const KEEPALIVE_BYTES: &[u8] = b"\0\0\0\x02\0\x0d\x0a\x31\x57\x40\x5e\x26\x04\xff\x1a";

    /// Expects what tshark 4.0.17 reports, that every cut is found, and that the same is written.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, header_len: usize) {
        let slarp = Slarp::parse(bytes).unwrap();
        assert_eq!((slarp.to_string().as_str(), slarp.shape().header_len), (fields, header_len));
        let mut out = Vec::new();
        slarp.message.encode(&mut out).unwrap();
        assert_eq!(out, bytes[..header_len]);
    }

    #[test]
    fn each_kind_has_fields_of_its_own() {
        check(
            KEEPALIVE_BYTES,
            "slarp.ptype=2 slarp.mysequence=854577 slarp.yoursequence=1463836198 \
            slarp.reliability=1279",
            14,
        );
        for kind in [0, 1] {
            let bytes = [0, 0, 0, kind, 10, 0, 0, 1, 255, 255, 255, 0];
            let fields = "slarp.address=10.0.0.1 slarp.netmask=255.255.255.0";
            check(&bytes, &format!("slarp.ptype={kind} {fields}"), 12);
        }
        check(b"\0\0\0\x03abc", "slarp.ptype=3", 7);
    }

    #[test]
    fn a_message_cut_short_is_an_error() {
        for have in 0..14 {
            let cut = Slarp::parse(&KEEPALIVE_BYTES[..have]);
            assert!(matches!(cut, Err(Malformed::Truncated { need, .. }) if need > have));
        }
    }
}
