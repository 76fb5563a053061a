//! Management frames and their elements, with what tshark shows of them.

use super::*;

#[test]
fn announcements_tell_two_generations_apart() {
    check(
        &control(5, &[0x0c, 5, 0x30]),
        "wlan.ta",
        ".vht_ndp.token=12 .vht_ndp.token.ranging=0 .vht_ndp.token.he=0 .vht_ndp.token.number=3 \
         .vht_ndp.sta_info.aid12=5 .vht_ndp.sta_info.feedback_type=1 .vht_ndp.sta_info.nc_index=1",
    );
    check(
        &control(5, &[0x0e, 5, 0xc8, 0xab, 0x29]),
        "wlan.he_ndp.token.number",
        ".he_ndp.sta_info=699123717 .he_ndp.sta_info.aid11=5 .he_ndp.sta_info.ru_start=121 \
         .he_ndp.sta_info.ru_end=106 .he_ndp.sta_info.feedback_type_and_ng=0 \
         .he_ndp.sta_info.disambiguation=1 .he_ndp.sta_info.codebook_size=0 \
         .he_ndp.sta_info.nc=1",
    );
}

#[test]
fn a_trigger_asks_each_station() {
    let body = b"\0\x82\x04\0\x48\x99\0\0\x01\x90\x80\x8a\x5d\0";
    check(
        &control(2, body),
        "wlan.trigger.he.reserved",
        ".trigger.he.user_info=401755639809 .trigger.he.user_info.aid12=1 \
         .trigger.he.ru_allocation_region=1 .trigger.he.ru_allocation=4 \
         .trigger.he.coding_type=0 .trigger.he.mcs=4 .trigger.he.dcm=1 \
         .trigger.he.ru_starting_spatial_stream=2 .trigger.he.ru_number_of_spatial_stream=4 \
         .trigger.he.target_rssi=93 .trigger.he.user_reserved=0 .trigger.he.basic_user_info=0 \
         .trigger.he.mpdu_mu_spacing_factor=0 .trigger.he.tid_aggregation_limit=0 \
         .trigger.he.reserved1=0 .trigger.he.preferred_ac=0",
    );
}

#[test]
fn fixed_fields_stand_in_front_of_the_elements() {
    let ssid = [0, 4, b't', b'e', b's', b't'];
    let tag = ".tag.number=0 .tag.length=4 .ssid=74657374";
    check(&frame([0x40, 0], &[&ssid]), "wlan.seq", tag);
    check(
        &frame([0x10, 0], &[&[0x31, 4, 0, 0, 7, 0xc0], &ssid]),
        "wlan.fixed.capabilities.reserved6",
        &format!(".fixed.status_code=0 .fixed.aid=7 {tag}"),
    );
    check(&frame([0xc0, 0], &[&[7, 0]]), "wlan.seq", ".fixed.reason_code=7");
    check(
        &frame([0xb0, 0], &[&[1, 0, 2, 0, 0, 0, 16, 4], b"abcd"]),
        "wlan.seq",
        ".fixed.auth.alg=1 .fixed.auth_seq=2 .fixed.status_code=0 .tag.number=16 .tag.length=4 \
         .tag.challenge_text=61626364",
    );
    check(
        &frame([0xb0, 0], &[&[3, 0, 2, 0, 0, 0, 1, 0], &[0; 32]]),
        "wlan.fixed.auth_seq",
        &format!(
            ".fixed.sae_message_type=2 .fixed.status_code=0 .fixed.send_confirm=1 \
             .fixed.confirm={}",
            "00".repeat(32)
        ),
    );
}

// gopacket leaves action frames undecoded.
#[test]
fn actions_are_read_by_their_category() {
    check(
        &frame([0xd0, 0], &[&[3, 0, 7, 3, 0x10, 0x88, 0x13, 0x30, 0x12]]),
        "wlan.seq",
        ".fixed.category_code=3 .fixed.action_code=0 .fixed.dialog_token=7 .fixed.baparams=4099 \
         .fixed.baparams.amsdu=1 .fixed.baparams.policy=1 .fixed.baparams.tid=0 \
         .fixed.baparams.buffersize=64 .fixed.batimeout=5000 .fixed.ssc=4656 \
         .fixed.ssc.fragment=0 .fixed.ssc.sequence=291",
    );
    check(
        &frame([0xd0, 0], &[&[0, 4, 37, 3, 0, 11, 5]]),
        "wlan.fixed.category_code",
        ".fixed.action_code=4 .tag.number=37 .tag.length=3 .csa.channel_switch_mode=0 \
         .csa.new_channel_number=11 .csa.channel_switch.count=5",
    );
    check(&frame([0xd0, 0], &[&[99, 1, 2]]), "wlan.seq", ".fixed.category_code=99");
    let bytes = frame([0xd0, 0], &[&[8, 0, 0x34, 0x12]]);
    check(&bytes, "wlan.fixed.action_code", ".fixed.transaction_id=4660");
}

