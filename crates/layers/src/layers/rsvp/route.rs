//! Routes: hops, each behind its type and its length, RFC 3209 sections 4.3 and 4.4.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Malformed;
use crate::field_reader::FieldReader;
use crate::records::{Head, Records};

/// The bit of a hop that others may be in front of, in an explicit route.
const LOOSE: u8 = 0x80;

/// A hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RsvpHop<'a> {
    Ipv4 {
        address: Ipv4Addr,
        prefix_length: u8,
        is_loose: bool,
    },
    Ipv6 {
        address: Ipv6Addr,
        prefix_length: u8,
        is_loose: bool,
    },
    Label {
        c_type: u8,
        label: &'a [u8],
    },
    /// An interface without an address.
    Unnumbered {
        router_id: Ipv4Addr,
        interface_id: u32,
    },
    AutonomousSystem(u16),
    /// Another type, or a value too short for its type.
    Unknown {
        kind: u8,
        value: &'a [u8],
    },
}

impl<'a> RsvpHop<'a> {
    fn read(kind: u8, is_recorded: bool, value: &'a [u8]) -> Self {
        let is_loose = kind & LOOSE != 0 && !is_recorded;
        match (type_of(kind, is_recorded), value) {
            (1, &[a, b, c, d, prefix_length, ..]) => {
                Self::Ipv4 { address: [a, b, c, d].into(), prefix_length, is_loose }
            }
            (2, &[ref address @ .., prefix_length, _]) if address.len() == 16 => {
                let address = address.first_chunk::<16>().map_or([0; 16], |address| *address);
                Self::Ipv6 { address: address.into(), prefix_length, is_loose }
            }
            (3, &[_, c_type, ref label @ ..]) => Self::Label { c_type, label },
            (4, &[_, _, a, b, c, d, e, f, g, h, ..]) => Self::Unnumbered {
                router_id: [a, b, c, d].into(),
                interface_id: u32::from_be_bytes([e, f, g, h]),
            },
            (32, &[high, low, ..]) => Self::AutonomousSystem(u16::from_be_bytes([high, low])),
            _ => Self::Unknown { kind, value },
        }
    }
}

/// The type of a hop. In a recorded route there is no bit beside it.
fn type_of(kind: u8, is_recorded: bool) -> u8 {
    if is_recorded { kind } else { kind & !LOOSE }
}

/// Type, and the length of all.
fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, length, ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let bad = Malformed::Field { name: "subobject length", value: length.into() };
    let data_len = usize::from(length).checked_sub(2).ok_or(bad)?;
    Ok(Head { kind: kind.into(), header_len: 2, data_len })
}

/// The hops of a route. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct RsvpHops<'a> {
    records: Records<'a>,
    is_recorded: bool,
}

impl<'a> RsvpHops<'a> {
    pub(super) fn new(bytes: &'a [u8], is_recorded: bool) -> Self {
        Self { records: Records::new(bytes, 0, head), is_recorded }
    }
}

impl<'a> Iterator for RsvpHops<'a> {
    type Item = Result<RsvpHop<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.records.next()?;
        Some(record.map(|record| {
            let [_, kind] = record.kind.to_be_bytes();
            RsvpHop::read(kind, self.is_recorded, record.data)
        }))
    }
}

/// Reports the hops of a route.
pub(super) fn fields(is_recorded: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let kind = kind(is_recorded, reader)?;
        let length = reader.u8("rsvp.ero_rro_subobjects.length")?;
        let len = usize::from(length).checked_sub(2)?;
        // A hop that is cut short inside does not hide the next.
        let _ = hop(kind, is_recorded, &mut reader.part(len));
    }
    Some(())
}

fn hop(kind: u8, is_recorded: bool, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => {
            reader.ipv4("rsvp.ero_rro_subobjects.ipv4_hop")?;
            reader.u8("rsvp.ero_rro_subobjects.prefix_length")?;
            flags(is_recorded, IPV4_FLAGS, reader)
        }
        2 => {
            reader.ipv6("rsvp.ero_rro_subobjects.ipv6_hop")?;
            reader.u8("rsvp.ero_rro_subobjects.prefix_length")?;
            flags(is_recorded, IPV6_FLAGS, reader)
        }
        3 => {
            flags(is_recorded, &[("rsvp.rro.flags.global_label", 1)], reader)?;
            if !is_recorded {
                reader.skip(1)?;
            }
            reader.u8("rsvp.ctype")?;
            reader.u32("rsvp.ero_rro_subobjects.label").map(drop)
        }
        4 => {
            flags(is_recorded, LOCAL_FLAGS, reader)?;
            reader.skip(if is_recorded { 1 } else { 2 })?;
            reader.ipv4("rsvp.ero_rro_subobjects.router_id")?;
            reader.u32("rsvp.ero_rro_subobjects.interface_id").map(drop)
        }
        32 => reader.u16("rsvp.ero_rro_subobjects.autonomous_system").map(drop),
        _ => None,
    }
}

/// The flags of a recorded hop.
type Flags = [(&'static str, u64)];

/// What protects the link behind a hop.
const LOCAL_FLAGS: &Flags =
    &[("rsvp.rro.flags.local_avail", 0x01), ("rsvp.rro.flags.local_in_use", 0x02)];

const IPV4_FLAGS: &Flags = &[
    ("rsvp.rro.flags.local_avail", 0x01),
    ("rsvp.rro.flags.local_in_use", 0x02),
    ("rsvp.rro.flags.bandwidth", 0x04),
    ("rsvp.rro.flags.node", 0x08),
    ("rsvp.rro.flags.node_address", 0x20),
];

const IPV6_FLAGS: &Flags = &[
    ("rsvp.rro.flags.local_avail", 0x01),
    ("rsvp.rro.flags.local_in_use", 0x02),
    ("rsvp.rro.flags.backup_tunnel_bandwidth", 0x04),
    ("rsvp.rro.flags.backup_tunnel_hop", 0x08),
    ("rsvp.rro.flags.node_address", 0x20),
];

fn flags(is_recorded: bool, names: &Flags, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    if is_recorded {
        let word = reader.u8("rsvp.ero_rro_subobjects.flags")?;
        reader.flags(word.into(), names);
    }
    Some(())
}

/// Reports the type of a hop, and whether others may be in front of it.
fn kind(is_recorded: bool, reader: &mut FieldReader<'_, '_>) -> Option<u8> {
    let [byte] = *reader.take()?;
    let kind = type_of(byte, is_recorded);
    // tshark has no such bit of an autonomous system.
    if !is_recorded && kind != 32 {
        reader.flag("rsvp.loose_hop", byte & LOOSE != 0);
    }
    reader.bits("rsvp.type", kind);
    Some(kind)
}
