//! Times of an interface that is written with others.

use rheos::pcap::{self, InterfaceDescription, Resolution};

const SECOND: i128 = 1_000_000_000;

/// How times are moved: all stretched from the first, then all by the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// In parts of a billion.
    pub(super) scale: i128,
    /// Nanoseconds.
    pub(super) shift: i64,
    /// The time from which they are stretched: that of the first packet.
    pub(super) start: Option<i128>,
}

impl Move {
    /// Whether nothing moves.
    pub(super) fn is_nothing(&self) -> bool {
        self.scale == SECOND && self.shift == 0
    }

    /// The new time of a packet at this one, in nanoseconds.
    pub(super) fn apply(&mut self, nanos: i128) -> i128 {
        let start = *self.start.get_or_insert(nanos);
        let behind = nanos.saturating_sub(start).saturating_mul(self.scale).div_euclid(SECOND);
        start.saturating_add(behind).saturating_add(self.shift.into())
    }
}

/// The times of an interface, before and after.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    before: pcap::Clock,
    after: pcap::Clock,
}

impl Clock {
    /// The times of an interface that is written with this resolution.
    pub(super) fn new(interface: &InterfaceDescription<'_>, after: Option<Resolution>) -> Self {
        let (seconds, nanos) = interface.timestamp_offset();
        let before = interface.clock();
        let after = after.map_or(before, |after| pcap::Clock::new(after, seconds, nanos));
        Self { before, after }
    }

    /// The new ticks of a time; `None` where there are none so early or so late.
    pub(super) fn turn(&self, ticks: u64, moves: &mut Move) -> Option<u64> {
        if moves.is_nothing() && self.before == self.after {
            return Some(ticks);
        }
        self.after.ticks(moves.apply(self.before.nanos(ticks)))
    }
}

#[cfg(test)]
mod tests {
    use rheos::core::LinkType;
    use rheos::pcap::ByteOrder;

    use super::*;

    fn clock(before: Resolution, after: Resolution, offset: i64) -> Clock {
        let mut interface = InterfaceDescription::new(ByteOrder::Little, LinkType::ETHERNET);
        let options = &mut interface.options;
        options.push(InterfaceDescription::TIMESTAMP_RESOLUTION, &[before.to_byte()]).unwrap();
        let offset = offset.cast_unsigned();
        options.push_u64(InterfaceDescription::TIMESTAMP_OFFSET, offset).unwrap();
        Clock::new(&interface, Some(after))
    }

    #[track_caller]
    fn check(from: Resolution, to: Resolution, ticks: u64, expected: Option<u64>) {
        let mut still = Move { scale: SECOND, shift: 0, start: None };
        assert_eq!(clock(from, to, 7).turn(ticks, &mut still), expected, "{from} {to} {ticks}");
    }

    #[test]
    fn ticks_of_any_resolution_become_those_of_another() {
        let (micro, nano) = (Resolution::MICROSECOND, Resolution::NANOSECOND);
        check(micro, nano, 1_700_000_000_000_005, Some(1_700_000_000_000_005_000));
        check(nano, micro, 1_700_000_000_000_005_999, Some(1_700_000_000_000_005));
        check(Resolution::Binary(10), micro, 1_536, Some(1_500_000));
        check(micro, Resolution::Binary(10), 1_500_000, Some(1_536));
        check(Resolution::Decimal(12), nano, 1_999, Some(1));
        check(nano, Resolution::Decimal(12), 1, Some(1_000));
        check(Resolution::Decimal(0), nano, u64::MAX, None);
        check(nano, Resolution::Decimal(100), 1, None);
        check(Resolution::Binary(127), nano, u64::MAX, Some(0));
        check(nano, Resolution::Binary(127), 1, None);
        check(Resolution::Binary(127), Resolution::Binary(127), 5, Some(5));
    }

    #[test]
    fn times_are_stretched_from_the_first_and_then_shifted() {
        let micro = clock(Resolution::MICROSECOND, Resolution::MICROSECOND, 0);
        let mut moves = Move { scale: 2 * SECOND, shift: -1_000_000_000, start: None };
        let turned = [10_000_000, 10_000_003, 9_999_999].map(|ticks| micro.turn(ticks, &mut moves));
        assert_eq!(turned, [Some(9_000_000), Some(9_000_006), Some(8_999_998)]);
        // Before 1970 there is no tick.
        moves = Move { scale: SECOND, shift: -11_000_000_000, start: None };
        assert_eq!(micro.turn(10_000_000, &mut moves), None);
    }
}
