//! The hello of a client that can do SSL 2, RFC 5246 appendix E.2.

use super::hello::Vectors;
use crate::field_reader::FieldReader;

/// The type of the message.
const CLIENT_HELLO: u8 = 1;

/// A hello that servers of SSL 2 understand too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ssl2ClientHello<'a> {
    /// Bytes behind the length.
    pub msg_length: u16,
    /// The best that the client can do: 2, or a version of TLS.
    pub version: u16,
    /// Three bytes each.
    pub cipher_specs: &'a [[u8; 3]],
    pub session_id: &'a [u8],
    pub challenge: &'a [u8],
}

impl<'a> Ssl2ClientHello<'a> {
    /// A hello that is all there, if it is one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Vectors(bytes);
        let length = rest.u16().filter(|length| length & 0x8000 != 0)?;
        rest.u8().filter(|&kind| kind == CLIENT_HELLO)?;
        let version = rest.u16().filter(|version| matches!(version, 0x0002 | 0x0300..=0x0304))?;
        let [specs_len, session_len, challenge_len] = [rest.u16()?, rest.u16()?, rest.u16()?];
        // RFC 5246, appendix E.2: a challenge has 16 to 32 bytes.
        if specs_len % 3 != 0 || !matches!(challenge_len, 16..=32) {
            return None;
        }
        let (cipher_specs, _) = rest.take(specs_len.into())?.as_chunks();
        let session_id = rest.take(session_len.into())?;
        let challenge = rest.take(challenge_len.into())?;
        Some(Self { msg_length: length & 0x7fff, version, cipher_specs, session_id, challenge })
    }

    pub(super) fn fields(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.word(2)?;
        reader.bits("tls.record.length", self.msg_length);
        reader.u8("tls.handshake.type")?;
        reader.u16("tls.handshake.version")?;
        reader.u16("tls.handshake.cipher_spec_len")?;
        let session_len = reader.u16("tls.handshake.session_id_length")?;
        reader.u16("tls.handshake.challenge_length")?;
        for _ in self.cipher_specs {
            reader.number("tls.handshake.cipherspec", 3)?;
        }
        if session_len > 0 {
            reader.bytes("tls.handshake.session_id", session_len.into())?;
        }
        reader.bytes("tls.handshake.challenge", self.challenge.len())?;
        Some(())
    }
}
