//! `rheos craft`: packets from a short text, into a capture.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::layers::{Decoder, EditError, Fix, KeyKind, PacketMut};

use crate::error::{Error, warn};
use crate::output::Output;
use crate::save::{SaveArguments, Saver};

mod text;

use text::{Layer, Text};

/// Nanoseconds between one packet and the next.
const INTERVAL: i64 = 1_000_000;

/// What people copy.
const EXAMPLE: &str = "\
Examples:
  rheos craft 'eth / ip dst=10.0.0.2 ttl=3 / udp dport=7777 / \"hello\"' -o out.pcap
  rheos craft 'eth / ip src=10.0.0.1 dst=10.0.0.2 / udp dport=53 / dns qname=example.org' -o out.pcap
  rheos craft 'ip dst=10.0.0.2 / tcp dport=80 flags=S mss=1460 wscale=7 sackOK=1'";

/// Other names that people know layers by.
const NAMES: [(&str, &str); 6] = [
    ("ether", "eth"),
    ("ethernet", "eth"),
    ("ipv4", "ip"),
    ("dot1q", "vlan"),
    ("icmp6", "icmpv6"),
    ("bootp", "dhcp"),
];

/// Build packets from a short text
///
/// A packet is layers, outermost first, with ` / ` between them, each a name and the fields that
/// are not to be as usual; what is not a layer is payload, "text" or hex:00ff. Names of layers and
/// fields are those of `rheos dump -v`, without the name of the layer in front, and those that scapy
/// has; a wrong one lists the others, and name#2 is the second field of a name. A value with spaces
/// stands in quotation marks. Lengths,
/// checksums and the numbers of the next layer are worked out, but where a field is given. A packet
/// in which other layers would be found than were asked for is written with a warning; --force leaves
/// the warning out.
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// A packet
    #[arg(required = true, value_name = "PACKET")]
    packets: Vec<String>,

    /// The capture to write; `-` is standard output. Without it the bytes are printed in hexadecimal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Write the packets so many times
    #[arg(short, long, value_name = "N", default_value_t = 1)]
    count: u64,

    /// Cut IP packets into fragments of at most so many bytes of IP
    #[arg(long, value_name = "BYTES")]
    mtu: Option<usize>,

    /// Leave lengths, checksums and the numbers of the next layer as they are given
    #[arg(long)]
    no_fix: bool,

    #[command(flatten)]
    save: SaveArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let fix = if arguments.no_fix { Fix::empty() } else { Fix::all() };
    let mut packets = Vec::new();
    for (text, number) in arguments.packets.iter().zip(1..) {
        let (link_type, packet) = craft(text, fix)?;
        if let Some(found) = other_layers(link_type, &packet).filter(|_| !arguments.save.force) {
            warn(&format!("{text}: whoever reads it finds {found}"));
        }
        let Some(mtu) = arguments.mtu else {
            packets.push((link_type, packet.into_bytes()));
            continue;
        };
        let decoder = Decoder::default();
        let fragments = decoder.decode(link_type, packet.bytes()).fragments(mtu, number);
        let wrong = |error| Error::Ask(format!("{text}: {error}"));
        packets.extend(fragments.map_err(wrong)?.into_iter().map(|bytes| (link_type, bytes)));
    }
    let all = (0..arguments.count).flat_map(|_| &packets);
    match &arguments.output {
        None => print(all),
        Some(path) => write(Saver::create(path, &arguments.save, None)?, all),
    }
}

/// A packet, and how it starts.
type Crafted = (LinkType, Vec<u8>);

