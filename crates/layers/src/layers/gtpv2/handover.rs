//! The fields of information elements of handovers, of other networks and of broadcasts.

use crate::field_reader::FieldReader;
use crate::layers::gtp::digits;
use crate::layers::session_management;

/// Reports the value of an element.
pub(super) fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        51 => {
            let bytes = reader.rest();
            reader.again().bytes("gtpv2.stn_sr", bytes.len())?;
            let word = reader.word(1)?;
            reader.flag("gsm_map.extension", word & 0x80 != 0);
            let parts = [("gsm_map.nature_of_number", 0x70), ("gsm_map.number_plan", 0x0f)];
            reader.bit_fields(word, &parts);
            digits::field(reader, "gsm_map.address.digits", reader.rest().len())
        }
        52 | 53 => {
            reader.u8("gtpv2.len_trans_con")?;
            reader.rest_as("gtpv2.transparent_container").map(drop)
        }
        54 => key(reader, "gtpv2.eksi", "gtpv2.cksrvcc", "gtpv2.iksrvcc"),
        55 => key(reader, "gtpv2.ksi", "gtpv2.utran_srvcc.ck_cs", "gtpv2.utran_srvcc.ik_cs"),
        56 => reader.u8("gtpv2.srvcc_cause").map(drop),
        57 | 58 => {
            digits::network(reader, "e212.rai.mcc", "e212.rai.mnc")?;
            reader.u16("gtpv2.lac")?;
            let name = if kind == 57 { "gtpv2.rnc_id" } else { "gtpv2.tgt_g_cell_id" };
            reader.u16(name).map(drop)
        }
        59 => {
            reader.u32("gtpv2.teid_c")?;
            reader.rest_as("gtpv2.teid_c.spare").map(drop)
        }
        60 => {
            let word = reader.word(1)?;
            let names = [("gtpv2.sv_sti", 4), ("gtpv2.sv_ics", 2), ("gtpv2.sv_emind", 1)];
            reader.flags(word, &names);
            reader.rest_as("gtpv2.teid_c.spare").map(drop)
        }
        61 => {
            digits::network(reader, "e212.sai.mcc", "e212.sai.mnc")?;
            reader.u16("gtpv2.lac")?;
            reader.u16("gtpv2.sac").map(drop)
        }
        62 => key(reader, "gtpv2.ksi_ps", "gtpv2.ck_ps", "gtpv2.ik_ps"),
        84 | 85 => session_management::template(reader),
        90 => {
            let len = reader.u8("gtpv2.hsgw_addr_f_len")?;
            address(reader, len, "gtpv2.hsgw_addr_ipv4", "gtpv2.hsgw_addr_ipv6")?;
            reader.u32("gtpv2.gre_key").map(drop)
        }
        91 => {
            bearer(reader)?;
            let len = reader.u8("gtpv2.serving_gw_address_length")?;
            let (v4, v6) = ("gtpv2.sgw_addr_ipv4", "gtpv2.sgw_addr_ipv6");
            address(reader, len, v4, v6)?;
            reader.u32("gtpv2.sgw_s1u_teid").map(drop)
        }
        110 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtpv2.spare_bits", 0xf0), ("gtpv2.pdn_numbers_nsapi", 15)]);
            sequence_numbers(reader)?;
            reader.u16("gtpv2.send_n_pdu_number")?;
            reader.u16("gtpv2.receive_n_pdu_number").map(drop)
        }
        116 => reader.u8("gtpv2.complete_req_msg_type").map(drop),
        121 => target(reader),
        123 => {
            bearer(reader)?;
            reader.rest_as("gtpv2.packet_flow_id").map(drop)
        }
        124 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtpv2.spare_bits", 0xf0), ("gtpv2.nsapi", 0x0f)]);
            sequence_numbers(reader)?;
            reader.u16("gtpv2.dl_pdcp_sequence_number")?;
            reader.u16("gtpv2.ul_pdcp_sequence_number").map(drop)
        }
        125 => reader.rest_as("gtpv2.rrc_container").map(drop),
        134 => {
            let word = reader.word(1)?;
            let parts = [("gsm_a.bssmap.spare_bits", 0xf8), ("gsm_a.bssmap.emlpp_priority", 0x07)];
            reader.bit_fields(word, &parts);
            Some(())
        }
        _ => broadcast(kind, reader),
    }
}

