//! From a packet to its segment of TCP, and to what that says of the other side's stream.

use rheos_core::{RawPacket, SeqNumber, Side, Timestamp};
use rheos_flow::{FlowExtractor, TransportPayload};
use rheos_layers::TcpFlags;
use rheos_reassembly::tcp::Segment;

/// RFC 7323 section 2.3: a receiver uses 14 where more is asked for.
const MAX_SHIFT: u8 = 14;

/// A segment of TCP as its packet has it: what its own stream has to know, and what it tells the stream
/// of the other side.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, SeqNumber, Timestamp};
/// use rheos_flow::FiveTuple;
/// use rheos_session::TcpSegment;
///
/// let bytes = b"\x45\0\0\x2c\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\x30\x39\x1f\x90\
///     \0\0\0\x07\0\0\0\x09\x50\x18\x01\0\0\0\0\0hi";
/// let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
/// let tcp = TcpSegment::read(&FiveTuple::default(), &raw).unwrap();
/// // The IP header announces four bytes: two were not captured.
/// assert_eq!((tcp.segment.payload, tcp.segment.length), (&b"hi"[..], 4));
/// assert_eq!((tcp.acknowledgment, tcp.window), (Some(SeqNumber(9)), 256));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TcpSegment<'a> {
    /// For the stream of who sent it.
    pub segment: Segment<'a>,
    /// Up to where its sender has received the stream of the other side, if it says so.
    pub acknowledgment: Option<SeqNumber>,
    /// The window that it offers, as the header has it: not scaled.
    pub window: u16,
    /// By how many bits later windows of its sender are shifted, if it is a SYN that says so.
    pub window_scale: Option<u8>,
}

impl<'a> TcpSegment<'a> {
    /// Reads a packet where an extractor does. `None` if that finds no whole header of TCP.
    #[inline]
    pub fn read(extractor: &impl FlowExtractor, raw: &RawPacket<'a>) -> Option<Self> {
        Self::new(raw.timestamp, &TransportPayload::read(extractor, raw)?)
    }

    /// The segment whose payload this is. `None` if it is no payload of TCP, or the header was cut.
    #[inline]
    pub fn new(timestamp: Timestamp, payload: &TransportPayload<'a>) -> Option<Self> {
        let tcp = payload.tcp?;
        let has = |flag| tcp.flags.contains(flag);
        let segment = Segment {
            timestamp,
            sequence: SeqNumber(tcp.seq),
            syn: has(TcpFlags::SYN),
            fin: has(TcpFlags::FIN),
            rst: has(TcpFlags::RST),
            payload: payload.bytes,
            length: payload.length,
        };
        Some(Self {
            segment,
            acknowledgment: has(TcpFlags::ACK).then_some(SeqNumber(tcp.ack)),
            window: tcp.window,
            window_scale: tcp.window_scale,
        })
    }
}

/// By how much the windows of both sides of a connection are scaled, which their SYNs say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowScales {
    initiator: Option<Scale>,
    responder: Option<Scale>,
}

/// What the SYN of a side says of scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// It does not speak of it.
    Unable,
    Shift(u8),
}

impl WindowScales {
    /// The window in bytes that a segment of a side offers; `None` if it is not known by how much it
    /// is scaled, because a SYN was not captured.
    #[inline]
    pub fn window(&mut self, side: Side, tcp: &TcpSegment<'_>) -> Option<u32> {
        if tcp.segment.syn {
            self.note(side, tcp);
            // RFC 7323 section 2.2: that of a SYN is never scaled.
            return Some(tcp.window.into());
        }
        match (self.of(side), self.of(!side)) {
            // Only if both speak of it there is any.
            (Some(Scale::Unable), _) | (_, Some(Scale::Unable)) => Some(tcp.window.into()),
            (Some(Scale::Shift(shift)), Some(_)) => Some(u32::from(tcp.window) << shift),
            _ => None,
        }
    }

    #[cold]
    fn note(&mut self, side: Side, tcp: &TcpSegment<'_>) {
        if tcp.acknowledgment.is_none() {
            // Who asks for a connection asks for a new one.
            *self = Self::default();
        }
        let shift = |shift: u8| Scale::Shift(shift.min(MAX_SHIFT));
        let scale = Some(tcp.window_scale.map_or(Scale::Unable, shift));
        match side {
            Side::Initiator => self.initiator = scale,
            Side::Responder => self.responder = scale,
        }
    }

