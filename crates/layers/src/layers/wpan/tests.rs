//! Tests of IEEE 802.15.4. Expected fields are what `tshark -T pdml` (4.0.17) shows of the same bytes.

use proptest::prelude::*;

use super::*;
use crate::Field;

// Made by hand: data from 0x1234 to everybody in PAN 0xabcd, FCS correct
layer_tests! {
    sample: Wpan *b"\x41\x88\x07\xcd\xab\xff\xff\x34\x12payload\xa2\xcc";
    fields: "wpan.fcf=34881 wpan.frame_type=1 wpan.security=0 wpan.pending=0 wpan.ack_request=0 \
        wpan.pan_id_compression=1 wpan.fcf.reserved=0 wpan.seqno_suppression=0 wpan.ie_present=0 \
        wpan.dst_addr_mode=2 wpan.version=0 wpan.src_addr_mode=2 wpan.seq_no=7 \
        wpan.dst_pan=43981 wpan.dst16=65535 wpan.src16=4660 wpan.fcs=52386";
    edit: WpanHeader, |header| header.frame_control.set(0x8861);
    bad: [1 = 0x48 => "addressing mode" 1, 1 = 0x80 => "pan id compression" 1];
}

/// The fields behind frame control.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let mut found = Vec::new();
    Wpan::parse(bytes).unwrap().fields(&mut |Field { name, value, bytes: _ }: Field<'_>| {
        found.push(format!("{}={value}", name.trim_start_matches("wpan.")));
    });
    assert_eq!(found[12..].join(" "), expected);
}

#[test]
fn pan_identifiers_of_older_frames_are_shared() {
    check(
        b"\x01\x88\x07\xcd\xab\xff\xff\xef\xbe\x34\x12payload\x03\x32",
        "seq_no=7 dst_pan=43981 dst16=65535 src_pan=48879 src16=4660 fcs=12803",
    );
    check(
        b"\x61\xcc\x08\xcd\xab\x11\x12\x13\x14\x15\x16\x17\x18\x01\x02\x03\x04\x05\x06\x07\x08\x82\x5b",
        "seq_no=8 dst_pan=43981 dst64=1817161514131211 src64=0807060504030201 fcs=23426",
    );
    check(b"\x02\0\x09\x79\x28", "seq_no=9 fcs=10361");
}

#[test]
fn pan_identifiers_of_newer_frames_follow_a_table() {
    check(
        b"\x41\xa8\x07\xcd\xab\xff\xff\x34\x12\x7b\x81",
        "seq_no=7 dst_pan=43981 dst16=65535 src16=4660 fcs=33147",
    );
    check(
        b"\x01\xec\x05\xcd\xab\x11\x12\x13\x14\x15\x16\x17\x18\x01\x02\x03\x04\x05\x06\x07\x08x\x78\x72",
        "seq_no=5 dst_pan=43981 dst64=1817161514131211 src64=0807060504030201 fcs=29304",
    );
    check(
        b"\x01\xe0\x05\xcd\xab\x01\x02\x03\x04\x05\x06\x07\x08x\x7d\x3b",
        "seq_no=5 src_pan=43981 src64=0807060504030201 fcs=15229",
    );
    check(b"\x41\x20\x05\xcd\xabx\x41\x49", "seq_no=5 dst_pan=43981 fcs=18753");
    check(
        b"\x01\xa9\xcd\xab\xff\xff\x34\x12payload\xf2\x30",
        "dst_pan=43981 dst16=65535 src_pan=4660 src16=24944 fcs=12530",
    );
}

#[test]
fn security_says_how_long_its_code_is() {
    let bytes = b"\x49\x98\x07\xcd\xab\xff\xff\x34\x12\x15\x05\0\0\0\x01\x02\x03\x04\x01secretsecretMICM\x8d\x6d";
    check(
        bytes,
        "seq_no=7 dst_pan=43981 dst16=65535 src16=4660 aux_sec.security_control_field=21 \
         aux_sec.sec_level=5 aux_sec.key_id_mode=2 aux_sec.frame_counter_suppression=0 \
         aux_sec.asn_in_nonce=0 aux_sec.reserved=0 aux_sec.frame_counter=5 \
         aux_sec.key_source=16909060 aux_sec.key_index=1 mic=4d49434d fcs=28045",
    );
    let wpan = Wpan::parse(bytes).unwrap();
    assert_eq!(
        (wpan.payload, wpan.mic, wpan.shape().next),
        (&b"secretsecret"[..], &b"MICM"[..], Next::End)
    );
    assert_eq!(wpan.shape().trailer_len, 6);
}

