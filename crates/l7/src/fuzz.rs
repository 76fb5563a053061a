//! What must hold of any bytes for any parser of streams: for fuzzers, and for the tests here.

use rheos_core::{Side, Timestamp};

use crate::parser::SessionParser;
use crate::session::{Session, SessionState};

/// A piece of what is said.
enum Step<'a> {
    Data(Side, &'a [u8]),
    Gap(Side, u64),
}

/// Plays a conversation to a parser, in pieces and as a whole, and compares what it says. The first
/// byte is the size of the pieces. In the rest, a byte of zero and one more start a turn: `>` one of the
/// initiator, `<` one of the responder; `?` and a length are a gap of the side that speaks.
///
/// # Panics
///
/// The parser says different things, or panics.
pub(crate) fn session<P: SessionParser + Clone>(parser: &P, bytes: &[u8]) {
    let Some((size, text)) = bytes.split_first() else { return };
    let steps = steps(text);
    let whole = play(parser.clone(), &steps, usize::MAX);
    let split = play(parser.clone(), &steps, usize::from(*size).max(1));
    assert_eq!(whole, split, "a whole and its pieces say the same");
}

fn steps(text: &[u8]) -> Vec<Step<'_>> {
    let (mut side, mut steps) = (Side::Initiator, Vec::new());
    let mut parts = text.split(|byte| *byte == 0);
    if let Some(first) = parts.next() {
        steps.push(Step::Data(side, first));
    }
    for part in parts {
        let (mark, rest) = part.split_first().unwrap_or((&0, &[]));
        let rest = match mark {
            b'>' | b'<' => {
                side = if *mark == b'>' { Side::Initiator } else { Side::Responder };
                rest
            }
            b'?' => {
                let (len, rest) = rest.split_first().unwrap_or((&0, &[]));
                steps.push(Step::Gap(side, u64::from(*len)));
                rest
            }
            _ => part,
        };
        steps.push(Step::Data(side, rest));
    }
    steps
}

fn play<P: SessionParser>(
    parser: P,
    steps: &[Step<'_>],
    size: usize,
) -> (Vec<String>, SessionState) {
    let (mut session, mut texts) = (Session::new(parser), Vec::new());
    let now = Timestamp::default();
    let mut push = |message: P::Message| texts.push(format!("{message:?}"));
    for step in steps {
        match *step {
            Step::Data(side, bytes) => {
                bytes.chunks(size).for_each(|piece| session.data(side, now, piece, &mut push));
            }
            Step::Gap(side, len) => session.gap(side, len, &mut push),
        }
    }
    for side in [Side::Initiator, Side::Responder] {
        session.end(side, now, &mut push);
    }
    (texts, session.state().clone())
}
