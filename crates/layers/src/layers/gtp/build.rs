//! Writing messages with their optional fields, extension headers and information elements.

use zerocopy::IntoBytes;

use super::{GtpElement, GtpExtension, GtpHeader, GtpOptional, PROTOCOL};
use crate::{Encode, EncodeError, Protocol};

/// A message. Which of the optional fields there are is written into the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GtpBuilder<'a> {
    pub header: GtpHeader,
    pub sequence_number: Option<u16>,
    pub npdu_number: Option<u8>,
    pub extensions: &'a [GtpExtension<'a>],
    /// Information elements, of any message but a G-PDU.
    pub elements: &'a [GtpElement<'a>],
}

impl Encode for GtpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        let Self { sequence_number, npdu_number, extensions, .. } = *self;
        header.set_optional(
            !extensions.is_empty(),
            sequence_number.is_some(),
            npdu_number.is_some(),
        );
        out.extend_from_slice(header.as_bytes());
        let mut kinds = extensions.iter().map(|extension| extension.kind);
        if header.flags & 7 != 0 {
            let optional = GtpOptional {
                sequence_number: sequence_number.unwrap_or_default().into(),
                npdu_number: npdu_number.unwrap_or_default(),
                next_extension_header_type: kinds.next().unwrap_or_default(),
            };
            out.extend_from_slice(optional.as_bytes());
        }
        for extension in extensions {
            extension.encode(kinds.next().unwrap_or_default(), out)?;
        }
        self.elements.iter().try_for_each(|element| element.encode(out))
    }
}
