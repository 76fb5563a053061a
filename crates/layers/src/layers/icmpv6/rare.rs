//! Messages and options that few networks have: of secure discovery, of fast handovers, of low-power
//! networks, of ILNP and of MPL.

use super::ndp;
use crate::Value;
use crate::field_reader::FieldReader;

/// Reports a message of this type, or nothing if it is none of these.
pub(super) fn message(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        // RFC 3971, section 6.4.
        148 | 149 => {
            reader.u16("icmpv6.send.identifier")?;
            if kind == 149 {
                reader.u16("icmpv6.send.all_components")?;
            }
            reader.u16("icmpv6.send.component")?;
            if kind == 149 {
                reader.bytes("icmpv6.reserved", 2)?;
            }
            ndp::fields(reader);
        }
        // RFC 5568, section 6.1.
        150 | 154 => {
            reader.u8("icmpv6.fmip6.subtype")?;
            reader.skip(1);
            reader.u16("icmpv6.fmip6.identifier")?;
            ndp::fields(reader);
        }
        // RFC 6743, section 5.
        156 => {
            let count = reader.u8("icmpv6.ilnp.nb_locs")?;
            reader.bytes("icmpv6.reserved", 1)?;
            reader.bytes("icmpv6.reserved", 2)?;
            for _ in 0..count {
                reader.number("icmpv6.ilnp.nb_locator", 8)?;
                reader.u16("icmpv6.ilnp.nb_preference")?;
                reader.u16("icmpv6.ilnp.nb_lifetime")?;
            }
        }
        // RFC 6775, section 4.4.
        157 | 158 => {
            reader.u8("icmpv6.6lowpannd.da.status")?;
            reader.u8("icmpv6.6lowpannd.da.rsv")?;
            reader.u16("icmpv6.6lowpannd.da.lifetime")?;
            reader.bytes("icmpv6.6lowpannd.da.eui64", 8)?;
            reader.ipv6("icmpv6.6lowpannd.da.reg_addr")?;
        }
        159 => seeds(reader)?,
        _ => return None,
    }
    reader.rest_as("icmpv6.unknown_data");
    Some(())
}

/// RFC 7731, section 6.3: what a node has of the messages of each seed. Of a seed without an
/// identity of its own, the source of the packet is it.
fn seeds(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let lowest = reader.u8("icmpv6.mpl.seed_info.min_sequence")?;
        let word = reader.word(1)?;
        let parts = [("icmpv6.mpl.seed_info.bm_len", 0xfc), ("icmpv6.mpl.seed_info.s", 0x03)];
        reader.bit_fields(word, &parts);
        let len = match word & 3 {
            0 => 0,
            1 => 2,
            2 => 8,
            _ => 16,
        };
        if len != 0 {
            reader.bytes("icmpv6.mpl.seed_info.seed_id", len)?;
        }
        let mut number = u64::from(lowest);
        for _ in 0..word >> 2 {
            let bits = reader.word(1)?;
            for bit in (0..8).rev() {
                if bits >> bit & 1 != 0 {
                    reader.bits("icmpv6.mpl.seed_info.sequence", number);
                }
                number = number.saturating_add(1);
            }
        }
    }
    Some(())
}

