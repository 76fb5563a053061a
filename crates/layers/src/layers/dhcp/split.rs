//! Options that are split over several of one code, [RFC 3396](https://www.rfc-editor.org/rfc/rfc3396).

use super::options::RawOption;
use super::{DhcpOptionCode, DhcpOptions};

/// The options that fields put together, as Wireshark does: those that are long most often. Of any other,
/// each part shows what it says by itself.
const LONG: [DhcpOptionCode; 2] = [DhcpOptionCode::DOMAIN_SEARCH, DhcpOptionCode::SIP_SERVERS];

/// Where an option is understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// By itself.
    Here,
    /// With another of its code that is behind it.
    Later,
    /// With those of its code in front of it, whose data and its own this is.
    OfAll(Vec<u8>),
}

/// How often each of the long options is there, and the place of its last part.
pub(super) struct Parts<'a> {
    options: DhcpOptions<'a>,
    found: [(usize, usize); LONG.len()],
}

impl<'a> Parts<'a> {
    /// Looks for parts among options.
    pub(super) fn of(options: &DhcpOptions<'a>) -> Self {
        let mut found = [(0_usize, 0); LONG.len()];
        let mut rest = options.clone();
        while let Some(Ok(raw)) = rest.next_raw() {
            for (code, (count, last)) in LONG.iter().zip(&mut found) {
                if raw.code == *code {
                    (*count, *last) = (count.saturating_add(1), raw.at);
                }
            }
        }
        Self { options: options.clone(), found }
    }

    /// Where one of the options is understood.
    pub(super) fn meaning(&self, raw: &RawOption<'a>) -> Meaning {
        let mut parts = LONG.iter().zip(self.found);
        match parts.find(|(code, _)| **code == raw.code) {
            None | Some((_, (..=1, _))) => Meaning::Here,
            Some((_, (_, last))) if last != raw.at => Meaning::Later,
            Some((code, _)) => {
                let (mut data, mut rest) = (Vec::new(), self.options.clone());
                while let Some(Ok(part)) = rest.next_raw() {
                    if part.code == *code {
                        data.extend_from_slice(part.data);
                    }
                }
                Meaning::OfAll(data)
            }
        }
    }
}