#[test]
fn elements_stand_in_front_of_the_payload() {
    let bytes =
        b"\x41\xaa\x07\xcd\xab\xff\xff\x34\x12\x04\x0f\x01\x02\x03\x04\0\x3f\x08\x88\x06\x1a\
        \0\0\0\0\0\0\x04\x90\x01\x02\x03v\0\xf8payload\xf8\xd5";
    check(
        bytes,
        "seq_no=7 dst_pan=43981 dst16=65535 src16=4660 header_ie_tlv=3844 header_ie.type=0 \
         header_ie.id=30 header_ie.length=4 header_ie.time_correction.time_sync_info=513 \
         header_ie.time_correction.value=513 nack=0 header_ie_tlv=16128 header_ie.type=0 \
         header_ie.id=126 header_ie.length=0 payload_ie_tlv=34824 payload_ie.type=1 \
         payload_ie.id=1 payload_ie.length=8 mlme.ie=6662 mlme.ie.type=0 mlme.ie.id=26 \
         mlme.ie.length=6 tsch.asn=0 tsch.join_metric=0 payload_ie_tlv=36868 payload_ie.type=1 \
         payload_ie.id=2 payload_ie.length=4 payload_ie.vendor.oui=197121 payload_ie_tlv=63488 \
         payload_ie.type=1 payload_ie.id=15 payload_ie.length=0 fcs=54776",
    );
    let wpan = Wpan::parse(bytes).unwrap();
    assert_eq!(wpan.payload, b"payload");
    let ids = wpan.payload_elements().map(|element| element.unwrap().id).collect::<Vec<_>>();
    assert_eq!(ids, [1, 2, 15]);
}

#[test]
fn an_element_that_is_cut_short_ends_the_list() {
    // tcpdump, 802_15_4-oobr-1.pcap, packet 1
    let bytes = b"\0\xeb\xcd\xab\xff\xff\xcd\xab\x01\0\0\0\0\0\x0c\xc1\x20\x3f\x11\x88\x06\x1a\x06";
    let wpan = Wpan::parse(bytes).unwrap();
    let error = Malformed::Truncated { need: 34, have: 5 };
    assert_eq!(wpan.header_elements().collect::<Vec<_>>(), [Err(error)]);
    check(bytes, "dst_pan=43981 dst16=65535 src_pan=43981 src64=c10c000000000001 fcs=1562");
}

#[test]
fn beacons_and_commands_are_read() {
    check(
        b"\0\x80\x01\xcd\xab\x34\x12\xff\x46\x91\x03\x01\x01\0\x11\x34\x12\x01\x02\x03\x04\x05\x06\x07\x08pl\x6c\x9b",
        "seq_no=1 src_pan=43981 src16=4660 beacon_order=15 superframe_order=15 cap=6 \
         battery_ext=0 bcn_coord=1 assoc_permit=0 gts.count=1 gts.permit=1 gts.direction=1 \
         gts.address=257 pending16=4660 pending64=0807060504030201 fcs=39788",
    );
    check(
        b"\x23\xc8\x02\xcd\xab\0\0\xff\xff\x01\x02\x03\x04\x05\x06\x07\x08\x01\x8e\x80\x6c",
        "seq_no=2 dst_pan=43981 dst16=0 src_pan=65535 src64=0807060504030201 cmd=1 \
         cinfo.alt_coord=0 cinfo.device_type=1 cinfo.power_src=1 cinfo.idle_rx=1 \
         cinfo.sec_capable=0 cinfo.alloc_addr=1 fcs=27776",
    );
    check(
        b"\x63\x88\x03\xcd\xab\0\0\x34\x12\x02\x34\x12\0\x13\x7f",
        "seq_no=3 dst_pan=43981 dst16=0 src16=4660 cmd=2 asoc.addr=4660 assoc.status=0 fcs=32531",
    );
}

#[test]
fn security_of_2003_is_a_counter_and_a_number() {
    let bytes = b"\x49\x88\x07\xcd\xab\xff\xff\x34\x12\x01\x02\x03\x04\x00payload\x2dof\x2d\x32\x30\x30\x33\x47\x87";
    check(
        bytes,
        "seq_no=7 dst_pan=43981 dst16=65535 src16=4660 sec_frame_counter=67305985 \
         sec_key_sequence_counter=0 mic=2d6f662d32303033 fcs=34631",
    );
    let wpan = Wpan::parse(bytes).unwrap();
    let security = wpan.security_2003.unwrap();
    assert_eq!((security.frame_counter, security.key_sequence_counter), (0x0403_0201, 0));
    assert_eq!((wpan.payload, wpan.shape().next), (&b"payload"[..], Next::End));
    // Too short for a code of eight bytes.
    let short = Wpan::parse(b"\x49\x88\x07\xcd\xab\xff\xff\x34\x12x\x7c\x7d").unwrap();
    assert_eq!((short.security_2003, short.is_secured()), (None, true));
}

