//! What an engine keeps of each flow, by the place of the flow in its tracker.

use std::collections::VecDeque;

use rheos_core::{SeqNumber, Side, Timestamp};
use rheos_flow::{FlowId, FlowRecord, L4Proto, TransportPayload};
use rheos_reassembly::tcp::{Assembler, Segment, StreamStats};

use crate::awaited::Announced;
use crate::datagrams::{Datagram, DatagramSession};
use crate::event::Flow;
use crate::out::{Head, Out};
use crate::registry::{Parsers, Transport};
use crate::shared::{Scene, Shared, ends};
use crate::stream::{StreamSession, from_token};
use crate::{SessionKey, TcpSegment};

/// What is kept of a flow.
#[derive(Default)]
struct Slot {
    /// The number of the flow's first packet.
    number: u64,
    /// Which of the flows that had this place it is.
    generation: u32,
    reads: Reads,
}

/// Who reads a flow.
#[derive(Default)]
enum Reads {
    #[default]
    Nobody,
    /// A parser may, once there is something: a stream of which this SYN has been seen, or none.
    Asks(Option<Syn>),
    /// The parser in this place, once there is something.
    Announced(usize),
    Session(Session),
}

/// The SYN that asks for a connection.
#[derive(Clone, Copy)]
struct Syn {
    number: u32,
    scale: Option<u8>,
}

enum Session {
    Stream(Box<StreamSession>),
    Datagrams(Box<DatagramSession>),
}

impl Session {
    fn is_over(&self) -> bool {
        match self {
            Self::Stream(session) => session.is_over(),
            Self::Datagrams(session) => session.is_over(),
        }
    }
}

/// Streams of all sessions that are over, added up.
pub(crate) fn add(total: &mut StreamStats, stats: &StreamStats) {
    let add = |to: &mut u64, more: u64| *to = to.saturating_add(more);
    add(&mut total.bytes, stats.bytes);
    add(&mut total.gaps, stats.gaps);
    add(&mut total.gap_bytes, stats.gap_bytes);
    add(&mut total.out_of_order, stats.out_of_order);
    add(&mut total.retransmits, stats.retransmits);
    add(&mut total.retransmitted_bytes, stats.retransmitted_bytes);
    add(&mut total.overlapped_bytes, stats.overlapped_bytes);
    add(&mut total.keep_alives, stats.keep_alives);
    add(&mut total.out_of_window, stats.out_of_window);
    add(&mut total.ignored_resets, stats.ignored_resets);
    add(&mut total.bytes_after_end, stats.bytes_after_end);
    add(&mut total.bytes_before_start, stats.bytes_before_start);
    add(&mut total.late_bytes, stats.late_bytes);
}

/// What an engine keeps of all flows.
pub(crate) struct Sessions<K> {
    pub(crate) shared: Shared<K>,
    pub(crate) assembler: Assembler,
    slots: Vec<Slot>,
    /// What the streams of sessions that are over have been through.
    pub(crate) streams: StreamStats,
}

impl<K: SessionKey> Sessions<K> {
    pub(crate) fn new(parsers: Parsers<K>, assembler: Assembler) -> Self {
        let max_unread = assembler.config().max_unread;
        let (relations, ticks) = (Vec::new(), VecDeque::new());
        let shared = Shared { parsers, relations, max_unread, ticks };
        Self { shared, assembler, slots: Vec::new(), streams: StreamStats::default() }
    }

    /// The number of a flow.
    pub(crate) fn number(&self, id: FlowId) -> u64 {
        self.slots.get(id.index as usize).map_or(0, |slot| slot.number)
    }

    /// A flow starts: who may read it?
    pub(crate) fn start<S>(&mut self, flow: Flow<'_, K, S>, announced: Option<Announced>) {
        let index = flow.id.index as usize;
        if self.slots.len() <= index {
            self.slots.resize_with(index.saturating_add(1), Slot::default);
        }
        let transport = match flow.record.l4 {
            Some(L4Proto::Tcp) => Some(Transport::Stream),
            Some(L4Proto::Udp) => Some(Transport::Datagram),
            _ => None,
        };
        let parsers = &self.shared.parsers;
        let named = announced
            .and_then(|flow| flow.protocol)
            .and_then(|name| parsers.named(Transport::Stream, name));
        let reads = match (transport, named) {
            (None, _) => Reads::Nobody,
            (Some(Transport::Stream), Some(place)) => Reads::Announced(place),
            (Some(transport), _) => {
                let wanted = parsers.wanted(transport, ends(flow.record));
                if wanted.nothing() { Reads::Nobody } else { Reads::Asks(None) }
            }
        };
        if let Some(slot) = self.slots.get_mut(index) {
            let (number, generation) = (flow.number, flow.id.generation);
            *slot = Slot { number, generation, reads };
        }
    }

