//! From a packet to the key of its flow.

use std::hash::Hash;

use rheos_core::RawPacket;
use rheos_layers::{IpProtocol, TcpFlags};

use crate::{Fragment, Orientation};

/// Makes a key of a packet. Cheap, without state, called once for each packet.
pub trait FlowExtractor {
    /// What flows are told apart by: the same for both directions.
    type Key: Clone + Eq + Hash;

    /// The key of the flow that a packet belongs to; `None` if the packet names none, as ARP does
    /// or a fragment without ports.
    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<Self::Key>>;

    /// What a fragment says of its datagram, by which a tracker finds the flow of those that have no
    /// key. Asked for packets without a key and for first fragments; nothing, unless an extractor
    /// says it.
    fn fragment(&self, _packet: &RawPacket<'_>) -> Option<Fragment> {
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
    /// Whether this is the first of several fragments, whose others have no ports.
    pub is_first_fragment: bool,
}

impl<K> Extracted<K> {
    /// A packet of which nothing more is known than its flow.
    pub fn new(key: K, orientation: Orientation) -> Self {
        let (l4, tcp) = (None, None);
        let (ip_length, payload_length) = (0, 0);
        Self { key, orientation, l4, tcp, ip_length, payload_length, is_first_fragment: false }
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
pub struct TcpInfo {
    /// The control bits.
    pub flags: TcpFlags,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Window, not scaled.
    pub window: u16,
}

impl TcpInfo {
    /// A segment.
    #[inline]
    pub fn new(flags: TcpFlags, seq: u32, ack: u32, window: u16) -> Self {
        Self { flags, seq, ack, window }
    }
}
