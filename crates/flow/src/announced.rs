//! Flows that packets announce: the media of SIP, the data of FTP, the answer of TFTP.

use std::net::{IpAddr, SocketAddr};

use rheos_layers::{
    FtpAddress, IpProtocol, Ipv4, Ipv6, Packet, Sdp, SdpMedia, Tcp, Tftp, TftpMessage, Udp,
};

use crate::FiveTupleKey;
use crate::initiator::is_group;

/// Streams of one description that are believed. A call has some, a conference a dozen; a description
/// of thousands would push what others announced out of the tracker.
const MAX_STREAMS: usize = 16;

/// Where the control connections of FTP go, RFC 959 section 8.
const FTP: u16 = 21;

/// Lines of a segment to or from port 21 that are read. Clients send one command at a time; a segment of
/// nothing but announcements would push what others announced out of the tracker.
const MAX_LINES: usize = 8;

/// A flow that a packet says will come, by one of its ends: what a TFTP server answers a request
/// with, RFC 1350 section 4; the data connection of FTP that `PORT`, `EPRT` and the replies to `PASV` and
/// `EPSV` are about, each a line of one segment, RFC 959 and RFC 2428; and the streams that a description
/// of SDP asks for, RFC 8866, each with the RTCP on the port behind it, RFC 3550 section 11, or where it
/// says, RFC 3605.
///
/// [`FlowTracker::expect`](crate::FlowTracker::expect) makes it a child of the flow that announced
/// it. A control connection of FTP is known by its port 21, or by a segment that starts with such a line. The
/// engine of `rheos-session`, whose parsers read streams, knows of lines in several segments, too.
///
/// ```
/// use std::time::Duration;
///
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{AnnouncedFlow, FiveTuple, FiveTupleKey, FlowEvent, FlowTracker};
/// use rheos_layers::Decoder;
///
/// // 10.0.0.1 port 50000 asks port 69 of 10.0.0.2 for the file `a`, which answers from another.
/// let ask = b"\x45\0\0\x26\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\
///     \xc3\x50\0\x45\0\x12\0\0\0\x01a\0octet\0";
/// let answer = b"\x45\0\0\x21\0\0\0\0\x40\x11\0\0\x0a\0\0\x02\x0a\0\0\x01\
///     \x80\0\xc3\x50\0\x0d\0\0\0\x03\0\x01x";
/// let decoder = Decoder::default();
/// let mut tracker = FlowTracker::<_>::new(FiveTuple::new(&decoder));
/// let mut ids = Vec::new();
/// for bytes in [&ask[..], answer] {
///     let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
///     let Some(id) = tracker.track(&raw, &mut |_: &FlowEvent<'_, FiveTupleKey>| {}) else { continue };
///     for flow in AnnouncedFlow::of(&decoder.decode(raw.link_type, raw.data)) {
///         tracker.expect(id, Duration::from_secs(60), move |key| flow.fits(key));
///     }
///     ids.push(id);
/// }
/// assert_eq!(tracker.parent(ids[1]), Some(ids[0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AnnouncedFlow {
    /// What IP will carry.
    pub protocol: IpProtocol,
    /// The end that is known.
    pub end: SocketAddr,
    /// The host of the other end, where only that may be it.
    pub other: Option<IpAddr>,
}

impl AnnouncedFlow {
    /// What a packet announces, which is nothing of most.
    pub fn of(packet: &Packet<'_>) -> Vec<Self> {
        let mut found: Vec<_> = answer(packet).into_iter().collect();
        found.extend(data_connections(packet).into_iter().flatten());
        if let Some(description) = packet.get::<Sdp<'_>>() {
            let shared = description.address();
            let all = description.media().take(MAX_STREAMS);
            let streams = all.flat_map(|media| streams(media, shared)).take(MAX_STREAMS);
            found.extend(streams.flatten().flatten());
        }
        found
    }

    /// Whether a flow is the one that is meant.
    pub fn fits(&self, key: &FiveTupleKey) -> bool {
        let [low, high] = [key.low(), key.high()];
        let is_from = |end: SocketAddr, other: SocketAddr| {
            end == self.end && self.other.is_none_or(|host| host == other.ip())
        };
        key.protocol() == self.protocol && (is_from(low, high) || is_from(high, low))
    }
}

