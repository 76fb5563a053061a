//! The data of records as master files have it: RFC 1035, section 5.1, and the RFC of each type.

use std::fmt::{Display, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rheos_core::Timestamp;
use rheos_layers::{
    Base32Hex, DnsData, DnsGateway, DnsName, DnsPrefix, DnsRecord, DnsTypeBitmap, SvcParam,
};

/// What stands behind the type in a master file, on one line and in the order of its RFC. Data of another
/// form than its type has, or of a type without one, is as RFC 3597 has it.
pub(in crate::log) fn presentation(record: &DnsRecord<'_>) -> String {
    words(&record.data()).unwrap_or_else(|| {
        let bytes = record.data_bytes;
        let text = format!("\\# {} {}", bytes.len(), hex(bytes));
        text.trim_end().to_owned()
    })
}

#[allow(clippy::too_many_lines, reason = "a table: a line or a few a type")]
fn words(data: &DnsData<'_>) -> Option<String> {
    Some(match data {
        DnsData::A(address) => address.to_string(),
        DnsData::Aaaa(address) => address.to_string(),
        DnsData::Name { name: only, .. } => name(only),
        DnsData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
            format!("{} {} {serial} {refresh} {retry} {expire} {minimum}", name(mname), name(rname))
        }
        DnsData::Wks { address, protocol, bits } => {
            let ports =
                (0_u32..).zip(bits.iter().flat_map(|byte| (0..8).map(move |at| byte & 0x80 >> at)));
            let ports = ports.filter(|(_, bit)| *bit != 0).map(|(port, _)| port);
            line([address.to_string(), protocol.to_string()], ports)
        }
        DnsData::Hinfo { cpu, os } => format!("{} {}", quoted(cpu), quoted(os)),
        DnsData::Mailbox { mailbox, other, .. } => format!("{} {}", name(mailbox), name(other)),
        DnsData::Exchange { preference, name: to, .. } => format!("{preference} {}", name(to)),
        DnsData::Text { strings, .. } => line([], strings.iter().map(quoted)),
        DnsData::Px { preference, map822, map400 } => {
            format!("{preference} {} {}", name(map822), name(map400))
        }
        DnsData::Rrsig {
            type_covered,
            algorithm,
            labels,
            original_ttl,
            expiration,
            inception,
            key_tag,
            signer,
            signature,
            ..
        } => format!(
            "{type_covered} {algorithm} {labels} {original_ttl} {} {} {key_tag} {} {}",
            date(*expiration),
            date(*inception),
            name(signer),
            STANDARD.encode(signature)
        ),
        DnsData::Dnskey { flags, protocol, algorithm, public_key, .. } => {
            format!("{flags} {protocol} {algorithm} {}", STANDARD.encode(public_key))
        }
        DnsData::Ds { key_tag, algorithm, digest_type, digest, .. } => {
            format!("{key_tag} {algorithm} {digest_type} {}", hex(digest))
        }
        DnsData::Loc {
            size,
            horizontal_precision,
            vertical_precision,
            latitude,
            longitude,
            altitude,
        } => {
            let sizes = [size, horizontal_precision, vertical_precision].map(|size| metres(*size));
            let [size, horizontal, vertical] = sizes;
            let (latitude, longitude) =
                (angle(*latitude, ['N', 'S']), angle(*longitude, ['E', 'W']));
            // RFC 1876, section 2: centimetres from 100 kilometres below.
            let height = i64::from(*altitude).saturating_sub(10_000_000);
            let (sign, height) = (if height < 0 { "-" } else { "" }, height.unsigned_abs());
            format!(
                "{latitude} {longitude} {sign}{}.{:02}m {}m {}m {}m",
                height / 100,
                height % 100,
                size?,
                horizontal?,
                vertical?
            )
        }
        DnsData::Srv { priority, weight, port, target } => {
            format!("{priority} {weight} {port} {}", name(target))
        }
        DnsData::Naptr { order, preference, flags, services, regexp, replacement } => format!(
            "{order} {preference} {} {} {} {}",
            quoted(flags),
            quoted(services),
            quoted(regexp),
            name(replacement)
        ),
        DnsData::Cert { cert_type, key_tag, algorithm, certificate } => {
            format!("{cert_type} {key_tag} {algorithm} {}", STANDARD.encode(certificate))
        }
        DnsData::A6 { prefix_len, suffix, prefix_name } => {
            line([prefix_len.to_string(), suffix.to_string()], prefix_name.iter().map(name))
        }
        DnsData::Apl(prefixes) => {
            let prefixes: Option<Vec<_>> = prefixes.iter().map(|own| prefix(&own)).collect();
            prefixes?.join(" ")
        }
        DnsData::Sshfp { algorithm, fingerprint_type, fingerprint } => {
            format!("{algorithm} {fingerprint_type} {}", hex(fingerprint))
        }
        DnsData::Ipseckey { precedence, algorithm, gateway, public_key } => {
            let (kind, gateway) = match gateway {
                DnsGateway::None => (0, ".".to_owned()),
                DnsGateway::Ipv4(address) => (1, address.to_string()),
                DnsGateway::Ipv6(address) => (2, address.to_string()),
                DnsGateway::Name(own) => (3, name(own)),
            };
            format!("{precedence} {kind} {algorithm} {gateway} {}", STANDARD.encode(public_key))
        }
        DnsData::Nsec { next, types } => line([name(next)], types.iter()),
        DnsData::Nsec3 { algorithm, flags, iterations, salt, next_hash, types } => {
            let front = format!("{algorithm} {flags} {iterations} {}", salted(salt));
            list([front, Base32Hex(next_hash).to_string().to_uppercase()], *types)
        }
        DnsData::Nsec3param { algorithm, flags, iterations, salt } => {
            format!("{algorithm} {flags} {iterations} {}", salted(salt))
        }
        DnsData::Tlsa { usage, selector, matching_type, data, .. } => {
            format!("{usage} {selector} {matching_type} {}", hex(data))
        }
        DnsData::Hip { algorithm, hit, public_key, servers } => {
            let front = format!("{algorithm} {}", hex(hit));
            line([front, STANDARD.encode(public_key)], servers.iter().map(|own| name(&own)))
        }
        DnsData::Csync { serial, flags, types } => {
            list([serial.to_string(), flags.to_string()], *types)
        }
        DnsData::Zonemd { serial, scheme, hash_algorithm, digest } => {
            format!("{serial} {scheme} {hash_algorithm} {}", hex(digest))
        }
        DnsData::Svcb { priority, target, params, .. } => {
            let params: Result<Vec<_>, _> = params.clone().collect();
            line([priority.to_string(), name(target)], params.ok()?.iter().map(param))
        }
        DnsData::Ilnp64 { preference, value, .. } => {
            let parts = [48, 32, 16, 0].map(|shift| format!("{:x}", value >> shift & 0xffff));
            format!("{preference} {}", parts.join(":"))
        }
        DnsData::L32 { preference, locator } => format!("{preference} {locator}"),
        DnsData::Eui48(bytes) => address(bytes),
        DnsData::Eui64(bytes) => address(bytes),
        DnsData::Uri { priority, weight, target } => {
            format!("{priority} {weight} {}", quoted(target))
        }
        DnsData::Caa { flags, tag, value } => {
            format!("{flags} {} {}", String::from_utf8_lossy(tag), quoted(value))
        }
        _ => return None,
    })
}

