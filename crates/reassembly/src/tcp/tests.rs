//! Streams beside a model that keeps every byte by itself, and one test for each rule.

use proptest::prelude::*;
use rheos_core::{SeqNumber, Timestamp};

use super::*;
use crate::overlap::Reach;

mod model;

/// What a consumer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Start(Start),
    Data(u64, Vec<u8>),
    Gap(u64, u64, GapCause),
    Conflict(u64, Vec<u8>, Vec<u8>, bool),
    Again(u64, u64),
    End(End),
}

/// Remembers what it is told, and leaves some bytes unread.
#[derive(Default)]
struct Listener {
    told: Vec<Told>,
    /// Reads up to the last of these bytes only.
    reads_to: Option<u8>,
}

impl Consumer for Listener {
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let last = |end| chunk.bytes.iter().rposition(|&byte| byte == end).map_or(0, |at| at + 1);
        let read = self.reads_to.map_or(chunk.bytes.len(), last);
        self.told.push(Told::Data(chunk.offset, chunk.bytes.to_vec()));
        read
    }

    fn start(&mut self, start: Start) {
        self.told.push(Told::Start(start));
    }

    fn gap(&mut self, gap: &Gap) {
        self.told.push(Told::Gap(gap.offset, gap.len, gap.cause));
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Conflict { offset, first, later, replaced } = *conflict;
        self.told.push(Told::Conflict(offset, first.to_vec(), later.to_vec(), replaced));
    }

    fn retransmit(&mut self, again: &Retransmit) {
        self.told.push(Told::Again(again.offset, again.len));
    }

    fn end(&mut self, end: End) {
        self.told.push(Told::End(end));
    }
}

/// An assembler with one stream.
struct Talk {
    assembler: Assembler,
    stream: StreamAssembler,
    listener: Listener,
    /// The number of the first byte.
    base: u32,
    now: Timestamp,
}

impl Talk {
    fn new(config: Config) -> Self {
        let (assembler, stream) = (Assembler::new(config), StreamAssembler::new(7));
        let now = Timestamp::from_secs(1, 0);
        Self { assembler, stream, listener: Listener::default(), base: u32::MAX - 2, now }
    }

    /// A stream behind its SYN, whose numbers wrap at the third byte.
    fn open(config: Config) -> Self {
        let mut talk = Self::new(config);
        let syn = Segment::new(talk.now, SeqNumber(talk.base) + u32::MAX, b"").syn();
        talk.send(&syn);
        assert_eq!(talk.told(), [Told::Start(Start::Syn)]);
        talk
    }

    fn at<'a>(&self, offset: i64, bytes: &'a [u8]) -> Segment<'a> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers wrap")]
        Segment::new(self.now, SeqNumber(self.base) + (offset as u32), bytes)
    }

    fn send(&mut self, segment: &Segment<'_>) {
        self.assembler.segment(&mut self.stream, segment, &mut self.listener);
    }

    fn bytes(&mut self, offset: i64, bytes: &[u8]) {
        self.send(&self.at(offset, bytes));
    }

    fn ack(&mut self, offset: u32) {
        let number = SeqNumber(self.base) + offset;
        let Self { assembler, stream, listener, now, .. } = self;
        assembler.acknowledged(stream, *now, number, None, listener);
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now.saturating_add(std::time::Duration::from_millis(millis));
    }

    fn close(&mut self) {
        self.assembler.close(&mut self.stream, &mut self.listener);
        assert_eq!(self.assembler.stats().waiting, 0, "pages are given back");
    }

    fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.listener.told)
    }
}

fn data(offset: u64, bytes: &[u8]) -> Told {
    Told::Data(offset, bytes.to_vec())
}

fn default() -> Config {
    Config::default()
}

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

#[test]
fn a_fin_ends_the_stream_once_all_in_front_of_it_has_come() {
    let mut talk = Talk::open(default());
    talk.send(&talk.at(2, b"cd").fin());
    assert_eq!(talk.told(), []);
    talk.bytes(0, b"ab");
    assert_eq!(talk.told(), [data(0, b"ab"), data(2, b"cd"), Told::End(End::Fin)]);
    talk.bytes(4, b"xyz");
    talk.send(&talk.at(2, b"cd").fin());
    assert_eq!(talk.told(), [Told::Again(2, 2)]);
    assert_eq!(talk.stream.stats().bytes_after_end, 3);
}

