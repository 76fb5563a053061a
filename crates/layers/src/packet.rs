//! A decoded packet: its bytes, and where each layer is in them.

use std::fmt;
use std::hint::cold_path;
use std::ops::Range;

use rheos_core::{LinkType, prefetch_behind};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::decoder::Tables;
use crate::field::Shifted;
use crate::first_layers::FirstLayers;
use crate::walk::{Span, Walk};
use crate::{
    AnyLayer, DecodeError, Decoder, FieldSink, FrameTrailer, Key, Layer, LayerClass, LayerType,
    Outer, OwnedPacket, Protocol, Role, Shape,
};

/// Most layers kept of one packet: deeper nesting is an attack or a loop.
pub const MAX_LAYERS: usize = 32;

/// A decoded packet: its bytes, and where each layer is in them.
///
/// The layers of the packet itself come first. Behind them stand those of the packet that an ICMP
/// error quotes, if there is one: [`get`](Self::get) and its kin leave them out, so that nobody
/// takes a quoted address for the packet's own.
#[derive(Clone, Copy)]
pub struct Packet<'a> {
    /// The numbers of the packet's first layers, those that it quotes left out.
    first: FirstLayers,
    pub(crate) decoder: &'a Decoder,
    tables: &'a Tables,
    pub(crate) bytes: &'a [u8],
    spans: [Span; MAX_LAYERS],
    /// Spans in use.
    count: usize,
    /// Those of them that are the packet's own.
    own: usize,
    truncated: bool,
    error: Option<DecodeError>,
    link_type: Option<LinkType>,
}

impl<'a> Packet<'a> {
    /// An empty packet, to decode into.
    #[inline]
    pub fn new(decoder: &'a Decoder) -> Self {
        let spans = [Span { layer: LayerType(0), header_len: 0, start: 0, len: 0 }; MAX_LAYERS];
        Self {
            first: FirstLayers::default(),
            decoder,
            tables: decoder.tables(),
            bytes: &[],
            spans,
            count: 0,
            own: 0,
            truncated: false,
            error: None,
            link_type: None,
        }
    }

    /// A packet decoded before.
    pub(crate) fn from_owned(owned: &'a OwnedPacket) -> Self {
        let mut packet = Self::new(&owned.decoder);
        packet.bytes = &owned.bytes;
        packet.spans.iter_mut().zip(&owned.spans).for_each(|(to, from)| *to = *from);
        packet.first = FirstLayers::new(&packet.spans, owned.own);
        packet.count = owned.spans.len().min(MAX_LAYERS);
        packet.own = owned.own;
        packet.truncated = owned.truncated;
        (packet.error, packet.link_type) = (owned.error, owned.link_type);
        packet
    }

    /// Decodes in place, over what was there.
    #[inline]
    pub fn decode(&mut self, link_type: LinkType, bytes: &'a [u8]) {
        self.decode_until(link_type, bytes, LayerClass(&[]));
    }

    /// Decodes in place as far as the first layer of a class, and all of a packet without one: what
    /// is behind it is not looked at. Of the layers found in front of it nothing differs.
    ///
    /// ```
    /// use rheos_layers::{Decoder, LayerClass, LinkType, Packet, Udp};
    ///
    /// let bytes = b"\x45\0\0\x28\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\0\x35\0\x14\0\0\
    ///     \0\x07\x01\0\0\0\0\0\0\0\0\0";
    /// let decoder = Decoder::default();
    /// let mut packet = Packet::new(&decoder);
    /// packet.decode_until(LinkType::IPV4, bytes, LayerClass::IP_TRANSPORT);
    /// assert_eq!(packet.get::<Udp>().unwrap().destination_port(), 53);
    /// assert_eq!(packet.layers().len(), 2);
    /// packet.decode(LinkType::IPV4, bytes);
    /// assert_eq!(packet.layers().len(), 3); // DNS too
    /// ```
    #[inline(always)]
    pub fn decode_until(&mut self, link_type: LinkType, bytes: &'a [u8], class: LayerClass) {
        prefetch_behind(bytes);
        (self.bytes, self.error, self.link_type) = (bytes, None, Some(link_type));
        let Self { tables, spans, error, .. } = self;
        let walk = Walk::new(tables, spans, error, link_type, bytes).until(class);
        let found = walk.walk(bytes);
        (self.first, self.count) = (found.first, found.count);
        (self.own, self.truncated) = (found.own, found.truncated);
    }

    /// The layers found, outermost first, those of a quoted packet last.
    #[inline]
    pub fn layers(&self) -> &[Span] {
        self.spans.get(..self.count).unwrap_or(&self.spans)
    }

