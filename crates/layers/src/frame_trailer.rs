//! What stands in a frame behind the packet inside it: padding, a trailer, a frame check sequence.
//! A frame does not say how long it is: the packet inside does.

use std::ops::Range;

use crate::crc32::crc32;
use crate::{AnyLayer, FieldSink, LayerType, Outer, Span};

/// IEEE Std 802.3, section 4A.4.2: a frame has 64 bytes at least, of which 14 are the header and four
/// the check sequence. What is shorter is filled up.
const FILLED_LEN: u32 = 46;

/// Frames that may be filled up. A cooked capture has a header of its own in the place of Ethernet's.
const FILLED: &[LayerType] = &[LayerType::ETHERNET, LayerType::SLL, LayerType::SLL2];

/// Layers that show what stands behind the packet inside.
const SHOWING: &[LayerType] = &[
    LayerType::ETHERNET,
    LayerType::VLAN,
    LayerType::E_TAG,
    LayerType::VN_TAG,
    LayerType::BACKBONE_TAG,
    LayerType::SLL,
    LayerType::SLL2,
];

/// Layers that have no length of their own, so that a packet behind them may end in front of them.
const WITHOUT_LENGTH: &[LayerType] = &[
    LayerType::VLAN,
    LayerType::E_TAG,
    LayerType::VN_TAG,
    LayerType::BACKBONE_TAG,
    LayerType::REDUNDANCY_TAG,
    LayerType::MPLS,
];

/// What stands in a frame behind the packet inside it. What is padding, and what a check sequence,
/// no header says: padding is zeros that make a frame as long as it must be, and a check sequence
/// is one if it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTrailer<'a> {
    bytes: &'a [u8],
    /// The place of the bytes in the packet.
    start: usize,
    padding_len: usize,
    has_check_sequence: bool,
}

impl<'a> FrameTrailer<'a> {
    /// All of it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The zeros with which a short frame is filled up to 60 bytes.
    pub fn padding(&self) -> &'a [u8] {
        self.bytes.get(..self.padding_len).unwrap_or_default()
    }

    /// What is neither padding nor a check sequence.
    pub fn trailer(&self) -> &'a [u8] {
        self.bytes.get(self.padding_len..self.trailer_end()).unwrap_or_default()
    }

    /// The last four bytes, if they are the CRC-32 of the frame, in the order of the wire.
    pub fn check_sequence(&self) -> Option<[u8; 4]> {
        self.bytes.last_chunk().copied().filter(|_| self.has_check_sequence)
    }

    fn trailer_end(&self) -> usize {
        let check_sequence_len = if self.has_check_sequence { size_of::<u32>() } else { 0 };
        self.bytes.len().saturating_sub(check_sequence_len)
    }

    /// What stands behind the packet in the frame, or behind the tag, that starts at a place.
    /// `own_len` bytes are behind the length that it announces itself.
    pub(crate) fn find(
        bytes: &'a [u8],
        spans: &[Span],
        start: u32,
        own_len: usize,
    ) -> Option<Self> {
        let shows = |span: &Span| span.start == start && SHOWING.contains(&span.layer);
        let place = spans.iter().position(shows)?;
        let (around, behind) = spans.split_at_checked(place.checked_add(1)?)?;
        let own = around.last()?;
        let frame_end = end_of(own);
        let packet_end = match packet_end(behind, frame_end) {
            End::At(end) => end,
            End::Elsewhere => return None,
            End::Unknown => frame_end.saturating_sub(u32::try_from(own_len).ok()?),
        };
        let (from, to) = (packet_end as usize, frame_end as usize);
        let trailer = bytes.get(from..to).filter(|trailer| !trailer.is_empty())?;
        // A tag may stand in a frame that is not one of Ethernet.
        let frame = around.iter().rfind(|span| FILLED.contains(&span.layer));
        let filled_end = frame.map_or(0, |frame| {
            frame.start.saturating_add(frame.header_len.into()).saturating_add(FILLED_LEN)
        });
        let missing = filled_end.saturating_sub(packet_end) as usize;
        // A frame that is shorter all the same was not filled up.
        let filling = trailer.get(..missing).unwrap_or_default();
        let padding_len = if filling.iter().all(|&byte| byte == 0) { filling.len() } else { 0 };
        let rest = trailer.get(padding_len..).unwrap_or_default();
        let ethernet = frame.filter(|frame| frame.layer == LayerType::ETHERNET);
        let has_check_sequence = ethernet.is_some_and(|frame| {
            let frame = bytes.get(frame.start as usize..to).unwrap_or_default();
            rest.len() >= size_of::<u32>()
                && frame
                    .split_last_chunk()
                    .is_some_and(|(front, check)| crc32(front) == u32::from_le_bytes(*check))
        });
        Some(Self { bytes: trailer, start: from, padding_len, has_check_sequence })
    }

    /// Reports padding, trailer and check sequence by these names, with their places in a layer that
    /// starts at a place in the packet.
    fn fields(&self, names: [&'static str; 3], start: usize, sink: &mut dyn FieldSink) {
        let [padding, trailer, check_sequence] = names;
        let place = |bytes: Range<usize>| {
            let from = self.start.saturating_sub(start);
            from.saturating_add(bytes.start)..from.saturating_add(bytes.end)
        };
        let end = self.trailer_end();
        if self.padding_len > 0 {
            sink.bytes(padding, self.padding(), place(0..self.padding_len));
        }
        if end > self.padding_len {
            sink.bytes(trailer, self.trailer(), place(self.padding_len..end));
        }
        if let Some(check) = self.check_sequence() {
            sink.number(check_sequence, u32::from_be_bytes(check), place(end..self.bytes.len()));
        }
    }
}

