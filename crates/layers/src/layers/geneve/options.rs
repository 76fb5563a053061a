//! Options of Geneve, [RFC 8926](https://www.rfc-editor.org/rfc/rfc8926) section 3.5.
//!
//! ```text
//!  0                               16  17          24      27     31
//! |         option class          | C |   type    | rsvd  | length |
//! |                            data ...                            |
//! ```

use crate::parts::{Parts, Places};
use crate::{EncodeError, FieldSink, Malformed};

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneveOption<'a> {
    /// Who gives the type its meaning.
    pub class: u16,
    /// With the bit that says whether a receiver must understand it.
    pub kind: u8,
    /// The three bits in front of the length, which mean nothing.
    pub reserved: u8,
    /// Whole words of 4 bytes.
    pub data: &'a [u8],
}

impl GeneveOption<'_> {
    /// Whether a receiver must understand the option or drop the packet.
    pub fn is_critical(&self) -> bool {
        self.kind & 0x80 != 0
    }

    /// Appends the option.
    ///
    /// # Errors
    ///
    /// The data is longer than 31 words, or is no whole number of them.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        const MAX_WORDS: u8 = 31;
        let (words, rest) = self.data.as_chunks::<4>();
        let (layer, field, value) = ("geneve", "length", self.data.len() as u64);
        let fit = u8::try_from(words.len()).ok().filter(|words| *words <= MAX_WORDS);
        let length = fit.filter(|_| rest.is_empty());
        let length = length.ok_or(EncodeError::TooLarge { layer, field, value })?;
        out.extend_from_slice(&self.class.to_be_bytes());
        out.extend_from_slice(&[self.kind, self.reserved << 5 | length]);
        out.extend_from_slice(self.data);
        Ok(())
    }
}

/// The options of a header. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct GeneveOptions<'a>(Parts<'a>);

impl<'a> GeneveOptions<'a> {
    pub(super) fn new(options: &'a [u8]) -> Self {
        Self(Parts::new(options))
    }
}

impl<'a> Iterator for GeneveOptions<'a> {
    type Item = Result<GeneveOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let option = take(&mut self.0);
        if option.is_err() {
            self.0.rest = &[];
        }
        Some(option)
    }
}

fn take<'a>(parts: &mut Parts<'a>) -> Result<GeneveOption<'a>, Malformed> {
    let &[a, b, kind, bits] = parts.take::<[u8; 4]>()?;
    let data = parts.bytes(usize::from(bits & 0x1f) << 2)?;
    Ok(GeneveOption { class: u16::from_be_bytes([a, b]), kind, reserved: bits >> 5, data })
}

/// Reports options that start at `start`, up to the first error.
pub(super) fn fields(options: &[u8], start: usize, sink: &mut dyn FieldSink) {
    if options.is_empty() {
        return;
    }
    let end = start.saturating_add(options.len());
    sink.bytes("geneve.options", options, start..end);
    let (mut iterator, mut from) = (GeneveOptions::new(options), 0);
    while let Some(option) = sink.sound(iterator.next(), start.saturating_add(from)) {
        let to = iterator.0.taken();
        let whole = options.get(from..to).unwrap_or_default();
        let mut places = Places(start.saturating_add(from));
        sink.bytes("geneve.option", whole, places.0..start.saturating_add(to));
        sink.number("geneve.option.class", option.class, places.next(2));
        sink.number("geneve.option.type", option.kind, places.next(1));
        let place = places.next(1);
        sink.flag("geneve.option.flags.reserved", option.reserved != 0, place.clone());
        sink.number("geneve.option.length", whole.len() as u64, place);
        if !option.data.is_empty() {
            let place = places.next(option.data.len());
            sink.bytes("geneve.option.unknown.data", option.data, place);
        }
        from = to;
    }
}
