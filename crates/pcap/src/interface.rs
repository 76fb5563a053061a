//! What a capture says of the interfaces that saw its packets.

use rheos_core::LinkType;

use crate::clock::{Clock, Resolution};

/// Names are tens of bytes long; the bound keeps those of as many interfaces as a capture may declare
/// in 128 MiB.
const MAX_TEXT: usize = 1_024;

/// An interface of a capture: the one of a pcap file, or a block of pcapng.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interface {
    /// How its packets start.
    pub link_type: LinkType,
    /// The most bytes captured of a packet; `None` is without limit.
    pub snap_length: Option<u32>,
    /// How long a tick of its timestamps is.
    pub resolution: Resolution,
    /// Seconds that were taken off its timestamps; those of packets have them again.
    pub offset: i64,
    /// What its machine calls it.
    pub name: Option<String>,
    /// What people call it.
    pub description: Option<String>,
    /// The section that declares it, from zero.
    pub section: u32,
    pub(crate) clock: Clock,
}

impl Interface {
    /// The link type of an interface whose declaration does not reach as far: reserved, used by none.
    pub const UNKNOWN_LINK_TYPE: LinkType = LinkType(u16::MAX);

    pub(crate) fn new(link_type: LinkType, snap_length: u32, resolution: Resolution) -> Self {
        Self {
            link_type,
            snap_length: (snap_length != 0).then_some(snap_length),
            resolution,
            offset: 0,
            name: None,
            description: None,
            section: 0,
            clock: Clock::new(resolution, 0, 0),
        }
    }
    /// A text, cut if it is longer than any sense.
    pub(crate) fn text(text: &[u8]) -> String {
        String::from_utf8_lossy(text.get(..MAX_TEXT).unwrap_or(text)).into_owned()
    }
}
