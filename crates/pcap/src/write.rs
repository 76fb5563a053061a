//! Writing captures: the pcap format, with nanoseconds.

use std::borrow::Cow;
use std::io::Write;

use pcap_file::pcap::{self, PcapHeader, PcapTsResolution, PcapWriteError, RawPcapPacket};
use pcap_file::{DataLink, Endianness};
use rheos_core::{LinkType, RawPacket};

use crate::Error;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;
/// The largest packet that other tools read, as in tcpdump's own files.
const SNAP_LENGTH: u32 = 262_144;

/// Writes packets of one link type into a capture: pcap with nanoseconds, in little-endian order.
/// Each packet is several small writes: give it a [`BufWriter`](std::io::BufWriter).
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_pcap::{CaptureReader, PcapWriter};
///
/// let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET)?;
/// let time = Timestamp::from_nanos(1_700_000_000_000_000_005);
/// writer.write(&RawPacket::new(time, LinkType::ETHERNET, b"hi"))?;
/// let file = writer.finish()?;
///
/// let mut capture = CaptureReader::new(file.as_slice())?;
/// let packet = capture.next_packet()?.unwrap();
/// assert_eq!((packet.timestamp, packet.data), (time, b"hi".as_slice()));
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
#[derive(Debug)]
pub struct PcapWriter<W: Write> {
    writer: pcap::PcapWriter<W>,
    link_type: LinkType,
    packets: u64,
}

impl<W: Write> PcapWriter<W> {
    /// Writes the header of a capture.
    ///
    /// # Errors
    ///
    /// The writer fails.
    pub fn new(writer: W, link_type: LinkType) -> Result<Self, Error> {
        let header = PcapHeader {
            snaplen: SNAP_LENGTH,
            datalink: DataLink::from(u32::from(link_type.0)),
            ts_resolution: PcapTsResolution::NanoSecond,
            endianness: Endianness::Little,
            ..PcapHeader::default()
        };
        let writer = pcap::PcapWriter::with_header(writer, header).map_err(failed(0))?;
        Ok(Self { writer, link_type, packets: 0 })
    }

    /// Writes a packet.
    ///
    /// # Errors
    ///
    /// The writer fails, the packet is of another link type, or its time is not between 1970 and
    /// 2106, which is all that the format knows.
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        let number = self.packets.saturating_add(1);
        if packet.link_type != self.link_type {
            let (found, link_type) = (packet.link_type, self.link_type);
            return Err(Error::OtherLinkType { packet: number, found, link_type });
        }
        let nanos = packet.timestamp.as_nanos();
        let time = || Error::TimeRange { packet: number };
        let ts_sec = u32::try_from(nanos.div_euclid(SECOND)).map_err(|_| time())?;
        let ts_frac = u32::try_from(nanos.rem_euclid(SECOND)).map_err(|_| time())?;
        let incl_len = u32::try_from(packet.data.len());
        let length = packet.data.len() as u64;
        let incl_len =
            incl_len.map_err(|_| Error::Oversized { offset: 0, length, packet: number })?;
        let orig_len = packet.original_length.max(incl_len);
        let data = Cow::Borrowed(packet.data);
        let record = RawPcapPacket { ts_sec, ts_frac, incl_len, orig_len, data };
        self.writer.write_raw_packet(&record).map_err(failed(number))?;
        self.packets = number;
        Ok(())
    }

    /// Hands everything on and gives the writer back.
    ///
    /// # Errors
    ///
    /// The writer fails.
    pub fn finish(mut self) -> Result<W, Error> {
        self.writer.flush().map_err(failed(self.packets))?;
        Ok(self.writer.into_inner())
    }
}

fn failed(packet: u64) -> impl FnOnce(PcapWriteError) -> Error {
    move |error| match error {
        PcapWriteError::Io(source) | PcapWriteError::FieldWriteFailed(_, source) => {
            Error::Write { packet, source }
        }
        error @ PcapWriteError::Validation(_) => {
            Error::Write { packet, source: std::io::Error::other(error) }
        }
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::Timestamp;

    use super::*;
    use crate::CaptureReader;

    fn packet(nanos: i64) -> RawPacket<'static> {
        RawPacket::new(Timestamp::from_nanos(nanos), LinkType::ETHERNET, b"bytes")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let cut = RawPacket { original_length: 1500, ..packet(999_999_999) };
        let written = [packet(0), cut, packet(4_294_967_295_999_999_999)];
        let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        written.iter().for_each(|packet| writer.write(packet).unwrap());
        let file = writer.finish().unwrap();
        let mut capture = CaptureReader::new(file.as_slice()).unwrap();
        for packet in written {
            assert_eq!(
                format!("{:?}", capture.next_packet().unwrap().unwrap()),
                format!("{packet:?}")
            );
        }
        assert!(capture.next_packet().unwrap().is_none());
    }

    #[test]
    fn the_header_is_that_of_the_format() {
        // draft-ietf-opsawg-pcap, section 4.
        let file = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap().finish().unwrap();
        assert_eq!(file[..8], [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0]);
        assert_eq!((&file[16..20], &file[20..]), (&[0, 0, 4, 0][..], &[1, 0, 0, 0][..]));
    }

    #[test]
    fn what_the_format_cannot_say_is_an_error() {
        let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        let error = |result: Result<(), Error>| result.unwrap_err().to_string();
        assert_eq!(
            error(writer.write(&packet(-1))),
            "cannot write packet 1: its time is not between 1970 and 2106"
        );
        let other = RawPacket { link_type: LinkType::RAW, ..packet(0) };
        assert_eq!(
            error(writer.write(&other)),
            "cannot write packet 1: RAW in a capture of ETHERNET"
        );
    }
}
