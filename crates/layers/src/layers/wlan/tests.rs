//! Tests of IEEE 802.11. Expected fields are what `tshark -T pdml` (4.0.17) shows of the same bytes.

use proptest::prelude::*;

use super::*;
use crate::{Arp, Decoder, Field, Fix, LayerType as L, Llc, serialize_layers};

mod ht_control;
mod management;
mod throughput;

// Zeek, arp-who-has-wlanmon.pcap, packet 1: QoS data to an access point, duration 44, TID 6
layer_tests! {
    sample: Wlan *b"\x88\x01\x2c\0\x8a\x15\x14\x9b\x5a\xe0\x78\x31\xc1\xc6\x3f\xc2\xff\xff\xff\xff\xff\
        \xff\x10\0\x06\0\xaa\xaa\x03\0\0\0\x08\x06";
    fields: "wlan.fc.type_subtype=40 wlan.fc=34817 wlan.fc.version=0 wlan.fc.type=2 \
        wlan.fc.subtype=8 wlan.flags=1 wlan.fc.ds=1 wlan.fc.frag=0 wlan.fc.retry=0 \
        wlan.fc.pwrmgt=0 wlan.fc.moredata=0 wlan.fc.protected=0 wlan.fc.order=0 \
        wlan.duration=44 wlan.ra=8a:15:14:9b:5a:e0 wlan.ta=78:31:c1:c6:3f:c2 \
        wlan.da=ff:ff:ff:ff:ff:ff wlan.sa=78:31:c1:c6:3f:c2 wlan.bssid=8a:15:14:9b:5a:e0 \
        wlan.staa=78:31:c1:c6:3f:c2 wlan.frag=0 wlan.seq=1 wlan.qos=6 wlan.qos.tid=6 \
        wlan.qos.priority=6 wlan.qos.bit4=0 wlan.qos.ack=0 wlan.qos.amsdupresent=0 \
        wlan.qos.txop_dur_req=0";
    edit: WlanHeader, |header| header.set_flags(WlanFlags::TO_DS | WlanFlags::RETRY);
    bad: [0 = 0x89 => "protocol version" 1];
}

const A1: [u8; 6] = [2, 0x11, 0x11, 0x11, 0x11, 0x11];
const A2: [u8; 6] = [4, 0x22, 0x22, 0x22, 0x22, 0x22];
const A3: [u8; 6] = [6, 0x33, 0x33, 0x33, 0x33, 0x33];
const A4: [u8; 6] = [8, 0x44, 0x44, 0x44, 0x44, 0x44];
const LLC: &[u8] = &[0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0xb5, b'd', b'a', b't', b'a'];

/// A frame with three addresses and the sequence number 291.
fn frame(control: [u8; 2], behind: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [&control[..], &[0x2c, 0], &A1, &A2, &A3, &[0x30, 0x12]].concat();
    behind.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// A control frame to the first address, from the second.
fn control(subtype: u8, body: &[u8]) -> Vec<u8> {
    [&[subtype << 4 | 4, 0, 0x30, 0][..], &A1, &A2, body].concat()
}

/// The fields behind the one that is named, without the prefix that all have.
#[track_caller]
fn check(bytes: &[u8], behind: &str, expected: &str) {
    let mut found = Vec::new();
    Wlan::parse(bytes).unwrap().fields(&mut |Field { name, value, bytes: _ }: Field<'_>| {
        found.push((name, format!("{}={value}", name.strip_prefix("wlan").unwrap_or(name))));
    });
    let place = found.iter().rposition(|(name, _)| *name == behind).unwrap();
    let text = found[place + 1..].iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
    assert_eq!(text.join(" "), expected);
}

/// The fields of the body of a beacon with these elements.
#[track_caller]
fn check_element(element: &[u8], expected: &str) {
    let fixed = [0; 12];
    check(&frame([0x80, 0], &[&fixed, element]), "wlan.fixed.capabilities.reserved6", expected);
}

