//! Tests of spanning tree messages.

use super::*;
use crate::Encode;
use crate::layers::from_hex;
use crate::{Decoder, EthernetHeader, Fix, LinkType, serialize_layers};

// tcpdump, spb_bpduv4.pcap, packet 1, from byte 17.
const SHORTEST_PATH: &str = "0000 0402 3c 8000525400455f15 00000000 8000525400455f15 8003 \
    0000 1400 0200 0f00 00 0050 00 494545453830322e31205350422044656661756c740000000000000000 \
    000000 0000 67d768dfa948eb5e9fd54077e80975a2 00000000 8000525400455f15 14 \
    3c 800a525400455f15 00000000 80 80 14 0055 00 \
    494545453830322e31205350422044656661756c740000000000000000000000 0000 \
    c8bd946a00815f86ace612b9f8616283 01 00 00 20 0020 0000000000000000 \
    0000000e918994fa9ca00398d9138a3e54000000";

// tcpdump, 802.1w_rapid_STP.pcap has the like; `StpEdit.pcap`, packet 1, from byte 17:
// STP 17 35, version 0, type 0x00
layer_tests! {
    sample: Stp *b"\0\0\0\0\x13\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\x07\xab\x12\x34\x87\x65\
        \x99\x88\x77\x11\x11\x07\0\x0c\0\x03\0\x09\0";
    fields: "stp.protocol=0 stp.version=0 stp.type=0 stp.flags=19 stp.flags.tcack=0 \
        stp.flags.tc=1 stp.root.prio=4096 stp.root.ext=290 stp.root.hw=33:44:55:66:77:88 \
        stp.root.cost=7 stp.bridge.prio=40960 stp.bridge.ext=2834 \
        stp.bridge.hw=34:87:65:99:88:77 stp.port=4369 stp.msg_age=7 stp.max_age=12 \
        stp.hello=3 stp.forward=9";
    edit: StpHeader, |header| header.version = 1;
    bad: [];
}

#[test]
fn a_topology_change_is_four_bytes() {
    let stp = Stp::parse(&[0, 0, 0, 0x80, 9, 9]).unwrap();
    assert_eq!((stp.bpdu_type(), stp.shape().header_len), (BpduType::TOPOLOGY_CHANGE, 4));
    assert_eq!(stp.to_string(), "stp.protocol=0 stp.version=0 stp.type=128");
}

#[test]
fn instances_and_shortest_paths_are_read_as_tshark_does() {
    let bytes = from_hex(SHORTEST_PATH);
    let stp = Stp::parse(&bytes).unwrap();
    assert_eq!((bytes.len(), stp.instances.len(), stp.rest.len()), (205, 1, 87));
    let text = stp.to_string();
    let (_, text) = text.split_once("stp.version_1_length=").unwrap();
    assert_eq!(
        text,
        "0 mstp.version_3_length=80 mstp.config_format_selector=0 \
         mstp.config_name=IEEE802.1 SPB Default mstp.config_revision_level=0 \
         mstp.config_digest=67d768dfa948eb5e9fd54077e80975a2 \
         mstp.cist_internal_root_path_cost=0 mstp.cist_bridge.prio=32768 mstp.cist_bridge.ext=0 \
         mstp.cist_bridge.hw=52:54:00:45:5f:15 mstp.cist_remaining_hops=20 mstp.msti.flags=60 \
         stp.flags.tcack=0 stp.flags.agreement=0 stp.flags.forwarding=1 stp.flags.learning=1 \
         stp.flags.port_role=3 stp.flags.proposal=0 stp.flags.tc=0 mstp.msti.priority=8 \
         mstp.msti.msti_id=10 mstp.msti.root.hw=52:54:00:45:5f:15 mstp.msti.root_cost=0 \
         mstp.msti.bridge_priority=8 mstp.msti.port_priority=8 mstp.msti.remaining_hops=20 \
         mstp.version_4_length=85 mstp.config_format_selector=0 \
         mstp.config_name=IEEE802.1 SPB Default mstp.config_revision_level=0 \
         mstp.config_digest=c8bd946a00815f86ace612b9f8616283 mstp.agree_flags.agreement_num=1 \
         mstp.agree_flags.dagreement_num=0 mstp.agree_flags.agreement_valid=0 \
         mstp.agree_flags.rest_role=0 bpdu.agreement_digest_format_id=0 \
         bpdu.agreement_digest_format_capabilities=0 bpdu.agreement_digest_convention_id=2 \
         bpdu.agreement_digest_convention_capabilities=0 bpdu.agreement_digest_edge_count=32 \
         mstp.agreement_digest=0000000e918994fa9ca00398d9138a3e54000000"
    );
}

