//! The hash of flow keys: short, and seeded so that nobody outside can make keys collide.

use std::hash::{BuildHasher, Hasher, RandomState};

/// What makes the hashes of one process differ from those of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashSeed(u64, u64);

impl HashSeed {
    /// A seed that nobody outside this process knows.
    pub fn random() -> Self {
        let state = RandomState::new();
        Self(state.hash_one(0), state.hash_one(1))
    }

    /// The same hashes every time: for tests and for results that must repeat, not for hostile
    /// traffic.
    pub const fn fixed(seed: u64) -> Self {
        Self(seed ^ PI[0], seed.rotate_left(32) ^ PI[1])
    }
}

impl HashSeed {
    /// A hash of bytes: of many fast, for eight words at a time go four ways that do not wait for
    /// each other.
    #[inline]
    pub fn hash_bytes(self, bytes: &[u8]) -> u64 {
        let start = self.0 ^ fold(bytes.len() as u64 ^ PI[2], self.1);
        let mut lanes = [start, start ^ PI[0], start ^ PI[1], start ^ PI[2]];
        let (blocks, rest) = bytes.as_chunks::<64>();
        for block in blocks {
            let (pairs, _) = block.as_chunks::<16>();
            for (lane, pair) in lanes.iter_mut().zip(pairs) {
                *lane = self.mix(*lane, *pair);
            }
        }
        let [a, b, c, d] = lanes;
        let mut state = fold(a ^ PI[1], b) ^ fold(c ^ PI[0], d);
        let (pairs, rest) = rest.as_chunks::<16>();
        for pair in pairs {
            state = self.mix(state, *pair);
        }
        if !rest.is_empty() {
            // The last sixteen bytes, even if some of them counted before: one read, not one for each.
            let last = bytes.last_chunk().copied().unwrap_or_else(|| {
                let mut short = [0; 16];
                short.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                short
            });
            state = self.mix(state, last);
        }
        fold(state, PI[2] ^ self.1)
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "halves")]
    fn mix(self, state: u64, pair: [u8; 16]) -> u64 {
        let words = u128::from_le_bytes(pair);
        fold(state ^ words as u64, self.1 ^ (words >> 64) as u64)
    }
}

impl BuildHasher for HashSeed {
    type Hasher = FlowHasher;

    #[inline(always)]
    fn build_hasher(&self) -> FlowHasher {
        FlowHasher { state: self.0, key: self.1 }
    }
}

/// Bits of pi: numbers with nothing up their sleeve.
const PI: [u64; 3] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0];

/// Folds the 128 bits of a product into 64 for each word, as wyhash does.
#[derive(Clone, Copy, Debug)]
pub struct FlowHasher {
    state: u64,
    key: u64,
}

/// Multiplies and folds.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "the fold takes both halves")]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    product as u64 ^ (product >> 64) as u64
}

impl Hasher for FlowHasher {
    #[inline(always)]
    fn write_u64(&mut self, word: u64) {
        self.state = fold(self.state ^ word, self.key);
    }

    /// Two words at the price of one.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "halves")]
    fn write_u128(&mut self, words: u128) {
        self.state = fold(self.state ^ words as u64, self.key ^ (words >> 64) as u64);
    }

    #[inline(always)]
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    #[inline(always)]
    fn write_u16(&mut self, word: u16) {
        self.write_u64(word.into());
    }

    #[inline(always)]
    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    #[inline(always)]
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            let mut word = [0; 8];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline(always)]
    fn finish(&self) -> u64 {
        fold(self.state, PI[2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_words_spread_over_both_ends_of_the_hash() {
        let seed = HashSeed::fixed(1);
        let mut low = std::collections::HashSet::new();
        let mut high = std::collections::HashSet::new();
        for word in 0..4096_u64 {
            let hash = seed.hash_one(word);
            low.insert(hash & 0xffff);
            high.insert(hash >> 48);
        }
        // 4096 balls in 65536 bins leave about 3970 bins hit by chance alone.
        assert!(low.len() > 3900 && high.len() > 3900, "{} {}", low.len(), high.len());
    }

    #[test]
    fn two_processes_have_two_seeds() {
        assert_ne!(HashSeed::random(), HashSeed::random());
    }
}