fn next(bytes: &[u8]) -> Next {
    Wlan::parse(bytes).unwrap().shape().next
}

const DATA: Next = Next::One(Key::ether_type(EtherType::LLC));

#[test]
fn addresses_are_named_by_the_direction() {
    let names = "02:11:11:11:11:11 .ta=04:22:22:22:22:22";
    let (one, two, three) = ("02:11:11:11:11:11", "04:22:22:22:22:22", "06:33:33:33:33:33");
    let four = "08:44:44:44:44:44";
    let seq = ".frag=0 .seq=291";
    let cases: [(u8, &[u8], String); 4] = [
        (0, &[], format!(".da={one} .sa={two} .bssid={three}")),
        (1, &[], format!(".da={three} .sa={two} .bssid={one} .staa={two}")),
        (2, &[], format!(".da={one} .sa={three} .bssid={two} .staa={one}")),
        (3, &A4, format!(".da={three} .sa={four}")),
    ];
    for (flags, behind, expected) in cases {
        let bytes = frame([8, flags], &[behind, LLC]);
        check(&bytes, "wlan.duration", &format!(".ra={names} {expected} {seq}"));
        assert_eq!(next(&bytes), DATA);
    }
}

#[test]
fn quality_of_service_depends_on_who_sends() {
    let sent = "bit4=1 .qos.ack=3 .qos.amsdupresent=0 .qos.queue_size=26";
    let bytes = frame([0x88, 1], &[&[0x70, 0x1a], LLC]);
    check(&bytes, "wlan.seq", &format!(".qos=6768 .qos.tid=0 .qos.priority=0 .qos.{sent}"));
    let bytes = frame([0x88, 2], &[&[0x27, 0xff], LLC]);
    check(
        &bytes,
        "wlan.seq",
        ".qos=65319 .qos.tid=7 .qos.priority=7 .qos.eosp=0 .qos.ack=1 .qos.amsdupresent=0 \
         .qos.ps_buf_state=255 .qos.buf_state_indicated=1 .qos.highest_pri_buf_ac=3 \
         .qos.qap_buf_load=15",
    );
    let bytes = frame([0xe8, 2], &[&[0x10, 0x44]]);
    check(&bytes, "wlan.qos.ack", ".qos.txop_limit=68");
    assert_eq!(next(&bytes), Next::End);
}

#[test]
fn mesh_control_stands_in_front_of_the_data() {
    let bytes = frame([0x88, 3], &[&A4, &[0, 1], &[0, 5, 1, 2, 3, 4], LLC]);
    check(
        &bytes,
        "wlan.qos.mesh_rspi",
        ".fixed.mesh_flags=0 .fixed.mesh_ttl=5 .fixed.mesh_sequence=67305985",
    );
    assert_eq!((Wlan::parse(&bytes).unwrap().payload, next(&bytes)), (LLC, DATA));
    let bytes = frame([0x88, 2], &[&[0, 5], &[1, 5, 1, 2, 3, 4], &A4, LLC]);
    check(&bytes, "wlan.fixed.mesh_sequence", ".fixed.mesh_addr4=08:44:44:44:44:44");
    assert_eq!(Wlan::parse(&bytes).unwrap().payload, LLC);
}

// gopacket does not split aggregates.
#[test]
fn the_chain_follows_the_first_subframe_and_an_iterator_the_rest() {
    let (length, odd) = ([0, 12], [0, 13]);
    let second = [&A3[..], &A4, &length, LLC].concat();
    let bytes = frame([0x88, 1], &[&[0x80, 0], &A1, &A2, &odd, LLC, b"!", &[0], &second]);
    check(
        &bytes,
        "wlan.qos.txop_dur_req",
        ".da=02:11:11:11:11:11 .sa=04:22:22:22:22:22 _aggregate.a_mdsu.length=13 \
         .da=06:33:33:33:33:33 .sa=08:44:44:44:44:44 _aggregate.a_mdsu.length=12",
    );
    let wlan = Wlan::parse(&bytes).unwrap();
    assert_eq!((wlan.payload, wlan.shape().next), (&[LLC, b"!"].concat()[..], DATA));
    assert_eq!(wlan.shape().payload_len, 13);
    let sources = wlan.subframes().map(|subframe| subframe.unwrap().header.source);
    assert_eq!(sources.collect::<Vec<_>>(), [A2, A4]);
    let cut = &bytes[..bytes.len() - LLC.len() - 3];
    let last = Wlan::parse(cut).unwrap().subframes().last();
    assert_eq!(last, Some(Err(Malformed::Truncated { need: 14, have: 11 })));
}

