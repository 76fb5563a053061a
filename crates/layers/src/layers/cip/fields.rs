//! The fields of CIP messages, of paths, and of what connection managers are asked.

use super::connection::CONNECTION_MANAGER;
use super::segments::{self, EXTENDED_SYMBOL, KEY};
use super::{Cip, CipHeader, CipService};
use crate::field_reader::FieldReader;
use crate::{FieldSink, Layer};

/// Most messages inside of each other: real ones are two deep, and hostile ones have no end.
const MAX_DEPTH: u8 = 4;

/// Reports a message at a place of the layer, inside of so many others.
pub(super) fn message(cip: &Cip<'_>, at: usize, depth: u8, sink: &mut dyn FieldSink) {
    let service = cip.header.service_and_response;
    let next = at.saturating_add(1);
    sink.number("cip.service", service, at..next);
    sink.number("cip.rr", u8::from(cip.header.is_response()), at..next);
    sink.number("cip.sc", cip.header.service().0, at..next);
    let mut place = at.saturating_add(size_of::<CipHeader>());
    if let Some(status) = cip.status {
        sink.number("cip.genstat", status.general, place..place.saturating_add(1));
        let words = status.additional.len() as u64 / 2;
        place = place.saturating_add(2);
        sink.number("cip.addstat_size", words, place.saturating_sub(1)..place);
        for word in status.additional() {
            sink.number("cip.addstat", word, place..place.saturating_add(2));
            place = place.saturating_add(2);
        }
    } else {
        sink.number("cip.request_path_size", cip.header.path_size, next..place);
        path(cip.path, place, sink);
        place = place.saturating_add(cip.path.len());
    }
    if service & 0x7f == CipService::MULTIPLE_SERVICE_PACKET.0 {
        multiple(cip.payload, place, depth, sink);
    } else if manages_connections(cip) {
        sink.number("cip.rr", u8::from(cip.header.is_response()), at..next);
        sink.number("cip.cm.sc", cip.header.service().0, at..next);
        let mut reader = FieldReader::new(cip.payload, place, sink);
        // What is not there is not reported.
        let _ = match cip.status {
            None => asked(cip.header.service(), &mut reader, depth),
            Some(status) if status.general == 0 => answered(cip.header.service(), &mut reader),
            Some(_) => refused(cip, at, &mut reader),
        };
    } else {
        FieldReader::new(cip.payload, place, sink).rest_as("cip.data");
    }
}

/// Whether a message is one of those to or from a connection manager that are known here. A response
/// has no path: its length must be that of such a response.
fn manages_connections(cip: &Cip<'_>) -> bool {
    let service = cip.header.service();
    let len = cip.payload.len();
    let Some(status) = cip.status else {
        let is_known = matches!(service.0, 0x4e | 0x52 | 0x54 | 0x5a | 0x5b);
        let is_instance = |segment| matches!(segment, Ok(super::CipSegment::Instance(1..)));
        return is_known
            && cip.class() == Some(CONNECTION_MANAGER)
            && cip.segments().any(is_instance);
    };
    // Bytes of reply that the word at the end of a response of this length announces.
    let reply_len = |size_at: usize| {
        let size = cip.payload.get(size_at).copied().map(usize::from);
        size.map(|size| size.saturating_mul(2).saturating_add(size_at).saturating_add(2))
    };
    match (service, status.general) {
        (CipService::FORWARD_OPEN | CipService::LARGE_FORWARD_OPEN, 0) => {
            reply_len(24) == Some(len)
        }
        (CipService::FORWARD_CLOSE, 0) => reply_len(8) == Some(len),
        (
            CipService::FORWARD_OPEN | CipService::LARGE_FORWARD_OPEN | CipService::FORWARD_CLOSE,
            1..,
        ) => len == 10,
        (CipService::UNCONNECTED_SEND, 1..) => len <= 1,
        _ => false,
    }
}

/// Time of a tick and number of ticks, and their product.
fn timeout(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let start = reader.place();
    let word = reader.word(1)?;
    reader.bits("cip.cm.priority", word >> 4 & 1);
    reader.bits("cip.cm.tick_time", word & 0x0f);
    let ticks = reader.u8("cip.cm.timeout_tick")?;
    let timeout = crate::Value::Number(u64::from(ticks) << (word & 0x0f));
    let end = reader.place();
    reader.value_at("cip.cm.timeout", timeout, start..end);
    Some(())
}

fn serial_numbers(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.le("cip.cm.conn_serial_num", 2)?;
    reader.le("cip.cm.vendor", 2)?;
    reader.le("cip.cm.orig_serial_num", 4).map(drop)
}

/// A path at the place that a reader is at.
fn path_here(words: u8, reader: &mut FieldReader<'_, '_>) {
    let start = reader.place();
    let mut part = reader.part(usize::from(words).saturating_mul(2));
    let bytes = part.rest();
    path_of(bytes, start, &mut |name, value, place| part.value_at(name, value, place));
}

