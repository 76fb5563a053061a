//! Where tshark's protocols and our layers differ in name, or one of them has no counterpart.

/// Our layers that tshark reports under another name: ours, theirs.
const RENAMED: &[(&str, &str)] = &[
    ("sll2", "sll"),
    ("snap", "llc"),
    ("enip_io", "enip"),
    ("esp_null", "esp"),
    ("wpan_nofcs", "wpan"),
    ("vxlan_gpe", "vxlan"),
    ("usb_mmapped", "usb"),
    ("usbpcap", "usb"),
    ("pim_v1", "pim"),
    ("ptp_v1", "ptp"),
];

/// Our layers that are a part of the layer in front of them for tshark, by the name it has there.
const FOLDED: &[&str] = &["osi", "ptp_v1", "snap"];

/// Our layers that are a part of the layer behind them for tshark: the part, the whole. The whole
/// reports what is in the part too.
const FOLDED_BACK: &[(&str, &str)] = &[("eth", "cfp"), ("tcp", "stt")];

/// tshark's protocols that are a part of the layer in front of them for us: the part, the whole.
const PARTS: &[(&str, &str)] = &[
    ("bgp", "bgp"),
    ("bvlc", "bvlc"),
    ("cip", "cip"),
    ("cipcls", "cip"),
    ("cipcm", "cip"),
    ("dhcpv6", "dhcpv6"),
    ("fake-field-wrapper", "cfm"),
    ("fake-field-wrapper", "usb"),
    ("glbp.tlv", "glbp"),
    ("isis.csnp", "isis"),
    ("isis.hello", "isis"),
    ("isis.lsp", "isis"),
    ("isis.psnp", "isis"),
    ("ldp", "ldp"),
    ("mptcp", "tcp"),
    ("sctp", "sctp"),
    ("usb", "usb"),
    ("wlan.mgt", "wlan"),
    ("wlan_aggregate", "wlan"),
    ("wlan_ext", "wlan"),
];

/// tshark's protocols whose fields it shows twice: as a layer, and as the same bits in that layer.
const SHOWN_TWICE: &[&str] = &["ieee8021ah"];

/// What tshark prints among protocols that is no layer of a packet.
const NO_LAYERS: &[&str] = &[
    "frame",
    "wlan_radio",
    "ethertype",
    "cipio",
    "ipmi",
    "data",
    "fake-field-wrapper",
    "pwethheuristic",
    "pwethnocw",
    "pkt_comment",
    "_ws.malformed",
    "_ws.short",
    "_ws.unreassembled",
    "_ws.expert",
    "_ws.lua",
];

/// By what tshark says that a packet ended too early for it, or that a fragment did.
const CUT_SHORT: &[&str] = &["_ws.malformed", "_ws.short", "_ws.unreassembled"];

/// By what tshark says that it leaves a header because of what stands in it.
const RULED_OUT: &[&str] = &["ip.bogus_ip_version", "ip.bogus_header_length", "ip.bogus_ip_length"];

/// Fields of tshark's that say of how many packets it put a layer together.
const REASSEMBLED: &[&str] =
    &["dnp3.al.fragment.count", "dtls.fragment.count", "quic.crypto.fragment.count"];

/// Fields of tshark's that one packet without keys does not hold, by the front of their names: it
/// decrypts the payload of QUIC, and knows from a connection's first packets how long identifiers are.
const UNSEALED: &[&str] = &[
    "quic.ack.",
    "quic.cc.",
    "quic.crypto.",
    "quic.dcid",
    "quic.frame",
    "quic.long.reserved",
    "quic.packet_number",
    "quic.padding_length",
    "quic.payload",
];

/// Fields of tshark's that repeat the bytes of others, or of a payload.
const REPEATING: &[&str] = &[
    "eth.addr",
    // Whether the value is right, which nobody knows without a key: they have the bytes of the value.
    "esp.icv_bad",
    "esp.icv_good",
    "tcp.ack",
    "tcp.options.mss",
    "tcp.options.nop",
    "tcp.options.sack",
    "tcp.options.sack_perm",
    "tcp.options.timestamp",
    "tcp.options.wscale",
    "tcp.payload",
    "tcp.segment_data",
    "tcp.seq",
    "udp.payload",
];

/// Whether a field of tshark's repeats the bytes of others.
pub(crate) fn repeats(field: &str) -> bool {
    REPEATING.contains(&field)
}

/// Whether a field of tshark's shows that several packets are behind the layer it stands in.
pub(crate) fn is_reassembled(field: &str, shown: &str) -> bool {
    REASSEMBLED.contains(&field) && shown != "1"
}

/// Whether a field of tshark's is of what is sealed in the packet itself.
pub(crate) fn is_unsealed(field: &str) -> bool {
    UNSEALED.iter().any(|front| field.starts_with(front))
}

/// tshark's name for a layer of ours.
pub(crate) fn theirs(ours: &str) -> &str {
    RENAMED.iter().find(|(name, _)| *name == ours).map_or(ours, |(_, theirs)| theirs)
}

/// Whether tshark has a layer of ours inside the one in front of it.
pub(crate) fn is_folded(ours: &str) -> bool {
    FOLDED.contains(&ours)
}

/// Whether tshark has a layer of ours inside the one behind it.
pub(crate) fn is_folded_back(ours: &str, behind: &str) -> bool {
    FOLDED_BACK.contains(&(ours, behind))
}

/// Whether a protocol of tshark's is a part of the one in front of it.
pub(crate) fn is_part(theirs: &str, of: &str) -> bool {
    PARTS.contains(&(theirs, of))
}

/// Whether a protocol of tshark's is no layer.
pub(crate) fn is_no_layer(theirs: &str) -> bool {
    NO_LAYERS.contains(&theirs)
}

/// Whether a protocol of tshark's says that the packet ended too early.
pub(crate) fn is_cut_short(theirs: &str) -> bool {
    CUT_SHORT.contains(&theirs)
}

/// Whether a field of tshark's says that it read no further than this in a header.
pub(crate) fn is_ruled_out(field: &str) -> bool {
    RULED_OUT.contains(&field)
}

/// Whether tshark shows each field of a protocol twice.
pub(crate) fn shows_twice(protocol: &str) -> bool {
    SHOWN_TWICE.contains(&protocol)
}

#[cfg(test)]
mod tests {
    use rheos_layers::Registry;

    use super::*;

    #[test]
    fn every_name_of_ours_is_a_layer() {
        let registry = Registry::default();
        let is_layer = |name: &str| registry.protocols().any(|protocol| protocol.name == name);
        let renamed = RENAMED.iter().map(|(ours, _)| ours);
        let wholes = PARTS.iter().map(|(_, whole)| whole);
        let folded_back = FOLDED_BACK.iter().flat_map(|(part, whole)| [part, whole]);
        for name in renamed.chain(FOLDED).chain(wholes).chain(folded_back) {
            assert!(is_layer(name), "{name}");
        }
    }

    #[test]
    fn a_layer_of_ours_is_never_taken_for_none() {
        for protocol in Registry::default().protocols() {
            assert!(!is_no_layer(theirs(protocol.name)), "{}", protocol.name);
        }
    }
}
