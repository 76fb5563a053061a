//! Checks of `Cargo.toml`: each dependency says what it is there for, and each crate takes the
//! workspace's lints and its oldest compiler.

use super::File;

/// What every crate takes from the workspace: how that is said, and what it is.
const SHARED: &[(&str, &str)] =
    &[("[lints]\nworkspace = true", "lints"), ("rust-version.workspace = true", "a compiler")];

/// What is wrong with one file.
pub(crate) fn problems(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    if file.path != "Cargo.toml" && !file.path.ends_with("/Cargo.toml") {
        return problems;
    }
    for (line, what) in SHARED {
        if file.path.starts_with("crates/") && !file.text.contains(line) {
            problems.push(format!("{}: {what} of its own", file.path));
        }
    }
    let mut table = "";
    for (number, line) in file.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            table = line;
            if let Some(name) = own_table(line) {
                problems.push(format!("{}:{number}: {name}: write it on one line", file.path));
            }
        } else if is_dependencies(table)
            && let Some((name, _)) = line.split_once('=')
            && !line.starts_with('#')
            && !has_reason(line)
        {
            problems.push(format!("{}:{number}: {} has no reason", file.path, name.trim()));
        }
    }
    problems
}

/// Whether a table is one of dependencies, of a target too; the workspace's only fixes versions.
fn is_dependencies(table: &str) -> bool {
    table == "[dependencies]" || table.starts_with("[target.") && table.ends_with(".dependencies]")
}

/// The name of a dependency with a table of its own, which leaves no line for a reason.
fn own_table(table: &str) -> Option<&str> {
    table.strip_prefix("[dependencies.")?.strip_suffix(']')
}

/// Whether words stand behind a `#` outside of quotes.
fn has_reason(line: &str) -> bool {
    let mut quoted = false;
    let comment = line.char_indices().find(|&(_, c)| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    comment.and_then(|(at, _)| line.get(at + 1..)).is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_is_told() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nb = \"1\" # bits\nc = \"#1\"\nd = { x = 1 } #\n\
            [target.'cfg(unix)'.dependencies]\ne = \"1\"\n[dev-dependencies]\nf = \"1\"\n\
            [workspace.dependencies]\ng = \"1\"\n[dependencies.h]\nversion = \"1\"\n";
        let expected = [
            "x/Cargo.toml:5: c has no reason",
            "x/Cargo.toml:6: d has no reason",
            "x/Cargo.toml:8: e has no reason",
            "x/Cargo.toml:13: h: write it on one line",
        ];
        assert_eq!(problems(&file("x/Cargo.toml", text)), expected);
        assert!(problems(&file("x/other.toml", text)).is_empty());
    }

    #[test]
    fn a_crate_with_lints_or_a_compiler_of_its_own_is_told() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(problems(&file("crates/a/Cargo.toml", text)), expected);
        };
        let version = "[package]\nrust-version.workspace = true\n";
        check(&format!("{version}[lints]\nworkspace = true\n"), &[]);
        let lints = ["crates/a/Cargo.toml: lints of its own"];
        check(&format!("{version}[lints.rust]\nunsafe_code = \"allow\"\n"), &lints);
        let compiler = ["crates/a/Cargo.toml: a compiler of its own"];
        check("[package]\nrust-version = \"1.0\"\n[lints]\nworkspace = true\n", &compiler);
    }
}
