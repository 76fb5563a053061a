//! Fields of LLDP's own TLVs.

use super::organizational::{CISCO, DCBX, EVB, IANA, IEEE_802_1, IEEE_802_3, MEDIA, PROFINET};
use crate::field_reader::FieldReader;
use crate::records::Record;
use crate::{FieldSink, Organization};

mod avaya;
mod bridging;
mod ethernet;
mod media;
mod vendor;

/// IEEE Std 802.1AB, section 8.6: the type of TLVs of organizations.
const ORGANIZATIONAL: u16 = 127;
/// Extreme and Avaya.
const AVAYA: Organization = Organization([0x00, 0x04, 0x0d]);
/// Hytec.
const HYTEC: Organization = Organization([0x30, 0xb2, 0x16]);

/// Reports a TLV, as far as it can be read.
pub(super) fn fields(record: &Record<'_>, sink: &mut dyn FieldSink) {
    let head = record.at..record.data_at();
    sink.number("lldp.tlv.type", record.kind, head.clone());
    sink.number("lldp.tlv.len", record.data.len() as u64, head);
    let mut reader = FieldReader::new(record.data, record.data_at(), sink);
    let _ = match record.kind {
        1 => identity(&mut reader, &CHASSIS),
        2 => identity(&mut reader, &PORT),
        3 => reader.u16("lldp.time_to_live").map(|_| ()),
        4 => reader.rest_text("lldp.port.desc").map(|_| ()),
        5 => reader.rest_text("lldp.tlv.system.name").map(|_| ()),
        6 => reader.rest_text("lldp.tlv.system.desc").map(|_| ()),
        7 => capabilities(&mut reader),
        8 => management_address(&mut reader),
        ORGANIZATIONAL => organizational(&mut reader),
        _ => reader.rest_as("lldp.unknown_subtype.content").map(drop),
    };
}

/// Wireshark's names for the parts of an identity, and which of its subtypes are addresses.
struct Names {
    subtype: &'static str,
    mac: u8,
    network: u8,
    of_mac: &'static str,
    of_ipv4: &'static str,
    of_ipv6: &'static str,
    other: &'static str,
    is_text: bool,
}

const CHASSIS: Names = Names {
    subtype: "lldp.chassis.subtype",
    mac: 4,
    network: 5,
    of_mac: "lldp.chassis.id.mac",
    of_ipv4: "lldp.chassis.id.ip4",
    of_ipv6: "lldp.chassis.id.ip6",
    other: "lldp.chassis.id",
    is_text: false,
};

const PORT: Names = Names {
    subtype: "lldp.port.subtype",
    mac: 3,
    network: 4,
    of_mac: "lldp.port.id.mac",
    of_ipv4: "lldp.port.id.ip4",
    of_ipv6: "lldp.port.id.ip6",
    other: "lldp.port.id",
    is_text: true,
};

fn identity(reader: &mut FieldReader<'_, '_>, names: &Names) -> Option<()> {
    let subtype = reader.u8(names.subtype)?;
    match (subtype, reader.rest().len()) {
        (subtype, 6) if subtype == names.mac => {
            reader.mac(names.of_mac)?;
            return Some(());
        }
        (subtype, _) if subtype == names.network => {
            match (reader.u8("lldp.network_address.subtype")?, reader.rest().len()) {
                (1, 4) => {
                    reader.ipv4(names.of_ipv4)?;
                    return Some(());
                }
                (2, 16) => {
                    reader.ipv6(names.of_ipv6)?;
                    return Some(());
                }
                _ => {}
            }
        }
        _ => {}
    }
    if names.is_text {
        reader.rest_text(names.other)?
    } else {
        reader.rest_as(names.other)?
    };
    Some(())
}

const SYSTEM: [(&str, u64); 8] = [
    ("lldp.tlv.system_cap.other", 0x01),
    ("lldp.tlv.system_cap.repeater", 0x02),
    ("lldp.tlv.system_cap.bridge", 0x04),
    ("lldp.tlv.system_cap.wlan_access_pt", 0x08),
    ("lldp.tlv.system_cap.router", 0x10),
    ("lldp.tlv.system_cap.telephone", 0x20),
    ("lldp.tlv.system_cap.docsis_cable_device", 0x40),
    ("lldp.tlv.system_cap.station_only", 0x80),
];

const ENABLED: [(&str, u64); 8] = [
    ("lldp.tlv.enable_system_cap.other", 0x01),
    ("lldp.tlv.enable_system_cap.repeater", 0x02),
    ("lldp.tlv.enable_system_cap.bridge", 0x04),
    ("lldp.tlv.enable_system_cap.wlan_access_pt", 0x08),
    ("lldp.tlv.enable_system_cap.router", 0x10),
    ("lldp.tlv.enable_system_cap.telephone", 0x20),
    ("lldp.tlv.enable_system_cap.docsis_cable_device", 0x40),
    ("lldp.tlv.enable_system_cap.station_only", 0x80),
];

fn capabilities(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let system = reader.u16("lldp.tlv.system_cap")?;
    reader.flags(system.into(), &SYSTEM);
    let enabled = reader.u16("lldp.tlv.enable_system_cap")?;
    reader.flags(enabled.into(), &ENABLED);
    Some(())
}

fn management_address(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = usize::from(reader.u8("lldp.mgn.address.len")?).checked_sub(1)?;
    match (reader.u8("lldp.mgn.address.subtype")?, len) {
        (1, 4) => {
            reader.ipv4("lldp.mgn.addr.ip4")?;
        }
        (2, 16) => {
            reader.ipv6("lldp.mgn.addr.ip6")?;
        }
        _ => {
            reader.bytes("lldp.mgn.addr.hex", len)?;
        }
    }
    reader.u8("lldp.mgn.interface.subtype")?;
    reader.u32("lldp.mgn.interface.number")?;
    let len = reader.u8("lldp.mgn.obj.len")?;
    if len > 0 {
        reader.bytes("lldp.mgn.obj.id", len.into())?;
    }
    Some(())
}

fn organizational(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let [_, a, b, c] = reader.u24("lldp.orgtlv.oui")?.to_be_bytes();
    let organization = Organization([a, b, c]);
    let found = match organization {
        IEEE_802_1 => bridging::fields(reader),
        IEEE_802_3 => ethernet::fields(reader),
        MEDIA => media::fields(reader),
        EVB => bridging::evb_fields(reader),
        DCBX => bridging::dcbx_fields(reader),
        PROFINET => vendor::profinet_fields(reader),
        CISCO => vendor::cisco_fields(reader),
        IANA => vendor::iana_fields(reader),
        AVAYA => avaya::fields(reader),
        HYTEC => avaya::hytec_fields(reader),
        _ => {
            reader.u8("lldp.unknown_subtype")?;
            reader.rest_as("lldp.unknown_subtype.content")?;
            Some(())
        }
    };
    if matches!(organization, AVAYA | CISCO | HYTEC | PROFINET) {
        reader.rest_as("lldp.subtype.content_remaining");
    }
    found
}
