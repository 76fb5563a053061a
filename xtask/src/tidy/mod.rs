//! `cargo xtask tidy`: what the style asks for and neither rustfmt nor clippy sees.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

mod invariants;
mod manifests;
mod promises;
mod requirements;
mod sources;

/// Folders that hold what tools make, not what people write.
const NOT_OURS: &[&str] = &["target", ".git", "captures", "artifacts", "corpus", "node_modules"];

/// A text file of the repository: its path from there, with `/` between the parts.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// The text as lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(place, line)| (place + 1, line))
    }
}

/// Checks the repository, prints what is wrong, and says whether nothing is.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let problems = problems(root)?;
    for problem in &problems {
        println!("{problem}");
    }
    println!("tidy: {} problems", problems.len());
    Ok(problems.is_empty())
}

/// All that is wrong with the repository, one line each.
pub(crate) fn problems(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    let mut problems = Vec::new();
    for file in &files {
        problems.extend(sources::problems(file));
        problems.extend(manifests::problems(file));
        problems.extend(promises::problems(file));
    }
    problems.extend(sources::protocols(&files));
    problems.extend(invariants::problems(&files));
    problems.extend(requirements::problems(&files));
    if !files.iter().any(|file| file.path == "CHANGELOG.md") {
        problems.push("CHANGELOG.md is missing".to_owned());
    }
    Ok(problems)
}

/// Reads the text files of a folder and of those in it.
fn collect(root: &Path, inside: &str, files: &mut Vec<File>) -> Result<()> {
    let folder = root.join(inside);
    let skipped: HashSet<&str> = NOT_OURS.iter().copied().collect();
    for entry in fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !skipped.contains(&*name) {
            collect(root, &path, files)?;
        } else if kind.is_file()
            && !skipped.contains(&*name)
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

#[cfg(test)]
pub(crate) fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let problems = problems(&crate::root()).unwrap();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
