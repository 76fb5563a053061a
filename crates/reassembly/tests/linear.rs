//! What storms cost grows as they do: counts of instructions, not seconds.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test, also in its functions: storms of known size"
)]

use std::env;
use std::io::ErrorKind;
use std::process::Command;
use std::time::Duration;

use rheos_core::{SeqNumber, Timestamp};
use rheos_reassembly::OverlapPolicy;
use rheos_reassembly::ip::{
    DatagramKey, DefragmentConfig, Defragmenter, Fragment, FragmentOverlap,
};
use rheos_reassembly::tcp::{Assembler, Config, Segment, StreamAssembler};

use common::Count;

mod common;

/// Which storm of how many packets a process plays whose instructions are counted: its name, a space, and a
/// number.
const STORM: &str = "RHEOS_STORM";

/// How many times as many instructions twice as many packets may take. The square of a number grows
/// four times; between two and this lies what a tree adds, and lists that double their room.
const AT_MOST: f64 = 2.5;

/// Its name, of how many packets it is played, or of pairs of them, and what plays it.
type Storm = (&'static str, u32, fn(u32));

const STORMS: [Storm; 10] = [
    ("descending", 2000, descending),
    ("scattered", 2000, scattered),
    ("holes", 2000, holes),
    ("half-open", 5000, half_open),
    ("overlaps", 1000, |count| overlaps(count, OverlapPolicy::First)),
    ("overlaps-kept-apart", 1000, |count| overlaps(count, OverlapPolicy::Solaris)),
    ("teardrop", 500, teardrop),
    ("rose", 500, rose),
    ("tiny-fragments", 1000, tiny_fragments),
    ("fragments-that-overlap", 1000, overlapping_fragments),
];

/// When every packet comes: clocks that stand still end nothing.
fn now() -> Timestamp {
    Timestamp::from_secs(1, 0)
}

fn open(assembler: &mut Assembler, token: u64) -> StreamAssembler {
    let mut stream = StreamAssembler::new(token);
    let syn = Segment::new(now(), SeqNumber(u32::MAX), b"").syn();
    assembler.segment(&mut stream, &syn, &mut Count::default());
    stream
}

fn at(place: u32, bytes: &[u8]) -> Segment<'_> {
    Segment::new(now(), SeqNumber(place), bytes)
}

/// Segments of one byte, the last first.
fn descending(count: u32) {
    let (mut assembler, mut seen) = (Assembler::new(Config::default()), Count::default());
    let mut stream = open(&mut assembler, 0);
    (0..count).rev().for_each(|place| assembler.segment(&mut stream, &at(place, b"x"), &mut seen));
    // Beyond the bytes that may wait, holes are given up; what came first stays.
    let lost = stream.stats().gap_bytes + stream.stats().late_bytes;
    assert!(seen.0 == count.into() || lost > 0);
    assembler.close(&mut stream, &mut seen);
}

/// Segments of one byte, each far from the one before and no neighbour of any.
fn scattered(count: u32) {
    let (mut assembler, mut seen) = (Assembler::new(Config::default()), Count::default());
    let mut stream = open(&mut assembler, 0);
    for number in 0..count {
        // All of them within what a stream looks ahead: 65,537 is prime.
        let place = 2 + 2 * (number.wrapping_mul(40_503) % 65_537);
        assembler.segment(&mut stream, &at(place, b"x"), &mut seen);
    }
    assembler.close(&mut stream, &mut seen);
    assert_eq!(assembler.stats().waiting, 0);
}

/// A hole in each of as many streams, more of them than there is room for.
fn holes(count: u32) {
    let config = Config { max_total: 1 << 20, ..Config::default() };
    let (mut assembler, mut seen) = (Assembler::new(config), Count::default());
    let mut streams: Vec<_> =
        (0..u64::from(count)).map(|token| open(&mut assembler, token)).collect();
    for stream in &mut streams {
        assembler.segment(stream, &at(9, b"x"), &mut seen);
    }
    let later = now().saturating_add(Duration::from_secs(2));
    while let Some(token) = assembler.next_due(later) {
        assembler.look(&mut streams[usize::try_from(token).unwrap()], later, &mut seen);
    }
    assert_eq!((assembler.stats().waiting, seen.0), (0, count.into()));
}

/// Streams of which nothing but the SYN comes.
fn half_open(count: u32) {
    let mut assembler = Assembler::new(Config::default());
    let streams: Vec<_> = (0..u64::from(count)).map(|token| open(&mut assembler, token)).collect();
    assert_eq!((streams.len() as u64, assembler.stats().held), (count.into(), 0));
}

