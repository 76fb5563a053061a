//! Every capture of the shared collection, copied without loss.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::fs;
use std::path::{Path, PathBuf};

use rheos_pcap::{
    ByteOrder, CaptureReader, CaptureWriter, Error, Format, PcapHeader, PcapNgOptions, PcapWriter,
    Resolution, Rounding, WriteOptions, open,
};

/// The captures, or nothing and a line that says so.
fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let Ok(manifest) = fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        println!("skipped: no captures in {}", folder.display());
        return Vec::new();
    };
    let rows = manifest.lines().filter(|line| !line.starts_with('#')).skip(1);
    let names = rows.filter_map(|row| row.split('\t').next());
    let paths: Vec<_> = names.map(|name| folder.join(name)).collect();
    assert!(!paths.is_empty(), "the manifest lists no capture");
    paths
}

/// Copies all that can be read, block by block.
fn copy(path: &Path, format: Format) -> Option<Vec<u8>> {
    let mut capture = match open(path) {
        Ok(capture) => capture,
        Err(Error::UnsupportedFormat { .. }) => return None,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    let pcapng = PcapNgOptions { rounding: Rounding::Refuse, ..PcapNgOptions::default() };
    let options = WriteOptions { format: Some(format), pcapng, ..WriteOptions::default() };
    let mut writer = CaptureWriter::copy(Vec::new(), &options).unwrap();
    while let Ok(Some(entry)) = capture.next_block() {
        if let Err(error) = writer.write_entry(&entry) {
            // What has several link types is no pcap.
            let may = matches!(error, Error::OtherLinkType { .. } | Error::TimeRange { .. });
            assert!(may && format == Format::Pcap, "{}: {error}", path.display());
            return None;
        }
    }
    Some(writer.finish().unwrap())
}

#[test]
fn a_copy_in_pcapng_has_equal_blocks_and_packets() {
    for path in captures() {
        let Some(copy) = copy(&path, Format::PcapNg) else { continue };
        let mut theirs = open(&path).unwrap();
        let mut ours = CaptureReader::new(copy.as_slice()).unwrap();
        loop {
            let (theirs, ours) = (theirs.next_block(), ours.next_block());
            match (theirs, ours) {
                (Ok(Some(theirs)), Ok(Some(ours))) => {
                    assert_eq!(ours.block, theirs.block, "{}", path.display());
                    assert_eq!(ours.packet, theirs.packet, "{}", path.display());
                }
                // A copy of what is damaged ends where the damage starts.
                (Ok(None) | Err(_), Ok(None)) => break,
                (Err(theirs), Err(ours)) => {
                    let same = std::mem::discriminant(&theirs) == std::mem::discriminant(&ours);
                    assert!(same, "{}: {ours}, {theirs}", path.display());
                    break;
                }
                (theirs, ours) => panic!("{}: {ours:?}, {theirs:?}", path.display()),
            }
        }
    }
}

#[test]
fn a_copy_in_pcap_has_equal_packets() {
    for path in captures() {
        let Some(copy) = copy(&path, Format::Pcap) else { continue };
        let mut theirs = open(&path).unwrap();
        let mut ours = CaptureReader::new(copy.as_slice()).unwrap();
        while let Some(ours) = ours.next_packet().unwrap() {
            let theirs = theirs.next_packet().unwrap().unwrap();
            assert_eq!(ours.timestamp, theirs.timestamp, "{}", path.display());
            assert_eq!(ours.link_type, theirs.link_type, "{}", path.display());
            assert_eq!(ours.original_length, theirs.original_length, "{}", path.display());
            assert!(ours.data == theirs.data, "{}", path.display());
        }
        assert!(!matches!(theirs.next_packet(), Ok(Some(_))), "{}", path.display());
    }
}

/// A 32-bit number at a place of a capture.
fn word(bytes: &[u8], at: usize, order: ByteOrder) -> Option<u32> {
    let word = *bytes.get(at..)?.first_chunk()?;
    Some(match order {
        ByteOrder::Big => u32::from_be_bytes(word),
        ByteOrder::Little => u32::from_le_bytes(word),
    })
}

/// Whether a record says a time of more than a second behind its second, which a copy carries over.
fn has_long_fraction(bytes: &[u8], header: &PcapHeader) -> bool {
    let second =
        if header.resolution == Resolution::MICROSECOND { 1_000_000 } else { 1_000_000_000 };
    let mut at = 24_usize;
    while let (Some(fraction), Some(captured)) =
        (word(bytes, at + 4, header.order), word(bytes, at + 8, header.order))
    {
        if fraction >= second {
            return true;
        }
        at = at + 16 + captured as usize;
    }
    false
}

#[test]
fn a_copy_of_a_pcap_has_equal_bytes_up_to_its_damage() {
    let mut copied = 0;
    for path in captures() {
        let bytes = fs::read(&path).unwrap();
        let is_plain = [0xa1b2_c3d4_u32, 0xa1b2_3c4d].iter().any(|magic| {
            bytes.starts_with(&magic.to_be_bytes()) || bytes.starts_with(&magic.to_le_bytes())
        });
        if !is_plain {
            continue;
        }
        let mut capture = CaptureReader::new(bytes.as_slice()).unwrap();
        let header = *capture.pcap_header().unwrap();
        let mut writer =
            PcapWriter::with_options(Vec::new(), header.link_type, (&header).into()).unwrap();
        let whole = loop {
            match capture.next_packet() {
                Ok(Some(packet)) => writer.write(&packet).unwrap(),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        let copy = writer.finish().unwrap();
        assert!(!whole || copy.len() == bytes.len(), "{}", path.display());
        let equal = bytes.starts_with(&copy);
        assert!(equal || has_long_fraction(&bytes, &header), "{}", path.display());
        copied += usize::from(equal);
    }
    println!("{copied} copies have equal bytes");
    assert!(copied > 1_000 || captures().is_empty());
}
