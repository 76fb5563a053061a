//! `rheos craft` and `rheos layers` as a person meets them.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use std::process::{Command, Output};

use serde_json::Value;

fn rheos(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rheos")).args(arguments).output().unwrap()
}

#[track_caller]
fn succeeds(arguments: &[&str]) -> String {
    let output = rheos(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(arguments: &[&str], message: &str) {
    ends(arguments, 1, message);
}

/// That arguments are wrong: the status says so.
#[track_caller]
fn refuses(arguments: &[&str], message: &str) {
    ends(arguments, 2, message);
}

#[track_caller]
fn ends(arguments: &[&str], status: i32, message: &str) {
    let output = rheos(arguments);
    assert_eq!(output.status.code(), Some(status));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("error: {message}\n"));
}

#[test]
fn a_packet_is_built_with_lengths_and_checksums() {
    // tshark 4.0.17 finds both checksums good: ip.len 33, ip.checksum 0x66ca, udp.length 13,
    // udp.checksum 0x79fe, udp.payload 68656c6c6f.
    let packet = "ip src=10.0.0.1 dst=10.0.0.2 / udp sport=4000 dport=7777 / \"hello\"";
    let addresses = "0a0000010a000002";
    let expected = format!("4500002100000000401166ca{addresses}0fa01e61000d79fe68656c6c6f\n");
    assert_eq!(succeeds(&["craft", packet]), expected);
    let given = format!("450000140000000040000000{addresses}0fa01e610008000068656c6c6f\n");
    assert_eq!(succeeds(&["craft", "--no-fix", packet]), given);
}

#[test]
fn what_is_given_is_as_it_is_given() {
    let bytes = succeeds(&["craft", "ip len=5 ttl=7 / udp checksum=0xabcd"]);
    assert_eq!((&bytes[4..8], &bytes[16..18], &bytes[52..56]), ("0005", "07", "abcd"));
}

#[test]
fn a_capture_of_crafted_packets_reads_again() {
    let file = format!("{}/crafted.pcap", env!("CARGO_TARGET_TMPDIR"));
    let packet = "eth / ip src=10.0.0.1 / udp sport=4000 dport=7777 / hex:0102";
    succeeds(&["craft", packet, "-o", &file, "-c", "3", "--force"]);
    let lines = succeeds(&["dump", &file]);
    assert_eq!(lines.lines().count(), 3);
    assert!(lines.lines().all(|line| line.ends_with("UDP 44 4000 → 7777 len 2")), "{lines}");
}

#[test]
fn what_cannot_be_built_is_said_in_one_line() {
    refuses(&["craft", "eth / foo"], "eth / foo: no layer foo: `rheos layers` lists them");
    refuses(&["craft", "ip ttl=300"], "ip ttl=300: ttl=300: not a value for ip.ttl");
    let file = format!("{}/mixed.pcap", env!("CARGO_TARGET_TMPDIR"));
    fails(
        &["craft", "eth / ip", "ip / udp", "-o", &file, "--force"],
        &format!("{file}: cannot write packet 2: IPV4 in a capture of ETHERNET"),
    );
    refuses(
        &["craft", "udp x=1"],
        "udp x=1: x=1: udp has len, chksum, srcport, dstport, length, checksum",
    );
    refuses(&["craft", "tcp mss=x"], "tcp mss=x: mss=x: mss is a number up to 65535");
}

/// The layouts of RFC 2890, section 2, draft-smith-vxlan-group-policy, section 2.1, RFC 8926, section 3,
/// and TS 29.281, section 5; each was dissected by tshark 4.0.17 without a complaint, checksum included.
#[test]
fn optional_parts_of_headers_are_put_in_by_name() {
    let cases = [
        ("gre key=0x0a0b0c0d seq=7 proto=0x0800", "300008000a0b0c0d00000007"),
        ("gre key=1 chksum_present=1 proto=0x0800", "a000080057fe000000000001"),
        ("gre checksum=0x1234 proto=0x0800", "8000080012340000"),
        ("gre key=0x00000005 seq=2 ack=1", "3081880b000000050000000200000001"),
        ("gre call_id=5 seq=1", "3001880b0000000500000001"),
        ("gtp teid=1 seq=0x1234", "32ff00040000000112340000"),
        ("gtp teid=1 npdu=9", "31ff00040000000100000900"),
        ("gtp teid=1 extension=0x85:0009", "34ff0008000000010000008501000900"),
        ("gtp seq=5 extension=0x85:0009 npdu=1", "37ff0008000000000005018501000900"),
        ("geneve vni=7 option=0x0102:0x83:00000001", "02406558000007000102830100000001"),
        ("vxlan vni=7 gbp=100", "8800006400000700"),
    ];
    for (packet, expected) in cases {
        assert_eq!(succeeds(&["craft", packet]).trim(), expected, "{packet}");
    }
}

#[test]
fn every_layer_is_listed_with_what_leads_to_it_and_its_fields() {
    let lines = succeeds(&["layers", "--format", "json"]);
    for line in lines.lines() {
        let layer: Value = serde_json::from_str(line).unwrap();
        let specification = layer["specification"].as_str().unwrap();
        assert!(!specification.is_empty(), "{} has no specification", layer["layer"]);
        assert_eq!(layer["builds"], true, "{}", layer["layer"]);
    }
    assert!(lines.lines().count() > 100);
    assert!(succeeds(&["layers", "udp"]).contains("\n  IP protocol 17\n"));
    refuses(&["layers", "nope"], "no layer nope: `rheos layers` lists them");
}

#[test]
fn the_table_of_layers_names_keys_and_is_a_hundred_columns_wide() {
    let table = succeeds(&["layers"]);
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let line = |name: &str| {
        let mut lines = table.lines();
        lines.find(|line| line.split_whitespace().next() == Some(name)).unwrap()
    };
    let words = |name| line(name).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words("layer"), "layer title specification keys builds fields");
    assert_eq!(words("udp"), "udp User Datagram Protocol RFC 768 IP protocol 17 yes 4");
    assert!(line("rip").contains(" UDP port 520 "), "{table}");
    assert!(line("hsrp").contains(" UDP port 1985, 2029 "), "{table}");
    assert!(succeeds(&["layers", "udp"]).lines().next().unwrap().ends_with(", can be built"));
}

