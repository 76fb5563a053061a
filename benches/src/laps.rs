//! The time of a pass, stretch by stretch.

use std::time::{Duration, Instant};

/// Packets in a stretch: few enough to fit between two interruptions, too many to count the clock.
pub const STRETCH: usize = 4096;

/// What each stretch of a pass took.
#[derive(Debug)]
pub struct Laps {
    times: Vec<Duration>,
    since: Instant,
    packets: usize,
}

impl Laps {
    /// Starts the clock.
    pub fn start() -> Self {
        Self { times: Vec::with_capacity(STRETCH), since: Instant::now(), packets: 0 }
    }

    /// Starts the clock again: what was done since the last lap was only in preparation.
    pub fn restart(&mut self) {
        self.since = Instant::now();
    }

    /// Ends a lap.
    pub fn end(&mut self) {
        let now = Instant::now();
        self.push(now - self.since);
        self.since = now;
    }

    /// Counts a packet, and ends a lap if it is the last of its stretch.
    #[inline]
    pub fn packet(&mut self) {
        self.packets += 1;
        if self.packets.is_multiple_of(STRETCH) {
            self.end();
        }
    }

    /// Adds a lap that another clock measured.
    pub fn push(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// What each lap took.
    pub fn times(&self) -> &[Duration] {
        &self.times
    }

    /// What all laps took.
    pub fn total(&self) -> Duration {
        self.times.iter().sum()
    }
}
