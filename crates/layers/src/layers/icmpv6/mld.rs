//! Multicast listeners, [RFC 2710](https://www.rfc-editor.org/rfc/rfc2710) and
//! [RFC 3810](https://www.rfc-editor.org/rfc/rfc3810) section 5.

use std::net::Ipv6Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Malformed;

/// A query for listeners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MldQuery<'a> {
    /// Milliseconds to answer in; in the second version from `0x8000` on a small float.
    pub maximum_response_code: u16,
    /// The group in question, unspecified for all.
    pub multicast_address: Ipv6Addr,
    /// What only the second version has.
    pub second: Option<MldQueryV2<'a>>,
}

/// What the second version adds to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MldQueryV2<'a> {
    /// Whether routers leave their timers as they are.
    pub suppress: bool,
    /// Querier's robustness variable, 3 bits.
    pub robustness: u8,
    /// Querier's query interval in seconds, from 128 on a small float.
    pub interval_code: u8,
    /// The sources in question, as far as they are there; none for all.
    pub sources: &'a [[u8; 16]],
}

/// The query behind the checksum of a message, which is of the second version if it is longer.
#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Query {
    maximum_response_code: U16,
    reserved: U16,
    multicast_address: [u8; 16],
}

impl<'a> MldQuery<'a> {
    /// RFC 3810, section 8.1: bytes behind the checksum from which on a query is of the second
    /// version.
    pub(super) const V2_LEN: usize = 24;

    pub(super) fn new(body: &'a [u8]) -> Option<Self> {
        let (query, rest) = Query::ref_from_prefix(body).ok()?;
        let second = match *rest {
            [flags, interval_code, high, low, ref sources @ ..] => {
                let count = usize::from(u16::from_be_bytes([high, low]));
                let sources = sources.as_chunks().0;
                let sources = sources.get(..count).unwrap_or(sources);
                let (suppress, robustness) = (flags & 8 != 0, flags & 7);
                Some(MldQueryV2 { suppress, robustness, interval_code, sources })
            }
            _ => None,
        };
        let multicast_address = query.multicast_address.into();
        let maximum_response_code = query.maximum_response_code.get();
        Some(Self { maximum_response_code, multicast_address, second })
    }
}

/// What a node listens to in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MldRecord<'a> {
    /// 1 and 2: what is; 3 and 4: what changed; 5 and 6: sources that come and go.
    pub record_type: u8,
    /// The group.
    pub multicast_address: Ipv6Addr,
    /// The sources, meant or left out, as the type says.
    pub sources: &'a [[u8; 16]],
    /// Nothing so far.
    pub auxiliary_data: &'a [u8],
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RecordHeader {
    record_type: u8,
    auxiliary_words: u8,
    sources: U16,
    multicast_address: [u8; 16],
}

/// The records of a report. Ends behind the last that it announces, and behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MldRecords<'a> {
    rest: &'a [u8],
    left: u16,
}

impl<'a> MldRecords<'a> {
    /// As many records as these that stand in these bytes, as [`MldRecord::encode`] appends them.
    pub fn new(count: u16, records: &'a [u8]) -> Self {
        Self { rest: records, left: count }
    }

    /// How many records are not yet read, and their bytes.
    pub(super) fn parts(&self) -> (u16, &'a [u8]) {
        (self.left, self.rest)
    }

    /// The records of a report, behind its checksum.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let &[_, _, high, low, ref rest @ ..] = body else { return None };
        Some(Self { rest, left: u16::from_be_bytes([high, low]) })
    }
}

impl<'a> Iterator for MldRecords<'a> {
    type Item = Result<MldRecord<'a>, Malformed>;

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

fn record(bytes: &[u8]) -> Result<(MldRecord<'_>, &[u8]), Malformed> {
    let (header, rest) = crate::layers::split::<RecordHeader>(bytes)?;
    let sources_len = usize::from(header.sources.get()) << 4;
    let auxiliary_len = usize::from(header.auxiliary_words) << 2;
    let need = size_of::<RecordHeader>().saturating_add(sources_len).saturating_add(auxiliary_len);
    let truncated = Malformed::Truncated { need, have: bytes.len() };
    let (sources, rest) = rest.split_at_checked(sources_len).ok_or(truncated)?;
    let (auxiliary_data, rest) = rest.split_at_checked(auxiliary_len).ok_or(truncated)?;
    let (record_type, multicast_address) = (header.record_type, header.multicast_address.into());
    let sources = sources.as_chunks().0;
    Ok((MldRecord { record_type, multicast_address, sources, auxiliary_data }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &[u8; 16] = b"\xff\x02\0\0\0\0\0\0\0\0\0\0\0\x01\0\x03";

    #[test]
    fn records_have_sources_and_auxiliary_data() {
        let first = [&b"\x03\0\0\0"[..], GROUP].concat();
        let second = [&b"\x01\x01\0\x01"[..], GROUP, GROUP, b"auxd"].concat();
        let body = [&b"\0\0\0\x02"[..], &first, &second, b"more"].concat();
        let mut records = MldRecords::read(&body).unwrap();
        let multicast_address = Ipv6Addr::from(*GROUP);
        let expected =
            MldRecord { record_type: 3, multicast_address, sources: &[], auxiliary_data: &[] };
        assert_eq!(records.next(), Some(Ok(expected)));
        let (sources, auxiliary_data) = (&[*GROUP][..], &b"auxd"[..]);
        let expected = MldRecord { record_type: 1, multicast_address, sources, auxiliary_data };
        assert_eq!((records.next(), records.next()), (Some(Ok(expected)), None));
    }

    #[test]
    fn more_records_or_sources_than_there_are_end_in_an_error() {
        let record = [&b"\x03\0\xff\xff"[..], GROUP].concat();
        let body = [&b"\0\0\xff\xff"[..], &record].concat();
        let mut records = MldRecords::read(&body).unwrap();
        let error = Malformed::Truncated { need: 20 + (0xffff << 4), have: 20 };
        assert_eq!((records.next(), records.next()), (Some(Err(error)), None));
        let mut records = MldRecords::read(b"\0\0\0\x02").unwrap();
        let error = Malformed::Truncated { need: 20, have: 0 };
        assert_eq!((records.next(), records.next()), (Some(Err(error)), None));
    }

    #[test]
    fn a_longer_query_is_of_the_second_version() {
        let first = [&b"\x27\x10\0\0"[..], GROUP].concat();
        let query = MldQuery::new(&first).unwrap();
        assert_eq!((query.maximum_response_code, query.second), (10_000, None));
        let longer = [&first[..], b"\x0a\x7d\0\x02", GROUP].concat();
        let second = MldQuery::new(&longer).unwrap().second.unwrap();
        assert_eq!((second.suppress, second.robustness, second.interval_code), (true, 2, 125));
        assert_eq!(second.sources, [*GROUP]);
    }
}
