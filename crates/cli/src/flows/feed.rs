//! Where packets come from: a file that is read, or a pipe beside which a clock runs.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rheos::core::{RawPacket, Timestamp};
use rheos::pcap::Batch;

use crate::error::Error;
use crate::input::Input;

/// How much longer than a second lasts a packet of it is waited for: Linux hands them over up to a second late.
const GRACE: Duration = Duration::from_millis(1200);
/// Packets handed over at once by who reads a pipe: as many as are there, up to this.
const MOST: usize = 256;
/// Of those, what waits at most while the other side is busy.
const WAITING: usize = 16;

/// Where packets come from.
pub(super) enum Feed {
    File(Box<Input>),
    Pipe(Pipe),
}

/// What comes next.
pub(super) enum Next<'a> {
    Packet(RawPacket<'a>),
    /// No packet came as long as there could be one of the second that was asked for.
    Quiet,
    End,
}

/// A pipe, which a thread of its own reads.
pub(super) struct Pipe {
    /// What was read; nothing at the end.
    batches: Receiver<Result<Batch, Error>>,
    batch: Batch,
    /// How many of it were taken, and when it came.
    taken: usize,
    arrived: Instant,
    /// When a packet came last that was not late, and the time that it had.
    last: Option<(Instant, Timestamp)>,
}

impl Feed {
    /// Opens a capture. One that may grow has a clock beside it, if that is asked for.
    pub(super) fn open(path: &Path, has_clock: bool) -> Result<Self, Error> {
        let input = Input::open(path)?;
        if !has_clock || path.is_file() {
            return Ok(Self::File(Box::new(input)));
        }
        let (give, batches) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("rheos-read".into());
        thread
            .spawn(move || read(input, &give))
            .map_err(|source| Error::Read { name: path.display().to_string(), source })?;
        let (batch, taken, arrived, last) = (Batch::default(), 0, Instant::now(), None);
        Ok(Self::Pipe(Pipe { batches, batch, taken, arrived, last }))
    }

    /// Lends the next packet. Of a pipe it is waited for only as long as the second, if there is one, in front of
    /// which it could be.
    #[inline]
    pub(super) fn next(&mut self, end_of_second: Option<i64>) -> Result<Next<'_>, Error> {
        match self {
            Self::File(input) => Ok(input.next_packet()?.map_or(Next::End, Next::Packet)),
            Self::Pipe(pipe) => pipe.next(end_of_second),
        }
    }
}

impl Pipe {
    fn next(&mut self, end_of_second: Option<i64>) -> Result<Next<'_>, Error> {
        while self.taken >= self.batch.len() {
            // Without a time to wait for, as good as for ever.
            let left = end_of_second.and_then(|end| self.left(end)).unwrap_or(Duration::MAX);
            self.batch = match self.batches.recv_timeout(left) {
                Ok(batch) => batch?,
                Err(RecvTimeoutError::Timeout) => return Ok(Next::Quiet),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Ask("the thread that reads has ended".into()));
                }
            };
            (self.taken, self.arrived) = (0, Instant::now());
            if self.batch.is_empty() {
                return Ok(Next::End);
            }
        }
        let Some(raw) = self.batch.get(self.taken) else { return Ok(Next::End) };
        self.taken = self.taken.saturating_add(1);
        // One that is late says nothing of when the next can come.
        if end_of_second.is_none_or(|end| raw.timestamp.seconds() >= end.saturating_sub(1)) {
            self.last = Some((self.arrived, raw.timestamp));
        }
        Ok(Next::Packet(raw))
    }

    /// How long to wait for packets of a second that ends then: as if time went on as it did since the last.
    fn left(&self, end_of_second: i64) -> Option<Duration> {
        let (arrived, time) = self.last?;
        let to_come = Timestamp::from_secs(end_of_second, 0).saturating_since(time);
        let wait = to_come.checked_add(GRACE)?;
        Some(wait.saturating_sub(arrived.elapsed()))
    }
}

/// Hands over what a capture has, without waiting for more than one packet.
fn read(mut input: Input, give: &SyncSender<Result<Batch, Error>>) {
    loop {
        let mut batch = Batch::default();
        let read = input.next_ready(&mut batch, MOST);
        let is_last = batch.is_empty() || read.is_err();
        // Packets in front of an error come first; no packets are the end.
        let is_heard = (batch.is_empty() && read.is_err()) || give.send(Ok(batch)).is_ok();
        if let Err(error) = read {
            let _: Result<(), _> = give.send(Err(error));
        }
        if !is_heard || is_last {
            return;
        }
    }
}
