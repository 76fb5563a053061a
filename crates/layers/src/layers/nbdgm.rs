//! `NetBIOS` datagram service, [RFC 1002](https://www.rfc-editor.org/rfc/rfc1002) section 4.4.
//!
//! ```text
//!  0               8               16                              31
//! |     type      | 0 |node|F|M   |          datagram id           |
//! |                           source IP                            |
//! |          source port          |      by the type: length and   |
//! |  offset, or an error code, and names ...                       |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::dns::DnsName;
use crate::layers::nbns::NetbiosName;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape, Value};

/// Bytes of the header that every datagram has.
const HEADER_LEN: usize = size_of::<NbdgmHeader>();
/// RFC 1002, section 4.4.1: bytes in front of what the length counts.
const DIRECT_LEN: usize = HEADER_LEN + size_of::<[U16; 2]>();

/// What every datagram starts with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NbdgmHeader {
    pub message_type: u8,
    pub flags: u8,
    pub datagram_id: U16,
    pub source_address: [u8; 4],
    pub source_port: U16,
}

impl Default for NbdgmHeader {
    /// A whole message to one name.
    fn default() -> Self {
        let (datagram_id, source_port) = (U16::ZERO, 138.into());
        let message_type = NbdgmType::DIRECT_UNIQUE.0;
        Self { message_type, flags: 2, datagram_id, source_address: [0; 4], source_port }
    }
}

impl NbdgmHeader {
    /// What the datagram is.
    pub fn message_type(&self) -> NbdgmType {
        NbdgmType(self.message_type)
    }

