//! ISO network layer protocols, told apart by their first byte,
//! [ISO/IEC TR 9577](https://www.iso.org/standard/33001.html).

use std::fmt;

use crate::key::numbers;
use crate::{EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next, PppProtocol, Protocol};
use crate::{ServiceAccessPoint, Setting, Shape};

/// A network layer protocol identifier. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nlpid(pub u8);

numbers! {
    Nlpid "{:#04x}" {
        /// The inactive subset of CLNP.
        NULL = 0x00 "inactive network layer";
        /// Connectionless Network Protocol, ISO 8473.
        CLNP = 0x81 "CLNP";
        /// End System to Intermediate System, ISO 9542.
        ES_IS = 0x82 "ES-IS";
        /// Intermediate System to Intermediate System, ISO 10589.
        IS_IS = 0x83 "IS-IS";
        /// Internet Protocol, version 6.
        IPV6 = 0x8e "IPv6";
        /// Internet Protocol, version 4.
        IPV4 = 0xcc "IPv4";
        /// Point-to-Point Protocol.
        PPP = 0xcf "PPP";
    }
}

/// A packet of an ISO network layer. The protocols of ISO have the identifier as their own first
/// byte; those of others have it in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Osi<'a> {
    pub nlpid: Nlpid,
    /// With the identifier, where that belongs to the protocol.
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for Osi<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((&nlpid, behind)) = bytes.split_first() else {
            return Err(Malformed::Truncated { need: 1, have: 0 });
        };
        let nlpid = Nlpid(nlpid);
        Ok(match nlpid {
            Nlpid::IPV4 | Nlpid::IPV6 | Nlpid::PPP => {
                Self { nlpid, payload: behind, header_len: 1 }
            }
            _ => Self { nlpid, payload: bytes, header_len: 0 },
        })
    }

    fn shape(&self) -> Shape {
        let key = match self.nlpid {
            Nlpid::IPV4 => Key::ether_type(EtherType::IPV4),
            Nlpid::IPV6 => Key::ether_type(EtherType::IPV6),
            Nlpid::PPP => Key::ether_type(EtherType::PPP),
            Nlpid(number) => Key::child(LayerType::OSI, number.into()),
        };
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::One(key) }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        if self.header_len > 0 {
            sink.number("osi.nlpid", self.nlpid.0, 0..1);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.nlpid)
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::OSI,
    "osi",
    "ISO network layer protocols",
    |bytes, outer| Osi::parse_in(bytes, outer).map(|osi| osi.shape()),
    |bytes, outer, visitor| Osi::parse_in(bytes, outer).map(|osi| visitor(&osi)),
)
.specification("ISO/IEC TR 9577")
.claims(&[
    Key::llc_sap(ServiceAccessPoint::ISO.0),
    Key::ether_type(EtherType::OSI),
    Key::ppp_protocol(PppProtocol(0x0023)),
    // What Cisco HDLC has in the place of an Ethernet type.
    Key::ether_type(EtherType(0xfefe)),
])
// The identifier of a protocol of ISO is the first byte of its own header.
.template(&[])
.settings(&[SETTINGS]);

const SETTINGS: &[Setting] = &[Setting::part(
    "",
    "osi.nlpid",
    "a number up to 255, in front of what has none of its own",
    |before, text| Ok(vec![before.number(text)?]),
)];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], fields: &str, header_len: usize, next: Key) {
        let osi = Osi::parse(bytes).unwrap();
        assert_eq!(osi.to_string(), fields);
        assert_eq!((osi.shape().header_len, osi.shape().next), (header_len, Next::One(next)));
    }

    #[test]
    fn the_identifier_belongs_to_the_protocols_of_iso() {
        check(b"\x83\x1b\x01", "", 0, Key::child(LayerType::OSI, 0x83));
        check(b"\x81\x1b\x01", "", 0, Key::child(LayerType::OSI, 0x81));
        check(b"\xcc\x45", "osi.nlpid=204", 1, Key::ether_type(EtherType::IPV4));
        check(b"\x8e\x60", "osi.nlpid=142", 1, Key::ether_type(EtherType::IPV6));
    }

    #[test]
    fn nothing_is_too_short() {
        assert_eq!(Osi::parse(b""), Err(Malformed::Truncated { need: 1, have: 0 }));
    }
}
