//! Tests of SCTP: made-up chunks against what tshark 4.0 makes of them, then what no field shows.
#![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

use proptest::prelude::*;

use super::*;
use crate::{Decoder, Packet, Registry};

mod damage;
mod parameters;

const HEADER: &[u8] = b"\x0b\x59\x8e\x3c\x11\x22\x33\x44\xde\xad\xbe\xef";

/// Fields of every chunk or parameter, which the samples of real packets show.
const FRAME: [&str; 11] = [
    "sctp.srcport",
    "sctp.dstport",
    "sctp.verification_tag",
    "sctp.checksum",
    "sctp.chunk_type",
    "sctp.chunk_bit_1",
    "sctp.chunk_bit_2",
    "sctp.chunk_flags",
    "sctp.chunk_length",
    "sctp.parameter_bit_1",
    "sctp.parameter_bit_2",
];

fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2).map(|pair| str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn packet(chunks: &[u8]) -> Vec<u8> {
    [HEADER, chunks].concat()
}

fn chunk(kind: u8, flags: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap().to_be_bytes();
    let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
    [&[kind, flags], &length[..], value, &padding].concat()
}

/// Checks the fields behind the lengths of chunks.
#[track_caller]
fn check(chunks: &str, expected: &str) {
    let bytes = packet(&hex(chunks));
    let (mut found, mut end) = (Vec::new(), 0);
    Sctp::parse(&bytes).unwrap().fields(&mut |field: crate::Field<'_>| {
        // Bits come behind the number that they are part of.
        assert!(field.bytes.end >= end, "{} goes back", field.name);
        end = field.bytes.end;
        if !FRAME.contains(&field.name) {
            found.push(format!("{}={}", field.name.strip_prefix("sctp.").unwrap(), field.value));
        }
    });
    assert_eq!(found.join(" "), expected);
}

/// Checks a parameter in a chunk of parameters.
#[track_caller]
fn check_parameter(parameter: &str, expected: &str) {
    let length = parameter.len() / 2 + 4;
    check(&format!("8200{length:04x}{parameter}"), expected);
}

/// Checks a cause in an `ERROR` chunk.
#[track_caller]
fn check_cause(cause: &str, expected: &str) {
    let length = cause.len() / 2 + 4;
    check(&format!("0900{length:04x}{cause}"), expected);
}

layer_tests! {
    // tshark -r tcpdump/forces3.pcap -Y 'frame.number == 46' -x
    sample: Sctp [
        0xe1, 0xc1, 0x1a, 0x32, 0x97, 0x56, 0x08, 0x30, 0x18, 0xa8, 0x03, 0x84, 0x03, 0x00, 0x00,
        0x10, 0x85, 0xc5, 0x96, 0x9a, 0x00, 0x00, 0xe0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
        0x00, 0x28, 0x36, 0xff, 0x55, 0x59, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x10,
        0x0f, 0x00, 0x06, 0x00, 0x00, 0x00, 0x02, 0x40, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x04, 0x08, 0x00, 0x00, 0x00
    ];
    fields: "sctp.srcport=57793 sctp.dstport=6706 sctp.verification_tag=2538997808 sctp.checksum=413664132 sctp.chunk_type=3 sctp.chunk_bit_1=0 sctp.chunk_bit_2=0 sctp.chunk_flags=0 sctp.sack_nounce_sum=0 sctp.chunk_length=16 sctp.sack_cumulative_tsn_ack_raw=2244318874 sctp.sack_a_rwnd=57344 sctp.sack_number_of_gap_blocks=0 sctp.sack_number_of_duplicated_tsns=0 sctp.chunk_type=0 sctp.chunk_bit_1=0 sctp.chunk_bit_2=0 sctp.chunk_flags=3 sctp.data_i_bit=0 sctp.data_u_bit=0 sctp.data_b_bit=1 sctp.data_e_bit=1 sctp.chunk_length=40 sctp.data_tsn_raw=922703193 sctp.data_sid=0 sctp.data_ssn=3 sctp.data_payload_proto_id=0";
    edit: SctpHeader, |header| header.verification_tag.set(7);
    bad: [];
}