    /// Whether more fragments of the message follow.
    pub fn has_more(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Writes [`has_more`](Self::has_more).
    pub fn set_more(&mut self, more: bool) {
        self.flags = self.flags & !1 | u8::from(more);
    }

    /// Whether this is the first fragment of the message.
    pub fn is_first(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Writes [`is_first`](Self::is_first).
    pub fn set_first(&mut self, first: bool) {
        self.flags = self.flags & !2 | u8::from(first) << 1;
    }

    /// How the sender finds names: 0 by broadcast, 1 by asking a server, 2 by both.
    pub fn node_type(&self) -> u8 {
        self.flags >> 2 & 3
    }

    /// Writes [`node_type`](Self::node_type), its low 2 bits.
    pub fn set_node_type(&mut self, node_type: u8) {
        self.flags = self.flags & !0x0c | (node_type & 3) << 2;
    }
}

/// What a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NbdgmType(pub u8);

numbers! {
    NbdgmType "type {:#04x}" {
        /// A message to one name.
        DIRECT_UNIQUE = 0x10 "direct unique";
        /// A message to all who have a name.
        DIRECT_GROUP = 0x11 "direct group";
        /// A message to all.
        BROADCAST = 0x12 "broadcast";
        /// The name is not here, or something is wrong with the message.
        ERROR = 0x13 "error";
        /// Asks a server to whom messages for a name go.
        QUERY_REQUEST = 0x14 "query request";
        /// The server distributes messages for the name.
        POSITIVE_QUERY_RESPONSE = 0x15 "positive query response";
        /// It does not.
        NEGATIVE_QUERY_RESPONSE = 0x16 "negative query response";
    }
}

/// A datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Nbdgm<'a> {
    pub header: &'a NbdgmHeader,
    /// Bytes of names and message, and their place in the whole message, of a message.
    pub extent: Option<&'a [U16; 2]>,
    /// What is wrong, in an error.
    pub error_code: Option<u8>,
    /// Who sends the message.
    pub source_name: Option<NetbiosName>,
    /// Who gets the message, or is asked for.
    pub destination_name: Option<NetbiosName>,
    /// The message behind the names.
    pub payload: &'a [u8],
    /// Where each name ends, and the payload begins.
    ends: [usize; 2],
    payload_len: usize,
}

impl<'a> Layer<'a> for Nbdgm<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<NbdgmHeader>(bytes)?;
        let mut datagram = Self {
            header,
            extent: None,
            error_code: None,
            source_name: None,
            destination_name: None,
            payload: &[],
            ends: [HEADER_LEN; 2],
            payload_len: 0,
        };
        match header.message_type() {
            NbdgmType::DIRECT_UNIQUE | NbdgmType::DIRECT_GROUP | NbdgmType::BROADCAST => {
                datagram.message(bytes)?;
            }
            NbdgmType::ERROR => {
                let need = HEADER_LEN.saturating_add(1);
                let truncated = Malformed::Truncated { need, have: bytes.len() };
                datagram.error_code = Some(*rest.first().ok_or(truncated)?);
                datagram.ends = [need; 2];
            }
            NbdgmType::QUERY_REQUEST
            | NbdgmType::POSITIVE_QUERY_RESPONSE
            | NbdgmType::NEGATIVE_QUERY_RESPONSE => {
                let (name, end) = name(bytes, HEADER_LEN).unzip();
                datagram.destination_name = name;
                datagram.ends = [HEADER_LEN, end.unwrap_or(HEADER_LEN)];
            }
            other => {
                return Err(Malformed::Field { name: "message type", value: other.0.into() });
            }
        }
        Ok(datagram)
    }

    fn shape(&self) -> Shape {
        let [_, header_len] = self.ends;
        // What the message is, such as SMB, stands in its own first bytes.
        let next = Next::One(Key::parent(LayerType::NBDGM));
        Shape { header_len, payload_len: self.payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("nbdgm.type", header.message_type, 0..1);
        sink.number("nbdgm.flags", header.flags, 1..2);
        sink.flag("nbdgm.next", header.has_more(), 1..2);
        sink.flag("nbdgm.first", header.is_first(), 1..2);
        sink.number("nbdgm.node_type", header.node_type(), 1..2);
        sink.number("nbdgm.dgram_id", header.datagram_id, 2..4);
        sink.value("nbdgm.src.ip", Value::Ipv4(header.source_address.into()), 4..8);
        sink.number("nbdgm.src.port", header.source_port, 8..10);
        if let Some([length, offset]) = self.extent {
            sink.number("nbdgm.dgram_len", *length, 10..12);
            sink.number("nbdgm.pkt_offset", *offset, 12..14);
        }
        if let Some(code) = self.error_code {
            sink.number("nbdgm.error_code", code, 10..11);
        }
        let [source_end, end] = self.ends;
        if let Some(name) = self.source_name {
            name.report("nbdgm.source_name", DIRECT_LEN..source_end, sink);
        }
        if let Some(name) = self.destination_name {
            name.report("nbdgm.destination_name", source_end..end, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.message_type())?;
        if let Some(name) = self.source_name {
            write!(f, " {name} →")?;
        }
        self.destination_name.map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

impl<'a> Nbdgm<'a> {
    /// Where the sender is: what it says itself.
    pub fn source(&self) -> (Ipv4Addr, u16) {
        (self.header.source_address.into(), self.header.source_port.get())
    }

    /// Reads what a message has behind the header. Only the first fragment has names.
    fn message(&mut self, bytes: &'a [u8]) -> Result<(), Malformed> {
        let (_, rest) = bytes.split_at_checked(HEADER_LEN).unwrap_or((bytes, &[]));
        let truncated = Malformed::Truncated { need: DIRECT_LEN, have: bytes.len() };
        let (extent, _) = split::<[U16; 2]>(rest).map_err(|_| truncated)?;
        let [length, offset] = extent;
        self.extent = Some(extent);
        self.ends = [DIRECT_LEN; 2];
        if offset.get() == 0 {
            let source = name(bytes, DIRECT_LEN);
            let destination = source.and_then(|(_, end)| name(bytes, end));
            let source_end = source.map_or(DIRECT_LEN, |(_, end)| end);
            self.ends = [source_end, destination.map_or(source_end, |(_, end)| end)];
            self.source_name = source.map(|(name, _)| name);
            self.destination_name = destination.map(|(name, _)| name);
        }
        let [_, header_len] = self.ends;
        let whole = DIRECT_LEN.saturating_add(length.get().into());
        self.payload_len = whole.saturating_sub(header_len);
        let payload = bytes.get(header_len..).unwrap_or_default();
        self.payload = payload.get(..self.payload_len).unwrap_or(payload);
        Ok(())
    }
}

/// The name at a place, and the place behind it.
fn name(bytes: &[u8], at: usize) -> Option<(NetbiosName, usize)> {
    let (name, end) = DnsName::read(bytes, at).ok()?;
    NetbiosName::decode(&name).map(|name| (name, end))
}

impl Header for NbdgmHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NbdgmBuilder {
    pub header: NbdgmHeader,
    pub source_name: NetbiosName,
    pub destination_name: NetbiosName,
}

impl Encode for NbdgmBuilder {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        // The length is put in when all is there.
        out.extend_from_slice(&[0; 4]);
        for name in [self.source_name, self.destination_name] {
            let label = name.encode();
            out.push(32);
            out.extend_from_slice(&label);
            out.push(0);
        }
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, rest) = behind.split::<NbdgmHeader>(bytes)?;
    let kind = header.message_type();
    if matches!(kind, NbdgmType::DIRECT_UNIQUE | NbdgmType::DIRECT_GROUP | NbdgmType::BROADCAST) {
        let whole = behind.header_len.saturating_add(behind.payload_len);
        let length: u16 = behind.fit("datagram length", whole.saturating_sub(DIRECT_LEN))?;
        let place = rest.first_chunk_mut::<2>();
        place.into_iter().for_each(|place| *place = length.to_be_bytes());
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NBDGM,
    "nbdgm",
    "NetBIOS Datagram Service",
    |bytes, outer| Nbdgm::parse_in(bytes, outer).map(|datagram| datagram.shape()),
    |bytes, outer, visitor| Nbdgm::parse_in(bytes, outer).map(|datagram| visitor(&datagram)),
)
.specification("RFC 1002")
.role(Role::Application)
.claims(&[Key::udp_port(138)])
.template(&[0x10, 2, 0, 0, 0, 0, 0, 0, 0, 138, 0, 0, 0, 0])
.lengths(lengths);

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: Nbdgm *b"\x13\x02\xa5\x30\x0a\0\0\x01\0\x8a\x82";
    fields: "nbdgm.type=19 nbdgm.flags=2 nbdgm.next=0 nbdgm.first=1 nbdgm.node_type=0 \
        nbdgm.dgram_id=42288 nbdgm.src.ip=10.0.0.1 nbdgm.src.port=138 nbdgm.error_code=130";
    edit: NbdgmHeader, |header| header.source_port.set(9);
    bad: [0 = 0x0f => "message type" 15, 0 = 0x18 => "message type" 24];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden;
    use crate::{Fix, serialize_layers};

    #[test]
    fn datagrams_are_those_of_tshark() {
        golden::check(include_str!("../../tests/tshark/nbdgm.txt"), &["nbdgm"], &[], &[]);
    }

    fn netbios(text: &[u8; 15], suffix: u8) -> NetbiosName {
        let mut name = [suffix; 16];
        name[..15].copy_from_slice(text);
        NetbiosName(name)
    }

    #[test]
    fn a_built_message_is_read_again() {
        let source_name = netbios(b"HERBOLD3       ", 0);
        let destination_name = netbios(b"EPID           ", 0x1d);
        let header = NbdgmHeader { source_address: [10, 0, 0, 1], ..Default::default() };
        let builder = NbdgmBuilder { header, source_name, destination_name };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], b"data").unwrap();
        let datagram = Nbdgm::parse(&out).unwrap();
        assert_eq!(datagram.extent.map(|extent| extent[0].get()), Some(72));
        assert_eq!(
            (datagram.source_name, datagram.destination_name),
            (Some(source_name), Some(destination_name))
        );
        assert_eq!(
            (datagram.payload, datagram.source()),
            (&b"data"[..], ([10, 0, 0, 1].into(), 138))
        );
        let line = fmt::from_fn(|f| datagram.summary(f)).to_string();
        assert_eq!(line, "direct unique HERBOLD3<00> → EPID<1d>");
    }

    #[test]
    fn a_later_fragment_has_no_names() {
        let bytes = b"\x11\x00\xa5\x30\x0a\0\0\x01\0\x8a\0\x04\x02\0more";
        let datagram = Nbdgm::parse(bytes).unwrap();
        assert_eq!((datagram.payload, datagram.source_name), (&b"more"[..], None));
        let cut = Nbdgm::parse(&bytes[..16]).unwrap();
        assert_eq!((cut.payload, cut.shape().payload_len), (&b"mo"[..], 4));
    }

    proptest! {
        #[test]
        fn any_names_have_their_fields_inside(kind in 0x10..0x17_u8, offset in 0..2_u8, bytes: Vec<u8>) {
            let bytes = [&[kind, 2, 0, 0, 1, 2, 3, 4, 0, 138, 0, 9, 0, offset, 32][..], &bytes].concat();
            let datagram = Nbdgm::parse(&bytes).unwrap();
            datagram.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(datagram.shape().header_len <= bytes.len());
        }
    }
}
