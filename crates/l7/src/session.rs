//! One parser on one stream, without an engine.

use rheos_core::{Side, Timestamp};

use crate::parser::{Failure, Input, OnGap, SessionParser};

/// Bytes of a side that a parser may leave unread before they are taken from it. The longest heads
/// and handshakes in use are of tens of kilobytes; a parser that waits for more than this waits for
/// ever, and would hold all that the other end sends.
pub const MAX_UNREAD: usize = 1 << 20;

/// Drives one parser: keeps what it has not read, and its end as a value.
///
/// Bytes of each side are given in the order of the stream. What the parser leaves is offered again in
/// front of the next bytes of the same side.
///
/// ```
/// use rheos_l7::{Lines, Session, Side, Timestamp};
///
/// let mut session = Session::new(Lines::default().parser("chat"));
/// let (now, mut said) = (Timestamp::default(), Vec::new());
/// session.data(Side::Initiator, now, b"hel", &mut |line| said.push(line.message));
/// session.data(Side::Responder, now, b"hi\n", &mut |line| said.push(line.message));
/// session.data(Side::Initiator, now, b"lo\nthe", &mut |line| said.push(line.message));
/// assert_eq!(said, [b"hi".to_vec(), b"hello".to_vec()]);
/// assert_eq!(session.unread(Side::Initiator), b"the");
/// ```
#[derive(Clone, Debug)]
pub struct Session<P> {
    parser: P,
    sides: [Unread; 2],
    max_unread: usize,
    state: SessionState,
}

/// How far a parser is with its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// It reads.
    Running,
    /// Nothing more will come of this stream.
    Done,
    /// It cannot go on behind a gap.
    Stopped,
    /// It cannot go on.
    Failed(Failure),
    /// The parser of this name goes on: see [`Session::hand_over_to`].
    HandedOver(&'static str),
}

/// What a parser has not read of a side.
#[derive(Clone, Debug, Default)]
struct Unread {
    bytes: Vec<u8>,
    /// Bytes of the side in front of them, gaps included.
    offset: u64,
    timestamp: Timestamp,
    is_over: bool,
}

impl<P: SessionParser> Session<P> {
    /// A parser at the start of a stream.
    pub fn new(parser: P) -> Self {
        let (sides, state) = ([Unread::default(), Unread::default()], SessionState::Running);
        Self { parser, sides, max_unread: MAX_UNREAD, state }
    }

    /// The same with another bound for the bytes of a side that the parser leaves unread.
    #[must_use]
    pub fn with_max_unread(self, max_unread: usize) -> Self {
        Self { max_unread, ..self }
    }

    /// Bytes of a side, which follow those before.
    pub fn data(
        &mut self,
        side: Side,
        timestamp: Timestamp,
        bytes: &[u8],
        out: &mut dyn FnMut(P::Message),
    ) {
        let at = self.side(side);
        at.timestamp = timestamp;
        if at.is_over {
            let unread = std::mem::take(&mut at.bytes);
            at.offset =
                at.offset.saturating_add((unread.len() as u64).saturating_add(bytes.len() as u64));
            return;
        }
        if at.bytes.is_empty() {
            // Nothing is kept of what is read at once.
            let offset = at.offset;
            let read = self.feed(&Input::new(side, timestamp, bytes).at(offset), out);
            let at = self.side(side);
            at.offset = offset.saturating_add(read as u64);
            at.bytes.extend_from_slice(bytes.get(read..).unwrap_or_default());
        } else {
            at.bytes.extend_from_slice(bytes);
            let (unread, offset) = (std::mem::take(&mut at.bytes), at.offset);
            let read = self.feed(&Input::new(side, timestamp, &unread).at(offset), out);
            let at = self.side(side);
            at.bytes = unread;
            at.read(read);
        }
        if self.state == SessionState::Running && self.side(side).bytes.len() > self.max_unread {
            // Those bytes were there, and are no longer: a gap of nothing behind them.
            self.gap(side, 0, out);
        }
    }

    /// Bytes of a side are missing.
    pub fn gap(&mut self, side: Side, len: u64, out: &mut dyn FnMut(P::Message)) {
        let at = self.side(side);
        let unread = std::mem::take(&mut at.bytes);
        at.offset = at.offset.saturating_add(unread.len() as u64).saturating_add(len);
        if at.is_over || self.state != SessionState::Running {
            return;
        }
        match self.parser.on_gap(side, len, &unread, out) {
            OnGap::Resync => {}
            OnGap::StopSide => self.stop(side),
            OnGap::Stop => self.state = SessionState::Stopped,
        }
        self.look();
    }

