//! The first line of a message, and its head.

use std::borrow::Cow;
use std::fmt;

use rheos_core::{Side, Timestamp};

use super::fields::{Fields, is_token, is_white, trim_white};

/// Bytes of the longest method: registered ones are of 17 at most.
const MAX_METHOD: usize = 32;

/// Digits of the longest minor version: all there are have one.
const MAX_MINOR: usize = 3;

/// What stands in front of a version.
pub(super) const NAME: &[u8] = b"HTTP/";

/// The version in a first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The digit in front of the point.
    pub major: u8,
    /// The number behind it.
    pub minor: u8,
}

impl Version {
    /// HTTP/0.9, which has neither a version nor fields.
    pub const HTTP_09: Self = Self { major: 0, minor: 9 };
    /// HTTP/1.0.
    pub const HTTP_10: Self = Self { major: 1, minor: 0 };
    /// HTTP/1.1.
    pub const HTTP_11: Self = Self { major: 1, minor: 1 };

    /// Reads a version, and says whether it is not as RFC 9112 section 2.3 writes it.
    fn parse(text: &[u8]) -> Option<(Self, bool)> {
        Self::split(text).filter(|(.., rest)| rest.is_empty()).map(|(own, is_odd, _)| (own, is_odd))
    }

    /// Reads a version at the front of a text, and says whether it is not as RFC 9112 section 2.3 writes it, and
    /// what stands behind it. Browsers take its name in lower case, too; and to RFC 2616 section 3.1 the minor
    /// version was a number of any digits, with zeros in front that count for nothing.
    fn split(text: &[u8]) -> Option<(Self, bool, &[u8])> {
        let (name, digits) = text.split_at_checked(NAME.len())?;
        let (&[major, b'.'], digits) = digits.split_first_chunk()? else { return None };
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        let (minor, rest) = digits.split_at_checked(end)?;
        if !name.eq_ignore_ascii_case(NAME) || !major.is_ascii_digit() || end > MAX_MINOR {
            return None;
        }
        let minor = str::from_utf8(minor).ok()?.parse().ok()?;
        let version = Self { major: major.wrapping_sub(b'0'), minor };
        Some((version, name != NAME || end > 1, rest))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its number on its stream, from 0.
    pub transaction: u64,
    /// Who sent it.
    pub side: Side,
    /// When its last byte came.
    pub timestamp: Timestamp,
    /// The version.
    pub version: Version,
    /// The fields.
    pub fields: Fields,
    pub(super) method: Box<[u8]>,
    pub(super) target: Box<[u8]>,
}

impl Request {
    /// The method, as it was sent.
    pub fn method(&self) -> &str {
        str::from_utf8(&self.method).unwrap_or_default()
    }

    /// What is asked for, as it was sent: a path, a URI, a host and port, or `*`. What is not UTF-8 is
    /// replaced.
    pub fn target(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.target)
    }

    /// What is asked for, in bytes.
    pub fn target_bytes(&self) -> &[u8] {
        &self.target
    }

    /// The field Host.
    pub fn host(&self) -> Option<Cow<'_, str>> {
        self.fields.text("host")
    }

    /// The URI: the target, with `http` and the host in front where it is a path.
    pub fn uri(&self) -> String {
        let target = self.target();
        match self.host() {
            Some(host) if target.starts_with('/') || target == "*" => {
                format!("http://{host}{target}")
            }
            _ => target.into_owned(),
        }
    }
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The number of the request that it answers.
    pub transaction: u64,
    /// Who sent it.
    pub side: Side,
    /// When its last byte came.
    pub timestamp: Timestamp,
    /// The version.
    pub version: Version,
    /// The fields.
    pub fields: Fields,
    pub(super) status: u16,
    pub(super) reason: Box<[u8]>,
}

impl Response {
    /// The status code; 0, if the first line has none, for which browsers take 200, or there is no first line, as in
    /// HTTP/0.9.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The words behind the status code. What is not UTF-8 is replaced.
    pub fn reason(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.reason)
    }

    /// Whether another response to the same request follows.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartLine<'a> {
    Request { method: &'a [u8], target: &'a [u8], version: Version, is_odd: bool },
    Response { version: Version, status: u16, reason: &'a [u8], is_odd: bool },
}

impl<'a> StartLine<'a> {
    /// Whether bytes begin with a whole line of a request in which nothing is odd.
    pub(super) fn is_plain_request(bytes: &'a [u8]) -> bool {
        let line = memchr::memchr(b'\n', bytes).and_then(|end| bytes.get(..end));
        let line = line.and_then(|line| Self::parse(line.strip_suffix(b"\r").unwrap_or(line)));
        matches!(line, Some(Self::Request { is_odd: false, .. }))
    }

