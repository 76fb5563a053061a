//! What the flows of a capture add up to by something that they have in common.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::io::Write;

use clap::{Args, ValueEnum};
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use rheos::core::{RawPacket, Timestamp};
use rheos::flow::{FiveTupleKey, FlowEvent, FlowRecord, FlowSink, SideStats};
use serde::Serialize;

use crate::error::Error;
use crate::flows::select::{Listener, Selection, Tracked};
use crate::flows::table::counted;
use crate::input::Step;
use crate::output::{Output, Styled};

/// What the commands take that add flows up.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,

    /// What comes first: the most of something, or the earliest start
    #[arg(short, long, value_enum, default_value_t)]
    sort: Sort,

    /// Print only the first so many
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// Bytes on the wire, both ways
    #[default]
    Bytes,
    /// Packets, both ways
    Packets,
    Flows,
    Start,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    /// An object a line
    Json,
    Csv,
}

/// What flows add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Packets and bytes on the wire: there, and back.
    there: (u64, u64),
    back: (u64, u64),
    flows: u64,
    /// Others that it had to do with.
    pub(crate) others: u64,
    first: Timestamp,
    last: Timestamp,
}

/// What a sum is of.
pub(crate) trait Subject: Clone + Debug + Eq + Hash + Ord {
    /// What it is called in the columns of JSON and CSV.
    const NAMES: &'static [&'static str];
    /// What packets and bytes there and back, and the others, are called: `sent`, `received`, `peers`.
    const WAYS: [&'static str; 2];
    /// What the others are called, if they are counted.
    const OTHERS: Option<&'static str>;
    /// What several are called.
    const MANY: &'static str;

    /// The columns, as text or as numbers.
    fn cells(&self) -> Vec<serde_json::Value>;
}

/// Sums by what they are of.
#[derive(Debug)]
pub(crate) struct Sums<T>(HashMap<T, Sum>);

impl<T: Subject> Sums<T> {
    /// Adds what the two ways of a flow carried.
    pub(crate) fn add(
        &mut self,
        subject: T,
        there: &SideStats,
        back: &SideStats,
        flow: &FlowRecord<FiveTupleKey>,
    ) -> &mut Sum {
        let (first, last) = (flow.stats.started, flow.stats.last_seen);
        let nothing = Sum { there: (0, 0), back: (0, 0), flows: 0, others: 0, first, last };
        let sum = self.0.entry(subject).or_insert(nothing);
        for (total, side) in [(&mut sum.there, there), (&mut sum.back, back)] {
            total.0 = total.0.saturating_add(side.packets);
            total.1 = total.1.saturating_add(side.wire_bytes);
        }
        sum.flows = sum.flows.saturating_add(1);
        (sum.first, sum.last) = (sum.first.min(first), sum.last.max(last));
        sum
    }

    /// What is known of one.
    pub(crate) fn get_mut(&mut self, subject: &T) -> Option<&mut Sum> {
        self.0.get_mut(subject)
    }
}

/// Takes the flows of a capture as they end, and adds up.
struct Adder<T, F> {
    sums: Sums<T>,
    add: F,
    flows: u64,
}

impl<T, F: FnMut(&FlowRecord<FiveTupleKey>, &mut Sums<T>)> FlowSink<FiveTupleKey> for Adder<T, F> {
    fn event(&mut self, event: &FlowEvent<'_, FiveTupleKey>) {
        if let FlowEvent::Ended { flow, .. } = event {
            self.flows = self.flows.saturating_add(1);
            (self.add)(flow, &mut self.sums);
        }
    }
}

impl<T, F> Listener<FiveTupleKey, ()> for Adder<T, F>
where
    F: FnMut(&FlowRecord<FiveTupleKey>, &mut Sums<T>),
{
    fn packet(&mut self, _raw: &RawPacket<'_>) -> Result<Step, Error> {
        Ok(Step::Next)
    }
}

/// Adds up the flows of a capture, and prints the sums.
pub(crate) fn run<T: Subject>(
    options: &Options,
    add: impl FnMut(&FlowRecord<FiveTupleKey>, &mut Sums<T>),
) -> Result<(), Error> {
    let mut adder = Adder { sums: Sums(HashMap::new()), add, flows: 0 };
    let tracked = options.selection.track_five_tuples(&mut adder)?;
    let Adder { sums: Sums(sums), flows, .. } = adder;
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_cached_key(|(subject, sum)| {
        let most = match options.sort {
            Sort::Bytes => sum.there.1.saturating_add(sum.back.1),
            Sort::Packets => sum.there.0.saturating_add(sum.back.0),
            Sort::Flows => sum.flows,
            Sort::Start => 0,
        };
        // Then by start and by name, so that the same capture reads the same.
        (Reverse(most), sum.first, subject.clone())
    });
    let shown = options.top.map_or(&rows[..], |top| rows.get(..top).unwrap_or(&rows));
    let mut output = Output::new();
    match options.format {
        Format::Table => table(&mut output, shown, rows.len(), flows, &tracked)?,
        Format::Json => {
            for (subject, sum) in shown {
                serde_json::to_writer(&mut output, &Fields(&fields(subject, sum)))?;
                output.write_all(b"\n")?;
            }
        }
        Format::Csv => write_csv(&mut output, shown)?,
    }
    output.flush()?;
    tracked.end.map_or(Ok(()), Err)
}

