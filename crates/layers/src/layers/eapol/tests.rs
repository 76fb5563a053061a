//! Tests of EAPOL frames. Made by hand from the standards, read by tshark 4.0.17.

use super::*;
use crate::layers::from_hex;
use crate::{Decoder, EthernetHeader, Fix, LinkType, serialize_layers};

layer_tests! {
    sample: Eapol *b"\x02\x01\0\0\0\0\0\0";
    fields: "eapol.version=2 eapol.type=1 eapol.len=0";
    edit: EapolHeader, |header| header.packet_type = 2;
    bad: [];
}

/// Fields of a frame in hexadecimal digits, as tshark shows them.
#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes = from_hex(hex);
    let eapol = Eapol::parse(&bytes).unwrap();
    assert_eq!(eapol.to_string(), expected);
    // What was understood is written as it was.
    let mut out = Vec::new();
    EapolBuilder { header: *eapol.header, key: eapol.key() }.encode(&mut out).unwrap();
    assert_eq!(out, bytes);
}

#[test]
fn keys_of_all_kinds() {
    check(
        "0203005f02008a00100000000000000001000102030405060708090a0b0c0d0e0f101112131415161718\
         191a1b1c1d1e1f49494949494949494949494949494949525252525252525244444444444444444d4d4d\
         4d4d4d4d4d4d4d4d4d4d4d4d4d0000",
        "eapol.version=2 eapol.type=3 eapol.len=95 eapol.keydes.type=2 \
         wlan_rsna_eapol.keydes.key_info=138 \
         wlan_rsna_eapol.keydes.key_info.keydes_version=2 \
         wlan_rsna_eapol.keydes.key_info.key_type=1 \
         wlan_rsna_eapol.keydes.key_info.key_index=0 wlan_rsna_eapol.keydes.key_info.install=0 \
         wlan_rsna_eapol.keydes.key_info.key_ack=1 wlan_rsna_eapol.keydes.key_info.key_mic=0 \
         wlan_rsna_eapol.keydes.key_info.secure=0 wlan_rsna_eapol.keydes.key_info.error=0 \
         wlan_rsna_eapol.keydes.key_info.request=0 \
         wlan_rsna_eapol.keydes.key_info.encrypted_key_data=0 \
         wlan_rsna_eapol.keydes.key_info.smk_message=0 eapol.keydes.key_len=16 \
         eapol.keydes.replay_counter=1 \
         wlan_rsna_eapol.keydes.nonce=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
         eapol.keydes.key_iv=49494949494949494949494949494949 \
         wlan_rsna_eapol.keydes.rsc=5252525252525252 \
         wlan_rsna_eapol.keydes.id=4444444444444444 \
         wlan_rsna_eapol.keydes.mic=4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d \
         wlan_rsna_eapol.keydes.data_len=0",
    );
    check(
        "02030077fe13c900100000000000000001000102030405060708090a0b0c0d0e0f101112131415161718\
         191a1b1c1d1e1f49494949494949494949494949494949525252525252525244444444444444444d4d4d\
         4d4d4d4d4d4d4d4d4d4d4d4d4d0018787878787878787878787878787878787878787878787878",
        "eapol.version=2 eapol.type=3 eapol.len=119 eapol.keydes.type=254 \
         wlan_rsna_eapol.keydes.key_info=5065 \
         wlan_rsna_eapol.keydes.key_info.keydes_version=1 \
         wlan_rsna_eapol.keydes.key_info.key_type=1 \
         wlan_rsna_eapol.keydes.key_info.key_index=0 wlan_rsna_eapol.keydes.key_info.install=1 \
         wlan_rsna_eapol.keydes.key_info.key_ack=1 wlan_rsna_eapol.keydes.key_info.key_mic=1 \
         wlan_rsna_eapol.keydes.key_info.secure=1 wlan_rsna_eapol.keydes.key_info.error=0 \
         wlan_rsna_eapol.keydes.key_info.request=0 \
         wlan_rsna_eapol.keydes.key_info.encrypted_key_data=1 \
         wlan_rsna_eapol.keydes.key_info.smk_message=0 eapol.keydes.key_len=16 \
         eapol.keydes.replay_counter=1 \
         wlan_rsna_eapol.keydes.nonce=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f \
         eapol.keydes.key_iv=49494949494949494949494949494949 \
         wlan_rsna_eapol.keydes.rsc=5252525252525252 \
         wlan_rsna_eapol.keydes.id=4444444444444444 \
         wlan_rsna_eapol.keydes.mic=4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d \
         wlan_rsna_eapol.keydes.data_len=24 \
         wlan_rsna_eapol.keydes.data=787878787878787878787878787878787878787878787878",
    );
    check(
        "0203003901000d0000000000000007565656565656565656565656565656568153535353535353535353\
         5353535353534b4b4b4b4b4b4b4b4b4b4b4b4b",
        "eapol.version=2 eapol.type=3 eapol.len=57 eapol.keydes.type=1 eapol.keydes.key_len=13 \
         eapol.keydes.replay_counter=7 eapol.keydes.key_iv=56565656565656565656565656565656 \
         eapol.keydes.key_index=129 eapol.keydes.key_index.type=1 \
         eapol.keydes.key_index.number=1 \
         eapol.keydes.key_signature=53535353535353535353535353535353 \
         eapol.keydes.key=4b4b4b4b4b4b4b4b4b4b4b4b4b",
    );
    check(
        "0203002c01000d0000000000000007565656565656565656565656565656560153535353535353535353\
         535353535353",
        "eapol.version=2 eapol.type=3 eapol.len=44 eapol.keydes.type=1 eapol.keydes.key_len=13 \
         eapol.keydes.replay_counter=7 eapol.keydes.key_iv=56565656565656565656565656565656 \
         eapol.keydes.key_index=1 eapol.keydes.key_index.type=0 \
         eapol.keydes.key_index.number=1 \
         eapol.keydes.key_signature=53535353535353535353535353535353",
    );
    check(
        "0203000463616263",
        "eapol.version=2 eapol.type=3 eapol.len=4 eapol.keydes.type=99 \
         eapol.keydes.body=616263",
    );
}