/// Words with spaces between them.
fn line<const N: usize>(front: [String; N], rest: impl Iterator<Item = impl Display>) -> String {
    let rest = rest.map(|word| word.to_string());
    front.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

fn list<const N: usize>(front: [String; N], types: DnsTypeBitmap<'_>) -> String {
    line(front, types.iter())
}

/// A name up to the root, which a dot stands for.
fn name(name: &DnsName<'_>) -> String {
    let mut text = name.to_string();
    if text != "." {
        text.push('.');
    }
    text
}

/// A string in quotes: RFC 1035, section 5.1.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => _ = write!(text, "\\{byte:03}"),
        }
    }
    text.push('"');
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02X}");
        text
    })
}

/// A salt: RFC 5155, section 3.3.
fn salted(salt: &[u8]) -> String {
    if salt.is_empty() { "-".to_owned() } else { hex(salt) }
}

/// A hardware address: RFC 7043.
fn address(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join("-")
}

/// A time of a signature: RFC 4034, section 3.2.
fn date(seconds: u32) -> String {
    let text = format!("{:.0}", Timestamp::from_secs(seconds.into(), 0));
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Thousandths of a second of arc around 2^31: RFC 1876, section 2.
fn angle(thousandths: u32, [above, below]: [char; 2]) -> String {
    let from_zero = i64::from(thousandths).saturating_sub(1 << 31);
    let (side, all) = (if from_zero < 0 { below } else { above }, from_zero.unsigned_abs());
    let (degrees, minutes) = (all / 3_600_000, all / 60_000 % 60);
    format!("{degrees} {minutes} {}.{:03} {side}", all / 1000 % 60, all % 1000)
}

/// A digit and how many zeros, in centimetres. `None` if either is more than nine.
fn metres(size: u8) -> Option<String> {
    let (digit, zeros) = (u64::from(size >> 4), u32::from(size & 15));
    if digit > 9 || zeros > 9 {
        return None;
    }
    let centimetres = digit.saturating_mul(10_u64.saturating_pow(zeros));
    let (metres, rest) = (centimetres / 100, centimetres % 100);
    Some(if rest == 0 { metres.to_string() } else { format!("{metres}.{rest:02}") })
}

/// A prefix of addresses: RFC 3123, section 5.
fn prefix(prefix: &DnsPrefix<'_>) -> Option<String> {
    let mut bytes = [0; 16];
    bytes.get_mut(..prefix.address.len())?.copy_from_slice(prefix.address);
    let address = match prefix.family {
        1 if prefix.address.len() <= 4 => {
            let [a, b, c, d, ..] = bytes;
            std::net::Ipv4Addr::new(a, b, c, d).to_string()
        }
        2 => std::net::Ipv6Addr::from(bytes).to_string(),
        _ => return None,
    };
    let not = if prefix.is_negated { "!" } else { "" };
    Some(format!("{not}{}:{address}/{}", prefix.family, prefix.prefix))
}

/// A parameter of a service: RFC 9460, section 2.1.
fn param(param: &SvcParam<'_>) -> String {
    match *param {
        SvcParam::Mandatory(keys) => {
            let keys = keys.iter().map(|key| key_name(u16::from_be_bytes(*key)));
            format!("mandatory={}", keys.collect::<Vec<_>>().join(","))
        }
        SvcParam::Alpn(strings) => {
            // Appendix A.1: a comma inside of a value has a backslash, which the quotes double.
            let escaped = strings.iter().map(|string| {
                let escaped = string.iter().flat_map(|byte| {
                    let escape = matches!(byte, b',' | b'\\').then_some(b'\\');
                    escape.into_iter().chain([*byte])
                });
                escaped.collect::<Vec<u8>>()
            });
            format!("alpn={}", quoted(&escaped.collect::<Vec<_>>().join(&b',')))
        }
        SvcParam::NoDefaultAlpn => "no-default-alpn".to_owned(),
        SvcParam::Port(port) => format!("port={port}"),
        SvcParam::Ipv4Hint(hints) => {
            let hints = hints.iter().map(|hint| std::net::Ipv4Addr::from(*hint).to_string());
            format!("ipv4hint={}", hints.collect::<Vec<_>>().join(","))
        }
        SvcParam::Ipv6Hint(hints) => {
            let hints = hints.iter().map(|hint| std::net::Ipv6Addr::from(*hint).to_string());
            format!("ipv6hint={}", hints.collect::<Vec<_>>().join(","))
        }
        SvcParam::Ech(value) => format!("ech={}", STANDARD.encode(value)),
        SvcParam::DohPath(value) => format!("dohpath={}", quoted(value)),
        SvcParam::OdohConfig(value) => format!("key32769={}", quoted(value)),
        SvcParam::Unknown { key, value: [] } => key_name(key),
        SvcParam::Unknown { key, value } => format!("{}={}", key_name(key), quoted(value)),
        _ => key_name(param.key()),
    }
}

/// What a parameter is called: RFC 9460, section 14.3.2.
fn key_name(key: u16) -> String {
    const NAMES: [&str; 8] =
        ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"];
    NAMES.get(usize::from(key)).map_or_else(|| format!("key{key}"), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use rheos_layers::{DnsMessage, DnsType};

    use super::*;

    /// A record of the root, with bytes in hexadecimal.
    #[track_caller]
    fn check(record_type: DnsType, bytes: &str, expected: &str) {
        let bytes: String = bytes.split_whitespace().collect();
        let pairs = (0..bytes.len()).step_by(2).map(|at| &bytes[at..at + 2]);
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let head = [0, 7, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0];
        let kind = record_type.0.to_be_bytes();
        let message = [&head[..], &kind, &[0, 1, 0, 0, 0, 60], &length, &bytes].concat();
        let message = DnsMessage::parse(&message).unwrap();
        let record = message.answers().next().unwrap().unwrap();
        assert_eq!(presentation(&record), expected);
    }

    // RFC 4034: the examples of sections 4.3 and 5.4.
    #[test]
    fn records_of_dnssec_are_those_of_their_rfc() {
        let next = "04686f7374 076578616d706c65 03636f6d 00";
        let types = format!("0006 400100000003 041b {} 20", "00".repeat(26));
        let expected = "host.example.com. A MX RRSIG NSEC TYPE1234";
        check(DnsType::NSEC, &format!("{next} {types}"), expected);
        check(
            DnsType::DS,
            "ec45 05 01 2BB183AF5F22588179A53B0A98631FAD1A292118",
            "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
        );
        // RFC 5155, appendix A: the first record of the zone.
        check(
            DnsType::NSEC3,
            "01 01 000c 04 aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0007 2201000000 0290",
            "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM",
        );
        check(DnsType::NSEC3PARAM, "01 00 0000 00", "1 0 0 -");
        // RFC 4034, section 3.3, but for the signature, of which there are three bytes.
        check(
            DnsType::RRSIG,
            "0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 076578616d706c65 03636f6d 00 a090 75",
            "A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
        );
        // Section 2.3, of whose key there are three bytes.
        check(DnsType::DNSKEY, "0100 03 05 010309", "256 3 5 AQMJ");
    }

    // RFC 9460, appendix D.2.
    #[test]
    fn services_are_bound_as_in_the_test_vectors() {
        let foo = "03666f6f 076578616d706c65 03636f6d 00";
        check(DnsType::HTTPS, &format!("0000 {foo}"), "0 foo.example.com.");
        check(DnsType::SVCB, "0001 00", "1 .");
        check(DnsType::SVCB, &format!("0010 {foo} 0003 0002 0035"), "16 foo.example.com. port=53");
        let key = format!("0001 {foo} 029b 0009 68656c6c6fd2716f6f");
        check(DnsType::SVCB, &key, "1 foo.example.com. key667=\"hello\\210qoo\"");
        let hints = "0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001";
        let text = "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1";
        check(DnsType::SVCB, &format!("0001 {foo} {hints}"), text);
        let org = "03666f6f 076578616d706c65 036f7267 00";
        let many = "0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201";
        let text =
            "16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1";
        check(DnsType::SVCB, &format!("0010 {org} {many}"), text);
        let comma = "0001 000c 08 665c6f6f2c626172 02 6832";
        let text = "16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"";
        check(DnsType::SVCB, &format!("0010 {org} {comma}"), text);
    }

    // RFC 8659 section 4.1.1, RFC 6698 section 2.3, RFC 4255 section 3.2, RFC 7043, RFC 6742 section 2,
    // RFC 7553 section 4.4, RFC 3403 section 6.2, RFC 1876 section 4, RFC 3123 section 5.
    #[test]
    fn others_are_those_of_their_rfcs() {
        check(
            DnsType::CAA,
            "00 05 6973737565 6361312e6578616d706c652e6e6574",
            "0 issue \"ca1.example.net\"",
        );
        check(DnsType::TLSA, "00 00 01 d2abde240d7cd3ee", "0 0 1 D2ABDE240D7CD3EE");
        check(DnsType::SSHFP, "02 01 123456789abcdef6", "2 1 123456789ABCDEF6");
        check(DnsType::EUI48, "00005e00532a", "00-00-5e-00-53-2a");
        check(DnsType::L64, "000a 20010db811401000", "10 2001:db8:1140:1000");
        check(DnsType::L32, "000a 0a010200", "10 10.1.2.0");
        check(DnsType::URI, "000a 0001 6674703a2f2f78", "10 1 \"ftp://x\"");
        check(
            DnsType::NAPTR,
            "0064 0032 01 73 08 687474702b493252 00 05 5f68747470 00",
            "100 50 \"s\" \"http+I2R\" \"\" _http.",
        );
        // cambridge-net.kei.com: 42 21 54 N 71 06 18 W -24m 30m
        check(
            DnsType::LOC,
            "00 33 16 13 89172dd0 70be15f0 00988d20",
            "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
        );
        check(
            DnsType::APL,
            "0001 15 03 c0a820 0001 1c 83 c0a826",
            "1:192.168.32.0/21 !1:192.168.38.0/28",
        );
        check(DnsType::HINFO, "03 564158 04 554e4958", "\"VAX\" \"UNIX\"");
        check(DnsType::TXT, "03 612262 02 0a7a", "\"a\\\"b\" \"\\010z\"");
    }

    // RFC 3597, section 5; and data that has not the form of its type.
    #[test]
    fn what_has_no_form_is_a_length_and_bytes() {
        check(DnsType(62347), "", "\\# 0");
        check(DnsType(731), "abcdef 01 23 45", "\\# 6 ABCDEF012345");
        check(DnsType::DS, "ec45", "\\# 2 EC45");
    }
}
