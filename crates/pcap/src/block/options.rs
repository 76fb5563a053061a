//! Options of pcapng blocks, [section 3.5](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html#section-3.5).
//!
//! ```text
//!  0                               16                             31
//! |             code              |             length             |
//! |            value, padded to a multiple of four bytes           |
//! ```

use std::borrow::Cow;
use std::fmt;

use rheos_core::Comments;

use crate::block::BlockType;
use crate::error::Error;
use crate::order::ByteOrder;

/// Ends the options; left out by some writers.
const END: u16 = 0;
/// What stands in front of a value, and the whole of an end.
const HEADER: usize = 4;

/// The options of a block: codes and values, in their order, as often as they come.
///
/// They are kept as the bytes of the capture, so that nothing is lost, unknown codes and wrong
/// lengths included. Numbers in values have the byte order of the section: what takes numbers out
/// and puts them in knows it.
///
/// ```
/// use rheos_pcap::{ByteOrder, Options};
///
/// let mut options = Options::new(ByteOrder::Big);
/// options.push(Options::COMMENT, b"one")?;
/// options.push_u32(2, 5)?;
/// options.push(Options::COMMENT, b"two")?;
/// assert_eq!(options.comments().collect::<Vec<_>>(), ["one", "two"]);
/// assert_eq!(options.u32(2), Some(5));
/// assert_eq!(options.iter().nth(1), Some((2, b"\0\0\0\x05".as_slice())));
/// # Ok::<(), rheos_pcap::Error>(())
/// ```
#[derive(Clone)]
pub struct Options<'a> {
    order: ByteOrder,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Options<'a> {
    /// A comment, in any block: UTF-8 by the standard. May be repeated.
    pub const COMMENT: u16 = 1;
    /// A private UTF-8 text that may be copied into another file, behind a
    /// [private enterprise number](CustomOption::enterprise).
    pub const CUSTOM_TEXT: u16 = 0x0bac;
    /// The same of bytes.
    pub const CUSTOM_BYTES: u16 = 0x0bad;
    /// A private UTF-8 text that may not be copied.
    pub const CUSTOM_TEXT_NO_COPY: u16 = 0x4bac;
    /// The same of bytes.
    pub const CUSTOM_BYTES_NO_COPY: u16 = 0x4bad;

    /// No options, for a section in this byte order.
    pub const fn new(order: ByteOrder) -> Self {
        Self { order, bytes: Cow::Borrowed(&[]) }
    }

    /// Options as a block holds them: each padded, with their end or without.
    pub fn from_bytes(order: ByteOrder, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { order, bytes: bytes.into() }
    }

    /// Adds an option behind all others.
    ///
    /// # Errors
    ///
    /// [`Error::OptionLength`] for a value of more than 65,535 bytes, and for the code 0, which is
    /// the end of options; nothing is added then.
    pub fn push(&mut self, code: u16, value: &[u8]) -> Result<(), Error> {
        let length = match u16::try_from(value.len()) {
            Ok(length) if code != END => length,
            _ => return Err(Error::OptionLength { code, length: value.len() as u64 }),
        };
        let order = self.order;
        let well_formed = self.iter().well_formed();
        let bytes = self.bytes.to_mut();
        bytes.truncate(well_formed);
        // The last value of a block may lack its padding.
        bytes.resize(bytes.len().next_multiple_of(HEADER), 0);
        bytes.extend(order.bytes_of_u16(code));
        bytes.extend(order.bytes_of_u16(length));
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(HEADER).saturating_add(HEADER), 0);
        Ok(())
    }

    /// Adds an option of a 32-bit number.
    ///
    /// # Errors
    ///
    /// As of [`push`](Self::push).
    pub fn push_u32(&mut self, code: u16, number: u32) -> Result<(), Error> {
        self.push(code, &self.order.bytes_of_u32(number))
    }

    /// Adds an option of a 64-bit number.
    ///
    /// # Errors
    ///
    /// As of [`push`](Self::push).
    pub fn push_u64(&mut self, code: u16, number: u64) -> Result<(), Error> {
        self.push(code, &self.order.bytes_of_u64(number))
    }

    /// Adds a private option: one of the four `CUSTOM` codes of this type.
    ///
    /// # Errors
    ///
    /// As of [`push`](Self::push).
    pub fn push_custom(&mut self, code: u16, enterprise: u32, value: &[u8]) -> Result<(), Error> {
        let mut bytes = self.order.bytes_of_u32(enterprise).to_vec();
        bytes.extend(value);
        self.push(code, &bytes)
    }

    /// Keeps the options of which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(u16, &[u8]) -> bool) {
        let mut kept = Options::new(self.order);
        for (code, value) in self.iter().filter(|&(code, value)| keep(code, value)) {
            // What has been an option can be one again.
            let _: Result<(), Error> = kept.push(code, value);
        }
        *self = kept;
    }

    /// The same options for a section in this byte order. Numbers are turned where the draft says
    /// that a block of this type has numbers; in unknown options and private values they stay.
    #[must_use]
    pub fn in_order(self, order: ByteOrder, kind: BlockType) -> Self {
        if order == self.order {
            return self;
        }
        let mut turned = Options::new(order);
        for (code, value) in &self {
            let mut value = value.to_vec();
            match numbers(kind, code) {
                Numbers::None => {}
                Numbers::Of(width) => value.chunks_exact_mut(width).for_each(<[u8]>::reverse),
                Numbers::Enterprise => {
                    value.chunks_exact_mut(4).take(1).for_each(<[u8]>::reverse);
                }
            }
            // What has been an option can be one again.
            let _: Result<(), Error> = turned.push(code, &value);
        }
        turned
    }

    /// The same options, independent of the capture.
    pub fn into_owned(self) -> Options<'static> {
        Options { order: self.order, bytes: Cow::Owned(self.bytes.into_owned()) }
    }

    /// The byte order of numbers in the values.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// The bytes that a block holds: each option padded, then their end, unless the capture has
    /// left it out. None at all if there are no options.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Codes and values, in their order. They end where they stop making sense.
    pub fn iter(&self) -> OptionsIter<'_> {
        OptionsIter::new(self.order, &self.bytes)
    }

    /// The value of the first option of this code.
    pub fn get(&self, code: u16) -> Option<&[u8]> {
        self.all(code).next()
    }

    /// The values of all options of this code.
    pub fn all(&self, code: u16) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |&(found, _)| found == code).map(|(_, value)| value)
    }

    /// The first option of this code as a text; what is no UTF-8 in it is replaced.
    pub fn text(&self, code: u16) -> Option<Cow<'_, str>> {
        self.get(code).map(String::from_utf8_lossy)
    }

    /// The first option of this code as a byte.
    pub fn u8(&self, code: u16) -> Option<u8> {
        self.get(code)?.first().copied()
    }

    /// The first option of this code as a 32-bit number; `None` if it is shorter.
    pub fn u32(&self, code: u16) -> Option<u32> {
        Some(self.order.u32(*self.get(code)?.first_chunk()?))
    }

    /// The first option of this code as a 64-bit number; `None` if it is shorter.
    pub fn u64(&self, code: u16) -> Option<u64> {
        Some(self.order.u64(*self.get(code)?.first_chunk()?))
    }

    /// The first option of this code as a time: two 32-bit numbers, the upper half first.
    pub fn ticks(&self, code: u16) -> Option<u64> {
        let ([high, low], _) = self.order.words(self.get(code)?)?;
        Some(u64::from(high) << 32 | u64::from(low))
    }

    /// The comments; what is no UTF-8 in them is replaced.
    pub fn comments(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.all(Self::COMMENT).map(String::from_utf8_lossy)
    }

    /// The private options. One that is too short for its number is left out.
    pub fn custom(&self) -> impl Iterator<Item = CustomOption<'_>> {
        self.iter().filter_map(|(code, value)| {
            let text = matches!(code, Self::CUSTOM_TEXT | Self::CUSTOM_TEXT_NO_COPY);
            let copyable = matches!(code, Self::CUSTOM_TEXT | Self::CUSTOM_BYTES);
            if numbers(BlockType::CUSTOM, code) != Numbers::Enterprise {
                return None;
            }
            let ([enterprise], value) = self.order.words(value)?;
            Some(CustomOption { enterprise, text, copyable, value })
        })
    }
}

