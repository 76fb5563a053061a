//! What a program tells an engine beside packets: the time, flows that are to end, and those to come.

use rheos_core::Timestamp;
use rheos_flow::{AnnouncedFlow, FlowExtractor, FlowId, Process};

use super::Engine;
use crate::awaited::Parent;
use crate::event::Flow;
use crate::out::{Lend, Order, Out};
use crate::owned::Keep;
use crate::telling::Gather;
use crate::{Events, SessionKey, Sink};

impl<E: FlowExtractor<Key: SessionKey>, S: Process + Clone> Engine<E, S> {
    /// Expects a flow that the packet taken last announces, within five minutes: its
    /// [`Started`](crate::EventKind::Started) tells the flow of that packet as its parent. What parsers
    /// announce, such as the data connections of FTP, is expected without this, and first.
    ///
    /// Who has packets decoded asks [`AnnouncedFlow::of`] what each of them announces, and hands that on
    /// behind [`packet`](Self::packet). [`ShardedEngine::expect_flows`](crate::ShardedEngine::expect_flows)
    /// does so by itself.
    pub fn expect_flow(&mut self, announced: AnnouncedFlow) {
        if let Some(parent) = self.parent() {
            self.awaited.by_program.add(parent, announced.into(), self.now);
        }
    }

    /// The same of a flow that may be one of another engine.
    pub(crate) fn expect_elsewhere(&self, flow: AnnouncedFlow, out: &mut impl Out<E::Key, S>) {
        if let Some(parent) = self.parent() {
            out.expect(self.head(Order::Packet), parent, flow.into());
        }
    }

    /// The flow of the packet taken last.
    fn parent(&self) -> Option<Parent> {
        let id = self.last?;
        Some(Parent { number: self.sessions.number(id), id })
    }

    /// Tells the time, where no packets come that tell it: holes are given up, parsers are told the time, and
    /// flows end whose time is over. It should be no later than that of the packets to come, which would
    /// count as going back. Packets do all this by themselves, once a second of their time.
    pub fn sweep(&mut self, now: Timestamp, sink: &mut impl Sink<E::Key, S>) {
        let events = self.events;
        self.now = self.now.max(now);
        self.pass(&mut Lend { sink, events });
    }

    /// Ends a flow, and says whether there was one: parsers are told the end of both sides. What comes of it
    /// later starts another.
    pub fn force_close(&mut self, id: FlowId, sink: &mut impl Sink<E::Key, S>) -> bool {
        let Self { tracker, sessions, gone, pressure, events, .. } = self;
        let events = *events;
        let lives = tracker.force_close(id, &mut Gather { sessions, gone, pressure });
        self.tell_gone(Order::Packet, &mut Lend { sink, events });
        lives
    }

    /// Gives up a flow without a word, and what parsers know of it, and says whether there was one.
    pub fn forget(&mut self, id: FlowId) -> bool {
        let head = self.head(Order::Packet);
        let Self { tracker, sessions, .. } = self;
        if let Some(record) = tracker.get(id) {
            let flow = Flow { number: sessions.number(id), id, record };
            let mut nobody = Keep { kept: &mut Vec::new(), events: Events::empty() };
            sessions.close(flow, head, &mut nobody);
        }
        tracker.forget(id)
    }
}
