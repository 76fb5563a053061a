//! Generic Network Virtualization Encapsulation, [RFC 8926](https://www.rfc-editor.org/rfc/rfc8926)
//! section 3.
//!
//! ```text
//!  0   2           8   9   10      16                             31
//! |ver| options len| O | C | rsvd  |         protocol type          |
//! |           virtual network identifier          |    reserved    |
//! |                          options ...                           |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType};
use crate::{Malformed, Next, Outer, Protocol, Shape};

mod options;
mod settings;

pub use options::{GeneveOption, GeneveOptions};

/// The header on the wire, without its options.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct GeneveHeader {
    pub version_length: u8,
    pub flags: u8,
    pub protocol_type: U16,
    pub network_identifier: [u8; 3],
    pub reserved: u8,
}

impl Default for GeneveHeader {
    /// A frame in the network 0.
    fn default() -> Self {
        let protocol_type = EtherType::BRIDGING.0.into();
        Self { version_length: 0, flags: 0, protocol_type, network_identifier: [0; 3], reserved: 0 }
    }
}

impl GeneveHeader {
    /// Version, the upper 2 bits: 0.
    pub fn version(&self) -> u8 {
        self.version_length >> 6
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_length = self.version_length & !0xc0 | (version & 0x03) << 6;
    }

    /// Length of the options, 6 bits, in words of 4 bytes.
    pub fn options_length(&self) -> u8 {
        self.version_length & 0x3f
    }

    /// Writes the length of the options, its low 6 bits.
    pub fn set_options_length(&mut self, words: u8) {
        self.version_length = self.version_length & 0xc0 | words & 0x3f;
    }

    /// Whether the packet is for the tunnel itself.
    pub fn is_control(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Writes [`is_control`](Self::is_control).
    pub fn set_control(&mut self, control: bool) {
        self.flags = self.flags & !0x80 | u8::from(control) << 7;
    }

    /// Whether there are options that a receiver must understand.
    pub fn has_critical_options(&self) -> bool {
        self.flags & 0x40 != 0
    }

    /// Writes [`has_critical_options`](Self::has_critical_options).
    pub fn set_critical_options(&mut self, critical_options: bool) {
        self.flags = self.flags & !0x40 | u8::from(critical_options) << 6;
    }

    /// The network that the payload belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        let [a, b, c] = self.network_identifier;
        u32::from_be_bytes([0, a, b, c])
    }

    /// Writes the network, its low 24 bits.
    pub fn set_vni(&mut self, vni: u32) {
        let [_, a, b, c] = vni.to_be_bytes();
        self.network_identifier = [a, b, c];
    }
}

/// A packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Geneve<'a> {
    pub header: &'a GeneveHeader,
    /// The options, not yet understood: [`options`](Self::options) are.
    pub option_bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Geneve<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<GeneveHeader>(bytes)?;
        let len = usize::from(header.options_length()) << 2;
        let Some((option_bytes, payload)) = rest.split_at_checked(len) else {
            let need = size_of::<GeneveHeader>().saturating_add(len);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        Ok(Self { header, option_bytes, payload })
    }

    /// A datagram with another version, or with bits that are reserved, holds something else.
    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let geneve = Self::parse(bytes)?;
        let header = geneve.header;
        let is_other = header.version() != 0 || header.flags & 0x3f != 0;
        if outer.datagram_len().is_some() && is_other {
            return Err(Malformed::Field { name: "flags", value: header.flags.into() });
        }
        Ok(geneve)
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<GeneveHeader>().saturating_add(self.option_bytes.len());
        let next = Next::One(Key::ether_type(self.protocol()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("geneve.version", header.version(), 0..1);
        sink.number("geneve.option.length", header.options_length() << 2, 0..1);
        sink.number("geneve.flags", header.flags, 1..2);
        sink.flag("geneve.flags.oam", header.is_control(), 1..2);
        sink.flag("geneve.flags.critical", header.has_critical_options(), 1..2);
        sink.flag("geneve.flags.reserved", header.flags & 0x3f != 0, 1..2);
        sink.number("geneve.proto_type", header.protocol_type, 2..4);
        sink.number("geneve.vni", header.vni(), 4..7);
        if header.reserved != 0 {
            sink.number("geneve.reserved", header.reserved, 7..8);
        }
        options::fields(self.option_bytes, size_of::<GeneveHeader>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "vni {} {}", self.vni(), self.protocol())
    }
}

