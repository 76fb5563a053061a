//! What must hold for any bytes, called by the fuzzer and by tests.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};

use crate::error::Error;
use crate::reader::CaptureReader;
use crate::recover::MAX_DAMAGES;

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
    let pieces = || Pieces { bytes, next: 1 };
    let whole = digest(CaptureReader::new(bytes));
    assert_eq!(
        digest(CaptureReader::new(bytes).and_then(CaptureReader::tell_variant)),
        digest(CaptureReader::new(pieces()).and_then(CaptureReader::tell_variant)),
        "the pieces change the variant"
    );
    blocks(bytes);
    let recovered = recovered(bytes, bytes.len());
    assert_eq!(recovered, self::recovered(pieces(), bytes.len()));
    assert_eq!(whole, digest(CaptureReader::new(pieces())), "the pieces change the capture");
}

/// All that a reader says of a capture, as one number.
fn digest<R: Read>(capture: Result<CaptureReader<R>, Error>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut capture = match capture {
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

/// Reads bytes block by block, beside a reader of packets: the packets and the end are the same, and
/// no block changes when it is made independent or turned to the other byte order and back.
fn blocks(bytes: &[u8]) {
    let (Ok(mut blocks), Ok(mut packets)) = (CaptureReader::new(bytes), CaptureReader::new(bytes))
    else {
        return;
    };
    loop {
        let position = blocks.position();
        match blocks.next_block() {
            Ok(Some(entry)) => {
                assert!(entry.offset <= position, "a block from further on");
                if entry.packet.is_some() {
                    assert_eq!(entry.packet, packets.next_packet().ok().flatten());
                }
                let owned = entry.block.clone().into_owned();
                assert_eq!(owned, entry.block, "a copy differs");
                let turned = owned.in_order(entry.order.other());
                assert_eq!(
                    turned.in_order(entry.order),
                    entry.block,
                    "twice turned is not as it was"
                );
            }
            Ok(None) => {
                assert!(matches!(packets.next_packet(), Ok(None)), "packets behind the last block");
                break;
            }
            Err(error) => {
                let other = packets.next_packet().err();
                assert_eq!(other.map(|error| error.to_string()), Some(error.to_string()));
                break;
            }
        }
    }
    assert!(matches!(blocks.next_block(), Ok(None)), "the reader goes on after its end");
    assert_eq!(blocks.packets_read(), packets.packets_read());
}

/// Reads what can be read between damage: nothing but the header is an error, and what is lent, passed
/// over and beside it makes up all the bytes. The same for a reader of blocks.
fn recovered(reader: impl Read, length: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Ok(capture) = CaptureReader::new(reader) else { return 0 };
    let mut capture = capture.recover(true);
    let mut position = capture.position();
    loop {
        let next = capture.next_packet();
        match next.as_ref().map_or(None, |next| next.as_ref()) {
            Some(packet) => packet.data.hash(&mut hasher),
            None => {
                // A compressed capture may be damaged where nothing can be found.
                let packed = matches!(next, Err(Error::Decompress { .. }));
                assert!(packed || next.is_ok(), "{next:?}");
                break;
            }
        }
        assert!(capture.position() >= position.saturating_add(SMALLEST), "no progress");
        position = capture.position();
    }
    if capture.compression().is_none() {
        assert_eq!(capture.position(), length as u64, "bytes are left");
    }
    let (damages, skipped) = capture.damage_count();
    assert!(skipped <= capture.position(), "more skipped than there is");
    assert_eq!(capture.damages().len() as u64, damages.min(MAX_DAMAGES as u64));
    let told: u64 = capture.damages().iter().map(|damage| damage.skipped).sum();
    assert!(told <= skipped && (told == skipped || damages > MAX_DAMAGES as u64));
    for damage in capture.damages() {
        (damage.offset, damage.skipped, damage.packet).hash(&mut hasher);
        damage.cause.to_string().hash(&mut hasher);
    }
    assert!(matches!(capture.next_packet(), Ok(None)), "the reader goes on after its end");
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
    use crate::order::ByteOrder;
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

    fn order() -> impl Strategy<Value = ByteOrder> {
        prop_oneof![Just(ByteOrder::Big), Just(ByteOrder::Little)]
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_bytes_behind_a_snoop_header_hold(
            words in prop::collection::vec(prop_oneof![0..40_u32, any::<u32>()], 0..60),
        ) {
            let mut sample = Sample::new(ByteOrder::Big);
            sample.raw(b"snoop\0\0\0").words(&[2, 4]).words(&words);
            fuzz(&sample.bytes);
        }

        #[test]
        fn any_bytes_behind_a_pcap_header_hold(
            order in order(),
            magic in prop::sample::select(vec![0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x1c00_01ac]),
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
