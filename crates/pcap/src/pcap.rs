//! pcap, [draft-ietf-opsawg-pcap](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html):
//! a header, then packets.
//!
//! ```text
//!  0                               16                             31
//! |         timestamp, seconds, and micro- or nanoseconds          |
//! |                                                                |
//! |                        captured length                         |
//! |                        original length                         |
//! |     modified variant: interface index, protocol, packet type   |
//! |                                                                |
//! |                              data                              |
//! ```

use std::io::Read;

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::Endianness;
use pcap_file::pcap::{PcapHeader, PcapTsResolution, RawPcapPacket};
use rheos_core::{Direction, LinkType, Timestamp};

use crate::buffer::{Buffer, MAX_RECORD};
use crate::clock::Resolution;
use crate::error::Error;
use crate::interface::Interface;
use crate::order::Order;
use crate::reader::{Format, Record};

/// Length of the file header.
const FILE_HEADER: usize = 24;
/// Length of a packet header.
const PACKET_HEADER: usize = 16;
/// What the modified variant adds to it.
const MODIFIED_EXTRA: usize = 8;
/// The modified variant's magic, of Alexey Kuznetzov's patches to libpcap.
const MODIFIED_MAGIC: u32 = 0xa1b2_cd34;
/// The magic of the plain variant.
const MAGIC: u32 = 0xa1b2_c3d4;
/// The magic of the plain variant with nanoseconds.
const NANOS_MAGIC: u32 = 0xa1b2_3c4d;

/// How the packets of a file are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pcap {
    order: Order,
    /// Nanoseconds in the smaller unit of time.
    unit: i64,
    header: usize,
}

impl Pcap {
    /// Whether a file starts with one of the magics.
    pub(crate) fn starts(magic: [u8; 4]) -> bool {
        [u32::from_be_bytes(magic), u32::from_le_bytes(magic)]
            .iter()
            .any(|magic| [MAGIC, NANOS_MAGIC, MODIFIED_MAGIC].contains(magic))
    }

    /// Reads the file header.
    pub(crate) fn open<R: Read>(buffer: &mut Buffer<R>) -> Result<(Self, Interface), Error> {
        buffer.hold(FILE_HEADER, 1)?;
        let mut bytes = [0; FILE_HEADER];
        bytes.copy_from_slice(buffer.take(FILE_HEADER));
        let mut header = PACKET_HEADER;
        if let Some(magic) = bytes.first_chunk_mut() {
            // pcap-file does not know the variant, whose file header differs in nothing else.
            if u32::from_be_bytes(*magic) == MODIFIED_MAGIC {
                *magic = MAGIC.to_be_bytes();
                header = PACKET_HEADER.saturating_add(MODIFIED_EXTRA);
            } else if u32::from_le_bytes(*magic) == MODIFIED_MAGIC {
                *magic = MAGIC.to_le_bytes();
                header = PACKET_HEADER.saturating_add(MODIFIED_EXTRA);
            }
        }
        let unknown = || Error::UnknownFormat { magic: 0 };
        let (_, file) = PcapHeader::from_slice(&bytes).map_err(|_| unknown())?;
        let (unit, resolution) = match file.ts_resolution {
            PcapTsResolution::MicroSecond => (1_000, Resolution::MICROSECOND),
            PcapTsResolution::NanoSecond => (1, Resolution::NANOSECOND),
        };
        let order = match file.endianness {
            Endianness::Big => Order::Big,
            Endianness::Little => Order::Little,
        };
        // The upper half holds the length of frame check sequences and flags.
        let [_, _, high, low] = u32::from(file.datalink).to_be_bytes();
        let link_type = LinkType(u16::from_be_bytes([high, low]));
        Ok((Self { order, unit, header }, Interface::new(link_type, file.snaplen, resolution)))
    }

    /// Which variant it is.
    pub(crate) fn format(&self) -> Format {
        if self.header == PACKET_HEADER { Format::Pcap } else { Format::PcapModified }
    }

    /// Finds the next packet in the window.
    #[inline]
    pub(crate) fn next<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        link_type: LinkType,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        if !buffer.hold(self.header, packet)? {
            return Ok(None);
        }
        let Some(([_, _, captured], _)) = self.order.words(buffer.window()) else {
            return Ok(None);
        };
        let length = self.header.saturating_add(captured as usize);
        if length > MAX_RECORD {
            let offset = buffer.position();
            return Err(Error::Oversized { offset, length: length as u64, packet });
        }
        buffer.hold(length, packet)?;
        let parsed = match self.order {
            Order::Big => RawPcapPacket::from_slice::<BigEndian>(buffer.window()),
            Order::Little => RawPcapPacket::from_slice::<LittleEndian>(buffer.window()),
        };
        // Both lengths were checked above; what is whole, pcap-file does not refuse.
        let Ok((_, raw)) = parsed else { return Ok(None) };
        let fraction = i64::from(raw.ts_frac).saturating_mul(self.unit);
        Ok(Some(Record {
            length,
            data: self.header..length,
            options: length..length,
            order: self.order,
            timestamp: Timestamp::from_secs(i64::from(raw.ts_sec), fraction),
            link_type,
            original_length: raw.orig_len,
            interface: 0,
            direction: Direction::Unknown,
        }))
    }
}
