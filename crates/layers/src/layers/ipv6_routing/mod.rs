//! IPv6 routing header, [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) section 4.4.
//!
//! ```text
//!  0               8               16              24             31
//! |  next header  |  hdr ext len  | routing type  | segments left  |
//! |                     type-specific data ...                     |
//! ```

use std::fmt;
use std::net::Ipv6Addr;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, Header};
use crate::{
    FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Shape, Value,
};

pub use encode::Ipv6RoutingBuilder;
pub use route::{Ipv6Route, Ipv6RplRoute, Ipv6SegmentRoute, Ipv6SegmentTlv, Ipv6SegmentTlvs};

mod encode;
mod route;

/// The fixed part of the header on the wire.
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
pub struct Ipv6RoutingHeader {
    pub next_header: u8,
    pub header_ext_len: u8,
    pub routing_type: u8,
    pub segments_left: u8,
}

/// The way that a packet is to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6Routing<'a> {
    pub header: &'a Ipv6RoutingHeader,
    /// Type-specific data, which [`route`](Self::route) reads.
    pub data: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6Routing<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<Ipv6RoutingHeader>(bytes)?;
        // RFC 8200, section 4.4: in units of eight bytes, without the first.
        let need = usize::from(header.header_ext_len).saturating_add(1).saturating_mul(8);
        match rest.split_at_checked(need.saturating_sub(size_of::<Ipv6RoutingHeader>())) {
            Some((data, payload)) => Ok(Self { header, data, payload }),
            None => Err(Malformed::Truncated { need, have: bytes.len() }),
        }
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<Ipv6RoutingHeader>().saturating_add(self.data.len());
        let next = Next::One(Key::ip_protocol(self.next_header()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let len = u64::from(self.header.header_ext_len);
        sink.number("ipv6.routing.nxt", self.header.next_header, 0..1);
        sink.number("ipv6.routing.len", len, 1..2);
        sink.number("ipv6.routing.len_oct", len.saturating_add(1).saturating_mul(8), 1..2);
        sink.number("ipv6.routing.type", self.header.routing_type, 2..3);
        sink.number("ipv6.routing.segleft", self.header.segments_left, 3..4);
        let reserved = self.data.get(..4).unwrap_or_default();
        match self.route() {
            Ipv6Route::Source(addresses) => {
                sink.bytes("ipv6.routing.src.reserved", reserved, 4..8);
                address_fields("ipv6.routing.src.addr", addresses, sink);
            }
            Ipv6Route::Home(address) => {
                sink.bytes("ipv6.routing.mipv6.reserved", reserved, 4..8);
                let address = Value::Ipv6(address);
                sink.value("ipv6.routing.mipv6.home_address", address, 8..24);
            }
            Ipv6Route::Rpl(route) => rpl_fields(&route, sink),
            Ipv6Route::Segments(route) => {
                sink.number("ipv6.routing.srh.last_entry", route.last_entry, 4..5);
                sink.number("ipv6.routing.srh.flags", route.flags, 5..6);
                sink.bytes("ipv6.routing.srh.tag", &route.tag.to_be_bytes(), 6..8);
                address_fields("ipv6.routing.srh.addr", route.segments, sink);
            }
            Ipv6Route::Compact16(ids) => {
                let names = ["ipv6.routing.crh16.current_sid", "ipv6.routing.crh16.sid"];
                let ids = ids.iter().map(|id| id.get().into());
                identifier_fields(names, ids, 2, self.segments_left(), sink);
            }
            Ipv6Route::Compact32(ids) => {
                let names = ["ipv6.routing.crh32.current_sid", "ipv6.routing.crh32.sid"];
                let ids = ids.iter().map(|id| id.get());
                identifier_fields(names, ids, 4, self.segments_left(), sink);
            }
            Ipv6Route::Unknown(data) => {
                let end = data.len().saturating_add(size_of::<Ipv6RoutingHeader>());
                sink.bytes("ipv6.routing.unknown_data", data, 4..end);
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "routing type {}, {} left", self.header.routing_type, self.header.segments_left)
    }
}

fn address_fields(name: &'static str, addresses: &[[u8; 16]], sink: &mut dyn FieldSink) {
    for (at, &address) in (8_usize..).step_by(16).zip(addresses) {
        sink.value(name, Value::Ipv6(address.into()), at..at.saturating_add(16));
    }
}

/// Reports the identifier that is in use, as Wireshark does, and then all, each of `len` bytes.
fn identifier_fields(
    [current_name, name]: [&'static str; 2],
    ids: impl Iterator<Item = u32> + Clone,
    len: usize,
    current: u8,
    sink: &mut dyn FieldSink,
) {
    let placed = (4_usize..).step_by(len).zip(ids);
    let current = placed.clone().nth(current.into());
    if let Some((at, id)) = current {
        sink.number(current_name, id, at..at.saturating_add(len));
    }
    placed.for_each(|(at, id)| sink.number(name, id, at..at.saturating_add(len)));
}

fn rpl_fields(route: &Ipv6RplRoute<'_>, sink: &mut dyn FieldSink) {
    sink.number("ipv6.routing.rpl.cmprI", route.internal_prefix_len, 4..8);
    sink.number("ipv6.routing.rpl.cmprE", route.last_prefix_len, 4..8);
    sink.number("ipv6.routing.rpl.pad", route.pad, 4..8);
    sink.number("ipv6.routing.rpl.reserved", route.reserved, 4..8);
    let count = route.compressed().count() as u64;
    sink.number("ipv6.routing.rpl.addr_count", count, 4..6);
    let mut at = 8_usize;
    for address in route.compressed() {
        let end = at.saturating_add(address.len());
        sink.bytes("ipv6.routing.rpl.address", address, at..end);
        at = end;
    }
}

impl<'a> Ipv6Routing<'a> {
    /// What the payload is.
    pub fn next_header(&self) -> IpProtocol {
        IpProtocol(self.header.next_header)
    }

    /// How the type-specific data is to be read.
    pub fn routing_type(&self) -> u8 {
        self.header.routing_type
    }

    /// How many stations are still to be visited.
    pub fn segments_left(&self) -> u8 {
        self.header.segments_left
    }

    /// Where the packet ends up, whose IPv6 header has this destination. `None` if the route has
    /// stations left that only the nodes on the way know, or data that is not of its type.
    pub fn final_destination(&self, destination: Ipv6Addr) -> Option<Ipv6Addr> {
        if self.segments_left() == 0 {
            return Some(destination);
        }
        match self.route() {
            // Segments are listed from the last to the first.
            Ipv6Route::Segments(route) => route.segments.first().map(|&last| last.into()),
            _ => self.addresses(destination).last(),
        }
    }

    /// The type-specific data, read as its type says.
    pub fn route(&self) -> Ipv6Route<'a> {
        Ipv6Route::new(self.header.routing_type, self.data)
    }

    /// The addresses in the header, in the order of the wire, which in a segment routing header is
    /// from the last to the first. `destination` is that of the IPv6 header: an RPL source route
    /// leaves out what its addresses have in common with it.
    pub fn addresses(&self, destination: Ipv6Addr) -> impl Iterator<Item = Ipv6Addr> + 'a {
        let (whole, home, rpl) = match self.route() {
            Ipv6Route::Source(addresses) => (addresses, None, None),
            Ipv6Route::Segments(route) => (route.segments, None, None),
            Ipv6Route::Home(address) => (&[][..], Some(address), None),
            Ipv6Route::Rpl(route) => (&[][..], None, Some(route)),
            _ => (&[][..], None, None),
        };
        let whole = whole.iter().map(|&address| Ipv6Addr::from(address));
        let rpl = rpl.into_iter().flat_map(move |route| route.addresses(destination));
        whole.chain(home).chain(rpl)
    }
}

