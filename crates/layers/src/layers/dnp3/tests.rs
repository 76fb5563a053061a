//! Tests of DNP3.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{ChecksumStatus, Decoder, Fix, LinkType, serialize_layers};

// tshark -r dnp3__dnp3_udp_write.pcap -Y frame.number==1
layer_tests! {
    sample: Dnp3 *b"\x05\x64\x0e\xc4\x01\0\x64\0\xcd\x12\xcc\xce\x02\x50\x01\0\x07\x07\0\x38\x35";
    fields: "dnp3.start=1380 dnp3.len=14 dnp3.ctl=196 dnp3.ctl.dir=1 dnp3.ctl.prm=1 \
        dnp3.ctl.fcb=0 dnp3.ctl.fcv=0 dnp3.ctl.prifunc=4 dnp3.dst=1 dnp3.src=100 \
        dnp3.hdr.CRC=4813 dnp3.tr.ctl=204 dnp3.tr.fin=1 dnp3.tr.fir=1 dnp3.tr.seq=12 \
        dnp.data_chunk=ccce02500100070700 dnp.data_chunk.CRC=13624 dnp3.al.ctl=206 \
        dnp3.al.fir=1 dnp3.al.fin=1 dnp3.al.con=0 dnp3.al.uns=0 dnp3.al.seq=14 dnp3.al.func=2 \
        dnp3.al.obj=20481 dnp3.al.objq.prefix=0 dnp3.al.objq.range=0 dnp3.al.range.start=7 \
        dnp3.al.range.stop=7 dnp3.al.bit=0";
    edit: Dnp3Header, |header| header.source.set(8);
    bad: [0 = 6 => "start" 0x664, 2 = 4 => "length" 4];
}

#[test]
fn every_object_has_the_fields_of_tshark() {
    // Numbers of packets; times, which tshark shows as dates; and permissions, which it reads at
    // the place of the length.
    let theirs = [
        "dnp3.al.fragment",
        "dnp3.al.timestamp",
        "dnp3.al.file.perms",
        "dnp3.al.file.perms.read_owner",
        "dnp3.al.file.perms.write_owner",
        "dnp3.al.file.perms.exec_owner",
        "dnp3.al.file.perms.read_group",
        "dnp3.al.file.perms.write_group",
        "dnp3.al.file.perms.exec_group",
        "dnp3.al.file.perms.read_world",
        "dnp3.al.file.perms.write_world",
        "dnp3.al.file.perms.exec_world",
    ];
    golden::check(include_str!("golden.txt"), &["dnp3"], &theirs, &theirs);
}

/// A frame of a request in one fragment.
fn request(function: Dnp3Function, headers: &[Dnp3ObjectHeader<'_>]) -> Vec<u8> {
    let mut user_data = vec![0xc0, 0xc1, function.0];
    headers.iter().for_each(|header| header.encode(&mut user_data).unwrap());
    let mut out = Vec::new();
    let builder = Dnp3Builder { user_data: &user_data, ..Default::default() };
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    out
}

const CLASS: Dnp3ObjectHeader<'_> =
    Dnp3ObjectHeader { group: 60, variation: 2, qualifier: 6, range: Dnp3Range::All, data: &[] };

#[test]
fn objects_are_read_as_they_were_written() {
    let inputs = Dnp3ObjectHeader {
        group: 1,
        variation: 2,
        qualifier: 0x17,
        range: Dnp3Range::Count(2),
        data: &[5, 9],
    };
    let registers = Dnp3ObjectHeader {
        group: 30,
        variation: 0,
        qualifier: 1,
        range: Dnp3Range::Indices { start: 0, stop: 1023 },
        data: &[],
    };
    let headers = [CLASS, inputs, registers];
    let bytes = request(Dnp3Function::READ, &headers);
    let user_data = Dnp3::parse(&bytes).unwrap().user_data();
    let application = user_data.application().unwrap();
    assert_eq!((application.function, user_data.is_whole()), (Dnp3Function::READ, true));
    assert!(application.headers().eq(headers.map(Ok)));
}

#[test]
fn values_behind_a_header_are_its_data() {
    let commands = Dnp3ObjectHeader {
        group: 41,
        variation: 2,
        qualifier: 0x17,
        range: Dnp3Range::Count(1),
        data: &[5, 0x44, 0xfd, 0],
    };
    let file = Dnp3ObjectHeader {
        group: 70,
        variation: 5,
        qualifier: 0x5b,
        range: Dnp3Range::Count(1),
        data: &[9, 0, 1, 0, 0, 0, 0, 0, 0, 0x80, b'a'],
    };
    let bits = Dnp3ObjectHeader {
        group: 80,
        variation: 1,
        qualifier: 0,
        range: Dnp3Range::Indices { start: 0, stop: 8 },
        data: &[1, 0],
    };
    let headers = [commands, file, bits, CLASS];
    let bytes = request(Dnp3Function::DIRECT_OPERATE, &headers);
    let user_data = Dnp3::parse(&bytes).unwrap().user_data();
    assert!(user_data.application().unwrap().headers().eq(headers.map(Ok)));
}

// tshark reads these at the place of the length, two bytes behind the qualifier.
#[test]
fn permissions_are_those_of_the_file() {
    let mut data = vec![31, 0, 26, 0, 5, 0];
    data.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0xa5, 1, 7, 0, 0, 0, 100, 0, 0, 0, 2, 0]);
    data.extend_from_slice(b"\0\x04\x09\0a.txt");
    let range = Dnp3Range::Count(1);
    let file = Dnp3ObjectHeader { group: 70, variation: 3, qualifier: 0x5b, range, data: &data };
    let text = Dnp3::parse(&request(Dnp3Function::OPEN_FILE, &[file])).unwrap().to_string();
    assert!(text.contains(" dnp3.al.timestamp=1 dnp3.al.file.perms=421 "), "{text}");
    assert!(text.ends_with(" dnp3.al.file_name=a.txt"), "{text}");
}

