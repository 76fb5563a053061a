//! TLS 1.2 and 1.3 of openssl's server and client: what rheos reads is what both say they agreed on,
//! and fingerprints are those of the hellos that openssl's trace has.

use std::fs::File;

use serde_json::Value;

use crate::lab::{Lab, SERVER, Said, digest};
use crate::rows::{rows, word, words};

/// What a client asks over TLS: the server answers with a page, and ends the connection.
const REQUEST: &str = "GET / HTTP/1.0\r\n\r\n";

/// The certificates, each with its subject: the second is a client's.
const CERTIFICATES: [(&str, &str); 2] =
    [("server", "/C=XX/O=rheos, tests/CN=www.example"), ("client", "/CN=a client")];

/// A handshake to be made.
struct Case {
    name: &'static str,
    port: u16,
    arguments: &'static str,
    /// Whether it succeeds.
    is_established: bool,
}

const fn case(name: &'static str, port: u16, arguments: &'static str) -> Case {
    Case { name, port, arguments, is_established: true }
}

const fn refused(name: &'static str, port: u16, arguments: &'static str) -> Case {
    Case { is_established: false, ..case(name, port, arguments) }
}

/// A server that takes what comes, one that wants a certificate and gives no tickets, and one whose
/// group is not the client's first.
const PLAIN: u16 = 4433;
const MUTUAL: u16 = 4434;
const OTHER_GROUP: u16 = 4435;

const CASES: &[Case] = &[
    case("v12", PLAIN, "-tls1_2 -servername www.example -alpn h2,http/1.1 -sess_out s12"),
    case("v12_ticket", PLAIN, "-tls1_2 -servername www.example -alpn h2,http/1.1 -sess_in s12"),
    case("v13", PLAIN, "-tls1_3 -servername www.example -alpn h2,http/1.1 -sess_out s13"),
    case("v13_ticket", PLAIN, "-tls1_3 -servername www.example -sess_in s13"),
    case("any", PLAIN, "-servername other.example -alpn http/1.1"),
    case("group", PLAIN, "-tls1_2 -groups P-256 -servername other.example"),
    case("retried", OTHER_GROUP, "-tls1_3 -servername www.example"),
    case("client", MUTUAL, "-tls1_2 -noservername -cert client.pem -key client.key -sess_out id"),
    case("client_id", MUTUAL, "-tls1_2 -noservername -cert client.pem -key client.key -sess_in id"),
    case("client_v13", MUTUAL, "-tls1_3 -noservername -cert client.pem -key client.key"),
    refused("no_certificate", MUTUAL, "-tls1_2 -noservername"),
    refused("no_cipher", PLAIN, "-tls1_2 -servername www.example -cipher AES128-SHA"),
    refused("unknown", PLAIN, "-tls1_2 -noservername -verify_return_error -CAfile client.pem"),
];

/// What openssl says of a handshake.
struct Told {
    said: Said,
    trace: String,
}

impl Told {
    /// What stands behind these words in the client's summary.
    fn behind(&self, words: &str) -> Option<&str> {
        self.said.stdout.lines().find_map(|line| line.strip_prefix(words)).map(str::trim)
    }

    /// Whether the session is one from before, and its version; none, if there is no session.
    fn session(&self) -> (bool, Option<String>) {
        let (how, rest) = ["New", "Reused"]
            .iter()
            .find_map(|how| Some((how, self.behind(&format!("{how}, "))?)))
            .unwrap();
        let version = rest.split(',').next().filter(|version| *version != "(NONE)");
        (*how == "Reused", version.map(|version| version.replace('.', "")))
    }

    /// The messages of a kind in the trace, as lines.
    fn messages(&self, kind: &str) -> Vec<Vec<&str>> {
        let title = format!("    {kind}, Length=");
        let starts = self.trace.match_indices(&title).map(|(at, _)| at);
        let lines = starts.map(|at| self.trace[at..].lines().skip(1));
        lines.map(|lines| lines.take_while(|line| line.starts_with("      ")).collect()).collect()
    }

    /// The fatal alert, if there is one, in small letters.
    fn alert(&self) -> Option<String> {
        let (_, rest) = self.trace.split_once("Level=fatal(2), description=")?;
        Some(rest.split('(').next()?.to_lowercase())
    }
}

