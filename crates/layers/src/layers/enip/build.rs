//! EtherNet/IP messages to be built.

use zerocopy::IntoBytes;

use super::items::{self, EnipItem, EnipItems};
use super::{EnipHeader, HEADER_LEN, PROTOCOL};
use crate::{Behind, Encode, EncodeError, LayerType, Protocol};

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnipData<'a> {
    /// Of a session to be opened.
    Register { version: u16, flags: u16 },
    /// Items alone, as answers to lists have them.
    Items(&'a [EnipItem<'a>]),
    /// Items for an interface, as messages of CIP have them. Where a layer of CIP follows, the
    /// last item is its own, with no data but the sequence number of a connection.
    Interface { handle: u32, timeout: u16, items: &'a [EnipItem<'a>] },
    /// Anything else.
    Other(&'a [u8]),
}

impl Default for EnipData<'_> {
    fn default() -> Self {
        Self::Other(&[])
    }
}

/// A message to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EnipBuilder<'a> {
    /// Its length is worked out.
    pub header: EnipHeader,
    pub data: EnipData<'a>,
}

impl Encode for EnipBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut data = Vec::new();
        match self.data {
            EnipData::Register { version, flags } => {
                data.extend_from_slice(&version.to_le_bytes());
                data.extend_from_slice(&flags.to_le_bytes());
            }
            EnipData::Items(items) => encode_items(items, &mut data)?,
            EnipData::Interface { handle, timeout, items } => {
                data.extend_from_slice(&handle.to_le_bytes());
                data.extend_from_slice(&timeout.to_le_bytes());
                encode_items(items, &mut data)?;
            }
            EnipData::Other(bytes) => data.extend_from_slice(bytes),
        }
        let mut header = self.header;
        header.length.set(fit("length", data.len())?);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&data);
        Ok(())
    }
}

fn encode_items(items: &[EnipItem<'_>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    out.extend_from_slice(&fit("item count", items.len())?.to_le_bytes());
    items.iter().try_for_each(|item| item.encode(out))
}

fn fit(field: &'static str, value: usize) -> Result<u16, EncodeError> {
    let error = EncodeError::TooLarge { layer: "enip", field, value: value as u64 };
    u16::try_from(value).map_err(|_| error)
}

/// Writes the length of a message that carries another, and of the item that does.
pub(super) fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let is_followed = behind.is_before(LayerType::ENIP);
    let data_len = behind.header_len.saturating_sub(HEADER_LEN);
    let carried_len = behind.payload_len.saturating_add(behind.trailer_len);
    let (header, data) = behind.split::<EnipHeader>(bytes)?;
    // A message may go on in another segment: only what was not given is worked out.
    if is_followed || usize::from(header.length.get()) > data_len {
        return Ok(());
    }
    header.length.set(behind.fit("length", data_len.saturating_add(carried_len))?);
    let Some(start) = items::start(header.command(), data) else { return Ok(()) };
    let mut items = EnipItems::new(data, start);
    let mut last = None;
    while let Some((item, place)) = items.next_place() {
        last = Some((item, place));
    }
    let Some((item, place)) = last.filter(|(item, _)| item.type_id.carries_cip()) else {
        return Ok(());
    };
    let sequence_len = item.type_id.sequence_len();
    if usize::from(item.length) <= sequence_len {
        let length: u16 =
            behind.fit("item length", behind.payload_len.saturating_add(sequence_len))?;
        let field = data.get_mut(place.saturating_sub(2)..place).unwrap_or_default();
        field.copy_from_slice(&length.to_le_bytes());
    }
    Ok(())
}
