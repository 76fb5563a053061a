//! The one engine: packets go in, and flows, messages, gaps and anomalies come out in one order.
//!
//! What this crate does not do: it decodes no header and parses no protocol of its own; it puts the
//! crates that do behind one another.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests build packets of known size")
)]

pub use crate::defrag::{Defragment, DefragmentOptions, Defragmented, ReplacedStats};
pub use crate::segment::{TcpSegment, WindowScales};
pub use crate::streams::{Connection, StreamEvent, TcpStreams, TcpStreamsConfig};

mod defrag;
mod segment;
mod streams;
