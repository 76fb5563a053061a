//! Blocks of pcapng, [section 4](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html#section-4),
//! with all that is in them, borrowed from the capture or owned.

use std::borrow::Cow;
use std::fmt;

use rheos_core::RawPacket;

pub use self::custom::{Custom, Journal, Unknown};
pub use self::interface::{CaptureFilter, InterfaceDescription};
pub use self::names::{NameRecord, NameRecords, NameResolution, Names};
pub use self::options::{CustomOption, Options, OptionsIter};
pub use self::packet::{EnhancedPacket, ObsoletePacket, SimplePacket};
pub use self::packet_options::{PacketFlags, PacketHash, Reception, Verdict};
pub use self::secrets::{Secrets, SecretsType};
pub use self::section::Section;
pub use self::statistics::InterfaceStatistics;
use crate::order::ByteOrder;

mod custom;
mod interface;
mod names;
pub(crate) mod options;
mod packet;
mod packet_options;
mod secrets;
pub(crate) mod section;
mod statistics;

/// The type of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockType(pub u32);

impl BlockType {
    /// Section header block, section 4.1.
    pub const SECTION: Self = Self(0x0a0d_0d0a);
    /// Interface description block, section 4.2.
    pub const INTERFACE: Self = Self(1);
    /// The obsolete packet block, appendix A.
    pub const OBSOLETE_PACKET: Self = Self(2);
    /// Simple packet block, section 4.4.
    pub const SIMPLE_PACKET: Self = Self(3);
    /// Name resolution block, section 4.5.
    pub const NAME_RESOLUTION: Self = Self(4);
    /// Interface statistics block, section 4.6.
    pub const INTERFACE_STATISTICS: Self = Self(5);
    /// Enhanced packet block, section 4.3.
    pub const ENHANCED_PACKET: Self = Self(6);
    /// systemd journal export block.
    pub const JOURNAL: Self = Self(9);
    /// Decryption secrets block, section 4.7.
    pub const SECRETS: Self = Self(10);
    /// Custom block that may be copied into another file, section 4.8.
    pub const CUSTOM: Self = Self(0x0bad);
    /// Custom block that may not.
    pub const CUSTOM_NO_COPY: Self = Self(0x4000_0bad);

    /// The short name in the draft; `None` for a type that it does not describe.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::SECTION => "SHB",
            Self::INTERFACE => "IDB",
            Self::OBSOLETE_PACKET => "PB",
            Self::SIMPLE_PACKET => "SPB",
            Self::NAME_RESOLUTION => "NRB",
            Self::INTERFACE_STATISTICS => "ISB",
            Self::ENHANCED_PACKET => "EPB",
            Self::JOURNAL => "systemd journal",
            Self::SECRETS => "DSB",
            Self::CUSTOM | Self::CUSTOM_NO_COPY => "CB",
            _ => return None,
        })
    }
}

impl fmt::Display for BlockType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#010x}", self.0),
        }
    }
}

