//! One file, as its bytes come.

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

use rheos_core::{Side, Timestamp};

/// Bytes by which the kind of a file is told: the furthest mark, that of tar, ends at 262, and those
/// of office files are within the first kilobytes.
const MAGIC: usize = 8192;

/// What is kept of files and how much. Every bound is there by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileConfig {
    /// Bytes of a file that are kept. Default: 16 MiB. What is behind them is hashed and counted.
    pub max_size: usize,
    /// Whether SHA-256 and MD5 are computed.
    pub hashes: bool,
}

impl Default for FileConfig {
    fn default() -> Self {
        Self { max_size: 16 << 20, hashes: true }
    }
}

/// A file out of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The protocol that carried it, as Wireshark names it.
    pub source: &'static str,
    /// Who sent it.
    pub side: Side,
    /// When its first byte came.
    pub began: Timestamp,
    /// When its last byte came.
    pub timestamp: Timestamp,
    /// Its name, without folders, as one of the sides says it. It is not fit for a file system: it may
    /// hold any character but `/` and `\`, and be `..`.
    pub name: Option<String>,
    /// Whether that is said of the file itself, and is not the end of what was asked for.
    pub is_named: bool,
    /// Its kind, as the sender says it.
    pub declared_type: Option<String>,
    /// Its kind by its first bytes.
    pub media_type: Option<&'static str>,
    /// Bytes of it, those included that are missing.
    pub size: u64,
    /// How many are missing. Nothing is kept and hashed behind the first of them.
    pub missing: u64,
    /// Whether it came to its end, with all of its bytes.
    pub is_complete: bool,
    /// Its SHA-256 in hex: of all of its bytes, so none if some are missing or could not be unpacked.
    pub sha256: Option<String>,
    /// Its SHA-1 in hex, likewise.
    pub sha1: Option<String>,
    /// Its MD5 in hex, likewise.
    pub md5: Option<String>,
    /// Its first bytes.
    pub bytes: Vec<u8>,
}

/// Puts a file together.
#[derive(Clone, Debug)]
pub struct FileSink {
    config: FileConfig,
    /// When the first byte came.
    began: Option<Timestamp>,
    size: u64,
    missing: u64,
    bytes: Vec<u8>,
    hashes: Option<(Sha256, Sha1, Md5)>,
    magic: Vec<u8>,
    is_broken: bool,
}

impl FileSink {
    /// An empty file.
    pub fn new(config: FileConfig) -> Self {
        let hashes = config.hashes.then(Default::default);
        let (bytes, magic) = (Vec::new(), Vec::new());
        let is_broken = false;
        Self { config, began: None, size: 0, missing: 0, bytes, hashes, magic, is_broken }
    }

    /// Bytes that follow, and when they came.
    pub fn push(&mut self, timestamp: Timestamp, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.began.get_or_insert(timestamp);
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.missing > 0 {
            return;
        }
        let append = |to: &mut Vec<u8>, max: usize| {
            let room = max.saturating_sub(to.len()).min(bytes.len());
            to.extend_from_slice(bytes.get(..room).unwrap_or_default());
        };
        append(&mut self.bytes, self.config.max_size);
        append(&mut self.magic, MAGIC);
        if let Some((sha256, sha1, md5)) = &mut self.hashes {
            sha256.update(bytes);
            sha1.update(bytes);
            md5.update(bytes);
        }
    }

    /// Bytes are missing.
    pub fn skip(&mut self, len: u64) {
        self.size = self.size.saturating_add(len);
        self.missing = self.missing.saturating_add(len);
    }

    /// More bytes are missing, and nobody knows how many: the file is not complete, and has no hash.
    pub fn break_off(&mut self) {
        self.is_broken = true;
    }

    /// Bytes so far, those included that are missing.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many of them are missing.
    pub(super) fn missing(&self) -> u64 {
        self.missing
    }

    /// What there is, and an empty file in its place.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::new(self.config.clone());
        std::mem::replace(self, empty)
    }

    /// The file, whose last byte came at this time. Its name and declared type are for the caller to fill in.
    pub fn finish(
        self,
        source: &'static str,
        side: Side,
        timestamp: Timestamp,
        is_complete: bool,
    ) -> File {
        let hashes = self.hashes.filter(|_| self.missing == 0 && !self.is_broken);
        let [sha256, sha1, md5] = hashes.map_or([None, None, None], |(sha256, sha1, md5)| {
            let (sha256, sha1, md5) = (sha256.finalize(), sha1.finalize(), md5.finalize());
            [crate::hex(&sha256), crate::hex(&sha1), crate::hex(&md5)].map(Some)
        });
        File {
            source,
            side,
            began: self.began.unwrap_or(timestamp),
            timestamp,
            name: None,
            is_named: false,
            declared_type: None,
            media_type: infer::get(&self.magic).map(|kind| kind.mime_type()),
            size: self.size,
            missing: self.missing,
            is_complete: is_complete && self.missing == 0 && !self.is_broken,
            sha256,
            sha1,
            md5,
            bytes: self.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(sink: FileSink) -> File {
        sink.finish("test", Side::Responder, Timestamp::default(), true)
    }

    // The vectors of FIPS 180-2 and RFC 1321 for "abc".
    #[test]
    fn hashes_are_of_all_bytes_whatever_is_kept() {
        let mut sink = FileSink::new(FileConfig { max_size: 2, ..FileConfig::default() });
        sink.push(Timestamp::default(), b"a");
        sink.push(Timestamp::default(), b"bc");
        let file = finish(sink);
        assert_eq!((&*file.bytes, file.size, file.is_complete), (&b"ab"[..], 3, true));
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file.sha256.as_deref(), Some(sha256));
        assert_eq!(file.sha1.as_deref(), Some("a9993e364706816aba3e25717850c26c9cd0d89d"));
        assert_eq!(file.md5.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
    }

    #[test]
    fn a_file_with_a_hole_has_no_hash_and_ends_in_front_of_it() {
        let mut sink = FileSink::new(FileConfig::default());
        sink.push(Timestamp::default(), b"ab");
        sink.skip(5);
        sink.push(Timestamp::default(), b"c");
        let file = finish(sink);
        assert_eq!((&*file.bytes, file.size, file.missing), (&b"ab"[..], 8, 5));
        assert!(!file.is_complete && file.sha256.is_none());
        assert!(file.sha1.is_none() && file.md5.is_none());
    }

    #[test]
    fn kinds_are_told_by_first_bytes() {
        let kind = |bytes: &[u8]| {
            let mut sink = FileSink::new(FileConfig { hashes: false, ..FileConfig::default() });
            bytes.chunks(3).for_each(|piece| sink.push(Timestamp::default(), piece));
            finish(sink).media_type
        };
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(kind(b"%PDF-1.4"), Some("application/pdf"));
        assert_eq!(kind(b"\x1f\x8b\x08\0"), Some("application/gzip"));
        assert_eq!(kind(b"hello"), None);
    }
}
