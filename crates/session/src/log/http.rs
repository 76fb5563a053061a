//! Requests and responses: Zeek's `http.log`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
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
    ],
);

/// The record of a message, if it is one to write down.
pub(super) fn row(message: &HttpMessage) -> Option<Row> {
    match message {
        HttpMessage::Exchange(exchange) => Some(exchange_row(exchange)),
        HttpMessage::Anomaly(anomaly) => {
            let values = weird::values(anomaly.what.slug(), None, "http");
            Some(Row::new(&WEIRD, Some(anomaly.timestamp), values))
        }
        _ => None,
    }
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
