//! What each side says first.

use rheos_core::{SeqNumber, Side};
use rheos_layers::TcpFlags;

use crate::{FlowPacket, Process};

/// The first `N` bytes of payload of each side: `S` of a [`FlowTracker`](crate::FlowTracker).
///
/// Of TCP they are in the order of its numbers, and each once: what is sent again is not added, and
/// what comes in front of its time only counts when it is sent again. Of all else they are the
/// payloads in the order in which they came.
#[derive(Clone, Debug)]
pub struct FirstBytes<const N: usize> {
    initiator: Front<N>,
    responder: Front<N>,
}

/// The first bytes of one side.
#[derive(Clone, Copy, Debug)]
struct Front<const N: usize> {
    bytes: [u8; N],
    len: usize,
    /// The number of the first byte.
    first: Option<SeqNumber>,
}

impl<const N: usize> Default for FirstBytes<N> {
    fn default() -> Self {
        let front = Front { bytes: [0; N], len: 0, first: None };
        Self { initiator: front, responder: front }
    }
}

impl<const N: usize> FirstBytes<N> {
    /// What one side said first.
    pub fn side(&self, side: Side) -> &[u8] {
        let front = match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        };
        front.bytes.get(..front.len).unwrap_or_default()
    }
}

impl<const N: usize> Process for FirstBytes<N> {
    const DETAIL: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        let front = match packet.side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        };
        if front.len >= N {
            return;
        }
        let Some(tcp) = packet.tcp else { return front.add(packet.payload()) };
        if tcp.flags.contains(TcpFlags::RST) {
            return; // RFC 9293 section 3.5.3: it may say why, and that is not of the stream.
        }
        let has_syn = tcp.flags.contains(TcpFlags::SYN);
        let start = SeqNumber(tcp.seq.wrapping_add(has_syn.into()));
        let first =
            if has_syn { *front.first.insert(start) } else { *front.first.get_or_insert(start) };
        // Bytes of the segment that are there already.
        let known = i64::try_from(front.len).unwrap_or(i64::MAX);
        let known = known.saturating_sub(start.distance(first).into());
        if let Ok(known) = usize::try_from(known) {
            front.add(packet.payload().get(known..).unwrap_or_default());
        }
    }
}

impl<const N: usize> Front<N> {
    fn add(&mut self, payload: &[u8]) {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        let count = room.len().min(payload.len());
        room.iter_mut().zip(payload).for_each(|(place, byte)| *place = *byte);
        self.len = self.len.saturating_add(count);
    }
}
