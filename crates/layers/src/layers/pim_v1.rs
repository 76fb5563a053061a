//! Protocol Independent Multicast, version 1, as
//! [draft-ietf-idmr-pim-sm-spec](https://datatracker.ietf.org/doc/html/draft-ietf-idmr-pim-sm-spec) had it:
//! messages of IGMP, of a type of their own.
//!
//! ```text
//!  0               8               16                              31
//! |  type, 0x14   |     code      |            checksum            |
//! | ver  |                    reserved                             |
//! |  by the code: a packet, addresses, groups to join and prune ...|
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Checksum, Encode, EncodeError, EtherType, FieldSink, Header, IgmpType, InternetSum};
use crate::{Key, Layer, LayerType, Malformed, Next, Outer, Protocol, Shape};

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
pub struct PimV1Header {
    /// 0x14, as IGMP has it.
    pub message_type: u8,
    pub code: u8,
    pub checksum: U16,
    /// Four bits of version, and four of nothing.
    pub version: u8,
    pub reserved: [u8; 3],
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PimV1Code(pub u8);

numbers! {
    PimV1Code "code {}" {
        /// I am here.
        QUERY = 0 "query";
        /// A packet for the rendezvous point.
        REGISTER = 1 "register";
        /// No more of these, please.
        REGISTER_STOP = 2 "register stop";
        /// I want these, and those no more.
        JOIN_PRUNE = 3 "join/prune";
        /// The rendezvous point can be reached.
        RP_REACHABILITY = 4 "RP reachability";
        /// I forward these.
        ASSERT = 5 "assert";
        /// I want these again.
        GRAFT = 6 "graft";
        /// You get them.
        GRAFT_ACK = 7 "graft ack";
        /// Which mode a group has.
        MODE = 8 "mode";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimV1<'a> {
    pub header: &'a PimV1Header,
    /// The packet that a register carries, or else the message behind the header.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

/// What there is to join and to prune of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PimV1Group<'a> {
    /// Address of the group.
    pub group: Ipv4Addr,
    /// Which bits of it count.
    pub mask: Ipv4Addr,
    /// Senders to be heard.
    pub joins: &'a [PimV1Source],
    /// Senders to be heard no more.
    pub prunes: &'a [PimV1Source],
}

/// A sender, as it is joined or pruned.
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
pub struct PimV1Source {
    /// 4 for the shared tree's mode, 2 for any sender, 1 for the shared tree.
    pub flags: u8,
    pub mask_length: u8,
    pub address: [u8; 4],
}

/// What stands in front of the senders of a group.
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
pub struct PimV1GroupHeader {
    pub group: [u8; 4],
    pub mask: [u8; 4],
    pub join_count: U16,
    pub prune_count: U16,
}

/// What stands in front of the groups of a join, a prune or a graft.
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
pub struct PimV1JoinPrune {
    pub upstream_neighbor: [u8; 4],
    pub reserved: U16,
    /// Seconds.
    pub holdtime: U16,
    pub more_reserved: u8,
    pub mask_length: u8,
    pub address_length: u8,
    pub group_count: u8,
}

impl<'a> Layer<'a> for PimV1<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<PimV1Header>(bytes)?;
        if header.message_type != IgmpType::PIM_V1.0 {
            return Err(Malformed::Field { name: "type", value: header.message_type.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let next = match (self.code(), self.payload.first().map(|byte| byte >> 4)) {
            (PimV1Code::REGISTER, Some(4)) => Next::One(Key::ether_type(EtherType::IPV4)),
            (PimV1Code::REGISTER, Some(6)) => Next::One(Key::ether_type(EtherType::IPV6)),
            _ => Next::End,
        };
        let (header_len, payload_len) = (size_of::<PimV1Header>(), self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most groups of a message in a line.
        const MAX_SHOWN: usize = 4;
        write!(f, "v1 {}", self.code())?;
        self.groups().take(MAX_SHOWN).try_for_each(|group| write!(f, ", {}", group.group))
    }
}

impl<'a> PimV1<'a> {
    /// What the message is.
    pub fn code(&self) -> PimV1Code {
        PimV1Code(self.header.code)
    }

    /// What stands in front of the groups of a join, a prune or a graft.
    pub fn join_prune(&self) -> Option<&'a PimV1JoinPrune> {
        let has_groups =
            matches!(self.code(), PimV1Code::JOIN_PRUNE | PimV1Code::GRAFT | PimV1Code::GRAFT_ACK);
        let front = split::<PimV1JoinPrune>(self.payload).ok().filter(|_| has_groups);
        front.map(|(front, _)| front)
    }

    /// The groups to join and prune: no more than are claimed, nor than are there.
    pub fn groups(&self) -> impl Iterator<Item = PimV1Group<'a>> + use<'a> {
        let mut left = self.join_prune().map_or(0, |front| front.group_count);
        let mut rest = self.payload.get(size_of::<PimV1JoinPrune>()..).unwrap_or_default();
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let (header, behind) = split::<PimV1GroupHeader>(rest).ok()?;
            let sources = |bytes: &'a [u8], count: U16| {
                <[PimV1Source]>::ref_from_prefix_with_elems(bytes, count.get().into()).ok()
            };
            let (joins, behind) = sources(behind, header.join_count)?;
            let (prunes, behind) = sources(behind, header.prune_count)?;
            rest = behind;
            let (group, mask) = (header.group.into(), header.mask.into());
            Some(PimV1Group { group, mask, joins, prunes })
        })
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.skip(1)?;
        reader.u8("pim.code")?;
        reader.u16("pim.cksum")?;
        let version = reader.word(1)?;
        reader.bits("pim.version", version >> 4);
        reader.bytes("pim.res_bytes", 3)?;
        match self.code() {
            PimV1Code::QUERY => {
                let mode = reader.word(2)?;
                reader.bits("pim.mode", mode >> 12);
                reader.u16("pim.holdtime").map(drop)
            }
            PimV1Code::REGISTER_STOP => {
                reader.ipv4("pim.group")?;
                reader.ipv4("pim.source").map(drop)
            }
            PimV1Code::JOIN_PRUNE | PimV1Code::GRAFT | PimV1Code::GRAFT_ACK => groups(reader),
            PimV1Code::RP_REACHABILITY => {
                reader.ipv4("pim.group_address")?;
                reader.ipv4("pim.group_mask")?;
                reader.ipv4("pim.rp")?;
                reader.bytes("pim.res_bytes", 2)?;
                reader.u16("pim.holdtime").map(drop)
            }
            PimV1Code::ASSERT => {
                reader.ipv4("pim.group_address")?;
                reader.ipv4("pim.group_mask")?;
                let word = reader.word(4)?;
                reader.flag("pim.rpt", word >> 31 != 0);
                reader.bits("pim.metric_pref", word & 0x7fff_ffff);
                reader.u32("pim.metric").map(drop)
            }
            _ => None,
        }
    }
}

