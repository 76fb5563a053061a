//! Pieces of text that know their place in a layer, for protocols that people can read.

use std::ops::Range;

use crate::{FieldSink, Value};

/// A piece of text of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// The place of its first byte in the layer.
    pub(crate) at: usize,
}

impl<'a> Piece<'a> {
    /// A piece of bytes that are text.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Option<Self> {
        std::str::from_utf8(bytes).ok().map(|text| Self { text, at })
    }

    /// Its place in the layer.
    pub(crate) fn bytes(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.text.len())
    }

    /// The front of so many bytes, and what is behind it; all and nothing, if there are fewer.
    pub(crate) fn split_at(&self, len: usize) -> (Self, Self) {
        let (front, back) = self.text.split_at_checked(len).unwrap_or((self.text, ""));
        let at = self.at.saturating_add(front.len());
        (Self { text: front, ..*self }, Self { text: back, at })
    }

    /// What is in front of a separator of one byte, and what is behind it.
    pub(crate) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let (front, back) = self.split_at(self.text.find(separator)?);
        Some((front, back.split_at(separator.len_utf8()).1))
    }

    /// Takes the front up to a separator off, or all of it.
    pub(crate) fn take(&mut self, separator: char) -> Self {
        let (front, back) =
            self.split_once(separator).unwrap_or((*self, self.split_at(self.text.len()).1));
        *self = back;
        front
    }

    /// Takes the next word off, and the spaces around it.
    pub(crate) fn word(&mut self) -> Option<Self> {
        let rest = self.trim_start();
        let len = rest.text.find([' ', '\t']).unwrap_or(rest.text.len());
        let (word, behind) = rest.split_at(len);
        *self = behind.trim_start();
        (!word.text.is_empty()).then_some(word)
    }

    pub(crate) fn trim_start(&self) -> Self {
        let space = self.text.len().saturating_sub(self.text.trim_ascii_start().len());
        self.split_at(space).1
    }

    pub(crate) fn trim(&self) -> Self {
        let rest = self.trim_start();
        rest.split_at(rest.text.trim_ascii_end().len()).0
    }

    /// Reports it as text.
    pub(crate) fn report(&self, name: &'static str, sink: &mut dyn FieldSink) {
        sink.value(name, Value::Text(self.text), self.bytes());
    }

    /// Reports it as a number if it is one, as text if not.
    pub(crate) fn report_number(&self, name: &'static str, sink: &mut dyn FieldSink) {
        match self.text.parse::<u32>() {
            Ok(number) => sink.number(name, number, self.bytes()),
            Err(_) => self.report(name, sink),
        }
    }
}

/// The lines of a text: each without its end, and its place in the layer.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) rest: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.at;
        let len = self.rest.iter().position(|&byte| byte == b'\n').unwrap_or(self.rest.len());
        let (line, behind) = self.rest.split_at_checked(len)?;
        self.rest = behind.get(1..).unwrap_or_default();
        self.at = at.saturating_add(len).saturating_add(1);
        Some((at, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_places() {
        let mut piece = Piece { text: "  one two;three ", at: 10 };
        assert_eq!(piece.word(), Some(Piece { text: "one", at: 12 }));
        assert_eq!(piece.take(';'), Piece { text: "two", at: 16 });
        assert_eq!(piece.trim(), Piece { text: "three", at: 20 });
        assert_eq!(piece.take(';'), Piece { text: "three ", at: 20 });
        assert_eq!((piece.text, piece.at, piece.word()), ("", 26, None));
    }

    #[test]
    fn lines_end_by_one_byte_or_two() {
        let lines = Lines { rest: b"a\r\n\nbc", at: 5 };
        assert_eq!(lines.collect::<Vec<_>>(), [(5, &b"a"[..]), (8, b""), (9, b"bc")]);
    }
}