#[test]
fn only_the_first_fragment_leads_on() {
    let first = frame([8, 5], &[LLC]);
    assert_eq!(next(&first), Next::FirstFragment(Key::ether_type(EtherType::LLC)));
    let mut second = first;
    second[22] |= 1;
    assert_eq!(next(&second), Next::End);
}

#[test]
fn protected_frames_say_what_protects_them() {
    let wep = frame([8, 0x41], &[&[1, 2, 3, 0x40], &[7; 20], b"ICVV"]);
    check(&wep, "wlan.seq", ".wep.iv=66051 .wep.key=1 .wep.icv=1229149782");
    let view = Wlan::parse(&wep).unwrap();
    assert_eq!((view.payload, view.trailer), (&[7; 20][..], &b"ICVV"[..]));
    let ccmp = frame([8, 0x41], &[&[1, 2, 0, 0x60, 3, 4, 5, 6], &[7; 20]]);
    check(&ccmp, "wlan.seq", ".ccmp.extiv=6618611909121 .wep.key=1");
    let tkip = frame([8, 0x41], &[&[0x11, 0x31, 0x21, 0xa0, 4, 5, 6, 7], &[7; 20]]);
    let expected = WlanProtection::Tkip { sequence_counter: 0x0706_0504_1121, key_id: 2 };
    assert_eq!(Wlan::parse(&tkip).unwrap().protection(), Some(expected));
    for bytes in [&wep, &ccmp, &tkip] {
        assert_eq!(next(bytes), Next::End);
    }
    assert_eq!(Wlan::parse(&frame([8, 0x41], &[b"ab"])).unwrap().protection(), None);
}

#[test]
fn frames_without_data_lead_nowhere() {
    for subtype in [4, 5, 6, 7, 12, 14, 15] {
        let bytes = frame([subtype << 4 | 8, 1], &[&[7, 0], LLC]);
        assert_eq!(next(&bytes), Next::End);
        let no_data = Wlan::parse(&bytes).unwrap().frame_type();
        assert!(!no_data.has_body() && no_data.is_data());
    }
}

#[test]
fn a_padded_header_ends_at_a_word() {
    let radiotap = [0, 0, 9, 0, 2, 0, 0, 0, 0x20];
    let bytes = [&radiotap[..], &frame([0x88, 1], &[&[0, 0], &[0, 0], LLC])].concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IEEE802_11_RADIOTAP, &bytes);
    assert!(packet.get::<Llc<'_>>().is_some_and(|llc| llc.header.dsap == 0xaa));
    let layers = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
    assert_eq!(layers, [L::RADIOTAP, L::WLAN, L::LLC, L::SNAP]);
}

#[test]
fn control_frames_say_who_and_for_how_long() {
    check(&control(11, &[]), "wlan.duration", ".ra=02:11:11:11:11:11 .ta=04:22:22:22:22:22");
    check(&control(14, &[]), "wlan.duration", ".ra=02:11:11:11:11:11 .bssid=04:22:22:22:22:22");
    let acknowledgment = [&[0xd4, 0, 0, 0][..], &A1].concat();
    check(&acknowledgment, "wlan.duration", ".ra=02:11:11:11:11:11");
    let poll = [&[0xa4, 0, 5, 0xc0][..], &A1, &A2].concat();
    check(
        &poll,
        "wlan.fc.order",
        ".aid=5 .ra=02:11:11:11:11:11 .ta=04:22:22:22:22:22 .bssid=02:11:11:11:11:11",
    );
    let error = Malformed::Truncated { need: 16, have: 15 };
    assert_eq!(Wlan::parse(&control(11, &[])[..15]), Err(error));
}

