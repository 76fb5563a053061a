//! `rheos defrag` as a person meets it, and beside tshark.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fs;
use std::path::{Path, PathBuf};

mod common;
use common::{FIRST, fails, folder, has, packets, rheos, shared, succeeds, text, tool};

/// Captures of the shared collection with fragments, found by their names.
fn fragmented() -> Vec<PathBuf> {
    let is_fragmented = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        ["fragmented", "ip-frag", "ip4_fragments", "defrag"].iter().any(|part| name.contains(part))
    };
    shared(1).into_iter().filter(is_fragmented).collect()
}

#[test]
fn a_capture_without_fragments_stays_as_it_is() {
    let folder = folder("defrag-none");
    for name in ["out.pcapng", "out.pcap"] {
        let out = folder.join(name);
        succeeds(&["defrag", FIRST, text(&out)]);
        if has("editcap") {
            assert!(packets(&out, &folder) == packets(Path::new(FIRST), &folder), "{name}");
        }
    }
}

/// What tshark says of what IP carries does not depend on who put it together.
#[test]
fn tshark_finds_in_the_datagrams_what_it_puts_together_itself() {
    if !has("tshark") {
        return;
    }
    let folder = folder("defrag-tshark");
    let fields = ["udp.srcport", "udp.length", "icmp.type", "icmpv6.type", "tcp.len", "dns.id"];
    let ask = |path: &Path| {
        let mut arguments = vec!["-n", "-r", text(path), "-Y", "udp || icmp || icmpv6 || tcp"];
        arguments.extend([
            "-T",
            "fields",
            "-e",
            "ip.checksum.status",
            "-o",
            "ip.check_checksum:TRUE",
        ]);
        arguments.extend(fields.iter().flat_map(|field| ["-e", field]));
        tool("tshark", &arguments).unwrap_or_default()
    };
    let (mut captures, mut datagrams) = (0, 0);
    for capture in fragmented() {
        let out = folder.join("out.pcapng");
        let run = rheos(&["defrag", text(&capture), text(&out), "--force", "--report"]);
        let written: u64 = run
            .stderr
            .lines()
            .find_map(|line| line.trim().strip_suffix(" datagrams written in their place"))
            .unwrap()
            .parse()
            .unwrap();
        // What was not whole to us is left to `cargo xtask conform fragments`.
        let is_left = run.stderr.lines().any(|line| {
            let left = line.contains("without some")
                || line.contains("overlap")
                || line.contains("no receiver");
            left && !line.trim().starts_with("0 ")
        });
        if written == 0 || is_left {
            continue;
        }
        captures += 1;
        datagrams += written;
        assert_eq!(ask(&out), ask(&capture), "{}", capture.display());
    }
    assert!(captures == 0 || captures >= 5, "{datagrams} of {captures}");
}

#[test]
fn what_is_there_is_written_over_only_if_that_is_asked_for() {
    let folder = folder("defrag-force");
    let out = folder.join("out.pcap");
    fs::write(&out, b"mine").unwrap();
    fails(&["defrag", FIRST, text(&out)], "--force writes over it");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    succeeds(&["defrag", FIRST, text(&out), "--force"]);
    fails(&["defrag", "no-such.pcap", text(&folder.join("new.pcap"))], "no-such.pcap");
    assert!(!folder.join("new.pcap").exists());
}

/// Two fragments of a question of DNS, each in GRE.
#[test]
fn fragments_in_tunnels_are_put_together_if_that_is_asked_for() {
    let question = b"\x13\x88\0\x35\0\x1b\0\0\0\x07\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let ip = |protocol: u8, flags: u8, offset: u8, payload: &[u8]| {
        let length = u8::try_from(20 + payload.len()).unwrap();
        let front = [0x45, 0, 0, length, 0, 7, flags, offset, 64, protocol, 0, 0];
        [&front[..], &[10, 0, 0, 1, 10, 0, 0, 2], payload].concat()
    };
    let pieces = [ip(17, 0x20, 0, &question[..16]), ip(17, 0, 2, &question[16..])];
    let mut capture = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\xe4\0\0\0".to_vec();
    for piece in pieces {
        let packet = ip(47, 0, 0, &[&[0, 0, 8, 0][..], &piece].concat());
        let length = u32::try_from(packet.len()).unwrap().to_le_bytes();
        capture.extend([&[7, 0, 0, 0, 0, 0, 0, 0][..], &length, &length, &packet].concat());
    }
    let folder = folder("defrag-tunnels");
    let (file, out) = (folder.join("in.pcap"), folder.join("out.pcap"));
    fs::write(&file, &capture).unwrap();
    succeeds(&["defrag", text(&file), text(&out)]);
    assert_eq!(fs::read(&out).unwrap().len(), capture.len());
    succeeds(&["defrag", text(&file), text(&out), "--tunnels", "--force"]);
    let told = succeeds(&["dns", text(&file), "--format", "json"]);
    assert_eq!(told, succeeds(&["dns", text(&out), "--format", "json"]));
    assert!(told.contains("\"query\":\"a\""), "{told}");
    let wanted = ["-n", "-r", text(&out), "-T", "fields", "-e", "ip.len", "-e", "dns.qry.name"];
    let tshark = tool("tshark", &wanted);
    assert!(tshark.as_deref().is_none_or(|told| told == "71,47\ta\n"), "{tshark:?}");
}
