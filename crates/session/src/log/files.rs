//! Files that were seen: Zeek's `files.log`.

use rheos_core::Side;
use rheos_flow::zeek::Uid;
use rheos_l7::files::File;

use super::record::column;
use super::{Log, Value};

/// A file.
pub static FILES: Log = Log::new(
    "files",
    "fileinfo",
    &[
        column("fuid", "string", ""),
        column("source", "string", ""),
        column("mime_type", "string", ""),
        column("filename", "string", "filename"),
        column("is_orig", "bool", ""),
        column("seen_bytes", "count", "size"),
        column("total_bytes", "count", ""),
        column("missing_bytes", "count", ""),
        column("md5", "string", "md5"),
        column("sha256", "string", "sha256"),
    ],
);

/// The values of the so-manieth file.
pub(super) fn values(file: &File, name: Option<String>, uid: Uid, count: u64) -> Vec<Value> {
    // Zeek calls connections by a C and files by an F.
    let fuid = Uid::of(&uid, count).to_string().replacen('C', "F", 1);
    let source = match file.source {
        "http" => "HTTP",
        "ftp-data" => "FTP_DATA",
        other => other,
    };
    vec![
        fuid.into(),
        source.into(),
        file.media_type.into(),
        name.or_else(|| file.name.clone()).into(),
        (file.side == Side::Initiator).into(),
        file.size.saturating_sub(file.missing).into(),
        file.is_complete.then_some(file.size).into(),
        file.missing.into(),
        file.md5.clone().into(),
        file.sha256.clone().into(),
    ]
}
