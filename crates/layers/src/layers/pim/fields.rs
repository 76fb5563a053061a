//! Fields of PIM messages.

use std::ops::Range;

use super::{Pim, PimType};
use crate::field_reader::FieldReader;
use crate::{FieldSink, Value};

/// Names of an address: of IPv4 and of IPv6.
type Names = [&'static str; 2];

const GROUP: Names = ["pim.group", "pim.group_ip6"];
const SOURCE: Names = ["pim.source", "pim.source_ip6"];
const UNICAST: Names = ["pim.unicast", "pim.unicast_ipv6"];
const UPSTREAM_NEIGHBOR: Names = ["pim.upstream_neighbor", "pim.upstream_neighbor_ip6"];
const RENDEZVOUS_POINT: Names = ["pim.rp", "pim.rp_ip6"];

/// Reports the fields of a message, as far as it is there.
pub(super) fn fields(pim: &Pim<'_>, sink: &mut dyn FieldSink) {
    let mut reader = FieldReader::new(pim.bytes, 0, sink);
    let _ = message(pim, &mut reader);
}

fn message(pim: &Pim<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let message_type = pim.message_type();
    reader.word(1)?;
    reader.bits("pim.version", pim.header.version());
    reader.bits("pim.type", message_type.0);
    if message_type == PimType::DF_ELECTION {
        let byte = reader.word(1)?;
        reader.bits("pim.df_elect.subtype", byte >> 4);
        reader.bits("pim.df_elect.rsvd", byte & 0x0f);
    } else {
        reader.bytes("pim.res_bytes", 1)?;
    }
    reader.u16("pim.cksum")?;
    match message_type {
        PimType::HELLO => hello(reader),
        PimType::REGISTER => {
            let flags = reader.u32("pim.register_flag")?;
            reader.flag("pim.register_flag.border", flags >> 31 != 0);
            reader.flag("pim.register_flag.null_register", flags >> 30 & 1 != 0);
            let version = reader.word(1)?;
            reader.bits("pim.ip_version", version >> 4);
            Some(())
        }
        PimType::REGISTER_STOP => {
            group(reader)?;
            unicast(reader, SOURCE)
        }
        PimType::JOIN_PRUNE | PimType::GRAFT | PimType::GRAFT_ACK => join_prune(reader),
        PimType::BOOTSTRAP => bootstrap(reader),
        PimType::ASSERT => {
            group(reader)?;
            unicast(reader, SOURCE)?;
            preference(reader)
        }
        PimType::CANDIDATE_RP_ADVERTISEMENT => {
            let count = reader.u8("pim.prefix_count")?;
            reader.u8("pim.priority")?;
            reader.u16("pim.holdtime")?;
            unicast(reader, RENDEZVOUS_POINT)?;
            (0..count).try_for_each(|_| group(reader))
        }
        PimType::STATE_REFRESH => state_refresh(reader),
        PimType::DF_ELECTION => {
            unicast(reader, RENDEZVOUS_POINT)?;
            reader.u32("pim.metric_pref")?;
            reader.u32("pim.metric").map(drop)
        }
        _ => None,
    }
}

fn hello(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let kind = reader.u16("pim.optiontype")?;
        let length = reader.u16("pim.optionlength")?;
        let mut option = reader.part(length.into());
        let _ = match (kind, length) {
            (1, 2) => option.u16("pim.holdtime").map(drop),
            (2, 4) => {
                let delay = option.word(2)?;
                option.flag("pim.t", delay >> 15 != 0);
                option.bits("pim.propagation_delay", delay & 0x7fff);
                option.u16("pim.override_interval").map(drop)
            }
            (19, 4) => option.u32("pim.dr_priority").map(drop),
            (20, _) => option.u32("pim.generation_id").map(drop),
            (21, _) => {
                option.u8("pim.state_refresh_version");
                option.u8("pim.state_refresh_interval");
                option.u16("pim.state_refresh_reserved").map(drop)
            }
            (24 | 65001, _) => addresses(&mut option),
            _ => {
                option.rest_as("pim.optionvalue");
                None
            }
        };
    }
    Some(())
}

fn addresses(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        unicast(reader, ["pim.address_list", "pim.address_list_ip6"])?;
    }
    Some(())
}

/// An address that an encoded address holds, under a name for the whole of it and one of its own.
struct Encoded {
    address: Value<'static>,
    is_ipv6: bool,
}

/// Reports the whole of an encoded address, which has so many bytes in front of the address.
fn encoded(reader: &mut FieldReader<'_, '_>, names: Names, front: usize) -> Option<Encoded> {
    let family = *reader.rest().first()?;
    let behind = reader.rest().get(front..)?;
    let (address, len) = match family {
        1 => (Value::Ipv4((*behind.first_chunk::<4>()?).into()), 4),
        2 => (Value::Ipv6((*behind.first_chunk::<16>()?).into()), 16),
        _ => return None,
    };
    let is_ipv6 = family == 2;
    let start = reader.place();
    let whole: Range<usize> = start..start.saturating_add(front).saturating_add(len);
    reader.value_at(name(names, is_ipv6), address, whole);
    reader.u8("pim.addr_address_family")?;
    reader.u8("pim.addr_encoding_type")?;
    Some(Encoded { address, is_ipv6 })
}

