//! What version 3 adds, [RFC 3376](https://www.rfc-editor.org/rfc/rfc3376) sections 4.1 and 4.2.

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::float_code;
use crate::key::numbers;
use crate::layers::split;
use crate::{EncodeError, Malformed};

/// What only a query of version 3 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgmpQueryV3<'a> {
    /// Whether routers leave their timers as they are.
    pub suppress: bool,
    /// Querier's robustness variable, 3 bits.
    pub robustness: u8,
    /// Querier's query interval in seconds, from 128 on a small float.
    pub interval_code: u8,
    /// The sources in question, as far as they are there; none for all.
    pub sources: &'a [[u8; 4]],
}

impl<'a> IgmpQueryV3<'a> {
    /// The query behind a group address.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let &[flags, interval_code, high, low, ref sources @ ..] = bytes else { return None };
        let count = usize::from(u16::from_be_bytes([high, low]));
        let sources = sources.as_chunks().0;
        let sources = sources.get(..count).unwrap_or(sources);
        let (suppress, robustness) = (flags & 8 != 0, flags & 7);
        Some(Self { suppress, robustness, interval_code, sources })
    }

    /// Querier's query interval in seconds.
    pub fn interval(&self) -> u16 {
        float_code(self.interval_code)
    }
}

/// What a record says of a group. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IgmpRecordType(pub u8);

numbers! {
    IgmpRecordType "type {}" {
        /// From these sources.
        MODE_IS_INCLUDE = 1 "is include";
        /// From all but these sources.
        MODE_IS_EXCLUDE = 2 "is exclude";
        /// From now on from these sources.
        CHANGE_TO_INCLUDE = 3 "to include";
        /// From now on from all but these sources.
        CHANGE_TO_EXCLUDE = 4 "to exclude";
        /// From these sources too.
        ALLOW_NEW_SOURCES = 5 "allow";
        /// From these sources no more.
        BLOCK_OLD_SOURCES = 6 "block";
    }
}

/// What a host wants of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IgmpRecord<'a> {
    /// What it says.
    pub record_type: IgmpRecordType,
    /// The group.
    pub multicast_address: Ipv4Addr,
    /// The sources, meant or left out, as the type says.
    pub sources: &'a [[u8; 4]],
    /// Nothing so far.
    pub auxiliary_data: &'a [u8],
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RecordHeader {
    record_type: u8,
    auxiliary_words: u8,
    sources: U16,
    multicast_address: [u8; 4],
}

impl IgmpRecord<'_> {
    /// Appends the record.
    ///
    /// # Errors
    ///
    /// More sources than 65,535, or auxiliary data that is longer than 1,020 bytes or ends in the
    /// midst of a word of four bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let error = |field, value| EncodeError::TooLarge { layer: "igmp", field, value };
        let sources = self.sources.len();
        let (words, rest) = self.auxiliary_data.as_chunks::<4>();
        let aux = self.auxiliary_data.len() as u64;
        let words = u8::try_from(words.len()).ok().filter(|_| rest.is_empty());
        let header = RecordHeader {
            record_type: self.record_type.0,
            auxiliary_words: words.ok_or_else(|| error("aux data len", aux))?,
            sources: u16::try_from(sources)
                .map_err(|_| error("number of sources", sources as u64))?
                .into(),
            multicast_address: self.multicast_address.octets(),
        };
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.sources.as_flattened());
        out.extend_from_slice(self.auxiliary_data);
        Ok(())
    }
}

/// The records of a report. Ends behind the last that it announces, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgmpRecords<'a> {
    rest: &'a [u8],
    left: u16,
}

impl<'a> IgmpRecords<'a> {
    pub(super) fn new(rest: &'a [u8], left: u16) -> Self {
        Self { rest, left }
    }
}

impl<'a> Iterator for IgmpRecords<'a> {
    type Item = Result<IgmpRecord<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let record = record(self.rest);
        match record {
            Ok((_, rest)) => self.rest = rest,
            Err(_) => self.left = 0,
        }
        Some(record.map(|(record, _)| record))
    }
}

fn record(bytes: &[u8]) -> Result<(IgmpRecord<'_>, &[u8]), Malformed> {
    let (header, rest) = split::<RecordHeader>(bytes)?;
    let sources_len = usize::from(header.sources.get()) << 2;
    let auxiliary_len = usize::from(header.auxiliary_words) << 2;
    let need = size_of::<RecordHeader>().saturating_add(sources_len).saturating_add(auxiliary_len);
    let truncated = Malformed::Truncated { need, have: bytes.len() };
    let (sources, rest) = rest.split_at_checked(sources_len).ok_or(truncated)?;
    let (auxiliary_data, rest) = rest.split_at_checked(auxiliary_len).ok_or(truncated)?;
    let record_type = IgmpRecordType(header.record_type);
    let multicast_address = header.multicast_address.into();
    let sources = sources.as_chunks().0;
    Ok((IgmpRecord { record_type, multicast_address, sources, auxiliary_data }, rest))
}
