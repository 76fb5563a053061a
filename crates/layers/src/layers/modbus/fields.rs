//! The fields of Modbus messages, function by function.

use super::{Modbus, ModbusDirection, ModbusFunction};
use crate::Value;
use crate::field_reader::FieldReader;

/// Reads device identification, the encapsulated interface that the specification has.
const READ_DEVICE_IDENTIFICATION: u8 = 14;
/// Objects below this are text; the others are the manufacturer's.
const PRIVATE_OBJECTS: u8 = 0x80;
/// Bits of an event that was received, and of one that was sent.
const RECEIVED: u8 = 0x80;
const SENT: u8 = 0x40;

pub(super) fn message(modbus: &Modbus<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if modbus.header.is_exception() {
        return reader.u8("modbus.exception_code").map(drop);
    }
    let function = modbus.header.function();
    match modbus.direction {
        ModbusDirection::Request => request(function, reader),
        ModbusDirection::Response => response(function, reader),
        // What each function means depends on the way, so that nothing can be said.
        ModbusDirection::Unknown => data(reader),
    }
}

fn data(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.rest_as("modbus.data").map(drop)
}

fn request(function: ModbusFunction, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match function.0 {
        1 | 2 => {
            reader.u16("modbus.reference_num")?;
            reader.u16("modbus.bit_cnt").map(drop)
        }
        3 | 4 => {
            reader.u16("modbus.reference_num")?;
            reader.u16("modbus.word_cnt").map(drop)
        }
        5 | 6 => single(function, reader),
        8 => diagnostics(reader, true),
        15 => {
            reader.u16("modbus.reference_num")?;
            reader.u16("modbus.bit_cnt")?;
            reader.u8("modbus.byte_cnt")?;
            data(reader)
        }
        16 => {
            let first = reader.u16("modbus.reference_num")?;
            reader.u16("modbus.word_cnt")?;
            let count = reader.u8("modbus.byte_cnt")?;
            if reader.rest().len() != usize::from(count) {
                return data(reader);
            }
            let mut register = first;
            while let Some(value) = reader.peek_u16() {
                reader.word(2)?;
                reader.bits("modbus.regnum16", register);
                reader.bits("modbus.regval_uint16", value);
                register = register.wrapping_add(1);
            }
            Some(())
        }
        20 => {
            let count = reader.u8("modbus.byte_cnt")?;
            let mut groups = reader.part(count.into());
            while !groups.is_empty() {
                group(&mut groups)?;
            }
            Some(())
        }
        21 => file_records(reader),
        22 => mask(reader),
        23 => {
            reader.u16("modbus.read_reference_num")?;
            reader.u16("modbus.read_word_cnt")?;
            reader.u16("modbus.write_reference_num")?;
            reader.u16("modbus.write_word_cnt")?;
            reader.u8("modbus.byte_cnt")?;
            data(reader)
        }
        24 => reader.u16("modbus.reference_num").map(drop),
        43 => {
            let mei = reader.peek_u8()?;
            reader.u8("modbus.mei")?;
            if mei != READ_DEVICE_IDENTIFICATION {
                return encapsulated(reader);
            }
            reader.u8("modbus.read_device_id")?;
            reader.u8("modbus.object_id").map(drop)
        }
        _ => data(reader),
    }
}

fn response(function: ModbusFunction, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match function.0 {
        1..=4 => {
            let count = reader.u8("modbus.byte_cnt")?;
            if reader.rest().len() != usize::from(count) {
                return data(reader);
            }
            if function.0 <= 2 { coils(reader) } else { registers(reader) }
        }
        5 | 6 => single(function, reader),
        8 => diagnostics(reader, false),
        11 => {
            reader.u16("modbus.ev_status")?;
            reader.u16("modbus.ev_count").map(drop)
        }
        12 => events(reader),
        15 => {
            reader.u16("modbus.reference_num")?;
            reader.u16("modbus.bit_cnt").map(drop)
        }
        16 => {
            reader.u16("modbus.reference_num")?;
            reader.u16("modbus.word_cnt").map(drop)
        }
        20 => {
            let count = reader.u8("modbus.byte_cnt")?;
            let mut groups = reader.part(count.into());
            while !groups.is_empty() {
                let len = groups.u8("modbus.byte_cnt")?;
                let mut group = groups.part(len.into());
                group.u8("modbus.reference_type")?;
                data(&mut group);
            }
            Some(())
        }
        21 => file_records(reader),
        22 => mask(reader),
        23 => {
            reader.u8("modbus.byte_cnt")?;
            data(reader)
        }
        24 => {
            // Wireshark calls these two bytes a number of one.
            let count = reader.word(2)?;
            reader.bits("modbus.byte_cnt_16", count & 0xff);
            reader.u16("modbus.word_cnt")?;
            data(reader)
        }
        43 => identification(reader),
        _ => data(reader),
    }
}

