//! What must hold of the details of any flows, called by the fuzzer and by tests.

use std::sync::LazyLock;

use rheos_core::{RawPacket, Side, Timestamp};

use super::{FirstBytes, FlowDetails, RoundTripStats, RoundTrips, SideDetails, Spacing, Spread};
use crate::fuzz::link_type;
use crate::{
    FiveTuple, FlowEvent, FlowExtractor, FlowRecord, FlowTracker, HashSeed, SideStats,
    TrackerConfig,
};

/// Tables of a megabyte: made once, not for each input.
static FIVE_TUPLE: LazyLock<FiveTuple> = LazyLock::new(FiveTuple::default);

/// All that can be kept of a flow.
type Everything = (FlowDetails, (RoundTrips, (FirstBytes<8>, Spacing)));

/// Keeps all details of the flows of any packets. For each comes how many milliseconds time goes on, its length,
/// and the packet: of IP, or else of Ethernet.
///
/// # Panics
///
/// If details tell of more than came, or of something that did not.
#[doc(hidden)]
pub fn fuzz(mut bytes: &[u8]) {
    let mut tracker: FlowTracker<_, Everything> =
        FlowTracker::with_config(FIVE_TUPLE.clone(), TrackerConfig::default(), HashSeed::fixed(1));
    let mut sink = |event: &FlowEvent<'_, _, Everything>| check(event.flow());
    let mut millisecond = 0_i64;
    while let Some((&[step, length], rest)) = bytes.split_first_chunk() {
        let (packet, rest) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        bytes = rest;
        millisecond = millisecond.saturating_add(step.cast_signed().into());
        let time = Timestamp::from_nanos(millisecond.saturating_mul(1_000_000));
        let raw = RawPacket::new(time, link_type(packet), packet);
        let found = FIVE_TUPLE.extract_with_detail(&raw);
        assert_eq!(found, (FIVE_TUPLE.extract_or_fragment(&raw), FIVE_TUPLE.detail(&raw)));
        tracker.track(&raw, &mut sink);
    }
    tracker.finish(&mut sink);
}

fn check<K>(flow: &FlowRecord<K, Everything>) {
    let (details, (round_trips, (first_bytes, spacing))) = &flow.user;
    let total = flow.stats.total().packets;
    for side in [Side::Initiator, Side::Responder] {
        let stats = match side {
            Side::Initiator => &flow.stats.initiator,
            Side::Responder => &flow.stats.responder,
        };
        check_side(details.side(side), stats);
        assert!(first_bytes.side(side).len() <= 8);
        let it = spacing.side(side);
        assert_eq!((it.sizes.count, it.sizes.sum), (stats.packets, stats.wire_bytes.into()));
        assert_eq!(it.payloads.sum, stats.payload_bytes.into(), "payloads of other lengths");
        assert_eq!(it.payloads.count, details.side(side).payload_packets);
        assert_eq!(it.intervals.count, stats.packets.saturating_sub(1));
        [&it.sizes, &it.payloads, &it.intervals].into_iter().for_each(check_spread);
        let trips = round_trips.side(side);
        [&trips.by_acks, &trips.by_timestamps].into_iter().for_each(|it| check_trips(it, total));
    }
    assert_eq!(spacing.intervals.count, total.saturating_sub(1));
    check_spread(&spacing.intervals);
    let lasted = flow.stats.last_seen.saturating_since(flow.stats.started);
    assert_eq!(spacing.intervals.sum, lasted.as_nanos(), "times between packets do not add up");
    assert!(details.handshake.rtt().is_none_or(|time| time <= lasted));
}

fn check_side(it: &SideDetails, stats: &SideStats) {
    let SideDetails { payload_packets, fragments, retransmissions, out_of_order, .. } = *it;
    let counts = [payload_packets, fragments, it.zero_windows, it.duplicate_acks, it.sacks];
    let segments = retransmissions.saturating_add(out_of_order);
    let all = counts.into_iter().chain(it.flag_counts).chain([segments]);
    assert!(all.max() <= Some(stats.packets), "more of something than packets");
    for (bit, count) in (0..).zip(it.flag_counts) {
        let was_seen = it.flags.0.bits().wrapping_shr(bit) % 2 == 1;
        assert_eq!(was_seen, count > 0, "a flag that did not come, or was not counted");
    }
    assert!(it.ttl.is_none_or(|(low, high)| low <= high));
    assert_eq!(it.interface.is_some(), stats.packets > 0);
}

fn check_spread(it: &Spread) {
    assert!(it.min <= it.max && it.sum <= u128::from(it.max).saturating_mul(it.count.into()));
    assert!(it.sum >= u128::from(it.min).saturating_mul(it.count.into()));
}

fn check_trips(it: &RoundTripStats, packets: u64) {
    assert!(it.samples <= packets && it.max <= it.sum);
    assert!(it.samples == 0 || (it.min <= it.last && it.last <= it.max));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fuzz::replay;

    #[test]
    fn the_corpus_holds() {
        replay("details", fuzz);
    }

    /// A segment between two hosts, with any flags, numbers and options.
    fn segment() -> impl Strategy<Value = Vec<u8>> {
        let numbers = (0..40_u8, 0..40_u8, any::<u8>(), 0..3_u8, any::<bool>());
        (numbers, -20..100_i8, 0..12_usize).prop_map(
            |((seq, ack, flags, window, back), step, length)| {
                let [a, b] = if back { [2, 1] } else { [1, 2] };
                let options = [8, 10, 0, 0, 0, seq, 0, 0, 0, ack, 1, 1];
                let ip =
                    [0x45, 0, 0, u8::try_from(52 + length).unwrap(), 0, seq, 0, 0, 64, 6, 0, 0];
                let tcp =
                    [0, a, 0, b, 0, 0, 0, seq, 0, 0, 0, ack, 0x80, flags, 0, window, 0, 0, 0, 0];
                let hosts = [10, 0, 0, a, 10, 0, 0, b];
                let packet = [&ip[..], &hosts, &tcp, &options, &[7; 12][..length]].concat();
                [&[step.cast_unsigned(), u8::try_from(packet.len()).unwrap()], &packet[..]].concat()
            },
        )
    }

    proptest! {
        #[test]
        fn any_bytes_hold(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn any_segments_hold(segments in proptest::collection::vec(segment(), 0..60)) {
            fuzz(&segments.concat());
        }
    }
}
