//! Domain names, read in place where they are compressed, and names that own their bytes,
//! [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035) sections 3.1 and 4.1.4.

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::Malformed;

/// RFC 1035, section 2.3.4: most bytes of a name, the lengths of its labels and the root included.
const MAX_NAME: usize = 255;
/// RFC 1035, section 2.3.4: most bytes of a label.
const MAX_LABEL: usize = 63;
/// A name has at most 127 labels, so more pointers than that compress nothing: they are an attack
/// on whoever follows them.
const MAX_POINTERS: u8 = 127;
/// The two upper bits of a length that is a pointer.
const POINTER: u8 = 0xc0;
/// Room for the text of any name: four characters for a byte that must be escaped.
const MAX_TEXT: usize = MAX_NAME << 2;

/// A domain name. Two names are equal if they differ in the case of ASCII letters only.
#[derive(Clone, Copy)]
pub struct DnsName<'a> {
    /// The message that it is in, and its place there.
    pub(super) message: &'a [u8],
    pub(super) at: usize,
    /// Bytes without compression, the root included.
    len: usize,
}

/// Where the last pointer of a name led to, and the bytes of its labels from there on.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameEnd {
    place: usize,
    len: usize,
}

impl NameEnd {
    /// None yet: no pointer leads so far.
    pub(super) const NONE: Self = Self { place: usize::MAX, len: 0 };
}

impl<'a> DnsName<'a> {
    /// The root of all names.
    pub const ROOT: DnsName<'static> = DnsName { message: &[0], at: 0, len: 1 };

    /// Reads a name without pointers, such as a [`DnsNameBuf`] holds.
    ///
    /// # Errors
    ///
    /// The name is cut short, or no name.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::read(bytes, 0).map(|(name, _)| name)
    }

    /// Reads the name at a place of a message, and the place behind it.
    pub(crate) fn read(message: &'a [u8], at: usize) -> Result<(Self, usize), Malformed> {
        let mut none = NameEnd::NONE;
        Self::read_behind(message, at, &mut none)
    }

    /// The same, of names one behind the other, which often end as the one before did.
    #[inline]
    pub(super) fn read_behind(
        message: &'a [u8],
        at: usize,
        known: &mut NameEnd,
    ) -> Result<(Self, usize), Malformed> {
        let cut =
            || Malformed::Truncated { need: message.len().saturating_add(1), have: message.len() };
        let (mut place, mut lowest, mut end) = (at, at, None);
        let (mut len, mut pointers) = (1_usize, 0_u8);
        let mut in_front = 0;
        // Sums wrap where they cannot: a place is in the message and a length at most 255, and this is
        // the loop that a message is read in.
        loop {
            let &length = message.get(place).ok_or_else(cut)?;
            match length {
                0 => break,
                POINTER.. => {
                    let &low = message.get(place.wrapping_add(1)).ok_or_else(cut)?;
                    let target = usize::from(u16::from_be_bytes([length & !POINTER, low]));
                    // Each pointer leads further to the front than all before it, so there is no loop.
                    if target >= lowest || pointers == MAX_POINTERS {
                        let value = target as u64;
                        return Err(Malformed::Field { name: "compression pointer", value });
                    }
                    end = end.or(Some(place.wrapping_add(2)));
                    pointers = pointers.wrapping_add(1);
                    let whole = len.wrapping_add(known.len);
                    if target == known.place && whole <= MAX_NAME {
                        let name = Self { message, at, len: whole };
                        return Ok((name, end.unwrap_or_default()));
                    }
                    in_front = len;
                    (place, lowest) = (target, target);
                }
                0x40.. => {
                    let value = u64::from(length >> 6);
                    return Err(Malformed::Field { name: "label type", value });
                }
                _ => {
                    let label = usize::from(length).wrapping_add(1);
                    len = len.wrapping_add(label);
                    if len > MAX_NAME {
                        return Err(Malformed::Field { name: "name length", value: len as u64 });
                    }
                    place = place.wrapping_add(label);
                }
            }
        }
        if pointers > 0 {
            *known = NameEnd { place: lowest, len: len.wrapping_sub(in_front) };
        }
        Ok((Self { message, at, len }, end.unwrap_or(place.wrapping_add(1))))
    }

    /// The place behind the name at a place of a message; what it points to is not looked at.
    pub(crate) fn skip(message: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let &length = message.get(at)?;
            at = at.saturating_add(1);
            match length {
                0 => return Some(at),
                0x40.. => return Some(at.saturating_add(1)),
                _ => at = at.saturating_add(length.into()),
            }
        }
    }

    /// The labels, the most special first; none for the root.
    pub fn labels(&self) -> DnsLabels<'a> {
        let rest = self.message.get(self.at..).unwrap_or_default();
        DnsLabels { message: self.message, rest }
    }

    /// The bytes of the name as they stand in its message, if it is not compressed there.
    pub fn wire(&self) -> Option<&'a [u8]> {
        // A pointer takes two bytes, and stands for one or for three at least.
        let end = Self::skip(self.message, self.at)?;
        self.message.get(self.at..end).filter(|bytes| bytes.len() == self.len)
    }

    /// The name behind its first labels, if it has so many.
    pub(crate) fn without(&self, labels: usize) -> Option<Self> {
        let mut rest = self.labels();
        let mut len = self.len;
        for _ in 0..labels {
            len = len.saturating_sub(rest.next()?.len().saturating_add(1));
        }
        let at = self.message.len().saturating_sub(rest.rest.len());
        Some(Self { message: self.message, at, len })
    }

    /// Bytes of the name without compression, 1 to 255.
    #[allow(clippy::len_without_is_empty, reason = "no name is empty: the root has a byte")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether this is the root of all names.
    pub fn is_root(&self) -> bool {
        self.len == 1
    }

    /// Appends the name without compression.
    pub(crate) fn append_to(&self, out: &mut Vec<u8>) {
        for label in self.labels() {
            out.push(u8::try_from(label.len()).unwrap_or_default());
            out.extend_from_slice(label);
        }
        out.push(0);
    }
}

