//! `rheos anonymize` as a person meets it, looked at by tshark.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

mod common;
use common::{FIRST, fails, folder, has, shared, succeeds, text, tool};

/// Fields of every packet by tshark, a line a packet.
fn fields(capture: &Path, names: &[&str]) -> Vec<String> {
    let mut arguments = vec!["-n", "-r", text(capture), "-T", "fields", "-E", "occurrence=a"];
    for option in ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"] {
        arguments.extend(["-o", option]);
    }
    names.iter().for_each(|name| arguments.extend(["-e", name]));
    tool("tshark", &arguments).unwrap().lines().map(str::to_owned).collect()
}

/// Which address became which.
fn pairs(before: &Path, after: &Path, name: &str) -> BTreeMap<String, String> {
    let split = |lines: Vec<String>| -> Vec<String> {
        lines.iter().flat_map(|line| line.split([',', '\t'])).map(str::to_owned).collect()
    };
    let (before, after) = (split(fields(before, &[name])), split(fields(after, &[name])));
    assert_eq!(before.len(), after.len(), "{name}");
    let mut pairs = BTreeMap::new();
    for (before, after) in before.into_iter().zip(after).filter(|(before, _)| !before.is_empty()) {
        let known = pairs.entry(before.clone()).or_insert_with(|| after.clone());
        assert_eq!(*known, after, "{before}");
    }
    pairs
}

#[test]
fn every_address_becomes_another_that_shares_as_many_bits() {
    if !has("tshark") {
        return;
    }
    let folder = folder("anonymize");
    let out = folder.join("out.pcapng");
    succeeds(&["anonymize", FIRST, text(&out)]);
    let first = Path::new(FIRST);
    let mut v4 = BTreeMap::new();
    for name in ["ip.src", "ip.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"] {
        v4.extend(pairs(first, &out, name));
    }
    let mut v6 = BTreeMap::new();
    for name in
        ["ipv6.src", "ipv6.dst", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address"]
    {
        v6.extend(pairs(first, &out, name));
    }
    assert!(v4.len() >= 2 && v6.len() >= 5, "{v4:?} {v6:?}");
    assert!(v4.iter().all(|(before, after)| before != after), "{v4:?}");
    assert!(
        v6.iter().filter(|(before, after)| before == after).all(|(own, _)| own.starts_with("ff"))
    );
    let bits = |text: &str| -> u128 {
        match text.parse::<Ipv4Addr>() {
            Ok(address) => u128::from(u32::from(address)) << 96,
            Err(_) => text.parse::<Ipv6Addr>().unwrap().into(),
        }
    };
    for all in [v4, v6] {
        for (one, to_one) in &all {
            for (other, to_other) in &all {
                let before = (bits(one) ^ bits(other)).leading_zeros();
                assert_eq!(
                    before,
                    (bits(to_one) ^ bits(to_other)).leading_zeros(),
                    "{one} {other}"
                );
            }
        }
    }
    let macs = pairs(first, &out, "eth.src");
    assert!(!macs.is_empty() && macs.iter().all(|(before, after)| before != after), "{macs:?}");
    let groups = pairs(first, &out, "eth.dst");
    assert_eq!(groups["ff:ff:ff:ff:ff:ff"], "ff:ff:ff:ff:ff:ff");
    // Times, lengths, ports and numbers stay.
    let same =
        ["frame.time_epoch", "frame.len", "tcp.srcport", "udp.dstport", "tcp.seq_raw", "ip.ttl"];
    assert_eq!(fields(first, &same), fields(&out, &same));
}

#[test]
fn checksums_are_as_good_as_before() {
    if !has("tshark") {
        return;
    }
    let folder = folder("anonymize-checksums");
    let out = folder.join("out.pcapng");
    let statuses = [
        "ip.checksum.status",
        "tcp.checksum.status",
        "udp.checksum.status",
        "icmp.checksum.status",
        "icmpv6.checksum.status",
    ];
    for payload in ["zero", "addresses", "keep"] {
        succeeds(&["anonymize", FIRST, text(&out), "--payload", payload, "--force"]);
        assert_eq!(fields(&out, &statuses), fields(Path::new(FIRST), &statuses), "{payload}");
    }
    // Those of captures with wrong ones stay wrong; those that are not all there become zero.
    let captures = shared(90);
    let mut compared = 0;
    for capture in &captures {
        // What tshark or rheos cannot read to its end is for other tests.
        let is_read = tool("tshark", &["-r", text(capture), "-c", "1"]).is_some();
        if !is_read || common::rheos(&["info", text(capture)]).code != Some(0) {
            continue;
        }
        succeeds(&["anonymize", text(capture), text(&out), "--payload", "keep", "--force"]);
        let (before, after) = (fields(capture, &statuses), fields(&out, &statuses));
        assert_eq!(before.len(), after.len(), "{}", capture.display());
        for (number, (before, after)) in (1..).zip(before.iter().zip(&after)) {
            let words = |line: &str| -> Vec<String> {
                line.split(['\t', ',']).map(str::to_owned).collect()
            };
            let pairs = words(before).into_iter().zip(words(after));
            // 2 is unverified.
            let is_same = pairs.into_iter().all(|(before, after)| before == after || before == "2");
            assert!(is_same, "{} packet {number}: {before} {after}", capture.display());
        }
        compared += 1;
    }
    assert!(captures.is_empty() || compared > 8, "{compared}");
}

#[test]
fn nothing_of_who_it_was_is_left_in_the_file() {
    let folder = folder("anonymize-left");
    let out = folder.join("out.pcapng");
    let holds = |file: &Path, bytes: &[u8]| {
        fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes)
    };
    // An address of the capture, a name in DNS, a line of HTTP.
    let secrets: [&[u8]; 4] = [&[192, 0, 2, 1], &[0x20, 1, 0xd, 0xb8], b"example", b"HTTP/1."];
    assert!(secrets.iter().all(|secret| holds(Path::new(FIRST), secret)));
    succeeds(&["anonymize", FIRST, text(&out)]);
    for secret in secrets {
        assert!(!holds(&out, secret), "{secret:x?}");
    }
    assert!(!holds(&out, b"Editcap"));
    // The addresses in answers of DNS are replaced, and the rest of the payload stays.
    succeeds(&["anonymize", FIRST, text(&out), "--payload", "addresses", "--force"]);
    assert!(!holds(&out, &[192, 0, 2, 1]) && holds(&out, b"HTTP/1."));
    if has("tshark") {
        let name = ["dns.a", "dns.aaaa"];
        let answers = fields(Path::new(FIRST), &name);
        let replaced = fields(&out, &name);
        let changed = answers.iter().zip(&replaced).filter(|(a, b)| a != b).count();
        let there = answers.iter().filter(|line| !line.trim().is_empty()).count();
        assert_eq!(changed, there);
    }
    succeeds(&[
        "anonymize",
        FIRST,
        text(&out),
        "--payload",
        "keep",
        "--force",
        "--keep",
        "192.0.2.0/24",
    ]);
    assert!(holds(&out, &[192, 0, 2, 1]) && holds(&out, b"HTTP/1."));
}

