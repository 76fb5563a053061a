//! Captures that are written, read by tshark, tcpdump, capinfos and gopacket, with equal content.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test, also in its functions"
)]

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use rheos_core::{Direction, LinkType, RawPacket, Timestamp};
use rheos_pcap::{
    Block, ByteOrder, CaptureWriter, Custom, EnhancedPacket, Format, InterfaceDescription,
    InterfaceStatistics, Journal, NameResolution, Options, PcapNgOptions, PcapOptions, Resolution,
    Secrets, SecretsType, Section, WriteOptions,
};
use tempfile::{TempDir, tempdir};

/// The time of the first packet.
const START: i64 = 1_700_000_000_123_456_789;
/// Ethernet of a type for experiments, so that every tool shows the rest as bytes.
const HEADER: &[u8] = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x88\xb5";

/// A packet as a tool must show it.
struct Row {
    interface: u32,
    nanos: i64,
    original_length: u32,
    data: Vec<u8>,
}

/// Packets of every padding, one cut, one empty but for its header.
fn rows() -> Vec<Row> {
    let lengths = [46_usize, 0, 1, 2, 3, 1_486, 60];
    let rows = lengths.iter().zip(0_u8..).map(|(&length, number)| {
        let data = [HEADER, &vec![number; length]].concat();
        let original_length = u32::try_from(data.len()).unwrap() + if length == 60 { 9 } else { 0 };
        let nanos = START + i64::from(number) * 1_000_000_007;
        Row { interface: u32::from(number % 2), nanos, original_length, data }
    });
    rows.collect()
}

impl Row {
    fn packet(&self) -> RawPacket<'_> {
        let time = Timestamp::from_nanos(self.nanos);
        let packet = RawPacket::new(time, LinkType::ETHERNET, &self.data);
        let (interface, original_length) = (self.interface, self.original_length);
        RawPacket { interface, original_length, ..packet }
    }

    fn hex(&self) -> String {
        hex(&self.data)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Both units, both byte orders and both formats; times are whole in the unit of the file.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<Row>)> {
    let mut files = Vec::new();
    for byte_order in [ByteOrder::Big, ByteOrder::Little] {
        for (resolution, unit) in [(Resolution::MICROSECOND, 1_000), (Resolution::NANOSECOND, 1)] {
            for format in [Format::Pcap, Format::PcapNg] {
                let path = folder.join(format!("{byte_order:?}-{unit}.{format}"));
                let section = Section::new(byte_order);
                let pcap = PcapOptions { byte_order, resolution, ..PcapOptions::default() };
                let pcapng = PcapNgOptions { section, resolution, ..PcapNgOptions::default() };
                let options = WriteOptions { pcap, pcapng, ..WriteOptions::default() };
                let mut writer = CaptureWriter::create(&path, &options).unwrap();
                let mut rows = rows();
                for row in &mut rows {
                    row.nanos -= row.nanos % unit;
                    writer.write(&row.packet()).unwrap();
                }
                writer.close().unwrap();
                files.push((path, rows));
            }
        }
    }
    files
}

