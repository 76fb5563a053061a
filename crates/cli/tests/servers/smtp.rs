//! SMTP of aiosmtpd and curl: what rheos reads is what both say; behind STARTTLS only the handshake.

use rheos::l7::smtp::{SmtpMessage, SmtpParser};
use rheos::prelude::{Engine, Event};
use serde_json::Value;

use crate::lab::{Lab, SERVER, Said, python, skip};
use crate::rows::{check_tls, rows, word, words};

const PORT: u16 = 25;

/// A mail: with a line of one dot in it, and lines that begin with one, which are doubled on their way.
const MAIL: &str = "From: a@one.example\r\nSubject: dots\r\n\r\nhello\r\n.\r\n..two\r\n.end\r\n";

/// What curl is told besides, one connection each.
const CASES: [&str; 6] = [
    "--mail-from a@one.example --mail-rcpt b@two.example",
    "--mail-from a@one.example --mail-rcpt b@two.example --mail-rcpt nobody@two.example \
     --mail-rcpt c@three.example --mail-rcpt-allowfails",
    "--mail-from d@one.example --mail-rcpt b@two.example --user Aladdin:sesame --login-options AUTH=PLAIN",
    "--mail-from d@one.example --mail-rcpt b@two.example --user Aladdin:sesame --login-options AUTH=LOGIN --sasl-ir",
    // Refused: there is no mail.
    "--mail-from d@one.example --mail-rcpt b@two.example --user Aladdin:wrong --login-options AUTH=PLAIN",
    "--mail-from e@one.example --mail-rcpt b@two.example --ssl-reqd --insecure",
];

/// The lines that curl shows of a side of a connection.
fn lines<'a>(said: &'a Said, side: &str) -> Vec<&'a str> {
    said.stderr.lines().filter_map(|line| line.strip_prefix(side)).collect()
}

/// The addresses in commands that begin with these words.
fn addresses(said: &Said, words: &str) -> Vec<String> {
    let paths = lines(said, "> ").into_iter().filter_map(|line| line.strip_prefix(words));
    paths.map(|path| path[1..].split('>').next().unwrap().to_owned()).collect()
}

#[test]
fn mails_are_what_curl_and_the_server_say() {
    let Some(python) = python("aiosmtpd") else { return skip("smtp", "there is no aiosmtpd") };
    let Some(mut lab) = Lab::new("smtp", &["curl", "openssl"]) else { return };
    lab.write("smtp.py", include_str!("smtp.py"));
    lab.write("mail", MAIL);
    lab.make_certificate("server", "/CN=mail.example");
    let arguments = ["smtp.py", &PORT.to_string(), "server.pem", "server.key"];
    lab.serve_as("smtp", &python, &arguments, PORT);
    lab.capture();
    let said: Vec<Said> = CASES
        .iter()
        .map(|case| {
            let line = format!("-v -s smtp://{SERVER}:{PORT}/client.example -T mail {case}");
            lab.run("curl", &line.split_whitespace().collect::<Vec<_>>())
        })
        .collect();
    let codes: Vec<_> = said.iter().map(|said| said.code).collect();
    // 67: the login was refused.
    assert_eq!(codes, [0, 0, 0, 0, 67, 0].map(Some), "{said:?}");
    let capture = lab.captured();
    let log = lab.read("smtp.log");
    let taken: Vec<Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(taken.len(), 5, "{log}");
    let rows = rows("smtp", &capture);
    assert_eq!(rows.len(), taken.len());
    let accepted = said.iter().filter(|said| said.code == Some(0));
    for ((row, taken), said) in rows.iter().zip(&taken).zip(accepted) {
        assert_eq!(word(row, "id.orig_p"), word(taken, "port"));
        assert_eq!(row["tls"], taken["tls"], "{row}");
        if taken["tls"] == true {
            // All else is hidden, but what was said in front of it.
            assert!(row["mailfrom"].is_null(), "{row}");
            assert_eq!(words(row, ["helo"]), words(taken, ["helo"]));
            let agreed = word(row, "last_reply");
            assert!(lines(said, "< ").contains(&&*agreed), "{agreed}");
            continue;
        }
        assert_eq!(
            words(row, ["helo", "mailfrom", "size"]),
            words(taken, ["helo", "from", "size"])
        );
        // As in Zeek's, who was asked for; the server has only those that it takes.
        assert_eq!(word(row, "rcptto"), addresses(said, "RCPT TO:").join(" "));
        let last = lines(said, "< ").into_iter().next_back().unwrap();
        assert_eq!(word(row, "last_reply"), last, "{last}");
    }
    check_tls(&capture, PORT, &said[5]);
    check_messages(&capture, &said, &taken);
}

