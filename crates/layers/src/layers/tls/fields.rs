//! Fields of what records carry, by Wireshark's names for TLS. DTLS has the same under others.

use super::handshake::TlsHandshakeType as Type;
use super::{TlsContentType, TlsServerHello};
use crate::field_reader::FieldReader;

mod extensions;

/// Most bytes of a message that goes on in later records: what a chain of certificates may have.
/// What announces more is taken for encrypted.
const MAX_MESSAGE: u64 = 1 << 18;
/// Bytes of type and length of a handshake message.
const HEADER_LEN: usize = 4;
/// TLS 1.2, since which signatures name their algorithm.
const TLS_1_2: u16 = 0x0303;
/// DTLS 1.2; its numbers count down.
const DTLS_1_2: u16 = 0xfefd;
const DTLS_MAJOR: u16 = 0xfe00;

/// Whether handshake messages are in clear text, by the first of them: an encrypted one has a
/// random type and length. `length` is that of the record, which may not be all there.
pub(super) fn is_clear_handshake(fragment: &[u8], length: u16) -> bool {
    let &[kind, a, b, c, ..] = fragment else { return false };
    let body = u64::from(u32::from_be_bytes([0, a, b, c]));
    let room = u64::from(length).saturating_sub(HEADER_LEN as u64);
    match Type(kind) {
        // All zeros; an explicit nonce of a cipher starts like this too.
        Type::HELLO_REQUEST => body == 0 && room == 0,
        // These may be too long for one record.
        Type::CLIENT_HELLO | Type::SERVER_HELLO | Type::CERTIFICATE if body > room => {
            body < MAX_MESSAGE
        }
        kind => kind.is_known() && body <= room,
    }
}

/// Reports the handshake messages of a record, behind the rest of one that began earlier. Returns
/// how much of the last is still to come.
pub(super) fn handshakes(
    pending: usize,
    record_version: u16,
    reader: &mut FieldReader<'_, '_>,
) -> usize {
    let here = pending.min(reader.rest().len());
    reader.skip(here);
    if here < pending {
        return pending.saturating_sub(here);
    }
    while let Some(header) = reader.peek(HEADER_LEN) {
        let len = usize::try_from(header & 0x00ff_ffff).unwrap_or(usize::MAX);
        let kind = reader.u8("tls.handshake.type").unwrap_or_default();
        reader.number("tls.handshake.length", 3);
        let missing = len.saturating_sub(reader.rest().len());
        body_fields(Type(kind), Context { record_version }, &mut reader.part(len));
        if missing > 0 {
            return missing;
        }
    }
    0
}

/// What the form of a message depends on.
#[derive(Clone, Copy)]
pub(in crate::layers) struct Context {
    pub(in crate::layers) record_version: u16,
}

impl Context {
    fn is_datagram(self) -> bool {
        self.record_version >= DTLS_MAJOR
    }

    /// Whether signatures name their algorithm.
    fn names_algorithms(self) -> bool {
        if self.is_datagram() {
            self.record_version <= DTLS_1_2
        } else {
            self.record_version >= TLS_1_2
        }
    }
}

/// Reports records that are no handshake and are all there.
pub(in crate::layers) fn content_fields(
    content_type: TlsContentType,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    match content_type {
        TlsContentType::ALERT if matches!(reader.rest(), [1..=2, _]) => {
            reader.u8("tls.alert_message.level")?;
            reader.u8("tls.alert_message.desc")?;
        }
        TlsContentType::APPLICATION_DATA => drop(reader.rest_as("tls.app_data")),
        TlsContentType::HEARTBEAT if matches!(reader.rest(), [1..=2, ..]) => {
            reader.u8("tls.heartbeat_message.type")?;
            let len = reader.u16("tls.heartbeat_message.payload_length")?;
            reader.bytes("tls.heartbeat_message.payload", len.into())?;
            reader.rest_as("tls.heartbeat_message.padding");
        }
        _ => {}
    }
    Some(())
}

/// Reports the body of a handshake message, as far as it is there.
pub(in crate::layers) fn body_fields(
    kind: Type,
    context: Context,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    match kind {
        Type::CLIENT_HELLO => client_hello(context, reader),
        Type::SERVER_HELLO => server_hello(reader),
        Type::HELLO_VERIFY_REQUEST => {
            reader.u16("tls.handshake.version")?;
            let len = reader.u8("dtls.handshake.cookie_length")?;
            reader.bytes("dtls.handshake.cookie", len.into()).map(drop)
        }
        Type::NEW_SESSION_TICKET => {
            reader.u32("tls.handshake.session_ticket_lifetime_hint")?;
            let len = reader.u16("tls.handshake.session_ticket_length")?;
            reader.bytes("tls.handshake.session_ticket", len.into()).map(drop)
        }
        Type::CERTIFICATE => {
            let len = reader.number("tls.handshake.certificates_length", 3)?;
            let mut list = reader.part(usize::try_from(len).ok()?);
            while !list.is_empty() {
                let len = list.number("tls.handshake.certificate_length", 3)?;
                list.bytes("tls.handshake.certificate", usize::try_from(len).ok()?)?;
            }
            Some(())
        }
        Type::SERVER_KEY_EXCHANGE => server_key_exchange(context, reader),
        Type::CERTIFICATE_REQUEST => certificate_request(context, reader),
        Type::CERTIFICATE_VERIFY => {
            if context.names_algorithms() {
                algorithm(reader)?;
            }
            let len = reader.u16("tls.handshake.client_cert_vrfy.sig_len")?;
            reader.bytes("tls.handshake.client_cert_vrfy.sig", len.into()).map(drop)
        }
        Type::CLIENT_KEY_EXCHANGE => {
            // What else it may be the cipher tells, and that was said in another segment.
            let body = reader.rest();
            let (&len, point) = body.split_first()?;
            if usize::from(len) == point.len() {
                reader.u8("tls.handshake.client_point_len")?;
                reader.bytes("tls.handshake.client_point", len.into())?;
            }
            Some(())
        }
        Type::CERTIFICATE_STATUS => {
            reader.u8("tls.handshake.extensions_status_request_type")?;
            reader.number("tls.handshake.ocsp_response_len", 3).map(drop)
        }
        _ => Some(()),
    }
}

