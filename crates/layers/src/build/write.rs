//! What encoders of options share: lengths in front of what they count, numbers of odd widths.

use crate::{EncodeError, Malformed};

/// A field, named as its specification names it, and its layer: what errors say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) layer: &'static str,
    pub(crate) field: &'static str,
}

impl Place {
    pub(crate) const fn new(layer: &'static str, field: &'static str) -> Self {
        Self { layer, field }
    }

    /// A value that does not fit.
    pub(crate) fn too_large(self, value: u64) -> EncodeError {
        EncodeError::TooLarge { layer: self.layer, field: self.field, value }
    }

    /// A value that its protocol rules out.
    pub(crate) fn bad(self, value: u64) -> EncodeError {
        let cause = Malformed::Field { name: self.field, value };
        EncodeError::Malformed { layer: self.layer, cause }
    }

    /// A value of at most so many bits.
    pub(crate) fn bits<T: Copy + Into<u64>>(self, value: T, bits: u32) -> Result<T, EncodeError> {
        let number = value.into();
        match number.checked_shr(bits) {
            Some(0) | None => Ok(value),
            Some(_) => Err(self.too_large(number)),
        }
    }

    /// Appends a byte of length, then data. The length counts these and `more` bytes.
    pub(crate) fn with_length_u8(
        self,
        out: &mut Vec<u8>,
        more: usize,
        data: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let at = out.len();
        out.push(0);
        let start = out.len();
        data(out)?;
        let length = out.len().saturating_sub(start).saturating_add(more);
        let length = u8::try_from(length).map_err(|_| self.too_large(length as u64))?;
        out.get_mut(at).into_iter().for_each(|byte| *byte = length);
        Ok(())
    }

    /// The same with a length of two bytes.
    pub(crate) fn with_length_u16(
        self,
        out: &mut Vec<u8>,
        more: usize,
        data: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let at = out.len();
        out.extend([0; 2]);
        let start = out.len();
        data(out)?;
        let length = out.len().saturating_sub(start).saturating_add(more);
        let length = u16::try_from(length).map_err(|_| self.too_large(length as u64))?;
        let place = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        place.into_iter().for_each(|bytes| *bytes = length.to_be_bytes());
        Ok(())
    }

    /// Appends a number in so many bytes, the highest first.
    pub(crate) fn number(
        self,
        out: &mut Vec<u8>,
        value: u64,
        len: usize,
    ) -> Result<(), EncodeError> {
        let bytes = value.to_be_bytes();
        let (front, back) =
            bytes.split_at_checked(bytes.len().saturating_sub(len)).ok_or(self.too_large(value))?;
        if front.iter().any(|&byte| byte != 0) {
            return Err(self.too_large(value));
        }
        out.extend(back);
        Ok(())
    }

    /// Appends numbers of which the last may be left out, each in so many bytes.
    pub(crate) fn numbers(
        self,
        out: &mut Vec<u8>,
        numbers: &[(Option<u64>, usize)],
    ) -> Result<(), EncodeError> {
        let mut is_over = false;
        for &(value, len) in numbers {
            match value {
                Some(value) if is_over => return Err(self.bad(value)),
                Some(value) => self.number(out, value, len)?,
                None => is_over = true,
            }
        }
        Ok(())
    }
}

/// Appends zeros until the bytes behind `start` are a multiple of `unit`.
pub(crate) fn pad(out: &mut Vec<u8>, start: usize, unit: usize) {
    let len = out.len().saturating_sub(start);
    out.resize(start.saturating_add(len.next_multiple_of(unit)), 0);
}
