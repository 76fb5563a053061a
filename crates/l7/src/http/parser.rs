//! Both sides of a stream of HTTP.

use std::fmt;

use rheos_core::Side;

use super::body::{BodyReader, Out};
use super::config::HttpConfig;
use super::exchange::Pairing;
use super::head::{NAME, StartLine};
use super::message::{Completion, HttpMessage};
use super::probe;
use super::side::{Reader, Reading};
use crate::parser::{Failure, Input, OnGap, Probe, SessionParser};

/// Bytes in which another request shows itself where a body was refused.
const ENOUGH: usize = 64;

/// Reads HTTP/1 on both sides of a stream. Which side asks is seen by what it says.
///
/// Behind a gap in a body whose end is known it goes on at once; behind any other with the next request
/// line, or the next status line, wherever it stands: the end of a body may be in front of it. A clone starts anew, with the same configuration.
#[doc(alias = "HttpFactory")]
#[derive(Default)]
pub struct HttpParser {
    pub(super) config: HttpConfig,
    initiator: Reader,
    responder: Reader,
    /// Who asks, once it is known.
    pub(super) client: Option<Side>,
    pub(super) pairing: Pairing,
    pub(super) tunnel: Tunnel,
}

/// What goes on behind CONNECT and upgrades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tunnel {
    /// HTTP.
    #[default]
    None,
    /// Something: its first bytes have not been seen.
    Unknown,
    /// This protocol.
    Known(&'static str),
    /// Something that nobody here reads.
    Opaque,
}

impl HttpParser {
    /// A parser with this configuration.
    pub fn new(config: HttpConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// The configuration.
    pub fn config(&self) -> &HttpConfig {
        &self.config
    }

    /// Takes a step in the bytes of a side. Says how many it took; nothing, if it needs more.
    fn step(&mut self, bytes: &[u8], to: &mut Out<'_>) -> Result<Option<usize>, Failure> {
        if self.tunnel != Tunnel::None {
            self.look_into_tunnel(bytes, to.side);
            return Ok(None);
        }
        let reader = self.reader(to.side);
        match reader.reading {
            Reading::Head => self.head(bytes, to),
            Reading::Counted(left) => {
                match self.refused(bytes, left, to.side) {
                    Probe::Match => {
                        self.finish(Completion::Refused, to);
                        return Ok(Some(0));
                    }
                    Probe::NeedMore => return Ok(None),
                    Probe::NoMatch => {}
                }
                Ok(Some(self.counted(bytes, left, to)))
            }
            Reading::Chunk(left) => {
                let taken = prefix(bytes, left);
                push(reader, taken, to);
                let left = left.saturating_sub(taken.len() as u64);
                reader.reading = if left == 0 { Reading::ChunkEnd } else { Reading::Chunk(left) };
                Ok(Some(taken.len()))
            }
            Reading::UntilEnd => {
                push(reader, bytes, to);
                Ok(Some(bytes.len()))
            }
            Reading::ChunkLine => Ok(self.chunk_line(bytes, to)),
            Reading::ChunkEnd => Ok(self.chunk_end(bytes, to)),
            Reading::Trailers => Ok(self.trailers(bytes, to)),
            Reading::Connect => Ok(None),
            Reading::Lost { is_within_line } => Ok(self.resync(bytes, is_within_line, to)),
        }
    }

    /// Whether another request stands in the place of a body of so many bytes, as it does where the server did not
    /// want that: RFC 9110, section 10.1.1. A client that was refused need not send it, and curl does not.
    fn refused(&mut self, bytes: &[u8], left: u64, side: Side) -> Probe {
        let body = self.reader(side).body.as_ref();
        if !body.is_some_and(BodyReader::may_be_refused) || !self.pairing.is_answered() {
            return Probe::NoMatch;
        }
        // As if they came one by one, so that pieces make no difference.
        let front = bytes.get(..ENOUGH).unwrap_or(bytes);
        let mut probes =
            (1..=front.len()).map(|end| instead(front.get(..end).unwrap_or_default(), left));
        let undecided = if front.len() == ENOUGH { Probe::NoMatch } else { Probe::NeedMore };
        probes.find(|probe| *probe != Probe::NeedMore).unwrap_or(undecided)
    }

    /// Reads bytes of a body of which so many are left. Says how many of them are its own.
    fn counted(&mut self, bytes: &[u8], left: u64, to: &mut Out<'_>) -> usize {
        let reader = self.reader(to.side);
        let taken = prefix(bytes, left);
        push(reader, taken, to);
        let left = left.saturating_sub(taken.len() as u64);
        reader.reading = Reading::Counted(left);
        if left == 0 {
            self.finish(Completion::Complete, to);
        }
        taken.len()
    }

    /// The message of a side ends.
    pub(super) fn finish(&mut self, completion: Completion, to: &mut Out<'_>) {
        let reader = self.reader(to.side);
        reader.reading = Reading::Head;
        let Some(body) = reader.body.take() else { return };
        let end = body.finish(completion, to);
        let exchange = self.pairing.end(&end);
        to.tell(HttpMessage::End(end));
        if let Some(exchange) = exchange {
            to.tell(HttpMessage::Exchange(exchange));
        }
    }

    /// Decides by its first bytes what goes on in a tunnel.
    fn look_into_tunnel(&mut self, bytes: &[u8], side: Side) {
        let ssh = bytes.get(..4).unwrap_or(bytes);
        if self.tunnel != Tunnel::Unknown {
        } else if ssh == b"SSH-" {
            self.tunnel = Tunnel::Known("ssh");
        } else if self.client == Some(side) && bytes.len() >= 4 {
            // As if they came one by one, so that pieces make no difference: some two dozen settle it.
            let mut probes = (4.max(probe::empty_lines(bytes))..=bytes.len())
                .map(|end| probe::probe(bytes.get(..end).unwrap_or_default(), &[]));
            let settled = probes.find(|probe| *probe != Probe::NeedMore);
            self.tunnel = match settled {
                _ if bytes.starts_with(&[0x16, 3]) => Tunnel::Known("tls"),
                // A client that asks its proxy for a tunnel to a server of HTTP.
                Some(Probe::Match) => Tunnel::Known("http"),
                None | Some(Probe::NeedMore) => Tunnel::Unknown,
                Some(Probe::NoMatch) => Tunnel::Opaque,
            };
        }
    }

    pub(super) fn reader(&mut self, side: Side) -> &mut Reader {
        if side == Side::Initiator { &mut self.initiator } else { &mut self.responder }
    }
}

impl SessionParser for HttpParser {
    type Message = HttpMessage;