    fn of(self, side: Side) -> Option<Scale> {
        match side {
            Side::Initiator => self.initiator,
            Side::Responder => self.responder,
        }
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::LinkType;
    use rheos_flow::FiveTuple;

    use super::*;

    /// A segment with flags, a window and options, behind IPv4 without a link.
    fn packet(flags: u8, window: u16, options: &[u8], payload: &[u8]) -> Vec<u8> {
        let len = u8::try_from(40 + options.len() + payload.len()).unwrap();
        let words = u8::try_from((20 + options.len()) / 4).unwrap() << 4;
        let ip = [0x45, 0, 0, len, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        let [high, low] = window.to_be_bytes();
        let tcp = [0, 1, 0, 2, 0, 0, 0, 7, 0, 0, 0, 9, words, flags, high, low, 0, 0, 0, 0];
        [&ip[..], &tcp, options, payload].concat()
    }

    const FIN: u8 = 1;
    const SYN: u8 = 2;
    const RST: u8 = 4;
    const ACK: u8 = 16;
    const SCALE_7: &[u8] = &[3, 3, 7, 0];

    #[track_caller]
    fn read(bytes: &[u8]) -> TcpSegment<'_> {
        let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, bytes);
        TcpSegment::read(&FiveTuple::default(), &raw).unwrap()
    }

    #[test]
    fn control_bits_and_numbers_are_those_of_the_header() {
        let bytes = packet(SYN, 100, SCALE_7, b"fast");
        let tcp = read(&bytes);
        assert_eq!((tcp.segment.sequence, tcp.segment.payload), (SeqNumber(7), &b"fast"[..]));
        assert_eq!((tcp.segment.syn, tcp.segment.fin, tcp.segment.rst), (true, false, false));
        assert_eq!((tcp.acknowledgment, tcp.window, tcp.window_scale), (None, 100, Some(7)));
        let bytes = packet(FIN | ACK, 100, &[], b"");
        assert!(read(&bytes).segment.fin && read(&bytes).acknowledgment == Some(SeqNumber(9)));
        assert!(read(&packet(RST, 0, &[], b"")).segment.rst);
    }

    #[test]
    fn a_header_that_is_cut_and_other_protocols_are_no_segments() {
        let mut bytes = packet(ACK, 0, &[], b"");
        let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &bytes[..30]);
        assert!(TcpSegment::read(&FiveTuple::default(), &raw).is_none());
        bytes[9] = 17;
        let raw = RawPacket::new(Timestamp::default(), LinkType::IPV4, &bytes);
        assert!(TcpSegment::read(&FiveTuple::default(), &raw).is_none());
    }

    #[test]
    fn windows_are_scaled_if_both_sides_say_so_and_unknown_without_their_syns() {
        let (ask, answer) = (packet(SYN, 500, SCALE_7, b""), packet(SYN | ACK, 600, SCALE_7, b""));
        let plain = packet(SYN | ACK, 600, &[], b"");
        let later = packet(ACK, 10, &[], b"");
        let (first, second) = (Side::Initiator, Side::Responder);

        let mut scales = WindowScales::default();
        assert_eq!(scales.window(first, &read(&later)), None);
        assert_eq!(scales.window(first, &read(&ask)), Some(500));
        assert_eq!(scales.window(first, &read(&later)), None, "the answer may refuse");
        assert_eq!(scales.window(second, &read(&answer)), Some(600));
        assert_eq!(scales.window(first, &read(&later)), Some(1280));
        assert_eq!(scales.window(second, &read(&later)), Some(1280));
        // The ports are used again.
        scales.window(first, &read(&ask));
        scales.window(second, &read(&plain));
        assert_eq!(scales.window(first, &read(&later)), Some(10));
    }

    #[test]
    fn more_than_fourteen_bits_are_fourteen() {
        let ask = packet(SYN, 1, &[3, 3, 200, 0], b"");
        let answer = packet(SYN | ACK, 1, &[3, 3, 0, 0], b"");
        let later = packet(ACK, 0xffff, &[], b"");
        let mut scales = WindowScales::default();
        scales.window(Side::Initiator, &read(&ask));
        scales.window(Side::Responder, &read(&answer));
        assert_eq!(scales.window(Side::Initiator, &read(&later)), Some(0xffff << 14));
    }
}
