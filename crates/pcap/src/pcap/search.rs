//! Records among damage: whether one can start somewhere in the window.

use std::io::Read;

use rheos_core::LinkType;

use super::{Header, Pcap};
use crate::buffer::Buffer;
use crate::error::Error;
use crate::record::Record;

/// The longest packet that libpcap writes of any link type but a few: 256 KiB. A length above is
/// not believed where a record is looked for among damage.
const PLAUSIBLE_CAPTURED: u32 = 0x4_0000;
/// The same of the length on the wire, which offloading and USB can make large.
const PLAUSIBLE_ORIGINAL: u32 = 0x100_0000;
/// How far in seconds the times of neighbours may be from each other, where a record is
/// looked for among damage: a year.
const PLAUSIBLE_PAUSE: u32 = 31_557_600;

impl Pcap {
    /// As [`next`](Self::next), and an error for what cannot be a record, or has one inside.
    pub(crate) fn next_credible<R: Read>(
        &mut self,
        buffer: &mut Buffer<R>,
        link_type: LinkType,
        packet: u64,
    ) -> Result<Option<Record>, Error> {
        if !buffer.hold(self.header, packet)? {
            return Ok(None);
        }
        let offset = buffer.position();
        let header = self.header(buffer.window());
        let doubt = std::mem::take(&mut self.doubt);
        if !self.credible(header) || doubt && !self.plausible(buffer, 0, packet)? {
            return Err(Error::Implausible { offset, packet });
        }
        let end = self.end(header, 0);
        if !self.follows(buffer, 0, packet)? && buffer.has(end, packet)? {
            // Either the length is wrong, or what is behind: a wrong one mostly is too long.
            for inside in 1..end {
                if self.plausible(buffer, inside, packet)? {
                    return Err(Error::Implausible { offset, packet });
                }
            }
            self.doubt = true;
        }
        self.last = Some(header);
        self.next(buffer, link_type, packet)
    }

    /// Whether a record seems to start so many bytes into the window.
    pub(crate) fn plausible<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        at: usize,
        packet: u64,
    ) -> Result<bool, Error> {
        let header = self.header(buffer.window().get(at..).unwrap_or_default());
        let near = self.last.is_none_or(|last| near(last, header));
        if header.captured == 0 || !near || !self.formed(header, self.last) {
            return Ok(false);
        }
        let end = self.end(header, at);
        if buffer.has(end.saturating_add(self.header), packet)? {
            return self.follows(buffer, at, packet);
        }
        buffer.has(end, packet)
    }

    /// Whether so many records stand in a row at the front of the window, or all up to the end.
    pub(crate) fn chain<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        records: usize,
    ) -> Result<bool, Error> {
        let mut at = 0_usize;
        for _ in 0..records {
            if !buffer.has(at.saturating_add(self.header), 1)? {
                return buffer.has(at, 1);
            }
            if !self.plausible(buffer, at, 1)? {
                return Ok(false);
            }
            at = self.end(self.header(buffer.window().get(at..).unwrap_or_default()), at);
        }
        Ok(true)
    }

    /// Takes the record at the front of the window as the model of all others.
    pub(crate) fn learn<R: Read>(&mut self, buffer: &mut Buffer<R>) -> Result<bool, Error> {
        let there = buffer.has(self.header, 1)?;
        if there {
            self.last = Some(self.header(buffer.window()));
        }
        Ok(there)
    }

    /// The same without a model, as at the start of a file.
    pub(crate) fn afresh(self) -> Self {
        Self { last: None, doubt: false, ..self }
    }

    /// The fewest bytes of a record.
    pub(crate) fn smallest(&self) -> usize {
        self.header
    }

    /// Whether the lengths can be those of a record. Zeros are what damage mostly is.
    pub(super) fn credible(&self, header: Header) -> bool {
        let limit = self.file.snap_length.clamp(PLAUSIBLE_CAPTURED, PLAUSIBLE_ORIGINAL);
        let zeros = header.seconds == 0 && header.captured == 0 && header.original == 0;
        header.captured <= limit && header.original <= PLAUSIBLE_ORIGINAL && !zeros
    }

    /// Whether a header is as the format has it, but for what `model` does not observe either: some
    /// writers fill a whole file with fractions or lengths that are not.
    fn formed(&self, header: Header, model: Option<Header>) -> bool {
        let second = if self.unit == 1 { 1_000_000_000 } else { 1_000_000 };
        let fraction = |header: Header| header.fraction < second;
        let lengths = |header: Header| header.captured <= header.original;
        self.credible(header)
            && (fraction(header) || model.is_some_and(|model| !fraction(model)))
            && (lengths(header) || model.is_some_and(|model| !lengths(model)))
    }

    /// Whether behind the record so many bytes into the window is another, or the end.
    pub(super) fn follows<R: Read>(
        &self,
        buffer: &mut Buffer<R>,
        at: usize,
        packet: u64,
    ) -> Result<bool, Error> {
        let front = self.header(buffer.window().get(at..).unwrap_or_default());
        let end = self.end(front, at);
        if !buffer.has(end.saturating_add(self.header), packet)? {
            return buffer.has(end, packet);
        }
        let behind = self.header(buffer.window().get(end..).unwrap_or_default());
        if self.formed(behind, Some(front)) && near(front, behind) {
            return Ok(true);
        }
        // The clock may have been set between the two, or the next be an odd one.
        let last = self.end(behind, end);
        if !self.credible(behind) || !buffer.has(last.saturating_add(self.header), packet)? {
            return Ok(self.credible(behind) && buffer.has(last, packet)?);
        }
        let third = self.header(buffer.window().get(last..).unwrap_or_default());
        let like = |model| self.formed(third, Some(model)) && near(model, third);
        Ok(like(behind) || like(front))
    }

    /// Where a record ends that starts so many bytes into the window.
    pub(super) fn end(&self, header: Header, at: usize) -> usize {
        at.saturating_add(self.header).saturating_add(header.captured as usize)
    }
}

/// Whether two packets can be neighbours by their times.
fn near(a: Header, b: Header) -> bool {
    a.seconds.abs_diff(b.seconds) <= PLAUSIBLE_PAUSE
}
