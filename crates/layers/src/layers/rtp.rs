//! Real-time Transport Protocol, [RFC 3550](https://www.rfc-editor.org/rfc/rfc3550) section 5.1, and
//! the header extensions of RFC 8285.
//!
//! ```text
//!  0  2 3 4       8 9         16                              31
//! |V=2|P|X|  CC   |M|   PT     |        sequence number        |
//! |                         timestamp                          |
//! |                           SSRC                             |
//! |                       CSRC, CC times                       |
//! |     defined by profile     |            length             |  extension, if X
//! ```
//!
//! No port says that a datagram is RTP: a call agrees on ports, in SDP most often. So no key leads
//! here by itself. A program that knows better claims a port for this layer,
//! `registry.claim(Key::udp_port(5004), LayerType::RTP)`, and what is carried is its to say too: the
//! layer publishes `Key::child(LayerType::RTP, payload_type)`.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// The only version.
const VERSION: u8 = 2;
/// Extensions with headers of one byte, RFC 8285 section 4.2.
const ONE_BYTE: u16 = 0xbede;
/// Extensions with headers of two bytes, RFC 8285 section 4.3: all but the low four bits.
const TWO_BYTE: u16 = 0x1000;

/// The fixed header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RtpHeader {
    pub version_bits: u8,
    pub marker_type: u8,
    pub sequence_number: U16,
    pub timestamp: U32,
    pub ssrc: U32,
}

impl Default for RtpHeader {
    fn default() -> Self {
        let (sequence_number, timestamp, ssrc) = Default::default();
        Self { version_bits: VERSION << 6, marker_type: 0, sequence_number, timestamp, ssrc }
    }
}

impl RtpHeader {
    /// Version, 2 bits.
    pub fn version(&self) -> u8 {
        self.version_bits >> 6
    }

    /// Writes [`version`](Self::version), its low 2 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_bits = self.version_bits & !0xc0 | (version & 0x03) << 6;
    }

    /// Whether padding stands behind the payload, whose last byte says how much.
    pub fn padding(&self) -> bool {
        self.version_bits & 0x20 != 0
    }

    /// Writes [`padding`](Self::padding).
    pub fn set_padding(&mut self, padding: bool) {
        self.version_bits = self.version_bits & !0x20 | u8::from(padding) << 5;
    }

    /// Whether an extension stands behind the CSRCs.
    pub fn extension(&self) -> bool {
        self.version_bits & 0x10 != 0
    }

    /// Writes [`extension`](Self::extension).
    pub fn set_extension(&mut self, extension: bool) {
        self.version_bits = self.version_bits & !0x10 | u8::from(extension) << 4;
    }

    /// How many CSRCs there are, 4 bits.
    pub fn csrc_count(&self) -> u8 {
        self.version_bits & 0x0f
    }

    /// Writes [`csrc_count`](Self::csrc_count), its low 4 bits.
    pub fn set_csrc_count(&mut self, csrc_count: u8) {
        self.version_bits = self.version_bits & !0x0f | csrc_count & 0x0f;
    }

    /// What the profile says of it: the end of a frame, or the start of speech.
    pub fn marker(&self) -> bool {
        self.marker_type & 0x80 != 0
    }

    /// Writes the marker.
    pub fn set_marker(&mut self, marker: bool) {
        self.marker_type = self.marker_type & 0x7f | u8::from(marker) << 7;
    }

    /// The format of the payload, 7 bits.
    pub fn payload_type(&self) -> u8 {
        self.marker_type & 0x7f
    }

    /// Writes the format of the payload, its low 7 bits.
    pub fn set_payload_type(&mut self, payload_type: u8) {
        self.marker_type = self.marker_type & 0x80 | payload_type & 0x7f;
    }
}

impl Header for RtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpExtension<'a> {
    pub defined_by_profile: u16,
    /// A multiple of four bytes.
    pub data: &'a [u8],
}

impl<'a> RtpExtension<'a> {
    /// The elements of RFC 8285: identifier and data of each. None, if the profile has another form.
    pub fn elements(&self) -> RtpElements<'a> {
        let has_elements = self.defined_by_profile == ONE_BYTE || self.is_two_byte();
        let rest = if has_elements { self.data } else { &[] };
        RtpElements { rest, at: 0, is_two_byte: self.is_two_byte() }
    }

    fn is_two_byte(&self) -> bool {
        self.defined_by_profile & 0xfff0 == TWO_BYTE
    }
}

