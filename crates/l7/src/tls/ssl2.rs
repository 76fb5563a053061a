//! Hellos of SSL 2, as clients sent them that could do TLS too: RFC 5246, appendix E.2.

use rheos_layers::{Layer, Tls};

use super::numbers::TlsVersion;

/// Bytes of the length of a record, whose upper bit is set.
const PREFIX_LEN: usize = 2;
/// What a message is.
const CLIENT_HELLO: u8 = 1;
/// The same of a server that can do nothing newer.
const SERVER_HELLO: u8 = 4;

/// A hello of SSL 2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ssl2Hello {
    /// The best that the client can do: 2, or a version of TLS; what a server chose.
    pub version: TlsVersion,
    /// Three bytes each. Those of TLS have a zero in front.
    pub cipher_specs: Vec<[u8; 3]>,
    /// The session that a client wants to go on with.
    pub session_id: Vec<u8>,
    /// The random of a client; the connection's name of a server.
    pub challenge: Vec<u8>,
    /// The certificate of a server, in DER.
    pub certificate: Vec<u8>,
}

/// What the front of a stream is.
pub(super) enum Front {
    /// A hello, and how long it is.
    Hello(Ssl2Hello, usize),
    /// It may be one: more is needed.
    NeedMore,
    /// It is none.
    None,
}

impl Ssl2Hello {
    /// Reads the front of a stream.
    pub(super) fn read(bytes: &[u8]) -> Front {
        let (len, kind, rest) = match *bytes {
            [first, ..] if first & 0x80 == 0 => return Front::None,
            [a, b, kind, ref rest @ ..] => (u16::from_be_bytes([a & 0x7f, b]), kind, rest),
            _ => return Front::NeedMore,
        };
        match (kind, rest) {
            (CLIENT_HELLO, [0, 2, ..] | [3, 0..=4, ..]) | (SERVER_HELLO, _) => {}
            (CLIENT_HELLO, [] | [0 | 3]) => return Front::NeedMore,
            _ => return Front::None,
        }
        let len = usize::from(len).saturating_add(PREFIX_LEN);
        let Some(hello) = bytes.get(..len) else { return Front::NeedMore };
        let read = Self::client(hello).or_else(|| Self::server(hello));
        read.map_or(Front::None, |read| Front::Hello(read, len))
    }

    fn client(hello: &[u8]) -> Option<Self> {
        let hello = Tls::parse(hello).ok()?.ssl2_client_hello()?;
        Some(Self {
            version: TlsVersion(hello.version),
            cipher_specs: hello.cipher_specs.to_vec(),
            session_id: hello.session_id.to_vec(),
            challenge: hello.challenge.to_vec(),
            certificate: Vec::new(),
        })
    }

    fn server(hello: &[u8]) -> Option<Self> {
        let &[_, _, SERVER_HELLO, _hit, _type, upper, lower, a, b, c, d, e, f, ref rest @ ..] =
            hello
        else {
            return None;
        };
        let [certificate, specs, connection] =
            [[a, b], [c, d], [e, f]].map(|len| usize::from(u16::from_be_bytes(len)));
        let (certificate, rest) = rest.split_at_checked(certificate)?;
        let (specs, rest) = rest.split_at_checked(specs)?;
        Some(Self {
            version: TlsVersion(u16::from_be_bytes([upper, lower])),
            cipher_specs: specs.as_chunks().0.to_vec(),
            session_id: Vec::new(),
            challenge: rest.get(..connection)?.to_vec(),
            certificate: certificate.to_vec(),
        })
    }
}
