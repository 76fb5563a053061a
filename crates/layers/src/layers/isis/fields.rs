//! Fields of IS-IS: headers of the PDUs, and the TLVs of all but LSPs.

use super::{Isis, IsisPduType, TYPE, lsp_fields};
use crate::FieldSink;
use crate::field_reader::FieldReader;

/// Reports the fields of a PDU, as far as it is there.
pub(super) fn fields(isis: &Isis<'_>, sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(isis.bytes, 0, sink);
    let mut pdu = reader.part(isis.length.unwrap_or(u16::MAX).into());
    // What is not there is not reported.
    let _ = header(&mut pdu);
    let _ = match isis.pdu_type() {
        IsisPduType::L1_LAN_HELLO | IsisPduType::L2_LAN_HELLO => hello(true, &mut pdu),
        IsisPduType::P2P_HELLO => hello(false, &mut pdu),
        IsisPduType::L1_LSP | IsisPduType::L2_LSP => lsp_fields::lsp(&mut pdu),
        IsisPduType::L1_CSNP | IsisPduType::L2_CSNP => csnp(&mut pdu),
        IsisPduType::L1_PSNP | IsisPduType::L2_PSNP => psnp(&mut pdu),
        _ => None,
    };
}

fn header(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("isis.irpd")?;
    reader.u8("isis.len")?;
    reader.u8("isis.version")?;
    reader.u8("isis.sysid_len")?;
    let byte = reader.word(1)?;
    reader.bits("isis.type.reserved", byte >> 5);
    reader.bits("isis.type", byte & u64::from(TYPE));
    reader.u8("isis.version2")?;
    reader.u8("isis.reserved")?;
    reader.u8("isis.max_area_adr").map(drop)
}

/// Reports type and length of TLVs and hands on the values, up to the first cut short.
pub(super) fn each_tlv(
    reader: &mut FieldReader<'_, '_>,
    [kind_name, length_name]: [&'static str; 2],
    read: impl Fn(u8, &mut FieldReader<'_, '_>) -> Option<()>,
) {
    while let Some(kind) = reader.u8(kind_name) {
        let Some(length) = reader.u8(length_name) else { return };
        // A value that is too short for its type is reported as far as it goes.
        let _ = read(kind, &mut reader.part(length.into()));
    }
}

fn hello(is_lan: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let circuit = reader.word(1)?;
    reader.bits("isis.hello.circuit_type", circuit & 3);
    reader.bits("isis.hello.reserved", circuit >> 2);
    reader.bytes("isis.hello.source_id", 6)?;
    reader.u16("isis.hello.holding_timer")?;
    reader.u16("isis.hello.pdu_length")?;
    if is_lan {
        let priority = reader.word(1)?;
        reader.bits("isis.hello.priority", priority & 0x7f);
        reader.bits("isis.hello.reserved", priority >> 7);
        reader.bytes("isis.hello.lan_id", 7)?;
    } else {
        reader.u8("isis.hello.local_circuit_id")?;
    }
    each_tlv(reader, ["isis.hello.clv.type", "isis.hello.clv.length"], hello_tlv);
    Some(())
}

fn hello_tlv(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => areas("isis.hello.area_address", reader),
        6 => {
            while !reader.is_empty() {
                reader.mac("isis.hello.is_neighbor")?;
            }
            Some(())
        }
        7 => {
            reader.u16("isis.hello.iid")?;
            while !reader.is_empty() {
                reader.u16("isis.hello.supported_itid")?;
            }
            Some(())
        }
        10 => authentication("isis.hello.clv_authentication", reader),
        12 => reader.u16("isis.hello.checksum").map(drop),
        129 => each_u8("isis.hello.clv_nlpid.nlpid", reader),
        132 => each_ipv4("isis.hello.clv_ipv4_int_addr", reader),
        211 => {
            let flags = reader.u8("isis.hello.clv_restart_flags")?.into();
            let bits = [
                ("isis.hello.clv_restart_flags.sa", 0x04),
                ("isis.hello.clv_restart_flags.ra", 0x02),
                ("isis.hello.clv_restart_flags.rr", 0x01),
            ];
            reader.flags(flags, &bits);
            // RFC 5306, section 3.1.1: these two belong to an acknowledgment.
            if flags & 0x02 != 0 {
                reader.u16("isis.hello.clv_restart.remain_time")?;
                reader.bytes("isis.hello.clv_restart.neighbor", 6)?;
            }
            Some(())
        }
        229 => each_u16("isis.hello.clv_mt", reader),
        232 => each_ipv6("isis.hello.clv_ipv6_int_addr", reader),
        240 => {
            reader.u8("isis.hello.adjacency_state")?;
            reader.u32("isis.hello.extended_local_circuit_id")?;
            reader.bytes("isis.hello.neighbor_systemid", 6)?;
            reader.u32("isis.hello.neighbor_extended_local_circuit_id").map(drop)
        }
        _ => None,
    }
}

fn csnp(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("isis.csnp.pdu_length")?;
    reader.bytes("isis.csnp.source_id", 6)?;
    reader.bytes("isis.csnp.source_circuit", 1)?;
    reader.bytes("isis.csnp.start_lsp_id", 8)?;
    reader.bytes("isis.csnp.end_lsp_id", 8)?;
    each_tlv(reader, ["isis.csnp.clv.type", "isis.csnp.clv.length"], snp_tlv);
    Some(())
}

fn psnp(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("isis.psnp.pdu_length")?;
    reader.bytes("isis.psnp.source_id", 6)?;
    reader.bytes("isis.psnp.source_circuit", 1)?;
    each_tlv(reader, ["isis.psnp.clv.type", "isis.psnp.clv.length"], snp_tlv);
    Some(())
}

/// Wireshark has the names of complete ones for those in partial ones too.
fn snp_tlv(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        7 => {
            reader.u16("isis.csnp.iid")?;
            while !reader.is_empty() {
                reader.u16("isis.csnp.supported_itid")?;
            }
            Some(())
        }
        9 => {
            while !reader.is_empty() {
                reader.u16("isis.csnp.lsp_remain_life")?;
                reader.bytes("isis.csnp.lsp_id", 8)?;
                reader.u32("isis.csnp.lsp_seq_num")?;
                reader.u16("isis.csnp.lsp_checksum")?;
            }
            Some(())
        }
        10 => authentication("isis.csnp.authentication", reader),
        12 => reader.u16("isis.csnp.checksum").map(drop),
        _ => None,
    }
}

/// Addresses of areas, each shown with its length.
pub(super) fn areas(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while let Some(&length) = reader.rest().first() {
        reader.bytes(name, usize::from(length).checked_add(1)?)?;
    }
    Some(())
}

pub(super) fn authentication(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.word(1)?;
    reader.rest_as(name);
    Some(())
}

pub(super) fn each_u8(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u8(name)?;
    }
    Some(())
}

pub(super) fn each_u16(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u16(name)?;
    }
    Some(())
}

pub(super) fn each_ipv4(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.ipv4(name)?;
    }
    Some(())
}

pub(super) fn each_ipv6(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.ipv6(name)?;
    }
    Some(())
}
