//! The record of one flow.

use std::hint::cold_path;
use std::time::Duration;

use rheos_core::{Orientation, Side, Timestamp};
use rheos_layers::TcpFlags;

use super::EndReason;
use super::history::{HistoryString, Letter};
use super::memory::TcpMemory;
use super::tcp::FlowState;
use super::wheel::Worth;
use crate::{Extracted, L4Proto, TcpInfo};

/// So long behind a refusal, a SYN with the same number is no late copy. Nobody has a number for it: networks deliver
/// copies sooner, and clients that were refused ask again later (Microsoft's KB 175523). Zeek takes any SYN on a
/// closed connection for another one (`IsReuse`), a copy too.
const REFUSED: Duration = Duration::from_millis(100);

/// All that is known of a flow.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[repr(C)] // What every packet touches comes first, and fills two cache lines.
pub struct FlowRecord<K, S = ()> {
    /// What it is told apart by.
    pub key: K,
    /// Where it stands.
    pub state: FlowState,
    /// The order in which the initiator's packets name the two ends of the key.
    pub initiator: Orientation,
    /// Whether the first packet came from the responder, as a SYN-ACK does.
    pub is_flipped: bool,
    /// Whether there was a segment of TCP.
    has_segment: bool,
    /// Whether a SYN that came later, or its answer, says that it was the responder who asked. Roles stay as they
    /// are, since all that was told of the flow has them: [`turned`](Self::turned) has them the right way round.
    pub is_reversed: bool,
    /// What IP carries.
    pub l4: Option<L4Proto>,
    /// What it adds up to.
    pub stats: FlowStats,
    /// What happened in it.
    pub history: HistoryString,
    tcp: TcpMemory,
    /// Yours.
    pub user: S,
}

/// What a flow adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[repr(C)] // In the record of a flow, the start is behind what every packet touches.
pub struct FlowStats {
    /// When its last packet came.
    pub last_seen: Timestamp,
    /// What the initiator sent.
    pub initiator: SideStats,
    /// What the responder sent.
    pub responder: SideStats,
    /// When its first packet came: of a datagram in fragments, with which it starts, the earliest. It stays as it
    /// is, also where an older fragment turns out to be the flow's.
    pub started: Timestamp,
}

/// What one side of a flow sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SideStats {
    /// Packets.
    pub packets: u64,
    /// Bytes on the wire, with link headers and padding.
    pub wire_bytes: u64,
    /// Bytes of IP packets, as their headers say.
    pub ip_bytes: u64,
    /// Bytes behind the transport header, as the IP header says.
    pub payload_bytes: u64,
}

impl FlowStats {
    /// What one side sent.
    #[inline]
    pub fn side(&self, side: Side) -> &SideStats {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }

    /// The same with what one side sent as what the other did.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { initiator: self.responder, responder: self.initiator, ..*self }
    }

    /// What the flow adds up to at this moment, to keep while it goes on.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        *self
    }

    /// What both sides sent.
    pub fn total(&self) -> SideStats {
        let mut total = self.initiator;
        let SideStats { packets, wire_bytes, ip_bytes, payload_bytes } = self.responder;
        total.add(&Count { packets, wire_bytes, ip_bytes, payload_bytes });
        total
    }
}

impl SideStats {
    #[inline]
    fn add(&mut self, count: &Count) {
        // Packets of four gigabytes each would take years to reach the end of 64 bits.
        self.packets = self.packets.wrapping_add(count.packets);
        self.wire_bytes = self.wire_bytes.wrapping_add(count.wire_bytes);
        self.ip_bytes = self.ip_bytes.wrapping_add(count.ip_bytes);
        self.payload_bytes = self.payload_bytes.wrapping_add(count.payload_bytes);
    }
}

/// What a packet adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) packets: u64,
    pub(super) wire_bytes: u64,
    pub(super) ip_bytes: u64,
    pub(super) payload_bytes: u64,
}

impl<K: Clone, S: Default> FlowRecord<K, S> {
    /// The record of a flow that starts with this packet, which may be an answer.
    pub(super) fn new(extracted: &Extracted<K>, is_flipped: bool, now: Timestamp) -> Self {
        let orientation = extracted.orientation;
        Self {
            key: extracted.key.clone(),
            state: FlowState::Active,
            initiator: if is_flipped { !orientation } else { orientation },
            is_flipped,
            has_segment: false,
            is_reversed: false,
            l4: extracted.l4,
            stats: FlowStats { started: now, last_seen: now, ..FlowStats::default() },
            history: HistoryString::default(),
            tcp: TcpMemory::default(),
            user: S::default(),
        }
    }
}

impl<K, S> FlowRecord<K, S> {
    /// The side that sends packets of an orientation.
    #[inline]
    pub fn side_of(&self, orientation: Orientation) -> Side {
        if orientation == self.initiator { Side::Initiator } else { Side::Responder }
    }

    /// A copy with the roles of both sides turned round, for who knows better who asked: counts, history and what
    /// a handshake says change sides. What a program keeps in `user` stays as it is.
    ///
    /// The tracker keeps the flow as it is, with the roles that its events have told.
    #[must_use]
    pub fn turned(&self) -> Self
    where
        K: Clone,
        S: Clone,
    {
        Self {
            initiator: !self.initiator,
            is_flipped: !self.is_flipped,
            is_reversed: !self.is_reversed,
            stats: self.stats.turned(),
            history: self.history.turned(),
            tcp: self.tcp.turned(),
            ..self.clone()
        }
    }

