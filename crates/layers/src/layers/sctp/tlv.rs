//! Records of two bytes, a length and a value, padded to four bytes: chunks, parameters and error
//! causes alike, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) sections 3.2, 3.2.1 and 3.3.10.

use std::mem;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::Malformed;

/// Bytes in front of a value. The length counts them, and does not count the padding.
pub(super) const HEADER_LEN: usize = 4;

/// One record, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tlv<'a> {
    /// Type and flags of a chunk, or a type of 16 bits.
    pub(super) head: [u8; 2],
    pub(super) length: u16,
    /// As much of the value as is there.
    pub(super) value: &'a [u8],
    pub(super) padding: &'a [u8],
    /// The place of the first byte in the layer.
    pub(super) at: usize,
}

impl Tlv<'_> {
    /// The type of 16 bits.
    pub(super) fn kind(&self) -> u16 {
        u16::from_be_bytes(self.head)
    }

    /// Bytes of value that the length announces.
    pub(super) fn announced(&self) -> usize {
        usize::from(self.length).saturating_sub(HEADER_LEN)
    }

    /// Whether the value ends early.
    pub(super) fn is_cut(&self) -> bool {
        self.value.len() < self.announced()
    }

    /// The place of the value in the layer.
    pub(super) fn value_at(&self) -> usize {
        self.at.saturating_add(HEADER_LEN)
    }
}

/// The records of a packet, chunk or parameter. A record cut short comes as far as it goes, then
/// the error, then nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tlvs<'a> {
    rest: &'a [u8],
    at: usize,
    /// What a bad length is called.
    length_name: &'static str,
    /// Behind a record cut short.
    error: Option<Malformed>,
}

impl<'a> Tlvs<'a> {
    /// The records of `bytes`, whose places count from its start.
    pub(super) fn new(bytes: &'a [u8], length_name: &'static str) -> Self {
        Self { rest: bytes, at: 0, length_name, error: None }
    }

    /// The same records, by their place in the layer.
    pub(super) fn moved_to(self, at: usize) -> Self {
        Self { at, ..self }
    }

    /// The place of the next record, or of the one that is wrong.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// The bytes not yet read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next record, if it is whole.
    pub(super) fn next_whole(&mut self) -> Option<Result<Tlv<'a>, Malformed>> {
        match self.next()? {
            Ok(tlv) if tlv.is_cut() => self.take_error().map(Err),
            other => Some(other),
        }
    }

    /// What is wrong with the record that was cut short.
    pub(super) fn take_error(&mut self) -> Option<Malformed> {
        self.error.take()
    }
}

#[allow(clippy::copy_iterator, reason = "so that what holds a list can be copied")]
impl<'a> Iterator for Tlvs<'a> {
    type Item = Result<Tlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = mem::take(&mut self.rest);
        if bytes.is_empty() {
            return self.take_error().map(Err);
        }
        let have = bytes.len();
        let Some((&[a, b, c, d], behind)) = bytes.split_first_chunk() else {
            return Some(Err(Malformed::Truncated { need: HEADER_LEN, have }));
        };
        let length = u16::from_be_bytes([c, d]);
        let Some(len) = usize::from(length).checked_sub(HEADER_LEN) else {
            return Some(Err(Malformed::Field { name: self.length_name, value: length.into() }));
        };
        let (value, behind) = behind.split_at_checked(len).unwrap_or_else(|| {
            self.error = Some(Malformed::Truncated { need: length.into(), have });
            (behind, &[])
        });
        // The last padding of a packet or list may be left out: section 3.2.
        let padding = usize::from(length.wrapping_neg() & 3);
        let (padding, behind) = behind.split_at_checked(padding).unwrap_or((behind, &[]));
        let at = self.at;
        if self.error.is_none() {
            self.at = at.saturating_add(have.saturating_sub(behind.len()));
        }
        self.rest = behind;
        Some(Ok(Tlv { head: [a, b], length, value, padding, at }))
    }
}

/// Takes a `T` off the front of a value.
pub(super) fn take<'a, T>(value: &mut &'a [u8]) -> Option<&'a T>
where
    T: FromBytes + KnownLayout + Immutable + zerocopy::Unaligned,
{
    let (taken, rest) = T::ref_from_prefix(value).ok()?;
    *value = rest;
    Some(taken)
}

/// Takes `count` of `T` off the front of a value.
pub(super) fn take_slice<'a, T>(value: &mut &'a [u8], count: usize) -> Option<&'a [T]>
where
    T: FromBytes + Immutable + zerocopy::Unaligned,
{
    let (taken, rest) = <[T]>::ref_from_prefix_with_elems(value, count).ok()?;
    *value = rest;
    Some(taken)
}

/// Takes 16 bits off the front of a value.
pub(super) fn take_u16(value: &mut &[u8]) -> Option<u16> {
    take::<U16>(value).map(|number| number.get())
}

/// Takes 32 bits off the front of a value.
pub(super) fn take_u32(value: &mut &[u8]) -> Option<u32> {
    take::<U32>(value).map(|number| number.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type, place, value, bytes of padding.
    type Record<'a> = (u16, usize, &'a [u8], usize);

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Result<Record<'_>, Malformed>]) {
        let found = Tlvs::new(bytes, "chunk length")
            .moved_to(12)
            .map(|tlv| tlv.map(|tlv| (tlv.kind(), tlv.at, tlv.value, tlv.padding.len())));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn records_are_padded_to_four_bytes() {
        check(
            &[0, 1, 0, 5, 9, 0, 0, 0, 0, 2, 0, 4, 0, 3, 0, 8, 1, 2, 3, 4],
            &[Ok((1, 12, &[9], 3)), Ok((2, 20, &[], 0)), Ok((3, 24, &[1, 2, 3, 4], 0))],
        );
    }

    #[test]
    fn the_last_padding_may_be_missing_or_short() {
        check(&[0, 1, 0, 5, 9], &[Ok((1, 12, &[9], 0))]);
        check(&[0, 1, 0, 5, 9, 0], &[Ok((1, 12, &[9], 1))]);
    }

    #[test]
    fn a_length_below_four_ends_the_list_instead_of_looping() {
        for length in 0..4 {
            let error = Err(Malformed::Field { name: "chunk length", value: length.into() });
            check(&[0, 1, 0, length, 0, 2, 0, 4], &[error]);
            check(&[0, 7, 0, 4, 0, 1, 0, length], &[Ok((7, 12, &[], 0)), error]);
        }
    }

    #[test]
    fn a_record_cut_short_comes_before_its_error() {
        let error = Err(Malformed::Truncated { need: 9, have: 6 });
        check(&[0, 1, 0, 9, 1, 2], &[Ok((1, 12, &[1, 2], 0)), error]);
        check(&[0, 1, 0], &[Err(Malformed::Truncated { need: 4, have: 3 })]);
    }
}
