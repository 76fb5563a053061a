//! Writing L2TP messages.

use zerocopy::network_endian::U32;

use super::{L2tpAvp, L2tpCarrier, L2tpHeader, L2tpMessage, PROTOCOL};
use crate::{Behind, Encode, EncodeError, Header, Protocol};

impl Header for L2tpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The length of data of version 2, which is the only message whose length follows from layers
/// behind it: its header is longer than that of data straight inside IP.
pub(super) fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<L2tpHeader>(bytes)?;
    let is_data = header.version() == 2 && !header.is_control();
    if is_data && header.has_length() && behind.header_len > size_of::<U32>() {
        let length = behind.header_len.saturating_add(behind.payload_len);
        let length: u16 = behind.fit("length", length)?;
        let place = bytes.get_mut(2..).unwrap_or_default();
        place.iter_mut().zip(length.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    }
    Ok(())
}

/// A message to write: data without numbers by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L2tpBuilder<'a> {
    pub carrier: L2tpCarrier,
    pub message: L2tpMessage,
    /// The number of this message, and of the one that is expected next: control messages always
    /// have them, data of version 3 never.
    pub sequence: Option<[u16; 2]>,
    /// The attributes of a control message.
    pub avps: &'a [L2tpAvp<'a>],
}

impl Default for L2tpBuilder<'_> {
    fn default() -> Self {
        let message = L2tpMessage::DataV2 { tunnel_id: 0, session_id: 0 };
        Self { carrier: L2tpCarrier::Udp, message, sequence: None, avps: &[] }
    }
}

impl Encode for L2tpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Vec::new();
        let (flags, sequence) = match self.message {
            L2tpMessage::ControlV2 { tunnel_id, session_id } => {
                body.extend_from_slice(&tunnel_id.to_be_bytes());
                body.extend_from_slice(&session_id.to_be_bytes());
                (0xc802_u16, Some(self.sequence.unwrap_or_default()))
            }
            L2tpMessage::ControlV3 { control_connection_id } => {
                body.extend_from_slice(&control_connection_id.to_be_bytes());
                (0xc803, Some(self.sequence.unwrap_or_default()))
            }
            L2tpMessage::DataV2 { tunnel_id, session_id } => {
                body.extend_from_slice(&tunnel_id.to_be_bytes());
                body.extend_from_slice(&session_id.to_be_bytes());
                let numbered = if self.sequence.is_some() { 0x0800 } else { 0 };
                (0x4002 | numbered, self.sequence)
            }
            L2tpMessage::DataV3 { session_id } => {
                if self.carrier == L2tpCarrier::Udp {
                    out.extend_from_slice(&[0, 3, 0, 0]);
                }
                out.extend_from_slice(&session_id.to_be_bytes());
                return Ok(());
            }
        };
        for number in sequence.iter().flatten() {
            body.extend_from_slice(&number.to_be_bytes());
        }
        self.avps.iter().try_for_each(|avp| avp.encode(&mut body))?;
        // Flags and the length itself.
        let len = body.len().saturating_add(4);
        let (layer, field, value) = (PROTOCOL.name, "length", len as u64);
        let length = u16::try_from(len);
        let length = length.map_err(|_| EncodeError::TooLarge { layer, field, value })?;
        if self.carrier == L2tpCarrier::Ip {
            out.extend_from_slice(&[0; 4]);
        }
        out.extend_from_slice(&flags.to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.append(&mut body);
        Ok(())
    }
}
