//! What happened in a connection, in Zeek's letters.

use std::fmt;

use rheos_core::Side;

/// Letters kept. Each SYN, FIN and RST with another number adds one, so that a peer can send as many
/// as it likes: those in the middle are given up, and start and end stay.
const MAX_LETTERS: usize = 64;

/// What happened in a connection, in Zeek's letters: upper case from the initiator, lower case from
/// the responder.
///
/// `S` SYN, `H` SYN-ACK, `A` ACK without payload, `D` payload, `F` FIN, `R` RST, `C` wrong checksum,
/// `I` FIN with RST, `Q` SYN with FIN or RST, `G` gap, `T` payload sent again, `W` window of zero, `^`
/// the first packet came from the responder. `A`, `D`, `I` and `Q` stand once for each side; `S`, `H`,
/// `F` and `R` again where their number is another; `C`, `G`, `T` and `W` for the first, the tenth, the
/// hundredth and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZeekHistory {
    letters: String,
    /// A bit for each letter that came, of both sides.
    seen: [u32; 2],
    /// How often [`SCALED`] came, of both sides.
    counts: [[u32; 4]; 2],
}

/// Letters that stand for powers of ten.
const SCALED: [char; 4] = ['C', 'G', 'T', 'W'];

impl ZeekHistory {
    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.letters
    }

    /// Adds a letter.
    pub(super) fn add(&mut self, side: Side, letter: char) {
        if self.letters.len() >= MAX_LETTERS {
            self.letters.remove(MAX_LETTERS / 2);
        }
        let lower = side == Side::Responder;
        self.letters.push(if lower { letter.to_ascii_lowercase() } else { letter });
    }

    /// Adds a letter if it is the first of its kind, and says whether it is not. A SYN and a SYN-ACK
    /// are of one kind.
    pub(super) fn has_or_add(&mut self, side: Side, letter: char) -> bool {
        let kind = if letter == 'H' { 'S' } else { letter };
        let bit = 1_u32 << (u32::from(kind) % 32);
        let Some(seen) = self.seen.get_mut(side as usize) else { return true };
        let has = *seen & bit != 0;
        *seen |= bit;
        if !has {
            self.add(side, letter);
        }
        has
    }

    /// Counts what is told by powers of ten.
    pub(super) fn count(&mut self, side: Side, letter: char) {
        let place = SCALED.iter().position(|scaled| *scaled == letter);
        let counts = self.counts.get_mut(side as usize);
        let Some(count) = counts.and_then(|counts| counts.get_mut(place?)) else { return };
        *count = count.saturating_add(1);
        let power = 10_u32.checked_pow(count.ilog10());
        if power == Some(*count) {
            self.add(side, letter);
        }
    }

    /// How often something that is told by powers of ten came: of `C`, `G`, `T` and `W`.
    pub fn count_of(&self, side: Side, letter: char) -> u32 {
        let place = SCALED.iter().position(|scaled| *scaled == letter);
        let counts = self.counts.get(side as usize);
        place.and_then(|place| counts?.get(place).copied()).unwrap_or(0)
    }
}

impl fmt::Display for ZeekHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.letters)
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::Side::{Initiator as I, Responder as R};

    use super::*;

    #[test]
    fn what_comes_often_is_told_by_powers_of_ten() {
        let mut history = ZeekHistory::default();
        (0..1000).for_each(|_| history.count(I, 'T'));
        (0..9).for_each(|_| history.count(R, 'W'));
        assert_eq!(history.as_str(), "TTTTw");
        assert_eq!((history.count_of(I, 'T'), history.count_of(R, 'W')), (1000, 9));
    }

    #[test]
    fn a_long_history_keeps_its_start_and_its_end() {
        let mut history = ZeekHistory::default();
        history.add(I, 'S');
        (0..100_000).for_each(|_| history.add(R, 'S'));
        history.add(I, 'F');
        let letters = history.as_str();
        assert!(letters.len() == 64 && letters.starts_with("Ss") && letters.ends_with("sF"));
    }

    #[test]
    fn a_kind_stands_once_for_each_side() {
        let mut history = ZeekHistory::default();
        for (side, letter) in [(I, 'S'), (R, 'H'), (I, 'A'), (I, 'D'), (R, 'A'), (I, 'D')] {
            history.has_or_add(side, letter);
        }
        assert!(history.has_or_add(R, 'S'));
        assert_eq!(history.as_str(), "ShADa");
    }
}
