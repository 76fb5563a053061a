//! The fields of information elements under tshark's names.

use super::element::head;
use super::rest;
use crate::FieldSink;
use crate::field_reader::FieldReader;
use crate::layers::gtp::digits;
use crate::records::Records;

/// What is made of elements itself: a bearer context, a connection to a packet network, information
/// of overload and of load, a connection to an exposure function.
const GROUPS: &[u16] = &[93, 109, 180, 181, 195];
/// TS 29.274 nests no group in a group; more is only there to exhaust the stack.
const MAX_DEPTH: usize = 4;

/// Reports the elements that are at this place of the layer, up to the first error.
pub(super) fn elements(bytes: &[u8], at: usize, sink: &mut dyn FieldSink) {
    grouped(bytes, at, 0, sink);
}

fn grouped(bytes: &[u8], at: usize, depth: usize, sink: &mut dyn FieldSink) {
    let mut records = Records::new(bytes, at, head);
    while let Some(record) = sink.sound(records.next(), records.place()) {
        let from = record.at.saturating_sub(at);
        let mut reader = FieldReader::new(bytes.get(from..).unwrap_or_default(), record.at, sink);
        reader.u8("gtpv2.ie_type");
        reader.u16("gtpv2.ie_len");
        if let Some(word) = reader.word(1) {
            reader.bit_fields(word, &[("gtpv2.cr", 0xf0), ("gtpv2.instance", 15)]);
        }
        if GROUPS.contains(&record.kind) && depth < MAX_DEPTH {
            grouped(record.data, record.data_at(), depth.saturating_add(1), sink);
            continue;
        }
        // What is not there is not reported.
        let mut reader = FieldReader::new(record.data, record.data_at(), sink);
        let _ = value(record.kind, &mut reader);
        reader.rest_as("gtpv2.ie_data");
    }
}

fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => digits::field(reader, "e212.imsi", reader.rest().len()),
        2 => cause(reader),
        3 => reader.u8("gtpv2.rec").map(drop),
        71 => digits::name(reader, "gtpv2.apn"),
        72 => {
            reader.u32("gtpv2.ambr_up")?;
            reader.u32("gtpv2.ambr_down").map(drop)
        }
        73 => parts(reader, 1, &[("gtpv2.spare_bits", 0xf0), ("gtpv2.ebi", 15)]),
        74 if reader.rest().len() == 4 => reader.ipv4("gtpv2.ip_address_ipv4").map(drop),
        74 => reader.ipv6("gtpv2.ip_address_ipv6").map(drop),
        75 => digits::field(reader, "gtpv2.mei", reader.rest().len()),
        76 => digits::field(reader, "e164.msisdn", reader.rest().len()),
        79 => {
            let word = reader.word(1)?;
            reader.bits("gtpv2.pdn_type", word & 7);
            if matches!(word & 7, 2 | 3) {
                reader.u8("gtpv2.pdn_ipv6_len")?;
                reader.ipv6("gtpv2.pdn_addr_and_prefix.ipv6")?;
            }
            if matches!(word & 7, 1 | 3) {
                reader.ipv4("gtpv2.pdn_addr_and_prefix.ipv4")?;
            }
            Some(())
        }
        80 => {
            let word = reader.word(1)?;
            reader.flag("gtpv2.bearer_qos_pci", word & 0x40 != 0);
            reader.bits("gtpv2.bearer_qos_pl", word >> 2 & 15);
            reader.flag("gtpv2.bearer_qos_pvi", word & 1 != 0);
            reader.u8("gtpv2.bearer_qos_label_qci")?;
            reader.number("gtpv2.bearer_qos_mbr_up", 5)?;
            reader.number("gtpv2.bearer_qos_mbr_down", 5)?;
            reader.number("gtpv2.bearer_qos_gbr_up", 5)?;
            reader.number("gtpv2.bearer_qos_gbr_down", 5).map(drop)
        }
        82 => reader.u8("gtpv2.rat_type").map(drop),
        83 => digits::network(reader, "e212.mcc", "e212.mnc"),
        86 => location(reader),
        87 => tunnel(reader),
        94 => reader.u32("gtpv2.charging_id").map(drop),
        99 => parts(reader, 1, &[("gtpv2.spare_bits", 0xf8), ("gtpv2.pdn_type", 7)]),
        127 => reader.u8("gtpv2.apn_rest").map(drop),
        128 => parts(reader, 1, &[("gtpv2.selec_mode", 3)]),
        200 => reader.u16("gtpv2.mapped_ue_usage_type").map(drop),
        _ => rest::value(kind, reader),
    }
}

