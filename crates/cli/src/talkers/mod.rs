//! `rheos talkers`: the pairs of hosts of a capture.

use std::net::IpAddr;

use clap::Args;
use serde_json::Value;

use crate::error::Error;
use tally::{Options, Subject};

pub(crate) mod tally;

const EXAMPLES: &str = "\
Example:
  rheos talkers --top 10 capture.pcapng";

/// Print which hosts talked with each other, and how much
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
}

/// Two hosts, the one with the lower address first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Pair(IpAddr, IpAddr);

impl Subject for Pair {
    const NAMES: &'static [&'static str] = &["a", "b"];
    const WAYS: [&'static str; 2] = ["a", "b"];
    const OTHERS: Option<&'static str> = None;
    const ONE: &'static str = "pair of hosts";
    type Other = ();

    fn cells(&self) -> Vec<Value> {
        [self.0, self.1].map(|address| address.to_string().into()).into()
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    tally::run(&arguments.options, |flow, sums| {
        let (from, to) = flow.key.endpoints(flow.initiator);
        let (from, to) = (from.ip(), to.ip());
        let stats = &flow.stats;
        if from <= to {
            sums.add(Pair(from, to), &stats.initiator, &stats.responder, flow);
        } else {
            sums.add(Pair(to, from), &stats.responder, &stats.initiator, flow);
        }
    })
}
