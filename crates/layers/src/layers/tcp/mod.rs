//! Transmission Control Protocol, [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293).
//!
//! ```text
//!  0           4          8      16                               31
//! |          source port          |        destination port        |
//! |                        sequence number                         |
//! |                     acknowledgment number                      |
//! |data offset| reserved |  flags |             window             |
//! |           checksum            |         urgent pointer         |
//! |                          options ...                           |
//! ```

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape};

/// The header on the wire, without its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct TcpHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub sequence_number: U32,
    pub acknowledgment_number: U32,
    pub data_offset: u8,
    pub flags: u8,
    pub window: U16,
    pub checksum: U16,
    pub urgent_pointer: U16,
}

bitflags! {
    /// The control bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TcpFlags: u8 {
        const FIN = 0x01;
        const SYN = 0x02;
        const RST = 0x04;
        const PSH = 0x08;
        const ACK = 0x10;
        const URG = 0x20;
        const ECE = 0x40;
        const CWR = 0x80;
    }
}

/// A segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tcp<'a> {
    pub header: &'a TcpHeader,
    pub options: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Tcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<TcpHeader>(bytes)?;
        let words = header.data_offset >> 4;
        let header_len = usize::from(words) * 4;
        if header_len < size_of::<TcpHeader>() {
            return Err(Malformed::Field { name: "data offset", value: words.into() });
        }
        let Some((front, payload)) = bytes.split_at_checked(header_len) else {
            return Err(Malformed::Truncated { need: header_len, have: bytes.len() });
        };
        let options = front.get(size_of::<TcpHeader>()..).unwrap_or_default();
        Ok(Self { header, options, payload })
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let header_len = size_of::<TcpHeader>() + self.options.len();
        let (first, second) = (self.destination_port(), self.source_port());
        let next = Next::Either(Key::TcpPort(first), Key::TcpPort(second));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("tcp.srcport", self.source_port(), 0..2);
        sink.number("tcp.dstport", self.destination_port(), 2..4);
        sink.number("tcp.seq_raw", self.sequence_number(), 4..8);
        sink.number("tcp.ack_raw", self.acknowledgment_number(), 8..12);
        sink.number("tcp.hdr_len", (self.header.data_offset >> 4) * 4, 12..13);
        sink.number("tcp.flags", self.flags().bits(), 13..14);
        sink.number("tcp.window_size_value", self.header.window, 14..16);
        sink.number("tcp.checksum", self.header.checksum, 16..18);
        sink.number("tcp.urgent_pointer", self.header.urgent_pointer, 18..20);
    }
}

impl Tcp<'_> {
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

    /// Number of the byte that is expected next.
    pub fn acknowledgment_number(&self) -> u32 {
        self.header.acknowledgment_number.get()
    }

    /// The control bits, those without a name too.
    pub fn flags(&self) -> TcpFlags {
        TcpFlags::from_bits_retain(self.header.flags)
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::TCP,
    "tcp",
    "Transmission Control Protocol",
    |bytes| Tcp::parse(bytes).map(|tcp| tcp.shape()),
    |bytes, visitor| Tcp::parse(bytes).map(|tcp| visitor(&tcp)),
)
.role(Role::Transport)
.claims(&[Key::IpProtocol(IpProtocol::TCP)]);

#[cfg(test)]
layer_tests! {
    sample: Tcp *b"\x30\x39\0\x50\0\0\0\x01\0\0\0\x02\x60\x12\x01\0\xab\xcd\0\0\x02\x04\x05\xb4data";
    fields: "tcp.srcport=12345 tcp.dstport=80 tcp.seq_raw=1 tcp.ack_raw=2 tcp.hdr_len=24 \
        tcp.flags=18 tcp.window_size_value=256 tcp.checksum=43981 tcp.urgent_pointer=0";
    edit: TcpHeader, |header| header.flags = (TcpFlags::RST | TcpFlags::ACK).bits();
    bad: [12 = 0x40 => "data offset" 4];
}
