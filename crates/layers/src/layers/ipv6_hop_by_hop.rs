//! IPv6 hop-by-hop options header, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200)
//! section 4.3.
//!
//! ```text
//!  0               8               16                             31
//! |  next header  |  hdr ext len  |          options ...           |
//! ```

use std::fmt;

use crate::layers::ipv6_options::{self, Names};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Protocol, Shape};

pub use crate::layers::ipv6_options::{
    Ipv6Metrics, Ipv6Option, Ipv6OptionAction, Ipv6OptionType, Ipv6Options, Ipv6OptionsHeader,
};

/// Options that routers may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6HopByHop<'a> {
    pub header: &'a Ipv6OptionsHeader,
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
        ipv6_options::shape(*self.header, self.option_bytes, self.payload)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let names = Names {
            next_header: "ipv6.hopopts.nxt",
            len: "ipv6.hopopts.len",
            len_in_bytes: "ipv6.hopopts.len_oct",
        };
        ipv6_options::fields(names, *self.header, self.option_bytes, sink);
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

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6_HOP_BY_HOP,
    "ipv6.hopopts",
    "IPv6 hop-by-hop options",
    |bytes, outer| Ipv6HopByHop::parse_in(bytes, outer).map(|options| options.shape()),
    |bytes, outer, visitor| Ipv6HopByHop::parse_in(bytes, outer).map(|options| visitor(&options)),
)
.claims(&[Key::ip_protocol(IpProtocol::HOP_BY_HOP)]);

#[cfg(test)]
layer_tests! {
    // tshark -r suricata-verify/ipv6-hdr-keyword-02__input.pcap -x
    sample: Ipv6HopByHop [60, 0, 1, 4, 0, 0, 0, 0, 43, 0];
    fields: "ipv6.hopopts.nxt=60 ipv6.hopopts.len=0 ipv6.hopopts.len_oct=8 \
        ipv6.opt.type=1 ipv6.opt.type.action=0 ipv6.opt.type.change=0 ipv6.opt.type.rest=1 \
        ipv6.opt.length=4 ipv6.opt.padn=00000000";
    edit: Ipv6OptionsHeader, |header| header.next_header = 17;
    bad: [];
}