/// The fields of a row, in their order.
fn fields<T: Subject>(subject: &T, sum: &Sum) -> Vec<(String, serde_json::Value)> {
    let names = T::NAMES.iter().map(|name| (*name).to_owned());
    let mut fields: Vec<_> = names.zip(subject.cells()).collect();
    for (way, (packets, bytes)) in T::WAYS.iter().zip([sum.there, sum.back]) {
        fields.push((format!("{way}_packets"), packets.into()));
        fields.push((format!("{way}_bytes"), bytes.into()));
    }
    fields.push(("flows".to_owned(), sum.flows.into()));
    fields.extend(T::OTHERS.map(|others| (others.to_owned(), sum.others.into())));
    // With nine decimals, which a number of JSON has not.
    for (name, time) in [("first", sum.first), ("last", sum.last)] {
        fields.push((name.to_owned(), time.unix().to_string().into()));
    }
    fields
}

/// An object whose fields are in this order.
struct Fields<'a>(&'a [(String, serde_json::Value)]);

impl Serialize for Fields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn write_csv<T: Subject>(output: &mut Output, rows: &[(T, Sum)]) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(output);
    let ways = T::WAYS.iter().flat_map(|way| [format!("{way}_packets"), format!("{way}_bytes")]);
    let names = T::NAMES.iter().map(|name| (*name).to_owned()).chain(ways);
    let rest = ["flows"].into_iter().chain(T::OTHERS).chain(["first", "last"]);
    csv.write_record(names.chain(rest.map(str::to_owned)))?;
    for (subject, sum) in rows {
        let fields = fields(subject, sum);
        csv.write_record(fields.iter().map(|(_, value)| text(value)))?;
    }
    csv.flush()?;
    Ok(())
}

/// A value as it stands in a cell.
fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Writes a row each, and the totals of all. Packets and bytes are there and back.
fn table<T: Subject>(
    output: &mut Output,
    shown: &[(T, Sum)],
    all: usize,
    flows: u64,
    tracked: &Tracked,
) -> Result<(), Error> {
    let Tracked { stats, origin, .. } = tracked;
    let since = |time: Timestamp| format!("{:.3}", origin.until(time));
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let [there, back] = T::WAYS;
    let ways = format!("({there}/{back})");
    let numbers = [format!("PACKETS {ways}"), format!("BYTES {ways}"), "FLOWS".to_owned()];
    let names = T::NAMES.iter().map(|name| name.to_uppercase()).chain(numbers);
    let rest = T::OTHERS.into_iter().chain(["first", "last"]).map(str::to_uppercase);
    table.set_header(names.chain(rest));
    for (place, column) in table.column_iter_mut().enumerate() {
        let is_name = place < T::NAMES.len();
        column.set_cell_alignment(if is_name { CellAlignment::Left } else { CellAlignment::Right });
        column.set_padding((0, 1));
    }
    for (subject, sum) in shown {
        let numbers = [
            format!("{}/{}", sum.there.0, sum.back.0),
            format!("{}/{}", sum.there.1, sum.back.1),
            sum.flows.to_string(),
        ];
        let cells = subject.cells().iter().map(text).collect::<Vec<_>>().into_iter().chain(numbers);
        let others = T::OTHERS.map(|_| sum.others.to_string());
        table.add_row(cells.chain(others).chain([since(sum.first), since(sum.last)]));
    }
    if !shown.is_empty() {
        for line in table.lines() {
            writeln!(output, "{}", line.trim_end())?;
        }
    }
    let totals = format!(
        "{} {}, {}, {}; {} of no flow, {}",
        all,
        T::MANY,
        counted(flows, "flow"),
        counted(stats.packets, "packet"),
        counted(stats.unmatched, "packet"),
        counted(stats.lost_fragments, "lost fragment"),
    );
    let quiet = output.theme.quiet;
    writeln!(output, "{}", Styled(quiet, totals))?;
    Ok(())
}
