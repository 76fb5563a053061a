//! What a tracker reports.

use rheos_core::{Side, Timestamp};

use super::{FlowId, FlowRecord, FlowState};

/// Something that happened to a flow. It borrows the flow's record as it is at that moment.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it")]
pub enum FlowEvent<'a, K, S = ()> {
    /// A first packet, from this side.
    Started { id: FlowId, flow: &'a FlowRecord<K, S>, side: Side, timestamp: Timestamp },
    /// The handshake of TCP is done.
    Established { id: FlowId, flow: &'a FlowRecord<K, S>, timestamp: Timestamp },
    /// Any other step of TCP.
    StateChange {
        id: FlowId,
        flow: &'a FlowRecord<K, S>,
        from: FlowState,
        to: FlowState,
        timestamp: Timestamp,
    },
    /// A packet, the first too, already counted. Its length is that on the wire.
    Packet { id: FlowId, flow: &'a FlowRecord<K, S>, side: Side, len: u32, timestamp: Timestamp },
    /// The flow is over, and its record is given up after this.
    Ended { id: FlowId, flow: &'a FlowRecord<K, S>, reason: EndReason, timestamp: Timestamp },
}

impl<'a, K, S> FlowEvent<'a, K, S> {
    /// The flow's identity.
    pub fn id(&self) -> FlowId {
        match self {
            Self::Started { id, .. }
            | Self::Established { id, .. }
            | Self::StateChange { id, .. }
            | Self::Packet { id, .. }
            | Self::Ended { id, .. } => *id,
        }
    }

    /// The flow's record.
    pub fn flow(&self) -> &'a FlowRecord<K, S> {
        match self {
            Self::Started { flow, .. }
            | Self::Established { flow, .. }
            | Self::StateChange { flow, .. }
            | Self::Packet { flow, .. }
            | Self::Ended { flow, .. } => flow,
        }
    }
}

/// Why a flow is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// TCP closed it.
    Fin,
    /// TCP reset it.
    Rst,
    /// It had no packet for too long.
    IdleTimeout,
    /// It made room for another.
    Evicted,
    /// There are no more packets at all.
    EndOfInput,
}

impl EndReason {
    /// The name in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::IdleTimeout => "idle",
            Self::Evicted => "evicted",
            Self::EndOfInput => "end_of_input",
        }
    }
}

/// Takes events, one by one. Any closure over a [`FlowEvent`] is one.
pub trait FlowSink<K, S = ()> {
    /// Takes the next event.
    fn event(&mut self, event: &FlowEvent<'_, K, S>);
}

impl<K, S, F: FnMut(&FlowEvent<'_, K, S>)> FlowSink<K, S> for F {
    #[inline]
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        self(event);
    }
}
