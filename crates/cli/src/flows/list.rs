//! Flows as a table, JSON or CSV: sorted, as far as they can be held.

use std::cmp::Reverse;
use std::io::Write;

use rheos::core::{RawPacket, Timestamp};
use rheos::flow::export::{FlowCsv, FlowLine};
use rheos::flow::{
    FlowEvent, FlowId, FlowRecord, FlowSink, NetworkTable, Orientation, TrackerConfig,
};
use rheos::layers::Decoder;

use super::history::{History, Lettered, ZeekLetters};
use super::key::{AnyKey, Chosen, Key, five_tuple};
use super::parents::Parents;
use super::select::Listener;
use super::{Arguments, Format, Parent, Sort, Told, record, table};
use crate::columns::counted;
use crate::error::{self, Error};
use crate::input::Step;
use crate::output::Output;

/// Flows that are held to be sorted where no number is asked for: a flood of millions takes no more memory. Programs
/// get those beyond it in pieces of so many, and a table has so many rows.
const MAX_HELD: usize = 1 << 18;

/// Flows beyond those that are kept, at least, before the ones that come last are given up at once.
const MIN_BEYOND: usize = 16_384;

/// The flows that are to be written, and how.
struct Gather {
    flows: Vec<Told>,
    networks: NetworkTable,
    /// Which flow announced which, if that is told.
    parents: Option<Parents<Parent>>,
    by: Sort,
    /// How many of those that come first are kept, if not all are written.
    top: Option<usize>,
    /// What the last of those compares by, once there were more.
    last: Option<(Reverse<u128>, Timestamp)>,
    totals: Totals,
    /// Rows that were given up.
    given_up: u64,
    rows: Rows,
    /// Why writing failed, if it did.
    written: Result<(), Error>,
}

/// What all flows add up to.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    pub(super) flows: u64,
    /// Bytes on the wire.
    pub(super) bytes: u64,
}

/// Rows for programs, written in one piece or more.
struct Rows {
    output: Output,
    format: Format,
    key: Key,
    /// Whether there was a piece.
    has_begun: bool,
}

impl<K: Clone + Into<AnyKey>, S: Lettered> FlowSink<K, S> for Gather {
    fn event(&mut self, event: &FlowEvent<'_, K, S>) {
        let parents = self.parents.as_mut();
        let (flow, end, parent) = match *event {
            FlowEvent::Started { id, parent: Some(parent), .. } => {
                parents.into_iter().for_each(|parents| parents.started(id, parent));
                return;
            }
            FlowEvent::Ended { id, flow, reason, .. } => {
                (flow, reason.as_str(), parents.and_then(|parents| parents.take(id)))
            }
            FlowEvent::Active { id, flow, .. } => {
                (flow, "active", parents.and_then(|parents| parents.of(id).cloned()))
            }
            _ => return,
        };
        // A report counts from the start of its flow, whose end will count all of that again.
        if let FlowEvent::Ended { .. } = event {
            self.totals.flows = self.totals.flows.saturating_add(1);
            self.totals.bytes = self.totals.bytes.saturating_add(flow.stats.total().wire_bytes);
        }
        self.add(Told { parent, ..Told::new(flow, end, &self.networks) });
    }
}

impl<K: Clone + Into<AnyKey>, S: Lettered> Listener<K, S> for Gather {
    fn wants_parents(&self) -> bool {
        self.parents.is_some()
    }

    fn announces(&mut self, id: FlowId, flow: &FlowRecord<K, S>) {
        let FlowRecord { initiator, l4, .. } = *flow;
        let (AnyKey { ends, .. }, first) = (flow.key.clone().into(), flow.stats.started);
        if let Some(parents) = &mut self.parents {
            parents.announces(id, Parent { ends, initiator, l4, first });
        }
    }

    fn packet(&mut self, _raw: &RawPacket<'_>) -> Result<Step, Error> {
        std::mem::replace(&mut self.written, Ok(()))?;
        Ok(Step::Next)
    }
}

impl Gather {
    fn new(arguments: &Arguments) -> Self {
        let Arguments { format, key, top, .. } = *arguments;
        let by = arguments.sort.unwrap_or_default();
        Self {
            flows: Vec::new(),
            networks: NetworkTable::default(),
            parents: (format != Format::Table).then(Parents::default),
            by,
            // A person who asks for more rows than these says so.
            top: top.or((format == Format::Table).then_some(MAX_HELD)),
            last: None,
            totals: Totals::default(),
            given_up: 0,
            rows: Rows { output: Output::new(), format, key, has_begun: false },
            written: Ok(()),
        }
    }

