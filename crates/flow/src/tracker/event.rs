//! What a tracker reports.

use bitflags::bitflags;
use rheos_core::{Side, Timestamp};

use super::{FlowId, FlowRecord, FlowState};
use crate::{Anomaly, Extracted, IcmpError, TrackerAnomaly};

/// Something that happened to a flow. It borrows the flow's record as it is at that moment.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it")]
pub enum FlowEvent<'a, K, S = ()> {
    /// A first packet, from this side. The parent is the flow that announced this one, as
    /// [`FlowTracker::expect`](crate::FlowTracker::expect) says.
    Started {
        id: FlowId,
        flow: &'a FlowRecord<K, S>,
        side: Side,
        parent: Option<FlowId>,
        timestamp: Timestamp,
    },
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
    /// The flow lasts: a record of what it adds up to so far, and not an end.
    Active { id: FlowId, flow: &'a FlowRecord<K, S>, timestamp: Timestamp },
    /// An ICMP error quotes a packet of the flow, which this side had sent.
    IcmpError {
        id: FlowId,
        flow: &'a FlowRecord<K, S>,
        side: Side,
        error: IcmpError,
        timestamp: Timestamp,
    },
    /// Something is odd in the flow, behind the packet that shows it.
    Anomaly { id: FlowId, flow: &'a FlowRecord<K, S>, anomaly: Anomaly, timestamp: Timestamp },
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
            | Self::Active { id, .. }
            | Self::IcmpError { id, .. }
            | Self::Anomaly { id, .. }
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
            | Self::Active { flow, .. }
            | Self::IcmpError { flow, .. }
            | Self::Anomaly { flow, .. }
            | Self::Ended { flow, .. } => flow,
        }
    }

    /// Which of the kinds it is.
    pub fn kind(&self) -> EventMask {
        match self {
            Self::Started { .. } => EventMask::STARTED,
            Self::Established { .. } => EventMask::ESTABLISHED,
            Self::StateChange { .. } => EventMask::STATE_CHANGE,
            Self::Packet { .. } => EventMask::PACKET,
            Self::Active { .. } => EventMask::ACTIVE,
            Self::IcmpError { .. } => EventMask::ICMP_ERROR,
            Self::Anomaly { .. } => EventMask::ANOMALY,
            Self::Ended { .. } => EventMask::ENDED,
        }
    }

    /// When it happened.
    pub fn timestamp(&self) -> Timestamp {
        match self {
            Self::Started { timestamp, .. }
            | Self::Established { timestamp, .. }
            | Self::StateChange { timestamp, .. }
            | Self::Packet { timestamp, .. }
            | Self::Active { timestamp, .. }
            | Self::IcmpError { timestamp, .. }
            | Self::Anomaly { timestamp, .. }
            | Self::Ended { timestamp, .. } => *timestamp,
        }
    }
}

bitflags! {
    /// Kinds of events.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct EventMask: u8 {
        /// [`FlowEvent::Started`]
        const STARTED = 0x01;
        /// [`FlowEvent::Established`]
        const ESTABLISHED = 0x02;
        /// [`FlowEvent::StateChange`]
        const STATE_CHANGE = 0x04;
        /// [`FlowEvent::Packet`]
        const PACKET = 0x08;
        /// [`FlowEvent::Active`]
        const ACTIVE = 0x10;
        /// [`FlowEvent::IcmpError`]
        const ICMP_ERROR = 0x20;
        /// [`FlowEvent::Ended`]
        const ENDED = 0x40;
        /// [`FlowEvent::Anomaly`], and what is odd about all flows
        const ANOMALY = 0x80;
    }
}

/// A sink that lets these kinds of events through to another. A tracker tracks the same whatever its
/// sink hides; without a mask, none is asked.
#[derive(Clone, Debug)]
pub struct Masked<T> {
    /// What is let through; a program under load may take bits away, and set them again.
    pub mask: EventMask,
    /// Where it goes.
    pub sink: T,
}

impl<K, S, T: FlowSink<K, S>> FlowSink<K, S> for Masked<T> {
    #[inline]
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        if self.mask.contains(event.kind()) {
            self.sink.event(event);
        }
    }

    #[inline]
    fn extracted(&mut self, id: FlowId, flow: &FlowRecord<K, S>, side: Side, it: &Extracted<K>) {
        if self.mask.contains(EventMask::PACKET) {
            self.sink.extracted(id, flow, side, it);
        }
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        if self.mask.contains(EventMask::ANOMALY) {
            self.sink.tracker_anomaly(anomaly, timestamp);
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
    /// A SYN with another number asked for a new connection between the same ports.
    PortReuse,
    /// It made room for another.
    Evicted,
    /// The program ended it.
    ForceClosed,
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
            Self::PortReuse => "port_reuse",
            Self::Evicted => "evicted",
            Self::ForceClosed => "force_closed",
            Self::EndOfInput => "end_of_input",
        }
    }

    /// Whether the flow came to its own end, and was neither broken off nor given up.
    pub fn is_graceful(self) -> bool {
        matches!(self, Self::Fin | Self::IdleTimeout | Self::ForceClosed | Self::EndOfInput)
    }
}

/// Takes events, one by one. Any closure over a [`FlowEvent`] is one.
pub trait FlowSink<K, S = ()> {
    /// Takes the next event.
    fn event(&mut self, event: &FlowEvent<'_, K, S>);

    /// Takes what the extractor has said of a packet, behind its event: for those who read payloads. Later
    /// fragments have nothing of the kind. Nothing happens, unless a sink wants it: what an event had of it
    /// would be put into memory for every sink.
    #[inline]
    fn extracted(&mut self, id: FlowId, flow: &FlowRecord<K, S>, side: Side, it: &Extracted<K>) {
        _ = (id, flow, side, it);
    }

    /// Takes what is odd about all flows together. Nothing happens, unless a sink wants it.
    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        _ = (anomaly, timestamp);
    }
}

impl<K, S, F: FnMut(&FlowEvent<'_, K, S>)> FlowSink<K, S> for F {
    #[inline]
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        self(event);
    }
}
