//! Settings: what can be set in a header by name, beside the fields that it has.

use std::net::Ipv4Addr;

use super::edit::EditError;
use crate::{EncodeError, LayerType, Malformed, Protocol};

/// Something that a header can be given by name, beside the fields that it has: a short name of a
/// field, or a part that takes up more or less room, such as an option.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// The name that people type, such as `mss`; empty, if it is the end of the full one.
    pub name: &'static str,
    /// Wireshark's name of the field that it leads to, such as `tcp.options.mss_val`; empty, if it
    /// has none.
    pub field: &'static str,
    /// What a value is, for the message about a wrong one: `a number up to 65535`.
    pub form: &'static str,
    /// Whether each value stands beside those given before, such as one more answer, so that it is
    /// to be set once only.
    pub is_added: bool,
    /// How a part is written; none for the name of a field.
    write: Option<Write>,
}

/// Writes a header again, with a part of it from text.
type Write = fn(&Before<'_>, &str) -> Result<Vec<u8>, EditError>;

impl Setting {
    /// A short name of a field that is there.
    pub const fn field(name: &'static str, field: &'static str) -> Self {
        Self { name, field, form: "", is_added: false, write: None }
    }

    /// A part of a header that is written from text. The bytes that the function gives back take
    /// the place of the header.
    pub const fn part(
        name: &'static str,
        field: &'static str,
        form: &'static str,
        write: Write,
    ) -> Self {
        Self { name, field, form, is_added: false, write: Some(write) }
    }

    /// A part of a header of which there may be any number: each value is put beside those before.
    pub const fn addition(name: &'static str, form: &'static str, write: Write) -> Self {
        Self { name, field: "", form, is_added: true, write: Some(write) }
    }

    /// Whether this is a part that is written, and not the name of a field that is there.
    pub const fn is_part(&self) -> bool {
        self.write.is_some()
    }

    /// The name that people type.
    pub fn short_name(&self) -> &'static str {
        let option = self.field.split_once(".option.");
        let end = option.or_else(|| self.field.split_once('.')).unwrap_or_default().1;
        if self.name.is_empty() { end } else { self.name }
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.short_name()
            || self.is_part()
                && (name == self.field
                    || self.field.split_once('.').is_some_and(|(_, field)| name == field))
    }

    /// Writes a header with this part, if it is one.
    pub(super) fn write(
        &'static self,
        header: &[u8],
        protocol: &'static Protocol,
        parent: Option<LayerType>,
        text: &str,
    ) -> Option<Result<Vec<u8>, EditError>> {
        let before = Before { header, parent, protocol, setting: self };
        self.write.map(|write| write(&before, text))
    }
}

impl Protocol {
    /// The setting of a name: short, or Wireshark's with or without the name of the protocol.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().copied().flatten().find(|setting| setting.is_named(name))
    }
}

/// A header that is to be written again with another part.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Before<'a> {
    /// Its bytes.
    pub header: &'a [u8],
    /// The layer around.
    pub parent: Option<LayerType>,
    /// The layer.
    pub protocol: &'static Protocol,
    /// What is set.
    pub setting: &'static Setting,
}

impl Before<'_> {
    /// The error for a text that is no value of the setting.
    pub fn refuse(&self) -> EditError {
        EditError::Form { name: self.setting.short_name(), form: self.setting.form }
    }

    /// The error for a header that cannot be read, so that nothing can be put into it.
    pub fn unreadable(&self, cause: Malformed) -> EditError {
        EncodeError::Malformed { layer: self.protocol.name, cause }.into()
    }

    /// A number, in decimal or behind `0x`, that fits its type.
    ///
    /// # Errors
    ///
    /// The text is none.
    pub fn number<T: TryFrom<i128>>(&self, text: &str) -> Result<T, EditError> {
        let number = number(text).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.refuse())
    }

    /// Bytes from pairs of hexadecimal digits.
    ///
    /// # Errors
    ///
    /// The text is none.
    pub fn bytes(&self, text: &str) -> Result<Vec<u8>, EditError> {
        hex(text).ok_or_else(|| self.refuse())
    }

    /// IPv4 addresses with commas between them.
    ///
    /// # Errors
    ///
    /// The text is none.
    pub fn ipv4_addresses(&self, text: &str) -> Result<Vec<[u8; 4]>, EditError> {
        let addresses = text.split(',').map(str::parse::<Ipv4Addr>);
        let addresses = addresses.map(|address| address.map(|address| address.octets()));
        addresses.collect::<Result<_, _>>().map_err(|_| self.refuse())
    }

    /// The bits that letters or names stand for, or a number: `SA`, `SYN+ACK` or `0x12`.
    ///
    /// # Errors
    ///
    /// A letter or name stands for nothing.
    pub fn bits(&self, text: &str, bits: &[(&str, u16)]) -> Result<u16, EditError> {
        if let Some(number) = number(text) {
            return u16::try_from(number).map_err(|_| self.refuse());
        }
        let bit = |name: &str| {
            let found = bits.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, bit)| *bit)
        };
        let by_name = text.split('+').map(bit).try_fold(0, |all, bit| Some(all | bit?));
        let by_letter = || {
            let letters = text.char_indices().map(|(at, c)| text.get(at..)?.get(..c.len_utf8()));
            letters.map(|letter| bit(letter?)).try_fold(0, |all, bit| Some(all | bit?))
        };
        by_name.or_else(by_letter).ok_or_else(|| self.refuse())
    }
}

/// A number from text: decimal, hexadecimal behind `0x`, or a bit in words.
pub(crate) fn number(text: &str) -> Option<i128> {
    match (text, text.strip_prefix("0x")) {
        ("true", _) => Some(1),
        ("false", _) => Some(0),
        (_, Some(digits)) => i128::from_str_radix(digits, 16).ok(),
        _ => text.parse().ok(),
    }
}

/// Bytes from pairs of hexadecimal digits.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |&[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_make_bytes() {
        assert_eq!(hex("00fF"), Some(vec![0, 255]));
        assert_eq!((hex("0"), hex("0g"), hex("")), (None, None, Some(vec![])));
    }

    #[test]
    fn no_two_settings_of_a_protocol_share_a_name() {
        for protocol in crate::layers::BUILTIN {
            let names = protocol.settings.iter().copied().flatten().map(Setting::short_name);
            let mut names: Vec<_> = names.collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", protocol.name);
        }
    }
}
