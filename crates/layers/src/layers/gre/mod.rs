//! Generic Routing Encapsulation, [RFC 2784](https://www.rfc-editor.org/rfc/rfc2784) with the
//! extensions of [RFC 2890](https://www.rfc-editor.org/rfc/rfc2890), the older
//! [RFC 1701](https://www.rfc-editor.org/rfc/rfc1701), and its version 1 for PPTP,
//! [RFC 2637](https://www.rfc-editor.org/rfc/rfc2637) section 4.1.
//!
//! ```text
//!  0                      8     12  13     16                     31
//! |C|R|K|S|s| recursion  |A|  reserved  |version|      protocol type      |
//! |      checksum (if C or R)     |        offset (if C or R)      |
//! |                          key (if K)                            |
//! |                    sequence number (if S)                      |
//! |             acknowledgment number (if A, version 1)            |
//! |                       routing (if R) ...                       |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::{Parts, Places};
use crate::{Behind, Checksum, EncodeError, EtherType, FieldSink, Header, InternetSum, IpProtocol};
use crate::{Key, Layer, LayerType, LinkType, Malformed, Next, Outer, Protocol, Shape};

mod build;
mod route;
mod settings;

pub use build::GreBuilder;
pub use route::{GreRoute, GreRoutes};

/// The bytes that WCCP version 2 puts in front of the packet it redirects.
const REDIRECT_LEN: usize = 4;

/// The fixed part of the header.
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
pub struct GreHeader {
    pub flags_version: U16,
    pub protocol_type: U16,
}

bitflags! {
    /// The flags in front of the version.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct GreFlags: u16 {
        /// A checksum is there.
        const CHECKSUM = 0x8000;
        /// Routing is there: RFC 1701.
        const ROUTING = 0x4000;
        /// A key is there.
        const KEY = 0x2000;
        /// A sequence number is there.
        const SEQUENCE = 0x1000;
        /// All routes are strict: RFC 1701.
        const STRICT_SOURCE_ROUTE = 0x0800;
        /// An acknowledgment number is there: RFC 2637.
        const ACKNOWLEDGMENT = 0x0080;
    }
}

impl GreHeader {
    /// The flags that have a meaning.
    pub fn flags(&self) -> GreFlags {
        GreFlags::from_bits_truncate(self.flags_version.get())
    }

    /// Writes the flags that have a meaning.
    pub fn set_flags(&mut self, flags: GreFlags) {
        let others = self.flags_version.get() & !GreFlags::all().bits();
        self.flags_version.set(others | flags.bits());
    }

    /// Version, 3 bits: 0, or 1 for PPTP.
    pub fn version(&self) -> u8 {
        self.flags_version.to_bytes()[1] & 7
    }

    /// Writes the version, its low three bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags_version.set(self.flags_version.get() & !7 | u16::from(version & 7));
    }

    /// How often the packet may still be encapsulated, 3 bits: RFC 1701.
    pub fn recursion_control(&self) -> u8 {
        self.flags_version.to_bytes()[0] & 7
    }

    /// Writes [`recursion_control`](Self::recursion_control), its low 3 bits.
    pub fn set_recursion_control(&mut self, recursion_control: u8) {
        self.flags_version
            .set(self.flags_version.get() & !0x0700 | u16::from(recursion_control & 0x07) << 8);
    }

    /// What the payload is.
    pub fn protocol(&self) -> EtherType {
        EtherType(self.protocol_type.get())
    }

    /// Whether the key is a length and a call, and the packet may acknowledge others.
    fn is_enhanced(self) -> bool {
        self.version() == 1 && self.protocol() == EtherType::PPP
    }
}

