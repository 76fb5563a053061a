//! What is odd in a flow, or about all of them.

use std::fmt;
use std::time::Duration;

use rheos_core::{SeqNumber, Side};
use rheos_layers::TcpFlags;

use crate::details::Trail;
use crate::{FlowPacket, Handshake, Process, TcpInfo};

/// How bad something odd is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The network does so now and then.
    Info,
    /// Something is lost, or somebody plays tricks.
    Warning,
    /// What was made of the packets may be wrong.
    Error,
    /// Flows are being given up.
    Critical,
}

impl Severity {
    /// The name in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// Something odd in a flow, as [`FlowEvent::Anomaly`](crate::FlowEvent::Anomaly) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// Whose doing it is, if it is of one side.
    pub side: Option<Side>,
}

/// What can be odd in a flow.
///
/// [`Anomalies`] finds those that show in single packets. The others come of reassembly and of
/// parsers, and stand here so that there is one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// Segments overtook this one.
    OutOfOrderSegment,
    /// Bytes were sent again.
    Retransmit,
    /// A segment is far from what the other side waits for: behind the end of its window, or a
    /// mebibyte in front of it.
    OutOfWindowSegment,
    /// The other side acknowledges what was not seen: packets are missing in the capture.
    AckedUnseenSegment,
    /// A RST that the other side would not believe, as blind attackers send.
    ResetIgnored,
    /// A side has no room for more.
    ZeroWindow,
    /// A checksum is wrong, if the extractor verifies them.
    BadChecksum,
    /// Packets of one side came by two interfaces.
    CaptureLegInconsistent,
    /// The first packet that was seen was an answer.
    DirectionFlipped,
    /// More bytes than may wait, so that some were given up.
    BufferOverflow {
        /// Those that were.
        bytes: u64,
    },
    /// Bytes are missing in a stream.
    StreamGap {
        /// How many.
        bytes: u64,
    },
    /// So much waits that it comes near what may.
    ReassemblerHighWatermark {
        /// Bytes that wait.
        bytes: u64,
        /// Bytes that may.
        cap: u64,
    },
    /// Bytes that were sent again are not those that were sent before.
    RetransmitInconsistency,
    /// What a program says is not as its protocol has it.
    ParseError {
        /// The name of the parser.
        parser: &'static str,
    },
}

impl AnomalyKind {
    /// The name in outputs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfOrderSegment => "ooo_segment",
            Self::Retransmit => "retransmit",
            Self::OutOfWindowSegment => "out_of_window_segment",
            Self::AckedUnseenSegment => "acked_unseen_segment",
            Self::ResetIgnored => "reset_ignored",
            Self::ZeroWindow => "zero_window",
            Self::BadChecksum => "bad_checksum",
            Self::CaptureLegInconsistent => "capture_leg_inconsistent",
            Self::DirectionFlipped => "direction_flipped",
            Self::BufferOverflow { .. } => "buffer_overflow",
            Self::StreamGap { .. } => "stream_gap",
            Self::ReassemblerHighWatermark { .. } => "reassembler_high_watermark",
            Self::RetransmitInconsistency => "tcp_rexmit_inconsistency",
            Self::ParseError { .. } => "parse_error",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::OutOfOrderSegment
            | Self::Retransmit
            | Self::ZeroWindow
            | Self::DirectionFlipped => Severity::Info,
            Self::OutOfWindowSegment
            | Self::AckedUnseenSegment
            | Self::ResetIgnored
            | Self::BadChecksum
            | Self::CaptureLegInconsistent
            | Self::BufferOverflow { .. }
            | Self::StreamGap { .. }
            | Self::ReassemblerHighWatermark { .. } => Severity::Warning,
            Self::RetransmitInconsistency | Self::ParseError { .. } => Severity::Error,
        }
    }
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something odd about all flows together, which a tracker tells its sink by
/// [`FlowSink::tracker_anomaly`](crate::FlowSink::tracker_anomaly): each kind once a second of packet
/// time at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TrackerAnomaly {
    /// There are more flows than there may be, so that some were ended to make room.
    FlowTableEviction {
        /// Those that were since it was told last.
        evicted: u64,
        /// Those that were at all.
        total: u64,
    },
    /// Packets are older than those before them.
    TimeBackwards {
        /// How many since it was told last.
        packets: u64,
        /// By how much one of them was, at most.
        by: Duration,
    },
    /// More bytes would wait in all streams together than may: told by those who reassemble.
    GlobalMemcapHit {
        /// Bytes that would, with the last that found no room.
        bytes: u64,
        /// Bytes that may.
        cap: u64,
    },
}

impl TrackerAnomaly {
    /// The name in outputs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FlowTableEviction { .. } => "flow_table_eviction",
            Self::TimeBackwards { .. } => "time_backwards",
            Self::GlobalMemcapHit { .. } => "global_memcap_hit",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::FlowTableEviction { .. } | Self::TimeBackwards { .. } => Severity::Warning,
            Self::GlobalMemcapHit { .. } => Severity::Critical,
        }
    }
}

impl fmt::Display for TrackerAnomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Kinds that show in single packets, each at the place of its bit.
const SEEN_IN_PACKETS: [AnomalyKind; 9] = [
    AnomalyKind::OutOfOrderSegment,
    AnomalyKind::Retransmit,
    AnomalyKind::OutOfWindowSegment,
    AnomalyKind::AckedUnseenSegment,
    AnomalyKind::ResetIgnored,
    AnomalyKind::ZeroWindow,
    AnomalyKind::BadChecksum,
    AnomalyKind::CaptureLegInconsistent,
    AnomalyKind::DirectionFlipped,
];

