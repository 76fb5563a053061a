//! What happened in a flow, in letters.

use std::fmt;

use rheos_core::Side;

/// What happened, in the order in which it first did, a letter each: `S` a SYN, `F` a FIN, `R` a
/// RST, `D` payload; upper case from the initiator, lower case from the responder. A whole
/// conversation of TCP reads `SsDdFf`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryString {
    letters: [u8; 8],
    len: u8,
    /// A bit for each letter of [`LETTERS`] and each side.
    seen: u8,
}

/// The letters; eight letters of two sides would fill the string.
const LETTERS: [u8; 4] = *b"SFRD";

impl HistoryString {
    /// The letters.
    pub fn as_str(&self) -> &str {
        let letters = self.letters.get(..self.len.into()).unwrap_or_default();
        std::str::from_utf8(letters).unwrap_or_default()
    }

    /// The same with the letters of one side as those of the other.
    #[must_use]
    pub fn turned(&self) -> Self {
        let turn = |letter: u8| match letter {
            letter if letter.is_ascii_uppercase() => letter.to_ascii_lowercase(),
            letter => letter.to_ascii_uppercase(),
        };
        Self { letters: self.letters.map(turn), len: self.len, seen: self.seen.rotate_left(4) }
    }

    /// Notes what a packet of a side did, unless that side did it before.
    #[inline]
    pub(super) fn note(&mut self, side: Side, letter: Letter) {
        let bit = (1_u8 << letter as u8) << if side == Side::Initiator { 0 } else { 4 };
        if self.seen & bit == 0 {
            self.seen |= bit;
            self.append(side, letter);
        }
    }

    #[cold]
    fn append(&mut self, side: Side, letter: Letter) {
        let upper = LETTERS.get(letter as usize).copied().unwrap_or(b'?');
        let letter = if side == Side::Initiator { upper } else { upper.to_ascii_lowercase() };
        if let Some(place) = self.letters.get_mut(usize::from(self.len)) {
            *place = letter;
            self.len = self.len.saturating_add(1);
        }
    }
}

/// What can happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Letter {
    Syn,
    Fin,
    Rst,
    Data,
}

impl fmt::Display for HistoryString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_stands_once_for_each_side_and_all_have_room() {
        let mut history = HistoryString::default();
        for _ in 0..2 {
            for letter in [Letter::Syn, Letter::Data, Letter::Fin, Letter::Rst] {
                history.note(Side::Initiator, letter);
                history.note(Side::Responder, letter);
            }
        }
        assert_eq!(history.to_string(), "SsDdFfRr");
    }
}