/// Bits, from the lowest of each byte on. How many of the last byte count only the request says.
fn coils(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let byte = reader.word(1)?;
        (0..8).for_each(|bit| reader.flag("modbus.bitval", byte >> bit & 1 != 0));
    }
    Some(())
}

/// Words. Which is the first only the request says.
fn registers(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u16("modbus.regval_uint16")?;
    }
    Some(())
}

fn single(function: ModbusFunction, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("modbus.reference_num")?;
    let value = reader.bytes("modbus.data", 2)?;
    if let (ModbusFunction::WRITE_SINGLE_COIL, [_, padding]) = (function, value) {
        let end = reader.place();
        let padding = Value::Number((*padding).into());
        reader.value_at("modbus.padding", padding, end.saturating_sub(1)..end);
    }
    Some(())
}

fn mask(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("modbus.reference_num")?;
    reader.u16("modbus.and_mask")?;
    reader.u16("modbus.or_mask").map(drop)
}

fn group(reader: &mut FieldReader<'_, '_>) -> Option<u16> {
    reader.u8("modbus.reference_type")?;
    reader.u32("modbus.reference_num_32")?;
    reader.u16("modbus.word_cnt")
}

fn file_records(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u8("modbus.byte_cnt")?;
    let mut groups = reader.part(count.into());
    while !groups.is_empty() {
        let words = group(&mut groups)?;
        groups.bytes("modbus.data", usize::from(words).saturating_mul(2))?;
    }
    Some(())
}

fn diagnostics(reader: &mut FieldReader<'_, '_>, is_request: bool) -> Option<()> {
    let sub_function = reader.u16("modbus.diagnostic_code")?;
    let counter = match sub_function {
        0 if is_request => {
            return reader.rest_as("modbus.diagnostic.return_query_data.request").map(drop);
        }
        0 => return reader.rest_as("modbus.diagnostic.return_query_data.echo").map(drop),
        1 => "modbus.diagnostic.restart_communication_option",
        3 => return reader.u8("modbus.diagnostic.ascii_input_delimiter").map(drop),
        _ if is_request => return data(reader),
        2 => "modbus.diagnostic.return_diag_register",
        10 => "modbus.diagnostic.clear_ctr_diag_reg",
        11 => "modbus.diagnostic.bus_message_count",
        12 => "modbus.diagnostic.bus_comm_error_count",
        13 => "modbus.diagnostic.bus_exception_error_count",
        14 => "modbus.diagnostic.slave_message_count",
        15 => "modbus.diagnostic.no_slave_response_count",
        16 => "modbus.diagnostic.slave_nak_count",
        17 => "modbus.diagnostic.slave_busy_count",
        18 => "modbus.diagnostic.bus_char_overrun_count",
        _ => return data(reader),
    };
    reader.u16(counter).map(drop)
}

fn events(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u8("modbus.byte_cnt")?;
    let mut log = reader.part(count.into());
    log.u16("modbus.ev_status")?;
    log.u16("modbus.ev_count")?;
    log.u16("modbus.ev_msg_count")?;
    while let Some(event) = log.u8("modbus.event") {
        if event & RECEIVED != 0 {
            log.bits("modbus.ev_recv_comm_err", event >> 1 & 1);
            log.bits("modbus.ev_recv_char_over", event >> 4 & 1);
            log.bits("modbus.ev_recv_lo_mode", event >> 5 & 1);
            log.bits("modbus.ev_recv_broadcast", event >> 6 & 1);
        } else if event & SENT != 0 {
            log.bit_fields(
                event,
                &[
                    ("modbus.ev_send_read_ex", 0x01),
                    ("modbus.ev_send_slave_abort_ex", 0x02),
                    ("modbus.ev_send_slave_busy_ex", 0x04),
                    ("modbus.ev_send_slave_nak_ex", 0x08),
                    ("modbus.ev_send_write_timeout", 0x10),
                    ("modbus.ev_send_lo_mode", 0x20),
                ],
            );
        }
    }
    Some(())
}

/// What is encapsulated stands in Wireshark's data with the type in front of it.
fn encapsulated(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let start = reader.place().saturating_sub(1);
    reader.at(start).rest_as("modbus.data").map(drop)
}

fn identification(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if reader.u8("modbus.mei")? != READ_DEVICE_IDENTIFICATION {
        return encapsulated(reader);
    }
    reader.u8("modbus.read_device_id")?;
    reader.u8("modbus.conformity_level")?;
    reader.u8("modbus.more_follows")?;
    reader.u8("modbus.next_object_id")?;
    let count = reader.u8("modbus.num_objects")?;
    for _ in 0..count {
        let object = reader.u8("modbus.object_id")?;
        let len = reader.u8("modbus.objects_len")?;
        if object < PRIVATE_OBJECTS {
            reader.text("modbus.object_str_value", len.into())?;
        } else {
            reader.bytes("modbus.object_value", len.into())?;
        }
    }
    Some(())
}