    /// Counts a packet.
    #[inline]
    pub(super) fn count(&mut self, side: Side, count: &Count, now: Timestamp) {
        self.stats.last_seen = now;
        let stats = match side {
            Side::Initiator => &mut self.stats.initiator,
            Side::Responder => &mut self.stats.responder,
        };
        // Below zero and back again: the first packet with payload is told by one carry. Every other
        // packet has payload, and a branch on that would be foretold wrong as often as right.
        let (_, is_first_payload) =
            stats.payload_bytes.wrapping_sub(1).overflowing_add(count.payload_bytes);
        stats.add(count);
        if is_first_payload {
            cold_path();
            self.history.note(side, Letter::Data);
        }
    }

    /// Takes a segment of TCP with this many bytes, and returns the step it makes, if it makes one.
    #[inline]
    pub(super) fn advance(
        &mut self,
        side: Side,
        tcp: &TcpInfo,
        payload: u32,
    ) -> Option<(FlowState, FlowState)> {
        let signs = TcpFlags::SYN | TcpFlags::FIN | TcpFlags::RST;
        let is_steady = matches!(self.state, FlowState::Established | FlowState::Active);
        // Most segments change nothing. One branch: it is foretold better than one for each reason.
        if is_steady & self.has_segment & !tcp.flags.intersects(signs) {
            self.tcp.note_steady(side, tcp, payload);
            return None;
        }
        self.step(side, &{ *tcp }, payload)
    }

    /// Takes a copy of the segment, so that what most packets need is never put into memory.
    #[inline(never)]
    fn step(&mut self, side: Side, tcp: &TcpInfo, payload: u32) -> Option<(FlowState, FlowState)> {
        self.note_signs(side, tcp.flags);
        let is_first_syn = tcp.flags.contains(TcpFlags::SYN) && !self.has_syn();
        if is_first_syn && tcp.asks() != (side == Side::Initiator) {
            self.is_reversed = true;
        }
        let from = self.state;
        self.state = from.after(side, tcp, &self.tcp);
        self.has_segment = true;
        self.tcp.note(from, side, tcp, payload);
        (self.state != from).then_some((from, self.state))
    }

    /// Whether a SYN was seen before that changed the state, or could have.
    pub(crate) fn has_syn(&self) -> bool {
        [Side::Initiator, Side::Responder].iter().any(|side| self.tcp.isn(*side).is_some())
    }

    fn note_signs(&mut self, side: Side, flags: TcpFlags) {
        let letters = [
            (TcpFlags::SYN, Letter::Syn),
            (TcpFlags::FIN, Letter::Fin),
            (TcpFlags::RST, Letter::Rst),
        ];
        for (flag, letter) in letters {
            if flags.contains(flag) {
                self.history.note(side, letter);
            }
        }
    }

    /// Whether the flow is open, and had its last packet so lately that no timeout can be over.
    #[inline]
    pub(super) fn is_fresh(&self, now: Timestamp, shortest_timeout: u64) -> bool {
        // A tracker's time never goes back, and the span between any two times fits 64 bits.
        let idle = now.as_nanos().wrapping_sub(self.stats.last_seen.as_nanos()).cast_unsigned();
        idle < shortest_timeout && !self.state.is_terminal()
    }

    /// Whether a segment asks for a connection that is not the one asked for before: its ports are
    /// used again.
    ///
    /// Behind the end, any SYN does that is not a late one. Before, one does that follows another
    /// SYN of the same side, or segments without a handshake; a SYN that comes behind its answer,
    /// and one that crosses another, do not. A client that was refused may ask once more with the number that
    /// it had.
    pub(super) fn is_asked_again(
        &self,
        tcp: &TcpInfo,
        orientation: Orientation,
        now: Timestamp,
    ) -> bool {
        if !tcp.asks() {
            return false;
        }
        let side = self.side_of(orientation);
        let isn = self.tcp.isn(side);
        match self.state {
            FlowState::Reset if isn == Some(tcp.seq) && self.tcp.isn(!side).is_none() => {
                now.saturating_since(self.stats.last_seen) >= REFUSED
            }
            state if state.is_terminal() => isn != Some(tcp.seq),
            FlowState::Active => self.has_segment,
            FlowState::FinWait | FlowState::ClosingTcp => isn != Some(tcp.seq),
            _ => isn.is_some_and(|isn| isn != tcp.seq),
        }
    }

    /// What there is to lose with the flow.
    pub(super) fn worth(&self) -> Worth {
        let is_answered = self.stats.initiator.packets > 0 && self.stats.responder.packets > 0;
        let is_open = !self.state.is_half_open() && !self.state.is_terminal();
        if is_answered && is_open { Worth::Much } else { Worth::Little }
    }

    /// Why the flow is over: what TCP says, or else the reason given.
    pub(super) fn end_reason(&self, otherwise: EndReason) -> EndReason {
        match self.state {
            FlowState::Closed => EndReason::Fin,
            FlowState::Reset => EndReason::Rst,
            _ => otherwise,
        }
    }
}
