//! Ethernet II and [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) frames.
//!
//! ```text
//!  0                               48                              96            111
//! |      destination address       |         source address        | type or length |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::frame_trailer::Framed;
use crate::layers::split;
use crate::length_or_type::{self, MAX_LENGTH, MIN_TYPE, split_frame};
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, IpProtocol, Key, Layer};
use crate::{LayerType, LinkType, Malformed, Protocol, Role, Shape, Value};

/// IEEE Std 802.3, section 4A.4.2: a frame has 64 bytes, of which 14 are the header and four the
/// check sequence.
const MIN_PAYLOAD_LEN: usize = 46;

/// The header on the wire.
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
pub struct EthernetHeader {
    pub destination: [u8; 6],
    pub source: [u8; 6],
    pub type_or_length: U16,
}

/// A frame, without its preamble and, as captures mostly have it, without its check sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ethernet<'a> {
    pub header: &'a EthernetHeader,
    /// Up to the length that an 802.3 frame announces, else to the end.
    pub payload: &'a [u8],
    /// What stands behind the length of an 802.3 frame: padding, mostly.
    pub trailer: &'a [u8],
}

impl<'a> Layer<'a> for Ethernet<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<EthernetHeader>(bytes)?;
        let (payload, trailer) = split_frame(header.type_or_length.get(), rest);
        Ok(Self { header, payload, trailer })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let number = self.header.type_or_length.get();
        length_or_type::shape(size_of::<EthernetHeader>(), number, self.payload, self.trailer)
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let [destination, source] = [self.header.destination, self.header.source];
        sink.value("eth.dst", Value::Mac(destination), 0..6);
        sink.flag("eth.dst.lg", destination[0] & 2 != 0, 0..3);
        sink.flag("eth.dst.ig", destination[0] & 1 != 0, 0..3);
        sink.value("eth.src", Value::Mac(source), 6..12);
        sink.flag("eth.src.lg", source[0] & 2 != 0, 6..9);
        sink.flag("eth.src.ig", source[0] & 1 != 0, 6..9);
        let name = match self.header.type_or_length.get() {
            ..=MAX_LENGTH => "eth.len",
            MIN_TYPE.. => "eth.type",
            _ => "eth.invalid_lentype",
        };
        sink.number(name, self.header.type_or_length, 12..14);
    }

    /// Nothing can be wrong in numbers and addresses.
    fn faults(&self, _sink: &mut dyn FieldSink) {}

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ether_type() {
            Some(ether_type) => write!(f, "{ether_type}"),
            None => write!(f, "length {}", self.header.type_or_length),
        }
    }
}

impl Ethernet<'_> {
    /// Hardware address of the receiver.
    pub fn destination(&self) -> [u8; 6] {
        self.header.destination
    }

    /// Hardware address of the sender.
    pub fn source(&self) -> [u8; 6] {
        self.header.source
    }

    /// What the payload is, in an Ethernet II frame.
    pub fn ether_type(&self) -> Option<EtherType> {
        let number = self.header.type_or_length.get();
        (number >= MIN_TYPE).then_some(EtherType(number))
    }

    /// How many bytes of payload there are, in an 802.3 frame.
    pub fn length(&self) -> Option<u16> {
        let number = self.header.type_or_length.get();
        (number <= MAX_LENGTH).then_some(number)
    }
}

/// A frame of the shortest length that goes over a wire: zeros fill it up, in front of the check
/// sequence. Whoever wants a frame as short as it is writes the [`EthernetHeader`] alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct EthernetPaddedBuilder {
    pub header: EthernetHeader,
}

impl Encode for EthernetPaddedBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.header.encode(out)
    }

    fn encode_trailer(&self, payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(std::iter::repeat_n(0, MIN_PAYLOAD_LEN.saturating_sub(payload_len)));
        Ok(())
    }
}

impl Header for EthernetHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<EthernetHeader>(bytes)?;
    length_or_type::fix_length(&mut header.type_or_length, behind)
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<EthernetHeader>(bytes)?;
    length_or_type::fix_type(&mut header.type_or_length, payload, behind);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ETHERNET,
    "eth",
    "Ethernet",
    |bytes, outer| Ethernet::parse_in(bytes, outer).map(|ethernet| ethernet.shape()),
    |bytes, outer, visitor| {
        let layer = Ethernet::parse_in(bytes, outer)?;
        let (own_len, names) = (layer.trailer.len(), ["eth.padding", "eth.trailer", "eth.fcs"]);
        visitor(&Framed { layer: &layer, own_len, outer, names });
        Ok(())
    },
)
.specification("IEEE Std 802.3")
.role(Role::Link)
.claims(&[
    Key::link_type(LinkType::ETHERNET),
    // Marvell's tag has an Ethernet type of its own there.
    Key::link_type(LinkType::DSA_TAG_EDSA),
    Key::ether_type(EtherType::BRIDGING),
    Key::ip_protocol(IpProtocol::ETHERNET),
])
.template(&[0; size_of::<EthernetHeader>()])
.lengths(lengths)
.next(next)
.settings(&[&[length_or_type::TYPE, length_or_type::LEN]]);

#[cfg(test)]
layer_tests! {
    sample: Ethernet *b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x08\x00payload";
    fields: "eth.dst=01:02:03:04:05:06 eth.dst.lg=0 eth.dst.ig=1 eth.src=0a:0b:0c:0d:0e:0f \
        eth.src.lg=1 eth.src.ig=0 eth.type=2048";
    edit: EthernetHeader, |header| header.type_or_length.set(0x86dd);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Next;

    #[test]
    fn a_length_parts_the_payload_from_the_padding() {
        let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\0\x03abcpadding";
        let frame = Ethernet::parse(bytes).unwrap();
        assert_eq!((frame.payload, frame.trailer), (&b"abc"[..], &b"padding"[..]));
        assert_eq!((frame.ether_type(), frame.length()), (None, Some(3)));
        assert_eq!(frame.shape().next, Next::One(Key::ether_type(EtherType::LLC)));
    }

    #[test]
    fn a_raw_802_3_frame_has_no_llc_header() {
        let frame = |payload: &[u8]| {
            let header = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\0\x03";
            Ethernet::parse(&[header, payload].concat()).unwrap().shape().next
        };
        assert_eq!(frame(b"\xff\xff\0"), Next::One(Key::ether_type(EtherType::RESERVED)));
        assert_eq!(frame(b"\xff\xfe\0"), Next::One(Key::ether_type(EtherType::LLC)));
        assert_eq!(frame(b"\xff"), Next::One(Key::ether_type(EtherType::LLC)));
    }

    #[test]
    fn a_length_behind_the_end_announces_what_is_missing() {
        let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\0\x09abc";
        let frame = Ethernet::parse(bytes).unwrap();
        assert_eq!((frame.payload, frame.trailer), (&b"abc"[..], &b""[..]));
        assert_eq!(frame.shape().payload_len, 9);
    }

    #[test]
    fn a_number_between_length_and_type_is_neither() {
        let bytes = b"\x01\x02\x03\x04\x05\x06\x0a\x0b\x0c\x0d\x0e\x0f\x05\xddpayload";
        let frame = Ethernet::parse(bytes).unwrap();
        assert_eq!((frame.ether_type(), frame.length()), (None, None));
        assert!(frame.to_string().ends_with("eth.invalid_lentype=1501"));
    }
}