fn client_hello(context: Context, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("tls.handshake.version")?;
    random(true, reader)?;
    session_id(reader)?;
    if context.is_datagram() {
        let len = reader.u8("dtls.handshake.cookie_length")?;
        if len > 0 {
            reader.bytes("dtls.handshake.cookie", len.into())?;
        }
    }
    let len = reader.u16("tls.handshake.cipher_suites_length")?;
    let mut suites = reader.part(len.into());
    while !suites.is_empty() {
        suites.u16("tls.handshake.ciphersuite")?;
    }
    let len = reader.u8("tls.handshake.comp_methods_length")?;
    let mut methods = reader.part(len.into());
    while !methods.is_empty() {
        methods.u8("tls.handshake.comp_method")?;
    }
    extensions::list(extensions::Of::ClientHello, reader)
}

fn server_hello(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// TLS 1.3, where the whole random is random.
    const TLS_1_3: u16 = 0x0304;
    let is_tls13 =
        TlsServerHello::parse(reader.rest()).is_some_and(|hello| hello.version() == TLS_1_3);
    reader.u16("tls.handshake.version")?;
    random(!is_tls13, reader)?;
    session_id(reader)?;
    reader.u16("tls.handshake.ciphersuite")?;
    reader.u8("tls.handshake.comp_method")?;
    extensions::list(extensions::Of::ServerHello, reader)
}

/// A random, of which the first four bytes are a time up to version 1.2.
fn random(has_time: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let start = reader.place();
    reader.bytes("tls.handshake.random", 32)?;
    if has_time {
        let mut parts = reader.at(start);
        parts.u32("tls.handshake.random_time")?;
        parts.bytes("tls.handshake.random_bytes", 28)?;
    }
    Some(())
}

fn session_id(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.u8("tls.handshake.session_id_length")?;
    if len > 0 {
        reader.bytes("tls.handshake.session_id", len.into())?;
    }
    Some(())
}

/// The key of a server. Which form it has the cipher tells; where that was said in another segment,
/// only what the bytes themselves prove is shown.
fn server_key_exchange(context: Context, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const NAMED_CURVE: u8 = 3;
    let rest = reader.rest();
    match *rest {
        [NAMED_CURVE, _, _, len, ..] if usize::from(len) < rest.len().saturating_sub(4) => {
            let curve = reader.word(1)?;
            reader.bits("tls.handshake.server_curve_type", curve);
            reader.u16("tls.handshake.server_named_curve")?;
            let len = reader.u8("tls.handshake.server_point_len")?;
            reader.bytes("tls.handshake.server_point", len.into())?;
            signature(context, reader)
        }
        _ if is_diffie_hellman(rest) => {
            let names = [
                ("tls.handshake.p_len", "tls.handshake.p"),
                ("tls.handshake.g_len", "tls.handshake.g"),
                ("tls.handshake.ys_len", "tls.handshake.ys"),
            ];
            for (len, name) in names {
                let len = reader.u16(len)?;
                reader.bytes(name, len.into())?;
            }
            signature(context, reader)
        }
        _ => Some(()),
    }
}

/// Whether a prime, a generator and a key of no more bytes than the prime stand there.
fn is_diffie_hellman(bytes: &[u8]) -> bool {
    let mut rest = super::hello::Vectors(bytes);
    let numbers = (rest.long(), rest.long(), rest.long());
    match numbers {
        (Some(p), Some(g), Some(ys)) => {
            let fits = |number: &[u8]| !number.is_empty() && number.len() <= p.len();
            p.len() >= 32 && fits(g) && fits(ys)
        }
        _ => false,
    }
}

fn signature(context: Context, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if reader.is_empty() {
        return Some(());
    }
    if context.names_algorithms() {
        algorithm(reader)?;
    }
    let len = reader.u16("tls.handshake.sig_len")?;
    reader.bytes("tls.handshake.sig", len.into()).map(drop)
}

/// The algorithm of a signature, whose two bytes once were a hash and a cipher.
fn algorithm(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let [hash, cipher] = reader.u16("tls.handshake.sig_hash_alg")?.to_be_bytes();
    reader.bits("tls.handshake.sig_hash_hash", hash);
    reader.bits("tls.handshake.sig_hash_sig", cipher);
    Some(())
}

fn certificate_request(context: Context, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u8("tls.handshake.cert_types_count")?;
    for _ in 0..count {
        reader.u8("tls.handshake.cert_type")?;
    }
    if context.names_algorithms() {
        let len = reader.u16("tls.handshake.sig_hash_alg_len")?;
        let mut algorithms = reader.part(len.into());
        while !algorithms.is_empty() {
            algorithm(&mut algorithms)?;
        }
    }
    let len = reader.u16("tls.handshake.dnames_len")?;
    let mut names = reader.part(len.into());
    while !names.is_empty() {
        let len = names.u16("tls.handshake.dname_len")?;
        names.skip(len.into());
    }
    Some(())
}