#[test]
fn chunks_read_as_tshark_reads_them() {
    check(
        "00030015fffffff000050006000000006162636465eeeeee000e0013fffffff0000500060000000078797aee",
        "data_i_bit=0 data_u_bit=0 data_b_bit=1 data_e_bit=1 data_tsn_raw=4294967280 data_sid=5 data_ssn=6 data_payload_proto_id=0 chunk_padding=eeeeee data_i_bit=1 data_u_bit=1 data_b_bit=1 data_e_bit=0 data_tsn_raw=4294967280 data_sid=5 data_ssn=6 data_payload_proto_id=0 chunk_padding=ee",
    );
    check(
        "40030019fffffff10005000901020304000000076162636465eeeeee40020017fffffff1000500090102030400000007616263ee40010017fffffff10005000901020304000000077a7a7aee",
        "data_i_bit=0 data_u_bit=0 data_b_bit=1 data_e_bit=1 data_tsn_raw=4294967281 data_sid=5 data_reserved=9 data_mid=16909060 data_payload_proto_id=7 chunk_padding=eeeeee data_i_bit=0 data_u_bit=0 data_b_bit=1 data_e_bit=0 data_tsn_raw=4294967281 data_sid=5 data_reserved=9 data_mid=16909060 data_payload_proto_id=7 chunk_padding=ee data_i_bit=0 data_u_bit=0 data_b_bit=0 data_e_bit=1 data_tsn_raw=4294967281 data_sid=5 data_reserved=9 data_mid=16909060 data_fsn=7 chunk_padding=ee",
    );
    check(
        "01000014aabbccdd00010000000a000b499602d2",
        "init_initiate_tag=2864434397 init_credit=65536 init_nr_out_streams=10 init_nr_in_streams=11 init_initial_tsn=1234567890",
    );
    check(
        "0100001daabbccdd00010000000a000b499602d2000700096162636465eeeeee",
        "init_initiate_tag=2864434397 init_credit=65536 init_nr_out_streams=10 init_nr_in_streams=11 init_initial_tsn=1234567890 parameter_type=7 parameter_length=9 parameter_state_cookie=6162636465 chunk_padding=eeeeee",
    );
    check(
        "030000240000006400001388000200030002000300050009000000610000006200000063",
        "sack_nounce_sum=0 sack_cumulative_tsn_ack_raw=100 sack_a_rwnd=5000 sack_number_of_gap_blocks=2 sack_number_of_duplicated_tsns=3 sack_gap_block_start=2 sack_gap_block_end=3 sack_gap_block_start=5 sack_gap_block_end=9 sack_duplicate_tsn=97 sack_duplicate_tsn=98 sack_duplicate_tsn=99",
    );
    check(
        "030100240000006400001388000100000002000300050009000000610000006200000063",
        "sack_nounce_sum=1 sack_cumulative_tsn_ack_raw=100 sack_a_rwnd=5000 sack_number_of_gap_blocks=1 sack_number_of_duplicated_tsns=0 sack_gap_block_start=2 sack_gap_block_end=3",
    );
    check(
        "1000002c000000640000138800020001000300070002000300050009000b000c000000610000006200000063",
        "nr_sack_nounce_sum=0 nr_sack_cumulative_tsn_ack=100 nr_sack_a_rwnd=5000 nr_sack_number_of_gap_blocks=2 nr_sack_number_of_nr_gap_blocks=1 nr_sack_number_of_duplicated_tsns=3 nr_sack_reserved=7 nr_sack_gap_block_start=2 nr_sack_gap_block_end=3 nr_sack_gap_block_start=5 nr_sack_gap_block_end=9 nr_sack_nr_gap_block_start=11 nr_sack_nr_gap_block_end=12 nr_sack_duplicate_tsn=97 nr_sack_duplicate_tsn=98 nr_sack_duplicate_tsn=99",
    );
    check(
        "0400001500010011686561727462656174696e666feeeeee",
        "parameter_type=1 parameter_length=17 parameter_heartbeat_information=686561727462656174696e666f chunk_padding=eeeeee",
    );
    check(
        "0500001600010012686561727462656174696e666f31eeee",
        "parameter_type=1 parameter_length=18 parameter_heartbeat_information=686561727462656174696e666f31 chunk_padding=eeee",
    );
    check(
        "0601001c000c00127368757474696e6720646f776e21eeee00040004",
        "abort_t_bit=1 cause_code=12 cause_length=18 cause_information=7368757474696e6720646f776e21 cause_padding=eeee cause_code=4 cause_length=4",
    );
    check("06000004", "abort_t_bit=0");
    check("0700000800000037", "shutdown_cumulative_tsn_ack=55");
    check("08000004", "");
    check("0700000c0000003700000003", "shutdown_cumulative_tsn_ack=55");
    check("0800000861626364", "");
    check(
        "0a00000e74686520636f6f6b6965eeee00030015fffffff0000500060000000068656c6c6feeeeee",
        "cookie=74686520636f6f6b6965 chunk_padding=eeee data_i_bit=0 data_u_bit=0 data_b_bit=1 data_e_bit=1 data_tsn_raw=4294967280 data_sid=5 data_ssn=6 data_payload_proto_id=0 chunk_padding=eeeeee",
    );
    check("0c00000800000003", "ecne_lowest_tsn=3");
    check("0d00000800000004", "cwr_lowest_tsn=4");
    check("0e010004", "shutdown_complete_t_bit=1");
    check(
        "0f00001c00020001000102030405060708090a0b0c0d0e0f1011121300030011fffffff0000500060000000071eeeeee",
        "shared_key_id=2 hmac_id=1 hmac=000102030405060708090a0b0c0d0e0f10111213 data_i_bit=0 data_u_bit=0 data_b_bit=1 data_e_bit=1 data_tsn_raw=4294967280 data_sid=5 data_ssn=6 data_payload_proto_id=0 chunk_padding=eeeeee",
    );
    check(
        "c1000030000000090005000801020304c001001000000001000500080a000002c002001000000002000500080a000003",
        "asconf_seq_nr_number=9 parameter_type=5 parameter_length=8 parameter_ipv4_address=1.2.3.4 parameter_type=49153 parameter_length=16 correlation_id=1 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.2 parameter_type=49154 parameter_length=16 correlation_id=2 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.3",
    );
    check(
        "c1000038000000090006001400000000000000000000000000000000c004001c000000040006001400000000000000000000000000000000",
        "asconf_seq_nr_number=9 parameter_type=6 parameter_length=20 parameter_ipv6_address=:: parameter_type=49156 parameter_length=28 correlation_id=4 parameter_type=6 parameter_length=20 parameter_ipv6_address=::",
    );
    check(
        "8000002000000009c005000800000005c003001000000003000c00060005eeee",
        "asconf_ack_seq_nr_number=9 parameter_type=49157 parameter_length=8 correlation_id=5 parameter_type=49155 parameter_length=16 correlation_id=3 cause_code=12 cause_length=6 cause_information=0005 cause_padding=eeee",
    );
    check(
        "82000028000d0016000000010000000200000003000700080009eeee000e000c0000000100070008",
        "parameter_type=13 parameter_length=22 parameter_reconfig_request_sequence_number=1 parameter_reconfig_response_sequence_number=2 parameter_senders_last_assigned_tsn=3 parameter_reconfig_sid=7 parameter_reconfig_sid=8 parameter_reconfig_sid=9 parameter_padding=eeee parameter_type=14 parameter_length=12 parameter_reconfig_request_sequence_number=1 parameter_reconfig_sid=7 parameter_reconfig_sid=8",
    );
    check(
        "8200000c000f000800000004",
        "parameter_type=15 parameter_length=8 parameter_reconfig_request_sequence_number=4",
    );
    check(
        "c0000010000000070001000200030004",
        "forward_tsn_tsn=7 forward_tsn_sid=1 forward_tsn_ssn=2 forward_tsn_sid=3 forward_tsn_ssn=4",
    );
    check(
        "c20000180000000700010000000000020003000100000004",
        "i_forward_tsn_tsn=7 i_forward_tsn_sid=1 i_forward_tsn_flags=0 i_forward_tsn_res=0 i_forward_tsn_u_bit=0 forward_tsn_mid=2 i_forward_tsn_sid=3 i_forward_tsn_flags=1 i_forward_tsn_res=0 i_forward_tsn_u_bit=1 forward_tsn_mid=4",
    );
    check("8400000b70616464696e67ee", "padding_data=70616464696e67 chunk_padding=ee");
    check("550900096162636465eeeeeef5000004", "chunk_value=6162636465 chunk_padding=eeeeee");
    check("0c00000c6162636465666768", "ecne_lowest_tsn=1633837924");
}

