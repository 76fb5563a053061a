//! The content of a mail, to the line that ends it.

use super::message::AnomalyKind;

/// Reads content ([RFC 5321, 4.5.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.2)).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Data {
    place: Place,
    /// Whether the byte before is CR.
    is_behind_cr: bool,
    /// Whether the client ends its lines with LF alone, also that of the command: its dot ends the mail.
    is_lf: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Behind CRLF, or at the start.
    #[default]
    Line,
    /// Behind LF alone.
    OddLine,
    /// Within a line.
    Within,
}

/// What stands in front of some content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// As many bytes of the mail.
    Bytes(usize),
    /// A dot that is not of the mail.
    Stuffing,
    /// A dot alone in a line of odd ends: as many bytes of the mail.
    Odd(AnomalyKind, usize),
    /// The end, of as many bytes.
    End(usize),
}

impl Data {
    /// Content behind a command whose line ends with LF alone, or with CRLF.
    pub(super) fn new(is_lf: bool) -> Self {
        Self { is_lf, ..Self::default() }
    }

    /// What stands in front; nothing, if more is needed.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<Content> {
        let place = self.place;
        match bytes {
            [] => return None,
            [b'.'] | [b'.', b'\r'] if place != Place::Within => return None,
            [b'.', b'\r', b'\n', ..] if place == Place::Line => {
                return Some(Content::End(3));
            }
            [b'.', b'\r', b'\n', ..] if place == Place::OddLine => {
                self.is_behind_cr = false;
                self.place = Place::Line;
                return Some(Content::Odd(AnomalyKind::OddEndOfData, 3));
            }
            [b'.', b'\n', ..] if place != Place::Within && self.is_lf => {
                return Some(Content::End(2));
            }
            [b'.', b'\n', ..] if place != Place::Within => {
                self.is_behind_cr = false;
                self.place = Place::OddLine;
                return Some(Content::Odd(AnomalyKind::OddEndOfData, 2));
            }
            [b'.', ..] if place == Place::Line || self.is_lf && place == Place::OddLine => {
                self.place = Place::Within;
                return Some(Content::Stuffing);
            }
            _ => {}
        }
        let len = match memchr::memchr(b'\n', bytes) {
            Some(end) => {
                let before = end.checked_sub(1).and_then(|at| bytes.get(at));
                let is_crlf = before.map_or(self.is_behind_cr, |byte| *byte == b'\r');
                self.place = if is_crlf { Place::Line } else { Place::OddLine };
                end.saturating_add(1)
            }
            None => {
                self.place = Place::Within;
                bytes.len()
            }
        };
        self.is_behind_cr = bytes.get(..len).is_some_and(|line| line.ends_with(b"\r"));
        Some(Content::Bytes(len))
    }

    /// Bytes are missing: what follows is within a line.
    pub(super) fn gap(&mut self) {
        *self = Self { place: Place::Within, is_behind_cr: false, ..*self };
    }
}
