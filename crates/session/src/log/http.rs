//! Requests and responses: Zeek's `http.log`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rheos_core::Side;
use rheos_l7::files::{File, FileConfig, HttpFiles};
use rheos_l7::http::{Exchange, HttpMessage, Request, Response};

use super::logs::Row;
use super::record::{Source, column};
use super::weird::{self, WEIRD};
use super::{Log, Value};

/// A request and its response.
pub static HTTP: Log = Log::new(
    "http",
    "http",
    &[
        column("trans_depth", "count", ""),
        column("method", "string", "http_method"),
        column("host", "string", "hostname"),
        column("uri", "string", "url"),
        column("referrer", "string", "http_refer"),
        column("version", "string", "protocol"),
        column("user_agent", "string", "http_user_agent"),
        column("origin", "string", ""),
        column("request_body_len", "count", ""),
        column("response_body_len", "count", "length"),
        column("status_code", "count", "status"),
        column("status_msg", "string", ""),
        column("tags", "set[enum]", ""),
        column("username", "string", ""),
        column("resp_mime_types", "vector[string]", ""),
        column("latency", "interval", ""),
        column("info_code", "count", ""),
        column("info_msg", "string", ""),
        column("proxied", "set[string]", ""),
        column("orig_fuids", "vector[string]", ""),
        column("resp_fuids", "vector[string]", ""),
    ],
);

/// Names of files of a connection that wait for the exchange that they are of: a body has as many parts.
const MAX_FILES: usize = 1000;

/// Fields by which proxies say for whom they ask: Zeek's `HTTP::proxy_headers`.
const PROXIED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-from",
    "client-ip",
    "via",
    "xroxy-connection",
    "proxy-connection",
];

/// What a connection of HTTP has said so far.
#[derive(Clone, Debug)]
pub(super) struct HttpState {
    files: HttpFiles,
    /// Names of files, each with the number of its exchange and who sent it.
    names: Vec<(u64, Side, String)>,
    /// The last interim response, with the number of its exchange.
    interim: Option<(u64, u16, String)>,
}

impl HttpState {
    pub(super) fn new(config: FileConfig) -> Self {
        Self { files: HttpFiles::new(config), names: Vec::new(), interim: None }
    }

    /// The files that end with a message, and the number of the exchange that they are of.
    pub(super) fn files(&mut self, message: &HttpMessage) -> (Vec<File>, u64) {
        let number = match message {
            HttpMessage::Body(body) => body.transaction,
            HttpMessage::End(end) => end.transaction,
            _ => 0,
        };
        (self.files.message(message), number)
    }

    /// Keeps the name of a file for the record of its exchange.
    pub(super) fn name(&mut self, exchange: u64, side: Side, name: String) {
        if self.names.len() < MAX_FILES {
            self.names.push((exchange, side, name));
        }
    }

    /// The record of a message, if it is one to write down.
    pub(super) fn row(&mut self, message: &HttpMessage) -> Option<Row> {
        match message {
            HttpMessage::Response(response) if response.status() < 200 => {
                let reason = response.reason().into_owned();
                self.interim = Some((response.transaction, response.status(), reason));
                None
            }
            HttpMessage::Exchange(exchange) => Some(self.exchange(exchange)),
            HttpMessage::Anomaly(anomaly) => {
                let values = weird::values(anomaly.what.slug(), None, "http");
                Some(Row::new(&WEIRD, Some(anomaly.timestamp), values))
            }
            _ => None,
        }
    }

    fn exchange(&mut self, exchange: &Exchange) -> Row {
        let number = exchange.transaction;
        let fuids = |side: Side| {
            let of = |own: &(u64, Side, String)| own.0 == number && own.1 == side;
            let names = self.names.iter().filter(|own| of(own)).map(|own| own.2.clone());
            let names: Vec<_> = names.collect();
            if names.is_empty() { Value::Unset } else { Value::Texts(names) }
        };
        let (asked, answered) = (fuids(Side::Initiator), fuids(Side::Responder));
        self.names.retain(|own| own.0 > number);
        let interim = self.interim.take_if(|own| own.0 <= number).filter(|own| own.0 == number);
        let (code, reason) = interim.map(|(_, code, reason)| (code, reason)).unzip();
        let mut row = exchange_row(exchange);
        row.values.extend([
            code.into(),
            reason.into(),
            exchange.request.as_deref().map_or(Value::Unset, proxied),
            asked,
            answered,
        ]);
        row
    }
}

/// For whom a proxy asks, as Zeek writes it.
fn proxied(request: &Request) -> Value {
    let told = PROXIED.iter().filter_map(|name| {
        let value = request.fields.text(name)?;
        Some(format!("{} -> {value}", name.to_ascii_uppercase()))
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() { Value::Unset } else { Value::Texts(told) }
}

fn exchange_row(exchange: &Exchange) -> Row {
    let (request, response) = (exchange.request.as_deref(), exchange.response.as_deref());
    let asked = |name| request.and_then(|head| head.fields.text(name)).map(Cow::into_owned);
    let version = request.map(|head| head.version).or(response.map(|head| head.version));
    let version = version.map(|version| version.to_string());
    let content_type = response.and_then(|head| head.fields.text("content-type")).map(|text| {
        let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Value::Texts(vec![kind])
    });
    let ts = request.map(|head| head.timestamp).or(response.map(|head| head.timestamp));
    let values = vec![
        exchange.transaction.saturating_add(1).into(),
        request.map(Request::method).into(),
        asked("host").into(),
        request.map(|head| head.target().into_owned()).into(),
        asked("referer").into(),
        // Zeek's has no name of the protocol in front.
        version.map(|text| text.trim_start_matches("HTTP/").to_owned()).into(),
        asked("user-agent").into(),
        asked("origin").into(),
        exchange.request_len.into(),
        exchange.response_len.into(),
        response.map(Response::status).into(),
        response.map(|head| head.reason().into_owned()).into(),
        Value::Texts(Vec::new()),
        asked("authorization").and_then(|text| user_name(&text)).into(),
        content_type.unwrap_or(Value::Unset),
        exchange.latency().into(),
    ];
    Row::new(&HTTP, ts, values).of(Source::Http(Box::new(exchange.clone())))
}

/// Who asks, in RFC 7617's form: the name in front of the colon, behind base64.
fn user_name(authorization: &str) -> Option<String> {
    let (scheme, text) = authorization.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let end = bytes.iter().position(|byte| *byte == b':')?;
    Some(String::from_utf8_lossy(bytes.get(..end)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_rfc_7617_is_read() {
        let name = user_name("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(name.as_deref(), Some("Aladdin"));
        assert_eq!(user_name("basic dGVzdDoxMjPCow==").as_deref(), Some("test"));
        assert_eq!(user_name("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), None);
        assert_eq!(user_name("Basic ####"), None);
    }
}
