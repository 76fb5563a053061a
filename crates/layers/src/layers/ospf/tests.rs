//! Tests of OSPF.

use proptest::prelude::*;

use super::*;
use crate::{Fix, Ipv4Header, serialize_layers};

// tshark -r ospf-nssa-bitnt.pcap, of tcpdump's tests: an update of one router LSA.
const UPDATE: &[u8] = b"\x02\x04\0\x4c\x0a\0\x22\x03\0\0\0\x01\xe5\x95\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\x01\0\x01\x28\x01\x0a\0\x22\x03\x0a\0\x22\x03\x80\0\0\x04\x51\xcb\0\x30\x13\0\0\x02\
    \x0a\0\x22\x04\x0a\0\x22\x03\x01\0\0\x01\x0a\0\x22\0\xff\xff\xff\0\x03\0\0\x01";

// tshark -r OSPFv2_Capture_FINAL.pcapng -Y frame.number==1, of tcpdump's tests.
layer_tests! {
    sample: Ospf *b"\x02\x01\0\x34\xc0\xa8\xff\x0f\0\0\0\0\0\0\0\x02\0\0\x01\x10\x5a\x83\x41\x12\
        \xff\xff\xff\0\0\x0a\x12\x01\0\0\0\x28\xc0\xa8\x79\x04\xc0\xa8\x79\x05\xc0\xa8\xff\x0b\
        \xc0\xa8\xff\x0e\x91\xb0\x1c\x6b\xd6\xc7\x09\x3c\x11\x86\x1e\x76\x33\x4b\xa8\x58\
        \0\0\0\x09\0\x01\0\x04\0\0\0\x01\0\x02\0\x14\x5a\x83\x41\x12\
        \x62\xa8\x49\xdb\x46\x49\x60\x4c\x9f\xda\x6c\x0a\x9f\xdf\x25\x86";
    fields: "ospf.version=2 ospf.msg=1 ospf.packet_length=52 ospf.srcrouter=192.168.255.15 \
        ospf.area_id=0.0.0.0 ospf.checksum=0 ospf.auth.type=2 ospf.auth.crypt.key_id=1 \
        ospf.auth.crypt.data_length=16 ospf.auth.crypt.seq_nbr=1518551314 \
        ospf.hello.network_mask=255.255.255.0 ospf.hello.hello_interval=10 ospf.v2.options=18 \
        ospf.v2.options.dn=0 ospf.v2.options.o=0 ospf.v2.options.dc=0 ospf.v2.options.l=1 \
        ospf.v2.options.n=0 ospf.v2.options.mc=0 ospf.v2.options.e=1 ospf.v2.options.mt=0 \
        ospf.hello.router_priority=1 ospf.hello.router_dead_interval=40 \
        ospf.hello.designated_router=192.168.121.4 \
        ospf.hello.backup_designated_router=192.168.121.5 \
        ospf.hello.active_neighbor=192.168.255.11 ospf.hello.active_neighbor=192.168.255.14 \
        ospf.auth.crypt.data=91b01c6bd6c7093c11861e76334ba858 ospf.lls.checksum=0 \
        ospf.lls.data_length=36 ospf.tlv_type=1 ospf.tlv_length=4 ospf.lls.ext.options=1 \
        ospf.lls.ext.options.rs=0 ospf.lls.ext.options.lr=1 ospf.tlv_type=2 ospf.tlv_length=20 \
        ospf.v2.lls.sequence_number=1518551314 \
        ospf.v2.lls.auth_data=62a849db4649604c9fda6c0a9fdf2586";
    edit: OspfHeader, |header| header.area_id = [0, 0, 0, 1];
    bad: [0 = 4 => "version" 4, 3 = 23 => "packet length" 23];
}

