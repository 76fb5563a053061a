//! The fields of a radiotap header, [registry](https://www.radiotap.org/fields/defined).

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::RadiotapFlags;
use super::iterator::{Kind, VENDOR_NAMESPACE};

/// Alignment and bytes of each field, by its bit.
const LAYOUT: [(usize, usize); 28] = [
    (8, 8),  // TSFT
    (1, 1),  // flags
    (1, 1),  // rate
    (2, 4),  // channel
    (2, 2),  // FHSS
    (1, 1),  // antenna signal
    (1, 1),  // antenna noise
    (2, 2),  // lock quality
    (2, 2),  // transmit attenuation
    (2, 2),  // transmit attenuation in dB
    (1, 1),  // transmit power
    (1, 1),  // antenna
    (1, 1),  // antenna signal in dB
    (1, 1),  // antenna noise in dB
    (2, 2),  // receive flags
    (2, 2),  // transmit flags
    (1, 1),  // RTS retries
    (1, 1),  // data retries
    (4, 8),  // extended channel
    (1, 3),  // MCS
    (4, 8),  // A-MPDU status
    (2, 12), // VHT
    (8, 12), // timestamp
    (2, 12), // HE
    (2, 12), // HE-MU
    (2, 6),  // HE-MU of another user
    (1, 1),  // 0-length PSDU
    (2, 4),  // L-SIG
];

/// The bit from which on the fields are TLVs.
pub(super) const TLV: u32 = 28;
/// TLVs start at multiples of this.
pub(super) const TLV_ALIGN: usize = 4;

/// Alignment and bytes of a field.
pub(super) fn layout_of(bit: u32) -> Option<(usize, usize)> {
    if bit == TLV {
        return Some((TLV_ALIGN, 0));
    }
    LAYOUT.get(usize::try_from(bit).ok()?).copied()
}

/// What is known of a frame sent as IEEE 802.11ac has it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RadiotapVht {
    pub known: U16,
    pub flags: u8,
    pub bandwidth: u8,
    /// For each of four users the index of the coding scheme, 4 bits, and the spatial streams.
    pub mcs_nss: [u8; 4],
    /// A bit for each user: LDPC instead of BCC.
    pub coding: u8,
    pub group_id: u8,
    pub partial_aid: U16,
}

