//! Addresses of data connections, in the ways FTP writes them.

use std::net::{IpAddr, Ipv4Addr};

/// Six numbers with commas between them, anywhere in a text
/// ([RFC 959, 4.1.2](https://www.rfc-editor.org/rfc/rfc959)): four of the address, two of the port.
pub(super) fn numbers(text: &str) -> Option<(IpAddr, u16)> {
    let is_part = |c: char| c.is_ascii_digit() || c == ',';
    // Servers write words around them, with and without brackets.
    let list = text.split(|c| !is_part(c)).find(|part| part.split(',').count() == 6)?;
    let mut bytes = [0_u8; 6];
    for (byte, number) in bytes.iter_mut().zip(list.split(',')) {
        *byte = number.parse().ok()?;
    }
    let [a, b, c, d, high, low] = bytes;
    let port = u16::from_be_bytes([high, low]);
    (port != 0).then_some((Ipv4Addr::new(a, b, c, d).into(), port))
}

/// Family, address and port between delimiters of the sender's choice
/// ([RFC 2428](https://www.rfc-editor.org/rfc/rfc2428)); a server leaves the first two out.
pub(super) fn extended(text: &str) -> Option<(Option<IpAddr>, u16)> {
    let inner = text.rsplit_once('(').map_or(text, |(_, inner)| inner);
    let delimiter = inner.chars().next().filter(char::is_ascii_graphic)?;
    let mut parts = inner.split(delimiter).skip(1);
    let (family, address) = (parts.next()?, parts.next()?);
    let port = parts.next()?.parse().ok().filter(|port| *port != 0)?;
    let address = match family {
        "" if address.is_empty() => None,
        _ => Some(address.parse().ok()?),
    };
    Some((address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_numbers_are_an_address_and_a_port() {
        let expected = Some(("192.0.2.1".parse().unwrap(), 50_000));
        assert_eq!(numbers("192,0,2,1,195,80"), expected);
        assert_eq!(numbers("Entering Passive Mode (192,0,2,1,195,80)."), expected);
        assert_eq!(numbers("227 =192,0,2,1,195,80"), expected);
        for text in
            ["", "192,0,2,1,195", "192,0,2,1,195,80,1", "256,0,2,1,195,80", "1,2,3,4,0,0", "a,b"]
        {
            assert_eq!(numbers(text), None, "{text}");
        }
    }

    // The examples of RFC 2428.
    #[test]
    fn extended_addresses_have_a_family_or_none() {
        let v4 = (Some("132.235.1.2".parse().unwrap()), 6275);
        let v6 = (Some("1080::8:800:200c:417a".parse().unwrap()), 5282);
        assert_eq!(extended("|1|132.235.1.2|6275|"), Some(v4));
        assert_eq!(extended("|2|1080::8:800:200C:417A|5282|"), Some(v6));
        assert_eq!(extended("Entering Extended Passive Mode (|||6446|)"), Some((None, 6446)));
        for text in ["", "|", "|||", "||||", "|1|x|1|", "|||0|", "|||99999|"] {
            assert_eq!(extended(text), None, "{text}");
        }
    }
}