    /// Reads a line without its end.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        if let Some((version, is_odd, rest)) = Version::split(line) {
            // What is no white space for a space is read as browsers do, and as it is in fields.
            let is_space = |byte: &u8| is_white(*byte) || byte.is_ascii_control();
            let start = rest.iter().position(|byte| !is_space(byte)).unwrap_or(rest.len());
            let code = rest.get(start..).unwrap_or_default();
            let is_odd = is_odd || rest.strip_prefix(b" ") != Some(code);
            if code.is_empty() {
                return Some(Self::Response { version, status: 0, reason: code, is_odd: true });
            }
            let (digits, reason) = code.split_at_checked(3)?;
            if !digits.iter().all(u8::is_ascii_digit) || start == 0 {
                return None;
            }
            let status = digits.iter().fold(0_u16, |number, digit| {
                number.wrapping_mul(10).wrapping_add(u16::from(digit.wrapping_sub(b'0')))
            });
            let is_odd = is_odd || !(reason.is_empty() || reason.starts_with(b" "));
            let reason = trim_white(reason);
            return Some(Self::Response { version, status, reason, is_odd });
        }
        let space = memchr::memchr(b' ', line).filter(|at| (1..=MAX_METHOD).contains(at))?;
        let (method, rest) = line.split_at_checked(space)?;
        if !method.iter().all(|byte| is_token(*byte)) {
            return None;
        }
        let last =
            memchr::memrchr(b' ', rest.trim_ascii_end()).and_then(|at| rest.split_at_checked(at));
        let version = last.and_then(|(_, last)| Version::parse(last.trim_ascii()));
        let (target, (version, is_odd)) = match (last, version) {
            (Some((target, _)), Some(version)) => (target, version),
            _ if method == b"GET" && rest.starts_with(b" /") => (rest, (Version::HTTP_09, false)),
            _ => return None,
        };
        let trimmed = target.trim_ascii();
        let is_odd = is_odd
            || target.len() != trimmed.len().saturating_add(1)
            || memchr::memchr(b' ', trimmed).is_some()
            || line.ends_with(b" ");
        (!trimmed.is_empty()).then_some(Self::Request { method, target: trimmed, version, is_odd })
    }

    /// Whether a line that goes on behind these bytes may be a first line.
    pub(super) fn is_possible(bytes: &[u8]) -> bool {
        // RFC 9112, section 4: other whitespace may be taken for a space, and behind a version it is.
        let front = bytes.get(..NAME.len());
        let is_version = front.is_some_and(|name| name.eq_ignore_ascii_case(NAME));
        let is_end =
            |byte: &u8| *byte == b'\n' || is_white(*byte) || is_version && byte.is_ascii_control();
        let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
        (1..=MAX_METHOD).contains(&end)
            && bytes.iter().take(end).all(|byte| is_token(*byte) || *byte == b'/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<(&str, &str, &str, bool)>) {
        let found = StartLine::parse(line.as_bytes()).map(|line| match line {
            StartLine::Request { method, target, version, is_odd } => {
                (method.to_vec(), target.to_vec(), version.to_string(), is_odd)
            }
            StartLine::Response { version, status, reason, is_odd } => {
                (status.to_string().into_bytes(), reason.to_vec(), version.to_string(), is_odd)
            }
        });
        let bytes = |text: &str| text.as_bytes().to_vec();
        let expected = expected.map(|(a, b, c, odd)| (bytes(a), bytes(b), c.to_owned(), odd));
        assert_eq!(found, expected);
        let mut begun = (1..=line.len()).map(|end| &line.as_bytes()[..end]);
        assert!(found.is_none() || begun.all(StartLine::is_possible));
    }

    #[test]
    fn requests_have_method_target_and_version() {
        check("GET / HTTP/1.1", Some(("GET", "/", "HTTP/1.1", false)));
        check("M-SEARCH * HTTP/1.1", Some(("M-SEARCH", "*", "HTTP/1.1", false)));
        check("GET /a b HTTP/1.0", Some(("GET", "/a b", "HTTP/1.0", true)));
        check("GET   /a   HTTP/1.0", Some(("GET", "/a", "HTTP/1.0", true)));
        check("GET / Http/1.1", Some(("GET", "/", "HTTP/1.1", true)));
        check("GET /old", Some(("GET", "/old", "HTTP/0.9", false)));
        // httparse: versions other than 1.0 and 1.1 are an error.
        check("GET / HTTP/1.2", Some(("GET", "/", "HTTP/1.2", false)));
        check("GET /\u{e4} HTTP/1.1", Some(("GET", "/\u{e4}", "HTTP/1.1", false)));
    }

    #[test]
    fn responses_have_version_status_and_reason() {
        check("HTTP/1.1 200 OK", Some(("200", "OK", "HTTP/1.1", false)));
        check("HTTP/1.1 404 Not Found", Some(("404", "Not Found", "HTTP/1.1", false)));
        check("HTTP/1.0 200", Some(("200", "", "HTTP/1.0", false)));
        check("HTTP/1.0  200 OK", Some(("200", "OK", "HTTP/1.0", true)));
        check("http/1.1 200 OK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1.1\t200 OK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1.1\r 200 OK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1.1\x0b200\x0c\x0bOK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1.0200 OK", None);
        check("HTTP/1.1200 OK", None);
        check("HTTP/1.1\0 200 OK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1\0.1 200 OK", None);
        // Browsers take 200 for a status that is not there.
        check("HTTP/1.1", Some(("0", "", "HTTP/1.1", true)));
        check("HTTP/1.1 ", Some(("0", "", "HTTP/1.1", true)));
        check("HTTP/1.1 20", None);
        check("HTTP/1.1 OK", None);
        check("HTTP/1.1 2x0 OK", None);
    }

    // RFC 2616, section 3.1: numbers, whose zeros in front recipients ignore.
    #[test]
    fn a_minor_version_is_a_number() {
        check("HTTP/1.01 200 OK", Some(("200", "OK", "HTTP/1.1", true)));
        check("HTTP/1.013 200 OK", Some(("200", "OK", "HTTP/1.13", true)));
        check("GET / HTTP/1.00", Some(("GET", "/", "HTTP/1.0", true)));
        for line in
            ["HTTP/1.0001 200 OK", "HTTP/1.999 200 OK", "HTTP/1. 200 OK", "HTTP/01.1 200 OK"]
        {
            check(line, None);
        }
    }

    #[test]
    fn other_lines_are_none() {
        for line in ["", "GET", " GET / HTTP/1.1", "EHLO there", "GE:T / HTTP/1.1", "GET HTTP/1.1"]
        {
            check(line, None);
        }
        check(&format!("{} / HTTP/1.1", "A".repeat(33)), None);
    }
}
