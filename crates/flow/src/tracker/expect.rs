//! Flows that others announce: the data connection of FTP, the media of SIP.

use std::fmt;
use std::time::Duration;

use hashbrown::HashMap;
use rheos_core::Timestamp;

use super::FlowId;
use crate::HashSeed;

/// Expectations kept at once. A peer that announces more makes the oldest forgotten; each new flow
/// is compared with all of them, so this bounds time as well as memory.
const MAX_EXPECTATIONS: usize = 256;

/// Tells a flow that is expected by its key.
pub type KeyPredicate<K> = dyn Fn(&K) -> bool + Send + Sync;

/// A flow that is expected.
struct Expectation<K> {
    matches: Box<KeyPredicate<K>>,
    parent: FlowId,
    until: Timestamp,
}

/// What is expected, and which flow announced which. Takes no memory before the first.
pub(super) struct Relations<K> {
    expected: Vec<Expectation<K>>,
    parents: HashMap<FlowId, FlowId, HashSeed>,
}

impl<K> Relations<K> {
    pub(super) fn new(seed: HashSeed) -> Self {
        Self { expected: Vec::new(), parents: HashMap::with_hasher(seed) }
    }

    pub(super) fn expect(
        &mut self,
        parent: FlowId,
        matches: Box<KeyPredicate<K>>,
        now: Timestamp,
        within: Duration,
    ) {
        self.expected.retain(|expected| expected.until > now);
        if self.expected.len() >= MAX_EXPECTATIONS {
            self.expected.remove(0);
        }
        self.expected.push(Expectation { matches, parent, until: now.saturating_add(within) });
    }

    /// The parent of a flow that starts, if it was expected: it is expected no more.
    pub(super) fn take(&mut self, key: &K, id: FlowId, now: Timestamp) -> Option<FlowId> {
        let fits = |e: &Expectation<K>| e.until > now && (e.matches)(key);
        let place = self.expected.iter().position(fits)?;
        let parent = self.expected.remove(place).parent;
        self.adopt(id, parent);
        Some(parent)
    }

    pub(super) fn adopt(&mut self, child: FlowId, parent: FlowId) {
        self.parents.insert(child, parent);
    }

    pub(super) fn parent(&self, id: FlowId) -> Option<FlowId> {
        self.parents.get(&id).copied()
    }

    /// Forgets a flow that is over.
    pub(super) fn forget(&mut self, id: FlowId) {
        if !self.parents.is_empty() {
            self.parents.remove(&id);
        }
    }

    pub(super) fn memory(&self) -> usize {
        let expected = self.expected.capacity().saturating_mul(size_of::<Expectation<K>>());
        let pair = size_of::<(FlowId, FlowId)>().saturating_add(1);
        expected.saturating_add(self.parents.capacity().saturating_mul(pair))
    }
}

impl<K> fmt::Debug for Relations<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.len();
        f.debug_struct("Relations")
            .field("expected", &expected)
            .field("parents", &self.parents)
            .finish()
    }
}
