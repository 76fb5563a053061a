//! Tests of mobility messages. Golden values are tshark's unless a test says otherwise.

use proptest::prelude::*;

use super::*;

/// The fields behind the fixed five.
#[track_caller]
fn check(kind: u8, data: &[u8], expected: &str) {
    let len = u8::try_from(data.len() / 8).unwrap();
    let bytes = [&[59, len, kind, 0, 0, 0][..], data].concat();
    let text = Mobility::parse(&bytes).unwrap().to_string();
    assert_eq!(text.split(' ').skip(5).collect::<Vec<_>>().join(" "), expected);
}

/// The fields of options behind a binding update.
#[track_caller]
fn check_options(options: &[u8], expected: &str) {
    let data = [&[0, 1, 0, 0, 0, 16][..], options].concat();
    let len = u8::try_from(data.len() / 8).unwrap();
    let bytes = [&[59, len, 5, 0, 0, 0][..], &data].concat();
    let text = Mobility::parse(&bytes).unwrap().to_string();
    assert_eq!(text.split_once("mip6.bu.lifetime=16 ").unwrap().1, expected);
}

#[test]
fn return_routability_is_understood() {
    check(0, &[0, 0], "mip6.binding_refresh_request=0000");
    let cookie = [0, 0, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa];
    check(1, &cookie, "mip6.hoti.cookie=12297829382473034410");
    // tshark -r tcpdump/ipv6_mobility_1.pcap -Y 'frame.number==2 or frame.number==4'
    let cookie = [0, 0, 9, 10, 11, 12, 13, 14, 15, 16];
    check(2, &cookie, "mip6.coti.cookie=651345242494996240");
    check(
        4,
        b"\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x16\x2e\x19\x1a\x1b\x1c\x1d\x1e\x1f\x20",
        "mip6.cot.nindex=2314 mip6.cot.cookie=796025588171150894 \
         mip6.hot.token=1808788007904223008",
    );
    check(
        3,
        &[&[0, 7][..], &[0xaa; 8], &[0xbb; 8]].concat(),
        "mip6.hot.nindex=7 mip6.hot.cookie=12297829382473034410 \
         mip6.hot.token=13527612320720337851",
    );
}

#[test]
fn answers_to_updates_are_understood() {
    check(
        6,
        &[0, 0xa0, 3, 0xe8, 0x0e, 0x10, 1, 2, 0, 0],
        "mip6.ba.status=0 mip6.ba.k_flag=1 mip6.nemo.ba.r_flag=0 mip6.ba.p_flag=1 \
         mip6.ba.t_flag=0 mip6.ba.b_flag=0 mip6.ba.seqnr=1000 mip6.ba.lifetime=3600 \
         mip6.options.padn=01020000 mip6.mobility_opt.len=2 mip6.padn=0000",
    );
    check(
        7,
        b"\x01\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
        "mip6.be.status=1 mip6.be.haddr=2001:db8::1",
    );
}

#[test]
fn fast_handovers_are_understood() {
    let padn = "mip6.options.padn=01020000 mip6.mobility_opt.len=2 mip6.padn=0000";
    check(
        8,
        &[0, 1, 0x80, 0, 0, 10, 1, 2, 0, 0],
        &format!(
            "mip6.fbu.seqnr=1 mip6.fbu.a_flag=1 mip6.fbu.h_flag=0 mip6.fbu.l_flag=0 \
             mip6.fbu.k_flag=0 mip6.fbu.lifetime=10 {padn}"
        ),
    );
    check(
        9,
        &[0, 0x80, 0, 1, 0, 32, 1, 2, 0, 0],
        &format!(
            "mip6.fback.status=0 mip6.fback.k_flag=1 mip6.fback.seqnr=1 mip6.fback.lifetime=32 \
             {padn}"
        ),
    );
    check(10, &[0, 0], "mip6.fast_neighbor_advertisement=0000");
    let padding = "mip6.options.padn=010400000000 mip6.mobility_opt.len=4 mip6.padn=00000000";
    check(
        14,
        &[0, 1, 0x80, 2, 1, 4, 0, 0, 0, 0],
        &format!("mip6.hi.seqnr=1 mip6.hi.s_flag=1 mip6.hi.u_flag=0 mip6.hi.code=2 {padding}"),
    );
    check(
        15,
        &[0, 1, 0x80, 2, 1, 4, 0, 0, 0, 0],
        &format!("mip6.hack.seqnr=1 mip6.hack.code=2 {padding}"),
    );
}

#[test]
fn messages_between_agents_are_understood() {
    check(
        12,
        b"\x01\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x33",
        "mip6.has.num_addrs=1 mip6.has.reserved=0 mip6.has.address=2001:db8::33",
    );
    check(
        13,
        &[0, 3, 0, 0, 0, 9, 1, 2, 0, 0],
        "mip6.hb.u_flag=1 mip6.hb.r_flag=1 mip6.hb.seqnr=9 mip6.options.padn=01020000 \
         mip6.mobility_opt.len=2 mip6.padn=0000",
    );
}

#[test]
fn data_of_no_known_message_is_kept() {
    check(11, &[0, 1, 0x80, 1, 0, 0, 1, 0, 0, 0], "mip6.em.data=00018001000001000000");
    let data = [0, 1, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0, 0x11];
    check(99, &data, "mip6.unknown_type_data=0001aabbccddeeff0011");
    // Too short for their types: kept whole, where Wireshark gives up halfway.
    for kind in [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15] {
        check(kind, &[1, 2], "mip6.unknown_type_data=0102");
    }
    check(12, &[1, 0], "mip6.unknown_type_data=0100");
}

