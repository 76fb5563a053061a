//! The packets of an isochronous transfer as Linux describes them, in front of their data,
//! `struct usb_iso_packet_descriptor`.

use zerocopy::little_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{FieldSink, Value};

/// Most descriptors of a request: the kernel captures no more (`ISODESC_MAX`).
pub(crate) const MAX_DESCRIPTORS: u32 = 128;

/// A packet of an isochronous transfer.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UsbIsoDescriptor {
    /// Zero, or the number of an error of Linux with the sign turned.
    pub status: U32,
    /// The place of its data among those of the transfer.
    pub offset: U32,
    pub length: U32,
    pub padding: U32,
}

impl UsbIsoDescriptor {
    /// Its data among those of the transfer, as far as they are there.
    pub fn data<'a>(&self, transfer: &'a [u8]) -> &'a [u8] {
        let start = usize::try_from(self.offset.get()).unwrap_or(usize::MAX);
        let len = usize::try_from(self.length.get()).unwrap_or(usize::MAX);
        let rest = transfer.get(start..).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }
}

/// Reports descriptors that start at a place of their layer, and the data of each behind all.
pub(crate) fn fields(
    descriptors: &[UsbIsoDescriptor],
    transfer: &[u8],
    start: usize,
    sink: &mut dyn FieldSink,
) {
    let data_start = start.saturating_add(size_of_val(descriptors));
    let mut at = start;
    for descriptor in descriptors {
        let place = |n: usize| at.saturating_add(n)..at.saturating_add(n).saturating_add(4);
        let status = descriptor.status.get().cast_signed();
        sink.value("usb.iso.iso_status", Value::Signed(status.into()), place(0));
        sink.number("usb.iso.iso_off", descriptor.offset, place(4));
        sink.number("usb.iso.iso_len", descriptor.length, place(8));
        let data = descriptor.data(transfer);
        if !data.is_empty() {
            let offset = usize::try_from(descriptor.offset.get()).unwrap_or(usize::MAX);
            let start = data_start.saturating_add(offset);
            sink.bytes("usb.iso.data", data, start..start.saturating_add(data.len()));
        }
        sink.number("usb.iso.pad", descriptor.padding, place(12));
        at = at.saturating_add(size_of::<UsbIsoDescriptor>());
    }
}

#[cfg(test)]
mod tests {
    use crate::layers::from_hex;
    use crate::{Layer, Usb};

    /// Made by hand; tshark 4.0.17 shows the same fields.
    const ISOCHRONOUS: &str = "00112233445566ff 43008105 0200 2d00 0100000000000000 02000000 \
        00000000 28000000 28000000 0100000002000000 \
        00000000000000000400000000000000 eeffffff040000000400000000000000 0102030405060708";

    #[test]
    fn descriptors_stand_in_front_of_the_data_behind_the_short_header_too() {
        let bytes = from_hex(ISOCHRONOUS);
        let usb = Usb::parse(&bytes).unwrap();
        let end = "usb.iso.error_count=1 usb.iso.numdesc=2 \
            usb.iso.iso_status=0 usb.iso.iso_off=0 usb.iso.iso_len=4 usb.iso.data=01020304 \
            usb.iso.pad=0 usb.iso.iso_status=-18 usb.iso.iso_off=4 usb.iso.iso_len=4 \
            usb.iso.data=05060708 usb.iso.pad=0";
        assert!(usb.to_string().ends_with(end), "{usb}");
        assert_eq!((usb.shape().header_len, usb.payload.len()), (80, 8));
        let cut = Usb::parse(&bytes[..70]).unwrap();
        assert_eq!((cut.descriptors.len(), cut.payload.len()), (1, 6));
    }

    #[test]
    fn data_without_descriptors_are_one_piece() {
        let bytes = from_hex(
            "00112233445566ff 43018105 0200 2d00 0100000000000000 02000000 00000000 08000000 \
            08000000 0000000000000000 0000040000000000",
        );
        let usb = Usb::parse(&bytes).unwrap();
        assert!(usb.to_string().ends_with("usb.capdata=0000040000000000"), "{usb}");
        let bytes = from_hex(
            "00112233445566ff 53020005 0200 0000 0100000000000000 02000000 8dffffff 04000000 \
            04000000 2109000201000400 01020304",
        );
        let usb = Usb::parse(&bytes).unwrap();
        assert!(usb.to_string().ends_with("usb.data_fragment=01020304"), "{usb}");
    }
}
