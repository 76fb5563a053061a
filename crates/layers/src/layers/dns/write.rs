//! Messages that are written: names compressed where that is allowed.

use std::collections::HashMap;

use zerocopy::IntoBytes;
use zerocopy::network_endian::U16;

use super::{DnsData, DnsGateway, DnsHeader, DnsName, DnsQuestion, DnsResource, DnsType};
use crate::layers::{dns, llmnr, mdns};
use crate::{Encode, EncodeError, Protocol};

/// What carries a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DnsCarrier {
    /// A datagram of DNS.
    #[default]
    Datagram,
    /// A stream of DNS: the length of the message stands before it.
    Stream,
    /// A datagram of multicast DNS.
    Multicast,
    /// A datagram of link-local name resolution.
    LinkLocal,
}

/// A message to be written. The counts in the header are those of the slices.
#[derive(Clone, Debug, Default)]
pub struct DnsBuilder<'a> {
    pub carrier: DnsCarrier,
    pub header: DnsHeader,
    pub questions: &'a [DnsQuestion<'a>],
    pub answers: &'a [DnsResource<'a>],
    pub authorities: &'a [DnsResource<'a>],
    pub additionals: &'a [DnsResource<'a>],
}

impl Encode for DnsBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        match self.carrier {
            DnsCarrier::Datagram | DnsCarrier::Stream => &dns::PROTOCOL,
            DnsCarrier::Multicast => &mdns::PROTOCOL,
            DnsCarrier::LinkLocal => &llmnr::PROTOCOL,
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let is_stream = self.carrier == DnsCarrier::Stream;
        let length_at = out.len();
        if is_stream {
            out.extend([0; 2]);
        }
        let start = out.len();
        let header = DnsHeader {
            question_count: fit("QDCOUNT", self.questions.len())?,
            answer_count: fit("ANCOUNT", self.answers.len())?,
            authority_count: fit("NSCOUNT", self.authorities.len())?,
            additional_count: fit("ARCOUNT", self.additionals.len())?,
            ..self.header
        };
        out.extend_from_slice(header.as_bytes());
        let mut writer = Writer { out, start, names: HashMap::new() };
        for question in self.questions {
            writer.name(&question.name, true);
            writer.u16(question.question_type.0);
            writer.u16(question.class.0);
        }
        let sections = [self.answers, self.authorities, self.additionals];
        sections.into_iter().flatten().try_for_each(|resource| writer.resource(resource))?;
        if is_stream {
            let length: U16 = fit("length", out.len().saturating_sub(start))?;
            let place = out.get_mut(length_at..start).unwrap_or_default();
            place.copy_from_slice(&length.to_bytes());
        }
        Ok(())
    }
}

pub(super) fn fit(field: &'static str, value: usize) -> Result<U16, EncodeError> {
    let error = EncodeError::TooLarge { layer: dns::PROTOCOL.name, field, value: value as u64 };
    u16::try_from(value).map(U16::new).map_err(|_| error)
}

/// The data of a record as it is on the wire, on its own.
pub(super) fn data_bytes(data: &DnsData<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    Writer { out: &mut out, start: 0, names: HashMap::new() }.data(data)?;
    Ok(out)
}

/// Bytes of a message, and where names are in it.
struct Writer<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    /// The tails of names, without compression, and their places in the message.
    names: HashMap<Vec<u8>, u16>,
}

