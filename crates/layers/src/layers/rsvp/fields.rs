//! The fields of messages and objects under tshark's names.

use super::object::OBJECT_HEADER_LEN;
use super::route;
use crate::field_reader::FieldReader;

/// Reports a message, up to the first thing that is cut short.
pub(super) fn message(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.bit_fields(word, &[("rsvp.version", 0xf0), ("rsvp.flags", 0x0f)]);
    reader.u8("rsvp.msg")?;
    reader.u16("rsvp.message_checksum")?;
    reader.u8("rsvp.sending_ttl")?;
    reader.skip(1)?;
    reader.u16("rsvp.message_length")?;
    while !reader.is_empty() {
        let length = reader.u16("rsvp.length")?;
        let class = reader.u8("rsvp.object")?;
        let c_type = reader.u8(c_type_name(class))?;
        let len = usize::from(length).checked_sub(OBJECT_HEADER_LEN)?;
        // An object that is cut short inside does not hide the next.
        let _ = content(class, c_type, &mut reader.part(len));
    }
    Some(())
}

fn c_type_name(class: u8) -> &'static str {
    match class {
        1 => "rsvp.ctype.session",
        3 => "rsvp.ctype.hop",
        4 => "rsvp.ctype.integrity",
        5 => "rsvp.ctype.time_values",
        6 => "rsvp.ctype.error",
        7 => "rsvp.ctype.scope",
        8 => "rsvp.ctype.style",
        9 => "rsvp.ctype.flowspec",
        10 | 11 => "rsvp.ctype.template",
        12 => "rsvp.ctype.tspec",
        13 => "rsvp.ctype.adspec",
        15 => "rsvp.ctype.confirm",
        16 | 35 | 129 => "rsvp.ctype.label",
        19 => "rsvp.ctype.label_request",
        20 => "rsvp.ctype.explicit_route",
        21 => "rsvp.ctype.record_route",
        22 => "rsvp.ctype.hello",
        23 => "rsvp.ctype.message_id",
        24 => "rsvp.ctype.message_id_ack",
        25 => "rsvp.ctype.message_id_list",
        63 => "rsvp.ctype.detour",
        131 => "rsvp.ctype.restart_cap",
        205 => "rsvp.ctype.fast_reroute",
        207 => "rsvp.ctype.attribute",
        _ => "rsvp.ctype.unknown",
    }
}

fn content(class: u8, c_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match class {
        1 => session(c_type, reader),
        3 => {
            match c_type {
                1 => drop(reader.ipv4("rsvp.hop.neighbor_address_ipv4")?),
                2 => drop(reader.ipv6("rsvp.neighbor_address_ipv6")?),
                _ => return None,
            }
            reader.u32("rsvp.hop.logical_interface").map(drop)
        }
        4 if c_type == 1 => {
            let flags = reader.u8("rsvp.integrity.flags")?;
            reader.flags(flags.into(), &[("rsvp.integrity.flags.handshake", 1)]);
            reader.skip(1)?;
            reader.bytes("rsvp.integrity.key_identifier", 6)?;
            reader.number("rsvp.integrity.sequence_number", 8)?;
            reader.rest_as("rsvp.integrity.hash").map(drop)
        }
        5 if c_type == 1 => reader.u32("rsvp.refresh_interval").map(drop),
        6 if c_type == 1 => {
            reader.ipv4("rsvp.error.error_node_ipv4")?;
            let flags = reader.u8("rsvp.error_flags")?;
            let names = [
                ("rsvp.error_flags.path_state_removed", 4),
                ("rsvp.error_flags.not_guilty", 2),
                ("rsvp.error_flags.in_place", 1),
            ];
            reader.flags(flags.into(), &names);
            reader.u8("rsvp.error.error_code")?;
            reader.u16("rsvp.error_value").map(drop)
        }
        7 if c_type == 1 => {
            while !reader.is_empty() {
                reader.ipv4("rsvp.scope.ipv4_address")?;
            }
            Some(())
        }
        8 if c_type == 1 => {
            reader.u8("rsvp.style.flags")?;
            reader.u24("rsvp.style.style").map(drop)
        }
        9 if c_type == 2 => service(&FLOWSPEC, reader),
        12 if c_type == 2 => service(&TSPEC, reader),
        10 | 11 => template(class, c_type, reader),
        13 if c_type == 2 => advertisement(reader),
        15 if c_type == 1 => reader.ipv4("rsvp.confirm.receiver_address_ipv4").map(drop),
        16 | 35 | 129 => label(c_type, reader),
        20 if c_type == 1 => route::fields(false, reader),
        21 if c_type == 1 => route::fields(true, reader),
        _ => newer(class, c_type, reader),
    }
}

