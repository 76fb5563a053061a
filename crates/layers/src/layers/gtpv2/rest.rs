//! The fields of the less common information elements.

use crate::Value;
use crate::field_reader::FieldReader;
use crate::layers::gtp::digits;
use crate::layers::session_management;

use super::{handover, indication};

/// Reports the value of an element.
pub(super) fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        77 => indication::fields(reader),
        78 | 163 | 197 => session_management::options(reader),
        81 => {
            reader.u8("gtpv2.flow_qos_label_qci")?;
            reader.number("gtpv2.flow_qos_mbr_up", 5)?;
            reader.number("gtpv2.flow_qos_mbr_down", 5)?;
            reader.number("gtpv2.flow_qos_gbr_up", 5)?;
            reader.number("gtpv2.flow_qos_gbr_down", 5).map(drop)
        }
        88 => {
            let all = reader.rest();
            reader.u32("gtpv2.tmsi")?;
            reader.value("gtpv2.tmsi_bytes", Value::Bytes(all));
            Some(())
        }
        89 => {
            network(reader)?;
            reader.rest_as("gtpv2.cn_id").map(drop)
        }
        92 => reader.u8("gtpv2.delay_value").map(drop),
        95 => {
            reader.u16("gtpv2.charging_characteristic")?;
            reader.rest_as("gtpv2.charging_characteristic.remaining_octets").map(drop)
        }
        97 => flags(reader, &[("gtpv2.bearer_flag.ppc", 1), ("gtpv2.bearer_flag.vb", 2)]),
        100 => reader.u8("gtpv2.pti").map(drop),
        101 => reader.rest_as("gtpv2.drx_parameter").map(drop),
        111 => reader.u32("gtpv2.p_tmsi").map(drop),
        112 => reader.u24("gtpv2.p_tmsi_sig").map(drop),
        113 => reader.u8("gtpv2.hop_counter").map(drop),
        114 => {
            let negative = "gsm_a.dtap.timezone.negative";
            digits::time_zone(reader, "gsm_a.dtap.timezone", negative)?;
            bits(reader, &[("gtpv2.ue_time_zone_dst", 3)])
        }
        115 => {
            network(reader)?;
            reader.u24("gtpv2.trace_id").map(drop)
        }
        117 => {
            network(reader)?;
            reader.u16("gtpv2.mme_grp_id")?;
            reader.u8("gtpv2.mme_code")?;
            reader.bytes("gtpv2.m_tmsi", 4).map(drop)
        }
        118 => bits(reader, &[("gtpv2.container_type", 15)]),
        120 => network(reader),
        126 => reader.u16("gtpv2.upd_source_port_number").map(drop),
        130 => reader.u8("gtpv2.bearer_control_mode").map(drop),
        131 => reader.u8("gtpv2.cng_rep_act").map(drop),
        132 => connection_set(reader),
        135 => reader.u8("gtpv2.node_type").map(drop),
        136 => digits::name(reader, "gtpv2.fqdn"),
        137 => reader.rest_as("gtpv2.ti").map(drop),
        144 => reader.u16("gtpv2.subscriber_rfsp").map(drop),
        145 => {
            network(reader)?;
            let word = reader.word(4)?;
            let parts =
                [("gtpv2.cui_csg_id_spare", 0xf800_0000), ("gtpv2.cui_csg_id", 0x07ff_ffff)];
            reader.bit_fields(word, &parts);
            let parts = [("gtpv2.uci_access_mode", 0xc0)];
            let word = reader.word(1)?;
            reader.bit_fields(word, &parts);
            let names = [("gtpv2.uci_leave_csg", 2), ("gtpv2.uci_csg_membership", 1)];
            reader.flags(word, &names);
            Some(())
        }
        146 => flags(
            reader,
            &[
                ("gtpv2.csg_info_rep_action.uciuhc", 4),
                ("gtpv2.csg_info_rep_action.ucishc", 2),
                ("gtpv2.csg_info_rep_action.ucicsg", 1),
            ],
        ),
        149 => reader.u8("gtpv2.service_indicator").map(drop),
        150 => reader.u8("gtpv2.detach_type").map(drop),
        151 => reader.rest_text("gtpv2.ldn").map(drop),
        _ => newer(kind, reader),
    }
}

