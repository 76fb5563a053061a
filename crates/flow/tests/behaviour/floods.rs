//! What floods and chosen keys cost: counts of work, not seconds.

use std::cell::Cell;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::SocketAddr;

use rheos_core::{LinkType, RawPacket, Timestamp};
use rheos_flow::{
    Dedup, Extracted, FiveTuple, FiveTupleKey, FlowDetails, FlowEvent, FlowExtractor, FlowTracker,
    HashSeed, InNetwork, TrackerConfig,
};
use rheos_layers::IpProtocol;

use crate::packets::*;

/// Sources of the flood: a million, or as many as `RHEOS_FLOOD_SOURCES` says. `cargo xtask ci flood` says ten million.
fn sources() -> u32 {
    let number = std::env::var("RHEOS_FLOOD_SOURCES").ok();
    number.map_or(1_000_000, |number| number.parse().unwrap())
}

/// How many flows there may be.
const MAX_FLOWS: usize = 10_000;

#[test]
fn a_flood_of_sources_holds_the_memory_bound_and_keeps_established_flows() {
    let mut config = TrackerConfig::default();
    config.max_flows = MAX_FLOWS;
    let mut tracker: FlowTracker<_> =
        FlowTracker::with_config(FiveTuple::default(), config, HashSeed::random());
    let mut ended = 0_u64;
    let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
        ended += u64::from(event.kind() == rheos_flow::EventMask::ENDED);
    };
    // A hundred conversations, from other addresses than the flood.
    let talk = |tracker: &mut FlowTracker<_>, sink: &mut _, host: u8, way: Way, flags, seq, ack| {
        let [a, b] = [[10, 9, 9, host], [10, 0, 0, 2]];
        let [a, b] = if way == There { [a, b] } else { [b, a] };
        let packet = ipv4_between(a, b, TCP, &segment_with(way, flags, seq, ack, 0));
        tracker.track(&RawPacket::new(at(0), LinkType::IPV4, &packet), sink)
    };
    let ids: Vec<_> = (0..100)
        .map(|host| {
            talk(&mut tracker, &mut sink, host, There, SYN, 99, 0);
            talk(&mut tracker, &mut sink, host, Back, SYN | ACK, 499, 100);
            talk(&mut tracker, &mut sink, host, There, ACK, 100, 500).unwrap()
        })
        .collect();
    let mut packet = ipv4_between([0; 4], [10, 0, 0, 2], TCP, &segment(There, SYN, 1, 0));
    let sources = sources();
    let mut full = 0;
    for source in 0..sources {
        // Every packet from a source of its own, spread over all addresses.
        let spread = source.wrapping_mul(0x9e37_79b1) | 0x8000_0000;
        packet[12..16].copy_from_slice(&spread.to_be_bytes());
        let time = at(i64::from(source / 100_000));
        tracker.track(&RawPacket::new(time, LinkType::IPV4, &packet), &mut sink);
        if source == sources / 2 {
            full = tracker.memory();
        }
    }
    assert!(tracker.flows().count() <= MAX_FLOWS);
    // Nothing grows any more once the table has doubled for what was taken out of it; the wheel and
    // the place of fragments are what is more than 256 bytes a flow.
    assert_eq!(tracker.memory(), full);
    assert!(full <= (MAX_FLOWS + 1024) * 256 + (1 << 16), "{full}");
    for (host, id) in (0..).zip(ids) {
        let found = talk(&mut tracker, &mut sink, host, Back, ACK, 500, 100);
        assert_eq!(found, Some(id), "the conversation of host {host} was given up");
    }
    let stats = tracker.stats();
    assert_eq!(stats.started - stats.ended, tracker.flows().count() as u64);
    assert_eq!(ended, stats.ended);
}

/// The key between two ends.
fn key(a: SocketAddr, b: SocketAddr) -> FiveTupleKey {
    FiveTupleKey::new(a, b, IpProtocol::TCP).unwrap().0
}

