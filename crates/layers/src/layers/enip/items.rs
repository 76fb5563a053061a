//! Items of the common packet format, CIP Networks Library volume 2, section 2-6.

use std::fmt;

use super::EnipCommand;
use crate::key::numbers;
use crate::{EncodeError, Malformed};

/// Interface handle and timeout, in front of the items of a message to an interface.
const INTERFACE_LEN: usize = 6;
/// The number of items.
const COUNT_LEN: usize = 2;
/// Type and length of an item.
const ITEM_HEADER_LEN: usize = 4;

/// What an item is. Any value is legal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnipItemType(pub u16);

numbers! {
    EnipItemType "item {:#06x}" {
        /// No address: the message is of no connection.
        NULL_ADDRESS = 0x0000 "null address";
        /// Who somebody is.
        IDENTITY = 0x000c "identity";
        /// How safe they are.
        SECURITY = 0x0086 "security";
        /// The connection that a message is of.
        CONNECTED_ADDRESS = 0x00a1 "connected address";
        /// A message of a connection.
        CONNECTED_DATA = 0x00b1 "connected data";
        /// A message of none.
        UNCONNECTED_DATA = 0x00b2 "unconnected data";
        /// What somebody can carry.
        SERVICES = 0x0100 "list services response";
        /// An address and port, from the originator to the target.
        SOCKADDR_INFO_O_T = 0x8000 "sockaddr info O->T";
        /// The same the other way.
        SOCKADDR_INFO_T_O = 0x8001 "sockaddr info T->O";
        /// The connection that a datagram is of, and its number in that.
        SEQUENCED_ADDRESS = 0x8002 "sequenced address";
    }
}

impl EnipItemType {
    pub(super) fn carries_cip(self) -> bool {
        matches!(self, Self::CONNECTED_DATA | Self::UNCONNECTED_DATA)
    }

    /// Bytes of a sequence number in front of the message in an item.
    pub(super) fn sequence_len(self) -> usize {
        if self == Self::CONNECTED_DATA { 2 } else { 0 }
    }
}

/// An item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnipItem<'a> {
    pub type_id: EnipItemType,
    pub data: &'a [u8],
}

impl EnipItem<'_> {
    /// Appends the item.
    ///
    /// # Errors
    ///
    /// Its data is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = self.data.len() as u64;
        let error = EncodeError::TooLarge { layer: "enip", field: "item length", value };
        let len = u16::try_from(self.data.len()).map_err(|_| error)?;
        out.extend_from_slice(&self.type_id.0.to_le_bytes());
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(self.data);
        Ok(())
    }
}

/// The front of an item.
pub(super) struct ItemHeader {
    pub(super) type_id: EnipItemType,
    pub(super) length: u16,
}

/// The items of a message. Ends behind the first error.
#[derive(Clone, Debug, Default)]
pub struct EnipItems<'a> {
    data: &'a [u8],
    at: usize,
    left: u16,
}

/// Where the items of a command start in its data, if it has any.
pub(super) fn start(command: EnipCommand, data: &[u8]) -> Option<usize> {
    match command {
        EnipCommand::SEND_RR_DATA | EnipCommand::SEND_UNIT_DATA => Some(INTERFACE_LEN),
        EnipCommand::LIST_SERVICES | EnipCommand::LIST_IDENTITY | EnipCommand::LIST_INTERFACES => {
            (!data.is_empty()).then_some(0)
        }
        _ => None,
    }
}

impl<'a> EnipItems<'a> {
    /// The items from a place in some data on, behind their number.
    pub(super) fn new(data: &'a [u8], start: usize) -> Self {
        let rest = data.get(start..).unwrap_or_default();
        let count = rest.first_chunk().map(|count| u16::from_le_bytes(*count));
        Self { data, at: start.saturating_add(COUNT_LEN), left: count.unwrap_or_default() }
    }

    /// The next item and the place of its data, whether that is there or not.
    pub(super) fn next_place(&mut self) -> Option<(ItemHeader, usize)> {
        self.left = self.left.checked_sub(1)?;
        let &[t, y, l, e] = self.data.get(self.at..)?.first_chunk()?;
        let place = self.at.saturating_add(ITEM_HEADER_LEN);
        let length = u16::from_le_bytes([l, e]);
        self.at = place.saturating_add(length.into());
        Some((ItemHeader { type_id: EnipItemType(u16::from_le_bytes([t, y])), length }, place))
    }
}

impl<'a> Iterator for EnipItems<'a> {
    type Item = Result<EnipItem<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let have = self.data.len().saturating_sub(self.at);
        let Some((ItemHeader { type_id, length }, place)) = self.next_place() else {
            self.left = 0;
            return Some(Err(Malformed::Truncated { need: ITEM_HEADER_LEN, have }));
        };
        let data = self.data.get(place..).and_then(|rest| rest.get(..length.into()));
        if data.is_none() {
            self.left = 0;
        }
        let need = ITEM_HEADER_LEN.saturating_add(length.into());
        Some(data.map(|data| EnipItem { type_id, data }).ok_or(Malformed::Truncated { need, have }))
    }
}