#[test]
fn a_real_init_has_its_parameters() {
    // tshark -r tcpdump/forces3.pcap -Y 'frame.number == 1' -x
    let bytes = hex("d0551a300000000008a8061301000024ae7164fc0000e000000100015952071e\
        000c00060005000080000004c0000004");
    let sctp = Sctp::parse(&bytes).unwrap();
    let Some(Ok(SctpChunk::Init(init))) = sctp.chunks().next() else { panic!("no INIT") };
    assert_eq!((init.initiate_tag, init.a_rwnd), (0xae71_64fc, 57344));
    assert_eq!((init.outbound_streams, init.inbound_streams), (1, 1));
    assert_eq!(init.initial_tsn, 1_498_547_998);
    let parameters: Vec<_> = init.parameters.map(Result::unwrap).collect();
    let expected = [
        SctpParameter::SupportedAddressTypes(&[U16::new(5)]),
        SctpParameter::EcnCapable,
        SctpParameter::ForwardTsnSupported,
    ];
    assert_eq!(parameters, expected);
    assert_eq!(
        sctp.to_string(),
        "sctp.srcport=53333 sctp.dstport=6704 sctp.verification_tag=0 sctp.checksum=145229331 sctp.chunk_type=1 sctp.chunk_bit_1=0 sctp.chunk_bit_2=0 sctp.chunk_flags=0 sctp.chunk_length=36 sctp.init_initiate_tag=2926667004 sctp.init_credit=57344 sctp.init_nr_out_streams=1 sctp.init_nr_in_streams=1 sctp.init_initial_tsn=1498547998 sctp.parameter_type=12 sctp.parameter_bit_1=0 sctp.parameter_bit_2=0 sctp.parameter_length=6 sctp.parameter_supported_address_type=5 sctp.parameter_padding=0000 sctp.parameter_type=32768 sctp.parameter_bit_1=1 sctp.parameter_bit_2=0 sctp.parameter_length=4 sctp.parameter_type=49152 sctp.parameter_bit_1=1 sctp.parameter_bit_2=1 sctp.parameter_length=4"
    );
}

