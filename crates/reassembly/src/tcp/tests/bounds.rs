//! Streams of those who want memory and time to be used up.

use super::*;

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
    let stats = talk.assembler.stats();
    assert!(stats.refused == 1 && stats.wanted > 3, "{stats:?}");
    assert!(talk.listener.waited.is_empty(), "what finds no room does not wait");
}

#[test]
fn what_waits_is_told_as_it_grows_and_is_what_the_assembler_counts() {
    let mut talk = Talk::open(Config { max_pending: 9000, ..default() });
    for place in 1..4 {
        talk.bytes(place * 2000, &[b'x'; 500]);
        let waiting = talk.assembler.stats().waiting;
        assert_eq!(talk.listener.waited.last(), Some(&(waiting, 9000)));
    }
    assert_eq!(talk.listener.waited.len(), 3);
    talk.bytes(0, &[b'x'; 2000]);
    assert_eq!((talk.listener.waited.len(), talk.assembler.stats().refused), (3, 0));
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

/// The same in an order that no list of pieces likes.
#[test]
fn single_bytes_all_over_a_stream_are_kept_in_order() {
    let mut talk = Talk::open(Config { max_pending: 1 << 24, ..default() });
    // 65,537 is prime: every place but the first is met once, each far from the one before.
    for number in 1..65_537_i64 {
        let place = number * 40_503 % 65_537;
        talk.bytes(place, &[place.to_le_bytes()[0]]);
    }
    talk.bytes(0, &[0]);
    let bytes = talk.told().into_iter().flat_map(|told| match told {
        Told::Data(_, bytes) => bytes,
        other => unreachable!("{other:?}"),
    });
    assert!(bytes.eq((0..65_537_u32).map(|place| place.to_le_bytes()[0])));
}

/// Whoever keeps connections bounds how many; what is shared knows of those only that wait.
#[test]
fn ten_million_half_open_streams_take_nothing_of_what_is_shared() {
    let (mut assembler, mut listener) = (Assembler::new(default()), Listener::default());
    let now = Timestamp::from_secs(1, 0);
    let syn = Segment::new(now, SeqNumber(7), b"").syn();
    for token in 0..10_000_000 {
        assembler.segment(&mut StreamAssembler::new(token), &syn, &mut listener);
        listener.told.clear();
    }
    assert_eq!((assembler.stats().held, assembler.next_due(Timestamp::MAX)), (0, None));
}

/// A capture whose clock stands still, of connections that end with a hole.
#[test]
fn notes_of_streams_that_are_gone_do_not_gather_and_the_oldest_hole_makes_room() {
    let config = Config { max_total: 1 << 20, ..default() };
    let (mut assembler, mut listener) = (Assembler::new(config), Listener::default());
    let now = Timestamp::from_secs(1, 0);
    let mut open = |assembler: &mut Assembler, stream: &mut StreamAssembler| {
        assembler.segment(stream, &Segment::new(now, SeqNumber(0), b"").syn(), &mut listener);
        assembler.segment(stream, &Segment::new(now, SeqNumber(9), b"x"), &mut listener);
        std::mem::take(&mut listener.told)
    };
    let mut oldest = StreamAssembler::new(0);
    open(&mut assembler, &mut oldest);
    let mut given_up = Listener::default();
    for token in 1..10_000 {
        let mut stream = StreamAssembler::new(token);
        open(&mut assembler, &mut stream);
        assembler.close(&mut stream, &mut Listener::default());
        while let Some(token) = assembler.next_due(now) {
            if token == 0 {
                assembler.look(&mut oldest, now, &mut given_up);
            }
        }
        assert!(assembler.stats().noted <= 1024);
    }
    assert_eq!(given_up.told, [Told::Gap(0, 8, GapCause::Budget), data(8, b"x")]);
    assert_eq!(assembler.stats().waiting, 0);
}

/// Whoever makes a parser wait for the end of something makes many wait.
#[test]
fn bytes_left_unread_in_many_streams_stay_within_the_budget() {
    let config = Config { max_total: 1 << 20, ..default() };
    let mut assembler = Assembler::new(config);
    let now = Timestamp::from_secs(1, 0);
    let mut all: Vec<_> = (0..1000)
        .map(|token| {
            let listener = Listener { reads_to: Some(b'\n'), ..Listener::default() };
            (StreamAssembler::new(token), listener)
        })
        .collect();
    let mut lost = 0;
    for (stream, listener) in &mut all {
        let line = [b'x'; 4000];
        assembler.segment(stream, &Segment::new(now, SeqNumber(0), &line), listener);
        assert!(assembler.stats().waiting <= 1 << 20);
        lost += usize::from(listener.told.last() == Some(&Told::Gap(0, 4000, GapCause::Unread)));
    }
    assert_eq!(lost, 1000 - (1 << 20) / 4000);
    // Once those that wait are read, there is room for others.
    let (stream, listener) = &mut all[0];
    assembler.segment(stream, &Segment::new(now, SeqNumber(4000), b"\n"), listener);
    let (stream, listener) = &mut all[999];
    assembler.segment(stream, &Segment::new(now, SeqNumber(4000), b"y"), listener);
    assert_eq!(listener.told.last(), Some(&data(4000, b"y")));
    for (stream, listener) in &mut all {
        assembler.close(stream, listener);
    }
    assert_eq!(assembler.stats().waiting, 0);
}
