//! What Zeek knows of a connection.

use std::time::Duration;

use rheos_core::{Side, Timestamp};
use rheos_layers::TcpFlags;

use super::endpoint::Endpoint;
use super::history::ZeekHistory;
use super::stream::Around;
use super::tcp_state::TcpState;
use crate::{FlowPacket, L4Proto, Process, TcpInfo, WaitedFragment};

/// What Zeek knows of a connection: the state of each end, what happened, and how much was sent as
/// sequence numbers tell. Kept as `S` of a [`FlowTracker`](crate::FlowTracker).
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
pub struct Conn {
    pub(super) ends: [Endpoint; 2],
    history: ZeekHistory,
    missed_bytes: u64,
    started: Option<Timestamp>,
    /// The last packet that counts for the duration.
    last: Option<Timestamp>,
    is_partial: bool,
    is_close_deferred: bool,
    /// When the connection is given up, if nobody has answered its SYN until then.
    answer_until: Option<Timestamp>,
    /// Until when what comes late still belongs to it, if there is nothing else to come.
    late_until: Option<Timestamp>,
}

/// How long Zeek waits for an answer to the first SYN (`tcp_attempt_delay`): SYNs that are sent again give
/// no more time, and whoever was answered has as long as any connection.
const ATTEMPT_DELAY: Duration = Duration::from_secs(5);

/// How long Zeek keeps a connection behind its end (`tcp_close_delay`), whatever comes.
const CLOSE_DELAY: Duration = Duration::from_secs(5);

impl Process for Conn {
    const DETAIL: bool = true;
    const DEADLINE: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        let side = packet.side;
        if packet.is_first {
            self.started = Some(packet.timestamp);
            if side == Side::Responder {
                self.history.add(Side::Initiator, '^');
            }
        }
        let is_corrupt = packet.detail.is_some_and(|detail| detail.is_corrupt);
        if is_corrupt {
            self.history.count(side, 'C');
            return;
        }
        let end = self.end_mut(side);
        end.packets = end.packets.saturating_add(1);
        end.ip_bytes = end.ip_bytes.saturating_add(packet.ip_length.into());
        // Zeek puts fragments together first: what never comes whole says nothing.
        let Some(datagram) = Datagram::of(packet) else { return };
        if let Some(tcp) = &datagram.tcp {
            self.segment(packet, tcp, &datagram);
            return;
        }
        self.last = Some(packet.timestamp);
        let is_udp = datagram.l4 == Some(L4Proto::Udp);
        if is_udp {
            self.history.has_or_add(side, 'D');
        }
        if is_udp || matches!(datagram.l4, Some(L4Proto::Icmp | L4Proto::IcmpV6)) {
            let end = self.end_mut(side);
            end.payload = end.payload.saturating_add(datagram.length);
            end.is_active = true;
        }
    }

    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        let end = self.end_mut(side);
        end.packets = end.packets.saturating_add(1);
        end.ip_bytes = end.ip_bytes.saturating_add(fragment.ip_bytes.into());
    }

    fn deadline(&self) -> Option<Timestamp> {
        use TcpState::{Inactive, SynAckSent, SynSent};
        let [initiator, responder] = &self.ends;
        let asks = matches!(initiator.state, SynSent | SynAckSent) && responder.state == Inactive;
        self.late_until.or(self.answer_until.filter(|_| asks))
    }
}

/// What a packet carries, or the fragments do that it makes whole.
struct Datagram {
    l4: Option<L4Proto>,
    tcp: Option<TcpInfo>,
    /// Bytes behind the transport header.
    length: u64,
    /// Of those, the ones that were captured.
    captured: u64,
}

impl Datagram {
    fn of(packet: &FlowPacket<'_>) -> Option<Self> {
        if let Some(piece) = packet.fragment {
            let whole = piece.whole?;
            let length = whole.payload_length.into();
            let captured = if whole.is_captured { length } else { 0 };
            return Some(Self { l4: whole.l4, tcp: whole.tcp, length, captured });
        }
        let detail = packet.detail;
        let captured = detail.map_or(0, |detail| u64::from(detail.captured_payload));
        let udp = detail.and_then(|detail| detail.udp_length);
        let l4 = match detail {
            Some(detail) if detail.udp_length.is_some() => Some(L4Proto::Udp),
            Some(detail) if detail.icmp.is_some() => Some(L4Proto::Icmp),
            _ => None,
        };
        let length = udp.map_or(packet.payload_length, u32::from);
        Some(Self { l4, tcp: packet.tcp.copied(), length: length.into(), captured })
    }
}

impl Conn {
    /// Whether an end sent a FIN or an RST and the other one too, or nothing.
    pub fn is_over(&self) -> bool {
        self.late_until.is_some()
    }

    /// What happened, in Zeek's letters.
    pub fn history(&self) -> &ZeekHistory {
        &self.history
    }

