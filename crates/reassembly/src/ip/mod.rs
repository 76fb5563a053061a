//! IP datagrams from their fragments: [RFC 791](https://www.rfc-editor.org/rfc/rfc791) and
//! [RFC 815](https://www.rfc-editor.org/rfc/rfc815) for IPv4,
//! [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) section 4.5 and
//! [RFC 5722](https://www.rfc-editor.org/rfc/rfc5722) for IPv6.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use rheos_core::Timestamp;

use crate::OverlapPolicy;

use parts::{Added, Parts};

mod parts;
#[cfg(test)]
mod tests;

/// Most bytes of payload that a datagram of either version can have.
const MAX_DATAGRAM: u32 = 65_535;

/// All fragments but the last have a multiple of this many bytes, because offsets count in it.
const UNIT: usize = 8;

/// Notes about datagrams that are gone, beside as many as there are datagrams, that are left.
const SPARE_NOTES: usize = 64;

/// What a datagram costs beside its bytes.
const DATAGRAM_COST: usize = 256;

/// What tells a datagram from all others that are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DatagramKey {
    /// Who sent it.
    pub source: IpAddr,
    /// Whom it is for.
    pub destination: IpAddr,
    /// The protocol of IPv4. `None` for IPv6, whose fragments may disagree about it (RFC 8200).
    pub protocol: Option<u8>,
    /// The number that the sender gave it: 16 bits in IPv4, 32 in IPv6.
    pub identification: u32,
    /// Whatever else keeps datagrams apart, such as a VLAN; zero if nothing does.
    pub tag: u64,
}

/// A fragment, as its headers say it.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// Of which datagram it is.
    pub key: DatagramKey,
    /// When it was captured.
    pub timestamp: Timestamp,
    /// Where its bytes are in the datagram's payload, in bytes.
    pub offset: u32,
    /// Whether more fragments follow.
    pub more: bool,
    /// The header in front of its bytes: that of the first fragment is kept, and handed back.
    pub header: &'a [u8],
    /// Its bytes.
    pub payload: &'a [u8],
}

/// A datagram put together.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// The header of its first fragment, as it came: its lengths and its offset are the fragment's.
    pub header: &'a [u8],
    /// The bytes of all fragments.
    pub payload: &'a [u8],
    /// Which fragment each byte is of, in the order of the bytes.
    pub parts: &'a [Part],
}

/// Bytes of a datagram that one fragment gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where they start in the datagram's payload, in bytes.
    pub start: u32,
    /// Where they end.
    pub end: u32,
    /// Which of the datagram's fragments it was, counted from zero in the order of capture.
    pub fragment: u32,
    /// When it was captured.
    pub timestamp: Timestamp,
}

/// What comes of a fragment.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It is a datagram by itself: offset zero, and none follows (RFC 6946).
    Whole,
    /// It waits for others.
    Waiting,
    /// It was the last that was missing.
    Complete(Datagram<'a>),
    /// It is ignored.
    Rejected(Rejection),
}

/// Why a fragment is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// It has no bytes.
    Empty,
    /// More follow, and its length is no multiple of eight.
    Unaligned,
    /// Its end is behind the longest datagram there can be.
    TooLong,
    /// It disagrees with another about where the datagram ends: the datagram is given up.
    End,
    /// It has bytes for places that others have: the datagram is given up, with all fragments of it
    /// that are still to come (RFC 5722).
    Overlap,
    /// Its datagram was given up before.
    GivenUp,
    /// Its datagram has too many fragments: the datagram is given up.
    TooMany,
}

/// What to do where fragments have bytes for the same place, and are not the same twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FragmentOverlap {
    /// Give up the datagram.
    GiveUp,
    /// Choose as a receiver would.
    Resolve(OverlapPolicy),
}

