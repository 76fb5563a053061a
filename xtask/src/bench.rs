//! `cargo xtask bench`: rheos beside its peers on the large capture.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{captures, ci};

/// What to measure on.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Two rounds only: whether every way works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// An Ethernet capture; by default captures/mix.pcap, made if it is not there
    capture: Option<PathBuf>,
}

/// Measures.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let capture = if let Some(capture) = &options.capture {
        capture.canonicalize().with_context(|| format!("find {}", capture.display()))?
    } else {
        captures::run(root)?;
        root.join(captures::PCAP)
    };
    compare(root, &capture, options.quick)
}

/// Runs the comparison with the peers, a workspace of its own.
pub(crate) fn compare(root: &Path, capture: &Path, quick: bool) -> Result<bool> {
    // A peer, flowscope, asks for a newer compiler than it needs.
    let profile = if quick { "smoke" } else { "release" };
    let arguments = format!("run --profile {profile} --ignore-rust-version --bin compare --");
    let mut command = ci::cargo_command(&root.join("benches"), &arguments);
    if quick {
        command.arg("--quick");
    }
    ci::succeeds(command.arg(capture))
}
