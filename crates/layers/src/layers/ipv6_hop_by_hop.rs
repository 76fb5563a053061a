//! IPv6 hop-by-hop options header, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200)
//! section 4.3.
//!
//! ```text
//!  0               8               16                             31
//! |  next header  |  hdr ext len  |          options ...           |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::ipv6_options::{self, Names, OptionsHeader};
use crate::{Encode, EncodeError, FieldSink, Header, IpProtocol, Key, Layer, LayerType};
use crate::{Malformed, Protocol, Shape};

pub use crate::layers::ipv6_options::{
    Ipv6Metrics, Ipv6Option, Ipv6OptionAction, Ipv6OptionType, Ipv6Options,
};

/// The fixed part of the header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Ipv6HopByHopHeader {
    pub next_header: u8,
    pub header_ext_len: u8,
}

impl Default for Ipv6HopByHopHeader {
    /// A header of eight bytes, behind which nothing follows.
    fn default() -> Self {
        Self { next_header: IpProtocol::NO_NEXT_HEADER.0, header_ext_len: 0 }
    }
}

/// Options that routers may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6HopByHop<'a> {
    pub header: &'a Ipv6HopByHopHeader,
    /// The options, not yet looked at.
    pub option_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6HopByHop<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, option_bytes, payload) = ipv6_options::parse(bytes)?;
        Ok(Self { header, option_bytes, payload })
    }

    fn shape(&self) -> Shape {
        ipv6_options::shape(self.header.next_header, self.option_bytes, self.payload)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let names = Names {
            next_header: "ipv6.hopopts.nxt",
            len: "ipv6.hopopts.len",
            len_in_bytes: "ipv6.hopopts.len_oct",
        };
        let header = [self.header.next_header, self.header.header_ext_len];
        ipv6_options::fields(names, header, self.option_bytes, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hop-by-hop options")
    }
}

impl<'a> Ipv6HopByHop<'a> {
    /// What the payload is.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }

    /// The options, in their order.
    pub fn options(&self) -> Ipv6Options<'a> {
        Ipv6Options::new(self.option_bytes)
    }
}

/// A header with its options. An option of padding fills it up to a multiple of eight bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ipv6HopByHopBuilder<'a> {
    pub header: Ipv6HopByHopHeader,
    pub options: &'a [Ipv6Option<'a>],
}

impl Encode for Ipv6HopByHopBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        ipv6_options::encode_header(&self.header, self.options, out)
    }
}

impl Header for Ipv6HopByHopHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

impl OptionsHeader for Ipv6HopByHopHeader {
    fn next_header_mut(&mut self) -> &mut u8 {
        &mut self.next_header
    }

    fn header_ext_len(&self) -> u8 {
        self.header_ext_len
    }

    fn set_header_ext_len(&mut self, units: u8) {
        self.header_ext_len = units;
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6_HOP_BY_HOP,
    "ipv6.hopopts",
    "IPv6 hop-by-hop options",
    |bytes, outer| Ipv6HopByHop::parse_in(bytes, outer).map(|options| options.shape()),
    |bytes, outer, visitor| Ipv6HopByHop::parse_in(bytes, outer).map(|options| visitor(&options)),
)
.specification("RFC 8200")
.claims(&[Key::ip_protocol(IpProtocol::HOP_BY_HOP)])
.template(&[IpProtocol::NO_NEXT_HEADER.0, 0, 1, 4, 0, 0, 0, 0])
.lengths(ipv6_options::lengths::<Ipv6HopByHopHeader>)
.next(ipv6_options::next::<Ipv6HopByHopHeader>);

#[cfg(test)]
layer_tests! {
    // tshark -r suricata-verify/ipv6-hdr-keyword-02__input.pcap -x
    sample: Ipv6HopByHop [60, 0, 1, 4, 0, 0, 0, 0, 43, 0];
    fields: "ipv6.hopopts.nxt=60 ipv6.hopopts.len=0 ipv6.hopopts.len_oct=8 \
        ipv6.opt.type=1 ipv6.opt.type.action=0 ipv6.opt.type.change=0 ipv6.opt.type.rest=1 \
        ipv6.opt.length=4 ipv6.opt.padn=00000000";
    edit: Ipv6HopByHopHeader, |header| header.next_header = 17;
    bad: [];
}
