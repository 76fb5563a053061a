//! POP3, [RFC 2595](https://www.rfc-editor.org/rfc/rfc2595) section 4, and IMAP,
//! [RFC 9051](https://www.rfc-editor.org/rfc/rfc9051) section 6.2.1.

use rheos_core::Side;

use super::Step;
use crate::frame::MAX_LINE;
use crate::line::{Line, LineReader};
use crate::parser::Probe;

/// Bytes of a tag of IMAP that are kept: clients make them of a few letters and digits, and a longer
/// one is none that a reply is compared with.
const MAX_TAG: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pop,
    Imap,
}

/// A dialog of lines.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) kind: Kind,
    client: LineReader,
    server: LineReader,
    /// Commands of POP3 that wait for their replies.
    pending: u32,
    has_greeted: bool,
    /// The tag of the command that asks for TLS, if it waits for its reply: of POP3 it is empty.
    asked: Option<Vec<u8>>,
}

impl Kind {
    pub(super) fn protocol(self) -> &'static str {
        match self {
            Self::Pop => "pop",
            Self::Imap => "imap",
        }
    }

    fn greeting(self) -> &'static [u8] {
        match self {
            Self::Pop => b"+OK",
            Self::Imap => b"* OK",
        }
    }

    pub(super) fn is_greeting(self, bytes: &[u8]) -> bool {
        bytes.starts_with(self.greeting())
    }

    /// The tag of a line, if that asks for TLS.
    fn asks(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Pop => line.trim_ascii().eq_ignore_ascii_case(b"STLS").then_some(&[]),
            Self::Imap => {
                let mut words = line.trim_ascii().splitn(2, |byte| *byte == b' ');
                let (tag, command) = (words.next()?, words.next()?);
                let is_it = command.eq_ignore_ascii_case(b"STARTTLS") && tag.len() <= MAX_TAG;
                is_it.then_some(tag)
            }
        }
    }

    /// Who never asks for TLS is nobody whose stream is to be read.
    pub(super) fn probe(self, initiator: &[u8], responder: &[u8]) -> Probe {
        let len = responder.len().min(self.greeting().len());
        // The server speaks first.
        let is_second = responder.is_empty() && !initiator.is_empty();
        if is_second || responder.get(..len) != self.greeting().get(..len) {
            return Probe::NoMatch;
        }
        let asks = initiator
            .split_inclusive(|byte| *byte == b'\n')
            .any(|line| line.ends_with(b"\n") && self.asks(line).is_some());
        if asks { Probe::Match } else { Probe::NeedMore }
    }
}

impl Opening {
    pub(super) fn new(kind: Kind) -> Self {
        let (client, server) = (LineReader::default(), LineReader::default());
        Self { kind, client, server, pending: 0, has_greeted: false, asked: None }
    }

    pub(super) fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        if side == Side::Initiator { self.client(bytes) } else { self.server(bytes) }
    }

    fn client(&mut self, bytes: &[u8]) -> Step {
        // The reply decides what follows.
        if self.asked.is_some() {
            return Step::Wait;
        }
        let Some((line, read)) = self.client.next(bytes, MAX_LINE) else { return Step::Wait };
        if let Line::Whole(line) = line {
            self.pending = self.pending.saturating_add(1);
            self.asked = self.kind.asks(line).map(<[u8]>::to_vec);
        }
        Step::Read(read)
    }

    fn server(&mut self, bytes: &[u8]) -> Step {
        let Some((line, read)) = self.server.next(bytes, MAX_LINE) else { return Step::Wait };
        let Line::Whole(line) = line else { return Step::Read(read) };
        if !std::mem::replace(&mut self.has_greeted, true) {
            return Step::Read(read);
        }
        let Some(is_agreed) = self.decides(line) else { return Step::Read(read) };
        self.asked = None;
        if is_agreed { Step::Tls(read) } else { Step::Read(read) }
    }

    /// Whether the server agrees, if this line is its reply to who asked for TLS.
    fn decides(&mut self, line: &[u8]) -> Option<bool> {
        match self.kind {
            Kind::Pop => {
                let is_agreed = line.starts_with(b"+OK");
                if !is_agreed && !line.starts_with(b"-ERR") {
                    return None;
                }
                self.pending = self.pending.saturating_sub(1);
                self.asked.as_ref().filter(|_| self.pending == 0).map(|_| is_agreed)
            }
            Kind::Imap => {
                let tag = self.asked.as_ref()?;
                let rest = line.strip_prefix(tag.as_slice())?.strip_prefix(b" ")?;
                Some(rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"OK")))
            }
        }
    }
}
