//! Resource Reservation Protocol, [RFC 2205](https://www.rfc-editor.org/rfc/rfc2205) section 3 and
//! appendix A, with the tunnels of [RFC 3209](https://www.rfc-editor.org/rfc/rfc3209).
//!
//! ```text
//!  0       4       8               16                              31
//! |version| flags |     type      |            checksum            |
//! |      TTL      |   reserved    |             length             |
//! |            length             |     class     |    C-type      |  objects
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{
    Absence, Behind, Checksum, Encode, EncodeError, FieldSink, Header, InternetSum, IpProtocol,
};
use crate::{Key, Layer, LayerType, Malformed, Next, Outer, Protocol, Shape};

mod fields;
mod object;
mod route;

pub use object::{RsvpObject, RsvpObjects, RsvpSession};
pub use route::{RsvpHop, RsvpHops};

/// The version read here.
const VERSION: u8 = 1;
/// RFC 2205, section 3.1.1: zero says that there is no checksum.
const NO_CHECKSUM: u16 = 0;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RsvpHeader {
    /// Four bits of version, four of flags.
    pub version_flags: u8,
    pub message_type: u8,
    pub checksum: U16,
    /// TTL that the message was sent with: one that went through others has less.
    pub send_ttl: u8,
    pub reserved: u8,
    /// Of the whole message.
    pub length: U16,
}

impl Default for RsvpHeader {
    /// A path message with nothing in it.
    fn default() -> Self {
        Self {
            version_flags: VERSION << 4,
            message_type: RsvpType::PATH.0,
            checksum: U16::ZERO,
            send_ttl: 255,
            reserved: 0,
            length: 8.into(),
        }
    }
}

impl RsvpHeader {
    /// Version, 4 bits: 1.
    pub fn version(&self) -> u8 {
        self.version_flags >> 4
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_flags = self.version_flags & !0xf0 | (version & 0x0f) << 4;
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RsvpType(pub u8);

numbers! {
    RsvpType "type {}" {
        /// A sender is there.
        PATH = 1 "path";
        /// A receiver wants it.
        RESV = 2 "resv";
        /// Something is wrong with a path.
        PATH_ERR = 3 "path error";
        /// Something is wrong with a reservation.
        RESV_ERR = 4 "resv error";
        /// The sender is gone.
        PATH_TEAR = 5 "path tear";
        /// The receiver wants it no more.
        RESV_TEAR = 6 "resv tear";
        /// The reservation stands.
        RESV_CONF = 7 "resv confirm";
        /// Several messages in one.
        BUNDLE = 12 "bundle";
        /// These messages came.
        ACK = 13 "ack";
        /// These messages still hold.
        SREFRESH = 15 "srefresh";
        /// I am still here.
        HELLO = 20 "hello";
        /// Something to know.
        NOTIFY = 21 "notify";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rsvp<'a> {
    pub header: &'a RsvpHeader,
    /// The objects, as far as they are there: [`objects`](Self::objects) are.
    pub object_bytes: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Rsvp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<RsvpHeader>(bytes)?;
        if header.version() != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        let length = usize::from(header.length.get());
        if length < size_of::<RsvpHeader>() {
            return Err(Malformed::Field { name: "length", value: length as u64 });
        }
        let message = bytes.get(..length).unwrap_or(bytes);
        let object_bytes = message.get(size_of::<RsvpHeader>()..).unwrap_or_default();
        Ok(Self { header, object_bytes, bytes: message })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len();
        // What is missing of the message is announced, so that it counts as truncated.
        let payload_len = usize::from(self.header.length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = fields::message(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message_type())?;
        let session = self.objects().map_while(Result::ok).find_map(|object| object.session());
        match session {
            Some(RsvpSession::Ip { destination, port, .. }) => write!(f, " {destination}:{port}"),
            Some(RsvpSession::Tunnel { destination, tunnel_id, .. }) => {
                write!(f, " {destination} tunnel {tunnel_id}")
            }
            None => Ok(()),
        }
    }
}

impl<'a> Rsvp<'a> {
    /// What the message is.
    pub fn message_type(&self) -> RsvpType {
        RsvpType(self.header.message_type)
    }

    /// The objects.
    pub fn objects(&self) -> RsvpObjects<'a> {
        RsvpObjects::new(self.object_bytes)
    }
}

impl Header for RsvpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built. Its length is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RsvpBuilder<'a> {
    pub header: RsvpHeader,
    pub objects: &'a [RsvpObject<'a>],
}

impl Encode for RsvpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.objects.iter().try_for_each(|object| object.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<RsvpHeader>(bytes)?.length.set(behind.fit("length", len)?);
    Ok(())
}

fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let rsvp = Rsvp::parse(bytes).ok()?;
    let stored = rsvp.header.checksum;
    let covered = bytes.get(..rsvp.header.length.get().into())?;
    let computed = InternetSum::new().with(covered).without(stored).checksum();
    let absent = (stored == NO_CHECKSUM).then_some(Absence::Allowed);
    let (stored, computed) = (stored.get().into(), computed.into());
    Some(Checksum { place: 2..4, stored, computed, absent })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RSVP,
    "rsvp",
    "Resource Reservation Protocol",
    |bytes, outer| Rsvp::parse_in(bytes, outer).map(|rsvp| rsvp.shape()),
    |bytes, outer, visitor| Rsvp::parse_in(bytes, outer).map(|rsvp| visitor(&rsvp)),
)
.specification("RFC 2205")
.claims(&[Key::ip_protocol(IpProtocol::RSVP), Key::udp_port(3455)])
.template(&[0x10, 1, 0, 0, 0xff, 0, 0, 8])
.lengths(lengths)
.checksum(checksum);

#[cfg(test)]
mod tests;
