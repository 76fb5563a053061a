//! Which flow the fragments of a datagram belong to, and when a datagram is whole.

use std::hash::BuildHasher;
use std::time::Duration;

use rheos_core::{Side, Timestamp};

use crate::fragment::{DatagramId, Fragment};
use crate::tracker::FlowId;
use crate::{HashSeed, L4Proto, TcpInfo};

/// Datagrams in pieces that are remembered at once; an attacker who sends more makes the oldest
/// forgotten, not the table larger.
const DATAGRAMS: usize = 4096;

/// RFC 791 section 3.2 gives a datagram 15 seconds to arrive, RFC 8200 section 4.5 one minute: what
/// comes later is of another datagram.
const LIFETIME: Duration = Duration::from_secs(60);

/// Fragments of one datagram that wait for its first, so that whoever never sends it fills no memory: more than
/// the 45 that the largest datagram takes on Ethernet. What comes behind them is lost.
const WAITING: usize = 64;

/// Runs of bytes of one datagram with holes between them; whoever sends more, of small pieces in a wild order, sends
/// a datagram that is never whole.
const RUNS: usize = 64;

/// The least length of a header of TCP.
const TCP_HEADER: u32 = 20;

/// What a packet that is a fragment is to its flow: of [`FlowPacket::fragment`](crate::FlowPacket::fragment).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Piece {
    /// The datagram, if all of it has come with this packet.
    pub whole: Option<WholeDatagram>,
    /// Fragments that came before the first, which this packet is, in their order.
    pub(crate) waited: Vec<WaitedFragment>,
    /// Whether the packet that counts is in pieces, not only a tunnel around it.
    pub(crate) is_itself: bool,
}

impl Piece {
    /// When the first of the fragments came, of which the last came now.
    pub(crate) fn start(&self, now: Timestamp) -> Timestamp {
        self.waited.iter().map(|waited| waited.timestamp).fold(now, Timestamp::min)
    }
}

/// A datagram that came in fragments, once all its bytes are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WholeDatagram {
    /// What IP carries.
    pub l4: Option<L4Proto>,
    /// What the header of TCP says, if the first fragment had it whole.
    pub tcp: Option<TcpInfo>,
    /// Bytes behind the transport header.
    pub payload_length: u32,
    /// Whether every byte was captured.
    pub is_captured: bool,
}

/// A fragment that came before the first of its datagram, and had to wait for its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitedFragment {
    /// When it came.
    pub timestamp: Timestamp,
    /// Its bytes on the wire.
    pub wire_bytes: u64,
    /// Bytes of the IP packet, header and all.
    pub ip_bytes: u32,
    /// Bytes behind the transport header.
    pub payload_bytes: u32,
    /// Where in the datagram's payload they start.
    offset: u32,
}

/// Which bytes of a datagram came.
#[derive(Clone, Debug, Default)]
struct Cover {
    /// Runs, apart from each other.
    runs: Vec<(u32, u32)>,
    /// Where the datagram ends, once its last fragment came.
    end: Option<u32>,
}

impl Cover {
    /// Takes a fragment, and says how long the datagram is, if it is whole now.
    fn add(&mut self, fragment: &Fragment) -> Option<u32> {
        let (mut from, mut to) =
            (fragment.offset, fragment.offset.saturating_add(fragment.payload_length));
        if !fragment.has_more {
            self.end = Some(to);
        }
        self.runs.retain(|&(first, last)| {
            let is_apart = last < from || to < first;
            if !is_apart {
                (from, to) = (from.min(first), to.max(last));
            }
            is_apart
        });
        if self.runs.len() < RUNS {
            self.runs.push((from, to));
        }
        let is_whole = self.runs.len() == 1 && self.runs.first() == Some(&(0, self.end?));
        self.end.filter(|_| is_whole)
    }
}

/// The flows of datagrams in pieces. Takes no memory before the first.
#[derive(Debug, Default)]
pub(crate) struct Datagrams(Vec<Option<Known>>);

#[derive(Clone, Debug)]
struct Known {
    datagram: DatagramId,
    seen: Timestamp,
    /// The flow, once the first fragment came.
    of: Option<PieceOf>,
    waiting: Vec<WaitedFragment>,
    cover: Cover,
    /// Whether a fragment was cut off by the capture.
    is_cut: bool,
    /// What the first fragment says of what it carries.
    front: Front,
}

