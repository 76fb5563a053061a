//! DNS over datagrams and streams, and multicast DNS and LLMNR: what is asked and what is answered.

use rheos_flow::FiveTupleKey;
use rheos_l7::dns::{DnsEvent, OwnedDnsMessage};
use rheos_layers::{DnsData, DnsName, DnsRecord, DnsType};
use rheos_session::Event;

use super::tables::Table;
use super::values::Values;

pub(super) const TABLE: Table = Table {
    name: "dns",
    fields: &[
        "dns.id",
        "dns.flags.response",
        "dns.flags.rcode",
        "dns.qry.name",
        "dns.qry.type",
        "dns.resp.name",
        "dns.resp.type",
        "dns.resp.ttl",
        "dns.a",
        "dns.aaaa",
        "dns.cname",
        "dns.ns",
        "dns.ptr.domain_name",
        "dns.mx.mail_exchange",
        "dns.mx.preference",
        "dns.txt",
        "dns.soa.mname",
        "dns.soa.serial_number",
        "dns.srv.target",
        "dns.srv.port",
        "dns.svcb.targetname",
        "dns.caa.value",
        "dns.ds.key_id",
        "dns.rrsig.signers_name",
        "dns.nsec.next_domain_name",
        "dns.dnskey.algorithm",
    ],
    ours,
};

fn ours(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    if let Some(DnsEvent::Query(message) | DnsEvent::Response(message)) = event.message() {
        told(message, to);
    }
}

fn told(owned: &OwnedDnsMessage, to: &mut Values) {
    let message = owned.message();
    to.add("dns.id", format!("{:#06x}", message.id()));
    to.add("dns.flags.response", u8::from(message.is_response()).to_string());
    if message.is_response() {
        to.add("dns.flags.rcode", message.header.rcode().0.to_string());
    }
    for question in message.questions().flatten() {
        to.add("dns.qry.name", name(question.name));
        to.add("dns.qry.type", question.question_type.0.to_string());
    }
    for record in message.records().flatten() {
        to.add("dns.resp.name", name(record.name));
        to.add("dns.resp.type", record.record_type.0.to_string());
        if record.record_type != DnsType::OPT {
            to.add("dns.resp.ttl", record.ttl.to_string());
        }
        data(&record, to);
    }
}

fn data(record: &DnsRecord<'_>, to: &mut Values) {
    match record.data() {
        DnsData::A(address) => to.add("dns.a", address.to_string()),
        DnsData::Aaaa(address) => to.add("dns.aaaa", address.to_string()),
        DnsData::Name { record_type, name: target } => {
            let field = match record_type {
                DnsType::CNAME => "dns.cname",
                DnsType::NS => "dns.ns",
                DnsType::PTR => "dns.ptr.domain_name",
                _ => return,
            };
            to.add(field, name(target));
        }
        DnsData::Exchange { record_type: DnsType::MX, preference, name: target } => {
            to.add("dns.mx.preference", preference.to_string());
            to.add("dns.mx.mail_exchange", name(target));
        }
        DnsData::Text { record_type: DnsType::TXT, strings } => {
            strings.iter().for_each(|text| to.add("dns.txt", String::from_utf8_lossy(text)));
        }
        DnsData::Soa { mname, serial, .. } => {
            to.add("dns.soa.mname", name(mname));
            to.add("dns.soa.serial_number", serial.to_string());
        }
        DnsData::Srv { port, target, .. } => {
            to.add("dns.srv.port", port.to_string());
            to.add("dns.srv.target", name(target));
        }
        DnsData::Svcb { target, .. } => to.add("dns.svcb.targetname", name(target)),
        DnsData::Caa { value, .. } => to.add("dns.caa.value", String::from_utf8_lossy(value)),
        DnsData::Ds { key_tag, .. } => to.add("dns.ds.key_id", format!("{key_tag:#06x}")),
        DnsData::Rrsig { signer, .. } => to.add("dns.rrsig.signers_name", name(signer)),
        // tshark gives the types in a bitmap the name of a record's type.
        DnsData::Nsec { next, types } => {
            to.add("dns.nsec.next_domain_name", name(next));
            types.iter().for_each(|own| to.add("dns.resp.type", own.0.to_string()));
        }
        DnsData::Nsec3 { types, .. } | DnsData::Csync { types, .. } => {
            types.iter().for_each(|own| to.add("dns.resp.type", own.0.to_string()));
        }
        DnsData::Dnskey { algorithm, .. } => to.add("dns.dnskey.algorithm", algorithm.to_string()),
        _ => {}
    }
}

/// A name as tshark writes it: a dot inside of a label as those between them.
fn name(name: DnsName<'_>) -> String {
    if name.is_root() { "<Root>".to_owned() } else { name.to_string().replace("\\.", ".") }
}
