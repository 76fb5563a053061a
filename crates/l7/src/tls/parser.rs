//! Reads the records of both sides of a stream.

use rheos_core::{Side, Timestamp};
use rheos_layers::{TlsContentType, TlsHandshakeType};

use super::history;
use super::side::{HEADER_LEN, Message, RECORD_HEADER_LEN, RecordHeader, SideState};
use super::ssl2::{Front, Ssl2Hello};
use super::{Progress, TlsConfig, TlsMessage, Transport};
use crate::{Failure, Input, OnGap, Probe, SessionParser};

/// Reads TLS.
///
/// It may start at any byte of each side that starts a record: behind STARTTLS, or in the middle of
/// a stream. Which side is the client, the hellos say.
#[derive(Clone, Debug)]
pub struct TlsParser {
    progress: Progress,
    initiator: SideState,
    responder: SideState,
}

impl Default for TlsParser {
    fn default() -> Self {
        Self::new(TlsConfig::default())
    }
}

impl TlsParser {
    /// A parser that takes so much.
    pub fn new(config: TlsConfig) -> Self {
        Self {
            progress: Progress::new(config, Transport::Stream),
            initiator: SideState::default(),
            responder: SideState::default(),
        }
    }

    fn side(&mut self, side: Side) -> &mut SideState {
        match side {
            Side::Initiator => &mut self.initiator,
            Side::Responder => &mut self.responder,
        }
    }

    /// Reads a record or a part of one. None, if more is needed.
    fn step(
        &mut self,
        input: &Input<'_>,
        bytes: &[u8],
        out: &mut dyn FnMut(TlsMessage),
    ) -> Result<Option<usize>, Failure> {
        if self.progress.is_over() {
            return Ok(Some(bytes.len()));
        }
        let &Input { side, timestamp, .. } = input;
        let state = self.side(side);
        if state.skip > 0 {
            let len = state.skip.min(bytes.len());
            state.skip = state.skip.saturating_sub(len);
            return Ok(Some(len));
        }
        if !state.has_begun {
            match Ssl2Hello::read(bytes) {
                Front::Hello(hello, len) => {
                    state.has_begun = true;
                    self.progress.note(side, history::letter(TlsHandshakeType::CLIENT_HELLO));
                    out(TlsMessage::Ssl2Hello { side, hello: Box::new(hello) });
                    return Ok(Some(len));
                }
                Front::NeedMore => return Ok(None),
                Front::None => {}
            }
        }
        let Some(header) = RecordHeader::read(bytes)? else { return Ok(None) };
        if header.content_type == TlsContentType::APPLICATION_DATA
            || header.content_type == TlsContentType::HEARTBEAT
        {
            state.has_begun = true;
            let has_changed = state.has_changed_cipher;
            let len = header.len().min(bytes.len());
            state.skip = header.len().saturating_sub(len);
            if header.content_type == TlsContentType::APPLICATION_DATA {
                self.progress.encrypt(side, timestamp, out);
            } else if !has_changed {
                self.progress.note(side, history::HEARTBEAT);
            }
            return Ok(Some(len));
        }
        let Some(record) = bytes.get(..header.len()) else { return Ok(None) };
        state.has_begun = true;
        let fragment = record.get(RECORD_HEADER_LEN..).unwrap_or_default();
        self.record(side, timestamp, header.content_type, fragment, out);
        Ok(Some(record.len()))
    }

    fn record(
        &mut self,
        side: Side,
        time: Timestamp,
        content_type: TlsContentType,
        fragment: &[u8],
        out: &mut dyn FnMut(TlsMessage),
    ) {
        let Self { progress, initiator, responder } = self;
        let state = if side == Side::Initiator { initiator } else { responder };
        let is_1_3 = progress.is_1_3();
        match content_type {
            TlsContentType::HANDSHAKE => {
                let max = progress.config.max_message;
                if !state.is_clear(fragment, progress) {
                    return;
                }
                state.handshake(fragment, max, |message| match message {
                    Message::Whole(kind, body) => progress.message(side, time, kind, body, out),
                    Message::TooLong(kind, len) => progress.too_long(side, kind, len, out),
                });
            }
            TlsContentType::CHANGE_CIPHER_SPEC => {
                progress.change_cipher(side);
                if !is_1_3 {
                    state.has_changed_cipher = true;
                    progress.encrypt(side, time, out);
                }
            }
            TlsContentType::ALERT if is_1_3 || !state.has_changed_cipher => {
                if let &[level @ 1..=2, description] = fragment {
                    progress.alert(side, time, [level, description], out);
                }
            }
            _ => {}
        }
    }
}

impl SessionParser for TlsParser {
    type Message = TlsMessage;

    fn name(&self) -> &'static str {
        "tls"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        match (hello(initiator), hello(responder)) {
            (Probe::Match, _) | (_, Probe::Match) => Probe::Match,
            // Whoever speaks first says a hello.
            (Probe::NoMatch, _) if !initiator.is_empty() => Probe::NoMatch,
            (_, Probe::NoMatch) if initiator.is_empty() => Probe::NoMatch,
            _ => Probe::NeedMore,
        }
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(TlsMessage),
    ) -> Result<usize, Failure> {
        input.pieces(|rest| self.step(input, rest, out))
    }

    fn on_gap(
        &mut self,
        side: Side,
        len: u64,
        unread: &[u8],
        out: &mut dyn FnMut(TlsMessage),
    ) -> OnGap {
        self.progress.lose(side);
        let state = self.side(side);
        let header = RecordHeader::read(unread).ok().flatten();
        let is_data = state.skip > 0;
        let left = header.map_or(state.skip, |header| header.len().saturating_sub(unread.len()));
        match usize::try_from(len).ok().and_then(|len| left.checked_sub(len)) {
            // The hole ends inside the record, or with it: where the next starts is known.
            Some(left) if is_data || header.is_some() => {
                state.skip = left;
                if header.is_some_and(|header| header.content_type == TlsContentType::HANDSHAKE) {
                    state.lose();
                }
                OnGap::Resync
            }
            _ => {
                self.progress.end(side, out);
                OnGap::StopSide
            }
        }
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(TlsMessage)) {
        self.progress.end(input.side, out);
    }

    fn is_done(&self) -> bool {
        self.progress.is_over()
    }
}

/// Whether a side starts with a hello or an alert.
fn hello(bytes: &[u8]) -> Probe {
    match *bytes {
        [22, 3, 0..=4, a, b, 1..=2, 0..=3, ..] => {
            // A hello may go on in a second record, but its first four bytes never do.
            let length = usize::from(u16::from_be_bytes([a, b]));
            if length < HEADER_LEN { Probe::NoMatch } else { Probe::Match }
        }
        [21, 3, 0..=4, 0, 2, 1..=2, ..] => Probe::Match,
        [21 | 22]
        | [21 | 22, 3]
        | [21 | 22, 3, 0..=4]
        | [21, 3, 0..=4, 0]
        | [21, 3, 0..=4, 0, 2]
        | [22, 3, 0..=4, _]
        | [22, 3, 0..=4, _, _]
        | [22, 3, 0..=4, _, _, 1..=2] => Probe::NeedMore,
        _ => match Ssl2Hello::read(bytes) {
            Front::Hello(..) => Probe::Match,
            Front::NeedMore => Probe::NeedMore,
            Front::None => Probe::NoMatch,
        },
    }
}
