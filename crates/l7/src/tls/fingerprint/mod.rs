//! Fingerprints of clients and servers by their hellos.

mod ja3;
mod ja4;

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
