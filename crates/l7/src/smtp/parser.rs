//! Both sides of a stream of SMTP.

use std::collections::VecDeque;

use rheos_core::{Side, Timestamp};

use super::auth::Auth;
use super::data::{Content, Data};
use super::message::{Anomaly, AnomalyKind, Command, Mail, Recipient, SmtpMessage};
use super::probe;
use crate::frame::MAX_LINE;
use crate::line::{Line, LineReader, text, verb};
use crate::parser::{Failure, Input, OnGap, Probe, SessionParser};

/// The verb that stands for the content of a mail.
pub(super) const CONTENT: &str = ".";

/// Mails that wait for their answer with the front of their content: a client that pipelines more keeps only
/// who sends them to whom, or it would keep what it likes in memory.
const MAX_FRONTS: usize = 16;

/// What is kept and how much. Every bound is there by default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmtpConfig {
    /// Bytes of a line. Default: 8192, many times what section 4.5.3.1 asks for.
    pub max_line: usize,
    /// Lines of a reply. Default: 256; EHLO is answered by some twenty.
    pub max_reply_lines: usize,
    /// Commands that wait for their replies. Default: 1000, a mail with many recipients pipelined.
    pub max_pending: usize,
    /// Recipients of a mail that are kept. Default: 1000, ten times what section 4.5.3.1.8 asks for.
    pub max_recipients: usize,
    /// Bytes of a mail's content that are kept, for its header. Default: 16 KiB.
    pub max_front: usize,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        let (max_pending, max_recipients) = (1000, 1000);
        let max_front = 16 << 10;
        Self { max_line: MAX_LINE, max_reply_lines: 256, max_pending, max_recipients, max_front }
    }
}

/// Reads SMTP on both sides of a stream. The side that opened it is the client.
///
/// Behind a gap it goes on with the next line; a gap in content of known length loses nothing else.
#[doc(alias = "SmtpFactory")]
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own")]
pub struct SmtpParser {
    pub(super) config: SmtpConfig,
    pub(super) client: Client,
    client_lines: LineReader,
    pub(super) server_lines: LineReader,
    /// Lines of a reply that goes on.
    pub(super) reply: Vec<String>,
    pub(super) has_replied: bool,
    pub(super) pending: VecDeque<String>,
    helo: String,
    pub(super) mail: Option<Mail>,
    /// Whether that was begun by a command of its own, and not by what goes with it.
    is_begun: bool,
    /// Mails whose content is not answered.
    pub(super) sent: VecDeque<Mail>,
    pub(super) auth: Option<Auth>,
    pub(super) is_tls: bool,
    /// Whether the line of the last command ends with LF alone.
    pub(super) is_lf: bool,
    /// Whether bytes behind STARTTLS have been told.
    is_noted: bool,
    /// The side that ended first.
    ended: Option<Side>,
    pub(super) timestamp: Timestamp,
}

/// What the client sends next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Client {
    #[default]
    Commands,
    /// What the reply to this decides.
    Waits(Wait),
    Data(Data),
    /// As many bytes of content, of the last piece or not.
    Chunk(u64, bool),
    /// An answer in an exchange of AUTH.
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Data,
    Auth,
    StartTls,
}

pub(super) type Out<'a> = &'a mut dyn FnMut(SmtpMessage);

impl SmtpParser {
    /// A parser with this configuration.
    pub fn new(config: SmtpConfig) -> Self {
        Self { config, ..Self::default() }
    }

    fn client(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        match self.client {
            Client::Commands | Client::Answer => self.client_line(bytes, out),
            Client::Waits(wait) if self.has_replied => {
                if wait == Wait::StartTls {
                    self.note_bytes_behind_start_tls(out);
                }
                None
            }
            // Nobody is heard who could decide: it is as if it was agreed.
            Client::Waits(wait) => {
                self.client = match wait {
                    Wait::Data => Client::Data(Data::new(self.is_lf)),
                    Wait::Auth => Client::Answer,
                    Wait::StartTls => {
                        self.is_tls = true;
                        Client::Commands
                    }
                };
                Some(0)
            }
            Client::Data(mut data) => {
                let content = data.next(bytes)?;
                self.client = Client::Data(data);
                let mail = self.mail.get_or_insert_default();
                let (read, len) = match content {
                    Content::Bytes(len) => (len, len),
                    Content::Odd(what, len) => {
                        anomaly(Side::Initiator, self.timestamp, what, out);
                        (len, len)
                    }
                    Content::Stuffing => {
                        mail.stuffed = mail.stuffed.saturating_add(1);
                        (1, 0)
                    }
                    Content::End(len) => {
                        self.content_ends(out);
                        return Some(len);
                    }
                };
                mail.keep(self.config.max_front, bytes.get(..len).unwrap_or_default());
                Some(read)
            }
            Client::Chunk(left, is_last) => {
                let read = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let mail = self.mail.get_or_insert_default();
                mail.keep(self.config.max_front, bytes.get(..read).unwrap_or_default());
                self.chunk_goes_on(left.saturating_sub(read as u64), is_last, out);
                Some(read)
            }
        }
    }