impl Writer<'_> {
    fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    fn u16(&mut self, value: u16) {
        self.out.extend(value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.out.extend(value.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn string(&mut self, field: &'static str, bytes: &[u8]) -> Result<(), EncodeError> {
        let too_large =
            EncodeError::TooLarge { layer: dns::PROTOCOL.name, field, value: bytes.len() as u64 };
        self.u8(u8::try_from(bytes.len()).map_err(|_| too_large)?);
        self.bytes(bytes);
        Ok(())
    }

    fn long_string(&mut self, field: &'static str, bytes: &[u8]) -> Result<(), EncodeError> {
        self.bytes(&fit(field, bytes.len())?.to_bytes());
        self.bytes(bytes);
        Ok(())
    }

    /// RFC 3597, section 4: only names that every reader knows of may be compressed.
    fn name(&mut self, name: &DnsName<'_>, may_compress: bool) {
        let mut whole = Vec::with_capacity(name.len());
        name.append_to(&mut whole);
        let mut rest = &whole[..];
        // The root ends the loop: it has no tail to point to.
        while let Some((length, behind)) = rest.split_first().filter(|(length, _)| **length > 0) {
            if let Some(place) = self.names.get(rest).filter(|_| may_compress) {
                return self.u16(0xc000 | place);
            }
            let here = self.out.len().saturating_sub(self.start);
            if let Some(place) = u16::try_from(here).ok().filter(|place| *place < 0x4000) {
                self.names.entry(rest.to_vec()).or_insert(place);
            }
            let (label, tail) = behind.split_at_checked(usize::from(*length)).unwrap_or_default();
            self.u8(*length);
            self.bytes(label);
            rest = tail;
        }
        self.u8(0);
    }

    fn resource(&mut self, resource: &DnsResource<'_>) -> Result<(), EncodeError> {
        self.name(&resource.name, true);
        self.u16(resource.data.record_type().0);
        self.u16(resource.class.0);
        self.u32(resource.ttl);
        let length_at = self.out.len();
        self.u16(0);
        let data_at = self.out.len();
        self.data(&resource.data)?;
        let length = fit("RDLENGTH", self.out.len().saturating_sub(data_at))?;
        let place = self.out.get_mut(length_at..data_at).unwrap_or_default();
        place.copy_from_slice(&length.to_bytes());
        Ok(())
    }

    #[allow(clippy::too_many_lines, reason = "a table: a few lines a type")]
    fn data(&mut self, data: &DnsData<'_>) -> Result<(), EncodeError> {
        match data {
            DnsData::A(address) => self.bytes(&address.octets()),
            DnsData::Aaaa(address) => self.bytes(&address.octets()),
            DnsData::Name { record_type, name } => self.name(name, is_well_known(*record_type)),
            DnsData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
                self.name(mname, true);
                self.name(rname, true);
                [serial, refresh, retry, expire, minimum].iter().for_each(|n| self.u32(**n));
            }
            DnsData::Wks { address, protocol, bits } => {
                self.bytes(&address.octets());
                self.u8(*protocol);
                self.bytes(bits);
            }
            DnsData::Hinfo { cpu, os } => {
                self.string("CPU", cpu)?;
                self.string("OS", os)?;
            }
            DnsData::Mailbox { record_type, mailbox, other } => {
                self.name(mailbox, is_well_known(*record_type));
                self.name(other, is_well_known(*record_type));
            }
            DnsData::Exchange { record_type, preference, name } => {
                self.u16(*preference);
                self.name(name, is_well_known(*record_type));
            }
            DnsData::Text { strings, .. } => self.bytes(strings.0),
            DnsData::Px { preference, map822, map400 } => {
                self.u16(*preference);
                self.name(map822, false);
                self.name(map400, false);
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
            } => {
                self.u16(type_covered.0);
                self.bytes(&[*algorithm, *labels]);
                [original_ttl, expiration, inception].iter().for_each(|n| self.u32(**n));
                self.u16(*key_tag);
                self.name(signer, false);
                self.bytes(signature);
            }
            DnsData::Dnskey { flags, protocol, algorithm, public_key, .. } => {
                self.u16(*flags);
                self.bytes(&[*protocol, *algorithm]);
                self.bytes(public_key);
            }
            DnsData::Ds { key_tag, algorithm, digest_type, digest, .. } => {
                self.u16(*key_tag);
                self.bytes(&[*algorithm, *digest_type]);
                self.bytes(digest);
            }
            DnsData::Loc {
                size,
                horizontal_precision,
                vertical_precision,
                latitude,
                longitude,
                altitude,
            } => {
                self.bytes(&[0, *size, *horizontal_precision, *vertical_precision]);
                [latitude, longitude, altitude].iter().for_each(|n| self.u32(**n));
            }
            DnsData::Nxt { next, types } => {
                self.name(next, false);
                self.bytes(types);
            }
            DnsData::Srv { priority, weight, port, target } => {
                [priority, weight, port].iter().for_each(|n| self.u16(**n));
                self.name(target, false);
            }
            DnsData::Naptr { order, preference, flags, services, regexp, replacement } => {
                self.u16(*order);
                self.u16(*preference);
                self.string("FLAGS", flags)?;
                self.string("SERVICES", services)?;
                self.string("REGEXP", regexp)?;
                self.name(replacement, false);
            }
            DnsData::Cert { cert_type, key_tag, algorithm, certificate } => {
                self.u16(*cert_type);
                self.u16(*key_tag);
                self.u8(*algorithm);
                self.bytes(certificate);
            }
            DnsData::A6 { prefix_len, suffix, prefix_name } => {
                let bits = 128_u8.saturating_sub(*prefix_len);
                let octets = suffix.octets();
                let from = octets.len().saturating_sub(bits.div_ceil(8).into());
                self.u8(*prefix_len);
                self.bytes(octets.get(from..).unwrap_or_default());
                prefix_name.iter().for_each(|name| self.name(name, false));
            }
            DnsData::Opt(options) => self.bytes(options.as_bytes()),
            DnsData::Apl(prefixes) => self.bytes(prefixes.0),
            DnsData::Sshfp { algorithm, fingerprint_type, fingerprint } => {
                self.bytes(&[*algorithm, *fingerprint_type]);
                self.bytes(fingerprint);
            }
            DnsData::Ipseckey { precedence, algorithm, gateway, public_key } => {
                let kind = match gateway {
                    DnsGateway::None => 0,
                    DnsGateway::Ipv4(_) => 1,
                    DnsGateway::Ipv6(_) => 2,
                    DnsGateway::Name(_) => 3,
                };
                self.bytes(&[*precedence, kind, *algorithm]);
                match gateway {
                    DnsGateway::None => {}
                    DnsGateway::Ipv4(address) => self.bytes(&address.octets()),
                    DnsGateway::Ipv6(address) => self.bytes(&address.octets()),
                    DnsGateway::Name(name) => self.name(name, false),
                }
                self.bytes(public_key);
            }
            DnsData::Nsec { next, types } => {
                self.name(next, false);
                self.bytes(types.0);
            }
            DnsData::Nsec3 { algorithm, flags, iterations, salt, next_hash, types } => {
                self.bytes(&[*algorithm, *flags]);
                self.u16(*iterations);
                self.string("Salt", salt)?;
                self.string("Next Hashed Owner Name", next_hash)?;
                self.bytes(types.0);
            }
            DnsData::Nsec3param { algorithm, flags, iterations, salt } => {
                self.bytes(&[*algorithm, *flags]);
                self.u16(*iterations);
                self.string("Salt", salt)?;
            }
            DnsData::Tlsa { usage, selector, matching_type, data, .. } => {
                self.bytes(&[*usage, *selector, *matching_type]);
                self.bytes(data);
            }
            DnsData::Hip { algorithm, hit, public_key, servers } => {
                let hit_len = u8::try_from(hit.len()).map_err(|_| EncodeError::TooLarge {
                    layer: dns::PROTOCOL.name,
                    field: "HIT length",
                    value: hit.len() as u64,
                })?;
                self.bytes(&[hit_len, *algorithm]);
                self.bytes(&fit("PK length", public_key.len())?.to_bytes());
                self.bytes(hit);
                self.bytes(public_key);
                servers.iter().for_each(|name| self.name(&name, false));
            }
            DnsData::Csync { serial, flags, types } => {
                self.u32(*serial);
                self.u16(*flags);
                self.bytes(types.0);
            }
            DnsData::Zonemd { serial, scheme, hash_algorithm, digest } => {
                self.u32(*serial);
                self.bytes(&[*scheme, *hash_algorithm]);
                self.bytes(digest);
            }
            DnsData::Svcb { priority, target, params, .. } => {
                self.u16(*priority);
                self.name(target, false);
                self.bytes(params.as_bytes());
            }
            DnsData::Ilnp64 { preference, value, .. } => {
                self.u16(*preference);
                self.bytes(&value.to_be_bytes());
            }
            DnsData::L32 { preference, locator } => {
                self.u16(*preference);
                self.bytes(&locator.octets());
            }
            DnsData::Eui48(address) => self.bytes(address),
            DnsData::Eui64(address) => self.bytes(address),
            DnsData::Tkey { algorithm, inception, expiration, mode, error, key, other } => {
                self.name(algorithm, false);
                self.u32(*inception);
                self.u32(*expiration);
                self.u16(*mode);
                self.u16(*error);
                self.long_string("Key Size", key)?;
                self.long_string("Other Size", other)?;
            }
            DnsData::Tsig { algorithm, time_signed, fudge, mac, original_id, error, other } => {
                self.name(algorithm, false);
                let [0, 0, time @ ..] = time_signed.to_be_bytes() else {
                    let (layer, value) = (dns::PROTOCOL.name, *time_signed);
                    return Err(EncodeError::TooLarge { layer, field: "Time Signed", value });
                };
                self.bytes(&time);
                self.u16(*fudge);
                self.long_string("MAC Size", mac)?;
                self.u16(*original_id);
                self.u16(*error);
                self.long_string("Other Len", other)?;
            }
            DnsData::Uri { priority, weight, target } => {
                self.u16(*priority);
                self.u16(*weight);
                self.bytes(target);
            }
            DnsData::Caa { flags, tag, value } => {
                self.u8(*flags);
                self.string("Tag Length", tag)?;
                self.bytes(value);
            }
            DnsData::Wins { mapping_flag, lookup_timeout, cache_timeout, servers } => {
                [mapping_flag, lookup_timeout, cache_timeout].iter().for_each(|n| self.u32(**n));
                self.u32(u32::try_from(servers.len()).unwrap_or(u32::MAX));
                self.bytes(servers.as_flattened());
            }
            DnsData::WinsReverse { mapping_flag, lookup_timeout, cache_timeout, domain } => {
                [mapping_flag, lookup_timeout, cache_timeout].iter().for_each(|n| self.u32(**n));
                self.name(domain, false);
            }
            DnsData::Unknown { data, .. } => self.bytes(data),
        }
        Ok(())
    }
}

/// Whether a type is one of RFC 1035: its names may be compressed.
fn is_well_known(record_type: DnsType) -> bool {
    record_type.0 <= DnsType::TXT.0
}