fn groups(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.ipv4("pim.upstream_neighbor")?;
    reader.bytes("pim.res_bytes", 2)?;
    reader.u16("pim.holdtime")?;
    reader.bytes("pim.res_bytes", 1)?;
    reader.u8("pim.mask_len")?;
    reader.u8("pim.addr_len")?;
    let count = reader.u8("pim.numgroups")?;
    for _ in 0..count {
        reader.ipv4("pim.group")?;
        reader.ipv4("pim.group_mask")?;
        let joins = reader.u16("pim.numjoins")?;
        let prunes = reader.u16("pim.numprunes")?;
        for _ in 0..joins {
            source("pim.join_ip", reader)?;
        }
        for _ in 0..prunes {
            source("pim.prune_ip", reader)?;
        }
    }
    Some(())
}

fn source(name: &'static str, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let flags = reader.word(1)?;
    let names = [
        ("pim.src_flags.a", 0x08),
        ("pim.src_flags.s", 0x04),
        ("pim.src_flags.w", 0x02),
        ("pim.src_flags.r", 0x01),
    ];
    reader.bit_fields(flags, &[("pim.src_flags.rsv", 0xf0)]);
    reader.flags(flags, &names);
    reader.u8("pim.mask_len")?;
    reader.ipv4(name).map(drop)
}

impl Header for PimV1Header {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A join, prune or graft to be built. The number of groups is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PimV1Builder<'a> {
    pub header: PimV1Header,
    pub join_prune: PimV1JoinPrune,
    /// The groups, each with its senders to join and to prune.
    pub groups: &'a [(PimV1GroupHeader, &'a [PimV1Source], &'a [PimV1Source])],
}

