//! Every TCP stream in packets: a flow for each connection, and a stream for each of its sides.

use std::fmt;

use rheos_core::{Orientation, RawPacket, Side, Timestamp};
use rheos_flow::{
    EndReason, Extracted, FlowEvent, FlowExtractor, FlowId, FlowRecord, FlowSink, FlowTracker,
    HashSeed, L4Proto, TrackerConfig, TransportPayload,
};
use rheos_reassembly::tcp::{
    self, Assembler, AssemblerStats, Chunk, Conflict, Consumer, End, Gap, Retransmit, Start,
    StreamAssembler, StreamStats,
};

use crate::{TcpSegment, WindowScales};

/// Connections under way at once. Each has two streams of some 200 bytes beside its record: more of
/// them take more memory than half-open ones are worth.
const MAX_CONNECTIONS: usize = 250_000;

/// A connection, and where it stands among those of its packets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection<K> {
    /// How many connections started before it.
    pub number: u64,
    /// What it is told apart by.
    pub key: K,
    /// The order in which the initiator's packets name the two ends of the key.
    pub initiator: Orientation,
    /// When its first packet came.
    pub started: Timestamp,
}

/// Something that happened to a connection.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it")]
pub enum StreamEvent<'a, K> {
    /// A stream begins: what this side sends.
    Start { connection: &'a Connection<K>, side: Side, start: Start },
    /// Bytes that this side sent, behind those before.
    Data { connection: &'a Connection<K>, side: Side, chunk: Chunk<'a> },
    /// Bytes that this side sent and that will not come.
    Gap { connection: &'a Connection<K>, side: Side, gap: Gap },
    /// Different bytes for the same place.
    Overlap { connection: &'a Connection<K>, side: Side, conflict: Conflict<'a> },
    /// Bytes that were delivered before came again.
    Retransmit { connection: &'a Connection<K>, side: Side, again: Retransmit },
    /// Nothing follows from this side.
    End { connection: &'a Connection<K>, side: Side, end: End },
    /// The connection is over: what both streams have been through, that of the initiator first.
    Over { connection: &'a Connection<K>, streams: [StreamStats; 2], reason: EndReason },
}

impl<'a, K> StreamEvent<'a, K> {
    /// The connection.
    pub fn connection(&self) -> &'a Connection<K> {
        match self {
            Self::Start { connection, .. }
            | Self::Data { connection, .. }
            | Self::Gap { connection, .. }
            | Self::Overlap { connection, .. }
            | Self::Retransmit { connection, .. }
            | Self::End { connection, .. }
            | Self::Over { connection, .. } => connection,
        }
    }
}

/// What connections and streams are bounded by.
#[derive(Clone, Debug)]
pub struct TcpStreamsConfig {
    /// When a connection is over, and how many there may be.
    pub tracker: TrackerConfig,
    /// What streams wait for.
    pub tcp: tcp::Config,
}

impl Default for TcpStreamsConfig {
    fn default() -> Self {
        let mut tracker = TrackerConfig::default();
        tracker.max_flows = MAX_CONNECTIONS;
        Self { tracker, tcp: tcp::Config::default() }
    }
}

/// Puts together every TCP stream in packets, and tells of each in the order of its bytes.
///
/// ```
/// use rheos_core::{LinkType, RawPacket, Timestamp};
/// use rheos_flow::FiveTuple;
/// use rheos_session::{StreamEvent, TcpStreams};
///
/// let segment = |number: u8, flags, payload: &[u8]| {
///     let front = [0x45, 0, 0, 42, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
///     let tcp = [0, 99, 0, 80, 0, 0, 0, number, 0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0];
///     [&front[..], &tcp, payload].concat()
/// };
/// let mut text: Vec<u8> = Vec::new();
/// let mut sink = |event: &StreamEvent<'_, _>| {
///     if let StreamEvent::Data { chunk, .. } = event {
///         text.extend(chunk.bytes);
///     }
/// };
/// let mut streams = TcpStreams::new(FiveTuple::default());
/// for bytes in [segment(1, 16, b"he"), segment(5, 16, b"o!"), segment(3, 16, b"ll")] {
///     let raw = RawPacket::new(Timestamp::from_secs(7, 0), LinkType::IPV4, &bytes);
///     streams.push(&raw, &mut sink);
/// }
/// streams.finish(&mut sink);
/// assert_eq!(text, b"hello!");
/// ```
pub struct TcpStreams<E: FlowExtractor> {
    tracker: FlowTracker<E>,
    streams: Streams<E::Key>,
}

/// The streams, beside the tracker that tells which is whose.
struct Streams<K> {
    assembler: Assembler,
    /// By the places of their flows.
    places: Vec<Option<Place<K>>>,
    count: u64,
}

/// A connection, and its streams.
struct Place<K> {
    connection: Connection<K>,
    initiator: StreamAssembler,
    responder: StreamAssembler,
    scales: WindowScales,
}

impl<E: FlowExtractor> TcpStreams<E> {
    /// With the limits that are there by default. Streams belong to the flows that an extractor makes.
    pub fn new(extractor: E) -> Self {
        Self::with_config(extractor, TcpStreamsConfig::default())
    }

    /// With these limits.
    pub fn with_config(extractor: E, config: TcpStreamsConfig) -> Self {
        let assembler = Assembler::new(config.tcp);
        Self {
            tracker: FlowTracker::with_config(extractor, config.tracker, HashSeed::random()),
            streams: Streams { assembler, places: Vec::new(), count: 0 },
        }
    }

    /// Takes the next packet, and tells what follows from it.
    pub fn push(&mut self, raw: &RawPacket<'_>, sink: &mut impl FnMut(&StreamEvent<'_, E::Key>)) {
        let Self { tracker, streams, .. } = self;
        tracker.track(raw, &mut Following { streams, raw, sink });
        streams.look(tracker.now(), sink);
    }

    /// Ends every connection: there are no more packets.
    pub fn finish(&mut self, sink: &mut impl FnMut(&StreamEvent<'_, E::Key>)) {
        let Self { tracker, streams, .. } = self;
        tracker.finish(&mut |event: &FlowEvent<'_, E::Key>| {
            if let FlowEvent::Ended { id, reason, .. } = event {
                streams.end(*id, *reason, sink);
            }
        });
    }

    /// The tracker of the connections, and of all other flows.
    pub fn tracker(&self) -> &FlowTracker<E> {
        &self.tracker
    }

    /// What waits behind holes.
    pub fn assembler_stats(&self) -> AssemblerStats {
        self.streams.assembler.stats()
    }
}

impl<K: Clone> Streams<K> {
    fn start(&mut self, id: FlowId, flow: &FlowRecord<K>) {
        let index = id.index as usize;
        if self.places.len() <= index {
            self.places.resize_with(index.saturating_add(1), || None);
        }
        let Some(place) = self.places.get_mut(index) else { return };
        let connection = Connection {
            number: self.count,
            key: flow.key.clone(),
            initiator: flow.initiator,
            started: flow.stats.started,
        };
        self.count = self.count.saturating_add(1);
        // Tells a stream from others that had the place before it; each side has its own.
        let token = u64::from(id.generation) << 32 | u64::from(id.index);
        *place = Some(Place {
            connection,
            initiator: StreamAssembler::new(token << 1),
            responder: StreamAssembler::new(token << 1 | 1),
            scales: WindowScales::default(),
        });
    }

    fn segment(
        &mut self,
        id: FlowId,
        side: Side,
        tcp: &TcpSegment<'_>,
        sink: &mut impl FnMut(&StreamEvent<'_, K>),
    ) {
        let Some(Some(place)) = self.places.get_mut(id.index as usize) else { return };
        let window = place.scales.window(side, tcp);
        let Place { connection, initiator, responder, .. } = place;
        let (own, other) = match side {
            Side::Initiator => (initiator, responder),
            Side::Responder => (responder, initiator),
        };
        // First what the sender has received: it may be what the bytes are an answer to.
        if let Some(acknowledgment) = tcp.acknowledgment {
            let mut told = Told { connection, side: !side, sink };
            let time = tcp.segment.timestamp;
            self.assembler.acknowledged(other, time, acknowledgment, window, &mut told);
        }
        self.assembler.segment(own, &tcp.segment, &mut Told { connection, side, sink });
    }

    fn look(&mut self, now: Timestamp, sink: &mut impl FnMut(&StreamEvent<'_, K>)) {
        while let Some(token) = self.assembler.next_due(now) {
            let index = usize::try_from(token >> 1 & u64::from(u32::MAX)).unwrap_or(usize::MAX);
            let Some(Some(place)) = self.places.get_mut(index) else { continue };
            let Place { connection, initiator, responder, .. } = place;
            let (stream, side) = match token & 1 {
                0 => (initiator, Side::Initiator),
                _ => (responder, Side::Responder),
            };
            if stream.token() == token {
                self.assembler.look(stream, now, &mut Told { connection, side, sink });
            }
        }
    }

    fn end(&mut self, id: FlowId, reason: EndReason, sink: &mut impl FnMut(&StreamEvent<'_, K>)) {
        let Some(mut place) = self.places.get_mut(id.index as usize).and_then(Option::take) else {
            return;
        };
        let Place { connection, initiator, responder, .. } = &mut place;
        for (stream, side) in [(&mut *initiator, Side::Initiator), (responder, Side::Responder)] {
            self.assembler.close(stream, &mut Told { connection, side, sink });
        }
        let streams = [place.initiator.stats(), place.responder.stats()];
        sink(&StreamEvent::Over { connection: &place.connection, streams, reason });
    }
}

impl<E: FlowExtractor> fmt::Debug for TcpStreams<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Streams { assembler, count, .. } = &self.streams;
        let mut shown = f.debug_struct("TcpStreams");
        shown.field("assembler", assembler).field("count", count).finish_non_exhaustive()
    }
}

/// Puts what a packet carries where its flow's streams are.
struct Following<'a, K, F> {
    streams: &'a mut Streams<K>,
    raw: &'a RawPacket<'a>,
    sink: &'a mut F,
}

impl<K: Clone, F: FnMut(&StreamEvent<'_, K>)> FlowSink<K> for Following<'_, K, F> {
    fn event(&mut self, event: &FlowEvent<'_, K>) {
        match event {
            FlowEvent::Started { id, flow, .. } if flow.l4 == Some(L4Proto::Tcp) => {
                self.streams.start(*id, flow);
            }
            FlowEvent::Ended { id, reason, .. } => self.streams.end(*id, *reason, self.sink),
            _ => {}
        }
    }

    fn extracted(&mut self, id: FlowId, _flow: &FlowRecord<K>, side: Side, it: &Extracted<K>) {
        let payload = TransportPayload::of(it, self.raw.data);
        let tcp = payload.and_then(|payload| TcpSegment::new(self.raw.timestamp, &payload));
        if let Some(tcp) = &tcp {
            self.streams.segment(id, side, tcp, self.sink);
        }
    }
}

/// Tells a sink what a stream of a side tells.
struct Told<'a, K, F> {
    connection: &'a Connection<K>,
    side: Side,
    sink: &'a mut F,
}

impl<K, F: FnMut(&StreamEvent<'_, K>)> Consumer for Told<'_, K, F> {
    #[inline]
    fn data(&mut self, chunk: &Chunk<'_>) -> usize {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::Data { connection, side, chunk: *chunk });
        chunk.bytes.len()
    }

    fn start(&mut self, start: Start) {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::Start { connection, side, start });
    }

    fn gap(&mut self, gap: &Gap) {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::Gap { connection, side, gap: *gap });
    }

    fn overlap(&mut self, conflict: &Conflict<'_>) {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::Overlap { connection, side, conflict: *conflict });
    }

    fn retransmit(&mut self, again: &Retransmit) {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::Retransmit { connection, side, again: *again });
    }

    fn end(&mut self, end: End) {
        let Self { connection, side, ref mut sink } = *self;
        sink(&StreamEvent::End { connection, side, end });
    }
}

