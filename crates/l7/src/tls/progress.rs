//! How far a handshake is, for TLS and DTLS alike: messages go in whole.

use std::sync::Arc;

use rheos_core::{Side, Timestamp};
use rheos_layers::TlsHandshakeType as Type;
use tls_parser::{
    TlsMessageHandshake, parse_tls_handshake_msg_certificate,
    parse_tls_handshake_msg_newsessionticket,
};

use super::history;
use super::{
    Alert, AlertDescription, Certificate, CipherSuite, ClientHello, NamedGroup, Resumption,
    ServerHello, TlsConfig, TlsHandshake, TlsMessage, TlsVersion, Transport,
};
use crate::Failure;

/// What is known of both sides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) config: TlsConfig,
    pub(crate) transport: Transport,
    handshake: TlsHandshake,
    /// The server said all that it says in clear text: no session is resumed.
    has_full_flight: bool,
    encrypted: [bool; 2],
    /// Which sides have changed their cipher.
    changed: [bool; 2],
    ended: [bool; 2],
    is_told: bool,
}

type Out<'o> = &'o mut dyn FnMut(TlsMessage);

fn index(side: Side) -> usize {
    usize::from(side == Side::Responder)
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Initiator => Side::Responder,
        Side::Responder => Side::Initiator,
    }
}

impl Progress {
    pub(crate) fn new(config: TlsConfig, transport: Transport) -> Self {
        Self { config, transport, ..Self::default() }
    }

    /// Whether the handshake is one of version 1.3 for all that is known, where changes of the cipher
    /// mean nothing.
    pub(crate) fn is_1_3(&self) -> bool {
        let is_retry = self.handshake.is_retried && self.transport != Transport::Datagrams;
        is_retry || self.handshake.version().is_some_and(TlsVersion::is_1_3)
    }

    /// Whether a hello of either side was seen.
    pub(crate) fn has_hello(&self) -> bool {
        self.handshake.client.is_some()
    }

    /// Whether a side encrypts by now.
    pub(crate) fn is_encrypted(&self, side: Side) -> bool {
        self.encrypted.get(index(side)).copied().unwrap_or_default()
    }

    /// Whether nothing in clear text can follow.
    pub(crate) fn is_over(&self) -> bool {
        self.handshake.is_established
    }

    /// A handshake message, whole.
    pub(crate) fn message(
        &mut self,
        side: Side,
        time: Timestamp,
        kind: Type,
        body: &[u8],
        out: Out<'_>,
    ) {
        self.touch(time);
        let read = match kind {
            Type::CLIENT_HELLO => self.client_hello(side, body),
            Type::SERVER_HELLO => self.server_hello(side, body),
            Type::HELLO_VERIFY_REQUEST => self.hello_verify_request(side, body),
            Type::CERTIFICATE => self.certificates(side, body),
            Type::NEW_SESSION_TICKET => self.new_session_ticket(side, body),
            _ => {
                self.other(kind, body);
                let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
                Ok(TlsMessage::Other { side, handshake_type: kind, len })
            }
        };
        let is_retry = matches!(read, Ok(TlsMessage::HelloRetryRequest { .. }));
        let letter = if is_retry { history::HELLO_RETRY_REQUEST } else { history::letter(kind) };
        history::note(&mut self.handshake, side, letter);
        let malformed = |reason| TlsMessage::Malformed { side, handshake_type: kind, reason };
        out(read.unwrap_or_else(malformed));
    }

    fn client_hello(&mut self, side: Side, body: &[u8]) -> Result<TlsMessage, Failure> {
        let hello = Arc::new(ClientHello::parse(self.transport, body)?);
        self.handshake.client = Some(side);
        self.handshake.client_hello = Some(Arc::clone(&hello));
        Ok(TlsMessage::ClientHello { side, hello })
    }

    fn server_hello(&mut self, side: Side, body: &[u8]) -> Result<TlsMessage, Failure> {
        let hello = Arc::new(ServerHello::parse(self.transport, body)?);
        self.handshake.client = Some(opposite(side));
        if hello.is_retry() {
            self.handshake.is_retried = true;
            return Ok(TlsMessage::HelloRetryRequest { side, hello });
        }
        if hello.pre_shared_key.is_some() {
            self.handshake.resumption = Some(Resumption::PreSharedKey);
        }
        self.handshake.group = hello.key_share.map(|share| share.group);
        self.handshake.server_hello = Some(Arc::clone(&hello));
        Ok(TlsMessage::ServerHello { side, hello })
    }

    fn hello_verify_request(&mut self, side: Side, body: &[u8]) -> Result<TlsMessage, Failure> {
        let [a, b, len, cookie @ ..] = body else {
            return Err(Failure::new("hello verify request of the wrong form"));
        };
        if cookie.len() != usize::from(*len) {
            return Err(Failure::new(format!("cookie of {len} bytes where {} are", cookie.len())));
        }
        self.handshake.is_retried = true;
        let version = TlsVersion(u16::from_be_bytes([*a, *b]));
        Ok(TlsMessage::HelloVerifyRequest { side, version, cookie: cookie.to_vec() })
    }

