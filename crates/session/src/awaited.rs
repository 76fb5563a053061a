//! Flows that are waited for, each found by the end that is known of it.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rheos_core::Timestamp;
use rheos_flow::{AnnouncedFlow, FlowId, HashSeed};
use rheos_layers::IpProtocol;

use crate::SessionKey;

/// How long an announced flow is waited for: FTP's servers give a client five minutes or less.
const WITHIN: Duration = Duration::from_secs(300);

/// Flows that are waited for at once. A peer that announces more makes the oldest forgotten.
const MAX: usize = 256;

/// A flow that another announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    /// The end that is known.
    pub(crate) end: SocketAddr,
    /// The host of the other end, if that is known.
    pub(crate) other: Option<IpAddr>,
    pub(crate) transport: IpProtocol,
    /// The parser that reads it, if it is to be read.
    pub(crate) protocol: Option<&'static str>,
}

impl From<AnnouncedFlow> for Announced {
    fn from(flow: AnnouncedFlow) -> Self {
        let AnnouncedFlow { protocol: transport, end, other, .. } = flow;
        Self { end, other, transport, protocol: None }
    }
}

impl Announced {
    /// Whether a flow from its known end to another is it.
    fn fits(&self, key: &impl SessionKey, other: SocketAddr) -> bool {
        key.transport().is_none_or(|transport| transport == self.transport)
            && self.other.is_none_or(|host| host == other.ip())
    }
}

/// The flow that announced another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    pub(crate) number: u64,
    pub(crate) id: FlowId,
}

/// What is said of two flows of which one announces the other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Relation {
    /// A flow announces another.
    Expects(FlowId, Announced),
    /// A flow was announced by another.
    IsOf(FlowId, FlowId),
}

/// Flows that are waited for. Takes no memory before the first.
#[derive(Debug)]
pub(crate) struct Awaited {
    /// By the end that is known, the oldest first.
    by_end: HashMap<SocketAddr, VecDeque<Waiting>, HashSeed>,
    /// The ends of all, the oldest first, and their turns.
    ends: VecDeque<(u64, SocketAddr)>,
    /// How many there have been.
    turns: u64,
}

#[derive(Debug)]
struct Waiting {
    turn: u64,
    until: Timestamp,
    parent: Parent,
    flow: Announced,
}

impl Default for Awaited {
    fn default() -> Self {
        let by_end = HashMap::with_hasher(HashSeed::random());
        Self { by_end, ends: VecDeque::new(), turns: 0 }
    }
}

impl Awaited {
    /// Waits for a flow. What nobody waits for any more is forgotten.
    pub(crate) fn add(&mut self, parent: Parent, flow: Announced, now: Timestamp) {
        while let Some((_, end)) = self.ends.front() {
            let oldest = self.by_end.get(end).and_then(VecDeque::front);
            if self.ends.len() < MAX && oldest.is_some_and(|oldest| oldest.until > now) {
                break;
            }
            self.forget(*end, 0);
        }
        self.turns = self.turns.saturating_add(1);
        let waiting = Waiting { turn: self.turns, until: now.saturating_add(WITHIN), parent, flow };
        self.ends.push_back((waiting.turn, flow.end));
        self.by_end.entry(flow.end).or_default().push_back(waiting);
    }

    /// What announced a flow of this key that starts, if something did: it is waited for no more.
    #[inline]
    pub(crate) fn take(
        &mut self,
        key: &impl SessionKey,
        now: Timestamp,
    ) -> Option<(Parent, Announced)> {
        if self.ends.is_empty() { None } else { self.find(key, now) }
    }

    #[inline(never)]
    fn find(&mut self, key: &impl SessionKey, now: Timestamp) -> Option<(Parent, Announced)> {
        let [a, b] = key.ends()?;
        let found = [(a, b), (b, a)].into_iter().filter_map(|(end, other)| {
            let mut waiting = self.by_end.get(&end)?.iter().enumerate();
            let fits = |it: &Waiting| it.until > now && it.flow.fits(key, other);
            waiting.find(|(_, it)| fits(it)).map(|(place, it)| (it.turn, end, place))
        });
        let (_, end, place) = found.min_by_key(|(turn, ..)| *turn)?;
        self.forget(end, place).map(|it| (it.parent, it.flow))
    }