    /// A side ends.
    pub fn end(&mut self, side: Side, timestamp: Timestamp, out: &mut dyn FnMut(P::Message)) {
        let at = self.side(side);
        if std::mem::replace(&mut at.is_over, true) {
            return;
        }
        let (unread, offset) = (std::mem::take(&mut at.bytes), at.offset);
        if self.state == SessionState::Running {
            self.parser.on_end(&Input::new(side, timestamp, &unread).at(offset), out);
            self.look();
        }
        let at = self.side(side);
        at.offset = offset.saturating_add(unread.len() as u64);
    }

    /// Time has passed without bytes.
    pub fn tick(&mut self, now: Timestamp, out: &mut dyn FnMut(P::Message)) {
        if self.state == SessionState::Running {
            self.parser.on_tick(now, out);
        }
    }

    /// Gives the stream to another parser, with the bytes that this one has not read. Offsets go on.
    #[must_use]
    pub fn hand_over_to<Q: SessionParser>(
        self,
        parser: Q,
        out: &mut dyn FnMut(Q::Message),
    ) -> Session<Q> {
        let kept = self.sides.each_ref().map(|at| Unread { bytes: Vec::new(), ..at.clone() });
        let (max_unread, state) = (self.max_unread, SessionState::Running);
        let mut session = Session { parser, sides: kept, max_unread, state };
        for (side, unread) in [Side::Initiator, Side::Responder].into_iter().zip(self.sides) {
            if !unread.bytes.is_empty() {
                session.data(side, unread.timestamp, &unread.bytes, out);
            }
        }
        session
    }

    /// How far the parser is.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// Why the parser cannot go on, if it cannot.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            SessionState::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// The bytes of a side that the parser has not read.
    pub fn unread(&self, side: Side) -> &[u8] {
        let [initiator, responder] = &self.sides;
        if side == Side::Initiator { &initiator.bytes } else { &responder.bytes }
    }

    /// How many bytes of a side stand in front of those that the parser has not read, gaps included.
    pub fn offset(&self, side: Side) -> u64 {
        let [initiator, responder] = &self.sides;
        if side == Side::Initiator { initiator.offset } else { responder.offset }
    }

    /// The parser.
    pub fn parser(&self) -> &P {
        &self.parser
    }

    /// The parser, for what it was told to expect.
    pub fn parser_mut(&mut self) -> &mut P {
        &mut self.parser
    }

    /// Feeds the parser and says how much it read. Bytes for one that has ended count as read, but for
    /// those that another parser is to take over.
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(P::Message)) -> usize {
        match self.state {
            SessionState::Running => {}
            SessionState::HandedOver(_) => return 0,
            _ => return input.bytes.len(),
        }
        match self.parser.feed(input, out) {
            Ok(read) if read <= input.bytes.len() => {
                self.look();
                read
            }
            Ok(read) => {
                let have = input.bytes.len();
                let reason = format!("parser says that it read {read} bytes of {have}");
                self.fail(input, Failure::new(reason), out);
                have
            }
            Err(failure) => {
                self.fail(input, failure, out);
                input.bytes.len()
            }
        }
    }

    /// Ends a parser that cannot go on: what it holds is told, as where both sides end.
    fn fail(&mut self, input: &Input<'_>, failure: Failure, out: &mut dyn FnMut(P::Message)) {
        self.state = SessionState::Failed(failure);
        for side in [input.side, !input.side] {
            if !self.side(side).is_over {
                self.parser.on_end(&Input::new(side, input.timestamp, &[]), out);
            }
        }
    }

    /// Asks the parser what it has come to.
    fn look(&mut self) {
        if self.state != SessionState::Running {
        } else if let Some(name) = self.parser.hand_over() {
            self.state = SessionState::HandedOver(name);
        } else if self.parser.is_done() {
            self.state = SessionState::Done;
        }
    }

    fn stop(&mut self, side: Side) {
        self.side(side).is_over = true;
        if self.sides.iter().all(|at| at.is_over) {
            self.state = SessionState::Stopped;
        }
    }

    fn side(&mut self, side: Side) -> &mut Unread {
        let [initiator, responder] = &mut self.sides;
        if side == Side::Initiator { initiator } else { responder }
    }
}

impl Unread {
    /// Takes bytes off the front.
    fn read(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        self.offset = self.offset.saturating_add(count as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Lines;

    /// Does what the first byte says.
    #[derive(Clone, Default)]
    struct Puppet {
        gaps: Vec<(u64, Vec<u8>)>,
        on_gap: Option<OnGap>,
        is_done: bool,
        next: Option<&'static str>,
    }

    impl SessionParser for Puppet {
        type Message = (u64, Vec<u8>);

        fn name(&self) -> &'static str {
            "puppet"
        }

        fn feed(
            &mut self,
            input: &Input<'_>,
            out: &mut dyn FnMut(Self::Message),
        ) -> Result<usize, Failure> {
            match input.bytes {
                [b'f', ..] => return Err(Failure::new("told to")),
                [b'd', ..] => self.is_done = true,
                [b'h', ..] => self.next = Some("other"),
                [b'm', ..] => return Ok(input.bytes.len() + 1),
                [b'w', ..] => return Ok(0),
                _ => {}
            }
            out((input.offset, input.bytes.to_vec()));
            Ok(1)
        }

        fn on_gap(
            &mut self,
            _: Side,
            len: u64,
            unread: &[u8],
            _: &mut dyn FnMut(Self::Message),
        ) -> OnGap {
            self.gaps.push((len, unread.to_vec()));
            self.on_gap.unwrap_or(OnGap::Resync)
        }

        fn is_done(&self) -> bool {
            self.is_done
        }

        fn hand_over(&self) -> Option<&'static str> {
            self.next
        }
    }

