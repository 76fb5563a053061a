//! USB requests as Windows captures them,
//! [LINKTYPE_USBPCAP](https://desowin.org/usbpcap/captureformat.html).
//!
//! ```text
//!  0               16                                             63
//! | header length | request packet id, 8 bytes ...
//! |          status               |   function    | information    |
//! |      bus      |    device     |   endpoint    | transfer type  |
//! |         data length           |
//! |     stage, or start frame, packets, errors and each packet     |
//! ```
//!
//! All numbers have their lower byte first.

use std::fmt;
use std::ops::Range;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::usb::endpoint_fields;
use crate::parts::{Parts, Places};
use crate::{FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape};
use crate::{UsbSetup, UsbTransferType};

/// The bit of an endpoint whose data go to the host.
const INBOUND: u8 = 0x80;
/// The stage in which a control transfer sends its setup packet.
const SETUP_STAGE: u8 = 0;

/// The header on the wire, in front of what the kind of transfer adds.
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
pub struct UsbPcapHeader {
    /// Bytes of the header with what the kind of transfer adds.
    pub header_length: U16,
    /// The same on the way to the device and back.
    pub request_packet_id: U64,
    /// A status of Windows; zero, if all is well.
    pub status: U32,
    pub function: U16,
    /// The lowest bit is set on the way back.
    pub information: u8,
    pub bus: U16,
    pub device: U16,
    /// Number of the endpoint; the highest bit is set towards the host.
    pub endpoint: u8,
    pub transfer_type: u8,
    /// Bytes behind the header.
    pub data_length: U32,
}

/// What an isochronous transfer adds, in front of its packets.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UsbPcapIsochronous {
    pub start_frame: U32,
    pub packet_count: U32,
    pub error_count: U32,
}

/// A packet of an isochronous transfer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UsbPcapPacket {
    /// The place of its data among those of the transfer.
    pub offset: U32,
    pub length: U32,
    pub status: U32,
}

/// What the kind of transfer adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsbPcapTransfer<'a> {
    /// Its stage, and the setup packet in the first of them.
    Control {
        stage: u8,
        setup: Option<&'a UsbSetup>,
    },
    Isochronous {
        counts: &'a UsbPcapIsochronous,
        packets: &'a [UsbPcapPacket],
    },
    /// Nothing is known.
    Other,
}

/// A request of Windows, or what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsbPcap<'a> {
    pub header: &'a UsbPcapHeader,
    pub transfer: UsbPcapTransfer<'a>,
    /// The data of the transfer.
    pub payload: &'a [u8],
    header_len: usize,
}

