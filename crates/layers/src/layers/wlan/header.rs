//! The fixed parts of the header of a frame, IEEE Std 802.11 section 9.2.3.

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{PROTOCOL, WlanFlags, WlanFrameType};
use crate::{Header, Protocol};

/// What every frame starts with.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct WlanHeader {
    pub frame_control: U16,
    pub duration: U16,
    /// Receiver.
    pub address1: [u8; 6],
}

impl WlanHeader {
    /// Type and subtype.
    pub fn frame_type(&self) -> WlanFrameType {
        WlanFrameType::of(self.frame_control.get())
    }

    /// Sets type and subtype.
    pub fn set_frame_type(&mut self, frame_type: WlanFrameType) {
        self.frame_control.set(self.frame_control.get() & 0xff03 | frame_type.bits());
    }

    /// Flags.
    pub fn flags(&self) -> WlanFlags {
        let [_, flags] = self.frame_control.get().to_le_bytes();
        WlanFlags::from_bits_retain(flags)
    }

    /// Sets the flags.
    pub fn set_flags(&mut self, flags: WlanFlags) {
        let [first, _] = self.frame_control.get().to_le_bytes();
        self.frame_control.set(u16::from_le_bytes([first, flags.bits()]));
    }
}

/// What stands behind the first address of management and data frames.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct WlanAddresses {
    /// Transmitter.
    pub address2: [u8; 6],
    pub address3: [u8; 6],
    pub sequence_control: U16,
}

impl WlanAddresses {
    /// Number of the fragment, 4 bits.
    pub fn fragment_number(&self) -> u16 {
        self.sequence_control.get() & 0xf
    }

    /// Writes [`fragment_number`](Self::fragment_number), its low 4 bits.
    pub fn set_fragment_number(&mut self, fragment_number: u16) {
        self.sequence_control.set(self.sequence_control.get() & !0x000f | fragment_number & 0x0f);
    }

    /// Number of the frame that it is a fragment of, 12 bits.
    pub fn sequence_number(&self) -> u16 {
        self.sequence_control.get() >> 4
    }

    /// Writes [`sequence_number`](Self::sequence_number), its low 12 bits.
    pub fn set_sequence_number(&mut self, sequence_number: u16) {
        self.sequence_control
            .set(self.sequence_control.get() & !0xfff0 | (sequence_number & 0xfff) << 4);
    }
}

impl Header for WlanHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}
