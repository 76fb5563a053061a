//! The steps that read chunks
//! ([RFC 9112, section 7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1)).

use super::anomaly::AnomalyKind;
use super::body::{BodyReader, Out};
use super::fields::{Fields, is_behind_cr, is_white};
use super::message::Completion;
use super::parser::HttpParser;
use super::side::Reading;

/// Fields for message framing and routing, which RFC 9110 section 6.5.1 allows in no trailers: a
/// reader that merges them into the head may see another message.
const FORBIDDEN: [&str; 3] = ["transfer-encoding", "content-length", "host"];

/// What the line in front of a chunk says.
struct ChunkLine {
    /// Bytes of the chunk; nothing, if the line is empty.
    size: Option<u64>,
    /// Whether something stands there that is neither the size nor an extension.
    is_odd: bool,
}

impl HttpParser {
    pub(super) fn chunk_line(&mut self, bytes: &[u8], to: &mut Out<'_>) -> Option<usize> {
        let max = self.config.max_chunk_line;
        let Some(end) = memchr::memchr(b'\n', bytes).filter(|end| *end <= max) else {
            return if bytes.len() > max { Some(self.invalid_chunk(to)) } else { None };
        };
        let line = bytes.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(ChunkLine { size, is_odd }) = ChunkLine::parse(line) else {
            // What cannot be read may be the first line of the next message.
            return Some(self.give_up_chunks(to, false));
        };
        let body = self.reader(to.side).body.as_mut();
        // Once of a message: all of its lines may be so.
        if is_odd && body.is_some_and(BodyReader::is_first_odd_chunk) {
            self.chunk_anomaly(AnomalyKind::OddChunkLine, to);
        }
        if !is_behind_cr(bytes, end) {
            self.chunk_anomaly(AnomalyKind::BareLf, to);
        }
        self.reader(to.side).reading = match size {
            None => Reading::ChunkLine,
            Some(0) => Reading::Trailers,
            Some(size) => Reading::Chunk(size),
        };
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
        self.end_with_trailers(bytes.get(..end).unwrap_or_default(), to);
        Some(end)
    }

    /// The message ends with these lines, or without any.
    pub(super) fn end_with_trailers(&mut self, lines: &[u8], to: &mut Out<'_>) {
        let mut anomalies = Vec::new();
        let trailers = Fields::parse(lines, &mut anomalies);
        if FORBIDDEN.iter().any(|name| trailers.get(name).is_some()) {
            anomalies.push(AnomalyKind::ForbiddenTrailer);
        }
        anomalies.into_iter().for_each(|what| self.chunk_anomaly(what, to));
        if let Some(body) = &mut self.reader(to.side).body {
            body.trailers = trailers;
        }
        self.finish(Completion::Complete, to);
    }

    fn chunk_anomaly(&mut self, what: AnomalyKind, to: &mut Out<'_>) {
        if let Some((transaction, kind)) =
            self.reader(to.side).body.as_ref().map(BodyReader::message)
        {
            to.anomaly(transaction, kind, what);
        }
    }

    fn invalid_chunk(&mut self, to: &mut Out<'_>) -> usize {
        self.give_up_chunks(to, true)
    }

    fn give_up_chunks(&mut self, to: &mut Out<'_>, is_within_line: bool) -> usize {
        self.chunk_anomaly(AnomalyKind::InvalidChunk, to);
        self.finish(Completion::Invalid, to);
        self.lose(to, is_within_line);
        0
    }
}

impl ChunkLine {
    /// Reads a line without its end. `None` if its size is no number, or does not fit 64 bits.
    ///
    /// Servers send more than digits and extensions, and clients take the digits: libhtp and Firefox any line that
    /// begins with them or with white space, and none for an empty line. A letter right behind them is part of a
    /// number that two readers may take for two, as `0x5` is.
    fn parse(line: &[u8]) -> Option<Self> {
        let start = line.iter().position(|byte| !is_white(*byte)).unwrap_or(line.len());
        let text = line.get(start..).unwrap_or_default();
        if text.is_empty() {
            return Some(Self { size: None, is_odd: true });
        }
        let end = text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
        let (digits, behind) = text.split_at_checked(end)?;
        if behind.first().is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        // Zeros in front are allowed, as many as the line may have.
        let size = u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        let behind = behind.trim_ascii_start();
        let is_odd = start > 0 || !(behind.is_empty() || behind.starts_with(b";"));
        Some(Self { size: Some(size), is_odd })
    }
}
