//! TCP streams and IP datagrams, put together from their pieces.
//!
//! Nothing here reads a header, a clock or a file: numbers, times and bytes come in as arguments.
//!
//! - [`tcp::Assembler`] puts segments in order. Bytes in order are lent from the segment; what waits is
//!   copied once, into pages of one budget; what is missing is a [`tcp::Gap`], never a silent splice.
//! - [`ip::Defragmenter`] puts fragments together, and bounds how many, how long and how much they wait.
//! - [`adapters`] keep what a stream says: a buffer with a cap, a reader, an iterator, a collector.
//! - An [`OverlapPolicy`] says whose bytes win where pieces overlap, as receivers do.
//!
//! What this crate does not do: it knows no packets, no flows and no protocols above TCP.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests count bytes that they made")
)]

pub use crate::overlap::OverlapPolicy;

pub mod adapters;
#[doc(hidden)]
pub mod fuzz;
pub mod ip;
mod overlap;
pub mod tcp;
