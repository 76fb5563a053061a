//! Layers as they stand on the wire, to be written again: whatever can be read can be written.

use crate::{Encode, EncodeError, Packet, Protocol};

/// The bytes of one layer of a packet, in its three parts around the layer behind.
#[derive(Clone, Copy, Debug)]
pub struct RawLayer<'a> {
    /// What the registry knows of it.
    pub protocol: &'static Protocol,
    /// Its header.
    pub header: &'a [u8],
    /// The payload that no layer behind claims, such as what fills up a short frame.
    pub padding: &'a [u8],
    /// What stands behind its payload.
    pub trailer: &'a [u8],
}

impl Encode for RawLayer<'_> {
    fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header);
        Ok(())
    }

    fn encode_padding(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.padding);
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.trailer);
        Ok(())
    }
}

impl<'a> Packet<'a> {
    /// The layers of the packet itself, outermost first, to be written again by
    /// [`serialize_layers`](crate::serialize_layers) in front of its
    /// [`payload`](Self::payload): some of them, or with others between them.
    ///
    /// ```
    /// # use rheos_layers::*;
    /// # let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x81\x00\
    /// #     \x00\x07\x08\x00\x45\x00\x00\x16\0\0\0\0\x40\xfd\x65\xe9\x0a\0\0\x01\x0a\0\0\x02hi";
    /// let decoder = Decoder::default();
    /// let packet = decoder.decode(LinkType::ETHERNET, bytes);
    /// let layers: Vec<RawLayer<'_>> = packet.raw_layers().collect();
    /// let without_tags = layers.iter().filter(|raw| raw.protocol.layer != LayerType::VLAN);
    /// let layers: Vec<&dyn Encode> = without_tags.map(|raw| raw as _).collect();
    ///
    /// let mut out = Vec::new();
    /// serialize_layers(&mut out, Fix::all(), &layers, packet.payload())?;
    /// assert_eq!((&out[..12], &out[12..14]), (&bytes[..12], &b"\x08\x00"[..]));
    /// assert_eq!(out[14..], bytes[18..]);
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn raw_layers(&self) -> impl Iterator<Item = RawLayer<'a>> {
        let own = self.own_layers();
        own.iter().enumerate().filter_map(move |(place, span)| {
            let (protocol, shape) = (self.protocol(span)?, self.shape(span)?);
            let bytes = self.bytes_of(span);
            let (header, rest) = bytes.split_at_checked(shape.header_len)?;
            let (payload, trailer) =
                rest.split_at_checked(shape.payload_len).unwrap_or((rest, &[]));
            let claimed = own.get(place.saturating_add(1)).map(|child| child.len as usize);
            let padding = claimed.and_then(|len| payload.get(len..)).unwrap_or_default();
            // Bytes behind the outermost layer belong to no layer; they are kept all the same.
            let trailer = if place == 0 {
                let front = shape.header_len.saturating_add(payload.len());
                self.bytes().get(front..).unwrap_or_default()
            } else {
                trailer
            };
            Some(RawLayer { protocol, header, padding, trailer })
        })
    }
}
