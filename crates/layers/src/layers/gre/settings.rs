//! What can be set in a header by name: its optional parts.

use zerocopy::network_endian::U32;

use super::{Gre, GreBuilder};
use crate::{Before, EditError, Encode, EtherType, Layer, Setting};

const NUMBER: &str = "a number up to 4294967295";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::part("checksum", "gre.checksum", "a number up to 65535", checksum),
    Setting::part("chksum_present", "", "0 or 1", has_checksum),
    Setting::part("key", "gre.key", NUMBER, key),
    Setting::part("call_id", "gre.key.call_id", "a number up to 65535", call_id),
    Setting::part("seq", "gre.sequence_number", NUMBER, sequence_number),
    Setting::part("ack", "gre.ack_number", NUMBER, acknowledgment_number),
];

fn checksum(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let checksum = before.number(text)?;
    write(before, |gre| gre.checksum = Some(checksum))
}

/// Room for a checksum, which is worked out with the others.
fn has_checksum(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let is_there = before.number::<u8>(text)? != 0;
    write(before, |gre| {
        let checksum = gre.checksum.unwrap_or_default();
        gre.checksum = is_there.then_some(checksum);
    })
}

fn key(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let key = before.number::<u32>(text)?;
    write(before, |gre| gre.key = Some(key.to_be_bytes()))
}

fn sequence_number(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let number = before.number(text)?;
    write(before, |gre| gre.sequence_number = Some(number))
}

/// Half of the key that the version of PPTP has; the length of the payload is the other.
fn call_id(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let [high, low] = before.number::<u16>(text)?.to_be_bytes();
    write(before, |gre| {
        gre.header.set_version(1);
        gre.header.protocol_type.set(EtherType::PPP.0);
        let [first, second, ..] = gre.key.unwrap_or_default();
        gre.key = Some([first, second, high, low]);
    })
}

/// Only the version of PPTP has one, RFC 2637 section 4.1.
fn acknowledgment_number(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let number = before.number(text)?;
    write(before, |gre| {
        gre.header.set_version(1);
        gre.header.protocol_type.set(EtherType::PPP.0);
        gre.acknowledgment_number = Some(number);
    })
}

/// Writes the header with another part.
fn write(
    before: &Before<'_>,
    edit: impl FnOnce(&mut GreBuilder<'_>),
) -> Result<Vec<u8>, EditError> {
    let gre = Gre::parse(before.header).map_err(|cause| before.unreadable(cause))?;
    let routes = gre.routes().collect::<Result<Vec<_>, _>>();
    let routes = routes.map_err(|cause| before.unreadable(cause))?;
    let mut builder = GreBuilder {
        header: *gre.header,
        checksum: gre.checksum(),
        key: gre.key.copied(),
        sequence_number: gre.sequence_number.map(U32::get),
        acknowledgment_number: gre.acknowledgment_number.map(U32::get),
        offset: gre.checksum_offset.map_or(0, |[_, offset]| offset.get()),
        routes: &routes,
    };
    edit(&mut builder);
    let mut out = Vec::new();
    builder.encode(&mut out)?;
    out.extend_from_slice(gre.redirect_header.map_or(&[], |header| &header[..]));
    Ok(out)
}
