//! Requests and responses: Zeek's `http.log`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rheos_core::Side;
use rheos_l7::files::{File, FileConfig, HttpFiles};
use rheos_l7::http::{Exchange, HttpMessage, Kind, Request, Response};

use super::logs::Row;
use super::record::{FileSource, Source, column, zeek_only};
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
        column("info_code", "count", ""),
        column("info_msg", "string", ""),
        column("tags", "set[enum]", ""),
        column("username", "string", ""),
        column("password", "string", ""),
        column("proxied", "set[string]", ""),
        column("orig_fuids", "vector[string]", ""),
        zeek_only("orig_filenames", "vector[string]"),
        zeek_only("orig_mime_types", "vector[string]"),
        column("resp_fuids", "vector[string]", ""),
        zeek_only("resp_filenames", "vector[string]"),
        zeek_only("resp_mime_types", "vector[string]"),
        column("latency", "interval", ""),
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

/// Which bytes of something a body is, as far as they are known: RFC 9110, section 14.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) start: Option<u64>,
    pub(super) end: Option<u64>,
    pub(super) size: Option<u64>,
}

impl ContentRange {
    /// Of a field: `bytes 0-499/1234`, where either side of the slash may be unknown.
    pub(super) fn of(field: &str) -> Self {
        let (places, size) =
            field.trim_start_matches("bytes").trim().split_once('/').unwrap_or_default();
        let (start, end) = places.split_once('-').unwrap_or_default();
        let [start, end, size] = [start, end, size].map(|text| text.trim().parse().ok());
        Self { start, end, size }
    }
}

/// A file of an exchange, and what is said of it there.
#[derive(Clone, Debug)]
struct Sent {
    exchange: u64,
    side: Side,
    fuid: String,
    /// As it is said of the file itself.
    name: Option<String>,
    /// By its first bytes, or as it is said of it.
    kind: Option<String>,
}

/// What a connection of HTTP has said so far.
#[derive(Clone, Debug)]
pub(super) struct HttpState {
    files: HttpFiles,
    /// Files of exchanges that are not told.
    sent: Vec<Sent>,
    /// The bytes that the last response with a range has of what was asked for, and its number.
    range: Option<(u64, u64, u64)>,
    /// The last interim response, with the number of its exchange.
    interim: Option<(u64, u16, String)>,
}

impl HttpState {
    pub(super) fn new(config: FileConfig) -> Self {
        Self { files: HttpFiles::new(config), sent: Vec::new(), range: None, interim: None }
    }

    /// The files that end with a message, and where they came from.
    pub(super) fn files(&mut self, message: &HttpMessage) -> (Vec<File>, FileSource) {
        let (transaction, kind) = match message {
            HttpMessage::Body(body) => (body.transaction, body.kind),
            HttpMessage::End(end) => (end.transaction, end.kind),
            HttpMessage::Response(response) => {
                let range = response.fields.text("content-range");
                let range = range.map(|range| ContentRange::of(&range)).unwrap_or_default();
                self.range = match (range.start, range.end) {
                    (Some(start), Some(end)) => Some((response.transaction, start, end)),
                    _ => None,
                };
                (response.transaction, Kind::Response)
            }
            _ => (0, Kind::Request),
        };
        let range = self.range.filter(|(of, ..)| *of == transaction && kind == Kind::Response);
        let range = range.map(|(_, start, end)| (start, end));
        (self.files.message(message), FileSource { transaction, range, transfer: None })
    }

    /// Keeps what a file is called for the record of its exchange.
    pub(super) fn sent(&mut self, exchange: u64, file: &File, fuid: String) {
        if self.sent.len() < MAX_FILES {
            let name = file.name.clone().filter(|_| file.is_named);
            let kind = file.media_type.map(str::to_owned).or_else(|| file.declared_type.clone());
            self.sent.push(Sent { exchange, side: file.side, fuid, name, kind });
        }
    }

