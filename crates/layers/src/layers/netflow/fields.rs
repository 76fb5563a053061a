//! Fields of datagrams under tshark's names.

use super::elements::{self, Parts};
use super::set::{Kept, NetflowSet, NetflowSetKind, SET_HEADER_LEN};
use super::template::{NetflowRecord, NetflowTemplate, NetflowValue};
use super::{IPFIX, Netflow, NetflowDetails};
use crate::field_reader::{FieldReader, big_endian};
use crate::{FieldSink, Value};

/// Reports a datagram, up to the first thing that is cut short.
pub(super) fn message(netflow: &Netflow<'_>, sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(netflow.bytes, 0, sink);
    // What is not there is not reported.
    let _ = header(netflow, &mut reader);
    let _ = match netflow.details {
        NetflowDetails::V1(_) => records(V1, netflow.header.count.get(), &mut reader),
        NetflowDetails::V5(_) => records(V5, netflow.header.count.get(), &mut reader),
        NetflowDetails::V7(_) => records(V7, netflow.header.count.get(), &mut reader),
        NetflowDetails::V8(details) => match form_of(details.aggregation) {
            Some(form) => records(form, netflow.header.count.get(), &mut reader),
            None => None,
        },
        NetflowDetails::V9(_) | NetflowDetails::Ipfix(_) => sets(netflow, &mut reader),
    };
}

fn header(netflow: &Netflow<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("cflow.version")?;
    if netflow.version() == IPFIX {
        reader.u16("cflow.len")?;
        reader.u32("cflow.exporttime")?;
        reader.u32("cflow.sequence")?;
        return reader.u32("cflow.od_id").map(drop);
    }
    reader.u16("cflow.count")?;
    reader.u32("cflow.sysuptime")?;
    reader.u32("cflow.unix_secs")?;
    if netflow.version() == 9 {
        reader.u32("cflow.sequence")?;
        return reader.u32("cflow.source_id").map(drop);
    }
    reader.u32("cflow.unix_nsecs")?;
    match netflow.details {
        NetflowDetails::V5(_) => {
            reader.u32("cflow.sequence")?;
            reader.u8("cflow.engine_type")?;
            reader.u8("cflow.engine_id")?;
            let sampling = reader.word(2)?;
            let parts = [("cflow.samplingmode", 0xc000), ("cflow.samplerate", 0x3fff)];
            reader.bit_fields(sampling, &parts);
        }
        NetflowDetails::V7(_) => {
            reader.u32("cflow.sequence")?;
            reader.bytes("cflow.reserved", 4)?;
        }
        NetflowDetails::V8(_) => {
            reader.u32("cflow.sequence")?;
            reader.u8("cflow.engine_type")?;
            reader.u8("cflow.engine_id")?;
            reader.u8("cflow.aggmethod")?;
            reader.u8("cflow.aggversion")?;
            reader.bytes("cflow.reserved", 4)?;
        }
        _ => {}
    }
    Some(())
}

