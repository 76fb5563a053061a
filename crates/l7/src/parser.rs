//! What a parser is.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use rheos_core::{Side, Timestamp};

/// Reads both directions of one stream, and makes messages of it.
///
/// Whoever drives it holds what it has not read: [`feed`](Self::feed) is given all unread bytes of a
/// side and says how many it is done with. The rest is offered again with what follows behind it, so a
/// parser keeps no bytes of its own. The messages must not hang on how the bytes are split.
///
/// ```
/// use rheos_l7::{Failure, Input, SessionParser, Side, Timestamp};
///
/// /// Lines, and who said them.
/// #[derive(Clone, Default)]
/// struct Lines;
///
/// impl SessionParser for Lines {
///     type Message = (Side, String);
///
///     fn name(&self) -> &'static str {
///         "lines"
///     }
///
///     fn feed(
///         &mut self,
///         input: &Input<'_>,
///         out: &mut dyn FnMut(Self::Message),
///     ) -> Result<usize, Failure> {
///         let mut read = 0;
///         for line in input.bytes.split_inclusive(|byte| *byte == b'\n') {
///             if let Some(line) = line.strip_suffix(b"\n") {
///                 out((input.side, String::from_utf8_lossy(line).into_owned()));
///                 read += line.len() + 1;
///             }
///         }
///         Ok(read)
///     }
/// }
///
/// let mut said = Vec::new();
/// let input = Input::new(Side::Initiator, Timestamp::default(), b"one\ntwo\nthr");
/// let read = Lines.feed(&input, &mut |line| said.push(line))?;
/// assert_eq!((read, said.len(), said[1].1.as_str()), (8, 2, "two"));
/// # Ok::<(), Failure>(())
/// ```
pub trait SessionParser: Send + 'static {
    /// What it makes of the stream.
    type Message: fmt::Debug + Send + 'static;

    /// The protocol's name in outputs: lower case, as Wireshark filters have it.
    fn name(&self) -> &'static str;

    /// Whether a stream whose sides start with these bytes is of its protocol; either may be empty
    /// as yet. A parser that leaves this alone is never found by content, only by port. An engine asks about
    /// the first 64 bytes of each side, and about no more.
    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        _ = (initiator, responder);
        Probe::NoMatch
    }

    /// Takes the unread bytes of a side, and says how many of them it is done with.
    ///
    /// # Errors
    ///
    /// It cannot go on: the flow goes on without it. [`on_end`](Self::on_end) is called for both sides,
    /// without bytes, so that what it holds is told, and nothing behind that.
    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure>;

    /// Bytes of a side are missing in front of what it is fed next; `unread` are those that it had
    /// left in front of them, and will not see again.
    fn on_gap(
        &mut self,
        side: Side,
        len: u64,
        unread: &[u8],
        out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        _ = (side, len, unread, out);
        OnGap::StopSide
    }

    /// A side ends, and left these bytes unread: what the end of a stream completes is told now.
    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        _ = (input, out);
    }

    /// Time has passed: what has waited for too long is told now. Returns whether there is to be a next
    /// time: a parser in which nothing ever waits is asked once for each flow.
    fn on_tick(&mut self, now: Timestamp, out: &mut dyn FnMut(Self::Message)) -> OnTick {
        _ = (now, out);
        OnTick::Never
    }

    /// Whether nothing more will come of this stream, so that it need not be put together further.
    fn is_done(&self) -> bool {
        false
    }

    /// The name of the protocol that goes on behind what has been read of both sides, such as `tls`
    /// behind STARTTLS: its parser takes the stream over. Asked after every [`feed`](Self::feed).
    fn hand_over(&self) -> Option<&'static str> {
        None
    }

    /// A connection that was announced since the last time, such as that of FTP's data. Asked after
    /// every [`feed`](Self::feed), until there is none.
    fn take_expected(&mut self) -> Option<Expected> {
        None
    }
}

/// A connection that another one announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Expected {
    /// Who waits for it.
    pub listener: Side,
    /// Where, if the stream says another address than that of the listener.
    pub address: Option<IpAddr>,
    /// At which port.
    pub port: u16,
    /// The name of the parser that reads it.
    pub protocol: &'static str,
}

impl Expected {
    /// A connection to this port of the listener.
    pub fn new(listener: Side, port: u16, protocol: &'static str) -> Self {
        Self { listener, address: None, port, protocol }
    }
}

/// Reads the datagrams of one flow, and makes messages of them.
pub trait DatagramParser: Send + 'static {
    /// What it makes of them.
    type Message: fmt::Debug + Send + 'static;

    /// The protocol's name in outputs: lower case, as Wireshark filters have it.
    fn name(&self) -> &'static str;

    /// Whether a flow whose first datagram is this is of its protocol.
    fn probe(&self, datagram: &[u8]) -> Probe {
        _ = datagram;
        Probe::NoMatch
    }

    /// Whether it reads datagrams too of which the capture has the front alone:
    /// [`is_cut`](Input::is_cut) tells them apart. That there is too little of one is no failure of the
    /// parser's. A parser that leaves this alone is given whole ones.
    fn reads_cut(&self) -> bool {
        false
    }

    /// Takes one datagram.
    ///
    /// # Errors
    ///
    /// This datagram is not what the parser reads. The next is offered all the same.
    fn datagram(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<(), Failure>;

    /// Time has passed: what has waited for too long is told now. Returns whether there is to be a next
    /// time: a parser in which nothing ever waits is asked once for each flow.
    fn on_tick(&mut self, now: Timestamp, out: &mut dyn FnMut(Self::Message)) -> OnTick {
        _ = (now, out);
        OnTick::Never
    }

    /// The flow ends: what still waits for an answer is told now.
    fn on_end(&mut self, now: Timestamp, out: &mut dyn FnMut(Self::Message)) {
        _ = (now, out);
    }

    /// Whether nothing more will come of this flow.
    fn is_done(&self) -> bool {
        false
    }
}

