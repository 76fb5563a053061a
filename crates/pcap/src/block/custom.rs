//! Blocks of which only their owners know what is in them: the systemd journal, custom blocks of
//! section 4.8, and unknown types.

use std::borrow::Cow;

use crate::block::{BlockType, owned};
use crate::order::ByteOrder;

/// An entry of the journal of systemd, in its export format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal<'a> {
    /// The entry, with the zeros that pad it: only the format itself says where it ends.
    pub entry: Cow<'a, [u8]>,
}

impl Journal<'_> {
    /// The same, independent of the capture.
    pub fn into_owned(self) -> Journal<'static> {
        Journal { entry: owned(self.entry) }
    }

    /// The entry without the zeros that pad it.
    pub fn text(&self) -> Cow<'_, str> {
        let end = self.entry.iter().rposition(|&byte| byte != 0);
        let text = end.and_then(|last| self.entry.get(..=last)).unwrap_or_default();
        String::from_utf8_lossy(text)
    }
}

/// A private block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom<'a> {
    /// The number by which IANA knows who has defined it.
    pub enterprise: u32,
    /// Whether it may be copied into another file.
    pub copyable: bool,
    /// Data, padding and options: only the owner knows where one ends and the next starts.
    pub data: Cow<'a, [u8]>,
}

impl<'a> Custom<'a> {
    pub(crate) fn parse(order: ByteOrder, copyable: bool, body: &'a [u8]) -> Option<Self> {
        let ([enterprise], data) = order.words(body)?;
        Some(Self { enterprise, copyable, data: data.into() })
    }

    /// The same, independent of the capture.
    pub fn into_owned(self) -> Custom<'static> {
        Custom { data: owned(self.data), ..self }
    }
}

/// A block of a type that this crate does not know, or too short for its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// Its type.
    pub kind: BlockType,
    /// All that is in it.
    pub body: Cow<'a, [u8]>,
}

impl Unknown<'_> {
    /// The same, independent of the capture.
    pub fn into_owned(self) -> Unknown<'static> {
        Unknown { body: owned(self.body), ..self }
    }
}
