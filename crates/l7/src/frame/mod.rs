//! Frames: a closure as parser, and what cuts a stream into lengths, lines and delimited pieces.

use std::fmt;

use rheos_core::{Side, Timestamp};

use crate::parser::{Failure, Input, OnGap, SessionParser};

#[doc(hidden)]
pub use self::fuzz::fuzz;

mod fuzz;

/// Bytes of a frame whose length stands in front of it, by default: what DNS over TCP can be at most.
pub const MAX_FRAME: usize = 65_535;

/// Bytes of a line, by default: eight times what SMTP allows, so that only abuse is longer.
pub const MAX_LINE: usize = 8192;

/// What is at the front of some bytes: a message and how many bytes it takes, or nothing while it is
/// not whole.
pub type Split<M> = Result<Option<(M, usize)>, Failure>;

/// A message of a [`FramedParser`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Framed<M> {
    /// Who said it.
    pub side: Side,
    /// When the bytes came that completed it.
    pub timestamp: Timestamp,
    /// What the closure made of it.
    pub message: M,
}

/// A closure as parser. It is given all unread bytes of a side, and makes one message of the first
/// and says how many they were; or nothing, if it needs more.
///
/// ```
/// use rheos_l7::{FramedParser, LengthPrefixed, Session, Side, Timestamp};
///
/// // Two bytes of length in front of each message, as DNS over TCP has it.
/// let frames = LengthPrefixed::u16();
/// let parser = FramedParser::new("texts", move |bytes| {
///     let frame = frames.split(bytes)?;
///     Ok(frame.map(|(text, read)| (String::from_utf8_lossy(text).into_owned(), read)))
/// });
/// let (mut session, mut texts) = (Session::new(parser), Vec::new());
/// for bytes in [&b"\0\x02o"[..], b"k\0", b"\x03yes"] {
///     let mut push = |framed: rheos_l7::Framed<String>| texts.push(framed.message);
///     session.data(Side::Initiator, Timestamp::default(), bytes, &mut push);
/// }
/// assert_eq!(texts, ["ok", "yes"]);
/// ```
#[derive(Clone)]
pub struct FramedParser<F> {
    name: &'static str,
    split: F,
    resync: Option<Resync>,
    /// What is put behind bytes that the end of a side leaves.
    ending: &'static [u8],
    /// Whether each side looks for the start of a frame.
    is_lost: [bool; 2],
}

/// How many bytes stand in front of a frame, if its start is among them.
type Resync = fn(&[u8]) -> Option<usize>;

impl<F, M> FramedParser<F>
where
    F: FnMut(&[u8]) -> Split<M> + Send + 'static,
    M: fmt::Debug + Send + 'static,
{
    /// A parser of this name. Behind a gap it stops to read the side.
    pub fn new(name: &'static str, split: F) -> Self {
        Self { name, split, resync: None, ending: &[], is_lost: [false; 2] }
    }

    /// Goes on behind a gap: the function says how many bytes stand in front of the next frame, and
    /// nothing where all are to be skipped.
    #[must_use]
    pub fn resync_by(self, resync: fn(&[u8]) -> Option<usize>) -> Self {
        Self { resync: Some(resync), ..self }
    }

    /// Makes a frame of the bytes that are left at the end of a side, by giving them to the closure once more with
    /// these behind them, such as the end that a last line lacks.
    #[must_use]
    pub fn ended_by(self, ending: &'static [u8]) -> Self {
        Self { ending, ..self }
    }
}

impl<F, M> SessionParser for FramedParser<F>
where
    F: FnMut(&[u8]) -> Split<M> + Send + 'static,
    M: fmt::Debug + Send + 'static,
{
    type Message = Framed<M>;

    fn name(&self) -> &'static str {
        self.name
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure> {
        let (side, timestamp) = (input.side, input.timestamp);
        let mut rest = input.bytes;
        let [initiator, responder] = &mut self.is_lost;
        let is_lost = if side == Side::Initiator { initiator } else { responder };
        if let Some(resync) = self.resync.filter(|_| *is_lost) {
            let Some(start) = resync(rest) else { return Ok(rest.len()) };
            *is_lost = false;
            rest = rest.get(start..).unwrap_or_default();
        }
        while let Some((message, read)) = (self.split)(rest)? {
            out(Framed { side, timestamp, message });
            rest = rest.get(read..).ok_or_else(|| {
                Failure::new(format!(
                    "{} says that it read {read} bytes of {}",
                    self.name,
                    rest.len()
                ))
            })?;
            // A frame of nothing would be found for ever.
            if read == 0 || rest.is_empty() {
                break;
            }
        }
        Ok(input.bytes.len().saturating_sub(rest.len()))
    }

    fn on_gap(
        &mut self,
        side: Side,
        _len: u64,
        _unread: &[u8],
        _out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        if self.resync.is_none() {
            return OnGap::StopSide;
        }
        let [initiator, responder] = &mut self.is_lost;
        *(if side == Side::Initiator { initiator } else { responder }) = true;
        OnGap::Resync
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        if self.ending.is_empty() || input.bytes.is_empty() {
            return;
        }
        let last = [input.bytes, self.ending].concat();
        // A failure has no one left to be told.
        if let Ok(Some((message, _))) = (self.split)(&last) {
            out(Framed { side: input.side, timestamp: input.timestamp, message });
        }
    }
}

