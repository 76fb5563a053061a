//! What the flows of a capture add up to by something that they have in common.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::io::Write;

use clap::{Args, ValueEnum};
use comfy_table::CellAlignment::{Left, Right};
use rheos::core::{RawPacket, Timestamp};
use rheos::flow::{FiveTupleKey, FlowEvent, FlowRecord, FlowSink, SideStats};
use serde::Serialize;

use crate::columns::{self, counted};
use crate::error::Error;
use crate::flows::select::{Listener, Selection, Tracked};
use crate::input::Step;
use crate::output::{Output, Styled};
use crate::time::Origin;

/// What the commands take that add flows up.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    selection: Selection,

    /// What comes first: the most of something, or the earliest start
    #[arg(short, long, value_enum, default_value_t)]
    sort: Sort,

    /// Print only the first so many; of more than 262,144, those that come last are one row, `others`
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

/// Sums held at most: 40 MB of them. A scan of all addresses there are would fill any memory; of more,
/// the half that comes last by what is sorted by is added up in one row.
const MAX_SUMS: usize = 262_144;

/// Others told apart at most, for the same reason; what comes behind them is not counted.
const MAX_OTHERS: usize = 1_048_576;

/// What the row of all sums is called that are not held.
const FOLDED: &str = "others";

/// What flows add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Packets and bytes on the wire: there, and back.
    there: (u64, u64),
    back: (u64, u64),
    flows: u64,
    /// Others that it had to do with: so many of those that are told apart.
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
    /// What one is called.
    const ONE: &'static str;
    /// What one has to do with.
    type Other: Debug + Eq + Hash;

    /// The columns, as text or as numbers.
    fn cells(&self) -> Vec<serde_json::Value>;
}

/// Sums by what they are of: those that come first, and one of all others.
#[derive(Debug)]
pub(crate) struct Sums<T: Subject> {
    held: HashMap<T, Sum>,
    others: HashSet<T::Other>,
    /// What comes first.
    by: Sort,
    /// Sums held at most.
    most: usize,
    /// The sum of those that were given up, and how many they were: who comes back counts again.
    folded: Option<(Sum, u64)>,
}

impl<T: Subject> Sums<T> {
    fn new(by: Sort, most: usize) -> Self {
        Self { held: HashMap::new(), others: HashSet::new(), by, most, folded: None }
    }

    /// Adds what the two ways of a flow carried.
    pub(crate) fn add(
        &mut self,
        subject: T,
        there: &SideStats,
        back: &SideStats,
        flow: &FlowRecord<FiveTupleKey>,
    ) -> &mut Sum {
        if self.held.len() >= self.most && !self.held.contains_key(&subject) {
            self.fold();
        }
        let way = |side: &SideStats| (side.packets, side.wire_bytes);
        let (first, last) = (flow.stats.started, flow.stats.last_seen);
        let nothing = Sum { there: (0, 0), back: (0, 0), flows: 0, others: 0, first, last };
        let sum = self.held.entry(subject).or_insert(nothing);
        sum.add(&Sum { there: way(there), back: way(back), flows: 1, ..nothing });
        sum
    }

    /// What is known of one.
    pub(crate) fn get_mut(&mut self, subject: &T) -> Option<&mut Sum> {
        self.held.get_mut(subject)
    }

    /// Whether something that one has to do with is new; nothing is, where too many were told apart.
    pub(crate) fn is_new(&mut self, other: T::Other) -> bool {
        self.others.len() < MAX_OTHERS && self.others.insert(other)
    }

    /// Gives up the half that comes last.
    #[cold]
    fn fold(&mut self) {
        let mut rows = self.rows();
        let (_, rest) = rows.split_at(rows.len() / 2);
        for (_, sum) in rest {
            let (folded, count) = self.folded.get_or_insert((Sum { others: 0, ..*sum }, 0));
            if *count > 0 {
                folded.add(sum);
            }
            *count = count.saturating_add(1);
        }
        rows.truncate(rows.len() / 2);
        self.held = rows.into_iter().collect();
    }

    /// All that are held, in their order, and none any more.
    fn rows(&mut self) -> Vec<(T, Sum)> {
        let mut rows: Vec<_> = self.held.drain().collect();
        rows.sort_by_cached_key(|(subject, sum)| {
            let most = match self.by {
                Sort::Bytes => sum.there.1.saturating_add(sum.back.1),
                Sort::Packets => sum.there.0.saturating_add(sum.back.0),
                Sort::Flows => sum.flows,
                Sort::Start => 0,
            };
            // Then by start and by name, so that the same capture reads the same.
            (Reverse(most), sum.first, subject.clone())
        });
        rows
    }
}

