//! What becomes of each block.

use std::borrow::Cow;

use rheos::core::{LinkType, RawPacket, Timestamp};
use rheos::pcap::{
    Block, Entry, InterfaceDescription, InterfaceStatistics, Options, Resolution, Section,
};

use super::clock::{Clock, Move};
use super::dedup::Dedup;
use crate::error::Error;
use crate::save::Saver;

/// Options that private software says may not be copied where something is changed.
const NO_COPY: [u16; 2] = [Options::CUSTOM_TEXT_NO_COPY, Options::CUSTOM_BYTES_NO_COPY];

/// What is to be changed, and how far the capture has been read.
pub(super) struct Edit {
    pub(super) snap_length: Option<u32>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// Packets that may still be written, if there is a last one.
    pub(super) left: Option<u64>,
    pub(super) link_type: Option<LinkType>,
    pub(super) resolution: Option<Resolution>,
    pub(super) no_comments: bool,
    pub(super) dedup: Option<Dedup>,
    pub(super) moves: Move,
    /// Of each interface of the capture.
    pub(super) clocks: Vec<Clock>,
    /// The first one of the section.
    pub(super) first_interface: usize,
    /// Packets read.
    pub(super) number: u64,
}

/// Whether to go on.
pub(super) enum Step {
    Next,
    Stop,
}

impl Edit {
    /// Writes what becomes of one block.
    pub(super) fn entry(&mut self, entry: Entry<'_>, saver: &mut Saver) -> Result<Step, Error> {
        let Some(packet) = entry.packet else {
            if let Some(block) = self.beside(entry.block)? {
                saver.block(&block, None)?;
            }
            return Ok(Step::Next);
        };
        self.number = self.number.saturating_add(1);
        let is_timed = !matches!(entry.block, Block::SimplePacket(_));
        let is_early = self.from.is_some_and(|from| packet.timestamp < from);
        let is_late = self.until.is_some_and(|until| packet.timestamp >= until);
        if is_timed && (is_early || is_late) || self.is_duplicate(&packet) {
            return Ok(Step::Next);
        }
        if saver.has_blocks() && self.is_plain() {
            saver.block(&entry.block, Some(&packet))?;
        } else if saver.has_blocks() {
            let block = self.packet_block(entry.block, packet.interface)?;
            saver.block(&block, None)?;
        } else {
            saver.packet(&self.packet(packet, is_timed))?;
        }
        self.left = self.left.map(|left| left.saturating_sub(1));
        Ok(if self.left == Some(0) { Step::Stop } else { Step::Next })
    }

    /// Whether packets stay as they are.
    fn is_plain(&self) -> bool {
        self.snap_length.is_none()
            && self.resolution.is_none()
            && !self.no_comments
            && self.moves.is_nothing()
            && !self.is_changed()
    }

    /// Whether what is written says something else than what was read.
    fn is_changed(&self) -> bool {
        let is_selected = self.from.is_some() || self.until.is_some() || self.left.is_some();
        let is_cut = self.snap_length.is_some() || self.no_comments;
        let is_moved = !self.moves.is_nothing() || self.resolution.is_some();
        is_selected || is_cut || is_moved || self.dedup.is_some() || self.link_type.is_some()
    }

    fn is_duplicate(&mut self, packet: &RawPacket<'_>) -> bool {
        let Some(dedup) = &mut self.dedup else { return false };
        let length = self.snap_length.map_or(usize::MAX, |length| length as usize);
        dedup.is_duplicate(packet.data.get(..length).unwrap_or(packet.data), packet.timestamp)
    }

