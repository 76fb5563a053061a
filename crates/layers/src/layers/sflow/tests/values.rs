//! What records say, beside what tshark 4.0.17 shows of the same bytes.

use super::*;

/// A case of a fixture.
struct Case {
    frame: Vec<u8>,
    lines: Vec<&'static str>,
}

impl Case {
    fn new(title: &str) -> Self {
        let all = [include_str!("../golden.txt"), include_str!("../golden-extended.txt")];
        let cases = all.iter().flat_map(|text| text.split("\n= ").skip(1));
        let mut cases = cases.map(|case| case.lines().collect::<Vec<_>>());
        let lines = cases.find(|lines| lines[0] == title).unwrap();
        Self { frame: golden::hex(lines[1]), lines: lines[2..].to_vec() }
    }

    /// What tshark shows of a name, the first of them.
    #[track_caller]
    fn text(&self, name: &str) -> &str {
        let mut fields = self.lines.iter().filter_map(|line| line.split_once('='));
        fields.find(|(found, _)| *found == name).unwrap_or_else(|| panic!("{name}")).1
    }

    #[track_caller]
    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap()
    }

    /// Does something with every record.
    fn each(&self, mut see: impl FnMut(SflowRecord<'_>)) {
        let decoder = crate::Decoder::default();
        let packet = decoder.decode(crate::LinkType::ETHERNET, &self.frame);
        let sflow = packet.get::<Sflow<'_>>().unwrap();
        let samples = sflow.samples().map(Result::unwrap);
        samples.flat_map(|sample| sample.records()).for_each(|record| see(record.unwrap()));
    }

    /// Holds all numbers of a structure to all that tshark shows behind the length of its record.
    #[track_caller]
    fn numbers(&self, format: u32, found: &[u64]) {
        let head = format!("sflow_245.counters_record_format={format}");
        let at = self.lines.iter().position(|line| **line == head).unwrap();
        let behind = self.lines[at + 2..].iter().take(found.len());
        let expected = behind.map(|line| line.split_once('=').unwrap().1.parse().unwrap());
        assert_eq!(found, expected.collect::<Vec<u64>>());
    }
}

#[test]
fn counters_are_what_tshark_shows() {
    let mut seen = 0;
    for title in ["interface", "VLAN and processor", "token ring", "100BASE-VG", "lag", "port name"]
    {
        let case = Case::new(title);
        case.each(|record| {
            seen += 1;
            match record.counters() {
                SflowCounters::Interface(interface) => {
                    assert_eq!(u64::from(interface.speed), case.number("sflow_245.ifspeed"));
                    assert_eq!(u64::from(interface.in_octets), case.number("sflow_245.ifinoct"));
                    assert_eq!(u64::from(interface.out_octets), case.number("sflow_245.ifoutoct"));
                    let promiscuous = u64::from(interface.promiscuous_mode);
                    assert_eq!(promiscuous, case.number("sflow_245.ifpromisc"));
                }
                SflowCounters::Ethernet(ethernet) => {
                    let numbers = [
                        ethernet.alignment_errors,
                        ethernet.fcs_errors,
                        ethernet.single_collision_frames,
                        ethernet.multiple_collision_frames,
                        ethernet.sqe_test_errors,
                        ethernet.deferred_transmissions,
                        ethernet.late_collisions,
                        ethernet.excessive_collisions,
                        ethernet.internal_mac_transmit_errors,
                        ethernet.carrier_sense_errors,
                        ethernet.frames_too_long,
                        ethernet.internal_mac_receive_errors,
                        ethernet.symbol_errors,
                    ];
                    case.numbers(2, &numbers.map(u64::from));
                }
                SflowCounters::TokenRing(ring) => {
                    assert_eq!(
                        u64::from(ring.line_errors),
                        case.number("sflow_245.dot5StatsLineErrors")
                    );
                    let frequency = u64::from(ring.frequency_errors);
                    assert_eq!(frequency, case.number("sflow_245.dot5StatsFreqErrors"));
                }
                SflowCounters::Vg(vg) => {
                    let frames = u64::from(vg.in_high_priority_frames);
                    assert_eq!(frames, case.number("sflow_245.dot12InHighPriorityFrames"));
                    let octets = u64::from(vg.total_out_high_priority_octets);
                    assert_eq!(octets, case.number("sflow_245.dot12HCOutHighPriorityOctets"));
                }
                SflowCounters::Vlan(vlan) => {
                    let numbers =
                        [vlan.unicast_packets, vlan.multicast_packets, vlan.broadcast_packets];
                    let [a, b, c] = numbers.map(u64::from);
                    let (id, octets) = (u64::from(vlan.vlan), u64::from(vlan.octets));
                    case.numbers(5, &[id, octets, a, b, c, vlan.discards.into()]);
                }
                SflowCounters::Processor(processor) => {
                    let loads = [
                        processor.load_5_seconds,
                        processor.load_1_minute,
                        processor.load_5_minutes,
                    ];
                    let [a, b, c] = loads.map(u64::from);
                    let memory = [processor.total_memory, processor.free_memory].map(u64::from);
                    case.numbers(1001, &[a, b, c, memory[0], memory[1]]);
                }
                SflowCounters::Lacp(lacp) => {
                    let aggregator = u64::from(lacp.aggregator);
                    assert_eq!(aggregator, case.number("sflow.lag_port.attached_agg_id"));
                    let sent = u64::from(lacp.sent_marker_responses);
                    assert_eq!(sent, case.number("sflow.lag_port.marker_response_pdus.tx"));
                }
                SflowCounters::PortName(name) => assert!(!name.is_empty()),
                other => panic!("{title}: {other:?}"),
            }
        });
    }
    assert_eq!(seen, 8);
}

