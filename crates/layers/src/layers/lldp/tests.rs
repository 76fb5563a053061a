//! Tests of LLDP messages.

use proptest::prelude::*;

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, Fix, LinkType, Organization, serialize_layers};

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
fn bridging() {
    check_tlvs(
        "fe060080c2010005fe070080c202060007fe0b0080c203000a046e616d65fe080080c20403010203fe08\
         0080c20501020304fe060080c2060009fe090080c2070300000007fe060080c20881010000",
        "lldp.tlv.type=127 lldp.tlv.len=6 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=1 \
         lldp.ieee.802_1.port_vlan.id=5 lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=32962 \
         lldp.ieee.802_1.subtype=2 lldp.ieee.802_1.port_and_vlan_id_flag=6 \
         lldp.ieee.802_1.port_and_vlan_id_flag.supported=1 \
         lldp.ieee.802_1.port_and_vlan_id_flag.enabled=1 lldp.ieee.802_1.port_proto_vlan.id=7 \
         lldp.tlv.type=127 lldp.tlv.len=11 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=3 \
         lldp.ieee.802_1.vlan.id=10 lldp.ieee.802_1.vlan.name_len=4 \
         lldp.ieee.802_1.vlan.name=name lldp.tlv.type=127 lldp.tlv.len=8 lldp.orgtlv.oui=32962 \
         lldp.ieee.802_1.subtype=4 lldp.ieee.802_1.proto.id_length=3 \
         lldp.ieee.802_1.proto.id=010203 lldp.tlv.type=127 lldp.tlv.len=8 \
         lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=5 lldp.tlv.type=127 lldp.tlv.len=6 \
         lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=6 lldp.tlv.type=127 lldp.tlv.len=9 \
         lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=7 lldp.ieee.802_1.aggregation_status=3 \
         lldp.ieee.802_1.aggregation_status.cap=1 lldp.ieee.802_1.aggregation_status.enabled=1 \
         lldp.ieee.802_1.aggregation_status.porttype=0 lldp.ieee.802_1.aggregated_port_id=7 \
         lldp.tlv.type=127 lldp.tlv.len=6 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=8 \
         lldp.ieee.802_1qau.cnpv.prio0=1 lldp.ieee.802_1qau.cnpv.prio1=0 \
         lldp.ieee.802_1qau.cnpv.prio2=0 lldp.ieee.802_1qau.cnpv.prio3=0 \
         lldp.ieee.802_1qau.cnpv.prio4=0 lldp.ieee.802_1qau.cnpv.prio5=0 \
         lldp.ieee.802_1qau.cnpv.prio6=0 lldp.ieee.802_1qau.cnpv.prio7=1 \
         lldp.ieee.802_1qau.ready.prio0=1 lldp.ieee.802_1qau.ready.prio1=0 \
         lldp.ieee.802_1qau.ready.prio2=0 lldp.ieee.802_1qau.ready.prio3=0 \
         lldp.ieee.802_1qau.ready.prio4=0 lldp.ieee.802_1qau.ready.prio5=0 \
         lldp.ieee.802_1qau.ready.prio6=0 lldp.ieee.802_1qau.ready.prio7=0 lldp.tlv.type=0 \
         lldp.tlv.len=0",
    );
    check_tlvs(
        "fe190080c209c3012345670a0b0c0d0e0f10110001020300010203fe190080c20a00012345670a0b0c0d\
         0e0f10110001020300010203fe060080c20bc881fe0b0080c20c00618906020cbcfe0d0080c20d010203\
         040506070809fe050080c20e000000",
        "lldp.tlv.type=127 lldp.tlv.len=25 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=9 \
         lldp.dcbx.ieee.willing=1 lldp.dcbx.ieee.ets.cbs=1 lldp.dcbx.ieee.ets.maxtcs=3 \
         lldp.dcbx.feature.pg.pgid_prio0=0 lldp.dcbx.feature.pg.pgid_prio1=1 \
         lldp.dcbx.feature.pg.pgid_prio2=2 lldp.dcbx.feature.pg.pgid_prio3=3 \
         lldp.dcbx.feature.pg.pgid_prio4=4 lldp.dcbx.feature.pg.pgid_prio5=5 \
         lldp.dcbx.feature.pg.pgid_prio6=6 lldp.dcbx.feature.pg.pgid_prio7=7 \
         lldp.dcbx.feature.pg.per0=10 lldp.dcbx.feature.pg.per1=11 \
         lldp.dcbx.feature.pg.per2=12 lldp.dcbx.feature.pg.per3=13 \
         lldp.dcbx.feature.pg.per4=14 lldp.dcbx.feature.pg.per5=15 \
         lldp.dcbx.feature.pg.per6=16 lldp.dcbx.feature.pg.per7=17 lldp.dcbx.ieee.ets.tsa0=0 \
         lldp.dcbx.ieee.ets.tsa1=1 lldp.dcbx.ieee.ets.tsa2=2 lldp.dcbx.ieee.ets.tsa3=3 \
         lldp.dcbx.ieee.ets.tsa4=0 lldp.dcbx.ieee.ets.tsa5=1 lldp.dcbx.ieee.ets.tsa6=2 \
         lldp.dcbx.ieee.ets.tsa7=3 lldp.tlv.type=127 lldp.tlv.len=25 lldp.orgtlv.oui=32962 \
         lldp.ieee.802_1.subtype=10 lldp.dcbx.feature.pg.reserved=0 \
         lldp.dcbx.feature.pg.pgid_prio0=0 lldp.dcbx.feature.pg.pgid_prio1=1 \
         lldp.dcbx.feature.pg.pgid_prio2=2 lldp.dcbx.feature.pg.pgid_prio3=3 \
         lldp.dcbx.feature.pg.pgid_prio4=4 lldp.dcbx.feature.pg.pgid_prio5=5 \
         lldp.dcbx.feature.pg.pgid_prio6=6 lldp.dcbx.feature.pg.pgid_prio7=7 \
         lldp.dcbx.feature.pg.per0=10 lldp.dcbx.feature.pg.per1=11 \
         lldp.dcbx.feature.pg.per2=12 lldp.dcbx.feature.pg.per3=13 \
         lldp.dcbx.feature.pg.per4=14 lldp.dcbx.feature.pg.per5=15 \
         lldp.dcbx.feature.pg.per6=16 lldp.dcbx.feature.pg.per7=17 lldp.dcbx.ieee.ets.tsa0=0 \
         lldp.dcbx.ieee.ets.tsa1=1 lldp.dcbx.ieee.ets.tsa2=2 lldp.dcbx.ieee.ets.tsa3=3 \
         lldp.dcbx.ieee.ets.tsa4=0 lldp.dcbx.ieee.ets.tsa5=1 lldp.dcbx.ieee.ets.tsa6=2 \
         lldp.dcbx.ieee.ets.tsa7=3 lldp.tlv.type=127 lldp.tlv.len=6 lldp.orgtlv.oui=32962 \
         lldp.ieee.802_1.subtype=11 lldp.dcbx.ieee.willing=1 lldp.dcbx.ieee.pfc.mbc=1 \
         lldp.dcbx.ieee.pfc.numtcs=8 lldp.dcbx.feature.pfc.prio0=1 \
         lldp.dcbx.feature.pfc.prio1=0 lldp.dcbx.feature.pfc.prio2=0 \
         lldp.dcbx.feature.pfc.prio3=0 lldp.dcbx.feature.pfc.prio4=0 \
         lldp.dcbx.feature.pfc.prio5=0 lldp.dcbx.feature.pfc.prio6=0 \
         lldp.dcbx.feature.pfc.prio7=1 lldp.tlv.type=127 lldp.tlv.len=11 lldp.orgtlv.oui=32962 \
         lldp.ieee.802_1.subtype=12 lldp.dcbx.ieee.app.reserved=0 lldp.dcbx.ieee.app.prio=3 \
         lldp.dcbx.iee.app.sf=1 lldp.dcbx.feature.app.proto=35078 lldp.dcbx.ieee.app.prio=0 \
         lldp.dcbx.iee.app.sf=2 lldp.dcbx.feature.app.proto=3260 lldp.tlv.type=127 \
         lldp.tlv.len=13 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=13 lldp.tlv.type=127 \
         lldp.tlv.len=5 lldp.orgtlv.oui=32962 lldp.ieee.802_1.subtype=14 lldp.tlv.type=0 \
         lldp.tlv.len=0",
    );
}

