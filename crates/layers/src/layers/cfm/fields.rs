//! Fields of CFM messages.

use super::{Cfm, CfmHeader, CfmOpcode, head};
use crate::FieldSink;
use crate::field_reader::FieldReader;
use crate::records::Records;

/// Bytes of the identifier of a maintenance association, its padding among them.
const MAID_LEN: usize = 48;

pub(super) fn fields(cfm: &Cfm<'_>, sink: &mut dyn FieldSink) {
    let header = cfm.header;
    sink.number("cfm.md.level", header.level(), 0..1);
    sink.number("cfm.version", header.version(), 0..1);
    sink.number("cfm.opcode", header.opcode, 1..2);
    sink.number("cfm.flags", header.flags, 2..3);
    for &(name, mask) in flags(cfm.opcode()) {
        let value = (u64::from(header.flags) & mask) >> mask.trailing_zeros();
        sink.number(name, value, 2..3);
    }
    sink.number("cfm.first.tlv.offset", header.first_tlv_offset, 3..4);
    let _ = body(cfm.opcode(), &mut FieldReader::new(cfm.body, size_of::<CfmHeader>(), sink));
    let mut records = Records::new(cfm.tlv_bytes, cfm.tlvs_at(), head);
    while let Some(record) = sink.sound(records.next(), records.place()) {
        let kind_end = record.at.saturating_add(1);
        sink.number("cfm.tlv.type", record.kind, record.at..kind_end);
        if record.header_len > 1 {
            let len = record.data.len() as u64;
            sink.number("cfm.tlv.length", len, kind_end..record.data_at());
        }
        let mut reader = FieldReader::new(record.data, record.data_at(), sink);
        let _ = tlv(record.kind, &mut reader);
    }
}

fn flags(opcode: CfmOpcode) -> &'static [(&'static str, u64)] {
    match opcode {
        CfmOpcode::CCM => &[
            ("cfm.flags.rdi", 0x80),
            ("cfm.flags.ccm.reserved", 0x78),
            ("cfm.flags.interval", 0x07),
        ],
        CfmOpcode::LTM => &[("cfm.flags.usefdbonly", 0x80), ("cfm.flags.ltm.reserved", 0x7f)],
        CfmOpcode::LTR => &[
            ("cfm.flags.usefdbonly", 0x80),
            ("cfm.flags.fwdyes", 0x40),
            ("cfm.flags.ltr.terminalmep", 0x20),
            ("cfm.flags.ltr.reserved", 0x1f),
        ],
        CfmOpcode::AIS | CfmOpcode::LCK => {
            &[("cfm.flags.ais_lck_Reserved", 0xf8), ("cfm.flags.ais_lck_Period", 0x07)]
        }
        CfmOpcode::CSF => &[
            ("cfm.csf.flags.Reserved", 0xc0),
            ("cfm.csf.flags.Type", 0x38),
            ("cfm.csf.flags.Period", 0x07),
        ],
        CfmOpcode::LBM | CfmOpcode::LBR | CfmOpcode(53 | 56..) => &[],
        _ => &[("cfm.flags.reserved", 0xff)],
    }
}

fn body(opcode: CfmOpcode, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match opcode {
        CfmOpcode::CCM => continuity_check(reader)?,
        CfmOpcode::LBM | CfmOpcode::LBR => {
            reader.u32("cfm.lb.transaction.id")?;
        }
        CfmOpcode::LTM => {
            reader.u32("cfm.lt.transaction.id")?;
            reader.u8("cfm.lt.ttl")?;
            reader.mac("cfm.ltm.orig.addr")?;
            reader.mac("cfm.ltm.targ.addr")?;
        }
        CfmOpcode::LTR => {
            reader.u32("cfm.lt.transaction.id")?;
            reader.u8("cfm.lt.ttl")?;
            reader.u8("cfm.ltr.relay.action")?;
        }
        CfmOpcode::TST => {
            reader.u32("cfm.tst.sequence.num")?;
        }
        CfmOpcode::LMM | CfmOpcode::LMR => {
            reader.bytes("cfm.lmm.lmr.txfcf", 4)?;
            reader.bytes("cfm.lmm.lmr.rxfcf", 4)?;
            reader.bytes("cfm.lmm.lmr.txfcb", 4)?;
        }
        CfmOpcode::ONE_DM => {
            reader.bytes("cfm.odm.dmm.dmr.txtimestampf", 8)?;
            reader.bytes("cfm.odm.dmm.dmr.rxtimestampf", 8)?;
        }
        CfmOpcode::DMM | CfmOpcode::DMR => {
            reader.bytes("cfm.odm.dmm.dmr.txtimestampf", 8)?;
            reader.bytes("cfm.odm.dmm.dmr.rxtimestampf", 8)?;
            reader.bytes("cfm.dmm.dmr.txtimestampb", 8)?;
            reader.bytes("cfm.dmm.dmr.rxtimestampb", 8)?;
        }
        CfmOpcode::MCC | CfmOpcode::EXM | CfmOpcode::EXR | CfmOpcode::VSM | CfmOpcode::VSR => {
            reader.u24("cfm.tlv.org.spec.oui")?;
            reader.bytes("cfm.tlv.org.spec.subtype", 1)?;
        }
        CfmOpcode::SLM | CfmOpcode::SLR => {
            for name in ["cfm.slm.src_mep_id", "cfm.slr.rsp_mep_id"] {
                end_point(reader, name)?;
            }
            reader.bytes("cfm.slm.test_id", 4)?;
            reader.u32("cfm.slm.txfcf")?;
            reader.u32("cfm.slr.txfcb")?;
        }
        _ => {}
    }
    Some(())
}