/// Elements of broadcasts, and of what came with later releases.
fn broadcast(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        138 => {
            let word = reader.word(3)?;
            reader.bits("gtpv2.mbms_session_duration_days", word & 0x7f);
            reader.bits("gtpv2.mbms_session_duration_secs", word >> 7);
        }
        139 => {
            // The wire has one less.
            let count = reader.word(1)?;
            reader.bits("gtpv2.mbms_service_area_nr", count.saturating_add(1));
            while !reader.is_empty() {
                reader.u16("gtpv2.mbms_service_area_id")?;
            }
        }
        140 => drop(reader.bytes("gtpv2.mbms_session_id", 1)?),
        141 => drop(reader.bytes("gtpv2.mbms_flow_id", 2)?),
        143 => {
            let word = reader.word(1)?;
            reader.bits("gtpv2.mbms_dist_indication", word & 3);
        }
        147 => {
            let word = reader.word(4)?;
            let parts = [("gtpv2.spare_bits", 0xf800_0000), ("gtpv2.csg_id", 0x07ff_ffff)];
            reader.bit_fields(word, &parts);
        }
        148 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtpv2.spare_bits", 0xfe)]);
            reader.flag("gtpv2.cmi", word & 1 != 0);
        }
        158 => {
            reader.bytes("gtpv2.mbms_service_id", 3)?;
            digits::network(reader, "e212.mcc", "e212.mnc")?;
        }
        160 => {
            let word = reader.word(1)?;
            reader.flags(word, &[("gtpv2.vsrvcc_flag", 2), ("gtpv2.add_flags_for_srvcc_ics", 1)]);
        }
        165 => {
            let word = reader.word(1)?;
            reader.flag("gtpv2.henb_info_report_fti", word & 1 != 0);
        }
        176 => {
            let len = reader.u8("gtpv2.length_of_node_name")?;
            reader.text("gtpv2.node_name", len.into())?;
            let len = reader.u8("gtpv2.length_of_node_realm")?;
            return reader.text("gtpv2.node_realm", len.into()).map(drop);
        }
        202 => {
            let word = reader.word(1)?;
            reader.bit_fields(word, &[("gtpv2.spare_bits", 0xfe)]);
            reader.flag("gtpv2.dcnr", word & 1 != 0);
        }
        _ => return None,
    }
    reader.rest_as("gtpv2.spare_bytes").map(drop)
}

/// A key set, and its two keys.
fn key(
    reader: &mut FieldReader<'_, '_>,
    set: &'static str,
    cipher: &'static str,
    integrity: &'static str,
) -> Option<()> {
    let word = reader.word(1)?;
    reader.bits(set, word & 7);
    reader.bytes(cipher, 16)?;
    reader.bytes(integrity, 16).map(drop)
}

fn bearer(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.bit_fields(word, &[("gtpv2.spare_bits", 0xf0), ("gtpv2.ebi", 0x0f)]);
    Some(())
}

fn sequence_numbers(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("gtpv2.dl_gtp_u_sequence_number")?;
    reader.u16("gtpv2.ul_gtp_u_sequence_number").map(drop)
}

fn address(
    reader: &mut FieldReader<'_, '_>,
    len: u8,
    ipv4: &'static str,
    ipv6: &'static str,
) -> Option<()> {
    match len {
        4 => reader.ipv4(ipv4).map(drop),
        16 => reader.ipv6(ipv6).map(drop),
        _ => None,
    }
}

/// TS 29.274, section 8.51: where a handover goes.
fn target(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("gtpv2.target_type")? {
        0 => {
            digits::network(reader, "e212.mcc", "e212.mnc")?;
            reader.u16("gtpv2.lac")?;
            reader.u8("gtpv2.rac")?;
            reader.u16("gtpv2.rnc_id").map(drop)
        }
        1 => {
            digits::network(reader, "e212.mcc", "e212.mnc")?;
            let word = reader.word(3)?;
            reader.bits("gtpv2.macro_enodeb_id", word & 0x0f_ffff);
            reader.u16("gtpv2.tai_tac").map(drop)
        }
        2 => {
            digits::network(reader, "e212.rai.mcc", "e212.rai.mnc")?;
            reader.u16("gsm_a.lac")?;
            reader.u8("gsm_a.gm.gmm.rac")?;
            reader.u16("bssgp.ci").map(drop)
        }
        _ => None,
    }
}
