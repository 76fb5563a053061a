//! Elements of management frames, IEEE Std 802.11 section 9.4.2.
//!
//! ```text
//!  0               8               16                             31
//! |   element id  |    length     | data ...                      |
//! ```

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{Rsn, WlanMultiLink};
use crate::Malformed;

/// Bytes of identifier and length.
const HEADER_LEN: usize = 2;
/// The organization that assigned the types of WPA, WMM and WPS.
pub(super) const MICROSOFT: [u8; 3] = [0x00, 0x50, 0xf2];
/// The identifier whose data starts with another identifier.
pub(super) const EXTENSION: u8 = 255;
/// The identifier whose data starts with an organization.
pub(super) const VENDOR: u8 = 221;

/// What a station of high throughput can do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct HtCapabilities {
    pub capability_information: U16,
    pub ampdu_parameters: u8,
    pub supported_mcs_set: [u8; 16],
    pub extended_capabilities: U16,
    pub transmit_beamforming: U32,
    pub antenna_selection: u8,
}

/// How a network of high throughput works.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct HtOperation {
    pub primary_channel: u8,
    pub information: [u8; 5],
    pub basic_mcs_set: [u8; 16],
}

/// What a station of very high throughput can do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct VhtCapabilities {
    pub capabilities: U32,
    pub receive_mcs_map: U16,
    pub receive_highest_rate: U16,
    pub transmit_mcs_map: U16,
    pub transmit_highest_rate: U16,
}

/// How a network of very high throughput works.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct VhtOperation {
    pub channel_width: u8,
    pub channel_centers: [u8; 2],
    pub basic_mcs_map: U16,
}

