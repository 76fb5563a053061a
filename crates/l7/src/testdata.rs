//! Captured conversations for tests, as `tshark -z follow,…,raw` writes them.

use rheos_core::Side;

use crate::kit::Conversation;

/// The pieces of a conversation and who said them.
pub(crate) fn pieces(text: &str) -> Vec<(Side, Vec<u8>)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| match line.strip_prefix('\t') {
            Some(hex) => (Side::Responder, bytes(hex)),
            None => (Side::Initiator, bytes(line)),
        })
        .collect()
}

/// The same as one conversation.
pub(crate) fn conversation(text: &str) -> Conversation {
    let turn = |all: Conversation, (side, bytes)| all.turn(side, bytes);
    pieces(text).into_iter().fold(Conversation::default(), turn)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    let read = digits.map(|pair| u8::from_str_radix(pair, 16));
    read.collect::<Result<_, _>>().unwrap_or_else(|cause| panic!("{hex}: {cause}"))
}
