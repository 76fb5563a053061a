//! The protocols that `cargo xtask conform l7` compares, a table each, and the engine that reads them.

use std::time::Duration;

use rheos_flow::{FiveTuple, FiveTupleKey, Inner, TrackerConfig};
use rheos_l7::dns::{DnsConfig, DnsTcpParser, DnsUdpParser};
use rheos_l7::dtls::DtlsParser;
use rheos_l7::ftp::FtpParser;
use rheos_l7::http::{Bodies, HttpConfig, HttpParser};
use rheos_l7::smtp::SmtpParser;
use rheos_l7::ssh::SshParser;
use rheos_l7::starttls::StartTlsParser;
use rheos_l7::tls::TlsParser;
use rheos_layers::Decoder;
use rheos_session::{Defragment, DefragmentOptions, Engine, Event};

use super::values::Values;
use super::{dialog, dns, http, tls};

/// A protocol: its name, the fields compared, and what our messages say of them.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [&'static str],
    pub(crate) ours: fn(&Event<'_, FiveTupleKey>, &mut Values),
}

/// Every protocol.
pub(super) const TABLES: &[Table] =
    &[http::TABLE, dns::TABLE, tls::TABLE, tls::DTLS, dialog::SSH, dialog::SMTP, dialog::FTP];

/// Ports that tshark reads as these protocols whatever is said there.
const PORTS: &[(u16, &str)] = &[
    (80, "http"),
    (3128, "http"),
    (8080, "http"),
    (22, "ssh"),
    (25, "smtp"),
    (587, "smtp"),
    (21, "ftp"),
    (53, "dns"),
    (5353, "mdns"),
    (5355, "llmnr"),
    (443, "tls"),
];

/// How long a connection stays without a packet: to tshark it lasts as long as the capture.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The fields of all tables.
pub(super) fn fields() -> Vec<&'static str> {
    TABLES.iter().flat_map(|table| table.fields).copied().collect()
}

/// An engine with every parser.
pub(super) fn engine() -> Engine<Inner<FiveTuple>> {
    let decoder = Decoder::default();
    let mut http = HttpConfig::default();
    http.bodies = Bodies::Count;
    let mut track = TrackerConfig::default();
    track.idle_timeout_tcp = FOR_EVER;
    track.idle_timeout_udp = FOR_EVER;
    track.handshake_timeout = FOR_EVER;
    track.closing_timeout = FOR_EVER;
    track.closed_timeout = FOR_EVER;
    // tshark puts fragments inside of tunnels together, too.
    let options = DefragmentOptions { in_tunnels: true, ..DefragmentOptions::default() };
    let mut builder = Engine::builder()
        .extractor(Inner::most(&decoder, FiveTuple::new(&decoder)))
        .defragment(Defragment::with_options(&decoder, options))
        .track(track)
        .parser(HttpParser::new(http))
        .parser(TlsParser::default())
        .parser(StartTlsParser::default())
        .parser(SshParser::default())
        .parser(SmtpParser::default())
        .parser(FtpParser::default())
        .parser(DnsTcpParser::default())
        .datagram_parser(DnsUdpParser::default())
        .datagram_parser(DnsUdpParser::mdns())
        .datagram_parser(DnsUdpParser::llmnr(DnsConfig::default()))
        .datagram_parser(DtlsParser::default());
    for (port, parser) in PORTS {
        builder = builder.on_port(*port, parser);
    }
    builder.build()
}
