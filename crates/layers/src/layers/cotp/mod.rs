//! ISO 8073 connection-oriented transport protocol, ITU-T
//! [X.224](https://www.itu.int/rec/T-REC-X.224) section 13.
//!
//! ```text
//!  0             8      12     16                             31
//! |    length    | type |credit|  reference, number, class ...
//! | parameter code | parameter length | parameter value ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::octet_tlvs::OctetTlvs;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape};

mod fields;
#[cfg(test)]
mod tests;

/// Section 13.2.1: the length of 255 is reserved.
const RESERVED_LENGTH: u8 = u8::MAX;

/// The front of a TPDU on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct CotpHeader {
    /// Bytes of header behind this field.
    pub length_indicator: u8,
    pub code_and_credit: u8,
}

impl Default for CotpHeader {
    /// Data without its number.
    fn default() -> Self {
        Self { length_indicator: 1, code_and_credit: CotpType::DATA.0 << 4 }
    }
}

impl CotpHeader {
    /// What the TPDU is, 4 bits.
    pub fn tpdu_type(&self) -> CotpType {
        CotpType(self.code_and_credit >> 4)
    }

    /// How many TPDUs may be sent, 4 bits; 0 in TPDUs that do not say.
    pub fn credit(&self) -> u8 {
        self.code_and_credit & 0x0f
    }

    /// Writes [`credit`](Self::credit), its low 4 bits.
    pub fn set_credit(&mut self, credit: u8) {
        self.code_and_credit = self.code_and_credit & 0xf0 | credit & 0x0f;
    }

    /// Writes what the TPDU is, its low 4 bits.
    pub fn set_tpdu_type(&mut self, kind: CotpType) {
        self.code_and_credit = self.code_and_credit & 0x0f | kind.0 << 4;
    }
}

/// What a TPDU is, 4 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CotpType(pub u8);

numbers! {
    CotpType "type {}" {
        /// Data that overtakes.
        EXPEDITED_DATA = 1 "expedited data";
        /// It arrived.
        EXPEDITED_DATA_ACKNOWLEDGEMENT = 2 "expedited data acknowledgement";
        /// Send again from here on.
        REJECT = 5 "reject";
        /// Data arrived up to here.
        DATA_ACKNOWLEDGEMENT = 6 "data acknowledgement";
        /// That was no TPDU.
        ERROR = 7 "error";
        /// The connection ends, or never was.
        DISCONNECT_REQUEST = 8 "disconnect request";
        /// It ended.
        DISCONNECT_CONFIRM = 12 "disconnect confirm";
        /// The connection is there.
        CONNECTION_CONFIRM = 13 "connection confirm";
        /// A connection is asked for.
        CONNECTION_REQUEST = 14 "connection request";
        /// Data.
        DATA = 15 "data";
    }
}

/// A parameter of a TPDU: its code and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CotpParameter<'a> {
    pub code: u8,
    pub value: &'a [u8],
}

impl CotpParameter<'_> {
    /// Largest TPDU, as a power of two.
    pub const TPDU_SIZE: u8 = 0xc0;
    /// Who calls.
    pub const CALLING_TSAP: u8 = 0xc1;
    /// Who is called.
    pub const CALLED_TSAP: u8 = 0xc2;

    /// Appends the parameter.
    ///
    /// # Errors
    ///
    /// Its value is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let value = self.value.len() as u64;
        let error = EncodeError::TooLarge { layer: "cotp", field: "parameter length", value };
        let len = u8::try_from(self.value.len()).map_err(|_| error)?;
        out.extend_from_slice(&[self.code, len]);
        out.extend_from_slice(self.value);
        Ok(())
    }
}

/// A TPDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cotp<'a> {
    pub header: &'a CotpHeader,
    /// What is behind these two bytes in the header: references, numbers and parameters.
    pub variable: &'a [u8],
    /// The data.
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Cotp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<CotpHeader>(bytes)?;
        let length = header.length_indicator;
        let Some(min) = fields::min_length(header.tpdu_type()) else {
            let value = header.tpdu_type().0.into();
            return Err(Malformed::Field { name: "TPDU type", value });
        };
        if length < min || length == RESERVED_LENGTH {
            return Err(Malformed::Field { name: "length indicator", value: length.into() });
        }
        let need = usize::from(length).saturating_add(1);
        let cut = Malformed::Truncated { need, have: bytes.len() };
        let len = usize::from(length).saturating_sub(1);
        let (variable, payload) = rest.split_at_checked(len).ok_or(cut)?;
        Ok(Self { header, variable, payload })
    }

    fn shape(&self) -> Shape {
        let header_len = usize::from(self.header.length_indicator).saturating_add(1);
        // What is a part only cannot be read; nothing tells that the last part is one.
        let next = if self.is_end_of_data() == Some(true) {
            Next::One(Key::parent(LayerType::COTP))
        } else {
            Next::End
        };
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("cotp.li", header.length_indicator, 0..1);
        sink.number("cotp.type", header.tpdu_type().0, 1..2);
        // What is not there is not reported.
        let _ = fields::variable(*header, &mut FieldReader::new(self.variable, 2, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.header.tpdu_type())?;
        if self.is_end_of_data() == Some(false) { f.write_str(", more follows") } else { Ok(()) }
    }
}

