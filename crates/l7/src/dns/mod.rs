//! Domain Name System, [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035), over datagrams and
//! streams; multicast DNS, [RFC 6762](https://www.rfc-editor.org/rfc/rfc6762), and its like.
//!
//! A [`DnsUdpParser`] takes datagrams, a [`DnsTcpParser`] messages behind their lengths, however
//! segments part them. Both make [`DnsEvent`]s: each message as an [`OwnedDnsMessage`], and a
//! [`DnsExchange`] when the answer to a question comes, or word of a question that nobody answered.
//!
//! Questions and records are read where they are asked for, by `rheos-layers`' view of a message.
//! A message that is malformed behind its header is a message all the same, with what stands in front
//! of the [fault](OwnedDnsMessage::fault); so is the front of one that the capture
//! [cut](OwnedDnsMessage::is_cut).
//!
//! ```
//! use rheos_l7::dns::{DnsEvent, DnsOutcome, DnsUdpParser};
//! use rheos_l7::{DatagramParser, Failure, Input, Side, Timestamp};
//!
//! let question = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01";
//! let answer = b"\x12\x34\x81\x83\0\x01\0\0\0\0\0\0\x07example\x03org\0\0\x01\0\x01";
//! let (mut parser, mut exchanges) = (DnsUdpParser::default(), Vec::new());
//! for (side, seconds, bytes) in [(Side::Initiator, 1, question), (Side::Responder, 2, answer)] {
//!     let input = Input::new(side, Timestamp::from_secs(seconds, 0), bytes);
//!     parser.datagram(&input, &mut |event| {
//!         if let DnsEvent::Exchange(exchange) = event {
//!             exchanges.push(exchange);
//!         }
//!     })?;
//! }
//! let [exchange] = exchanges.as_slice() else { panic!("one question, one answer") };
//! assert_eq!(exchange.query.question().map(|question| question.name.to_string()).as_deref(), Some("example.org"));
//! assert_eq!(exchange.outcome(), DnsOutcome::NameError);
//! assert_eq!(exchange.latency.as_secs(), 1);
//! # Ok::<(), Failure>(())
//! ```

use std::time::Duration;

mod exchange;
mod fuzz;
mod message;
mod pairs;
mod probe;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;
mod waiting;

pub use exchange::{DnsExchange, DnsOutcome, Unanswered};
#[doc(hidden)]
pub use fuzz::fuzz;
pub use message::{DnsResponseCode, OwnedDnsMessage};
pub use tcp::DnsTcpParser;
pub use udp::DnsUdpParser;

/// How long and how many questions wait for their answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsConfig {
    /// For how long a question waits. 30 seconds by default: resolvers give up before.
    pub timeout: Duration,
    /// Most questions of a flow that wait; the oldest make room. 1,024 by default.
    pub max_pending: usize,
    /// Most bytes of a flow's questions that wait; the oldest make room. 2^18 by default.
    pub max_pending_bytes: usize,
}

impl Default for DnsConfig {
    fn default() -> Self {
        let timeout = Duration::from_secs(30);
        Self { timeout, max_pending: 1024, max_pending_bytes: 1 << 18 }
    }
}

/// What is said, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DnsEvent {
    /// A question, or another message that is no response.
    Query(OwnedDnsMessage),
    /// A response. If the question was seen, an exchange follows.
    Response(OwnedDnsMessage),
    /// A question and the first answer to it.
    Exchange(DnsExchange),
    /// A question without an answer.
    Unanswered {
        /// The question.
        query: OwnedDnsMessage,
        /// How often it was asked again.
        retransmissions: u32,
        /// Why nobody waits for the answer any more.
        cause: Unanswered,
    },
}
