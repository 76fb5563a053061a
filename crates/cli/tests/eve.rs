//! Records of EVE have the names, places and types of Suricata's schema, or those of `docs/differences.md`.

#![allow(clippy::unwrap_used, reason = "tests, also in their functions")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{FIRST, rheos, shared, text};
use serde_json::Value;

/// What an object has, by path, and of which type: `dns.answers[].ttl` is an `integer`.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<(String, &'static str)>) {
    let kind = match value {
        Value::Object(object) => {
            for (name, value) in object {
                let dot = if path.is_empty() { "" } else { "." };
                fields(value, &format!("{path}{dot}{name}"), found);
            }
            return;
        }
        Value::Array(values) => {
            values.iter().for_each(|value| fields(value, &format!("{path}[]"), found));
            return;
        }
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Null => "null",
    };
    found.insert((path.to_owned(), kind));
}

/// The fields of Suricata's, with their types.
fn theirs() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("eve_fields.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').unwrap()).collect()
}

/// The fields that are ours alone, with their types: rows of a table.
fn ours() -> BTreeMap<String, String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/differences.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rows) = page.split_once("| field of EVE | type |").unwrap();
    let rows = rows.lines().skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells =
            line.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
        (cells.next().unwrap(), cells.next().unwrap())
    };
    rows.map(row).collect()
}

/// The fields of all records of captures.
fn seen<'a>(captures: impl Iterator<Item = &'a str>) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for capture in captures {
        // A capture that is cut has records up to there.
        let arguments = ["log", capture, "--format", "eve", "--community-seed", "0"];
        let output = rheos(&arguments);
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            fields(&serde_json::from_str(line).unwrap(), "", &mut found);
        }
    }
    found
}

#[test]
fn every_field_has_the_name_the_place_and_the_type_of_the_schema() {
    let captures = shared(1);
    let paths = captures.iter().map(|path| text(path));
    let (found, theirs, ours) = (seen([FIRST].into_iter().chain(paths)), theirs(), ours());
    let is_known = |(path, kind): &&(String, &'static str)| {
        let known = theirs.get(path.as_str()).copied().or(ours.get(path).map(String::as_str));
        // A whole number is a number.
        known.is_some_and(|known| known == *kind || known == "number" && *kind == "integer")
    };
    let others: Vec<_> = found.iter().filter(|field| !is_known(field)).collect();
    assert!(others.is_empty(), "in no list, or of another type: {others:#?}");
    for (path, kind) in &ours {
        assert!(!theirs.contains_key(path.as_str()), "{path} is Suricata's");
        let is_seen =
            found.iter().any(|(found, of)| found == path && (of == kind || kind == "number"));
        assert!(captures.is_empty() || is_seen, "{path} is written no more");
    }
}
