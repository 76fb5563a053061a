//! What must hold for any bytes, called by the fuzzer and by tests.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};

use crate::reader::CaptureReader;

/// The fewest bytes of a capture that a packet takes: a simple packet block of nothing.
const SMALLEST: u64 = 16;

/// Reads any bytes as a capture, whole and in small pieces, and asserts what must hold.
///
/// # Panics
///
/// If the reader does not advance, lends what is not there, goes on after its end, or sees another
/// capture when the same bytes arrive in other pieces.
#[doc(hidden)]
pub fn fuzz(bytes: &[u8]) {
    let whole = digest(bytes);
    assert_eq!(whole, digest(Pieces { bytes, next: 1 }), "the pieces change the capture");
}

/// All that a reader says of a capture, as one number.
fn digest(reader: impl Read) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut capture = match CaptureReader::new(reader) {
        Ok(capture) => capture,
        Err(error) => {
            error.to_string().hash(&mut hasher);
            return hasher.finish();
        }
    };
    let mut position = capture.position();
    loop {
        let interface = match capture.next_packet() {
            Ok(Some(packet)) => {
                packet.data.hash(&mut hasher);
                packet.timestamp.hash(&mut hasher);
                packet.link_type.hash(&mut hasher);
                packet.original_length.hash(&mut hasher);
                packet.direction.hash(&mut hasher);
                packet.comments.iter().for_each(|comment| comment.hash(&mut hasher));
                packet.interface
            }
            Ok(None) => break,
            Err(error) => {
                error.to_string().hash(&mut hasher);
                break;
            }
        };
        assert!((interface as usize) < capture.interfaces().len(), "an interface from nowhere");
        assert!(capture.position() >= position.saturating_add(SMALLEST), "no progress");
        position = capture.position();
    }
    let packets = capture.packets_read();
    assert!(packets <= position / SMALLEST, "more packets than bytes");
    assert!(matches!(capture.next_packet(), Ok(None)), "the reader goes on after its end");
    capture.interfaces().len().hash(&mut hasher);
    hasher.finish()
}

/// Hands out pieces of 1 to 61 bytes.
struct Pieces<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let length = self.next.min(space.len());
        self.next = (self.next.wrapping_mul(5) % 64).max(1);
        self.bytes.read(space.get_mut(..length).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::order::Order;
    use crate::sample::Sample;

    #[test]
    fn the_corpus_holds() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/capture");
        let seeds: Vec<_> =
            fs::read_dir(corpus).unwrap().map(|seed| seed.unwrap().path()).collect();
        assert!(seeds.len() >= 6, "{seeds:?}");
        for seed in seeds {
            fuzz(&fs::read(seed).unwrap());
        }
    }

    fn order() -> impl Strategy<Value = Order> {
        prop_oneof![Just(Order::Big), Just(Order::Little)]
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_bytes_behind_a_pcap_header_hold(
            order in order(),
            magic in prop::sample::select(vec![0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34]),
            // Small words make plausible lengths.
            words in prop::collection::vec(prop_oneof![0..40_u32, any::<u32>()], 0..60),
        ) {
            let mut sample = Sample::pcap(order, magic, 0, 1);
            sample.words(&words);
            fuzz(&sample.bytes);
        }

        #[test]
        fn any_blocks_behind_a_section_hold(
            order in order(),
            blocks in prop::collection::vec(
                (
                    prop_oneof![1..7_u32, Just(0x0a0d_0d0a), any::<u32>()],
                    prop::collection::vec(prop_oneof![0..9_u32, any::<u32>()], 0..16),
                ),
                0..20,
            ),
        ) {
            let mut sample = Sample::pcapng(order);
            for (kind, words) in blocks {
                let mut body = Sample::new(order);
                body.words(&words);
                sample.block(kind, &body.bytes);
            }
            fuzz(&sample.bytes);
        }

        #[test]
        fn any_damage_to_a_capture_holds(
            order in order(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut: prop::sample::Index,
        ) {
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 0, &[(2, b"eth0"), (9, &[9])]).enhanced(0, 7, b"abc", &[(1, b"x")]);
            sample.simple(5, b"abcde").section(order).interface(113, 4, &[]).simple(9, b"abcd");
            for (at, byte) in damage {
                let at = at.index(sample.bytes.len());
                sample.bytes[at] = byte;
            }
            fuzz(&sample.bytes[..=cut.index(sample.bytes.len())]);
        }
    }
}
