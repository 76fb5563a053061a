//! What is not a message, and how the next one is found.

use rheos_core::Side;

use super::anomaly::AnomalyKind;
use super::body::Out;
use super::head::{NAME, StartLine};
use super::message::{HttpMessage, Kind};
use super::parser::HttpParser;
use super::side::Reading;
use crate::parser::Failure;

/// Bytes in front of the status line of an answer that are skipped: Firefox looks for `HTTP/` in the first eleven
/// bytes, Chromium in fewer. An answer may begin so that others see none.
const MAX_JUNK: usize = 10;

impl HttpParser {
    /// Nobody knows where the next message of a side starts.
    pub(super) fn lose(&mut self, to: &mut Out<'_>, is_within_line: bool) {
        self.reader(to.side).reading = Reading::Lost { is_within_line };
    }

    /// Looks for a line that starts a message.
    pub(super) fn resync(
        &mut self,
        bytes: &[u8],
        is_within_line: bool,
        to: &mut Out<'_>,
    ) -> Option<usize> {
        if self.client == Some(!to.side) {
            return self.resync_answers(bytes, is_within_line, to);
        }
        let max = self.config.max_chunk_line;
        let (client, side) = (self.client, to.side);
        let reader = self.reader(side);
        let end = memchr::memchr(b'\n', bytes);
        if is_within_line {
            reader.reading = Reading::Lost { is_within_line: end.is_none() };
            return Some(end.map_or(bytes.len(), |end| end.saturating_add(1)));
        }
        let Some(end) = end else {
            if StartLine::is_possible(bytes) && bytes.len() <= max {
                return None;
            }
            reader.reading = Reading::Lost { is_within_line: true };
            return Some(bytes.len());
        };
        let line = bytes.get(..end).filter(|line| line.len() <= max).unwrap_or_default();
        let (version, is_request) = match StartLine::parse(line.strip_suffix(b"\r").unwrap_or(line))
        {
            Some(StartLine::Request { version, .. }) => (version, true),
            Some(StartLine::Response { version, .. }) => (version, false),
            None => return Some(end.saturating_add(1)),
        };
        if version.major != 1 || client.is_some_and(|client| (client == side) != is_request) {
            return Some(end.saturating_add(1));
        }
        reader.reading = Reading::Head;
        Some(0)
    }

    /// Looks for a status line, which need not be at the start of a line: the end of a body is in front of it.
    fn resync_answers(
        &mut self,
        bytes: &[u8],
        is_within_line: bool,
        to: &mut Out<'_>,
    ) -> Option<usize> {
        if is_within_line {
            // What is in front has been tried.
            self.reader(to.side).reading = Reading::Lost { is_within_line: false };
            return Some(1);
        }
        match status_line(bytes) {
            Some((0, true)) => {
                self.reader(to.side).reading = Reading::Head;
                // Which responses are missing is not known, but who sends the last request waits for its own.
                self.pairing.lose_responses().for_each(|lost| to.tell(HttpMessage::Exchange(lost)));
                Some(0)
            }
            Some((0, false)) => None,
            Some((at, _)) => Some(at),
            None => Some(bytes.len()),
        }
    }

    /// Bytes begin no message. Those in front of a status line that is near are skipped.
    pub(super) fn odd_front(
        &mut self,
        bytes: &[u8],
        to: &mut Out<'_>,
    ) -> Result<Option<usize>, Failure> {
        let is_first = self.reader(to.side).heads == 0;
        let is_answer = self.client == Some(!to.side);
        let skipped = match bytes {
            // A capture that begins behind the handshake may begin with a keep-alive, RFC 1122 section 4.2.3.6.
            [0] if is_first => return Ok(None),
            [0, next, ..] if is_first && next.is_ascii_alphabetic() => Some(1),
            _ if is_answer => match near_status_line(bytes) {
                Some((_, false)) => return Ok(None),
                near => near.map(|(at, _)| at),
            },
            _ => None,
        };
        let Some(skipped) = skipped else { return self.not_a_message(to) };
        let (transaction, kind) = self.next_message(to.side);
        to.anomaly(transaction, kind, AnomalyKind::NotAMessage);
        Ok(Some(skipped))
    }

    pub(super) fn not_a_message(&mut self, to: &mut Out<'_>) -> Result<Option<usize>, Failure> {
        if self.reader(to.side).heads == 0 {
            return Err(Failure::new("first line is that of neither a request nor a response"));
        }
        self.give_up(AnomalyKind::NotAMessage, to);
        Ok(Some(0))
    }

    pub(super) fn too_long(&mut self, to: &mut Out<'_>) -> Result<Option<usize>, Failure> {
        if self.reader(to.side).heads == 0 {
            let max = self.config.max_head;
            return Err(Failure::new(format!("no end of the first head within {max} bytes")));
        }
        self.give_up(AnomalyKind::HeadTooLong, to);
        Ok(Some(0))
    }

    fn give_up(&mut self, what: AnomalyKind, to: &mut Out<'_>) {
        let (transaction, kind) = self.next_message(to.side);
        to.anomaly(transaction, kind, what);
        self.lose(to, true);
    }

    /// The message that a side would say next.
    fn next_message(&self, side: Side) -> (u64, Kind) {
        if self.client.unwrap_or(Side::Initiator) == side {
            (self.pairing.next(), Kind::Request)
        } else {
            (self.pairing.answered(), Kind::Response)
        }
    }
}

/// Where a status line begins, and whether its code is there; nothing, if none can begin in these bytes.
fn status_line(bytes: &[u8]) -> Option<(usize, bool)> {
    const FORM: &[u8] = b"HTTP/1.0 000 ";
    let is_of = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b' ' => matches!(byte, b' ' | b'\r' | b'\n'),
        form => byte.eq_ignore_ascii_case(form),
    };
    memchr::memchr2_iter(b'H', b'h', bytes).find_map(|at| {
        let rest = bytes.get(at..)?;
        let is_whole = rest.len() >= FORM.len();
        rest.iter().zip(FORM).all(is_of).then_some((at, is_whole))
    })
}

/// Where in the first bytes of an answer a status line may begin, and whether all of its name is there.
fn near_status_line(bytes: &[u8]) -> Option<(usize, bool)> {
    (1..=MAX_JUNK).find_map(|at| {
        let rest = bytes.get(at..)?;
        let front = rest.get(..NAME.len()).unwrap_or(rest);
        let name = NAME.get(..front.len())?;
        name.eq_ignore_ascii_case(front).then_some((at, front.len() == NAME.len()))
    })
}
