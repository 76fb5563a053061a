//! Events one by one, for those who ask for the next.

use std::iter::from_fn;
use std::vec::IntoIter;

use rheos_core::{PacketSource, Timestamp};
use rheos_flow::{FlowExtractor, Process, TrackerAnomaly};

use crate::owned::Kept;
use crate::{Engine, OwnedEvent, SessionKey};

/// Events of [`Engine::events`], which borrow nothing. What is odd about all flows is among those of
/// [`with_anomalies`](Self::with_anomalies) alone, as it is of no flow.
pub struct Pull<'a, E: FlowExtractor, S: Process, P> {
    pub(crate) engine: &'a mut Engine<E, S>,
    pub(crate) source: &'a mut P,
    pub(crate) waiting: IntoIter<Kept<E::Key, S>>,
    pub(crate) is_finished: bool,
}

/// What [`Pull::with_anomalies`] gives.
#[derive(Debug)]
#[non_exhaustive]
pub enum Pulled<K, S = ()> {
    /// Something that happened in a flow.
    Event(OwnedEvent<K, S>),
    /// What is odd about all flows, and when.
    TrackerAnomaly(TrackerAnomaly, Timestamp),
}

/// What comes next, or what the source says instead.
type Next<K, S, E> = Option<Result<Pulled<K, S>, E>>;

impl<'a, E, S, P> Pull<'a, E, S, P>
where
    E: FlowExtractor<Key: SessionKey>,
    S: Process + Clone,
    P: PacketSource,
{
    /// The same events, and what is odd about all flows in its order among them.
    ///
    /// ```
    /// use rheos_core::{LinkType, PacketSource, RawPacket, Timestamp};
    /// use rheos_session::{Engine, Pulled};
    /// # use std::convert::Infallible;
    ///
    /// # struct Back(i64);
    /// # impl PacketSource for Back {
    /// #     type Error = Infallible;
    /// #     fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Infallible> {
    /// #         let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
    /// #         self.0 -= 1;
    /// #         Ok((self.0 > 5).then(|| RawPacket::new(Timestamp::from_secs(self.0, 0), LinkType::IPV4, bytes)))
    /// #     }
    /// # }
    /// # let mut source = Back(8);
    /// let mut engine: Engine = Engine::builder().build();
    /// let mut odd = Vec::new();
    /// for pulled in engine.events(&mut source).with_anomalies() {
    ///     if let Pulled::TrackerAnomaly(anomaly, _) = pulled? {
    ///         odd.push(anomaly.as_str());
    ///     }
    /// }
    /// assert_eq!(odd, ["time_backwards"]);
    /// # Ok::<(), Infallible>(())
    /// ```
    pub fn with_anomalies(
        mut self,
    ) -> impl Iterator<Item = Result<Pulled<E::Key, S>, P::Error>> + use<'a, E, S, P> {
        from_fn(move || self.pull())
    }

    /// What comes next. An error of the source comes behind the events of the packets before it, and in
    /// front of those of the end.
    fn pull(&mut self) -> Next<E::Key, S, P::Error> {
        loop {
            match self.waiting.next() {
                Some(Kept::Event(event)) => return Some(Ok(Pulled::Event(event))),
                Some(Kept::All(head, anomaly)) => {
                    return Some(Ok(Pulled::TrackerAnomaly(anomaly, head.timestamp)));
                }
                Some(Kept::Expected(..)) => continue,
                None => {}
            }
            if self.is_finished {
                return None;
            }
            let mut kept = Vec::new();
            let result = self.source.next_packet().map(|raw| match raw {
                Some(raw) => self.engine.packet_into(&raw, &mut kept),
                None => self.is_finished = true,
            });
            self.is_finished |= result.is_err();
            if self.is_finished {
                self.engine.finish_into(&mut kept);
            }
            self.waiting = kept.into_iter();
            if let Err(error) = result {
                return Some(Err(error));
            }
        }
    }
}

impl<E, S, P> Iterator for Pull<'_, E, S, P>
where
    E: FlowExtractor<Key: SessionKey>,
    S: Process + Clone,
    P: PacketSource,
{
    type Item = Result<OwnedEvent<E::Key, S>, P::Error>;

    /// The next event. An error of the source comes behind the events of the packets before it, and in
    /// front of those of the end.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.pull()? {
                Ok(Pulled::Event(event)) => return Some(Ok(event)),
                Ok(Pulled::TrackerAnomaly(..)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
