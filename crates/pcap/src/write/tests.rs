//! Writers of pcapng and of files, held to the readers.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use rheos_core::{Direction, LinkType, RawPacket, Timestamp};
use tempfile::tempdir;

use super::*;
use crate::block::{
    Block, BlockType, Custom, EnhancedPacket, InterfaceDescription, InterfaceStatistics, Journal,
    NameResolution, ObsoletePacket, Options, Secrets, SecretsType, Section, SimplePacket, Unknown,
};
use crate::error::Error;
use crate::format::{Compression, Format};
use crate::order::ByteOrder::{self, Big, Little};
use crate::reader::{CaptureReader, open};
use crate::sample::{Sample, read_whole};
use crate::{Interface, Resolution};

mod files;

fn packet(nanos: i64, data: &[u8]) -> RawPacket<'_> {
    RawPacket::new(Timestamp::from_nanos(nanos), LinkType::ETHERNET, data)
}

/// All blocks of a capture, in which there may be some that contradict others.
fn blocks(bytes: &[u8]) -> Vec<Block<'static>> {
    let mut capture = CaptureReader::new(bytes).unwrap();
    let mut blocks = Vec::new();
    loop {
        match capture.next_block() {
            Ok(Some(entry)) => blocks.push(entry.block.into_owned()),
            Ok(None) | Err(Error::UndeclaredInterface { .. } | Error::BlockContent { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(capture.position(), bytes.len() as u64);
    blocks
}

/// A capture of these blocks, the first of which is a section.
fn written(blocks: &[Block<'_>]) -> Vec<u8> {
    let mut writer = PcapNgWriter::without_section(Vec::new(), PcapNgOptions::default());
    blocks.iter().for_each(|block| writer.write_block(block).unwrap());
    let bytes = writer.bytes_written();
    let file = writer.finish().unwrap();
    assert_eq!(file.len() as u64, bytes);
    file
}

fn interfaces(bytes: &[u8]) -> Vec<Interface> {
    let mut capture = CaptureReader::new(bytes).unwrap();
    while capture.next_packet().unwrap().is_some() {}
    capture.interfaces().to_vec()
}

#[test]
fn the_bytes_are_those_of_the_draft() {
    // draft-ietf-opsawg-pcapng, sections 4.1 to 4.4 and 3.5.
    for order in [Big, Little] {
        let mut section = Section::new(order);
        section.options.push(Section::HARDWARE, b"toaster").unwrap();
        let options = PcapNgOptions {
            section,
            resolution: Resolution::MICROSECOND,
            snap_length: 96,
            ..PcapNgOptions::default()
        };
        let mut writer = PcapNgWriter::with_options(Vec::new(), options).unwrap();
        let directed = RawPacket { direction: Direction::Outbound, ..packet(7_999, b"abcde") };
        writer.write(&directed).unwrap();
        writer.write(&packet(1 << 50, b"abcd")).unwrap();
        let simple = SimplePacket { original_length: 3, data: b"abc".as_slice().into() };
        writer.write_block(&Block::SimplePacket(simple)).unwrap();

        let mut expected = Sample::new(order);
        let mut body = Sample::new(order);
        body.u32(0x1a2b_3c4d).u16(1).u16(0).raw(&[0xff; 8]).options(&[(2, b"toaster")]);
        expected.block(0x0a0d_0d0a, &body.bytes).interface(1, 96, &[]);
        let flags = if order == Big { [0, 0, 0, 2] } else { [2, 0, 0, 0] };
        expected.enhanced(0, 7, b"abcde", &[(2, &flags)]);
        expected.enhanced(0, (1 << 50) / 1_000, b"abcd", &[]).simple(3, b"abc");
        assert_eq!(writer.packets_written(), 3);
        assert_eq!(writer.finish().unwrap(), expected.bytes);
    }
}

#[test]
fn what_is_said_of_a_packet_is_read_again() {
    let mut sample = Sample::pcapng(Big);
    let inbound = [0, 0, 0, 1];
    let options: [(u16, &[u8]); 3] = [(1, b"one"), (2, &inbound), (1, b"not \xff UTF-8")];
    sample.interface(113, 0, &[(9, &[9])]).enhanced(0, 1 << 60, b"hello", &options);
    sample.enhanced(0, 5, b"", &[(1, b"")]);
    let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    while let Some(packet) = capture.next_packet().unwrap() {
        writer.write(&packet).unwrap();
    }
    assert_eq!(read_whole(&writer.finish().unwrap()), read_whole(&sample.bytes));
}

#[test]
fn an_interface_is_declared_for_each_number_and_link_type() {
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let of = |interface, link_type, data| RawPacket { interface, link_type, ..packet(0, data) };
    let packets = [
        of(7, LinkType::ETHERNET, b"a"),
        of(7, LinkType::RAW, b"b"),
        of(7, LinkType::ETHERNET, b"c"),
        of(0, LinkType::RAW, b"d"),
        of(7, LinkType::RAW, b"e"),
    ];
    packets.iter().for_each(|packet| writer.write(packet).unwrap());
    let seen = read_whole(&writer.finish().unwrap());
    let seen: Vec<_> = seen.iter().map(|seen| (seen.interface, seen.link_type.0)).collect();
    assert_eq!(seen, [(0, 1), (1, 101), (0, 1), (2, 101), (1, 101)]);
}

#[test]
fn declared_interfaces_are_those_of_packets_with_their_numbers() {
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let mut described = InterfaceDescription::new(Big, LinkType::ETHERNET);
    described.options.push(InterfaceDescription::NAME, b"eth0").unwrap();
    described.options.push(InterfaceDescription::TIMESTAMP_RESOLUTION, &[3]).unwrap();
    described.options.push_u64(InterfaceDescription::TIMESTAMP_OFFSET, 5).unwrap();
    assert_eq!(writer.declare(&described).unwrap(), 0);
    assert_eq!(writer.declare(&InterfaceDescription::new(Little, LinkType::RAW)).unwrap(), 1);
    writer.write(&packet(7_000_999_999, b"a")).unwrap();
    let range = writer.write(&packet(4_999_999_999, b"a")).unwrap_err();
    assert_eq!(
        range.to_string(),
        "cannot write packet 2: its time is out of reach of ticks of 10^-3 s"
    );
    writer.write_block(&Block::Section(Section::new(Little))).unwrap();
    assert_eq!(writer.declare(&InterfaceDescription::new(Little, LinkType::RAW)).unwrap(), 2);
    let raw = |interface| RawPacket { interface, link_type: LinkType::RAW, ..packet(0, b"b") };
    writer.write(&raw(2)).unwrap();
    // That was of the section before.
    writer.write(&raw(1)).unwrap();
    let file = writer.finish().unwrap();
    let seen = read_whole(&file);
    let seen: Vec<_> = seen.iter().map(|seen| (seen.interface, seen.nanos)).collect();
    assert_eq!(seen, [(0, 7_000_000_000), (2, 0), (3, 0)]);
    assert_eq!(interfaces(&file)[0].name.as_deref(), Some("eth0"));
}

#[test]
fn simple_packets_are_written_where_nothing_of_them_is_lost_but_time() {
    let options = PcapNgOptions { simple_packets: true, snap_length: 4, cut: true, ..options() };
    let mut writer = PcapNgWriter::with_options(Vec::new(), options).unwrap();
    let cut = RawPacket { original_length: 60, ..packet(9, b"abc") };
    let other = RawPacket { interface: 1, ..packet(9, b"abc") };
    let packets = [packet(9, b"abcde"), packet(9, b"abc"), cut, other];
    packets.iter().for_each(|packet| writer.write(packet).unwrap());
    assert_eq!(writer.packets_written(), 4);
    let seen = read_whole(&writer.finish().unwrap());
    let seen: Vec<_> =
        seen.iter().map(|seen| (seen.nanos, &*seen.data, seen.original_length)).collect();
    let expected: [(i64, &[u8], u32); 4] =
        [(0, b"abcd", 5), (0, b"abc", 3), (9, b"abc", 60), (9, b"abc", 3)];
    assert_eq!(seen, expected);
}

fn options() -> PcapNgOptions {
    PcapNgOptions::default()
}

#[test]
fn a_comment_that_is_too_long_leaves_the_packet_out() {
    let comment = vec![b'x'; 65_536];
    let comments = rheos_core::Comments::new(&comment, |rest| {
        Some(std::mem::take(rest)).filter(|text| !text.is_empty())
    });
    let mut writer = PcapNgWriter::new(Vec::new()).unwrap();
    let error = writer.write(&RawPacket { comments, ..packet(0, b"a") }).unwrap_err();
    assert!(matches!(error, Error::OptionLength { code: 1, length: 65_536 }));
    writer.write(&packet(0, b"b")).unwrap();
    assert_eq!(read_whole(&writer.finish().unwrap()).len(), 1);
}

#[test]
fn a_broken_interface_keeps_its_number_in_a_copy() {
    let mut sample = Sample::pcapng(Little);
    sample.block(1, b"").interface(113, 0, &[]).enhanced(1, 5, b"a", &[]);
    let copied = blocks(&sample.bytes);
    let mut writer = PcapNgWriter::without_section(Vec::new(), options());
    copied.iter().for_each(|block| writer.write_block(block).unwrap());
    let of = RawPacket { interface: 1, link_type: LinkType::LINUX_SLL, ..packet(5_000, b"a") };
    writer.write(&of).unwrap();
    sample.enhanced(1, 5, b"a", &[]);
    assert_eq!(writer.finish().unwrap(), sample.bytes);
}

/// What a random block is made of, before the byte order of its section is known.
#[derive(Clone, Debug)]
struct Parts {
    kind: usize,
    numbers: [u32; 4],
    ticks: u64,
    data: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
}

impl Parts {
    fn any() -> impl Strategy<Value = Self> {
        let number = prop_oneof![0..4_u32, any::<u32>()];
        let option = (1..20_u16, prop::collection::vec(any::<u8>(), 0..20));
        (
            0..13_usize,
            prop::array::uniform4(number),
            any::<u64>(),
            prop::collection::vec(any::<u8>(), 0..40),
            prop::collection::vec(option, 0..4),
        )
            .prop_map(|(kind, numbers, ticks, data, options)| Self {
                kind,
                numbers,
                ticks,
                data,
                options,
            })
    }

    /// The block, in the section that these have come to: byte order and first snap length.
    fn block(&self, order: &mut ByteOrder, snap_length: &mut Option<u32>) -> Block<'static> {
        if self.kind == 0 {
            *order = if self.ticks.is_multiple_of(2) { Big } else { Little };
            *snap_length = None;
        }
        let mut options = Options::new(*order);
        for (code, value) in &self.options {
            options.push(*code, value).unwrap();
        }
        let [a, b, c, d] = self.numbers;
        let (ticks, data) = (self.ticks, self.data.clone());
        let padded = |mut data: Vec<u8>| {
            data.resize(data.len().next_multiple_of(4), 0);
            data.into()
        };
        match self.kind {
            0 => Block::Section(Section {
                order: *order,
                version: (a as u16, b as u16),
                length: (ticks != u64::MAX && c < 2).then_some(ticks),
                options,
            }),
            1 | 2 => {
                snap_length.get_or_insert(b);
                let link_type = LinkType(a as u16);
                let interface =
                    InterfaceDescription { link_type, reserved: c as u16, snap_length: b, options };
                Block::Interface(interface)
            }
            3 | 4 => Block::EnhancedPacket(EnhancedPacket {
                interface: a,
                ticks,
                original_length: b,
                data: data.into(),
                options,
            }),
            5 => {
                let limit = snap_length.filter(|&limit| limit != 0).unwrap_or(u32::MAX);
                let original_length = data.len() as u32;
                let captured = original_length.min(limit) as usize;
                let data = data[..captured].to_vec().into();
                Block::SimplePacket(SimplePacket { original_length, data })
            }
            6 => Block::ObsoletePacket(ObsoletePacket {
                interface: a as u16,
                drops: b as u16,
                ticks,
                original_length: c,
                data: data.into(),
                options,
            }),
            7 => {
                let mut names = NameResolution::new(*order);
                for (code, value) in &self.options {
                    names.records.push_raw(*code, value).unwrap();
                }
                names.options = options;
                Block::NameResolution(names)
            }
            8 => Block::InterfaceStatistics(InterfaceStatistics { interface: a, ticks, options }),
            9 => Block::Secrets(Secrets { kind: SecretsType(a), data: data.into(), options }),
            10 => Block::Journal(Journal { entry: padded(data) }),
            11 => {
                let copyable = b.is_multiple_of(2);
                Block::Custom(Custom { enterprise: a, copyable, data: padded(data) })
            }
            _ => Block::Unknown(Unknown { kind: BlockType(d | 0x8000_0000), body: padded(data) }),
        }
    }

    fn blocks(parts: &[Self]) -> Vec<Block<'static>> {
        let (mut order, mut snap_length) = (Little, None);
        let mut blocks = vec![Block::Section(Section::new(order))];
        blocks.extend(parts.iter().map(|parts| parts.block(&mut order, &mut snap_length)));
        blocks
    }
}

proptest! {
    #[test]
    fn blocks_that_are_written_are_read_again(parts in prop::collection::vec(Parts::any(), 0..20)) {
        let expected = Parts::blocks(&parts);
        let bytes = written(&expected);
        let read = blocks(&bytes);
        prop_assert_eq!(&read, &expected);
        prop_assert_eq!(written(&read), bytes);
    }

    #[test]
    fn blocks_say_the_same_in_a_section_of_the_other_byte_order(
        parts in prop::collection::vec(Parts::any(), 0..20),
    ) {
        let mut parts = parts;
        // One section only, and no numbers that only their owners know.
        parts.retain(|parts| ![0, 10, 11, 12].contains(&parts.kind));
        let expected = Parts::blocks(&parts);
        let mut other = PcapNgWriter::with_options(
            Vec::new(),
            PcapNgOptions { section: Section::new(Big), ..options() },
        ).unwrap();
        expected[1..].iter().for_each(|block| other.write_block(block).unwrap());
        let read = blocks(&other.finish().unwrap());
        let back: Vec<_> = read.into_iter().map(|block| block.in_order(Little)).collect();
        prop_assert_eq!(back, expected);
    }
}
