//! What user data of DNP3 is: a transport header, an application header and objects.

use std::fmt;

use super::{BLOCK_LEN, CRC_LEN, MAX_USER_DATA, crc, objects};
use crate::key::numbers;
use crate::{EncodeError, Malformed};

/// Group, variation and qualifier.
const OBJECT_HEADER_LEN: usize = 3;

/// User data of a frame, without its check values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnp3UserData {
    bytes: [u8; MAX_USER_DATA],
    len: usize,
    is_whole: bool,
}

impl Dnp3UserData {
    pub(super) fn read(wanted: usize, mut blocks: &[u8]) -> Self {
        let mut data = Self { bytes: [0; MAX_USER_DATA], len: 0, is_whole: false };
        while data.len < wanted {
            let len = wanted.saturating_sub(data.len).min(BLOCK_LEN);
            let Some((block, behind)) = blocks.split_at_checked(len) else { return data };
            let Some((check, rest)) = behind.split_first_chunk() else { return data };
            let end = data.len.saturating_add(len);
            let Some(place) = data.bytes.get_mut(data.len..end) else { return data };
            if u16::from_le_bytes(*check) != crc::crc(block) {
                return data;
            }
            place.copy_from_slice(block);
            (data.len, blocks) = (end, rest);
        }
        data.is_whole = true;
        data
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Whether all blocks are there and have the check values that they must have.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The transport header, if there is user data.
    pub fn transport(&self) -> Option<Dnp3Transport> {
        self.bytes().first().copied().map(Dnp3Transport)
    }

    /// The fragment of the application, if all of it is in this frame.
    pub fn application(&self) -> Option<Dnp3Application<'_>> {
        let transport = self.transport()?;
        let is_all = self.is_whole && transport.is_first() && transport.is_final();
        let bytes = self.bytes().get(1..).filter(|_| is_all)?;
        let (&[control, function], rest) = bytes.split_first_chunk()?;
        let function = Dnp3Function(function);
        let (internal_indications, objects) = if function.is_response() {
            let (indications, objects) = rest.split_first_chunk()?;
            (Some(u16::from_be_bytes(*indications)), objects)
        } else {
            (None, rest)
        };
        Some(Dnp3Application { control, function, internal_indications, objects })
    }
}

/// The place of a byte of user data in its layer.
pub(super) fn place(at: usize) -> usize {
    let checks = at.checked_div(BLOCK_LEN).unwrap_or_default().saturating_mul(CRC_LEN);
    at.saturating_add(checks).saturating_add(super::HEADER_LEN)
}

/// Which part of a fragment user data is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dnp3Transport(pub u8);

