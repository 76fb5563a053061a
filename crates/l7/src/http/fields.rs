//! The fields of a head or of trailers.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::anomaly::AnomalyKind;

/// Fields that are found without allocation: more than browsers and servers send.
const INLINE_FIELDS: usize = 64;

/// Fields in the order in which they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields {
    bytes: Box<[u8]>,
    places: Box<[(Range<usize>, Range<usize>)]>,
}

impl Fields {
    /// Reads lines up to an empty one. Lines that are not as they have to be are repaired, and told.
    pub(super) fn parse(block: &[u8], anomalies: &mut Vec<AnomalyKind>) -> Self {
        if memchr::memchr_iter(b'\n', block).any(|at| !is_behind_cr(block, at)) {
            anomalies.push(AnomalyKind::BareLf);
        }
        Self::read(block)
            .unwrap_or_else(|| Self::read(&repair(block, anomalies)).unwrap_or_default())
    }

    /// Their names as sent, and their values as bytes without the space around them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.places.iter().map(|(name, value)| {
            let name = self.bytes.get(name.clone()).and_then(|name| str::from_utf8(name).ok());
            (name.unwrap_or_default(), self.bytes.get(value.clone()).unwrap_or_default())
        })
    }

    /// The value of the first field of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The values of all fields of this name, in any case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
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

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Reads lines that are as they have to be.
    fn read(block: &[u8]) -> Option<Self> {
        let lines = memchr::memchr_iter(b'\n', block).count();
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
        // They are copied one behind the other, so that a place is known without its address.
        let mut bytes = Vec::with_capacity(block.len());
        let mut push = |text: &[u8]| {
            let start = bytes.len();
            bytes.extend_from_slice(text);
            start..bytes.len()
        };
        let places = headers
            .iter()
            .map(|header| (push(header.name.as_bytes()), push(header.value)))
            .collect();
        Some(Self { bytes: bytes.into(), places })
    }
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
    for line in block.split(|byte| *byte == b'\n') {
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            line = trim(line);
            if let Some(is_open) = is_open {
                note(AnomalyKind::ObsoleteFold);
                if is_open {
                    repaired.truncate(repaired.len().saturating_sub(2));
                    repaired.push(b' ');
                    append_value(&mut repaired, line, &mut note);
                }
                continue;
            }
            note(AnomalyKind::SpaceBeforeFields);
        }
        let colon = memchr::memchr(b':', line);
        let (name, value) = colon.and_then(|at| line.split_at_checked(at)).unwrap_or_default();
        let name = match trim(name) {
            trimmed if trimmed.len() == name.len() => name,
            trimmed => {
                note(AnomalyKind::SpaceBeforeColon);
                trimmed
            }
        };
        is_open = Some(!name.is_empty() && name.iter().all(|byte| is_token(*byte)));
        if is_open == Some(true) {
            repaired.extend_from_slice(name);
            repaired.extend_from_slice(b": ");
            append_value(&mut repaired, trim(value.get(1..).unwrap_or_default()), &mut note);
        } else {
            note(AnomalyKind::InvalidField);
        }
    }
    repaired.extend_from_slice(b"\r\n");
    repaired
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
    let is_space = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let start = bytes.iter().position(|byte| !is_space(byte)).unwrap_or(bytes.len());
    let end =
        bytes.iter().rposition(|byte| !is_space(byte)).map_or(start, |at| at.saturating_add(1));
    bytes.get(start..end).unwrap_or_default()
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
        for count in [64, 65, 66, 5000] {
            let block: String = (0..count)
                .flat_map(|i| {
                    ["h".into(), i.to_string(), ": ".into(), i.to_string(), "\r\n".into()]
                })
                .collect();
            let mut found = Vec::new();
            let fields = Fields::parse((block + "\r\n").as_bytes(), &mut found);
            assert_eq!((fields.len(), found.len()), (count, 0));
            assert_eq!(fields.get("H63"), Some(&b"63"[..]));
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