#[cfg(test)]
mod tests {
    use rheos_core::LinkType;
    use rheos_flow::{FiveTuple, FiveTupleKey};

    use super::*;

    const FIN: u8 = 1;
    const SYN: u8 = 2;
    const RST: u8 = 4;
    const ACK: u8 = 16;

    /// A capture in which the bytes of hosts come by their numbers, and what was told of it.
    struct Talk {
        streams: TcpStreams<FiveTuple>,
        second: i64,
        told: Vec<String>,
    }

    impl Talk {
        fn new() -> Self {
            Self { streams: TcpStreams::new(FiveTuple::default()), second: 0, told: Vec::new() }
        }

        /// A segment from one of two hosts to the other.
        fn send(&mut self, host: u8, flags: u8, numbers: (u32, u32), payload: &[u8]) {
            let other = 3 - host;
            let length = u8::try_from(40 + payload.len()).unwrap();
            let front =
                [0x45, 0, 0, length, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, host, 10, 0, 0, other];
            let ports = [0, host, 0, other];
            let (sequence, acknowledgment) = (numbers.0.to_be_bytes(), numbers.1.to_be_bytes());
            let rest = [0x50, flags, 1, 0, 0, 0, 0, 0];
            let packet = [&front[..], &ports, &sequence, &acknowledgment, &rest, payload].concat();
            let time = Timestamp::from_secs(self.second, 0);
            let told = &mut self.told;
            let raw = RawPacket::new(time, LinkType::IPV4, &packet);
            self.streams.push(&raw, &mut |event| told.push(tell(event)));
        }

