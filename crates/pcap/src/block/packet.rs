//! Packets: enhanced packet block, section 4.3; simple packet block, section 4.4; and the obsolete
//! packet block, appendix A.
//!
//! ```text
//! enhanced:
//!  0                               16                             31
//! |                           interface                            |
//! |                   timestamp, upper half first                  |
//! |                                                                |
//! |                        captured length                         |
//! |                        original length                         |
//! |           data, padded to a multiple of four bytes             |
//! |                            options                             |
//! ```
//!
//! The obsolete one has 16 bits of the interface and 16 of a count of drops; the simple one has the
//! original length and the data.

use std::borrow::Cow;

use crate::block::{Options, PacketFlags, PacketHash, Verdict, data_and_options, owned};
use crate::order::ByteOrder;

/// A packet with all that can be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnhancedPacket<'a> {
    /// Number of its interface in the section.
    pub interface: u32,
    /// When it was captured, in ticks of its interface.
    pub ticks: u64,
    /// How long it was on the wire.
    pub original_length: u32,
    /// The bytes captured of it.
    pub data: Cow<'a, [u8]>,
    /// Its options.
    pub options: Options<'a>,
}

impl<'a> EnhancedPacket<'a> {
    /// Option: [`PacketFlags`].
    pub const FLAGS: u16 = 2;
    /// Option: a hash: a byte for its algorithm, and the hash. May be repeated.
    pub const HASH: u16 = 3;
    /// Option: packets lost in front of this one, a 64-bit number.
    pub const DROP_COUNT: u16 = 4;
    /// Option: a number that is the same where the same packet was captured twice, of 64 bits.
    pub const PACKET_ID: u16 = 5;
    /// Option: the queue of the interface, a 32-bit number.
    pub const QUEUE: u16 = 6;
    /// Option: what became of the packet: a byte for who said it, and the verdict. May be repeated.
    pub const VERDICT: u16 = 7;
    /// Option: the process and the thread that sent it, two 32-bit numbers.
    pub const PROCESS_THREAD: u16 = 8;

    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let ([interface, high, low, captured, original_length], rest) = order.words(body)?;
        let (data, options) = data_and_options(order, rest, captured)?;
        let ticks = u64::from(high) << 32 | u64::from(low);
        Some(Self { interface, ticks, original_length, data: data.into(), options })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> EnhancedPacket<'static> {
        let (data, options) = (owned(self.data), self.options.into_owned());
        EnhancedPacket { data, options, ..self }
    }

    /// Direction, reception, frame check sequence and errors.
    pub fn flags(&self) -> Option<PacketFlags> {
        self.options.u32(Self::FLAGS).map(PacketFlags)
    }

    /// Its hashes.
    pub fn hashes(&self) -> impl Iterator<Item = PacketHash<'_>> {
        self.options.all(Self::HASH).filter_map(PacketHash::parse)
    }

    /// Packets lost between the one in front, of this interface, and this one.
    pub fn drop_count(&self) -> Option<u64> {
        self.options.u64(Self::DROP_COUNT)
    }

    /// What is the same where the same packet was captured twice.
    pub fn packet_id(&self) -> Option<u64> {
        self.options.u64(Self::PACKET_ID)
    }

    /// The queue of the interface by which it came.
    pub fn queue(&self) -> Option<u32> {
        self.options.u32(Self::QUEUE)
    }

    /// What became of it.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict<'_>> {
        let order = self.options.order();
        self.options.all(Self::VERDICT).filter_map(move |value| Verdict::parse(order, value))
    }

    /// The process and the thread that sent it; 0 for one that is not known.
    pub fn process_and_thread(&self) -> Option<(u32, u32)> {
        let value = self.options.get(Self::PROCESS_THREAD)?;
        let ([process, thread], _) = self.options.order().words(value)?;
        Some((process, thread))
    }
}

/// A packet of the first interface of its section, at no time.
///
/// The snap length of that interface must not be below the length of `data`, nor above it where the
/// packet was cut: nothing else says where the data ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimplePacket<'a> {
    /// How long it was on the wire.
    pub original_length: u32,
    /// The bytes captured of it.
    pub data: Cow<'a, [u8]>,
}

impl<'a> SimplePacket<'a> {
    pub(crate) fn parse(order: ByteOrder, body: &'a [u8], snap_length: u32) -> Option<Self> {
        let ([original_length], rest) = order.words(body)?;
        let limit = if snap_length == 0 { u32::MAX } else { snap_length };
        let captured = original_length.min(limit) as usize;
        let data = rest.get(..captured).unwrap_or(rest);
        Some(Self { original_length, data: data.into() })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> SimplePacket<'static> {
        SimplePacket { data: owned(self.data), ..self }
    }
}

/// A packet as the first drafts had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObsoletePacket<'a> {
    /// Number of its interface in the section.
    pub interface: u16,
    /// Packets lost between the one in front and this one; 0xffff where that is not known.
    pub drops: u16,
    /// When it was captured, in ticks of its interface.
    pub ticks: u64,
    /// How long it was on the wire.
    pub original_length: u32,
    /// The bytes captured of it.
    pub data: Cow<'a, [u8]>,
    /// Its options: flags and hashes, under the codes of [`EnhancedPacket`].
    pub options: Options<'a>,
}

impl<'a> ObsoletePacket<'a> {
    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let ([interface, drops], rest) = order.halves(body)?;
        let ([high, low, captured, original_length], rest) = order.words(rest)?;
        let (data, options) = data_and_options(order, rest, captured)?;
        let ticks = u64::from(high) << 32 | u64::from(low);
        Some(Self { interface, drops, ticks, original_length, data: data.into(), options })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> ObsoletePacket<'static> {
        let (data, options) = (owned(self.data), self.options.into_owned());
        ObsoletePacket { data, options, ..self }
    }

    /// Direction, reception, frame check sequence and errors.
    pub fn flags(&self) -> Option<PacketFlags> {
        self.options.u32(EnhancedPacket::FLAGS).map(PacketFlags)
    }

    /// Its hashes.
    pub fn hashes(&self) -> impl Iterator<Item = PacketHash<'_>> {
        self.options.all(EnhancedPacket::HASH).filter_map(PacketHash::parse)
    }
}
