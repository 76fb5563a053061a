//! A conversation: frames, each with its time.

use std::collections::VecDeque;

/// Bytes that the link carries in a microsecond: frames sent back to back are this far apart.
const LINE_RATE: u64 = 125; // 1 Gbit/s

/// A conversation, played from the front.
#[derive(Debug)]
pub(crate) struct Talk {
    now: u64,
    frames: VecDeque<(u64, Vec<u8>)>,
}

impl Talk {
    /// Starts at a time in microseconds.
    pub(crate) fn new(start: u64) -> Self {
        Self { now: start, frames: VecDeque::new() }
    }

    /// The time of the next frame.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// Lets microseconds pass.
    pub(crate) fn wait(&mut self, time: u64) {
        self.now += time;
    }

    /// Adds a frame, right behind the one before unless there was a wait.
    pub(crate) fn say(&mut self, frame: Vec<u8>) {
        let len = frame.len() as u64;
        self.frames.push_back((self.now, frame));
        self.now += 1 + len / LINE_RATE;
    }

    /// Bytes of the frames left.
    pub(crate) fn bytes(&self) -> u64 {
        self.frames.iter().map(|(_, frame)| frame.len() as u64).sum()
    }

    /// When the first frame left is said.
    pub(crate) fn next_time(&self) -> Option<u64> {
        self.frames.front().map(|(time, _)| *time)
    }

    /// Takes the first frame left.
    pub(crate) fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front().map(|(_, frame)| frame)
    }
}
