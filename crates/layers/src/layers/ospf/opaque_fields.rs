//! Fields of opaque LSAs: traffic engineering, [RFC 3630](https://www.rfc-editor.org/rfc/rfc3630),
//! graceful restart, [RFC 3623](https://www.rfc-editor.org/rfc/rfc3623), router information,
//! [RFC 7770](https://www.rfc-editor.org/rfc/rfc7770), extended prefixes and links,
//! [RFC 7684](https://www.rfc-editor.org/rfc/rfc7684).

use super::tlv::each_tlv;
use crate::field_reader::FieldReader;

/// Opaque type of traffic engineering.
pub(super) const TRAFFIC_ENGINEERING: u8 = 1;
/// Opaque type of router information.
pub(super) const ROUTER_INFORMATION: u8 = 4;

const PREFIX_SID_FLAGS: [(&str, u64); 5] = [
    ("ospf.tlv.pfxsid.flags.np", 0x40),
    ("ospf.tlv.pfxsid.flags.m", 0x20),
    ("ospf.tlv.pfxsid.flags.e", 0x10),
    ("ospf.tlv.pfxsid.flags.v", 0x08),
    ("ospf.tlv.pfxsid.flags.l", 0x04),
];
/// Wireshark has two flags of the name `b`: the second is RFC 8665's L, a local identifier.
const ADJACENCY_SID_FLAGS: [(&str, u64); 5] = [
    ("ospf.tlv.adjsid.flags.b", 0x80),
    ("ospf.tlv.adjsid.flags.v", 0x40),
    ("ospf.tlv.adjsid.flags.b", 0x20),
    ("ospf.tlv.adjsid.flags.g", 0x10),
    ("ospf.tlv.adjsid.flags.p", 0x08),
];

pub(super) fn opaque(opaque_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match opaque_type {
        TRAFFIC_ENGINEERING => each_tlv(reader, "ospf.tlv_type", |kind, value| match kind {
            1 => drop(value.ipv4("ospf.mpls.routerid")),
            2 => each_tlv(value, "ospf.tlv_type", |kind, value| _ = link(kind, value)),
            _ => drop(value.rest_as("ospf.tlv_value")),
        }),
        3 => each_tlv(reader, "ospf.tlv_type", |kind, value| _ = grace(kind, value)),
        ROUTER_INFORMATION => each_tlv(reader, "ospf.tlv_type.opaque", |kind, value| {
            let _ = router_information(kind, value);
        }),
        7 => each_tlv(reader, "ospf.tlv.extpfx.tlv_type", |kind, value| {
            let _ = extended_prefix(kind, value);
        }),
        8 => each_tlv(reader, "ospf.tlv.extlink.tlv_type", |kind, value| {
            let _ = extended_link(kind, value);
        }),
        _ => {}
    }
    Some(())
}

/// A sub-TLV of a link, RFC 3630 section 2.5 and RFC 4203 section 1.
fn link(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => drop(reader.u8("ospf.mpls.linktype")?),
        2 => drop(reader.ipv4("ospf.mpls.linkid")?),
        3 | 4 => {
            let name = if kind == 3 { "ospf.mpls.local_addr" } else { "ospf.mpls.remote_addr" };
            while !reader.is_empty() {
                reader.ipv4(name)?;
            }
        }
        5 => drop(reader.u32("ospf.mpls.te_metric")?),
        6 | 7 => drop(reader.f32("ospf.mpls.link_max_bw")?),
        8 => (0..8).try_for_each(|_| reader.f32("ospf.mpls.pri").map(drop))?,
        9 => drop(reader.u32("ospf.mpls.linkcolor")?),
        11 => {
            reader.u32("ospf.mpls.local_id")?;
            reader.u32("ospf.mpls.remote_id")?;
        }
        14 => drop(reader.u8("ospf.mpls.protection_capability")?),
        15 => {
            let switching = reader.u8("ospf.mpls.switching_type")?;
            reader.u8("ospf.mpls.encoding")?;
            reader.skip(2);
            (0..8).try_for_each(|_| reader.f32("ospf.mpls.pri").map(drop))?;
            // RFC 4203, section 1.4: what packets are switched by has these two behind it.
            if (1..=4).contains(&switching) {
                reader.f32("ospf.mpls.minimum_lsp_bandwidth")?;
                reader.u16("ospf.mpls.interface_mtu")?;
            }
        }
        16 => {
            while !reader.is_empty() {
                reader.u32("ospf.mpls.shared_risk_link_group")?;
            }
        }
        17 => {
            reader.u8("ospf.mpls.bc.model_id")?;
            reader.skip(3);
            while !reader.is_empty() {
                reader.f32("ospf.mpls.bc")?;
            }
        }
        _ => drop(reader.rest_as("ospf.tlv_value")),
    }
    Some(())
}

fn grace(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => reader.u32("ospf.v2.grace.period").map(drop),
        2 => reader.u8("ospf.v2.grace.reason").map(drop),
        3 => reader.ipv4("ospf.v2.grace.ip").map(drop),
        _ => None,
    }
}

