//! Templates, and records read by them.

use super::elements;
use crate::{Malformed, Value};

/// The length of a field that says its length in front of its value, RFC 7011 section 7.
const VARIABLE: u16 = u16::MAX;
/// The bit that says that the number of an enterprise follows.
const ENTERPRISE: u16 = 0x8000;
/// Bytes of a field of a template, without the number of an enterprise.
const FIELD_LEN: usize = 4;
/// Most fields of no bytes in a template that is read by. They cost time for every record and no
/// bytes, so without a bound a datagram of 64 KiB could ask for a hundred million of them.
const MAX_EMPTY_FIELDS: usize = 8;

/// A field of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetflowField {
    /// What the field is: the number of an element.
    pub element: u16,
    /// Who gave the number, if not IANA (and, before IPFIX, Cisco).
    pub enterprise: Option<u32>,
    /// Bytes of the value; 65535 if it says so itself.
    pub length: u16,
    /// Whether the field says what the others speak of, in a template of options.
    pub is_scope: bool,
}

impl NetflowField {
    /// Whether the value says its length itself.
    pub fn is_variable(&self) -> bool {
        self.length == VARIABLE
    }
}

/// A template: what the records of one number hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetflowTemplate<'a> {
    /// Its number, from 256 on.
    pub id: u16,
    /// Whether it is one of options, which speak of other things than flows.
    pub is_options: bool,
    /// Whether this is IPFIX, and not version 9.
    pub is_ipfix: bool,
    /// Bytes (version 9) or number (IPFIX) of the fields that are the scope.
    pub scope: u16,
    /// Bytes of the other fields (options of version 9), or number of all.
    pub count: u16,
    /// The fields, as they are on the wire.
    pub(super) field_bytes: &'a [u8],
    /// Bytes of a record at least; zero, if the template is not read by. Worked out once, and not
    /// for every set of data: there may be thousands of either in a datagram.
    min_len: usize,
}

impl<'a> NetflowTemplate<'a> {
    /// Takes one off the front.
    pub(super) fn split(
        bytes: &'a [u8],
        is_options: bool,
        is_ipfix: bool,
    ) -> Result<(Self, &'a [u8]), Malformed> {
        let have = bytes.len();
        let number = |at: usize| {
            let end = at.saturating_add(2);
            let number = bytes.get(at..end).and_then(|number| number.as_array());
            number
                .map(|number| u16::from_be_bytes(*number))
                .ok_or(Malformed::Truncated { need: end, have })
        };
        let id = number(0)?;
        let (scope, count, header_len) = match (is_options, is_ipfix) {
            (false, _) => (0, number(2)?, 4),
            (true, false) => (number(2)?, number(4)?, 6),
            (true, true) => (number(4)?, number(2)?, 6),
        };
        if is_options && is_ipfix && scope > count {
            return Err(Malformed::Field { name: "scope field count", value: scope.into() });
        }
        let rest = bytes.get(header_len..).unwrap_or_default();
        let len = match (is_options, is_ipfix) {
            (true, false) => usize::from(scope).saturating_add(count.into()),
            (false, false) => usize::from(count).saturating_mul(FIELD_LEN),
            (_, true) => ipfix_fields_len(rest, count),
        };
        let need = header_len.saturating_add(len);
        let (field_bytes, rest) =
            rest.split_at_checked(len).ok_or(Malformed::Truncated { need, have })?;
        let template = Self { id, is_options, is_ipfix, scope, count, field_bytes, min_len: 0 };
        Ok((Self { min_len: template.min_record_len(), ..template }, rest))
    }

    /// The fields.
    pub fn fields(&self) -> NetflowFields<'a> {
        NetflowFields {
            rest: self.field_bytes,
            scope_left: self.scope.into(),
            is_ipfix: self.is_ipfix,
        }
    }

    /// The records of a set of data. None, if a record would be of no bytes.
    pub fn records(&self, data: &'a [u8]) -> NetflowRecords<'a> {
        NetflowRecords { template: *self, rest: data }
    }

    /// Bytes of a record at least; zero, if the template cannot be read by.
    fn min_record_len(&self) -> usize {
        let lengths = self.fields().map(|field| match field.length {
            VARIABLE if self.is_ipfix => 1,
            length => usize::from(length),
        });
        let empty = lengths.clone().filter(|len| *len == 0).count();
        if empty > MAX_EMPTY_FIELDS { 0 } else { lengths.fold(0, usize::saturating_add) }
    }
}

/// Bytes of so many fields of IPFIX: more than there are, if they are cut short.
fn ipfix_fields_len(bytes: &[u8], count: u16) -> usize {
    (0..count)
        .try_fold(0_usize, |at, _| {
            let kind = bytes.get(at..)?.first()?;
            let len = if kind & 0x80 != 0 { FIELD_LEN.saturating_mul(2) } else { FIELD_LEN };
            at.checked_add(len)
        })
        .unwrap_or(usize::MAX)
}

