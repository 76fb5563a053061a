//! Values in the Basic Encoding Rules, as far as SNMP uses them,
//! [X.690](https://www.itu.int/rec/T-REC-X.690) section 8.

use std::fmt;

use crate::Malformed;

/// Most numbers of an object identifier: RFC 2578, section 3.5.
const MAX_ARCS: usize = 128;

/// A tagged value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// The place of the tag in the message.
    pub(super) at: usize,
    /// The place of the content in the message.
    pub(super) content_at: usize,
}

impl Value<'_> {
    /// The place behind the content.
    pub(super) fn end(&self) -> usize {
        self.content_at.saturating_add(self.content.len())
    }

    /// A number with a sign, if it has no more than 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        let negative = self.content.first()? & 0x80 != 0;
        let start = if negative { -1 } else { 0 };
        (self.content.len() <= 8)
            .then(|| self.content.iter().fold(start, |number, byte| number << 8 | i64::from(*byte)))
    }

    /// A number without a sign, if it has no more than 64 bits. A byte of zeros may stand in front.
    pub(super) fn unsigned(&self) -> Option<u64> {
        let digits = self.content.strip_prefix(&[0]).unwrap_or(self.content);
        let is_number = !self.content.is_empty() && digits.len() <= 8;
        is_number.then(|| digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// Values one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { rest: bytes, at }
    }

    /// The values in a value.
    pub(super) fn inside(value: &Value<'a>) -> Self {
        Self::new(value.content, value.content_at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value. One that is cut short has the content that is there, if `may_be_cut`.
    pub(super) fn next(&mut self, may_be_cut: bool) -> Result<Value<'a>, Malformed> {
        let have = self.rest.len();
        let cut = |need| Malformed::Truncated { need, have };
        let (&[tag, first], behind) = self.rest.split_first_chunk().ok_or(cut(2))?;
        // RFC 3417, section 8: indefinite lengths are not used; longer ones than this are none.
        let (length, behind) = match (first, behind) {
            (0..=0x7f, behind) => (usize::from(first), behind),
            (0x81, [a, behind @ ..]) => (usize::from(*a), behind),
            (0x82, [a, b, behind @ ..])
            | (0x83, [0, a, b, behind @ ..])
            | (0x84, [0, 0, a, b, behind @ ..]) => {
                (usize::from(u16::from_be_bytes([*a, *b])), behind)
            }
            (0x81..=0x84, _) if have < 6 => return Err(cut(have.saturating_add(1))),
            _ => return Err(Malformed::Field { name: "length", value: first.into() }),
        };
        let front = have.saturating_sub(behind.len());
        let (content, rest) = match behind.split_at_checked(length) {
            Some(split) => split,
            None if may_be_cut => (behind, &[][..]),
            None => return Err(cut(front.saturating_add(length))),
        };
        let at = self.at;
        let content_at = at.saturating_add(front);
        self.at = content_at.saturating_add(content.len());
        self.rest = rest;
        Ok(Value { tag, content, at, content_at })
    }

    /// The next value, if it has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Value<'a>, Malformed> {
        let value = self.next(true)?;
        if value.tag == tag {
            Ok(value)
        } else {
            Err(Malformed::Field { name: "tag", value: value.tag.into() })
        }
    }
}

/// An object identifier, as it is on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnmpOid<'a>(pub &'a [u8]);

impl SnmpOid<'_> {
    /// The numbers. One that does not fit ends them.
    pub fn arcs(&self) -> impl Iterator<Item = u64> {
        let mut rest = self.0;
        let first = rest.first().copied().unwrap_or_default();
        let root = u64::from((first / 40).min(2));
        let mut is_first = !rest.is_empty();
        let numbers = std::iter::from_fn(move || {
            let end = rest.iter().position(|byte| byte & 0x80 == 0)?;
            let (digits, behind) = rest.split_at_checked(end.saturating_add(1))?;
            rest = behind;
            let number = digits.iter().try_fold(0_u64, |number, byte| {
                Some(number.checked_mul(128)?.saturating_add(u64::from(byte & 0x7f)))
            })?;
            let number = if std::mem::take(&mut is_first) {
                number.saturating_sub(root.saturating_mul(40))
            } else {
                number
            };
            Some(number)
        });
        let root = (!self.0.is_empty()).then_some(root);
        root.into_iter().chain(numbers).take(MAX_ARCS)
    }
}

impl fmt::Display for SnmpOid<'_> {
    /// Writes the numbers with dots between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, arc) in self.arcs().enumerate() {
            write!(f, "{}{arc}", if place == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Debug for SnmpOid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SnmpOid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_numbers_of_any_size() {
        let check = |wire: &[u8], text: &str| assert_eq!(SnmpOid(wire).to_string(), text);
        check(b"\x2b\x06\x01\x02\x01", "1.3.6.1.2.1");
        check(b"\x2b\x8c\x9a\x40\x01", "1.3.200000.1");
        // X.690, section 8.19.5.
        check(b"\x88\x37\x03", "2.999.3");
        check(b"", "");
        check(b"\x2b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", "1.3");
    }

    #[test]
    fn lengths_that_make_no_sense_are_errors() {
        let next =
            |bytes: &'static [u8]| Reader::new(bytes, 0).next(false).map(|value| value.content);
        assert_eq!(next(b"\x04\x01a"), Ok(&b"a"[..]));
        assert_eq!(next(b"\x04\x82\0\x01a"), Ok(&b"a"[..]));
        assert_eq!(next(b"\x04\x80a\0\0"), Err(Malformed::Field { name: "length", value: 0x80 }));
        assert_eq!(
            next(b"\x04\x84\x01\0\0\0aaa"),
            Err(Malformed::Field { name: "length", value: 0x84 })
        );
        assert_eq!(next(b"\x04\x05a"), Err(Malformed::Truncated { need: 7, have: 3 }));
        assert_eq!(next(b"\x04\x82\0"), Err(Malformed::Truncated { need: 4, have: 3 }));
    }

    #[test]
    fn numbers_have_signs_where_they_should() {
        let value = |content| Value { tag: 2, content, at: 0, content_at: 2 };
        assert_eq!(value(b"\xfb").integer(), Some(-5));
        assert_eq!(value(b"\0\xff\xff\xff\xff").unsigned(), Some(0xffff_ffff));
        assert_eq!((value(b"").integer(), value(&[1; 9]).integer()), (None, None));
    }
}
