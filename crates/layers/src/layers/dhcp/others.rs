//! Fields of options that have no form of their own.

use super::DhcpOptionCode;
use super::fields::{Out, name_fields};
use crate::Value;
use crate::layers::dns::DnsNames;

/// A word, and parts of it: a name and the mask of each. A mask of one bit is of a flag.
struct Word {
    name: &'static str,
    flags: &'static [(&'static str, u64)],
    reserved: (&'static str, u64),
}

const FUNCTIONS: Word = Word {
    name: "dhcp.option.isns.functions",
    flags: &[
        ("dhcp.option.isns.functions.enabled", 1),
        ("dhcp.option.isns.functions.dd_base_authorization", 2),
        ("dhcp.option.isns.functions.sec_policy_distribution", 4),
    ],
    reserved: ("dhcp.option.isns.functions.reserved", 0xfff8),
};

const ACCESS: Word = Word {
    name: "dhcp.option.isns.discovery_domain_access",
    flags: &[
        ("dhcp.option.isns.discovery_domain_access.enabled", 1),
        ("dhcp.option.isns.discovery_domain_access_control.node", 2),
        ("dhcp.option.isns.discovery_domain_access.iscsi_target", 4),
        ("dhcp.option.isns.discovery_domain_access.iscsi_initiator", 8),
        ("dhcp.option.isns.discovery_domain_access.ifcp_target_port", 16),
        ("dhcp.option.isns.discovery_domain_access.initiator_target_port", 32),
    ],
    reserved: ("dhcp.option.isns.discovery_domain_access.reserved", 0xffc0),
};

const ADMINISTRATION: Word = Word {
    name: "dhcp.option.isns.administrative_flags",
    flags: &[
        ("dhcp.option.isns.administrative_flags.enabled", 1),
        ("dhcp.option.isns.administrative_flags.heartbeat", 2),
        ("dhcp.option.isns.administrative_flags.management_scns", 4),
        ("dhcp.option.isns.administrative_flags.default_discovery_domain", 8),
    ],
    reserved: ("dhcp.option.isns.administrative_flags.reserved", 0xfff0),
};

const SECURITY: Word = Word {
    name: "dhcp.option.isns.server_security_bitmap",
    flags: &[
        ("dhcp.option.isns.server_security_bitmap.enabled", 1),
        ("dhcp.option.isns.server_security_bitmap.ike_ipsec_enabled", 2),
        ("dhcp.option.isns.server_security_bitmap.main_mode", 4),
        ("dhcp.option.isns.server_security_bitmap.aggressive_mode", 8),
        ("dhcp.option.isns.server_security_bitmap.pfs", 16),
        ("dhcp.option.isns.server_security_bitmap.transport_mode", 32),
        ("dhcp.option.isns.server_security_bitmap.tunnel_mode", 64),
    ],
    reserved: ("dhcp.option.isns.server_security_bitmap.reserved", 0xffff_ff80),
};

