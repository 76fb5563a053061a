//! Standard output: buffered, and coloured where a person looks.

use std::fmt;
use std::io::{self, BufWriter, StdoutLock, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// Bytes gathered before they are written.
const BUFFER: usize = 64 << 10;

/// Standard output.
pub(crate) struct Output {
    stream: BufWriter<StdoutLock<'static>>,
    pub(crate) theme: Theme,
}

impl Output {
    pub(crate) fn new() -> Self {
        let stdout = io::stdout().lock();
        let theme = match AutoStream::choice(&stdout) {
            ColorChoice::Never => Theme::default(),
            _ => Theme::COLOURS,
        };
        Self { stream: BufWriter::with_capacity(BUFFER, stdout), theme }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
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
}

impl Theme {
    const COLOURS: Self = Self {
        name: AnsiColor::Cyan.on_default().bold(),
        quiet: Style::new().dimmed(),
        error: AnsiColor::Red.on_default(),
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
