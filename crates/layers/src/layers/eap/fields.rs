//! Fields of EAP's methods.

use super::method::attribute_head;
use super::{Eap, EapCode, EapType};
use crate::Value;
use crate::field_reader::{FieldReader, big_endian};

/// The vendor whose type 1 is Wi-Fi Protected Setup.
const WIFI_ALLIANCE: [u8; 3] = [0x00, 0x37, 0x2a];
/// Attributes of SIM and AKA whose value is a number.
const AT_NOTIFICATION: u8 = 12;
const AT_CLIENT_ERROR_CODE: u8 = 22;

pub(super) fn fields(eap: &Eap<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let method = EapType(reader.u8("eap.type")?);
    match method {
        EapType::IDENTITY => {
            reader.rest_text("eap.identity")?;
        }
        EapType::NOTIFICATION => {
            reader.rest_text("eap.notification")?;
        }
        EapType::NAK => while reader.u8("eap.desired_type").is_some() {},
        EapType::MD5 => {
            let len = reader.u8("eap.md5.value_size")?;
            reader.bytes("eap.md5.value", len.into())?;
            reader.rest_as("eap.md5.extra_data")?;
        }
        EapType::TLS | EapType::TTLS | EapType::PEAP | EapType::FAST | EapType::TEAP => {
            tls(method, reader)?;
        }
        EapType::SIM => sim(reader, &SIM)?,
        EapType::AKA | EapType::AKA_PRIME => sim(reader, &AKA)?,
        EapType::LEAP => leap(eap.code(), reader)?,
        EapType::MS_CHAP_V2 => ms_chap(eap.code(), reader)?,
        EapType::EXPANDED => expanded(reader)?,
        _ => {
            reader.rest_as("eap.data")?;
        }
    }
    Some(())
}

const TLS_FLAGS: [(&str, u64); 3] = [
    ("eap.tls.flags.len_included", 0x80),
    ("eap.tls.flags.more_fragments", 0x40),
    ("eap.tls.flags.start", 0x20),
];

fn tls(method: EapType, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("eap.tls.flags")?;
    reader.flags(flags.into(), &TLS_FLAGS);
    if method == EapType::TEAP {
        reader.flags(flags.into(), &[("eap.tls.flags.outer_tlv_len_included", 0x10)]);
    }
    if method != EapType::TLS {
        reader.bit_fields(flags, &[("eap.tls.flags.version", 0x07)]);
    }
    if flags & 0x80 != 0 {
        reader.u32("eap.tls.len")?;
    }
    // RFC 4851, section 4.1.1: the first message of FAST says who the authority is.
    while method == EapType::FAST && flags & 0x20 != 0 && !reader.is_empty() {
        let kind = reader.u16("eap.fast.type")?;
        let len = reader.u16("eap.fast.length")?;
        let data = reader.bytes("eap.data", len.into())?;
        if kind == 4 {
            reader.value("eap.fast.authority_id_data", Value::Bytes(data));
        }
    }
    Some(())
}

/// Wireshark's names for a method of telephone cards.
struct Names {
    subtype: &'static str,
    reserved: &'static str,
    kind: &'static str,
    len: &'static str,
    notification: &'static str,
    error: &'static str,
    value: &'static str,
}

const SIM: Names = Names {
    subtype: "eap.sim.subtype",
    reserved: "eap.sim.reserved",
    kind: "eap.sim.subtype.type",
    len: "eap.sim.subtype.len",
    notification: "eap.sim.notification_type",
    error: "eap.sim.error_code",
    value: "eap.sim.subtype.value",
};

const AKA: Names = Names {
    subtype: "eap.aka.subtype",
    reserved: "eap.aka.reserved",
    kind: "eap.aka.subtype.type",
    len: "eap.aka.subtype.len",
    notification: "eap.aka.notification_type",
    error: "eap.aka.error_code",
    value: "eap.aka.subtype.value",
};

fn sim(reader: &mut FieldReader<'_, '_>, names: &Names) -> Option<()> {
    reader.u8(names.subtype)?;
    reader.u16(names.reserved)?;
    while !reader.is_empty() {
        let data_len = attribute_head(reader.rest()).ok()?.data_len;
        let kind = reader.u8(names.kind)?;
        reader.u8(names.len)?;
        match (kind, data_len) {
            (AT_NOTIFICATION, 2) => {
                reader.u16(names.notification)?;
            }
            (AT_CLIENT_ERROR_CODE, 2) => {
                reader.u16(names.error)?;
            }
            _ => {
                reader.bytes(names.value, data_len)?;
            }
        }
    }
    Some(())
}

fn leap(code: EapCode, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("eap.leap.version")?;
    reader.u8("eap.leap.reserved")?;
    let len = reader.u8("eap.leap.count")?;
    let name = match (code, len) {
        (EapCode::RESPONSE, 24) => "eap.leap.peer_response",
        _ => "eap.leap.data",
    };
    reader.bytes(name, len.into())?;
    reader.rest_text("eap.leap.name").map(|_| ())
}

fn ms_chap(code: EapCode, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let operation = reader.u8("eap.ms_chap_v2.opcode")?;
    reader.u8("eap.ms_chap_v2.id")?;
    reader.u16("eap.ms_chap_v2.length")?;
    match (operation, code) {
        (1, _) => {
            let len = reader.u8("eap.ms_chap_v2.value_size")?;
            reader.bytes("eap.ms_chap_v2.challenge", len.into())?;
            reader.rest_text("eap.ms_chap_v2.name")?;
        }
        (2, _) => {
            let len = reader.u8("eap.ms_chap_v2.value_size")?;
            if len == 49 {
                reader.bytes("eap.ms_chap_v2.peer_challenge", 16)?;
                reader.bytes("eap.ms_chap_v2.reserved", 8)?;
                reader.bytes("eap.ms_chap_v2.nt_response", 24)?;
                reader.u8("eap.ms_chap_v2.flags")?;
            } else {
                reader.bytes("eap.ms_chap_v2.response", len.into())?;
            }
            reader.rest_text("eap.ms_chap_v2.name")?;
        }
        (3, _) => {
            reader.rest_text("eap.ms_chap_v2.message")?;
        }
        (4, EapCode::REQUEST) => {
            reader.rest_text("eap.ms_chap_v2.failure_request")?;
        }
        _ => {
            reader.rest_as("eap.ms_chap_v2.data")?;
        }
    }
    Some(())
}

fn expanded(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let vendor = reader.skip(3)?;
    reader.value("eap.ext.vendor_id", Value::Number(big_endian(vendor)));
    let kind = reader.u32("eap.ext.vendor_type")?;
    if (vendor, kind) != (&WIFI_ALLIANCE[..], 1) {
        return reader.rest_as("eap.data").map(|_| ());
    }
    reader.u8("eap.wps.code")?;
    let flags = reader.u8("eap.wps.flags")?;
    reader.flags(flags.into(), &[("eap.wps.flags.more", 0x01), ("eap.wps.flags.length", 0x02)]);
    if flags & 2 != 0 {
        reader.u16("eap.wps.msglen")?;
    }
    Some(())
}