/// What stands behind the header of an update, as `tshark -T pdml` names and shows it; without the
/// bits of options, which other tests have.
#[track_caller]
fn check(version: u8, ls_type: u16, id: u32, body: &[u8], expected: &str) {
    let mut message = 1_u32.to_be_bytes().to_vec();
    let header = OspfLsaHeader {
        options_type: ls_type.into(),
        link_state_id: id.to_be_bytes(),
        ..Default::default()
    };
    OspfLsa { header: &header, body, version }.encode(&mut message).unwrap();
    let header = OspfHeader { version, message_type: 4, ..Default::default() };
    let packet = OspfBuilder { header, message: &message, ..Default::default() };
    let mut bytes = Vec::new();
    serialize_layers(&mut bytes, Fix::LENGTHS, &[&packet], b"").unwrap();
    let text = Ospf::parse(&bytes).unwrap().to_string();
    let body = text.split(" ospf.lsa.length=").nth(1).unwrap();
    let body = body.split_once(' ').unwrap_or_default().1;
    let is_bit = |field: &&str| !field.contains(".options.");
    assert_eq!(body.split(' ').filter(is_bit).collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn lsas_of_version_2() {
    let stub = b"\x07\0\0\x01\x0a\0\0\x01\xff\xff\xff\0\x03\x01\0\x05\x08\0\0\x06";
    check(
        2,
        1,
        0,
        stub,
        "ospf.v2.router.lsa.flags=7 ospf.v2.router.lsa.flags.h=0 ospf.v2.router.lsa.flags.n=0 \
         ospf.v2.router.lsa.flags.w=0 ospf.v2.router.lsa.flags.v=1 ospf.v2.router.lsa.flags.e=1 \
         ospf.v2.router.lsa.flags.b=1 ospf.lsa.number_of_links=1 ospf.lsa.router.linkid=10.0.0.1 \
         ospf.lsa.router.linkdata=255.255.255.0 ospf.lsa.router.linktype=3 \
         ospf.lsa.router.nummetrics=1 ospf.lsa.router.metric0=5 ospf.ls.metric=6",
    );
    check(
        2,
        2,
        0,
        b"\xff\xff\xff\0\x01\x01\x01\x01\x02\x02\x02\x02",
        "ospf.lsa.network.netmask=255.255.255.0 ospf.lsa.network.attchrtr=1.1.1.1 \
         ospf.lsa.network.attchrtr=2.2.2.2",
    );
    check(
        2,
        3,
        0,
        b"\xff\xff\xff\0\0\0\0\x64\x02\0\0\x05",
        "ospf.lsa.asbr.netmask=255.255.255.0 ospf.lsa.tos=0 ospf.metric=100 ospf.lsa.tos=2 \
         ospf.metric=5",
    );
    check(
        2,
        7,
        0,
        b"\xff\xff\xff\0\x80\0\0\x14\x0a\0\0\x09\0\0\0\x07",
        "ospf.lsa.asext.netmask=255.255.255.0 ospf.lsa.asext.type=1 ospf.lsa.tos=0 \
         ospf.metric=20 ospf.lsa.asext.fwdaddr=10.0.0.9 ospf.lsa.asext.extrttag=7",
    );
}

#[test]
fn opaque_lsas() {
    check(
        2,
        9,
        0x0300_0000,
        b"\0\x01\0\x04\0\0\0\x78\0\x02\0\x01\x01\0\0\0\0\x03\0\x04\x0a\0\0\x01",
        "ospf.tlv_type=1 ospf.tlv_length=4 ospf.v2.grace.period=120 ospf.tlv_type=2 \
         ospf.tlv_length=1 ospf.v2.grace.reason=1 ospf.tlv_type=3 ospf.tlv_length=4 \
         ospf.v2.grace.ip=10.0.0.1",
    );
    check(
        2,
        10,
        0x0100_0002,
        b"\0\x02\0\x20\0\x01\0\x01\x02\0\0\0\0\x06\0\x04\x4c\x94\x51\x20\0\x0b\0\x08\0\0\0\x01\
          \0\0\0\x02\0\x0a\0\0",
        "ospf.tlv_type=2 ospf.tlv_length=32 ospf.tlv_type=1 ospf.tlv_length=1 \
         ospf.mpls.linktype=2 ospf.tlv_type=6 ospf.tlv_length=4 ospf.mpls.link_max_bw=77760768 \
         ospf.tlv_type=11 ospf.tlv_length=8 ospf.mpls.local_id=1 ospf.mpls.remote_id=2 \
         ospf.tlv_type=10 ospf.tlv_length=0",
    );
    check(
        2,
        10,
        0x0400_0000,
        b"\0\x01\0\x04\x60\0\0\0\0\x07\0\x03rtr\0\0\x08\0\x02\0\x01\0\0\0\x0e\0\x0c\0\0\x64\0\
          \0\x01\0\x03\0\x3e\x80\0",
        "ospf.tlv_type.opaque=1 ospf.tlv_length=4 ospf.ri.options=96 ospf.tlv_type.opaque=7 \
         ospf.tlv_length=3 ospf.dynhostname=rtr ospf.tlv_type.opaque=8 ospf.tlv_length=2 \
         ospf.lsa_sa=0 ospf.lsa_sa=1 ospf.tlv_type.opaque=14 ospf.tlv_length=12 \
         ospf.tlv.range_size=100 ospf.reserved=00 ospf.tlv.sidlabel_range.type=1 \
         ospf.tlv_length=3 ospf.tlv.sid_label=16000",
    );
    check(
        2,
        10,
        0x0700_0001,
        b"\0\x01\0\x14\x01\x20\0\x40\x0a\0\0\x01\0\x02\0\x08\x40\0\0\0\0\0\0\x64",
        "ospf.tlv.extpfx.tlv_type=1 ospf.tlv_length=20 ospf.tlv.extpfx.rotuetype=1 \
         ospf.prefix_length=32 ospf.tlv.extpfx.af=0 ospf.tlv.extpfx.flags=64 \
         ospf.tlv.extpfx.flags.a=0 ospf.tlv.extpfx.flags.n=1 \
         ospf.v3.address_prefix.ipv4=10.0.0.1 ospf.tlv.extpfx.subtlv_type=2 ospf.tlv_length=8 \
         ospf.tlv.pfxsid.flags=64 ospf.tlv.pfxsid.flags.np=1 ospf.tlv.pfxsid.flags.m=0 \
         ospf.tlv.pfxsid.flags.e=0 ospf.tlv.pfxsid.flags.v=0 ospf.tlv.pfxsid.flags.l=0 \
         ospf.reserved=00 ospf.tlv.extlink.mt_id=0 ospf.lsa_sa=0 ospf.tlv.sid_label=100",
    );
}

#[test]
fn lsas_of_version_3() {
    check(
        3,
        0x2001,
        1,
        b"\x01\0\0\x33\x02\0\0\x0a\0\0\0\x06\0\0\0\x07\x02\x02\x02\x02",
        "ospf.v3.router.lsa.flags=1 ospf.v3.router.lsa.flags.w=0 ospf.v3.router.lsa.flags.v=0 \
         ospf.v3.router.lsa.flags.e=0 ospf.v3.router.lsa.flags.b=1 ospf.v3.options=51 \
         ospf.v3.lsa.type=2 ospf.reserved=00 ospf.metric=10 ospf.v3.lsa.interface_id=6 \
         ospf.v3.lsa.neighbor_interface_id=7 ospf.v3.lsa.neighbor_router_id=2.2.2.2",
    );
    check(
        3,
        0x2004,
        1,
        b"\0\0\0\x33\0\0\0\x0a\x05\x05\x05\x05",
        "ospf.reserved=00 ospf.v3.options=51 ospf.reserved=00 ospf.metric=10 \
         ospf.v3.lsa.destination_router_id=5.5.5.5",
    );
    check(
        3,
        0x4005,
        1,
        b"\x07\0\0\x14\x40\0\x20\x01\x20\x01\x0d\xb8\0\0\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\
          \x09\0\0\0\x0a\x01\x02\x03\x04",
        "ospf.v3.as.external.flags=7 ospf.v3.as.external.flags.e=1 ospf.v3.as.external.flags.f=1 \
         ospf.v3.as.external.flags.t=1 ospf.metric=20 ospf.prefix_length=64 \
         ospf.v3.prefix.options=0 ospf.v3.lsa.referenced_ls_type=8193 \
         ospf.v3.address_prefix.ipv6=2001:db8:: \
         ospf.v3.lsa.forwarding_address.ipv6=2001:db8::9 ospf.v3.lsa.external_route_tag=10 \
         ospf.v3.lsa.referenced_link_state_id=1.2.3.4",
    );
    check(
        3,
        0x2009,
        1,
        b"\0\x02\x20\x01\0\0\0\0\x01\x01\x01\x01\x40\x02\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\x05",
        "ospf.v3.lsa.num_prefixes=2 ospf.v3.lsa.referenced_ls_type=8193 \
         ospf.v3.lsa.referenced_link_state_id=0.0.0.0 \
         ospf.v3.lsa.referenced_advertising_router=1.1.1.1 ospf.prefix_length=64 \
         ospf.v3.prefix.options=2 ospf.metric=0 ospf.v3.address_prefix.ipv6=2001:db8:: \
         ospf.prefix_length=0 ospf.v3.prefix.options=0 ospf.metric=5",
    );
}

#[test]
fn a_router_lsa_has_its_links_and_its_checksum() {
    let ospf = Ospf::parse(UPDATE).unwrap();
    let lsas = ospf.lsas().collect::<Result<Vec<_>, _>>().unwrap();
    let [lsa] = lsas[..] else { panic!("{lsas:?}") };
    assert_eq!((lsa.ls_type(), lsa.options()), (1, Some(0x28)));
    // The checksum as the router made it.
    assert_eq!(lsa.fletcher_checksum(), 0x51cb);
    let OspfLsaBody::Router { flags: 0x13, links } = lsa.content() else { panic!("{lsa:?}") };
    let links = OspfLink::all(links).map(|link| (link.link_type, link.metric.get()));
    assert_eq!(links.collect::<Vec<_>>(), [(1, 1), (3, 1)]);
    let summary = fmt::from_fn(|f| ospf.summary(f)).to_string();
    assert_eq!(summary, "v2 LS update, router 10.0.34.3, area 0.0.0.1");
}

#[test]
fn the_checksum_leaves_the_authentication_out() {
    let sum = checksum(UPDATE, &Outer::NONE).unwrap();
    assert_eq!((sum.stored, sum.computed, sum.absent), (0xe595, 0xe595, None));
    let digest = [&UPDATE[..15], &[2], &UPDATE[16..]].concat();
    assert!(checksum(&digest, &Outer::NONE).unwrap().absent.is_some());
}

// gopacket issue 439
#[test]
fn more_lsas_than_there_are_end_in_an_error() {
    let mut bytes = UPDATE.to_vec();
    bytes[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    let lsas = Ospf::parse(&bytes).unwrap().lsas().collect::<Vec<_>>();
    assert_eq!((lsas.len(), lsas[1]), (2, Err(Malformed::Truncated { need: 20, have: 0 })));
}

// gopacket issue 439
#[test]
fn a_length_below_its_header_ends_the_list_instead_of_looping() {
    let mut bytes = UPDATE.to_vec();
    bytes[46..48].copy_from_slice(&[0, 0]);
    let lsas = Ospf::parse(&bytes).unwrap().lsas().collect::<Vec<_>>();
    assert_eq!(lsas, [Err(Malformed::Field { name: "length", value: 0 })]);
}

#[test]
fn a_built_update_is_the_captured_one() {
    let ospf = Ospf::parse(UPDATE).unwrap();
    let mut message = 1_u32.to_be_bytes().to_vec();
    ospf.lsas().for_each(|lsa| lsa.unwrap().encode(&mut message).unwrap());
    let header = OspfHeader { packet_length: 0.into(), checksum: 0.into(), ..*ospf.header };
    let packet = OspfBuilder { header, message: &message, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &packet], b"").unwrap();
    assert_eq!((out[9], &out[20..]), (89, UPDATE));
}

#[test]
fn hellos_of_both_versions_read_as_they_were_written() {
    let neighbors = &[[3, 3, 3, 3]];
    let hello = OspfHello {
        network_mask: Some([255, 255, 255, 0]),
        hello_interval: 10,
        options: 2,
        router_priority: 1,
        router_dead_interval: 40,
        neighbors,
        ..Default::default()
    };
    let third = OspfHello { network_mask: None, interface_id: Some(6), options: 0x13, ..hello };
    for (version, hello) in [(2, hello), (3, third)] {
        let mut message = Vec::new();
        hello.encode(&mut message);
        let header = OspfHeader { version, ..Default::default() };
        let packet = OspfBuilder { header, message: &message, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::LENGTHS, &[&packet], b"").unwrap();
        assert_eq!(Ospf::parse(&out).unwrap().hello(), Some(hello));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, third: bool, kind in 1_u8..6, ls in 0_u8..13) {
        let version = if third { 3 } else { 2 };
        let mut header = OspfHeader { version, message_type: kind, ..Default::default() };
        header.packet_length.set(0xffff);
        let body = [&[0, 0, 0, 9, 0, 0, 0, ls, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60], &bytes[..]];
        let bytes = [header.as_bytes(), &[0; 8][..header_len(version) - 16], &body.concat()].concat();
        let ospf = Ospf::parse(&bytes).unwrap();
        ospf.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        for lsa in ospf.lsas().flatten() {
            match lsa.content() {
                OspfLsaBody::Opaque { tlvs, .. } => drop(tlvs.count()),
                OspfLsaBody::Link { prefixes, .. } => drop(prefixes.count()),
                OspfLsaBody::Router { links, .. } => drop(OspfLink::all(links).count()),
                _ => {}
            }
        }
        let _ = (ospf.hello(), ospf.database_description(), ospf.requests());
    }
}
