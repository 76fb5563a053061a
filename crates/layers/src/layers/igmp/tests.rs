//! Tests of IGMP.

use proptest::prelude::*;

use super::*;
use crate::{Encode, Fix, Ipv4Header, serialize_layers};

/// The fields behind the type, as `tshark -T pdml` names and shows them, and the summary.
#[track_caller]
fn check(bytes: &[u8], fields: &str, summary: &str) {
    let igmp = Igmp::parse(bytes).unwrap();
    let text = igmp.to_string();
    assert_eq!(text.split_once(' ').unwrap_or_default().1, fields);
    assert_eq!(fmt::from_fn(|f| igmp.summary(f)).to_string(), summary);
}

/// From tshark's igmpv3.pcap of PcapPlusPlus, packet 2.
const REPORT: &[u8] = b"\x22\0\x27\x6d\0\0\0\x01\x01\0\0\x01\xe0\0\0\x09\xc0\xa8\x14\xde";

#[test]
fn a_query_is_of_a_version_by_its_length_and_code() {
    check(
        b"\x11\0\xee\xff\0\0\0\0",
        "igmp.reserved=00 igmp.checksum=61183 igmp.maddr=0.0.0.0",
        "v1 query",
    );
    check(
        b"\x11\x64\x0e\x9a\xe0\0\0\x01",
        "igmp.max_resp=100 igmp.checksum=3738 igmp.maddr=224.0.0.1",
        "v2 query 224.0.0.1",
    );
    check(
        b"\x11\x64\xec\x1e\0\0\0\0\x02\x7d\0\0",
        "igmp.max_resp=100 igmp.checksum=60446 igmp.maddr=0.0.0.0 igmp.s=0 igmp.qrv=2 \
         igmp.qqic=125 igmp.num_src=0",
        "v3 query",
    );
}

// gopacket defect 13
#[test]
fn a_code_above_127_is_a_small_float() {
    let bytes = b"\x11\x8a\x6e\xce\xe0\0\x01\x02\x8a\x9f\0\x02\x0a\0\0\x01\x0a\0\0\x02";
    check(
        bytes,
        "igmp.max_resp=208 igmp.max_resp.exp=0 igmp.max_resp.mant=10 igmp.checksum=28366 \
         igmp.maddr=224.0.1.2 igmp.s=1 igmp.qrv=2 igmp.qqic=159 igmp.num_src=2 \
         igmp.saddr=10.0.0.1 igmp.saddr=10.0.0.2",
        "v3 query 224.0.1.2",
    );
    let igmp = Igmp::parse(bytes).unwrap();
    // 20.8 seconds.
    assert_eq!(igmp.max_resp_time(), 208);
    let query = igmp.query_v3().unwrap();
    assert_eq!((query.robustness, query.interval(), query.sources.len()), (2, 31 << 4, 2));
    assert_eq!(float_code(0xff), 31744);
}

#[test]
fn reports_of_every_version() {
    check(
        b"\x12\0\x0c\xfd\xe0\0\x01\x02",
        "igmp.reserved=00 igmp.checksum=3325 igmp.maddr=224.0.1.2",
        "v1 report 224.0.1.2",
    );
    check(
        REPORT,
        "igmp.reserved=00 igmp.checksum=10093 igmp.reserved=0000 igmp.num_grp_recs=1 \
         igmp.record_type=1 igmp.aux_data_len=0 igmp.num_src=1 igmp.maddr=224.0.0.9 \
         igmp.saddr=192.168.20.222",
        "v3 report, 224.0.0.9 is include",
    );
}

// gopacket defect 12
#[test]
fn a_report_decoded_twice_has_its_records_once() {
    let igmp = Igmp::parse(REPORT).unwrap();
    for _ in 0..2 {
        assert_eq!(igmp.records().count(), 1);
    }
    let expected = IgmpRecord {
        record_type: IgmpRecordType::MODE_IS_INCLUDE,
        multicast_address: Ipv4Addr::new(224, 0, 0, 9),
        sources: &[[192, 168, 20, 222]],
        auxiliary_data: &[],
    };
    assert_eq!(igmp.records().next(), Some(Ok(expected)));
}

// gopacket defect 12
#[test]
fn a_report_of_two_bytes_is_an_error() {
    assert_eq!(Igmp::parse(b"\x22\0"), Err(Malformed::Truncated { need: 8, have: 2 }));
}