/// How long and how much datagrams wait. Every bound is there by default.
#[derive(Clone, Debug)]
pub struct DefragmentConfig {
    /// Overlaps in IPv4. Default: what came first stays.
    pub overlap_v4: FragmentOverlap,
    /// Overlaps in IPv6. Default: the datagram is given up, as RFC 5722 has it.
    pub overlap_v6: FragmentOverlap,
    /// How long a datagram waits for its fragments: all the same time, so that they are over in the order in
    /// which they began. Default: 30 seconds, as Linux does.
    pub timeout: Duration,
    /// Datagrams that may wait. Default: 4096.
    pub max_datagrams: usize,
    /// Bytes that may wait, with their management. Default: 16 MiB.
    pub max_bytes: usize,
    /// Fragments of one datagram. Default: 1024, several times what 64 KiB take on links of 576 bytes.
    pub max_fragments: usize,
}

impl Default for DefragmentConfig {
    fn default() -> Self {
        Self {
            overlap_v4: FragmentOverlap::Resolve(OverlapPolicy::First),
            overlap_v6: FragmentOverlap::GiveUp,
            timeout: Duration::from_secs(30),
            max_datagrams: 4096,
            max_bytes: 16 << 20,
            max_fragments: 1024,
        }
    }
}

/// What a defragmenter has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DefragmentStats {
    /// Fragments, those of no more than themselves left out.
    pub fragments: u64,
    /// Those that repeat what was there.
    pub duplicates: u64,
    /// Those with bytes for places that others have.
    pub overlaps: u64,
    /// Those whose bytes differ there.
    pub conflicts: u64,
    /// Those that were ignored.
    pub rejected: u64,
    /// Datagrams put together.
    pub completed: u64,
    /// Datagrams whose time was over.
    pub timed_out: u64,
    /// Datagrams that made room for others.
    pub evicted: u64,
}

/// A datagram under way.
#[derive(Debug, Default)]
struct Waiting {
    parts: Parts,
    header: Box<[u8]>,
    /// Where the datagram ends, once its last fragment is there.
    end: Option<u32>,
    /// Whether it was given up: what comes of it until its time is over is ignored.
    is_given_up: bool,
    /// Bytes charged.
    cost: usize,
    /// Which of the notes about its time is its own.
    generation: u64,
}

/// Puts fragments together.
///
/// Time is that of the packets. Since every datagram has the same [timeout](DefragmentConfig::timeout), and
/// a clock that goes back counts as standing still, their times are over in the order in which they began:
/// the timing wheel has one spoke, a queue, and looking for those that are over costs what it finds.
///
/// ```
/// use rheos_core::Timestamp;
/// use rheos_reassembly::ip::{DatagramKey, Defragmenter, DefragmentConfig, Fragment, Outcome};
///
/// let key = DatagramKey {
///     source: [10, 0, 0, 1].into(),
///     destination: [10, 0, 0, 2].into(),
///     protocol: Some(17),
///     identification: 7,
///     tag: 0,
/// };
/// let timestamp = Timestamp::from_secs(1, 0);
/// let header = b"the header of the first";
/// let last = Fragment { key, timestamp, offset: 8, more: false, header: b"", payload: b"world" };
/// let first = Fragment { offset: 0, more: true, header, payload: b"hello + ", ..last };
///
/// let mut defragmenter = Defragmenter::new(DefragmentConfig::default());
/// assert!(matches!(defragmenter.push(&last), Outcome::Waiting));
/// let Outcome::Complete(datagram) = defragmenter.push(&first) else { unreachable!() };
/// assert_eq!((datagram.header, datagram.payload), (&header[..], &b"hello + world"[..]));
/// assert_eq!(datagram.parts[0].fragment, 1);
/// ```
#[derive(Debug)]
pub struct Defragmenter {
    config: DefragmentConfig,
    waiting: HashMap<DatagramKey, Waiting>,
    /// When each datagram's time is over, oldest first, with its generation: some are gone already. In
    /// order by itself, since one timeout is added to a time that never goes back.
    deadlines: VecDeque<(Timestamp, DatagramKey, u64)>,
    generation: u64,
    bytes: usize,
    now: Timestamp,
    stats: DefragmentStats,
    /// The last datagram that was put together.
    header: Box<[u8]>,
    payload: Vec<u8>,
    parts: Vec<Part>,
}

