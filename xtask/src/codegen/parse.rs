//! The forms that tables of names have.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

/// Names by their keys, which are numbers as they stand in a packet.
pub(super) type Names = BTreeMap<Vec<u8>, String>;

/// Ethernet types start here; below are lengths, and numbers that systems use among themselves.
const FIRST_ETHER_TYPE: u16 = 0x0600;

/// IEEE keeps this one back, whatever a table calls it.
const RESERVED_ETHER_TYPE: u16 = 0xffff;

/// Whether a character shows nothing, or turns what stands around it, and so belongs in no name: soft
/// hyphens, spaces of no width, and marks of direction, which got into the registries by copying.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// The line without its comment, in words.
fn words(line: &str) -> Vec<&str> {
    line.split('#').next().unwrap_or_default().split_whitespace().collect()
}

/// Ports as in services(5), with Wireshark's two extensions: `http 80/tcp/udp` and `x11
/// 6000-6063/tcp`. The first name of a port is kept.
pub(super) fn services(text: &str) -> Result<Names> {
    let mut names = Names::new();
    for line in text.lines() {
        let words = words(line);
        let &[name, numbers, ..] = words.as_slice() else {
            ensure!(words.is_empty(), "no port: {line}");
            continue;
        };
        let mut parts = numbers.split('/');
        let range = parts.next().unwrap_or_default();
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let range = |end: &str| end.parse::<u16>().with_context(|| format!("a port: {line}"));
        for transport in parts {
            let protocol = match transport {
                "tcp" => 6,
                "udp" => 17,
                "dccp" => 33,
                "sctp" => 132,
                _ => bail!("a protocol without ports: {line}"),
            };
            for port in range(first)?..=range(last)? {
                let [high, low] = port.to_be_bytes();
                names.entry(vec![protocol, high, low]).or_insert(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// IP protocols as in protocols(5).
pub(super) fn protocols(text: &str) -> Result<Names> {
    let mut names = Names::new();
    for line in text.lines() {
        // Zero is hop-by-hop options in a packet, and only to the C library IP itself.
        if line.contains("pseudo protocol number") {
            continue;
        }
        let words = words(line);
        let &[name, number, ..] = words.as_slice() else { continue };
        let number = number.parse::<u16>().with_context(|| format!("a protocol: {line}"))?;
        // Multipath TCP is 262 to `socket()` and stands in no packet.
        if let Ok(number) = u8::try_from(number) {
            names.entry(vec![number]).or_insert(name.to_owned());
        }
    }
    Ok(names)
}

/// IP protocols in the constants that Go's `x/net` generates from IANA's registry, such as
/// `ProtocolEMCON = 14 // EMCON`, in small letters.
pub(super) fn go_protocols(text: &str) -> Result<Names> {
    let mut names = Names::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[name, "=", number, ..] = words.as_slice() else { continue };
        let Some(name) = name.strip_prefix("Protocol").filter(|&name| name != "Reserved") else {
            continue;
        };
        let number = number.parse::<u8>().with_context(|| format!("a protocol: {line}"))?;
        names.entry(vec![number]).or_insert(name.to_lowercase());
    }
    Ok(names)
}

/// Ethernet types as in ethertypes(5): `IPv4 0800 ip # IP`.
pub(super) fn ether_types(text: &str) -> Result<Names> {
    let mut names = Names::new();
    for line in text.lines() {
        let words = words(line);
        let &[name, number, ..] = words.as_slice() else { continue };
        let number =
            u16::from_str_radix(number, 16).with_context(|| format!("an Ethernet type: {line}"))?;
        add_ether_type(&mut names, number, name);
    }
    Ok(names)
}

/// The same inside of a Python string, as Scapy has it.
pub(super) fn python_ether_types(text: &str) -> Result<Names> {
    let (_, behind) = text.split_once("DATA = b\"\"\"").context("no DATA in the Python file")?;
    let (data, _) = behind.split_once("\"\"\"").context("DATA does not end")?;
    ether_types(data)
}

/// Ethernet types in Linux's header: `#define ETH_P_PROFINET 0x8892 /* PROFINET */`.
pub(super) fn linux_ether_types(text: &str) -> Result<Names> {
    let mut names = Names::new();
    for line in text.lines().filter(|line| !line.contains("NOT AN OFFICIALLY REGISTERED ID")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &["#define", name, number, ..] = words.as_slice() else { continue };
        let Some(name) = name.strip_prefix("ETH_P_") else { continue };
        let number =
            number.strip_prefix("0x").context("an Ethernet type that is not hexadecimal")?;
        let number = u16::from_str_radix(number, 16).with_context(|| line.to_owned())?;
        add_ether_type(&mut names, number, name);
    }
    Ok(names)
}

fn add_ether_type(names: &mut Names, number: u16, name: &str) {
    if number >= FIRST_ETHER_TYPE && number != RESERVED_ETHER_TYPE {
        names.entry(number.to_be_bytes().to_vec()).or_insert(name.to_owned());
    }
}

/// A name with single spaces between its words and nothing that cannot be seen.
pub(super) fn plain(name: &str) -> String {
    let visible = name.replace(|c: char| !c.is_whitespace() && is_invisible(c), "");
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Blocks of hardware addresses as IEEE publishes them: `MA-M,208593B,IOG Products LLC,…`. A key is
/// the prefix, filled up to whole bytes with zeros. Of several owners, which a block of old may have,
/// the first by alphabet is kept, because the order of the registry changes.
pub(super) fn registry(text: &str) -> Result<Names> {
    let mut names = Names::new();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for record in reader.records() {
        let record = record?;
        let (Some(prefix), Some(owner)) = (record.get(1), record.get(2)) else {
            bail!("a block without owner: {record:?}");
        };
        let digits = if prefix.len() % 2 == 0 { prefix.to_owned() } else { format!("{prefix}0") };
        let byte = |place: usize| {
            let digits = digits.get(place..place + 2).context("half a byte")?;
            u8::from_str_radix(digits, 16).with_context(|| format!("a prefix: {prefix}"))
        };
        let key = (0..digits.len()).step_by(2).map(byte).collect::<Result<Vec<u8>>>()?;
        let owner = plain(owner);
        ensure!(!owner.is_empty(), "{prefix} has an owner without name");
        let kept = names.entry(key).or_insert_with(|| owner.clone());
        if owner < *kept {
            *kept = owner;
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: Result<Names>, expected: &[(&[u8], &str)]) {
        let names = names.unwrap();
        let names: Vec<_> = names.iter().map(|(key, name)| (&**key, &**name)).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_port_has_its_first_name_for_each_protocol_of_each_number() {
        let text = "# IANA\n\nhttp\t80/tcp/udp # World Wide Web\nwww 80/tcp\nx11 6000-6001/sctp\n";
        let http: [(&[u8], &str); 2] = [(&[6, 0, 80], "http"), (&[17, 0, 80], "http")];
        let x11: [(&[u8], &str); 2] = [(&[132, 0x17, 0x70], "x11"), (&[132, 0x17, 0x71], "x11")];
        check(services(text), &[http, x11].concat());
    }

    #[test]
    fn what_is_no_port_is_told() {
        for text in ["http\n", "http 80/ddp\n", "http 65536/tcp\n", "http x/tcp\n"] {
            assert!(services(text).is_err(), "{text}");
        }
    }

    #[test]
    fn protocols_are_those_of_packets_and_not_of_sockets() {
        let text = "ip 0 IP # internet protocol, pseudo protocol number\nhopopt 0 HOPOPT # options\nmptcp 262\n";
        check(protocols(text), &[(&[0], "hopopt")]);
        assert!(protocols("tcp six\n").is_err());
    }

    #[test]
    fn constants_of_go_are_protocols_by_their_prefix() {
        let text = "const (\n\tDiffServCS1 = 0x20 // CS1\n\tProtocolTTP = 84 // TTP\n\
            \tProtocolIPTM = 84 // IPTM\n\tProtocolReserved = 255 // Reserved\n)\n";
        check(go_protocols(text), &[(&[84], "ttp")]);
    }

    #[test]
    fn ether_types_are_no_lengths() {
        check(ether_types("8023 0004\nIPv4 0800 ip # IP\nMAX FFFF\n"), &[(&[8, 0], "IPv4")]);
        let python = "\"\"\"licence 1\"\"\"\nDATA = b\"\"\"\n# x\nLAT 6004 # DEC\n\"\"\"\nrest\n";
        check(python_ether_types(python), &[(&[0x60, 4], "LAT")]);
        let header = "#define ETH_ALEN 6\n#define ETH_P_802_3\t0x0001\t/* a */\n\
            #define ETH_P_QINQ1 0x9100 /* [ NOT AN OFFICIALLY REGISTERED ID ] */\n\
            #define ETH_P_IPV6 0x86DD /* IPv6 */\n";
        check(linux_ether_types(header), &[(&[0x86, 0xdd], "IPV6")]);
    }

    #[test]
    fn a_prefix_ends_in_half_a_byte_and_an_owner_in_a_comma() {
        let text = "Registry,Assignment,Organization Name,Organization Address\n\
            MA-M,208593B,\"IOG  Products, LLC\",9737 AVENUE\nMA-L,001B63,Apple,x\n";
        check(
            registry(text),
            &[(&[0, 0x1b, 0x63], "Apple"), (&[0x20, 0x85, 0x93, 0xb0], "IOG Products, LLC")],
        );
    }

    #[test]
    fn what_cannot_be_seen_is_in_no_name() {
        let text = "a,b,c\nMA-L,000001,\u{200b}KASUNG\u{a0} TECHNO\u{200e}\t\nMA-L,000002,Größe\n";
        check(registry(text), &[(&[0, 0, 1], "KASUNG TECHNO"), (&[0, 0, 2], "Größe")]);
    }

    #[test]
    fn of_several_owners_the_first_by_alphabet_is_kept() {
        let text = "a,b,c\nMA-L,080030,ROYAL\nMA-L,080030,CERN\nMA-L,080030,NETWORK\n";
        check(registry(text), &[(&[8, 0, 0x30], "CERN")]);
    }
}
