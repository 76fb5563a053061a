//! What an ICMP error quotes of an SCTP packet when it quotes no more than the eight bytes of
//! [RFC 792](https://www.rfc-editor.org/rfc/rfc792): ports and verification tag, by which
//! [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260) section 10 finds the association.
//!
//! ```text
//!  0                               16                             31
//! |          source port          |        destination port        |
//! |                        verification tag                        |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Header;
use crate::layers::split;
use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// The front of the header on the wire.
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
pub struct SctpQuoteHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub verification_tag: U32,
}

/// The front of a header, quoted by an ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SctpQuote<'a> {
    pub header: &'a SctpQuoteHeader,
    /// The front of the checksum, if more than eight bytes are quoted.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for SctpQuote<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<SctpQuoteHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (size_of::<SctpQuoteHeader>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("sctp.srcport", self.source_port(), 0..2);
        sink.number("sctp.dstport", self.destination_port(), 2..4);
        sink.number("sctp.verification_tag", self.verification_tag(), 4..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.source_port(), self.destination_port())
    }
}

impl SctpQuote<'_> {
    /// Source port.
    pub fn source_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        self.header.destination_port.get()
    }

    /// What the receiver chose to know its peer by; zero in front of `INIT`.
    pub fn verification_tag(&self) -> u32 {
        self.header.verification_tag.get()
    }
}

impl Header for SctpQuoteHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SCTP_QUOTE,
    "sctp",
    "Stream Control Transmission Protocol, quoted",
    |bytes, outer| SctpQuote::parse_in(bytes, outer).map(|quote| quote.shape()),
    |bytes, outer, visitor| SctpQuote::parse_in(bytes, outer).map(|quote| visitor(&quote)),
)
.specification("RFC 792")
.role(Role::Transport)
.claims(&[Key::quoted(LayerType::SCTP)])
.template(&[0; size_of::<SctpQuoteHeader>()]);

#[cfg(test)]
layer_tests! {
    // tshark -r PcapPlusPlus/ExamplesTest__pcap_examples__ip-frag.pcap -Y 'icmp && sctp' -c 1 -x,
    // the first eight bytes of the quoted packet
    sample: SctpQuote [0x0b, 0x7c, 0x0b, 0x7c, 0, 0, 0, 0];
    fields: "sctp.srcport=2940 sctp.dstport=2940 sctp.verification_tag=0";
    edit: SctpQuoteHeader, |header| header.verification_tag.set(7);
    bad: [];
}
