//! Fields of the TLVs of CDP.

use crate::field_reader::{FieldReader, big_endian};
use crate::records::{Head, Record, Records};
use crate::{FieldSink, Malformed, Organization, Value};

/// The protocol that a cluster of switches says hello by.
const CLUSTER_MANAGEMENT: u16 = 0x0112;
/// Bytes of type and length in a table of `EnergyWise`.
const ENERGY_HEAD_LEN: usize = 8;

/// Reports a TLV, as far as it can be read.
pub(super) fn fields(record: &Record<'_>, sink: &mut dyn FieldSink) {
    let middle = record.at.saturating_add(2);
    let len = record.bytes().len() as u64;
    sink.number("cdp.tlv.type", record.kind, record.at..middle);
    sink.number("cdp.tlv.len", len, middle..record.data_at());
    let _ = value(record.kind, &mut FieldReader::new(record.data, record.data_at(), sink));
}

fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        0x01 => text(reader, "cdp.deviceid"),
        0x02 | 0x16 => addresses(reader),
        0x03 => text(reader, "cdp.portid"),
        0x04 => {
            let bits = reader.u32("cdp.capabilities")?;
            reader.flags(bits.into(), &CAPABILITIES);
            Some(())
        }
        0x05 => lines(reader, "cdp.software_version"),
        // Wireshark files what access points tell of themselves under the platform, too.
        0x06 | 0x1000..=0x1003 | 0x1006..=0x100d => text(reader, "cdp.platform"),
        0x07 => routing(reader),
        0x08 => hello(reader),
        0x09 => reader.text("cdp.vtp_management_domain", reader.rest().len()).map(|_| ()),
        0x0a => reader.u16("cdp.native_vlan").map(|_| ()),
        0x0b => {
            let duplex = reader.peek_u8()?;
            reader.skip(1)?;
            reader.value("cdp.duplex", Value::Flag(duplex != 0));
            Some(())
        }
        0x0e | 0x0f => {
            reader.bytes("cdp.data", 1)?;
            // A query of a telephone that knows no VLAN yet is a byte only.
            if !reader.is_empty() {
                reader.u16("cdp.voice_vlan")?;
            }
            Some(())
        }
        0x10 => reader.u16("cdp.power_consumption").map(|_| ()),
        0x11 => reader.u32("cdp.mtu").map(|_| ()),
        0x12 => reader.u8("cdp.trust_bitmap").map(|_| ()),
        0x13 => reader.u8("cdp.untrusted_port_cos").map(|_| ()),
        0x14 => text(reader, "cdp.system_name"),
        0x15 => reader.rest_as("cdp.system_object_identifier").map(|_| ()),
        0x17 => {
            reader.u8("cdp.location.unknown")?;
            text(reader, "cdp.location")
        }
        0x19 => power(reader, "cdp.power_requested"),
        0x1a => power(reader, "cdp.power_available"),
        0x1d => energy(reader),
        0x1f => {
            let bits = reader.u8("cdp.spare_poe_tlv")?;
            reader.flags(bits.into(), &SPARE_PAIR);
            Some(())
        }
        _ => reader.rest_as("cdp.data").map(|_| ()),
    }
}

const CAPABILITIES: [(&str, u64); 11] = [
    ("cdp.capabilities.router", 0x0001),
    ("cdp.capabilities.trans_bridge", 0x0002),
    ("cdp.capabilities.src_bridge", 0x0004),
    ("cdp.capabilities.switch", 0x0008),
    ("cdp.capabilities.host", 0x0010),
    ("cdp.capabilities.igmp_capable", 0x0020),
    ("cdp.capabilities.repeater", 0x0040),
    ("cdp.capabilities.voip_phone", 0x0080),
    ("cdp.capabilities.remote", 0x0100),
    ("cdp.capabilities.cvta", 0x0200),
    ("cdp.capabilities.mac_relay", 0x0400),
];

const SPARE_PAIR: [(&str, u64); 4] = [
    ("cdp.spare_poe_tlv.poe", 0x01),
    ("cdp.spare_poe_tlv.spare_pair_arch", 0x02),
    ("cdp.spare_poe_tlv.req_spare_pair_poe", 0x04),
    ("cdp.spare_poe_tlv.pse_spare_pair_poe", 0x08),
];

fn text(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    reader.rest_text(name).map(|_| ())
}

/// Text of several lines, a field each, as in Wireshark.
fn lines(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    while !reader.is_empty() {
        let line = reader.rest().split(|&byte| byte == b'\n').next()?;
        reader.text(name, line.len())?;
        reader.skip(1);
    }
    Some(())
}

