//! Frames to be written.

use zerocopy::IntoBytes;

use super::{PROTOCOL, WlanAddresses, WlanElement, WlanHeader};
use crate::{Encode, EncodeError, Protocol};

/// A frame to be written: the parts that its type and flags call for, in the order of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WlanBuilder<'a> {
    pub header: WlanHeader,
    /// Of management and data frames.
    pub addresses: Option<WlanAddresses>,
    /// Of control frames that say who sent them.
    pub transmitter: Option<[u8; 6]>,
    /// Of data frames between access points.
    pub address4: Option<[u8; 6]>,
    pub qos_control: Option<u16>,
    pub ht_control: Option<u32>,
    /// Fixed fields of a management frame, or the body of a control frame.
    pub fixed: &'a [u8],
    pub elements: &'a [WlanElement<'a>],
}

impl Encode for WlanBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        out.extend_from_slice(self.transmitter.as_ref().map_or(&[][..], |address| address));
        out.extend_from_slice(self.addresses.as_ref().map_or(&[][..], IntoBytes::as_bytes));
        out.extend_from_slice(self.address4.as_ref().map_or(&[][..], |address| address));
        out.extend(self.qos_control.iter().flat_map(|qos| qos.to_le_bytes()));
        out.extend(self.ht_control.iter().flat_map(|control| control.to_le_bytes()));
        out.extend_from_slice(self.fixed);
        self.elements.iter().try_for_each(|element| element.encode(out))
    }
}
