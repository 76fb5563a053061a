//! A connection of TCP that parsers read: both streams put together, and who reads them.

use rheos_core::{SeqNumber, Side, Timestamp};
use rheos_l7::OnTick;
use rheos_reassembly::tcp::{Assembler, Segment, StreamAssembler, StreamStats};

use crate::both::{Both, SIDES};
use crate::event::Choice;
use crate::fact::Fact;
use crate::out::Out;
use crate::probing::Probing;
use crate::reading::{Limit, Reader, Reading, State, Then};
use crate::registry::Wanted;
use crate::shared::Scene;
use crate::{SessionKey, TcpSegment, WindowScales};

/// Parsers that may hand a stream over to each other without one more segment of it: those that hand
/// over for ever would not come to an end.
const MAX_HAND_OVERS: usize = 4;

/// A connection of TCP that parsers read.
pub(crate) struct StreamSession {
    streams: Both<StreamAssembler>,
    scales: WindowScales,
    reading: Reading,
    /// Whether its parser will be told the time.
    is_timed: bool,
}

/// What an assembler knows a stream by, from what an engine knows its flow by.
fn token(index: u32, side: Side) -> u64 {
    u64::from(index) << 1 | u64::from(side == Side::Responder)
}

/// The reverse: the place of the flow, and whose stream.
pub(crate) fn from_token(token: u64) -> (u32, Side) {
    let side = if token & 1 == 0 { Side::Initiator } else { Side::Responder };
    (u32::try_from(token >> 1).unwrap_or(u32::MAX), side)
}

impl StreamSession {
    /// One that nobody reads yet.
    pub(crate) fn new(index: u32, wanted: Wanted) -> Self {
        let streams = Both::new(|side| StreamAssembler::new(token(index, side)));
        let reading = Reading::new(State::Probing(Probing::new(wanted)));
        Self { streams, scales: WindowScales::default(), reading, is_timed: false }
    }

    /// One that was announced: the parser in this place reads it.
    pub(crate) fn announced(index: u32, place: usize) -> Self {
        let mut session = Self::new(index, Wanted::default());
        let (by, pieces) = (Choice::Announced, Vec::new());
        session.reading.state = State::Chosen { place, by, pieces };
        session
    }

    /// Whether nobody reads it any more.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.reading.state, State::Over)
    }

    /// What its streams have been through.
    pub(crate) fn stats(&self) -> [StreamStats; 2] {
        SIDES.map(|side| self.streams.of(side).stats())
    }

    /// Notes by how much a side asks its windows to be scaled, in a SYN that is not here any more.
    pub(crate) fn note_scale(&mut self, side: Side, window_scale: Option<u8>) {
        let segment = Segment::new(Timestamp::default(), SeqNumber(0), &[]).syn();
        let syn = TcpSegment { segment, acknowledgment: None, window: 0, window_scale };
        self.scales.window(side, &syn);
    }

    /// Starts the stream of a side as a SYN in front of this one would have.
    pub(crate) fn begin<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        side: Side,
        syn: &Segment<'_>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
        assembler.segment(self.streams.of_mut(side), syn, &mut reader);
    }

    /// Takes a segment: what it acknowledges first, for that was said before.
    #[inline]
    pub(crate) fn segment<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        side: Side,
        tcp: &TcpSegment<'_>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let window = self.scales.window(side, tcp);
        if let Some(acknowledgment) = tcp.acknowledgment {
            let mut reader = Reader { reading: &mut self.reading, side: !side, limit: None, scene };
            let (stream, now) = (self.streams.of_mut(!side), tcp.segment.timestamp);
            assembler.acknowledged(stream, now, acknowledgment, window, &mut reader);
        }
        let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
        assembler.segment(self.streams.of_mut(side), &tcp.segment, &mut reader);
        if self.reading.waits() {
            self.settle(assembler, scene);
        }
    }

    /// Gives up holes whose time is over.
    pub(crate) fn look<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        side: Side,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let now = scene.now();
        let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
        assembler.look(self.streams.of_mut(side), now, &mut reader);
        self.settle(assembler, scene);
    }

    /// Tells the parser the time.
    pub(crate) fn tick<K: SessionKey, S, O: Out<K, S>>(&mut self, scene: &mut Scene<'_, K, S, O>) {
        self.is_timed = false;
        if let State::Parsing { place, parser } = &mut self.reading.state {
            let now = scene.now();
            let next = scene.messages(*place, Side::Initiator, |out| parser.on_tick(now, out));
            if next == OnTick::Again {
                self.time(scene);
            }
        }
    }

    /// Has the parser told the time, once.
    fn time<K: SessionKey, S, O: Out<K, S>>(&mut self, scene: &mut Scene<'_, K, S, O>) {
        if !std::mem::replace(&mut self.is_timed, true) {
            scene.time();
        }
    }

    /// Ends both streams, and gives their pages back. The parser is told of the end of each side, also of
    /// one of which nothing was captured.
    pub(crate) fn close<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        for side in SIDES {
            let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
            assembler.close(self.streams.of_mut(side), &mut reader);
            self.settle(assembler, scene);
        }
        // Of those whose end was seen in front of any byte.
        self.reading.choose();
        self.settle(assembler, scene);
        for side in SIDES {
            let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
            reader.tell(Then::end_at(self.streams.of(side).offset()));
        }
        self.reading.state = State::Over;
    }

    /// Lets a parser that has just been chosen read what waits for it, in the order in which it came.
    #[inline(never)]
    fn settle<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        for _ in 0..MAX_HAND_OVERS {
            let Some((place, by, pieces)) = self.reading.take_choice() else { return };
            let Some(parser) = scene.shared.parsers.stream(place, &scene.flow.record.key) else {
                self.reading.state = State::Over;
                return;
            };
            let name = scene.shared.parsers.name(place);
            scene.tell(Fact::Identified { parser: name, by });
            self.reading.state = State::Parsing { place, parser };
            self.time(scene);
            for (side, end, timestamp) in pieces {
                self.offer(assembler, side, Some(Limit { end, timestamp }), scene);
            }
            for side in SIDES {
                // What nobody has read is for whom the stream is handed over to.
                if self.reading.waits() {
                    break;
                }
                self.offer(assembler, side, None, scene);
                if self.reading.waits() {
                    break;
                }
                if let Some(then) = self.reading.take_kept(side) {
                    self.tell_kept(assembler, side, then, scene);
                }
            }
        }
        if self.reading.waits() {
            self.reading.state = State::Over;
        }
    }

    /// Offers what waits of a side.
    fn offer<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        side: Side,
        limit: Option<Limit>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let mut reader = Reader { reading: &mut self.reading, side, limit, scene };
        if reader.offer_kept() {
            return;
        }
        assembler.offer_unread(self.streams.of_mut(side), &mut reader);
    }

    /// Tells what came behind bytes that were kept, and offers what is behind that.
    fn tell_kept<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        assembler: &mut Assembler,
        side: Side,
        then: Then,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let mut reader = Reader { reading: &mut self.reading, side, limit: None, scene };
        reader.tell(then);
        assembler.offer_unread(self.streams.of_mut(side), &mut reader);
    }
}
