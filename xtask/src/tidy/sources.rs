//! Checks of source files: their opening, their length, `unsafe`, paths, and each protocol's parts.

use super::File;

/// Most lines of code above the tests of a file.
const MAX_CODE: usize = 400;

/// Most lines of a file with its tests.
const MAX_LINES: usize = 700;

/// Where the protocols are, one file or folder each.
const PROTOCOLS: &str = "crates/layers/src/layers/";

/// The only place for `unsafe`.
const UNSAFE_CRATE: &str = "crates/capture/";

/// What stands behind the keyword in code, and not in a sentence.
const UNSAFE_FORMS: &[&str] = &["{", "fn ", "impl", "extern ", "trait "];

/// Paths of one machine, and hosts that only a package manager should know. In pieces, so that this
/// file does not hold what it looks for.
const NOT_PORTABLE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/fa", "rm/"),
    concat!("/t", "mp/"),
    concat!("crat", "es.io"),
    concat!("index.", "crates"),
    concat!("py", "pi.org"),
    concat!("registry.", "npmjs"),
    concat!("deb.", "debian"),
];

/// What is wrong with one file.
pub(crate) fn problems(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if !file.path.ends_with("Cargo.lock") && !file.path.ends_with("go.sum") {
        not_portable(file, &mut problems);
    }
    if file.is_rust() {
        opening(file, &mut problems);
        length(file, &mut problems);
        no_unsafe(file, &mut problems);
    }
    problems
}

fn opening(file: &File, problems: &mut Vec<String>) {
    if !file.text.starts_with("//! ") && !file.text.contains("\n//! ") {
        problems.push(format!("{}: no `//!` line says what lives there", file.path));
    } else if !file.text.starts_with("//! ") && !file.text.starts_with("#!") {
        problems.push(format!("{}: does not open with `//!`", file.path));
    }
}

fn length(file: &File, problems: &mut Vec<String>) {
    let lines = file.text.lines().count();
    // An item for tests alone may stand above; the tests themselves are a module at the bottom.
    let is_tests =
        |(line, next): &(&str, &str)| *line == "#[cfg(test)]" && next.starts_with("mod ");
    let pairs = file.text.lines().zip(file.text.lines().skip(1));
    let above =
        pairs.enumerate().find(|(_, pair)| is_tests(pair)).map_or(lines, |(place, _)| place);
    let path = &file.path;
    let among_tests =
        path.contains("/tests/") || path.starts_with("tests/") || path.ends_with("/tests.rs");
    if above > MAX_CODE && !among_tests {
        problems.push(format!("{}: {above} lines above the tests, {MAX_CODE} allowed", file.path));
    }
    if lines > MAX_LINES {
        problems.push(format!("{}: {lines} lines, {MAX_LINES} allowed", file.path));
    }
}

fn no_unsafe(file: &File, problems: &mut Vec<String>) {
    if file.path.starts_with(UNSAFE_CRATE) {
        return;
    }
    for (number, line) in file.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let mut behind = code.split("unsafe ").skip(1);
        if behind.any(|code| UNSAFE_FORMS.iter().any(|form| code.starts_with(form))) {
            problems.push(format!("{}:{number}: unsafe outside {UNSAFE_CRATE}", file.path));
        }
    }
}

fn not_portable(file: &File, problems: &mut Vec<String>) {
    for (number, line) in file.lines() {
        for text in NOT_PORTABLE.iter().filter(|text| line.contains(**text)) {
            problems.push(format!("{}:{number}: holds {text}", file.path));
        }
    }
}

/// Each protocol in the list of `mod.rs` has its `PROTOCOL` and its tests.
pub(crate) fn protocols(files: &[File]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == format!("{PROTOCOLS}mod.rs"));
    let mut problems = Vec::new();
    for module in list.iter().flat_map(|list| list.text.lines()).filter_map(module) {
        let (file, folder) = (format!("{PROTOCOLS}{module}.rs"), format!("{PROTOCOLS}{module}/"));
        let of_it = files.iter().filter(|f| f.path == file || f.path.starts_with(&folder));
        let text: String = of_it.map(|file| &*file.text).collect();
        for (what, sign) in [("PROTOCOL", "const PROTOCOL: Protocol"), ("tests", "#[cfg(test)]")] {
            if !text.contains(sign) {
                problems.push(format!("{PROTOCOLS}{module}: a protocol without {what}"));
            }
        }
    }
    problems
}

/// The module in a line of the list: `UDP = 5, udp::Udp;`.
fn module(line: &str) -> Option<&str> {
    let (_, entry) = line.trim().strip_suffix(';')?.split_once(" = ")?;
    let (number, path) = entry.split_once(", ")?;
    number.parse::<u16>().ok()?;
    path.split_once("::").map(|(module, _)| module)
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(problems(&file(path, text)), expected);
    }

    #[test]
    fn a_file_says_what_lives_in_it() {
        check("a.rs", "//! Says it.\nfn a() {}\n", &[]);
        check("a.rs", "#![no_main]\n//! Says it.\n", &[]);
        check("a.rs", "fn a() {}\n", &["a.rs: no `//!` line says what lives there"]);
        check("a.rs", "\n//! Late.\n", &["a.rs: does not open with `//!`"]);
    }

    #[test]
    fn long_files_are_told_by_code_and_in_all() {
        let code = "//! A.\n".to_owned() + &"x\n".repeat(MAX_CODE);
        check("a.rs", &code, &["a.rs: 401 lines above the tests, 400 allowed"]);
        check("tests/a.rs", &code, &[]);
        let tested = format!("//! A.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "x\n".repeat(MAX_LINES));
        check("a.rs", &tested, &["a.rs: 704 lines, 700 allowed"]);
    }

    #[test]
    fn unsafe_is_code_and_not_a_word_in_a_comment() {
        let text = "//! A.\n// unsafe\n#![forbid(unsafe_code)]\nlet word = \"unsafe\";\n";
        check("a.rs", text, &[]);
        let text = concat!("//! A.\nfn a() { uns", "afe { b() } }\n");
        check("a.rs", text, &["a.rs:2: unsafe outside crates/capture/"]);
        check("crates/capture/src/a.rs", text, &[]);
    }

    #[test]
    fn machine_paths_are_found_in_any_text() {
        let path = NOT_PORTABLE[0];
        check("a.md", &format!("see {path}x\n"), &[&format!("a.md:1: holds {path}")]);
        check("a.md", "see docs/a.md\n", &[]);
    }

    #[test]
    fn a_protocol_is_a_file_or_a_folder_with_its_constant_and_tests() {
        let at = |name: &str| format!("{PROTOCOLS}{name}");
        let whole = "const PROTOCOL: Protocol = 1;\n#[cfg(test)]\n";
        let list = "protocols! {\n    UDP = 1, udp::Udp;\n    TCP = 2, tcp::Tcp;\n    ARP = 3, arp::Arp;\n";
        let files = [
            file(&at("mod.rs"), list),
            file(&at("udp.rs"), whole),
            file(&at("tcp/mod.rs"), "const PROTOCOL: Protocol = 1;\n"),
            file(&at("tcp/options.rs"), "#[cfg(test)]\n"),
            file(&at("arp.rs"), "#[cfg(test)]\n"),
            file(&at("shared.rs"), ""),
        ];
        assert_eq!(protocols(&files), [format!("{}: a protocol without PROTOCOL", at("arp"))]);
    }
}
