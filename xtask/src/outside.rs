//! `cargo xtask outside`: what users of three kinds write, built and run outside the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::ci;

/// The crates of rheos that each user depends on, the program, and what its output has in it.
const USERS: [User; 3] = [
    User {
        name: "single",
        crates: &["core", "flow", "pcap"],
        program: include_str!("../outside/single.rs"),
        shows: &["flows"],
    },
    User {
        name: "facade",
        crates: &["rheos"],
        program: include_str!("../outside/facade.rs"),
        shows: &["flows", "UDP "],
    },
    User {
        name: "own",
        crates: &["rheos"],
        program: include_str!("../outside/own.rs"),
        shows: &["beat.count=42", "beat says Count(42)"],
    },
];

struct User {
    name: &'static str,
    crates: &'static [&'static str],
    program: &'static str,
    shows: &'static [&'static str],
}

/// Makes the three crates in a fresh folder outside the workspace, and builds and runs each.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let folder = std::env::temp_dir().join(format!("rheos-outside-{}", std::process::id()));
    let result = USERS.iter().try_for_each(|user| run_one(root, &folder, user));
    // Of a failure the folder stays, to be looked at.
    if result.is_ok() {
        fs::remove_dir_all(&folder).context("remove the folder of the three crates")?;
    }
    result.map(|()| true)
}

fn run_one(root: &Path, folder: &Path, user: &User) -> Result<()> {
    println!("== {}", user.name);
    let home = folder.join(user.name);
    let make = |path: PathBuf, text: &str| -> Result<()> {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    };
    make(home.join("Cargo.toml"), &manifest(root, user))?;
    make(home.join("src/main.rs"), user.program)?;
    // Versions that are known to build, and no look at the network for those that are there.
    fs::copy(root.join("Cargo.lock"), home.join("Cargo.lock")).context("copy Cargo.lock")?;

    // What was built for one user is there for the next.
    let target = folder.join("target");
    let cargo = |arguments: &str| -> Command {
        let mut command = ci::cargo_command(&home, arguments);
        command.env("CARGO_TARGET_DIR", &target);
        command
    };
    ensure!(ci::succeeds(&mut cargo("tree --edges normal --depth 2"))?, "no tree of {}", user.name);
    let capture = root.join("docs/captures/first.pcapng");
    let output = cargo("run --quiet --").arg(capture).output().context("run cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    print!("{text}{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{} fails", user.name);
    for part in user.shows {
        ensure!(text.contains(part), "{} does not show {part}", user.name);
    }
    Ok(())
}

/// A manifest of a crate that no workspace has.
fn manifest(root: &Path, user: &User) -> String {
    let line = |name: &&str| {
        let package = if *name == "rheos" { "rheos".to_owned() } else { format!("rheos-{name}") };
        format!("{package} = {{ path = \"{}\" }}\n", root.join("crates").join(name).display())
    };
    let dependencies: String = user.crates.iter().map(line).collect();
    let name = user.name;
    format!(
        "[workspace]\n\n[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{dependencies}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_the_crates_by_their_paths() {
        let text = manifest(Path::new("/there"), &USERS[0]);
        assert!(text.contains("rheos-flow = { path = \"/there/crates/flow\" }"), "{text}");
        assert!(text.starts_with("[workspace]\n"), "{text}");
    }
}
