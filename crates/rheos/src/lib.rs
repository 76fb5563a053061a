//! Network packets: read them from captures, decode them, add them up to flows, and read what is said.
//!
//! This crate only gathers the others under one name. Each can be had alone:
//!
//! - [`core`]: timestamps, link types, captured packets
//! - [`layers`]: headers, the registry, the decoders
//! - [`pcap`]: captures in files and pipes
//! - [`flow`]: endpoints, keys, the flow tracker
//! - [`reassembly`]: TCP streams, IP fragments
//! - [`l7`]: parsers of what programs say
//! - [`session`]: the one engine: flows, streams and parsers over any source of packets
//!
//! ```
//! use rheos::prelude::*;
//!
//! let mut capture = rheos::pcap::open("../../docs/captures/first.pcapng")?;
//! let decoder = Decoder::default();
//! let mut syns = 0;
//! while let Some(raw) = capture.next_packet()? {
//!     let packet = decoder.decode(raw.link_type, raw.data);
//!     syns += usize::from(packet.get::<Tcp>().is_some_and(|tcp| tcp.flags() == TcpFlags::SYN));
//! }
//! assert_eq!(syns, 8);
//! # Ok::<(), rheos::pcap::Error>(())
//! ```
//!
//! Features, none of which is on: `names` knows ports and vendors by their names, `serde` makes JSON of
//! packets and flows, `community-id` gives flows their Community IDs, and `metrics` and `tracing` tell
//! the facades of these names of flows ([`flow::obs`]).
//!
//! What this crate does not do: anything of its own.

pub use rheos_core as core;
pub use rheos_flow as flow;
pub use rheos_l7 as l7;
pub use rheos_layers as layers;
pub use rheos_pcap as pcap;
pub use rheos_reassembly as reassembly;
pub use rheos_session as session;

/// What most programs use.
pub mod prelude {
    pub use rheos_core::{LinkType, PacketSource, RawPacket, Side, Timestamp};
    pub use rheos_flow::{FiveTuple, Flow, FlowEvent, FlowExtractor, FlowTracker, PacketFlows};
    pub use rheos_l7::{DatagramParser, Failure, Input, SessionParser};
    pub use rheos_layers::{Decoder, FixedDecoder, Layer, Packet, Registry};
    pub use rheos_layers::{Ethernet, Ip, Ipv4, Ipv6, Tcp, TcpFlags, Transport, Udp, Vlan};
    pub use rheos_session::{Engine, Event, EventKind, ShardedEngine};
}

/// The README's programs, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
mod book;
