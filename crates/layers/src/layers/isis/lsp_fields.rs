//! Fields of link state PDUs, [RFC 5305](https://www.rfc-editor.org/rfc/rfc5305),
//! [RFC 5120](https://www.rfc-editor.org/rfc/rfc5120),
//! [RFC 7981](https://www.rfc-editor.org/rfc/rfc7981),
//! [RFC 8667](https://www.rfc-editor.org/rfc/rfc8667).

use super::fields::{areas, authentication, each_ipv4, each_ipv6, each_tlv, each_u8, each_u16};
use super::tlv::prefix;
use crate::Value;
use crate::field_reader::FieldReader;

pub(super) fn lsp(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("isis.lsp.pdu_length")?;
    reader.u16("isis.lsp.remaining_life")?;
    reader.bytes("isis.lsp.lsp_id", 8)?;
    reader.u32("isis.lsp.sequence_number")?;
    reader.u16("isis.lsp.checksum")?;
    let block = reader.word(1)?;
    reader.flag("isis.lsp.partition_repair", block & 0x80 != 0);
    // Wireshark shows the four bits of this one by one too, and takes others for them.
    reader.bits("isis.lsp.att", block >> 3 & 0x0f);
    reader.flag("isis.lsp.overload", block & 0x04 != 0);
    reader.bits("isis.lsp.is_type", block & 0x03);
    each_tlv(reader, ["isis.lsp.clv.type", "isis.lsp.clv.length"], tlv);
    Some(())
}

fn tlv(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => areas("isis.lsp.area_address", reader),
        2 => neighbors(reader),
        7 => {
            reader.u16("isis.lsp.iid")?;
            each_u16("isis.lsp.supported_itid", reader)
        }
        10 => authentication("isis.lsp.authentication", reader),
        13 => {
            reader.u8("isis.lsp.purge_originator_id.num")?;
            while !reader.is_empty() {
                reader.bytes("isis.lsp.purge_originator_id.system_id", 6)?;
            }
            Some(())
        }
        14 => reader.u16("isis.lsp.originating_lsp_buffer_size").map(drop),
        22 => wide_neighbors(reader),
        128 | 130 => narrow_networks(reader),
        129 => each_u8("isis.lsp.clv_nlpid.nlpid", reader),
        132 => each_ipv4("isis.lsp.clv_ipv4_int_addr", reader),
        134 => reader.ipv4("isis.lsp.clv_te_router_id").map(drop),
        135 => networks(reader),
        137 => {
            let len = reader.rest().len();
            reader.text("isis.lsp.hostname", len).map(drop)
        }
        140 => reader.ipv6("isis.lsp.clv_ipv6_te_router_id").map(drop),
        222 => {
            topology(reader)?;
            wide_neighbors(reader)
        }
        229 => each_u16("isis.lsp.clv_mt", reader),
        232 => each_ipv6("isis.lsp.clv_ipv6_int_addr", reader),
        235 => {
            topology(reader)?;
            networks(reader)
        }
        236 => ipv6_networks(reader),
        237 => {
            topology(reader)?;
            ipv6_networks(reader)
        }
        242 => capabilities(reader),
        _ => None,
    }
}

fn topology(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let word = reader.word(2)?;
    reader.bits("isis.lsp.reserved", word >> 12);
    reader.bits("isis.lsp.mtid", word & 0x0fff);
    Some(())
}

/// ISO 10589's neighbors. Of the metrics behind the first Wireshark shows only one bit of each
/// rightly: the others it reads from the first.
fn neighbors(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    // Whether the link is virtual; Wireshark has two names for it, by what came before.
    reader.skip(1);
    while !reader.is_empty() {
        let metric = reader.word(1)?;
        reader.bits("isis.lsp.eis_neighbors.default_metric", metric & 0x3f);
        reader.flag("isis.lsp.eis_neighbors.default_metric_ie", metric & 0x40 != 0);
        for name in [
            "isis.lsp.eis_neighbors.delay_metric_ie",
            "isis.lsp.eis_neighbors.expense_metric_ie",
            "isis.lsp.eis_neighbors.error_metric_ie",
        ] {
            let metric = reader.word(1)?;
            reader.flag(name, metric & 0x40 != 0);
        }
        reader.bytes("isis.lsp.eis_neighbors.is_neighbor", 7)?;
    }
    Some(())
}