fn asked(service: CipService, reader: &mut FieldReader<'_, '_>, depth: u8) -> Option<()> {
    match service {
        CipService::FORWARD_OPEN | CipService::LARGE_FORWARD_OPEN => {
            let len = if service == CipService::FORWARD_OPEN { 2 } else { 4 };
            timeout(reader)?;
            reader.le("cip.cm.ot_connid", 4)?;
            reader.le("cip.cm.to_connid", 4)?;
            serial_numbers(reader)?;
            reader.u8("cip.cm.timeout_multiplier")?;
            reader.le("cip.reserved", 3)?;
            reader.le("cip.cm.otrpi", 4)?;
            parameters("cip.cm.ot_net_params", len, reader)?;
            reader.le("cip.cm.torpi", 4)?;
            parameters("cip.cm.to_net_params", len, reader)?;
            let trigger = reader.u8("cip.cm.transport_type_trigger")?;
            reader.bits("cip.cm.fwo.dir", trigger >> 7);
            reader.bits("cip.cm.fwo.trigger", trigger >> 4 & 7);
            reader.bits("cip.cm.fwo.transport", trigger & 0x0f);
            let words = reader.u8("cip.cm.connpath_size")?;
            path_here(words, reader);
        }
        CipService::FORWARD_CLOSE => {
            timeout(reader)?;
            serial_numbers(reader)?;
            let words = reader.u8("cip.cm.connpath_size")?;
            reader.u8("cip.reserved")?;
            path_here(words, reader);
        }
        CipService::UNCONNECTED_SEND => {
            timeout(reader)?;
            let len = reader.le("cip.cm.msg_req_size", 2)?;
            embedded_here(usize::try_from(len).ok()?, reader, depth)?;
            if len % 2 != 0 {
                reader.u8("cip.pad")?;
            }
            let words = reader.u8("cip.cm.route_path_size")?;
            reader.u8("cip.reserved")?;
            path_here(words, reader);
        }
        _ => {
            reader.u8("cip.reserved")?;
            let words = reader.u8("cip.cm.connpath_size")?;
            path_here(words, reader);
        }
    }
    Some(())
}

/// What a connection carries, and how: in 16 bits, or in the halves of 32.
fn parameters(name: &'static str, len: usize, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.le(name, len)?;
    let (high, size) = if len == 2 { (word, word & 0x01ff) } else { (word >> 16, word & 0xffff) };
    reader.bits("cip.cm.fwo.owner", high >> 15);
    reader.bits("cip.cm.fwo.type", high >> 13 & 3);
    reader.bits("cip.cm.fwo.prio", high >> 10 & 3);
    reader.bits("cip.cm.fwo.f_v", high >> 9 & 1);
    reader.bits("cip.cm.fwo.consize", size);
    Some(())
}

fn answered(service: CipService, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let opens = service != CipService::FORWARD_CLOSE;
    if opens {
        reader.le("cip.cm.ot_connid", 4)?;
        reader.le("cip.cm.to_connid", 4)?;
    }
    serial_numbers(reader)?;
    if opens {
        reader.le("cip.cm.otapi", 4)?;
        reader.le("cip.cm.toapi", 4)?;
    }
    reader.u8("cip.cm.app_reply_size")?;
    reader.u8("cip.reserved")?;
    reader.rest_as("cip.cm.app_reply_data").map(drop)
}

fn refused(cip: &Cip<'_>, at: usize, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let status = cip.status?;
    let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
    let number = |number: u64| crate::Value::Number(number);
    reader.value_at("cip.cm.genstat", number(status.general.into()), place(2, 3));
    let words = status.additional.len() as u64 / 2;
    reader.value_at("cip.cm.addstat_size", number(words), place(3, 4));
    if let Some(word) = status.additional().next() {
        reader.value_at("cip.cm.ext_status", number(word.into()), place(4, 6));
    }
    if cip.header.service() == CipService::UNCONNECTED_SEND {
        return reader.u8("cip.cm.remain_path_size").map(drop);
    }
    serial_numbers(reader)?;
    reader.u8("cip.cm.remain_path_size")?;
    reader.u8("cip.reserved").map(drop)
}

/// A message inside of another.
fn embedded_here(len: usize, reader: &mut FieldReader<'_, '_>, depth: u8) -> Option<()> {
    let start = reader.place();
    let mut part = reader.part(len);
    let bytes = part.rest();
    let depth = depth.checked_add(1).filter(|depth| *depth < MAX_DEPTH)?;
    if let Ok(cip) = Cip::parse(bytes) {
        message(&cip, start, depth, &mut |field: crate::Field<'_>| {
            part.value_at(field.name, field.value, field.bytes);
        });
    }
    Some(())
}