#[test]
fn a_header_that_cannot_be_ends_the_objects() {
    let mut bytes = vec![0xc0, 0xc1, 1];
    bytes.extend_from_slice(&[60, 2, 6, 30, 1, 0x0c, 1]);
    let builder = Dnp3Builder { user_data: &bytes, ..Default::default() };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    let user_data = Dnp3::parse(&out).unwrap().user_data();
    let found: Vec<_> = user_data.application().unwrap().headers().collect();
    assert_eq!(found, [Ok(CLASS), Err(Malformed::Field { name: "qualifier", value: 0x0c })]);
}

#[test]
fn a_range_that_does_not_fit_its_qualifier_is_refused() {
    let wide = Dnp3ObjectHeader { qualifier: 7, range: Dnp3Range::Count(256), ..CLASS };
    assert!(wide.encode(&mut Vec::new()).is_err());
    let other = Dnp3ObjectHeader { qualifier: 6, range: Dnp3Range::Count(1), ..CLASS };
    assert!(other.encode(&mut Vec::new()).is_err());
}

#[test]
fn a_wrong_check_value_ends_the_user_data() {
    let mut bytes = request(Dnp3Function::READ, &[CLASS; 8]);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let user_data = Dnp3::parse(&bytes).unwrap().user_data();
    assert_eq!((user_data.bytes().len(), user_data.is_whole()), (16, false));
    assert_eq!(user_data.application(), None);
    assert!(!Dnp3::parse(&bytes).unwrap().to_string().contains("dnp3.al"));
}

#[test]
fn the_check_value_of_the_header_is_told_and_worked_out() {
    let header = Dnp3Header { source: 7.into(), ..Default::default() };
    let ethernet = crate::EthernetHeader::default();
    let ip = crate::Ipv4Header::default();
    let udp = crate::UdpHeader { destination_port: 20000.into(), ..Default::default() };
    let layers: [&dyn Encode; 4] = [&ethernet, &ip, &udp, &header];
    let decoder = Decoder::default();
    let status = |fix| {
        let mut out = Vec::new();
        serialize_layers(&mut out, fix, &layers, &[]).unwrap();
        let packet = decoder.decode(LinkType::ETHERNET, &out);
        let checksums = packet.verify_checksums();
        checksums.last().map(|checksum| checksum.status())
    };
    assert_eq!(status(Fix::all()), Some(ChecksumStatus::Good));
    assert_eq!(status(Fix::LENGTHS | Fix::NEXT), Some(ChecksumStatus::Bad));
}

#[test]
fn a_segment_may_hold_several_frames() {
    let bytes =
        [request(Dnp3Function::READ, &[CLASS]), request(Dnp3Function::CONFIRM, &[])].concat();
    let first = Dnp3::parse(&bytes).unwrap();
    assert_eq!(first.shape().next, Next::One(Key::parent(LayerType::DNP3)));
    let second = Dnp3::parse(first.payload).unwrap();
    let user_data = second.user_data();
    assert_eq!(user_data.application().unwrap().function, Dnp3Function::CONFIRM);
    assert_eq!(first.shape().header_len, bytes.len() - first.payload.len());
}

#[test]
fn user_data_that_is_too_long_is_refused() {
    let builder = Dnp3Builder { user_data: &[0; 251], ..Default::default() };
    let error = builder.encode(&mut Vec::new());
    assert_eq!(error, Err(EncodeError::TooLarge { layer: "dnp3", field: "length", value: 251 }));
}

proptest! {
    #[test]
    fn user_data_is_what_was_written(data in prop::collection::vec(any::<u8>(), 0..=250)) {
        let mut out = Vec::new();
        let builder = Dnp3Builder { user_data: &data, ..Default::default() };
        serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
        let dnp3 = Dnp3::parse(&out).unwrap();
        let user_data = dnp3.user_data();
        prop_assert!(user_data.is_whole());
        prop_assert_eq!(user_data.bytes(), &data[..]);
        let mut again = Vec::new();
        Encode::encode(&Dnp3Builder { header: *dnp3.header, ..builder }, &mut again).unwrap();
        prop_assert_eq!(again, out);
    }

    #[test]
    fn any_objects_end_and_lie_in_their_frame(
        function in prop::sample::select(vec![1_u8, 2, 129]),
        group in 0_u8..115,
        data in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let user_data = [&[0xc0, 0xc1, function, group], &data[..]].concat();
        let mut out = Vec::new();
        let builder = Dnp3Builder { user_data: &user_data, ..Default::default() };
        builder.encode(&mut out).unwrap();
        let dnp3 = Dnp3::parse(&out).unwrap();
        dnp3.fields(&mut |field: crate::Field<'_>| {
            assert!(field.bytes.start <= field.bytes.end && field.bytes.end <= out.len());
        });
        let user_data = dnp3.user_data();
        if let Some(application) = user_data.application() {
            prop_assert!(application.headers().count() <= data.len() + 1);
        }
    }
}