    fn name(&self) -> &'static str {
        "http"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        probe::probe(initiator, responder)
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure> {
        let mut to = Out { side: input.side, timestamp: input.timestamp, sink: out };
        self.reader(input.side).timestamp = input.timestamp;
        input.pieces(|rest| {
            let taken = self.step(rest, &mut to)?;
            if taken.is_some() {
                self.reader(input.side).moved();
            }
            Ok(taken)
        })
    }

    fn on_gap(
        &mut self,
        side: Side,
        len: u64,
        unread: &[u8],
        out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        let mut to = Out { side, timestamp: self.reader(side).timestamp, sink: out };
        if let Reading::Counted(left) = self.reader(side).reading {
            // Whether they are of a body was not settled.
            self.counted(unread, left, &mut to);
        }
        let reader = self.reader(side);
        reader.moved();
        match reader.reading {
            Reading::Counted(left) if len <= left => {
                skip(reader, len, &mut to);
                reader.reading = Reading::Counted(left.saturating_sub(len));
                if len == left {
                    self.finish(Completion::Complete, &mut to);
                }
            }
            Reading::Chunk(left) if len <= left => {
                skip(reader, len, &mut to);
                let left = left.saturating_sub(len);
                reader.reading = if left == 0 { Reading::ChunkEnd } else { Reading::Chunk(left) };
            }
            Reading::UntilEnd => skip(reader, len, &mut to),
            Reading::Counted(left) => {
                // Its end is missing, but not where it was.
                skip(reader, left, &mut to);
                self.finish(Completion::Complete, &mut to);
                self.lose(&mut to, false);
            }
            Reading::Connect => {}
            // An end of a stream that is told as a gap of nothing changes nothing between messages.
            Reading::Head if len == 0 && unread.is_empty() => {}
            _ => {
                self.finish(Completion::Lost, &mut to);
                self.lose(&mut to, false);
            }
        }
        OnGap::Resync
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        // What waited for the other side may be read by now. A failure has no one left to be told.
        let read = self.feed(input, out).unwrap_or(input.bytes.len());
        let mut to = Out { side: input.side, timestamp: input.timestamp, sink: out };
        let mut left = input.bytes.get(read..).unwrap_or_default();
        if let Reading::Counted(count) = self.reader(input.side).reading {
            // No other request has come in place of a body.
            let taken = self.counted(left, count, &mut to);
            left = left.get(taken..).unwrap_or_default();
        }
        if self.reader(input.side).reading == Reading::Head
            && self.answers_simple(&to)
            && !left.is_empty()
        {
            // It was too short to say whether it begins with a status line.
            self.simple_response(&mut to);
            push(self.reader(input.side), left, &mut to);
        }
        if self.reader(input.side).reading == Reading::Trailers {
            // RFC 9112, section 8: with its last chunk a body is complete.
            let end = memchr::memrchr(b'\n', left).map_or(0, |end| end.saturating_add(1));
            self.end_with_trailers(left.get(..end).unwrap_or_default(), &mut to);
        }
        let reader = self.reader(input.side);
        reader.is_over = true;
        let completion = match reader.reading {
            Reading::UntilEnd => Completion::Complete,
            _ => Completion::Cut,
        };
        self.finish(completion, &mut to);
        let server_is_over = self.client.is_some_and(|client| self.reader(!client).is_over);
        if server_is_over || self.initiator.is_over && self.responder.is_over {
            self.pairing.finish().for_each(|exchange| to.tell(HttpMessage::Exchange(exchange)));
        }
    }

