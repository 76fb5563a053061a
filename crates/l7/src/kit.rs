//! What tests of parsers need.

use std::fmt::Debug;

use rheos_core::{Side, Timestamp};

use crate::parser::SessionParser;
use crate::session::{Session, SessionState};

/// Ways of splitting that are tried where there are too many for all of them.
const MAX_WAYS: usize = 400;

/// What is said on a stream, in turns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    turns: Vec<(Side, Vec<u8>)>,
}

impl Conversation {
    /// A turn more of the side that opened the stream.
    #[must_use]
    pub fn initiator(self, bytes: impl AsRef<[u8]>) -> Self {
        self.turn(Side::Initiator, bytes)
    }

    /// A turn more of the side that answers.
    #[must_use]
    pub fn responder(self, bytes: impl AsRef<[u8]>) -> Self {
        self.turn(Side::Responder, bytes)
    }

    /// A turn more.
    #[must_use]
    pub fn turn(mut self, side: Side, bytes: impl AsRef<[u8]>) -> Self {
        self.turns.push((side, bytes.as_ref().to_vec()));
        self
    }

    /// What one side alone says, as a capture of one direction has it.
    fn only(&self, side: Side) -> Self {
        Self { turns: self.turns.iter().filter(|(whose, _)| *whose == side).cloned().collect() }
    }

    /// Bytes of all turns.
    fn len(&self) -> usize {
        self.turns.iter().map(|(_, bytes)| bytes.len()).sum()
    }
}

/// Bytes of the side that opened the stream.
impl From<&[u8]> for Conversation {
    fn from(bytes: &[u8]) -> Self {
        Self::default().initiator(bytes)
    }
}

impl<const N: usize> From<&[u8; N]> for Conversation {
    fn from(bytes: &[u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<&Conversation> for Conversation {
    fn from(conversation: &Conversation) -> Self {
        conversation.clone()
    }
}

/// Drives a parser through a conversation to its end, each turn as one piece, and returns its messages
/// and what became of it. All bytes come at the same time.
pub fn messages<P: SessionParser>(
    parser: P,
    conversation: impl Into<Conversation>,
) -> (Vec<P::Message>, SessionState) {
    run(parser, &conversation.into(), |_| usize::MAX)
}

/// Drives a parser through a conversation as a whole, byte by byte, and in many other pieces, and
/// compares the messages by their `Debug` text. The same is done with what each side says alone, while the
/// other ends without a word.
///
/// ```
/// use rheos_l7::{Lines, kit};
///
/// kit::check_split_invariance(&Lines::default().parser("chat"), b"one\r\ntwo\r\n");
/// ```
///
/// # Panics
///
/// Some split gives other messages or another end than the whole.
#[track_caller]
pub fn check_split_invariance<P: SessionParser + Clone>(
    parser: &P,
    conversation: impl Into<Conversation>,
) {
    let conversation = conversation.into();
    check_splits(parser, &conversation);
    for side in [Side::Initiator, Side::Responder] {
        let alone = conversation.only(side);
        if !alone.turns.is_empty() && alone != conversation {
            check_splits(parser, &alone);
        }
    }
}

#[track_caller]
fn check_splits<P: SessionParser + Clone>(parser: &P, conversation: &Conversation) {
    let whole = texts(parser.clone(), conversation, |_| usize::MAX);
    let check = |way: &str, pieces: &mut dyn FnMut(usize) -> usize| {
        let split = texts(parser.clone(), conversation, pieces);
        assert_eq!(split, whole, "split {way} gives what is on the left, the whole what is right");
    };
    check("byte by byte", &mut |_| 1);
    // In two, at every place if they are few.
    let step = conversation.len().div_ceil(MAX_WAYS).max(1);
    for cut in (1..conversation.len()).step_by(step) {
        let to_cut = |at| if at < cut { cut.saturating_sub(at) } else { usize::MAX };
        check(&format!("in two at byte {cut}"), &mut { to_cut });
    }
    for seed in 1..20_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        check(&format!("by seed {seed}"), &mut |_| {
            // xorshift64: any other order of numbers would do.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            1_usize.saturating_add(usize::try_from(state >> 59).unwrap_or_default())
        });
    }
}

fn texts<P: SessionParser>(
    parser: P,
    conversation: &Conversation,
    pieces: impl FnMut(usize) -> usize,
) -> (Vec<String>, SessionState)
where
    P::Message: Debug,
{
    let (messages, state) = run(parser, conversation, pieces);
    (messages.iter().map(|message| format!("{message:?}")).collect(), state)
}

/// Drives a parser; the closure says how many bytes the next piece may have, given how many were
/// before it in all turns.
fn run<P: SessionParser>(
    parser: P,
    conversation: &Conversation,
    mut pieces: impl FnMut(usize) -> usize,
) -> (Vec<P::Message>, SessionState) {
    let (mut session, mut messages) = (Session::new(parser), Vec::new());
    let now = Timestamp::default();
    let mut at = 0_usize;
    for (side, bytes) in &conversation.turns {
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(pieces(at).clamp(1, rest.len()));
            at = at.saturating_add(piece.len());
            session.data(*side, now, piece, &mut |message| messages.push(message));
            rest = behind;
        }
    }
    for side in [Side::Initiator, Side::Responder] {
        session.end(side, now, &mut |message| messages.push(message));
    }
    (messages, session.state().clone())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::parser::{Failure, Input};

    /// A parser that makes a message of whatever comes at once.
    #[derive(Clone)]
    struct Hasty;

    impl SessionParser for Hasty {
        type Message = Vec<u8>;

        fn name(&self) -> &'static str {
            "hasty"
        }

        fn feed(
            &mut self,
            input: &Input<'_>,
            out: &mut dyn FnMut(Self::Message),
        ) -> Result<usize, Failure> {
            out(input.bytes.to_vec());
            Ok(input.bytes.len())
        }
    }

