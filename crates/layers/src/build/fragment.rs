//! Fragments: an IP packet cut into parts that fit a link,
//! [RFC 791](https://www.rfc-editor.org/rfc/rfc791) section 3.2 and
//! [RFC 8200](https://www.rfc-editor.org/rfc/rfc8200) section 4.5.

use thiserror::Error;
use zerocopy::IntoBytes;

use super::pad;
use crate::octet_options::OctetOptions;
use crate::serialize_layers;
use crate::{Encode, EncodeError, Fix, IpProtocol, Ipv4, Ipv4Flags, Ipv4Header, Ipv6};
use crate::{Ipv6FragmentHeader, LayerClass, LayerType, Malformed, Packet, RawLayer, Span};

/// Offsets of fragments are counted in units of eight bytes.
const UNIT: usize = 8;
/// The bit of an option that says that every fragment has it: RFC 791, section 3.1.
const COPIED: u8 = 0x80;
/// The place of the next header in an IPv6 header; in an extension header it comes first.
const IPV6_NEXT_HEADER: usize = 6;

/// Why a packet cannot be cut into fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FragmentError {
    /// There is nothing to cut.
    #[error("the packet has no layer of IP")]
    NoIp,
    /// An IPv4 packet says so, or an IPv6 packet is too large for fragments: RFC 2675, section 3.
    #[error("the packet must not be fragmented")]
    DontFragment,
    /// A fragment has at least eight bytes of the packet behind its headers.
    #[error("an MTU of {mtu} is too small: a fragment takes {need}")]
    #[allow(missing_docs, reason = "the message says it")]
    Mtu { mtu: usize, need: usize },
    /// The capture does not hold the whole packet.
    #[error("the packet is cut short: {need} bytes of payload, {have} there")]
    #[allow(missing_docs, reason = "the message says it")]
    Cut { need: usize, have: usize },
    /// A fragment cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl Packet<'_> {
    /// Cuts the outermost IP packet into fragments of at most `mtu` bytes of IP, each behind the
    /// layers that are around it. A packet that fits is given back as it is. A fragment is cut into
    /// smaller ones. What fills up a short frame, or stands behind the packet, is left out.
    ///
    /// `identification` is the number of an IPv6 packet that has no fragment header yet; IPv4
    /// packets have one of their own. An IPv6 host need not take a first fragment without the whole
    /// chain of headers, RFC 7112: with a small MTU you get such fragments, as you ask for.
    ///
    /// ```
    /// use rheos_layers::*;
    ///
    /// # let mut bytes = Vec::new();
    /// # let udp = UdpHeader { destination_port: 7777.into(), ..Default::default() };
    /// # serialize_layers(&mut bytes, Fix::all(), &[&Ipv4Header::default(), &udp], &[7; 2000])?;
    /// let decoder = Decoder::default();
    /// let packet = decoder.decode(LinkType::IPV4, &bytes);
    /// let fragments = packet.fragments(1500, 0)?;
    /// let lengths: Vec<_> = fragments.iter().map(Vec::len).collect();
    /// assert_eq!(lengths, [1500, 548]);
    /// let last = decoder.decode(LinkType::IPV4, &fragments[1]);
    /// assert_eq!(last.get::<Ipv4>().unwrap().fragment_offset(), 1480);
    /// # Ok::<(), FragmentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`FragmentError`].
    pub fn fragments(
        &self,
        mtu: usize,
        identification: u32,
    ) -> Result<Vec<Vec<u8>>, FragmentError> {
        let is_ip = |span: &Span| LayerClass::IP_NETWORK.contains(span.layer);
        let place = self.own_layers().iter().position(is_ip).ok_or(FragmentError::NoIp)?;
        let span = self.own_layers().get(place).ok_or(FragmentError::NoIp)?;
        let (shape, payload) =
            (self.shape(span).ok_or(FragmentError::NoIp)?, self.payload_of(span));
        if shape.payload_len > payload.len() {
            return Err(FragmentError::Cut { need: shape.payload_len, have: payload.len() });
        }
        if shape.header_len.saturating_add(payload.len()) <= mtu {
            return Ok(vec![self.bytes().to_vec()]);
        }
        match self.view::<Ipv4<'_>>(span) {
            Some(ip) => self.fragments_of_v4(place, &ip, mtu),
            None => self.fragments_of_v6(place, mtu, identification),
        }
    }

    fn fragments_of_v4(
        &self,
        place: usize,
        ip: &Ipv4<'_>,
        mtu: usize,
    ) -> Result<Vec<Vec<u8>>, FragmentError> {
        if ip.flags().contains(Ipv4Flags::DONT_FRAGMENT) {
            return Err(FragmentError::DontFragment);
        }
        let (first, copied) = (ip.option_bytes.to_vec(), copied(ip.option_bytes)?);
        let is_last = !ip.flags().contains(Ipv4Flags::MORE_FRAGMENTS);
        let mut rest = ip.payload;
        let (mut offset, mut fragments) = (ip.fragment_offset(), Vec::new());
        while !rest.is_empty() {
            let options = if fragments.is_empty() { &first } else { &copied };
            let header_len = size_of::<Ipv4Header>().saturating_add(options.len());
            let (data, behind) = cut(rest, mtu, header_len)?;
            rest = behind;
            let mut header = *ip.header;
            let more = !(rest.is_empty() && is_last);
            let flags = if more { Ipv4Flags::MORE_FRAGMENTS } else { Ipv4Flags::empty() };
            header.set_flags(flags | ip.flags() & Ipv4Flags::RESERVED);
            header.set_fragment_offset(offset);
            let header = [header.as_bytes(), options].concat();
            fragments.push(self.behind_others(place, &[(place, header)], None, data)?);
            offset = moved(offset, data.len(), "ip")?;
        }
        Ok(fragments)
    }

    fn fragments_of_v6(
        &self,
        place: usize,
        mtu: usize,
        identification: u32,
    ) -> Result<Vec<Vec<u8>>, FragmentError> {
        let own = self.own_layers();
        let ip = own.get(place).and_then(|span| self.view::<Ipv6<'_>>(span));
        let ip = ip.ok_or(FragmentError::NoIp)?;
        if ip.header.payload_length.get() == 0 {
            return Err(FragmentError::DontFragment);
        }
        let end = per_fragment(own, place);
        // Each fragment has the headers up to here.
        let headers = own.get(place..end).unwrap_or_default();
        let mut copies: Vec<_> =
            (place..).zip(headers.iter().map(|span| self.header_of(span))).collect();
        let before = own.get(end).filter(|span| span.layer == LayerType::IPV6_FRAGMENT);
        let before = before.and_then(|span| Some((self.header::<Ipv6FragmentHeader>(span)?, span)));
        let (mut header, mut rest) = match before {
            Some((header, span)) => (*header, self.payload_of(span)),
            None => {
                let header = Ipv6FragmentHeader {
                    identification: identification.into(),
                    ..Default::default()
                };
                (header, headers.last().map_or(&[][..], |span| self.payload_of(span)))
            }
        };
        if let Some((at, last)) = copies.last_mut() {
            let at = if *at == place { IPV6_NEXT_HEADER } else { 0 };
            let next_header = last.get_mut(at).into_iter();
            next_header.for_each(|next_header| {
                if before.is_none() {
                    header.next_header = *next_header;
                    *next_header = IpProtocol::FRAGMENT.0;
                }
            });
        }
        let front = copies.iter().map(|(_, header)| header.len()).sum::<usize>();
        let front = front.saturating_add(size_of::<Ipv6FragmentHeader>());
        let (is_last, mut offset) = (!header.has_more_fragments(), header.fragment_offset());
        let mut fragments = Vec::new();
        while !rest.is_empty() {
            let (data, behind) = cut(rest, mtu, front)?;
            rest = behind;
            header.set_fragment_offset(offset);
            header.set_more_fragments(!(rest.is_empty() && is_last));
            fragments.push(self.behind_others(place, &copies, Some(&header), data)?);
            offset = moved(offset, data.len(), "ipv6.fraghdr")?;
        }
        Ok(fragments)
    }

    fn header_of(&self, span: &Span) -> Vec<u8> {
        self.bytes_of(span).get(..span.header_len.into()).unwrap_or_default().to_vec()
    }

    /// A fragment behind the layers in front of the packet that is cut.
    fn behind_others(
        &self,
        place: usize,
        headers: &[(usize, Vec<u8>)],
        fragment: Option<&Ipv6FragmentHeader>,
        data: &[u8],
    ) -> Result<Vec<u8>, FragmentError> {
        let raw = self.raw_layers().take(place);
        let front = raw.map(|raw| RawLayer { padding: &[], trailer: &[], ..raw });
        let own = self.own_layers();
        let copies = headers.iter().filter_map(|(place, header)| {
            let protocol = self.protocol(own.get(*place)?)?;
            Some(RawLayer { protocol, header, padding: &[], trailer: &[] })
        });
        let layers: Vec<_> = front.chain(copies).collect();
        let layers = layers.iter().map(|raw| raw as &dyn Encode);
        let layers: Vec<_> = layers.chain(fragment.map(|header| header as &dyn Encode)).collect();
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::LENGTHS | Fix::CHECKSUMS, &layers, data)?;
        Ok(out)
    }
}

