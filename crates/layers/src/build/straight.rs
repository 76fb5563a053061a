//! What is worked out in most packets that are written, in one look: Ethernet, IPv4 without options,
//! TCP or UDP, and a payload.

use zerocopy::{FromBytes, IntoBytes};

use super::place::Place;
use crate::{EtherType, EthernetHeader, InternetSum, IpProtocol, Ipv4Header, LayerType};
use crate::{PseudoHeader, TcpHeader, UdpHeader};

/// Version 4, five words of header.
const PLAIN_IPV4: u8 = 0x45;
/// Where IPv4 starts.
const IPV4: usize = size_of::<EthernetHeader>();
/// Where TCP or UDP does.
const SEGMENT: usize = IPV4 + size_of::<Ipv4Header>();
/// Most bytes of a header of TCP: its length has four bits, and counts words.
const MAX_TCP: usize = 60;

/// Works out numbers, lengths and checksums. `None` for all other packets, and where a length does not
/// fit: nothing has happened then.
pub(super) fn fix(packet: &mut [u8], places: &[Place]) -> Option<()> {
    let [ethernet, ip, last] = places else { return None };
    if (ethernet.protocol.layer, ip.protocol.layer) != (LayerType::ETHERNET, LayerType::IPV4) {
        return None;
    }
    let end = packet.len();
    let is_plain = (ethernet.behind, ip.behind) == (IPV4, SEGMENT)
        && (ethernet.end, ip.end, last.end) == (end, end, end)
        && (ethernet.trailer, ip.trailer, last.trailer) == (0, 0, 0);
    let header_len = last.behind.checked_sub(SEGMENT).filter(|_| is_plain)?;
    let total_length = u16::try_from(end.checked_sub(IPV4)?).ok()?;
    let (ethernet, rest) = EthernetHeader::mut_from_prefix(packet).ok()?;
    let (ip, segment) = Ipv4Header::mut_from_prefix(rest).ok()?;
    let [flags, offset] = ip.flags_offset.to_bytes();
    if ip.version_ihl != PLAIN_IPV4 || flags & 0x3f != 0 || offset != 0 {
        return None;
    }
    let pseudo_header = PseudoHeader::V4(ip.source, ip.destination);
    let protocol = match last.protocol.layer {
        LayerType::TCP if header_len.is_multiple_of(4) && header_len <= MAX_TCP => {
            let (tcp, _) = TcpHeader::mut_from_prefix(segment).ok()?;
            let old = tcp.checksum;
            if usize::from(tcp.header_len()) != header_len {
                tcp.set_header_len(header_len.try_into().ok()?);
            }
            let sum = pseudo_header.sum(IpProtocol::TCP, segment.len()).with(segment).without(old);
            TcpHeader::mut_from_prefix(segment).ok()?.0.checksum.set(sum.checksum());
            IpProtocol::TCP
        }
        LayerType::UDP if header_len == size_of::<UdpHeader>() => {
            let length = u16::try_from(segment.len()).ok()?;
            let (UdpHeader { length: old_length, checksum: old, .. }, _) =
                UdpHeader::read_from_prefix(segment).ok()?;
            let sum = pseudo_header.sum(IpProtocol::UDP, length.into()).with(segment).without(old);
            let [high, low] = length.to_be_bytes();
            let sum = sum.without(old_length).with_word([high, low, 0, 0]);
            // RFC 768: zero says that there is no checksum, so a sum of zero is sent as all ones.
            let checksum = match sum.checksum() {
                0 => u16::MAX,
                checksum => checksum,
            };
            let (udp, _) = UdpHeader::mut_from_prefix(segment).ok()?;
            udp.length.set(length);
            udp.checksum.set(checksum);
            IpProtocol::UDP
        }
        _ => return None,
    };
    ethernet.type_or_length.set(EtherType::IPV4.0);
    // The sum of the header as it was, with what changes: reading bytes together that were written one
    // by one takes as long as all the rest.
    let (words, _) = ip.as_bytes().as_chunks();
    let sum = words.iter().fold(InternetSum::new(), |sum, word| sum.with_word(*word));
    let [high, low] = total_length.to_be_bytes();
    let sum = sum.without(ip.checksum).without(ip.total_length).without(u16::from(ip.protocol));
    let sum = sum.with_word([high, low, 0, 0]).with_word([0, protocol.0, 0, 0]);
    ip.protocol = protocol.0;
    ip.total_length.set(total_length);
    ip.checksum.set(sum.checksum());
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::build::place;
    use crate::{Encode, Fix, TcpBuilder, TcpOption, serialize_layers};

    /// Places of layers written without any fix, and the packet.
    fn written(layers: &[&dyn Encode], payload: &[u8]) -> (Vec<u8>, Vec<Place>) {
        let (mut packet, mut places, mut start) = (Vec::new(), Vec::new(), 0);
        serialize_layers(&mut packet, Fix::empty(), layers, payload).unwrap();
        for layer in layers {
            let mut header = Vec::new();
            layer.encode(&mut header).unwrap();
            let behind = start + header.len();
            let (protocol, end) = (layer.protocol(), packet.len());
            places.push(Place { protocol, start, behind, end, trailer: 0, has_tail: false });
            start = behind;
        }
        (packet, places)
    }

    /// Holds it to what the layers work out one by one; whether it did anything.
    fn holds(layers: &[&dyn Encode], payload: &[u8]) -> bool {
        let (mut packet, places) = written(layers, payload);
        let mut expected = packet.clone();
        let result = place::fix_each(&mut expected, Fix::all(), &places);
        let before = packet.clone();
        let is_done = fix(&mut packet, &places).is_some();
        if is_done {
            assert_eq!((packet, result), (expected, Ok(())));
        } else {
            assert_eq!(packet, before);
        }
        is_done
    }

    proptest! {
        #[test]
        fn it_works_out_what_the_layers_do_one_by_one(
            headers: ([u8; 14], [u8; 20], [u8; 20], [u8; 8]),
            is_plain: bool,
            payload in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let (ethernet, mut ip, tcp, udp) = headers;
            if is_plain {
                (ip[0], ip[6], ip[7]) = (0x45, ip[6] & 0xc0, 0);
            }
            let ethernet = EthernetHeader::read_from_bytes(&ethernet).unwrap();
            let ip = Ipv4Header::read_from_bytes(&ip).unwrap();
            let tcp = TcpHeader::read_from_bytes(&tcp).unwrap();
            let udp = UdpHeader::read_from_bytes(&udp).unwrap();
            let options = [TcpOption::WindowScale(7), TcpOption::NoOperation];
            let tcp_with_options = TcpBuilder { header: tcp, options: &options };
            let lasts: [&dyn Encode; 3] = [&tcp, &tcp_with_options, &udp];
            for last in lasts {
                prop_assert_eq!(holds(&[&ethernet, &ip, last], &payload), is_plain || plain(&ip));
            }
            prop_assert!(!holds(&[&ip, &tcp], &payload));
            prop_assert!(!holds(&[&ethernet, &ip, &udp, &tcp], &payload));
        }
    }

    fn plain(ip: &Ipv4Header) -> bool {
        ip.version_ihl == 0x45 && ip.flags_offset.get() << 2 == 0
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_layers_which_say_so() {
        let (ethernet, ip) = (EthernetHeader::default(), Ipv4Header::default());
        let headers: [&dyn Encode; 3] = [&ethernet, &ip, &TcpHeader::default()];
        assert!(holds(&headers, &vec![0; 65_495]));
        assert!(!holds(&headers, &vec![0; 65_496]));
    }
}