    fn certificates(&mut self, side: Side, body: &[u8]) -> Result<TlsMessage, Failure> {
        let Ok((_, TlsMessageHandshake::Certificate(chain))) =
            parse_tls_handshake_msg_certificate(body)
        else {
            return Err(Failure::new("chain of certificates of the wrong form"));
        };
        let chain = chain.cert_chain.into_iter().take(self.config.max_certificates);
        let certificates: Arc<[_]> =
            chain.map(|certificate| Certificate { der: certificate.data.to_vec() }).collect();
        let place = if self.handshake.client == Some(side) {
            &mut self.handshake.client_certificates
        } else {
            self.has_full_flight = true;
            &mut self.handshake.server_certificates
        };
        *place = Some(Arc::clone(&certificates));
        Ok(TlsMessage::Certificates { side, certificates })
    }

    fn new_session_ticket(&mut self, side: Side, body: &[u8]) -> Result<TlsMessage, Failure> {
        let Ok((_, TlsMessageHandshake::NewSessionTicket(ticket))) =
            parse_tls_handshake_msg_newsessionticket(body, body.len())
        else {
            return Err(Failure::new("session ticket of the wrong form"));
        };
        self.handshake.has_new_ticket = true;
        // Behind its lifetime stands the length of the ticket, two bytes.
        let len = ticket.ticket.len().saturating_sub(2);
        Ok(TlsMessage::NewSessionTicket { side, lifetime: ticket.ticket_lifetime_hint, len })
    }

    fn other(&mut self, kind: Type, body: &[u8]) {
        /// The type of a curve that is named: RFC 8422, section 5.4.
        const NAMED_CURVE: u8 = 3;
        match (kind, body) {
            (Type::SERVER_HELLO_DONE, _) => self.has_full_flight = true,
            (Type::SERVER_KEY_EXCHANGE, &[kind, a, b, ..]) => {
                let suite = self.handshake.cipher_suite();
                let has_curve = suite.is_some_and(CipherSuite::has_curve);
                if has_curve && kind == NAMED_CURVE {
                    self.handshake.group = Some(NamedGroup(u16::from_be_bytes([a, b])));
                }
            }
            _ => {}
        }
    }

    /// A message that is not taken.
    pub(crate) fn too_long(&mut self, side: Side, kind: Type, len: usize, out: Out<'_>) {
        history::note(&mut self.handshake, side, history::letter(kind));
        let most = self.config.max_message;
        let reason = Failure::new(format!("message of {len} bytes, {most} are taken"));
        out(TlsMessage::Malformed { side, handshake_type: kind, reason });
    }

    /// An alert in clear text.
    pub(crate) fn alert(
        &mut self,
        side: Side,
        time: Timestamp,
        [level, number]: [u8; 2],
        out: Out<'_>,
    ) {
        self.touch(time);
        history::note(&mut self.handshake, side, history::ALERT);
        let alert = Alert { level, description: AlertDescription(number) };
        self.handshake.alert = Some((side, alert));
        out(TlsMessage::Alert { side, alert });
        if alert.is_fatal() {
            self.tell(out);
        }
    }

    /// A side changes its cipher; only the first time it says so in clear text.
    pub(crate) fn change_cipher(&mut self, side: Side) {
        let changed = self.changed.get_mut(index(side));
        if changed.is_some_and(|changed| !std::mem::replace(changed, true)) {
            history::note(&mut self.handshake, side, history::CHANGE_CIPHER_SPEC);
        }
    }

    /// Something that is no part of a handshake came in clear text.
    pub(crate) fn note(&mut self, side: Side, letter: char) {
        if !self.is_encrypted(side) {
            history::note(&mut self.handshake, side, letter);
        }
    }

    /// A side encrypts from here on.
    pub(crate) fn encrypt(&mut self, side: Side, time: Timestamp, out: Out<'_>) {
        if self.is_encrypted(side) {
            return;
        }
        self.touch(time);
        if self.handshake.client == Some(opposite(side)) {
            self.resume();
        }
        if let Some(encrypted) = self.encrypted.get_mut(index(side)) {
            *encrypted = true;
        }
        out(TlsMessage::Encrypted { side });
        if self.encrypted == [true; 2] {
            self.handshake.is_established = true;
            self.tell(out);
        }
    }

    /// A server encrypts: up to version 1.2 it resumes a session, if it said nothing of who it is.
    fn resume(&mut self) {
        let is_old = self.handshake.version().is_some_and(|version| !version.is_1_3());
        if !is_old || self.has_full_flight {
            return;
        }
        let ticket = self.handshake.client_hello.as_ref().and_then(|hello| hello.session_ticket);
        let has_ticket = ticket.is_some_and(|len| len > 0);
        self.handshake.resumption =
            Some(if has_ticket { Resumption::Ticket } else { Resumption::SessionId });
    }

    /// A hole: nothing can be said of what is not there.
    pub(crate) fn lose(&mut self, side: Side) {
        self.has_full_flight |= self.handshake.client == Some(opposite(side));
    }

    /// A side ends, or cannot be read further.
    pub(crate) fn end(&mut self, side: Side, out: Out<'_>) {
        if let Some(ended) = self.ended.get_mut(index(side)) {
            *ended = true;
        }
        if self.ended == [true; 2] {
            self.tell(out);
        }
    }

    /// Tells what the handshake came to, if there was one, and that only once.
    pub(crate) fn tell(&mut self, out: Out<'_>) {
        if !self.is_told && self.handshake.times.is_some() {
            self.is_told = true;
            out(TlsMessage::Handshake(Box::new(self.handshake.clone())));
        }
    }

    fn touch(&mut self, time: Timestamp) {
        let (first, _) = *self.handshake.times.get_or_insert((time, time));
        self.handshake.times = Some((first, time));
    }
}
