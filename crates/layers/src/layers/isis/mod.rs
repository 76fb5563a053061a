//! Intermediate System to Intermediate System,
//! [ISO/IEC 10589](https://www.iso.org/standard/30932.html) section 9 and
//! [RFC 1195](https://www.rfc-editor.org/rfc/rfc1195) section 5.
//!
//! ```text
//!  0               8               16              24             31
//! |     0x83      |    length     |    version    |   ID length   |
//! |0 0 0|PDU type |    version    |   reserved    |   max areas   |
//! |     fields of the PDU, one of them its length, and TLVs        |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::fletcher::fletcher;
use crate::key::numbers;
use crate::layers::split;
use crate::{
    Absence, Behind, Checksum, Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer,
};
use crate::{LayerType, Malformed, Next, Nlpid, Outer, Protocol, Shape};

mod fields;
mod lsp_fields;
mod tlv;

pub use tlv::{IsisLspEntry, IsisNeighbors, IsisPrefix, IsisPrefixes, IsisTlv, IsisTlvs};

/// The place of the checksum of an LSP.
const LSP_CHECKSUM_AT: usize = 24;
/// The place of the identifier of an LSP, from where on the checksum covers.
const LSP_ID_AT: usize = 12;
/// Bits of the fifth byte that are the type.
const TYPE: u8 = 0x1f;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct IsisHeader {
    pub discriminator: u8,
    /// With this header, up to the TLVs.
    pub length: u8,
    pub version: u8,
    /// Bytes of a system's identifier; zero stands for six.
    pub id_length: u8,
    pub pdu_type: u8,
    pub second_version: u8,
    pub reserved: u8,
    pub maximum_area_addresses: u8,
}

impl Default for IsisHeader {
    /// A hello between two systems.
    fn default() -> Self {
        Self {
            discriminator: Nlpid::IS_IS.0,
            length: 20,
            version: 1,
            id_length: 0,
            pdu_type: IsisPduType::P2P_HELLO.0,
            second_version: 1,
            reserved: 0,
            maximum_area_addresses: 0,
        }
    }
}

/// What a PDU is, 5 bits. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsisPduType(pub u8);

numbers! {
    IsisPduType "type {}" {
        /// I am here, on a LAN, level 1.
        L1_LAN_HELLO = 15 "L1 hello";
        /// I am here, on a LAN, level 2.
        L2_LAN_HELLO = 16 "L2 hello";
        /// I am here, at the other end.
        P2P_HELLO = 17 "P2P hello";
        /// What I know of myself, level 1.
        L1_LSP = 18 "L1 LSP";
        /// What I know of myself, level 2.
        L2_LSP = 20 "L2 LSP";
        /// All LSPs that I have, level 1.
        L1_CSNP = 24 "L1 CSNP";
        /// All LSPs that I have, level 2.
        L2_CSNP = 25 "L2 CSNP";
        /// Some LSPs that I have or want, level 1.
        L1_PSNP = 26 "L1 PSNP";
        /// Some LSPs that I have or want, level 2.
        L2_PSNP = 27 "L2 PSNP";
    }
}

impl IsisPduType {
    /// Bytes in front of the TLVs.
    fn header_len(self) -> Option<usize> {
        Some(match self {
            Self::L1_LAN_HELLO | Self::L2_LAN_HELLO | Self::L1_LSP | Self::L2_LSP => 27,
            Self::P2P_HELLO => 20,
            Self::L1_CSNP | Self::L2_CSNP => 33,
            Self::L1_PSNP | Self::L2_PSNP => 17,
            _ => return None,
        })
    }

    /// The place of the length of the PDU.
    fn length_at(self) -> usize {
        match self {
            Self::L1_LAN_HELLO | Self::L2_LAN_HELLO | Self::P2P_HELLO => 17,
            _ => size_of::<IsisHeader>(),
        }
    }

    fn is_lsp(self) -> bool {
        matches!(self, Self::L1_LSP | Self::L2_LSP)
    }
}

/// A PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Isis<'a> {
    pub header: &'a IsisHeader,
    /// The fields and TLVs of the PDU, up to its length: [`tlvs`](Self::tlvs) reads the latter.
    pub payload: &'a [u8],
    bytes: &'a [u8],
    /// Length of the PDU, if that is there.
    length: Option<u16>,
}