/// What the first fragment of a datagram says of what it carries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Front {
    pub(crate) l4: Option<L4Proto>,
    pub(crate) tcp: Option<TcpInfo>,
    /// Bytes of the payload of IP that are no payload of the transport.
    pub(crate) header_len: u32,
}

impl Front {
    /// Of a first fragment, by how many of its bytes are payload of the transport.
    pub(crate) fn new(
        (l4, tcp): (Option<L4Proto>, Option<TcpInfo>),
        fragment: &Fragment,
        payload: u32,
    ) -> Self {
        let mut header_len = fragment.payload_length.saturating_sub(payload);
        if l4 == Some(L4Proto::Tcp) && tcp.is_none() {
            // It is cut, and the rest of it is in other fragments.
            header_len = header_len.max(TCP_HEADER);
        }
        Self { l4, tcp, header_len }
    }

    /// Takes the length of a header of TCP that was cut.
    fn learn(&mut self, fragment: &Fragment) {
        if self.l4 == Some(L4Proto::Tcp)
            && self.tcp.is_none()
            && let Some(words) = fragment.thirteenth
        {
            self.header_len = u32::from(words >> 4).saturating_mul(4).max(TCP_HEADER);
        }
    }

    /// How many bytes from a place on are behind the transport header.
    fn behind_header(&self, offset: u32, length: u32) -> u32 {
        offset.saturating_add(length).saturating_sub(self.header_len.max(offset))
    }
}

/// What a fragment belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PieceOf {
    pub(crate) flow: FlowId,
    pub(crate) side: Side,
    /// Whether it is of a tunnel's datagram, whose first fragment has the packet that counts.
    pub(crate) is_around: bool,
}

/// What becomes of a fragment behind the first of its datagram, or in front of it.
#[derive(Clone, Debug)]
pub(crate) enum Later {
    /// It is of a flow, and has so many bytes behind the transport header.
    Of(PieceOf, u32, Piece),
    /// It waits for the first, or is lost.
    Unknown,
}

impl Known {
    fn new(datagram: DatagramId, seen: Timestamp) -> Self {
        let (of, waiting, cover) = (None, Vec::new(), Cover::default());
        Self { datagram, seen, of, waiting, cover, is_cut: false, front: Front::default() }
    }

    /// Whether it is of this datagram, and still alive.
    fn is(&self, datagram: &DatagramId, now: Timestamp) -> bool {
        self.datagram == *datagram && self.is_alive(now)
    }

    fn is_alive(&self, now: Timestamp) -> bool {
        now.saturating_since(self.seen) < LIFETIME
    }

    /// Takes the bytes of a fragment, and gives the datagram if it is whole with them.
    fn cover(&mut self, fragment: &Fragment) -> Option<WholeDatagram> {
        self.is_cut |= !fragment.is_captured;
        self.front.learn(fragment);
        let length = self.cover.add(fragment).filter(|_| self.of.is_some())?;
        let Front { l4, tcp, .. } = self.front;
        let payload_length = self.front.behind_header(0, length);
        let whole = WholeDatagram { l4, tcp, payload_length, is_captured: !self.is_cut };
        // What comes now is of the datagram sent again.
        (self.cover, self.is_cut) = (Cover::default(), false);
        Some(whole)
    }
}

