//! Routing Information Protocol for IPv6, [RFC 2080](https://www.rfc-editor.org/rfc/rfc2080)
//! section 2.1.
//!
//! ```text
//!  0               8               16                             31
//! |    command    |    version    |            zero               |
//! |                      IPv6 prefix, 16 bytes                    |  repeated
//! |           route tag           |  prefix len   |    metric     |
//! ```

use std::fmt;
use std::net::Ipv6Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, RipCommand, Role, Shape};

/// RFC 2080, section 2.1.1: the metric of an entry that is not a route but the next hop of those
/// behind it.
const NEXT_HOP: u8 = 0xff;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RipngHeader {
    pub command: u8,
    pub version: u8,
    pub zero: U16,
}

impl Default for RipngHeader {
    /// A response.
    fn default() -> Self {
        Self { command: RipCommand::RESPONSE.0, version: 1, zero: U16::ZERO }
    }
}

/// One entry: a route, or the next hop of those behind it.
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
pub struct RipngRoute {
    pub prefix: [u8; 16],
    pub route_tag: U16,
    pub prefix_len: u8,
    /// 16 for what cannot be reached, 255 for a next hop.
    pub metric: u8,
}

impl RipngRoute {
    /// Whether this is the next hop of the routes behind it.
    pub fn is_next_hop(&self) -> bool {
        self.metric == NEXT_HOP
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ripng<'a> {
    pub header: &'a RipngHeader,
    /// The entries: [`routes`](Self::routes) are those that are whole.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Ripng<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<RipngHeader>(bytes)?;
        if !matches!(header.command, 1 | 2) {
            return Err(Malformed::Field { name: "command", value: header.command.into() });
        }
        if header.version != 1 {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<RipngHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        reader.u8("ripng.cmd");
        reader.u8("ripng.version");
        reader.bytes("ripng.reserved", 2);
        while !reader.is_empty() {
            let entry_len = size_of::<RipngRoute>();
            // What is not there is not reported.
            let _ = entry_fields(&mut reader.part(entry_len));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most routes in a line.
        const MAX_SHOWN: usize = 4;
        write!(f, "{}", RipCommand(self.header.command))?;
        let routes = self.routes().iter().filter(|route| !route.is_next_hop());
        routes.take(MAX_SHOWN).try_for_each(|route| {
            let prefix = Ipv6Addr::from(route.prefix);
            write!(f, ", {prefix}/{} metric {}", route.prefix_len, route.metric)
        })
    }
}

impl<'a> Ripng<'a> {
    /// The entries that are there.
    pub fn routes(&self) -> &'a [RipngRoute] {
        let count = self.payload.len() / size_of::<RipngRoute>();
        let routes = <[RipngRoute]>::ref_from_prefix_with_elems(self.payload, count);
        routes.map(|(routes, _)| routes).unwrap_or_default()
    }
}

fn entry_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv6("ripng.rte.ipv6_prefix")?;
    reader.u16("ripng.rte.route_tag")?;
    reader.u8("ripng.rte.prefix_length")?;
    reader.u8("ripng.rte.metric").map(|_| ())
}

impl Header for RipngHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RipngBuilder<'a> {
    pub header: RipngHeader,
    pub routes: &'a [RipngRoute],
}

impl Encode for RipngBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(self.routes.as_bytes());
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RIPNG,
    "ripng",
    "RIPng",
    |bytes, outer| Ripng::parse_in(bytes, outer).map(|ripng| ripng.shape()),
    |bytes, outer, visitor| Ripng::parse_in(bytes, outer).map(|ripng| visitor(&ripng)),
)
.specification("RFC 2080")
.role(Role::Application)
.claims(&[Key::udp_port(521)])
.template(b"\x02\x01\0\0");

// A response of two entries, made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: Ripng *b"\x02\x01\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\
        \xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\0\0\0\xff";
    fields: "ripng.cmd=2 ripng.version=1 ripng.reserved=0000 ripng.rte.ipv6_prefix=2001:db8:: \
        ripng.rte.route_tag=1 ripng.rte.prefix_length=32 ripng.rte.metric=1 \
        ripng.rte.ipv6_prefix=fe80::7 ripng.rte.route_tag=0 ripng.rte.prefix_length=0 \
        ripng.rte.metric=255";
    edit: RipngHeader, |header| header.command = 1;
    bad: [0 = 3 => "command" 3, 1 = 2 => "version" 2];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_built_message_reads_as_it_was_written() {
        let prefix = "2001:db8::".parse::<Ipv6Addr>().unwrap().octets();
        let route = RipngRoute { prefix, prefix_len: 32, metric: 1, ..Default::default() };
        let next_hop = RipngRoute { metric: 255, ..Default::default() };
        let mut out = Vec::new();
        let builder = RipngBuilder { routes: &[next_hop, route], ..Default::default() };
        builder.encode(&mut out).unwrap();
        let ripng = Ripng::parse(&out).unwrap();
        assert_eq!(ripng.routes(), [next_hop, route]);
        let summary = fmt::from_fn(|f| ripng.summary(f)).to_string();
        assert_eq!(summary, "response, 2001:db8::/32 metric 1");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let bytes = [&b"\x02\x01\0\0"[..], &bytes].concat();
            let ripng = Ripng::parse(&bytes).unwrap();
            ripng.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert_eq!(ripng.routes().len(), (bytes.len() - 4) / 20);
        }
    }
}