/// The elements of an extension, RFC 8285. Ends behind the first that is cut.
#[derive(Clone, Debug)]
pub struct RtpElements<'a> {
    rest: &'a [u8],
    /// The place of what is left in the extension.
    at: usize,
    is_two_byte: bool,
}

impl<'a> RtpElements<'a> {
    /// The next element: its place, its identifier, and its data.
    fn step(&mut self) -> Option<(usize, u8, &'a [u8])> {
        /// Ends a list with headers of one byte.
        const STOP: u8 = 15;
        let padding = self.rest.iter().take_while(|&&byte| byte == 0).count();
        let bytes = std::mem::take(&mut self.rest).get(padding..)?;
        let place = self.at.saturating_add(padding);
        let (id, len, behind) = match *bytes {
            [id, length, ref behind @ ..] if self.is_two_byte => (id, length.into(), behind),
            [head, ref behind @ ..] if !self.is_two_byte && head >> 4 != STOP => {
                (head >> 4, usize::from(head & 15).saturating_add(1), behind)
            }
            _ => return None,
        };
        let (data, rest) = behind.split_at_checked(len)?;
        self.at = place.saturating_add(bytes.len().saturating_sub(rest.len()));
        self.rest = rest;
        Some((place, id, data))
    }
}

impl<'a> Iterator for RtpElements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.step().map(|(_, id, data)| (id, data))
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rtp<'a> {
    pub header: &'a RtpHeader,
    /// Who was mixed into the stream.
    pub csrcs: &'a [U32],
    pub extension: Option<RtpExtension<'a>>,
    pub payload: &'a [u8],
    /// With its last byte, which counts it.
    pub padding: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Rtp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<RtpHeader>(bytes)?;
        if header.version() != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version().into() });
        }
        let taken = |rest: &[u8]| bytes.len().saturating_sub(rest.len());
        let cut = |rest: &[u8], len: usize| Malformed::Truncated {
            need: taken(rest).saturating_add(len),
            have: bytes.len(),
        };
        let count = usize::from(header.csrc_count());
        let (csrcs, rest) = <[U32]>::ref_from_prefix_with_elems(rest, count)
            .map_err(|_| cut(rest, count.saturating_mul(size_of::<U32>())))?;
        let (extension, rest) = if header.extension() {
            let &[a, b, c, d, ref behind @ ..] = rest else { return Err(cut(rest, 4)) };
            let len = usize::from(u16::from_be_bytes([c, d])).saturating_mul(size_of::<U32>());
            let (data, behind) = behind.split_at_checked(len).ok_or(cut(behind, len))?;
            let defined_by_profile = u16::from_be_bytes([a, b]);
            (Some(RtpExtension { defined_by_profile, data }), behind)
        } else {
            (None, rest)
        };
        let count = rest.last().filter(|_| header.padding()).copied().unwrap_or_default();
        // A count that cannot be is that of an encrypted packet.
        let len = rest.len().checked_sub(count.into()).unwrap_or(rest.len());
        let (payload, padding) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        Ok(Self { header, csrcs, extension, payload, padding, bytes })
    }

    fn shape(&self) -> Shape {
        let behind = self.payload.len().saturating_add(self.padding.len());
        Shape {
            header_len: self.bytes.len().saturating_sub(behind),
            payload_len: self.payload.len(),
            trailer_len: self.padding.len(),
            next: Next::One(Key::child(LayerType::RTP, self.header.payload_type().into())),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RtpHeader { sequence_number, timestamp, ssrc, .. } = self.header;
        let mark = if self.header.marker() { ", mark" } else { "" };
        let payload_type = self.header.payload_type();
        write!(
            f,
            "type {payload_type} seq {sequence_number} time {timestamp} ssrc {ssrc:#010x}{mark}"
        )
    }
}

