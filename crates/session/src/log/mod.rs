//! Logs of what programs say: records with Zeek's columns, written as Zeek, JSON or Suricata's EVE.
//!
//! - [`Logs`] takes packets and makes [`Record`]s: of connections, of HTTP, DNS, TLS and more.
//! - A [`Log`] says which columns its records have. Records of one connection share its `uid`.
//! - [`ZeekLine`] writes a record as a line, serde as an object, [`EveRecord`] as Suricata does.
//!
//! ```
//! use rheos_core::{LinkType, RawPacket, Timestamp};
//! use rheos_session::log::{LogOptions, Logs, ZeekLine};
//! use rheos_layers::Decoder;
//!
//! let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
//! let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
//! let mut options = LogOptions::default();
//! options.conn.verify_checksums = false;
//! let mut logs = Logs::new(&Decoder::default(), options);
//! let mut lines = Vec::new();
//! logs.packet(&raw, &mut |record| lines.push(ZeekLine(record).to_string()));
//! logs.finish(&mut |record| lines.push(format!("{} {}", record.log.name, ZeekLine(record))));
//! assert!(lines[0].starts_with("conn 7.000000\tC"), "{lines:?}");
//! ```

pub use eve::EveRecord;
pub use levels::Connections;
pub use logs::{LogOptions, Logs};
pub use record::{Answer, COMMON, Column, Log, Question, Record, Subject, Value};
pub use rheos_flow::zeek::write_footer;
pub use zeek::{ZeekLine, write_header};

pub use conn::CONN;
pub use dns::DNS;
pub use files::FILES;
pub use fingerprints::{FINGERPRINTS, fingerprints};
pub use ftp::{FTP, FTP_DATA, ftp_data};
pub use http::HTTP;
pub use smtp::SMTP;
pub use ssh::SSH;
pub use ssl::SSL;
pub use weird::WEIRD;

mod conn;
mod dns;
mod eve;
mod files;
mod fingerprints;
mod ftp;
mod http;
mod json;
mod levels;
mod logs;
mod open;
mod record;
mod service;
mod smtp;
mod ssh;
mod ssl;
mod weird;
mod zeek;

/// Every log.
pub const LOGS: [&Log; 11] =
    [&CONN, &DNS, &FILES, &FINGERPRINTS, &FTP, &FTP_DATA, &HTTP, &SMTP, &SSH, &SSL, &WEIRD];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_of_logs_and_of_their_columns_are_unique() {
        let mut names = HashSet::new();
        for log in LOGS {
            assert!(names.insert(log.name), "{}", log.name);
            let mut columns = HashSet::new();
            for column in log.all_columns() {
                assert!(columns.insert(column.name), "{} {}", log.name, column.name);
            }
        }
    }
}
