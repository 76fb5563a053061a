//! Holes, and when they are given up.

use super::*;

/// gopacket tells nobody of them; flowscope counts them too.
#[test]
fn what_comes_behind_its_gap_is_late_and_no_retransmission() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"ab");
    talk.bytes(5, b"fg");
    talk.wait(1000);
    talk.bytes(7, b"h");
    assert_eq!(talk.told().last(), Some(&data(5, b"fgh")));
    talk.bytes(1, b"bcdef");
    assert_eq!(talk.told(), [Told::Again(1, 1), Told::Again(5, 1)]);
    let stats = talk.stream.stats();
    assert_eq!((stats.retransmits, stats.retransmitted_bytes, stats.late_bytes), (1, 2, 3));
    // Of many gaps, only the last are remembered.
    for place in 1..=20 {
        talk.bytes(7 + place * 2, b"x");
        talk.wait(1000);
        talk.bytes(8 + place * 2, b"");
    }
    talk.bytes(2, b"cde");
    assert_eq!(talk.told().last(), Some(&Told::Again(2, 3)));
    talk.bytes(46, b"y");
    assert_eq!(talk.stream.stats().late_bytes, 4);
}

#[test]
fn a_hole_that_the_receiver_acknowledged_is_closed_behind_its_grace() {
    let mut talk = Talk::open(default());
    talk.bytes(5, b"fgh");
    talk.ack(8);
    talk.wait(9);
    talk.ack(8);
    assert_eq!(talk.told(), []);
    talk.wait(1);
    talk.ack(8);
    assert_eq!(talk.told(), [Told::Gap(0, 5, GapCause::Acknowledged), data(5, b"fgh")]);
    talk.ack(20);
    talk.wait(10);
    talk.ack(20);
    assert_eq!(talk.told(), [Told::Gap(8, 12, GapCause::Acknowledged)], "nothing behind it came");
}

// flowscope 2: up to its 0.24, one lost segment silenced a direction for ever.
#[test]
fn a_hole_is_closed_by_its_deadline_whether_more_comes_or_not() {
    let mut talk = Talk::open(default());
    talk.bytes(5, b"fgh");
    talk.wait(999);
    assert_eq!(talk.assembler.next_due(talk.now), None);
    talk.wait(1);
    assert_eq!(talk.assembler.next_due(talk.now), Some(7));
    let Talk { assembler, stream, listener, now, .. } = &mut talk;
    assembler.look(stream, *now, listener);
    assert_eq!(talk.told(), [Told::Gap(0, 5, GapCause::Deadline), data(5, b"fgh")]);
    assert_eq!(talk.assembler.next_due(talk.now), None);
}

#[test]
fn what_was_cut_off_is_a_gap_at_once() {
    let mut talk = Talk::open(default());
    talk.send(&talk.at(0, b"ab").cut_from(5));
    talk.send(&talk.at(8, b"i").cut_from(3));
    talk.bytes(5, b"fgh");
    talk.bytes(11, b"l");
    let cut = |offset, len| Told::Gap(offset, len, GapCause::SnapLength);
    let told =
        [data(0, b"ab"), cut(2, 3), data(5, b"fgh"), data(8, b"i"), cut(9, 2), data(11, b"l")];
    assert_eq!(talk.told(), told);
}

#[test]
fn a_hole_that_the_receiver_is_heard_to_miss_waits_for_what_is_sent_again() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"ab");
    talk.bytes(5, b"fgh");
    talk.ack(2);
    for _ in 0..9 {
        talk.wait(1000);
        let Talk { assembler, stream, listener, now, .. } = &mut talk;
        while let Some(token) = assembler.next_due(*now) {
            assert_eq!(token, stream.token());
            assembler.look(stream, *now, listener);
        }
    }
    assert_eq!(talk.told(), [data(0, b"ab")]);
    talk.bytes(2, b"cde");
    assert_eq!(talk.told(), [data(2, b"cde"), data(5, b"fgh")]);
    talk.bytes(13, b"n");
    talk.wait(5000);
    talk.ack(10);
    assert_eq!(talk.told(), [], "it misses the rest of the hole still");
    talk.wait(10);
    talk.ack(10);
    assert_eq!(talk.told(), [Told::Gap(8, 2, GapCause::Acknowledged)]);
    talk.wait(4990);
    talk.ack(10);
    assert_eq!(talk.told(), [Told::Gap(10, 3, GapCause::Deadline), data(13, b"n")]);
}

// Short pieces are joined, and a joined one took the time of the last: the hole never was old enough.
#[test]
fn a_hole_grows_old_whatever_comes_behind_it() {
    for len in [10, 2000] {
        let mut talk = Talk::open(default());
        let bytes = vec![b'x'; len];
        let place = |number: usize| 5 + i64::try_from(number * len).unwrap();
        for number in 0..4 {
            talk.bytes(place(number), &bytes);
            talk.wait(if number < 3 { 300 } else { 99 });
        }
        talk.bytes(place(4), &bytes);
        assert_eq!(talk.told(), [], "it is 999 milliseconds old");
        talk.wait(1);
        talk.bytes(place(5), &bytes);
        assert_eq!(talk.told().first(), Some(&Told::Gap(0, 5, GapCause::Deadline)));
        talk.close();
        assert_eq!(talk.stream.stats().bytes, 6 * len as u64);
    }
}
