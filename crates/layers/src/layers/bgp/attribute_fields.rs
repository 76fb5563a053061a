//! Fields of path attributes and routes.

use crate::Value;
use crate::field_reader::FieldReader;
use crate::prefix::prefix;

/// Subsequent address family: routes with labels, RFC 8277.
const LABELED: u8 = 4;
/// Subsequent address family: routes of a virtual network, RFC 4364.
const VPN: u8 = 128;
/// Bytes of a route distinguisher.
const DISTINGUISHER_LEN: usize = 8;

const ATTRIBUTE_FLAGS: [(&str, u64); 4] = [
    ("bgp.update.path_attribute.flags.optional", 0x80),
    ("bgp.update.path_attribute.flags.transitive", 0x40),
    ("bgp.update.path_attribute.flags.partial", 0x20),
    ("bgp.update.path_attribute.flags.extended_length", 0x10),
];

/// Reads routes, up to the first that is cut short or cannot be one.
pub(super) fn routes(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    is_ipv6: bool,
) -> Option<()> {
    while !reader.is_empty() {
        let bits = reader.u8("bgp.prefix_length")?;
        address(reader, name, bits, is_ipv6)?;
    }
    Some(())
}

/// Reads an address of so many bits; one of none has no bytes to show.
fn address(
    reader: &mut FieldReader<'_, '_>,
    name: &'static str,
    bits: u8,
    is_ipv6: bool,
) -> Option<()> {
    let most = if is_ipv6 { 128 } else { 32 };
    if bits > most {
        return None;
    }
    let front = reader.rest().get(..usize::from(bits).div_ceil(8))?;
    reader.skip(front.len());
    if bits > 0 {
        let value = if is_ipv6 {
            Value::Ipv6(prefix::<16>(front, bits).into())
        } else {
            Value::Ipv4(prefix::<4>(front, bits).into())
        };
        reader.value(name, value);
    }
    Some(())
}

/// Reads attributes, up to the first that is cut short.
pub(super) fn attributes(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let flags = reader.u8("bgp.update.path_attribute.flags")?.into();
        reader.flags(flags, &ATTRIBUTE_FLAGS);
        reader.bits("bgp.update.path_attribute.flags.unused", flags & 0x0f);
        let type_code = reader.u8("bgp.update.path_attribute.type_code")?;
        let len_len = if flags & 0x10 == 0 { 1 } else { 2 };
        let length = reader.number("bgp.update.path_attribute.length", len_len)?;
        let mut value = reader.part(usize::try_from(length).ok()?);
        // A value that is too short for its type is reported as far as it goes.
        let _ = attribute(type_code, &mut value);
    }
    Some(())
}

fn attribute(type_code: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match type_code {
        1 => reader.u8("bgp.update.path_attribute.origin").map(drop),
        2 => {
            let is_long = has_long_numbers(reader.rest());
            as_path(reader, is_long)
        }
        3 => reader.ipv4("bgp.update.path_attribute.next_hop").map(drop),
        4 => reader.u32("bgp.update.path_attribute.multi_exit_disc").map(drop),
        5 => reader.u32("bgp.update.path_attribute.local_pref").map(drop),
        7 | 18 => {
            let len = reader.rest().len().checked_sub(4).filter(|len| matches!(len, 2 | 4))?;
            reader.number("bgp.update.path_attribute.aggregator_as", len)?;
            reader.ipv4("bgp.update.path_attribute.aggregator_origin").map(drop)
        }
        8 => communities(reader),
        9 => reader.ipv4("bgp.update.path_attribute.originator_id").map(drop),
        10 => {
            while !reader.is_empty() {
                reader.ipv4("bgp.path_attribute.cluster_id")?;
            }
            Some(())
        }
        14 => mp_reach(reader),
        15 => {
            let afi = reader.u16("bgp.update.path_attribute.mp_unreach_nlri.afi")?;
            let safi = reader.u8("bgp.update.path_attribute.mp_unreach_nlri.safi")?;
            let names = ["bgp.mp_unreach_nlri_ipv4_prefix", "bgp.mp_unreach_nlri_ipv6_prefix"];
            family_routes(reader, afi, safi, names)
        }
        16 => {
            while !reader.is_empty() {
                let _ = extended_community(&mut reader.part(8));
            }
            Some(())
        }
        17 => as_path(reader, true),
        32 => {
            while !reader.is_empty() {
                reader.u32("bgp.large_communities.ga")?;
                reader.u32("bgp.large_communities.ldp1")?;
                reader.u32("bgp.large_communities.ldp2")?;
            }
            Some(())
        }
        _ => None,
    }
}

/// Whether systems have numbers of four bytes in a path, which a message does not say: if segments
/// of two bytes a number do not fill it, and segments of four do.
fn has_long_numbers(path: &[u8]) -> bool {
    let fits = |number_len: usize| {
        let mut rest = path;
        while let [kind, count, behind @ ..] = rest {
            let len = usize::from(*count).saturating_mul(number_len);
            match behind.get(len..) {
                Some(behind) if matches!(kind, 1..=4) && *count > 0 => rest = behind,
                _ => return false,
            }
        }
        rest.is_empty()
    };
    !fits(2) && fits(4)
}

fn as_path(reader: &mut FieldReader<'_, '_>, is_long: bool) -> Option<()> {
    while !reader.is_empty() {
        reader.u8("bgp.update.path_attribute.as_path_segment.type")?;
        let count = reader.u8("bgp.update.path_attribute.as_path_segment.length")?;
        for _ in 0..count {
            if is_long {
                reader.u32("bgp.update.path_attribute.as_path_segment.as4")?;
            } else {
                reader.u16("bgp.update.path_attribute.as_path_segment.as2")?;
            }
        }
    }
    Some(())
}

