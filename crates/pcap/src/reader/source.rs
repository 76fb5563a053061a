//! The reader as a source of packets, which shows what it has in memory.

use std::io::Read;

use rheos_core::{PacketSource, RawPacket};

use super::{CaptureReader, Dialect};
use crate::Error;

impl<R: Read> PacketSource for CaptureReader<R> {
    type Error = Error;

    #[inline]
    fn next_packet(&mut self) -> Result<Option<RawPacket<'_>>, Error> {
        Self::next_packet(self)
    }

    #[inline]
    fn look_ahead(&self, most: usize, look: impl FnMut(&RawPacket<'_>)) {
        self.look(most, look);
    }
}

impl<R: Read> CaptureReader<R> {
    /// Shows packets that are lent next, at most so many, as far as all of them are in the window.
    #[inline]
    fn look(&self, most: usize, mut look: impl FnMut(&RawPacket<'_>)) {
        let Some(mut window) = self.buffer.held().filter(|_| self.is_undisturbed()) else { return };
        for _ in 0..most {
            let record = match &self.dialect {
                Dialect::Pcap(pcap, interface) => pcap.whole(window, interface.link_type),
                Dialect::PcapNg(pcapng) => pcapng.whole(window),
                Dialect::Snoop(_) => None,
            };
            let Some(record) = record else { return };
            let Some((bytes, rest)) = window.split_at_checked(record.length) else { return };
            look(&record.packet(bytes));
            window = rest;
        }
    }
}
