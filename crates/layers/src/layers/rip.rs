//! Routing Information Protocol, versions 1 and 2,
//! [RFC 1058](https://www.rfc-editor.org/rfc/rfc1058) section 3.1 and
//! [RFC 2453](https://www.rfc-editor.org/rfc/rfc2453) section 4.
//!
//! ```text
//!  0               8               16                             31
//! |    command    |    version    |            zero               |
//! |        address family         |           route tag           |  up to 25 times
//! |                          IP address                           |
//! |                          subnet mask                          |
//! |                           next hop                            |
//! |                            metric                             |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// The address family that stands for authentication.
const AUTHENTICATION: u16 = 0xffff;
/// The address family of IPv4.
const INET: u16 = 2;
/// RFC 2453, section 4.1: a password.
const PASSWORD: u16 = 2;
/// RFC 4822, section 3.1: a digest behind the routes.
const DIGEST: u16 = 3;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RipHeader {
    pub command: u8,
    pub version: u8,
    pub zero: U16,
}

impl Default for RipHeader {
    /// A response of version 2.
    fn default() -> Self {
        Self { command: RipCommand::RESPONSE.0, version: 2, zero: U16::ZERO }
    }
}

/// What a message is for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RipCommand(pub u8);

numbers! {
    RipCommand "command {}" {
        /// Tell me your routes.
        REQUEST = 1 "request";
        /// These are my routes.
        RESPONSE = 2 "response";
        /// Obsolete.
        TRACE_ON = 3 "trace on";
        /// Obsolete.
        TRACE_OFF = 4 "trace off";
        /// Sun's own.
        SUN = 5 "reserved by Sun";
        /// Tell me your routes, over a circuit on demand.
        TRIGGERED_REQUEST = 9 "triggered request";
        /// These are my routes, over a circuit on demand.
        TRIGGERED_RESPONSE = 10 "triggered response";
        /// I have your routes.
        TRIGGERED_ACKNOWLEDGEMENT = 11 "triggered acknowledgement";
        /// I have your routes and more to say.
        UPDATE_RESPONSE = 12 "update response";
    }
}

/// One entry: a route.
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
pub struct RipRoute {
    /// 2 for IPv4; 0 in a request for all routes.
    pub address_family: U16,
    pub route_tag: U16,
    pub address: [u8; 4],
    pub subnet_mask: [u8; 4],
    pub next_hop: [u8; 4],
    /// 16 for what cannot be reached.
    pub metric: U32,
}

