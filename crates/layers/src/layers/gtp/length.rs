//! The length that a message says, held to its datagram, and worked out.

use super::{GtpHeader, HEADER_LEN, VERSION_0_LEN};
use crate::{Behind, EncodeError, Malformed};

/// Where the length ends, in every version.
const LENGTH_END: usize = 4;

/// A message that says it is longer than its datagram is something else.
pub(super) fn check(header: GtpHeader, datagram_len: Option<usize>) -> Result<(), Malformed> {
    let length = header.length.get();
    let fixed_len = match header.version() {
        0 if header.protocol_type() => HEADER_LEN.saturating_add(VERSION_0_LEN),
        1 if header.protocol_type() => HEADER_LEN,
        // The shortest that stands in front of what these count.
        _ => LENGTH_END,
    };
    match datagram_len {
        Some(have) if fixed_len.saturating_add(length.into()) > have => {
            Err(Malformed::Field { name: "length", value: length.into() })
        }
        _ => Ok(()),
    }
}

pub(super) fn write(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len);
    let header = behind.header::<GtpHeader>(bytes)?;
    let rest_len = if header.version() == 0 { VERSION_0_LEN } else { 0 };
    let len = len.saturating_sub(HEADER_LEN).saturating_sub(rest_len);
    header.length.set(behind.fit("length", len)?);
    Ok(())
}
