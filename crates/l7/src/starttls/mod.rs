//! Streams that begin in clear text and go over to TLS: where TLS begins.
//!
//! A [`StartTlsParser`] knows the openings of `PostgreSQL`, `MySQL`, RDP, LDAP, XMPP, SOCKS, POP3 and
//! IMAP, and
//! reads no more of them than is needed to see both sides agree on TLS. Then it makes a [`StartTls`] and
//! hands the stream over to the parser of the name `tls`. SMTP and FTP do so by parsers of their own.
//!
//! ```
//! use rheos_l7::starttls::StartTlsParser;
//! use rheos_l7::{Session, SessionState, Side, Timestamp};
//!
//! let (mut session, now) = (Session::new(StartTlsParser::default()), Timestamp::default());
//! let mut agreed = Vec::new();
//! for (side, bytes) in [
//!     (Side::Responder, &b"+OK ready\r\n"[..]),
//!     (Side::Initiator, b"STLS\r\n"),
//!     (Side::Responder, b"+OK begin\r\n"),
//! ] {
//!     session.data(side, now, bytes, &mut |message| agreed.push(message.protocol));
//! }
//! assert_eq!(agreed, ["pop"]);
//! assert_eq!(session.state(), &SessionState::HandedOver("tls"));
//! ```
//!
//! What it does not do: it makes no messages of what is said in clear text.

use rheos_core::{Side, Timestamp};

use crate::parser::{Failure, Input, OnGap, Probe, SessionParser};

#[doc(hidden)]
pub use self::fuzz::fuzz;

mod binary;
mod fuzz;
mod lines;
mod socks;
#[cfg(test)]
mod tests;
mod xml;

/// Bytes of a side in which one of the openings begins: the longest message that has to be whole for that,
/// one of LDAP, has as many at most. Who says more and none of them opens no stream that is known here.
const MAX_FRONT: usize = 1024;

/// TLS begins on both sides, behind what has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartTls {
    /// When the server agreed.
    pub timestamp: Timestamp,
    /// What was spoken before: a name as Wireshark filters have it, such as `pgsql` or `imap`.
    pub protocol: &'static str,
}

/// Reads the opening of streams that may go over to TLS.
///
/// It is found by content alone. Behind a gap it does not go on: where TLS begins is not known then.
#[derive(Clone, Debug, Default)]
pub struct StartTlsParser {
    opening: Option<Opening>,
    is_over: bool,
    is_tls: bool,
}

/// What is spoken, as far as it has been read.
#[derive(Clone, Debug)]
enum Opening {
    Binary(binary::Opening),
    Lines(lines::Opening),
    Xml(xml::Opening),
    Socks(socks::Opening),
}

/// What a step in the bytes of a side came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// So many bytes are read.
    Read(usize),
    /// More bytes are needed, or the other side has to speak first.
    Wait,
    /// So many bytes are read, and TLS begins behind them.
    Tls(usize),
    /// TLS does not begin.
    Never,
}

/// All that opens streams, the first that knows the first bytes reads them.
fn openings() -> [Opening; 8] {
    use binary::Kind::{Ldap, Mysql, Pgsql, Rdp};
    [
        Opening::Binary(binary::Opening::new(Pgsql)),
        Opening::Binary(binary::Opening::new(Rdp)),
        Opening::Binary(binary::Opening::new(Ldap)),
        Opening::Binary(binary::Opening::new(Mysql)),
        Opening::Xml(xml::Opening::default()),
        Opening::Socks(socks::Opening::default()),
        Opening::Lines(lines::Opening::new(lines::Kind::Pop)),
        Opening::Lines(lines::Opening::new(lines::Kind::Imap)),
    ]
}

impl Opening {
    fn protocol(&self) -> &'static str {
        match self {
            Self::Binary(opening) => opening.kind.protocol(),
            Self::Lines(opening) => opening.kind.protocol(),
            Self::Xml(_) => "xmpp",
            Self::Socks(_) => "socks",
        }
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        match self {
            Self::Binary(opening) => opening.kind.probe(initiator, responder),
            Self::Lines(opening) => opening.kind.probe(initiator, responder),
            Self::Xml(_) => xml::probe(initiator, responder),
            Self::Socks(_) => socks::probe(initiator, responder),
        }
    }

    /// Whether bytes of a side may begin it.
    fn begins(&self, side: Side, bytes: &[u8]) -> bool {
        match self {
            Self::Binary(opening) => opening.kind.begins(side, bytes),
            Self::Lines(opening) => side == Side::Responder && opening.kind.is_greeting(bytes),
            Self::Xml(_) => side == Side::Initiator && xml::probe(bytes, &[]) == Probe::Match,
            Self::Socks(_) => side == Side::Initiator && socks::begins(bytes),
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        match self {
            Self::Binary(opening) => opening.step(side, bytes),
            Self::Lines(opening) => opening.step(side, bytes),
            Self::Xml(opening) => opening.step(side, bytes),
            Self::Socks(opening) => opening.step(side, bytes),
        }
    }
}

impl SessionParser for StartTlsParser {
    type Message = StartTls;

    fn name(&self) -> &'static str {
        "starttls"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let mut found = Probe::NoMatch;
        for opening in openings() {
            match opening.probe(initiator, responder) {
                Probe::Match => return Probe::Match,
                Probe::NeedMore => found = Probe::NeedMore,
                Probe::NoMatch => {}
            }
        }
        found
    }

    fn feed(&mut self, input: &Input<'_>, out: &mut dyn FnMut(StartTls)) -> Result<usize, Failure> {
        input.pieces(|rest| {
            // Behind this byte of each side the other protocol starts.
            if self.is_tls || self.is_over {
                return Ok(None);
            }
            // Who speaks first begins; what is cut shorter than its first message waits.
            if self.opening.is_none() {
                let front = rest.get(..MAX_FRONT).unwrap_or(rest);
                self.opening = openings().into_iter().find(|own| own.begins(input.side, front));
                self.is_over = self.opening.is_none() && front.len() == MAX_FRONT;
            }
            let Some(opening) = &mut self.opening else { return Ok(None) };
            Ok(match opening.step(input.side, rest) {
                Step::Read(len) => Some(len),
                Step::Wait => None,
                Step::Tls(len) => {
                    self.is_tls = true;
                    let (timestamp, protocol) = (input.timestamp, opening.protocol());
                    out(StartTls { timestamp, protocol });
                    Some(len)
                }
                Step::Never => {
                    self.is_over = true;
                    None
                }
            })
        })
    }

    fn on_gap(
        &mut self,
        _side: Side,
        _len: u64,
        _unread: &[u8],
        _out: &mut dyn FnMut(StartTls),
    ) -> OnGap {
        OnGap::Stop
    }

    fn is_done(&self) -> bool {
        self.is_over
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.is_tls.then_some("tls")
    }
}
