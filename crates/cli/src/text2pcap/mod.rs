//! `rheos text2pcap`: packets from hex dumps, and from any bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use rheos::core::{LinkType, RawPacket, Side, Timestamp};
use rheos::layers::EncodeError;
use rheos::pcap::Resolution;

use crate::arguments::digits;
use crate::error::Error;
use crate::progress::{self, Reading};
use crate::save::{SaveArguments, Saver};
use crate::time;

mod conversation;
mod envelope;
mod hexdump;

use conversation::Conversation;
use envelope::{Carrier, Envelope, Segment};
use hexdump::{Dumped, HexDump, Offsets};

/// Nanoseconds between packets that no time is told of.
const INTERVAL: i64 = 1_000_000;
/// Dumps are looked at as a whole for the link type; longer ones are Ethernet's.
const MAX_HELD: usize = 64 << 20;
const DAY: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  tcpdump -r a.pcap -xx -tt | rheos text2pcap - b.pcap
  rheos text2pcap payloads.txt out.pcap --udp 4000,69
  rheos text2pcap --bytes page.html out.pcapng --tcp 40000,80 --server";

/// Make a capture of hex dumps, or of any file
///
/// Dumps are those of tcpdump -x, -xx and -X, Wireshark, tshark -x, xxd, hexdump -C and od -Ax -tx1:
/// lines of an offset and bytes. Offset 0 starts a packet; a time in front of it is its time. Packets
/// without one are a millisecond apart. A dump in which each packet is an IP packet is taken for one.
#[derive(Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("carrier"))]
pub(crate) struct Arguments {
    /// The dump; `-` is standard input
    input: PathBuf,

    /// The capture to write; `-` is standard output
    output: PathBuf,

    /// The input is no dump but bytes, which one end of a flow says to the other: with --tcp,
    /// with handshake, acknowledgments and end; with --udp, datagrams
    #[arg(long, requires = "carrier", conflicts_with_all = ["offsets", "ethertype", "ip_proto"])]
    bytes: bool,

    /// How offsets are written
    #[arg(long, value_enum, default_value_t)]
    offsets: Offsets,

    /// How packets start: a number or a name of the registry of link types
    #[arg(short, long, value_name = "TYPE", value_parser = crate::arguments::link_type)]
    link_type: Option<LinkType>,

    /// Put an Ethernet header of this type in front
    #[arg(long, value_name = "TYPE", value_parser = ether_type, group = "carrier")]
    ethertype: Option<u16>,

    /// Put IP with this protocol in front, and Ethernet
    #[arg(long, value_name = "NUMBER", group = "carrier")]
    ip_proto: Option<u8>,

    /// Put UDP in front, from and to these ports, and IP and Ethernet
    #[arg(long, value_name = "FROM,TO", value_parser = ports, group = "carrier")]
    udp: Option<(u16, u16)>,

    /// Put TCP in front, from and to these ports, and IP and Ethernet
    #[arg(long, value_name = "FROM,TO", value_parser = ports, group = "carrier")]
    tcp: Option<(u16, u16)>,

    /// The addresses of IP, both of version 4 or of version 6
    #[arg(long, value_name = "FROM,TO", value_parser = addresses, requires = "carrier")]
    addresses: Option<(IpAddr, IpAddr)>,

    /// With --bytes: who speaks is the end that was spoken to first
    // The conflicts are those of --bytes: clap lets a requirement pass that cannot be met.
    #[arg(long, requires = "bytes", conflicts_with_all = ["offsets", "ethertype", "ip_proto"])]
    server: bool,

    /// With --bytes: so many bytes in a packet
    #[arg(long, value_name = "BYTES", default_value_t = 1460, requires = "bytes",
          conflicts_with_all = ["offsets", "ethertype", "ip_proto"],
          value_parser = clap::value_parser!(u16).range(1..=65_000))]
    segment: u16,

    /// The time of the first packet, and the day of times that have none
    #[arg(long, value_name = "TIME", value_parser = time::parse, default_value = "1970-01-01")]
    start: i64,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let carrier = match (arguments.ethertype, arguments.ip_proto, arguments.udp, arguments.tcp) {
        (Some(number), ..) => Carrier::Frame(number),
        (_, Some(number), ..) => Carrier::Ip(number),
        (_, _, Some((from, to)), _) => Carrier::Udp(from, to),
        (_, _, _, Some((from, to))) => Carrier::Tcp(from, to),
        _ => Carrier::Bare,
    };
    let link_type = arguments.link_type.unwrap_or(LinkType::ETHERNET);
    if carrier != Carrier::Bare && ![LinkType::ETHERNET, LinkType::RAW].contains(&link_type) {
        return Err(Error::Usage(format!(
            "headers are put in ETHERNET and RAW, not in {link_type}"
        )));
    }
    if matches!(carrier, Carrier::Frame(_)) && link_type != LinkType::ETHERNET {
        return Err(Error::Usage(format!("no Ethernet header in {link_type}")));
    }
    let usual = (Ipv4Addr::new(10, 1, 1, 1).into(), Ipv4Addr::new(10, 2, 2, 2).into());
    let ends = arguments.addresses.unwrap_or(usual);
    let envelope = Envelope { link_type, carrier, ends };
    let resolution = Some(Resolution::NANOSECOND);
    let _reading = progress::file_size(&arguments.input).map(Reading::start);
    let mut input = open(&arguments.input)?;
    let saver = Saver::create(&arguments.output, &arguments.save, resolution)?;
    let mut packets = Packets { saver, next: arguments.start, link_type };
    if arguments.bytes {
        say(arguments, envelope, &mut input, &mut packets)?;
    } else {
        undump(arguments, envelope, input, &mut packets)?;
    }
    packets.saver.finish()
}