#[test]
fn a_record_cut_short_loses_nothing_before_it() {
    let bytes = [&REPORT[..6], &[0, 2], &REPORT[8..], &[4, 0, 0, 9, 224, 0, 0, 5]].concat();
    let mut records = Igmp::parse(&bytes).unwrap().records();
    assert!(records.next().unwrap().is_ok());
    let error = Malformed::Truncated { need: 44, have: 8 };
    assert_eq!((records.next(), records.next()), (Some(Err(error)), None));
}

#[test]
fn traceroutes_and_version_0() {
    check(
        b"\x1f\x20\x38\xa3\0\0\0\0\xac\x10\x28\x01\xac\x10\x14\x01\xac\x10\x28\x01\x40\0\0\x07",
        "igmp.mtrace.max_hops=32 igmp.checksum=14499 igmp.maddr=0.0.0.0 \
         igmp.mtrace.saddr=172.16.40.1 igmp.mtrace.raddr=172.16.20.1 \
         igmp.mtrace.rspaddr=172.16.40.1 igmp.mtrace.resp_ttl=64 igmp.mtrace.q_id=7",
        "traceroute 0.0.0.0",
    );
    check(
        b"\x01\0\x2f\xed\x12\x34\x56\x78\xaa\xaa\xaa\xaa\xbb\xbb\xbb\xbb\xcc\xcc\xcc\xcc",
        "igmp.group_type=0 igmp.checksum=12269 igmp.identifier=305419896 \
         igmp.maddr=170.170.170.170 igmp.access_key=bbbbbbbbcccccccc",
        "type 0x01 18.52.86.120",
    );
    check(b"\x30\0\xcf\xff\0\0\0\0", "igmp.data=00cfff00000000", "type 0x30 0.0.0.0");
}

#[test]
fn the_checksum_covers_the_whole_message() {
    let sum = checksum(REPORT, &Outer::NONE).unwrap();
    assert_eq!((sum.stored, sum.computed), (0x276d, 0x276d));
}

#[test]
fn a_built_report_is_the_captured_one() {
    let igmp = Igmp::parse(REPORT).unwrap();
    let records = igmp.records().collect::<Result<Vec<_>, _>>().unwrap();
    let mut out = Vec::new();
    let report = IgmpReportBuilder { records: &records };
    serialize_layers(&mut out, Fix::all(), &[&Ipv4Header::default(), &report], b"").unwrap();
    assert_eq!((out[9], &out[20..]), (2, REPORT));
}

#[test]
fn a_built_query_reads_as_it_was_written() {
    let query = IgmpQueryV3 {
        suppress: true,
        robustness: 2,
        interval_code: 0x9f,
        sources: &[[10, 0, 0, 1], [10, 0, 0, 2]],
    };
    let group_address = [224, 0, 1, 2];
    let header =
        IgmpHeader { message_type: 0x11, max_resp_code: 0x8a, group_address, ..Default::default() };
    let mut out = Vec::new();
    let message = IgmpQueryBuilder { header, query };
    serialize_layers(&mut out, Fix::all(), &[&message], b"").unwrap();
    // What tshark computes where the reserved bits are set, less those.
    assert_eq!(out[2..4], [0x6e | 0x80, 0xce]);
    assert_eq!(Igmp::parse(&out).unwrap().query_v3(), Some(query));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_u8..40) {
        let bytes = [&[kind, 0, 0, 0, 0, 0, 0, 9][..], &bytes].concat();
        let igmp = Igmp::parse(&bytes).unwrap();
        igmp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
        prop_assert!(igmp.records().count() <= 9);
    }

    #[test]
    fn built_records_read_as_they_were_written(
        kind: u8, group: [u8; 4], sources in prop::collection::vec(any::<[u8; 4]>(), 0..9),
        words in 0_usize..9,
    ) {
        let auxiliary_data = vec![7; words * 4];
        let record = IgmpRecord {
            record_type: IgmpRecordType(kind),
            multicast_address: group.into(),
            sources: &sources,
            auxiliary_data: &auxiliary_data,
        };
        let mut out = Vec::new();
        IgmpReportBuilder { records: &[record, record] }.encode(&mut out).unwrap();
        let igmp = Igmp::parse(&out).unwrap();
        prop_assert_eq!(igmp.records().collect::<Vec<_>>(), [Ok(record), Ok(record)]);
    }
}
