//! Link Layer Discovery Protocol,
//! [IEEE Std 802.1AB](https://standards.ieee.org/ieee/802.1AB/6047/) sections 8 and 9.
//!
//! ```text
//!  0       7               16
//! | type  | length, 9 bits | information ... |  once more, up to the end of the LLDPDU
//! ```

use std::fmt;

use crate::records::{Head, Record, Records};
use crate::{Encode, EncodeError, EtherType, FieldSink, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Shape};

mod dcbx;
mod fields;
mod organizational;
mod tlv;

pub use dcbx::{LldpDcbx, LldpDcbxContent, LldpDcbxRecord, LldpDcbxState};
pub use organizational::{LldpMeaning, LldpOrganizational};
pub use tlv::{LldpCapabilities, LldpManagementAddress, LldpTlv};

/// Bytes of type and length.
const HEAD_LEN: usize = 2;
/// The type that ends a message.
const END: u16 = 0;
/// The type that a message starts with, section 9.2.7.7.1.
const CHASSIS_ID: u16 = 1;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lldp<'a> {
    /// The TLVs, not yet understood: [`tlvs`](Self::tlvs) are. Up to the end of the LLDPDU, and no
    /// padding behind it.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Lldp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Head { kind, .. } = head(bytes)?;
        if kind != CHASSIS_ID {
            return Err(Malformed::Field { name: "TLV type", value: kind.into() });
        }
        let mut records = Records::new(bytes, 0, head);
        let end = records.by_ref().find(|record| matches!(record, Ok(Record { kind: END, .. })));
        let padding = if end.is_some() { records.rest().len() } else { 0 };
        let len = bytes.len().saturating_sub(padding);
        Ok(Self { tlv_bytes: bytes.get(..len).unwrap_or(bytes) })
    }

    fn shape(&self) -> Shape {
        let header_len = self.tlv_bytes.len();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut records = Records::new(self.tlv_bytes, 0, head);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            fields::fields(&record, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tlv in self.tlvs().map_while(Result::ok) {
            match tlv {
                LldpTlv::ChassisId { id, .. } => write!(f, "chassis {}", tlv::Name(id))?,
                LldpTlv::PortId { id, .. } => write!(f, " port {}", tlv::Name(id))?,
                LldpTlv::TimeToLive(seconds) => write!(f, " ttl {seconds}")?,
                LldpTlv::SystemName(name) => write!(f, " name {}", tlv::Name(name))?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Lldp<'a> {
    /// The TLVs, the end among them.
    pub fn tlvs(&self) -> LldpTlvs<'a> {
        LldpTlvs(Records::new(self.tlv_bytes, 0, head))
    }
}

/// The TLVs of a message. Ends behind the end of the LLDPDU, and behind the first error.
#[derive(Clone, Debug)]
pub struct LldpTlvs<'a>(Records<'a>);

impl<'a> Iterator for LldpTlvs<'a> {
    type Item = Result<LldpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| tlv::understand(record.kind, record.data)))
    }
}

fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[first, second, ..] = bytes else {
        return Err(Malformed::Truncated { need: HEAD_LEN, have: bytes.len() });
    };
    let head = u16::from_be_bytes([first, second]);
    Ok(Head { kind: head >> 9, header_len: HEAD_LEN, data_len: usize::from(head & 0x01ff) })
}

/// A message to be written: chassis, port and time to live first, the end last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LldpBuilder<'a> {
    pub tlvs: &'a [LldpTlv<'a>],
}

impl Encode for LldpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.tlvs.iter().try_for_each(|tlv| tlv.encode(out))
    }
}

/// A bridge at port 1 of a chassis without an address, for two minutes.
const TEMPLATE: [u8; 19] = [2, 7, 4, 0, 0, 0, 0, 0, 0, 4, 2, 7, b'1', 6, 2, 0, 120, 0, 0];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LLDP,
    "lldp",
    "Link Layer Discovery Protocol",
    |bytes, outer| Lldp::parse_in(bytes, outer).map(|lldp| lldp.shape()),
    |bytes, outer, visitor| Lldp::parse_in(bytes, outer).map(|lldp| visitor(&lldp)),
)
.specification("IEEE Std 802.1AB")
.claims(&[Key::ether_type(EtherType::LLDP)])
.template(&TEMPLATE);

#[cfg(test)]
mod tests;
