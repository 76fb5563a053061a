//! Interface statistics block, section 4.6.
//!
//! ```text
//!  0                               16                             31
//! |                           interface                            |
//! |                   timestamp, upper half first                  |
//! |                                                                |
//! |                            options                             |
//! ```

use crate::block::Options;
use crate::order::ByteOrder;

/// What an interface has counted, up to some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceStatistics<'a> {
    /// Number of the interface in the section.
    pub interface: u32,
    /// That moment, in ticks of the interface.
    pub ticks: u64,
    /// The counts.
    pub options: Options<'a>,
}

impl<'a> InterfaceStatistics<'a> {
    /// Option: when the capture started, in ticks: two 32-bit numbers, the upper half first.
    pub const START_TIME: u16 = 2;
    /// Option: when it ended.
    pub const END_TIME: u16 = 3;
    /// Option: packets received, a 64-bit number as all counts.
    pub const RECEIVED: u16 = 4;
    /// Option: packets that the interface dropped.
    pub const INTERFACE_DROPPED: u16 = 5;
    /// Option: packets that the filter let pass.
    pub const FILTER_ACCEPTED: u16 = 6;
    /// Option: packets that the operating system dropped.
    pub const SYSTEM_DROPPED: u16 = 7;
    /// Option: packets delivered to the user.
    pub const DELIVERED: u16 = 8;

    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let ([interface, high, low], options) = order.words(body)?;
        let ticks = u64::from(high) << 32 | u64::from(low);
        Some(Self { interface, ticks, options: Options::from_bytes(order, options) })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> InterfaceStatistics<'static> {
        InterfaceStatistics { options: self.options.into_owned(), ..self }
    }

    /// When the capture started, in ticks of the interface.
    pub fn start_time(&self) -> Option<u64> {
        self.options.ticks(Self::START_TIME)
    }

    /// When it ended, in ticks of the interface.
    pub fn end_time(&self) -> Option<u64> {
        self.options.ticks(Self::END_TIME)
    }

    /// Packets received.
    pub fn received(&self) -> Option<u64> {
        self.options.u64(Self::RECEIVED)
    }

    /// Packets that the interface dropped.
    pub fn interface_dropped(&self) -> Option<u64> {
        self.options.u64(Self::INTERFACE_DROPPED)
    }

    /// Packets that the filter let pass.
    pub fn filter_accepted(&self) -> Option<u64> {
        self.options.u64(Self::FILTER_ACCEPTED)
    }

    /// Packets that the operating system dropped.
    pub fn system_dropped(&self) -> Option<u64> {
        self.options.u64(Self::SYSTEM_DROPPED)
    }

    /// Packets delivered to the user.
    pub fn delivered(&self) -> Option<u64> {
        self.options.u64(Self::DELIVERED)
    }
}