impl Defragmenter {
    /// A defragmenter to which nothing has been given.
    pub fn new(config: DefragmentConfig) -> Self {
        Self {
            config,
            waiting: HashMap::new(),
            deadlines: VecDeque::new(),
            generation: 0,
            bytes: 0,
            now: Timestamp::MIN,
            stats: DefragmentStats::default(),
            header: Box::default(),
            payload: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// What it has seen.
    pub fn stats(&self) -> DefragmentStats {
        self.stats
    }

    /// Datagrams that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Bytes that wait, with their management.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a fragment. Time is that of the fragments; where it goes back, it counts as standing still.
    pub fn push(&mut self, fragment: &Fragment<'_>) -> Outcome<'_> {
        self.sweep(fragment.timestamp);
        if fragment.offset == 0 && !fragment.more {
            return Outcome::Whole;
        }
        self.stats.fragments = self.stats.fragments.saturating_add(1);
        match self.add(fragment) {
            Ok(false) => Outcome::Waiting,
            Ok(true) => Outcome::Complete(self.complete(&fragment.key)),
            Err(rejection) => {
                self.stats.rejected = self.stats.rejected.saturating_add(1);
                Outcome::Rejected(rejection)
            }
        }
    }

    /// Forgets datagrams whose time is over. Fragments do it by themselves.
    pub fn sweep(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(&(due, key, generation)) = self.deadlines.front()
            && due <= self.now
        {
            self.deadlines.pop_front();
            if self.remove(&key, generation).is_some_and(|waiting| !waiting.is_given_up) {
                self.stats.timed_out = self.stats.timed_out.saturating_add(1);
            }
        }
    }

    /// Adds a fragment to its datagram, and says whether that is whole now.
    fn add(&mut self, fragment: &Fragment<'_>) -> Result<bool, Rejection> {
        let len = u32::try_from(fragment.payload.len()).unwrap_or(u32::MAX);
        let end = fragment.offset.saturating_add(len);
        if len == 0 {
            return Err(Rejection::Empty);
        }
        if fragment.more && !fragment.payload.len().is_multiple_of(UNIT) {
            return Err(Rejection::Unaligned);
        }
        if end > MAX_DATAGRAM {
            return Err(Rejection::TooLong);
        }
        if !self.waiting.contains_key(&fragment.key) {
            self.start(fragment);
        }
        let Some(waiting) = self.waiting.get_mut(&fragment.key) else {
            return Err(Rejection::GivenUp);
        };
        let added = waiting.add(fragment, end, &self.config);
        let (before, cost) = (waiting.cost, waiting.cost());
        waiting.cost = cost;
        self.bytes = self.bytes.saturating_sub(before).saturating_add(cost);
        let count = |counter: &mut u64, is: bool| *counter = counter.saturating_add(is.into());
        let is_whole = added.map(|added| {
            count(&mut self.stats.duplicates, added.is_duplicate);
            count(&mut self.stats.overlaps, added.overlaps);
            count(&mut self.stats.conflicts, added.conflicts);
            waiting.is_whole()
        });
        count(&mut self.stats.overlaps, matches!(is_whole, Err(Rejection::Overlap)));
        if is_whole == Ok(false) {
            self.make_room(0, 0);
        }
        is_whole
    }

    /// Starts to wait for a datagram.
    fn start(&mut self, fragment: &Fragment<'_>) {
        self.make_room(1, fragment.payload.len().saturating_add(DATAGRAM_COST));
        self.generation = self.generation.saturating_add(1);
        let due = self.now.saturating_add(self.config.timeout);
        self.deadlines.push_back((due, fragment.key, self.generation));
        let waiting = Waiting { generation: self.generation, ..Waiting::default() };
        self.waiting.insert(fragment.key, waiting);
    }

    /// Gives up the oldest datagrams until so many more, and so many bytes more, fit.
    fn make_room(&mut self, datagrams: usize, bytes: usize) {
        let is_full = |this: &Self| {
            this.waiting.len().saturating_add(datagrams) > this.config.max_datagrams
                || this.bytes.saturating_add(bytes) > this.config.max_bytes
        };
        while is_full(self) {
            let Some((_, key, generation)) = self.deadlines.pop_front() else { return };
            if self.remove(&key, generation).is_some_and(|waiting| !waiting.is_given_up) {
                self.stats.evicted = self.stats.evicted.saturating_add(1);
            }
        }
    }

    /// Drops the notes about datagrams that are gone, once they are the most.
    fn drop_notes(&mut self) {
        if self.deadlines.len() > self.waiting.len().saturating_mul(2).saturating_add(SPARE_NOTES) {
            let waiting = &self.waiting;
            self.deadlines.retain(|(_, key, generation)| {
                waiting.get(key).is_some_and(|waiting| waiting.generation == *generation)
            });
        }
    }

    /// Takes a datagram out, if it is still the one that a note is about.
    fn remove(&mut self, key: &DatagramKey, generation: u64) -> Option<Waiting> {
        let found = self.waiting.get(key)?;
        if found.generation != generation {
            return None;
        }
        let waiting = self.waiting.remove(key)?;
        self.bytes = self.bytes.saturating_sub(waiting.cost);
        Some(waiting)
    }

    /// Puts a datagram together, and forgets it: its number may be used again at once.
    fn complete(&mut self, key: &DatagramKey) -> Datagram<'_> {
        let generation = self.waiting.get(key).map_or(0, |waiting| waiting.generation);
        let waiting = self.remove(key, generation).unwrap_or_default();
        self.drop_notes();
        self.stats.completed = self.stats.completed.saturating_add(1);
        self.payload.clear();
        self.parts.clear();
        for (part, bytes) in waiting.parts.iter() {
            self.payload.extend_from_slice(bytes);
            self.parts.push(part);
        }
        self.header = waiting.header;
        Datagram { header: &self.header, payload: &self.payload, parts: &self.parts }
    }
}

impl Waiting {
    fn cost(&self) -> usize {
        self.parts.cost().saturating_add(self.header.len()).saturating_add(DATAGRAM_COST)
    }

    fn is_whole(&self) -> bool {
        self.end.is_some_and(|end| self.parts.covered() == end)
    }

    fn add(
        &mut self,
        fragment: &Fragment<'_>,
        end: u32,
        config: &DefragmentConfig,
    ) -> Result<Added, Rejection> {
        if self.is_given_up {
            return Err(Rejection::GivenUp);
        }
        let result = self.try_add(fragment, end, config);
        if result.is_err() {
            // What is there is of no use any more; that it was there is.
            *self = Self {
                is_given_up: true,
                generation: self.generation,
                cost: self.cost,
                ..Self::default()
            };
        }
        result
    }

    fn try_add(
        &mut self,
        fragment: &Fragment<'_>,
        end: u32,
        config: &DefragmentConfig,
    ) -> Result<Added, Rejection> {
        let ends_elsewhere = |known: u32| if fragment.more { end > known } else { end != known };
        if self.end.is_some_and(ends_elsewhere) || (!fragment.more && self.parts.end() > end) {
            return Err(Rejection::End);
        }
        let overlap = match fragment.key.source {
            IpAddr::V4(_) => config.overlap_v4,
            IpAddr::V6(_) => config.overlap_v6,
        };
        let added = self.parts.add(fragment, end, overlap).ok_or(Rejection::Overlap)?;
        if self.parts.fragments() > config.max_fragments {
            return Err(Rejection::TooMany);
        }
        if !fragment.more {
            self.end = Some(end);
        }
        if fragment.offset == 0 && self.header.is_empty() {
            self.header = fragment.header.into();
        }
        Ok(added)
    }
}