impl Header for Ipv6RoutingHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv6RoutingHeader>(bytes)?;
    header.header_ext_len = behind.header_units("hdr ext len", 8, 1)?;
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Ipv6RoutingHeader>(bytes)?;
    header.next_header = behind.ip_protocol(IpProtocol(header.next_header)).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6_ROUTING,
    "ipv6.routing",
    "IPv6 routing header",
    |bytes, outer| Ipv6Routing::parse_in(bytes, outer).map(|routing| routing.shape()),
    |bytes, outer, visitor| Ipv6Routing::parse_in(bytes, outer).map(|routing| visitor(&routing)),
)
.specification("RFC 8200")
.claims(&[Key::ip_protocol(IpProtocol::ROUTING)])
.template(&[IpProtocol::NO_NEXT_HEADER.0, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths)
.next(next);

#[cfg(test)]
layer_tests! {
    // tshark -r zeek/chksums__ip6-route0-icmp6-good-chksum.pcap -Y frame.number==1 -x
    sample: Ipv6Routing *b"\x3a\x02\0\x01\0\0\0\0\x20\x01\0\x78\0\x01\0\x32\0\0\0\0\0\0\0\x01\
        \x80\0\xa0\xc7";
    fields: "ipv6.routing.nxt=58 ipv6.routing.len=2 ipv6.routing.len_oct=24 ipv6.routing.type=0 \
        ipv6.routing.segleft=1 ipv6.routing.src.reserved=00000000 \
        ipv6.routing.src.addr=2001:78:1:32::1";
    edit: Ipv6RoutingHeader, |header| header.segments_left = 0;
    bad: [];
}

#[cfg(test)]
mod tests;
