//! Extension headers, TS 29.281 section 5.2.

use crate::field_reader::FieldReader;
use crate::{EncodeError, Malformed};

/// Bytes in a unit of length.
const UNIT: usize = 4;
/// Bytes of an extension header around its content: its length and the kind of the next.
const AROUND: usize = 2;

/// An extension header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GtpExtension<'a> {
    /// Kind, such as 0x85 for a PDU session container.
    pub kind: u8,
    /// Content, two bytes less than a multiple of four.
    pub content: &'a [u8],
}

impl GtpExtension<'_> {
    /// Appends the header, in front of one of the kind `next`, or of none if that is zero.
    ///
    /// # Errors
    ///
    /// The content does not fill words of four bytes, or more than 255 of them.
    pub fn encode(&self, next: u8, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.content.len().saturating_add(AROUND);
        let units = len.checked_div(UNIT).and_then(|units| u8::try_from(units).ok());
        let Some(units) = units.filter(|_| len.is_multiple_of(UNIT)) else {
            let (field, value) = ("extension header length", len as u64);
            return Err(EncodeError::TooLarge { layer: super::PROTOCOL.name, field, value });
        };
        out.push(units);
        out.extend_from_slice(self.content);
        out.push(next);
        Ok(())
    }
}

/// The extension headers of a message. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GtpExtensions<'a> {
    kind: u8,
    rest: &'a [u8],
}

impl<'a> GtpExtensions<'a> {
    pub(super) fn new(kind: u8, bytes: &'a [u8]) -> Self {
        Self { kind, rest: bytes }
    }
}

impl<'a> Iterator for GtpExtensions<'a> {
    type Item = Result<GtpExtension<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let kind = std::mem::take(&mut self.kind);
        if kind == 0 {
            return None;
        }
        let have = self.rest.len();
        let Some(&units) = self.rest.first() else {
            return Some(Err(Malformed::Truncated { need: UNIT, have }));
        };
        if units == 0 {
            return Some(Err(Malformed::Field { name: "extension header length", value: 0 }));
        }
        let need = usize::from(units).saturating_mul(UNIT);
        let Some((header, rest)) = self.rest.split_at_checked(need) else {
            return Some(Err(Malformed::Truncated { need, have }));
        };
        self.rest = rest;
        let [_, content @ .., next] = header else { return None };
        self.kind = *next;
        Some(Ok(GtpExtension { kind, content }))
    }
}

/// Bytes of all extension headers.
pub(super) fn len(kind: u8, bytes: &[u8]) -> Result<usize, Malformed> {
    let mut extensions = GtpExtensions::new(kind, bytes);
    extensions.try_for_each(|extension| extension.map(drop))?;
    Ok(bytes.len().saturating_sub(extensions.rest.len()))
}

/// Reports the extension headers, up to the first that is cut short.
pub(super) fn fields(mut kind: u8, reader: &mut FieldReader<'_, '_>) {
    while kind != 0 && !reader.is_empty() {
        let units = reader.u8("gtp.ext_hdr.length").unwrap_or_default();
        let len = usize::from(units).saturating_mul(UNIT).saturating_sub(AROUND);
        // What is not there is not reported.
        let _ = content(kind, &mut reader.part(len));
        kind = reader.u8("gtp.ext_hdr.next").unwrap_or_default();
    }
}

fn content(kind: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        0x40 => reader.u16("gtp.ext_hdr.udp_port").map(drop),
        0x81 => reader.rest_as("gtp.ext_hdr.ran_cont").map(drop),
        0x82 => {
            let word = reader.word(3)?;
            reader.bits("gtp.ext_hdr.spare_bits", word >> 18);
            reader.bits("gtp.ext_hdr.long_pdcp_sn", word & 0x3_ffff);
            reader.rest_as("gtp.ext_hdr.spare_bytes").map(drop)
        }
        0x83 => reader.rest_as("gtp.ext_hdr.xw_ran_cont").map(drop),
        0x85 => {
            const DOWNLINK: u64 = 0;
            const UPLINK: u64 = 1;
            let word = reader.word(1)?;
            let pdu_type = word >> 4;
            reader.bits("gtp.ext_hdr.pdu_ses_con.pdu_type", pdu_type);
            reader.bits("gtp.spare.h1", word & 15);
            let word = reader.word(1)?;
            match pdu_type {
                DOWNLINK => {
                    reader.flag("gtp.ext_hdr.pdu_ses_cont.ppp", word & 0x80 != 0);
                    reader.flag("gtp.ext_hdr.pdu_ses_cont.rqi", word & 0x40 != 0);
                }
                UPLINK => reader.bits("gtp.spare.b7b6", word >> 6),
                _ => return None,
            }
            reader.bits("gtp.ext_hdr.pdu_ses_con.qos_flow_id", word & 0x3f);
            if pdu_type == DOWNLINK && word & 0x80 != 0 {
                let word = reader.word(1)?;
                reader.bits("gtp.ext_hdr.pdu_ses_cont.ppi", word >> 5);
                reader.bits("gtp.spare.b4b0", word & 0x1f);
            }
            Some(())
        }
        0xc0 => reader.u16("gtp.ext_hdr.pdcp_sn").map(drop),
        _ => None,
    }
}