fn router_information(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => {
            let options = reader.u8("ospf.ri.options")?.into();
            let bits = [
                ("ospf.ri.options.grc", 0x80),
                ("ospf.ri.options.grh", 0x40),
                ("ospf.ri.options.srs", 0x20),
                ("ospf.ri.options.tes", 0x10),
                ("ospf.ri.options.p2plan", 0x08),
                ("ospf.ri.options.ete", 0x04),
                ("ospf.ri.options.host", 0x01),
            ];
            reader.flags(options, &bits);
        }
        7 => {
            let len = reader.rest().len();
            reader.text("ospf.dynhostname", len)?;
        }
        8 => {
            while !reader.is_empty() {
                reader.u8("ospf.lsa_sa")?;
            }
        }
        9 | 14 => {
            reader.number("ospf.tlv.range_size", 3)?;
            reader.bytes("ospf.reserved", 1)?;
            each_tlv(reader, "ospf.tlv.sidlabel_range.type", |_, value| label(value));
        }
        12 => {
            while !reader.is_empty() {
                reader.u8("ospf.tlv.igp_msd_type")?;
                reader.u8("ospf.tlv.igp_msd_value")?;
            }
        }
        15 => {
            reader.u8("ospf.tlv.preference")?;
            reader.bytes("ospf.reserved", 3)?;
        }
        16 => {
            reader.u8("ospf.tlv.fad.flex_algorithm")?;
            reader.u8("ospf.tlv.fad.metric_type")?;
            reader.u8("ospf.tlv.fad.calc_type")?;
            reader.u8("ospf.tlv.fad.priority")?;
        }
        _ => drop(reader.rest_as("ospf.tlv.unknown")),
    }
    Some(())
}

/// A label of 3 bytes or an index of 4.
fn label(reader: &mut FieldReader<'_, '_>) {
    let len = reader.rest().len();
    if len == 3 || len == 4 {
        reader.number("ospf.tlv.sid_label", len);
    }
}

fn extended_prefix(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if kind == 1 {
        reader.u8("ospf.tlv.extpfx.rotuetype")?;
        reader.u8("ospf.prefix_length")?;
        reader.u8("ospf.tlv.extpfx.af")?;
        let flags = reader.u8("ospf.tlv.extpfx.flags")?;
        reader.flag("ospf.tlv.extpfx.flags.a", flags & 0x80 != 0);
        reader.flag("ospf.tlv.extpfx.flags.n", flags & 0x40 != 0);
    } else if kind == 2 {
        reader.u8("ospf.prefix_length")?;
        reader.u8("ospf.tlv.extpfx.af")?;
        reader.u16("ospf.tlv.range_size")?;
        let flags = reader.u8("ospf.tlv.extpfx_range.flags")?;
        reader.flag("ospf.tlv.extpfx_range.flags.ia", flags & 0x80 != 0);
        reader.bytes("ospf.reserved", 3)?;
    } else {
        return None;
    }
    reader.ipv4("ospf.v3.address_prefix.ipv4")?;
    each_tlv(reader, "ospf.tlv.extpfx.subtlv_type", |kind, value| {
        if kind == 2 {
            let _ = prefix_sid(value);
        }
    });
    Some(())
}

fn prefix_sid(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("ospf.tlv.pfxsid.flags")?.into();
    reader.flags(flags, &PREFIX_SID_FLAGS);
    reader.bytes("ospf.reserved", 1)?;
    reader.u8("ospf.tlv.extlink.mt_id")?;
    reader.u8("ospf.lsa_sa")?;
    label(reader);
    Some(())
}

fn extended_link(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if kind != 1 {
        return None;
    }
    reader.u8("ospf.lsa.router.linktype")?;
    reader.bytes("ospf.reserved", 3)?;
    reader.ipv4("ospf.lsa.router.linkid")?;
    reader.ipv4("ospf.lsa.router.linkdata")?;
    each_tlv(reader, "ospf.tlv.extlink.subtlv_type", |kind, value| {
        let _ = match kind {
            2 | 3 => adjacency_sid(kind == 3, value),
            6 => {
                value.u8("ospf.tlv.igp_msd_type");
                value.u8("ospf.tlv.igp_msd_value").map(drop)
            }
            8 => value.ipv4("ospf.tlv.remote_ipv4_address").map(drop),
            9 => {
                value.u32("ospf.tlv.local_interface_id");
                value.u32("ospf.tlv.remote_interface_id").map(drop)
            }
            _ => None,
        };
    });
    Some(())
}

fn adjacency_sid(is_lan: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.u8("ospf.tlv.adjsid.flags")?.into();
    reader.flags(flags, &ADJACENCY_SID_FLAGS);
    reader.bytes("ospf.reserved", 1)?;
    reader.u8("ospf.tlv.extlink.mt_id")?;
    reader.u8("ospf.tlv.extlink.weight")?;
    if is_lan {
        reader.ipv4("ospf.tlv.extlink.nbr")?;
    }
    label(reader);
    Some(())
}
