//! The fields of DNP3: of the link, of the transport and of the application.

use super::application::{self, Dnp3Function, Dnp3Transport};
use super::objects::{self, Kind, Part};
use super::{Dnp3Header, Dnp3ObjectHeader, Dnp3Range};
use crate::field_reader::FieldReader;
use crate::{Field, FieldSink, Malformed, Value};

/// Hands fields of user data on with their places among the blocks of the frame.
pub(super) struct InBlocks<'s> {
    pub(super) sink: &'s mut dyn FieldSink,
}

impl FieldSink for InBlocks<'_> {
    fn field(&mut self, Field { name, value, bytes }: Field<'_>) {
        let end = application::place(bytes.end.saturating_sub(1)).saturating_add(1);
        let start = application::place(bytes.start).min(end);
        self.sink.value(name, value, start..end);
    }

    fn fault(&mut self, cause: Malformed, place: usize) {
        self.sink.fault(cause, application::place(place));
    }
}

pub(super) fn link(header: &Dnp3Header, sink: &mut dyn FieldSink) {
    let control = header.control;
    sink.number("dnp3.start", header.start, 0..2);
    sink.number("dnp3.len", header.length, 2..3);
    sink.number("dnp3.ctl", control, 3..4);
    sink.flag("dnp3.ctl.dir", header.is_from_master(), 3..4);
    sink.flag("dnp3.ctl.prm", header.is_primary(), 3..4);
    if header.is_primary() {
        sink.flag("dnp3.ctl.fcb", control & 0x20 != 0, 3..4);
        sink.flag("dnp3.ctl.fcv", control & 0x10 != 0, 3..4);
        sink.number("dnp3.ctl.prifunc", header.function_code(), 3..4);
    } else {
        sink.flag("dnp3.ctl.dfc", control & 0x10 != 0, 3..4);
        sink.number("dnp3.ctl.secfunc", header.function_code(), 3..4);
    }
    sink.number("dnp3.dst", header.destination, 4..6);
    sink.number("dnp3.src", header.source, 6..8);
    sink.number("dnp3.hdr.CRC", header.crc, 8..10);
}

pub(super) fn transport(transport: Dnp3Transport, at: usize, sink: &mut dyn FieldSink) {
    let place = at..at.saturating_add(1);
    sink.number("dnp3.tr.ctl", transport.0, place.clone());
    sink.flag("dnp3.tr.fin", transport.is_final(), place.clone());
    sink.flag("dnp3.tr.fir", transport.is_first(), place.clone());
    sink.number("dnp3.tr.seq", transport.sequence(), place);
}

pub(super) fn application(function: Dnp3Function, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let control = reader.u8("dnp3.al.ctl")?;
    reader.flags(
        control.into(),
        &[
            ("dnp3.al.fir", 0x80),
            ("dnp3.al.fin", 0x40),
            ("dnp3.al.con", 0x20),
            ("dnp3.al.uns", 0x10),
        ],
    );
    reader.bits("dnp3.al.seq", control & 0x0f);
    reader.u8("dnp3.al.func")?;
    if function.is_response() {
        let indications = reader.u16("dnp3.al.iin")?;
        reader.flags(
            indications.into(),
            &[
                ("dnp3.al.iin.rst", 0x8000),
                ("dnp3.al.iin.dt", 0x4000),
                ("dnp3.al.iin.dol", 0x2000),
                ("dnp3.al.iin.tsr", 0x1000),
                ("dnp3.al.iin.cls3d", 0x0800),
                ("dnp3.al.iin.cls2d", 0x0400),
                ("dnp3.al.iin.cls1d", 0x0200),
                ("dnp3.al.iin.bmsg", 0x0100),
                ("dnp3.al.iin.cc", 0x0020),
                ("dnp3.al.iin.oae", 0x0010),
                ("dnp3.al.iin.ebo", 0x0008),
                ("dnp3.al.iin.pioor", 0x0004),
                ("dnp3.al.iin.obju", 0x0002),
                ("dnp3.al.iin.fcni", 0x0001),
            ],
        );
    }
    // Objects of secure authentication are not taken apart.
    let is_authentication = matches!(function.0, 32 | 33 | 131);
    while !reader.is_empty() && !is_authentication {
        objects(function, reader)?;
    }
    Some(())
}