#[test]
fn ethernet() {
    check_tlvs(
        "fe0900120f01036c01001efe0700120f020f0104fe0c00120f020f01045300820083fe1d00120f020f01\
         0453008200830001000200030004d6a50e030105fc0001fe0900120f030100000002fe0600120f0405f2\
         fe0e00120f0500110012001300140015fe0600120f0700ff0000",
        "lldp.tlv.type=127 lldp.tlv.len=9 lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=1 \
         lldp.ieee.802_3.mac_phy_auto_neg_status=3 \
         lldp.ieee.802_3.mac_phy_auto_neg_status.supported=1 \
         lldp.ieee.802_3.mac_phy_auto_neg_status.enabled=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps=27649 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_tfd=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_t=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_xfd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.1000base_x=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_bpause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_spause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_apause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.fdx_pause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t2fd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t2=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_txfd=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_tx=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.100base_t4=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.10base_tfd=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.10base_t=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps.other=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_tfd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_t=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_xfd=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.1000base_x=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_bpause=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_spause=1 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_apause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.fdx_pause=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t2fd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t2=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_txfd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_tx=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.100base_t4=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.10base_tfd=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.10base_t=0 \
         lldp.ieee.802_3.pmd_auto_neg_advertised_caps_inv.other=1 \
         lldp.ieee.802_3.pmd_mau_type=30 lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=4623 \
         lldp.ieee.802_3.subtype=2 lldp.ieee.802_3.mdi_power_support=15 \
         lldp.ieee.802_3.mdi_power_support.port_class=1 \
         lldp.ieee.802_3.mdi_power_support.supported=1 \
         lldp.ieee.802_3.mdi_power_support.enabled=1 \
         lldp.ieee.802_3.mdi_power_support.pse_pairs=1 lldp.ieee.802_3.mdi_pse_pair=1 \
         lldp.ieee.802_3.mdi_power_class=4 lldp.tlv.type=127 lldp.tlv.len=12 \
         lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=2 lldp.ieee.802_3.mdi_power_support=15 \
         lldp.ieee.802_3.mdi_power_support.port_class=1 \
         lldp.ieee.802_3.mdi_power_support.supported=1 \
         lldp.ieee.802_3.mdi_power_support.enabled=1 \
         lldp.ieee.802_3.mdi_power_support.pse_pairs=1 lldp.ieee.802_3.mdi_pse_pair=1 \
         lldp.ieee.802_3.mdi_power_class=4 lldp.ieee.802_3.mdi_power_type=1 \
         lldp.ieee.802_3.mdi_power_source=1 lldp.ieee.802_3.mdi_power_priority=3 \
         lldp.ieee.802_3.mdi_pde_requested=130 lldp.ieee.802_3.mdi_pse_allocated=131 \
         lldp.tlv.type=127 lldp.tlv.len=29 lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=2 \
         lldp.ieee.802_3.mdi_power_support=15 lldp.ieee.802_3.mdi_power_support.port_class=1 \
         lldp.ieee.802_3.mdi_power_support.supported=1 \
         lldp.ieee.802_3.mdi_power_support.enabled=1 \
         lldp.ieee.802_3.mdi_power_support.pse_pairs=1 lldp.ieee.802_3.mdi_pse_pair=1 \
         lldp.ieee.802_3.mdi_power_class=4 lldp.ieee.802_3.mdi_power_type=1 \
         lldp.ieee.802_3.mdi_power_source=1 lldp.ieee.802_3.mdi_power_priority=3 \
         lldp.ieee.802_3.mdi_pde_requested=130 lldp.ieee.802_3.mdi_pse_allocated=131 \
         lldp.ieee.802_3.bt_ds_pd_requested_power_value_mode_a=1 \
         lldp.ieee.802_3.bt_ds_pd_requested_power_value_mode_b=2 \
         lldp.ieee.802_3.bt_ds_pse_allocated_power_value_alt_a=3 \
         lldp.ieee.802_3.bt_ds_pse_allocated_power_value_alt_b=4 \
         lldp.ieee.802_3.bt_power_status=54949 lldp.ieee.802_3.bt_pse_powering_status=3 \
         lldp.ieee.802_3.bt_pd_powered_status=1 lldp.ieee.802_3.bt_pse_power_pairs_ext=1 \
         lldp.ieee.802_3.bt_ds_pwr_class_ext_a=5 lldp.ieee.802_3.bt_ds_pwr_class_ext_b=2 \
         lldp.ieee.802_3.bt_pwr_class_ext_=5 lldp.ieee.802_3.bt_system_setup=14 \
         lldp.ieee.802_3.bt_power_type_ext=7 \
         lldp.ieee.802_3.bt_pse_maximum_available_power_value=769 \
         lldp.ieee.802_3.bt_autoclass=5 lldp.ieee.802_3.bt_pse_autoclass_support=1 \
         lldp.ieee.802_3.bt_autoclass_completed=0 lldp.ieee.802_3.bt_autoclass_request=1 \
         lldp.ieee.802_3.bt_autoclass_reserved=0 lldp.ieee.802_3.bt_power_down=16515073 \
         lldp.ieee.802_3.bt_power_down_request=63 lldp.ieee.802_3.bt_power_down_time=1 \
         lldp.tlv.type=127 lldp.tlv.len=9 lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=3 \
         lldp.ieee.802_3.aggregation_status=1 lldp.ieee.802_3.aggregation_status.cap=1 \
         lldp.ieee.802_3.aggregation_status.enabled=0 lldp.ieee.802_3.aggregated_port_id=2 \
         lldp.tlv.type=127 lldp.tlv.len=6 lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=4 \
         lldp.ieee.802_3.max_frame_size=1522 lldp.tlv.type=127 lldp.tlv.len=14 \
         lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=5 lldp.ieee.802_3.eee.transmit=17 \
         lldp.ieee.802_3.eee.receive=18 lldp.ieee.802_3.eee.fallback_receive=19 \
         lldp.ieee.802_3.eee.echo_transmit=20 lldp.ieee.802_3.eee.echo_receive=21 \
         lldp.tlv.type=127 lldp.tlv.len=6 lldp.orgtlv.oui=4623 lldp.ieee.802_3.subtype=7 \
         lldp.ieee.802_3br.eac=255 lldp.ieee.802_3br.aec.support=1 \
         lldp.ieee.802_3br.aec.enable=1 lldp.ieee.802_3br.aec.active=1 \
         lldp.ieee.802_3br.aec.addfragsize=3 lldp.ieee.802_3br.aec.reserved=7 lldp.tlv.type=0 \
         lldp.tlv.len=0",
    );
}

