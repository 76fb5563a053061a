//! What becomes of a connection whose parser cannot go on.

use rheos_core::{Side, Timestamp};
use rheos_l7::{Failure, Input};

use crate::SessionKey;
use crate::event::Choice;
use crate::out::Out;
use crate::probing::Probing;
use crate::reading::{Reader, State};
use crate::registry::Transport;

impl<K: SessionKey, S, O: Out<K, S>> Reader<'_, '_, K, S, O> {
    /// The parser in this place could not go on with these bytes. Says how many of them are done with.
    #[cold]
    pub(crate) fn failed(&mut self, place: usize, failure: Failure, input: &Input<'_>) -> usize {
        self.fail(failure, input.timestamp);
        let has_asked = &mut self.reading.has_asked_others;
        if input.offset == 0 && !std::mem::replace(has_asked, true) {
            if self.ask_others(place, input.bytes) {
                return 0;
            }
            self.leave_to_other();
        }
        input.bytes.len()
    }

    /// Asks about the first bytes of a side, with which the parser that was chosen by the other side could
    /// not go on: who calls may take the server for another one. Returns whether one knows them.
    fn ask_others(&mut self, failed: usize, bytes: &[u8]) -> bool {
        let parsers = &self.scene.shared.parsers;
        let mut wanted = parsers.wanted(Transport::Stream, None);
        wanted.candidates.remove(failed);
        let sides = if self.side == Side::Initiator { [bytes, &[]] } else { [&[], bytes] };
        let Some(place) = parsers.ask_stream(&mut wanted, sides) else { return false };
        self.reading.state = State::Chosen { place, by: Choice::Content, pieces: Vec::new() };
        true
    }

    /// Nobody knows the first bytes of a side: what answers them may be known alone, as a server's complaint is.
    fn leave_to_other(&mut self) {
        self.reading.stop(self.side);
        if !*self.reading.stopped.of(!self.side) {
            let wanted = self.scene.shared.parsers.wanted(Transport::Stream, None);
            self.reading.state = State::Probing(Probing::new(wanted));
        }
    }

    /// Ends a parser that cannot go on: what it holds is told, as where both sides end.
    pub(crate) fn fail(&mut self, failure: Failure, timestamp: Timestamp) {
        let state = std::mem::replace(&mut self.reading.state, State::Over);
        let State::Parsing { place, mut parser } = state else { return };
        for side in [self.side, !self.side] {
            if !*self.reading.stopped.of(side) {
                let input = Input::new(side, timestamp, &[]);
                self.scene.messages(place, side, |out| parser.on_end(&input, out));
            }
        }
        self.scene.failed(place, self.side, failure);
    }
}