/// Every kind of block and of option, in two sections; packets of three interfaces.
fn rich(path: &Path, order: ByteOrder) -> Vec<Row> {
    let mut section = Section::new(order);
    section.options.push(Options::COMMENT, b"a section").unwrap();
    section.options.push(Section::HARDWARE, b"a machine").unwrap();
    section.options.push(Section::OS, b"a system").unwrap();
    section.options.push(Section::USER_APPLICATION, b"rheos").unwrap();
    let pcapng = PcapNgOptions { section, ..PcapNgOptions::default() };
    let options = WriteOptions { pcapng, ..WriteOptions::default() };
    let mut writer = CaptureWriter::create(path, &options).unwrap();

    let mut first = InterfaceDescription::new(order, LinkType::ETHERNET);
    first.snap_length = 65_535;
    let options: [(u16, &[u8]); 9] = [
        (InterfaceDescription::NAME, b"eth0"),
        (InterfaceDescription::DESCRIPTION, b"a card"),
        (InterfaceDescription::IPV4_ADDRESS, &[192, 0, 2, 1, 255, 255, 255, 0]),
        (InterfaceDescription::MAC_ADDRESS, &[2, 0, 0, 0, 0, 1]),
        (InterfaceDescription::TIMESTAMP_RESOLUTION, &[9]),
        (InterfaceDescription::FILTER, b"\0tcp or udp"),
        (InterfaceDescription::OS, b"an OS"),
        (InterfaceDescription::HARDWARE, b"a chip"),
        (Options::COMMENT, b"an interface"),
    ];
    for (code, value) in options {
        first.options.push(code, value).unwrap();
    }
    first.options.push_u64(InterfaceDescription::SPEED, 10_000_000).unwrap();
    first.options.push_custom(Options::CUSTOM_TEXT, 32_473, b"private").unwrap();
    // Milliseconds, counted from the start of 2020.
    let mut second = InterfaceDescription::new(order, LinkType::ETHERNET);
    second.options.push(InterfaceDescription::TIMESTAMP_RESOLUTION, &[3]).unwrap();
    second.options.push_u64(InterfaceDescription::TIMESTAMP_OFFSET, 1_577_836_800).unwrap();
    let mut names = NameResolution::new(order);
    names.records.push_ipv4(Ipv4Addr::new(192, 0, 2, 1), &["one.example", "two.example"]).unwrap();
    names.options.push(NameResolution::SERVER_NAME, b"a server").unwrap();
    let secrets = Secrets {
        kind: SecretsType::TLS_KEY_LOG,
        data: Cow::Borrowed(b"CLIENT_RANDOM 00 11\n"),
        options: Options::new(order),
    };
    let custom = Custom { enterprise: 32_473, copyable: true, data: Cow::Borrowed(b"any data") };
    for block in [
        Block::Interface(first),
        Block::Interface(second),
        Block::NameResolution(names),
        Block::Secrets(secrets),
        Block::Custom(custom),
        Block::Journal(Journal { entry: Cow::Borrowed(b"__REALTIME_TIMESTAMP=1\nA=b\n\n") }),
    ] {
        writer.write_block(&block).unwrap();
    }
    let mut rows = rows();
    for row in &mut rows {
        if row.interface == 1 {
            row.nanos -= row.nanos % 1_000_000;
        }
        let direction = if row.interface == 0 { Direction::Outbound } else { Direction::Unknown };
        writer.write(&RawPacket { direction, ..row.packet() }).unwrap();
    }
    let mut options = Options::new(order);
    options.push_u32(EnhancedPacket::FLAGS, 1).unwrap();
    options.push(EnhancedPacket::HASH, &[2, 1, 2, 3, 4]).unwrap();
    options.push_u64(EnhancedPacket::DROP_COUNT, 3).unwrap();
    options.push_u64(EnhancedPacket::PACKET_ID, 7).unwrap();
    options.push_u32(EnhancedPacket::QUEUE, 2).unwrap();
    options.push(EnhancedPacket::VERDICT, &[0, 1]).unwrap();
    options.push(Options::COMMENT, b"a comment").unwrap();
    let data = [HEADER, b"last"].concat();
    let original_length = u32::try_from(data.len()).unwrap();
    let last = Row { interface: 0, nanos: START, original_length, data };
    writer
        .write_block(&Block::EnhancedPacket(EnhancedPacket {
            interface: 0,
            ticks: START.unsigned_abs(),
            original_length,
            data: Cow::Borrowed(&last.data),
            options,
        }))
        .unwrap();
    rows.push(last);
    let mut options = Options::new(order);
    options.push_u64(InterfaceStatistics::RECEIVED, 100).unwrap();
    options.push_u64(InterfaceStatistics::INTERFACE_DROPPED, 5).unwrap();
    let statistics = InterfaceStatistics { interface: 0, ticks: START.unsigned_abs(), options };
    writer.write_block(&Block::InterfaceStatistics(statistics)).unwrap();
    writer.close().unwrap();
    rows
}

/// What a tool prints; `None`, and a line that says so, where it is not installed.
fn run(tool: &str, arguments: &[&str], path: &Path) -> Option<String> {
    let output = match Command::new(tool).args(arguments).arg(path).env("TZ", "UTC").output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: {tool}: {error}");
            return None;
        }
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {}: {errors}", path.display());
    Some(String::from_utf8(output.stdout).unwrap())
}

fn folder() -> TempDir {
    tempdir().unwrap()
}

#[test]
fn tshark_reads_every_packet() {
    let folder = folder();
    let mut files = files(folder.path());
    for order in [ByteOrder::Big, ByteOrder::Little] {
        let path = folder.path().join(format!("{order:?}-rich"));
        let rows = rich(&path, order);
        files.push((path, rows));
    }
    // Custom and journal blocks are packets to tshark.
    let mut arguments = vec!["-Y", "eth", "-T", "fields"];
    for field in
        ["frame.interface_id", "frame.time_epoch", "frame.len", "frame.cap_len", "data.data"]
    {
        arguments.extend(["-e", field]);
    }
    arguments.push("-r");
    for (path, rows) in files {
        let Some(text) = run("tshark", &arguments, &path) else { return };
        let is_pcap = path.extension().is_some_and(|name| name == "pcap");
        let expected: Vec<_> = rows
            .iter()
            .map(|row| {
                // tshark numbers the interface of a pcap as well, or not at all.
                let interface = if is_pcap { String::new() } else { row.interface.to_string() };
                let (seconds, nanos) = (row.nanos / 1_000_000_000, row.nanos % 1_000_000_000);
                let (length, captured) = (row.original_length, row.data.len());
                let data = hex(&row.data[HEADER.len()..]);
                format!("{interface}\t{seconds}.{nanos:09}\t{length}\t{captured}\t{data}")
            })
            .collect();
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{}", path.display());
    }
}

