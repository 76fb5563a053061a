//! What stands in front of the data of a protected frame, IEEE Std 802.11 section 12.
//!
//! ```text
//!  0               8               16              24             31
//! |         initialization vector, or a part of it |    |E| |key id|
//! |     the rest of the vector: of TKIP and CCMP, where E is set    |
//! ```

/// Bytes of the header of WEP.
const WEP_LEN: usize = 4;
/// Bytes of the header where its extended bit is set.
const EXTENDED_LEN: usize = 8;
/// The bit that says that more of the vector follows.
const EXTENDED: u8 = 0x20;
/// Bytes of WEP's check value.
const ICV_LEN: usize = 4;

/// What a protected frame says of its protection. In gopacket that is the layer `Dot11WEP`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WlanProtection {
    /// Wired equivalent privacy; the vector has 24 bits.
    Wep { initialization_vector: u32, key_id: u8 },
    /// TKIP; the sequence counter has 48 bits.
    Tkip { sequence_counter: u64, key_id: u8 },
    /// CCMP or GCMP; the packet number has 48 bits.
    Ccmp { packet_number: u64, key_id: u8 },
    /// An extended header of neither form.
    Unknown { key_id: u8 },
}

/// Bytes of header in front of protected data.
pub(super) fn header_len(data: &[u8]) -> usize {
    match data {
        [_, _, _, flags, ..] if flags & EXTENDED == 0 => WEP_LEN,
        [_, _, _, _, ..] => EXTENDED_LEN,
        _ => 0,
    }
}

/// Bytes of check value that can be told from the protected data.
pub(super) fn trailer_len(header: &[u8]) -> usize {
    match header {
        [_, _, _, flags] if flags & EXTENDED == 0 => ICV_LEN,
        _ => 0,
    }
}

impl WlanProtection {
    pub(super) fn new(header: &[u8]) -> Option<Self> {
        Some(match *header {
            [a, b, c, flags] => Self::Wep {
                initialization_vector: u32::from_be_bytes([0, a, b, c]),
                key_id: flags >> 6,
            },
            // The second byte of TKIP is made of the first, so that no weak key is used.
            [a, b, c, flags, d, e, f, g] if b == (a | 0x20) & 0x7f => Self::Tkip {
                sequence_counter: u64::from_be_bytes([0, 0, g, f, e, d, a, c]),
                key_id: flags >> 6,
            },
            [a, b, 0, flags, c, d, e, f] => Self::Ccmp {
                packet_number: u64::from_be_bytes([0, 0, f, e, d, c, b, a]),
                key_id: flags >> 6,
            },
            [_, _, _, flags, ..] => Self::Unknown { key_id: flags >> 6 },
            _ => return None,
        })
    }
}
