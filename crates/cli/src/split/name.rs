//! Names of the files that a capture is split into.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Extensions of compression, which stand behind another.
const COMPRESSED: [&str; 4] = ["gz", "zst", "lz4", "xz"];

/// The name with a part in front of its extensions: `a.pcap.gz` becomes `a_part.pcap.gz`.
pub(super) fn with(path: &Path, part: &str) -> PathBuf {
    let mut stem = path.file_name().unwrap_or_default().to_os_string();
    let mut extensions = Vec::new();
    loop {
        let name = PathBuf::from(&stem);
        let is_last = extensions.last().is_some_and(|last| !is_compressed(last));
        let Some(extension) = name.extension().filter(|_| !is_last) else { break };
        extensions.push(extension.to_os_string());
        stem = name.file_stem().unwrap_or_default().to_os_string();
    }
    stem.push("_");
    stem.push(part);
    for extension in extensions.iter().rev() {
        stem.push(".");
        stem.push(extension);
    }
    path.with_file_name(stem)
}

fn is_compressed(extension: &OsString) -> bool {
    COMPRESSED.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stands_in_front_of_the_extensions() {
        for (name, expected) in [
            ("a.pcap", "a_7.pcap"),
            ("x.y/a.b.pcapng.GZ", "x.y/a.b_7.pcapng.GZ"),
            ("a", "a_7"),
            ("a.gz", "a_7.gz"),
            (".pcap", ".pcap_7"),
        ] {
            assert_eq!(with(Path::new(name), "7"), Path::new(expected), "{name}");
        }
    }
}
