//! From the bytes of a packet to all that a message in it says.

use rheos_layers::{Decoder, Dns, DnsData, Lldp, Sflow, SflowCounters};
use rheos_layers::{Layer, LinkType, Packet};

use crate::{Input, Job, Mode, Sample, Way};

/// Reading every record of a DNS response, with its data.
pub(crate) fn dns<'a>(input: &'a Input<'a>) -> Job<'a> {
    let ours = rheos("rheos Dns", input, &input.samples.dns, |dns: Dns<'_>| {
        let records = dns.message.records().flatten();
        records.fold(0, |sum: u64, record| {
            sum + match record.data() {
                DnsData::A(address) => u64::from(address.octets()[3]),
                _ => u64::from(record.ttl),
            }
        })
    });
    job("decode DNS", input, &input.samples.dns, ours, Mode::Dns)
}

/// Reading every sample and record of an sFlow datagram.
pub(crate) fn sflow<'a>(input: &'a Input<'a>) -> Job<'a> {
    let ours = rheos("rheos Sflow", input, &input.samples.sflow, |sflow: Sflow<'_>| {
        let samples = sflow.samples().flatten();
        let records = samples.flat_map(|sample| sample.records().flatten());
        records.fold(0, |sum: u64, record| sum + u64::from(record.format))
    });
    let counted = rheos("rheos Sflow, every counter", input, &input.samples.sflow, |sflow| {
        let sflow: Sflow<'_> = sflow;
        let samples = sflow.samples().flatten();
        let records = samples.flat_map(|sample| sample.records().flatten());
        records.fold(0, |sum: u64, record| sum.wrapping_add(counters(&record.counters())))
    });
    let mut job = job("decode sFlow", input, &input.samples.sflow, ours, Mode::Sflow);
    job.ways.insert(1, counted);
    job
}

/// Reads every number of a record.
fn counters(counters: &SflowCounters<'_>) -> u64 {
    match counters {
        SflowCounters::Interface(c) => {
            let wide = [c.speed, c.in_octets, c.out_octets].map(u64::from);
            let narrow = [
                c.index,
                c.interface_type,
                c.direction,
                c.status,
                c.in_unicast_packets,
                c.in_multicast_packets,
                c.in_broadcast_packets,
                c.in_discards,
                c.in_errors,
                c.in_unknown_protocols,
                c.out_unicast_packets,
                c.out_multicast_packets,
                c.out_broadcast_packets,
                c.out_discards,
                c.out_errors,
                c.promiscuous_mode,
            ];
            sum(&wide).wrapping_add(sum(&narrow.map(u64::from)))
        }
        SflowCounters::Ethernet(c) => sum(&[
            c.alignment_errors,
            c.fcs_errors,
            c.single_collision_frames,
            c.multiple_collision_frames,
            c.sqe_test_errors,
            c.deferred_transmissions,
            c.late_collisions,
            c.excessive_collisions,
            c.internal_mac_transmit_errors,
            c.carrier_sense_errors,
            c.frames_too_long,
            c.internal_mac_receive_errors,
            c.symbol_errors,
        ]
        .map(u64::from)),
        _ => 0,
    }
}

fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |sum, number| sum.wrapping_add(std::hint::black_box(*number)))
}

/// Reading every TLV of an LLDP message.
pub(crate) fn lldp<'a>(input: &'a Input<'a>) -> Job<'a> {
    let ours = rheos("rheos Lldp", input, &input.samples.lldp, |lldp: Lldp<'_>| {
        lldp.tlvs().flatten().fold(0, |count: u64, tlv| {
            std::hint::black_box(&tlv);
            count + 1
        })
    });
    job("decode LLDP", input, &input.samples.lldp, ours, Mode::Lldp)
}

/// Decodes a frame in place and reads the message in it.
fn rheos<'a, L: Layer<'a> + 'a>(
    name: &'static str,
    input: &'a Input<'a>,
    sample: &'a Sample,
    read: impl Fn(L) -> u64 + Copy + 'a,
) -> Way<'a> {
    let packet = || Packet::new(&input.decoder);
    Way::stateful(name, &sample.frames, packet, move |packet, frame| {
        packet.decode(LinkType::ETHERNET, frame.data);
        packet.get::<L>().map(read)
    })
}

fn job<'a>(
    name: &'static str,
    input: &'a Input<'a>,
    sample: &'a Sample,
    ours: Way<'a>,
    mode: Mode,
) -> Job<'a> {
    let fields = fields(&input.decoder, sample);
    let gopacket = input.gopacket.as_ref().map(|gopacket| gopacket.way(mode, &sample.written.pcap));
    let ways = std::iter::once(ours).chain(gopacket).chain([fields]).collect();
    Job { name, packets: sample.frames.len() as u64, ways }
}

/// Every field of every layer, by its name.
fn fields<'a>(decoder: &'a Decoder, sample: &'a Sample) -> Way<'a> {
    let packet = || Packet::new(decoder);
    Way::stateful("rheos, every field by name", &sample.frames, packet, |packet, frame| {
        packet.decode(LinkType::ETHERNET, frame.data);
        let mut count = 0;
        packet.fields(&mut |field: rheos_layers::Field<'_>| {
            std::hint::black_box(&field);
            count += 1;
        });
        Some(count)
    })
}
