//! How a stream begins and ends.

use super::*;

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

// gopacket defect 21, and flowscope 2
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

// flowscope 2: what is said on ports that are used again went into the old flow.
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
fn what_a_reset_holds_is_no_part_of_the_stream() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    talk.send(&talk.at(3, b"no such service").rst());
    assert_eq!(talk.told(), [data(0, b"abc"), Told::End(End::Reset)]);
    assert_eq!(talk.stream.stats().bytes_after_end, 15);
}

#[test]
fn another_initial_number_is_another_stream_once_bytes_follow_it_whatever_waits() {
    let mut talk = Talk::open(default());
    talk.bytes(0, b"abc");
    talk.bytes(5, b"fg");
    let far = -(1 << 29);
    talk.send(&talk.at(far, b"").syn());
    talk.send(&talk.at(far + 1, b"new").fin());
    let told = [
        data(0, b"abc"),
        Told::Gap(3, 2, GapCause::End),
        data(5, b"fg"),
        Told::End(End::PortReuse),
        Told::Start(Start::Syn),
        data(0, b"new"),
        Told::End(End::Fin),
    ];
    assert_eq!(talk.told(), told);
    assert_eq!(talk.assembler.stats().waiting, 0);
}
