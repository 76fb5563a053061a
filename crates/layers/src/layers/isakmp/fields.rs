//! Fields of payloads of IKE, RFC 7296 section 3 and RFC 2408 section 3.

use super::{Isakmp, PAYLOAD_HEADER_LEN, associations};
use crate::field_reader::FieldReader;

/// Most payloads of a message: more than any has, and far fewer than empty ones fit in a datagram.
const MAX_PAYLOADS: usize = 256;

pub(super) fn message(isakmp: &Isakmp<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let header = isakmp.header;
    let is_second = header.major_version() == 2;
    reader.bytes("isakmp.ispi", 8)?;
    reader.bytes("isakmp.rspi", 8)?;
    reader.u8("isakmp.nextpayload")?;
    reader.u8("isakmp.version")?;
    reader.bits("isakmp.mjver", header.major_version());
    reader.bits("isakmp.mnver", header.minor_version());
    reader.u8("isakmp.exchangetype")?;
    let flags = reader.u8("isakmp.flags")?.into();
    let names = if is_second {
        [("isakmp.flag_i", 0x08), ("isakmp.flag_v", 0x10), ("isakmp.flag_r", 0x20)]
    } else {
        [("isakmp.flag_e", 0x01), ("isakmp.flag_c", 0x02), ("isakmp.flag_a", 0x04)]
    };
    reader.flags(flags, &names);
    reader.u32("isakmp.messageid")?;
    reader.u32("isakmp.length")?;
    if header.is_encrypted() {
        reader.rest_as("isakmp.enc.data");
        return Some(());
    }
    let mut next = header.next_payload;
    for _ in 0..MAX_PAYLOADS {
        if next == 0 {
            break;
        }
        next = payload(next, is_second, reader)?;
    }
    if !reader.is_empty() {
        reader.rest_as("isakmp.extradata");
    }
    Some(())
}

/// Reports a payload. Returns the type of the next.
fn payload(kind: u8, is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<u8> {
    let len = reader.peek(PAYLOAD_HEADER_LEN)? & 0xffff;
    let len = usize::try_from(len).ok().filter(|len| *len >= PAYLOAD_HEADER_LEN)?;
    let mut part = reader.part(len);
    part.bits("isakmp.typepayload", kind);
    let next = part.u8("isakmp.nextpayload")?;
    if is_second {
        let bits = part.word(1)?;
        part.flag("isakmp.criticalpayload", bits & 0x80 != 0);
        part.bits("isakmp.reserved7", bits & 0x7f);
    } else {
        part.bytes("isakmp.reserved", 1)?;
    }
    part.u16("isakmp.payloadlength")?;
    body(kind, is_second, &mut part);
    // What an encrypted payload names is inside of it.
    Some(if matches!(kind, 46 | 53) && is_second { 0 } else { next })
}

fn body(kind: u8, is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 if !is_second => associations::first(reader),
        33 => associations::proposals(true, reader),
        4 | 34 => {
            if is_second {
                reader.u16("isakmp.key_exchange.dh_group")?;
                reader.bytes("isakmp.reserved", 2)?;
            }
            reader.rest_as("isakmp.key_exchange.data");
            Some(())
        }
        5 | 35 | 36 => identification(is_second, reader),
        6 | 37 => reader.u8("isakmp.cert.encoding").map(drop),
        7 | 38 => reader.u8("isakmp.certreq.type").map(drop),
        8 => {
            reader.rest_as("isakmp.hash");
            Some(())
        }
        9 => {
            reader.rest_as("isakmp.sig");
            Some(())
        }
        10 | 40 => {
            reader.rest_as("isakmp.nonce");
            Some(())
        }
        11 | 41 => notify(is_second, reader),
        12 | 42 => delete(is_second, reader),
        13 | 43 => {
            reader.rest_as("isakmp.vid_bytes");
            Some(())
        }
        20 | 130 => {
            reader.rest_as("isakmp.ike.nat_hash");
            Some(())
        }
        39 => {
            /// A signature that names its algorithm, RFC 7427.
            const DIGITAL_SIGNATURE: u8 = 14;
            let method = reader.u8("isakmp.auth.method")?;
            reader.bytes("isakmp.reserved", 3)?;
            if method == DIGITAL_SIGNATURE {
                let len = reader.u8("isakmp.auth.data.sig.asn1.len")?;
                reader.bytes("isakmp.auth.data.sig.asn1.data", len.into())?;
                reader.rest_as("isakmp.auth.data.sig.value");
            } else {
                reader.rest_as("isakmp.auth.data");
            }
            Some(())
        }
        44 | 45 => selectors(reader),
        48 => {
            reader.rest_as("isakmp.eap.data");
            Some(())
        }
        _ => Some(()),
    }
}

/// RFC 7296 section 3.5, and RFC 2407 section 4.6.2.
fn identification(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u8("isakmp.id.type")?;
    if is_second {
        reader.bytes("isakmp.reserved", 3)?;
    } else {
        reader.u8("isakmp.id.protoid")?;
        reader.u16("isakmp.id.port")?;
    }
    let len = reader.rest().len();
    match kind {
        1 => reader.ipv4("isakmp.id.data.ipv4_addr").map(drop),
        2 => reader.text("isakmp.id.data.fqdn", len).map(drop),
        3 => reader.text("isakmp.id.data.user_fqdn", len).map(drop),
        5 => reader.ipv6("isakmp.id.data.ipv6_addr").map(drop),
        11 => reader.bytes("isakmp.id.data.key_id", len).map(drop),
        _ => Some(()),
    }
}

/// RFC 7296 section 3.10, and RFC 2408 section 3.14.
fn notify(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if !is_second {
        reader.u32("isakmp.notify.doi")?;
    }
    reader.u8("isakmp.notify.protoid")?;
    let len = reader.u8("isakmp.spisize")?;
    reader.u16("isakmp.notify.msgtype")?;
    if len > 0 {
        reader.bytes("isakmp.spi", len.into())?;
    }
    reader.rest_as("isakmp.notify.data");
    Some(())
}

/// RFC 7296 section 3.11, and RFC 2408 section 3.15.
fn delete(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if !is_second {
        reader.u32("isakmp.delete.doi")?;
    }
    reader.u8("isakmp.delete.protoid")?;
    let len = reader.u8("isakmp.spisize")?;
    let count = reader.u16("isakmp.spinum")?;
    if len > 0 {
        for _ in 0..count {
            reader.bytes("isakmp.delete.spi", len.into())?;
        }
    }
    Some(())
}

/// RFC 7296, section 3.13.
fn selectors(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u8("isakmp.ts.number")?;
    reader.bytes("isakmp.reserved", 3)?;
    for _ in 0..count {
        let kind = reader.u8("isakmp.ts.type")?;
        reader.u8("isakmp.ts.protoid")?;
        let len = reader.u16("isakmp.ts.selector_length")?;
        let mut selector = reader.part(usize::from(len).checked_sub(4)?);
        selector.u16("isakmp.ts.start_port")?;
        selector.u16("isakmp.ts.end_port")?;
        match kind {
            7 => {
                selector.ipv4("isakmp.ts.start_ipv4")?;
                selector.ipv4("isakmp.ts.end_ipv4")?;
            }
            8 => {
                selector.ipv6("isakmp.ts.start_ipv6")?;
                selector.ipv6("isakmp.ts.end_ipv6")?;
            }
            _ => {}
        }
    }
    Some(())
}
