//! Options that are only shown, and those of softwires, [RFC 7598](https://www.rfc-editor.org/rfc/rfc7598).

use crate::Value;
use crate::field_reader::FieldReader;

/// Whether there are options behind what [`fields`] reports of an option.
pub(super) fn has_options(code: u16) -> bool {
    matches!(code, 89 | 92 | 94..=96)
}

/// Reports what stands in front of options in an option of this code; of the others, all.
pub(super) fn fields(code: u16, reader: &mut FieldReader<'_, '_>) {
    // What is not there is not reported.
    let _ = option(code, reader);
    if !has_options(code) {
        reader.rest_as("dhcpv6.option.value");
    }
}

fn option(code: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match code {
        // RFC 5460, section 5.4.2.
        47 => {
            reader.ipv6("dhcpv6.lq_relay_data_peer_addr")?;
            reader.rest_as("dhcpv6.lq_relay_data_msg").map(drop)
        }
        52 => {
            while reader.ipv6("dhcpv6.capwap_ac_v6").is_some() {}
            Some(())
        }
        // RFC 6603, section 4.2.
        67 => {
            reader.u8("dhcpv6.pd_exclude.pref_len")?;
            reader.rest_as("dhcpv6.pd_exclude.subnet_id").map(drop)
        }
        89 => {
            let flags = reader.u8("dhcpv6.s46_rule.flags")?;
            reader.flag("dhcpv6.s46_rule.flags.reserved", flags & 0xfe != 0);
            reader.flag("dhcpv6.s46_rule.flags.fmr", flags & 1 != 0);
            reader.u8("dhcpv6.s46_rule.ea_len")?;
            reader.u8("dhcpv6.s46_rule.ipv4_pref_len")?;
            reader.ipv4("dhcpv6.s46_rule.ipv4_prefix")?;
            prefix(reader, "dhcpv6.s46_rule.ipv6_prefix_len", "dhcpv6.s46_rule.ipv6_prefix")
        }
        90 => reader.ipv6("dhcpv6.s46_br.address").map(drop),
        91 => prefix(reader, "dhcpv6.s46_dmr.dmr_pref_len", "dhcpv6.s46_dmr.dmr_prefix"),
        92 => {
            reader.ipv4("dhcpv6.s46_v4v6bind.ipv4_address")?;
            let len = "dhcpv6.s46_v4v6bind.ipv6_pref_len";
            prefix(reader, len, "dhcpv6.s46_v4v6bind.ipv6_prefix")
        }
        93 => {
            reader.u8("dhcpv6.s46_portparam.offset")?;
            let len = reader.u8("dhcpv6.s46_portparam.psid_len")?;
            let word = reader.word(2)?;
            // The number stands at the left of its field.
            let shift = 16_u32.saturating_sub(len.into());
            reader.bits("dhcpv6.s46_portparam.psid", word.checked_shr(shift)?);
            Some(())
        }
        112 => reader.rest_text("dhcpv6.mudurl").map(drop),
        135 => reader.u16("dhcpv6.relay_port").map(drop),
        _ => None,
    }
}

/// A prefix as long as its length says, in bits.
fn prefix(reader: &mut FieldReader<'_, '_>, len: &'static str, name: &'static str) -> Option<()> {
    let bytes = usize::from(reader.u8(len)?.div_ceil(8));
    let mut address = [0; 16];
    let place = address.get_mut(..bytes)?;
    place.copy_from_slice(reader.skip(bytes)?);
    reader.value(name, Value::Ipv6(address.into()));
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::layers::golden;

    #[test]
    fn options_of_softwires_and_less_common_ones_are_those_of_tshark() {
        golden::check(include_str!("golden.txt"), &["dhcpv6"], &[], &[]);
    }
}
