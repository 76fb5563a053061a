//! Reading ahead: a thread that unpacks while packets are used.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Bytes that the thread hands over at a time: enough that waking the other side costs nothing beside
/// them, and few enough to stay in the second-level cache.
const PIECE: usize = 512 * 1024;

/// Pieces on their way: enough that neither side waits for the other's short pauses.
const PIECES: usize = 4;

/// What another thread has read, in order.
#[derive(Debug)]
pub(crate) struct ReadAhead {
    full: Receiver<io::Result<Piece>>,
    empty: SyncSender<Vec<u8>>,
    piece: Piece,
    ended: bool,
}

/// The first bytes of a vector, which is used again and again.
#[derive(Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl ReadAhead {
    /// Calls `read` on a thread of its own until it returns 0 or fails. The thread ends when this is
    /// dropped, at the latest after the call it is in.
    pub(crate) fn new(
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize> + Send + 'static,
    ) -> io::Result<Self> {
        let (give, full) = sync_channel(PIECES);
        let (empty, take) = sync_channel::<Vec<u8>>(PIECES);
        for _ in 0..PIECES {
            // The channel has room for all.
            let _: Result<(), _> = empty.try_send(vec![0; PIECE]);
        }
        thread::Builder::new().name("rheos-unpack".into()).spawn(move || {
            while let Ok(mut bytes) = take.recv() {
                let piece = read(&mut bytes).map(|end| Piece { bytes, start: 0, end });
                let last = piece.as_ref().map_or(true, |piece| piece.end == 0);
                if give.send(piece).is_err() || last {
                    break;
                }
            }
        })?;
        Ok(Self { full, empty, piece: Piece::default(), ended: false })
    }

    /// Takes what has been read; 0 is the end.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if self.piece.start >= self.piece.end {
            if self.ended {
                return Ok(0);
            }
            let used = std::mem::take(&mut self.piece);
            if !used.bytes.is_empty() {
                // There is room for it, unless the thread has ended, which needs no more.
                let _: Result<(), _> = self.empty.try_send(used.bytes);
            }
            // A thread that is gone without a last word has panicked.
            let gone = |_| Err(io::Error::other("the thread that unpacks has ended"));
            let next = self.full.recv().unwrap_or_else(gone);
            self.ended = next.as_ref().map_or(true, |piece| piece.end == 0);
            self.piece = next?;
        }
        let ready = self.piece.bytes.get(self.piece.start..self.piece.end).unwrap_or_default();
        let count = ready.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.piece.start = self.piece.start.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_arrives_in_order_and_then_the_end() {
        let mut number = 0_u32;
        let mut ahead = ReadAhead::new(move |space| {
            number += 1;
            let count = if number > 50 { 0 } else { 1 + number as usize % 7 };
            space[..count].fill(number as u8);
            Ok(count)
        })
        .unwrap();
        let mut taken = Vec::new();
        let mut space = [0; 3];
        loop {
            match ahead.read(&mut space).unwrap() {
                0 => break,
                count => taken.extend_from_slice(&space[..count]),
            }
        }
        let expected: Vec<u8> = (1..=50_u8).flat_map(|n| vec![n; 1 + n as usize % 7]).collect();
        assert_eq!(taken, expected);
        assert_eq!(ahead.read(&mut space).unwrap(), 0);
    }

    #[test]
    fn a_fault_comes_behind_what_was_read_before_it() {
        let mut calls = 0;
        let mut ahead = ReadAhead::new(move |space| {
            calls += 1;
            if calls > 2 {
                return Err(io::Error::other("torn"));
            }
            space[0] = 7;
            Ok(1)
        })
        .unwrap();
        let mut space = [0; 8];
        assert_eq!(ahead.read(&mut space).unwrap(), 1);
        assert_eq!(ahead.read(&mut space).unwrap(), 1);
        assert_eq!(ahead.read(&mut space).unwrap_err().to_string(), "torn");
        assert_eq!(ahead.read(&mut space).unwrap(), 0);
    }

    #[test]
    fn a_thread_that_panics_is_an_error() {
        let mut ahead = ReadAhead::new(|space| {
            assert!(space.is_empty(), "a panic in a decoder");
            Ok(0)
        })
        .unwrap();
        assert!(ahead.read(&mut [0; 8]).is_err());
        assert_eq!(ahead.read(&mut [0; 8]).unwrap(), 0);
    }

    #[test]
    fn the_thread_ends_with_its_reader() {
        let (told, end) = std::sync::mpsc::channel::<()>();
        let ahead = ReadAhead::new(move |space| {
            let _ = &told;
            Ok(space.len())
        })
        .unwrap();
        drop(ahead);
        // The other end is dropped with the thread.
        assert!(end.recv().is_err());
    }
}
