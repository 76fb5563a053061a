//! ESP that encrypts nothing, [RFC 2410](https://www.rfc-editor.org/rfc/rfc2410): only the association
//! at both ends says that it does not, so that no key leads here unless somebody claims one.
//!
//! ```text
//!  0               8               16              24             31
//! |                   security parameters index                    |
//! |                        sequence number                         |
//! |                           payload ...                          |
//! |           padding ...         |  pad length   |  next header   |
//! |                integrity check value ...                       |
//! ```

use std::fmt;

use crate::layers::split;
use crate::plausible::is_ip_within;
use crate::{
    Behind, EncodeError, EspHeader, FieldSink, InternetSum, IpProtocol, Key, Layer, LayerType,
    Malformed, Next, Protocol, Shape,
};

/// How long integrity check values are, RFC 8221 section 6: the first that fits is taken.
const ICV_LENS: [usize; 5] = [12, 16, 24, 32, 0];

/// What stands behind the payload, RFC 4303 sections 2.4 to 2.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EspTrailer<'a> {
    pub padding: &'a [u8],
    pub next_header: IpProtocol,
    /// Not verified: that takes a key.
    pub icv: &'a [u8],
}

impl EspTrailer<'_> {
    /// Bytes of padding, of its length, of the next header and of the integrity check value.
    fn len(&self) -> usize {
        self.padding.len().saturating_add(2).saturating_add(self.icv.len())
    }
}

/// A packet that is not encrypted. One in which no trailer is found is all payload, as if it were: no
/// header says how long the integrity check value is.
///
/// ```
/// use rheos_layers::{Decoder, IpProtocol, Key, LayerType, LinkType, Registry, Udp};
///
/// let esp = Key::ip_protocol(IpProtocol::ESP);
/// let decoder = Decoder::new(&Registry::default().claim(esp, LayerType::ESP_NULL));
/// let bytes = b"\x45\0\0\x34\0\0\0\0\x40\x32\0\0\x0a\0\0\x01\x0a\0\0\x02\0\0\x12\x34\0\0\0\x01\
///     \x04\xd2\x27\x0f\0\x0a\0\0hi\0\x11\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
/// let packet = decoder.decode(LinkType::IPV4, bytes);
/// assert_eq!(packet.get::<Udp>().unwrap().payload, b"hi");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EspNull<'a> {
    pub header: &'a EspHeader,
    pub payload: &'a [u8],
    /// Nothing, if no length of an integrity check value makes sense of the packet.
    pub trailer: Option<EspTrailer<'a>>,
}

