//! Fields of the TLVs of IEEE 802.1, and of two that preceded them.

use crate::Value;
use crate::field_reader::FieldReader;

/// Reports the TLV behind its organization.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.ieee.802_1.subtype")? {
        1 => {
            reader.u16("lldp.ieee.802_1.port_vlan.id")?;
        }
        2 => {
            let flags = reader.u8("lldp.ieee.802_1.port_and_vlan_id_flag")?;
            reader.flags(flags.into(), &PORT_AND_PROTOCOL);
            reader.u16("lldp.ieee.802_1.port_proto_vlan.id")?;
        }
        3 => {
            reader.u16("lldp.ieee.802_1.vlan.id")?;
            let len = reader.u8("lldp.ieee.802_1.vlan.name_len")?;
            reader.text("lldp.ieee.802_1.vlan.name", len.into())?;
        }
        4 => {
            let len = reader.u8("lldp.ieee.802_1.proto.id_length")?;
            reader.bytes("lldp.ieee.802_1.proto.id", len.into())?;
        }
        7 => {
            let status = reader.u8("lldp.ieee.802_1.aggregation_status")?;
            reader.flags(status.into(), &AGGREGATION);
            reader.bit_fields(status, &[("lldp.ieee.802_1.aggregation_status.porttype", 0x0c)]);
            reader.u32("lldp.ieee.802_1.aggregated_port_id")?;
        }
        8 => {
            let capable = reader.peek_u8()?;
            reader.skip(1)?;
            reader.flags(capable.into(), &CONGESTION_CAPABLE);
            let ready = reader.peek_u8()?;
            reader.skip(1)?;
            reader.flags(ready.into(), &CONGESTION_READY);
        }
        9 => {
            let bits = reader.peek_u8()?;
            reader.skip(1)?;
            reader.flags(
                bits.into(),
                &[("lldp.dcbx.ieee.willing", 0x80), ("lldp.dcbx.ieee.ets.cbs", 0x40)],
            );
            reader.bit_fields(bits, &[("lldp.dcbx.ieee.ets.maxtcs", 0x07)]);
            transmission_selection(reader)?;
        }
        10 => {
            let reserved = reader.peek_u8()?;
            reader.skip(1)?;
            reader.bit_fields(reserved, &[("lldp.dcbx.feature.pg.reserved", 0xff)]);
            transmission_selection(reader)?;
        }
        11 => {
            let bits = reader.peek_u8()?;
            reader.skip(1)?;
            reader.flags(
                bits.into(),
                &[("lldp.dcbx.ieee.willing", 0x80), ("lldp.dcbx.ieee.pfc.mbc", 0x40)],
            );
            reader.bit_fields(bits, &[("lldp.dcbx.ieee.pfc.numtcs", 0x0f)]);
            flow_control(reader)?;
        }
        12 => {
            reader.u8("lldp.dcbx.ieee.app.reserved")?;
            while !reader.is_empty() {
                let bits = reader.peek_u8()?;
                reader.skip(1)?;
                reader.bit_fields(
                    bits,
                    &[("lldp.dcbx.ieee.app.prio", 0xe0), ("lldp.dcbx.iee.app.sf", 0x07)],
                );
                reader.u16("lldp.dcbx.feature.app.proto")?;
            }
        }
        _ => {}
    }
    Some(())
}

const PORT_AND_PROTOCOL: [(&str, u64); 2] = [
    ("lldp.ieee.802_1.port_and_vlan_id_flag.supported", 0x02),
    ("lldp.ieee.802_1.port_and_vlan_id_flag.enabled", 0x04),
];

const AGGREGATION: [(&str, u64); 2] = [
    ("lldp.ieee.802_1.aggregation_status.cap", 0x01),
    ("lldp.ieee.802_1.aggregation_status.enabled", 0x02),
];

const CONGESTION_CAPABLE: [(&str, u64); 8] = [
    ("lldp.ieee.802_1qau.cnpv.prio0", 0x01),
    ("lldp.ieee.802_1qau.cnpv.prio1", 0x02),
    ("lldp.ieee.802_1qau.cnpv.prio2", 0x04),
    ("lldp.ieee.802_1qau.cnpv.prio3", 0x08),
    ("lldp.ieee.802_1qau.cnpv.prio4", 0x10),
    ("lldp.ieee.802_1qau.cnpv.prio5", 0x20),
    ("lldp.ieee.802_1qau.cnpv.prio6", 0x40),
    ("lldp.ieee.802_1qau.cnpv.prio7", 0x80),
];