impl<'a> Layer<'a> for Isis<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<IsisHeader>(bytes)?;
        let bad = |name, value: u8| Err(Malformed::Field { name, value: value.into() });
        match *header {
            IsisHeader { discriminator: 0x83, version: 1, id_length: 0 | 6, .. } => {}
            IsisHeader { discriminator: 0x83, version: 1, id_length, .. } => {
                return bad("ID length", id_length);
            }
            IsisHeader { discriminator: 0x83, version, .. } => return bad("version", version),
            IsisHeader { discriminator, .. } => return bad("discriminator", discriminator),
        }
        let pdu_type = IsisPduType(header.pdu_type & TYPE);
        let length = bytes.get(pdu_type.length_at()..).and_then(<[u8]>::first_chunk);
        let length = length.map(|&length| u16::from_be_bytes(length));
        let length = length.filter(|_| pdu_type.header_len().is_some());
        if let Some(value @ 0..8) = length {
            return Err(Malformed::Field { name: "PDU length", value: value.into() });
        }
        let pdu = bytes.get(..length.unwrap_or(u16::MAX).into()).unwrap_or(bytes);
        let payload = pdu.get(size_of::<IsisHeader>()..).unwrap_or(rest);
        Ok(Self { header, payload, bytes, length })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<IsisHeader>();
        let announced = usize::from(self.length.unwrap_or_default()).saturating_sub(header_len);
        let payload_len = self.payload.len().max(announced);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pdu_type())?;
        let at = if self.pdu_type().is_lsp() { 4 } else { 1 };
        let at = if self.pdu_type().length_at() == 8 && at == 1 { 2 } else { at };
        if let Some([a, b, c, d, e, g]) = self.payload.get(at..).and_then(<[u8]>::first_chunk) {
            write!(f, ", {a:02x}{b:02x}.{c:02x}{d:02x}.{e:02x}{g:02x}")?;
        }
        Ok(())
    }
}

impl<'a> Isis<'a> {
    /// What the PDU is.
    pub fn pdu_type(&self) -> IsisPduType {
        IsisPduType(self.header.pdu_type & TYPE)
    }

    /// The TLVs of the PDU.
    pub fn tlvs(&self) -> IsisTlvs<'a> {
        IsisTlvs::new(self.tlv_bytes())
    }

    fn tlv_bytes(&self) -> &'a [u8] {
        let len = self.pdu_type().header_len();
        let behind = len.and_then(|len| len.checked_sub(size_of::<IsisHeader>()));
        behind.and_then(|behind| self.payload.get(behind..)).unwrap_or_default()
    }
}

impl Header for IsisHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A PDU to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsisBuilder<'a> {
    pub header: IsisHeader,
    /// The fields between the header and the TLVs; the length among them is worked out.
    pub pdu: &'a [u8],
    pub tlvs: &'a [IsisTlv<'a>],
}

impl Encode for IsisBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(self.pdu);
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

/// The length of the header, by its type, and that of the PDU, which stands inside of it.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<IsisHeader>(bytes)?;
    let pdu_type = IsisPduType(header.pdu_type & TYPE);
    let Some(header_len) = pdu_type.header_len() else { return Ok(()) };
    header.length = behind.fit("length indicator", header_len)?;
    let length = behind.header_len.saturating_add(behind.payload_len);
    let length: u16 = behind.fit("PDU length", length)?;
    let place = bytes.get_mut(pdu_type.length_at()..).and_then(<[u8]>::first_chunk_mut);
    place.into_iter().for_each(|place| *place = length.to_be_bytes());
    Ok(())
}

fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let isis = Isis::parse(bytes).ok()?;
    let pdu = bytes.get(..isis.length?.into()).filter(|_| isis.pdu_type().is_lsp())?;
    let covered = pdu.get(LSP_ID_AT..)?;
    let stored = u16::from_be_bytes(*pdu.get(LSP_CHECKSUM_AT..)?.first_chunk()?);
    let at = LSP_CHECKSUM_AT.checked_sub(LSP_ID_AT)?;
    let computed = fletcher([covered, &[]], at).into();
    let place = LSP_CHECKSUM_AT..LSP_CHECKSUM_AT.checked_add(2)?;
    // ISO 10589, section 7.3.16.4: a purge has no checksum, and no lifetime left.
    let is_purge = stored == 0 && pdu.get(10..12) == Some(&[0, 0]);
    let absent = is_purge.then_some(Absence::Allowed);
    Some(Checksum { place, stored: stored.into(), computed, absent })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ISIS,
    "isis",
    "Intermediate System to Intermediate System",
    |bytes, outer| Isis::parse_in(bytes, outer).map(|isis| isis.shape()),
    |bytes, outer, visitor| Isis::parse_in(bytes, outer).map(|isis| visitor(&isis)),
)
.specification("ISO/IEC 10589, RFC 1195")
.claims(&[
    // 0x83, as the layer in front numbers it.
    Key::child(LayerType::OSI, 0x83),
    // Draft of IS-IS directly over Ethernet.
    Key::ether_type(EtherType(0x22f4)),
])
.template(b"\x83\x14\x01\0\x11\x01\0\0\x02\0\0\0\0\0\0\0\x1e\0\x14\x01")
.lengths(lengths)
.checksum(checksum);

#[cfg(test)]
mod tests;
