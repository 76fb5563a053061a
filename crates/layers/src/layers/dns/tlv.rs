//! Options of EDNS and parameters of services, written: a number, a length, and data.

use super::write::fit;
use super::{EdnsOption, SvcParam};
use crate::EncodeError;

impl EdnsOption<'_> {
    /// Appends the option.
    ///
    /// # Errors
    ///
    /// Its data is longer than its length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode_tlv(self.code(), "OPTION-LENGTH", out, |out| self.append_to(out))
    }
}

impl SvcParam<'_> {
    /// Appends the parameter.
    ///
    /// # Errors
    ///
    /// Its value is longer than its length can say.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        encode_tlv(self.key(), "SvcParamValue length", out, |out| self.append_to(out))
    }
}

fn encode_tlv(
    number: u16,
    length: &'static str,
    out: &mut Vec<u8>,
    append: impl FnOnce(&mut Vec<u8>),
) -> Result<(), EncodeError> {
    let mut data = Vec::new();
    append(&mut data);
    let length = fit(length, data.len())?;
    out.extend(number.to_be_bytes());
    out.extend(length.to_bytes());
    out.extend(data);
    Ok(())
}
