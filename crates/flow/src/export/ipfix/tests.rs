//! Tests of messages of IPFIX, read by the layer that knows them.

use std::collections::HashMap;

use rheos_layers::{Layer, Netflow, NetflowSetKind, NetflowTemplate};

use super::*;
use crate::export::tests::{flow, frame, http, records};
use crate::{EndReason, TrackerConfig};

/// An output that keeps what it is given, piece by piece.
#[derive(Debug, Default)]
struct Messages(Vec<Vec<u8>>);

impl Write for Messages {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        self.0.push(message.to_vec());
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(flows: &[ExportedFlow], options: IpfixOptions) -> Vec<Vec<u8>> {
    let mut writer = IpfixWriter::new(Messages::default(), options);
    flows.iter().for_each(|flow| writer.write(flow).unwrap());
    writer.finish().unwrap().0
}

/// The values of a record by the numbers of their elements, those of the way back below zero.
type Record = HashMap<i64, u128>;

/// Reads records as a collector does, with every template that came so far, and checks the numbers
/// of the messages. The second are those that the exporter tells of itself.
fn read(messages: &[Vec<u8>]) -> (Vec<Record>, Vec<Record>) {
    let mut templates: HashMap<u16, NetflowTemplate<'_>> = HashMap::new();
    let (mut flows, mut statistics, mut sequence) = (Vec::new(), Vec::new(), 0);
    for message in messages {
        let netflow = Netflow::parse(message).unwrap();
        assert_eq!((netflow.version(), netflow.payload.len()), (10, 0));
        assert_eq!(netflow.sequence_number(), Some(sequence));
        for set in netflow.sets() {
            let set = set.unwrap();
            for template in set.templates() {
                let template = template.unwrap();
                templates.insert(template.id, template);
            }
            let NetflowSetKind::Data(id) = set.kind() else { continue };
            for record in templates[&id].records(set.content) {
                sequence += 1;
                let values = record.values().map(|value| {
                    let number = value.bytes.iter().fold(0, |n, byte| n << 8 | u128::from(*byte));
                    let element = i64::from(value.field.element);
                    let is_back = value.field.enterprise == Some(29305);
                    (if is_back { -element } else { element }, number)
                });
                if id == STATISTICS { &mut statistics } else { &mut flows }.push(values.collect());
            }
        }
    }
    (flows, statistics)
}

#[track_caller]
fn check(record: &Record, expected: &[(i64, u128)]) {
    for (element, value) in expected {
        assert_eq!(record.get(element), Some(value), "element {element}");
    }
}

/// The numbers are those of IANA's registry of IPFIX, and of RFC 5103 for the way back.
#[test]
fn a_connection_is_one_record_with_both_ways() {
    let (flows, statistics) = read(&written(&[http()], IpfixOptions::default()));
    assert_eq!((flows.len(), statistics.len()), (1, 1));
    let ends = [(8, 0x0a00_0001), (12, 0x0a00_0002), (7, 40_000), (11, 80), (4, 6)];
    check(&flows[0], &ends);
    let start = 1_700_000_000_000;
    check(&flows[0], &[(152, start), (153, start + 2250), (136, 3), (239, 1)]);
    // Four segments of 40 bytes with two bytes of payload in one; two of 40.
    check(&flows[0], &[(1, 162), (2, 4), (-1, 80), (-2, 2)]);
    // SYN, ACK, PSH and FIN; SYN, ACK and FIN.
    check(&flows[0], &[(6, 0x1b), (-6, 0x13), (5, 0x10), (-5, 0x10)]);
    check(&flows[0], &[(52, 64), (53, 64), (-52, 60), (-53, 60), (58, 7), (10, 3)]);
    check(&flows[0], &[(56, 0x0200_0000_0001), (80, 0x0200_0000_0002)]);
}

#[test]
fn for_those_who_know_one_way_only_a_connection_is_two_records() {
    let options = IpfixOptions { direction: IpfixDirection::Uniflow, ..IpfixOptions::default() };
    let (flows, _) = read(&written(&[http()], options));
    assert_eq!(flows.len(), 2);
    check(&flows[0], &[(8, 0x0a00_0001), (11, 80), (1, 162), (2, 4), (6, 0x1b)]);
    check(&flows[1], &[(8, 0x0a00_0002), (7, 80), (11, 40_000), (1, 80), (2, 2), (6, 0x13)]);
    check(&flows[1], &[(56, 0x0200_0000_0002), (52, 60)]);
    assert!(flows.iter().all(|flow| flow.keys().all(|element| *element > 0 && *element != 239)));
    let asked = flow(17, &[(true, b"\x9c\x40\0\x35\0\x0a\0\0hi")]);
    assert_eq!(read(&written(&[asked], options)).0.len(), 1);
}

/// RFC 5102, section 5.11.3.
#[test]
fn each_reason_of_an_end_has_its_number() {
    let reasons = [
        (Some(EndReason::IdleTimeout), 1),
        (None, 2),
        (Some(EndReason::Fin), 3),
        (Some(EndReason::Rst), 3),
        (Some(EndReason::PortReuse), 3),
        (Some(EndReason::ForceClosed), 4),
        (Some(EndReason::EndOfInput), 4),
        (Some(EndReason::Evicted), 5),
    ];
    for (end, number) in reasons {
        let flow = ExportedFlow { end, ..http() };
        let (flows, _) = read(&written(&[flow], IpfixOptions::default()));
        check(&flows[0], &[(136, number)]);
    }
}

#[test]
fn icmp_has_types_in_the_place_of_ports_and_others_neither() {
    let ping = flow(1, &[(true, b"\x08\0\0\0\0\x07\0\x01hi"), (false, b"\0\0\0\0\0\x07\0\x01hi")]);
    let (flows, _) =
        read(&written(&[ping, flow(47, &[(true, b"\0\0\x88\xbe")])], IpfixOptions::default()));
    check(&flows[0], &[(4, 1), (32, 0x0800), (-32, 0)]);
    check(&flows[1], &[(4, 47), (2, 1), (-2, 0)]);
    assert!(flows.iter().all(|flow| !flow.contains_key(&7) && !flow.contains_key(&11)));
}

#[test]
fn what_lasts_is_told_in_parts_that_add_up() {
    let datagram = frame(17, true, b"\x9c\x40\0\x35\0\x0a\0\0hi");
    let frames: Vec<_> = (0..25).map(|second| (second * 1000, datagram.clone())).collect();
    let active_timeout = Some(Duration::from_secs(10));
    let records = records(&frames, TrackerConfig { active_timeout, ..TrackerConfig::default() });
    let (flows, _) = read(&written(&records, IpfixOptions::default()));
    let reasons: Vec<_> = flows.iter().map(|flow| flow[&136]).collect();
    assert_eq!(reasons, [2, 2, 4]);
    assert_eq!(flows.iter().map(|flow| flow[&2]).sum::<u128>(), 25);
    assert_eq!(flows.iter().map(|flow| flow[&1]).sum::<u128>(), 25 * 30);
}

#[test]
fn messages_are_bounded_numbered_and_say_how_much_was_sent() {
    let flows = vec![http(); 100];
    for max_message in [0, 512, 1400, u16::MAX] {
        let options = IpfixOptions { max_message, domain: 9, ..IpfixOptions::default() };
        let messages = written(&flows, options);
        let bound = usize::from(max_message.max(512));
        assert!(messages.iter().all(|message| message.len() <= bound));
        let (read, statistics) = read(&messages);
        assert_eq!((read.len(), statistics.len()), (100, 1));
        // RFC 7011, section 4.1: what was sent before the message that says so.
        let (last, before) = messages.split_last().unwrap();
        let in_last = u128::from(max_message == u16::MAX) * 100;
        let bytes: usize = before.iter().map(Vec::len).sum();
        check(&statistics[0], &[(149, 9), (41, before.len() as u128), (40, bytes as u128)]);
        let told = statistics[0][&42];
        assert!(told <= 100 - in_last && told + 20 >= 100 - in_last, "{told}");
        assert!(!last.is_empty());
    }
}

#[test]
fn templates_come_again_over_a_transport_that_loses() {
    let flows = vec![http(); 1000];
    let has_templates = |message: &Vec<u8>| {
        let netflow = Netflow::parse(message).unwrap();
        netflow.sets().any(|set| set.unwrap().kind() == NetflowSetKind::Templates)
    };
    let places = |options| {
        let messages = written(&flows, options);
        let found = messages.iter().enumerate().filter(|(_, message)| has_templates(message));
        found.map(|(place, _)| place).collect::<Vec<_>>()
    };
    assert_eq!(places(IpfixOptions::default()), [0]);
    let again = places(IpfixOptions::udp());
    assert!(again.len() > 3 && again.windows(2).all(|pair| pair[1] - pair[0] <= 21), "{again:?}");
    // What a collector missed at the start it knows behind the next templates.
    let messages = written(&flows, IpfixOptions::udp());
    let late = &messages[again[1]..];
    let sequence = Netflow::parse(&late[0]).unwrap().sequence_number().unwrap();
    assert!(sequence > 0 && sequence < 1000);
    let later: Vec<_> = (0..3)
        .map(|minute| {
            let mut flow = http();
            flow.timestamp = flow.timestamp.saturating_add(Duration::from_secs(minute * 61));
            flow
        })
        .collect();
    let mut writer = IpfixWriter::new(Messages::default(), IpfixOptions::udp());
    for flow in &later {
        writer.write(flow).unwrap();
        writer.flush().unwrap();
    }
    assert!(writer.finish().unwrap().0[..3].iter().all(has_templates));
}

#[test]
fn nothing_is_written_of_nothing() {
    assert!(written(&[], IpfixOptions::udp()).is_empty());
}

#[test]
fn an_output_that_fails_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = IpfixWriter::new(Full, IpfixOptions::default());
    writer.write(&http()).unwrap();
    assert_eq!(writer.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
}