const CONGESTION_READY: [(&str, u64); 8] = [
    ("lldp.ieee.802_1qau.ready.prio0", 0x01),
    ("lldp.ieee.802_1qau.ready.prio1", 0x02),
    ("lldp.ieee.802_1qau.ready.prio2", 0x04),
    ("lldp.ieee.802_1qau.ready.prio3", 0x08),
    ("lldp.ieee.802_1qau.ready.prio4", 0x10),
    ("lldp.ieee.802_1qau.ready.prio5", 0x20),
    ("lldp.ieee.802_1qau.ready.prio6", 0x40),
    ("lldp.ieee.802_1qau.ready.prio7", 0x80),
];

const GROUPS_OF_LOW_PRIORITIES: [(&str, u64); 4] = [
    ("lldp.dcbx.feature.pg.pgid_prio0", 0xf000),
    ("lldp.dcbx.feature.pg.pgid_prio1", 0x0f00),
    ("lldp.dcbx.feature.pg.pgid_prio2", 0x00f0),
    ("lldp.dcbx.feature.pg.pgid_prio3", 0x000f),
];

const GROUPS_OF_HIGH_PRIORITIES: [(&str, u64); 4] = [
    ("lldp.dcbx.feature.pg.pgid_prio4", 0xf000),
    ("lldp.dcbx.feature.pg.pgid_prio5", 0x0f00),
    ("lldp.dcbx.feature.pg.pgid_prio6", 0x00f0),
    ("lldp.dcbx.feature.pg.pgid_prio7", 0x000f),
];

const BANDWIDTHS: [&str; 8] = [
    "lldp.dcbx.feature.pg.per0",
    "lldp.dcbx.feature.pg.per1",
    "lldp.dcbx.feature.pg.per2",
    "lldp.dcbx.feature.pg.per3",
    "lldp.dcbx.feature.pg.per4",
    "lldp.dcbx.feature.pg.per5",
    "lldp.dcbx.feature.pg.per6",
    "lldp.dcbx.feature.pg.per7",
];

const ALGORITHMS: [&str; 8] = [
    "lldp.dcbx.ieee.ets.tsa0",
    "lldp.dcbx.ieee.ets.tsa1",
    "lldp.dcbx.ieee.ets.tsa2",
    "lldp.dcbx.ieee.ets.tsa3",
    "lldp.dcbx.ieee.ets.tsa4",
    "lldp.dcbx.ieee.ets.tsa5",
    "lldp.dcbx.ieee.ets.tsa6",
    "lldp.dcbx.ieee.ets.tsa7",
];

const FLOW_CONTROL: [(&str, u64); 8] = [
    ("lldp.dcbx.feature.pfc.prio0", 0x01),
    ("lldp.dcbx.feature.pfc.prio1", 0x02),
    ("lldp.dcbx.feature.pfc.prio2", 0x04),
    ("lldp.dcbx.feature.pfc.prio3", 0x08),
    ("lldp.dcbx.feature.pfc.prio4", 0x10),
    ("lldp.dcbx.feature.pfc.prio5", 0x20),
    ("lldp.dcbx.feature.pfc.prio6", 0x40),
    ("lldp.dcbx.feature.pfc.prio7", 0x80),
];

fn priority_groups(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for names in [GROUPS_OF_LOW_PRIORITIES, GROUPS_OF_HIGH_PRIORITIES] {
        let groups = reader.peek_u16()?;
        reader.skip(2)?;
        reader.bit_fields(groups, &names);
    }
    BANDWIDTHS.iter().try_for_each(|&name| reader.u8(name).map(|_| ()))
}

fn transmission_selection(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    priority_groups(reader)?;
    ALGORITHMS.iter().try_for_each(|&name| reader.u8(name).map(|_| ()))
}

fn flow_control(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let priorities = reader.peek_u8()?;
    reader.skip(1)?;
    reader.flags(priorities.into(), &FLOW_CONTROL);
    Some(())
}

