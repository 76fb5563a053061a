//! From a packet to the key of its flow.

use std::hash::Hash;

use rheos_core::RawPacket;
use rheos_layers::{IpProtocol, Tcp, TcpFlags};

use crate::{Fragment, IcmpError, Inside, Orientation, PacketDetail};

/// What is found in a packet: its key, or which datagram it is a fragment of.
pub(crate) type Found<K> = Result<Extracted<K>, Option<Fragment>>;

/// Makes a key of a packet. Cheap, without state, called once for each packet.
pub trait FlowExtractor {
    /// What flows are told apart by: the same for both directions.
    type Key: Clone + Eq + Hash;

    /// The key of the flow that a packet belongs to; `None` if the packet names none, as ARP does
    /// or a fragment without ports.
    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>>;

    /// [`extract`](Self::extract) of packets that take no decoding, which are most: nothing says nothing of the packet.
    /// A tracker asks this first, and what it finds is never put into memory. Nothing, unless an extractor says it.
    #[inline(always)]
    fn extract_straight(&self, _packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>> {
        None
    }

    /// What a fragment says of its datagram, by which a tracker finds the flow of those that have no
    /// key. Asked for packets without a key and for first fragments; nothing, unless an extractor
    /// says it.
    fn fragment(&self, _packet: &RawPacket<'_>) -> Option<Fragment> {
        None
    }

    /// [`extract`](Self::extract), or [`fragment`](Self::fragment) of a packet without a key: for extractors that
    /// find out both in one look, as many packets of a network have neither.
    ///
    /// # Errors
    ///
    /// The packet names no flow; a fragment, which datagram it is of.
    #[inline(always)]
    fn extract_or_fragment(
        &self,
        packet: &RawPacket<'_>,
    ) -> Result<Extracted<Self::Key>, Option<Fragment>> {
        self.extract(packet).ok_or_else(|| self.fragment(packet))
    }

    /// [`extract_or_fragment`](Self::extract_or_fragment) and [`detail`](Self::detail): for extractors that find out
    /// both in one look.
    #[inline(always)]
    #[allow(clippy::type_complexity, reason = "the results of both")]
    fn extract_with_detail(
        &self,
        packet: &RawPacket<'_>,
    ) -> (Result<Extracted<Self::Key>, Option<Fragment>>, Option<PacketDetail>) {
        (self.extract_or_fragment(packet), self.detail(packet))
    }

    /// [`extract`](Self::extract) of a packet inside another that is decoded, with places in the whole. By default the
    /// inner packet is looked at as if it had been captured alone.
    fn extract_inside(&self, inside: &Inside<'_>) -> Option<Extracted<Self::Key>> {
        Some(self.extract(&inside.raw())?.inside(inside.start()))
    }

    /// [`fragment`](Self::fragment) of a packet inside another that is decoded.
    fn fragment_inside(&self, inside: &Inside<'_>) -> Option<Fragment> {
        self.fragment(&inside.raw())
    }

    /// [`detail`](Self::detail) of a packet inside another that is decoded, with places in the whole.
    fn detail_inside(&self, inside: &Inside<'_>) -> Option<PacketDetail> {
        let detail = self.detail(&inside.raw())?;
        let payload_start = detail.payload_start.saturating_add(inside.start());
        Some(PacketDetail { payload_start, ..detail })
    }

    /// Whether a key takes less time than memory takes to bring a record: then a tracker that looks ahead makes it
    /// twice. No, unless an extractor says so, as those cannot that decode packets.
    fn is_quick(&self) -> bool {
        false
    }

    /// The addresses of both hosts of a packet, as numbers, where one look at it tells them:
    /// [`extract`](Self::extract) and [`fragment`](Self::fragment) find what is between them, or nothing, and the
    /// packet is no ICMP message. For those who deal packets out by their hosts; nothing, unless an extractor says it.
    #[inline(always)]
    fn hosts(&self, _packet: &RawPacket<'_>) -> Option<[u128; 2]> {
        None
    }

    /// Whether a packet that starts a flow is an answer, so that who sent it is the responder. By
    /// default, a SYN-ACK is.
    fn is_answer(&self, packet: &Extracted<Self::Key>) -> bool {
        let answer = TcpFlags::SYN | TcpFlags::ACK;
        packet.tcp.is_some_and(|tcp| tcp.flags.contains(answer))
    }

    /// The same, where the packet is at hand: for extractors that read more of it than its key. A tracker
    /// asks this.
    fn answers(&self, found: &Extracted<Self::Key>, _packet: &RawPacket<'_>) -> bool {
        self.is_answer(found)
    }

    /// The packet that an ICMP error quotes, and the error: a tracker reports it to that packet's
    /// flow. Asked for packets of ICMP; nothing, unless an extractor says it.
    fn quoted(&self, _packet: &RawPacket<'_>) -> Option<(Extracted<Self::Key>, IcmpError)> {
        None
    }

    /// What the headers of a packet say beyond its key. Asked for each packet by those who keep such
    /// details of their flows; nothing, unless an extractor says it.
    fn detail(&self, _packet: &RawPacket<'_>) -> Option<PacketDetail> {
        None
    }
}

/// What an extractor says of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extracted<K> {
    /// The key, the same for both directions.
    pub key: K,
    /// The order in which this packet names the two ends of the key.
    pub orientation: Orientation,
    /// What IP carries, which chooses timeouts and states.
    pub l4: Option<L4Proto>,
    /// What the states of TCP follow from; without it, a flow of TCP has none.
    pub tcp: Option<TcpInfo>,
    /// Bytes of the IP packet, header and all, as its header says; zero without IP.
    pub ip_length: u32,
    /// Bytes behind the transport header, as the IP header says.
    pub payload_length: u32,
    /// Where in the packet's bytes those begin, captured or not: what carries them is read by those who
    /// put streams together. Without it, nobody does.
    pub payload_start: Option<u32>,
    /// Whether this is the first of several fragments, whose others have no ports.
    pub is_first_fragment: bool,
}