/// What is known of a frame that carries for several users, as IEEE 802.11ax has it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RadiotapHeMu {
    pub flags: [U16; 2],
    pub channel_1_rus: [u8; 4],
    pub channel_2_rus: [u8; 4],
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RadiotapField<'a> {
    /// Microseconds of the radio's clock when the first bit arrived: TSFT.
    MacTime(u64),
    /// What is said of the frame as a whole.
    Flags(RadiotapFlags),
    /// In units of 500 kb/s.
    Rate(u8),
    /// In MHz, and what kind of channel it is.
    Channel { frequency: u16, flags: u16 },
    /// Frequency hopping.
    Fhss { hop_set: u8, hop_pattern: u8 },
    /// In dBm.
    AntennaSignal(i8),
    /// In dBm.
    AntennaNoise(i8),
    /// Signal quality of the Barker code lock, without a unit.
    LockQuality(u16),
    /// Without a unit, from the highest power.
    TxAttenuation(u16),
    /// In dB, from the highest power.
    DbTxAttenuation(u16),
    /// In dBm.
    TxPower(i8),
    /// Number of the antenna, from 0.
    Antenna(u8),
    /// In dB, from something of the radio's own.
    DbAntennaSignal(u8),
    /// In dB, from something of the radio's own.
    DbAntennaNoise(u8),
    /// 2: the PLCP check failed.
    RxFlags(u16),
    /// How it was sent, or is to be.
    TxFlags(u16),
    /// Times that the request to send was repeated.
    RtsRetries(u8),
    /// Times that the frame was repeated.
    DataRetries(u8),
    /// A channel with its number, and the highest power in units of 0.5 dBm.
    XChannel { flags: u32, frequency: u16, channel: u8, max_power: u8 },
    /// IEEE 802.11n.
    Mcs { known: u8, flags: u8, index: u8 },
    /// The aggregate that the frame was in.
    AMpduStatus { reference: u32, flags: u16, delimiter_crc: u8, reserved: u8 },
    /// IEEE 802.11ac.
    Vht(&'a RadiotapVht),
    /// A time with its unit and the place in the frame where it was taken.
    Timestamp { timestamp: u64, accuracy: u16, unit_position: u8, flags: u8 },
    /// IEEE 802.11ax: six words.
    He(&'a [U16; 6]),
    /// IEEE 802.11ax for several users.
    HeMu(&'a RadiotapHeMu),
    /// IEEE 802.11ax for several users: what another user was sent.
    HeMuOtherUser(&'a [U16; 3]),
    /// Why there is no frame.
    ZeroLengthPsdu(u8),
    /// The legacy signal field.
    LSig { data1: u16, data2: u16 },
    /// A field of the newer kind, such as S1G, U-SIG and EHT.
    Tlv { kind: u16, data: &'a [u8] },
    /// Fields of a vendor.
    Vendor { organization: [u8; 3], namespace: u8, data: &'a [u8] },
    /// A bit that has no entry here, and all that is behind: nobody knows how long its field is.
    Unknown { bit: u32, data: &'a [u8] },
}

impl RadiotapField<'_> {
    /// The bit that says that the field is there; none for what stands in namespaces of its own.
    pub fn bit(&self) -> Option<u32> {
        Some(match self {
            Self::MacTime(_) => 0,
            Self::Flags(_) => 1,
            Self::Rate(_) => 2,
            Self::Channel { .. } => 3,
            Self::Fhss { .. } => 4,
            Self::AntennaSignal(_) => 5,
            Self::AntennaNoise(_) => 6,
            Self::LockQuality(_) => 7,
            Self::TxAttenuation(_) => 8,
            Self::DbTxAttenuation(_) => 9,
            Self::TxPower(_) => 10,
            Self::Antenna(_) => 11,
            Self::DbAntennaSignal(_) => 12,
            Self::DbAntennaNoise(_) => 13,
            Self::RxFlags(_) => 14,
            Self::TxFlags(_) => 15,
            Self::RtsRetries(_) => 16,
            Self::DataRetries(_) => 17,
            Self::XChannel { .. } => 18,
            Self::Mcs { .. } => 19,
            Self::AMpduStatus { .. } => 20,
            Self::Vht(_) => 21,
            Self::Timestamp { .. } => 22,
            Self::He(_) => 23,
            Self::HeMu(_) => 24,
            Self::HeMuOtherUser(_) => 25,
            Self::ZeroLengthPsdu(_) => 26,
            Self::LSig { .. } => 27,
            Self::Tlv { .. } => TLV,
            Self::Vendor { .. } | Self::Unknown { .. } => return None,
        })
    }

    /// Appends the value, without what aligns it.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::MacTime(time) => out.extend(time.to_le_bytes()),
            Self::Flags(flags) => out.push(flags.bits()),
            Self::Rate(byte)
            | Self::Antenna(byte)
            | Self::DbAntennaSignal(byte)
            | Self::DbAntennaNoise(byte)
            | Self::RtsRetries(byte)
            | Self::DataRetries(byte)
            | Self::ZeroLengthPsdu(byte) => out.push(byte),
            Self::AntennaSignal(power) | Self::AntennaNoise(power) | Self::TxPower(power) => {
                out.push(power.cast_unsigned());
            }
            Self::LockQuality(number)
            | Self::TxAttenuation(number)
            | Self::DbTxAttenuation(number)
            | Self::RxFlags(number)
            | Self::TxFlags(number) => out.extend(number.to_le_bytes()),
            Self::Channel { frequency: one, flags: other }
            | Self::LSig { data1: one, data2: other } => {
                out.extend(one.to_le_bytes());
                out.extend(other.to_le_bytes());
            }
            Self::Fhss { hop_set, hop_pattern } => out.extend([hop_set, hop_pattern]),
            Self::XChannel { flags, frequency, channel, max_power } => {
                out.extend(flags.to_le_bytes());
                out.extend(frequency.to_le_bytes());
                out.extend([channel, max_power]);
            }
            Self::Mcs { known, flags, index } => out.extend([known, flags, index]),
            Self::AMpduStatus { reference, flags, delimiter_crc, reserved } => {
                out.extend(reference.to_le_bytes());
                out.extend(flags.to_le_bytes());
                out.extend([delimiter_crc, reserved]);
            }
            Self::Vht(vht) => out.extend(vht.as_bytes()),
            Self::Timestamp { timestamp, accuracy, unit_position, flags } => {
                out.extend(timestamp.to_le_bytes());
                out.extend(accuracy.to_le_bytes());
                out.extend([unit_position, flags]);
            }
            Self::He(words) => out.extend(words.as_bytes()),
            Self::HeMu(he_mu) => out.extend(he_mu.as_bytes()),
            Self::HeMuOtherUser(words) => out.extend(words.as_bytes()),
            Self::Tlv { kind, data } => {
                let len = u16::try_from(data.len()).unwrap_or(u16::MAX);
                out.extend(kind.to_le_bytes());
                out.extend(len.to_le_bytes());
                out.extend(data.iter().take(len.into()));
                let padding =
                    usize::from(len).next_multiple_of(TLV_ALIGN).saturating_sub(len.into());
                out.extend([0; TLV_ALIGN].iter().take(padding));
            }
            Self::Vendor { .. } | Self::Unknown { .. } => {}
        }
    }
}

pub(super) fn understand(kind: Kind, data: &[u8]) -> RadiotapField<'_> {
    type F<'a> = RadiotapField<'a>;
    let u16 = |a: u8, b: u8| u16::from_le_bytes([a, b]);
    let bit = match kind {
        Kind::Bit(bit) => bit,
        Kind::Tlv(kind) => return F::Tlv { kind, data },
        Kind::Vendor => {
            return match *data {
                [a, b, c, namespace, _, _, ref data @ ..] => {
                    F::Vendor { organization: [a, b, c], namespace, data }
                }
                _ => F::Unknown { bit: VENDOR_NAMESPACE.trailing_zeros(), data },
            };
        }
        Kind::Unknown(bit) => return F::Unknown { bit, data },
    };
    match (bit, data) {
        (0, &[a, b, c, d, e, f, g, h]) => F::MacTime(u64::from_le_bytes([a, b, c, d, e, f, g, h])),
        (1, &[flags]) => F::Flags(RadiotapFlags::from_bits_retain(flags)),
        (2, &[rate]) => F::Rate(rate),
        (3, &[a, b, c, d]) => F::Channel { frequency: u16(a, b), flags: u16(c, d) },
        (4, &[hop_set, hop_pattern]) => F::Fhss { hop_set, hop_pattern },
        (5, &[signal]) => F::AntennaSignal(signal.cast_signed()),
        (6, &[noise]) => F::AntennaNoise(noise.cast_signed()),
        (7, &[a, b]) => F::LockQuality(u16(a, b)),
        (8, &[a, b]) => F::TxAttenuation(u16(a, b)),
        (9, &[a, b]) => F::DbTxAttenuation(u16(a, b)),
        (10, &[power]) => F::TxPower(power.cast_signed()),
        (11, &[antenna]) => F::Antenna(antenna),
        (12, &[signal]) => F::DbAntennaSignal(signal),
        (13, &[noise]) => F::DbAntennaNoise(noise),
        (14, &[a, b]) => F::RxFlags(u16(a, b)),
        (15, &[a, b]) => F::TxFlags(u16(a, b)),
        (16, &[retries]) => F::RtsRetries(retries),
        (17, &[retries]) => F::DataRetries(retries),
        (18, &[a, b, c, d, e, f, channel, max_power]) => F::XChannel {
            flags: u32::from_le_bytes([a, b, c, d]),
            frequency: u16(e, f),
            channel,
            max_power,
        },
        (19, &[known, flags, index]) => F::Mcs { known, flags, index },
        (20, &[a, b, c, d, e, f, delimiter_crc, reserved]) => F::AMpduStatus {
            reference: u32::from_le_bytes([a, b, c, d]),
            flags: u16(e, f),
            delimiter_crc,
            reserved,
        },
        (22, &[a, b, c, d, e, f, g, h, i, j, unit_position, flags]) => F::Timestamp {
            timestamp: u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            accuracy: u16(i, j),
            unit_position,
            flags,
        },
        (26, &[kind]) => F::ZeroLengthPsdu(kind),
        (27, &[a, b, c, d]) => F::LSig { data1: u16(a, b), data2: u16(c, d) },
        (bit, data) => {
            let structure = match bit {
                21 => RadiotapVht::ref_from_bytes(data).ok().map(F::Vht),
                23 => <[U16; 6]>::ref_from_bytes(data).ok().map(F::He),
                24 => RadiotapHeMu::ref_from_bytes(data).ok().map(F::HeMu),
                25 => <[U16; 3]>::ref_from_bytes(data).ok().map(F::HeMuOtherUser),
                _ => None,
            };
            structure.unwrap_or(F::Unknown { bit, data })
        }
    }
}