/// Elements that came with later releases.
fn newer(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        152 => {
            let names = [
                ("gtpv2.node_features_prn", 1),
                ("gtpv2.node_features_mabr", 2),
                ("gtpv2.node_features_ntsr", 4),
                ("gtpv2.node_features_ciot", 8),
            ];
            flags(reader, &names)?;
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        154 => {
            let unit = ("gtpv2.throttling_delay_unit", 0xe0);
            bits(reader, &[unit, ("gtpv2.throttling_delay_value", 0x1f)])?;
            reader.u8("gtpv2.throttling_factor")?;
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        155 => {
            let word = reader.word(1)?;
            reader.flag("gtpv2.arp_pci", word & 0x40 != 0);
            reader.bits("gtpv2.arp_pl", word >> 2 & 15);
            reader.flag("gtpv2.arp_pvi", word & 1 != 0);
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        156 => bits(reader, &[("gtpv2.timer_unit", 0xe0), ("gtpv2.timer_value", 0x1f)]),
        157 => flags(reader, &[("gtpv2.lapi", 1)]),
        161 => {
            reader.u32("gtpv2.mmbr_ul")?;
            reader.u32("gtpv2.mmbr_dl").map(drop)
        }
        166 => {
            reader.u8("gtpv2.ip4cp_subnet_prefix_len")?;
            reader.ipv4("gtpv2.ip4cp_ipv4")?;
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        167 => {
            let names =
                [("gtpv2.change_report_flags_sncr", 1), ("gtpv2.change_report_flags_tzcr", 2)];
            flags(reader, &names)?;
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        168 => {
            bits(reader, &[("gtpv2.action_indication_val", 7)])?;
            reader.rest_as("gtpv2.spare_bytes").map(drop)
        }
        170 => reader.u32("gtpv2.uli_timestamp").map(drop),
        178 => {
            reader.u24("gtpv2.pres_rep_area_info_id")?;
            let word = reader.u8("gtpv2.pres_rep_area_info_flags")?;
            reader.bits("gtpv2.pres_rep_area_info_spare", word >> 4);
            let names = [
                ("gtpv2.pres_rep_area_info_flag_inapra", 8),
                ("gtpv2.pres_rep_area_info_flag_apra", 4),
                ("gtpv2.pres_rep_area_info_flag_opra", 2),
                ("gtpv2.pres_rep_area_info_flag_ipra", 1),
            ];
            reader.flags(word.into(), &names);
            Some(())
        }
        182 => reader.u8("gtpv2.metric").map(drop),
        183 => reader.u32("gtpv2.sequence_number").map(drop),
        184 => {
            reader.u8("gtpv2.relative_capacity")?;
            let len = reader.u8("gtpv2.apn_length")?;
            digits::name(&mut reader.part(len.into()), "gtpv2.apn")
        }
        194 => {
            let word = reader.u8("gtpv2.ciot_support_ind")?;
            reader.bits("gtpv2.ciot_support_ind.spare_bits", word >> 4);
            let names = [
                ("gtpv2.ciot_support_ind.ihcsi", 8),
                ("gtpv2.ciot_support_ind.awopdn", 4),
                ("gtpv2.ciot_support_ind.scnipdn", 2),
                ("gtpv2.ciot_support_ind.sgnipdn", 1),
            ];
            reader.flags(word.into(), &names);
            Some(())
        }
        198 => {
            reader.u16("gtpv2.uplink_rate_limit")?;
            reader.u16("gtpv2.downlink_rate_limit").map(drop)
        }
        199 => {
            reader.u32("gtpv2.timestamp_value")?;
            reader.u8("gtpv2.counter_value").map(drop)
        }
        207 => reader.u32("gtpv2.additional_rrm_policy_index").map(drop),
        255 => {
            reader.u16("gtpv2.enterprise_id")?;
            reader.rest_as("gtpv2.proprietary_value").map(drop)
        }
        _ => handover::value(kind, reader),
    }
}

fn network(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    digits::network(reader, "e212.mcc", "e212.mnc")
}

/// One byte of flags.
fn flags(reader: &mut FieldReader<'_, '_>, names: &[(&'static str, u64)]) -> Option<()> {
    let word = reader.word(1)?;
    reader.flags(word, names);
    Some(())
}

/// One byte of parts.
fn bits(reader: &mut FieldReader<'_, '_>, parts: &[(&'static str, u64)]) -> Option<()> {
    let word = reader.word(1)?;
    reader.bit_fields(word, parts);
    Some(())
}

/// TS 29.274, section 8.62: numbers of sets of connections, of a node.
fn connection_set(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.bit_fields(word, &[("gtpv2.fq_csid_type", 0xf0), ("gtpv2.fq_csid_nr", 0x0f)]);
    match word >> 4 {
        0 => drop(reader.ipv4("gtpv2.fq_csid_ipv4")?),
        1 => drop(reader.ipv6("gtpv2.fq_csid_ipv6")?),
        _ => {
            let word = reader.word(4)?;
            let parts =
                [("gtpv2.fq_csid_mcc_mnc", 0xffff_f000), ("gtpv2.fq_csid_node_id", 0x0000_0fff)];
            reader.bit_fields(word, &parts);
        }
    }
    for _ in 0..word & 15 {
        reader.u16("gtpv2.fq_csid_id")?;
    }
    Some(())
}