impl Sum {
    fn add(&mut self, other: &Self) {
        let ways = [(&mut self.there, other.there), (&mut self.back, other.back)];
        for (total, (packets, bytes)) in ways {
            total.0 = total.0.saturating_add(packets);
            total.1 = total.1.saturating_add(bytes);
        }
        self.flows = self.flows.saturating_add(other.flows);
        (self.first, self.last) = (self.first.min(other.first), self.last.max(other.last));
    }
}

/// Takes the flows of a capture as they end, and adds up.
struct Adder<T: Subject, F> {
    sums: Sums<T>,
    add: F,
    flows: u64,
}

impl<T, F> FlowSink<FiveTupleKey> for Adder<T, F>
where
    T: Subject,
    F: FnMut(&FlowRecord<FiveTupleKey>, &mut Sums<T>),
{
    fn event(&mut self, event: &FlowEvent<'_, FiveTupleKey>) {
        if let FlowEvent::Ended { flow, .. } = event {
            self.flows = self.flows.saturating_add(1);
            (self.add)(flow, &mut self.sums);
        }
    }
}

impl<T, F> Listener<FiveTupleKey, ()> for Adder<T, F>
where
    T: Subject,
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
    // More than are asked for, so that one that comes late can still come first.
    let most = options.top.unwrap_or(0).saturating_mul(2).max(MAX_SUMS);
    let mut adder = Adder { sums: Sums::new(options.sort, most), add, flows: 0 };
    let tracked = options.selection.track_five_tuples(&mut adder)?;
    let Adder { mut sums, flows, .. } = adder;
    let held = sums.rows();
    let all = (held.len(), sums.folded.map_or(0, |(_, count)| count));
    let top = options.top.unwrap_or(usize::MAX);
    let rows = held.into_iter().take(top).map(|(subject, sum)| (Some(subject), sum));
    let rows: Vec<_> = rows.chain(sums.folded.map(|(sum, _)| (None, sum))).collect();
    let mut output = Output::new();
    match options.format {
        Format::Table => {
            table(&mut output, &rows, &tracked.origin)?;
            totals(&mut output, &sums, all, flows, &tracked)?;
        }
        Format::Json => {
            for (subject, sum) in &rows {
                serde_json::to_writer(&mut output, &Fields(&fields(subject.as_ref(), sum)))?;
                output.write_all(b"\n")?;
            }
        }
        Format::Csv => write_csv(&mut output, &rows)?,
    }
    output.flush()?;
    tracked.end.map_or(Ok(()), Err)
}

/// What stands for one in its columns: those that are not held have one name for all.
fn cells<T: Subject>(subject: Option<&T>) -> Vec<serde_json::Value> {
    let folded = || {
        let cells = T::NAMES.iter().map(|_| serde_json::Value::Null).skip(1);
        [FOLDED.into()].into_iter().chain(cells).collect()
    };
    subject.map_or_else(folded, Subject::cells)
}