/// Segments of many lengths, all over the same bytes behind a hole, no two with the same content.
fn overlaps(count: u32, overlap: OverlapPolicy) {
    let config = Config { overlap, ..Config::default() };
    let (mut assembler, mut seen) = (Assembler::new(config), Count::default());
    let mut stream = open(&mut assembler, 0);
    for number in 0..count {
        let len = usize::try_from(1 + number.wrapping_mul(7919) % 97).unwrap();
        let place = 1 + number.wrapping_mul(40_503) % 2503;
        assembler.segment(
            &mut stream,
            &at(place, &[number.to_le_bytes()[0]; 97][..len]),
            &mut seen,
        );
    }
    assert!(stream.stats().overlapped_bytes > 0);
    assembler.close(&mut stream, &mut seen);
    assert_eq!(assembler.stats().waiting, 0);
}

fn fragment(identification: u32, offset: u32, more: bool, payload: &[u8]) -> Fragment<'_> {
    let (source, destination) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    let key = DatagramKey { source, destination, protocol: Some(17), identification, tag: 0 };
    Fragment { key, timestamp: now(), offset, more, header: b"header", payload }
}

/// Pairs of fragments of which the second ends within the first.
fn teardrop(count: u32) {
    let mut of = Defragmenter::new(DefragmentConfig::default());
    for number in 0..count {
        of.push(&fragment(number, 0, true, &[1; 40]));
        of.push(&fragment(number, 24, false, &[2; 4]));
    }
    assert_eq!(of.stats().rejected, count.into());
}

/// The first and the last fragments of datagrams.
fn rose(count: u32) {
    let limits = DefragmentConfig { max_datagrams: 128, ..DefragmentConfig::default() };
    let mut of = Defragmenter::new(limits);
    for number in 0..count {
        of.push(&fragment(number, 0, true, &[b'x'; 32]));
        of.push(&fragment(number, 65_000, false, b"end"));
    }
    assert_eq!(of.stats().evicted + of.len() as u64, count.into());
}

/// Fragments of eight bytes, the last first, as many of a datagram as there may be.
fn tiny_fragments(count: u32) {
    let mut of = Defragmenter::new(DefragmentConfig::default());
    for number in 0..count {
        let place = 999 - number % 1000;
        of.push(&fragment(number / 1000, place * 8, place < 999, &[b'x'; 8]));
    }
    assert_eq!(of.stats().completed, u64::from(count / 1000));
}

/// Fragments all over the same bytes of a few datagrams, no two with the same content.
fn overlapping_fragments(count: u32) {
    let overlap_v4 = FragmentOverlap::Resolve(OverlapPolicy::Last);
    let mut of = Defragmenter::new(DefragmentConfig { overlap_v4, ..DefragmentConfig::default() });
    for number in 0..count {
        let units = 1 + number.wrapping_mul(7919) % 13;
        let place = 1 + number.wrapping_mul(40_503) % 1009;
        let payload = vec![number.to_le_bytes()[0]; usize::try_from(8 * units).unwrap()];
        of.push(&fragment(number / 1000, place * 8, true, &payload));
    }
    assert!(of.stats().overlaps > 0);
}

/// The instructions that a storm takes, and whatever runs around it. `None` without valgrind.
fn instructions(storm: &str, count: u32) -> Option<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    command.arg(env::current_exe().unwrap());
    command.args(["twice_the_storm_takes_twice_the_instructions", "--exact"]);
    let output = match command.env(STORM, format!("{storm} {count}")).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let why = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{storm}: {said}{why}");
    let (_, number) = said.lines().find_map(|line| line.split_once("refs:")).unwrap();
    Some(number.trim().replace(',', "").parse().unwrap())
}

/// Plays the storm of this name and size.
fn play(storm: &str) {
    let (name, count) = storm.split_once(' ').unwrap();
    let (.., play) = STORMS.into_iter().find(|(known, ..)| *known == name).unwrap();
    play(count.parse().unwrap());
}

#[test]
#[allow(clippy::print_stderr, reason = "what was counted, or that nothing was")]
#[allow(clippy::cast_precision_loss, reason = "fewer than 2^52 instructions")]
fn twice_the_storm_takes_twice_the_instructions() {
    // This is the process whose instructions are counted.
    if let Ok(storm) = env::var(STORM) {
        return play(&storm);
    }
    // What runs around a storm.
    let Some(none) = instructions("half-open", 0) else {
        eprintln!("skipped: valgrind is not installed");
        return;
    };
    for (storm, count, _) in STORMS {
        let [once, twice] =
            [count, 2 * count].map(|count| instructions(storm, count).unwrap() - none);
        let times = twice as f64 / once as f64;
        let each = once / u64::from(count);
        eprintln!(
            "{storm}: {each} instructions each of {count}, {times:.2} times for twice as many"
        );
        assert!(times < AT_MOST, "{storm}: {once} instructions, then {twice}");
    }
}