#[test]
fn each_option_is_understood() {
    check_options(
        &[4, 4, 0, 1, 0, 2, 5, 4, 0, 0xaa, 0xbb, 0],
        "mip6.options.ni=040400010002 mip6.mobility_opt.len=4 mip6.ni.hni=1 mip6.ni.cni=2 \
         mip6.options.bad_auth=050400aabb00 mip6.mobility_opt.len=4 mip6.bad.auth=00aabb00",
    );
    check_options(
        &[2, 2, 0, 4],
        "mip6.options.bra=02020004 mip6.mobility_opt.len=2 mip6.bra.interval=4",
    );
    // RFC 4285, section 5: the length counts all behind it. Wireshark 4.0 shows two bytes less.
    check_options(
        b"\x08\x05\x01abcd\x09\x0a\x01\0\0\0\x07\xaa\xbb\xcc\xdd\x11\0",
        "mip6.options.mnid=08050161626364 mip6.mobility_opt.len=5 mip6.mnid.subtype=1 \
         mip6.mnid.identifier=abcd mip6.options.auth=090a0100000007aabbccdd11 \
         mip6.mobility_opt.len=10 mip6.auth.subtype=1 mip6.auth.mobility_spi=7 \
         mip6.auth.auth_data=aabbccdd11 mip6.options.pad1=00",
    );
    // Wireshark 4.0 looks for the length of an unknown option in a wrong place.
    check_options(
        &[0x77, 4, 1, 2, 3, 4, 7, 2, 1, 0, 0, 0],
        "mip6.mobility_opt=119 mip6.mobility_opt.len=4 mip6.mobility_opt.data=01020304 \
         mip6.options.mhlla=07020100 mip6.mobility_opt.len=2 mip6.lla.optcode=1 mip6.lla=00 \
         mip6.options.pad1=00 mip6.options.pad1=00",
    );
}

#[test]
fn options_of_networks_and_gateways_are_understood() {
    const ADDRESS: [u8; 16] = *b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x33";
    let hex = "20010db8000000000000000000000033";
    let with_address = |front: &[u8], padding: &[u8]| [front, &ADDRESS, padding].concat();
    let pads = "mip6.options.pad1=00 mip6.options.pad1=00";
    check_options(
        &with_address(&[3, 16], &[0, 0]),
        &format!(
            "mip6.options.acoa=0310{hex} mip6.mobility_opt.len=16 mip6.acoa.acoa=2001:db8::33 {pads}"
        ),
    );
    check_options(
        &with_address(&[26, 16], &[0, 0]),
        &format!(
            "mip6.options.lla=1a10{hex} mip6.mobility_opt.len=16 mip6.lila_lla=2001:db8::33 {pads}"
        ),
    );
    for (kind, name) in [(6, "mnp=06"), (22, "hnp=16")] {
        check_options(
            &with_address(&[kind, 18, 0, 64], &[]),
            &format!(
                "mip6.options.{name}120040{hex} mip6.mobility_opt.len=18 mip6.nemo.mnp.pfl=64 \
                 mip6.nemo.mnp.mnp=2001:db8::33"
            ),
        );
    }
    check_options(
        &[23, 2, 0, 1, 24, 2, 0, 4, 1, 2, 0, 0],
        "mip6.options.hi=17020001 mip6.mobility_opt.len=2 mip6.hi.reserved=0 mip6.hi=1 \
         mip6.options.att=18020004 mip6.mobility_opt.len=2 mip6.att.reserved=0 mip6.att=4 \
         mip6.options.padn=01020000 mip6.mobility_opt.len=2 mip6.padn=0000",
    );
    check_options(
        &[28, 4, 0, 0, 0, 7, 1, 4, 0, 0, 0, 0],
        "mip6.options.rc=1c0400000007 mip6.mobility_opt.len=4 mip6.rc=7 \
         mip6.options.padn=010400000000 mip6.mobility_opt.len=4 mip6.padn=00000000",
    );
}

#[test]
fn an_option_cut_short_is_the_last() {
    let bytes = [59, 1, 5, 0, 0, 0, 0, 1, 0, 0, 0, 16, 0, 0, 4, 9];
    let mut options = Mobility::parse(&bytes).unwrap().options();
    assert_eq!(options.next(), Some(Ok(MobilityOption::Pad1)));
    assert_eq!(options.next(), Some(Ok(MobilityOption::Pad1)));
    assert_eq!(options.next(), Some(Err(Malformed::Truncated { need: 11, have: 2 })));
    assert_eq!(options.next(), None);
}

#[test]
fn flags_are_named() {
    let bytes = [59, 1, 5, 0, 0, 0, 0, 1, 0xc2, 0, 0, 16, 1, 2, 0, 0];
    let flags = BindingUpdateFlags::ACKNOWLEDGE
        | BindingUpdateFlags::HOME_REGISTRATION
        | BindingUpdateFlags::PROXY;
    assert_eq!(
        Mobility::parse(&bytes).unwrap().message(),
        MobilityMessage::BindingUpdate { sequence_number: 1, flags, lifetime: 16 }
    );
}

proptest! {
    #[test]
    fn any_message_can_be_shown(kind: u8, data in prop::collection::vec(any::<u8>(), 58)) {
        let bytes = [&[59, 7, kind, 0, 0, 0][..], &data].concat();
        let mobility = Mobility::parse(&bytes).unwrap();
        let mut end = 0;
        mobility.fields(&mut |field: crate::Field<'_>| end = end.max(field.bytes.end));
        prop_assert!(end <= bytes.len());
        let mut options = mobility.options();
        prop_assert!(options.by_ref().count() <= data.len());
        prop_assert!(options.next().is_none());
    }
}
