//! Options of one byte of kind and one of length, as IPv4 and TCP have them,
//! [RFC 791](https://www.rfc-editor.org/rfc/rfc791) and
//! [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293), both in section 3.1.

use std::ops::Range;

use crate::Malformed;

/// The kind that ends a list.
const END: u8 = 0;
/// The kind that only takes up space.
const NO_OPERATION: u8 = 1;

/// One option, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OctetOption<'a> {
    pub(crate) kind: u8,
    /// What stands behind the length; empty for the two kinds of one byte.
    pub(crate) data: &'a [u8],
    /// The place of the kind among the options.
    pub(crate) at: usize,
}

impl OctetOption<'_> {
    /// The places of the whole option, in a layer whose options start at `start`.
    pub(crate) fn bytes(&self, start: usize) -> Range<usize> {
        let at = start.saturating_add(self.at);
        let len = if self.has_length() { self.data.len().saturating_add(2) } else { 1 };
        at..at.saturating_add(len)
    }

    /// Whether the option has a length: all do but two.
    pub(crate) fn has_length(&self) -> bool {
        !matches!(self.kind, END | NO_OPERATION)
    }
}

/// The options of a header. Ends behind the end of the list, and behind the first error.
#[derive(Clone, Debug)]
pub(crate) struct OctetOptions<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> OctetOptions<'a> {
    pub(crate) fn new(options: &'a [u8]) -> Self {
        Self { rest: options, at: 0 }
    }

    /// The place of the next option among all, or of the one that is wrong.
    pub(crate) fn place(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for OctetOptions<'a> {
    type Item = Result<OctetOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, behind) = self.rest.split_first()?;
        let at = self.at;
        let (data, rest) = match (kind, behind) {
            (END, _) => (&[][..], &[][..]),
            (NO_OPERATION, _) => (&[][..], behind),
            (_, [length, behind @ ..]) => {
                let Some(len) = usize::from(*length).checked_sub(2) else {
                    self.rest = &[];
                    let (name, value) = ("option length", u64::from(*length));
                    return Some(Err(Malformed::Field { name, value }));
                };
                let Some(split) = behind.split_at_checked(len) else {
                    let (need, have) = (usize::from(*length), self.rest.len());
                    self.rest = &[];
                    return Some(Err(Malformed::Truncated { need, have }));
                };
                split
            }
            (_, []) => {
                self.rest = &[];
                return Some(Err(Malformed::Truncated { need: 2, have: 1 }));
            }
        };
        self.at = at.saturating_add(self.rest.len().saturating_sub(rest.len()));
        self.rest = rest;
        Some(Ok(OctetOption { kind, data, at }))
    }
}

/// Options with another in the place of the first of a kind, or behind the others, and without what
/// fills the header up.
///
/// # Errors
///
/// The options cannot be told apart.
pub(crate) fn put(options: &[u8], kind: Option<u8>, option: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (mut out, mut is_put) = (Vec::with_capacity(options.len()), false);
    for old in OctetOptions::new(options) {
        let old = old?;
        if old.kind == END {
            break;
        }
        if Some(old.kind) == kind && !is_put {
            out.extend_from_slice(option);
            is_put = true;
        } else {
            out.extend_from_slice(options.get(old.bytes(0)).unwrap_or_default());
        }
    }
    if !is_put {
        out.extend_from_slice(option);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, place and data.
    type Found<'a> = Result<(u8, usize, &'a [u8]), Malformed>;

    #[track_caller]
    fn check(options: &[u8], expected: &[Found<'_>]) {
        let found = OctetOptions::new(options).map(|o| o.map(|o| (o.kind, o.at, o.data)));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn kinds_of_one_byte_have_no_length() {
        check(
            &[1, 7, 3, 9, 1, 0, 7],
            &[Ok((1, 0, &[])), Ok((7, 1, &[9])), Ok((1, 4, &[])), Ok((0, 5, &[]))],
        );
    }

    #[test]
    fn an_option_without_data_is_legal() {
        check(&[99, 2, 1], &[Ok((99, 0, &[])), Ok((1, 2, &[]))]);
    }

    #[test]
    fn a_length_below_two_ends_the_list_instead_of_looping() {
        let error = |value| Err(Malformed::Field { name: "option length", value });
        check(&[2, 0, 1, 1], &[error(0)]);
        check(&[1, 2, 1], &[Ok((1, 0, &[])), error(1)]);
    }

    #[test]
    fn a_length_behind_the_end_is_truncated() {
        check(&[2, 4, 5], &[Err(Malformed::Truncated { need: 4, have: 3 })]);
        check(&[2], &[Err(Malformed::Truncated { need: 2, have: 1 })]);
    }

    #[test]
    fn an_option_takes_the_place_of_its_kind_and_padding_goes() {
        let options = [1, 2, 4, 5, 6, 1, 2, 2, 0, 0];
        assert_eq!(put(&options, Some(2), &[2, 3, 7]), Ok(vec![1, 2, 3, 7, 1, 2, 2]));
        assert_eq!(put(&options, Some(3), &[3, 2]), Ok(vec![1, 2, 4, 5, 6, 1, 2, 2, 3, 2]));
        assert_eq!(put(&options, None, &[1]), Ok(vec![1, 2, 4, 5, 6, 1, 2, 2, 1]));
        assert_eq!(put(&options, Some(1), &[]), Ok(vec![2, 4, 5, 6, 1, 2, 2]));
        assert_eq!(put(&[2, 9], None, &[1]), Err(Malformed::Truncated { need: 9, have: 2 }));
    }
}
