//! What Zeek calls what a connection carries: the column `service` of `conn.log`.

use rheos_layers::{LayerType, Packet};

/// IP headers of a packet that are looked at: more than Zeek does.
const MAX_LEVELS: usize = 4;

/// What carries other packets, and is no program.
const TUNNELS: [&str; 4] = ["geneve", "gtpv1", "teredo", "vxlan"];

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
    found.into_iter()
}

fn of_layer(layer: LayerType) -> Option<&'static str> {
    Some(match layer {
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
        "ldap_tcp" => Some("ldap"),
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
