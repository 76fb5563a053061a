//! Whether `docs/migrating-from-gopacket.md` has a row for all that gopacket exports, and names
//! only what is there.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Row, crates, made_up, rows, words};

/// The document.
const PAGE: &str = "docs/migrating-from-gopacket.md";
/// Where Debian's golang-github-google-gopacket-dev puts the package `gopacket`; `layers` is in it.
const GOPACKET: &str = "/usr/share/gocode/src/github.com/google/gopacket";

/// What an exported name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Constant,
    /// A type, a function or a variable: each has a row by its full name.
    Item,
    Method,
}

/// Exported names, methods behind the name of their type.
type Names = BTreeMap<String, Kind>;

/// The exported names of a package.
fn exports(folder: &Path) -> Result<Names> {
    let mut names = Names::new();
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_go = path.extension().is_some_and(|extension| extension == "go");
        let is_source = is_go && !name.ends_with("_test.go");
        // Programs that make sources, of another package.
        if is_source && !matches!(&*name, "gen.go" | "gen2.go") {
            let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            declared(&String::from_utf8_lossy(&text), &mut names);
        }
    }
    Ok(names)
}

/// Adds the exported names that a file declares. It is laid out as `gofmt` does: a declaration
/// starts its line, what is in a block stands behind one tab.
fn declared(text: &str, names: &mut Names) {
    let mut block = Block::None;
    for line in text.lines() {
        if !line.starts_with(['\t', ' ']) && !line.is_empty() {
            block = opened(line);
            if let Some((name, kind)) = declaration(line) {
                add(names, name, kind);
            }
            continue;
        }
        let Some(inside) = line.strip_prefix('\t') else { continue };
        match &block {
            // Behind two tabs stand the parts of a value.
            Block::Of(kind) if !inside.starts_with('\t') => {
                let (front, _) = inside.split_once([' ', '=']).unwrap_or((inside, ""));
                // Several names of one line stand in front of the type.
                let list = if front.ends_with(',') { inside } else { front };
                list.split(',').for_each(|name| add(names, first_word(name.trim()), *kind));
            }
            Block::Interface(of) if inside.contains('(') => {
                let method = first_word(inside);
                if is_exported(of) && is_exported(method) {
                    names.insert(format!("{of}.{method}"), Kind::Method);
                }
            }
            Block::Of(_) | Block::Interface(_) | Block::None => {}
        }
    }
}

/// What the lines behind a tab are.
enum Block {
    None,
    Of(Kind),
    Interface(String),
}

fn opened(line: &str) -> Block {
    match line {
        "const (" => Block::Of(Kind::Constant),
        "var (" | "type (" => Block::Of(Kind::Item),
        _ => match line.strip_prefix("type ").and_then(|rest| rest.strip_suffix(" interface {")) {
            Some(name) => Block::Interface(name.to_owned()),
            None => Block::None,
        },
    }
}

/// The name that a line declares by itself.
fn declaration(line: &str) -> Option<(&str, Kind)> {
    let (keyword, rest) = line.split_once(' ')?;
    let kind = match keyword {
        "const" => Kind::Constant,
        "func" if rest.starts_with('(') => return Some((rest, Kind::Method)),
        "var" | "type" | "func" => Kind::Item,
        _ => return None,
    };
    Some((first_word(rest), kind))
}

fn add(names: &mut Names, name: &str, kind: Kind) {
    if kind != Kind::Method {
        if is_exported(name) {
            names.insert(name.to_owned(), kind);
        }
        return;
    }
    // `(t *Type) Method(…`
    let Some((receiver, rest)) = name.trim_start_matches('(').split_once(") ") else { return };
    let of = receiver.rsplit([' ', '*']).next().unwrap_or_default();
    let method = first_word(rest);
    if is_exported(of) && is_exported(method) {
        names.insert(format!("{of}.{method}"), Kind::Method);
    }
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn is_exported(name: &str) -> bool {
    name.starts_with(|c: char| c.is_uppercase())
}

/// Whether a name is one that a pattern stands for: `*` is anything.
fn is_like(name: &str, pattern: &str) -> bool {
    let Some((front, behind)) = pattern.split_once('*') else { return name == pattern };
    let Some(rest) = name.strip_prefix(front) else { return false };
    rest.char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| rest.get(at..).is_some_and(|rest| is_like(rest, behind)))
}

