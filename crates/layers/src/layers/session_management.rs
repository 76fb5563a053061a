//! What the elements of GTP take from the management of sessions, 3GPP TS 24.008 section 10.5.6:
//! options of protocols, and templates of traffic.

use crate::field_reader::FieldReader;

/// TS 24.008, section 10.5.6.12: a template without whole filters, which only names them.
const DELETE: u64 = 5;

/// TS 24.008, section 10.5.6.3: messages of protocols such as IPCP, each behind its number.
pub(crate) fn options(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.flag("gsm_a.gm.sm.ext", word & 0x80 != 0);
    reader.bits("gsm_a.gm.configuration_protocol", word & 7);
    while !reader.is_empty() {
        let kind = reader.u16("gsm_a.gm.sm.pco_pid")?;
        let len = reader.u8("gsm_a.gm.sm.pco.length")?;
        let mut content = reader.part(len.into());
        match (kind, content.rest().len()) {
            (0x01, 16) => drop(content.ipv6("gsm_a.gm.sm.pco.pcscf.ipv6")),
            (0x03, 16) => drop(content.ipv6("gsm_a.gm.sm.pco.dns.ipv6")),
            (0x0c, 4) => drop(content.ipv4("gsm_a.gm.sm.pco.pcscf.ipv4")),
            (0x0d, 4) => drop(content.ipv4("gsm_a.gm.sm.pco.dns.ipv4")),
            (0x10, 2) => drop(content.u16("gsm_a.gm.sm.pco.ipv4_link_mtu_size")),
            _ => drop(content.rest_as("gsm_a.gm.sm.pco.content")),
        }
    }
    Some(())
}

/// TS 24.008, section 10.5.6.12: which packets belong to a bearer.
pub(crate) fn template(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(1)?;
    reader.bits("gsm_a.gm.sm.tft.op_code", word >> 5);
    reader.flag("gsm_a.gm.sm.tft.e_bit", word & 0x10 != 0);
    reader.bits("gsm_a.gm.sm.tft.pkt_flt", word & 15);
    for _ in 0..word & 15 {
        let first = reader.word(1)?;
        if word >> 5 == DELETE {
            let parts = [("gsm_a.spare_bits", 0xf0), ("gsm_a.gm.sm.tft.pkt_flt_id", 0x0f)];
            reader.bit_fields(first, &parts);
            continue;
        }
        let parts = [
            ("gsm_a.spare_bits", 0xc0),
            ("gsm_a.gm.sm.tft.pkt_flt_dir", 0x30),
            ("gsm_a.gm.sm.tft.pkt_flt_id", 0x0f),
        ];
        reader.bit_fields(first, &parts);
        reader.u8("gsm_a.gm.sm.tft.packet_evaluation_precedence")?;
        let len = reader.u8("gsm_a.gm.sm.tft.packet_filter_length")?;
        let mut filter = reader.part(len.into());
        while let Some(()) = component(&mut filter) {}
        filter.rest_as("gsm_a.gm.sm.tft.packet_filter.content");
    }
    while word & 0x10 != 0 && !reader.is_empty() {
        reader.u8("gsm_a.gm.sm.tft.param_id")?;
        let len = reader.word(1)?;
        reader.bytes("gsm_a.gm.sm.tft.param.content", usize::try_from(len).ok()?)?;
    }
    Some(())
}

fn component(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("gsm_a.gm.sm.tft.packet_filter_component_type_id")? {
        0x10 | 0x11 => {
            reader.ipv4("gsm_a.gm.sm.ip4_address")?;
            reader.ipv4("gsm_a.gm.sm.ip4_mask").map(drop)
        }
        0x20 => {
            reader.ipv6("gsm_a.gm.sm.ip6_address")?;
            reader.ipv6("gsm_a.gm.sm.ip6_mask").map(drop)
        }
        0x21 | 0x23 => {
            reader.ipv6("gsm_a.gm.sm.ip6_address")?;
            reader.u8("gsm_a.gm.sm.ip6_prefix_length").map(drop)
        }
        0x30 => reader.u8("gsm_a.gm.sm.tft.protocol_header").map(drop),
        0x40 | 0x50 => reader.u16("gsm_a.gm.sm.tft.port").map(drop),
        0x41 | 0x51 => {
            reader.u16("gsm_a.gm.sm.tft.port_low")?;
            reader.u16("gsm_a.gm.sm.tft.port_high").map(drop)
        }
        0x60 => reader.u32("gsm_a.gm.sm.tft.security").map(drop),
        0x70 => {
            reader.u8("gsm_a.gm.sm.tft.traffic_class")?;
            reader.u8("gsm_a.gm.sm.tft.traffic_mask").map(drop)
        }
        0x80 => {
            let word = reader.word(3)?;
            reader.bits("gsm_a.gm.sm.tft.flow_label_type", word & 0x0f_ffff);
            Some(())
        }
        _ => None,
    }
}