impl PartialEq for DnsName<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (mut labels, mut others) = (self.labels(), other.labels());
        self.len == other.len
            && labels
                .all(|label| others.next().is_some_and(|other| label.eq_ignore_ascii_case(other)))
    }
}

impl Eq for DnsName<'_> {}

impl fmt::Display for DnsName<'_> {
    /// Writes the labels with dots between them, the root as a dot. A dot or backslash in a label
    /// is escaped by a backslash; so is a control character or a byte that is no UTF-8, by its
    /// number of three decimal digits, as RFC 1035 writes them in zone files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_char('.');
        }
        for (place, label) in self.labels().enumerate() {
            if place > 0 {
                f.write_char('.')?;
            }
            write_label(label, f)?;
        }
        Ok(())
    }
}

fn write_label(label: &[u8], f: &mut impl Write) -> fmt::Result {
    // Nearly every label is of such bytes alone, and goes out in one piece.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'.' | b'\\');
    if let Some(text) = str::from_utf8(label).ok().filter(|_| label.iter().all(is_plain)) {
        return f.write_str(text);
    }
    for chunk in label.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '.' | '\\' => write!(f, "\\{character}")?,
                '\0'..' ' | '\x7f' => write!(f, "\\{:03}", u32::from(character))?,
                // The other control characters, each of two bytes of UTF-8.
                _ if character.is_control() => {
                    let mut bytes = [0; 4];
                    let bytes = character.encode_utf8(&mut bytes).bytes();
                    bytes.into_iter().try_for_each(|byte| write!(f, "\\{byte:03}"))?;
                }
                _ => f.write_char(character)?,
            }
        }
        chunk.invalid().iter().try_for_each(|byte| write!(f, "\\{byte:03}"))?;
    }
    Ok(())
}

impl fmt::Debug for DnsName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DnsName({self})")
    }
}

/// The labels of a name.
#[derive(Clone, Debug)]
pub struct DnsLabels<'a> {
    message: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Iterator for DnsLabels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            // `DnsName::read` went this way, so it ends.
            let (&length, behind) = self.rest.split_first()?;
            if length >= POINTER {
                let target = u16::from_be_bytes([length & !POINTER, *behind.first()?]);
                self.rest = self.message.get(usize::from(target)..)?;
            } else if length == 0 {
                return None;
            } else {
                let (label, rest) = behind.split_at_checked(length.into())?;
                self.rest = rest;
                return Some(label);
            }
        }
    }
}

/// The text of a name, without a heap.
pub(crate) struct NameText {
    bytes: [u8; MAX_TEXT],
    len: usize,
}

impl NameText {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; MAX_TEXT], len: 0 }
    }

    /// The text of something that is no longer than a name.
    pub(crate) fn of(&mut self, value: impl fmt::Display) -> &str {
        self.len = 0;
        // What does not fit is left out: nothing that is written here is so long.
        let _ = write!(self, "{value}");
        let text = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

impl Write for NameText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        let place = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// A domain name that owns its bytes, to be written into a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsNameBuf(Vec<u8>);

impl DnsNameBuf {
    /// The name.
    pub fn as_name(&self) -> DnsName<'_> {
        DnsName { message: &self.0, at: 0, len: self.0.len() }
    }
}

