//! The fields of TLVs under tshark's names.

use super::tlv::{address_len, head, prefix_len};
use crate::field_reader::FieldReader;
use crate::records::{Record, Records};
use crate::{FieldSink, Value};

/// Reports a TLV, as far as its value is there.
pub(super) fn tlv(record: &Record<'_>, sink: &mut dyn FieldSink) {
    sink.number("babel.message", record.kind, record.bytes());
    sink.number("babel.message.type", record.kind, record.at..record.at.saturating_add(1));
    if record.header_len > 1 {
        let place = record.at.saturating_add(1)..record.data_at();
        sink.number("babel.message.length", record.data.len() as u64, place);
    }
    let mut reader = FieldReader::new(record.data, record.data_at(), sink);
    // What is not there is not reported.
    let _ = value_fields(record.kind, &mut reader);
}

fn value_fields(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        2 => {
            reader.skip(2)?;
            reader.u16("babel.message.nonce")?;
            reader.u16("babel.message.interval").map(drop)
        }
        3 => reader.u16("babel.message.nonce").map(drop),
        4 => {
            reader.skip(2)?;
            reader.u16("babel.message.seqno")?;
            reader.u16("babel.message.interval")?;
            sub_tlvs(reader);
            Some(())
        }
        5 => {
            let encoding = reader.u8("babel.message.ae")?;
            reader.skip(1)?;
            reader.u16("babel.message.rxcost")?;
            reader.u16("babel.message.interval")?;
            reader.bytes("babel.message.prefix", address_len(encoding))?;
            sub_tlvs(reader);
            Some(())
        }
        6 => {
            reader.skip(2)?;
            reader.bytes("babel.message.routerid", 8)?;
            sub_tlvs(reader);
            Some(())
        }
        7 => {
            let encoding = reader.u8("babel.message.ae")?;
            reader.skip(1)?;
            reader.bytes("babel.message.prefix", address_len(encoding))?;
            sub_tlvs(reader);
            Some(())
        }
        8 => {
            reader.u8("babel.message.ae")?;
            reader.u8("babel.message.flags")?;
            let bits = reader.u8("babel.message.plen")?;
            let omitted = reader.u8("babel.message.omitted")?;
            reader.u16("babel.message.interval")?;
            reader.u16("babel.message.seqno")?;
            reader.u16("babel.message.metric")?;
            let len = prefix_len(bits).checked_sub(omitted.into())?;
            reader.bytes("babel.message.prefix", len)?;
            sub_tlvs(reader);
            Some(())
        }
        9 => {
            reader.u8("babel.message.ae")?;
            let bits = reader.u8("babel.message.plen")?;
            reader.bytes("babel.message.prefix", prefix_len(bits))?;
            sub_tlvs(reader);
            Some(())
        }
        10 => {
            reader.u8("babel.message.ae")?;
            let bits = reader.u8("babel.message.plen")?;
            reader.u16("babel.message.seqno")?;
            reader.u8("babel.message.hopcount")?;
            reader.skip(1)?;
            reader.bytes("babel.message.routerid", 8)?;
            reader.bytes("babel.message.prefix", prefix_len(bits))?;
            sub_tlvs(reader);
            Some(())
        }
        17 => reader.u32("babel.message.index").map(drop),
        _ => None,
    }
}

/// RFC 8966, section 4.7: what is behind the value that its type knows of.
fn sub_tlvs(reader: &mut FieldReader<'_, '_>) {
    /// Diversity routing: the channels of a route.
    const DIVERSITY: u16 = 2;
    let mut records = Records::new(reader.rest(), reader.place(), head);
    while let Some(record) = reader.sound(records.next(), records.place()) {
        let kind = u64::from(record.kind);
        let place = record.at..record.at.saturating_add(1);
        reader.value_at("babel.subtlv", Value::Number(kind), record.bytes());
        reader.value_at("babel.subtlv.type", Value::Number(kind), place);
        if record.header_len > 1 {
            let place = record.at.saturating_add(1)..record.data_at();
            reader.value_at("babel.subtlv.length", Value::Number(record.data.len() as u64), place);
        }
        if record.kind == DIVERSITY {
            for (at, &channel) in (record.data_at()..).zip(record.data) {
                let place = at..at.saturating_add(1);
                let channel = Value::Number(channel.into());
                reader.value_at("babel.subtlv.diversity.channel", channel, place);
            }
        }
    }
}
