//! Samples and the records in them, each behind its format and its length.

use super::{SflowCounters, SflowFlow, counter_record, flow_record};
use crate::Malformed;

/// Bytes in front of the data of a sample or a record.
const HEADER_LEN: usize = 8;

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SflowSampleKind {
    /// A packet, one of many.
    Flow,
    /// Counters of an interface.
    Counters,
    /// A packet, with numbers of interfaces of 32 bits.
    ExpandedFlow,
    /// Counters, with numbers of interfaces of 32 bits.
    ExpandedCounters,
    /// A sample that the specification does not have.
    Unknown,
}

/// A sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SflowSample<'a> {
    /// Whose format it is, 20 bits; zero is that of the specification.
    pub enterprise: u32,
    /// Format, 12 bits.
    pub format: u32,
    pub data: &'a [u8],
}

impl<'a> SflowSample<'a> {
    /// What the sample is.
    pub fn kind(&self) -> SflowSampleKind {
        match (self.enterprise, self.format) {
            (0, 1) => SflowSampleKind::Flow,
            (0, 2) => SflowSampleKind::Counters,
            (0, 3) => SflowSampleKind::ExpandedFlow,
            (0, 4) => SflowSampleKind::ExpandedCounters,
            _ => SflowSampleKind::Unknown,
        }
    }

    /// The number of the sample among those of its source.
    pub fn sequence_number(&self) -> Option<u32> {
        let is_known = self.kind() != SflowSampleKind::Unknown;
        self.data.first_chunk().filter(|_| is_known).map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// The records of the sample: no more than it claims, nor than are there.
    pub fn records(&self) -> SflowRecords<'a> {
        let (rest, count) = self.record_bytes().unwrap_or_default();
        SflowRecords { rest, left: count }
    }

    /// The bytes of the records, behind the number of them.
    fn record_bytes(&self) -> Option<(&'a [u8], u32)> {
        /// Bytes in front of the number of records.
        const FLOW: usize = 28;
        const COUNTERS: usize = 8;
        const EXPANDED_FLOW: usize = 40;
        const EXPANDED_COUNTERS: usize = 12;
        let front = match self.kind() {
            SflowSampleKind::Flow => FLOW,
            SflowSampleKind::Counters => COUNTERS,
            SflowSampleKind::ExpandedFlow => EXPANDED_FLOW,
            SflowSampleKind::ExpandedCounters => EXPANDED_COUNTERS,
            SflowSampleKind::Unknown => return None,
        };
        let (count, rest) = self.data.get(front..)?.split_first_chunk()?;
        Some((rest, u32::from_be_bytes(*count)))
    }
}

/// A record of a sample, not yet understood: [`flow`](Self::flow) or [`counters`](Self::counters) is what it
/// says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SflowRecord<'a> {
    /// Whose format it is, 20 bits; zero is that of the specification.
    pub enterprise: u32,
    /// Format, 12 bits, of flow records or of counter records.
    pub format: u32,
    pub data: &'a [u8],
}

impl<'a> SflowRecord<'a> {
    /// What it says, if it is of a flow sample.
    pub fn flow(&self) -> SflowFlow<'a> {
        let known = Some(self.data).filter(|_| self.enterprise == 0);
        known.and_then(|data| flow_record::flow(self.format, data)).unwrap_or(SflowFlow::Other)
    }

    /// What it says, if it is of a counters sample.
    pub fn counters(&self) -> SflowCounters<'a> {
        let known = Some(self.data).filter(|_| self.enterprise == 0);
        let known = known.and_then(|data| counter_record::counters(self.format, data));
        known.unwrap_or(SflowCounters::Other)
    }
}

/// The owner of a format, the format, and data of the length behind it.
type Part<'a> = (u32, u32, &'a [u8]);

/// A sample or a record, and what follows.
fn split(bytes: &[u8]) -> Result<(Part<'_>, &[u8]), Malformed> {
    let have = bytes.len();
    let truncated = Malformed::Truncated { need: HEADER_LEN, have };
    let (head, rest) = bytes.split_first_chunk().ok_or(truncated)?;
    let (len, rest) = rest.split_first_chunk().ok_or(truncated)?;
    let [head, len] = [*head, *len].map(u32::from_be_bytes);
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let truncated = Malformed::Truncated { need: HEADER_LEN.saturating_add(len), have };
    let (data, rest) = rest.split_at_checked(len).ok_or(truncated)?;
    Ok(((head >> 12, head & 0xfff, data), rest))
}

/// Takes the next one of several, of which so many are left. None is left behind an error.
fn take<'a>(rest: &mut &'a [u8], left: &mut u32) -> Option<Result<Part<'a>, Malformed>> {
    *left = left.checked_sub(1)?;
    Some(match split(rest) {
        Ok((part, behind)) => {
            *rest = behind;
            Ok(part)
        }
        Err(error) => {
            *left = 0;
            Err(error)
        }
    })
}

/// The samples of a datagram. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SflowSamples<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> SflowSamples<'a> {
    pub(super) fn new(bytes: &'a [u8], count: u32) -> Self {
        Self { rest: bytes, left: count }
    }
}

impl<'a> Iterator for SflowSamples<'a> {
    type Item = Result<SflowSample<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let sample = take(&mut self.rest, &mut self.left)?;
        Some(sample.map(|(enterprise, format, data)| SflowSample { enterprise, format, data }))
    }
}

/// The records of a sample. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SflowRecords<'a> {
    rest: &'a [u8],
    left: u32,
}

impl<'a> Iterator for SflowRecords<'a> {
    type Item = Result<SflowRecord<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = take(&mut self.rest, &mut self.left)?;
        Some(record.map(|(enterprise, format, data)| SflowRecord { enterprise, format, data }))
    }
}
