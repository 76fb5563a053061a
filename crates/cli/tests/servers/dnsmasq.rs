//! DNS of dnsmasq and dig, over UDP and TCP: what rheos reads is what dig prints.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::succeeds;
use crate::lab::{Lab, SERVER, SERVER_V6};
use crate::rows::{rows, word, words};

/// What dnsmasq knows, and the time to live of it all.
const RECORDS: &str = "--local=/example/ --local-ttl=300 \
    --host-record=www.example,192.0.2.80,2001:db8::80 --cname=alias.example,www.example \
    --mx-host=example,mail.example,10 --mx-host=example,backup.example,20 \
    --txt-record=example,one,two\"s --srv-host=_ldap._tcp.example,www.example,389,1,2 \
    --caa-record=example,0,issue,ca.example --naptr-record=example,10,20,u,E2U+sip,!^.*$!sip:a!";

/// Records of one name that do not fit into what the client takes over UDP, and how long each is.
const LARGE: usize = 8;
const LARGE_LEN: usize = 200;

/// What dig is asked, and how.
const QUESTIONS: [&str; 15] = [
    "www.example A",
    "www.example AAAA +noedns",
    "alias.example A +norecurse",
    "example MX",
    "example TXT",
    "_ldap._tcp.example SRV +tcp",
    "-x 192.0.2.80",
    "none.example A",
    "none.example AAAA +tcp +dnssec",
    "www.example MX",
    "elsewhere.invalid A",
    "example CAA",
    "example NAPTR +bufsize=4096",
    "www.example A +nocookie",
    "large.example TXT +bufsize=600",
];

/// What dig has printed.
struct Told {
    text: String,
    /// How long it ran.
    took: Duration,
}

impl Told {
    /// What stands behind these words, up to one of the others.
    fn behind(&self, words: &str, ends: &[char]) -> Option<&str> {
        let (_, rest) = self.text.split_once(words)?;
        rest.split(ends).next().map(str::trim)
    }

    fn flag(&self, name: &str) -> bool {
        self.behind(";; flags: ", &[';']).unwrap().split(' ').any(|flag| flag == name)
    }

    /// Name, class, type of the question.
    fn question(&self) -> Vec<&str> {
        let line = self.behind(";; QUESTION SECTION:\n;", &['\n']).unwrap();
        line.split_whitespace().collect()
    }

    /// The answers, with their times, as Zeek writes them.
    fn answers(&self) -> (Vec<String>, Vec<f64>) {
        let section = self.text.split_once(";; ANSWER SECTION:\n").map_or("", |(_, rest)| rest);
        let lines = section.lines().take_while(|line| !line.is_empty());
        let answer = |line: &str| {
            let mut words = line.split_whitespace().skip(1);
            let time: f64 = words.next().unwrap().parse().unwrap();
            let kind = words.nth(1).unwrap();
            let data: Vec<_> = words.collect();
            let text = match kind {
                "A" | "AAAA" => data[0].to_owned(),
                "CNAME" | "MX" | "SRV" | "PTR" => {
                    data.last().unwrap().trim_end_matches('.').to_owned()
                }
                "TXT" => {
                    // "one" "two\"s"
                    let strings = data.iter().map(|quoted| {
                        let text = quoted[1..quoted.len() - 1].replace('\\', "");
                        format!("TXT {} {text}", text.len())
                    });
                    strings.collect::<Vec<_>>().join(" ")
                }
                // Zeek has the strings of these without their quotes, and the root without its dot.
                "NAPTR" => {
                    let text = data.join(" ").replace('"', "");
                    format!("{kind} {}", text.strip_suffix(" .").unwrap_or(&text))
                }
                _ => format!("{kind} {}", data.join(" ")),
            };
            (text, time)
        };
        lines.map(answer).unzip()
    }
}

/// The names of types that dig was told to write as numbers.
fn name_of(kind: &str) -> &str {
    match kind {
        "TYPE35" => "NAPTR",
        "TYPE257" => "CAA",
        other => other,
    }
}

