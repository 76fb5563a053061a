//! Messages in datagrams.

use rheos_core::Timestamp;

use super::pairs::Pairs;
use super::{DnsConfig, DnsEvent, OwnedDnsMessage, probe};
use crate::{DatagramParser, Failure, Input, OnTick, Probe};

/// Reads messages of DNS in datagrams, one in each; of a datagram that the capture cut, what is there.
#[derive(Clone, Debug)]
pub struct DnsUdpParser {
    kind: Kind,
    pairs: Pairs,
}

/// Whose messages they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dns,
    Mdns,
    Llmnr,
}

impl Default for DnsUdpParser {
    fn default() -> Self {
        Self::new(DnsConfig::default())
    }
}

impl DnsUdpParser {
    /// A parser of DNS.
    pub fn new(config: DnsConfig) -> Self {
        Self { kind: Kind::Dns, pairs: Pairs::new(config) }
    }

    /// A parser of multicast DNS, where questions and answers have no numbers: it makes no exchanges.
    pub fn mdns() -> Self {
        Self { kind: Kind::Mdns, pairs: Pairs::default() }
    }

    /// A parser of link-local name resolution. A question goes to all neighbours and an answer to one,
    /// so that they are of different flows, as a rule.
    pub fn llmnr(config: DnsConfig) -> Self {
        Self { kind: Kind::Llmnr, pairs: Pairs::new(config) }
    }
}

impl DatagramParser for DnsUdpParser {
    type Message = DnsEvent;

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Dns => "dns",
            Kind::Mdns => "mdns",
            Kind::Llmnr => "llmnr",
        }
    }

    fn probe(&self, datagram: &[u8]) -> Probe {
        // The three look alike: only the port tells them apart.
        let is_it = self.kind == Kind::Dns && probe::is_message(datagram);
        if is_it { Probe::Match } else { Probe::NoMatch }
    }

    fn reads_cut(&self) -> bool {
        true
    }

    fn datagram(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(DnsEvent),
    ) -> Result<(), Failure> {
        let mut message = OwnedDnsMessage::new(input.side, input.timestamp, input.bytes)?;
        message.is_cut = input.is_cut;
        if self.kind != Kind::Mdns {
            self.pairs.message(message, out);
        } else if message.message().is_response() {
            out(DnsEvent::Response(message));
        } else {
            out(DnsEvent::Query(message));
        }
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut dyn FnMut(DnsEvent)) -> OnTick {
        self.pairs.expire(now, out);
        OnTick::Again
    }

    fn on_end(&mut self, _now: Timestamp, out: &mut dyn FnMut(DnsEvent)) {
        self.pairs.end(|_| true, out);
    }
}
