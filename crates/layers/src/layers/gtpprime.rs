//! GTP', the protocol of charging in networks of 3GPP,
//! [3GPP TS 32.295](https://www.3gpp.org/dynareport/32295.htm) section 6.1.
//!
//! ```text
//!  0     3 4     7   8               16                             31
//! | ver |T|  1  |L|     type      |            length             |
//! |        sequence number        | 14 bytes of nothing, in version 0 without L
//! |  information elements ...                                     |
//! ```
//!
//! A message of GTP of users, which may have the same port, is a layer of its own behind an empty one.

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::gtp::{self, GtpElement, GtpElements, element};
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

/// Bytes that the length leaves out.
const HEADER_LEN: usize = size_of::<GtpprimeHeader>();
/// Bytes of nothing that make the header as long as that of GTP of version 0.
const DUMMY_LEN: usize = 14;
/// The bit that says that the header is a short one, in version 0.
const SHORT: u8 = 1;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct GtpprimeHeader {
    /// Version and flags.
    pub flags: u8,
    pub message_type: u8,
    /// Of the information elements.
    pub length: U16,
    pub sequence_number: U16,
}

impl Default for GtpprimeHeader {
    /// An echo request of version 2.
    fn default() -> Self {
        let (length, sequence_number) = (U16::ZERO, U16::ZERO);
        Self { flags: 0x4e, message_type: 1, length, sequence_number }
    }
}

impl GtpprimeHeader {
    /// Version, 3 bits: 0 to 2.
    pub fn version(&self) -> u8 {
        self.flags >> 5
    }

    /// Writes [`version`](Self::version), its low 3 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags = self.flags & !0xe0 | (version & 7) << 5;
    }

    /// Whether 14 bytes of nothing follow.
    pub fn is_long(&self) -> bool {
        self.version() == 0 && self.flags & SHORT == 0
    }

    /// Writes [`is_long`](Self::is_long): only the bit, which means nothing but in version 0.
    pub fn set_long(&mut self, long: bool) {
        self.flags = self.flags & !SHORT | u8::from(!long);
    }

    /// Whether this is GTP of users, and not GTP'.
    fn is_gtp(self) -> bool {
        self.flags & 0x10 != 0
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gtpprime<'a> {
    /// The header; in front of a message of GTP, whose own it is, only its first byte counts.
    pub header: &'a GtpprimeHeader,
    /// What makes the header long.
    pub dummy: Option<&'a [u8; DUMMY_LEN]>,
    /// The information elements, as far as they are there: [`elements`](Self::elements) are.
    pub element_bytes: &'a [u8],
    /// What is behind the message: others, in a stream.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Gtpprime<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, behind) = split::<GtpprimeHeader>(bytes)?;
        let version = header.version();
        if version > 2 {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        if header.is_gtp() {
            return Ok(Self { header, dummy: None, element_bytes: &[], payload: bytes });
        }
        // TS 32.295, section 6.1.1: these bits are ones. Nothing else tells it from what is none.
        if header.flags & 0x0e != 0x0e {
            let value = header.flags.into();
            return Err(Malformed::Field { name: "spare bits", value });
        }
        let need = HEADER_LEN.saturating_add(DUMMY_LEN);
        let truncated = Malformed::Truncated { need, have: bytes.len() };
        let (dummy, rest) = if header.is_long() {
            let (dummy, rest) = behind.split_first_chunk().ok_or(truncated)?;
            (Some(dummy), rest)
        } else {
            (None, behind)
        };
        let len = header.length.get().into();
        let (element_bytes, payload) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, dummy, element_bytes, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = self.header_len();
        if self.header.is_gtp() || !self.payload.is_empty() {
            let (payload_len, next) = (self.payload.len(), self.next());
            return Shape { header_len, payload_len, trailer_len: 0, next };
        }
        // What is missing of the elements is announced, so that it counts as truncated.
        let len = usize::from(self.header.length.get());
        let payload_len = len.saturating_sub(self.element_bytes.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        if header.is_gtp() {
            return;
        }
        sink.number("gtp.flags", header.flags, 0..1);
        sink.number("gtp.prim.flags.version", header.version(), 0..1);
        sink.number("gtp.flags.payload", 0_u8, 0..1);
        sink.number("gtp.flags.reserved", header.flags >> 1 & 7, 0..1);
        if header.version() == 0 {
            sink.number("gtp.flags.hdr_length", header.flags & SHORT, 0..1);
        }
        sink.number("gtp.message", header.message_type, 1..2);
        sink.number("gtp.length", header.length, 2..4);
        sink.number("gtp.seq_number", header.sequence_number, 4..6);
        if let Some(dummy) = self.dummy {
            sink.bytes("gtp.dummy_octets", dummy, 6..20);
        }
        let at = self.header_len().saturating_sub(self.element_bytes.len());
        element::fields(false, self.element_bytes, at, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.header.is_gtp() {
            return Ok(());
        }
        match self.header.message_type {
            1 => f.write_str("echo request")?,
            2 => f.write_str("echo response")?,
            3 => f.write_str("version not supported")?,
            4 => f.write_str("node alive request")?,
            5 => f.write_str("node alive response")?,
            6 => f.write_str("redirection request")?,
            7 => f.write_str("redirection response")?,
            0xf0 => f.write_str("data record transfer request")?,
            0xf1 => f.write_str("data record transfer response")?,
            other => write!(f, "message {other}")?,
        }
        write!(f, " seq {}", self.header.sequence_number)
    }
}

impl<'a> Gtpprime<'a> {
    /// The information elements.
    pub fn elements(&self) -> GtpElements<'a> {
        GtpElements::new(false, self.element_bytes)
    }

    fn header_len(&self) -> usize {
        if self.header.is_gtp() {
            return 0;
        }
        let dummy_len = self.dummy.map_or(0, |dummy| dummy.len());
        HEADER_LEN.saturating_add(dummy_len).saturating_add(self.element_bytes.len())
    }

    fn next(&self) -> Next {
        let next = GtpprimeHeader::ref_from_prefix(self.payload).ok();
        let is_another = next.is_some_and(|(header, _)| !header.is_gtp());
        match (self.header.is_gtp(), is_another) {
            (true, _) => Next::One(Key::parent(LayerType::GTPPRIME)),
            (false, true) => Next::One(Key::child(LayerType::GTP, gtp::CHARGING)),
            (false, false) => Next::End,
        }
    }
}

impl Header for GtpprimeHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built. Its length is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GtpprimeBuilder<'a> {
    pub header: GtpprimeHeader,
    pub elements: &'a [GtpElement<'a>],
}

