//! The fields of S7 messages of a group of functions of its own: lists of system state, blocks, the
//! clock and others.

use super::{S7comm, fields};
use crate::FieldSink;
use crate::field_reader::FieldReader;

/// Groups of functions.
const PROGRAMMER: u8 = 1;
const CYCLIC_DATA: u8 = 2;
const BLOCKS: u8 = 3;
const CPU: u8 = 4;
const TIME: u8 = 7;
/// What a message is, beside a push: the other is a response.
const REQUEST: u8 = 4;

/// What the parameters say of the data.
struct Head {
    is_request: bool,
    group: u8,
    sub_function: u8,
    /// Whether the data is one of several parts: none can be read alone.
    is_part: bool,
}

pub(super) fn message(
    message: &S7comm<'_>,
    start: usize,
    behind: usize,
    sink: &mut dyn FieldSink,
) -> Option<()> {
    let head = head(&mut FieldReader::new(message.parameters, start, sink))?;
    let mut reader = FieldReader::new(message.data, behind, sink);
    reader.u8("s7comm.data.returncode")?;
    reader.u8("s7comm.data.transportsize")?;
    let length = reader.u16("s7comm.data.length")?;
    let mut body = reader.part(length.into());
    if head.is_part || body.is_empty() { Some(()) } else { data(&head, &mut body) }
}

fn head(reader: &mut FieldReader<'_, '_>) -> Option<Head> {
    reader.u24("s7comm.param.userdata.head")?;
    let length = reader.u8("s7comm.param.userdata.length")?;
    reader.u8("s7comm.param.userdata.reqres1")?;
    let word = reader.word(1)?;
    reader.bits("s7comm.param.userdata.type", word >> 4);
    reader.bits("s7comm.param.userdata.funcgroup", word & 0x0f);
    let (kind, group) = (u8::try_from(word >> 4).ok()?, u8::try_from(word & 0x0f).ok()?);
    let sub_function = reader.u8("s7comm.param.userdata.subfunc")?;
    reader.u8("s7comm.param.userdata.seq_num")?;
    let mut is_part = false;
    if length >= 8 {
        is_part = reader.u8("s7comm.param.userdata.dataunitref")? != 0;
        reader.u8("s7comm.param.userdata.lastdataunit")?;
        reader.u16("s7comm.param.errcod")?;
    }
    Some(Head { is_request: kind == REQUEST, group, sub_function, is_part })
}

fn data(head: &Head, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match (head.group, head.sub_function) {
        (PROGRAMMER, _) => {
            reader.u16("s7comm.tis.parametersize")?;
            reader.u16("s7comm.tis.datasize").map(drop)
        }
        (CYCLIC_DATA, 1 | 5) if head.is_request => {
            let count = reader.u16("s7comm.param.itemcount")?;
            reader.u8("s7comm.cyclic.interval_timebase")?;
            reader.u8("s7comm.cyclic.interval_time")?;
            fields::items(count, reader)
        }
        (CYCLIC_DATA, 4) => {
            reader.u8("s7comm.cyclic.function")?;
            reader.u8("s7comm.cyclic.job_id").map(drop)
        }
        (BLOCKS, function) => blocks(function, head.is_request, reader),
        (CPU, 1) => system_state(head.is_request, reader),
        (CPU, 2) if head.is_request => {
            let events = reader.u8("s7comm.cpu.msg.events")?;
            reader.flags(
                events.into(),
                &[
                    ("s7comm.cpu.msg.events.modetrans", 0x01),
                    ("s7comm.cpu.msg.events.system", 0x02),
                    ("s7comm.cpu.msg.events.userdefined", 0x04),
                    ("s7comm.cpu.msg.events.alarms", 0x80),
                ],
            );
            reader.u8("s7comm.cpu.msg.req_reserved1")?;
            reader.text("s7comm.cpu.msg.username", 8).map(drop)
        }
        (TIME, _) => {
            reader.u8("s7comm.data.ts_reserved")?;
            decimal("s7comm.data.ts_year1", reader)?;
            time(reader)
        }
        _ => reader.rest_as("s7comm.data.userdata").map(drop),
    }
}

fn blocks(function: u8, is_request: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match function {
        1 => {
            while !reader.is_empty() {
                reader.text("s7comm.blockinfo.blocktype", 2)?;
                reader.u16("s7comm.blockinfo.block_count")?;
            }
            Some(())
        }
        2 if is_request => reader.text("s7comm.blockinfo.blocktype", 2).map(drop),
        2 => {
            while !reader.is_empty() {
                reader.u16("s7comm.blockinfo.block_num")?;
                reader.u8("s7comm.blockinfo.flags")?;
                reader.u8("s7comm.blockinfo.block_lang")?;
            }
            Some(())
        }
        3 if is_request => {
            reader.text("s7comm.blockinfo.blocktype", 2)?;
            reader.text("s7comm.data.blockinfo.block_number", 5)?;
            reader.text("s7comm.data.blockinfo.filesys", 1).map(drop)
        }
        3 => block_information(reader),
        _ => reader.rest_as("s7comm.data.userdata").map(drop),
    }
}