impl<F> fmt::Debug for FramedParser<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramedParser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Frames with their length in front, as an unsigned number of one, two or four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LengthPrefixed {
    width: usize,
    is_little: bool,
    counts_itself: bool,
    max: usize,
}

impl LengthPrefixed {
    /// A length of one byte.
    pub fn u8() -> Self {
        Self { width: 1, is_little: false, counts_itself: false, max: MAX_FRAME }
    }

    /// A length of two bytes, the first the highest.
    pub fn u16() -> Self {
        Self { width: 2, ..Self::u8() }
    }

    /// A length of four bytes, the first the highest.
    pub fn u32() -> Self {
        Self { width: 4, ..Self::u8() }
    }

    /// The same with the lowest byte first.
    #[must_use]
    pub fn little_endian(self) -> Self {
        Self { is_little: true, ..self }
    }

    /// The length counts its own bytes too.
    #[must_use]
    pub fn counting_itself(self) -> Self {
        Self { counts_itself: true, ..self }
    }

    /// Another bound than [`MAX_FRAME`] for the bytes behind the length.
    #[must_use]
    pub fn with_max(self, max: usize) -> Self {
        Self { max, ..self }
    }

    /// The bytes of the first frame behind its length, and how many bytes it takes with it; nothing
    /// while it is not whole.
    ///
    /// # Errors
    ///
    /// The length is above the bound, or below itself where it counts itself.
    pub fn split(self, bytes: &[u8]) -> Split<&[u8]> {
        let Some((length, rest)) = bytes.split_at_checked(self.width) else { return Ok(None) };
        let append = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        let length = if self.is_little {
            length.iter().rev().fold(0, append)
        } else {
            length.iter().fold(0, append)
        };
        let own = if self.counts_itself { self.width } else { 0 };
        let len = length
            .checked_sub(own)
            .ok_or_else(|| Failure::new(format!("length {length} is below itself ({own})")))?;
        if len > self.max {
            return Err(Failure::new(format!("length {len} is above {}", self.max)));
        }
        Ok(rest.get(..len).map(|frame| (frame, self.width.saturating_add(len))))
    }

    /// A parser whose messages are the frames.
    pub fn parser(
        self,
        name: &'static str,
    ) -> FramedParser<impl FnMut(&[u8]) -> Split<Vec<u8>> + Clone + Send + 'static> {
        FramedParser::new(name, move |bytes| Ok(owned(self.split(bytes)?)))
    }
}

/// Lines: their end is LF, or CR and LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lines {
    max: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self { max: MAX_LINE }
    }
}

impl Lines {
    /// Another bound than [`MAX_LINE`] for the bytes of a line, its end counted.
    #[must_use]
    pub fn with_max(self, max: usize) -> Self {
        Self { max }
    }

    /// The bytes of the first line without its end, and how many bytes it takes with it; nothing while
    /// it is not whole.
    ///
    /// # Errors
    ///
    /// The line is longer than the bound.
    pub fn split(self, bytes: &[u8]) -> Split<&[u8]> {
        let Some((line, read)) = (Delimited { delimiter: b"\n", max: self.max }).split(bytes)?
        else {
            return Ok(None);
        };
        Ok(Some((line.strip_suffix(b"\r").unwrap_or(line), read)))
    }

