//! TCP streams, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293).

mod again;
mod arena;
mod assembler;
mod config;
mod consumer;
mod deliver;
mod end;
mod pages;
mod pending;
mod pieces;
mod segment;
mod stream;
mod unread;

pub use crate::OverlapPolicy;
pub use assembler::{Assembler, AssemblerStats};
pub use config::{Config, MidStream};
pub use consumer::{Chunk, Conflict, Consumer, End, Gap, GapCause, Retransmit, Start};
pub use segment::Segment;
pub use stream::{StreamAssembler, StreamStats};

#[cfg(test)]
mod tests;
