//! Open Shortest Path First, version 2, [RFC 2328](https://www.rfc-editor.org/rfc/rfc2328) appendix
//! A, and version 3, [RFC 5340](https://www.rfc-editor.org/rfc/rfc5340) appendix A.
//!
//! ```text
//!  0               8               16              24             31
//! |    version    |     type      |         packet length         |
//! |                           router ID                           |
//! |                            area ID                            |
//! |           checksum            |            AuType             |  version 2
//! |                   authentication, 8 bytes                     |
//!
//! |           checksum            |  instance ID  |   reserved    |  version 3
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{
    Absence, Behind, Checksum, Encode, EncodeError, FieldSink, Header, InternetSum, IpProtocol,
};
use crate::{Key, Layer, LayerType, Malformed, Next, Outer, Protocol, PseudoHeader, Shape};

mod body;
mod fields;
mod fields_v2;
mod fields_v3;
mod lsa;
mod message;
mod opaque_fields;
mod tlv;

pub use body::{OspfExternal, OspfLink, OspfLsaBody, OspfPrefix, OspfPrefixes, OspfV3Interface};
pub use lsa::{OspfLsa, OspfLsaHeader, OspfLsas};
pub use message::{OspfDatabaseDescription, OspfHello, OspfRequest};
pub use tlv::{OspfTlv, OspfTlvs};

/// Bytes of authentication behind the header of version 2.
const AUTHENTICATION_LEN: usize = 8;
/// RFC 2328, appendix D: a digest stands behind the packet.
const CRYPTOGRAPHIC: u16 = 2;

/// The header on the wire, up to where the versions part.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct OspfHeader {
    pub version: u8,
    pub message_type: u8,
    pub packet_length: U16,
    pub router_id: [u8; 4],
    pub area_id: [u8; 4],
    pub checksum: U16,
    /// In version 2 the type of authentication, in version 3 the instance and a reserved byte.
    pub auth_type_or_instance: U16,
}

impl Default for OspfHeader {
    /// A hello of version 2 in the backbone.
    fn default() -> Self {
        Self {
            version: 2,
            message_type: OspfMessageType::HELLO.0,
            packet_length: U16::ZERO,
            router_id: [0; 4],
            area_id: [0; 4],
            checksum: U16::ZERO,
            auth_type_or_instance: U16::ZERO,
        }
    }
}

/// What a packet is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OspfMessageType(pub u8);

numbers! {
    OspfMessageType "type {}" {
        /// I am here, and these I hear.
        HELLO = 1 "hello";
        /// These LSAs I have.
        DATABASE_DESCRIPTION = 2 "database description";
        /// These LSAs I want.
        LINK_STATE_REQUEST = 3 "LS request";
        /// Here are LSAs.
        LINK_STATE_UPDATE = 4 "LS update";
        /// These LSAs I got.
        LINK_STATE_ACKNOWLEDGMENT = 5 "LS acknowledgment";
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ospf<'a> {
    pub header: &'a OspfHeader,
    /// In version 2: a password, or the key, length and number of a digest.
    pub authentication: Option<&'a [u8; AUTHENTICATION_LEN]>,
    /// The message, up to the packet length.
    pub payload: &'a [u8],
    /// What stands behind the packet length: a digest, a block of link-local signaling.
    pub trailer: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Ospf<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<OspfHeader>(bytes)?;
        let (authentication, rest) = match header.version {
            2 => {
                let need = header_len(2);
                let truncated = Malformed::Truncated { need, have: bytes.len() };
                let (authentication, rest) = rest.split_first_chunk().ok_or(truncated)?;
                (Some(authentication), rest)
            }
            3 => (None, rest),
            version => return Err(Malformed::Field { name: "version", value: version.into() }),
        };
        let length = usize::from(header.packet_length.get());
        let Some(len) = length.checked_sub(header_len(header.version)) else {
            return Err(Malformed::Field { name: "packet length", value: length as u64 });
        };
        let (payload, trailer) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, authentication, payload, trailer, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = header_len(self.header.version);
        let payload_len = usize::from(self.header.packet_length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: self.trailer.len(), next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let router = Ipv4Addr::from(self.header.router_id);
        write!(f, "v{} {}, router {router}", self.header.version, self.message_type())?;
        match self.area_id() {
            Ipv4Addr::UNSPECIFIED => f.write_str(", backbone"),
            area => write!(f, ", area {area}"),
        }
    }
}

/// Bytes in front of the message.
fn header_len(version: u8) -> usize {
    let authentication = if version == 2 { AUTHENTICATION_LEN } else { 0 };
    size_of::<OspfHeader>().saturating_add(authentication)
}

impl<'a> Ospf<'a> {
    /// What the packet is.
    pub fn message_type(&self) -> OspfMessageType {
        OspfMessageType(self.header.message_type)
    }

    /// Who sends it.
    pub fn router_id(&self) -> Ipv4Addr {
        self.header.router_id.into()
    }

    /// The area that it belongs to; the backbone is unspecified.
    pub fn area_id(&self) -> Ipv4Addr {
        self.header.area_id.into()
    }

    /// How version 2 is authenticated: 0 not at all, 1 by a password, 2 by a digest.
    pub fn auth_type(&self) -> Option<u16> {
        self.authentication.map(|_| self.header.auth_type_or_instance.get())
    }

    /// Which instance on the link version 3 speaks for.
    pub fn instance_id(&self) -> Option<u8> {
        let [instance, _] = self.header.auth_type_or_instance.to_bytes();
        self.authentication.is_none().then_some(instance)
    }

    /// The message of a hello.
    pub fn hello(&self) -> Option<OspfHello<'a>> {
        let is_hello = self.message_type() == OspfMessageType::HELLO;
        OspfHello::new(self.payload, self.header.version).filter(|_| is_hello)
    }

    /// The message of a database description, but for its [`lsas`](Self::lsas).
    pub fn database_description(&self) -> Option<OspfDatabaseDescription> {
        let is_description = self.message_type() == OspfMessageType::DATABASE_DESCRIPTION;
        let description = OspfDatabaseDescription::new(self.payload, self.header.version);
        description.filter(|_| is_description)
    }

    /// What a link state request asks for; other messages have none.
    pub fn requests(&self) -> &'a [OspfRequest] {
        match self.message_type() {
            OspfMessageType::LINK_STATE_REQUEST => OspfRequest::all(self.payload),
            _ => &[],
        }
    }

    /// The LSAs of an update, and the headers of those that a description or acknowledgment names.
    pub fn lsas(&self) -> OspfLsas<'a> {
        let version = self.header.version;
        match self.message_type() {
            OspfMessageType::LINK_STATE_UPDATE => OspfLsas::of_update(self.payload, version),
            OspfMessageType::DATABASE_DESCRIPTION => {
                let behind = message::description_len(version);
                OspfLsas::of_headers(self.payload.get(behind..).unwrap_or_default(), version)
            }
            OspfMessageType::LINK_STATE_ACKNOWLEDGMENT => {
                OspfLsas::of_headers(self.payload, version)
            }
            _ => OspfLsas::of_headers(&[], version),
        }
    }
}

