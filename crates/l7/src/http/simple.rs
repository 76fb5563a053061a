//! What answers a request of HTTP/0.9 ([RFC 1945, section 6](https://www.rfc-editor.org/rfc/rfc1945#section-6)).

use std::sync::Arc;

use super::body::Out;
use super::fields::Fields;
use super::framing::Framing;
use super::head::{NAME, Response, StartLine, Version};
use super::message::{HttpMessage, Kind};
use super::parser::HttpParser;

/// How the answer to a request without a version begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// With a status line, as servers of today answer.
    Full,
    /// With its body.
    Simple,
    /// Its bytes may be either.
    Undecided,
}

impl HttpParser {
    /// Whether a side is about to answer a request of HTTP/0.9.
    pub(super) fn answers_simple(&self, to: &Out<'_>) -> bool {
        self.client == Some(!to.side)
            && self.pairing.front().is_some_and(|asked| asked.version == Version::HTTP_09)
    }

    /// Begins a response that is a body and nothing else, up to the end of the stream.
    pub(super) fn simple_response(&mut self, to: &mut Out<'_>) {
        let response = Arc::new(Response {
            transaction: self.pairing.answered(),
            side: to.side,
            timestamp: to.timestamp,
            version: Version::HTTP_09,
            fields: Fields::default(),
            status: 0,
            reason: Box::default(),
        });
        let reader = self.reader(to.side);
        reader.heads = reader.heads.saturating_add(1);
        let transaction = response.transaction;
        to.tell(HttpMessage::Response(Arc::clone(&response)));
        self.pairing.answer(Arc::clone(&response));
        self.begin(transaction, Kind::Response, &response.fields, Framing::UntilEnd, to);
    }
}

/// How an answer begins, of which no more than so many bytes are a head.
pub(super) fn form(bytes: &[u8], max: usize) -> Form {
    let front = bytes.get(..NAME.len()).unwrap_or(bytes);
    if !NAME.get(..front.len()).is_some_and(|name| name.eq_ignore_ascii_case(front)) {
        return Form::Simple;
    }
    let bytes = bytes.get(..=max).unwrap_or(bytes);
    let Some(line) = memchr::memchr(b'\n', bytes).and_then(|end| bytes.get(..end)) else {
        return if bytes.len() > max { Form::Simple } else { Form::Undecided };
    };
    match StartLine::parse(line.strip_suffix(b"\r").unwrap_or(line)) {
        Some(StartLine::Response { .. }) => Form::Full,
        _ => Form::Simple,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_makes_a_full_response() {
        for (bytes, expected) in [
            ("HTTP/1.0 200 OK\r\n", Form::Full),
            ("http/1.1 400\n", Form::Full),
            ("HTTP/1.0 200 O", Form::Undecided),
            ("HTT", Form::Undecided),
            ("<html>", Form::Simple),
            ("\r\nHTTP/1.0 200 OK\r\n", Form::Simple),
            ("HTTP/1.0 is of 1996\r\n", Form::Simple),
            ("HTTP/1.0 200 a reason that is long", Form::Simple),
        ] {
            assert_eq!(form(bytes.as_bytes(), 32), expected, "{bytes}");
        }
    }
}
