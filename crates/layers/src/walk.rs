//! The rules of a walk through a packet. Every decoder walks with [`Cursor`], so they share them.

use std::ops::Range;

use crate::decoder::{Tables, UNCLAIMED};
use crate::first_layers::FirstLayers;
use crate::{
    DecodeError, Ethernet, Ipv4, Ipv6, Key, Layer, LayerClass, LayerType, LinkType, MAX_LAYERS,
    Malformed, Next, Outer, Probe, Protocol, Shape, Tcp, Udp, Vlan,
};

/// The slot behind the layer that was looked for: no layer has it, and no probe is asked.
const REACHED: u16 = UNCLAIMED - 1;

/// Where a layer is in its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which layer.
    pub layer: LayerType,
    /// Bytes of header.
    pub header_len: u16,
    /// The place of its first byte in the packet.
    pub start: u32,
    /// Bytes of header, payload and trailer that are there.
    pub len: u32,
}

/// Where a walk stands. Public for the signatures of sealed traits, not for use.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    pub(crate) rest: &'a [u8],
    pub(crate) offset: u32,
    pub(crate) next: Next,
    /// A header announced more payload than is there.
    pub(crate) truncated: bool,
    /// Lengths from here on speak of more than this packet: of a datagram or a quoted packet.
    pub(crate) partial: bool,
}

impl<'a> Cursor<'a> {
    /// Starts a walk. Offsets have 32 bits, so the bytes behind those are left out.
    #[inline(always)]
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let rest = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        Self { rest, offset: 0, next: Next::End, truncated: false, partial: false }
    }

    /// Reads the header under the cursor as an `L` and steps over it, unless there are no bytes.
    #[inline(always)]
    pub(crate) fn take<L: Layer<'a>>(&mut self) -> Result<Option<L>, DecodeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let layer =
            L::parse_in(self.rest, &Outer::NONE).map_err(|cause| self.error(L::PROTOCOL, cause))?;
        let shape = layer.shape();
        self.step(L::PROTOCOL.layer, &shape);
        self.next = shape.next;
        self.partial |= matches!(shape.next, Next::FirstFragment(_));
        Ok(Some(layer))
    }

    /// Steps over a header. The payload is cut to what its owner announces, then to what is there.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, reason = "see `new`")]
    #[allow(clippy::arithmetic_side_effects, reason = "lengths of parts of one slice")]
    pub(crate) fn step(&mut self, layer: LayerType, shape: &Shape) -> Span {
        let (header, rest) =
            self.rest.split_at_checked(shape.header_len).unwrap_or((self.rest, &[]));
        let payload = rest.get(..shape.payload_len).unwrap_or(rest);
        let trailer = shape.trailer_len.min(rest.len() - payload.len());
        let span = Span {
            layer,
            header_len: header.len().min(u16::MAX.into()) as u16,
            start: self.offset,
            len: (header.len() + payload.len() + trailer) as u32,
        };
        self.truncated |= shape.payload_len > rest.len() && !self.partial;
        self.rest = payload;
        self.offset += header.len() as u32;
        span
    }

    #[cold]
    pub(crate) fn error(&self, protocol: &Protocol, cause: Malformed) -> DecodeError {
        let Protocol { layer, name, .. } = *protocol;
        DecodeError { layer, name, offset: self.offset, cause }
    }
}

/// A walk by the table. It is a value of its own, and not a part of the packet, so that it can live
/// in registers while spans are stored.
pub(crate) struct Walk<'p, 'a> {
    tables: &'p Tables,
    slots: &'p [u16; Key::FLAT],
    pub(crate) spans: &'p mut [Span; MAX_LAYERS],
    error: &'p mut Option<DecodeError>,
    link_type: LinkType,
    /// The walk ends behind the first layer of these, if there is one.
    until: LayerClass,
    pub(crate) cursor: Cursor<'a>,
    pub(crate) count: usize,
    /// The slot of the last layer.
    pub(crate) last: u16,
    /// Spans in front of a quoted packet; more than there can be, if nothing is quoted.
    own: usize,
}

/// What a walk found, beside spans and an error.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// The numbers of the first of the packet's own layers.
    pub(crate) first: FirstLayers,
    /// Spans in use.
    pub(crate) count: usize,
    /// Those of them that are the packet's own.
    pub(crate) own: usize,
    pub(crate) truncated: bool,
}

impl<'p, 'a> Walk<'p, 'a> {
    #[inline(always)]
    pub(crate) fn new(
        tables: &'p Tables,
        spans: &'p mut [Span; MAX_LAYERS],
        error: &'p mut Option<DecodeError>,
        link_type: LinkType,
        bytes: &'a [u8],
    ) -> Self {
        let (slots, cursor) = (tables.slots(), Cursor::new(bytes));
        let (last, own, until) = (UNCLAIMED, usize::MAX, LayerClass(&[]));
        Self { tables, slots, spans, error, link_type, until, cursor, count: 0, last, own }
    }

