//! Tests of IPv6 options. Golden values are tshark's unless a test says otherwise.

use proptest::prelude::*;

use super::*;
use crate::{
    Decoder, Ipv6, Ipv6Destination, Ipv6Fragment, Ipv6HopByHop, Layer, LayerType, LinkType,
};
use crate::{MAX_LAYERS, Udp};

/// UDP, 1 to 2, 12 bytes of payload.
const UDP: [u8; 20] = *b"\0\x01\0\x02\0\x14\0\0twelve bytes";

/// A hop-by-hop header with one option and its padding.
fn header(option: &[u8]) -> Vec<u8> {
    let len = option.len().saturating_add(2).next_multiple_of(8);
    let mut bytes = vec![17, u8::try_from((len / 8).saturating_sub(1)).unwrap()];
    bytes.extend(option);
    bytes.resize(len, PAD1);
    bytes
}

fn packet(next_header: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend([next_header, 64]);
    bytes.extend([0x20; 32]);
    bytes.extend(payload);
    bytes
}

/// The option itself, and its fields behind its type and length.
#[track_caller]
fn check(option: &[u8], expected: Ipv6Option<'_>, fields: &str) {
    let bytes = header(option);
    let layer = Ipv6HopByHop::parse(&bytes).unwrap();
    assert_eq!(layer.options().next(), Some(Ok(expected)));
    let text = layer.to_string();
    let (_, behind) = text.split_once("ipv6.opt.length=").unwrap();
    let behind = behind.split(" ipv6.opt.type=").next().unwrap();
    let (len, behind) = behind.split_once(' ').unwrap_or((behind, ""));
    assert_eq!((len, behind), (option.len().saturating_sub(2).to_string().as_str(), fields));
}

#[test]
fn padding_is_an_option() {
    let bytes = [17, 0, 0, 1, 3, 0, 0, 0];
    let layer = Ipv6HopByHop::parse(&bytes).unwrap();
    let options: Vec<_> = layer.options().collect();
    assert_eq!(options, [Ok(Ipv6Option::Pad1), Ok(Ipv6Option::PadN(&[0; 3]))]);
    assert_eq!(
        layer.to_string(),
        "ipv6.hopopts.nxt=17 ipv6.hopopts.len=0 ipv6.hopopts.len_oct=8 \
         ipv6.opt.type=0 \
         ipv6.opt.type=1 ipv6.opt.type.action=0 ipv6.opt.type.change=0 ipv6.opt.type.rest=1 \
         ipv6.opt.length=3 ipv6.opt.padn=000000"
    );
}

#[test]
fn each_option_for_routers_is_understood() {
    check(&[4, 1, 10], Ipv6Option::TunnelEncapsulationLimit(10), "ipv6.opt.tel=10");
    check(&[5, 2, 0, 1], Ipv6Option::RouterAlert(1), "ipv6.opt.router_alert=1");
    check(&[0xc2, 4, 0, 1, 0, 0], Ipv6Option::JumboPayload(65_536), "ipv6.opt.jumbo=65536");
    check(
        &[0x30, 4, 5, 0xdc, 5, 0x79],
        Ipv6Option::MinimumPathMtu { minimum: 1500, returned: 1400, wants_answer: true },
        "ipv6.opt.pmtu.min=1500 ipv6.opt.pmtu.rtn=1400 ipv6.opt.pmtu.r_flag=1",
    );
    check(
        &[0x26, 6, 0x85, 0, 0xaa, 0xbb, 0xcc, 0xdd],
        Ipv6Option::QuickStart { function: 8, rate: 5, ttl: 0, nonce: 0x2aae_f337 },
        "ipv6.opt.qs_func=8 ipv6.opt.qs_rate=5 ipv6.opt.qs_unused=0 ipv6.opt.qs_nonce=716108599 \
         ipv6.opt.qs_reserved=1",
    );
    // All but the distance to the hop limit, which is the difference of two headers.
    check(
        &[0x26, 6, 0x05, 7, 0xaa, 0xbb, 0xcc, 0xdd],
        Ipv6Option::QuickStart { function: 0, rate: 5, ttl: 7, nonce: 0x2aae_f337 },
        "ipv6.opt.qs_func=0 ipv6.opt.qs_rate=5 ipv6.opt.qs_ttl=7 ipv6.opt.qs_nonce=716108599 \
         ipv6.opt.qs_reserved=1",
    );
    check(
        &[0x26, 6, 0x25, 7, 0xaa, 0xbb, 0xcc, 0xdd],
        Ipv6Option::QuickStart { function: 2, rate: 5, ttl: 7, nonce: 0x2aae_f337 },
        "ipv6.opt.qs_func=2 ipv6.opt_unknown_data=2507aabbccdd",
    );
    check(
        &[0x07, 8, 0, 0, 0, 5, 0, 10, 0xab, 0xcd],
        Ipv6Option::Calipso { domain: 5, sensitivity_level: 10, checksum: 0xabcd, bitmap: &[] },
        "ipv6.opt.calipso.doi=5 ipv6.opt.calipso.cmpt.length=0 ipv6.opt.calipso.sens_level=10 \
         ipv6.opt.calipso.checksum=43981 ipv6.opt.calipso.cmpt_bitmap=",
    );
    check(
        &[0x07, 16, 0, 0, 0, 5, 1, 0, 0xab, 0xcd, 0, 0, 0, 0, 0, 0, 0, 0xaa],
        Ipv6Option::Calipso { domain: 5, sensitivity_level: 0, checksum: 0xabcd, bitmap: &[0; 4] },
        "ipv6.opt.calipso.doi=5 ipv6.opt.calipso.cmpt.length=1 ipv6.opt.calipso.sens_level=0 \
         ipv6.opt.calipso.checksum=43981 ipv6.opt.calipso.cmpt_bitmap=00000000 \
         ipv6.opt_unknown_data=000000aa",
    );
    check(
        &[0x31, 4, 0xde, 0xad, 0xbe, 0xef],
        Ipv6Option::Ioam { option_type: Ipv6OptionType(0x31), kind: 173, data: &[0xbe, 0xef] },
        "ipv6.opt.ioam.rsv=222 ipv6.opt.ioam.opt_type=173 ipv6.opt_unknown_data=beef",
    );
}