fn addresses(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.u32("cdp.number_of_addresses")?;
    for _ in 0..count {
        let kind = reader.u8("cdp.protocol_type")?;
        let len = reader.u8("cdp.protocol_length")?;
        let protocol = reader.bytes("cdp.protocol", len.into())?;
        let len = reader.u16("cdp.address_length")?;
        match (kind, protocol, len) {
            (1, [0xcc], 4) => {
                reader.ipv4("cdp.nrgyz.ip_address")?;
            }
            (2, [0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd], 16) => {
                reader.ipv6("cdp.nrgyz.ipv6_address")?;
            }
            _ => {
                reader.bytes("cdp.address", len.into())?;
            }
        }
    }
    Some(())
}

/// On-demand routing: a hub sends its gateway, a spoke its networks.
fn routing(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if reader.rest().len() == 4 {
        return reader.ipv4("cdp.odr_default_gateway").map(|_| ());
    }
    while !reader.is_empty() {
        reader.ipv4("cdp.ip_prefix")?;
        // The length of the prefix has no field of its own in Wireshark.
        reader.skip(1)?;
    }
    Some(())
}

fn hello(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let [_, a, b, c] = reader.u24("cdp.oui")?.to_be_bytes();
    let protocol = reader.u16("cdp.protocol_id")?;
    if (Organization([a, b, c]), protocol) != (Organization::CISCO, CLUSTER_MANAGEMENT) {
        return reader.rest_as("cdp.hello.unknown").map(|_| ());
    }
    reader.ipv4("cdp.cluster.master_ip")?;
    reader.ipv4("cdp.cluster.ip")?;
    reader.u8("cdp.cluster.version")?;
    reader.u8("cdp.cluster.sub_version")?;
    reader.u8("cdp.cluster.status")?;
    reader.u8("cdp.cluster.unknown")?;
    reader.mac("cdp.cluster.commander_mac")?;
    reader.mac("cdp.cluster.switch_mac")?;
    reader.u8("cdp.cluster.unknown")?;
    reader.u16("cdp.cluster.management_vlan")?;
    Some(())
}

fn power(reader: &mut FieldReader<'_, '_>, level: &'static str) -> Option<()> {
    reader.u16("cdp.request_id")?;
    reader.u16("cdp.management_id")?;
    while !reader.is_empty() {
        reader.u32(level)?;
    }
    Some(())
}

fn energy(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.bytes("cdp.encrypted_data", 20)?;
    reader.u32("cdp.seen_sequence")?;
    reader.u32("cdp.sequence_number")?;
    reader.text("cdp.model_number", 16)?;
    reader.u16("cdp.unknown_pad")?;
    reader.text("cdp.hardware_version_id", 3)?;
    reader.text("cdp.system_serial_number", 11)?;
    reader.bytes("cdp.nrgyz_unknown_values", 8)?;
    let len = reader.u16("cdp.len_tlv_table")?;
    reader.u16("cdp.num_tlvs_table")?;
    let mut table = reader.part(len.into());
    let mut records = Records::new(table.rest(), table.place(), energy_head);
    while let Some(record) = table.sound(records.next(), records.place()) {
        table.u32("cdp.nrgyz.tlv.type")?;
        table.u32("cdp.nrgyz.tlv.len")?;
        let mut value = table.part(record.data.len());
        let _ = match record.kind {
            7 => text(&mut value, "cdp.nrgyz_reply_to.role"),
            8 => text(&mut value, "cdp.nrgyz_reply_to.domain"),
            9 => text(&mut value, "cdp.nrgyz_reply_to.name"),
            _ => None,
        };
    }
    Some(())
}

/// Types above those that are known are not told apart: there are none in 16 bits.
fn energy_head(bytes: &[u8]) -> Result<Head, Malformed> {
    let truncated = Malformed::Truncated { need: ENERGY_HEAD_LEN, have: bytes.len() };
    let (head, _) = bytes.split_first_chunk::<ENERGY_HEAD_LEN>().ok_or(truncated)?;
    let [kind, length] =
        [head.get(..4), head.get(4..)].map(|word| big_endian(word.unwrap_or_default()));
    let data_len = usize::try_from(length).ok().and_then(|len| len.checked_sub(ENERGY_HEAD_LEN));
    let data_len = data_len.ok_or(Malformed::Field { name: "length", value: length })?;
    let kind = u16::try_from(kind).unwrap_or(u16::MAX);
    Ok(Head { kind, header_len: ENERGY_HEAD_LEN, data_len })
}
