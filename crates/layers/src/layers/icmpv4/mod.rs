//! Internet Control Message Protocol, [RFC 792](https://www.rfc-editor.org/rfc/rfc792).
//!
//! ```text
//!  0               8               16                             31
//! |     type      |     code      |           checksum            |
//! |                    depends on the type                        |
//! |              data, or the front of a packet ...               |
//! |              extensions of an error, RFC 4884 ...             |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, Header, InternetSum, Outer};
use crate::{
    EtherType, FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Setting,
};
use crate::{Shape, Value};

mod encode;
mod extensions;
mod extensions_encode;
mod interface;
mod message;

pub use encode::Icmpv4Builder;
pub use extensions::{IcmpExtensionHeader, IcmpExtensions, IcmpMplsEntry, IcmpObject, IcmpObjects};
pub use interface::IcmpInterface;
pub use message::{
    IcmpExtendedEchoCode, IcmpInterfaceStatus, Icmpv4Message, Icmpv4ParameterProblemCode,
    Icmpv4RedirectCode, Icmpv4Router, Icmpv4TimeExceededCode, Icmpv4Times, Icmpv4Trace, Icmpv4Type,
    Icmpv4UnreachableCode,
};

pub(crate) use extensions::split_quoted;
pub(crate) use extensions_encode::padded_quotation;

/// Most routers in a summary: a line has no room for more.
const MAX_SHOWN: usize = 8;

/// The header on the wire: every message has these eight bytes.
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
pub struct Icmpv4Header {
    pub message_type: u8,
    pub code: u8,
    pub checksum: U16,
    /// Depends on the type: [`Icmpv4::message`] tells.
    pub rest: [u8; 4],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Icmpv4<'a> {
    pub header: &'a Icmpv4Header,
    /// What stands behind the eight bytes: the data of an echo, the packet that an error quotes,
    /// or more of the message, as [`message`](Self::message) tells.
    pub payload: &'a [u8],
    raw_extensions: &'a [u8],
}

