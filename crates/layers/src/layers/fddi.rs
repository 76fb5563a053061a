//! Fiber Distributed Data Interface,
//! [ISO 9314-2](https://www.iso.org/standard/16977.html) section 7.
//!
//! ```text
//!  0        1                 7                 13
//! | control | destination ... | source ...      |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next};
use crate::{Protocol, Role, Shape, Value};

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
pub struct FddiHeader {
    pub frame_control: u8,
    /// As the capture has it: mostly the bits of each byte in the order of the ring, which is the
    /// reverse of Ethernet's.
    pub destination: [u8; 6],
    /// In the order of bits that the destination has.
    pub source: [u8; 6],
}

/// A frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fddi<'a> {
    pub header: &'a FddiHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Fddi<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<FddiHeader>(bytes)?;
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let next =
            if self.is_llc() { Next::One(Key::ether_type(EtherType::LLC)) } else { Next::End };
        let header_len = size_of::<FddiHeader>();
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let control = self.header.frame_control;
        sink.number("fddi.fc", control, 0..1);
        sink.number("fddi.fc.clf", control >> 4, 0..1);
        match control >> 4 {
            // Asynchronous data has a priority.
            5 => sink.number("fddi.fc.prio", control & 7, 0..1),
            4 if control & 0xf != 0 => sink.number("fddi.fc.smt_subtype", control & 0xf, 0..1),
            0xc if control & 0xf != 0 => sink.number("fddi.fc.mac_subtype", control & 0xf, 0..1),
            _ => {}
        }
        sink.value("fddi.dst", Value::Mac(self.destination()), 1..7);
        sink.value("fddi.src", Value::Mac(self.source()), 7..13);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.header.frame_control >> 4 {
            0 => "void",
            4 => "station management",
            5 => "data",
            8 => "token",
            0xc => "MAC",
            0xd => "synchronous data",
            _ => "frame",
        };
        f.write_str(kind)
    }
}

impl Fddi<'_> {
    /// Whether the frame carries data behind an IEEE 802.2 header.
    pub fn is_llc(&self) -> bool {
        matches!(self.header.frame_control >> 4, 5 | 0xd)
    }

    /// Hardware address of the receiver, in the order of Ethernet's bits.
    pub fn destination(&self) -> [u8; 6] {
        self.header.destination.map(u8::reverse_bits)
    }

    /// Hardware address of the sender, in the order of Ethernet's bits.
    pub fn source(&self) -> [u8; 6] {
        self.header.source.map(u8::reverse_bits)
    }
}

impl Header for FddiHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::FDDI,
    "fddi",
    "Fiber Distributed Data Interface",
    |bytes, outer| Fddi::parse_in(bytes, outer).map(|fddi| fddi.shape()),
    |bytes, outer, visitor| Fddi::parse_in(bytes, outer).map(|fddi| visitor(&fddi)),
)
.specification("ISO 9314-2")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::FDDI)])
.template(&[0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

// Zeek, llc.pcap, packet 1: Frame Control: Async LLC (0x50), Destination: 55:00:20:00:41:e5,
// Source: 55:00:20:00:c1:e5
#[cfg(test)]
layer_tests! {
    sample: Fddi *b"\x50\xaa\0\x04\0\x82\xa7\xaa\0\x04\0\x83\xa7\xaa\xaa\x03";
    fields: "fddi.fc=80 fddi.fc.clf=5 fddi.fc.prio=0 fddi.dst=55:00:20:00:41:e5 \
        fddi.src=55:00:20:00:c1:e5";
    edit: FddiHeader, |header| header.frame_control = 0x51;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_data_leads_on() {
        let llc = Next::One(Key::ether_type(EtherType::LLC));
        for (control, next, fields) in [
            (0x57, llc, "fddi.fc.clf=5 fddi.fc.prio=7"),
            (0x41, Next::End, "fddi.fc.clf=4 fddi.fc.smt_subtype=1"),
            (0xc3, Next::End, "fddi.fc.clf=12 fddi.fc.mac_subtype=3"),
            (0x80, Next::End, "fddi.fc.clf=8"),
            (0xd0, llc, "fddi.fc.clf=13"),
        ] {
            let bytes = [&[control][..], &[0; 12], &[0xaa, 0xaa, 3]].concat();
            let fddi = Fddi::parse(&bytes).unwrap();
            assert_eq!(fddi.shape().next, next);
            let expected = format!("fddi.fc={control} {fields} fddi.dst=");
            assert!(fddi.to_string().starts_with(&expected), "{fddi}");
        }
    }
}