    #[test]
    fn a_parser_that_hangs_on_the_split_is_found() {
        let check = || check_split_invariance(&Hasty, b"ab");
        assert!(catch_unwind(AssertUnwindSafe(check)).is_err());
        check_split_invariance(&Hasty, b"a");
    }

    /// A parser that makes a message of all that a side says, and hangs on the split where the other says
    /// nothing.
    #[derive(Clone, Default)]
    struct Lonely {
        heard: [bool; 2],
        pieces: usize,
    }

    impl SessionParser for Lonely {
        type Message = usize;

        fn name(&self) -> &'static str {
            "lonely"
        }

        fn feed(
            &mut self,
            input: &Input<'_>,
            _: &mut dyn FnMut(Self::Message),
        ) -> Result<usize, Failure> {
            self.heard[input.side as usize] = true;
            self.pieces += 1;
            Ok(input.bytes.len())
        }

        fn on_end(&mut self, _: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
            out(if self.heard == [true; 2] { 0 } else { self.pieces });
        }
    }

    #[test]
    fn a_parser_that_hangs_on_the_split_where_one_side_is_silent_is_found() {
        let check = |conversation: Conversation| {
            catch_unwind(AssertUnwindSafe(|| {
                check_split_invariance(&Lonely::default(), conversation);
            }))
        };
        let talk = |answer| Conversation::default().initiator("a").responder(answer);
        assert!(check(talk("b")).is_ok());
        assert!(check(talk("bc")).is_err());
    }

    #[test]
    fn turns_keep_their_order() {
        let conversation = Conversation::default().initiator("a").responder("b").initiator("c");
        let (said, state) = messages(Hasty, &conversation);
        assert_eq!(
            (said, state),
            (vec![b"a".to_vec(), b"b".to_vec(), b"c".to_vec()], SessionState::Running)
        );
    }
}
