//! Captured packets, taken apart and written again with all lengths, numbers and checksums worked
//! out: nothing changes in a packet that is valid.

#![allow(clippy::print_stdout, reason = "says what was compared")]

use std::fs;
use std::path::{Path, PathBuf};

use rheos_layers::{
    ChecksumStatus, Decoder, Encode, Fix, Ipv4, Ipv6, LayerType, Packet, RawLayer, serialize_layers,
};
use rheos_pcap::CaptureReader;

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            captures(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Whether all that is worked out anew is there and was worked out by the sender: no fragment, whose
/// lengths speak of more; no length or checksum left to the network card; no wrong checksum.
fn is_valid(packet: &Packet<'_>) -> bool {
    let whole = packet.error().is_none() && !packet.is_truncated();
    let is_left_out = |span| {
        let v4: Option<Ipv4<'_>> = packet.view(span);
        let v6: Option<Ipv6<'_>> = packet.view(span);
        v4.is_some_and(|ip| ip.is_fragment() || ip.header.total_length.get() == 0)
            || v6.is_some_and(|ip| ip.header.payload_length.get() == 0)
            || span.layer == LayerType::IPV6_FRAGMENT
    };
    whole
        && !packet.own_layers().iter().any(is_left_out)
        && packet.verify_checksums().all(|checksum| checksum.status() == ChecksumStatus::Good)
}

fn rewrite(packet: &Packet<'_>, fix: Fix) -> Vec<u8> {
    let raw: Vec<RawLayer<'_>> = packet.raw_layers().collect();
    let layers: Vec<&dyn Encode> = raw.iter().map(|layer| layer as _).collect();
    let mut out = Vec::new();
    let result = serialize_layers(&mut out, fix, &layers, packet.payload());
    assert_eq!(result, Ok(()), "{packet:?}");
    out
}

#[test]
fn a_valid_packet_is_written_as_it_was_captured() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let mut paths = Vec::new();
    captures(&folder, &mut paths);
    if paths.is_empty() {
        println!("skipped: no captures in {}", folder.display());
        return;
    }
    paths.sort();
    let decoder = Decoder::default();
    let (mut packets, mut valid, mut changed) = (0_u32, 0_u32, Vec::new());
    for path in &paths {
        let Ok(file) = fs::File::open(path) else { continue };
        let Ok(mut capture) = CaptureReader::new(file) else { continue };
        while let Ok(Some(raw)) = capture.next_packet() {
            packets += 1;
            let packet = decoder.decode(raw.link_type, raw.data);
            assert_eq!(rewrite(&packet, Fix::empty()), raw.data, "{}", path.display());
            if !is_valid(&packet) {
                continue;
            }
            valid += 1;
            let written = rewrite(&packet, Fix::all());
            if written != raw.data {
                let at = written.iter().zip(raw.data).position(|(one, other)| one != other);
                changed.push(format!("{} packet {packets}, byte {at:?}: {packet}", path.display()));
            }
        }
    }
    println!("{valid} of {packets} packets are valid");
    assert!(valid > 0, "no capture has a valid packet");
    assert_eq!(changed, [""; 0], "{} of {valid} changed", changed.len());
}