/// The number in the first brackets of each line.
fn numbers(lines: &[&str]) -> Vec<u32> {
    let number = |line: &&str| {
        let text = line.rsplit_once('(')?.1.split(')').next()?;
        text.strip_prefix("0x")
            .map_or_else(|| text.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
    };
    lines.iter().filter_map(number).collect()
}

/// What fingerprints are made of, in a hello.
#[derive(Default)]
struct Hello {
    version: u32,
    suites: Vec<u32>,
    extensions: Vec<u32>,
    /// What is in some extensions, as lines of the trace.
    groups: Vec<u32>,
    formats: Vec<u32>,
    algorithms: Vec<u32>,
    versions: Vec<u32>,
    protocols: Vec<String>,
}

impl Hello {
    fn of(lines: &[&str]) -> Self {
        let mut hello = Self::default();
        for line in lines {
            let text = line.trim();
            if let Some((_, version)) = text.split_once("_version=0x") {
                hello.version = u32::from_str_radix(&version[..3], 16).unwrap();
            } else if let Some((_, suite)) = text.split_once("{0x") {
                let (high, low) = suite.split_once(", 0x").unwrap();
                hello
                    .suites
                    .push(u32::from_str_radix(&format!("{high}{}", &low[..2]), 16).unwrap());
            } else if text.starts_with("extension_type=") {
                hello.extensions.extend(numbers(&[text.split(',').next().unwrap()]));
            } else if line.starts_with("          ") {
                match hello.extensions.last() {
                    Some(10) => hello.groups.extend(numbers(&[text])),
                    Some(11) => hello.formats.extend(numbers(&[text])),
                    Some(13) => hello.algorithms.extend(numbers(&[text])),
                    Some(16) => hello.protocols.push(text.to_owned()),
                    Some(43) => hello.versions.extend(numbers(&[text])),
                    _ => {}
                }
            }
        }
        hello
    }

    /// By <https://github.com/salesforce/ja3>.
    fn ja3(&self) -> String {
        let lists =
            [&self.suites, &self.extensions, &self.groups, &self.formats].map(|list| joined(list));
        digest("md5sum", &format!("{},{}", self.version, lists.join(",")))
    }

    fn ja3s(&self) -> String {
        let lists = [&self.suites, &self.extensions].map(|list| joined(list));
        digest("md5sum", &format!("{},{}", self.version, lists.join(",")))
    }

    /// By <https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md>.
    fn ja4(&self) -> String {
        let version = match self.versions.iter().max().unwrap_or(&self.version) {
            0x304 => "13",
            0x303 => "12",
            other => panic!("version {other}"),
        };
        let name = if self.extensions.contains(&0) { 'd' } else { 'i' };
        let protocol = self.protocols.first().map_or("00".to_owned(), |first| {
            [first.chars().next().unwrap(), first.chars().last().unwrap()].iter().collect()
        });
        let hex = |numbers: &[u32]| {
            numbers.iter().map(|number| format!("{number:04x}")).collect::<Vec<_>>()
        };
        let (mut suites, mut extensions) = (hex(&self.suites), hex(&self.extensions));
        extensions.retain(|number| number != "0000" && number != "0010");
        suites.sort();
        extensions.sort();
        let behind = format!("{}_{}", extensions.join(","), hex(&self.algorithms).join(","));
        let [suites, behind] =
            [suites.join(","), behind].map(|text| digest("sha256sum", &text)[..12].to_owned());
        let counts = format!("{:02}{:02}", self.suites.len(), self.extensions.len());
        format!("t{version}{name}{counts}{protocol}_{suites}_{behind}")
    }
}

fn joined(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// Three servers, and the certificates.
fn start() -> Option<Lab> {
    let mut lab = Lab::new("tls", &["openssl", "md5sum"])?;
    lab.write("request", REQUEST);
    for (name, subject) in CERTIFICATES {
        lab.make_certificate(name, subject);
    }
    let servers = [
        (PLAIN, "-alpn http/1.1"),
        (MUTUAL, "-no_ticket -Verify 1 -verify_return_error -CAfile client.pem"),
        (OTHER_GROUP, "-groups P-384"),
    ];
    for (port, arguments) in servers {
        let address = format!("{SERVER}:{port}");
        let line =
            format!("s_server -www -cert server.pem -key server.key -accept {address} {arguments}");
        let arguments: Vec<_> = line.split(' ').collect();
        lab.serve_as(&format!("s_server_{port}"), "openssl", &arguments, port);
    }
    lab.capture();
    Some(lab)
}

/// Makes a handshake.
fn connect(lab: &Lab, case: &Case) -> Told {
    let address = format!("{SERVER}:{}", case.port);
    let trace = format!("{}.trace", case.name);
    let mut client = lab.client("openssl");
    client.args(["s_client", "-ign_eof", "-trace", "-msgfile", &trace, "-connect", &address]);
    client.args(case.arguments.split(' '));
    client.stdin(File::open(lab.path("request")).unwrap());
    let said = Said::of(&client.output().unwrap());
    assert_eq!(said.code == Some(0), case.is_established, "{}: {said:?}", case.name);
    Told { said, trace: lab.read(&trace) }
}

/// What openssl says of a certificate.
fn x509(lab: &Lab, name: &str, what: &str) -> String {
    let line = format!("x509 -noout -nameopt RFC2253 -in {name}.pem {what}");
    let text = lab.ask("openssl", &line.split(' ').collect::<Vec<_>>());
    text.trim().split_once('=').unwrap().1.to_owned()
}

#[test]
fn handshakes_are_what_openssl_says() {
    let Some(mut lab) = start() else { return };
    let told: Vec<_> = CASES.iter().map(|case| connect(&lab, case)).collect();
    let prints = ["server", "client"]
        .map(|name| x509(&lab, name, "-fingerprint -sha256").replace(':', "").to_lowercase());
    let subject = x509(&lab, "server", "-subject");
    let capture = lab.captured();
    let mut rows = rows("tls", &capture);
    rows.sort_by(|a, b| a["ts"].as_f64().unwrap().total_cmp(&b["ts"].as_f64().unwrap()));
    assert_eq!(rows.len(), CASES.len());
    for ((case, told), row) in CASES.iter().zip(&told).zip(&rows) {
        let name = case.name;
        assert_eq!(row["id.resp_p"], case.port, "{name}");
        assert_eq!(row["established"], case.is_established, "{name}");
        let (is_resumed, version) = told.session();
        assert_eq!(row["resumed"], is_resumed, "{name}");
        let is_13 = version.as_deref() == Some("TLSv13");
        let servers = told.messages("ServerHello");
        let clients = told.messages("ClientHello");
        if let Some(version) = version.filter(|_| case.is_established) {
            assert_eq!(word(row, "version"), version, "{name}");
        }
        // Its names of suites are those of IANA; a second hello of the server is the one that counts.
        let chosen =
            servers.last().and_then(|lines| lines.iter().find(|line| line.contains("{0x")));
        let chosen = chosen.and_then(|line| line.split_whitespace().last()).unwrap_or_default();
        assert_eq!(word(row, "cipher"), chosen, "{name}");
        // "X25519, 253 bits" or "ECDH, prime256v1, 256 bits"
        let key = told.behind("Server Temp Key: ").unwrap_or_default();
        let group = key.trim_start_matches("ECDH, ").split(',').next().unwrap_or_default();
        let group = group.to_lowercase().replace("prime256v1", "secp256r1");
        if case.is_established {
            assert_eq!(word(row, "curve"), group, "{name}");
        }
        let asked = case.arguments.split_once("-servername ").map(|(_, rest)| rest);
        let asked = asked.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        assert_eq!(word(row, "server_name"), asked, "{name}");
        // Since TLS 1.3 it is hidden, as certificates are.
        let protocol = told.behind("ALPN protocol:").filter(|_| !is_13).unwrap_or_default();
        assert_eq!(word(row, "next_protocol"), protocol, "{name}");
        let chains = words(row, ["cert_chain_fps", "client_cert_chain_fps", "subject", "issuer"]);
        let is_shown = !is_13 && told.trace.contains("Certificate, Length=");
        let shown = |text: &str| if is_shown { text.to_owned() } else { String::new() };
        let of_client = if name == "client" { &*prints[1] } else { "" };
        let expected = [shown(&prints[0]), of_client.to_owned(), shown(&subject), shown(&subject)];
        assert_eq!(chains, expected, "{name}");
        if is_shown && !asked.is_empty() {
            assert_eq!(row["sni_matches_cert"], asked == "www.example", "{name}");
        }
        assert_eq!(
            word(row, "last_alert").replace('_', " "),
            told.alert().unwrap_or_default(),
            "{name}"
        );
        let hello = Hello::of(&clients[0]);
        assert_eq!(words(row, ["ja3", "ja4"]), [hello.ja3(), hello.ja4()], "{name}");
        let answer = servers.last().map(|lines| Hello::of(lines).ja3s());
        assert_eq!(word(row, "ja3s"), answer.unwrap_or_default(), "{name}");
    }
    // And each by itself, where it is asked for alone.
    let alone = crate::rows::rows("fingerprints", &capture);
    let kinds = ["ja3", "ja3s", "ja4"];
    let found = alone.iter().map(|row| words(row, ["kind", "fingerprint", "name", "id.orig_p"]));
    let of = |row: &Value, kind: &str| {
        let [print, name, port] = words(row, [kind, "server_name", "id.orig_p"]);
        [kind.to_owned(), print, name, port]
    };
    let expected = rows.iter().flat_map(|row| kinds.map(|kind| of(row, kind)));
    let mut expected: Vec<_> = expected.filter(|[_, print, ..]| !print.is_empty()).collect();
    let mut found: Vec<_> = found.collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    // That the cases are what they are called.
    let all = |what: fn(&Told) -> bool| {
        CASES
            .iter()
            .zip(&told)
            .filter(|(_, told)| what(told))
            .map(|(case, _)| case.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(all(|told| told.session().0), ["v12_ticket", "v13_ticket", "client_id"]);
    assert_eq!(all(|told| told.messages("ServerHello").len() == 2), ["retried"]);
    assert_eq!(all(|told| told.alert().is_some()), ["no_certificate", "no_cipher", "unknown"]);
}
