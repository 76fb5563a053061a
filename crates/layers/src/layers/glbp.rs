//! Gateway Load Balancing Protocol, of Cisco: which of several routers answers for one address. There
//! is no specification; what is known of it is what [Wireshark](https://wiki.wireshark.org/GLBP) knows.
//!
//! ```text
//!  0               8               16                              31
//! |  version, 1   |               |             group              |
//! |                               |   owner, an Ethernet address   |
//! |                               ...                              |
//! |     type      |    length     |  value ...                     |  TLVs
//! ```

use std::fmt;
use std::net::IpAddr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Head, Record, Records};
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape, Value};

/// The version read here.
const VERSION: u8 = 1;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct GlbpHeader {
    pub version: u8,
    pub unknown: u8,
    pub group: U16,
    pub more_unknown: [u8; 2],
    /// Ethernet address of the sender.
    pub owner_id: [u8; 6],
}

impl Default for GlbpHeader {
    /// A message of group 0.
    fn default() -> Self {
        let group = U16::ZERO;
        Self { version: VERSION, unknown: 0, group, more_unknown: [0; 2], owner_id: [0; 6] }
    }
}

/// One TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GlbpTlv<'a> {
    /// The state of the virtual gateway.
    Hello {
        /// 4 for a listening router, 8 speaking, 16 standby, 32 active.
        state: u8,
        priority: u8,
        /// Milliseconds between hellos.
        hello_interval: u32,
        /// Milliseconds until a silent router counts as gone.
        hold_interval: u32,
        /// Seconds for which hosts are still sent to a forwarder that is gone.
        redirect: u16,
        /// Seconds until such a forwarder is forgotten.
        timeout: u16,
        /// Address of the gateway, if it is one.
        address: Option<IpAddr>,
    },
    /// The state of one who forwards for the gateway.
    Forwarder { number: u8, state: u8, priority: u8, weight: u8, virtual_mac: [u8; 6] },
    /// What shows that the sender may speak: 0 nothing, 1 a password, 2 and 3 a digest.
    Authentication { kind: u8, data: &'a [u8] },
    /// Another type, or a value too short for its type.
    Unknown { kind: u8, value: &'a [u8] },
}

impl<'a> GlbpTlv<'a> {
    fn read(kind: u8, value: &'a [u8]) -> Self {
        Self::known(kind, value).unwrap_or(Self::Unknown { kind, value })
    }

    fn known(kind: u8, value: &'a [u8]) -> Option<Self> {
        match kind {
            1 => {
                let (&[_, state, _, priority, _, _], rest) = value.split_first_chunk()?;
                let (hello, rest) = rest.split_first_chunk()?;
                let (hold, rest) = rest.split_first_chunk()?;
                let (&[a, b, c, d, _, _], rest) = rest.split_first_chunk()?;
                let address = match *rest {
                    [1, 4, ref address @ ..] => Some(IpAddr::from(*address.first_chunk::<4>()?)),
                    [2, 16, ref address @ ..] => Some(IpAddr::from(*address.first_chunk::<16>()?)),
                    _ => None,
                };
                Some(Self::Hello {
                    state,
                    priority,
                    hello_interval: u32::from_be_bytes(*hello),
                    hold_interval: u32::from_be_bytes(*hold),
                    redirect: u16::from_be_bytes([a, b]),
                    timeout: u16::from_be_bytes([c, d]),
                    address,
                })
            }
            2 => {
                let (&[number, state, _, priority, weight], rest) = value.split_first_chunk()?;
                let virtual_mac = *rest.get(7..)?.first_chunk()?;
                Some(Self::Forwarder { number, state, priority, weight, virtual_mac })
            }
            3 => {
                let (&[kind, length], rest) = value.split_first_chunk()?;
                Some(Self::Authentication { kind, data: rest.get(..length.into())? })
            }
            _ => None,
        }
    }
}

/// Type, and the length of all.
fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, length, ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let bad = Malformed::Field { name: "TLV length", value: length.into() };
    let data_len = usize::from(length).checked_sub(2).ok_or(bad)?;
    Ok(Head { kind: kind.into(), header_len: 2, data_len })
}

/// The TLVs of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct GlbpTlvs<'a>(Records<'a>);