/// A packet in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gre<'a> {
    pub header: &'a GreHeader,
    /// Checksum, if the flags say that it is one, and offset of the active route.
    pub checksum_offset: Option<&'a [U16; 2]>,
    pub key: Option<&'a [u8; 4]>,
    pub sequence_number: Option<U32>,
    pub acknowledgment_number: Option<U32>,
    /// Source routes with the empty one that ends them, not yet understood:
    /// [`routes`](Self::routes) are.
    pub routing: &'a [u8],
    /// The header that WCCP version 2 puts in front of the packet.
    pub redirect_header: Option<&'a [u8; REDIRECT_LEN]>,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Gre<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<GreHeader>()?;
        let flags = header.flags();
        let is_routed = flags.contains(GreFlags::ROUTING);
        let checksum_offset = parts.take_if(is_routed || flags.contains(GreFlags::CHECKSUM))?;
        let key = parts.take_if(flags.contains(GreFlags::KEY))?;
        let sequence_number = parts.take_if(flags.contains(GreFlags::SEQUENCE))?.copied();
        let acknowledges = header.is_enhanced() && flags.contains(GreFlags::ACKNOWLEDGMENT);
        let acknowledgment_number = parts.take_if(acknowledges)?.copied();
        let routing = if is_routed { route::routing(&mut parts)? } else { &[] };
        // WCCP says in no field which of its versions it is, but version 1 has no header.
        let is_redirected = header.protocol() == EtherType::WCCP
            && parts.rest.first().is_some_and(|byte| byte >> 4 != 4);
        let redirect_header = parts.take_if(is_redirected)?;
        let whole = Self {
            header,
            checksum_offset,
            key,
            sequence_number,
            acknowledgment_number,
            routing,
            redirect_header,
            payload: parts.rest,
        };
        let len = whole.payload_length().map_or(usize::MAX, usize::from);
        Ok(Self { payload: parts.rest.get(..len).unwrap_or(parts.rest), ..whole })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload_length().map_or(self.payload.len(), usize::from);
        Shape { header_len: self.header_len(), payload_len, trailer_len: 0, next: self.next() }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let (header, flags, bits) = (self.header, self.header.flags(), self.header.flags_version);
        sink.number("gre.flags_and_version", bits, 0..2);
        sink.flag("gre.flags.checksum", flags.contains(GreFlags::CHECKSUM), 0..2);
        sink.flag("gre.flags.routing", flags.contains(GreFlags::ROUTING), 0..2);
        sink.flag("gre.flags.key", flags.contains(GreFlags::KEY), 0..2);
        sink.flag("gre.flags.sequence_number", flags.contains(GreFlags::SEQUENCE), 0..2);
        let is_strict = flags.contains(GreFlags::STRICT_SOURCE_ROUTE);
        sink.flag("gre.flags.strict_source_route", is_strict, 0..2);
        sink.number("gre.flags.recursion_control", header.recursion_control(), 0..2);
        let reserved = if header.is_enhanced() {
            sink.flag("gre.flags.ack", flags.contains(GreFlags::ACKNOWLEDGMENT), 0..2);
            0x78
        } else {
            0xf8
        };
        sink.number("gre.flags.reserved", (bits.get() & reserved) >> 3, 0..2);
        sink.number("gre.flags.version", header.version(), 0..2);
        sink.number("gre.proto", header.protocol_type, 2..4);
        let mut places = Places(size_of::<GreHeader>());
        if let Some([checksum, offset]) = self.checksum_offset {
            sink.number("gre.checksum", *checksum, places.next(2));
            sink.number("gre.offset", *offset, places.next(2));
        }
        if let (Some(length), Some(call)) = (self.payload_length(), self.call_id()) {
            sink.number("gre.key.payload_length", length, places.next(2));
            sink.number("gre.key.call_id", call, places.next(2));
        } else if let Some(key) = self.key {
            sink.number("gre.key", u32::from_be_bytes(*key), places.next(4));
        }
        if let Some(number) = self.sequence_number {
            sink.number("gre.sequence_number", number, places.next(4));
        }
        if let Some(number) = self.acknowledgment_number {
            sink.number("gre.ack_number", number, places.next(4));
        }
        route::fields(self.routes(), &mut places, sink);
        if let Some(&[flags, service, alternative, primary]) = self.redirect_header {
            let place = places.next(1);
            sink.flag("gre.wccp.dynamic_service", flags & 1 != 0, place.clone());
            sink.flag("gre.wccp.alternative_bucket_used", flags & 2 != 0, place.clone());
            sink.flag("gre.wccp.redirect_header_valid", flags & 4 != 0, place);
            sink.number("gre.wccp.service_id", service, places.next(1));
            sink.number("gre.wccp.alternative_bucket", alternative, places.next(1));
            sink.number("gre.wccp.primary_bucket", primary, places.next(1));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.header.protocol() {
            EtherType::LLC => f.write_str("keepalive")?,
            protocol => write!(f, "{protocol}")?,
        }
        match (self.call_id(), self.key) {
            (Some(call), _) => write!(f, " call {call}")?,
            (None, Some(key)) => write!(f, " key {:#x}", u32::from_be_bytes(*key))?,
            (None, None) => {}
        }
        if let Some(number) = self.sequence_number {
            write!(f, " seq {number}")?;
        }
        self.acknowledgment_number.map_or(Ok(()), |number| write!(f, " ack {number}"))
    }
}

impl<'a> Gre<'a> {
    /// What the payload is.
    pub fn protocol(&self) -> EtherType {
        self.header.protocol()
    }

    /// The checksum of header and payload.
    pub fn checksum(&self) -> Option<u16> {
        let checksum = self.checksum_offset.map(|[checksum, _]| checksum.get());
        checksum.filter(|_| self.header.flags().contains(GreFlags::CHECKSUM))
    }

    /// How long the payload is, in a packet of PPTP.
    pub fn payload_length(&self) -> Option<u16> {
        let key = self.key.filter(|_| self.header.is_enhanced());
        key.map(|&[a, b, _, _]| u16::from_be_bytes([a, b]))
    }

    /// The call that the packet belongs to, by the number the receiver gave it, in PPTP.
    pub fn call_id(&self) -> Option<u16> {
        let key = self.key.filter(|_| self.header.is_enhanced());
        key.map(|&[_, _, a, b]| u16::from_be_bytes([a, b]))
    }

