//! Fields of `ICMPv6` messages, each reported where the one before it ends.

use std::net::Ipv6Addr;

use super::domains::NdpDomain;
use super::{Icmpv6, Icmpv6Type};
use super::{ndp, rare};
use crate::Value;
use crate::field_reader::FieldReader;

/// Reports what stands behind the checksum, as far as it is there.
pub(super) fn message(icmp: &Icmpv6<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match icmp.message_type() {
        Icmpv6Type::DESTINATION_UNREACHABLE | Icmpv6Type::TIME_EXCEEDED => {
            let words = icmp.announced_quotation() >> 3;
            if words == 0 {
                return reader.bytes("icmpv6.reserved", 4).map(|_| ());
            }
            reader.u8("icmpv6.length")?;
            reader.bytes("icmpv6.reserved", 3).map(|_| ())
        }
        Icmpv6Type::PACKET_TOO_BIG => reader.u32("icmpv6.mtu").map(|_| ()),
        Icmpv6Type::PARAMETER_PROBLEM => reader.u32("icmpv6.pointer").map(|_| ()),
        Icmpv6Type::ECHO_REQUEST | Icmpv6Type::ECHO_REPLY => {
            reader.u16("icmpv6.echo.identifier")?;
            reader.u16("icmpv6.echo.sequence_number").map(|_| ())
        }
        Icmpv6Type::EXTENDED_ECHO_REQUEST => {
            reader.u16("icmpv6.echo.identifier")?;
            reader.u8("icmpv6.ext.echo.seq")?;
            let [bits] = *reader.take()?;
            reader.bits("icmpv6.ext.echo.req.res", bits >> 1);
            reader.flag("icmpv6.ext.echo.req.local", bits & 1 != 0);
            Some(())
        }
        Icmpv6Type::EXTENDED_ECHO_REPLY => {
            reader.u16("icmpv6.echo.identifier")?;
            reader.u8("icmpv6.ext.echo.seq")?;
            let [bits] = *reader.take()?;
            reader.bits("icmpv6.ext.echo.rsp.state", bits >> 5);
            reader.bits("icmpv6.ext.echo.rsp.res", bits >> 3 & 3);
            reader.flag("icmpv6.ext.echo.rsp.active", bits & 4 != 0);
            reader.flag("icmpv6.ext.echo.rsp.ipv4", bits & 2 != 0);
            reader.flag("icmpv6.ext.echo.rsp.ipv6", bits & 1 != 0);
            Some(())
        }
        Icmpv6Type::MLD_QUERY | Icmpv6Type::MLD_REPORT | Icmpv6Type::MLD_DONE => mld(icmp, reader),
        Icmpv6Type::MLDV2_REPORT => mldv2_report(reader),
        Icmpv6Type(133..=137 | 141 | 142) => neighbor_discovery(icmp, reader),
        Icmpv6Type::NODE_INFORMATION_QUERY | Icmpv6Type::NODE_INFORMATION_RESPONSE => {
            node_information(icmp, reader)
        }
        Icmpv6Type(144..=147) => mobility(icmp, reader),
        Icmpv6Type::MULTICAST_ROUTER_ADVERTISEMENT => {
            reader.u16("icmpv6.mcast_ra.query_interval")?;
            reader.u16("icmpv6.mcast_ra.robustness_variable").map(|_| ())
        }
        Icmpv6Type::MULTICAST_ROUTER_SOLICITATION | Icmpv6Type::MULTICAST_ROUTER_TERMINATION => {
            None
        }
        Icmpv6Type::RPL => rpl(icmp.header.code, reader),
        _ if icmp.payload.is_empty() => None,
        Icmpv6Type(kind) => match rare::message(kind, reader) {
            Some(()) => Some(()),
            None => reader.rest_as("icmpv6.data").map(drop),
        },
    }
}

fn mld(icmp: &Icmpv6<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let is_v2 = icmp.is_mldv2_query();
    let name = if is_v2 {
        "icmpv6.mld.maximum_response_code"
    } else {
        "icmpv6.mld.maximum_response_delay"
    };
    reader.u16(name)?;
    reader.bytes("icmpv6.reserved", 2)?;
    reader.ipv6("icmpv6.mld.multicast_address")?;
    if !is_v2 {
        return None;
    }
    let flags = reader.u8("icmpv6.mld.flag")?;
    reader.flag("icmpv6.mld.flag.s", flags & 8 != 0);
    reader.bits("icmpv6.mld.flag.qrv", flags & 7);
    reader.bits("icmpv6.mld.flag.reserved", flags >> 4);
    reader.u8("icmpv6.mld.qqi")?;
    for _ in 0..reader.u16("icmpv6.mld.nb_sources")? {
        reader.ipv6("icmpv6.mld.source_address")?;
    }
    Some(())
}

