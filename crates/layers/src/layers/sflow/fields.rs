//! The fields of samples and records under tshark's names.

use super::extended;
use crate::field_reader::FieldReader;

/// Numbers of a record: name and bytes of each, in order.
pub(super) type Numbers = [(&'static str, usize)];

/// Reports a datagram, up to the first thing that is cut short.
pub(super) fn datagram(samples: u32, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("sflow_245.version")?;
    match reader.u32("sflow_245.agenttype")? {
        1 => drop(reader.ipv4("sflow_245.agent")?),
        _ => drop(reader.ipv6("sflow_245.agent.v6")?),
    }
    reader.u32("sflow_245.sub_agent_id")?;
    reader.u32("sflow_245.sequence_number")?;
    reader.u32("sflow_245.sysuptime")?;
    reader.u32("sflow_245.numsamples")?;
    (0..samples).try_for_each(|_| sample(reader))
}

fn sample(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let (enterprise, format) = format(reader, "sflow_245.sampletype")?;
    let len = reader.u32("sflow_5.sample_length")?;
    let mut reader = reader.part(usize::try_from(len).ok()?);
    let reader = &mut reader;
    let (is_flow, is_expanded) = match (enterprise, format) {
        (0, 1) => (true, false),
        (0, 2) => (false, false),
        (0, 3) => (true, true),
        (0, 4) => (false, true),
        _ => return Some(()),
    };
    if is_flow {
        flow_sample(is_expanded, reader);
    } else {
        counters_sample(is_expanded, reader);
    }
    Some(())
}

/// Reports the owner and the number of a format.
fn format(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<(u64, u64)> {
    let word = reader.word(4)?;
    let (enterprise, format) = (word >> 12, word & 0xfff);
    reader.bits("sflow.enterprise", enterprise);
    reader.bits(name, format);
    Some((enterprise, format))
}

fn flow_sample(is_expanded: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("sflow.flow_sample.sequence_number")?;
    if is_expanded {
        reader.u32("sflow.flow_sample.source_id_type")?;
        reader.u32("sflow.flow_sample.source_id_index")?;
    } else {
        let word = reader.word(4)?;
        reader.bits("sflow.flow_sample.source_id_class", word >> 24);
        reader.bits("sflow.flow_sample.index", word & 0x00ff_ffff);
    }
    reader.u32("sflow.flow_sample.sampling_rate")?;
    reader.u32("sflow.flow_sample.sample_pool")?;
    reader.u32("sflow.flow_sample.dropped_packets")?;
    if is_expanded {
        reader.u32("sflow.flow_sample.input_interface_format")?;
        reader.u32("sflow.flow_sample.input_interface_value")?;
        reader.u32("sflow.flow_sample.output_interface.format")?;
        reader.u32("sflow.flow_sample.output_interface_value")?;
    } else {
        reader.u32("sflow.flow_sample.input_interface")?;
        let word = reader.u32("sflow.flow_sample.output_interface")?;
        reader.bits("sflow.flow_sample.output_interface_format", word >> 30);
        reader.bits("sflow.flow_sample.output_interface_value", word & 0x3fff_ffff);
    }
    let count = reader.u32("sflow.flow_sample.flow_record")?;
    (0..count).try_for_each(|_| record(reader, "sflow_245.flow_record_format", flow_record))
}

fn counters_sample(is_expanded: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("sflow.counters_sample.sequence_number")?;
    if is_expanded {
        reader.u32("sflow.counters_sample.source_id_type")?;
        reader.u32("sflow.counters_sample.source_id_index")?;
    } else {
        let word = reader.word(4)?;
        reader.bits("sflow.counters_sample.source_id_type", word >> 24);
        reader.bits("sflow.counters_sample.source_id_index", word & 0x00ff_ffff);
    }
    let count = reader.u32("sflow.counters_sample.counters_records")?;
    (0..count).try_for_each(|_| record(reader, "sflow_245.counters_record_format", counters))
}

fn record(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    read: fn(u64, &mut FieldReader<'_, '_>) -> Option<()>,
) -> Option<()> {
    let (enterprise, format) = format(reader, name)?;
    let len = reader.u32("sflow_5.flow_data_length")?;
    let mut data = reader.part(usize::try_from(len).ok()?);
    if enterprise == 0 {
        // A record that is cut short inside does not hide the next.
        let _ = read(format, &mut data);
    }
    Some(())
}

fn flow_record(format: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        1 => {
            reader.u32("sflow_245.header_protocol")?;
            reader.u32("sflow_245.header.frame_length")?;
            reader.u32("sflow_245.header.payload_stripped")?;
            let len = reader.u32("sflow_245.header.sampled_header_length")?;
            reader.bytes("sflow_245.header", usize::try_from(len).ok()?).map(drop)
        }
        2 => {
            reader.u32("sflow_245.ethernet.length")?;
            reader.mac("sflow_245.ethernet.source_mac_address")?;
            reader.skip(2)?;
            reader.mac("sflow_245.ethernet.destination_mac_address")?;
            reader.skip(2)?;
            reader.u32("sflow_245.ethernet.packet_type").map(drop)
        }
        3 | 4 => packet(format == 3, reader),
        1001 => {
            reader.u32("sflow_245.vlan.in")?;
            reader.u32("sflow_245.pri.in")?;
            reader.u32("sflow_245.vlan.out")?;
            reader.u32("sflow_245.pri.out").map(drop)
        }
        1002 => {
            next_hop(reader)?;
            reader.u32("sflow_245.nexthop.src_mask")?;
            reader.u32("sflow_245.nexthop.dst_mask").map(drop)
        }
        1003 => gateway(reader),
        1004 => {
            reader.u32("sflow_5.extended_user.source_character_set")?;
            let len = reader.u32("sflow_5.extended_user.source_user_string_length")?;
            text(reader, "sflow_5.extended_user.source_user", len)?;
            reader.u32("sflow_5.extended_user.destination_character_set")?;
            let len = reader.u32("sflow_5.extended_user.destination_user_string_length")?;
            text(reader, "sflow_5.extended_user.destination_user", len)
        }
        1005 => {
            reader.u32("sflow_5.extended_url.direction")?;
            let len = reader.u32("sflow_5.extended_url.url_length")?;
            text(reader, "sflow_5.extended_url.url", len)?;
            let len = reader.u32("sflow_5.extended_url.host_length")?;
            text(reader, "sflow_5.extended_url.host", len)
        }
        _ => extended::flow_record(format, reader),
    }
}

/// Reports text, which is filled up to words of four bytes.
pub(super) fn text(reader: &mut FieldReader<'_, '_>, name: &'static str, len: u32) -> Option<()> {
    let len = usize::try_from(len).ok()?;
    reader.text(name, len)?;
    reader.skip(len.next_multiple_of(4).checked_sub(len)?).map(drop)
}

fn packet(is_ipv4: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("sflow_245.ip.length")?;
    reader.u32("sflow.ip_protocol")?;
    if is_ipv4 {
        reader.ipv4("sflow_245.ipv4_src")?;
        reader.ipv4("sflow_245.ipv4_dst")?;
    } else {
        reader.ipv6("sflow_245.ipv6_src")?;
        reader.ipv6("sflow_245.ipv6_dst")?;
    }
    reader.u32("sflow_245.ip.source_port")?;
    reader.u32("sflow.ip.destination_port")?;
    let flags = reader.word(4)?;
    let names = [
        ("sflow_245.ip.tcp_flag.cwr", 0x80),
        ("sflow_245.ip.tcp_flag.ece", 0x40),
        ("sflow_245.ip.tcp_flag.urg", 0x20),
        ("sflow_245.ip.tcp_flag.ack", 0x10),
        ("sflow_245.ip.tcp_flag.psh", 0x08),
        ("sflow_245.ip.tcp_flag.rst", 0x04),
        ("sflow_245.ip.tcp_flag.syn", 0x02),
        ("sflow_245.ip.tcp_flag.fin", 0x01),
    ];
    reader.flags(flags, &names);
    if !is_ipv4 {
        return reader.u32("sflow_245.ipv6_priority").map(drop);
    }
    let service = reader.word(4)?;
    reader.bits("sflow_245.ipv4_precedence_type", service >> 5 & 7);
    let names = [
        ("sflow_245.ipv4_delay", 0x10),
        ("sflow_245.ipv4_throughput", 0x08),
        ("sflow_245.ipv4_reliability", 0x04),
        ("sflow_245.ipv4_cost", 0x02),
    ];
    reader.flags(service, &names);
    Some(())
}

pub(super) fn next_hop(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.word(4)? {
        1 => reader.ipv4("sflow_245.nexthop").map(drop),
        2 => reader.ipv6("sflow_245.nexthop.v6").map(drop),
        _ => None,
    }
}

fn gateway(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    next_hop(reader)?;
    reader.u32("sflow_245.as")?;
    reader.u32("sflow_245.srcAS")?;
    reader.u32("sflow_245.peerAS")?;
    let segments = reader.u32("sflow_245.dstASentries")?;
    for _ in 0..segments {
        reader.u32("sflow.as_type")?;
        let count = reader.word(4)?;
        for _ in 0..count {
            reader.u32("sflow_245.dstAS")?;
        }
    }
    let communities = reader.u32("sflow_245.communityEntries")?;
    for _ in 0..communities {
        // tshark has no name of its own for a community.
        reader.u32("sflow_245.dstAS")?;
    }
    reader.u32("sflow_245.localpref").map(drop)
}

pub(super) fn numbers(numbers: &Numbers, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    numbers.iter().try_for_each(|&(name, len)| reader.number(name, len).map(drop))
}

fn counters(format: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        1 => {
            numbers(INTERFACE, reader)?;
            let status = reader.word(4)?;
            reader.bits("sflow_245.ifadmin_status", status & 1);
            reader.bits("sflow_245.ifoper_status", status >> 1 & 1);
            numbers(TRAFFIC, reader)
        }
        2 => numbers(ETHERNET, reader),
        3 => numbers(TOKEN_RING, reader),
        4 => numbers(VG, reader),
        5 => numbers(VLAN, reader),
        1001 => numbers(PROCESSOR, reader),
        _ => extended::counters(format, reader),
    }
}

/// An interface, in front of its status.
const INTERFACE: &Numbers = &[
    ("sflow_245.ifindex", 4),
    ("sflow_245.iftype", 4),
    ("sflow_245.ifspeed", 8),
    ("sflow_245.ifdirection", 4),
];

/// What went through an interface.
const TRAFFIC: &Numbers = &[
    ("sflow_245.ifinoct", 8),
    ("sflow_245.ifinpkt", 4),
    ("sflow_245.ifinmcast", 4),
    ("sflow_245.ifinbcast", 4),
    ("sflow_245.ifindisc", 4),
    ("sflow_245.ifinerr", 4),
    ("sflow_245.ifinunk", 4),
    ("sflow_245.ifoutoct", 8),
    ("sflow_245.ifoutpkt", 4),
    ("sflow_245.ifoutmcast", 4),
    ("sflow_245.ifoutbcast", 4),
    ("sflow_245.ifoutdisc", 4),
    ("sflow_245.ifouterr", 4),
    ("sflow_245.ifpromisc", 4),
];

/// RFC 2358: an interface of Ethernet.
const ETHERNET: &Numbers = &[
    ("sflow_245.dot3StatsAlignmentErrors", 4),
    ("sflow_245.dot3StatsFCSErrors", 4),
    ("sflow_245.dot3StatsSingleCollisionFrames", 4),
    ("sflow_245.dot3StatsMultipleCollisionFrames", 4),
    ("sflow_245.dot3StatsSQETestErrors", 4),
    ("sflow_245.dot3StatsDeferredTransmissions", 4),
    ("sflow_245.dot3StatsLateCollisions", 4),
    ("sflow_245.dot3StatsExcessiveCollisions", 4),
    ("sflow_245.dot3StatsInternalMacTransmitErrors", 4),
    ("sflow_245.dot3StatsCarrierSenseErrors", 4),
    ("sflow_245.dot3StatsFrameTooLongs", 4),
    ("sflow_245.dot3StatsInternalMacReceiveErrors", 4),
    ("sflow_245.dot3StatsSymbolErrors", 4),
];

/// RFC 1748: an interface of token ring.
const TOKEN_RING: &Numbers = &[
    ("sflow_245.dot5StatsLineErrors", 4),
    ("sflow_245.dot5StatsBurstErrors", 4),
    ("sflow_245.dot5StatsACErrors", 4),
    ("sflow_245.dot5StatsAbortTransErrors", 4),
    ("sflow_245.dot5StatsInternalErrors", 4),
    ("sflow_245.dot5StatsLostFrameErrors", 4),
    ("sflow_245.dot5StatsReceiveCongestions", 4),
    ("sflow_245.dot5StatsFrameCopiedErrors", 4),
    ("sflow_245.dot5StatsTokenErrors", 4),
    ("sflow_245.dot5StatsSoftErrors", 4),
    ("sflow_245.dot5StatsHardErrors", 4),
    ("sflow_245.dot5StatsSignalLoss", 4),
    ("sflow_245.dot5StatsTransmitBeacons", 4),
    ("sflow_245.dot5StatsRecoveries", 4),
    ("sflow_245.dot5StatsLobeWires", 4),
    ("sflow_245.dot5StatsRemoves", 4),
    ("sflow_245.dot5StatsSingles", 4),
    ("sflow_245.dot5StatsFreqErrors", 4),
];

/// RFC 2020: an interface of 100BASE-VG.
const VG: &Numbers = &[
    ("sflow_245.dot12InHighPriorityFrames", 4),
    ("sflow_245.dot12InHighPriorityOctets", 8),
    ("sflow_245.dot12InNormPriorityFrames", 4),
    ("sflow_245.dot12InNormPriorityOctets", 8),
    ("sflow_245.dot12InIPMErrors", 4),
    ("sflow_245.dot12InOversizeFrameErrors", 4),
    ("sflow_245.dot12InDataErrors", 4),
    ("sflow_245.dot12InNullAddressedFrames", 4),
    ("sflow_245.dot12OutHighPriorityFrames", 4),
    ("sflow_245.dot12OutHighPriorityOctets", 8),
    ("sflow_245.dot12TransitionIntoTrainings", 4),
    ("sflow_245.dot12HCInHighPriorityOctets", 8),
    ("sflow_245.dot12HCInNormPriorityOctets", 8),
    ("sflow_245.dot12HCOutHighPriorityOctets", 8),
];

/// A virtual network.
const VLAN: &Numbers = &[
    ("sflow_245.vlan_id", 4),
    ("sflow_245.octets", 8),
    ("sflow_245.ucastPkts", 4),
    ("sflow_245.multicastPkts", 4),
    ("sflow_245.broadcastPkts", 4),
    ("sflow_245.discards", 4),
];

/// The processor and the memory of the agent.
const PROCESSOR: &Numbers = &[
    ("sflow_5.cpu_5s", 4),
    ("sflow_5.cpu_1m", 4),
    ("sflow_5.cpu_5m", 4),
    ("sflow_5.total_memory", 8),
    ("sflow_5.free_memory", 8),
];
