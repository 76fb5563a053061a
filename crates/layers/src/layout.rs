//! Structures of fields as tables, for formats that have more fields than a program should spell out.

use std::ops::Range;

use crate::{FieldSink, Malformed, Value};

/// Parts of a number: Wireshark's name and the bits of each.
pub(crate) type Bits = [(&'static str, u64)];

/// A field of a structure, where the one before it ends. Numbers have their lower byte first unless
/// the variant says otherwise; one without a name is shown by its bits alone.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    U8(&'static str),
    U16(&'static str),
    U32(&'static str),
    U64(&'static str),
    /// A number of 8 bits with a sign.
    I8(&'static str),
    /// A number of some bytes, higher byte first.
    Be(usize, &'static str),
    /// A number of some bytes, and what its bits are.
    Bits(usize, &'static str, &'static Bits),
    Mac(&'static str),
    Bytes(usize, &'static str),
    /// Text, or bytes where it is none.
    Text(usize, &'static str),
    /// Text that zeros fill up.
    Name(usize, &'static str),
    /// All that is left, if anything is.
    Rest(&'static str),
    /// The same as text.
    RestText(&'static str),
    /// Every byte that is left, each a number.
    Each(&'static str),
    Skip(usize),
    /// Another structure.
    Group(&'static [Part]),
    /// The same structure again and again, as long as anything is left.
    Repeat(&'static [Part]),
}

/// Reports fields one behind the other. Whatever is not there is `None`: a structure may end between
/// two fields, but one that ends inside a field is a fault.
pub(crate) struct Layout<'a, 's> {
    rest: &'a [u8],
    /// The place of the next field in the layer.
    at: usize,
    /// The field taken last, for the bits in it.
    last: Range<usize>,
    sink: &'s mut dyn FieldSink,
}

impl<'a, 's> Layout<'a, 's> {
    /// Reads bytes that start at this place of the layer.
    pub(crate) fn new(bytes: &'a [u8], start: usize, sink: &'s mut dyn FieldSink) -> Self {
        Self { rest: bytes, at: start, last: start..start, sink }
    }

    /// Reports a structure, up to the first field that is cut short.
    pub(crate) fn read(&mut self, parts: &[Part]) -> Option<()> {
        parts.iter().try_for_each(|part| self.part(*part))
    }

    fn part(&mut self, part: Part) -> Option<()> {
        match part {
            Part::U8(name) => self.le(1, name).map(drop),
            Part::U16(name) => self.le(2, name).map(drop),
            Part::U32(name) => self.le(4, name).map(drop),
            Part::U64(name) => self.le(8, name).map(drop),
            Part::I8(name) => {
                let [byte] = *self.take(1)?.as_array()?;
                self.value(name, Value::Signed(byte.cast_signed().into()));
                Some(())
            }
            Part::Be(len, name) => self.be(len, name).map(drop),
            Part::Bits(len, name, bits) => {
                let number = self.le(len, name)?;
                self.bits(number, bits);
                Some(())
            }
            Part::Mac(name) => {
                let address = *self.take(6)?.as_array()?;
                self.value(name, Value::Mac(address));
                Some(())
            }
            Part::Bytes(len, name) => {
                let bytes = self.take(len)?;
                self.value(name, Value::Bytes(bytes));
                Some(())
            }
            Part::Text(len, name) => {
                let bytes = self.take(len)?;
                self.value(name, text(bytes));
                Some(())
            }
            Part::Name(len, name) => {
                let bytes = self.take(len)?;
                let name_len = bytes.iter().position(|&byte| byte == 0).unwrap_or(len);
                self.value(name, text(bytes.get(..name_len).unwrap_or(bytes)));
                Some(())
            }
            Part::Rest(_) | Part::RestText(_) if self.rest.is_empty() => Some(()),
            Part::Rest(name) => self.part(Part::Bytes(self.rest.len(), name)),
            Part::RestText(name) => self.part(Part::Text(self.rest.len(), name)),
            Part::Each(name) => {
                while !self.rest.is_empty() {
                    self.le(1, name)?;
                }
                Some(())
            }
            Part::Skip(len) => self.take(len).map(drop),
            Part::Group(parts) => self.read(parts),
            Part::Repeat(parts) => {
                while !self.rest.is_empty() {
                    let before = self.at;
                    self.read(parts)?;
                    // A structure of nothing would be there for ever.
                    if self.at == before {
                        return None;
                    }
                }
                Some(())
            }
        }
    }

    /// Reports a number of up to 8 bytes, lower byte first.
    pub(crate) fn le(&mut self, len: usize, name: &'static str) -> Option<u64> {
        let bytes = self.take(len)?;
        let number = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
        self.number(name, number);
        Some(number)
    }

    /// Reports a number of up to 8 bytes, higher byte first.
    pub(crate) fn be(&mut self, len: usize, name: &'static str) -> Option<u64> {
        let bytes = self.take(len)?;
        let number = bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
        self.number(name, number);
        Some(number)
    }

    /// Reports parts of the number taken last.
    pub(crate) fn bits(&mut self, number: u64, bits: &Bits) {
        for &(name, mask) in bits {
            self.value(name, bits_of(number, mask));
        }
    }

    /// Reports a number that the bytes taken last say.
    pub(crate) fn number(&mut self, name: &'static str, number: u64) {
        if !name.is_empty() {
            self.value(name, Value::Number(number));
        }
    }

    /// Reports a value that the bytes taken last say.
    pub(crate) fn value(&mut self, name: &'static str, value: Value<'_>) {
        self.sink.value(name, value, self.last.clone());
    }

    /// Makes what is reported next stand in this place.
    pub(crate) fn place(&mut self, place: Range<usize>) {
        self.last = place;
    }

    /// The next bytes, which are not reported.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
            self.sink.ends_inside(len, self.rest.len(), self.at);
            return None;
        };
        self.last = self.at..self.at.saturating_add(len);
        (self.rest, self.at) = (rest, self.last.end);
        Some(bytes)
    }

    /// The next bytes, to be read on their own.
    pub(crate) fn split(&mut self, len: usize) -> Option<Layout<'a, '_>> {
        let start = self.at;
        let bytes = self.take(len)?;
        Some(Layout::new(bytes, start, self.sink))
    }

    /// What a list has next. Its error is a fault at `place`.
    pub(crate) fn sound<T>(
        &mut self,
        next: Option<Result<T, Malformed>>,
        place: usize,
    ) -> Option<T> {
        self.sink.sound(next, place)
    }

    /// What is still to be read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The place of the next field in the layer.
    pub(crate) fn at(&self) -> usize {
        self.at
    }
}

/// The bits of a number under a mask: a flag, if that is one bit.
fn bits_of(number: u64, mask: u64) -> Value<'static> {
    let bits = (number & mask).checked_shr(mask.trailing_zeros()).unwrap_or_default();
    if mask.is_power_of_two() { Value::Flag(bits != 0) } else { Value::Number(bits) }
}

/// Text, or bytes where it is none.
pub(crate) fn text(bytes: &[u8]) -> Value<'_> {
    std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    #[track_caller]
    fn check(bytes: &[u8], parts: &[Part], expected: &str) {
        let mut found = Vec::new();
        let mut sink = |Field { name, value, bytes }: Field<'_>| {
            found.push(format!("{name}={value}@{}+{}", bytes.start, bytes.len()));
        };
        let _ = Layout::new(bytes, 10, &mut sink).read(parts);
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn numbers_are_read_in_either_order_of_bytes() {
        check(
            &[1, 2, 3, 4, 5, 0xff],
            &[Part::U16("a"), Part::Be(3, "b"), Part::I8("c")],
            "a=513@10+2 b=197637@12+3 c=-1@15+1",
        );
    }

    #[test]
    fn bits_stand_where_their_number_does() {
        let bits: &Bits = &[("low", 0xf), ("flag", 0x10), ("high", 0xff00)];
        check(&[0x1a, 0x80], &[Part::Bits(2, "", bits)], "low=10@10+2 flag=1@10+2 high=128@10+2");
    }

    #[test]
    fn a_structure_ends_where_its_bytes_do() {
        let parts = &[Part::Repeat(&[Part::U8("a"), Part::U16("b")]), Part::U8("never")];
        check(&[1, 2, 0, 3, 4], parts, "a=1@10+1 b=2@11+2 a=3@13+1");
        check(&[], &[Part::Rest("a"), Part::Each("b"), Part::Repeat(&[])], "");
        check(&[1], &[Part::Repeat(&[])], "");
    }

    #[test]
    fn what_is_no_text_is_bytes() {
        check(b"ab\xff", &[Part::Text(2, "a"), Part::RestText("b")], "a=ab@10+2 b=ff@12+1");
    }

    #[test]
    fn a_name_ends_at_the_first_zero() {
        check(b"ab\0\0cd", &[Part::Name(4, "a"), Part::Name(2, "b")], "a=ab@10+4 b=cd@14+2");
    }
}
