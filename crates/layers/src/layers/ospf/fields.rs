//! Fields of OSPF: header, messages, and what stands behind the packet.

use super::tlv::each_tlv;
use super::{CRYPTOGRAPHIC, Ospf, OspfMessageType, fields_v2, fields_v3};
use crate::FieldSink;
use crate::field_reader::FieldReader;

/// Bits of the options of version 2.
const OPTIONS_V2: [(&str, u64); 8] = [
    ("ospf.v2.options.dn", 0x80),
    ("ospf.v2.options.o", 0x40),
    ("ospf.v2.options.dc", 0x20),
    ("ospf.v2.options.l", 0x10),
    ("ospf.v2.options.n", 0x08),
    ("ospf.v2.options.mc", 0x04),
    ("ospf.v2.options.e", 0x02),
    ("ospf.v2.options.mt", 0x01),
];
/// The same, of an NSSA LSA.
const OPTIONS_V2_NSSA: [(&str, u64); 8] = [
    ("ospf.v2.options.dn", 0x80),
    ("ospf.v2.options.o", 0x40),
    ("ospf.v2.options.dc", 0x20),
    ("ospf.v2.options.l", 0x10),
    ("ospf.v2.options.p", 0x08),
    ("ospf.v2.options.mc", 0x04),
    ("ospf.v2.options.e", 0x02),
    ("ospf.v2.options.mt", 0x01),
];
/// Bits of the options of version 3.
const OPTIONS_V3: [(&str, u64); 9] = [
    ("ospf.v3.options.at", 0x400),
    ("ospf.v3.options.l", 0x200),
    ("ospf.v3.options.af", 0x100),
    ("ospf.v3.options.dc", 0x20),
    ("ospf.v3.options.r", 0x10),
    ("ospf.v3.options.n", 0x08),
    ("ospf.v3.options.mc", 0x04),
    ("ospf.v3.options.e", 0x02),
    ("ospf.v3.options.v6", 0x01),
];
/// RFC 5613, section 2.1: a block of link-local signaling stands behind the packet.
const LINK_LOCAL_SIGNALING_V2: u32 = 0x10;
/// The same in version 3.
const LINK_LOCAL_SIGNALING_V3: u32 = 0x200;
/// RFC 7166, section 2.1: an authentication trailer stands behind the packet.
const AUTHENTICATION_TRAILER: u32 = 0x400;

/// Reports the fields of a packet, as far as it is there.
pub(super) fn fields(ospf: &Ospf<'_>, sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(ospf.bytes, 0, sink);
    let length = ospf.header.packet_length.get();
    let mut packet = reader.part(length.into());
    // What is not there is not reported.
    let _ = header(ospf, &mut packet);
    let is_second = ospf.header.version == 2;
    let _ = match ospf.message_type() {
        OspfMessageType::HELLO if is_second => fields_v2::hello(&mut packet),
        OspfMessageType::HELLO => fields_v3::hello(&mut packet),
        OspfMessageType::DATABASE_DESCRIPTION => description(is_second, &mut packet),
        OspfMessageType::LINK_STATE_REQUEST => requests(is_second, &mut packet),
        OspfMessageType::LINK_STATE_UPDATE => update(is_second, &mut packet),
        OspfMessageType::LINK_STATE_ACKNOWLEDGMENT => headers(is_second, &mut packet),
        _ => None,
    };
    let _ = trailer(ospf, &mut reader);
}

fn header(ospf: &Ospf<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("ospf.version")?;
    reader.u8("ospf.msg")?;
    reader.u16("ospf.packet_length")?;
    reader.ipv4("ospf.srcrouter")?;
    reader.ipv4("ospf.area_id")?;
    reader.u16("ospf.checksum")?;
    if ospf.authentication.is_none() {
        reader.u8("ospf.instance_id")?;
        reader.bytes("ospf.reserved", 1)?;
        return Some(());
    }
    match reader.u16("ospf.auth.type")? {
        0 => {
            reader.bytes("ospf.auth.none", 8)?;
        }
        1 => {
            reader.text("ospf.auth.simple", 8)?;
        }
        CRYPTOGRAPHIC => {
            reader.skip(2);
            reader.u8("ospf.auth.crypt.key_id")?;
            reader.u8("ospf.auth.crypt.data_length")?;
            reader.u32("ospf.auth.crypt.seq_nbr")?;
        }
        _ => {
            reader.bytes("ospf.auth.unknown", 8)?;
        }
    }
    Some(())
}

