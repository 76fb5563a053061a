//! The protocols that `cargo xtask conform l7` compares, a table each.

use rheos_flow::{FiveTuple, FiveTupleKey};
use rheos_l7::Side;
use rheos_l7::ftp::{FtpMessage, FtpParser};
use rheos_l7::http::{Bodies, HttpConfig, HttpMessage, HttpParser};
use rheos_l7::smtp::{SmtpMessage, SmtpParser};
use rheos_l7::ssh::{SshMessage, SshParser};
use rheos_session::{EngineBuilder, Event};

use super::l7::{Table, Values};

/// Ports that tshark reads as these protocols whatever is said there.
const PORTS: &[(u16, &str)] = &[
    (80, "http"),
    (8080, "http"),
    (3128, "http"),
    (8000, "http"),
    (22, "ssh"),
    (25, "smtp"),
    (587, "smtp"),
    (21, "ftp"),
];

/// Every protocol.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "http",
        fields: &["http.request.method", "http.request.uri", "http.host", "http.response.code"],
        ours: http,
    },
    Table {
        name: "ssh",
        fields: &["ssh.protocol", "ssh.kex.hassh", "ssh.kex.hasshserver"],
        ours: ssh,
    },
    Table {
        name: "smtp",
        fields: &["smtp.req.command", "smtp.req.parameter", "smtp.response.code"],
        ours: smtp,
    },
    Table {
        name: "ftp",
        fields: &["ftp.request.command", "ftp.request.arg", "ftp.response.code"],
        ours: ftp,
    },
];

/// An engine's parsers and ports.
pub(crate) fn parsers(mut builder: EngineBuilder<FiveTuple>) -> EngineBuilder<FiveTuple> {
    let mut config = HttpConfig::default();
    config.bodies = Bodies::Count;
    for (port, parser) in PORTS {
        builder = builder.on_port(*port, parser);
    }
    builder
        .parser(HttpParser::new(config))
        .parser(SshParser::default())
        .parser(SmtpParser::default())
        .parser(FtpParser::default())
        .detect(true)
}

fn http(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<HttpMessage>() {
        Some(HttpMessage::Request(request)) => {
            to.add("http.request.method", request.method());
            to.add("http.request.uri", request.target());
            for host in request.fields.all("host") {
                to.add("http.host", String::from_utf8_lossy(host));
            }
        }
        Some(HttpMessage::Response(response)) => {
            to.add("http.response.code", response.status().to_string());
        }
        _ => {}
    }
}

fn ssh(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<SshMessage>() {
        Some(SshMessage::Banner(banner)) => to.add("ssh.protocol", &*banner.line),
        Some(SshMessage::KexInit(offer)) if offer.side == Side::Initiator => {
            to.add("ssh.kex.hassh", offer.hassh());
        }
        Some(SshMessage::KexInit(offer)) => to.add("ssh.kex.hasshserver", offer.hassh_server()),
        _ => {}
    }
}

fn smtp(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<SmtpMessage>() {
        Some(SmtpMessage::Command(command)) => {
            to.add("smtp.req.command", &*command.verb);
            if !command.argument.is_empty() {
                to.add("smtp.req.parameter", &*command.argument);
            }
        }
        Some(SmtpMessage::Reply(reply)) => to.add("smtp.response.code", reply.code.to_string()),
        _ => {}
    }
}

fn ftp(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<FtpMessage>() {
        Some(FtpMessage::Command(command)) => {
            to.add("ftp.request.command", &*command.verb);
            if !command.argument.is_empty() {
                to.add("ftp.request.arg", &*command.argument);
            }
        }
        Some(FtpMessage::Reply(reply)) => to.add("ftp.response.code", reply.code.to_string()),
        _ => {}
    }
}
