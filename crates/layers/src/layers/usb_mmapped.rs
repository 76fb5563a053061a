//! USB requests as Linux captures them into shared memory, with a longer header and descriptors,
//! [LINKTYPE_USB_LINUX_MMAPPED](https://www.tcpdump.org/linktypes/LINKTYPE_USB_LINUX_MMAPPED.html).
//!
//! ```text
//!  0               8               16              24             31
//! |              the header of 48 bytes, see above                 |
//! |                           interval                             |
//! |                          start frame                           |
//! |                        transfer flags                          |
//! |                    number of descriptors                       |
//! |      status, offset, length and padding of each descriptor     |
//! ```

use std::fmt;

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::usb::descriptors::{self, MAX_DESCRIPTORS};
use crate::layout::{Bits, Layout, Part};
use crate::parts::Parts;
use crate::{FieldSink, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape};
use crate::{UsbHeader, UsbIsoDescriptor};

/// Linux: `include/linux/usb.h`.
const TRANSFER_FLAGS: &Bits = &[
    ("usb.transfer_flags.short_not_ok", 0x1),
    ("usb.transfer_flags.iso_asap", 0x2),
    ("usb.transfer_flags.no_transfer_dma_map", 0x4),
    ("usb.transfer_flags.no_fsbr", 0x20),
    ("usb.transfer_flags.zero_packet", 0x40),
    ("usb.transfer_flags.no_interrupt", 0x80),
    ("usb.transfer_flags.free_buffer", 0x100),
    ("usb.transfer_flags.dir_in", 0x200),
    ("usb.transfer_flags.dma_map_single", 0x1_0000),
    ("usb.transfer_flags.dma_map_page", 0x2_0000),
    ("usb.transfer_flags.dma_map_sg", 0x4_0000),
    ("usb.transfer_flags.map_local", 0x8_0000),
    ("usb.transfer_flags.setup_map_single", 0x10_0000),
    ("usb.transfer_flags.setup_map_local", 0x20_0000),
    ("usb.transfer_flags.dma_sg_combined", 0x40_0000),
    ("usb.transfer_flags.aligned_temp_buffer", 0x80_0000),
];

/// What the longer header adds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UsbExtension {
    /// Of interrupt and isochronous transfers.
    pub interval: U32,
    /// Of isochronous transfers.
    pub start_frame: U32,
    pub transfer_flags: U32,
    /// How many descriptors follow.
    pub descriptor_count: U32,
}

