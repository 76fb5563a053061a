//! What a fragment says of its datagram.

use std::hash::{BuildHasher, Hash};

use rheos_layers::{IpProtocol, Ipv4, Ipv4Flags, Ipv6, LayerType, Next, Packet, Span};

use crate::HashSeed;

/// What the fragments of one datagram have in common, RFC 791 section 2.3 and RFC 8200 section 4.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DatagramId {
    source: [u8; 16],
    destination: [u8; 16],
    identification: u32,
    /// RFC 8200 leaves the protocol out, RFC 791 does not.
    protocol: Option<IpProtocol>,
    /// Which of several networks with the same addresses it is in.
    network: u64,
}

impl DatagramId {
    /// The same in another network, told apart by what a key has beside the addresses.
    #[must_use]
    pub fn in_network(self, tag: &impl Hash) -> Self {
        Self { network: HashSeed::fixed(self.network).hash_one(tag), ..self }
    }
}

impl DatagramId {
    /// Source and destination, as numbers: an address of IPv4 is that of its 32 bits.
    pub fn hosts(&self) -> [u128; 2] {
        [self.source, self.destination].map(u128::from_be_bytes)
    }
}

/// A fragment of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fragment {
    /// Which datagram.
    pub datagram: DatagramId,
    /// Bytes of the IP packet, header and all, as its header says.
    pub ip_length: u32,
    /// Bytes of the datagram's payload in it.
    pub payload_length: u32,
    /// Where in the datagram's payload they start.
    pub offset: u32,
    /// Whether more are to follow behind them.
    pub has_more: bool,
    /// Whether all of them were captured.
    pub is_captured: bool,
    /// The thirteenth byte of the datagram's payload, if it is in this fragment: TCP says there how long its
    /// header is.
    pub(crate) thirteenth: Option<u8>,
    /// The datagram of a tunnel that is in pieces itself, of which this packet is in the first: the others
    /// belong to the flow of this packet, which has told its length whole.
    pub around: Option<DatagramId>,
}

impl Fragment {
    /// The same in another network, as [`DatagramId::in_network`] has it.
    #[must_use]
    pub fn in_network(self, tag: &impl Hash) -> Self {
        let around = self.around.map(|datagram| datagram.in_network(tag));
        Self { datagram: self.datagram.in_network(tag), around, ..self }
    }

    /// What a packet says of itself, if its outermost IP carries a fragment.
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        Self::of_layers(packet, packet.own_layers())
    }

    /// The same of the outermost IP of these layers of a packet.
    pub(crate) fn of_layers(packet: &Packet<'_>, spans: &[Span]) -> Option<Self> {
        let is_ip = |span: &Span| matches!(span.layer, LayerType::IPV4 | LayerType::IPV6);
        let at = spans.iter().position(is_ip)?;
        let (span, behind) = spans.get(at..)?.split_first()?;
        let wide = |address: [u8; 4]| u128::from(u32::from_be_bytes(address)).to_be_bytes();
        if let Some(ip) = packet.view::<Ipv4<'_>>(span).filter(Ipv4::is_fragment) {
            let datagram = DatagramId {
                source: wide(ip.header.source),
                destination: wide(ip.header.destination),
                identification: ip.header.identification.get().into(),
                protocol: Some(ip.protocol()),
                network: 0,
            };
            let ip_length = ip.header.total_length.get().into();
            let place = Place {
                headers: span.header_len.into(),
                offset: ip.fragment_offset().into(),
                has_more: ip.flags().contains(Ipv4Flags::MORE_FRAGMENTS),
            };
            return place.of(datagram, ip_length, packet.bytes_of(span));
        }
        let ip = packet.view::<Ipv6<'_>>(span)?;
        // One behind another IP is of that.
        let mut own = behind.iter().take_while(|span| !is_ip(span));
        let header = own.find(|span| span.layer == LayerType::IPV6_FRAGMENT)?;
        let (shape, bytes) = (packet.shape(header)?, packet.bytes_of(header));
        if matches!(shape.next, Next::One(_)) {
            return None;
        }
        let &[_, _, high, low, a, b, c, d, ..] = bytes else { return None };
        let datagram = DatagramId {
            source: ip.header.source,
            destination: ip.header.destination,
            identification: u32::from_be_bytes([a, b, c, d]),
            protocol: None,
            network: 0,
        };
        let plen = u32::from(ip.header.payload_length.get());
        let ip_length = plen.saturating_add(span.header_len.into());
        let front = header.start.saturating_sub(span.start);
        let place = Place {
            headers: front.saturating_add(header.header_len.into()),
            // RFC 8200 section 4.5: the offset, two bits without a meaning, and whether more follow.
            offset: (u16::from_be_bytes([high, low]) & 0xfff8).into(),
            has_more: low & 1 == 1,
        };
        place.of(datagram, ip_length, packet.bytes_of(span))
    }
}

/// Where in its datagram a fragment is.
struct Place {
    /// Bytes of headers in front of its payload.
    headers: u32,
    offset: u32,
    has_more: bool,
}

impl Place {
    fn of(self, datagram: DatagramId, ip_length: u32, bytes: &[u8]) -> Option<Fragment> {
        let Self { headers, offset, has_more } = self;
        let payload_length = ip_length.saturating_sub(headers);
        let payload = bytes.get(headers as usize..)?;
        let payload = payload.get(..payload_length as usize).unwrap_or(payload);
        let thirteenth = 12_usize.checked_sub(offset as usize).and_then(|at| payload.get(at));
        Some(Fragment {
            datagram,
            ip_length,
            payload_length,
            offset,
            has_more,
            is_captured: payload.len() >= payload_length as usize,
            thirteenth: thirteenth.copied(),
            around: None,
        })
    }
}
