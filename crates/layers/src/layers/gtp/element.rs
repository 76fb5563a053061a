//! Information elements, TS 29.060 section 7.7: a type and a value, of known length or behind it.

use super::{charging, digits, later, quality};
use crate::field_reader::FieldReader;
use crate::records::{Head, Records};
use crate::{EncodeError, FieldSink, Malformed};

/// TS 29.060, section 7.7.40: the one type whose length is a single byte.
const TYPES_LIST: u8 = 141;

/// An information element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GtpElement<'a> {
    /// Type; from 128 on the element says its length.
    pub kind: u8,
    pub value: &'a [u8],
}

impl GtpElement<'_> {
    /// Appends the element.
    ///
    /// # Errors
    ///
    /// The value has not the length that belongs to its type, or more than 65535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.value.len();
        let too_large = EncodeError::TooLarge {
            layer: super::PROTOCOL.name,
            field: "information element length",
            value: len as u64,
        };
        out.push(self.kind);
        if self.kind == TYPES_LIST {
            out.push(u8::try_from(len).map_err(|_| too_large)?);
        } else if self.kind & 0x80 != 0 {
            let length = u16::try_from(len).map_err(|_| too_large)?;
            out.extend_from_slice(&length.to_be_bytes());
        } else if fixed_len(self.kind) != Some(len) {
            return Err(too_large);
        }
        out.extend_from_slice(self.value);
        Ok(())
    }
}

/// TS 29.060, table 37: bytes of the value of a type that says no length.
fn fixed_len(kind: u8) -> Option<usize> {
    Some(match kind {
        1 | 8 | 11 | 13..=15 | 19..=21 | 23 | 24 | 29 | 126 => 1,
        25..=28 => 2,
        12 => 3,
        4 | 5 | 16 | 17 | 127 => 4,
        18 => 5,
        3 => 6,
        2 => 8,
        22 => 9,
        9 => 28,
        _ => return None,
    })
}

/// GSM 09.60, table 38: what differs in version 0.
fn head_of_version_0(bytes: &[u8]) -> Result<Head, Malformed> {
    let data_len = match bytes.first() {
        Some(6 | 18) => 3,
        Some(16 | 17) => 2,
        _ => return head(bytes),
    };
    Ok(Head { kind: bytes.first().copied().unwrap_or_default().into(), header_len: 1, data_len })
}

fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    let (kind, length) = match *bytes {
        [TYPES_LIST, length, ..] => {
            let kind = TYPES_LIST.into();
            return Ok(Head { kind, header_len: 2, data_len: length.into() });
        }
        [kind @ 0x80..=0xff, high, low, ..] => (kind, Some(u16::from_be_bytes([high, low]))),
        [kind @ 0..0x80, ..] => (kind, None),
        _ => return Err(Malformed::Truncated { need: 3, have: bytes.len() }),
    };
    let (header_len, data_len) = match length {
        Some(length) => (3, length.into()),
        None => {
            let bad = Malformed::Field { name: "type", value: kind.into() };
            (1, fixed_len(kind).ok_or(bad)?)
        }
    };
    Ok(Head { kind: kind.into(), header_len, data_len })
}

/// The information elements of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct GtpElements<'a>(Records<'a>);

impl<'a> GtpElements<'a> {
    /// Elements of a message of version 0, or of 1 and of GTP'.
    pub(crate) fn new(is_version_0: bool, bytes: &'a [u8]) -> Self {
        Self(Records::new(bytes, 0, if is_version_0 { head_of_version_0 } else { head }))
    }
}

impl<'a> Iterator for GtpElements<'a> {
    type Item = Result<GtpElement<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map(|record| {
            let [_, kind] = record.kind.to_be_bytes();
            GtpElement { kind, value: record.data }
        }))
    }
}

/// Reports the information elements, up to the first error.
pub(crate) fn fields(is_version_0: bool, bytes: &[u8], at: usize, sink: &mut dyn FieldSink) {
    let read = if is_version_0 { head_of_version_0 } else { head };
    let mut records = Records::new(bytes, at, read);
    while let Some(record) = sink.sound(records.next(), records.place()) {
        if let Some(name) = length_name(record.kind) {
            let place = record.at.saturating_add(1)..record.data_at();
            sink.number(name, record.data.len() as u64, place);
        }
        let kind_at = record.at..record.at.saturating_add(1);
        if says_kind(record.kind) {
            sink.number("gtp.ie_id", record.kind, kind_at.clone());
        }
        let mut reader = FieldReader::new(record.data, record.data_at(), sink);
        // What is not there is not reported.
        let _ = match (is_version_0, record.kind) {
            (true, 16..=18) => flow_label(record.kind, &mut reader),
            // In version 0 this is why a mobile station cannot be reached.
            (true, 19) => reader.u8("gtp.ms_reason").map(drop),
            _ => value(record.kind, &mut reader),
        };
        // What nothing else shows is there with its type, as it is.
        let rest = reader.skip(reader.rest().len()).unwrap_or_default();
        if !rest.is_empty() {
            let end = record.data_at().saturating_add(record.data.len());
            if !says_kind(record.kind) {
                sink.number("gtp.ie_id", record.kind, kind_at);
            }
            sink.bytes("gtp.ext_val", rest, end.saturating_sub(rest.len())..end);
        }
    }
}

