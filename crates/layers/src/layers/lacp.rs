//! Link Aggregation Control Protocol,
//! [IEEE Std 802.1AX](https://standards.ieee.org/ieee/802.1AX/6768/) section 6.4.2.
//!
//! ```text
//!  0         8        16
//! | version | 1 actor | 20 | what the sender is                       |
//!           | 2 partner | 20 | what the sender takes the receiver for |
//!           | 3 collector | 16 | max delay | 12 bytes of zeros        |
//!           | more, from version 2 on ... | 0 terminator | 0 | zeros   |
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::SlowSubtype;
use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Head, Records};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

/// Types of TLV.
const TERMINATOR: u8 = 0;
const ACTOR: u8 = 1;
const PARTNER: u8 = 2;
const COLLECTOR: u8 = 3;
/// Their lengths, type and length among them.
const INFORMATION_LEN: u8 = 20;
const COLLECTOR_LEN: u8 = 16;

/// One side of a link.
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
pub struct LacpInformation {
    /// 1 for the actor, 2 for its partner.
    pub tlv_type: u8,
    /// 20.
    pub length: u8,
    pub system_priority: U16,
    pub system: [u8; 6],
    pub key: U16,
    pub port_priority: U16,
    pub port: U16,
    pub state_bits: u8,
    pub reserved: [u8; 3],
}

impl LacpInformation {
    /// The state.
    pub fn state(&self) -> LacpState {
        LacpState::from_bits_retain(self.state_bits)
    }

    /// Writes the state.
    pub fn set_state(&mut self, state: LacpState) {
        self.state_bits = state.bits();
    }
}

bitflags! {
    /// The state of one side of a link.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LacpState: u8 {
        /// It speaks even if the other does not.
        const ACTIVITY = 0x01;
        /// It forgets the other soon.
        const TIMEOUT = 0x02;
        const AGGREGATION = 0x04;
        const SYNCHRONIZATION = 0x08;
        const COLLECTING = 0x10;
        const DISTRIBUTING = 0x20;
        /// What it knows of the other was configured.
        const DEFAULTED = 0x40;
        const EXPIRED = 0x80;
    }
}

/// The message on the wire, as far as version 1 fixes it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LacpHeader {
    pub version: u8,
    pub actor: LacpInformation,
    pub partner: LacpInformation,
    /// 3.
    pub collector_type: u8,
    /// 16.
    pub collector_length: u8,
    /// In units of 10 microseconds.
    pub collector_max_delay: U16,
    pub collector_reserved: [u8; 12],
}

impl Default for LacpHeader {
    /// Version 1, with nothing known of either side.
    fn default() -> Self {
        let [actor, partner] = [ACTOR, PARTNER].map(|tlv_type| LacpInformation {
            tlv_type,
            length: INFORMATION_LEN,
            ..LacpInformation::default()
        });
        Self {
            version: 1,
            actor,
            partner,
            collector_type: COLLECTOR,
            collector_length: COLLECTOR_LEN,
            collector_max_delay: U16::ZERO,
            collector_reserved: [0; 12],
        }
    }
}

/// A TLV behind those of version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LacpTlv<'a> {
    Terminator,
    /// Version 2: the algorithm by which the sender picks a link for a conversation.
    PortAlgorithm([u8; 4]),
    /// Version 2: the link that conversations of one number take.
    PortConversationId {
        link: u16,
        actor: u16,
        partner: u16,
    },
    /// A type that has no entry here, or not the length of its type.
    Unknown {
        kind: u8,
        data: &'a [u8],
    },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lacp<'a> {
    pub header: &'a LacpHeader,
    /// The TLVs behind those of version 1, and the padding: [`tlvs`](Self::tlvs) are understood.
    pub tlv_bytes: &'a [u8],
}

impl<'a> Layer<'a> for Lacp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, tlv_bytes) = split::<LacpHeader>(bytes)?;
        let LacpHeader { actor, partner, .. } = header;
        for (name, value, expected) in [
            ("actor TLV type", actor.tlv_type, ACTOR),
            ("actor information length", actor.length, INFORMATION_LEN),
            ("partner TLV type", partner.tlv_type, PARTNER),
            ("partner information length", partner.length, INFORMATION_LEN),
            ("collector TLV type", header.collector_type, COLLECTOR),
            ("collector information length", header.collector_length, COLLECTOR_LEN),
        ] {
            if value != expected {
                return Err(Malformed::Field { name, value: value.into() });
            }
        }
        Ok(Self { header, tlv_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<LacpHeader>().saturating_add(self.tlv_bytes.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.header.as_bytes(), 0, sink);
        reader.u8("lacp.version");
        let _ = information_fields(&mut reader, &ACTOR_NAMES);
        let _ = information_fields(&mut reader, &PARTNER_NAMES);
        let _ = collector_fields(&mut reader);
        let mut reader = FieldReader::new(self.tlv_bytes, size_of::<LacpHeader>(), sink);
        let _ = more_fields(&mut reader);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LacpHeader { version, actor, partner, .. } = self.header;
        write!(f, "v{version} actor port {} key {}", actor.port, actor.key)?;
        write!(f, " partner port {} key {}", partner.port, partner.key)
    }
}