/// RFC 1195's networks: four metrics, address and mask.
fn narrow_networks(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const NETWORK_LEN: usize = 12;
    const METRICS: [[&str; 3]; 3] = [
        [
            "isis.lsp.ip_reachability.delay_metric",
            "isis.lsp.ip_reachability.delay_metric_support",
            "isis.lsp.ip_reachability.delay_metric_ie",
        ],
        [
            "isis.lsp.ip_reachability.expense_metric",
            "isis.lsp.ip_reachability.expense_metric_support",
            "isis.lsp.ip_reachability.expense_metric_ie",
        ],
        [
            "isis.lsp.ip_reachability.error_metric",
            "isis.lsp.ip_reachability.error_metric_support",
            "isis.lsp.ip_reachability.error_metric_ie",
        ],
    ];
    while !reader.is_empty() {
        let address = *reader.rest().get(4..)?.first_chunk::<4>()?;
        let start = reader.place();
        let whole = start..start.saturating_add(NETWORK_LEN);
        let mut network = reader.part(NETWORK_LEN);
        if network.rest().len() < NETWORK_LEN {
            return None;
        }
        let prefix = Value::Ipv4(address.into());
        network.value_at("isis.lsp.ip_reachability.ipv4_prefix", prefix, whole);
        let metric = network.word(1)?;
        network.bits("isis.lsp.ip_reachability.default_metric", metric & 0x3f);
        network.flag("isis.lsp.ip_reachability.default_metric_ie", metric & 0x40 != 0);
        network.flag("isis.lsp.ip_reachability.distribution", metric & 0x80 != 0);
        for [name, support, external] in METRICS {
            let metric = network.word(1)?;
            network.bits(name, metric & 0x3f);
            network.flag(support, metric & 0x80 != 0);
            network.flag(external, metric & 0x40 != 0);
        }
    }
    Some(())
}

fn wide_neighbors(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const NAMES: [&str; 2] =
        ["isis.lsp.ext_is_reachability.code", "isis.lsp.ext_is_reachability.length"];
    while !reader.is_empty() {
        reader.bytes("isis.lsp.ext_is_reachability.is_neighbor_id", 7)?;
        reader.number("isis.lsp.ext_is_reachability.metric", 3)?;
        let len = reader.u8("isis.lsp.ext_is_reachability.subclvs_length")?;
        each_tlv(&mut reader.part(len.into()), NAMES, link);
    }
    Some(())
}

/// A sub-TLV of a link, RFC 5305 section 3 and RFC 8667 section 2.2.
fn link(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        3 => {
            // Each group that a link is of, by its bit.
            let groups = reader.word(4)?;
            for bit in 0..32 {
                let group = groups & 1 << bit;
                if group != 0 {
                    reader.bits("isis.lsp.group", group);
                }
            }
            Some(())
        }
        4 => {
            reader.u32("isis.lsp.ext_is_reachability.link_local_identifier")?;
            reader.u32("isis.lsp.ext_is_reachability.link_remote_identifier").map(drop)
        }
        6 => reader.ipv4("isis.lsp.ext_is_reachability.ipv4_interface_address").map(drop),
        8 => reader.ipv4("isis.lsp.ext_is_reachability.ipv4_neighbor_address").map(drop),
        9 => bandwidth("isis.lsp.maximum_link_bandwidth", reader),
        10 => bandwidth("isis.lsp.reservable_link_bandwidth", reader),
        11 => (0..8).try_for_each(|_| bandwidth("isis.lsp.unrsv_bw.priority_level", reader)),
        18 => {
            let name = "isis.lsp.ext_is_reachability.traffic_engineering_default_metric";
            reader.number(name, 3).map(drop)
        }
        31 | 32 => {
            let flags = reader.u8("isis.lsp.adj_sid.flags")?.into();
            let bits = [
                ("isis.lsp.adj_sid.flags.f", 0x80),
                ("isis.lsp.adj_sid.flags.b", 0x40),
                ("isis.lsp.adj_sid.flags.v", 0x20),
                ("isis.lsp.adj_sid.flags.l", 0x10),
                ("isis.lsp.adj_sid.flags.s", 0x08),
            ];
            reader.flags(flags, &bits);
            reader.u8("isis.lsp.adj_sid.weight")?;
            if kind == 32 {
                reader.bytes("isis.lsp.adj_sid.system_id", 6)?;
            }
            segment(reader)
        }
        _ => {
            reader.rest_as("isis.lsp.ext_is_reachability.value");
            None
        }
    }
}

/// A bandwidth, which Wireshark shows in megabits a second where it is in bytes on the wire.
fn bandwidth(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let bytes = f64::from(f32::from_be_bytes(*reader.take()?));
    reader.value(name, Value::Float(bytes * 8.0 / 1e6));
    Some(())
}

