//! One thing for each side.

use rheos_core::Side;

/// One thing for each side of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Both<T> {
    pub(crate) initiator: T,
    pub(crate) responder: T,
}

impl<T> Both<T> {
    /// What this makes of each side.
    pub(crate) fn new(mut make: impl FnMut(Side) -> T) -> Self {
        Self { initiator: make(Side::Initiator), responder: make(Side::Responder) }
    }

    #[inline]
    pub(crate) fn of(&self, side: Side) -> &T {
        match side {
            Side::Initiator => &self.initiator,
            Side::Responder => &self.responder,
        }
    }

    #[inline]
    pub(crate) fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        }
    }
}

/// Both sides, the initiator first.
pub(crate) const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];