/// A field of a record of fixed form.
#[derive(Clone, Copy)]
enum Part {
    Number(usize, &'static str),
    Ipv4(&'static str),
    Bytes(usize, &'static str),
}

/// What stands in the records of a version, as far as several share it.
const NEXT_HOP: Part = Part::Ipv4("cflow.nexthop");
const SOURCE: Part = Part::Ipv4("cflow.srcaddr");
const DESTINATION: Part = Part::Ipv4("cflow.dstaddr");
const SOURCE_NET: Part = Part::Ipv4("cflow.srcnet");
const DESTINATION_NET: Part = Part::Ipv4("cflow.dstnet");
const SHORTCUT: Part = Part::Ipv4("cflow.routersc");
const INPUT: Part = Part::Number(2, "cflow.inputint");
const OUTPUT: Part = Part::Number(2, "cflow.outputint");
const FLOWS: Part = Part::Number(4, "cflow.flows");
const PACKETS: Part = Part::Number(4, "cflow.packets");
const OCTETS: Part = Part::Number(4, "cflow.octets");
const FIRST: Part = Part::Number(4, "cflow.timestart");
const LAST: Part = Part::Number(4, "cflow.timeend");
const SOURCE_PORT: Part = Part::Number(2, "cflow.srcport");
const DESTINATION_PORT: Part = Part::Number(2, "cflow.dstport");
const SOURCE_AS: Part = Part::Number(2, "cflow.srcas");
const DESTINATION_AS: Part = Part::Number(2, "cflow.dstas");
const SOURCE_MASK: Part = Part::Number(1, "cflow.srcmask");
const DESTINATION_MASK: Part = Part::Number(1, "cflow.dstmask");
const PROTOCOL: Part = Part::Number(1, "cflow.protocol");
const SERVICE: Part = Part::Number(1, "cflow.tos");
const MARKED_SERVICE: Part = Part::Bytes(1, "cflow.marked_tos");
const EXTRA_PACKETS: Part = Part::Bytes(4, "cflow.extra_packets");
const FLAGS: Part = Part::Number(1, "cflow.flags");
const TCP_FLAGS: Part = Part::Number(1, "cflow.tcpflags");
const RESERVED: Part = Part::Bytes(2, "cflow.reserved");

const fn padding(len: usize) -> Part {
    Part::Bytes(len, "cflow.padding")
}

#[rustfmt::skip]
const V1: &[Part] = &[
    SOURCE, DESTINATION, NEXT_HOP, INPUT, OUTPUT, PACKETS, OCTETS, FIRST, LAST, SOURCE_PORT,
    DESTINATION_PORT, padding(2), PROTOCOL, SERVICE, TCP_FLAGS, padding(3),
    Part::Bytes(4, "cflow.reserved"),
];

#[rustfmt::skip]
const V5: &[Part] = &[
    SOURCE, DESTINATION, NEXT_HOP, INPUT, OUTPUT, PACKETS, OCTETS, FIRST, LAST, SOURCE_PORT,
    DESTINATION_PORT, padding(1), TCP_FLAGS, PROTOCOL, SERVICE, SOURCE_AS, DESTINATION_AS,
    SOURCE_MASK, DESTINATION_MASK, padding(2),
];

#[rustfmt::skip]
const V7: &[Part] = &[
    SOURCE, DESTINATION, NEXT_HOP, INPUT, OUTPUT, PACKETS, OCTETS, FIRST, LAST, SOURCE_PORT,
    DESTINATION_PORT, FLAGS, TCP_FLAGS, PROTOCOL, SERVICE, SOURCE_AS, DESTINATION_AS, SOURCE_MASK,
    DESTINATION_MASK, padding(2), SHORTCUT,
];

/// The records of version 8, by what they sum up by.
#[rustfmt::skip]
const V8: &[&[Part]] = &[
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_AS, DESTINATION_AS, INPUT, OUTPUT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, PROTOCOL, padding(1), RESERVED, SOURCE_PORT,
      DESTINATION_PORT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_NET, SOURCE_MASK, padding(1), SOURCE_AS, INPUT,
      RESERVED],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, DESTINATION_NET, DESTINATION_MASK, padding(1),
      DESTINATION_AS, OUTPUT, RESERVED],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_NET, DESTINATION_NET, SOURCE_MASK,
      DESTINATION_MASK, RESERVED, SOURCE_AS, DESTINATION_AS, INPUT, OUTPUT],
    &[DESTINATION, PACKETS, OCTETS, FIRST, LAST, OUTPUT, SERVICE, MARKED_SERVICE, EXTRA_PACKETS,
      SHORTCUT],
    &[DESTINATION, SOURCE, PACKETS, OCTETS, FIRST, LAST, OUTPUT, INPUT, SERVICE, MARKED_SERVICE,
      RESERVED, EXTRA_PACKETS, SHORTCUT],
    &[DESTINATION, SOURCE, DESTINATION_PORT, SOURCE_PORT, PACKETS, OCTETS, FIRST, LAST, OUTPUT,
      INPUT, SERVICE, PROTOCOL, MARKED_SERVICE, padding(1), EXTRA_PACKETS, SHORTCUT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_AS, DESTINATION_AS, SERVICE, padding(1), RESERVED,
      INPUT, OUTPUT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, PROTOCOL, SERVICE, RESERVED, SOURCE_PORT,
      DESTINATION_PORT, INPUT, OUTPUT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_NET, SOURCE_MASK, SERVICE, SOURCE_AS, INPUT,
      RESERVED],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, DESTINATION_NET, DESTINATION_MASK, SERVICE,
      DESTINATION_AS, OUTPUT, RESERVED],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_NET, DESTINATION_NET, SOURCE_MASK,
      DESTINATION_MASK, SERVICE, padding(1), SOURCE_AS, DESTINATION_AS, INPUT, OUTPUT],
    &[FLOWS, PACKETS, OCTETS, FIRST, LAST, SOURCE_NET, DESTINATION_NET, SOURCE_MASK,
      DESTINATION_MASK, SERVICE, PROTOCOL, SOURCE_PORT, DESTINATION_PORT, INPUT, OUTPUT],
];

