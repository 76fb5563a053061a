//! Session Initiation Protocol, [RFC 3261](https://www.rfc-editor.org/rfc/rfc3261) section 7.
//!
//! ```text
//! INVITE sip:bob@example.com SIP/2.0      or      SIP/2.0 200 OK
//! Via: SIP/2.0/UDP ...                    (or short: v: SIP/2.0/UDP ...)
//!                                         (an empty line)
//! the body, of Content-Type
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::text_piece::{Lines, Piece};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};
use crate::{Value, layers::sip::names::HEADERS};

mod encode;
mod fields;
mod names;
#[cfg(test)]
mod tests;

pub use encode::SipBuilder;

/// The only version.
const VERSION: &str = "SIP/2.0";
/// Most bytes of a start line: more than any address needs.
const MAX_START_LINE: usize = 8192;

/// What every message starts with: the front of a method, or of the version.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SipHeader {
    pub start: [u8; 4],
}

impl Header for SipHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SipStartLine<'a> {
    /// Somebody wants something.
    Request { method: &'a str, request_uri: &'a str },
    /// What became of that.
    Status { status_code: u16, reason_phrase: &'a str },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sip<'a> {
    pub header: &'a SipHeader,
    pub start_line: SipStartLine<'a>,
    /// The body, as far as it is there.
    pub payload: &'a [u8],
    bytes: &'a [u8],
    /// Where the headers start.
    headers_at: usize,
    header_len: usize,
}

impl<'a> Layer<'a> for Sip<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<SipHeader>(bytes)?;
        let front = bytes.get(..MAX_START_LINE).unwrap_or(bytes);
        let mut lines = Lines { rest: front, at: 0 };
        let bad =
            Malformed::Field { name: "start line", value: u32::from_be_bytes(header.start).into() };
        let line = lines.next().and_then(|(at, line)| Piece::new(line, at)).ok_or(bad)?;
        // A line that goes on behind what is there may still become one.
        let goes_on = front.len() < MAX_START_LINE && !front.contains(&b'\n');
        let cut = Malformed::Truncated { need: front.len().saturating_add(1), have: front.len() };
        let start_line = start_line(line).ok_or(if goes_on { cut } else { bad })?;
        let headers_at = lines.at.min(bytes.len());
        let header_len = end_of_headers(bytes, headers_at);
        // The length of a header has 16 bits in a decoder.
        let Ok(_) = u16::try_from(header_len) else {
            return Err(Malformed::Field { name: "headers", value: header_len as u64 });
        };
        let payload = bytes.get(header_len..).unwrap_or_default();
        let mut sip = Self { header, start_line, payload, bytes, headers_at, header_len };
        let length = sip.header("Content-Length").and_then(|length| length.parse().ok());
        sip.payload = length.and_then(|length| payload.get(..length)).unwrap_or(payload);
        Ok(sip)
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        let next = match self.header("Content-Type") {
            Some(content_type) => Next::One(Self::body(content_type)),
            None => Next::End,
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let start = self.bytes.get(..self.headers_at).unwrap_or_default();
        if let Some((at, line)) = (Lines { rest: start, at: 0 }).next() {
            Piece::new(line, at).into_iter().for_each(|line| fields::start_line(line, sink));
        }
        for (name, value, at) in self.lines() {
            match Piece::new(value, at) {
                Some(value) => fields::header(name, value, sink),
                None => fields::header_bytes(name, value, at, sink),
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start_line {
            SipStartLine::Request { method, request_uri } => {
                write!(f, "{} {}", Value::Text(method), Value::Text(request_uri))
            }
            SipStartLine::Status { status_code, reason_phrase } => {
                write!(f, "{status_code} {}", Value::Text(reason_phrase))
            }
        }
    }
}

fn start_line(line: Piece<'_>) -> Option<SipStartLine<'_>> {
    if let Some(rest) = line.text.strip_prefix(VERSION) {
        let (code, reason_phrase) = rest.strip_prefix(' ')?.split_at_checked(3)?;
        let status_code = code.parse().ok().filter(|code| matches!(code, 100..=699))?;
        return Some(SipStartLine::Status {
            status_code,
            reason_phrase: reason_phrase.trim_ascii(),
        });
    }
    let (method, rest) = line.text.split_once(' ')?;
    let (request_uri, version) = rest.rsplit_once(' ')?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    let is_request = version.trim_ascii_end() == VERSION
        && !method.is_empty()
        && method.bytes().all(is_token)
        && request_uri.contains(':');
    is_request.then_some(SipStartLine::Request { method, request_uri })
}

/// The place behind the empty line, or the end of what is there.
fn end_of_headers(bytes: &[u8], headers_at: usize) -> usize {
    let mut lines = Lines { rest: bytes.get(headers_at..).unwrap_or_default(), at: headers_at };
    for (_, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
    }
    lines.at.min(bytes.len())
}

impl<'a> Sip<'a> {
    /// The key of bodies of a content type, such as `application/sdp`. What follows the type, and
    /// the case of letters, do not count.
    pub const fn body(content_type: &str) -> Key {
        Key::child(LayerType::SIP, media_type(content_type.as_bytes()))
    }

    /// Name and value of each header whose value is text, in order; a name in its long form where that
    /// is known.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pieces().map(|(name, value)| (long_name(name.text), value.text))
    }

    /// The value of the first header of a name, long or short, whatever the case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let name = long_name(name);
        let mut headers = self.headers();
        headers.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Name and value of each header whose value is text.
    fn pieces(&self) -> impl Iterator<Item = (Piece<'a>, Piece<'a>)> + use<'a> {
        self.lines().filter_map(|(name, value, at)| Some((name, Piece::new(value, at)?)))
    }

    /// Name and value of each header, and where the value is. One that goes on in the next line holds
    /// the line's end.
    fn lines(&self) -> impl Iterator<Item = (Piece<'a>, &'a [u8], usize)> + use<'a> {
        let bytes = self.bytes;
        let headers = bytes.get(self.headers_at..self.header_len).unwrap_or_default();
        let mut lines = Lines { rest: headers, at: self.headers_at };
        let values = std::iter::from_fn(move || {
            let (at, line) = lines.next().filter(|(_, line)| !line.is_empty())?;
            let mut end = at.saturating_add(line.len());
            // RFC 3261, section 7.3.1: a line that starts with a space goes on.
            while lines.rest.starts_with(b" ") || lines.rest.starts_with(b"\t") {
                let Some((at, line)) = lines.next() else { break };
                end = at.saturating_add(line.len());
            }
            Some((bytes.get(at..end).unwrap_or_default(), at))
        });
        values.filter_map(|(line, at)| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            let value = value.get(1..)?.trim_ascii_start();
            let value_at = at.saturating_add(line.len()).saturating_sub(value.len());
            Some((Piece::new(name, at)?.trim(), value.trim_ascii_end(), value_at))
        })
    }
}

