//! The states of one end of a TCP connection, as Zeek has them, and the steps between them.

use rheos_core::Side;

use super::conn::Conn;
use crate::TcpInfo;

/// The state of one end of a TCP connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcpState {
    /// It sent nothing that tells of a connection.
    #[default]
    Inactive,
    /// It asked for a connection.
    SynSent,
    /// It is the initiator, and sent an answer first.
    SynAckSent,
    /// It sent segments, but no SYN.
    Partial,
    /// It is bound.
    Established,
    /// It has sent a FIN.
    Closed,
    /// It broke off.
    Reset,
}

impl Conn {
    /// Takes a step of the end that sent a segment, and says whether that closes it.
    pub(super) fn step(
        &mut self,
        side: Side,
        (syn, fin, rst, ack): (bool, bool, bool, bool),
        len: u64,
        tcp: &TcpInfo,
    ) -> bool {
        match self.end(side).state {
            TcpState::Inactive => self.first_step(side, (syn, fin, rst, ack), len, tcp),
            TcpState::SynSent | TcpState::SynAckSent => {
                if fin {
                    self.end_mut(side).set(TcpState::Closed);
                }
                if rst {
                    self.end_mut(side).set(TcpState::Reset);
                }
                fin || rst
            }
            TcpState::Established | TcpState::Partial => {
                self.steady_step(side, (syn, fin, rst, ack));
                fin || rst
            }
            TcpState::Closed => {
                let resets = rst && self.end(!side).state != TcpState::Closed;
                if resets {
                    self.end_mut(side).set(TcpState::Reset);
                }
                resets && !self.end(side).did_close
            }
            TcpState::Reset => false,
        }
    }

    fn first_step(
        &mut self,
        side: Side,
        (syn, fin, rst, ack): (bool, bool, bool, bool),
        len: u64,
        tcp: &TcpInfo,
    ) -> bool {
        let peer = self.end(!side).state;
        if syn && side == Side::Initiator {
            let state = if ack { TcpState::SynAckSent } else { TcpState::SynSent };
            self.end_mut(side).set(state);
        } else if syn {
            // RFC 9293 section 3.5: both may ask at once; and a SYN may come behind its answer.
            let crosses = peer == TcpState::SynSent
                || (peer == TcpState::SynAckSent
                    && !ack
                    && self.end(side).relative(tcp.seq).0 == 0);
            if crosses {
                self.end_mut(!side).set(TcpState::Established);
            }
            self.end_mut(side).set(TcpState::Established);
        }
        if fin {
            self.end_mut(side).set(TcpState::Closed);
        }
        if rst {
            self.end_mut(side).set(TcpState::Reset);
        }
        if self.end(side).state == TcpState::Inactive {
            // Some hosts acknowledge a SYN before they answer it.
            let early = side == Side::Responder && len == 0 && peer == TcpState::SynSent;
            if ack && peer == TcpState::Established {
                self.end_mut(side).set(TcpState::Established);
                self.is_whole();
            } else if !early {
                self.end_mut(side).set(TcpState::Partial);
            }
        }
        fin || rst
    }

    fn steady_step(&mut self, side: Side, (syn, fin, rst, ack): (bool, bool, bool, bool)) {
        let peer = self.end(!side);
        let (peer_state, peer_before) = (peer.state, peer.before);
        let is_partial = self.end(side).state == TcpState::Partial;
        if syn && !ack && is_partial && peer_state == TcpState::Inactive {
            self.end_mut(side).set(TcpState::SynSent);
        }
        if fin && !rst {
            self.end_mut(side).set(TcpState::Closed);
            if peer_state == TcpState::Reset && peer_before == TcpState::Closed {
                // A FIN and then an RST was a close after all.
                self.end_mut(!side).set(TcpState::Closed);
            }
        }
        if rst {
            self.end_mut(side).set(TcpState::Reset);
        }
    }
}
