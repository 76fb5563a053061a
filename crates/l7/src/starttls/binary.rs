//! `PostgreSQL`, `MySQL`, RDP and LDAP: a fixed message asks for TLS, and the first answer decides.

use rheos_core::Side;

use super::{MAX_FRONT, Step};
use crate::parser::Probe;

/// `SSLRequest` of [`PostgreSQL`](https://www.postgresql.org/docs/current/protocol-message-formats.html):
/// its length and a version that is none.
const SSL_REQUEST: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x2f";

/// The operation of LDAP: [RFC 4511](https://www.rfc-editor.org/rfc/rfc4511) section 4.14.
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// Most bytes of a message that asks or answers. The operation of LDAP is of 31, a request of RDP of 19
/// and a cookie, a greeting of `MySQL` of about 100.
const MAX_MESSAGE: usize = MAX_FRONT;

/// The request of a client of RDP, and the response of a server: [MS-RDPBCGR], 2.2.1.1.1 and 2.2.1.2.1.
/// Behind type, flags and length stand the protocols that they speak of.
const RDP_REQUEST: u8 = 1;
const RDP_RESPONSE: u8 = 2;
/// Codes of X.224 that ask for a connection and confirm it.
const CONNECTION_REQUEST: u8 = 0xe0;
const CONNECTION_CONFIRM: u8 = 0xd0;

/// Bytes of a packet's header of `MySQL`, and of what asks for TLS: the front of a login.
const PACKET_LEN: usize = 4;
const LOGIN_FRONT_LEN: u8 = 32;
/// `CLIENT_SSL`, in the second byte of a client's
/// [capabilities](https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).
const CLIENT_SSL: u8 = 0x08;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pgsql,
    Mysql,
    Rdp,
    Ldap,
}

/// A question and an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) kind: Kind,
    has_greeted: bool,
    has_asked: bool,
}

/// Whether a side starts with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// It does, of so many bytes.
    Yes(usize),
    No,
    NeedMore,
}

impl Kind {
    pub(super) fn protocol(self) -> &'static str {
        match self {
            Self::Pgsql => "pgsql",
            Self::Mysql => "mysql",
            Self::Rdp => "rdp",
            Self::Ldap => "ldap",
        }
    }

    pub(super) fn probe(self, initiator: &[u8], responder: &[u8]) -> Probe {
        let found = match self {
            Self::Mysql if initiator.is_empty() => greeting_front(responder),
            Self::Mysql => Found::No,
            // The client speaks first.
            _ if initiator.is_empty() && !responder.is_empty() => Found::No,
            _ => self.question(initiator),
        };
        match found {
            Found::Yes(_) => Probe::Match,
            Found::No => Probe::NoMatch,
            Found::NeedMore => Probe::NeedMore,
        }
    }

    /// Whether bytes of a side begin it.
    pub(super) fn begins(self, side: Side, bytes: &[u8]) -> bool {
        let found = match (self, side) {
            (Self::Mysql, Side::Responder) => greeting_front(bytes),
            (Self::Mysql, _) | (_, Side::Responder) => Found::No,
            _ => self.question(bytes),
        };
        matches!(found, Found::Yes(_))
    }

    /// Whether a client starts with what asks for TLS.
    fn question(self, bytes: &[u8]) -> Found {
        match self {
            Self::Pgsql => {
                let len = bytes.len().min(SSL_REQUEST.len());
                if bytes.get(..len) != SSL_REQUEST.get(..len) {
                    Found::No
                } else if len < SSL_REQUEST.len() {
                    Found::NeedMore
                } else {
                    Found::Yes(len)
                }
            }
            Self::Mysql => match *bytes {
                [LOGIN_FRONT_LEN, 0, 0, 1, _, flags, ..] if flags & CLIENT_SSL != 0 => {
                    Found::Yes(PACKET_LEN.saturating_add(usize::from(LOGIN_FRONT_LEN)))
                }
                [_, _, _, _, _, _, ..] => Found::No,
                _ => Found::NeedMore,
            },
            Self::Rdp => rdp(bytes, CONNECTION_REQUEST, |part| part.first() == Some(&RDP_REQUEST)),
            Self::Ldap => ldap(bytes, |message| memchr::memmem::find(message, START_TLS).is_some()),
        }
    }

    /// Whether a server starts with what agrees.
    fn answer(self, bytes: &[u8]) -> Found {
        match self {
            Self::Pgsql if bytes.first() == Some(&b'S') => Found::Yes(1),
            // Nothing is answered: who may ask is told in the greeting.
            Self::Pgsql | Self::Mysql => Found::No,
            Self::Rdp => rdp(bytes, CONNECTION_CONFIRM, |part| {
                // Protocol 0 is that without TLS.
                matches!(part, [RDP_RESPONSE, _, 8, 0, protocol, ..] if *protocol != 0)
            }),
            Self::Ldap => ldap(bytes, |message| {
                // The first of its enumerations is the result.
                let result = memchr::memmem::find(message, b"\x0a\x01");
                let rest = result.and_then(|at| message.get(at.saturating_add(2)..));
                rest.and_then(|rest| rest.first()) == Some(&0)
            }),
        }
    }
}