fn mldv2_report(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("icmpv6.reserved", 2)?;
    for _ in 0..reader.u16("icmpv6.mldr.nb_mcast_records")? {
        reader.u8("icmpv6.mldr.mar.record_type")?;
        let auxiliary = usize::from(reader.u8("icmpv6.mldr.mar.aux_data_len")?) << 2;
        let sources = reader.u16("icmpv6.mldr.mar.nb_sources")?;
        reader.ipv6("icmpv6.mldr.mar.multicast_address")?;
        for _ in 0..sources {
            reader.ipv6("icmpv6.mldr.mar.source_address")?;
        }
        if auxiliary != 0 {
            reader.bytes("icmpv6.mldr.mar.auxiliary_data", auxiliary)?;
        }
    }
    Some(())
}

fn neighbor_discovery(icmp: &Icmpv6<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match icmp.message_type() {
        Icmpv6Type::ROUTER_ADVERTISEMENT => {
            reader.u8("icmpv6.nd.ra.cur_hop_limit")?;
            let flags = reader.u8("icmpv6.nd.ra.flag")?;
            reader.flag("icmpv6.nd.ra.flag.m", flags & 0x80 != 0);
            reader.flag("icmpv6.nd.ra.flag.o", flags & 0x40 != 0);
            reader.flag("icmpv6.nd.ra.flag.h", flags & 0x20 != 0);
            reader.bits("icmpv6.nd.ra.flag.prf", flags >> 3 & 3);
            reader.flag("icmpv6.nd.ra.flag.p", flags & 4 != 0);
            reader.bits("icmpv6.nd.ra.flag.rsv", flags & 3);
            reader.u16("icmpv6.nd.ra.router_lifetime")?;
            reader.u32("icmpv6.nd.ra.reachable_time")?;
            reader.u32("icmpv6.nd.ra.retrans_timer")?;
        }
        Icmpv6Type::NEIGHBOR_ADVERTISEMENT => {
            let flags = reader.u32("icmpv6.nd.na.flag")?;
            reader.flag("icmpv6.nd.na.flag.r", flags & 0x8000_0000 != 0);
            reader.flag("icmpv6.nd.na.flag.s", flags & 0x4000_0000 != 0);
            reader.flag("icmpv6.nd.na.flag.o", flags & 0x2000_0000 != 0);
            reader.bits("icmpv6.nd.na.flag.rsv", flags & 0x1fff_ffff);
            reader.ipv6("icmpv6.nd.na.target_address")?;
        }
        Icmpv6Type::NEIGHBOR_SOLICITATION => {
            reader.bytes("icmpv6.reserved", 4)?;
            reader.ipv6("icmpv6.nd.ns.target_address")?;
        }
        Icmpv6Type::REDIRECT => {
            reader.bytes("icmpv6.reserved", 4)?;
            reader.ipv6("icmpv6.nd.rd.target_address")?;
            reader.ipv6("icmpv6.rd.na.destination_address")?;
        }
        _ => {
            reader.bytes("icmpv6.reserved", 4)?;
        }
    }
    ndp::fields(reader);
    Some(())
}

fn node_information(icmp: &Icmpv6<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u16("icmpv6.ni.qtype")?;
    let flags = reader.u16("icmpv6.ni.flag")?;
    for (name, bit) in [
        ("icmpv6.ni.flag.g", 0x20),
        ("icmpv6.ni.flag.s", 0x10),
        ("icmpv6.ni.flag.l", 0x08),
        ("icmpv6.ni.flag.c", 0x04),
        ("icmpv6.ni.flag.a", 0x02),
        ("icmpv6.ni.flag.t", 0x01),
    ] {
        reader.flag(name, flags & bit != 0);
    }
    reader.bits("icmpv6.ni.flag.rsv", flags >> 6);
    reader.number("icmpv6.ni.nonce", 8)?;
    if icmp.message_type() == Icmpv6Type::NODE_INFORMATION_QUERY {
        // RFC 4620, section 4: the code tells what the query is about.
        return match icmp.header.code {
            0 => reader.ipv6("icmpv6.ni.query.subject_ipv6").map(|_| ()),
            1 => NdpDomain::new(reader.rest())
                .map(|name| domain("icmpv6.ni.query.subject_fqdn", name, reader)),
            2 => reader.ipv4("icmpv6.ni.query.subject_ipv4").map(|_| ()),
            _ => None,
        };
    }
    while matches!(kind, 2..=4) && !reader.rest().is_empty() {
        reader.u32("icmpv6.ni.reply.node_ttl")?;
        match kind {
            2 => {
                let name = NdpDomain::new(reader.rest())?;
                domain("icmpv6.ni.reply.node_name", name, reader);
                return Some(());
            }
            3 => {
                reader.ipv6("icmpv6.ni.reply.node_address")?;
            }
            _ => {
                reader.ipv4("icmpv6.ni.reply.ipv4_address")?;
            }
        }
    }
    Some(())
}

