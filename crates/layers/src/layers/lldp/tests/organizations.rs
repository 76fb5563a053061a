//! What organizations say of their own, with what tshark shows of it.

use super::*;

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

fn meaning(organization: [u8; 3], subtype: u8, data: &[u8]) -> LldpMeaning<'_> {
    LldpOrganizational { organization: Organization(organization), subtype, data }.meaning()
}

// The bytes of `edge_bridging_and_profinet`, which tshark 4.0.17 reads so; IEEE 802.1Q, section D.2.12.
#[test]
fn edge_bridging_has_a_meaning() {
    let draft = LldpMeaning::EdgeVirtualBridgingDraft {
        supported: 0x8000,
        configured: 0xc007,
        max_stations: 16,
        stations: 1,
        retransmission_exponent: 10,
    };
    let bytes = from_hex("8000c007001000010a");
    assert_eq!(meaning([0, 0x1b, 0x3f], 0, &bytes), draft);
    assert_eq!(meaning([0, 0x1b, 0x3f], 0, &bytes[1..]), LldpMeaning::Other);
    assert_eq!(meaning([0, 0x1b, 0x3f], 1, &bytes), LldpMeaning::Other);
    let standard = LldpMeaning::EdgeVirtualBridging {
        bridge: 0x07,
        station: 0x0c,
        max_retries: 3,
        retransmission_exponent: 14,
        mode: 2,
        is_delay_remote: true,
        resource_wait_delay: 20,
        is_keep_alive_remote: false,
        reinit_keep_alive: 21,
    };
    assert_eq!(meaning([0, 0x80, 0xc2], 13, &[0x07, 0x0c, 0x6e, 0xb4, 0x15]), standard);
}

// The bytes of `data_center_bridging_before_ieee`, which tshark 4.0.17 reads so.
#[test]
fn data_center_bridging_before_ieee_has_a_meaning() {
    use LldpDcbxContent as C;
    let bytes = from_hex(
        "020a0000000000010000000204110000c000012345670a0b0c0d0e0f1011080606000080008108080a0000\
         80008906001b2108",
    );
    let state =
        |is_willing| LldpDcbxState { is_enabled: true, is_willing, has_error: false, subtype: 0 };
    let records = |subtype| {
        let meaning = meaning([0, 0x1b, 0x21], subtype, &bytes);
        let LldpMeaning::DataCenterBridging(dcbx) = meaning else { panic!("{meaning:?}") };
        let records = dcbx.records().inspect(|r| assert_eq!((r.version, r.max_version), (0, 0)));
        records.map(|record| record.content).collect::<Vec<_>>()
    };
    let control = C::Control { sequence: 1, acknowledgment: 2 };
    let groups = C::PriorityGroups {
        state: state(true),
        groups: &[0x01, 0x23, 0x45, 0x67],
        bandwidths: &[10, 11, 12, 13, 14, 15, 16, 17],
        max_classes: 8,
    };
    let flow = C::PriorityFlowControl { state: state(false), enabled: 0x81, max_classes: 8 };
    let applications: &[[u8; 6]] = &[[0x89, 0x06, 0x00, 0x1b, 0x21, 0x08]];
    let applications = C::Applications { state: state(false), applications };
    assert_eq!(records(2), [control, groups, flow, applications]);
    // The first form has other features: only what all have in common is told.
    let first = records(1);
    assert_eq!((first.len(), first[0]), (4, control));
    assert_eq!(first[2], C::Feature { kind: 3, state: state(false), data: &[0x81, 8] });
    let short = LldpDcbx { subtype: 2, data: &[2, 3, 0, 0, 0, 6, 9] };
    let found: Vec<_> = short.records().map(|record| record.content).collect();
    assert_eq!(found, [C::Unknown { kind: 1, data: &[0] }]);
}
