//! What a tracker reports of packets made by hand.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test, also in its functions: packets of known size, small numbers"
)]

mod anomalies;
mod any_order;
mod details;
mod ends;
mod floods;
mod fragments;
mod keys;
mod networks;
mod packets;
mod tcp;
mod tracker;
mod zeek;