impl<'a> Iterator for GlbpTlvs<'a> {
    type Item = Result<GlbpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map(|record| {
            let [_, kind] = record.kind.to_be_bytes();
            GlbpTlv::read(kind, record.data)
        }))
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Glbp<'a> {
    pub header: &'a GlbpHeader,
    /// The TLVs: [`tlvs`](Self::tlvs) are.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Glbp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, tlv_bytes) = split::<GlbpHeader>(bytes)?;
        if header.version != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<GlbpHeader>().saturating_add(self.tlv_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("glbp.version", self.header.version, 0..1);
        sink.number("glbp.unknown1", self.header.unknown, 1..2);
        sink.number("glbp.group", self.header.group, 2..4);
        sink.bytes("glbp.unknown2", &self.header.more_unknown, 4..6);
        sink.value("glbp.ownerid", Value::Mac(self.header.owner_id), 6..12);
        let mut records = Records::new(self.tlv_bytes, size_of::<GlbpHeader>(), head);
        while let Some(record) = sink.sound(records.next(), records.place()) {
            let place = |from: usize, to: usize| {
                record.at.saturating_add(from)..record.at.saturating_add(to)
            };
            sink.number("glbp.type", record.kind, place(0, 1));
            sink.number("glbp.length", record.bytes().len() as u64, place(1, 2));
            // What is not there is not reported.
            let _ = value(&record, &mut FieldReader::new(record.data, record.data_at(), sink));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group {}", self.header.group)?;
        for tlv in self.tlvs().map_while(Result::ok) {
            match tlv {
                GlbpTlv::Hello { priority, address, .. } => {
                    write!(f, ", hello priority {priority}")?;
                    address.map_or(Ok(()), |address| write!(f, " {address}"))?;
                }
                GlbpTlv::Forwarder { number, .. } => write!(f, ", forwarder {number}")?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> Glbp<'a> {
    /// The TLVs.
    pub fn tlvs(&self) -> GlbpTlvs<'a> {
        GlbpTlvs(Records::new(self.tlv_bytes, 0, head))
    }
}

fn value(record: &Record<'_>, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match record.kind {
        1 => {
            reader.bytes("glbp.hello.unknown10", 1)?;
            reader.u8("glbp.hello.vgstate")?;
            reader.bytes("glbp.hello.unknown11", 1)?;
            reader.u8("glbp.hello.priority")?;
            reader.bytes("glbp.hello.unknown12", 2)?;
            reader.u32("glbp.hello.helloint")?;
            reader.u32("glbp.hello.holdint")?;
            reader.u16("glbp.hello.redirect")?;
            reader.u16("glbp.hello.timeout")?;
            reader.bytes("glbp.hello.unknown13", 2)?;
            let kind = reader.u8("glbp.hello.addrtype")?;
            let len = reader.u8("glbp.hello.addrlen")?;
            match (kind, len) {
                (1, 4) => reader.ipv4("glbp.hello.virtualipv4").map(drop),
                (2, 16) => reader.ipv6("glbp.hello.virtualipv6").map(drop),
                (_, len) => reader.bytes("glbp.hello.virtualunk", len.into()).map(drop),
            }
        }
        2 => {
            reader.u8("glbp.reqresp.forwarder")?;
            reader.u8("glbp.reqresp.vfstate")?;
            reader.bytes("glbp.reqresp.unknown21", 1)?;
            reader.u8("glbp.reqresp.priority")?;
            reader.u8("glbp.reqresp.weight")?;
            reader.bytes("glbp.reqresp.unknown22", 7)?;
            reader.mac("glbp.reqresp.virtualmac").map(drop)
        }
        3 => {
            let kind = reader.u8("glbp.auth.authtype")?;
            let len = usize::from(reader.u8("glbp.auth.authlength")?);
            match kind {
                1 => reader.text("glbp.auth.plainpass", len).map(drop),
                2 => reader.bytes("glbp.auth.md5hash", len).map(drop),
                3 => {
                    reader.u32("glbp.auth.md5chainindex")?;
                    reader.bytes("glbp.auth.md5chainhash", len.checked_sub(4)?).map(drop)
                }
                _ => reader.bytes("glbp.auth.authunknown", len).map(drop),
            }
        }
        _ => reader.rest_as("glbp.unknown.data").map(drop),
    }
}

impl Header for GlbpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built, of TLVs as they are on the wire: type and value of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GlbpBuilder<'a> {
    pub header: GlbpHeader,
    pub tlvs: &'a [(u8, &'a [u8])],
}

