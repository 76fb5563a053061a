//! What developers of rheos run: `cargo xtask ci | tidy | codegen | layers | conform | fuzz | bench | outside | captures`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its user")]
#![allow(
    clippy::cast_possible_truncation,
    reason = "bits are taken from wider numbers on purpose; lengths are those of our own packets"
)]
#![allow(clippy::arithmetic_side_effects, reason = "no attacker feeds a developer's tool")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod bench;
mod captures;
mod ci;
mod codegen;
mod conform;
mod digest;
mod fuzz;
mod layers;
#[cfg(test)]
mod migration;
mod outside;
mod tidy;

/// What developers of rheos run.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the jobs of CI: all, or those named
    Ci(ci::Options),
    /// Check what the style asks for and neither rustfmt nor clippy sees
    Tidy,
    /// Generate the names of ports, protocols and vendors from the tables of Debian packages
    Codegen(codegen::Options),
    /// Generate the list of layers and their fields
    Layers(layers::Options),
    /// Compare our decoding of every packet with tshark's
    Conform(conform::Options),
    /// Run the fuzz targets, each for some time
    Fuzz(fuzz::Options),
    /// Measure rheos beside its peers
    Bench(bench::Options),
    /// Build and run what users of three kinds write, outside the workspace
    Outside,
    /// Write captures/mix.pcap and mix.pcapng, 200 MB of made-up traffic for benches and tests
    Captures,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a task and says whether all was well.
fn run(task: &Task) -> Result<bool> {
    let root = root();
    match task {
        Task::Ci(options) => Ok(ci::run(&root, options)),
        Task::Tidy => tidy::run(&root),
        Task::Codegen(options) => codegen::run(&root, options),
        Task::Layers(options) => layers::run(&root, options),
        Task::Conform(options) => conform::run(&root, options),
        Task::Fuzz(options) => fuzz::run(&root, options),
        Task::Bench(options) => bench::run(&root, options),
        Task::Outside => outside::run(&root),
        Task::Captures => captures::run(&root),
    }
}

/// The repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
