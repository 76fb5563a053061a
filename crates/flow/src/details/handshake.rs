//! The handshake of TCP and its round trips.

use std::time::Duration;

use rheos_core::{Side, Timestamp};
use rheos_layers::TcpFlags;

use crate::TcpInfo;

/// When the handshake of TCP took place. A SYN or SYN-ACK that was sent again leaves times out: which
/// of them was answered is not known (Karn's rule).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshake {
    /// When the SYN came.
    pub syn: Option<Timestamp>,
    /// When the SYN-ACK came.
    pub syn_ack: Option<Timestamp>,
    /// When the ACK of that came.
    pub ack: Option<Timestamp>,
    syns: u8,
    syn_acks: u8,
}

impl Handshake {
    /// The round trip between where the capture was made and the responder.
    pub fn rtt_network(&self) -> Option<Duration> {
        let is_once = self.syns == 1 && self.syn_acks == 1;
        let (syn, syn_ack) = self.syn.zip(self.syn_ack).filter(|_| is_once)?;
        Some(syn_ack.saturating_since(syn))
    }

    /// The round trip between where the capture was made and the initiator.
    pub fn rtt_user(&self) -> Option<Duration> {
        let (syn_ack, ack) = self.syn_ack.zip(self.ack).filter(|_| self.syn_acks == 1)?;
        Some(ack.saturating_since(syn_ack))
    }

    /// The whole round trip.
    pub fn rtt(&self) -> Option<Duration> {
        Some(self.rtt_network()?.saturating_add(self.rtt_user()?))
    }

    /// How long behind the segments after it one may come that was sent before them: the first round
    /// trip, or else the 3 ms that tshark takes. What comes later was sent again.
    pub(super) fn reordering(&self) -> Duration {
        self.rtt().unwrap_or(Duration::from_millis(3))
    }

    pub(super) fn note(&mut self, side: Side, tcp: &TcpInfo, now: Timestamp) {
        let (syn, ack) = (tcp.flags.contains(TcpFlags::SYN), tcp.flags.contains(TcpFlags::ACK));
        match (side, syn, ack) {
            (Side::Initiator, true, false) => {
                self.syn.get_or_insert(now);
                self.syns = self.syns.saturating_add(1);
            }
            (Side::Responder, true, true) => {
                self.syn_ack.get_or_insert(now);
                self.syn_acks = self.syn_acks.saturating_add(1);
            }
            (Side::Initiator, false, true) if self.syn_ack.is_some() => {
                self.ack.get_or_insert(now);
            }
            _ => {}
        }
    }
}
