//! FTP of pyftpdlib and curl, with data connections either way: what rheos reads is what both say.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::succeeds;
use crate::lab::{Lab, SERVER, Said, python, skip};
use crate::rows::{check_tls, negotiated, rows, word, words};

const PORT: u16 = 21;
/// Of FTP over TLS from the first byte on: RFC 4217 calls it implicit.
const IMPLICIT_PORT: u16 = 990;

/// Zeek's `FTP::logged_commands`, those of them that are asked for here.
const LOGGED: [&str; 7] = ["APPE", "PASV", "EPSV", "PORT", "EPRT", "RETR", "STOR"];

/// A connection: what curl is told, and the file whose bytes go over its data connection, if it is one
/// that is in the clear; whether the client sends it.
struct Case {
    arguments: &'static str,
    file: Option<&'static str>,
    is_sent: bool,
}

const fn gets(arguments: &'static str, file: &'static str) -> Case {
    Case { arguments, file: Some(file), is_sent: false }
}

const fn sends(arguments: &'static str, file: &'static str) -> Case {
    Case { arguments, file: Some(file), is_sent: true }
}

const CASES: [Case; 9] = [
    gets("/noise.bin -o 1", "1"),
    gets("/text.txt -o 2 --disable-epsv", "2"),
    gets("/noise.bin -o 3 -P - --disable-eprt", "3"),
    gets("/text.txt -o 4 -P -", "4"),
    gets("/noise.bin -o 5 -r 1000-", "5"),
    sends("/sent.bin -T noise.bin", "noise.bin"),
    sends("/sent.txt -T text.txt -P - --disable-eprt", "text.txt"),
    sends("/sent.txt -a -T text.txt --disable-epsv", "text.txt"),
    // A file that is not there, so that nothing comes.
    Case { arguments: "/missing -o 9", file: None, is_sent: false },
];

/// What curl shows of the commands that are written down: each with its argument, and the code and the
/// words of its last reply.
fn logged(said: &Said) -> Vec<[String; 4]> {
    let mut found: Vec<[String; 4]> = Vec::new();
    for line in said.stderr.lines() {
        if let Some(command) = line.strip_prefix("> ") {
            let (verb, argument) = command.split_once(' ').unwrap_or((command, ""));
            found.push([verb, argument, "", ""].map(str::to_owned));
        } else if let Some(reply) = line.strip_prefix("< ")
            && let Some(last) = found.last_mut()
        {
            reply[..3].clone_into(&mut last[2]);
            reply[4..].clone_into(&mut last[3]);
        }
    }
    found.retain(|[verb, ..]| LOGGED.contains(&verb.as_str()));
    found
}

/// The flows of a capture that are not of commands, each with the flow that announced it, if one did.
fn data_flows(capture: &str) -> (Vec<Value>, Vec<Value>) {
    let mut flows = eve(capture, "flow");
    flows.retain(|flow| flow["proto"] == "TCP");
    let is_control =
        |flow: &Value| [PORT, IMPLICIT_PORT].iter().any(|port| flow["dest_port"] == *port);
    let (control, data): (Vec<_>, Vec<_>) = flows.into_iter().partition(is_control);
    let (announced, others): (Vec<_>, Vec<_>) =
        data.into_iter().partition(|flow| flow.get("parent_id").is_some());
    for flow in &announced {
        let parent = control.iter().find(|control| control["flow_id"] == flow["parent_id"]);
        assert!(parent.is_some_and(|parent| parent["app_proto"] == "ftp"), "{flow}");
    }
    (announced, others)
}

/// The records of a type of EVE.
fn eve(capture: &str, kind: &str) -> Vec<Value> {
    let text = succeeds(&["log", capture, "--format", "eve"]);
    let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
    records.filter(|record: &Value| record["event_type"] == kind).collect()
}