/// Reports options that have no form of their own here but have names.
pub(super) fn fields(code: DhcpOptionCode, data: &[u8], out: &mut Out<'_>) {
    match (code, data) {
        (DhcpOptionCode::SLP_DIRECTORY_AGENT, [first, addresses @ ..]) => {
            out.number("dhcp.option.slp_directory_agent.value", *first, 1);
            for &address in addresses.as_chunks().0 {
                out.address("dhcp.option.slp_directory_agent.slpda_address", address);
            }
        }
        (DhcpOptionCode::SLP_SERVICE_SCOPE, [first, scope @ ..]) => {
            out.number("dhcp.option.slp_service_scope.value", *first, 1);
            out.text("dhcp.option.slp_service_scope.string", scope);
        }
        (DhcpOptionCode::SIP_SERVERS, [encoding @ 0, names @ ..]) => {
            out.number("dhcp.option.sip_server.encoding", *encoding, 1);
            name_fields("dhcp.option.sip_server.name", &DnsNames::new(names), out);
        }
        (DhcpOptionCode::SIP_SERVERS, [encoding @ 1, addresses @ ..]) => {
            out.number("dhcp.option.sip_server.encoding", *encoding, 1);
            for &address in addresses.as_chunks().0 {
                out.address("dhcp.option.sip_server.address", address);
            }
        }
        (DhcpOptionCode::VENDOR_IDENTIFYING_CLASS, &[a, b, c, d, length, ref class @ ..])
            if class.len() == usize::from(length) =>
        {
            out.number("dhcp.option.vi_class.enterprise", u32::from_be_bytes([a, b, c, d]), 4);
            out.number("dhcp.option.vi_class.length", length, 1);
            out.text("dhcp.option.vi_class.data", class);
        }
        (DhcpOptionCode::VENDOR_IDENTIFYING_INFORMATION, &[a, b, c, d, length, ..]) => {
            out.number("dhcp.option.vi.enterprise", u32::from_be_bytes([a, b, c, d]), 4);
            out.number("dhcp.option.vi.length", length, 1);
        }
        (DhcpOptionCode::FORCERENEW_NONCE, algorithms) => {
            for algorithm in algorithms {
                out.number("dhcp.option.forcerenew_nonce.algorithm", *algorithm, 1);
            }
        }
        // RFC 4174, section 2.
        (DhcpOptionCode(83), &[a, b, c, d, e, f, g, h, i, j, ref addresses @ ..]) => {
            bits(u16::from_be_bytes([a, b]).into(), 2, &FUNCTIONS, out);
            bits(u16::from_be_bytes([c, d]).into(), 2, &ACCESS, out);
            bits(u16::from_be_bytes([e, f]).into(), 2, &ADMINISTRATION, out);
            bits(u32::from_be_bytes([g, h, i, j]).into(), 4, &SECURITY, out);
            let (addresses, rest) = addresses.as_chunks();
            let mut name = "dhcp.option.isns.primary_server_addr";
            for &address in addresses {
                out.address(name, address);
                name = "dhcp.option.isns.secondary_server_addr";
            }
            left(rest, out);
        }
        // RFC 4776, section 3.1.
        (DhcpOptionCode(99), [what, country_a, country_b, parts @ ..]) => {
            out.number("dhcp.option.civic_location.what", *what, 1);
            out.text("dhcp.option.civic_location.country", &[*country_a, *country_b]);
            let mut rest = parts;
            while let Some((&[kind, length], behind)) = rest.split_first_chunk()
                && let Some((value, behind)) = behind.split_at_checked(length.into())
            {
                out.number("dhcp.option.civic_location.ca_type", kind, 1);
                out.number("dhcp.option.civic_location.ca_length", length, 1);
                out.text("dhcp.option.civic_location.ca_value", value);
                rest = behind;
            }
            left(rest, out);
        }
        // RFC 5223, section 3.
        (DhcpOptionCode(137), data) if !data.is_empty() => {
            out.text("dhcp.option.lost_server_domain_name", data);
        }
        // RFC 6926, section 6.2.2.
        (DhcpOptionCode(151), [status, message @ ..]) => {
            out.number("dhcp.option.bulk_lease.status_code", *status, 1);
            if !message.is_empty() {
                out.text("dhcp.option.bulk_lease.status_code_message", message);
            }
        }
        // RFC 7710, section 2.1, until RFC 8910 gave it another code.
        (DhcpOptionCode(160), uri) => out.text("dhcp.option.captive_portal", uri),
        _ => out.bytes("dhcp.option.value", data),
    }
}

/// Reports a word and its parts.
fn bits(value: u64, len: usize, word: &Word, out: &mut Out<'_>) {
    for &(name, mask) in word.flags {
        out.here(name, Value::Flag(value & mask != 0), len);
    }
    let (name, mask) = word.reserved;
    let reserved = (value & mask).checked_shr(mask.trailing_zeros()).unwrap_or_default();
    out.here(name, Value::Number(reserved), len);
    out.number(word.name, value, len);
}

/// Reports what does not make a whole part.
fn left(rest: &[u8], out: &mut Out<'_>) {
    if !rest.is_empty() {
        out.bytes("dhcp.option.value", rest);
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::golden;

    #[test]
    fn options_that_few_have_are_those_of_tshark() {
        // tshark shows the type of the end as 0, and fewer of the reserved bits.
        let differing = [
            "dhcp.option.type",
            "dhcp.option.value",
            "dhcp.option.isns.server_security_bitmap.reserved",
        ];
        golden::check(include_str!("golden.txt"), &["dhcp"], &differing, &differing);
    }
}
