//! What the sessions of an engine share.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use rheos_core::{Orientation, Side, Timestamp};
use rheos_flow::{Anomaly, AnomalyKind, FlowId, FlowRecord};
use rheos_l7::{Expected, Failure};
use rheos_layers::IpProtocol;

use crate::awaited::{Announced, Relation};
use crate::event::Flow;
use crate::fact::{Fact, News, Teller};
use crate::out::{Head, Out};
use crate::registry::{Parsers, count};
use crate::{Message, SessionKey};

/// Connections that one piece of a stream may announce: more are as good as forged.
const MAX_ANNOUNCED: usize = 16;

/// How often parsers are told the time: finer than any timeout of a protocol needs it.
const TICK: Duration = Duration::from_secs(5);

/// What the sessions of an engine share.
pub(crate) struct Shared<K> {
    pub(crate) parsers: Parsers<K>,
    /// What the packet at hand says of flows that announce others.
    pub(crate) relations: Vec<Relation>,
    /// Bytes that a parser may leave unread.
    pub(crate) max_unread: usize,
    /// When each flow whose parser waits for it is told the time, and the flow's number: the oldest
    /// first, of which some are gone already.
    pub(crate) ticks: VecDeque<(Timestamp, FlowId, u64)>,
}

/// The ends of a flow, the initiator's first.
pub(crate) fn ends<K: SessionKey, S>(record: &FlowRecord<K, S>) -> Option<[SocketAddr; 2]> {
    let [low, high] = record.key.ends()?;
    Some(match record.initiator {
        Orientation::Forward => [low, high],
        Orientation::Reverse => [high, low],
    })
}

/// Where a session is read: its flow, its time, and where what is found goes.
pub(crate) struct Scene<'a, K, S, O> {
    pub(crate) shared: &'a mut Shared<K>,
    pub(crate) flow: Flow<'a, K, S>,
    pub(crate) head: Head,
    pub(crate) out: &'a mut O,
}

impl<K: SessionKey, S, O: Out<K, S>> Scene<'_, K, S, O> {
    pub(crate) fn now(&self) -> Timestamp {
        self.head.timestamp
    }

    pub(crate) fn tell(&mut self, fact: Fact) {
        self.out.tell(self.head, self.flow, News::Fact(fact));
    }

    /// Tells of something odd that a side does.
    #[cold]
    pub(crate) fn odd(&mut self, side: Side, kind: AnomalyKind) {
        self.tell(Fact::Anomaly { anomaly: Anomaly { kind, side: Some(side) } });
    }

    /// Has the parser of the flow told the time.
    pub(crate) fn time(&mut self) {
        let due = self.now().saturating_add(TICK);
        self.shared.ticks.push_back((due, self.flow.id, self.flow.number));
    }

    /// A parser at a place cannot go on.
    pub(crate) fn failed(&mut self, place: usize, side: Side, failure: Failure) {
        self.shared.parsers.note(place, |stats| count(&mut stats.failures));
        let teller = Teller { parser: self.shared.parsers.name(place), side };
        self.out.tell(self.head, self.flow, News::Failed(teller, failure));
        self.odd(side, AnomalyKind::ParseError { parser: teller.parser });
    }

    /// Lets a parser at a place tell messages.
    #[inline]
    pub(crate) fn messages<T>(
        &mut self,
        place: usize,
        side: Side,
        run: impl FnOnce(&mut dyn FnMut(Box<dyn Message>)) -> T,
    ) -> T {
        run(&mut |message| self.message(place, side, message))
    }

    /// Tells a message of a parser at a place.
    fn message(&mut self, place: usize, side: Side, message: Box<dyn Message>) {
        self.shared.parsers.note(place, |stats| count(&mut stats.messages));
        let teller = Teller { parser: self.shared.parsers.name(place), side };
        self.out.tell(self.head, self.flow, News::Message(teller, message));
    }

    /// Notes connections that a parser announces: they go to the host that the control connection goes
    /// to, whatever address the peers say. One behind a translator of addresses says its inner one, and
    /// one that says a third host's is an attack on that.
    #[cold]
    pub(crate) fn announce(&mut self, mut take: impl FnMut() -> Option<Expected>) {
        for expected in std::iter::from_fn(&mut take).take(MAX_ANNOUNCED) {
            let Some([initiator, responder]) = ends(self.flow.record) else { continue };
            let (listener, other) = match expected.listener {
                Side::Initiator => (initiator, responder),
                Side::Responder => (responder, initiator),
            };
            let announced = Announced {
                end: SocketAddr::new(listener.ip(), expected.port),
                other: Some(other.ip()),
                transport: IpProtocol::TCP,
                protocol: Some(expected.protocol),
            };
            self.shared.relations.push(Relation::Expects(self.flow.id, announced));
        }
    }
}