    /// A parser whose messages are the lines. It goes on behind a gap with the next line. What is left at the end of
    /// a stream, or of the capture, is a line too, though its end is missing, as it is to [`std::io::BufRead::lines`].
    pub fn parser(
        self,
        name: &'static str,
    ) -> FramedParser<impl FnMut(&[u8]) -> Split<Vec<u8>> + Clone + Send + 'static> {
        FramedParser::new(name, move |bytes| Ok(owned(self.split(bytes)?)))
            .resync_by(next_line)
            .ended_by(b"\n")
    }
}

/// Frames with a delimiter behind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delimited {
    delimiter: &'static [u8],
    max: usize,
}

impl Delimited {
    /// Frames that end in these bytes.
    pub fn new(delimiter: &'static [u8]) -> Self {
        Self { delimiter, max: MAX_FRAME }
    }

    /// Another bound than [`MAX_FRAME`] for the bytes of a frame, its delimiter counted.
    #[must_use]
    pub fn with_max(self, max: usize) -> Self {
        Self { max, ..self }
    }

    /// The bytes of the first frame without its delimiter, and how many bytes it takes with it;
    /// nothing while it is not whole, or if the delimiter is empty.
    ///
    /// # Errors
    ///
    /// The frame is longer than the bound.
    pub fn split(self, bytes: &[u8]) -> Split<&[u8]> {
        let seen = bytes.get(..self.max).unwrap_or(bytes);
        let found = find(seen, self.delimiter);
        if found.is_none() && bytes.len() >= self.max {
            return Err(Failure::new(format!("no end of frame within {} bytes", self.max)));
        }
        let frame = found.and_then(|at| seen.get(..at));
        Ok(frame.map(|frame| (frame, frame.len().saturating_add(self.delimiter.len()))))
    }

    /// A parser whose messages are the frames. One without its delimiter at the end of a stream is none, but for
    /// [`FramedParser::ended_by`].
    pub fn parser(
        self,
        name: &'static str,
    ) -> FramedParser<impl FnMut(&[u8]) -> Split<Vec<u8>> + Clone + Send + 'static> {
        FramedParser::new(name, move |bytes| Ok(owned(self.split(bytes)?)))
    }
}

/// Where bytes stand in others. Nothing stands nowhere.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    memchr::memchr_iter(*first, bytes)
        .find(|at| bytes.get(at.saturating_add(1)..).is_some_and(|behind| behind.starts_with(rest)))
}

fn next_line(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', bytes).map(|at| at.saturating_add(1))
}

