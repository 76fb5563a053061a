//! Decimal digits, two in a byte, as numbers of subscribers and networks are written.

use crate::Value;
use crate::field_reader::FieldReader;

/// Most digits that are shown; an IMSI has 15, a number of ISDN as many.
const MAX_DIGITS: usize = 32;

/// Digits, lower half of a byte first, up to a filler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    text: [u8; MAX_DIGITS],
    len: usize,
}

impl Digits {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let halves = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        let digits = halves.map_while(|half| b"0123456789*#abc".get(usize::from(half)).copied());
        let mut found = Self { text: [0; MAX_DIGITS], len: 0 };
        for (place, digit) in found.text.iter_mut().zip(digits) {
            *place = digit;
            found.len = found.len.saturating_add(1);
        }
        found
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

/// Reports the next bytes as digits.
pub(crate) fn field(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    len: usize,
) -> Option<()> {
    let digits = Digits::new(reader.skip(len)?);
    reader.value(name, Value::Text(digits.as_str()));
    Some(())
}

/// Reports the country and the network of an operator, TS 24.008 section 10.5.1.3.
pub(crate) fn network(
    reader: &mut FieldReader<'_, '_>,
    country: &'static str,
    network: &'static str,
) -> Option<()> {
    let &[a, b, c] = reader.take()?;
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(*digit)))
    };
    reader.bits(country, number(&[a & 15, a >> 4, b & 15]));
    let (one, two, three) = (c & 15, c >> 4, b >> 4);
    // Fifteen says that there are but two digits.
    let digits = [one, two, three];
    reader.bits(network, number(if three == 15 { digits.get(..2)? } else { &digits }));
    Some(())
}

/// Reports a time zone, TS 24.008 section 10.5.3.8: quarters of an hour in two digits, the lower one
/// first, and whether they are behind Greenwich.
pub(crate) fn time_zone(
    reader: &mut FieldReader<'_, '_>,
    quarters: &'static str,
    negative: &'static str,
) -> Option<()> {
    let byte = reader.word(1)?;
    reader.bits(quarters, (byte & 7).saturating_mul(10).saturating_add(byte >> 4));
    reader.flag(negative, byte & 8 != 0);
    Some(())
}

/// Reports a name of labels, each behind its length, with points between them.
pub(crate) fn name(reader: &mut FieldReader<'_, '_>, field: &'static str) -> Option<()> {
    /// RFC 1035, section 2.3.4: most bytes of a name.
    const MAX_NAME: usize = 255;
    let bytes = reader.skip(reader.rest().len())?;
    let mut text = [0; MAX_NAME];
    let place = text.get_mut(..bytes.len().checked_sub(1)?)?;
    place.copy_from_slice(bytes.get(1..)?);
    let mut at = usize::from(*bytes.first()?);
    while let Some(length) = place.get_mut(at) {
        at = at.saturating_add(usize::from(*length)).saturating_add(1);
        *length = b'.';
    }
    match std::str::from_utf8(place) {
        Ok(text) => reader.value(field, Value::Text(text)),
        Err(_) => reader.value(field, Value::Bytes(bytes)),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_end_at_a_filler_or_where_there_is_no_room() {
        assert_eq!(Digits::new(&[0x21, 0x43, 0xf5, 0x99]).as_str(), "12345");
        assert_eq!(Digits::new(&[0x11; 40]).as_str().len(), MAX_DIGITS);
    }
}