/// The place behind the headers that each fragment has: those that routers on the way look at, up to
/// a route or else the options for every hop. A fragment header that is there stands behind them.
fn per_fragment(own: &[Span], place: usize) -> usize {
    let behind = place.saturating_add(1);
    let extensions = own.get(behind..).unwrap_or_default().iter();
    let extensions = extensions.take_while(|span| LayerClass::IPV6_EXTENSION.contains(span.layer));
    let mut end = behind;
    for (at, span) in (behind..).zip(extensions) {
        match span.layer {
            LayerType::IPV6_FRAGMENT => return at,
            LayerType::IPV6_ROUTING => end = at.saturating_add(1),
            LayerType::IPV6_HOP_BY_HOP if at == behind => end = at.saturating_add(1),
            _ => {}
        }
    }
    end
}

/// What the next fragment holds, and what is left: all of it if it fits, or else a multiple of
/// eight bytes.
fn cut(rest: &[u8], mtu: usize, header_len: usize) -> Result<(&[u8], &[u8]), FragmentError> {
    let need = header_len.saturating_add(UNIT);
    let room = mtu.checked_sub(header_len).filter(|room| *room >= UNIT);
    let room = room.ok_or(FragmentError::Mtu { mtu, need })?;
    let len = if rest.len() <= room { rest.len() } else { room & !UNIT.saturating_sub(1) };
    Ok(rest.split_at_checked(len).unwrap_or((rest, &[])))
}