#[test]
fn a_syn_may_hold_bytes_and_a_repeated_one_changes_nothing() {
    let mut talk = Talk::new(default());
    talk.send(&talk.at(-1, b"ab").syn());
    talk.send(&talk.at(-1, b"").syn());
    talk.bytes(2, b"c");
    assert_eq!(talk.told(), [Told::Start(Start::Syn), data(0, b"ab"), data(2, b"c")]);
}

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
    assert_eq!((stats.keep_alives, stats.retransmits), (1, 0));
}

// gopacket defect 21
#[test]
fn a_blind_reset_is_ignored_and_one_in_the_window_ends_the_stream() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    talk.send(&talk.at(-500_000, b"").rst());
    talk.send(&talk.at(1 << 30, b"").rst());
    talk.bytes(3, b"def");
    talk.bytes(9, b"jkl");
    assert_eq!(talk.told(), [data(0, b"abc"), data(3, b"def")]);
    assert_eq!(talk.stream.stats().ignored_resets, 2);
    talk.send(&talk.at(6, b"").rst());
    let gap = Told::Gap(6, 3, GapCause::End);
    assert_eq!(talk.told(), [gap, data(9, b"jkl"), Told::End(End::Reset)]);
}

// gopacket: a reset that refuses a connection leaves a stream behind for ever.
#[test]
fn a_reset_or_an_ack_without_a_stream_starts_none() {
    let mut talk = Talk::new(default());
    talk.send(&talk.at(0, b"").rst());
    talk.bytes(0, b"");
    talk.ack(77);
    talk.close();
    assert_eq!(talk.told(), []);
}

