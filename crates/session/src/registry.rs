//! The parsers of an engine: which may read a flow, and what each has done.

use std::net::SocketAddr;

use rheos_l7::Probe;

use crate::SessionKey;
use crate::message::{DatagramFactory, DatagramReader, StreamFactory, StreamReader};

/// What the flows of one parser add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParserStats {
    /// Flows that it was given.
    pub flows: u64,
    /// Messages that it made.
    pub messages: u64,
    /// Bytes that it has read.
    pub bytes: u64,
    /// Gaps in what it was given.
    pub gaps: u64,
    /// Streams in which it could not go on, and datagrams that it could not read.
    pub failures: u64,
}

impl ParserStats {
    /// Adds what another engine's parser of the same place has done.
    pub(crate) fn add(&mut self, other: &Self) {
        self.flows = self.flows.saturating_add(other.flows);
        self.messages = self.messages.saturating_add(other.messages);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.gaps = self.gaps.saturating_add(other.gaps);
        self.failures = self.failures.saturating_add(other.failures);
    }
}

/// Adds one.
pub(crate) fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

/// One parser.
pub(crate) struct Registered<K> {
    pub(crate) name: &'static str,
    pub(crate) factory: Factory<K>,
    pub(crate) stats: ParserStats,
}

pub(crate) enum Factory<K> {
    Stream(Box<dyn StreamFactory<K>>),
    Datagram(Box<dyn DatagramFactory<K>>),
}

/// What carries the bytes of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Stream,
    Datagram,
}

/// A set of parsers by their places, of which there are no more than bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates(u64);

/// Parsers that an engine takes: each has a bit.
pub(crate) const MAX_PARSERS: usize = 64;

impl Candidates {
    pub(crate) fn contains(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }

    fn insert(&mut self, place: usize) {
        self.0 |= bit(place);
    }

    pub(crate) fn remove(&mut self, place: usize) {
        self.0 &= !bit(place);
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

fn bit(place: usize) -> u64 {
    u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

/// Which parsers may read a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Those that are asked about the first bytes.
    pub(crate) candidates: Candidates,
    /// That which reads the flow if none of those knows them.
    pub(crate) by_port: Option<usize>,
}

impl Wanted {
    pub(crate) fn nothing(self) -> bool {
        self.candidates.is_empty() && self.by_port.is_none()
    }
}

/// All parsers of an engine, in the order in which they were added.
pub(crate) struct Parsers<K> {
    pub(crate) all: Vec<Registered<K>>,
    /// Which parser a port hints at, by its name.
    ports: Vec<(u16, &'static str)>,
    detect: bool,
    /// Those that read streams and those that read datagrams.
    streams: Candidates,
    datagrams: Candidates,
}

impl<K> Parsers<K> {
    /// None yet.
    pub(crate) fn new(ports: Vec<(u16, &'static str)>, detect: bool) -> Self {
        let (streams, datagrams) = (Candidates::default(), Candidates::default());
        Self { all: Vec::new(), ports, detect, streams, datagrams }
    }
}

impl<K: SessionKey> Parsers<K> {
    /// Adds a parser. Of more than there is room for, the last is left out.
    pub(crate) fn add(&mut self, name: &'static str, factory: Factory<K>) {
        let place = self.all.len();
        match factory {
            Factory::Stream(_) => self.streams.insert(place),
            Factory::Datagram(_) => self.datagrams.insert(place),
        }
        self.all.push(Registered { name, factory, stats: ParserStats::default() });
    }

    fn of(&self, transport: Transport) -> Candidates {
        match transport {
            Transport::Stream => self.streams,
            Transport::Datagram => self.datagrams,
        }
    }

    /// Which parsers may read a flow with these ends, of which the first is the initiator.
    pub(crate) fn wanted(&self, transport: Transport, ends: Option<[SocketAddr; 2]>) -> Wanted {
        let all = self.of(transport);
        let candidates = if self.detect { all } else { Candidates::default() };
        // A service is at the port that was called, except where who called was not seen.
        let by_port = ends.and_then(|[initiator, responder]| {
            let hint = |port| {
                let mut named = self.ports.iter().filter(move |(hint, _)| *hint == port);
                named.find_map(|(_, name)| self.named(transport, name))
            };
            hint(responder.port()).or_else(|| hint(initiator.port()))
        });
        Wanted { candidates, by_port }
    }

    /// The parser of a name.
    pub(crate) fn named(&self, transport: Transport, name: &str) -> Option<usize> {
        let all = self.of(transport);
        let mut places = (0..self.all.len()).filter(|place| all.contains(*place));
        places.find(|place| self.all.get(*place).is_some_and(|parser| parser.name == name))
    }

    pub(crate) fn name(&self, place: usize) -> &'static str {
        self.all.get(place).map_or("", |parser| parser.name)
    }

    /// Asks candidates about first bytes, the one that a port hints at first. Those that do not know
    /// them are no candidates any more.
    fn ask(
        &self,
        wanted: &mut Wanted,
        mut probe: impl FnMut(&Factory<K>) -> Probe,
    ) -> Option<usize> {
        let hinted = wanted.by_port.into_iter();
        let others = (0..self.all.len()).filter(|place| Some(*place) != wanted.by_port);
        for place in hinted.chain(others) {
            let Some(parser) = self.all.get(place) else { continue };
            if !wanted.candidates.contains(place) {
                continue;
            }
            match probe(&parser.factory) {
                Probe::Match => return Some(place),
                Probe::NoMatch => wanted.candidates.remove(place),
                Probe::NeedMore => {}
            }
        }
        None
    }

    /// Asks about the first bytes of both sides of a stream.
    pub(crate) fn ask_stream(&self, wanted: &mut Wanted, sides: [&[u8]; 2]) -> Option<usize> {
        let [initiator, responder] = sides;
        self.ask(wanted, |factory| match factory {
            Factory::Stream(factory) => factory.probe(initiator, responder),
            Factory::Datagram(_) => Probe::NoMatch,
        })
    }

    /// Asks about a datagram.
    pub(crate) fn ask_datagram(&self, wanted: &mut Wanted, datagram: &[u8]) -> Option<usize> {
        self.ask(wanted, |factory| match factory {
            Factory::Stream(_) => Probe::NoMatch,
            Factory::Datagram(factory) => factory.probe(datagram),
        })
    }

    /// Whether the parser of a place reads datagrams that are cut.
    pub(crate) fn reads_cut(&self, place: usize) -> bool {
        self.all.get(place).is_some_and(|parser| match &parser.factory {
            Factory::Stream(_) => false,
            Factory::Datagram(factory) => factory.reads_cut(),
        })
    }

    /// A parser for a stream.
    pub(crate) fn stream(&mut self, place: usize, key: &K) -> Option<Box<dyn StreamReader>> {
        let parser = self.all.get_mut(place)?;
        let Factory::Stream(factory) = &mut parser.factory else { return None };
        count(&mut parser.stats.flows);
        Some(factory.make(key))
    }

    /// A parser for datagrams.
    pub(crate) fn datagram(&mut self, place: usize, key: &K) -> Option<Box<dyn DatagramReader>> {
        let parser = self.all.get_mut(place)?;
        let Factory::Datagram(factory) = &mut parser.factory else { return None };
        count(&mut parser.stats.flows);
        Some(factory.make(key))
    }

    /// Notes what a parser has done.
    pub(crate) fn note(&mut self, place: usize, note: impl FnOnce(&mut ParserStats)) {
        if let Some(parser) = self.all.get_mut(place) {
            note(&mut parser.stats);
        }
    }
}