/// The capture, and when its next packet is.
struct Packets {
    saver: Saver,
    next: i64,
    link_type: LinkType,
}

impl Packets {
    fn add(&mut self, bytes: &[u8], time: Option<i64>) -> Result<(), Error> {
        let time = time.unwrap_or(self.next);
        self.next = time.saturating_add(INTERVAL);
        self.saver.packet(&RawPacket::new(Timestamp::from_nanos(time), self.link_type, bytes))
    }
}

/// Makes packets of a dump.
fn undump(
    arguments: &Arguments,
    envelope: Envelope,
    input: Box<dyn BufRead>,
    packets: &mut Packets,
) -> Result<(), Error> {
    let mut dump = HexDump::new(input, arguments.offsets);
    let day = arguments.start.div_euclid(DAY.saturating_mul(time::SECOND));
    let is_open = arguments.link_type.is_none() && envelope.carrier == Carrier::Bare;
    let (mut held, mut held_bytes) = (Vec::new(), 0_usize);
    let mut sequence = 0_u32;
    let mut add = |packets: &mut Packets, dumped: &Dumped, line: u64| {
        let segment = Segment { sequence, ..Segment::default() };
        let wrapped = envelope.wrap(Side::Initiator, segment, &dumped.bytes);
        let bytes = wrapped.map_err(|error| Error::Dump { line, message: error.to_string() })?;
        sequence = sequence.wrapping_add(u32::try_from(dumped.bytes.len()).unwrap_or_default());
        packets.add(&bytes, dumped.time.map(|time| time.on(day)))
    };
    // As long as every packet may be one of IP, none is written.
    let (mut is_held, mut is_empty) = (is_open, true);
    while let Some(dumped) = dump.next()? {
        is_empty = false;
        if is_held && is_ip(&dumped.bytes) && held_bytes < MAX_HELD {
            held_bytes = held_bytes.saturating_add(dumped.bytes.len());
            held.push((dumped, dump.line()));
            continue;
        }
        is_held = false;
        for (dumped, line) in held.drain(..) {
            add(packets, &dumped, line)?;
        }
        add(packets, &dumped, dump.line())?;
    }
    if is_empty && dump.line() > 0 {
        let name = arguments.input.display();
        return Err(Error::Ask(format!("{name}: no packet in it: it is no hex dump")));
    }
    if is_held && !held.is_empty() {
        packets.link_type = LinkType::RAW;
    }
    held.iter().try_for_each(|(dumped, line)| add(packets, dumped, *line))
}

/// Whether bytes are one IP packet, by version and length.
fn is_ip(bytes: &[u8]) -> bool {
    let word = |at: usize| {
        let word = bytes.get(at..)?.first_chunk()?;
        Some(usize::from(u16::from_be_bytes(*word)))
    };
    match bytes.first().map(|first| first >> 4) {
        Some(4) => word(2) == Some(bytes.len()),
        Some(6) => word(4).and_then(|length| length.checked_add(40)) == Some(bytes.len()),
        _ => false,
    }
}

/// Makes a flow of bytes.
fn say(
    arguments: &Arguments,
    envelope: Envelope,
    input: &mut Box<dyn BufRead>,
    packets: &mut Packets,
) -> Result<(), Error> {
    let speaker = if arguments.server { Side::Responder } else { Side::Initiator };
    let mut conversation = Conversation::new(envelope, speaker);
    let unfit = |error: EncodeError| Error::Ask(format!("no packet can hold it: {error}"));
    let add = |packets: &mut Packets, all: Vec<Vec<u8>>| {
        all.iter().try_for_each(|bytes| packets.add(bytes, None))
    };
    add(packets, conversation.open().map_err(unfit)?)?;
    let mut segment = Vec::new();
    loop {
        segment.clear();
        let mut piece = input.take(arguments.segment.into());
        piece.read_to_end(&mut segment).map_err(|source| unread(&arguments.input, source))?;
        if segment.is_empty() {
            break;
        }
        add(packets, conversation.say(&segment).map_err(unfit)?)?;
    }
    add(packets, conversation.close().map_err(unfit)?)
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(path).and_then(|file| {
        // A directory opens like a file and fails later, with less to say.
        if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
    });
    let file = opened.map_err(|source| unread(path, source))?;
    Ok(Box::new(BufReader::new(progress::watch(file))))
}

fn unread(path: &Path, source: io::Error) -> Error {
    Error::Read { name: path.display().to_string(), source }
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once(',').and_then(|(a, b)| Some((digits(a)?, digits(b)?)));
    parsed.ok_or_else(|| "two ports, as in 40000,80".to_owned())
}

fn addresses(text: &str) -> Result<(IpAddr, IpAddr), String> {
    let parsed = text.split_once(',').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    let parsed: (IpAddr, IpAddr) =
        parsed.ok_or_else(|| "two addresses, as in 10.0.0.1,10.0.0.2".to_owned())?;
    if parsed.0.is_ipv4() != parsed.1.is_ipv4() {
        return Err("addresses of two versions".to_owned());
    }
    Ok(parsed)
}

fn ether_type(text: &str) -> Result<u16, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    // A sign would be a number too.
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex);
    number.ok_or_else(|| "a hexadecimal number, as 0x806".to_owned())
}