#[test]
fn each_option_of_low_power_networks_is_understood() {
    check(
        &[0x63, 4, 0xe0, 1, 2, 3],
        Ipv6Option::Rpl {
            option_type: Ipv6OptionType(0x63),
            flags: 0xe0,
            instance: 1,
            sender_rank: 0x0203,
            rest: &[],
        },
        "ipv6.opt.rpl.flag=224 ipv6.opt.rpl.flag.o=1 ipv6.opt.rpl.flag.r=1 ipv6.opt.rpl.flag.f=1 \
         ipv6.opt.rpl.flag.rsv=0 ipv6.opt.rpl.instance_id=1 ipv6.opt.rpl.sender_rank=515",
    );
    check(
        &[0x6d, 4, 0x50, 0x11, 0x22, 0xff],
        Ipv6Option::Mpl { flags: 0x50, sequence: 0x11, seed: &[0x22, 0xff] },
        "ipv6.opt.mpl.flag=80 ipv6.opt.mpl.flag.s=1 ipv6.opt.mpl.flag.m=0 ipv6.opt.mpl.flag.v=1 \
         ipv6.opt.mpl.flag.rsv=0 ipv6.opt.mpl.sequence=17 ipv6.opt.mpl.seed_id=22ff",
    );
    check(
        &[0x6d, 2, 0x10, 0x22],
        Ipv6Option::Mpl { flags: 0x10, sequence: 0x22, seed: &[] },
        "ipv6.opt.mpl.flag=16 ipv6.opt.mpl.flag.s=0 ipv6.opt.mpl.flag.m=0 ipv6.opt.mpl.flag.v=1 \
         ipv6.opt.mpl.flag.rsv=0 ipv6.opt.mpl.sequence=34",
    );
    check(
        &[0x08, 3, 0, 0x33, 0x44],
        Ipv6Option::SmfIdentifier { tagger_type: 0, tagger: &[], identifier: &[0x33, 0x44] },
        "ipv6.opt.smf_dpd.hash_bit=0 ipv6.opt.smf_dpd.tid_type=0 ipv6.opt.smf_dpd.tid_len=0 \
         ipv6.opt.smf_dpd.ident=3344",
    );
    check(
        &[0x08, 4, 0x11, 0x22, 0x33, 0x44],
        Ipv6Option::SmfIdentifier { tagger_type: 1, tagger: &[0x22, 0x33], identifier: &[0x44] },
        "ipv6.opt.smf_dpd.hash_bit=0 ipv6.opt.smf_dpd.tid_type=1 ipv6.opt.smf_dpd.tid_len=1 \
         ipv6.opt.smf_dpd.tagger_id=2233 ipv6.opt.smf_dpd.ident=44",
    );
    check(
        &[0x08, 4, 0x81, 0x12, 0x23, 0x34],
        Ipv6Option::SmfHash(&[0x81, 0x12, 0x23, 0x34]),
        "ipv6.opt.smf_dpd.hash_bit=1 ipv6.opt.smf_dpd.hav=81122334",
    );
    check(
        &[0xee, 3, 0xa0, 0, 1],
        Ipv6Option::DepthFirstForwarding { flags: 0xa0, sequence_number: 1 },
        "ipv6.opt.dff.flags=160 ipv6.opt.dff.flag.ver=2 ipv6.opt.dff.flag.dup=1 \
         ipv6.opt.dff.flag.ret=0 ipv6.opt.dff.flag.rsv=0 ipv6.opt.dff.sequence_number=1",
    );
}