/// Reports options of version 2 that were read last.
pub(super) fn options_v2(reader: &mut FieldReader<'_, '_>, options: u64, is_nssa: bool) {
    reader.bits("ospf.v2.options", options);
    reader.flags(options, if is_nssa { &OPTIONS_V2_NSSA } else { &OPTIONS_V2 });
}

/// Reads options of version 3.
pub(super) fn options_v3(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let options = reader.number("ospf.v3.options", 3)?;
    reader.flags(options, &OPTIONS_V3);
    Some(())
}

fn description(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if is_second {
        reader.u16("ospf.db.interface_mtu")?;
        let options = reader.word(1)?;
        options_v2(reader, options, false);
    } else {
        reader.bytes("ospf.reserved", 1)?;
        options_v3(reader)?;
        reader.u16("ospf.db.interface_mtu")?;
        reader.bytes("ospf.reserved", 1)?;
    }
    let flags = reader.u8("ospf.dbd")?.into();
    let bits =
        [("ospf.dbd.r", 0x08), ("ospf.dbd.i", 0x04), ("ospf.dbd.m", 0x02), ("ospf.dbd.ms", 0x01)];
    reader.flags(flags, &bits);
    reader.u32("ospf.db.dd_sequence")?;
    headers(is_second, reader)
}

fn requests(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        if is_second {
            reader.u32("ospf.lsa")?;
        } else {
            reader.bytes("ospf.reserved", 2)?;
            fields_v3::ls_type(reader)?;
        }
        reader.ipv4("ospf.link_state_id")?;
        reader.ipv4("ospf.advrouter")?;
    }
    Some(())
}

fn update(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u32("ospf.ls.number_of_lsas")?;
    // Ends with the bytes, whatever the count says: each LSA takes 20 at least.
    for _ in 0..count {
        if is_second {
            fields_v2::lsa(reader)?;
        } else {
            fields_v3::lsa(reader)?;
        }
    }
    Some(())
}

fn headers(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        if is_second {
            fields_v2::lsa_header(reader)?;
        } else {
            fields_v3::lsa_header(reader)?;
        }
    }
    Some(())
}

fn trailer(ospf: &Ospf<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if let (Some(CRYPTOGRAPHIC), Some(&[_, _, _, len, ..])) =
        (ospf.auth_type(), ospf.authentication)
    {
        reader.bytes("ospf.auth.crypt.data", len.into())?;
    }
    let hello = ospf.hello().map(|hello| hello.options);
    let options = hello.or(ospf.database_description().map(|message| message.options))?;
    let is_second = ospf.header.version == 2;
    let signaling = if is_second { LINK_LOCAL_SIGNALING_V2 } else { LINK_LOCAL_SIGNALING_V3 };
    if options & signaling != 0 {
        link_local_signaling(is_second, reader)?;
    }
    if !is_second && options & AUTHENTICATION_TRAILER != 0 {
        reader.u16("ospf.at.auth_type")?;
        let len = reader.u16("ospf.at.auth_data_len")?;
        reader.u16("ospf.at.reserved")?;
        reader.u16("ospf.at.sa_id")?;
        reader.number("ospf.at.crypto_seq_nbr", 8)?;
        reader.bytes("ospf.at.auth_data", usize::from(len).checked_sub(16)?)?;
    }
    Some(())
}

/// RFC 5613, section 2: checksum, length in words of four bytes, TLVs.
fn link_local_signaling(is_second: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("ospf.lls.checksum")?;
    let words = reader.word(2)?;
    let len = usize::try_from(words).ok()?.checked_mul(4)?;
    reader.bits("ospf.lls.data_length", len as u64);
    let mut block = reader.part(len.checked_sub(4)?);
    each_tlv(&mut block, "ospf.tlv_type", |kind, value| {
        let _ = match (kind, is_second) {
            (1, true) => extended_options(
                value,
                "ospf.lls.ext.options",
                [("ospf.lls.ext.options.rs", 2), ("ospf.lls.ext.options.lr", 1)],
            ),
            (1, false) => extended_options(
                value,
                "ospf.v3.lls.ext.options",
                [("ospf.v3.lls.ext.options.lr", 1), ("ospf.v3.lls.ext.options.rs", 2)],
            ),
            (2, true) => value.u32("ospf.v2.lls.sequence_number").map(|_| {
                value.rest_as("ospf.v2.lls.auth_data");
            }),
            _ => None,
        };
    });
    Some(())
}

fn extended_options(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    bits: [(&'static str, u64); 2],
) -> Option<()> {
    let options = reader.u32(name)?;
    reader.flags(options.into(), &bits);
    Some(())
}
