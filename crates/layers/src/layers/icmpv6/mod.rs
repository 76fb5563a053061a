//! Internet Control Message Protocol for IPv6,
//! [RFC 4443](https://www.rfc-editor.org/rfc/rfc4443) section 2.1.
//!
//! ```text
//!  0               8               16                             31
//! |     type      |     code      |           checksum            |
//! |                    depends on the type ...                    |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Shape;
use crate::field_reader::FieldReader;
use crate::layers::icmpv4::{IcmpExtensions, split_quoted};
use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, Header, Outer, PseudoHeader};
use crate::{
    EtherType, FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Setting,
};

mod domains;
mod encode;
mod fields;
mod message;
mod mld;
mod ndp;
mod ndp_encode;
mod numbers;
mod rare;

pub use domains::{NdpDomain, NdpDomains};
pub use encode::Icmpv6Builder;
pub use message::{Icmpv6Message, NdpNeighborFlags, NdpRouter, NdpRouterFlags, NodeInformation};
pub use mld::{MldQuery, MldQueryV2, MldRecord, MldRecords};
pub use ndp::{NdpOption, NdpOptions, NdpPrefix, NdpPrefixFlags};
pub use numbers::{
    Icmpv6ParameterProblemCode, Icmpv6TimeExceededCode, Icmpv6Type, Icmpv6UnreachableCode,
};

/// Bytes of what may stand between the header and the payload.
const WORD: usize = 4;
/// Most items of a list in a summary: a line has no room for more.
const MAX_SHOWN: usize = 8;

/// The header on the wire: every message has these four bytes.
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
pub struct Icmpv6Header {
    pub message_type: u8,
    pub code: u8,
    pub checksum: U16,
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Icmpv6<'a> {
    pub header: &'a Icmpv6Header,
    /// The data of an echo, the packet that an error quotes, or else what stands behind the
    /// checksum: [`message`](Self::message) understands it.
    pub payload: &'a [u8],
    /// What stands behind the checksum.
    body: &'a [u8],
    raw_extensions: &'a [u8],
}