/// Objects of extensions.
fn newer(class: u8, c_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match (class, c_type) {
        (19, 1) => {
            reader.skip(2)?;
            reader.u16("rsvp.label_request.l3pid").map(drop)
        }
        (19, 4) => {
            reader.u8("rsvp.label_request.lsp_encoding_type")?;
            reader.u8("rsvp.label_request.switching_type")?;
            reader.u16("rsvp.label_request.g_pid").map(drop)
        }
        (22, 1 | 2) => {
            reader.u32("rsvp.hello.source_instance")?;
            reader.u32("rsvp.hello.destination_instance").map(drop)
        }
        (23, 1) => {
            reader.u8("rsvp.message_id.flags")?;
            reader.u24("rsvp.message_id.epoch")?;
            reader.u32("rsvp.message_id.message_id").map(drop)
        }
        (24, 1) => {
            reader.u8("rsvp.message_id_ack.flags")?;
            reader.u24("rsvp.message_id_ack.epoch")?;
            reader.u32("rsvp.message_id_ack.message_id").map(drop)
        }
        (25, 1) => {
            reader.u8("rsvp.message_id_list.flags")?;
            reader.u24("rsvp.message_id_list.epoch")?;
            while !reader.is_empty() {
                reader.u32("rsvp.message_id_list.message_id")?;
            }
            Some(())
        }
        (131, 1) => {
            reader.u32("rsvp.restart_cap.restart_time")?;
            reader.u32("rsvp.restart_cap.recovery_time").map(drop)
        }
        (205, 1) => {
            reader.u8("rsvp.fast_reroute.setup_priority")?;
            reader.u8("rsvp.fast_reroute.hold_priority")?;
            reader.u8("rsvp.fast_reroute.hop_limit")?;
            let flags = reader.u8("rsvp.fast_reroute.flags")?;
            let names =
                [("rsvp.frr.flags.one2one_backup", 1), ("rsvp.frr.flags.facility_backup", 2)];
            reader.flags(flags.into(), &names);
            reader.f32("rsvp.fast_reroute.bandwidth")?;
            reader.u32("rsvp.fast_reroute.include_any")?;
            reader.u32("rsvp.fast_reroute.exclude_any")?;
            reader.u32("rsvp.fast_reroute.include_all").map(drop)
        }
        (207, 1) => {
            reader.u32("rsvp.session_attribute.exclude_any")?;
            reader.u32("rsvp.session_attribute.include_any")?;
            reader.u32("rsvp.session_attribute.include_all")?;
            attribute(reader)
        }
        (207, 7) => attribute(reader),
        (63, _) => None,
        _ => reader.rest_as("rsvp.unknown.data").map(drop),
    }
}

fn session(c_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match c_type {
        1 => {
            reader.ipv4("rsvp.session.ip")?;
            reader.u8("rsvp.session.proto")?;
            reader.u8("rsvp.session.flags")?;
            reader.u16("rsvp.session.port").map(drop)
        }
        2 => {
            reader.ipv6("rsvp.session.destination_address")?;
            reader.u8("rsvp.session.protocol")?;
            reader.u8("rsvp.session.flags")?;
            reader.u16("rsvp.session.destination_port").map(drop)
        }
        7 => {
            reader.ipv4("rsvp.session.ip")?;
            reader.u16("rsvp.session.short_call_id")?;
            reader.u16("rsvp.session.tunnel_id")?;
            reader.u32("rsvp.extended_tunnel_id").map(drop)
        }
        _ => None,
    }
}