/// An identifier of 13 bits.
fn end_point(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    let number = reader.peek_u16()?;
    reader.skip(2)?;
    reader.bit_fields(number, &[(name, 0x1fff)]);
    Some(())
}

fn continuity_check(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("cfm.ccm.seq.num")?;
    end_point(reader, "cfm.ccm.ma.ep.id")?;
    let _ = maintenance_association(&mut reader.part(MAID_LEN));
    reader.bytes("cfm.itu.txfcf", 4)?;
    reader.bytes("cfm.itu.rxfcb", 4)?;
    reader.bytes("cfm.itu.txfcb", 4)?;
    reader.bytes("cfm.itu.reserved", 4)?;
    Some(())
}

/// Section 21.6.5: the name of a domain, which may be missing, and that of an association in it.
fn maintenance_association(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let format = reader.u8("cfm.maid.md.name.format")?;
    if format != 1 {
        let len = usize::from(reader.u8("cfm.maid.md.name.length")?);
        match (format, len) {
            (2 | 4, _) => {
                reader.text("cfm.maid.md.name.string", len)?;
            }
            (3, 8) => {
                reader.mac("cfm.maid.md.name.mac")?;
                reader.bytes("cfm.maid.md.name.mac.id", 2)?;
            }
            _ => {
                reader.bytes("cfm.maid.md.name.hex", len)?;
            }
        }
    }
    let format = reader.u8("cfm.maid.ma.name.format")?;
    let len = usize::from(reader.u8("cfm.maid.ma.name.length")?);
    if matches!(format, 2 | 32) {
        reader.text("cfm.maid.ma.name.string", len)?;
    } else {
        reader.bytes("cfm.maid.ma.name.hex", len)?;
    }
    Some(())
}

fn tlv(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => {
            let len = reader.u8("cfm.tlv.chassis.id.length")?;
            if len > 0 {
                reader.u8("cfm.tlv.chassis.id.subtype")?;
                reader.bytes("cfm.tlv.chassis.id", len.into())?;
            }
            let len = reader.u8("cfm.tlv.ma.domain.length")?;
            if len > 0 {
                reader.bytes("cfm.tlv.ma.domain", len.into())?;
            }
            let len = reader.u8("cfm.tlv.management.addr.length")?;
            reader.bytes("cfm.tlv.management.addr", len.into())?;
        }
        2 => {
            reader.u8("cfm.tlv.port.status.value")?;
        }
        3 => {
            reader.rest_as("cfm.tlv.data.value")?;
        }
        4 => {
            reader.u8("cfm.tlv.port.interface.value")?;
        }
        5 => {
            reader.u8("cfm.tlv.reply.ingress.action")?;
            reader.mac("cfm.tlv.reply.ingress.mac.address")?;
            port(reader)?;
        }
        6 => {
            reader.u8("cfm.tlv.reply.egress.action")?;
            reader.mac("cfm.tlv.reply.egress.mac.address")?;
            port(reader)?;
        }
        7 => {
            reader.bytes("cfm.tlv.ltm.egress.id.ui", 2)?;
            reader.mac("cfm.tlv.ltm.egress.id.mac")?;
        }
        8 => {
            reader.bytes("cfm.tlv.ltr.egress.last.id.ui", 2)?;
            reader.mac("cfm.tlv.ltr.egress.last.id.mac")?;
            reader.bytes("cfm.tlv.ltr.egress.next.id.ui", 2)?;
            reader.mac("cfm.tlv.ltr.egress.next.id.mac")?;
        }
        31 => {
            reader.u24("cfm.tlv.org.spec.oui")?;
            reader.bytes("cfm.tlv.org.spec.subtype", 1)?;
            reader.rest_as("cfm.tlv.org.spec.value")?;
        }
        32 => {
            let pattern = reader.u8("cfm.tlv.tst.test.pattern.type")?;
            // The odd patterns have a check sequence behind them.
            if pattern & 1 != 0 {
                reader.skip(reader.rest().len().checked_sub(4)?)?;
                reader.bytes("cfm.tlv.tst.crc32", 4)?;
            }
        }
        _ => {}
    }
    Some(())
}

fn port(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.u8("cfm.tlv.reply.ing.egr.portid.length")?;
    reader.u8("cfm.tlv.reply.ing.egr.portid.subtype")?;
    reader.bytes("cfm.tlv.reply.ing.egr.portid", len.into())?;
    Some(())
}
