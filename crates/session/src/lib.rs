//! The one engine: packets go in, and flows, messages, gaps and anomalies come out in one order.
//!
//! - An [`Engine`] tracks flows, puts their streams together, and lets any number of parsers read them.
//! - An [`Event`] is what it tells: the start and the end of a flow, a message of a parser, a gap.
//! - Parsers are chosen by the first bytes, and by ports where those say nothing.
//!
//! ```
//! use rheos_l7::{Failure, Input, SessionParser};
//! use rheos_session::{Engine, Event};
//! # use rheos_core::{LinkType, RawPacket, Timestamp};
//!
//! /// What each side says, piece by piece.
//! #[derive(Clone, Default)]
//! struct Echo;
//!
//! impl SessionParser for Echo {
//!     type Message = String;
//!
//!     fn name(&self) -> &'static str {
//!         "echo"
//!     }
//!
//!     fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(String)) -> Result<usize, Failure> {
//!         out(String::from_utf8_lossy(input.bytes).into_owned());
//!         Ok(input.bytes.len())
//!     }
//! }
//!
//! let mut engine = Engine::builder().parser(Echo).on_port(8080, "echo").build();
//! # let bytes = b"\x45\0\0\x2a\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\
//! #     \0\0\0\x01\0\0\0\x01\x50\x18\x01\0\0\0\0\0hi";
//! # let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
//! let mut said = Vec::new();
//! let mut sink = |event: &Event<'_, _>| said.extend(event.message::<String>().cloned());
//! engine.packet(&raw, &mut sink);
//! engine.finish(&mut sink);
//! assert_eq!(said, ["hi"]);
//! ```
//!
//! What this crate does not do: it decodes no header and parses no protocol of its own; it puts the
//! crates that do behind one another.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests build packets of known size")
)]

pub use crate::builder::EngineBuilder;
pub use crate::defrag::{Defragment, DefragmentOptions, Defragmented, ReplacedStats};
pub use crate::engine::{Engine, EngineStats};
pub use crate::event::{Choice, Event, EventKind, Events, Flow, Sink};
pub use crate::key::SessionKey;
pub use crate::message::Message;
pub use crate::observed::Observed;
pub use crate::owned::OwnedEvent;
pub use crate::pull::{Pull, Pulled};
pub use crate::registry::ParserStats;
pub use crate::segment::{TcpSegment, WindowScales};
pub use crate::sharded::ShardedEngine;
pub use crate::streams::{Connection, StreamEvent, TcpStreams, TcpStreamsConfig};

mod awaited;
mod both;
mod builder;
mod datagrams;
mod defrag;
mod engine;
mod event;
mod fact;
mod failing;
mod key;
#[cfg(feature = "log")]
pub mod log;
mod message;
mod observed;
mod out;
mod owned;
mod pressure;
mod probing;
mod pull;
mod reading;
mod registry;
mod segment;
mod sessions;
mod sharded;
mod shared;
mod stream;
mod streams;
mod telling;