impl Encode for PimV1Builder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { header, mut join_prune, groups } = *self;
        join_prune.group_count = u8::try_from(groups.len()).map_err(|_| EncodeError::TooLarge {
            layer: PROTOCOL.name,
            field: "number of groups",
            value: groups.len() as u64,
        })?;
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(join_prune.as_bytes());
        for (mut group, joins, prunes) in groups.iter().copied() {
            for (place, list) in [(&mut group.join_count, joins), (&mut group.prune_count, prunes)]
            {
                let count = list.len();
                let error = EncodeError::TooLarge {
                    layer: PROTOCOL.name,
                    field: "number of sources",
                    value: count as u64,
                };
                place.set(u16::try_from(count).map_err(|_| error)?);
            }
            out.extend_from_slice(group.as_bytes());
            out.extend_from_slice(joins.as_bytes());
            out.extend_from_slice(prunes.as_bytes());
        }
        Ok(())
    }
}

pub(crate) fn checksum(bytes: &[u8], _: &Outer<'_>) -> Option<Checksum> {
    let pim = PimV1::parse(bytes).ok()?;
    // A register leaves out its packet.
    let covered = match pim.code() {
        PimV1Code::REGISTER => bytes.get(..size_of::<PimV1Header>())?,
        _ => bytes,
    };
    let stored = pim.header.checksum;
    let computed = InternetSum::new().with(covered).without(stored).checksum();
    let (stored, computed) = (stored.get().into(), computed.into());
    Some(Checksum { place: 2..4, stored, computed, absent: None })
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PIM_V1,
    "pim_v1",
    "Protocol Independent Multicast, version 1",
    |bytes, outer| PimV1::parse_in(bytes, outer).map(|pim| pim.shape()),
    |bytes, outer, visitor| PimV1::parse_in(bytes, outer).map(|pim| visitor(&pim)),
)
.specification("PIM version 1")
.claims(&[Key::child(LayerType::IGMP, 0x14)])
.template(&[0x14, 0, 0, 0, 0x10, 0, 0, 0])
.checksum(checksum);

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: PimV1 *b"\x14\0\xdb\x96\x10\0\0\0\0\0\0\x69";
    fields: "pim.code=0 pim.cksum=56214 pim.version=1 pim.res_bytes=000000 pim.mode=0 \
        pim.holdtime=105";
    edit: PimV1Header, |header| header.code = 8;
    bad: [0 = 0x13 => "type" 0x13];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden::{self, hex};
    use crate::{ChecksumStatus, Decoder, Fix, LinkType, serialize_layers};

    const FIXTURE: &str = include_str!("../../tests/tshark/pim-v1.txt");

    #[test]
    fn messages_are_those_of_tshark() {
        golden::check(FIXTURE, &["pim_v1"], &[], &[]);
    }

    #[test]
    fn checksums_are_right_and_a_register_leaves_out_its_packet() {
        let decoder = Decoder::default();
        for case in FIXTURE.split("\n= ").skip(1) {
            let frame = hex(case.lines().nth(1).unwrap());
            let packet = decoder.decode(LinkType::ETHERNET, &frame);
            let statuses = packet.verify_checksums().map(|checksum| checksum.status());
            let statuses = statuses.collect::<Vec<_>>();
            // The packet of the register has a UDP header without a checksum.
            let is_good =
                |status| matches!(status, ChecksumStatus::Good | ChecksumStatus::NotPresent);
            assert!(statuses.len() > 2 && statuses.into_iter().all(is_good), "{case}");
        }
    }

    #[test]
    fn a_built_prune_is_read_again() {
        let source = PimV1Source { flags: 4, mask_length: 32, address: [10, 0, 0, 2] };
        let group =
            PimV1GroupHeader { group: [224, 1, 1, 1], mask: [255; 4], ..Default::default() };
        let header =
            PimV1Header { message_type: 0x14, code: 3, version: 0x10, ..Default::default() };
        let builder = PimV1Builder {
            header,
            join_prune: PimV1JoinPrune::default(),
            groups: &[(group, &[source], &[source, source]), (group, &[], &[])],
        };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
        let pim = PimV1::parse(&out).unwrap();
        let groups = pim.groups().map(|group| (group.joins.len(), group.prunes.len()));
        assert_eq!(groups.collect::<Vec<_>>(), [(1, 2), (0, 0)]);
        let line = fmt::from_fn(|f| pim.summary(f)).to_string();
        assert_eq!(line, "v1 join/prune, 224.1.1.1, 224.1.1.1");
    }

    proptest! {
        #[test]
        fn any_bytes_have_their_fields_inside(code in 0..10_u8, bytes: Vec<u8>) {
            let bytes = [&[0x14, code, 0, 0, 0x10, 0, 0, 0][..], &bytes].concat();
            let pim = PimV1::parse(&bytes).unwrap();
            pim.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(pim.groups().count() <= bytes.len());
        }
    }
}
