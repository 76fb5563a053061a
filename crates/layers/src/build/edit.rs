//! Editing packets: headers changed in place, layers put in and taken out.

use rheos_core::LinkType;
use thiserror::Error;

use super::place::{self, Place};
use crate::{Decoder, Encode, EncodeError, Fix, Header, Packet, Protocol};

/// Why a packet cannot be edited as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditError {
    /// There are fewer layers than that.
    #[error("no layer {place}: the packet has {layers}")]
    #[allow(missing_docs, reason = "the message says it")]
    NoLayer { place: usize, layers: usize },

    /// The layer has no field of that name.
    #[error("{layer} has no field of that name here")]
    #[allow(missing_docs, reason = "the message says it")]
    NoField { layer: &'static str },

    /// The value is none for the field.
    #[error("not a value for {field}")]
    #[allow(missing_docs, reason = "the message says it")]
    Value { field: &'static str },

    /// The text is none for the setting.
    #[error("{name} is {form}")]
    #[allow(missing_docs, reason = "the message says it")]
    Form { name: &'static str, form: &'static str },

    /// A layer cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A packet that is being edited: its bytes, and its layers as they were when it was decoded.
///
/// Nothing is worked out until [`fix`](Self::fix) is asked to, so that a packet can be as wrong as
/// its author wants it.
///
/// ```
/// use rheos_layers::*;
///
/// let decoder = Decoder::default();
/// let frame = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
///     \x45\x00\x00\x1e\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02\
///     \x30\x39\x1f\x90\x00\x0a\x00\x00hi";
/// let mut packet = PacketMut::new(&decoder, LinkType::ETHERNET, frame);
/// packet.header_mut::<Ipv4Header>().unwrap().ttl = 1;
/// packet.insert(1, &EthernetHeader::default())?;
/// packet.set_payload(b"hello");
/// packet.fix(Fix::all())?;
///
/// let edited = packet.decoded();
/// assert_eq!(edited.get_last::<Ethernet>().unwrap().ether_type(), Some(EtherType::IPV4));
/// assert_eq!(edited.get::<Ipv4>().unwrap().header.total_length.get(), 33);
/// assert_eq!(edited.payload(), b"hello");
/// # Ok::<(), EditError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PacketMut {
    decoder: Decoder,
    pub(super) link_type: LinkType,
    pub(super) bytes: Vec<u8>,
    pub(super) places: Vec<Place>,
}

impl PacketMut {
    /// Takes a packet apart. What is malformed or not understood is payload.
    pub fn new(decoder: &Decoder, link_type: LinkType, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let packet = decoder.decode(link_type, &bytes);
        let places = packet.own_layers().iter().filter_map(|span| {
            let start = span.start as usize;
            let behind = start.saturating_add(span.header_len.into());
            let end = start.saturating_add(span.len as usize);
            let payload = behind.saturating_add(packet.payload_of(span).len());
            let (protocol, trailer) = (packet.protocol(span)?, end.saturating_sub(payload));
            Some(Place { protocol, start, behind, end, trailer, has_tail: false })
        });
        let places = places.collect();
        Self { decoder: decoder.clone(), link_type, bytes, places }
    }

    /// The fixed part of the outermost header of a kind, to be changed in any way.
    pub fn header_mut<H: Header>(&mut self) -> Option<&mut H> {
        let wanted = |place: &Place| place.protocol.layer == H::PROTOCOL.layer;
        let place = self.places.iter().position(wanted)?;
        self.header_at_mut(place)
    }

    /// The fixed part of the header of one layer, counted from the outermost, if it is of that kind.
    pub fn header_at_mut<H: Header>(&mut self, place: usize) -> Option<&mut H> {
        let place = self.places.get(place).filter(|at| at.protocol.layer == H::PROTOCOL.layer)?;
        let header = self.bytes.get_mut(place.start..place.behind)?;
        H::mut_from_prefix(header).ok().map(|(header, _)| header)
    }

    /// The header of one layer, with its options, as bytes.
    pub fn header_bytes_mut(&mut self, place: usize) -> Option<&mut [u8]> {
        let place = self.places.get(place)?;
        self.bytes.get_mut(place.start..place.behind)
    }

    /// The payload of the innermost layer.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        let (start, end) = self.payload_place();
        self.bytes.get_mut(start..end).unwrap_or_default()
    }

    /// Puts another payload behind the innermost layer.
    pub fn set_payload(&mut self, payload: &[u8]) {
        let (start, end) = self.payload_place();
        self.splice(start, end, payload, self.places.len());
    }

    /// Puts a layer in front of the one at a place, or behind the last.
    ///
    /// # Errors
    ///
    /// There is no such place, or the layer cannot be written.
    pub fn insert(&mut self, place: usize, layer: &dyn Encode) -> Result<(), EditError> {
        let layers = self.places.len();
        let outer = place.checked_sub(1).and_then(|outer| self.places.get(outer));
        let bounds = outer.map_or((0, self.bytes.len()), |at| (at.behind, at.payload_end()));
        let (start, end) = (self.places.get(place).map_or(bounds.0, |at| at.start), bounds.1);
        if place > layers {
            return Err(EditError::NoLayer { place, layers });
        }
        let (mut header, mut trailer) = (Vec::new(), Vec::new());
        layer.encode(&mut header)?;
        layer.encode_trailer(end.saturating_sub(start), &mut trailer)?;
        self.splice(end, end, &trailer, place);
        self.splice(start, start, &header, place);
        let behind = start.saturating_add(header.len());
        let end = end.saturating_add(header.len()).saturating_add(trailer.len());
        let (protocol, trailer) = (layer.protocol(), trailer.len());
        self.places.insert(place, Place { protocol, start, behind, end, trailer, has_tail: false });
        Ok(())
    }

    /// Takes a layer out: its header and its trailer.
    ///
    /// # Errors
    ///
    /// There is no such place.
    pub fn remove(&mut self, place: usize) -> Result<(), EditError> {
        let layers = self.places.len();
        let at = *self.places.get(place).ok_or(EditError::NoLayer { place, layers })?;
        self.places.remove(place);
        self.splice(at.payload_end(), at.end, &[], place);
        self.splice(at.start, at.behind, &[], place);
        Ok(())
    }

    /// Puts another layer in the place of one, such as the same with other options.
    ///
    /// # Errors
    ///
    /// There is no such place, or the layer cannot be written: nothing has changed then.
    pub fn replace(&mut self, place: usize, layer: &dyn Encode) -> Result<(), EditError> {
        let before = self.clone();
        self.remove(place)?;
        self.insert(place, layer).inspect_err(|_| *self = before)
    }

    /// Writes the header of one layer again, with its options: the function is shown the packet as
    /// it is, and writes the new header.
    ///
    /// ```
    /// use rheos_layers::*;
    ///
    /// # let mut bytes = Vec::new();
    /// # let options = [TcpOption::MaximumSegmentSize(1460), TcpOption::SackPermitted];
    /// # let tcp = TcpBuilder { options: &options, ..Default::default() };
    /// # serialize_layers(&mut bytes, Fix::all(), &[&Ipv4Header::default(), &tcp], b"hi")?;
    /// let mut packet = PacketMut::new(&Decoder::default(), LinkType::IPV4, bytes);
    /// packet.rewrite(1, |packet, out| {
    ///     let Some(tcp) = packet.get::<Tcp>() else { return Ok(()) };
    ///     let mut options: Vec<_> = tcp.options().flatten().collect();
    ///     options.retain(|option| *option != TcpOption::SackPermitted);
    ///     TcpBuilder { header: *tcp.header, options: &options }.encode(out)
    /// })?;
    /// packet.fix(Fix::all())?;
    ///
    /// let tcp = packet.decoded();
    /// let tcp = tcp.get::<Tcp>().unwrap();
    /// assert_eq!((tcp.option_bytes, tcp.payload), (&[2, 4, 5, 180, 0, 0, 0, 0][..], &b"hi"[..]));
    /// # Ok::<(), EditError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such place, or the header cannot be written: nothing has changed then.
    pub fn rewrite(
        &mut self,
        place: usize,
        write: impl FnOnce(&Packet<'_>, &mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Result<(), EditError> {
        let layers = self.places.len();
        if place >= layers {
            return Err(EditError::NoLayer { place, layers });
        }
        let mut header = Vec::new();
        write(&self.decoded(), &mut header)?;
        self.put_header(place, &header);
        Ok(())
    }

    /// Works out what is asked for in every layer.
    ///
    /// # Errors
    ///
    /// A length does not fit its field.
    pub fn fix(&mut self, fix: Fix) -> Result<(), EncodeError> {
        place::fix(&mut self.bytes, fix, &self.places)
    }

    /// The same in one layer, counted from the outermost; nothing, if there are fewer. Checksums of the
    /// layers around it cover what is worked out: they come behind.
    ///
    /// # Errors
    ///
    /// A length does not fit its field.
    pub fn fix_layer(&mut self, place: usize, fix: Fix) -> Result<(), EncodeError> {
        place::fix_one(&mut self.bytes, fix, &self.places, place)
    }

    /// The layers, outermost first.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = &'static Protocol> {
        self.places.iter().map(|place| place.protocol)
    }

    /// The packet as a decoder sees it now.
    pub fn decoded(&self) -> Packet<'_> {
        self.decoder.decode(self.link_type, &self.bytes)
    }

    /// The bytes of the packet.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the packet, for good.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Puts another header in the place of one, of whatever length.
    pub(super) fn put_header(&mut self, place: usize, header: &[u8]) {
        let Some(&Place { start, behind, end, .. }) = self.places.get(place) else { return };
        self.splice(start, behind, header, place);
        if let Some(at) = self.places.get_mut(place) {
            let moved = |at: usize| {
                at.saturating_add(header.len()).saturating_sub(behind.saturating_sub(start))
            };
            // A header of nothing starts where the new one ends, unless it is told otherwise.
            (at.start, at.behind, at.end) = (start, moved(behind), moved(end));
        }
    }

    fn payload_place(&self) -> (usize, usize) {
        self.places.last().map_or((0, self.bytes.len()), |at| (at.behind, at.payload_end()))
    }

    /// Puts bytes in the place of others, in the payload of the first `outer` layers and in front of
    /// whatever of the others starts there.
    pub(super) fn splice(&mut self, start: usize, end: usize, bytes: &[u8], outer: usize) {
        let old = end.saturating_sub(start);
        drop(self.bytes.splice(start..end, bytes.iter().copied()));
        let moved = |at: usize| at.saturating_add(bytes.len()).saturating_sub(old);
        for (count, place) in self.places.iter_mut().enumerate() {
            if count < outer {
                place.end = moved(place.end);
            } else if place.start >= end {
                place.start = moved(place.start);
                place.behind = moved(place.behind);
                place.end = moved(place.end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EthernetHeader, Ipv4, Ipv4Header, LayerType, Udp, UdpHeader};

    const FRAME: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00\
        \x45\x00\x00\x1e\x00\x00\x00\x00\x40\x11\x66\xcd\x0a\x00\x00\x01\x0a\x00\x00\x02\
        \x30\x39\x1f\x90\x00\x0a\x33\xa5hi";

    fn packet(frame: &[u8]) -> PacketMut {
        PacketMut::new(&Decoder::default(), LinkType::ETHERNET, frame)
    }

    fn layers(packet: &PacketMut) -> Vec<LayerType> {
        packet.layers().map(|protocol| protocol.layer).collect()
    }

    #[test]
    fn a_layer_put_in_and_taken_out_leaves_nothing() {
        for place in 0..=3 {
            let mut packet = packet(FRAME);
            packet.insert(place, &UdpHeader::default()).unwrap();
            assert_eq!((layers(&packet)[place], packet.bytes().len()), (LayerType::UDP, 52));
            packet.remove(place).unwrap();
            assert_eq!(packet.bytes(), FRAME);
        }
    }

    #[test]
    fn a_tunnel_is_stripped() {
        let mut packet = packet(FRAME);
        packet.insert(0, &Ipv4Header::default()).unwrap();
        packet.insert(0, &EthernetHeader::default()).unwrap();
        packet.fix(Fix::all()).unwrap();
        let mut tunnel = self::packet(packet.bytes());
        assert_eq!(tunnel.layers().len(), 5);
        (0..2).for_each(|_| tunnel.remove(0).unwrap());
        assert_eq!(tunnel.bytes(), FRAME);
    }

    #[test]
    fn a_payload_of_another_length_is_fixed_only_when_asked() {
        let mut packet = packet(FRAME);
        packet.set_payload(b"hello, world");
        assert_eq!(packet.decoded().get::<Udp<'_>>().unwrap().payload, b"he");
        packet.fix(Fix::all()).unwrap();
        let decoded = packet.decoded();
        assert_eq!(decoded.get::<Ipv4<'_>>().unwrap().header.total_length.get(), 40);
        assert_eq!(decoded.payload(), b"hello, world");
    }

    #[test]
    fn a_packet_can_be_as_wrong_as_its_author_wants() {
        let mut packet = packet(FRAME);
        let header = packet.header_mut::<Ipv4Header>().unwrap();
        header.version_ihl = 0x6f;
        header.total_length.set(3);
        packet.header_mut::<UdpHeader>().unwrap().length.set(1);
        assert_eq!(packet.bytes()[14..18], [0x6f, 0, 0, 3]);
        assert_eq!(packet.bytes()[38..40], [0, 1]);
    }

    #[test]
    fn what_is_not_there_cannot_be_taken_out() {
        let mut packet = packet(FRAME);
        assert_eq!(packet.remove(3), Err(EditError::NoLayer { place: 3, layers: 3 }));
        let error = packet.insert(4, &UdpHeader::default());
        assert_eq!(error, Err(EditError::NoLayer { place: 4, layers: 3 }));
        assert_eq!(packet.bytes(), FRAME);
    }

    #[test]
    fn a_length_that_does_not_fit_is_an_error() {
        let mut packet = packet(FRAME);
        packet.set_payload(&vec![0; 70_000]);
        let error = packet.fix(Fix::all()).unwrap_err();
        assert_eq!(error.to_string(), "70028 does not fit the total length of ip");
    }
}
