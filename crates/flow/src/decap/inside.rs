//! A packet inside another that is decoded.

use rheos_core::{LinkType, RawPacket};
use rheos_layers::{LayerType, Packet, Span};

/// A packet inside another, whose headers were all read with those around it: what [`Inner`](crate::Inner) asks its
/// extractor about, so that nothing is decoded twice.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'p> {
    raw: &'p RawPacket<'p>,
    packet: &'p Packet<'p>,
    front: &'p [Span],
    layers: &'p [Span],
    first: &'p Span,
}

impl<'p> Inside<'p> {
    /// What starts with the layer of this number; `None` if no packet starts so.
    pub(super) fn at(raw: &'p RawPacket<'p>, packet: &'p Packet<'p>, at: usize) -> Option<Self> {
        let (front, layers) = packet.own_layers().split_at_checked(at)?;
        let first = layers.first().filter(|first| link_type(first).is_some())?;
        Some(Self { raw, packet, front, layers, first })
    }

    /// The whole packet, as the decoder of the one who asks has read it. Places are in its bytes.
    pub fn packet(&self) -> &'p Packet<'p> {
        self.packet
    }

    /// The layers that are inside, the outermost first: Ethernet or IP.
    pub fn layers(&self) -> &'p [Span] {
        self.layers
    }

    /// The layers around it.
    pub fn front(&self) -> &'p [Span] {
        self.front
    }

    /// Where in the bytes of the whole it starts.
    pub fn start(&self) -> u32 {
        self.first.start
    }

    /// The packet as if it had been captured alone.
    pub fn raw(&self) -> RawPacket<'p> {
        let Self { raw, first, .. } = self;
        // What was cut off the end is missing inside too.
        let length = u32::try_from(raw.data.len()).unwrap_or(u32::MAX);
        let cut = raw.original_length.saturating_sub(length);
        let data = raw.data.get(first.start as usize..).unwrap_or_default();
        let data = data.get(..first.len as usize).unwrap_or(data);
        let link_type = link_type(first).unwrap_or(raw.link_type);
        RawPacket { link_type, original_length: first.len.saturating_add(cut), data, ..**raw }
    }
}

/// How a packet starts that starts with this layer.
pub(super) fn link_type(span: &Span) -> Option<LinkType> {
    match span.layer {
        LayerType::ETHERNET => Some(LinkType::ETHERNET),
        LayerType::IPV4 => Some(LinkType::IPV4),
        LayerType::IPV6 => Some(LinkType::IPV6),
        _ => None,
    }
}