fn name([ipv4, ipv6]: Names, is_ipv6: bool) -> &'static str {
    if is_ipv6 { ipv6 } else { ipv4 }
}

/// Reports the address itself, which the whole ends in.
fn address(reader: &mut FieldReader<'_, '_>, names: Names, encoded: &Encoded) {
    reader.skip(if encoded.is_ipv6 { 16 } else { 4 });
    reader.value(name(names, encoded.is_ipv6), encoded.address);
}

fn unicast(reader: &mut FieldReader<'_, '_>, names: Names) -> Option<()> {
    let encoded = encoded(reader, names, 2)?;
    address(reader, UNICAST, &encoded);
    Some(())
}

fn group(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let encoded = encoded(reader, GROUP, 4)?;
    let flags = reader.u8("pim.group_addr.flags")?;
    reader.flag("pim.group_addr.flags.b", flags & 0x80 != 0);
    reader.bits("pim.group_addr.flags.reserved", flags >> 1 & 0x3f);
    reader.flag("pim.group_addr.flags.z", flags & 1 != 0);
    reader.u8("pim.mask_len")?;
    address(reader, GROUP, &encoded);
    Some(())
}

fn source(reader: &mut FieldReader<'_, '_>, names: Names) -> Option<()> {
    let has_attributes = reader.rest().get(1) == Some(&1);
    let encoded = encoded(reader, names, 4)?;
    let flags = reader.u8("pim.source_addr.flags")?;
    reader.bits("pim.source_addr.flags.reserved", flags >> 3);
    reader.flag("pim.source_addr.flags.s", flags & 4 != 0);
    reader.flag("pim.source_addr.flags.w", flags & 2 != 0);
    reader.flag("pim.source_addr.flags.r", flags & 1 != 0);
    reader.u8("pim.mask_len")?;
    address(reader, SOURCE, &encoded);
    let mut more = has_attributes;
    while more {
        let flags = reader.u8("pim.source_ja.flags")?;
        reader.flag("pim.source_ja.flags.f", flags & 0x80 != 0);
        reader.flag("pim.source_ja.flags.e", flags & 0x40 != 0);
        reader.bits("pim.source_ja.flags.attr_type", flags & 0x3f);
        let length = reader.u8("pim.source_ja.length")?;
        if length > 0 {
            reader.bytes("pim.source_ja.value", length.into())?;
        }
        more = flags & 0x40 == 0;
    }
    Some(())
}

fn join_prune(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    unicast(reader, UPSTREAM_NEIGHBOR)?;
    reader.bytes("pim.res_bytes", 1)?;
    let groups = reader.u8("pim.numgroups")?;
    reader.u16("pim.holdtime")?;
    for _ in 0..groups {
        group(reader)?;
        let joined = reader.u16("pim.numjoins")?;
        let pruned = reader.u16("pim.numprunes")?;
        (0..joined).try_for_each(|_| source(reader, ["pim.join_ip", "pim.join_ip6"]))?;
        (0..pruned).try_for_each(|_| source(reader, ["pim.prune_ip", "pim.prune_ip6"]))?;
    }
    Some(())
}

fn bootstrap(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("pim.fragment_tag")?;
    reader.u8("pim.hash_mask_len")?;
    reader.u8("pim.bsr_priority")?;
    unicast(reader, ["pim.bsr", "pim.bsr_ip6"])?;
    while !reader.is_empty() {
        group(reader)?;
        reader.u8("pim.rp_count")?;
        let count = reader.u8("pim.frp_count")?;
        reader.skip(2);
        for _ in 0..count {
            unicast(reader, RENDEZVOUS_POINT)?;
            reader.u16("pim.holdtime")?;
            reader.u8("pim.priority")?;
            reader.bytes("pim.res_bytes", 1)?;
        }
    }
    Some(())
}

/// Reports a preference, which has a bit in front of it, and a metric.
fn preference(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(4)?;
    reader.flag("pim.rpt", word >> 31 != 0);
    reader.bits("pim.metric_pref", word & 0x7fff_ffff);
    reader.u32("pim.metric").map(drop)
}

fn state_refresh(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    group(reader)?;
    unicast(reader, SOURCE)?;
    unicast(reader, ["pim.originator", "pim.originator_ip6"])?;
    preference(reader)?;
    reader.u8("pim.mask_len")?;
    reader.u8("pim.ttl")?;
    let flags = reader.word(1)?;
    reader.flag("pim.prune_indicator", flags & 0x80 != 0);
    reader.flag("pim.prune_now", flags & 0x40 != 0);
    reader.flag("pim.assert_override", flags & 0x20 != 0);
    reader.u8("pim.interval").map(drop)
}
