//! What an engine reports: one stream of events, in one order.

use bitflags::bitflags;
use rheos_core::{Side, Timestamp};
use rheos_flow::{Anomaly, EndReason, FlowId, FlowRecord, FlowState, IcmpError, TrackerAnomaly};
use rheos_l7::Failure;
use rheos_reassembly::tcp::GapCause;

use crate::Message;

/// Something that happened in a flow.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event<'a, K, S = ()> {
    /// The packet that brought it about, counted from one; at the end of input, the last one.
    pub packet: u64,
    /// When: the latest time of all packets so far.
    pub timestamp: Timestamp,
    /// The flow.
    pub flow: Flow<'a, K, S>,
    /// What.
    pub kind: EventKind<'a>,
}

impl<'a, K, S> Event<'a, K, S> {
    /// The message, if this is one of this type.
    ///
    /// ```
    /// # use rheos_session::{Event, EventKind};
    /// # fn example(event: &Event<'_, rheos_flow::FiveTupleKey>) {
    /// if let Some(line) = event.message::<String>() {
    ///     assert!(matches!(event.kind, EventKind::Message { .. }) && line.len() < 100);
    /// }
    /// # }
    /// ```
    pub fn message<T: Message>(&self) -> Option<&'a T> {
        match self.kind {
            EventKind::Message { message, .. } => message.downcast_ref(),
            _ => None,
        }
    }
}

/// A flow, as it is at that moment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Flow<'a, K, S = ()> {
    /// Its number: that of its first packet. No two flows of an engine have the same, and it is the same
    /// however many shards there are.
    pub number: u64,
    /// Its identity in its tracker.
    pub id: FlowId,
    /// What is known of it.
    pub record: &'a FlowRecord<K, S>,
}

impl<K, S> Clone for Flow<'_, K, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, S> Copy for Flow<'_, K, S> {}

/// What happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A first packet, from this side.
    Started {
        /// Who sent it.
        side: Side,
        /// The number of the flow that announced this one, as a control connection of FTP does.
        parent: Option<u64>,
    },
    /// The handshake of TCP is done.
    Established,
    /// Any other step of TCP.
    StateChange {
        /// The state before.
        from: FlowState,
        /// The state now.
        to: FlowState,
    },
    /// A packet, the first too, already counted.
    Packet {
        /// Who sent it.
        side: Side,
        /// Bytes on the wire.
        len: u32,
    },
    /// The flow lasts: a record of what it adds up to so far.
    Active,
    /// An ICMP error quotes a packet of the flow.
    IcmpError {
        /// Who had sent that packet.
        side: Side,
        /// The error.
        error: IcmpError,
    },
    /// A parser reads the flow from here on.
    Identified {
        /// Its name.
        parser: &'static str,
        /// How it was chosen.
        by: Choice,
    },
    /// A message of a parser. Files are such, too: `FtpDataParser` tells them, and `HttpFiles` makes them of the
    /// messages of HTTP, both of `rheos_l7::files`.
    Message {
        /// The parser's name.
        parser: &'static str,
        /// Whose bytes completed it; the initiator's name stands for both where it was time.
        side: Side,
        /// The message.
        message: &'a dyn Message,
    },
    /// Bytes of a stream are missing.
    Gap {
        /// Whose bytes.
        side: Side,
        /// How many bytes of the stream stand in front.
        offset: u64,
        /// How many are missing.
        len: u64,
        /// Why nobody waits for them.
        cause: GapCause,
    },
    /// Two segments had different bytes for the same place of a stream.
    Conflict {
        /// Whose bytes.
        side: Side,
        /// Where in the stream.
        offset: u64,
        /// How many.
        len: u64,
        /// Whether the later ones are what is read.
        replaced: bool,
    },
    /// A parser cannot go on, or cannot read one datagram. The flow goes on.
    Failed {
        /// Its name.
        parser: &'static str,
        /// Whose bytes it was reading.
        side: Side,
        /// Why.
        failure: &'a Failure,
    },
    /// Something is odd in the flow. What packets show, [`Anomalies`](rheos_flow::Anomalies) tells, once for
    /// each side of a flow, if the engine [keeps](crate::EngineBuilder::keep) it. What streams and parsers
    /// show, the engine tells whenever it happens, behind a [`Gap`](Self::Gap), a
    /// [`Conflict`](Self::Conflict) or a [`Failed`](Self::Failed), which say more.
    Anomaly {
        /// What, and whose doing it is.
        anomaly: Anomaly,
    },
    /// The flow is over.
    Ended {
        /// Why.
        reason: EndReason,
    },
}

