//! HTTP/1: heads, and how long bodies are.

use rheos_flow::FiveTupleKey;
use rheos_l7::http::HttpMessage;
use rheos_session::Event;

use super::tables::Table;
use super::values::Values;

pub(super) const TABLE: Table = Table {
    name: "http",
    fields: &[
        "http.request.method",
        "http.request.uri",
        "http.request.version",
        "http.host",
        "http.user_agent",
        "http.response.code",
        "http.response.version",
        "http.content_type",
        "http.content_length_header",
        "http.file_data",
    ],
    ours,
};

/// Fields of heads, under tshark's names.
const FIELDS: &[(&str, &str)] = &[
    ("http.host", "host"),
    ("http.user_agent", "user-agent"),
    ("http.content_type", "content-type"),
    ("http.content_length_header", "content-length"),
];

fn ours(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    let fields = match event.message::<HttpMessage>() {
        Some(HttpMessage::Request(request)) => {
            to.add("http.request.method", request.method());
            to.add("http.request.uri", request.target());
            to.add("http.request.version", request.version.to_string());
            &request.fields
        }
        Some(HttpMessage::Response(response)) => {
            if response.status() > 0 {
                to.add("http.response.code", response.status().to_string());
            }
            to.add("http.response.version", response.version.to_string());
            &response.fields
        }
        // Of a body with a hole tshark shows what is in front of it.
        Some(HttpMessage::End(end)) if end.front_len > 0 => {
            to.add("http.file_data", end.front_len.to_string());
            return;
        }
        _ => return,
    };
    for (name, field) in FIELDS {
        for value in fields.all(field) {
            to.add(name, String::from_utf8_lossy(value));
        }
    }
}
