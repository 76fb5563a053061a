//! The limits of a tracker.

use std::fmt;
use std::time::Duration;

use rheos_core::Timestamp;

use super::{FlowRecord, FlowState};
use crate::{L4Proto, Process};

/// Limits. Every one of them bounds memory, so there is none that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackerConfig {
    /// A flow of TCP ends after so long without a packet.
    pub idle_timeout_tcp: Duration,
    /// A flow of UDP ends after so long without a packet.
    pub idle_timeout_udp: Duration,
    /// A flow of ICMP or `ICMPv6` ends after so long without a packet.
    pub idle_timeout_icmp: Duration,
    /// A flow of anything else ends after so long without a packet.
    pub idle_timeout_other: Duration,
    /// A flow of TCP whose handshake is not done ends after so long without a packet.
    pub handshake_timeout: Duration,
    /// A flow of TCP in which one side or both have sent a FIN ends after so long without a packet.
    pub closing_timeout: Duration,
    /// A flow that TCP has closed stays for so long, so that a last ACK or a retransmission does
    /// not start a new one.
    pub closed_timeout: Duration,
    /// A flow that lasts is reported each time that so long has passed, as [`FlowEvent::Active`]
    /// says; nothing is, by default.
    ///
    /// [`FlowEvent::Active`]: crate::FlowEvent::Active
    pub active_timeout: Option<Duration>,
    /// As many flows are kept at once; one more ends that which would be the first to end, among
    /// those without an answer if there are any.
    pub max_flows: usize,
    /// Whether a flow whose first packet is an answer, as a SYN-ACK is, has its initiator on the
    /// other side. Else who is seen first is the initiator.
    pub infer_tcp_initiator: bool,
}

impl Default for TrackerConfig {
    /// The idle timeouts of flowscope, and a million flows in a quarter of a gigabyte. A handshake
    /// has a minute, for Linux gives up a SYN-ACK after 63 seconds without a packet in 32 of them; a
    /// half-closed connection has the two minutes of RFC 9293's maximum segment lifetime.
    fn default() -> Self {
        Self {
            idle_timeout_tcp: Duration::from_secs(300),
            idle_timeout_udp: Duration::from_secs(60),
            idle_timeout_icmp: Duration::from_secs(30),
            idle_timeout_other: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(60),
            closing_timeout: Duration::from_secs(120),
            closed_timeout: Duration::from_secs(10),
            active_timeout: None,
            max_flows: 1_000_000,
            infer_tcp_initiator: true,
        }
    }
}

impl TrackerConfig {
    /// The shortest time that an open flow stays without a packet, in nanoseconds.
    pub(super) fn shortest_timeout(&self) -> u64 {
        let open = [
            self.idle_timeout_tcp,
            self.idle_timeout_udp,
            self.idle_timeout_icmp,
            self.idle_timeout_other,
            self.handshake_timeout,
            self.closing_timeout,
        ];
        let shortest = open.into_iter().min().unwrap_or_default();
        u64::try_from(shortest.as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long a flow in a state stays without a packet.
    #[inline]
    pub(super) fn timeout(&self, l4: Option<L4Proto>, state: FlowState) -> Duration {
        match (state, l4) {
            (FlowState::Closed | FlowState::Reset, _) => self.closed_timeout,
            (FlowState::SynSent | FlowState::SynReceived, _) => self.handshake_timeout,
            (FlowState::FinWait | FlowState::ClosingTcp, _) => self.closing_timeout,
            (_, Some(L4Proto::Tcp)) => self.idle_timeout_tcp,
            (_, Some(L4Proto::Udp)) => self.idle_timeout_udp,
            (_, Some(L4Proto::Icmp | L4Proto::IcmpV6)) => self.idle_timeout_icmp,
            _ => self.idle_timeout_other,
        }
    }
}

/// How long a flow of a key stays without a packet; `None` leaves it to the [`TrackerConfig`].
pub type IdleTimeoutFn<K> = dyn Fn(&K, Option<L4Proto>) -> Option<Duration> + Send + Sync;

/// When flows end: what the configuration says, and what a program says of single keys.
pub(super) struct Deadlines<K> {
    pub(super) config: TrackerConfig,
    /// The shortest timeout of an open flow, in nanoseconds; zero if each key has its own.
    pub(super) shortest: u64,
    by_key: Option<Box<IdleTimeoutFn<K>>>,
}

impl<K> Deadlines<K> {
    pub(super) fn new(config: TrackerConfig) -> Self {
        Self { shortest: config.shortest_timeout(), config, by_key: None }
    }

    /// Takes other limits in the place of those before, and leaves single keys to the program as before.
    pub(super) fn set_config(&mut self, config: TrackerConfig) {
        self.config = config;
        self.shortest = if self.by_key.is_some() { 0 } else { config.shortest_timeout() };
    }

    /// Sets or takes away what a program says of single keys.
    pub(super) fn set_by_key(&mut self, timeout: Option<Box<IdleTimeoutFn<K>>>) {
        self.shortest = if timeout.is_some() { 0 } else { self.config.shortest_timeout() };
        self.by_key = timeout;
    }

    /// How long a flow stays without a packet. What TCP has closed, no key keeps.
    fn timeout<S>(&self, record: &FlowRecord<K, S>) -> Duration {
        let by_key = self.by_key.as_ref().filter(|_| !record.state.is_terminal());
        by_key
            .and_then(|timeout| timeout(&record.key, record.l4))
            .unwrap_or_else(|| self.config.timeout(record.l4, record.state))
    }

    /// When a flow is over, if no packet comes.
    pub(super) fn of<S: Process>(&self, record: &FlowRecord<K, S>) -> Timestamp {
        let deadline = if S::DEADLINE { record.user.deadline() } else { None };
        deadline.unwrap_or_else(|| record.stats.last_seen.saturating_add(self.timeout(record)))
    }
}

impl<K> fmt::Debug for Deadlines<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by_key = self.by_key.is_some();
        f.debug_struct("Deadlines")
            .field("config", &self.config)
            .field("by_key", &by_key)
            .finish_non_exhaustive()
    }
}
