//! The fields of TPDUs, type by type.

use super::{CotpHeader, CotpType};
use crate::field_reader::FieldReader;

/// Units of the largest TPDU that is preferred, X.224 section 13.3.4.
const PREFERRED_UNIT: u64 = 128;

/// The smallest length indicator of a type that there is.
pub(super) fn min_length(kind: CotpType) -> Option<u8> {
    Some(match kind {
        CotpType::CONNECTION_REQUEST
        | CotpType::CONNECTION_CONFIRM
        | CotpType::DISCONNECT_REQUEST => 6,
        CotpType::DISCONNECT_CONFIRM => 5,
        CotpType::DATA => 2,
        CotpType::ERROR
        | CotpType::EXPEDITED_DATA
        | CotpType::EXPEDITED_DATA_ACKNOWLEDGEMENT
        | CotpType::REJECT
        | CotpType::DATA_ACKNOWLEDGEMENT => 4,
        _ => return None,
    })
}

/// Whether TPDUs of a type say who they are from.
pub(super) fn has_source(kind: CotpType) -> bool {
    matches!(
        kind,
        CotpType::CONNECTION_REQUEST
            | CotpType::CONNECTION_CONFIRM
            | CotpType::DISCONNECT_REQUEST
            | CotpType::DISCONNECT_CONFIRM
    )
}

/// Bytes between the type and the parameters, where those of the whole header are so many.
pub(super) fn fixed_len(kind: CotpType, len: usize) -> usize {
    match kind {
        // In classes 0 and 1 there is a number only.
        CotpType::DATA if len == 1 => 1,
        kind => min_length(kind).map_or(len, |min| usize::from(min).saturating_sub(1).max(3)),
    }
}

/// Whether a code is one of a parameter: all have the highest bit, X.224 section 13.2.3. Remote
/// desktops put text and records of their own in that place.
pub(super) fn is_parameter(code: u8) -> bool {
    code & 0x80 != 0
}

pub(super) fn variable(header: CotpHeader, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = header.tpdu_type();
    if matches!(kind, CotpType::REJECT | CotpType::DATA_ACKNOWLEDGEMENT) {
        let place = reader.place();
        let credit = crate::Value::Number(header.credit().into());
        reader.value_at("cotp.credit", credit, place.saturating_sub(1)..place);
    }
    let is_short = kind == CotpType::DATA && reader.rest().len() == 1;
    if !is_short {
        reader.u16("cotp.destref")?;
    }
    if has_source(kind) {
        reader.u16("cotp.srcref")?;
    }
    match kind {
        CotpType::CONNECTION_REQUEST | CotpType::CONNECTION_CONFIRM => {
            let class = reader.word(1)?;
            reader.bits("cotp.class", class >> 4);
            reader.flag("cotp.opts.extended_formats", class & 2 != 0);
            reader.flag("cotp.opts.no_explicit_flow_control", class & 1 != 0);
        }
        CotpType::DISCONNECT_REQUEST => drop(reader.u8("cotp.cause")?),
        CotpType::ERROR => drop(reader.u8("cotp.reject_cause")?),
        CotpType::DATA => {
            let number = reader.word(1)?;
            reader.bits("cotp.tpdu-number", number & 0x7f);
            reader.flag("cotp.eot", number & 0x80 != 0);
        }
        CotpType::EXPEDITED_DATA => {
            let number = reader.word(1)?;
            reader.bits("cotp.tpdu-number", number & 0x7f);
        }
        CotpType::EXPEDITED_DATA_ACKNOWLEDGEMENT
        | CotpType::REJECT
        | CotpType::DATA_ACKNOWLEDGEMENT => drop(reader.u8("cotp.next-tpdu-number")?),
        _ => {}
    }
    while reader.peek_u8().is_some_and(is_parameter) {
        let code = reader.u8("cotp.parameter_code")?;
        let len = reader.u8("cotp.parameter_length")?;
        let mut value = reader.part(len.into());
        parameter(code, len, &mut value);
    }
    Some(())
}

fn parameter(code: u8, len: u8, value: &mut FieldReader<'_, '_>) -> Option<()> {
    let all_of = |value: &mut FieldReader<'_, '_>, names: &[&'static str], size| {
        names.iter().try_for_each(|name| value.number(name, size).map(drop))
    };
    match (code, len) {
        (0x85, 2) => value.u16("cotp.ack_time").map(drop),
        (0x86, 3) => {
            let names = [
                "cotp.res_error_rate.target_value",
                "cotp.res_error_rate.min_accept",
                "cotp.res_error_rate.tdsu",
            ];
            all_of(value, &names, 1)
        }
        (0x87, 2) => value.u16("cotp.vp_priority").map(drop),
        (0x88, 8) => {
            let names = [
                "cotp.transit_delay.targ_calling_called",
                "cotp.transit_delay.max_accept_calling_called",
                "cotp.transit_delay.targ_called_calling",
                "cotp.transit_delay.max_accept_called_calling",
            ];
            all_of(value, &names, 2)
        }
        (0x89, 12 | 24) => {
            let names = [
                "cotp.max_throughput.targ_calling_called",
                "cotp.max_throughput.min_accept_calling_called",
                "cotp.max_throughput.targ_called_calling",
                "cotp.max_throughput.min_accept_called_calling",
            ];
            all_of(value, &names, 3)?;
            let names = [
                "cotp.avg_throughput.targ_calling_called",
                "cotp.avg_throughput.min_accept_calling_called",
                "cotp.avg_throughput.targ_called_calling",
                "cotp.avg_throughput.min_accept_called_calling",
            ];
            all_of(value, &names, 3)
        }
        (0x8a, 2) => value.u16("cotp.sequence_number").map(drop),
        (0x8b, 2) => value.u16("cotp.reassignment_time").map(drop),
        (0x8c, 8) => {
            value.u32("cotp.lower_window_edge")?;
            value.u16("cotp.sequence_number")?;
            value.u16("cotp.credit").map(drop)
        }
        (0xc0, 1) => {
            let power = value.word(1)?;
            let size = 1_u64.checked_shl(u32::try_from(power).ok()?)?;
            value.bits("cotp.tpdu_size", size);
            Some(())
        }
        (0xc1, _) => tsap("cotp.src-tsap", "cotp.src-tsap-bytes", value),
        (0xc2, _) => tsap("cotp.dst-tsap", "cotp.dst-tsap-bytes", value),
        (0xc3, 2) => value.u16("cotp.checksum").map(drop),
        (0xc4, 1) => value.u8("cotp.vp_version_nr").map(drop),
        (0xc6, 1) => {
            let options = value.word(1)?;
            value.flag("cotp.transport_expedited_data_transfer", options & 1 != 0);
            Some(())
        }
        (0xf0, 1..=4) => {
            let size = value.word(len.into())?;
            value.bits("cotp.preferred_maximum_tpdu_size", size.saturating_mul(PREFERRED_UNIT));
            Some(())
        }
        (0xf2, 1..=4) => value.number("cotp.inactivity_timer", len.into()).map(drop),
        _ => value.rest_as("cotp.parameter_value").map(drop),
    }
}

/// An address is text if all of it can be printed.
fn tsap(text: &'static str, bytes: &'static str, value: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_text = value.rest().iter().all(|byte| matches!(byte, b' '..=b'~'));
    if is_text { value.rest_text(text) } else { value.rest_as(bytes) }.map(drop)
}
