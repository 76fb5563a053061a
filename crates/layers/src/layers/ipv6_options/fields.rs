//! The fields of an options header, by Wireshark's names.

use std::ops::Range;

use super::{Ipv6Option, Ipv6Options, RawOption, UNIT, understand};
use crate::{FieldSink, Value};

/// What the fixed fields of an options header are called.
#[derive(Clone, Copy, Debug)]
pub(in crate::layers) struct Names {
    pub(in crate::layers) next_header: &'static str,
    pub(in crate::layers) len: &'static str,
    pub(in crate::layers) len_in_bytes: &'static str,
}

/// Reports the fields of a header and of its options, up to the first error.
pub(in crate::layers) fn fields(
    names: Names,
    [next_header, header_ext_len]: [u8; 2],
    options: &[u8],
    sink: &mut dyn FieldSink,
) {
    sink.number(names.next_header, next_header, 0..1);
    sink.number(names.len, header_ext_len, 1..2);
    let len = usize::from(header_ext_len).saturating_add(1).saturating_mul(UNIT);
    sink.number(names.len_in_bytes, len as u64, 1..2);
    let mut options = Ipv6Options::new(options);
    while let Some(option) = sink.sound(options.next_raw(), options.at().saturating_add(2)) {
        let start = option.at.saturating_add(2);
        let place = |from: usize, to: usize| start.saturating_add(from)..start.saturating_add(to);
        sink.number("ipv6.opt.type", option.kind, place(0, 1));
        if option.kind == super::PAD1 {
            continue;
        }
        sink.number("ipv6.opt.type.action", option.kind >> 6, place(0, 1));
        sink.flag("ipv6.opt.type.change", option.kind & 0x20 != 0, place(0, 1));
        sink.number("ipv6.opt.type.rest", option.kind & 0x1f, place(0, 1));
        sink.number("ipv6.opt.length", option.data.len() as u64, place(1, 2));
        typed_fields(option, &place, sink);
    }
}

/// Where in the layer a part of an option is, both ends counted from its type.
type Place<'p> = &'p dyn Fn(usize, usize) -> Range<usize>;

/// Reports what stands behind the length of an option.
fn typed_fields(raw: RawOption<'_>, place: Place<'_>, sink: &mut dyn FieldSink) {
    let data = raw.data;
    let end = data.len().saturating_add(2);
    match understand(raw) {
        Ipv6Option::Pad1 => {}
        Ipv6Option::PadN(data) => sink.bytes("ipv6.opt.padn", data, place(2, end)),
        Ipv6Option::TunnelEncapsulationLimit(limit) => {
            sink.number("ipv6.opt.tel", limit, place(2, 3));
        }
        Ipv6Option::RouterAlert(value) => {
            sink.number("ipv6.opt.router_alert", value, place(2, 4));
        }
        Ipv6Option::Calipso { domain, sensitivity_level, checksum, bitmap } => {
            sink.number("ipv6.opt.calipso.doi", domain, place(2, 6));
            let words = (bitmap.len() / 4) as u64;
            sink.number("ipv6.opt.calipso.cmpt.length", words, place(6, 7));
            sink.number("ipv6.opt.calipso.sens_level", sensitivity_level, place(7, 8));
            sink.number("ipv6.opt.calipso.checksum", checksum, place(8, 10));
            let behind = bitmap.len().saturating_add(10);
            sink.bytes("ipv6.opt.calipso.cmpt_bitmap", bitmap, place(10, behind));
            rest_fields(data, behind, place, sink);
        }
        Ipv6Option::SmfIdentifier { tagger_type, tagger, identifier } => {
            let bits = data.first().copied().unwrap_or_default();
            sink.flag("ipv6.opt.smf_dpd.hash_bit", false, place(2, 3));
            sink.number("ipv6.opt.smf_dpd.tid_type", tagger_type, place(2, 3));
            sink.number("ipv6.opt.smf_dpd.tid_len", bits & 0x0f, place(2, 3));
            let behind = tagger.len().saturating_add(3);
            if !tagger.is_empty() {
                sink.bytes("ipv6.opt.smf_dpd.tagger_id", tagger, place(3, behind));
            }
            sink.bytes("ipv6.opt.smf_dpd.ident", identifier, place(behind, end));
        }
        Ipv6Option::SmfHash(data) => {
            sink.flag("ipv6.opt.smf_dpd.hash_bit", true, place(2, 3));
            sink.bytes("ipv6.opt.smf_dpd.hav", data, place(2, end));
        }
        Ipv6Option::Metrics(metrics) => {
            sink.number("ipv6.opt.pdm.scale_dtlr", metrics.scale_last_received, place(2, 3));
            sink.number("ipv6.opt.pdm.scale_dtls", metrics.scale_last_sent, place(3, 4));
            sink.number("ipv6.opt.pdm.psn_this_pkt", metrics.this_packet, place(4, 6));
            sink.number("ipv6.opt.pdm.psn_last_recv", metrics.last_received, place(6, 8));
            sink.number("ipv6.opt.pdm.delta_last_recv", metrics.delta_last_received, place(8, 10));
            sink.number("ipv6.opt.pdm.delta_last_sent", metrics.delta_last_sent, place(10, 12));
        }
        Ipv6Option::QuickStart { function, rate, ttl, nonce } => {
            sink.number("ipv6.opt.qs_func", function, place(2, 3));
            // RFC 4782, section 3.1: 0 asks for a rate, 8 reports one.
            let ttl_name = match function {
                0 => "ipv6.opt.qs_ttl",
                8 => "ipv6.opt.qs_unused",
                _ => return sink.bytes("ipv6.opt_unknown_data", data, place(2, end)),
            };
            sink.number("ipv6.opt.qs_rate", rate, place(2, 3));
            sink.number(ttl_name, ttl, place(3, 4));
            sink.number("ipv6.opt.qs_nonce", nonce, place(4, 8));
            let reserved = data.last().copied().unwrap_or_default() & 3;
            sink.number("ipv6.opt.qs_reserved", reserved, place(4, 8));
        }
        Ipv6Option::MinimumPathMtu { minimum, returned, wants_answer } => {
            sink.number("ipv6.opt.pmtu.min", minimum, place(2, 4));
            sink.number("ipv6.opt.pmtu.rtn", returned, place(4, 6));
            sink.flag("ipv6.opt.pmtu.r_flag", wants_answer, place(5, 6));
        }
        Ipv6Option::Ioam { kind, .. } => {
            let reserved = data.first().copied().unwrap_or_default();
            sink.number("ipv6.opt.ioam.rsv", reserved, place(2, 3));
            sink.number("ipv6.opt.ioam.opt_type", kind, place(3, 4));
            rest_fields(data, 4, place, sink);
        }
        option => low_power_and_mobile_fields(&option, data, place, sink),
    }
}

