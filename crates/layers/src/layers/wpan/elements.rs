//! Information elements, IEEE Std 802.15.4 section 7.4.
//!
//! ```text
//!  0             7               15
//! |   length    | element id    | 0 |  in the header
//! |       length        |  id   | 1 |  in front of the payload, from bit 11 on
//! ```

use crate::Malformed;

/// Bytes in front of the content.
const HEADER_LEN: usize = 2;
/// Ends the elements of the header; those of the payload follow.
const HEADER_TERMINATION_1: u8 = 0x7e;
/// Ends the elements of the header; the payload follows.
const HEADER_TERMINATION_2: u8 = 0x7f;
/// Ends the elements of the payload.
const PAYLOAD_TERMINATION: u8 = 0xf;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WpanElement<'a> {
    /// What it is, in the space of the header or that of the payload.
    pub id: u8,
    pub content: &'a [u8],
}

/// The elements of a header or a payload. Ends behind the one that ends them, and the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WpanElements<'a> {
    rest: &'a [u8],
    is_payload: bool,
}

impl<'a> WpanElements<'a> {
    pub(super) fn header(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_payload: false }
    }

    pub(super) fn payload(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_payload: true }
    }
}

/// Length and identifier that the front of an element says.
#[allow(clippy::cast_possible_truncation, reason = "masked to 8 bits")]
fn descriptor(word: u16, is_payload: bool) -> (usize, u8) {
    if is_payload {
        (usize::from(word & 0x7ff), (word >> 11 & 0xf) as u8)
    } else {
        (usize::from(word & 0x7f), (word >> 7 & 0xff) as u8)
    }
}

impl<'a> Iterator for WpanElements<'a> {
    type Item = Result<WpanElement<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let Some((word, behind)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Some(Err(Malformed::Truncated { need: HEADER_LEN, have: bytes.len() }));
        };
        let (len, id) = descriptor(u16::from_le_bytes(*word), self.is_payload);
        let Some((content, rest)) = behind.split_at_checked(len) else {
            let need = HEADER_LEN.saturating_add(len);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        let ends = if self.is_payload {
            id == PAYLOAD_TERMINATION
        } else {
            matches!(id, HEADER_TERMINATION_1 | HEADER_TERMINATION_2)
        };
        self.rest = if ends { &[] } else { rest };
        Some(Ok(WpanElement { id, content }))
    }
}

/// Bytes of the elements at the front, all of them if one is cut short, and the last of them.
fn len_of<'a>(elements: WpanElements<'a>, bytes: &'a [u8]) -> (usize, Option<u8>) {
    let (mut len, mut last) = (0_usize, None);
    for element in elements {
        let Ok(element) = element else { return (bytes.len(), None) };
        len = len.saturating_add(HEADER_LEN).saturating_add(element.content.len());
        last = Some(element.id);
    }
    (len, last)
}

/// Bytes of the elements of a header, and whether those of the payload follow.
pub(super) fn header_len(bytes: &[u8]) -> (usize, bool) {
    let (len, last) = len_of(WpanElements::header(bytes), bytes);
    (len, last == Some(HEADER_TERMINATION_1))
}

/// Bytes of the elements of a payload.
pub(super) fn payload_len(bytes: &[u8]) -> usize {
    len_of(WpanElements::payload(bytes), bytes).0
}