/// A block, borrowed from the capture or, as `Block<'static>`, its own.
///
/// Two blocks are equal if a capture says the same with them; padding says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block<'a> {
    /// The start of a section.
    Section(Section<'a>),
    /// An interface, for the packets behind it.
    Interface(InterfaceDescription<'a>),
    /// A packet with all that can be said of it.
    EnhancedPacket(EnhancedPacket<'a>),
    /// A packet of the first interface, at no time.
    SimplePacket(SimplePacket<'a>),
    /// A packet as the first drafts had it.
    ObsoletePacket(ObsoletePacket<'a>),
    /// Names of addresses.
    NameResolution(NameResolution<'a>),
    /// What an interface has counted.
    InterfaceStatistics(InterfaceStatistics<'a>),
    /// Secrets with which packets can be decrypted.
    Secrets(Secrets<'a>),
    /// An entry of the journal of systemd.
    Journal(Journal<'a>),
    /// A private block.
    Custom(Custom<'a>),
    /// A block of another type, or one that is too short for what its type says is in it.
    Unknown(Unknown<'a>),
}

impl<'a> Block<'a> {
    /// Reads what stands between the lengths of a block of this type.
    ///
    /// `snap_length` is that of the section's first interface, 0 for none: only it says where the
    /// packet of a [`SimplePacket`] ends and its padding starts.
    pub(crate) fn parse(
        order: ByteOrder,
        kind: BlockType,
        body: &'a [u8],
        snap_length: u32,
    ) -> Self {
        let parsed = match kind {
            BlockType::SECTION => Section::parse(order, body).map(Self::Section),
            BlockType::INTERFACE => InterfaceDescription::parse(order, body).map(Self::Interface),
            BlockType::ENHANCED_PACKET => {
                EnhancedPacket::parse(order, body).map(Self::EnhancedPacket)
            }
            BlockType::SIMPLE_PACKET => {
                SimplePacket::parse(order, body, snap_length).map(Self::SimplePacket)
            }
            BlockType::OBSOLETE_PACKET => {
                ObsoletePacket::parse(order, body).map(Self::ObsoletePacket)
            }
            BlockType::NAME_RESOLUTION => {
                Some(Self::NameResolution(NameResolution::parse(order, body)))
            }
            BlockType::INTERFACE_STATISTICS => {
                InterfaceStatistics::parse(order, body).map(Self::InterfaceStatistics)
            }
            BlockType::SECRETS => Secrets::parse(order, body).map(Self::Secrets),
            BlockType::JOURNAL => Some(Self::Journal(Journal { entry: body.into() })),
            BlockType::CUSTOM => Custom::parse(order, true, body).map(Self::Custom),
            BlockType::CUSTOM_NO_COPY => Custom::parse(order, false, body).map(Self::Custom),
            _ => None,
        };
        parsed.unwrap_or(Self::Unknown(Unknown { kind, body: body.into() }))
    }

    /// The same block, independent of the capture.
    pub fn into_owned(self) -> Block<'static> {
        match self {
            Self::Section(block) => Block::Section(block.into_owned()),
            Self::Interface(block) => Block::Interface(block.into_owned()),
            Self::EnhancedPacket(block) => Block::EnhancedPacket(block.into_owned()),
            Self::SimplePacket(block) => Block::SimplePacket(block.into_owned()),
            Self::ObsoletePacket(block) => Block::ObsoletePacket(block.into_owned()),
            Self::NameResolution(block) => Block::NameResolution(block.into_owned()),
            Self::InterfaceStatistics(block) => Block::InterfaceStatistics(block.into_owned()),
            Self::Secrets(block) => Block::Secrets(block.into_owned()),
            Self::Journal(block) => Block::Journal(block.into_owned()),
            Self::Custom(block) => Block::Custom(block.into_owned()),
            Self::Unknown(block) => Block::Unknown(block.into_owned()),
        }
    }

    /// The same block for a section in this byte order. Private values and unknown blocks, of which
    /// nobody else knows what in them is a number, stay as they are.
    #[must_use]
    pub fn in_order(mut self, order: ByteOrder) -> Self {
        if let Self::Section(section) = &mut self {
            section.order = order;
        }
        if let Self::NameResolution(names) = &mut self {
            names.turn_records(order);
        }
        let kind = self.kind();
        if let Some(options) = self.options_mut() {
            let old = std::mem::replace(options, Options::new(order));
            *options = old.in_order(order, kind);
        }
        self
    }

    /// The type of the block.
    pub fn kind(&self) -> BlockType {
        match self {
            Self::Section(_) => BlockType::SECTION,
            Self::Interface(_) => BlockType::INTERFACE,
            Self::EnhancedPacket(_) => BlockType::ENHANCED_PACKET,
            Self::SimplePacket(_) => BlockType::SIMPLE_PACKET,
            Self::ObsoletePacket(_) => BlockType::OBSOLETE_PACKET,
            Self::NameResolution(_) => BlockType::NAME_RESOLUTION,
            Self::InterfaceStatistics(_) => BlockType::INTERFACE_STATISTICS,
            Self::Secrets(_) => BlockType::SECRETS,
            Self::Journal(_) => BlockType::JOURNAL,
            Self::Custom(block) if block.copyable => BlockType::CUSTOM,
            Self::Custom(_) => BlockType::CUSTOM_NO_COPY,
            Self::Unknown(block) => block.kind,
        }
    }

    /// The options, in the blocks that have some.
    pub fn options(&self) -> Option<&Options<'a>> {
        match self {
            Self::Section(block) => Some(&block.options),
            Self::Interface(block) => Some(&block.options),
            Self::EnhancedPacket(block) => Some(&block.options),
            Self::ObsoletePacket(block) => Some(&block.options),
            Self::NameResolution(block) => Some(&block.options),
            Self::InterfaceStatistics(block) => Some(&block.options),
            Self::Secrets(block) => Some(&block.options),
            Self::SimplePacket(_) | Self::Journal(_) | Self::Custom(_) | Self::Unknown(_) => None,
        }
    }

    /// The options, to be changed.
    pub fn options_mut(&mut self) -> Option<&mut Options<'a>> {
        match self {
            Self::Section(block) => Some(&mut block.options),
            Self::Interface(block) => Some(&mut block.options),
            Self::EnhancedPacket(block) => Some(&mut block.options),
            Self::ObsoletePacket(block) => Some(&mut block.options),
            Self::NameResolution(block) => Some(&mut block.options),
            Self::InterfaceStatistics(block) => Some(&mut block.options),
            Self::Secrets(block) => Some(&mut block.options),
            Self::SimplePacket(_) | Self::Journal(_) | Self::Custom(_) | Self::Unknown(_) => None,
        }
    }
}

/// A block of a capture, of [`CaptureReader::next_block`](crate::CaptureReader::next_block), and
/// what the reader knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// Where it starts: bytes of the capture, uncompressed, in front of it.
    pub offset: u64,
    /// The byte order of its section.
    pub order: ByteOrder,
    /// The block.
    pub block: Block<'a>,
    /// What [`CaptureReader::next_packet`](crate::CaptureReader::next_packet) would have lent in its
    /// place; `None` if the block holds no packet, or one of an undeclared interface.
    pub packet: Option<RawPacket<'a>>,
}

/// Bytes that are their own.
fn owned(bytes: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.into_owned())
}

/// Data at the front of `rest`, and the options behind its padding.
fn data_and_options(order: ByteOrder, rest: &[u8], length: u32) -> Option<(&[u8], Options<'_>)> {
    let length = usize::try_from(length).ok()?;
    let data = rest.get(..length)?;
    let options = rest.get(length.checked_next_multiple_of(4)?..).unwrap_or_default();
    Some((data, Options::from_bytes(order, options)))
}

#[cfg(test)]
mod tests {
    use rheos_core::{Direction, LinkType};

    use super::*;
    use crate::clock::Resolution;
    use crate::reader::CaptureReader;
    use crate::sample::Sample;

    const BOTH: [ByteOrder; 2] = [ByteOrder::Big, ByteOrder::Little];

    /// All blocks of a capture in which nothing is wrong.
    fn blocks(bytes: &[u8]) -> Vec<Block<'static>> {
        let mut capture = CaptureReader::new(bytes).unwrap();
        let mut blocks = Vec::new();
        while let Some(entry) = capture.next_block().unwrap() {
            blocks.push(entry.block.into_owned());
        }
        blocks
    }

    /// The last block of a capture.
    fn last(sample: &Sample) -> Block<'static> {
        blocks(&sample.bytes).pop().unwrap()
    }

    #[test]
    fn a_section_is_read_field_by_field() {
        for order in BOTH {
            let mut body = Sample::new(order);
            body.u32(0x1a2b_3c4d).u16(1).u16(2).raw(&order.bytes_of_u64(1 << 33));
            body.options(&[(2, b"machine"), (3, b"system"), (4, b"app"), (1, b"why")]);
            let mut sample = Sample::new(order);
            sample.block(0x0a0d_0d0a, &body.bytes);
            let Block::Section(section) = last(&sample) else { panic!("no section") };
            assert_eq!((section.order, section.version), (order, (1, 2)));
            assert_eq!(section.length, Some(1 << 33));
            assert_eq!(section.hardware().as_deref(), Some("machine"));
            assert_eq!(section.os().as_deref(), Some("system"));
            assert_eq!(section.user_application().as_deref(), Some("app"));
            assert_eq!(section.options.comments().collect::<Vec<_>>(), ["why"]);
            assert_eq!(last(&Sample::pcapng(order)), Block::Section(Section::new(order)));
        }
    }

    #[test]
    fn every_option_of_an_interface_is_read() {
        for order in BOTH {
            let number = |number: u64| order.bytes_of_u64(number);
            let small = |number: u32| order.bytes_of_u32(number);
            let mut sample = Sample::pcapng(order);
            let ipv6 = b"\x20\x01\x0d\xb8\x85\xa3\x08\xd3\x13\x19\x8a\x2e\x03\x70\x73\x44\x40";
            sample.interface(
                113,
                96,
                &[
                    (2, b"eth0"),
                    (3, b"uplink"),
                    (4, &[192, 168, 1, 1, 255, 255, 255, 0]),
                    (4, &[10, 0, 0, 1, 255, 0, 0, 0]),
                    (5, ipv6),
                    (6, &[0, 1, 2, 3, 4, 5]),
                    (7, &[2, 0x34, 0x56, 0xff, 0xfe, 0x78, 0x9a, 0xbc]),
                    (8, &number(100_000_000)),
                    (9, &[9]),
                    (10, &small(3_600)),
                    (11, b"\0tcp port 23"),
                    (12, b"openSUSE 10.2"),
                    (13, &[32]),
                    (14, &number(1_234)),
                    (15, b"NetXtreme"),
                    (16, &number(1_024_000)),
                    (17, &number(8_192_000)),
                    (18, b"Asia/Kolkata"),
                    (19, &small((-5_i32).cast_unsigned())),
                ],
            );
            let Block::Interface(own) = last(&sample) else { panic!("no interface") };
            assert_eq!((own.link_type, own.snap_length), (LinkType::LINUX_SLL, 96));
            assert_eq!(own.name().as_deref(), Some("eth0"));
            assert_eq!(own.description().as_deref(), Some("uplink"));
            let ipv4: Vec<_> = own.ipv4_addresses().map(|own| own.1.to_string()).collect();
            assert_eq!(ipv4, ["255.255.255.0", "255.0.0.0"]);
            let ipv6: Vec<_> = own.ipv6_addresses().collect();
            assert_eq!(ipv6, [("2001:db8:85a3:8d3:1319:8a2e:370:7344".parse().unwrap(), 64)]);
            assert_eq!(own.mac_address(), Some([0, 1, 2, 3, 4, 5]));
            assert_eq!(own.eui_address().map(|own| own[7]), Some(0xbc));
            assert_eq!(own.speed(), Some(100_000_000));
            assert_eq!((own.send_speed(), own.receive_speed()), (Some(1_024_000), Some(8_192_000)));
            assert_eq!((own.resolution(), own.time_zone()), (Resolution::NANOSECOND, Some(3_600)));
            assert_eq!(own.filter(), Some(CaptureFilter::Expression("tcp port 23".into())));
            assert_eq!(own.os().as_deref(), Some("openSUSE 10.2"));
            assert_eq!((own.fcs_length(), own.timestamp_offset()), (Some(32), (1_234, -5)));
            assert_eq!(own.hardware().as_deref(), Some("NetXtreme"));
            assert_eq!(own.iana_time_zone().as_deref(), Some("Asia/Kolkata"));
            assert_eq!(own.clock().time(7).as_nanos(), 1_234_000_000_002);
        }
    }

    #[test]
    fn filters_of_an_interface_are_told_apart() {
        let mut description = InterfaceDescription::new(ByteOrder::Big, LinkType::ETHERNET);
        assert_eq!(description.filter(), None);
        for (bytes, expected) in [
            (b"\x01\0\0\0\x06".as_slice(), CaptureFilter::Bytecode(b"\0\0\0\x06")),
            (b"\x02abc", CaptureFilter::Other(b"\x02abc")),
            (b"\0udp", CaptureFilter::Expression("udp".into())),
        ] {
            description.options = Options::new(ByteOrder::Big);
            description.options.push(InterfaceDescription::FILTER, bytes).unwrap();
            assert_eq!(description.filter(), Some(expected));
        }
    }

    #[test]
    fn every_option_of_a_packet_is_read() {
        for order in BOTH {
            // Inbound, broadcast, a frame check sequence of 9 bytes, checksum valid, a CRC error.
            let flags = order.bytes_of_u32(1 | 3 << 2 | 9 << 5 | 1 << 10 | 1 << 24);
            let thread = [order.bytes_of_u32(1_234), order.bytes_of_u32(5)].concat();
            let verdict = [[2].as_slice(), &order.bytes_of_u64(2)].concat();
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 0, &[]).enhanced(
                0,
                5 << 32 | 7,
                b"hello",
                &[
                    (2, &flags),
                    (3, b"\x02\xec\x1d\x87\x97"),
                    (3, b"\x04"),
                    (4, &order.bytes_of_u64(3)),
                    (5, &order.bytes_of_u64(1 << 40)),
                    (6, &order.bytes_of_u32(9)),
                    (7, &verdict),
                    (7, b"\0drop"),
                    (7, b"\x01short"),
                    (8, &thread),
                ],
            );
            let Block::EnhancedPacket(packet) = last(&sample) else { panic!("no packet") };
            assert_eq!((packet.interface, packet.ticks), (0, 5 << 32 | 7));
            assert_eq!((&*packet.data, packet.original_length), (b"hello".as_slice(), 5));
            let flags = packet.flags().unwrap();
            assert_eq!(flags.direction(), Direction::Inbound);
            assert_eq!((flags.reception(), flags.fcs_length()), (Reception::Broadcast, Some(9)));
            assert_eq!((flags.errors(), flags.0 & PacketFlags::CHECKSUM_VALID), (1 << 8, 1 << 10));
            let hashes: Vec<_> = packet.hashes().collect();
            assert_eq!((hashes[0].algorithm, hashes[0].value), (2, b"\xec\x1d\x87\x97".as_slice()));
            assert_eq!((hashes.len(), hashes[1].algorithm), (2, 4));
            assert_eq!((packet.drop_count(), packet.packet_id()), (Some(3), Some(1 << 40)));
            assert_eq!((packet.queue(), packet.process_and_thread()), (Some(9), Some((1_234, 5))));
            let verdicts: Vec<_> = packet.verdicts().collect();
            let xdp = Verdict::ExpressDataPath(2);
            assert_eq!(verdicts, [xdp, Verdict::Hardware(b"drop"), Verdict::Other(1, b"short")]);
        }
    }

    #[test]
    fn flags_that_say_nothing_are_none() {
        let flags = PacketFlags(0xf01c);
        assert_eq!(flags.direction(), Direction::Unknown);
        assert_eq!((flags.reception(), flags.fcs_length()), (Reception::Unspecified, None));
        assert_eq!(flags.errors(), 0);
    }

    #[test]
    fn the_packet_blocks_without_options_are_read() {
        for order in BOTH {
            let mut body = Sample::new(order);
            body.u16(0).u16(7).words(&[1, 2, 3, 9]).padded(b"abc");
            body.options(&[(2, &order.bytes_of_u32(2)), (3, b"\x05hash")]);
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 4, &[]).block(2, &body.bytes).simple(61, b"abcd");
            let all = blocks(&sample.bytes);
            let [_, _, Block::ObsoletePacket(old), Block::SimplePacket(simple)] = &all[..] else {
                panic!("{all:?}");
            };
            assert_eq!((old.interface, old.drops, old.ticks), (0, 7, 1 << 32 | 2));
            assert_eq!((&*old.data, old.original_length), (b"abc".as_slice(), 9));
            assert_eq!(old.flags().unwrap().direction(), Direction::Outbound);
            assert_eq!(old.hashes().next().map(|hash| hash.algorithm), Some(5));
            assert_eq!((&*simple.data, simple.original_length), (b"abcd".as_slice(), 61));
        }
    }

    #[test]
    fn names_are_read_record_by_record() {
        for order in BOTH {
            let mut body = Sample::new(order);
            body.u16(1).u16(18).padded(b"\x7f\0\0\x01localhost\0me\0\0");
            body.u16(2).u16(18).padded(b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\x12\x34\x56\x78a\0");
            body.u16(3).u16(9).padded(b"\x02\xca\xff\xee\xf0\x0dtp\0");
            body.u16(4).u16(9).padded(b"\x02\xca\xff\xee\xf0\x0d\0\0\0").u16(9).u16(1).padded(b"?");
            body.u32(0).options(&[(2, b"ns"), (3, &[192, 168, 0, 1]), (4, &[1; 16])]);
            let mut sample = Sample::pcapng(order);
            sample.block(4, &body.bytes);
            let Block::NameResolution(block) = last(&sample) else { panic!("no names") };
            let text = |names: Names<'_>| names.iter().collect::<Vec<_>>().join(" ");
            let records: Vec<_> = block
                .records
                .iter()
                .map(|record| match record {
                    NameRecord::Ipv4(address, names) => format!("{address} {}", text(names)),
                    NameRecord::Ipv6(address, names) => format!("{address} {}", text(names)),
                    NameRecord::Eui48(address, names) => format!("{address:x?} {}", text(names)),
                    NameRecord::Eui64(address, names) => format!("{} {}", address[5], text(names)),
                    NameRecord::Other(kind, value) => format!("{kind} {value:?}"),
                })
                .collect();
            let expected = [
                "127.0.0.1 localhost me",
                "2001:db8::1234:5678 a",
                "[2, ca, ff, ee, f0, d] tp",
                "13 ",
                "9 [63]",
            ];
            assert_eq!(records, expected);
            assert_eq!(block.server_name().as_deref(), Some("ns"));
            assert_eq!(block.server_ipv4(), Some([192, 168, 0, 1].into()));
            assert_eq!(block.server_ipv6(), Some([1; 16].into()));
        }
    }

    #[test]
    fn names_are_added_behind_others() {
        let mut records = NameRecords::new(ByteOrder::Big);
        records.push_ipv4([127, 0, 0, 1].into(), &["localhost", "me"]).unwrap();
        records.push_eui48([2, 0, 0, 0, 0, 1], &["tp"]).unwrap();
        let bytes =
            b"\0\x01\0\x11\x7f\0\0\x01localhost\0me\0\0\0\0\0\x03\0\x09\x02\0\0\0\0\x01tp\0\0\0\0";
        assert_eq!(records.as_bytes(), [bytes.as_slice(), &[0; 4]].concat());
        assert!(
            records.push_raw(0, b"").is_err() && records.push_raw(1, &vec![0; 65_536]).is_err()
        );
        assert_eq!(records.iter().count(), 2);
        assert_eq!(NameRecords::new(ByteOrder::Big).as_bytes(), [0; 4]);
    }

    #[test]
    fn names_without_an_end_leave_no_options() {
        let body = b"\0\x01\0\x06\x7f\0\0\x01a\0\0\0\0\x01\0\xffpast";
        let mut sample = Sample::pcapng(ByteOrder::Big);
        sample.block(4, body);
        let Block::NameResolution(block) = last(&sample) else { panic!("no names") };
        assert_eq!((block.records.iter().count(), block.options.iter().count()), (1, 0));
        assert_eq!(block.records.as_bytes(), body);
    }

    #[test]
    fn statistics_and_secrets_are_read_field_by_field() {
        for order in BOTH {
            let mut body = Sample::new(order);
            let mut times = Sample::new(order);
            times.words(&[0x0004_c396, 0x656a_8973]);
            let count = |count| order.bytes_of_u64(count);
            body.words(&[3, 1, 2]).options(&[
                (2, &times.bytes),
                (3, &times.bytes),
                (4, &count(4)),
                (5, &count(5)),
                (6, &count(6)),
                (7, &count(7)),
                (8, &count(8)),
            ]);
            let mut secrets = Sample::new(order);
            secrets.words(&[0x544c_534b, 5]).padded(b"CLIEN").options(&[(1, b"why")]);
            let mut sample = Sample::pcapng(order);
            sample.block(5, &body.bytes).block(10, &secrets.bytes);
            let all = blocks(&sample.bytes);
            let [_, Block::InterfaceStatistics(counts), Block::Secrets(secrets)] = &all[..] else {
                panic!("{all:?}");
            };
            assert_eq!((counts.interface, counts.ticks), (3, 1 << 32 | 2));
            assert_eq!(counts.start_time(), Some(1_340_950_620_834_163));
            assert_eq!(counts.end_time(), counts.start_time());
            let numbers = [
                counts.received(),
                counts.interface_dropped(),
                counts.filter_accepted(),
                counts.system_dropped(),
                counts.delivered(),
            ];
            assert_eq!(numbers, [Some(4), Some(5), Some(6), Some(7), Some(8)]);
            assert_eq!(secrets.kind.to_string(), "TLS Key Log");
            assert_eq!(&*secrets.data, b"CLIEN");
            assert_eq!(secrets.options.comments().collect::<Vec<_>>(), ["why"]);
        }
    }

    #[test]
    fn blocks_of_others_keep_all_their_bytes() {
        for order in BOTH {
            let mut sample = Sample::pcapng(order);
            let mut custom = Sample::new(order);
            custom.u32(32_473).raw(b"data");
            sample.block(0x0bad, &custom.bytes).block(0x4000_0bad, &custom.bytes);
            sample.block(9, b"MESSAGE=hi\n").block(0x8000_0001, b"what");
            let all = blocks(&sample.bytes);
            let [_, Block::Custom(copy), Block::Custom(stay), Block::Journal(entry), unknown] =
                &all[..]
            else {
                panic!("{all:?}");
            };
            assert_eq!((copy.enterprise, copy.copyable, &*copy.data), (32_473, true, &b"data"[..]));
            assert_eq!((stay.enterprise, stay.copyable), (32_473, false));
            assert_eq!((&*entry.entry, &*entry.text()), (&b"MESSAGE=hi\n\0"[..], "MESSAGE=hi\n"));
            let body = b"what".as_slice().into();
            assert_eq!(unknown, &Block::Unknown(Unknown { kind: BlockType(0x8000_0001), body }));
            assert_eq!(unknown.kind().to_string(), "0x80000001");
        }
    }

    #[test]
    fn a_block_too_short_for_its_type_is_lent_as_it_is() {
        for kind in [1, 2, 3, 5, 6, 10, 0x0bad] {
            let mut sample = Sample::pcapng(ByteOrder::Little);
            sample.interface(1, 0, &[]).block(kind, b"").enhanced(0, 0, b"b", &[]);
            let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
            let nth = |capture: &mut CaptureReader<_>| {
                capture.next_block().unwrap().map(|entry| entry.block.kind().0)
            };
            let kinds: [_; 4] = std::array::from_fn(|_| nth(&mut capture));
            assert_eq!(kinds, [Some(0x0a0d_0d0a), Some(1), Some(kind), Some(6)]);
            // As of next_packet: only what has to do with packets is a fault.
            assert_eq!(capture.next_block().is_err(), [1, 2, 3, 6].contains(&kind), "{kind}");
            assert!(capture.next_block().unwrap().is_none());
        }
    }

    #[test]
    fn a_pcap_file_is_a_section_an_interface_and_packets() {
        for order in BOTH {
            for (magic, resolution) in
                [(0xa1b2_c3d4, Resolution::MICROSECOND), (0xa1b2_3c4d, Resolution::NANOSECOND)]
            {
                let mut sample = Sample::pcap(order, magic, 96, 113);
                sample.record([3, 5], b"abc", 60);
                let all = blocks(&sample.bytes);
                let [Block::Section(section), Block::Interface(own), Block::EnhancedPacket(packet)] =
                    &all[..]
                else {
                    panic!("{all:?}");
                };
                assert_eq!(section, &Section::new(order));
                assert_eq!((own.link_type, own.snap_length), (LinkType::LINUX_SLL, 96));
                assert_eq!(own.resolution(), resolution);
                let unit =
                    if resolution == Resolution::NANOSECOND { 1_000_000_000 } else { 1_000_000 };
                assert_eq!((packet.interface, packet.ticks), (0, 3 * unit + 5));
                assert_eq!((&*packet.data, packet.original_length), (b"abc".as_slice(), 60));
            }
        }
    }

    #[test]
    fn entries_say_where_they_are_and_mix_with_packets() {
        let mut sample = Sample::pcapng(ByteOrder::Big);
        sample.interface(1, 0, &[]).enhanced(0, 0, b"a", &[]).enhanced(9, 0, b"lost", &[]);
        sample.enhanced(0, 5, b"b", &[(1, b"why")]);
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap();
        let mut offsets = Vec::new();
        offsets.push(capture.next_block().unwrap().unwrap().offset);
        assert_eq!(capture.next_packet().unwrap().unwrap().data, b"a");
        let lost = capture.next_block().unwrap().unwrap();
        assert!(lost.packet.is_none() && matches!(lost.block, Block::EnhancedPacket(_)));
        offsets.push(lost.offset);
        let entry = capture.next_block().unwrap().unwrap();
        offsets.push(entry.offset);
        let packet = entry.packet.unwrap();
        assert_eq!((packet.data, packet.timestamp.as_nanos()), (b"b".as_slice(), 5_000));
        assert_eq!(packet.comments.iter().collect::<Vec<_>>(), [b"why"]);
        assert_eq!(offsets, [0, sample.ends[2].at as u64, sample.ends[3].at as u64]);
        assert_eq!(capture.packets_read(), 2);
    }
}
