//! What there is to know of each side of a flow beyond packets and bytes.

use rheos_core::Side;

use crate::{FlowPacket, IcmpError, Process, WaitedFragment};

pub(crate) use trail::Trail;

pub use first_bytes::FirstBytes;
#[doc(hidden)]
pub use fuzz::fuzz as fuzz_details;
pub use handshake::Handshake;
pub use ip_loss::IpLoss;
pub use round_trips::{RoundTripStats, RoundTrips, SideRoundTrips};
pub use side::{SideDetails, TcpFlagsSeen};
pub use spacing::{SideSpacing, Spacing, Spread};

mod first_bytes;
mod fuzz;
mod handshake;
mod ip_loss;
mod round_trips;
mod side;
mod spacing;
mod trail;

/// What there is to know of each side of a flow beyond packets and bytes: `S` of a
/// [`FlowTracker`](crate::FlowTracker), for those who want it and can pay for decoding every packet.
///
/// [`RoundTrips`], [`FirstBytes`] and [`Spacing`] keep more of each flow; a pair of two is an `S` too.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FlowDetails {
    /// What the initiator sent.
    pub initiator: SideDetails,
    /// What the responder sent.
    pub responder: SideDetails,
    /// When the handshake of TCP took place.
    pub handshake: Handshake,
    /// ICMP errors that quote packets of the flow, and the last of them.
    pub icmp_errors: (u64, Option<IcmpError>),
}

impl FlowDetails {
    /// What one side sent.
    pub fn side(&self, side: Side) -> &SideDetails {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }
}

impl Process for FlowDetails {
    const DETAIL: bool = true;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        let sides = (&mut self.initiator, &mut self.responder);
        let (one, other) = match packet.side {
            Side::Initiator => sides,
            Side::Responder => (sides.1, sides.0),
        };
        one.note(packet);
        if let Some(tcp) = packet.tcp {
            self.handshake.note(packet.side, tcp, packet.timestamp);
            let reorders = self.handshake.reordering();
            one.segment(tcp, packet.payload_length, other.trail(), packet.timestamp, reorders);
        }
    }

    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        let one = match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        };
        one.waited(fragment);
    }

    fn icmp_error(&mut self, _side: Side, error: &IcmpError) {
        let (count, last) = &mut self.icmp_errors;
        (*count, *last) = (count.saturating_add(1), Some(*error));
    }
}

fn count(counter: &mut u64, happened: bool) {
    *counter = counter.saturating_add(happened.into());
}
