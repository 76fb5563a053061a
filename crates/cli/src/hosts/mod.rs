//! `rheos hosts`: the hosts of a capture.

use std::net::IpAddr;

use clap::Args;
use serde_json::Value;

use crate::error::Error;
use crate::talkers::tally::{self, Options, Subject};

const EXAMPLES: &str = "\
Example:
  rheos hosts --sort flows --top 10 capture.pcapng";

/// Print which hosts there are, and how much each sent and received
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Host(IpAddr);

impl Subject for Host {
    const NAMES: &'static [&'static str] = &["address"];
    const WAYS: [&'static str; 2] = ["sent", "received"];
    const OTHERS: Option<&'static str> = Some("peers");
    const ONE: &'static str = "host";
    type Other = (IpAddr, IpAddr);

    fn cells(&self) -> Vec<Value> {
        vec![self.0.to_string().into()]
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    tally::run(&arguments.options, |flow, sums| {
        let (from, to) = flow.key.endpoints(flow.initiator);
        let (from, to) = (from.ip(), to.ip());
        let stats = &flow.stats;
        let is_new = sums.is_new((from.min(to), from.max(to)));
        if from == to {
            // Who talks to itself sends and receives the same packets, in one flow.
            let all = stats.total();
            sums.add(Host(from), &all, &all, flow);
        } else {
            sums.add(Host(from), &stats.initiator, &stats.responder, flow);
            sums.add(Host(to), &stats.responder, &stats.initiator, flow);
        }
        for host in [from, to].into_iter().filter(|_| is_new && from != to) {
            if let Some(sum) = sums.get_mut(&Host(host)) {
                sum.others = sum.others.saturating_add(1);
            }
        }
    })
}
