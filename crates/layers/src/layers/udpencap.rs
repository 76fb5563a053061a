//! `IPsec` inside UDP, [RFC 3948](https://www.rfc-editor.org/rfc/rfc3948) section 2.
//!
//! ```text
//! |  ff  |                          a keepalive: nothing else
//! |  00 00 00 00  |  IKE ...        a marker where ESP has an SPI, which is never zero
//! |  ESP ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Before, EditError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Outer};
use crate::{Protocol, Setting, Shape};

/// The byte that keeps a way through a NAT open.
const KEEPALIVE: u8 = 0xff;
/// Bytes where an SPI would be.
const MARKER_LEN: usize = 4;
/// Bytes of a header of ESP.
const ESP_LEN: usize = 8;

/// The first byte, which is part of what follows where that is ESP.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct UdpEncapHeader {
    pub first_byte: u8,
}

impl Header for UdpEncapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// What a datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UdpEncapKind {
    /// Nothing: it keeps a way open.
    Keepalive,
    /// IKE, behind a marker.
    Ike,
    /// ESP, behind nothing.
    Esp,
}

impl UdpEncapKind {
    /// The number that the layer publishes, as a child of its own: zero for IKE, one for ESP.
    pub const IKE: u32 = 0;
    /// See [`IKE`](Self::IKE).
    pub const ESP: u32 = 1;
}

/// A datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UdpEncap<'a> {
    pub header: &'a UdpEncapHeader,
    pub kind: UdpEncapKind,
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for UdpEncap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, behind) = split::<UdpEncapHeader>(bytes)?;
        if header.first_byte == KEEPALIVE && behind.is_empty() {
            let (kind, header_len) = (UdpEncapKind::Keepalive, size_of::<UdpEncapHeader>());
            return Ok(Self { header, kind, payload: &[], header_len });
        }
        let cut = Malformed::Truncated { need: MARKER_LEN, have: bytes.len() };
        let (marker, behind) = bytes.split_first_chunk::<MARKER_LEN>().ok_or(cut)?;
        if marker == &[0; MARKER_LEN] {
            let (kind, header_len) = (UdpEncapKind::Ike, MARKER_LEN);
            return Ok(Self { header, kind, payload: behind, header_len });
        }
        Ok(Self { header, kind: UdpEncapKind::Esp, payload: bytes, header_len: 0 })
    }

    /// A datagram without room for the header of ESP holds something else.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let encap = Self::parse(bytes)?;
        match outer.datagram_len() {
            Some(have) if encap.kind == UdpEncapKind::Esp && have < ESP_LEN => {
                Err(Malformed::Truncated { need: ESP_LEN, have })
            }
            _ => Ok(encap),
        }
    }

    fn shape(&self) -> Shape {
        let next = match self.kind {
            UdpEncapKind::Keepalive => Next::End,
            UdpEncapKind::Ike => Next::One(Key::child(LayerType::UDPENCAP, UdpEncapKind::IKE)),
            UdpEncapKind::Esp => Next::One(Key::child(LayerType::UDPENCAP, UdpEncapKind::ESP)),
        };
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        match self.kind {
            UdpEncapKind::Keepalive => {
                sink.bytes("udpencap.nat_keepalive", &[self.header.first_byte], 0..1);
            }
            UdpEncapKind::Ike => {
                sink.bytes("udpencap.non_esp_marker", &[0; MARKER_LEN], 0..MARKER_LEN);
            }
            UdpEncapKind::Esp => {}
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            UdpEncapKind::Keepalive => f.write_str("keepalive"),
            UdpEncapKind::Ike | UdpEncapKind::Esp => Ok(()),
        }
    }
}

/// The marker in front of IKE; in front of ESP there is nothing.
const TEMPLATE: [u8; MARKER_LEN] = [0; MARKER_LEN];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::UDPENCAP,
    "udpencap",
    "UDP Encapsulation of IPsec Packets",
    |bytes, outer| UdpEncap::parse_in(bytes, outer).map(|encap| encap.shape()),
    |bytes, outer, visitor| UdpEncap::parse_in(bytes, outer).map(|encap| visitor(&encap)),
)
.specification("RFC 3948")
.claims(&[Key::udp_port(4500)])
.template(&TEMPLATE)
.settings(&[SETTINGS]);

const SETTINGS: &[Setting] = &[
    Setting::part("", "udpencap.non_esp_marker", "00000000, or nothing in front of ESP", header),
    Setting::part("", "udpencap.nat_keepalive", "ff", header),
];

/// Writes another header, of whatever kind.
fn header(before: &Before<'_>, text: &str) -> Result<Vec<u8>, EditError> {
    before.bytes(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], kind: UdpEncapKind, header_len: usize, fields: &str) {
        let encap = UdpEncap::parse(bytes).unwrap();
        assert_eq!((encap.kind, encap.shape().header_len), (kind, header_len));
        assert_eq!(encap.to_string(), fields);
        assert_eq!(encap.payload.len() + header_len, bytes.len());
    }

    #[test]
    fn each_kind_is_told_by_its_front() {
        check(b"\xff", UdpEncapKind::Keepalive, 1, "udpencap.nat_keepalive=ff");
        check(b"\0\0\0\0IKE", UdpEncapKind::Ike, 4, "udpencap.non_esp_marker=00000000");
        check(b"\0\0\0\x01\0\0\0\x01", UdpEncapKind::Esp, 0, "");
        check(b"\xff\xff\xff\xff\0\0\0\x01", UdpEncapKind::Esp, 0, "");
    }

    #[test]
    fn less_than_a_marker_is_cut() {
        for have in 1..4 {
            let error = Malformed::Truncated { need: 4, have };
            assert_eq!(UdpEncap::parse(&[0; 4][..have]), Err(error));
        }
    }
}
