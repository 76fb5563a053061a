//! A line for each second, for captures that grow.

use std::collections::HashMap;
use std::io::Write;

use rheos::core::{RawPacket, Timestamp};
use rheos::flow::{FlowEvent, FlowId, FlowSink, L4Proto, NetworkTable, Orientation, TrackerConfig};
use rheos::layers::Decoder;
use serde::Serialize;

use super::key::{AnyKey, Chosen, End, Ends, Key, five_tuple};
use super::select::{Listener, Tracked};
use super::{Arguments, Format, record};
use crate::error::Error;
use crate::input::Step;
use crate::output::Output;

/// Seconds without packets that are told between two packets: an hour of them. Behind more, the line of the next packet
/// comes at once: a wrong clock jumps by years.
const MAX_EMPTY: i64 = 3600;

/// Writes the lines, each as soon as its second is over.
pub(super) fn run(arguments: &Arguments, decoder: &Decoder) -> Result<(), Error> {
    let Arguments { selection, key, format, .. } = arguments;
    let mut live = Live { output: Output::new(), format: *format, second: None, open: 0 };
    let config = arguments.limit(TrackerConfig::default());
    let Tracked { end, .. } = if *key == Key::FiveTuple && !selection.decap {
        selection.track::<_, (), _>(five_tuple(decoder), config, &mut live)?
    } else {
        let networks = NetworkTable::default();
        let extractor = Chosen::new(*key, selection.decap, decoder, &networks, five_tuple);
        selection.track::<_, (), _>(extractor, config, &mut live)?
    };
    live.output.flush()?;
    end.map_or(Ok(()), Err)
}

struct Live {
    output: Output,
    format: Format,
    /// The second that is not over yet.
    second: Option<Second>,
    /// Flows that have started and not ended.
    open: u64,
}

/// What happens in one second.
struct Second {
    start: i64,
    packets: u64,
    bytes: u64,
    started: u64,
    ended: u64,
    /// Bytes of each flow that has a packet in it.
    flows: HashMap<FlowId, Busy>,
}

impl Second {
    fn new(start: i64) -> Self {
        let (packets, bytes, started, ended) = (0, 0, 0, 0);
        Self { start, packets, bytes, started, ended, flows: HashMap::new() }
    }
}

#[derive(Clone, Copy)]
struct Busy {
    bytes: u64,
    ends: Ends,
    initiator: Orientation,
    l4: Option<L4Proto>,
}

/// A line. Its fields are fixed: programs read them.
#[derive(Serialize)]
struct Line {
    /// When the second started.
    time: String,
    packets: u64,
    /// Bytes on the wire.
    bytes: u64,
    /// Flows that started, that ended, and that are open at the end.
    started: u64,
    ended: u64,
    open: u64,
    /// The flow with most bytes in this second.
    busiest_proto: Option<String>,
    busiest_initiator: Option<String>,
    busiest_responder: Option<String>,
    busiest_bytes: Option<u64>,
}

const COLUMNS: [&str; 10] = [
    "time",
    "packets",
    "bytes",
    "started",
    "ended",
    "open",
    "busiest_proto",
    "busiest_initiator",
    "busiest_responder",
    "busiest_bytes",
];

impl<K: Clone + Into<AnyKey>> FlowSink<K> for Live {
    fn event(&mut self, event: &FlowEvent<'_, K>) {
        let Some(second) = &mut self.second else { return };
        match event {
            FlowEvent::Started { .. } => {
                self.open = self.open.saturating_add(1);
                second.started = second.started.saturating_add(1);
            }
            FlowEvent::Packet { id, flow, len, .. } => {
                let AnyKey { ends, .. } = flow.key.clone().into();
                let (initiator, l4) = (flow.initiator, flow.l4);
                let none = Busy { bytes: 0, ends, initiator, l4 };
                let busy = second.flows.entry(*id).or_insert(none);
                busy.bytes = busy.bytes.saturating_add((*len).into());
            }
            FlowEvent::Ended { .. } => {
                self.open = self.open.saturating_sub(1);
                second.ended = second.ended.saturating_add(1);
            }
            _ => {}
        }
    }
}

impl<K: Clone + Into<AnyKey>> Listener<K, ()> for Live {
    const HAS_SECONDS: bool = true;

