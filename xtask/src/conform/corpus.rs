//! The captures of a folder, and which of them both sides can read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow};

/// Captures compared at once: tshark is one thread, and so is the reader of what it prints.
const WORKERS: usize = 2;

/// First bytes of the formats compared: pcap in both byte orders and resolutions, pcapng, gzip.
const MAGICS: &[&[u8]] = &[
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
    b"\x1f\x8b\x08",
];

/// Every file below a folder, by its path from there, in order.
pub(crate) fn files(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(inside) = path.strip_prefix(folder) {
                files.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Takes every file in turn, by several workers, and returns what each of them found. The first error ends
/// it.
pub(crate) fn each<T: Default + Send>(
    files: &[String],
    take: impl Fn(&str, &mut T) -> Result<()> + Sync,
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = T::default();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            take(file, &mut found)?;
        }
        Ok(found)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().map(thread::ScopedJoinHandle::join);
        found.map(|found| found.map_err(|_| anyhow!("a worker panicked"))?).collect()
    })
}

/// Says that a file cannot be compared, and why, if that is an error.
pub(crate) fn or_skip(file: &str, compared: Result<()>) {
    if let Err(error) = compared {
        println!("skipped {file}: {error:#}");
    }
}

/// A file and what is in it; `None` where both sides cannot read what starts like this.
pub(crate) fn read(folder: &Path, file: &str) -> Result<Option<(PathBuf, Vec<u8>)>> {
    let path = folder.join(file);
    let content = fs::read(&path)?;
    let is_capture = MAGICS.iter().any(|magic| content.starts_with(magic));
    Ok(is_capture.then_some((path, content)))
}

/// Why a file is not compared, where that is to be told.
pub(crate) fn unknown() -> anyhow::Error {
    anyhow!("neither pcap nor pcapng, plain or gzip")
}

/// The folder to compare when none is named: the captures beside the repository, or those in it.
pub(crate) fn default_folder(root: &Path) -> PathBuf {
    let beside = root.join("../shared/captures");
    if beside.is_dir() { beside } else { root.join("docs/captures") }
}