fn template(class: u8, c_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match c_type {
        1 => {
            reader.ipv4("rsvp.sender.ip")?;
            reader.skip(2)?;
            reader.u16("rsvp.sender.port").map(drop)
        }
        2 => {
            reader.ipv6("rsvp.template_filter.source_address_ipv6")?;
            reader.skip(2)?;
            reader.u16("rsvp.template_filter.source_port").map(drop)
        }
        7 => {
            reader.ipv4("rsvp.sender.ip")?;
            // Only a sender has a call; the bytes of a filter are reserved.
            if class == 11 {
                reader.u16("rsvp.sender.short_call_id")?;
            } else {
                reader.skip(2)?;
            }
            reader.u16("rsvp.sender.lsp_id").map(drop)
        }
        _ => None,
    }
}

fn label(c_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let name = if c_type == 1 { "rsvp.label.label" } else { "rsvp.label.generalized_label" };
    while !reader.is_empty() {
        reader.u32(name)?;
    }
    Some(())
}

fn attribute(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("rsvp.session_attribute.setup_priority")?;
    reader.u8("rsvp.session_attribute.hold_priority")?;
    let flags = reader.u8("rsvp.session_attribute.flags")?;
    let names = [
        ("rsvp.sa.flags.local", 0x01),
        ("rsvp.sa.flags.label", 0x02),
        ("rsvp.sa.flags.se_style", 0x04),
        ("rsvp.sa.flags.bandwidth", 0x08),
        ("rsvp.sa.flags.node", 0x10),
    ];
    reader.flags(flags.into(), &names);
    let len = reader.u8("rsvp.session_attribute.name_length")?;
    reader.text("rsvp.session_attribute.name", len.into()).map(drop)
}

/// The names of what describes traffic, RFC 2210 section 3.
struct Service {
    version: &'static str,
    header: &'static str,
    rate: &'static str,
    size: &'static str,
    peak: &'static str,
}

const FLOWSPEC: Service = Service {
    version: "rsvp.flowspec.message_format_version",
    header: "rsvp.flowspec.service_header",
    rate: "rsvp.flowspec.token_bucket_rate",
    size: "rsvp.flowspec.token_bucket_size",
    peak: "rsvp.flowspec.peak_data_rate",
};

const TSPEC: Service = Service {
    version: "rsvp.tspec.message_format_version",
    header: "rsvp.tspec.service_header",
    rate: "rsvp.tspec.token_bucket_rate",
    size: "rsvp.tspec.token_bucket_size",
    peak: "rsvp.tspec.peak_data_rate",
};

/// A token bucket, as senders and reservations of controlled load have it.
fn service(names: &Service, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// RFC 2215, section 3.6: the parameter of a token bucket.
    const TOKEN_BUCKET: u8 = 127;
    let word = reader.word(2)?;
    reader.bits(names.version, word >> 12);
    reader.u16("rsvp.data_length")?;
    reader.u8(names.header)?;
    reader.skip(1)?;
    reader.u16("rsvp.data_length")?;
    let parameter = reader.u8("rsvp.parameter")?;
    reader.u8("rsvp.parameter_flags")?;
    reader.u16("rsvp.parameter_length")?;
    if parameter == TOKEN_BUCKET {
        reader.f32(names.rate)?;
        reader.f32(names.size)?;
        reader.f32(names.peak)?;
        reader.u32("rsvp.minimum_policed_unit")?;
        reader.u32("rsvp.maximum_packet_size")?;
    }
    Some(())
}

/// RFC 2210, section 3.3: what the network can do, a service at a time.
fn advertisement(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    /// RFC 2215, section 3.4: the bandwidth of a path, the one parameter with a fraction.
    const BANDWIDTH: u8 = 6;
    let word = reader.word(2)?;
    reader.bits("rsvp.adspec.message_format_version", word >> 12);
    reader.u16("rsvp.data_length")?;
    while !reader.is_empty() {
        reader.u8("rsvp.adspec.service_header")?;
        let flags = reader.word(1)?;
        reader.flag("rsvp.adspec.break_bit", flags & 0x80 != 0);
        let words = reader.u16("rsvp.data_length")?;
        let mut parameters = reader.part(usize::from(words).saturating_mul(4));
        while !parameters.is_empty() {
            let kind = parameters.u8("rsvp.adspec.type")?;
            parameters.skip(1)?;
            parameters.u16("rsvp.adspec.len")?;
            if kind == BANDWIDTH {
                parameters.f32("rsvp.adspec.float")?;
            } else {
                parameters.u32("rsvp.adspec.uint")?;
            }
        }
    }
    Some(())
}
