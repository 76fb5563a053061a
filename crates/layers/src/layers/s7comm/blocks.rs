//! The parameters of S7 jobs that move blocks, start programs and stop controllers.

use crate::Value;
use crate::field_reader::FieldReader;

/// A file name of a block: an identifier, a type, a number and a file system.
const BLOCK_NAME_LEN: usize = 9;

pub(super) fn parameters(
    function: u8,
    is_job: bool,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    match function {
        0x28 if is_job => pi_service(reader),
        0x29 if is_job => {
            reader.bytes("s7comm.param.pistart.unknown1", 5)?;
            let len = reader.u8("s7comm.data.plccontrol.part2_len")?;
            reader.text("s7comm.param.pistart.servicename", len.into()).map(drop)
        }
        0x1a..=0x1f => block_control(function, is_job, reader),
        _ => None,
    }
}

fn block_control(function: u8, is_job: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let status = reader.u8("s7comm.param.blockcontrol.functionstatus")?;
    reader.flag("s7comm.param.blockcontrol.functionstatus.more", status & 1 != 0);
    reader.flag("s7comm.param.blockcontrol.functionstatus.error", status & 2 != 0);
    let unknown = "s7comm.data.blockcontrol.unknown1";
    match (function, is_job) {
        (0x1a | 0x1b, true) => {
            reader.bytes(unknown, 2)?;
            reader.bytes(unknown, 4)?;
        }
        (0x1c, true) => {
            reader.u16("s7comm.data.blockcontrol.errorcode")?;
            reader.bytes(unknown, 4)?;
        }
        (0x1d, _) | (0x1e, true) => {
            reader.bytes(unknown, 2)?;
            reader.u32("s7comm.data.blockcontrol.uploadid")?;
        }
        (0x1f, true) => {
            reader.u16("s7comm.data.blockcontrol.errorcode")?;
            return reader.u32("s7comm.data.blockcontrol.uploadid").map(drop);
        }
        _ => return None,
    }
    match (function, is_job) {
        (0x1d, false) => {
            let len = reader.u8("s7comm.param.blockcontrol.upl_lenstring_len")?;
            reader.text("s7comm.param.blockcontrol.upl_lenstring", len.into()).map(drop)
        }
        (0x1e, true) => None,
        _ => file_name(reader),
    }
}

fn file_name(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.u8("s7comm.param.blockcontrol.filename_len")?.into();
    let mut parts = reader.again();
    parts.text("s7comm.param.blockcontrol.filename", len)?;
    if len == BLOCK_NAME_LEN {
        let mut parts = reader.part(len);
        parts.text("s7comm.data.blockcontrol.file_identifier", 1)?;
        block_name(&mut parts)?;
    } else {
        reader.skip(len);
    }
    let len = reader.u8("s7comm.data.blockcontrol.part2_len")?;
    let mut sizes = reader.part(len.into());
    sizes.text("s7comm.data.blockcontrol.part2_unknown", 1)?;
    sizes.text("s7comm.data.blockcontrol.loadmem_len", 6)?;
    sizes.text("s7comm.data.blockcontrol.mc7code_len", 6).map(drop)
}

fn block_name(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.text("s7comm.data.blockcontrol.block_type", 2)?;
    reader.text("s7comm.data.blockcontrol.block_number", 5)?;
    reader.text("s7comm.data.blockcontrol.dest_filesys", 1).map(drop)
}

/// The argument stands in front of the name of the service that says what it is.
fn pi_service(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("s7comm.param.pistart.unknown1", 7)?;
    let len = usize::from(reader.u16("s7comm.param.pistart.parameterblock_len")?);
    let behind = reader.rest().get(len..).unwrap_or_default();
    let name = behind.split_first().and_then(|(len, name)| name.get(..usize::from(*len)));
    pi_argument(name.unwrap_or_default(), &mut reader.part(len));
    let len = reader.u8("s7comm.param.pi.n_x.string_len")?;
    reader.text("s7comm.param.pistart.servicename", len.into()).map(drop)
}

fn pi_argument(service: &[u8], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match service {
        b"_INSE" | b"_DELE" => {
            let count = reader.u8("s7comm.data.plccontrol.block_cnt")?;
            reader.u8("s7comm.param.pi.inse.unknown")?;
            for _ in 0..count {
                reader.again().text("s7comm.param.blockcontrol.filename", 8)?;
                block_name(&mut reader.part(8))?;
            }
            Some(())
        }
        b"P_PROGRAM" | b"_MODU" | b"_GARB" => {
            let text = std::str::from_utf8(reader.rest()).ok().filter(|text| !text.is_empty())?;
            reader.skip(text.len());
            reader.value("s7comm.param.pistart.argument", Value::Text(text));
            Some(())
        }
        _ => None,
    }
}