/// The offset of the next fragment.
fn moved(offset: u16, len: usize, layer: &'static str) -> Result<u16, FragmentError> {
    let value = usize::from(offset).saturating_add(len);
    let error = EncodeError::TooLarge { layer, field: "fragment offset", value: value as u64 };
    u16::try_from(value).map_err(|_| error.into())
}

/// The options that every fragment has, filled up to a multiple of four bytes.
fn copied(options: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    for option in OctetOptions::new(options) {
        let malformed = |cause: Malformed| EncodeError::Malformed { layer: "ip", cause };
        let option = option.map_err(malformed)?;
        if option.kind & COPIED != 0 {
            out.extend_from_slice(options.get(option.bytes(0)).unwrap_or_default());
        }
    }
    pad(&mut out, 0, 4);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, EthernetHeader, Ipv4Builder, Ipv4Option, Ipv6Fragment, Ipv6Header};
    use crate::{Ipv6DestinationBuilder, Ipv6HopByHopBuilder, LinkType, UdpHeader};

    /// A frame of these layers around 100 bytes, its IP header at place 1.
    fn frame(layers: &[&dyn Encode]) -> Vec<u8> {
        let data: Vec<u8> = (0..100).collect();
        let mut out = Vec::new();
        let ethernet = EthernetHeader::default();
        let layers = [&[&ethernet as &dyn Encode], layers].concat();
        serialize_layers(&mut out, Fix::all(), &layers, &data).unwrap();
        out
    }

    fn fragments(bytes: &[u8], mtu: usize) -> Result<Vec<Vec<u8>>, FragmentError> {
        Decoder::default().decode(LinkType::ETHERNET, bytes).fragments(mtu, 7)
    }

    /// Offset, whether more follow, header length and payload of each IPv4 fragment.
    fn shown(fragments: &[Vec<u8>]) -> Vec<(u16, bool, usize, Vec<u8>)> {
        let decoder = Decoder::default();
        let show = |bytes: &Vec<u8>| {
            let packet = decoder.decode(LinkType::ETHERNET, bytes);
            let ip = packet.get::<Ipv4<'_>>().unwrap();
            assert_eq!(
                packet.verify_checksums().next().unwrap().status(),
                crate::ChecksumStatus::Good
            );
            let more = ip.flags().contains(Ipv4Flags::MORE_FRAGMENTS);
            let header_len = 20 + ip.option_bytes.len();
            assert_eq!(bytes.len(), 14 + header_len + ip.payload.len());
            (ip.fragment_offset(), more, header_len, ip.payload.to_vec())
        };
        fragments.iter().map(show).collect()
    }

    #[test]
    fn a_datagram_is_cut_as_the_specification_says() {
        // RFC 791, section 3.2, with a route that later fragments leave out and one they keep.
        let stations = [[10, 0, 0, 9]];
        let routes = [crate::Ipv4SourceRoute::Loose].map(|source| crate::Ipv4Route {
            source: Some(source),
            pointer: 4,
            addresses: &stations,
        });
        let times = crate::Ipv4Timestamps { pointer: 5, overflow: 0, flag: 0, words: &[[0; 4]; 2] };
        let options = [Ipv4Option::Timestamps(times), Ipv4Option::Route(routes[0])];
        let ip = Ipv4Builder { options: &options, ..Default::default() };
        let whole = frame(&[&ip, &UdpHeader::default()]);
        let found = shown(&fragments(&whole, 84).unwrap());
        let shapes: Vec<_> = found
            .iter()
            .map(|(offset, more, len, data)| (*offset, *more, *len, data.len()))
            .collect();
        // 40 bytes of header and 40 of data; then 28 of header and up to 56.
        assert_eq!(shapes, [(0, true, 40, 40), (40, true, 28, 56), (96, false, 28, 12)]);
        let data: Vec<u8> = found.into_iter().flat_map(|(.., data)| data).collect();
        assert_eq!(data, whole[14 + 40..]);
    }

    #[test]
    fn a_fragment_is_cut_into_smaller_ones() {
        let whole = frame(&[&Ipv4Header::default(), &UdpHeader::default()]);
        let large = fragments(&whole, 84).unwrap();
        let again =
            large.iter().flat_map(|large| fragments(large, 44).unwrap()).collect::<Vec<_>>();
        let shapes: Vec<_> = shown(&again)
            .iter()
            .map(|(offset, more, _, data)| (*offset, *more, data.len()))
            .collect();
        let expected =
            [(0, true, 24), (24, true, 24), (48, true, 16), (64, true, 24), (88, false, 20)];
        assert_eq!(shapes, expected);
    }

    #[test]
    fn what_fits_stays_and_what_cannot_be_cut_is_an_error() {
        let whole = frame(&[&Ipv4Header::default(), &UdpHeader::default()]);
        assert_eq!(fragments(&whole, 128), Ok(vec![whole.clone()]));
        assert_eq!(fragments(&whole, 27), Err(FragmentError::Mtu { mtu: 27, need: 28 }));
        assert_eq!(fragments(&whole[..60], 68), Err(FragmentError::Cut { need: 108, have: 26 }));
        let mut header = Ipv4Header::default();
        header.set_flags(Ipv4Flags::DONT_FRAGMENT);
        let fixed = frame(&[&header, &UdpHeader::default()]);
        assert_eq!(fragments(&fixed, 68), Err(FragmentError::DontFragment));
        assert_eq!(fragments(&frame(&[]), 68), Err(FragmentError::NoIp));
    }

    #[test]
    fn each_fragment_of_ipv6_has_the_headers_that_routers_look_at() {
        // RFC 8200, section 4.5: hop-by-hop options are in each fragment, destination options in
        // front of the payload in the first only.
        let layers: [&dyn Encode; 4] = [
            &Ipv6Header::default(),
            &Ipv6HopByHopBuilder::default(),
            &Ipv6DestinationBuilder::default(),
            &UdpHeader::default(),
        ];
        let whole = frame(&layers);
        let found = fragments(&whole, 112).unwrap();
        let decoder = Decoder::default();
        let (mut data, mut shapes) = (Vec::<u8>::new(), Vec::new());
        for bytes in &found {
            let packet = decoder.decode(LinkType::ETHERNET, bytes);
            let fragment = packet.get::<Ipv6Fragment<'_>>().unwrap();
            assert_eq!(packet.get::<Ipv6<'_>>().unwrap().next_header(), IpProtocol::HOP_BY_HOP);
            assert_eq!((bytes[14 + 40], fragment.identification()), (44, 7));
            assert_eq!(fragment.next_header(), IpProtocol::DESTINATION_OPTIONS);
            shapes.push((fragment.fragment_offset(), fragment.has_more_fragments(), bytes.len()));
            data.extend(fragment.payload);
        }
        assert_eq!(shapes, [(0, true, 14 + 112), (56, true, 14 + 112), (112, false, 14 + 60)]);
        assert_eq!(data, whole[14 + 48..]);
        let again = found.iter().flat_map(|bytes| fragments(bytes, 96).unwrap());
        let offset = |bytes: Vec<u8>| {
            let packet = decoder.decode(LinkType::ETHERNET, &bytes);
            packet.get::<Ipv6Fragment<'_>>().unwrap().fragment_offset()
        };
        assert_eq!(again.map(offset).collect::<Vec<_>>(), [0, 40, 56, 96, 112]);
    }
}
