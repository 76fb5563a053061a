//! Messages: a header, questions and three sections of records,
//! [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035) section 4.

use bitflags::bitflags;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::records::{DnsRecord, DnsRecords, DnsSection};
use super::{DnsClass, DnsName, DnsOpcode, DnsRcode, DnsType};
use crate::Malformed;
use crate::layers::split;

/// The header on the wire.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct DnsHeader {
    pub id: U16,
    pub flags: U16,
    pub question_count: U16,
    pub answer_count: U16,
    pub authority_count: U16,
    pub additional_count: U16,
}

bitflags! {
    /// The bits of a header around opcode and response code.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DnsFlags: u16 {
        const RESPONSE = 0x8000;
        const AUTHORITATIVE = 0x0400;
        const TRUNCATED = 0x0200;
        const RECURSION_DESIRED = 0x0100;
        const RECURSION_AVAILABLE = 0x0080;
        const Z = 0x0040;
        const AUTHENTIC_DATA = 0x0020;
        const CHECKING_DISABLED = 0x0010;
    }
}

impl DnsHeader {
    /// The bits around opcode and response code.
    pub fn flags(&self) -> DnsFlags {
        DnsFlags::from_bits_truncate(self.flags.get())
    }

    /// Writes the bits around opcode and response code.
    pub fn set_flags(&mut self, flags: DnsFlags) {
        let others = self.flags.get() & !DnsFlags::all().bits();
        self.flags.set(others | flags.bits());
    }

    /// What the message is for, 4 bits.
    pub fn opcode(&self) -> DnsOpcode {
        DnsOpcode(self.flags.to_bytes()[0] >> 3 & 15)
    }

    /// Writes what the message is for, 4 bits.
    pub fn set_opcode(&mut self, opcode: DnsOpcode) {
        self.flags.set(self.flags.get() & !0x7800 | u16::from(opcode.0 & 15) << 11);
    }

    /// How the answer went, 4 bits. EDNS adds more: [`DnsRecord::extended_rcode`].
    pub fn rcode(&self) -> DnsRcode {
        DnsRcode(self.flags.to_bytes()[1] & 15)
    }

    /// Writes how the answer went, 4 bits.
    pub fn set_rcode(&mut self, rcode: DnsRcode) {
        self.flags.set(self.flags.get() & !15 | u16::from(rcode.0 & 15));
    }
}

/// A message. Only its header is checked: questions and records are read when they are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsMessage<'a> {
    pub header: &'a DnsHeader,
    /// The whole message: names point to places in it.
    pub bytes: &'a [u8],
}

impl Default for DnsMessage<'_> {
    /// A message of zeros: no question, no record.
    fn default() -> Self {
        static EMPTY: DnsHeader = DnsHeader {
            id: U16::ZERO,
            flags: U16::ZERO,
            question_count: U16::ZERO,
            answer_count: U16::ZERO,
            authority_count: U16::ZERO,
            additional_count: U16::ZERO,
        };
        Self { header: &EMPTY, bytes: &[0; size_of::<DnsHeader>()] }
    }
}

impl<'a> DnsMessage<'a> {
    /// Checks the header at the front of a message.
    ///
    /// # Errors
    ///
    /// The header is cut short.
    #[inline(always)]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<DnsHeader>(bytes)?;
        Ok(Self { header, bytes })
    }

    /// Number that an answer has in common with its question.
    pub fn id(&self) -> u16 {
        self.header.id.get()
    }

    /// Whether this answers a question.
    pub fn is_response(&self) -> bool {
        self.header.flags().contains(DnsFlags::RESPONSE)
    }

    /// The questions.
    pub fn questions(&self) -> DnsQuestions<'a> {
        let left = self.header.question_count.get();
        DnsQuestions { message: self.bytes, at: size_of::<DnsHeader>(), left }
    }

    /// The records of all sections.
    pub fn records(&self) -> DnsRecords<'a> {
        DnsRecords::new(self)
    }

    /// The records that answer the questions.
    pub fn answers(&self) -> impl Iterator<Item = Result<DnsRecord<'a>, Malformed>> + use<'a> {
        self.section(DnsSection::Answer)
    }

    /// The records that tell who knows.
    pub fn authorities(&self) -> impl Iterator<Item = Result<DnsRecord<'a>, Malformed>> + use<'a> {
        self.section(DnsSection::Authority)
    }

    /// The records beside the answers.
    pub fn additionals(&self) -> impl Iterator<Item = Result<DnsRecord<'a>, Malformed>> + use<'a> {
        self.section(DnsSection::Additional)
    }

    /// The record that is no record but EDNS's part of the header, wherever it stands.
    pub fn edns(&self) -> Option<DnsRecord<'a>> {
        self.records().map_while(Result::ok).find(|record| record.record_type == DnsType::OPT)
    }

    /// Whether a message of this length can hold what its header announces.
    pub(crate) fn is_plausible(&self, len: usize) -> bool {
        // Nothing is shorter than the root with the fixed fields behind it.
        const MIN_QUESTION: u32 = 5;
        const MIN_RECORD: u32 = 11;
        let header = self.header;
        let records = [header.answer_count, header.authority_count, header.additional_count];
        let records =
            records.iter().fold(0_u32, |sum, count| sum.saturating_add(count.get().into()));
        let questions = u32::from(header.question_count.get()).saturating_mul(MIN_QUESTION);
        let need = records.saturating_mul(MIN_RECORD).saturating_add(questions);
        (need as usize).saturating_add(size_of::<DnsHeader>()) <= len
    }

    /// The records of one section; an error of the message stands at the end of each.
    fn section(
        &self,
        section: DnsSection,
    ) -> impl Iterator<Item = Result<DnsRecord<'a>, Malformed>> + use<'a> {
        let is_wanted = move |record: &Result<DnsRecord<'a>, Malformed>| {
            record.as_ref().map_or(true, |record| record.section == section)
        };
        self.records().filter(is_wanted)
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsQuestion<'a> {
    pub name: DnsName<'a>,
    pub question_type: DnsType,
    pub class: DnsClass,
}

/// The questions of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct DnsQuestions<'a> {
    message: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> DnsQuestions<'a> {
    /// The place in the message of the next question, or of the one that is wrong.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    /// The next question, and its place in the message.
    pub(crate) fn next_at(&mut self) -> Option<Result<(usize, DnsQuestion<'a>), Malformed>> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        let question = read_question(self.message, at);
        match &question {
            Ok((_, end)) => self.at = *end,
            Err(_) => self.left = 0,
        }
        Some(question.map(|(question, _)| (at, question)))
    }
}

impl<'a> Iterator for DnsQuestions<'a> {
    type Item = Result<DnsQuestion<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_at()?.map(|(_, question)| question))
    }
}

/// The fixed part of a question, behind its name.
#[derive(Clone, Copy, FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct QuestionTail {
    question_type: U16,
    class: U16,
}

fn read_question(message: &[u8], at: usize) -> Result<(DnsQuestion<'_>, usize), Malformed> {
    let (name, end) = DnsName::read(message, at)?;
    let behind = end.saturating_add(size_of::<QuestionTail>());
    let (need, have) = (behind.saturating_sub(at), message.len().saturating_sub(at));
    let tail = split::<QuestionTail>(message.get(end..).unwrap_or_default());
    let (tail, _) = tail.map_err(|_| Malformed::Truncated { need, have })?;
    let (question_type, class) = (DnsType(tail.question_type.get()), DnsClass(tail.class.get()));
    Ok((DnsQuestion { name, question_type, class }, behind))
}
