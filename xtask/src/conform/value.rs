//! Whether a value of ours is what tshark shows.

use std::net::IpAddr;

use super::ours::Value;

/// Whether a value is what tshark shows (`show`) or what it found in the bytes (`value`, in
/// hexadecimal digits). `None` where neither was kept.
pub(crate) fn agrees(ours: &Value, show: &str, value: &str) -> Option<bool> {
    if show.is_empty() && value.is_empty() {
        let empty = match ours {
            Value::Bytes(bytes) => bytes.is_empty(),
            Value::Text(text) => text.is_empty(),
            _ => false,
        };
        return empty.then_some(true);
    }
    Some(match ours {
        Value::Number(ours) => match number(show) {
            Some(theirs) => theirs == i128::from(*ours),
            None => hex_number(value) == Some(*ours),
        },
        Value::Signed(ours) => number(show) == Some(i128::from(*ours)),
        Value::Float(ours) => show.parse::<f64>().is_ok_and(|theirs| close(*ours, theirs)),
        Value::Flag(ours) => match show {
            "True" => *ours,
            "False" => !ours,
            _ => number(show) == Some(i128::from(*ours)),
        },
        Value::Address(ours) => show.parse() == Ok(*ours) || bytes(value) == Some(octets(ours)),
        // An EUI-64 is shown in another order than it has in the bytes.
        Value::Bytes(ours) => [bytes(value), bytes(show)].iter().flatten().any(|b| b == ours),
        Value::Text(ours) => show == ours || bytes(value).is_some_and(|b| b == ours.as_bytes()),
    })
}

/// Equal but for what printing six digits in decimal rounds off.
fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= ours.abs().max(theirs.abs()) * 5e-6
}

/// A decimal number, or a hexadecimal one behind `0x`.
fn number(text: &str) -> Option<i128> {
    match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn hex_number(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}

/// Bytes from pairs of digits, with colons between them or not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        text.chars().filter(|&c| c != ':').map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    pairs.collect()
}

fn octets(address: &IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `show` and `value` as tshark 4.0.17 prints them.
    #[test]
    fn each_way_of_tshark_to_show_a_value() {
        let text = |text: &str| Value::Text(text.to_owned());
        let address = |text: &str| Value::Address(text.parse().unwrap());
        let cases = [
            (Value::Number(4), "4", "45", Some(true)),
            (Value::Number(69), "4", "45", Some(false)),
            (Value::Number(0x86dd), "0x86dd", "86dd", Some(true)),
            (Value::Number(0x0101_0101), "1.1.1.1", "01010101", Some(true)),
            (Value::Number(1), "Some text", "01", Some(true)),
            (Value::Signed(-1), "-1", "ff", Some(true)),
            (Value::Float(0.015_258_8), "0.0152588", "03e8", Some(true)),
            (Value::Float(0.5), "0.25", "03e8", Some(false)),
            (Value::Flag(true), "1", "1", Some(true)),
            (Value::Flag(true), "True", "1", Some(true)),
            (Value::Flag(true), "0", "0", Some(false)),
            (address("10.0.0.1"), "10.0.0.1", "0a000001", Some(true)),
            (address("fe80::1"), "fe80::1", "fe800000000000000000000000000001", Some(true)),
            (address("fe80::1"), "fe80::2", "fe800000000000000000000000000002", Some(false)),
            (Value::Bytes(vec![0, 0x13]), "", "0013", Some(true)),
            (Value::Bytes(vec![0, 0x13]), "0x00000013", "0013", Some(true)),
            (Value::Bytes(vec![0, 0x13]), "00:14", "0014", Some(false)),
            (text("www"), "www", "03777777", Some(true)),
            (text("a\n"), "a\\n", "610a", Some(true)),
            (text("a"), "b", "62", Some(false)),
            (Value::Bytes(vec![]), "", "", Some(true)),
            (Value::Bytes(vec![1]), "", "", None),
        ];
        for (ours, show, value, expected) in cases {
            assert_eq!(agrees(&ours, show, value), expected, "{ours} {show} {value}");
        }
    }
}