impl<'a> Cotp<'a> {
    /// Who the TPDU is for, but for data of classes 0 and 1.
    pub fn destination_reference(&self) -> Option<u16> {
        let is_short = self.header.tpdu_type() == CotpType::DATA && self.variable.len() == 1;
        let reference = self.variable.first_chunk().filter(|_| !is_short)?;
        Some(u16::from_be_bytes(*reference))
    }

    /// Who it is from, in TPDUs that open and end connections.
    pub fn source_reference(&self) -> Option<u16> {
        let reference = self.variable.get(2..).and_then(|rest| rest.first_chunk());
        let has_one = fields::has_source(self.header.tpdu_type());
        reference.filter(|_| has_one).map(|reference| u16::from_be_bytes(*reference))
    }

    /// Whether data ends with this TPDU; nothing, if it is no data.
    pub fn is_end_of_data(&self) -> Option<bool> {
        if self.header.tpdu_type() != CotpType::DATA {
            return None;
        }
        let place = if self.variable.len() == 1 { 0 } else { 2 };
        self.variable.get(place).map(|number| number & 0x80 != 0)
    }

    /// The parameters, up to the first error.
    pub fn parameters(
        &self,
    ) -> impl Iterator<Item = Result<CotpParameter<'a>, Malformed>> + use<'a> {
        let all = self.variable.len().saturating_sub(self.user_data().len());
        let start = fields::fixed_len(self.header.tpdu_type(), self.variable.len());
        OctetTlvs::new(self.variable.get(..all).unwrap_or_default(), start)
            .map(|tlv| tlv.map(|tlv| CotpParameter { code: tlv.kind, value: tlv.value }))
    }

    /// What stands in the place of the parameters and is none, such as what remote desktops ask in
    /// a connection request.
    pub fn user_data(&self) -> &'a [u8] {
        let start = fields::fixed_len(self.header.tpdu_type(), self.variable.len());
        let behind = self.variable.get(start..).unwrap_or_default();
        match behind.first() {
            Some(&code) if !fields::is_parameter(code) => behind,
            _ => &[],
        }
    }
}

impl Header for CotpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A TPDU to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CotpBuilder<'a> {
    /// Its length is worked out.
    pub header: CotpHeader,
    /// What stands between the type and the parameters: references, a number, a class or a cause.
    pub fixed: &'a [u8],
    pub parameters: &'a [CotpParameter<'a>],
}

impl Default for CotpBuilder<'_> {
    /// Data of class 0 that ends here.
    fn default() -> Self {
        Self { header: CotpHeader::default(), fixed: &[0x80], parameters: &[] }
    }
}

impl Encode for CotpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut variable = self.fixed.to_vec();
        self.parameters.iter().try_for_each(|parameter| parameter.encode(&mut variable))?;
        let len = variable.len().saturating_add(1);
        let error =
            EncodeError::TooLarge { layer: "cotp", field: "length indicator", value: len as u64 };
        let length = u8::try_from(len).ok().filter(|length| *length != RESERVED_LENGTH);
        out.extend_from_slice(&[length.ok_or(error)?, self.header.code_and_credit]);
        out.extend_from_slice(&variable);
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.fit("length indicator", behind.header_len.saturating_sub(1))?;
    behind.header::<CotpHeader>(bytes)?.length_indicator = length;
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::COTP,
    "cotp",
    "ISO 8073/X.224 COTP",
    |bytes, outer| Cotp::parse_in(bytes, outer).map(|cotp| cotp.shape()),
    |bytes, outer, visitor| Cotp::parse_in(bytes, outer).map(|cotp| visitor(&cotp)),
)
.specification("ITU-T X.224")
.role(Role::Application)
.claims(&[Key::parent(LayerType::TPKT)])
.template(b"\x02\xf0\x80")
.lengths(lengths);
