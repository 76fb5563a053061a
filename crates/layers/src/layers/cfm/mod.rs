//! Connectivity fault management, [IEEE Std 802.1Q](https://standards.ieee.org/ieee/802.1Q/10323/)
//! section 21 and [ITU-T Y.1731](https://www.itu.int/rec/T-REC-Y.1731) section 9.
//!
//! ```text
//!  0       3         8        16      24                 31
//! | level | version | opcode | flags | offset of the TLVs | by the opcode, TLVs ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::records::{Head, Record, Records};
use crate::{Encode, EncodeError, EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Shape};

mod fields;

/// The type that ends the TLVs; it has no length.
const END: u8 = 0;

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
pub struct CfmHeader {
    pub level_version: u8,
    pub opcode: u8,
    pub flags: u8,
    /// Bytes between this and the first TLV.
    pub first_tlv_offset: u8,
}

impl CfmHeader {
    /// Maintenance domain level, 0 to 7.
    pub fn level(&self) -> u8 {
        self.level_version >> 5
    }

    /// Writes the maintenance domain level, its low 3 bits.
    pub fn set_level(&mut self, level: u8) {
        self.level_version = self.level_version & 0x1f | (level & 7) << 5;
    }

    /// Version, 5 bits.
    pub fn version(&self) -> u8 {
        self.level_version & 0x1f
    }

    /// Writes [`version`](Self::version), its low 5 bits.
    pub fn set_version(&mut self, version: u8) {
        self.level_version = self.level_version & !0x1f | version & 0x1f;
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CfmOpcode(pub u8);

numbers! {
    CfmOpcode "opcode {}" {
        /// Continuity check.
        CCM = 1 "CCM";
        /// Loopback reply.
        LBR = 2 "LBR";
        /// Loopback message.
        LBM = 3 "LBM";
        /// Linktrace reply.
        LTR = 4 "LTR";
        /// Linktrace message.
        LTM = 5 "LTM";
        /// Alarm indication signal.
        AIS = 33 "AIS";
        /// Locked signal.
        LCK = 35 "LCK";
        /// Test signal.
        TST = 37 "TST";
        /// Automatic protection switching.
        APS = 39 "APS";
        /// The same in a ring.
        RAPS = 40 "R-APS";
        /// Maintenance communication channel.
        MCC = 41 "MCC";
        /// Loss measurement reply.
        LMR = 42 "LMR";
        /// Loss measurement message.
        LMM = 43 "LMM";
        /// One-way delay measurement.
        ONE_DM = 45 "1DM";
        /// Delay measurement reply.
        DMR = 46 "DMR";
        /// Delay measurement message.
        DMM = 47 "DMM";
        /// Experimental reply.
        EXR = 48 "EXR";
        /// Experimental message.
        EXM = 49 "EXM";
        /// Vendor specific reply.
        VSR = 50 "VSR";
        /// Vendor specific message.
        VSM = 51 "VSM";
        /// Client signal fail.
        CSF = 52 "CSF";
        /// Synthetic loss reply.
        SLR = 54 "SLR";
        /// Synthetic loss message.
        SLM = 55 "SLM";
    }
}

/// A TLV, section 21.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CfmTlv<'a> {
    /// The TLVs end here.
    End,
    /// Who sends: the parts are as those of LLDP, each behind its length.
    SenderId(&'a [u8]),
    /// 1, the port is blocked; 2, it is up.
    PortStatus(u8),
    Data(&'a [u8]),
    /// 1 is up, 2 down; more as in the MIB of interfaces.
    InterfaceStatus(u8),
    /// What a bridge does to an arriving linktrace message, and where it arrived.
    ReplyIngress {
        action: u8,
        address: [u8; 6],
        port: &'a [u8],
    },
    /// The same where it leaves.
    ReplyEgress {
        action: u8,
        address: [u8; 6],
        port: &'a [u8],
    },
    LtmEgressIdentifier([u8; 8]),
    LtrEgressIdentifier {
        last: [u8; 8],
        next: [u8; 8],
    },
    OrganizationSpecific {
        organization: [u8; 3],
        subtype: u8,
        value: &'a [u8],
    },
    /// A pattern, and in odd ones a check sequence behind it.
    Test {
        pattern: u8,
        data: &'a [u8],
    },
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: u8,
        data: &'a [u8],
    },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cfm<'a> {
    pub header: &'a CfmHeader,
    /// What is between the header and the TLVs.
    pub body: &'a [u8],
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are. Up to the end of them.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Cfm<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<CfmHeader>(bytes)?;
        let (body, rest) =
            rest.split_at_checked(header.first_tlv_offset.into()).unwrap_or((rest, &[]));
        let mut records = Records::new(rest, 0, head);
        let end = records.by_ref().find(|record| matches!(record, Ok(Record { kind: 0, .. })));
        let padding = if end.is_some() { records.rest().len() } else { 0 };
        let tlv_bytes = rest.get(..rest.len().saturating_sub(padding)).unwrap_or(rest);
        Ok(Self { header, body, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.tlvs_at().saturating_add(self.tlv_bytes.len());
        // What is missing of the message is announced, so that it counts as truncated.
        let payload_len = usize::from(self.header.first_tlv_offset).saturating_sub(self.body.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} level {}", self.opcode(), self.header.level())
    }
}

impl<'a> Cfm<'a> {
    /// What the message is.
    pub fn opcode(&self) -> CfmOpcode {
        CfmOpcode(self.header.opcode)
    }

    /// The TLVs, the end among them.
    pub fn tlvs(&self) -> CfmTlvs<'a> {
        CfmTlvs(Records::new(self.tlv_bytes, 0, head))
    }

    fn tlvs_at(&self) -> usize {
        size_of::<CfmHeader>().saturating_add(self.body.len())
    }
}

/// The TLVs of a message. Ends behind their end, and behind the first error.
#[derive(Clone, Debug)]
pub struct CfmTlvs<'a>(Records<'a>);

impl<'a> Iterator for CfmTlvs<'a> {
    type Item = Result<CfmTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| understand(&record)))
    }
}

fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    match *bytes {
        [END, ..] => Ok(Head { kind: END.into(), header_len: 1, data_len: 0 }),
        [kind, a, b, ..] => {
            let data_len = u16::from_be_bytes([a, b]).into();
            Ok(Head { kind: kind.into(), header_len: 3, data_len })
        }
        _ => Err(Malformed::Truncated { need: 3, have: bytes.len() }),
    }
}

fn understand<'a>(record: &Record<'a>) -> CfmTlv<'a> {
    let kind = record.kind.to_be_bytes()[1];
    match (kind, record.data) {
        (END, _) => CfmTlv::End,
        (1, data) => CfmTlv::SenderId(data),
        (2, &[status]) => CfmTlv::PortStatus(status),
        (3, data) => CfmTlv::Data(data),
        (4, &[status]) => CfmTlv::InterfaceStatus(status),
        (5 | 6, &[action, a, b, c, d, e, f, ref port @ ..]) => {
            let address = [a, b, c, d, e, f];
            match kind {
                5 => CfmTlv::ReplyIngress { action, address, port },
                _ => CfmTlv::ReplyEgress { action, address, port },
            }
        }
        (7, &[a, b, c, d, e, f, g, h]) => CfmTlv::LtmEgressIdentifier([a, b, c, d, e, f, g, h]),
        (8, data) if data.len() == 16 => {
            let mut parts = data.as_chunks().0.iter().copied();
            let [last, next] = [parts.next(), parts.next()].map(Option::unwrap_or_default);
            CfmTlv::LtrEgressIdentifier { last, next }
        }
        (31, &[a, b, c, subtype, ref value @ ..]) => {
            CfmTlv::OrganizationSpecific { organization: [a, b, c], subtype, value }
        }
        (32, &[pattern, ref data @ ..]) => CfmTlv::Test { pattern, data },
        (kind, data) => CfmTlv::Unknown { kind, data },
    }
}

impl CfmTlv<'_> {
    /// Appends the TLV.
    ///
    /// # Errors
    ///
    /// The value does not fit its length.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::End => {
                out.push(END);
                Ok(())
            }
            Self::SenderId(data) => all(out, 1, &[data]),
            Self::PortStatus(status) => all(out, 2, &[&[status]]),
            Self::Data(data) => all(out, 3, &[data]),
            Self::InterfaceStatus(status) => all(out, 4, &[&[status]]),
            Self::ReplyIngress { action, address, port } => {
                all(out, 5, &[&[action], &address, port])
            }
            Self::ReplyEgress { action, address, port } => {
                all(out, 6, &[&[action], &address, port])
            }
            Self::LtmEgressIdentifier(identifier) => all(out, 7, &[&identifier]),
            Self::LtrEgressIdentifier { last, next } => all(out, 8, &[&last, &next]),
            Self::OrganizationSpecific { organization, subtype, value } => {
                all(out, 31, &[&organization, &[subtype], value])
            }
            Self::Test { pattern, data } => all(out, 32, &[&[pattern], data]),
            Self::Unknown { kind, data } => all(out, kind, &[data]),
        }
    }
}

fn all(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) -> Result<(), EncodeError> {
    let len = parts.iter().map(|part| part.len()).sum::<usize>();
    let (layer, field, value) = ("cfm", "length", len as u64);
    let length = u16::try_from(len).map_err(|_| EncodeError::TooLarge { layer, field, value })?;
    out.push(kind);
    out.extend_from_slice(&length.to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CfmBuilder<'a> {
    /// Its offset of the TLVs is worked out.
    pub header: CfmHeader,
    pub body: &'a [u8],
    pub tlvs: &'a [CfmTlv<'a>],
}

impl Encode for CfmBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (layer, field, value) = ("cfm", "first TLV offset", self.body.len() as u64);
        let error = EncodeError::TooLarge { layer, field, value };
        let first_tlv_offset = u8::try_from(self.body.len()).map_err(|_| error)?;
        out.extend_from_slice(CfmHeader { first_tlv_offset, ..self.header }.as_bytes());
        out.extend_from_slice(self.body);
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

impl Header for CfmHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CFM,
    "cfm",
    "Connectivity fault management",
    |bytes, outer| Cfm::parse_in(bytes, outer).map(|cfm| cfm.shape()),
    |bytes, outer, visitor| Cfm::parse_in(bytes, outer).map(|cfm| visitor(&cfm)),
)
.specification("IEEE Std 802.1Q, section 21")
.claims(&[Key::ether_type(EtherType::CFM)])
.template(&[0, 3, 0, 4, 0, 0, 0, 0, 0]);

#[cfg(test)]
mod tests;