fn owned(frame: Option<(&[u8], usize)>) -> Option<(Vec<u8>, usize)> {
    frame.map(|(frame, read)| (frame.to_vec(), read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{check_split_invariance, messages};
    use crate::session::Session;

    #[track_caller]
    fn frames<F>(parser: &FramedParser<F>, bytes: &[u8], expected: &[&[u8]])
    where
        F: FnMut(&[u8]) -> Split<Vec<u8>> + Clone + Send + 'static,
    {
        check_split_invariance(parser, bytes);
        let (mut session, mut found) = (Session::new(parser.clone()), Vec::new());
        let mut push = |framed: Framed<Vec<u8>>| found.push(framed.message);
        session.data(Side::Initiator, Timestamp::default(), bytes, &mut push);
        assert_eq!(found, expected);
    }

    #[test]
    fn lengths_are_read_as_they_are_written() {
        frames(&LengthPrefixed::u8().parser("x"), b"\x01a\0\x02bc\x02d", &[b"a", b"", b"bc"]);
        frames(&LengthPrefixed::u16().parser("x"), b"\0\x01a", &[b"a"]);
        frames(&LengthPrefixed::u16().little_endian().parser("x"), b"\x01\0a", &[b"a"]);
        let counting = LengthPrefixed::u32().counting_itself();
        frames(&counting.parser("x"), b"\0\0\0\x06ab\0\0\0\x04", &[b"ab", b""]);
    }

    #[test]
    fn lengths_out_of_their_bounds_fail() {
        let reason =
            |frames: LengthPrefixed, bytes: &[u8]| frames.split(bytes).unwrap_err().to_string();
        let bounded = LengthPrefixed::u32().with_max(4);
        assert_eq!(reason(bounded, b"\0\0\0\x05"), "length 5 is above 4");
        assert!(bounded.split(b"\0\0\0\x04").unwrap().is_none());
        let counting = LengthPrefixed::u16().counting_itself();
        assert_eq!(reason(counting, b"\0\x01"), "length 1 is below itself (2)");
        assert_eq!(reason(LengthPrefixed::u32(), &[0xff; 4]), "length 4294967295 is above 65535");
    }

    #[test]
    fn lines_end_in_lf_with_or_without_cr() {
        frames(&Lines::default().parser("x"), b"a\r\nb\n\n\rc\r\nd\r", &[b"a", b"b", b"", b"\rc"]);
    }

    #[test]
    fn a_last_line_without_end_is_told_at_the_end_of_its_side() {
        let last = |parser: FramedParser<_>, bytes: &str| {
            check_split_invariance(&parser, bytes.as_bytes());
            let found = messages(parser, bytes.as_bytes()).0;
            found
                .into_iter()
                .map(|framed| String::from_utf8(framed.message).unwrap())
                .collect::<Vec<_>>()
        };
        let lines = Lines::default().with_max(5);
        // As LinesCodec of tokio-util has it, which leaves a CR alone out.
        for (bytes, expected) in
            [("a\r\nb", &["a", "b"][..]), ("a\nb\r", &["a", "b"]), ("a\n", &["a"]), ("", &[])]
        {
            assert_eq!(last(lines.parser("x"), bytes), expected);
        }
        assert_eq!(last(lines.parser("x"), "a\nlong"), ["a", "long"]);
        assert_eq!(last(lines.parser("x"), "a\nlonger"), ["a"]);
    }

    #[test]
    fn frames_without_their_delimiter_are_told_where_that_is_asked_for() {
        let parser = || Delimited::new(b"--").parser("x");
        let count = |parser| messages(parser, b"a--b").0.len();
        assert_eq!(count(parser()), 1);
        check_split_invariance(&parser().ended_by(b"--"), b"a--b");
        let found = messages(parser().ended_by(b"--"), b"a--b").0;
        let found: Vec<_> = found.into_iter().map(|framed| framed.message).collect();
        assert_eq!(found, [b"a", b"b"]);
    }

    #[test]
    fn a_line_without_end_fails_at_its_bound() {
        let lines = Lines::default().with_max(4);
        assert_eq!(lines.split(b"abc\n").unwrap(), Some((&b"abc"[..], 4)));
        assert!(lines.split(b"abc").unwrap().is_none());
        let reason = lines.split(b"abcd\n").unwrap_err().to_string();
        assert_eq!(reason, "no end of frame within 4 bytes");
    }

    #[test]
    fn frames_end_in_their_delimiter() {
        frames(&Delimited::new(b"--").parser("x"), b"a--b-c---d--e", &[b"a", b"b-c", b"-d"]);
        assert_eq!(Delimited::new(b"").split(b"a").unwrap(), None);
    }

    #[test]
    fn lines_go_on_behind_a_gap_and_lengths_do_not() {
        let said = |line: &Framed<Vec<u8>>| line.message.clone();
        let (mut session, mut found) = (Session::new(Lines::default().parser("x")), Vec::new());
        session.data(Side::Initiator, Timestamp::default(), b"a\nb", &mut |line| {
            found.push(said(&line));
        });
        session.gap(Side::Initiator, 9, &mut |line| found.push(said(&line)));
        for bytes in [&b"rest"[..], b" of it\nc\n"] {
            session.data(Side::Initiator, Timestamp::default(), bytes, &mut |line| {
                found.push(said(&line));
            });
        }
        assert_eq!(found, [b"a", b"c"]);

        let (mut session, mut found) = (Session::new(LengthPrefixed::u8().parser("x")), 0);
        session.gap(Side::Initiator, 9, &mut |_| found += 1);
        session.data(Side::Initiator, Timestamp::default(), b"\x01a", &mut |_| found += 1);
        session.data(Side::Responder, Timestamp::default(), b"\x01a", &mut |_| found += 1);
        assert_eq!(found, 1);
    }

    #[test]
    fn a_closure_that_claims_too_much_fails_and_one_that_reads_nothing_ends() {
        let greedy = FramedParser::new("x", |bytes| Ok(Some(((), bytes.len() + 1))));
        let mut session = Session::new(greedy);
        session.data(Side::Initiator, Timestamp::default(), b"a", &mut |_| {});
        let reason = session.failure().map(|failure| failure.reason().to_owned());
        assert_eq!(reason.as_deref(), Some("x says that it read 2 bytes of 1"));
        let (mut idle, mut found) =
            (Session::new(FramedParser::new("x", |_| Ok(Some(((), 0))))), 0);
        idle.data(Side::Initiator, Timestamp::default(), b"a", &mut |_| found += 1);
        assert_eq!(found, 1);
    }
}
