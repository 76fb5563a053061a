//! What `DoIP` messages say, read and written, and their fields.

use super::{ADDRESSES_LEN, DoIpHeader, FIRST_VERSION};
use crate::EncodeError;
use crate::field_reader::FieldReader;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DoIpMessage<'a> {
    /// Why a message was none.
    NegativeAcknowledge { code: u8 },
    /// Who is to answer: all, an entity by its identification of 6 bytes, or a vehicle by that of 17.
    IdentificationRequest(&'a [u8]),
    /// Who is there.
    Announcement {
        vin: &'a [u8; 17],
        logical_address: u16,
        eid: &'a [u8; 6],
        gid: &'a [u8; 6],
        further_action: u8,
        /// Whether all entities of the vehicle agree on its identification.
        sync_status: Option<u8>,
    },
    /// Who wants to be let through; the type has two bytes in the first version.
    ActivationRequest { source: u16, activation_type: u16, reserved: u32, oem: Option<u32> },
    /// Whether they are.
    ActivationResponse { tester: u16, source: u16, code: u8, reserved: u32, oem: Option<u32> },
    /// Who is still there.
    AliveCheckResponse { source: u16 },
    /// What an entity is.
    EntityStatus { node_type: u8, max_sockets: u8, sockets: u8, max_data_size: Option<u32> },
    /// Whether it is ready.
    PowerMode(u8),
    /// For a control unit, or from one.
    Diagnostic { source: u16, target: u16, data: &'a [u8] },
    /// Whether that was handed on.
    Acknowledgement { source: u16, target: u16, code: u8, previous: &'a [u8] },
    /// What this list does not have, what says nothing, and what is cut short.
    Other(&'a [u8]),
}

impl<'a> DoIpMessage<'a> {
    pub(super) fn read(header: DoIpHeader, body: &'a [u8]) -> Option<Self> {
        let byte = |at: usize| body.get(at).copied();
        let half = |at: usize| {
            let bytes = body.get(at..)?.first_chunk()?;
            Some(u16::from_be_bytes(*bytes))
        };
        let word = |at: usize| {
            let bytes = body.get(at..)?.first_chunk()?;
            Some(u32::from_be_bytes(*bytes))
        };
        Some(match header.payload_type.get() {
            0x0000 => Self::NegativeAcknowledge { code: byte(0)? },
            0x0001..=0x0003 => Self::IdentificationRequest(body),
            0x0004 => Self::Announcement {
                vin: body.first_chunk()?,
                logical_address: half(17)?,
                eid: body.get(19..)?.first_chunk()?,
                gid: body.get(25..)?.first_chunk()?,
                further_action: byte(31)?,
                sync_status: byte(32),
            },
            0x0005 => {
                let is_wide = header.protocol_version == FIRST_VERSION;
                let activation_type = if is_wide { half(2)? } else { byte(2)?.into() };
                let at = if is_wide { 4 } else { 3 };
                let (reserved, oem) = (word(at)?, word(at.saturating_add(4)));
                Self::ActivationRequest { source: half(0)?, activation_type, reserved, oem }
            }
            0x0006 => Self::ActivationResponse {
                tester: half(0)?,
                source: half(2)?,
                code: byte(4)?,
                reserved: word(5)?,
                oem: word(9),
            },
            0x0008 => Self::AliveCheckResponse { source: half(0)? },
            0x4002 => Self::EntityStatus {
                node_type: byte(0)?,
                max_sockets: byte(1)?,
                sockets: byte(2)?,
                max_data_size: word(3),
            },
            0x4004 => Self::PowerMode(byte(0)?),
            0x8001 => {
                let (source, target) = (half(0)?, half(2)?);
                Self::Diagnostic { source, target, data: body.get(ADDRESSES_LEN..)? }
            }
            0x8002 | 0x8003 => Self::Acknowledgement {
                source: half(0)?,
                target: half(2)?,
                code: byte(4)?,
                previous: body.get(5..)?,
            },
            _ => return None,
        })
    }
}

impl DoIpMessage<'_> {
    /// Appends what stands behind the header: the inverse of what [`DoIp::message`](super::DoIp::message) reads. The
    /// version says how long the type of an activation is.
    ///
    /// # Errors
    ///
    /// The type of an activation does not fit a byte.
    pub fn encode(&self, protocol_version: u8, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let optional = |word: Option<u32>, out: &mut Vec<u8>| {
            out.extend(word.iter().flat_map(|word| word.to_be_bytes()));
        };
        let addresses = |one: u16, other: u16, out: &mut Vec<u8>| {
            out.extend(one.to_be_bytes());
            out.extend(other.to_be_bytes());
        };
        match *self {
            Self::NegativeAcknowledge { code: byte } | Self::PowerMode(byte) => out.push(byte),
            Self::IdentificationRequest(bytes) | Self::Other(bytes) => out.extend(bytes),
            Self::Announcement { vin, logical_address, eid, gid, further_action, sync_status } => {
                out.extend(vin);
                out.extend(logical_address.to_be_bytes());
                out.extend(eid);
                out.extend(gid);
                out.push(further_action);
                out.extend(sync_status);
            }
            Self::ActivationRequest { source, activation_type, reserved, oem } => {
                out.extend(source.to_be_bytes());
                if protocol_version == FIRST_VERSION {
                    out.extend(activation_type.to_be_bytes());
                } else {
                    let (field, value) = ("activation type", activation_type.into());
                    let error = EncodeError::TooLarge { layer: "doip", field, value };
                    out.push(u8::try_from(activation_type).map_err(|_| error)?);
                }
                out.extend(reserved.to_be_bytes());
                optional(oem, out);
            }
            Self::ActivationResponse { tester, source, code, reserved, oem } => {
                addresses(tester, source, out);
                out.push(code);
                out.extend(reserved.to_be_bytes());
                optional(oem, out);
            }
            Self::AliveCheckResponse { source } => out.extend(source.to_be_bytes()),
            Self::EntityStatus { node_type, max_sockets, sockets, max_data_size } => {
                out.extend([node_type, max_sockets, sockets]);
                optional(max_data_size, out);
            }
            Self::Diagnostic { source, target, data } => {
                addresses(source, target, out);
                out.extend(data);
            }
            Self::Acknowledgement { source, target, code, previous } => {
                addresses(source, target, out);
                out.push(code);
                out.extend(previous);
            }
        }
        Ok(())
    }
}

pub(super) fn fields(header: DoIpHeader, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match header.payload_type.get() {
        0x0000 => reader.u8("doip.nack_code").map(drop),
        0x0002 => reader.bytes("doip.eid", 6).map(drop),
        0x0003 => reader.text("doip.vin", 17).map(drop),
        0x0004 => {
            reader.text("doip.vin", 17)?;
            reader.u16("doip.logical_address")?;
            reader.bytes("doip.eid", 6)?;
            reader.bytes("doip.gid", 6)?;
            reader.u8("doip.futher_action")?;
            reader.u8("doip.sync_status").map(drop)
        }
        0x0005 => {
            reader.u16("doip.source_address")?;
            if header.protocol_version == FIRST_VERSION {
                reader.u16("doip.activation_type_v1")?;
            } else {
                reader.u8("doip.activation_type")?;
            }
            reader.u32("doip.reserved_iso")?;
            reader.u32("doip.reserved_oem").map(drop)
        }
        0x0006 => {
            reader.u16("doip.tester_logical_address")?;
            reader.u16("doip.source_address")?;
            reader.u8("doip.response_code")?;
            reader.u32("doip.reserved_iso")?;
            reader.u32("doip.reserved_oem").map(drop)
        }
        0x0008 => reader.u16("doip.source_address").map(drop),
        0x4002 => {
            reader.u8("doip.node_type")?;
            reader.u8("doip.max_sockets")?;
            reader.u8("doip.sockets")?;
            reader.u32("doip.max_data_size").map(drop)
        }
        0x4004 => reader.u8("doip.power_mode").map(drop),
        kind @ 0x8001..=0x8003 => {
            reader.u16("doip.source_address")?;
            reader.u16("doip.target_address")?;
            match kind {
                0x8002 => reader.u8("doip.diag_ack_code")?,
                0x8003 => reader.u8("doip.diag_nack_code")?,
                _ => return None,
            };
            reader.rest_as("doip.previous").map(drop)
        }
        _ => None,
    }
}
