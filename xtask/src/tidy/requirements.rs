//! Checks of `docs/requirements.md`: each defect of gopacket has its test, or comes with a part that
//! is not there yet.

use super::File;
use super::invariants::{holders, is_function};

const REQUIREMENTS: &str = "docs/requirements.md";

/// How many defects of gopacket were reproduced.
const DEFECTS: u32 = 37;

/// What a comment above a test says in front of the number of a defect. In pieces, so that this file
/// holds none.
const COMMENT: &str = concat!("gopacket", " defect ");

/// What stands in place of a test.
const LATER: &str = "comes with ";

/// What is wrong with the requirements.
pub(crate) fn problems(files: &[File]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == REQUIREMENTS) else {
        return vec![format!("{REQUIREMENTS} is missing")];
    };
    let mut problems = Vec::new();
    for (line, text) in document.lines() {
        for holder in holders(text).into_iter().filter(|holder| !is_function(files, holder)) {
            problems.push(format!("{REQUIREMENTS}:{line}: there is no fn {holder}"));
        }
    }
    for defect in 1..=DEFECTS {
        problems.extend(defect_problem(files, &document.text, defect));
    }
    problems
}

/// What is wrong with the row of one defect.
fn defect_problem(files: &[File], document: &str, defect: u32) -> Option<String> {
    let front = format!("| {defect} |");
    let mut rows = document.lines().filter(|line| line.starts_with(&front));
    let row = rows.next();
    let problem = match (row, rows.next()) {
        (None, _) => "has no row",
        (_, Some(_)) => "has two rows",
        (Some(row), None) => match (row.contains(LATER), is_commented(files, defect)) {
            (true, true) => "has a test and a row that says that it comes later",
            (false, false) => "has no test with a comment that names it",
            (false, true) if holders(row).is_empty() => "has a row without `test: …`",
            (true, false) | (false, true) => return None,
        },
    };
    Some(format!("{REQUIREMENTS}: defect {defect} {problem}"))
}

/// Whether a comment in some source names a defect.
fn is_commented(files: &[File], defect: u32) -> bool {
    let text = format!("{COMMENT}{defect}");
    let names = |file: &File| {
        let mut behind = file.text.split(&text).skip(1);
        behind.any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    files.iter().filter(|file| file.is_rust()).any(names)
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    /// The requirements with another row for the last defect, and a source with this comment.
    #[track_caller]
    fn check(last: &str, comment: &str, expected: &[&str]) {
        let rows = (1..DEFECTS).map(|defect| format!("| {defect} | case | `test: a::b` |\n"));
        let comments = (1..DEFECTS).map(|defect| format!("// {COMMENT}{defect}.\n"));
        let source = comments.collect::<String>() + comment + "\nfn b() {}\n";
        let files = [
            file(REQUIREMENTS, &(rows.collect::<String>() + last)),
            file("crates/a/src/lib.rs", &source),
        ];
        assert_eq!(problems(&files), expected);
    }

    #[test]
    fn each_defect_has_a_row_with_a_test_that_names_it() {
        let comment = format!("/// {COMMENT}{DEFECTS}, in part");
        check("| 37 | case | `test: b` |\n", &comment, &[]);
        check("", &comment, &["docs/requirements.md: defect 37 has no row"]);
        let without = ["docs/requirements.md: defect 37 has a row without `test: …`"];
        check("| 37 | case | somewhere |\n", &comment, &without);
        let twice = ["docs/requirements.md: defect 37 has two rows"];
        check("| 37 | case | `test: b` |\n| 37 | case | `test: b` |\n", &comment, &twice);
        let gone = ["docs/requirements.md:37: there is no fn gone"];
        check("| 37 | case | `test: gone` |\n", &comment, &gone);
        let longer = format!("// {COMMENT}{DEFECTS}0");
        let unnamed = ["docs/requirements.md: defect 37 has no test with a comment that names it"];
        check("| 37 | case | `test: b` |\n", &longer, &unnamed);
    }

    #[test]
    fn a_defect_comes_later_only_while_it_has_no_test() {
        check("| 37 | case | comes with reassembly |\n", "", &[]);
        let comment = format!("// {COMMENT}{DEFECTS}");
        let expected =
            ["docs/requirements.md: defect 37 has a test and a row that says that it comes later"];
        check("| 37 | case | comes with reassembly |\n", &comment, &expected);
    }

    #[test]
    fn a_missing_document_is_told() {
        assert_eq!(problems(&[]), ["docs/requirements.md is missing"]);
    }
}
