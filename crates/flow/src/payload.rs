//! What a packet carries behind its transport header.

use crate::{Extracted, L4Proto, TcpInfo};

/// What a packet carries behind its transport header: bytes of a stream, or a datagram.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::{FiveTuple, FlowExtractor};
///
/// let bytes = b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\x0a\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let payload = FiveTuple::default().payload(&raw).unwrap();
/// assert_eq!((payload.bytes, payload.length), (&b"hi"[..], 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportPayload<'a> {
    /// What IP carries.
    pub l4: Option<L4Proto>,
    /// What the header of TCP says, if there is one.
    pub tcp: Option<TcpInfo>,
    /// The bytes, as far as they were captured: what the link put behind the packet is not among them.
    pub bytes: &'a [u8],
    /// How many bytes there were on the wire, as the IP header says: no fewer than were captured.
    pub length: u32,
    /// Whether other fragments have the rest of the datagram.
    pub is_first_fragment: bool,
}

impl<'a> TransportPayload<'a> {
    /// What stands behind the transport header of a packet whose IP header starts at a place in its
    /// bytes, by what an extractor says of it.
    pub fn of<K>(extracted: &Extracted<K>, data: &'a [u8], ip_start: usize) -> Self {
        let length = extracted.payload_length;
        let headers = extracted.ip_length.saturating_sub(length) as usize;
        let rest = data.get(ip_start.saturating_add(headers)..).unwrap_or_default();
        Self {
            l4: extracted.l4,
            tcp: extracted.tcp,
            bytes: rest.get(..length as usize).unwrap_or(rest),
            length,
            is_first_fragment: extracted.is_first_fragment,
        }
    }
}