impl<'a> Layer<'a> for Icmpv4<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<Icmpv4Header>(bytes)?;
        let icmp = Self { header, payload: body, raw_extensions: &[] };
        let (payload, raw_extensions) = match icmp.message_type() {
            message_type if message_type.is_extensible() => {
                split_quoted(body, icmp.announced_quotation())
            }
            Icmpv4Type::EXTENDED_ECHO_REQUEST => (&[][..], body),
            _ => (body, &[][..]),
        };
        Ok(Self { header, payload, raw_extensions })
    }

    fn shape(&self) -> Shape {
        let next = if self.message_type().is_error() {
            Next::Quoted(Key::ether_type(EtherType::IPV4))
        } else {
            Next::End
        };
        Shape {
            header_len: size_of::<Icmpv4Header>(),
            payload_len: self.payload.len().max(self.announced_quotation()),
            trailer_len: self.raw_extensions.len(),
            next,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("icmp.type", self.header.message_type, 0..1);
        sink.number("icmp.code", self.header.code, 1..2);
        sink.number("icmp.checksum", self.header.checksum, 2..4);
        let message_type = self.message_type();
        if message_type.is_query() {
            self.identifier_fields(sink);
            sink.number("icmp.seq", self.sequence_number(), 6..8);
            sink.number("icmp.seq_le", self.sequence_number().swap_bytes(), 6..8);
        } else if message_type.is_extensible() {
            self.error_fields(sink);
        }
        self.message_fields(sink);
        if let Some(extensions) = self.extensions() {
            extensions.fields(self.payload.len().saturating_add(8), sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message_type())?;
        match self.message() {
            Icmpv4Message::DestinationUnreachable { code, next_hop_mtu } => {
                write!(f, ", {code}")?;
                next_hop_mtu.map_or(Ok(()), |mtu| write!(f, ", mtu {mtu}"))
            }
            Icmpv4Message::Redirect { code, gateway } => write!(f, " {code}, to {gateway}"),
            Icmpv4Message::TimeExceeded { code } => write!(f, " {code}"),
            Icmpv4Message::ParameterProblem { code, pointer } => {
                write!(f, ", {code}, byte {pointer}")
            }
            Icmpv4Message::RouterAdvertisement { lifetime, routers } => {
                write!(f, ", lifetime {lifetime}")?;
                routers.iter().take(MAX_SHOWN).try_for_each(|router| {
                    let address = std::net::Ipv4Addr::from(router.address);
                    write!(f, ", {address} preference {}", router.preference_level)
                })
            }
            Icmpv4Message::AddressMaskReply { mask, .. } => write!(f, ", {mask}"),
            Icmpv4Message::ExtendedEchoRequest { identifier, sequence_number, .. } => {
                write!(f, ", id {identifier}, seq {sequence_number}")
            }
            Icmpv4Message::ExtendedEchoReply { code, identifier, sequence_number, status } => {
                let state = if status.is_active() { "active" } else { "inactive" };
                write!(f, ", {code}, {state}, id {identifier}, seq {sequence_number}")
            }
            _ if self.message_type().is_query() => {
                let (identifier, sequence_number) = (self.identifier(), self.sequence_number());
                // As tcpdump and ping do, the length is that of the whole message.
                let len = self.payload.len().saturating_add(size_of::<Icmpv4Header>());
                write!(f, ", id {identifier}, seq {sequence_number}, length {len}")
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Icmpv4<'a> {
    /// Type of the message.
    pub fn message_type(&self) -> Icmpv4Type {
        Icmpv4Type(self.header.message_type)
    }

    /// The extensions of an error or of an extended echo request.
    pub fn extensions(&self) -> Option<IcmpExtensions<'a>> {
        IcmpExtensions::new(self.raw_extensions)
    }

    /// Bytes of the quoted packet in front of the extensions, zero where the message says nothing
    /// of it: RFC 4884, section 4.
    fn announced_quotation(&self) -> usize {
        let [_, words, ..] = self.header.rest;
        if self.message_type().is_extensible() { usize::from(words) << 2 } else { 0 }
    }

    fn identifier(&self) -> u16 {
        let [high, low, ..] = self.header.rest;
        u16::from_be_bytes([high, low])
    }

    fn sequence_number(&self) -> u16 {
        let [.., high, low] = self.header.rest;
        u16::from_be_bytes([high, low])
    }

    fn identifier_fields(&self, sink: &mut dyn FieldSink) {
        sink.number("icmp.ident", self.identifier(), 4..6);
        sink.number("icmp.ident_le", self.identifier().swap_bytes(), 4..6);
    }

    /// Reports the second word of an error that may have extensions: with the length of what it
    /// quotes, if there is one, and otherwise without.
    fn error_fields(&self, sink: &mut dyn FieldSink) {
        let rest = &self.header.rest;
        let [pointer, words, ..] = *rest;
        let message = self.message();
        let needs_mtu =
            matches!(message, Icmpv4Message::DestinationUnreachable { next_hop_mtu: Some(_), .. });
        let mut unused = |from: usize, to: usize| {
            let bytes = rest.get(from..to).unwrap_or_default();
            sink.bytes("icmp.unused", bytes, from.saturating_add(4)..to.saturating_add(4));
        };
        let has_pointer = matches!(message, Icmpv4Message::ParameterProblem { .. });
        match (words, needs_mtu, has_pointer) {
            (0, false, false) => return unused(0, 4),
            (0, true, _) => unused(0, 2),
            (_, _, false) => unused(0, 1),
            (_, _, true) => sink.number("icmp.pointer", pointer, 4..5),
        }
        if words != 0 {
            sink.number("icmp.length", words, 5..6);
            let announced = self.announced_quotation() as u64;
            sink.number("icmp.length.original_datagram", announced, 5..6);
        }
        match (words, needs_mtu, has_pointer) {
            (_, true, _) => sink.number("icmp.mtu", self.sequence_number(), 6..8),
            (0, _, true) => sink.bytes("icmp.unused", rest.get(1..).unwrap_or_default(), 5..8),
            _ => sink.bytes("icmp.unused", rest.get(2..).unwrap_or_default(), 6..8),
        }
    }

    /// Reports what only messages of this type have.
    fn message_fields(&self, sink: &mut dyn FieldSink) {
        match self.message() {
            Icmpv4Message::Redirect { gateway, .. } => {
                sink.value("icmp.redir_gw", Value::Ipv4(gateway), 4..8);
            }
            Icmpv4Message::RouterAdvertisement { lifetime, routers } => {
                let [count, words, ..] = self.header.rest;
                sink.number("icmp.num_addrs", count, 4..5);
                sink.number("icmp.addr_entry_size", words, 5..6);
                sink.number("icmp.lifetime", lifetime, 6..8);
                for (at, router) in (8_usize..).step_by(8).zip(routers) {
                    let (middle, end) = (at.saturating_add(4), at.saturating_add(8));
                    let address = Value::Ipv4(router.address.into());
                    sink.value("icmp.router_address", address, at..middle);
                    let preference = Value::Signed(router.preference_level.get().into());
                    sink.value("icmp.pref_level", preference, middle..end);
                }
            }
            Icmpv4Message::TimestampRequest { times, .. }
            | Icmpv4Message::TimestampReply { times, .. } => {
                sink.number("icmp.originate_timestamp", times.originate, 8..12);
                sink.number("icmp.receive_timestamp", times.receive, 12..16);
                sink.number("icmp.transmit_timestamp", times.transmit, 16..20);
            }
            Icmpv4Message::AddressMaskRequest { mask, .. }
            | Icmpv4Message::AddressMaskReply { mask, .. } => {
                sink.value("icmp.address_mask", Value::Ipv4(mask), 8..12);
            }
            Icmpv4Message::ExtendedEchoRequest { sequence_number, local, .. } => {
                let [.., bits] = self.header.rest;
                self.identifier_fields(sink);
                sink.number("icmp.ext.echo.seq", sequence_number, 6..7);
                sink.number("icmp.ext.echo.req.res", bits >> 1, 7..8);
                sink.flag("icmp.ext.echo.req.local", local, 7..8);
            }
            Icmpv4Message::ExtendedEchoReply { sequence_number, status, .. } => {
                self.identifier_fields(sink);
                sink.number("icmp.ext.echo.seq", sequence_number, 6..7);
                sink.number("icmp.ext.echo.rsp.state", status.state(), 7..8);
                sink.number("icmp.ext.echo.rsp.res", status.0 >> 3 & 3, 7..8);
                sink.flag("icmp.ext.echo.rsp.active", status.is_active(), 7..8);
                sink.flag("icmp.ext.echo.rsp.ipv4", status.has_ipv4(), 7..8);
                sink.flag("icmp.ext.echo.rsp.ipv6", status.has_ipv6(), 7..8);
            }
            _ => {}
        }
    }
}

impl Header for Icmpv4Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// RFC 4884, section 4: the length of what an error quotes, if it says that.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<Icmpv4Header>(bytes)?;
    let [_, words, ..] = &mut header.rest;
    if Icmpv4Type(header.message_type).is_extensible() && *words != 0 {
        *words = behind.payload_units("length", 4)?;
    }
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let stored = Icmpv4::parse(bytes).ok().filter(|_| outer.is_whole())?.header.checksum;
    // Summed around the checksum: what is left may be all zeros, which no sum without it tells.
    let (front, behind) = (bytes.get(..2)?, bytes.get(4..)?);
    let computed = InternetSum::new().with(front).with(behind).checksum().into();
    Some(Checksum { place: 2..4, stored: stored.get().into(), computed, absent: None })
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("id", "icmp.ident"),
    Setting::field("gw", "icmp.redir_gw"),
    Setting::field("ptr", "icmp.pointer"),
    Setting::field("nexthopmtu", "icmp.mtu"),
    Setting::field("chksum", "icmp.checksum"),
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ICMPV4,
    "icmp",
    "Internet Control Message Protocol",
    |bytes, outer| Icmpv4::parse_in(bytes, outer).map(|icmp| icmp.shape()),
    |bytes, outer, visitor| Icmpv4::parse_in(bytes, outer).map(|icmp| visitor(&icmp)),
)
.specification("RFC 792")
.claims(&[Key::ip_protocol(IpProtocol::ICMPV4)])
.template(&[8, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths)
.checksum(checksum)
.settings(&[SETTINGS]);

// tshark -r tcp__timeout-with-pings.pcap -Y frame.number==10, of Zeek's tests.
#[cfg(test)]
layer_tests! {
    sample: Icmpv4 *b"\x08\0\xf6\xdb\x01\x23\0\x01";
    fields: "icmp.type=8 icmp.code=0 icmp.checksum=63195 icmp.ident=291 icmp.ident_le=8961 \
        icmp.seq=1 icmp.seq_le=256";
    edit: Icmpv4Header, |header| header.message_type = Icmpv4Type::ECHO_REPLY.0;
    bad: [];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Ipv4, LinkType, Packet, Registry, Tcp, Udp};

    /// From 10.0.0.1 to 10.0.0.2, with the checksum left out.
    fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
        let len = u16::try_from(payload.len().strict_add(20)).unwrap().to_be_bytes();
        let mut bytes = b"\x45\0\0\0\0\x07\0\0\x40\0\0\0\x0a\0\0\x01\x0a\0\0\x02".to_vec();
        bytes[2..4].copy_from_slice(&len);
        bytes[9] = protocol;
        bytes.extend(payload);
        bytes
    }

    fn icmp(header: [u8; 8], payload: &[u8]) -> Vec<u8> {
        ipv4(1, &[&header, payload].concat())
    }

    #[track_caller]
    fn decoded(bytes: &[u8], test: impl FnOnce(&Packet<'_>)) {
        let decoder = Decoder::new(&Registry::default());
        test(&decoder.decode(LinkType::IPV4, bytes));
    }

    fn quoted(packet: &Packet<'_>) -> Vec<LayerType> {
        packet.quoted_layers().iter().map(|span| span.layer).collect()
    }

    const UNREACHABLE: [u8; 8] = *b"\x03\x03\0\0\0\0\0\0";
    /// Four bytes, so that the quotation is shorter than the packet.
    const UDP: &[u8] = b"\x30\x39\0\x35\0\x64\0\0what";

    /// The fields behind the checksum, as `tshark -T pdml` names and shows them, and the summary.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, summary: &str) {
        let icmp = Icmpv4::parse(bytes).unwrap();
        let text = icmp.to_string();
        assert_eq!(text.splitn(4, ' ').nth(3).unwrap_or_default(), fields);
        assert_eq!(fmt::from_fn(|f| icmp.summary(f)).to_string(), summary);
    }

    #[test]
    fn queries() {
        check(
            b"\x08\0\xb4\x25\0\x07\0\x01hello",
            "icmp.ident=7 icmp.ident_le=1792 icmp.seq=1 icmp.seq_le=256",
            "echo request, id 7, seq 1, length 13",
        );
        check(
            b"\x0e\0\xf1\xf1\0\x07\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x03",
            "icmp.ident=7 icmp.ident_le=1792 icmp.seq=1 icmp.seq_le=256 \
             icmp.originate_timestamp=1 icmp.receive_timestamp=2 icmp.transmit_timestamp=3",
            "timestamp reply, id 7, seq 1, length 20",
        );
        check(
            b"\x12\0\xee\xf6\0\x07\0\x01\xff\xff\xff\0",
            "icmp.ident=7 icmp.ident_le=1792 icmp.seq=1 icmp.seq_le=256 \
             icmp.address_mask=255.255.255.0",
            "address mask reply, 255.255.255.0",
        );
    }

    #[test]
    fn extended_echoes() {
        check(
            b"\x2a\0\xd4\xf7\0\x07\x01\x01\x20\0\x0f\x52\0\x08\x03\x01eth0",
            "icmp.ident=7 icmp.ident_le=1792 icmp.ext.echo.seq=1 icmp.ext.echo.req.res=0 \
             icmp.ext.echo.req.local=1 icmp.ext.version=2 icmp.ext.res=0 icmp.ext.checksum=3922 \
             icmp.ext.length=8 icmp.ext.class=3 icmp.ext.ctype=1 icmp.int_ident.name=eth0",
            "extended echo request, id 7, seq 1",
        );
        check(
            b"\x2b\0\xd3\xac\0\x07\x01\x4c",
            "icmp.ident=7 icmp.ident_le=1792 icmp.ext.echo.seq=1 icmp.ext.echo.rsp.state=2 \
             icmp.ext.echo.rsp.res=1 icmp.ext.echo.rsp.active=1 icmp.ext.echo.rsp.ipv4=0 \
             icmp.ext.echo.rsp.ipv6=0",
            "extended echo reply, no error, active, id 7, seq 1",
        );
    }

    #[test]
    fn routers_come_with_their_preference() {
        check(
            b"\x09\0\xe7\xf7\x02\x02\x07\x08\xc0\0\x02\xfe\0\0\0\x01\xc0\0\x02\xfd\x80\0\0\0",
            "icmp.num_addrs=2 icmp.addr_entry_size=2 icmp.lifetime=1800 \
             icmp.router_address=192.0.2.254 icmp.pref_level=1 \
             icmp.router_address=192.0.2.253 icmp.pref_level=-2147483648",
            "router advertisement, lifetime 1800, 192.0.2.254 preference 1, \
             192.0.2.253 preference -2147483648",
        );
        check(
            b"\x09\0\xf5\xc0\x01\x03\0\x3c\0\0\0\0\0\0\0\0\0\0\0\0",
            "icmp.num_addrs=1 icmp.addr_entry_size=3 icmp.lifetime=60",
            "router advertisement, lifetime 60",
        );
    }

    #[test]
    fn errors_name_what_stands_in_their_second_word() {
        check(&UNREACHABLE, "icmp.unused=00000000", "destination unreachable, port unreachable");
        check(
            b"\x03\x04\xf3\x3e\0\0\x05\xdc",
            "icmp.unused=0000 icmp.mtu=1500",
            "destination unreachable, fragmentation needed, mtu 1500",
        );
        check(
            b"\x03\x04\xf3\x1e\0\x20\x05\xdc",
            "icmp.unused=00 icmp.length=32 icmp.length.original_datagram=128 icmp.mtu=1500",
            "destination unreachable, fragmentation needed, mtu 1500",
        );
        check(b"\x04\0\xf8\x1e\0\0\0\0", "", "source quench");
        check(
            b"\x05\x01\x34\x1f\xc0\0\x02\xfe",
            "icmp.redir_gw=192.0.2.254",
            "redirect for host, to 192.0.2.254",
        );
        check(b"\x0b\x01\xf1\x1d\0\0\0\0", "icmp.unused=00000000", "time exceeded in reassembly");
        check(
            b"\x0c\0\xdc\x1e\x14\0\0\0",
            "icmp.pointer=20 icmp.unused=000000",
            "parameter problem, bad field, byte 20",
        );
        check(
            b"\x0c\0\xdb\xfe\x14\x20\0\0",
            "icmp.pointer=20 icmp.length=32 icmp.length.original_datagram=128 icmp.unused=0000",
            "parameter problem, bad field, byte 20",
        );
    }

    #[test]
    fn types_without_a_name_are_numbers() {
        check(b"\xce\x91\x5e\x5c\xa6\xce\xac\x8a", "", "type 206");
        assert_eq!(Icmpv4UnreachableCode(99).to_string(), "code 99");
    }

    #[test]
    fn a_message_too_short_for_its_type_is_other() {
        let message = |bytes| Icmpv4::parse(bytes).unwrap().message();
        assert_eq!(
            message(b"\x0d\0\0\0\0\x07\0\x01\0\0\0\x01\0\0\0\x02\0\0\0"),
            Icmpv4Message::Other
        );
        assert_eq!(message(b"\x11\0\0\0\0\x07\0\x01\0\0\0"), Icmpv4Message::Other);
    }

    // gopacket defect 11
    #[test]
    fn a_quoted_packet_is_not_the_packets_own() {
        decoded(&icmp(UNREACHABLE, &ipv4(17, UDP)), |packet| {
            assert!(packet.get::<Udp<'_>>().is_none() && packet.all::<Ipv4<'_>>().count() == 1);
            assert_eq!(quoted(packet), [LayerType::IPV4, LayerType::UDP]);
            let udp: Udp<'_> = packet.view(&packet.quoted_layers()[1]).unwrap();
            assert_eq!((udp.source_port(), udp.destination_port()), (12345, 53));
            assert!(packet.error().is_none() && !packet.is_truncated());
            assert_eq!(packet.payload().len(), ipv4(17, UDP).len());
        });
    }

    #[test]
    fn an_error_may_quote_an_error() {
        let inner = icmp(*b"\x0b\0\0\0\0\0\0\0", &ipv4(17, UDP));
        decoded(&icmp(UNREACHABLE, &inner), |packet| {
            let expected = [LayerType::IPV4, LayerType::ICMPV4, LayerType::IPV4, LayerType::UDP];
            assert_eq!(quoted(packet), expected);
            let icmp: Icmpv4<'_> = packet.get_last().unwrap();
            assert_eq!(icmp.message_type(), Icmpv4Type::DESTINATION_UNREACHABLE);
            assert!(packet.error().is_none() && !packet.is_truncated());
        });
    }

    #[test]
    fn a_quotation_may_end_anywhere() {
        let tcp =
            b"\x30\x39\0\x50\0\0\0\x01\0\0\0\x02\x60\x12\x01\0\xab\xcd\0\0\x02\x04\x05\xb4data";
        let inner = icmp(*b"\x0b\0\0\0\0\0\0\0", &ipv4(6, tcp));
        for whole in [ipv4(6, tcp), ipv4(17, UDP), inner] {
            for len in 0..=whole.len() {
                decoded(&icmp(UNREACHABLE, &whole[..len]), |packet| {
                    assert_eq!(packet.error(), None, "{len} bytes");
                    assert!(!packet.is_truncated() && packet.get::<Tcp<'_>>().is_none());
                    assert_eq!(quoted(packet).is_empty(), len < 20);
                });
            }
        }
    }

    /// Of an MPLS traceroute: tshark -r mpls-traceroute.pcap -Y frame.number==10, of tcpdump's
    /// tests. The router does not say how much it quotes.
    fn time_exceeded(len: u8) -> Vec<u8> {
        let quotation = b"\x45\0\0\x28\xa5\x50\0\0\x01\x11\xf7\x6b\x0c\x04\x04\x04\x0c\x01\x01\x01\
            \xa5\x4b\x82\x9f\0\x14\0\0";
        let extensions = b"\x20\0\xc4\xe4\0\x08\x01\x01\x19\x11\x01\x01";
        let payload = [&quotation[..], &[0; 100], extensions].concat();
        icmp([11, 0, 0xcd, 0, 0, len, 0, 0], &payload)
    }

    #[test]
    fn extensions_follow_128_bytes_with_and_without_a_length() {
        for (len, second_word) in [
            (0, "icmp.unused=00000000"),
            (
                32,
                "icmp.unused=00 icmp.length=32 icmp.length.original_datagram=128 icmp.unused=0000",
            ),
        ] {
            let bytes = time_exceeded(len);
            check(
                &bytes[20..],
                &format!(
                    "{second_word} icmp.ext.version=2 icmp.ext.res=0 icmp.ext.checksum=50404 \
                     icmp.ext.length=8 icmp.ext.class=1 icmp.ext.ctype=1 icmp.mpls.label=102672 \
                     icmp.mpls.exp=0 icmp.mpls.s=1 icmp.mpls.ttl=1"
                ),
                "time exceeded in transit",
            );
            decoded(&bytes, |packet| {
                assert_eq!(quoted(packet), [LayerType::IPV4, LayerType::UDP]);
                assert!(packet.error().is_none() && !packet.is_truncated());
                let icmp: Icmpv4<'_> = packet.get().unwrap();
                assert_eq!(icmp.payload.len(), 128);
                let object = icmp.extensions().unwrap().objects().next().unwrap();
                let Ok(IcmpObject::MplsLabels([entry])) = object else { panic!("{object:?}") };
                assert_eq!(entry.label(), 102_672);
            });
        }
    }

    #[test]
    fn unannounced_extensions_need_a_right_checksum() {
        let mut bytes = time_exceeded(0);
        *bytes.last_mut().unwrap() = 9;
        let icmp = Icmpv4::parse(&bytes[20..]).unwrap();
        assert_eq!((icmp.payload.len(), icmp.extensions()), (140, None));
    }

    #[test]
    fn unannounced_extensions_are_not_looked_for_in_long_messages() {
        let mut bytes = time_exceeded(0);
        // Zeros leave the checksum right.
        bytes.resize(20 + 8 + 576, 0);
        assert!(Icmpv4::parse(&bytes[20..]).unwrap().extensions().is_some());
        bytes.extend([0, 0]);
        assert!(Icmpv4::parse(&bytes[20..]).unwrap().extensions().is_none());
    }

    #[test]
    fn an_announced_quotation_that_is_not_there_is_truncated() {
        let bytes = icmp(*b"\x0b\0\0\0\0\x20\0\0", &ipv4(17, UDP));
        decoded(&bytes, |packet| assert!(packet.error().is_none() && packet.is_truncated()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_usize..8, length in 0_u8..4) {
            let mut bytes = [&b"\0\0\0\0\0\0\0\0"[..], &bytes].concat();
            bytes[0] = [0, 3, 9, 11, 12, 30, 42, 43][kind];
            bytes[5] = length;
            let icmp = Icmpv4::parse(&bytes).unwrap();
            let shape = icmp.shape();
            let parts = [shape.header_len, icmp.payload.len(), shape.trailer_len];
            prop_assert_eq!(parts.iter().sum::<usize>(), bytes.len());
            icmp.fields(&mut |field: crate::Field<'_>| {
                assert!(field.bytes.start <= field.bytes.end && field.bytes.end <= bytes.len());
            });
            let objects = icmp.extensions().map_or(0, |extensions| extensions.objects().count());
            prop_assert!(objects <= bytes.len() / 4);
        }
    }
}
