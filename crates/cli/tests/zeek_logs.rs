//! Logs in Zeek's form against what Zeek has written of the same captures: its own test baselines, in
//! `testing/btest/Baseline` of github.com/zeek/zeek.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests, also in their functions: what is printed is known"
)]

mod common;

use common::{all_shared, rheos, text};

/// The header line of a log and its types, and its rows.
type Read = (Vec<String>, Vec<String>, Vec<Vec<String>>);

/// What a command prints of one of Zeek's captures in Zeek's form; nothing where the captures are not there.
fn read(command: &str, capture: &str) -> Option<Read> {
    let captures = all_shared();
    let path = captures.iter().find(|path| path.ends_with(format!("zeek/{capture}")))?;
    let told = rheos(&[command, text(path), "--format", "zeek"]).text();
    let parts = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let header = |front| parts(told.lines().find_map(|line| line.strip_prefix(front)).unwrap());
    let rows = told.lines().filter(|line| !line.starts_with('#')).map(parts).collect();
    Some((header("#fields\t"), header("#types\t"), rows))
}

/// Holds some columns of the rows to what Zeek has in them.
#[track_caller]
fn check(command: &str, capture: &str, columns: &[&str], expected: &[&[&str]]) {
    let Some((fields, _, rows)) = read(command, capture) else { return };
    let value = |row: &Vec<String>, name: &str| {
        row[fields.iter().position(|field| field == name).unwrap()].clone()
    };
    let told = rows.iter().map(|row| columns.iter().map(|name| value(row, name)).collect());
    assert_eq!(told.collect::<Vec<Vec<_>>>(), expected);
}

/// Holds the columns of a log to those of Zeek, with their types: ours stand behind them.
#[track_caller]
fn check_columns(command: &str, fields: &str, types: &str) {
    let told = rheos(&[command, common::FIRST, "--format", "zeek"]).text();
    let line = |front| told.lines().find(|line| line.starts_with(front)).unwrap().to_owned();
    for (front, expected) in [("#fields", fields), ("#types", types)] {
        let expected = expected.split(' ').collect::<Vec<_>>().join("\t");
        let line = line(front);
        assert!(line.starts_with(&format!("{front}\t{expected}")), "{command}: {line}");
    }
}

// scripts.base.protocols.http.http-filename, ssl.tls1_1, ssh.ssh_version_199, smtp.one-side,
// ftp.ftp-get-file-size, and the log of files in the documentation of Zeek 6.
#[test]
fn columns_are_zeeks_in_its_order() {
    check_columns(
        "http",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent \
         origin request_body_len response_body_len status_code status_msg info_code info_msg tags username password \
         proxied orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types",
        "time string addr port addr port count string string string string string string string count count count \
         string count string set[enum] string string set[string] vector[string] vector[string] vector[string] \
         vector[string] vector[string] vector[string]",
    );
    check_columns(
        "tls",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert \
         next_protocol established ssl_history cert_chain_fps client_cert_chain_fps sni_matches_cert",
        "time string addr port addr port string string string string bool string string bool string vector[string] \
         vector[string] bool",
    );
    check_columns(
        "ssh",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version auth_success auth_attempts direction client server \
         cipher_alg mac_alg compression_alg kex_alg host_key_alg host_key",
        "time string addr port addr port count bool count enum string string string string string string string \
         string",
    );
    check_columns(
        "smtp",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth helo mailfrom rcptto date from to cc reply_to \
         msg_id in_reply_to subject x_originating_ip first_received second_received last_reply path user_agent tls \
         fuids",
        "time string addr port addr port count string string set[string] string string set[string] set[string] \
         string string string string addr string string string vector[addr] string bool vector[string]",
    );
    check_columns(
        "ftp",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p user password command arg mime_type file_size reply_code \
         reply_msg data_channel.passive data_channel.orig_h data_channel.resp_h data_channel.resp_p fuid",
        "time string addr port addr port string string string string string count count string bool addr addr port \
         string",
    );
    check_columns(
        "files",
        "ts fuid uid id.orig_h id.orig_p id.resp_h id.resp_p source depth analyzers mime_type filename duration \
         local_orig is_orig seen_bytes total_bytes missing_bytes overflow_bytes timedout parent_fuid md5 sha1 \
         sha256 extracted extracted_cutoff extracted_size",
        "time string string addr port addr port string count set[string] string string interval bool bool count \
         count count count bool string string string string string bool count",
    );
    check_columns(
        "dns",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name \
         rcode rcode_name AA TC RD RA Z answers TTLs rejected",
        "time string addr port addr port enum count interval string count string count string count string bool bool \
         bool bool count vector[string] vector[interval] bool",
    );
}

// scripts.base.protocols.ssl.tls1_1.
#[test]
fn handshakes_have_the_history_that_zeek_has() {
    check(
        "tls",
        "tls__tls1_1.pcap",
        &["version", "curve", "established", "ssl_history", "client_cert_chain_fps"],
        &[&["TLSv11", "secp256r1", "T", "CsxknGIti", "(empty)"]],
    );
}

// scripts.base.protocols.http.http-filename; Zeek has text/json there, by its own signatures.
#[test]
fn files_of_responses_have_the_names_that_are_said_of_them() {
    check(
        "http",
        "http__http-filename.pcap",
        &["response_body_len", "password", "orig_filenames", "resp_filenames"],
        &[&["191", "-", "-", "test.json"]],
    );
}

// scripts.base.protocols.smtp.one-side.
#[test]
fn mails_have_their_headers_and_the_hosts_that_they_came_over() {
    let columns = ["helo", "from", "to", "cc", "subject", "last_reply", "path", "fuids"];
    let path = "192.150.186.11,192.150.187.22";
    let helo = "enzo.icir.org";
    let robin = "robin@icir.org";
    check(
        "smtp",
        "smtp-one-side-only.pcap",
        &columns,
        &[
            &[helo, robin, robin, "-", "Hello1!", "-", path, "(empty)"],
            &[helo, robin, "rsommer@lbl.gov", "-", "Hello2!", "-", path, "(empty)"],
        ],
    );
}

// scripts.base.protocols.smtp.starttls.
#[test]
fn a_connection_that_goes_on_in_tls_says_who_called_and_what_was_agreed() {
    check(
        "smtp",
        "tls__smtp-starttls.pcap",
        &["trans_depth", "helo", "mailfrom", "rcptto", "last_reply", "path", "tls", "fuids"],
        &[&[
            "1",
            "openssl.client.net",
            "-",
            "-",
            "220 2.0.0 Ready to start TLS",
            "74.125.142.26,192.168.4.149",
            "T",
            "(empty)",
        ]],
    );
}

// scripts.base.protocols.ftp.ftp-ipv4, of the version that logged transfers alone.
#[test]
fn transfers_have_the_size_and_the_password_that_were_said() {
    let Some((fields, _, rows)) = read("ftp", "ftp__ipv4.pcap") else { return };
    let place = |name: &str| fields.iter().position(|field| field == name).unwrap();
    let transfers: Vec<_> = rows.iter().filter(|row| row[place("command")] == "RETR").collect();
    assert_eq!(transfers.len(), 2);
    for row in transfers {
        let told = ["user", "password", "file_size", "reply_code"].map(|name| &*row[place(name)]);
        assert_eq!(told, ["anonymous", "test", "77", "226"]);
        assert!(row[place("fuid")].starts_with('F'), "{row:?}");
    }
}