/// The fields of a row, in their order.
fn fields<T: Subject>(subject: Option<&T>, sum: &Sum) -> Vec<(String, serde_json::Value)> {
    let names = T::NAMES.iter().map(|name| (*name).to_owned());
    let mut fields: Vec<_> = names.zip(cells(subject)).collect();
    for (way, (packets, bytes)) in T::WAYS.iter().zip([sum.there, sum.back]) {
        fields.push((format!("{way}_packets"), packets.into()));
        fields.push((format!("{way}_bytes"), bytes.into()));
    }
    fields.push(("flows".to_owned(), sum.flows.into()));
    let others = subject.map_or(serde_json::Value::Null, |_| sum.others.into());
    fields.extend(T::OTHERS.map(|name| (name.to_owned(), others)));
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

fn write_csv<T: Subject>(output: &mut Output, rows: &[(Option<T>, Sum)]) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(output);
    let ways = T::WAYS.iter().flat_map(|way| [format!("{way}_packets"), format!("{way}_bytes")]);
    let names = T::NAMES.iter().map(|name| (*name).to_owned()).chain(ways);
    let rest = ["flows"].into_iter().chain(T::OTHERS).chain(["first", "last"]);
    csv.write_record(names.chain(rest.map(str::to_owned)))?;
    for (subject, sum) in rows {
        let fields = fields(subject.as_ref(), sum);
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

/// Writes a row each. Packets and bytes are there and back.
fn table<T: Subject>(
    output: &mut Output,
    rows: &[(Option<T>, Sum)],
    origin: &Origin,
) -> Result<(), Error> {
    let since = |time: Timestamp| format!("{:.3}", origin.until(time));
    let [there, back] = T::WAYS;
    let ways = format!("({there}/{back})");
    let numbers = [format!("PACKETS {ways}"), format!("BYTES {ways}"), "FLOWS".to_owned()];
    let rest = T::OTHERS.into_iter().chain(["first", "last"]).map(str::to_uppercase);
    let names = T::NAMES.iter().map(|name| (name.to_uppercase(), Left));
    let mut table =
        columns::table(names.chain(numbers.into_iter().chain(rest).map(|name| (name, Right))));
    for (subject, sum) in rows {
        let numbers = [
            format!("{}/{}", sum.there.0, sum.back.0),
            format!("{}/{}", sum.there.1, sum.back.1),
            sum.flows.to_string(),
        ];
        let names: Vec<_> = cells(subject.as_ref()).iter().map(text).collect();
        let count = subject.as_ref().map_or(String::new(), |_| sum.others.to_string());
        let cells = names.into_iter().chain(numbers).chain(T::OTHERS.map(|_| count));
        table.add_row(cells.chain([since(sum.first), since(sum.last)]));
    }
    Ok(columns::write(output, &table)?)
}

/// Writes what all add up to, and what is missing of them: so many are `held`, and so many were added up
/// in one.
fn totals<T: Subject>(
    output: &mut Output,
    sums: &Sums<T>,
    (held, folded): (usize, u64),
    flows: u64,
    tracked: &Tracked,
) -> Result<(), Error> {
    let stats = &tracked.stats;
    let mut totals = vec![format!(
        "{}, {}, {}; {} of no flow, {}",
        counted(held, T::ONE),
        counted(flows, "flow"),
        counted(stats.packets, "packet"),
        counted(stats.unmatched, "packet"),
        counted(stats.lost_fragments, "lost fragment"),
    )];
    if folded > 0 {
        let more = format!("more {}", T::ONE);
        totals.push(format!("{} in {FOLDED}", counted(folded, &more)));
    }
    if let Some(others) = T::OTHERS.filter(|_| sums.others.len() >= MAX_OTHERS) {
        totals.push(format!("{others} counted only until there were {MAX_OTHERS}"));
    }
    let quiet = output.theme.quiet;
    writeln!(output, "{}", Styled(quiet, totals.join("; ")))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    struct Name(u32);

    impl Subject for Name {
        const NAMES: &'static [&'static str] = &["name", "place"];
        const WAYS: [&'static str; 2] = ["to", "from"];
        const OTHERS: Option<&'static str> = Some("friends");
        const ONE: &'static str = "name";
        type Other = u32;

        fn cells(&self) -> Vec<serde_json::Value> {
            vec![self.0.into(), 0.into()]
        }
    }

    fn sum(bytes: u64, seconds: i64) -> Sum {
        let time = Timestamp::from_secs(seconds, 0);
        Sum { there: (1, bytes), back: (2, 0), flows: 1, others: 3, first: time, last: time }
    }

    #[test]
    fn what_comes_last_is_folded_into_one_row_and_nothing_is_lost() {
        let mut sums = Sums::new(Sort::Bytes, 4);
        sums.held.extend([(Name(1), sum(10, 4)), (Name(2), sum(40, 3))]);
        sums.held.extend([(Name(3), sum(20, 2)), (Name(4), sum(30, 1))]);
        sums.fold();
        assert_eq!(sums.rows(), [(Name(2), sum(40, 3)), (Name(4), sum(30, 1))]);
        let first = Timestamp::from_secs(2, 0);
        let folded = Sum { there: (2, 30), back: (4, 0), flows: 2, others: 0, first, ..sum(0, 4) };
        assert_eq!(sums.folded, Some((folded, 2)));
        let fields = fields::<Name>(None, &folded);
        let text: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            text.join(" "),
            "name=\"others\" place=null to_packets=2 to_bytes=30 from_packets=4 from_bytes=0 flows=2 \
             friends=null first=\"2.000000000\" last=\"4.000000000\""
        );
    }

    #[test]
    fn others_are_told_apart_until_there_are_too_many() {
        let mut sums = Sums::<Name>::new(Sort::Bytes, 4);
        assert!((0..).take(MAX_OTHERS).all(|other| sums.is_new(other)));
        assert!(!sums.is_new(7) && !sums.is_new(u32::MAX));
        assert_eq!(sums.others.len(), MAX_OTHERS);
    }
}
