//! Network Service Header, [RFC 8300](https://www.rfc-editor.org/rfc/rfc8300) section 2.
//!
//! ```text
//!  0   2       4           10          16      20      24         31
//! |ver|O|U|       TTL     |  length   |unassigned|MD type| next protocol |
//! |            service path identifier            | service index  |
//! |        context headers: four words (MD type 1), or options ... |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, IpProtocol, Key, Layer};
use crate::{LayerType, Malformed, Next, Protocol, Shape};

mod metadata;
mod next_protocol;

pub use metadata::{NshMetadata, NshMetadatas};
pub use next_protocol::NextProtocol;

/// The type of metadata that is four words.
const FIXED_METADATA: u8 = 1;
/// The type of metadata that is a list of options.
const VARIABLE_METADATA: u8 = 2;

/// The base and service path headers.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NshHeader {
    pub flags_ttl_length: U16,
    pub metadata_type: u8,
    pub next_protocol: u8,
    pub service_path_identifier: [u8; 3],
    pub service_index: u8,
}

impl Default for NshHeader {
    /// A frame on the path 0, with 63 hops to go and no metadata.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl NshHeader {
    /// Version, 2 bits: 0.
    pub fn version(&self) -> u8 {
        self.flags_ttl_length.to_bytes()[0] >> 6
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags_ttl_length
            .set(self.flags_ttl_length.get() & !0xc000 | u16::from(version & 0x03) << 14);
    }

    /// Whether the packet is operation and maintenance.
    pub fn is_oam(&self) -> bool {
        self.flags_ttl_length.get() & 0x2000 != 0
    }

    /// Writes [`is_oam`](Self::is_oam).
    pub fn set_oam(&mut self, oam: bool) {
        self.flags_ttl_length.set(self.flags_ttl_length.get() & !0x2000 | u16::from(oam) << 13);
    }

    /// How many hops are left, 6 bits.
    pub fn ttl(&self) -> u8 {
        (self.flags_ttl_length.get() >> 6 & 0x3f).to_be_bytes()[1]
    }

    /// Writes how many hops are left, its low 6 bits.
    pub fn set_ttl(&mut self, ttl: u8) {
        let others = self.flags_ttl_length.get() & !0x0fc0;
        self.flags_ttl_length.set(others | u16::from(ttl & 0x3f) << 6);
    }

    /// Length of the whole header, 6 bits, in words of 4 bytes.
    pub fn length(&self) -> u8 {
        self.flags_ttl_length.to_bytes()[1] & 0x3f
    }

    /// Writes the length of the whole header, its low 6 bits.
    pub fn set_length(&mut self, words: u8) {
        self.flags_ttl_length.set(self.flags_ttl_length.get() & !0x3f | u16::from(words & 0x3f));
    }

    /// The path through the services, 24 bits.
    pub fn path(&self) -> u32 {
        let [a, b, c] = self.service_path_identifier;
        u32::from_be_bytes([0, a, b, c])
    }

    /// Writes the path through the services, its low 24 bits.
    pub fn set_path(&mut self, path: u32) {
        let [_, a, b, c] = path.to_be_bytes();
        self.service_path_identifier = [a, b, c];
    }
}