#[test]
fn a_key_makes_the_same_addresses_again() {
    let folder = folder("anonymize-key");
    let (key, one, two) = (folder.join("key"), folder.join("1.pcapng"), folder.join("2.pcapng"));
    for out in [&one, &two] {
        succeeds(&["anonymize", FIRST, text(out), "--key-file", text(&key)]);
    }
    assert!(fs::read(&one).unwrap() == fs::read(&two).unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    succeeds(&["anonymize", FIRST, text(&two), "--force"]);
    assert!(fs::read(&one).unwrap() != fs::read(&two).unwrap());
    fs::write(&key, "12").unwrap();
    fails(&["anonymize", FIRST, text(&two), "--key-file", text(&key)], "64 hexadecimal digits");
}

#[test]
fn vendors_and_groups_are_kept_or_replaced_as_asked() {
    let folder = folder("anonymize-vendors");
    let out = folder.join("out.pcap");
    let frame = "eth src=00:1b:21:01:02:03 dst=01:00:5e:00:00:fb / ip src=10.0.0.1 dst=224.0.0.251";
    let capture = folder.join("in.pcap");
    succeeds(&["craft", frame, "-o", text(&capture)]);
    succeeds(&["anonymize", text(&capture), text(&out), "--keep-vendors"]);
    let dump = succeeds(&["dump", "-v", text(&out)]);
    assert!(dump.contains("eth.src = 00:1b:21:") && !dump.contains("00:1b:21:01:02:03"), "{dump}");
    assert!(dump.contains("ip.dst = 224.0.0.251") && dump.contains("eth.dst = 01:00:5e:00:00:fb"));
    succeeds(&["anonymize", text(&capture), text(&out), "--replace-all", "--force"]);
    assert!(!succeeds(&["dump", "-v", text(&out)]).contains("224.0.0.251"));
}

#[test]
fn a_tunnel_that_has_no_checksum_keeps_its_flags() {
    if !has("tshark") {
        return;
    }
    let folder = folder("anonymize-tunnel");
    let (capture, out) = (folder.join("in.pcap"), folder.join("out.pcap"));
    let packet = "eth / ip src=10.1.2.3 / gre key=5 seq=7 / ip src=1.2.3.4 / udp / \"x\"";
    succeeds(&["craft", packet, "-o", text(&capture)]);
    succeeds(&["anonymize", text(&capture), text(&out)]);
    let names = ["gre.flags_and_version", "gre.key", "ip.checksum.status", "udp.checksum.status"];
    assert_eq!(fields(&out, &names), ["0x3000\t0x00000005\t1,1\t1"]);
}
