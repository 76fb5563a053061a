//! Syslog, [RFC 5424](https://www.rfc-editor.org/rfc/rfc5424) section 6 and, as it was before,
//! [RFC 3164](https://www.rfc-editor.org/rfc/rfc3164) section 4.

use std::fmt;

use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol};
use crate::{Role, Shape, Value};

/// RFC 5424, section 6.2.1: most digits of a priority.
const MAX_DIGITS: usize = 3;
/// Bytes of a time as RFC 3164 writes it, such as `Oct 11 22:14:15`.
const TIME_LEN: usize = 15;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Syslog<'a> {
    /// The number in angle brackets, if there is one: eight times the facility, and the severity.
    pub priority: Option<u16>,
    /// What is behind the priority.
    pub message: &'a [u8],
    /// Bytes of the priority and its brackets.
    priority_len: usize,
}

/// The parts of a message in the form of RFC 5424. A hyphen stands for a value that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyslogHeader<'a> {
    pub timestamp: &'a [u8],
    pub hostname: &'a [u8],
    pub app_name: &'a [u8],
    pub procid: &'a [u8],
    /// The message id, structured data and text.
    pub rest: &'a [u8],
}

/// The parts of a message in the form of RFC 3164.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyslogOldHeader<'a> {
    pub timestamp: &'a [u8],
    pub hostname: &'a [u8],
    /// The letters and digits at the front of the text: the name of a program, as a rule.
    pub tag: &'a [u8],
    /// What is behind the tag.
    pub content: &'a [u8],
}

impl<'a> Layer<'a> for Syslog<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some(behind) = bytes.strip_prefix(b"<") else {
            return match bytes {
                [] => Err(Malformed::Truncated { need: 1, have: 0 }),
                message => Ok(Self { priority: None, message, priority_len: 0 }),
            };
        };
        let digits = behind.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit());
        let (len, priority) = digits.fold((0_usize, 0_u16), |(len, priority), digit| {
            let priority = priority.saturating_mul(10).saturating_add(u16::from(digit & 15));
            (len.saturating_add(1), priority)
        });
        let behind = behind.get(len..).unwrap_or_default();
        let message = behind.strip_prefix(b">").unwrap_or(behind);
        let priority_len = bytes.len().saturating_sub(message.len());
        Ok(Self { priority: Some(priority), message, priority_len })
    }

    fn shape(&self) -> Shape {
        let header_len = self.priority_len.saturating_add(self.message.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if let (Some(facility), Some(severity)) = (self.facility(), self.severity()) {
            sink.number("syslog.facility", facility, 0..self.priority_len);
            sink.number("syslog.level", severity, 0..self.priority_len);
        }
        let whole = self.message;
        let mut part = |name, part: &[u8]| {
            // Parts are slices of the message, one behind the other.
            let at = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
            let at = at.saturating_add(self.priority_len);
            let text = std::str::from_utf8(part).map_or(Value::Bytes(part), Value::Text);
            sink.value(name, text, at..at.saturating_add(part.len()));
        };
        if whole.is_empty() {
            return;
        }
        part("syslog.msg", whole);
        if let Some(header) = self.header() {
            part("syslog.version", whole.get(..1).unwrap_or_default());
            let SyslogHeader { timestamp, hostname, app_name, procid, rest } = header;
            let parts = [
                ("syslog.timestamp", timestamp),
                ("syslog.hostname", hostname),
                ("syslog.appname", app_name),
                ("syslog.procid", procid),
                ("syslog.msgid", rest),
            ];
            let present = parts.into_iter().take_while(|(_, bytes)| !bytes.is_empty());
            present.for_each(|(name, bytes)| part(name, bytes));
        } else if let Some(header) = self.old_header() {
            let SyslogOldHeader { timestamp, hostname, tag, content } = header;
            part("syslog.timestamp_rfc3164", timestamp);
            let parts =
                [("syslog.hostname", hostname), ("syslog.procid", tag), ("syslog.msgid", content)];
            let present = parts.into_iter().take_while(|(_, bytes)| !bytes.is_empty());
            present.for_each(|(name, bytes)| part(name, bytes));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.message);
        let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        line.take(80).try_for_each(|c| fmt::Write::write_char(f, c))
    }
}

impl<'a> Syslog<'a> {
    /// Which part of a system speaks, 0 to 23 in good faith.
    pub fn facility(&self) -> Option<u16> {
        self.priority.map(|priority| priority >> 3)
    }

    /// How bad it is, 0 worst, 7 for debugging.
    pub fn severity(&self) -> Option<u16> {
        self.priority.map(|priority| priority & 7)
    }

