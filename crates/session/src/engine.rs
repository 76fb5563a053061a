//! The engine: packets in, events out.

use rheos_core::{PacketSource, RawPacket, Side, Timestamp};
use rheos_flow::{FiveTuple, FlowExtractor, FlowId, FlowTracker, Process, TrackerStats};
use rheos_l7::{DatagramParserFactory, SessionParser, SessionParserFactory};
use rheos_reassembly::tcp::{Assembler, AssemblerStats, StreamStats};

use crate::awaited::{Expected, Parent, Relation};
use crate::event::Flow;
use crate::fact::{Fact, News};
use crate::message::Asked;
use crate::out::{Head, Lend, Order, Out};
use crate::owned::{Keep, Kept};
use crate::pressure::Pressure;
use crate::registry::{Factory, MAX_PARSERS, ParserStats, Parsers};
use crate::sessions::Sessions;
use crate::telling::{Gather, Gone, Telling};
use crate::{Defragment, EngineBuilder, Events, Pull, SessionKey, Sink};

mod control;

/// Flows that ended at once, above which the room for them is given back.
const MANY: usize = 4096;

/// Tracks flows, puts their streams together, and lets parsers read them.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_session::{Engine, Event, EventKind};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
///
/// let mut engine = Engine::builder().build();
/// let mut ends = 0;
/// let mut sink = |event: &Event<'_, _>| ends += u32::from(matches!(event.kind, EventKind::Ended { .. }));
/// engine.packet(&raw, &mut sink);
/// engine.finish(&mut sink);
/// assert_eq!(ends, 1);
/// ```
///
/// Events come in the order of the packets that bring them about, and of one packet in this order:
/// what the passing of time brings, flow by flow in the order of their starts; then what is odd about all
/// flows; then what the packet does to its flow; then what its bytes do to parsers; then what is odd in
/// the packet.
pub struct Engine<E: FlowExtractor = FiveTuple, S: Process = ()> {
    tracker: FlowTracker<E, S>,
    sessions: Sessions<E::Key>,
    /// What puts fragments together, in front of all else.
    pub(crate) defragment: Option<Box<Defragment>>,
    pub(crate) events: Events,
    /// Packets so far.
    packets: u64,
    now: Timestamp,
    /// When the next second starts, in which what is due is looked at.
    due: Timestamp,
    awaited: Expected,
    /// The flow of the packet taken last.
    last: Option<FlowId>,
    gone: Vec<Gone<E::Key, S>>,
    pressure: Pressure,
    holes: Vec<(u64, FlowId, Side)>,
    ticks: Vec<(u64, FlowId)>,
}

/// What an engine has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStats {
    /// Packets and flows.
    pub tracker: TrackerStats,
    /// Each parser and what it has done, in the order in which they were added.
    pub parsers: Vec<(&'static str, ParserStats)>,
    /// What the streams that were put together and are over have been through.
    pub streams: StreamStats,
}

impl Engine {
    /// Settings, to be built.
    pub fn builder() -> EngineBuilder<FiveTuple> {
        EngineBuilder::default()
    }
}

impl<E: FlowExtractor<Key: SessionKey>, S: Process + Clone> Engine<E, S> {
    pub(crate) fn new(
        tracker: FlowTracker<E, S>,
        parsers: Parsers<E::Key>,
        assembler: Assembler,
        defragment: Option<Box<Defragment>>,
        events: Events,
    ) -> Self {
        Self {
            tracker,
            sessions: Sessions::new(parsers, assembler),
            defragment,
            events,
            packets: 0,
            now: Timestamp::MIN,
            due: Timestamp::MIN,
            awaited: Expected::default(),
            last: None,
            gone: Vec::new(),
            pressure: Pressure::default(),
            holes: Vec::new(),
            ticks: Vec::new(),
        }
    }

    /// Adds a factory, which makes a parser for each flow by its key; the prototype is what is asked
    /// about first bytes. Returns whether there was room: an engine takes 64 parsers.
    pub fn add_parser_factory<F: SessionParserFactory<E::Key>>(
        &mut self,
        prototype: F::Parser,
        factory: F,
    ) -> bool {
        let name = prototype.name();
        self.add(name, Factory::Stream(Box::new(Asked { prototype, factory })))
    }

    /// Adds a factory of parsers of datagrams, likewise.
    pub fn add_datagram_parser_factory<F: DatagramParserFactory<E::Key>>(
        &mut self,
        prototype: F::Parser,
        factory: F,
    ) -> bool {
        let name = rheos_l7::DatagramParser::name(&prototype);
        self.add(name, Factory::Datagram(Box::new(Asked { prototype, factory })))
    }

