//! The step that reads a head.

use std::sync::Arc;

use super::anomaly::AnomalyKind;
use super::body::{BodyReader, Out};
use super::fields::{Fields, is_behind_cr};
use super::framing::{self, Framing};
use super::head::{Request, Response, StartLine, Version};
use super::message::{Completion, HttpMessage, Kind};
use super::parser::{HttpParser, Tunnel};
use super::side::Reading;
use super::simple::{self, Form};
use crate::parser::Failure;

impl HttpParser {
    pub(super) fn head(
        &mut self,
        bytes: &[u8],
        to: &mut Out<'_>,
    ) -> Result<Option<usize>, Failure> {
        let max = self.config.max_head;
        if self.answers_simple(to) {
            match simple::form(bytes, max) {
                Form::Full => {}
                Form::Simple => {
                    self.simple_response(to);
                    return Ok(Some(0));
                }
                Form::Undecided => return Ok(None),
            }
        }
        // Section 2.2: empty lines in front of a first line are skipped.
        match bytes {
            [b'\n', ..] => return Ok(Some(1)),
            [b'\r', b'\n', ..] => return Ok(Some(2)),
            [b'\r'] => return Ok(None),
            _ => {}
        }
        // Not further than the bound, so that pieces make no difference.
        let front = bytes.get(..=max).unwrap_or(bytes);
        let Some(line_end) = memchr::memchr(b'\n', front) else {
            if !StartLine::is_possible(front) {
                return self.odd_front(bytes, to);
            }
            return if bytes.len() > max { self.too_long(to) } else { Ok(None) };
        };
        let (line, _) = bytes.split_at_checked(line_end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(start) = StartLine::parse(line) else { return self.odd_front(bytes, to) };
        let is_request = matches!(start, StartLine::Request { .. });
        let client = if is_request { to.side } else { !to.side };
        if *self.client.get_or_insert(client) != client {
            return self.not_a_message(to);
        }
        if let StartLine::Request { method: b"PRI", .. } = start {
            self.tunnel = Tunnel::Known("http2");
            return Ok(None);
        }
        let fields_at = line_end.saturating_add(1);
        let is_simple = matches!(start, StartLine::Request { version: Version::HTTP_09, .. });
        let end = if is_simple {
            fields_at
        } else {
            match self.reader(to.side).end_of_head(bytes) {
                Some(end) if end <= max => end,
                Some(_) => return self.too_long(to),
                None if bytes.len() > max => return self.too_long(to),
                None => return Ok(None),
            }
        };
        let mut anomalies = Vec::new();
        let block = bytes.get(fields_at..end).unwrap_or_default();
        let fields = Fields::parse(block, &mut anomalies);
        if !is_behind_cr(bytes, line_end) && !anomalies.contains(&AnomalyKind::BareLf) {
            anomalies.push(AnomalyKind::BareLf);
        }
        let reader = self.reader(to.side);
        reader.heads = reader.heads.saturating_add(1);
        match start {
            StartLine::Request { method, target, version, is_odd } => {
                note_start(version, is_odd, &mut anomalies);
                let request = Request {
                    transaction: self.pairing.next(),
                    side: to.side,
                    timestamp: to.timestamp,
                    version,
                    fields,
                    method: method.into(),
                    target: target.into(),
                };
                self.request(request, anomalies, to);
            }
            StartLine::Response { version, status, reason, is_odd } => {
                note_start(version, is_odd, &mut anomalies);
                let response = Response {
                    transaction: self.pairing.answered(),
                    side: to.side,
                    timestamp: to.timestamp,
                    version,
                    fields,
                    status,
                    reason: reason.into(),
                };
                self.response(response, anomalies, to);
            }
        }
        Ok(Some(end))
    }

    fn request(&mut self, request: Request, mut anomalies: Vec<AnomalyKind>, to: &mut Out<'_>) {
        let transaction = request.transaction;
        let framing = framing::of_request(&request, &mut anomalies);
        let is_connect = &*request.method == b"CONNECT";
        let request = Arc::new(request);
        to.tell(HttpMessage::Request(Arc::clone(&request)));
        let mut forgotten =
            self.pairing.ask(Arc::clone(&request), self.config.max_pending).peekable();
        if forgotten.peek().is_some() {
            anomalies.push(AnomalyKind::TooManyPending);
        }
        forgotten.for_each(|exchange| to.tell(HttpMessage::Exchange(exchange)));
        anomalies.into_iter().for_each(|what| to.anomaly(transaction, Kind::Request, what));
        self.begin(transaction, Kind::Request, &request.fields, framing, to);
        if is_connect && self.reader(to.side).reading == Reading::Head {
            self.reader(to.side).reading = Reading::Connect;
        }
        if request.version == Version::HTTP_09 {
            // It has no fields: lines that look so are skipped, up to a request of another version.
            self.lose(to, false);
        }
    }

    fn response(&mut self, response: Response, mut anomalies: Vec<AnomalyKind>, to: &mut Out<'_>) {
        let transaction = response.transaction;
        if self.pairing.is_unasked() {
            anomalies.push(AnomalyKind::Unasked);
        }
        let asked = self.pairing.front();
        let framing = framing::of_response(&response, asked.map(Request::method), &mut anomalies);
        let is_connect = asked.is_some_and(|asked| asked.method() == "CONNECT");
        let response = Arc::new(response);
        to.tell(HttpMessage::Response(Arc::clone(&response)));
        anomalies.into_iter().for_each(|what| to.anomaly(transaction, Kind::Response, what));
        if response.is_interim() {
            return;
        }
        self.pairing.answer(Arc::clone(&response));
        if framing == Framing::Tunnel {
            self.tunnel = if is_connect { Tunnel::Unknown } else { upgraded(&response.fields) };
        } else if is_connect && self.reader(!to.side).reading == Reading::Connect {
            self.reader(!to.side).reading = Reading::Head;
        }
        self.begin(transaction, Kind::Response, &response.fields, framing, to);
    }

    /// A message's body begins, or the message ends.
    pub(super) fn begin(
        &mut self,
        transaction: u64,
        kind: Kind,
        fields: &Fields,
        framing: Framing,
        to: &mut Out<'_>,
    ) {
        let none = Fields::default();
        let has_body = !matches!(framing, Framing::None | Framing::Tunnel | Framing::Counted(0));
        // Where no body comes, its coding does not matter.
        let fields = if has_body { fields } else { &none };
        let body = BodyReader::new(transaction, kind, fields, &self.config, to);
        let reader = self.reader(to.side);
        reader.body = Some(body);
        match framing {
            Framing::Counted(len) if len > 0 => reader.reading = Reading::Counted(len),
            Framing::Chunked => reader.reading = Reading::ChunkLine,
            Framing::UntilEnd => reader.reading = Reading::UntilEnd,
            Framing::Tunnel => self.finish(Completion::Tunnel, to),
            Framing::None | Framing::Counted(_) => self.finish(Completion::Complete, to),
        }
    }
}

/// The protocol that a response says it goes on with.
fn upgraded(fields: &Fields) -> Tunnel {
    let protocol = fields.list("upgrade").next().unwrap_or_default().to_ascii_lowercase();
    match protocol.split(|byte| *byte == b'/').next().unwrap_or_default() {
        b"websocket" => Tunnel::Known("websocket"),
        b"h2c" => Tunnel::Known("http2"),
        b"tls" => Tunnel::Known("tls"),
        _ => Tunnel::Opaque,
    }
}

fn note_start(version: Version, is_odd: bool, anomalies: &mut Vec<AnomalyKind>) {
    if version.major != 1 || version.minor > 1 {
        anomalies.push(AnomalyKind::OddVersion);
    }
    if is_odd {
        anomalies.push(AnomalyKind::OddStartLine);
    }
}
