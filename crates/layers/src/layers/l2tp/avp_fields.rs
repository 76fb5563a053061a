//! Fields of L2TP attribute value pairs, under Wireshark's names.

use super::avp::{HEADER_LEN, L2tpAvp, L2tpAvps, L2tpValue};
use crate::layers::ppp::control::text;
use crate::parts::Places;
use crate::{FieldSink, Value};

/// Reports pairs that start at `start`, up to the first error. Wireshark shows no more of a hidden
/// pair than that it is hidden.
pub(super) fn avps(bytes: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let mut at = start;
    let mut avps = L2tpAvps::new(bytes);
    while let Some(avp) = sink.sound(avps.next(), at) {
        let len = HEADER_LEN.saturating_add(avp.value.len());
        let mut places = Places(at);
        let place = places.next(2);
        sink.flag("l2tp.avp.mandatory", avp.is_mandatory, place.clone());
        sink.flag("l2tp.avp.hidden", avp.is_hidden, place.clone());
        sink.number("l2tp.avp.length", len as u64, place);
        if !avp.is_hidden {
            sink.number("l2tp.avp.vendor_id", avp.vendor_id, places.next(2));
            sink.number(type_name(avp.vendor_id), avp.attribute.0, places.next(2));
            value(&avp, places, sink);
        }
        at = at.saturating_add(len);
    }
}

/// Wireshark's name for the attribute type: one for each vendor that it knows.
fn type_name(vendor_id: u16) -> &'static str {
    match vendor_id {
        9 => "l2tp.avp.ciscotype",
        193 => "l2tp.avp.ericssontype",
        3561 => "l2tp.avp.broadbandtype",
        4491 => "l2tp.avp.cablelabstype",
        _ => "l2tp.avp.type",
    }
}

fn value(avp: &L2tpAvp<'_>, mut places: Places, sink: &mut dyn FieldSink) {
    let all = places.0..places.0.saturating_add(avp.value.len());
    match avp.understand() {
        // Wireshark has no names for these.
        L2tpValue::Empty | L2tpValue::Unknown(_) => {}
        L2tpValue::Number(number) => self::number(avp.attribute.0, number, all, sink),
        L2tpValue::Text(bytes) => {
            if let Some(name) = name(avp.attribute.0) {
                sink.value(name, text(bytes), all);
            }
        }
        L2tpValue::Bytes(bytes) => {
            if let Some(name) = name(avp.attribute.0) {
                sink.bytes(name, bytes, all);
            }
        }
        L2tpValue::Result { result, error, message } => {
            sink.number("l2tp.result_code", result, places.next(2));
            if let Some(error) = error {
                sink.number("l2tp.avp.error_code", error, places.next(2));
            }
            words("l2tp.avp.error_message", message, places, sink);
        }
        L2tpValue::Version { version, revision } => {
            sink.number("l2tp.avp.protocol_version", version, places.next(1));
            sink.number("l2tp.avp.protocol_revision", revision, places.next(1));
        }
        L2tpValue::Cause { code, message, advisory } => {
            sink.number("l2tp.avp.cause_code", code, places.next(2));
            sink.number("l2tp.avp.cause_msg", message, places.next(1));
            words("l2tp.avp.advisory_msg", advisory, places, sink);
        }
        L2tpValue::Disconnect { code, protocol, direction, message } => {
            sink.number("l2tp.avp.disconnect_code", code, places.next(2));
            sink.number("l2tp.avp.control_protocol_number", protocol, places.next(2));
            sink.number("l2tp.avp.cause_code_direction", direction, places.next(1));
            words("l2tp.avp.cause_code_message", message, places, sink);
        }
        L2tpValue::CallErrors(counts) => {
            const NAMES: [&str; 6] = [
                "l2tp.avp.crc_errors",
                "l2tp.avp.framing_errors",
                "l2tp.avp.hardware_overruns",
                "l2tp.avp.buffer_overruns",
                "l2tp.avp.time_out_errors",
                "l2tp.avp.alignment_errors",
            ];
            places.next(2);
            for (name, count) in NAMES.iter().zip(counts) {
                sink.number(name, count, places.next(4));
            }
        }
        L2tpValue::ControlCharacters { send, receive } => {
            places.next(2);
            sink.number("l2tp.avp.send_accm", send, places.next(4));
            sink.number("l2tp.avp.receive_accm", receive, places.next(4));
        }
        L2tpValue::PseudowireTypes(types) => {
            for kind in types {
                sink.number("l2tp.avp.pw_type", *kind, places.next(2));
            }
        }
    }
}

