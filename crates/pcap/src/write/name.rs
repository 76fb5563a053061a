//! What the name of a file says of the capture in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::format::{Compression, Format};

impl Format {
    /// The format that a name stands for by its extension, in front of one of compression:
    /// `.pcap`, `.cap`, `.dmp` are pcap; `.pcapng`, `.ntar` are pcapng.
    ///
    /// ```
    /// use rheos_pcap::Format;
    ///
    /// assert_eq!(Format::from_path("a.pcapng.gz"), Some(Format::PcapNg));
    /// assert_eq!(Format::from_path("a.txt"), None);
    /// ```
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        let (name, _) = split_compression(path.as_ref());
        match &*extension(&name)? {
            "pcap" | "cap" | "dmp" => Some(Self::Pcap),
            "pcapng" | "ntar" => Some(Self::PcapNg),
            _ => None,
        }
    }
}

impl Compression {
    /// The compression that a name stands for by its extension: `.gz`, `.zst`, `.lz4`, `.xz`.
    ///
    /// ```
    /// use rheos_pcap::Compression;
    ///
    /// assert_eq!(Compression::from_path("a.pcapng.gz"), Some(Compression::Gzip));
    /// assert_eq!(Compression::from_path("a.pcapng"), None);
    /// ```
    pub fn from_path(path: impl AsRef<Path>) -> Option<Self> {
        split_compression(path.as_ref()).1
    }
}

/// The name without its extension of compression, and what that says.
fn split_compression(path: &Path) -> (PathBuf, Option<Compression>) {
    let compression = match extension(path).as_deref() {
        Some("gz") => Compression::Gzip,
        Some("zst") => Compression::Zstd,
        Some("lz4") => Compression::Lz4,
        Some("xz") => Compression::Xz,
        _ => return (path.to_owned(), None),
    };
    (path.with_extension(""), Some(compression))
}

fn extension(path: &Path) -> Option<String> {
    path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase)
}

/// The name with a number in front of its extensions, five digits or more as Wireshark's:
/// `a.pcap.gz` becomes `a_00001.pcap.gz`.
pub(crate) fn numbered(path: &Path, number: u64) -> PathBuf {
    let (plain, compression) = split_compression(path);
    let extensions = [plain.extension(), compression.and(path.extension())];
    let mut name = plain.file_stem().unwrap_or_default().to_owned();
    name.push(format!("_{number:05}"));
    for extension in extensions.into_iter().flatten() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extensions_say_the_format_and_the_compression() {
        for (name, format, compression) in [
            ("a.pcap", Some(Format::Pcap), None),
            ("a.CAP.Gz", Some(Format::Pcap), Some(Compression::Gzip)),
            ("a.pcapng.zst", Some(Format::PcapNg), Some(Compression::Zstd)),
            ("b/a.ntar.lz4", Some(Format::PcapNg), Some(Compression::Lz4)),
            ("a.pcap.b.xz", None, Some(Compression::Xz)),
            ("pcap", None, None),
            (".gz", None, None),
            ("", None, None),
        ] {
            assert_eq!(Format::from_path(name), format, "{name}");
            assert_eq!(Compression::from_path(name), compression, "{name}");
        }
    }

    #[test]
    fn a_number_stands_in_front_of_the_extensions() {
        for (name, expected) in [
            ("a.pcap", "a_00007.pcap"),
            ("b.c/a.pcapng.gz", "b.c/a_00007.pcapng.gz"),
            ("a", "a_00007"),
            ("a.gz", "a_00007.gz"),
            ("a.b.pcap", "a.b_00007.pcap"),
        ] {
            assert_eq!(numbered(Path::new(name), 7), Path::new(expected));
        }
        assert_eq!(numbered(Path::new("a.pcap"), 123_456), Path::new("a_123456.pcap"));
    }
}