    /// The layers of the packet itself.
    #[inline]
    pub fn own_layers(&self) -> &[Span] {
        self.spans.get(..self.own).unwrap_or(&self.spans)
    }

    /// The layers of the packet that an ICMP error quotes, as far as it does.
    #[inline]
    pub fn quoted_layers(&self) -> &[Span] {
        self.layers().get(self.own..).unwrap_or_default()
    }

    /// The outermost layer of a type.
    #[inline]
    pub fn get<L: Layer<'a>>(&self) -> Option<L> {
        self.read(self.find(L::PROTOCOL.layer)?)
    }

    /// The outermost layer of a type.
    #[inline(always)]
    fn find(&self, layer: LayerType) -> Option<&Span> {
        if let Some(place) = self.first.find(layer) {
            return self.spans.get(place);
        }
        let behind = self.own_layers().get(FirstLayers::LEN..)?;
        behind.iter().find(|span| span.layer == layer)
    }

    /// The innermost layer of a type.
    #[inline]
    pub fn get_last<L: Layer<'a>>(&self) -> Option<L> {
        self.all().next_back()
    }

    /// Every layer of a type, outermost first, parsed again on demand.
    #[inline]
    pub fn all<L: Layer<'a>>(&self) -> impl DoubleEndedIterator<Item = L> {
        self.own_layers().iter().filter_map(|span| self.view(span))
    }

    /// One layer, if it is an `L`.
    #[inline]
    pub fn view<L: Layer<'a>>(&self, span: &Span) -> Option<L> {
        if span.layer != L::PROTOCOL.layer {
            return None;
        }
        self.read(span)
    }

    /// One layer that is known to be an `L`.
    #[inline(always)]
    fn read<L: Layer<'a>>(&self, span: &Span) -> Option<L> {
        L::parse_in(self.bytes_of(span), &self.outer(span)).ok()
    }

    /// What is around one layer.
    #[inline(always)]
    pub(crate) fn outer(&self, span: &Span) -> Outer<'_> {
        Outer::new(self.bytes, self.layers(), span.start, self.link_type)
    }

    /// The fixed part of one layer's header, in place and unchecked beyond its length: for hot loops,
    /// which know from the span what layer it is.
    #[inline(always)]
    pub fn header<H: FromBytes + KnownLayout + Immutable + Unaligned>(
        &self,
        span: &Span,
    ) -> Option<&'a H> {
        let bytes = self.bytes.get(span.start as usize..)?;
        H::ref_from_prefix(bytes).ok().map(|(header, _)| header)
    }

    /// The bytes of the packet.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes of one layer: header, payload and trailer.
    #[inline]
    pub fn bytes_of(&self, span: &Span) -> &'a [u8] {
        let (start, len) = (span.start as usize, span.len as usize);
        self.bytes.get(start..start.saturating_add(len)).unwrap_or_else(|| {
            cold_path(); // A span of another packet.
            self.bytes.get(start..).unwrap_or_default()
        })
    }

    /// The payload of one layer: its bytes behind the header, without its trailer.
    pub fn payload_of(&self, span: &Span) -> &'a [u8] {
        let bytes = self.bytes_of(span);
        let shape = self.shape(span);
        let rest = bytes.get(usize::from(span.header_len)..).unwrap_or_default();
        shape.and_then(|shape| rest.get(..shape.payload_len)).unwrap_or(rest)
    }

    /// The payload of the innermost layer that is the packet's own: what no layer claims, or what
    /// an ICMP error quotes.
    pub fn payload(&self) -> &'a [u8] {
        self.own_layers().last().map_or(self.bytes, |span| self.payload_of(span))
    }

    /// What stands behind the packet in the outermost Ethernet frame: padding, a trailer, a frame
    /// check sequence. It is found when asked for, by the length of the packet inside; where no layer
    /// was found in the frame, nobody knows.
    ///
    /// ```
    /// use rheos_layers::{Decoder, LinkType};
    ///
    /// // A SYN of 40 bytes in a frame of 60.
    /// let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
    ///     \x45\0\0\x28\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
    ///     \x30\x39\0\x50\0\0\0\x01\0\0\0\0\x50\x02\x20\0\0\0\0\0\0\0\0\0\0\0";
    /// let decoder = Decoder::default();
    /// let packet = decoder.decode(LinkType::ETHERNET, bytes);
    /// let trailer = packet.frame_trailer().unwrap();
    /// assert_eq!((trailer.padding(), trailer.trailer()), (&[0; 6][..], &[][..]));
    /// assert_eq!(trailer.check_sequence(), None);
    /// ```
    pub fn frame_trailer(&self) -> Option<FrameTrailer<'a>> {
        let own = self.own_layers();
        let frame = own.iter().position(|span| span.layer == LayerType::ETHERNET)?;
        let (_, inside) = own.split_at_checked(frame.checked_add(1)?)?;
        let is_another = |span: &&Span| span.layer == LayerType::ETHERNET;
        let in_frame = inside.iter().position(|span| is_another(&span)).unwrap_or(inside.len());
        let spans = own.get(frame..frame.saturating_add(in_frame).saturating_add(1))?;
        spans.iter().find_map(|span| {
            let own_len = self.shape(span).map_or(0, |shape| shape.trailer_len);
            FrameTrailer::find(self.bytes, own, span.start, own_len)
        })
    }

    /// What the header of one layer announces.
    pub fn shape(&self, span: &Span) -> Option<Shape> {
        (self.protocol(span)?.shape)(self.bytes_of(span), &self.outer(span)).ok()
    }

    /// What the decoder knows of the protocol of one layer.
    pub fn protocol(&self, span: &Span) -> Option<&'static Protocol> {
        self.tables.protocol_of(span.layer)
    }

    /// The outermost frame.
    pub fn link_layer(&self) -> Option<&Span> {
        self.layer_of(Role::Link)
    }

    /// The outermost packet between networks.
    pub fn network_layer(&self) -> Option<&Span> {
        self.layer_of(Role::Network)
    }

    /// The outermost message between ports.
    pub fn transport_layer(&self) -> Option<&Span> {
        self.layer_of(Role::Transport)
    }

    /// The outermost layer of what programs say to each other.
    pub fn application_layer(&self) -> Option<&Span> {
        self.layer_of(Role::Application)
    }

    fn layer_of(&self, role: Role) -> Option<&Span> {
        let plays = |span: &&Span| self.protocol(span).is_some_and(|p| p.role == role);
        self.own_layers().iter().find(plays)
    }

    /// What ended the walk early, if something did.
    pub fn error(&self) -> Option<DecodeError> {
        self.error
    }

    /// Whether a header announces more payload than is there. The first fragment of a datagram and
    /// a quoted packet are shorter than their headers say and are not truncated by that.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Shows one layer.
    pub fn visit(&self, span: &Span, visitor: &mut dyn FnMut(&dyn AnyLayer)) {
        if let Some(protocol) = self.protocol(span) {
            // The walk has read this header before: there is no new error to report.
            let _ = (protocol.visit)(self.bytes_of(span), &self.outer(span), visitor);
        }
    }

    /// Decodes a part of the packet by itself, from a layer that claims a key on.
    pub(crate) fn decode_part(&self, key: Key, part: Range<usize>) -> Packet<'a> {
        let (mut packet, bytes) = (Packet::new(self.decoder), self.bytes);
        (packet.bytes, packet.link_type) = (bytes, self.link_type);
        let Self { tables, spans, error, .. } = &mut packet;
        let link_type = self.link_type.unwrap_or(LinkType::NULL);
        let found = Walk::new(tables, spans, error, link_type, bytes).walk_part(bytes, key, part);
        (packet.first, packet.count) = (found.first, found.count);
        (packet.own, packet.truncated) = (found.own, found.truncated);
        packet
    }

    /// Reports the fields of every layer, with their places in the packet, those of
    /// [`further_frames`](Self::further_frames) too.
    pub fn fields(&self, sink: &mut dyn FieldSink) {
        self.fields_of_layers(sink);
        self.further_frames().for_each(|frame| frame.fields_of_layers(sink));
    }

    fn fields_of_layers(&self, sink: &mut dyn FieldSink) {
        for span in self.layers() {
            let mut shifted = Shifted { sink, start: span.start as usize };
            self.visit(span, &mut |layer| layer.fields(&mut shifted));
        }
    }

    /// A copy that borrows nothing.
    pub fn to_owned(&self) -> OwnedPacket {
        OwnedPacket {
            decoder: self.decoder.clone(),
            bytes: self.bytes.into(),
            spans: self.layers().into(),
            own: self.own,
            truncated: self.truncated,
            error: self.error,
            link_type: self.link_type,
        }
    }
}

impl fmt::Display for Packet<'_> {
    /// Writes every field as `name=value`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::field::display(f, |sink| self.fields(sink))
    }
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("layers", &self.layers())
            .field("quoted", &self.quoted_layers().len())
            .field("truncated", &self.truncated)
            .field("error", &self.error)
            .field("bytes", &self.bytes)
            .finish()
    }
}
