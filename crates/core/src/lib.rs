//! The words that every crate of rheos shares, with no logic behind them.
//!
//! - A [`Timestamp`] is a point in time to the nanosecond; a [`LinkType`] says how a packet starts.
//! - A [`RawPacket`] is a packet as it was captured, and a [`PacketSource`] lends them one by one.
//! - [`Side`], [`Orientation`] and [`Direction`] are three different answers to "which way?".
//!
//! ```
//! use rheos_core::{LinkType, Timestamp};
//!
//! let time = Timestamp::from_nanos(1_700_000_000_000_000_005);
//! assert_eq!(time.to_string(), "2023-11-14T22:13:20.000000005Z");
//! assert_eq!(time.unix().to_string(), "1700000000.000000005");
//! assert_eq!(LinkType::ETHERNET.to_string(), "ETHERNET");
//! ```
//!
//! What this crate does not do: it parses nothing, reads no file and no clock.

pub use crate::link_type::LinkType;
pub use crate::packet::{Comments, CommentsIter, Direction, PacketSource, Packets, RawPacket};
pub use crate::prefetch::{prefetch_behind, prefetch_headers};
pub use crate::seq_number::SeqNumber;
pub use crate::side::{Orientation, Side};
pub use crate::timestamp::{Timestamp, Unix};

mod link_type;
mod packet;
mod prefetch;
mod seq_number;
mod side;
mod timestamp;
