//! A packet as text: a line, its layers, its bytes.

use std::fmt;
use std::io::{self, Write};

use rheos::core::RawPacket;
use rheos::flow::PacketFlows;
use rheos::layers::{Field, FieldSink, Packet, Span};

use super::names::Numbers;
use crate::columns::counted;
use crate::output::{Output, Styled, printable};
use crate::time::Origin;

/// Bytes on a line.
const BYTES_PER_LINE: usize = 16;

/// A line a packet.
pub(super) struct Lines {
    origin: Origin,
    numbers: Numbers,
}

impl Lines {
    pub(super) fn new(numbers: Numbers) -> Self {
        Self { origin: Origin::default(), numbers }
    }

    /// Writes number, time, addresses, innermost protocol, length, and what the packet says.
    pub(super) fn summary(
        &mut self,
        output: &mut Output,
        number: u64,
        raw: &RawPacket<'_>,
        packet: &Packet<'_>,
    ) -> io::Result<()> {
        self.origin.hear(raw);
        let time = self.origin.until(raw.timestamp);
        let theme = output.theme;
        write!(output, "{number:>5} {} ", Styled(theme.quiet, Padded(format!("{time:.6}"), 12)))?;
        if let Some(flow) = packet.network_flow().or_else(|| packet.link_flow()) {
            write!(output, "{} ", self.numbers.flow(flow))?;
        }
        let name = packet.own_layers().last().and_then(|span| packet.protocol(span));
        let name = name.map_or_else(|| raw.link_type.to_string(), |protocol| protocol.name.into());
        let length = raw.original_length;
        write!(output, "{} {length}", Styled(theme.name, name.to_uppercase()))?;
        let summary = Summary(packet, self.numbers).to_string();
        if !summary.is_empty() {
            write!(output, " {summary}")?;
        }
        if let Some(error) = packet.error() {
            write!(output, " {}", Styled(theme.error, format_args!("[{error}]")))?;
        }
        for fault in packet.faults() {
            write!(output, " {}", Styled(theme.error, format_args!("[{fault}]")))?;
        }
        if packet.is_truncated() {
            write!(output, " {}", Styled(theme.quiet, "[cut short]"))?;
        }
        writeln!(output)
    }
}

/// Who speaks with whom, the innermost protocol, and what the packet says.
pub(crate) fn in_short(packet: &Packet<'_>) -> String {
    let flow = packet.network_flow().or_else(|| packet.link_flow());
    let flow = flow.map(|flow| Numbers::Bare.flow(flow).to_string());
    let name = packet.own_layers().last().and_then(|span| packet.protocol(span));
    let name = name.map(|protocol| protocol.name.to_uppercase());
    let summary = Some(Summary(packet, Numbers::Bare).to_string()).filter(|text| !text.is_empty());
    let words = [flow, name, summary].into_iter().flatten().collect::<Vec<_>>();
    printable(&words.join(" "))
}

/// Text at the right of some columns.
struct Padded(String, usize);

impl fmt::Display for Padded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>width$}", self.0, width = self.1)
    }
}

/// What the innermost layer that says anything says.
struct Summary<'p>(&'p Packet<'p>, Numbers);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for span in self.0.own_layers().iter().rev() {
            let mut text = String::new();
            self.0.visit(span, &mut |layer| {
                text = fmt::from_fn(|f| layer.summary(f)).to_string();
            });
            if !text.is_empty() {
                return f.write_str(&self.1.summary(text, self.0, span));
            }
        }
        Ok(())
    }
}

/// Reports the fields of a layer of a packet.
pub(super) type FieldsOf = fn(&Packet<'_>, &Span, &mut dyn FieldSink);

/// Writes every layer and every field of it.
pub(super) fn layers(
    output: &mut Output,
    raw: &RawPacket<'_>,
    packet: &Packet<'_>,
    fields: FieldsOf,
    numbers: Numbers,
) -> io::Result<()> {
    let theme = output.theme;
    let (captured, original) = (raw.data.len(), raw.original_length);
    let (time, link_type, interface) = (raw.timestamp, raw.link_type, raw.interface);
    writeln!(
        output,
        "    {captured} of {} at {time}, {link_type}, interface {interface}",
        counted(original, "byte")
    )?;
    for comment in raw.comments {
        writeln!(output, "    comment: {}", printable(&String::from_utf8_lossy(comment)))?;
    }
    layers_of(output, packet, "", (fields, numbers))?;
    let payload = match packet.quoted_layers().last() {
        Some(span) => packet.payload_of(span),
        None => packet.payload(),
    };
    if !payload.is_empty() {
        let name = Styled(theme.name, "payload");
        writeln!(output, "    {name} {}", counted(payload.len(), "byte"))?;
    }
    for (number, frame) in (1..).zip(packet.further_frames()) {
        layers_of(output, &frame, &format!(", frame {number}"), (fields, numbers))?;
    }
    if let Some(error) = packet.error() {
        writeln!(output, "    {}", Styled(theme.error, error))?;
    }
    Ok(())
}

/// Writes the layers of a packet, or of a frame in it that is told apart by a note.
fn layers_of(
    output: &mut Output,
    packet: &Packet<'_>,
    note: &str,
    (fields, numbers): (FieldsOf, Numbers),
) -> io::Result<()> {
    let theme = output.theme;
    let own = packet.own_layers().len();
    for (place, span) in packet.layers().iter().enumerate() {
        let (name, title) = packet.protocol(span).map_or(("?", "?"), |p| (p.name, p.title));
        let end = span.start.saturating_add(span.header_len.into());
        let quoted = if place >= own { ", quoted" } else { "" };
        let place = format_args!("{title}, bytes {}..{end}{quoted}{note}", span.start);
        writeln!(output, "    {} {}", Styled(theme.name, name), Styled(theme.quiet, place))?;
        let mut result = Ok(());
        fields(packet, span, &mut |field: Field<'_>| {
            if result.is_ok() {
                let (Field { name, value, .. }, behind) = (&field, numbers.behind(&field));
                result = writeln!(output, "        {name} = {value}{behind}");
            }
        });
        result?;
        if let Some(fault) = packet.fault(span) {
            writeln!(output, "        {}", Styled(theme.error, format_args!("[{fault}]")))?;
        }
    }
    Ok(())
}

/// Writes bytes in hexadecimal and as text.
pub(super) fn bytes(output: &mut Output, bytes: &[u8]) -> io::Result<()> {
    for (line, chunk) in bytes.chunks(BYTES_PER_LINE).enumerate() {
        let offset = line.saturating_mul(BYTES_PER_LINE);
        write!(output, "    {offset:04x} ")?;
        for place in 0..BYTES_PER_LINE {
            let gap = if place == BYTES_PER_LINE / 2 { " " } else { "" };
            match chunk.get(place) {
                Some(byte) => write!(output, "{gap} {byte:02x}")?,
                None => write!(output, "{gap}   ")?,
            }
        }
        let shown = |&byte: &u8| if matches!(byte, 0x20..=0x7e) { char::from(byte) } else { '.' };
        writeln!(output, "  {}", chunk.iter().map(shown).collect::<String>())?;
    }
    Ok(())
}