    fn client_line(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        let (line, read) = self.client_lines.next(bytes, self.config.max_line)?;
        let (side, timestamp) = (Side::Initiator, self.timestamp);
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(line) => {
                anomaly(side, timestamp, AnomalyKind::LineTooLong, out);
                line
            }
            Line::Rest => return Some(read),
        };
        if matches!(self.client, Client::Answer) {
            if let Some(auth) = &mut self.auth {
                auth.answer(line);
            }
            self.client =
                if self.has_replied { Client::Waits(Wait::Auth) } else { Client::Commands };
            self.wait("AUTH".to_owned(), out);
            return Some(read);
        }
        self.is_lf = bytes.get(line.len()) == Some(&b'\n');
        let (verb, argument) = verb(line);
        let argument = text(argument);
        let known = Command { side, timestamp, verb: verb.clone(), argument: argument.clone() };
        out(SmtpMessage::Command(known));
        self.command(verb, &argument, out);
        Some(read)
    }

    /// What follows from a command.
    fn command(&mut self, verb: String, argument: &str, out: Out<'_>) {
        match &*verb {
            "HELO" | "EHLO" | "LHLO" => {
                self.give_up(out);
                argument.clone_into(&mut self.helo);
            }
            "RSET" | "QUIT" => self.give_up(out),
            "MAIL" => {
                self.give_up(out);
                let (helo, from) = (self.helo.clone(), path(argument));
                self.mail = Some(Mail { helo, from, ..Mail::default() });
                self.is_begun = true;
            }
            "RCPT" => {
                let max = self.config.max_recipients;
                let mail = self.mail.get_or_insert_default();
                if mail.recipients.len() < max {
                    mail.recipients.push(Recipient { path: path(argument), code: None });
                } else {
                    anomaly(Side::Initiator, self.timestamp, AnomalyKind::TooManyRecipients, out);
                }
            }
            "DATA" => self.client = Client::Waits(Wait::Data),
            "STARTTLS" => {
                self.client = Client::Waits(Wait::StartTls);
                self.is_noted = false;
            }
            "AUTH" => {
                self.auth = Some(Auth::new(argument));
                self.client = Client::Waits(Wait::Auth);
            }
            "BDAT" => {
                let mut words = argument.split_ascii_whitespace();
                let len = words.next().and_then(|len| len.parse().ok());
                let mark = words.next();
                let is_last = mark.is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
                // RFC 3030, section 2: nothing else stands behind the size. A server that refuses the
                // command reads no chunk.
                let is_sound = (mark.is_none() || is_last) && words.next().is_none();
                if let Some(len) = len.filter(|_| is_sound) {
                    let mail = self.mail.get_or_insert_default();
                    mail.chunks = mail.chunks.saturating_add(1);
                    self.chunk_goes_on(len, is_last, out);
                    if !is_last {
                        self.wait(verb, out);
                    }
                    return;
                }
            }
            _ => {}
        }
        self.wait(verb, out);
    }

    fn chunk_goes_on(&mut self, left: u64, is_last: bool, out: Out<'_>) {
        self.client = Client::Chunk(left, is_last);
        if left == 0 {
            self.client = Client::Commands;
            if is_last {
                self.content_ends(out);
            }
        }
    }

    /// The content of a mail is whole.
    fn content_ends(&mut self, out: Out<'_>) {
        self.client = Client::Commands;
        self.is_begun = false;
        let mail = self.mail.take().unwrap_or_default();
        let mut mail = Mail { is_sent: true, timestamp: self.timestamp, ..mail };
        if self.sent.len() >= MAX_FRONTS {
            mail.front = Vec::new();
        }
        // As many as commands may wait.
        if self.sent.len() >= self.config.max_pending
            && let Some(mail) = self.sent.pop_front()
        {
            out(SmtpMessage::Mail(mail));
        }
        self.sent.push_back(mail);
        self.wait(CONTENT.to_owned(), out);
    }

    /// Nothing more comes of the mail at hand.
    pub(super) fn give_up(&mut self, out: Out<'_>) {
        let is_begun = std::mem::take(&mut self.is_begun);
        let Some(mail) = self.mail.take() else { return };
        if is_begun || mail.len > 0 || mail.chunks > 0 {
            out(SmtpMessage::Mail(Mail { timestamp: self.timestamp, ..mail }));
        }
    }

    fn wait(&mut self, verb: String, out: Out<'_>) {
        if self.pending.len() >= self.config.max_pending {
            self.pending.pop_front();
            anomaly(Side::Initiator, self.timestamp, AnomalyKind::TooManyPending, out);
        }
        self.pending.push_back(verb);
    }

    fn note_bytes_behind_start_tls(&mut self, out: Out<'_>) {
        if !std::mem::replace(&mut self.is_noted, true) {
            anomaly(Side::Initiator, self.timestamp, AnomalyKind::BytesBehindStartTls, out);
        }
    }
}

