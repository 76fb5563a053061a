//! Checks of what users rely on: enums of errors can grow without breaking them, and nothing comes
//! under another licence than ours.

use super::File;

/// Fingerprints of the JA4+ family, whose licence is not ours; JA4 itself is free. The beginnings of
/// items, in pieces, so that this file holds none.
const LICENSED: &[&str] = &[
    concat!("fn ja", "4s"),
    concat!("fn ja", "4h"),
    concat!("fn ja", "4x"),
    concat!("fn ja", "4t"),
    concat!("fn ja", "4l"),
    concat!("struct Ja", "4S"),
    concat!("struct Ja", "4H"),
    concat!("struct Ja", "4X"),
    concat!("struct Ja", "4T"),
    concat!("struct Ja", "4L"),
];

/// What is wrong with one file.
pub(crate) fn problems(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if file.is_rust() && file.path.starts_with("crates/") {
        closed_errors(file, &mut problems);
        licensed_fingerprints(file, &mut problems);
    }
    problems
}

/// Enums that are errors, and may not grow.
fn closed_errors(file: &File, problems: &mut Vec<String>) {
    let mut attributes = String::new();
    for (number, line) in file.lines() {
        let line = line.trim_start();
        let is_error = attributes.contains("Error") && attributes.contains("derive");
        if line.starts_with("pub enum ") && is_error && !attributes.contains("non_exhaustive") {
            problems.push(format!("{}:{number}: an error that is not non_exhaustive", file.path));
        }
        if line.starts_with("#[") || !attributes.is_empty() && !line.starts_with("pub ") {
            attributes.push_str(line);
        }
        if line.is_empty() || line.ends_with('{') {
            attributes.clear();
        }
    }
}

fn licensed_fingerprints(file: &File, problems: &mut Vec<String>) {
    for (number, line) in file.lines() {
        if LICENSED.iter().any(|item| line.contains(item)) {
            problems.push(format!("{}:{number}: a fingerprint of JA4+", file.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(problems(&file("crates/a/src/lib.rs", text)), expected);
        assert_eq!(problems(&file("crates/a/README.md", text)), [] as [&str; 0]);
    }

    #[test]
    fn an_error_that_cannot_grow_is_told() {
        let derive = "#[derive(Debug, thiserror::Error)]\n";
        check(&format!("{derive}#[non_exhaustive]\npub enum A {{\n}}\n"), &[]);
        check("#[derive(Debug)]\npub enum A {\n}\n", &[]);
        check(&format!("{derive}enum A {{\n}}\n\npub enum B {{\n}}\n"), &[]);
        check(
            &format!("/// What.\n{derive}pub enum A {{\n}}\n"),
            &["crates/a/src/lib.rs:3: an error that is not non_exhaustive"],
        );
    }

    #[test]
    fn a_fingerprint_under_another_licence_is_told() {
        let name = LICENSED[0];
        check(
            &format!("/// JA4.\npub fn ja4() {{}}\npub {name}() {{}}\n"),
            &["crates/a/src/lib.rs:3: a fingerprint of JA4+"],
        );
    }
}
