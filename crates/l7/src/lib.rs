//! What programs say: parsers of the protocols above TCP and UDP.
//!
//! - A [`SessionParser`] reads both directions of a stream, a [`DatagramParser`] one datagram after the
//!   other. Each makes messages: values of its own type, whole and owned.
//! - A parser is asked whether the [first bytes](SessionParser::probe) are of its protocol, so that
//!   detection goes by content and not by port.
//! - A parser that cannot go on says so by a [`Failure`]; what it found before is not lost.
//! - A [`Session`] drives one parser without an engine; a [`FramedParser`] is a closure as parser.
//!
//! What this crate does not do: it opens no file and reads no clock, and knows no header of link,
//! network or transport. Bytes, sides and times come in as arguments.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "tests count bytes that they made")
)]

#[doc(hidden)]
pub use crate::frame::fuzz as fuzz_frames;
pub use crate::frame::{
    Delimited, Framed, FramedParser, LengthPrefixed, Lines, MAX_FRAME, MAX_LINE, Split,
};
pub use crate::parser::{
    DatagramParser, DatagramParserFactory, Expected, Failure, Input, OnGap, OnTick, Probe,
    SessionParser, SessionParserFactory,
};
pub use crate::session::{MAX_UNREAD, Session, SessionState};
pub use rheos_core::{Side, Timestamp};

mod dialog;
#[cfg(feature = "dns")]
pub mod dns;
#[cfg(feature = "tls")]
pub mod dtls;
pub mod files;
mod frame;
pub mod ftp;
mod fuzz;
pub mod http;
pub mod kit;
mod line;
mod parser;
mod session;
pub mod smtp;
pub mod ssh;
pub mod starttls;
#[cfg(all(test, feature = "tls"))]
#[allow(clippy::panic, reason = "test data is what it is")]
mod testdata;
#[cfg(feature = "tls")]
pub mod tls;

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(*DIGITS.get(usize::from(nibble)).unwrap_or(&b'0'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
