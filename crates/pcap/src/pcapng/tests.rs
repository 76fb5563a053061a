//! What a pcapng file may hold, and what is wrong with some.

use super::*;
use crate::reader::CaptureReader;
use crate::sample::{Sample, Seen, read, read_whole};

const BOTH: [ByteOrder; 2] = [ByteOrder::Big, ByteOrder::Little];

/// Reads to the end, and returns the interfaces declared on the way.
fn interfaces(bytes: &[u8]) -> Vec<Interface> {
    let mut capture = CaptureReader::new(bytes).unwrap();
    while capture.next_packet().unwrap().is_some() {}
    capture.interfaces().to_vec()
}

fn data(seen: &[Seen]) -> Vec<&[u8]> {
    seen.iter().map(|seen| &*seen.data).collect()
}

#[test]
fn an_enhanced_packet_is_read_field_by_field_in_both_byte_orders() {
    for order in BOTH {
        let mut sample = Sample::pcapng(order);
        let inbound = if order == ByteOrder::Big { [0, 0, 0, 1] } else { [1, 0, 0, 0] };
        sample.interface(113, 0, &[]).enhanced(
            0,
            1_700_000_000_000_005,
            b"hello",
            &[(1, b"one"), (2, &inbound), (0x7777, b"?"), (1, b"not \xff UTF-8")],
        );
        let expected = Seen {
            nanos: 1_700_000_000_000_005_000,
            link_type: LinkType::LINUX_SLL,
            original_length: 5,
            interface: 0,
            direction: Direction::Inbound,
            comments: vec![b"one".to_vec(), b"not \xff UTF-8".to_vec()],
            data: b"hello".to_vec(),
        };
        assert_eq!(read_whole(&sample.bytes), [expected]);
    }
}

#[test]
fn an_interface_is_read_field_by_field() {
    for order in BOTH {
        let offset: i64 = -5;
        let offset = match order {
            ByteOrder::Big => offset.to_be_bytes(),
            ByteOrder::Little => offset.to_le_bytes(),
        };
        let options: &[(u16, &[u8])] =
            &[(2, b"eth0"), (3, b"up\xfflink"), (9, &[0x8a]), (14, &offset), (11, b"")];
        let mut sample = Sample::pcapng(order);
        sample.interface(1, 96, options).enhanced(0, 10 << 10, b"", &[]);
        assert_eq!(read_whole(&sample.bytes)[0].nanos, 5_000_000_000);
        let [interface] = &interfaces(&sample.bytes)[..] else { panic!("one interface") };
        assert_eq!(interface.link_type, LinkType::ETHERNET);
        assert_eq!((interface.snap_length, interface.offset), (Some(96), -5));
        assert_eq!(interface.resolution, Resolution::Binary(10));
        assert_eq!(interface.name.as_deref(), Some("eth0"));
        assert_eq!(interface.description.as_deref(), Some("up\u{fffd}link"));
        assert_eq!(interface.section, 0);
    }
}

#[test]
fn sections_have_their_own_byte_order_and_interfaces_are_numbered_on() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).interface(113, 0, &[(9, &[9])]).enhanced(1, 7, b"a", &[]);
    sample.section(ByteOrder::Big).interface(101, 0, &[(9, &[0])]).enhanced(0, 7, b"b", &[]);
    sample.section(ByteOrder::Little).section(ByteOrder::Big).interface(276, 0, &[]);
    sample.enhanced(0, 7, b"c", &[]);
    let seen: Vec<_> = read_whole(&sample.bytes)
        .iter()
        .map(|seen| (seen.interface, seen.link_type.0, seen.nanos))
        .collect();
    assert_eq!(seen, [(1, 113, 7), (2, 101, 7_000_000_000), (3, 276, 7_000)]);
    let sections: Vec<_> = interfaces(&sample.bytes).iter().map(|own| own.section).collect();
    assert_eq!(sections, [0, 0, 1, 3]);
}

#[test]
fn a_simple_packet_ends_at_its_length_or_at_the_snap_length() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).simple(61, &[7; 61]).simple(3, &[8; 3]);
    sample.section(ByteOrder::Little).interface(1, 10, &[]).simple(61, &[9; 10]);
    let seen = read_whole(&sample.bytes);
    assert_eq!(data(&seen), [&[7; 61][..], &[8; 3], &[9; 10]]);
    assert_eq!((seen[2].original_length, seen[2].interface, seen[2].nanos), (61, 1, 0));
}

