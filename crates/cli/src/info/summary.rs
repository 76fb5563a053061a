//! What a capture adds up to.

use std::collections::BTreeMap;
use std::fmt;

use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::pcap::{
    Block, CaptureFilter, Format, InterfaceDescription, NameRecord, Resolution, Section,
};
use serde::{Serialize, Serializer};

use super::hashes::Hashes;
use crate::columns::counted;
use crate::error::Error;
use crate::input::Input;

/// Bytes of an instruction of the Berkeley packet filter.
const INSTRUCTION: usize = 8;

/// Most sections and texts that are kept to be shown: a hostile capture has as many as it likes.
const MAX_SHOWN: usize = 1_000;

/// All about a capture. Its fields and their order are fixed: programs read them.
#[derive(Serialize)]
pub(super) struct Summary {
    pub(super) file: String,
    pub(super) format: String,
    pub(super) compression: Option<String>,
    /// Bytes on the disk; none for a pipe.
    pub(super) file_size: Option<u64>,
    /// Bytes of the capture, uncompressed.
    pub(super) capture_size: u64,
    pub(super) link_types: Vec<Counted>,
    pub(super) resolution: Option<Shown<Resolution>>,
    pub(super) snap_length: Option<u32>,
    /// The least and the most bytes captured of packets that were cut.
    pub(super) cut_to: Option<[u64; 2]>,
    pub(super) packets: u64,
    /// Bytes of packets on the wire.
    pub(super) bytes: u64,
    pub(super) captured_bytes: u64,
    /// Seconds since 1970.
    pub(super) first: Option<Moment>,
    pub(super) last: Option<Moment>,
    /// Seconds.
    pub(super) duration: Option<f64>,
    pub(super) byte_rate: Option<f64>,
    pub(super) bit_rate: Option<f64>,
    pub(super) packet_rate: Option<f64>,
    pub(super) average_size: f64,
    /// Whether no packet is from before the one in front of it.
    pub(super) in_order: bool,
    /// Packets that the capture gives no time.
    pub(super) without_time: u64,
    pub(super) packet_comments: u64,
    pub(super) sections: Vec<SectionInfo>,
    pub(super) interfaces: Vec<InterfaceInfo>,
    pub(super) resolved_ipv4: u64,
    pub(super) resolved_ipv6: u64,
    pub(super) secrets: u64,
    /// Blocks by type, in captures that have blocks.
    pub(super) blocks: BTreeMap<String, u64>,
    pub(super) hashes: Option<Hashes>,
}

/// How many packets start so.
#[derive(Serialize)]
pub(super) struct Counted {
    pub(super) link_type: Link,
    pub(super) name: Option<&'static str>,
    pub(super) packets: u64,
}

/// What a section says of itself.
#[derive(Default, Serialize)]
pub(super) struct SectionInfo {
    pub(super) hardware: Option<String>,
    pub(super) os: Option<String>,
    pub(super) application: Option<String>,
    pub(super) comments: Vec<String>,
}

/// An interface and its packets.
#[derive(Serialize)]
pub(super) struct InterfaceInfo {
    pub(super) section: u32,
    pub(super) link_type: Link,
    pub(super) snap_length: u32,
    pub(super) resolution: Shown<Resolution>,
    /// Seconds.
    pub(super) time_offset: i64,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) os: Option<String>,
    pub(super) hardware: Option<String>,
    pub(super) speed: Option<u64>,
    pub(super) fcs_length: Option<u8>,
    pub(super) addresses: Vec<String>,
    pub(super) comments: Vec<String>,
    pub(super) packets: u64,
    pub(super) bytes: u64,
    /// Blocks of statistics.
    pub(super) statistics: u64,
    /// What the last of them says.
    pub(super) received: Option<u64>,
    pub(super) dropped: Option<u64>,
}

