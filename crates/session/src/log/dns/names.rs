//! What Zeek calls classes, types and results: `base/protocols/dns/consts.zeek`.

use rheos_l7::dns::DnsResponseCode;
use rheos_layers::{DnsClass, DnsType};

/// The column `qclass_name`.
pub(super) fn class(class: DnsClass) -> String {
    let name = match class.0 {
        1 => "C_INTERNET",
        2 => "C_CSNET",
        3 => "C_CHAOS",
        4 => "C_HESIOD",
        254 => "C_NONE",
        255 => "C_ANY",
        other => return format!("qclass-{other}"),
    };
    name.to_owned()
}

/// The column `qtype_name`.
pub(in crate::log) fn question_type(kind: DnsType) -> String {
    match kind.to_string() {
        _ if kind.0 == 255 => "*".to_owned(),
        // RFC 3597 section 5.
        unknown if unknown.starts_with("TYPE") => format!("query-{}", kind.0),
        name => name,
    }
}

/// The column `rcode_name`.
pub(super) fn response_code(code: DnsResponseCode) -> String {
    match code.0 {
        8 => "NXRRSet".to_owned(),
        11..=15 => format!("unassigned-{}", code.0),
        24.. => format!("rcode-{}", code.0),
        _ => code.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_zeeks_tables() {
        let classes = [1, 2, 3, 4, 254, 255, 7].map(|number| class(DnsClass(number)));
        let expected =
            ["C_INTERNET", "C_CSNET", "C_CHAOS", "C_HESIOD", "C_NONE", "C_ANY", "qclass-7"];
        assert_eq!(classes, expected);
        let kinds = [1, 28, 65, 252, 255, 65_500].map(|number| question_type(DnsType(number)));
        assert_eq!(kinds, ["A", "AAAA", "HTTPS", "AXFR", "*", "query-65500"]);
        let codes = [0, 3, 8, 9, 12, 16, 23, 100].map(|code| response_code(DnsResponseCode(code)));
        let expected = [
            "NOERROR",
            "NXDOMAIN",
            "NXRRSet",
            "NOTAUTH",
            "unassigned-12",
            "BADVERS",
            "BADCOOKIE",
            "rcode-100",
        ];
        assert_eq!(codes, expected);
    }
}
