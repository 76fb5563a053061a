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
    /// How many bytes there were on the wire, as the IP header says, or that of UDP where it says less:
    /// no fewer than were captured.
    pub length: u32,
    /// Whether other fragments have the rest of the datagram.
    pub is_first_fragment: bool,
}

impl<'a> TransportPayload<'a> {
    /// What stands behind the transport header of a packet whose IP header starts at a place in its
    /// bytes, by what an extractor says of it.
    pub fn of<K>(extracted: &Extracted<K>, data: &'a [u8], ip_start: usize) -> Self {
        let in_ip = extracted.payload_length;
        let headers = extracted.ip_length.saturating_sub(in_ip) as usize;
        let start = ip_start.saturating_add(headers);
        let rest = data.get(start..).unwrap_or_default();
        let in_udp =
            (extracted.l4 == Some(L4Proto::Udp)).then(|| udp_payload(data, start)).flatten();
        let length = in_udp.map_or(in_ip, |in_udp| in_udp.min(in_ip));
        Self {
            l4: extracted.l4,
            tcp: extracted.tcp,
            bytes: rest.get(..length as usize).unwrap_or(rest),
            length,
            is_first_fragment: extracted.is_first_fragment,
        }
    }
}

/// How many bytes the header of UDP in front of a place announces. Nothing, if it says less than its own
/// length: 0 means all that IP carries, [RFC 2675](https://www.rfc-editor.org/rfc/rfc2675) section 4.
fn udp_payload(data: &[u8], start: usize) -> Option<u32> {
    /// Bytes of the header, of which the length has the fifth and sixth.
    const HEADER: u32 = 8;
    let length = data.get(start.checked_sub(4)?..)?.first_chunk()?;
    u32::from(u16::from_be_bytes(*length)).checked_sub(HEADER)
}

#[cfg(test)]
mod tests {
    use rheos_core::{LinkType, RawPacket, Timestamp};

    use crate::{FiveTuple, FlowExtractor};

    #[track_caller]
    fn check(udp_length: u8, expected: &[u8]) {
        let mut bytes =
            *b"\x45\0\0\x1e\0\0\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\0\0\0\0hi";
        bytes[25] = udp_length;
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, &bytes);
        let payload = FiveTuple::default().payload(&raw).unwrap();
        assert_eq!((payload.bytes, payload.length as usize), (expected, expected.len()));
    }

    /// RFC 9868, section 3: what IP carries behind the length of UDP is no payload.
    #[test]
    fn bytes_behind_the_length_of_udp_are_no_payload() {
        check(10, b"hi");
        check(9, b"h");
        check(8, b"");
    }

    #[test]
    fn a_length_of_udp_that_cannot_be_leaves_that_of_ip() {
        check(0, b"hi");
        check(7, b"hi");
        check(200, b"hi");
    }
}
