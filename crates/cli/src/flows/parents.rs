//! Which flow announced which.

use std::collections::{HashMap, VecDeque};

use rheos::flow::FlowId;

/// Flows that are remembered because they announced others: as many as a tracker expects of, so that no
/// more children can come.
const MAX_ANNOUNCERS: usize = 256;

/// What is to be told of the flows that announced others, which may have ended when those start.
#[derive(Debug)]
pub(super) struct Parents<T> {
    announcers: VecDeque<(FlowId, T)>,
    children: HashMap<FlowId, T>,
}

impl<T> Default for Parents<T> {
    fn default() -> Self {
        Self { announcers: VecDeque::new(), children: HashMap::new() }
    }
}

impl<T: Clone> Parents<T> {
    /// A flow announces others.
    pub(super) fn announces(&mut self, id: FlowId, what: T) {
        self.announcers.retain(|(known, _)| *known != id);
        if self.announcers.len() >= MAX_ANNOUNCERS {
            self.announcers.pop_front();
        }
        self.announcers.push_back((id, what));
    }

    /// A flow starts that this one announced.
    pub(super) fn started(&mut self, id: FlowId, parent: FlowId) {
        let known = self.announcers.iter().find(|(known, _)| *known == parent);
        self.children.extend(known.map(|(_, what)| (id, what.clone())));
    }

    /// What is to be told of the parent of a flow that lasts.
    pub(super) fn of(&self, id: FlowId) -> Option<&T> {
        self.children.get(&id)
    }

    /// The same of a flow that is over, and is forgotten.
    pub(super) fn take(&mut self, id: FlowId) -> Option<T> {
        self.children.remove(&id)
    }
}
