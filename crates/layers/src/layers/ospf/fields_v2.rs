//! Fields of OSPF, version 2: hellos and LSAs.

use super::fields::options_v2;
use super::opaque_fields;
use crate::field_reader::FieldReader;

/// Bytes of the header of an LSA.
const LSA_HEADER_LEN: usize = 20;
/// Type of an LSA for a network outside of the system, inside of a stub area.
const NSSA: u8 = 7;

pub(super) fn hello(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("ospf.hello.network_mask")?;
    reader.u16("ospf.hello.hello_interval")?;
    let options = reader.word(1)?;
    options_v2(reader, options, false);
    reader.u8("ospf.hello.router_priority")?;
    reader.u32("ospf.hello.router_dead_interval")?;
    routers(reader)
}

/// The designated router, its backup, and the neighbors that a hello ends in.
pub(super) fn routers(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("ospf.hello.designated_router")?;
    reader.ipv4("ospf.hello.backup_designated_router")?;
    while !reader.is_empty() {
        reader.ipv4("ospf.hello.active_neighbor")?;
    }
    Some(())
}

/// What the header of an LSA says of its body.
pub(super) struct LsaHead {
    ls_type: u8,
    opaque_type: u8,
    length: u16,
}

pub(super) fn lsa_header(reader: &mut FieldReader<'_, '_>) -> Option<LsaHead> {
    let age = reader.word(2)?;
    reader.bits("ospf.lsa.age", age & 0x7fff);
    reader.bits("ospf.lsa.donotage", age >> 15);
    let options_and_type = reader.peek(2)?;
    let options = reader.word(1)?;
    options_v2(reader, options, options_and_type & 0xff == NSSA.into());
    let ls_type = reader.u8("ospf.lsa")?;
    let mut opaque_type = 0;
    if (9..=11).contains(&ls_type) {
        opaque_type = reader.u8("ospf.lsid_opaque_type")?;
        if opaque_type == opaque_fields::TRAFFIC_ENGINEERING {
            reader.u8("ospf.lsid_te_lsa.reserved")?;
            reader.u16("ospf.lsid_te_lsa.instance")?;
        } else {
            reader.number("ospf.lsid.opaque_id", 3)?;
        }
    } else {
        reader.ipv4("ospf.lsa.id")?;
    }
    reader.ipv4("ospf.advrouter")?;
    reader.u32("ospf.lsa.seqnum")?;
    reader.u16("ospf.lsa.chksum")?;
    let length = reader.u16("ospf.lsa.length")?;
    Some(LsaHead { ls_type, opaque_type, length })
}

pub(super) fn lsa(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let head = lsa_header(reader)?;
    let body_len = usize::from(head.length).checked_sub(LSA_HEADER_LEN)?;
    let mut body = reader.part(body_len);
    // A body that is too short for its type is reported as far as it goes.
    let _ = match head.ls_type {
        1 => router(&mut body),
        2 => network(&mut body),
        3 | 4 => summary(&mut body),
        5 | NSSA => external(&mut body),
        9..=11 => opaque_fields::opaque(head.opaque_type, &mut body),
        _ => None,
    };
    Some(())
}

fn router(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("ospf.v2.router.lsa.flags")?.into();
    let bits = [
        ("ospf.v2.router.lsa.flags.h", 0x80),
        ("ospf.v2.router.lsa.flags.n", 0x10),
        ("ospf.v2.router.lsa.flags.w", 0x08),
        ("ospf.v2.router.lsa.flags.v", 0x04),
        ("ospf.v2.router.lsa.flags.e", 0x02),
        ("ospf.v2.router.lsa.flags.b", 0x01),
    ];
    reader.flags(flags, &bits);
    reader.skip(1);
    let links = reader.u16("ospf.lsa.number_of_links")?;
    for _ in 0..links {
        reader.ipv4("ospf.lsa.router.linkid")?;
        reader.ipv4("ospf.lsa.router.linkdata")?;
        reader.u8("ospf.lsa.router.linktype")?;
        let metrics = reader.u8("ospf.lsa.router.nummetrics")?;
        reader.u16("ospf.lsa.router.metric0")?;
        for _ in 0..metrics {
            // Wireshark shows the low 16 bits of a word that starts with the type of service.
            let metric = reader.word(4)?;
            reader.bits("ospf.ls.metric", metric & 0xffff);
        }
    }
    Some(())
}

fn network(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("ospf.lsa.network.netmask")?;
    while !reader.is_empty() {
        reader.ipv4("ospf.lsa.network.attchrtr")?;
    }
    Some(())
}

fn summary(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("ospf.lsa.asbr.netmask")?;
    while !reader.is_empty() {
        reader.u8("ospf.lsa.tos")?;
        reader.number("ospf.metric", 3)?;
    }
    Some(())
}

fn external(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("ospf.lsa.asext.netmask")?;
    while !reader.is_empty() {
        let word = reader.word(1)?;
        reader.flag("ospf.lsa.asext.type", word & 0x80 != 0);
        reader.bits("ospf.lsa.tos", word & 0x7f);
        reader.number("ospf.metric", 3)?;
        reader.ipv4("ospf.lsa.asext.fwdaddr")?;
        reader.u32("ospf.lsa.asext.extrttag")?;
    }
    Some(())
}
