//! Tests of sFlow.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;

mod values;

// tshark -r own packet: counters of a virtual network.
layer_tests! {
    sample: Sflow *b"\0\0\0\x05\0\0\0\x01\x0a\0\0\x03\0\0\0\0\0\0\0\x09\0\0\x03\xe8\0\0\0\x01\
        \0\0\0\x04\0\0\0\x34\0\0\0\x0a\0\0\0\0\0\0\0\x07\0\0\0\x01\
        \0\0\0\x05\0\0\0\x1c\0\0\0\x64\0\0\0\0\0\0\0\x05\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04";
    fields: "sflow_245.version=5 sflow_245.agenttype=1 sflow_245.agent=10.0.0.3 \
        sflow_245.sub_agent_id=0 sflow_245.sequence_number=9 sflow_245.sysuptime=1000 \
        sflow_245.numsamples=1 sflow.enterprise=0 sflow_245.sampletype=4 \
        sflow_5.sample_length=52 sflow.counters_sample.sequence_number=10 \
        sflow.counters_sample.source_id_type=0 sflow.counters_sample.source_id_index=7 \
        sflow.counters_sample.counters_records=1 sflow.enterprise=0 \
        sflow_245.counters_record_format=5 sflow_5.flow_data_length=28 sflow_245.vlan_id=100 \
        sflow_245.octets=5 sflow_245.ucastPkts=1 sflow_245.multicastPkts=2 \
        sflow_245.broadcastPkts=3 sflow_245.discards=4";
    edit: SflowHeader, |header| header.address_type.set(2);
    bad: [3 = 4 => "version" 4, 7 = 3 => "address type" 3];
}

#[test]
fn samples_and_records_are_those_of_tshark() {
    // tshark reads the flags and the type of service from the first byte of four: not from that
    // which has them.
    let differing = ["sflow_245.ip.tcp_flag.syn", "sflow_245.ipv4_throughput"];
    golden::check(include_str!("golden.txt"), &["sflow"], &differing, &differing);
}

#[test]
fn the_rest_of_the_records_are_those_of_tshark() {
    // tshark takes the states of a port for bits that say whether the word is zero.
    let differing = [
        "sflow.lag_port.actor_admin_state",
        "sflow.lag_port.actor_oper_state",
        "sflow.lag_port.partner_admin_state",
        "sflow.lag_port.partner_oper_state",
    ];
    let fixture = include_str!("golden-extended.txt");
    golden::check(fixture, &["sflow"], &differing, &differing);
    assert!(display_of_case(fixture, "lag").contains("actor_oper_state=2 "));
}

/// The fields of a packet of a fixture, on a line.
fn display_of_case(fixture: &str, title: &str) -> String {
    let mut cases = fixture.split("\n= ").skip(1).map(str::lines);
    let mut lines = cases.find(|lines| lines.clone().next() == Some(title)).unwrap();
    let frame = golden::hex(lines.nth(1).unwrap());
    let decoder = crate::Decoder::default();
    decoder.decode(crate::LinkType::ETHERNET, &frame).get::<Sflow<'_>>().unwrap().to_string()
}

#[test]
fn a_built_datagram_is_read_again() {
    let mut data = [0_u32, 7, 2].map(u32::to_be_bytes).concat();
    let numbers = [1_u32, 2, 3].map(u32::to_be_bytes).concat();
    let records = [SflowRecord::new(0, 1002, &numbers), SflowRecord::new(5, 9, &[])];
    records.iter().for_each(|record| record.encode(&mut data).unwrap());
    for agent in ["10.0.0.3", "fe80::3"] {
        let agent = agent.parse().unwrap();
        let samples = [SflowSample::new(0, 2, &data)];
        let builder = SflowBuilder {
            agent,
            sub_agent_id: 1,
            sequence_number: 9,
            uptime: 5,
            samples: &samples,
        };
        let mut out = Vec::new();
        crate::serialize_layers(&mut out, crate::Fix::all(), &[&builder], &[]).unwrap();
        let sflow = Sflow::parse(&out).unwrap();
        assert_eq!((sflow.agent, sflow.number_of_samples(), sflow.uptime()), (agent, 1, 5));
        let sample = sflow.samples().next().unwrap().unwrap();
        assert_eq!(sample, samples[0]);
        assert_eq!(sample.records().collect::<Vec<_>>(), records.map(Ok));
    }
    for bad in [
        SflowRecord::new(1 << 20, 1, &[]),
        SflowRecord::new(0, 0x1000, &[]),
        SflowRecord::new(0, 1, &[0]),
    ] {
        assert!(bad.encode(&mut Vec::new()).is_err());
    }
}

/// A datagram of one flow sample with one record of raw packet header.
fn datagram(samples: u32, records: u32, length: u32) -> Vec<u8> {
    let words = [5, 1, 0x0a00_0003, 0, 9, 1000, samples];
    let sample = [1, 68, 1, 7, 512, 1000, 3, 7, 2, records];
    let record = [1, 28, 1, 100, 4, length, 0x0102_0304, 0x0506_0708, 0x090a_0b0c];
    let words = words.iter().chain(&sample).chain(&record);
    words.flat_map(|word: &u32| word.to_be_bytes()).collect()
}

/// A datagram of 104 bytes made gopacket allocate 16 GiB at once.
#[test]
fn a_small_datagram_that_claims_gigabytes_is_read_no_further_than_it_goes() {
    for claim in [u32::MAX, 0x4000_0000] {
        let bytes = datagram(claim, claim, claim);
        assert_eq!(bytes.len(), 104);
        let sflow = Sflow::parse(&bytes).unwrap();
        let samples = sflow.samples().collect::<Vec<_>>();
        assert_eq!(samples.len(), 2);
        let truncated = Malformed::Truncated { need: 8, have: 0 };
        assert_eq!(samples[1], Err(truncated));
        let records = samples[0].unwrap().records().collect::<Vec<_>>();
        assert_eq!((records.len(), records[1]), (2, Err(truncated)));
        let text = sflow.to_string();
        assert!(text.ends_with(&format!("sampled_header_length={claim}")), "{text}");
    }
}

#[test]
fn samples_and_records_are_found_by_their_formats() {
    let bytes = datagram(1, 1, 12);
    let sflow = Sflow::parse(&bytes).unwrap();
    let sample = sflow.samples().next().unwrap().unwrap();
    assert_eq!((sample.kind(), sample.sequence_number()), (SflowSampleKind::Flow, Some(1)));
    let record = sample.records().next().unwrap().unwrap();
    assert_eq!((record.enterprise, record.format, record.data.len()), (0, 1, 28));
    assert_eq!((sflow.sub_agent_id(), sflow.sequence_number(), sflow.uptime()), (0, 9, 1000));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(rest in proptest::collection::vec(0..9u32, 0..60)) {
        let words = [5, 1, 0, 0, 0, 0, u32::MAX].into_iter().chain(rest);
        let bytes = words.flat_map(u32::to_be_bytes).collect::<Vec<_>>();
        let sflow = Sflow::parse(&bytes).unwrap();
        let samples = sflow.samples().map_while(Result::ok);
        let records = samples.map(|sample| sample.records().count()).sum::<usize>();
        prop_assert!(records <= bytes.len() && !sflow.to_string().is_empty());
    }
}
