//! Files that were seen: Zeek's `files.log`.

use std::net::IpAddr;

use rheos_core::Side;
use rheos_flow::zeek::{Uid, is_local};
use rheos_l7::files::File;

use super::record::{column, zeek_only};
use super::{Log, Value};

/// A file.
pub static FILES: Log = Log {
    ahead: 1,
    ..Log::new(
        "files",
        "fileinfo",
        &[
            column("fuid", "string", ""),
            column("source", "string", ""),
            zeek_only("depth", "count"),
            zeek_only("analyzers", "set[string]"),
            column("mime_type", "string", ""),
            column("filename", "string", "filename"),
            zeek_only("duration", "interval"),
            zeek_only("local_orig", "bool"),
            column("is_orig", "bool", ""),
            column("seen_bytes", "count", "size"),
            column("total_bytes", "count", ""),
            column("missing_bytes", "count", ""),
            zeek_only("overflow_bytes", "count"),
            zeek_only("timedout", "bool"),
            column("parent_fuid", "string", ""),
            column("md5", "string", "md5"),
            column("sha1", "string", "sha1"),
            column("sha256", "string", "sha256"),
            column("extracted", "string", ""),
            column("extracted_cutoff", "bool", ""),
            column("extracted_size", "count", ""),
        ],
    )
};

/// The values of the file with this number, which a host of this address sent.
pub(super) fn values(
    file: &File,
    name: Option<String>,
    (uid, count): (Uid, u64),
    sender: IpAddr,
) -> Vec<Value> {
    // Zeek calls connections by a C and files by an F.
    let fuid = Uid::of(&uid, count).to_string().replacen('C', "F", 1);
    let source = match file.source {
        "http" => "HTTP",
        "ftp-data" => "FTP_DATA",
        other => other,
    };
    let analyzers = [("MD5", &file.md5), ("SHA1", &file.sha1), ("SHA256", &file.sha256)];
    let analyzers = analyzers.iter().filter(|(_, sum)| sum.is_some());
    let duration = file.timestamp.saturating_since(file.began);
    vec![
        fuid.into(),
        source.into(),
        // Of a file inside of another it is more: these are none.
        Value::Count(0),
        Value::Texts(analyzers.map(|(name, _)| (*name).to_owned()).collect()),
        file.media_type.into(),
        name.or_else(|| file.name.clone()).into(),
        duration.into(),
        is_local(sender).into(),
        (file.side == Side::Initiator).into(),
        file.size.saturating_sub(file.missing).into(),
        file.is_complete.then_some(file.size).into(),
        file.missing.into(),
        // Streams are put in order in front of it, and it ends with its stream.
        Value::Count(0),
        false.into(),
        Value::Unset,
        file.md5.clone().into(),
        file.sha1.clone().into(),
        file.sha256.clone().into(),
        Value::Unset,
        Value::Unset,
        Value::Unset,
    ]
}
