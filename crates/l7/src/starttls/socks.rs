//! SOCKS 5, [RFC 1928](https://www.rfc-editor.org/rfc/rfc1928): a proxy, behind which TLS may begin.

use rheos_core::Side;

use super::Step;
use crate::parser::Probe;

/// Most methods that a client offers: IANA knows ten.
const MAX_METHODS: u8 = 16;

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Next {
    #[default]
    Methods,
    Method,
    Login,
    LoginReply,
    Request,
    Reply,
    Tunnel,
}

/// A dialog with a proxy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    next: Next,
}

/// Whether a client offers methods and a server chooses one that is read here.
pub(super) fn probe(initiator: &[u8], responder: &[u8]) -> Probe {
    match (initiator, responder) {
        ([5, count @ 1..=MAX_METHODS, methods @ ..], [])
            if methods.len() <= usize::from(*count) =>
        {
            Probe::NeedMore
        }
        ([5, 1..=MAX_METHODS, ..], [5]) | ([] | [5], []) => Probe::NeedMore,
        ([5, 1..=MAX_METHODS, ..], [5, 0 | 2, ..]) => Probe::Match,
        _ => Probe::NoMatch,
    }
}

/// Whether bytes of a client begin it.
pub(super) fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [5, count @ 1..=MAX_METHODS, methods @ ..]
        if methods.len() >= usize::from(*count))
}

impl Opening {
    pub(super) fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        let (len, next) = match (side, self.next, bytes) {
            (Side::Initiator, Next::Methods, [5, count, ..]) => {
                (usize::from(*count).saturating_add(2), Next::Method)
            }
            (Side::Responder, Next::Method, [5, 0, ..])
            | (Side::Responder, Next::LoginReply, [1, 0, ..]) => (2, Next::Request),
            (Side::Responder, Next::Method, [5, 2, ..]) => (2, Next::Login),
            // RFC 1929: a name and a password, each behind its length.
            (Side::Initiator, Next::Login, [1, name, rest @ ..]) => {
                let Some(password) = rest.get(usize::from(*name)) else { return Step::Wait };
                let len = usize::from(*name).saturating_add(usize::from(*password));
                (len.saturating_add(3), Next::LoginReply)
            }
            (Side::Initiator, Next::Request, [5, 1, 0, rest @ ..])
            | (Side::Responder, Next::Reply, [5, 0, 0, rest @ ..]) => {
                let Some(len) = address(rest) else { return Step::Never };
                let next = if side == Side::Initiator { Next::Reply } else { Next::Tunnel };
                (len.saturating_add(3), next)
            }
            (Side::Initiator, Next::Tunnel, [0x16, 3, ..]) => return Step::Tls(0),
            (Side::Initiator, Next::Tunnel, [0x16]) => return Step::Wait,
            (Side::Initiator, Next::Tunnel, _) => return Step::Never,
            (_, _, [_, _, _, ..]) if self.speaks(side) => return Step::Never,
            (_, Next::Method | Next::LoginReply, [_, _]) if self.speaks(side) => {
                return Step::Never;
            }
            // More is needed, or the other side has to speak first.
            _ => return Step::Wait,
        };
        if bytes.len() < len {
            return Step::Wait;
        }
        self.next = next;
        Step::Read(len)
    }

    /// Whether it is a side's turn.
    fn speaks(self, side: Side) -> bool {
        let server = matches!(self.next, Next::Method | Next::LoginReply | Next::Reply);
        server == (side == Side::Responder)
    }
}

/// Bytes of an address with its kind in front and its port behind. Too many, if more are needed to know;
/// nothing, if there is no such kind.
fn address(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [1, ..] => Some(7),
        [3, len, ..] => Some(usize::from(*len).saturating_add(4)),
        [4, ..] => Some(19),
        [] | [3] => Some(usize::MAX),
        _ => None,
    }
}