impl Datagrams {
    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        let places = self.0.capacity().saturating_mul(size_of::<Option<Known>>());
        let known = self.0.iter().flatten();
        known.fold(places, |sum, known| {
            let waiting = known.waiting.capacity().saturating_mul(size_of::<WaitedFragment>());
            let runs = known.cover.runs.capacity().saturating_mul(size_of::<(u32, u32)>());
            sum.saturating_add(waiting).saturating_add(runs)
        })
    }

    /// Remembers the flow of a first fragment, and gives what waited for it.
    pub(crate) fn first(
        &mut self,
        fragment: &Fragment,
        of: PieceOf,
        front: Front,
        (now, seed): (Timestamp, HashSeed),
    ) -> Piece {
        let Some(known) = self.known(fragment.datagram, of, (now, seed)) else {
            return Piece::default();
        };
        // The rest of a header that is cut may be in what waited.
        let learnt = known.front.header_len;
        let is_cut = front.l4 == Some(L4Proto::Tcp) && front.tcp.is_none() && learnt > 0;
        known.front = if is_cut { Front { header_len: learnt, ..front } } else { front };
        let whole = known.cover(fragment);
        let mut waited = std::mem::take(&mut known.waiting);
        for piece in &mut waited {
            piece.payload_bytes = known.front.behind_header(piece.offset, piece.payload_bytes);
        }
        Piece { whole, waited, is_itself: true }
    }

    /// Remembers the flow of the first fragment of a tunnel's datagram, and gives what waited for it: of IP and
    /// payload, the packet inside has told all.
    pub(crate) fn around(
        &mut self,
        datagram: DatagramId,
        of: PieceOf,
        (now, seed): (Timestamp, HashSeed),
    ) -> Vec<WaitedFragment> {
        let of = PieceOf { is_around: true, ..of };
        let Some(known) = self.known(datagram, of, (now, seed)) else { return Vec::new() };
        let waited = std::mem::take(&mut known.waiting).into_iter();
        waited.map(|piece| WaitedFragment { ip_bytes: 0, payload_bytes: 0, ..piece }).collect()
    }

    /// The place of a datagram whose flow is known now. What is remembered of it stays, unless it is of another
    /// flow, which had the same identification before.
    fn known(
        &mut self,
        datagram: DatagramId,
        of: PieceOf,
        (now, seed): (Timestamp, HashSeed),
    ) -> Option<&mut Known> {
        let place = self.place(&datagram, seed)?;
        let is_same = |known: &Known| {
            known.is(&datagram, now) && known.of.is_none_or(|known| known.flow == of.flow)
        };
        if !place.as_ref().is_some_and(is_same) {
            *place = None;
        }
        let known = place.get_or_insert_with(|| Known::new(datagram, now));
        (known.of, known.seen) = (Some(of), now);
        Some(known)
    }

    /// What a fragment without the front of its datagram belongs to, if that flow `lives`; or else it waits.
    pub(crate) fn later(
        &mut self,
        fragment: &Fragment,
        wire_bytes: u64,
        lives: impl Fn(FlowId) -> bool,
        (now, seed): (Timestamp, HashSeed),
    ) -> Later {
        let Some(place) = self.place(&fragment.datagram, seed) else { return Later::Unknown };
        let is_of_a_flow = |known: &Known| known.of.is_some_and(|of| lives(of.flow));
        if let Some(known) = place.as_mut().filter(|known| known.is(&fragment.datagram, now))
            && let Some(of) = known.of.filter(|of| lives(of.flow))
        {
            if of.is_around {
                return Later::Of(of, 0, Piece::default());
            }
            let whole = known.cover(fragment);
            let payload = known.front.behind_header(fragment.offset, fragment.payload_length);
            return Later::Of(of, payload, Piece { whole, waited: Vec::new(), is_itself: true });
        }
        // Who sends fragments without a first makes no datagram forgotten whose first was seen.
        let is_taken = |known: &Known| known.is_alive(now) && is_of_a_flow(known);
        if place.as_ref().is_some_and(is_taken) {
            return Later::Unknown;
        }
        let waits = |known: &Known| known.is(&fragment.datagram, now) && known.of.is_none();
        if !place.as_ref().is_some_and(waits) {
            *place = None;
        }
        let known = place.get_or_insert_with(|| Known::new(fragment.datagram, now));
        if known.waiting.len() < WAITING {
            known.front.l4 = Some(L4Proto::Tcp); // If it is of TCP, its header may be in here.
            known.cover(fragment);
            known.waiting.push(WaitedFragment {
                timestamp: now,
                wire_bytes,
                ip_bytes: fragment.ip_length,
                payload_bytes: fragment.payload_length,
                offset: fragment.offset,
            });
        }
        Later::Unknown
    }

    /// Where a datagram is kept.
    #[allow(clippy::cast_possible_truncation, reason = "a hash is as good cut short")]
    fn place(&mut self, datagram: &DatagramId, seed: HashSeed) -> Option<&mut Option<Known>> {
        self.0.resize(DATAGRAMS, None);
        self.0.get_mut(seed.hash_one(datagram) as usize % DATAGRAMS)
    }
}
