//! The key: who has it can make the same replacements again, and undo them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::error::Error;
use crate::output::hex;

/// 256 bits: half of them encrypt.
pub(super) type Key = [u8; 32];

/// The key of a file, which is made if it is not there; without a name, one that nobody will know.
pub(super) fn of(path: Option<&Path>) -> Result<Key, Error> {
    let Some(path) = path else { return random() };
    let name = || path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => {
            let wrong = || Error::Ask(format!("{}: a key is 64 hexadecimal digits", name()));
            parse(text.trim()).ok_or_else(wrong)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random()?;
            write(path, &key).map_err(|source| Error::Create { name: name(), source })?;
            Ok(key)
        }
        Err(source) => Err(Error::Read { name: name(), source }),
    }
}

fn random() -> Result<Key, Error> {
    let mut key = [0; 32];
    let filled = getrandom::fill(&mut key);
    filled.map_err(|error| Error::Ask(format!("the system has no random numbers: {error}")))?;
    Ok(key)
}

fn write(path: &Path, key: &Key) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Nobody else is to read it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{}", hex(key))
}

fn parse(text: &str) -> Option<Key> {
    let mut key = [0; 32];
    let is_whole = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    for (place, byte) in key.iter_mut().enumerate().filter(|_| is_whole) {
        let start = place.checked_mul(2)?;
        *byte = u8::from_str_radix(text.get(start..)?.get(..2)?, 16).ok()?;
    }
    is_whole.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_as_many_digits_as_it_has() {
        let digits = "00ff".repeat(16);
        assert_eq!(parse(&digits).map(|key| (key[0], key[1], key[31])), Some((0, 255, 255)));
        for text in ["", &digits[1..], &format!("{digits}0"), &digits.replace('f', "+")] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn random_keys_differ() {
        assert_ne!(random().unwrap(), random().unwrap());
    }
}
