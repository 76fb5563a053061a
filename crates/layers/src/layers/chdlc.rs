//! Cisco HDLC, [RFC 1547](https://www.rfc-editor.org/rfc/rfc1547) section 4.3.1 and
//! [LINKTYPE_C_HDLC](https://www.tcpdump.org/linktypes/LINKTYPE_C_HDLC.html).
//!
//! ```text
//!  0               8               16                             31
//! |    address    |    control    |            protocol            |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, EncodeError, EtherType, FieldSink, Header, Key, KeyKind, Layer, LayerType};
use crate::{LinkType, Malformed, Next, Nlpid, Protocol, Role, ServiceAccessPoint, Shape};

/// The number of SLARP, which as an Ethernet type is that of RARP.
pub(crate) const SLARP: u16 = 0x8035;
/// Messages of bridges among themselves.
const BPDU: u16 = 0x4242;
/// Packets of an ISO network layer.
const OSI: u16 = 0xfefe;

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
pub struct ChdlcHeader {
    /// 0x0f for one station, 0x8f for all.
    pub address: u8,
    pub control: u8,
    pub protocol: U16,
}

/// A frame on a serial link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chdlc<'a> {
    pub header: &'a ChdlcHeader,
    /// A byte that most routers put in front of a packet of ISO; empty otherwise.
    pub clns_padding: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Chdlc<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<ChdlcHeader>(bytes)?;
        let (clns_padding, payload) = split_padding(header.protocol.get(), rest);
        Ok(Self { header, clns_padding, payload })
    }

    fn shape(&self) -> Shape {
        Shape {
            header_len: size_of::<ChdlcHeader>().saturating_add(self.clns_padding.len()),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::One(key(self.protocol())),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("chdlc.address", self.header.address, 0..1);
        sink.number("chdlc.control", self.header.control, 1..2);
        sink.number("chdlc.protocol", self.header.protocol, 2..4);
        padding_field(self.clns_padding, 4, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol() {
            SLARP => f.write_str("SLARP"),
            number => write!(f, "{}", EtherType(number)),
        }
    }
}

impl Chdlc<'_> {
    /// What the payload is: an Ethernet type, or a number of Cisco's own.
    pub fn protocol(&self) -> u16 {
        self.header.protocol.get()
    }
}

/// What the protocol of a frame leads to.
pub(crate) fn key(protocol: u16) -> Key {
    match protocol {
        SLARP => Key::child(LayerType::CHDLC, SLARP.into()),
        BPDU => Key::llc_sap(ServiceAccessPoint::STP.0),
        number => Key::ether_type(EtherType(number)),
    }
}

/// Splits off the byte in front of a packet of ISO. Some routers do not send it, but none of the
/// identifiers that a packet starts with is a padding.
pub(crate) fn split_padding(protocol: u16, bytes: &[u8]) -> (&[u8], &[u8]) {
    let is_padding = bytes.first().is_some_and(|&byte| {
        protocol == OSI && !matches!(Nlpid(byte), Nlpid::CLNP | Nlpid::ES_IS | Nlpid::IS_IS)
    });
    bytes.split_at_checked(is_padding.into()).unwrap_or((&[], bytes))
}

/// Reports the byte in front of a packet of ISO, at this place of its layer.
pub(crate) fn padding_field(padding: &[u8], at: usize, sink: &mut dyn FieldSink) {
    if let [padding] = *padding {
        sink.number("chdlc.clns_padding", padding, at..at.saturating_add(1));
    }
}

impl Header for ChdlcHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<ChdlcHeader>(bytes)?;
    let number = behind.number(header.protocol.get(), |kind| match kind {
        KeyKind::EtherType(number) => Some(number.0),
        KeyKind::Child(LayerType::CHDLC, _) => Some(SLARP),
        KeyKind::LlcSap(sap) if sap == ServiceAccessPoint::STP.0 => Some(BPDU),
        _ => None,
    });
    header.protocol.set(number);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CHDLC,
    "chdlc",
    "Cisco HDLC",
    |bytes, outer| Chdlc::parse_in(bytes, outer).map(|chdlc| chdlc.shape()),
    |bytes, outer, visitor| Chdlc::parse_in(bytes, outer).map(|chdlc| visitor(&chdlc)),
)
.specification("RFC 1547")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::C_HDLC)])
.template(&[0x0f, 0, 8, 0])
.next(next);

// tcpdump, chdlc-slarp.pcap, packet 1: Address: Multicast (0x8f), Control: 0x00,
// Protocol: SLARP (0x8035); the second byte is the fuzzer's
#[cfg(test)]
layer_tests! {
    sample: Chdlc *b"\x8f\0\x80\x35\0\0\0\x02\0\x0d\x0a\x31\x57\x40\x5e\x26\x04\xff";
    fields: "chdlc.address=143 chdlc.control=0 chdlc.protocol=32821";
    edit: ChdlcHeader, |header| header.address = 0x0f;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Fix, SlarpMessage, serialize_layers};

    #[track_caller]
    fn check(bytes: &[u8], next: Key, header_len: usize) {
        let shape = Chdlc::parse(bytes).unwrap().shape();
        assert_eq!((shape.next, shape.header_len), (Next::One(next), header_len));
    }

    #[test]
    fn the_protocol_is_an_ethernet_type_or_one_of_cisco() {
        check(b"\x0f\0\x08\0\x45", Key::ether_type(EtherType::IPV4), 4);
        check(b"\x0f\0\x80\x35\0", Key::child(LayerType::CHDLC, 0x8035), 4);
        check(b"\x0f\0\x42\x42\0", Key::llc_sap(0x42), 4);
    }

    #[test]
    fn a_byte_may_stand_in_front_of_a_packet_of_iso() {
        let osi = Key::ether_type(EtherType(0xfefe));
        check(b"\x0f\0\xfe\xfe\x03\x83\x1b", osi, 5);
        check(b"\x0f\0\xfe\xfe\x83\x1b", osi, 4);
        check(b"\x0f\0\xfe\xfe", osi, 4);
        let chdlc = Chdlc::parse(b"\x0f\0\xfe\xfe\x03\x83\x1b").unwrap();
        assert!(chdlc.to_string().ends_with("chdlc.clns_padding=3"));
        assert_eq!(chdlc.payload, [0x83, 0x1b]);
    }

    #[test]
    fn ppp_and_cisco_hdlc_share_a_link_type() {
        for address in [0x0f, 0x8f] {
            let packet = [address, 0, 0x80, 0x35, 0, 0, 0, 0, 10, 0, 0, 1, 255, 255, 255, 0];
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::PPP_HDLC, &packet);
            let layers = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
            assert_eq!(layers, [LayerType::PPP, LayerType::CHDLC, LayerType::SLARP]);
        }
    }

    #[test]
    fn the_protocol_follows_from_the_layer_behind() {
        let mut out = Vec::new();
        let keepalive = SlarpMessage::Other { packet_type: 7, data: &[] };
        let header = ChdlcHeader { address: 0x0f, ..ChdlcHeader::default() };
        serialize_layers(&mut out, Fix::NEXT, &[&header, &keepalive], b"").unwrap();
        assert_eq!(out, b"\x0f\0\x80\x35\0\0\0\x07");
    }
}
