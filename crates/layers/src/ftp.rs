//! Where the data connections of FTP go, as the lines of a control connection say it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a data connection of FTP goes.
///
/// ```
/// use rheos_layers::FtpAddress;
///
/// let line = b"227 Entering Passive Mode (192,0,2,1,195,80).";
/// let to = FtpAddress::of_line(line).unwrap();
/// assert_eq!((to.address, to.port), (Some([192, 0, 2, 1].into()), 50_000));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FtpAddress {
    /// The host, where it is said; else it is the one that says it.
    pub address: Option<IpAddr>,
    /// The port, which is never zero.
    pub port: u16,
}

impl FtpAddress {
    /// What a line of a control connection says, a command of the client's or the last line of a reply: `PORT`,
    /// `EPRT`, `LPRT`, 227 (to `PASV`), 228 (to `LPSV`) and 229 (to `EPSV`). Other lines say nothing of the kind.
    pub fn of_line(line: &[u8]) -> Option<Self> {
        let (read, text) = reader(line)?;
        read(&String::from_utf8_lossy(text))
    }

    /// Whether a line starts as those do that say it, which takes no more than a look at four bytes.
    #[inline]
    pub fn starts(line: &[u8]) -> bool {
        reader(line).is_some()
    }

    /// Six numbers with commas between them, anywhere in a text
    /// ([RFC 959, 4.1.2](https://www.rfc-editor.org/rfc/rfc959)): four of the address, two of the port.
    pub fn from_numbers(text: &str) -> Option<Self> {
        let [a, b, c, d, high, low] = numbers(text)?;
        Self::at(Ipv4Addr::new(a, b, c, d).into(), [high, low])
    }

    /// Numbers with commas between them, anywhere in a text
    /// ([RFC 1639](https://www.rfc-editor.org/rfc/rfc1639)): 4 or 6 as the version of IP, how many are the address,
    /// the address, how many are the port, and the port.
    pub fn from_long_numbers(text: &str) -> Option<Self> {
        match (numbers::<9>(text), numbers::<21>(text)) {
            (Some([4, 4, a, b, c, d, 2, high, low]), _) => {
                Self::at(Ipv4Addr::new(a, b, c, d).into(), [high, low])
            }
            (_, Some([6, 16, host @ .., 2, high, low])) => {
                Self::at(Ipv6Addr::from(host).into(), [high, low])
            }
            _ => None,
        }
    }

    /// Family, address and port between delimiters of the sender's choice
    /// ([RFC 2428](https://www.rfc-editor.org/rfc/rfc2428)); a server leaves the first two out.
    pub fn from_extended(text: &str) -> Option<Self> {
        // Words of a server's may be in brackets too.
        let inner = text.match_indices('(').filter_map(|(at, _)| text.get(at.saturating_add(1)..));
        inner.chain([text]).find_map(Self::delimited)
    }

    fn delimited(text: &str) -> Option<Self> {
        let delimiter = text.chars().next().filter(char::is_ascii_graphic)?;
        let mut parts = text.split(delimiter).skip(1);
        let (family, address) = (parts.next()?, parts.next()?);
        let port = parts.next()?.parse().ok().filter(|port| *port != 0)?;
        let address = match family {
            "" if address.is_empty() => None,
            // A zone, RFC 4007 section 11, is of the sender's own.
            _ => Some(address.split('%').next()?.parse().ok()?),
        };
        Some(Self { address, port })
    }

    fn at(address: IpAddr, port: [u8; 2]) -> Option<Self> {
        let port = u16::from_be_bytes(port);
        (port != 0).then_some(Self { address: Some(address), port })
    }
}

/// The first list of so many numbers in a text, with commas between them.
fn numbers<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_part = |c: char| c.is_ascii_digit() || c == ',';
    // RFC 1639 writes spaces behind commas, and some servers do.
    let text = text.replace(", ", ",");
    // Servers write words around them, with and without brackets.
    let list = text.split(|c| !is_part(c)).find(|part| part.split(',').count() == N)?;
    let mut bytes = [0; N];
    for (byte, number) in bytes.iter_mut().zip(list.split(',')) {
        *byte = number.parse().ok()?;
    }
    Some(bytes)
}

/// Reads the text of a line.
type Read = fn(&str) -> Option<FtpAddress>;