// gopacket refuses frames that end early.
#[test]
fn a_key_cut_short_gives_what_is_there() {
    let bytes = [&[2, 3, 0, 95, 2, 0, 0x8a, 0, 16][..], &[0; 8], &[7; 31]].concat();
    let eapol = Eapol::parse(&bytes).unwrap();
    assert!(eapol.to_string().ends_with("eapol.keydes.replay_counter=0"));
    assert_eq!(eapol.key(), Some(EapolKey::Unknown(&bytes[4..])));
}

#[test]
fn padding_is_no_part_of_a_key() {
    let bytes = [2, 3, 0, 2, 99, 1, 0, 0, 0];
    let eapol = Eapol::parse(&bytes).unwrap();
    assert_eq!((eapol.body, eapol.shape().header_len), (&[99, 1][..], 6));
}

#[test]
fn a_built_key_has_its_lengths() {
    let header = EapolRsnKey { descriptor_type: 2, ..Default::default() };
    let key = Some(EapolKey::Rsn { header, data: b"\x30\x00" });
    let eapol = EapolHeader { version: 2, packet_type: EapolType::KEY.0, length: 0.into() };
    let built = EapolBuilder { header: eapol, key };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&EthernetHeader::default(), &built], b"").unwrap();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::ETHERNET, &out);
    let eapol = packet.get::<Eapol<'_>>().unwrap();
    assert_eq!(eapol.header.length.get(), 97);
    let Some(EapolKey::Rsn { header, data }) = eapol.key() else { panic!() };
    assert_eq!((header.key_data_length.get(), data), (2, &b"\x30\x00"[..]));
}

#[test]
fn information_is_written_and_read() {
    let mut key = EapolRsnKey { information_bits: 0x0002.into(), ..Default::default() };
    let information = EapolKeyInformation::PAIRWISE | EapolKeyInformation::ACK;
    key.set_information(information | key.information());
    assert_eq!((key.information_bits.get(), key.descriptor_version()), (0x008a, 2));
    assert_eq!(key.information().to_string(), "pairwise ack");
}

/// What tshark 4.0.17 shows behind the length of the data of a key.
#[track_caller]
fn check_data(descriptor_type: u8, information: u16, data: &str, expected: &str) {
    let data = from_hex(data);
    let header = EapolRsnKey {
        descriptor_type,
        information_bits: information.into(),
        ..EapolRsnKey::read_from_bytes(&[0; 95]).unwrap()
    };
    let key = EapolKey::Rsn { header, data: &data };
    let header = EapolHeader { version: 2, packet_type: 3, ..EapolHeader::default() };
    let mut out = Vec::new();
    let built = EapolBuilder { header, key: Some(key) };
    serialize_layers(&mut out, Fix::all(), &[&built], b"").unwrap();
    let text = Eapol::parse(&out).unwrap().to_string();
    let (_, found) = text.split_once("wlan_rsna_eapol.keydes.data=").unwrap();
    assert_eq!(found.split_once(' ').map_or("", |(_, behind)| behind), expected);
}

