//! Segments with bytes for the same place.

use super::*;
use crate::overlap::tests::{SEGMENTS, TABLE_POLICIES};

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

/// Novak and Sturges' table, as bytes that are delivered: one row for each way two segments may lie.
#[test]
fn each_cell_of_the_table_as_bytes_of_a_stream() {
    for ((start, end), replaces) in SEGMENTS {
        for (overlap, replaced) in TABLE_POLICIES.into_iter().zip(replaces) {
            let mut talk = Talk::open(Config { overlap, ..default() });
            talk.bytes(20, &[b'a'; 10]);
            let len = usize::try_from(end - start).unwrap();
            talk.bytes(i64::try_from(start).unwrap(), &[b'b'; 30][..len]);
            // In front of both, so that no policy has anything to choose there.
            talk.bytes(0, &[b'-'; 20][..usize::try_from(start.min(20)).unwrap()]);
            let told = talk.told();
            let bytes = told.iter().flat_map(|told| match told {
                Told::Data(_, bytes) => bytes.as_slice(),
                _ => &[],
            });
            let expected = (0..end.max(30)).map(|at| {
                let (first, later) = ((20..30).contains(&at), (start..end).contains(&at));
                match (first, later) {
                    (true, true) => {
                        if replaced {
                            b'b'
                        } else {
                            b'a'
                        }
                    }
                    (true, false) => b'a',
                    (false, true) => b'b',
                    (false, false) => b'-',
                }
            });
            assert!(bytes.copied().eq(expected), "{overlap:?}, {start} to {end}: {told:?}");
        }
    }
}
