//! Flows: which packets belong together, and what they add up to.
//!
//! - An [`Endpoint`] is one address of any kind, a [`Flow`] two of one kind.
//! - A [`FlowExtractor`] such as [`FiveTuple`] makes a key of a packet, the same for both directions.
//! - A [`FlowTracker`] keeps one [`FlowRecord`] for each key and reports each [`FlowEvent`] to a sink.
//!
//! ```
//! use rheos_core::{LinkType, RawPacket, Timestamp};
//! use rheos_flow::{EndReason, FiveTuple, FiveTupleKey, FlowEvent, FlowTracker};
//!
//! let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
//! let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
//!
//! let mut tracker = FlowTracker::new(FiveTuple::default());
//! let mut ended = Vec::new();
//! let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
//!     if let FlowEvent::Ended { flow, reason, .. } = event {
//!         ended.push((flow.key.to_string(), flow.stats.initiator.payload_bytes, *reason));
//!     }
//! };
//! tracker.track(&raw, &mut sink);
//! tracker.finish(&mut sink);
//! assert_eq!(ended, [("UDP 10.0.0.1:12345 10.0.0.2:8080".into(), 2, EndReason::EndOfInput)]);
//! ```
//!
//! What this crate does not do: no reassembly, no parsing of what programs say, no clock: time is
//! that of the packets.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests build packets of known size")
)]

pub use rheos_core::{Orientation, Side};

pub use crate::announced::AnnouncedFlow;
pub use crate::anomaly::{Anomalies, Anomaly, AnomalyKind, Severity, TrackerAnomaly};
pub use crate::datagrams::{Piece, WaitedFragment, WholeDatagram};
pub use crate::decap::{
    AutoDetectEncap, InNetwork, Inner, InnerAyiya, InnerErspan, InnerGeneve, InnerGre, InnerGtpU,
    InnerIpInIp, InnerL2tp, InnerPppoe, InnerStt, InnerTeredo, InnerVxlan, Inside, NetworkId,
    NetworkTable, OuterPath, StripMpls, StripVlan, Wrapping,
};
#[doc(hidden)]
pub use crate::decap::{fuzz_nested, fuzz_tunnels};
pub use crate::dedup::Dedup;
#[doc(hidden)]
pub use crate::details::fuzz_details;
pub use crate::details::{
    FirstBytes, FlowDetails, Handshake, IpLoss, RoundTripStats, RoundTrips, SideDetails,
    SideRoundTrips, SideSpacing, Spacing, Spread, TcpFlagsSeen,
};
pub use crate::directional::Directional;
pub use crate::endpoint::{Endpoint, EndpointType};
pub use crate::extract::{Extracted, FlowExtractor, L4Proto, TcpInfo};
#[cfg(feature = "community-id")]
pub use crate::five_tuple::CommunityId;
pub use crate::five_tuple::{FiveTuple, FiveTupleKey};
pub use crate::flow::{Flow, PacketFlows};
pub use crate::fragment::{DatagramId, Fragment};
#[doc(hidden)]
pub use crate::fuzz::fuzz;
pub use crate::hash::{FlowHasher, HashSeed};
pub use crate::initiator::{Confidence, HasFiveTuple, InferInitiator};
pub use crate::packet_detail::{PacketDetail, TcpDetail};
pub use crate::pairs::{IpPair, MacPair, MacPairKey};
pub use crate::payload::TransportPayload;
pub use crate::ports::{PortSet, PortSetError};
pub use crate::process::{FlowPacket, IcmpError, Process};
pub use crate::tagged::{Networks, Tagged, TaggedKey, flow_label, networks};
pub use crate::tracker::{
    By, EndReason, EventMask, FlowEvent, FlowId, FlowRecord, FlowSink, FlowState, FlowStats,
    FlowTracker, HistoryString, IdleTimeoutFn, KeyPredicate, Masked, SideStats, TrackerConfig,
    TrackerStats, Transition, When,
};

mod announced;
mod anomaly;
mod asked;
mod datagrams;
mod decap;
mod dedup;
mod details;
mod directional;
mod endpoint;
pub mod export;
mod extract;
mod five_tuple;
mod flow;
mod fragment;
mod fuzz;
mod hash;
mod initiator;
pub mod obs;
mod packet_detail;
mod pairs;
mod payload;
mod ports;
mod process;
mod services;
mod tagged;
mod tracker;
pub mod zeek;
