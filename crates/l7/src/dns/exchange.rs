//! Questions and their answers.

use std::net::IpAddr;
use std::time::Duration;

use rheos_layers::{DnsData, DnsFlags};

use super::{DnsResponseCode, OwnedDnsMessage};

/// A question and the first answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsExchange {
    /// The question.
    pub query: OwnedDnsMessage,
    /// The answer.
    pub response: OwnedDnsMessage,
    /// From the question, the first time it was asked, to the answer.
    pub latency: Duration,
    /// How often it was asked again.
    pub retransmissions: u32,
}

/// How an exchange went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsOutcome {
    /// There are answers.
    Answered,
    /// The name exists, but no record of the type that was asked for; or others know more.
    NoData,
    /// The answer did not fit: it is to be asked for over a stream.
    Truncated,
    /// There is no such name: NXDOMAIN.
    NameError,
    /// Something else went wrong.
    Failed(DnsResponseCode),
}

/// Why nobody waits for an answer any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unanswered {
    /// It did not come in time.
    Timeout,
    /// Too many questions wait.
    Evicted,
    /// The flow ended.
    Ended,
}

impl DnsExchange {
    pub(super) fn new(
        query: OwnedDnsMessage,
        response: OwnedDnsMessage,
        retransmissions: u32,
    ) -> Self {
        let latency = response.timestamp.saturating_since(query.timestamp);
        Self { query, response, latency, retransmissions }
    }

    /// How it went.
    pub fn outcome(&self) -> DnsOutcome {
        let message = self.response.message();
        match self.response.response_code() {
            _ if message.header.flags().contains(DnsFlags::TRUNCATED) => DnsOutcome::Truncated,
            DnsResponseCode::NOERROR if message.answers().any(|record| record.is_ok()) => {
                DnsOutcome::Answered
            }
            DnsResponseCode::NOERROR => DnsOutcome::NoData,
            DnsResponseCode::NXDOMAIN => DnsOutcome::NameError,
            code => DnsOutcome::Failed(code),
        }
    }

    /// The addresses among the answers.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let answers = self.response.message().answers().map_while(Result::ok);
        answers.filter_map(|record| match record.data() {
            DnsData::A(address) => Some(address.into()),
            DnsData::Aaaa(address) => Some(address.into()),
            _ => None,
        })
    }
}