    fn end_of_second(&self) -> Option<i64> {
        self.second.as_ref().map(|second| second.start.saturating_add(1))
    }

    fn second_is_over(&mut self, then: i64) -> Result<(), Error> {
        let Some(second) = self.second.take() else { return Ok(()) };
        self.write(&second)?;
        let next = second.start.saturating_add(1);
        let is_near = then.saturating_sub(next) <= MAX_EMPTY;
        self.second = Some(Second::new(if is_near { next } else { then }));
        Ok(())
    }

    fn packet(&mut self, raw: &RawPacket<'_>) -> Result<Step, Error> {
        if self.second.is_none() {
            self.head()?;
        }
        // Where time goes back, it counts as standing still.
        let second = self.second.get_or_insert_with(|| Second::new(raw.timestamp.seconds()));
        second.packets = second.packets.saturating_add(1);
        second.bytes = second.bytes.saturating_add(raw.wire_length());
        Ok(Step::Next)
    }

    /// What is left when the input ends does not end in its last second, which is not told if it is empty so far.
    fn last(&mut self) -> Result<(), Error> {
        let last = self.second.take().filter(|second| second.packets > 0);
        last.map_or(Ok(()), |second| self.write(&second))
    }
}

impl Live {
    /// Writes what the columns are.
    fn head(&mut self) -> Result<(), Error> {
        match self.format {
            Format::Json => {}
            Format::Csv => writeln!(self.output, "{}", COLUMNS.join(","))?,
            _ => {
                let line =
                    row(&["TIME", "PACKETS", "BYTES", "STARTED", "ENDED", "OPEN", "BUSIEST"]);
                writeln!(self.output, "{line}")?;
            }
        }
        Ok(self.output.flush()?)
    }

    /// Writes a second that is over, for whoever waits for it.
    fn write(&mut self, second: &Second) -> Result<(), Error> {
        let ends = |busy: &Busy| busy.ends.in_order(busy.initiator);
        // Of flows that are equally busy, the same in each run.
        let busiest =
            second.flows.iter().max_by_key(|(id, busy)| (busy.bytes, std::cmp::Reverse(**id)));
        let busiest = busiest.map(|(_, busy)| busy);
        let text = |end: End| Some(end.to_string());
        let line = Line {
            time: format!("{:.0}", Timestamp::from_secs(second.start, 0)),
            packets: second.packets,
            bytes: second.bytes,
            started: second.started,
            ended: second.ended,
            open: self.open,
            busiest_proto: busiest.map(|busy| record::proto(&busy.ends, busy.l4)),
            busiest_initiator: busiest.and_then(|busy| text(ends(busy).0)),
            busiest_responder: busiest.and_then(|busy| text(ends(busy).1)),
            busiest_bytes: busiest.map(|busy| busy.bytes),
        };
        let output = &mut self.output;
        match self.format {
            Format::Json => {
                serde_json::to_writer(&mut *output, &line)?;
                output.write_all(b"\n")?;
            }
            Format::Csv => {
                let mut csv =
                    csv::WriterBuilder::new().has_headers(false).from_writer(&mut *output);
                csv.serialize(&line)?;
                csv.flush()?;
            }
            _ => {
                let numbers = [line.packets, line.bytes, line.started, line.ended, line.open];
                let [packets, bytes, started, ended, open] =
                    numbers.map(|number| number.to_string());
                let busiest = busiest.map_or_else(String::new, |busy| {
                    let (initiator, responder) = ends(busy);
                    let proto = record::proto(&busy.ends, busy.l4);
                    let [from, to] = [initiator, responder].map(|end| end.for_people(busy.l4));
                    format!("{proto} {from} → {to}")
                });
                let cells = [&line.time, &packets, &bytes, &started, &ended, &open, &busiest];
                writeln!(output, "{}", row(&cells.map(String::as_str)))?;
            }
        }
        Ok(output.flush()?)
    }
}

/// A line of the table: as lines are written one by one, columns have fixed widths.
fn row(cells: &[&str; 7]) -> String {
    let [time, packets, bytes, started, ended, open, busiest] = cells;
    format!("{time:<20} {packets:>8} {bytes:>11} {started:>7} {ended:>6} {open:>7} {busiest}")
}