impl Encode for GlbpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        for (kind, value) in self.tlvs {
            let len = value.len().saturating_add(2);
            let (layer, field) = (PROTOCOL.name, "TLV length");
            let error = EncodeError::TooLarge { layer, field, value: len as u64 };
            out.extend_from_slice(&[*kind, u8::try_from(len).map_err(|_| error)?]);
            out.extend_from_slice(value);
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::GLBP,
    "glbp",
    "Gateway Load Balancing Protocol",
    |bytes, outer| Glbp::parse_in(bytes, outer).map(|glbp| glbp.shape()),
    |bytes, outer, visitor| Glbp::parse_in(bytes, outer).map(|glbp| visitor(&glbp)),
)
.specification("Cisco GLBP")
.role(Role::Application)
.claims(&[Key::udp_port(3222)])
.template(&[VERSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: Glbp *b"\x01\0\0\x07\0\0\0\x07\xb4\0\x01\x02\x03\x0a\x01\x06secret";
    fields: "glbp.version=1 glbp.unknown1=0 glbp.group=7 glbp.unknown2=0000 \
        glbp.ownerid=00:07:b4:00:01:02 glbp.type=3 glbp.length=10 glbp.auth.authtype=1 \
        glbp.auth.authlength=6 glbp.auth.plainpass=secret";
    edit: GlbpHeader, |header| header.group.set(8);
    bad: [0 = 2 => "version" 2];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden;
    use crate::{Fix, serialize_layers};

    #[test]
    fn messages_are_those_of_tshark() {
        golden::check(include_str!("../../tests/tshark/glbp.txt"), &["glbp"], &[], &[]);
    }

    #[test]
    fn a_built_message_is_read_again() {
        let hello =
            b"\0\x20\0\x64\0\0\0\0\x0b\xb8\0\0\x27\x10\x02\x58\x38\x40\0\0\x01\x04\x0a\0\0\x01";
        let forwarder = b"\x01\x20\0\xa7\x64\0\0\0\0\0\0\0\0\x07\xb4\0\x07\x01";
        let tlvs: [(u8, &[u8]); 4] = [(1, hello), (2, forwarder), (3, b"\x01\x02pw"), (2, b"x")];
        let mut out = Vec::new();
        let builder = GlbpBuilder { tlvs: &tlvs, ..Default::default() };
        serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
        let glbp = Glbp::parse(&out).unwrap();
        let found = glbp.tlvs().map(Result::unwrap).collect::<Vec<_>>();
        let expected = [
            GlbpTlv::Hello {
                state: 32,
                priority: 100,
                hello_interval: 3000,
                hold_interval: 10_000,
                redirect: 600,
                timeout: 14_400,
                address: Some([10, 0, 0, 1].into()),
            },
            GlbpTlv::Forwarder {
                number: 1,
                state: 32,
                priority: 167,
                weight: 100,
                virtual_mac: [0, 7, 0xb4, 0, 7, 1],
            },
            GlbpTlv::Authentication { kind: 1, data: b"pw" },
            GlbpTlv::Unknown { kind: 2, value: b"x" },
        ];
        assert_eq!(found, expected);
        let line = fmt::from_fn(|f| glbp.summary(f)).to_string();
        assert_eq!(line, "group 0, hello priority 100 10.0.0.1, forwarder 1");
    }

    #[test]
    fn a_length_below_its_own_ends_the_list() {
        let bytes = [&[1, 0, 0, 7, 0, 0, 0, 7, 0xb4, 0, 1, 2][..], &[3, 1, 9, 9]].concat();
        let found = Glbp::parse(&bytes).unwrap().tlvs().collect::<Vec<_>>();
        assert_eq!(found, [Err(Malformed::Field { name: "TLV length", value: 1 })]);
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_fields_inside(bytes in prop::collection::vec(0..20_u8, 0..60)) {
            let bytes = [&[1, 0, 0, 7, 0, 0, 0, 7, 0xb4, 0, 1, 2][..], &bytes].concat();
            let glbp = Glbp::parse(&bytes).unwrap();
            glbp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(glbp.tlvs().count() <= bytes.len());
        }
    }
}
