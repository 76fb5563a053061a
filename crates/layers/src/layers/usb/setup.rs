//! The setup packet that starts a control transfer,
//! [USB 2.0](https://www.usb.org/document-library/usb-20-specification) section 9.3.

use zerocopy::little_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::FieldSink;

/// USB 2.0, table 9-4: the request for a descriptor.
const GET_DESCRIPTOR: u8 = 6;
/// The request that gives the device its address.
const SET_ADDRESS: u8 = 5;
/// The request that chooses a configuration.
const SET_CONFIGURATION: u8 = 9;
/// The request that asks for the setting of an interface.
const GET_INTERFACE: u8 = 10;
/// The request that chooses one.
const SET_INTERFACE: u8 = 11;
/// The request for the number of a frame of an endpoint.
const SYNCH_FRAME: u8 = 12;

/// The packet on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UsbSetup {
    /// Direction, type and recipient.
    pub request_type: u8,
    pub request: u8,
    pub value: U16,
    pub index: U16,
    /// Bytes of data.
    pub length: U16,
}

impl UsbSetup {
    /// Whether data go from the device to the host.
    pub fn is_inbound(&self) -> bool {
        self.request_type & 0x80 != 0
    }

    /// Writes [`is_inbound`](Self::is_inbound).
    pub fn set_inbound(&mut self, inbound: bool) {
        self.request_type = self.request_type & !0x80 | u8::from(inbound) << 7;
    }

    /// Who defines the request: 0 the standard, 1 a class of devices, 2 a vendor.
    pub fn kind(&self) -> u8 {
        self.request_type >> 5 & 3
    }

    /// Writes [`kind`](Self::kind), its low 2 bits.
    pub fn set_kind(&mut self, kind: u8) {
        self.request_type = self.request_type & !0x60 | (kind & 0x03) << 5;
    }

    /// What the request is for: 0 the device, 1 an interface, 2 an endpoint, 3 something else.
    pub fn recipient(&self) -> u8 {
        self.request_type & 0x1f
    }

    /// Writes [`recipient`](Self::recipient), its low 5 bits.
    pub fn set_recipient(&mut self, recipient: u8) {
        self.request_type = self.request_type & !0x1f | recipient & 0x1f;
    }

    /// Reports the packet, at this place of its layer.
    pub(crate) fn fields(self, at: usize, sink: &mut dyn FieldSink) {
        let place = |from: usize, to: usize| at.saturating_add(from)..at.saturating_add(to);
        sink.number("usb.bmRequestType", self.request_type, place(0, 1));
        sink.flag("usb.bmRequestType.direction", self.is_inbound(), place(0, 1));
        sink.number("usb.bmRequestType.type", self.kind(), place(0, 1));
        sink.number("usb.bmRequestType.recipient", self.recipient(), place(0, 1));
        sink.number("usb.setup.bRequest", self.request, place(1, 2));
        let [index, kind] = self.value.to_bytes();
        let name = "usb.setup.wIndex";
        match (self.kind(), self.request) {
            (0, GET_DESCRIPTOR) => {
                sink.number("usb.DescriptorIndex", index, place(2, 3));
                sink.number("usb.bDescriptorType", kind, place(3, 4));
                sink.number("usb.LanguageId", self.index, place(4, 6));
            }
            (0, SET_ADDRESS) => {
                sink.number("usb.device_address", self.value, place(2, 4));
                sink.number(name, self.index, place(4, 6));
            }
            (0, SET_CONFIGURATION) => {
                sink.number("usb.bConfigurationValue", index, place(2, 3));
                sink.number(name, self.index, place(4, 6));
            }
            (0, SET_INTERFACE) => {
                sink.number("usb.bAlternateSetting", index, place(2, 3));
                sink.number("usb.setup.wInterface", self.index, place(4, 6));
            }
            (0, GET_INTERFACE) => {
                sink.number("usb.setup.wValue", self.value, place(2, 4));
                sink.number("usb.setup.wInterface", self.index, place(4, 6));
            }
            (0, SYNCH_FRAME) => {
                sink.number("usb.setup.wValue", self.value, place(2, 4));
                sink.number("usb.setup.wEndpoint", self.index, place(4, 6));
            }
            _ => {
                sink.number("usb.setup.wValue", self.value, place(2, 4));
                sink.number(name, self.index, place(4, 6));
            }
        }
        sink.number("usb.setup.wLength", self.length, place(6, 8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    /// Expects what tshark 4.0.17 shows of the same request, behind its type.
    #[track_caller]
    fn check(bytes: [u8; 8], expected: &str) {
        let mut found = Vec::new();
        let mut sink = |Field { name, value, .. }: Field<'_>| found.push(format!("{name}={value}"));
        UsbSetup::ref_from_bytes(&bytes).unwrap().fields(40, &mut sink);
        assert_eq!(found[5..].join(" "), expected);
    }

    #[test]
    fn the_value_is_what_the_request_says() {
        check(
            [0, 9, 1, 0, 0, 0, 0, 0],
            "usb.bConfigurationValue=1 usb.setup.wIndex=0 usb.setup.wLength=0",
        );
        check(
            [0, 5, 7, 0, 0, 0, 0, 0],
            "usb.device_address=7 usb.setup.wIndex=0 usb.setup.wLength=0",
        );
        check(
            [0x21, 9, 1, 0, 0, 0, 4, 0],
            "usb.setup.wValue=1 usb.setup.wIndex=0 usb.setup.wLength=4",
        );
        check(
            [1, 11, 1, 0, 2, 0, 0, 0],
            "usb.bAlternateSetting=1 usb.setup.wInterface=2 usb.setup.wLength=0",
        );
        check(
            [0x81, 10, 0, 0, 1, 0, 1, 0],
            "usb.setup.wValue=0 usb.setup.wInterface=1 usb.setup.wLength=1",
        );
        check(
            [0x82, 12, 0, 0, 0x81, 0, 2, 0],
            "usb.setup.wValue=0 usb.setup.wEndpoint=129 usb.setup.wLength=2",
        );
        check(
            [0x80, 6, 0, 1, 0, 0, 0x12, 0],
            "usb.DescriptorIndex=0 usb.bDescriptorType=1 usb.LanguageId=0 usb.setup.wLength=18",
        );
    }
}
