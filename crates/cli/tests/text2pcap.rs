//! `rheos text2pcap` as a person meets it, and beside Wireshark's.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test, also in its functions")]

use std::fs;
use std::path::Path;
use std::process::Command;

mod common;
use common::{FIRST, fails, folder, has, packets, refuses, rheos, rheos_on, succeeds, text, tool};

/// The bytes of every packet, without times.
fn bytes(capture: &Path, folder: &Path) -> Vec<Vec<u8>> {
    let all = packets(capture, folder).unwrap();
    let mut rest = &all[4..];
    let mut found = vec![all[..4].to_vec()];
    while let Some((header, behind)) = rest.split_first_chunk::<16>() {
        let length = u32::from_le_bytes(header[8..12].try_into().unwrap()) as usize;
        found.push(behind[..length].to_vec());
        rest = &behind[length..];
    }
    found
}

#[test]
fn dumps_of_tcpdump_and_tshark_become_the_packets_again() {
    if !has("tcpdump") || !has("tshark") {
        return;
    }
    let folder = folder("text2pcap");
    let (dump, out) = (folder.join("dump.txt"), folder.join("out.pcapng"));
    let expected = bytes(Path::new(FIRST), &folder);
    let tcpdump = |flags: &[&str]| {
        let output = Command::new("tcpdump").args(["-r", FIRST, "-nn"]).args(flags).output();
        output.unwrap().stdout
    };
    for (printed, times) in [
        (tcpdump(&["-xx"]), false),
        (tcpdump(&["-XX", "-tt"]), true),
        (tcpdump(&["-XX", "-tttt"]), false),
        (tool("tshark", &["-r", FIRST, "-x"]).unwrap().into_bytes(), false),
        (tool("tshark", &["-r", FIRST, "-P", "-x", "-t", "e"]).unwrap().into_bytes(), false),
        (rheos(&["dump", "-x", FIRST]).stdout, false),
    ] {
        fs::write(&dump, printed).unwrap();
        succeeds(&["text2pcap", text(&dump), text(&out), "--force"]);
        assert!(bytes(&out, &folder) == expected);
        if times {
            // tcpdump prints microseconds.
            let micros = folder.join("micros.pcapng");
            succeeds(&["convert", FIRST, text(&micros), "--resolution", "us", "--force"]);
            assert!(packets(&out, &folder) == packets(&micros, &folder));
        }
    }
    // Without -e, tcpdump leaves out the link header: what is IP then is taken for it.
    fs::write(&dump, tcpdump(&["-x", "tcp"])).unwrap();
    succeeds(&["text2pcap", text(&dump), text(&out), "--force"]);
    let flows = succeeds(&["flows", text(&out), "--format", "json"]);
    assert_eq!(flows.lines().count(), 8);
}

#[test]
fn packets_are_those_of_text2pcap() {
    if !has("text2pcap") {
        return;
    }
    let folder = folder("text2pcap-theirs");
    let dump = folder.join("dump.txt");
    fs::write(
        &dump,
        "0000 45 00 00 1c 00 01 00 00 40 11 66 cd 0a 00 00 01\n\
         0010 0a 00 00 02 30 39 1f 90 00 08 33 a5\n\
         some words\n0000 de ad\n0000 61 62 63 64 65 66 67 68 69\n0009 6a\n",
    )
    .unwrap();
    let (ours, theirs) = (folder.join("ours.pcap"), folder.join("theirs.pcap"));
    for (options, same) in [
        (&[][..], &[][..]),
        (&["--udp", "1000,69"], &["-u", "1000,69"]),
        (&["--tcp", "50,60"], &["-T", "50,60"]),
        (&["--ip-proto", "46"], &["-i", "46"]),
        (&["--ethertype", "0x806"], &["-e", "0x806"]),
        (
            &["--udp", "1,2", "--addresses", "1.2.3.4,5.6.7.8"],
            &["-4", "1.2.3.4,5.6.7.8", "-u", "1,2"],
        ),
        (
            &["--udp", "1,2", "--addresses", "2001:db8::1,2001:db8::2"],
            &["-6", "2001:db8::1,2001:db8::2", "-u", "1,2"],
        ),
        (
            &["--tcp", "1,2", "--addresses", "2001:db8::1,2001:db8::2"],
            &["-6", "2001:db8::1,2001:db8::2", "-T", "1,2"],
        ),
        (&["--link-type", "147"], &["-l", "147"]),
    ] {
        let mut arguments = vec!["text2pcap", text(&dump), text(&ours), "--force"];
        arguments.extend(options);
        succeeds(&arguments);
        let mut arguments = vec!["-q", "-F", "pcap"];
        arguments.extend(same);
        arguments.extend([text(&dump), text(&theirs)]);
        tool("text2pcap", &arguments).unwrap();
        assert_eq!(bytes(&ours, &folder), bytes(&theirs, &folder), "{options:?}");
    }
}

