//! Fields of the TLVs of PROFINET, Cisco and IANA.

use crate::field_reader::FieldReader;

/// Bytes of a UUID.
const UUID_LEN: usize = 16;
/// Bytes of the identity of a clock, IEEE Std 1588.
const CLOCK_LEN: usize = 8;

/// Reports a TLV of PROFINET, IEC 61158-6-10, behind its organization.
pub(super) fn profinet_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.profinet.subtype")? {
        1 => {
            reader.u32("lldp.profinet.port_rx_delay_local")?;
            reader.u32("lldp.profinet.port_rx_delay_remote")?;
            reader.u32("lldp.profinet.port_tx_delay_local")?;
            reader.u32("lldp.profinet.port_tx_delay_remote")?;
            reader.u32("lldp.profinet.cable_delay_local")?;
        }
        2 => {
            reader.u16("lldp.profinet.rtc2_port_status")?;
            let status = reader.peek_u16()?;
            reader.skip(2)?;
            reader.bit_fields(
                status,
                &[
                    ("lldp.profinet.rtc3_port_status", 0x0007),
                    ("lldp.profinet.rtc3_port_status.reserved", 0x0ff8),
                    ("lldp.profinet.rtc3_port_status.fragmentation", 0x1000),
                    ("lldp.profinet.rtc3_port_status.preambleLength", 0x2000),
                ],
            );
        }
        4 => {
            reader.bytes("lldp.profinet.mrp_domain_uuid", UUID_LEN)?;
            reader.u16("lldp.profinet.mrrt_port_status")?;
        }
        5 => {
            reader.mac("lldp.profinet.cm_mac_add")?;
        }
        6 => {
            reader.mac("lldp.profinet.master_source_address")?;
            reader.bytes("lldp.profinet.subdomain_uuid", UUID_LEN)?;
            reader.bytes("lldp.profinet.ir_data_uuid", UUID_LEN)?;
            for [is_valid, number] in PERIODS {
                let word = u32::from_be_bytes(*reader.skip(4)?.first_chunk()?);
                reader.bit_fields(word, &[(is_valid, 0x8000_0000), (number, 0x7fff_ffff)]);
            }
        }
        9 => {
            reader.bytes("lldp.profinet.tsn_domain_uuid", UUID_LEN)?;
        }
        10 => {
            let len = reader.u8("lldp.profinet.tsn_nme_management_addr_str_length")?;
            reader.u8("lldp.profinet.tsn_nme_management_addr_subtype")?;
            let len = usize::from(len.checked_sub(1)?);
            reader.bytes("lldp.profinet.tsn_nme_management_addr", len)?;
        }
        11 => {
            reader.bytes("lldp.profinet.tsn_nme_name_uuid", UUID_LEN)?;
        }
        12 => {
            reader.bytes("lldp.profinet.tsn_nme_parameter_uuid", UUID_LEN)?;
        }
        13 => {
            reader.u16("lldp.profinet.time_domain_number")?;
            reader.bytes("lldp.profinet.time_domain_uuid", UUID_LEN)?;
            reader.bytes("lldp.profinet.time_domain_master_identity", CLOCK_LEN)?;
        }
        _ => {
            reader.rest_as("lldp.unknown_subtype.content")?;
        }
    }
    Some(())
}

const PERIODS: [[&str; 2]; 4] = [
    ["lldp.profinet.length_of_period_valid", "lldp.profinet.length_of_period_length"],
    ["lldp.profinet.red_period_begin_valid", "lldp.profinet.red_period_begin_offset"],
    ["lldp.profinet.orange_period_begin_valid", "lldp.profinet.orange_period_begin_offset"],
    ["lldp.profinet.green_period_begin_valid", "lldp.profinet.green_period_begin_offset"],
];

/// Reports a TLV of Cisco behind its organization.
pub(super) fn cisco_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.cisco.subtype")? {
        0x01 => {
            let power = reader.u8("lldp.cisco.upoe")?;
            reader.flags(
                power.into(),
                &[
                    ("lldp.cisco.upoe.supported", 0x01),
                    ("lldp.cisco.upoe.altb_detection_required", 0x02),
                    ("lldp.cisco.upoe.pd_altb_desired", 0x04),
                    ("lldp.cisco.upoe.pse_altb_oper", 0x08),
                ],
            );
        }
        0xc9 => octet(reader, "lldp.cisco.portstate")?,
        0xca => octet(reader, "lldp.cisco.noderole")?,
        0xcb => {
            reader.u32("lldp.cisco.nodeid")?;
        }
        0xcc => octet(reader, "lldp.cisco.spinelevel")?,
        0xcd => {
            reader.u16("lldp.cisco.podid")?;
        }
        0xce => text(reader, "lldp.cisco.fabricname")?,
        0xcf => {
            reader.rest_as("lldp.cisco.apiclist")?;
        }
        0xd0 => {
            reader.ipv4("lldp.cisco.nodeip")?;
        }
        0xd1 => octet(reader, "lldp.cisco.portrole")?,
        0xd2 => text(reader, "lldp.cisco.version")?,
        0xd3 => {
            reader.u16("lldp.cisco.fabricvlan")?;
        }
        0xd4 => text(reader, "lldp.cisco.serialno")?,
        0xd6 => text(reader, "lldp.cisco.model")?,
        0xd7 => text(reader, "lldp.cisco.nodename")?,
        0xd8 => octet(reader, "lldp.cisco.portmode")?,
        0xd9 => {
            reader.rest_as("lldp.cisco.authcookie")?;
        }
        0xda => octet(reader, "lldp.cisco.apicmode")?,
        0xdb => {
            reader.u16("lldp.cisco.fabricd")?;
        }
        _ => {
            reader.rest_as("lldp.unknown_subtype.content")?;
        }
    }
    Some(())
}

fn octet(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    reader.u8(name).map(|_| ())
}

fn text(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    reader.rest_text(name).map(|_| ())
}

/// Reports a TLV of IANA behind its organization: RFC 8520, section 11.
pub(super) fn iana_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match reader.u8("lldp.iana.subtype")? {
        1 => text(reader, "lldp.iana.mudurl"),
        _ => reader.rest_as("lldp.unknown_subtype.content").map(drop),
    }
}
