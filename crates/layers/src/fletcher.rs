//! Fletcher's checksum as ISO 8473 and OSPF have it, [RFC 905](https://www.rfc-editor.org/rfc/rfc905)
//! annex B.

/// What stands in the two bytes at `at`, so that the checksum of all bytes is right. The bytes come
/// in parts; there may be no more than 65,535 of them.
pub(crate) fn fletcher(parts: [&[u8]; 2], at: usize) -> u16 {
    let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()));
    let (mut low, mut high) = (0_u32, 0_u32);
    for (place, &byte) in parts.into_iter().flatten().enumerate() {
        let is_checksum = place == at || place.checked_sub(1) == Some(at);
        let byte = if is_checksum { 0 } else { u32::from(byte) };
        low = low.wrapping_add(byte) % 255;
        high = high.wrapping_add(low) % 255;
    }
    let behind = u32::try_from(len.saturating_sub(at) % 255).unwrap_or_default();
    let product = behind.wrapping_mul(low) % 255;
    let x = product.wrapping_add(510).wrapping_sub(low).wrapping_sub(high) % 255;
    let y = high.wrapping_add(255).wrapping_sub(product) % 255;
    // Zero stands for no checksum, so the other zero of this arithmetic is written.
    let nonzero = |sum: u32| if sum == 0 { 255 } else { u8::try_from(sum).unwrap_or(255) };
    u16::from_be_bytes([nonzero(x), nonzero(y)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sums_over_all_bytes_are_zero() {
        let mut bytes = (0..=255).cycle().take(1491).collect::<Vec<u8>>();
        for at in [0, 12, 700, 1489] {
            let sum = fletcher([&bytes[..100], &bytes[100..]], at).to_be_bytes();
            bytes[at..at + 2].copy_from_slice(&sum);
            let (mut low, mut high) = (0_u64, 0_u64);
            for &byte in &bytes {
                low += u64::from(byte);
                high += low;
            }
            assert_eq!((low % 255, high % 255), (0, 0), "at {at}");
        }
    }
}
