//! Mails: Zeek's `smtp.log`.

use rheos_l7::smtp::{Mail, SmtpMessage};

use super::logs::Row;
use super::record::column;
use super::{Log, Value};

/// A mail.
pub static SMTP: Log = Log::new(
    "smtp",
    "smtp",
    &[
        column("trans_depth", "count", ""),
        column("helo", "string", "helo"),
        column("mailfrom", "string", "mail_from"),
        column("rcptto", "set[string]", "rcpt_to"),
        column("last_reply", "string", ""),
        column("tls", "bool", ""),
        column("size", "count", ""),
    ],
);

/// What a connection of SMTP has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct SmtpState {
    mails: u64,
    is_tls: bool,
}

impl SmtpState {
    /// The record of a message, if it is one to write down. Where TLS starts, what follows is hidden,
    /// and told as a connection without a mail.
    pub(super) fn take(&mut self, message: &SmtpMessage) -> Option<Row> {
        match message {
            SmtpMessage::Mail(mail) => {
                self.mails = self.mails.saturating_add(1);
                Some(self.row(mail))
            }
            SmtpMessage::StartTls { timestamp } => {
                self.is_tls = true;
                let mut values = vec![Value::Unset; SMTP.columns.len()];
                if let Some(tls) = values.get_mut(5) {
                    *tls = true.into();
                }
                Some(Row::new(&SMTP, Some(*timestamp), values))
            }
            _ => None,
        }
    }

    fn row(&self, mail: &Mail) -> Row {
        let helo = (!mail.helo.is_empty()).then(|| mail.helo.clone());
        let recipients = mail.recipients.iter().map(|recipient| recipient.path.clone()).collect();
        let values = vec![
            self.mails.into(),
            helo.into(),
            mail.from.as_str().into(),
            Value::Texts(recipients),
            mail.code.map(|code| format!("{code} {}", mail.reply)).into(),
            self.is_tls.into(),
            // Of one whose content nobody sent there is none.
            (mail.is_sent || mail.len > 0).then_some(mail.len).into(),
        ];
        Row::new(&SMTP, Some(mail.timestamp), values)
    }
}