#[test]
fn each_option_for_the_destination_is_understood() {
    check(
        &[0x0f, 10, 1, 2, 0, 3, 0, 4, 0, 5, 0, 6],
        Ipv6Option::Metrics(Ipv6Metrics {
            scale_last_received: 1,
            scale_last_sent: 2,
            this_packet: 3,
            last_received: 4,
            delta_last_received: 5,
            delta_last_sent: 6,
        }),
        "ipv6.opt.pdm.scale_dtlr=1 ipv6.opt.pdm.scale_dtls=2 ipv6.opt.pdm.psn_this_pkt=3 \
         ipv6.opt.pdm.psn_last_recv=4 ipv6.opt.pdm.delta_last_recv=5 \
         ipv6.opt.pdm.delta_last_sent=6",
    );
    check(
        b"\xc9\x10\x20\x01\0\x78\0\x01\0\x32\0\0\0\0\0\0\0\x01",
        Ipv6Option::HomeAddress("2001:78:1:32::1".parse().unwrap()),
        "ipv6.opt.mipv6.home_address=2001:78:1:32::1",
    );
    check(
        &[0x8b, 4, 0xde, 0xad, 0xbe, 0xef],
        Ipv6Option::IlnpNonce(&[0xde, 0xad, 0xbe, 0xef]),
        "ipv6.opt.ilnp_nonce=deadbeef",
    );
    check(
        b"\x8c\x04\x03abc",
        Ipv6Option::LineIdentification(b"abc"),
        "ipv6.opt.lio.length=3 ipv6.opt.lio.line_id=abc",
    );
}

#[test]
fn an_option_without_an_entry_or_of_another_length_is_kept() {
    let unknown = |kind, data| Ipv6Option::Unknown { kind: Ipv6OptionType(kind), data };
    check(&[0x7f, 3, 1, 2, 3], unknown(0x7f, &[1, 2, 3]), "ipv6.opt.unknown=010203");
    check(&[0x8a, 2, 1, 2], unknown(0x8a, &[1, 2]), "ipv6.opt.unknown=0102");
    check(
        &[0x3e, 2, 0x11, 0x22],
        Ipv6Option::Experimental { kind: Ipv6OptionType(0x3e), data: &[0x11, 0x22] },
        "ipv6.opt.experimental=1122",
    );
    // Not the length of their types: kept whole, where Wireshark reads on behind their ends.
    check(&[5, 1, 0], unknown(5, &[0]), "ipv6.opt.unknown=00");
    check(&[0xc2, 3, 0, 1, 0], unknown(0xc2, &[0, 1, 0]), "ipv6.opt.unknown=000100");
    check(&[0x6d, 3, 0x50, 1, 2], unknown(0x6d, &[0x50, 1, 2]), "ipv6.opt.unknown=500102");
    check(&[0x8c, 2, 5, b'a'], unknown(0x8c, &[5, b'a']), "ipv6.opt.unknown=0561");
    check(&[0x08, 2, 0x15, 1], unknown(0x08, &[0x15, 1]), "ipv6.opt.unknown=1501");
}

#[test]
fn the_type_tells_what_to_do_with_an_unknown_option() {
    // RFC 8200, section 4.2.
    let of = |kind| (Ipv6OptionType(kind).action(), Ipv6OptionType(kind).may_change());
    assert_eq!(of(0x05), (Ipv6OptionAction::Skip, false));
    assert_eq!(of(0x6d), (Ipv6OptionAction::Discard, true));
    assert_eq!(of(0x8a), (Ipv6OptionAction::Report, false));
    assert_eq!(of(0xc2), (Ipv6OptionAction::ReportUnlessMulticast, false));
    assert_eq!(of(0xee), (Ipv6OptionAction::ReportUnlessMulticast, true));
}

