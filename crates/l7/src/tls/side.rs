//! One side of a stream: its records, and the handshake messages that go through them.

use rheos_layers::{TlsContentType, TlsHandshakeType as Type};

use super::Progress;
use crate::Failure;

/// Bytes of a record's header.
pub(super) const RECORD_HEADER_LEN: usize = 5;
/// Bytes of type and length of a handshake message.
pub(super) const HEADER_LEN: usize = 4;
/// Most bytes in a record: 2^14 and what compression and encryption may add, RFC 5246 section
/// 6.2.3.
const MAX_RECORD: u16 = (1 << 14) + 2048;

/// The header of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordHeader {
    pub(super) content_type: TlsContentType,
    pub(super) length: u16,
}

impl RecordHeader {
    /// Reads a header, if it is there.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, Failure> {
        let &[kind, major, minor, upper, lower, ..] = bytes else {
            return match *bytes {
                [] | [20..=24] | [20..=24, 3, ..] => Ok(None),
                [kind, ..] => Err(no_record(kind)),
            };
        };
        // RFC 8446, section 5.1: the version is to be ignored, but its upper byte never changed.
        if !matches!((kind, major), (20..=24, 3)) {
            return Err(no_record(kind));
        }
        let length = u16::from_be_bytes([upper, lower]);
        if length > MAX_RECORD {
            let reason = format!(
                "record length {length} of version {major}.{minor}, at most {MAX_RECORD} is allowed"
            );
            return Err(Failure::new(reason));
        }
        Ok(Some(Self { content_type: TlsContentType(kind), length }))
    }

    /// Bytes of the record with its header.
    pub(super) fn len(self) -> usize {
        usize::from(self.length).saturating_add(RECORD_HEADER_LEN)
    }
}

fn no_record(kind: u8) -> Failure {
    Failure::new(format!("no record starts with {kind}"))
}

/// What is left over from one piece of a side to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct SideState {
    /// Whether anything was read: the hello of SSL 2 is in front of everything.
    pub(super) has_begun: bool,
    /// Whether the cipher was changed: what follows is encrypted, unless it is a hello.
    pub(super) has_changed_cipher: bool,
    /// Bytes of a record that nobody wants.
    pub(super) skip: usize,
    /// The front of a handshake message that goes on in a later record.
    message: Vec<u8>,
    /// Bytes of a handshake message that is not taken.
    discard: usize,
    /// A hole was in a handshake message: where the next starts is not known.
    is_lost: bool,
}

/// A handshake message, or one that is not taken.
pub(super) enum Message<'a> {
    Whole(Type, &'a [u8]),
    TooLong(Type, usize),
}

impl SideState {
    /// Whether the handshake messages in a record are in clear text: of what is encrypted, types and
    /// lengths are random.
    pub(super) fn is_clear(&mut self, fragment: &[u8], progress: &Progress) -> bool {
        let max_message = progress.config.max_message;
        let is_inside = !self.message.is_empty() || self.discard > 0;
        if is_inside && !self.has_changed_cipher {
            return true;
        }
        let &[kind, a, b, c, ref body @ ..] = fragment else {
            return !self.has_changed_cipher && !self.is_lost;
        };
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let is_hello = matches!(Type(kind), Type::CLIENT_HELLO | Type::SERVER_HELLO);
        let is_clear = if self.has_changed_cipher && !progress.is_1_3() {
            // Version 1.3 may want another hello behind data that came early.
            is_hello && len == body.len()
        } else if self.is_lost || !progress.has_hello() {
            is_hello && len <= max_message || is_known(kind) && len <= body.len()
        } else {
            is_known(kind) || len <= max_message
        };
        self.is_lost &= !is_clear;
        is_clear
    }

    /// Takes what a record carries of handshake messages.
    pub(super) fn handshake(
        &mut self,
        mut fragment: &[u8],
        max_message: usize,
        mut each: impl FnMut(Message<'_>),
    ) {
        while !fragment.is_empty() {
            if self.discard > 0 {
                let len = self.discard.min(fragment.len());
                self.discard = self.discard.saturating_sub(len);
                fragment = fragment.get(len..).unwrap_or_default();
                continue;
            }
            if let Some((kind, body, rest)) = whole(fragment).filter(|_| self.message.is_empty())
                && body.len() <= max_message
            {
                each(Message::Whole(kind, body));
                fragment = rest;
                continue;
            }
            let missing = HEADER_LEN.saturating_sub(self.message.len());
            fragment = self.take(fragment, missing);
            let Some((kind, len)) = header(&self.message) else { return };
            if len > max_message {
                self.message.clear();
                self.discard = len;
                each(Message::TooLong(kind, len));
                continue;
            }
            let missing = HEADER_LEN.saturating_add(len).saturating_sub(self.message.len());
            fragment = self.take(fragment, missing);
            if let Some((kind, body, _)) = whole(&self.message) {
                each(Message::Whole(kind, body));
                self.message.clear();
            }
        }
    }

    /// A message may go on in what is not there.
    pub(super) fn lose(&mut self) {
        self.message = Vec::new();
        self.discard = 0;
        self.is_lost = true;
    }

    /// Keeps bytes, and returns those behind them.
    fn take<'a>(&mut self, bytes: &'a [u8], len: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
        self.message.extend_from_slice(taken);
        rest
    }
}

/// Type and length of a message.
fn header(message: &[u8]) -> Option<(Type, usize)> {
    let &[kind, a, b, c, ..] = message else { return None };
    Some((Type(kind), u32::from_be_bytes([0, a, b, c]) as usize))
}

/// The message at the front, if all of it is there, and what is behind it.
fn whole(bytes: &[u8]) -> Option<(Type, &[u8], &[u8])> {
    let (kind, len) = header(bytes)?;
    let (body, rest) = bytes.get(HEADER_LEN..)?.split_at_checked(len)?;
    Some((kind, body, rest))
}

/// Whether IANA has a name for the type.
fn is_known(kind: u8) -> bool {
    matches!(kind, 0..=6 | 8 | 11..=17 | 20..=25 | 67)
}