    /// Forgets what is waited for at an end, in a place.
    fn forget(&mut self, end: SocketAddr, place: usize) -> Option<Waiting> {
        let waiting = self.by_end.get_mut(&end)?;
        let found = waiting.remove(place)?;
        if waiting.is_empty() {
            self.by_end.remove(&end);
        }
        let is_it = |(turn, _): &(u64, SocketAddr)| *turn == found.turn;
        if let Some(place) = self.ends.iter().position(is_it) {
            self.ends.remove(place);
        }
        Some(found)
    }
}

/// What an engine waits for.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// What parsers announced, of flows between the same hosts.
    pub(crate) by_parsers: Awaited,
    /// What the program announced, of flows between any hosts.
    pub(crate) by_program: Awaited,
}

impl Expected {
    /// What announced a flow that starts: a parser, or else the program. One that both announced, as the data
    /// connections of FTP are, is waited for by neither any more.
    #[inline]
    pub(crate) fn take(
        &mut self,
        key: &impl SessionKey,
        now: Timestamp,
    ) -> Option<(Parent, Announced)> {
        let by_program = self.by_program.take(key, now);
        self.by_parsers.take(key, now).or(by_program)
    }
}

#[cfg(test)]
mod tests {
    use rheos_flow::FiveTupleKey;

    use super::*;

    fn key(ends: [(u8, u16); 2]) -> FiveTupleKey {
        let [a, b] = ends.map(|(host, port)| SocketAddr::from(([10, 0, 0, host], port)));
        FiveTupleKey::new(a, b, IpProtocol::TCP).unwrap().0
    }

    fn announced(host: u8, port: u16, other: Option<u8>) -> Announced {
        Announced {
            end: SocketAddr::from(([10, 0, 0, host], port)),
            other: other.map(|host| IpAddr::from([10, 0, 0, host])),
            transport: IpProtocol::TCP,
            protocol: None,
        }
    }

    fn parent(number: u64) -> Parent {
        Parent { number, id: FlowId { index: 0, generation: 0 } }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_secs(second, 0)
    }

    #[track_caller]
    fn check(awaited: &mut Awaited, ends: [(u8, u16); 2], second: i64, expected: Option<u64>) {
        let found = awaited.take(&key(ends), at(second)).map(|(parent, _)| parent.number);
        assert_eq!(found, expected, "{ends:?}");
    }

    #[test]
    fn the_oldest_that_fits_is_taken_once_whichever_end_is_known() {
        let mut awaited = Awaited::default();
        awaited.add(parent(1), announced(1, 5000, Some(2)), at(0));
        awaited.add(parent(2), announced(2, 20, None), at(0));
        awaited.add(parent(3), announced(1, 5000, None), at(0));
        check(&mut awaited, [(3, 1), (1, 5001)], 1, None);
        check(&mut awaited, [(3, 1), (1, 5000)], 1, Some(3));
        check(&mut awaited, [(2, 20), (1, 5000)], 1, Some(1));
        check(&mut awaited, [(2, 20), (1, 5000)], 1, Some(2));
        check(&mut awaited, [(2, 20), (1, 5000)], 1, None);
        assert!(awaited.ends.is_empty() && awaited.by_end.is_empty());
    }

    #[test]
    fn what_parsers_and_the_program_announce_is_waited_for_once() {
        let mut expected = Expected::default();
        expected.by_parsers.add(parent(1), announced(1, 5000, Some(2)), at(0));
        expected.by_program.add(parent(2), announced(1, 5000, Some(2)), at(0));
        let mut take = || expected.take(&key([(2, 20), (1, 5000)]), at(1));
        assert_eq!(take().map(|(parent, _)| parent.number), Some(1));
        assert!(take().is_none());
    }

    #[test]
    fn another_protocol_does_not_fit() {
        let mut awaited = Awaited::default();
        let udp = Announced { transport: IpProtocol::UDP, ..announced(1, 5000, None) };
        awaited.add(parent(1), udp, at(0));
        check(&mut awaited, [(2, 20), (1, 5000)], 1, None);
    }

    #[test]
    fn nobody_waits_for_more_than_five_minutes_or_256_flows() {
        let mut awaited = Awaited::default();
        awaited.add(parent(1), announced(1, 1, None), at(0));
        check(&mut awaited, [(2, 20), (1, 1)], 300, None);
        for port in 2..=258 {
            awaited.add(parent(port.into()), announced(1, port, None), at(300));
        }
        assert_eq!((awaited.ends.len(), awaited.by_end.len()), (MAX, MAX));
        check(&mut awaited, [(2, 20), (1, 2)], 301, None);
        check(&mut awaited, [(2, 20), (1, 3)], 301, Some(3));
        check(&mut awaited, [(2, 20), (1, 258)], 599, Some(258));
    }
}
