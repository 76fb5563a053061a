//! Parts of a header that flags announce, taken one behind the other.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::Malformed;

/// The part of a header that is still to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    whole: usize,
    pub(crate) rest: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { whole: bytes.len(), rest: bytes }
    }

    /// How many bytes were taken.
    pub(crate) fn taken(&self) -> usize {
        self.whole.saturating_sub(self.rest.len())
    }

    /// A part of fixed layout.
    pub(crate) fn take<T>(&mut self) -> Result<&'a T, Malformed>
    where
        T: FromBytes + KnownLayout + Immutable + Unaligned,
    {
        let error = self.needs(size_of::<T>());
        let (part, rest) = T::ref_from_prefix(self.rest).map_err(|_| error)?;
        self.rest = rest;
        Ok(part)
    }

    /// A part of fixed layout, if it is announced.
    pub(crate) fn take_if<T>(&mut self, is_announced: bool) -> Result<Option<&'a T>, Malformed>
    where
        T: FromBytes + KnownLayout + Immutable + Unaligned,
    {
        if is_announced { self.take().map(Some) } else { Ok(None) }
    }

    /// A part of so many bytes.
    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (part, rest) = self.rest.split_at_checked(len).ok_or(self.needs(len))?;
        self.rest = rest;
        Ok(part)
    }

    fn needs(&self, len: usize) -> Malformed {
        Malformed::Truncated { need: self.taken().saturating_add(len), have: self.whole }
    }
}

/// The places of parts that lie one behind the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places(pub(crate) usize);

impl Places {
    /// The place of the next part, of so many bytes.
    pub(crate) fn next(&mut self, len: usize) -> Range<usize> {
        let start = self.0;
        self.0 = start.saturating_add(len);
        start..self.0
    }
}

#[cfg(test)]
mod tests {
    use zerocopy::network_endian::U16;

    use super::*;

    #[test]
    fn parts_follow_each_other_and_a_cut_says_how_much_is_needed() {
        let mut parts = Parts::new(&[1, 2, 3, 4, 5]);
        assert_eq!(parts.take::<U16>().unwrap().get(), 0x0102);
        assert_eq!(parts.take_if::<U16>(false), Ok(None));
        assert_eq!(parts.bytes(1), Ok(&[3][..]));
        assert_eq!(parts.taken(), 3);
        assert_eq!(parts.bytes(3), Err(Malformed::Truncated { need: 6, have: 5 }));
        assert_eq!(parts.take::<[u8; 4]>(), Err(Malformed::Truncated { need: 7, have: 5 }));
        assert_eq!(parts.rest, [4, 5]);
    }
}