impl<'a> Lacp<'a> {
    /// The TLVs behind those of version 1, the terminator last.
    pub fn tlvs(&self) -> LacpTlvs<'a> {
        LacpTlvs(Records::new(self.tlv_bytes, 0, head))
    }
}

/// The TLVs of a message. Ends behind the terminator, and behind the first error.
#[derive(Clone, Debug)]
pub struct LacpTlvs<'a>(Records<'a>);

impl<'a> Iterator for LacpTlvs<'a> {
    type Item = Result<LacpTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.0.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        let kind = record.kind.to_be_bytes()[1];
        if kind == TERMINATOR {
            self.0 = Records::new(&[], 0, head);
            return Some(Ok(LacpTlv::Terminator));
        }
        Some(Ok(match (kind, record.data) {
            (4, &[a, b, c, d]) => LacpTlv::PortAlgorithm([a, b, c, d]),
            (5, &[a, b, c, d, e, f]) => {
                let [link, actor, partner] = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
                LacpTlv::PortConversationId { link, actor, partner }
            }
            (kind, data) => LacpTlv::Unknown { kind, data },
        }))
    }
}

/// The length counts type and length; that of a terminator is zero.
fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let &[kind, length, ..] = bytes else {
        return Err(Malformed::Truncated { need: 2, have: bytes.len() });
    };
    let data_len = match (kind, usize::from(length).checked_sub(2)) {
        (TERMINATOR, _) => 0,
        (_, Some(len)) => len,
        _ => return Err(Malformed::Field { name: "length", value: length.into() }),
    };
    Ok(Head { kind: kind.into(), header_len: 2, data_len })
}

/// Wireshark's names for one side of a link.
struct Names {
    numbers: [&'static str; 3],
    system_priority: &'static str,
    system: &'static str,
    state: &'static str,
    flags: [(&'static str, u64); 8],
    reserved: &'static str,
}

const ACTOR_NAMES: Names = Names {
    numbers: ["lacp.actor.key", "lacp.actor.port_priority", "lacp.actor.port"],
    system_priority: "lacp.actor.sys_priority",
    system: "lacp.actor.sysid",
    state: "lacp.actor.state",
    flags: [
        ("lacp.actor.state.activity", 0x01),
        ("lacp.actor.state.timeout", 0x02),
        ("lacp.actor.state.aggregation", 0x04),
        ("lacp.actor.state.synchronization", 0x08),
        ("lacp.actor.state.collecting", 0x10),
        ("lacp.actor.state.distributing", 0x20),
        ("lacp.actor.state.defaulted", 0x40),
        ("lacp.actor.state.expired", 0x80),
    ],
    reserved: "lacp.actor.reserved",
};

const PARTNER_NAMES: Names = Names {
    numbers: ["lacp.partner.key", "lacp.partner.port_priority", "lacp.partner.port"],
    system_priority: "lacp.partner.sys_priority",
    system: "lacp.partner.sysid",
    state: "lacp.partner.state",
    flags: [
        ("lacp.partner.state.activity", 0x01),
        ("lacp.partner.state.timeout", 0x02),
        ("lacp.partner.state.aggregation", 0x04),
        ("lacp.partner.state.synchronization", 0x08),
        ("lacp.partner.state.collecting", 0x10),
        ("lacp.partner.state.distributing", 0x20),
        ("lacp.partner.state.defaulted", 0x40),
        ("lacp.partner.state.expired", 0x80),
    ],
    reserved: "lacp.partner.reserved",
};

fn information_fields(reader: &mut FieldReader<'_, '_>, names: &Names) -> Option<()> {
    reader.u8("lacp.tlv_type")?;
    reader.u8("lacp.tlv_length")?;
    reader.u16(names.system_priority)?;
    reader.mac(names.system)?;
    names.numbers.iter().try_for_each(|&name| reader.u16(name).map(|_| ()))?;
    let state = reader.u8(names.state)?;
    reader.flags(state.into(), &names.flags);
    reader.bytes(names.reserved, 3)?;
    Some(())
}

fn collector_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("lacp.tlv_type")?;
    reader.u8("lacp.tlv_length")?;
    reader.u16("lacp.collector.max_delay")?;
    reader.bytes("lacp.coll_reserved", 12)?;
    Some(())
}

fn more_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let Head { kind, data_len, .. } = head(reader.rest()).ok()?;
        reader.u8("lacp.tlv_type")?;
        reader.u8("lacp.tlv_length")?;
        if kind == TERMINATOR.into() {
            reader.rest_as("lacp.pad")?;
        } else {
            reader.skip(data_len)?;
        }
    }
    Some(())
}