/// A packet on its way through services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nsh<'a> {
    pub header: &'a NshHeader,
    /// The context headers, not yet understood: [`metadata`](Self::metadata) and
    /// [`context`](Self::context) are.
    pub metadata_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Nsh<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<NshHeader>(bytes)?;
        let need = usize::from(header.length()) << 2;
        if need < size_of::<NshHeader>() {
            return Err(Malformed::Field { name: "length", value: header.length().into() });
        }
        let Some((front, payload)) = bytes.split_at_checked(need) else {
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let metadata_bytes = front.get(size_of::<NshHeader>()..).unwrap_or_default();
        Ok(Self { header, metadata_bytes, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<NshHeader>().saturating_add(self.metadata_bytes.len());
        let next = match self.header.version() {
            0 => Next::One(self.next_protocol().key(LayerType::NSH)),
            _ => Next::End,
        };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("nsh.version", header.version(), 0..2);
        sink.number("nsh.Obit", header.is_oam(), 0..2);
        sink.number("nsh.CBit", header.flags_ttl_length.get() >> 12 & 1, 0..2);
        sink.number("nsh.ttl", header.ttl(), 0..2);
        sink.number("nsh.length", header.length(), 0..2);
        sink.number("nsh.mdtype", header.metadata_type, 2..3);
        sink.number("nsh.nextproto", header.next_protocol, 3..4);
        sink.number("nsh.spi", header.path(), 4..7);
        sink.number("nsh.si", header.service_index, 7..8);
        for (at, word) in (8..).step_by(4).zip(self.context().unwrap_or_default()) {
            sink.bytes("nsh.contextheader", word, at..at.saturating_add(4));
        }
        metadata::fields(self.metadata(), size_of::<NshHeader>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.header.service_index;
        write!(f, "path {} index {index} {}", self.header.path(), self.next_protocol())
    }
}

impl<'a> Nsh<'a> {
    /// What the payload is.
    pub fn next_protocol(&self) -> NextProtocol {
        NextProtocol(self.header.next_protocol)
    }

    /// The context headers of MD type 1: four words, whose meaning is agreed on.
    pub fn context(&self) -> Option<&'a [[u8; 4]]> {
        let is_fixed = self.header.metadata_type == FIXED_METADATA;
        is_fixed.then_some(self.metadata_bytes.as_chunks().0)
    }

    /// The options of MD type 2.
    pub fn metadata(&self) -> NshMetadatas<'a> {
        let is_variable = self.header.metadata_type == VARIABLE_METADATA;
        NshMetadatas::new(if is_variable { self.metadata_bytes } else { &[] })
    }
}

impl Header for NshHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header with its metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NshBuilder<'a> {
    pub header: NshHeader,
    /// The context headers of MD type 1.
    pub context: Option<[[u8; 4]; 4]>,
    /// The options of MD type 2, if there is no context.
    pub metadata: &'a [NshMetadata<'a>],
}

impl Encode for NshBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut metadata = Vec::new();
        let mut header = self.header;
        if let Some(context) = &self.context {
            header.metadata_type = FIXED_METADATA;
            metadata.extend_from_slice(context.as_flattened());
        } else {
            header.metadata_type = VARIABLE_METADATA;
            self.metadata.iter().try_for_each(|option| option.encode(&mut metadata))?;
        }
        let words = size_of::<NshHeader>().saturating_add(metadata.len()).div_ceil(4);
        header.set_length(words.try_into().unwrap_or(u8::MAX));
        out.extend_from_slice(header.as_bytes());
        out.append(&mut metadata);
        Ok(())
    }
}

/// A frame on the path 0, with 63 hops to go and no metadata.
const TEMPLATE: [u8; size_of::<NshHeader>()] = [0x0f, 0xc2, 2, 3, 0, 0, 0, 255];

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    const MAX_WORDS: usize = 63;
    let words = behind.header_len.div_ceil(4);
    let fit = || behind.fit("length", words).ok().filter(|_| words <= MAX_WORDS);
    let (layer, field, value) = (behind.layer, "length", words as u64);
    let words = fit().ok_or(EncodeError::TooLarge { layer, field, value })?;
    behind.header::<NshHeader>(bytes)?.set_length(words);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<NshHeader>(bytes)?;
    let given = NextProtocol(header.next_protocol);
    header.next_protocol = NextProtocol::of(behind, LayerType::NSH, given).0;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NSH,
    "nsh",
    "Network Service Header",
    |bytes, outer| Nsh::parse_in(bytes, outer).map(|nsh| nsh.shape()),
    |bytes, outer, visitor| Nsh::parse_in(bytes, outer).map(|nsh| visitor(&nsh)),
)
.specification("RFC 8300")
.claims(&[Key::ether_type(EtherType::NSH), Key::ip_protocol(IpProtocol::NSH)])
.template(&TEMPLATE)
.lengths(lengths)
.next(next);

// tshark -r nsh.pcap (tcpdump), frame 1.
#[cfg(test)]
layer_tests! {
    sample: Nsh *b"\x00\x06\x01\x01\x00\x03\x09\x07\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\
        \x00\x00\x00\x04\x45\x00\x00\x22";
    fields: "nsh.version=0 nsh.Obit=0 nsh.CBit=0 nsh.ttl=0 nsh.length=6 nsh.mdtype=1 \
        nsh.nextproto=1 nsh.spi=777 nsh.si=7 nsh.contextheader=00000001 \
        nsh.contextheader=00000002 nsh.contextheader=00000003 nsh.contextheader=00000004";
    edit: NshHeader, |header| header.set_path(778);
    bad: [1 = 1 => "length" 1];
}

#[cfg(test)]
mod tests;