impl Encode for GtpprimeBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        let dummy_len = if self.header.is_long() { DUMMY_LEN } else { 0 };
        out.extend(std::iter::repeat_n(0, dummy_len));
        self.elements.iter().try_for_each(|element| element.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<GtpprimeHeader>(bytes)?;
    let dummy_len = if header.is_long() { DUMMY_LEN } else { 0 };
    let fixed_len = HEADER_LEN.saturating_add(dummy_len);
    let is_last = !behind.is_before(LayerType::GTPPRIME);
    let payload_len = if is_last { behind.payload_len } else { 0 };
    let len = behind.header_len.saturating_add(payload_len).saturating_sub(fixed_len);
    header.length.set(behind.fit("length", len)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GTPPRIME,
    "gtpprime",
    "GPRS Tunnelling Protocol prime",
    |bytes, outer| Gtpprime::parse_in(bytes, outer).map(|gtp| gtp.shape()),
    |bytes, outer, visitor| Gtpprime::parse_in(bytes, outer).map(|gtp| visitor(&gtp)),
)
.specification("3GPP TS 32.295")
.role(Role::Application)
.claims(&[Key::udp_port(3386), Key::tcp_port(3386), Key::child(LayerType::GTP, gtp::CHARGING)])
.template(&[0x4e, 1, 0, 0, 0, 0])
.lengths(lengths);

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: Gtpprime *b"\x4e\xf1\0\x09\0\x07\x01\x80\xfd\0\x04\0\x07\0\x08";
    fields: "gtp.flags=78 gtp.prim.flags.version=2 gtp.flags.payload=0 gtp.flags.reserved=7 \
        gtp.message=241 gtp.length=9 gtp.seq_number=7 gtp.cause=128 gtp.requests_responded=7 \
        gtp.requests_responded=8";
    edit: GtpprimeHeader, |header| header.sequence_number.set(9);
    bad: [0 = 0x6e => "version" 3, 0 = 0x40 => "spare bits" 0x40];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden;
    use crate::{Decoder, Fix, Gtp, Ipv4Header, LinkType, UdpHeader, serialize_layers};

    #[test]
    fn messages_are_those_of_tshark() {
        // tshark has a space for the digit that fills up the last byte of a tunnel id.
        let theirs = ["e212.assoc.imsi", "e212.mcc", "e212.mnc", "gtp.tid"];
        let layers = ["gtp", "gtpprime"];
        golden::check(include_str!("gtp/golden-0.txt"), &layers, &theirs, &["gtp.tid"]);
    }

    #[test]
    fn a_message_is_built_and_read() {
        let elements =
            [GtpElement { kind: 126, value: &[1] }, GtpElement { kind: 0xf9, value: &[0, 5] }];
        for flags in [0x4e, 0x0e, 0x0f] {
            let header = GtpprimeHeader { flags, message_type: 0xf0, ..Default::default() };
            let mut out = Vec::new();
            let builder = GtpprimeBuilder { header, elements: &elements };
            serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
            let message = Gtpprime::parse(&out).unwrap();
            assert_eq!(message.elements().collect::<Vec<_>>(), elements.map(Ok));
            assert_eq!((message.dummy.is_some(), message.payload), (flags == 0x0e, &[][..]));
        }
    }

    #[test]
    fn only_headers_of_version_0_become_long() {
        for version in 0..=7 {
            let mut header = GtpprimeHeader { flags: version << 5 | 0x0f, ..Default::default() };
            header.set_long(true);
            assert_eq!((header.flags, header.is_long()), (version << 5 | 0x0e, version == 0));
            header.set_long(false);
            assert_eq!((header.flags, header.is_long()), (version << 5 | 0x0f, false));
        }
    }

    #[test]
    fn either_kind_of_message_is_found_on_the_port_of_the_other() {
        let decoder = Decoder::default();
        let layers_of = |port: u16, message: &[u8]| {
            let mut out = Vec::new();
            let udp = UdpHeader { destination_port: port.into(), ..Default::default() };
            let layers: [&dyn Encode; 2] = [&Ipv4Header::default(), &udp];
            serialize_layers(&mut out, Fix::all(), &layers, message).unwrap();
            let packet = decoder.decode(LinkType::IPV4, &out);
            (packet.get::<Gtpprime<'_>>().is_some(), packet.get::<Gtp<'_>>().is_some())
        };
        let echo = b"\x0f\x01\0\0\0\x07";
        let echo_0 = b"\x1e\x01\0\0\0\x07\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0";
        assert_eq!(layers_of(3386, echo), (true, false));
        assert_eq!(layers_of(3386, echo_0), (true, true));
        assert_eq!(layers_of(2123, &[&echo[..], b"\0\0"].concat()), (true, true));
        assert_eq!(layers_of(2123, echo_0), (false, true));
        // Neither: a guess by the port, and wrong.
        assert_eq!(layers_of(2123, b"\x00\x01\0\0\0\x07\0\0"), (false, false));
        assert_eq!(layers_of(3386, b"\x00\x01\0\0\0\x07\0\0"), (false, false));
    }

    #[test]
    fn a_stream_of_messages_is_a_layer_each() {
        let bytes = [&b"\x4e\x02\0\x02\0\x07\x0e\x05"[..], b"\x4e\x01\0\0\0\x08"].concat();
        let message = Gtpprime::parse(&bytes).unwrap();
        let key = Key::child(LayerType::GTP, gtp::CHARGING);
        assert_eq!((message.shape().header_len, message.shape().next), (8, Next::One(key)));
        let cut = Gtpprime::parse(b"\x4e\x02\0\x09\0\x07\x0e\x05").unwrap();
        assert_eq!((cut.shape().header_len, cut.shape().payload_len), (8, 7));
    }

    proptest! {
        #[test]
        fn any_elements_are_read_without_a_panic(version in 0..3_u8, bytes: Vec<u8>) {
            let bytes = [&[version << 5 | 0x0f, 0xf0, 0, 100, 0, 0][..], &bytes].concat();
            let message = Gtpprime::parse(&bytes).unwrap();
            message.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(message.elements().count() <= bytes.len());
        }
    }
}
