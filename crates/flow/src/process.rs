//! What a program keeps of each flow beside its record.

use rheos_core::{RawPacket, Side, Timestamp};

use crate::{Anomaly, FlowState, PacketDetail, Piece, TcpInfo, WaitedFragment};

/// What a program keeps of each flow: `S` of a [`FlowTracker`](crate::FlowTracker), at
/// [`FlowRecord::user`](crate::FlowRecord::user). It sees every packet of its flow, behind the
/// record's own counters and in front of the events.
///
/// A pair of two is one too. `()` keeps nothing and costs nothing.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{FiveTuple, FlowEvent, FlowPacket, FlowTracker, Process};
///
/// #[derive(Default)]
/// struct Largest(u64);
///
/// impl Process for Largest {
///     fn process(&mut self, packet: &FlowPacket<'_>) {
///         self.0 = self.0.max(packet.raw.wire_length());
///     }
/// }
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let mut tracker = FlowTracker::<_, Largest>::new(FiveTuple::default());
/// tracker.track(&raw, &mut |_: &FlowEvent<'_, _, _>| {});
/// assert_eq!(tracker.flows().next().unwrap().1.user.0, 30);
/// ```
pub trait Process: Default {
    /// Whether it looks at [`FlowPacket::detail`], for which every packet is decoded.
    const DETAIL: bool = false;

    /// Whether it has a [`deadline`](Self::deadline), for which it is asked behind every packet.
    const DEADLINE: bool = false;

    /// Takes the next packet of the flow.
    fn process(&mut self, packet: &FlowPacket<'_>) {
        _ = packet;
    }

    /// Takes a fragment that came before the first of its datagram, and waited for that: nothing is left of
    /// its bytes. It is told behind that one.
    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        _ = (side, fragment);
    }

    /// When the flow is over, whatever comes of it until then, if this is to decide: in the place of what
    /// the tracker's configuration says. Asked if [`DEADLINE`](Self::DEADLINE) says so.
    fn deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Takes an ICMP error that quotes a packet which `side` had sent.
    fn icmp_error(&mut self, side: Side, error: &IcmpError) {
        _ = (side, error);
    }

    /// The next thing that is odd in the flow and was not told yet. Asked behind each packet until
    /// there is nothing more, and told the sink as [`FlowEvent::Anomaly`](crate::FlowEvent::Anomaly).
    fn anomaly(&mut self) -> Option<Anomaly> {
        None
    }
}

impl Process for () {}

impl<A: Process, B: Process> Process for (A, B) {
    const DETAIL: bool = A::DETAIL || B::DETAIL;
    const DEADLINE: bool = A::DEADLINE || B::DEADLINE;

    fn process(&mut self, packet: &FlowPacket<'_>) {
        self.0.process(packet);
        self.1.process(packet);
    }

    fn waited(&mut self, side: Side, fragment: &WaitedFragment) {
        self.0.waited(side, fragment);
        self.1.waited(side, fragment);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.0.deadline().or_else(|| self.1.deadline())
    }

    fn icmp_error(&mut self, side: Side, error: &IcmpError) {
        self.0.icmp_error(side, error);
        self.1.icmp_error(side, error);
    }

    fn anomaly(&mut self) -> Option<Anomaly> {
        self.0.anomaly().or_else(|| self.1.anomaly())
    }
}

/// A packet as the flow sees it that it belongs to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FlowPacket<'a> {
    /// The packet as it was captured.
    pub raw: &'a RawPacket<'a>,
    /// Its time, or that of the packet before it where time goes back.
    pub timestamp: Timestamp,
    /// Who sent it.
    pub side: Side,
    /// Whether it started the flow.
    pub is_first: bool,
    /// Whether it is a fragment of a datagram whose first fragment belongs to the flow.
    pub is_later_fragment: bool,
    /// What it is of its datagram, if it is a fragment.
    pub fragment: Option<&'a Piece>,
    /// Bytes of the IP packet, header and all, as its header says.
    pub ip_length: u32,
    /// Bytes behind the transport header, as the IP header says.
    pub payload_length: u32,
    /// What a segment of TCP says.
    pub tcp: Option<&'a TcpInfo>,
    /// Where the flow stood before it, and where it stands now.
    pub states: (FlowState, FlowState),
    /// Whether the flow's first packet came from the responder.
    pub is_flipped: bool,
    /// What its headers say beyond that, if [`Process::DETAIL`] asks for it and the extractor tells.
    pub detail: Option<&'a PacketDetail>,
}

impl<'a> FlowPacket<'a> {
    /// What TCP says, and how many bytes are behind that. A segment in fragments is told with the fragment that
    /// makes it whole.
    pub fn segment(&self) -> Option<(TcpInfo, u32)> {
        let Some(piece) = self.fragment else { return Some((*self.tcp?, self.payload_length)) };
        let whole = piece.whole?;
        Some((whole.tcp?, whole.payload_length))
    }

    /// The bytes behind the transport header, as far as they were captured; nothing without
    /// [`detail`](Self::detail).
    pub fn payload(&self) -> &'a [u8] {
        let Some(detail) = self.detail else { return &[] };
        let behind = self.raw.data.get(detail.payload_start as usize..).unwrap_or_default();
        behind.get(..detail.captured_payload as usize).unwrap_or(behind)
    }
}

/// An ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IcmpError {
    /// Whether it is of `ICMPv6`, whose numbers are others.
    pub is_v6: bool,
    /// Its type.
    pub kind: u8,
    /// Its code.
    pub code: u8,
}

impl IcmpError {
    /// An error of this type and code.
    pub fn new(is_v6: bool, kind: u8, code: u8) -> Self {
        Self { is_v6, kind, code }
    }
}
