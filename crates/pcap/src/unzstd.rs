//! Unpacks zstd, a block at a time.
//!
//! Where a frame is damaged its decoder fails and says nothing of what it has made in the same call. So
//! it is never given more than it needs for its next block: what is in front of a fault is told before.

use std::io::{self, BufRead, Read};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// A frame names how far back it refers, and a decoder makes room for that at once: no more than the
/// tool itself decodes unasked, 128 MiB.
const MAX_WINDOW_LOG: u32 = 27;

/// Bytes that start a frame: they say how long its header is.
const FRAME_START: usize = 5;

/// Bytes of the header of a block, which the decoder asks for together with the block before it.
const BLOCK_HEADER: usize = 3;

/// Unpacks what a reader holds: any number of frames.
pub(crate) struct Unzstd<R> {
    decoder: Decoder<'static>,
    packed: R,
    /// How many bytes the decoder asks for; none between frames.
    wanted: usize,
    /// Whether the decoder may have more to give before it is given more.
    is_full: bool,
}

impl<R: BufRead> Unzstd<R> {
    pub(crate) fn new(packed: R) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(MAX_WINDOW_LOG))?;
        Ok(Self { decoder, packed, wanted: 0, is_full: false })
    }
}

impl<R: BufRead> Read for Unzstd<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
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
}