/// Where the packet ends that a frame holds.
enum End {
    At(u32),
    /// All of the frame is the packet's, or the layer behind shows what is not.
    Elsewhere,
    /// No layer is behind.
    Unknown,
}

fn packet_end(behind: &[Span], frame_end: u32) -> End {
    let mut is_shown_there = false;
    for span in behind {
        let end = end_of(span);
        if end < frame_end && !is_shown_there {
            return End::At(end);
        }
        if end < frame_end || !WITHOUT_LENGTH.contains(&span.layer) {
            return End::Elsewhere;
        }
        is_shown_there |= SHOWING.contains(&span.layer);
    }
    if behind.is_empty() { End::Unknown } else { End::Elsewhere }
}

fn end_of(span: &Span) -> u32 {
    span.start.saturating_add(span.len)
}

/// A frame or a tag, with what stands behind the packet inside among its fields.
pub(crate) struct Framed<'v, L> {
    pub(crate) layer: &'v L,
    /// Bytes behind the length that the layer announces itself.
    pub(crate) own_len: usize,
    pub(crate) outer: &'v Outer<'v>,
    /// What padding, trailer and check sequence are called.
    pub(crate) names: [&'static str; 3],
}

impl<L: AnyLayer> AnyLayer for Framed<'_, L> {
    fn fields(&self, sink: &mut dyn FieldSink) {
        self.layer.fields(sink);
        if let Some(trailer) = self.outer.frame_trailer(self.own_len) {
            trailer.fields(self.names, self.outer.start(), sink);
        }
    }

    /// Nothing can be wrong in what stands behind.
    fn faults(&self, sink: &mut dyn FieldSink) {
        self.layer.faults(sink);
    }

    fn summary(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.layer.summary(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Field, LinkType};

    const MACS: &[u8] = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f";
    /// 30 bytes of IPv4 with UDP.
    const PACKET: &[u8] = b"\x45\0\0\x1e\0\0\0\0\x40\x11\x66\xcd\x0a\0\0\x01\x0a\0\0\x02\
        \x04\xd2\x27\x0f\0\x0a\0\0ab";
    const ARP: &[u8] = b"\0\x01\x08\0\x06\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    fn frame(parts: &[&[u8]]) -> Vec<u8> {
        [MACS, &parts.concat()].concat()
    }

    /// What is shown of padding, trailers and check sequences.
    #[track_caller]
    fn check(frame: &[u8], expected: &str) {
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, frame);
        let mut shown = Vec::new();
        packet.fields(&mut |Field { name, value, bytes }: Field<'_>| {
            if [".padding", ".trailer", ".fcs"].iter().any(|end| name.ends_with(end)) {
                shown.push(format!("{name}={value}"));
                assert!(bytes.end <= frame.len() && !bytes.is_empty(), "{name} {bytes:?}");
            }
        });
        assert_eq!(shown.join(" "), expected);
        assert_eq!(packet.frame_trailer().is_some(), !expected.is_empty());
    }

    // Each as tshark 4.0.17 shows it.
    #[test]
    fn zeros_up_to_sixty_bytes_are_padding_and_the_rest_is_a_trailer() {
        let ip = |behind: &[u8]| frame(&[b"\x08\0", PACKET, behind]);
        check(&ip(&[]), "");
        check(&ip(&[0; 2]), "eth.trailer=0000");
        check(&ip(&[1, 2]), "eth.trailer=0102");
        let padding = "eth.padding=00000000000000000000000000000000";
        check(&ip(&[0; 16]), padding);
        check(&ip(&[0; 17]), &format!("{padding} eth.trailer=00"));
        check(
            &ip(&[&[0; 16], &b"trail"[..]].concat()),
            &format!("{padding} eth.trailer=747261696c"),
        );
        check(&ip(&[&[0; 15], &b"t"[..]].concat()), "eth.trailer=00000000000000000000000000000074");
        let arp = frame(&[b"\x08\x06", ARP, &[0; 18]]);
        check(&arp, "eth.padding=000000000000000000000000000000000000");
    }

    #[test]
    fn a_length_of_the_frame_itself_counts_too() {
        let bpdu =
            b"\x42\x42\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        check(&frame(&[b"\0\x26", bpdu, &[2; 8]]), "eth.trailer=0202020202020202");
        let tagged = frame(&[b"\x81\0\0\x64\0\x26", bpdu, &[0; 8]]);
        check(&tagged, "eth.padding=00000000 vlan.trailer=00000000");
    }

    #[test]
    fn the_innermost_tag_has_what_is_behind_the_packet() {
        let tagged = frame(&[b"\x81\0\0\x64\x08\0", PACKET, &[0; 16]]);
        check(&tagged, "eth.padding=000000000000000000000000 vlan.trailer=00000000");
        let twice = frame(&[b"\x81\0\0\x64\x81\0\0\x65\x08\0", PACKET, b"12345678"]);
        check(&twice, "vlan.trailer=3132333435363738");
        let port = frame(&[b"\x89\x3f\x10\0\0\0\0\0\x08\0", PACKET, &[0; 12]]);
        check(&port, "eth.padding=0000000000000000 etag.trailer=00000000");
        let virtual_port = frame(&[b"\x89\x26\0\x01\x01\x40\x08\0", PACKET, &[0; 12]]);
        check(&virtual_port, "eth.padding=00000000000000000000 vntag.trailer=0000");
        let backbone = frame(&[b"\x88\xe7\0\0\0\x01", MACS, b"\x08\0", PACKET, &[0; 2]]);
        check(&backbone, "ieee8021ah.trailer=0000");
        let redundant = frame(&[b"\xf1\xc1\0\0\0\x42\x08\0", PACKET, &[0; 10]]);
        check(&redundant, "eth.padding=00000000000000000000");
        let label = frame(&[b"\x88\x47\0\x01\x01\x40", PACKET, &[0; 12]]);
        check(&label, "eth.padding=000000000000000000000000");
    }

    #[test]
    fn frames_in_a_tunnel_have_trailers_of_their_own() {
        let inner = frame(&[b"\x08\0", PACKET, b"zz"]);
        let outer = b"\x08\0\x45\0\0\x52\0\0\0\0\x40\x11\x66\x99\x0a\0\0\x01\x0a\0\0\x02\
            \x15\xb3\x12\xb5\0\x3e\0\0\x08\0\0\0\0\0\x01\0";
        check(&frame(&[outer, &inner, b"tr"]), "eth.trailer=7472 eth.trailer=7a7a");
    }

    #[test]
    fn four_bytes_are_a_check_sequence_if_they_are_right() {
        let mut whole = frame(&[b"\x08\0", PACKET, &[0; 16]]);
        whole.extend(crc32(&whole).to_le_bytes());
        let shown = u32::from_be_bytes(*whole.last_chunk().unwrap());
        let padding = "eth.padding=00000000000000000000000000000000";
        check(&whole, &format!("{padding} eth.fcs={shown}"));
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &whole);
        let trailer = packet.frame_trailer().unwrap();
        assert_eq!(trailer.check_sequence(), whole.last_chunk().copied());
        assert_eq!((trailer.bytes().len(), trailer.trailer()), (20, &[][..]));
        *whole.first_mut().unwrap() ^= 2;
        check(&whole, &format!("{padding} eth.trailer={shown:08x}"));
    }

    #[test]
    fn a_frame_whose_packet_is_unknown_shows_nothing() {
        check(&frame(&[b"\x88\xb5", &[0; 46]]), "");
    }
}