#[test]
fn elements_and_keys_in_the_data_of_a_key_are_shown() {
    check_data(
        2,
        0x8a,
        "dd14000fac04000102030405060708090a0b0c0d0e0f",
        "wlan.tag.number=221 wlan.tag.length=20 wlan.tag.oui=4012 wlan.tag.vendor.oui.type=4 \
         wlan.rsn.ie.kde.data_type=4 wlan.rsn.ie.pmkid=000102030405060708090a0b0c0d0e0f",
    );
    check_data(
        254,
        0x10a,
        "dd160050f20101000050f20201000050f20201000050f202",
        "wlan.tag.number=221 wlan.tag.length=22 wlan.tag.oui=20722 wlan.tag.vendor.oui.type=1 \
         wlan.wfa.ie.type=1 wlan.wfa.ie.wpa.version=1 wlan.wfa.ie.wpa.mcs=5304834 \
         wlan.wfa.ie.wpa.mcs.oui=20722 wlan.wfa.ie.wpa.mcs.type=2 wlan.wfa.ie.wpa.ucs.count=1 \
         wlan.wfa.ie.wpa.ucs=5304834 wlan.wfa.ie.wpa.ucs.oui=20722 wlan.wfa.ie.wpa.ucs.type=2 \
         wlan.wfa.ie.wpa.akms.count=1 wlan.wfa.ie.wpa.akms=5304834 \
         wlan.wfa.ie.wpa.akms.oui=20722 wlan.wfa.ie.wpa.type=2",
    );
    check_data(
        2,
        0x8a,
        "dd16000fac010100000102030405060708090a0b0c0d0e0f",
        "wlan.tag.number=221 wlan.tag.length=22 wlan.tag.oui=4012 wlan.tag.vendor.oui.type=1 \
         wlan.rsn.ie.kde.data_type=1 wlan.rsn.ie.gtk_kde.key_id=1 wlan.rsn.ie.gtk_kde.tx=0 \
         wlan.rsn.ie.gtk_kde.res1=0 wlan.rsn.ie.gtk_kde.res2=0 \
         wlan.rsn.ie.gtk_kde.gtk=000102030405060708090a0b0c0d0e0f",
    );
    check_data(
        2,
        0x8a,
        "dd1c000fac090400010203040506000102030405060708090a0b0c0d0e0fdd0a000fac03020000000009\
         dd0b000fac130102000000000a",
        "wlan.tag.number=221 wlan.tag.length=28 wlan.tag.oui=4012 wlan.tag.vendor.oui.type=9 \
         wlan.rsn.ie.kde.data_type=9 wlan.rsn.ie.igtk.kde.keyid=4 \
         wlan.rsn.ie.igtk.kde.ipn=6618611909121 \
         wlan.rsn.ie.igtk.kde.igtk=000102030405060708090a0b0c0d0e0f wlan.tag.number=221 \
         wlan.tag.length=10 wlan.tag.oui=4012 wlan.tag.vendor.oui.type=3 \
         wlan.rsn.ie.kde.data_type=3 wlan.rsn.ie.mac_address_kde.mac_address=02:00:00:00:00:09 \
         wlan.tag.number=221 wlan.tag.length=11 wlan.tag.oui=4012 wlan.tag.vendor.oui.type=19 \
         wlan.rsn.ie.kde.data_type=19 wlan.rsn.ie.mlo_link.link_info=1 \
         wlan.rsn.ie.mlo_link.link_info.linkid=1 wlan.rsn.ie.mlo_link.link_info.rsneinfo=0 \
         wlan.rsn.ie.mlo_link.link_info.rsnxeinfo=0 wlan.rsn.ie.mlo_link.link_info.reserved=0 \
         wlan.rsn.ie.mlo_link.mac_addr=02:00:00:00:00:0a",
    );
}

#[test]
fn encrypted_data_of_a_key_is_bytes() {
    check_data(2, 0x1382, "dd14000fac04000102030405060708090a0b0c0d0e0f", "");
    check_data(254, 0x0382, "0000000000000000", "");
}
