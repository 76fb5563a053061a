//! A capture told at length, for people.

use std::fmt::Display;
use std::io::Write;

use super::summary::{InterfaceInfo, SectionInfo, Summary};
use crate::columns::counted;
use crate::error::Error;
use crate::output::{Output, Styled, printable};

/// Columns of the names in front.
const NAMES: usize = 20;

/// Writes a line a fact; what is not known is left out.
pub(super) fn write(output: &mut Output, summary: &Summary) -> Result<(), Error> {
    let mut lines = Lines { output, indent: 0 };
    lines.line("file", printable(&summary.file))?;
    let format = match &summary.compression {
        Some(compression) => format!("{}, {compression}", summary.format),
        None => summary.format.clone(),
    };
    lines.line("format", format)?;
    let link_types = summary.link_types.iter().map(|counted| match &*summary.link_types {
        [_] => counted.link_type.to_string(),
        _ => format!("{}: {}", counted.link_type, counted.packets),
    });
    lines.line("link type", link_types.collect::<Vec<_>>().join(", "))?;
    lines.maybe("time resolution", summary.resolution)?;
    lines.maybe("snap length", summary.snap_length)?;
    lines.maybe(
        "cut to",
        summary.cut_to.map(|[least, most]| {
            let most_bytes = counted(most, "byte");
            if least == most { most_bytes } else { format!("{least} to {most_bytes}") }
        }),
    )?;
    lines.line("packets", summary.packets)?;
    lines.maybe("file size", summary.file_size)?;
    lines.line("bytes on the wire", summary.bytes)?;
    lines.line("bytes captured", summary.captured_bytes)?;
    lines.maybe("first packet", summary.first)?;
    lines.maybe("last packet", summary.last)?;
    lines.maybe("duration", summary.duration.map(|seconds| format!("{seconds:.9} s")))?;
    lines.maybe("byte rate", summary.byte_rate.map(|rate| format!("{rate:.2} B/s")))?;
    lines.maybe("bit rate", summary.bit_rate.map(|rate| format!("{rate:.2} b/s")))?;
    lines.maybe("packet rate", summary.packet_rate.map(|rate| format!("{rate:.2} /s")))?;
    lines.line("average size", format!("{:.2} bytes", summary.average_size))?;
    lines.line("in order of time", if summary.in_order { "yes" } else { "no" })?;
    lines.some("without a time", summary.without_time)?;
    lines.some("comments on packets", summary.packet_comments)?;
    lines.some("IPv4 names", summary.resolved_ipv4)?;
    lines.some("IPv6 names", summary.resolved_ipv6)?;
    lines.some("secrets", summary.secrets)?;
    if !summary.blocks.is_empty() {
        let blocks = summary.blocks.iter().map(|(name, count)| format!("{name} {count}"));
        lines.line("blocks", blocks.collect::<Vec<_>>().join(", "))?;
    }
    if let Some(hashes) = &summary.hashes {
        lines.line("SHA-256", &hashes.sha256)?;
        lines.line("RIPEMD-160", &hashes.ripemd160)?;
        lines.line("SHA-1", &hashes.sha1)?;
    }
    for (number, section) in summary.sections.iter().enumerate() {
        lines.section(number, section)?;
    }
    for (number, interface) in summary.interfaces.iter().enumerate() {
        lines.interface(number, interface)?;
    }
    Ok(())
}

struct Lines<'o> {
    output: &'o mut Output,
    indent: usize,
}

impl Lines<'_> {
    fn heading(&mut self, text: &str) -> Result<(), Error> {
        let name = Styled(self.output.theme.name, text);
        Ok(writeln!(self.output, "{name}")?)
    }

    fn line(&mut self, name: &str, value: impl Display) -> Result<(), Error> {
        let (indent, width) = (self.indent, NAMES.saturating_sub(self.indent));
        let name = Styled(self.output.theme.quiet, format!("{name:width$}"));
        Ok(writeln!(self.output, "{:indent$}{name} {value}", "")?)
    }

    fn maybe(&mut self, name: &str, value: Option<impl Display>) -> Result<(), Error> {
        value.map_or(Ok(()), |value| self.line(name, value))
    }

    /// A count that is told only where there is something.
    fn some(&mut self, name: &str, count: u64) -> Result<(), Error> {
        self.maybe(name, Some(count).filter(|count| *count > 0))
    }

    fn text(&mut self, name: &str, text: Option<&String>) -> Result<(), Error> {
        self.maybe(name, text.map(|text| printable(text)))
    }

    fn section(&mut self, number: usize, section: &SectionInfo) -> Result<(), Error> {
        let SectionInfo { hardware, os, application, comments } = section;
        let texts = [("hardware", hardware), ("system", os), ("application", application)];
        if texts.iter().all(|(_, text)| text.is_none()) && comments.is_empty() {
            return Ok(());
        }
        self.heading(&format!("section {number}"))?;
        self.indent = 2;
        for (name, text) in texts {
            self.text(name, text.as_ref())?;
        }
        for comment in comments {
            self.line("comment", printable(comment))?;
        }
        self.indent = 0;
        Ok(())
    }

    fn interface(&mut self, number: usize, interface: &InterfaceInfo) -> Result<(), Error> {
        self.heading(&format!("interface {number}"))?;
        self.indent = 2;
        self.text("name", interface.name.as_ref())?;
        self.text("description", interface.description.as_ref())?;
        self.line("link type", interface.link_type)?;
        self.maybe("snap length", Some(interface.snap_length).filter(|length| *length != 0))?;
        self.line("time resolution", interface.resolution)?;
        self.maybe("time offset", Some(interface.time_offset).filter(|offset| *offset != 0))?;
        self.text("filter", interface.filter.as_ref())?;
        self.text("system", interface.os.as_ref())?;
        self.text("hardware", interface.hardware.as_ref())?;
        self.maybe("speed", interface.speed.map(|speed| format!("{speed} b/s")))?;
        self.maybe("check sequence", interface.fcs_length.map(|length| counted(length, "byte")))?;
        for address in &interface.addresses {
            self.line("address", address)?;
        }
        for comment in &interface.comments {
            self.line("comment", printable(comment))?;
        }
        self.line("packets", interface.packets)?;
        self.line("bytes on the wire", interface.bytes)?;
        self.some("statistics", interface.statistics)?;
        self.maybe("received", interface.received)?;
        self.maybe("dropped", interface.dropped)?;
        self.indent = 0;
        Ok(())
    }
}
