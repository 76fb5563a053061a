//! Writing allocates nothing, once the buffers and interfaces are there.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::hint::black_box;
use std::io;

use allocation_counter::measure;
use rheos_core::{Direction, LinkType, RawPacket, Timestamp};
use rheos_pcap::{
    CaptureReader, CaptureWriter, Format, PcapNgOptions, PcapNgWriter, PcapWriter, WriteOptions,
};

/// Packets that count, behind some for which places are made.
const PACKETS: i64 = 20_000;

/// A packet of many lengths, in turn of three interfaces and two directions.
fn packet(number: i64, data: &[u8]) -> RawPacket<'_> {
    let third = u32::try_from(number % 3).unwrap();
    let length = usize::try_from(number % 1_501).unwrap();
    let time = Timestamp::from_nanos(number.saturating_mul(1_000_007));
    let direction = if third == 0 { Direction::Unknown } else { Direction::Inbound };
    let packet = RawPacket::new(time, LinkType::ETHERNET, data.get(..length).unwrap());
    RawPacket { interface: third, direction, ..packet }
}

#[track_caller]
fn check(mut write: impl FnMut(&RawPacket<'_>)) {
    let data = [7; 1_500];
    (0..PACKETS).for_each(|number| write(&packet(number, &data)));
    let counted = measure(|| (0..PACKETS).for_each(|number| write(&packet(number, &data))));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(black_box(vec![1_u8]))).count_total, 1);
}

#[test]
fn pcap() {
    let mut writer = PcapWriter::new(io::sink(), LinkType::ETHERNET).unwrap();
    check(|packet| writer.write(packet).unwrap());
}

#[test]
fn pcapng() {
    let mut writer = PcapNgWriter::new(io::sink()).unwrap();
    check(|packet| writer.write(packet).unwrap());
}

#[test]
fn simple_packets() {
    let options = PcapNgOptions { simple_packets: true, ..PcapNgOptions::default() };
    let mut writer = PcapNgWriter::with_options(io::sink(), options).unwrap();
    check(|packet| writer.write(packet).unwrap());
}

#[test]
fn copying_block_by_block() {
    let data = [7; 1_500];
    let mut file = PcapNgWriter::new(Vec::new()).unwrap();
    (0..PACKETS).for_each(|number| file.write(&packet(number, &data)).unwrap());
    let file = file.finish().unwrap();
    for format in [Format::Pcap, Format::PcapNg] {
        let options = WriteOptions { format: Some(format), ..WriteOptions::default() };
        let mut writer = CaptureWriter::copy(io::sink(), &options).unwrap();
        let mut reader = CaptureReader::new(file.as_slice()).unwrap();
        for _ in 0..100 {
            writer.write_entry(&reader.next_block().unwrap().unwrap()).unwrap();
        }
        let counted = measure(|| {
            while let Some(entry) = reader.next_block().unwrap() {
                writer.write_entry(&entry).unwrap();
            }
        });
        assert_eq!(counted.count_total, 0, "{format}");
    }
}