    const NOW: Timestamp = Timestamp::from_nanos(7);

    fn data(session: &mut Session<Puppet>, side: Side, bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut said = Vec::new();
        session.data(side, NOW, bytes, &mut |message| said.push(message));
        said
    }

    #[test]
    fn what_is_left_comes_again_with_its_offset() {
        let mut session = Session::new(Puppet::default());
        assert_eq!(data(&mut session, Side::Initiator, b"ab"), [(0, b"ab".to_vec())]);
        assert_eq!(data(&mut session, Side::Initiator, b"c"), [(1, b"bc".to_vec())]);
        assert_eq!(data(&mut session, Side::Responder, b"x"), [(0, b"x".to_vec())]);
        assert_eq!(
            (session.unread(Side::Initiator), session.offset(Side::Initiator)),
            (&b"c"[..], 2)
        );
    }

    #[test]
    fn a_failure_is_a_value_and_ends_the_parser_only() {
        let mut session = Session::new(Puppet::default());
        data(&mut session, Side::Initiator, b"fail");
        assert_eq!(session.failure().map(Failure::reason), Some("told to"));
        assert!(data(&mut session, Side::Responder, b"more").is_empty());
        assert_eq!(session.offset(Side::Responder), 4);
    }

    #[test]
    fn a_parser_that_reads_more_than_there_is_fails() {
        let mut session = Session::new(Puppet::default());
        data(&mut session, Side::Initiator, b"mad");
        let reason = session.failure().map(Failure::reason);
        assert_eq!(reason, Some("parser says that it read 4 bytes of 3"));
    }

    #[test]
    fn too_many_unread_bytes_are_taken_away_and_told_as_a_gap() {
        let mut session = Session::new(Puppet::default()).with_max_unread(3);
        data(&mut session, Side::Initiator, b"wai");
        assert!(session.parser().gaps.is_empty());
        data(&mut session, Side::Initiator, b"t");
        assert_eq!(session.parser().gaps, [(0, b"wait".to_vec())]);
        assert_eq!(data(&mut session, Side::Initiator, b"a"), [(4, b"a".to_vec())]);
    }

    #[test]
    fn behind_a_gap_the_parser_decides() {
        let mut session = Session::new(Puppet::default());
        data(&mut session, Side::Initiator, b"w");
        session.gap(Side::Initiator, 10, &mut |_| {});
        assert_eq!(session.parser().gaps, [(10, b"w".to_vec())]);
        assert_eq!(data(&mut session, Side::Initiator, b"a"), [(11, b"a".to_vec())]);
        session.parser_mut().on_gap = Some(OnGap::StopSide);
        session.gap(Side::Initiator, 1, &mut |_| {});
        assert!(data(&mut session, Side::Initiator, b"a").is_empty());
        assert_eq!(data(&mut session, Side::Responder, b"b"), [(0, b"b".to_vec())]);
        assert_eq!(session.state(), &SessionState::Running);
        session.gap(Side::Responder, 1, &mut |_| {});
        assert_eq!(session.state(), &SessionState::Stopped);
    }

    #[test]
    fn a_parser_that_is_done_is_not_asked_again() {
        let mut session = Session::new(Puppet::default());
        data(&mut session, Side::Initiator, b"d");
        assert_eq!(session.state(), &SessionState::Done);
        assert!(data(&mut session, Side::Initiator, b"a").is_empty());
    }

    #[test]
    fn another_parser_takes_over_at_the_byte_where_the_first_stopped() {
        let mut session = Session::new(Puppet::default());
        data(&mut session, Side::Responder, b"wx");
        data(&mut session, Side::Initiator, b"hone\ntw");
        assert_eq!(session.state(), &SessionState::HandedOver("other"));
        data(&mut session, Side::Initiator, b"o\n");
        let mut said = Vec::new();
        let lines = Lines::default().parser("lines");
        let next = session.hand_over_to(lines, &mut |line| said.push((line.side, line.message)));
        let expected = [(Side::Initiator, b"one".to_vec()), (Side::Initiator, b"two".to_vec())];
        assert_eq!(said, expected);
        assert_eq!((next.offset(Side::Initiator), next.unread(Side::Responder)), (9, &b"wx"[..]));
    }
}
