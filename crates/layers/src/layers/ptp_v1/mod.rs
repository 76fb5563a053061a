//! Precision Time Protocol, version 1, [IEEE Std 1588-2002](https://standards.ieee.org/ieee/1588/3140/)
//! clause 8.
//!
//! ```text
//!  0                               16                              31
//! |         PTP version            |        network version         |
//! |                    subdomain, 16 bytes                          |
//! | message type | technology      |     source UUID, 6 bytes        |
//! |          source port id        |          sequence id           |
//! |  control  |                    |             flags              |
//! |         4 bytes of nothing, then by the control ...             |
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{
    FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role, Shape, Value,
};

mod tables;

/// The version read here.
const VERSION: u16 = 1;
/// Bytes of a management message in front of what its key says.
const KEYED_AT: usize = 60;
/// The place of the key of a management message, behind the header.
const KEY_AT: usize = 15;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PtpV1Header {
    pub version_ptp: U16,
    pub version_network: U16,
    /// Text, filled up with zeros.
    pub subdomain: [u8; 16],
    /// 1 for events, 2 for the rest.
    pub message_type: u8,
    pub source_communication_technology: u8,
    pub source_uuid: [u8; 6],
    pub source_port_id: U16,
    pub sequence_id: U16,
    pub control: u8,
    pub padding: u8,
    pub flags: U16,
    pub reserved: [u8; 4],
}

