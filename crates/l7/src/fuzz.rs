//! What must hold of any pieces of any streams and datagrams for any parser: what the bodies of fuzz
//! targets, and the tests that play their seeds, are made of.

use rheos_core::{Side, Timestamp};

use crate::parser::{DatagramParser, Input, SessionParser};
use crate::session::{Session, SessionState};

/// A step of a conversation. On the wire it is three bytes and what is said: the upper bit of the first
/// is the side and the next bit a gap; the others are the seconds since the step before. Then follow the
/// bytes of each piece, or the length of a gap, and how many bytes are said.
#[derive(Clone, Copy)]
struct Step<'a> {
    side: Side,
    is_gap: bool,
    time: Timestamp,
    size: u8,
    bytes: &'a [u8],
}

impl Step<'_> {
    /// Whether the same side goes on at the same time.
    fn goes_on(&self, next: &Self) -> bool {
        !self.is_gap && !next.is_gap && self.side == next.side && self.time == next.time
    }
}

fn steps(mut bytes: &[u8]) -> Vec<Step<'_>> {
    let (mut steps, mut seconds) = (Vec::new(), 0_i64);
    while let [control, size, len, rest @ ..] = bytes {
        let side = if control & 0x80 == 0 { Side::Initiator } else { Side::Responder };
        seconds = seconds.saturating_add(i64::from(control & 0x3f));
        let time = Timestamp::from_secs(seconds, 0);
        let (said, rest) = rest.split_at_checked(usize::from(*len)).unwrap_or((rest, &[]));
        steps.push(Step { side, is_gap: control & 0x40 != 0, time, size: *size, bytes: said });
        bytes = rest;
    }
    steps
}

/// Plays a conversation to a parser in pieces and as a whole, in which all that a side says at once is
/// one piece, and returns the messages. What each side says is played alone too, as a capture of one
/// direction has it.
///
/// # Panics
///
/// The parser says different things, comes to different ends, or panics.
pub(crate) fn session<P: SessionParser + Clone>(parser: &P, bytes: &[u8]) -> Vec<P::Message> {
    let steps = steps(bytes);
    for side in [Side::Initiator, Side::Responder] {
        let alone: Vec<_> = steps.iter().filter(|step| step.side == side).copied().collect();
        if alone.len() < steps.len() {
            in_both_ways(parser, &alone);
        }
    }
    in_both_ways(parser, &steps)
}

fn in_both_ways<P: SessionParser + Clone>(parser: &P, steps: &[Step<'_>]) -> Vec<P::Message> {
    let (whole, end) = play(parser.clone(), steps, Way::Whole);
    let (split, split_end) = play(parser.clone(), steps, Way::Pieces);
    assert_eq!(format!("{whole:?}"), format!("{split:?}"), "a whole and its pieces say the same");
    assert_eq!(end, split_end, "a whole and its pieces come to the same end");
    whole
}

/// What is handed over at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All that a side says at once.
    Whole,
    /// As many bytes as each step says.
    Pieces,
}