fn communities(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        // RFC 1997: those from here on are not of a system.
        if reader.peek(2)? == 0xffff {
            reader.u32("bgp.update.path_attribute.community_wellknown")?;
        } else {
            reader.u16("bgp.update.path_attribute.community_as")?;
            reader.u16("bgp.update.path_attribute.community_value")?;
        }
    }
    Some(())
}

fn mp_reach(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let afi = reader.u16("bgp.update.path_attribute.mp_reach_nlri.afi")?;
    let safi = reader.u8("bgp.update.path_attribute.mp_reach_nlri.safi")?;
    let length = *reader.rest().first()?;
    // Wireshark shows the length with the next hop.
    let whole = reader.rest().get(..usize::from(length).checked_add(1)?)?;
    let start = reader.place();
    let bytes = start..start.saturating_add(whole.len());
    let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop";
    reader.value_at(name, Value::Bytes(whole), bytes);
    reader.skip(1);
    let _ = next_hop(&mut reader.part(length.into()), safi);
    let count = reader.u8("bgp.update.path_attribute.mp_reach_nlri.nbr_snpa")?;
    for _ in 0..count {
        // Addresses of a subnetwork, in nibbles, RFC 2858.
        let length = reader.u8("bgp.update.path_attribute.mp_reach_nlri.snpa_length")?;
        let len = usize::from(length).div_ceil(2);
        if len > 0 {
            reader.bytes("bgp.update.path_attribute.mp_reach_nlri.snpa", len)?;
        }
    }
    let names = ["bgp.mp_reach_nlri_ipv4_prefix", "bgp.mp_reach_nlri_ipv6_prefix"];
    family_routes(reader, afi, safi, names)
}

fn next_hop(reader: &mut FieldReader<'_, '_>, safi: u8) -> Option<()> {
    if safi == VPN {
        let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.rd";
        reader.bytes(name, DISTINGUISHER_LEN)?;
    }
    match reader.rest().len() {
        4 => {
            reader.ipv4("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv4")?;
        }
        16.. => {
            reader.ipv6("bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6")?;
            if reader.rest().len() == 16 {
                let name = "bgp.update.path_attribute.mp_reach_nlri.next_hop.ipv6.link_local";
                reader.ipv6(name)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// Reads routes of a family, of those families that are prefixes.
fn family_routes(
    reader: &mut FieldReader<'_, '_>,
    afi: u16,
    safi: u8,
    [ipv4, ipv6]: [&'static str; 2],
) -> Option<()> {
    let (name, is_ipv6) = match afi {
        1 => (ipv4, false),
        2 => (ipv6, true),
        _ => return None,
    };
    match safi {
        1 | 2 => routes(reader, name, is_ipv6),
        LABELED | VPN => {
            while !reader.is_empty() {
                let mut bits = reader.u8("bgp.prefix_length")?;
                let labels = label_stack(reader)?;
                bits = bits.checked_sub(u8::try_from(labels.checked_mul(8)?).ok()?)?;
                if safi == VPN {
                    reader.bytes("bgp.rd", DISTINGUISHER_LEN)?;
                    bits = bits.checked_sub(64)?;
                }
                address(reader, name, bits, is_ipv6)?;
            }
            Some(())
        }
        _ => None,
    }
}

/// Reads labels up to the last of the stack, and returns how many bytes they take.
fn label_stack(reader: &mut FieldReader<'_, '_>) -> Option<usize> {
    /// RFC 8277, section 2.4: what stands for a label in a route that is no more.
    const WITHDRAWN: [[u8; 3]; 2] = [[0x80, 0, 0], [0, 0, 0]];
    let mut len = 0_usize;
    for label in reader.rest().as_chunks::<3>().0 {
        len = len.checked_add(3)?;
        if label[2] & 1 != 0 || WITHDRAWN.contains(label) {
            reader.bytes("bgp.label_stack", len)?;
            return Some(len);
        }
    }
    None
}

fn extended_community(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let kind = reader.u8("bgp.ext_com.type")?;
    reader.flag("bgp.ext_com.type.auth", kind & 0x80 != 0);
    reader.flag("bgp.ext_com.type.tran", kind & 0x40 != 0);
    match kind {
        0x00 | 0x40 => {
            let is_transitive = kind == 0;
            let name = if is_transitive {
                "bgp.ext_com.stype_tr_as2"
            } else {
                "bgp.ext_com.stype_ntr_as2"
            };
            let subtype = reader.u8(name)?;
            reader.u16("bgp.ext_com.value_as2")?;
            if !is_transitive && subtype == 4 {
                reader.f32("bgp.ext_com.value_link_bw").map(drop)
            } else {
                reader.u32("bgp.ext_com.value_an4").map(drop)
            }
        }
        0x01 => {
            reader.u8("bgp.ext_com.stype_tr_IP4")?;
            reader.ipv4("bgp.ext_com.value_IP4")?;
            reader.u16("bgp.ext_com.value_an2").map(drop)
        }
        0x02 => {
            reader.u8("bgp.ext_com.stype_tr_as4")?;
            reader.u32("bgp.ext_com.value_as4")?;
            reader.u16("bgp.ext_com.value_an2").map(drop)
        }
        _ => None,
    }
}