    /// A walk that ends behind the first layer of a class.
    #[inline(always)]
    pub(crate) fn until(self, until: LayerClass) -> Self {
        Self { until, ..self }
    }

    /// Walks to the end, and says what was found.
    #[inline(always)]
    pub(crate) fn walk(mut self, bytes: &'a [u8]) -> Found {
        let start = self.slot(Key::link_type(self.link_type));
        let ends_early = [LayerType::ETHERNET, LayerType::IPV4].map(|on| self.until.contains(on));
        let is_straight = start == LayerType::ETHERNET.0 && ends_early == [false; 2];
        let is_straight = is_straight && self.tables.is_straight();
        let Some((one, other)) = is_straight.then(|| self.straight()).flatten() else {
            let slot = self.front(start);
            return if self.is_over(slot) { self.found() } else { self.go_on(bytes, slot) };
        };
        let slot = match self.until.contains(LayerType(self.last)) {
            true => REACHED,
            false if self.cursor.rest.is_empty() => UNCLAIMED,
            false => self.either(one, other),
        };
        if self.is_over(slot) { self.found() } else { self.go_on(bytes, slot) }
    }

    /// Walks through a part of a packet of these bytes, from a layer that claims a key on.
    pub(crate) fn walk_part(mut self, bytes: &'a [u8], key: Key, part: Range<usize>) -> Found {
        self.cursor.offset = u32::try_from(part.start).unwrap_or(u32::MAX);
        self.cursor.rest = bytes.get(part).unwrap_or_default();
        let slot = self.slot(key);
        self.go_on(bytes, slot)
    }

    /// The front of a walk: most packets are these layers in this order. The table still decides
    /// what comes next.
    #[inline(always)]
    fn front(&mut self, mut slot: u16) -> u16 {
        if slot == LayerType::ETHERNET.0 {
            slot = self.step::<Ethernet<'_>>();
        }
        if slot == LayerType::VLAN.0 {
            slot = self.step::<Vlan<'_>>();
        }
        if slot == LayerType::IPV4.0 {
            slot = self.step::<Ipv4<'_>>();
        } else if slot == LayerType::IPV6.0 {
            slot = self.step::<Ipv6<'_>>();
        }
        match LayerType(slot) {
            LayerType::TCP => self.step::<Tcp<'_>>(),
            LayerType::UDP => self.step::<Udp<'_>>(),
            _ => slot,
        }
    }

    /// The rest of a walk through a packet of these bytes: any layers in any order, built in or not.
    #[inline(never)]
    pub(crate) fn go_on(mut self, bytes: &'a [u8], mut slot: u16) -> Found {
        // Layers found when probes were last asked: once for each payload, wrong or right.
        let mut asked = 0;
        loop {
            if slot == UNCLAIMED && self.count > asked {
                (slot, asked) = (self.probe(bytes), self.count);
            }
            let Some(protocol) = self.tables.protocol_in(slot) else { break };
            let read = |walk: &Self| {
                let spans = walk.spans.get(..walk.count).unwrap_or_default();
                let outer = Outer::new(bytes, spans, walk.cursor.offset, Some(walk.link_type));
                (protocol.shape)(walk.cursor.rest, &outer)
            };
            let fail = |walk: &mut Self, cause| walk.fail(protocol, cause, bytes);
            slot = self.step_by(slot, protocol, read, fail);
        }
        self.found()
    }

    /// The slot of the layer that a probe finds in the payload of the last, if that may be anything.
    fn probe(&self, bytes: &'a [u8]) -> u16 {
        let spans = self.spans.get(..self.count).unwrap_or_default();
        let Some((parent, around)) = spans.split_last() else { return UNCLAIMED };
        let payload = self.cursor.rest;
        let Some(&first) = payload.first().filter(|_| self.error.is_none()) else {
            return UNCLAIMED;
        };
        let wants = |probe: &Probe| (probe.first.0..=probe.first.1).contains(&first);
        let outer = Outer::new(bytes, spans, self.cursor.offset, Some(self.link_type));
        let mut probes = self.tables.probes_of(self.last).iter();
        match probes.find(|(_, probe)| wants(probe) && (probe.test)(payload, &outer)) {
            Some(&(slot, _)) if self.next_of(parent, around, bytes) != Some(Next::End) => slot,
            _ => UNCLAIMED,
        }
    }

    /// What a layer publishes, read again.
    fn next_of(&self, layer: &Span, around: &[Span], bytes: &'a [u8]) -> Option<Next> {
        let outer = Outer::new(bytes, around, layer.start, Some(self.link_type));
        let shape = self.tables.protocol_of(layer.layer)?.shape;
        shape(outer.bytes_of(layer), &outer).ok().map(|shape| shape.next)
    }

    #[inline(always)]
    fn found(&self) -> Found {
        let (count, own) = (self.count, self.own.min(self.count));
        let first = FirstLayers::new(self.spans, own);
        Found { first, count, own, truncated: self.cursor.truncated }
    }

