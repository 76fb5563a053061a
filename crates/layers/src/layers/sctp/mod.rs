//! Stream Control Transmission Protocol, [RFC 9260](https://www.rfc-editor.org/rfc/rfc9260)
//! section 3.
//!
//! ```text
//!  0                               16                             31
//! |          source port          |        destination port        |
//! |                        verification tag                        |
//! |                            checksum                            |
//! |  chunk type   |  chunk flags  |          chunk length          |
//! |             chunk value, then padding to four bytes            |
//! |                       more chunks, if any                      |
//! ```
//!
//! A packet bundles chunks. The walk through a packet goes on with the user data of the first whole
//! message among them; [`Sctp::chunks`] has them all.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol};
use crate::{Role, Shape};

pub use self::cause::{SctpCause, SctpCauseCode, SctpCauses};
pub use self::chunk::{SctpChunk, SctpChunkType, SctpChunks, SctpForwardedStream};
pub use self::chunk::{SctpIForwardedStream, SctpInit};
pub use self::data::{SctpData, SctpDataFlags, SctpIData};
pub use self::parameter::{SctpNextTsns, SctpParameter, SctpParameterType, SctpParameters};
pub use self::sack::{SctpGapAckBlock, SctpNrSack, SctpSack};

mod cause;
mod chunk;
mod data;
mod fields;
mod parameter;
mod record_fields;
mod sack;
#[cfg(test)]
mod tests;
mod tlv;

/// Most chunks named in a summary: a packet of 64 KiB can have thousands.
const MAX_NAMED_CHUNKS: usize = 8;

/// The header on the wire, in front of the chunks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SctpHeader {
    pub source_port: U16,
    pub destination_port: U16,
    pub verification_tag: U32,
    /// The CRC of RFC 9260, appendix A.
    pub checksum: U32,
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sctp<'a> {
    pub header: &'a SctpHeader,
    /// Everything behind the header.
    pub chunk_bytes: &'a [u8],
    /// The user data of the first whole message; empty if there is none.
    pub payload: &'a [u8],
    shape: Shape,
}

impl<'a> Layer<'a> for Sctp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, chunk_bytes) = split::<SctpHeader>(bytes)?;
        let keys = [header.destination_port, header.source_port].map(|p| Key::sctp_port(p.get()));
        let shape = shape(chunk_bytes, keys);
        let payload = bytes.get(shape.header_len..).unwrap_or_default();
        let payload = payload.get(..shape.payload_len).unwrap_or(payload);
        Ok(Self { header, chunk_bytes, payload, shape })
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("sctp.srcport", self.source_port(), 0..2);
        sink.number("sctp.dstport", self.destination_port(), 2..4);
        sink.number("sctp.verification_tag", self.verification_tag(), 4..8);
        sink.number("sctp.checksum", self.header.checksum, 8..12);
        fields::fields(self.chunks(), size_of::<SctpHeader>(), sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {} [", self.source_port(), self.destination_port())?;
        let mut separator = "";
        for (place, tlv) in self.chunks().tlvs_at(0).map_while(Result::ok).enumerate() {
            if place == MAX_NAMED_CHUNKS {
                f.write_str(", …")?;
                break;
            }
            let [kind, _] = tlv.head;
            write!(f, "{separator}{}", SctpChunkType(kind))?;
            separator = ", ";
        }
        f.write_str("]")
    }
}

impl<'a> Sctp<'a> {
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

    /// The chunks, in wire order.
    pub fn chunks(&self) -> SctpChunks<'a> {
        SctpChunks::new(self.chunk_bytes)
    }
}

/// Finds the first whole message. Without one, all is header, and what a chunk announces beyond
/// the end of the packet is missing payload.
fn shape(chunk_bytes: &[u8], [first, second]: [Key; 2]) -> Shape {
    const HEADER_LEN: usize = size_of::<SctpHeader>();
    let mut missing = 0;
    for tlv in SctpChunks::new(chunk_bytes).tlvs_at(HEADER_LEN).map_while(Result::ok) {
        missing = tlv.announced().saturating_sub(tlv.value.len());
        let message = match chunk::understand(&tlv) {
            Some(SctpChunk::Data(data)) if data.is_whole_message() => {
                Some((SctpData::HEADER_LEN, data.user_data_len(), data.user_data))
            }
            Some(SctpChunk::IData(data)) if data.is_whole_message() => {
                Some((SctpIData::HEADER_LEN, data.user_data_len(), data.user_data))
            }
            _ => None,
        };
        if let Some((chunk_header_len, payload_len @ 1.., user_data)) = message {
            let header_len = tlv.at.saturating_add(chunk_header_len);
            let behind = header_len.saturating_add(user_data.len());
            let all = chunk_bytes.len().saturating_add(HEADER_LEN);
            let trailer_len = all.saturating_sub(behind);
            return Shape {
                header_len,
                payload_len,
                trailer_len,
                next: Next::Either(first, second),
            };
        }
    }
    let header_len = chunk_bytes.len().saturating_add(HEADER_LEN);
    Shape { header_len, payload_len: missing, trailer_len: 0, next: Next::End }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SCTP,
    "sctp",
    "Stream Control Transmission Protocol",
    |bytes, outer| Sctp::parse_in(bytes, outer).map(|sctp| sctp.shape()),
    |bytes, outer, visitor| Sctp::parse_in(bytes, outer).map(|sctp| visitor(&sctp)),
)
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::SCTP), Key::link_type(LinkType::SCTP)]);