/// Words behind the numbers of a value, if there are any.
fn words(name: &'static str, bytes: &[u8], mut places: Places, sink: &mut dyn FieldSink) {
    if !bytes.is_empty() {
        sink.value(name, text(bytes), places.next(bytes.len()));
    }
}

fn number(attribute: u16, number: u64, all: std::ops::Range<usize>, sink: &mut dyn FieldSink) {
    /// Attributes whose numbers are bits: the name of the bit 1 and of the bit 0.
    const BITS: [(u16, [&str; 2]); 4] = [
        (3, ["l2tp.avp.async_framing_supported", "l2tp.avp.sync_framing_supported"]),
        (4, ["l2tp.avp.analog_access_supported", "l2tp.avp.digital_access_supported"]),
        (18, ["l2tp.avp.analog_bearer_type", "l2tp.avp.digital_bearer_type"]),
        (19, ["l2tp.avp.async_framing_type", "l2tp.avp.sync_framing_type"]),
    ];
    if let Some((_, [high, low])) = BITS.iter().find(|bits| bits.0 == attribute) {
        sink.flag(high, number & 2 != 0, all.clone());
        sink.flag(low, number & 1 != 0, all);
    } else if attribute == 71 {
        sink.flag("l2tp.avp.circuit_status", number & 1 != 0, all.clone());
        sink.flag("l2tp.avp.circuit_type", number & 2 != 0, all);
    } else if attribute == 32 {
        // The identifier stands in the lower of two bytes.
        sink.number("l2tp.avp.proxy_authen_id", number, all.start.saturating_add(1)..all.end);
    } else if let Some(name) = name(attribute) {
        sink.value(name, Value::Number(number), all);
    }
}

/// Wireshark's name for the value of an attribute that is one number, text or bytes.
fn name(attribute: u16) -> Option<&'static str> {
    Some(match attribute {
        0 => "l2tp.avp.message_type",
        5 => "l2tp.tie_breaker",
        6 => "l2tp.avp.firmware_revision",
        7 => "l2tp.avp.host_name",
        8 => "l2tp.avp.vendor_name",
        9 => "l2tp.avp.assigned_tunnel_id",
        10 => "l2tp.avp.receive_window_size",
        11 => "l2tp.avp.chap_challenge",
        13 => "l2tp.avp.chap_challenge_response",
        14 => "l2tp.avp.assigned_session_id",
        15 => "l2tp.avp.call_serial_number",
        16 => "l2tp.avp.minimum_bps",
        17 => "l2tp.avp.maximum_bps",
        21 => "l2tp.avp.called_number",
        22 => "l2tp.avp.calling_number",
        23 => "l2tp.avp.sub_address",
        24 => "l2tp.avp.connect_speed",
        25 => "l2tp.avp.physical_channel",
        26 => "l2tp.avp.initial_received_lcp_confreq",
        27 => "l2tp.avp.last_sent_lcp_confreq",
        28 => "l2tp.avp.last_received_lcp_confreq",
        29 => "l2tp.avp.proxy_authen_type",
        30 => "l2tp.avp.proxy_authen_name",
        31 => "l2tp.avp.proxy_authen_challenge",
        33 => "l2tp.avp.proxy_authen_response",
        36 => "l2tp.avp.random_vector",
        37 => "l2tp.avp.private_group_id",
        38 => "l2tp.avp.rx_connect_speed",
        59 => "l2tp.avp.message_digest",
        60 => "l2tp.avp.router_id",
        61 => "l2tp.avp.assigned_control_conn_id",
        63 => "l2tp.avp.local_session_id",
        64 => "l2tp.avp.remote_session_id",
        65 => "l2tp.avp.assigned_cookie",
        66 => "l2tp.avp.remote_end_id",
        68 => "l2tp.avp.pseudowire_type",
        69 => "l2tp.avp.layer2_specific_sublayer",
        70 => "l2tp.avp.data_sequencing",
        72 => "l2tp.avp.preferred_language",
        73 => "l2tp.avp.nonce",
        74 => "l2tp.avp.tx_connect_speed_v3",
        75 => "l2tp.avp.rx_connect_speed_v3",
        _ => return None,
    })
}
