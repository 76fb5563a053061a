//! The steps that read chunks
//! ([RFC 9112, section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)).

use super::anomaly::AnomalyKind;
use super::body::{BodyReader, Out};
use super::fields::{Fields, is_behind_cr};
use super::message::Completion;
use super::parser::HttpParser;
use super::side::Reading;

/// Fields for message framing and routing, which RFC 9110 section 6.5.1 allows in no trailers: a
/// reader that merges them into the head may see another message.
const FORBIDDEN: [&str; 3] = ["transfer-encoding", "content-length", "host"];

impl HttpParser {
    pub(super) fn chunk_line(&mut self, bytes: &[u8], to: &mut Out<'_>) -> Option<usize> {
        let max = self.config.max_chunk_line;
        let Some(end) = memchr::memchr(b'\n', bytes).filter(|end| *end <= max) else {
            return if bytes.len() > max { Some(self.invalid_chunk(to)) } else { None };
        };
        let line = bytes.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
        // Zeros in front are allowed, as many as the line may have; what is too large is an error.
        let is_hex = !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit);
        let size = str::from_utf8(text).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        let Some(size) = size.filter(|_| is_hex) else { return Some(self.invalid_chunk(to)) };
        if !is_behind_cr(bytes, end) {
            self.chunk_anomaly(AnomalyKind::BareLf, to);
        }
        self.reader(to.side).reading =
            if size == 0 { Reading::Trailers } else { Reading::Chunk(size) };
        Some(end.saturating_add(1))
    }

    pub(super) fn chunk_end(&mut self, bytes: &[u8], to: &mut Out<'_>) -> Option<usize> {
        let read = match bytes {
            [b'\r', b'\n', ..] => 2,
            [b'\r'] => return None,
            [b'\n', ..] => {
                self.chunk_anomaly(AnomalyKind::BareLf, to);
                1
            }
            _ => return Some(self.invalid_chunk(to)),
        };
        self.reader(to.side).reading = Reading::ChunkLine;
        Some(read)
    }

    pub(super) fn trailers(&mut self, bytes: &[u8], to: &mut Out<'_>) -> Option<usize> {
        let max = self.config.max_head;
        let end = match bytes {
            [b'\r', b'\n', ..] => Some(2),
            [b'\n', ..] => Some(1),
            [b'\r'] => None,
            _ => self.reader(to.side).end_of_head(bytes),
        };
        let Some(end) = end.filter(|end| *end <= max) else {
            return if bytes.len() > max { Some(self.invalid_chunk(to)) } else { None };
        };
        let mut anomalies = Vec::new();
        let trailers = Fields::parse(bytes.get(..end).unwrap_or_default(), &mut anomalies);
        if FORBIDDEN.iter().any(|name| trailers.get(name).is_some()) {
            anomalies.push(AnomalyKind::ForbiddenTrailer);
        }
        anomalies.into_iter().for_each(|what| self.chunk_anomaly(what, to));
        if let Some(body) = &mut self.reader(to.side).body {
            body.trailers = trailers;
        }
        self.finish(Completion::Complete, to);
        Some(end)
    }

    fn chunk_anomaly(&mut self, what: AnomalyKind, to: &mut Out<'_>) {
        if let Some((transaction, kind)) =
            self.reader(to.side).body.as_ref().map(BodyReader::message)
        {
            to.anomaly(transaction, kind, what);
        }
    }

    fn invalid_chunk(&mut self, to: &mut Out<'_>) -> usize {
        self.chunk_anomaly(AnomalyKind::InvalidChunk, to);
        self.finish(Completion::Invalid, to);
        self.lose(to, true);
        0
    }
}