#[test]
fn any_file_becomes_a_flow_that_carries_it() {
    let folder = folder("text2pcap-bytes");
    let out = folder.join("out.pcapng");
    let file = fs::read(FIRST).unwrap();
    succeeds(&["text2pcap", "--bytes", FIRST, text(&out), "--tcp", "40000,80", "--server"]);
    let flows = succeeds(&["flows", text(&out), "--format", "json"]);
    let flow: serde_json::Value = serde_json::from_str(flows.trim()).unwrap();
    assert_eq!((&flow["end"], &flow["initiator"]["port"]), (&"fin".into(), &40_000.into()));
    assert_eq!(flow["responder"]["payload_bytes"], file.len());
    if has("tshark") {
        // Whatever tshark finds strange in it would be an expert's note.
        let strange = ["-r", text(&out), "-Y", "_ws.malformed || tcp.analysis.flags"];
        assert_eq!(tool("tshark", &strange).unwrap(), "");
        let follow = ["-r", text(&out), "-q", "-z", "follow,tcp,raw,0"];
        let printed = tool("tshark", &follow).unwrap();
        let is_hex = |line: &&str| {
            !line.trim().is_empty() && line.trim().bytes().all(|b| b.is_ascii_hexdigit())
        };
        let hex: String = printed.lines().filter(is_hex).map(str::trim).collect();
        let bytes = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = bytes.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        assert!(bytes == file);
    }
    succeeds(&[
        "text2pcap",
        "--bytes",
        FIRST,
        text(&out),
        "--udp",
        "1,2",
        "--segment",
        "500",
        "--force",
    ]);
    let flows = succeeds(&["flows", text(&out), "--format", "json"]);
    let flow: serde_json::Value = serde_json::from_str(flows.trim()).unwrap();
    assert_eq!(flow["initiator"]["packets"], file.len().div_ceil(500));
}

#[test]
fn what_is_wrong_with_a_dump_is_told_by_its_line() {
    let folder = folder("text2pcap-wrong");
    let (dump, out) = (folder.join("dump.txt"), folder.join("out.pcapng"));
    fs::write(&dump, "0000 61 62\n0040 63\n").unwrap();
    fails(&["text2pcap", text(&dump), text(&out)], "line 2: offset 0x40 where 0x2 is due");
    assert!(!out.exists());
    fails(&["text2pcap", FIRST, text(&out)], "no packet in it");
    assert!(!out.exists());
    fails(&["text2pcap", "no-such-file", text(&out)], "cannot read no-such-file");
    fails(&["text2pcap", text(&folder), text(&out)], "cannot read");
    let odd = ["text2pcap", text(&dump), text(&out), "--udp", "1,2", "-l", "147"];
    refuses(&odd, "headers are put in");
    let run = rheos_on(&["text2pcap", "-", text(&out)], b"");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(succeeds(&["dump", text(&out)]), "");
}
