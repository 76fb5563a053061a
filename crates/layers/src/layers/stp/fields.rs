//! Fields of spanning tree messages.

use zerocopy::IntoBytes;

use super::{BpduType, Stp, StpBridge, StpConfiguration, StpHeader, StpInstance, StpMst};
use crate::field_reader::FieldReader;
use crate::records::{Records, wide_head};
use crate::{FieldSink, Value};

/// Cisco's record that names the VLAN of a tree.
const ORIGINATING_VLAN: u16 = 0;
/// From this version on the message of a bridge tells of shortest path bridging.
const SPT_VERSION: u8 = 4;
/// Units of the times in a message.
const PER_SECOND: f64 = 256.0;

/// The VLAN in Cisco's records.
pub(super) fn originating_vlan(records: &[u8]) -> Option<u16> {
    let mut records = Records::new(records, 0, wide_head).map_while(Result::ok);
    let record = records.find(|record| record.kind == ORIGINATING_VLAN)?;
    record.data.try_into().ok().map(u16::from_be_bytes)
}

pub(super) fn fields(stp: &Stp<'_>, sink: &mut dyn FieldSink) {
    sink.number("stp.protocol", stp.header.protocol_identifier, 0..2);
    sink.number("stp.version", stp.header.version, 2..3);
    sink.number("stp.type", stp.header.bpdu_type, 3..4);
    let Some(configuration) = stp.configuration else { return };
    let at = size_of::<StpHeader>();
    let mut reader = FieldReader::new(configuration.as_bytes(), at, sink);
    let is_rapid = stp.bpdu_type() == BpduType::RAPID;
    let _ = configuration_fields(&mut reader, is_rapid);
    let mut at = at.saturating_add(size_of::<StpConfiguration>());
    if let Some(length) = stp.version_1_length {
        sink.number("stp.version_1_length", length, at..at.saturating_add(1));
        at = at.saturating_add(1);
    }
    if let Some(mst) = stp.mst {
        let _ = mst_fields(&mut FieldReader::new(mst.as_bytes(), at, sink));
        at = at.saturating_add(size_of::<StpMst>());
    }
    for instance in stp.instances {
        let _ = instance_fields(&mut FieldReader::new(instance.as_bytes(), at, sink));
        at = at.saturating_add(size_of::<StpInstance>());
    }
    if stp.originating_vlan.is_some() {
        pvst_fields(stp.rest, at, sink);
    } else if stp.mst.is_some() && stp.header.version >= SPT_VERSION {
        let _ = spt_fields(&mut FieldReader::new(stp.rest, at, sink));
    }
}

const FLAGS: [(&str, u64); 1] = [("stp.flags.tcack", 0x80)];
const RAPID_FLAGS: [(&str, u64); 3] =
    [("stp.flags.agreement", 0x40), ("stp.flags.forwarding", 0x20), ("stp.flags.learning", 0x10)];

fn flags(reader: &mut FieldReader<'_, '_>, flags: u8, is_rapid: bool) {
    reader.flags(flags.into(), &FLAGS);
    if is_rapid {
        reader.flags(flags.into(), &RAPID_FLAGS);
        reader.bit_fields(flags, &[("stp.flags.port_role", 0x0c)]);
        reader.flags(flags.into(), &[("stp.flags.proposal", 0x02)]);
    }
    reader.flags(flags.into(), &[("stp.flags.tc", 0x01)]);
}

fn configuration_fields(reader: &mut FieldReader<'_, '_>, is_rapid: bool) -> Option<()> {
    let bits = reader.u8("stp.flags")?;
    flags(reader, bits, is_rapid);
    bridge(reader, ["stp.root.prio", "stp.root.ext", "stp.root.hw"])?;
    reader.u32("stp.root.cost")?;
    bridge(reader, ["stp.bridge.prio", "stp.bridge.ext", "stp.bridge.hw"])?;
    reader.u16("stp.port")?;
    for name in ["stp.msg_age", "stp.max_age", "stp.hello", "stp.forward"] {
        let time = u16::from_be_bytes(*reader.skip(2)?.first_chunk()?);
        reader.value(name, Value::Float(f64::from(time) / PER_SECOND));
    }
    Some(())
}

