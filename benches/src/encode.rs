//! From a payload to the bytes of a packet, its lengths and checksums worked out.

use std::hint::black_box;

use etherparse::PacketBuilder as EtherparseBuilder;
use rheos_layers::{EthernetHeader, Fix, Ipv4Header, PacketBuilder, TcpHeader, serialize_layers};

use crate::{Error, Input, Job, Laps, Mode, STRETCH, Sample, Way};

const SOURCE: [u8; 4] = [10, 0, 0, 1];
const DESTINATION: [u8; 4] = [10, 0, 0, 2];
const PORTS: [u16; 2] = [40_000, 443];
const SEQUENCE_NUMBER: u32 = 1000;
const WINDOW: u16 = 8192;

/// Writing Ethernet, IPv4 and TCP around 64 bytes.
pub(crate) fn short<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("encode 64 bytes in TCP", input, &input.samples.short)
}

/// Writing Ethernet, IPv4 and TCP around 1400 bytes.
pub(crate) fn long<'a>(input: &'a Input<'a>) -> Job<'a> {
    job("encode 1400 bytes in TCP", input, &input.samples.long)
}

fn job<'a>(name: &'static str, input: &'a Input<'a>, sample: &'a Sample) -> Job<'a> {
    let mut ways = vec![serialize(sample), builder(sample), etherparse(sample)];
    let gopacket = input.gopacket.as_ref();
    ways.extend(gopacket.map(|gopacket| gopacket.way(Mode::Encode, &sample.written.pcap)));
    Job { name, packets: sample.frames.len() as u64, ways }
}

fn headers() -> (EthernetHeader, Ipv4Header, TcpHeader) {
    let ip = Ipv4Header { source: SOURCE, destination: DESTINATION, ..Default::default() };
    let [source, destination] = PORTS;
    let tcp = TcpHeader {
        source_port: source.into(),
        destination_port: destination.into(),
        sequence_number: SEQUENCE_NUMBER.into(),
        window: WINDOW.into(),
        ..Default::default()
    };
    (EthernetHeader::default(), ip, tcp)
}

/// The last bytes depend on all that was worked out.
fn answer(packet: &[u8]) -> Option<u64> {
    let checksum = packet.get(50..).and_then(<[u8]>::first_chunk)?;
    Some(u16::from_be_bytes(*checksum).into())
}

/// Into a buffer that is used again.
fn serialize(sample: &Sample) -> Way<'_> {
    Way::new("rheos serialize_layers", |laps| {
        let mut out = Vec::new();
        over(sample, laps, |frame| {
            let (ethernet, ip, tcp) = headers();
            out.clear();
            serialize_layers(&mut out, Fix::all(), &[&ethernet, &ip, &tcp], frame).ok()?;
            answer(&out)
        })
    })
}

/// Into a buffer that is used again.
fn builder(sample: &Sample) -> Way<'_> {
    Way::new("rheos PacketBuilder", |laps| {
        let mut out = Vec::new();
        over(sample, laps, |frame| {
            let (ethernet, ip, tcp) = headers();
            out.clear();
            PacketBuilder::new(ethernet).ipv4(ip).tcp(tcp).append(&mut out, frame).ok()?;
            answer(&out)
        })
    })
}

/// Into a buffer that is used again.
fn etherparse(sample: &Sample) -> Way<'_> {
    Way::new("etherparse PacketBuilder", |laps| {
        let mut out = Vec::new();
        over(sample, laps, |frame| {
            let builder = EtherparseBuilder::ethernet2([0; 6], [0; 6]);
            let builder = builder.ipv4(SOURCE, DESTINATION, 64);
            let builder = builder.tcp(PORTS[0], PORTS[1], SEQUENCE_NUMBER, WINDOW);
            out.clear();
            builder.write(&mut out, frame).ok()?;
            answer(&out)
        })
    })
}

/// Writes around every payload.
#[allow(clippy::unnecessary_wraps, reason = "what a way returns")]
fn over(
    sample: &Sample,
    laps: &mut Laps,
    mut write: impl FnMut(&[u8]) -> Option<u64>,
) -> Result<Option<u64>, Error> {
    let mut answers = 0;
    for stretch in sample.frames.chunks(STRETCH) {
        for frame in stretch {
            answers += u64::from(black_box(write(black_box(frame.data))).is_some());
        }
        laps.end();
    }
    Ok(Some(answers))
}
