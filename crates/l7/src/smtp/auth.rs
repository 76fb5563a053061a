//! The names and passwords of AUTH ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use rheos_core::Timestamp;

use super::message::Credentials;
use crate::line::text;

/// Answers of a client in one exchange: LOGIN takes two, and no mechanism in use more than a few.
const MAX_ANSWERS: usize = 8;

/// An exchange that is under way.
#[derive(Clone, Debug)]
pub(super) struct Auth {
    mechanism: String,
    answers: Vec<Vec<u8>>,
}

impl Auth {
    /// The exchange that a command starts.
    pub(super) fn new(argument: &str) -> Self {
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        let mut auth = Self { mechanism: mechanism.to_ascii_uppercase(), answers: Vec::new() };
        match initial.trim() {
            "" => {}
            // An empty answer.
            "=" => auth.answers.push(Vec::new()),
            initial => auth.answer(initial.as_bytes()),
        }
        auth
    }

    /// A line of the client's.
    pub(super) fn answer(&mut self, line: &[u8]) {
        if self.answers.len() < MAX_ANSWERS {
            self.answers.push(STANDARD.decode(line.trim_ascii()).unwrap_or_default());
        }
    }

    /// What was said, once the server has judged it.
    pub(super) fn finish(self, timestamp: Timestamp, code: u16) -> Credentials {
        let first = self.answers.first();
        let (user, password) = match &*self.mechanism {
            "PLAIN" => {
                // Whom to act for, who one is, and the password (RFC 4616).
                let mut parts = first.map(|first| first.splitn(3, |byte| *byte == 0).skip(1));
                let mut next = || parts.as_mut().and_then(Iterator::next).map(text);
                (next(), next())
            }
            "LOGIN" => (first.map(|user| text(user)), self.answers.get(1).map(|word| text(word))),
            // A name, a space and a digest (RFC 2195).
            "CRAM-MD5" => {
                let name =
                    |answer: &Vec<u8>| answer.rsplitn(2, |byte| *byte == b' ').nth(1).map(text);
                (first.and_then(name), None)
            }
            "XOAUTH2" => {
                let user = |answer: &Vec<u8>| {
                    let user = answer.split(|byte| *byte == 1).next()?;
                    user.strip_prefix(b"user=").map(text)
                };
                (first.and_then(user), None)
            }
            _ => (None, None),
        };
        Credentials { timestamp, mechanism: self.mechanism, user, password, code }
    }
}
