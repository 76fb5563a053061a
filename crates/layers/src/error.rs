//! Errors: a layer says what is wrong, the decoder adds where.

use thiserror::Error;

use crate::{LayerType, Next};

/// What is wrong with one header. Layers return this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end inside the header.
    #[error("needs {need} bytes, {have} left")]
    #[allow(missing_docs, reason = "the message says it")]
    Truncated { need: usize, have: usize },

    /// A field, named as its specification names it, holds a value that is ruled out.
    #[error("bad {name}: {value:#x}")]
    #[allow(missing_docs, reason = "the message says it")]
    Field { name: &'static str, value: u64 },

    /// More layers than a packet can have in good faith.
    #[error("more than {} layers", crate::MAX_LAYERS)]
    Nesting,
}

/// A [`Malformed`] header, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{name} at byte {offset}: {cause}")]
pub struct DecodeError {
    /// The layer that was being read.
    pub layer: LayerType,
    /// Its name, as tshark spells it.
    pub name: &'static str,
    /// The place of its first byte in the packet.
    pub offset: u32,
    /// What is wrong with it.
    #[source]
    pub cause: Malformed,
}

/// Why a packet is not the stack that a fixed decoder reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StackError {
    /// The stack is there, with a malformed layer.
    #[error(transparent)]
    Malformed(#[from] DecodeError),

    /// Another stack: where they part, and what the packet announces there.
    #[error("another stack from byte {offset}: {next:?}")]
    #[allow(missing_docs, reason = "the line above says it")]
    Other { offset: u32, next: Next },
}

/// Why a layer cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Another protocol has the number of the layer.
    #[error("layer {} is {taken}: {name} needs a number of its own", layer.0)]
    #[allow(missing_docs, reason = "the message says it")]
    Taken { layer: LayerType, name: &'static str, taken: &'static str },

    /// A layer has as many probes of its payload as there can be.
    #[error("{name} probes a payload that {} layers probe already", crate::MAX_PROBES)]
    #[allow(missing_docs, reason = "the message says it")]
    Probes { name: &'static str },
}

/// Why a packet cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A value that does not fit its field, both named as the specification does.
    #[error("{value} does not fit the {field} of {layer}")]
    #[allow(missing_docs, reason = "the message says it")]
    TooLarge { layer: &'static str, field: &'static str, value: u64 },

    /// A layer that has nothing to start from.
    #[error("{layer} cannot be built from nothing")]
    #[allow(missing_docs, reason = "the message says it")]
    NoTemplate { layer: &'static str },

    /// A header that its own protocol cannot read.
    #[error("{layer}: {cause}")]
    #[allow(missing_docs, reason = "the message says it")]
    Malformed { layer: &'static str, cause: Malformed },
}
