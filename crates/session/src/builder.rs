//! How an engine is put together.

use std::marker::PhantomData;

use rheos_flow::{FiveTuple, FlowExtractor, FlowTracker, HashSeed, Process, TrackerConfig};
use rheos_l7::{DatagramParser, SessionParser};
use rheos_reassembly::tcp;

use crate::message::{Asked, DatagramFactory, StreamFactory};
use crate::registry::{Factory, MAX_PARSERS, Parsers};
use crate::{Defragment, Engine, Events, SessionKey};

/// Settings of an [`Engine`], in any order.
///
/// ```
/// use rheos_flow::TrackerConfig;
/// # use rheos_l7::{Failure, Input, SessionParser};
/// # #[derive(Clone, Default)]
/// # struct Lines;
/// # impl SessionParser for Lines {
/// #     type Message = String;
/// #     fn name(&self) -> &'static str { "lines" }
/// #     fn feed(&mut self, input: &Input<'_>, _: &mut dyn FnMut(String)) -> Result<usize, Failure> {
/// #         Ok(input.bytes.len())
/// #     }
/// # }
/// use rheos_session::Engine;
///
/// let mut limits = TrackerConfig::default();
/// limits.max_flows = 10_000;
/// let engine = Engine::builder().track(limits).parser(Lines).on_port(7, "lines").build();
/// assert_eq!(engine.stats().parsers[0].0, "lines");
/// ```
pub struct EngineBuilder<E, S = ()> {
    extractor: E,
    track: TrackerConfig,
    reassemble: tcp::Config,
    defragment: Option<Box<Defragment>>,
    parsers: Vec<(&'static str, Plain)>,
    ports: Vec<(u16, &'static str)>,
    detect: bool,
    events: Events,
    user: PhantomData<fn() -> S>,
}

/// A parser for flows of any key.
enum Plain {
    Stream(Box<dyn StreamFactory<()>>),
    Datagram(Box<dyn DatagramFactory<()>>),
}

/// A parser of which each flow has a copy, whatever its key.
struct AnyKey<T>(T);

impl<K> StreamFactory<K> for AnyKey<Box<dyn StreamFactory<()>>> {
    fn probe(&self, initiator: &[u8], responder: &[u8]) -> rheos_l7::Probe {
        self.0.probe(initiator, responder)
    }

    fn make(&mut self, _key: &K) -> Box<dyn crate::message::StreamReader> {
        self.0.make(&())
    }
}

impl<K> DatagramFactory<K> for AnyKey<Box<dyn DatagramFactory<()>>> {
    fn probe(&self, datagram: &[u8]) -> rheos_l7::Probe {
        self.0.probe(datagram)
    }

    fn reads_cut(&self) -> bool {
        self.0.reads_cut()
    }

    fn make(&mut self, _key: &K) -> Box<dyn crate::message::DatagramReader> {
        self.0.make(&())
    }
}

impl Default for EngineBuilder<FiveTuple> {
    /// Five-tuples, default limits, no parsers.
    fn default() -> Self {
        Self {
            extractor: FiveTuple::default(),
            track: TrackerConfig::default(),
            reassemble: tcp::Config::default(),
            defragment: None,
            parsers: Vec::new(),
            ports: Vec::new(),
            detect: true,
            events: Events::default(),
            user: PhantomData,
        }
    }
}

impl<E, S> EngineBuilder<E, S> {
    /// What flows are told apart by. Default: [`FiveTuple`].
    #[must_use]
    pub fn extractor<T: FlowExtractor>(self, extractor: T) -> EngineBuilder<T, S> {
        let Self { track, reassemble, defragment, parsers, ports, detect, events, user, .. } = self;
        EngineBuilder {
            extractor,
            track,
            reassemble,
            defragment,
            parsers,
            ports,
            detect,
            events,
            user,
        }
    }

    /// What a program keeps of each flow, in [`FlowRecord::user`](rheos_flow::FlowRecord::user).
    /// Default: nothing.
    #[must_use]
    pub fn keep<T: Process>(self) -> EngineBuilder<E, T> {
        let Self {
            extractor, track, reassemble, defragment, parsers, ports, detect, events, ..
        } = self;
        EngineBuilder {
            extractor,
            track,
            reassemble,
            defragment,
            parsers,
            ports,
            detect,
            events,
            user: PhantomData,
        }
    }

    /// When flows end, and how many there may be.
    #[must_use]
    pub fn track(self, track: TrackerConfig) -> Self {
        Self { track, ..self }
    }

    /// Puts fragments together in front of all else: flows count whole datagrams, and parsers read them.
    /// Default: fragments are counted one by one.
    #[must_use]
    pub fn defragment(self, defragment: Defragment) -> Self {
        Self { defragment: Some(Box::new(defragment)), ..self }
    }

    /// How streams of TCP are put together, and how much of them may wait.
    #[must_use]
    pub fn reassemble(self, reassemble: tcp::Config) -> Self {
        Self { reassemble, ..self }
    }

    /// Adds a parser of streams, of which each flow that it reads has a copy. Of two that both know
    /// the first bytes, that which was added first reads them. An engine takes 64 parsers of both
    /// kinds; what is more is left out.
    #[must_use]
    pub fn parser<P: SessionParser + Clone>(mut self, parser: P) -> Self {
        if self.parsers.len() < MAX_PARSERS {
            let (name, prototype) = (parser.name(), parser.clone());
            let factory = Box::new(Asked { prototype, factory: parser });
            self.parsers.push((name, Plain::Stream(factory)));
        }
        self
    }

    /// Adds a parser of datagrams, likewise.
    #[must_use]
    pub fn datagram_parser<P: DatagramParser + Clone>(mut self, parser: P) -> Self {
        if self.parsers.len() < MAX_PARSERS {
            let (name, prototype) = (parser.name(), parser.clone());
            let factory = Box::new(Asked { prototype, factory: parser });
            self.parsers.push((name, Plain::Datagram(factory)));
        }
        self
    }

    /// Lets the parsers of a name read flows with this port whose first bytes no parser knows.
    #[must_use]
    pub fn on_port(mut self, port: u16, parser: &'static str) -> Self {
        self.ports.push((port, parser));
        self
    }

    /// Whether parsers are asked about first bytes. Default: yes. Else flows are read by their ports
    /// alone, and those of other ports cost nothing.
    #[must_use]
    pub fn detect(self, detect: bool) -> Self {
        Self { detect, ..self }
    }

    /// Which events are reported. Default: all but packets. What is hidden happens all the same.
    #[must_use]
    pub fn events(self, events: Events) -> Self {
        Self { events, ..self }
    }
}

impl<E: FlowExtractor<Key: SessionKey>, S: Process + Clone> EngineBuilder<E, S> {
    /// The engine.
    pub fn build(self) -> Engine<E, S> {
        let Self {
            extractor, track, reassemble, defragment, parsers, ports, detect, events, ..
        } = self;
        let mut all = Parsers::new(ports, detect);
        for (name, parser) in parsers {
            let factory = match parser {
                Plain::Stream(factory) => Factory::Stream(Box::new(AnyKey(factory))),
                Plain::Datagram(factory) => Factory::Datagram(Box::new(AnyKey(factory))),
            };
            all.add(name, factory);
        }
        let tracker = FlowTracker::with_config(extractor, track, HashSeed::random());
        Engine::new(tracker, all, tcp::Assembler::new(reassemble), defragment, events)
    }
}