impl<'a> Layer<'a> for UsbPcap<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<UsbPcapHeader>()?;
        let length = header.header_length.get();
        let bad = Malformed::Field { name: "header length", value: length.into() };
        let added_len = usize::from(length).checked_sub(parts.taken()).ok_or(bad)?;
        let added = parts.bytes(added_len)?;
        let mut added = Parts::new(added);
        let transfer = match header.transfer_type() {
            UsbTransferType::CONTROL => {
                let &[stage] = added.take::<[u8; 1]>().map_err(|_| bad)?;
                let is_setup = stage == SETUP_STAGE && !header.is_answer();
                UsbPcapTransfer::Control { stage, setup: parts.take_if(is_setup)? }
            }
            UsbTransferType::ISOCHRONOUS => {
                let counts = added.take::<UsbPcapIsochronous>().map_err(|_| bad)?;
                let count = usize::try_from(counts.packet_count.get()).map_err(|_| bad)?;
                let part = added.bytes(count.saturating_mul(size_of::<UsbPcapPacket>()));
                let packets = part.map_err(|_| bad)?;
                let packets = <[UsbPcapPacket]>::ref_from_bytes_with_elems(packets, count);
                UsbPcapTransfer::Isochronous { counts, packets: packets.map_err(|_| bad)? }
            }
            _ => UsbPcapTransfer::Other,
        };
        Ok(Self { header, transfer, payload: parts.rest, header_len: parts.taken() })
    }

    fn shape(&self) -> Shape {
        let (header_len, payload_len) = (self.header_len, self.payload.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("usb.usbpcap_header_len", header.header_length, 0..2);
        sink.number("usb.irp_id", header.request_packet_id, 2..10);
        sink.number("usb.usbd_status", header.status, 10..14);
        sink.number("usb.function", header.function, 14..16);
        sink.number("usb.irp_info", header.information, 16..17);
        sink.number("usb.irp_info.reserved", header.information >> 1, 16..17);
        sink.number("usb.irp_info.direction", header.information & 1, 16..17);
        sink.number("usb.bus_id", header.bus, 17..19);
        sink.number("usb.device_address", header.device, 19..21);
        endpoint_fields(header.endpoint, 21, sink);
        sink.number("usb.transfer_type", header.transfer_type, 22..23);
        sink.number("usb.data_len", header.data_length, 23..27);
        match self.transfer {
            UsbPcapTransfer::Control { stage, setup } => {
                sink.number("usb.control_stage", stage, 27..28);
                if let Some(setup) = setup {
                    setup.fields(header.header_length.get().into(), sink);
                }
            }
            UsbPcapTransfer::Isochronous { counts, packets } => {
                sink.number("usb.win32.iso_frame", counts.start_frame, 27..31);
                sink.number("usb.win32.iso_num_packets", counts.packet_count, 31..35);
                sink.number("usb.win32.iso_error_count", counts.error_count, 35..39);
                let mut places = Places(39);
                for (place, packet) in packets.iter().enumerate() {
                    sink.number("usb.win32.iso_offset", packet.offset, places.next(4));
                    sink.number("usb.win32.iso_data_len", packet.length, places.next(4));
                    sink.number("usb.win32.iso_status", packet.status, places.next(4));
                    let data = self.data(place).unwrap_or(0..0);
                    if let Some(bytes) = self.payload.get(data.clone()).filter(|b| !b.is_empty()) {
                        let start = self.header_len.saturating_add(data.start);
                        sink.bytes("usb.iso.data", bytes, start..start.saturating_add(bytes.len()));
                    }
                }
            }
            UsbPcapTransfer::Other => {}
        }
        let (data, at) = (self.payload, self.header_len);
        let name = match self.transfer {
            UsbPcapTransfer::Control { setup: Some(setup), .. } if !setup.is_inbound() => {
                "usb.data_fragment"
            }
            UsbPcapTransfer::Other => "usb.capdata",
            _ => return,
        };
        if !data.is_empty() {
            sink.bytes(name, data, at..at.saturating_add(data.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UsbPcapHeader { bus, device, .. } = self.header;
        let (endpoint, transfer) = (self.header.endpoint & 0x0f, self.header.transfer_type());
        let way = if self.header.is_answer() { "complete" } else { "submit" };
        write!(f, "USB {bus}.{device}.{endpoint} {transfer} {way}")
    }
}

impl UsbPcap<'_> {
    /// Where in the payload the data of a packet of an isochronous transfer are. On the way to the
    /// device a packet does not say how long they are: they end where those of the next start.
    fn data(&self, place: usize) -> Option<Range<usize>> {
        let UsbPcapTransfer::Isochronous { packets, .. } = self.transfer else { return None };
        let packet = packets.get(place)?;
        let start = usize::try_from(packet.offset.get()).ok()?;
        let end = if self.header.endpoint & INBOUND != 0 {
            start.checked_add(usize::try_from(packet.length.get()).ok()?)?
        } else {
            let next = packets.get(place.checked_add(1)?);
            next.map_or(Some(self.payload.len()), |next| usize::try_from(next.offset.get()).ok())?
        };
        Some(start..end.min(self.payload.len()))
    }
}

impl UsbPcapHeader {
    /// The kind of the transfer.
    pub fn transfer_type(&self) -> UsbTransferType {
        UsbTransferType(self.transfer_type)
    }

    /// Whether the request is on its way back from the device.
    pub fn is_answer(&self) -> bool {
        self.information & 1 != 0
    }

    /// Writes [`is_answer`](Self::is_answer).
    pub fn set_answer(&mut self, answer: bool) {
        self.information = self.information & !0x01 | u8::from(answer);
    }
}

impl Header for UsbPcapHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A bulk transfer, of the kind that adds nothing to the header.
const TEMPLATE: [u8; 27] = {
    let mut bytes = [0; size_of::<UsbPcapHeader>()];
    (bytes[0], bytes[22]) = (27, 3);
    bytes
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::USB_PCAP,
    "usbpcap",
    "USB request of Windows",
    |bytes, outer| UsbPcap::parse_in(bytes, outer).map(|usb| usb.shape()),
    |bytes, outer, visitor| UsbPcap::parse_in(bytes, outer).map(|usb| visitor(&usb)),
)
.specification("LINKTYPE_USBPCAP")
.claims(&[Key::link_type(LinkType::USBPCAP)])
.template(&TEMPLATE);

// Made by hand; the fields are those that tshark 4.0.17 shows.
#[cfg(test)]
layer_tests! {
    sample: UsbPcap *b"\x1c\0\0\x11\x22\x33\x44\x55\x66\x77\0\0\0\0\x08\0\x01\x01\0\x05\0\x80\x02\
        \x02\0\0\0\x03\x01\x02";
    fields: "usb.usbpcap_header_len=28 usb.irp_id=8603657889541918976 usb.usbd_status=0 \
        usb.function=8 usb.irp_info=1 usb.irp_info.reserved=0 usb.irp_info.direction=1 \
        usb.bus_id=1 usb.device_address=5 usb.endpoint_address=128 \
        usb.endpoint_address.direction=1 usb.endpoint_address.number=0 usb.transfer_type=2 \
        usb.data_len=2 usb.control_stage=3";
    edit: UsbPcapHeader, |header| header.device.set(7);
    bad: [0 = 26 => "header length" 26, 0 = 27 => "header length" 27,
        22 = 0 => "header length" 28];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::from_hex;

    /// Expects the end of what tshark 4.0.17 shows of the same header, and its length.
    #[track_caller]
    fn check(hex: &str, fields: &str, header_len: usize) {
        let bytes = from_hex(hex);
        let usb = UsbPcap::parse(&bytes).unwrap();
        assert!(usb.to_string().ends_with(fields), "{usb}");
        assert_eq!(usb.shape().header_len, header_len);
        for have in 0..header_len {
            let cut = UsbPcap::parse(&bytes[..have]);
            assert!(matches!(cut, Err(Malformed::Truncated { need, .. }) if need > have));
        }
    }

    #[test]
    fn each_kind_of_transfer_adds_to_the_header() {
        check(
            "1c00 0011223344556677 00000000 0800 00 0100 0500 80 02 08000000 00 8006000100001200",
            "usb.control_stage=0 usb.bmRequestType=128 usb.bmRequestType.direction=1 \
            usb.bmRequestType.type=0 usb.bmRequestType.recipient=0 usb.setup.bRequest=6 \
            usb.DescriptorIndex=0 usb.bDescriptorType=1 usb.LanguageId=0 usb.setup.wLength=18",
            36,
        );
        check(
            "3300 0011223344556677 00000000 0a00 01 0100 0500 81 00 04000000 01000000 01000000 \
            00000000 00000000 04000000 00000000 01020304",
            "usb.data_len=4 usb.win32.iso_frame=1 usb.win32.iso_num_packets=1 \
            usb.win32.iso_error_count=0 usb.win32.iso_offset=0 usb.win32.iso_data_len=4 \
            usb.win32.iso_status=0 usb.iso.data=01020304",
            51,
        );
        check(
            "1b00 0011223344556677 00000000 0900 01 0100 0500 81 03 04000000 01020304",
            "usb.transfer_type=3 usb.data_len=4 usb.capdata=01020304",
            27,
        );
        check(
            "1c00 0011223344556677 00000000 0800 00 0100 0500 00 02 0c000000 00 2109000201000400 \
            01020304",
            "usb.setup.bRequest=9 usb.setup.wValue=512 usb.setup.wIndex=1 usb.setup.wLength=4 \
            usb.data_fragment=01020304",
            36,
        );
        check(
            "3f00 0011223344556677 00000000 0a00 00 0100 0500 01 00 08000000 00000000 02000000 \
            00000000 000000000000000000000000 040000000000000000000000 6162636465666768",
            "usb.win32.iso_offset=0 usb.win32.iso_data_len=0 usb.win32.iso_status=0 \
            usb.iso.data=61626364 usb.win32.iso_offset=4 usb.win32.iso_data_len=0 \
            usb.win32.iso_status=0 usb.iso.data=65666768",
            63,
        );
    }

    #[test]
    fn more_packets_than_the_header_has_room_for_are_rejected() {
        let bytes = from_hex(
            "2700 0011223344556677 00000000 0a00 01 0100 0500 81 00 04000000 01000000 ffffffff \
            00000000",
        );
        let bad = Malformed::Field { name: "header length", value: 39 };
        assert_eq!(UsbPcap::parse(&bytes), Err(bad));
    }
}
