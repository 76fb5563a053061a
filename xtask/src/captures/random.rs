//! Pseudo-random numbers that are the same on every machine and in every year.

/// xorshift64*, [Vigna 2016](https://doi.org/10.1145/2845077).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        // Seeds that differ in few bits start alike.
        for _ in 0..8 {
            random.next();
        }
        random
    }

    /// Any 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Any 32 bits.
    pub(crate) fn next32(&mut self) -> u32 {
        (self.next() >> 32) as u32
    }

    /// Any 16 bits.
    pub(crate) fn next16(&mut self) -> u16 {
        (self.next() >> 48) as u16
    }

    /// A number from `from` up to, but not, `to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + (self.next() >> 11) % (to - from).max(1)
    }

    /// The same as a length.
    pub(crate) fn length(&mut self, from: usize, to: usize) -> usize {
        self.between(from as u64, to as u64) as usize
    }

    /// Yes, in so many of a thousand cases.
    pub(crate) fn per_mille(&mut self, cases: u64) -> bool {
        self.between(0, 1000) < cases
    }

    /// A size with a heavy tail, as flows have: twice as large half as often.
    pub(crate) fn heavy(&mut self, smallest: usize, doublings: u32) -> usize {
        let doubled = smallest << self.next().trailing_zeros().min(doublings);
        self.length(doubled, doubled * 2)
    }

    /// Microseconds with a heavy tail, as people and programs pause.
    pub(crate) fn pause(&mut self, shortest: usize, doublings: u32) -> u64 {
        self.heavy(shortest, doublings) as u64
    }

    /// Bytes that do not compress.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            (0..len.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(len);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_heavy_sizes_are_small_and_few_are_huge() {
        let mut random = Random::new(1);
        let sizes: Vec<usize> = (0..10_000).map(|_| random.heavy(100, 12)).collect();
        let small = sizes.iter().filter(|&&size| size < 200).count();
        assert!((4700..5300).contains(&small), "{small}");
        assert!(sizes.iter().all(|&size| (100..100 << 13).contains(&size)));
        assert!(sizes.iter().any(|&size| size > 50_000));
    }
}
