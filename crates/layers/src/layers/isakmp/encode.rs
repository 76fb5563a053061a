//! Messages of IKE, to be written.

use zerocopy::FromBytes;

use super::{IsakmpHeader, IsakmpPayload, PROTOCOL};
use crate::build::FieldPlace;
use crate::{Encode, EncodeError, Protocol};

impl Default for IsakmpHeader {
    /// A message of version 2 that has something to tell, without payloads.
    fn default() -> Self {
        Self::read_from_bytes(PROTOCOL.template.unwrap_or_default())
            .unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl<'a> IsakmpPayload<'a> {
    /// A payload of this type that is not critical.
    pub const fn new(payload_type: u8, body: &'a [u8]) -> Self {
        Self { payload_type, critical: false, body }
    }
}

/// A message with its payloads, which the header and each payload name one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct IsakmpBuilder<'a> {
    /// The header; its next payload is that of the first payload, if there is one.
    pub header: IsakmpHeader,
    pub payloads: &'a [IsakmpPayload<'a>],
    /// What the last payload says of a next one: zero, or in an encrypted payload, the type of the
    /// first that is inside.
    pub next_payload: u8,
}

impl Encode for IsakmpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        let mut header = self.header;
        let mut types = self.payloads.iter().map(|payload| payload.payload_type);
        header.next_payload = types.next().unwrap_or(header.next_payload);
        header.encode(out)?;
        let types = types.chain([self.next_payload]);
        for (payload, next) in self.payloads.iter().zip(types) {
            out.extend([next, u8::from(payload.critical) << 7]);
            // The length counts the two bytes in front of it, and itself.
            FieldPlace::new("isakmp", "payload length").with_length_u16(out, 4, |out| {
                out.extend_from_slice(payload.body);
                Ok(())
            })?;
        }
        let len = out.len().saturating_sub(start);
        let too_large = FieldPlace::new("isakmp", "length").too_large(len as u64);
        header.length.set(u32::try_from(len).map_err(|_| too_large)?);
        let place = out.get_mut(start..).unwrap_or_default();
        place
            .iter_mut()
            .zip(zerocopy::IntoBytes::as_bytes(&header))
            .for_each(|(to, byte)| *to = *byte);
        Ok(())
    }
}
