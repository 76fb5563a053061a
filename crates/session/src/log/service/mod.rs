//! What Zeek calls what a connection carries: the column `service` of `conn.log`.

use rheos_layers::{LayerType, Packet};

mod payload;

/// IP headers of a packet that are looked at: more than Zeek does.
const MAX_LEVELS: usize = 4;

/// What carries other packets, and is no program.
const TUNNELS: [&str; 5] = ["ayiya", "geneve", "gtpv1", "teredo", "vxlan"];

/// What a parser finds, which may have to be told by the port that the responder has.
pub(super) fn of_parser(parser: &'static str, port: u16) -> Option<&'static str> {
    Some(match (parser, port) {
        ("tls" | "dtls", _) => "ssl",
        ("mdns" | "llmnr", _) => "dns",
        ("starttls", 110) => "pop3",
        ("starttls", 143) => "imap",
        ("starttls", 389) => "ldap_tcp",
        ("starttls", 3306) => "mysql",
        ("starttls", 3389) => "rdp",
        ("starttls", 5222 | 5269) => "xmpp",
        ("starttls", 5432) => "postgresql",
        ("starttls", _) => return None,
        (other, _) => other,
    })
}

/// What the layers of a packet are, of those that no parser reads: for each of its IP headers, the outermost first.
pub(super) fn of_layers(packet: &Packet<'_>) -> impl Iterator<Item = Option<&'static str>> + use<> {
    let mut found = [None; MAX_LEVELS];
    let (mut levels, mut is_behind) = (0_usize, false);
    for span in packet.own_layers() {
        if is_behind && let Some(last) = levels.checked_sub(1).and_then(|last| found.get_mut(last))
        {
            *last = of_layer(span.layer);
        }
        is_behind = matches!(span.layer, LayerType::TCP | LayerType::UDP);
        levels = match span.layer {
            LayerType::IPV4 | LayerType::IPV6 => levels.saturating_add(1),
            _ => levels,
        };
    }
    if is_behind
        && let Some(transport) = packet.own_layers().last()
        && let Some(last) = levels.checked_sub(1).and_then(|last| found.get_mut(last))
    {
        *last = payload::of(packet, transport);
    }
    found.into_iter()
}

fn of_layer(layer: LayerType) -> Option<&'static str> {
    Some(match layer {
        LayerType::AYIYA => "ayiya",
        LayerType::DHCP => "dhcp",
        LayerType::GENEVE => "geneve",
        LayerType::GTP => "gtpv1",
        LayerType::MODBUS => "modbus",
        LayerType::NBNS => "dns",
        LayerType::NTP => "ntp",
        LayerType::RADIUS => "radius",
        LayerType::SIP => "sip",
        LayerType::SNMP => "snmp",
        LayerType::TEREDO => "teredo",
        LayerType::VXLAN => "vxlan",
        _ => return None,
    })
}

/// Suricata's name of a program, if it is one.
pub(super) fn program(service: &str) -> Option<&str> {
    match service {
        "ssl" => Some("tls"),
        "krb" | "krb_tcp" => Some("krb5"),
        "ldap_tcp" | "ldap_udp" => Some("ldap"),
        "postgresql" => Some("pgsql"),
        tunnel if TUNNELS.contains(&tunnel) => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use rheos_layers::{Decoder, LinkType};

    use super::*;

    #[test]
    fn each_header_of_ip_has_its_own_service() {
        // A question of NTP in VXLAN: RFC 7348, RFC 5905.
        let udp = |ports: [u16; 2], payload: &[u8]| {
            let [total, length] =
                [28, 8].map(|more| u16::try_from(payload.len() + more).unwrap().to_be_bytes());
            let ip =
                [0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
            let [from, to] = ports.map(u16::to_be_bytes);
            [&ip[..], &from, &to, &length, &[0, 0], payload].concat()
        };
        let ntp = [&[0x23][..], &[0; 47]].concat();
        let frame = [&[2; 12][..], &[8, 0], &udp([40_000, 123], &ntp)].concat();
        let vxlan = [&[8, 0, 0, 0, 0, 0, 7, 0][..], &frame].concat();
        let packet = udp([50_000, 4789], &vxlan);
        let decoder = Decoder::default();
        let found = of_layers(&decoder.decode(LinkType::IPV4, &packet));
        assert_eq!(found.take(3).collect::<Vec<_>>(), [Some("vxlan"), Some("ntp"), None]);
    }

    /// What a packet of these ports is, with so many bytes of TCP's header in front of what it says.
    #[track_caller]
    fn check(protocol: u8, port: u16, payload: &[u8], expected: Option<&str>) {
        let mut tcp = [0; 16];
        tcp[8] = 0x50;
        let header = if protocol == 6 { tcp.to_vec() } else { vec![0; 4] };
        let [from, to] = [40_000, port].map(u16::to_be_bytes);
        let behind = [&from[..], &to, &header, payload].concat();
        let [high, low] = u16::try_from(20 + behind.len()).unwrap().to_be_bytes();
        let ip = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let packet = [&ip[..], &behind].concat();
        let decoder = Decoder::default();
        let found = of_layers(&decoder.decode(LinkType::IPV4, &packet)).next().flatten();
        assert_eq!(found, expected, "{payload:02x?}");
    }

    #[test]
    fn what_has_no_layer_is_known_by_its_port_and_its_first_bytes() {
        // RFC 4511 section 4.2: a bind of version 3 without a name, and the end of a connection.
        let bind = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0";
        check(6, 389, bind, Some("ldap_tcp"));
        check(17, 389, bind, Some("ldap_udp"));
        check(6, 3268, b"\x30\x84\0\0\0\x05\x02\x01\x03\x42\0", Some("ldap_tcp"));
        check(6, 390, bind, None);
        check(6, 389, b"\x30\x0c\x02\x01\x01\x04\x07", None);
        // RFC 4120 sections 5.4.1, 5.9.1 and 7.2.2.
        check(17, 88, b"\x6a\x81\x80\x30\x7e\xa1\x03\x02\x01\x05", Some("krb"));
        check(6, 88, b"\0\0\0\x83\x6c\x81\x80\x30\x7e", Some("krb_tcp"));
        check(6, 88, b"\x6c\x81\x80\x30\x7e", None);
        check(17, 88, b"\x7e\x04\x30\x02\xa0\0", Some("krb"));
        check(17, 88, b"\x7f\x04\x30\x02", None);
        // [MS-RDPEUDP] section 2.2.2.1: a SYN.
        let syn = b"\xff\xff\xff\xff\x04\0\0\x01\0\0\0\0";
        check(17, 3389, syn, Some("rdpeudp"));
        check(17, 3389, b"\0\0\0\x01\x04\0\0\x01", None);
        check(17, 3389, b"\xff\xff\xff\xff\x04\0\0\x04", None);
        check(6, 3389, syn, None);
    }

    #[test]
    fn what_is_no_service_of_zeek_is_none() {
        assert_eq!(of_parser("starttls", 110), Some("pop3"));
        assert_eq!(of_parser("starttls", 7), None);
        assert_eq!(
            (program("vxlan"), program("ssl"), program("http")),
            (None, Some("tls"), Some("http"))
        );
    }
}
