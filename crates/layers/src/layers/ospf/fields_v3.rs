//! Fields of OSPF, version 3: hellos and LSAs.

use super::fields::options_v3;
use super::{OspfPrefix, fields_v2, opaque_fields};
use crate::Value;
use crate::field_reader::FieldReader;

/// Bytes of the header of an LSA.
const LSA_HEADER_LEN: usize = 20;

pub(super) fn hello(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("ospf.hello.interface_id")?;
    reader.u8("ospf.hello.router_priority")?;
    options_v3(reader)?;
    reader.u16("ospf.hello.hello_interval")?;
    reader.u16("ospf.hello.router_dead_interval")?;
    fields_v2::routers(reader)
}

/// Reads the type of an LSA and returns what it is, without how far it is flooded.
pub(super) fn ls_type(reader: &mut FieldReader<'_, '_>) -> Option<u16> {
    let ls_type = reader.u16("ospf.v3.lsa")?;
    reader.flag("ospf.v3.lsa.u", ls_type & 0x8000 != 0);
    reader.bits("ospf.v3.lsa.s12", ls_type >> 13 & 3);
    reader.bits("ospf.v3.lsa.fc", ls_type & 0x1fff);
    Some(ls_type & 0x1fff)
}

/// Reads the header of an LSA and returns what it is, and its length.
pub(super) fn lsa_header(reader: &mut FieldReader<'_, '_>) -> Option<(u16, u16)> {
    let age = reader.word(2)?;
    reader.bits("ospf.lsa.age", age & 0x7fff);
    reader.flag("ospf.v3.lsa.do_not_age", age >> 15 != 0);
    let function_code = ls_type(reader)?;
    reader.ipv4("ospf.link_state_id")?;
    reader.ipv4("ospf.advrouter")?;
    reader.u32("ospf.lsa.seqnum")?;
    reader.u16("ospf.lsa.chksum")?;
    let length = reader.u16("ospf.lsa.length")?;
    Some((function_code, length))
}

pub(super) fn lsa(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let (function_code, length) = lsa_header(reader)?;
    let mut body = reader.part(usize::from(length).checked_sub(LSA_HEADER_LEN)?);
    // A body that is too short for its type is reported as far as it goes.
    let _ = match function_code {
        1 => router(&mut body),
        2 => network(&mut body),
        3 => inter_area_prefix(&mut body),
        4 => inter_area_router(&mut body),
        5 | 7 => external(&mut body),
        8 => link(&mut body),
        9 => intra_area_prefix(&mut body),
        12 => opaque_fields::opaque(opaque_fields::ROUTER_INFORMATION, &mut body),
        _ => None,
    };
    Some(())
}

fn router(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("ospf.v3.router.lsa.flags")?.into();
    let bits = [
        ("ospf.v3.router.lsa.flags.w", 0x08),
        ("ospf.v3.router.lsa.flags.v", 0x04),
        ("ospf.v3.router.lsa.flags.e", 0x02),
        ("ospf.v3.router.lsa.flags.b", 0x01),
    ];
    reader.flags(flags, &bits);
    options_v3(reader)?;
    while !reader.is_empty() {
        reader.u8("ospf.v3.lsa.type")?;
        reader.bytes("ospf.reserved", 1)?;
        reader.u16("ospf.metric")?;
        reader.u32("ospf.v3.lsa.interface_id")?;
        reader.u32("ospf.v3.lsa.neighbor_interface_id")?;
        reader.ipv4("ospf.v3.lsa.neighbor_router_id")?;
    }
    Some(())
}

fn network(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("ospf.reserved", 1)?;
    options_v3(reader)?;
    while !reader.is_empty() {
        reader.ipv4("ospf.v3.lsa.attached_router")?;
    }
    Some(())
}

fn inter_area_prefix(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("ospf.reserved", 1)?;
    reader.number("ospf.metric", 3)?;
    let length = prefix_front(reader)?;
    reader.bytes("ospf.reserved", 2)?;
    prefix(reader, length)
}

fn inter_area_router(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("ospf.reserved", 1)?;
    options_v3(reader)?;
    reader.bytes("ospf.reserved", 1)?;
    reader.number("ospf.metric", 3)?;
    reader.ipv4("ospf.v3.lsa.destination_router_id").map(|_| ())
}

fn external(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("ospf.v3.as.external.flags")?.into();
    let bits = [
        ("ospf.v3.as.external.flags.e", 0x04),
        ("ospf.v3.as.external.flags.f", 0x02),
        ("ospf.v3.as.external.flags.t", 0x01),
    ];
    reader.flags(flags, &bits);
    reader.number("ospf.metric", 3)?;
    let length = prefix_front(reader)?;
    let referenced = reader.u16("ospf.v3.lsa.referenced_ls_type")?;
    prefix(reader, length)?;
    if flags & 0x02 != 0 {
        reader.ipv6("ospf.v3.lsa.forwarding_address.ipv6")?;
    }
    if flags & 0x01 != 0 {
        reader.u32("ospf.v3.lsa.external_route_tag")?;
    }
    if referenced != 0 {
        reader.ipv4("ospf.v3.lsa.referenced_link_state_id")?;
    }
    Some(())
}

fn link(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("ospf.v3.lsa.router_priority")?;
    options_v3(reader)?;
    reader.ipv6("ospf.v3.lsa.link_local_interface_address.ipv6")?;
    let count = reader.u32("ospf.v3.lsa.num_prefixes")?;
    // Ends with the bytes, whatever the count says: each prefix takes four at least.
    for _ in 0..count {
        let length = prefix_front(reader)?;
        reader.bytes("ospf.reserved", 2)?;
        prefix(reader, length)?;
    }
    Some(())
}

fn intra_area_prefix(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u16("ospf.v3.lsa.num_prefixes")?;
    reader.u16("ospf.v3.lsa.referenced_ls_type")?;
    reader.ipv4("ospf.v3.lsa.referenced_link_state_id")?;
    reader.ipv4("ospf.v3.lsa.referenced_advertising_router")?;
    for _ in 0..count {
        let length = prefix_front(reader)?;
        reader.u16("ospf.metric")?;
        prefix(reader, length)?;
    }
    Some(())
}

/// Reads length and options of a prefix and returns the length.
fn prefix_front(reader: &mut FieldReader<'_, '_>) -> Option<u8> {
    let length = reader.u8("ospf.prefix_length")?;
    let options = reader.u8("ospf.v3.prefix.options")?.into();
    let bits = [
        ("ospf.v3.prefix.options.p", 0x08),
        ("ospf.v3.prefix.options.mc", 0x04),
        ("ospf.v3.prefix.options.la", 0x02),
        ("ospf.v3.prefix.options.nu", 0x01),
    ];
    reader.flags(options, &bits);
    Some(length)
}

/// Reads the address of a prefix of so many bits.
fn prefix(reader: &mut FieldReader<'_, '_>, length: u8) -> Option<()> {
    let len = OspfPrefix::address_len(length);
    let mut address = [0; 16];
    let bytes = reader.rest().get(..len)?;
    address.get_mut(..len)?.copy_from_slice(bytes);
    reader.skip(len);
    // A prefix of no bits has no bytes to show.
    if len > 0 {
        reader.value("ospf.v3.address_prefix.ipv6", Value::Ipv6(address.into()));
    }
    Some(())
}