/// Builds one packet.
fn craft(packet: &str, fix: Fix) -> Result<(LinkType, PacketMut), Error> {
    let wrong = |message: String| Error::Craft { packet: packet.to_owned(), message };
    let Text { layers, payload } = Text::parse(packet).map_err(wrong)?;
    let decoder = Decoder::default();
    let protocol_of = |name: &str| {
        let name = name.to_lowercase();
        let other = NAMES.iter().find(|(other, _)| *other == name).map(|(_, name)| *name);
        decoder.protocols().find(|protocol| protocol.name == other.unwrap_or(&name))
    };
    let mut crafted = PacketMut::new(&decoder, LinkType::ETHERNET, []);
    let mut link_type = None;
    for (place, Layer { name, fields }) in layers.iter().enumerate() {
        let Some(protocol) = protocol_of(name) else {
            return Err(wrong(format!("no layer {name}: `rheos layers` lists them")));
        };
        link_type = link_type.or_else(|| Some(link_type_of(protocol.claims)));
        crafted.insert(place, &protocol).map_err(|error| wrong(error.to_string()))?;
        set(&mut crafted, place, fields.iter().copied()).map_err(wrong)?;
    }
    crafted.set_payload(&payload);
    crafted.fix(fix).map_err(|error| wrong(error.to_string()))?;
    // What is given is as it is given, whatever follows from the rest.
    let given = |crafted: &mut PacketMut, place: usize, fields: &[(&str, &str)]| {
        let protocol = crafted.layers().nth(place);
        let is_added = |name| protocol?.setting(name).map(|setting| setting.is_added);
        let fields = fields.iter().copied().filter(|(name, _)| is_added(name) != Some(true));
        set(crafted, place, fields).map_err(wrong)
    };
    let mut layers: Vec<_> = layers.iter().enumerate().collect();
    for (place, Layer { fields, .. }) in &layers {
        given(&mut crafted, *place, fields)?;
    }
    // Checksums cover it, but where one is given itself.
    layers.reverse();
    for (place, Layer { fields, .. }) in layers {
        let checksum = crafted.fix_layer(place, fix & Fix::CHECKSUMS);
        checksum.map_err(|error| wrong(error.to_string()))?;
        given(&mut crafted, place, fields)?;
    }
    Ok((link_type.flatten().unwrap_or(LinkType::RAW), crafted))
}

/// The layers that are found in a packet, if not all that it was built of are. One without a header,
/// which only says what is behind it, need not have been asked for.
fn other_layers(link_type: LinkType, packet: &PacketMut) -> Option<String> {
    let decoder = Decoder::default();
    let decoded = decoder.decode(link_type, packet.bytes());
    let spans = decoded.layers().iter();
    let found = spans.filter_map(|span| Some((decoded.protocol(span)?.name, span.header_len)));
    let mut behind = found.clone();
    if packet.layers().all(|asked| {
        let mut passed =
            behind.by_ref().skip_while(|(found, len)| *len == 0 && *found != asked.name);
        passed.next().is_some_and(|(found, _)| found == asked.name)
    }) {
        return None;
    }
    let found = found.map(|(name, _)| name).collect::<Vec<_>>();
    let found = if found.is_empty() { "no layer".into() } else { found.join(":") };
    let error = decoded.error().map(|error| format!(", and {error}"));
    Some(found + &error.unwrap_or_default())
}

/// How a packet starts that starts with a layer.
fn link_type_of(claims: &[rheos::layers::Key]) -> Option<LinkType> {
    claims.iter().find_map(|key| match key.kind() {
        KeyKind::LinkType(link_type) => Some(link_type),
        _ => None,
    })
}

/// Sets fields. One may make the header unreadable, so that no other can be found behind it: then
/// they are set from the last to the first.
fn set<'t>(
    packet: &mut PacketMut,
    place: usize,
    mut fields: impl DoubleEndedIterator<Item = (&'t str, &'t str)> + Clone,
) -> Result<(), String> {
    let before = packet.clone();
    let mut backwards = fields.clone().rev();
    let found = fields.try_for_each(|(name, value)| {
        packet.set(place, name, value).map_err(|error| match error {
            EditError::NoField { layer } => {
                format!("{name}={value}: {layer} has {}", packet.names(place).join(", "))
            }
            error => format!("{name}={value}: {error}"),
        })
    });
    let Err(error) = found else { return Ok(()) };
    *packet = before;
    backwards.try_for_each(|(name, value)| packet.set(place, name, value)).map_err(|_| error)
}

fn print<'p>(packets: impl Iterator<Item = &'p Crafted>) -> Result<(), Error> {
    let mut output = Output::new();
    for (_, packet) in packets {
        packet.iter().try_for_each(|byte| write!(output, "{byte:02x}"))?;
        writeln!(output)?;
    }
    Ok(output.flush()?)
}

fn write<'p>(mut saver: Saver, packets: impl Iterator<Item = &'p Crafted>) -> Result<(), Error> {
    let mut nanos = 0_i64;
    for (link_type, packet) in packets {
        saver.packet(&RawPacket::new(Timestamp::from_nanos(nanos), *link_type, packet))?;
        nanos = nanos.saturating_add(INTERVAL);
    }
    saver.finish()
}
