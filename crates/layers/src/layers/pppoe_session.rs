//! PPP over Ethernet, sessions, [RFC 2516](https://www.rfc-editor.org/rfc/rfc2516) section 4.
//!
//! ```text
//!  0       4       8               16                             31
//! |version| type  |     code      |          session ID            |
//! |            length             |
//! |      tag type (0x0106)        |        tag length (4)          |   RFC 5578, section 3
//! |  forward credit notification  | backward credit notification   |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Next, Protocol, Shape};

/// The header on the wire, of discovery and sessions.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PppoeHeader {
    pub version_type: u8,
    pub code: u8,
    pub session_id: U16,
    /// Of what stands behind the header, in bytes.
    pub length: U16,
}

impl Default for PppoeHeader {
    /// Version and type 1, and nothing else.
    fn default() -> Self {
        Self { version_type: 0x11, code: 0, session_id: U16::ZERO, length: U16::ZERO }
    }
}

impl PppoeHeader {
    /// Version, 4 bits: 1.
    pub fn version(&self) -> u8 {
        self.version_type >> 4
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_type = self.version_type & !0xf0 | (version & 0x0f) << 4;
    }

    /// Type, 4 bits: 1.
    pub fn kind(&self) -> u8 {
        self.version_type & 15
    }

    /// Writes [`kind`](Self::kind), its low 4 bits.
    pub fn set_kind(&mut self, kind: u8) {
        self.version_type = self.version_type & !0x0f | kind & 0x0f;
    }

    /// What stands behind the header, as far as it is there: the length is added to nothing, so that
    /// no length is too large to be counted.
    pub(super) fn payload(self, rest: &[u8]) -> &[u8] {
        rest.get(..self.length.get().into()).unwrap_or(rest)
    }

    pub(super) fn fields(self, sink: &mut dyn FieldSink) {
        sink.number("pppoe.version", self.version(), 0..1);
        sink.number("pppoe.type", self.kind(), 0..1);
        sink.number("pppoe.code", self.code, 1..2);
        sink.number("pppoe.session_id", self.session_id, 2..4);
        sink.number("pppoe.payload_length", self.length, 4..6);
    }
}

/// How a payload starts that has credits in front. No protocol of PPP has that number.
const CREDITS: [u8; 4] = [0x01, 0x06, 0, 4];

/// A packet of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PppoeSession<'a> {
    pub header: &'a PppoeHeader,
    /// Forward and backward credits in front of the payload: RFC 5578.
    pub credits: Option<&'a [U16; 2]>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for PppoeSession<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PppoeHeader>(bytes)?;
        let payload = header.payload(rest);
        let credits = payload.strip_prefix(&CREDITS);
        let credits = credits.and_then(|rest| <[U16; 2]>::ref_from_prefix(rest).ok());
        let (credits, payload) =
            credits.map_or((None, payload), |(credits, payload)| (Some(credits), payload));
        Ok(Self { header, credits, payload })
    }

    fn shape(&self) -> Shape {
        let credits = self.credits.map_or(0, |credits| size_of_val(credits).saturating_add(4));
        let payload_len = usize::from(self.header.length.get()).saturating_sub(credits);
        let next = Next::One(Key::ether_type(EtherType::PPP));
        let header_len = size_of::<PppoeHeader>().saturating_add(credits);
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.header.fields(sink);
        if let Some([forward, backward]) = self.credits {
            sink.number("pppoes.tags.credits.fcn", *forward, 10..12);
            sink.number("pppoes.tags.credits.bcn", *backward, 12..14);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {:#06x}", self.session_id())
    }
}

impl PppoeSession<'_> {
    /// The session, by the number that its access concentrator gave it.
    pub fn session_id(&self) -> u16 {
        self.header.session_id.get()
    }
}

impl Header for PppoeHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let credits = behind.header_len.saturating_sub(size_of::<PppoeHeader>());
    let length = behind.fit("length", behind.payload_len.saturating_add(credits))?;
    behind.header::<PppoeHeader>(bytes)?.length.set(length);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PPPOE_SESSION,
    "pppoes",
    "PPP over Ethernet session",
    |bytes, outer| PppoeSession::parse_in(bytes, outer).map(|session| session.shape()),
    |bytes, outer, visitor| PppoeSession::parse_in(bytes, outer).map(|session| visitor(&session)),
)
.specification("RFC 2516")
.claims(&[Key::ether_type(EtherType::PPPOE_SESSION), Key::link_type(LinkType::PPP_ETHER)])
.template(&[0x11, 0, 0, 0, 0, 0])
.lengths(lengths);

// tshark -r PPPoESession.pcap (PcapPlusPlus), frame 1.
#[cfg(test)]
layer_tests! {
    sample: PppoeSession *b"\x11\x00\x00\x11\x00\x14\xc0\x21\x02\x02\x00\x12";
    fields: "pppoe.version=1 pppoe.type=1 pppoe.code=0 pppoe.session_id=17 \
        pppoe.payload_length=20";
    edit: PppoeHeader, |header| header.session_id.set(18);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, PppBuilder, serialize_layers};

    #[test]
    fn the_largest_length_wraps_nowhere() {
        let session = PppoeSession::parse(b"\x11\0\0\x05\xff\xff\0\x21abc").unwrap();
        assert_eq!(session.shape().payload_len, 0xffff);
        assert_eq!(session.payload, b"\0\x21abc");
    }

    #[test]
    fn the_length_parts_the_packet_from_padding() {
        let session = PppoeSession::parse(b"\x11\0\0\x05\0\x03\0\x21apadding").unwrap();
        assert_eq!(session.payload, b"\0\x21a");
        let bytes = b"\x11\0\0\x05\0\x03\0\x21\x45padding";
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::PPP_ETHER, bytes);
        assert_eq!((packet.layers()[0].len, packet.layers()[1].len), (9, 3));
    }

    #[test]
    fn credits_stand_in_front_of_the_payload() {
        // tshark -r own packet.
        let session = PppoeSession::parse(b"\x11\0\0\x05\0\x0a\x01\x06\0\x04\0\x05\0\x06\0\x21");
        let session = session.unwrap();
        assert_eq!((session.payload, session.shape().header_len), (&b"\0\x21"[..], 14));
        assert!(session.to_string().ends_with(
            "pppoe.payload_length=10 pppoes.tags.credits.fcn=5 pppoes.tags.credits.bcn=6"
        ));
        assert_eq!(session.shape().payload_len, 2);
    }

    #[test]
    fn a_length_that_does_not_fit_is_an_error() {
        let layers = |payload: &[u8]| {
            let ppp = PppBuilder { address_control: None, ..PppBuilder::default() };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &[&PppoeHeader::default(), &ppp], payload)
                .map(|()| out)
        };
        assert_eq!(layers(b"hi").unwrap(), b"\x11\0\0\0\0\x04\0\x21hi");
        let error = EncodeError::TooLarge { layer: "pppoes", field: "length", value: 65_536 };
        assert_eq!(layers(&vec![0; 65_534]), Err(error));
    }
}
