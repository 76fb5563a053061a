//! `cargo xtask ci`: the jobs that a change must pass, by the names that CI shows.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::{captures, conform, outside, tidy};

/// Bytes of packets for the benches to show that they run.
const SMOKE: u64 = 2_000_000;

/// The command of the README that passes the tests, which is a job of its own.
const TEST: &str = "test --workspace";

/// A job: its name, and what it does in the repository; whether all was well.
type Job = (&'static str, fn(&Path) -> Result<bool>);

/// Every job, the quick ones first.
const JOBS: &[Job] = &[
    ("fmt", |root| cargo(root, "fmt --all --check")),
    ("tidy", tidy::run),
    ("clippy", |root| {
        cargo(root, "clippy --workspace --all-targets --all-features -- -D warnings")
    }),
    ("test", |root| cargo(root, &format!("{TEST} --no-fail-fast"))),
    // Nothing in the workspace asks for these, so the tests behind them are not among those above.
    ("features", |root| cargo(root, "test --package rheos-flow --all-features")),
    ("flood", flood),
    ("doc", doc),
    ("alone", |root| each_crate(root, "check --package")),
    ("no-default-features", |root| each_crate(root, "check --no-default-features --package")),
    ("readme", readme),
    ("conform", |root| with_tshark(root, &conform::Options::default())),
    ("conform-zeek", |root| conform::run(root, &conform::Options::zeek())),
    ("conform-conv", |root| with_tshark(root, &conform::Options::conv())),
    ("conform-fragments", |root| with_tshark(root, &conform::Options::fragments())),
    ("conform-streams", |root| with_tshark(root, &conform::Options::streams())),
    ("conform-l7", |root| with_tshark(root, &conform::Options::l7())),
    ("outside", outside::run),
    ("bench-smoke", bench_smoke),
];

/// Which jobs to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Jobs by name; all of them without one
    #[arg(value_parser = JOBS.iter().map(|(name, _)| *name).collect::<Vec<_>>())]
    jobs: Vec<String>,
}

/// Runs jobs, all of them even if one fails. The last line printed is their count.
pub(crate) fn run(root: &Path, options: &Options) -> bool {
    let wanted = |name: &str| options.jobs.is_empty() || options.jobs.iter().any(|job| job == name);
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, job) in JOBS.iter().filter(|(name, _)| wanted(name)) {
        println!("== {name}");
        let start = Instant::now();
        let is_well = job(root).unwrap_or_else(|error| {
            println!("{error:#}");
            false
        });
        let verdict = if is_well { "passed" } else { "failed" };
        println!("== {name} {verdict} in {:.1} s", start.elapsed().as_secs_f64());
        if is_well {
            passed += 1;
        } else {
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!("{passed} passed, {} failed", failed.len());
    failed.is_empty()
}

/// Cargo with arguments that have no spaces in them, in a folder.
pub(crate) fn cargo_command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    command.args(arguments.split_whitespace()).current_dir(folder);
    command
}

/// Runs a command and says whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    let status = command.status().with_context(|| format!("run {command:?}"))?;
    Ok(status.success())
}

fn cargo(folder: &Path, arguments: &str) -> Result<bool> {
    succeeds(&mut cargo_command(folder, arguments))
}

/// A flood of ten million sources, which takes too long for every run of the tests.
fn flood(root: &Path) -> Result<bool> {
    let mut command = cargo_command(root, "test --package rheos-flow --test behaviour a_flood_of");
    succeeds(command.env("RHEOS_FLOOD_SOURCES", "10000000"))
}

fn doc(root: &Path) -> Result<bool> {
    let mut command = cargo_command(root, "doc --no-deps --workspace --all-features");
    succeeds(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Runs cargo for each crate by itself: built together, one crate's features hide what another
/// forgot to ask for.
fn each_crate(root: &Path, arguments: &str) -> Result<bool> {
    let mut all_well = true;
    for name in crates(root)? {
        if !cargo(root, &format!("{arguments} {name}"))? {
            println!("{name} fails by itself");
            all_well = false;
        }
    }
    Ok(all_well)
}

/// The names of the crates, in the order of their folders.
fn crates(root: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(root.join("crates")).context("list crates")?;
    let mut folders = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    folders.sort();
    let name = |folder: &std::path::PathBuf| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
        let line = manifest.lines().find_map(|line| line.strip_prefix("name = \""));
        let name =
            line.and_then(|rest| rest.split('"').next()).context("a manifest without name")?;
        Ok(name.to_owned())
    };
    folders.iter().filter(|folder| folder.is_dir()).map(name).collect()
}

/// Runs what the README tells people to run, but for the tests.
fn readme(root: &Path) -> Result<bool> {
    let text = fs::read_to_string(root.join("README.md")).context("read README.md")?;
    let mut commands = console_commands(&text);
    let test = format!("cargo {TEST}");
    ensure!(commands.contains(&test.as_str()), "README.md does not show `{test}`");
    commands.retain(|command| *command != test);
    ensure!(!commands.is_empty(), "README.md shows no other command in a console block");
    let mut all_well = true;
    for line in commands {
        println!("$ {line}");
        let mut shell = Command::new("bash");
        shell.args(["-o", "pipefail", "-c", line]).current_dir(root);
        if !succeeds(&mut shell)? {
            println!("README.md: `{line}` fails");
            all_well = false;
        }
    }
    Ok(all_well)
}

/// The commands in blocks of `console` that need nothing but the repository.
fn console_commands(text: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = !inside && language.trim() == "console";
        } else if inside {
            let command = line.trim_start().trim_start_matches("$ ");
            if ["cargo run", "cargo test"].iter().any(|start| command.starts_with(start)) {
                commands.push(command);
            }
        }
    }
    commands
}

fn with_tshark(root: &Path, options: &conform::Options) -> Result<bool> {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return Ok(true);
    }
    conform::run(root, options)
}

/// Whether every way of every bench still works, on a small capture.
fn bench_smoke(root: &Path) -> Result<bool> {
    let capture = root.join("target/bench-smoke.pcap");
    let Some(folder) = capture.parent() else { bail!("a capture without a folder") };
    fs::create_dir_all(folder)?;
    captures::write(SMOKE, BufWriter::new(File::create(&capture)?), io::sink())?;
    crate::bench::compare(root, &capture, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_console_blocks_are_found_and_no_others() {
        let text = "```console\n$ cargo run -- a\noutput\n$ cargo install b\n```\n\
            ```rust\ncargo run no\n```\n```\ncargo run no\n```\n```console\ncargo test x\n```\n";
        assert_eq!(console_commands(text), ["cargo run -- a", "cargo test x"]);
    }

    #[test]
    fn every_crate_is_found_by_its_name() {
        let names = crates(&crate::root()).unwrap();
        assert!(names.contains(&"rheos-core".to_owned()), "{names:?}");
        assert!(names.iter().all(|name| name.starts_with("rheos")), "{names:?}");
    }
}