/// GSM 09.60, section 7.9: flow labels are where version 1 has tunnel endpoint identifiers.
fn flow_label(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        16 => reader.u16("gtp.ext_flow_label").map(drop),
        17 => reader.u16("gtp.flow_sig").map(drop),
        _ => {
            bits(reader, "gtp.nsapi", 15)?;
            reader.u16("gtp.flow_ii").map(drop)
        }
    }
}

/// What tshark calls the length of an element.
fn length_name(kind: u16) -> Option<&'static str> {
    match kind {
        0x80 | 0x81 | 0x84 | 0x86 | 0xfc => Some("gtp.length"),
        0x83 => Some("gtp.apn_length"),
        0x85 => Some("gtp.gsn_address_length"),
        0x87 => Some("gtp.qos_umts_length"),
        0x89 => Some("gtp.tft_length"),
        0x8c => Some("gtp.rab_setup_length"),
        0x8d => Some("gtp.num_ext_hdr_types"),
        0xbe => Some("gtp.fqdn_length"),
        0xfe => Some("gtp.node_address_length"),
        0xf9 | 0xfa | 0xfd | ..0x80 => None,
        _ => Some("gtp.ext_length"),
    }
}

/// The elements of which tshark shows the type.
fn says_kind(kind: u16) -> bool {
    matches!(kind, 147 | 184..=198 | 200..=224)
}

fn value(kind: u16, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 => reader.u8("gtp.cause").map(drop),
        2 => digits::field(reader, "e212.imsi", 8),
        3 => {
            digits::network(reader, "e212.rai.mcc", "e212.rai.mnc")?;
            reader.u16("gtp.lac")?;
            reader.u8("gtp.rai_rac").map(drop)
        }
        4 => reader.u32("gtp.tlli").map(drop),
        5 => reader.u32("gtp.ptmsi").map(drop),
        6 => quality::fields(reader),
        8 => flag(reader, "gtp.reorder"),
        9 => {
            reader.bytes("gtp.rand", 16)?;
            reader.bytes("gtp.sres", 4)?;
            reader.bytes("gtp.kc", 8).map(drop)
        }
        11 => reader.u8("gtp.map_cause").map(drop),
        12 => reader.u24("gtp.ptmsi_sig").map(drop),
        13 => flag(reader, "gtp.ms_valid"),
        14 => reader.u8("gtp.recovery").map(drop),
        15 => bits(reader, "gtp.sel_mode", 3),
        16 => reader.u32("gtp.teid_data").map(drop),
        17 => reader.u32("gtp.teid_cp").map(drop),
        19 => flag(reader, "gtp.tear_ind"),
        20 => bits(reader, "gtp.nsapi", 15),
        26 => {
            let word = reader.u16("gtp.chrg_char")?;
            reader.bit_fields(word, &[("gtp.chrg_char_s", 0xf000)]);
            let flags = [
                ("gtp.chrg_char_n", 0x0800),
                ("gtp.chrg_char_p", 0x0400),
                ("gtp.chrg_char_f", 0x0200),
                ("gtp.chrg_char_h", 0x0100),
            ];
            reader.bit_fields(word, &flags);
            reader.bit_fields(word, &[("gtp.chrg_char_r", 0x00ff)]);
            Some(())
        }
        127 => reader.u32("gtp.chrg_id").map(drop),
        0x80 => {
            bits(reader, "gtp.user_addr_pdp_org", 15)?;
            let pdp_type = reader.u8("gtp.user_addr_pdp_type")?;
            match pdp_type {
                0x21 => reader.ipv4("gtp.user_ipv4").map(drop),
                0x57 => reader.ipv6("gtp.user_ipv6").map(drop),
                _ => None,
            }
        }
        0x83 => digits::name(reader, "gtp.apn"),
        0x85 if reader.rest().len() == 4 => reader.ipv4("gtp.gsn_ipv4").map(drop),
        0x85 => reader.ipv6("gtp.gsn_ipv6").map(drop),
        0x87 => {
            bits(reader, "gtp.qos_al_ret_priority", 0xff)?;
            quality::fields(reader)
        }
        0x8d => {
            while !reader.is_empty() {
                reader.u8("gtp.ext_hdr_type")?;
            }
            Some(())
        }
        0xfb if reader.rest().len() == 4 => reader.ipv4("gtp.chrg_ipv4").map(drop),
        0xfb => reader.ipv6("gtp.chrg_ipv6").map(drop),
        0xfe if reader.rest().len() == 4 => reader.ipv4("gtp.node_ipv4").map(drop),
        0xfe => reader.ipv6("gtp.node_ipv6").map(drop),
        126 | 0xf9..=0xfd => charging::value(kind, reader),
        _ => later::value(kind, reader),
    }
}

fn flag(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<()> {
    let word = reader.word(1)?;
    reader.flag(name, word & 1 != 0);
    Some(())
}

fn bits(reader: &mut FieldReader<'_, '_>, name: &'static str, mask: u64) -> Option<()> {
    let word = reader.word(1)?;
    reader.bits(name, word & mask);
    Some(())
}
