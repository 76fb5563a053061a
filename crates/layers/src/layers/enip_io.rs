//! Implicit messages of EtherNet/IP, [CIP Networks Library](https://www.odva.org) volume 2, section
//! 3-2: what a device measures and is to do, again and again, in the common packet format.
//!
//! ```text
//!  0                              16                             31   lower byte first
//! |          item count           | sequenced address, 0x8002     |
//! |          length, 8            |
//! |                        connection ID                          |
//! |                       sequence number                         |
//! |   connected data, 0x00b1      |            length             |  data ...
//! ```

use std::fmt;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::{EnipItemType, split};
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape};

/// Bytes of a sequenced address.
const ADDRESS_LEN: u16 = 8;

/// Both items on the wire, but for the data.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct EnipIoHeader {
    pub item_count: U16,
    pub address_type: U16,
    pub address_length: U16,
    pub connection_id: U32,
    pub sequence_number: U32,
    pub data_type: U16,
    pub data_length: U16,
}

impl Default for EnipIoHeader {
    /// Two items, the second without data.
    fn default() -> Self {
        Self {
            item_count: 2.into(),
            address_type: EnipItemType::SEQUENCED_ADDRESS.0.into(),
            address_length: ADDRESS_LEN.into(),
            connection_id: U32::ZERO,
            sequence_number: U32::ZERO,
            data_type: EnipItemType::CONNECTED_DATA.0.into(),
            data_length: U16::ZERO,
        }
    }
}

impl EnipIoHeader {
    fn check(&self) -> Result<(), Malformed> {
        let fields = [
            ("item count", self.item_count, 2),
            ("address type", self.address_type, EnipItemType::SEQUENCED_ADDRESS.0),
            ("address length", self.address_length, ADDRESS_LEN),
            ("data type", self.data_type, EnipItemType::CONNECTED_DATA.0),
        ];
        match fields.into_iter().find(|(_, value, expected)| value != expected) {
            Some((name, value, _)) => Err(Malformed::Field { name, value: value.get().into() }),
            None => Ok(()),
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnipIo<'a> {
    pub header: &'a EnipIoHeader,
    /// What the connection is for: whoever opened it knows its layout.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for EnipIo<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<EnipIoHeader>(bytes)?;
        header.check()?;
        let payload = rest.get(..header.data_length.get().into()).unwrap_or(rest);
        Ok(Self { header, payload })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.header.data_length.get().into();
        let header_len = size_of::<EnipIoHeader>();
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("enip.cpf.itemcount", header.item_count, 0..2);
        sink.number("enip.cpf.typeid", header.address_type, 2..4);
        sink.number("enip.cpf.length", header.address_length, 4..6);
        sink.number("enip.cpf.sai.connid", header.connection_id, 6..10);
        sink.number("enip.cpf.sai.seq", header.sequence_number, 10..14);
        sink.number("enip.cpf.typeid", header.data_type, 14..16);
        sink.number("enip.cpf.length", header.data_length, 16..18);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EnipIoHeader { connection_id, sequence_number, .. } = self.header;
        write!(f, "connection {connection_id:#010x} seq {sequence_number}")
    }
}

impl Header for EnipIoHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    behind.header::<EnipIoHeader>(bytes)?.data_length =
        U16::new(behind.fit("data length", behind.payload_len)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ENIP_IO,
    "enip_io",
    "EtherNet/IP implicit messages",
    |bytes, outer| EnipIo::parse_in(bytes, outer).map(|enip_io| enip_io.shape()),
    |bytes, outer, visitor| EnipIo::parse_in(bytes, outer).map(|enip_io| visitor(&enip_io)),
)
.specification("CIP Networks Library, volume 2")
.role(Role::Application)
.claims(&[Key::udp_port(2222)])
.template(b"\x02\0\x02\x80\x08\0\0\0\0\0\0\0\0\0\xb1\0\0\0")
.lengths(lengths);

// Made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: EnipIo *b"\x02\0\x02\x80\x08\0\x01\0\0\x7f\x09\0\0\0\xb1\0\x08\0\x05\0abcdef";
    fields: "enip.cpf.itemcount=2 enip.cpf.typeid=32770 enip.cpf.length=8 \
        enip.cpf.sai.connid=2130706433 enip.cpf.sai.seq=9 enip.cpf.typeid=177 enip.cpf.length=8";
    edit: EnipIoHeader, |header| header.sequence_number.set(8);
    bad: [0 = 3 => "item count" 3, 2 = 1 => "address type" 0x8001, 4 = 9 => "address length" 9,
        14 = 0xb2 => "data type" 0xb2];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, serialize_layers};

    #[test]
    fn the_length_of_the_data_is_worked_out() {
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&EnipIoHeader::default()], b"abc").unwrap();
        assert_eq!(EnipIo::parse(&out).unwrap().header.data_length.get(), 3);
    }
}
