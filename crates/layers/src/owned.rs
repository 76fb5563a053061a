//! A decoded packet that owns its bytes.

use std::fmt;

use crate::walk::Span;
use crate::{DecodeError, Decoder, LinkType, Packet};

/// A decoded packet that owns its bytes and borrows nothing, to keep or to send to another thread.
#[derive(Clone)]
pub struct OwnedPacket {
    pub(crate) decoder: Decoder,
    pub(crate) bytes: Box<[u8]>,
    pub(crate) spans: Box<[Span]>,
    pub(crate) own: usize,
    pub(crate) truncated: bool,
    pub(crate) error: Option<DecodeError>,
    pub(crate) link_type: Option<LinkType>,
}

impl OwnedPacket {
    /// The packet, for all that can be asked of one. Nothing is decoded again.
    pub fn as_packet(&self) -> Packet<'_> {
        Packet::from_owned(self)
    }

    /// The bytes of the packet.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for OwnedPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_packet().fmt(f)
    }
}

impl fmt::Debug for OwnedPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_packet().fmt(f)
    }
}
