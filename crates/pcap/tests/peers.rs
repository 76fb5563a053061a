//! What made other readers of captures fail: too long, too late, too odd.

#![allow(clippy::indexing_slicing, reason = "a test, also in its functions")]

use std::io::{self, Read};

use rheos_core::{LinkType, Timestamp};
use rheos_pcap::{Block, CaptureReader, Error};

const SECTION: &[u8] = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\
    \xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0";
const INTERFACE: &[u8] = b"\x01\0\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\x14\0\0\0";

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// An enhanced packet block of one byte, at a time in microseconds.
fn packet(micros: u64, byte: u8) -> Vec<u8> {
    let [high, low] = [(micros >> 32) as u32, (micros & 0xffff_ffff) as u32];
    words(&[6, 36, 0, high, low, 1, 1, u32::from(byte), 36])
}

#[test]
fn a_block_of_100_megabytes_is_read_and_what_is_behind_it() {
    let length = 100_000_000_u32;
    let head = [SECTION, INTERFACE, &words(&[6, length + 32, 0, 0, 0, length, length])].concat();
    let behind = [words(&[length + 32]), packet(7, 9)].concat();
    let bytes = head.as_slice().chain(io::repeat(5).take(length.into())).chain(behind.as_slice());
    let mut capture = CaptureReader::new(bytes).unwrap();
    let first = capture.next_packet().unwrap().unwrap();
    assert_eq!(first.data.len(), length as usize);
    assert!(first.data.iter().all(|byte| *byte == 5));
    assert_eq!(capture.next_packet().unwrap().unwrap().data, [9]);
    assert!(capture.next_packet().unwrap().is_none());
}

#[test]
fn a_time_past_2106_is_read() {
    // 2200-01-01, more seconds than 32 bits hold.
    let micros = 7_258_118_400_000_005;
    let bytes = [SECTION, INTERFACE, &packet(micros, 1)].concat();
    let mut capture = CaptureReader::new(bytes.as_slice()).unwrap();
    let time = capture.next_packet().unwrap().unwrap().timestamp;
    assert_eq!(time, Timestamp::from_nanos(7_258_118_400_000_005_000));
    assert_eq!(time.to_string(), "2200-01-01T00:00:00.000005000Z");
}

#[test]
fn a_block_of_apple_with_nothing_inside_costs_nothing() {
    let bytes = [SECTION, INTERFACE, &words(&[0x8000_0001, 16, 4, 16]), &packet(0, 1)].concat();
    let mut capture = CaptureReader::new(bytes.as_slice()).unwrap();
    assert_eq!(capture.next_packet().unwrap().unwrap().data, [1]);
    assert!(capture.next_packet().unwrap().is_none());
}

#[test]
fn a_loop_over_a_capture_with_a_fault_ends() {
    let bytes = [SECTION, INTERFACE, &packet(0, 1), &packet(0, 2)[..20]].concat();
    let mut capture = CaptureReader::new(bytes.as_slice()).unwrap();
    let results: Vec<_> = capture.packets().take(100).collect();
    assert_eq!(results.len(), 2);
    assert!(matches!(results[1], Err(Error::Truncated { offset: 84, missing: 16, packet: 2 })));
}

#[test]
fn a_section_of_known_length_is_read_as_one_of_unknown_length() {
    let mut section = SECTION.to_vec();
    section[16..24].copy_from_slice(&20_u64.to_le_bytes());
    let bytes = [section.as_slice(), INTERFACE, &packet(0, 1)].concat();
    let mut capture = CaptureReader::new(bytes.as_slice()).unwrap();
    let entry = capture.next_block().unwrap().unwrap();
    assert!(matches!(entry.block, Block::Section(section) if section.length == Some(20)));
    assert_eq!(capture.packets().count(), 1);
}

#[test]
fn a_growing_file_is_followed() {
    /// Hands out what it is told to, and the end whenever that is used up.
    struct Growing<'a>(&'a std::cell::RefCell<Vec<u8>>);
    impl Read for Growing<'_> {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            let mut bytes = self.0.borrow_mut();
            let count = space.len().min(bytes.len());
            space[..count].copy_from_slice(&bytes[..count]);
            bytes.drain(..count);
            Ok(count)
        }
    }
    let file = std::cell::RefCell::new([SECTION, INTERFACE].concat());
    let mut capture = CaptureReader::new(Growing(&file)).unwrap().follow(true);
    assert!(capture.next_packet().unwrap().is_none());
    for number in 0..3 {
        let packet = packet(0, number);
        let (front, back) = packet.split_at(17);
        file.borrow_mut().extend_from_slice(front);
        assert!(capture.next_packet().unwrap().is_none());
        file.borrow_mut().extend_from_slice(back);
        let packet = capture.next_packet().unwrap().unwrap();
        assert_eq!((packet.data, packet.link_type), ([number].as_slice(), LinkType::ETHERNET));
    }
    file.borrow_mut().extend_from_slice(b"half");
    assert!(capture.next_packet().unwrap().is_none());
    let mut capture = capture.follow(false);
    assert!(matches!(capture.next_packet(), Err(Error::Truncated { packet: 4, .. })));
    assert!(capture.next_packet().unwrap().is_none());
}