/// Bytes of one side.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Input<'a> {
    /// Who said them.
    pub side: Side,
    /// When the last of them was captured.
    pub timestamp: Timestamp,
    /// How many bytes of the side stand in front of them, gaps included; zero for datagrams.
    pub offset: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are the front of a datagram of which the capture lacks the rest: the packet was cut,
    /// or the other fragments are not there. Of streams, what is missing is a gap.
    pub is_cut: bool,
}

impl<'a> Input<'a> {
    /// Bytes at the start of a side.
    pub fn new(side: Side, timestamp: Timestamp, bytes: &'a [u8]) -> Self {
        Self { side, timestamp, offset: 0, bytes, is_cut: false }
    }

    /// The same at another place of the side.
    #[must_use]
    pub fn at(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// The same as the front of a datagram of which the capture lacks the rest.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    /// Reads the bytes piece by piece: `next` is given those that are left and says how many it took, or
    /// `None` where it needs more or reads no further. Returns how many were taken in all, which is what
    /// [`SessionParser::feed`] returns.
    ///
    /// ```
    /// use rheos_core::{Side, Timestamp};
    /// use rheos_l7::Input;
    ///
    /// let input = Input::new(Side::Initiator, Timestamp::default(), b"one two thr");
    /// let mut words = Vec::new();
    /// let read = input.pieces(|rest| {
    ///     let Some(space) = rest.iter().position(|byte| *byte == b' ') else { return Ok(None) };
    ///     words.push(&rest[..space]);
    ///     Ok(Some(space + 1))
    /// });
    /// assert_eq!((read.unwrap(), words), (8, vec![&b"one"[..], b"two"]));
    /// ```
    ///
    /// # Errors
    ///
    /// That of `next`.
    pub fn pieces(
        &self,
        mut next: impl FnMut(&'a [u8]) -> Result<Option<usize>, Failure>,
    ) -> Result<usize, Failure> {
        let mut read = 0_usize;
        while let Some(rest) = self.bytes.get(read..).filter(|rest| !rest.is_empty()) {
            let Some(taken) = next(rest)? else { break };
            read = read.saturating_add(taken);
        }
        Ok(read)
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Probe {
    /// They are of the protocol.
    Match,
    /// They are not, whatever follows.
    NoMatch,
    /// They may be: more are needed.
    NeedMore,
}

/// Whether a parser is told the time again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTick {
    /// It is: something waits in it, or may.
    Again,
    /// It is not, for this flow.
    Never,
}

/// What becomes of a parser behind a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnGap {
    /// It goes on behind the hole, and knows how.
    Resync,
    /// It cannot read this side any more; the other it can.
    StopSide,
    /// It cannot go on.
    Stop,
}

/// Why a parser cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    reason: Cow<'static, str>,
}

/// Bytes of a reason, so that hostile input cannot make it long.
const MAX_REASON: usize = 256;

impl Failure {
    /// A failure for this reason: lower case, with the field's name and the numbers. Of a long text,
    /// the first 256 bytes are kept.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON {
            let end = reason.floor_char_boundary(MAX_REASON);
            reason.to_mut().truncate(end);
        }
        Self { reason }
    }

    /// The reason.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Error for Failure {}

/// Makes a parser for each flow. Every parser that is `Clone` is one: it is copied.
pub trait SessionParserFactory<K>: Send + 'static {
    /// What it makes.
    type Parser: SessionParser;

    /// A parser for the flow with this key.
    fn new_parser(&mut self, key: &K) -> Self::Parser;
}

impl<K, P: SessionParser + Clone> SessionParserFactory<K> for P {
    type Parser = P;

    fn new_parser(&mut self, _key: &K) -> P {
        self.clone()
    }
}

/// Makes a parser for each flow of datagrams. Every parser that is `Clone` is one: it is copied.
pub trait DatagramParserFactory<K>: Send + 'static {
    /// What it makes.
    type Parser: DatagramParser;

    /// A parser for the flow with this key.
    fn new_parser(&mut self, key: &K) -> Self::Parser;
}

impl<K, P: DatagramParser + Clone> DatagramParserFactory<K> for P {
    type Parser = P;

    fn new_parser(&mut self, _key: &K) -> P {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        let failure = Failure::new("ä".repeat(200));
        assert_eq!(failure.reason(), "ä".repeat(128));
        let failure = Failure::new(format!("{}ää", "a".repeat(255)));
        assert_eq!(failure.to_string(), "a".repeat(255));
    }
}