/// Reports the data of an option of this kind, or nothing if it is none of these.
pub(super) fn option(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        // RFC 2491, section 6.2.
        6 => {
            reader.u8("icmpv6.opt.nbma.shortcut_limit")?;
            reader.skip(5)?;
        }
        // RFC 3971, section 5.2.
        12 => {
            reader.skip(2)?;
            reader.bytes("icmpv6.opt.rsa.key_hash", 16)?;
            reader.rest_as("icmpv6.opt.digital_signature_padding");
        }
        // RFC 3971, section 6.4.3.
        15 => {
            let name = reader.u8("icmpv6.opt.name_type")?;
            let padding = usize::from(reader.u8("icmpv6.opt.cga.pad_length")?);
            let len = reader.rest().len().saturating_sub(padding);
            if name == 1 {
                reader.bytes("icmpv6.opt.name_x501", len)?;
            } else {
                reader.bytes("icmpv6.opt.name_fqdn", len)?;
            }
            reader.skip(padding)?;
        }
        16 => {
            reader.u8("icmpv6.opt.name_type")?;
            reader.skip(1)?;
            reader.rest_as("icmpv6.x509_Certificate");
        }
        // RFC 5568, section 6.4.
        17 => {
            reader.u8("icmpv6.opt.ipa.option_code")?;
            reader.u8("icmpv6.opt.ipa.prefix_len")?;
            reader.skip(4)?;
            reader.ipv6("icmpv6.opt.ipa.ipv6_address")?;
        }
        18 => {
            reader.u8("icmpv6.opt.nrpi.option_code")?;
            reader.u8("icmpv6.opt.nrpi.prefix_len")?;
            reader.skip(4)?;
            reader.ipv6("icmpv6.opt.nrpi.prefix")?;
        }
        19 => {
            reader.u8("icmpv6.opt.lla.option_code")?;
            reader.rest_as("icmpv6.opt.lla.bytes")?;
        }
        20 => {
            reader.u8("icmpv6.opt.naack.option_code")?;
            reader.u8("icmpv6.opt.naack.status")?;
            if reader.rest().len() >= 16 {
                reader.ipv6("icmpv6.opt.naack.supplied_ncoa")?;
            }
        }
        // RFC 4140, section 4.
        23 => {
            let word = reader.word(1)?;
            let parts = [("icmpv6.opt.map.distance", 0xf0), ("icmpv6.opt.map.preference", 0x0f)];
            reader.bit_fields(word, &parts);
            let flags = reader.u8("icmpv6.opt.map.flag")?;
            reader.flag("icmpv6.opt.map.flag.r", flags & 0x80 != 0);
            reader.bits("icmpv6.opt.map.flag.reserved", flags & 0x7f);
            reader.u32("icmpv6.opt.map.valid_lifetime")?;
            reader.ipv6("icmpv6.opt.map.global_address")?;
        }
        // RFC 5269, section 3.
        27 | 28 => {
            let padding = usize::from(reader.u8("icmpv6.opt.hkr.pad_length")?);
            let word = reader.word(1)?;
            let parts = [("icmpv6.opt.hkr.at", 0xf0), ("icmpv6.opt.hkr.reserved", 0x0f)];
            reader.bit_fields(word, &parts);
            if kind == 28 {
                reader.u16("icmpv6.opt.hkr.lifetime")?;
            }
            let len = reader.rest().len().saturating_sub(padding);
            reader.bytes(
                if kind == 27 {
                    "icmpv6.opt.hkr.encryption_public_key"
                } else {
                    "icmpv6.opt.hkr.encrypted_handover_key"
                },
                len,
            )?;
            reader.rest_as("icmpv6.opt.hkr.padding");
        }
        // RFC 5271, section 5.
        29 => {
            reader.u8("icmpv6.opt.hai.option_code")?;
            let len = reader.u8("icmpv6.opt.hai.length")?;
            reader.bytes("icmpv6.opt.hai.value", len.into())?;
            fill(reader, len)?;
        }
        30 => {
            reader.u8("icmpv6.opt.mn.option_code")?;
            let len = reader.u8("icmpv6.opt.mn.length")?;
            reader.bytes("icmpv6.opt.mn.value", len.into())?;
            fill(reader, len)?;
        }
        _ => return low_power(kind, reader),
    }
    reader.rest_as("icmpv6.unknown_data");
    Some(())
}

/// Steps over what fills an option up, behind a value of this length.
fn fill(reader: &mut FieldReader<'_, '_>, len: u8) -> Option<()> {
    let front = usize::from(len).saturating_add(4);
    reader.skip(front.next_multiple_of(8).saturating_sub(front)).map(drop)
}

/// RFC 6775, section 4, and RFC 7400, section 3.3.
fn low_power(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        33 => {
            reader.u8("icmpv6.opt.aro.status")?;
            reader.skip(3)?;
            reader.u16("icmpv6.opt.aro.registration_lifetime")?;
            reader.bytes("icmpv6.opt.aro.eui64", 8)?;
        }
        34 => {
            reader.u8("icmpv6.opt.6co.context_length")?;
            let flags = reader.u8("icmpv6.opt.6co.flag")?;
            reader.flag("icmpv6.opt.6co.flag.c", flags & 0x10 != 0);
            reader.bits("icmpv6.opt.6co.flag.cid", flags & 0x0f);
            reader.bits("icmpv6.opt.6co.flag.reserved", flags >> 5);
            reader.skip(2)?;
            reader.u16("icmpv6.opt.6co.valid_lifetime")?;
            let mut prefix = [0; 16];
            let front = reader.skip(reader.rest().len().min(prefix.len()))?;
            prefix.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
            reader.value("icmpv6.opt.6co.context_prefix", Value::Ipv6(prefix.into()));
        }
        35 => {
            reader.u16("icmpv6.opt.abro.version_low")?;
            reader.u16("icmpv6.opt.abro.version_high")?;
            reader.u16("icmpv6.opt.abro.valid_lifetime")?;
            reader.ipv6("icmpv6.opt.abro.6lbr_address")?;
        }
        36 => {
            let word = reader.word(2)?;
            reader.bits("icmpv6.opt.6cio.unassigned1", word >> 1);
            reader.bits("icmpv6.opt.6cio.flag_g", word & 1);
            reader.number("icmpv6.opt.6cio.unassigned2", 4)?;
        }
        _ => return None,
    }
    reader.rest_as("icmpv6.unknown_data");
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::layers::golden;

    #[test]
    fn fields_are_those_of_tshark() {
        // Names of groups, and fields without a value.
        let theirs = [
            "icmpv6.opt",
            "icmpv6.opt.reserved",
            "icmpv6.opt.padding",
            "icmpv6.opt.digital_signature_padding",
            "icmpv6.checksum.status",
        ];
        golden::check(include_str!("golden-rare.txt"), &["icmpv6"], &theirs, &theirs);
    }
}
