//! The parts of bodies that have several ([RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)).

use super::fields::{Fields, trim};
use crate::frame::find;

/// Bytes of a part's head: browsers send some hundred.
const MAX_PART_HEAD: usize = 8192;

/// Parts of a body that are told: servers refuse more than a thousand, for they are flooded by them.
const MAX_PARTS: usize = 1000;

/// Bytes of a boundary ([RFC 2046, 5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1)).
const MAX_BOUNDARY: usize = 70;

/// Finds the parts of a body, which comes in any pieces.
#[derive(Clone, Debug)]
pub(crate) struct Multipart {
    /// A line end, two hyphens and the boundary.
    delimiter: Vec<u8>,
    /// Bytes that have not been looked at.
    buffer: Vec<u8>,
    place: Place,
    parts: usize,
    /// Whether the head of a part has been seen, and not its end.
    is_open: bool,
    /// Bytes at the front that are the end of its head.
    lead: usize,
}

/// What is found.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// A part begins: the name of the form's field, the file's name, and the fields of its head.
    Head(Option<String>, Option<String>, Fields),
    /// Bytes of it.
    Content(&'a [u8]),
    /// It ends.
    End,
}

#[derive(Clone, Debug)]
enum Place {
    /// In front of a delimiter.
    Content,
    /// Behind it.
    Delimiter,
    /// In the head of a part.
    Head,
    /// Behind the last.
    Done,
}

impl Multipart {
    /// A finder, if the fields are those of such a body.
    pub(crate) fn new(fields: &Fields) -> Option<Self> {
        let kind = fields.get("content-type")?;
        let prefix = kind.get(..10)?;
        if !prefix.eq_ignore_ascii_case(b"multipart/") {
            return None;
        }
        let boundary = parameter(kind, "boundary")?;
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            return None;
        }
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        // The first delimiter has no line in front of it.
        Some(Self {
            delimiter,
            buffer: b"\r\n".to_vec(),
            place: Place::Content,
            parts: 0,
            is_open: false,
            lead: 0,
        })
    }

    /// Bytes are missing: if they are not of a part's content, what follows up to the next delimiter is
    /// of no part.
    pub(crate) fn gap(&mut self, tell: &mut dyn FnMut(Found<'_>)) {
        if matches!(self.place, Place::Done) {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let is_content = matches!(self.place, Place::Content);
        let content = buffer.get(self.lead..).unwrap_or_default();
        if self.is_open && is_content && !content.is_empty() {
            tell(Found::Content(content));
        }
        self.is_open &= is_content;
        (self.place, self.lead) = (Place::Content, 0);
    }

    /// Whether bytes are of the content of a part.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Takes bytes that follow, and tells what is found.
    pub(crate) fn push(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Found<'_>)) {
        if matches!(self.place, Place::Done) {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(rest) = self.buffer.get(read..) {
            match self.place {
                Place::Content => {
                    let found = find(rest, &self.delimiter);
                    let kept = rest.len().min(self.delimiter.len().saturating_sub(1));
                    let end = found.unwrap_or(rest.len().saturating_sub(kept));
                    let content = rest.get(self.lead..end).unwrap_or_default();
                    if self.is_open && !content.is_empty() {
                        tell(Found::Content(content));
                    }
                    self.lead = self.lead.saturating_sub(end);
                    read = read.saturating_add(end);
                    if found.is_none() {
                        break;
                    }
                    if std::mem::take(&mut self.is_open) {
                        tell(Found::End);
                    }
                    self.lead = 0;
                    read = read.saturating_add(self.delimiter.len());
                    self.place = Place::Delimiter;
                }
                Place::Delimiter if rest.len() < 2 => break,
                Place::Delimiter if rest.starts_with(b"--") => {
                    self.place = Place::Done;
                    read = self.buffer.len();
                    break;
                }
                Place::Delimiter => {
                    // What stands between the boundary and the line end belongs to neither.
                    let Some(end) = memchr::memchr(b'\n', rest) else { break };
                    // The line end stays: an empty head has no other.
                    read = read.saturating_add(end);
                    self.place = Place::Head;
                }
                Place::Head => {
                    let behind =
                        |end: &[u8]| find(rest, end).map(|at| at.saturating_add(end.len()));
                    let ends = behind(b"\n\r\n").into_iter().chain(behind(b"\n\n"));
                    let Some(end) = ends.min() else {
                        if rest.len() > MAX_PART_HEAD {
                            self.place = Place::Content;
                            continue;
                        }
                        break;
                    };
                    let fields =
                        Fields::parse(rest.get(1..end).unwrap_or_default(), &mut Vec::new());
                    let disposition = fields.get("content-disposition").unwrap_or_default();
                    let name = parameter(disposition, "name");
                    let filename = parameter(disposition, "filename");
                    tell(Found::Head(name, filename, fields));
                    (self.is_open, self.lead) = (true, 2);
                    self.parts = self.parts.saturating_add(1);
                    let is_enough = self.parts >= MAX_PARTS;
                    self.place = if is_enough { Place::Done } else { Place::Content };
                    // A part without content has its delimiter right behind its head.
                    read = read.saturating_add(end).saturating_sub(2);
                    if is_enough {
                        break;
                    }
                }
                Place::Done => break,
            }
        }
        self.buffer.drain(..read.min(self.buffer.len()));
    }
}

/// The value of a parameter behind `;`, quoted or not; of `filename*` too
/// ([RFC 8187](https://www.rfc-editor.org/rfc/rfc8187)), where the plain one is missing.
pub(crate) fn parameter(value: &[u8], name: &str) -> Option<String> {
    let (mut rest, mut extended) = (value, None);
    while let Some(at) = semicolon(rest) {
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let end = semicolon(rest).unwrap_or(rest.len());
        let pair = rest.get(..end).unwrap_or_default();
        let Some((own, value)) =
            memchr::memchr(b'=', pair).and_then(|at| pair.split_at_checked(at))
        else {
            continue;
        };
        let (own, value) = (trim(own), trim(value.get(1..).unwrap_or_default()));
        if own.eq_ignore_ascii_case(name.as_bytes()) {
            return Some(unquote(value));
        }
        if own.strip_suffix(b"*").is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes())) {
            extended = Some(decode_extended(value));
        }
    }
    extended
}

