//! What is around a layer that is being read.

use crate::{FrameTrailer, Ipv4, Ipv6, Layer, LinkType, Span, Udp, UdpLite};

/// The layers around the one that is being read. Most layers need none of it: a header says itself
/// what it is. Some do not, such as a Modbus message, which is a request or a response by its port.
#[derive(Clone, Copy, Debug)]
pub struct Outer<'a> {
    bytes: &'a [u8],
    spans: &'a [Span],
    /// Where the layer starts that is being read.
    start: u32,
    link_type: Option<LinkType>,
}

impl<'a> Outer<'a> {
    /// Nothing around: the layer stands alone, or is read by a decoder that keeps no spans.
    pub const NONE: Outer<'static> = Outer { bytes: &[], spans: &[], start: 0, link_type: None };

    #[inline(always)]
    pub(crate) fn new(
        bytes: &'a [u8],
        spans: &'a [Span],
        start: u32,
        link_type: Option<LinkType>,
    ) -> Self {
        Self { bytes, spans, start, link_type }
    }

    /// How the packet starts, where that is known: not in a packet that is being built.
    pub fn link_type(&self) -> Option<LinkType> {
        self.link_type
    }

    /// Where the layer starts that is being read.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    /// What stands behind the packet in the frame that is being read. `own_len` bytes are behind
    /// the length that the frame announces itself.
    pub(crate) fn frame_trailer(&self, own_len: usize) -> Option<FrameTrailer<'a>> {
        FrameTrailer::find(self.bytes, self.spans, self.start, own_len)
    }

    /// The layers around, outermost first.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = &'a Span> + use<'a> {
        let start = self.start;
        let is_around = |span: &&Span| span.start.saturating_add(span.header_len.into()) <= start;
        let count = self.spans.iter().take_while(is_around).count();
        self.spans.get(..count).unwrap_or_default().iter()
    }

    /// The layer whose payload is being read.
    pub fn parent(&self) -> Option<&'a Span> {
        self.layers().next_back()
    }

    /// The payload that a datagram announces, in bytes, if the layer being read is all of it: what
    /// is read on account of its port alone has to fit it. Fewer bytes may be there.
    pub(crate) fn datagram_len(&self) -> Option<usize> {
        let span = self.parent()?;
        let udp = self.view::<Udp<'_>>(span).map(|udp| udp.shape());
        let shape = udp.or_else(|| self.view::<UdpLite<'_>>(span).map(|udp| udp.shape()))?;
        Some(shape.payload_len)
    }

    /// Bytes from the layer being read to the end of the IP packet around it, as that announces. Fewer
    /// bytes may be there.
    pub(crate) fn ip_len(&self) -> Option<usize> {
        let end = self.layers().rev().find_map(|span| {
            let ip = self.view::<Ipv4<'_>>(span).map(|ip| ip.shape());
            let shape = ip.or_else(|| self.view::<Ipv6<'_>>(span).map(|ip| ip.shape()))?;
            let payload = (span.start as usize).saturating_add(shape.header_len);
            Some(payload.saturating_add(shape.payload_len))
        });
        end?.checked_sub(self.start())
    }

    /// The nearest layer around of a type.
    pub fn nearest<L: Layer<'a>>(&self) -> Option<L> {
        self.layers().rev().find_map(|span| self.view(span))
    }

    /// One layer, if it is an `L`.
    pub fn view<L: Layer<'a>>(&self, span: &Span) -> Option<L> {
        if span.layer != L::PROTOCOL.layer {
            return None;
        }
        let outer = Outer { start: span.start, ..*self };
        L::parse_in(self.bytes_of(span), &outer).ok()
    }

    /// The bytes of one layer: header, payload and trailer.
    pub fn bytes_of(&self, span: &Span) -> &'a [u8] {
        let bytes = self.bytes.get(span.start as usize..).unwrap_or_default();
        bytes.get(..span.len as usize).unwrap_or(bytes)
    }
}
