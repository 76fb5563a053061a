//! The data of records as master files have it: RFC 1035, section 5.1, and the RFC of each type.

use std::fmt::{self, Display, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use rheos_core::Timestamp;

use super::data_parts::Base64;
use super::write::data_bytes;
use super::{Base32Hex, DnsData, DnsGateway, DnsName, DnsPrefix, DnsTypeBitmap, SvcParam};

impl Display for DnsData<'_> {
    /// Writes what stands behind the type in a master file, on one line and in the order of its RFC.
    /// Data of another form than its type has, or of a type without one, is written as RFC 3597 has
    /// it, without compression.
    ///
    /// ```
    /// use rheos_layers::{DnsData, DnsName, DnsType};
    ///
    /// let name = DnsName::parse(b"\x04mail\x07example\0")?;
    /// let data = DnsData::Exchange { record_type: DnsType::MX, preference: 10, name };
    /// assert_eq!(data.to_string(), "10 mail.example.");
    /// let data = DnsData::Unknown { record_type: DnsType(731), data: b"\xab\xcd\xef" };
    /// assert_eq!(data.to_string(), "\\# 3 ABCDEF");
    /// # Ok::<(), rheos_layers::Malformed>(())
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(words) = words(self) {
            return f.pad(&words);
        }
        let bytes = data_bytes(self).map_err(|_| fmt::Error)?;
        write!(f, "\\# {}", bytes.len())?;
        if bytes.is_empty() { Ok(()) } else { write!(f, " {}", hex(&bytes)) }
    }
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
            Base64(signature)
        ),
        DnsData::Dnskey { flags, protocol, algorithm, public_key, .. } => {
            format!("{flags} {protocol} {algorithm} {}", Base64(public_key))
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
            format!("{cert_type} {key_tag} {algorithm} {}", Base64(certificate))
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
            format!("{precedence} {kind} {algorithm} {gateway} {}", Base64(public_key))
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
            line([front, Base64(public_key).to_string()], servers.iter().map(|own| name(&own)))
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
            Ipv4Addr::new(a, b, c, d).to_string()
        }
        2 => Ipv6Addr::from(bytes).to_string(),
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
            let hints = hints.iter().map(|hint| Ipv4Addr::from(*hint).to_string());
            format!("ipv4hint={}", hints.collect::<Vec<_>>().join(","))
        }
        SvcParam::Ipv6Hint(hints) => {
            let hints = hints.iter().map(|hint| Ipv6Addr::from(*hint).to_string());
            format!("ipv6hint={}", hints.collect::<Vec<_>>().join(","))
        }
        SvcParam::Ech(value) => format!("ech={}", Base64(value)),
        SvcParam::DohPath(value) => format!("dohpath={}", quoted(value)),
        SvcParam::OdohConfig(value) => format!("key32769={}", quoted(value)),
        SvcParam::Unknown { key, value: [] } => key_name(key),
        SvcParam::Unknown { key, value } => format!("{}={}", key_name(key), quoted(value)),
    }
}

/// What a parameter is called: RFC 9460, section 14.3.2.
fn key_name(key: u16) -> String {
    const NAMES: [&str; 8] =
        ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"];
    NAMES.get(usize::from(key)).map_or_else(|| format!("key{key}"), |name| (*name).to_owned())
}