impl Dnp3Transport {
    /// Whether the fragment ends here.
    pub fn is_final(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Whether the fragment starts here.
    pub fn is_first(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// The number of the part, 6 bits.
    pub fn sequence(self) -> u8 {
        self.0 & 0x3f
    }
}

/// What a fragment asks for. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dnp3Function(pub u8);

numbers! {
    Dnp3Function "function {}" {
        /// Your answer arrived.
        CONFIRM = 0 "confirm";
        /// These objects.
        READ = 1 "read";
        /// Put these there.
        WRITE = 2 "write";
        /// Make ready.
        SELECT = 3 "select";
        /// Do what was made ready.
        OPERATE = 4 "operate";
        /// Do this.
        DIRECT_OPERATE = 5 "direct operate";
        /// Do this and do not answer.
        DIRECT_OPERATE_NO_RESPONSE = 6 "direct operate, no response";
        /// Keep the counters as they are.
        IMMEDIATE_FREEZE = 7 "immediate freeze";
        /// The same without an answer.
        IMMEDIATE_FREEZE_NO_RESPONSE = 8 "immediate freeze, no response";
        /// Keep them and count anew.
        FREEZE_AND_CLEAR = 9 "freeze and clear";
        /// The same without an answer.
        FREEZE_AND_CLEAR_NO_RESPONSE = 10 "freeze and clear, no response";
        /// Keep them later.
        FREEZE_WITH_TIME = 11 "freeze with time";
        /// The same without an answer.
        FREEZE_WITH_TIME_NO_RESPONSE = 12 "freeze with time, no response";
        /// Start as if switched on.
        COLD_RESTART = 13 "cold restart";
        /// Start the program.
        WARM_RESTART = 14 "warm restart";
        /// Speak unasked.
        ENABLE_UNSOLICITED = 20 "enable unsolicited responses";
        /// Do not.
        DISABLE_UNSOLICITED = 21 "disable unsolicited responses";
        /// What is urgent.
        ASSIGN_CLASS = 22 "assign class";
        /// How long does it take you?
        DELAY_MEASUREMENT = 23 "delay measurement";
        /// Keep the time at which this arrives.
        RECORD_CURRENT_TIME = 24 "record current time";
        /// Open a file.
        OPEN_FILE = 25 "open file";
        /// Close it.
        CLOSE_FILE = 26 "close file";
        /// Take it away.
        DELETE_FILE = 27 "delete file";
        /// What is it?
        GET_FILE_INFO = 28 "get file info";
        /// May I?
        AUTHENTICATE_FILE = 29 "authenticate file";
        /// Never mind.
        ABORT_FILE = 30 "abort file transfer";
        /// Who are you?
        AUTHENTICATE_REQUEST = 32 "authentication request";
        /// The same without an answer.
        AUTHENTICATE_REQUEST_NO_RESPONSE = 33 "authentication request, no response";
        /// What was asked for.
        RESPONSE = 129 "response";
        /// What was not.
        UNSOLICITED_RESPONSE = 130 "unsolicited response";
        /// Who I am.
        AUTHENTICATE_RESPONSE = 131 "authentication response";
    }
}

impl Dnp3Function {
    /// Whether the fragment comes from an outstation, and says how that is.
    pub fn is_response(self) -> bool {
        matches!(self, Self::RESPONSE | Self::UNSOLICITED_RESPONSE)
    }

    /// Whether objects have values, and are not only named.
    pub(super) fn has_values(self) -> bool {
        !matches!(self.0, 1 | 7..=10 | 20..=22)
    }
}

/// A fragment of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnp3Application<'a> {
    pub control: u8,
    pub function: Dnp3Function,
    /// How the outstation is; responses say it.
    pub internal_indications: Option<u16>,
    /// The objects, not yet understood: [`headers`](Self::headers) are.
    pub objects: &'a [u8],
}

impl<'a> Dnp3Application<'a> {
    /// The headers of objects, each with its data, up to the first error. One of a group that is
    /// not known has all that is left as data.
    pub fn headers(&self) -> Dnp3Objects<'a> {
        Dnp3Objects { rest: self.objects, has_values: self.function.has_values() }
    }
}

/// Which objects of a variation a header is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dnp3Range {
    /// From one to another, both included.
    Indices { start: u32, stop: u32 },
    /// An address.
    Absolute(u32),
    /// All of them.
    All,
    /// So many, each behind its index or size, if the qualifier says so.
    Count(u32),
}

impl Dnp3Range {
    /// How many objects there are, as far as the header says.
    pub fn count(self) -> u32 {
        match self {
            Self::Indices { start, stop } => stop.saturating_sub(start).saturating_add(1),
            Self::Count(count) => count,
            Self::Absolute(_) => 1,
            Self::All => 0,
        }
    }
}

/// A header of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dnp3ObjectHeader<'a> {
    pub group: u8,
    pub variation: u8,
    /// What stands in front of each object, 3 bits, and how the range is written, 4 bits.
    pub qualifier: u8,
    pub range: Dnp3Range,
    /// Indices, sizes and values of the objects.
    pub data: &'a [u8],
}

/// Bytes of an index or a size in front of each object.
pub(super) fn prefix_len(qualifier: u8) -> usize {
    match qualifier >> 4 & 7 {
        1 | 4 => 1,
        2 | 5 => 2,
        3 | 6 => 4,
        _ => 0,
    }
}