#[test]
fn the_obsolete_packet_block_is_read() {
    for order in BOTH {
        let mut body = Sample::new(order);
        let outbound = if order == ByteOrder::Big { [0, 0, 0, 2] } else { [2, 0, 0, 0] };
        body.u16(1).u16(0xffff).words(&[0, 5, 3, 9]).padded(b"abc").options(&[(2, &outbound)]);
        let mut sample = Sample::pcapng(order);
        sample.interface(1, 0, &[]).interface(113, 0, &[]).block(2, &body.bytes);
        let seen = read_whole(&sample.bytes);
        assert_eq!(data(&seen), [b"abc"]);
        assert_eq!((seen[0].interface, seen[0].link_type.0), (1, 113));
        assert_eq!((seen[0].nanos, seen[0].original_length), (5_000, 9));
        assert_eq!(seen[0].direction, Direction::Outbound);
    }
}

// gopacket defect 19
#[test]
fn any_resolution_takes_any_time() {
    let expected = [
        (0x9e, i64::MAX),
        (0x8a, i64::MAX),
        (0xff, 0),
        (0x00, i64::MAX),
        (0x0c, 18_446_744_073_709_551),
        (0x40, 0),
    ];
    for (resolution, nanos) in expected {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[(9, &[resolution])]).enhanced(0, u64::MAX, b"", &[]);
        assert_eq!(read_whole(&sample.bytes)[0].nanos, nanos, "{resolution:#x}");
    }
}

#[test]
fn options_without_an_end_cost_no_packet() {
    let mut body = Sample::new(ByteOrder::Little);
    body.words(&[0, 0, 0, 1, 1]).padded(b"a").u16(1).u16(4).raw(b"text");
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).block(6, &body.bytes);
    body.u16(1).u16(9).raw(b"past");
    sample.block(6, &body.bytes);
    let seen = read_whole(&sample.bytes);
    assert_eq!(data(&seen), [b"a", b"a"]);
    assert_eq!(seen[0].comments, [b"text"]);
    assert_eq!(seen[1].comments, [b"text"]);
}

#[test]
fn reserved_bits_of_an_interface_are_ignored() {
    let mut body = Sample::new(ByteOrder::Big);
    body.u16(1).u16(0xffff).u32(0);
    let mut sample = Sample::pcapng(ByteOrder::Big);
    sample.block(1, &body.bytes).enhanced(0, 0, b"a", &[]);
    assert_eq!(data(&read_whole(&sample.bytes)), [b"a"]);
}

#[test]
fn captured_bytes_beyond_the_original_length_are_kept() {
    let mut body = Sample::new(ByteOrder::Little);
    body.words(&[0, 0, 0, 4, 2]).padded(b"four");
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 2, &[]).block(6, &body.bytes);
    let seen = read_whole(&sample.bytes);
    assert_eq!((data(&seen), seen[0].original_length), (vec![b"four".as_slice()], 2));
}

#[test]
fn a_broken_interface_keeps_its_number() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).block(1, b"").interface(113, 0, &[]);
    sample.enhanced(2, 0, b"a", &[]).enhanced(1, 0, b"b", &[]);
    let (seen, error) = read(&sample.bytes);
    let seen: Vec<_> = seen.iter().map(|seen| (seen.interface, seen.link_type)).collect();
    assert_eq!(seen, [(2, LinkType::LINUX_SLL), (1, Interface::UNKNOWN_LINK_TYPE)]);
    let Some(Error::BlockContent { offset: 48, need: 8, have: 0, packet: 1 }) = error else {
        panic!("{error:?}");
    };
}

#[test]
fn a_packet_of_an_undeclared_interface_costs_no_other() {
    for undeclared in [1, 9, u32::MAX] {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[]).enhanced(0, 0, b"a", &[]);
        let at = sample.bytes.len() as u64;
        sample.enhanced(undeclared, 0, b"lost", &[]).enhanced(0, 0, b"b", &[]);
        sample.enhanced(7, 0, b"lost", &[]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(data(&seen), [b"a", b"b"]);
        let Some(Error::UndeclaredInterface { offset, interface, packet: 2 }) = error else {
            panic!("{error:?}");
        };
        assert_eq!((offset, interface), (at, undeclared));
    }
}

#[test]
fn interfaces_of_another_section_are_undeclared() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).section(ByteOrder::Little).simple(1, b"a");
    let (seen, error) = read(&sample.bytes);
    assert!(seen.is_empty());
    assert!(matches!(error, Some(Error::UndeclaredInterface { interface: 0, .. })));
}

