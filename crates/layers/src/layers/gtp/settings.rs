//! What can be set in a message by name: the optional fields of version 1 and extension headers.

use zerocopy::FromBytes;

use super::{Gtp, GtpBuilder, GtpExtension, GtpHeader};
use crate::{Before, EditError, Encode, Layer, Malformed, Setting};

pub(super) const SETTINGS: &[Setting] = &[
    Setting::part("seq", "gtp.seq_number", "a number up to 65535", sequence_number),
    Setting::part("npdu", "gtp.npdu_number", "a number up to 255", npdu_number),
    Setting::addition("extension", "a kind and content, such as 0x85:0009", extension),
];

fn sequence_number(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let number = before.number(text)?;
    write(before, |gtp| gtp.sequence_number = Some(number), None)
}

fn npdu_number(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let number = before.number(text)?;
    write(before, |gtp| gtp.npdu_number = Some(number), None)
}

/// An extension header behind the others.
fn extension(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    let (kind, content) = text.split_once(':').ok_or_else(|| before.refuse())?;
    let (kind, content) = (before.number(kind)?, before.bytes(content)?);
    write(before, |_| {}, Some(GtpExtension { kind, content: &content }))
}

/// Writes the message with another part.
fn write(
    before: &Before<'_>,
    edit: impl FnOnce(&mut GtpBuilder<'_>),
    extension: Option<GtpExtension<'_>>,
) -> Result<Vec<u8>, EditError> {
    // The length is worked out at the end, and until then shorter than the parts that were put in.
    let mut header = before.header.to_vec();
    lengthen(&mut header);
    let gtp = Gtp::parse(&header).map_err(|cause| before.unreadable(cause))?;
    let version = gtp.header.version();
    if version != 1 || gtp.other_key().is_some() {
        let cause = Malformed::Field { name: "version", value: version.into() };
        return Err(before.unreadable(cause));
    }
    let extensions = gtp.extensions().chain(extension.map(Ok)).collect::<Result<Vec<_>, _>>();
    let mut builder = GtpBuilder {
        header: *gtp.header,
        sequence_number: gtp.sequence_number(),
        npdu_number: gtp.npdu_number(),
        extensions: &extensions.map_err(|cause| before.unreadable(cause))?,
        elements: &[],
    };
    edit(&mut builder);
    let mut out = Vec::new();
    builder.encode(&mut out)?;
    out.extend_from_slice(gtp.element_bytes);
    lengthen(&mut out);
    Ok(out)
}

/// Makes the length of a message at least what is there.
fn lengthen(message: &mut [u8]) {
    if let Ok((header, rest)) = GtpHeader::mut_from_prefix(message) {
        let len = u16::try_from(rest.len()).unwrap_or(u16::MAX);
        header.length.set(header.length.get().max(len));
    }
}
