//! The rules of a walk through a packet. Every decoder walks with [`Cursor`], so they share them.

use crate::{DecodeError, Layer, LayerType, Malformed, Next, Protocol, Shape};

/// Where a layer is in its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which layer.
    pub layer: LayerType,
    /// Bytes of header.
    pub header_len: u16,
    /// The place of its first byte in the packet.
    pub start: u32,
    /// Bytes of header, payload and trailer that are there.
    pub len: u32,
}

/// Where a walk stands. Public for the signatures of sealed traits, not for use.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    pub(crate) rest: &'a [u8],
    pub(crate) offset: u32,
    pub(crate) next: Next,
    /// A header announced more payload than is there.
    pub(crate) truncated: bool,
    /// Lengths from here on speak of more than this packet: of a datagram or a quoted packet.
    pub(crate) partial: bool,
}

impl<'a> Cursor<'a> {
    /// Starts a walk. Offsets have 32 bits, so the bytes behind those are left out.
    #[inline(always)]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let rest = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        Self { rest, offset: 0, next: Next::End, truncated: false, partial: false }
    }

    /// Reads the header under the cursor as an `L` and steps over it, unless there are no bytes.
    #[inline(always)]
    pub(crate) fn take<L: Layer<'a>>(&mut self) -> Result<Option<L>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let layer = L::parse(self.rest).map_err(|cause| self.error(L::PROTOCOL, cause))?;
        let shape = layer.shape();
        self.step(L::PROTOCOL.layer, &shape);
        self.next = shape.next;
        self.partial |= matches!(shape.next, Next::FirstFragment(_));
        Ok(Some(layer))
    }

    /// Steps over a header. The payload is cut to what its owner announces, then to what is there.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "see `new`")]
    #[allow(clippy::arithmetic_side_effects, reason = "lengths of parts of one slice")]
    pub(crate) fn step(&mut self, layer: LayerType, shape: &Shape) -> Span {
        let (header, rest) =
            self.rest.split_at_checked(shape.header_len).unwrap_or((self.rest, &[]));
        let payload = rest.get(..shape.payload_len).unwrap_or(rest);
        let trailer = shape.trailer_len.min(rest.len() - payload.len());
        let span = Span {
            layer,
            header_len: header.len().min(u16::MAX.into()) as u16,
            start: self.offset,
            len: (header.len() + payload.len() + trailer) as u32,
        };
        self.truncated |= shape.payload_len > rest.len() && !self.partial;
        self.rest = payload;
        self.offset += header.len() as u32;
        span
    }

    #[cold]
    pub(crate) fn error(&self, protocol: &Protocol, cause: Malformed) -> DecodeError {
        let Protocol { layer, name, .. } = *protocol;
        DecodeError { layer, name, offset: self.offset, cause }
    }
}