fn parts(reader: &mut FieldReader<'_, '_>, len: usize, of: &[(&'static str, u64)]) -> Option<()> {
    let word = reader.word(len)?;
    reader.bit_fields(word, of);
    Some(())
}

fn cause(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("gtpv2.cause")?;
    let word = reader.word(1)?;
    reader.bits("gtpv2.spare_b7_b3", word >> 3);
    reader.flags(word, &[("gtpv2.pce", 4), ("gtpv2.bce", 2), ("gtpv2.cs", 1)]);
    reader.u8("gtpv2.cause_off_ie_t")?;
    reader.u16("gtpv2.ie_len")?;
    parts(reader, 1, &[("gtpv2.spare_half_octet", 0xf0), ("gtpv2.instance", 15)])
}

fn tunnel(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.flags(word, &[("gtpv2.f_teid_v4", 0x80), ("gtpv2.f_teid_v6", 0x40)]);
    reader.bits("gtpv2.f_teid_interface_type", word & 0x3f);
    reader.u32("gtpv2.f_teid_gre_key")?;
    if word & 0x80 != 0 {
        reader.ipv4("gtpv2.f_teid_ipv4")?;
    }
    if word & 0x40 != 0 {
        reader.ipv6("gtpv2.f_teid_ipv6")?;
    }
    Some(())
}

/// TS 29.274, section 8.21: the identities come in the order of the flags, lowest first.
fn location(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.u8("gtpv2.uli_flags")?;
    let flags = [
        ("gtpv2.uli_ext_macro_enb_id_flg", 0x80),
        ("gtpv2.uli_macro_enb_id_flg", 0x40),
        ("gtpv2.uli_lai_flg", 0x20),
        ("gtpv2.uli_ecgi_flg", 0x10),
        ("gtpv2.uli_tai_flg", 0x08),
        ("gtpv2.uli_rai_flg", 0x04),
        ("gtpv2.uli_sai_flg", 0x02),
        ("gtpv2.uli_cgi_flg", 0x01),
    ];
    reader.flags(word.into(), &flags);
    if word & 1 != 0 {
        digits::network(reader, "e212.cgi.mcc", "e212.cgi.mnc")?;
        reader.u16("gtpv2.uli_cgi_lac")?;
        reader.u16("gtpv2.uli_cgi_ci")?;
    }
    if word & 2 != 0 {
        digits::network(reader, "e212.sai.mcc", "e212.sai.mnc")?;
        reader.u16("gtpv2.sai_lac")?;
        reader.u16("gtpv2.sai_sac")?;
    }
    if word & 4 != 0 {
        digits::network(reader, "e212.rai.mcc", "e212.rai.mnc")?;
        reader.u16("gtpv2.rai_lac")?;
        reader.u16("gtpv2.rai_rac")?;
    }
    if word & 8 != 0 {
        digits::network(reader, "e212.tai.mcc", "e212.tai.mnc")?;
        reader.u16("gtpv2.tai_tac")?;
    }
    if word & 16 != 0 {
        digits::network(reader, "e212.ecgi.mcc", "e212.ecgi.mnc")?;
        let cell = reader.word(4)?;
        let of = [
            ("gtpv2.uli_ecgi_eci_spare", 0xf000_0000),
            ("gtpv2.ecgi_eci", 0x0fff_ffff),
            ("gtpv2.enodebid", 0x0fff_ff00),
            ("gtpv2.cellid", 0xff),
        ];
        reader.bit_fields(cell, &of);
    }
    if word & 32 != 0 {
        digits::network(reader, "e212.lai.mcc", "e212.lai.mnc")?;
        reader.u16("gtpv2.uli_lai_lac")?;
    }
    Some(())
}
