//! Whether bytes are a message of DNS.

use rheos_layers::{DnsFlags, DnsMessage, DnsQuestion, DnsRecord, DnsType, Malformed};

/// Most records of a message that is looked at: what a datagram holds has fewer.
const MAX_LOOKED_AT: usize = 64;

/// Whether a message that is all there is hardly anything else.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let Ok(message) = DnsMessage::parse(bytes) else { return false };
    is_likely_header(&message)
        && message.questions().take(MAX_LOOKED_AT).all(is_likely_question)
        && message
            .records()
            .take(MAX_LOOKED_AT)
            .all(|record: Result<DnsRecord<'_>, _>| record.is_ok())
}

/// Whether the front of a message is hardly anything else: its header, and the questions that are
/// there.
pub(super) fn is_front(bytes: &[u8]) -> bool {
    let Ok(message) = DnsMessage::parse(bytes) else { return false };
    let cut = |question: &Result<_, _>| matches!(question, Err(Malformed::Truncated { .. }));
    let mut there = message.questions().take(MAX_LOOKED_AT).take_while(|question| !cut(question));
    is_likely_header(&message) && there.all(is_likely_question)
}

fn is_likely_header(message: &DnsMessage<'_>) -> bool {
    let header = message.header;
    let is_response = message.is_response();
    let answers = header.answer_count.get();
    let is_known = matches!(header.opcode().0, 0..=2 | 4..=5)
        && header.rcode().0 <= 10
        && !header.flags().contains(DnsFlags::Z);
    let asks = matches!(header.question_count.get(), 1..=255);
    let is_answer = is_response && answers > 0;
    // Nobody answers in a question, but multicast DNS tells what it knows.
    let has_room = (1..=255).contains(&answers) || answers == 0;
    is_known && has_room && (asks || is_answer) && (is_response || header.rcode().0 == 0)
}

fn is_likely_question(question: Result<DnsQuestion<'_>, Malformed>) -> bool {
    /// NB, a type of `NetBIOS`: that is another protocol with the same form.
    const NETBIOS: DnsType = DnsType(32);
    /// The bit of the class by which multicast DNS asks for an answer to itself alone.
    const UNICAST: u16 = 0x8000;
    question.is_ok_and(|question| {
        let class = question.class.0 & !UNICAST;
        matches!(class, 1 | 3 | 4 | 254 | 255) && question.question_type != NETBIOS
    })
}
