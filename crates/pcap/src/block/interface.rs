//! Interface description block, section 4.2.
//!
//! ```text
//!  0                               16                             31
//! |           link type            |           reserved            |
//! |                          snap length                           |
//! |                            options                             |
//! ```

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use rheos_core::LinkType;

use crate::block::Options;
use crate::clock::{Clock, Resolution};
use crate::order::ByteOrder;

/// An interface. Packets name it by its number among those of its section, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceDescription<'a> {
    /// How its packets start.
    pub link_type: LinkType,
    /// Zero by the standard, and of no meaning.
    pub reserved: u16,
    /// The most bytes captured of a packet; 0 is without limit.
    pub snap_length: u32,
    /// Its options.
    pub options: Options<'a>,
}

/// Which packets were captured.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureFilter<'a> {
    /// An expression of libpcap.
    Expression(Cow<'a, str>),
    /// Instructions of the Berkeley packet filter, of 8 bytes each.
    Bytecode(&'a [u8]),
    /// A filter of another kind, which the first byte tells.
    Other(&'a [u8]),
}

impl<'a> InterfaceDescription<'a> {
    /// Option: what its machine calls it.
    pub const NAME: u16 = 2;
    /// Option: what people call it.
    pub const DESCRIPTION: u16 = 3;
    /// Option: an IPv4 address and its mask, 8 bytes. May be repeated.
    pub const IPV4_ADDRESS: u16 = 4;
    /// Option: an IPv6 address and the length of its prefix, 17 bytes. May be repeated.
    pub const IPV6_ADDRESS: u16 = 5;
    /// Option: its EUI-48, 6 bytes.
    pub const MAC_ADDRESS: u16 = 6;
    /// Option: its EUI-64, 8 bytes.
    pub const EUI_ADDRESS: u16 = 7;
    /// Option: bits per second in both directions, a 64-bit number.
    pub const SPEED: u16 = 8;
    /// Option: the resolution of timestamps, a byte.
    pub const TIMESTAMP_RESOLUTION: u16 = 9;
    /// Option: a time zone, a 32-bit number whose meaning was never said.
    pub const TIME_ZONE: u16 = 10;
    /// Option: the filter of the capture: a byte for its kind, and the filter.
    pub const FILTER: u16 = 11;
    /// Option: the operating system of its machine.
    pub const OS: u16 = 12;
    /// Option: bits of the frame check sequence, a byte.
    pub const FCS_LENGTH: u16 = 13;
    /// Option: seconds to be added to timestamps, a signed 64-bit number.
    pub const TIMESTAMP_OFFSET: u16 = 14;
    /// Option: what the hardware is.
    pub const HARDWARE: u16 = 15;
    /// Option: bits per second that it sends, a 64-bit number.
    pub const SEND_SPEED: u16 = 16;
    /// Option: bits per second that it receives, a 64-bit number.
    pub const RECEIVE_SPEED: u16 = 17;
    /// Option: the time zone where it is, by its name at IANA.
    pub const IANA_TIME_ZONE: u16 = 18;
    /// Option: nanoseconds to be added to timestamps, a signed 32-bit number.
    pub const TIMESTAMP_OFFSET_NANOS: u16 = 19;

    /// An interface without a limit, whose timestamps are microseconds, without options.
    pub const fn new(order: ByteOrder, link_type: LinkType) -> Self {
        Self { link_type, reserved: 0, snap_length: 0, options: Options::new(order) }
    }

    pub(crate) fn parse(order: ByteOrder, body: &'a [u8]) -> Option<Self> {
        let ([link_type, reserved], rest) = order.halves(body)?;
        let ([snap_length], options) = order.words(rest)?;
        let options = Options::from_bytes(order, options);
        Some(Self { link_type: LinkType(link_type), reserved, snap_length, options })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> InterfaceDescription<'static> {
        InterfaceDescription { options: self.options.into_owned(), ..self }
    }

    /// What its machine calls it.
    pub fn name(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::NAME)
    }

    /// What people call it.
    pub fn description(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::DESCRIPTION)
    }

    /// Its IPv4 addresses and their masks.
    pub fn ipv4_addresses(&self) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr)> {
        self.options.all(Self::IPV4_ADDRESS).filter_map(|value| {
            let (address, rest) = value.split_first_chunk::<4>()?;
            Some((Ipv4Addr::from(*address), Ipv4Addr::from(*rest.first_chunk::<4>()?)))
        })
    }

    /// Its IPv6 addresses and the lengths of their prefixes.
    pub fn ipv6_addresses(&self) -> impl Iterator<Item = (Ipv6Addr, u8)> {
        self.options.all(Self::IPV6_ADDRESS).filter_map(|value| {
            let (address, rest) = value.split_first_chunk::<16>()?;
            Some((Ipv6Addr::from(*address), *rest.first()?))
        })
    }

    /// Its EUI-48.
    pub fn mac_address(&self) -> Option<[u8; 6]> {
        self.options.get(Self::MAC_ADDRESS)?.first_chunk().copied()
    }

    /// Its EUI-64.
    pub fn eui_address(&self) -> Option<[u8; 8]> {
        self.options.get(Self::EUI_ADDRESS)?.first_chunk().copied()
    }

    /// Bits per second, in both directions.
    pub fn speed(&self) -> Option<u64> {
        self.options.u64(Self::SPEED)
    }

    /// Bits per second that it sends.
    pub fn send_speed(&self) -> Option<u64> {
        self.options.u64(Self::SEND_SPEED).or_else(|| self.speed())
    }

    /// Bits per second that it receives.
    pub fn receive_speed(&self) -> Option<u64> {
        self.options.u64(Self::RECEIVE_SPEED).or_else(|| self.speed())
    }

    /// How long a tick of a timestamp is.
    pub fn resolution(&self) -> Resolution {
        let byte = self.options.u8(Self::TIMESTAMP_RESOLUTION);
        byte.map_or(Resolution::MICROSECOND, Resolution::from_byte)
    }

    /// A time zone, of a meaning that was never said.
    pub fn time_zone(&self) -> Option<i32> {
        self.options.u32(Self::TIME_ZONE).map(u32::cast_signed)
    }

    /// The time zone where it is, by its name at IANA.
    pub fn iana_time_zone(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::IANA_TIME_ZONE)
    }

    /// The filter of the capture.
    pub fn filter(&self) -> Option<CaptureFilter<'_>> {
        let filter = self.options.get(Self::FILTER)?;
        Some(match filter.split_first()? {
            (0, text) => CaptureFilter::Expression(String::from_utf8_lossy(text)),
            (1, code) => CaptureFilter::Bytecode(code),
            _ => CaptureFilter::Other(filter),
        })
    }

    /// The operating system of its machine.
    pub fn os(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::OS)
    }

    /// What its hardware is.
    pub fn hardware(&self) -> Option<Cow<'_, str>> {
        self.options.text(Self::HARDWARE)
    }

    /// Bits of the frame check sequence behind its packets.
    pub fn fcs_length(&self) -> Option<u8> {
        self.options.u8(Self::FCS_LENGTH)
    }

    /// Seconds, and nanoseconds besides, to be added to timestamps; both may be below zero.
    pub fn timestamp_offset(&self) -> (i64, i32) {
        let seconds = self.options.u64(Self::TIMESTAMP_OFFSET).map(u64::cast_signed);
        let nanos = self.options.u32(Self::TIMESTAMP_OFFSET_NANOS).map(u32::cast_signed);
        (seconds.unwrap_or_default(), nanos.unwrap_or_default())
    }

    /// What turns ticks of its timestamps into time, and back.
    pub fn clock(&self) -> Clock {
        let (seconds, nanos) = self.timestamp_offset();
        Clock::new(self.resolution(), seconds, nanos)
    }
}
