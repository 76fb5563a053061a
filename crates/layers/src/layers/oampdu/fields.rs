//! Fields of OAM messages.

use super::{Oampdu, OampduCode, OampduHeader, head};
use crate::field_reader::FieldReader;
use crate::{FieldSink, Value};

const FLAGS: [(&str, u64); 7] = [
    ("oampdu.flags.linkFault", 0x01),
    ("oampdu.flags.dyingGasp", 0x02),
    ("oampdu.flags.criticalEvent", 0x04),
    ("oampdu.flags.localEvaluating", 0x08),
    ("oampdu.flags.localStable", 0x10),
    ("oampdu.flags.remoteEvaluating", 0x20),
    ("oampdu.flags.remoteStable", 0x40),
];

/// Branch of attributes, annex 57.
const ATTRIBUTES: u8 = 7;
/// Branches of objects and packages.
const OBJECTS: u8 = 3;
const PACKAGES: u8 = 4;

pub(super) fn fields(oampdu: &Oampdu<'_>, sink: &mut dyn FieldSink) {
    let flags = oampdu.header.flag_bits.get();
    sink.number("oampdu.flags", flags, 0..2);
    for (name, mask) in FLAGS {
        sink.flag(name, u64::from(flags) & mask != 0, 0..2);
    }
    sink.number("oampdu.code", oampdu.header.code, 2..3);
    let mut reader = FieldReader::new(oampdu.body, size_of::<OampduHeader>(), sink);
    let _ = match oampdu.code() {
        OampduCode::INFORMATION => information(&mut reader),
        OampduCode::EVENT_NOTIFICATION => events(&mut reader),
        OampduCode::VARIABLE_REQUEST => variables(&mut reader, false),
        OampduCode::VARIABLE_RESPONSE => variables(&mut reader, true),
        OampduCode::LOOPBACK_CONTROL => loopback(&mut reader),
        OampduCode::ORGANIZATION_SPECIFIC => reader.u24("oampdu.info.oui").map(|_| ()),
        _ => None,
    };
}

fn information(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while reader.peek_u8().is_some_and(|kind| kind != 0) {
        let data_len = head(reader.rest()).ok()?.data_len;
        let kind = reader.u8("oampdu.info.type")?;
        reader.u8("oampdu.info.length")?;
        let mut value = reader.part(data_len);
        let _ = match kind {
            1 | 2 => end_of_link(&mut value),
            0xfe => vendor(&mut value),
            _ => None,
        };
    }
    Some(())
}

fn end_of_link(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("oampdu.info.version")?;
    reader.u16("oampdu.info.revision")?;
    let state = reader.u8("oampdu.info.state")?;
    reader.bit_fields(state, &[("oampdu.info.state.parser", 0x03)]);
    reader.flags(state.into(), &[("oampdu.info.state.multiplexer", 0x04)]);
    let configuration = reader.u8("oampdu.info.oamConfig")?;
    reader.flags(configuration.into(), &[("oampdu.info.oamConfig.mode", 0x01)]);
    // Wireshark has no names of their own for what an end of the link can do.
    reader.flags(configuration.into(), FLAGS.get(1..5)?);
    reader.u16("oampdu.info.oampduConfig")?;
    vendor(reader)
}

fn vendor(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u24("oampdu.info.oui")?;
    reader.rest_as("oampdu.info.vendor").map(|_| ())
}

fn events(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("oampdu.event.sequence")?;
    while reader.peek_u8().is_some_and(|kind| kind != 0) {
        let data_len = head(reader.rest()).ok()?.data_len;
        let kind = reader.u8("oampdu.event.type")?;
        reader.u8("oampdu.event.length")?;
        let mut value = reader.part(data_len);
        let names = usize::from(kind).checked_sub(1).and_then(|place| EVENTS.get(place));
        let _ = names.and_then(|names| {
            value.u16("oampdu.event.timestamp")?;
            names.iter().try_for_each(|&(name, len)| value.number(name, len).map(|_| ()))
        });
    }
    Some(())
}

/// By type, from 1 on: the fields behind the time, and how many bytes they have. Wireshark has one
/// name for the errors of the last three.
const EVENTS: [[(&str, usize); 5]; 4] = [
    [
        ("oampdu.event.espeWindow", 8),
        ("oampdu.event.espeThreshold", 8),
        ("oampdu.event.espeErrors", 8),
        ("oampdu.event.espeTotalErrors", 8),
        ("oampdu.event.espeTotalEvents", 4),
    ],
    [
        ("oampdu.event.efeWindow", 2),
        ("oampdu.event.efeThreshold", 4),
        ("oampdu.event.efeErrors", 4),
        ("oampdu.event.efeTotalErrors", 8),
        ("oampdu.event.efeTotalEvents", 4),
    ],
    [
        ("oampdu.event.efpeWindow", 4),
        ("oampdu.event.efpeThreshold", 4),
        ("oampdu.event.efeErrors", 4),
        ("oampdu.event.efpeTotalErrors", 8),
        ("oampdu.event.efpeTotalEvents", 4),
    ],
    [
        ("oampdu.event.efsseWindow", 2),
        ("oampdu.event.efsseThreshold", 2),
        ("oampdu.event.efeErrors", 2),
        ("oampdu.event.efsseTotalErrors", 4),
        ("oampdu.event.efsseTotalEvents", 4),
    ],
];

fn variables(reader: &mut FieldReader<'_, '_>, is_response: bool) -> Option<()> {
    while reader.peek_u8().is_some_and(|branch| branch != 0) {
        let name = match reader.u8("oampdu.variable.branch")? {
            OBJECTS => "oampdu.variable.object",
            PACKAGES => "oampdu.variable.package",
            ATTRIBUTES => "oampdu.variable.attribute",
            _ => "oampdu.variable.binding",
        };
        reader.u16(name)?;
        if !is_response {
            continue;
        }
        // Section 57.6.2.1: the upper bit says that there is no value; a width of zero is 128.
        let width = reader.peek_u8()?;
        reader.skip(1)?;
        if width & 0x80 != 0 {
            reader.value("oampdu.variable.indication", Value::Number((width & 0x7f).into()));
        } else {
            let len = if width == 0 { 128 } else { width };
            reader.value("oampdu.variable.width", Value::Number(len.into()));
            reader.bytes("oampdu.variable.value", len.into())?;
        }
    }
    Some(())
}

fn loopback(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let commands = reader.u8("oampdu.lpbk.commands")?;
    reader.flags(
        commands.into(),
        &[("oampdu.lpbk.commands.enable", 0x01), ("oampdu.lpbk.commands.disable", 0x02)],
    );
    Some(())
}
