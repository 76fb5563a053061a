//! XMPP, [RFC 6120](https://www.rfc-editor.org/rfc/rfc6120) section 5.

use rheos_core::Side;

use super::Step;
use crate::parser::Probe;

/// What opens a stream, within the first bytes.
const STREAM: &[u8] = b"<stream:stream";
/// What a client asks by.
const ASKS: &[u8] = b"<starttls";
/// What a server agrees by.
const AGREES: &[u8] = b"<proceed";
/// What it refuses by.
const REFUSES: &[u8] = b"<failure";
/// Bytes of the tag that says so: it has one attribute.
const MAX_TAG: usize = 256;

/// A stream of XML.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    has_asked: bool,
}

/// Whether a client starts a stream of XMPP.
pub(super) fn probe(initiator: &[u8], responder: &[u8]) -> Probe {
    /// A declaration in front of the stream has a version and perhaps an encoding.
    const ENOUGH: usize = 64;
    let starts = |text: &[u8]| {
        let len = text.len().min(initiator.len());
        initiator.get(..len) == text.get(..len)
    };
    let is_second = initiator.is_empty() && !responder.is_empty();
    if is_second || !starts(b"<?xml") && !starts(STREAM) {
        Probe::NoMatch
    } else if memchr::memmem::find(initiator, STREAM).is_some() {
        Probe::Match
    } else if initiator.len() < ENOUGH {
        Probe::NeedMore
    } else {
        Probe::NoMatch
    }
}

impl Opening {
    pub(super) fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        match (side, self.has_asked) {
            // The reply decides what follows.
            (Side::Initiator, true) => Step::Wait,
            (Side::Initiator, false) => match tag(bytes, ASKS) {
                Found::Tag(end) => {
                    self.has_asked = true;
                    Step::Read(end)
                }
                Found::None(read) => read_or_wait(read),
            },
            (Side::Responder, _) if is_refused(bytes) => Step::Never,
            (Side::Responder, has_asked) => match tag(bytes, AGREES) {
                Found::Tag(end) if has_asked => Step::Tls(end),
                Found::Tag(end) => Step::Read(end),
                Found::None(read) => read_or_wait(read),
            },
        }
    }
}

/// Whether a server refuses before it agrees.
fn is_refused(bytes: &[u8]) -> bool {
    let [agrees, refuses] = [AGREES, REFUSES].map(|name| memchr::memmem::find(bytes, name));
    refuses.is_some_and(|refuses| agrees.is_none_or(|agrees| refuses < agrees))
}

fn read_or_wait(read: usize) -> Step {
    if read == 0 { Step::Wait } else { Step::Read(read) }
}

enum Found {
    /// The tag ends here, and with it its element.
    Tag(usize),
    /// It is not there: so many bytes do not begin it.
    None(usize),
}

/// Looks for an element. It may go on behind the bytes.
fn tag(bytes: &[u8], name: &[u8]) -> Found {
    let Some(start) = memchr::memmem::find(bytes, name) else {
        // The last bytes may be its first ones.
        return Found::None(bytes.len().saturating_sub(name.len()));
    };
    let rest = bytes.get(start..).unwrap_or_default();
    let seen = rest.get(..MAX_TAG).unwrap_or(rest);
    match memchr::memchr(b'>', seen) {
        Some(end) => {
            let is_closed = seen.get(..end).is_some_and(|tag| tag.ends_with(b"/"));
            let end = start.saturating_add(end).saturating_add(1);
            if is_closed {
                return Found::Tag(end);
            }
            // An element that is closed by a tag of its own.
            let behind = bytes.get(end..).unwrap_or_default();
            let behind = behind.get(..MAX_TAG).unwrap_or(behind);
            match memchr::memchr(b'>', behind) {
                Some(close) => Found::Tag(end.saturating_add(close).saturating_add(1)),
                None if behind.len() >= MAX_TAG => Found::None(end),
                None => Found::None(start),
            }
        }
        None if seen.len() >= MAX_TAG => Found::None(start.saturating_add(name.len())),
        None => Found::None(start),
    }
}