fn block_information(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.text("s7comm.blockinfo.blocktype", 2)?;
    reader.u16("s7comm.blockinfo.res_infolength")?;
    reader.u16("s7comm.blockinfo.res_unknown2")?;
    reader.text("s7comm.blockinfo.res_const3", 2)?;
    reader.bytes("s7comm.blockinfo.res_unknown", 1)?;
    let flags = reader.u8("s7comm.param.userdata.blockinfo.flags")?;
    reader.flags(
        flags.into(),
        &[
            ("s7comm.param.userdata.blockinfo.linked", 0x01),
            ("s7comm.param.userdata.blockinfo.standard_block", 0x02),
            ("s7comm.param.userdata.blockinfo.nonretain", 0x08),
        ],
    );
    reader.u8("s7comm.blockinfo.block_lang")?;
    reader.u8("s7comm.blockinfo.subblk_type")?;
    reader.u16("s7comm.blockinfo.block_num")?;
    reader.u32("s7comm.blockinfo.load_mem_len")?;
    reader.u32("s7comm.blockinfo.blocksecurity")?;
    // Times of the code and of the interface.
    reader.skip(12)?;
    reader.u16("s7comm.blockinfo.ssb_len")?;
    reader.u16("s7comm.blockinfo.add_len")?;
    reader.u16("s7comm.blockinfo.localdata_len")?;
    reader.u16("s7comm.blockinfo.mc7_len")?;
    reader.text("s7comm.blockinfo.author", 8)?;
    reader.text("s7comm.blockinfo.family", 8)?;
    reader.text("s7comm.blockinfo.headername", 8)?;
    // A version of two numbers of four bits, which Wireshark shows as text.
    reader.skip(1)?;
    reader.bytes("s7comm.blockinfo.res_unknown", 1)?;
    reader.u16("s7comm.blockinfo.checksum")?;
    reader.u32("s7comm.blockinfo.reserved1")?;
    reader.u32("s7comm.blockinfo.reserved2").map(drop)
}

/// A list of system state: what it is of, and its records.
fn system_state(is_request: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let id = reader.u16("s7comm.data.userdata.szl_id")?;
    reader.bits("s7comm.data.userdata.szl_id.diag_type", id >> 12);
    reader.bits("s7comm.data.userdata.szl_id.partlist_ex", id);
    reader.bits("s7comm.data.userdata.szl_id.partlist_num", id & 0xff);
    reader.u16("s7comm.data.userdata.szl_index")?;
    if is_request {
        return Some(());
    }
    let len = reader.u16("s7comm.data.userdata.szl_id.partlist_len")?;
    let count = reader.u16("s7comm.data.userdata.szl_id.partlist_cnt")?;
    for _ in 0..count {
        let mut record = reader.part(len.into());
        if record.is_empty() {
            return None;
        }
        match id & 0xff {
            0x11 => module(&mut record),
            0x24 => mode(&mut record),
            0xa0 => diagnostic(&mut record),
            _ => None,
        };
    }
    Some(())
}

/// What a module is.
fn module(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("s7comm.szl.xy11.0001.index")?;
    reader.text("s7comm.szl.xy11.0001.anz", 20)?;
    reader.u16("s7comm.szl.xy11.0001.bgtyp")?;
    reader.u16("s7comm.szl.xy11.0001.ausbg")?;
    reader.u16("s7comm.szl.xy11.0001.ausbe").map(drop)
}

/// How the controller came to the mode it is in.
fn mode(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("s7comm.szl.0424.0000.ereig")?;
    reader.u8("s7comm.szl.0424.0000.ae")?;
    let modes = reader.u8("s7comm.szl.0424.0000.bzu_id")?;
    reader.bits("s7comm.szl.0424.0000.bzu_id.req", modes & 0x0f);
    reader.bits("s7comm.szl.0424.0000.bzu_id.pre", modes >> 4);
    reader.bytes("s7comm.szl.0424.0000.res", 4)?;
    for name in [
        "s7comm.szl.0424.0000.anlinfo1",
        "s7comm.szl.0424.0000.anlinfo2",
        "s7comm.szl.0424.0000.anlinfo3",
        "s7comm.szl.0424.0000.anlinfo4",
    ] {
        reader.u8(name)?;
    }
    reader.bytes("s7comm.szl.0424.0000.time", 8).map(drop)
}

/// Something that happened.
fn diagnostic(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let event = reader.u16("s7comm.cpu.diag_msg.eventid")?;
    reader.bits("s7comm.cpu.diag_msg.eventid.class", event >> 12);
    reader.flags(
        event.into(),
        &[
            ("s7comm.cpu.diag_msg.eventid.ident.entleave", 0x0100),
            ("s7comm.cpu.diag_msg.eventid.ident.diagbuf", 0x0200),
            ("s7comm.cpu.diag_msg.eventid.ident.interr", 0x0400),
            ("s7comm.cpu.diag_msg.eventid.ident.exterr", 0x0800),
        ],
    );
    reader.bits("s7comm.cpu.diag_msg.eventid.nr", event & 0xff);
    reader.u8("s7comm.cpu.diag_msg.prioclass")?;
    reader.u8("s7comm.cpu.diag_msg.obnumber")?;
    reader.u16("s7comm.cpu.diag_msg.datid")?;
    reader.u16("s7comm.cpu.diag_msg.info1")?;
    reader.u32("s7comm.cpu.diag_msg.info2")?;
    time(reader)
}

/// A point in time, from the year on: two decimal digits in a byte.
fn time(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for name in [
        "s7comm.data.ts_year2",
        "s7comm.data.ts_month",
        "s7comm.data.ts_day",
        "s7comm.data.ts_hour",
        "s7comm.data.ts_minute",
        "s7comm.data.ts_second",
    ] {
        decimal(name, reader)?;
    }
    let word = reader.word(2)?;
    let milliseconds = digits(word >> 8).saturating_mul(10).saturating_add(word >> 4 & 0x0f);
    reader.bits("s7comm.data.ts_millisecond", milliseconds);
    reader.bits("s7comm.data.ts_weekday", word & 0x0f);
    Some(())
}

fn decimal(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let byte = reader.word(1)?;
    reader.bits(name, digits(byte));
    Some(())
}

/// The number of two decimal digits.
fn digits(byte: u64) -> u64 {
    (byte >> 4).saturating_mul(10).saturating_add(byte & 0x0f)
}
