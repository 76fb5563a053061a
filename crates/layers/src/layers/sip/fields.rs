//! Fields of SIP: the start line, and the headers that have parts.

use super::names::{HEADERS, Is};
use super::{VERSION, long_name};
use crate::FieldSink;
use crate::text_piece::Piece;

/// Wireshark's names for the parts of an address.
struct Address {
    display: &'static str,
    uri: &'static str,
    user: &'static str,
    host: &'static str,
    port: &'static str,
    param: &'static str,
    /// Of a header that has one.
    tag: Option<&'static str>,
}

const REQUEST: Address = Address {
    display: "sip.r-uri.display.info",
    uri: "sip.r-uri",
    user: "sip.r-uri.user",
    host: "sip.r-uri.host",
    port: "sip.r-uri.port",
    param: "sip.r-uri.param",
    tag: None,
};
const FROM: Address = Address {
    display: "sip.from.display.info",
    uri: "sip.from.addr",
    user: "sip.from.user",
    host: "sip.from.host",
    port: "sip.from.port",
    param: "sip.from.param",
    tag: Some("sip.from.tag"),
};
const TO: Address = Address {
    display: "sip.to.display.info",
    uri: "sip.to.addr",
    user: "sip.to.user",
    host: "sip.to.host",
    port: "sip.to.port",
    param: "sip.to.param",
    tag: Some("sip.to.tag"),
};
const CONTACT: Address = Address {
    display: "sip.contact.display.info",
    uri: "sip.contact.uri",
    user: "sip.contact.user",
    host: "sip.contact.host",
    port: "sip.contact.port",
    param: "sip.contact.param",
    tag: None,
};

pub(super) fn start_line(line: Piece<'_>, sink: &mut dyn FieldSink) {
    if line.text.starts_with(VERSION) {
        line.report("sip.Status-Line", sink);
        let (_, rest) = line.split_at(VERSION.len());
        rest.trim_start().split_at(3).0.report_number("sip.Status-Code", sink);
        return;
    }
    line.report("sip.Request-Line", sink);
    let mut rest = line;
    rest.take(' ').report("sip.Method", sink);
    address(&REQUEST, rest.take(' '), sink);
}

pub(super) fn header(name: Piece<'_>, value: Piece<'_>, sink: &mut dyn FieldSink) {
    let long = long_name(name.text);
    let Some(&(_, field, is)) = HEADERS.iter().find(|(known, ..)| *known == long) else { return };
    match is {
        Is::Number => value.report_number(field, sink),
        _ => value.report(field, sink),
    }
    match is {
        Is::Via => via(value, sink),
        Is::From => address(&FROM, value, sink),
        Is::To => address(&TO, value, sink),
        Is::Contact if value.text != "*" => address(&CONTACT, value, sink),
        Is::CSeq => {
            let mut rest = value;
            let parts = (rest.word(), rest.word());
            if let (Some(number), Some(method)) = parts {
                number.report_number("sip.CSeq.seq", sink);
                method.report("sip.CSeq.method", sink);
            }
        }
        Is::Authentication => authentication(value, sink),
        _ => {}
    }
}

/// A header whose value is no text, such as one with a name in another set of characters: its bytes,
/// and what stands in the brackets of an address.
pub(super) fn header_bytes(name: Piece<'_>, value: &[u8], at: usize, sink: &mut dyn FieldSink) {
    let long = long_name(name.text);
    let Some(&(_, field, is)) = HEADERS.iter().find(|(known, ..)| *known == long) else { return };
    sink.bytes(field, value, at..at.saturating_add(value.len()));
    let names = match is {
        Is::From => &FROM,
        Is::To => &TO,
        Is::Contact => &CONTACT,
        _ => return,
    };
    let Some(start) = value.iter().position(|&byte| byte == b'<') else { return };
    let rest = value.get(start..).and_then(|rest| Piece::new(rest, at.saturating_add(start)));
    rest.into_iter().for_each(|rest| address(names, rest, sink));
}

/// An address and its parts: `"Bob" <sip:bob@example.com:5060;user=phone>;tag=1`, or without the
/// name and the brackets.
fn address(names: &Address, value: Piece<'_>, sink: &mut dyn FieldSink) {
    let (uri, params) = match value.split_once('<') {
        Some((display, rest)) => {
            let quoted = display.text.strip_prefix('"').and_then(|text| text.find('"'));
            let display = match quoted {
                Some(len) => display.split_at(len.saturating_add(2)).0,
                None => display,
            };
            if !display.text.is_empty() {
                display.report(names.display, sink);
            }
            let mut rest = rest;
            (rest.take('>'), rest)
        }
        // Without brackets all parameters are the header's; a request has no header.
        None if names.uri == REQUEST.uri => (value, value.split_at(value.text.len()).1),
        None => {
            let end = value.text.find(';').unwrap_or(value.text.len());
            value.split_at(end)
        }
    };
    uri.report(names.uri, sink);
    uri_parts(names, uri, sink);
    let Some(tag) = names.tag else { return };
    let mut rest = params;
    while !rest.text.is_empty() {
        let param = rest.take(';').trim();
        if let Some((_, value)) = param.split_once('=').filter(|(name, _)| name.text == "tag") {
            value.report(tag, sink);
        }
    }
}