impl PartialEq for Options<'_> {
    /// Whether codes and values are the same, in the same order and byte order; not how they end.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter()) && (self.order == other.order || self.is_empty())
    }
}

impl Eq for Options<'_> {}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for &'a Options<'_> {
    type Item = (u16, &'a [u8]);
    type IntoIter = OptionsIter<'a>;

    fn into_iter(self) -> OptionsIter<'a> {
        self.iter()
    }
}

/// A private option, of [`Options::custom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomOption<'a> {
    /// The number by which IANA knows who has defined it.
    pub enterprise: u32,
    /// Whether it is UTF-8.
    pub text: bool,
    /// Whether it may be copied into another file.
    pub copyable: bool,
    /// Its value.
    pub value: &'a [u8],
}

/// Codes and values of options, of [`Options::iter`].
#[derive(Clone, Debug)]
pub struct OptionsIter<'a> {
    order: ByteOrder,
    bytes: &'a [u8],
}

impl<'a> OptionsIter<'a> {
    #[inline]
    pub(crate) fn new(order: ByteOrder, bytes: &'a [u8]) -> Self {
        Self { order, bytes }
    }

    /// How many bytes the options take that make sense, without their end.
    fn well_formed(self) -> usize {
        let all = self.bytes.len();
        let mut used = 0;
        for (_, value) in self {
            let next = value.len().next_multiple_of(HEADER).saturating_add(HEADER);
            used = all.min(next.saturating_add(used));
        }
        used
    }
}