impl From<DnsName<'_>> for DnsNameBuf {
    fn from(name: DnsName<'_>) -> Self {
        let mut bytes = Vec::with_capacity(name.len);
        name.append_to(&mut bytes);
        Self(bytes)
    }
}

impl FromStr for DnsNameBuf {
    type Err = Malformed;

    /// Reads what `Display` of [`DnsName`] writes; a dot at the end makes no difference.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut labels = vec![Vec::new()];
        let mut rest = if text == "." { &[] } else { text.as_bytes() };
        while let Some((&byte, behind)) = rest.split_first() {
            rest = behind;
            let byte = match (byte, behind) {
                (b'.', _) => {
                    labels.push(Vec::new());
                    continue;
                }
                (b'\\', &[a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ref behind @ ..]) => {
                    rest = behind;
                    let value = [a, b, c].iter().fold(0_u64, |value, digit| {
                        value.saturating_mul(10).saturating_add(u64::from(digit & 15))
                    });
                    u8::try_from(value)
                        .map_err(|_| Malformed::Field { name: "escaped byte", value })?
                }
                (b'\\', &[escaped, ref behind @ ..]) => {
                    rest = behind;
                    escaped
                }
                _ => byte,
            };
            labels.last_mut().into_iter().for_each(|label| label.push(byte));
        }
        if labels.last().is_some_and(Vec::is_empty) {
            labels.pop();
        }
        let mut bytes = Vec::new();
        for label in labels {
            let length = label.len();
            if length == 0 || length > MAX_LABEL {
                return Err(Malformed::Field { name: "label length", value: length as u64 });
            }
            bytes.push(u8::try_from(length).unwrap_or_default());
            bytes.extend_from_slice(&label);
        }
        bytes.push(0);
        if bytes.len() > MAX_NAME {
            return Err(Malformed::Field { name: "name length", value: bytes.len() as u64 });
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(message: &[u8], at: usize, expected: Result<(&str, usize), Malformed>) {
        let name = DnsName::read(message, at).map(|(name, end)| (name.to_string(), end));
        assert_eq!(name, expected.map(|(name, end)| (name.to_owned(), end)));
    }

    fn field<T>(name: &'static str, value: u64) -> Result<T, Malformed> {
        Err(Malformed::Field { name, value })
    }

    #[test]
    fn pointers_lead_on_and_the_name_ends_behind_the_first() {
        check(b"\x03www\x02ex\0", 0, Ok(("www.ex", 8)));
        check(b"\x02ex\0\x03www\xc0\0\xff", 4, Ok(("www.ex", 10)));
        check(b"\x02ex\0\xc0\0\x01a\xc0\x04", 6, Ok(("a.ex", 10)));
        check(b"\0", 0, Ok((".", 1)));
    }

    // peers 8.2: DNS pointer loops
    #[test]
    fn pointers_to_themselves_or_ahead_are_errors() {
        check(b"\xc0\0", 0, field("compression pointer", 0));
        check(b"\x01a\xc0\0", 0, field("compression pointer", 0));
        check(b"\xc0\x02\x01a\0", 0, field("compression pointer", 2));
        check(b"\xc0\x02\xc0\0", 2, field("compression pointer", 2));
        check(b"\xc1\x00", 0, field("compression pointer", 256));
    }

    #[test]
    fn label_types_of_no_standard_are_errors() {
        check(b"\x40", 0, field("label type", 1));
        check(b"\x80a", 0, field("label type", 2));
    }

    #[test]
    fn the_end_of_the_message_inside_a_name_is_truncated() {
        let cut = |have| Err(Malformed::Truncated { need: have + 1, have });
        check(b"", 0, cut(0));
        check(b"\x03ww", 0, cut(3));
        check(b"\x03www", 0, cut(4));
        check(b"\x01a\0\xc0", 3, cut(4));
    }

    #[test]
    fn a_name_has_255_bytes_across_pointers() {
        let mut message = [&[63][..], &[b'a'; 63]].concat().repeat(3);
        message.extend([61].iter().chain(&[b'b'; 61]).chain(&[0]));
        assert_eq!(DnsName::read(&message, 0).unwrap().0.len(), 255);
        let end = message.len();
        message.extend(b"\x01c\xc0\0");
        check(&message, end, field("name length", 257));
    }

    #[test]
    fn pointers_to_pointers_end_although_they_lead_to_the_front() {
        // Each points to the one in front of it; the first is the root.
        let chain = (0..200_u16)
            .flat_map(|at| if at == 0 { [0, 0] } else { (0xc000 | (at - 1) << 1).to_be_bytes() });
        let message: Vec<u8> = chain.collect();
        check(&message, 254, Ok((".", 256)));
        check(&message, 256, field("compression pointer", 0));
    }

    #[test]
    fn text_tells_dots_between_labels_from_dots_in_them() {
        check(b"\x03a.b\x03c\\d\0", 0, Ok((r"a\.b.c\\d", 9)));
        check(b"\x06K\xc3\xbcche\x03a\x01b\x02\xff\x7f\0", 0, Ok((r"Küche.a\001b.\255\127", 15)));
        // U+009B drives a terminal, too.
        check(b"\x02\xc2\x9b\0", 0, Ok((r"\194\155", 4)));
    }

    #[test]
    fn a_name_has_its_bytes_where_it_is_not_compressed() {
        let wire = |message: &'static [u8], at| DnsName::read(message, at).unwrap().0.wire();
        assert_eq!(wire(b"\xff\x03www\x02ex\0\xff", 1), Some(&b"\x03www\x02ex\0"[..]));
        assert_eq!(wire(b"\0", 0), Some(&b"\0"[..]));
        // Pointers to the root, and to a name of one letter, the shortest that there are.
        assert_eq!(wire(b"\0\xc0\0", 1), None);
        assert_eq!(wire(b"\0\x01a\xc0\0", 1), None);
        assert_eq!(wire(b"\x01a\0\xc0\0", 3), None);
        assert_eq!(wire(b"\x01a\0\x01b\xc0\0", 3), None);
    }

    #[test]
    fn names_are_equal_whatever_their_case() {
        let names = [&b"\x03WwW\x02eX\0"[..], b"\x03www\x02ex\0", b"\x03www\x02ey\0", b"\x03www\0"];
        let [a, b, c, d] = names.map(|name| DnsName::parse(name).unwrap());
        assert!(a == b && b != c && b != d && a != DnsName::ROOT);
    }

    #[test]
    fn text_that_is_no_name_is_rejected() {
        let check =
            |text: &str, name, value| assert_eq!(DnsNameBuf::from_str(text), field(name, value));
        check("a..b", "label length", 0);
        check(".a", "label length", 0);
        check(&"a".repeat(64), "label length", 64);
        check(&"aaaa.".repeat(52), "name length", 261);
        check(r"\256", "escaped byte", 256);
        let dots = ["example.com.", "example.com"].map(|text| text.parse::<DnsNameBuf>().unwrap());
        assert_eq!(dots[0], dots[1]);
        assert_eq!(".".parse::<DnsNameBuf>().unwrap().as_name(), DnsName::ROOT);
    }

    proptest! {
        #[test]
        fn names_behind_each_other_are_those_that_stand_alone(
            pieces in proptest::collection::vec((0..8_usize, 0..120_u8), 0..80),
        ) {
            // Roots, labels short and long, and pointers, most of which lead to something.
            let long = [&[60][..], &[b'l'; 60]].concat();
            let words: [&[u8]; 5] = [b"\0", b"\x01a", b"\x03bcd", b"\x02ef", &long];
            let mut message = Vec::new();
            for (kind, target) in pieces {
                match words.get(kind) {
                    Some(word) => message.extend_from_slice(word),
                    None => message.extend([POINTER, target]),
                }
            }
            let told = |name: Result<(DnsName<'_>, usize), Malformed>| {
                name.map(|(name, end)| (name.to_string(), name.len(), end))
            };
            let (mut known, mut at) = (NameEnd::NONE, 0);
            while at < message.len() {
                let name = DnsName::read_behind(&message, at, &mut known);
                let alone = DnsName::read(&message, at);
                at = alone.map_or(at + 1, |(_, end)| end);
                prop_assert_eq!(told(name), told(alone));
            }
        }

        #[test]
        fn any_name_is_its_text(labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..30), 0..8)) {
            let mut bytes = labels.iter().flat_map(|label| [&[u8::try_from(label.len()).unwrap()], &label[..]].concat()).collect::<Vec<_>>();
            bytes.push(0);
            let name = DnsName::parse(&bytes).unwrap();
            prop_assert_eq!(name.to_string().parse::<DnsNameBuf>().unwrap().0, bytes.clone());
            let mut text = NameText::new();
            prop_assert_eq!(text.of(name), name.to_string());
        }

        #[test]
        fn any_bytes_are_a_name_or_an_error(bytes: Vec<u8>, at in 0..64_usize) {
            if let Ok((name, end)) = DnsName::read(&bytes, at) {
                prop_assert!(name.len() <= MAX_NAME && end <= bytes.len());
                prop_assert_eq!(name.labels().map(|label| label.len() + 1).sum::<usize>() + 1, name.len());
                prop_assert_eq!(DnsName::skip(&bytes, at), Some(end));
            }
        }
    }
}
