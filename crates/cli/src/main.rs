//! The `rheos` command: answers from a capture, without writing a program.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rheos::session::log::{DNS, FINGERPRINTS, FTP, HTTP, SMTP, SSH, SSL};

mod anonymize;
mod arguments;
mod columns;
mod convert;
mod craft;
mod defrag;
mod diff;
mod dump;
mod error;
mod flows;
mod hosts;
mod info;
mod input;
mod layers;
mod log;
mod merge;
mod output;
mod ports;
mod progress;
mod save;
mod sort;
mod split;
mod streams;
mod talkers;
mod text2pcap;
mod time;

use error::Error;

/// Packets and flows of captures, told truly and fast; and captures, written.
#[derive(Parser)]
#[command(name = "rheos", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dump(dump::Arguments),
    Craft(craft::Arguments),
    Layers(layers::Arguments),
    Flows(flows::Arguments),
    Talkers(talkers::Arguments),
    Hosts(hosts::Arguments),
    Ports(ports::Arguments),
    Streams(streams::Arguments),
    Log(log::Arguments),
    /// Print the requests and responses of HTTP in a capture
    Http(log::MessageArguments),
    /// Print the handshakes of TLS and DTLS in a capture, with their fingerprints
    Tls(log::MessageArguments),
    /// Print the questions of DNS in a capture, and their answers
    Dns(log::MessageArguments),
    /// Print the connections of SSH in a capture: who speaks, and what both agree on
    Ssh(log::MessageArguments),
    /// Print the mails in a capture: who wrote to whom, and what became of it
    Smtp(log::MessageArguments),
    /// Print the commands of FTP in a capture that are about files
    Ftp(log::MessageArguments),
    Files(log::FileArguments),
    /// Print the fingerprints in a capture by which programs can be told: JA3, JA3S, JA4, HASSH
    Fingerprints(log::MessageArguments),
    Info(info::Arguments),
    Convert(convert::Arguments),
    Merge(merge::Arguments),
    Split(split::Arguments),
    Sort(sort::Arguments),
    Defrag(defrag::Arguments),
    Text2pcap(text2pcap::Arguments),
    Anonymize(anonymize::Arguments),
    Diff(diff::Arguments),
}

/// What the parser of arguments says of those that it does not take, and so what is said of all.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut failure = ExitCode::FAILURE;
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) if told.use_stderr() => told.exit(),
        Err(help) => return print(&help),
    };
    let result = match arguments.command {
        Command::Dump(arguments) => dump::run(&arguments),
        Command::Craft(arguments) => craft::run(&arguments),
        Command::Layers(arguments) => layers::run(&arguments),
        Command::Flows(arguments) => flows::run(&arguments),
        Command::Talkers(arguments) => talkers::run(&arguments),
        Command::Hosts(arguments) => hosts::run(&arguments),
        Command::Ports(arguments) => ports::run(&arguments),
        Command::Log(arguments) => log::run(&arguments),
        Command::Http(arguments) => log::run_messages(&arguments, &HTTP),
        Command::Tls(arguments) => log::run_messages(&arguments, &SSL),
        Command::Dns(arguments) => log::run_messages(&arguments, &DNS),
        Command::Ssh(arguments) => log::run_messages(&arguments, &SSH),
        Command::Smtp(arguments) => log::run_messages(&arguments, &SMTP),
        Command::Ftp(arguments) => log::run_messages(&arguments, &FTP),
        Command::Files(arguments) => log::run_files(&arguments),
        Command::Fingerprints(arguments) => log::run_messages(&arguments, &FINGERPRINTS),
        Command::Streams(arguments) => streams::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Convert(arguments) => convert::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Split(arguments) => split::run(&arguments),
        Command::Sort(arguments) => sort::run(&arguments),
        Command::Defrag(arguments) => defrag::run(&arguments),
        Command::Text2pcap(arguments) => text2pcap::run(&arguments),
        Command::Anonymize(arguments) => anonymize::run(&arguments),
        Command::Diff(arguments) => {
            failure = diff::trouble();
            match diff::run(&arguments) {
                Ok(status) => return status,
                Err(error) => Err(error),
            }
        }
    };
    end(result, failure)
}

/// Prints what was asked for in the place of a command: help, or the version.
fn print(help: &clap::Error) -> ExitCode {
    let printed = help.print().and_then(|()| io::stdout().flush());
    end(printed.map_err(Error::Output), ExitCode::FAILURE)
}

/// Says why it failed, if it did, and returns how to exit.
fn end(result: Result<(), Error>, failure: ExitCode) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough, as `head` has.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            error::report(&error);
            if error.is_usage() { ExitCode::from(USAGE) } else { failure }
        }
    }
}
