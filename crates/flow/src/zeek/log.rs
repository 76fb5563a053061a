//! From captured packets to the rows of a `conn.log`: one for each connection, of tunnels and of what
//! is in them.

use std::time::Duration;

use hashbrown::HashMap;
use rheos_core::{LinkType, PacketSource, RawPacket};
use rheos_layers::{Decoder, LayerType, Packet};

use super::row::{ConnRow, TunnelParents, Uid};
use super::{Conn, ZeekTuple};
use crate::{
    FlowEvent, FlowExtractor, FlowId, FlowTracker, Fragment, HashSeed, L4Proto, TrackerConfig,
};

/// Tunnels in tunnels that are looked into, as Zeek's `Tunnel::max_depth` has it.
pub const MAX_DEPTH: usize = 2;

/// What each IP header of a packet carries, outermost first, as deep as Zeek looks: the packet itself,
/// with what is in front of its IP, and then each packet of IP inside.
pub fn levels<'a>(packet: &Packet<'a>, raw: &RawPacket<'a>) -> impl Iterator<Item = RawPacket<'a>> {
    let is_ip = |layer| matches!(layer, LayerType::IPV4 | LayerType::IPV6);
    let spans = packet.own_layers().iter().filter(move |span| is_ip(span.layer));
    spans.take(MAX_DEPTH.saturating_add(1)).enumerate().map(|(depth, span)| {
        if depth == 0 {
            return *raw;
        }
        let link_type = if span.layer == LayerType::IPV4 { LinkType::IPV4 } else { LinkType::IPV6 };
        RawPacket { link_type, original_length: span.len, data: packet.bytes_of(span), ..*raw }
    })
}

/// What a tunnel of IP is called: to Zeek it is no connection, and has a name all the same. `None` if
/// the level of the packet is a connection.
pub fn tunnel(extractor: &ZeekTuple, packet: &Packet<'_>, level: &RawPacket<'_>) -> Option<Uid> {
    // IP in IP, GRE, and nothing at all.
    let is_tunnel = |l4| matches!(l4, Some(L4Proto::Other(4 | 41 | 47 | 59)));
    let found = extractor.extract(level).filter(|found| is_tunnel(found.l4))?;
    let name = (found.key.key, packet.own_layers().len());
    Some(Uid::of(&name, 0))
}

/// What to log.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConnLogOptions {
    /// Leave packets with a wrong checksum out, as Zeek does unless told otherwise.
    pub verify_checksums: bool,
    /// When connections end, and how many are kept at once.
    pub tracker: TrackerConfig,
}

impl Default for ConnLogOptions {
    /// Verifies, and has the timeouts of Zeek; those of the first SYN and of the end are [`Conn`]'s.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        let tracker = TrackerConfig {
            idle_timeout_udp: minute,
            idle_timeout_icmp: minute,
            idle_timeout_other: minute,
            handshake_timeout: Duration::from_secs(300),
            closing_timeout: Duration::from_secs(300),
            closed_timeout: Duration::from_secs(5),
            ..TrackerConfig::default()
        };
        Self { verify_checksums: true, tracker }
    }
}

/// Tracks connections, and gives a row for each that ends.
///
/// Zeek puts IP fragments together first, counts a datagram once, and looks into tunnels then. A log that is given
/// fragments counts each, and looks into no tunnel that is in them, so that their bytes are missed there: `Defragment`
/// of rheos-session makes datagrams of them.
#[derive(Debug)]
pub struct ConnLog {
    decoder: Decoder,
    tracker: FlowTracker<ZeekTuple, Conn>,
    /// What every connection that has not ended is called, and what it came through.
    names: HashMap<FlowId, Names, HashSeed>,
    count: u64,
}

/// What a connection is called.
#[derive(Clone, Debug)]
struct Names {
    uid: Uid,
    parents: TunnelParents,
}

impl ConnLog {
    /// A log of what this decoder sees.
    pub fn new(decoder: &Decoder, options: ConnLogOptions) -> Self {
        let extractor = ZeekTuple::new(decoder, options.verify_checksums);
        let seed = HashSeed::random();
        Self {
            decoder: decoder.clone(),
            tracker: FlowTracker::with_config(extractor, options.tracker, seed),
            names: HashMap::with_hasher(seed),
            count: 0,
        }
    }

    /// Takes the next packet, and gives the rows of the connections that end with it.
    pub fn track(&mut self, raw: &RawPacket<'_>, rows: &mut impl FnMut(&ConnRow)) {
        let decoder = self.decoder.clone();
        let packet = decoder.decode(raw.link_type, raw.data);
        if Fragment::of(&packet).is_some() {
            // What is inside a tunnel's datagram can be told once that is whole.
            self.level(&packet, raw, None, rows);
            return;
        }
        let mut parent = None;
        for level in levels(&packet, raw) {
            parent = self.level(&packet, &level, parent, rows);
        }
    }

    /// Asks memory for what is known of the connections of the packets that a source lends next, as
    /// [`FlowTracker::look_ahead`] does.
    #[inline]
    pub fn look_ahead(&mut self, source: &impl PacketSource) {
        self.tracker.look_ahead(source);
    }

    /// What tells its connections apart.
    pub fn extractor(&self) -> &ZeekTuple {
        self.tracker.extractor()
    }

    /// Takes what one IP header of a packet carries, in the tunnel of this name, and returns what that is called.
    /// For whoever takes packets apart: [`track`](Self::track) takes all [`levels`].
    pub fn level(
        &mut self,
        packet: &Packet<'_>,
        level: &RawPacket<'_>,
        parent: Option<Uid>,
        rows: &mut impl FnMut(&ConnRow),
    ) -> Option<Uid> {
        if let Some(name) = tunnel(self.tracker.extractor(), packet, level) {
            return Some(name);
        }
        let Self { tracker, names, count, .. } = self;
        let mut sink = |event: &FlowEvent<'_, <ZeekTuple as FlowExtractor>::Key, Conn>| match event
        {
            FlowEvent::Started { id, flow, timestamp, .. } => {
                *count = count.saturating_add(1);
                let uid = Uid::of(&(flow.key.key, timestamp), *count);
                names.insert(*id, Names { uid, parents: TunnelParents::default() });
            }
            FlowEvent::Ended { id, flow, .. } => {
                if let Some(Names { uid, parents }) = names.remove(id) {
                    rows(&ConnRow::new(flow, uid, parents));
                }
            }
            _ => {}
        };
        let id = tracker.track(level, &mut sink)?;
        let Names { uid, parents } = names.get_mut(&id)?;
        // Nothing keeps a datagram from having in it one of its own connection.
        parents.add(parent.filter(|parent| parent != uid));
        Some(*uid)
    }

    /// Gives the rows of the connections that are left.
    pub fn finish(&mut self, rows: &mut impl FnMut(&ConnRow)) {
        let Self { tracker, names, .. } = self;
        tracker.finish(&mut |event: &FlowEvent<'_, _, Conn>| {
            if let FlowEvent::Ended { id, flow, .. } = event
                && let Some(Names { uid, parents }) = names.remove(id)
            {
                rows(&ConnRow::new(flow, uid, parents));
            }
        });
    }

    /// Packets of no connection, such as ARP, and those whose connection is not known.
    pub fn unmatched(&self) -> u64 {
        let stats = self.tracker.stats();
        stats.unmatched.saturating_add(stats.lost_fragments)
    }
}