    fn is_done(&self) -> bool {
        self.tunnel == Tunnel::Opaque
    }

    fn hand_over(&self) -> Option<&'static str> {
        match self.tunnel {
            Tunnel::Known(name) => Some(name),
            _ => None,
        }
    }
}

impl Clone for HttpParser {
    fn clone(&self) -> Self {
        Self::new(self.config.clone())
    }
}

impl fmt::Debug for HttpParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (initiator, responder) = (self.initiator.reading, self.responder.reading);
        f.debug_struct("HttpParser")
            .field("client", &self.client)
            .field("initiator", &initiator)
            .field("responder", &responder)
            .finish_non_exhaustive()
    }
}

/// Whether bytes begin another request in place of a body of so many, which may look like the start of one.
fn instead(bytes: &[u8], left: u64) -> Probe {
    let behind = bytes.get(prefix(bytes, left).len()..).unwrap_or_default();
    if bytes.get(..NAME.len()).is_some_and(|front| front.eq_ignore_ascii_case(NAME)) {
        // A response: nobody asks by one.
        return Probe::NoMatch;
    }
    match [bytes, behind].map(|bytes| probe::probe(bytes, &[])) {
        [request, _] if behind.is_empty() => request,
        [Probe::NoMatch, _] => Probe::NoMatch,
        [_, Probe::NeedMore] => Probe::NeedMore,
        [request, Probe::NoMatch] => request,
        // `G` and `ET / HTTP/1.1` are one line, `PUT ` and `GET / HTTP/1.1` are a body and a line.
        [_, Probe::Match] if StartLine::is_plain_request(bytes) => Probe::Match,
        [_, Probe::Match] => Probe::NoMatch,
    }
}

/// As many of the bytes, or all.
fn prefix(bytes: &[u8], max: u64) -> &[u8] {
    usize::try_from(max).ok().and_then(|max| bytes.get(..max)).unwrap_or(bytes)
}

fn push(reader: &mut Reader, bytes: &[u8], to: &mut Out<'_>) {
    if let Some(body) = &mut reader.body {
        body.push(bytes, to);
    }
}

fn skip(reader: &mut Reader, len: u64, to: &mut Out<'_>) {
    if let Some(body) = &mut reader.body {
        body.skip(len, to);
    }
}