#[test]
fn other_types_are_read_like_the_rest_if_that_makes_sense() {
    let fields = "seq_no=7 dst_pan=43981 dst16=65535 src16=4660 fcs=";
    check(b"\x44\x88\x07\xcd\xab\xff\xff\x34\x12pay\xc0\x2f", &format!("{fields}12224"));
    check(b"\x46\x88\x07\xcd\xab\xff\xff\x34\x12fragment\x57\x1b", &format!("{fields}6999"));
    check(b"\x47\x88\x07\xcd\xab\xff\xff\x34\x12extended\x58\xa3", &format!("{fields}41816"));
    // An addressing mode that there is not.
    let bytes = b"\x47\x44payload";
    let bare = Wpan::parse(bytes).unwrap();
    assert_eq!((bare.sequence_number, bare.payload), (None, &b"paylo"[..]));
}

/// All fields of a frame for many purposes, behind its type.
#[track_caller]
fn check_multipurpose(bytes: &[u8], expected: &str) {
    let text = Wpan::parse(bytes).unwrap().to_string();
    let (_, found) = text.split_once("wpan.frame_type=5 ").unwrap();
    assert_eq!(found.replace("wpan.", ""), expected);
}

#[test]
fn frames_for_many_purposes_have_a_control_of_one_byte_or_two() {
    check_multipurpose(
        b"\xa5\x07\xff\xff\x34\x12short multipurpose\xe2\x01",
        "long_frame_control=0 dst_addr_mode=2 src_addr_mode=2 seq_no=7 dst16=65535 src16=4660 fcs=482",
    );
    check_multipurpose(
        b"\x05\x07no addressesi\x29",
        "long_frame_control=0 dst_addr_mode=0 src_addr_mode=0 seq_no=7 fcs=10601",
    );
    check_multipurpose(
        b"\xf5\x07\x08\x07\x06\x05\x04\x03\x02\x01\x18\x17\x16\x15\x14\x13\x12\x11ext\x51\xb8",
        "long_frame_control=0 dst_addr_mode=3 src_addr_mode=3 seq_no=7 dst64=0102030405060708 \
         src64=1112131415161718 fcs=47185",
    );
    let long = |addresses: u8, pan: u8, suppressed: u8, ack: u8| {
        format!(
            "long_frame_control=1 dst_addr_mode={addresses} src_addr_mode={addresses} \
             pan_id_present={pan} security=0 seqno_suppression={suppressed} pending=0 \
             mpf_version=0 ack_request={ack} ie_present=0 "
        )
    };
    let addresses = "dst16=65535 src16=4660 fcs=";
    check_multipurpose(
        b"\xad\x01\x07\xcd\xab\xff\xff\x34\x12pan id present\x17\xe6",
        &(long(2, 1, 0, 0) + "seq_no=7 dst_pan=43981 " + addresses + "58903"),
    );
    check_multipurpose(
        b"\xad\x04\xff\xff\x34\x12no seq\x19\x58",
        &(long(2, 0, 1, 0) + addresses + "22553"),
    );
    check_multipurpose(
        b"\xad\x40\x07\xff\xff\x34\x12ack req\xff\xa2",
        &(long(2, 0, 0, 1) + "seq_no=7 " + addresses + "41727"),
    );
    check_multipurpose(
        b"\x0d\x01\x07\xcd\xabonly pan\x45\xcc",
        &(long(0, 1, 0, 0) + "seq_no=7 dst_pan=43981 fcs=52293"),
    );
}

#[test]
fn a_frame_for_many_purposes_of_another_version_is_a_number_and_no_more() {
    let bytes = b"\x0d\xa8\x07\xcd\xab\xff\xff\xcd\xab\x34\x12multi\xae\xe0";
    let wpan = Wpan::parse(bytes).unwrap();
    assert_eq!((wpan.version(), wpan.sequence_number), (2, Some(7)));
    assert_eq!(wpan.destination, WpanAddress::None);
}

#[test]
fn every_frame_control_is_read_or_rejected() {
    for number in 0..=u16::MAX {
        let bytes = [&number.to_le_bytes()[..], &[0x5a; 60]].concat();
        for have in [2, 3, 20, 62] {
            if let Ok(wpan) = Wpan::parse(&bytes[..have]) {
                assert!(wpan.shape().header_len <= have);
                assert!(!wpan.to_string().is_empty());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_frame_ends(bytes: Vec<u8>) {
        for with_fcs in [false, true] {
            let Ok(wpan) = Wpan::read(&bytes, with_fcs) else { continue };
            prop_assert!(wpan.header_elements().count() <= bytes.len());
            prop_assert!(wpan.payload_elements().count() <= bytes.len());
            let mut end = 0;
            fields::report(&wpan, &mut |field: Field<'_>| end = end.max(field.bytes.end));
            prop_assert!(end <= bytes.len());
        }
    }
}
