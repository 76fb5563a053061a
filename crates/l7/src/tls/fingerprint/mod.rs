//! Fingerprints of clients and servers by their hellos.

use std::fmt::Write;

mod ja3;
mod ja4;

/// Bytes in hexadecimal, lower case.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() << 1);
    // Writing to a string cannot fail.
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Numbers by a writer, with a separator between them.
fn join(numbers: impl Iterator<Item = u16>, separator: char, write: fn(u16) -> String) -> String {
    let mut text = String::new();
    for number in numbers {
        if !text.is_empty() {
            text.push(separator);
        }
        text.push_str(&write(number));
    }
    text
}