fn objects(function: Dnp3Function, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let [group, variation] = *reader.take()?;
    // The variation of a string is its length.
    let shown = if matches!(group, 110 | 111) { 0 } else { variation };
    reader.bits("dnp3.al.obj", u16::from_be_bytes([group, shown]));
    let [qualifier] = *reader.take()?;
    reader.bits("dnp3.al.objq.prefix", qualifier >> 4 & 7);
    reader.bits("dnp3.al.objq.range", qualifier & 0x0f);
    let len = application::range_len(qualifier)?;
    let mut number = |name| reader.le(name, len).and_then(|number| u32::try_from(number).ok());
    let range = match qualifier & 0x0f {
        0..=2 => {
            let start = number("dnp3.al.range.start")?;
            Dnp3Range::Indices { start, stop: number("dnp3.al.range.stop")? }
        }
        3..=5 => Dnp3Range::Absolute(number("dnp3.al.range.abs")?),
        6 => Dnp3Range::All,
        _ => Dnp3Range::Count(number("dnp3.al.range.quantity")?),
    };
    let header = Dnp3ObjectHeader { group, variation, qualifier, range, data: &[] };
    let len = objects::data_len(&header, function.has_values(), reader.rest());
    let mut data = reader.part(len.unwrap_or(reader.rest().len()));
    let kind = objects::kind(group, variation);
    let prefix = application::prefix_len(qualifier);
    if let (Kind::Bits(bits), 0, true) = (kind, prefix, function.has_values()) {
        return packed(bits, range.count(), &mut data);
    }
    for _ in 0..range.count() {
        // Objects of no bytes would never end.
        if data.is_empty() {
            break;
        }
        if application::has_sizes(qualifier) {
            let size = usize::try_from(data.le("dnp3.al.size", prefix)?).ok()?;
            sized(group, variation, &mut data.part(size));
            continue;
        }
        if prefix > 0 {
            data.le("dnp3.al.index", prefix)?;
        }
        if function.has_values() {
            value(kind, variation, &mut data)?;
        }
    }
    Some(())
}

/// Values of one bit or two, from the lowest on.
fn packed(bits: u8, mut count: u32, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while count > 0 {
        let mut byte = reader.word(1)?;
        for _ in (0..8).step_by(usize::from(bits).max(1)) {
            if count == 0 {
                break;
            }
            count = count.saturating_sub(1);
            if bits == 1 {
                reader.flag("dnp3.al.bit", byte & 1 != 0);
            } else {
                reader.bits("dnp3.al.2bit", byte & 3);
            }
            byte >>= bits;
        }
    }
    Some(())
}

fn value(kind: Kind, variation: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        Kind::Parts(parts) => parts.iter().try_for_each(|&each| part(each, reader)),
        Kind::Bits(_) => {
            let byte = reader.word(1)?;
            reader.flag("dnp3.al.bit", byte & 1 != 0);
            Some(())
        }
        Kind::Attribute => attribute(reader),
        Kind::Octets => reader.bytes("dnp3.al.octet_string", variation.into()).map(drop),
        Kind::File | Kind::Unknown => reader.rest_as("dnp3.al.unknown_data_chunk").map(drop),
    }
}

fn part(part: Part, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match part {
        Part::Flags(names) => {
            let byte = reader.word(1)?;
            for (place, name) in names.iter().enumerate() {
                reader.flag(name, byte << place & 0x80 != 0);
            }
        }
        Part::Unsigned(name, len) => drop(reader.le(name, len)?),
        Part::Signed(name, 2) => {
            let number = i16::from_le_bytes(*reader.take()?);
            reader.value(name, Value::Signed(number.into()));
        }
        Part::Signed(name, _) => {
            let number = i32::from_le_bytes(*reader.take()?);
            reader.value(name, Value::Signed(number.into()));
        }
        Part::Float(name) => {
            let number = f32::from_le_bytes(*reader.take()?);
            reader.value(name, Value::Float(number.into()));
        }
        Part::Double(name) => {
            let number = f64::from_le_bytes(*reader.take()?);
            reader.value(name, Value::Float(number));
        }
        Part::Time => drop(reader.le("dnp3.al.timestamp", 6)?),
        Part::RelativeTime => {
            let milliseconds = u16::from_le_bytes(*reader.take()?);
            let seconds = f64::from(milliseconds) / 1000.0;
            reader.value("dnp3.al.reltimestamp", Value::Float(seconds));
        }
        Part::Status => {
            let status = reader.word(1)?;
            reader.bits("dnp3.al.ctrlstatus", status & 0x7f);
        }
        Part::CommandStatus => {
            let status = reader.word(1)?;
            reader.bits("dnp3.al.ctrlstatus", status & 0x7f);
            reader.flag("dnp3.al.bocs", status & 0x80 != 0);
        }
        Part::RelayControl => {
            let control = reader.word(1)?;
            reader.bits("dnp3.ctl.op", control & 0x0f);
            reader.bits("dnp3.ctl.clr", control >> 4 & 3);
            reader.bits("dnp3.ctl.trip", control >> 6);
            reader.u8("dnp3.al.count")?;
            reader.le("dnp3.al.on_time", 4)?;
            reader.le("dnp3.al.off_time", 4)?;
            return self::part(Part::Status, reader);
        }
        Part::Skip(len) => drop(reader.skip(len)?),
    }
    Some(())
}