    /// Takes a packet of a flow. What it carries is asked for only if somebody reads the flow, or may.
    #[inline]
    pub(crate) fn packet<'p, S, O: Out<K, S>>(
        &mut self,
        (id, record): (FlowId, &FlowRecord<K, S>),
        side: Side,
        payload: impl FnOnce() -> Option<TransportPayload<'p>>,
        head: Head,
        out: &mut O,
    ) {
        let Some(slot) = self.slots.get(id.index as usize) else { return };
        if matches!(slot.reads, Reads::Nobody) {
            return;
        }
        let Some(payload) = payload() else { return };
        let flow = Flow { number: slot.number, id, record };
        match TcpSegment::new(head.timestamp, &payload) {
            Some(tcp) => self.segment(flow, side, &tcp, head, out),
            None => self.datagram(flow, side, &payload, head, out),
        }
    }

    /// Takes a segment of a connection.
    #[inline]
    fn segment<S, O: Out<K, S>>(
        &mut self,
        flow: Flow<'_, K, S>,
        side: Side,
        tcp: &TcpSegment<'_>,
        head: Head,
        out: &mut O,
    ) {
        let Self { shared, assembler, slots, .. } = self;
        let Some(slot) = slots.get_mut(flow.id.index as usize) else { return };
        let mut scene = Scene { shared, flow, head, out };
        if !matches!(slot.reads, Reads::Session(_)) {
            begin(slot, side, tcp, assembler, &mut scene);
        }
        let Reads::Session(Session::Stream(session)) = &mut slot.reads else { return };
        session.segment(assembler, side, tcp, &mut scene);
        if session.is_over() {
            self.drop_session(flow, head, out);
        }
    }

    /// Takes a datagram, or what is left of one.
    #[inline(never)]
    fn datagram<S, O: Out<K, S>>(
        &mut self,
        flow: Flow<'_, K, S>,
        side: Side,
        payload: &TransportPayload<'_>,
        head: Head,
        out: &mut O,
    ) {
        let Self { shared, slots, .. } = self;
        let Some(slot) = slots.get_mut(flow.id.index as usize) else { return };
        let mut scene = Scene { shared, flow, head, out };
        let datagram = Datagram::new(side, head.timestamp, payload);
        if matches!(slot.reads, Reads::Asks(_)) {
            let parsers = &scene.shared.parsers;
            let wanted = parsers.wanted(Transport::Datagram, ends(flow.record));
            if datagram.tells(parsers, &wanted) {
                let session = Box::new(DatagramSession::new(wanted));
                slot.reads = Reads::Session(Session::Datagrams(session));
            }
        }
        let Reads::Session(Session::Datagrams(session)) = &mut slot.reads else { return };
        session.datagram(&datagram, &mut scene);
        if session.is_over() {
            self.drop_session(flow, head, out);
        }
    }

    /// Gives up a session that is over: its flow costs nothing from here on.
    #[cold]
    fn drop_session<S, O: Out<K, S>>(&mut self, flow: Flow<'_, K, S>, head: Head, out: &mut O) {
        self.close(flow, head, out);
        if let Some(slot) = self.slots.get_mut(flow.id.index as usize) {
            slot.reads = Reads::Nobody;
        }
    }

    /// Ends the session of a flow, if it has one.
    pub(crate) fn close<S, O: Out<K, S>>(&mut self, flow: Flow<'_, K, S>, head: Head, out: &mut O) {
        let Self { shared, assembler, slots, streams, .. } = self;
        let Some(slot) = slots.get_mut(flow.id.index as usize) else { return };
        let Reads::Session(mut session) = std::mem::take(&mut slot.reads) else { return };
        let mut scene = Scene { shared, flow, head, out };
        match &mut session {
            Session::Stream(session) => {
                session.close(assembler, &mut scene);
                session.stats().iter().for_each(|stats| add(streams, stats));
            }
            Session::Datagrams(session) => session.close(&mut scene),
        }
    }

    /// Streams with a hole whose time is over: their flow's number, the flow, and whose stream.
    pub(crate) fn due_holes(&mut self, now: Timestamp, due: &mut Vec<(u64, FlowId, Side)>) {
        while let Some(token) = self.assembler.next_due(now) {
            let (index, side) = from_token(token);
            if let Some(&Slot { number, generation, .. }) = self.slots.get(index as usize) {
                due.push((number, FlowId { index, generation }, side));
            }
        }
    }

    /// Gives up holes of a stream whose time is over.
    pub(crate) fn look<S, O: Out<K, S>>(
        &mut self,
        flow: Flow<'_, K, S>,
        side: Side,
        head: Head,
        out: &mut O,
    ) {
        let Self { shared, assembler, slots, .. } = self;
        let Some(slot) = slots.get_mut(flow.id.index as usize) else { return };
        let Reads::Session(session) = &mut slot.reads else { return };
        if let Session::Stream(session) = session {
            session.look(assembler, side, &mut Scene { shared, flow, head, out });
        }
        if session.is_over() {
            self.drop_session(flow, head, out);
        }
    }

    /// Sessions that are to be told the time, and their numbers.
    pub(crate) fn due_ticks(&mut self, now: Timestamp, due: &mut Vec<(u64, FlowId)>) {
        while let Some((_, id, number)) = self.shared.ticks.pop_front_if(|tick| tick.0 <= now) {
            let slot = self.slots.get(id.index as usize).filter(|slot| slot.number == number);
            if slot.is_some_and(|slot| matches!(slot.reads, Reads::Session(_))) {
                due.push((number, id));
            }
        }
    }

    /// Tells a session the time.
    pub(crate) fn tick<S, O: Out<K, S>>(&mut self, flow: Flow<'_, K, S>, head: Head, out: &mut O) {
        let Self { shared, slots, .. } = self;
        let Some(slot) = slots.get_mut(flow.id.index as usize) else { return };
        let Reads::Session(session) = &mut slot.reads else { return };
        let mut scene = Scene { shared, flow, head, out };
        match session {
            Session::Stream(session) => session.tick(&mut scene),
            Session::Datagrams(session) => session.tick(&mut scene),
        }
    }
}