/// Reports a TLV of the draft of IEEE 802.1Qbg.
pub(super) fn evb_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if reader.u8("lldp.ieee.802_1qbg.subtype")? != 0 {
        return Some(());
    }
    let support = reader.u16("lldp.ieee.802_1qbg.evb_support_caps")?;
    reader.flags(support.into(), &EVB_SUPPORT);
    let configured = reader.u16("lldp.ieee.802_1qbg.evb_configure_caps")?;
    reader.flags(configured.into(), &EVB_CONFIGURED);
    reader.u16("lldp.ieee.802_1qbg.evb_supported_vsi")?;
    reader.u16("lldp.ieee.802_1qbg.evb_configured_vsi")?;
    reader.u8("lldp.ieee.802_1qbg.evb_retrans_timer")?;
    Some(())
}

const EVB_SUPPORT: [(&str, u64); 5] = [
    ("lldp.ieee.802_1qbg.evb_support_caps.std", 0x8000),
    ("lldp.ieee.802_1qbg.evb_support_caps.rr", 0x4000),
    ("lldp.ieee.802_1qbg.evb_support_caps.rte", 0x0004),
    ("lldp.ieee.802_1qbg.evb_support_caps.ecp", 0x0002),
    ("lldp.ieee.802_1qbg.evb_support_caps.vdp", 0x0001),
];

const EVB_CONFIGURED: [(&str, u64); 5] = [
    ("lldp.ieee.802_1qbg.evb_configure_caps.std", 0x8000),
    ("lldp.ieee.802_1qbg.evb_configure_caps.rr", 0x4000),
    ("lldp.ieee.802_1qbg.evb_configure_caps.rte", 0x0004),
    ("lldp.ieee.802_1qbg.evb_configure_caps.ecp", 0x0002),
    ("lldp.ieee.802_1qbg.evb_configure_caps.vdp", 0x0001),
];

/// Reports a TLV of data center bridging as it was before IEEE took it over: records in a record.
pub(super) fn dcbx_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("lldp.dcbx.proto")?;
    while !reader.is_empty() {
        let head = reader.peek_u16()?;
        reader.skip(2)?;
        reader.bit_fields(head, &[("lldp.dcbx.type", 0xfe00), ("lldp.dcbx.len", 0x01ff)]);
        let mut part = reader.part((head & 0x01ff).into());
        // A record cut short does not hide the next.
        let _ = dcbx_record(head >> 9, &mut part);
    }
    Some(())
}

fn dcbx_record(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("lldp.dcbx.version")?;
    reader.u8("lldp.dcbx.max_version")?;
    if kind == 1 {
        reader.u32("lldp.dcbx.control.seq")?;
        reader.u32("lldp.dcbx.control.ack")?;
        return Some(());
    }
    let bits = reader.peek_u8()?;
    reader.skip(1)?;
    reader.flags(
        bits.into(),
        &[
            ("lldp.dcbx.feature.enabled", 0x80),
            ("lldp.dcbx.feature.willing", 0x40),
            ("lldp.dcbx.feature.error", 0x20),
        ],
    );
    reader.u8("lldp.dcbx.feature.subtype")?;
    match kind {
        2 => {
            priority_groups(reader)?;
            reader.u8("lldp.dcbx.feature.pg.numtcs")?;
        }
        3 => {
            flow_control(reader)?;
            reader.u8("lldp.dcbx.feature.pfc.numtcs")?;
        }
        4 => {
            while !reader.is_empty() {
                reader.u16("lldp.dcbx.feature.app.proto")?;
                let selector = u32::from_be_bytes(*reader.rest().first_chunk()?) >> 8;
                reader.skip(3)?;
                let organization = u64::from(selector & 0xfc_ffff);
                reader.value("lldp.dcbx.feature.app.oui", Value::Number(organization));
                reader.bit_fields(selector, &[("lldp.dcbx.feature.app.sf", 0x03_0000)]);
                // A bit for each priority; Wireshark shows the lowest.
                let priorities = reader.peek_u8()?;
                reader.skip(1)?;
                let lowest = u64::from(priorities.trailing_zeros());
                reader.value("lldp.dcbx.feature.app.prio", Value::Number(lowest));
            }
        }
        _ => {}
    }
    Some(())
}
