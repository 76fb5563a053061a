//! What is wrong inside a layer is told with its place, and hides nothing.

#![allow(clippy::unwrap_used, reason = "a test, also in its functions")]

use rheos_layers::{
    AnyLayer, Decoder, Field, FieldSink, LinkType, Malformed, Outer, Registry, hex,
};

/// The frames of the fixture, with what is wrong in each.
fn cases() -> impl Iterator<Item = (&'static str, Vec<u8>, &'static str)> {
    include_str!("tshark/faults.txt").split("\n= ").skip(1).map(|case| {
        let mut lines = case.lines();
        let mut line = || lines.next().unwrap();
        (line(), hex(line()).unwrap(), line())
    })
}

/// Everything wrong inside the layers of a packet, and how many layers it has.
fn told(link_type: LinkType, bytes: &[u8]) -> (String, usize) {
    let decoder = Decoder::default();
    let packet = decoder.decode(link_type, bytes);
    let faults: Vec<_> = packet.faults().map(|fault| fault.to_string()).collect();
    (faults.join(", "), packet.layers().len())
}

#[test]
fn what_breaks_off_is_told_with_its_place() {
    let decoder = Decoder::default();
    for (title, frame, expected) in cases() {
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        assert_eq!(packet.error(), None, "{title}");
        assert_eq!(told(LinkType::ETHERNET, &frame).0, expected, "{title}");
        let fault = packet.faults().next().unwrap();
        let span = packet.layers().iter().find(|span| span.layer == fault.layer).unwrap();
        assert_eq!(packet.fault(span), Some(fault), "{title}");
    }
}

/// What may go on in a later packet is not wrong: of a capture that cuts packets, in a first fragment,
/// in a quotation.
#[test]
fn what_may_go_on_elsewhere_is_not_told() {
    let (_, frame, _) = cases().find(|(title, ..)| title.starts_with("DHCPv6")).unwrap();
    assert_eq!(told(LinkType::ETHERNET, &frame[..frame.len() - 1]), (String::new(), 4));
    let mut fragment = frame.clone();
    fragment[20] = 0x20;
    assert_eq!(told(LinkType::ETHERNET, &fragment), (String::new(), 4));
    let quotation = [&b"\x03\x03\0\0\0\0\0\0"[..], &frame[14..]].concat();
    let mut header = frame[14..34].to_vec();
    (header[3], header[9]) = (u8::try_from(20 + quotation.len()).unwrap(), 1);
    assert_eq!(told(LinkType::IPV4, &[header, quotation].concat()), (String::new(), 5));
}

/// What contradicts the header that holds it cannot go on elsewhere, in a packet that is cut either.
#[test]
fn an_option_that_leaves_its_header_is_told_of_a_packet_that_is_cut() {
    let (_, mut frame, expected) = cases().find(|(title, ..)| title.starts_with("IPv4")).unwrap();
    frame[17] = 200;
    frame.extend([0; 8]);
    assert_eq!(told(LinkType::ETHERNET, &frame).0, expected);
}

/// The usual header of no protocol has anything wrong in it.
#[test]
fn usual_headers_are_sound() {
    let registry = Registry::default();
    for protocol in registry.protocols().filter(|protocol| protocol.template.is_some()) {
        let mut count = 0;
        let mut sink = Faults(&mut count);
        let visit = &mut |layer: &dyn AnyLayer| layer.fields(&mut sink);
        let template = [protocol.template.unwrap_or_default(), protocol.trailer].concat();
        let _ = (protocol.visit)(&template, &Outer::NONE, visit);
        assert_eq!(count, 0, "{}", protocol.name);
    }
}

/// Counts what is wrong.
struct Faults<'c>(&'c mut usize);

impl FieldSink for Faults<'_> {
    fn field(&mut self, _: Field<'_>) {}

    fn fault(&mut self, _: Malformed, _: usize) {
        *self.0 = self.0.saturating_add(1);
    }
}
