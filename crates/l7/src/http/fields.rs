//! The fields of a head or of trailers.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::anomaly::AnomalyKind;

/// Fields that are found without allocation: more than browsers and servers send.
const INLINE_FIELDS: usize = 32;

/// Fields in the order in which they came.
#[derive(Clone, Default)]
pub struct Fields {
    /// The lines as they came, or as they were repaired.
    block: Box<[u8]>,
    /// Where in them names and values are.
    places: Box<[(Range<u32>, Range<u32>)]>,
}

impl PartialEq for Fields {
    /// Names and values are the same, in whatever lines they came.
    fn eq(&self, other: &Self) -> bool {
        self.pairs().eq(other.pairs())
    }
}

impl Eq for Fields {}

impl Fields {
    /// Reads lines up to an empty one. Lines that are not as they have to be are repaired, and told.
    pub(super) fn parse(block: &[u8], anomalies: &mut Vec<AnomalyKind>) -> Self {
        let (mut lines, mut is_bare) = (0_usize, false);
        for at in memchr::memchr_iter(b'\n', block) {
            lines = lines.saturating_add(1);
            is_bare |= !is_behind_cr(block, at);
        }
        if is_bare {
            anomalies.push(AnomalyKind::BareLf);
        }
        if let Some(fields) = Self::read(block, lines) {
            return fields;
        }
        // No line more comes of it.
        Self::read(&repair(block, anomalies), lines.saturating_add(1)).unwrap_or_default()
    }

    fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.places.iter().map(|(name, value)| (self.at(name), self.at(value)))
    }

    #[inline(always)]
    fn at(&self, place: &Range<u32>) -> &[u8] {
        self.block.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    /// Their names as sent, and their values as bytes without the space around them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.pairs().map(|(name, value)| (str::from_utf8(name).unwrap_or_default(), value))
    }

    /// The value of the first field of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The values of all fields of this name, in any case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        // Most names are of another length; and of bytes of ASCII, which need not be read as text to be compared.
        let is_it = |own: &Range<u32>| {
            own.len() == name.len() && self.at(own).eq_ignore_ascii_case(name.as_bytes())
        };
        self.places.iter().filter(move |(own, _)| is_it(own)).map(|(_, value)| self.at(value))
    }

    /// The value of the first field of this name as text: what is not UTF-8 is replaced.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(String::from_utf8_lossy)
    }

    /// The elements of the lists in all fields of this name, without space and empty ones.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let elements = self.all(name).flat_map(|value| value.split(|byte| *byte == b','));
        elements.map(trim).filter(|element| !element.is_empty())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Bytes that they take.
    pub(super) fn size(&self) -> usize {
        self.block.len().saturating_add(size_of_val(&*self.places))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Reads lines that are as they have to be: so many, the empty one too.
    fn read(block: &[u8], lines: usize) -> Option<Self> {
        let (mut inline, mut many);
        let room = if lines <= INLINE_FIELDS {
            inline = [httparse::EMPTY_HEADER; INLINE_FIELDS];
            inline.as_mut_slice()
        } else {
            many = vec![httparse::EMPTY_HEADER; lines];
            many.as_mut_slice()
        };
        let Ok(httparse::Status::Complete((read, headers))) = httparse::parse_headers(block, room)
        else {
            return None;
        };
        if read != block.len() {
            return None;
        }
        let mut places = Vec::with_capacity(headers.len());
        for header in headers {
            places.push((place(block, header.name.as_bytes())?, place(block, header.value)?));
        }
        Some(Self { block: block.into(), places: places.into() })
    }
}

/// Where in a block a part of it is.
fn place(block: &[u8], part: &[u8]) -> Option<Range<u32>> {
    if part.is_empty() {
        // It may be an empty text of the parser's own.
        return Some(0..0);
    }
    let start = part.as_ptr().addr().checked_sub(block.as_ptr().addr())?;
    let end = start.checked_add(part.len()).filter(|end| *end <= block.len())?;
    Some(u32::try_from(start).ok()?..u32::try_from(end).ok()?)
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(k, v)| (k, String::from_utf8_lossy(v)))).finish()
    }
}

