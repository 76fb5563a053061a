//! Options of NSH, [RFC 8300](https://www.rfc-editor.org/rfc/rfc8300) section 2.5.1.
//!
//! ```text
//!  0                               16              24  25         31
//! |        metadata class         |     type      | U |   length   |
//! ```

use crate::parts::{Parts, Places};
use crate::{EncodeError, FieldSink, Malformed};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NshMetadata<'a> {
    /// Who gives the type its meaning.
    pub class: u16,
    pub kind: u8,
    /// The bit in front of the length, which means nothing.
    pub is_unassigned_set: bool,
    /// Without the padding to a word.
    pub value: &'a [u8],
}

/// The options of a header. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct NshMetadatas<'a>(Parts<'a>);

impl<'a> NshMetadatas<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(Parts::new(bytes))
    }
}

impl<'a> Iterator for NshMetadatas<'a> {
    type Item = Result<NshMetadata<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let option = take(&mut self.0);
        if option.is_err() {
            self.0.rest = &[];
        }
        Some(option)
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<NshMetadata<'a>, Malformed> {
    let &[a, b, kind, length] = parts.take::<[u8; 4]>()?;
    let value = parts.bytes((length & 0x7f).into())?;
    // The header ends at a word, so that there is no more padding missing than the last has.
    let padding = value.len().next_multiple_of(4).saturating_sub(value.len());
    parts.bytes(padding.min(parts.rest.len()))?;
    let (class, is_unassigned_set) = (u16::from_be_bytes([a, b]), length & 0x80 != 0);
    Ok(NshMetadata { class, kind, is_unassigned_set, value })
}

impl NshMetadata<'_> {
    /// Appends the option and its padding to a word.
    ///
    /// # Errors
    ///
    /// The value is longer than 127 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.value.len();
        let (layer, field, value) = ("nsh", "metadata length", len as u64);
        let length = u8::try_from(len).ok().filter(|length| length & 0x80 == 0);
        let length = length.ok_or(EncodeError::TooLarge { layer, field, value })?;
        out.extend_from_slice(&self.class.to_be_bytes());
        out.extend_from_slice(&[self.kind, length | u8::from(self.is_unassigned_set) << 7]);
        out.extend_from_slice(self.value);
        let padding = len.next_multiple_of(4).saturating_sub(len);
        out.extend(std::iter::repeat_n(0, padding));
        Ok(())
    }
}

/// Reports options that start at `start`, up to the first error.
pub(super) fn fields(mut options: NshMetadatas<'_>, start: usize, sink: &mut dyn FieldSink) {
    let mut places = Places(start);
    while let Some(option) = sink.sound(options.next(), places.0) {
        sink.number("nsh.metadataclass", option.class, places.next(2));
        sink.number("nsh.metadatatype", option.kind, places.next(1));
        let place = places.next(1);
        sink.number("nsh.metadataunassignedbit", option.is_unassigned_set, place.clone());
        sink.number("nsh.metadatalen", option.value.len() as u64, place);
        let len = option.value.len();
        if len > 0 {
            sink.bytes("nsh.metadata", option.value, places.next(len));
        }
        places.next(len.next_multiple_of(4).saturating_sub(len));
    }
}