/// The messages in the data of a message of several, and their places in it.
pub(super) fn embedded(data: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let (count, offsets) = data.split_first_chunk().unwrap_or((&[0, 0], &[]));
    let offsets = offsets.as_chunks().0.iter().map(|offset| u16::from_le_bytes(*offset).into());
    let count = usize::from(u16::from_le_bytes(*count));
    let ends = offsets.clone().take(count).skip(1).chain([data.len()]);
    offsets.take(count).zip(ends).filter_map(|(start, end): (usize, usize)| {
        let end = end.min(data.len());
        data.get(start..end).map(|message| (message, start))
    })
}

fn multiple(data: &[u8], at: usize, depth: u8, sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(data, at, sink);
    let Some(count) = reader.le("cip.msp.num_services", 2) else { return };
    for _ in 0..count {
        if reader.le("cip.msp.offset", 2).is_none() {
            return;
        }
    }
    let Some(depth) = depth.checked_add(1).filter(|depth| *depth < MAX_DEPTH) else { return };
    for (bytes, start) in embedded(data) {
        if let Ok(cip) = Cip::parse(bytes) {
            message(&cip, at.saturating_add(start), depth, sink);
        }
    }
}

fn path(bytes: &[u8], at: usize, sink: &mut dyn FieldSink) {
    path_of(bytes, at, &mut |name, value, place| sink.value(name, value, place));
}

/// Takes a name, a value and a place.
type Report<'r> = dyn FnMut(&'static str, crate::Value<'_>, std::ops::Range<usize>) + 'r;

fn path_of(mut bytes: &[u8], mut at: usize, report: &mut Report<'_>) {
    while let Some((&first, rest)) = bytes.split_first() {
        let len = segments::len(first, rest);
        let Some((segment, behind)) = bytes.split_at_checked(len) else { return };
        let mut sink = |field: crate::Field<'_>| report(field.name, field.value, field.bytes);
        let mut reader = FieldReader::new(segment, at, &mut sink);
        // What is not there is not reported.
        let _ = segment_fields(segment, &mut reader);
        (bytes, at) = (behind, at.saturating_add(len));
    }
}

fn segment_fields(segment: &[u8], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let first = reader.u8("cip.path_segment")?;
    reader.bits("cip.path_segment.type", first >> 5);
    match (first >> 5, first & 0x1f) {
        (0, bits) => {
            reader.flag("cip.ex_linkaddress", bits & 0x10 != 0);
            reader.bits("cip.port", bits & 0x0f);
            let len = if bits & 0x10 != 0 { reader.u8("cip.linkaddress_size")? } else { 1 };
            if bits & 0x0f == 0x0f {
                reader.le("cip.port", 2)?;
            }
            if bits & 0x10 != 0 {
                reader.text("cip.linkaddress.string", len.into()).map(drop)
            } else {
                reader.u8("cip.linkaddress.byte").map(drop)
            }
        }
        (1, bits) => {
            reader.bits("cip.logical_segment.type", bits >> 2);
            if first == KEY {
                return key(reader);
            }
            reader.bits("cip.logical_segment.format", bits & 3);
            let name = match bits >> 2 {
                0 => "cip.class",
                1 => "cip.instance",
                2 => "cip.member",
                3 => "cip.connpoint",
                4 => "cip.attribute",
                6 => "cip.serviceid",
                _ => return None,
            };
            let number = segments::number(segment)?;
            let padding = usize::from(bits & 3 != 0);
            reader.skip(padding)?;
            reader.skip(segment.len().checked_sub(padding)?.checked_sub(1)?)?;
            reader.bits(name, number);
            Some(())
        }
        (2, kind) => {
            reader.bits("cip.network_segment.type", kind);
            match kind {
                1 => reader.u8("cip.network_segment.schedule").map(drop),
                2 => reader.u8("cip.network_segment.fixed_tag").map(drop),
                3 => reader.u8("cip.network_segment.prod_inhibit").map(drop),
                _ => reader.u8("cip.network_segment.length").map(drop),
            }
        }
        (3, size @ 1..) => {
            reader.bits("cip.symbol.size", size);
            reader.text("cip.ascii_symbol", size.into()).map(drop)
        }
        (4, kind) => {
            reader.bits("cip.data_segment.type", kind);
            let size = reader.u8("cip.data_segment.size")?;
            if first == EXTENDED_SYMBOL {
                return reader.text("cip.symbol", size.into()).map(drop);
            }
            reader.bytes("cip.data_segment.data", usize::from(size).saturating_mul(2)).map(drop)
        }
        _ => None,
    }
}

fn key(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("cip.ekey.format")?;
    reader.le("cip.ekey.vendor", 2)?;
    reader.le("cip.ekey.devtype", 2)?;
    reader.le("cip.ekey.product_code", 2)?;
    let major = reader.u8("cip.ekey.compatibility")?;
    reader.bits("cip.ekey.comp_bit", major >> 7);
    reader.bits("cip.ekey.major_rev", major & 0x7f);
    reader.u8("cip.ekey.minor_rev").map(drop)
}