/// One entry of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RipEntry<'a> {
    /// A route, or in a request what is asked for.
    Route(&'a RipRoute),
    /// A password in clear text, padded with zeros.
    Password(&'a [u8; 16]),
    /// What there is to know of a digest that stands behind the routes.
    Digest {
        /// Where the digest starts in the message.
        packet_length: u16,
        /// Which key it is made with.
        key_id: u8,
        /// Bytes of the digest, with the four in front of it.
        authentication_data_length: u8,
        /// Grows with each message.
        sequence_number: u32,
    },
    /// Authentication of another kind, or the digest itself: type and data.
    Authentication(u16, &'a [u8; 16]),
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rip<'a> {
    pub header: &'a RipHeader,
    /// The entries, not yet understood: [`entries`](Self::entries) are.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Rip<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<RipHeader>(bytes)?;
        if !matches!(header.command, 1..=12) {
            return Err(Malformed::Field { name: "command", value: header.command.into() });
        }
        if header.version > 2 {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<RipHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        // What is not there is not reported.
        let _ = self.read(&mut reader);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most routes in a line.
        const MAX_SHOWN: usize = 4;
        write!(f, "v{} {}", self.header.version, self.command())?;
        let routes = self.entries().filter_map(|entry| match entry {
            RipEntry::Route(route) if route.address_family.get() == INET => Some(route),
            _ => None,
        });
        routes.take(MAX_SHOWN).try_for_each(|route| {
            write!(f, ", {} metric {}", Ipv4Addr::from(route.address), route.metric)
        })
    }
}

impl<'a> Rip<'a> {
    /// What the message is for.
    pub fn command(&self) -> RipCommand {
        RipCommand(self.header.command)
    }

    /// The entries that are there.
    pub fn entries(&self) -> impl Iterator<Item = RipEntry<'a>> + use<'a> {
        self.payload.as_chunks::<{ size_of::<RipRoute>() }>().0.iter().filter_map(entry)
    }

    /// The digest behind the routes, with the four bytes in front of it: where the first entry says.
    fn digest_at(&self) -> Option<(usize, usize)> {
        let Some(RipEntry::Digest { packet_length, authentication_data_length, .. }) =
            self.entries().next()
        else {
            return None;
        };
        Some((packet_length.into(), authentication_data_length.into()))
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("rip.command")?;
        reader.u8("rip.version")?;
        if self.header.version == 2 {
            // Wireshark reads RFC 1388's routing domain where a later one has zeros.
            reader.word(2)?;
            if self.header.zero.get() != 0 {
                reader.bits("rip.routing_domain", self.header.zero);
            }
        } else {
            reader.skip(2);
        }
        let (digest_at, digest_len) = self.digest_at().unwrap_or((usize::MAX, 0));
        let routes_len = self.payload.len().saturating_sub(digest_len);
        let mut routes = reader.part(routes_len);
        while !routes.is_empty() {
            self.entry_fields(&mut routes.part(size_of::<RipRoute>()));
        }
        if let Some(data_len) = digest_len.checked_sub(4) {
            let mut trailer = reader.at(digest_at.checked_add(4)?);
            trailer.bytes("rip.authentication_data", data_len)?;
        }
        Some(())
    }

    fn entry_fields(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        let family = u16::try_from(reader.word(2)?).ok()?;
        match family {
            AUTHENTICATION => {
                let kind = reader.u16("rip.auth.type")?;
                if kind == PASSWORD {
                    reader.text("rip.auth.passwd", 16)?;
                } else if kind == DIGEST {
                    reader.u16("rip.digest_offset")?;
                    reader.u8("rip.key_id")?;
                    reader.u8("rip.auth_data_len")?;
                    reader.u32("rip.seq_num")?;
                    reader.text("rip.zero_padding", 8)?;
                }
            }
            0 | INET => {
                reader.bits("rip.family", family);
                let is_second = self.header.version == 2;
                if is_second {
                    reader.u16("rip.route_tag")?;
                } else {
                    reader.skip(2);
                }
                if family == INET {
                    reader.ipv4("rip.ip")?;
                } else {
                    reader.skip(4);
                }
                if is_second {
                    reader.ipv4("rip.netmask")?;
                    reader.ipv4("rip.next_hop")?;
                } else {
                    reader.skip(8);
                }
                reader.u32("rip.metric")?;
            }
            _ => {}
        }
        Some(())
    }
}

fn entry(bytes: &[u8; size_of::<RipRoute>()]) -> Option<RipEntry<'_>> {
    let route = RipRoute::ref_from_bytes(bytes).ok()?;
    let data = bytes.last_chunk()?;
    let entry = match (route.address_family.get(), route.route_tag.get()) {
        (AUTHENTICATION, PASSWORD) => RipEntry::Password(data),
        (AUTHENTICATION, DIGEST) => {
            let &[a, b, key_id, length, e, f, g, h, ..] = data;
            RipEntry::Digest {
                packet_length: u16::from_be_bytes([a, b]),
                key_id,
                authentication_data_length: length,
                sequence_number: u32::from_be_bytes([e, f, g, h]),
            }
        }
        (AUTHENTICATION, kind) => RipEntry::Authentication(kind, data),
        _ => RipEntry::Route(route),
    };
    Some(entry)
}

impl Header for RipHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RipBuilder<'a> {
    pub header: RipHeader,
    pub routes: &'a [RipRoute],
}

impl Encode for RipBuilder<'_> {
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
    LayerType::RIP,
    "rip",
    "Routing Information Protocol",
    |bytes, outer| Rip::parse_in(bytes, outer).map(|rip| rip.shape()),
    |bytes, outer, visitor| Rip::parse_in(bytes, outer).map(|rip| visitor(&rip)),
)
.specification("RFC 2453")
.role(Role::Application)
.claims(&[Key::udp_port(520)])
.template(b"\x02\x02\0\0");