#[test]
fn telephones() {
    check_tlvs(
        "fe070012bb01003f03fe080012bb020140a3aefe150012bb030152123456785287654321101234567801\
         fe130012bb03020d01555301024341030441424344fe080012bb0303313132fe070012bb04510041fe09\
         0012bb05696e763500fe090012bb06696e763600fe090012bb07696e763700fe090012bb08696e763800\
         fe090012bb09696e763900fe0a0012bb0a696e76313000fe0a0012bb0b696e76313100fe050012bb0c01\
         0000",
        "lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=4795 lldp.media.subtype=1 \
         lldp.media.subtype.caps=63 lldp.media.subtype.caps.llpd=1 \
         lldp.media.subtype.caps.network_policy=1 lldp.media.subtype.caps.location_id=1 \
         lldp.media.subtype.caps.mdi_pse=1 lldp.media.subtype.caps.mid_pd=1 \
         lldp.media.subtype.caps.inventory=1 lldp.media.subtype.class=3 lldp.tlv.type=127 \
         lldp.tlv.len=8 lldp.orgtlv.oui=4795 lldp.media.subtype=2 lldp.media.app_type=1 \
         lldp.media.policy_flag=0 lldp.media.tag_flag=1 lldp.media.vlan_id=81 \
         lldp.media.l2_prio=6 lldp.media.dscp=46 lldp.tlv.type=127 lldp.tlv.len=21 \
         lldp.orgtlv.oui=4795 lldp.media.subtype=3 lldp.media.loc.data_format=1 \
         lldp.media.loc.lat_resolution=20 lldp.media.loc.latitude=352492738168 \
         lldp.media.loc.long_resolution=20 lldp.media.loc.longitude=354458878753 \
         lldp.media.loc.alt_type=1 lldp.media.loc.alt_resolution=0 \
         lldp.media.loc.altitude=305419896 lldp.media.loc.datum=1 lldp.tlv.type=127 \
         lldp.tlv.len=19 lldp.orgtlv.oui=4795 lldp.media.subtype=3 \
         lldp.media.loc.data_format=2 lldp.media.civic.length=13 lldp.media.civic.what=1 \
         lldp.media.civic.country=US lldp.media.civic.type=1 lldp.media.civic.length=2 \
         lldp.media.civic.value=CA lldp.media.civic.type=3 lldp.media.civic.length=4 \
         lldp.media.civic.value=ABCD lldp.tlv.type=127 lldp.tlv.len=8 lldp.orgtlv.oui=4795 \
         lldp.media.subtype=3 lldp.media.loc.data_format=3 lldp.media.ecs=112 \
         lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=4795 lldp.media.subtype=4 \
         lldp.media.power.type=1 lldp.media.power.source=1 lldp.media.power.prio=1 \
         lldp.media.power.value=65 lldp.tlv.type=127 lldp.tlv.len=9 lldp.orgtlv.oui=4795 \
         lldp.media.subtype=5 lldp.media.hardware=inv5 lldp.tlv.type=127 lldp.tlv.len=9 \
         lldp.orgtlv.oui=4795 lldp.media.subtype=6 lldp.media.firmware=inv6 lldp.tlv.type=127 \
         lldp.tlv.len=9 lldp.orgtlv.oui=4795 lldp.media.subtype=7 lldp.media.software=inv7 \
         lldp.tlv.type=127 lldp.tlv.len=9 lldp.orgtlv.oui=4795 lldp.media.subtype=8 \
         lldp.media.sn=inv8 lldp.tlv.type=127 lldp.tlv.len=9 lldp.orgtlv.oui=4795 \
         lldp.media.subtype=9 lldp.media.manufacturer=inv9 lldp.tlv.type=127 lldp.tlv.len=10 \
         lldp.orgtlv.oui=4795 lldp.media.subtype=10 lldp.media.model=inv10 lldp.tlv.type=127 \
         lldp.tlv.len=10 lldp.orgtlv.oui=4795 lldp.media.subtype=11 lldp.media.asset=inv11 \
         lldp.tlv.type=127 lldp.tlv.len=5 lldp.orgtlv.oui=4795 lldp.media.subtype=12 \
         lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn edge_bridging_and_profinet() {
    check_tlvs(
        "fe0d001b3f008000c007001000010afe05001b3f0100fe18000ecf010000000100000002000000030000\
         000400000005fe08000ecf0200013007fe06000ecf030001fe16000ecf04000102030405060708090a0b\
         0c0d0e0f0001fe0a000ecf05020000000009fe3a000ecf06020000000009000102030405060708090a0b\
         0c0d0e0f101112131415161718191a1b1c1d1e1f800000018000000280000003800000040000",
        "lldp.tlv.type=127 lldp.tlv.len=13 lldp.orgtlv.oui=6975 lldp.ieee.802_1qbg.subtype=0 \
         lldp.ieee.802_1qbg.evb_support_caps=32768 lldp.ieee.802_1qbg.evb_support_caps.std=1 \
         lldp.ieee.802_1qbg.evb_support_caps.rr=0 lldp.ieee.802_1qbg.evb_support_caps.rte=0 \
         lldp.ieee.802_1qbg.evb_support_caps.ecp=0 lldp.ieee.802_1qbg.evb_support_caps.vdp=0 \
         lldp.ieee.802_1qbg.evb_configure_caps=49159 \
         lldp.ieee.802_1qbg.evb_configure_caps.std=1 \
         lldp.ieee.802_1qbg.evb_configure_caps.rr=1 \
         lldp.ieee.802_1qbg.evb_configure_caps.rte=1 \
         lldp.ieee.802_1qbg.evb_configure_caps.ecp=1 \
         lldp.ieee.802_1qbg.evb_configure_caps.vdp=1 lldp.ieee.802_1qbg.evb_supported_vsi=16 \
         lldp.ieee.802_1qbg.evb_configured_vsi=1 lldp.ieee.802_1qbg.evb_retrans_timer=10 \
         lldp.tlv.type=127 lldp.tlv.len=5 lldp.orgtlv.oui=6975 lldp.ieee.802_1qbg.subtype=1 \
         lldp.tlv.type=127 lldp.tlv.len=24 lldp.orgtlv.oui=3791 lldp.profinet.subtype=1 \
         lldp.profinet.port_rx_delay_local=1 lldp.profinet.port_rx_delay_remote=2 \
         lldp.profinet.port_tx_delay_local=3 lldp.profinet.port_tx_delay_remote=4 \
         lldp.profinet.cable_delay_local=5 lldp.tlv.type=127 lldp.tlv.len=8 \
         lldp.orgtlv.oui=3791 lldp.profinet.subtype=2 lldp.profinet.rtc2_port_status=1 \
         lldp.profinet.rtc3_port_status=7 lldp.profinet.rtc3_port_status.reserved=0 \
         lldp.profinet.rtc3_port_status.fragmentation=1 \
         lldp.profinet.rtc3_port_status.preambleLength=1 lldp.tlv.type=127 lldp.tlv.len=6 \
         lldp.orgtlv.oui=3791 lldp.profinet.subtype=3 lldp.unknown_subtype.content=0001 \
         lldp.tlv.type=127 lldp.tlv.len=22 lldp.orgtlv.oui=3791 lldp.profinet.subtype=4 \
         lldp.profinet.mrp_domain_uuid=000102030405060708090a0b0c0d0e0f \
         lldp.profinet.mrrt_port_status=1 lldp.tlv.type=127 lldp.tlv.len=10 \
         lldp.orgtlv.oui=3791 lldp.profinet.subtype=5 \
         lldp.profinet.cm_mac_add=02:00:00:00:00:09 lldp.tlv.type=127 lldp.tlv.len=58 \
         lldp.orgtlv.oui=3791 lldp.profinet.subtype=6 \
         lldp.profinet.master_source_address=02:00:00:00:00:09 \
         lldp.profinet.subdomain_uuid=000102030405060708090a0b0c0d0e0f \
         lldp.profinet.ir_data_uuid=101112131415161718191a1b1c1d1e1f \
         lldp.profinet.length_of_period_valid=1 lldp.profinet.length_of_period_length=1 \
         lldp.profinet.red_period_begin_valid=1 lldp.profinet.red_period_begin_offset=2 \
         lldp.profinet.orange_period_begin_valid=1 lldp.profinet.orange_period_begin_offset=3 \
         lldp.profinet.green_period_begin_valid=1 lldp.profinet.green_period_begin_offset=4 \
         lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn data_center_bridging_before_ieee() {
    check_tlvs(
        "fe37001b2102020a0000000000010000000204110000c000012345670a0b0c0d0e0f1011080606000080\
         008108080a000080008906001b21080000",
        "lldp.tlv.type=127 lldp.tlv.len=55 lldp.orgtlv.oui=6945 lldp.dcbx.proto=2 \
         lldp.dcbx.type=1 lldp.dcbx.len=10 lldp.dcbx.version=0 lldp.dcbx.max_version=0 \
         lldp.dcbx.control.seq=1 lldp.dcbx.control.ack=2 lldp.dcbx.type=2 lldp.dcbx.len=17 \
         lldp.dcbx.version=0 lldp.dcbx.max_version=0 lldp.dcbx.feature.enabled=1 \
         lldp.dcbx.feature.willing=1 lldp.dcbx.feature.error=0 lldp.dcbx.feature.subtype=0 \
         lldp.dcbx.feature.pg.pgid_prio0=0 lldp.dcbx.feature.pg.pgid_prio1=1 \
         lldp.dcbx.feature.pg.pgid_prio2=2 lldp.dcbx.feature.pg.pgid_prio3=3 \
         lldp.dcbx.feature.pg.pgid_prio4=4 lldp.dcbx.feature.pg.pgid_prio5=5 \
         lldp.dcbx.feature.pg.pgid_prio6=6 lldp.dcbx.feature.pg.pgid_prio7=7 \
         lldp.dcbx.feature.pg.per0=10 lldp.dcbx.feature.pg.per1=11 \
         lldp.dcbx.feature.pg.per2=12 lldp.dcbx.feature.pg.per3=13 \
         lldp.dcbx.feature.pg.per4=14 lldp.dcbx.feature.pg.per5=15 \
         lldp.dcbx.feature.pg.per6=16 lldp.dcbx.feature.pg.per7=17 \
         lldp.dcbx.feature.pg.numtcs=8 lldp.dcbx.type=3 lldp.dcbx.len=6 lldp.dcbx.version=0 \
         lldp.dcbx.max_version=0 lldp.dcbx.feature.enabled=1 lldp.dcbx.feature.willing=0 \
         lldp.dcbx.feature.error=0 lldp.dcbx.feature.subtype=0 lldp.dcbx.feature.pfc.prio0=1 \
         lldp.dcbx.feature.pfc.prio1=0 lldp.dcbx.feature.pfc.prio2=0 \
         lldp.dcbx.feature.pfc.prio3=0 lldp.dcbx.feature.pfc.prio4=0 \
         lldp.dcbx.feature.pfc.prio5=0 lldp.dcbx.feature.pfc.prio6=0 \
         lldp.dcbx.feature.pfc.prio7=1 lldp.dcbx.feature.pfc.numtcs=8 lldp.dcbx.type=4 \
         lldp.dcbx.len=10 lldp.dcbx.version=0 lldp.dcbx.max_version=0 \
         lldp.dcbx.feature.enabled=1 lldp.dcbx.feature.willing=0 lldp.dcbx.feature.error=0 \
         lldp.dcbx.feature.subtype=0 lldp.dcbx.feature.app.proto=35078 \
         lldp.dcbx.feature.app.oui=6945 lldp.dcbx.feature.app.sf=0 \
         lldp.dcbx.feature.app.prio=3 lldp.tlv.type=0 lldp.tlv.len=0",
    );
}

#[test]
fn unknown_organizations_and_types_are_kept() {
    check_tlvs(
        "fe0d00005e0168747470733a2f2f78fe07aabbcc07010203120201020000",
        "lldp.tlv.type=127 lldp.tlv.len=13 lldp.orgtlv.oui=94 lldp.iana.subtype=1 \
         lldp.iana.mudurl=https://x lldp.tlv.type=127 lldp.tlv.len=7 lldp.orgtlv.oui=11189196 \
         lldp.unknown_subtype=7 lldp.unknown_subtype.content=010203 lldp.tlv.type=9 \
         lldp.tlv.len=2 lldp.tlv.type=0 lldp.tlv.len=0",
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
