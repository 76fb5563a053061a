//! Parts of the data of records that several types have, and their fields.

use std::fmt::{self, Write};

use super::fields::Out;
use super::{DnsPrefix, DnsStrings, DnsType, DnsTypeBitmap};
use crate::Value;

/// Digits of base 32 with the alphabet that keeps the order: RFC 4648, section 7.
const BASE32HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
/// Digits of base 64: RFC 4648, section 4.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Most characters of a hash of 255 bytes in base 32.
pub(super) const MAX_HASH_TEXT: usize = 408;
/// Data that is shown whole.
pub(super) fn whole_fields(len: usize, out: &mut Out<'_, '_>) {
    let data = out.message.get(out.at..).and_then(|rest| rest.get(..len)).unwrap_or_default();
    out.bytes("dns.data", data);
}

pub(super) fn name_field(record_type: DnsType) -> &'static str {
    match record_type {
        DnsType::NS => "dns.ns",
        DnsType::MD => "dns.md",
        DnsType::MF => "dns.mf",
        DnsType::CNAME => "dns.cname",
        DnsType::MB => "dns.mb",
        DnsType::MG => "dns.mg",
        DnsType::MR => "dns.mr",
        DnsType::PTR => "dns.ptr.domain_name",
        DnsType::NSAP_PTR => "dns.nsap_ptr.owner",
        DnsType::ANAME => "dns.aname", // tshark does not know it.
        _ => "dns.dname",
    }
}

pub(super) fn exchange_fields(record_type: DnsType) -> [&'static str; 2] {
    match record_type {
        DnsType::MX => ["dns.mx.preference", "dns.mx.mail_exchange"],
        DnsType::AFSDB => ["dns.afsdb.subtype", "dns.afsdb.hostname"],
        DnsType::RT => ["dns.rt.subtype", "dns.rt.intermediate_host"],
        DnsType::KX => ["dns.kx.preference", "dns.kx.key_exchange"],
        _ => ["dns.ilnp.lp.preference", "dns.ilnp.lp"],
    }
}

pub(super) fn text_fields(record_type: DnsType, strings: DnsStrings<'_>, out: &mut Out<'_, '_>) {
    let names: &[[&'static str; 2]] = match record_type {
        DnsType::TXT => &[["dns.txt.length", "dns.txt"]],
        DnsType::SPF => &[["dns.spf.length", "dns.spf"]],
        DnsType::X25 => &[["dns.x25.length", "dns.x25.psdn_address"]],
        DnsType::ISDN => &[
            ["dns.idsn.length", "dns.idsn.address"],
            ["dns.idsn.sa.length", "dns.idsn.sa.address"],
        ],
        _ => &[
            ["dns.gpos.longitude_length", "dns.gpos.longitude"],
            ["dns.gpos.latitude_length", "dns.gpos.latitude"],
            ["dns.gpos.altitude_length", "dns.gpos.altitude"],
        ],
    };
    for (string, [length, name]) in strings.iter().zip(names.iter().cycle()) {
        out.string(length, name, string);
    }
}

pub(super) fn long_string(
    length: &'static str,
    name: &'static str,
    data: &[u8],
    out: &mut Out<'_, '_>,
) {
    out.value(length, Value::Number(data.len() as u64), 2);
    if !data.is_empty() {
        out.bytes(name, data);
    }
}

pub(super) fn key_flags(flags: u16, out: &mut Out<'_, '_>) {
    let bits = [
        ("dns.key.flags.authentication", 0x8000),
        ("dns.key.flags.confidentiality", 0x4000),
        ("dns.key.flags.required", 0x2000),
        ("dns.key.flags.associated_user", 0x0400),
        ("dns.key.flags.associated_named_entity", 0x0200),
        ("dns.key.flags.ipsec", 0x0080),
        ("dns.key.flags.mime", 0x0040),
    ];
    bits.into_iter().for_each(|(name, bit)| out.flag(name, flags & bit != 0, 2));
    out.here("dns.key.flags.signatory", Value::Number((flags & 15).into()), 2);
    out.u16("dns.key.flags", flags);
}

pub(super) fn dnskey_flags(flags: u16, out: &mut Out<'_, '_>) {
    const RESERVED: u16 = 0xfe7e;
    out.flag("dns.dnskey.flags.zone_key", flags & 0x0100 != 0, 2);
    out.flag("dns.dnskey.flags.key_revoked", flags & 0x0080 != 0, 2);
    out.flag("dns.dnskey.flags.secure_entry_point", flags & 1 != 0, 2);
    let reserved = u64::from((flags & RESERVED) >> RESERVED.trailing_zeros());
    out.here("dns.dnskey.flags.reserved", Value::Number(reserved), 2);
    out.u16("dns.dnskey.flags", flags);
}

pub(super) fn nsec3_fields(
    algorithm: u8,
    flags: u8,
    iterations: u16,
    salt: &[u8],
    has_opt_out: bool,
    out: &mut Out<'_, '_>,
) {
    out.u8("dns.nsec3.algo", algorithm);
    if has_opt_out {
        out.flag("dns.nsec3.flags.opt_out", flags & 1 != 0, 1);
    }
    out.u8("dns.nsec3.flags", flags);
    out.u16("dns.nsec3.iterations", iterations);
    out.u8("dns.nsec3.salt_length", u8::try_from(salt.len()).unwrap_or(u8::MAX));
    out.bytes("dns.nsec3.salt_value", salt);
}

/// Bytes as base 32 with the alphabet that keeps the order, RFC 4648 section 7, without padding: the form of the hash of
/// a name, RFC 5155 section 3.3, in lower case. At most 255 bytes, as many as such a hash has.
///
/// ```
/// // RFC 4648, section 10.
/// assert_eq!(rheos_layers::Base32Hex(b"fooba").to_string(), "cpnmuoj1");
/// assert_eq!(rheos_layers::Base32Hex(b"foob").to_string(), "cpnmuog");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base32Hex<'a>(pub &'a [u8]);

impl fmt::Display for Base32Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(base32hex(self.0, &mut [0; MAX_HASH_TEXT]))
    }
}

