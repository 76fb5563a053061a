//! Which flow the fragments of a datagram belong to.

use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use rheos_core::{Side, Timestamp};
use rheos_layers::{IpProtocol, Ipv4, Ipv6, LayerType, Next, Packet, Span};

use crate::HashSeed;
use crate::tracker::FlowId;

/// Datagrams in pieces that are remembered at once; an attacker who sends more makes the oldest
/// forgotten, not the table larger.
const DATAGRAMS: usize = 4096;

/// RFC 791 section 3.2 gives a datagram 15 seconds to arrive, RFC 8200 section 4.5 one minute: what
/// comes later is of another datagram.
const LIFETIME: Duration = Duration::from_secs(60);

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
        let at = spans.iter().position(|s| matches!(s.layer, LayerType::IPV4 | LayerType::IPV6))?;
        let (span, behind) = spans.get(at..)?.split_first()?;
        let wide = |address: [u8; 4]| u128::from(u32::from_be_bytes(address)).to_be_bytes();
        if let Some(ip) = packet.view::<Ipv4<'_>>(span) {
            let datagram = DatagramId {
                source: wide(ip.header.source),
                destination: wide(ip.header.destination),
                identification: ip.header.identification.get().into(),
                protocol: Some(ip.protocol()),
                network: 0,
            };
            let ip_length = ip.header.total_length.get().into();
            let payload_length = u32::saturating_sub(ip_length, span.header_len.into());
            let found = Self { datagram, ip_length, payload_length, around: None };
            return ip.is_fragment().then_some(found);
        }
        let ip = packet.view::<Ipv6<'_>>(span)?;
        let header = behind.iter().find(|span| span.layer == LayerType::IPV6_FRAGMENT)?;
        let (shape, bytes) = (packet.shape(header)?, packet.bytes_of(header));
        if matches!(shape.next, Next::One(_)) {
            return None;
        }
        let &[_, _, _, _, a, b, c, d, ..] = bytes else { return None };
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
        let headers = front.saturating_add(header.header_len.into());
        let payload_length = ip_length.saturating_sub(headers);
        Some(Self { datagram, ip_length, payload_length, around: None })
    }
}

/// The flows of datagrams in pieces. Takes no memory before the first.
#[derive(Debug, Default)]
pub(crate) struct Fragments(Vec<Option<Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    datagram: DatagramId,
    of: PieceOf,
    seen: Timestamp,
}

/// What a fragment belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PieceOf {
    pub(crate) flow: FlowId,
    pub(crate) side: Side,
    /// Whether it is of a tunnel's datagram, whose first fragment has the packet that counts.
    pub(crate) is_around: bool,
}

impl Fragments {
    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<Option<Known>>())
    }

    /// Remembers the flow of a first fragment.
    pub(crate) fn insert(
        &mut self,
        datagram: DatagramId,
        of: PieceOf,
        seen: Timestamp,
        seed: HashSeed,
    ) {
        self.0.resize(DATAGRAMS, None);
        if let Some(place) = self.0.get_mut(place(&datagram, seed)) {
            *place = Some(Known { datagram, of, seen });
        }
    }

    /// What a fragment belongs to, if the first of its datagram came before it.
    pub(crate) fn find(
        &self,
        datagram: &DatagramId,
        now: Timestamp,
        seed: HashSeed,
    ) -> Option<PieceOf> {
        let known = self.0.get(place(datagram, seed))?.as_ref()?;
        let fits = known.datagram == *datagram && now.saturating_since(known.seen) < LIFETIME;
        fits.then_some(known.of)
    }
}

/// Where a datagram is kept.
#[allow(clippy::cast_possible_truncation, reason = "a hash is as good cut short")]
fn place(datagram: &DatagramId, seed: HashSeed) -> usize {
    seed.hash_one(datagram) as usize % DATAGRAMS
}
