//! Keys of networks whose addresses may be the same, and what stands beside them.

use rheos_core::{LinkType, RawPacket, Side};
use rheos_flow::{
    AutoDetectEncap, Confidence, Directional, FiveTuple, FlowDetails, FlowEvent, FlowExtractor,
    FlowState, FlowTracker, InNetwork, InferInitiator, InnerVxlan, NetworkId, NetworkTable, Tagged,
    networks,
};
use rheos_layers::{Decoder, TcpFlags};

use crate::packets::*;

fn in_vlans(vlans: &[u16], packet: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    for vlan in vlans {
        frame.extend([[0x81, 0], vlan.to_be_bytes()].as_flattened());
    }
    frame.extend(if packet[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] });
    [frame, packet.to_vec()].concat()
}

fn in_udp(ends: [[u8; 4]; 2], port: u16, payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len() as u16).to_be_bytes();
    let header = [[0xc0, 0], port.to_be_bytes(), length, [0, 0]];
    ipv4_between(ends[0], ends[1], UDP, &[header.as_flattened(), payload].concat())
}

const ENDS: [[u8; 4]; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]];
const STDNE: [[u8; 4]; 2] = [[192, 0, 2, 2], [192, 0, 2, 1]];

/// A tunnel of VXLAN.
fn in_vxlan(ends: [[u8; 4]; 2], vni: u8, packet: &[u8]) -> Vec<u8> {
    let inside = [&[8, 0, 0, 0, 0, 0, vni, 0][..], &ethernet(packet)].concat();
    ethernet(&in_udp(ends, 4789, &inside))
}

fn in_gre(ends: [[u8; 4]; 2], header: &[u8], packet: &[u8]) -> Vec<u8> {
    ethernet(&ipv4_between(ends[0], ends[1], 47, &[header, packet].concat()))
}

fn in_ip(ends: [[u8; 4]; 2], packet: &[u8]) -> Vec<u8> {
    ethernet(&ipv4_between(ends[0], ends[1], 4, packet))
}

fn in_gtp(ends: [[u8; 4]; 2], teid: u8, packet: &[u8]) -> Vec<u8> {
    let header = [0x30, 255, 0, packet.len() as u8, 0, 0, 0, teid];
    ethernet(&in_udp(ends, 2152, &[&header[..], packet].concat()))
}

fn in_pppoe(session: u8, packet: &[u8]) -> Vec<u8> {
    let header = [0x88, 0x64, 0x11, 0, 0, session, 0, packet.len() as u8 + 2, 0, 0x21];
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &header[..], packet].concat()
}

/// The front of STT's frames, draft-davie-stt-08: what looks like TCP, and a header with a context.
fn in_stt(ends: [[u8; 4]; 2], context: u64, packet: &[u8]) -> Vec<u8> {
    let framed = ethernet(packet);
    let [high, low] = (18 + framed.len() as u16).to_be_bytes();
    let front =
        [0xc3, 0x50, 0x1d, 0x2f, high, low, 0, 0, 0, 0, 0, 9, 0x50, 0x18, 255, 255, 0, 0, 0, 0];
    let header = [&[0; 8][..], &context.to_be_bytes(), &[0, 0]].concat();
    ethernet(&ipv4_between(ends[0], ends[1], TCP, &[&front[..], &header, &framed].concat()))
}

fn extractor() -> InNetwork<FiveTuple> {
    let decoder = Decoder::default();
    let inner = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
    InNetwork::new(inner, NetworkTable::default())
}

fn raw(frame: &[u8]) -> RawPacket<'_> {
    RawPacket::new(at(0), LinkType::ETHERNET, frame)
}

fn there() -> Vec<u8> {
    ipv4(There, UDP, &datagram(There, 2))
}

fn back() -> Vec<u8> {
    ipv4(Back, UDP, &datagram(Back, 2))
}