        fn finish(mut self) -> String {
            let told = &mut self.told;
            self.streams.finish(&mut |event| told.push(tell(event)));
            assert_eq!(self.streams.assembler_stats().waiting, 0, "pages are given back");
            self.told.join(" ")
        }
    }

    fn tell(event: &StreamEvent<'_, FiveTupleKey>) -> String {
        let number = event.connection().number;
        let text = match event {
            StreamEvent::Start { side, start, .. } => format!("{side:?} starts {start:?}"),
            StreamEvent::Data { side, chunk, .. } => {
                format!("{side:?} {}", String::from_utf8_lossy(chunk.bytes))
            }
            StreamEvent::Gap { side, gap, .. } => format!("{side:?} lacks {}", gap.len),
            StreamEvent::Overlap { side, conflict, .. } => {
                format!("{side:?} differs at {}", conflict.offset)
            }
            StreamEvent::Retransmit { side, again, .. } => {
                format!("{side:?} repeats {}", again.len)
            }
            StreamEvent::End { side, end, .. } => format!("{side:?} ends {end:?}"),
            StreamEvent::Over { streams, reason, .. } => {
                format!("over {}/{} {}", streams[0].bytes, streams[1].bytes, reason.as_str())
            }
        };
        format!("{number}:{text};").replace("Initiator", "I").replace("Responder", "R")
    }

