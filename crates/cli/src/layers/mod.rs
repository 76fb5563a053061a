//! `rheos layers`: what the decoder knows.

use std::io::Write;

use clap::{Args, ValueEnum};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use rheos::layers::{Decoder, Protocol};
use serde::Serialize;

use crate::error::Error;
use crate::output::{Output, Styled};

/// The fields of each layer: a line a layer, made by `cargo xtask layers`.
const FIELDS: &str = include_str!("fields.txt");

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
            builds: !protocol.template.is_empty(),
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
        (Format::Text, None) => writeln!(output, "{}", table(&layers))?,
        (Format::Text, Some(_)) => {
            layers.iter().try_for_each(|layer| describe(layer, &mut output))?;
        }
    }
    Ok(output.flush()?)
}

fn table(layers: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["layer", "title", "specification", "builds", "fields"]);
    table.column_iter_mut().for_each(|column| _ = column.set_padding((0, 2)));
    for layer in layers {
        let builds = if layer.builds { "yes" } else { "" };
        let count = layer.fields.len().to_string();
        table.add_row([layer.layer, layer.title, layer.specification, builds, &count]);
    }
    table
}

fn describe(layer: &Entry, output: &mut Output) -> Result<(), Error> {
    let name = Styled(output.theme.name, layer.layer);
    writeln!(output, "{name}  {} ({})", layer.title, layer.specification)?;
    for key in &layer.keys {
        writeln!(output, "  {key}")?;
    }
    for field in &layer.fields {
        writeln!(output, "    {field}")?;
    }
    Ok(())
}