fn bridge(reader: &mut FieldReader<'_, '_>, names: [&'static str; 3]) -> Option<()> {
    let [priority, extension, address] = names;
    let bridge = StpBridge { priority_extension: reader.peek_u16()?.into(), address: [0; 6] };
    reader.skip(2)?;
    reader.value(priority, Value::Number(bridge.priority().into()));
    reader.value(extension, Value::Number(bridge.extension().into()));
    reader.mac(address)?;
    Some(())
}

fn region(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("mstp.config_format_selector")?;
    reader.text("mstp.config_name", 32)?;
    reader.u16("mstp.config_revision_level")?;
    reader.bytes("mstp.config_digest", 16)?;
    Some(())
}

fn mst_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("mstp.version_3_length")?;
    region(reader)?;
    reader.u32("mstp.cist_internal_root_path_cost")?;
    bridge(reader, ["mstp.cist_bridge.prio", "mstp.cist_bridge.ext", "mstp.cist_bridge.hw"])?;
    reader.u8("mstp.cist_remaining_hops")?;
    Some(())
}

fn instance_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let bits = reader.u8("mstp.msti.flags")?;
    flags(reader, bits, true);
    let root = reader.peek_u16()?;
    reader.skip(2)?;
    reader.bit_fields(root, &[("mstp.msti.priority", 0xf000), ("mstp.msti.msti_id", 0x0fff)]);
    reader.mac("mstp.msti.root.hw")?;
    reader.u32("mstp.msti.root_cost")?;
    for name in ["mstp.msti.bridge_priority", "mstp.msti.port_priority"] {
        let priority = reader.peek_u8()?;
        reader.skip(1)?;
        reader.value(name, Value::Number((priority >> 4).into()));
    }
    reader.u8("mstp.msti.remaining_hops")?;
    Some(())
}

/// IEEE Std 802.1Q, section 14.1: the region's configuration for shortest paths, and an agreement.
fn spt_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("mstp.version_4_length")?;
    region(reader)?;
    let agreement = reader.peek_u8()?;
    reader.skip(1)?;
    reader.bit_fields(
        agreement,
        &[("mstp.agree_flags.agreement_num", 0x03), ("mstp.agree_flags.dagreement_num", 0x0c)],
    );
    reader.flags(
        agreement.into(),
        &[("mstp.agree_flags.agreement_valid", 0x10), ("mstp.agree_flags.rest_role", 0x20)],
    );
    reader.skip(1)?;
    let format = reader.peek_u8()?;
    reader.skip(1)?;
    reader.bit_fields(
        format,
        &[
            ("bpdu.agreement_digest_format_id", 0xf0),
            ("bpdu.agreement_digest_format_capabilities", 0x0f),
        ],
    );
    let convention = reader.peek_u8()?;
    reader.skip(1)?;
    reader.bit_fields(
        convention,
        &[
            ("bpdu.agreement_digest_convention_id", 0xf0),
            ("bpdu.agreement_digest_convention_capabilities", 0x0f),
        ],
    );
    reader.u16("bpdu.agreement_digest_edge_count")?;
    reader.skip(8)?;
    reader.bytes("mstp.agreement_digest", 20)?;
    Some(())
}

fn pvst_fields(records: &[u8], at: usize, sink: &mut dyn FieldSink) {
    let mut records = Records::new(records, at, wide_head);
    while let Some(record) = sink.sound(records.next(), records.place()) {
        let data_at = record.data_at();
        let length = record.data.len() as u64;
        sink.number("stp.pvst.tlvtype", record.kind, record.at..record.at.saturating_add(2));
        sink.number("stp.pvst.tlvlen", length, record.at.saturating_add(2)..data_at);
        let mut reader = FieldReader::new(record.data, data_at, sink);
        match (record.kind, record.data.len()) {
            (ORIGINATING_VLAN, 2) => {
                reader.u16("stp.pvst.origvlan");
            }
            _ => {
                reader.rest_as("stp.pvst.tlvval");
            }
        }
    }
}
