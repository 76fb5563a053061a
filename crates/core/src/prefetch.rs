//! Asking memory for packets before they are looked at.

use std::ops::RangeInclusive;

use prefetch_index::prefetch_index;

/// Bytes behind the end of a packet, one in each of four cache lines. The headers of the next begin at once, or behind
/// what pcap (16 bytes) or pcapng (up to 35) puts in between, and reach into the second; small packets lie several
/// in so many.
const BEHIND: [usize; 4] = [12, 76, 140, 204];

/// The same behind the packets that follow, if they are as long as this one: those of a transfer are, as a rule, and memory
/// takes longer than one packet does.
const BEHIND_OTHERS: [usize; 2] = [12, 76];

/// So many packets from the first on.
const OTHERS: RangeInclusive<usize> = 2..=4;

/// Where the headers of a packet are: in two cache lines, as a rule.
const HEADERS: [usize; 2] = [0, 64];

/// Asks memory for the headers of a packet that is looked at soon.
///
/// A hint and no access, as [`prefetch_behind`], which guesses where the next packets lie: this is for who knows.
///
/// ```
/// let packets = [[7; 60]; 100];
/// for (at, packet) in packets.iter().enumerate() {
///     packets.get(at + 4).inspect(|packet| rheos_core::prefetch_headers(*packet));
///     assert_eq!(packet.len(), 60);
/// }
/// ```
#[inline(always)]
pub fn prefetch_headers(packet: &[u8]) {
    HEADERS.into_iter().for_each(|at| prefetch_index(packet, at));
}

/// Asks memory for the headers of the four packets that lie behind these bytes, if they do: captures in memory and the
/// buffers of readers hold packets so. They are brought while this one is worked on, and not waited for then.
///
/// A hint and no access: nothing is read, and nothing happens where there is no memory. Decoders and extractors give
/// it by themselves.
///
/// ```
/// let capture = [7; 200];
/// let (packet, _) = capture.split_at(60);
/// rheos_core::prefetch_behind(packet);
/// rheos_core::prefetch_behind(&[]);
/// ```
#[inline(always)]
pub fn prefetch_behind(packet: &[u8]) {
    BEHIND.into_iter().for_each(|at| prefetch_index(packet, packet.len().wrapping_add(at)));
    for number in OTHERS {
        let behind = packet.len().wrapping_mul(number);
        BEHIND_OTHERS.into_iter().for_each(|at| prefetch_index(packet, behind.wrapping_add(at)));
    }
}
