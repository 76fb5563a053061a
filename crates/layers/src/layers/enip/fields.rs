//! The fields of EtherNet/IP messages, command by command, and of their items.

use super::{Enip, EnipCommand, EnipItemType};
use crate::field_reader::FieldReader;

pub(super) fn data(enip: &Enip<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match enip.header.command() {
        EnipCommand::REGISTER_SESSION => {
            reader.le("enip.rs.version", 2)?;
            reader.le("enip.rs.flags", 2).map(drop)
        }
        EnipCommand::SEND_RR_DATA => {
            reader.le("enip.srrd.iface", 4)?;
            reader.le("enip.timeout", 2)?;
            items(reader)
        }
        EnipCommand::SEND_UNIT_DATA => {
            reader.le("enip.sud.iface", 4)?;
            reader.le("enip.timeout", 2)?;
            items(reader)
        }
        EnipCommand::LIST_SERVICES | EnipCommand::LIST_IDENTITY | EnipCommand::LIST_INTERFACES => {
            items(reader)
        }
        EnipCommand::NOP | EnipCommand::UNREGISTER_SESSION => None,
        _ => reader.rest_as("enip.encap_data").map(drop),
    }
}

fn items(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let count = reader.le("enip.cpf.itemcount", 2)?;
    for _ in 0..count {
        let kind = reader.le("enip.cpf.typeid", 2)?;
        let length = usize::try_from(reader.le("enip.cpf.length", 2)?).ok()?;
        item(EnipItemType(u16::try_from(kind).ok()?), &mut reader.part(length));
    }
    Some(())
}

fn item(kind: EnipItemType, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        EnipItemType::IDENTITY => identity(reader),
        EnipItemType::SECURITY => security(reader),
        EnipItemType::SERVICES => {
            reader.le("enip.encapver", 2)?;
            let flags = reader.le("enip.lsr.capaflags", 2)?;
            reader.flag("enip.lsr.capaflags.tcp", flags & 0x20 != 0);
            reader.flag("enip.lsr.capaflags.udp", flags & 0x100 != 0);
            reader.text("enip.lsr.servicename", 16).map(drop)
        }
        EnipItemType::CONNECTED_ADDRESS => reader.le("enip.cpf.cai.connid", 4).map(drop),
        EnipItemType::CONNECTED_DATA => reader.le("cip.seq", 2).map(drop),
        EnipItemType::UNCONNECTED_DATA => None,
        EnipItemType::SOCKADDR_INFO_O_T | EnipItemType::SOCKADDR_INFO_T_O => address(reader),
        EnipItemType::SEQUENCED_ADDRESS => {
            reader.le("enip.cpf.sai.connid", 4)?;
            reader.le("enip.cpf.sai.seq", 4).map(drop)
        }
        _ => reader.rest_as("enip.cpf.data").map(drop),
    }
}

/// A socket address, higher byte first.
fn address(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("enip.sinfamily")?;
    reader.u16("enip.sinport")?;
    reader.ipv4("enip.sinaddr")?;
    reader.bytes("enip.sinzero", 8).map(drop)
}

fn identity(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.le("enip.encapver", 2)?;
    address(reader)?;
    reader.le("enip.lir.vendor", 2)?;
    reader.le("enip.lir.devtype", 2)?;
    reader.le("enip.lir.prodcode", 2)?;
    reader.u16("enip.lir.revision")?;
    reader.le("enip.lir.status", 2)?;
    reader.le("enip.lir.serial", 4)?;
    let len = reader.u8("enip.lir.namelen")?;
    reader.text("enip.lir.name", len.into())?;
    reader.u8("enip.lir.state").map(drop)
}

fn security(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let profiles = reader.le("enip.security_profiles", 2)?;
    reader.flags(
        profiles,
        &[
            ("enip.security_profiles.eip_integrity", 0x01),
            ("enip.security_profiles.eip_confidentiality", 0x02),
            ("enip.security_profiles.cip_authorization", 0x04),
            ("enip.security_profiles.cip_user_authentication", 0x08),
            ("enip.security_profiles.resource_constrained", 0x10),
        ],
    );
    reader.bits("enip.security_profiles.reserved", profiles >> 5);
    reader.u8("enip.cip_security_state")?;
    reader.u8("enip.eip_security_state")?;
    let ports = reader.u8("enip.iana_port_state_flags")?;
    reader.flags(
        ports.into(),
        &[
            ("enip.security_profiles.iana_port_state_flags.tcp_44818", 0x01),
            ("enip.security_profiles.iana_port_state_flags.udp_44818", 0x02),
            ("enip.security_profiles.iana_port_state_flags.udp_2222", 0x04),
            ("enip.security_profiles.iana_port_state_flags.tcp_2221", 0x08),
            ("enip.security_profiles.iana_port_state_flags.udp_2221", 0x10),
        ],
    );
    reader.bits("enip.iana_port_state_flags.reserved", ports >> 5);
    Some(())
}