impl<'a> Layer<'a> for Icmpv6<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<Icmpv6Header>(bytes)?;
        let message_type = Icmpv6Type(header.message_type);
        if !message_type.has_second_word() {
            return Ok(Self { header, payload: body, body, raw_extensions: &[] });
        }
        let Some((_, behind)) = body.split_at_checked(WORD) else {
            let need = size_of::<Icmpv6Header>().saturating_add(WORD);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let icmp = Self { header, payload: behind, body, raw_extensions: &[] };
        let (payload, raw_extensions) = match message_type {
            Icmpv6Type::EXTENDED_ECHO_REQUEST => (&[][..], behind),
            // Extensions came here together with their length, so there are none without it.
            _ if icmp.announced_quotation() != 0 => {
                split_quoted(behind, icmp.announced_quotation())
            }
            _ => (behind, &[][..]),
        };
        Ok(Self { payload, raw_extensions, ..icmp })
    }

    fn shape(&self) -> Shape {
        let message_type = self.message_type();
        let next = if message_type.is_error() {
            Next::Quoted(Key::ether_type(EtherType::IPV6))
        } else {
            Next::End
        };
        let word = if message_type.has_second_word() { WORD } else { 0 };
        Shape {
            header_len: size_of::<Icmpv6Header>().saturating_add(word),
            payload_len: self.payload.len().max(self.announced_quotation()),
            trailer_len: self.raw_extensions.len(),
            next,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("icmpv6.type", self.header.message_type, 0..1);
        sink.number("icmpv6.code", self.header.code, 1..2);
        sink.number("icmpv6.checksum", self.header.checksum, 2..4);
        // What is not there is not reported.
        let _ = fields::message(self, &mut FieldReader::new(self.body, 4, sink));
        if let Some(extensions) = self.extensions() {
            let start = self.payload.len().saturating_add(self.shape().header_len);
            extensions.fields(start, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message_type())?;
        match self.message() {
            Icmpv6Message::DestinationUnreachable { code } => write!(f, ", {code}"),
            Icmpv6Message::PacketTooBig { mtu } => write!(f, ", mtu {mtu}"),
            Icmpv6Message::TimeExceeded { code } => write!(f, " {code}"),
            Icmpv6Message::ParameterProblem { code, pointer } => {
                write!(f, ", {code}, byte {pointer}")
            }
            Icmpv6Message::EchoRequest { identifier, sequence_number, data }
            | Icmpv6Message::EchoReply { identifier, sequence_number, data } => {
                // As tcpdump and ping do, the length is that of the whole message.
                let len = data.len().saturating_add(self.shape().header_len);
                write!(f, ", id {identifier}, seq {sequence_number}, length {len}")
            }
            Icmpv6Message::MldQuery(query) if query.multicast_address.is_unspecified() => Ok(()),
            Icmpv6Message::MldQuery(MldQuery { multicast_address, .. })
            | Icmpv6Message::MldReport { multicast_address }
            | Icmpv6Message::MldDone { multicast_address } => write!(f, ", {multicast_address}"),
            Icmpv6Message::MldV2Report(records) => records
                .flatten()
                .take(MAX_SHOWN)
                .try_for_each(|record| write!(f, ", {}", record.multicast_address)),
            Icmpv6Message::RouterAdvertisement { router, options } => {
                write!(f, ", lifetime {}", router.lifetime)?;
                options.flatten().take(MAX_SHOWN).try_for_each(|option| match option {
                    NdpOption::Prefix(NdpPrefix { prefix, prefix_length, .. }) => {
                        let prefix = std::net::Ipv6Addr::from(*prefix);
                        write!(f, ", prefix {prefix}/{prefix_length}")
                    }
                    _ => Ok(()),
                })
            }
            Icmpv6Message::NeighborSolicitation { target, .. } => write!(f, ", who has {target}"),
            Icmpv6Message::NeighborAdvertisement { target, .. } => {
                write!(f, ", target is {target}")
            }
            Icmpv6Message::Redirect { target, destination, .. } => {
                write!(f, ", {destination} to {target}")
            }
            Icmpv6Message::ExtendedEchoRequest { identifier, sequence_number, .. } => {
                write!(f, ", id {identifier}, seq {sequence_number}")
            }
            Icmpv6Message::ExtendedEchoReply { code, identifier, sequence_number, status } => {
                let state = if status.is_active() { "active" } else { "inactive" };
                write!(f, ", {code}, {state}, id {identifier}, seq {sequence_number}")
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Icmpv6<'a> {
    /// Type of the message.
    pub fn message_type(&self) -> Icmpv6Type {
        Icmpv6Type(self.header.message_type)
    }

    /// The extensions of an error or of an extended echo request.
    pub fn extensions(&self) -> Option<IcmpExtensions<'a>> {
        IcmpExtensions::new(self.raw_extensions)
    }

    /// Bytes of the quoted packet in front of the extensions, zero where the message says nothing
    /// of it: RFC 4884, section 4.4.
    fn announced_quotation(&self) -> usize {
        match self.body {
            &[words, ..] if self.message_type().is_extensible() => usize::from(words) << 3,
            _ => 0,
        }
    }

    /// Whether it is a query of the second version.
    fn is_mldv2_query(&self) -> bool {
        self.message_type() == Icmpv6Type::MLD_QUERY && self.body.len() >= MldQuery::V2_LEN
    }
}

impl Header for Icmpv6Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// RFC 4884, section 4.4: the length of what an error quotes, if it says that.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, body) = behind.split::<Icmpv6Header>(bytes)?;
    let is_extensible = Icmpv6Type(header.message_type).is_extensible();
    if let Some(words) = body.first_mut().filter(|words| is_extensible && **words != 0) {
        *words = behind.payload_units("length", 8)?;
    }
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let stored = Icmpv6::parse(bytes).ok()?.header.checksum;
    let sum = PseudoHeader::of(outer)?.sum(IpProtocol::ICMPV6, bytes.len());
    let computed = sum.with(bytes).without(stored).checksum().into();
    Some(Checksum { place: 2..4, stored: stored.get().into(), computed, absent: None })
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("id", "icmpv6.echo.identifier"),
    Setting::field("seq", "icmpv6.echo.sequence_number"),
    Setting::field("cksum", "icmpv6.checksum"),
    Setting::field("ptr", "icmpv6.pointer"),
    Setting::field("tgt", "icmpv6.nd.ns.target_address"),
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ICMPV6,
    "icmpv6",
    "Internet Control Message Protocol for IPv6",
    |bytes, outer| Icmpv6::parse_in(bytes, outer).map(|icmp| icmp.shape()),
    |bytes, outer, visitor| Icmpv6::parse_in(bytes, outer).map(|icmp| visitor(&icmp)),
)
.specification("RFC 4443")
.claims(&[Key::ip_protocol(IpProtocol::ICMPV6)])
.template(&[128, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths)
.checksum(checksum)
.settings(&[SETTINGS]);

// tshark -r communityid__icmp6.pcap -Y frame.number==1, of Zeek's tests.
#[cfg(test)]
layer_tests! {
    sample: Icmpv6 *b"\x87\0\x68\xbd\0\0\0\0\xfe\x80\0\0\0\0\0\0\x02\x60\x97\xff\xfe\x07\x69\xea\
        \x01\x01\0\0\x86\x05\x80\xda";
    fields: "icmpv6.type=135 icmpv6.code=0 icmpv6.checksum=26813 icmpv6.reserved=00000000 \
        icmpv6.nd.ns.target_address=fe80::260:97ff:fe07:69ea icmpv6.opt.type=1 \
        icmpv6.opt.length=1 icmpv6.opt.linkaddr=0000860580da";
    edit: Icmpv6Header, |header| header.message_type = Icmpv6Type::NEIGHBOR_ADVERTISEMENT.0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Ipv6, LinkType, Packet, Registry, Tcp, Udp};

    const TOO_BIG: [u8; 8] = *b"\x02\0\x8a\x58\0\0\x05\0";
    const TCP: &[u8] =
        b"\x30\x39\0\x50\0\0\0\x01\0\0\0\x02\x60\x12\x01\0\xab\xcd\0\0\x02\x04\x05\xb4data";

    /// A packet between link-local addresses.
    fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
        let mut bytes = b"\x60\0\0\0\0\0\0\x40".to_vec();
        bytes[4..6].copy_from_slice(&len);
        bytes[6] = next_header;
        bytes.extend(
            b"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        );
        bytes.extend(payload);
        bytes
    }

    fn icmp(header: [u8; 8], payload: &[u8]) -> Vec<u8> {
        ipv6(58, &[&header, payload].concat())
    }

    #[track_caller]
    fn decoded(bytes: &[u8], test: impl FnOnce(&Packet<'_>)) {
        let decoder = Decoder::new(&Registry::default());
        test(&decoder.decode(LinkType::IPV6, bytes));
    }

    fn quoted(packet: &Packet<'_>) -> Vec<LayerType> {
        packet.quoted_layers().iter().map(|span| span.layer).collect()
    }

    /// The fields behind the checksum, as `tshark -T pdml` names and shows them, and the summary.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, summary: &str) {
        let icmp = Icmpv6::parse(bytes).unwrap();
        let text = icmp.to_string();
        assert_eq!(text.splitn(4, ' ').nth(3).unwrap_or_default(), fields);
        assert_eq!(fmt::from_fn(|f| icmp.summary(f)).to_string(), summary);
    }

    #[test]
    fn errors_name_what_stands_in_their_second_word() {
        check(
            b"\x01\x04\x90\x54\0\0\0\0",
            "icmpv6.reserved=00000000",
            "destination unreachable, port unreachable",
        );
        check(&TOO_BIG, "icmpv6.mtu=1280", "packet too big, mtu 1280");
        check(
            b"\x03\0\x8e\x58\x10\0\0\0",
            "icmpv6.length=16 icmpv6.reserved=000000",
            "time exceeded in transit",
        );
        check(
            b"\x04\x01\x8d\x2f\0\0\0\x28",
            "icmpv6.pointer=40",
            "parameter problem, unknown next header, byte 40",
        );
    }

    #[test]
    fn echoes() {
        check(
            b"\x80\0\x3e\xd9\0\x07\0\x01hello",
            "icmpv6.echo.identifier=7 icmpv6.echo.sequence_number=1",
            "echo request, id 7, seq 1, length 13",
        );
        check(
            b"\xa0\0\x70\xf6\0\x07\x01\x01\x20\0\0\0\0\x08\x03\x01eth0",
            "icmpv6.echo.identifier=7 icmpv6.ext.echo.seq=1 icmpv6.ext.echo.req.res=0 \
             icmpv6.ext.echo.req.local=1 icmp.ext.version=2 icmp.ext.res=0 icmp.ext.checksum=0 \
             icmp.ext.length=8 icmp.ext.class=3 icmp.ext.ctype=1 icmp.int_ident.name=eth0",
            "extended echo request, id 7, seq 1",
        );
        check(
            b"\xa1\0\x60\x65\0\x07\x01\x4c",
            "icmpv6.echo.identifier=7 icmpv6.ext.echo.seq=1 icmpv6.ext.echo.rsp.state=2 \
             icmpv6.ext.echo.rsp.res=1 icmpv6.ext.echo.rsp.active=1 icmpv6.ext.echo.rsp.ipv4=0 \
             icmpv6.ext.echo.rsp.ipv6=0",
            "extended echo reply, no error, active, id 7, seq 1",
        );
    }

    #[test]
    fn multicast_listeners() {
        let group = b"\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\x01\x23";
        check(
            &[b"\x82\0\x59\x72\x27\x10\0\0", &group[..]].concat(),
            "icmpv6.mld.maximum_response_delay=10000 icmpv6.reserved=0000 \
             icmpv6.mld.multicast_address=ff02::123",
            "multicast listener query, ff02::123",
        );
        check(
            &[b"\x82\0\xf1\xf7\x27\x10\0\0", &group[..], b"\x0a\x7d\0\x01", group].concat(),
            "icmpv6.mld.maximum_response_code=10000 icmpv6.reserved=0000 \
             icmpv6.mld.multicast_address=ff02::123 icmpv6.mld.flag=10 icmpv6.mld.flag.s=1 \
             icmpv6.mld.flag.qrv=2 icmpv6.mld.flag.reserved=0 icmpv6.mld.qqi=125 \
             icmpv6.mld.nb_sources=1 icmpv6.mld.source_address=ff02::123",
            "multicast listener query, ff02::123",
        );
        check(
            &[b"\x8f\0\0\0\0\0\0\x01\x02\x01\0\x01", &group[..], group, b"auxd"].concat(),
            "icmpv6.reserved=0000 icmpv6.mldr.nb_mcast_records=1 icmpv6.mldr.mar.record_type=2 \
             icmpv6.mldr.mar.aux_data_len=1 icmpv6.mldr.mar.nb_sources=1 \
             icmpv6.mldr.mar.multicast_address=ff02::123 \
             icmpv6.mldr.mar.source_address=ff02::123 icmpv6.mldr.mar.auxiliary_data=61757864",
            "multicast listener report v2, ff02::123",
        );
    }

    #[test]
    fn neighbors_and_routers() {
        let address = b"\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01";
        let solicitation = [b"\x87\0\x7d\x26\0\0\0\0", &address[..]].concat();
        check(
            &solicitation,
            "icmpv6.reserved=00000000 icmpv6.nd.ns.target_address=fe80::1",
            "neighbor solicitation, who has fe80::1",
        );
        check(
            &[b"\x88\0\x98\x1a\xe0\0\0\0", &address[..]].concat(),
            "icmpv6.nd.na.flag=3758096384 icmpv6.nd.na.flag.r=1 icmpv6.nd.na.flag.s=1 \
             icmpv6.nd.na.flag.o=1 icmpv6.nd.na.flag.rsv=0 icmpv6.nd.na.target_address=fe80::1",
            "neighbor advertisement, target is fe80::1",
        );
        check(
            b"\x86\0\x31\xb2\x40\xe8\x07\x08\0\0\0\x01\0\0\0\x02",
            "icmpv6.nd.ra.cur_hop_limit=64 icmpv6.nd.ra.flag=232 icmpv6.nd.ra.flag.m=1 \
             icmpv6.nd.ra.flag.o=1 icmpv6.nd.ra.flag.h=1 icmpv6.nd.ra.flag.prf=1 \
             icmpv6.nd.ra.flag.p=0 icmpv6.nd.ra.flag.rsv=0 icmpv6.nd.ra.router_lifetime=1800 \
             icmpv6.nd.ra.reachable_time=1 icmpv6.nd.ra.retrans_timer=2",
            "router advertisement, lifetime 1800",
        );
        check(
            &[b"\x89\0\x4c\xb3\0\0\0\0", &address[..], address].concat(),
            "icmpv6.reserved=00000000 icmpv6.nd.rd.target_address=fe80::1 \
             icmpv6.rd.na.destination_address=fe80::1",
            "redirect, fe80::1 to fe80::1",
        );
    }

    #[test]
    fn node_information() {
        check(
            b"\x8c\0\x91\x9a\0\x02\0\0\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\x64\x03www\x07example\0",
            "icmpv6.ni.qtype=2 icmpv6.ni.flag=0 icmpv6.ni.flag.g=0 icmpv6.ni.flag.s=0 \
             icmpv6.ni.flag.l=0 icmpv6.ni.flag.c=0 icmpv6.ni.flag.a=0 icmpv6.ni.flag.t=0 \
             icmpv6.ni.flag.rsv=0 icmpv6.ni.nonce=72623859790382856 \
             icmpv6.ni.reply.node_ttl=100 icmpv6.ni.reply.node_name=www.example",
            "node information response",
        );
    }

    #[test]
    fn mobility_and_multicast_routers() {
        check(
            b"\x93\0\xaf\xb0\0\x07\xc0\0",
            "icmpv6.mip6.identifier=7 icmpv6.mip6.flag=49152 icmpv6.mip6.flag.m=1 \
             icmpv6.mip6.flag.o=1 icmpv6.mip6.flag.rsv=0",
            "mobile prefix advertisement",
        );
        check(
            b"\x97\x05\x6b\x9d\0\x14\0\x02",
            "icmpv6.mcast_ra.query_interval=20 icmpv6.mcast_ra.robustness_variable=2",
            "multicast router advertisement",
        );
        check(b"\x98\0\x6a\xbc", "", "multicast router solicitation");
    }

    #[test]
    fn routing_messages_of_rpl() {
        // tshark -r rpl-26-senddaoack.pcap -Y frame.number==1, of tcpdump's tests.
        check(
            b"\x9b\x03\x75\x2e\x2b\x80\x0b\0thisismydicedag2",
            "icmpv6.rpl.daoack.instance=43 icmpv6.rpl.daoack.flag=128 \
             icmpv6.rpl.daoack.flag.d=1 icmpv6.rpl.daoack.flag.rsv=0 \
             icmpv6.rpl.daoack.sequence=11 icmpv6.rpl.daoack.status=0 \
             icmpv6.rpl.daoack.dodagid=7468:6973:6973:6d79:6469:6365:6461:6732",
            "RPL control",
        );
    }

    #[test]
    fn a_message_too_short_for_its_type_is_other() {
        for bytes in [&b"\x87\0\0\0\0\0\0\0\xfe\x80"[..], b"\x85\0\0\0\0", b"\x82\0\0\0\0\0\0\0"] {
            assert_eq!(Icmpv6::parse(bytes).unwrap().message(), Icmpv6Message::Other);
        }
    }

    #[test]
    fn packet_too_big_quotes_what_was_sent() {
        decoded(&icmp(TOO_BIG, &ipv6(6, TCP)), |packet| {
            assert!(packet.get::<Tcp<'_>>().is_none() && packet.all::<Ipv6<'_>>().count() == 1);
            assert_eq!(quoted(packet), [LayerType::IPV6, LayerType::TCP]);
            let tcp: Tcp<'_> = packet.view(&packet.quoted_layers()[1]).unwrap();
            assert_eq!(tcp.payload, b"data");
            assert!(packet.error().is_none() && !packet.is_truncated());
            let message = packet.get::<Icmpv6<'_>>().unwrap().message();
            assert_eq!(message, Icmpv6Message::PacketTooBig { mtu: 1280 });
        });
    }

    #[test]
    fn a_quotation_may_end_anywhere() {
        let inner = icmp(*b"\x03\0\0\0\0\0\0\0", &ipv6(6, TCP));
        for whole in [ipv6(6, TCP), inner] {
            for len in 0..=whole.len() {
                decoded(&icmp(TOO_BIG, &whole[..len]), |packet| {
                    assert_eq!(packet.error(), None, "{len} bytes");
                    assert!(!packet.is_truncated() && packet.get::<Udp<'_>>().is_none());
                    assert_eq!(quoted(packet).is_empty(), len < 40);
                });
            }
        }
    }

    #[test]
    fn extensions_follow_the_announced_quotation_only() {
        let extensions = b"\x20\0\x9c\xf1\0\x08\x01\x01\0\x06\x41\xff";
        let mut quotation = ipv6(6, TCP);
        quotation.resize(128, 0);
        quotation.extend(extensions);
        for (words, expected) in [(16, 128), (0, 140)] {
            decoded(&icmp([3, 0, 0, 0, words, 0, 0, 0], &quotation), |packet| {
                let icmp: Icmpv6<'_> = packet.get().unwrap();
                assert_eq!((icmp.payload.len(), packet.error()), (expected, None));
                assert_eq!(icmp.extensions().is_some(), words != 0);
                assert_eq!(icmp.to_string().contains("icmp.mpls.label=100 "), words != 0);
            });
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, message_type: u8, words in 0_u8..4) {
            let bytes = [&[message_type, 0, 0, 0, words, 0, 0, 0][..], &bytes].concat();
            let icmp = Icmpv6::parse(&bytes).unwrap();
            let shape = icmp.shape();
            let parts = [shape.header_len, icmp.payload.len(), shape.trailer_len];
            prop_assert_eq!(parts.iter().sum::<usize>(), bytes.len());
            icmp.fields(&mut |field: crate::Field<'_>| {
                assert!(field.bytes.start <= field.bytes.end && field.bytes.end <= bytes.len());
            });
            prop_assert!(!fmt::from_fn(|f| icmp.summary(f)).to_string().is_empty());
            let options = NdpOptions::new(&bytes);
            prop_assert!(options.count() <= bytes.len());
            let records = MldRecords::read(&bytes).unwrap();
            prop_assert!(records.count() <= bytes.len());
        }
    }
}