    /// The slot of the layer that claims a key.
    #[inline(always)]
    fn slot(&self, key: Key) -> u16 {
        match key.index() {
            Some(index) => self.slots.get(index).copied().unwrap_or(UNCLAIMED),
            None => self.tables.sparse_slot(key),
        }
    }

    /// The slot of the layer that claims one of two keys, the lower number first. Both are looked up
    /// whatever the first says: which end of a talk has the claimed port nobody can foresee.
    #[inline(always)]
    fn either(&self, one: Key, other: Key) -> u16 {
        let (lower, higher) = (self.slot(one.min(other)), self.slot(one.max(other)));
        if lower == UNCLAIMED { higher } else { lower }
    }

    /// Whether nothing can follow: no layer claims the next key, and no probe is to be asked.
    #[inline(always)]
    fn is_over(&self, slot: u16) -> bool {
        slot == REACHED || slot == UNCLAIMED && !self.tables.may_open(self.last, self.cursor.rest)
    }

    /// A step over a layer that needs nothing of those around it and is no guess.
    #[inline(always)]
    pub(crate) fn step<L: Layer<'a>>(&mut self) -> u16 {
        let read = |walk: &Self| L::parse(walk.cursor.rest).map(|layer| layer.shape());
        let fail = |walk: &mut Self, cause| walk.stop(L::PROTOCOL, cause);
        self.step_by(L::PROTOCOL.layer.0, L::PROTOCOL, read, fail)
    }

    /// Takes one step and returns the slot of the next. An empty payload ends the walk.
    #[inline(always)]
    #[allow(clippy::arithmetic_side_effects, reason = "the place of a span that is there")]
    fn step_by(
        &mut self,
        slot: u16,
        protocol: &'static Protocol,
        read: impl FnOnce(&Self) -> Result<Shape, Malformed>,
        fail: impl FnOnce(&mut Self, Malformed) -> u16,
    ) -> u16 {
        if self.cursor.rest.is_empty() {
            return UNCLAIMED;
        }
        if self.count >= MAX_LAYERS {
            return self.stop(protocol, Malformed::Nesting);
        }
        match read(self) {
            Ok(shape) => {
                let span = self.cursor.step(protocol.layer, &shape);
                self.spans.get_mut(self.count).into_iter().for_each(|place| *place = span);
                self.count += 1;
                self.last = slot;
                if self.until.contains(protocol.layer) {
                    return REACHED;
                }
                if self.cursor.rest.is_empty() {
                    return UNCLAIMED;
                }
                match shape.next {
                    Next::End => UNCLAIMED,
                    Next::One(key) => self.slot(key),
                    Next::Either(one, other) => self.either(one, other),
                    Next::FirstFragment(key) => {
                        self.cursor.partial = true;
                        self.slot(key)
                    }
                    Next::Quoted(key) => {
                        self.cursor.partial = true;
                        self.own = self.own.min(self.count);
                        self.slot(key)
                    }
                }
            }
            Err(cause) => fail(self, cause),
        }
    }

    /// Ends a walk by an error.
    #[cold]
    fn stop(&mut self, protocol: &Protocol, cause: Malformed) -> u16 {
        *self.error = Some(self.cursor.error(protocol, cause));
        UNCLAIMED
    }

    /// Ends a walk by an error, or goes on with what a quotation kept of a header, or with another
    /// guess if this layer was one.
    #[cold]
    fn fail(&mut self, protocol: &Protocol, cause: Malformed, bytes: &'a [u8]) -> u16 {
        let quoted = self.own <= self.count;
        if quoted && matches!(cause, Malformed::Truncated { .. }) {
            return self.slot(Key::quoted(protocol.layer));
        }
        match self.guess_after(protocol, bytes) {
            Some(slot) => slot,
            None => self.stop(protocol, cause),
        }
    }

    /// The slot to try behind a guess that was wrong, if it was a guess: the payload of a transport
    /// layer may be anything, whatever its ports are.
    fn guess_after(&self, wrong: &Protocol, bytes: &'a [u8]) -> Option<u16> {
        let (parent, around) = self.spans.get(..self.count)?.split_last()?;
        let is_wrong = |slot| self.tables.protocol_in(slot).is_some_and(|p| p.layer == wrong.layer);
        let is_claimed = |slot| slot != UNCLAIMED;
        match self.next_of(parent, around, bytes)? {
            Next::Either(one, other) => {
                let (first, second) = (one.min(other), one.max(other));
                let [led, next] = [first, second].map(|key| self.slot(key));
                if is_wrong(led) {
                    let next = if is_wrong(next) { UNCLAIMED } else { next };
                    return first.is_guess().then_some(next);
                }
                // The second led here, or else a probe did.
                let is_guess = second.is_guess() || !is_claimed(next);
                is_guess.then_some(UNCLAIMED)
            }
            Next::One(key) if key.is_guess() => Some(UNCLAIMED),
            // A key that nobody claims: a probe found the layer.
            Next::One(key) if !is_claimed(self.slot(key)) => Some(UNCLAIMED),
            _ => None,
        }
    }
}
