//! Events one by one, for those who ask for the next.

use std::vec::IntoIter;

use rheos_core::PacketSource;
use rheos_flow::{FlowExtractor, Process};

use crate::owned::Kept;
use crate::{Engine, OwnedEvent, SessionKey};

/// Events of [`Engine::events`], which borrow nothing. What is odd about all flows is not among them:
/// [`Engine::stats`] and [`Engine::assembler_stats`] count it.
pub struct Pull<'a, E: FlowExtractor, S: Process, P> {
    pub(crate) engine: &'a mut Engine<E, S>,
    pub(crate) source: &'a mut P,
    pub(crate) waiting: IntoIter<Kept<E::Key, S>>,
    pub(crate) is_finished: bool,
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
            match self.waiting.next() {
                Some(Kept::Event(event)) => return Some(Ok(event)),
                Some(Kept::All(..)) => continue,
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
