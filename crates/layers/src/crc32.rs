//! The cyclic redundancy check of IEEE Std 802.3 section 3.2.9, which is that of ITU V.42, too.

/// The check value of bytes. On the wire of Ethernet its lower byte comes first.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let crc = bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 }
        })
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value that catalogues of such checks give for these digits.
    #[test]
    fn the_nine_digits_have_their_well_known_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