/// Segments so far in front of what the other side waits for were never meant for it: more than any
/// that a retransmission brings.
const STRAY: i64 = 1 << 20;

/// RFC 7323 section 2.3 scales windows by no more.
const MAX_SCALE: u8 = 14;

/// Finds what is odd in a flow: `S` of a [`FlowTracker`](crate::FlowTracker), whose sink is told each
/// kind once for each side of a flow.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{Anomalies, FiveTuple, FlowEvent, FlowTracker, Severity};
///
/// let segment = b"\x45\0\0\x2a\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
///     \x30\x39\0\x50\0\0\0\x07\0\0\0\x01\x50\x10\x10\0\0\0\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, segment);
/// let mut tracker = FlowTracker::<_, Anomalies>::new(FiveTuple::default());
/// let mut told = Vec::new();
/// for _ in 0..3 {
///     tracker.track(&raw, &mut |event: &FlowEvent<'_, _, _>| {
///         if let FlowEvent::Anomaly { anomaly, .. } = event {
///             told.push((anomaly.kind.as_str(), anomaly.kind.severity()));
///         }
///     });
/// }
/// assert_eq!(told, [("retransmit", Severity::Info)]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Anomalies {
    trails: [Trail; 2],
    scales: [Option<u8>; 2],
    handshake: Handshake,
    /// Which interface saw each side first.
    interfaces: [Option<u32>; 2],
    /// A bit for each kind of each side that was told, or is to be.
    found: [u16; 2],
    told: [u16; 2],
}

impl Anomalies {
    fn note(&mut self, side: Side, kind: AnomalyKind, happens: bool) {
        let place = SEEN_IN_PACKETS.iter().position(|known| *known == kind);
        if let (Some(place), Some(found)) = (place, self.found.get_mut(side as usize)) {
            *found |= u16::from(happens).unbounded_shl(u32::try_from(place).unwrap_or(u32::MAX));
        }
    }

    fn segment(&mut self, packet: &FlowPacket<'_>, (tcp, payload): (&TcpInfo, u32)) {
        let side = packet.side;
        self.handshake.note(side, tcp, packet.timestamp);
        if tcp.flags.contains(TcpFlags::SYN)
            && let Some(scale) = self.scales.get_mut(side as usize)
        {
            *scale = Some(tcp.window_scale.unwrap_or(0).min(MAX_SCALE));
        }
        if tcp.flags.contains(TcpFlags::RST) {
            let (from, to) = packet.states;
            self.note(side, AnomalyKind::ResetIgnored, from == to && !from.is_terminal());
        }
        let reorders = self.handshake.reordering();
        let [initiator, responder] = &mut self.trails;
        let (one, other) = match side {
            Side::Initiator => (initiator, responder),
            Side::Responder => (responder, initiator),
        };
        let scale = self.scales.get((!side) as usize).copied().flatten().unwrap_or(MAX_SCALE);
        let is_astray = is_astray(tcp, payload, other, scale);
        let found = if is_astray {
            None // Its numbers would make all others look wrong.
        } else {
            Some(one.take(tcp, payload, other, packet.timestamp, reorders))
        };
        self.note(side, AnomalyKind::OutOfWindowSegment, is_astray);
        let Some(found) = found else { return };
        self.note(side, AnomalyKind::OutOfOrderSegment, found.is_overtaken);
        self.note(side, AnomalyKind::Retransmit, found.is_sent_again);
        self.note(side, AnomalyKind::ZeroWindow, found.is_zero_window);
        self.note(side, AnomalyKind::AckedUnseenSegment, found.acks_unseen);
    }
}

/// Whether a segment with payload is far from what the other side waits for, as far as that told.
fn is_astray(tcp: &TcpInfo, payload: u32, other: &Trail, scale: u8) -> bool {
    let Some((ack, window)) = other.acked().filter(|_| payload > 0) else { return false };
    let ahead = i64::from(SeqNumber(tcp.seq).distance(SeqNumber(ack)));
    !(-STRAY..=i64::from(window) << scale).contains(&ahead)
}

impl Process for Anomalies {
    fn process(&mut self, packet: &FlowPacket<'_>) {
        let side = packet.side;
        if packet.is_first {
            self.note(side, AnomalyKind::DirectionFlipped, packet.is_flipped);
        }
        let interface = packet.raw.interface;
        if let Some(known) = self.interfaces.get_mut(side as usize) {
            let is_other = *known.get_or_insert(interface) != interface;
            self.note(side, AnomalyKind::CaptureLegInconsistent, is_other);
        }
        let is_corrupt = packet.detail.is_some_and(|detail| detail.is_corrupt);
        self.note(side, AnomalyKind::BadChecksum, is_corrupt);
        if let Some((tcp, payload)) = packet.segment() {
            self.segment(packet, (&tcp, payload));
        }
    }

    fn anomaly(&mut self) -> Option<Anomaly> {
        for side in [Side::Initiator, Side::Responder] {
            let found = self.found.get(side as usize)?;
            let told = self.told.get_mut(side as usize)?;
            let place = (found & !*told).trailing_zeros();
            if let Some(&kind) = SEEN_IN_PACKETS.get(place as usize) {
                *told |= 1_u16.unbounded_shl(place);
                return Some(Anomaly { kind, side: Some(side) });
            }
        }
        None
    }
}
