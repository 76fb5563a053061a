//! Whether the guides for users of other libraries have a row for all that those export, and name
//! only what is there.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod gopacket;
mod listed;

/// A row of a guide: the names of the other library, and what stands for them here.
type Row<'a> = (Vec<&'a str>, Vec<&'a str>);

/// The rows of a guide about a package: the names of both columns.
fn rows<'a>(page: &'a str, package: &str) -> Vec<Row<'a>> {
    let heading = format!("`{package}`");
    let mut found = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            inside = title.contains(&heading);
        } else if inside && let Some(row) = line.strip_prefix("| `") {
            let (theirs, ours) = row.split_once(" | ").unwrap_or((row, ""));
            found.push((codes(theirs, 0), codes(ours, 1)));
        }
    }
    found
}

/// What stands between backquotes, from the piece with this number on.
fn codes(text: &str, first: usize) -> Vec<&str> {
    text.split('`').skip(first).step_by(2).collect()
}

/// The words of a text that can be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Whether a word is a name, and not a number or a letter.
fn is_name(word: &str) -> bool {
    word.len() > 1 && word.starts_with(char::is_alphabetic)
}

/// What the right column names and the crates do not have. What a row says of the other library
/// beside its own name is `known`.
fn made_up(rows: &[Row<'_>], here: &HashSet<&str>, known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for code in rows.iter().flat_map(|(_, ours)| ours) {
        for word in words(code).filter(|word| is_name(word)) {
            if !here.contains(word) && !known(word) {
                problems.push(format!("`{code}`: {word} is nowhere in the crates"));
            }
        }
    }
    problems
}

/// All Rust sources of the crates.
fn crates() -> Result<String> {
    let mut text = String::new();
    sources(&crate::root().join("crates"), &mut text)?;
    Ok(text)
}

/// All Rust sources of a folder.
fn sources(folder: &Path, text: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            sources(&path, text)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
