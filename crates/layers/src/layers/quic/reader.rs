//! Reads the front of packets of QUIC, RFC 9000 sections 16 and 17.

use super::MAX_CONNECTION_ID;
use crate::Malformed;

/// Reads the front of a packet.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
    pub(super) have: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let taken = self.have.saturating_sub(self.rest.len());
        let cut = Malformed::Truncated { need: taken.saturating_add(len), have: self.have };
        let (part, rest) = self.rest.split_at_checked(len).ok_or(cut)?;
        self.rest = rest;
        Ok(part)
    }

    pub(super) fn number(&mut self, len: usize) -> Result<u64, Malformed> {
        let bytes = self.take(len)?;
        Ok(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// A number of 1, 2, 4 or 8 bytes, RFC 9000 section 16.
    pub(super) fn variable(&mut self) -> Result<u64, Malformed> {
        let len = self.rest.first().map_or(1, |first| 1_usize << (first >> 6));
        let bits = u32::try_from(len).unwrap_or_default().saturating_mul(8).saturating_sub(2);
        Ok(self.number(len)? & (1_u64 << bits).wrapping_sub(1))
    }

    pub(super) fn connection_id(&mut self, name: &'static str) -> Result<&'a [u8], Malformed> {
        let len = self.number(1)?;
        if len > MAX_CONNECTION_ID.into() {
            return Err(Malformed::Field { name, value: len });
        }
        self.take(usize::try_from(len).unwrap_or_default())
    }
}