    #[test]
    fn both_sides_are_told_in_the_order_in_which_they_speak() {
        let mut talk = Talk::new();
        talk.send(1, SYN, (99, 0), b"");
        talk.send(2, SYN | ACK, (499, 100), b"");
        talk.send(1, ACK, (100, 500), b"ask");
        talk.send(2, ACK, (500, 103), b"answer");
        talk.send(1, FIN | ACK, (103, 506), b"");
        talk.send(2, FIN | ACK, (506, 104), b"");
        talk.send(1, ACK, (104, 507), b"");
        assert_eq!(
            talk.finish(),
            "0:I starts Syn; 0:R starts Syn; 0:I ask; 0:R answer; 0:I ends Fin; 0:R ends Fin; \
             0:over 3/6 fin;"
        );
    }

    #[test]
    fn what_was_received_and_not_captured_comes_before_the_answer_to_it() {
        let mut talk = Talk::new();
        talk.send(1, ACK, (100, 500), b"ask");
        talk.second = 1;
        talk.send(2, ACK, (500, 110), b"");
        talk.second = 2;
        talk.send(2, ACK, (500, 110), b"answer");
        assert_eq!(
            talk.finish(),
            "0:I starts MidStream; 0:I ask; 0:I lacks 7; 0:R starts MidStream; 0:R answer; \
             0:I ends Closed; 0:R ends Closed; 0:over 3/6 end_of_input;"
        );
    }

    #[test]
    fn a_hole_is_given_up_by_packets_of_other_connections() {
        let mut talk = Talk::new();
        talk.send(1, SYN, (99, 0), b"");
        talk.send(1, ACK, (103, 0), b"late");
        assert_eq!(talk.told.len(), 1);
        talk.second = 5;
        let udp = b"\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\0\0\x07\x0a\0\0\x08\0\x01\0\x02\0\x08\0\0";
        let raw = RawPacket::new(Timestamp::from_secs(5, 0), LinkType::IPV4, udp);
        let told = &mut talk.told;
        talk.streams.push(&raw, &mut |event| told.push(tell(event)));
        assert_eq!(talk.told.join(" "), "0:I starts Syn; 0:I lacks 3; 0:I late;");
    }

    #[test]
    fn ports_that_are_used_again_are_another_connection() {
        let mut talk = Talk::new();
        for base in [100, 7000] {
            talk.send(1, SYN, (base - 1, 0), b"");
            talk.send(2, RST | ACK, (0, base), b"");
            talk.second += 1;
        }
        let told = talk.finish();
        assert!(told.contains("0:over 0/0") && told.contains("1:over 0/0"), "{told}");
    }

    /// Ten million would be the same a hundred times over: what they take depends on the limit only.
    #[test]
    fn half_open_connections_take_no_more_than_their_limit() {
        let mut config = TcpStreamsConfig::default();
        config.tracker.max_flows = 1000;
        let mut streams = TcpStreams::with_config(FiveTuple::default(), config);
        let (mut started, mut over) = (0, 0);
        let mut sink = |event: &StreamEvent<'_, _>| match event {
            StreamEvent::Start { .. } => started += 1,
            StreamEvent::Over { .. } => over += 1,
            _ => {}
        };
        let mut packet = *b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
            \0\0\0\x50\0\0\0\0\0\0\0\0\x50\x02\0\0\0\0\0\0";
        for number in 0..100_000_u32 {
            packet[12..16].copy_from_slice(&number.to_be_bytes());
            let raw = RawPacket::new(Timestamp::from_secs(0, 0), LinkType::IPV4, &packet);
            streams.push(&raw, &mut sink);
            assert!(streams.tracker().stats().started - streams.tracker().stats().ended <= 1000);
        }
        assert!(streams.streams.places.len() <= 1024, "{}", streams.streams.places.len());
        assert_eq!((started, over), (100_000, 99_000));
    }
}