// tshark -r ripv1v2.pcap -Y frame.number==1, of tcpdump's tests.
#[cfg(test)]
layer_tests! {
    sample: Rip *b"\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10";
    fields: "rip.command=1 rip.version=1 rip.family=0 rip.metric=16";
    edit: RipHeader, |header| header.version = 2;
    bad: [0 = 0 => "command" 0, 0 = 13 => "command" 13, 1 = 3 => "version" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fields behind the version, as `tshark -T pdml` names and shows them, and the summary.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, summary: &str) {
        let rip = Rip::parse(bytes).unwrap();
        let text = rip.to_string();
        assert_eq!(text.splitn(3, ' ').nth(2).unwrap_or_default(), fields);
        assert_eq!(fmt::from_fn(|f| rip.summary(f)).to_string(), summary);
    }

    const ROUTE: &[u8] = b"\0\x02\0\x05\x0a\x02\0\0\xff\xff\0\0\x0a\0\0\x09\0\0\0\x03";
    const ROUTE_FIELDS: &str = "rip.family=2 rip.route_tag=5 rip.ip=10.2.0.0 \
        rip.netmask=255.255.0.0 rip.next_hop=10.0.0.9 rip.metric=3";

    #[test]
    fn version_1_knows_of_networks_and_metrics_only() {
        let bytes = [&b"\x02\x01\0\0"[..], ROUTE].concat();
        let summary = "v1 response, 10.2.0.0 metric 3";
        check(&bytes, "rip.family=2 rip.ip=10.2.0.0 rip.metric=3", summary);
    }

    #[test]
    fn a_password_stands_in_front_of_the_routes() {
        let front = b"\x02\x02\0\0\xff\xff\0\x02password\0\0\0\0\0\0\0\0";
        let bytes = [&front[..], ROUTE].concat();
        let fields = format!("rip.auth.type=2 rip.auth.passwd=password {ROUTE_FIELDS}");
        check(&bytes, &fields, "v2 response, 10.2.0.0 metric 3");
        let rip = Rip::parse(&bytes).unwrap();
        assert_eq!(rip.entries().next(), Some(RipEntry::Password(b"password\0\0\0\0\0\0\0\0")));
    }

    #[test]
    fn a_digest_stands_behind_the_routes() {
        let front = b"\x02\x02\0\0\xff\xff\0\x03\0\x2c\x05\x14\0\0\0\x09\0\0\0\0\0\0\0\0";
        let bytes = [&front[..], ROUTE, b"\xff\xff\0\x010123456789abcdef"].concat();
        let fields = format!(
            "rip.auth.type=3 rip.digest_offset=44 rip.key_id=5 rip.auth_data_len=20 rip.seq_num=9 \
             rip.zero_padding= {ROUTE_FIELDS} \
             rip.authentication_data=30313233343536373839616263646566"
        );
        check(&bytes, &fields, "v2 response, 10.2.0.0 metric 3");
        let last = Rip::parse(&bytes).unwrap().entries().last();
        assert_eq!(last, Some(RipEntry::Authentication(1, b"0123456789abcdef")));
    }

    #[test]
    fn a_family_that_nobody_knows_is_kept() {
        let mut bytes = [&b"\x02\x02\0\0"[..], ROUTE].concat();
        bytes[5] = 7;
        check(&bytes, "", "v2 response");
        let entry = Rip::parse(&bytes).unwrap().entries().next();
        assert!(matches!(entry, Some(RipEntry::Route(route)) if route.address_family == 7));
    }

    #[test]
    fn a_built_message_is_the_captured_one() {
        let bytes = [&b"\x02\x02\0\0"[..], ROUTE].concat();
        let route = RipRoute::read_from_bytes(ROUTE).unwrap();
        let mut out = Vec::new();
        RipBuilder { routes: &[route], ..Default::default() }.encode(&mut out).unwrap();
        assert_eq!(out, bytes);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, digest: bool) {
            let front = if digest { &b"\xff\xff\0\x03"[..] } else { b"" };
            let bytes = [&b"\x02\x02\0\0"[..], front, &bytes].concat();
            let rip = Rip::parse(&bytes).unwrap();
            rip.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(rip.entries().count() <= bytes.len() / 20);
        }
    }
}
