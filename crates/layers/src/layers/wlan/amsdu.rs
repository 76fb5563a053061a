//! Several frames in one, A-MSDU: IEEE Std 802.11 section 9.3.2.2.
//!
//! ```text
//!  0                               48                             96            111
//! |      destination address       |         source address        |    length     |
//! | an IEEE 802.2 header and data, padded to a multiple of four ...                |
//! ```

use std::ops::Range;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::Wlan;
use crate::Malformed;

/// Subframes start at multiples of this, counted from the first.
const ALIGN: usize = 4;

/// The header of a subframe.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct AmsduHeader {
    pub destination: [u8; 6],
    pub source: [u8; 6],
    /// Bytes behind this header, without what pads them.
    pub length: U16,
}

/// One subframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmsduSubframe<'a> {
    pub header: &'a AmsduHeader,
    /// From its IEEE 802.2 header on, as far as it is there.
    pub payload: &'a [u8],
}

/// The subframes of a frame. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmsduSubframes<'a> {
    /// The first, whose header the frame has read.
    first: Option<AmsduSubframe<'a>>,
    rest: &'a [u8],
    /// Bytes that pad the subframe before.
    padding: usize,
}

impl<'a> AmsduSubframes<'a> {
    pub(super) fn new(header: Option<&'a AmsduHeader>, payload: &'a [u8], rest: &'a [u8]) -> Self {
        let first = header.map(|header| AmsduSubframe { header, payload });
        let rest = if first.is_some() { rest } else { &[] };
        Self { first, rest, padding: padding(payload.len()) }
    }

    /// Bytes from the next subframe on.
    pub(super) fn remaining(&self) -> usize {
        self.rest.len().saturating_sub(self.padding)
    }
}

impl<'a> Wlan<'a> {
    /// Where in the frame the payload of each subframe is.
    pub(crate) fn subframe_places(&self) -> impl Iterator<Item = Range<usize>> + use<'a> {
        let payload_end = self.header_len.saturating_add(self.payload.len());
        let end = payload_end.saturating_add(self.trailer.len());
        let mut start = self.header_len;
        let mut subframes = self.subframes();
        std::iter::from_fn(move || {
            let subframe = subframes.next()?.ok()?;
            let place = start..start.saturating_add(subframe.payload.len());
            let next = end.saturating_sub(subframes.remaining());
            start = next.saturating_add(size_of::<AmsduHeader>());
            Some(place)
        })
    }
}

/// Bytes that pad a subframe with a payload of this length.
fn padding(len: usize) -> usize {
    let len = size_of::<AmsduHeader>().saturating_add(len);
    len.next_multiple_of(ALIGN).saturating_sub(len)
}

impl<'a> Iterator for AmsduSubframes<'a> {
    type Item = Result<AmsduSubframe<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let bytes = std::mem::take(&mut self.rest);
        let bytes = bytes.get(self.padding..).filter(|bytes| !bytes.is_empty())?;
        let Ok((header, rest)) = AmsduHeader::ref_from_prefix(bytes) else {
            let (need, have) = (size_of::<AmsduHeader>(), bytes.len());
            return Some(Err(Malformed::Truncated { need, have }));
        };
        let len = usize::from(header.length.get());
        let (payload, rest) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        (self.rest, self.padding) = (rest, padding(payload.len()));
        Some(Ok(AmsduSubframe { header, payload }))
    }
}
