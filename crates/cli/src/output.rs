//! Standard output: buffered, and coloured where a person looks.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use console::Term;

use crate::progress;

/// Bytes gathered before they are written.
const BUFFER: usize = 64 << 10;

/// Standard output: what is for a person is there line by line.
pub(crate) struct Output {
    stream: BufWriter<Screen>,
    pub(crate) theme: Theme,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout().lock();
        let theme = match AutoStream::choice(&stdout) {
            ColorChoice::Never => Theme::default(),
            _ => Theme::COLOURS,
        };
        let screen = Screen { is_terminal: stdout.is_terminal(), stdout };
        Self { stream: BufWriter::with_capacity(BUFFER, screen), theme }
    }

    /// Characters on a line, if it is a terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        let is_terminal = self.stream.get_ref().is_terminal;
        let (_, columns) = Term::stdout().size_checked().filter(|_| is_terminal)?;
        Some(columns.into())
    }
}

/// Standard output, in front of which the progress bar gives way.
struct Screen {
    stdout: StdoutLock<'static>,
    is_terminal: bool,
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_terminal {
            progress::give_way();
        }
        self.stdout.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        if self.stream.get_ref().is_terminal && bytes.ends_with(b"\n") {
            self.stream.flush()?;
        }
        Ok(count)
    }

    /// What serialisers call for every few bytes.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        if bytes.ends_with(b"\n") && self.stream.get_ref().is_terminal {
            self.stream.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What colours mean. The default has none.
#[derive(Clone, Copy, Default)]
pub(crate) struct Theme {
    pub(crate) name: Style,
    pub(crate) quiet: Style,
    pub(crate) error: Style,
    /// What the two sides of a connection say.
    pub(crate) initiator: Style,
    pub(crate) responder: Style,
}

impl Theme {
    const COLOURS: Self = Self {
        name: AnsiColor::Cyan.on_default().bold(),
        quiet: Style::new().dimmed(),
        error: AnsiColor::Red.on_default(),
        initiator: AnsiColor::Green.on_default(),
        responder: AnsiColor::Blue.on_default(),
    };
}

/// A value in a style.
pub(crate) struct Styled<T>(pub(crate) Style, pub(crate) T);

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.1.fmt(f)?;
        write!(f, "{:#}", self.0)
    }
}

/// Text with its control characters escaped, also those that turn the direction of text: what comes from a capture
/// must not drive a terminal.
pub(crate) fn printable(text: &str) -> String {
    // Unicode's Bidi_Control, and its separators of lines and paragraphs.
    let is_hidden = |c: char| matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_escaped = |c: char| c.is_control() || is_hidden(c);
    let escape = |c: char| if is_escaped(c) { c.escape_default().to_string() } else { c.into() };
    text.chars().map(escape).collect()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    fmt::from_fn(|f| bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_drive_a_terminal() {
        assert_eq!(printable("it's \x1b[2J\u{9b}1m\r\n"), "it's \\u{1b}[2J\\u{9b}1m\\r\\n");
        assert_eq!(printable("größer → \\"), "größer → \\");
        assert_eq!(printable("a\u{202e}b\u{2069}\u{2028}"), "a\\u{202e}b\\u{2069}\\u{2028}");
    }
}
