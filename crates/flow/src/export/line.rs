//! Flows as objects of JSON and as lines of CSV.

use std::fmt::Display;
use std::io::{self, Write};
use std::mem;

use serde::Serialize;

use crate::{FiveTupleKey, FlowEvent, FlowState, FlowStats, L4Proto, SideStats};

/// A flow as `rheos flows --format json` and `--format csv` tell it: an object, or a line of cells.
///
/// Programs read them, so fields keep their names and their order, and new ones come behind.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::export::FlowLine;
/// use rheos_flow::{FiveTuple, FiveTupleKey, FlowEvent, FlowTracker};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
///
/// let mut tracker = FlowTracker::new(FiveTuple::default());
/// let (mut json, mut csv) = (Vec::new(), Vec::new());
/// FlowLine::write_csv_names(&mut csv, false)?;
/// let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
///     if let Some(line) = FlowLine::of(event, |key| *key) {
///         json.push(serde_json::to_string(&line));
///         line.write_csv(&mut csv).expect("a vector takes all bytes");
///     }
/// };
/// tracker.track(&raw, &mut sink);
/// tracker.finish(&mut sink);
/// assert!(json.remove(0)?.starts_with(r#"{"proto":"udp","initiator":{"address":"10.0.0.1","port":12345,"#));
/// let csv = String::from_utf8_lossy(&csv);
/// assert!(csv.starts_with("proto,initiator_address,initiator_port,"));
/// assert!(csv.lines().nth(1).is_some_and(|line| line.starts_with("udp,10.0.0.1,12345,1,30,30,2,")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlowLine {
    /// What IP carries, as [`proto_of`](Self::proto_of) says.
    pub proto: String,
    /// What the initiator sent.
    pub initiator: LineSide,
    /// What the responder sent.
    pub responder: LineSide,
    /// When the first packet came, in seconds since 1970.
    pub first: String,
    /// When the last packet came, in seconds since 1970.
    pub last: String,
    /// Seconds from the first packet to the last.
    pub duration: f64,
    /// Where TCP stands.
    pub state: &'static str,
    /// Why it is over, or `active`.
    pub end: &'static str,
    /// What happened in it.
    pub history: String,
    /// What tells it apart beside its ends, if anything does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The flow that announced it, if one did. CSV has columns for it and for the control message, filled or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<LineParent>,
    /// The control message that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icmp: Option<LineMessage>,
}

/// One side of a [`FlowLine`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineSide {
    /// Its address.
    pub address: String,
    /// Its port, unless the flow is of a pair of hosts; a query of ICMP has its identifier there, on both ends.
    pub port: Option<u16>,
    /// Packets that it sent.
    pub packets: u64,
    /// Bytes on the wire, with link headers and padding.
    pub wire_bytes: u64,
    /// Bytes of IP packets, as their headers say.
    pub ip_bytes: u64,
    /// Bytes behind the transport header, as the IP header says.
    pub payload_bytes: u64,
}

/// One end of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineEnd {
    /// Its address.
    pub address: String,
    /// Its port, unless the flow is of a pair of hosts.
    pub port: Option<u16>,
}

/// As much of the flow that announced another as tells it apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineParent {
    /// What IP carries.
    pub proto: String,
    /// Who asked.
    pub initiator: LineEnd,
    /// Who answered.
    pub responder: LineEnd,
    /// When the first packet came, in seconds since 1970.
    pub first: String,
}

/// A control message, of ICMP or `ICMPv6`: the question, where there is an answer to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineMessage {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Its code.
    pub code: u8,
}

/// The columns of CSV up to the tag.
const COLUMNS: [&str; 19] = [
    "proto",
    "initiator_address",
    "initiator_port",
    "initiator_packets",
    "initiator_wire_bytes",
    "initiator_ip_bytes",
    "initiator_payload_bytes",
    "responder_address",
    "responder_port",
    "responder_packets",
    "responder_wire_bytes",
    "responder_ip_bytes",
    "responder_payload_bytes",
    "first",
    "last",
    "duration",
    "state",
    "end",
    "history",
];

/// The columns behind the tag.
const LAST: [&str; 8] = [
    "icmp_type",
    "icmp_code",
    "parent_proto",
    "parent_initiator_address",
    "parent_initiator_port",
    "parent_responder_address",
    "parent_responder_port",
    "parent_first",
];

impl FlowLine {
    /// The line of an event that is a record: the end of a flow, or a report of one that lasts.
    pub fn of<K, S>(
        event: &FlowEvent<'_, K, S>,
        key: impl FnOnce(&K) -> FiveTupleKey,
    ) -> Option<Self> {
        let (flow, end) = match event {
            FlowEvent::Ended { flow, reason, .. } => (flow, reason.as_str()),
            FlowEvent::Active { flow, .. } => (flow, "active"),
            _ => return None,
        };
        let key = key(&flow.key);
        let (initiator, responder) = key.endpoints(flow.initiator);
        let ends = [initiator, responder]
            .map(|end| LineEnd { address: end.ip().to_string(), port: Some(end.port()) });
        Some(Self {
            state: flow.state.as_str(),
            end,
            history: flow.history.to_string(),
            icmp: LineMessage::of(&key),
            ..Self::new(Self::proto_of(flow.l4), ends, &flow.stats)
        })
    }

    /// The line of a flow between an initiator and a responder, which lasts and of which no more is known.
    pub fn new(proto: String, [initiator, responder]: [LineEnd; 2], stats: &FlowStats) -> Self {
        Self {
            proto,
            initiator: LineSide::new(initiator, &stats.initiator),
            responder: LineSide::new(responder, &stats.responder),
            first: stats.started.unix().to_string(),
            last: stats.last_seen.unix().to_string(),
            duration: stats.last_seen.saturating_since(stats.started).as_secs_f64(),
            state: FlowState::Active.as_str(),
            end: "active",
            ..Self::default()
        }
    }

