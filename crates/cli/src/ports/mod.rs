//! `rheos ports`: the ports of a capture that were asked for something.

use std::net::SocketAddr;

use clap::Args;
use rheos::flow::export::FlowLine;
use rheos::layers::{IpProtocol, names};
use serde_json::Value;

use crate::error::Error;
use crate::talkers::tally::{self, Options, Subject};

const EXAMPLES: &str = "\
Example:
  rheos ports --sort packets capture.pcapng";

/// Print which ports were asked for something, how much came to them, and how much they answered
///
/// The port of a flow is that of its responder; flows of protocols without ports have none.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Port {
    protocol: u8,
    port: u16,
}

impl Subject for Port {
    const NAMES: &'static [&'static str] = &["proto", "port", "name"];
    const WAYS: [&'static str; 2] = ["to", "from"];
    const OTHERS: Option<&'static str> = Some("servers");
    const ONE: &'static str = "port";
    type Other = (SocketAddr, u8);

    fn cells(&self) -> Vec<Value> {
        let protocol = IpProtocol(self.protocol);
        let name = names::port(protocol, self.port);
        vec![FlowLine::proto_of(Some(protocol.into())).into(), self.port.into(), name.into()]
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    tally::run(&arguments.options, |flow, sums| {
        let IpProtocol(protocol) = flow.key.protocol();
        // TCP, UDP, DCCP, SCTP and UDP-Lite.
        if !matches!(protocol, 6 | 17 | 33 | 132 | 136) {
            return;
        }
        let (_, server) = flow.key.endpoints(flow.initiator);
        let port = Port { protocol, port: server.port() };
        let is_new = sums.is_new((server, protocol));
        let sum = sums.add(port, &flow.stats.initiator, &flow.stats.responder, flow);
        sum.others = sum.others.saturating_add(is_new.into());
    })
}
