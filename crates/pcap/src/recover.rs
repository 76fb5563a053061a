//! Going on behind damage: the next place where a record or block makes sense.

use std::io::Read;

use crate::buffer::Buffer;
use crate::entry::Framed;
use crate::error::Error;
use crate::pcapng::PcapNg;
use crate::reader::Dialect;
use crate::record::Record;
use crate::snoop;

/// Each damage costs memory for the rest of the capture, so a hostile stream of nothing else must
/// find an end: those behind are counted, not kept.
pub(crate) const MAX_DAMAGES: usize = 1_000;

/// A place where a capture could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Damage {
    /// Where it starts: bytes of the capture, uncompressed, in front of it.
    pub offset: u64,
    /// How many bytes were passed over.
    pub skipped: u64,
    /// The number, from 1, of the packet that would have come next.
    pub packet: u64,
    /// What is wrong there.
    pub cause: Error,
}

/// What a reader has passed over.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    pub(crate) damages: Vec<Damage>,
    pub(crate) count: u64,
    pub(crate) skipped: u64,
}

impl Recovery {
    /// Notes a damage.
    pub(crate) fn note(&mut self, damage: Damage) {
        self.count = self.count.saturating_add(1);
        self.skipped = self.skipped.saturating_add(damage.skipped);
        if self.damages.len() < MAX_DAMAGES {
            self.damages.push(damage);
        }
    }

    /// The next packet, behind what cannot be read.
    pub(crate) fn next<R: Read>(
        &mut self,
        dialect: &mut Dialect,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        loop {
            let next = match dialect {
                Dialect::Pcap(pcap, interface) => {
                    pcap.next_credible(buffer, interface.link_type, packet)
                }
                Dialect::Snoop(interface) => {
                    snoop::next_credible(buffer, interface.link_type, packet)
                }
                Dialect::PcapNg(pcapng) => pcapng.next(buffer, packet),
            };
            match self.note_faults(next, dialect, packet) {
                Err(cause) => self.pass_over(cause, dialect, buffer, packet)?,
                next => return next,
            }
        }
    }

    /// The next block, behind what cannot be read.
    pub(crate) fn next_block<R: Read>(
        &mut self,
        dialect: &mut Dialect,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<Option<Framed>, Error> {
        let Dialect::PcapNg(_) = dialect else {
            return Ok(self.next(dialect, buffer, packet)?.map(Framed::of_record));
        };
        loop {
            let next = dialect.next_block(buffer, packet);
            match self.note_faults(next, dialect, packet) {
                Err(cause) => self.pass_over(cause, dialect, buffer, packet)?,
                next => return next,
            }
        }
    }

    /// Notes blocks that were whole and could not be read: all behind them has been.
    fn note_faults<T>(
        &mut self,
        next: Result<Option<T>, Error>,
        dialect: &mut Dialect,
        packet: u64,
    ) -> Result<Option<T>, Error> {
        let Dialect::PcapNg(pcapng) = dialect else { return next };
        let passed_over = pcapng.take_passed_over();
        // At a clean end the fault itself is what comes next.
        let (next, fault) = match next {
            Err(fault @ (Error::BlockContent { .. } | Error::UndeclaredInterface { .. })) => {
                (Ok(None), Some(fault))
            }
            next => (next, pcapng.take_fault()),
        };
        if let Some(cause) = fault {
            let offset = match cause {
                Error::BlockContent { offset, .. } | Error::UndeclaredInterface { offset, .. } => {
                    offset
                }
                _ => 0,
            };
            self.note(Damage { offset, skipped: passed_over, packet, cause });
        }
        next
    }

    /// Passes over a damage at the front of the window, up to what makes sense or to the end.
    ///
    /// What the source itself says ends the capture: behind it there is nothing to be found.
    #[cold]
    fn pass_over<R: Read>(
        &mut self,
        cause: Error,
        dialect: &mut Dialect,
        buffer: &mut Buffer<R>,
        packet: u64,
    ) -> Result<(), Error> {
        if matches!(cause, Error::Io { .. } | Error::Decompress { .. }) {
            return Err(cause);
        }
        let offset = buffer.position();
        let found = search(dialect, buffer, packet);
        let skipped = buffer.position().saturating_sub(offset);
        self.note(Damage { offset, skipped, packet, cause });
        found
    }
}

impl Dialect {
    /// The fewest bytes of a record or block.
    fn smallest(&self) -> usize {
        match self {
            Self::Pcap(pcap, _) => pcap.smallest(),
            Self::PcapNg(_) => PcapNg::smallest(),
            Self::Snoop(_) => snoop::PACKET_HEADER,
        }
    }

