//! `cargo xtask captures`: a large capture of made-up traffic, the same bytes on every machine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use pcap_file::DataLink;
use pcap_file::Endianness;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionBlock;

use self::random::Random;
use self::talk::Talk;

mod checksum;
mod content;
mod datagram;
mod path;
mod random;
mod talk;
mod tcp;

/// Bytes of packets in the capture, at least: large enough that a bench is not over in an instant.
const TARGET: u64 = 200_000_000;

/// The capture in the older format, from the repository on.
pub(crate) const PCAP: &str = "captures/mix.pcap";

/// The same packets in the newer one.
const PCAPNG: &str = "captures/mix.pcapng";

/// When the capture starts: 2024-01-01, in microseconds since the epoch.
const START: u64 = 1_704_067_200_000_000;

/// Mean time between the starts of two conversations in microseconds: as they last half a minute,
/// a few thousand overlap, but most are silent at any moment, so that their trains stay whole.
const GAP: u64 = 8_000;

/// A kind of conversation: how many of a thousand are of it, and how one is made.
type Kind = (u64, fn(u64, &mut Random) -> Talk);

const KINDS: &[Kind] = &[
    (330, tcp::web),
    (15, tcp::interactive),
    (30, tcp::calls),
    (305, datagram::dns),
    (155, datagram::quic),
    (65, datagram::neighbour),
    (50, datagram::icmp),
    (50, datagram::fragments),
    (15, datagram::sctp),
];

/// Writes `captures/mix.pcap` and `captures/mix.pcapng`, unless both are there.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let [pcap, pcapng] = [PCAP, PCAPNG].map(|path| root.join(path));
    if pcap.exists() && pcapng.exists() {
        println!("{} and its pcapng twin are there", pcap.display());
        return Ok(true);
    }
    // Renamed when complete, so that a file under its name is a whole one.
    let [pcap_part, pcapng_part] = [PCAP, PCAPNG].map(|path| root.join(format!("{path}.part")));
    let summary = write(TARGET, create(&pcap_part)?, create(&pcapng_part)?)?;
    fs::rename(&pcap_part, &pcap)?;
    fs::rename(&pcapng_part, &pcapng)?;
    println!("{}: {} packets, {} bytes", pcap.display(), summary.packets, summary.bytes);
    Ok(true)
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    Ok(BufWriter::new(File::create(path).with_context(|| format!("create {}", path.display()))?))
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// Writes so many bytes of packets, and those that end what was begun, in both formats.
pub(crate) fn write(target: u64, pcap: impl Write, pcapng: impl Write) -> Result<Summary> {
    let header = PcapHeader { endianness: Endianness::Little, ..PcapHeader::default() };
    let mut pcap = PcapWriter::with_header(pcap, header)?;
    let mut pcapng = PcapNgWriter::with_endianness(pcapng, Endianness::Little)?;
    pcapng.write_pcapng_block(InterfaceDescriptionBlock {
        linktype: DataLink::ETHERNET,
        snaplen: 0,
        options: Vec::new(),
    })?;
    let mut summary = Summary::default();
    play(target, |time, frame| {
        let timestamp = Duration::from_micros(time);
        let len = u32::try_from(frame.len())?;
        pcap.write_packet(&PcapPacket::new(timestamp, len, frame)?)?;
        pcapng.write_pcapng_block(EnhancedPacketBlock {
            interface_id: 0,
            timestamp,
            original_len: len,
            data: frame.into(),
            options: Vec::new(),
        })?;
        summary.packets += 1;
        summary.bytes += u64::from(len);
        Ok(())
    })?;
    pcap.flush()?;
    pcapng.get_mut().flush()?;
    Ok(summary)
}

/// Plays conversations that overlap, frame by frame in the order of time.
fn play(target: u64, mut frame_at: impl FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let mut random = Random::new(1);
    let mut talks: Vec<Talk> = Vec::new();
    // Time of the next frame, and the place of its conversation, which settles a tie.
    let mut next: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let (mut start, mut bytes) = (START, 0);
    loop {
        // Of all that is begun, not of what is played: much of it comes later.
        let may_start = bytes < target;
        let until = if may_start { start } else { u64::MAX };
        while let Some(&Reverse((time, place))) = next.peek()
            && time < until
        {
            next.pop();
            let Some(talk) = talks.get_mut(place) else { continue };
            let Some(frame) = talk.next_frame() else { continue };
            frame_at(time, &frame)?;
            next.extend(talk.next_time().map(|time| Reverse((time, place))));
        }
        if !may_start {
            return Ok(());
        }
        let talk = converse(start, &mut random);
        bytes += talk.bytes();
        next.extend(talk.next_time().map(|time| Reverse((time, talks.len()))));
        talks.push(talk);
        start += random.between(1, 2 * GAP);
    }
}

