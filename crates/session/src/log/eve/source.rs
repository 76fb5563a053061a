//! What Suricata tells of messages and Zeek has no columns for.

use rheos_core::Timestamp;
use rheos_l7::dns::OwnedDnsMessage;
use rheos_l7::http::{Exchange, Response};
use rheos_l7::tls::{AlternativeName, Certificate, TlsHandshake};
use rheos_layers::{DnsData, DnsRecord, DnsSection};
use serde_json::{Value as Json, json};

use super::super::dns::text;
use super::super::http::ContentRange;
use super::super::record::{FileSource, Question, Source};

type Out<'o> = &'o mut dyn FnMut(&str, Json);

/// Adds it, each value with its path.
pub(super) fn add(source: &Source, out: Out<'_>) {
    match source {
        Source::None => {}
        Source::File(FileSource { transaction, range, .. }) => {
            out("tx_id", (*transaction).into());
            if let Some((start, end)) = range {
                out("start", (*start).into());
                out("end", (*end).into());
            }
        }
        Source::Dns(message, questions) => {
            dns(message, out);
            // The first in the place of one alone, as Suricata's answers have it, and all as in version 3 of its records.
            let name = |question: &Question| json!({ "rrname": question.name, "rrtype": question.question_type.to_string() });
            if let Some(first) = questions.first() {
                out("rrname", first.name.as_str().into());
                out("rrtype", first.question_type.to_string().into());
                out("queries", questions.iter().map(name).collect());
            }
        }
        Source::Ftp { reply, port, is_active } => {
            let is_answered = !reply.is_empty();
            if is_answered {
                out("reply", json!(reply));
            }
            out("reply_received", if is_answered { "yes" } else { "no" }.into());
            if let Some(port) = port {
                out("dynamic_port", (*port).into());
            }
            if let Some(is_active) = is_active {
                out("mode", if *is_active { "active" } else { "passive" }.into());
            }
        }
        Source::Http(exchange) => http(exchange, out),
        Source::Ssh(offers) => {
            let offers = [("client", &offers.initiator), ("server", &offers.responder)];
            for (side, offer) in offers {
                if let Some(offer) = offer {
                    out(&format!("{side}.hassh.string"), offer.as_str().into());
                }
            }
        }
        Source::Tls(handshake) => tls(handshake, out),
    }
}

fn dns(owned: &OwnedDnsMessage, out: Out<'_>) {
    let message = owned.message();
    out("opcode", message.header.opcode().0.into());
    if let Some(question) = owned.question() {
        out("rrtype", question.question_type.to_string().into());
    }
    if !message.is_response() {
        return;
    }
    out("flags", format!("{:x}", message.header.flags.get()).into());
    out("qr", true.into());
    out("rcode", owned.response_code().to_string().into());
    let sections = [
        ("answers", DnsSection::Answer),
        ("authorities", DnsSection::Authority),
        ("additionals", DnsSection::Additional),
    ];
    for (name, section) in sections {
        let records = message.records().map_while(Result::ok);
        let records: Vec<Json> = records
            .filter(|record| record.section == section)
            .map(|record| dns_record(&record))
            .collect();
        if !records.is_empty() {
            out(name, records.into());
        }
    }
}

fn dns_record(record: &DnsRecord<'_>) -> Json {
    let (name, value) = match record.data() {
        DnsData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
            let soa = json!({
                "mname": mname.to_string(), "rname": rname.to_string(), "serial": serial,
                "refresh": refresh, "retry": retry, "expire": expire, "minimum": minimum,
            });
            ("soa", soa)
        }
        DnsData::Srv { priority, weight, port, target } => {
            let name = target.to_string();
            ("srv", json!({ "priority": priority, "weight": weight, "port": port, "name": name }))
        }
        DnsData::Sshfp { algorithm, fingerprint_type, fingerprint } => {
            let fingerprint = hex(fingerprint, ":");
            let sshfp =
                json!({ "algo": algorithm, "type": fingerprint_type, "fingerprint": fingerprint });
            ("sshfp", sshfp)
        }
        DnsData::Opt(options) => {
            let options = edns_options(options.as_bytes());
            ("opt", options.collect())
        }
        DnsData::Text { strings, .. } => {
            let strings = strings.iter().map(String::from_utf8_lossy);
            ("rdata", strings.collect::<String>().into())
        }
        DnsData::A(_) | DnsData::Aaaa(_) | DnsData::Name { .. } | DnsData::Exchange { .. } => {
            ("rdata", text(record).into())
        }
        _ => ("rdata", record.data().to_string().into()),
    };
    let mut object = json!({
        "rrname": record.name.to_string(),
        "rrtype": record.record_type.to_string(),
        "ttl": record.ttl,
    });
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
    object
}

/// Options of EDNS: code, length and data of each.
fn edns_options(mut bytes: &[u8]) -> impl Iterator<Item = Json> {
    std::iter::from_fn(move || {
        let (&[a, b, c, d], rest) = bytes.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(u16::from_be_bytes([c, d]).into())?;
        bytes = rest;
        Some(json!({ "code": u16::from_be_bytes([a, b]), "data": hex(data, "") }))
    })
}

