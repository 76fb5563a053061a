//! A network namespace, and the programs in it, for as long as a value lives.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// Where programs are that only root needs, should `PATH` not say so.
const ALSO_IN: &str = "/usr/local/sbin:/usr/sbin:/sbin";

/// The file of a program, if it is installed.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(ALSO_IN.split(':'));
    let mut files = folders.map(|folder| Path::new(folder).join(program));
    files.find(|file| file.is_file())
}

/// Runs `ip`, and returns what it said if it did not succeed.
pub(crate) fn ip(line: &str) -> Result<String, String> {
    let run = Command::new(find("ip").unwrap_or_default()).args(line.split(' ')).output();
    let Output { status, stdout, stderr } = run.map_err(|error| format!("ip {line}: {error}"))?;
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    if status.success() { Ok(stdout) } else { Err(format!("ip {line}: {}", stderr.trim())) }
}

/// A network namespace. When it goes, so do the programs in it.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// A new one, or why there is none. The name is of this process, so that no two share one.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let name = format!("rheos-{name}-{}", std::process::id());
        ip(&format!("netns add {name}"))?;
        Ok(Self { name })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A program in it, to be started. It has the id of what is started: `ip` becomes it.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(find("ip").unwrap_or_default());
        let file = find(program).unwrap_or_else(|| panic!("{program} is not installed"));
        command.args(["netns", "exec", &self.name]).arg(file).env("LC_ALL", "C").env("TZ", "UTC");
        command
    }

    /// The programs that run in it.
    fn programs(&self) -> Vec<String> {
        let ids = ip(&format!("netns pids {}", self.name)).unwrap_or_default();
        ids.lines().map(str::to_owned).collect()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Each by its id: children that a server has started are not known otherwise.
        for id in self.programs() {
            if fs::exists(format!("/proc/{id}")).unwrap_or(false) {
                drop(Command::new("sh").args(["-c", &format!("kill -KILL {id}")]).output());
            }
        }
        drop(ip(&format!("netns delete {}", self.name)));
    }
}
