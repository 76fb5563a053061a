//! What the server says, and what follows from it.

use rheos_core::Side;

use super::data::Data;
use super::message::{AnomalyKind, Mail, Reply, SmtpMessage};
use super::parser::{CONTENT, Client, Out, SmtpParser, Wait, anomaly};
use crate::line::{Line, reply, text};

impl SmtpParser {
    pub(super) fn server(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        let (line, read) = self.server_lines.next(bytes, self.config.max_line)?;
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(line) => {
                anomaly(Side::Responder, self.timestamp, AnomalyKind::LineTooLong, out);
                line
            }
            Line::Rest => return Some(read),
        };
        let Some((code, is_last, words)) = reply(line) else {
            anomaly(Side::Responder, self.timestamp, AnomalyKind::NotAReply, out);
            return Some(read);
        };
        if self.reply.len() < self.config.max_reply_lines {
            self.reply.push(text(words));
        }
        if is_last {
            let lines = std::mem::take(&mut self.reply);
            self.replied(code, lines, out);
        }
        Some(read)
    }

    /// A reply is whole.
    fn replied(&mut self, code: u16, lines: Vec<String>, out: Out<'_>) {
        self.has_replied = true;
        let (side, timestamp) = (Side::Responder, self.timestamp);
        let command = self.pending.pop_front();
        let answered = command.clone();
        let words = lines.last().cloned().unwrap_or_default();
        out(SmtpMessage::Reply(Reply { side, timestamp, code, lines, command }));
        let is_of_mail = match answered.as_deref() {
            Some(verb) => matches!(verb, "MAIL" | "RCPT" | "DATA" | "BDAT"),
            // Whose last piece comes now has not asked for a reply as yet, and is refused.
            None => matches!(self.client, Client::Chunk(..)),
        };
        if let Some(mail) = self.mail.as_mut().filter(|_| is_of_mail) {
            (mail.code, mail.reply) = (Some(code), words.clone());
        }
        match answered.as_deref() {
            Some("RCPT") => {
                let recipients = self.mail.iter_mut().flat_map(|mail| &mut mail.recipients);
                if let Some(recipient) = recipients.into_iter().find(|own| own.code.is_none()) {
                    recipient.code = Some(code);
                }
            }
            Some("DATA") => {
                if matches!(self.client, Client::Waits(Wait::Data)) {
                    let data = Client::Data(Data::new(self.is_lf));
                    self.client = if code == 354 { data } else { Client::Commands };
                }
            }
            Some(CONTENT) => {
                if let Some(mail) = self.sent.pop_front() {
                    let (code, reply) = (Some(code), words);
                    out(SmtpMessage::Mail(Mail { timestamp, code, reply, ..mail }));
                }
            }
            Some("AUTH") if code == 334 => self.client = Client::Answer,
            Some("AUTH") => {
                self.client = Client::Commands;
                if let Some(auth) = self.auth.take() {
                    out(SmtpMessage::Credentials(auth.finish(timestamp, code)));
                }
            }
            Some("STARTTLS") => {
                self.client = Client::Commands;
                if code == 220 {
                    self.give_up(out);
                    self.is_tls = true;
                    out(SmtpMessage::StartTls { timestamp });
                }
            }
            _ => {}
        }
    }
}
