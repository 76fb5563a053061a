//! A flow as a record for programs: JSON and CSV.

use rheos::flow::L4Proto;
use rheos::flow::export::{FlowLine, LineEnd, LineMessage, LineParent};

use super::key::{End, Ends};
use super::{Parent, Told};

impl From<&Told> for FlowLine {
    fn from(told: &Told) -> Self {
        let (initiator, responder) = told.ends.in_order(told.initiator);
        let ends = [initiator, responder].map(LineEnd::from);
        Self {
            state: told.state.as_str(),
            end: told.end,
            history: told.history.to_string(),
            tag: told.tag.clone(),
            parent: told.parent.as_ref().map(LineParent::from),
            icmp: message(&told.ends),
            ..Self::new(proto(&told.ends, told.l4), ends, &told.stats)
        }
    }
}

impl From<&Parent> for LineParent {
    fn from(parent: &Parent) -> Self {
        let (initiator, responder) = parent.ends.in_order(parent.initiator);
        Self {
            proto: proto(&parent.ends, parent.l4),
            initiator: initiator.into(),
            responder: responder.into(),
            first: parent.first.unix().to_string(),
        }
    }
}

impl From<End> for LineEnd {
    fn from(End { address, port }: End) -> Self {
        Self { address: address.to_string(), port }
    }
}

fn message(ends: &Ends) -> Option<LineMessage> {
    let Ends::FiveTuple(key) = ends else { return None };
    LineMessage::of(key)
}

/// What IP carries, in lower case, or its number; of pairs of hosts, what their addresses are of.
pub(super) fn proto(ends: &Ends, protocol: Option<L4Proto>) -> String {
    match ends {
        Ends::FiveTuple(_) => FlowLine::proto_of(protocol),
        Ends::IpPair(_) => "ip".into(),
        Ends::MacPair(_) => "eth".into(),
    }
}
