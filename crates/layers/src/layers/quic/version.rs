//! Versions of QUIC, [IANA](https://www.iana.org/assignments/quic).

use std::fmt;

use crate::key::numbers;

/// A version. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuicVersion(pub u32);

numbers! {
    QuicVersion "version {:#010x}" {
        /// No version: the versions that a server can speak.
        NEGOTIATION = 0 "version negotiation";
        /// RFC 9000.
        V1 = 1 "version 1";
        /// RFC 9369.
        V2 = 0x6b33_43cf "version 2";
        /// A draft of RFC 9369.
        V2_DRAFT = 0x709a_50c4 "version 2 (draft)";
    }
}

impl QuicVersion {
    /// Whether packets have the headers of RFC 9000: versions of RFCs, drafts of them, and those of
    /// Facebook and Google that follow them.
    pub(super) fn is_known(self) -> bool {
        match self {
            Self::NEGOTIATION | Self::V1 | Self::V2 | Self::V2_DRAFT => true,
            Self(number) => {
                matches!(number, 0xff00_0017..=0xff00_0022 | 0xface_b001..=0xface_b010)
                    || matches!(number.to_be_bytes(), [b'T', b'0', b'5', _])
            }
        }
    }

    /// Whether no server speaks it, so that it makes one tell its versions: RFC 9000 section 15.
    pub fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    /// Whether types of packets have the numbers of RFC 9369.
    pub(super) fn is_second(self) -> bool {
        matches!(self, Self::V2 | Self::V2_DRAFT)
    }
}