#[test]
fn answers_are_what_dig_prints() {
    let Some(mut lab) = Lab::new("dns", &["dnsmasq", "dig"]) else { return };
    let listen = format!(
        "--no-resolv --no-hosts --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= \
         --listen-address={SERVER},{SERVER_V6} --bind-interfaces --log-facility=- {RECORDS}"
    );
    let mut arguments: Vec<_> = listen.split_whitespace().map(str::to_owned).collect();
    let record = |nth| format!("--txt-record=large.example,{nth}{}", "x".repeat(LARGE_LEN));
    arguments.extend((0..LARGE).map(record));
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    lab.serve("dnsmasq", &arguments, 53);
    lab.capture();
    let told: Vec<Told> = QUESTIONS
        .iter()
        .enumerate()
        .map(|(nth, question)| {
            let server = if nth % 2 == 0 { SERVER } else { SERVER_V6 };
            let line = format!("@{server} +tries=1 +time=10 +noidnout {question}");
            let start = Instant::now();
            let text = lab.ask("dig", &line.split(' ').collect::<Vec<_>>());
            Told { text, took: start.elapsed() }
        })
        .collect();
    let capture = lab.captured();
    let rows = rows("dns", &capture);
    let id = |told: &Told| told.behind(", id: ", &['\n']).unwrap().parse::<u64>().unwrap();
    for (question, told) in QUESTIONS.iter().zip(&told) {
        let proto = told.behind(";; SERVER: ", &['\n']).unwrap().rsplit_once('(').unwrap().1;
        let proto = proto.trim_end_matches(')').to_lowercase();
        let row = rows.iter().find(|row| row["trans_id"] == id(told) && row["proto"] == proto);
        let row = row.unwrap_or_else(|| panic!("{question}: {}", told.text));
        let [name, _, kind] = told.question()[..] else { panic!("{question}") };
        let class = [word(row, "qclass"), word(row, "qclass_name")];
        assert_eq!(class, ["1", "C_INTERNET"].map(str::to_owned), "{question}");
        let status = told.behind("status: ", &[',']).unwrap();
        let expected = [name.trim_end_matches('.'), name_of(kind), status].map(str::to_owned);
        assert_eq!(words(row, ["query", "qtype_name", "rcode_name"]), expected, "{question}");
        for (column, flag) in [("AA", "aa"), ("TC", "tc"), ("RD", "rd"), ("RA", "ra")] {
            assert_eq!(row[column], told.flag(flag), "{question}: {flag}");
        }
        let list = |name: &str| row[name].as_array().cloned().unwrap_or_default();
        let texts = list("answers").iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        let times = list("TTLs").iter().map(|time| time.as_f64().unwrap()).collect();
        assert_eq!((texts, times), told.answers(), "{question}");
        // dig's own milliseconds begin when it comes to look at its clock, which may be late.
        assert!(row["rtt"].as_f64().unwrap() <= told.took.as_secs_f64(), "{row} {:?}", told.took);
    }
    // The last one was asked twice: what came over UDP was cut.
    assert_eq!(rows.len(), QUESTIONS.len() + 1);
    assert!(told[QUESTIONS.len() - 1].text.starts_with(";; Truncated, retrying in TCP mode."));
    let cut: Vec<_> = rows.iter().filter(|row| row["TC"] == true).collect();
    assert_eq!(cut.len(), 1);
    assert_eq!(words(cut[0], ["query", "proto"]), ["large.example", "udp"].map(str::to_owned));
    check_edns(&capture, &told);
}

/// What `rheos dump` shows of EDNS is what dig does.
fn check_edns(capture: &str, told: &[Told]) {
    let text = succeeds(&["dump", capture, "--format", "json"]);
    let packets: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let layers = packets.iter().flat_map(|packet| packet["layers"].as_array().unwrap());
    let answers: Vec<_> = layers
        .map(|layer| &layer["fields"])
        .filter(|fields| fields["dns.flags.response"] == true)
        .collect();
    let mut with = 0;
    for told in told {
        let id: u64 = told.behind(", id: ", &['\n']).unwrap().parse().unwrap();
        let fields: Vec<_> = answers.iter().filter(|fields| fields["dns.id"] == id).collect();
        // Over TCP, a message in one segment; the one that was cut came by UDP before.
        let Some(fields) = fields.last() else { panic!("{}", told.text) };
        let size = told.behind("; EDNS: version: 0, flags:", &['\n']);
        let Some((flags, size)) = size.and_then(|text| text.split_once("; udp: ")) else {
            assert!(fields["dns.rr.udp_payload_size"].is_null(), "{fields}");
            continue;
        };
        with += 1;
        assert_eq!(word(fields, "dns.rr.udp_payload_size"), size, "{fields}");
        assert_eq!(fields["dns.resp.z.do"], flags.contains("do"), "{fields}");
    }
    assert_eq!(with, told.len() - 1);
}
