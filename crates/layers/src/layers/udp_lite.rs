//! UDP-Lite, [RFC 3828](https://www.rfc-editor.org/rfc/rfc3828) section 3.
//!
//! ```text
//!  0                               16                             31
//! |          source port          |        destination port        |
//! |       checksum coverage       |            checksum            |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{Behind, Checksum, EncodeError, Header, KeyKind, Outer, PseudoHeader};
use crate::{
    FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Setting, Shape,
};

/// RFC 3828, section 3.1: the checksum covers the header at least.
const MIN_COVERAGE: u16 = 8;

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
pub struct UdpLiteHeader {
    pub source_port: U16,
    pub destination_port: U16,
    /// Bytes of header and payload that the checksum covers; zero if it covers all.
    pub checksum_coverage: U16,
    pub checksum: U16,
}

/// A datagram. Where it ends, the layer below says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UdpLite<'a> {
    pub header: &'a UdpLiteHeader,
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for UdpLite<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<UdpLiteHeader>(bytes)?;
        // A coverage behind the end of the datagram is no less wrong, but the payload may be cut.
        match header.checksum_coverage.get() {
            0 | MIN_COVERAGE.. => Ok(Self { header, payload }),
            value => Err(Malformed::Field { name: "checksum coverage", value: value.into() }),
        }
    }

    #[inline(always)]
    fn shape(&self) -> Shape {
        let header_len = size_of::<UdpLiteHeader>();
        let next =
            Next::Either(Key::udp_port(self.destination_port()), Key::udp_port(self.source_port()));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("udp.srcport", self.source_port(), 0..2);
        sink.number("udp.dstport", self.destination_port(), 2..4);
        sink.number("udp.checksum_coverage", self.header.checksum_coverage, 4..6);
        sink.number("udp.checksum", self.header.checksum, 6..8);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {} len {}", self.source_port(), self.destination_port(), self.payload.len())
    }
}

impl<'a> UdpLite<'a> {
    /// Source port; zero if the sender wants no answer.
    pub fn source_port(&self) -> u16 {
        self.header.source_port.get()
    }

    /// Destination port.
    pub fn destination_port(&self) -> u16 {
        self.header.destination_port.get()
    }

    /// The payload that the checksum covers, and the payload that may arrive damaged.
    pub fn split_payload(&self) -> (&'a [u8], &'a [u8]) {
        let covered = self.header.checksum_coverage.get().checked_sub(MIN_COVERAGE);
        let split = covered.and_then(|len| self.payload.split_at_checked(len.into()));
        split.unwrap_or((self.payload, &[]))
    }
}

impl Header for UdpLiteHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Leads to the layer behind by a port of its own, if no port was given.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let header = behind.header::<UdpLiteHeader>(bytes)?;
    if (header.source_port.get(), header.destination_port.get()) == (0, 0) {
        let port = behind.number(0, |kind| match kind {
            KeyKind::UdpPort(port) => Some(port),
            _ => None,
        });
        header.destination_port.set(port);
    }
    Ok(())
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let header = UdpLite::parse(bytes).ok()?.header;
    let covered = match header.checksum_coverage.get() {
        0 => bytes,
        coverage => bytes.get(..coverage.into())?,
    };
    // RFC 3828, section 3.2: the pseudo-header has the length of all, whatever is covered.
    let sum = PseudoHeader::of(outer)?.sum(IpProtocol::UDP_LITE, bytes.len());
    // RFC 3828, section 3.1: zero is reserved, so a sum of zero is sent as all ones.
    let computed = match sum.with(covered).without(header.checksum).checksum() {
        0 => u16::MAX,
        checksum => checksum,
    };
    let stored = header.checksum.get().into();
    Some(Checksum { place: 6..8, stored, computed: computed.into(), absent: None })
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[Setting::field("chksum", "udp.checksum")];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::UDP_LITE,
    "udplite",
    "Lightweight User Datagram Protocol",
    |bytes, outer| UdpLite::parse_in(bytes, outer).map(|udp_lite| udp_lite.shape()),
    |bytes, outer, visitor| UdpLite::parse_in(bytes, outer).map(|udp_lite| visitor(&udp_lite)),
)
.specification("RFC 3828")
.role(Role::Transport)
.claims(&[Key::ip_protocol(IpProtocol::UDP_LITE)])
.template(&[0; size_of::<UdpLiteHeader>()])
.next(next)
.checksum(checksum)
.settings(&[SETTINGS]);

// Made by hand; tshark 4.0.17 shows the same numbers.
#[cfg(test)]
layer_tests! {
    sample: UdpLite *b"\x03\xe8\x07\xd0\0\x0c\x12\x34payload";
    fields: "udp.srcport=1000 udp.dstport=2000 udp.checksum_coverage=12 udp.checksum=4660";
    edit: UdpLiteHeader, |header| header.checksum_coverage.set(0);
    bad: [5 = 1 => "checksum coverage" 1, 5 = 7 => "checksum coverage" 7];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(coverage: u16, expected: (&str, &str)) {
        let [high, low] = coverage.to_be_bytes();
        let bytes = [b"\x03\xe8\x07\xd0", &[high, low, 0x12, 0x34], &b"payload"[..]].concat();
        let (covered, rest) = UdpLite::parse(&bytes).unwrap().split_payload();
        assert_eq!((covered, rest), (expected.0.as_bytes(), expected.1.as_bytes()));
    }

    #[test]
    fn the_checksum_covers_the_front_of_the_payload() {
        check(8, ("", "payload"));
        check(12, ("payl", "oad"));
        check(15, ("payload", ""));
    }

    #[test]
    fn a_coverage_of_zero_or_behind_the_end_covers_all_there_is() {
        check(0, ("payload", ""));
        check(16, ("payload", ""));
        check(u16::MAX, ("payload", ""));
    }

    #[test]
    fn ports_lead_on_as_those_of_udp() {
        let bytes = b"\x03\xe8\x07\xd0\0\0\x12\x34payload";
        let next = Next::Either(Key::udp_port(2000), Key::udp_port(1000));
        assert_eq!(UdpLite::parse(bytes).unwrap().shape().next, next);
    }
}
