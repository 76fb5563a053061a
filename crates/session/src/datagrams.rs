//! A flow of datagrams that a parser reads.

use rheos_core::{Side, Timestamp};
use rheos_flow::TransportPayload;
use rheos_l7::{Input, OnTick};

use crate::SessionKey;
use crate::event::Choice;
use crate::fact::Fact;
use crate::message::DatagramReader;
use crate::out::Out;
use crate::registry::{Parsers, Wanted, count};
use crate::shared::Scene;

/// Datagrams that are looked at until a parser is chosen.
const MAX_DATAGRAMS: usize = 4;

/// A datagram, or the front of one that is cut.
pub(crate) struct Datagram<'a>(Input<'a>);

impl<'a> Datagram<'a> {
    pub(crate) fn new(side: Side, timestamp: Timestamp, payload: &TransportPayload<'a>) -> Self {
        let input = Input::new(side, timestamp, payload.bytes);
        let is_whole =
            !payload.is_first_fragment && payload.bytes.len() as u64 >= u64::from(payload.length);
        Self(if is_whole { input } else { input.cut() })
    }

    /// Whether it says something to those who may read its flow. Of one that is cut nobody is asked whose
    /// it is, so that it is for the parser that the port hints at.
    pub(crate) fn tells<K: SessionKey>(&self, parsers: &Parsers<K>, wanted: &Wanted) -> bool {
        !self.0.is_cut || wanted.by_port.is_some_and(|place| parsers.reads_cut(place))
    }
}

/// A flow of datagrams that a parser reads.
pub(crate) enum DatagramSession {
    /// Nobody as yet; these wait.
    Probing { wanted: Wanted, waiting: Vec<Waiting> },
    /// The parser in a place.
    Parsing { place: usize, parser: Box<dyn DatagramReader> },
    /// Nobody.
    Over,
}

/// A datagram that waits for a parser.
pub(crate) struct Waiting {
    side: Side,
    timestamp: Timestamp,
    bytes: Vec<u8>,
    is_cut: bool,
}

impl DatagramSession {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self::Probing { wanted, waiting: Vec::new() }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }

    /// Takes a datagram.
    pub(crate) fn datagram<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        datagram: &Datagram<'_>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let &Datagram(input) = datagram;
        if let Self::Probing { wanted, waiting } = self {
            let parsers = &scene.shared.parsers;
            if !datagram.tells(parsers, wanted) {
                return;
            }
            let known =
                (!input.is_cut).then(|| parsers.ask_datagram(wanted, input.bytes)).flatten();
            let is_over = wanted.candidates.is_empty() || waiting.len() >= MAX_DATAGRAMS;
            let (place, by) = match known {
                Some(place) => (Some(place), Choice::Content),
                None if is_over => (wanted.by_port, Choice::Port),
                None => {
                    let Input { side, timestamp, bytes, is_cut, .. } = input;
                    return waiting.push(Waiting {
                        side,
                        timestamp,
                        bytes: bytes.to_vec(),
                        is_cut,
                    });
                }
            };
            let waiting = std::mem::take(waiting);
            self.start(place, by, waiting, scene);
        }
        self.read(&input, scene);
    }

    /// Gives the flow to a parser, and what has waited for one.
    fn start<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        place: Option<usize>,
        by: Choice,
        waiting: Vec<Waiting>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let key = &scene.flow.record.key;
        let parser =
            place.and_then(|place| Some((place, scene.shared.parsers.datagram(place, key)?)));
        *self = Self::Over;
        if let Some((place, parser)) = parser {
            *self = Self::Parsing { place, parser };
            let parser = scene.shared.parsers.name(place);
            scene.tell(Fact::Identified { parser, by });
            scene.time();
        }
        for Waiting { side, timestamp, bytes, is_cut } in waiting {
            let input = Input::new(side, timestamp, &bytes);
            self.read(&if is_cut { input.cut() } else { input }, scene);
        }
    }

    fn read<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        input: &Input<'_>,
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let Self::Parsing { place, parser } = self else { return };
        let place = *place;
        if input.is_cut {
            scene.shared.parsers.note(place, |stats| count(&mut stats.gaps));
            if !scene.shared.parsers.reads_cut(place) {
                return;
            }
        }
        let result = scene.messages(place, input.side, |out| parser.datagram(input, out));
        scene.shared.parsers.note(place, |stats| {
            stats.bytes = stats.bytes.saturating_add(input.bytes.len() as u64);
        });
        if let Err(failure) = result
            && !input.is_cut
        {
            scene.failed(place, input.side, failure);
        }
        if parser.is_done() {
            *self = Self::Over;
        }
    }

    /// Tells the parser the time.
    pub(crate) fn tick<K: SessionKey, S, O: Out<K, S>>(&mut self, scene: &mut Scene<'_, K, S, O>) {
        if let Self::Parsing { place, parser } = self {
            let now = scene.now();
            let next = scene.messages(*place, Side::Initiator, |out| parser.on_tick(now, out));
            if next == OnTick::Again {
                scene.time();
            }
        }
    }

    /// The flow ends.
    pub(crate) fn close<K: SessionKey, S, O: Out<K, S>>(&mut self, scene: &mut Scene<'_, K, S, O>) {
        if let Self::Probing { wanted, waiting } = self {
            let (place, waiting) = (wanted.by_port, std::mem::take(waiting));
            if waiting.is_empty() {
                return;
            }
            self.start(place, Choice::Port, waiting, scene);
        }
        if let Self::Parsing { place, parser } = self {
            let now = scene.now();
            scene.messages(*place, Side::Initiator, |out| parser.on_end(now, out));
        }
        *self = Self::Over;
    }
}
