//! TLVs of opaque LSAs and of link-local signaling, padded to four bytes,
//! [RFC 3630](https://www.rfc-editor.org/rfc/rfc3630) section 2.3.2 and
//! [RFC 5613](https://www.rfc-editor.org/rfc/rfc5613) section 2.3.

use crate::field_reader::FieldReader;
use crate::{EncodeError, Malformed};

/// Bytes in front of a value.
const HEADER_LEN: usize = 4;

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OspfTlv<'a> {
    /// What it is, among those of its LSA.
    pub kind: u16,
    /// The value, without its padding.
    pub value: &'a [u8],
}

impl<'a> OspfTlv<'a> {
    /// The TLVs inside this one, from a place in its value on.
    pub fn sub_tlvs(&self, from: usize) -> OspfTlvs<'a> {
        OspfTlvs::new(self.value.get(from..).unwrap_or_default())
    }

    /// Appends the TLV and its padding.
    ///
    /// # Errors
    ///
    /// The value is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.value.len();
        let error = EncodeError::TooLarge { layer: "ospf", field: "length", value: len as u64 };
        let length = u16::try_from(len).map_err(|_| error)?;
        out.extend_from_slice(&self.kind.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(self.value);
        out.resize(out.len().saturating_add(padding(len)), 0);
        Ok(())
    }
}

/// TLVs one behind the other. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OspfTlvs<'a> {
    rest: &'a [u8],
}

impl<'a> OspfTlvs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for OspfTlvs<'a> {
    type Item = Result<OspfTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let have = self.rest.len();
        let (need, tlv) = match *self.rest {
            [] => return None,
            [a, b, c, d, ref behind @ ..] => {
                let (kind, length) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                let len = usize::from(length);
                let split = behind.split_at_checked(len);
                let tlv = split.map(|(value, rest)| {
                    // The padding of the last TLV may be left out.
                    let rest = rest.get(padding(len)..).unwrap_or_default();
                    (OspfTlv { kind, value }, rest)
                });
                (len.saturating_add(HEADER_LEN), tlv)
            }
            _ => (HEADER_LEN, None),
        };
        self.rest = tlv.map_or(&[][..], |(_, rest)| rest);
        Some(tlv.map(|(tlv, _)| tlv).ok_or(Malformed::Truncated { need, have }))
    }
}

/// Bytes behind a value that fill up its last word.
fn padding(len: usize) -> usize {
    len.wrapping_neg() & 3
}

/// Reports type and length of TLVs and hands on the values, up to the first cut short.
pub(super) fn each_tlv(
    reader: &mut FieldReader<'_, '_>,
    type_name: &'static str,
    mut read: impl FnMut(u16, &mut FieldReader<'_, '_>),
) {
    while let Some(kind) = reader.u16(type_name) {
        let Some(length) = reader.u16("ospf.tlv_length") else { return };
        read(kind, &mut reader.part(length.into()));
        reader.skip(padding(length.into()));
    }
}
