//! Asking memory for packets before they are looked at.

use prefetch_index::prefetch_index;

/// Bytes behind the end of a packet, one in each of four cache lines. The headers of the next begin at once, or behind
/// what pcap (16 bytes) or pcapng (up to 35) puts in between, and reach into the second; small packets lie several
/// in so many.
const BEHIND: [usize; 4] = [12, 76, 140, 204];

/// Asks memory for the headers of the packet that lies behind these bytes, if one does: captures in memory and the
/// buffers of readers hold packets so. It is brought while this one is worked on, and not waited for then.
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
}