/// Adds up a capture: up to its end, or to what is wrong with it.
pub(super) fn collect(mut input: Input) -> (Option<Summary>, Option<Error>) {
    let mut sums = Sums::default();
    let end = loop {
        match input.next_block() {
            Ok(Some(entry)) => sums.add(&entry.block, entry.packet.as_ref()),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    (Some(sums.finish(&input)), end)
}

#[derive(Default)]
struct Sums {
    link_types: BTreeMap<LinkType, u64>,
    cut_to: Option<[u64; 2]>,
    packets: u64,
    bytes: u64,
    captured_bytes: u64,
    times: Option<[Timestamp; 2]>,
    before: Option<Timestamp>,
    is_out_of_order: bool,
    without_time: u64,
    packet_comments: u64,
    sections: Vec<SectionInfo>,
    section: u32,
    first_interface: usize,
    interfaces: Vec<InterfaceInfo>,
    resolved: [u64; 2],
    secrets: u64,
    blocks: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, block: &Block<'_>, packet: Option<&RawPacket<'_>>) {
        match self.blocks.get_mut(block.kind().name().unwrap_or_default()) {
            Some(count) => *count = count.saturating_add(1),
            None => self.add_kind(block),
        }
        if let Some(packet) = packet {
            self.packet(packet, matches!(block, Block::SimplePacket(_)));
            return;
        }
        match block {
            Block::Section(section) => self.section(section),
            Block::Interface(interface) => self.interface(interface),
            Block::NameResolution(names) => {
                for record in names.records.iter() {
                    let [v4, v6] = &mut self.resolved;
                    match record {
                        NameRecord::Ipv4(..) => *v4 = v4.saturating_add(1),
                        NameRecord::Ipv6(..) => *v6 = v6.saturating_add(1),
                        _ => {}
                    }
                }
            }
            Block::Secrets(_) => self.secrets = self.secrets.saturating_add(1),
            Block::InterfaceStatistics(statistics) => {
                let number = self.first_interface.saturating_add(statistics.interface as usize);
                let Some(interface) = self.interfaces.get_mut(number) else { return };
                interface.statistics = interface.statistics.saturating_add(1);
                interface.received = statistics.received().or(interface.received);
                interface.dropped = statistics.interface_dropped().or(interface.dropped);
            }
            _ => {}
        }
    }

    /// Counts a block of a type that has not been there. Private types are counted together, so
    /// that there are never many.
    fn add_kind(&mut self, block: &Block<'_>) {
        let name = block.kind().name().unwrap_or("other");
        let count = self.blocks.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    fn packet(&mut self, packet: &RawPacket<'_>, has_no_time: bool) {
        let (wire, captured) = (packet.wire_length(), packet.data.len() as u64);
        self.packets = self.packets.saturating_add(1);
        self.bytes = self.bytes.saturating_add(wire);
        self.captured_bytes = self.captured_bytes.saturating_add(captured);
        if packet.is_cut() {
            let [least, most] = self.cut_to.unwrap_or([captured; 2]);
            self.cut_to = Some([least.min(captured), most.max(captured)]);
        }
        let comments = packet.comments.iter().count() as u64;
        self.packet_comments = self.packet_comments.saturating_add(comments);
        if has_no_time {
            self.without_time = self.without_time.saturating_add(1);
        } else {
            let time = packet.timestamp;
            self.is_out_of_order |= self.before.is_some_and(|before| time < before);
            self.before = Some(time);
            let [first, last] = self.times.unwrap_or([time; 2]);
            self.times = Some([first.min(time), last.max(time)]);
        }
        if let Some(interface) = self.interfaces.get_mut(packet.interface as usize) {
            interface.packets = interface.packets.saturating_add(1);
            interface.bytes = interface.bytes.saturating_add(wire);
        }
        let count = self.link_types.entry(packet.link_type).or_default();
        *count = count.saturating_add(1);
    }

    fn section(&mut self, section: &Section<'_>) {
        if !self.sections.is_empty() {
            self.section = self.section.saturating_add(1);
        }
        self.first_interface = self.interfaces.len();
        if self.sections.len() < MAX_SHOWN {
            self.sections.push(SectionInfo {
                hardware: section.hardware().map(Into::into),
                os: section.os().map(Into::into),
                application: section.user_application().map(Into::into),
                comments: section.options.comments().map(Into::into).collect(),
            });
        }
    }

    fn interface(&mut self, interface: &InterfaceDescription<'_>) {
        let v4 = interface.ipv4_addresses().map(|(address, mask)| format!("{address}/{mask}"));
        let v6 = interface.ipv6_addresses().map(|(address, bits)| format!("{address}/{bits}"));
        let mac =
            interface.mac_address().map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":"));
        self.interfaces.push(InterfaceInfo {
            section: self.section,
            link_type: Link(interface.link_type),
            snap_length: interface.snap_length,
            resolution: Shown(interface.resolution()),
            time_offset: interface.timestamp_offset().0,
            name: interface.name().map(Into::into),
            description: interface.description().map(Into::into),
            filter: interface.filter().map(|filter| match filter {
                CaptureFilter::Expression(text) => text.into(),
                CaptureFilter::Bytecode(code) => {
                    counted(code.len() / INSTRUCTION, "instruction of BPF")
                }
                other => format!("{other:?}"),
            }),
            os: interface.os().map(Into::into),
            hardware: interface.hardware().map(Into::into),
            speed: interface.speed(),
            fcs_length: interface.fcs_length(),
            addresses: v4.chain(v6).chain(mac).collect(),
            comments: interface.options.comments().map(Into::into).collect(),
            packets: 0,
            bytes: 0,
            statistics: 0,
            received: None,
            dropped: None,
        });
    }

    fn finish(mut self, input: &Input) -> Summary {
        // A pcap file has no blocks, whatever the reader makes of it.
        if input.format() != Format::PcapNg {
            self.blocks.clear();
            self.sections.clear();
        }
        // Interfaces without packets have a link type too.
        for interface in &self.interfaces {
            self.link_types.entry(interface.link_type.0).or_default();
        }
        let duration = self.times.map(|[first, last]| last.saturating_since(first).as_secs_f64());
        let rate = |amount: f64| duration.filter(|seconds| *seconds > 0.0).map(|s| amount / s);
        let (packets, bytes) = (as_float(self.packets), as_float(self.bytes));
        let finest = self.interfaces.iter().map(|interface| interface.resolution.0);
        let link_types = self.link_types.into_iter().map(|(link_type, packets)| Counted {
            link_type: Link(link_type),
            name: link_type.name(),
            packets,
        });
        let snap_length = match &*self.interfaces {
            [only] => Some(only.snap_length).filter(|length| *length != 0),
            _ => None,
        };
        Summary {
            file: input.name().to_owned(),
            format: input.format().to_string(),
            compression: input.compression().map(|compression| compression.to_string()),
            file_size: input.file_size(),
            capture_size: input.position(),
            link_types: link_types.collect(),
            resolution: finest.max_by(|a, b| tick(*b).total_cmp(&tick(*a))).map(Shown),
            snap_length,
            cut_to: self.cut_to,
            packets: self.packets,
            bytes: self.bytes,
            captured_bytes: self.captured_bytes,
            first: self.times.map(|[first, _]| Moment(first)),
            last: self.times.map(|[_, last]| Moment(last)),
            duration,
            byte_rate: rate(bytes),
            bit_rate: rate(bytes * 8.0),
            packet_rate: rate(packets),
            average_size: if self.packets == 0 { 0.0 } else { bytes / packets },
            in_order: !self.is_out_of_order,
            without_time: self.without_time,
            packet_comments: self.packet_comments,
            sections: self.sections,
            interfaces: self.interfaces,
            resolved_ipv4: self.resolved[0],
            resolved_ipv6: self.resolved[1],
            secrets: self.secrets,
            blocks: self.blocks,
            hashes: None,
        }
    }
}

/// How long a tick is, in seconds.
fn tick(resolution: Resolution) -> f64 {
    match resolution {
        Resolution::Decimal(exponent) => 10_f64.powi(i32::from(exponent)).recip(),
        Resolution::Binary(exponent) => 2_f64.powi(i32::from(exponent)).recip(),
    }
}

/// Exact for all that a file can hold.
#[allow(clippy::cast_precision_loss, reason = "a rate of more than 2^53 bytes is one all the same")]
pub(super) fn as_float(number: u64) -> f64 {
    number as f64
}

/// A value that programs read as people do.
#[derive(Clone, Copy)]
pub(super) struct Shown<T>(pub(super) T);

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A time that people read as a date, and programs as seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Moment(Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.unix())
    }
}

/// A link type that people read as a name, and programs as a number.
#[derive(Clone, Copy)]
pub(super) struct Link(pub(super) LinkType);

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.0.serialize(serializer)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.0.0)
    }
}
