//! The fields of what samples have beside packets and addresses: labels, tunnels, names, radio.

use crate::field_reader::FieldReader;

use super::fields::{Numbers, next_hop, numbers, text};

/// Reports a record of a flow sample.
pub(super) fn flow_record(format: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        1006 => {
            next_hop(reader)?;
            let entries = reader.u32("sflow_245.extended_mpls.in_label_stack_entries")?;
            labels("sflow_245.extended_mpls.in_label", entries, reader)?;
            let entries = reader.u32("sflow_245.extended_mpls.out_label_stack_entries")?;
            labels("sflow_245.extended_mpls.out_label", entries, reader)
        }
        1007 => {
            address("sflow_245.ipv4_src", "sflow_245.ipv6_src", reader)?;
            address("sflow_245.ipv4_dst", "sflow_245.ipv6_dst", reader)
        }
        1008 => {
            let len = reader.u32("sflow_5.extended_mpls_tunnel.name_length")?;
            text(reader, "sflow_5.extended_mpls_tunnel.tunnel_name", len)?;
            reader.u32("sflow_5.extended_mpls_tunnel.id")?;
            reader.u32("sflow_5.extended_mpls_tunnel.cos_value").map(drop)
        }
        1009 => {
            let len = reader.u32("sflow_5.extended_mpls_vc.instance_name_length")?;
            text(reader, "sflow_5.extended_mpls_vc.vc_instance_name", len)?;
            reader.u32("sflow_5.extended_mpls_vc.id")?;
            reader.u32("sflow_5.extended_mpls_vc.label_cos_value").map(drop)
        }
        1010 => {
            let len = reader.u32("sflow_5.extended_mpls.ftn_description_length")?;
            text(reader, "sflow_5.extended_mpls.ftn_description", len)?;
            reader.u32("sflow_5.extended_mpls.ftn_mask").map(drop)
        }
        1011 => reader.u32("sflow_5.extended_mpls.fec_address_prefix_length").map(drop),
        1012 => {
            let layers = reader.u32("sflow_5.extended_vlan_tunnel.number_of_layers")?;
            labels("sflow_5.extended_vlan_tunnel.tpid_tci_pair", layers, reader)
        }
        1013 => {
            reader.number("sflow_5.extended_80211.oui", 3)?;
            reader.u8("sflow_5.extended_80211.suite_type")?;
            let len = reader.u32("sflow_5.extended_80211.payload_length")?;
            reader.bytes("sflow_5.extended_80211.payload", usize::try_from(len).ok()?).map(drop)
        }
        1014 => {
            let len = u32::try_from(reader.word(4)?).ok()?;
            text(reader, "sflow_5.extended_80211.rx.ssid", len)?;
            reader.mac("sflow_5.extended_80211.rx.bssid")?;
            reader.skip(2)?;
            numbers(RECEIVED, reader)
        }
        1015 => {
            let len = u32::try_from(reader.word(4)?).ok()?;
            text(reader, "sflow_5.extended_80211.tx.ssid", len)?;
            reader.mac("sflow_5.extended_80211.tx.bssid")?;
            reader.skip(2)?;
            numbers(SENT, reader)
        }
        _ => None,
    }
}

/// Reports a record of a counters sample.
pub(super) fn counters(format: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match format {
        6 => numbers(RADIO_FRAMES, reader),
        7 => {
            reader.mac("sflow.lag_port.actor_system_id")?;
            reader.bytes("sflow.lag_port.padding", 2)?;
            reader.mac("sflow.lag_port.partner_oper_system_id")?;
            reader.bytes("sflow.lag_port.padding", 2)?;
            reader.u32("sflow.lag_port.attached_agg_id")?;
            let state = reader.u32("sflow.lag_port.state")?;
            // A byte each, as sFlow's LAG structures have it.
            let parts = [
                ("sflow.lag_port.actor_admin_state", 0xff00_0000),
                ("sflow.lag_port.actor_oper_state", 0x00ff_0000),
                ("sflow.lag_port.partner_admin_state", 0x0000_ff00),
                ("sflow.lag_port.partner_oper_state", 0x0000_00ff),
            ];
            reader.bit_fields(state, &parts);
            numbers(AGGREGATION, reader)
        }
        1002 => numbers(RADIO_TIME, reader),
        _ => None,
    }
}

