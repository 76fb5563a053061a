//! What S7 jobs read and write: items of parameters and of data, read and written.

use zerocopy::IntoBytes;

use super::{PROTOCOL, S7comm, S7commFunction, S7commHeader, S7commRosctr};
use crate::{Encode, EncodeError, Malformed, Protocol};

/// In front of every item of parameters.
pub(super) const VARIABLE_SPECIFICATION: u8 = 0x12;
/// The syntax of addresses of S7-300 and S7-400.
pub(super) const ANY: u8 = 0x10;
/// Bytes of such an item that its length counts.
const ANY_LEN: u8 = 10;
/// Sizes whose length is in bits: bits, bytes and words, integers.
const IN_BITS: [u8; 3] = [3, 4, 5];

/// What is to be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S7commItem<'a> {
    /// Some values in a row in an area of memory.
    Any {
        transport_size: u8,
        /// How many of them.
        length: u16,
        /// The data block, if the area is one.
        db_number: u16,
        area: u8,
        /// In bits, 24 of them; the number of a timer or counter.
        address: u32,
    },
    /// Something that is named another way.
    Other { syntax_id: u8, data: &'a [u8] },
}

impl<'a> S7commItem<'a> {
    fn read(syntax_id: u8, data: &'a [u8]) -> Self {
        match *data {
            [transport_size, a, b, c, d, area, e, f, g] if syntax_id == ANY => Self::Any {
                transport_size,
                length: u16::from_be_bytes([a, b]),
                db_number: u16::from_be_bytes([c, d]),
                area,
                address: u32::from_be_bytes([0, e, f, g]),
            },
            _ => Self::Other { syntax_id, data },
        }
    }

    /// Appends the item, without the byte that makes its length even.
    ///
    /// # Errors
    ///
    /// It is longer than a byte says, or its address than 24 bits.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Self::Any { transport_size, length, db_number, area, address } => {
                let [high, address @ ..] = address.to_be_bytes();
                if high != 0 {
                    return Err(too_large("address", high.into()));
                }
                out.extend_from_slice(&[VARIABLE_SPECIFICATION, ANY_LEN, ANY, transport_size]);
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(&db_number.to_be_bytes());
                out.push(area);
                out.extend_from_slice(&address);
            }
            Self::Other { syntax_id, data } => {
                let len = data.len().saturating_add(1);
                let len = u8::try_from(len).map_err(|_| too_large("item length", len as u64))?;
                out.extend_from_slice(&[VARIABLE_SPECIFICATION, len, syntax_id]);
                out.extend_from_slice(data);
            }
        }
        Ok(())
    }
}

/// A value that was read or is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S7commDataItem<'a> {
    /// 0xff if all went well.
    pub return_code: u8,
    /// What the length counts.
    pub transport_size: u8,
    /// The length as it is sent: bits for sizes 3, 4 and 5, bytes for others.
    pub length: u16,
    pub data: &'a [u8],
}

/// Bytes of a length of a size.
pub(super) fn data_len(transport_size: u8, length: u16) -> u16 {
    if IN_BITS.contains(&transport_size) { length.div_ceil(8) } else { length }
}

impl<'a> S7comm<'a> {
    /// What a job is to read or write, up to the first error.
    pub fn items(&self) -> impl Iterator<Item = Result<S7commItem<'a>, Malformed>> + use<'a> {
        let is_job = self.header.kind() == S7commRosctr::JOB;
        let mut rest = match *self.parameters {
            [4 | 5, _, ref items @ ..] if is_job => items,
            _ => &[],
        };
        std::iter::from_fn(move || {
            let bytes = std::mem::take(&mut rest);
            let cut = |need| Some(Err(Malformed::Truncated { need, have: bytes.len() }));
            let &[specification, len, ref behind @ ..] = bytes else {
                return if bytes.is_empty() { None } else { cut(3) };
            };
            if specification != VARIABLE_SPECIFICATION || len == 0 {
                let value = if len == 0 { len } else { specification };
                return Some(Err(Malformed::Field { name: "item", value: value.into() }));
            }
            let Some((item, behind)) = behind.split_at_checked(len.into()) else {
                return cut(usize::from(len).saturating_add(2));
            };
            // Items start at even places.
            let padding = usize::from(len % 2);
            rest = behind.get(padding..).unwrap_or_default();
            let (&syntax_id, data) = item.split_first()?;
            Some(Ok(S7commItem::read(syntax_id, data)))
        })
    }

