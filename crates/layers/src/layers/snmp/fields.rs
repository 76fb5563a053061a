//! Fields of SNMP, under Wireshark's names.

use super::ber::{Reader, Value as Ber};
use super::{INTEGER, OCTET_STRING, SEQUENCE, Snmp, SnmpOid, SnmpPdu, SnmpPduHeader};
use super::{SnmpValue, VERSION_3};
use crate::{FieldSink, Malformed, Value};

/// Reports a message up to the first error.
pub(super) fn fields(snmp: &Snmp<'_>, sink: &mut dyn FieldSink) -> Result<(), Malformed> {
    let mut reader = snmp.reader();
    let version_at = snmp.body_at.saturating_sub(1)..snmp.body_at;
    if snmp.version != VERSION_3 {
        sink.value("snmp.version", Value::Signed(snmp.version), version_at);
        let community = reader.expect(OCTET_STRING)?;
        text("snmp.community", &community, sink);
        return pdu(reader, sink);
    }
    sink.value("snmp.msgVersion", Value::Signed(snmp.version), version_at);
    let global = reader.expect(SEQUENCE)?;
    let mut inside = Reader::inside(&global);
    integer("snmp.msgID", &inside.expect(INTEGER)?, sink);
    integer("snmp.msgMaxSize", &inside.expect(INTEGER)?, sink);
    let flags = inside.expect(OCTET_STRING)?;
    bytes("snmp.msgFlags", &flags, sink);
    if let &[bits] = flags.content {
        let place = flags.content_at..flags.end();
        sink.flag("snmp.v3.flags.report", bits & 4 != 0, place.clone());
        sink.flag("snmp.v3.flags.crypt", bits & 2 != 0, place.clone());
        sink.flag("snmp.v3.flags.auth", bits & 1 != 0, place);
    }
    integer("snmp.msgSecurityModel", &inside.expect(INTEGER)?, sink);
    let parameters = reader.expect(OCTET_STRING)?;
    user_security(&parameters, sink)?;
    let data = reader.next(true)?;
    let kind = u8::from(data.tag != SEQUENCE);
    sink.number("snmp.msgData", kind, data.at..data.end());
    if data.tag == SEQUENCE {
        let mut inside = Reader::inside(&data);
        bytes("snmp.contextEngineID", &inside.expect(OCTET_STRING)?, sink);
        text("snmp.contextName", &inside.expect(OCTET_STRING)?, sink);
        pdu(inside, sink)
    } else {
        bytes("snmp.encryptedPDU", &data, sink);
        Ok(())
    }
}

/// RFC 3414, section 2.4.
fn user_security(parameters: &Ber<'_>, sink: &mut dyn FieldSink) -> Result<(), Malformed> {
    let parameters = Reader::inside(parameters).expect(SEQUENCE)?;
    let mut reader = Reader::inside(&parameters);
    bytes("snmp.msgAuthoritativeEngineID", &reader.expect(OCTET_STRING)?, sink);
    integer("snmp.msgAuthoritativeEngineBoots", &reader.expect(INTEGER)?, sink);
    integer("snmp.msgAuthoritativeEngineTime", &reader.expect(INTEGER)?, sink);
    text("snmp.msgUserName", &reader.expect(OCTET_STRING)?, sink);
    bytes("snmp.msgAuthenticationParameters", &reader.expect(OCTET_STRING)?, sink);
    bytes("snmp.msgPrivacyParameters", &reader.expect(OCTET_STRING)?, sink);
    Ok(())
}

fn pdu(mut reader: Reader<'_>, sink: &mut dyn FieldSink) -> Result<(), Malformed> {
    let whole = {
        let mut front = reader;
        front.next(true)
    }?;
    let found = SnmpPdu::read(&mut reader)?;
    let place = whole.at..whole.end();
    sink.number("snmp.data", found.pdu_type, place.clone());
    let mut inside = Reader::inside(&whole);
    match found.header {
        SnmpPduHeader::Request { .. } => {
            let names = match found.pdu_type {
                5 => ["snmp.request_id", "snmp.non_repeaters", "snmp.max_repetitions"],
                _ => ["snmp.request_id", "snmp.error_status", "snmp.error_index"],
            };
            for name in names {
                integer(name, &inside.expect(INTEGER)?, sink);
            }
        }
        SnmpPduHeader::Trap { agent, .. } => {
            let enterprise = inside.next(true)?;
            bytes("snmp.enterprise", &enterprise, sink);
            let address = inside.next(true)?;
            let place = address.content_at..address.end();
            sink.value("snmp.agent_addr", Value::Ipv4(agent), place);
            integer("snmp.generic_trap", &inside.next(true)?, sink);
            integer("snmp.specific_trap", &inside.next(true)?, sink);
            unsigned("snmp.time_stamp", &inside.next(true)?, sink);
        }
    }
    let list = inside.next(true)?;
    let count = found.variables().flatten().count();
    sink.number("snmp.variable_bindings", count as u64, list.content_at..list.end());
    for variable in found.variables_at() {
        let (name, value, variable) = variable?;
        bytes("snmp.name", &name, sink);
        let place = value.content_at..value.end();
        match variable.value {
            SnmpValue::Integer(number) => {
                sink.value("snmp.value.int", Value::Signed(number), place);
            }
            SnmpValue::Octets(content) => sink.bytes("snmp.value.octets", content, place),
            SnmpValue::Oid(SnmpOid(content)) => sink.bytes("snmp.value.oid", content, place),
            SnmpValue::Address(address) => {
                sink.value("snmp.value.ipv4", Value::Ipv4(address), place);
            }
            SnmpValue::Counter(number) | SnmpValue::Counter64(number) => {
                sink.number("snmp.value.counter", number, place);
            }
            SnmpValue::Gauge(number) => sink.number("snmp.value.g32", number, place),
            SnmpValue::TimeTicks(number) => sink.number("snmp.value.timeticks", number, place),
            SnmpValue::Opaque(content) => sink.bytes("snmp.value.opaque", content, place),
            SnmpValue::Null => sink.bytes("snmp.value.null", &[], place),
            SnmpValue::NoSuchObject => sink.bytes("snmp.noSuchObject", &[], place),
            SnmpValue::NoSuchInstance => sink.bytes("snmp.noSuchInstance", &[], place),
            SnmpValue::EndOfMibView => sink.bytes("snmp.endOfMibView", &[], place),
            SnmpValue::Unknown { content, .. } => sink.bytes("snmp.value.unk", content, place),
        }
    }
    Ok(())
}

fn integer(name: &'static str, value: &Ber<'_>, sink: &mut dyn FieldSink) {
    if let Some(number) = value.integer() {
        sink.value(name, Value::Signed(number), value.content_at..value.end());
    }
}

fn unsigned(name: &'static str, value: &Ber<'_>, sink: &mut dyn FieldSink) {
    if let Some(number) = value.unsigned() {
        sink.number(name, number, value.content_at..value.end());
    }
}

fn bytes(name: &'static str, value: &Ber<'_>, sink: &mut dyn FieldSink) {
    sink.bytes(name, value.content, value.content_at..value.end());
}

fn text(name: &'static str, value: &Ber<'_>, sink: &mut dyn FieldSink) {
    let shown = std::str::from_utf8(value.content).map_or(Value::Bytes(value.content), Value::Text);
    sink.value(name, shown, value.content_at..value.end());
}