/// Both ways of a flow have one key, which another network has not.
#[track_caller]
fn check(there: &[u8], back: &[u8], other: &[u8], path: &str) {
    let extractor = extractor();
    let [there, back, other] =
        [there, back, other].map(|frame| extractor.extract(&raw(frame)).unwrap());
    assert_eq!(there.key, back.key);
    assert_ne!(there.orientation, back.orientation);
    assert_eq!(there.key.key, other.key.key);
    assert_ne!(there.key.tag, other.key.tag);
    let found = extractor.networks().path(there.key.tag).unwrap();
    assert_eq!(found.to_string(), path);
    assert_eq!(extractor.networks().len(), 2 - usize::from(other.key.tag == NetworkId::NONE));
}

#[test]
fn both_ways_through_a_tunnel_are_one_flow_of_one_network() {
    // peers.md 1.5, defect 10: the ends of a tunnel are not the same way round in both directions.
    check(
        &in_vxlan(ENDS, 7, &there()),
        &in_vxlan(STDNE, 7, &back()),
        &in_vxlan(ENDS, 8, &there()),
        "vxlan 7",
    );
    let keyed = |key| [0x20, 0, 8, 0, 0, 0, 0, key];
    check(
        &in_gre(ENDS, &keyed(1), &there()),
        &in_gre(STDNE, &keyed(1), &back()),
        &in_gre(ENDS, &keyed(2), &there()),
        "gre 1",
    );
    check(&in_pppoe(3, &there()), &in_pppoe(3, &back()), &in_pppoe(4, &there()), "pppoes 3");
}

/// ovn-architecture(7), "Tunnel Encapsulations": 9 bits of zero, 15 of the port that a packet comes from, 16 of
/// that it goes to, 24 of the network.
#[test]
fn the_ports_in_a_context_of_stt_do_not_tell_networks_apart() {
    let context = |network: u64, from: u64, to: u64| from << 40 | to << 24 | network;
    check(
        &in_stt(ENDS, context(7, 1, 2), &there()),
        &in_stt(STDNE, context(7, 2, 1), &back()),
        &in_stt(ENDS, context(8, 1, 2), &there()),
        "stt 7",
    );
}