#[test]
fn a_stream_may_begin_in_the_middle_if_it_may() {
    let mut talk = Talk::new(default());
    talk.bytes(0, b"abc");
    talk.bytes(-2, b"yzabcd");
    talk.close();
    let told = [Told::Start(Start::MidStream), data(0, b"abc"), Told::Again(0, 3), data(3, b"d")];
    assert_eq!(talk.told(), [&told[..], &[Told::End(End::Closed)]].concat());
    assert_eq!(talk.stream.stats().bytes_before_start, 2);

    let mut talk = Talk::new(Config { mid_stream: MidStream::Ignore, ..default() });
    talk.bytes(0, b"abc");
    assert_eq!(talk.told(), []);
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
fn conflicting_bytes_are_told_with_both_versions_and_the_policy_chooses() {
    for (overlap, expected) in [(OverlapPolicy::First, b"cdef"), (OverlapPolicy::Last, b"cXYZ")] {
        let mut talk = Talk::open(Config { overlap, ..default() });
        talk.bytes(2, b"cdef");
        talk.bytes(3, b"XYZ");
        talk.bytes(0, b"ab");
        let replaced = overlap == OverlapPolicy::Last;
        let conflict = Told::Conflict(3, b"def".to_vec(), b"XYZ".to_vec(), replaced);
        assert_eq!(talk.told(), [conflict, data(0, b"ab"), data(2, expected)]);
        assert_eq!(talk.stream.stats().overlapped_bytes, 3);
    }
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

#[test]
fn ports_used_again_start_a_new_stream_but_a_lone_syn_does_not() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    let far = 1 << 30;
    talk.send(&talk.at(far, b"").syn());
    talk.bytes(3, b"def");
    assert_eq!(talk.told(), [data(0, b"abc"), data(3, b"def")]);
    talk.bytes(far + 1, b"new");
    let told = [Told::End(End::PortReuse), Told::Start(Start::Syn), data(0, b"new")];
    assert_eq!(talk.told(), told);
    talk.base = talk.base.wrapping_add((1 << 30) + 1);
    talk.send(&talk.at(3, b"").fin());
    talk.base = 5000;
    talk.send(&talk.at(-1, b"").syn());
    talk.bytes(0, b"third");
    assert_eq!(talk.told(), [Told::End(End::Fin), Told::Start(Start::Syn), data(0, b"third")]);
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
fn without_room_the_first_hole_is_given_up_and_nothing_at_hand_is_lost() {
    let mut talk = Talk::open(Config { max_pending: 9000, ..default() });
    let page = [b'x'; 2048];
    (1..8).for_each(|place| talk.bytes(place * 4096, &page));
    talk.close();
    let delivered = talk.told().into_iter().map(|told| match told {
        Told::Data(_, bytes) => bytes.len(),
        _ => 0,
    });
    assert_eq!(delivered.sum::<usize>(), 7 * 2048);
    assert_eq!(talk.stream.stats().gap_bytes, 4096 + 6 * 2048);

    let mut talk = Talk::open(Config { max_total: 0, ..default() });
    talk.bytes(5, b"fgh");
    assert_eq!(talk.told(), [Told::Gap(0, 5, GapCause::Budget), data(5, b"fgh")]);
}

#[test]
fn three_hundred_thousand_single_bytes_in_descending_order_take_little() {
    let mut talk = Talk::open(Config { max_pending: 1 << 20, ..default() });
    for place in (1..300_000).rev() {
        talk.bytes(place, &[place.to_le_bytes()[0]]);
    }
    assert!(talk.assembler.stats().waiting < 310_000);
    talk.bytes(0, &[0]);
    let told = talk.told();
    let bytes = told.iter().flat_map(|told| match told {
        Told::Data(_, bytes) => bytes.clone(),
        other => unreachable!("{other:?}"),
    });
    assert!(bytes.eq((0..300_000_u32).map(|place| place.to_le_bytes()[0])));
}

#[test]
fn a_hole_in_each_of_many_streams_stays_within_the_budget() {
    let config = Config { max_total: 1 << 20, ..default() };
    let (mut assembler, mut listener) = (Assembler::new(config), Listener::default());
    let now = Timestamp::from_secs(1, 0);
    let mut streams: Vec<_> = (0..100_000).map(StreamAssembler::new).collect();
    for stream in &mut streams {
        assembler.segment(stream, &Segment::new(now, SeqNumber(0), b"").syn(), &mut listener);
        assembler.segment(stream, &Segment::new(now, SeqNumber(9), b"x"), &mut listener);
        assert!(assembler.stats().held <= (1 << 20));
        listener.told.clear();
    }
    let waiting = streams.iter().filter(|stream| stream.has_hole()).count();
    assert!((400..600).contains(&waiting), "{waiting}");
    let later = Timestamp::from_secs(2, 0);
    while let Some(token) = assembler.next_due(later) {
        assembler.look(&mut streams[usize::try_from(token).unwrap()], later, &mut listener);
    }
    assert_eq!(assembler.stats().waiting, 0);
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

#[test]
fn what_a_reset_holds_is_no_part_of_the_stream() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    talk.send(&talk.at(3, b"no such service").rst());
    assert_eq!(talk.told(), [data(0, b"abc"), Told::End(End::Reset)]);
    assert_eq!(talk.stream.stats().bytes_after_end, 15);
}

/// Whoever sends overlaps only wants each of them to be laid beside all others.
#[test]
fn a_storm_of_overlaps_stays_within_the_budget_and_loses_nothing_that_was_there() {
    for overlap in [OverlapPolicy::First, OverlapPolicy::Last, OverlapPolicy::Linux] {
        let limit = 1 << 20;
        let mut talk = Talk::open(Config { overlap, max_pending: limit, ..default() });
        // Single bytes with holes between them, as many as fit; then segments over all of them.
        (0..1000).for_each(|place| talk.bytes(10 + place * 2, b"x"));
        let storm = [b'y'; 1460];
        for number in 0..3000_i64 {
            talk.bytes(10 + number * 7 % 3000, &storm);
            assert!(talk.assembler.stats().waiting <= limit);
        }
        let conflicts = |told: &Told| matches!(told, Told::Conflict(..));
        assert!(talk.told().iter().filter(|told| conflicts(told)).count() >= 1000);
        talk.bytes(0, b"0123456789");
        let delivered = talk.told().into_iter().map(|told| match told {
            Told::Data(_, bytes) => bytes.len(),
            other => unreachable!("{other:?}"),
        });
        assert_eq!(delivered.sum::<usize>(), 10 + 2999 + 1460);
    }
}