/// How the text of a line is read, and the text.
#[inline]
fn reader(line: &[u8]) -> Option<(Read, &[u8])> {
    let (start, rest) = line.split_first_chunk::<4>()?;
    let mut start = *start;
    start.make_ascii_uppercase();
    match &start {
        b"PORT" => Some((FtpAddress::from_numbers, rest.strip_prefix(b" ")?)),
        b"EPRT" => Some((FtpAddress::from_extended, rest.strip_prefix(b" ")?)),
        b"LPRT" => Some((FtpAddress::from_long_numbers, rest.strip_prefix(b" ")?)),
        b"227 " => Some((FtpAddress::from_numbers, rest)),
        b"228 " => Some((FtpAddress::from_long_numbers, rest)),
        b"229 " => Some((FtpAddress::from_extended, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: Option<&str>, port: u16) -> FtpAddress {
        FtpAddress { address: address.map(|address| address.parse().unwrap()), port }
    }

    #[test]
    fn six_numbers_are_an_address_and_a_port() {
        let numbers = FtpAddress::from_numbers;
        let expected = Some(at(Some("192.0.2.1"), 50_000));
        assert_eq!(numbers("192,0,2,1,195,80"), expected);
        assert_eq!(numbers("Entering Passive Mode (192,0,2,1,195,80)."), expected);
        assert_eq!(numbers("227 =192,0,2,1,195,80"), expected);
        assert_eq!(numbers("Entering Passive Mode (192, 0, 2, 1, 195, 80)"), expected);
        for text in
            ["", "192,0,2,1,195", "192,0,2,1,195,80,1", "256,0,2,1,195,80", "1,2,3,4,0,0", "a,b"]
        {
            assert_eq!(numbers(text), None, "{text}");
        }
    }

    /// The forms of RFC 1639, with the example of IPv4 that its section 3 makes of RFC 959's.
    #[test]
    fn long_addresses_say_how_long_they_are() {
        let long = FtpAddress::from_long_numbers;
        let expected = Some(at(Some("192.0.2.1"), 50_000));
        assert_eq!(long("4,4,192,0,2,1,2,195,80"), expected);
        assert_eq!(long("Entering Long Passive Mode (4, 4, 192, 0, 2, 1, 2, 195, 80)"), expected);
        let v6 = Some(at(Some("2001:db8::1"), 5282));
        assert_eq!(long("6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,20,162"), v6);
        for text in [
            "",
            "192,0,2,1,195,80",
            "4,4,192,0,2,1,2,0,0",
            "6,4,192,0,2,1,2,195,80",
            "4,4,192,0,2,1,3,195,80",
            "4,4,192,0,2,256,2,195,80",
            "6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,20",
            "4,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,20,162",
        ] {
            assert_eq!(long(text), None, "{text}");
        }
    }

    // The examples of RFC 2428.
    #[test]
    fn extended_addresses_have_a_family_or_none() {
        let extended = FtpAddress::from_extended;
        assert_eq!(extended("|1|132.235.1.2|6275|"), Some(at(Some("132.235.1.2"), 6275)));
        let v6 = Some(at(Some("1080::8:800:200c:417a"), 5282));
        assert_eq!(extended("|2|1080::8:800:200C:417A|5282|"), v6);
        assert_eq!(extended("Entering Extended Passive Mode (|||6446|)"), Some(at(None, 6446)));
        assert_eq!(extended("Passive Mode (extended) (|||6446|) (as asked)"), Some(at(None, 6446)));
        let zoned = Some(at(Some("fe80::1"), 5282));
        assert_eq!(extended("|2|fe80::1%eth0|5282|"), zoned);
        for text in ["", "|", "|||", "||||", "|1|x|1|", "|||0|", "|||99999|"] {
            assert_eq!(extended(text), None, "{text}");
        }
    }

    #[test]
    fn lines_that_announce_a_connection_say_where() {
        let passive = Some(at(Some("192.0.2.1"), 50_000));
        for (line, expected) in [
            ("PORT 192,0,2,1,195,80", passive),
            ("port 192,0,2,1,195,80\r\n", passive),
            ("227 Entering Passive Mode (192,0,2,1,195,80).", passive),
            ("227 =192,0,2,1,195,80", passive),
            ("EPRT |1|132.235.1.2|6275|", Some(at(Some("132.235.1.2"), 6275))),
            ("229 Entering Extended Passive Mode (|||6446|)", Some(at(None, 6446))),
            ("229 (|||6446|)\r\n", Some(at(None, 6446))),
            ("lprt 4,4,192,0,2,1,2,195,80\r\n", passive),
            ("228 Entering Long Passive Mode (4,4,192,0,2,1,2,195,80)", passive),
            ("PORT192,0,2,1,195,80", None),
            ("227-192,0,2,1,195,80", None),
            ("200 PORT 192,0,2,1,195,80", None),
            ("PASV", None),
            ("", None),
        ] {
            assert_eq!(FtpAddress::of_line(line.as_bytes()), expected, "{line}");
        }
    }
}