impl SessionParser for SmtpParser {
    type Message = SmtpMessage;

    fn name(&self) -> &'static str {
        "smtp"
    }

    fn probe(&self, initiator: &[u8], responder: &[u8]) -> Probe {
        probe::probe(initiator, responder)
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
        len: u64,
        unread: &[u8],
        out: &mut dyn FnMut(Self::Message),
    ) -> OnGap {
        if side == Side::Responder {
            // Which commands the next reply answers is not known; those that wait decide nothing.
            self.server_lines.skip();
            self.reply.clear();
            self.pending.clear();
            if matches!(self.client, Client::Waits(Wait::Data)) {
                self.client = Client::Data(Data::new(self.is_lf));
            } else if matches!(self.client, Client::Waits(_)) {
                self.client = Client::Commands;
            }
            self.sent.drain(..).for_each(|mail| out(SmtpMessage::Mail(mail)));
            return OnGap::Resync;
        }
        let missing = len.saturating_add(unread.len() as u64);
        match &mut self.client {
            Client::Data(data) => {
                data.gap();
                lose(&mut self.mail, missing);
            }
            Client::Chunk(left, is_last) if missing <= *left => {
                let (left, is_last) = (left.saturating_sub(missing), *is_last);
                lose(&mut self.mail, missing);
                self.chunk_goes_on(left, is_last, out);
            }
            _ => {
                self.client = Client::Commands;
                self.client_lines.skip();
            }
        }
        OnGap::Resync
    }

    fn on_end(&mut self, input: &Input<'_>, out: &mut dyn FnMut(Self::Message)) {
        _ = self.feed(input, out);
        if input.side == Side::Responder {
            self.sent.drain(..).for_each(|mail| out(SmtpMessage::Mail(mail)));
        }
        // Either side may have something to say of it until then.
        match self.ended {
            Some(other) if other != input.side => self.give_up(out),
            _ => self.ended = Some(input.side),
        }
    }

    fn hand_over(&self) -> Option<&'static str> {
        self.is_tls.then_some("tls")
    }
}

pub(super) fn anomaly(side: Side, timestamp: Timestamp, what: AnomalyKind, out: Out<'_>) {
    out(SmtpMessage::Anomaly(Anomaly { side, timestamp, what }));
}

fn lose(mail: &mut Option<Mail>, missing: u64) {
    let mail = mail.get_or_insert_default();
    mail.len = mail.len.saturating_add(missing);
    mail.missing = mail.missing.saturating_add(missing);
}

/// The path in `FROM:<path> …` or `TO:<path> …`.
fn path(argument: &str) -> String {
    let behind = argument.split_once(':').map_or(argument, |(_, path)| path).trim_start();
    let inner = behind.strip_prefix('<').and_then(|path| path.split_once('>'));
    let path = inner.map_or_else(|| behind.split(' ').next().unwrap_or_default(), |(path, _)| path);
    path.to_owned()
}
