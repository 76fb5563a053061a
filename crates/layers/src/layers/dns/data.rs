//! What records hold, type by type.

use std::net::{Ipv4Addr, Ipv6Addr};

use dns_parser::rdata::RData;

use super::edns::EdnsOptions;
use super::lists::{DnsNames, DnsPrefixes, DnsStrings, DnsTypeBitmap, Reader};
use super::svcb::SvcParams;
use super::{DnsName, DnsType};

/// The data of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[rustfmt::skip] // a line a type, to be read as a table
pub enum DnsData<'a> {
    /// A: an IPv4 address.
    A(Ipv4Addr),
    /// AAAA: an IPv6 address.
    Aaaa(Ipv6Addr),
    /// NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME, ANAME: a name.
    Name { record_type: DnsType, name: DnsName<'a> },
    /// SOA: the start of a zone of authority.
    Soa { mname: DnsName<'a>, rname: DnsName<'a>, serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 },
    /// WKS: services of an address; the bits are ports, the first bit of a byte the lowest.
    Wks { address: Ipv4Addr, protocol: u8, bits: &'a [u8] },
    /// HINFO: hardware and operating system of a host.
    Hinfo { cpu: &'a [u8], os: &'a [u8] },
    /// MINFO, RP: two names, the first of a mailbox.
    Mailbox { record_type: DnsType, mailbox: DnsName<'a>, other: DnsName<'a> },
    /// MX, AFSDB, RT, KX, LP: a name with a preference or subtype.
    Exchange { record_type: DnsType, preference: u16, name: DnsName<'a> },
    /// TXT, SPF, X25, ISDN, GPOS: strings of up to 255 bytes.
    Text { record_type: DnsType, strings: DnsStrings<'a> },
    /// PX: X.400 mapping.
    Px { preference: u16, map822: DnsName<'a>, map400: DnsName<'a> },
    /// RRSIG, SIG: a signature of records; times are seconds since 1970.
    Rrsig { record_type: DnsType, type_covered: DnsType, algorithm: u8, labels: u8, original_ttl: u32, expiration: u32, inception: u32, key_tag: u16, signer: DnsName<'a>, signature: &'a [u8] },
    /// DNSKEY, CDNSKEY, KEY: a key.
    Dnskey { record_type: DnsType, flags: u16, protocol: u8, algorithm: u8, public_key: &'a [u8] },
    /// DS, CDS, DLV: the digest of a key.
    Ds { record_type: DnsType, key_tag: u16, algorithm: u8, digest_type: u8, digest: &'a [u8] },
    /// LOC: a place; sizes and precisions are 4 bits of digit and 4 of exponent, in centimetres.
    Loc { size: u8, horizontal_precision: u8, vertical_precision: u8, latitude: u32, longitude: u32, altitude: u32 },
    /// NXT: the next name, and which types there are, the first bit of a byte the lowest.
    Nxt { next: DnsName<'a>, types: &'a [u8] },
    /// SRV: where a service is.
    Srv { priority: u16, weight: u16, port: u16, target: DnsName<'a> },
    /// NAPTR: a rule to rewrite names.
    Naptr { order: u16, preference: u16, flags: &'a [u8], services: &'a [u8], regexp: &'a [u8], replacement: DnsName<'a> },
    /// CERT: a certificate.
    Cert { cert_type: u16, key_tag: u16, algorithm: u8, certificate: &'a [u8] },
    /// A6: a part of an IPv6 address, and the name of the other part, if there is one.
    A6 { prefix_len: u8, suffix: Ipv6Addr, prefix_name: Option<DnsName<'a>> },
    /// OPT: options of EDNS.
    Opt(EdnsOptions<'a>),
    /// APL: address prefixes.
    Apl(DnsPrefixes<'a>),
    /// SSHFP: the fingerprint of an SSH key.
    Sshfp { algorithm: u8, fingerprint_type: u8, fingerprint: &'a [u8] },
    /// IPSECKEY: a key, and the gateway to use it with.
    Ipseckey { precedence: u8, algorithm: u8, gateway: DnsGateway<'a>, public_key: &'a [u8] },
    /// NSEC: the next name, and which types there are.
    Nsec { next: DnsName<'a>, types: DnsTypeBitmap<'a> },
    /// NSEC3: the next hashed name, and which types there are.
    Nsec3 { algorithm: u8, flags: u8, iterations: u16, salt: &'a [u8], next_hash: &'a [u8], types: DnsTypeBitmap<'a> },
    /// NSEC3PARAM: how names are hashed.
    Nsec3param { algorithm: u8, flags: u8, iterations: u16, salt: &'a [u8] },
    /// TLSA, SMIMEA: what a certificate must match.
    Tlsa { record_type: DnsType, usage: u8, selector: u8, matching_type: u8, data: &'a [u8] },
    /// HIP: an identity of a host; behind it the names of rendezvous servers.
    Hip { algorithm: u8, hit: &'a [u8], public_key: &'a [u8], servers: DnsNames<'a> },
    /// CSYNC: what a parent is to copy from a child.
    Csync { serial: u32, flags: u16, types: DnsTypeBitmap<'a> },
    /// ZONEMD: the digest of a zone.
    Zonemd { serial: u32, scheme: u8, hash_algorithm: u8, digest: &'a [u8] },
    /// SVCB, HTTPS: how to reach a service.
    Svcb { record_type: DnsType, priority: u16, target: DnsName<'a>, params: SvcParams<'a> },
    /// NID, L64: 64 bits with a preference.
    Ilnp64 { record_type: DnsType, preference: u16, value: u64 },
    /// L32: 32 bits with a preference.
    L32 { preference: u16, locator: Ipv4Addr },
    /// EUI48: a hardware address.
    Eui48([u8; 6]),
    /// EUI64: a hardware address.
    Eui64([u8; 8]),
    /// TKEY: how to agree on a key; times are seconds since 1970.
    Tkey { algorithm: DnsName<'a>, inception: u32, expiration: u32, mode: u16, error: u16, key: &'a [u8], other: &'a [u8] },
    /// TSIG: who sent this; the time is seconds since 1970, 48 bits.
    Tsig { algorithm: DnsName<'a>, time_signed: u64, fudge: u16, mac: &'a [u8], original_id: u16, error: u16, other: &'a [u8] },
    /// URI: a resource.
    Uri { priority: u16, weight: u16, target: &'a [u8] },
    /// CAA: who may issue certificates.
    Caa { flags: u8, tag: &'a [u8], value: &'a [u8] },
    /// WINS: servers that know more names.
    Wins { mapping_flag: u32, lookup_timeout: u32, cache_timeout: u32, servers: &'a [[u8; 4]] },
    /// WINS-R: where to look addresses up.
    WinsReverse { mapping_flag: u32, lookup_timeout: u32, cache_timeout: u32, domain: DnsName<'a> },
    /// Any other type, or data that is not of the form of its type: RFC 3597.
    Unknown { record_type: DnsType, data: &'a [u8] },
}

/// The way to the gateway of an IPSECKEY record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsGateway<'a> {
    /// There is none.
    None,
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// A name.
    Name(DnsName<'a>),
}

impl<'a> DnsData<'a> {
    #[inline]
    pub(super) fn read(record_type: DnsType, message: &'a [u8], at: usize, data: &'a [u8]) -> Self {
        match record_type {
            DnsType::A | DnsType::AAAA | DnsType::TXT => {
                if let Some(known) = by_parser(record_type, data) {
                    return known;
                }
            }
            DnsType::NS
            | DnsType::MD
            | DnsType::MF
            | DnsType::CNAME
            | DnsType::MB
            | DnsType::MG
            | DnsType::MR
            | DnsType::PTR
            | DnsType::NSAP_PTR
            | DnsType::DNAME
            | DnsType::ANAME => {
                if let Ok((name, end)) = DnsName::read(message, at)
                    && end == at.saturating_add(data.len())
                {
                    return Self::Name { record_type, name };
                }
            }
            _ => return Self::read_rare(record_type, message, at, data),
        }
        Self::Unknown { record_type, data }
    }

    fn read_rare(record_type: DnsType, message: &'a [u8], at: usize, data: &'a [u8]) -> Self {
        let mut reader = Reader::new(message, at, data);
        // Data behind the end of its form is unknown, too: nothing is left out silently.
        by_reader(record_type, &mut reader)
            .filter(|_| reader.rest.is_empty() || reader.at == at)
            .unwrap_or(Self::Unknown { record_type, data })
    }
}

/// The types that dns-parser reads as we want them: those without names, since it knows names in
/// ASCII only and without a limit of their length.
fn by_parser(record_type: DnsType, data: &[u8]) -> Option<DnsData<'_>> {
    let known = match record_type {
        DnsType::A => dns_parser::Type::A,
        DnsType::AAAA => dns_parser::Type::AAAA,
        DnsType::TXT => dns_parser::Type::TXT,
        _ => return None,
    };
    match RData::parse(known, data, &[]).ok()? {
        RData::A(address) => Some(DnsData::A(address.0)),
        RData::AAAA(address) => Some(DnsData::Aaaa(address.0)),
        RData::TXT(_) => Some(DnsData::Text { record_type, strings: DnsStrings(data) }),
        _ => None,
    }
}

/// The other types.
#[allow(clippy::too_many_lines, reason = "a table: a line or two a type")]
fn by_reader<'a>(record_type: DnsType, r: &mut Reader<'a>) -> Option<DnsData<'a>> {
    Some(match record_type {
        DnsType::SOA => DnsData::Soa {
            mname: r.name()?,
            rname: r.name()?,
            serial: r.u32()?,
            refresh: r.u32()?,
            retry: r.u32()?,
            expire: r.u32()?,
            minimum: r.u32()?,
        },
        DnsType::WKS => {
            DnsData::Wks { address: r.array::<4>()?.into(), protocol: r.u8()?, bits: r.rest() }
        }
        DnsType::HINFO => DnsData::Hinfo { cpu: r.string()?, os: r.string()? },
        DnsType::MINFO | DnsType::RP => {
            DnsData::Mailbox { record_type, mailbox: r.name()?, other: r.name()? }
        }
        DnsType::MX | DnsType::AFSDB | DnsType::RT | DnsType::KX | DnsType::LP => {
            DnsData::Exchange { record_type, preference: r.u16()?, name: r.name()? }
        }
        DnsType::SPF | DnsType::X25 | DnsType::ISDN | DnsType::GPOS => {
            let strings = r.rest;
            while !r.rest.is_empty() {
                r.string()?;
            }
            DnsData::Text { record_type, strings: DnsStrings(strings) }
        }
        DnsType::PX => DnsData::Px { preference: r.u16()?, map822: r.name()?, map400: r.name()? },
        DnsType::RRSIG | DnsType::SIG => DnsData::Rrsig {
            record_type,
            type_covered: DnsType(r.u16()?),
            algorithm: r.u8()?,
            labels: r.u8()?,
            original_ttl: r.u32()?,
            expiration: r.u32()?,
            inception: r.u32()?,
            key_tag: r.u16()?,
            signer: r.name()?,
            signature: r.rest(),
        },
        DnsType::DNSKEY | DnsType::CDNSKEY | DnsType::KEY => DnsData::Dnskey {
            record_type,
            flags: r.u16()?,
            protocol: r.u8()?,
            algorithm: r.u8()?,
            public_key: r.rest(),
        },
        DnsType::DS | DnsType::CDS | DnsType::DLV => DnsData::Ds {
            record_type,
            key_tag: r.u16()?,
            algorithm: r.u8()?,
            digest_type: r.u8()?,
            digest: r.rest(),
        },
        // RFC 1876: other versions than 0 have another form.
        DnsType::LOC if r.u8()? == 0 => DnsData::Loc {
            size: r.u8()?,
            horizontal_precision: r.u8()?,
            vertical_precision: r.u8()?,
            latitude: r.u32()?,
            longitude: r.u32()?,
            altitude: r.u32()?,
        },
        DnsType::NXT => DnsData::Nxt { next: r.name()?, types: r.rest() },
        DnsType::SRV => {
            DnsData::Srv { priority: r.u16()?, weight: r.u16()?, port: r.u16()?, target: r.name()? }
        }
        DnsType::NAPTR => DnsData::Naptr {
            order: r.u16()?,
            preference: r.u16()?,
            flags: r.string()?,
            services: r.string()?,
            regexp: r.string()?,
            replacement: r.name()?,
        },
        DnsType::CERT => DnsData::Cert {
            cert_type: r.u16()?,
            key_tag: r.u16()?,
            algorithm: r.u8()?,
            certificate: r.rest(),
        },
        DnsType::A6 => {
            let prefix_len = r.u8()?;
            let len = usize::from(128_u8.checked_sub(prefix_len)?.div_ceil(8));
            let mut suffix = [0; 16];
            let from = suffix.len().saturating_sub(len);
            suffix.get_mut(from..)?.copy_from_slice(r.take(len)?);
            let prefix_name = if prefix_len == 0 { None } else { Some(r.name()?) };
            DnsData::A6 { prefix_len, suffix: suffix.into(), prefix_name }
        }
        DnsType::OPT => DnsData::Opt(EdnsOptions::new(r.rest())),
        DnsType::APL => DnsData::Apl(DnsPrefixes(r.rest())),
        DnsType::SSHFP => {
            DnsData::Sshfp { algorithm: r.u8()?, fingerprint_type: r.u8()?, fingerprint: r.rest() }
        }
        DnsType::IPSECKEY => {
            let (precedence, kind, algorithm) = (r.u8()?, r.u8()?, r.u8()?);
            let gateway = match kind {
                0 => DnsGateway::None,
                1 => DnsGateway::Ipv4(r.array::<4>()?.into()),
                2 => DnsGateway::Ipv6(r.array::<16>()?.into()),
                3 => DnsGateway::Name(r.name()?),
                _ => return None,
            };
            DnsData::Ipseckey { precedence, algorithm, gateway, public_key: r.rest() }
        }
        DnsType::NSEC => DnsData::Nsec { next: r.name()?, types: DnsTypeBitmap(r.rest()) },
        DnsType::NSEC3 => DnsData::Nsec3 {
            algorithm: r.u8()?,
            flags: r.u8()?,
            iterations: r.u16()?,
            salt: r.string()?,
            next_hash: r.string()?,
            types: DnsTypeBitmap(r.rest()),
        },
        DnsType::NSEC3PARAM => DnsData::Nsec3param {
            algorithm: r.u8()?,
            flags: r.u8()?,
            iterations: r.u16()?,
            salt: r.string()?,
        },
        DnsType::TLSA | DnsType::SMIMEA => DnsData::Tlsa {
            record_type,
            usage: r.u8()?,
            selector: r.u8()?,
            matching_type: r.u8()?,
            data: r.rest(),
        },
        DnsType::HIP => {
            let (hit_len, algorithm, key_len) = (r.u8()?, r.u8()?, r.u16()?);
            let (hit, public_key) = (r.take(hit_len.into())?, r.take(key_len.into())?);
            DnsData::Hip { algorithm, hit, public_key, servers: r.names() }
        }
        DnsType::CSYNC => {
            DnsData::Csync { serial: r.u32()?, flags: r.u16()?, types: DnsTypeBitmap(r.rest()) }
        }
        DnsType::ZONEMD => DnsData::Zonemd {
            serial: r.u32()?,
            scheme: r.u8()?,
            hash_algorithm: r.u8()?,
            digest: r.rest(),
        },
        DnsType::SVCB | DnsType::HTTPS => DnsData::Svcb {
            record_type,
            priority: r.u16()?,
            target: r.name()?,
            params: SvcParams::new(r.rest()),
        },
        DnsType::NID | DnsType::L64 => DnsData::Ilnp64 {
            record_type,
            preference: r.u16()?,
            value: u64::from_be_bytes(r.array()?),
        },
        DnsType::L32 => DnsData::L32 { preference: r.u16()?, locator: r.array::<4>()?.into() },
        DnsType::EUI48 => DnsData::Eui48(r.array()?),
        DnsType::EUI64 => DnsData::Eui64(r.array()?),
        DnsType::TKEY => DnsData::Tkey {
            algorithm: r.name()?,
            inception: r.u32()?,
            expiration: r.u32()?,
            mode: r.u16()?,
            error: r.u16()?,
            key: r.long_string()?,
            other: r.long_string()?,
        },
        DnsType::TSIG => {
            let algorithm = r.name()?;
            let [a, b, c, d, e, f] = r.array()?;
            DnsData::Tsig {
                algorithm,
                time_signed: u64::from_be_bytes([0, 0, a, b, c, d, e, f]),
                fudge: r.u16()?,
                mac: r.long_string()?,
                original_id: r.u16()?,
                error: r.u16()?,
                other: r.long_string()?,
            }
        }
        DnsType::URI => DnsData::Uri { priority: r.u16()?, weight: r.u16()?, target: r.rest() },
        DnsType::CAA => DnsData::Caa { flags: r.u8()?, tag: r.string()?, value: r.rest() },
        DnsType::WINS => {
            let (mapping_flag, lookup_timeout, cache_timeout) = (r.u32()?, r.u32()?, r.u32()?);
            let len = usize::try_from(r.u32()?).ok()?.checked_mul(4)?;
            let servers = r.take(len)?.as_chunks().0;
            DnsData::Wins { mapping_flag, lookup_timeout, cache_timeout, servers }
        }
        DnsType::WINS_R => DnsData::WinsReverse {
            mapping_flag: r.u32()?,
            lookup_timeout: r.u32()?,
            cache_timeout: r.u32()?,
            domain: r.name()?,
        },
        _ => return None,
    })
}