/// Bytes as text in base 64: RFC 4648, section 4.
pub(super) struct Base64<'a>(pub(super) &'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.chunks(3) {
            let [a, b, c] = [0, 1, 2].map(|at| chunk.get(at).copied().unwrap_or_default());
            let word = u32::from_be_bytes([0, a, b, c]);
            for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                let digit = usize::try_from(word >> shift & 63).unwrap_or_default();
                let digit = BASE64.get(digit).filter(|_| place <= chunk.len()).unwrap_or(&b'=');
                f.write_char(char::from(*digit))?;
            }
        }
        Ok(())
    }
}

pub(super) fn base32hex<'t>(bytes: &[u8], text: &'t mut [u8; MAX_HASH_TEXT]) -> &'t str {
    let mut digits = text.iter_mut();
    let mut count = 0_usize;
    for chunk in bytes.chunks(5) {
        let word = (0..5).fold(0_u64, |word, at| {
            word << 8 | u64::from(chunk.get(at).copied().unwrap_or_default())
        });
        let len = chunk.len().saturating_mul(8).div_ceil(5);
        for (shift, digit) in [35, 30, 25, 20, 15, 10, 5, 0].into_iter().take(len).zip(&mut digits)
        {
            let value = usize::try_from(word >> shift & 31).unwrap_or_default();
            *digit = BASE32HEX.get(value).copied().unwrap_or_default();
            count = count.saturating_add(1);
        }
    }
    std::str::from_utf8(text.get(..count).unwrap_or_default()).unwrap_or_default()
}

pub(super) fn bitmap_fields(types: DnsTypeBitmap<'_>, out: &mut Out<'_, '_>) {
    let start = out.at;
    for (place, record_type) in types.iter_at() {
        out.at = start.saturating_add(place);
        out.here("dns.resp.type", Value::Number(record_type.0.into()), 1);
    }
}

pub(super) fn prefix_fields(prefix: &DnsPrefix<'_>, out: &mut Out<'_, '_>) {
    let DnsPrefix { family, prefix, is_negated, address } = *prefix;
    out.u16("dns.apl.address_family", family);
    out.u8("dns.apl.coded_prefix", prefix);
    out.flag("dns.apl.negation", is_negated, 1);
    out.value("dns.apl.afdlength", Value::Number(address.len() as u64), 1);
    let value = match family {
        1 => padded::<4>(address).map(|address| Value::Ipv4(address.into())),
        2 => padded::<16>(address).map(|address| Value::Ipv6(address.into())),
        _ => None,
    };
    match value {
        Some(value @ Value::Ipv4(_)) => out.value("dns.apl.afdpart.ipv4", value, address.len()),
        Some(value) => out.value("dns.apl.afdpart.ipv6", value, address.len()),
        None => out.bytes("dns.apl.afdpart.data", address),
    }
}

/// An address without the zeros at its end, with them.
pub(super) fn padded<const N: usize>(address: &[u8]) -> Option<[u8; N]> {
    let mut padded = [0; N];
    padded.get_mut(..address.len())?.copy_from_slice(address);
    Some(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base_64_is_that_of_its_rfc() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Base64(bytes.as_bytes()).to_string(), text);
        }
    }
}