impl<'a> Iterator for OptionsIter<'a> {
    type Item = (u16, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let ([code, length], rest) = self.order.halves(std::mem::take(&mut self.bytes))?;
        if code == END {
            return None;
        }
        let length = usize::from(length);
        let value = rest.get(..length)?;
        self.bytes = rest.get(length.next_multiple_of(HEADER)..).unwrap_or_default();
        Some((code, value))
    }
}

/// The comments among the options of a packet.
#[inline]
pub(crate) fn comments(order: ByteOrder, options: &[u8]) -> Comments<'_> {
    if options.is_empty() {
        return Comments::default();
    }
    match order {
        ByteOrder::Big => Comments::new(options, |packed| next_comment(ByteOrder::Big, packed)),
        ByteOrder::Little => {
            Comments::new(options, |packed| next_comment(ByteOrder::Little, packed))
        }
    }
}

/// Takes options off the front, up to and with the next comment.
fn next_comment<'a>(order: ByteOrder, packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut options = OptionsIter::new(order, packed);
    let comment = options.find(|&(code, _)| code == Options::COMMENT);
    *packed = options.bytes;
    comment.map(|(_, text)| text)
}

/// What in a value has the byte order of the section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    None,
    /// Numbers of so many bytes.
    Of(usize),
    /// A private enterprise number in front.
    Enterprise,
}

