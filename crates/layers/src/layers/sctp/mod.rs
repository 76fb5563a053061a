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
use crate::{Behind, Checksum, EncodeError, Header, KeyKind, Outer};
use crate::{FieldSink, IpProtocol, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol};
use crate::{Role, Shape};

pub use self::cause::{SctpCause, SctpCauseCode, SctpCauses};
pub use self::chunk::{SctpChunk, SctpChunkType, SctpChunks, SctpForwardedStream};
pub use self::chunk::{SctpIForwardedStream, SctpInit};
pub use self::data::{SctpData, SctpDataFlags, SctpIData};
pub use self::encode::SctpBuilder;
pub use self::parameter::{SctpNextTsns, SctpParameter, SctpParameterType, SctpParameters};
pub use self::sack::{SctpGapAckBlock, SctpNrSack, SctpSack};

mod cause;
mod chunk;
mod data;
mod encode;
mod encode_parameter;
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
        let shape = shape(chunk_bytes, header);
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
fn shape(chunk_bytes: &[u8], header: &SctpHeader) -> Shape {
    const HEADER_LEN: usize = size_of::<SctpHeader>();
    let mut missing = 0;
    for tlv in SctpChunks::new(chunk_bytes).tlvs_at(HEADER_LEN).map_while(Result::ok) {
        missing = tlv.announced().saturating_sub(tlv.value.len());
        let message = match chunk::understand(&tlv) {
            Some(SctpChunk::Data(data)) if data.is_whole_message() => {
                let identifier = data.payload_protocol_identifier;
                Some((SctpData::HEADER_LEN, data.user_data_len(), data.user_data, identifier))
            }
            Some(SctpChunk::IData(data)) if data.is_whole_message() => {
                let identifier = data.identifier_or_fragment;
                Some((SctpIData::HEADER_LEN, data.user_data_len(), data.user_data, identifier))
            }
            _ => None,
        };
        if let Some((chunk_header_len, payload_len @ 1.., user_data, identifier)) = message {
            let header_len = tlv.at.saturating_add(chunk_header_len);
            let behind = header_len.saturating_add(user_data.len());
            let all = chunk_bytes.len().saturating_add(HEADER_LEN);
            let trailer_len = all.saturating_sub(behind);
            let ports = [header.source_port, header.destination_port].map(U16::get);
            let next = next_key(identifier, ports);
            return Shape { header_len, payload_len, trailer_len, next };
        }
    }
    let header_len = chunk_bytes.len().saturating_add(HEADER_LEN);
    Shape { header_len, payload_len: missing, trailer_len: 0, next: Next::End }
}

/// What a message is, its identifier says, if it has one, and else its ports, as in Wireshark.
fn next_key(identifier: u32, [source, destination]: [u16; 2]) -> Next {
    if identifier == 0 {
        return Next::Either(Key::sctp_port(destination), Key::sctp_port(source));
    }
    let port = Key::sctp_port(source.min(destination));
    Next::Either(Key::child(LayerType::SCTP, identifier), port)
}

impl Header for SctpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The length of the chunk that the payload is the user data of: the last in front of it.
fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let chunks = bytes.get(size_of::<SctpHeader>()..behind.header_len).unwrap_or_default();
    let tlvs = SctpChunks::new(chunks).tlvs_at(size_of::<SctpHeader>()).map_while(Result::ok);
    let open = tlvs.last().and_then(|tlv| {
        let [kind, _] = tlv.head;
        let header_len = match SctpChunkType(kind) {
            SctpChunkType::DATA => SctpData::HEADER_LEN,
            SctpChunkType::I_DATA => SctpIData::HEADER_LEN,
            _ => return None,
        };
        (tlv.at.saturating_add(header_len) == behind.header_len).then_some((tlv.at, header_len))
    });
    let Some((at, header_len)) = open else {
        if behind.payload_len == 0 {
            return Ok(());
        }
        let (name, value) = ("chunk length", behind.payload_len as u64);
        let cause = Malformed::Field { name, value };
        return Err(EncodeError::Malformed { layer: behind.layer, cause });
    };
    let length: u16 = behind.fit("chunk length", header_len.saturating_add(behind.payload_len))?;
    let place = bytes.get_mut(at..).and_then(|chunk| chunk.get_mut(2..4)).unwrap_or_default();
    place.iter_mut().zip(length.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    Ok(())
}

/// Leads to the layer behind by a port of its own, if no port was given.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<SctpHeader>(bytes)?;
    if (header.source_port.get(), header.destination_port.get()) == (0, 0) {
        let port = behind.number(0, |kind| match kind {
            KeyKind::SctpPort(port) => Some(port),
            _ => None,
        });
        header.destination_port.set(port);
    }
    Ok(())
}

/// RFC 9260, appendix A: the CRC of the whole packet with zeros in its place, lowest byte first.
fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let sctp = Sctp::parse(bytes).ok().filter(|_| outer.is_whole())?;
    let stored = sctp.header.checksum.get();
    let header = SctpHeader { checksum: U32::ZERO, ..*sctp.header };
    let crc = crc32c::crc32c_append(crc32c::crc32c(header.as_bytes()), sctp.chunk_bytes);
    Some(Checksum { place: 8..12, stored, computed: crc.swap_bytes(), absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SCTP,
    "sctp",
    "Stream Control Transmission Protocol",
    |bytes, outer| Sctp::parse_in(bytes, outer).map(|sctp| sctp.shape()),
    |bytes, outer, visitor| Sctp::parse_in(bytes, outer).map(|sctp| visitor(&sctp)),
)
.specification("RFC 9260")
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::SCTP), Key::link_type(LinkType::SCTP)])
.template(&[0; size_of::<SctpHeader>()])
.lengths(lengths)
.next(next)
.checksum(checksum);