fn mobility(icmp: &Icmpv6<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("icmpv6.mip6.identifier")?;
    match icmp.message_type() {
        Icmpv6Type::MOBILE_PREFIX_ADVERTISEMENT => {
            let flags = reader.u16("icmpv6.mip6.flag")?;
            reader.flag("icmpv6.mip6.flag.m", flags & 0x8000 != 0);
            reader.flag("icmpv6.mip6.flag.o", flags & 0x4000 != 0);
            reader.bits("icmpv6.mip6.flag.rsv", flags & 0x3fff);
            ndp::fields(reader);
        }
        Icmpv6Type::HOME_AGENT_DISCOVERY_REPLY => {
            reader.bytes("icmpv6.reserved", 2)?;
            while reader.rest().len() >= size_of::<Ipv6Addr>() {
                reader.ipv6("icmpv6.mip6.home_agent_address")?;
            }
        }
        _ => {
            reader.bytes("icmpv6.reserved", 2)?;
        }
    }
    Some(())
}

/// The base of a message of RPL, without its options: RFC 6550, section 6.
fn rpl(code: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match code {
        0 => {
            reader.u8("icmpv6.rpl.dis.flags")?;
            reader.bytes("icmpv6.reserved", 1).map(|_| ())
        }
        1 => {
            reader.u8("icmpv6.rpl.dio.instance")?;
            reader.u8("icmpv6.rpl.dio.version")?;
            reader.u16("icmpv6.rpl.dio.rank")?;
            let flags = reader.u8("icmpv6.rpl.dio.flag")?;
            reader.flag("icmpv6.rpl.dio.flag.g", flags & 0x80 != 0);
            reader.flag("icmpv6.rpl.dio.flag.0", flags & 0x40 != 0);
            reader.bits("icmpv6.rpl.dio.flag.mop", flags >> 3 & 7);
            reader.bits("icmpv6.rpl.dio.flag.preference", flags & 7);
            reader.u8("icmpv6.rpl.dio.dtsn")?;
            reader.u8("icmpv6.rpl.dio.flag")?;
            reader.bytes("icmpv6.reserved", 1)?;
            reader.ipv6("icmpv6.rpl.dio.dagid").map(|_| ())
        }
        2 => {
            reader.u8("icmpv6.rpl.dao.instance")?;
            let flags = reader.u8("icmpv6.rpl.dao.flag")?;
            reader.flag("icmpv6.rpl.dao.flag.k", flags & 0x80 != 0);
            reader.flag("icmpv6.rpl.dao.flag.d", flags & 0x40 != 0);
            reader.bits("icmpv6.rpl.dao.flag.rsv", flags & 0x3f);
            reader.bytes("icmpv6.reserved", 1)?;
            reader.u8("icmpv6.rpl.dao.sequence")?;
            if flags & 0x40 == 0 { None } else { reader.ipv6("icmpv6.rpl.dao.dodagid").map(|_| ()) }
        }
        3 => {
            reader.u8("icmpv6.rpl.daoack.instance")?;
            let flags = reader.u8("icmpv6.rpl.daoack.flag")?;
            reader.flag("icmpv6.rpl.daoack.flag.d", flags & 0x80 != 0);
            reader.bits("icmpv6.rpl.daoack.flag.rsv", flags & 0x7f);
            reader.u8("icmpv6.rpl.daoack.sequence")?;
            reader.u8("icmpv6.rpl.daoack.status")?;
            if flags & 0x80 == 0 {
                None
            } else {
                reader.ipv6("icmpv6.rpl.daoack.dodagid").map(|_| ())
            }
        }
        _ => None,
    }
}

/// Reports a domain, which is next.
pub(super) fn domain(name: &'static str, domain: NdpDomain<'_>, reader: &mut FieldReader<'_, '_>) {
    reader.skip(domain.wire_len());
    reader.value(name, Value::Text(&domain.to_string()));
}