#[test]
fn layers_that_nobody_will_find_are_written_with_a_warning() {
    let warnings = |arguments: &[&str]| {
        let output = rheos(&[&["craft"], arguments].concat());
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let file = format!("{}/others.pcap", env!("CARGO_TARGET_TMPDIR"));
    for packet in ["eth / ndp", "eth / llc / isis", "udp / esp", "eth / ip version=7"] {
        let found = warnings(&[packet]);
        let said = format!("warning: {packet}: whoever reads it finds ");
        assert!(found.starts_with(&said) && found.lines().count() == 1, "{found}");
        assert_eq!(warnings(&[packet, "-o", &file, "--force"]), "");
    }
    for packet in [
        "eth / ip / udp dport=53 / dns qname=a.b",
        "ip / icmp type=3 / ip / udp",
        "eth / ip / udp dport=7777 / \"hi\"",
        "eth / vlan / ipv6 / tcp",
    ] {
        assert_eq!(warnings(&[packet]), "");
    }
}

/// RFC 791, 9293, 8200, 826, 5798, 2865, 2328 and 2784, IEEE 802.11 and radiotap: values that nobody
/// may send, where they stand.
#[test]
fn a_field_can_have_a_value_that_rules_its_header_out() {
    let cases = [
        ("ip version=7", 0, "75"),
        ("ip hdr_len=4", 0, "41"),
        ("ip hdr_len=60", 0, "4f"),
        ("ip len=5", 2, "0005"),
        ("ip version=7 ttl=3 len=5", 8, "03"),
        ("ip / tcp hdr_len=0", 32, "00"),
        ("ip / tcp hdr_len=8", 32, "20"),
        ("ip / tcp hdr_len=60", 32, "f0"),
        ("ipv6 version=4", 0, "40"),
        ("eth / arp hwlen=200", 18, "c8"),
        ("ip / vrrp version=9", 20, "91"),
        ("ip / udp / radius length=3", 30, "0003"),
        ("ip / ospf packet_length=1", 22, "0001"),
        ("wlan fc.version=3", 0, "0b"),
        ("radiotap length=3", 2, "0300"),
        ("ip / gre flags.key=1", 20, "2000"),
    ];
    for (packet, at, expected) in cases {
        for fix in [&["--no-fix"][..], &[]] {
            let bytes = succeeds(&[&["craft", packet], fix].concat());
            let found = &bytes[at * 2..at * 2 + expected.len()];
            assert_eq!(found, expected, "{packet}: {bytes}");
        }
    }
}

/// What tshark shows of a crafted packet, a column a field; nothing without tshark.
#[allow(clippy::print_stdout, reason = "says what is skipped")]
fn tshark(name: &str, arguments: &[&str], fields: &[&str]) -> Option<String> {
    let file = format!("{}/{name}.pcap", env!("CARGO_TARGET_TMPDIR"));
    succeeds(&[&["craft"], arguments, &["--force", "-o", &file]].concat());
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-r", &file, "-T", "fields", "-o", "ip.check_checksum:TRUE"]);
    tshark.args(["-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]);
    tshark.args(["-o", "sctp.checksum:CRC 32c"]);
    tshark.args(fields.iter().flat_map(|field| ["-e", field]));
    match tshark.output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            println!("skipped, no tshark: {error}");
            None
        }
    }
}

#[track_caller]
fn check(name: &str, packet: &str, fields: &[&str], expected: &str) {
    if let Some(found) = tshark(name, &[packet], fields) {
        assert_eq!(found.trim_end(), expected);
    }
}

#[test]
fn tshark_reads_a_question_as_it_was_asked() {
    check(
        "dns",
        "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp dport=53 / dns qname=example.org",
        &["dns.qry.name", "dns.qry.type", "dns.count.queries", "udp.checksum.status"],
        "example.org\t1\t1\t1",
    );
    check(
        "dns-answer",
        r#"Ether / IP / UDP sport=53 dport=4000 / dns id=7 qr=1 qname=a.b qtype=MX
            answer="a.b 60 IN MX 10 m.a.b" additional="m.a.b A 10.0.0.1""#,
        &["_ws.malformed", "dns.id", "dns.mx.mail_exchange", "dns.resp.ttl", "dns.a"],
        "\t0x0007\tm.a.b\t60,3600\t10.0.0.1",
    );
    check(
        "dns-stream",
        "eth / ip / tcp dport=53 flags=PA / dns qname=example.org qtype=AAAA",
        &["dns.length", "dns.qry.name", "dns.qry.type"],
        "29\texample.org\t28",
    );
}

#[test]
fn checksums_cover_what_is_given() {
    let checksums = ["ip.checksum.status", "udp.checksum.status"];
    let tunnel = "eth / ip / udp dport=4789 / vxlan / eth";
    let inside = [
        ("ip len=20 proto=99 / udp", "1,1\t1"),
        ("ip / udp checksum=0 / \"x\"", "1,1\t1,3"),
        ("ip checksum=0 / udp checksum=0 / \"x\"", "1,0\t1,3"),
    ];
    for (layers, expected) in inside {
        check("given", &format!("{tunnel} / {layers}"), &checksums, expected);
    }
    check("given", "ip hdr_len=24 len=24 / udp / hex:01020304", &["ip.checksum.status"], "1");
    check("given", "ip / icmp checksum=5", &["ip.checksum.status", "icmp.checksum"], "1\t0x0005");
}

/// RFC 6840, section 5.7: `ad` of a question. The others are what only answers have, and can be
/// set all the same.
#[test]
fn flags_of_answers_are_set_in_questions_too() {
    let question = "eth / ip / udp dport=53 / dns qname=a.b";
    let flags = ["dns.flags", "dns.flags.authenticated"];
    check("question", &format!("{question} ad=1"), &flags, "0x0120\t1");
    check("question", &format!("{question} ad=1 ad=0"), &flags, "0x0100");
    check("question", &format!("{question} aa=1 ra=1 rcode=3"), &flags, "0x0583");
    let stream = "eth / ip / tcp dport=53 flags=PA / dns qname=a.b ad=1 rcode=1";
    check("question", stream, &flags, "0x0121\t1");
    refuses(&["craft", "dns rcode=16"], "dns rcode=16: rcode=16: rcode is a number up to 15");
    refuses(&["craft", "dns aa=2"], "dns aa=2: aa=2: aa is 0 or 1");
}

#[test]
fn tshark_reads_options_as_they_were_given() {
    check(
        "options",
        "eth / ip flags=DF ra=0 / tcp dport=80 flags=S mss=1460 wscale=7 sackOK=1 timestamps=100,0",
        &[
            "ip.hdr_len",
            "ip.opt.type",
            "tcp.hdr_len",
            "tcp.flags",
            "tcp.options.mss_val",
            "tcp.options.wscale.shift",
            "tcp.options.timestamp.tsval",
            "tcp.checksum.status",
        ],
        "24\t148\t40\t0x0002\t1460\t7\t100\t1",
    );
    check(
        "dhcp",
        "eth / ip src=0.0.0.0 dst=255.255.255.255 / udp sport=68 dport=67 \
            / dhcp message_type=discover xid=7 chaddr=02:00:00:00:00:01 hostname=pc request=1,3,6",
        &[
            "dhcp.option.dhcp",
            "dhcp.id",
            "dhcp.hw.mac_addr",
            "dhcp.option.hostname",
            "dhcp.option.request_list_item",
        ],
        "1\t0x00000007\t02:00:00:00:00:01\tpc\t1,3,6",
    );
    check(
        "arp",
        "eth dst=ff:ff:ff:ff:ff:ff / arp op=1 psrc=10.0.0.1 pdst=10.0.0.2 hwsrc=02:00:00:00:00:01",
        &["arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "arp.src.hw_mac"],
        "1\t10.0.0.1\t10.0.0.2\t02:00:00:00:00:01",
    );
    check(
        "icmp",
        "eth / ip / icmp id=7 seq=9 / \"ping\"",
        &["icmp.type", "icmp.ident", "icmp.seq", "icmp.checksum.status", "data"],
        "8\t7\t9\t1\t70696e67",
    );
    check("type", "eth type=0x1234 / hex:0102", &["eth.type", "data"], "0x1234\t0102");
}

#[test]
fn tshark_reads_what_captures_and_lines_put_around_a_packet() {
    let udp = "ip src=10.0.0.1 dst=10.0.0.2 / udp sport=4000 dport=7777 / \"hello\"";
    check(
        "nflog",
        &format!("nflog prefix=drop uid=7 hook=3 / {udp}"),
        &["nflog.prefix", "nflog.uid", "nflog.hook", "nflog.protocol", "udp.length"],
        "drop\t7\t3\t0x0800\t13",
    );
    check(
        "nflog6",
        "nflog ifindex_indev=2 / ipv6 dst=::1 / udp",
        &["nflog.family", "nflog.protocol", "nflog.ifindex_indev", "ipv6.dst"],
        "10\t0x86dd\t2\t::1",
    );
    check(
        "fpp",
        &format!("fpp / eth / {udp}"),
        &["fpp.checksum.status", "fpp.preamble.smd", "udp.length", "udp.checksum.status"],
        "1\t0xd5\t13\t1",
    );
    check(
        "fpp-fragment",
        "fpp preamble.smd=0xe6 / eth type=0x1234 / \"hello\"",
        &["fpp.checksum.status", "fpp.preamble.smd", "eth.type"],
        "1\t0xe6\t0x1234",
    );
    check(
        "raw",
        &format!("raw / {udp}"),
        &["frame.protocols", "udp.length"],
        "raw:ip:udp:data\t13",
    );
}

#[test]
fn tshark_reads_frames_of_low_rate_networks() {
    let fields = ["wpan.fcs_ok", "wpan.seq_no", "wpan.dst_pan", "wpan.src16", "wpan.src64"];
    check(
        "wpan",
        "wpan seq_no=7 dst_pan=0xabcd src64=0x0011223344556677 / \"hello\"",
        &fields,
        "1\t7\t0xabcd\t\t00:11:22:33:44:55:66:77",
    );
    check(
        "wpan-wrong",
        "wpan fcs=0x1234 src16=0x0102 / \"hello\"",
        &fields,
        "0\t0\t0xffff\t0x0102",
    );
    check("wpan_nofcs", "wpan_nofcs seq_no=9 / \"hello\"", &fields[1..3], "9\t0xffff");
}

#[test]
fn tshark_reads_what_has_no_header_or_one_of_text() {
    let udp = "eth / ip src=10.0.0.1 dst=10.0.0.2 / udp";
    check(
        "bfd_echo",
        &format!("{udp} dport=3785 / bfd_echo / hex:20c40334"),
        &["bfd_echo.packet"],
        "20c40334",
    );
    check(
        "pptp",
        "eth / ip / gre call_id=5 seq=1 / ppp / ip ttl=9",
        &["gre.key.payload_length", "gre.key.call_id", "gre.sequence_number", "ip.ttl"],
        "22\t5\t1\t64,9",
    );
    check("isis", "eth / llc / osi / isis", &["llc.dsap", "isis.type", "osi.nlpid"], "0xfe\t17");
    check("osi", "eth / llc / osi nlpid=0xcc / ip ttl=9", &["osi.nlpid", "ip.ttl"], "0xcc\t9");
    // What looks like TCP has the length of an STT frame in the upper half of its sequence number.
    check(
        "stt",
        "eth / ip src=10.0.0.1 dst=10.0.0.2 / tcp / stt context_id=7 / eth / ip",
        &["tcp.dstport", "tcp.seq_raw", "tcp.checksum.status"],
        "7471\t3407872\t1",
    );
    check(
        "esp",
        &format!("{udp} dport=4500 / udpencap non_esp_marker= / esp spi=7 / hex:00112233"),
        &["esp.spi"],
        "0x00000007",
    );
    check(
        "sdp",
        &format!(
            r#"{udp} sport=5060 dport=5060 / sip header="Content-Type: application/sdp"
                / sdp owner="- 1 1 IN IP4 10.0.0.1" session_name=- connection_info="IN IP4 10.0.0.1"
                time="0 0" media="audio 49170 RTP/AVP 0" media_attr="rtpmap:0 PCMU/8000""#
        ),
        &["sip.Content-Length", "sdp.owner.address", "sdp.media.port", "sdp.mime.type"],
        "108\t10.0.0.1\t49170\tPCMU",
    );
}

#[test]
fn tshark_puts_fragments_together_to_what_was_cut() {
    let payload = format!("hex:{}", "0123456789abcdef".repeat(250));
    let data = payload.trim_start_matches("hex:");
    let fields =
        &["ip.fragment.count", "ipv6.fragment.count", "udp.length", "udp.checksum.status", "data"];
    for (name, layers, shown) in [
        ("v4", "eth / vlan id=7 / ip id=9 lsrr=10.0.0.1 rr=2 / udp dport=7777", "4\t\t2008"),
        ("v6", "eth / ipv6 / ipv6.hopopts / udp dport=7777", "\t4\t2008"),
    ] {
        let packet = format!("{layers} / {payload}");
        let name = format!("fragments-{name}");
        let Some(found) = tshark(&name, &[&packet, "--mtu", "576"], fields) else { return };
        let last = found.lines().last().unwrap();
        let (front, found) = last.rsplit_once('\t').unwrap();
        assert_eq!((front, found.len()), (&*format!("{shown}\t1"), data.len()));
        assert!(found == data);
    }
}

#[test]
fn a_packet_that_must_not_be_cut_is_said() {
    let packet = "ip flags=DF / udp dport=1 / hex:000102030405060708";
    fails(
        &["craft", packet, "--mtu", "36"],
        &format!("{packet}: the packet must not be fragmented"),
    );
    let lines = succeeds(&["craft", &packet.replace("DF", "0"), "--mtu", "36"]);
    assert_eq!(lines.lines().map(|line| line.len() / 2).collect::<Vec<_>>(), [36, 21]);
}

#[test]
fn what_checksums_are_worth_is_shown_as_tshark_shows_it() {
    let packets = [
        "eth / ip / udp dport=7777 / \"hi\"",
        "eth / ip checksum=1 / tcp checksum=2",
        "eth / ipv6 / udp sport=1 dport=7777 / \"hi\"",
        "eth / ip / udp sport=1 dport=2 checksum=0 / \"hi\"",
        "eth / ip frag_offset=8 / hex:00",
        "eth / ipv6 / icmpv6 cksum=0",
        "eth / ip / sctp",
    ];
    let names =
        ["ip", "tcp", "udp", "icmpv6", "sctp"].map(|name| format!("{name}.checksum.status"));
    let fields = names.each_ref().map(String::as_str);
    let Some(theirs) = tshark("status", &packets, &fields) else { return };
    let file = format!("{}/status.pcap", env!("CARGO_TARGET_TMPDIR"));
    let ours = succeeds(&["dump", "--verify-checksums", "--format", "json", &file]);
    let line = |line: &str| {
        let packet: Value = serde_json::from_str(line).unwrap();
        let layers = packet["layers"].as_array().unwrap();
        let find = |name: &&str| {
            let found = layers.iter().find_map(|layer| layer["fields"].get(*name));
            found.map_or(String::new(), Value::to_string)
        };
        fields.iter().map(find).collect::<Vec<_>>().join("\t")
    };
    assert_eq!(ours.lines().map(line).collect::<Vec<_>>(), theirs.lines().collect::<Vec<_>>());
    let text = succeeds(&["dump", "-v", "--verify-checksums", "-c", "2", &file]);
    assert!(text.contains("\n        ip.checksum.status = 0\n"), "{text}");
}