    /// The record of a message, if it is one to write down.
    pub(super) fn row(&mut self, message: &HttpMessage) -> Option<Row> {
        match message {
            HttpMessage::Response(response) if (100..200).contains(&response.status()) => {
                let reason = response.reason().into_owned();
                self.interim = Some((response.transaction, response.status(), reason));
                None
            }
            HttpMessage::Exchange(exchange) => Some(self.exchange(exchange)),
            HttpMessage::Anomaly(anomaly) => {
                let values =
                    weird::values(weird::of_http(&anomaly.what, anomaly.kind), None, "http");
                Some(Row::new(&WEIRD, Some(anomaly.timestamp), values))
            }
            _ => None,
        }
    }

    fn exchange(&mut self, exchange: &Exchange) -> Row {
        let number = exchange.transaction;
        let interim = self.interim.take_if(|own| own.0 <= number).filter(|own| own.0 == number);
        let files = |side| {
            let own = self.sent.iter().filter(|own| own.exchange == number && own.side == side);
            let own: Vec<_> = own.collect();
            [
                list(own.iter().map(|file| file.fuid.clone())),
                list(own.iter().filter_map(|file| file.name.clone())),
                list(own.iter().filter_map(|file| file.kind.clone())),
            ]
        };
        let files = [files(Side::Initiator), files(Side::Responder)];
        self.sent.retain(|own| own.exchange > number);
        row(exchange, interim.map(|(_, code, reason)| (code, reason)), files)
    }
}

fn list(texts: impl Iterator<Item = String>) -> Value {
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() { Value::Unset } else { Value::Texts(texts) }
}

/// For whom a proxy asks, as Zeek writes it.
fn proxied(request: &Request) -> Value {
    let told = PROXIED.iter().filter_map(|name| {
        let value = request.fields.text(name)?;
        Some(format!("{} -> {value}", name.to_ascii_uppercase()))
    });
    list(told)
}

/// The record of an exchange, with the last interim response in front of it and the files of both sides.
fn row(exchange: &Exchange, interim: Option<(u16, String)>, files: [[Value; 3]; 2]) -> Row {
    let (code, reason) = interim.unzip();
    let (request, response) = (exchange.request.as_deref(), exchange.response.as_deref());
    let asked = |name| request.and_then(|head| head.fields.text(name)).map(Cow::into_owned);
    let version = request.map(|head| head.version).or(response.map(|head| head.version));
    let version = version.map(|version| version.to_string());
    let ts = request.map(|head| head.timestamp).or(response.map(|head| head.timestamp));
    let user = asked("authorization").or_else(|| asked("proxy-authorization"));
    let mut values = vec![
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
        response.map(Response::status).filter(|status| *status > 0).into(),
        response.map(|head| head.reason().into_owned()).into(),
        code.into(),
        reason.into(),
        Value::Texts(Vec::new()),
        user.and_then(|text| user_name(&text)).into(),
        // Zeek has it only where it is told to.
        Value::Unset,
        request.map_or(Value::Unset, proxied),
    ];
    values.extend(files.into_iter().flatten());
    values.push(exchange.latency().into());
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
    fn a_range_has_the_numbers_that_are_known() {
        let told = |range| {
            let ContentRange { start, end, size } = ContentRange::of(range);
            [start, end, size]
        };
        // RFC 9110, section 14.4.
        assert_eq!(told("bytes 42-1233/1234"), [Some(42), Some(1233), Some(1234)]);
        assert_eq!(told("bytes 42-1233/*"), [Some(42), Some(1233), None]);
        assert_eq!(told("bytes */1234"), [None, None, Some(1234)]);
        assert_eq!(told("bytes"), [None; 3]);
    }

    #[test]
    fn the_name_of_rfc_7617_is_read() {
        let name = user_name("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(name.as_deref(), Some("Aladdin"));
        assert_eq!(user_name("basic dGVzdDoxMjPCow==").as_deref(), Some("test"));
        assert_eq!(user_name("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), None);
        assert_eq!(user_name("Basic ####"), None);
    }
}
