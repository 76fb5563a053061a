//! What the sessions of an engine share.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rheos_core::{Orientation, Side, Timestamp};
use rheos_flow::{AnnouncedFlow, Anomaly, AnomalyKind, FlowId, FlowRecord};
use rheos_l7::{Expected, Failure};
use rheos_layers::IpProtocol;

use crate::event::Flow;
use crate::fact::Fact;
use crate::out::{Head, Out, Teller};
use crate::registry::{Parsers, count};
use crate::{Message, SessionKey};

/// Connections that one piece of a stream may announce: more are as good as forged.
const MAX_ANNOUNCED: usize = 16;

/// How often parsers are told the time: finer than any timeout of a protocol needs it.
const TICK: Duration = Duration::from_secs(5);

/// What the sessions of an engine share.
pub(crate) struct Shared<K> {
    pub(crate) parsers: Parsers<K>,
    /// Connections announced by what was read last, until the tracker knows of them.
    pub(crate) announced: Vec<(FlowId, Announced)>,
    /// Bytes that a parser may leave unread.
    pub(crate) max_unread: usize,
    /// When each flow whose parser waits for it is told the time, and the flow's number: the oldest
    /// first, of which some are gone already.
    pub(crate) ticks: VecDeque<(Timestamp, FlowId, u64)>,
}

/// A connection that another announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The end that is known.
    end: SocketAddr,
    /// The host of the other end, if that is known.
    other: Option<IpAddr>,
    transport: IpProtocol,
    /// The parser that reads it, if it is to be read.
    pub(crate) protocol: Option<&'static str>,
}

/// Any host may be the other end: the media of a call go past the servers that set it up.
impl From<AnnouncedFlow> for Announced {
    fn from(flow: AnnouncedFlow) -> Self {
        let AnnouncedFlow { protocol: transport, end, .. } = flow;
        Self { end, other: None, transport, protocol: None }
    }
}

impl Announced {
    /// Whether a connection between these ends is it.
    pub(crate) fn fits(&self, key: &impl SessionKey) -> bool {
        let Some([a, b]) = key.ends() else { return false };
        // Every new flow is asked about, and nearly none has the port.
        if a.port() != self.end.port() && b.port() != self.end.port() {
            return false;
        }
        if key.transport().is_some_and(|transport| transport != self.transport) {
            return false;
        }
        let is_it = |end: SocketAddr, other: SocketAddr| {
            end == self.end && self.other.is_none_or(|host| host == other.ip())
        };
        is_it(a, b) || is_it(b, a)
    }
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
        self.out.fact(self.head, self.flow, fact);
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
    pub(crate) fn failed(&mut self, place: usize, side: Side, failure: &Failure) {
        self.shared.parsers.note(place, |stats| count(&mut stats.failures));
        let teller = Teller { parser: self.shared.parsers.name(place), side };
        self.out.failed(self.head, self.flow, teller, failure);
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
        self.out.message(self.head, self.flow, teller, message);
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
            self.shared.announced.push((self.flow.id, announced));
        }
    }
}
