//! What `rheos` prints of a capture, as rows of JSON.

use serde_json::Value;

use crate::common::succeeds;
use crate::lab::Said;

/// What a command of rheos prints of a capture: an object a row.
#[track_caller]
pub(crate) fn rows(command: &str, capture: &str) -> Vec<Value> {
    let text = succeeds(&[command, capture, "--format", "json"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A value of a row as text, without quotes; nothing, if it has none.
pub(crate) fn word(row: &Value, name: &str) -> String {
    match &row[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            let texts =
                values.iter().map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
            texts.collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

/// Values of a row as words.
pub(crate) fn words<const N: usize>(row: &Value, names: [&str; N]) -> [String; N] {
    names.map(|name| word(row, name))
}

/// Version, as we write it, and cipher that curl tells of: `SSL connection using TLSv1.3 /
/// TLS_AES_256_GCM_SHA384`.
#[track_caller]
pub(crate) fn negotiated(said: &Said) -> [String; 2] {
    let (_, rest) = said.stderr.split_once("SSL connection using ").unwrap();
    let (version, cipher) = rest.lines().next().unwrap().split_once(" / ").unwrap();
    [version.replace('.', ""), cipher.to_owned()]
}

/// The one handshake behind STARTTLS or AUTH TLS on this port is what curl says of it.
#[track_caller]
pub(crate) fn check_tls(capture: &str, port: u16, said: &Said) {
    let found = rows("tls", capture);
    let found: Vec<_> = found.iter().filter(|row| row["id.resp_p"] == port).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let [version, cipher] = negotiated(said);
    let expected = [version, cipher, "true".to_owned()];
    assert_eq!(words(found[0], ["version", "cipher", "established"]), expected);
}