/// Each command and reply of each connection, the recipients that were taken, and who logged in.
fn check_messages(capture: &str, said: &[Said], taken: &[Value]) {
    let mut capture = rheos::pcap::open(capture).unwrap();
    let mut engine = Engine::builder().parser(SmtpParser::default()).build();
    let (mut commands, mut replies, mut accepted, mut users) = (vec![], vec![], vec![], vec![]);
    let sink = |event: &Event<'_, _>| match event.message() {
        Some(SmtpMessage::Command(command)) => commands.push(command.verb.clone()),
        Some(SmtpMessage::Reply(reply)) => replies.push(reply.code.to_string()),
        Some(SmtpMessage::Mail(mail)) => {
            let taken = mail.recipients.iter().filter(|to| to.code == Some(250));
            accepted.push(taken.map(|to| to.path.clone()).collect::<Vec<_>>().join(" "));
        }
        Some(SmtpMessage::Credentials(one)) => {
            let [user, password] =
                [&one.user, &one.password].map(|text| text.clone().unwrap_or_default());
            users.push((one.code, format!("{} {user} {password}", one.mechanism)));
        }
        Some(SmtpMessage::Anomaly(anomaly)) => panic!("{anomaly:?}"),
        _ => {}
    };
    engine.run(&mut capture, sink).unwrap();
    // What follows STARTTLS curl shows too, but nobody between can read it.
    let shown = |side: &'static str, end: &'static str| {
        said.iter().flat_map(move |said| {
            let lines = lines(said, side);
            let stop = lines.iter().position(|line| line.starts_with(end));
            let count = stop.map_or(lines.len(), |at| at + 1);
            lines[..count].iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()
        })
    };
    // A line of AUTH's answers is no command: curl shows it like one.
    let verbs = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT", "STARTTLS"];
    let told: Vec<String> = shown("> ", "STARTTLS")
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .filter(|verb| verbs.contains(&verb.as_str()))
        .collect();
    // It does not show that it leaves: its connection is closed behind its last word.
    commands.retain(|verb| verb != "QUIT");
    assert_eq!(commands, told.into_iter().filter(|verb| verb != "QUIT").collect::<Vec<_>>());
    let told: Vec<String> = shown("< ", "220 Ready to start TLS")
        .filter(|line| line.as_bytes().get(3) == Some(&b' '))
        .map(|line| line[..3].to_owned())
        .collect();
    replies.retain(|code| code != "221");
    assert_eq!(replies, told.into_iter().filter(|code| code != "221").collect::<Vec<_>>());
    let plain = || taken.iter().filter(|taken| taken["tls"] == false);
    assert_eq!(accepted, plain().map(|taken| word(taken, "to")).collect::<Vec<_>>());
    let known = users.iter().filter(|(code, _)| *code == 235).map(|(_, user)| user.clone());
    let logged = plain().map(|taken| word(taken, "user")).filter(|user| !user.is_empty());
    assert_eq!(known.collect::<Vec<_>>(), logged.collect::<Vec<_>>());
    let refused = users.iter().find(|(code, _)| *code == 535).unwrap();
    assert_eq!(refused.1, "PLAIN Aladdin wrong");
}
