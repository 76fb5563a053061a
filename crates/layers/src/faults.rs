//! What is wrong inside the layers of a packet, beside the error that ends its decoding.

use crate::field::FirstFault;
use crate::{DecodeError, LayerType, Malformed, Next, Packet, Span};

impl Packet<'_> {
    /// What is wrong inside layers, of each the first thing: an option, a record or a name that
    /// contradicts what is around it. Unlike an [`error`](Self::error) it hides no layer. It is found
    /// where fields are, so that decoding takes no time for it. What may go on in bytes that are not
    /// there (of a truncated packet, a quotation, a fragment or a TCP segment) is no fault.
    ///
    /// ```
    /// use rheos_layers::{Decoder, LinkType};
    ///
    /// let header = b"\x46\0\0\x18\0\0\0\0\x40\xfd\0\0\x0a\0\0\x01\x0a\0\0\x02";
    /// let (decoder, bytes) = (Decoder::default(), [&header[..], b"\x94\x05\0\0"].concat());
    /// let packet = decoder.decode(LinkType::IPV4, &bytes);
    /// let faults: Vec<_> = packet.faults().map(|fault| fault.to_string()).collect();
    /// assert_eq!(faults, ["ip at byte 20: needs 5 bytes, 4 left"]);
    /// assert!(packet.error().is_none());
    /// ```
    pub fn faults(&self) -> impl Iterator<Item = DecodeError> {
        self.layers().iter().filter_map(|span| self.fault(span))
    }

    /// What is wrong inside one layer, as [`faults`](Self::faults) has it.
    pub fn fault(&self, span: &Span) -> Option<DecodeError> {
        let mut fault = FirstFault::default();
        self.visit(span, &mut |layer| layer.faults(&mut fault));
        self.fault_at(span, fault.found?)
    }

    /// What was told to be wrong at a place of a layer, unless it may go on behind what is there.
    pub(crate) fn fault_at(
        &self,
        span: &Span,
        (cause, place): (Malformed, usize),
    ) -> Option<DecodeError> {
        if let Malformed::Truncated { have, .. } = cause
            && place.saturating_add(have) >= span.len as usize
            && self.may_go_on(span)
        {
            return None;
        }
        let offset = span.start.saturating_add(u32::try_from(place).unwrap_or(u32::MAX));
        let name = self.protocol(span)?.name;
        Some(DecodeError { layer: span.layer, name, offset, cause })
    }

    /// Whether more of a layer may be somewhere else.
    fn may_go_on(&self, span: &Span) -> bool {
        let around = self.layers().iter().take_while(|other| other.start < span.start);
        let is_part = |other: &Span| {
            let next = self.shape(other).map(|shape| shape.next);
            other.layer == LayerType::TCP
                || matches!(next, Some(Next::FirstFragment(_) | Next::Quoted(_)))
        };
        self.is_truncated() || around.into_iter().any(is_part)
    }
}
