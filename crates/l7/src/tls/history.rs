//! What came in clear text, in the letters of Zeek's `ssl_history`.

use rheos_core::Side;
use rheos_layers::TlsHandshakeType as Type;

use super::TlsHandshake;

/// Letters that are kept, as many as Zeek does (`SSL::max_ssl_history_length`): nobody has to come to an end.
const MAX_HISTORY: usize = 100;

pub(super) const HELLO_RETRY_REQUEST: char = 'J';
pub(super) const CHANGE_CIPHER_SPEC: char = 'I';
pub(super) const ALERT: char = 'L';
pub(super) const HEARTBEAT: char = 'B';

/// The letter of a handshake message.
pub(super) fn letter(kind: Type) -> char {
    match kind.0 {
        0 => 'H',
        1 => 'C',
        2 => 'S',
        3 => 'V',
        4 => 'T',
        5 => 'E',
        6 => HELLO_RETRY_REQUEST,
        8 => 'O',
        11 => 'X',
        12 => 'K',
        13 => 'R',
        14 => 'N',
        15 => 'Y',
        16 => 'G',
        20 => 'F',
        21 => 'W',
        22 => 'U',
        23 => 'A',
        24 => 'P',
        254 => 'M',
        _ => 'Z',
    }
}

/// Adds a letter.
pub(super) fn note(handshake: &mut TlsHandshake, side: Side, letter: char) {
    let history = &mut handshake.history;
    let is_flipped = handshake.client == Some(Side::Responder);
    if is_flipped && letter == 'C' && !history.contains('^') && history.len() < MAX_HISTORY {
        history.push('^');
    }
    if history.len() >= MAX_HISTORY {
        return;
    }
    let is_client = side == handshake.client.unwrap_or(Side::Initiator);
    history.push(if is_client { letter } else { letter.to_ascii_lowercase() });
}
