//! Options of pcapng blocks, [section 3.5](https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html#section-3.5).
//!
//! ```text
//!  0                               16                             31
//! |             code              |             length             |
//! |            value, padded to a multiple of four bytes           |
//! ```

use rheos_core::Comments;

use crate::order::Order;

/// Ends the options; left out by some writers.
const END: u16 = 0;
/// A comment, in any block.
const COMMENT: u16 = 1;

/// The options of a block: code and value. They end where they stop making sense.
#[derive(Clone, Debug)]
pub(crate) struct Options<'a> {
    order: Order,
    bytes: &'a [u8],
}

impl<'a> Options<'a> {
    pub(crate) fn new(order: Order, bytes: &'a [u8]) -> Self {
        Self { order, bytes }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&[a, b, c, d], rest) = std::mem::take(&mut self.bytes).split_first_chunk()?;
        let (code, length) = (self.order.u16([a, b]), usize::from(self.order.u16([c, d])));
        if code == END {
            return None;
        }
        let value = rest.get(..length)?;
        self.bytes = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    }
}

/// The comments among the options of a packet.
#[inline]
pub(crate) fn comments(order: Order, options: &[u8]) -> Comments<'_> {
    if options.is_empty() {
        return Comments::default();
    }
    match order {
        Order::Big => Comments::new(options, |packed| next_comment(Order::Big, packed)),
        Order::Little => Comments::new(options, |packed| next_comment(Order::Little, packed)),
    }
}

/// Takes options off the front, up to and with the next comment.
fn next_comment<'a>(order: Order, packed: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut options = Options::new(order, packed);
    let comment = options.find(|&(code, _)| code == COMMENT);
    *packed = options.bytes;
    comment.map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_need_no_end() {
        let options = Options::new(Order::Little, b"\x02\0\x03\0abc\0\x07\0\0\0");
        assert_eq!(options.collect::<Vec<_>>(), [(2, b"abc".as_slice()), (7, b"")]);
    }

    #[test]
    fn nothing_follows_the_end() {
        let options = Options::new(Order::Big, b"\0\0\0\0\0\x01\0\0");
        assert_eq!(options.count(), 0);
    }

    #[test]
    fn a_length_past_the_block_ends_the_options() {
        for bytes in [b"\x01\0\x05\0abcd".as_slice(), b"\x01\0\xff\xff", b"\x01\0\x01", b"\x01"] {
            assert_eq!(Options::new(Order::Little, bytes).count(), 0, "{bytes:x?}");
        }
        // The padding of the last value may be missing.
        let options = Options::new(Order::Little, b"\x01\0\x05\0abcde");
        assert_eq!(options.collect::<Vec<_>>(), [(1, b"abcde".as_slice())]);
    }

    #[test]
    fn comments_are_found_between_other_options_in_both_byte_orders() {
        let little = b"\x02\0\x04\0\x01\0\0\0\x01\0\x03\0one\0\x01\0\x02\0\xff\xfe\0\0\0\0\0\0";
        let big = b"\0\x02\0\x04\0\0\0\x01\0\x01\0\x03one\0\0\x01\0\x02\xff\xfe\0\0\0\0\0\0";
        let expected = [b"one".as_slice(), b"\xff\xfe"];
        assert_eq!(comments(Order::Little, little).into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(comments(Order::Big, big).into_iter().collect::<Vec<_>>(), expected);
    }
}
