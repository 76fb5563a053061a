//! Tests of PIM.

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Fix, Ipv4Header, LinkType, Udp, UdpHeader, serialize_layers};

// A join and prune, made for this test; the fields are tshark's.
layer_tests! {
    sample: Pim *b"\x23\0\xc2\xc1\x01\0\x0a\0\0\x01\0\x01\0\xd2\x01\0\0\x20\xef\x01\x01\x01\0\x01\
        \0\x01\x01\0\x07\x20\x0a\0\0\x02\x01\0\0\x20\x0a\0\0\x03";
    fields: "pim.version=2 pim.type=3 pim.res_bytes=00 pim.cksum=49857 \
        pim.upstream_neighbor=10.0.0.1 pim.addr_address_family=1 pim.addr_encoding_type=0 \
        pim.unicast=10.0.0.1 pim.res_bytes=00 pim.numgroups=1 pim.holdtime=210 \
        pim.group=239.1.1.1 pim.addr_address_family=1 pim.addr_encoding_type=0 \
        pim.group_addr.flags=0 pim.group_addr.flags.b=0 pim.group_addr.flags.reserved=0 \
        pim.group_addr.flags.z=0 pim.mask_len=32 pim.group=239.1.1.1 pim.numjoins=1 \
        pim.numprunes=1 pim.join_ip=10.0.0.2 pim.addr_address_family=1 pim.addr_encoding_type=0 \
        pim.source_addr.flags=7 pim.source_addr.flags.reserved=0 pim.source_addr.flags.s=1 \
        pim.source_addr.flags.w=1 pim.source_addr.flags.r=1 pim.mask_len=32 \
        pim.source=10.0.0.2 pim.prune_ip=10.0.0.3 pim.addr_address_family=1 \
        pim.addr_encoding_type=0 pim.source_addr.flags=0 pim.source_addr.flags.reserved=0 \
        pim.source_addr.flags.s=0 pim.source_addr.flags.w=0 pim.source_addr.flags.r=0 \
        pim.mask_len=32 pim.source=10.0.0.3";
    edit: PimHeader, |header| header.set_message_type(PimType::GRAFT);
    bad: [0 = 0x13 => "version" 1];
}

/// The fields behind the checksum, as `tshark -T pdml` names and shows them.
#[track_caller]
fn check(bytes: &[u8], fields: &str) {
    let text = Pim::parse(bytes).unwrap().to_string();
    assert_eq!(text.splitn(5, ' ').nth(4).unwrap_or_default(), fields);
    let sum = checksum(bytes, &Outer::NONE).unwrap();
    assert_eq!(sum.stored, sum.computed);
}

const HELLO: &[u8] = b"\x20\0\xcd\xa1\0\x01\0\x02\0\x69\0\x02\0\x04\x81\xf4\x0b\xb8\0\x13\0\x04\
    \0\0\0\x01\0\x14\0\x04\x12\x34\x56\x78\0\x15\0\x04\x01\0\0\0\0\x16\0\0\0\x18\0\x0c\x01\0\x0a\
    \0\0\x05\x01\0\x0a\0\0\x06\xff\xff\0\x03\x01\x02\x03";

#[test]
fn hellos_have_options() {
    check(
        HELLO,
        "pim.optiontype=1 pim.optionlength=2 pim.holdtime=105 pim.optiontype=2 \
         pim.optionlength=4 pim.t=1 pim.propagation_delay=500 pim.override_interval=3000 \
         pim.optiontype=19 pim.optionlength=4 pim.dr_priority=1 pim.optiontype=20 \
         pim.optionlength=4 pim.generation_id=305419896 pim.optiontype=21 pim.optionlength=4 \
         pim.state_refresh_version=1 pim.state_refresh_interval=0 pim.state_refresh_reserved=0 \
         pim.optiontype=22 pim.optionlength=0 pim.optiontype=24 pim.optionlength=12 \
         pim.address_list=10.0.0.5 pim.addr_address_family=1 pim.addr_encoding_type=0 \
         pim.unicast=10.0.0.5 pim.address_list=10.0.0.6 pim.addr_address_family=1 \
         pim.addr_encoding_type=0 pim.unicast=10.0.0.6 pim.optiontype=65535 pim.optionlength=3 \
         pim.optionvalue=010203",
    );
}

#[test]
fn options_written_again_are_the_same() {
    let pim = Pim::parse(HELLO).unwrap();
    let mut message = Vec::new();
    for option in pim.hello_options() {
        option.unwrap().encode(&mut message).unwrap();
    }
    let hello = PimBuilder { header: PimHeader::default(), message: &message };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &hello], b"").unwrap();
    assert_eq!((out[9], &out[20..]), (103, HELLO));
    let lists = pim.hello_options().flatten().flat_map(|option| option.addresses());
    let addresses = lists.flatten().map(|address| address.address.to_string());
    assert_eq!(addresses.collect::<Vec<_>>(), ["10.0.0.5", "10.0.0.6"]);
}

