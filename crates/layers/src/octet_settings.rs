//! Options of one byte of kind and one of length, set by name: what IPv4 and TCP have in common.

use crate::build::pad;
use crate::{Before, EditError, Encode, EncodeError, Header, Malformed, octet_options};

/// The length of such a header, in words of four bytes, has four bits.
const MAX_WORDS: u8 = 15;

/// A fixed header with such options behind it.
pub(crate) trait OptionsHeader: Header + Copy {
    /// What the RFC calls its length.
    const LENGTH: &'static str;

    /// The fixed header and its options.
    fn split(bytes: &[u8]) -> Result<(&Self, &[u8]), Malformed>;

    /// Writes the length in words, and what else says it.
    fn set_words(&mut self, words: u8);

    /// Writes an option of which nothing is known but this.
    fn encode_option(kind: u8, data: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// Any option, behind those that are there.
pub(crate) fn option<H: OptionsHeader>(
    before: &Before<'_>,
    text: &str,
) -> Result<Vec<u8>, EditError> {
    let (kind, data) = text.split_once(':').unwrap_or((text, ""));
    let (kind, data) = (before.number(kind)?, before.bytes(data)?);
    write::<H>(before, None, |out| H::encode_option(kind, &data, out))
}

/// All options, as they stand on the wire, right or wrong.
pub(crate) fn options<H: OptionsHeader>(
    before: &Before<'_>,
    text: &str,
) -> Result<Vec<u8>, EditError> {
    finish(read::<H>(before)?.0, &before.bytes(text)?)
}

/// Writes the header with what is encoded, or nothing, in the place of the option of a kind, or
/// behind the others.
pub(crate) fn write<H: OptionsHeader>(
    before: &Before<'_>,
    kind: Option<u8>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<Vec<u8>, EditError> {
    let (header, options) = read::<H>(before)?;
    let mut bytes = Vec::new();
    encode(&mut bytes)?;
    let options = octet_options::put(options, kind, &bytes);
    finish(header, &options.map_err(|cause| before.unreadable(cause))?)
}

fn read<'a, H: OptionsHeader>(before: &Before<'a>) -> Result<(&'a H, &'a [u8]), EditError> {
    H::split(before.header).map_err(|cause| before.unreadable(cause))
}

/// Fills a header up, and writes its length: what is behind it could not be found otherwise.
fn finish<H: OptionsHeader>(header: &H, options: &[u8]) -> Result<Vec<u8>, EditError> {
    let words = size_of::<H>().saturating_add(options.len()).div_ceil(4);
    let (layer, field, value) = (H::PROTOCOL.name, H::LENGTH, words as u64);
    let words = u8::try_from(words).ok().filter(|words| *words <= MAX_WORDS);
    let words = words.ok_or(EncodeError::TooLarge { layer, field, value })?;
    let mut header = *header;
    header.set_words(words);
    let mut out = Vec::new();
    header.encode(&mut out)?;
    out.extend_from_slice(options);
    pad(&mut out, 0, 4);
    Ok(out)
}