/// Begins the session of a connection, once both sides or some bytes have been seen: what only asks
/// costs next to nothing.
#[inline(never)]
fn begin<K: SessionKey, S, O: Out<K, S>>(
    slot: &mut Slot,
    side: Side,
    tcp: &TcpSegment<'_>,
    assembler: &mut Assembler,
    scene: &mut Scene<'_, K, S, O>,
) {
    let Segment { timestamp, sequence, syn, length, .. } = tcp.segment;
    let asks = syn && tcp.acknowledgment.is_none();
    let seen = match &mut slot.reads {
        Reads::Asks(seen) => {
            if asks && length == 0 {
                *seen = Some(Syn { number: sequence.0, scale: tcp.window_scale });
                return;
            }
            *seen
        }
        Reads::Announced(_) => None,
        _ => return,
    };
    if length == 0 && !syn {
        return;
    }
    let index = scene.flow.id.index;
    let mut session = Box::new(match slot.reads {
        Reads::Announced(place) => StreamSession::announced(index, place),
        _ => {
            let wanted = scene.shared.parsers.wanted(Transport::Stream, ends(scene.flow.record));
            StreamSession::new(index, wanted)
        }
    });
    if let Some(Syn { number, scale }) = seen {
        let ask = Segment::new(timestamp, SeqNumber(number), &[]).syn();
        session.note_scale(Side::Initiator, scale);
        session.begin(assembler, Side::Initiator, &ask, scene);
    } else if let Some(next) = tcp.acknowledgment.filter(|_| syn) {
        // The SYN was lost; its answer has its number.
        let ask = Segment::new(timestamp, SeqNumber(next.0.wrapping_sub(1)), &[]).syn();
        session.begin(assembler, !side, &ask, scene);
    }
    slot.reads = Reads::Session(Session::Stream(session));
}