#[test]
fn a_register_carries_a_packet_that_its_checksum_leaves_out() {
    let header = PimHeader { version_type: 0x21, ..Default::default() };
    let register = PimBuilder { header, message: &[0x80, 0, 0, 0] };
    let udp =
        UdpHeader { source_port: 9.into(), destination_port: 40_000.into(), ..Default::default() };
    let ip = Ipv4Header::default();
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&ip, &register, &ip, &udp], b"hello").unwrap();
    assert_eq!(out[22..24], (!0xa100_u16).to_be_bytes());
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV4, &out);
    assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"hello");
    let text = packet.get::<Pim<'_>>().unwrap().to_string();
    let flags = "pim.register_flag=2147483648 pim.register_flag.border=1 \
        pim.register_flag.null_register=0 pim.ip_version=4";
    assert!(text.ends_with(flags), "{text}");
}

#[test]
fn a_register_of_old_covers_its_packet_too() {
    // As a sender from before RFC 4601 makes it.
    let bytes = b"\x21\0\x5e\xbc\0\0\0\0hi!!";
    let whole = InternetSum::new().with(bytes).without(0x5ebc_u16).checksum();
    let mut bytes = bytes.to_vec();
    bytes[2..4].copy_from_slice(&whole.to_be_bytes());
    let sum = checksum(&bytes, &Outer::NONE).unwrap();
    assert_eq!(sum.stored, sum.computed);
}

#[test]
fn bootstraps_asserts_and_candidates() {
    let group = "pim.addr_address_family=1 pim.addr_encoding_type=0 pim.group_addr.flags=0 \
        pim.group_addr.flags.b=0 pim.group_addr.flags.reserved=0 pim.group_addr.flags.z=0 \
        pim.mask_len=32";
    let unicast = "pim.addr_address_family=1 pim.addr_encoding_type=0 pim.unicast=";
    check(
        b"\x24\0\xa4\x0b\x12\x34\x1e\0\x01\0\x0a\0\0\x01\x01\0\0\x20\xef\0\0\0\x01\x01\0\0\
          \x01\0\x0a\0\0\x07\0\x96\0\0",
        &format!(
            "pim.fragment_tag=4660 pim.hash_mask_len=30 pim.bsr_priority=0 pim.bsr=10.0.0.1 \
             {unicast}10.0.0.1 pim.group=239.0.0.0 {group} pim.group=239.0.0.0 pim.rp_count=1 \
             pim.frp_count=1 pim.rp=10.0.0.7 {unicast}10.0.0.7 pim.holdtime=150 pim.priority=0 \
             pim.res_bytes=00"
        ),
    );
    check(
        b"\x25\0\x5e\x74\x01\0\0\x20\xef\x01\x01\x01\x01\0\x0a\0\0\x01\x80\0\0\x65\0\0\0\x02",
        &format!(
            "pim.group=239.1.1.1 {group} pim.group=239.1.1.1 pim.source=10.0.0.1 \
             {unicast}10.0.0.1 pim.rpt=1 pim.metric_pref=101 pim.metric=2"
        ),
    );
    check(
        b"\x28\0\xdb\x47\x01\0\0\x96\x01\0\x0a\0\0\x01\x01\0\0\x20\xef\0\0\0",
        &format!(
            "pim.prefix_count=1 pim.priority=0 pim.holdtime=150 pim.rp=10.0.0.1 \
             {unicast}10.0.0.1 pim.group=239.0.0.0 {group} pim.group=239.0.0.0"
        ),
    );
}

#[test]
fn joined_and_pruned_sources_are_counted_and_listed() {
    let bytes = b"\x23\0\0\0\x01\0\x0a\0\0\x01\0\x01\0\xd2\x01\0\0\x20\xef\x01\x01\x01\0\x01\0\0\
        \x01\x01\x07\x20\x0a\0\0\x02\x40\x01\x01\x01\x02\x03\x04";
    let pim = Pim::parse(bytes).unwrap();
    let message = pim.join_prune().unwrap();
    let groups = message.groups().collect::<Result<Vec<_>, _>>().unwrap();
    let [group] = groups[..] else { panic!("{groups:?}") };
    let sources = group.sources().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!((message.holdtime, sources[0].flags, sources.len()), (210, 7, 1));
    let summary = fmt::from_fn(|f| pim.summary(f)).to_string();
    assert_eq!(summary, "join/prune, 239.1.1.1 +1 -0");
}

#[test]
fn more_sources_than_there_are_end_in_an_error() {
    let bytes = b"\x23\0\0\0\x01\0\x0a\0\0\x01\0\xff\0\xd2\x01\0\0\x20\xef\x01\x01\x01\xff\xff\xff\
        \xff\x01\0\x07\x20\x0a\0\0\x02";
    let message = Pim::parse(bytes).unwrap().join_prune().unwrap();
    let groups = message.groups().collect::<Vec<_>>();
    assert_eq!(groups, [Err(Malformed::Truncated { need: 4, have: 0 })]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_u8..11, family in 1_u8..3) {
        let front = [0x20 | kind, 0, 0, 0, family, 0];
        let bytes = [&front[..], &bytes].concat();
        if let Ok(pim) = Pim::parse(&bytes) {
            pim.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(pim.hello_options().count() <= bytes.len());
            let groups = pim.join_prune().map(|message| message.groups().count());
            prop_assert!(groups.unwrap_or_default() <= bytes.len());
        }
    }
}
