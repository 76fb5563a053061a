//! Why the command failed, in one line.

use std::error::Error as _;
use std::fmt;
use std::io::{self, Write};

use rheos::pcap;

use crate::output::printable;
use crate::progress;

/// Why the command failed.
#[derive(Debug)]
pub(crate) enum Error {
    /// The capture cannot be read, or not to its end.
    Input { name: String, source: pcap::Error },
    /// A file that is no capture cannot be read.
    Read { name: String, source: io::Error },
    /// A hex dump says something that cannot be.
    Dump { line: u64, message: String },
    /// A capture cannot be written.
    Save { name: String, source: pcap::Error },
    /// What is asked for cannot be done with what is there.
    Ask(String),
    /// What is asked for cannot be done at all: arguments that do not go together.
    Usage(String),
    /// A file cannot be written.
    Create { name: String, source: io::Error },
    /// There is no layer of that name.
    NoLayer { name: String },
    /// A packet cannot be built.
    Craft { packet: String, message: String },
    /// What was found cannot be written.
    Output(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        Self::Output(error.into())
    }
}

impl fmt::Display for Error {
    /// Writes the error and its causes, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { name, source } => {
                // A file that cannot be opened is named by its own message.
                match source {
                    pcap::Error::Open { .. } => write!(f, "{source}")?,
                    _ => write!(f, "{name}: {source}")?,
                }
                causes(f, source)
            }
            Self::Read { name, source } => write!(f, "cannot read {name}: {source}"),
            Self::Dump { line, message } => write!(f, "line {line}: {message}"),
            Self::Save { name, source } => {
                match source {
                    // A file that cannot be made is named by its own message.
                    pcap::Error::Create { .. } => write!(f, "{source}")?,
                    _ => write!(f, "{name}: {source}")?,
                }
                causes(f, source)
            }
            Self::Ask(message) | Self::Usage(message) => f.write_str(message),
            Self::Create { name, source } => write!(f, "cannot write {name}: {source}"),
            Self::NoLayer { name } => write!(f, "no layer {name}: `rheos layers` lists them"),
            Self::Craft { packet, message } => write!(f, "{packet}: {message}"),
            Self::Output(error) => write!(f, "cannot write: {error}"),
        }
    }
}

/// Writes what is behind an error, and what is behind that.
fn causes(f: &mut fmt::Formatter<'_>, error: &pcap::Error) -> fmt::Result {
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(f, ": {error}")?;
        cause = error.source();
    }
    Ok(())
}

impl Error {
    /// Whether it lies with the arguments, and not with what was found.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::NoLayer { .. } | Self::Craft { .. })
    }
}

/// Writes to standard error what is done, and may not be what was meant.
pub(crate) fn warn(message: &str) {
    let text = printable(message);
    let _ = progress::pause(|| writeln!(io::stderr(), "warning: {text}"));
}

/// Writes an error to standard error. There is nowhere to say that this failed.
pub(crate) fn report(error: &Error) {
    let text = printable(&error.to_string());
    let _ = progress::pause(|| writeln!(io::stderr(), "error: {text}"));
}
