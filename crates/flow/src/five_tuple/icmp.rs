//! Control messages: which answer which, and which have an identifier.

/// Questions of ICMP and their answers, and whether both have an identifier: RFC 792, RFC 950,
/// RFC 1256 and RFC 8335.
const PAIRS: &[(u8, u8, bool)] =
    &[(8, 0, true), (13, 14, true), (15, 16, true), (17, 18, true), (10, 9, false), (42, 43, true)];

/// The same of `ICMPv6`: RFC 4443, RFC 2710, RFC 4861, RFC 4620, RFC 6275 and RFC 8335.
const PAIRS_V6: &[(u8, u8, bool)] = &[
    (128, 129, true),
    (130, 131, false),
    (133, 134, false),
    (135, 136, false),
    (139, 140, false),
    (144, 145, true),
    (160, 161, true),
];

/// A control message as flows see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// Its type, or that of the question that it answers.
    pub(super) kind: u8,
    /// Its code, if it is one that nobody answers.
    pub(super) code: u8,
    pub(super) is_answer: bool,
    /// Whether there is an identifier behind the checksum.
    pub(super) has_identifier: bool,
}

impl Message {
    pub(super) fn new(is_v6: bool, kind: u8, code: u8) -> Self {
        let mut pairs = if is_v6 { PAIRS_V6 } else { PAIRS }.iter();
        let pair = pairs.find(|(ask, answer, _)| [*ask, *answer].contains(&kind));
        match pair {
            Some(&(ask, answer, has_identifier)) => {
                Self { kind: ask, code: 0, is_answer: kind == answer, has_identifier }
            }
            None => Self { kind, code, is_answer: false, has_identifier: false },
        }
    }
}

/// The type of the message that answers one, or that it answers, for those who go by the table of
/// Zeek and the Community ID, which have no extended echo.
pub(crate) fn counterpart(is_v6: bool, kind: u8) -> Option<u8> {
    let pairs = if is_v6 { PAIRS_V6 } else { PAIRS };
    let old = pairs.iter().filter(|(ask, ..)| ![42, 160].contains(ask));
    old.into_iter().find_map(|&(ask, answer, _)| match kind {
        kind if kind == ask => Some(answer),
        kind if kind == answer => Some(ask),
        _ => None,
    })
}
