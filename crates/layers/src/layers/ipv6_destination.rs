//! IPv6 destination options header, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200)
//! section 4.6.
//!
//! ```text
//!  0               8               16                             31
//! |  next header  |  hdr ext len  |          options ...           |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::ipv6_options::{self, Names, OptionsHeader};
use crate::{Encode, EncodeError, FieldSink, Header, IpProtocol, Ipv6Option, Ipv6Options, Key};
use crate::{Layer, LayerType, Malformed, Protocol, Shape};

/// The fixed part of the header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct Ipv6DestinationHeader {
    pub next_header: u8,
    pub header_ext_len: u8,
}

impl Default for Ipv6DestinationHeader {
    /// A header of eight bytes, behind which nothing follows.
    fn default() -> Self {
        Self { next_header: IpProtocol::NO_NEXT_HEADER.0, header_ext_len: 0 }
    }
}

/// Options that only the destination looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6Destination<'a> {
    pub header: &'a Ipv6DestinationHeader,
    /// The options, not yet looked at.
    pub option_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6Destination<'a> {
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
            next_header: "ipv6.dstopts.nxt",
            len: "ipv6.dstopts.len",
            len_in_bytes: "ipv6.dstopts.len_oct",
        };
        let header = [self.header.next_header, self.header.header_ext_len];
        ipv6_options::fields(names, header, self.option_bytes, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("destination options")
    }
}

impl<'a> Ipv6Destination<'a> {
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
pub struct Ipv6DestinationBuilder<'a> {
    pub header: Ipv6DestinationHeader,
    pub options: &'a [Ipv6Option<'a>],
}

impl Encode for Ipv6DestinationBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        ipv6_options::encode_header(&self.header, self.options, out)
    }
}

impl Header for Ipv6DestinationHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

impl OptionsHeader for Ipv6DestinationHeader {
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
    LayerType::IPV6_DESTINATION,
    "ipv6.dstopts",
    "IPv6 destination options",
    |bytes, outer| Ipv6Destination::parse_in(bytes, outer).map(|options| options.shape()),
    |bytes, outer, visitor| {
        Ipv6Destination::parse_in(bytes, outer).map(|options| visitor(&options))
    },
)
.specification("RFC 8200")
.claims(&[Key::ip_protocol(IpProtocol::DESTINATION_OPTIONS)])
.template(&[IpProtocol::NO_NEXT_HEADER.0, 0, 1, 4, 0, 0, 0, 0])
.lengths(ipv6_options::lengths::<Ipv6DestinationHeader>)
.next(ipv6_options::next::<Ipv6DestinationHeader>);

#[cfg(test)]
layer_tests! {
    // tshark -r zeek/chksums__ip6-hoa-udp-bad-chksum.pcap -Y frame.number==1 -x
    sample: Ipv6Destination *b"\x11\x02\x01\x02\0\0\xc9\x10\x20\x01\0\x78\0\x01\0\x32\
        \0\0\0\0\0\0\0\x01\x75\x30";
    fields: "ipv6.dstopts.nxt=17 ipv6.dstopts.len=2 ipv6.dstopts.len_oct=24 \
        ipv6.opt.type=1 ipv6.opt.type.action=0 ipv6.opt.type.change=0 ipv6.opt.type.rest=1 \
        ipv6.opt.length=2 ipv6.opt.padn=0000 \
        ipv6.opt.type=201 ipv6.opt.type.action=3 ipv6.opt.type.change=0 ipv6.opt.type.rest=9 \
        ipv6.opt.length=16 ipv6.opt.mipv6.home_address=2001:78:1:32::1";
    edit: Ipv6DestinationHeader, |header| header.next_header = 6;
    bad: [];
}
