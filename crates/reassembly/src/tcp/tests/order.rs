//! Bytes in order, out of order, and sent again.

use super::*;

#[test]
fn bytes_out_of_order_wait_and_come_in_order_across_the_wrap() {
    let mut talk = Talk::open(default());
    talk.bytes(5, b"fgh");
    talk.bytes(2, b"cde");
    assert_eq!(talk.told(), []);
    talk.bytes(0, b"ab");
    assert_eq!(talk.told(), [data(0, b"ab"), data(2, b"cdefgh")]);
    assert_eq!(talk.stream.stats().out_of_order, 2);
}

// flowscope 2: up to its 0.24, what was new in a segment that began with old bytes was lost.
#[test]
fn what_comes_again_is_told_and_never_changes_what_was_delivered() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abcd");
    talk.bytes(2, b"XYef");
    assert_eq!(talk.told(), [data(0, b"abcd"), Told::Again(2, 2), data(4, b"ef")]);
    assert_eq!(talk.stream.stats().retransmitted_bytes, 2);
}

#[test]
fn a_keep_alive_is_no_retransmission() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    talk.bytes(2, b"\0");
    talk.bytes(2, b"");
    assert_eq!(talk.told(), [data(0, b"abc")]);
    let stats = talk.stream.stats();
    assert_eq!((stats.keep_alives, stats.retransmits), (2, 0));
    // Neither what acknowledges nor what opens or ends a stream asks.
    talk.bytes(3, b"");
    talk.send(&talk.at(1, b"").syn());
    talk.send(&talk.at(2, b"").fin());
    assert_eq!(talk.stream.stats().keep_alives, 2);
}

#[test]
fn a_byte_that_probes_a_closed_window_is_delivered_once() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    // RFC 9293, section 3.8.6.1: the receiver need not take it, and gets it again till the window opens.
    (0..3).for_each(|_| talk.bytes(3, b"d"));
    talk.bytes(3, b"def");
    let told = talk.told();
    let delivered: Vec<_> = told.iter().filter(|told| matches!(told, Told::Data(..))).collect();
    assert_eq!(delivered, [&data(0, b"abc"), &data(3, b"d"), &data(4, b"ef")]);
    let stats = talk.stream.stats();
    assert_eq!((stats.keep_alives, stats.gap_bytes), (2, 0));
}

#[test]
fn a_stray_segment_is_ignored_and_three_in_a_row_are_followed() {
    let mut talk = Talk::open(default());
    let far = 2 << 20;
    talk.bytes(far + 10_000, b"stray");
    for place in 0..3 {
        talk.bytes(far + place * 2, b"xy");
    }
    let gap = Told::Gap(0, 4 + (2 << 20), GapCause::Deadline);
    assert_eq!(talk.told(), [gap, data(4 + (2 << 20), b"xy")]);
    assert_eq!(talk.stream.stats().out_of_window, 3);
}

#[test]
fn sequence_numbers_wrap_as_often_as_a_stream_is_long() {
    let mut talk = Talk::open(Config { max_ahead: 1 << 30, ..default() });
    let gigabyte = 1_u64 << 30;
    for place in 1..=20 {
        talk.bytes(i64::try_from(place * gigabyte).unwrap(), b"x");
        talk.ack(u32::try_from((place * gigabyte) & 0xffff_ffff).unwrap());
        talk.wait(10);
        talk.ack(u32::try_from((place * gigabyte) & 0xffff_ffff).unwrap());
        assert_eq!(talk.told().last(), Some(&data(place * gigabyte, b"x")));
    }
    assert_eq!(talk.stream.offset(), 20 * gigabyte + 1);
}

#[test]
fn what_is_left_unread_is_offered_again_up_to_its_limit() {
    let mut talk = Talk::open(Config { max_unread: 6, ..default() });
    talk.listener.reads_to = Some(b'\n');
    talk.bytes(0, b"one\ntw");
    talk.bytes(6, b"o\nth");
    assert_eq!(talk.told(), [data(0, b"one\ntw"), data(4, b"two\nth")]);
    talk.bytes(10, b"ree four");
    let gap = Told::Gap(8, 4, GapCause::Unread);
    assert_eq!(talk.told(), [data(8, b"three four"), gap]);
    talk.bytes(18, b"\n");
    assert_eq!(talk.told(), [data(12, b"e four\n")]);
}
