//! Checks of `docs/architecture.md`: each invariant names the test or check that holds it.

use super::File;

const ARCHITECTURE: &str = "docs/architecture.md";

/// What is wrong with the invariants.
pub(crate) fn problems(files: &[File]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == ARCHITECTURE) else {
        return vec![format!("{ARCHITECTURE} is missing")];
    };
    let invariants = invariants(&document.text);
    if invariants.is_empty() {
        return vec![format!(
            "{ARCHITECTURE}: no numbered invariants below a heading that says so"
        )];
    }
    let mut problems = Vec::new();
    for (number, text) in invariants {
        let holders = holders(&text);
        if holders.is_empty() {
            problems.push(format!(
                "{ARCHITECTURE}: invariant {number} names no `test: …` or `tidy: …`"
            ));
        }
        for holder in holders.iter().filter(|holder| !is_function(files, holder)) {
            problems.push(format!("{ARCHITECTURE}: invariant {number}: there is no fn {holder}"));
        }
    }
    problems
}

/// The numbered items below a heading that speaks of invariants, lines joined.
fn invariants(text: &str) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = Vec::new();
    let (mut inside, mut open) = (false, false);
    for line in text.lines() {
        if line.starts_with('#') {
            inside = line.to_lowercase().contains("invariant");
            open = false;
        } else if !inside {
        } else if let Some((number, rest)) = line.split_once(". ")
            && let Ok(number) = number.parse()
        {
            found.push((number, rest.to_owned()));
            open = true;
        } else if line.trim().is_empty() {
            open = false;
        } else if open && let Some((_, text)) = found.last_mut() {
            text.push(' ');
            text.push_str(line.trim());
        }
    }
    found
}

/// The names in `test: …` and `tidy: …`; of a path, the last part.
pub(super) fn holders(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let names = quoted
        .filter_map(|code| code.strip_prefix("test: ").or_else(|| code.strip_prefix("tidy: ")));
    names.filter_map(|name| name.trim().rsplit("::").next()).collect()
}

/// Whether there is a function of this name anywhere.
pub(super) fn is_function(files: &[File], name: &str) -> bool {
    let (call, generic) = (format!("fn {name}("), format!("fn {name}<"));
    let sources = files.iter().filter(|file| file.is_rust());
    sources.into_iter().any(|file| file.text.contains(&call) || file.text.contains(&generic))
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let files = [file(ARCHITECTURE, text), file("a.rs", "fn holds() {}\n#[test]\nfn b() {}\n")];
        assert_eq!(problems(&files), expected);
    }

    #[test]
    fn each_invariant_names_a_function_that_exists() {
        check(
            "# Steps\n1. Anything.\n## Invariants\n1. No a — `test: x::b`\n2. No\n   c — `tidy: holds`\n",
            &[],
        );
        check(
            "# Invariants\n1. No a.\n",
            &["docs/architecture.md: invariant 1 names no `test: …` or `tidy: …`"],
        );
        check(
            "# Invariants\n1. No a — `test: gone`\n",
            &["docs/architecture.md: invariant 1: there is no fn gone"],
        );
    }

    #[test]
    fn a_document_without_invariants_is_told() {
        let expected = "docs/architecture.md: no numbered invariants below a heading that says so";
        check("# Other\n1. A.\n", &[expected]);
        assert_eq!(problems(&[]), ["docs/architecture.md is missing"]);
    }
}
