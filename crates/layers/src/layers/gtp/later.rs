//! Information elements that came after the first release, TS 29.060 section 7.7.30 and on.

use super::digits;
use crate::Value;
use crate::field_reader::FieldReader;
use crate::layers::session_management;

/// Elements that are a number, of so many bytes at most.
const NUMBERS: &[(u16, &str, usize)] = &[
    (21, "gtp.ranap_cause", 1),
    (23, "gtp.rp_sms", 1),
    (27, "gtp.trace_ref", 2),
    (28, "gtp.trace_type", 2),
    (29, "gtp.ms_reason", 1),
    (149, "gtp.ext_apn_res", 1),
    (151, "gtp.ext_rat_type", 1),
    (163, "gtp.hop_count", 1),
    (166, "gtp.mbs_2g_3g_ind", 1),
    (167, "gtp.enhanced_nsapi", 1),
    (176, "gtp.bssgp_cause", 1),
    (181, "gtp.ms_inf_chg_rep_act", 1),
    (183, "gtp.correlation_id", 1),
    (184, "gtp.bcm", 1),
    (187, "gtp.mbms_dist_indic", 1),
    (217, "gtp.ue_usage_type_value", 4),
    (222, "gtp.iov_updates_counter", 1),
    (223, "gtp.mapped_ue_usage_type", 2),
];

/// Elements that are bits of one byte.
const BITS: &[(u16, &[(&str, u64)])] = &[
    (150, &[("gtp.raplcs", 7)]),
    (178, &[("gtp.bssgp.rad", 15)]),
    (182, &[("gtp.ei", 4), ("gtp.gcsi", 2), ("gtp.dti", 1)]),
    (
        191,
        &[
            ("gtp.EARP_pre_emption_Capability", 0x40),
            ("gtp.EARP_priority_level", 0x3c),
            ("gtp.EARP_pre_emption_par_vulnerability", 1),
        ],
    ),
    (197, &[("gtp.cmi", 1)]),
    (202, &[("gtp.ggsn_back_off_time_units", 0xe0), ("gtp.ggsn_back_off_timer", 0x1f)]),
    (203, &[("gtp.lapi", 1)]),
];

/// Elements that are one byte of flags, the highest first.
const FLAGS: &[(u16, [&str; 8])] = &[
    (
        148,
        [
            "gtp.cmn_flg.dual_addr_bearer_flg",
            "gtp.cmn_flg.upgrd_qos_sup",
            "gtp.cmn_flg.nrsn",
            "gtp.cmn_flg.no_qos_neg",
            "gtp.cmn_flg.mbs_cnt_inf",
            "gtp.cmn_flg.mbs_ran_pcd_rdy",
            "gtp.cmn_flg.mbs_srv_type",
            "gtp.cmn_flg.ppc",
        ],
    ),
    (
        193,
        [
            "gtp.ext_comm_flags.uasi",
            "gtp.ext_comm_flags.bdwi",
            "gtp.ext_comm_flags.pcri",
            "gtp.ext_comm_flags.vb",
            "gtp.ext_comm_flags.retloc",
            "gtp.ext_comm_flags.cpsr",
            "gtp.ext_comm_flags.ccrsi",
            "gtp.ext_comm_flags.unauthenticated_imsi",
        ],
    ),
];