#[test]
fn gap_ack_blocks_are_pairs_as_in_the_example_of_the_rfc() {
    // RFC 9260, section 3.3.4.
    let bytes = packet(&hex("030000180000000c00001234000200000002000300050005"));
    let Some(Ok(SctpChunk::Sack(sack))) = Sctp::parse(&bytes).unwrap().chunks().next() else {
        panic!("no SACK");
    };
    assert_eq!((sack.cumulative_tsn_ack, sack.a_rwnd), (12, 4660));
    let blocks: Vec<_> = sack.gap_ack_blocks.iter().map(|b| (b.start.get(), b.end.get())).collect();
    assert_eq!(blocks, [(2, 3), (5, 5)]);
    assert!(sack.duplicate_tsns.is_empty());
}

#[test]
fn every_bundled_message_is_there() {
    // gopacket defect 31
    let data =
        |tsn, text: &[u8]| chunk(0, 3, &[&[0, 0, 0, tsn, 0, 5, 0, 6, 0, 0, 0, 60], text].concat());
    let bytes = packet(&[data(1, b"one"), data(2, b"twenty")].concat());
    let sctp = Sctp::parse(&bytes).unwrap();
    let messages: Vec<_> = sctp
        .chunks()
        .map(|chunk| match chunk {
            Ok(SctpChunk::Data(data)) => {
                (data.tsn, data.payload_protocol_identifier, data.user_data)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(messages, [(1, 60, &b"one"[..]), (2, 60, b"twenty")]);

    assert_eq!(sctp.payload, b"one");
    // The identifier first, then the lower port.
    let next = Next::Either(Key::child(LayerType::SCTP, 60), Key::sctp_port(2905));
    let trailer_len = 1 + 16 + 6 + 2;
    assert_eq!(sctp.shape(), Shape { header_len: 28, payload_len: 3, trailer_len, next });
}

#[test]
fn a_message_without_an_identifier_is_known_by_its_ports() {
    let bytes = packet(&chunk(0, 3, b"\0\0\0\x01\0\0\0\0\0\0\0\0hello"));
    let next = Next::Either(Key::sctp_port(36412), Key::sctp_port(2905));
    assert_eq!(Sctp::parse(&bytes).unwrap().shape().next, next);
}

#[test]
fn the_span_of_a_packet_has_all_its_chunks() {
    let decoder = Decoder::new(&Registry::default());
    let data = chunk(0, 3, b"\0\0\0\x01\0\0\0\0\0\0\0\0hello");
    let bytes = packet(&[chunk(11, 0, b""), data, chunk(14, 1, b"")].concat());
    let found = decoder.decode(LinkType::SCTP, &bytes);
    assert_eq!(found.get::<Sctp<'_>>().unwrap().chunks().count(), 3);
    assert_eq!(found.layers().first().map(|span| span.len), u32::try_from(bytes.len()).ok());
    assert!(found.payload().starts_with(b"hello"));
    assert!(!found.is_truncated());
}

#[test]
fn the_first_whole_message_is_the_payload() {
    let fragment = chunk(0, 2, b"\0\0\0\x01\0\0\0\0\0\0\0\0first");
    let empty = chunk(0, 3, b"\0\0\0\x02\0\0\0\0\0\0\0\0");
    let short = chunk(0, 3, b"\0\0\0\x02\0\0\0\0");
    let interleaved = chunk(64, 3, b"\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0whole");
    let bytes = packet(&[fragment.clone(), empty, short, interleaved].concat());
    assert_eq!(Sctp::parse(&bytes).unwrap().payload, b"whole");

    let bytes = packet(&fragment);
    let sctp = Sctp::parse(&bytes).unwrap();
    let all = Shape { header_len: bytes.len(), payload_len: 0, trailer_len: 0, next: Next::End };
    assert_eq!((sctp.payload, sctp.shape()), (&b""[..], all));
}
