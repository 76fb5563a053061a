//! Checks of `docs/requirements.md`: each defect of other libraries that was reproduced, and each
//! lesson of theirs, names what shows that it is none here, or comes with a part that is not there
//! yet.

use super::File;
use super::invariants::{holders, is_function};

const REQUIREMENTS: &str = "docs/requirements.md";
/// Where the jobs of CI are listed.
const JOBS: &str = "xtask/src/ci.rs";

/// A section whose rows are numbered, none of them left out.
struct List {
    heading: &'static str,
    /// What a row is called in a message.
    item: &'static str,
    count: u32,
    /// What a comment above a test says in front of the number, if one must. In pieces, so that this
    /// file holds none.
    comment: Option<&'static str>,
}

const LISTS: &[List] = &[
    List {
        heading: "## gopacket's defects",
        item: "gopacket's defect",
        count: 37,
        comment: Some(concat!("gopacket", " defect ")),
    },
    List {
        heading: "## flowscope's defects",
        item: "flowscope's defect",
        count: 21,
        comment: None,
    },
    List {
        heading: "## flowscope's lessons",
        item: "flowscope's lesson",
        count: 21,
        comment: None,
    },
    List {
        heading: "## packet-strata's defects",
        item: "packet-strata's defect",
        count: 17,
        comment: None,
    },
];

/// What stands in place of a test.
const LATER: &str = "comes with ";

/// What is wrong with the requirements.
pub(crate) fn problems(files: &[File]) -> Vec<String> {
    problems_of(files, LISTS)
}

fn problems_of(files: &[File], lists: &[List]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == REQUIREMENTS) else {
        return vec![format!("{REQUIREMENTS} is missing")];
    };
    let mut problems = Vec::new();
    for (line, text) in document.lines() {
        for holder in holders(text).into_iter().filter(|holder| !is_function(files, holder)) {
            problems.push(format!("{REQUIREMENTS}:{line}: there is no fn {holder}"));
        }
        for job in jobs(text).filter(|job| !is_job(files, job)) {
            problems.push(format!("{REQUIREMENTS}:{line}: there is no job {job}"));
        }
    }
    for list in lists {
        let rows = section(&document.text, list.heading);
        for number in 1..=list.count {
            if let Some(problem) = defect_problem(files, &rows, list, number) {
                problems.push(format!("{REQUIREMENTS}: {} {number} {problem}", list.item));
            }
        }
        let beyond = format!("| {} |", list.count + 1);
        if rows.iter().any(|row| row.starts_with(&beyond)) {
            let (item, count) = (list.item, list.count);
            problems.push(format!("{REQUIREMENTS}: {item}s are more than the {count} checked"));
        }
    }
    problems
}

/// The lines of a section.
fn section<'a>(document: &'a str, heading: &str) -> Vec<&'a str> {
    let lines = document.lines().skip_while(|line| *line != heading).skip(1);
    lines.take_while(|line| !line.starts_with("## ")).collect()
}

/// What is wrong with the row of a number.
fn defect_problem(files: &[File], rows: &[&str], list: &List, number: u32) -> Option<&'static str> {
    let front = format!("| {number} |");
    let mut rows = rows.iter().filter(|line| line.starts_with(&front));
    let Some(row) = rows.next() else { return Some("has no row") };
    if rows.next().is_some() {
        return Some("has two rows");
    }
    let is_shown = !holders(row).is_empty() || jobs(row).next().is_some();
    let has_test = match list.comment {
        Some(comment) => is_commented(files, &format!("{comment}{number}")),
        None => is_shown,
    };
    match (row.contains(LATER), has_test) {
        (true, true) => Some("has a test and a row that says that it comes later"),
        (false, false) if list.comment.is_some() => {
            Some("has no test with a comment that names it")
        }
        (false, _) if !is_shown => Some("has a row without `test: …`"),
        _ => None,
    }
}

/// The names in `job: …`.
fn jobs(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("job: "))
}