#[test]
fn an_option_cut_short_is_the_last() {
    let bytes = [17, 0, 5, 2, 0, 0, 5, 2];
    let layer = Ipv6HopByHop::parse(&bytes).unwrap();
    let mut options = layer.options();
    assert_eq!(options.next(), Some(Ok(Ipv6Option::RouterAlert(0))));
    assert_eq!(options.next(), Some(Err(Malformed::Truncated { need: 4, have: 2 })));
    assert_eq!(options.next(), None);
    assert!(layer.to_string().ends_with("ipv6.opt.router_alert=0"));

    let bytes = [17, 0, 1, 3, 0, 0, 0, 5];
    let last = Ipv6HopByHop::parse(&bytes).unwrap().options().last();
    assert_eq!(last, Some(Err(Malformed::Truncated { need: 2, have: 1 })));
}

// gopacket defect 2
#[test]
fn what_stands_behind_the_packet_is_not_its_payload() {
    let mut bytes = packet(0, &[&[17, 0, 1, 4, 0, 0, 0, 0], &UDP]);
    bytes.extend([0xff; 4]);
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    assert_eq!(packet.get::<Ipv6HopByHop<'_>>().unwrap().payload, UDP);
    assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"twelve bytes");
    assert_eq!(packet.payload(), b"twelve bytes");
}

#[test]
fn no_next_header_ends_the_packet() {
    let bytes = packet(0, &[&[59, 0, 1, 4, 0, 0, 0, 0], b"ignored"]);
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!((packet.error(), packet.layers().len()), (None, 2));
    assert_eq!(packet.payload(), b"ignored");
}

#[test]
fn destination_options_stand_behind_a_fragment_header() {
    let fragment = [60, 0, 0, 0, 0, 0, 0, 9];
    let bytes = packet(44, &[&fragment, &[17, 0, 4, 1, 3, 1, 1, 0], &UDP]);
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!((packet.error(), packet.layers().len()), (None, 4));
    assert!(packet.get::<Ipv6Fragment<'_>>().is_some());
    let mut options = packet.get::<Ipv6Destination<'_>>().unwrap().options();
    assert_eq!(options.next(), Some(Ok(Ipv6Option::TunnelEncapsulationLimit(3))));
    assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"twelve bytes");
}

#[test]
fn a_chain_of_forty_headers_stops_at_the_most_layers() {
    let bytes = packet(60, &[[60, 0, 1, 4, 0, 0, 0, 0]; 40].each_ref().map(|part| &part[..]));
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!(packet.layers().len(), MAX_LAYERS);
    let error = packet.error().unwrap();
    assert_eq!((error.layer, error.cause), (LayerType::IPV6_DESTINATION, Malformed::Nesting));
}

#[test]
fn a_jumbogram_runs_to_the_end() {
    // RFC 2675, section 3: the length of the packet is zero, that of the option is the real one.
    let mut bytes = packet(0, &[&[17, 0, 0xc2, 4, 0, 1, 0x11, 0x78]]);
    bytes[4..6].fill(0);
    bytes.extend([0, 1, 0, 2, 0, 0, 0, 0]);
    bytes.resize(40 + 70_008, b'j');
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IPV6, &bytes);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    assert_eq!(packet.get::<Ipv6<'_>>().unwrap().payload.len(), 70_008);
    assert_eq!(packet.get::<Udp<'_>>().unwrap().payload.len(), 70_008 - 16);
}

proptest! {
    #[test]
    fn any_bytes_give_as_many_options_at_most(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut options = Ipv6Options::new(&bytes);
        prop_assert!(options.by_ref().count() <= bytes.len());
        prop_assert!(options.next().is_none());
    }

    #[test]
    fn any_option_can_be_shown(kind: u8, data in prop::collection::vec(any::<u8>(), 0..32)) {
        let len = u8::try_from(data.len()).unwrap();
        let bytes = header(&[&[kind, len][..], &data].concat());
        let mut end = 0;
        Ipv6HopByHop::parse(&bytes).unwrap().fields(&mut |field: crate::Field<'_>| {
            end = end.max(field.bytes.end);
        });
        prop_assert!(end <= bytes.len());
    }
}
