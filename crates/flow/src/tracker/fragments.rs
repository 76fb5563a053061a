//! Fragments: each counts into the flow of its datagram, whichever comes first.

use rheos_core::{RawPacket, Side};

use super::record::Count;
use super::{FlowEvent, FlowSink, FlowTracker};
use crate::datagrams::{Front, Later, Piece, PieceOf};
use crate::{Extracted, FlowExtractor, FlowPacket, Fragment, PacketDetail, Process};

impl<E: FlowExtractor, S: Process> FlowTracker<E, S> {
    /// Remembers the flow of a first fragment for the others of its datagram, and of that around it. Gives what
    /// it is of that, with those of them that came before it.
    #[cold]
    #[inline(never)]
    pub(super) fn remember(
        &mut self,
        index: u32,
        extracted: &Extracted<E::Key>,
        raw: &RawPacket<'_>,
    ) -> Option<Box<Piece>> {
        let fragment = self.extractor.fragment(raw)?;
        let (flow, record) = self.slab.get_mut(index)?;
        let side = record.side_of(extracted.orientation);
        let (of, at) = (PieceOf { flow, side, is_around: false }, (self.now, self.seed));
        let mut piece = Piece::default();
        if fragment.around != Some(fragment.datagram) {
            let Extracted { l4, tcp, payload_length, .. } = *extracted;
            let front = Front::new((l4, tcp), &fragment, payload_length);
            piece = self.fragments.first(&fragment, of, front, at);
        }
        if let Some(around) = fragment.around {
            piece.waited.extend(self.fragments.around(around, of, at));
        }
        Some(Box::new(piece))
    }

    /// Counts fragments into a flow that waited for the one that has come now.
    #[cold]
    #[inline(never)]
    pub(super) fn attach(
        &mut self,
        index: u32,
        piece: &Piece,
        side: Side,
        sink: &mut impl FlowSink<E::Key, S>,
    ) {
        let timestamp = self.now;
        let Some((id, record)) = self.slab.get_mut(index) else { return };
        for waited in &piece.waited {
            self.stats.lost_fragments = self.stats.lost_fragments.saturating_sub(1);
            let count = Count {
                packets: 1,
                wire_bytes: waited.wire_bytes,
                ip_bytes: waited.ip_bytes.into(),
                payload_bytes: waited.payload_bytes.into(),
            };
            record.count(side, &count, timestamp);
            record.user.waited(side, waited);
            let len = u32::try_from(waited.wire_bytes).unwrap_or(u32::MAX);
            sink.event(&FlowEvent::Packet { id, flow: record, side, len, timestamp });
        }
    }

    /// Counts a fragment that has no key into the flow of its datagram, and returns its place.
    #[inline(never)]
    pub(super) fn track_fragment(
        &mut self,
        fragment: Option<Fragment>,
        detail: Option<&PacketDetail>,
        raw: &RawPacket<'_>,
        sink: &mut impl FlowSink<E::Key, S>,
    ) -> Option<u32> {
        let Some(fragment) = fragment else {
            self.stats.unmatched = self.stats.unmatched.saturating_add(1);
            return None;
        };
        let (timestamp, at) = (self.now, (self.now, self.seed));
        let lives = |id| {
            let flow = self.slab.get_by_id(id);
            flow.is_some_and(|flow| self.deadlines.of(flow) > timestamp)
        };
        let later = self.fragments.later(&fragment, raw.wire_length(), lives, at);
        let Later::Of(of, payload_length, mut piece) = later else {
            self.stats.lost_fragments = self.stats.lost_fragments.saturating_add(1);
            return None;
        };
        if let Some(around) = fragment.around {
            piece.waited = self.fragments.around(around, of, at);
        }
        // The packet in the first fragment of a tunnel's datagram has told its length whole.
        let ip_length = if of.is_around { 0 } else { fragment.ip_length };
        let side = of.side;
        let (id, flow) = self.slab.get_mut(of.flow.index)?;
        let count = Count {
            packets: 1,
            wire_bytes: raw.wire_length(),
            ip_bytes: ip_length.into(),
            payload_bytes: payload_length.into(),
        };
        flow.count(side, &count, timestamp);
        flow.user.process(&FlowPacket {
            raw,
            timestamp,
            side,
            is_first: false,
            is_later_fragment: true,
            fragment: Some(&piece),
            ip_length,
            payload_length,
            tcp: None,
            states: (flow.state, flow.state),
            is_flipped: flow.is_flipped,
            detail,
        });
        let len = u32::try_from(count.wire_bytes).unwrap_or(u32::MAX);
        sink.event(&FlowEvent::Packet { id, flow, side, len, timestamp });
        while let Some(anomaly) = flow.user.anomaly() {
            sink.event(&FlowEvent::Anomaly { id, flow, anomaly, timestamp });
        }
        self.attach(id.index, &piece, side, sink);
        Some(id.index)
    }
}
