//! Fields: each value of a header under Wireshark's name for it, with its place in the bytes.

use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::Malformed;

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    /// Wireshark's abbreviation, such as `ip.src`.
    pub name: &'static str,
    /// The value.
    pub value: Value<'a>,
    /// Its bytes: a layer counts from its own first byte, a packet from the packet's.
    pub bytes: Range<usize>,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A number without a sign; a length in bytes, a time in the unit of its field.
    Number(u64),
    /// A number with a sign.
    Signed(i64),
    /// A number with a fraction.
    Float(f64),
    /// A bit that is set or not.
    Flag(bool),
    /// A hardware address.
    Mac([u8; 6]),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// Bytes with no further meaning here.
    Bytes(&'a [u8]),
    /// Text that is valid UTF-8.
    Text(&'a str),
}

/// Takes fields, one by one. Any closure over a [`Field`] is one.
pub trait FieldSink {
    /// Takes the next field.
    fn field(&mut self, field: Field<'_>);

    /// Takes what is wrong with the content of the layer, such as an option that is cut short, and
    /// its place, counted as those of fields are. Fields are told up to there, or behind it too. Most
    /// sinks have no use for it.
    fn fault(&mut self, _cause: Malformed, _place: usize) {}
}

impl<F: FnMut(Field<'_>)> FieldSink for F {
    fn field(&mut self, field: Field<'_>) {
        self(field);
    }
}

impl dyn FieldSink + '_ {
    /// Reports a number.
    pub fn number(&mut self, name: &'static str, value: impl Into<u64>, bytes: Range<usize>) {
        self.value(name, Value::Number(value.into()), bytes);
    }

    /// Reports a bit.
    pub fn flag(&mut self, name: &'static str, value: bool, bytes: Range<usize>) {
        self.value(name, Value::Flag(value), bytes);
    }

    /// Reports bytes.
    pub fn bytes(&mut self, name: &'static str, value: &[u8], bytes: Range<usize>) {
        self.value(name, Value::Bytes(value), bytes);
    }

    /// What a list at `place` has next. Its error is a fault of the layer, and ends it.
    #[inline]
    pub(crate) fn sound<T>(
        &mut self,
        next: Option<Result<T, Malformed>>,
        place: usize,
    ) -> Option<T> {
        match next? {
            Ok(item) => Some(item),
            Err(cause) => {
                self.fault(cause, place);
                None
            }
        }
    }

    /// Tells of a field of which there is only the front, if there is that much of it.
    #[cold]
    pub(crate) fn ends_inside(&mut self, need: usize, have: usize, place: usize) {
        if have > 0 {
            self.fault(Malformed::Truncated { need, have }, place);
        }
    }

    /// Reports any value.
    pub fn value(&mut self, name: &'static str, value: Value<'_>, bytes: Range<usize>) {
        self.field(Field { name, value, bytes });
    }
}

/// Hands fields on with their places moved, as a part of a layer or packet to the whole.
pub(crate) struct Shifted<'s> {
    pub(crate) sink: &'s mut dyn FieldSink,
    pub(crate) start: usize,
}

impl FieldSink for Shifted<'_> {
    fn field(&mut self, mut field: Field<'_>) {
        field.bytes.start = self.start.saturating_add(field.bytes.start);
        field.bytes.end = self.start.saturating_add(field.bytes.end);
        self.sink.field(field);
    }

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.sink.fault(cause, self.start.saturating_add(place));
    }
}

/// Keeps what is wrong first.
#[derive(Default)]
pub(crate) struct FirstFault {
    pub(crate) found: Option<(Malformed, usize)>,
}

impl FieldSink for FirstFault {
    fn field(&mut self, _field: Field<'_>) {}

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.found.get_or_insert((cause, place));
    }
}

/// Writes fields on one line: the `Display` of layers and packets.
pub(crate) fn display(
    f: &mut fmt::Formatter<'_>,
    fields: impl FnOnce(&mut dyn FieldSink),
) -> fmt::Result {
    let (mut result, mut space) = (Ok(()), "");
    fields(&mut |Field { name, value, .. }: Field<'_>| {
        result = result.and_then(|()| write!(f, "{space}{name}={value}"));
        space = " ";
    });
    result
}

impl fmt::Display for Value<'_> {
    /// Writes a number in decimal, a bit as 0 or 1, an address as text, bytes as lower-case hex
    /// without separators, text as it is but for control characters: those are escaped, so that a
    /// packet cannot drive a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Signed(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Flag(flag) => u8::from(*flag).fmt(f),
            Self::Mac([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
            Self::Ipv4(address) => address.fmt(f),
            Self::Ipv6(address) => address.fmt(f),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Text(text) => text.chars().try_for_each(|c| {
                if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_drive_a_terminal() {
        let value = Value::Text("caf\u{e9} \x1b[2J\n");
        assert_eq!(value.to_string(), "caf\u{e9} \\u{1b}[2J\\n");
    }
}
