//! Fields of the TLVs of telephones, ANSI/TIA-1057.

use crate::Value;
use crate::field_reader::{FieldReader, big_endian};

const CAPABILITIES: [(&str, u64); 6] = [
    ("lldp.media.subtype.caps.llpd", 0x0001),
    ("lldp.media.subtype.caps.network_policy", 0x0002),
    ("lldp.media.subtype.caps.location_id", 0x0004),
    ("lldp.media.subtype.caps.mdi_pse", 0x0008),
    ("lldp.media.subtype.caps.mid_pd", 0x0010),
    ("lldp.media.subtype.caps.inventory", 0x0020),
];

/// Reports the TLV behind its organization.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.media.subtype")? {
        1 => {
            let capabilities = reader.u16("lldp.media.subtype.caps")?;
            reader.flags(capabilities.into(), &CAPABILITIES);
            reader.u8("lldp.media.subtype.class")?;
        }
        2 => {
            reader.u8("lldp.media.app_type")?;
            let policy = big_endian(reader.skip(3)?);
            reader.flags(
                policy,
                &[("lldp.media.policy_flag", 0x80_0000), ("lldp.media.tag_flag", 0x40_0000)],
            );
            reader.bit_fields(
                policy,
                &[
                    ("lldp.media.vlan_id", 0x1f_fe00),
                    ("lldp.media.l2_prio", 0x1c0),
                    ("lldp.media.dscp", 0x3f),
                ],
            );
        }
        3 => location(reader)?,
        4 => {
            let bits = reader.peek_u8()?;
            reader.skip(1)?;
            reader.bit_fields(
                bits,
                &[
                    ("lldp.media.power.type", 0xc0),
                    ("lldp.media.power.source", 0x30),
                    ("lldp.media.power.prio", 0x0f),
                ],
            );
            reader.u16("lldp.media.power.value")?;
        }
        subtype @ 5..=11 => {
            let name = INVENTORY.get(usize::from(subtype).saturating_sub(5))?;
            reader.rest_text(name)?;
        }
        _ => {}
    }
    Some(())
}

const INVENTORY: [&str; 7] = [
    "lldp.media.hardware",
    "lldp.media.firmware",
    "lldp.media.software",
    "lldp.media.sn",
    "lldp.media.manufacturer",
    "lldp.media.model",
    "lldp.media.asset",
];

fn location(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.media.loc.data_format")? {
        1 => coordinates(reader),
        2 => {
            reader.u8("lldp.media.civic.length")?;
            reader.u8("lldp.media.civic.what")?;
            reader.text("lldp.media.civic.country", 2)?;
            while !reader.is_empty() {
                reader.u8("lldp.media.civic.type")?;
                let len = reader.u8("lldp.media.civic.length")?;
                if len > 0 {
                    reader.text("lldp.media.civic.value", len.into())?;
                }
            }
            Some(())
        }
        3 => reader.rest_text("lldp.media.ecs").map(|_| ()),
        _ => None,
    }
}

/// RFC 3825: each with the count of its bits that matter.
fn coordinates(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for (resolution, coordinate) in [
        ("lldp.media.loc.lat_resolution", "lldp.media.loc.latitude"),
        ("lldp.media.loc.long_resolution", "lldp.media.loc.longitude"),
    ] {
        let bits = reader.peek_u8()?;
        let number = big_endian(reader.skip(5)?);
        reader.bit_fields(bits, &[(resolution, 0xfc)]);
        // Wireshark leaves the resolution in front of the number.
        reader.value(coordinate, Value::Number(number));
    }
    let altitude = big_endian(reader.skip(5)?);
    reader.bit_fields(
        altitude,
        &[
            ("lldp.media.loc.alt_type", 0xf0_0000_0000),
            ("lldp.media.loc.alt_resolution", 0x0f_c000_0000),
            ("lldp.media.loc.altitude", 0x3fff_ffff),
        ],
    );
    reader.u8("lldp.media.loc.datum")?;
    Some(())
}
