//! Records, and the way through them.

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::message::{DnsHeader, DnsMessage, QuestionTail};
use super::name::NameEnd;
use super::{DnsClass, DnsData, DnsName, DnsType};
use crate::Malformed;
use crate::layers::split;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DnsSection {
    /// It answers a question; in an update: it must hold.
    Answer,
    /// It tells who knows; in an update: it is to be written.
    Authority,
    /// It may help.
    Additional,
}

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsRecord<'a> {
    pub section: DnsSection,
    pub name: DnsName<'a>,
    pub record_type: DnsType,
    /// The class; of OPT, most bytes of a datagram that the sender takes.
    pub class: DnsClass,
    /// How many seconds it holds; of OPT, upper bits of the response code, version and flags.
    pub ttl: u32,
    /// The data, not yet understood: [`data`](Self::data) is.
    pub data_bytes: &'a [u8],
    /// The place of its data in the message.
    pub(crate) data_at: usize,
}

impl<'a> DnsRecord<'a> {
    /// The data by its type. What is not of the form of its type is unknown.
    #[inline]
    pub fn data(&self) -> DnsData<'a> {
        DnsData::read(self.record_type, self.name.message, self.data_at, self.data_bytes)
    }

    /// Its place in the message.
    pub(crate) fn at(&self) -> usize {
        self.name.at
    }

    /// The place behind it in the message.
    fn end(&self) -> usize {
        self.data_at.saturating_add(self.data_bytes.len())
    }

    /// The response code of 12 bits whose lower 4 are in the header, if this is the OPT record.
    pub fn extended_rcode(&self, header: &DnsHeader) -> Option<u16> {
        let [upper, ..] = self.ttl.to_be_bytes();
        (self.record_type == DnsType::OPT)
            .then(|| u16::from(upper) << 4 | u16::from(header.rcode().0))
    }
}

/// The records of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct DnsRecords<'a> {
    message: &'a [u8],
    at: usize,
    /// Questions not yet stepped over.
    questions: u16,
    /// Records left in each section.
    left: [u16; 3],
    /// How the name of the last record ended: most have the end of another.
    name_end: NameEnd,
}

impl<'a> Iterator for DnsRecords<'a> {
    type Item = Result<DnsRecord<'a>, Malformed>;

    // In line with who asks: a record that a call returns is copied, and the copy waits until its parts are stored.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (left, section) = match &mut self.left {
            [left @ 1..=u16::MAX, ..] => (left, DnsSection::Answer),
            [_, left @ 1..=u16::MAX, _] => (left, DnsSection::Authority),
            [.., left @ 1..=u16::MAX] => (left, DnsSection::Additional),
            _ => return None,
        };
        *left = left.saturating_sub(1);
        let record = self
            .skip_questions()
            .and_then(|()| read_record(self.message, self.at, section, &mut self.name_end));
        match &record {
            Ok(record) => self.at = record.end(),
            Err(_) => self.left = [0; 3],
        }
        Some(record)
    }
}

impl<'a> DnsRecords<'a> {
    pub(super) fn new(message: &DnsMessage<'a>) -> Self {
        let DnsHeader { question_count, answer_count, authority_count, additional_count, .. } =
            *message.header;
        Self {
            message: message.bytes,
            at: size_of::<DnsHeader>(),
            questions: question_count.get(),
            left: [answer_count.get(), authority_count.get(), additional_count.get()],
            name_end: NameEnd::NONE,
        }
    }

    /// The place in the message of the next record, or of the one that is wrong.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    #[inline]
    fn skip_questions(&mut self) -> Result<(), Malformed> {
        while self.questions > 0 {
            self.questions = self.questions.saturating_sub(1);
            let end = DnsName::skip(self.message, self.at);
            let end = end.map(|end| end.saturating_add(size_of::<QuestionTail>()));
            let have = self.message.len();
            let end = end.filter(|&end| end <= have);
            let cut = Malformed::Truncated { need: have.saturating_add(1), have };
            self.at = end.ok_or(cut)?;
        }
        Ok(())
    }
}

/// The fixed part of a record, behind its name.
#[derive(Clone, Copy, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RecordTail {
    record_type: U16,
    class: U16,
    ttl: U32,
    data_length: U16,
}

#[inline(always)]
fn read_record<'a>(
    message: &'a [u8],
    at: usize,
    section: DnsSection,
    name_end: &mut NameEnd,
) -> Result<DnsRecord<'a>, Malformed> {
    let (name, end) = DnsName::read_behind(message, at, name_end)?;
    let cut = |end: usize| Malformed::Truncated {
        need: end.saturating_sub(at),
        have: message.len().saturating_sub(at),
    };
    let data_at = end.saturating_add(size_of::<RecordTail>());
    let tail = split::<RecordTail>(message.get(end..).unwrap_or_default());
    let (tail, rest) = tail.map_err(|_| cut(data_at))?;
    let len = usize::from(tail.data_length.get());
    let data_bytes = rest.get(..len).ok_or_else(|| cut(data_at.saturating_add(len)))?;
    Ok(DnsRecord {
        section,
        name,
        record_type: DnsType(tail.record_type.get()),
        class: DnsClass(tail.class.get()),
        ttl: tail.ttl.get(),
        data_bytes,
        data_at,
    })
}