    /// The virtual subnet that a frame belongs to, 24 bits, if the tunnel is NVGRE: RFC 7637 has it
    /// in the key, with 8 bits of flow identifier behind it. Nothing tells NVGRE from other tunnels
    /// of frames that have a key.
    pub fn virtual_subnet_id(&self) -> Option<u32> {
        self.nvgre_key().map(|&[a, b, c, _]| u32::from_be_bytes([0, a, b, c]))
    }

    /// The flow that a frame belongs to, if the tunnel is NVGRE.
    pub fn flow_id(&self) -> Option<u8> {
        self.nvgre_key().map(|&[_, _, _, flow]| flow)
    }

    /// The source routes of RFC 1701.
    pub fn routes(&self) -> GreRoutes<'a> {
        GreRoutes::new(self.routing)
    }

    fn nvgre_key(&self) -> Option<&'a [u8; 4]> {
        self.key.filter(|_| {
            self.header.flags_version.get() == GreFlags::KEY.bits()
                && self.header.protocol() == EtherType::BRIDGING
        })
    }

    fn header_len(&self) -> usize {
        let optional = [
            (self.checksum_offset.is_some(), 4),
            (self.key.is_some(), 4),
            (self.sequence_number.is_some(), 4),
            (self.acknowledgment_number.is_some(), 4),
            (self.redirect_header.is_some(), REDIRECT_LEN),
        ];
        let optional: usize = optional.iter().filter(|part| part.0).map(|part| part.1).sum();
        size_of::<GreHeader>().saturating_add(optional).saturating_add(self.routing.len())
    }

    fn next(&self) -> Next {
        let protocol = match self.header.protocol() {
            // A keepalive ends in a header that names no protocol.
            EtherType::LLC => return Next::End,
            _ if self.header.version() > 1 => return Next::End,
            // ERSPAN of type I is nothing but the frame, and has no sequence number.
            EtherType::ERSPAN if self.sequence_number.is_none() => EtherType::BRIDGING,
            EtherType::WCCP => EtherType::IPV4,
            // Aruba's access points tunnel frames of IEEE 802.11 under a type for each queue.
            EtherType(0x8200..=0x83ff | 0x9000) => {
                return Next::One(Key::link_type(LinkType::IEEE802_11));
            }
            protocol => protocol,
        };
        Next::One(Key::ether_type(protocol))
    }
}

impl Header for GreHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<GreHeader>(bytes)?;
    let flags = header.flags();
    if header.is_enhanced() && flags.contains(GreFlags::KEY) {
        let length: u16 = behind.fit("payload length", behind.payload_len)?;
        let has_checksum = flags.intersects(GreFlags::CHECKSUM | GreFlags::ROUTING);
        let at = if has_checksum { 8 } else { 4 };
        let place = bytes.get_mut(at..).unwrap_or_default();
        place.iter_mut().zip(length.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    }
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<GreHeader>(bytes)?;
    let is_wrapped = matches!(
        (header.protocol(), behind.child.map(|child| child.layer)),
        (EtherType::ERSPAN, Some(LayerType::ETHERNET)) | (EtherType::WCCP, Some(LayerType::IPV4))
    );
    if !is_wrapped {
        header.protocol_type.set(behind.ether_type(header.protocol()).0);
    }
    Ok(())
}

fn checksum(bytes: &[u8], _outer: &Outer<'_>) -> Option<Checksum> {
    let gre = Gre::parse(bytes).ok()?;
    let stored = gre.checksum()?;
    let covered = gre.header_len().saturating_add(gre.shape().payload_len);
    let computed = InternetSum::new().with(bytes.get(..covered)?).without(stored).checksum();
    let (stored, computed) = (stored.into(), computed.into());
    Some(Checksum { place: 4..6, stored, computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GRE,
    "gre",
    "Generic Routing Encapsulation",
    |bytes, outer| Gre::parse_in(bytes, outer).map(|gre| gre.shape()),
    |bytes, outer, visitor| Gre::parse_in(bytes, outer).map(|gre| visitor(&gre)),
)
.specification("RFC 2784")
.claims(&[
    Key::ip_protocol(IpProtocol::GRE),
    // RFC 8086.
    Key::udp_port(4754),
])
.template(&[0; size_of::<GreHeader>()])
.settings(&[settings::SETTINGS])
.lengths(lengths)
.next(next)
.checksum(checksum);

// tshark -r GrePackets.pcap (PcapPlusPlus), frame 1: PPTP. gopacket defect 35.
#[cfg(test)]
layer_tests! {
    sample: Gre *b"\x30\x81\x88\x0b\x00\x08\x00\x06\x00\x00\x00\x22\x00\x00\x00\x11\xff\x03\x80\xfd\x06\x04\x00\x04";
    fields: "gre.flags_and_version=12417 gre.flags.checksum=0 gre.flags.routing=0 \
        gre.flags.key=1 gre.flags.sequence_number=1 gre.flags.strict_source_route=0 \
        gre.flags.recursion_control=0 gre.flags.ack=1 gre.flags.reserved=0 gre.flags.version=1 \
        gre.proto=34827 gre.key.payload_length=8 gre.key.call_id=6 gre.sequence_number=34 \
        gre.ack_number=17";
    edit: GreHeader, |header| header.set_version(0);
    bad: [];
}

#[cfg(test)]
mod tests;