fn converse(start: u64, random: &mut Random) -> Talk {
    let mut dice = random.between(0, KINDS.iter().map(|(share, _)| share).sum());
    for (share, kind) in KINDS {
        if dice < *share {
            return kind(start, random);
        }
        dice -= share;
    }
    Talk::new(start)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::digest::Digest;

    fn small(target: u64) -> (Vec<u8>, Vec<u8>, Summary) {
        let (mut pcap, mut pcapng) = (Vec::new(), Vec::new());
        let summary = write(target, &mut pcap, &mut pcapng).unwrap();
        (pcap, pcapng, summary)
    }

    #[test]
    fn two_runs_write_the_same_bytes() {
        let ((pcap, pcapng, one), (pcap2, pcapng2, two)) = (small(500_000), small(500_000));
        assert_eq!((Digest::of(&pcap), one), (Digest::of(&pcap2), two));
        assert_eq!(Digest::of(&pcapng), Digest::of(&pcapng2));
    }

    /// Whether a frame has a VLAN tag, its `EtherType`, and the protocol in its IP header.
    fn kind(frame: &[u8]) -> (bool, u16, u8) {
        let tagged = frame[12..14] == [0x81, 0x00];
        let at = if tagged { 16 } else { 12 };
        let protocol = match u16::from_be_bytes([frame[at], frame[at + 1]]) {
            0x0800 => frame[at + 2 + 9],
            0x86dd => frame[at + 2 + 6],
            _ => 0,
        };
        (tagged, u16::from_be_bytes([frame[at], frame[at + 1]]), protocol)
    }

    /// The figures come from a mix of public captures: there the kind changes from one packet to
    /// the next in 18 % of cases, and 69 % are TCP on IPv4. With conversations interleaved frame by
    /// frame it changes in more than half, so that a bench mispredicts branches as it would not on
    /// real traffic.
    #[test]
    fn packets_come_in_trains_and_in_shares_as_in_real_captures() {
        let mut kinds = Vec::new();
        let mut bytes = 0;
        play(30_000_000, |_, frame| {
            kinds.push(kind(frame));
            bytes += frame.len();
            Ok(())
        })
        .unwrap();
        let per_mille = |count: usize| count * 1000 / kinds.len();
        let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let changes = per_mille(changes);
        assert!((100..300).contains(&changes), "{changes}");
        let share = |of: &dyn Fn(&(bool, u16, u8)) -> bool| {
            per_mille(kinds.iter().filter(|kind| of(kind)).count())
        };
        for (what, range, share) in [
            ("TCP on IPv4", 550..700, share(&|kind| (kind.1, kind.2) == (0x0800, 6))),
            ("TCP on IPv6", 120..220, share(&|kind| (kind.1, kind.2) == (0x86dd, 6))),
            ("UDP on IPv4", 70..150, share(&|kind| (kind.1, kind.2) == (0x0800, 17))),
            ("UDP on IPv6", 20..60, share(&|kind| (kind.1, kind.2) == (0x86dd, 17))),
            ("the rest", 20..80, share(&|kind| !matches!(kind.2, 6 | 17))),
            ("VLAN", 20..50, share(&|kind| kind.0)),
        ] {
            assert!(range.contains(&share), "{what}: {share}");
        }
        let mean = bytes / kinds.len();
        assert!((330..430).contains(&mean), "{mean}");
    }

    /// What tshark finds in a capture; nothing to hold against it where tshark is not installed.
    fn tshark(capture: &[u8], filter: &str) -> Option<usize> {
        let name =
            format!("rheos-mix-{}-{}.pcap", std::process::id(), Digest::of(filter.as_bytes()));
        let path = std::env::temp_dir().join(name);
        fs::write(&path, capture).unwrap();
        let output = Command::new("tshark")
            .args(["-n", "-otcp.check_checksum:TRUE", "-oudp.check_checksum:TRUE"])
            .args(["-oip.check_checksum:TRUE", "-osctp.checksum:CRC 32c"])
            .args(["-otcp.reassemble_out_of_order:TRUE", "-Y", filter, "-r"])
            .arg(&path)
            .output();
        fs::remove_file(&path).unwrap();
        let output = output.ok()?;
        // Nothing is found by a filter that tshark does not understand, either.
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(output.stdout.split(|&byte| byte == b'\n').count() - 1)
    }

    #[test]
    fn tshark_finds_no_wrong_checksum_and_every_kind_of_packet() {
        let (pcap, pcapng, summary) = small(3_000_000);
        let wrong = "ip.checksum.status==0 or tcp.checksum.status==0 or udp.checksum.status==0 \
            or icmp.checksum.status==0 or icmpv6.checksum.status==0 or sctp.checksum.status==0 \
            or _ws.malformed";
        let Some(bad) = tshark(&pcap, wrong) else { return };
        assert_eq!(bad, 0);
        for kind in ["ip", "tcp", "udp", "icmp", "icmpv6", "sctp"] {
            assert_ne!(tshark(&pcap, &format!("{kind}.checksum.status==1")), Some(0), "{kind}");
        }
        let count = usize::try_from(summary.packets).unwrap();
        assert_eq!((tshark(&pcap, "frame"), tshark(&pcapng, "frame")), (Some(count), Some(count)));
        for kind in [
            "ipv6 && tcp.flags.syn==1 && tcp.options.timestamp.tsval",
            "tcp.analysis.retransmission",
            "tcp.flags.reset==1",
            "http.response.code==200",
            "tls.record.content_type==23",
            "dns.flags.response==1",
            "quic",
            "vlan.id",
            "arp.opcode==2",
            "icmp.type==3 && udp",
            "icmpv6.nd.na.target_address",
            "ip.flags.mf==1",
            "ip.fragment.count",
            "ipv6.fragment.count",
            "sctp.chunk_type==0",
        ] {
            assert_ne!(tshark(&pcap, kind), Some(0), "{kind}");
        }
    }
}
