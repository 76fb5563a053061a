//! The front of a TCP header, as an ICMP error quotes it,
//! [RFC 792](https://www.rfc-editor.org/rfc/rfc792): 64 bits of the datagram's data, at least.
//!
//! ```text
//!  0                               16                             31
//! |          source port          |        destination port        |
//! |                        sequence number                         |
//! ```

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Header;
use crate::layers::split;
use crate::{FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// What every quotation has of the header.
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
pub struct TcpQuoteHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub sequence_number: U32,
}

/// The front of a segment whose header is not quoted to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpQuote<'a> {
    pub header: &'a TcpQuoteHeader,
    /// What else is quoted: more of the header.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for TcpQuote<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<TcpQuoteHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let header_len = size_of::<TcpQuoteHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("tcp.srcport", self.source_port(), 0..2);
        sink.number("tcp.dstport", self.destination_port(), 2..4);
        sink.number("tcp.seq_raw", self.sequence_number(), 4..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.source_port(), self.destination_port());
        write!(f, "{from} → {to} seq {}", self.sequence_number())
    }
}

impl TcpQuote<'_> {
    /// Source port.
    pub fn source_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        self.header.destination_port.get()
    }

    /// Number of the first byte of the payload, or of the SYN.
    pub fn sequence_number(&self) -> u32 {
        self.header.sequence_number.get()
    }
}

impl Header for TcpQuoteHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TCP_QUOTE,
    "tcp",
    "TCP header as an ICMP error quotes it",
    |bytes, outer| TcpQuote::parse_in(bytes, outer).map(|quote| quote.shape()),
    |bytes, outer, visitor| TcpQuote::parse_in(bytes, outer).map(|quote| visitor(&quote)),
)
.specification("RFC 792")
.role(Role::Transport)
.claims(&[Key::quoted(LayerType::TCP)])
.template(&[0; size_of::<TcpQuoteHeader>()]);

// Made by hand, ten bytes behind the quoted IPv4 header; tshark 4.0.17 shows the same numbers, the
// last of them as tcp.seq.
#[cfg(test)]
layer_tests! {
    sample: TcpQuote *b"\xc3\x50\x9c\x41\0\0\x03\xe8\x07\xd0";
    fields: "tcp.srcport=50000 tcp.dstport=40001 tcp.seq_raw=1000";
    edit: TcpQuoteHeader, |header| header.source_port.set(443);
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, IpProtocol, LinkType, Registry, Tcp};

    /// Stands for an ICMP error: quotes TCP behind one byte.
    struct Error;

    const ERROR: Protocol = Protocol::new(
        LayerType(1000),
        "error",
        "an error",
        |bytes, outer| Error::parse_in(bytes, outer).map(|error| error.shape()),
        |bytes, outer, visitor| Error::parse_in(bytes, outer).map(|error| visitor(&error)),
    )
    .claims(&[Key::link_type(LinkType::RAW)]);

    impl<'a> Layer<'a> for Error {
        const PROTOCOL: &'static Protocol = &ERROR;

        fn parse(_bytes: &'a [u8]) -> Result<Self, Malformed> {
            Ok(Self)
        }

        fn shape(&self) -> Shape {
            let next = Next::Quoted(Key::ip_protocol(IpProtocol::TCP));
            Shape { header_len: 1, payload_len: 1500, trailer_len: 0, next }
        }

        fn fields(&self, _sink: &mut dyn FieldSink) {}
    }

    /// A header of 24 bytes behind the byte of [`Error`], and a payload.
    const QUOTED: &[u8] = b"\0\xc3\x50\x9c\x41\0\0\x03\xe8\0\0\x07\xd0\x60\x02\x02\0\x12\x34\0\0\
        \x02\x04\x05\xb4hello";

    #[track_caller]
    fn check(len: usize, layer: Option<LayerType>) {
        let decoder = Decoder::new(&Registry::default().register::<Error>().unwrap());
        let packet = decoder.decode(LinkType::RAW, &QUOTED[..len]);
        let found: Vec<_> = packet.quoted_layers().iter().map(|span| span.layer).collect();
        assert_eq!((found, packet.error()), (layer.into_iter().collect(), None));
        assert!(packet.get::<Tcp<'_>>().is_none() && packet.get::<TcpQuote<'_>>().is_none());
    }

    #[test]
    fn takes_the_place_of_a_header_that_is_not_quoted_to_its_end() {
        check(QUOTED.len(), Some(LayerType::TCP));
        check(25, Some(LayerType::TCP));
        check(24, Some(LayerType::TCP_QUOTE));
        check(9, Some(LayerType::TCP_QUOTE));
    }

    #[test]
    fn a_quotation_of_less_is_no_layer_and_no_error_of_the_packet() {
        check(8, None);
        check(5, None);
        check(1, None);
    }

    #[test]
    fn fewer_bytes_than_an_error_must_quote_are_truncated() {
        let error = |have| Err(Malformed::Truncated { need: 8, have });
        for have in 0..8 {
            assert_eq!(TcpQuote::parse(&QUOTED[1..][..have]), error(have));
        }
    }

    #[test]
    fn what_else_is_quoted_is_no_layer() {
        let quote = TcpQuote::parse(b"\xc3\x50\x9c\x41\0\0\x03\xe8\x07\xd0").unwrap();
        assert_eq!((quote.payload, quote.shape().next), (&b"\x07\xd0"[..], Next::End));
        assert_eq!(quote.shape().payload_len, 2);
    }

    #[test]
    fn the_summary_has_what_is_quoted() {
        let quote = TcpQuote::parse(b"\xc3\x50\x9c\x41\0\0\x03\xe8").unwrap();
        let summary = fmt::from_fn(|f| quote.summary(f)).to_string();
        assert_eq!(summary, "50000 → 40001 seq 1000");
    }
}
