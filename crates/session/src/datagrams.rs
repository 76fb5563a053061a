//! A flow of datagrams that a parser reads.

use rheos_core::{Side, Timestamp};
use rheos_l7::{Input, OnTick};

use crate::SessionKey;
use crate::event::Choice;
use crate::fact::Fact;
use crate::message::DatagramReader;
use crate::out::Out;
use crate::registry::{Wanted, count};
use crate::shared::Scene;

/// Datagrams that are looked at until a parser is chosen.
const MAX_DATAGRAMS: usize = 4;

/// A flow of datagrams that a parser reads.
pub(crate) enum DatagramSession {
    /// Nobody as yet; these wait.
    Probing { wanted: Wanted, waiting: Vec<(Side, Timestamp, Vec<u8>)> },
    /// The parser in a place.
    Parsing { place: usize, parser: Box<dyn DatagramReader> },
    /// Nobody.
    Over,
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
        side: Side,
        bytes: &[u8],
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let now = scene.now();
        if let Self::Probing { wanted, waiting } = self {
            let known = scene.shared.parsers.ask_datagram(wanted, bytes);
            let is_over = wanted.candidates.is_empty() || waiting.len() >= MAX_DATAGRAMS;
            let (place, by) = match known {
                Some(place) => (Some(place), Choice::Content),
                None if is_over => (wanted.by_port, Choice::Port),
                None => return waiting.push((side, now, bytes.to_vec())),
            };
            let waiting = std::mem::take(waiting);
            self.start(place, by, scene);
            for (side, then, bytes) in waiting {
                self.read(side, then, &bytes, scene);
            }
        }
        self.read(side, now, bytes, scene);
    }

    fn start<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        place: Option<usize>,
        by: Choice,
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
    }

    fn read<K: SessionKey, S, O: Out<K, S>>(
        &mut self,
        side: Side,
        timestamp: Timestamp,
        bytes: &[u8],
        scene: &mut Scene<'_, K, S, O>,
    ) {
        let Self::Parsing { place, parser } = self else { return };
        let place = *place;
        let input = Input::new(side, timestamp, bytes);
        let result = scene.messages(place, side, |out| parser.datagram(&input, out));
        scene.shared.parsers.note(place, |stats| {
            stats.bytes = stats.bytes.saturating_add(bytes.len() as u64);
        });
        if let Err(failure) = result {
            scene.failed(place, side, failure);
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
            self.start(place, Choice::Port, scene);
            for (side, then, bytes) in waiting {
                self.read(side, then, &bytes, scene);
            }
        }
        if let Self::Parsing { place, parser } = self {
            let now = scene.now();
            scene.messages(*place, Side::Initiator, |out| parser.on_end(now, out));
        }
        *self = Self::Over;
    }

    /// A datagram of which a part is missing: no parser reads it.
    pub(crate) fn cut<K: SessionKey, S, O: Out<K, S>>(&self, scene: &mut Scene<'_, K, S, O>) {
        if let Self::Parsing { place, .. } = self {
            scene.shared.parsers.note(*place, |stats| count(&mut stats.gaps));
        }
    }
}
