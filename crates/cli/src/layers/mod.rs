//! `rheos layers`: what the decoder knows.

use std::io::Write;

use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, Table};
use rheos::layers::{Decoder, Protocol};
use serde::Serialize;

use crate::columns;
use crate::error::Error;
use crate::output::{Output, Styled};

/// The fields of each layer: a line a layer, made by `cargo xtask layers`.
const FIELDS: &str = include_str!("fields.txt");

/// The columns of the table, each with its characters: with a space behind each, 100.
const COLUMNS: [(&str, usize); 6] = [
    ("layer", 17),
    ("title", 28),
    ("specification", 16),
    ("keys", 21),
    ("builds", 6),
    ("fields", 6),
];

/// List the layers that can be decoded, or all about one of them
#[derive(Args)]
pub(crate) struct Arguments {
    /// A layer, by its name
    name: Option<String>,

    /// How to print; json is an object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// What is printed of a layer.
#[derive(Serialize)]
struct Entry {
    layer: &'static str,
    title: &'static str,
    specification: &'static str,
    keys: Vec<String>,
    builds: bool,
    fields: Vec<&'static str>,
}

impl Entry {
    fn of(protocol: &Protocol) -> Self {
        let keys = protocol.claims.iter().map(|key| key.kind().to_string());
        let probes = protocol.probes.iter().map(|probe| format!("probe in {}", probe.parent));
        let words = FIELDS.lines().map(str::split_ascii_whitespace);
        let fields =
            words.filter_map(|mut words| (words.next()? == protocol.name).then_some(words));
        Self {
            layer: protocol.name,
            title: protocol.title,
            specification: protocol.specification,
            keys: keys.chain(probes).collect(),
            builds: protocol.template.is_some(),
            fields: fields.flatten().collect(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let decoder = Decoder::default();
    let is_wanted = |protocol: &&Protocol| match &arguments.name {
        Some(name) => protocol.name == name,
        None => true,
    };
    let mut layers: Vec<_> = decoder.protocols().filter(is_wanted).map(Entry::of).collect();
    layers.sort_by_key(|layer| layer.layer);
    if let (Some(name), true) = (&arguments.name, layers.is_empty()) {
        return Err(Error::NoLayer { name: name.clone() });
    }
    let mut output = Output::new();
    match (arguments.format, &arguments.name) {
        (Format::Json, _) => {
            for layer in &layers {
                serde_json::to_writer(&mut output, layer)?;
                writeln!(output)?;
            }
        }
        (Format::Text, None) => columns::write(&mut output, &table(&layers))?,
        (Format::Text, Some(_)) => {
            layers.iter().try_for_each(|layer| describe(layer, &mut output))?;
        }
    }
    Ok(output.flush()?)
}

/// The layers, a line each of at most 100 columns: what does not fit ends in an ellipsis, and is
/// all there where one layer is asked for.
fn table(layers: &[Entry]) -> Table {
    let columns = COLUMNS.map(|(name, _)| (name, CellAlignment::Left));
    let mut table = columns::table(columns);
    for layer in layers {
        let builds = if layer.builds { "yes" } else { "" };
        let count = layer.fields.len().to_string();
        let keys = keys(&layer.keys);
        let cells = [layer.layer, layer.title, layer.specification, &keys, builds, &count];
        table.add_row(cells.into_iter().zip(COLUMNS).map(|(text, (_, width))| cut(text, width)));
    }
    table
}

/// A text of so many characters at most.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let front: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", front.trim_end())
}

/// Keys on one line: of those that differ in their number only the first says what it is.
fn keys(keys: &[String]) -> String {
    let mut text = String::new();
    let mut before = "";
    for key in keys {
        let (kind, number) = key.rsplit_once(' ').unwrap_or(("", key));
        let between = if text.is_empty() { "" } else { ", " };
        let kind_again = if kind == before { "" } else { kind };
        let space = if kind_again.is_empty() { "" } else { " " };
        text.push_str(&[between, kind_again, space, number].concat());
        before = kind;
    }
    text
}

fn describe(layer: &Entry, output: &mut Output) -> Result<(), Error> {
    let name = Styled(output.theme.name, layer.layer);
    let builds = if layer.builds { "can be built" } else { "cannot be built" };
    writeln!(output, "{name}  {} ({}), {builds}", layer.title, layer.specification)?;
    for key in &layer.keys {
        writeln!(output, "  {key}")?;
    }
    for field in &layer.fields {
        writeln!(output, "    {field}")?;
    }
    Ok(())
}