/// The same fields as httparse reads them: unfolded, without what is no field.
fn repair(block: &[u8], anomalies: &mut Vec<AnomalyKind>) -> Vec<u8> {
    let mut repaired = Vec::with_capacity(block.len());
    let mut note = |what| {
        if !anomalies.contains(&what) {
            anomalies.push(what);
        }
    };
    // Whether the line before is a field that a fold goes on with; nothing before the first.
    let mut is_open = None;
    // A line without a colon and its folds: libhtp and browsers undo these before they look for one.
    let mut name = Vec::new();
    for line in block.split(|byte| *byte == b'\n') {
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            line = trim(line);
            if is_open.is_some() {
                note(AnomalyKind::ObsoleteFold);
            }
            match is_open {
                Some(true) => {
                    repaired.truncate(repaired.len().saturating_sub(2));
                    repaired.push(b' ');
                    append_value(&mut repaired, line, &mut note);
                    continue;
                }
                Some(false) if name.is_empty() => continue,
                Some(false) => {
                    name.push(b' ');
                    name.extend_from_slice(line);
                    if memchr::memchr(b':', line).is_some() {
                        is_open = Some(append_field(&mut repaired, &name, &mut note));
                        name.clear();
                    }
                    continue;
                }
                None => note(AnomalyKind::SpaceBeforeFields),
            }
        }
        name.clear();
        is_open = Some(append_field(&mut repaired, line, &mut note));
        if memchr::memchr(b':', line).is_none() {
            name.extend_from_slice(line);
        }
    }
    repaired.extend_from_slice(b"\r\n");
    repaired
}

/// Appends a line, if it is a field.
fn append_field(to: &mut Vec<u8>, line: &[u8], note: &mut impl FnMut(AnomalyKind)) -> bool {
    let colon = memchr::memchr(b':', line);
    let (name, value) = colon.and_then(|at| line.split_at_checked(at)).unwrap_or_default();
    let trimmed = trim(name);
    if trimmed.len() < name.len() {
        note(AnomalyKind::SpaceBeforeColon);
    }
    let is_field = !trimmed.is_empty() && trimmed.iter().all(|byte| is_token(*byte));
    if is_field {
        to.extend_from_slice(trimmed);
        to.extend_from_slice(b": ");
        append_value(to, trim(value.get(1..).unwrap_or_default()), note);
    } else {
        note(AnomalyKind::InvalidField);
    }
    is_field
}

/// Appends a value and a line end.
fn append_value(to: &mut Vec<u8>, value: &[u8], note: &mut impl FnMut(AnomalyKind)) {
    for &byte in value {
        let is_control = byte < b' ' && byte != b'\t' || byte == 0x7f;
        if is_control {
            note(AnomalyKind::ControlByte);
        }
        to.push(if is_control { b' ' } else { byte });
    }
    to.extend_from_slice(b"\r\n");
}

/// Whether the byte is one of a token ([RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Without the spaces and tabs around it.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    trim_of(bytes, |byte| *byte == b' ' || *byte == b'\t')
}

/// Without what is white around it.
pub(super) fn trim_white(bytes: &[u8]) -> &[u8] {
    trim_of(bytes, |byte| is_white(*byte))
}

fn trim_of(bytes: &[u8], is_space: impl Fn(&u8) -> bool) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_space(byte)).unwrap_or(bytes.len());
    let end =
        bytes.iter().rposition(|byte| !is_space(byte)).map_or(start, |at| at.saturating_add(1));
    bytes.get(start..end).unwrap_or_default()
}

/// Whether a byte is one that a recipient may take for a space in a first line
/// ([RFC 9112, section 4](https://www.rfc-editor.org/rfc/rfc9112#section-4)).
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)
}