    fn add(&mut self, name: &'static str, factory: Factory<E::Key>) -> bool {
        let parsers = &mut self.sessions.shared.parsers;
        let fits = parsers.all.len() < MAX_PARSERS;
        if fits {
            parsers.add(name, factory);
        }
        fits
    }

    /// Takes the next packet. Time is that of the packets; where it goes back, it counts as standing
    /// still.
    #[inline]
    pub fn packet(&mut self, raw: &RawPacket<'_>, sink: &mut impl Sink<E::Key, S>) {
        let events = self.events;
        self.next(raw, &mut Lend { sink, events });
    }

    /// Takes every packet of a source, and finishes.
    ///
    /// # Errors
    ///
    /// What the source says; the packets before it were taken, and their flows are finished.
    pub fn run<P: PacketSource>(
        &mut self,
        source: &mut P,
        mut sink: impl Sink<E::Key, S>,
    ) -> Result<(), P::Error> {
        let result = loop {
            match source.next_packet() {
                Ok(Some(raw)) => self.packet(&raw, &mut sink),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.finish(&mut sink);
        result
    }

    /// Takes packets of a source as events are asked for, and finishes behind the last.
    pub fn events<'a, P: PacketSource>(&'a mut self, source: &'a mut P) -> Pull<'a, E, S, P> {
        Pull { engine: self, source, waiting: Vec::new().into_iter(), is_finished: false }
    }

    /// Takes the next packet, and keeps what happens.
    pub(crate) fn packet_into(&mut self, raw: &RawPacket<'_>, kept: &mut Vec<Kept<E::Key, S>>) {
        let events = self.events;
        self.next(raw, &mut Keep { kept, events });
    }

    /// Finishes, and keeps what happens.
    pub(crate) fn finish_into(&mut self, kept: &mut Vec<Kept<E::Key, S>>) {
        let events = self.events;
        self.end(&mut Keep { kept, events });
    }

    /// Takes the next packet.
    #[inline]
    fn next<O: Out<E::Key, S>>(&mut self, raw: &RawPacket<'_>, out: &mut O) {
        let head = self.count(self.packets.saturating_add(1), raw.timestamp, out);
        let Some(mut defragment) = self.defragment.take() else { return self.take(raw, head, out) };
        if let Some(raw) = defragment.push(raw) {
            self.take(&raw, head, out);
        }
        self.defragment = Some(defragment);
    }

    /// Ends every flow that is left, in the order of their starts: there are no more packets.
    pub fn finish(&mut self, sink: &mut impl Sink<E::Key, S>) {
        let mut out = Lend { sink, events: self.events };
        self.end(&mut out);
    }

    /// The tracker of the flows.
    pub fn tracker(&self) -> &FlowTracker<E, S> {
        &self.tracker
    }

    /// Packets taken so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// What the engine has seen.
    pub fn stats(&self) -> EngineStats {
        let parsers = &self.sessions.shared.parsers.all;
        EngineStats {
            tracker: self.tracker.stats(),
            parsers: parsers.iter().map(|parser| (parser.name, parser.stats)).collect(),
            streams: self.sessions.streams,
        }
    }

    /// Bytes that wait in streams, and memory that is held for them.
    pub fn assembler_stats(&self) -> AssemblerStats {
        self.sessions.assembler.stats()
    }

    /// Goes on to the packet of a number, and to its time unless that is over, and says where that is in the course
    /// of things: read from the engine, where both were just stored, it would wait for them.
    #[inline]
    pub(crate) fn count<O: Out<E::Key, S>>(
        &mut self,
        packet: u64,
        time: Timestamp,
        out: &mut O,
    ) -> Head {
        let now = self.now.max(time);
        (self.packets, self.now, self.last) = (packet, now, None);
        if now >= self.due {
            self.pass(out);
        }
        Head { packet, timestamp: now, order: Order::Packet }
    }

    fn head(&self, order: Order) -> Head {
        Head { packet: self.packets, timestamp: self.now, order }
    }

    /// Does what the passing of time brings: once a second, each in the order in which flows started.
    #[cold]
    fn pass<O: Out<E::Key, S>>(&mut self, out: &mut O) {
        let (head, now) = (self.head(Order::Holes), self.now);
        self.due = next_second(now);
        let mut holes = std::mem::take(&mut self.holes);
        self.sessions.due_holes(now, &mut holes);
        holes.sort_unstable();
        for (number, id, side) in holes.drain(..) {
            if let Some(record) = self.tracker.get(id) {
                self.sessions.look(Flow { number, id, record }, side, head, out);
            }
        }
        self.holes = holes;
        let head = self.head(Order::Ticks);
        let mut ticks = std::mem::take(&mut self.ticks);
        self.sessions.due_ticks(now, &mut ticks);
        ticks.sort_unstable();
        for (number, id) in ticks.drain(..) {
            if let Some(record) = self.tracker.get(id) {
                self.sessions.tick(Flow { number, id, record }, head, out);
            }
        }
        self.ticks = ticks;
        let Self { tracker, sessions, gone, pressure, .. } = self;
        tracker.sweep(now, &mut Gather { sessions, gone, pressure });
        self.tell_gone(Order::Flows, out);
        self.tell_pressure(Order::All, out);
        self.relate();
    }

    /// Tells of flows that are over.
    fn tell_gone<O: Out<E::Key, S>>(&mut self, order: Order, out: &mut O) {
        let head = self.head(order);
        let mut gone = std::mem::take(&mut self.gone);
        // By way of their numbers alone: records are large.
        gone.sort_by_cached_key(|gone| gone.number);
        for Gone { number, id, record, reason } in &gone {
            let flow = Flow { number: *number, id: *id, record };
            match *reason {
                Some(reason) => {
                    self.sessions.close(flow, head, out);
                    out.tell(head, flow, News::Fact(Fact::Ended { reason }));
                }
                None => out.tell(head, flow, News::Fact(Fact::Active)),
            }
        }
        gone.clear();
        if gone.capacity() <= MANY {
            self.gone = gone;
        }
    }

    /// Tells what is odd about all flows.
    fn tell_pressure<O: Out<E::Key, S>>(&mut self, order: Order, out: &mut O) {
        let head = self.head(order);
        let odd = self.pressure.take(&self.sessions.assembler);
        odd.for_each(|anomaly| out.tracker_anomaly(head, &anomaly));
    }

    /// Takes a packet in its place.
    #[inline(always)]
    pub(crate) fn take<O: Out<E::Key, S>>(&mut self, raw: &RawPacket<'_>, head: Head, out: &mut O) {
        if raw.timestamp < head.timestamp {
            self.catch_up();
        }
        let Self { tracker, sessions, awaited, last, .. } = self;
        let telling = &mut Telling { sessions, awaited, last, head, raw, out };
        tracker.track(raw, telling);
        if !self.sessions.shared.relations.is_empty() {
            self.relate();
        }
    }

    /// Tells the tracker the time, where a packet at hand does not: in a shard, that of a packet of
    /// another may be later than all of its own.
    #[cold]
    fn catch_up(&mut self) {
        if self.tracker.now() < self.now {
            let Self { tracker, sessions, gone, pressure, .. } = self;
            tracker.sweep(self.now, &mut Gather { sessions, gone, pressure });
        }
    }

    /// Takes an ICMP error that quotes a packet of a flow here, and is of a flow elsewhere.
    pub(crate) fn take_error<O: Out<E::Key, S>>(&mut self, raw: &RawPacket<'_>, out: &mut O) {
        let head = self.head(Order::Quoted);
        self.catch_up();
        let Self { tracker, sessions, awaited, last, .. } = self;
        tracker.attach_error(raw, &mut Telling { sessions, awaited, last, head, raw, out });
    }

    /// Waits for flows that were announced, and lets the tracker know of those that came.
    #[cold]
    fn relate(&mut self) {
        let Self { tracker, sessions, awaited, now, .. } = self;
        for relation in std::mem::take(&mut sessions.shared.relations) {
            match relation {
                Relation::Expects(id, announced) => {
                    let parent = Parent { number: sessions.number(id), id };
                    awaited.by_parsers.add(parent, announced, *now);
                }
                Relation::IsOf(child, parent) => tracker.adopt(child, parent),
            }
        }
    }

    /// Ends all that is left.
    pub(crate) fn end<O: Out<E::Key, S>>(&mut self, out: &mut O) {
        let Self { tracker, sessions, gone, pressure, .. } = self;
        tracker.finish(&mut Gather { sessions, gone, pressure });
        self.tell_gone(Order::Finish, out);
        self.tell_pressure(Order::Last, out);
    }

    pub(crate) fn extractor(&self) -> &E {
        self.tracker.extractor()
    }
}

/// The first packet at or behind this time brings about what the passing of time does.
pub(crate) fn next_second(now: Timestamp) -> Timestamp {
    Timestamp::from_secs(now.seconds().saturating_add(1), 0)
}