fn start(name: &str) -> Option<Lab> {
    let Some(python) = python("pyftpdlib, OpenSSL") else {
        skip(name, "there is no pyftpdlib with OpenSSL");
        return None;
    };
    let mut lab = Lab::new(name, &["curl", "openssl"])?;
    let mut state = 1_u32;
    let noise = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    lab.write("noise.bin", (0..500_000).map(noise).collect::<Vec<u8>>());
    lab.write("text.txt", "a line\nanother\n".repeat(100));
    std::fs::create_dir(lab.path("root")).unwrap();
    for name in ["noise.bin", "text.txt"] {
        std::fs::copy(lab.path(name), lab.folder().join("root").join(name)).unwrap();
    }
    lab.write("ftp.py", include_str!("ftp.py"));
    lab.make_certificate("server", "/CN=files.example");
    lab.write("both.pem", lab.read("server.key") + &lab.read("server.pem"));
    let [port, implicit] = [PORT, IMPLICIT_PORT].map(|port| port.to_string());
    lab.serve_as("ftp", &python, &["ftp.py", &port, &implicit, "root", "both.pem"], PORT);
    lab.capture();
    Some(lab)
}

fn curl(lab: &Lab, arguments: &str) -> Said {
    curl_by(lab, "ftp", arguments)
}

fn curl_by(lab: &Lab, scheme: &str, arguments: &str) -> Said {
    let line = format!("-v -s {scheme}://Aladdin:sesame@{SERVER}{arguments}");
    lab.run("curl", &line.split(' ').collect::<Vec<_>>())
}

#[test]
fn commands_and_files_are_what_curl_says() {
    let Some(mut lab) = start("ftp") else { return };
    let said: Vec<Said> = CASES.iter().map(|case| curl(&lab, case.arguments)).collect();
    // 78: there is no such file.
    let codes: Vec<_> = said.iter().map(|said| said.code).collect();
    assert_eq!(codes, [0, 0, 0, 0, 0, 0, 0, 0, 78].map(Some), "{said:?}");
    // The commands of this one are hidden, and with them what its data connection is for.
    let hidden = curl(&lab, "/text.txt -o 10 --ftp-ssl-control --insecure");
    assert_eq!(hidden.code, Some(0), "{hidden:?}");
    let capture = lab.captured();
    let told: Vec<_> = said.iter().flat_map(logged).collect();
    let read = rows("ftp", &capture);
    let columns = ["command", "arg", "reply_code", "reply_msg"];
    assert_eq!(read.iter().map(|row| words(row, columns)).collect::<Vec<_>>(), told);
    assert!(read.iter().all(|row| row["user"] == "Aladdin"));
    for verb in LOGGED {
        assert!(told.iter().any(|[found, ..]| found == verb), "{verb}");
    }
    // What was saved and sent, with the sums of those files; a name is that of the path.
    let transfers = CASES.iter().filter_map(|case| {
        let name = case.arguments[1..].split(' ').next()?;
        let file = case.file?;
        let size = std::fs::metadata(lab.path(file)).unwrap().len();
        Some((name.to_owned(), size.to_string(), lab.sha256(file), case))
    });
    let expected: Vec<_> = transfers
        .map(|(name, size, sum, case)| {
            // Who opens the data connection: the server, if it is told where to.
            let is_active = case.arguments.contains("-P");
            [
                "FTP_DATA".to_owned(),
                name,
                size,
                "0".to_owned(),
                sum,
                (case.is_sent != is_active).to_string(),
            ]
        })
        .collect();
    let columns = ["source", "filename", "total_bytes", "missing_bytes", "sha256", "is_orig"];
    let files = rows("files", &capture);
    assert_eq!(files.iter().map(|row| words(row, columns)).collect::<Vec<_>>(), expected);
    let out = lab.path("out");
    succeeds(&["files", &capture, "--out", &out]);
    for row in &files {
        assert_eq!(lab.sha256(&format!("out/{}", word(row, "fuid"))), word(row, "sha256"));
    }
    check_tls(&capture, PORT, &hidden);
    // Suricata's record of such a file has the command that it came by.
    let commands: Vec<_> = eve(&capture, "fileinfo")
        .iter()
        .map(|file| (file["ftp_data"]["command"].clone(), file["ftp_data"]["filename"].clone()))
        .collect();
    let given: Vec<(Value, Value)> = told
        .iter()
        .filter(|[verb, _, code, _]| ["RETR", "STOR", "APPE"].contains(&&**verb) && code == "226")
        .map(|[verb, path, ..]| (verb.as_str().into(), path.as_str().into()))
        .collect();
    assert_eq!(commands, given);
    // Each connection for data is the child of the one that announced it, whoever opened it; the one that
    // was announced under TLS is nobody's.
    let (announced, others) = data_flows(&capture);
    let parents: BTreeSet<_> = announced.iter().map(|flow| flow["parent_id"].as_u64()).collect();
    assert_eq!([announced.len(), parents.len()], [CASES.len(); 2], "{announced:?}");
    assert_eq!(others.len(), 1, "{others:?}");
}