impl Rtp<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.word(1)?;
        reader.bits("rtp.version", self.header.version());
        reader.flag("rtp.padding", self.header.padding());
        reader.flag("rtp.ext", self.header.extension());
        reader.bits("rtp.cc", self.header.csrc_count());
        reader.word(1)?;
        reader.flag("rtp.marker", self.header.marker());
        reader.bits("rtp.p_type", self.header.payload_type());
        reader.u16("rtp.seq")?;
        reader.u32("rtp.timestamp")?;
        reader.u32("rtp.ssrc")?;
        for _ in self.csrcs {
            reader.u32("rtp.csrc.item")?;
        }
        if let Some(extension) = self.extension {
            reader.u16("rtp.ext.profile")?;
            reader.u16("rtp.ext.len")?;
            element_fields(&extension, reader);
        }
        if !self.payload.is_empty() {
            reader.bytes("rtp.payload", self.payload.len())?;
        }
        if let Some(len) = self.padding.len().checked_sub(1) {
            if len > 0 {
                reader.bytes("rtp.padding.data", len)?;
            }
            reader.u8("rtp.padding.count")?;
        }
        Some(())
    }
}

/// Reports the elements of an extension, and steps over it.
fn element_fields(extension: &RtpExtension<'_>, reader: &mut FieldReader<'_, '_>) {
    let start = reader.place();
    let mut elements = extension.elements();
    let is_two_byte = extension.is_two_byte();
    while let Some((place, id, data)) = elements.step() {
        let mut element = reader.at(start.saturating_add(place));
        if is_two_byte {
            let bits = u64::from(extension.defined_by_profile & 0x0f);
            element.bits("rtp.ext.rfc5285.appbits", bits);
        }
        element.word(1);
        element.bits("rtp.ext.rfc5285.id", id);
        if is_two_byte {
            element.word(1);
        }
        element.bits("rtp.ext.rfc5285.len", data.len() as u64);
        if !data.is_empty() {
            element.bytes("rtp.ext.rfc5285.data", data.len());
        }
    }
    if !is_two_byte && extension.defined_by_profile != ONE_BYTE {
        let mut words = reader.at(start);
        for _ in extension.data.as_chunks::<4>().0 {
            words.u32("rtp.hdr_ext");
        }
    }
    reader.skip(extension.data.len());
}

/// A packet to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RtpBuilder<'a> {
    /// How many CSRCs there are, and whether there is an extension, is worked out.
    pub header: RtpHeader,
    /// At most 15.
    pub csrcs: &'a [U32],
    pub extension: Option<RtpExtension<'a>>,
}