/// The answer to a request of TFTP: it goes where the request came from, from the host that was asked. Whom a
/// group or all hosts of a link were asked as, has an address of its own.
fn answer(packet: &Packet<'_>) -> Option<AnnouncedFlow> {
    let asks = matches!(
        packet.get::<Tftp<'_>>()?.message,
        TftpMessage::ReadRequest { .. } | TftpMessage::WriteRequest { .. }
    );
    let (ip, asked) = hosts(packet)?;
    let end = SocketAddr::new(ip, packet.get_last::<Udp<'_>>()?.source_port());
    let other = Some(asked).filter(|asked| !is_group(*asked));
    asks.then_some(AnnouncedFlow { protocol: IpProtocol::UDP, end, other })
}

/// Who sent the innermost packet, and to whom.
fn hosts(packet: &Packet<'_>) -> Option<(IpAddr, IpAddr)> {
    packet.own_layers().iter().rev().find_map(|span| {
        let four = packet.view::<Ipv4<'_>>(span);
        let four = four.map(|ip| (ip.source().into(), ip.destination().into()));
        four.or_else(|| {
            let ip = packet.view::<Ipv6<'_>>(span)?;
            Some((ip.source().into(), ip.destination().into()))
        })
    })
}

/// The data connections that a segment of FTP announces. They go to the host that says so, from the one that it
/// says it to, whatever address it names: one behind a translator of addresses names its inner one.
fn data_connections(packet: &Packet<'_>) -> Option<impl Iterator<Item = AnnouncedFlow> + use<>> {
    let tcp = packet.get_last::<Tcp<'_>>()?;
    let is_ftp = [tcp.source_port(), tcp.destination_port()].contains(&FTP);
    if !is_ftp && !FtpAddress::starts(tcp.payload) {
        return None;
    }
    let lines = tcp.payload.split_inclusive(|byte| *byte == b'\n');
    // A line without an end goes on in the next segment, with the rest of a number.
    let lines = lines.take(if is_ftp { MAX_LINES } else { 1 }).filter(|line| line.ends_with(b"\n"));
    let ports: Vec<_> = lines.filter_map(FtpAddress::of_line).map(|to| to.port).collect();
    let (sender, other) = if ports.is_empty() { None } else { hosts(packet) }?;
    Some(ports.into_iter().map(move |port| AnnouncedFlow {
        protocol: IpProtocol::TCP,
        end: SocketAddr::new(sender, port),
        other: Some(other),
    }))
}

/// The streams of a description, each with what is said about it: on the port behind, or where the
/// description says.
fn streams(
    media: SdpMedia<'_>,
    shared: Option<&str>,
) -> impl Iterator<Item = [Option<AnnouncedFlow>; 2]> {
    let is_tcp = media.proto.starts_with("TCP");
    let protocol = if is_tcp { IpProtocol::TCP } else { IpProtocol::UDP };
    let is_rtp = media.proto.starts_with("RTP/");
    let ip = media.address.or(shared).and_then(address);
    let control_ip = media.rtcp_address.map_or(ip, address);
    // Port zero refuses a stream.
    let count = if media.port == 0 { 0 } else { media.port_count.max(1) };
    (0..count).map(move |place| {
        let at = |ip: Option<IpAddr>, port: Option<u16>| {
            Some(AnnouncedFlow { protocol, end: SocketAddr::new(ip?, port?), other: None })
        };
        // RFC 8866, section 5.14: of RTP, every other port is one of data.
        let port =
            place.checked_mul(if is_rtp { 2 } else { 1 }).and_then(|n| media.port.checked_add(n));
        let control = match media.rtcp_port {
            Some(port) if place == 0 => at(control_ip, Some(port).filter(|port| *port != 0)),
            _ => at(ip, port.and_then(|port| port.checked_add(1))),
        };
        [at(ip, port), control.filter(|_| is_rtp)]
    })
}

/// Where a stream goes: groups have the number of hops behind a slash, and no address holds a
/// stream, RFC 3264 section 8.4.
fn address(text: &str) -> Option<IpAddr> {
    let ip = text.split('/').next()?.parse::<IpAddr>().ok()?;
    Some(ip).filter(|ip| !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use rheos_layers::{Decoder, LinkType};

    use super::*;

    /// A datagram between ports of 10.0.0.1 and 10.0.0.2.
    fn datagram(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
        let length = |headers: usize| u16::try_from(headers + payload.len()).unwrap().to_be_bytes();
        let [high, low] = length(28);
        let ip = [0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let udp = [ports.map(u16::to_be_bytes).as_flattened(), &length(8), &[0, 0]].concat();
        [&ip[..], &udp, payload].concat()
    }

    /// A segment between ports of 10.0.0.1 and 10.0.0.2.
    fn segment(ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(40 + payload.len()).unwrap().to_be_bytes();
        let ip = [0x45, 0, high, low, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let tcp = [0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0];
        [&ip[..], ports.map(u16::to_be_bytes).as_flattened(), &tcp, payload].concat()
    }

    #[track_caller]
    fn check(packet: &[u8], expected: &[&str]) {
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, packet);
        let found = AnnouncedFlow::of(&packet).into_iter();
        let found: Vec<_> = found.map(|flow| format!("{} {}", flow.protocol, flow.end)).collect();
        assert_eq!(found, expected, "{packet}");
    }

    /// An INVITE with a description.
    fn invite(description: &str) -> Vec<u8> {
        let head = "INVITE sip:bob@biloxi.example.com SIP/2.0\r\nContent-Type: application/sdp\r\n";
        let text = format!("{head}Content-Length: {}\r\n\r\n{description}", description.len());
        datagram([5060, 5060], text.as_bytes())
    }

    /// RFC 8866 section 5, without what says nothing of streams.
    const DESCRIPTION: &str = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n\
        s=Call to John Smith\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
        m=audio 49170 RTP/AVP 0\r\nm=audio 49180 RTP/AVP 0\r\n\
        m=video 51372 RTP/AVP 99\r\nc=IN IP6 2001:db8::2\r\na=rtpmap:99 h263-1998/90000\r\n";

    #[test]
    fn a_description_announces_its_streams_and_what_is_said_about_them() {
        check(
            &invite(DESCRIPTION),
            &[
                "UDP 198.51.100.1:49170",
                "UDP 198.51.100.1:49171",
                "UDP 198.51.100.1:49180",
                "UDP 198.51.100.1:49181",
                "UDP [2001:db8::2]:51372",
                "UDP [2001:db8::2]:51373",
            ],
        );
        let group = DESCRIPTION.replace("c=IN IP4 198.51.100.1", "c=IN IP4 233.252.0.1/127");
        let first = group.split("m=audio 49180").next().unwrap();
        check(&invite(first), &["UDP 233.252.0.1:49170", "UDP 233.252.0.1:49171"]);
        let over_tcp = first.replace("49170 RTP/AVP 0", "54111 TCP/MSRP *");
        check(&invite(&over_tcp), &["TCP 233.252.0.1:54111"]);
    }

    /// RFC 8866 section 5.14, and the examples of RFC 3605 section 2.1.
    #[test]
    fn ports_that_a_description_names_are_taken_for_those_that_follow_from_it() {
        let first = DESCRIPTION.split("m=audio 49170").next().unwrap();
        let with = |media: &str| invite(&format!("{first}{media}\r\n"));
        check(
            &with("m=video 49170/2 RTP/AVP 31"),
            &[
                "UDP 198.51.100.1:49170",
                "UDP 198.51.100.1:49171",
                "UDP 198.51.100.1:49172",
                "UDP 198.51.100.1:49173",
            ],
        );
        check(
            &with("m=audio 49170 RTP/AVP 0\r\na=rtcp:53020"),
            &["UDP 198.51.100.1:49170", "UDP 198.51.100.1:53020"],
        );
        check(
            &with("m=audio 49170 RTP/AVP 0\r\na=rtcp:53020 IN IP4 126.16.64.4"),
            &["UDP 198.51.100.1:49170", "UDP 126.16.64.4:53020"],
        );
        check(
            &with(
                "m=audio 49170 RTP/AVP 0\r\na=rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD",
            ),
            &["UDP 198.51.100.1:49170", "UDP [2001:2345:6789:abcd:ef01:2345:6789:abcd]:53020"],
        );
    }

    #[test]
    fn streams_that_are_refused_held_or_nowhere_announce_nothing() {
        let one = DESCRIPTION.split("m=audio 49180").next().unwrap();
        check(&invite(&one.replace("49170", "0")), &[]);
        check(&invite(&one.replace("c=IN IP4 198.51.100.1", "c=IN IP4 0.0.0.0")), &[]);
        check(&invite(&one.replace("c=IN IP4 198.51.100.1\r\n", "")), &[]);
        check(&invite(&one.replace("49170", "65535")), &["UDP 198.51.100.1:65535"]);
    }

    #[test]
    fn a_description_of_thousands_announces_few() {
        let many = "m=audio 49170 RTP/AVP 0\r\n".repeat(1000);
        let packet = invite(&DESCRIPTION.replace("m=audio 49170 RTP/AVP 0\r\n", &many));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &packet);
        assert_eq!(AnnouncedFlow::of(&packet).len(), 2 * MAX_STREAMS);
        let packet = invite(&DESCRIPTION.replace("49170 RTP", "1024/65535 RTP"));
        let packet = decoder.decode(LinkType::IPV4, &packet);
        assert_eq!(AnnouncedFlow::of(&packet).len(), 2 * MAX_STREAMS);
    }

    #[test]
    fn a_request_of_tftp_announces_an_answer_from_any_port_and_nothing_else_does() {
        for request in [b"\0\x01a\0octet\0", b"\0\x02a\0octet\0"] {
            check(&datagram([50_000, 69], request), &["UDP 10.0.0.1:50000"]);
        }
        check(&datagram([50_000, 69], b"\0\x04\0\x01"), &[]);
        check(&datagram([50_000, 53], b"\0\x01a\0octet\0"), &[]);
    }

    #[test]
    fn the_answer_to_a_request_of_tftp_comes_from_who_was_asked_or_from_anybody_of_a_group() {
        let others = |host: [u8; 4]| {
            let mut packet = datagram([50_000, 69], b"\0\x01a\0octet\0");
            packet[16..20].copy_from_slice(&host);
            let decoder = Decoder::default();
            let found = AnnouncedFlow::of(&decoder.decode(LinkType::IPV4, &packet));
            found.into_iter().map(|flow| flow.other).collect::<Vec<_>>()
        };
        assert_eq!(others([10, 0, 0, 2]), [Some(IpAddr::from([10, 0, 0, 2]))]);
        assert_eq!(others([239, 1, 2, 3]), [None]);
        assert_eq!(others([255; 4]), [None]);
    }

    // The addresses of the examples of RFC 959 and RFC 2428 are not those of the hosts.
    #[test]
    fn a_line_of_ftp_announces_a_connection_to_the_host_that_says_it() {
        let passive = b"227 Entering Passive Mode (132,235,1,2,24,131).\r\n";
        for (ports, text) in [
            ([40_000, 21], &b"PORT 132,235,1,2,24,131\r\n"[..]),
            ([40_000, 21], b"EPRT |1|132.235.1.2|6275|\r\n"),
            ([21, 40_000], passive),
            ([21, 40_000], b"229 Entering Extended Passive Mode (|||6275|)\r\n"),
            // What is said at another port is known by what it is.
            ([2121, 40_000], passive),
            ([21, 40_000], b"200 ok\r\n227 =10,0,0,1,24,131\r\n"),
        ] {
            check(&segment(ports, text), &["TCP 10.0.0.1:6275"]);
        }
        for (ports, text) in [
            ([2121, 40_000], &b"200 ok\r\n227 =10,0,0,1,24,131\r\n"[..]),
            ([21, 40_000], b"227 Entering Passive Mode (132,235,1,2,24,13"),
            ([21, 40_000], b"227 Entering Passive Mode\r\n"),
            ([40_000, 21], b"PASV\r\n"),
            ([40_000, 21], b""),
        ] {
            check(&segment(ports, text), &[]);
        }
        let many = segment([40_000, 21], &b"PORT 132,235,1,2,24,131\r\n".repeat(40));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV4, &many);
        assert_eq!(AnnouncedFlow::of(&packet).len(), MAX_LINES);
    }

    #[test]
    fn a_flow_between_other_hosts_does_not_fit_where_both_are_known() {
        let [end, other, third] = [1, 2, 3].map(|host| SocketAddr::from(([10, 0, 0, host], 6275)));
        let protocol = IpProtocol::TCP;
        let flow = AnnouncedFlow { protocol, end, other: Some(other.ip()) };
        let key = |a, b| FiveTupleKey::new(a, b, protocol).unwrap().0;
        assert!(flow.fits(&key(end, other)) && flow.fits(&key(other, end)));
        assert!(!flow.fits(&key(end, third)) && !flow.fits(&key(third, other)));
        assert!(AnnouncedFlow { other: None, ..flow }.fits(&key(third, end)));
    }

    #[test]
    fn a_flow_fits_by_its_protocol_and_one_of_its_ends() {
        let [end, other] = [50_000, 32_768].map(|port| SocketAddr::from(([10, 0, 0, 1], port)));
        let peer = SocketAddr::from(([10, 0, 0, 2], 50_000));
        let flow = AnnouncedFlow { protocol: IpProtocol::UDP, end, other: None };
        let key = |a, b, protocol| FiveTupleKey::new(a, b, protocol).unwrap().0;
        assert!(flow.fits(&key(end, peer, IpProtocol::UDP)));
        assert!(flow.fits(&key(peer, end, IpProtocol::UDP)));
        assert!(!flow.fits(&key(other, peer, IpProtocol::UDP)));
        assert!(!flow.fits(&key(end, peer, IpProtocol::TCP)));
    }
}