    /// Bytes that one side acknowledged and the capture does not have.
    pub fn missed_bytes(&self) -> u64 {
        self.missed_bytes
    }

    /// From the first packet to the last that counts: behind the close of both sides, none does.
    pub fn duration(&self) -> Duration {
        let ends = self.last.zip(self.started);
        ends.map(|(last, started)| last.saturating_since(started)).unwrap_or_default()
    }

    /// The state of an end.
    pub fn tcp_state(&self, side: Side) -> TcpState {
        self.end(side).state
    }

    /// Packets of a side, and bytes of IP in them, without those whose checksum is wrong.
    pub fn packets(&self, side: Side) -> (u64, u64) {
        let end = self.end(side);
        (end.packets, end.ip_bytes)
    }

    /// Bytes of payload that a side sent: of TCP, as sequence numbers tell.
    pub fn bytes(&self, side: Side, l4: Option<L4Proto>) -> u64 {
        match l4 {
            Some(L4Proto::Tcp) => self.end(side).size(self.end(!side)),
            _ => self.end(side).payload,
        }
    }

    /// How the connection went: one of the thirteen names of Zeek's `conn_state`.
    pub fn conn_state(&self, l4: Option<L4Proto>) -> &'static str {
        let [initiator, responder] = [Side::Initiator, Side::Responder].map(|side| self.end(side));
        match l4 {
            Some(L4Proto::Tcp) => self.tcp_conn_state(),
            Some(L4Proto::Udp) => match (initiator.is_active, responder.is_active) {
                (true, true) => "SF",
                (true, false) => "S0",
                (false, true) => "SHR",
                (false, false) => "OTH",
            },
            _ => "OTH",
        }
    }

    fn tcp_conn_state(&self) -> &'static str {
        use TcpState::{Closed, Established, Inactive, Partial, Reset, SynAckSent, SynSent};
        let bytes = [Side::Initiator, Side::Responder].map(|s| self.bytes(s, Some(L4Proto::Tcp)));
        let state = [Side::Initiator, Side::Responder].map(|side| self.tcp_state(side));
        match state {
            [SynSent | SynAckSent, Reset] => "REJ",
            [Reset, Reset] if bytes == [0, 0] => "REJ",
            [Inactive | Partial, Reset] => "RSTRH",
            [_, Reset] => "RSTR",
            [Reset, Inactive | Partial] if self.gave_up_asking() => "RSTOS0",
            [Reset, Inactive | Partial] => "OTH",
            [Reset, _] => "RSTO",
            [Closed, Closed] => "SF",
            [Closed, Inactive | Partial] => "SH",
            [Closed, _] => "S2",
            [Inactive | Partial, Closed] => "SHR",
            [_, Closed] => "S3",
            [SynSent, Inactive] => "S0",
            [Established, Established] => "S1",
            _ => "OTH",
        }
    }

    /// Whether the initiator sent a SYN, and broke off before it sent anything else.
    fn gave_up_asking(&self) -> bool {
        let history = self.history.as_str();
        let history = history.strip_prefix('^').unwrap_or(history);
        let Some(rest) = history.strip_prefix('S') else { return false };
        rest.split_once('R')
            .is_some_and(|(between, _)| !between.contains(['H', 'A', 'F', 'G', 'I', 'Q']))
    }

    pub(super) fn end(&self, side: Side) -> &Endpoint {
        let [initiator, responder] = &self.ends;
        if side == Side::Initiator { initiator } else { responder }
    }

    pub(super) fn end_mut(&mut self, side: Side) -> &mut Endpoint {
        let [initiator, responder] = &mut self.ends;
        if side == Side::Initiator { initiator } else { responder }
    }

    fn around(&self, side: Side) -> Around {
        let end = self.end(side);
        Around { acked: end.acked(), size: end.size(self.end(!side)), is_partial: self.is_partial }
    }

    fn segment(&mut self, packet: &FlowPacket<'_>, tcp: &TcpInfo, datagram: &Datagram) {
        let (side, len) = (packet.side, datagram.length);
        let has = |flag| tcp.flags.contains(flag);
        let (syn, fin, rst) = (has(TcpFlags::SYN), has(TcpFlags::FIN), has(TcpFlags::RST));
        let ack = has(TcpFlags::ACK);
        self.note_partial(side, syn, ack);
        let segment_len =
            u64::from(syn).saturating_add(fin.into()).saturating_add(if rst { 0 } else { len });
        self.end_mut(side).start(tcp.seq, syn, segment_len);
        let (at, underflows) = self.end(side).relative(tcp.seq);
        self.note_signs(side, (syn, fin, rst, ack), at, len);
        let peer_closed = self.end(!side).state == TcpState::Closed;
        if tcp.window == 0 && !rst && !peer_closed && self.end(side).state != TcpState::Reset {
            self.history.count(side, 'W');
        }
        if !self.ends.iter().all(|end| end.did_close) {
            self.last = Some(packet.timestamp);
        }
        let end_of_segment = at.saturating_add_unsigned(segment_len);
        if fin {
            let end = self.end_mut(side);
            end.fin_at = Some(u64::try_from(end_of_segment).unwrap_or(0));
        }
        let mut acked = 0;
        if ack {
            acked = self.end_mut(!side).acknowledge(tcp.ack, rst);
        }
        if self.end_mut(side).advance(end_of_segment, (syn, fin, rst), len) {
            self.history.count(side, 'T');
        }
        if syn && side == Side::Initiator && self.end(side).state == TcpState::Inactive {
            self.answer_until = Some(packet.timestamp.saturating_add(ATTEMPT_DELAY));
        }
        let closes = self.step(side, (syn, fin, rst, ack), len, tcp);
        if ack {
            self.acked(!side, acked);
        }
        self.end_mut(side).has_packet = true;
        if len > 0 && datagram.captured >= len && !rst && !underflows {
            let from = u64::try_from(at).unwrap_or(0).saturating_add(syn.into());
            let around = self.around(side);
            self.end_mut(side).stream.data(from, len, around);
        }
        self.check_end(side);
        if closes {
            self.close(side);
        }
    }

    fn note_partial(&mut self, side: Side, syn: bool, ack: bool) {
        if self.end(side).has_packet {
            return;
        }
        match side {
            Side::Initiator => self.is_partial = !syn || ack,
            Side::Responder => self.is_partial |= !syn,
        }
    }

    /// Only the SYN was missed: the connection is whole.
    pub(super) fn is_whole(&mut self) {
        self.is_partial = false;
    }

    /// Adds the letters of a segment.
    fn note_signs(
        &mut self,
        side: Side,
        (syn, fin, rst, ack): (bool, bool, bool, bool),
        at: i64,
        len: u64,
    ) {
        let letter = match (syn, fin, rst) {
            (_, true, true) => 'I',
            (true, true, _) | (true, _, true) => 'Q',
            (true, ..) => {
                if ack {
                    'H'
                } else {
                    'S'
                }
            }
            (_, true, _) => 'F',
            (_, _, true) => 'R',
            _ if len > 0 => 'D',
            _ if ack => 'A',
            _ => return,
        };
        let again = self.history.has_or_add(side, letter);
        let number = if letter == 'F' { at.saturating_add_unsigned(len) } else { at };
        let [syn_at, fin_at, rst_at] = &mut self.end_mut(side).signs;
        let last = match letter {
            'S' | 'H' => syn_at,
            'F' => fin_at,
            'R' => rst_at,
            _ => return,
        };
        let differs = std::mem::replace(last, number) != number;
        if again && differs {
            self.history.add(side, letter);
        }
    }

    /// Lets the bytes go that the other side of `side` acknowledged.
    fn acked(&mut self, side: Side, mut to: u64) {
        let end = self.end(side);
        if let Some(fin_at) = end.fin_at
            && to >= fin_at
        {
            to = fin_at.saturating_sub(1);
        }
        let around = self.around(side);
        let gaps = self.end_mut(side).stream.ack(to, around);
        let is_clean = self.ends.iter().all(Endpoint::is_clean);
        for gap in gaps.into_iter().filter(|_| is_clean) {
            self.missed_bytes = self.missed_bytes.saturating_add(gap);
            self.history.count(side, 'G');
        }
        self.check_end(side);
    }

    /// Whether a side that is about to close still has bytes on their way.
    fn is_pending(&self, side: Side) -> bool {
        let end = self.end(side);
        if end.stream.is_given_up() {
            return false;
        }
        let Some(left) = end.last().checked_sub(end.stream.delivered()) else { return false };
        left > 1 || (end.state != TcpState::Reset && self.end(!side).stream.has_runs())
    }

    /// Closes a side for good once all its bytes came, if it waits for that.
    fn check_end(&mut self, side: Side) {
        let end = self.end(side);
        let is_over =
            end.fin_at.is_some() || matches!(end.state, TcpState::Closed | TcpState::Reset);
        if end.did_end || !is_over || self.is_pending(side) {
            return;
        }
        self.end_mut(side).did_end = true;
        if self.is_close_deferred {
            self.close(side);
            self.is_close_deferred = false;
        }
    }

    fn close(&mut self, side: Side) {
        self.is_close_deferred = self.is_pending(side);
        if self.is_close_deferred || self.end(side).did_close {
            return;
        }
        self.end_mut(side).did_close = true;
        let peer = self.end(!side);
        let is_reset = self.end(side).state == TcpState::Reset;
        if is_reset || peer.did_close || peer.state == TcpState::Inactive {
            self.late_until = self.last.map(|last| last.saturating_add(CLOSE_DELAY));
        }
    }
}
