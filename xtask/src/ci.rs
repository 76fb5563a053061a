//! `cargo xtask ci`: the jobs that a change must pass, by the names that CI shows.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::panic::resume_unwind;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
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
    ("flood", flood),
    // Nothing in the workspace asks for these, so their tests are not among those above.
    ("features", |root| {
        cargo(root, &format!("{TEST} --all-features --test metrics --test tracing"))
    }),
    ("doc", doc),
    ("alone", |root| each_crate(root, "check --package")),
    ("no-default-features", |root| each_crate(root, "check --no-default-features --package")),
    ("readme", readme),
    ("outside", outside::run),
    ("bench-smoke", bench_smoke),
];

/// The jobs that compile nothing, and are run beside those that do: what these leave of the processors is
/// enough for most of what they have to do.
const BESIDE: &[Job] = &[
    ("conform", |root| with_tshark(root, &conform::Options::default())),
    ("conform-zeek", |root| conform::run(root, &conform::Options::zeek())),
    ("conform-conv", |root| with_tshark(root, &conform::Options::conv())),
    ("conform-fragments", |root| with_tshark(root, &conform::Options::fragments())),
    ("conform-streams", |root| with_tshark(root, &conform::Options::streams())),
    ("conform-l7", |root| with_tshark(root, &conform::Options::l7())),
];

/// How little of a processor a job beside others gets while they want it: tests have deadlines.
const NICE: &str = "19";

/// Which jobs to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Jobs by name; all of them without one
    #[arg(value_parser = JOBS.iter().chain(BESIDE).map(|(name, _)| *name).collect::<Vec<_>>())]
    jobs: Vec<String>,
}

/// The names of jobs that passed, and of those that failed.
#[derive(Default)]
struct Done {
    passed: Vec<&'static str>,
    failed: Vec<&'static str>,
}

impl Done {
    fn add(&mut self, name: &'static str, is_well: bool) {
        if is_well { &mut self.passed } else { &mut self.failed }.push(name);
    }
}

/// Runs jobs, all of them even if one fails. The last line printed is their count.
pub(crate) fn run(root: &Path, options: &Options) -> bool {
    let wanted =
        |(name, _): &&Job| options.jobs.is_empty() || options.jobs.iter().any(|job| job == name);
    let jobs: Vec<_> = JOBS.iter().filter(wanted).collect();
    let beside: Vec<_> = BESIDE.iter().filter(wanted).collect();
    let mut done = Done::default();
    if jobs.is_empty() {
        beside.iter().for_each(|(name, job)| done.add(name, run_here(root, name, *job)));
    } else {
        thread::scope(|scope| {
            let beside = scope.spawn(|| {
                beside.iter().map(|(name, _)| (*name, run_apart(name))).collect::<Vec<_>>()
            });
            jobs.iter().for_each(|(name, job)| done.add(name, run_here(root, name, *job)));
            let beside = beside.join().unwrap_or_else(|panic| resume_unwind(panic));
            beside.into_iter().for_each(|(name, is_well)| done.add(name, is_well));
        });
    }
    let Done { passed, failed } = done;
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    println!("{} passed, {} failed", passed.len(), failed.len());
    failed.is_empty()
}

/// Runs a job, and says whether all was well.
fn run_here(root: &Path, name: &str, job: fn(&Path) -> Result<bool>) -> bool {
    println!("== {name}");
    let start = Instant::now();
    let is_well = job(root).unwrap_or_else(|error| {
        println!("{error:#}");
        false
    });
    let verdict = if is_well { "passed" } else { "failed" };
    println!("== {name} {verdict} in {:.1} s", start.elapsed().as_secs_f64());
    is_well
}

/// Runs a job in a process of its own, and prints what it says once it is done.
fn run_apart(name: &str) -> bool {
    let run = || -> Result<bool> {
        let output = Command::new("nice")
            .args(["-n", NICE])
            .arg(env::current_exe()?)
            .args(["ci", name])
            .stderr(Stdio::inherit())
            .output()
            .context("run nice")?;
        let text = String::from_utf8_lossy(&output.stdout);
        // The last line is the count of its jobs, which is one.
        let said = text.trim_end().rsplit_once('\n').map_or("", |(said, _)| said);
        println!("{said}");
        Ok(output.status.success())
    };
    run().unwrap_or_else(|error| {
        println!("{name}: {error:#}");
        false
    })
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

/// A flood of ten million sources, which takes too long for every run of the tests. It is asked of the workspace,
/// as they are, so that nothing is compiled again: to optimize what it runs takes longer than it saves.
fn flood(root: &Path) -> Result<bool> {
    let arguments = format!("{TEST} --test behaviour a_flood_of");
    succeeds(cargo_command(root, &arguments).env("RHEOS_FLOOD_SOURCES", "10000000"))
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
