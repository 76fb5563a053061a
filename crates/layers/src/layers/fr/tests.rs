//! Frames by hand, whose fields are those that tshark 4.0.17 shows.

use super::*;
use crate::layers::from_hex;

const ADDRESS: &str = "fr.first_addr_octet=24 fr.upper_dlci=6 fr.cr=0 fr.ea=0 \
    fr.second_addr_octet=65 fr.second_dlci=4 fr.fecn=0 fr.becn=0 fr.de=0 fr.ea=1 fr.dlci=100";
const LONG_ADDRESS: &str = "fr.first_addr_octet=24 fr.upper_dlci=6 fr.cr=0 fr.ea=0 \
    fr.second_addr_octet=64 fr.second_dlci=4 fr.fecn=0 fr.becn=0 fr.de=0 fr.ea=0";
const INFORMATION: &str = "fr.control=3 fr.control.u_modifier_cmd=0 fr.control.ftype=3";

/// The fields, what follows, and the length of the header.
#[track_caller]
fn check(hex: &str, fields: &[&str], next: Next, header_len: usize) {
    let bytes = from_hex(hex);
    let fr = Fr::parse(&bytes).unwrap();
    assert_eq!(fr.to_string(), fields.join(" "));
    assert_eq!((fr.shape().next, fr.shape().header_len), (next, header_len));
    for have in 0..bytes.len() {
        match Fr::parse(&bytes[..have]) {
            Ok(fr) => assert!(fr.shape().header_len <= have),
            Err(error) => {
                assert!(matches!(error, Malformed::Truncated { need, .. } if need > have));
            }
        }
    }
}

fn ether_type(number: EtherType) -> Next {
    Next::One(Key::ether_type(number))
}

#[test]
fn the_nlpid_leads_on() {
    let nlpid = |fields| [ADDRESS, INFORMATION, fields];
    check("184103cc 45", &nlpid("fr.nlpid=204"), ether_type(EtherType::IPV4), 4);
    check("1841038e 60", &nlpid("fr.nlpid=142"), ether_type(EtherType::IPV6), 4);
    check("184103cf 0021", &nlpid("fr.nlpid=207"), ether_type(EtherType::PPP), 4);
    let unknown = Next::One(Key::child(LayerType::FR, 9));
    check("18410309 00", &nlpid("fr.nlpid=9"), unknown, 4);
}

#[test]
fn the_first_byte_of_a_packet_of_iso_is_its_own() {
    check("184103 831b", &[ADDRESS, INFORMATION], ether_type(EtherType::OSI), 3);
    let q933 = Next::One(Key::child(LayerType::FR, 8));
    check("184103 080075", &[ADDRESS, INFORMATION], q933, 3);
}

#[test]
fn addresses_are_of_two_to_four_bytes() {
    let snap = "fr.nlpid=0 fr.nlpid=128 fr.snap.oui=32962 fr.snap.pid=7";
    let fields = "fr.third_addr_octet=2 fr.third_dlci=1 fr.ea=0 fr.lower_dlci=1 fr.dc=0 fr.ea=1 \
        fr.dlci=819265";
    check(
        "18400205 0300800080c20007 0102",
        &[LONG_ADDRESS, fields, INFORMATION, snap],
        ether_type(EtherType::BRIDGING),
        12,
    );
    let fields = "fr.dlcore_control=0 fr.dc=1 fr.ea=1 fr.dlci=100";
    check(
        "184003 03cc",
        &[LONG_ADDRESS, fields, INFORMATION, "fr.nlpid=204"],
        ether_type(EtherType::IPV4),
        5,
    );
}

#[test]
fn a_snap_header_has_an_ethernet_type() {
    check(
        "184103 00 80 000000 0800 45",
        &[ADDRESS, INFORMATION, "fr.nlpid=0 fr.nlpid=128 fr.snap.oui=0 fr.snaptype=2048"],
        ether_type(EtherType::IPV4),
        10,
    );
}

#[test]
fn cisco_has_an_ethernet_type_in_the_place_of_control() {
    check("18410800 45", &[ADDRESS, "fr.chdlctype=2048"], ether_type(EtherType::IPV4), 4);
    check(
        "1841fefe 03831b",
        &[ADDRESS, "fr.chdlctype=65278 chdlc.clns_padding=3"],
        ether_type(EtherType(0xfefe)),
        5,
    );
    let slarp = Next::One(Key::child(LayerType::CHDLC, 0x8035));
    check("18418035 00000002", &[ADDRESS, "fr.chdlctype=32821"], slarp, 4);
}

#[test]
fn other_frames_end_behind_control() {
    let bytes = from_hex("1a41af8200");
    let fr = Fr::parse(&bytes).unwrap();
    assert!(fr.is_response());
    let end = "fr.control=175 fr.control.u_modifier_resp=43 fr.control.ftype=3";
    assert!(fr.to_string().ends_with(end), "{fr}");
    assert_eq!(fr.shape().next, Next::End);
    let bytes = from_hex("0001 0103");
    assert_eq!(Fr::parse(&bytes).unwrap().encapsulation, FrEncapsulation::Control(1));
}

#[test]
fn an_address_of_one_byte_or_five_is_rejected() {
    for (bytes, value) in [(&b"\x19\x03\xcc"[..], 0x19), (b"\x18\x40\x02\x04\x05\x03\xcc", 0x18)] {
        assert_eq!(Fr::parse(bytes), Err(Malformed::Field { name: "address", value }));
    }
}

#[test]
fn what_is_written_reads_the_same() {
    let (has_padding, nlpid) = (true, Nlpid::IPV4);
    let organization = Organization::CISCO;
    let encapsulations = [
        FrEncapsulation::Ietf { has_padding, nlpid },
        FrEncapsulation::Ietf { has_padding: false, nlpid },
        FrEncapsulation::Snap { has_padding, organization, protocol: 0x2000 },
        FrEncapsulation::Cisco { protocol: 0xfefe, clns_padding: &[3] },
        FrEncapsulation::Control(0xaf),
    ];
    for encapsulation in encapsulations {
        for dlci in [16, 100, 0x3ff] {
            let mut out = Vec::new();
            FrBuilder { dlci, encapsulation }.encode(&mut out).unwrap();
            let fr = Fr::parse(&out).unwrap();
            assert_eq!((fr.encapsulation, fr.dlci()), (encapsulation, dlci.into()));
            assert!(fr.payload.is_empty());
        }
    }
}