#[test]
fn flow_records_are_what_tshark_shows() {
    let mut seen = 0;
    for title in [
        "raw packet header",
        "Ethernet, IPv4, IPv6 and switch",
        "router and gateway",
        "user and URL",
    ] {
        let case = Case::new(title);
        case.each(|record| {
            seen += 1;
            match record.flow() {
                SflowFlow::Header { protocol, frame_length, stripped, header } => {
                    assert_eq!(u64::from(protocol), case.number("sflow_245.header_protocol"));
                    assert_eq!(
                        u64::from(frame_length),
                        case.number("sflow_245.header.frame_length")
                    );
                    assert_eq!(
                        u64::from(stripped),
                        case.number("sflow_245.header.payload_stripped")
                    );
                    assert_eq!(header, golden::hex(case.text("sflow_245.header")));
                }
                SflowFlow::Ethernet(frame) => {
                    assert_eq!(u64::from(frame.length), case.number("sflow_245.ethernet.length"));
                    let mac = |mac| crate::Value::Mac(mac).to_string();
                    assert_eq!(
                        mac(frame.source),
                        case.text("sflow_245.ethernet.source_mac_address")
                    );
                    let name = "sflow_245.ethernet.destination_mac_address";
                    assert_eq!(mac(frame.destination), case.text(name));
                    let kind = u64::from(frame.packet_type);
                    assert_eq!(kind, case.number("sflow_245.ethernet.packet_type"));
                }
                SflowFlow::Ipv4(packet) => {
                    let source = std::net::Ipv4Addr::from(packet.source).to_string();
                    assert_eq!(source, case.text("sflow_245.ipv4_src"));
                    let port = u64::from(packet.destination_port);
                    assert_eq!(port, case.number("sflow.ip.destination_port"));
                }
                SflowFlow::Ipv6(packet) => {
                    let destination = std::net::Ipv6Addr::from(packet.destination).to_string();
                    assert_eq!(destination, case.text("sflow_245.ipv6_dst"));
                    assert_eq!(u64::from(packet.priority), case.number("sflow_245.ipv6_priority"));
                }
                SflowFlow::Switch(switch) => {
                    assert_eq!(u64::from(switch.source_vlan), case.number("sflow_245.vlan.in"));
                    let priority = u64::from(switch.destination_priority);
                    assert_eq!(priority, case.number("sflow_245.pri.out"));
                }
                SflowFlow::Router { next_hop, source_mask, destination_mask } => {
                    assert_eq!(next_hop.to_string(), case.text("sflow_245.nexthop"));
                    let masks = [source_mask, destination_mask].map(u64::from);
                    let names = ["sflow_245.nexthop.src_mask", "sflow_245.nexthop.dst_mask"];
                    assert_eq!(masks, names.map(|name| case.number(name)));
                }
                SflowFlow::Gateway(gateway) => {
                    let numbers = [
                        gateway.system,
                        gateway.source_system,
                        gateway.source_peer_system,
                        gateway.local_preference,
                    ];
                    let names = [
                        "sflow_245.as",
                        "sflow_245.srcAS",
                        "sflow_245.peerAS",
                        "sflow_245.localpref",
                    ];
                    assert_eq!(numbers.map(u64::from), names.map(|name| case.number(name)));
                    let (kind, systems) = gateway.path().next().unwrap();
                    assert_eq!(u64::from(kind), case.number("sflow.as_type"));
                    let first = u64::from(u32::from_be_bytes(systems[0]));
                    assert_eq!(first, case.number("sflow_245.dstAS"));
                    let segments = gateway.path().count() as u64;
                    assert_eq!(segments, case.number("sflow_245.dstASentries"));
                    let communities = gateway.communities.len() as u64;
                    assert_eq!(communities, case.number("sflow_245.communityEntries"));
                }
                SflowFlow::User { source, destination, .. } => {
                    assert_eq!((source, destination), (&b"abc"[..], &b"de"[..]));
                }
                SflowFlow::Url { direction, url, host } => {
                    assert_eq!((direction, url, host), (1, &b"http"[..], &b"xy"[..]));
                }
                other => panic!("{title}: {other:?}"),
            }
        });
    }
    assert_eq!(seen, 9);
}

// sflow.org, "sFlow Tunnel Structures", which Wireshark has not.
#[test]
fn tunnels_have_an_end() {
    let vni = SflowRecord::new(0, 1030, &[0, 0, 0, 42]);
    assert_eq!(vni.flow(), SflowFlow::Vni { is_ingress: true, vni: 42 });
    let decapsulate = SflowRecord::new(0, 1027, &[0, 0, 0, 14]);
    assert_eq!(decapsulate.flow(), SflowFlow::Decapsulate { is_ingress: false, offset: 14 });
}

#[test]
fn what_is_cut_short_or_of_somebody_else_is_other() {
    assert_eq!(SflowRecord::new(0, 1, &[0; 87]).counters(), SflowCounters::Other);
    assert_eq!(SflowRecord::new(9, 5, &[0; 28]).counters(), SflowCounters::Other);
    assert_eq!(SflowRecord::new(0, 1, &[0xff; 16]).flow(), SflowFlow::Other);
    // Lengths and counts of four gigabytes are not believed.
    let gateway = [&[0, 0, 0, 1][..], &[0; 16], &[0xff; 8]].concat();
    assert_eq!(SflowRecord::new(0, 1003, &gateway).flow(), SflowFlow::Other);
}

proptest! {
    #[test]
    fn any_data_is_something(format in 0..1100_u32, data: Vec<u8>) {
        let record = SflowRecord::new(0, format, &data);
        let _ = record.counters();
        if let SflowFlow::Gateway(gateway) = record.flow() {
            prop_assert!(gateway.path().count() <= data.len());
        }
    }
}
