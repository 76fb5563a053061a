//! Sets: templates, and data that templates give a meaning to.

use super::template::{NetflowRecord, NetflowRecords, NetflowTemplate};
use crate::Malformed;

/// Bytes in front of the content of a set.
pub(super) const SET_HEADER_LEN: usize = 4;
/// Templates of a datagram that are kept at once, each at the place of its number. Exporters number
/// them one by one, so that those of a datagram do not meet. The bound makes the search for one of
/// many, for as many sets of data, a look at one place.
const KEPT_TEMPLATES: usize = 64;

/// What a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetflowSetKind {
    /// Templates.
    Templates,
    /// Templates of data that is not about flows.
    OptionsTemplates,
    /// Records of the template of this number.
    Data(u16),
    /// A number that is not in use.
    Reserved(u16),
}

/// A set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetflowSet<'a> {
    /// Its number: that of a template from 256 on.
    pub id: u16,
    /// What is behind the number and the length.
    pub content: &'a [u8],
    /// Whether this is IPFIX, and not version 9.
    pub is_ipfix: bool,
}

impl<'a> NetflowSet<'a> {
    /// What the set holds.
    pub fn kind(&self) -> NetflowSetKind {
        match (self.id, self.is_ipfix) {
            (0, false) | (2, true) => NetflowSetKind::Templates,
            (1, false) | (3, true) => NetflowSetKind::OptionsTemplates,
            (256.., _) => NetflowSetKind::Data(self.id),
            _ => NetflowSetKind::Reserved(self.id),
        }
    }

    /// The templates, if these are such.
    pub fn templates(&self) -> NetflowTemplates<'a> {
        let is_options = match self.kind() {
            NetflowSetKind::Templates => false,
            NetflowSetKind::OptionsTemplates => true,
            _ => return NetflowTemplates { rest: &[], is_options: false, is_ipfix: false },
        };
        NetflowTemplates { rest: self.content, is_options, is_ipfix: self.is_ipfix }
    }
}

/// The sets of a datagram. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetflowSets<'a> {
    rest: &'a [u8],
    is_ipfix: bool,
}

impl<'a> NetflowSets<'a> {
    pub(super) fn new(bytes: &'a [u8], is_ipfix: bool) -> Self {
        Self { rest: bytes, is_ipfix }
    }

    fn split(&mut self) -> Result<NetflowSet<'a>, Malformed> {
        let have = self.rest.len();
        let Some((&[a, b, c, d], _)) = self.rest.split_first_chunk() else {
            return Err(Malformed::Truncated { need: SET_HEADER_LEN, have });
        };
        let need = usize::from(u16::from_be_bytes([c, d]));
        if need < SET_HEADER_LEN {
            return Err(Malformed::Field { name: "set length", value: need as u64 });
        }
        let truncated = Malformed::Truncated { need, have };
        let (set, rest) = self.rest.split_at_checked(need).ok_or(truncated)?;
        let content = set.get(SET_HEADER_LEN..).unwrap_or_default();
        self.rest = rest;
        Ok(NetflowSet { id: u16::from_be_bytes([a, b]), content, is_ipfix: self.is_ipfix })
    }
}

impl<'a> Iterator for NetflowSets<'a> {
    type Item = Result<NetflowSet<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let set = self.split();
        if set.is_err() {
            self.rest = &[];
        }
        Some(set)
    }
}

/// The templates of a set. Ends behind the first error, and at padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetflowTemplates<'a> {
    rest: &'a [u8],
    is_options: bool,
    is_ipfix: bool,
}

impl<'a> NetflowTemplates<'a> {
    /// What is behind the templates that were read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for NetflowTemplates<'a> {
    type Item = Result<NetflowTemplate<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        // Nothing is a template that has no room for a number and a count.
        if self.rest.len() < SET_HEADER_LEN {
            return None;
        }
        match NetflowTemplate::split(self.rest, self.is_options, self.is_ipfix) {
            Ok((template, rest)) => {
                self.rest = rest;
                Some(Ok(template))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// The templates of a datagram that were read last.
#[derive(Clone, Debug)]
pub(super) struct Kept<'a>([Option<NetflowTemplate<'a>>; KEPT_TEMPLATES]);

impl<'a> Kept<'a> {
    pub(super) fn new() -> Self {
        Self([None; KEPT_TEMPLATES])
    }

    pub(super) fn keep(&mut self, template: NetflowTemplate<'a>) {
        let place = usize::from(template.id).checked_rem(KEPT_TEMPLATES);
        if let Some(place) = place.and_then(|place| self.0.get_mut(place)) {
            *place = Some(template);
        }
    }

    pub(super) fn of(&self, id: u16) -> Option<NetflowTemplate<'a>> {
        let place = usize::from(id).checked_rem(KEPT_TEMPLATES)?;
        self.0.get(place).copied().flatten().filter(|template| template.id == id)
    }
}

/// The records of a datagram, of those sets whose template stands in front of them.
#[derive(Clone, Debug)]
pub struct NetflowDataRecords<'a> {
    sets: NetflowSets<'a>,
    templates: Kept<'a>,
    records: Option<NetflowRecords<'a>>,
}

impl<'a> NetflowDataRecords<'a> {
    pub(super) fn new(sets: NetflowSets<'a>) -> Self {
        Self { sets, templates: Kept::new(), records: None }
    }
}

impl<'a> Iterator for NetflowDataRecords<'a> {
    type Item = NetflowRecord<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.records.as_mut().and_then(Iterator::next) {
                return Some(record);
            }
            let set = self.sets.next()?.ok()?;
            for template in set.templates().map_while(Result::ok) {
                self.templates.keep(template);
            }
            self.records = match set.kind() {
                NetflowSetKind::Data(id) => {
                    self.templates.of(id).map(|template| template.records(set.content))
                }
                _ => None,
            };
        }
    }
}