impl Header for OspfHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A packet to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OspfBuilder<'a> {
    pub header: OspfHeader,
    /// Written in version 2 only.
    pub authentication: [u8; AUTHENTICATION_LEN],
    /// The message, such as [`OspfHello::encode`] and [`OspfLsa::encode`] write it.
    pub message: &'a [u8],
    /// What stands behind the packet length.
    pub trailer: &'a [u8],
}

impl Encode for OspfBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        if self.header.version == 2 {
            out.extend_from_slice(&self.authentication);
        }
        out.extend_from_slice(self.message);
        Ok(())
    }

    fn encode_trailer(&self, _payload_len: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.trailer);
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<OspfHeader>(bytes)?.packet_length.set(behind.fit("packet length", length)?);
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let ospf = Ospf::parse(bytes).ok()?;
    let length = usize::from(ospf.header.packet_length.get());
    let covered = bytes.get(..length)?;
    let sum = match ospf.auth_type() {
        // RFC 2328, appendix D.4.3: a digest takes the place of the checksum.
        Some(CRYPTOGRAPHIC) => {
            let stored = ospf.header.checksum.get().into();
            return Some(Checksum {
                place: 12..14,
                stored,
                computed: stored,
                absent: Some(Absence::Allowed),
            });
        }
        // RFC 2328, section A.3.1: all but the authentication.
        Some(_) => {
            let front = covered.get(..size_of::<OspfHeader>())?;
            InternetSum::new().with(front).with(ospf.payload)
        }
        None => PseudoHeader::of(outer)?.sum(IpProtocol::OSPF, length).with(covered),
    };
    let stored = ospf.header.checksum;
    let computed = sum.without(stored).checksum().into();
    Some(Checksum { place: 12..14, stored: stored.get().into(), computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::OSPF,
    "ospf",
    "Open Shortest Path First",
    |bytes, outer| Ospf::parse_in(bytes, outer).map(|ospf| ospf.shape()),
    |bytes, outer, visitor| Ospf::parse_in(bytes, outer).map(|ospf| visitor(&ospf)),
)
.specification("RFC 2328, RFC 5340")
.claims(&[Key::ip_protocol(IpProtocol::OSPF)])
.template(
    b"\x02\x01\0\x2c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \xff\xff\xff\0\0\x0a\x02\x01\0\0\0\x28\0\0\0\0\0\0\0\0",
)
.lengths(lengths)
.checksum(checksum);

#[cfg(test)]
mod tests;
