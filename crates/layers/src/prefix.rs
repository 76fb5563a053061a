//! Prefixes of addresses as routing protocols write them: a number of bits, and the bytes that those
//! are in.

/// An address of which only the front is there, and of that so many bits count: the others are zero.
pub(crate) fn prefix<const N: usize>(front: &[u8], bits: u8) -> [u8; N] {
    let mut address = [0; N];
    let mut left = u32::from(bits);
    for (to, byte) in address.iter_mut().zip(front) {
        *to = byte & !0xff_u8.checked_shr(left).unwrap_or_default();
        left = left.saturating_sub(8);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::prefix;

    /// RFC 4271, section 4.3: trailing bits may have any value.
    #[test]
    fn bits_behind_the_prefix_do_not_count() {
        assert_eq!(prefix::<4>(&[10, 255], 10), [10, 0xc0, 0, 0]);
        assert_eq!(prefix::<4>(&[10, 255], 16), [10, 255, 0, 0]);
        assert_eq!(prefix::<4>(&[0xff; 4], 31), [255, 255, 255, 254]);
        assert_eq!(prefix::<4>(&[0xff; 4], 32), [255; 4]);
        assert_eq!(prefix::<4>(&[0xff], 1), [0x80, 0, 0, 0]);
        assert_eq!(prefix::<4>(&[], 0), [0; 4]);
        assert_eq!(prefix::<16>(&[0x20, 1, 0x0d, 0xb9], 31)[..5], [0x20, 1, 0x0d, 0xb8, 0]);
    }
}