impl Opening {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, has_greeted: false, has_asked: false }
    }

    pub(super) fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        match (side, self.has_asked) {
            (Side::Initiator, false) => match self.kind.question(bytes) {
                Found::Yes(len) if bytes.len() < len => Step::Wait,
                Found::Yes(len) if self.kind == Kind::Mysql => Step::Tls(len),
                Found::Yes(len) => {
                    self.has_asked = true;
                    Step::Read(len)
                }
                Found::No => Step::Never,
                Found::NeedMore => Step::Wait,
            },
            (Side::Responder, false) if self.kind == Kind::Mysql && !self.has_greeted => {
                match *bytes {
                    [a, b, 0, 0, 10, ..] => {
                        let len = usize::from(u16::from_le_bytes([a, b]));
                        let len = len.saturating_add(PACKET_LEN);
                        if len > MAX_MESSAGE {
                            Step::Never
                        } else if bytes.len() < len {
                            Step::Wait
                        } else {
                            self.has_greeted = true;
                            Step::Read(len)
                        }
                    }
                    [_, _, _, _, _, ..] => Step::Never,
                    _ => Step::Wait,
                }
            }
            (Side::Responder, true) => match self.kind.answer(bytes) {
                Found::Yes(len) => Step::Tls(len),
                Found::No => Step::Never,
                Found::NeedMore => Step::Wait,
            },
            // The other side has to speak first.
            _ => Step::Wait,
        }
    }
}

/// Whether a server starts like `MySQL`: number 0, version 10, and a version that starts with a digit.
fn greeting_front(bytes: &[u8]) -> Found {
    match *bytes {
        [_, _, 0, 0, 10, b'0'..=b'9', ..] => Found::Yes(bytes.len()),
        [] | [_] | [_, _] | [_, _, 0] | [_, _, 0, 0] | [_, _, 0, 0, 10] => Found::NeedMore,
        _ => Found::No,
    }
}

/// A packet of TPKT with X.224 in it, whose last eight bytes are wanted.
fn rdp(bytes: &[u8], wanted: u8, is_it: impl Fn(&[u8]) -> bool) -> Found {
    match *bytes {
        [3, 0, upper, lower, indicator, code, ..] if code == wanted => {
            let length = usize::from(u16::from_be_bytes([upper, lower]));
            // The indicator does not count itself and the four bytes in front.
            if length != usize::from(indicator).saturating_add(5) {
                return Found::No;
            }
            let Some(packet) = bytes.get(..length) else { return Found::NeedMore };
            let part = length.checked_sub(8).and_then(|at| packet.get(at..));
            if part.is_some_and(is_it) { Found::Yes(length) } else { Found::No }
        }
        [3, 0, _, _, _, _, ..] => Found::No,
        [] | [3] | [3, 0, ..] => Found::NeedMore,
        _ => Found::No,
    }
}

/// A message of LDAP, whole: a sequence, with its length in any form.
fn ldap(bytes: &[u8], is_it: impl Fn(&[u8]) -> bool) -> Found {
    let (len, header) = match *bytes {
        [] | [0x30] | [0x30, 0x81 | 0x82] | [0x30, 0x82, _] => return Found::NeedMore,
        [0x30, len @ ..=0x7f, ..] => (usize::from(len), 2_usize),
        [0x30, 0x81, len, ..] => (usize::from(len), 3),
        [0x30, 0x82, upper, lower, ..] => (usize::from(u16::from_be_bytes([upper, lower])), 4),
        [0x30, 0x84, 0, 0, upper, lower, ..] => {
            (usize::from(u16::from_be_bytes([upper, lower])), 6)
        }
        [0x30, 0x84, ..] if bytes.len() < 6 => return Found::NeedMore,
        _ => return Found::No,
    };
    let len = len.saturating_add(header);
    if len > MAX_MESSAGE {
        return Found::No;
    }
    match bytes.get(..len) {
        Some(message) if is_it(message) => Found::Yes(len),
        Some(_) => Found::No,
        None => Found::NeedMore,
    }
}
