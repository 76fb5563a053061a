//! The limits of a tracker.

use std::time::Duration;

use super::FlowState;
use crate::L4Proto;

/// Limits. Every one of them bounds memory, so there is none that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerConfig {
    /// A flow of TCP ends after so long without a packet.
    pub idle_timeout_tcp: Duration,
    /// A flow of UDP ends after so long without a packet.
    pub idle_timeout_udp: Duration,
    /// A flow of anything else ends after so long without a packet.
    pub idle_timeout_other: Duration,
    /// A flow that TCP has closed stays for so long, so that a last ACK or a retransmission does
    /// not start a new one.
    pub closed_timeout: Duration,
    /// As many flows are kept at once; one more ends that which would be the first to end.
    pub max_flows: usize,
}

impl Default for TrackerConfig {
    /// The idle timeouts of flowscope, and a million flows in a quarter of a gigabyte.
    fn default() -> Self {
        Self {
            idle_timeout_tcp: Duration::from_secs(300),
            idle_timeout_udp: Duration::from_secs(60),
            idle_timeout_other: Duration::from_secs(30),
            closed_timeout: Duration::from_secs(10),
            max_flows: 1_000_000,
        }
    }
}

impl TrackerConfig {
    /// The shortest time that an open flow stays without a packet, in nanoseconds.
    pub(super) fn shortest_timeout(&self) -> i64 {
        let idle = [self.idle_timeout_tcp, self.idle_timeout_udp, self.idle_timeout_other];
        let shortest = idle.into_iter().min().unwrap_or_default();
        i64::try_from(shortest.as_nanos()).unwrap_or(i64::MAX)
    }

    /// How long a flow in a state stays without a packet.
    #[inline]
    pub(super) fn timeout(&self, l4: Option<L4Proto>, state: FlowState) -> Duration {
        match l4 {
            _ if state.is_terminal() => self.closed_timeout,
            Some(L4Proto::Tcp) => self.idle_timeout_tcp,
            Some(L4Proto::Udp) => self.idle_timeout_udp,
            _ => self.idle_timeout_other,
        }
    }
}
