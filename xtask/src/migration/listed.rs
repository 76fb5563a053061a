//! The guides for users of libraries in Rust, beside lists of what those libraries make public. A
//! line of a list is a name alone, or a type and its variants, methods and public fields.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;

use super::{crates, is_name, made_up, rows, words};

/// What the tracker of packet-strata 0.5.1 makes public, and what `Flow`, `TcpInfo` and `IpInfo` had in older versions.
const PACKET_STRATA: &str = include_str!("packet_strata.txt");

/// The names of a list, those of members behind the name of their type.
fn names(list: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in list.lines() {
        let mut parts = line.split_whitespace();
        let Some(front) = parts.next() else { continue };
        found.insert(front.to_owned());
        found.extend(parts.map(|member| format!("{front}::{member}")));
    }
    found
}

/// The names that a code of the left column stands for: `A::{b, c}` are two.
fn expand(code: &str) -> Vec<String> {
    let Some((front, rest)) = code.split_once('{') else { return vec![code.to_owned()] };
    let inside = rest.trim_end_matches('}').split(',');
    inside.map(|name| format!("{front}{}", name.trim())).collect()
}

/// The words of a guide's programs in Rust, which are compiled.
fn compiled(page: &str) -> HashSet<&str> {
    let mut found = HashSet::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            inside = language == "rust";
        } else if inside {
            found.extend(words(line));
        }
    }
    found
}

/// What is wrong with a guide: names without a row or with two, rows of nothing, and names of ours
/// that are nowhere, or are types that none of its programs uses.
fn problems(page: &str, package: &str, list: &str, here: &HashSet<&str>) -> Vec<String> {
    let (names, rows) = (names(list), rows(page, package));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for name in rows.iter().flat_map(|(theirs, _)| theirs).flat_map(|code| expand(code)) {
        *seen.entry(name).or_default() += 1;
    }
    let without = names.iter().filter(|name| !seen.contains_key(*name));
    let mut problems: Vec<_> = without.map(|name| format!("{name} has no row")).collect();
    for (name, count) in &seen {
        if !names.contains(name) {
            problems.push(format!("{name} is nothing that {package} makes public"));
        } else if *count > 1 {
            problems.push(format!("{name} has {count} rows"));
        }
    }
    problems.extend(made_up(&rows, here, |_| false));
    let compiled = compiled(page);
    for code in rows.iter().flat_map(|(_, ours)| ours) {
        let front = code.split("::").next().unwrap_or_default();
        let is_type = is_name(front) && front.starts_with(char::is_uppercase);
        for name in words(front).take(usize::from(is_type)) {
            if !compiled.contains(name) {
                problems.push(format!("`{code}`: no program of the guide uses {name}"));
            }
        }
    }
    problems
}

#[track_caller]
fn check(page: &str, package: &str, list: &str, least: usize) {
    let page = fs::read_to_string(crate::root().join(page)).unwrap();
    let text = crates().unwrap();
    let here = words(&text).collect();
    assert!(names(list).len() > least, "{package} has more than that");
    let problems = problems(&page, package, list, &here);
    assert!(problems.is_empty(), "{package}:\n{}", problems.join("\n"));
}

#[test]
fn every_name_of_packet_strata_has_a_row_and_every_row_names_what_is_there() {
    check("docs/migrating-from-packet-strata.md", "packet-strata", PACKET_STRATA, 150);
}

#[test]
fn what_is_missing_twice_stale_or_made_up_is_told() {
    let here = HashSet::from(["Here", "Else", "method"]);
    let check = |rows: &str, expected: &[&str]| {
        let page = format!("## `a`\n{rows}## Else\n| `X` | `Y` |\n```rust\nuse Here;\n```\nElse\n");
        assert_eq!(problems(&page, "a", "T one two\nCONST\n", &here), expected);
    };
    let rest = "| `CONST` | a number |\n";
    check(&format!("{rest}| `T`, `T::{{one, two}}` | `Here::method` |\n"), &[]);
    check(
        &format!("{rest}| `T` | `Here` |\n| `T`, `T::one`, `T::gone` | `Here::gone` |\n"),
        &[
            "T::two has no row",
            "T has 2 rows",
            "T::gone is nothing that a makes public",
            "`Here::gone`: gone is nowhere in the crates",
        ],
    );
    check(
        &format!("{rest}| `T`, `T::{{one, two}}` | `Else` |\n"),
        &["`Else`: no program of the guide uses Else"],
    );
}
