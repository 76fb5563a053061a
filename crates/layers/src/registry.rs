//! What a layer is, and the registry of layers, which is a value.

use std::fmt;

use crate::{Behind, Checksum, EncodeError, FieldSink, Key, Malformed, Next, Outer};
use crate::{RegisterError, Setting};

/// Most probes of the payload of one layer: each costs time for every packet that no key names.
pub const MAX_PROBES: usize = 16;

/// A header read in place: `parse` checks it once, nothing fails after that.
pub trait Layer<'a>: Sized {
    /// What the registry knows of this layer.
    const PROTOCOL: &'static Protocol;

    /// Checks the header at the front of `bytes`.
    ///
    /// # Errors
    ///
    /// The header is cut short or contradicts itself. A short *payload* is not an error.
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed>;

    /// The same for a header whose meaning depends on the layers around it. A fixed decoder keeps
    /// none and shows [`Outer::NONE`].
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    #[inline(always)]
    fn parse_in(bytes: &'a [u8], _outer: &Outer<'_>) -> Result<Self, Malformed> {
        Self::parse(bytes)
    }

    /// What a decoder must know to go on, and no more.
    fn shape(&self) -> Shape;

    /// Reports every field, in wire order.
    fn fields(&self, sink: &mut dyn FieldSink);

    /// Reports what is wrong with the content, as [`fields`](Self::fields) does, with fields or without: sooner, for
    /// a layer that knows where alone something can be wrong.
    fn faults(&self, sink: &mut dyn FieldSink) {
        self.fields(sink);
    }

    /// Writes what a person wants to know first, in a few words, for a line a packet. Nothing, if
    /// the layers behind it say more.
    ///
    /// # Errors
    ///
    /// Those of the formatter.
    fn summary(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// A [`Layer`] of any type, as its [`Protocol`] shows it.
pub trait AnyLayer {
    /// [`Layer::fields`].
    fn fields(&self, sink: &mut dyn FieldSink);

    /// [`Layer::faults`].
    fn faults(&self, sink: &mut dyn FieldSink);

    /// [`Layer::summary`].
    ///
    /// # Errors
    ///
    /// Those of the formatter.
    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<'a, L: Layer<'a>> AnyLayer for L {
    fn fields(&self, sink: &mut dyn FieldSink) {
        Layer::fields(self, sink);
    }

    fn faults(&self, sink: &mut dyn FieldSink) {
        Layer::faults(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Layer::summary(self, f)
    }
}

/// What a decoder must know of a header. Whatever lies behind the payload and the trailer belongs
/// to a layer further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Bytes of header.
    pub header_len: usize,
    /// Bytes of payload that the header announces, whether they are there or not.
    pub payload_len: usize,
    /// Bytes behind the payload that belong to this layer, such as padding or a check value.
    pub trailer_len: usize,
    /// What it publishes about the layer behind it.
    pub next: Next,
}

/// Identity of a layer. Numbers from 1000 up are yours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerType(pub u16);

impl fmt::Display for LayerType {
    /// Writes the name of a built-in layer, or the number of another.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::layers::BUILTIN.get(usize::from(self.0)) {
            Some(protocol) => f.write_str(protocol.name),
            None => write!(f, "layer {}", self.0),
        }
    }
}

/// The part that a layer plays in a packet, as in the OSI model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Frames on one link: Ethernet, Linux cooked capture.
    Link,
    /// Packets between networks: IPv4, IPv6.
    Network,
    /// Messages between ports: TCP, UDP, SCTP.
    Transport,
    /// What programs say to each other.
    Application,
    /// Everything in between and beside: tags, extension headers, tunnels, control.
    Other,
}