impl<'a> Geneve<'a> {
    /// What the payload is.
    pub fn protocol(&self) -> EtherType {
        EtherType(self.header.protocol_type.get())
    }

    /// The network that the payload belongs to, 24 bits.
    pub fn vni(&self) -> u32 {
        self.header.vni()
    }

    /// The options.
    pub fn options(&self) -> GeneveOptions<'a> {
        GeneveOptions::new(self.option_bytes)
    }
}

impl Header for GeneveHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header with its options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeneveBuilder<'a> {
    pub header: GeneveHeader,
    pub options: &'a [GeneveOption<'a>],
}

impl Encode for GeneveBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut options = Vec::new();
        self.options.iter().try_for_each(|option| option.encode(&mut options))?;
        let mut header = self.header;
        header.set_options_length(fit(options.len())?);
        if self.options.iter().any(GeneveOption::is_critical) {
            header.flags |= 0x40;
        }
        out.extend_from_slice(header.as_bytes());
        out.append(&mut options);
        Ok(())
    }
}

/// The length of options, in words.
fn fit(len: usize) -> Result<u8, EncodeError> {
    const MAX_WORDS: u8 = 63;
    let words = len.div_ceil(4);
    let (layer, field, value) = (PROTOCOL.name, "options length", words as u64);
    let fit = u8::try_from(words).ok().filter(|words| *words <= MAX_WORDS);
    fit.ok_or(EncodeError::TooLarge { layer, field, value })
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let words = fit(behind.header_len.saturating_sub(size_of::<GeneveHeader>()))?;
    behind.header::<GeneveHeader>(bytes)?.set_options_length(words);
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<GeneveHeader>(bytes)?;
    let given = EtherType(header.protocol_type.get());
    header.protocol_type.set(behind.ether_type(given).0);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GENEVE,
    "geneve",
    "Generic Network Virtualization Encapsulation",
    |bytes, outer| Geneve::parse_in(bytes, outer).map(|geneve| geneve.shape()),
    |bytes, outer, visitor| Geneve::parse_in(bytes, outer).map(|geneve| visitor(&geneve)),
)
.specification("RFC 8926")
.claims(&[Key::udp_port(6081)])
.template(&[0, 0, 0x65, 0x58, 0, 0, 0, 0])
.settings(&[settings::SETTINGS])
.lengths(lengths)
.next(next);

// tshark -r bug-6402-01__input.pcap (suricata-verify), frame 1.
#[cfg(test)]
layer_tests! {
    sample: Geneve *b"\x08\x00\x08\x00\x00\x00\x00\x00\x01\x08\x01\x02\x31\xe1\x29\xcd\xc0\xcd\x86\x33\
        \x01\x08\x02\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x08\x03\x01\x3d\xc9\x56\xac\x45\x00";
    fields: "geneve.version=0 geneve.option.length=32 geneve.flags=0 geneve.flags.oam=0 \
        geneve.flags.critical=0 geneve.flags.reserved=0 geneve.proto_type=2048 geneve.vni=0 \
        geneve.options=0108010231e129cdc0cd8633010802020000000000000000010803013dc956ac \
        geneve.option=0108010231e129cdc0cd8633 geneve.option.class=264 geneve.option.type=1 \
        geneve.option.flags.reserved=0 geneve.option.length=12 \
        geneve.option.unknown.data=31e129cdc0cd8633 geneve.option=010802020000000000000000 \
        geneve.option.class=264 geneve.option.type=2 geneve.option.flags.reserved=0 \
        geneve.option.length=12 geneve.option.unknown.data=0000000000000000 \
        geneve.option=010803013dc956ac geneve.option.class=264 geneve.option.type=3 \
        geneve.option.flags.reserved=0 geneve.option.length=8 \
        geneve.option.unknown.data=3dc956ac";
    edit: GeneveHeader, |header| header.set_vni(7);
    bad: [];
}

#[cfg(test)]
mod tests;
