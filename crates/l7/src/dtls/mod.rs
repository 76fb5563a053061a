//! Datagram Transport Layer Security, [RFC 6347](https://www.rfc-editor.org/rfc/rfc6347) and
//! [RFC 9147](https://www.rfc-editor.org/rfc/rfc9147): what its handshake says in clear text.
//!
//! A [`DtlsParser`] puts the fragments of handshake messages together, in whatever order they come,
//! and makes the same [`TlsMessage`]s as a parser of TLS. A message that is sent again is told once.
//!
//! ```
//! use rheos_l7::dtls::DtlsParser;
//! use rheos_l7::{DatagramParser, Probe};
//!
//! let not_ours = b"\x16\x03\x01\x00\x05hello";
//! assert_eq!(DtlsParser::default().probe(not_ours), Probe::NoMatch);
//! ```

use rheos_core::{Side, Timestamp};
use rheos_layers::{Dtls, DtlsHandshake, DtlsRecord, DtlsRecordHeader, Layer};
use rheos_layers::{TlsContentType, TlsHandshakeType};

use self::fragments::{Fragments, Taken};
use crate::tls::{Progress, TlsConfig, TlsMessage, Transport};
use crate::{DatagramParser, Failure, Input, Probe};

mod fragments;
#[cfg(test)]
mod tests;

/// Reads DTLS.
#[derive(Clone, Debug)]
pub struct DtlsParser {
    progress: Progress,
    initiator: Fragments,
    responder: Fragments,
}

impl Default for DtlsParser {
    fn default() -> Self {
        Self::new(TlsConfig::default())
    }
}

impl DtlsParser {
    /// A parser that takes so much. The bytes of fragments that wait on a side are bounded like those
    /// of a message.
    pub fn new(config: TlsConfig) -> Self {
        Self {
            progress: Progress::new(config, Transport::Datagrams),
            initiator: Fragments::default(),
            responder: Fragments::default(),
        }
    }

    fn record(
        &mut self,
        side: Side,
        time: Timestamp,
        record: &DtlsRecord<'_>,
        out: &mut dyn FnMut(TlsMessage),
    ) {
        let content_type = record.header.content_type();
        let is_encrypted = record.header.epoch.get() > 0;
        if is_encrypted || content_type == TlsContentType::CHANGE_CIPHER_SPEC {
            if !is_encrypted {
                self.progress.change_cipher(side);
            }
            self.progress.encrypt(side, time, out);
            return;
        }
        match (content_type, record.fragment) {
            (TlsContentType::HANDSHAKE, _) => {
                for message in record.handshakes() {
                    self.handshake(side, time, &message, out);
                }
            }
            (TlsContentType::ALERT, &[level @ 1..=2, description]) => {
                self.progress.alert(side, time, [level, description], out);
            }
            _ => {}
        }
    }

    fn handshake(
        &mut self,
        side: Side,
        time: Timestamp,
        message: &DtlsHandshake<'_>,
        out: &mut dyn FnMut(TlsMessage),
    ) {
        let Self { progress, initiator, responder } = self;
        let fragments = if side == Side::Initiator { initiator } else { responder };
        let kind = message.handshake_type;
        match fragments.take(message, progress.config.max_message) {
            Taken::Whole(body) => progress.message(side, time, kind, &body, out),
            Taken::TooLong(len) => progress.too_long(side, kind, len, out),
            Taken::Known | Taken::Part => {}
        }
    }
}

/// Whether a record has the header of version 1.3, which is that of an encrypted one: RFC 9147,
/// section 4.
fn is_unified(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first >> 5 == 1)
}

impl DatagramParser for DtlsParser {
    type Message = TlsMessage;

    fn name(&self) -> &'static str {
        "dtls"
    }

    fn probe(&self, datagram: &[u8]) -> Probe {
        let Ok(dtls) = Dtls::parse(datagram) else { return Probe::NoMatch };
        let front = dtls.records().next().and_then(Result::ok);
        let front = front.filter(DtlsRecord::is_whole);
        let messages = front.map(|record| record.handshakes()).unwrap_or_default();
        match messages.first().map(|message| message.handshake_type.0) {
            Some(1..=3) => Probe::Match,
            _ => Probe::NoMatch,
        }
    }

    /// A fragment that is cut may be whole when it is sent again.
    fn reads_cut(&self) -> bool {
        true
    }

    fn datagram(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(TlsMessage),
    ) -> Result<(), Failure> {
        let &Input { side, timestamp, bytes, .. } = input;
        if is_unified(bytes) {
            self.progress.encrypt(side, timestamp, out);
            return Ok(());
        }
        let dtls = Dtls::parse(bytes).map_err(|cause| Failure::new(cause.to_string()))?;
        let mut at = 0_usize;
        for record in dtls.records() {
            let Ok(record) = record else { break };
            self.record(side, timestamp, &record, out);
            at = at.saturating_add(size_of::<DtlsRecordHeader>());
            at = at.saturating_add(record.fragment.len());
        }
        // What a server of version 1.3 says behind its hello is encrypted, in the same datagram.
        if is_unified(bytes.get(at..).unwrap_or_default()) {
            self.progress.encrypt(side, timestamp, out);
        }
        Ok(())
    }

    fn on_end(&mut self, _now: Timestamp, out: &mut dyn FnMut(TlsMessage)) {
        self.progress.tell(out);
    }

    fn is_done(&self) -> bool {
        self.progress.is_over()
    }
}

/// What tells one message from another of the same side.
type Number = (u16, TlsHandshakeType);

/// The number of a message.
fn number(message: &DtlsHandshake<'_>) -> Number {
    (message.message_seq, message.handshake_type)
}
