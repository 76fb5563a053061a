//! One stream, printed: what both sides say, in the order in which they say it.

use std::fmt;
use std::io::{self, Write};

use anstyle::Style;
use clap::ValueEnum;
use rheos::core::Side;
use rheos::flow::FiveTupleKey;
use rheos::session::{Connection, StreamEvent};

use super::{Arguments, GapFill, Role};
use crate::columns::counted;
use crate::error::Error;
use crate::output::{Output, Styled};

/// How bytes are printed.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum As {
    /// Text, with a dot for what is none
    #[default]
    Ascii,
    /// Sixteen bytes a line, the responder's set in
    Hex,
    /// The bytes and nothing else
    Raw,
}

/// Bytes of a line of hexadecimal digits.
const LINE: usize = 16;
/// Zeros written at once.
const ZEROS: [u8; 4096] = [0; 4096];

/// Prints one stream.
pub(super) struct Follow {
    output: Output,
    show: As,
    gap: GapFill,
    only: Option<Side>,
    /// Who spoke last.
    last: Option<Side>,
    /// How many bytes of each side were printed, gaps included.
    offsets: [u64; 2],
    /// Whether the last line has not ended.
    is_open: bool,
}

impl Follow {
    pub(super) fn new(arguments: &Arguments) -> Self {
        let only = arguments.side.map(|role| match role {
            Role::Initiator => Side::Initiator,
            Role::Responder => Side::Responder,
        });
        let (show, gap) = (arguments.show, arguments.gap);
        let output = Output::new();
        Self { output, show, gap, only, last: None, offsets: [0; 2], is_open: false }
    }

    /// Prints what happens to the stream.
    pub(super) fn event(&mut self, event: &StreamEvent<'_, FiveTupleKey>) -> Result<(), Error> {
        match event {
            StreamEvent::Data { connection, side, chunk } if self.shows(*side) => {
                self.turn(connection, *side)?;
                self.bytes(*side, chunk.bytes)?;
            }
            StreamEvent::Gap { connection, side, gap } if self.shows(*side) => {
                self.turn(connection, *side)?;
                self.gap(*side, gap.len)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Ends the last line.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.end_line()?;
        Ok(self.output.flush()?)
    }

    fn shows(&self, side: Side) -> bool {
        self.only.is_none_or(|only| only == side)
    }

    /// Says who speaks, if that is another than before.
    fn turn(&mut self, connection: &Connection<FiveTupleKey>, side: Side) -> Result<(), Error> {
        if self.show == As::Raw || self.last == Some(side) {
            return Ok(());
        }
        self.last = Some(side);
        self.end_line()?;
        let (initiator, responder) = connection.key.endpoints(connection.initiator);
        let (from, to) = match side {
            Side::Initiator => (initiator, responder),
            Side::Responder => (responder, initiator),
        };
        let header = Styled(self.output.theme.quiet, format!("--- {from} to {to}"));
        Ok(writeln!(self.output, "{header}")?)
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_open) && self.show != As::Raw {
            self.output.write_all(b"\n")?;
        }
        Ok(())
    }

    fn gap(&mut self, side: Side, len: u64) -> Result<(), Error> {
        match (self.gap, self.show) {
            (GapFill::Skip, _) => self.advance(side, len),
            (GapFill::Zero, _) => {
                let mut left = len;
                while left > 0 {
                    let part = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
                    self.bytes(side, ZEROS.get(..part).unwrap_or_default())?;
                    left = left.saturating_sub(part as u64);
                }
            }
            (GapFill::Mark, As::Raw) => write!(self.output, "{}", mark(len))?,
            (GapFill::Mark, _) => {
                self.end_line()?;
                let text = Styled(self.output.theme.error, mark(len));
                writeln!(self.output, "{text}")?;
                self.advance(side, len);
            }
        }
        Ok(())
    }

    fn bytes(&mut self, side: Side, bytes: &[u8]) -> Result<(), Error> {
        let style = match side {
            Side::Initiator => self.output.theme.initiator,
            Side::Responder => self.output.theme.responder,
        };
        match self.show {
            As::Raw => self.output.write_all(bytes)?,
            As::Ascii => {
                let text: String = bytes.iter().filter_map(|byte| shown(*byte)).collect();
                write_styled(&mut self.output, style, &text)?;
                if let Some(last) = text.chars().last() {
                    self.is_open = last != '\n';
                }
            }
            As::Hex => self.hex(side, style, bytes)?,
        }
        self.advance(side, bytes.len() as u64);
        Ok(())
    }

    fn hex(&mut self, side: Side, style: Style, bytes: &[u8]) -> io::Result<()> {
        let indent = if side == Side::Responder { "    " } else { "" };
        let mut offset = self.offset(side);
        for line in bytes.chunks(LINE) {
            let digits =
                fmt::from_fn(|f| line.iter().try_for_each(|byte| write!(f, " {byte:02x}")));
            let digits = digits.to_string();
            let text: String = line
                .iter()
                .map(|byte| if is_text(*byte) { char::from(*byte) } else { '.' })
                .collect();
            let shown = format!("{indent}{offset:08x} {digits:<48}  {text}");
            writeln!(self.output, "{}", Styled(style, shown))?;
            offset = offset.saturating_add(line.len() as u64);
        }
        Ok(())
    }

    fn offset(&self, side: Side) -> u64 {
        let [initiator, responder] = self.offsets;
        if side == Side::Initiator { initiator } else { responder }
    }

    fn advance(&mut self, side: Side, len: u64) {
        let [initiator, responder] = &mut self.offsets;
        let offset = if side == Side::Initiator { initiator } else { responder };
        *offset = offset.saturating_add(len);
    }
}

/// What stands in the place of bytes that are missing.
pub(super) fn mark(len: u64) -> String {
    format!("[{} missing]", counted(len, "byte"))
}

/// A byte as it may be shown on a terminal, which nothing else than text and new lines may reach.
fn shown(byte: u8) -> Option<char> {
    match byte {
        b'\n' | b'\t' => Some(char::from(byte)),
        // In front of a new line it would show nothing, and alone it would write over a line.
        b'\r' => None,
        _ if is_text(byte) => Some(char::from(byte)),
        _ => Some('.'),
    }
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' '
}

/// Writes text in a style, each line for itself: some terminals fill the rest of a line with it.
fn write_styled(output: &mut Output, style: Style, text: &str) -> io::Result<()> {
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        write!(output, "{}{end}", Styled(style, line))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_text_and_new_lines_reaches_a_terminal() {
        let shown: String = (0..=255).filter_map(shown).collect();
        assert!(shown.chars().all(|c| c == '\n' || c == '\t' || (' '..='~').contains(&c)));
        assert_eq!(shown.chars().filter(|c| *c == '.').count(), 256 - 95 - 3 + 1);
    }
}
