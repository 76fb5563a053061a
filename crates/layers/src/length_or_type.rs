//! The number in a frame that is a length or an Ethernet type, as in Ethernet and behind a VLAN tag,
//! [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) section 3.2.6.

use std::hint::cold_path;

use zerocopy::network_endian::U16;

use crate::{Before, Behind, EditError, EncodeError, EtherType, Key, Next, Setting, Shape};

/// Up to this the number is a length in bytes.
pub(crate) const MAX_LENGTH: u16 = 1500;
/// From this on the number is an Ethernet type.
pub(crate) const MIN_TYPE: u16 = 1536;
/// Novell's raw 802.3 frames have no IEEE 802.2 header: they start with this, IPX's checksum.
const RAW_802_3: [u8; 2] = [0xff, 0xff];

/// Payload and trailer of a frame: the trailer is what stands behind the length, if that is there.
#[inline(always)]
pub(crate) fn split_frame(number: u16, rest: &[u8]) -> (&[u8], &[u8]) {
    if number > MAX_LENGTH {
        return (rest, &[]);
    }
    cold_path();
    rest.split_at_checked(number.into()).unwrap_or((rest, &[]))
}

/// The shape of a frame. Its key is an Ethernet type on both paths, so that the table is looked up
/// in one place.
#[inline(always)]
pub(crate) fn shape(header_len: usize, number: u16, payload: &[u8], trailer: &[u8]) -> Shape {
    // A number between a length and a type is neither; no layer claims such an Ethernet type.
    let (mut payload_len, mut trailer_len, mut ether_type) = (payload.len(), 0, EtherType(number));
    if number <= MAX_LENGTH {
        cold_path();
        (payload_len, trailer_len) = (number.into(), trailer.len());
        let is_raw = payload.starts_with(&RAW_802_3);
        ether_type = if is_raw { EtherType::RESERVED } else { EtherType::LLC };
    }
    Shape { header_len, payload_len, trailer_len, next: Next::One(Key::ether_type(ether_type)) }
}

/// What a person can set: the number, whatever it is now.
pub(crate) const TYPE: Setting = Setting::part("type", "eth.type", "a number up to 65535", set);
/// The same, as a length.
pub(crate) const LEN: Setting = Setting::part("len", "eth.len", "a number up to 65535", set);

/// Sets the number, with which the header ends.
fn set(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let number: u16 = before.number(text)?;
    let front = before.header.len().saturating_sub(size_of::<U16>());
    let front = before.header.get(..front).unwrap_or_default();
    Ok([front, &number.to_be_bytes()].concat())
}

/// Writes a length, where that is what stands in the place of the type.
pub(crate) fn fix_length(number: &mut U16, behind: &Behind) -> Result<(), EncodeError> {
    if number.get() > MAX_LENGTH {
        return Ok(());
    }
    let length: u16 = behind.fit("length", behind.payload_len)?;
    if length > MAX_LENGTH {
        let (layer, value) = (behind.layer, length.into());
        return Err(EncodeError::TooLarge { layer, field: "length", value });
    }
    number.set(length);
    Ok(())
}

/// Writes the type of the layer behind. A length stays, where that leads to it.
pub(crate) fn fix_type(number: &mut U16, payload: &[u8], behind: &Behind) {
    let given = match number.get() {
        ..=MAX_LENGTH if payload.starts_with(&RAW_802_3) => EtherType::RESERVED,
        ..=MAX_LENGTH => EtherType::LLC,
        number => EtherType(number),
    };
    let found = behind.ether_type(given);
    if found == given {
        return;
    }
    // An IEEE 802.2 header has no type: a length announces it.
    let is_announced_by_length = matches!(found, EtherType::LLC | EtherType::RESERVED);
    number.set(if is_announced_by_length { 0 } else { found.0 });
}