// tcpdump, rpvstp-trunk-native-vid5.pcap, packet 21
#[test]
fn a_tree_of_one_vlan_names_it() {
    let frame = from_hex(
        "01000ccccccd001f6d96ec040032aaaa0300000c010b000002020e8005001f6d96ec0000000000\
         8005001f6d96ec0080040000140002000f0000000000020005",
    );
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &frame);
    let stp: Stp<'_> = packet.get().unwrap();
    assert_eq!((stp.originating_vlan, stp.configuration.unwrap().root.extension()), (Some(5), 5));
    let text = stp.to_string();
    assert!(text.ends_with("stp.pvst.tlvtype=0 stp.pvst.tlvlen=2 stp.pvst.origvlan=5"), "{text}");
}

#[test]
fn a_count_of_instances_behind_the_end_reads_those_that_are_there() {
    let mut bytes = from_hex(SHORTEST_PATH);
    bytes[36..38].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(Stp::parse(&bytes).unwrap().instances.len(), 6);
    bytes[36..38].copy_from_slice(&[0, 0]);
    assert_eq!(Stp::parse(&bytes).unwrap().instances.len(), 0);
}

// gopacket defect 24
#[test]
fn a_priority_of_zero_is_written() {
    let configuration = StpConfiguration::default();
    let header = StpHeader { bpdu_type: BpduType::CONFIGURATION.0, ..StpHeader::default() };
    let stp = StpBuilder { header, configuration: Some(configuration), ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&stp], b"").unwrap();
    assert_eq!(out.len(), 35);
    assert_eq!(Stp::parse(&out).unwrap().configuration, Some(&configuration));
}

#[test]
fn what_was_read_is_written_the_same() {
    let all = from_hex(SHORTEST_PATH);
    let stp = Stp::parse(&all).unwrap();
    let built = StpBuilder {
        header: *stp.header,
        configuration: stp.configuration.copied(),
        mst: stp.mst.copied(),
        instances: stp.instances,
        originating_vlan: None,
    };
    let mut out = Vec::new();
    built.encode(&mut out).unwrap();
    assert_eq!(out, all[..stp.place_of_rest()]);
}

#[test]
fn a_built_message_is_reached_from_ethernet() {
    let configuration = Some(StpConfiguration::default());
    let header = StpHeader { bpdu_type: BpduType::RAPID.0, version: 2, ..StpHeader::default() };
    let stp = StpBuilder { header, configuration, ..Default::default() };
    let llc = crate::LlcHeader { dsap: 0x42, ssap: 0x42, control: 3 };
    let mut payload = llc.as_bytes().to_vec();
    stp.encode(&mut payload).unwrap();
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&EthernetHeader::default()], &payload).unwrap();
    let length = u16::try_from(payload.len()).unwrap();
    out[12..14].copy_from_slice(&length.to_be_bytes());
    let decoder = Decoder::default();
    assert_eq!(
        decoder.decode(LinkType::ETHERNET, &out).get::<Stp<'_>>().unwrap().version_1_length,
        Some(0)
    );
}

#[test]
fn setters_keep_the_other_bits() {
    let mut bridge = StpBridge { priority_extension: 0x8005.into(), address: [0; 6] };
    bridge.set_priority(0);
    assert_eq!((bridge.priority(), bridge.extension()), (0, 5));
    bridge.set_priority(0x1000);
    bridge.set_extension(0xffff);
    assert_eq!((bridge.priority(), bridge.extension()), (0x1000, 0x0fff));
}
