//! IPv6 Control Protocol of PPP, [RFC 5072](https://www.rfc-editor.org/rfc/rfc5072) section 3.
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |            options, or what else the code stands for ...       |
//! ```

use std::fmt;

use crate::layers::ipcp::compression_fields;
use crate::layers::ppp::control::{Control, OptionNames, PppOption, encode_option};
use crate::{EncodeError, FieldSink, Key, Layer, LayerType, Malformed, PppCode, PppControlBuilder};
use crate::{PppControlHeader, PppControlOption, PppControlOptions, PppProtocol, Protocol, Shape};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv6cpOption<'a> {
    /// The lower half of the sender's address, or zeros to ask for one.
    InterfaceIdentifier([u8; 8]),
    /// How headers are compressed, with what that protocol adds: RFC 5172.
    CompressionProtocol { protocol: PppProtocol, data: &'a [u8] },
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The options of a packet. Ends behind the first error.
pub type Ipv6cpOptions<'a> = PppControlOptions<'a, Ipv6cpOption<'a>>;

impl<'a> PppControlOption<'a> for Ipv6cpOption<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn read(kind: u8, data: &'a [u8]) -> Self {
        match (kind, data) {
            (1, &[a, b, c, d, e, f, g, h]) => {
                Ipv6cpOption::InterfaceIdentifier([a, b, c, d, e, f, g, h])
            }
            (2, &[a, b, ref data @ ..]) => {
                let protocol = PppProtocol(u16::from_be_bytes([a, b]));
                Ipv6cpOption::CompressionProtocol { protocol, data }
            }
            _ => Ipv6cpOption::Unknown { kind, data },
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut put = |kind, data: &[&[u8]]| encode_option("ipv6cp", kind, data, out);
        match *self {
            Self::InterfaceIdentifier(identifier) => put(1, &[&identifier]),
            Self::CompressionProtocol { protocol, data } => {
                put(2, &[&protocol.0.to_be_bytes(), data])
            }
            Self::Unknown { kind, data } => put(kind, &[data]),
        }
    }
}

/// A packet that opens or closes IPv6 on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipv6cp<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Ipv6cp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        self.control().shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.control().fields(option_fields, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.control().summary(f)
    }
}

impl<'a> Ipv6cp<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PppCode {
        PppCode(self.header.code)
    }

    /// The options that a packet asks for or answers.
    pub fn options(&self) -> Ipv6cpOptions<'a> {
        PppControlOptions::of(&self.control())
    }

    fn control(&self) -> Control<'a> {
        Control { header: self.header, data: self.data }
    }
}

fn option_fields(raw: &PppOption<'_>, sink: &mut dyn FieldSink) {
    match Ipv6cpOption::read(raw.kind, raw.data) {
        Ipv6cpOption::InterfaceIdentifier(identifier) => {
            let whole = "ipv6cp.opt.interface_identifier";
            let (kind, length) = ("ipv6cp.opt.type", "ipv6cp.opt.length");
            raw.head_fields(OptionNames { whole, kind, length }, sink);
            sink.bytes("ipv6cp.interface_identifier", &identifier, raw.place(2, 10));
        }
        Ipv6cpOption::CompressionProtocol { protocol, data } => {
            compression_fields(protocol, data, raw, sink);
        }
        // Wireshark has no names for these.
        Ipv6cpOption::Unknown { .. } => {}
    }
}

/// A packet to write.
pub type Ipv6cpBuilder<'a> = PppControlBuilder<'a, Ipv6cpOption<'a>>;

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPV6CP,
    "ipv6cp",
    "PPP IPv6 Control Protocol",
    |bytes, outer| Ipv6cp::parse_in(bytes, outer).map(|ipv6cp| ipv6cp.shape()),
    |bytes, outer, visitor| Ipv6cp::parse_in(bytes, outer).map(|ipv6cp| visitor(&ipv6cp)),
)
.specification("RFC 5072")
.claims(&[Key::ppp_protocol(PppProtocol::IPV6CP)])
.template(&[1, 1, 0, 4]);

// tshark -r pppoe.pcap (zeek), frame 14.
#[cfg(test)]
layer_tests! {
    sample: Ipv6cp *b"\x01\x01\x00\x0e\x01\x0a\xc8\x01\x0e\xff\xfe\x88\x00\x08";
    fields: "ppp.code=1 ppp.identifier=1 ppp.length=14 \
        ipv6cp.opt.interface_identifier=010ac8010efffe880008 ipv6cp.opt.type=1 \
        ipv6cp.opt.length=10 ipv6cp.interface_identifier=c8010efffe880008";
    edit: PppControlHeader, |header| header.identifier = 3;
    bad: [3 = 3 => "length" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Encode;
    use crate::layers::ppp::control::tests::{option, packet};

    #[test]
    fn compression_has_the_names_of_ipcp() {
        // As tshark shows an own packet.
        let text = Ipv6cp::parse(b"\x01\x01\0\x08\x02\x04\0\x4f").unwrap().to_string();
        assert!(text.ends_with(
            "ppp.length=8 ipcp.opt.compress=0204004f ipcp.opt.type=2 ipcp.opt.length=4 \
             ipcp.opt.compress_proto=79"
        ));
    }

    proptest! {
        #[test]
        fn options_read_and_written_again_are_the_same_bytes(kind in 0_u8..4, data in prop::collection::vec(any::<u8>(), 0..12)) {
            let option = option(kind, &data);
            let bytes = packet(1, &option);
            let option = Ipv6cp::parse(&bytes).unwrap().options().next().unwrap().unwrap();
            let mut out = Vec::new();
            let options = &[option];
            Ipv6cpBuilder { options, ..Ipv6cpBuilder::default() }.encode(&mut out).unwrap();
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(ipv6cp) = Ipv6cp::parse(&bytes) {
                prop_assert!(ipv6cp.options().count() <= bytes.len());
                prop_assert!(!ipv6cp.to_string().is_empty());
            }
        }
    }
}
