//! Parameters and causes, with what tshark shows of them.

use super::*;

#[test]
fn basic_parameters_and_reconfigurations_read_as_tshark_reads_them() {
    check_parameter(
        "0001000a6862696e666f",
        "parameter_type=1 parameter_length=10 parameter_heartbeat_information=6862696e666f",
    );
    check_parameter(
        "000500080a000001",
        "parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.1",
    );
    check_parameter(
        "00060014000102030405060708090a0b0c0d0e0f",
        "parameter_type=6 parameter_length=20 parameter_ipv6_address=1:203:405:607:809:a0b:c0d:e0f",
    );
    check_parameter(
        "0007000b636f6f6b696521",
        "parameter_type=7 parameter_length=11 parameter_state_cookie=636f6f6b696521",
    );
    check_parameter(
        "00080010123400096162636465eeeeee",
        "parameter_type=8 parameter_length=16 parameter_type=4660 parameter_length=9 parameter_value=6162636465 parameter_padding=eeeeee",
    );
    check_parameter(
        "00090008000003e8",
        "parameter_type=9 parameter_length=8 parameter_cookie_preservative_incr=1000",
    );
    check_parameter(
        "000b0011686f73742e6578616d706c6500",
        "parameter_type=11 parameter_length=17 parameter_hostname=host.example",
    );
    check_parameter(
        "000c000a00050006000b",
        "parameter_type=12 parameter_length=10 parameter_supported_address_type=5 parameter_supported_address_type=6 parameter_supported_address_type=11",
    );
    check_parameter(
        "000d0016000000010000000200000003000700080009",
        "parameter_type=13 parameter_length=22 parameter_reconfig_request_sequence_number=1 parameter_reconfig_response_sequence_number=2 parameter_senders_last_assigned_tsn=3 parameter_reconfig_sid=7 parameter_reconfig_sid=8 parameter_reconfig_sid=9",
    );
    check_parameter(
        "000e000c0000000100070008",
        "parameter_type=14 parameter_length=12 parameter_reconfig_request_sequence_number=1 parameter_reconfig_sid=7 parameter_reconfig_sid=8",
    );
    check_parameter(
        "000f000800000004",
        "parameter_type=15 parameter_length=8 parameter_reconfig_request_sequence_number=4",
    );
    check_parameter(
        "0010000c0000000500000001",
        "parameter_type=16 parameter_length=12 parameter_reconfig_response_sequence_number=5 parameter_reconfig_response_result=1",
    );
    check_parameter(
        "0010001400000005000000010000004d00000058",
        "parameter_type=16 parameter_length=20 parameter_reconfig_response_sequence_number=5 parameter_reconfig_response_result=1 parameter_senders_next_tsn=77 parameter_receivers_next_tsn=88",
    );
    check_parameter(
        "0011000c0000000600030000",
        "parameter_type=17 parameter_length=12 parameter_reconfig_request_sequence_number=6 parameter_add_outgoing_streams_number=3 parameter_add_outgoing_streams_reserved=0",
    );
    check_parameter(
        "0012000c0000000600040009",
        "parameter_type=18 parameter_length=12 parameter_reconfig_request_sequence_number=6 parameter_add_incoming_streams_number=4 parameter_add_incoming_streams_reserved=9",
    );
}

