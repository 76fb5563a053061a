//! The auxiliary security header, IEEE Std 802.15.4 section 9.4.

use super::take;

/// How a frame is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WpanSecurity<'a> {
    pub control: u8,
    /// None, if it is known otherwise.
    pub frame_counter: Option<u32>,
    /// Who made the key: 4 or 8 bytes, or none.
    pub key_source: &'a [u8],
    /// Which of the keys of its source.
    pub key_index: Option<u8>,
}

impl<'a> WpanSecurity<'a> {
    pub(super) fn read(rest: &mut &'a [u8]) -> Option<Self> {
        /// The counter of frames is left out.
        const NO_COUNTER: u8 = 0x20;
        let [control] = *take(rest)?;
        let frame_counter =
            if control & NO_COUNTER == 0 { Some(u32::from_le_bytes(*take(rest)?)) } else { None };
        let (key_source, key_index) = match control >> 3 & 3 {
            0 => (&[][..], None),
            mode => {
                let len = match mode {
                    2 => 4,
                    3 => 8,
                    _ => 0,
                };
                let (source, behind) = rest.split_at_checked(len)?;
                *rest = behind;
                let [index] = *take(rest)?;
                (source, Some(index))
            }
        };
        Some(Self { control, frame_counter, key_source, key_index })
    }

    /// The level of security, 3 bits.
    pub fn level(&self) -> u8 {
        self.control & 7
    }

    /// Whether the payload is enciphered.
    pub fn is_enciphered(&self) -> bool {
        self.level() & 4 != 0
    }

    /// Bytes of the message integrity code.
    pub fn mic_len(&self) -> usize {
        match self.level() & 3 {
            0 => 0,
            1 => 4,
            2 => 8,
            _ => 16,
        }
    }
}

/// How a frame of 2003 is secured, IEEE Std 802.15.4-2003 section 7.6.3: by a suite that both sides
/// have agreed on, of which the frame says nothing. As in Wireshark it is the one that enciphers and
/// ends in a code of eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WpanSecurity2003 {
    pub frame_counter: u32,
    pub key_sequence_counter: u8,
}

impl WpanSecurity2003 {
    /// Bytes of the message integrity code.
    pub(super) const MIC_LEN: usize = 8;

    /// Takes it off the front, if it may be there.
    pub(super) fn read(rest: &mut &[u8]) -> Option<Self> {
        let mut behind = *rest;
        let frame_counter = u32::from_le_bytes(*take(&mut behind)?);
        let [key_sequence_counter] = *take(&mut behind)?;
        if behind.len() < Self::MIC_LEN {
            return None;
        }
        *rest = behind;
        Some(Self { frame_counter, key_sequence_counter })
    }
}
