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
//! use rheos::l7::http::{HttpMessage, HttpParser};
//! use rheos::prelude::*;
//!
//! let mut capture = rheos::pcap::open("../../docs/captures/first.pcapng")?;
//! let mut engine = Engine::builder().parser(HttpParser::default()).build();
//! # let mut asked = Vec::new();
//! for event in engine.events(&mut capture) {
//!     if let Some(HttpMessage::Request(request)) = event?.get().message() {
//!         println!("{} {}", request.method(), request.uri());
//! #       asked.push((request.method().to_owned(), request.uri()));
//!     }
//! }
//! # // tshark -Y http.request -T fields -e http.request.method -e http.request.full_uri
//! # let uris = ["http://192.0.2.1/", "http://[2001:db8::1]/missing"];
//! # assert_eq!(asked, uris.map(|uri| ("GET".to_owned(), uri.to_owned())));
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
