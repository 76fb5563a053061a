//! What Modbus messages ask and answer, read and written.

use zerocopy::IntoBytes;

use super::{ModbusDirection, ModbusException, ModbusFunction, ModbusHeader, PROTOCOL};
use crate::{Encode, EncodeError, Protocol};

/// What a message asks or answers: of which function, its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModbusMessage<'a> {
    /// A request for bits or words in a row (functions 1 to 4), or the answer to such a write (15
    /// and 16).
    Read { address: u16, quantity: u16 },
    /// Bits, eight in a byte from the lowest on, or words: the answers of functions 1 to 4 and 23.
    Values(&'a [u8]),
    /// One bit, which is 0xff00 if it is set, or one word (5 and 6), either way.
    WriteSingle { address: u16, value: u16 },
    /// Bits or words in a row (15 and 16).
    WriteMultiple { address: u16, quantity: u16, values: &'a [u8] },
    /// A test of a serial line (8), either way.
    Diagnostics { sub_function: u16, data: &'a [u8] },
    /// A word of which some bits are kept and others set (22), either way.
    MaskWrite { address: u16, and_mask: u16, or_mask: u16 },
    /// Words to write and, behind that, words to read (23).
    ReadWrite {
        read_address: u16,
        read_quantity: u16,
        address: u16,
        quantity: u16,
        values: &'a [u8],
    },
    /// A queue of words (24).
    ReadFifo { address: u16 },
    /// The words in a queue (24).
    Fifo { count: u16, values: &'a [u8] },
    /// How many messages were handled, and whether one is at work (11).
    EventCounter { status: u16, count: u16 },
    /// Something of another kind (43), either way.
    Encapsulated { mei_type: u8, data: &'a [u8] },
    /// A refusal.
    Exception(ModbusException),
    /// What this list does not have, and what is cut short.
    Other(&'a [u8]),
}

impl<'a> ModbusMessage<'a> {
    pub(super) fn read(header: ModbusHeader, way: ModbusDirection, data: &'a [u8]) -> Self {
        if header.is_exception() {
            return match *data {
                [code, ..] => Self::Exception(ModbusException(code)),
                [] => Self::Other(data),
            };
        }
        Self::understood(header.function(), way, data).unwrap_or(Self::Other(data))
    }

    fn understood(function: ModbusFunction, way: ModbusDirection, data: &'a [u8]) -> Option<Self> {
        let mut rest = data;
        let mut word = || {
            let (word, behind) = rest.split_first_chunk()?;
            rest = behind;
            Some(u16::from_be_bytes(*word))
        };
        let is_request = way == ModbusDirection::Request;
        Some(match function.0 {
            5 | 6 => Self::WriteSingle { address: word()?, value: word()? },
            8 => Self::Diagnostics { sub_function: word()?, data: rest },
            22 => Self::MaskWrite { address: word()?, and_mask: word()?, or_mask: word()? },
            43 => {
                let (&mei_type, data) = data.split_first()?;
                Self::Encapsulated { mei_type, data }
            }
            _ if way == ModbusDirection::Unknown => return None,
            1..=4 if is_request => Self::Read { address: word()?, quantity: word()? },
            1..=4 | 23 if !is_request => Self::Values(counted(data)?),
            15 | 16 if is_request => {
                let (address, quantity) = (word()?, word()?);
                Self::WriteMultiple { address, quantity, values: counted(rest)? }
            }
            15 | 16 => Self::Read { address: word()?, quantity: word()? },
            23 => {
                let (read_address, read_quantity) = (word()?, word()?);
                let (address, quantity) = (word()?, word()?);
                let values = counted(rest)?;
                Self::ReadWrite { read_address, read_quantity, address, quantity, values }
            }
            24 if is_request => Self::ReadFifo { address: word()? },
            24 => {
                let (len, count) = (usize::from(word()?), word()?);
                Self::Fifo { count, values: rest.get(..len.checked_sub(2)?)? }
            }
            11 if !is_request => Self::EventCounter { status: word()?, count: word()? },
            _ => return None,
        })
    }

    /// Appends the message without its function code: the inverse of what
    /// [`Modbus::message`](super::Modbus::message) reads.
    ///
    /// # Errors
    ///
    /// There are more values than a byte, or 16 bits of a queue, can count.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut words = |words: &[u16]| {
            words.iter().for_each(|word| out.extend_from_slice(&word.to_be_bytes()));
        };
        match *self {
            Self::Read { address, quantity: word }
            | Self::WriteSingle { address, value: word }
            | Self::EventCounter { status: address, count: word } => words(&[address, word]),
            Self::Values(values) => count(values, out)?,
            Self::WriteMultiple { address, quantity, values } => {
                words(&[address, quantity]);
                count(values, out)?;
            }
            Self::Diagnostics { sub_function, data } => {
                words(&[sub_function]);
                out.extend_from_slice(data);
            }
            Self::MaskWrite { address, and_mask, or_mask } => words(&[address, and_mask, or_mask]),
            Self::ReadWrite { read_address, read_quantity, address, quantity, values } => {
                words(&[read_address, read_quantity, address, quantity]);
                count(values, out)?;
            }
            Self::ReadFifo { address } => words(&[address]),
            Self::Fifo { count, values } => {
                let len = values.len().saturating_add(2);
                words(&[u16::try_from(len).map_err(|_| too_large(len))?, count]);
                out.extend_from_slice(values);
            }
            Self::Encapsulated { mei_type, data } => {
                out.push(mei_type);
                out.extend_from_slice(data);
            }
            Self::Exception(ModbusException(code)) => out.push(code),
            Self::Other(data) => out.extend_from_slice(data),
        }
        Ok(())
    }
}

/// The bytes that a byte in front of them counts.
fn counted(data: &[u8]) -> Option<&[u8]> {
    let (&len, values) = data.split_first()?;
    values.get(..len.into())
}

fn count(values: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    out.push(u8::try_from(values.len()).map_err(|_| too_large(values.len()))?);
    out.extend_from_slice(values);
    Ok(())
}

fn too_large(len: usize) -> EncodeError {
    EncodeError::TooLarge { layer: "modbus", field: "byte count", value: len as u64 }
}

/// A message to be built. Only [`ModbusMessage::Exception`] needs the highest bit of the function
/// code, and it is set for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModbusBuilder<'a> {
    pub function: ModbusFunction,
    pub message: ModbusMessage<'a>,
}

impl Default for ModbusBuilder<'_> {
    /// A request for the first holding register.
    fn default() -> Self {
        let message = ModbusMessage::Read { address: 0, quantity: 1 };
        Self { function: ModbusFunction::READ_HOLDING_REGISTERS, message }
    }
}

impl Encode for ModbusBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let is_exception = matches!(self.message, ModbusMessage::Exception(_));
        let function_code = self.function.0 | if is_exception { super::EXCEPTION } else { 0 };
        out.extend_from_slice(ModbusHeader { function_code }.as_bytes());
        self.message.encode(out)
    }
}