impl EventKind<'_> {
    /// Which of the kinds it is.
    pub fn mask(&self) -> Events {
        match self {
            Self::Started { .. } => Events::STARTED,
            Self::Established => Events::ESTABLISHED,
            Self::StateChange { .. } => Events::STATE_CHANGE,
            Self::Packet { .. } => Events::PACKET,
            Self::Active => Events::ACTIVE,
            Self::IcmpError { .. } => Events::ICMP_ERROR,
            Self::Identified { .. } => Events::IDENTIFIED,
            Self::Message { .. } => Events::MESSAGE,
            Self::Gap { .. } => Events::GAP,
            Self::Conflict { .. } => Events::CONFLICT,
            Self::Failed { .. } => Events::FAILED,
            Self::Anomaly { .. } => Events::ANOMALY,
            Self::Ended { .. } => Events::ENDED,
        }
    }
}

/// Why a parser reads a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Choice {
    /// It knew the first bytes.
    Content,
    /// None knew the first bytes, and a port of the flow is one of its ports.
    Port,
    /// Another parser handed the stream over to it.
    HandedOver,
    /// Another flow announced this one.
    Announced,
}

bitflags! {
    /// Kinds of events.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Events: u16 {
        /// [`EventKind::Started`]
        const STARTED = 0x001;
        /// [`EventKind::Established`]
        const ESTABLISHED = 0x002;
        /// [`EventKind::StateChange`]
        const STATE_CHANGE = 0x004;
        /// [`EventKind::Packet`]
        const PACKET = 0x008;
        /// [`EventKind::Active`]
        const ACTIVE = 0x010;
        /// [`EventKind::IcmpError`]
        const ICMP_ERROR = 0x020;
        /// [`EventKind::Identified`]
        const IDENTIFIED = 0x040;
        /// [`EventKind::Message`]
        const MESSAGE = 0x080;
        /// [`EventKind::Gap`]
        const GAP = 0x100;
        /// [`EventKind::Conflict`]
        const CONFLICT = 0x200;
        /// [`EventKind::Failed`]
        const FAILED = 0x400;
        /// [`EventKind::Ended`]
        const ENDED = 0x800;
        /// [`EventKind::Anomaly`], and what is odd about all flows
        const ANOMALY = 0x1000;
    }
}

impl Default for Events {
    /// All but [`PACKET`](Self::PACKET), of which there are as many as packets.
    fn default() -> Self {
        Self::all().difference(Self::PACKET)
    }
}

/// Takes events, one by one. Any closure over an [`Event`] is one, and so is a pair of that and a closure over
/// what is odd about all flows.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::TrackerAnomaly;
/// use rheos_session::{Engine, Event};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let mut engine = Engine::builder().build();
/// let (mut flows, mut odd) = (0, Vec::new());
/// let mut sink = (
///     |_: &Event<'_, _>| flows += 1,
///     |anomaly: &TrackerAnomaly, _: Timestamp| odd.push(anomaly.as_str()),
/// );
/// for second in [7, 6] {
///     engine.packet(&RawPacket::new(Timestamp::from_secs(second, 0), LinkType::IPV4, bytes), &mut sink);
/// }
/// engine.finish(&mut sink);
/// assert_eq!(odd, ["time_backwards"]);
/// ```
pub trait Sink<K, S = ()> {
    /// Takes the next event.
    fn event(&mut self, event: &Event<'_, K, S>);

    /// Takes what is odd about all flows together, each kind once a second at most, in its order among the
    /// events. Nothing happens, unless a sink wants it.
    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        _ = (anomaly, timestamp);
    }
}

impl<K, S, F, G> Sink<K, S> for (F, G)
where
    F: Sink<K, S>,
    G: FnMut(&TrackerAnomaly, Timestamp),
{
    #[inline]
    fn event(&mut self, event: &Event<'_, K, S>) {
        self.0.event(event);
    }

    fn tracker_anomaly(&mut self, anomaly: &TrackerAnomaly, timestamp: Timestamp) {
        self.1(anomaly, timestamp);
    }
}

impl<K, S, F: FnMut(&Event<'_, K, S>)> Sink<K, S> for F {
    #[inline]
    fn event(&mut self, event: &Event<'_, K, S>) {
        self(event);
    }
}