/// Words of four bytes, no more than are there.
fn labels(name: &'static str, count: u32, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    (0..count).try_for_each(|_| reader.u32(name).map(drop))
}

fn address(ipv4: &'static str, ipv6: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.word(4)? {
        1 => reader.ipv4(ipv4).map(drop),
        2 => reader.ipv6(ipv6).map(drop),
        _ => None,
    }
}

/// What came over the air.
const RECEIVED: &Numbers = &[
    ("sflow_5.extended_80211.rx.version", 4),
    ("sflow_5.extended_80211.rx.channel", 4),
    ("sflow_5.extended_80211.rx.speed", 8),
    ("sflow_5.extended_80211.rx.rsni", 4),
    ("sflow_5.extended_80211.rx.rcpi", 4),
    ("sflow_5.extended_80211.rx.packet_duration", 4),
];

/// What went over the air.
const SENT: &Numbers = &[
    ("sflow_5.extended_80211.tx.version", 4),
    ("sflow_5.extended_80211.tx.retransmissions", 4),
    ("sflow_5.extended_80211.tx.packet_duration", 4),
    ("sflow_5.extended_80211.tx.retransmission_duration", 4),
    ("sflow_5.extended_80211.tx.channel", 4),
    ("sflow_5.extended_80211.tx.speed", 8),
    ("sflow_5.extended_80211.tx.power", 4),
];

/// IEEE Std 802.11, counters of a station.
const RADIO_FRAMES: &Numbers = &[
    ("sflow_5.dot11TransmittedFragmentCount", 4),
    ("sflow_5.dot11MulticastTransmittedFrameCount", 4),
    ("sflow_5.dot11FailedCount", 4),
    ("sflow_5.dot11RetryCount", 4),
    ("sflow_5.dot11MultipleRetryCount", 4),
    ("sflow_5.dot11FrameDuplicateCount", 4),
    ("sflow_5.dot11RTSSuccessCount", 4),
    ("sflow_5.dot11RTSFailureCount", 4),
    ("sflow_5.dot11ACKFailureCount", 4),
    ("sflow_5.dot11ReceivedFragmentCount", 4),
    ("sflow_5.dot11MulticastReceivedFrameCount", 4),
    ("sflow_5.dot11FCSErrorCount", 4),
    ("sflow_5.dot11TransmittedFrameCount", 4),
    ("sflow_5.dot11WEPUndecryptableCount", 4),
    ("sflow_5.dot11QoSDiscardedFragmentCount", 4),
    ("sflow_5.dot11AssociatedStationCount", 4),
    ("sflow_5.dot11QoSCFPollsReceivedCount", 4),
    ("sflow_5.dot11QoSCFPollsUnusedCount", 4),
    ("sflow_5.dot11QoSCFPollsUnusableCount", 4),
    ("sflow_5.dot11QoSCFPollsLostCount", 4),
];

/// IEEE Std 802.1AX, counters of a port.
const AGGREGATION: &Numbers = &[
    ("sflow.lag_port.lacpdus.rx", 4),
    ("sflow.lag_port.marker_pdus.rx", 4),
    ("sflow.lag_port.marker_response_pdus.rx", 4),
    ("sflow.lag_port.unknown.rx", 4),
    ("sflow.lag_port.illegal.rx", 4),
    ("sflow.lag_port.lacpdus.tx", 4),
    ("sflow.lag_port.marker_pdus.tx", 4),
    ("sflow.lag_port.marker_response_pdus.tx", 4),
];

/// How busy a radio is, in milliseconds.
const RADIO_TIME: &Numbers = &[
    ("sflow_5.elapsed_time", 4),
    ("sflow_5.on_channel_time", 4),
    ("sflow_5.channel_busy_time", 4),
];
