//! What a parser of HTTP says.

use std::sync::Arc;
use std::time::Duration;

use rheos_core::{Side, Timestamp};

use super::anomaly::Anomaly;
use super::fields::Fields;
use super::head::{Request, Response};

/// Something seen in a stream of HTTP.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HttpMessage {
    /// The head of a request.
    Request(Arc<Request>),
    /// The head of a response, of an interim one too.
    Response(Arc<Response>),
    /// A piece of a body.
    Body(Body),
    /// A part of a `multipart` body begins.
    Part(Part),
    /// A message ends.
    End(End),
    /// A request with its response, once that ends.
    Exchange(Exchange),
    /// Something that HTTP does not allow.
    Anomaly(Anomaly),
}

/// Whether a message asks or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It asks.
    Request,
    /// It answers.
    Response,
}

/// A piece of a body: as it was before transfer codings, and before content codings if they are
/// undone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Body {
    /// The message.
    pub transaction: u64,
    /// Whether a request or a response.
    pub kind: Kind,
    /// Who sent it.
    pub side: Side,
    /// When its first byte came.
    pub began: Timestamp,
    /// When its last byte came.
    pub timestamp: Timestamp,
    /// Bytes of the body in front of it. More than came before, where some are missing.
    pub offset: u64,
    /// The bytes: 16 KiB but for the last ones and those in front of a hole.
    pub bytes: Vec<u8>,
}

/// The head of a part of a `multipart` body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The message.
    pub transaction: u64,
    /// Whether a request or a response.
    pub kind: Kind,
    /// Who sent it.
    pub side: Side,
    /// The name of the form's field.
    pub name: Option<String>,
    /// The name of the file, as it was sent: it may hold any path.
    pub filename: Option<String>,
    /// The fields of its head.
    pub fields: Fields,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Completion {
    /// As its framing says.
    Complete,
    /// The stream ended before.
    Cut,
    /// Its body was never sent: the client waited for `100 (Continue)`, the server refused, and another request
    /// follows.
    Refused,
    /// Bytes are missing at its end, and nobody knows where that was.
    Lost,
    /// Its chunks cannot be read.
    Invalid,
    /// Another protocol follows, behind CONNECT or an upgrade.
    Tunnel,
}

/// A message has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// The message.
    pub transaction: u64,
    /// Whether a request or a response.
    pub kind: Kind,
    /// Who sent it.
    pub side: Side,
    /// When its last byte came.
    pub timestamp: Timestamp,
    /// How.
    pub completion: Completion,
    /// Bytes of its body without transfer coding, those included that are missing.
    pub len: u64,
    /// How many of them are missing.
    pub missing: u64,
    /// How many of them are in front of the first one that is missing; `len`, if none is.
    pub front_len: u64,
    /// Bytes of its body without content coding; `len`, if there is none or it is not undone.
    pub decoded_len: u64,
    /// Whether its content coding could not be undone to the end: it is damaged or cut, or unpacks to
    /// more than is allowed. What came before is in `decoded_len`; how much is missing is not known.
    pub is_damaged: bool,
    /// The fields behind its chunks.
    pub trailers: Fields,
    /// The first bytes of its body, if they are collected: without what is missing.
    pub body: Vec<u8>,
}

/// A request and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The number of the request on its stream, from 0.
    pub transaction: u64,
    /// The request, if it was seen.
    pub request: Option<Arc<Request>>,
    /// The final response, if there was one.
    pub response: Option<Arc<Response>>,
    /// Bytes of the request's body, as in [`End::len`].
    pub request_len: u64,
    /// Bytes of the response's body, as in [`End::len`].
    pub response_len: u64,
    /// When the request ended, if it did.
    pub request_end: Option<Timestamp>,
    /// When the response ended, and how.
    pub response_end: Option<(Timestamp, Completion)>,
}

impl Exchange {
    /// From the end of the request, or its head if it goes on, to the head of the response.
    pub fn latency(&self) -> Option<Duration> {
        let answered = self.response.as_ref()?.timestamp;
        let asked = self.request.as_ref()?.timestamp;
        let asked = self.request_end.filter(|end| *end <= answered).unwrap_or(asked);
        Some(answered.saturating_since(asked))
    }
}