impl Encode for RtpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let error = |field, value| EncodeError::TooLarge { layer: "rtp", field, value };
        let csrcs = self.csrcs.len() as u64;
        let count = u8::try_from(csrcs).ok().filter(|count| *count < 16);
        let mut header = self.header;
        header.version_bits = header.version_bits & 0xe0
            | u8::from(self.extension.is_some()) << 4
            | count.ok_or(error("CSRC count", csrcs))?;
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.csrcs.as_bytes());
        if let Some(RtpExtension { defined_by_profile, data }) = self.extension {
            let words = data.len().div_ceil(size_of::<U32>());
            let length = u16::try_from(words).map_err(|_| error("length", words as u64))?;
            out.extend_from_slice(&defined_by_profile.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(data);
            let padding = words.saturating_mul(size_of::<U32>()).saturating_sub(data.len());
            out.extend(std::iter::repeat_n(0, padding));
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RTP,
    "rtp",
    "Real-time Transport Protocol",
    |bytes, outer| Rtp::parse_in(bytes, outer).map(|rtp| rtp.shape()),
    |bytes, outer, visitor| Rtp::parse_in(bytes, outer).map(|rtp| visitor(&rtp)),
)
.specification("RFC 3550")
.role(Role::Application)
.template(b"\x80\0\0\0\0\0\0\0\0\0\0\0");

// Crafted after RFC 3550, section 5.1, and RFC 8285, section 4.2; read by tshark.
#[cfg(test)]
layer_tests! {
    sample: Rtp *b"\xb2`\0\x02\0\0\0\xc8\xde\xad\xbe\xef\x11\x11\x11\x11\x22\x22\x22\x22\xbe\xde\
        \0\x02\x10\xaa!\xbb\xcc\0\0\0data\0\0\x03";
    fields: "rtp.version=2 rtp.padding=1 rtp.ext=1 rtp.cc=2 rtp.marker=0 rtp.p_type=96 \
        rtp.seq=2 rtp.timestamp=200 rtp.ssrc=3735928559 rtp.csrc.item=286331153 \
        rtp.csrc.item=572662306 rtp.ext.profile=48862 rtp.ext.len=2 \
        rtp.ext.rfc5285.id=1 rtp.ext.rfc5285.len=1 rtp.ext.rfc5285.data=aa \
        rtp.ext.rfc5285.id=2 rtp.ext.rfc5285.len=2 rtp.ext.rfc5285.data=bbcc \
        rtp.payload=64617461 rtp.padding.data=0000 rtp.padding.count=3";
    edit: RtpHeader, |header| header.set_marker(true);
    bad: [0 = 0x72 => "version" 1];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Fix, LinkType, Registry, serialize_layers};

    fn extension(defined_by_profile: u16, data: &[u8]) -> Vec<(u8, &[u8])> {
        RtpExtension { defined_by_profile, data }.elements().collect()
    }

    #[test]
    fn elements_have_headers_of_one_byte_or_two() {
        assert_eq!(extension(0xbede, &[0x10, 7, 0, 0x21, 8, 9]), [(1, &[7][..]), (2, &[8, 9])]);
        assert_eq!(extension(0x1000, &[0, 1, 0, 2, 1, 9]), [(1, &[][..]), (2, &[9])]);
        // RFC 8285, section 4.2: 15 ends the list.
        assert_eq!(extension(0xbede, &[0xf0, 7, 0x10, 7]), []);
        assert_eq!(extension(0xbede, &[0x13, 7]), [], "cut");
        assert_eq!(extension(7, &[0x10, 7, 0, 0]), [], "of another profile");
    }

    // As tshark 4.0.17 shows them.
    #[test]
    fn elements_of_two_bytes_are_shown() {
        let bytes =
            b"\x90\x60\0\x03\0\0\0\xc8\xde\xad\xbe\xef\x10\0\0\x02\x01\x02\xaa\xbb\x02\0\0\0";
        let fields = Rtp::parse(bytes).unwrap().to_string();
        assert!(fields.ends_with(
            "rtp.ext.rfc5285.appbits=0 rtp.ext.rfc5285.id=1 rtp.ext.rfc5285.len=2 \
             rtp.ext.rfc5285.data=aabb rtp.ext.rfc5285.appbits=0 rtp.ext.rfc5285.id=2 \
             rtp.ext.rfc5285.len=0"
        ));
    }

    #[test]
    fn a_count_of_padding_that_cannot_be_is_no_padding() {
        let bytes = b"\xa0\0\0\0\0\0\0\0\0\0\0\0ab\x09";
        let rtp = Rtp::parse(bytes).unwrap();
        assert_eq!((rtp.payload, rtp.padding), (&b"ab\x09"[..], &[][..]));
    }

    #[test]
    fn a_program_says_which_port_it_is() {
        let frame = b"\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\x45\0\0\x28\0\0\0\0\x40\x11\0\0\
            \x0a\0\0\x01\x0a\0\0\x02\x13\x8c\x13\x8c\0\x14\0\0\x80\0\0\0\0\0\0\0\0\0\0\0";
        let registry = Registry::default().claim(Key::udp_port(5004), LayerType::RTP);
        let (with, without) = (Decoder::new(&registry), Decoder::default());
        assert!(with.decode(LinkType::ETHERNET, frame).get::<Rtp<'_>>().is_some());
        assert!(without.decode(LinkType::ETHERNET, frame).get::<Rtp<'_>>().is_none());
    }

    proptest! {
        #[test]
        fn a_packet_that_was_built_is_read_again(
            csrcs in proptest::collection::vec(any::<u32>(), 0..16),
            data in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..30)),
            payload in proptest::collection::vec(any::<u8>(), 0..30),
        ) {
            let csrcs: Vec<U32> = csrcs.into_iter().map(U32::new).collect();
            let defined_by_profile = 0xbede;
            let extension = data.as_ref().map(|data| RtpExtension { defined_by_profile, data });
            let builder = RtpBuilder { csrcs: &csrcs, extension, ..Default::default() };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &[&builder], &payload).unwrap();
            let rtp = Rtp::parse(&out).unwrap();
            prop_assert_eq!((rtp.csrcs, rtp.payload), (&csrcs[..], &payload[..]));
            let read = rtp.extension.map(|extension| extension.data);
            let is_front = |read: &[u8]| data.as_ref().is_some_and(|data| read.starts_with(data));
            prop_assert_eq!(read.map(is_front), data.as_ref().map(|_| true));
        }

        #[test]
        fn any_bytes_are_read_or_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(rtp) = Rtp::parse(&[&[0x91][..], &bytes].concat()) {
                prop_assert!(rtp.to_string().starts_with("rtp.version=2"));
            }
        }
    }
}
