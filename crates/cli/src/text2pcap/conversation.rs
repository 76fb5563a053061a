//! Any bytes as what one end of a made-up flow says to the other.

use rheos::core::Side;
use rheos::layers::{EncodeError, TcpFlags};

use super::envelope::{Carrier, Envelope, Segment};

/// Where the numbers of the two ends start: far apart, so that nobody takes one for the other.
const STARTS: [u32; 2] = [1_000_000, 2_000_000_000];

/// A flow that is being made up.
pub(super) struct Conversation {
    envelope: Envelope,
    /// The next number of the initiator and of the responder.
    next: [u32; 2],
    /// Who says the bytes.
    speaker: Side,
}

impl Conversation {
    /// A flow in which one end speaks and the other only listens.
    pub(super) fn new(envelope: Envelope, speaker: Side) -> Self {
        Self { envelope, next: STARTS, speaker }
    }

    /// The packets in front of the first byte: the handshake of TCP.
    pub(super) fn open(&mut self) -> Result<Vec<Vec<u8>>, EncodeError> {
        if !self.is_tcp() {
            return Ok(Vec::new());
        }
        let syn = Segment { sequence: STARTS[0], acknowledgment: 0, flags: TcpFlags::SYN };
        let first = self.envelope.wrap(Side::Initiator, syn, &[])?;
        self.advance(Side::Initiator, 1);
        let second = self.send(Side::Responder, TcpFlags::SYN | TcpFlags::ACK, &[])?;
        self.advance(Side::Responder, 1);
        Ok(vec![first, second, self.send(Side::Initiator, TcpFlags::ACK, &[])?])
    }

    /// The packets that carry bytes: one, and what acknowledges it.
    pub(super) fn say(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, EncodeError> {
        let said = self.send(self.speaker, TcpFlags::PSH | TcpFlags::ACK, bytes)?;
        if !self.is_tcp() {
            return Ok(vec![said]);
        }
        self.advance(self.speaker, u32::try_from(bytes.len()).unwrap_or_default());
        Ok(vec![said, self.send(!self.speaker, TcpFlags::ACK, &[])?])
    }

    /// The packets behind the last byte.
    pub(super) fn close(&mut self) -> Result<Vec<Vec<u8>>, EncodeError> {
        if !self.is_tcp() {
            return Ok(Vec::new());
        }
        let (speaker, listener) = (self.speaker, !self.speaker);
        let first = self.send(speaker, TcpFlags::FIN | TcpFlags::ACK, &[])?;
        self.advance(speaker, 1);
        let second = self.send(listener, TcpFlags::FIN | TcpFlags::ACK, &[])?;
        self.advance(listener, 1);
        Ok(vec![first, second, self.send(speaker, TcpFlags::ACK, &[])?])
    }

    fn is_tcp(&self) -> bool {
        matches!(self.envelope.carrier, Carrier::Tcp(..))
    }

    fn send(&self, from: Side, flags: TcpFlags, bytes: &[u8]) -> Result<Vec<u8>, EncodeError> {
        let [initiator, responder] = self.next;
        let (sequence, acknowledgment) = match from {
            Side::Initiator => (initiator, responder),
            Side::Responder => (responder, initiator),
        };
        let segment = Segment { sequence, acknowledgment, flags };
        self.envelope.wrap(from, segment, bytes)
    }

    /// Moves the next number of one end on, which wraps around as TCP's do.
    fn advance(&mut self, side: Side, count: u32) {
        let [initiator, responder] = &mut self.next;
        let next = if side == Side::Initiator { initiator } else { responder };
        *next = next.wrapping_add(count);
    }
}