    /// Whether a record or block seems to start at the front of the window.
    fn plausible<R: Read>(&mut self, buffer: &mut Buffer<R>, packet: u64) -> Result<bool, Error> {
        match self {
            Self::Pcap(pcap, _) => pcap.plausible(buffer, 0, packet),
            Self::PcapNg(pcapng) => pcapng.plausible(buffer, packet),
            Self::Snoop(_) => snoop::plausible(buffer, 0, packet),
        }
    }
}

/// Takes bytes until a record or block makes sense, or there are none.
fn search<R: Read>(
    dialect: &mut Dialect,
    buffer: &mut Buffer<R>,
    packet: u64,
) -> Result<(), Error> {
    let smallest = dialect.smallest();
    buffer.take(1);
    loop {
        if !buffer.has(smallest, packet)? {
            if !buffer.follows() {
                let rest = buffer.window().len();
                buffer.take(rest);
            }
            return Ok(());
        }
        if dialect.plausible(buffer, packet)? {
            return Ok(());
        }
        buffer.take(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::ByteOrder;
    use crate::reader::CaptureReader;
    use crate::sample::Sample;

    /// What was passed over: offset, bytes, message.
    type Told = Vec<(u64, u64, String)>;

    /// The data that a recovering reader lends, and what it passes over.
    fn recovered(bytes: &[u8]) -> (Vec<Vec<u8>>, Told) {
        let mut capture = CaptureReader::new(bytes).unwrap().recover(true);
        let mut data = Vec::new();
        while let Some(packet) = capture.next_packet().unwrap() {
            data.push(packet.data.to_vec());
        }
        let damages = capture.damages().iter();
        let told = damages.map(|own| (own.offset, own.skipped, own.cause.to_string())).collect();
        (data, told)
    }

    /// The packet of a number: its data tells it.
    fn data(number: u32) -> Vec<u8> {
        number.to_be_bytes().repeat(15 + number as usize % 5)
    }

    /// Captures of ten packets.
    fn samples() -> Vec<Sample> {
        let mut samples = Vec::new();
        for order in [ByteOrder::Big, ByteOrder::Little] {
            for magic in [0xa1b2_c3d4, 0xa1b2_3c4d] {
                let mut sample = Sample::pcap(order, magic, 262_144, 1);
                for number in 0..10 {
                    let data = data(number);
                    sample.record([1_700_000_000 + number, 5], &data, data.len() as u32);
                }
                samples.push(sample);
            }
            let mut sample = Sample::pcapng(order);
            sample.interface(1, 0, &[]);
            for number in 0..10 {
                sample.enhanced(0, u64::from(number), &data(number), &[]);
            }
            samples.push(sample);
        }
        let mut sample = Sample::new(ByteOrder::Big);
        sample.raw(b"snoop\0\0\0").words(&[2, 4]).end(0);
        for number in 0..10 {
            let data = data(number);
            let length = data.len() as u32;
            sample.words(&[length, length, length + 24, 0, 1, 5]).raw(&data).end(1);
        }
        samples.push(sample);
        samples
    }

    /// Where the packets start, and the last one ends.
    fn starts(sample: &Sample) -> Vec<usize> {
        let headers = sample.ends.iter().filter(|end| end.packets == 0).count();
        sample.ends[headers - 1..].iter().map(|end| end.at).collect()
    }

    /// Checks that all packets but these are lent, and that the damage was told to start and end so.
    #[track_caller]
    fn check(bytes: &[u8], lost: &[u32], damages: &[(usize, usize)]) {
        let (seen, told) = recovered(bytes);
        let expected: Vec<_> = (0..10).filter(|number| !lost.contains(number)).map(data).collect();
        assert!(seen == expected, "{:x?}: {} packets, {told:?}", &bytes[..4], seen.len());
        let told: Vec<_> = told.iter().map(|told| (told.0 as usize, told.1 as usize)).collect();
        assert_eq!(told, damages);
    }

    #[test]
    fn what_is_whole_is_lent_without_a_word() {
        for sample in samples() {
            check(&sample.bytes, &[], &[]);
        }
    }

    #[test]
    fn records_of_zeros_cost_only_themselves() {
        for sample in samples() {
            let (at, mut bytes) = (starts(&sample), sample.bytes.clone());
            bytes[at[4]..at[6]].fill(0);
            check(&bytes, &[4, 5], &[(at[4], at[6] - at[4])]);
        }
    }

    #[test]
    fn bytes_lost_in_a_record_cost_only_that() {
        for sample in samples() {
            let (at, mut bytes) = (starts(&sample), sample.bytes.clone());
            bytes.drain(at[4] + 30..at[4] + 41);
            check(&bytes, &[4], &[(at[4], at[5] - at[4] - 11)]);
        }
    }

    #[test]
    fn bytes_put_between_records_cost_none() {
        for sample in samples() {
            let (at, mut bytes) = (starts(&sample), sample.bytes.clone());
            bytes.splice(at[4]..at[4], [0xa5; 13]);
            check(&bytes, &[], &[(at[4], 13)]);
        }
    }

    #[test]
    fn a_clock_that_is_set_and_fractions_that_are_none_are_no_damage() {
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        for seconds in [0, 1, 2, 1_700_000_000, 1_700_000_001, 5, 6, 1_700_000_000] {
            sample.record([seconds, 999_999_999], b"abc", 2);
        }
        let (data, told) = recovered(&sample.bytes);
        assert_eq!((data.len(), told.len()), (8, 0), "{told:?}");
        let at = sample.ends[2].at;
        sample.bytes.splice(at..at, [0xa5; 40]);
        let (data, told) = recovered(&sample.bytes);
        assert_eq!((data.len(), told.len()), (8, 1), "{told:?}");
    }

    #[test]
    fn a_length_too_long_for_the_file_costs_only_its_record() {
        for sample in samples() {
            let (at, mut bytes) = (starts(&sample), sample.bytes.clone());
            // The captured length, the block's length or that of the record, in either byte order.
            let field = if sample.bytes.starts_with(b"\x0a\x0d") { 4 } else { 8 };
            bytes[at[4] + field..at[4] + field + 4].fill(0x01);
            check(&bytes, &[4], &[(at[4], at[5] - at[4])]);
        }
    }

    #[test]
    fn the_end_inside_a_record_is_passed_over() {
        for sample in samples() {
            let at = starts(&sample);
            for cut in [at[9] + 1, at[9] + 30, at[10] - 1] {
                check(&sample.bytes[..cut], &[9], &[(at[9], cut - at[9])]);
            }
        }
    }

    #[test]
    fn a_section_without_its_start_is_read_in_its_byte_order() {
        for order in [ByteOrder::Big, ByteOrder::Little] {
            let mut sample = Sample::pcapng(order);
            let start = sample.bytes.len();
            sample.interface(1, 0, &[]).enhanced(0, 0, b"a", &[]);
            sample.bytes[8..start].fill(0x77);
            let (data, told) = recovered(&sample.bytes);
            assert_eq!(data, [b"a"]);
            assert_eq!((told.len(), told[0].0, told[0].1), (1, 0, start as u64));
        }
    }

    #[test]
    fn a_packet_of_nowhere_is_told_with_the_rest() {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[]).enhanced(7, 0, b"lost", &[]).enhanced(0, 0, b"a", &[]);
        let at = sample.ends[1].at as u64;
        sample.enhanced(9, 0, b"lost", &[]);
        let (data, told) = recovered(&sample.bytes);
        assert_eq!(data, [b"a"]);
        assert_eq!((told.len(), told[0].0, told[0].1), (2, at, 36));
        assert!(told[1].2.ends_with("is of undeclared interface 9"), "{told:?}");
    }

    #[test]
    fn damages_without_end_are_counted_and_not_kept() {
        let mut sample = Sample::pcapng(ByteOrder::Little);
        sample.interface(1, 0, &[]);
        for _ in 0..MAX_DAMAGES + 5 {
            sample.enhanced(9, 0, b"", &[]).enhanced(0, 0, b"", &[]);
        }
        let mut capture = CaptureReader::new(sample.bytes.as_slice()).unwrap().recover(true);
        while capture.next_packet().unwrap().is_some() {}
        assert_eq!(capture.damages().len(), MAX_DAMAGES);
        let count = MAX_DAMAGES as u64 + 5;
        assert_eq!(capture.damage_count(), (count, count * 32));
    }

    #[test]
    fn a_source_that_fails_is_still_an_error() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("unplugged"))
            }
        }
        let mut sample = Sample::pcap(ByteOrder::Little, 0xa1b2_c3d4, 0, 1);
        sample.record([1, 0], b"abc", 3).record([1, 0], b"abc", 3).raw(b"half");
        let capture = CaptureReader::new(sample.bytes.as_slice().chain(Fails)).unwrap();
        let mut capture = capture.recover(true);
        assert!(capture.next_packet().unwrap().is_some());
        assert!(capture.next_packet().unwrap().is_some());
        assert!(matches!(capture.next_packet(), Err(Error::Io { .. })));
        assert!(capture.next_packet().unwrap().is_none());
    }

    #[test]
    fn blocks_are_lent_behind_damage_as_packets_are() {
        for sample in samples() {
            let (at, mut bytes) = (starts(&sample), sample.bytes.clone());
            bytes.drain(at[4] + 30..at[4] + 41);
            let mut capture = CaptureReader::new(bytes.as_slice()).unwrap().recover(true);
            let mut packets = 0;
            while let Some(entry) = capture.next_block().unwrap() {
                packets += usize::from(entry.packet.is_some());
            }
            assert_eq!((packets, capture.damages().len()), (9, 1));
        }
    }
}