/// Keys that those choose who hope that they collide.
fn chosen() -> Vec<(&'static str, Vec<FiveTupleKey>)> {
    let host = |a: u8, b: u8, port: u16| SocketAddr::from(([10, a, b, 1], port));
    let server = SocketAddr::from(([192, 0, 2, 1], 443));
    let six = |word: u16, at: usize, port: u16| {
        let mut words = [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1];
        words[at] = word;
        SocketAddr::from((words, port))
    };
    let six_server = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 2], 443));
    let numbers = 0..4096_u16;
    vec![
        ("ports in a row", numbers.clone().map(|n| key(host(0, 0, n), server)).collect()),
        ("ports 16 apart", numbers.clone().map(|n| key(host(0, 0, n << 4), server)).collect()),
        (
            "addresses that differ in the middle",
            numbers.clone().map(|n| key(host((n >> 8) as u8, n as u8, 7), server)).collect(),
        ),
        (
            "address and port that cancel each other out",
            numbers.clone().map(|n| key(host(0, n as u8, !n), server)).collect(),
        ),
        (
            "both ports the same",
            numbers
                .clone()
                .map(|n| key(host(0, 0, n), SocketAddr::from(([192, 0, 2, 1], n))))
                .collect(),
        ),
        (
            "addresses of IPv6 that differ in the upper half",
            numbers.clone().map(|n| key(six(n, 2, 7), six_server)).collect(),
        ),
        (
            "addresses of IPv6 that differ in the lower half",
            numbers.map(|n| key(six(n, 5, 7), six_server)).collect(),
        ),
    ]
}

/// Where a tracker's table of 4096 slots has a hash, and where tables of other libraries have it.
const HOMES: [fn(u64) -> u64; 2] = [|hash| hash >> 52, |hash| hash % 4096];

/// Places of a table that keys fall on.
fn places(keys: &[FiveTupleKey], seed: HashSeed, home: fn(u64) -> u64) -> usize {
    keys.iter().map(|key| home(seed.hash_one(key))).collect::<HashSet<_>>().len()
}

#[test]
fn chosen_ports_and_addresses_spread_as_by_chance_whatever_the_seed() {
    for (name, keys) in chosen() {
        for seed in (0..8).map(HashSeed::fixed).chain([HashSeed::random()]) {
            for home in HOMES {
                // 4096 balls in 4096 places hit 2589 of them, give or take 30.
                let found = places(&keys, seed, home);
                assert!((2400..2800).contains(&found), "{name}: {found} under {seed:?}");
            }
        }
    }
}

#[test]
fn keys_that_collide_under_one_seed_do_not_under_another() {
    // What someone can do who knows the seed: a thousand keys in one of 1024 places of a tracker's table.
    let home = |hash: u64| hash >> 54;
    let server = SocketAddr::from(([192, 0, 2, 1], 443));
    let known = HashSeed::fixed(1);
    let all = (0..2_000_000_u32).map(|n| {
        let [_, a, b, c] = n.to_be_bytes();
        key(SocketAddr::from(([10, a, b, c], 7)), server)
    });
    let keys: Vec<_> = all.filter(|key| home(known.hash_one(key)) == 0).take(1000).collect();
    assert_eq!((keys.len(), places(&keys, known, home)), (1000, 1));
    // 1000 balls in 1024 places hit 638 of them, give or take 15.
    let found = places(&keys, HashSeed::fixed(2), home);
    assert!((560..720).contains(&found), "{found}");
}

thread_local! {
    /// How often two keys were compared.
    static COMPARED: Cell<u64> = const { Cell::new(0) };
}

/// A key that counts how often it is compared.
#[derive(Clone)]
struct Counted(FiveTupleKey);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.with(|compared| compared.set(compared.get() + 1));
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

struct Counting(FiveTuple);

impl FlowExtractor for Counting {
    type Key = Counted;

    fn extract(&self, packet: &RawPacket<'_>) -> Option<Extracted<Counted>> {
        let found = self.0.extract(packet)?;
        Some(Extracted::new(Counted(found.key), found.orientation))
    }
}

