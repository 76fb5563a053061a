//! The byte order of a capture: that of the machine which wrote it.

/// A byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The most significant byte first.
    Big,
    /// The least significant byte first.
    Little,
}

impl ByteOrder {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Big => Self::Little,
            Self::Little => Self::Big,
        }
    }

    #[inline]
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        }
    }

    #[inline]
    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        }
    }

    pub(crate) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Big => u64::from_be_bytes(bytes),
            Self::Little => u64::from_le_bytes(bytes),
        }
    }

    #[inline]
    pub(crate) fn bytes_of_u16(self, number: u16) -> [u8; 2] {
        match self {
            Self::Big => number.to_be_bytes(),
            Self::Little => number.to_le_bytes(),
        }
    }

    #[inline]
    pub(crate) fn bytes_of_u32(self, number: u32) -> [u8; 4] {
        match self {
            Self::Big => number.to_be_bytes(),
            Self::Little => number.to_le_bytes(),
        }
    }

    pub(crate) fn bytes_of_u64(self, number: u64) -> [u8; 8] {
        match self {
            Self::Big => number.to_be_bytes(),
            Self::Little => number.to_le_bytes(),
        }
    }

    /// The 32-bit numbers at the front, and what follows them.
    #[inline]
    pub(crate) fn words<const N: usize>(self, bytes: &[u8]) -> Option<([u32; N], &[u8])> {
        let mut words = [0; N];
        let mut rest = bytes;
        for word in &mut words {
            let (first, behind) = rest.split_first_chunk()?;
            *word = self.u32(*first);
            rest = behind;
        }
        Some((words, rest))
    }

    /// The 16-bit numbers at the front, and what follows them.
    #[inline]
    pub(crate) fn halves<const N: usize>(self, bytes: &[u8]) -> Option<([u16; N], &[u8])> {
        let mut halves = [0; N];
        let mut rest = bytes;
        for half in &mut halves {
            let (first, behind) = rest.split_first_chunk()?;
            *half = self.u16(*first);
            rest = behind;
        }
        Some((halves, rest))
    }
}