    fn add(&mut self, told: Told) {
        if self.written.is_err() {
            return;
        }
        if self.last.is_some_and(|last| rank(&told, self.by) > last) {
            self.given_up = self.given_up.saturating_add(1);
            return;
        }
        self.flows.push(told);
        match self.top {
            Some(top) if self.flows.len() >= top.saturating_add((top / 2).max(MIN_BEYOND)) => {
                self.cut();
                self.last = self.flows.last().map(|told| rank(told, self.by));
            }
            None if self.flows.len() > MAX_HELD => self.spill(),
            _ => {}
        }
    }

    /// Sorts the flows, and gives up those that are not asked for.
    fn cut(&mut self) {
        sort(&mut self.flows, self.by);
        let top = self.top.unwrap_or(usize::MAX);
        let beyond = self.flows.len().saturating_sub(top);
        self.given_up = self.given_up.saturating_add(u64::try_from(beyond).unwrap_or(u64::MAX));
        self.flows.truncate(top);
    }

    /// Writes what is held, because there is more.
    fn spill(&mut self) {
        if !self.rows.has_begun {
            error::warn(&format!(
                "more than {MAX_HELD} flows: they are sorted in pieces of so many, as they end"
            ));
        }
        sort(&mut self.flows, self.by);
        self.written = self.rows.write(&self.flows);
        self.flows.clear();
    }
}

impl Rows {
    /// Writes flows behind those that were written.
    fn write(&mut self, flows: &[Told]) -> Result<(), Error> {
        let mut lines = flows.iter().map(FlowLine::from);
        if self.format == Format::Csv {
            let mut csv = FlowCsv::new(&mut self.output);
            if !self.has_begun {
                csv.names(matches!(self.key, Key::Network | Key::Interface | Key::FlowLabel))?;
            }
            lines.try_for_each(|line| csv.line(&line))?;
            csv.flush()?;
        } else {
            for line in lines {
                serde_json::to_writer(&mut self.output, &line)?;
                self.output.write_all(b"\n")?;
            }
        }
        self.has_begun = true;
        Ok(())
    }
}

/// Writes all flows.
pub(super) fn run(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    match arguments.history.unwrap_or_default() {
        History::Flowscope => run_with::<()>(arguments, decoder),
        History::Zeek => run_with::<ZeekLetters>(arguments, decoder),
    }
}

fn run_with<S: Lettered>(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let Arguments { selection, key, .. } = arguments;
    let mut gather = Gather::new(arguments);
    let config = arguments.limit(TrackerConfig::default());
    let tracked = if *key == Key::FiveTuple && !selection.decap {
        // Most often, and so by the shortest way.
        selection.track::<_, S, _>(five_tuple(decoder), config, &mut gather)?
    } else {
        let networks = &gather.networks;
        let extractor = Chosen::new(*key, selection.decap, decoder, networks, five_tuple);
        selection.track::<_, S, _>(extractor, config, &mut gather)?
    };
    gather.cut();
    let Gather { flows, totals, given_up, mut rows, written, .. } = gather;
    written?;
    if arguments.format == Format::Table {
        table::write(&mut rows.output, &flows, totals, &tracked)?;
    } else {
        rows.write(&flows)?;
    }
    rows.output.flush()?;
    if given_up > 0 && arguments.top.is_none() {
        error::warn(&format!(
            "left out: {}; --top N has more of them, --format csv all",
            counted(given_up, "more row")
        ));
    }
    tracked.end.map_or(Ok(()), Err)
}

/// What flows are sorted by first: the most of what was asked for, then the earliest start.
fn rank(told: &Told, by: Sort) -> (Reverse<u128>, Timestamp) {
    let stats = &told.stats;
    let total = stats.total();
    let most = match by {
        Sort::Start => 0,
        Sort::Duration => stats.last_seen.saturating_since(stats.started).as_nanos(),
        Sort::Packets => total.packets.into(),
        Sort::Bytes => total.wire_bytes.into(),
        Sort::Payload => total.payload_bytes.into(),
    };
    (Reverse(most), stats.started)
}

/// Sorts by what was asked for, then by start and by key, so that the same capture reads the same.
fn sort(flows: &mut [Told], by: Sort) {
    flows.sort_by_cached_key(|told| {
        let (low, high) = told.ends.in_order(Orientation::Forward);
        let proto = record::proto(&told.ends, told.l4);
        (rank(told, by), low, high, proto, told.tag.clone(), told.stats.last_seen)
    });
}
