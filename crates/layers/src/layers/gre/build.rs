//! Writing GRE headers with their optional parts.

use zerocopy::IntoBytes;

use super::{GreFlags, GreHeader, GreRoute, PROTOCOL};
use crate::{Encode, EncodeError, Protocol};

/// A header with its optional parts. Which of them there are is written into the flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GreBuilder<'a> {
    pub header: GreHeader,
    /// Checksum of header and payload; what stands here is replaced if checksums are worked out.
    pub checksum: Option<u16>,
    pub key: Option<[u8; 4]>,
    pub sequence_number: Option<u32>,
    pub acknowledgment_number: Option<u32>,
    /// Offset of the active route, which is written if there are routes.
    pub offset: u16,
    /// Source routes, without the empty one that ends them.
    pub routes: &'a [GreRoute<'a>],
}

impl Encode for GreBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        let mut flags = header.flags();
        flags.set(GreFlags::CHECKSUM, self.checksum.is_some());
        flags.set(GreFlags::ROUTING, !self.routes.is_empty());
        flags.set(GreFlags::KEY, self.key.is_some());
        flags.set(GreFlags::SEQUENCE, self.sequence_number.is_some());
        flags.set(GreFlags::ACKNOWLEDGMENT, self.acknowledgment_number.is_some());
        header.set_flags(flags);
        out.extend_from_slice(header.as_bytes());
        if flags.intersects(GreFlags::CHECKSUM | GreFlags::ROUTING) {
            out.extend_from_slice(&self.checksum.unwrap_or_default().to_be_bytes());
            out.extend_from_slice(&self.offset.to_be_bytes());
        }
        out.extend_from_slice(self.key.as_ref().map_or(&[], |key| &key[..]));
        for number in [self.sequence_number, self.acknowledgment_number].into_iter().flatten() {
            out.extend_from_slice(&number.to_be_bytes());
        }
        for route in self.routes {
            route.encode(out)?;
        }
        if !self.routes.is_empty() {
            GreRoute { address_family: 0, offset: 0, information: &[] }.encode(out)?;
        }
        Ok(())
    }
}

impl GreRoute<'_> {
    /// Appends the entry.
    ///
    /// # Errors
    ///
    /// The information is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.information.len();
        let length = u8::try_from(len).map_err(|_| EncodeError::TooLarge {
            layer: PROTOCOL.name,
            field: "SRE length",
            value: len as u64,
        })?;
        out.extend_from_slice(&self.address_family.to_be_bytes());
        out.extend_from_slice(&[self.offset, length]);
        out.extend_from_slice(self.information);
        Ok(())
    }
}
