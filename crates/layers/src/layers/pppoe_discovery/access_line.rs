//! What a tag of the Broadband Forum says of the access line,
//! [TR-101](https://www.broadband-forum.org/pdfs/tr-101-2-0-0.pdf) appendix and
//! [RFC 4679](https://www.rfc-editor.org/rfc/rfc4679) section 3.3.

use crate::layers::ppp::control::text;
use crate::parts::Parts;
use crate::{FieldSink, Malformed};

/// The Broadband Forum's number, once the ADSL Forum's.
pub(super) const BROADBAND_FORUM: u32 = 3561;

/// Wireshark's names for numbers of 32 bits, from the kind 0x81 on.
const NUMBERS: [&str; 14] = [
    "pppoed.tags.act_data_rate_up",
    "pppoed.tags.act_data_rate_down",
    "pppoed.tags.min_data_rate_up",
    "pppoed.tags.min_data_rate_down",
    "pppoed.tags.attainable_data_rate_up",
    "pppoed.tags.attainable_data_rate_down",
    "pppoed.tags.max_data_rate_up",
    "pppoed.tags.max_data_rate_down",
    "pppoed.tags.min_data_rate_up_lp",
    "pppoed.tags.min_data_rate_down_lp",
    "pppoed.tags.max_int_delay_up",
    "pppoed.tags.act_int_delay_up",
    "pppoed.tags.max_int_delay_down",
    "pppoed.tags.act_int_delay_down",
];

/// One thing known of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PppoeAccessLine<'a> {
    /// The line, by its access node.
    CircuitId(&'a [u8]),
    /// The user, by its access node.
    RemoteId(&'a [u8]),
    /// A data rate in kbit/s or a delay in milliseconds, by its kind: 0x81 to 0x8e.
    Number { kind: u8, value: u32 },
    /// Data link, and two encapsulations.
    Encapsulation([u8; 3]),
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// What is known of the line. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct PppoeAccessLines<'a>(Parts<'a>);

impl<'a> PppoeAccessLines<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(Parts::new(data))
    }
}

impl<'a> Iterator for PppoeAccessLines<'a> {
    type Item = Result<PppoeAccessLine<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let line = take(&mut self.0);
        if line.is_err() {
            self.0.rest = &[];
        }
        Some(line)
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<PppoeAccessLine<'a>, Malformed> {
    let &[kind, length] = parts.take::<[u8; 2]>()?;
    Ok(match (kind, parts.bytes(length.into())?) {
        (0x01, data) => PppoeAccessLine::CircuitId(data),
        (0x02, data) => PppoeAccessLine::RemoteId(data),
        (0x81..=0x8e, &[a, b, c, d]) => {
            PppoeAccessLine::Number { kind, value: u32::from_be_bytes([a, b, c, d]) }
        }
        (0x90, &[link, first, second]) => PppoeAccessLine::Encapsulation([link, first, second]),
        (kind, data) => PppoeAccessLine::Unknown { kind, data },
    })
}

/// Reports what is known of the line, from the place `start` of the layer on.
pub(super) fn fields(data: &[u8], start: usize, sink: &mut dyn FieldSink) {
    let mut lines = PppoeAccessLines::new(data);
    loop {
        // Behind kind and length.
        let at = start.saturating_add(lines.0.taken()).saturating_add(2);
        let Some(line) = sink.sound(lines.next(), at.saturating_sub(2)) else { return };
        let end = start.saturating_add(lines.0.taken());
        match line {
            PppoeAccessLine::CircuitId(id) => {
                sink.value("pppoed.tags.circuit_id", text(id), at..end);
            }
            PppoeAccessLine::RemoteId(id) => {
                sink.value("pppoed.tags.remote_id", text(id), at..end);
            }
            PppoeAccessLine::Number { kind, value } => {
                let name = NUMBERS.get(usize::from(kind & 0x0f).saturating_sub(1));
                name.into_iter().for_each(|name| sink.number(name, value, at..end));
            }
            PppoeAccessLine::Encapsulation(encapsulation) => {
                const NAMES: [&str; 3] = [
                    "pppoed.tags.access_loop_encap.data_link",
                    "pppoed.tags.access_loop_encap.encap_1",
                    "pppoed.tags.access_loop_encap.encap_2",
                ];
                for ((at, name), number) in (at..).zip(NAMES).zip(encapsulation) {
                    sink.number(name, number, at..at.saturating_add(1));
                }
            }
            // Wireshark has no names for these.
            PppoeAccessLine::Unknown { .. } => {}
        }
    }
}