/// The form of the records of version 8 that are summed up by this.
fn form_of(aggregation: u8) -> Option<&'static [Part]> {
    V8.get(usize::from(aggregation).checked_sub(1)?).copied()
}

fn records(form: &[Part], count: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for _ in 0..count {
        for part in form {
            match *part {
                Part::Number(len, name) => drop(reader.number(name, len)?),
                Part::Ipv4(name) => drop(reader.ipv4(name)?),
                Part::Bytes(len, name) => drop(reader.bytes(name, len)?),
            }
        }
    }
    Some(())
}

fn sets(netflow: &Netflow<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_ipfix = netflow.version() == IPFIX;
    let mut kept = Kept::new();
    loop {
        let id = reader.u16("cflow.flowset_id")?;
        let length = usize::from(reader.u16("cflow.flowset_length")?);
        let len = length.checked_sub(SET_HEADER_LEN)?;
        let is_cut = reader.rest().len() < len;
        let mut part = reader.part(len);
        let set = NetflowSet { id, content: part.rest(), is_ipfix };
        // A set that is cut short inside ends what is known of it, not of the others.
        let _ = match set.kind() {
            NetflowSetKind::Data(id) => match kept.of(id) {
                Some(template) => {
                    data(&template, is_cut, &mut part);
                    Some(())
                }
                None => None,
            },
            NetflowSetKind::Reserved(_) => None,
            _ => templates(&set, &mut kept, &mut part),
        };
    }
}

fn templates<'a>(
    set: &NetflowSet<'a>,
    kept: &mut Kept<'a>,
    reader: &mut FieldReader<'a, '_>,
) -> Option<()> {
    let mut templates = set.templates();
    while let Some(template) = reader.sound(templates.next(), reader.place()) {
        kept.keep(template);
        template_fields(&template, reader)?;
    }
    if templates.rest().is_empty() && !reader.is_empty() {
        // A template that is cut short: what is there of it.
        return cut_template(set, reader);
    }
    reader.rest_as("cflow.padding").map(drop)
}

fn template_fields(template: &NetflowTemplate<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    template_header(template.is_options, template.is_ipfix, reader)?;
    template.fields().try_for_each(|field| field_fields(field.is_scope, template.is_ipfix, reader))
}

fn template_header(
    is_options: bool,
    is_ipfix: bool,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    reader.u16("cflow.template_id")?;
    match (is_options, is_ipfix) {
        (false, _) => drop(reader.u16("cflow.template_field_count")?),
        (true, false) => {
            reader.u16("cflow.option_scope_length")?;
            reader.u16("cflow.option_length")?;
        }
        (true, true) => {
            reader.u16("cflow.template_ipfix_total_field_count")?;
            reader.u16("cflow.template_ipfix_scope_field_count")?;
        }
    }
    Some(())
}

fn field_fields(is_scope: bool, is_ipfix: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if !is_ipfix {
        let name = if is_scope { "cflow.scope_field_type" } else { "cflow.template_field_type" };
        reader.u16(name)?;
        return reader.u16("cflow.template_field_length").map(drop);
    }
    let element = reader.word(2)?;
    let has_enterprise = element & 0x8000 != 0;
    // The number of the enterprise stands behind the length.
    let enterprise = reader.rest().get(2..).and_then(|rest| rest.first_chunk());
    let enterprise = enterprise.filter(|_| has_enterprise).map(|id| u32::from_be_bytes(*id));
    reader.flag("cflow.template_ipfix_pen_provided", has_enterprise);
    reader.bits(elements::field_type(enterprise), element & 0x7fff);
    reader.u16("cflow.template_field_length")?;
    if has_enterprise {
        reader.u32("cflow.template_ipfix_field_pen")?;
    }
    Some(())
}

fn cut_template(set: &NetflowSet<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_options = set.kind() == NetflowSetKind::OptionsTemplates;
    template_header(is_options, set.is_ipfix, reader)?;
    loop {
        field_fields(is_options, set.is_ipfix, reader)?;
    }
}

