//! The `rheos` command: answers from a capture, without writing a program.

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod craft;
mod dump;
mod error;
mod flows;
mod input;
mod layers;
mod output;

use error::Error;

/// Packets and flows of a capture, told truly and fast.
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
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Dump(arguments) => dump::run(&arguments),
        Command::Craft(arguments) => craft::run(&arguments),
        Command::Layers(arguments) => layers::run(&arguments),
        Command::Flows(arguments) => flows::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough, as `head` has.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            error::report(&error);
            ExitCode::FAILURE
        }
    }
}
