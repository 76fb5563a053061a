//! Chunks with user data: `DATA`, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 3.3.1,
//! and `I-DATA`, [RFC 8260](https://www.rfc-editor.org/rfc/rfc8260) section 2.1.

use bitflags::bitflags;

use super::tlv::{Tlv, take_u16, take_u32};

bitflags! {
    /// The flags of [`SctpData`] and [`SctpIData`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SctpDataFlags: u8 {
        /// The last fragment of a message.
        const E = 0x01;
        /// The first fragment of a message.
        const B = 0x02;
        /// Unordered.
        const U = 0x04;
        /// Acknowledge at once: RFC 7053.
        const I = 0x08;
        const _ = !0;
    }
}

/// Part of a user message, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SctpData<'a> {
    pub flags: SctpDataFlags,
    pub tsn: u32,
    pub stream_identifier: u16,
    pub stream_sequence_number: u16,
    pub payload_protocol_identifier: u32,
    /// As much of the user data as is there.
    pub user_data: &'a [u8],
    announced: usize,
}

impl<'a> SctpData<'a> {
    /// Bytes between the start of the chunk and its user data.
    pub const HEADER_LEN: usize = 16;

    /// A whole message in stream zero, to be written.
    pub fn new(tsn: u32, payload_protocol_identifier: u32, user_data: &'a [u8]) -> Self {
        Self {
            flags: SctpDataFlags::B | SctpDataFlags::E,
            tsn,
            stream_identifier: 0,
            stream_sequence_number: 0,
            payload_protocol_identifier,
            user_data,
            announced: user_data.len(),
        }
    }

    /// Reads a chunk; its user data may be cut short.
    pub(super) fn read(flags: u8, tlv: &Tlv<'a>) -> Option<Self> {
        let mut rest = tlv.value;
        Some(Self {
            flags: SctpDataFlags::from_bits_retain(flags),
            tsn: take_u32(&mut rest)?,
            stream_identifier: take_u16(&mut rest)?,
            stream_sequence_number: take_u16(&mut rest)?,
            payload_protocol_identifier: take_u32(&mut rest)?,
            user_data: rest,
            announced: usize::from(tlv.length).saturating_sub(Self::HEADER_LEN),
        })
    }

    /// Whether this is a whole message, not a fragment.
    pub fn is_whole_message(&self) -> bool {
        self.flags.contains(SctpDataFlags::B | SctpDataFlags::E)
    }

    /// Bytes of user data that the chunk announces.
    pub fn user_data_len(&self) -> usize {
        self.announced
    }

    /// Whether the user data is shorter than announced.
    pub fn is_truncated(&self) -> bool {
        self.user_data.len() < self.announced
    }
}

/// Part of a user message that can be interleaved with others, RFC 8260 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SctpIData<'a> {
    pub flags: SctpDataFlags,
    pub tsn: u32,
    pub stream_identifier: u16,
    pub reserved: u16,
    pub message_identifier: u32,
    /// The payload protocol identifier of a first fragment, the fragment sequence number of others.
    pub identifier_or_fragment: u32,
    /// As much of the user data as is there.
    pub user_data: &'a [u8],
    announced: usize,
}

impl<'a> SctpIData<'a> {
    /// Bytes between the start of the chunk and its user data.
    pub const HEADER_LEN: usize = 20;

    /// A whole message in stream zero, to be written.
    pub fn new(tsn: u32, payload_protocol_identifier: u32, user_data: &'a [u8]) -> Self {
        Self {
            flags: SctpDataFlags::B | SctpDataFlags::E,
            tsn,
            stream_identifier: 0,
            reserved: 0,
            message_identifier: 0,
            identifier_or_fragment: payload_protocol_identifier,
            user_data,
            announced: user_data.len(),
        }
    }

    /// Reads a chunk; its user data may be cut short.
    pub(super) fn read(flags: u8, tlv: &Tlv<'a>) -> Option<Self> {
        let mut rest = tlv.value;
        Some(Self {
            flags: SctpDataFlags::from_bits_retain(flags),
            tsn: take_u32(&mut rest)?,
            stream_identifier: take_u16(&mut rest)?,
            reserved: take_u16(&mut rest)?,
            message_identifier: take_u32(&mut rest)?,
            identifier_or_fragment: take_u32(&mut rest)?,
            user_data: rest,
            announced: usize::from(tlv.length).saturating_sub(Self::HEADER_LEN),
        })
    }

    /// Whether this is a whole message, not a fragment.
    pub fn is_whole_message(&self) -> bool {
        self.flags.contains(SctpDataFlags::B | SctpDataFlags::E)
    }

    /// What the message is; only the first fragment says it.
    pub fn payload_protocol_identifier(&self) -> Option<u32> {
        self.flags.contains(SctpDataFlags::B).then_some(self.identifier_or_fragment)
    }

    /// The number of this fragment in its message: zero for the first, which does not say it.
    pub fn fragment_sequence_number(&self) -> u32 {
        if self.flags.contains(SctpDataFlags::B) { 0 } else { self.identifier_or_fragment }
    }

    /// Bytes of user data that the chunk announces.
    pub fn user_data_len(&self) -> usize {
        self.announced
    }

    /// Whether the user data is shorter than announced.
    pub fn is_truncated(&self) -> bool {
        self.user_data.len() < self.announced
    }
}
