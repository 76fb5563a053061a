//! Point-to-Point Protocol, [RFC 1661](https://www.rfc-editor.org/rfc/rfc1661) section 2, with or
//! without the address and control of [RFC 1662](https://www.rfc-editor.org/rfc/rfc1662) section 3.1.
//!
//! ```text
//!  0               8               16                             31
//! |  address (ff) |  control (03) |            protocol            |
//! ```
//!
//! Both ends may agree to leave out address and control, and the first byte of the protocol where
//! that is zero: a byte that is odd is the last of a protocol.

use std::fmt;

use crate::parts::{Parts, Places};
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Key, Layer, LayerType, LinkType};
use crate::{Malformed, Next, PppProtocol, Protocol, Role, Shape};

pub(super) mod control;
mod negotiation;

pub use control::{PppCode, PppControlHeader};
pub use negotiation::{PppControlBuilder, PppControlOption, PppControlOptions};

/// The address that says "all stations", the only one that PPP has.
const ALL_STATIONS: u8 = 0xff;
/// RFC 1547, section 4.3.1: how frames of Cisco HDLC start, which have the link type of PPP too. The
/// first byte would be half of a protocol that nobody has.
const CISCO_HDLC: [[u8; 2]; 2] = [[0x0f, 0], [0x8f, 0]];

/// A packet on a link between two stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ppp<'a> {
    /// Address and control, if they are there.
    pub address_control: Option<&'a [u8; 2]>,
    /// The protocol as it is on the wire: one byte or two, or none in front of Cisco HDLC.
    pub protocol_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Ppp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if CISCO_HDLC.iter().any(|start| bytes.starts_with(start)) {
            return Ok(Self { address_control: None, protocol_bytes: &[], payload: bytes });
        }
        let mut parts = Parts::new(bytes);
        let address_control = parts.take_if(bytes.first() == Some(&ALL_STATIONS))?;
        // RFC 1661, section 2: all protocols are odd, and the first of two bytes is even.
        let len = if parts.rest.first().is_some_and(|byte| byte & 1 != 0) { 1 } else { 2 };
        let protocol_bytes = parts.bytes(len)?;
        Ok(Self { address_control, protocol_bytes, payload: parts.rest })
    }

    fn shape(&self) -> Shape {
        let key = if self.is_cisco_hdlc() {
            Key::link_type(LinkType::C_HDLC)
        } else {
            Key::ppp_protocol(self.protocol())
        };
        let address_control = self.address_control.map_or(0, |bytes| bytes.len());
        let header_len = address_control.saturating_add(self.protocol_bytes.len());
        let payload_len = self.payload.len();
        Shape { header_len, payload_len, trailer_len: 0, next: Next::One(key) }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut places = Places(0);
        if let Some([address, control]) = self.address_control {
            sink.number("ppp.address", *address, places.next(1));
            sink.number("ppp.control", *control, places.next(1));
        }
        if self.is_cisco_hdlc() {
            return;
        }
        let place = places.next(self.protocol_bytes.len());
        sink.number("ppp.protocol", self.protocol().0, place);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_cisco_hdlc() { Ok(()) } else { write!(f, "{}", self.protocol()) }
    }
}

impl Ppp<'_> {
    /// Whether this is no PPP, but a frame of Cisco HDLC.
    pub fn is_cisco_hdlc(&self) -> bool {
        self.protocol_bytes.is_empty()
    }

    /// What the payload is.
    pub fn protocol(&self) -> PppProtocol {
        let number = self.protocol_bytes.iter().fold(0, |number, byte| {
            u16::checked_shl(number, 8).unwrap_or_default() | u16::from(*byte)
        });
        PppProtocol(number)
    }
}

/// A header to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PppBuilder {
    /// Address and control, if they are not left out.
    pub address_control: Option<[u8; 2]>,
    pub protocol: PppProtocol,
    /// Whether a protocol below 256 takes one byte.
    pub compresses_protocol: bool,
}

