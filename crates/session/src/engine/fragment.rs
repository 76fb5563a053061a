//! Fragments that flows count one by one, while parsers read what they make together.

use rheos_core::RawPacket;
use rheos_flow::{FlowExtractor, FlowSink, Process};

use super::Engine;
use crate::out::{Lend, Order};
use crate::telling::{Counting, Telling};
use crate::{SessionKey, Sink};

impl<E: FlowExtractor<Key: SessionKey>, S: Process + Clone> Engine<E, S> {
    /// Takes a fragment: flows count it as it is, and parsers read the datagram that it completes, if it
    /// does.
    #[cold]
    pub(crate) fn fragment(
        &mut self,
        raw: &RawPacket<'_>,
        datagram: Option<&RawPacket<'_>>,
        sink: &mut impl Sink<E::Key, S>,
    ) {
        let out = &mut Lend { sink, events: self.events };
        self.count(self.packets.saturating_add(1), self.now.max(raw.timestamp), out);
        let head = self.head(Order::Packet);
        if raw.timestamp < head.timestamp {
            self.catch_up();
        }
        let Self { tracker, sessions, awaited, last, .. } = self;
        let telling = Telling { sessions, awaited, last, head, raw, out };
        tracker.track(raw, &mut Counting(telling));
        let whole = datagram.and_then(|raw| Some((raw, tracker.extractor().extract(raw)?)));
        if let (Some((raw, it)), Some(id)) = (whole, *last)
            && let Some(record) = tracker.get(id)
        {
            let side = record.side_of(it.orientation);
            let mut telling = Telling { sessions, awaited, last, head, raw, out };
            telling.extracted(id, record, side, &it);
        }
        if !self.sessions.shared.relations.is_empty() {
            self.relate();
        }
    }
}
