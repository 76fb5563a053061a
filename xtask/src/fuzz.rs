//! `cargo xtask fuzz`: the fuzz targets, one after the other, each for some time.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::ci;

/// What to fuzz.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Targets by name; all of them without one
    targets: Vec<String>,
    /// For how long each
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Runs the targets until one finds something. Needs cargo-fuzz and a nightly toolchain.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let all = targets(root)?;
    for target in &options.targets {
        let names = all.join(", ");
        ensure!(all.contains(target), "there is no fuzz target {target}; there are {names}");
    }
    let wanted = if options.targets.is_empty() { &all } else { &options.targets };
    for target in wanted {
        // The cargo that started this one is of another toolchain and knows no `+nightly`.
        let mut command = Command::new("cargo");
        for variable in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC"] {
            command.env_remove(variable);
        }
        command.args(["+nightly", "fuzz", "run", target, "--"]);
        command.arg(format!("-max_total_time={}", options.seconds)).current_dir(root);
        if !ci::succeeds(&mut command)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names of the targets, in order.
fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