impl Default for PppBuilder {
    /// IPv4, with address and control, and nothing compressed.
    fn default() -> Self {
        let address_control = Some([ALL_STATIONS, 3]);
        Self { address_control, protocol: PppProtocol::IPV4, compresses_protocol: false }
    }
}

impl Encode for PppBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.address_control.as_ref().map_or(&[], |bytes| &bytes[..]));
        match self.protocol.0.to_be_bytes() {
            [0, low] if self.compresses_protocol => out.push(low),
            bytes => out.extend_from_slice(&bytes),
        }
        Ok(())
    }
}

/// Writes the protocol of the layer behind where it fits into the bytes that are there.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let cause = |cause| EncodeError::Malformed { layer: behind.layer, cause };
    let ppp = Ppp::parse(bytes).map_err(cause)?;
    let (given, len) = (ppp.protocol(), ppp.protocol_bytes.len());
    let start = ppp.address_control.map_or(0, |bytes| bytes.len());
    let number = behind.ppp_protocol(given).0;
    let both = number.to_be_bytes();
    let number = match both {
        [0, low] if len == 1 => &[low][..],
        _ if len == 1 => return behind.fit::<u8>("protocol", number.into()).map(drop),
        _ => &both,
    };
    let place = bytes.get_mut(start..).unwrap_or_default();
    place.iter_mut().zip(number).for_each(|(to, byte)| *to = *byte);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PPP,
    "ppp",
    "Point-to-Point Protocol",
    |bytes, outer| Ppp::parse_in(bytes, outer).map(|ppp| ppp.shape()),
    |bytes, outer, visitor| Ppp::parse_in(bytes, outer).map(|ppp| visitor(&ppp)),
)
.specification("RFC 1661")
.role(Role::Link)
.claims(&[
    Key::link_type(LinkType::PPP),
    Key::link_type(LinkType::PPP_HDLC),
    Key::ether_type(EtherType::PPP),
])
.template(&[0, 0x21])
.next(next);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, Ipv4Header, LcpBuilder, serialize_layers};

    /// The fields as tshark shows own packets, and the length of the header.
    #[track_caller]
    fn check(bytes: &[u8], fields: &str, header_len: usize) {
        let ppp = Ppp::parse(bytes).unwrap();
        assert_eq!((ppp.to_string().as_str(), ppp.shape().header_len), (fields, header_len));
        for have in 0..header_len {
            let cut = Ppp::parse(&bytes[..have]);
            assert!(matches!(cut, Err(Malformed::Truncated { need, .. }) if need > have));
        }
    }

    #[test]
    fn address_control_and_half_the_protocol_may_be_left_out() {
        check(b"\xff\x03\x80\xfd\x06", "ppp.address=255 ppp.control=3 ppp.protocol=33021", 4);
        check(b"\xff\x03\x21\x45", "ppp.address=255 ppp.control=3 ppp.protocol=33", 3);
        check(b"\0\x21\x45", "ppp.protocol=33", 2);
        check(b"\x21\x45", "ppp.protocol=33", 1);
    }

    #[test]
    fn the_protocol_leads_on() {
        let next = Ppp::parse(b"\xff\x03\xc0\x21").unwrap().shape().next;
        assert_eq!(next, Next::One(Key::ppp_protocol(PppProtocol::LCP)));
    }

    #[test]
    fn the_protocol_is_written_in_as_many_bytes_as_there_are() {
        let built = |builder: &PppBuilder, layer: &dyn Encode| {
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::NEXT, &[builder, layer], b"").map(|()| out)
        };
        let (ipv4, lcp) = (Ipv4Header::default(), LcpBuilder::default());
        let full = PppBuilder::default();
        assert!(built(&full, &lcp).unwrap().starts_with(b"\xff\x03\xc0\x21\x01"));
        let short = PppBuilder { address_control: None, compresses_protocol: true, ..full };
        assert!(built(&short, &ipv4).unwrap().starts_with(b"\x21\x45"));
        let mpls = crate::MplsHeader::default();
        let error = EncodeError::TooLarge { layer: "ppp", field: "protocol", value: 0x0281 };
        assert_eq!(built(&short, &mpls), Err(error));
    }
}