/// One element. An element of another length than its kind has is unknown. In gopacket each is a
/// layer, `Dot11InformationElement`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WlanElement<'a> {
    /// Name of the network; empty, if it is hidden or any will do.
    Ssid(&'a [u8]),
    /// In units of 500 kb/s; the highest bit is set in those that everybody must have.
    SupportedRates(&'a [u8]),
    /// The channel.
    DsParameterSet(u8),
    /// Stations that the access point has data for.
    Tim {
        dtim_count: u8,
        dtim_period: u8,
        bitmap_control: u8,
        bitmap: &'a [u8],
    },
    /// Country and environment, and triplets of channels and powers.
    Country {
        country: &'a [u8; 3],
        constraints: &'a [u8],
    },
    /// What a shared key is to be proved with.
    ChallengeText(&'a [u8]),
    /// The network moves to another channel.
    ChannelSwitch {
        mode: u8,
        new_channel: u8,
        count: u8,
    },
    /// Slow stations are around.
    Erp(u8),
    HtCapabilities(&'a HtCapabilities),
    /// Ciphers and ways to authenticate.
    Rsn(Rsn<'a>),
    /// More rates.
    ExtendedSupportedRates(&'a [u8]),
    /// The network moves to another channel, maybe of another class.
    ExtendedChannelSwitch {
        mode: u8,
        operating_class: u8,
        new_channel: u8,
        count: u8,
    },
    HtOperation(&'a HtOperation),
    /// How many stations there are, and how busy the channel is.
    BssLoad {
        stations: u16,
        channel_utilization: u8,
        admission_capacity: u16,
    },
    /// By how much to stay below the most power that a country allows, in dB.
    PowerConstraint(u8),
    /// In dBm.
    PowerCapability {
        minimum: i8,
        maximum: i8,
    },
    /// In dBm and dB.
    TpcReport {
        transmit_power: i8,
        link_margin: i8,
    },
    /// Pairs of a first channel and how many there are.
    SupportedChannels(&'a [[u8; 2]]),
    /// Nobody is to send: beacons until then, beacons from one time to the next, and 1024 microseconds.
    Quiet {
        count: u8,
        period: u8,
        duration: u16,
        offset: u16,
    },
    /// Access points among which a station moves fast.
    MobilityDomain {
        id: u16,
        capabilities: u8,
    },
    SupportedOperatingClasses {
        current: u8,
        others: &'a [u8],
    },
    /// A bit for each measurement of radio.
    RmEnabledCapabilities(&'a [u8; 5]),
    /// Networks of 20 and of 40 MHz beside each other.
    Coexistence(u8),
    /// How long a station may be silent, in units of 1000 times 1024 microseconds.
    BssMaxIdlePeriod {
        period: u16,
        options: u8,
    },
    /// What is behind the network: options, then venue and identifier if they are there.
    Interworking {
        options: u8,
        rest: &'a [u8],
    },
    /// Organizations whose users are let in: how many more there are, lengths of the first two, and all.
    RoamingConsortium {
        more: u8,
        lengths: u8,
        organizations: &'a [u8],
    },
    MeshConfiguration(&'a [u8; 7]),
    TransmitPowerEnvelope {
        information: u8,
        powers: &'a [u8],
    },
    OperatingMode(u8),
    /// Other networks of the same access points.
    ReducedNeighborReport(&'a [u8]),
    MeshId(&'a [u8]),
    /// A bit for each of many abilities.
    ExtendedCapabilities(&'a [u8]),
    VhtCapabilities(&'a VhtCapabilities),
    VhtOperation(&'a VhtOperation),
    /// Of high efficiency: from the medium access capabilities on.
    HeCapabilities(&'a [u8]),
    /// Of high efficiency: from the parameters on.
    HeOperation(&'a [u8]),
    /// Of extremely high throughput: medium access and physical capabilities, and coding schemes.
    EhtCapabilities {
        medium_access: u16,
        physical: &'a [u8; 9],
        schemes: &'a [u8],
    },
    /// Of extremely high throughput: width and middle of the channel, and what of it is not used, if bits
    /// 0 and 1 of the parameters say so.
    EhtOperation {
        parameters: u8,
        basic_mcs_set: &'a [u8; 4],
        information: &'a [u8],
    },
    /// The device has several links.
    MultiLink(WlanMultiLink<'a>),
    /// Wi-Fi Protected Access, from its version on.
    Wpa(Rsn<'a>),
    /// Wi-Fi Multimedia, from its subtype on.
    Wmm(&'a [u8]),
    /// Wi-Fi Protected Setup: its attributes.
    Wps(&'a [u8]),
    /// Of a vendor.
    Vendor {
        organization: [u8; 3],
        data: &'a [u8],
    },
    /// Of a second space of identifiers.
    Extended {
        id: u8,
        data: &'a [u8],
    },
    /// An identifier that has no entry here, or not the length of its kind.
    Unknown {
        id: u8,
        data: &'a [u8],
    },
}

/// The elements of a frame. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WlanElements<'a> {
    rest: &'a [u8],
}

impl<'a> WlanElements<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Identifier and data of the next element.
    pub(super) fn raw(&mut self) -> Option<Result<(u8, &'a [u8]), Malformed>> {
        let bytes = std::mem::take(&mut self.rest);
        let (id, length, behind) = match *bytes {
            [] => return None,
            [_] => return Some(Err(Malformed::Truncated { need: HEADER_LEN, have: 1 })),
            [id, length, ref behind @ ..] => (id, usize::from(length), behind),
        };
        let Some((data, rest)) = behind.split_at_checked(length) else {
            let need = HEADER_LEN.saturating_add(length);
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok((id, data)))
    }
}

impl<'a> Iterator for WlanElements<'a> {
    type Item = Result<WlanElement<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.raw()?.map(|(id, data)| understand(id, data)))
    }
}

fn understand(id: u8, data: &[u8]) -> WlanElement<'_> {
    type E<'a> = WlanElement<'a>;
    match (id, data) {
        (0, ssid) => E::Ssid(ssid),
        (1, rates) => E::SupportedRates(rates),
        (3, &[channel]) => E::DsParameterSet(channel),
        (5, &[dtim_count, dtim_period, bitmap_control, ref bitmap @ ..]) => {
            E::Tim { dtim_count, dtim_period, bitmap_control, bitmap }
        }
        (7, data) if data.len() >= 3 => match data.split_first_chunk() {
            Some((country, constraints)) => E::Country { country, constraints },
            None => E::Unknown { id, data },
        },
        (16, text) => E::ChallengeText(text),
        (37, &[mode, new_channel, count]) => E::ChannelSwitch { mode, new_channel, count },
        (42, &[flags]) => E::Erp(flags),
        (48, data) => E::Rsn(Rsn(data)),
        (50, rates) => E::ExtendedSupportedRates(rates),
        (60, &[mode, operating_class, new_channel, count]) => {
            E::ExtendedChannelSwitch { mode, operating_class, new_channel, count }
        }
        (11, &[a, b, channel_utilization, c, d]) => {
            let [stations, admission_capacity] = [[a, b], [c, d]].map(u16::from_le_bytes);
            E::BssLoad { stations, channel_utilization, admission_capacity }
        }
        (32, &[constraint]) => E::PowerConstraint(constraint),
        (33, &[minimum, maximum]) => {
            E::PowerCapability { minimum: minimum.cast_signed(), maximum: maximum.cast_signed() }
        }
        (35, &[power, margin]) => {
            E::TpcReport { transmit_power: power.cast_signed(), link_margin: margin.cast_signed() }
        }
        (36, data) => match data.as_chunks() {
            (channels, []) => E::SupportedChannels(channels),
            _ => E::Unknown { id, data },
        },
        (40, &[count, period, a, b, c, d]) => {
            let [duration, offset] = [[a, b], [c, d]].map(u16::from_le_bytes);
            E::Quiet { count, period, duration, offset }
        }
        (54, &[a, b, capabilities]) => {
            E::MobilityDomain { id: u16::from_le_bytes([a, b]), capabilities }
        }
        (59, &[current, ref others @ ..]) => E::SupportedOperatingClasses { current, others },
        (72, &[coexistence]) => E::Coexistence(coexistence),
        (90, &[a, b, options]) => {
            E::BssMaxIdlePeriod { period: u16::from_le_bytes([a, b]), options }
        }
        (107, &[options, ref rest @ ..]) => E::Interworking { options, rest },
        (111, &[more, lengths, ref organizations @ ..]) => {
            E::RoamingConsortium { more, lengths, organizations }
        }
        (114, id) => E::MeshId(id),
        (195, &[information, ref powers @ ..]) => E::TransmitPowerEnvelope { information, powers },
        (199, &[mode]) => E::OperatingMode(mode),
        (201, report) => E::ReducedNeighborReport(report),
        (70, data) => structure(id, data, E::RmEnabledCapabilities),
        (113, data) => structure(id, data, E::MeshConfiguration),
        (127, capabilities) => E::ExtendedCapabilities(capabilities),
        (VENDOR, &[a, b, c, ref data @ ..]) => match ([a, b, c], data) {
            (MICROSOFT, [1, data @ ..]) => E::Wpa(Rsn(data)),
            (MICROSOFT, [2, data @ ..]) => E::Wmm(data),
            (MICROSOFT, [4, data @ ..]) => E::Wps(data),
            (organization, data) => E::Vendor { organization, data },
        },
        (EXTENSION, [35, data @ ..]) => E::HeCapabilities(data),
        (EXTENSION, [36, data @ ..]) => E::HeOperation(data),
        (EXTENSION, &[id @ 106..=108, ref data @ ..]) => {
            extremely_high_throughput(id, data).unwrap_or(E::Extended { id, data })
        }
        (EXTENSION, &[id, ref data @ ..]) => E::Extended { id, data },
        (45, data) => structure(id, data, E::HtCapabilities),
        (61, data) => structure(id, data, E::HtOperation),
        (191, data) => structure(id, data, E::VhtCapabilities),
        (192, data) => structure(id, data, E::VhtOperation),
        (id, data) => E::Unknown { id, data },
    }
}

/// The elements that came with EHT.
fn extremely_high_throughput(id: u8, data: &[u8]) -> Option<WlanElement<'_>> {
    Some(match id {
        106 => {
            let (&parameters, rest) = data.split_first()?;
            let (basic_mcs_set, information) = rest.split_first_chunk()?;
            WlanElement::EhtOperation { parameters, basic_mcs_set, information }
        }
        107 => WlanElement::MultiLink(WlanMultiLink::new(data)?),
        _ => {
            let (&medium_access, rest) = data.split_first_chunk()?;
            let (physical, schemes) = rest.split_first_chunk()?;
            let medium_access = u16::from_le_bytes(medium_access);
            WlanElement::EhtCapabilities { medium_access, physical, schemes }
        }
    })
}

/// The element of a structure, if the data has its length.
fn structure<'a, T: FromBytes + KnownLayout + Immutable + Unaligned>(
    id: u8,
    data: &'a [u8],
    element: fn(&'a T) -> WlanElement<'a>,
) -> WlanElement<'a> {
    T::ref_from_bytes(data).map_or(WlanElement::Unknown { id, data }, element)
}
