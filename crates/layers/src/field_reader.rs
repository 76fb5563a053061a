//! Reports the fields of a message one behind the other, each at its place in its layer.

use std::ops::Range;

use crate::{FieldSink, Malformed, Value};

/// Reads fields and reports them. Whatever is not there is `None`, and nothing moves then: a message
/// may end between two fields, but one that ends inside a field, or a part that is longer than what
/// it is a part of, is a fault.
pub(crate) struct FieldReader<'a, 's> {
    /// A part of the layer, up to where this reader ends.
    bytes: &'a [u8],
    /// The place of that part in the layer.
    base: usize,
    /// The place of the next field.
    at: usize,
    /// The field read last, for the bits in it.
    last: Range<usize>,
    sink: &'s mut dyn FieldSink,
}

impl<'a, 's> FieldReader<'a, 's> {
    /// Reads bytes that are at this place of their layer.
    pub(crate) fn new(bytes: &'a [u8], at: usize, sink: &'s mut dyn FieldSink) -> Self {
        Self { bytes, base: at, at, last: at..at, sink }
    }

    /// A reader of the next `len` bytes, as far as they are there, over which this one steps.
    pub(crate) fn part(&mut self, len: usize) -> FieldReader<'a, '_> {
        let (at, base) = (self.at, self.base);
        if self.skip(len).is_none() {
            self.cut(len, at);
        }
        let bytes = self.bytes.get(..self.at.saturating_sub(base)).unwrap_or_default();
        FieldReader { bytes, base, at, last: at..at, sink: &mut *self.sink }
    }

    /// A reader of all that is there from another place on.
    pub(crate) fn at(&mut self, place: usize) -> FieldReader<'a, '_> {
        let (bytes, base) = (self.bytes, self.base);
        let at = place.min(base.saturating_add(bytes.len()));
        FieldReader { bytes, base, at, last: at..at, sink: &mut *self.sink }
    }

    /// A reader of the same bytes, which are still to be read by this one.
    pub(crate) fn again(&mut self) -> FieldReader<'a, '_> {
        self.at(self.at)
    }

    /// Reports an unsigned number of so many bytes, up to 8.
    pub(crate) fn number(&mut self, name: &'static str, len: usize) -> Option<u64> {
        let value = self.word(len)?;
        self.bits(name, value);
        Some(value)
    }

    /// Reports an unsigned number of so many bytes, up to 8, the lower byte first.
    pub(crate) fn le(&mut self, name: &'static str, len: usize) -> Option<u64> {
        let bytes = self.get(len)?;
        let value = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        self.bits(name, value);
        Some(value)
    }

    pub(crate) fn u8(&mut self, name: &'static str) -> Option<u8> {
        let [value] = *self.take()?;
        self.bits(name, value);
        Some(value)
    }

    pub(crate) fn u16(&mut self, name: &'static str) -> Option<u16> {
        let value = u16::from_be_bytes(*self.take()?);
        self.bits(name, value);
        Some(value)
    }

    pub(crate) fn u24(&mut self, name: &'static str) -> Option<u32> {
        let [a, b, c] = *self.take()?;
        let value = u32::from_be_bytes([0, a, b, c]);
        self.bits(name, value);
        Some(value)
    }

    pub(crate) fn u32(&mut self, name: &'static str) -> Option<u32> {
        let value = u32::from_be_bytes(*self.take()?);
        self.bits(name, value);
        Some(value)
    }

    /// Reports a number with a fraction, of 32 bits as IEEE 754 has them.
    pub(crate) fn f32(&mut self, name: &'static str) -> Option<f32> {
        let value = f32::from_be_bytes(*self.take()?);
        self.sink.value(name, Value::Float(value.into()), self.last.clone());
        Some(value)
    }

    pub(crate) fn ipv4(&mut self, name: &'static str) -> Option<[u8; 4]> {
        let address = *self.take::<4>()?;
        self.sink.value(name, Value::Ipv4(address.into()), self.last.clone());
        Some(address)
    }

    pub(crate) fn ipv6(&mut self, name: &'static str) -> Option<[u8; 16]> {
        let address = *self.take::<16>()?;
        self.sink.value(name, Value::Ipv6(address.into()), self.last.clone());
        Some(address)
    }

    pub(crate) fn mac(&mut self, name: &'static str) -> Option<[u8; 6]> {
        let address = *self.take::<6>()?;
        self.sink.value(name, Value::Mac(address), self.last.clone());
        Some(address)
    }