#[test]
fn extension_parameters_read_as_tshark_reads_them() {
    check_parameter("80000004", "parameter_type=32768 parameter_length=4");
    check_parameter("80010004", "parameter_type=32769 parameter_length=4");
    check_parameter(
        "80020024000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "parameter_type=32770 parameter_length=36 random_number=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    );
    check_parameter(
        "8003000780c100",
        "parameter_type=32771 parameter_length=7 chunk_type_to_auth=128 chunk_type_to_auth=193 chunk_type_to_auth=0",
    );
    check_parameter(
        "8004000800030001",
        "parameter_type=32772 parameter_length=8 hmac_id=3 hmac_id=1",
    );
    check_parameter(
        "8005000b70616464696e67",
        "parameter_type=32773 parameter_length=11 parameter_value=70616464696e67",
    );
    check_parameter(
        "80080009c082406380",
        "parameter_type=32776 parameter_length=9 supported_chunk_type=192 supported_chunk_type=130 supported_chunk_type=64 supported_chunk_type=99 supported_chunk_type=128",
    );
    check_parameter("c0000004", "parameter_type=49152 parameter_length=4");
    check_parameter(
        "c001001000000001000500080a000002",
        "parameter_type=49153 parameter_length=16 correlation_id=1 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.2",
    );
    check_parameter(
        "c002001000000002000500080a000003",
        "parameter_type=49154 parameter_length=16 correlation_id=2 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.3",
    );
    check_parameter(
        "c003001000000003000c00060005eeee",
        "parameter_type=49155 parameter_length=16 correlation_id=3 cause_code=12 cause_length=6 cause_information=0005 cause_padding=eeee",
    );
    check_parameter(
        "c004001c000000040006001400000000000000000000000000000000",
        "parameter_type=49156 parameter_length=28 correlation_id=4 parameter_type=6 parameter_length=20 parameter_ipv6_address=::",
    );
    check_parameter("c005000800000005", "parameter_type=49157 parameter_length=8 correlation_id=5");
    check_parameter(
        "c00600080000001f",
        "parameter_type=49158 parameter_length=8 adaptation_layer_indication=31",
    );
    check_parameter(
        "c00700096162636465",
        "parameter_type=49159 parameter_length=9 parameter_value=6162636465",
    );
    check_parameter(
        "8009000800000001",
        "parameter_type=32777 parameter_length=8 parameter_value=00000001",
    );
    check_parameter(
        "8001000800000001",
        "parameter_type=32769 parameter_length=8 parameter_value=00000001",
    );
    check_parameter("123400067a7a", "parameter_type=4660 parameter_length=6 parameter_value=7a7a");
    check_parameter(
        "000a000831323334",
        "parameter_type=10 parameter_length=8 parameter_value=31323334",
    );
}

#[test]
fn causes_read_as_tshark_reads_them() {
    check_cause(
        "0001000800070000",
        "cause_code=1 cause_length=8 cause_stream_identifier=7 cause_reserved=0",
    );
    check_cause(
        "0002000c0000000200070005",
        "cause_code=2 cause_length=12 cause_nr_of_missing_parameters=2 cause_missing_parameter_type=7 cause_missing_parameter_type=5",
    );
    check_cause("000300080000007b", "cause_code=3 cause_length=8 cause_measure_of_staleness=123");
    check_cause("00040004", "cause_code=4 cause_length=4");
    check_cause(
        "00060010c80100096162636465eeeeee",
        "cause_code=6 cause_length=16 chunk_value=6162636465 chunk_padding=eeeeee",
    );
    check_cause("00070004", "cause_code=7 cause_length=4");
    check_cause("00090008000003e7", "cause_code=9 cause_length=8 cause_tsn=999");
    check_cause("000a0004", "cause_code=10 cause_length=4");
    check_cause(
        "000b000c0005000861626364",
        "cause_code=11 cause_length=12 parameter_type=5 parameter_length=8 parameter_ipv4_address=97.98.99.100",
    );
    check_cause(
        "000c00127368757474696e6720646f776e21",
        "cause_code=12 cause_length=18 cause_information=7368757474696e6720646f776e21",
    );
    check_cause("000d00086f6f7073", "cause_code=13 cause_length=8 cause_information=6f6f7073");
    check_cause(
        "00a00014c0020010000000010005000800000000",
        "cause_code=160 cause_length=20 parameter_type=49154 parameter_length=16 correlation_id=1 parameter_type=5 parameter_length=8 parameter_ipv4_address=0.0.0.0",
    );
    check_cause("00a3000578", "cause_code=163 cause_length=5 cause_information=78");
    check_cause("010500060003", "cause_code=261 cause_length=6 hmac_id=3");
    check_cause(
        "00b0000c0005000861626364",
        "cause_code=176 cause_length=12 cause_information=0005000861626364",
    );
    check_cause("00990007717765", "cause_code=153 cause_length=7 cause_information=717765");
    check_cause("010000066162", "cause_code=256 cause_length=6 cause_information=6162");
    check_cause("000c0004", "cause_code=12 cause_length=4");
    check_cause(
        "00a10014c001001000000001000500080a000002",
        "cause_code=161 cause_length=20 parameter_type=49153 parameter_length=16 correlation_id=1 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.2",
    );
    check_cause(
        "00a20014c002001000000002000500080a000003",
        "cause_code=162 cause_length=20 parameter_type=49154 parameter_length=16 correlation_id=2 parameter_type=5 parameter_length=8 parameter_ipv4_address=10.0.0.3",
    );
    check_cause(
        "00a40020c004001c000000040006001400000000000000000000000000000000",
        "cause_code=164 cause_length=32 parameter_type=49156 parameter_length=28 correlation_id=4 parameter_type=6 parameter_length=20 parameter_ipv6_address=::",
    );
}
