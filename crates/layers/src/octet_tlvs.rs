//! Records of one byte of type, one of length and a value. The length is that of the value.

use crate::Malformed;

/// Bytes in front of a value.
const HEADER_LEN: usize = 2;

/// One record, not yet understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OctetTlv<'a> {
    pub(crate) kind: u8,
    pub(crate) value: &'a [u8],
    /// The place of the type in the layer.
    pub(crate) at: usize,
}

impl OctetTlv<'_> {
    /// Bytes of the whole record.
    pub(crate) fn len(&self) -> usize {
        self.value.len().saturating_add(HEADER_LEN)
    }
}

/// The records of a message. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OctetTlvs<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> OctetTlvs<'a> {
    /// The records from a place in a layer on.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The place of the next record, or of the one that is wrong.
    pub(crate) fn place(&self) -> usize {
        self.at
    }
}

impl<'a> Iterator for OctetTlvs<'a> {
    type Item = Result<OctetTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = self.bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let (need, tlv) = match *rest {
            [kind, length, ref behind @ ..] => {
                let value = behind.get(..length.into());
                let need = usize::from(length).saturating_add(HEADER_LEN);
                (need, value.map(|value| OctetTlv { kind, value, at }))
            }
            _ => (HEADER_LEN, None),
        };
        let have = rest.len();
        match tlv {
            Some(_) => self.at = at.saturating_add(need),
            None => self.bytes = &[],
        }
        Some(tlv.ok_or(Malformed::Truncated { need, have }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type, place and value.
    type Found<'a> = Result<(u8, usize, &'a [u8]), Malformed>;

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Found<'_>]) {
        let found =
            OctetTlvs::new(bytes, 0).map(|tlv| tlv.map(|tlv| (tlv.kind, tlv.at, tlv.value)));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_value_may_be_empty() {
        check(&[7, 0, 8, 1, 9], &[Ok((7, 0, &[])), Ok((8, 2, &[9]))]);
    }

    #[test]
    fn what_is_cut_short_ends_the_list() {
        check(&[7, 0, 8], &[Ok((7, 0, &[])), Err(Malformed::Truncated { need: 2, have: 1 })]);
        check(&[8, 3, 1, 2], &[Err(Malformed::Truncated { need: 5, have: 4 })]);
    }
}