    /// What IP carries, in lower case, or its number.
    pub fn proto_of(l4: Option<L4Proto>) -> String {
        match l4 {
            Some(L4Proto::Tcp) => "tcp".into(),
            Some(L4Proto::Udp) => "udp".into(),
            Some(L4Proto::Icmp) => "icmp".into(),
            Some(L4Proto::IcmpV6) => "icmpv6".into(),
            Some(L4Proto::Sctp) => "sctp".into(),
            Some(L4Proto::Other(number)) => number.to_string(),
            None => "unknown".into(),
        }
    }

    /// Writes the line of CSV with the names of the columns. The column `tag` is there for flows with a tag.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write_csv_names(output: &mut impl Write, has_tag: bool) -> io::Result<()> {
        let mut cells = Cells::new(output);
        let names = COLUMNS.into_iter().chain(has_tag.then_some("tag")).chain(LAST);
        names.into_iter().try_for_each(|name| cells.text(name))?;
        cells.end()
    }

    /// Writes the flow as a line of CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)), which ends without a
    /// carriage return.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write_csv(&self, output: &mut impl Write) -> io::Result<()> {
        let mut cells = Cells::new(output);
        cells.text(&self.proto)?;
        for side in [&self.initiator, &self.responder] {
            cells.text(&side.address)?;
            cells.number(side.port)?;
            for count in [side.packets, side.wire_bytes, side.ip_bytes, side.payload_bytes] {
                cells.number(Some(count))?;
            }
        }
        let duration = seconds(self.duration);
        let words =
            [self.first.as_str(), &self.last, &duration, self.state, self.end, &self.history];
        words.into_iter().chain(self.tag.as_deref()).try_for_each(|word| cells.text(word))?;
        cells.number(self.icmp.map(|message| message.kind))?;
        cells.number(self.icmp.map(|message| message.code))?;
        let parent = self.parent.as_ref();
        cells.text(parent.map_or("", |parent| &parent.proto))?;
        for end in [parent.map(|it| &it.initiator), parent.map(|it| &it.responder)] {
            cells.text(end.map_or("", |end| &end.address))?;
            cells.number(end.and_then(|end| end.port))?;
        }
        cells.text(parent.map_or("", |parent| &parent.first))?;
        cells.end()
    }
}

impl LineSide {
    fn new(LineEnd { address, port }: LineEnd, stats: &SideStats) -> Self {
        let SideStats { packets, wire_bytes, ip_bytes, payload_bytes } = *stats;
        Self { address, port, packets, wire_bytes, ip_bytes, payload_bytes }
    }
}

impl LineMessage {
    /// The message that tells a flow of ICMP apart.
    pub fn of(key: &FiveTupleKey) -> Option<Self> {
        key.message().map(|(kind, code)| Self { kind, code })
    }
}

/// Seconds, with a point so that readers take them for what they are.
fn seconds(seconds: f64) -> String {
    let text = seconds.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// A line of CSV that is being written.
struct Cells<'w, W> {
    output: &'w mut W,
    has_begun: bool,
}

impl<'w, W: Write> Cells<'w, W> {
    fn new(output: &'w mut W) -> Self {
        Self { output, has_begun: false }
    }

    /// A cell of text. RFC 4180, section 2: what could be taken for the end of one stands in quotes.
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.begin()?;
        if text.contains([',', '"', '\r', '\n']) {
            write!(self.output, "\"{}\"", text.replace('"', "\"\""))
        } else {
            self.output.write_all(text.as_bytes())
        }
    }

    /// A cell of a number, or of nothing.
    fn number(&mut self, number: Option<impl Display>) -> io::Result<()> {
        self.begin()?;
        number.map_or(Ok(()), |number| write!(self.output, "{number}"))
    }

    fn begin(&mut self) -> io::Result<()> {
        let comma: &[u8] = if mem::replace(&mut self.has_begun, true) { b"," } else { b"" };
        self.output.write_all(comma)
    }

    fn end(self) -> io::Result<()> {
        self.output.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(line: &FlowLine) -> String {
        let mut output = Vec::new();
        line.write_csv(&mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_line_has_a_cell_for_each_name_whatever_there_is_to_tell() {
        let message = LineMessage { kind: 8, code: 0 };
        let bare = FlowLine::default();
        let tagged = FlowLine { tag: Some("vlan 7".into()), ..bare.clone() };
        let full =
            FlowLine { parent: Some(LineParent::default()), icmp: Some(message), ..tagged.clone() };
        for (line, has_tag) in [(bare, false), (tagged, true), (full, true)] {
            let mut names = Vec::new();
            FlowLine::write_csv_names(&mut names, has_tag).unwrap();
            let names = String::from_utf8(names).unwrap();
            let count = |text: &str| text.split(',').count();
            assert_eq!(count(&csv(&line)), count(&names), "{line:?}");
        }
    }

    // RFC 4180 section 2, rules 6 and 7.
    #[test]
    fn what_could_end_a_cell_stands_in_quotes() {
        let line = FlowLine { proto: "a,\"b\"\n".into(), ..FlowLine::default() };
        assert!(csv(&line).starts_with("\"a,\"\"b\"\"\n\",,"));
    }

    #[test]
    fn a_duration_has_a_point() {
        assert_eq!([0.0, 30.0, 0.05, 1e-9].map(seconds), ["0.0", "30.0", "0.05", "0.000000001"]);
    }
}