/// A connection to the port of STT, of which each end may say anything from any sequence number on, is one flow.
#[test]
fn a_connection_to_the_port_of_stt_is_a_flow_with_all_that_it_says() {
    let segment = |way: Way, flags: TcpFlags, sequence: u32, payload: usize| {
        let mut segment = segment(way, flags, sequence, payload);
        let port = if way == There { 2 } else { 0 };
        segment[port..port + 2].copy_from_slice(&7471_u16.to_be_bytes());
        // Zeros are a header of STT, but for the one in front.
        segment[20..].fill(0);
        ethernet(&ipv4(way, TCP, &segment))
    };
    for first in [0, 0x0010_0000 - 1, 0x1234_5678, 0x7ffe_ffff, u32::MAX - 500] {
        let mut tracker: FlowTracker<_> = FlowTracker::new(extractor());
        let mut ids = Vec::new();
        let mut track = |frame: &[u8]| {
            ids.push(tracker.track(&raw(frame), &mut |_: &FlowEvent<'_, _>| {}));
        };
        track(&segment(There, TcpFlags::SYN, first, 0));
        track(&segment(Back, TcpFlags::SYN | TcpFlags::ACK, 9, 0));
        let numbers = (0..100).map(|count| first.wrapping_add(1 + count * 1000));
        numbers.for_each(|number| track(&segment(There, TcpFlags::ACK, number, 1000)));
        track(&segment(Back, TcpFlags::ACK, 10, 500));
        assert!(ids.iter().all(|&id| id.is_some() && id == ids[0]), "{first}");
        let (_, flow) = tracker.flows().next().unwrap();
        assert_eq!(flow.stats.total().payload_bytes, 100_500, "{first}");
        assert_eq!(flow.key.tag, NetworkId::NONE);
    }
}

#[test]
fn a_tunnel_without_a_number_is_told_by_its_ends() {
    let others = [[192, 0, 2, 1], [192, 0, 2, 9]];
    let path = "192.0.2.1 > 192.0.2.2";
    check(&in_ip(ENDS, &there()), &in_ip(STDNE, &back()), &in_ip(others, &there()), path);
    let plain = [0, 0, 8, 0];
    check(
        &in_gre(ENDS, &plain, &there()),
        &in_gre(STDNE, &plain, &back()),
        &in_gre(others, &plain, &there()),
        path,
    );
    // Each end of GTP-U chooses the number by which it is called.
    check(
        &in_gtp(ENDS, 5, &there()),
        &in_gtp(STDNE, 6, &back()),
        &in_gtp(others, 5, &there()),
        path,
    );
}

#[test]
fn vlans_are_networks() {
    // peers.md 1.5, defects 5 and 11: of any depth, and in the key.
    check(
        &in_vlans(&[10, 20, 30], &there()),
        &in_vlans(&[10, 20, 30], &back()),
        &in_vlans(&[10, 21, 30], &there()),
        "vlan 10 / vlan 20 / vlan 30",
    );
    check(&in_vlans(&[7], &there()), &in_vlans(&[7], &back()), &ethernet(&there()), "vlan 7");
}

#[test]
fn the_flow_number_of_nvgre_does_not_tell_networks_apart() {
    let nvgre = |subnet: u8, flow| [0x20, 0, 0x65, 0x58, 0, 0x20, subnet, flow];
    let framed = |packet: Vec<u8>| ethernet(&packet);
    check(
        &in_gre(ENDS, &nvgre(1, 9), &framed(there())),
        &in_gre(STDNE, &nvgre(1, 44), &framed(back())),
        &in_gre(ENDS, &nvgre(2, 9), &framed(there())),
        "gre 8193",
    );
}

#[test]
fn networks_that_a_flood_makes_up_hold_the_bound_and_leave_those_in_use() {
    // peers.md 1.5, defect 12.
    let extractor = extractor();
    let tag = |packet: &[u8]| extractor.extract(&raw(packet)).unwrap().key.tag;
    let frame = |number: u32| {
        let [_, a, b, c] = number.to_be_bytes();
        let header = [0x20, 0, 8, 0, 1, a, b, c];
        in_gre(ENDS, &header, &there())
    };
    let used = in_vlans(&[7], &there());
    let (id, idle) = (tag(&used), tag(&in_vlans(&[8], &there())));
    for number in 0..50_000 {
        tag(&frame(number));
        if number % 1000 == 0 {
            assert_eq!(tag(&used), id, "{number}");
        }
    }
    assert_eq!(extractor.networks().len(), 16_384);
    assert_eq!(extractor.networks().path(idle), None);
    let again = tag(&in_vlans(&[8], &there()));
    assert_ne!(again, idle);
    assert_eq!(extractor.networks().path(again).unwrap().to_string(), "vlan 8");
}

#[test]
fn fragments_of_two_networks_are_not_mixed() {
    let piece = |vlan: u16, first: bool| {
        let mut packet = if first { there() } else { ipv4(There, UDP, &[7; 8]) };
        let bits: u16 = if first { 0x2000 } else { 2 };
        packet[4..6].copy_from_slice(&[0, 9]);
        packet[6..8].copy_from_slice(&bits.to_be_bytes());
        in_vlans(&[vlan], &packet)
    };
    let mut tracker: FlowTracker<_> = FlowTracker::new(extractor());
    let mut track = |frame: &[u8]| tracker.track(&raw(frame), &mut |_: &FlowEvent<'_, _>| {});
    let [one, two] = [track(&piece(1, true)), track(&piece(2, true))];
    assert_eq!([track(&piece(1, false)), track(&piece(2, false))], [one, two]);
    assert_ne!(one, two);
    // The same by a tag of one's own.
    let extractor = Tagged::new(FiveTuple::default(), networks(&Decoder::default()));
    let mut tracker: FlowTracker<_> = FlowTracker::new(extractor);
    let mut track = |frame: &[u8]| tracker.track(&raw(frame), &mut |_: &FlowEvent<'_, _>| {});
    let [one, two] = [track(&piece(1, true)), track(&piece(2, true))];
    assert_eq!([track(&piece(1, false)), track(&piece(2, false))], [one, two]);
    assert_ne!(one, two);
}

#[test]
fn what_a_packet_came_in_stands_beside_its_key() {
    let decoder = Decoder::default();
    let twice =
        InnerVxlan::around(&decoder, AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder)));
    let once = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
    let frame = in_vxlan(ENDS, 7, &ipv4_between([1; 4], [2; 4], 4, &there()));
    for detail in [twice.detail(&raw(&frame)), once.detail(&raw(&frame))] {
        let detail = detail.unwrap();
        let path = "192.0.2.1 > 192.0.2.2 / vxlan 7 / 1.1.1.1 > 2.2.2.2";
        assert_eq!(detail.outer.to_string(), path);
        let start = detail.payload_start as usize;
        assert_eq!((&frame[start..], detail.captured_payload), (&b"xx"[..], 2));
        assert_eq!(detail.macs, Some(([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])));
    }
    // Of a packet that came as it is, the tags are those of its frame.
    let detail = once.detail(&raw(&in_vlans(&[7, 8], &there()))).unwrap();
    assert_eq!(detail.vlans, [Some(7), Some(8)]);
    let mut tracker = FlowTracker::<_, FlowDetails>::new(once);
    tracker.track(&raw(&frame), &mut |_: &FlowEvent<'_, _, _>| {});
    let (_, flow) = tracker.flows().next().unwrap();
    assert!(flow.key.to_string().starts_with("UDP 10.0.0.1:40000"));
}

#[test]
fn padding_behind_a_packet_in_a_tunnel_is_no_payload() {
    // peers.md 1.5, defect 7.
    let decoder = Decoder::default();
    let extractor = AutoDetectEncap::around(&decoder, FiveTuple::new(&decoder));
    for mut frame in [in_vxlan(ENDS, 7, &there()), in_ip(ENDS, &there()), in_pppoe(1, &there())] {
        frame.extend([0xee; 12]);
        let (found, detail) =
            (extractor.extract(&raw(&frame)).unwrap(), extractor.detail(&raw(&frame)).unwrap());
        assert_eq!((found.ip_length, found.payload_length, detail.captured_payload), (30, 2, 2));
    }
}

#[test]
fn each_direction_is_a_flow_where_the_program_wants_that() {
    let mut tracker: FlowTracker<_> = FlowTracker::new(Directional(FiveTuple::default()));
    for (way, flags) in [(There, SYN), (Back, SYN | ACK), (There, ACK), (Back, ACK)] {
        let packet = ipv4(way, TCP, &segment(way, flags, 1, 3));
        let raw = RawPacket::new(at(0), LinkType::IPV4, &packet);
        tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {});
    }
    let flows: Vec<_> = tracker.flows().map(|(_, flow)| flow).collect();
    assert_eq!(flows.len(), 2);
    for flow in flows {
        assert_eq!(flow.stats.side(Side::Initiator).packets, 2);
        assert_eq!((flow.stats.side(Side::Responder).packets, flow.is_flipped), (0, false));
    }
}

/// Of a server whose first packet is of a connection before, and so comes in front of the handshake.
#[test]
fn a_handshake_that_comes_late_says_that_roles_are_the_other_way_round() {
    let mut lab = Lab::new();
    lab.ip(0, &ipv4(There, TCP, &segment_with(There, ACK, 1, 1, 10)));
    let record = |lab: &Lab| lab.tracker.flows().next().unwrap().1.clone();
    assert!(!record(&lab).is_reversed);
    lab.ip(1, &ipv4(There, TCP, &segment_with(There, SYN | ACK, 500, 901, 0)));
    lab.ip(2, &ipv4(Back, TCP, &segment_with(Back, ACK, 901, 501, 20)));
    let flow = record(&lab);
    assert_eq!((flow.is_reversed, flow.confidence()), (true, Confidence::Low));
    assert_eq!(flow.history.as_str(), "DSd");
    let turned = flow.turned();
    assert_eq!((turned.is_reversed, turned.confidence()), (false, Confidence::High));
    assert_eq!((turned.initiator, turned.is_flipped), (!flow.initiator, true));
    assert_eq!((turned.stats.initiator.packets, turned.stats.responder.packets), (1, 2));
    assert_eq!((turned.stats.initiator.payload_bytes, turned.stats.started), (20, at(0)));
    assert_eq!(turned.history.as_str(), "dsD");
    // What was told of the flow, and will be, has the roles of its start.
    assert_eq!(lab.counts(Side::Initiator)[0], 2);
    let again = turned.turned();
    assert_eq!((again.stats, again.history), (flow.stats, flow.history));
}

#[test]
fn a_handshake_in_its_order_leaves_roles_as_they_are() {
    for segments in [
        &[(There, SYN), (Back, SYN | ACK), (There, ACK)][..],
        // Both ask at once, RFC 9293 section 3.5; and the first was not captured.
        &[(There, SYN), (Back, SYN), (There, SYN | ACK), (Back, SYN | ACK)],
        &[(Back, SYN | ACK), (There, ACK)],
        &[(There, ACK), (Back, SYN | ACK), (There, ACK)],
    ] {
        let mut lab = Lab::new();
        for &(way, flags) in segments {
            lab.tcp(0, way, flags, if flags.contains(SYN) { 1 } else { 2 });
        }
        let (_, flow) = lab.tracker.flows().next().unwrap();
        assert!(!flow.is_reversed, "{segments:?}");
        assert_eq!(flow.confidence(), Confidence::High);
    }
}

/// packet-strata: settled by seven packets, or by payload both ways.
#[test]
fn who_asked_of_two_ends_alike_is_sure_once_nothing_says_otherwise() {
    let between = |way: Way, payload: usize| {
        let mut datagram = datagram(way, payload);
        // Ports 50,000 and 50,001.
        let ports = if way == There { [0xc3, 0x50, 0xc3, 0x51] } else { [0xc3, 0x51, 0xc3, 0x50] };
        datagram[..4].copy_from_slice(&ports);
        ipv4(way, UDP, &datagram)
    };
    let confidence = |packets: &[(Way, usize)]| {
        let mut lab = Lab::new();
        for &(way, payload) in packets {
            lab.ip(0, &between(way, payload));
        }
        lab.tracker.flows().next().unwrap().1.confidence()
    };
    assert_eq!(confidence(&[(There, 1); 6]), Confidence::Low);
    assert_eq!(confidence(&[(There, 1); 7]), Confidence::High);
    assert_eq!(confidence(&[(There, 1), (Back, 0)]), Confidence::Low);
    assert_eq!(confidence(&[(There, 1), (Back, 1)]), Confidence::High);
}

#[test]
fn who_asked_is_inferred_where_the_program_wants_that() {
    let mut tracker: FlowTracker<_> = FlowTracker::new(InferInitiator(FiveTuple::default()));
    let packet = ipv4(Back, TCP, &segment(Back, ACK, 1, 3));
    let raw = RawPacket::new(at(0), LinkType::IPV4, &packet);
    tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {});
    let (_, flow) = tracker.flows().next().unwrap();
    assert_eq!((flow.is_flipped, flow.state), (true, FlowState::Active));
    assert_eq!(flow.stats.side(Side::Responder).packets, 1);
}