// gopacket leaves the bitmaps of block acks undecoded.
#[test]
fn block_acks_name_what_is_missing() {
    let ssc = ".fixed.ssc=4656 .fixed.ssc.fragment=0 .fixed.ssc.sequence=291";
    let kind = |control: u16, kind: u8, tid: u8| {
        format!(
            ".ba.control={control} .ba.control.ackpolicy=1 .ba.control.ba_type={kind} \
             .ba.control.reserved=0 .ba.basic.tidinfo={tid}"
        )
    };
    check(&control(8, &[5, 0x50, 0x30, 0x12]), "wlan.ta", &format!("{} {ssc}", kind(0x5005, 2, 5)));
    let bitmap = [0xff, 0xff, 0xfd, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let body = [&[5, 0x50, 0x30, 0x12][..], &bitmap].concat();
    check(
        &control(9, &body),
        "wlan.ba.basic.tidinfo",
        &format!("{ssc} .ba.bm=fffffdffffffff7f .ba.bm.missing_frame=308 .ba.bm.missing_frame=354"),
    );
    let body = [&[7, 0x10, 0, 0x20, 0x30, 0x12][..], &[0; 8], &[0, 0x50, 0x60, 0x45], &[255; 8]];
    check(
        &control(9, &body.concat()),
        "wlan.ba.basic.tidinfo",
        &format!(
            ".bar.mtid.tidinfo.reserved=0 .bar.mtid.tidinfo.value=2 {ssc} .ba.bm=0000000000000000 \
             .bar.mtid.tidinfo.reserved=0 .bar.mtid.tidinfo.value=5 .fixed.ssc=17760 \
             .fixed.ssc.fragment=0 .fixed.ssc.sequence=1110 .ba.bm=ffffffffffffffff"
        ),
    );
    let body = [&[0x0d, 0x50, 0x30, 0x12][..], &A3].concat();
    check(
        &control(8, &body),
        "wlan.ba.basic.tidinfo",
        &format!("{ssc} .ba.gcr_group_addr=06:33:33:33:33:33"),
    );
}

#[test]
fn a_captured_frame_leads_to_what_it_carries() {
    // Zeek, arp-who-has-wlanmon.pcap, packet 1, whole. gopacket takes its last four bytes for a
    // check sequence that it does not have.
    let bytes = [
        &b"\x88\x01\x2c\0\x8a\x15\x14\x9b\x5a\xe0\x78\x31\xc1\xc6\x3f\xc2\xff\xff\xff\xff\xff\xff\
            \x10\0\x06\0\xaa\xaa\x03\0\0\0\x08\x06"[..],
        b"\0\x01\x08\0\x06\x04\0\x01\x78\x31\xc1\xc6\x3f\xc2\x0a\0\0\x02\0\0\0\0\0\0\x0a\0\0\x01",
    ]
    .concat();
    let decoder = Decoder::default();
    let packet = decoder.decode(LinkType::IEEE802_11, &bytes);
    assert_eq!((packet.error(), packet.is_truncated()), (None, false));
    assert!(packet.get::<Arp<'_>>().is_some());
    let wlan = packet.get::<Wlan<'_>>().unwrap();
    assert_eq!(
        (wlan.destination(), wlan.source()),
        ([0xff; 6], wlan.addresses.map(|a| a.address2))
    );
}

#[test]
fn a_beacon_is_built() {
    let mut header = WlanHeader { address1: [0xff; 6], ..Default::default() };
    header.set_frame_type(WlanFrameType::BEACON);
    let elements = [
        WlanElement::Ssid(b"net"),
        WlanElement::SupportedRates(&[0x82, 0x84]),
        WlanElement::Vendor { organization: [0, 0x10, 0x18], data: &[2] },
    ];
    let builder = WlanBuilder {
        header,
        addresses: Some(WlanAddresses { address2: A2, address3: A2, ..Default::default() }),
        fixed: &[0; 12],
        elements: &elements,
        ..Default::default()
    };
    let mut out = Vec::new();
    serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
    let wlan = Wlan::parse(&out).unwrap();
    assert_eq!(wlan.frame_type(), WlanFrameType::BEACON);
    assert_eq!(wlan.elements().map(Result::unwrap).collect::<Vec<_>>(), elements);
    assert_eq!(fmt::from_fn(|f| wlan.summary(f)).to_string(), "beacon \"net\"");
    let long = [0; 256];
    assert!(WlanElement::Ssid(&long).encode(&mut out).is_err());
}

#[test]
fn every_frame_control_is_read_or_rejected() {
    for number in 0..=u16::MAX {
        let bytes = [&number.to_le_bytes()[..], &[0xa5; 90]].concat();
        if let Ok(wlan) = Wlan::parse(&bytes) {
            assert!(wlan.shape().header_len <= bytes.len());
            assert!(wlan.to_string().starts_with("wlan.fc.type_subtype="));
            assert!(!fmt::from_fn(|f| wlan.summary(f)).to_string().is_empty());
            assert_eq!(WlanFrameType::of(wlan.frame_type().bits()), wlan.frame_type());
        } else {
            assert_ne!(number & 3, 0);
        }
    }
}

proptest! {
    #[test]
    fn any_elements_are_written_as_they_were_read(
        elements in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..40)), 0..6)
    ) {
        let mut bytes = Vec::new();
        for (id, data) in &elements {
            bytes.extend([*id, u8::try_from(data.len()).unwrap()]);
            bytes.extend_from_slice(data);
        }
        let mut out = Vec::new();
        for element in WlanElements::new(&bytes) {
            element.unwrap().encode(&mut out).unwrap();
        }
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn any_body_ends(kind in 0_u8..64, flags: u8, body: Vec<u8>) {
        let first = (kind & 3) << 2 | (kind >> 2) << 4;
        let bytes = frame([first, flags], &[&A4, &body]);
        let Ok(wlan) = Wlan::parse(&bytes) else { return Ok(()) };
        prop_assert!(wlan.elements().count() <= bytes.len());
        prop_assert!(wlan.subframes().count() <= bytes.len());
        let mut out = 0;
        wlan.fields(&mut |field: Field<'_>| out = out.max(field.bytes.end));
        prop_assert!(out <= bytes.len());
    }
}

/// IEEE Std 802.11, sections 9.4.2.26, 9.4.2.14, 9.4.2.21, 9.4.2.45 and 9.4.2.87.
#[test]
fn rarer_elements_are_read_and_written() {
    let bytes = b"\x0b\x05\x02\x01\x80\x34\x12\x21\x02\xfd\x14\x28\x06\x01\x02\x03\0\x04\0\
        \x46\x05\x01\x02\x03\x04\x05\x6f\x05\x01\x03\xaa\xbb\xcc\x24\x02\x24\x04";
    let found = WlanElements::new(bytes).collect::<Result<Vec<_>, _>>().unwrap();
    let expected = [
        WlanElement::BssLoad {
            stations: 0x102,
            channel_utilization: 0x80,
            admission_capacity: 0x1234,
        },
        WlanElement::PowerCapability { minimum: -3, maximum: 20 },
        WlanElement::Quiet { count: 1, period: 2, duration: 3, offset: 4 },
        WlanElement::RmEnabledCapabilities(&[1, 2, 3, 4, 5]),
        WlanElement::RoamingConsortium { more: 1, lengths: 3, organizations: b"\xaa\xbb\xcc" },
        WlanElement::SupportedChannels(&[[36, 4]]),
    ];
    assert_eq!(found, expected);
    let mut written = Vec::new();
    found.iter().for_each(|element| element.encode(&mut written).unwrap());
    assert_eq!(written, bytes);
}