    /// The parts of the message, if it has the form of RFC 5424 with version 1. Those behind the
    /// end of the message are empty.
    pub fn header(&self) -> Option<SyslogHeader<'a>> {
        let mut rest = self.message.strip_prefix(b"1 ")?;
        let mut word = || {
            let end = rest.iter().position(|byte| *byte == b' ')?;
            let (word, behind) = rest.split_at_checked(end)?;
            rest = behind.get(1..)?;
            Some(word)
        };
        let [timestamp, hostname, app_name, procid] = [(); 4].map(|()| word());
        let is_whole = procid.is_some();
        let [timestamp, hostname, app_name, procid] =
            [timestamp, hostname, app_name, procid].map(Option::unwrap_or_default);
        let rest = if is_whole { rest } else { &[] };
        Some(SyslogHeader { timestamp, hostname, app_name, procid, rest })
    }

    /// The parts of the message, if it has the form of RFC 3164. The host name and what follows it
    /// are empty, if no space ends it.
    pub fn old_header(&self) -> Option<SyslogOldHeader<'a>> {
        let (timestamp, behind) = self.message.split_at_checked(TIME_LEN)?;
        let rest = behind.strip_prefix(b" ")?;
        let has = |at: usize, byte| timestamp.get(at) == Some(&byte);
        if !(has(3, b' ') && has(6, b' ') && has(9, b':') && has(12, b':')) {
            return None;
        }
        let end = rest.iter().position(|byte| *byte == b' ');
        let (hostname, text) = end.and_then(|end| rest.split_at_checked(end)).unwrap_or_default();
        let text = text.get(1..).unwrap_or_default();
        let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let (tag, content) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or_default();
        Some(SyslogOldHeader { timestamp, hostname, tag, content })
    }
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyslogBuilder<'a> {
    /// Eight times the facility, and the severity.
    pub priority: Option<u16>,
    /// What is behind the priority.
    pub message: &'a [u8],
}

impl Encode for SyslogBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if let Some(priority) = self.priority {
            if priority > 999 {
                let (layer, value) = (PROTOCOL.name, priority.into());
                return Err(EncodeError::TooLarge { layer, field: "PRI", value });
            }
            out.extend(format!("<{priority}>").bytes());
        }
        out.extend_from_slice(self.message);
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SYSLOG,
    "syslog",
    "Syslog",
    |bytes, outer| Syslog::parse_in(bytes, outer).map(|syslog| syslog.shape()),
    |bytes, outer, visitor| Syslog::parse_in(bytes, outer).map(|syslog| visitor(&syslog)),
)
.specification("RFC 5424")
.role(Role::Application)
.claims(&[Key::udp_port(514)])
.template(b"<13>");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden;

    #[test]
    fn fields_are_those_of_tshark() {
        let fixture = include_str!("../../tests/tshark/syslog.txt");
        // tshark finds the priority without a message malformed, and shows a newline as a space.
        let (told, rest) = fixture.split_once("\n= priority alone").unwrap();
        let (_, rest) = rest.split_once("\n= priority of three").unwrap();
        let times = &["syslog.timestamp"];
        golden::check(told, &["syslog"], times, times);
        let rest = format!("\n= priority of three{rest}");
        let (rest, last) = rest.split_once("\n= newline").unwrap();
        golden::check(rest, &["syslog"], &[], &[]);
        let (_, days) = last.split_once("\n= day").unwrap();
        golden::check(&format!("\n= day{days}"), &["syslog"], &[], &[]);
    }

    #[test]
    fn parts_of_both_forms_are_told_apart() {
        let new = Syslog::parse(b"<165>1 2003-10-11T22:14:15Z host app 7 ID - text").unwrap();
        let header = new.header().unwrap();
        assert_eq!(
            (header.hostname, header.procid, header.rest),
            (&b"host"[..], &b"7"[..], &b"ID - text"[..])
        );
        assert_eq!((new.facility(), new.severity(), new.old_header()), (Some(20), Some(5), None));
        let old = Syslog::parse(b"<34>Oct 11 22:14:15 host su: text").unwrap();
        let header = old.old_header().unwrap();
        assert_eq!(
            (header.hostname, header.tag, header.content),
            (&b"host"[..], &b"su"[..], &b": text"[..])
        );
        assert_eq!(old.header(), None);
    }

    #[test]
    fn a_line_for_people_has_no_control_characters() {
        let syslog = Syslog::parse(b"<1>a\n\x1b[2Jb").unwrap();
        assert_eq!(fmt::from_fn(|f| syslog.summary(f)).to_string(), "a  [2Jb");
        assert_eq!(Syslog::parse(b""), Err(Malformed::Truncated { need: 1, have: 0 }));
    }

    proptest! {
        #[test]
        fn any_message_is_read_as_it_was_written(priority in prop::option::of(0..999_u16), message in "[a-z][ -~]{0,80}") {
            let builder = SyslogBuilder { priority, message: message.as_bytes() };
            let mut out = Vec::new();
            builder.encode(&mut out).unwrap();
            let syslog = Syslog::parse(&out).unwrap();
            prop_assert_eq!((syslog.priority, syslog.message), (priority, message.as_bytes()));
        }

        #[test]
        fn any_bytes_have_their_fields_inside(bytes in prop::collection::vec(any::<u8>(), 1..80), form in 0..3_u8) {
            let front: &[u8] = [&b""[..], b"<1>1 a b ", b"<1>Oct 11 22:14:15 h "][usize::from(form)];
            let bytes = [front, &bytes].concat();
            Syslog::parse(&bytes).unwrap().fields(&mut |field: crate::Field<'_>| {
                assert!(field.bytes.end <= bytes.len(), "{field:?}");
            });
        }
    }
}