impl<K> Extracted<K> {
    /// A packet of which nothing more is known than its flow.
    pub fn new(key: K, orientation: Orientation) -> Self {
        let (l4, tcp) = (None, None);
        let (ip_length, payload_length, payload_start) = (0, 0, None);
        let is_first_fragment = false;
        Self {
            key,
            orientation,
            l4,
            tcp,
            ip_length,
            payload_length,
            payload_start,
            is_first_fragment,
        }
    }
}

impl<K> Extracted<K> {
    /// The same of another key.
    pub fn map<T>(self, key: impl FnOnce(K) -> T) -> Extracted<T> {
        Extracted {
            key: key(self.key),
            orientation: self.orientation,
            l4: self.l4,
            tcp: self.tcp,
            ip_length: self.ip_length,
            payload_length: self.payload_length,
            payload_start: self.payload_start,
            is_first_fragment: self.is_first_fragment,
        }
    }

    /// The same, said of the packet in which the one at hand starts at a place.
    pub(crate) fn inside(self, start: u32) -> Self {
        let payload_start = self.payload_start.map(|inner| inner.saturating_add(start));
        Self { payload_start, ..self }
    }
}

/// What IP carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum L4Proto {
    Tcp,
    Udp,
    Icmp,
    IcmpV6,
    Sctp,
    Other(u8),
}

impl L4Proto {
    /// The name in outputs and metrics: one for all that have no name of their own.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::IcmpV6 => "icmpv6",
            Self::Sctp => "sctp",
            Self::Other(_) => "other",
        }
    }
}

impl From<IpProtocol> for L4Proto {
    #[inline]
    fn from(protocol: IpProtocol) -> Self {
        match protocol {
            IpProtocol::TCP => Self::Tcp,
            IpProtocol::UDP => Self::Udp,
            IpProtocol::ICMPV4 => Self::Icmp,
            IpProtocol::ICMPV6 => Self::IcmpV6,
            IpProtocol::SCTP => Self::Sctp,
            IpProtocol(number) => Self::Other(number),
        }
    }
}

/// What one segment of TCP says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(C)] // Padding behind the one byte of the scale would be read with it, and both be waited for.
pub struct TcpInfo {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// The control bits.
    pub flags: TcpFlags,
    /// By how many bits the sender's windows are shifted, if this is a SYN that says so.
    pub window_scale: Option<u8>,
    /// Window, not scaled.
    pub window: u16,
}

impl TcpInfo {
    /// A segment without options.
    #[inline]
    pub fn new(flags: TcpFlags, seq: u32, ack: u32, window: u16) -> Self {
        Self { flags, seq, ack, window, window_scale: None }
    }

    /// A segment as it was parsed.
    #[inline(always)]
    pub(crate) fn of(tcp: &Tcp<'_>) -> Self {
        let (seq, ack) = (tcp.sequence_number(), tcp.acknowledgment_number());
        let mut info = Self::new(tcp.flags(), seq, ack, tcp.window());
        if info.flags.contains(TcpFlags::SYN) {
            info.window_scale = tcp.window_scale();
        }
        info
    }

    /// Whether it asks for a connection.
    #[inline(always)]
    pub(crate) fn asks(&self) -> bool {
        self.flags & (TcpFlags::SYN | TcpFlags::ACK) == TcpFlags::SYN
    }
}
