//! Records of a kind, a length and data, one behind the other, whatever the sizes of the first two.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, KnownLayout};

use crate::Malformed;
use crate::layers::split;

/// One record, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) kind: u16,
    pub(crate) data: &'a [u8],
    /// The place of its first byte in the layer.
    pub(crate) at: usize,
    /// Bytes in front of the data.
    pub(crate) header_len: usize,
}

impl Record<'_> {
    /// The place of the data in the layer.
    pub(crate) fn data_at(&self) -> usize {
        self.at.saturating_add(self.header_len)
    }

    /// The place of the whole record in the layer.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.at..self.data_at().saturating_add(self.data.len())
    }
}

/// What stands in front of the data of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: u16,
    pub(crate) header_len: usize,
    pub(crate) data_len: usize,
}

/// Reads what stands in front of the data, from bytes that are never none.
type ReadHead = fn(&[u8]) -> Result<Head, Malformed>;

/// The records of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    at: usize,
    read: ReadHead,
}

impl<'a> Records<'a> {
    /// The records in `bytes`, which are at the place `at` of their layer.
    pub(crate) fn new(bytes: &'a [u8], at: usize, read: ReadHead) -> Self {
        Self { rest: bytes, at, read }
    }

    /// The place of the next record, or of the one that is wrong.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// What is behind the records that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = self.rest;
        let split = (self.read)(whole).and_then(|head| {
            let len = head.header_len.saturating_add(head.data_len);
            let truncated = Malformed::Truncated { need: len, have: whole.len() };
            let (record, rest) = whole.split_at_checked(len).ok_or(truncated)?;
            Ok((head, record.get(head.header_len..).unwrap_or_default(), rest))
        });
        match split {
            // A record without a byte would never end.
            Ok((Head { header_len: 0, data_len: 0, .. }, ..)) => None,
            Ok((Head { kind, header_len, data_len }, data, rest)) => {
                let at = self.at;
                self.at = at.saturating_add(header_len).saturating_add(data_len);
                self.rest = rest;
                Some(Ok(Record { kind, data, at, header_len }))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// Two bytes of kind and two of the length of all, as in Cisco's protocols.
pub(crate) fn wide_head_in_length(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[k, i, l, n, ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let length = u16::from_be_bytes([l, n]);
    let data_len = usize::from(length).checked_sub(4);
    let bad = Malformed::Field { name: "length", value: length.into() };
    Ok(Head { kind: u16::from_be_bytes([k, i]), header_len: 4, data_len: data_len.ok_or(bad)? })
}

/// Two bytes of kind and two of the length of the data.
pub(crate) fn wide_head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[k, i, l, n, ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let data_len = u16::from_be_bytes([l, n]).into();
    Ok(Head { kind: u16::from_be_bytes([k, i]), header_len: 4, data_len })
}

/// A record's header, what is there of the bytes behind it, and its place.
pub(crate) type NextRecord<'a, H> = Result<(&'a H, &'a [u8], usize), Malformed>;

/// Takes the next record off the front of `rest`, which is at the place `at`: its header, what is
/// there of the bytes whose length that says, and its place. Nothing is left behind an error.
pub(crate) fn next_record<'a, H>(
    rest: &mut &'a [u8],
    at: &mut usize,
    length: impl FnOnce(&H) -> Result<u16, Malformed>,
) -> Option<NextRecord<'a, H>>
where
    H: FromBytes + KnownLayout + Immutable,
{
    let bytes = std::mem::take(rest);
    if bytes.is_empty() {
        return None;
    }
    let read = split::<H>(bytes)
        .and_then(|(header, behind)| length(header).map(|length| (header, behind, length)));
    Some(read.map(|(header, behind, length)| {
        let whole = behind.split_at_checked(length.into());
        let fragment;
        (fragment, *rest) = whole.unwrap_or((behind, &[]));
        let place = *at;
        *at = place.saturating_add(bytes.len().saturating_sub(rest.len()));
        (header, fragment, place)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, place and data.
    type Found<'a> = Result<(u16, usize, &'a [u8]), Malformed>;

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Found<'_>]) {
        let found = Records::new(bytes, 1, wide_head_in_length);
        let found = found.map(|r| r.map(|r| (r.kind, r.at, r.data))).collect::<Vec<_>>();
        assert_eq!(found, expected);
    }

    #[test]
    fn records_follow_each_other() {
        check(&[0, 7, 0, 5, 9, 1, 0, 0, 4], &[Ok((7, 1, &[9])), Ok((256, 6, &[]))]);
    }

    #[test]
    fn an_error_ends_the_records() {
        let bad = Malformed::Field { name: "length", value: 3 };
        check(&[0, 7, 0, 3, 9, 1, 0, 0, 4], &[Err(bad)]);
        check(&[0, 7, 0, 6, 9], &[Err(Malformed::Truncated { need: 6, have: 5 })]);
        check(&[0, 7, 0], &[Err(Malformed::Truncated { need: 4, have: 3 })]);
    }
}