impl Header for LacpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Version 1, with nothing known of either side.
const TEMPLATE: [u8; size_of::<LacpHeader>()] = {
    let mut template = [0; size_of::<LacpHeader>()];
    template[0] = 1;
    (template[1], template[2]) = (ACTOR, INFORMATION_LEN);
    (template[21], template[22]) = (PARTNER, INFORMATION_LEN);
    (template[41], template[42]) = (COLLECTOR, COLLECTOR_LEN);
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LACP,
    "lacp",
    "Link Aggregation Control Protocol",
    |bytes, outer| Lacp::parse_in(bytes, outer).map(|lacp| lacp.shape()),
    |bytes, outer, visitor| Lacp::parse_in(bytes, outer).map(|lacp| visitor(&lacp)),
)
.specification("IEEE Std 802.1AX")
.claims(&[Key::child(LayerType::SLOW, SlowSubtype::LACP.0 as u32)])
.template(&TEMPLATE);

// tcpdump, LACP.pcap, packet 1, from byte 15, with less padding: LACP, version 0x01
#[cfg(test)]
layer_tests! {
    sample: Lacp *b"\x01\x01\x14\x80\0\0\x13\xc4\x12\x0f\0\0\x0d\x80\0\0\x16\x85\0\0\0\
        \x02\x14\x80\0\0\x0e\x83\x16\xf5\0\0\x0d\x80\0\0\x19\x36\0\0\0\
        \x03\x10\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    fields: "lacp.version=1 lacp.tlv_type=1 lacp.tlv_length=20 lacp.actor.sys_priority=32768 \
        lacp.actor.sysid=00:13:c4:12:0f:00 lacp.actor.key=13 lacp.actor.port_priority=32768 \
        lacp.actor.port=22 lacp.actor.state=133 lacp.actor.state.activity=1 \
        lacp.actor.state.timeout=0 lacp.actor.state.aggregation=1 \
        lacp.actor.state.synchronization=0 lacp.actor.state.collecting=0 \
        lacp.actor.state.distributing=0 lacp.actor.state.defaulted=0 \
        lacp.actor.state.expired=1 lacp.actor.reserved=000000 lacp.tlv_type=2 \
        lacp.tlv_length=20 lacp.partner.sys_priority=32768 lacp.partner.sysid=00:0e:83:16:f5:00 \
        lacp.partner.key=13 lacp.partner.port_priority=32768 lacp.partner.port=25 \
        lacp.partner.state=54 lacp.partner.state.activity=0 lacp.partner.state.timeout=1 \
        lacp.partner.state.aggregation=1 lacp.partner.state.synchronization=0 \
        lacp.partner.state.collecting=1 lacp.partner.state.distributing=1 \
        lacp.partner.state.defaulted=0 lacp.partner.state.expired=0 \
        lacp.partner.reserved=000000 lacp.tlv_type=3 lacp.tlv_length=16 \
        lacp.collector.max_delay=32768 lacp.coll_reserved=000000000000000000000000 \
        lacp.tlv_type=0 lacp.tlv_length=0 lacp.pad=0000";
    edit: LacpHeader, |header| header.actor.set_state(LacpState::ACTIVITY);
    bad: [
        1 = 2 => "actor TLV type" 2, 2 = 19 => "actor information length" 19,
        21 = 1 => "partner TLV type" 1, 22 = 0 => "partner information length" 0,
        41 = 0 => "collector TLV type" 0, 42 = 0 => "collector information length" 0
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_the_template() {
        assert_eq!(LacpHeader::default().as_bytes(), TEMPLATE);
    }

    #[test]
    fn tlvs_of_version_2_are_read_up_to_the_terminator() {
        let tail = b"\x04\x06\0\x80\xc2\x01\x05\x08\0\x01\0\x02\0\x03\xff\x03z\0\0\x04\x06";
        let bytes = [&TEMPLATE[..], tail].concat();
        let lacp = Lacp::parse(&bytes).unwrap();
        let expected = [
            Ok(LacpTlv::PortAlgorithm([0, 0x80, 0xc2, 1])),
            Ok(LacpTlv::PortConversationId { link: 1, actor: 2, partner: 3 }),
            Ok(LacpTlv::Unknown { kind: 255, data: b"z" }),
            Ok(LacpTlv::Terminator),
        ];
        assert_eq!(lacp.tlvs().collect::<Vec<_>>(), expected);
        assert!(lacp.to_string().ends_with("lacp.tlv_type=0 lacp.tlv_length=0 lacp.pad=0406"));
    }

    #[test]
    fn a_tlv_of_no_length_ends_the_list() {
        let bytes = [&TEMPLATE[..], b"\x04\x01\0\0"].concat();
        let tlvs = Lacp::parse(&bytes).unwrap().tlvs().collect::<Vec<_>>();
        assert_eq!(tlvs, [Err(Malformed::Field { name: "length", value: 1 })]);
    }
}