    pub(crate) fn bytes(&mut self, name: &'static str, len: usize) -> Option<&'a [u8]> {
        let value = self.get(len)?;
        self.sink.bytes(name, value, self.last.clone());
        Some(value)
    }

    /// Reports text, which ends at the first zero or behind `len` bytes.
    pub(crate) fn text(&mut self, name: &'static str, len: usize) -> Option<&'a [u8]> {
        let value = self.get(len)?;
        let text = value.split(|&byte| byte == 0).next().unwrap_or_default();
        match std::str::from_utf8(text) {
            Ok(text) => self.sink.value(name, Value::Text(text), self.last.clone()),
            Err(_) => self.sink.bytes(name, value, self.last.clone()),
        }
        Some(value)
    }

    /// Reports all that is left as bytes, if anything is.
    pub(crate) fn rest_as(&mut self, name: &'static str) -> Option<&'a [u8]> {
        if self.is_empty() { None } else { self.bytes(name, self.rest().len()) }
    }

    /// Reports all that is left as text, if anything is.
    pub(crate) fn rest_text(&mut self, name: &'static str) -> Option<&'a [u8]> {
        if self.is_empty() { None } else { self.text(name, self.rest().len()) }
    }

    /// Reads a number of so many bytes, up to 8, of which the fields are parts.
    pub(crate) fn word(&mut self, len: usize) -> Option<u64> {
        self.get(len).map(big_endian)
    }

    /// The number that the next bytes are.
    pub(crate) fn peek(&self, len: usize) -> Option<u64> {
        let bytes = self.rest().get(..len)?;
        Some(big_endian(bytes))
    }

    /// The next byte.
    pub(crate) fn peek_u8(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The number that the next two bytes are.
    pub(crate) fn peek_u16(&self) -> Option<u16> {
        self.rest().first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    /// Reports a number made of some bits of what was read last.
    pub(crate) fn bits(&mut self, name: &'static str, value: impl Into<u64>) {
        self.sink.number(name, value, self.last.clone());
    }

    /// Reports a bit of what was read last.
    pub(crate) fn flag(&mut self, name: &'static str, value: bool) {
        self.sink.flag(name, value, self.last.clone());
    }

    /// Reports bits of the number read last: a name and the mask of each, set or not.
    pub(crate) fn flags(&mut self, word: u64, flags: &[(&'static str, u64)]) {
        flags.iter().for_each(|&(name, mask)| self.flag(name, word & mask != 0));
    }

    /// Reports parts of the number read last: a name and the mask of each, as a number.
    pub(crate) fn bit_fields(&mut self, word: impl Into<u64>, parts: &[(&'static str, u64)]) {
        let word = word.into();
        for &(name, mask) in parts {
            self.bits(name, (word & mask).checked_shr(mask.trailing_zeros()).unwrap_or_default());
        }
    }

    /// Reports any value, made of what was read last.
    pub(crate) fn value(&mut self, name: &'static str, value: Value<'_>) {
        self.sink.value(name, value, self.last.clone());
    }

    /// Reports any value, made of these bytes of the layer.
    pub(crate) fn value_at(&mut self, name: &'static str, value: Value<'_>, bytes: Range<usize>) {
        self.sink.value(name, value, bytes);
    }

    /// Steps over bytes, as far as they are there.
    pub(crate) fn skip(&mut self, len: usize) -> Option<&'a [u8]> {
        let rest = self.rest();
        let end = self.at.saturating_add(len.min(rest.len()));
        (self.last, self.at) = (self.at..end, end);
        rest.get(..len)
    }

    /// The place of the next field in the layer.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// What is still to be read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at.saturating_sub(self.base)..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The next bytes, which fields are made of.
    pub(crate) fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let value = self.rest().first_chunk();
        match value {
            Some(_) => self.step(N),
            None => self.sink.ends_inside(N, self.rest().len(), self.at),
        }
        value
    }

    /// What a list has next. Its error is a fault at `place`.
    pub(crate) fn sound<T>(
        &mut self,
        next: Option<Result<T, Malformed>>,
        place: usize,
    ) -> Option<T> {
        self.sink.sound(next, place)
    }

    /// The next bytes, if so many are there.
    fn get(&mut self, len: usize) -> Option<&'a [u8]> {
        let value = self.rest().get(..len);
        match value {
            Some(_) => self.step(len),
            None => self.sink.ends_inside(len, self.rest().len(), self.at),
        }
        value
    }

    #[cold]
    fn cut(&mut self, need: usize, at: usize) {
        let have = self.base.saturating_add(self.bytes.len()).saturating_sub(at);
        self.sink.fault(Malformed::Truncated { need, have }, at);
    }

    fn step(&mut self, len: usize) {
        self.last = self.at..self.at.saturating_add(len);
        self.at = self.last.end;
    }
}

/// A big-endian number of up to eight bytes; of more, the last eight.
pub(crate) fn big_endian(bytes: &[u8]) -> u64 {
    // Most numbers are of four bytes.
    if let Some(word) = bytes.as_array() {
        return u32::from_be_bytes(*word).into();
    }
    bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    #[track_caller]
    fn check(read: impl FnOnce(&mut FieldReader<'_, '_>), expected: &[(&str, &str, Range<usize>)]) {
        let mut found = Vec::new();
        let mut sink = |Field { name, value, bytes }: Field<'_>| {
            found.push((name, value.to_string(), bytes));
        };
        read(&mut FieldReader::new(b"\x01\x02\x03ab\0cd", 1, &mut sink));
        let expected = expected.iter().cloned().map(|(n, v, b)| (n, v.to_owned(), b));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn fields_follow_one_another() {
        check(
            |reader| {
                reader.u8("one");
                reader.flag("bit", true);
                assert_eq!(reader.again().le("lower first", 2), Some(0x302));
                assert_eq!(reader.number("two", 2), Some(0x203));
                reader.text("text", 5);
                assert!(reader.is_empty() && reader.u8("none").is_none());
            },
            &[
                ("one", "1", 1..2),
                ("bit", "1", 1..2),
                ("lower first", "770", 2..4),
                ("two", "515", 2..4),
                ("text", "ab", 4..9),
            ],
        );
    }

    #[test]
    fn a_part_ends_where_it_must_and_is_stepped_over() {
        check(
            |reader| {
                let mut part = reader.part(2);
                assert!(part.u32("too long").is_none());
                part.rest_as("part");
                assert_eq!(reader.place(), 3);
                reader.part(100).skip(100);
                assert!(reader.is_empty());
            },
            &[("part", "0102", 1..3)],
        );
    }
}