fn play<P: SessionParser>(
    parser: P,
    steps: &[Step<'_>],
    way: Way,
) -> (Vec<P::Message>, SessionState) {
    let (mut session, mut messages) = (Session::new(parser), Vec::new());
    let mut push = |message| messages.push(message);
    let mut last = Timestamp::default();
    for turn in steps.chunk_by(|step, next| way == Way::Whole && step.goes_on(next)) {
        let [Step { side, is_gap, time, size, .. }, ..] = *turn else { continue };
        last = time;
        if is_gap {
            session.gap(side, size.into(), &mut push);
            continue;
        }
        let said: Vec<u8> = turn.iter().flat_map(|step| step.bytes).copied().collect();
        let size = if way == Way::Whole { usize::MAX } else { usize::from(size).max(1) };
        said.chunks(size).for_each(|piece| session.data(side, time, piece, &mut push));
    }
    for side in [Side::Initiator, Side::Responder] {
        session.end(side, last, &mut push);
    }
    (messages, session.state().clone())
}

/// Plays datagrams to a parser, and returns the messages. What is no datagram of the protocol is
/// refused, and the next is taken.
///
/// # Panics
///
/// The parser panics.
#[cfg(any(feature = "dns", feature = "tls"))]
pub(crate) fn datagrams<P: DatagramParser>(mut parser: P, bytes: &[u8]) -> Vec<P::Message> {
    let mut messages = Vec::new();
    let mut last = Timestamp::default();
    for step in steps(bytes) {
        let _ = parser.probe(step.bytes);
        last = step.time;
        if step.is_gap {
            parser.on_tick(last, &mut |message| messages.push(message));
        }
        let input = Input::new(step.side, step.time, step.bytes);
        let input = if step.size > 0x7f { input.cut() } else { input };
        let _ = parser.datagram(&input, &mut |message| messages.push(message));
    }
    parser.on_end(last, &mut |message| messages.push(message));
    messages
}

/// Conversations for tests.
#[cfg(test)]
pub(crate) mod any {
    use proptest::prelude::*;

    /// Plays any bytes, and any conversations of these words.
    pub(crate) fn hold<W>(of: &'static [W], play: fn(&[u8]))
    where
        W: AsRef<[u8]> + Clone + std::fmt::Debug + 'static,
    {
        proptest!(|(conversation in bytes())| play(&conversation));
        proptest!(|(conversation in words(of))| play(&conversation));
    }

    /// Any bytes.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..300)
    }

    /// Conversations of these words, with gaps, in pieces of some bytes.
    pub(crate) fn words<W>(words: &'static [W]) -> impl Strategy<Value = Vec<u8>>
    where
        W: AsRef<[u8]> + Clone + std::fmt::Debug + 'static,
    {
        // Now and then the other side goes on, bytes are lost, and time passes.
        let rare = |weight| prop::bool::weighted(weight);
        let step = (rare(0.2), rare(0.03), rare(0.1), 1..9_u8, prop::sample::select(words));
        prop::collection::vec(step, 0..40).prop_map(|steps| {
            let (mut bytes, mut side) = (Vec::new(), 0);
            for (is_turn, is_gap, is_later, size, word) in steps {
                let word = if is_gap { &[] } else { word.as_ref() };
                side ^= u8::from(is_turn) << 7;
                let control = side | u8::from(is_gap) << 6 | u8::from(is_later);
                bytes.extend([control, size, u8::try_from(word.len()).unwrap()]);
                bytes.extend_from_slice(word);
            }
            bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    use super::*;
    use crate::parser::Failure;

    /// Plays every seed of a target, whole and cut.
    #[track_caller]
    fn replay(target: &str, play: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        // A crate by itself has no seeds beside it.
        let Ok(seeds) = fs::read_dir(&folder) else { return };
        let mut played = 0;
        for seed in seeds {
            let bytes = fs::read(seed.unwrap().path()).unwrap();
            play(&bytes);
            for cut in (0..bytes.len()).step_by(bytes.len().div_ceil(50)) {
                play(&bytes[..cut]);
            }
            played += 1;
        }
        assert!(played > 0, "{target} has seeds");
    }

    #[test]
    fn every_seed_holds() {
        replay("files", crate::files::fuzz);
        replay("frames", crate::fuzz_frames);
        replay("ftp", crate::ftp::fuzz);
        replay("http", crate::http::fuzz);
        replay("smtp", crate::smtp::fuzz);
        replay("ssh", crate::ssh::fuzz);
        replay("starttls", crate::starttls::fuzz);
    }

    #[cfg(feature = "dns")]
    #[test]
    fn every_seed_of_dns_holds() {
        replay("dns", crate::dns::fuzz);
    }

    #[cfg(feature = "tls")]
    #[test]
    fn every_seed_of_tls_holds() {
        replay("tls", crate::tls::fuzz);
    }

    #[test]
    fn steps_carry_any_byte() {
        let bytes = b"\x01\x02\x03\0>\0\x80\x01\x01<\x40\x07\0\xc1\x09\xffrest";
        let told = steps(bytes).into_iter().map(|step| {
            (step.side, step.is_gap, step.time.seconds(), step.size, step.bytes.to_vec())
        });
        let (asks, answers) = (Side::Initiator, Side::Responder);
        let expected = [
            (asks, false, 1, 2, b"\0>\0".to_vec()),
            (answers, false, 1, 1, b"<".to_vec()),
            (asks, true, 1, 7, Vec::new()),
            (answers, true, 2, 9, b"rest".to_vec()),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    /// Tells how many bytes come at once.
    #[derive(Clone)]
    struct Hasty;

    impl SessionParser for Hasty {
        type Message = usize;

        fn name(&self) -> &'static str {
            "hasty"
        }

        fn feed(
            &mut self,
            input: &Input<'_>,
            out: &mut dyn FnMut(usize),
        ) -> Result<usize, Failure> {
            out(input.bytes.len());
            Ok(input.bytes.len())
        }
    }

    #[test]
    fn a_parser_that_hangs_on_the_split_is_found() {
        let is_found =
            |bytes: &[u8]| catch_unwind(AssertUnwindSafe(|| session(&Hasty, bytes))).is_err();
        // A step in two pieces, and two steps of one side at the same time.
        assert!(is_found(b"\0\x01\x02ab") && is_found(b"\0\x09\x01a\0\x09\x01b"));
        assert!(!is_found(b"\0\x09\x01a\x80\x09\x01b\x81\x09\x01c"));
    }
}