fn uri_parts(names: &Address, uri: Piece<'_>, sink: &mut dyn FieldSink) {
    let Some((scheme, rest)) = uri.split_once(':') else { return };
    if !matches!(scheme.text, "sip" | "sips" | "SIP" | "SIPS") {
        return;
    }
    let mut params = rest;
    let mut host = params.take(';');
    if let Some((user, behind)) = host.split_once('@') {
        user.report(names.user, sink);
        host = behind;
    }
    let mut headers = host;
    host = headers.take('?');
    // An IPv6 address has brackets around its colons.
    let bracket = host.text.find(']').map_or(0, |place| place.saturating_add(1));
    let (front, back) = host.split_at(bracket);
    let mut port = back;
    let name = port.take(':');
    let (host, _) = host.split_at(front.text.len().saturating_add(name.text.len()));
    host.report(names.host, sink);
    if !port.text.is_empty() {
        port.report(names.port, sink);
    }
    while !params.text.is_empty() {
        let param = params.take(';');
        let mut param = param;
        param.take('?').report(names.param, sink);
    }
}

/// RFC 3261, section 20.42.
fn via(value: Piece<'_>, sink: &mut dyn FieldSink) {
    const PARAMETERS: &[(&str, &str)] = &[
        ("branch", "sip.Via.branch"),
        ("maddr", "sip.Via.maddr"),
        ("rport", "sip.Via.rport"),
        ("received", "sip.Via.received"),
        ("ttl", "sip.Via.ttl"),
        ("comp", "sip.Via.comp"),
    ];
    let mut rest = value;
    let Some(protocol) = rest.word() else { return };
    let transport = protocol.text.rfind('/').map_or(0, |place| place.saturating_add(1));
    protocol.split_at(transport).1.report("sip.Via.transport", sink);
    let sent_by = rest.take(';').trim();
    let bracket = sent_by.text.find(']').map_or(0, |place| place.saturating_add(1));
    let (front, back) = sent_by.split_at(bracket);
    let mut port = back;
    let name = port.take(':');
    let (host, _) = sent_by.split_at(front.text.len().saturating_add(name.text.len()));
    host.report("sip.Via.sent-by.address", sink);
    if !port.text.is_empty() {
        port.trim().report_number("sip.Via.sent-by.port", sink);
    }
    while !rest.text.is_empty() {
        let param = rest.take(';').trim();
        let (name, value) = param.split_once('=').unwrap_or((param, param));
        let known = PARAMETERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.text));
        if let Some((_, field)) = known {
            value.trim().report(field, sink);
        }
    }
}

/// RFC 3261, section 20.7, and RFC 7616.
fn authentication(value: Piece<'_>, sink: &mut dyn FieldSink) {
    const PARAMETERS: &[(&str, &str)] = &[
        ("realm", "sip.auth.realm"),
        ("nonce", "sip.auth.nonce"),
        ("opaque", "sip.auth.opaque"),
        ("algorithm", "sip.auth.algorithm"),
        ("qop", "sip.auth.qop"),
        ("username", "sip.auth.username"),
        ("uri", "sip.auth.uri"),
        ("response", "sip.auth.digest.response"),
        ("cnonce", "sip.auth.cnonce"),
        ("nc", "sip.auth.nc"),
        ("domain", "sip.auth.domain"),
        ("stale", "sip.auth.stale"),
        ("auts", "sip.auth.auts"),
        ("rspauth", "sip.auth.rspauth"),
        ("nextnonce", "sip.auth.nextnonce"),
        ("ik", "sip.auth.ik"),
        ("ck", "sip.auth.ck"),
    ];
    let mut rest = value;
    let Some(scheme) = rest.word() else { return };
    scheme.report("sip.auth.scheme", sink);
    while !rest.text.is_empty() {
        let mut param = rest;
        let name = param.take('=').trim();
        // A comma in quotes does not end a value.
        let value = param.trim_start();
        let quoted = value.text.strip_prefix('"').and_then(|text| text.find('"'));
        let len = match quoted {
            Some(len) => len.saturating_add(2),
            None => value.text.find(',').unwrap_or(value.text.len()),
        };
        let (value, mut behind) = value.split_at(len);
        behind.take(',');
        rest = behind;
        let known = PARAMETERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.text));
        if let Some((_, field)) = known {
            value.trim().report(field, sink);
        }
    }
}