/// Where the next parameter begins, outside of quotes.
fn semicolon(bytes: &[u8]) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    bytes.iter().position(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b';' => return !is_quoted,
            _ => {}
        }
        false
    })
}

fn unquote(value: &[u8]) -> String {
    let Some(inner) = value.strip_prefix(b"\"") else {
        return String::from_utf8_lossy(value).into_owned();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut inner = inner.iter();
    while let Some(byte) = inner.next() {
        match byte {
            b'"' => break,
            b'\\' => bytes.extend(inner.next()),
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `UTF-8''` and percent signs; other character sets are read alike.
fn decode_extended(value: &[u8]) -> String {
    let text = value.splitn(3, |byte| *byte == b'\'').nth(2).unwrap_or(value);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let escaped =
            behind.split_at_checked(2).filter(|_| *first == b'%').and_then(|(digits, behind)| {
                let digits = str::from_utf8(digits).ok()?;
                Some((u8::from_str_radix(digits, 16).ok()?, behind))
            });
        let (byte, behind) = escaped.unwrap_or((*first, behind));
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(
        kind: &str,
        body: &[u8],
        piece: usize,
    ) -> Option<Vec<(Option<String>, Option<String>)>> {
        let fields =
            Fields::parse(format!("Content-Type: {kind}\r\n\r\n").as_bytes(), &mut Vec::new());
        let (mut finder, mut found) = (Multipart::new(&fields)?, Vec::new());
        for piece in body.chunks(piece) {
            finder.push(piece, &mut |part| {
                if let Found::Head(name, filename, _) = part {
                    found.push((name, filename));
                }
            });
        }
        Some(found)
    }

    // The example of RFC 7578's predecessor, RFC 2388, with an empty part.
    const BODY: &[u8] = b"--AaB03x\r\nContent-Disposition: form-data; name=\"field1\"\r\n\r\nJoe\r\n--AaB0\
        \r\n--AaB03x \r\ncontent-disposition: form-data; name=\"pics\"; filename=\"a;\\\"b.txt\"\r\n\
        Content-Type: text/plain\r\n\r\n\r\n--AaB03x\r\nContent-Disposition: form-data; name=e\r\n\r\n\
        \r\n--AaB03x\r\n\r\nno head\r\n--AaB03x--\r\n--AaB03x\r\n\r\n";

    #[test]
    fn names_are_found_in_any_pieces() {
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            (some("field1"), None),
            (some("pics"), some("a;\"b.txt")),
            (some("e"), None),
            (None, None),
        ];
        for piece in [1, 2, 3, 7, 50, BODY.len()] {
            let found = parts("multipart/form-data; boundary=AaB03x", BODY, piece).unwrap();
            assert_eq!(found, expected, "{piece}");
        }
        assert_eq!(parts("Multipart/Mixed; x=y; Boundary=\"AaB03x\"", BODY, 9).unwrap(), expected);
    }

    #[test]
    fn contents_are_what_stands_between_heads_and_delimiters() {
        let fields = b"Content-Type: multipart/form-data; boundary=AaB03x\r\n\r\n";
        let fields = Fields::parse(fields, &mut Vec::new());
        for piece in [1, 2, 3, 7, 50, BODY.len()] {
            let (mut finder, mut found) = (Multipart::new(&fields).unwrap(), Vec::new());
            let mut ends = 0;
            for piece in BODY.chunks(piece) {
                finder.push(piece, &mut |part| match part {
                    Found::Head(..) => found.push(Vec::<u8>::new()),
                    Found::Content(bytes) => found.last_mut().unwrap().extend(bytes),
                    Found::End => ends += 1,
                });
            }
            assert_eq!(found, [&b"Joe\r\n--AaB0"[..], b"", b"", b"no head"], "{piece}");
            assert_eq!((ends, finder.is_open()), (4, false), "{piece}");
        }
    }

    #[test]
    fn bodies_of_one_part_are_left_alone() {
        for kind in ["text/plain; boundary=a", "multipart/mixed", "multipart/mixed; boundary=", "x"]
        {
            assert_eq!(parts(kind, BODY, 9), None);
        }
        assert_eq!(parts(&format!("multipart/a; boundary={}", "b".repeat(71)), BODY, 9), None);
    }

    #[test]
    fn parts_and_their_heads_are_bounded() {
        let body = b"--b\r\n\r\n\r\n".repeat(MAX_PARTS + 5);
        assert_eq!(parts("multipart/x; boundary=b", &body, 99).unwrap().len(), MAX_PARTS);
        let long = [b"--b\r\n", &*b"a".repeat(MAX_PART_HEAD + 1), b"\r\n--b\r\n\r\n"].concat();
        assert_eq!(parts("multipart/x; boundary=b", &long, 100).unwrap().len(), 1);
    }

    #[test]
    fn extended_names_are_decoded() {
        let text = b"attachment; filename*=UTF-8''%e2%82%ac%20rates%";
        assert_eq!(parameter(text, "filename").as_deref(), Some("\u{20ac} rates%"));
    }
}
