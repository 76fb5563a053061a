//! Errors: a layer says what is wrong, the decoder adds where.

use thiserror::Error;

use crate::{LayerType, Next};

/// What is wrong with one header. Layers return this and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end inside the header.
    #[error("header needs {need} bytes, {have} left")]
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
#[error("layer {number} is {taken}: {name} needs a number of its own", number = layer.0)]
pub struct RegisterError {
    /// The number in question.
    pub layer: LayerType,
    /// The protocol that could not be registered.
    pub name: &'static str,
    /// The protocol that has the number.
    pub taken: &'static str,
}
