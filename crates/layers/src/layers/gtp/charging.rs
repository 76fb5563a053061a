//! Information elements of charging, which GTP' has, TS 32.295 section 6.2.

use crate::field_reader::FieldReader;

/// Reports the value of an element.
pub(super) fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        126 => reader.u8("gtp.tr_comm").map(drop),
        0xf9 => numbers("gtp.seq_num_released", reader),
        0xfa => numbers("gtp.seq_num_canceled", reader),
        0xfc => records(reader),
        0xfd => numbers("gtp.requests_responded", reader),
        _ => None,
    }
}

fn numbers(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u16(name)?;
    }
    Some(())
}

/// Call data records, in a form that their own number names.
fn records(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u8("gtp.number_of_data_records")?;
    reader.u8("gtp.data_record_format")?;
    let word = reader.word(1)?;
    reader.bit_fields(word, &[("gtp.cdr_app", 0xf0), ("gtp.cdr_rel", 0x0f)]);
    reader.u8("gtp.cdr_ver")?;
    for _ in 0..count {
        let len = reader.u16("gtp.cdr_length")?;
        reader.bytes("gtp.cdr_context", len.into())?;
    }
    Some(())
}