#[test]
fn an_element_of_rsn_may_end_anywhere() {
    let whole = b"\x30\x14\x01\0\0\x0f\xac\x04\x01\0\0\x0f\xac\x04\x01\0\0\x0f\xac\x02\x0c\0";
    check_element(
        whole,
        ".tag.number=48 .tag.length=20 .rsn.version=1 .rsn.gcs=1027076 .rsn.gcs.oui=4012 \
         .rsn.gcs.type=4 .rsn.pcs.count=1 .rsn.pcs=1027076 .rsn.pcs.oui=4012 .rsn.pcs.type=4 \
         .rsn.akms.count=1 .rsn.akms=1027074 .rsn.akms.oui=4012 .rsn.akms.type=2 \
         .rsn.capabilities=12 .rsn.capabilities.preauth=0 .rsn.capabilities.no_pairwise=0 \
         .rsn.capabilities.ptksa_replay_counter=3 .rsn.capabilities.gtksa_replay_counter=0 \
         .rsn.capabilities.mfpr=0 .rsn.capabilities.mfpc=0 .rsn.capabilities.jmr=0 \
         .rsn.capabilities.peerkey=0 .rsn.capabilities.extended_key_id_iaf=0",
    );
    check_element(&[48, 2, 1, 0], ".tag.number=48 .tag.length=2 .rsn.version=1");
    let rsn = Rsn(&whole[2..]);
    assert_eq!((rsn.version(), rsn.capabilities()), (Some(1), Some(12)));
    assert_eq!(rsn.pairwise_ciphers().collect::<Vec<_>>(), [RsnSuite::CCMP_128]);
    assert_eq!(rsn.akms().next().map(|akm| akm.to_string()).as_deref(), Some("00-0f-ac:2"));
    assert_eq!((rsn.pmkids().len(), rsn.group_management_cipher()), (0, None));
    assert_eq!(Rsn(&whole[2..10]).group_cipher(), Some(RsnSuite::CCMP_128));
    assert_eq!(Rsn(&[]).version(), None);
}

#[test]
fn elements_with_programs() {
    check_element(
        b"\x05\x04\x01\x03\x43\x09",
        ".tag.number=5 .tag.length=4 .tim.dtim_count=1 .tim.dtim_period=3 .tim.bmapctl=67 \
         .tim.bmapctl.multicast=1 .tim.bmapctl.offset=33 .tim.partial_virtual_bitmap=09 .tim.aid=528 .tim.aid=531",
    );
    check_element(
        b"\x07\x0aUS \x01\x0b\x1e\xc9\x03\0\0",
        ".tag.number=7 .tag.length=10 .country_info.code=US .country_info.environment=32 \
         .country_info.fnm.fcn=1 .country_info.fnm.nc=11 .country_info.fnm.mtpl=30 \
         .country_info.rrc.oei=201 .country_info.rrc.oc=3 .country_info.rrc.cc=0 \
         .country_info.padding=00",
    );
    check_element(
        b"\xdd\x07\0\x50\xf2\x02\0\x01\x8a",
        ".tag.number=221 .tag.length=7 .tag.oui=20722 .tag.vendor.oui.type=2 .wfa.ie.type=2 \
         .wfa.ie.wme.subtype=0 .wfa.ie.wme.version=1 .wfa.ie.wme.qos_info=138 \
         .wfa.ie.wme.qos_info.ap.u_apsd=1 .wfa.ie.wme.qos_info.ap.parameter_set_count=10 \
         .wfa.ie.wme.qos_info.ap.reserved=0",
    );
    check_element(
        b"\xdd\x0e\0\x50\xf2\x04\x10\x4a\0\x01\x10\x10\x21\0\x01A",
        ".tag.number=221 .tag.length=14 .tag.oui=20722 .tag.vendor.oui.type=4 .wfa.ie.type=4 \
         wps.type=4170 wps.length=1 wps.version=16 wps.type=4129 wps.length=1 wps.manufacturer=A",
    );
    check_element(
        b"\xdd\x05\0\x10\x18\x02\x05",
        ".tag.number=221 .tag.length=5 .tag.oui=4120 .tag.vendor.oui.type=2 .tag.vendor.data=0205",
    );
}

// gopacket misreads elements of less than four bytes: F#64, F#124.
#[test]
fn elements_may_be_of_any_length() {
    check_element(&[0, 0], ".tag.number=0 .tag.length=0 .ssid=");
    check_element(
        &[1, 0, 3, 1, 11],
        ".tag.number=1 .tag.length=0 .tag.number=3 .tag.length=1 \
        .ds.current_channel=11",
    );
    check_element(&[221, 2, 0, 1], ".tag.number=221 .tag.length=2");
    check_element(&[3, 2, 1, 2], ".tag.number=3 .tag.length=2");
    check_element(&[200, 1, 9], ".tag.number=200 .tag.length=1 .tag.data=09");
    check_element(&[255, 1, 5], ".tag.number=255 .ext_tag.length=0 .ext_tag.number=5");
    check_element(&[255, 0], ".tag.number=255 .ext_tag.length=0");
    let bytes = frame([0x80, 0], &[&[0; 12], &[0, 1, b'a', 3, 1, 6, 7, 9]]);
    let elements = Wlan::parse(&bytes).unwrap().elements().collect::<Vec<_>>();
    let expected = [
        Ok(WlanElement::Ssid(b"a")),
        Ok(WlanElement::DsParameterSet(6)),
        Err(Malformed::Truncated { need: 11, have: 2 }),
    ];
    assert_eq!(elements, expected);
}