/// Whether CI has a job of this name.
fn is_job(files: &[File], name: &str) -> bool {
    let entry = format!("(\"{name}\",");
    files.iter().any(|file| file.path == JOBS && file.text.contains(&entry))
}

/// Whether a comment in some source holds these words, and no further digit.
fn is_commented(files: &[File], words: &str) -> bool {
    let names = |file: &File| {
        let mut behind = file.text.split(words).skip(1);
        behind.any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    files.iter().filter(|file| file.is_rust()).any(names)
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    /// The last number of the list that the tests check.
    const LAST: u32 = 3;

    /// A list with this last row, and a source with this comment.
    #[track_caller]
    fn check(comment: Option<&'static str>, last: &str, source: &str, expected: &[&str]) {
        let rows = (1..LAST).map(|number| format!("| {number} | case | `test: a::b` |\n"));
        let page = format!(
            "## Other\n| 1 | a |\n## List\n{}{last}## Another\n| 3 | b |\n",
            rows.collect::<String>()
        );
        let comments = (1..LAST).map(|number| format!("// defect {number}.\n"));
        let source = comments.collect::<String>() + source + "\nfn b() {}\n";
        let files = [
            file(REQUIREMENTS, &page),
            file("crates/a/src/lib.rs", &source),
            file(JOBS, "    (\"doc\", doc),\n"),
        ];
        let list = List { heading: "## List", item: "item", count: LAST, comment };
        assert_eq!(problems_of(&files, &[list]), expected);
    }

    #[test]
    fn each_defect_has_a_row_with_a_test_that_names_it() {
        let check = |last, source: &str, expected| check(Some("defect "), last, source, expected);
        let named = "/// defect 3, in part";
        check("| 3 | case | `test: b` |\n", named, &[]);
        check("", named, &["docs/requirements.md: item 3 has no row"]);
        let without = ["docs/requirements.md: item 3 has a row without `test: …`"];
        check("| 3 | case | somewhere |\n", named, &without);
        let twice = ["docs/requirements.md: item 3 has two rows"];
        check("| 3 | case | `test: b` |\n| 3 | case | `test: b` |\n", named, &twice);
        let gone = ["docs/requirements.md:6: there is no fn gone"];
        check("| 3 | case | `test: gone` |\n", named, &gone);
        let unnamed = ["docs/requirements.md: item 3 has no test with a comment that names it"];
        check("| 3 | case | `test: b` |\n", "// defect 30", &unnamed);
    }

    #[test]
    fn a_defect_comes_later_only_while_it_has_no_test() {
        let later = "| 3 | case | comes with reassembly |\n";
        check(Some("defect "), later, "", &[]);
        let expected =
            ["docs/requirements.md: item 3 has a test and a row that says that it comes later"];
        check(Some("defect "), later, "// defect 3", &expected);
        check(None, later, "", &[]);
        check(None, "| 3 | case | `test: b`; comes with more |\n", "", &expected);
    }

    #[test]
    fn a_lesson_may_be_held_by_a_job_that_there_is() {
        check(None, "| 3 | case | `job: doc` |\n", "", &[]);
        check(None, "| 3 | case | `test: b` |\n", "", &[]);
        let without = ["docs/requirements.md: item 3 has a row without `test: …`"];
        check(None, "| 3 | case | somewhere |\n", "", &without);
        let gone = ["docs/requirements.md:6: there is no job gone"];
        check(None, "| 3 | case | `job: gone` |\n", "", &gone);
    }

    #[test]
    fn rows_beyond_those_checked_are_told() {
        let expected = ["docs/requirements.md: items are more than the 3 checked"];
        check(None, "| 3 | case | `test: b` |\n| 4 | case | `test: b` |\n", "", &expected);
    }

    #[test]
    fn a_missing_document_is_told() {
        assert_eq!(problems(&[]), ["docs/requirements.md is missing"]);
    }
}
