//! The fields of S7 jobs and of their answers.

use super::items::{ANY, data_len};
use super::{S7comm, S7commRosctr, blocks};
use crate::field_reader::FieldReader;

/// Areas whose addresses are numbers: counters and timers, of either family of instructions.
const NUMBERED_AREAS: [u8; 4] = [0x1c, 0x1d, 0x1e, 0x1f];

pub(super) fn parameters(message: &S7comm<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_job = message.header.kind() == S7commRosctr::JOB;
    let function = reader.u8("s7comm.param.func")?;
    match function {
        0x04 | 0x05 => {
            let count = reader.u8("s7comm.param.itemcount")?;
            if is_job { items(count.into(), reader) } else { Some(()) }
        }
        0xf0 => {
            reader.u8("s7comm.param.setup_reserved1")?;
            reader.u16("s7comm.param.maxamq_calling")?;
            reader.u16("s7comm.param.maxamq_called")?;
            reader.u16("s7comm.param.pdu_length").map(drop)
        }
        0x1a..=0x1f | 0x28 | 0x29 => blocks::parameters(function, is_job, reader),
        _ => reader.rest_as("s7comm.param.data").map(drop),
    }
}

pub(super) fn data(message: &S7comm<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_job = message.header.kind() == S7commRosctr::JOB;
    let (&function, parameters) = message.parameters.split_first()?;
    match function {
        0x04 | 0x05 if (function == 0x05) == is_job => {
            let count = *parameters.first()?;
            for left in (0..count).rev() {
                data_item(left > 0, reader)?;
            }
            Some(())
        }
        0x05 => {
            while !reader.is_empty() {
                reader.u8("s7comm.data.returncode")?;
            }
            Some(())
        }
        0x1b | 0x1e if !is_job => {
            let length = reader.u16("s7comm.data.length")?;
            reader.bytes("s7comm.data.blockcontrol.unknown1", 2)?;
            reader.part(length.into()).rest_as("s7comm.resp.data").map(drop)
        }
        _ => None,
    }
}

/// A value; another one behind it starts at an even place.
fn data_item(is_followed: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("s7comm.data.returncode")?;
    let size = reader.u8("s7comm.data.transportsize")?;
    let length = data_len(size, u16::try_from(reader.word(2)?).ok()?);
    reader.bits("s7comm.data.length", length);
    reader.part(length.into()).rest_as("s7comm.resp.data");
    if is_followed && !length.is_multiple_of(2) {
        reader.u8("s7comm.data.fillbyte")?;
    }
    Some(())
}

pub(super) fn items(count: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for _ in 0..count {
        reader.u8("s7comm.param.item.varspec")?;
        let len = reader.u8("s7comm.param.item.varspec_length")?;
        item(len, &mut reader.part(len.into()));
        reader.skip(usize::from(len % 2));
    }
    Some(())
}

fn item(len: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match (reader.u8("s7comm.param.item.syntaxid")?, len) {
        (ANY, 10) => {
            reader.u8("s7comm.param.item.transp_size")?;
            reader.u16("s7comm.param.item.length")?;
            reader.u16("s7comm.param.item.db")?;
            let area = reader.u8("s7comm.param.item.area")?;
            let address = reader.u24("s7comm.param.item.address")?;
            if NUMBERED_AREAS.contains(&area) {
                reader.bits("s7comm.param.item.address.number", address & 0xffff);
            } else {
                reader.bits("s7comm.param.item.address.byte", address >> 3 & 0xffff);
                reader.bits("s7comm.param.item.address.bit", address & 7);
            }
            Some(())
        }
        // Addresses of numerical controls.
        (0x82..=0x84, 8) => {
            let area = reader.u8("s7comm.param.item.nck.area_unit")?;
            reader.bits("s7comm.param.item.nck.area", area >> 5);
            reader.bits("s7comm.param.item.nck.unit", area & 0x1f);
            reader.u16("s7comm.param.item.nck.column")?;
            reader.u16("s7comm.param.item.nck.line")?;
            reader.u8("s7comm.param.item.nck.module")?;
            reader.u8("s7comm.param.item.nck.linecount").map(drop)
        }
        // Parameters of drives.
        (0xa2, 10) => {
            reader.u8("s7comm.param.item.driveesany.unknown1")?;
            reader.u16("s7comm.param.item.driveesany.unknown2")?;
            reader.u16("s7comm.param.item.driveesany.unknown3")?;
            reader.u16("s7comm.param.item.driveesany.parameternr")?;
            reader.u16("s7comm.param.item.driveesany.parameteridx").map(drop)
        }
        // Parts of data blocks.
        (0xb0, 7..) => {
            let count = reader.u8("s7comm.param.item.dbread.numareas")?;
            for _ in 0..count {
                reader.u8("s7comm.param.item.dbread.length")?;
                reader.u16("s7comm.param.item.dbread.db")?;
                reader.u16("s7comm.param.item.dbread.startaddress")?;
            }
            Some(())
        }
        // Symbols of S7-1200.
        (0xb2, 14..) => {
            reader.u8("s7comm.tiap.item.reserved1")?;
            reader.u16("s7comm.tiap.item.area1")?;
            reader.u16("s7comm.tiap.item.area2")?;
            reader.u32("s7comm.tiap.item.crc")?;
            while !reader.is_empty() {
                let word = reader.word(4)?;
                reader.bits("s7comm.tiap.item.lid_flags", word >> 28);
                reader.bits("s7comm.tiap.item.value", word & 0x0fff_ffff);
            }
            Some(())
        }
        _ => None,
    }
}
