//! SSH, SMTP and FTP: what both sides say of themselves, commands and replies.

use rheos_flow::FiveTupleKey;
use rheos_l7::Side;
use rheos_l7::ftp::FtpMessage;
use rheos_l7::smtp::SmtpMessage;
use rheos_l7::ssh::SshMessage;
use rheos_session::Event;

use super::tables::Table;
use super::values::Values;

pub(super) const SSH: Table = Table {
    name: "ssh",
    fields: &[
        "ssh.protocol",
        "ssh.kex_algorithms",
        "ssh.server_host_key_algorithms",
        "ssh.encryption_algorithms_client_to_server",
        "ssh.encryption_algorithms_server_to_client",
        "ssh.mac_algorithms_client_to_server",
        "ssh.mac_algorithms_server_to_client",
        "ssh.compression_algorithms_client_to_server",
        "ssh.compression_algorithms_server_to_client",
        "ssh.kex.hassh",
        "ssh.kex.hasshserver",
    ],
    ours: ssh,
};

pub(super) const SMTP: Table = Table {
    name: "smtp",
    fields: &["smtp.req.command", "smtp.req.parameter", "smtp.response.code", "smtp.rsp.parameter"],
    ours: smtp,
};

pub(super) const FTP: Table = Table {
    name: "ftp",
    fields: &["ftp.request.command", "ftp.request.arg", "ftp.response.code", "ftp.response.arg"],
    ours: ftp,
};

/// The lists of an offer, in their order: languages, of which nobody has any, are not compared.
const LISTS: &[&str] = &[
    "ssh.kex_algorithms",
    "ssh.server_host_key_algorithms",
    "ssh.encryption_algorithms_client_to_server",
    "ssh.encryption_algorithms_server_to_client",
    "ssh.mac_algorithms_client_to_server",
    "ssh.mac_algorithms_server_to_client",
    "ssh.compression_algorithms_client_to_server",
    "ssh.compression_algorithms_server_to_client",
];

fn ssh(event: &Event<'_, FiveTupleKey>, to: &mut Values) {
    match event.message::<SshMessage>() {
        // tshark shows a text up to its first zero.
        Some(SshMessage::Banner(banner)) => {
            to.add("ssh.protocol", banner.line.split('\0').next().unwrap_or_default());
        }
        Some(SshMessage::KexInit(offer)) => {
            for (name, list) in LISTS.iter().zip(&offer.lists) {
                to.add(name, &**list);
            }
            if offer.side == Side::Initiator {
                to.add("ssh.kex.hassh", offer.hassh());
            } else {
                to.add("ssh.kex.hasshserver", offer.hassh_server());
            }
        }
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
        Some(SmtpMessage::Reply(reply)) => {
            to.add("smtp.response.code", reply.code.to_string());
            let texts = reply.lines.iter().filter(|line| !line.is_empty());
            texts.for_each(|line| to.add("smtp.rsp.parameter", &**line));
        }
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
        Some(FtpMessage::Reply(reply)) => {
            to.add("ftp.response.code", reply.code.to_string());
            // tshark shows the first line of a reply.
            let first = reply.lines.first().filter(|line| !line.is_empty());
            first.into_iter().for_each(|line| to.add("ftp.response.arg", &**line));
        }
        _ => {}
    }
}