/// Reports the value of an element.
#[allow(clippy::too_many_lines, reason = "a table: a few lines an element")]
pub(super) fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if let Some(&(_, name, len)) = NUMBERS.iter().find(|number| number.0 == kind) {
        return reader.number(name, len.min(reader.rest().len()).max(1)).map(drop);
    }
    if let Some((_, parts)) = BITS.iter().find(|bits| bits.0 == kind) {
        let word = reader.word(1)?;
        reader.bit_fields(word, parts);
        return Some(());
    }
    if let Some((_, names)) = FLAGS.iter().find(|flags| flags.0 == kind) {
        let word = reader.word(1)?;
        for (name, bit) in names.iter().zip((0..8).rev()) {
            reader.flag(name, word >> bit & 1 != 0);
        }
        return Some(());
    }
    match kind {
        18 => {
            access_point(reader)?;
            reader.u32("gtp.teid_ii").map(drop)
        }
        22 => {
            access_point(reader)?;
            reader.u16("gtp.rab_gtp_dn")?;
            reader.u16("gtp.rab_gtp_up")?;
            reader.u16("gtp.rab_pdu_dn")?;
            reader.u16("gtp.rab_pdu_up").map(drop)
        }
        24 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtp.rp_nsapi", 0xf0), ("gtp.rp_spare", 8), ("gtp.rp", 7)]);
            Some(())
        }
        25 => {
            access_point(reader)?;
            reader.u8("gtp.pkt_flow_id").map(drop)
        }
        132 => session_management::options(reader),
        134 => {
            let word = reader.word(1)?;
            reader.flag("gsm_map.extension", word & 0x80 != 0);
            let parts = [("gsm_map.nature_of_number", 0x70), ("gsm_map.number_plan", 0x0f)];
            reader.bit_fields(word, &parts);
            digits::field(reader, "e164.msisdn", reader.rest().len())
        }
        137 => session_management::template(reader),
        140 | 146 => {
            access_point(reader)?;
            let name = if kind == 140 { "gtp.teid_data" } else { "gtp.teid" };
            reader.u32(name).map(drop)
        }
        152 => location(reader),
        153 => {
            digits::time_zone(reader, "gtp.timezone", "gtp.timezone.negative")?;
            let word = reader.word(1)?;
            reader.bits("gtp.timezone_dst", word & 3);
            Some(())
        }
        154 => digits::field(reader, "gtp.ext_imeisv", 8.min(reader.rest().len())),
        164 => digits::network(reader, "e212.mcc", "e212.mnc"),
        // The wire has one less.
        189 => {
            let index = reader.word(2)?;
            reader.bits("gtp.rfsp_index", index.saturating_add(1));
            Some(())
        }
        190 => digits::name(reader, "gtp.fqdn"),
        194 => {
            digits::network(reader, "e212.mcc", "e212.mnc")?;
            let word = reader.word(4)?;
            reader.bits("gtp.csg_id", word & 0x07ff_ffff);
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtp.access_mode", 0xc0), ("gtp.cmi", 1)]);
            Some(())
        }
        195 => {
            let word = reader.word(1)?;
            let names = [
                ("gtp.csg_info_rep_act.uciuhc", 4),
                ("gtp.csg_info_rep_act.ucishc", 2),
                ("gtp.csg_info_rep_act.ucicsg", 1),
            ];
            reader.flags(word, &names);
            Some(())
        }
        198 => rates(reader, &["gtp.apn_ambr_ul", "gtp.apn_ambr_dl"]),
        200 => {
            rates(reader, &["gtp.sub_ue_ambr_ul", "gtp.sub_ue_ambr_dl"])?;
            rates(reader, &["gtp.auth_ue_ambr_ul", "gtp.auth_ue_ambr_dl"])
        }
        206 => rates(reader, &["gtp.max_mbr_apn_ambr_ul", "gtp.max_mbr_apn_ambr_dl"]),
        213 => {
            access_point(reader)?;
            let word = reader.word(1)?;
            reader.bits("gtp.sel_mode_val", word & 3);
            Some(())
        }
        214 => reader.u32("gtp.uli_timestamp").map(drop),
        255 => {
            reader.u16("gtp.ext_id")?;
            reader.rest_as("gtp.ext_val").map(drop)
        }
        _ => None,
    }
}

fn access_point(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.bits("gtp.nsapi", word & 15);
    Some(())
}

fn rates(reader: &mut FieldReader<'_, '_>, names: &[&'static str]) -> Option<()> {
    names.iter().try_for_each(|name| reader.u32(name).map(drop))
}

/// TS 29.060, section 7.7.51: a cell, an area of service or an area of routing.
fn location(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u8("gtp.geo_loc_type")?;
    let (country, network) = match kind {
        0 => ("e212.cgi.mcc", "e212.cgi.mnc"),
        1 => ("e212.sai.mcc", "e212.sai.mnc"),
        2 => ("e212.rai.mcc", "e212.rai.mnc"),
        _ => return None,
    };
    digits::network(reader, country, network)?;
    reader.u16("gtp.lac")?;
    match kind {
        0 => reader.u16("gtp.cgi_ci").map(drop),
        1 => reader.u16("gtp.sai_sac").map(drop),
        _ => {
            let &[code, filler] = reader.take()?;
            let bytes = [code, filler];
            reader.bits("gtp.rai_rac", code);
            // The rest of the identity is ones.
            if filler != 0xff {
                reader.value("gtp.ext_val", Value::Bytes(&bytes));
            }
            Some(())
        }
    }
}