    /// What was read or is to be written, up to the first error.
    pub fn data_items(
        &self,
    ) -> impl Iterator<Item = Result<S7commDataItem<'a>, Malformed>> + use<'a> {
        let kind = self.header.kind();
        let has_items = match self.parameters.first() {
            Some(4) => kind == S7commRosctr::ACK_DATA,
            Some(5) => kind == S7commRosctr::JOB,
            _ => false,
        };
        let mut rest = if has_items { self.data } else { &[] };
        std::iter::from_fn(move || {
            let bytes = std::mem::take(&mut rest);
            let cut = |need| Some(Err(Malformed::Truncated { need, have: bytes.len() }));
            let &[return_code, transport_size, a, b, ref behind @ ..] = bytes else {
                return if bytes.is_empty() { None } else { cut(4) };
            };
            let length = u16::from_be_bytes([a, b]);
            let len = usize::from(data_len(transport_size, length));
            let Some((data, behind)) = behind.split_at_checked(len) else {
                return cut(len.saturating_add(4));
            };
            rest = behind.get(len % 2..).unwrap_or_default();
            Some(Ok(S7commDataItem { return_code, transport_size, length, data }))
        })
    }
}

impl S7commDataItem<'_> {
    /// Appends the item, without the byte that makes its length even.
    ///
    /// # Errors
    ///
    /// The length is not that of the data.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if usize::from(data_len(self.transport_size, self.length)) != self.data.len() {
            return Err(too_large("length", self.data.len() as u64));
        }
        out.extend_from_slice(&[self.return_code, self.transport_size]);
        out.extend_from_slice(&self.length.to_be_bytes());
        out.extend_from_slice(self.data);
        Ok(())
    }
}

/// The parameters of a message to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum S7commParameters<'a> {
    /// How many jobs at once, and how long a message.
    Setup { max_amq_calling: u16, max_amq_called: u16, pdu_length: u16 },
    /// What a job is to read.
    Read(&'a [S7commItem<'a>]),
    /// What a job is to write; as many items of data go with it.
    Write(&'a [S7commItem<'a>]),
    /// That so many items were read or written.
    Answer { function: S7commFunction, count: u8 },
    /// Others, as they are sent.
    Other(&'a [u8]),
}

/// A message to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S7commBuilder<'a> {
    /// Its lengths are worked out.
    pub header: S7commHeader,
    /// What went wrong. Answers have it, and no other messages.
    pub error: Option<[u8; 2]>,
    pub parameters: S7commParameters<'a>,
    pub data: &'a [S7commDataItem<'a>],
}

impl Default for S7commBuilder<'_> {
    /// A job that opens a connection for one other job at a time.
    fn default() -> Self {
        let setup =
            S7commParameters::Setup { max_amq_calling: 1, max_amq_called: 1, pdu_length: 480 };
        Self { header: S7commHeader::default(), error: None, parameters: setup, data: &[] }
    }
}

impl Encode for S7commBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (mut parameters, mut data) = (Vec::new(), Vec::new());
        self.parameters.encode(&mut parameters)?;
        for (place, item) in self.data.iter().enumerate() {
            if place > 0 && !data.len().is_multiple_of(2) {
                data.push(0);
            }
            item.encode(&mut data)?;
        }
        let length = |field, bytes: &[u8]| {
            u16::try_from(bytes.len()).map_err(|_| too_large(field, bytes.len() as u64))
        };
        let mut header = self.header;
        header.parameter_length.set(length("parameter length", &parameters)?);
        header.data_length.set(length("data length", &data)?);
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(self.error.as_ref().map_or(&[], |error| error.as_slice()));
        out.extend_from_slice(&parameters);
        out.extend_from_slice(&data);
        Ok(())
    }
}

impl S7commParameters<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let items = |function: S7commFunction, items: &[S7commItem<'_>], out: &mut Vec<u8>| {
            let count = items.len() as u64;
            let count = u8::try_from(count).map_err(|_| too_large("item count", count))?;
            out.extend_from_slice(&[function.0, count]);
            for (place, item) in items.iter().enumerate() {
                if place > 0 && !out.len().is_multiple_of(2) {
                    out.push(0);
                }
                item.encode(out)?;
            }
            Ok(())
        };
        match *self {
            Self::Setup { max_amq_calling, max_amq_called, pdu_length } => {
                out.extend_from_slice(&[S7commFunction::SETUP_COMMUNICATION.0, 0]);
                for word in [max_amq_calling, max_amq_called, pdu_length] {
                    out.extend_from_slice(&word.to_be_bytes());
                }
                Ok(())
            }
            Self::Read(wanted) => items(S7commFunction::READ_VARIABLE, wanted, out),
            Self::Write(wanted) => items(S7commFunction::WRITE_VARIABLE, wanted, out),
            Self::Answer { function, count } => {
                out.extend_from_slice(&[function.0, count]);
                Ok(())
            }
            Self::Other(bytes) => {
                out.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

fn too_large(field: &'static str, value: u64) -> EncodeError {
    EncodeError::TooLarge { layer: "s7comm", field, value }
}
