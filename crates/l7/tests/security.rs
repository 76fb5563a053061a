//! The bounds that `docs/security.md` names are those that parsers have.

#![allow(clippy::unwrap_used, reason = "tests, also in their functions")]

use std::fs;
use std::path::Path;

use rheos_l7::files::FileConfig;
use rheos_l7::ftp::FtpConfig;
use rheos_l7::http::HttpConfig;
use rheos_l7::smtp::SmtpConfig;
use rheos_l7::ssh::SshConfig;

/// A number with its unit, as the page writes it: `1,000`, `4,096 bytes`, `64 KiB`.
fn number(text: &str) -> u64 {
    let mut words = text.split_whitespace();
    let number: u64 = words.next().unwrap().replace(',', "").parse().unwrap();
    match words.next() {
        Some("KiB") => number << 10,
        Some("MiB") => number << 20,
        _ => number,
    }
}

#[test]
fn the_page_of_bounds_has_the_defaults() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/security.md");
    // A crate by itself has no book beside it.
    let Ok(page) = fs::read_to_string(page) else { return };
    let HttpConfig { max_head, max_chunk_line, max_pending, max_decoded, .. } =
        HttpConfig::default();
    let (smtp, ftp, ssh) = (SmtpConfig::default(), FtpConfig::default(), SshConfig::default());
    for (name, value) in [
        ("HttpConfig::max_head", max_head as u64),
        ("HttpConfig::max_chunk_line", max_chunk_line as u64),
        ("HttpConfig::max_pending", max_pending as u64),
        ("HttpConfig::max_decoded", max_decoded),
        ("SmtpConfig::max_line", smtp.max_line as u64),
        ("SmtpConfig::max_reply_lines", smtp.max_reply_lines as u64),
        ("SmtpConfig::max_pending", smtp.max_pending as u64),
        ("SmtpConfig::max_recipients", smtp.max_recipients as u64),
        ("FtpConfig::max_line", ftp.max_line as u64),
        ("FtpConfig::max_reply_lines", ftp.max_reply_lines as u64),
        ("FtpConfig::max_pending", ftp.max_pending as u64),
        ("SshConfig::max_banner", ssh.max_banner as u64),
        ("SshConfig::max_lines", ssh.max_lines.into()),
        ("SshConfig::max_packet", ssh.max_packet as u64),
        ("FileConfig::max_size", FileConfig::default().max_size as u64),
    ] {
        let row = page.lines().find(|line| line.contains(&format!("`{name}`"))).unwrap();
        assert_eq!(number(row.split('|').nth(3).unwrap()), value, "{name}: {row}");
    }
}
