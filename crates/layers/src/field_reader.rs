//! Reads a message from front to back and reports each field on the way, up to where it is cut.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::{FieldSink, Value};

/// Where the reading of a message stands. Each method takes bytes off the front and reports them
/// under a name; `None` says that there are not enough, and there are none from then on.
pub(crate) struct FieldReader<'a, 's> {
    bytes: &'a [u8],
    /// The place of the next byte in the layer.
    at: usize,
    /// The place of what was read last: fields of single bits share it.
    last: Range<usize>,
    sink: &'s mut dyn FieldSink,
}

impl<'a, 's> FieldReader<'a, 's> {
    /// Reads `bytes`, which are at the place `at` of their layer.
    pub(crate) fn new(bytes: &'a [u8], at: usize, sink: &'s mut dyn FieldSink) -> Self {
        Self { bytes, at, last: at..at, sink }
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The place of the next byte in the layer.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A reader of the next `len` bytes alone, or of what is there of them.
    pub(crate) fn part(&mut self, len: usize) -> FieldReader<'a, '_> {
        let at = self.at;
        let part = self.bytes.get(..len).unwrap_or(self.bytes);
        self.skip(part.len());
        FieldReader { bytes: part, at, last: at..at, sink: &mut *self.sink }
    }

    /// A reader of the same bytes, which are still to be read by this one.
    pub(crate) fn again(&mut self) -> FieldReader<'a, '_> {
        let at = self.at;
        FieldReader { bytes: self.bytes, at, last: at..at, sink: &mut *self.sink }
    }

    /// Steps over bytes without a field.
    pub(crate) fn skip(&mut self, len: usize) -> Option<&'a [u8]> {
        let Some((taken, rest)) = self.bytes.split_at_checked(len) else {
            self.bytes = &[];
            return None;
        };
        let end = self.at.saturating_add(len);
        (self.bytes, self.last, self.at) = (rest, self.at..end, end);
        Some(taken)
    }

    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.skip(N)?.first_chunk()
    }

    /// Reports a value in the place of what was read last.
    pub(crate) fn also(&mut self, name: &'static str, value: Value<'_>) {
        self.sink.value(name, value, self.last.clone());
    }

    /// Reports bits of what was read last: each name with its mask, as a number.
    pub(crate) fn bits(&mut self, value: impl Into<u64>, names: &[(&'static str, u64)]) {
        let value = value.into();
        for &(name, mask) in names {
            let number = (value & mask).checked_shr(mask.trailing_zeros()).unwrap_or_default();
            self.also(name, Value::Number(number));
        }
    }

    /// Reports bits of what was read last: each name with its mask, as set or not.
    pub(crate) fn flags(&mut self, value: impl Into<u64>, names: &[(&'static str, u64)]) {
        let value = value.into();
        for &(name, mask) in names {
            self.also(name, Value::Flag(value & mask != 0));
        }
    }

    pub(crate) fn u8(&mut self, name: &'static str) -> Option<u8> {
        let number = self.peek_u8()?;
        self.number(name, 1)?;
        Some(number)
    }

    pub(crate) fn u16(&mut self, name: &'static str) -> Option<u16> {
        self.number(name, 2)?.try_into().ok()
    }

    pub(crate) fn u24(&mut self, name: &'static str) -> Option<u32> {
        self.number(name, 3)?.try_into().ok()
    }

    pub(crate) fn u32(&mut self, name: &'static str) -> Option<u32> {
        self.number(name, 4)?.try_into().ok()
    }

    /// A big-endian number of up to eight bytes.
    pub(crate) fn number(&mut self, name: &'static str, len: usize) -> Option<u64> {
        let number = big_endian(self.skip(len)?);
        self.also(name, Value::Number(number));
        Some(number)
    }

    /// The next byte, which stays where it is.
    pub(crate) fn peek_u8(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// The next two bytes as a number, which stay where they are.
    pub(crate) fn peek_u16(&self) -> Option<u16> {
        self.bytes.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    pub(crate) fn mac(&mut self, name: &'static str) -> Option<[u8; 6]> {
        let address = *self.take()?;
        self.also(name, Value::Mac(address));
        Some(address)
    }

    pub(crate) fn ipv4(&mut self, name: &'static str) -> Option<Ipv4Addr> {
        let address = Ipv4Addr::from(*self.take::<4>()?);
        self.also(name, Value::Ipv4(address));
        Some(address)
    }

    pub(crate) fn ipv6(&mut self, name: &'static str) -> Option<Ipv6Addr> {
        let address = Ipv6Addr::from(*self.take::<16>()?);
        self.also(name, Value::Ipv6(address));
        Some(address)
    }

    pub(crate) fn bytes(&mut self, name: &'static str, len: usize) -> Option<&'a [u8]> {
        let bytes = self.skip(len)?;
        self.also(name, Value::Bytes(bytes));
        Some(bytes)
    }

    /// Text, or bytes where they are none. Ends at the first zero, as Wireshark's text does.
    pub(crate) fn text(&mut self, name: &'static str, len: usize) -> Option<&'a [u8]> {
        let bytes = self.skip(len)?;
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        self.also(name, std::str::from_utf8(text).map_or(Value::Bytes(bytes), Value::Text));
        Some(bytes)
    }

    /// All that is left as bytes, if anything is.
    pub(crate) fn rest_bytes(&mut self, name: &'static str) -> Option<&'a [u8]> {
        if self.is_empty() { None } else { self.bytes(name, self.bytes.len()) }
    }

    /// All that is left as text, if anything is.
    pub(crate) fn rest_text(&mut self, name: &'static str) -> Option<&'a [u8]> {
        if self.is_empty() { None } else { self.text(name, self.bytes.len()) }
    }
}

/// A big-endian number of up to eight bytes; of more, the last eight.
pub(crate) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    fn read(bytes: &[u8], read: impl FnOnce(&mut FieldReader<'_, '_>)) -> String {
        let mut found = Vec::new();
        let mut sink = |field: Field<'_>| {
            found.push(format!("{}={}@{:?}", field.name, field.value, field.bytes));
        };
        read(&mut FieldReader::new(bytes, 4, &mut sink));
        found.join(" ")
    }

    #[test]
    fn each_field_has_its_place_and_bits_share_one() {
        let fields = read(&[0x12, 0x34, 0xa1, b'h', b'i', 0, 0], |reader| {
            reader.u16("a").unwrap();
            let bits = reader.u8("b").unwrap();
            reader.flags(bits, &[("c", 0x80), ("d", 0x40)]);
            reader.bits(bits, &[("e", 0xf0)]);
            reader.rest_text("f").unwrap();
            assert!(reader.rest_bytes("g").is_none());
        });
        assert_eq!(fields, "a=4660@4..6 b=161@6..7 c=1@6..7 d=0@6..7 e=10@6..7 f=hi@7..11");
    }

    #[test]
    fn nothing_is_read_behind_a_cut() {
        let fields = read(&[1, 2, 3], |reader| {
            assert_eq!((reader.u8("a"), reader.u32("b"), reader.u8("c")), (Some(1), None, None));
        });
        assert_eq!(fields, "a=1@4..5");
    }

    #[test]
    fn a_part_ends_where_it_should_and_the_rest_goes_on() {
        let fields = read(&[1, 2, 3], |reader| {
            let mut part = reader.part(2);
            assert_eq!((part.u8("a"), part.u16("b")), (Some(1), None));
            assert_eq!(reader.u8("c"), Some(3));
        });
        assert_eq!(fields, "a=1@4..5 c=3@6..7");
    }
}
