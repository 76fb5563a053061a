//! Tests of the network layer of `BACnet`.

use proptest::prelude::*;

use super::*;
use crate::layers::golden;
use crate::{Fix, serialize_layers};

// tshark -r q-in-q.pcap -Y bacnet
layer_tests! {
    sample: Bacnet *b"\x01\x20\xff\xff\0\xff\x10\x08\x0a\x1b\x59\x1a\x1b\x59";
    fields: "bacnet.version=1 bacnet.control=32 bacnet.control_net=0 bacnet.control_res1=0 \
        bacnet.control_dest=1 bacnet.control_res2=0 bacnet.control_src=0 \
        bacnet.control_expect=0 bacnet.control_prio_high=0 bacnet.control_prio_low=0 \
        bacnet.dnet=65535 bacnet.dlen=0 bacnet.hopc=255";
    edit: BacnetHeader, |header| header.control = 0x24;
    bad: [0 = 2 => "version" 2];
}

#[test]
fn every_message_has_the_fields_of_tshark() {
    golden::check(include_str!("golden.txt"), &["bacnet"], &[], &[]);
}

proptest! {
    #[test]
    fn a_header_is_read_as_it_was_written(
        control in (0_u8..8).prop_map(|bits| bits & 7),
        to in prop::option::of((any::<u16>(), prop::collection::vec(any::<u8>(), 0..8))),
        from in prop::option::of((any::<u16>(), prop::collection::vec(any::<u8>(), 0..8))),
        hop_count: u8,
        kind in prop::option::of(any::<u8>()),
        vendor_id: u16,
        data in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let place = |place: &'_ (u16, Vec<u8>)| place.0;
        let destination = to.as_ref().map(|to| BacnetAddress { network: place(to), address: &to.1 });
        let source =
            from.as_ref().map(|from| BacnetAddress { network: place(from), address: &from.1 });
        let message_type = kind.map(BacnetMessageType);
        let header = BacnetHeader { version: VERSION, control };
        let builder =
            BacnetBuilder { header, destination, source, hop_count, message_type, vendor_id };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&builder], &data).unwrap();
        let bacnet = Bacnet::parse(&out).unwrap();
        prop_assert_eq!((bacnet.destination, bacnet.source), (destination, source));
        prop_assert_eq!(bacnet.message_type, message_type);
        prop_assert_eq!(bacnet.hop_count, to.as_ref().map(|_| hop_count));
        prop_assert_eq!(bacnet.vendor_id, kind.filter(|kind| *kind >= VENDORS).map(|_| vendor_id));
        prop_assert_eq!(bacnet.payload, &data[..]);
        bacnet.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= out.len()));
    }
}
