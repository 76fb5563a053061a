//! The hand-written references: what these bytes cost without a library.
//!
//! Budgets are multiples of them, so a change here is a change of the budgets.

/// Addresses and ports of TCP and UDP over IPv4 over Ethernet.
#[inline]
pub(crate) fn ports(frame: &[u8]) -> Option<u64> {
    let (ethernet, ip) = frame.split_first_chunk::<14>()?;
    let (header, _) = ip.split_first_chunk::<20>()?;
    if ethernet[12..] != [8, 0] || !matches!(header[9], 6 | 17) {
        return None;
    }
    let ports = ip.get(usize::from(header[0] & 15) * 4..)?.first_chunk::<4>()?;
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
    Some(
        number(&header[12..16]) ^ number(&header[16..]) ^ number(&ports[..2]) ^ number(&ports[2..]),
    )
}

/// The destination port of TCP over IPv4 over Ethernet: what a fixed stack of these three is asked for.
#[inline]
pub(crate) fn tcp_port(frame: &[u8]) -> Option<u64> {
    let (ethernet, ip) = frame.split_first_chunk::<14>()?;
    let (header, _) = ip.split_first_chunk::<20>()?;
    let is_later_fragment = header[6] & 0x1f != 0 || header[7] != 0;
    if ethernet[12..] != [8, 0] || header[9] != 6 || is_later_fragment {
        return None;
    }
    let &[_, _, high, low] = ip.get(usize::from(header[0] & 15) * 4..)?.first_chunk()?;
    Some(u16::from_be_bytes([high, low]).into())
}

/// A flow, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    protocol: u8,
    low: (u128, u16),
    high: (u128, u16),
}

/// The flow of TCP and UDP over IPv4 or IPv6 over Ethernet, with one VLAN tag or none.
#[inline]
pub(crate) fn key(frame: &[u8]) -> Option<Key> {
    let (ethernet, rest) = frame.split_first_chunk::<14>()?;
    let (ether_type, ip) = match [ethernet[12], ethernet[13]] {
        [0x81, 0] => {
            let (tag, ip) = rest.split_first_chunk::<4>()?;
            ([tag[2], tag[3]], ip)
        }
        ether_type => (ether_type, rest),
    };
    let (protocol, source, destination, segment) = match ether_type {
        [8, 0] => {
            let header = ip.first_chunk::<20>()?;
            let segment = ip.get(usize::from(header[0] & 15) * 4..)?;
            let address = |at: usize| {
                u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
            };
            (header[9], address(12).into(), address(16).into(), segment)
        }
        [0x86, 0xdd] => {
            let (header, segment) = ip.split_first_chunk::<40>()?;
            let (_, addresses) = header.split_first_chunk::<8>()?;
            let (source, destination) = addresses.split_first_chunk::<16>()?;
            let destination = u128::from_be_bytes(*destination.first_chunk()?);
            (header[6], u128::from_be_bytes(*source), destination, segment)
        }
        _ => return None,
    };
    if !matches!(protocol, 6 | 17) {
        return None;
    }
    let &[a, b, c, d] = segment.first_chunk()?;
    let source = (source, u16::from_be_bytes([a, b]));
    let destination = (destination, u16::from_be_bytes([c, d]));
    Some(Key { protocol, low: source.min(destination), high: source.max(destination) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10.0.0.1:50000 to 1.1.1.1:53, UDP, with the header lengths that the standards give.
    fn frame() -> Vec<u8> {
        let mut frame = vec![0; 12];
        frame.extend([8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0]);
        frame.extend([10, 0, 0, 1, 1, 1, 1, 1, 0xc3, 0x50, 0, 53, 0, 8, 0, 0]);
        frame
    }

    #[test]
    fn ports_mix_addresses_and_ports() {
        assert_eq!(ports(&frame()), Some(0x0a00_0001 ^ 0x0101_0101 ^ 0xc350 ^ 0x35));
        assert_eq!(ports(&frame()[..37]), None);
    }

    #[test]
    fn a_port_of_tcp_is_none_of_udp_and_none_of_a_later_fragment() {
        let mut frame = frame();
        assert_eq!(tcp_port(&frame), None);
        frame[23] = 6;
        assert_eq!(tcp_port(&frame), Some(53));
        frame[21] = 1;
        assert_eq!(tcp_port(&frame), None);
    }

    #[test]
    fn both_directions_have_one_key() {
        let (mut back, there) = (frame(), key(&frame()).unwrap());
        back[26..34].rotate_left(4);
        back[34..38].rotate_left(2);
        assert_eq!(key(&back), Some(there));
        assert_eq!((there.low, there.high), ((0x0101_0101, 53), (0x0a00_0001, 50_000)));
    }

    #[test]
    fn a_tag_does_not_change_the_key() {
        let mut tagged = frame();
        tagged.splice(12..12, [0x81, 0, 0, 7]);
        assert_eq!(key(&tagged), key(&frame()));
    }
}
