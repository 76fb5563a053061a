//! Fields of the data of records, under Wireshark's names.

use std::fmt;

use super::data_parts::{
    MAX_HASH_TEXT, base32hex, bitmap_fields, dnskey_flags, exchange_fields, key_flags, long_string,
    name_field, nsec3_fields, prefix_fields, text_fields, whole_fields,
};
use super::fields::Out;
use super::lists::set_bits;
use super::{DnsData, DnsGateway, DnsType};
use super::{edns, svcb};
use crate::Value;

/// The algorithm whose keys have a tag made in another way: RFC 4034, appendix B.1.
const RSA_MD5: u8 = 1;

/// Reports the data that starts at the place of `out`.
#[allow(clippy::too_many_lines, reason = "a table: a few lines a type")]
pub(super) fn fields(data: &DnsData<'_>, out: &mut Out<'_, '_>) {
    match data {
        DnsData::A(address) => out.value("dns.a", Value::Ipv4(*address), 4),
        DnsData::Aaaa(address) => out.value("dns.aaaa", Value::Ipv6(*address), 16),
        DnsData::Name { record_type, name } => out.name(name_field(*record_type), name),
        DnsData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
            out.name("dns.soa.mname", mname);
            out.name("dns.soa.rname", rname);
            out.u32("dns.soa.serial_number", *serial);
            out.u32("dns.soa.refresh_interval", *refresh);
            out.u32("dns.soa.retry_interval", *retry);
            out.u32("dns.soa.expire_limit", *expire);
            out.u32("dns.soa.minimum_ttl", *minimum);
        }
        DnsData::Wks { address, protocol, bits } => {
            out.value("dns.wks.address", Value::Ipv4(*address), 4);
            out.u8("dns.wks.protocol", *protocol);
            for &byte in *bits {
                // Wireshark steps over bytes that name no service.
                let number = Value::Number(byte.into());
                if byte == 0 {
                    out.at = out.at.saturating_add(1);
                } else {
                    out.value("dns.wks.bits", number, 1);
                }
            }
        }
        DnsData::Hinfo { cpu, os } => {
            out.string("dns.hinfo.cpu_length", "dns.hinfo.cpu", cpu);
            out.string("dns.hinfo.os_length", "dns.hinfo.os", os);
        }
        DnsData::Mailbox { record_type, mailbox, other } => {
            let is_rp = *record_type == DnsType::RP;
            out.name(if is_rp { "dns.rp.mailbox" } else { "dns.minfo.r" }, mailbox);
            out.name(if is_rp { "dns.rp.txt_rr" } else { "dns.minfo.e" }, other);
        }
        DnsData::Exchange { record_type, preference, name } => {
            let [preference_field, name_field] = exchange_fields(*record_type);
            out.u16(preference_field, *preference);
            out.name(name_field, name);
        }
        DnsData::Text { record_type, strings } => text_fields(*record_type, *strings, out),
        DnsData::Px { preference, map822, map400 } => {
            out.u16("dns.px.preference", *preference);
            out.name("dns.px.map822", map822);
            out.name("dns.px.map400", map400);
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
            out.u16("dns.rrsig.type_covered", type_covered.0);
            out.u8("dns.rrsig.algorithm", *algorithm);
            out.u8("dns.rrsig.labels", *labels);
            out.u32("dns.rrsig.original_ttl", *original_ttl);
            out.u32("dns.rrsig.signature_expiration", *expiration);
            out.u32("dns.rrsig.signature_inception", *inception);
            out.u16("dns.rrsig.key_tag", *key_tag);
            out.name("dns.rrsig.signers_name", signer);
            out.bytes("dns.rrsig.signature", signature);
        }
        DnsData::Dnskey { record_type, flags, protocol, algorithm, public_key } => {
            let is_key = *record_type == DnsType::KEY;
            let mut key = [u32::from(*flags), u32::from_be_bytes([0, 0, *protocol, *algorithm])]
                .into_iter()
                .fold(0_u32, u32::saturating_add);
            if is_key {
                key_flags(*flags, out);
            } else {
                dnskey_flags(*flags, out);
            }
            let names = if is_key {
                ["dns.key.protocol", "dns.key.algorithm", "dns.key.key_id", "dns.key.public_key"]
            } else {
                [
                    "dns.dnskey.protocol",
                    "dns.dnskey.algorithm",
                    "dns.dnskey.key_id",
                    "dns.dnskey.public_key",
                ]
            };
            out.u8(names[0], *protocol);
            out.u8(names[1], *algorithm);
            for (place, &byte) in public_key.iter().enumerate() {
                let word = if place & 1 == 0 { u32::from(byte) << 8 } else { byte.into() };
                key = key.saturating_add(word);
            }
            let tag = match (*algorithm, *public_key) {
                (RSA_MD5, [.., a, b, _]) => u32::from(u16::from_be_bytes([*a, *b])),
                _ => key.saturating_add(key >> 16) & 0xffff,
            };
            out.here(names[2], Value::Number(tag.into()), 0);
            out.bytes(names[3], public_key);
        }
        DnsData::Ds { key_tag, algorithm, digest_type, digest, .. } => {
            out.u16("dns.ds.key_id", *key_tag);
            out.u8("dns.ds.algorithm", *algorithm);
            out.u8("dns.ds.digest_type", *digest_type);
            out.bytes("dns.ds.digest", digest);
        }
        DnsData::Loc {
            size,
            horizontal_precision,
            vertical_precision,
            latitude,
            longitude,
            altitude,
        } => {
            out.u8("dns.loc.version", 0);
            out.u8("dns.loc.size", *size);
            out.u8("dns.loc.horizontal_precision", *horizontal_precision);
            out.u8("dns.loc.vertical_precision", *vertical_precision);
            out.u32("dns.loc.latitude", *latitude);
            out.u32("dns.loc.longitude", *longitude);
            out.u32("dns.loc.altitude", *altitude);
        }
        DnsData::Nxt { next, types } => {
            out.name("dns.nxt.next_domain_name", next);
            let start = out.at;
            for (place, record_type) in set_bits(types) {
                out.at = start.saturating_add(place);
                out.here("dns.resp.type", Value::Number(record_type.into()), 1);
            }
        }
        DnsData::Srv { priority, weight, port, target } => {
            out.u16("dns.srv.priority", *priority);
            out.u16("dns.srv.weight", *weight);
            out.u16("dns.srv.port", *port);
            out.name("dns.srv.target", target);
        }
        DnsData::Naptr { order, preference, flags, services, regexp, replacement } => {
            out.u16("dns.naptr.order", *order);
            out.u16("dns.naptr.preference", *preference);
            out.string("dns.naptr.flags_length", "dns.naptr.flags", flags);
            out.string("dns.naptr.service_length", "dns.naptr.service", services);
            out.string("dns.naptr.regex_length", "dns.naptr.regex", regexp);
            let len = if replacement.is_root() { 6 } else { replacement.len().saturating_sub(2) };
            out.here("dns.naptr.replacement_length", Value::Number(len as u64), 0);
            out.name("dns.naptr.replacement", replacement);
        }
        DnsData::Cert { cert_type, key_tag, algorithm, certificate } => {
            out.u16("dns.cert.type", *cert_type);
            out.u16("dns.cert.key_tag", *key_tag);
            out.u8("dns.cert.algorithm", *algorithm);
            out.bytes("dns.cert.certificate", certificate);
        }
        DnsData::A6 { prefix_len, suffix, prefix_name } => {
            out.u8("dns.a6.prefix_len", *prefix_len);
            let len = usize::from(128_u8.saturating_sub(*prefix_len).div_ceil(8));
            out.value("dns.a6.address_suffix", Value::Ipv6(*suffix), len);
            prefix_name.iter().for_each(|name| out.name("dns.a6.prefix_name", name));
        }
        DnsData::Opt(options) => edns::fields(options.clone(), out),
        DnsData::Apl(prefixes) => prefixes.iter().for_each(|prefix| prefix_fields(&prefix, out)),
        DnsData::Sshfp { algorithm, fingerprint_type, fingerprint } => {
            out.u8("dns.sshfp.algorithm", *algorithm);
            out.u8("dns.sshfp.fingerprint.type", *fingerprint_type);
            out.bytes("dns.sshfp.fingerprint", fingerprint);
        }
        DnsData::Ipseckey { precedence, algorithm, gateway, public_key } => {
            out.u8("dns.ipseckey.gateway_precedence", *precedence);
            let kind = match gateway {
                DnsGateway::None => 0,
                DnsGateway::Ipv4(_) => 1,
                DnsGateway::Ipv6(_) => 2,
                DnsGateway::Name(_) => 3,
            };
            out.u8("dns.ipseckey.gateway_type", kind);
            out.u8("dns.ipseckey.gateway_algorithm", *algorithm);
            match gateway {
                DnsGateway::None => {}
                DnsGateway::Ipv4(address) => {
                    out.value("dns.ipseckey.gateway_ipv4", Value::Ipv4(*address), 4);
                }
                DnsGateway::Ipv6(address) => {
                    out.value("dns.ipseckey.gateway_ipv6", Value::Ipv6(*address), 16);
                }
                DnsGateway::Name(name) => out.name("dns.ipseckey.gateway_dns", name),
            }
            out.bytes("dns.ipseckey.public_key", public_key);
        }
        DnsData::Nsec { next, types } => {
            out.name("dns.nsec.next_domain_name", next);
            bitmap_fields(*types, out);
        }
        DnsData::Nsec3 { algorithm, flags, iterations, salt, next_hash, types } => {
            nsec3_fields(*algorithm, *flags, *iterations, salt, true, out);
            out.u8("dns.nsec3.hash_length", u8::try_from(next_hash.len()).unwrap_or(u8::MAX));
            let mut text = [0; MAX_HASH_TEXT];
            let text = base32hex(next_hash, &mut text);
            out.value("dns.nsec3.hash_value", Value::Text(text), next_hash.len());
            bitmap_fields(*types, out);
        }
        DnsData::Nsec3param { algorithm, flags, iterations, salt } => {
            nsec3_fields(*algorithm, *flags, *iterations, salt, false, out);
        }
        // Wireshark 4.0 shows the data of S/MIME certificates and of URIs whole.
        DnsData::Tlsa { record_type: DnsType::SMIMEA, usage, selector, matching_type, data } => {
            let front = [*usage, *selector, *matching_type];
            whole_fields(front.len().saturating_add(data.len()), out);
        }
        DnsData::Tlsa { usage, selector, matching_type, data, .. } => {
            out.u8("dns.tlsa.certificate_usage", *usage);
            out.u8("dns.tlsa.selector", *selector);
            out.u8("dns.tlsa.matching_type", *matching_type);
            out.bytes("dns.tlsa.certificate_association_data", data);
        }
        DnsData::Hip { algorithm, hit, public_key, servers } => {
            out.value("dns.hip.hit.length", Value::Number(hit.len() as u64), 1);
            out.u8("dns.hip.hit.pk.algo", *algorithm);
            out.value("dns.hip.pk.length", Value::Number(public_key.len() as u64), 2);
            out.bytes("dns.hip.hit", hit);
            out.bytes("dns.hip.pk", public_key);
            for server in servers.iter() {
                if out.is_spent() {
                    return;
                }
                out.name("dns.hip.rendezvous_server", &server);
            }
        }
        DnsData::Csync { serial, flags, types } => {
            out.u32("dns.csync.soa", *serial);
            out.flag("dns.csync.flags.immediate", flags & 1 != 0, 2);
            out.flag("dns.csync.flags.soaminimum", flags & 2 != 0, 2);
            out.u16("dns.csync.flags", *flags);
            out.here("dns.csync.type_bitmap", Value::Bytes(types.0), types.0.len());
            bitmap_fields(*types, out);
        }
        DnsData::Zonemd { serial, scheme, hash_algorithm, digest } => {
            out.u32("dns.zonemd.serial", *serial);
            out.u8("dns.zonemd.scheme", *scheme);
            out.u8("dns.zonemd.hash_algo", *hash_algorithm);
            out.bytes("dns.zonemd.digest", digest);
        }
        DnsData::Svcb { priority, target, params, .. } => {
            out.u16("dns.svcb.svcpriority", *priority);
            out.name("dns.svcb.targetname", target);
            svcb::fields(params.clone(), out);
        }
        DnsData::Ilnp64 { record_type, preference, value } => {
            let is_node = *record_type == DnsType::NID;
            let names = if is_node {
                ["dns.ilnp.nid.preference", "dns.ilnp.nid"]
            } else {
                ["dns.ilnp.l64.preference", "dns.ilnp.l64"]
            };
            out.u16(names[0], *preference);
            out.bytes(names[1], &value.to_be_bytes());
        }
        DnsData::L32 { preference, locator } => {
            out.u16("dns.ilnp.l32.preference", *preference);
            out.value("dns.ilnp.l32", Value::Ipv4(*locator), 4);
        }
        DnsData::Eui48(address) => out.value("dns.eui48", Value::Mac(*address), 6),
        DnsData::Eui64(address) => out.bytes("dns.eui64", address),
        DnsData::Tkey { algorithm, inception, expiration, mode, error, key, other } => {
            out.name("dns.tkey.algo_name", algorithm);
            out.u32("dns.tkey.signature_inception", *inception);
            out.u32("dns.tkey.signature_expiration", *expiration);
            out.u16("dns.tkey.mode", *mode);
            out.u16("dns.tkey.error", *error);
            long_string("dns.tkey.key_size", "dns.tkey.key_data", key, out);
            long_string("dns.tkey.other_size", "dns.tkey.other_data", other, out);
        }
        DnsData::Tsig { algorithm, time_signed, fudge, mac, original_id, error, other } => {
            out.name("dns.tsig.algorithm_name", algorithm);
            out.value("dns.tsig.time_signed", Value::Number(*time_signed), 6);
            out.u16("dns.tsig.fudge", *fudge);
            long_string("dns.tsig.mac_size", "dns.tsig.mac", mac, out);
            out.u16("dns.tsig.original_id", *original_id);
            out.u16("dns.tsig.error", *error);
            long_string("dns.tsig.other_len", "dns.tsig.other_data", other, out);
        }
        DnsData::Uri { target, .. } => whole_fields(target.len().saturating_add(4), out),
        DnsData::Caa { flags, tag, value } => {
            out.flag("dns.caa.flags.issuer_critical", flags & 0x80 != 0, 1);
            out.u8("dns.caa.flags", *flags);
            out.string("dns.caa.tag_length", "dns.caa.tag", tag);
            let name = match *tag {
                b"issue" => "dns.caa.issue",
                b"issuewild" => "dns.caa.issuewild",
                b"iodef" => "dns.caa.iodef",
                _ => "dns.caa.unknown",
            };
            let text = std::str::from_utf8(value).map_or(Value::Bytes(value), Value::Text);
            out.here(name, text, value.len());
            out.value("dns.caa.value", text, value.len());
        }
        DnsData::Wins { mapping_flag, lookup_timeout, cache_timeout, servers } => {
            out.flag("dns.wins.local_flag", mapping_flag & 1 != 0, 4);
            out.at = out.at.saturating_add(4);
            out.u32("dns.wins.lookup_timeout", *lookup_timeout);
            out.u32("dns.wins.cache_timeout", *cache_timeout);
            out.value("dns.wins.nb_wins_servers", Value::Number(servers.len() as u64), 4);
            for &server in *servers {
                out.value("dns.wins.wins_server", Value::Ipv4(server.into()), 4);
            }
        }
        DnsData::WinsReverse { mapping_flag, lookup_timeout, cache_timeout, domain } => {
            out.flag("dns.winsr.local_flag", mapping_flag & 1 != 0, 4);
            out.at = out.at.saturating_add(4);
            out.u32("dns.winsr.lookup_timeout", *lookup_timeout);
            out.u32("dns.winsr.cache_timeout", *cache_timeout);
            out.name("dns.winsr.name_result_domain", domain);
        }
        DnsData::Unknown { data: [], .. } => {}
        DnsData::Unknown { record_type: DnsType::NULL, data } => out.bytes("dns.null", data),
        DnsData::Unknown { record_type: DnsType::NSAP, data } => out.bytes("dns.nsap.rdata", data),
        DnsData::Unknown { record_type: DnsType::DHCID, data } => {
            out.bytes("dns.dhcid.rdata", data);
        }
        DnsData::Unknown { record_type: DnsType::OPENPGPKEY, data } => {
            out.bytes("dns.openpgpkey", data);
        }
        DnsData::Unknown { data, .. } => out.bytes("dns.data", data),
    }
}

/// Writes data that fits into a line for people.
pub(super) fn summary(data: &DnsData<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match data {
        DnsData::A(address) => write!(f, " {address}"),
        DnsData::Aaaa(address) => write!(f, " {address}"),
        DnsData::Name { name, .. }
        | DnsData::Exchange { name, .. }
        | DnsData::Soa { mname: name, .. } => write!(f, " {name}"),
        DnsData::Srv { port, target, .. } => write!(f, " {target}:{port}"),
        _ => Ok(()),
    }
}
