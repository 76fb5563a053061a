//! The frames of an aggregate behind the first: siblings, which a walk from layer to layer does not
//! reach.

use crate::{LayerType, Next, Packet, Wlan};

impl<'a> Packet<'a> {
    /// The frames behind the first in an aggregate of IEEE 802.11 (A-MSDU): each a packet of its own,
    /// whose layers start behind the header of its subframe and have their places in the bytes of
    /// this one. The first frame of an aggregate is among this packet's layers.
    pub fn further_frames(&self) -> impl Iterator<Item = Packet<'a>> {
        let spans = self.own_layers().iter().filter(|span| span.layer == LayerType::WLAN);
        spans.flat_map(move |span| {
            let wlan = self.view::<Wlan<'_>>(span);
            let key = self.shape(span).and_then(|shape| match shape.next {
                Next::One(key) => Some(key),
                _ => None,
            });
            let frame_start = span.start as usize;
            let frames = wlan.map(|wlan| wlan.subframe_places()).into_iter().flatten();
            frames.skip(1).filter_map(move |place| {
                let start = frame_start.saturating_add(place.start);
                Some(self.decode_part(key?, start..frame_start.saturating_add(place.end)))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::from_hex;
    use crate::{Decoder, Field, Ipv4, LinkType, Udp};

    /// Three subframes of IPv4, the first two padded to a multiple of four bytes. tshark 4.0.17 finds
    /// `llc`, `ip` and `udp` in each.
    const AGGREGATE: &str = "88012c00 020000000001 020000000002 020000000003 1000 8000 \
        020000000011 020000000012 0025 aaaa030000000800 \
        4500001d00000000401166ce0a0000010a000002 00010009 0009 0000 61 00 \
        020000000021 020000000022 0026 aaaa030000000800 \
        4500001e00000000401166cd0a0000010a000003 00020009 000a 0000 6262 \
        020000000031 020000000032 0027 aaaa030000000800 \
        4500001f00000000401166cc0a0000010a000004 00030009 000b 0000 636363";

    #[test]
    fn each_frame_behind_the_first_is_a_packet_of_its_own() {
        let bytes = from_hex(AGGREGATE);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IEEE802_11, &bytes);
        assert_eq!(packet.get::<Udp<'_>>().unwrap().payload, b"a");
        assert_eq!(packet.all::<Ipv4<'_>>().count(), 1);
        let further: Vec<_> = packet.further_frames().collect();
        let payloads: Vec<_> =
            further.iter().map(|frame| frame.get::<Udp<'_>>().unwrap().payload).collect();
        assert_eq!(payloads, [b"bb".as_slice(), b"ccc"]);
        for frame in &further {
            assert_eq!((frame.error(), frame.layers().len()), (None, 4));
            assert_eq!(frame.bytes(), bytes);
            assert_eq!(frame.further_frames().count(), 0);
        }
    }

    #[test]
    fn the_fields_of_a_packet_are_those_of_all_its_frames() {
        let bytes = from_hex(AGGREGATE);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IEEE802_11, &bytes);
        let mut ports = Vec::new();
        packet.fields(&mut |Field { name, value, bytes: place }: Field<'_>| {
            if name == "udp.srcport" {
                ports.push(value.to_string());
                assert_eq!(value.to_string(), bytes[place][1].to_string());
            }
        });
        assert_eq!(ports, ["1", "2", "3"]);
    }

    #[test]
    fn other_packets_and_cut_ones_have_none_or_fewer() {
        let bytes = from_hex(AGGREGATE);
        let decoder = Decoder::default();
        for end in 0..bytes.len() {
            let packet = decoder.decode(LinkType::IEEE802_11, &bytes[..end]);
            assert!(packet.further_frames().count() <= 2);
            for frame in packet.further_frames() {
                assert!(frame.layers().iter().all(|span| (span.start + span.len) as usize <= end));
            }
        }
        assert_eq!(decoder.decode(LinkType::IPV4, &bytes).further_frames().count(), 0);
    }
}