/// What is wrong with the rows of a package.
fn problems(names: &Names, rows: &[Row<'_>], here: &HashSet<&str>) -> Vec<String> {
    let theirs: Vec<&str> = rows.iter().flat_map(|(theirs, _)| theirs.iter().copied()).collect();
    let covers = |pattern: &str, name: &str, kind: Kind| {
        let is_pattern = pattern.contains('*');
        // Only constants and methods are so many and so alike that one row stands for several.
        let may = kind != Kind::Item && pattern.contains('.') == (kind == Kind::Method);
        name == pattern || is_pattern && may && is_like(name, pattern)
    };
    let mut problems = Vec::new();
    for (name, &kind) in names {
        if !theirs.iter().any(|pattern| covers(pattern, name, kind)) {
            problems.push(format!("{name} has no row"));
        }
    }
    let mut seen = BTreeSet::new();
    for pattern in theirs {
        if !names.iter().any(|(name, &kind)| covers(pattern, name, kind)) {
            problems.push(format!("{pattern} is nothing that gopacket exports"));
        }
        if !seen.insert(pattern) {
            problems.push(format!("{pattern} has two rows"));
        }
    }
    problems.extend(made_up(rows, here, |word| names.contains_key(word)));
    problems
}

#[test]
fn every_exported_name_has_a_row_and_every_row_names_what_is_there() {
    let folder = Path::new(GOPACKET);
    if !folder.exists() {
        println!("skipped: gopacket is not installed");
        return;
    }
    let root = crate::root();
    let page = fs::read_to_string(root.join(PAGE)).unwrap();
    let text = crates().unwrap();
    let here: HashSet<&str> = words(&text).collect();
    for (package, folder) in [("gopacket", folder.to_owned()), ("layers", folder.join("layers"))] {
        let names = exports(&folder).unwrap();
        assert!(names.len() > 100, "{package} exports more than that");
        let problems = problems(&names, &rows(&page, package), &here);
        assert!(problems.is_empty(), "{package}:\n{}", problems.join("\n"));
    }
}

/// The fork's sources are nowhere in Debian, so only what is said to be here is looked for.
#[test]
fn what_the_fork_has_besides_is_here() {
    let page = fs::read_to_string(crate::root().join(PAGE)).unwrap();
    let text = crates().unwrap();
    let rows = rows(&page, "gopacket/gopacket");
    assert!(rows.len() > 10, "the section is missing");
    assert_eq!(made_up(&rows, &words(&text).collect(), |_| false), [""; 0]);
}

#[test]
fn declarations_of_every_form_are_found() {
    let text = "package a\n\nconst One = 1\nconst (\n\tTwo = iota\n\t\tDeep\n\tThree, Four int = 3, 4\n\tfive\n)\n\
        type T struct {\n\tField int\n}\ntype I interface {\n\t// Do does.\n\tDo(a int) error\n\tother()\n\tT\n}\n\
        func (t *T) M() {}\nfunc (T) N() {}\nfunc (u u) O() {}\nfunc F(a int) {\n\tG()\n}\nvar V = F\n";
    let mut names = Names::new();
    declared(text, &mut names);
    let of = |kind| {
        let of_kind = names.iter().filter(|(_, found)| **found == kind);
        of_kind.map(|(name, _)| name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of(Kind::Constant), ["Four", "One", "Three", "Two"]);
    assert_eq!(of(Kind::Item), ["F", "I", "T", "V"]);
    assert_eq!(of(Kind::Method), ["I.Do", "T.M", "T.N"]);
}

#[test]
fn a_row_that_is_missing_stale_or_made_up_is_told() {
    let names =
        [("A1", Kind::Constant), ("A2", Kind::Constant), ("T", Kind::Item), ("T.M", Kind::Method)];
    let names: Names = names.iter().map(|&(name, kind)| (name.to_owned(), kind)).collect();
    let here = HashSet::from(["Here"]);
    let check = |page: &str, expected: &[&str]| {
        assert_eq!(problems(&names, &rows(page, "a"), &here), expected);
    };
    let rest = "## `a`\n| `A*` | `Here` |\n";
    check(&format!("{rest}| `T`, `T.*` | `Here`, a `T` |\n## `b`\n| `X` | `Y` |\n"), &[]);
    check(
        &format!("{rest}| `T*`, `*.M` | none |\n"),
        &["T has no row", "T* is nothing that gopacket exports"],
    );
    check(
        &format!("{rest}| `T`, `T`, `T.M`, `U` | `Gone` |\n"),
        &[
            "T has two rows",
            "U is nothing that gopacket exports",
            "`Gone`: Gone is nowhere in the crates",
        ],
    );
}
