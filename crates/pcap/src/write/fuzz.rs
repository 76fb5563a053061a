//! What must hold for the copy of any bytes, called by the fuzzer and by tests.

use crate::reader::CaptureReader;
use crate::write::options::PcapNgOptions;
use crate::write::pcapng::PcapNgWriter;

/// Copies what can be read of any bytes as a capture, and asserts what must hold.
///
/// # Panics
///
/// If a block or packet of the copy is another than that of the capture, or if a copy of the copy
/// has other bytes.
#[doc(hidden)]
pub fn fuzz_copy(bytes: &[u8]) {
    let Some((first, blocks)) = copy(bytes) else { return };
    if blocks == 0 {
        return;
    }
    assert_eq!(copy(&first).as_ref(), Some(&(first.clone(), blocks)), "a copy of the copy");
    let (theirs, ours) = (CaptureReader::new(bytes), CaptureReader::new(first.as_slice()));
    let (Ok(mut theirs), Ok(mut ours)) = (theirs, ours) else { return };
    for _ in 0..blocks {
        let theirs = theirs.next_block().ok().flatten();
        let ours = ours.next_block().ok().flatten();
        let theirs = theirs.map(|entry| (entry.order, entry.block, entry.packet));
        assert_eq!(ours.map(|entry| (entry.order, entry.block, entry.packet)), theirs);
    }
}

/// A copy, and how many blocks are in it.
fn copy(bytes: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut capture = CaptureReader::new(bytes).ok()?;
    let mut writer = PcapNgWriter::without_section(Vec::new(), PcapNgOptions::default());
    let mut blocks = 0_u64;
    while let Ok(Some(entry)) = capture.next_block() {
        let written = writer.write_block(&entry.block);
        assert!(written.is_ok(), "{:?} {:?}", written.err(), entry.block);
        blocks = blocks.saturating_add(1);
    }
    writer.finish().ok().map(|copy| (copy, blocks))
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
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        let seeds: Vec<_> = ["capture", "copy"]
            .iter()
            .flat_map(|folder| fs::read_dir(corpus.join(folder)).unwrap())
            .map(|seed| seed.unwrap().path())
            .collect();
        assert!(seeds.len() >= 8, "{seeds:?}");
        for seed in seeds {
            fuzz_copy(&fs::read(seed).unwrap());
        }
    }

    fn order() -> impl Strategy<Value = ByteOrder> {
        prop_oneof![Just(ByteOrder::Big), Just(ByteOrder::Little)]
    }

    proptest! {
        #[test]
        fn any_blocks_behind_a_section_are_copied(
            order in order(),
            blocks in prop::collection::vec(
                (
                    prop_oneof![1..12_u32, Just(0x0a0d_0d0a), Just(0xbad), any::<u32>()],
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
            fuzz_copy(&sample.bytes);
        }

        #[test]
        fn any_records_behind_a_pcap_header_are_copied(
            order in order(),
            magic in prop::sample::select(vec![0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34]),
            words in prop::collection::vec(prop_oneof![0..40_u32, any::<u32>()], 0..60),
        ) {
            let mut sample = Sample::pcap(order, magic, 0, 1);
            sample.words(&words);
            fuzz_copy(&sample.bytes);
        }

        #[test]
        fn what_damage_leaves_of_a_capture_is_copied(
            order in order(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        ) {
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 0, &[(2, b"eth0"), (9, &[9])]).enhanced(0, 7, b"abc", &[(1, b"x")]);
            sample.simple(5, b"abcde").block(4, b"\0\x01\0\x06\x01\x02\x03\x04a\0\0\0\0\0\0\0");
            sample.block(10, &[0; 12]).block(0xbad, &[7; 8]).block(9, b"A=b\n");
            sample.section(order).interface(113, 4, &[]).simple(9, b"abcd").block(5, &[0; 16]);
            for (at, byte) in damage {
                let at = at.index(sample.bytes.len());
                sample.bytes[at] = byte;
            }
            fuzz_copy(&sample.bytes);
        }
    }
}
