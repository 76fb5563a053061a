//! Messages that own their bytes.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rheos_core::{Side, Timestamp};
use rheos_layers::{DnsMessage, DnsQuestion, Malformed};

use crate::Failure;

/// Most bytes of a message that stand in it: nearly every question has fewer.
const FEW: usize = 62;

/// A message that owns its bytes. Copies share them, if they are many.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedDnsMessage {
    /// Who says it.
    pub side: Side,
    /// When the last of its bytes was captured.
    pub timestamp: Timestamp,
    /// Whether the capture lacks its end. What is there can be read, up to the [`fault`](Self::fault) if
    /// that is where it was cut.
    pub is_cut: bool,
    bytes: Bytes,
}

/// The bytes of a message.
#[derive(Clone)]
enum Bytes {
    Few { len: u8, room: [u8; FEW] },
    Many(Arc<[u8]>),
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        let mut room = [0; FEW];
        match (u8::try_from(bytes.len()), room.get_mut(..bytes.len())) {
            (Ok(len), Some(place)) => {
                place.copy_from_slice(bytes);
                Self::Few { len, room }
            }
            _ => Self::Many(bytes.into()),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Few { len, room } => room.get(..usize::from(*len)).unwrap_or_default(),
            Self::Many(bytes) => bytes,
        }
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl OwnedDnsMessage {
    /// Checks the header and keeps the bytes.
    ///
    /// # Errors
    ///
    /// The header is cut short.
    pub fn new(side: Side, timestamp: Timestamp, bytes: &[u8]) -> Result<Self, Failure> {
        match DnsMessage::parse(bytes) {
            Ok(_) => Ok(Self { side, timestamp, is_cut: false, bytes: bytes.into() }),
            Err(cause) => Err(Failure::new(format!("header of a message of DNS: {cause}"))),
        }
    }

    /// The message: its header, questions and records.
    pub fn message(&self) -> DnsMessage<'_> {
        // The header was checked.
        DnsMessage::parse(&self.bytes).unwrap_or_default()
    }

    /// The bytes of the message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The first question.
    pub fn question(&self) -> Option<DnsQuestion<'_>> {
        self.message().questions().next()?.ok()
    }

    /// How the answer went, with the bits that EDNS adds.
    pub fn response_code(&self) -> DnsResponseCode {
        let message = self.message();
        let extended = message.edns().and_then(|record| record.extended_rcode(message.header));
        DnsResponseCode(extended.unwrap_or_else(|| message.header.rcode().0.into()))
    }

    /// The first thing that is wrong with a question or record, if one is: those in front of it can
    /// be read.
    pub fn fault(&self) -> Option<Malformed> {
        let message = self.message();
        let question = message.questions().find_map(Result::err);
        question.or_else(|| message.records().find_map(Result::err))
    }
}

impl fmt::Debug for OwnedDnsMessage {
    /// Writes what is asked and how many records there are, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message();
        let mut debug = f.debug_struct("OwnedDnsMessage");
        debug.field("side", &self.side).field("timestamp", &self.timestamp);
        debug.field("id", &message.id()).field("flags", &message.header.flags());
        if let Some(question) = self.question() {
            debug.field("question", &format_args!("{} {}", question.name, question.question_type));
        }
        let records = message.records().flatten().count();
        debug.field("records", &records).field("len", &self.bytes.len());
        debug.field("is_cut", &self.is_cut);
        debug.field("fault", &self.fault()).finish()
    }
}

/// How an answer went: 4 bits of the header, and 8 that EDNS adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsResponseCode(pub u16);

impl DnsResponseCode {
    /// All went well.
    pub const NOERROR: Self = Self(0);
    /// The server failed.
    pub const SERVFAIL: Self = Self(2);
    /// There is no such name.
    pub const NXDOMAIN: Self = Self(3);
    /// The server does not want to.
    pub const REFUSED: Self = Self(5);

    /// [IANA's](https://www.iana.org/assignments/dns-parameters) name, if there is one.
    pub fn name(self) -> Option<&'static str> {
        const NAMES: [&str; 12] = [
            "NOERROR",
            "FORMERR",
            "SERVFAIL",
            "NXDOMAIN",
            "NOTIMP",
            "REFUSED",
            "YXDOMAIN",
            "YXRRSET",
            "NXRRSET",
            "NOTAUTH",
            "NOTZONE",
            "DSOTYPENI",
        ];
        const EXTENDED: [&str; 8] = [
            "BADVERS",
            "BADKEY",
            "BADTIME",
            "BADMODE",
            "BADNAME",
            "BADALG",
            "BADTRUNC",
            "BADCOOKIE",
        ];
        let number = usize::from(self.0);
        let extended = || number.checked_sub(16).and_then(|place| EXTENDED.get(place));
        NAMES.get(number).or_else(extended).copied()
    }
}

impl fmt::Display for DnsResponseCode {
    /// Writes IANA's name, or the number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "RCODE{}", self.0),
        }
    }
}