/// Reports the records of a set.
fn data(template: &NetflowTemplate<'_>, is_cut: bool, reader: &mut FieldReader<'_, '_>) {
    let mut records = template.records(reader.rest());
    let is_readable = records.is_readable();
    for found in records.by_ref() {
        record(&found, reader);
    }
    let rest = records.rest();
    if is_cut && is_readable {
        record(&NetflowRecord { template: *template, bytes: rest }, reader);
    } else if is_readable {
        reader.rest_as("cflow.padding");
    }
}

fn record(record: &NetflowRecord<'_>, reader: &mut FieldReader<'_, '_>) {
    let start = reader.place();
    for value in record.values() {
        let at = start.saturating_add(value.at);
        let mut reader = reader.part(value.length_len.saturating_add(value.bytes.len()));
        if value.length_len > 0 {
            reader.u8("cflow.string_len_short");
        }
        if value.length_len > 1 {
            reader.u16("cflow.string_len_long");
        }
        if !value.bytes.is_empty() {
            element(&value, at, record.template.is_ipfix, &mut reader);
        }
    }
}

fn element(
    value: &NetflowValue<'_>,
    at: usize,
    is_ipfix: bool,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    let place = at..at.saturating_add(value.bytes.len());
    let Some(parts) = elements::parts(&value.field, is_ipfix) else {
        let (name, value) = value.value();
        reader.value_at(name, value, place);
        return Some(());
    };
    match parts {
        Parts::TcpFlags => tcp_flags(value.bytes, reader),
        Parts::MplsLabel if value.bytes.len() == 3 => {
            let word = reader.word(3)?;
            let parts = [("cflow.mpls_label", 0x00ff_fff0), ("cflow.mpls_exp", 0x0e)];
            reader.bit_fields(word, &parts);
            reader.flag("cflow.mpls_bos", word & 1 != 0);
            Some(())
        }
        Parts::ForwardingStatus if value.bytes.len() == 1 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("cflow.forwarding_status", 0xc0)]);
            let name = match word >> 6 {
                0 => "cflow.forwarding_status_unknown_code",
                1 => "cflow.forwarding_status_forward_code",
                2 => "cflow.forwarding_status_drop_code",
                _ => "cflow.forwarding_status_consume_code",
            };
            reader.bit_fields(word, &[(name, 0x3f)]);
            Some(())
        }
        Parts::ApplicationId => {
            reader.u8("cflow.appl_id.classification_engine_id")?;
            reader.rest_as("cflow.appl_id.selector_id").map(drop)
        }
        Parts::Icmpv6 if value.bytes.len() == 2 => {
            reader.u8("cflow.icmp_ipv6_type")?;
            reader.u8("cflow.icmp_ipv6_code").map(drop)
        }
        _ => {
            let (name, _) = value.value();
            reader.value_at(name, Value::Bytes(value.bytes), place);
            Some(())
        }
    }
}

/// RFC 7125: one byte, or two of which the first has the length of the header and more flags.
fn tcp_flags(bytes: &[u8], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const COMMON: &[(&str, u64)] = &[
        ("cflow.tcpflags.urg", 0x20),
        ("cflow.tcpflags.ack", 0x10),
        ("cflow.tcpflags.psh", 0x08),
        ("cflow.tcpflags.rst", 0x04),
        ("cflow.tcpflags.syn", 0x02),
        ("cflow.tcpflags.fin", 0x01),
    ];
    if let [flags] = *bytes {
        reader.u8("cflow.tcpflags")?;
        reader.bit_fields(flags, &[("cflow.tcpflags.reserved", 0xc0)]);
        reader.flags(flags.into(), COMMON);
        return Some(());
    }
    // More than two bytes are an encoding of fewer, with zeros in front.
    let flags = big_endian(bytes) & 0xffff;
    reader.skip(bytes.len())?;
    reader.bits("cflow.tcpflags", flags);
    let parts = [("cflow.tcpflags.zero", 0xf000), ("cflow.tcpflags.reserved", 0x0e00)];
    reader.bit_fields(flags, &parts);
    let more =
        [("cflow.tcpflags.ns", 0x0100), ("cflow.tcpflags.cwr", 0x80), ("cflow.tcpflags.ece", 0x40)];
    reader.flags(flags, &more);
    reader.flags(flags, COMMON);
    Some(())
}
