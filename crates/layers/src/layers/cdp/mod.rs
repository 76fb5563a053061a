//! Cisco Discovery Protocol, as
//! [Cisco's description of its frame](https://www.cisco.com/univercd/cc/td/doc/product/lan/trsrb/frames.htm)
//! and Wireshark have it.
//!
//! ```text
//!  0         8              16                          31
//! | version | time to live | checksum                   |
//! | type                   | length, of these four, too | value ... |  once more, to the end
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::records::{Records, wide_head_in_length};
use crate::{Checksum, Encode, EncodeError, EtherType, FieldSink, Header, InternetSum, Key, Layer};
use crate::{LayerType, Malformed, Next, Organization, Outer, Protocol, Shape};

mod fields;
mod tlv;

pub use tlv::{CdpAddress, CdpAddresses, CdpCapabilities, CdpTlv};

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct CdpHeader {
    pub version: u8,
    /// Seconds.
    pub ttl: u8,
    pub checksum: U16,
}

impl Default for CdpHeader {
    /// Version 2, for three minutes.
    fn default() -> Self {
        Self { version: 2, ttl: 180, checksum: U16::ZERO }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cdp<'a> {
    pub header: &'a CdpHeader,
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Cdp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, tlv_bytes) = split::<CdpHeader>(bytes)?;
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<CdpHeader>().saturating_add(self.tlv_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("cdp.version", self.header.version, 0..1);
        sink.number("cdp.ttl", self.header.ttl, 1..2);
        sink.number("cdp.checksum", self.header.checksum, 2..4);
        let mut records = Records::new(self.tlv_bytes, size_of::<CdpHeader>(), wide_head_in_length);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            fields::fields(&record, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.header.version)?;
        let mut text = |name: &str, bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => write!(f, " {name} {text}"),
            _ => Ok(()),
        };
        for tlv in self.tlvs().map_while(Result::ok) {
            match tlv {
                CdpTlv::DeviceId(id) => text("device", id)?,
                CdpTlv::PortId(id) => text("port", id)?,
                CdpTlv::Platform(platform) => text("platform", platform)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Cdp<'a> {
    /// The TLVs.
    pub fn tlvs(&self) -> CdpTlvs<'a> {
        CdpTlvs(Records::new(self.tlv_bytes, 0, wide_head_in_length))
    }
}

/// The TLVs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct CdpTlvs<'a>(Records<'a>);

impl<'a> Iterator for CdpTlvs<'a> {
    type Item = Result<CdpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| tlv::understand(record.kind, record.data)))
    }
}

/// A message to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CdpBuilder<'a> {
    pub header: CdpHeader,
    pub tlvs: &'a [CdpTlv<'a>],
}

impl Encode for CdpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

impl Header for CdpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The Internet checksum, but for the last byte of an odd count: Cisco adds it as a number with a
/// sign, to the lower byte of a word.
fn checksum(bytes: &[u8], _outer: &Outer<'_>) -> Option<Checksum> {
    let header = Cdp::parse(bytes).ok()?.header;
    let (words, last) = match bytes.split_last() {
        Some((&last, words)) if bytes.len() % 2 == 1 => (words, Some(last)),
        _ => (bytes, None),
    };
    let last = match last {
        None => [0, 0],
        Some(last @ 0x80..) => [0xff, last.saturating_sub(1)],
        Some(last) => [0, last],
    };
    let sum = InternetSum::new().with(words).with(&last).without(header.checksum);
    let (stored, computed) = (header.checksum.get().into(), sum.checksum().into());
    Some(Checksum { place: 2..4, stored, computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CDP,
    "cdp",
    "Cisco Discovery Protocol",
    |bytes, outer| Cdp::parse_in(bytes, outer).map(|cdp| cdp.shape()),
    |bytes, outer, visitor| Cdp::parse_in(bytes, outer).map(|cdp| visitor(&cdp)),
)
.specification("Cisco")
.claims(&[
    Key::snap(Organization::CISCO, EtherType::CISCO_DISCOVERY.0),
    Key::ether_type(EtherType::CISCO_DISCOVERY),
])
.template(&[2, 180, 0, 0])
.checksum(checksum);

#[cfg(test)]
mod tests;