/// The fields of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetflowFields<'a> {
    rest: &'a [u8],
    /// Bytes (version 9) or number (IPFIX) of fields that are still the scope.
    scope_left: usize,
    is_ipfix: bool,
}

impl Iterator for NetflowFields<'_> {
    type Item = NetflowField;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], mut rest) = self.rest.split_first_chunk()?;
        let (mut element, length) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let mut enterprise = None;
        if self.is_ipfix && element & ENTERPRISE != 0 {
            let (number, behind) = rest.split_first_chunk()?;
            (enterprise, rest) = (Some(u32::from_be_bytes(*number)), behind);
            element &= !ENTERPRISE;
        }
        self.rest = rest;
        let is_scope = self.scope_left > 0;
        let step = if self.is_ipfix { 1 } else { FIELD_LEN };
        self.scope_left = self.scope_left.saturating_sub(step);
        Some(NetflowField { element, enterprise, length, is_scope })
    }
}

/// The records of a set of data. What is too short for one is padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetflowRecords<'a> {
    template: NetflowTemplate<'a>,
    rest: &'a [u8],
}

impl<'a> NetflowRecords<'a> {
    /// What is behind the records that were read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether the template can be read by.
    pub(super) fn is_readable(&self) -> bool {
        self.template.min_len > 0
    }
}

impl<'a> Iterator for NetflowRecords<'a> {
    type Item = NetflowRecord<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.is_readable() || self.rest.len() < self.template.min_len {
            return None;
        }
        let mut values = NetflowRecord { template: self.template, bytes: self.rest }.values();
        values.by_ref().for_each(drop);
        // What is left of a record that is cut short is not one.
        if !values.is_whole {
            return None;
        }
        let (bytes, rest) = self.rest.split_at_checked(values.at)?;
        self.rest = rest;
        Some(NetflowRecord { template: self.template, bytes })
    }
}

/// A record, such as a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetflowRecord<'a> {
    /// What it was read by.
    pub template: NetflowTemplate<'a>,
    /// All of its bytes.
    pub bytes: &'a [u8],
}

impl<'a> NetflowRecord<'a> {
    /// The values of the record.
    pub fn values(&self) -> NetflowValues<'a> {
        let fields = self.template.fields();
        NetflowValues { fields, bytes: self.bytes, at: 0, is_whole: false }
    }
}

/// A value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetflowValue<'a> {
    /// What it is.
    pub field: NetflowField,
    /// Its bytes.
    pub bytes: &'a [u8],
    is_ipfix: bool,
    /// The place of the bytes in the record.
    pub(super) at: usize,
    /// Bytes of the length in front of it.
    pub(super) length_len: usize,
}

impl<'a> NetflowValue<'a> {
    /// Wireshark's name of the element, and the value in its form: a number, an address, text. A
    /// time is a number in the unit of its element.
    pub fn value(&self) -> (&'static str, Value<'a>) {
        elements::value(&self.field, self.is_ipfix, self.bytes)
    }
}

/// The values of a record, as far as they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetflowValues<'a> {
    fields: NetflowFields<'a>,
    bytes: &'a [u8],
    at: usize,
    /// Whether all were there.
    is_whole: bool,
}

impl<'a> NetflowValues<'a> {
    fn read(&mut self, field: NetflowField) -> Option<NetflowValue<'a>> {
        let is_ipfix = self.fields.is_ipfix;
        let rest = self.bytes.get(self.at..)?;
        let (length_len, len) = match (field.length, rest) {
            (VARIABLE, &[u8::MAX, high, low, ..]) if is_ipfix => {
                (3, usize::from(u16::from_be_bytes([high, low])))
            }
            (VARIABLE, &[u8::MAX, ..] | []) if is_ipfix => return None,
            (VARIABLE, &[length, ..]) if is_ipfix => (1, usize::from(length)),
            (length, _) => (0, usize::from(length)),
        };
        let bytes = rest.get(length_len..)?.get(..len)?;
        let at = self.at.saturating_add(length_len);
        self.at = at.saturating_add(len);
        Some(NetflowValue { field, bytes, is_ipfix, at, length_len })
    }
}

impl<'a> Iterator for NetflowValues<'a> {
    type Item = NetflowValue<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(field) = self.fields.next() else {
            self.is_whole = true;
            return None;
        };
        let value = self.read(field);
        if value.is_none() {
            self.fields.rest = &[];
            self.bytes = &[];
            self.at = usize::MAX;
        }
        value
    }
}