/// A label of 3 bytes or an index of 4.
fn segment(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.rest().len() {
        3 => {
            let label = reader.word(3)?;
            reader.bits("isis.lsp.sid.sli_label", label & 0x000f_ffff);
        }
        4 => drop(reader.u32("isis.lsp.sid.sli_index")?),
        _ => {}
    }
    Some(())
}

fn networks(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u32("isis.lsp.ext_ip_reachability.metric")?;
        let control = reader.word(1)?;
        reader.flag("isis.lsp.ext_ip_reachability.distribution", control & 0x80 != 0);
        reader.flag("isis.lsp.ext_ip_reachability.subtlv", control & 0x40 != 0);
        let bits = u8::try_from(control & 0x3f).ok()?;
        reader.bits("isis.lsp.ext_ip_reachability.prefix_length", bits);
        let (address, _) = prefix::<4>(bits, reader.rest())?;
        network(
            reader,
            "isis.lsp.ext_ip_reachability.ipv4_prefix",
            bits,
            Value::Ipv4(address.into()),
        );
        if control & 0x40 != 0 {
            let len = reader.u8("isis.lsp.ext_ip_reachability.subclvs_length")?;
            network_tlvs(&mut reader.part(len.into()));
        }
    }
    Some(())
}

fn ipv6_networks(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        reader.u32("isis.lsp.ipv6_reachability.metric")?;
        let control = reader.word(1)?;
        reader.flag("isis.lsp.ipv6_reachability.distribution", control & 0x80 != 0);
        reader.flag("isis.lsp.ipv6_reachability.distribution_internal", control & 0x40 != 0);
        reader.flag("isis.lsp.ipv6_reachability.subtlv", control & 0x20 != 0);
        let bits = reader.u8("isis.lsp.ipv6_reachability.prefix_length")?;
        let (address, _) = prefix::<16>(bits, reader.rest())?;
        network(
            reader,
            "isis.lsp.ipv6_reachability.ipv6_prefix",
            bits,
            Value::Ipv6(address.into()),
        );
        if control & 0x20 != 0 {
            let len = reader.u8("isis.lsp.ipv6_reachability.subclvs_length")?;
            network_tlvs(&mut reader.part(len.into()));
        }
    }
    Some(())
}

/// Reports an address of so many bits; one of none has no bytes to show.
fn network(reader: &mut FieldReader<'_, '_>, name: &'static str, bits: u8, address: Value<'_>) {
    reader.skip(usize::from(bits).div_ceil(8));
    if bits > 0 {
        reader.value(name, address);
    }
}

fn network_tlvs(reader: &mut FieldReader<'_, '_>) {
    const NAMES: [&str; 2] =
        ["isis.lsp.ext_ip_reachability.code", "isis.lsp.ext_ip_reachability.length"];
    each_tlv(reader, NAMES, |kind, value| {
        // RFC 8667, section 2.1: a segment of the prefix.
        if kind != 3 {
            return None;
        }
        let flags = value.u8("isis.lsp.ext_ip_reachability.prefix_sid.flags")?.into();
        let bits = [
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.r", 0x80),
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.n", 0x40),
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.p", 0x20),
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.e", 0x10),
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.v", 0x08),
            ("isis.lsp.ext_ip_reachability.prefix_sid.flags.l", 0x04),
        ];
        value.flags(flags, &bits);
        value.u8("isis.lsp.sr_alg")?;
        segment(value)
    });
}

fn capabilities(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u32("isis.lsp.rt_capable.router_id")?;
    let flags = reader.word(1)?;
    reader.flag("isis.lsp.rt_capable.flag_s", flags & 1 != 0);
    reader.flag("isis.lsp.rt_capable.flag_d", flags & 2 != 0);
    while let Some(head) = reader.word(2) {
        let mut value = reader.part(usize::try_from(head & 0xff).ok()?);
        let _ = capability(head >> 8, &mut value);
    }
    Some(())
}

fn capability(kind: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        2 => {
            let flags = reader.word(1)?;
            reader.flag("isis.lsp.sr_cap.i_flag", flags & 0x80 != 0);
            reader.flag("isis.lsp.sr_cap.v_flag", flags & 0x40 != 0);
            reader.number("isis.lsp.sr_cap.range", 3)?;
            // A label behind its own type and length.
            let head = reader.word(2)?;
            if head == 0x0103 {
                let label = reader.word(3)?;
                reader.bits("isis.lsp.sr_cap.label", label & 0x000f_ffff);
            }
            Some(())
        }
        19 => each_u8("isis.lsp.sr_alg", reader),
        23 => {
            while !reader.is_empty() {
                reader.u8("isis.lsp.igp_msd_type")?;
                reader.u8("isis.lsp.igp_msd_value")?;
            }
            Some(())
        }
        _ => None,
    }
}