/// [`Layer::shape`] of the header at the front of the bytes.
type ShapeOf = fn(&[u8], &Outer<'_>) -> Result<Shape, Malformed>;

/// Reads the header at the front of the bytes and shows it to the visitor.
type Visit = fn(&[u8], &Outer<'_>, &mut dyn FnMut(&dyn AnyLayer)) -> Result<(), Malformed>;

/// Writes into a header what it says of the layer behind it.
type Relate = fn(&mut [u8], &Behind) -> Result<(), EncodeError>;

/// Works out the checksum of a layer, if that can be done from what is there.
type ChecksumOf = fn(&[u8], &Outer<'_>) -> Option<Checksum>;

/// A test whether the payload of a layer is another layer, where no key says so.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The layer whose payload is looked at.
    pub parent: LayerType,
    /// The least and the greatest first byte of a payload that is worth a test: all others cost nothing.
    pub first: (u8, u8),
    /// Whether the payload, which is never empty, is the layer of the protocol that asks.
    pub test: fn(&[u8], &Outer<'_>) -> bool,
}

/// Everything the rest of the crate knows of a protocol. Each protocol's file ends in one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Protocol {
    /// Identity.
    pub layer: LayerType,
    /// Name, as tshark spells it.
    pub name: &'static str,
    /// Name, as its specification spells it.
    pub title: &'static str,
    /// Where it is specified, such as `RFC 768`.
    pub specification: &'static str,
    /// The part it plays.
    pub role: Role,
    /// The keys that lead to this layer.
    pub claims: &'static [Key],
    /// Tests of payloads that no key names, asked in the order of registration.
    pub probes: &'static [Probe],
    /// [`Layer::shape`] of the header at the front of these bytes.
    pub shape: ShapeOf,
    /// Shows the header at the front of these bytes.
    pub visit: Visit,
    /// A header as it is when nothing more is asked of it, empty for a layer that has none; `None`,
    /// if this layer is never built.
    pub template: Option<&'static [u8]>,
    /// What stands behind the payload then, such as room for a check value.
    pub trailer: &'static [u8],
    /// What can be set in a header by name, beside the fields that it has: lists, one behind the
    /// other, the first setting of a name the one that counts.
    pub settings: &'static [&'static [Setting]],
    /// Writes the lengths and counts of a header.
    pub lengths: Option<Relate>,
    /// Writes what a header says of the kind of the layer behind it.
    pub next: Option<Relate>,
    /// Works out the checksum of a layer.
    pub checksum: Option<ChecksumOf>,
}

impl Protocol {
    /// A protocol by its identity, its names, and the two functions that lead to its [`Layer`]; of
    /// no special role, claiming nothing.
    pub const fn new(
        layer: LayerType,
        name: &'static str,
        title: &'static str,
        shape: ShapeOf,
        visit: Visit,
    ) -> Self {
        Self {
            layer,
            name,
            title,
            specification: "",
            role: Role::Other,
            claims: &[],
            probes: &[],
            shape,
            visit,
            template: None,
            trailer: &[],
            settings: &[],
            lengths: None,
            next: None,
            checksum: None,
        }
    }

    /// The same with the document that specifies it.
    #[must_use]
    pub const fn specification(self, specification: &'static str) -> Self {
        Self { specification, ..self }
    }

    /// The same with a role.
    #[must_use]
    pub const fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The same with the keys that lead to it.
    #[must_use]
    pub const fn claims(self, claims: &'static [Key]) -> Self {
        Self { claims, ..self }
    }

    /// The same with tests of payloads that no key names.
    #[must_use]
    pub const fn probes(self, probes: &'static [Probe]) -> Self {
        Self { probes, ..self }
    }

    /// The same with a header to start from.
    #[must_use]
    pub const fn template(self, template: &'static [u8]) -> Self {
        Self { template: Some(template), ..self }
    }

    /// The same with what stands behind the payload of a layer that starts from that header.
    #[must_use]
    pub const fn trailer(self, trailer: &'static [u8]) -> Self {
        Self { trailer, ..self }
    }

    /// The same with what can be set in it by name, beside the fields that it has.
    #[must_use]
    pub const fn settings(self, settings: &'static [&'static [Setting]]) -> Self {
        Self { settings, ..self }
    }

    /// The same with lengths that follow from what is behind the header.
    #[must_use]
    pub const fn lengths(self, lengths: Relate) -> Self {
        Self { lengths: Some(lengths), ..self }
    }

    /// The same with a number that names the layer behind the header.
    #[must_use]
    pub const fn next(self, next: Relate) -> Self {
        Self { next: Some(next), ..self }
    }

    /// The same with a checksum.
    #[must_use]
    pub const fn checksum(self, checksum: ChecksumOf) -> Self {
        Self { checksum: Some(checksum), ..self }
    }
}

/// A set of layers and of claims on keys. Whatever comes later wins.
#[derive(Clone, Debug)]
pub struct Registry {
    pub(crate) protocols: Vec<&'static Protocol>,
    pub(crate) claims: Vec<(Key, LayerType)>,
    /// Roles whose layers are not looked for.
    left_out: Vec<Role>,
}

impl Registry {
    /// Adds a layer and its claims.
    ///
    /// # Errors
    ///
    /// Another layer has its number, or a parent of its probes has [`MAX_PROBES`] already.
    pub fn register<L: Layer<'static>>(mut self) -> Result<Self, RegisterError> {
        let Protocol { layer, name, probes, .. } = *L::PROTOCOL;
        if let Some(taken) = self.protocols.iter().find(|protocol| protocol.layer == layer) {
            return Err(RegisterError::Taken { layer, name, taken: taken.name });
        }
        if probes.iter().any(|probe| self.probes_of(probe.parent).count() >= MAX_PROBES) {
            return Err(RegisterError::Probes { name });
        }
        self.add(L::PROTOCOL);
        Ok(self)
    }

    /// The probes of the payload of a layer, each with the layer that it stands for.
    pub(crate) fn probes_of(&self, parent: LayerType) -> impl Iterator<Item = (LayerType, Probe)> {
        let wanted = self.protocols.iter().filter(|p| !self.left_out.contains(&p.role));
        let probes = wanted
            .flat_map(|protocol| protocol.probes.iter().map(|&probe| (protocol.layer, probe)));
        probes.filter(move |(_, probe)| probe.parent == parent)
    }

    /// Overrides one claim: `key` leads to `layer` from now on, or to nothing if there is no such
    /// layer in the registry.
    #[must_use]
    pub fn claim(mut self, key: Key, layer: LayerType) -> Self {
        self.claims.push((key, layer));
        self
    }

    /// Leaves layers of a role out of every walk: what they claim is payload then, and they cost
    /// nothing. Without [`Role::Application`] a decoder still goes through every tunnel, and stops
    /// where programs start to speak: all that flows need.
    #[must_use]
    pub fn without(mut self, role: Role) -> Self {
        let Self { protocols, claims, .. } = &mut self;
        let plays = |layer| protocols.iter().any(|p| p.layer == layer && p.role == role);
        claims.retain(|&(_, layer)| !plays(layer));
        self.left_out.push(role);
        self
    }

    /// Every protocol, in the order of registration.
    pub fn protocols(&self) -> impl Iterator<Item = &'static Protocol> {
        self.protocols.iter().copied()
    }

    fn add(&mut self, protocol: &'static Protocol) {
        self.protocols.push(protocol);
        if !self.left_out.contains(&protocol.role) {
            self.claims.extend(protocol.claims.iter().map(|&key| (key, protocol.layer)));
        }
    }
}

impl Default for Registry {
    /// The built-in layers.
    fn default() -> Self {
        let mut registry = Self { protocols: Vec::new(), claims: Vec::new(), left_out: Vec::new() };
        crate::layers::BUILTIN.iter().for_each(|protocol| registry.add(protocol));
        registry
    }
}