fn http(exchange: &Exchange, out: Out<'_>) {
    let Some(response) = exchange.response.as_deref() else { return };
    if let Some(kind) = response.fields.text("content-type") {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        out("http_content_type", kind.into());
    }
    if matches!(Response::status(response), 301..=303 | 307 | 308)
        && let Some(to) = response.fields.text("location")
    {
        out("redirect", to.into());
    }
    if let Some(range) = response.fields.text("content-range") {
        out("content_range.raw", range.as_ref().into());
        let ContentRange { start, end, size } = ContentRange::of(&range);
        for (name, number) in [("start", start), ("end", end), ("size", size)] {
            if let Some(number) = number {
                out(&format!("content_range.{name}"), number.into());
            }
        }
    }
}

fn tls(handshake: &TlsHandshake, out: Out<'_>) {
    if let Some(hello) = &handshake.client_hello {
        out("ja3.string", hello.ja3_text().into());
        names("client_alpns", &hello.alpn, out);
    }
    if let Some(hello) = &handshake.server_hello {
        out("ja3s.string", hello.ja3s_text().into());
        names("server_alpns", hello.alpn.as_slice(), out);
    }
    if let Some([certificate, ..]) = handshake.server_certificates.as_deref() {
        tell_certificate(certificate, "", out);
    }
    if let Some([certificate, ..]) = handshake.client_certificates.as_deref() {
        tell_certificate(certificate, "client.", out);
    }
}

fn names(path: &str, names: &[impl ToString], out: Out<'_>) {
    if !names.is_empty() {
        out(path, names.iter().map(ToString::to_string).collect());
    }
}

fn tell_certificate(certificate: &Certificate, front: &str, out: Out<'_>) {
    let mut out = |name: &str, value: Json| out(&format!("{front}{name}"), value);
    out("fingerprint", hex(&certificate.sha1(), ":").into());
    let Ok(x509) = certificate.x509() else { return };
    out("subject", x509.subject.into());
    out("issuerdn", x509.issuer.into());
    out("serial", hex(&x509.serial, ":").to_uppercase().into());
    out("notbefore", date(x509.not_before).into());
    out("notafter", date(x509.not_after).into());
    let names = x509.alternative_names.iter().filter_map(|name| match name {
        AlternativeName::Dns(name) => Some(name.as_str()),
        _ => None,
    });
    let names: Vec<Json> = names.map(Json::from).collect();
    if !names.is_empty() {
        out("subjectaltname", names.into());
    }
}

/// A time of a certificate: `2017-01-04T10:48:43`.
fn date(seconds: i64) -> String {
    let text = format!("{:.0}", Timestamp::from_secs(seconds, 0));
    text.trim_end_matches('Z').to_owned()
}

/// Bytes in hexadecimal, with this between them.
fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use rheos_core::Side;

    use super::*;

    #[test]
    fn records_of_dns_are_objects_by_their_sections() {
        // By RFC 2782, RFC 1035 section 3.3.13, and RFC 7873 section 4.
        let message = b"\x12\x34\x84\0\0\x01\0\x01\0\x01\0\x01\x01a\0\0\x21\0\x01\
            \xc0\x0c\0\x21\0\x01\0\0\0\x3c\0\x09\0\x01\0\x02\x01\xbb\x01b\0\
            \0\0\x06\0\x01\0\0\0\x3c\0\x1a\x01m\0\x01r\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\
            \0\0\x29\x10\0\0\0\0\0\0\x0c\0\x0a\0\x08\x01\x02\x03\x04\x05\x06\x07\x08";
        let response =
            OwnedDnsMessage::new(Side::Responder, Timestamp::default(), message).unwrap();
        let mut object = serde_json::Map::new();
        add(&Source::Dns(response, Vec::new()), &mut |path, value| {
            drop(object.insert(path.to_owned(), value));
        });
        let expected = json!({
            "opcode": 0, "flags": "8400", "qr": true, "rrtype": "SRV", "rcode": "NOERROR",
            "answers": [{ "rrname": "a", "rrtype": "SRV", "ttl": 60,
                "srv": { "priority": 1, "weight": 2, "port": 443, "name": "b" } }],
            "authorities": [{ "rrname": ".", "rrtype": "SOA", "ttl": 60, "soa": {
                "mname": "m", "rname": "r", "serial": 1, "refresh": 2, "retry": 3, "expire": 4,
                "minimum": 5 } }],
            "additionals": [{ "rrname": ".", "rrtype": "OPT", "ttl": 0,
                "opt": [{ "code": 10, "data": "0102030405060708" }] }],
        });
        assert_eq!(Json::from(object), expected);
    }

    // The example of extended logging in the manual of Suricata; GNU date -d 2017-01-04T10:48:43Z +%s.
    #[test]
    fn times_and_numbers_of_certificates_have_their_forms() {
        assert_eq!(date(1_483_526_923), "2017-01-04T10:48:43");
        assert_eq!(hex(&[0x0c, 0, 0x99, 0xb7], ":").to_uppercase(), "0C:00:99:B7");
    }
}
