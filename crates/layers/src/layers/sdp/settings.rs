//! Lines of a description, put in by name.

use crate::{Before, EditError, Setting};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::addition("owner", LINE, |before, text| with_line(before, b'o', text)),
    Setting::addition("session_name", LINE, |before, text| with_line(before, b's', text)),
    Setting::addition("session_info", LINE, |before, text| with_line(before, b'i', text)),
    Setting::addition("uri", LINE, |before, text| with_line(before, b'u', text)),
    Setting::addition("email", LINE, |before, text| with_line(before, b'e', text)),
    Setting::addition("phone", LINE, |before, text| with_line(before, b'p', text)),
    Setting::addition("connection_info", LINE, |before, text| with_line(before, b'c', text)),
    Setting::addition("bandwidth", LINE, |before, text| with_line(before, b'b', text)),
    Setting::addition("time", LINE, |before, text| with_line(before, b't', text)),
    Setting::addition("repeat_time", LINE, |before, text| with_line(before, b'r', text)),
    Setting::addition("timezone", LINE, |before, text| with_line(before, b'z', text)),
    Setting::addition("encryption_key", LINE, |before, text| with_line(before, b'k', text)),
    Setting::addition("session_attr", LINE, |before, text| with_line(before, b'a', text)),
    Setting::addition("media", LINE, |before, text| with_line(before, b'm', text)),
    Setting::addition("media_title", LINE, |before, text| with_line(before, b'i', text)),
    Setting::addition("media_attr", LINE, |before, text| with_line(before, b'a', text)),
];

const LINE: &str = "text without an end of line";

/// Writes a line behind those that are there, in the order of the settings. Of a description that was
/// read, they are behind the version.
fn with_line(before: &Before<'_>, kind: u8, value: &str) -> Result<Vec<u8>, EditError> {
    if value.contains(['\r', '\n']) {
        return Err(before.refuse());
    }
    let line = [&[kind, b'='], value.as_bytes()].concat();
    let line_end = b"\r\n".as_slice();
    Ok(match before.header.strip_suffix(line_end) {
        Some(lines) => [lines, line_end, &line, line_end].concat(),
        // The end of the line is the start of the payload.
        None => [before.header, line_end, &line].concat(),
    })
}
