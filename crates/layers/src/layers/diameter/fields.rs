//! Fields of Diameter, RFC 6733 sections 3 and 4.

use super::names::{self, Form};
use super::{ALIGNMENT, AVP_HEADER_LEN};
use crate::Value;
use crate::field_reader::FieldReader;

/// Most groups inside of groups: a message nests attributes eight bytes a level.
const MAX_DEPTH: usize = 16;
/// The attribute that is an address and a number of its family, RFC 6733 section 5.3.5.
const HOST_IP_ADDRESS: u32 = 257;

pub(super) fn message(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("diameter.version")?;
    reader.number("diameter.length", 3)?;
    let flags = reader.u8("diameter.flags")?;
    let names = [
        ("diameter.flags.request", 0x80),
        ("diameter.flags.proxyable", 0x40),
        ("diameter.flags.error", 0x20),
        ("diameter.flags.T", 0x10),
        ("diameter.flags.reserved4", 0x08),
        ("diameter.flags.reserved5", 0x04),
        ("diameter.flags.reserved6", 0x02),
        ("diameter.flags.reserved7", 0x01),
    ];
    reader.flags(flags.into(), &names);
    reader.number("diameter.cmd.code", 3)?;
    reader.u32("diameter.applicationId")?;
    reader.u32("diameter.hopbyhopid")?;
    reader.u32("diameter.endtoendid")?;
    attributes(MAX_DEPTH, reader)
}

fn attributes(depth: usize, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let code = reader.u32("diameter.avp.code")?;
        let flags = reader.u8("diameter.avp.flags")?;
        let names = [
            ("diameter.flags.vendorspecific", 0x80),
            ("diameter.flags.mandatory", 0x40),
            ("diameter.avp.flags.protected", 0x20),
            ("diameter.avp.flags.reserved3", 0x10),
            ("diameter.avp.flags.reserved4", 0x08),
            ("diameter.avp.flags.reserved5", 0x04),
            ("diameter.avp.flags.reserved6", 0x02),
            ("diameter.avp.flags.reserved7", 0x01),
        ];
        reader.flags(flags.into(), &names);
        let length = usize::try_from(reader.number("diameter.avp.len", 3)?).ok()?;
        let mut len = length.checked_sub(AVP_HEADER_LEN)?;
        let mut vendor = None;
        if flags & 0x80 != 0 {
            vendor = Some(reader.u32("diameter.avp.vendorId")?);
            len = len.checked_sub(size_of::<u32>())?;
        }
        if len > reader.rest().len() {
            return None;
        }
        data(code, vendor, depth, &mut reader.part(len));
        let padding = length.next_multiple_of(ALIGNMENT).saturating_sub(length);
        if padding > 0 && padding <= reader.rest().len() {
            reader.bytes("diameter.avp.pad", padding)?;
        }
    }
    Some(())
}

fn data(
    code: u32,
    vendor: Option<u32>,
    depth: usize,
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    // What codes of vendors mean only they know.
    let (name, form) =
        names::attribute(code).filter(|_| vendor.is_none_or(|vendor| vendor == 0))?;
    let len = reader.rest().len();
    match form {
        Form::Text => reader.text(name, len).map(drop),
        Form::Number if matches!(len, 4 | 8) => reader.number(name, len).map(drop),
        Form::Signed if len == 4 => {
            let value = i32::from_be_bytes(*reader.take()?);
            reader.value(name, Value::Signed(value.into()));
            Some(())
        }
        Form::Vendor if len == 4 => {
            let vendor = reader.u32(name)?;
            reader.bits("diameter.vendorId", vendor);
            Some(())
        }
        Form::Bytes => {
            let place = reader.place();
            reader.bytes(name, len)?;
            if code == HOST_IP_ADDRESS {
                let mut address = reader.at(place);
                match address.u16("diameter.Host-IP-Address.addr_family")? {
                    1 => address.ipv4("diameter.Host-IP-Address.IPv4").map(drop)?,
                    2 => address.ipv6("diameter.Host-IP-Address.IPv6").map(drop)?,
                    _ => {}
                }
            }
            Some(())
        }
        Form::Grouped => {
            let place = reader.place();
            reader.bytes(name, len)?;
            attributes(depth.checked_sub(1)?, &mut reader.at(place).part(len))
        }
        // The length is not that of the form.
        _ => Some(()),
    }
}
