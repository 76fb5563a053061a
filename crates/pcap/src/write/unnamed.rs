//! Files that have no name until they are given one: whatever ends the program, nothing of them is left.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes one in a folder; nothing where the system or the file system has no such files.
#[cfg(target_os = "linux")]
pub(crate) fn create(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};

    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    // The rights of any new file, of which the system takes what the user does not want.
    let file = File::from(open(folder, flags, Mode::from_raw_mode(0o666)).ok()?);
    // It can be named only where the system shows it.
    shown(&file).try_exists().is_ok_and(|is_shown| is_shown).then_some(file)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn create(_: &Path) -> Option<File> {
    None
}

/// Gives it a name that is free.
#[cfg(target_os = "linux")]
pub(crate) fn name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};

    Ok(linkat(CWD, shown(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Where the system shows an open file.
#[cfg(target_os = "linux")]
fn shown(file: &File) -> std::path::PathBuf {
    use std::os::fd::AsRawFd;

    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}