#[test]
fn tshark_reads_what_is_said_beside_the_packets() {
    let folder = folder();
    let path = folder.path().join("rich.pcapng");
    for order in [ByteOrder::Big, ByteOrder::Little] {
        let rows = rich(&path, order);
        let mut arguments = vec!["-Y", "eth", "-T", "fields"];
        for field in [
            "frame.interface_name",
            "frame.interface_description",
            "frame.packet_flags_direction",
            "frame.drop_count",
            "frame.packet_id",
            "frame.interface_queue",
            "frame.comment",
        ] {
            arguments.extend(["-e", field]);
        }
        arguments.push("-r");
        let Some(text) = run("tshark", &arguments, &path) else { return };
        let mut expected: Vec<_> = rows
            .iter()
            .map(|row| match row.interface {
                0 => "eth0\ta card\t0x00000002\t\t\t\t",
                _ => "unknown\t\t\t\t\t\t",
            })
            .collect();
        // The last one has options of its own.
        expected.pop();
        expected.push("eth0\ta card\t0x00000001\t3\t7\t2\ta comment");
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn tcpdump_reads_every_packet() {
    let folder = folder();
    for (path, rows) in files(folder.path()) {
        let arguments = ["-n", "-tt", "--nano", "-xx", "-r"];
        let Some(text) = run("tcpdump", &arguments, &path) else { return };
        let mut seen: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            match (line.split_once(":  "), seen.last_mut()) {
                (Some((_, bytes)), Some((_, data))) if line.starts_with('\t') => {
                    data.push_str(&bytes.replace(' ', ""));
                }
                _ => seen.push((line.split(' ').next().unwrap().to_owned(), String::new())),
            }
        }
        let expected: Vec<_> = rows
            .iter()
            .map(|row| {
                let (seconds, nanos) = (row.nanos / 1_000_000_000, row.nanos % 1_000_000_000);
                (format!("{seconds}.{nanos:09}"), row.hex())
            })
            .collect();
        assert_eq!(seen, expected, "{}", path.display());
    }
}

#[test]
fn capinfos_reads_what_is_said_of_the_capture() {
    let folder = folder();
    let path = folder.path().join("rich.pcapng");
    let rows = rich(&path, ByteOrder::Big);
    let Some(text) = run("capinfos", &["-M"], &path) else { return };
    let bytes: u32 = rows.iter().map(|row| row.original_length).sum();
    for line in [
        format!("Number of packets:   {}", rows.len()),
        format!("Data size:           {bytes}"),
        "Capture hardware:    a machine".to_owned(),
        "Capture oper-sys:    a system".to_owned(),
        "Capture application: rheos".to_owned(),
        "Capture comment:     a section".to_owned(),
        "Name = eth0".to_owned(),
        "Description = a card".to_owned(),
        "Speed = 10000000".to_owned(),
        "Time resolution = 0x09".to_owned(),
        "Filter string = tcp or udp".to_owned(),
        "Operating system = an OS".to_owned(),
        "Hardware = a chip".to_owned(),
        "Comment = an interface".to_owned(),
        "Number of stat entries = 1".to_owned(),
        "Number of packets = 5".to_owned(),
        "Timestamp offset = 1577836800".to_owned(),
        "Number of resolved IPv4 addresses in file: 2".to_owned(),
        "Number of decryption secrets in file: 1".to_owned(),
    ] {
        assert!(text.contains(&line), "{line:?} in {text}");
    }
}

#[test]
fn gopacket_reads_every_packet() {
    let folder = folder();
    let program = folder.path().join("ng_reader");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ng_reader.go");
    let mut build = Command::new("go");
    // Where Debian puts the sources of gopacket, which need no module proxy then.
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode");
    match build.args(["build", "-o"]).args([&program, &source]).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            println!("skipped: {}", String::from_utf8_lossy(&output.stderr).trim());
            return;
        }
        Err(error) => {
            println!("skipped: go: {error}");
            return;
        }
    }
    for order in [ByteOrder::Big, ByteOrder::Little] {
        let path = folder.path().join(format!("{order:?}.pcapng"));
        let rows = rich(&path, order);
        let text = run(program.to_str().unwrap(), &[], &path).unwrap();
        let packets = rows.iter().map(|row| {
            let (interface, nanos, length) = (row.interface, row.nanos, row.original_length);
            format!("packet {interface} {nanos} {length} 1 {}", row.hex())
        });
        let mut expected = vec![r#"section "a machine" "a system" "rheos" "a section""#.to_owned()];
        expected.extend(packets);
        expected.push(format!("statistics 0 100 5 {START}"));
        expected
            .push(r#"interface 0 1 65535 "eth0" "a card" "tcp or udp" "an interface""#.to_owned());
        expected.push(r#"interface 1 1 0 "" "" "" """#.to_owned());
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
