//! Unpacks zstd, a block at a time.
//!
//! Where a frame is damaged its decoder fails and says nothing of what it has made in the same call. So
//! it is never given more than it needs for its next block: what is in front of a fault is told before.

use std::io::{self, BufRead, BufReader, Read};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// A frame names how far back it refers, and a decoder makes room for that at once: no more than the
/// tool itself decodes unasked, 128 MiB.
const MAX_WINDOW_LOG: u32 = 27;

/// Packed bytes read at a time. What they unpack to is handed out at once, so it is also how often a
/// thread that unpacks wakes the one that reads, which costs the former as much as a small block.
const PACKED: usize = 256 * 1024;

/// Bytes that start a frame: they say how long its header is.
const FRAME_START: usize = 5;

/// Bytes of the header of a block, which the decoder asks for together with the block before it.
const BLOCK_HEADER: usize = 3;

/// Unpacks what a reader holds: any number of frames.
pub(crate) struct Unzstd<R> {
    decoder: Decoder<'static>,
    packed: BufReader<R>,
    /// How many bytes the decoder asks for; none between frames.
    wanted: usize,
    /// Whether the decoder may have more to give before it is given more.
    is_full: bool,
    /// A fault behind what has been handed out.
    failure: Option<io::Error>,
}

impl<R: Read> Unzstd<R> {
    pub(crate) fn new(packed: R) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG))?;
        let packed = BufReader::with_capacity(PACKED, packed);
        Ok(Self { decoder, packed, wanted: 0, is_full: false, failure: None })
    }

    /// Unpacks a block, or a part of one; 0 is the end.
    fn step(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let packed = if self.is_full { &[][..] } else { self.packed.fill_buf()? };
            if packed.is_empty() && !self.is_full {
                return match self.wanted {
                    0 => Ok(0),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            let most = match self.wanted {
                0 => FRAME_START,
                wanted => wanted.saturating_sub(BLOCK_HEADER).max(1),
            };
            let mut input = InBuffer::around(packed.get(..most).unwrap_or(packed));
            let mut output = OutBuffer::around(&mut *space);
            self.wanted = self.decoder.run(&mut input, &mut output)?;
            let (used, count) = (input.pos(), output.pos());
            self.packed.consume(used);
            self.is_full = count == space.len();
            if count > 0 {
                return Ok(count);
            }
        }
    }

    /// Whether there is something to unpack without asking the source, which may take its time.
    fn has_more(&self) -> bool {
        self.is_full || !self.packed.buffer().is_empty()
    }
}

impl<R: Read> Read for Unzstd<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut made = 0_usize;
        loop {
            let rest = space.get_mut(made..).unwrap_or_default();
            if made > 0 && (rest.is_empty() || !self.has_more()) {
                return Ok(made);
            }
            match self.step(rest) {
                Ok(0) => return Ok(made),
                Ok(count) => made = made.saturating_add(count),
                Err(error) if made == 0 => return Err(error),
                Err(error) => {
                    self.failure = Some(error);
                    return Ok(made);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A source that has pieces, and counts how often it is asked.
    struct Slow {
        pieces: Vec<Vec<u8>>,
        asked: usize,
    }

    impl Read for Slow {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            let piece = self.pieces.get(self.asked).map_or(&[][..], Vec::as_slice);
            self.asked += 1;
            space[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn all_that_a_source_has_is_handed_out_before_it_is_asked_for_more() {
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
        let mut pieces = Vec::new();
        for number in 0..3_u8 {
            // Several blocks, which end with the piece.
            let bytes: Vec<u8> =
                (0..300_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8 ^ number).collect();
            encoder.write_all(&bytes).unwrap();
            encoder.flush().unwrap();
            pieces.push(std::mem::take(encoder.get_mut()));
        }
        pieces.push(encoder.finish().unwrap());
        assert!(pieces.iter().all(|piece| piece.len() < PACKED));
        let mut unzstd = Unzstd::new(Slow { pieces, asked: 0 }).unwrap();
        let mut space = vec![0; 1 << 20];
        for asked in 1..=3 {
            assert_eq!(unzstd.read(&mut space).unwrap(), 300_000);
            assert_eq!(unzstd.packed.get_ref().asked, asked);
        }
        assert_eq!(unzstd.read(&mut space).unwrap(), 0);
    }

    #[test]
    fn what_is_in_front_of_a_fault_comes_before_it() {
        let whole = zstd::encode_all(&[7; 1_000][..], 1).unwrap();
        let bytes = [whole.as_slice(), b"no frame"].concat();
        let mut unzstd = Unzstd::new(bytes.as_slice()).unwrap();
        let mut space = [0; 4_000];
        assert_eq!(unzstd.read(&mut space).unwrap(), 1_000);
        assert!(unzstd.read(&mut space).is_err());
    }
}