#[test]
fn a_packet_costs_one_comparison_however_many_flows_there_are_and_whatever_their_ports() {
    for count in [100_u16, 1000, 10_000, 60_000] {
        let config = TrackerConfig::default();
        let mut tracker: FlowTracker<_> =
            FlowTracker::with_config(Counting(FiveTuple::default()), config, HashSeed::random());
        let mut packet = ipv4(There, UDP, &datagram(There, 0));
        let mut round = |ports: &mut dyn Iterator<Item = u16>| {
            COMPARED.with(|compared| compared.set(0));
            for port in ports {
                packet[20..22].copy_from_slice(&port.to_be_bytes());
                let raw = RawPacket::new(at(0), LinkType::IPV4, &packet);
                tracker.track(&raw, &mut |_: &FlowEvent<'_, _>| {});
            }
            COMPARED.with(Cell::get)
        };
        // A new key is compared with those whose half of the hash it shares by chance.
        let new = round(&mut (0..count));
        assert!(new < u64::from(count) / 100, "{new} comparisons for {count} new flows");
        let known = round(&mut (0..count));
        let most = u64::from(count) + u64::from(count) / 100;
        assert!(known <= most, "{known} comparisons for {count} known flows");
    }
}

#[test]
fn the_same_packets_make_the_same_events_in_each_run_whatever_the_seed() {
    let told = |seed| {
        let mut config = TrackerConfig::default();
        config.max_flows = 50;
        let mut tracker: FlowTracker<_> =
            FlowTracker::with_config(FiveTuple::default(), config, seed);
        let mut told = Vec::new();
        let mut sink = |event: &FlowEvent<'_, FiveTupleKey>| {
            let ended = match event {
                FlowEvent::Ended { reason, .. } => reason.as_str(),
                _ => "",
            };
            told.push((event.kind(), event.id(), event.flow().key, event.timestamp(), ended));
        };
        for number in 0..20_000_u32 {
            // Of the flags and the 300 ports each with each, and jumps over every timeout.
            let chance = number.wrapping_mul(0x9e37_79b1) >> 7;
            let flags = [SYN, ACK, SYN | ACK, FIN | ACK, RST][(chance % 5) as usize];
            let way = if chance & 32 == 0 { There } else { Back };
            let mut packet = ipv4(way, TCP, &segment(way, flags, chance, 3));
            let port = (chance / 64 % 300) as u16;
            let at_port = if way == There { 20 } else { 22 };
            packet[at_port..at_port + 2].copy_from_slice(&port.to_be_bytes());
            let time = at(i64::from(number / 10 + number / 1000 * 400_000));
            tracker.track(&RawPacket::new(time, LinkType::IPV4, &packet), &mut sink);
        }
        tracker.finish(&mut sink);
        told
    };
    let first = told(HashSeed::fixed(1));
    for reason in ["evicted", "idle", "fin", "rst", "end_of_input"] {
        assert!(first.iter().any(|(.., ended)| *ended == reason), "{reason}");
    }
    assert!(first == told(HashSeed::fixed(1)), "the same seed");
    assert!(first == told(HashSeed::fixed(2)), "another seed");
}

#[test]
fn identical_times_and_jumps_of_years_keep_count() {
    let mut lab = Lab::new();
    let packet = ipv4(There, UDP, &datagram(There, 0));
    for _ in 0..1000 {
        lab.ip(0, &packet);
    }
    assert_eq!(lab.counts(rheos_core::Side::Initiator)[0], 1000);
    lab.skip();
    let years = 40 * 365 * 86_400 * 1000;
    lab.ip(years, &packet);
    lab.check(&["0.0 ended: idle", "0.1 started by initiator", "0.1 packet of initiator, 28"]);
    lab.ip(0, &packet);
    lab.check(&["0.1 packet of initiator, 28"]);
}

#[test]
fn a_program_that_announces_more_flows_than_fit_makes_the_oldest_forgotten() {
    let mut lab = Lab::new();
    let parent = lab.ip(0, &ipv4(There, UDP, &datagram(There, 0))).unwrap();
    let memory = |lab: &Lab| lab.tracker.memory();
    for port in 0..300_u16 {
        lab.tracker.expect(parent, secs(10), move |key| key.either_port(port));
    }
    let full = memory(&lab);
    for port in 300..10_000_u16 {
        lab.tracker.expect(parent, secs(10), move |key| key.either_port(port));
    }
    assert_eq!(memory(&lab), full);
    let from = |port: u16| {
        let mut packet = ipv4_between([10, 0, 0, 9], [10, 0, 0, 8], UDP, &datagram(There, 0));
        packet[20..22].copy_from_slice(&port.to_be_bytes());
        packet[22..24].copy_from_slice(&60_000_u16.to_be_bytes());
        packet
    };
    let old = lab.ip(1, &from(9_999 - 256)).unwrap();
    let new = lab.ip(1, &from(9_999 - 255)).unwrap();
    assert_eq!((lab.tracker.parent(old), lab.tracker.parent(new)), (None, Some(parent)));
}

#[test]
fn what_holds_flows_can_go_to_another_thread() {
    // flowscope 4, lesson 8.
    fn check<T: Send + Sync>() {}
    check::<FlowTracker<FiveTuple, FlowDetails>>();
    check::<FlowTracker<InNetwork<FiveTuple>>>();
    check::<Dedup>();
    check::<Timestamp>();
}
