//! Slow protocols, [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) annex 57A: a byte
//! that tells them apart.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, KeyKind, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Shape};

/// The header on the wire.
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
pub struct SlowHeader {
    pub subtype: u8,
}

/// Which slow protocol follows. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlowSubtype(pub u8);

numbers! {
    SlowSubtype "subtype {}" {
        /// Link Aggregation Control Protocol.
        LACP = 1 "LACP";
        /// Marker protocol of link aggregation.
        MARKER = 2 "marker";
        /// Operations, administration and maintenance.
        OAM = 3 "OAM";
        /// Organization specific slow protocol.
        OSSP = 10 "OSSP";
    }
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slow<'a> {
    pub header: &'a SlowHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Slow<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SlowHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let next = Next::One(Key::child(LayerType::SLOW, self.header.subtype.into()));
        Shape { header_len: 1, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("slow.subtype", self.header.subtype, 0..1);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subtype())
    }
}

impl Slow<'_> {
    /// Which slow protocol follows.
    pub fn subtype(&self) -> SlowSubtype {
        SlowSubtype(self.header.subtype)
    }
}

impl Header for SlowHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<SlowHeader>(bytes)?;
    header.subtype = behind.number(header.subtype, |kind| match kind {
        KeyKind::Child(LayerType::SLOW, number) => u8::try_from(number).ok(),
        _ => None,
    });
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SLOW,
    "slow",
    "Slow protocols",
    |bytes, outer| Slow::parse_in(bytes, outer).map(|slow| slow.shape()),
    |bytes, outer, visitor| Slow::parse_in(bytes, outer).map(|slow| visitor(&slow)),
)
.specification("IEEE Std 802.3, annex 57A")
.claims(&[Key::ether_type(EtherType::SLOW)])
.template(&[1])
.next(next);

// tcpdump, LACP.pcap, packet 1, from byte 14; behind it LACP
#[cfg(test)]
layer_tests! {
    sample: Slow [1, 1, 1, 0x14];
    fields: "slow.subtype=1";
    edit: SlowHeader, |header| header.subtype = 2;
    bad: [];
}