impl<'a> Layer<'a> for EspNull<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split(bytes)?;
        let found = ICV_LENS.iter().find_map(|&len| split_trailer(rest, len));
        let (payload, trailer) = found.map_or((rest, None), |(front, back)| (front, Some(back)));
        Ok(Self { header, payload, trailer })
    }

    fn shape(&self) -> Shape {
        let next = self
            .trailer
            .map_or(Next::End, |trailer| Next::One(Key::ip_protocol(trailer.next_header)));
        Shape {
            header_len: size_of::<EspHeader>(),
            payload_len: self.payload.len(),
            trailer_len: self.trailer.map_or(0, |trailer| trailer.len()),
            next,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("esp.spi", self.header.spi, 0..4);
        sink.number("esp.sequence", self.header.sequence_number, 4..8);
        let Some(trailer) = self.trailer else { return };
        let mut places = crate::parts::Places(size_of::<EspHeader>());
        places.next(self.payload.len());
        let padding = places.next(trailer.padding.len());
        if !trailer.padding.is_empty() {
            sink.bytes("esp.pad", trailer.padding, padding);
        }
        sink.number("esp.pad_len", trailer.padding.len() as u64, places.next(1));
        sink.number("esp.protocol", trailer.next_header.0, places.next(1));
        if !trailer.icv.is_empty() {
            sink.bytes("esp.icv", trailer.icv, places.next(trailer.icv.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spi {:#010x} seq {}", self.header.spi, self.header.sequence_number)
    }
}

/// Payload and trailer, if there is one in front of an integrity check value of so many bytes. Padding
/// counts from one, RFC 4303 section 2.4.
fn split_trailer(rest: &[u8], icv_len: usize) -> Option<(&[u8], EspTrailer<'_>)> {
    let (front, icv) = rest.split_at_checked(rest.len().checked_sub(icv_len)?)?;
    let (front, &[padding_len, next_header]) = front.split_last_chunk()?;
    let (payload, padding) =
        front.split_at_checked(front.len().checked_sub(padding_len.into())?)?;
    let next_header = IpProtocol(next_header);
    let is_padding = (1..=u8::MAX).zip(padding).all(|(expected, &byte)| expected == byte);
    (is_padding && fits(next_header, payload))
        .then_some((payload, EspTrailer { padding, next_header, icv }))
}

/// Whether a payload may be what the next header says. One that nobody can tell is none: two bytes
/// of an encrypted packet say anything.
fn fits(next_header: IpProtocol, payload: &[u8]) -> bool {
    let number_at = |at: usize| {
        let bytes = payload.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.map(|bytes| usize::from(u16::from_be_bytes(*bytes)))
    };
    match next_header {
        IpProtocol::IPV4 | IpProtocol::IPV6 => {
            let version = if next_header == IpProtocol::IPV4 { 4 } else { 6 };
            let is_version = payload.first().is_some_and(|byte| byte >> 4 == version);
            is_version && is_ip_within(payload, payload.len())
        }
        IpProtocol::TCP => {
            let header_len = payload.get(12).map_or(0, |byte| usize::from(byte >> 4) << 2);
            (20..=payload.len()).contains(&header_len)
        }
        IpProtocol::UDP => number_at(4) == Some(payload.len()),
        IpProtocol::ICMPV4 => {
            payload.len() >= 8 && InternetSum::default().with(payload).checksum() == 0
        }
        IpProtocol::ICMPV6 => payload.len() >= 8 && payload.get(1).is_some_and(|&code| code < 16),
        IpProtocol::NO_NEXT_HEADER => true,
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ESP_NULL,
    "esp_null",
    "IP Encapsulating Security Payload, not encrypted",
    |bytes, outer| EspNull::parse_in(bytes, outer).map(|esp| esp.shape()),
    |bytes, outer, visitor| EspNull::parse_in(bytes, outer).map(|esp| visitor(&esp)),
)
.specification("RFC 4303, RFC 2410")
.template(&[0; size_of::<EspHeader>()])
.trailer(&TRAILER)
.next(next);

/// No padding, nothing behind, and an integrity check value of the usual length, to be set.
const TRAILER: [u8; 14] = [0, IpProtocol::NO_NEXT_HEADER.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Writes the next header, which is in the trailer: behind the length of the padding, which says where
/// it stands itself.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (_, rest) = behind.split::<EspHeader>(bytes)?;
    let trailer = rest.len().checked_sub(behind.trailer_len).and_then(|at| rest.get_mut(at..));
    let trailer = trailer.unwrap_or_default();
    let mut places =
        ICV_LENS.iter().filter_map(|len| trailer.len().checked_sub(len.saturating_add(2)));
    let place = places.find(|&at| trailer.get(at).is_some_and(|&len| usize::from(len) == at));
    if let Some(number) = place.and_then(|at| trailer.get_mut(at.saturating_add(1))) {
        *number = behind.ip_protocol(IpProtocol(*number)).0;
    }
    Ok(())
}

// Made by hand after RFC 4303; the fields are those that tshark 4.0.17 shows with
// -o esp.enable_null_encryption_decode_heuristic:TRUE
#[cfg(test)]
layer_tests! {
    sample: EspNull *b"\0\0\x12\x34\0\0\0\x01\x04\xd2\x27\x0f\0\x0d\0\0hello\x01\x01\x11\
        \xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
    fields: "esp.spi=4660 esp.sequence=1 esp.pad=01 esp.pad_len=1 esp.protocol=17 \
        esp.icv=aaaaaaaaaaaaaaaaaaaaaaaa";
    edit: EspHeader, |header| header.sequence_number.set(4);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Decoder, Encode, Fix, Ipv4, Ipv6Header, LinkType, PacketMut, Registry, UdpEncapKind,
        UdpHeader, serialize_layers,
    };

    const UDP: &[u8] = b"\x04\xd2\x27\x0f\0\x0d\0\0hello";

    /// A packet of ESP, padded to a multiple of four bytes.
    fn esp(payload: &[u8], next_header: u8, icv_len: usize) -> Vec<u8> {
        let padding_len = (payload.len() + 2).next_multiple_of(4) - payload.len() - 2;
        let mut packet = [b"\0\0\x12\x34\0\0\0\x01", payload].concat();
        packet.extend(1..=u8::try_from(padding_len).unwrap());
        packet.extend([u8::try_from(padding_len).unwrap(), next_header]);
        packet.extend(vec![0xaa; icv_len]);
        packet
    }

    #[track_caller]
    fn check(packet: &[u8], expected: Option<(&[u8], u8, usize)>) {
        let esp = EspNull::parse(packet).unwrap();
        let found = esp.trailer.map(|t| (esp.payload, t.next_header.0, t.icv.len()));
        assert_eq!(found, expected);
        let shape = esp.shape();
        assert_eq!(shape.header_len + shape.payload_len + shape.trailer_len, packet.len());
    }

    #[test]
    fn each_length_of_an_integrity_check_value_is_found() {
        for icv_len in ICV_LENS {
            check(&esp(UDP, 17, icv_len), Some((UDP, 17, icv_len)));
        }
        let echo = b"\x08\0\x19\x2d\0\x01\0\x01ping";
        check(&esp(echo, 1, 12), Some((echo, 1, 12)));
        check(&esp(b"", 59, 12), Some((b"", 59, 12)));
    }

    #[test]
    fn what_is_encrypted_is_payload() {
        check(&esp(b"\x9f\x03\x71\x44\x05\xaa\x17\xd0\x3c\x77", 17, 12), None);
        check(&esp(UDP, 200, 12), None);
        check(&esp(b"\x08\0\x19\x2e\0\x01\0\x01ping", 1, 12), None);
        check(b"\0\0\x12\x34\0\0\0\x01", None);
    }

    #[test]
    fn the_next_header_is_that_of_the_layer_behind() {
        let layers: [&dyn Encode; 2] = [&EspNull::PROTOCOL, &UdpHeader::default()];
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &layers, b"hello").unwrap();
        check(&out, Some((&out[8..21], 17, 12)));
        // It is found where the packet has it: behind padding, in front of a longer value.
        let packet = esp(b"\x45\0\0\x14\0\0\0\0\x40\x3b\0\0\x0a\0\0\x03\x0a\0\0\x04", 4, 16);
        let null =
            Registry::default().claim(Key::ip_protocol(IpProtocol::ESP), LayerType::ESP_NULL);
        let frame =
            [b"\x45\0\0\x44\0\0\0\0\x40\x32\0\0\x0a\0\0\x01\x0a\0\0\x02", &packet[..]].concat();
        let mut packet = PacketMut::new(&Decoder::new(&null), LinkType::IPV4, frame.clone());
        packet.fix(Fix::NEXT).unwrap();
        assert_eq!((packet.layers().len(), packet.bytes()), (3, &frame[..]));
        packet.replace(2, &Ipv6Header::default()).unwrap();
        packet.fix(Fix::all()).unwrap();
        assert_eq!(packet.bytes()[packet.bytes().len() - 17], 41);
    }

    #[test]
    fn a_claim_leads_here_and_the_walk_goes_on() {
        let claimed =
            [Key::ip_protocol(IpProtocol::ESP), Key::child(LayerType::UDPENCAP, UdpEncapKind::ESP)];
        let registry = claimed
            .into_iter()
            .fold(Registry::default(), |registry, key| registry.claim(key, LayerType::ESP_NULL));
        let (null, default) = (Decoder::new(&registry), Decoder::default());
        let inner = b"\x45\0\0\x14\0\0\0\0\x40\x3b\0\0\x0a\0\0\x03\x0a\0\0\x04";
        let tunnel = esp(inner, 4, 16);
        let ip = |protocol: u8, payload: &[u8]| {
            let [high, low] = u16::try_from(payload.len() + 20).unwrap().to_be_bytes();
            let front =
                [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
            [&front, payload].concat()
        };
        let names = |decoder: &Decoder, bytes: &[u8]| {
            let packet = decoder.decode(LinkType::IPV4, bytes);
            assert_eq!(packet.error(), None);
            packet.layers().iter().map(|span| span.layer.to_string()).collect::<Vec<_>>().join(" ")
        };
        let direct = ip(50, &tunnel);
        assert_eq!(names(&null, &direct), "ip esp_null ip");
        assert_eq!(names(&default, &direct), "ip esp");
        let packet = null.decode(LinkType::IPV4, &direct);
        assert_eq!(packet.get_last::<Ipv4<'_>>().unwrap().source().to_string(), "10.0.0.3");
        let mut datagram = b"\x11\x94\x11\x94".to_vec();
        datagram.extend(u16::try_from(tunnel.len() + 8).unwrap().to_be_bytes());
        datagram.extend([0, 0]);
        datagram.extend(&tunnel);
        assert_eq!(names(&null, &ip(17, &datagram)), "ip udp udpencap esp_null ip");
    }
}