impl Default for PtpV1Header {
    /// A sync of the default subdomain, over Ethernet.
    fn default() -> Self {
        Self {
            version_ptp: VERSION.into(),
            version_network: 1.into(),
            subdomain: *b"_DFLT\0\0\0\0\0\0\0\0\0\0\0",
            message_type: 1,
            source_communication_technology: 1,
            source_uuid: [0; 6],
            source_port_id: U16::ZERO,
            sequence_id: U16::ZERO,
            control: 0,
            padding: 0,
            flags: U16::ZERO,
            reserved: [0; 4],
        }
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PtpV1Control(pub u8);

numbers! {
    PtpV1Control "control {}" {
        /// My time is this.
        SYNC = 0 "sync";
        /// How far am I?
        DELAY_REQUEST = 1 "delay request";
        /// When the sync was sent.
        FOLLOW_UP = 2 "follow up";
        /// When the request came.
        DELAY_RESPONSE = 3 "delay response";
        /// What a clock is and shall be.
        MANAGEMENT = 4 "management";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PtpV1<'a> {
    pub header: &'a PtpV1Header,
    /// What is behind the header, as far as it is there.
    pub body: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for PtpV1<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<PtpV1Header>(bytes)?;
        let bad = |name, value: u64| Err(Malformed::Field { name, value });
        if header.version_ptp != VERSION {
            return bad("version", header.version_ptp.get().into());
        }
        if !matches!(header.message_type, 1 | 2) {
            return bad("message type", header.message_type.into());
        }
        Ok(Self { header, body, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = self.bytes.len();
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1 {} seq {}", self.control(), self.header.sequence_id)
    }
}

impl PtpV1<'_> {
    /// What the message is.
    pub fn control(&self) -> PtpV1Control {
        PtpV1Control(self.header.control)
    }

    /// What a management message is about.
    pub fn management_key(&self) -> Option<u8> {
        let is_management = self.control() == PtpV1Control::MANAGEMENT;
        self.body.get(KEY_AT).copied().filter(|_| is_management)
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u16("ptp.versionptp")?;
        reader.u16("ptp.versionnetwork")?;
        reader.text("ptp.subdomain", 16)?;
        reader.u8("ptp.messagetype")?;
        reader.u8("ptp.sourcecommunicationtechnology")?;
        reader.mac("ptp.sourceuuid")?;
        reader.u16("ptp.sourceportid")?;
        reader.u16("ptp.sequenceid")?;
        reader.u8("ptp.controlfield")?;
        reader.skip(1)?;
        let flags = reader.u16("ptp.flags")?;
        let names = [
            ("ptp.flags.li61", 0x01),
            ("ptp.flags.li59", 0x02),
            ("ptp.flags.boundary_clock", 0x04),
            ("ptp.flags.assist", 0x08),
            ("ptp.flags.ext_sync", 0x10),
            ("ptp.flags.parent_stats", 0x20),
            ("ptp.flags.sync_burst", 0x40),
        ];
        reader.flags(flags.into(), &names);
        reader.skip(4)?;
        match self.control() {
            PtpV1Control::SYNC | PtpV1Control::DELAY_REQUEST => read(tables::SYNC, reader),
            PtpV1Control::FOLLOW_UP => read(tables::FOLLOW_UP, reader),
            PtpV1Control::DELAY_RESPONSE => read(tables::DELAY_RESPONSE, reader),
            PtpV1Control::MANAGEMENT => {
                read(tables::MANAGEMENT, reader)?;
                let keyed = tables::of_key(self.management_key()?);
                read(keyed, &mut reader.at(KEYED_AT))
            }
            _ => None,
        }
    }
}

/// A field of a message, or what is between two.
#[derive(Clone, Copy)]
enum Item {
    Number(usize, &'static str),
    Signed(usize, &'static str),
    Flag(&'static str),
    Mac(&'static str),
    Text(usize, &'static str),
    Bytes(usize, &'static str),
    Skip(usize),
}

fn read(items: &[Item], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    for item in items {
        match *item {
            Item::Number(len, name) => drop(reader.number(name, len)?),
            Item::Signed(len, name) => {
                let number = reader.word(len)?;
                let value = match len {
                    1 => number.to_be_bytes().last().map(|byte| byte.cast_signed().into()),
                    2 => u16::try_from(number).ok().map(|number| number.cast_signed().into()),
                    _ => u32::try_from(number).ok().map(|number| number.cast_signed().into()),
                };
                reader.value(name, Value::Signed(value?));
            }
            Item::Flag(name) => {
                let number = reader.word(1)?;
                reader.flag(name, number != 0);
            }
            Item::Mac(name) => drop(reader.mac(name)?),
            Item::Text(len, name) => drop(reader.text(name, len)?),
            Item::Bytes(len, name) => drop(reader.bytes(name, len)?),
            Item::Skip(len) => drop(reader.skip(len)?),
        }
    }
    Some(())
}

impl Header for PtpV1Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PTP_V1,
    "ptp_v1",
    "Precision Time Protocol, version 1",
    |bytes, outer| PtpV1::parse_in(bytes, outer).map(|ptp| ptp.shape()),
    |bytes, outer, visitor| PtpV1::parse_in(bytes, outer).map(|ptp| visitor(&ptp)),
)
.specification("IEEE Std 1588-2002")
.role(Role::Application)
.claims(&[Key::parent(LayerType::PTP)])
.template(b"\0\x01\0\x01_DFLT\0\0\0\0\0\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: PtpV1 *b"\0\x01\0\x01_DFLT\0\0\0\0\0\0\0\0\0\0\0\x02\x01\x01\x02\x03\x04\x05\x06\0\x07\0\x09\
        \x02\0\0\x41\0\0\0\0\0\0\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10";
    fields: "ptp.versionptp=1 ptp.versionnetwork=1 ptp.subdomain=_DFLT ptp.messagetype=2 \
        ptp.sourcecommunicationtechnology=1 ptp.sourceuuid=01:02:03:04:05:06 ptp.sourceportid=7 \
        ptp.sequenceid=9 ptp.controlfield=2 ptp.flags=65 ptp.flags.li61=1 ptp.flags.li59=0 \
        ptp.flags.boundary_clock=0 ptp.flags.assist=0 ptp.flags.ext_sync=0 \
        ptp.flags.parent_stats=0 ptp.flags.sync_burst=1 ptp.fu.associatedsequenceid=1800 \
        ptp.fu.preciseorigintimestamp_seconds=151653132 \
        ptp.fu.preciseorigintimestamp_nanoseconds=219025168";
    edit: PtpV1Header, |header| header.sequence_id.set(10);
    bad: [1 = 2 => "version" 2, 20 = 3 => "message type" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden::{self, hex};
    use crate::{Decoder, LinkType, Ptp};

    const FIXTURE: &str = include_str!("golden.txt");

    #[test]
    fn messages_are_those_of_tshark() {
        golden::check(FIXTURE, &["ptp_v1"], &[], &[]);
    }

    #[test]
    fn a_message_of_version_1_stands_behind_an_empty_layer() {
        let decoder = Decoder::default();
        let frame = hex(FIXTURE.split("\n= ").nth(1).unwrap().lines().nth(1).unwrap());
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        assert_eq!(packet.get::<Ptp<'_>>().unwrap().to_string(), "");
        let ptp = packet.get::<PtpV1<'_>>().unwrap();
        assert_eq!(fmt::from_fn(|f| ptp.summary(f)).to_string(), "v1 sync seq 9");
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_fields_inside(control in 0..6_u8, key in 0..25_u8, bytes: Vec<u8>) {
            let mut whole = PtpV1Header { control, ..Default::default() }.as_bytes().to_vec();
            whole.extend([0; KEY_AT]);
            whole.push(key);
            whole.extend(bytes);
            let ptp = PtpV1::parse(&whole).unwrap();
            ptp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= whole.len()));
        }
    }
}
