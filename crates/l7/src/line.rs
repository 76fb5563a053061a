//! Lines of a side of a text protocol, and those that are too long.

/// Reads the lines of a side.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineReader {
    /// Whether what is unread is the rest of a line that is not told.
    is_skipping: bool,
}

/// A line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// Its first bytes, as many as are allowed: the rest is skipped.
    TooLong(&'a [u8]),
    /// The rest of one that was too long, or began in a gap.
    Rest,
}

impl LineReader {
    /// The first line and how many bytes it takes; nothing, if more are needed.
    pub(crate) fn next<'a>(&mut self, bytes: &'a [u8], max: usize) -> Option<(Line<'a>, usize)> {
        if bytes.is_empty() {
            return None;
        }
        if self.is_skipping {
            let end = memchr::memchr(b'\n', bytes);
            self.is_skipping = end.is_none();
            return Some((Line::Rest, end.map_or(bytes.len(), |end| end.saturating_add(1))));
        }
        let seen = bytes.get(..max).unwrap_or(bytes);
        if let Some(end) = memchr::memchr(b'\n', seen) {
            let line = seen.get(..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return Some((Line::Whole(line), end.saturating_add(1)));
        }
        self.is_skipping = bytes.len() >= max;
        self.is_skipping.then_some((Line::TooLong(seen), seen.len()))
    }

    /// What is unread may start within a line.
    pub(crate) fn skip(&mut self) {
        self.is_skipping = true;
    }
}

/// The first line by which a protocol is known, without its end; nothing, if more is needed. Of a long
/// one its start: an argument may be longer than what a parser is asked about.
pub(crate) fn opening(bytes: &[u8]) -> Option<&[u8]> {
    const ENOUGH: usize = 32;
    let end = memchr::memchr(b'\n', bytes).or_else(|| (bytes.len() >= ENOUGH).then_some(ENOUGH));
    bytes.get(..end?)
}

/// Text of which what is not UTF-8 is replaced.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A word in capitals and the rest of a line, without the space around it.
pub(crate) fn verb(line: &[u8]) -> (String, &[u8]) {
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (verb, rest) = line.split_at(end);
    (text(verb).to_ascii_uppercase(), rest.trim_ascii())
}

/// The code of a line of a reply, whether it is the last, and its text: as
/// [RFC 959, 4.2](https://www.rfc-editor.org/rfc/rfc959) has it for FTP and SMTP.
pub(crate) fn reply(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (code, rest) = line.split_at_checked(3)?;
    let code =
        str::from_utf8(code).ok().filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?;
    let code = code.parse().ok().filter(|code| (100..600).contains(code))?;
    match rest.split_first() {
        None => Some((code, true, rest)),
        Some((b' ', text)) => Some((code, true, text)),
        Some((b'-', text)) => Some((code, false, text)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_too_long_or_a_rest() {
        let mut reader = LineReader::default();
        assert_eq!(reader.next(b"", 4), None);
        assert_eq!(reader.next(b"ab", 4), None);
        assert_eq!(reader.next(b"ab\r\nc", 4), Some((Line::Whole(b"ab"), 4)));
        assert_eq!(reader.next(b"abcd", 4), Some((Line::TooLong(b"abcd"), 4)));
        assert_eq!(reader.next(b"e", 4), Some((Line::Rest, 1)));
        assert_eq!(reader.next(b"f\ng", 4), Some((Line::Rest, 2)));
        assert_eq!(reader.next(b"g\n", 4), Some((Line::Whole(b"g"), 2)));
    }

    #[test]
    fn replies_have_three_digits() {
        assert_eq!(reply(b"220 hi"), Some((220, true, &b"hi"[..])));
        assert_eq!(reply(b"250-a"), Some((250, false, &b"a"[..])));
        assert_eq!(reply(b"354"), Some((354, true, &b""[..])));
        for line in [&b"22"[..], b"abc d", b"2200", b"+12 a", b"999 a", b"099 a"] {
            assert_eq!(reply(line), None);
        }
    }

    #[test]
    fn verbs_are_in_capitals() {
        assert_eq!(verb(b"mail FROM:<a>  "), ("MAIL".to_owned(), &b"FROM:<a>"[..]));
        assert_eq!(verb(b"QUIT"), ("QUIT".to_owned(), &b""[..]));
    }
}