/// Whether the byte in front of a place is CR.
pub(super) fn is_behind_cr(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, expected: &[(&str, &str)], anomalies: &[AnomalyKind]) {
        let mut found = Vec::new();
        let fields = Fields::parse(block.as_bytes(), &mut found);
        let texts = fields.iter().map(|(name, value)| (name, str::from_utf8(value).unwrap()));
        assert_eq!(texts.collect::<Vec<_>>(), expected);
        assert_eq!(found, anomalies);
    }

    #[test]
    fn fields_keep_their_order_and_case() {
        check("b: 1\r\nA:2 \r\nb:\r\n\r\n", &[("b", "1"), ("A", "2"), ("b", "")], &[]);
    }

    // httparse: more headers than the caller has room for are an error.
    #[test]
    fn any_number_of_fields_is_read() {
        for count in [31, 32, 33, 64, 5000] {
            let block: String = (0..count)
                .flat_map(|i| {
                    ["h".into(), i.to_string(), ": ".into(), i.to_string(), "\r\n".into()]
                })
                .collect();
            let mut found = Vec::new();
            let fields = Fields::parse((block + "\r\n").as_bytes(), &mut found);
            assert_eq!((fields.len(), found.len()), (count, 0));
            assert_eq!(fields.get("H30"), Some(&b"30"[..]));
        }
    }

    // httparse: obs-fold in requests is an error.
    #[test]
    fn folds_are_undone() {
        let expected = [("a", "1 2 3"), ("b", "4")];
        check("a: 1\r\n 2\r\n\t3 \r\nb: 4\r\n\r\n", &expected, &[AnomalyKind::ObsoleteFold]);
    }

    // httparse: "Host :" is an error in requests.
    #[test]
    fn space_in_front_of_a_colon_is_no_part_of_the_name() {
        check("Host : x\r\n\r\n", &[("Host", "x")], &[AnomalyKind::SpaceBeforeColon]);
        check(" a: 1\r\n\r\n", &[("a", "1")], &[AnomalyKind::SpaceBeforeFields]);
    }

    #[test]
    fn lines_without_cr_are_read_and_told() {
        check("a: 1\nb: 2\r\n\n", &[("a", "1"), ("b", "2")], &[AnomalyKind::BareLf]);
    }

    #[test]
    fn what_is_no_field_is_left_out_with_its_folds() {
        let text = "a: 1\r\nnone\r\n more\r\nb c: 2\r\n: 3\r\nd: 4\r\n\r\n";
        let anomalies = [AnomalyKind::InvalidField, AnomalyKind::ObsoleteFold];
        check(text, &[("a", "1"), ("d", "4")], &anomalies);
    }

    // RFC 9112, section 5.2, undoes folds before anything else; its grammar has them in values alone.
    #[test]
    fn a_colon_may_stand_on_a_fold() {
        let anomalies =
            [AnomalyKind::InvalidField, AnomalyKind::ObsoleteFold, AnomalyKind::SpaceBeforeColon];
        for text in ["a\r\n :1\r\n 2\r\n\r\n", "a\r\n \r\n :\r\n 1\r\n 2\r\n\r\n"] {
            check(text, &[("a", "1 2")], &anomalies);
        }
        let anomalies = &anomalies[..2];
        check("a b\r\n c:1\r\n 2\r\n\r\nb: 3\r\n", &[], anomalies);
        check("a\r\n b\r\nc: 1\r\n\r\n", &[("c", "1")], anomalies);
    }

    #[test]
    fn control_bytes_become_spaces() {
        check("a: 1\u{0}2\r3\r\n\r\n", &[("a", "1 2 3")], &[AnomalyKind::ControlByte]);
    }

    // httparse: bytes above 127 are an error in names.
    #[test]
    fn values_of_any_encoding_are_kept() {
        let fields = Fields::parse(b"a: \xff\xe4\r\n\r\n", &mut Vec::new());
        assert_eq!(fields.get("a"), Some(&b"\xff\xe4"[..]));
        assert_eq!(fields.text("a").as_deref(), Some("\u{fffd}\u{fffd}"));
    }

    #[test]
    fn lists_are_joined_over_fields() {
        let fields = Fields::parse(b"a: 1, 2,,\r\nA: 3\r\n\r\n", &mut Vec::new());
        assert_eq!(fields.list("a").collect::<Vec<_>>(), [b"1", b"2", b"3"]);
    }
}