// gopacket defect 18
#[test]
fn a_packet_longer_than_its_block_costs_no_other() {
    for captured in [2, 0x1000_0000, u32::MAX] {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        let mut body = Sample::new(ByteOrder::Little);
        body.words(&[0, 0, 0, captured, 1]);
        sample.interface(1, 0, &[]).block(6, &body.bytes).enhanced(0, 0, b"b", &[]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(data(&seen), [b"b"]);
        let Some(Error::BlockContent { need, have: 20, packet: 1, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(need, u64::from(captured) + 20);
    }
}

#[test]
fn blocks_too_short_for_their_fields_cost_no_packet() {
    let kinds = [1, 2, 3, 4, 5, 6, 9, 10, 0xbad, 0x4000_0bad, 0x8000_0001];
    for kind in kinds {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[]).block(kind, b"").enhanced(0, 0, b"b", &[]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(data(&seen), [b"b"], "{kind:#x}");
        let faulty = [1, 2, 3, 6].contains(&kind);
        assert_eq!(matches!(error, Some(Error::BlockContent { .. })), faulty, "{kind:#x}");
        assert_eq!(error.is_some(), faulty, "{kind:#x}");
    }
}

/// Types of blocks: those that are read, and others.
const KINDS: [u32; 10] = [1, 2, 3, 4, 5, 6, 9, 10, 0xbad, 0x8000_0001];

#[test]
fn a_block_length_below_its_frame_ends_the_capture() {
    for kind in KINDS {
        for length in 0..9 {
            let mut sample = Sample::pcapng(ByteOrder::Little);
            sample.words(&[kind, length, length, length]);
            let (_, error) = read(&sample.bytes);
            assert!(matches!(error, Some(Error::BlockLength { offset: 28, .. })), "{error:?}");
        }
    }
}

#[test]
fn a_block_of_less_than_its_frame_but_for_padding_costs_no_packet() {
    for (kind, length) in KINDS.into_iter().flat_map(|kind| [9, 10, 11].map(|own| (kind, own))) {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[]).words(&[kind, length, length]).enhanced(0, 0, b"b", &[]);
        let (seen, error) = read(&sample.bytes);
        assert_eq!(data(&seen), [b"b"], "{kind:#x} of {length}: {error:?}");
    }
}

#[test]
fn padding_left_out_of_a_length_costs_no_packet() {
    for order in BOTH {
        let mut sample = Sample::pcapng(order);
        sample.interface(1, 0, &[]).words(&[6, 33, 0, 0, 0, 1, 1]).raw(b"a\0\0\0").u32(33);
        sample.enhanced(0, 0, b"b", &[]);
        assert_eq!(data(&read_whole(&sample.bytes)), [b"a", b"b"]);
    }
}

#[test]
fn lengths_that_differ_end_the_capture() {
    let mut sample = Sample::pcapng(ByteOrder::Big);
    sample.interface(1, 0, &[]).enhanced(0, 0, b"a", &[]);
    sample.words(&[6, 32, 0, 0, 0, 0, 0]).u32(36);
    let (seen, error) = read(&sample.bytes);
    assert_eq!(seen.len(), 1);
    let Some(Error::BlockTrailer { offset: 84, length: 32, trailer: 36, packet: 2 }) = error else {
        panic!("{error:?}");
    };
}

#[test]
fn a_length_beyond_belief_is_an_error() {
    // The file that made gopacket allocate 256 MiB, with one more bit.
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.interface(1, 0, &[]).words(&[6, 0x2000_0000, 0, 0, 0, 0x1000_0000, 60]);
    let (_, error) = read(&sample.bytes);
    let Some(Error::Oversized { length: 0x2000_0000, packet: 1, .. }) = error else {
        panic!("{error:?}");
    };
}

#[test]
fn a_section_of_no_byte_order_ends_the_capture() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    sample.words(&[0x0a0d_0d0a, 28, 0x1234_5678, 0, 0, 0, 28]);
    let (_, error) = read(&sample.bytes);
    assert!(matches!(error, Some(Error::SectionMagic { offset: 28, magic: 0x1234_5678, .. })));
}

#[test]
fn interfaces_without_end_are_refused() {
    let mut sample = Sample::pcapng(ByteOrder::Little);
    for _ in 0..MAX_INTERFACES {
        sample.interface(1, 0, &[]);
    }
    sample.enhanced(65_535, 0, b"a", &[]);
    assert_eq!(data(&read_whole(&sample.bytes)), [b"a"]);
    sample.interface(1, 0, &[]);
    assert!(matches!(read(&sample.bytes).1, Some(Error::TooManyInterfaces { packet: 2, .. })));
}
