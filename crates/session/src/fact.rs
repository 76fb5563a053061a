//! Events that borrow nothing but their flow, as the engine makes them.

use rheos_core::Side;
use rheos_flow::{Anomaly, EndReason, FlowState, IcmpError};
use rheos_l7::Failure;
use rheos_reassembly::tcp::GapCause;

use crate::Message;
use crate::event::{Choice, EventKind};

/// What an engine tells of a flow.
#[derive(Debug)]
pub(crate) enum News {
    Fact(Fact),
    Message(Teller, Box<dyn Message>),
    Failed(Teller, Failure),
}

/// Which parser tells something, and whose bytes it was reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teller {
    pub(crate) parser: &'static str,
    pub(crate) side: Side,
}

impl News {
    /// What a sink is told.
    #[inline]
    pub(crate) fn kind(&self) -> EventKind<'_> {
        match self {
            Self::Fact(fact) => (*fact).into(),
            Self::Message(Teller { parser, side }, message) => {
                EventKind::Message { parser, side: *side, message: &**message }
            }
            Self::Failed(Teller { parser, side }, failure) => {
                EventKind::Failed { parser, side: *side, failure }
            }
        }
    }
}

/// An [`EventKind`] that borrows nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact {
    Started { side: Side, parent: Option<u64> },
    Established,
    StateChange { from: FlowState, to: FlowState },
    Packet { side: Side, len: u32 },
    Active,
    IcmpError { side: Side, error: IcmpError },
    Identified { parser: &'static str, by: Choice },
    Gap { side: Side, offset: u64, len: u64, cause: GapCause },
    Conflict { side: Side, offset: u64, len: u64, replaced: bool },
    Anomaly { anomaly: Anomaly },
    Ended { reason: EndReason },
}

impl From<Fact> for EventKind<'_> {
    #[inline]
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Started { side, parent } => Self::Started { side, parent },
            Fact::Established => Self::Established,
            Fact::StateChange { from, to } => Self::StateChange { from, to },
            Fact::Packet { side, len } => Self::Packet { side, len },
            Fact::Active => Self::Active,
            Fact::IcmpError { side, error } => Self::IcmpError { side, error },
            Fact::Identified { parser, by } => Self::Identified { parser, by },
            Fact::Gap { side, offset, len, cause } => Self::Gap { side, offset, len, cause },
            Fact::Conflict { side, offset, len, replaced } => {
                Self::Conflict { side, offset, len, replaced }
            }
            Fact::Anomaly { anomaly } => Self::Anomaly { anomaly },
            Fact::Ended { reason } => Self::Ended { reason },
        }
    }
}
