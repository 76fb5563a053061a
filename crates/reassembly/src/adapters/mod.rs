//! Ready-made consumers: they keep what a stream says until a program asks for it.
//!
//! - A [`BufferedReassembler`] keeps bytes up to a cap, and says what was lost beyond it.
//! - A [`StreamReader`] lends them by [`std::io::Read`], and [`Pieces`] one by one.
//! - A [`Collector`] keeps a whole stream, holes and all.

mod buffered;
mod collector;
mod pieces;
mod reader;

pub use buffered::{BufferedReassembler, BufferedStats, OverflowPolicy};
pub use collector::Collector;
pub use pieces::{Piece, Pieces};
pub use reader::{GapError, OnGap, StreamReader};

use crate::tcp::{Chunk, Gap, GapCause};

/// What is told of bytes that an adapter left unread and is not offered again.
fn lost(rest: &Chunk<'_>) -> Gap {
    Gap { offset: rest.offset, len: rest.bytes.len() as u64, cause: GapCause::Unread }
}

#[cfg(test)]
mod tests;
