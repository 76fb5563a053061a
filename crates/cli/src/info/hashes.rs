//! Hashes of whole files, by which people tell that two are the same.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ripemd::Ripemd160;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::output::hex;
use crate::progress::{self, Reading};

/// Bytes hashed at once.
const PIECE: usize = 256 << 10;

/// Hashes, in hexadecimal.
#[derive(Serialize)]
pub(super) struct Hashes {
    pub(super) sha256: String,
    pub(super) ripemd160: String,
    pub(super) sha1: String,
}

/// Hashes a file as it lies on the disk, compressed or not; nothing for standard input, which has
/// been read.
pub(super) fn of(path: &Path) -> Result<Option<Hashes>, Error> {
    if path.as_os_str() == "-" {
        return Ok(None);
    }
    let failed = |source| Error::Read { name: path.display().to_string(), source };
    let _reading = progress::file_size(path).map(Reading::start);
    let mut file = progress::watch(File::open(path).map_err(failed)?);
    let (mut sha256, mut ripemd160, mut sha1) = (Sha256::new(), Ripemd160::new(), Sha1::new());
    let mut piece = vec![0; PIECE];
    loop {
        let length = file.read(&mut piece).map_err(failed)?;
        let Some(bytes) = piece.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
        sha256.update(bytes);
        ripemd160.update(bytes);
        sha1.update(bytes);
    }
    Ok(Some(Hashes {
        sha256: hex(&sha256.finalize()),
        ripemd160: hex(&ripemd160.finalize()),
        sha1: hex(&sha1.finalize()),
    }))
}
