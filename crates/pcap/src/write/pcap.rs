//! Writing pcap: a header, then packets of one link type.

use std::borrow::Cow;
use std::io::{BufWriter, Write};

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcap::{PcapHeader, PcapTsResolution, PcapWriteError, RawPcapPacket};
use pcap_file::{DataLink, Endianness};
use rheos_core::{LinkType, RawPacket};

use crate::buffer::MAX_RECORD;
use crate::clock::Resolution;
use crate::error::Error;
use crate::order::ByteOrder;
use crate::write::BUFFER;
use crate::write::options::PcapOptions;
use crate::write::ticks::Rounding;

/// The longest packet: what the reader takes, without the header of its record.
const MAX_DATA: usize = MAX_RECORD - RECORD_HEADER;
/// The numbers in front of a packet.
const RECORD_HEADER: usize = 16;
/// Nanoseconds in a microsecond.
const MICROSECOND: u32 = 1_000;

/// Writes packets of one link type into a capture of the pcap format.
///
/// It collects records and hands them on in large pieces, so that a writer that is given to it needs
/// no buffer of its own. Between packets nothing is allocated.
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
    writer: BufWriter<W>,
    link_type: LinkType,
    options: PcapOptions,
    packets: u64,
    bytes: u64,
}

impl<W: Write> PcapWriter<W> {
    /// The resolutions that the format has.
    const RESOLUTIONS: [Resolution; 2] = [Resolution::MICROSECOND, Resolution::NANOSECOND];

    /// Writes the header of a capture with nanoseconds, in little-endian order.
    ///
    /// # Errors
    ///
    /// As of [`with_options`](Self::with_options).
    pub fn new(writer: W, link_type: LinkType) -> Result<Self, Error> {
        Self::with_options(writer, link_type, PcapOptions::default())
    }

    /// Writes the header of a capture.
    ///
    /// # Errors
    ///
    /// [`Error::OtherResolution`] for a resolution that the format has not; [`Error::Write`].
    pub fn with_options(
        writer: W,
        link_type: LinkType,
        options: PcapOptions,
    ) -> Result<Self, Error> {
        let mut writer = Self::behind_header(writer, link_type, options)?;
        let written = writer.header().write_to(&mut writer.writer).map_err(failed(0))?;
        writer.bytes = written as u64;
        Ok(writer)
    }

    /// Goes on in a capture that has its header.
    pub(crate) fn behind_header(
        writer: W,
        link_type: LinkType,
        options: PcapOptions,
    ) -> Result<Self, Error> {
        if !Self::RESOLUTIONS.contains(&options.resolution) {
            return Err(Error::OtherResolution { resolution: options.resolution });
        }
        let writer = BufWriter::with_capacity(BUFFER, writer);
        Ok(Self { writer, link_type, options, packets: 0, bytes: 0 })
    }

    /// Writes a packet.
    ///
    /// Direction, interface and comments have no place in the format.
    ///
    /// # Errors
    ///
    /// [`Error::OtherLinkType`]; [`Error::TimeRange`] for a time not between 1970 and 2106, which is
    /// all that the format knows; [`Error::TimePrecision`] where [`Rounding::Refuse`] says so;
    /// [`Error::PacketLength`]. The packet is left out then, and others may follow.
    /// [`Error::Write`], after which the capture may be cut anywhere.
    #[inline]
    pub fn write(&mut self, packet: &RawPacket<'_>) -> Result<(), Error> {
        let number = self.packets.saturating_add(1);
        if packet.link_type != self.link_type {
            let (found, link_type) = (packet.link_type, self.link_type);
            return Err(Error::OtherLinkType { packet: number, found, link_type });
        }
        let (ts_sec, ts_frac) = self.time(packet, number)?;
        let mut data = packet.data;
        if self.options.cut && self.options.snap_length != 0 {
            data = data.get(..self.options.snap_length as usize).unwrap_or(data);
        }
        let incl_len = u32::try_from(data.len()).ok().filter(|_| data.len() <= MAX_DATA);
        let Some(incl_len) = incl_len else {
            return Err(Error::PacketLength { packet: number, length: data.len() as u64 });
        };
        let orig_len = packet.original_length;
        // Written into a piece of the stack, the numbers are one write and not four.
        let record =
            RawPcapPacket { ts_sec, ts_frac, incl_len, orig_len, data: Cow::Borrowed(&[]) };
        let mut head = [0; RECORD_HEADER];
        let put = match self.options.byte_order {
            ByteOrder::Big => record.write_to::<_, BigEndian>(&mut head.as_mut_slice()),
            ByteOrder::Little => record.write_to::<_, LittleEndian>(&mut head.as_mut_slice()),
        };
        put.map_err(failed(number))?;
        let written = self.writer.write_all(&head).and_then(|()| self.writer.write_all(data));
        written.map_err(|source| Error::Write { packet: number, source })?;
        self.packets = number;
        let length = data.len().saturating_add(RECORD_HEADER) as u64;
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }

    /// Hands on all that has been written.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn flush(&mut self) -> Result<(), Error> {
        let packet = self.packets;
        self.writer.flush().map_err(|source| Error::Write { packet, source })
    }

    /// Hands everything on and gives the writer back.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<W, Error> {
        self.flush()?;
        let packet = self.packets;
        self.writer.into_inner().map_err(|error| Error::Write { packet, source: error.into() })
    }

    /// Goes on in another writer, behind the same header, and gives the one before it back. What is
    /// counted starts anew.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn go_on_in(&mut self, writer: W) -> Result<W, Error> {
        let next = Self::with_options(writer, self.link_type, self.options.clone())?;
        std::mem::replace(self, next).finish()
    }

    /// The link type of the packets.
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }

    /// How many packets have been written.
    pub fn packets_written(&self) -> u64 {
        self.packets
    }

    /// How many bytes have been written, uncompressed.
    pub fn bytes_written(&self) -> u64 {
        self.bytes
    }

    fn header(&self) -> PcapHeader {
        let options = &self.options;
        PcapHeader {
            version_major: options.version.0,
            version_minor: options.version.1,
            ts_correction: options.time_zone,
            ts_accuracy: options.accuracy,
            snaplen: options.snap_length,
            datalink: DataLink::from(
                u32::from(options.link_flags) << 16 | u32::from(self.link_type.0),
            ),
            ts_resolution: match options.resolution {
                Resolution::NANOSECOND => PcapTsResolution::NanoSecond,
                _ => PcapTsResolution::MicroSecond,
            },
            endianness: match options.byte_order {
                ByteOrder::Big => Endianness::Big,
                ByteOrder::Little => Endianness::Little,
            },
        }
    }

    /// Seconds, and the smaller unit.
    #[inline]
    fn time(&self, packet: &RawPacket<'_>, number: u64) -> Result<(u32, u32), Error> {
        let Ok(seconds) = u32::try_from(packet.timestamp.seconds()) else {
            return Err(Error::TimeRange { packet: number });
        };
        let nanos = packet.timestamp.subsec_nanos();
        if self.options.resolution == Resolution::NANOSECOND {
            return Ok((seconds, nanos));
        }
        if self.options.rounding == Rounding::Refuse && !nanos.is_multiple_of(MICROSECOND) {
            let resolution = self.options.resolution;
            return Err(Error::TimePrecision { packet: number, resolution });
        }
        Ok((seconds, nanos.div_euclid(MICROSECOND)))
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
    use proptest::prelude::*;
    use rheos_core::Timestamp;

    use super::*;
    use crate::sample::read_whole;

    fn packet(nanos: i64) -> RawPacket<'static> {
        RawPacket::new(Timestamp::from_nanos(nanos), LinkType::ETHERNET, b"bytes")
    }

    fn options() -> PcapOptions {
        PcapOptions::default()
    }

    fn written(options: PcapOptions, packets: &[RawPacket<'_>]) -> Vec<u8> {
        let link_type = packets.first().map_or(LinkType::ETHERNET, |packet| packet.link_type);
        let mut writer = PcapWriter::with_options(Vec::new(), link_type, options).unwrap();
        packets.iter().for_each(|packet| writer.write(packet).unwrap());
        let bytes = writer.bytes_written();
        let file = writer.finish().unwrap();
        assert_eq!(file.len() as u64, bytes);
        file
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        // draft-ietf-opsawg-pcap, sections 4 and 5; FCS of four bytes.
        let cut = RawPacket { original_length: 60, ..packet(1_000_002_999) };
        let options = PcapOptions {
            resolution: Resolution::MICROSECOND,
            byte_order: ByteOrder::Big,
            snap_length: 96,
            link_flags: 0x4400,
            version: (2, 3),
            time_zone: -3_600,
            accuracy: 6,
            ..options()
        };
        let expected = b"\xa1\xb2\xc3\xd4\0\x02\0\x03\xff\xff\xf1\xf0\0\0\0\x06\
            \0\0\0\x60\x44\0\0\x01\0\0\0\x01\0\0\0\x02\0\0\0\x05\0\0\0\x3cbytes";
        assert_eq!(written(options, &[cut]), expected);
        let little = b"\x4d\x3c\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0\
            \x01\0\0\0\xb7\x0b\0\0\x05\0\0\0\x3c\0\0\0bytes";
        assert_eq!(written(self::options(), &[cut]), little);
    }

    #[test]
    fn packets_are_cut_to_the_snap_length_by_choice() {
        for (snap_length, cut, data) in
            [(3, true, "byt"), (3, false, "bytes"), (0, true, "bytes"), (9, true, "bytes")]
        {
            let options = PcapOptions { snap_length, cut, ..options() };
            let [seen] = &read_whole(&written(options, &[packet(0)]))[..] else { panic!("one") };
            assert_eq!((&*seen.data, seen.original_length), (data.as_bytes(), 5));
        }
    }

    #[test]
    fn what_the_format_cannot_say_is_an_error_and_leaves_no_trace() {
        let options = PcapOptions {
            resolution: Resolution::MICROSECOND,
            rounding: Rounding::Refuse,
            ..options()
        };
        let mut writer = PcapWriter::with_options(Vec::new(), LinkType::ETHERNET, options).unwrap();
        let error = |result: Result<(), Error>| result.unwrap_err().to_string();
        let range = "cannot write packet 1: its time is not between 1970 and 2106";
        assert_eq!(error(writer.write(&packet(-1))), range);
        assert_eq!(error(writer.write(&packet(4_294_967_296_000_000_000))), range);
        assert_eq!(
            error(writer.write(&packet(1))),
            "cannot write packet 1: its time is between two ticks of 10^-6 s"
        );
        let other = RawPacket { link_type: LinkType::RAW, ..packet(0) };
        assert_eq!(
            error(writer.write(&other)),
            "cannot write packet 1: RAW in a capture of ETHERNET"
        );
        writer.write(&packet(4_294_967_295_999_999_000)).unwrap();
        assert_eq!(writer.packets_written(), 1);
        let file = writer.finish().unwrap();
        assert_eq!(read_whole(&file)[0].nanos, 4_294_967_295_999_999_000);

        let options = PcapOptions { resolution: Resolution::Decimal(3), ..self::options() };
        let error = PcapWriter::with_options(Vec::new(), LinkType::ETHERNET, options).unwrap_err();
        assert_eq!(error.to_string(), "pcap has no ticks of 10^-3 s");
    }

    #[test]
    fn a_writer_that_fails_is_an_error() {
        let mut room = [0; 30];
        let mut writer = PcapWriter::new(room.as_mut_slice(), LinkType::ETHERNET).unwrap();
        writer.write(&packet(0)).unwrap();
        assert!(matches!(writer.flush(), Err(Error::Write { packet: 1, .. })));
        assert!(writer.finish().is_err());
    }

    #[test]
    fn what_is_flushed_is_whole() {
        let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
        writer.write(&packet(7)).unwrap();
        assert!(writer.writer.get_ref().is_empty());
        writer.flush().unwrap();
        assert_eq!(read_whole(writer.writer.get_ref()).len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            big: bool,
            micros: bool,
            snap_length: u32,
            packets in prop::collection::vec(
                (0..4_294_967_296_000_000_000_i64, any::<u32>(), any::<Vec<u8>>()), 0..9,
            ),
        ) {
            let options = PcapOptions {
                byte_order: if big { ByteOrder::Big } else { ByteOrder::Little },
                resolution: PcapWriter::<Vec<u8>>::RESOLUTIONS[usize::from(!micros)],
                snap_length,
                ..options()
            };
            let raw: Vec<_> = packets.iter().map(|(nanos, original_length, data)| RawPacket {
                original_length: *original_length,
                ..RawPacket::new(Timestamp::from_nanos(*nanos), LinkType::RAW, data)
            }).collect();
            let seen = read_whole(&written(options, &raw));
            prop_assert_eq!(seen.len(), packets.len());
            for (seen, (nanos, original_length, data)) in seen.iter().zip(&packets) {
                let lost = if micros { nanos % 1_000 } else { 0 };
                prop_assert_eq!(seen.nanos, nanos - lost);
                prop_assert_eq!(seen.original_length, *original_length);
                prop_assert_eq!(&seen.data, data);
            }
        }
    }
}