/// Whether a size stands in front of each object, and no index.
pub(super) fn has_sizes(qualifier: u8) -> bool {
    matches!(qualifier >> 4 & 7, 4..=6)
}

/// Bytes of each number of a range.
pub(super) fn range_len(qualifier: u8) -> Option<usize> {
    Some(match qualifier & 0x0f {
        0 | 3 | 7 | 11 => 1,
        1 | 4 | 8 => 2,
        2 | 5 | 9 => 4,
        6 => 0,
        _ => return None,
    })
}

/// The headers of a fragment. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct Dnp3Objects<'a> {
    rest: &'a [u8],
    has_values: bool,
}

impl<'a> Iterator for Dnp3Objects<'a> {
    type Item = Result<Dnp3ObjectHeader<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.rest);
        if bytes.is_empty() {
            return None;
        }
        let header = self.header(bytes);
        Some(header.map(|(header, behind)| {
            self.rest = behind;
            header
        }))
    }
}

impl<'a> Dnp3Objects<'a> {
    fn header(&self, bytes: &'a [u8]) -> Result<(Dnp3ObjectHeader<'a>, &'a [u8]), Malformed> {
        let cut = |need| Malformed::Truncated { need, have: bytes.len() };
        let (&[group, variation, qualifier], rest) =
            bytes.split_first_chunk().ok_or(cut(OBJECT_HEADER_LEN))?;
        let bad = Malformed::Field { name: "qualifier", value: qualifier.into() };
        let len = range_len(qualifier).ok_or(bad)?;
        let numbers = if qualifier & 0x0f < 3 { 2 } else { 1 };
        let range_len = len.saturating_mul(numbers);
        let (range, rest) = rest
            .split_at_checked(range_len)
            .ok_or(cut(range_len.saturating_add(OBJECT_HEADER_LEN)))?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u32::from(b));
        let (first, second) = range.split_at_checked(len).unwrap_or((range, &[]));
        let range = match qualifier & 0x0f {
            0..=2 => Dnp3Range::Indices { start: number(first), stop: number(second) },
            3..=5 => Dnp3Range::Absolute(number(first)),
            6 => Dnp3Range::All,
            _ => Dnp3Range::Count(number(first)),
        };
        let header = Dnp3ObjectHeader { group, variation, qualifier, range, data: &[] };
        // Where it is not known how long values are, all that is left is data.
        let len = objects::data_len(&header, self.has_values, rest).unwrap_or(rest.len());
        let (data, behind) = rest
            .split_at_checked(len)
            .ok_or(cut(bytes.len().saturating_sub(rest.len()).saturating_add(len)))?;
        Ok((Dnp3ObjectHeader { data, ..header }, behind))
    }
}

impl Dnp3ObjectHeader<'_> {
    /// Appends the header and its data, the range as the qualifier says that it is written.
    ///
    /// # Errors
    ///
    /// The range is not of the kind that the qualifier says, or does not fit it.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let error = |value: u32| EncodeError::TooLarge {
            layer: "dnp3",
            field: "range",
            value: value.into(),
        };
        let (numbers, kinds) = match self.range {
            Dnp3Range::Indices { start, stop } => ([Some(start), Some(stop)], 0..=2),
            Dnp3Range::Absolute(address) => ([Some(address), None], 3..=5),
            Dnp3Range::All => ([None, None], 6..=6),
            Dnp3Range::Count(count) => ([Some(count), None], 7..=11),
        };
        let code = self.qualifier & 0x0f;
        let len = range_len(self.qualifier).filter(|_| kinds.contains(&code));
        let len = len.ok_or(error(self.qualifier.into()))?;
        out.extend_from_slice(&[self.group, self.variation, self.qualifier]);
        for number in numbers.into_iter().flatten() {
            let bytes = number.to_le_bytes();
            let (low, high) = bytes.split_at_checked(len).unwrap_or((&bytes, &[]));
            if high.iter().any(|&byte| byte != 0) {
                return Err(error(number));
            }
            out.extend_from_slice(low);
        }
        out.extend_from_slice(self.data);
        Ok(())
    }
}
