//! Which packets are tracked, as every command that tells of flows is asked, and who hears of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rheos::core::{RawPacket, Timestamp};
use rheos::flow::{
    AnnouncedFlow, FiveTupleKey, FlowExtractor, FlowId, FlowRecord, FlowSink, FlowTracker,
    HashSeed, Inner, Process, TrackerConfig, TrackerStats,
};
use rheos::layers::{Decoder, Packet};

use super::feed::{Feed, Next};
use super::key::{AnyKey, Ends, five_tuple};
use crate::error::Error;
use crate::input::Step;
use crate::time::Origin;

/// Which packets are looked at.
#[derive(Args)]
pub(crate) struct Selection {
    /// The capture, of any kind that rheos reads; `-` is standard input
    pub(super) file: PathBuf,

    /// Leave packets with a wrong checksum out; captures of a host's own traffic often have no others
    #[arg(long)]
    pub(super) verify_checksums: bool,

    /// Look into tunnels (VXLAN, Geneve, GRE, GTP, IP in IP, …): the innermost packet is what counts
    #[arg(long)]
    pub(super) decap: bool,
}

/// For how long a flow is waited for that another announces, as long as the engine waits for one.
const ANNOUNCED: Duration = Duration::from_secs(300);

/// Hears what happens to flows, packet by packet.
pub(crate) trait Listener<K, S>: FlowSink<K, S> {
    /// Whether it is to be told which flow announces which; every packet is decoded for that.
    fn wants_parents(&self) -> bool {
        false
    }

    /// Whether it tells of seconds: those without packets too, as long as the capture may grow.
    const HAS_SECONDS: bool = false;

    /// When the second is over that it tells of, in seconds since 1970.
    fn end_of_second(&self) -> Option<i64> {
        None
    }

    /// Hears that this second is over, and the one that is known to be there behind it. Flows that were idle for too
    /// long have ended.
    fn second_is_over(&mut self, _then: i64) -> Result<(), Error> {
        Ok(())
    }

    /// Hears that a flow announces others, whose starts will tell it as their parent.
    fn announces(&mut self, _id: FlowId, _flow: &FlowRecord<K, S>) {}

    /// Hears that the next packet is about to be tracked, and says whether to go on.
    fn packet(&mut self, raw: &RawPacket<'_>) -> Result<Step, Error>;

    /// Hears that there are no more packets, and that what is left ends.
    fn last(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// How tracking went: why it ended early, if it did, and what there was.
pub(crate) struct Tracked {
    pub(crate) end: Option<Error>,
    pub(crate) stats: TrackerStats,
    pub(crate) origin: Origin,
}

impl Selection {
    /// Tracks every packet by five-tuple, with the default limits.
    pub(crate) fn track_five_tuples(
        &self,
        listener: &mut impl Listener<FiveTupleKey, ()>,
    ) -> Result<Tracked, Error> {
        let decoder = Decoder::default();
        let five_tuple = five_tuple(&decoder);
        let config = TrackerConfig::default();
        if self.decap {
            self.track(Inner::most(&decoder, five_tuple), config, listener)
        } else {
            self.track(five_tuple, config, listener)
        }
    }

    /// Tracks every packet, and ends what is left. Fails if nothing could be read at all.
    pub(super) fn track<E: FlowExtractor, S: Process, L: Listener<E::Key, S>>(
        &self,
        extractor: E,
        config: TrackerConfig,
        listener: &mut L,
    ) -> Result<Tracked, Error>
    where
        E::Key: Clone + Into<AnyKey>,
    {
        let mut tracker = FlowTracker::<E, S>::with_config(extractor, config, HashSeed::random());
        let decoder = Decoder::default();
        let mut origin = Origin::default();
        let mut feed = Feed::open(&self.file, L::HAS_SECONDS)?;
        let end = loop {
            if let Feed::File(input) = &feed {
                tracker.look_ahead(input.reader());
            }
            let end_of_second = listener.end_of_second();
            let raw = match feed.next(end_of_second) {
                Ok(Next::Packet(raw)) => raw,
                Ok(Next::Quiet) => {
                    let then = end_of_second.unwrap_or_default();
                    tracker.sweep(Timestamp::from_secs(then, 0), listener);
                    listener.second_is_over(then)?;
                    continue;
                }
                Ok(Next::End) => break None,
                Err(error) => break Some(error),
            };
            origin.hear(&raw);
            let second = raw.timestamp.seconds();
            while let Some(end) = listener.end_of_second().filter(|end| *end <= second) {
                tracker.sweep(Timestamp::from_secs(end, 0), listener);
                listener.second_is_over(second)?;
            }
            if self.verify_checksums && is_corrupt(&decoder, &raw, self.decap) {
                continue;
            }
            if let Step::Stop = listener.packet(&raw)? {
                break None;
            }
            if let Some(id) = tracker.track(&raw, listener)
                && listener.wants_parents()
            {
                expect(&mut tracker, id, &decoder.decode(raw.link_type, raw.data), listener);
            }
        };
        let end = match end {
            // A table of nothing would only hide that nothing could be read.
            Some(error) if tracker.stats().packets == 0 => return Err(error),
            end => end,
        };
        listener.last()?;
        tracker.finish(listener);
        Ok(Tracked { end, stats: tracker.stats(), origin })
    }
}

/// Expects the flows that a packet of a flow announces.
fn expect<E: FlowExtractor<Key: Clone + Into<AnyKey>>, S: Process>(
    tracker: &mut FlowTracker<E, S>,
    id: FlowId,
    packet: &Packet<'_>,
    listener: &mut impl Listener<E::Key, S>,
) {
    for announced in AnnouncedFlow::of(packet) {
        if let Some(flow) = tracker.get(id) {
            listener.announces(id, flow);
        }
        tracker.expect(id, ANNOUNCED, move |key: &E::Key| match key.clone().into().ends {
            Ends::FiveTuple(key) => announced.fits(&key),
            Ends::IpPair(_) | Ends::MacPair(_) => false,
        });
    }
}

/// Whether a checksum is wrong by which a packet comes to its host, or with `decap` one of those inside of tunnels too.
fn is_corrupt(decoder: &Decoder, raw: &RawPacket<'_>, decap: bool) -> bool {
    let packet = decoder.decode(raw.link_type, raw.data);
    if decap {
        packet.verify_innermost().any(|checksum| checksum.is_wrong())
    } else {
        packet.verify_outermost().any(|checksum| checksum.is_wrong())
    }
}