/// A number for a media type, as FNV-1a makes one of its letters.
#[allow(clippy::arithmetic_side_effects, reason = "an index up to the length")]
#[allow(clippy::indexing_slicing, reason = "const functions have no iterators")]
const fn media_type(text: &[u8]) -> u32 {
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < text.len() && !matches!(text[at], b';' | b' ' | b'\t' | b'\r' | b'\n') {
        hash = (hash ^ text[at].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// The long form of a header's name, if that is known.
fn long_name(name: &str) -> &str {
    if let &[letter] = name.as_bytes() {
        return names::long_of(letter).unwrap_or(name);
    }
    let known = HEADERS.iter().find(|(long, ..)| long.eq_ignore_ascii_case(name));
    known.map_or(name, |(long, ..)| long)
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SIP,
    "sip",
    "Session Initiation Protocol",
    |bytes, outer| Sip::parse_in(bytes, outer).map(|sip| sip.shape()),
    |bytes, outer, visitor| Sip::parse_in(bytes, outer).map(|sip| visitor(&sip)),
)
.specification("RFC 3261")
.role(Role::Application)
.claims(&[Key::udp_port(5060), Key::tcp_port(5060), Key::sctp_port(5060)])
.template(b"OPTIONS sip:localhost SIP/2.0\r\nContent-Length:     0\r\n\r\n")
.settings(&[encode::SETTINGS])
.lengths(encode::lengths);
