//! USB requests as Linux captures them,
//! [LINKTYPE_USB_LINUX](https://www.tcpdump.org/linktypes/LINKTYPE_USB_LINUX.html) and
//! [LINKTYPE_USB_LINUX_MMAPPED](https://www.tcpdump.org/linktypes/LINKTYPE_USB_LINUX_MMAPPED.html).
//!
//! ```text
//!  0               8               16              24             31
//! |                      request id, 8 bytes                       |
//! |  event type   | transfer type |   endpoint    |     device     |
//! |              bus              |  setup flag   |   data flag    |
//! |              seconds, 8 bytes, and microseconds                |
//! |                            status                              |
//! |                        request length                          |
//! |                          data length                           |
//! |             setup packet or isochronous counts, 8 bytes        |
//! |    status, offset, length and padding of each descriptor       |
//! ```
//!
//! All numbers are those of a machine whose lower byte comes first.

use std::fmt;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::descriptors::MAX_DESCRIPTORS;
use crate::Value;
use crate::key::numbers;
use crate::layers::split;
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape};

pub(crate) mod descriptors;
mod setup;

pub use descriptors::UsbIsoDescriptor;
pub use setup::UsbSetup;

/// The kind of a transfer. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbTransferType(pub u8);

numbers! {
    UsbTransferType "transfer type {}" {
        /// At a fixed rate, without repetition.
        ISOCHRONOUS = 0 "isochronous";
        /// When the host asks for it, at most every so often.
        INTERRUPT = 1 "interrupt";
        /// Requests to the device and its answers.
        CONTROL = 2 "control";
        /// Whenever there is room.
        BULK = 3 "bulk";
    }
}

/// What happened. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbEventType(pub u8);

numbers! {
    UsbEventType "event {:#04x}" {
        /// The request was handed to the driver of the bus.
        SUBMIT = 0x53 "submit";
        /// The driver has done it.
        COMPLETE = 0x43 "complete";
        /// The driver refused it.
        ERROR = 0x45 "error";
    }
}

/// The header on the wire.
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
pub struct UsbHeader {
    /// The same when a request is submitted and when it is complete.
    pub request_id: U64,
    pub event_type: u8,
    pub transfer_type: u8,
    /// Number of the endpoint; the highest bit is set towards the host.
    pub endpoint: u8,
    pub device: u8,
    pub bus: U16,
    /// Zero, if there is a setup packet.
    pub setup_flag: u8,
    /// Zero, if there are data.
    pub data_flag: u8,
    pub seconds: U64,
    pub microseconds: U32,
    /// Zero, or the number of an error of Linux with the sign turned.
    pub status: U32,
    /// Bytes asked for or got.
    pub request_length: U32,
    /// Bytes behind the header.
    pub data_length: U32,
    /// The setup packet, or the counts of an isochronous transfer.
    pub setup: [u8; 8],
}

impl UsbHeader {
    /// What happened.
    pub fn event_type(&self) -> UsbEventType {
        UsbEventType(self.event_type)
    }

    /// The kind of the transfer.
    pub fn transfer_type(&self) -> UsbTransferType {
        UsbTransferType(self.transfer_type)
    }

    /// Number of the endpoint, without its direction.
    pub fn endpoint_number(&self) -> u8 {
        self.endpoint & 0x0f
    }

    /// Writes [`endpoint_number`](Self::endpoint_number), its low 4 bits.
    pub fn set_endpoint_number(&mut self, endpoint_number: u8) {
        self.endpoint = self.endpoint & !0x0f | endpoint_number & 0x0f;
    }

    /// Whether data go from the device to the host.
    pub fn is_inbound(&self) -> bool {
        self.endpoint & 0x80 != 0
    }

    /// Writes [`is_inbound`](Self::is_inbound).
    pub fn set_inbound(&mut self, inbound: bool) {
        self.endpoint = self.endpoint & !0x80 | u8::from(inbound) << 7;
    }

    /// Zero, or the number of an error of Linux with the sign turned.
    pub fn status(&self) -> i32 {
        self.status.get().cast_signed()
    }

    /// The request of a control transfer that starts.
    pub fn setup(&self) -> Option<&UsbSetup> {
        let is_there = self.setup_flag == 0 && self.transfer_type() == UsbTransferType::CONTROL;
        UsbSetup::ref_from_bytes(&self.setup).ok().filter(|_| is_there)
    }

    /// Count of errors and of descriptors of an isochronous transfer.
    pub fn isochronous_counts(&self) -> Option<(u32, u32)> {
        let [a, b, c, d, e, f, g, h] = self.setup;
        let counts = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        (self.transfer_type() == UsbTransferType::ISOCHRONOUS).then_some(counts)
    }