/// A request behind a header of 64 bytes and descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsbMmapped<'a> {
    pub header: &'a UsbHeader,
    pub extension: &'a UsbExtension,
    pub descriptors: &'a [UsbIsoDescriptor],
    /// The data of the transfer.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for UsbMmapped<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Parts::new(bytes);
        let header = parts.take::<UsbHeader>()?;
        let extension = parts.take::<UsbExtension>()?;
        let count = extension.descriptor_count.get();
        if count > MAX_DESCRIPTORS {
            return Err(Malformed::Field { name: "descriptor count", value: count.into() });
        }
        let count = usize::try_from(count).unwrap_or_default();
        let part = parts.bytes(count.saturating_mul(size_of::<UsbIsoDescriptor>()))?;
        let descriptors = <[UsbIsoDescriptor]>::ref_from_bytes_with_elems(part, count)
            .map_err(|_| Malformed::Truncated { need: part.len(), have: bytes.len() })?;
        Ok(Self { header, extension, descriptors, payload: parts.rest })
    }

    fn shape(&self) -> Shape {
        let fixed = size_of::<UsbHeader>().saturating_add(size_of::<UsbExtension>());
        Shape {
            header_len: fixed.saturating_add(size_of_val(self.descriptors)),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::End,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.header.fields(sink);
        let start = size_of::<UsbHeader>();
        let mut layout = Layout::new(self.extension.as_bytes(), start, sink);
        // The extension is whole.
        let _ = layout.read(&[
            Part::U32("usb.interval"),
            Part::U32("usb.start_frame"),
            Part::Bits(4, "usb.copy_of_transfer_flags", TRANSFER_FLAGS),
            Part::U32("usb.iso.numdesc"),
        ]);
        let at = start.saturating_add(size_of::<UsbExtension>());
        descriptors::fields(self.descriptors, self.payload, at, sink);
        if self.descriptors.is_empty() {
            self.header.data_fields(self.payload, at, sink);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header.summary(f)
    }
}

/// The submission of a bulk transfer, without descriptors.
const TEMPLATE: [u8; 64] = {
    let mut bytes = [0; size_of::<UsbHeader>() + size_of::<UsbExtension>()];
    (bytes[8], bytes[9]) = (b'S', 3);
    bytes
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::USB_MMAPPED,
    "usb_mmapped",
    "USB request of Linux, with descriptors",
    |bytes, outer| UsbMmapped::parse_in(bytes, outer).map(|usb| usb.shape()),
    |bytes, outer, visitor| UsbMmapped::parse_in(bytes, outer).map(|usb| visitor(&usb)),
)
.specification("LINKTYPE_USB_LINUX_MMAPPED")
.claims(&[Key::link_type(LinkType::USB_LINUX_MMAPPED)])
.template(&TEMPLATE);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::from_hex;

    /// Made by hand; the fields in the tests are those that tshark 4.0.17 shows.
    const ISOCHRONOUS: &str = "00112233445566ff 43008105 0200 2d00 0100000000000000 02000000 \
        00000000 28000000 28000000 0000000002000000 01000000 07000000 03020000 02000000 \
        00000000000000000400000000000000 00000000040000000400000000000000 0102030405060708";

    #[test]
    fn descriptors_follow_the_header() {
        let bytes = from_hex(ISOCHRONOUS);
        let usb = UsbMmapped::parse(&bytes).unwrap();
        let text = usb.to_string();
        let end = "usb.data_len=40 usb.iso.error_count=0 usb.iso.numdesc=2 usb.interval=1 \
            usb.start_frame=7 usb.copy_of_transfer_flags=515 usb.transfer_flags.short_not_ok=1 \
            usb.transfer_flags.iso_asap=1 usb.transfer_flags.no_transfer_dma_map=0 \
            usb.transfer_flags.no_fsbr=0 usb.transfer_flags.zero_packet=0 \
            usb.transfer_flags.no_interrupt=0 usb.transfer_flags.free_buffer=0 \
            usb.transfer_flags.dir_in=1 usb.transfer_flags.dma_map_single=0 \
            usb.transfer_flags.dma_map_page=0 usb.transfer_flags.dma_map_sg=0 \
            usb.transfer_flags.map_local=0 usb.transfer_flags.setup_map_single=0 \
            usb.transfer_flags.setup_map_local=0 usb.transfer_flags.dma_sg_combined=0 \
            usb.transfer_flags.aligned_temp_buffer=0 usb.iso.numdesc=2 \
            usb.iso.iso_status=0 usb.iso.iso_off=0 usb.iso.iso_len=4 usb.iso.data=01020304 \
            usb.iso.pad=0 usb.iso.iso_status=0 usb.iso.iso_off=4 usb.iso.iso_len=4 \
            usb.iso.data=05060708 usb.iso.pad=0";
        assert!(text.ends_with(end), "{text}");
        assert_eq!((usb.shape().header_len, usb.payload.len()), (96, 8));
    }

    #[test]
    fn every_prefix_is_truncated_or_whole() {
        let bytes = from_hex(ISOCHRONOUS);
        for have in 0..bytes.len() {
            match UsbMmapped::parse(&bytes[..have]) {
                Ok(usb) => assert!(usb.shape().header_len <= have && usb.to_string().len() > 100),
                Err(error) => {
                    assert!(matches!(error, Malformed::Truncated { need, .. } if need > have));
                }
            }
        }
    }

    #[test]
    fn data_of_a_descriptor_end_where_the_payload_does() {
        let mut bytes = from_hex(ISOCHRONOUS);
        bytes[80..92].copy_from_slice(&[0, 0, 0, 0, 6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        let usb = UsbMmapped::parse(&bytes).unwrap();
        assert_eq!(usb.descriptors[1].data(usb.payload), [7, 8]);
        bytes[84..88].fill(0xff);
        let usb = UsbMmapped::parse(&bytes).unwrap();
        assert_eq!(usb.descriptors[1].data(usb.payload), []);
    }

    #[test]
    fn more_descriptors_than_the_kernel_captures_are_rejected() {
        let mut bytes = from_hex(ISOCHRONOUS);
        bytes[60] = 129;
        let bad = Malformed::Field { name: "descriptor count", value: 129 };
        assert_eq!(UsbMmapped::parse(&bytes), Err(bad));
    }
}