/// The numbers in the options of sections 3.5 and 4.
fn numbers(kind: BlockType, code: u16) -> Numbers {
    match (kind, code) {
        (
            _,
            Options::CUSTOM_TEXT
            | Options::CUSTOM_BYTES
            | Options::CUSTOM_TEXT_NO_COPY
            | Options::CUSTOM_BYTES_NO_COPY,
        ) => Numbers::Enterprise,
        // Speeds and an offset in seconds; a time zone and an offset in nanoseconds.
        (BlockType::INTERFACE, 8 | 14 | 16 | 17)
        // Drops and an id.
        | (BlockType::ENHANCED_PACKET, 4 | 5)
        // Counters.
        | (BlockType::INTERFACE_STATISTICS, 4..=8) => Numbers::Of(8),
        (BlockType::INTERFACE, 10 | 19)
        // Flags, a queue, and a process with a thread.
        | (BlockType::ENHANCED_PACKET, 2 | 6 | 8)
        | (BlockType::OBSOLETE_PACKET, 2)
        // Times, each in two halves.
        | (BlockType::INTERFACE_STATISTICS, 2 | 3) => Numbers::Of(4),
        _ => Numbers::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_need_no_end() {
        let options = OptionsIter::new(ByteOrder::Little, b"\x02\0\x03\0abc\0\x07\0\0\0");
        assert_eq!(options.collect::<Vec<_>>(), [(2, b"abc".as_slice()), (7, b"")]);
    }

    #[test]
    fn nothing_follows_the_end() {
        let options = OptionsIter::new(ByteOrder::Big, b"\0\0\0\0\0\x01\0\0");
        assert_eq!(options.count(), 0);
    }

    #[test]
    fn a_length_past_the_block_ends_the_options() {
        for bytes in [b"\x01\0\x05\0abcd".as_slice(), b"\x01\0\xff\xff", b"\x01\0\x01", b"\x01"] {
            assert_eq!(OptionsIter::new(ByteOrder::Little, bytes).count(), 0, "{bytes:x?}");
        }
        // The padding of the last value may be missing.
        let options = OptionsIter::new(ByteOrder::Little, b"\x01\0\x05\0abcde");
        assert_eq!(options.collect::<Vec<_>>(), [(1, b"abcde".as_slice())]);
    }

    #[test]
    fn comments_are_found_between_other_options_in_both_byte_orders() {
        let little = b"\x02\0\x04\0\x01\0\0\0\x01\0\x03\0one\0\x01\0\x02\0\xff\xfe\0\0\0\0\0\0";
        let big = b"\0\x02\0\x04\0\0\0\x01\0\x01\0\x03one\0\0\x01\0\x02\xff\xfe\0\0\0\0\0\0";
        let expected = [b"one".as_slice(), b"\xff\xfe"];
        assert_eq!(comments(ByteOrder::Little, little).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(comments(ByteOrder::Big, big).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_option_is_added_behind_those_that_make_sense() {
        let cases: [&[u8]; 5] = [
            b"\0\x07\0\x02hi\0\0",
            b"\0\x07\0\x02hi\0\0\0\0\0\0",
            b"\0\x07\0\x02hi",
            b"\0\x07\0\x02hi\0\0\0\x01\0\xff",
            b"\0\x07\0\x02hi\0\0\0\0\0\0garbage",
        ];
        for bytes in cases {
            let mut options = Options::from_bytes(ByteOrder::Big, bytes);
            options.push(1, b"x").unwrap();
            assert_eq!(options.as_bytes(), b"\0\x07\0\x02hi\0\0\0\x01\0\x01x\0\0\0\0\0\0\0");
        }
    }

    #[test]
    fn what_no_option_can_hold_is_refused() {
        let mut options = Options::new(ByteOrder::Little);
        let error = options.push(1, &vec![0; 65_536]).unwrap_err();
        assert!(matches!(error, Error::OptionLength { code: 1, length: 65_536 }));
        assert!(matches!(options.push(0, b""), Err(Error::OptionLength { code: 0, length: 0 })));
        assert!(options.is_empty() && options.as_bytes().is_empty());
        options.push(1, &vec![0; 65_535]).unwrap();
        assert_eq!(options.iter().count(), 1);
    }

    #[test]
    fn private_options_have_the_number_of_their_owner() {
        let mut options = Options::new(ByteOrder::Big);
        for code in [0x0bac, 0x0bad, 0x4bac, 0x4bad] {
            options.push_custom(code, 32_473, b"abc").unwrap();
        }
        options.push(0x0bac, b"abc").unwrap();
        options.push(2, b"abcdefg").unwrap();
        let found: Vec<_> = options
            .custom()
            .map(|own| (own.enterprise, own.text, own.copyable, own.value))
            .collect();
        let all = [(true, true), (false, true), (true, false), (false, false)];
        assert_eq!(found, all.map(|(text, copy)| (32_473, text, copy, b"abc".as_slice())));
    }

    #[test]
    fn numbers_turn_with_the_byte_order_and_bytes_do_not() {
        let mut big = Options::new(ByteOrder::Big);
        big.push(Options::COMMENT, b"a comment").unwrap();
        big.push_u64(4, 7).unwrap();
        big.push(2, &[0, 0, 0, 1, 0, 0, 0, 2]).unwrap();
        big.push_custom(Options::CUSTOM_BYTES, 32_473, &[1, 2, 3, 4]).unwrap();
        let little = big.clone().in_order(ByteOrder::Little, BlockType::INTERFACE_STATISTICS);
        assert_eq!((little.u64(4), little.ticks(2)), (Some(7), Some(0x1_0000_0002)));
        assert_eq!(little.comments().collect::<Vec<_>>(), ["a comment"]);
        let custom = little.custom().next().unwrap();
        assert_eq!((custom.enterprise, custom.value), (32_473, [1, 2, 3, 4].as_slice()));
        assert_ne!(little, big);
        assert_eq!(little.in_order(ByteOrder::Big, BlockType::INTERFACE_STATISTICS), big);
    }

    #[test]
    fn options_are_kept_by_choice() {
        let mut options = Options::new(ByteOrder::Little);
        options.push(1, b"comment").unwrap();
        options.push(2, b"kept").unwrap();
        options.retain(|code, _| code != Options::COMMENT);
        assert_eq!(options.iter().collect::<Vec<_>>(), [(2, b"kept".as_slice())]);
        options.retain(|_, _| false);
        assert!(options.as_bytes().is_empty());
    }
}