    pub(crate) fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("usb.urb_id", self.request_id, 0..8);
        sink.number("usb.urb_type", self.event_type, 8..9);
        sink.number("usb.transfer_type", self.transfer_type, 9..10);
        endpoint_fields(self.endpoint, 10, sink);
        sink.number("usb.device_address", self.device, 11..12);
        sink.number("usb.bus_id", self.bus, 12..14);
        sink.number("usb.setup_flag", self.setup_flag, 14..15);
        sink.number("usb.data_flag", self.data_flag, 15..16);
        sink.number("usb.urb_ts_sec", self.seconds, 16..24);
        sink.number("usb.urb_ts_usec", self.microseconds, 24..28);
        sink.value("usb.urb_status", Value::Signed(self.status().into()), 28..32);
        sink.number("usb.urb_len", self.request_length, 32..36);
        sink.number("usb.data_len", self.data_length, 36..40);
        if let Some(setup) = self.setup() {
            setup.fields(40, sink);
        } else if let Some((errors, descriptors)) = self.isochronous_counts() {
            sink.number("usb.iso.error_count", errors, 40..44);
            sink.number("usb.iso.numdesc", descriptors, 44..48);
        }
    }

    /// Reports the data of a transfer of one piece, at this place of its layer. What a device answers
    /// to a request depends on the request, which is in another packet.
    pub(crate) fn data_fields(&self, data: &[u8], at: usize, sink: &mut dyn FieldSink) {
        let name = match self.transfer_type() {
            _ if data.is_empty() => return,
            UsbTransferType::CONTROL => match self.setup() {
                Some(setup) if !setup.is_inbound() => "usb.data_fragment",
                _ => return,
            },
            _ => "usb.capdata",
        };
        sink.bytes(name, data, at..at.saturating_add(data.len()));
    }

    pub(crate) fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bus, device, endpoint) = (self.bus.get(), self.device, self.endpoint_number());
        let direction = if self.is_inbound() { "in" } else { "out" };
        let (event, transfer) = (self.event_type(), self.transfer_type());
        write!(f, "USB {bus}.{device}.{endpoint} {transfer} {direction} {event}")
    }
}

/// Reports the number and the direction of an endpoint, at this place of its layer.
pub(crate) fn endpoint_fields(endpoint: u8, at: usize, sink: &mut dyn FieldSink) {
    let place = at..at.saturating_add(1);
    sink.number("usb.endpoint_address", endpoint, place.clone());
    sink.number("usb.endpoint_address.direction", endpoint >> 7, place.clone());
    sink.number("usb.endpoint_address.number", endpoint & 0x0f, place);
}

/// A request behind a header of 48 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usb<'a> {
    pub header: &'a UsbHeader,
    /// The packets of an isochronous transfer, as many as are there.
    pub descriptors: &'a [UsbIsoDescriptor],
    /// The data of the transfer.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Usb<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<UsbHeader>(bytes)?;
        let counts = header.isochronous_counts();
        let count = counts.map_or(0, |(_, descriptors)| descriptors.min(MAX_DESCRIPTORS));
        let are_there = rest.len().checked_div(size_of::<UsbIsoDescriptor>()).unwrap_or_default();
        let count = are_there.min(usize::try_from(count).unwrap_or_default());
        let (descriptors, payload) =
            <[UsbIsoDescriptor]>::ref_from_prefix_with_elems(rest, count).unwrap_or((&[], rest));
        Ok(Self { header, descriptors, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<UsbHeader>().saturating_add(size_of_val(self.descriptors));
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.header.fields(sink);
        descriptors::fields(self.descriptors, self.payload, size_of::<UsbHeader>(), sink);
        if self.descriptors.is_empty() {
            self.header.data_fields(self.payload, self.shape().header_len, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header.summary(f)
    }
}

impl Header for UsbHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::USB,
    "usb",
    "USB request of Linux",
    |bytes, outer| Usb::parse_in(bytes, outer).map(|usb| usb.shape()),
    |bytes, outer, visitor| Usb::parse_in(bytes, outer).map(|usb| visitor(&usb)),
)
.specification("LINKTYPE_USB_LINUX")
.claims(&[Key::link_type(LinkType::USB_LINUX)])
.template(&[0; size_of::<UsbHeader>()]);

// Made by hand; tshark 4.0.17 shows the same fields.
#[cfg(test)]
layer_tests! {
    sample: Usb *b"\0\x11\x22\x33\x44\x55\x66\xff\x53\x02\x80\x05\x02\0\0\x3c\
        \x01\0\0\0\0\0\0\0\x02\0\0\0\x8d\xff\xff\xff\x12\0\0\0\0\0\0\0\x80\x06\0\x01\0\0\x12\0";
    fields: "usb.urb_id=18403490678700118272 usb.urb_type=83 usb.transfer_type=2 \
        usb.endpoint_address=128 usb.endpoint_address.direction=1 \
        usb.endpoint_address.number=0 usb.device_address=5 usb.bus_id=2 usb.setup_flag=0 \
        usb.data_flag=60 usb.urb_ts_sec=1 usb.urb_ts_usec=2 usb.urb_status=-115 usb.urb_len=18 \
        usb.data_len=0 usb.bmRequestType=128 usb.bmRequestType.direction=1 \
        usb.bmRequestType.type=0 usb.bmRequestType.recipient=0 usb.setup.bRequest=6 \
        usb.DescriptorIndex=0 usb.bDescriptorType=1 usb.LanguageId=0 usb.setup.wLength=18";
    edit: UsbHeader, |header| header.device = 7;
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_setup_packet_where_a_control_transfer_starts() {
        let mut header = UsbHeader { transfer_type: 2, ..UsbHeader::default() };
        assert!(header.setup().is_some() && header.isochronous_counts().is_none());
        header.setup_flag = b'-';
        assert!(header.setup().is_none());
        let mut bulk = UsbHeader { transfer_type: 3, ..UsbHeader::default() };
        assert!(bulk.setup().is_none() && bulk.isochronous_counts().is_none());
        bulk.transfer_type = 0;
        bulk.setup = [1, 0, 0, 0, 2, 0, 0, 0];
        assert_eq!(bulk.isochronous_counts(), Some((1, 2)));
    }

    #[test]
    fn kinds_have_names() {
        let header = UsbHeader { transfer_type: 3, event_type: b'C', ..UsbHeader::default() };
        let names = format!("{} {}", header.transfer_type(), header.event_type());
        assert_eq!(names, "bulk complete");
    }
}
