//! Dynamic Trunking Protocol of Cisco, as
//! [Wireshark](https://gitlab.com/wireshark/wireshark/-/blob/v4.0.17/epan/dissectors/packet-dtp.c)
//! has it.
//!
//! ```text
//!  0         8                 24
//! | version | type            | length, of these four, too | value ... |  once more, to the end
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::Shape;
use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Record, Records, wide_head_in_length};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Organization, Protocol};

/// The number of DTP among those that Cisco assigns.
const CISCO_PID: u16 = 0x2004;

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
pub struct DtpHeader {
    pub version: u8,
}

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DtpTlv<'a> {
    /// The VTP domain, text, mostly ended by a zero.
    Domain(&'a [u8]),
    /// Bit 7, whether the port is a trunk; the lowest three, whether it wants to be.
    TrunkStatus(u8),
    /// Upper three bits, how the trunk tags; the lowest three, how it should.
    TrunkType(u8),
    /// Hardware address of the sender.
    SenderId([u8; 6]),
    /// A type that has no entry here, or not the length of its type.
    Unknown { kind: u16, data: &'a [u8] },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dtp<'a> {
    pub header: &'a DtpHeader,
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Dtp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, tlv_bytes) = split::<DtpHeader>(bytes)?;
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.tlv_bytes.len().saturating_add(1);
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("dtp.version", self.header.version, 0..1);
        let mut records = Records::new(self.tlv_bytes, 1, wide_head_in_length);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            let middle = record.at.saturating_add(2);
            sink.number("dtp.tlv_type", record.kind, record.at..middle);
            sink.number("dtp.tlv_len", record.bytes().len() as u64, middle..record.data_at());
            let mut reader = FieldReader::new(record.data, record.data_at(), sink);
            match understand(&record) {
                DtpTlv::Domain(_) => {
                    reader.rest_text("dtp.domain");
                }
                DtpTlv::TrunkStatus(status) => {
                    reader.skip(1);
                    reader.bit_fields(status, &[("dtp.tos", 0x80), ("dtp.tas", 0x07)]);
                }
                DtpTlv::TrunkType(kind) => {
                    reader.skip(1);
                    reader.bit_fields(kind, &[("dtp.tot", 0xe0), ("dtp.tat", 0x07)]);
                }
                DtpTlv::SenderId(_) => {
                    reader.mac("dtp.senderid");
                }
                DtpTlv::Unknown { .. } => {}
            }
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.tlvs().map_while(Result::ok).find_map(|tlv| match tlv {
            DtpTlv::TrunkStatus(status) => Some(status),
            _ => None,
        });
        match status {
            Some(0x80..) => f.write_str("trunk"),
            Some(_) => f.write_str("access"),
            None => Ok(()),
        }
    }
}

impl<'a> Dtp<'a> {
    /// The TLVs.
    pub fn tlvs(&self) -> DtpTlvs<'a> {
        DtpTlvs(Records::new(self.tlv_bytes, 1, wide_head_in_length))
    }
}

/// The TLVs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct DtpTlvs<'a>(Records<'a>);

impl<'a> Iterator for DtpTlvs<'a> {
    type Item = Result<DtpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| understand(&record)))
    }
}

fn understand<'a>(record: &Record<'a>) -> DtpTlv<'a> {
    match (record.kind, record.data) {
        (1, domain) => DtpTlv::Domain(domain),
        (2, &[status]) => DtpTlv::TrunkStatus(status),
        (3, &[kind]) => DtpTlv::TrunkType(kind),
        (4, &[a, b, c, d, e, f]) => DtpTlv::SenderId([a, b, c, d, e, f]),
        (kind, data) => DtpTlv::Unknown { kind, data },
    }
}

impl Header for DtpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::DTP,
    "dtp",
    "Dynamic Trunking Protocol",
    |bytes, outer| Dtp::parse_in(bytes, outer).map(|dtp| dtp.shape()),
    |bytes, outer, visitor| Dtp::parse_in(bytes, outer).map(|dtp| visitor(&dtp)),
)
.specification("Cisco")
.claims(&[Key::snap(Organization::CISCO, CISCO_PID)])
.template(&[1]);

// Made by hand, read by tshark 4.0.17: DTP, domain "dom", Trunk/On, 802.1Q/802.1Q
#[cfg(test)]
layer_tests! {
    sample: Dtp *b"\x01\0\x01\0\x08dom\0\0\x02\0\x05\x81\0\x03\0\x05\xa5\0\x04\0\x0a\x02\0\0\0\0\x01";
    fields: "dtp.version=1 dtp.tlv_type=1 dtp.tlv_len=8 dtp.domain=dom dtp.tlv_type=2 \
        dtp.tlv_len=5 dtp.tos=1 dtp.tas=1 dtp.tlv_type=3 dtp.tlv_len=5 dtp.tot=5 dtp.tat=5 \
        dtp.tlv_type=4 dtp.tlv_len=10 dtp.senderid=02:00:00:00:00:01";
    edit: DtpHeader, |header| header.version = 2;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_is_not_its_types_makes_a_tlv_unknown() {
        let dtp = Dtp::parse(b"\x01\0\x02\0\x06\x81\x02\0\x09\0\x04").unwrap();
        let tlvs = dtp.tlvs().collect::<Result<Vec<_>, _>>().unwrap();
        let unknown = |kind, data| DtpTlv::Unknown { kind, data };
        assert_eq!(tlvs, [unknown(2, &b"\x81\x02"[..]), unknown(9, b"")]);
    }

    #[test]
    fn a_tlv_cut_short_does_not_lose_those_before_it() {
        let dtp = Dtp::parse(b"\x01\0\x02\0\x05\x81\0\x04").unwrap();
        assert!(dtp.to_string().ends_with("dtp.tos=1 dtp.tas=1"));
        assert_eq!(dtp.tlvs().last(), Some(Err(Malformed::Truncated { need: 4, have: 2 })));
    }
}
