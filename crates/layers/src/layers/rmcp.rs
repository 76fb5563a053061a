//! Remote Management Control Protocol, DMTF
//! [DSP0136](https://www.dmtf.org/sites/default/files/standards/documents/DSP0136.pdf) section 3.2.2.
//!
//! ```text
//!  0             8             16             24             31
//! |   version    |   reserved   |   sequence   |A|  class     |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, KeyKind, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

/// The version of ASF 2.0, and of all that came later.
const VERSION: u8 = 6;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RmcpHeader {
    pub version: u8,
    pub reserved: u8,
    /// 255 asks for no acknowledgement.
    pub sequence: u8,
    pub class_bits: u8,
}

impl Default for RmcpHeader {
    /// A message of ASF that asks for no acknowledgement.
    fn default() -> Self {
        Self { version: VERSION, reserved: 0, sequence: u8::MAX, class_bits: RmcpClass::ASF.0 }
    }
}

impl RmcpHeader {
    /// Whether the message only confirms another.
    pub fn is_acknowledgement(&self) -> bool {
        self.class_bits & 0x80 != 0
    }

    /// Writes [`is_acknowledgement`](Self::is_acknowledgement).
    pub fn set_acknowledgement(&mut self, acknowledgement: bool) {
        self.class_bits = self.class_bits & !0x80 | u8::from(acknowledgement) << 7;
    }

    /// What the message carries, 5 bits.
    pub fn class(&self) -> RmcpClass {
        RmcpClass(self.class_bits & 0x1f)
    }

    /// Writes what the message carries, its low 5 bits.
    pub fn set_class(&mut self, class: RmcpClass) {
        self.class_bits = self.class_bits & 0xe0 | class.0 & 0x1f;
    }
}

/// What a message carries. Any value of 5 bits is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RmcpClass(pub u8);

numbers! {
    RmcpClass "class {}" {
        /// Alert Standard Format.
        ASF = 6 "ASF";
        /// Intelligent Platform Management Interface.
        IPMI = 7 "IPMI";
        /// Of a manufacturer.
        OEM = 8 "OEM";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rmcp<'a> {
    pub header: &'a RmcpHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Rmcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<RmcpHeader>(bytes)?;
        if header.version != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<RmcpHeader>(), self.payload.len());
        let class = self.header.class().0.into();
        let next = if self.header.is_acknowledgement() {
            Next::End
        } else {
            Next::One(Key::child(LayerType::RMCP, class))
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("rmcp.version", self.header.version, 0..1);
        sink.number("rmcp.reserved", self.header.reserved, 1..2);
        sink.number("rmcp.sequence", self.header.sequence, 2..3);
        sink.number("rmcp.class", self.header.class().0, 3..4);
        sink.flag("rmcp.type", self.header.is_acknowledgement(), 3..4);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.header.is_acknowledgement() { " ACK" } else { "" };
        write!(f, "{}{kind} seq {}", self.header.class(), self.header.sequence)
    }
}

impl Header for RmcpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<RmcpHeader>(bytes)?;
    let class = behind.number(header.class().0.into(), |kind| match kind {
        KeyKind::Child(LayerType::RMCP, class) => Some(class),
        _ => None,
    });
    header.set_class(RmcpClass(u8::try_from(class).unwrap_or_default()));
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RMCP,
    "rmcp",
    "Remote Management Control Protocol",
    |bytes, outer| Rmcp::parse_in(bytes, outer).map(|rmcp| rmcp.shape()),
    |bytes, outer, visitor| Rmcp::parse_in(bytes, outer).map(|rmcp| visitor(&rmcp)),
)
.specification("DMTF DSP0136")
.role(Role::Application)
.claims(&[Key::udp_port(623)])
.template(b"\x06\0\xff\x06")
.next(next);

// Crafted after DSP0136, section 3.2.2, and read by tshark.
#[cfg(test)]
layer_tests! {
    sample: Rmcp *b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\0";
    fields: "rmcp.version=6 rmcp.reserved=0 rmcp.sequence=255 rmcp.class=6 rmcp.type=0";
    edit: RmcpHeader, |header| header.set_class(RmcpClass::IPMI);
    bad: [0 = 5 => "version" 5];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AsfHeader, Fix, serialize_layers};

    #[test]
    fn an_acknowledgement_carries_nothing() {
        let rmcp = Rmcp::parse(b"\x06\0\x07\x86").unwrap();
        assert!(rmcp.header.is_acknowledgement());
        assert_eq!((rmcp.header.class(), rmcp.shape().next), (RmcpClass::ASF, Next::End));
    }

    #[test]
    fn the_class_follows_from_what_is_behind() {
        let header = RmcpHeader { class_bits: 0, ..Default::default() };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&header, &AsfHeader::default()], &[1, 2]).unwrap();
        assert_eq!(out, b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\x02\x01\x02");
    }
}
