//! Which of its two ends a packet of a flow comes from.

use std::ops::Not;

/// The end of a flow that sent a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The end that opened the flow.
    Initiator,
    /// The end that answers.
    Responder,
}

/// The order in which a packet names two endpoints, beside the order in which a key keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Orientation {
    /// From the lower endpoint to the higher.
    Forward,
    /// From the higher endpoint to the lower.
    Reverse,
}

impl Not for Side {
    type Output = Self;

    /// The other end.
    #[inline]
    fn not(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

impl Not for Orientation {
    type Output = Self;

    /// The other order.
    #[inline]
    fn not(self) -> Self {
        match self {
            Self::Forward => Self::Reverse,
            Self::Reverse => Self::Forward,
        }
    }
}
