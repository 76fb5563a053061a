//! Decryption secrets block, section 4.7.
//!
//! ```text
//!  0                               16                             31
//! |                         type of secrets                        |
//! |                        length of secrets                       |
//! |          secrets, padded to a multiple of four bytes           |
//! |                            options                             |
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::block::{Options, data_and_options, owned};
use crate::order::ByteOrder;

/// Secrets with which packets can be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets<'a> {
    /// What the data is.
    pub kind: SecretsType,
    /// The secrets: mostly a text of lines.
    pub data: Cow<'a, [u8]>,
    /// Its options: comments and private ones.
    pub options: Options<'a>,
}

impl<'a> Secrets<'a> {
    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let ([kind, length], rest) = order.words(body)?;
        let (data, options) = data_and_options(order, rest, length)?;
        Some(Self { kind: SecretsType(kind), data: data.into(), options })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> Secrets<'static> {
        let (data, options) = (owned(self.data), self.options.into_owned());
        Secrets { data, options, ..self }
    }
}

/// What secrets there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretsType(pub u32);

#[allow(clippy::doc_markdown, reason = "the names are of products, not code")]
impl SecretsType {
    /// Lines of a TLS key log.
    pub const TLS_KEY_LOG: Self = Self(0x544c_534b);
    /// Lines of an SSH key log.
    pub const SSH_KEY_LOG: Self = Self(0x5353_484b);
    /// Lines of a WireGuard key log.
    pub const WIREGUARD_KEY_LOG: Self = Self(0x5747_4b4c);
    /// Lines of an OPC UA key log.
    pub const OPC_UA_KEY_LOG: Self = Self(0x5541_4b4c);
    /// A ZigBee network key.
    pub const ZIGBEE_NETWORK_KEY: Self = Self(0x5a4e_574b);
    /// A ZigBee application support key.
    pub const ZIGBEE_APPLICATION_KEY: Self = Self(0x5a41_5053);

    /// What the draft calls it; `None` for a type that it does not know.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::TLS_KEY_LOG => "TLS Key Log",
            Self::SSH_KEY_LOG => "SSH Key Log",
            Self::WIREGUARD_KEY_LOG => "WireGuard Key Log",
            Self::OPC_UA_KEY_LOG => "OPC UA Key Log",
            Self::ZIGBEE_NETWORK_KEY => "ZigBee NWK Key",
            Self::ZIGBEE_APPLICATION_KEY => "ZigBee APS Key",
            _ => return None,
        })
    }
}

impl fmt::Display for SecretsType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}
