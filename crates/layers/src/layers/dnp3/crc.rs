//! The check values of frames, IEEE Std 1815 clause 9.2.6.

/// The polynomial, from the lowest bit on.
const POLYNOMIAL: u16 = 0xa6bc;

/// The check value of some bytes.
pub(super) fn crc(bytes: &[u8]) -> u16 {
    let sum = bytes.iter().fold(0, |sum: u16, &byte| {
        (0..8).fold(sum ^ u16::from(byte), |sum, _| {
            let shifted = sum >> 1;
            if sum & 1 == 0 { shifted } else { shifted ^ POLYNOMIAL }
        })
    });
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    // tshark -r dnp3__dnp3_en_spon.pcap; and the check value that catalogues of them have.
    #[test]
    fn check_values_are_those_of_others() {
        assert_eq!(crc(b"123456789"), 0xea82);
        assert_eq!(crc(&[]), 0xffff);
        assert_eq!(crc(&[0]), 0xffff);
    }
}
