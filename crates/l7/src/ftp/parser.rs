//! Both sides of a control connection.

use std::collections::VecDeque;

use rheos_core::{Side, Timestamp};
use rheos_layers::FtpAddress;

use super::message::{Anomaly, AnomalyKind, Command, Credentials, FtpMessage, Reply, Transfer};
use crate::frame::MAX_LINE;
use crate::line::{Line, LineReader, opening, reply, text, verb};
use crate::parser::{Expected, Failure, Input, OnGap, Probe, SessionParser};

/// The name of the parser of data connections.
pub(crate) const DATA: &str = "ftp-data";

/// Commands by which something goes over the data connection that was announced last.
pub const TRANSFERS: &[&str] = &["RETR", "STOR", "STOU", "APPE", "LIST", "NLST", "MLSD"];

/// Commands by which a stream is known to be of FTP.
const KNOWN: &[&str] =
    &["USER", "AUTH", "FEAT", "SYST", "PASV", "EPSV", "PORT", "EPRT", "OPTS", "PBSZ"];

/// Data connections announced that nobody has asked for: one is open at a time.
const MAX_EXPECTED: usize = 16;

/// What is kept and how much. Every bound is there by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FtpConfig {
    /// Bytes of a line. Default: 8192, a path of the longest kind and more.
    pub max_line: usize,
    /// Lines of a reply that are kept. Default: 256; greetings are the longest.
    pub max_reply_lines: usize,
    /// Commands that wait for their replies. Default: 256; FTP is not pipelined by most.
    pub max_pending: usize,
}

impl Default for FtpConfig {
    fn default() -> Self {
        Self { max_line: MAX_LINE, max_reply_lines: 256, max_pending: 256 }
    }
}

/// Reads the control connection of FTP. The side that opened it is the client.
///
/// Behind a gap it goes on with the next line.
#[doc(alias = "FtpFactory")]
#[derive(Clone, Debug, Default)]
pub struct FtpParser {
    config: FtpConfig,
    client_lines: LineReader,
    server_lines: LineReader,
    /// The code and the lines of a reply that goes on.
    reply: Option<(u16, Vec<String>)>,
    has_replied: bool,
    /// Commands that wait for their replies, in whose order these come.
    pending: VecDeque<Asked>,
    user: Option<String>,
    /// The data connection that the next transfer uses.
    data: Option<Expected>,
    expected: VecDeque<Expected>,
    /// Whether the reply to AUTH decides what the client's next bytes are.
    is_waiting: bool,
    is_tls: bool,
    timestamp: Timestamp,
}

/// A command that waits for its reply.
#[derive(Clone, Debug)]
struct Asked {
    verb: String,
    argument: String,
    /// The data connection that it announces: that of transfers behind it, once the server agrees.
    data: Option<Expected>,
}

type Out<'a> = &'a mut dyn FnMut(FtpMessage);

impl FtpParser {
    /// A parser with this configuration.
    pub fn new(config: FtpConfig) -> Self {
        Self { config, ..Self::default() }
    }

    fn client(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        if self.is_waiting && self.has_replied {
            return None;
        }
        let (line, read) = self.client_lines.next(bytes, self.config.max_line)?;
        let Some(line) = self.whole(line, Side::Initiator, out) else { return Some(read) };
        let (side, timestamp) = (Side::Initiator, self.timestamp);
        let (verb, argument) = verb(line);
        let argument = text(argument);
        let data = match &*verb {
            "PORT" => self.announce(FtpAddress::from_numbers(&argument), side, out),
            "EPRT" => self.announce(FtpAddress::from_extended(&argument), side, out),
            "LPRT" => self.announce(FtpAddress::from_long_numbers(&argument), side, out),
            _ => None,
        };
        self.is_waiting |= verb == "AUTH";
        if self.pending.len() >= self.config.max_pending {
            let first = self.pending.pop_front();
            self.data = first.and_then(|first| first.data).or(self.data);
            anomaly(side, timestamp, AnomalyKind::TooManyPending, out);
        }
        self.pending.push_back(Asked { verb: verb.clone(), argument: argument.clone(), data });
        out(FtpMessage::Command(Command { side, timestamp, verb, argument }));
        Some(read)
    }

    fn server(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        let (line, read) = self.server_lines.next(bytes, self.config.max_line)?;
        let Some(line) = self.whole(line, Side::Responder, out) else { return Some(read) };
        let found = reply(line);
        // Only the code of the first line ends a reply of several; what is between is any text.
        let Some((code, lines)) = &mut self.reply else {
            match found {
                Some((code, true, words)) => self.replied(code, vec![text(words)], out),
                Some((code, false, words)) => self.reply = Some((code, vec![text(words)])),
                None => anomaly(Side::Responder, self.timestamp, AnomalyKind::NotAReply, out),
            }
            return Some(read);
        };
        let is_same = found.filter(|(own, ..)| own == code);
        if lines.len() < self.config.max_reply_lines {
            lines.push(text(is_same.map_or(line, |(_, _, words)| words)));
        }
        if is_same.is_some_and(|(_, is_last, _)| is_last)
            && let Some((code, lines)) = self.reply.take()
        {
            self.replied(code, lines, out);
        }
        Some(read)
    }