    /// What becomes of a block that holds no packet.
    fn beside<'a>(&mut self, mut block: Block<'a>) -> Result<Option<Block<'a>>, Error> {
        match &mut block {
            Block::Section(section) => {
                self.first_interface = self.clocks.len();
                *section = Section { length: None, ..section.clone() };
            }
            Block::Interface(interface) => self.interface(interface)?,
            Block::InterfaceStatistics(statistics) => self.statistics(statistics)?,
            Block::Custom(custom) if !custom.copyable && self.is_changed() => return Ok(None),
            _ => {}
        }
        self.strip(&mut block);
        Ok(Some(block))
    }

    fn interface(&mut self, interface: &mut InterfaceDescription<'_>) -> Result<(), Error> {
        self.clocks.push(Clock::new(interface, self.resolution));
        if let Some(link_type) = self.link_type {
            interface.link_type = link_type;
        }
        if let Some(length) = self.snap_length {
            let old = interface.snap_length;
            interface.snap_length = if old == 0 { length } else { old.min(length) };
        }
        if let Some(resolution) = self.resolution {
            let code = InterfaceDescription::TIMESTAMP_RESOLUTION;
            interface.options.retain(|other, _| other != code);
            let pushed = interface.options.push(code, &[resolution.to_byte()]);
            pushed.map_err(|error| Error::Ask(error.to_string()))?;
        }
        Ok(())
    }

    /// Moves the times of statistics with those of packets.
    fn statistics(&mut self, statistics: &mut InterfaceStatistics<'_>) -> Result<(), Error> {
        let number = self.first_interface.saturating_add(statistics.interface as usize);
        let Some(clock) = self.clocks.get(number).copied() else { return Ok(()) };
        // Statistics in front of the first packet do not say where time starts.
        let mut moves = self.moves;
        let mut turn = |ticks| clock.turn(ticks, &mut moves).ok_or_else(|| self.out_of_time());
        let (start, end) = (statistics.start_time(), statistics.end_time());
        if self.moves.is_nothing() && self.resolution.is_none() {
            return Ok(());
        }
        statistics.ticks = turn(statistics.ticks)?;
        let times = [InterfaceStatistics::START_TIME, InterfaceStatistics::END_TIME];
        let turned = [start.map(&mut turn).transpose()?, end.map(&mut turn).transpose()?];
        statistics.options.retain(|code, _| !times.contains(&code));
        let order = statistics.options.order();
        for (code, ticks) in times.into_iter().zip(turned) {
            let Some(ticks) = ticks else { continue };
            // The upper half stands first in either byte order.
            let halves = match order {
                rheos::pcap::ByteOrder::Big => ticks,
                rheos::pcap::ByteOrder::Little => ticks.rotate_left(32),
            };
            let pushed = statistics.options.push_u64(code, halves);
            pushed.map_err(|error| Error::Ask(error.to_string()))?;
        }
        Ok(())
    }

    /// Takes comments out, and what may not be copied into a changed capture.
    fn strip(&self, block: &mut Block<'_>) {
        let (no_comments, is_changed) = (self.no_comments, self.is_changed());
        let Some(options) = block.options_mut().filter(|options| !options.is_empty()) else {
            return;
        };
        if no_comments || is_changed && options.iter().any(|(code, _)| NO_COPY.contains(&code)) {
            options.retain(|code, _| {
                let is_comment = no_comments && code == Options::COMMENT;
                let is_bound = is_changed && NO_COPY.contains(&code);
                !is_comment && !is_bound
            });
        }
    }

    /// What becomes of the block of a packet.
    fn packet_block<'a>(
        &mut self,
        mut block: Block<'a>,
        interface: u32,
    ) -> Result<Block<'a>, Error> {
        let (data, ticks) = match &mut block {
            Block::EnhancedPacket(packet) => (&mut packet.data, Some(&mut packet.ticks)),
            Block::ObsoletePacket(packet) => (&mut packet.data, Some(&mut packet.ticks)),
            Block::SimplePacket(packet) => (&mut packet.data, None),
            _ => return Ok(block),
        };
        if let Some(length) = self.snap_length {
            cut(data, length as usize);
        }
        if let (Some(ticks), Some(clock)) = (ticks, self.clocks.get(interface as usize)) {
            let turned = clock.turn(*ticks, &mut self.moves);
            *ticks = turned.ok_or_else(|| self.out_of_time())?;
        }
        self.strip(&mut block);
        Ok(block)
    }

    /// What becomes of a packet where there are no blocks.
    fn packet<'a>(&mut self, packet: RawPacket<'a>, is_timed: bool) -> RawPacket<'a> {
        let length = self.snap_length.map_or(usize::MAX, |length| length as usize);
        let nanos = i128::from(packet.timestamp.as_nanos());
        let nanos = if is_timed { self.moves.apply(nanos) } else { nanos };
        let end = if nanos < 0 { i64::MIN } else { i64::MAX };
        RawPacket {
            timestamp: Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(end)),
            link_type: self.link_type.unwrap_or(packet.link_type),
            data: packet.data.get(..length).unwrap_or(packet.data),
            ..packet
        }
    }

    fn out_of_time(&self) -> Error {
        Error::Ask(format!("packet {}: its new time is none that can be written", self.number))
    }
}

fn cut(data: &mut Cow<'_, [u8]>, length: usize) {
    match data {
        Cow::Borrowed(bytes) => *bytes = bytes.get(..length).unwrap_or(bytes),
        Cow::Owned(bytes) => bytes.truncate(length),
    }
}