/// A type, a length and a value of that type.
fn attribute(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u8("dnp3.al.datatype")?;
    let len = reader.u8("dnp3.al.da.length")?;
    let mut value = reader.part(len.into());
    match (kind, len) {
        (1, _) => value.rest_text("dnp3.al.da.value").map(drop),
        (2, 1) => value.u8("dnp3.al.da.uint8").map(drop),
        (2, 2) => value.le("dnp3.al.da.uint16", 2).map(drop),
        (2, 4) => value.le("dnp3.al.da.uint32", 4).map(drop),
        (3, 1) => {
            let [number] = *value.take()?;
            value.value("dnp3.al.da.int8", Value::Signed(number.cast_signed().into()));
            Some(())
        }
        (3, 2) => part(Part::Signed("dnp3.al.da.int16", 2), &mut value),
        (3, 4) => part(Part::Signed("dnp3.al.da.int32", 4), &mut value),
        (4, 4) => part(Part::Float("dnp3.al.da.float"), &mut value),
        (4, 8) => part(Part::Double("dnp3.al.da.double"), &mut value),
        _ => Some(()),
    }
}

/// Objects of files, which say how long they are.
fn sized(group: u8, variation: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match (group, variation) {
        (70, 3) => file_command(reader),
        (70, 4) => {
            reader.le("dnp3.al.file.handle", 4)?;
            reader.le("dnp3.al.file.size", 4)?;
            reader.le("dnp3.al.file.maxblock", 2)?;
            reader.le("dnp3.al.file.reqID", 2)?;
            reader.u8("dnp3.al.file.status").map(drop)
        }
        (70, 5) => {
            file_block(reader)?;
            reader.rest_as("dnp3.al.file.data").map(drop)
        }
        (70, 6) => {
            file_block(reader)?;
            reader.u8("dnp3.al.file.status").map(drop)
        }
        _ => reader.rest_as("dnp3.al.unknown_data_chunk").map(drop),
    }
}

fn file_block(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.le("dnp3.al.file.handle", 4)?;
    let block = u32::from_le_bytes(*reader.take()?);
    reader.bits("dnp3.al.file.blocknum", block & 0x7fff_ffff);
    reader.flag("dnp3.al.file.lastblock", block >> 31 != 0);
    Some(())
}

/// What to do with a file. Its time, its permissions and its size are of one that is written.
fn file_command(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const MODE_AT: usize = 20;
    let is_written = reader.rest().get(MODE_AT).is_some_and(|mode| matches!(mode, 2 | 3));
    reader.le("dnp3.al.file_string_offset", 2)?;
    let len = reader.le("dnp3.al.file_string_length", 2)?;
    if is_written {
        part(Part::Time, reader)?;
        let permissions = reader.le("dnp3.al.file.perms", 2)?;
        reader.flags(
            permissions,
            &[
                ("dnp3.al.file.perms.read_owner", 0x100),
                ("dnp3.al.file.perms.write_owner", 0x080),
                ("dnp3.al.file.perms.exec_owner", 0x040),
                ("dnp3.al.file.perms.read_group", 0x020),
                ("dnp3.al.file.perms.write_group", 0x010),
                ("dnp3.al.file.perms.exec_group", 0x008),
                ("dnp3.al.file.perms.read_world", 0x004),
                ("dnp3.al.file.perms.write_world", 0x002),
                ("dnp3.al.file.perms.exec_world", 0x001),
            ],
        );
    } else {
        reader.skip(8)?;
    }
    reader.le("dnp3.al.file.auth", 4)?;
    if is_written {
        reader.le("dnp3.al.file.size", 4)?;
    } else {
        reader.skip(4)?;
    }
    reader.le("dnp3.al.file.mode", 2)?;
    reader.le("dnp3.al.file.maxblock", 2)?;
    reader.le("dnp3.al.file.reqID", 2)?;
    reader.text("dnp3.al.file_name", usize::try_from(len).ok()?).map(drop)
}