/// RFC 4217: with PROT P, the data connections are of TLS, too, where who gives the commands is the client,
/// whoever opens the connection. Nothing announces them in the clear, so they are known by what is said
/// on them.
#[test]
fn data_under_prot_p_and_implicit_ftps_are_tls_and_no_files() {
    let Some(mut lab) = start("ftps") else { return };
    let cases = [
        ("ftp", "/noise.bin -o 1 --ssl-reqd --insecure", PORT),
        ("ftp", "/sent.bin -T noise.bin --ssl-reqd --insecure", PORT),
        ("ftps", "/text.txt -o 2 --insecure", IMPLICIT_PORT),
        ("ftps", "/sent.txt -T text.txt --insecure", IMPLICIT_PORT),
    ];
    let said = cases.map(|(scheme, arguments, _)| curl_by(&lab, scheme, arguments));
    let codes = said.each_ref().map(|said| said.code);
    assert_eq!(codes, [Some(0); 4], "{said:?}");
    // Twice the server opens two data connections.
    lab.write("ftp_active.py", include_str!("ftp_active.py"));
    let python = python("ssl").unwrap();
    let active = lab.run(&python, &["ftp_active.py", SERVER, &PORT.to_string()]);
    assert_eq!(active.code, Some(0), "{active:?}");
    for (saved, sent) in [
        ("1", "noise.bin"),
        ("root/sent.txt", "text.txt"),
        ("port", "noise.bin"),
        ("root/port", "noise.bin"),
        ("eprt", "noise.bin"),
        ("root/eprt", "noise.bin"),
    ] {
        assert_eq!(lab.sha256(saved), lab.sha256(sent), "{saved}");
    }
    let capture = lab.captured();

    // A connection for commands and those for data, and every handshake is seen to its end.
    let sessions = rows("tls", &capture);
    let (control, data): (Vec<_>, Vec<_>) = sessions
        .iter()
        .partition(|row| [PORT, IMPLICIT_PORT].iter().any(|port| row["id.resp_p"] == *port));
    let negotiated_by_python = active.stdout.lines().map(|line| {
        let said: Value = serde_json::from_str(line).unwrap();
        (PORT, [word(&said, "version").replace('.', ""), word(&said, "cipher")])
    });
    let by_curl = said.iter().zip(cases).map(|(said, (.., port))| (port, negotiated(said)));
    let expected: Vec<_> = by_curl.chain(negotiated_by_python).collect();
    assert_eq!([control.len(), data.len()], [6, 8], "{sessions:?}");
    for (row, (port, negotiated)) in control.iter().zip(expected) {
        assert_eq!(word(row, "id.resp_p"), port.to_string());
        assert_eq!(words(row, ["version", "cipher"]), negotiated);
    }
    assert!(sessions.iter().all(|row| row["established"] == true), "{sessions:?}");
    let opened = data.iter().filter(|row| row["id.orig_h"] == SERVER).count();
    assert_eq!(opened, 4, "{data:?}");
    // What is hidden is made up nowhere: no file, no command but AUTH before it, and no parent.
    assert!(rows("files", &capture).is_empty());
    assert!(rows("ftp", &capture).is_empty());
    let (announced, others) = data_flows(&capture);
    assert!(announced.is_empty(), "{announced:?}");
    assert_eq!(others.len(), data.len(), "{others:?}");
}
