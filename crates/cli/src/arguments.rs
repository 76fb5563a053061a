//! Values of arguments that several commands take.

use std::str::FromStr;

use rheos::core::LinkType;
use rheos::pcap::Resolution;

/// A link type by its number or its name in the registry.
pub(crate) fn link_type(text: &str) -> Result<LinkType, String> {
    if let Some(number) = digits(text) {
        return Ok(LinkType(number));
    }
    let name = text.to_ascii_uppercase();
    let name =
        name.strip_prefix("LINKTYPE_").or_else(|| name.strip_prefix("DLT_")).unwrap_or(&name);
    // What libpcap calls Ethernet.
    let name = if name == "EN10MB" { "ETHERNET" } else { name };
    let mut known = LinkType::KNOWN.iter();
    let found = known.find(|known| known.name() == Some(name)).copied();
    found.ok_or_else(|| "no link type of that name, such as ETHERNET or RAW".to_owned())
}

/// How long a tick of timestamps is: a unit, or an exponent of ten.
pub(crate) fn resolution(text: &str) -> Result<Resolution, String> {
    match text {
        "s" => Ok(Resolution::Decimal(0)),
        "ms" => Ok(Resolution::Decimal(3)),
        "us" | "µs" => Ok(Resolution::MICROSECOND),
        "ns" => Ok(Resolution::NANOSECOND),
        _ => {
            let decimal = text.strip_prefix("10^-").and_then(digits);
            let binary = text.strip_prefix("2^-").and_then(digits);
            let fits = |exponent: &u8| *exponent < 0x80;
            let decimal = decimal.filter(fits).map(Resolution::Decimal);
            decimal
                .or(binary.filter(fits).map(Resolution::Binary))
                .ok_or_else(|| "a resolution is s, ms, us, ns, 10^-n or 2^-n".to_owned())
        }
    }
}

/// A number of bytes, or of thousands of 1024: `64K`, `10M`, `1G`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit).unwrap_or_default();
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => Some(0),
        "K" | "KB" | "KIB" => Some(10),
        "M" | "MB" | "MIB" => Some(20),
        "G" | "GB" | "GIB" => Some(30),
        _ => None,
    };
    let number = number.parse::<u64>().ok().filter(|number| *number > 0);
    let size = number.zip(shift).and_then(|(number, shift)| number.checked_mul(1 << shift));
    size.ok_or_else(|| "a size is a number of bytes, or 64K, 10M, 1G".to_owned())
}

/// A number without a sign, which `parse` takes too.
pub(crate) fn digits<N: FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_types_have_numbers_and_names() {
        for text in ["1", "ETHERNET", "ethernet", "LINKTYPE_ETHERNET", "DLT_EN10MB"] {
            assert_eq!(link_type(text), Ok(LinkType::ETHERNET), "{text}");
        }
        assert_eq!(link_type("65000"), Ok(LinkType(65_000)));
        for text in ["70000", "", "+5", "-1"] {
            assert!(link_type(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("1500"), Ok(1500));
        assert_eq!(
            (size("64K"), size("10MiB"), size("1gb")),
            (Ok(65_536), Ok(10 << 20), Ok(1 << 30))
        );
        for text in
            ["", "0", "K", "-1", "+1", "1T", "1.5M", "10BB", "10KIBIB", "10IB", "99999999999G"]
        {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn resolutions_are_units_or_powers() {
        assert_eq!(resolution("us"), Ok(Resolution::MICROSECOND));
        assert_eq!(resolution("10^-9"), Ok(Resolution::NANOSECOND));
        assert_eq!(resolution("2^-10"), Ok(Resolution::Binary(10)));
        for text in ["", "10^-128", "10^-", "10^-+5", "2^10", "minute"] {
            assert!(resolution(text).is_err(), "{text}");
        }
    }
}
