//! Tests of LLDP messages.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, Fix, LinkType, Organization, serialize_layers};

mod organizations;

/// Fields of a message in hexadecimal digits, as tshark 4.0.17 shows them.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = from_hex(hex);
    let lldp = Lldp::parse(&bytes).unwrap();
    assert_eq!(lldp.to_string(), expected);
    // What was understood is written as it was.
    let tlvs = lldp.tlvs().collect::<Result<Vec<_>, _>>().unwrap();
    let mut out = Vec::new();
    LldpBuilder { tlvs: &tlvs }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

/// Fields of the TLVs behind chassis, port and time to live.
#[track_caller]
fn check_tlvs(hex: &str, expected: &str) {
    let front = "0207040200000000010405056574683006020078";
    let fields = "lldp.tlv.type=1 lldp.tlv.len=7 lldp.chassis.subtype=4 \
        lldp.chassis.id.mac=02:00:00:00:00:01 lldp.tlv.type=2 lldp.tlv.len=5 \
        lldp.port.subtype=5 lldp.port.id=eth0 lldp.tlv.type=3 lldp.tlv.len=2 \
        lldp.time_to_live=120";
    check(&[front, hex].concat(), &[fields, expected].join(" "));
}

// zeek, lldp.pcap, packet 1, from byte 14
#[test]
fn a_captured_message_is_read_as_tshark_does() {
    check(
        "02070400222d81db1004020731060200780807506f72742023310a0d534d43475338502d536d6172740c\
         23534d43475338502d536d617274202d20534d43475338502d536d6172742076332e32300e0400040004\
         100c0501c0a8020a0200000001000000",
        "lldp.tlv.type=1 lldp.tlv.len=7 lldp.chassis.subtype=4 \
         lldp.chassis.id.mac=00:22:2d:81:db:10 lldp.tlv.type=2 lldp.tlv.len=2 \
         lldp.port.subtype=7 lldp.port.id=1 lldp.tlv.type=3 lldp.tlv.len=2 \
         lldp.time_to_live=120 lldp.tlv.type=4 lldp.tlv.len=7 lldp.port.desc=Port #1 \
         lldp.tlv.type=5 lldp.tlv.len=13 lldp.tlv.system.name=SMCGS8P-Smart lldp.tlv.type=6 \
         lldp.tlv.len=35 lldp.tlv.system.desc=SMCGS8P-Smart - SMCGS8P-Smart v3.20 \
         lldp.tlv.type=7 lldp.tlv.len=4 lldp.tlv.system_cap=4 lldp.tlv.system_cap.other=0 \
         lldp.tlv.system_cap.repeater=0 lldp.tlv.system_cap.bridge=1 \
         lldp.tlv.system_cap.wlan_access_pt=0 lldp.tlv.system_cap.router=0 \
         lldp.tlv.system_cap.telephone=0 lldp.tlv.system_cap.docsis_cable_device=0 \
         lldp.tlv.system_cap.station_only=0 lldp.tlv.enable_system_cap=4 \
         lldp.tlv.enable_system_cap.other=0 lldp.tlv.enable_system_cap.repeater=0 \
         lldp.tlv.enable_system_cap.bridge=1 lldp.tlv.enable_system_cap.wlan_access_pt=0 \
         lldp.tlv.enable_system_cap.router=0 lldp.tlv.enable_system_cap.telephone=0 \
         lldp.tlv.enable_system_cap.docsis_cable_device=0 \
         lldp.tlv.enable_system_cap.station_only=0 lldp.tlv.type=8 lldp.tlv.len=12 \
         lldp.mgn.address.len=5 lldp.mgn.address.subtype=1 lldp.mgn.addr.ip4=192.168.2.10 \
         lldp.mgn.interface.subtype=2 lldp.mgn.interface.number=1 lldp.mgn.obj.len=0 \
         lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn identities_of_all_kinds() {
    check(
        "020605010a000001040604010a000001060200780000",
        "lldp.tlv.type=1 lldp.tlv.len=6 lldp.chassis.subtype=5 lldp.network_address.subtype=1 \
         lldp.chassis.id.ip4=10.0.0.1 lldp.tlv.type=2 lldp.tlv.len=6 lldp.port.subtype=4 \
         lldp.network_address.subtype=1 lldp.port.id.ip4=10.0.0.1 lldp.tlv.type=3 \
         lldp.tlv.len=2 lldp.time_to_live=120 lldp.tlv.type=0 lldp.tlv.len=0",
    );
    check(
        "02120502000102030405060708090a0b0c0d0e0f04120402000102030405060708090a0b0c0d0e0f0602\
         00780000",
        "lldp.tlv.type=1 lldp.tlv.len=18 lldp.chassis.subtype=5 lldp.network_address.subtype=2 \
         lldp.chassis.id.ip6=1:203:405:607:809:a0b:c0d:e0f lldp.tlv.type=2 lldp.tlv.len=18 \
         lldp.port.subtype=4 lldp.network_address.subtype=2 \
         lldp.port.id.ip6=1:203:405:607:809:a0b:c0d:e0f lldp.tlv.type=3 lldp.tlv.len=2 \
         lldp.time_to_live=120 lldp.tlv.type=0 lldp.tlv.len=0",
    );
    check(
        "0206076c6f63616c040601616c696173060200780000",
        "lldp.tlv.type=1 lldp.tlv.len=6 lldp.chassis.subtype=7 lldp.chassis.id=6c6f63616c \
         lldp.tlv.type=2 lldp.tlv.len=6 lldp.port.subtype=1 lldp.port.id=alias lldp.tlv.type=3 \
         lldp.tlv.len=2 lldp.time_to_live=120 lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn management_addresses_of_all_kinds() {
    check_tlvs(
        "101307060200000000020200000003052b06010401100c05010a0000010300000004000000",
        "lldp.tlv.type=8 lldp.tlv.len=19 lldp.mgn.address.len=7 lldp.mgn.address.subtype=6 \
         lldp.mgn.addr.hex=020000000002 lldp.mgn.interface.subtype=2 \
         lldp.mgn.interface.number=3 lldp.mgn.obj.len=5 lldp.mgn.obj.id=2b06010401 \
         lldp.tlv.type=8 lldp.tlv.len=12 lldp.mgn.address.len=5 lldp.mgn.address.subtype=1 \
         lldp.mgn.addr.ip4=10.0.0.1 lldp.mgn.interface.subtype=3 lldp.mgn.interface.number=4 \
         lldp.mgn.obj.len=0 lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn unknown_organizations_and_types_are_kept() {
    check_tlvs(
        "fe0d00005e0168747470733a2f2f78fe07aabbcc07010203120201020000",
        "lldp.tlv.type=127 lldp.tlv.len=13 lldp.orgtlv.oui=94 lldp.iana.subtype=1 \
         lldp.iana.mudurl=https://x lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=11189196 \
         lldp.unknown_subtype=7 lldp.unknown_subtype.content=010203 lldp.tlv.type=9 \
         lldp.tlv.len=2 lldp.unknown_subtype.content=0102 lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn what_organizations_say_has_a_meaning() {
    let meaning = |organization, subtype, data| {
        let organization = Organization(organization);
        LldpOrganizational { organization, subtype, data }.meaning()
    };
    let (bridging, ethernet, media) = ([0, 0x80, 0xc2], [0, 0x12, 0x0f], [0, 0x12, 0xbb]);
    assert_eq!(meaning(bridging, 1, &[0, 5]), LldpMeaning::PortVlan(5));
    let name = LldpMeaning::VlanName { vlan: 10, name: b"ab" };
    assert_eq!(meaning(bridging, 3, &[0, 10, 2, b'a', b'b']), name);
    assert_eq!(meaning(bridging, 3, &[0, 10, 3, b'a', b'b']), LldpMeaning::Other);
    assert_eq!(meaning(ethernet, 4, &[5, 0xf2]), LldpMeaning::MaxFrameSize(1522));
    // IEEE 802.1Q, sections D.2.8 to D.2.11; IEEE 802.3, section 79.3.5.
    let classes = b"\x80\x01\x23\x45\x67\x32\x32\0\0\0\0\0\0\x02\x02\0\0\0\0\0\0";
    let selection = LldpMeaning::TransmissionSelection {
        is_recommended: false,
        is_willing: true,
        has_credit_shaper: false,
        max_classes: 0,
        classes: &[0x01, 0x23, 0x45, 0x67],
        bandwidths: &[50, 50, 0, 0, 0, 0, 0, 0],
        algorithms: &[2, 2, 0, 0, 0, 0, 0, 0],
    };
    assert_eq!(meaning(bridging, 9, classes), selection);
    assert_eq!(meaning(bridging, 9, &classes[1..]), LldpMeaning::Other);
    let control = LldpMeaning::PriorityFlowControl {
        is_willing: true,
        bypasses_macsec: false,
        capability: 8,
        enabled: 0x08,
    };
    assert_eq!(meaning(bridging, 11, &[0x88, 0x08]), control);
    // FCoE, of priority 3.
    let applications = LldpMeaning::ApplicationPriorities(&[[0x61, 0x89, 0x06]]);
    assert_eq!(meaning(bridging, 12, &[0, 0x61, 0x89, 0x06]), applications);
    let efficient = LldpMeaning::EnergyEfficient {
        transmit: 17,
        receive: 17,
        fallback_receive: 17,
        echo_transmit: 0,
        echo_receive: 0,
    };
    assert_eq!(meaning(ethernet, 5, &[0, 17, 0, 17, 0, 17, 0, 0, 0, 0]), efficient);
    let policy = LldpMeaning::NetworkPolicy {
        application: 1,
        is_unknown: false,
        is_tagged: true,
        vlan: 81,
        priority: 6,
        dscp: 46,
    };
    assert_eq!(meaning(media, 2, &[1, 0x40, 0xa3, 0xae]), policy);
    assert_eq!(meaning([1, 2, 3], 1, &[0, 5]), LldpMeaning::Other);
}

// gopacket refuses a message of fewer than four TLVs.
#[test]
fn a_message_without_its_end_gives_what_is_there() {
    let bytes = from_hex("020704020000000001 0405056574");
    let lldp = Lldp::parse(&bytes).unwrap();
    let mut tlvs = lldp.tlvs();
    let id = &[2, 0, 0, 0, 0, 1];
    assert_eq!(tlvs.next(), Some(Ok(LldpTlv::ChassisId { subtype: 4, id })));
    assert_eq!(tlvs.next(), Some(Err(Malformed::Truncated { need: 7, have: 5 })));
    assert_eq!(tlvs.next(), None);
    assert!(lldp.to_string().ends_with("lldp.chassis.id.mac=02:00:00:00:00:01"));
}

// gopacket adds the length of a management address in eight bits.
#[test]
fn the_length_of_a_management_address_is_checked() {
    for len in [0_u8, 6, 254, 255] {
        let mut bytes = from_hex("0207040200000000011009050a0a00000102000000010000");
        bytes[9..12].copy_from_slice(&[0x10, 9, len]);
        let tlv = Lldp::parse(&bytes).unwrap().tlvs().nth(1).unwrap().unwrap();
        assert!(matches!(tlv, LldpTlv::Unknown { kind: 8, .. }), "{len}: {tlv:?}");
    }
}

#[test]
fn padding_behind_the_end_is_no_part_of_the_message() {
    let bytes = from_hex("0207040200000000010000 00000000000000");
    assert_eq!(Lldp::parse(&bytes).unwrap().shape().header_len, 11);
}

#[test]
fn a_message_that_starts_with_no_chassis_is_none() {
    let error = Malformed::Field { name: "TLV type", value: 127 };
    assert_eq!(Lldp::parse(&from_hex("fe090080c2070300000064")), Err(error));
    assert_eq!(Lldp::parse(&[2]), Err(Malformed::Truncated { need: 2, have: 1 }));
}

#[test]
fn a_built_message_is_read() {
    let tlvs = [
        LldpTlv::ChassisId { subtype: 7, id: b"box" },
        LldpTlv::PortId { subtype: 5, id: b"eth0" },
        LldpTlv::TimeToLive(120),
        LldpTlv::End,
    ];
    let ethernet = crate::EthernetHeader::default();
    let mut out = Vec::new();
    let lldp = LldpBuilder { tlvs: &tlvs };
    serialize_layers(&mut out, Fix::all(), &[&ethernet, &lldp], b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let read = packet.get::<Lldp<'_>>().unwrap().tlvs().collect::<Result<Vec<_>, _>>();
    assert_eq!(read.as_deref(), Ok(&tlvs[..]));
    let mut out = Vec::new();
    assert!(LldpTlv::SystemName(&[0; 512]).encode(&mut out).is_err());
    assert!(LldpTlv::Unknown { kind: 128, data: b"" }.encode(&mut out).is_err());
    assert!(out.is_empty());
}

proptest! {
    #[test]
    fn any_bytes_end(tail: Vec<u8>) {
        let bytes = [&[2, 2, 7, 0][..], &tail].concat();
        let lldp = Lldp::parse(&bytes).unwrap();
        prop_assert!(lldp.tlvs().count() <= bytes.len());
        let _ = lldp.to_string();
    }
}
