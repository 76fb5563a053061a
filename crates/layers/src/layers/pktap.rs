//! The header that macOS puts in front of a frame,
//! [LINKTYPE_PKTAP](https://www.tcpdump.org/linktypes.html), as `bsd/net/pktap.h` has it.
//!
//! ```text
//!  0                               32                             63
//! |            length             |          record type           |
//! |           link type           |     interface name, 24 bytes   |
//! |             flags             |         protocol family        |
//! |       link header length      |      link trailer length       |
//! |          process id           |     command name, 20 bytes     |
//! |         service class         | interface type | interface unit|
//! |      effective process id     | effective command name, 20     |
//! ```
//!
//! All numbers are those of a machine whose lower byte comes first.

use std::fmt;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::layout;
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape};

/// The record type of a header that a packet follows.
const PACKET: u32 = 1;

/// The header on the wire. A longer one goes on behind it.
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
pub struct PktapHeader {
    /// Bytes of the whole header.
    pub length: U32,
    /// 1, if a packet follows.
    pub record_type: U32,
    pub link_type: U32,
    /// Filled up with zeros.
    pub interface_name: [u8; 24],
    pub flags: U32,
    pub protocol_family: U32,
    pub link_header_length: U32,
    pub link_trailer_length: U32,
    pub process_id: U32,
    pub command_name: [u8; 20],
    pub service_class: U32,
    pub interface_type: U16,
    pub interface_unit: U16,
    pub effective_process_id: U32,
    pub effective_command_name: [u8; 20],
}

/// What the kernel says of the frame behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pktap<'a> {
    pub header: &'a PktapHeader,
    /// What later versions of macOS add.
    pub extension: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Pktap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PktapHeader>(bytes)?;
        let length = header.length.get();
        // Longer than this no kernel's is: its length would not fit a layer's.
        let len = u16::try_from(length).ok().map(usize::from);
        let Some(extension_len) = len.and_then(|len| len.checked_sub(size_of::<PktapHeader>()))
        else {
            return Err(Malformed::Field { name: "length", value: length.into() });
        };
        let Some((extension, payload)) = rest.split_at_checked(extension_len) else {
            let need = size_of::<PktapHeader>().saturating_add(extension_len);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        Ok(Self { header, extension, payload })
    }

    fn shape(&self) -> Shape {
        let next = match self.link_type() {
            Some(link_type) => Next::One(Key::link_type(link_type)),
            None => Next::End,
        };
        let header_len = size_of::<PktapHeader>().saturating_add(self.extension.len());
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("pktap.hdrlen", header.length, 0..4);
        sink.number("pktap.rectype", header.record_type, 4..8);
        sink.number("pktap.dlt", header.link_type, 8..12);
        sink.value("pktap.ifname", layout::text(self.interface_name()), 12..36);
        sink.number("pktap.flags", header.flags, 36..40);
        sink.number("pktap.pfamily", header.protocol_family, 40..44);
        sink.number("pktap.llhdrlen", header.link_header_length, 44..48);
        sink.number("pktap.lltrlrlen", header.link_trailer_length, 48..52);
        sink.number("pktap.pid", header.process_id, 52..56);
        sink.value("pktap.cmdname", layout::text(self.command_name()), 56..76);
        sink.number("pktap.svc_class", header.service_class, 76..80);
        sink.number("pktap.iftype", header.interface_type, 80..82);
        sink.number("pktap.ifunit", header.interface_unit, 82..84);
        sink.number("pktap.epid", header.effective_process_id, 84..88);
        let name = until_zero(&header.effective_command_name);
        sink.value("pktap.ecmdname", layout::text(name), 88..108);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let process_id = self.header.process_id.get();
        write!(f, "{} process {process_id}", layout::text(self.interface_name()))
    }
}

impl<'a> Pktap<'a> {
    /// What the packet behind the header is, if there is one.
    pub fn link_type(&self) -> Option<LinkType> {
        let number = u16::try_from(self.header.link_type.get()).ok();
        number.filter(|_| self.header.record_type.get() == PACKET).map(LinkType)
    }

    /// Name of the interface.
    pub fn interface_name(&self) -> &'a [u8] {
        until_zero(&self.header.interface_name)
    }

    /// Name of the program that sent or got the packet.
    pub fn command_name(&self) -> &'a [u8] {
        until_zero(&self.header.command_name)
    }
}

/// A name without the zeros that fill it up.
fn until_zero(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == 0).next().unwrap_or_default()
}

impl Header for PktapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const TEMPLATE: [u8; size_of::<PktapHeader>()] = {
    let mut bytes = [0; size_of::<PktapHeader>()];
    // The length, and the record type of a packet.
    [bytes[0], bytes[4]] = [108, 1];
    bytes
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PKTAP,
    "pktap",
    "Apple packet tap header",
    |bytes, outer| Pktap::parse_in(bytes, outer).map(|pktap| pktap.shape()),
    |bytes, outer, visitor| Pktap::parse_in(bytes, outer).map(|pktap| visitor(&pktap)),
)
.specification("LINKTYPE_PKTAP")
// OS X 10.9 wrote the number for the user's own.
.claims(&[Key::link_type(LinkType::PKTAP), Key::link_type(LinkType::USER2)])
.template(&TEMPLATE);

// tcpdump, LINKTYPE_USER2_PKTAP.pcap, packet 1: Header length: 108, Record type: 1, DLT: 1,
// Interface name: en0, Flags: 0x00000002, Protocol family: 2, Link-layer header length: 14,
// Process ID: 512, Effective process ID: 4294967295
#[cfg(test)]
layer_tests! {
    sample: Pktap *b"\x6c\0\0\0\x01\0\0\0\x01\0\0\0en0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \x02\0\0\0\x02\0\0\0\x0e\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
        \0\x1e\x49\x1f\xf2\xc4\x70\x73\xcb\x0b\x26\x2a\x08\0";
    fields: "pktap.hdrlen=108 pktap.rectype=1 pktap.dlt=1 pktap.ifname=en0 pktap.flags=2 \
        pktap.pfamily=2 pktap.llhdrlen=14 pktap.lltrlrlen=0 pktap.pid=512 pktap.cmdname= \
        pktap.svc_class=0 pktap.iftype=0 pktap.ifunit=0 pktap.epid=4294967295 pktap.ecmdname=";
    edit: PktapHeader, |header| header.flags.set(7);
    bad: [0 = 107 => "length" 107, 2 = 1 => "length" 0x1_006c];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_type_leads_on_where_a_packet_follows() {
        let mut bytes = TEMPLATE.to_vec();
        bytes[8] = 1;
        let next = |bytes: &[u8]| Pktap::parse(bytes).unwrap().shape().next;
        assert_eq!(next(&bytes), Next::One(Key::link_type(LinkType::ETHERNET)));
        bytes[4] = 0;
        assert_eq!(next(&bytes), Next::End);
    }

    #[test]
    fn a_longer_header_is_stepped_over() {
        let mut bytes = TEMPLATE.to_vec();
        bytes[0] = 112;
        bytes.extend(b"moreframe");
        let pktap = Pktap::parse(&bytes).unwrap();
        assert_eq!((pktap.extension, pktap.payload), (&b"more"[..], &b"frame"[..]));
        let cut = Malformed::Truncated { need: 112, have: 110 };
        assert_eq!(Pktap::parse(&bytes[..110]), Err(cut));
    }
}
