//! Frames for many purposes, IEEE Std 802.15.4 section 7.3.5: their control is a byte, or two.
//!
//! ```text
//!  0          3      4             6        8     9          10
//! | type = 5 | long | destination | source | PAN | security | no sequence number | pending
//! | version, 2 bits | acknowledge | elements |
//! ```

use super::{Wpan, WpanSecurity, address, elements, pan, take};
use crate::layout::{Bits as Table, Layout};

/// Control of one byte.
const SHORT: &Table = &[
    ("wpan.frame_type", 0x7),
    ("wpan.long_frame_control", 0x8),
    ("wpan.dst_addr_mode", 0x30),
    ("wpan.src_addr_mode", 0xc0),
];

/// What control of two bytes has more.
const LONG: &Table = &[
    ("wpan.pan_id_present", 0x100),
    ("wpan.security", 0x200),
    ("wpan.seqno_suppression", 0x400),
    ("wpan.pending", 0x800),
    ("wpan.mpf_version", 0x3000),
    ("wpan.ack_request", 0x4000),
    ("wpan.ie_present", 0x8000),
];

impl<'a> Wpan<'a> {
    /// A bit of control of two bytes.
    fn has(&self, bit: u16) -> bool {
        self.is_long() && self.control() & bit != 0
    }

    fn is_long(&self) -> bool {
        self.control() & 0x8 != 0
    }

    /// Bytes of control.
    pub(super) fn multipurpose_len(&self) -> usize {
        if self.is_long() { 2 } else { 1 }
    }

    pub(super) fn is_multipurpose_secured(&self) -> bool {
        self.has(0x200)
    }

    /// Reads what is behind the control. Of another version than the first nobody knows more than a
    /// number.
    pub(super) fn read_multipurpose(&mut self, rest: &mut &'a [u8]) -> Option<()> {
        if !self.has(0x400) {
            let [number] = *take(rest)?;
            self.sequence_number = Some(number);
        }
        if self.has(0x3000) {
            return Some(());
        }
        let [destination, source] = self.modes();
        if self.has(0x100) {
            self.destination_pan = Some(pan(rest)?);
        }
        self.destination = address(destination, rest)?;
        self.source = address(source, rest)?;
        if self.is_secured() {
            self.security = Some(WpanSecurity::read(rest)?);
        }
        if self.has(0x8000) {
            let (len, more) = elements::header_len(rest);
            (self.header_elements, *rest) = rest.split_at_checked(len)?;
            if more && self.security.is_none_or(|security| !security.is_enciphered()) {
                let len = elements::payload_len(rest);
                (self.payload_elements, *rest) = rest.split_at_checked(len)?;
            }
        }
        Some(())
    }

    /// Reports the control.
    pub(super) fn multipurpose_fields(&self, layout: &mut Layout<'_, '_>) -> Option<()> {
        let control = layout.le(self.multipurpose_len(), "wpan.fcf")?;
        layout.bits(control, SHORT);
        if self.is_long() {
            layout.bits(control, LONG);
        }
        Some(())
    }
}