/// [`typed_fields`] of the options that are left.
fn low_power_and_mobile_fields(
    option: &Ipv6Option<'_>,
    data: &[u8],
    place: Place<'_>,
    sink: &mut dyn FieldSink,
) {
    let end = data.len().saturating_add(2);
    match *option {
        Ipv6Option::Rpl { flags, instance, sender_rank, .. } => {
            sink.number("ipv6.opt.rpl.flag", flags, place(2, 3));
            sink.flag("ipv6.opt.rpl.flag.o", flags & 0x80 != 0, place(2, 3));
            sink.flag("ipv6.opt.rpl.flag.r", flags & 0x40 != 0, place(2, 3));
            sink.flag("ipv6.opt.rpl.flag.f", flags & 0x20 != 0, place(2, 3));
            sink.number("ipv6.opt.rpl.flag.rsv", flags & 0x1f, place(2, 3));
            sink.number("ipv6.opt.rpl.instance_id", instance, place(3, 4));
            sink.number("ipv6.opt.rpl.sender_rank", sender_rank, place(4, 6));
            rest_fields(data, 6, place, sink);
        }
        Ipv6Option::Mpl { flags, sequence, seed } => {
            sink.number("ipv6.opt.mpl.flag", flags, place(2, 3));
            sink.number("ipv6.opt.mpl.flag.s", flags >> 6, place(2, 3));
            sink.flag("ipv6.opt.mpl.flag.m", flags & 0x20 != 0, place(2, 3));
            sink.flag("ipv6.opt.mpl.flag.v", flags & 0x10 != 0, place(2, 3));
            sink.number("ipv6.opt.mpl.flag.rsv", flags & 0x0f, place(2, 3));
            sink.number("ipv6.opt.mpl.sequence", sequence, place(3, 4));
            if !seed.is_empty() {
                sink.bytes("ipv6.opt.mpl.seed_id", seed, place(4, end));
            }
        }
        Ipv6Option::IlnpNonce(nonce) => {
            sink.bytes("ipv6.opt.ilnp_nonce", nonce, place(2, end));
        }
        Ipv6Option::LineIdentification(line) => {
            sink.number("ipv6.opt.lio.length", line.len() as u64, place(2, 3));
            let value = std::str::from_utf8(line).map_or(Value::Bytes(line), Value::Text);
            let behind = line.len().saturating_add(3);
            sink.value("ipv6.opt.lio.line_id", value, place(3, behind));
            rest_fields(data, behind, place, sink);
        }
        Ipv6Option::JumboPayload(len) => sink.number("ipv6.opt.jumbo", len, place(2, 6)),
        Ipv6Option::HomeAddress(address) => {
            sink.value("ipv6.opt.mipv6.home_address", Value::Ipv6(address), place(2, 18));
        }
        Ipv6Option::DepthFirstForwarding { flags, sequence_number } => {
            sink.number("ipv6.opt.dff.flags", flags, place(2, 3));
            sink.number("ipv6.opt.dff.flag.ver", flags >> 6, place(2, 3));
            sink.flag("ipv6.opt.dff.flag.dup", flags & 0x20 != 0, place(2, 3));
            sink.flag("ipv6.opt.dff.flag.ret", flags & 0x10 != 0, place(2, 3));
            sink.number("ipv6.opt.dff.flag.rsv", flags & 0x0f, place(2, 3));
            sink.number("ipv6.opt.dff.sequence_number", sequence_number, place(3, 5));
        }
        Ipv6Option::Experimental { data, .. } => {
            sink.bytes("ipv6.opt.experimental", data, place(2, end));
        }
        _ => sink.bytes("ipv6.opt.unknown", data, place(2, end)),
    }
}

/// Reports the data behind the part of an option that is understood, if there is any. The place
/// is counted from the type, as in [`Place`].
fn rest_fields(data: &[u8], from: usize, place: Place<'_>, sink: &mut dyn FieldSink) {
    let rest = data.get(from.saturating_sub(2)..).unwrap_or_default();
    if !rest.is_empty() {
        let end = data.len().saturating_add(2);
        sink.bytes("ipv6.opt_unknown_data", rest, place(from, end));
    }
}