    /// The bytes of a line that is one.
    fn whole<'a>(&self, line: Line<'a>, side: Side, out: Out<'_>) -> Option<&'a [u8]> {
        match line {
            Line::Whole(line) => Some(line),
            Line::TooLong(line) => {
                anomaly(side, self.timestamp, AnomalyKind::LineTooLong, out);
                Some(line)
            }
            Line::Rest => None,
        }
    }

    /// A reply is whole.
    fn replied(&mut self, code: u16, lines: Vec<String>, out: Out<'_>) {
        self.has_replied = true;
        let (side, timestamp) = (Side::Responder, self.timestamp);
        // A preliminary reply is followed by another to the same command.
        let asked =
            if code < 200 { self.pending.front().cloned() } else { self.pending.pop_front() };
        let command = asked.as_ref().map(|asked| asked.verb.clone());
        let words = lines.join(" ");
        out(FtpMessage::Reply(Reply { side, timestamp, code, lines, command }));
        // An address is one whatever was asked: the command may not have been seen.
        let data = match code {
            227 => self.announce(FtpAddress::from_numbers(&words), side, out),
            228 => self.announce(FtpAddress::from_long_numbers(&words), side, out),
            229 => self.announce(FtpAddress::from_extended(&words), side, out),
            200..300 => asked.as_ref().and_then(|asked| asked.data),
            _ => None,
        };
        self.data = data.or(self.data);
        let Some(Asked { verb, argument, .. }) = asked else { return };
        match &*verb {
            "USER" => {
                if code == 331 {
                    self.user = Some(argument);
                } else {
                    out(FtpMessage::Credentials(Credentials {
                        timestamp,
                        user: argument,
                        password: None,
                        code,
                    }));
                }
            }
            "PASS" => {
                let (user, password) = (self.user.take().unwrap_or_default(), Some(argument));
                out(FtpMessage::Credentials(Credentials { timestamp, user, password, code }));
            }
            "AUTH" => {
                self.is_waiting = false;
                self.is_tls = code == 234;
                if self.is_tls {
                    out(FtpMessage::StartTls { timestamp });
                }
            }
            // Without a preliminary reply nothing was transferred, or its reply was lost.
            _ if TRANSFERS.contains(&&*verb) && code < 200 => {
                let expected = self.data.take();
                out(FtpMessage::Transfer(Transfer {
                    timestamp,
                    verb,
                    path: argument,
                    expected,
                    code,
                }));
            }
            _ => {}
        }
    }

    fn announce(
        &mut self,
        found: Option<FtpAddress>,
        listener: Side,
        out: Out<'_>,
    ) -> Option<Expected> {
        let Some(FtpAddress { address, port }) = found else {
            anomaly(listener, self.timestamp, AnomalyKind::InvalidAddress, out);
            return None;
        };
        let expected = Expected { address, ..Expected::new(listener, port, DATA) };
        if self.expected.len() >= MAX_EXPECTED {
            self.expected.pop_front();
        }
        self.expected.push_back(expected);
        out(FtpMessage::Data { timestamp: self.timestamp, expected });
        Some(expected)
    }
}

impl SessionParser for FtpParser {
    type Message = FtpMessage;

    fn name(&self) -> &'static str {
        "ftp"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        let is_reply = |bytes: &[u8]| bytes.starts_with(b"220") || bytes.starts_with(b"120");
        if responder.len() >= 3 && !is_reply(responder) {
            return Probe::NoMatch;
        }
        match opening(initiator) {
            // USER and AUTH are of POP3 and others too: the greeting decides.
            Some(line) if KNOWN.contains(&&*verb(line).0) && is_reply(responder) => Probe::Match,
            Some(_) => Probe::NoMatch,
            None => {
                let could = |known: &&str| {
                    let len = known.len().min(initiator.len());
                    let start = (initiator.get(..len), known.as_bytes().get(..len));
                    matches!(start, (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
                };
                if KNOWN.iter().any(could) { Probe::NeedMore } else { Probe::NoMatch }
            }
        }
    }

    fn feed(
        &mut self,
        input: &Input<'_>,
        out: &mut dyn FnMut(Self::Message),
    ) -> Result<usize, Failure> {
        self.timestamp = input.timestamp;
        input.pieces(|rest| {
            Ok(match input.side {
                // Behind this byte of each side the other protocol starts.
                _ if self.is_tls => None,
                Side::Initiator => self.client(rest, out),
                Side::Responder => self.server(rest, out),
            })
        })
    }

    fn on_gap(
        &mut self,
        side: Side,
        _len: u64,
        _unread: &[u8],
        _out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        match side {
            Side::Initiator => self.client_lines.skip(),
            Side::Responder => {
                // Which commands the next reply answers is not known.
                self.server_lines.skip();
                self.reply = None;
                let last = self.pending.drain(..).rev().find_map(|asked| asked.data);
                self.data = last.or(self.data);
                self.is_waiting = false;
            }
        }
        OnGap::Resync
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        _ = self.feed(input, out);
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.is_tls.then_some("tls")
    }

    fn take_expected(&mut self) -> Option<Expected> {
        self.expected.pop_front()
    }
}

fn anomaly(side: Side, timestamp: Timestamp, what: AnomalyKind, out: Out<'_>) {
    out(FtpMessage::Anomaly(Anomaly { side, timestamp, what }));
}
