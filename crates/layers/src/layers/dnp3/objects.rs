//! The objects of DNP3, IEEE Std 1815 annex A: what each variation is made of.

use super::Dnp3ObjectHeader;
use super::application::{has_sizes, prefix_len};

/// A part of an object, by tshark's name.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// Eight flags, from the highest bit on.
    Flags(&'static [&'static str; 8]),
    Unsigned(&'static str, usize),
    Signed(&'static str, usize),
    Float(&'static str),
    Double(&'static str),
    /// Milliseconds since 1970, 6 bytes.
    Time,
    /// Milliseconds since a time that another object says, 2 bytes.
    RelativeTime,
    /// What became of a command.
    Status,
    /// The same, and what the command was.
    CommandStatus,
    /// A command to a relay: what to do, how often, and for how long.
    RelayControl,
    /// Bytes that have no name.
    Skip(usize),
}

impl Part {
    fn len(self) -> usize {
        match self {
            Self::Flags(_) | Self::Status | Self::CommandStatus => 1,
            Self::Unsigned(_, len) | Self::Signed(_, len) | Self::Skip(len) => len,
            Self::Float(_) => 4,
            Self::Double(_) => 8,
            Self::Time => 6,
            Self::RelativeTime => 2,
            Self::RelayControl => 11,
        }
    }
}

/// What the objects of a header are.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// So many bits each, one behind the other.
    Bits(u8),
    Parts(&'static [Part]),
    /// A type, a length and a value.
    Attribute,
    /// As many bytes as the variation says.
    Octets,
    /// Something that is as long as the size in front of it.
    File,
    Unknown,
}

use Part::{
    CommandStatus, Double, Flags, Float, RelativeTime, RelayControl, Signed, Skip, Status, Time,
    Unsigned,
};

/// Eight flags of an object, from the highest bit on.
macro_rules! flags {
    ($($name:literal)+) => { Flags(&[$($name),+]) };
}

const BINARY_INPUT: Part = flags!("dnp3.al.biq.b7" "dnp3.al.biq.b6" "dnp3.al.biq.b5"
    "dnp3.al.biq.b4" "dnp3.al.biq.b3" "dnp3.al.biq.b2" "dnp3.al.biq.b1" "dnp3.al.biq.b0");
const BINARY_OUTPUT: Part = flags!("dnp3.al.boq.b7" "dnp3.al.boq.b6" "dnp3.al.boq.b5"
    "dnp3.al.boq.b4" "dnp3.al.boq.b3" "dnp3.al.boq.b2" "dnp3.al.boq.b1" "dnp3.al.boq.b0");
const COUNTER: Part = flags!("dnp3.al.ctrq.b7" "dnp3.al.ctrq.b6" "dnp3.al.ctrq.b5"
    "dnp3.al.ctrq.b4" "dnp3.al.ctrq.b3" "dnp3.al.ctrq.b2" "dnp3.al.ctrq.b1" "dnp3.al.ctrq.b0");
const ANALOG_INPUT: Part = flags!("dnp3.al.aiq.b7" "dnp3.al.aiq.b6" "dnp3.al.aiq.b5"
    "dnp3.al.aiq.b4" "dnp3.al.aiq.b3" "dnp3.al.aiq.b2" "dnp3.al.aiq.b1" "dnp3.al.aiq.b0");
const ANALOG_OUTPUT: Part = flags!("dnp3.al.aoq.b7" "dnp3.al.aoq.b6" "dnp3.al.aoq.b5"
    "dnp3.al.aoq.b4" "dnp3.al.aoq.b3" "dnp3.al.aoq.b2" "dnp3.al.aoq.b1" "dnp3.al.aoq.b0");
const COUNT_32: Part = Unsigned("dnp3.al.cnt", 4);
const COUNT_16: Part = Unsigned("dnp3.al.cnt", 2);
const INPUT_32: Part = Signed("dnp3.al.ana.int", 4);
const INPUT_16: Part = Signed("dnp3.al.ana.int", 2);
const INPUT_FLOAT: Part = Float("dnp3.al.ana.float");
const INPUT_DOUBLE: Part = Double("dnp3.al.ana.double");
const OUTPUT_32: Part = Signed("dnp3.al.anaout.int", 4);
const OUTPUT_16: Part = Signed("dnp3.al.anaout.int", 2);
const OUTPUT_FLOAT: Part = Float("dnp3.al.anaout.float");
const OUTPUT_DOUBLE: Part = Double("dnp3.al.anaout.double");

/// What a variation is made of.
#[rustfmt::skip] // A table is read by its columns.
pub(super) fn kind(group: u8, variation: u8) -> Kind {
    Kind::Parts(match (group, variation) {
        (0, _) => return Kind::Attribute,
        (1 | 10 | 80, 1) | (12, 3) => return Kind::Bits(1),
        (3, 1) => return Kind::Bits(2),
        (70, _) => return Kind::File,
        (110..=113, _) => return Kind::Octets,
        (1 | 3, 2) | (2 | 4, 1) => &[BINARY_INPUT],
        (2 | 4, 2) => &[BINARY_INPUT, Time],
        (2 | 4, 3) => &[BINARY_INPUT, RelativeTime],
        (10, 2) | (11, 1) => &[BINARY_OUTPUT],
        (11, 2) => &[BINARY_OUTPUT, Time],
        (12, 1 | 2) => &[RelayControl],
        (13, 1) => &[CommandStatus],
        (13, 2) => &[CommandStatus, Time],
        (20..=23, 1 | 3) => &[COUNTER, COUNT_32],
        (20..=23, 2 | 4) => &[COUNTER, COUNT_16],
        (20, 5 | 7) | (21, 9 | 11) => &[COUNT_32],
        (20, 6 | 8) | (21, 10 | 12) => &[COUNT_16],
        (21..=23, 5 | 7) => &[COUNTER, COUNT_32, Time],
        (21..=23, 6 | 8) => &[COUNTER, COUNT_16, Time],
        (30..=33, 1) => &[ANALOG_INPUT, INPUT_32],
        (30..=33, 2) => &[ANALOG_INPUT, INPUT_16],
        (30, 3) | (31, 5) => &[INPUT_32],
        (30, 4) | (31, 6) => &[INPUT_16],
        (30 | 32 | 33, 5) | (31, 7) => &[ANALOG_INPUT, INPUT_FLOAT],
        (30 | 32 | 33, 6) | (31, 8) => &[ANALOG_INPUT, INPUT_DOUBLE],
        (31..=33, 3) => &[ANALOG_INPUT, INPUT_32, Time],
        (31..=33, 4) => &[ANALOG_INPUT, INPUT_16, Time],
        (32 | 33, 7) => &[ANALOG_INPUT, INPUT_FLOAT, Time],
        (32 | 33, 8) => &[ANALOG_INPUT, INPUT_DOUBLE, Time],
        (34, 1) => &[Unsigned("dnp3.al.ana.int", 2)],
        (34, 2) => &[Unsigned("dnp3.al.ana.int", 4)],
        (34, 3) => &[INPUT_FLOAT],
        (40 | 42, 1) => &[ANALOG_OUTPUT, OUTPUT_32],
        (40 | 42, 2) => &[ANALOG_OUTPUT, OUTPUT_16],
        (40, 3) | (42, 5) => &[ANALOG_OUTPUT, OUTPUT_FLOAT],
        (40, 4) | (42, 6) => &[ANALOG_OUTPUT, OUTPUT_DOUBLE],
        (41, 1) => &[OUTPUT_32, Status],
        (41, 2) => &[OUTPUT_16, Status],
        (41, 3) => &[OUTPUT_FLOAT, Status],
        (41, 4) => &[OUTPUT_DOUBLE, Status],
        (42, 3) => &[ANALOG_OUTPUT, OUTPUT_32, Time],
        (42, 4) => &[ANALOG_OUTPUT, OUTPUT_16, Time],
        (42, 7) => &[ANALOG_OUTPUT, OUTPUT_FLOAT, Time],
        (42, 8) => &[ANALOG_OUTPUT, OUTPUT_DOUBLE, Time],
        (43, 1) => &[Status, OUTPUT_32],
        (43, 2) => &[Status, OUTPUT_16],
        (43, 3) => &[Status, OUTPUT_32, Time],
        (43, 4) => &[Status, OUTPUT_16, Time],
        (43, 5) => &[Status, OUTPUT_FLOAT],
        (43, 6) => &[Status, OUTPUT_DOUBLE],
        (43, 7) => &[Status, OUTPUT_FLOAT, Time],
        (43, 8) => &[Status, OUTPUT_DOUBLE, Time],
        (50, 1 | 3) | (51, 1 | 2) => &[Time],
        (50, 2) => &[Time, Skip(4)],
        (52, 1 | 2) => &[Unsigned("dnp3.al.time_delay", 2)],
        // Classes of data are named and have no values.
        (60, _) => &[],
        _ => return Kind::Unknown,
    })
}

/// Bytes of indices, sizes and values behind a header; nothing, if that is not known.
pub(super) fn data_len(
    header: &Dnp3ObjectHeader<'_>,
    has_values: bool,
    rest: &[u8],
) -> Option<usize> {
    let count = usize::try_from(header.range.count()).ok()?;
    let prefix = prefix_len(header.qualifier);
    if has_sizes(header.qualifier) {
        return sized(count, prefix, rest);
    }
    if !has_values {
        return count.checked_mul(prefix);
    }
    let value_len = match kind(header.group, header.variation) {
        Kind::Bits(bits) if prefix == 0 => {
            return Some(count.checked_mul(bits.into())?.div_ceil(8));
        }
        Kind::Bits(_) => 1,
        Kind::Parts(parts) => parts.iter().map(|part| part.len()).sum(),
        Kind::Octets => header.variation.into(),
        Kind::Attribute => return attributes(count, prefix, rest),
        Kind::File | Kind::Unknown => return None,
    };
    count.checked_mul(prefix.saturating_add(value_len))
}

/// Objects that say each how long they are.
fn sized(count: usize, prefix: usize, rest: &[u8]) -> Option<usize> {
    let mut len = 0_usize;
    for _ in 0..count {
        let size = rest.get(len..)?.get(..prefix)?;
        let size = size.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        len = len.checked_add(prefix)?.checked_add(size)?;
    }
    Some(len)
}

/// Attributes: a type, and a length of what follows.
fn attributes(count: usize, prefix: usize, rest: &[u8]) -> Option<usize> {
    let mut len = 0_usize;
    for _ in 0..count {
        let &size = rest.get(len..)?.get(prefix.saturating_add(1))?;
        len = len.checked_add(prefix)?.checked_add(2)?.checked_add(size.into())?;
    }
    Some(len)
}
