//! Operations, administration and maintenance of a link,
//! [IEEE Std 802.3](https://standards.ieee.org/ieee/802.3/10422/) section 57.4.
//!
//! ```text
//!  0                16      24
//! | flags           | code  | by the code ...
//! ```

use std::fmt;

use bitflags::bitflags;
use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::SlowSubtype;
use crate::key::numbers;
use crate::layers::split;
use crate::records::{Head, Records};
use crate::{FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Shape};

mod fields;

/// The header on the wire.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    KnownLayout,
    Immutable,
    Unaligned,
)]
#[repr(C)]
pub struct OampduHeader {
    pub flag_bits: U16,
    pub code: u8,
}

impl OampduHeader {
    /// The flags.
    pub fn flags(&self) -> OampduFlags {
        OampduFlags::from_bits_retain(self.flag_bits.get())
    }

    /// Writes the flags.
    pub fn set_flags(&mut self, flags: OampduFlags) {
        self.flag_bits.set(flags.bits());
    }
}

bitflags! {
    /// The state of a link and of both its ends.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OampduFlags: u16 {
        const LINK_FAULT = 0x01;
        const DYING_GASP = 0x02;
        const CRITICAL_EVENT = 0x04;
        const LOCAL_EVALUATING = 0x08;
        const LOCAL_STABLE = 0x10;
        const REMOTE_EVALUATING = 0x20;
        const REMOTE_STABLE = 0x40;
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OampduCode(pub u8);

numbers! {
    OampduCode "code {:#04x}" {
        /// What an end of the link can do.
        INFORMATION = 0x00 "information";
        /// Something happened.
        EVENT_NOTIFICATION = 0x01 "event notification";
        /// Asks for variables.
        VARIABLE_REQUEST = 0x02 "variable request";
        /// Answers with variables.
        VARIABLE_RESPONSE = 0x03 "variable response";
        /// Starts or ends that the other end sends everything back.
        LOOPBACK_CONTROL = 0x04 "loopback control";
        /// What an organization defined.
        ORGANIZATION_SPECIFIC = 0xfe "organization specific";
    }
}

/// A TLV of an information or event notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OampduTlv<'a> {
    /// Its meaning depends on the code of the message; 0 is the end, 0xfe an organization's.
    pub kind: u8,
    pub data: &'a [u8],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oampdu<'a> {
    pub header: &'a OampduHeader,
    /// What is behind the code, and the padding.
    pub body: &'a [u8],
}

impl<'a> Layer<'a> for Oampdu<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, body) = split::<OampduHeader>(bytes)?;
        Ok(Self { header, body })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<OampduHeader>().saturating_add(self.body.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())
    }
}

impl<'a> Oampdu<'a> {
    /// What the message is.
    pub fn code(&self) -> OampduCode {
        OampduCode(self.header.code)
    }

    /// The TLVs of an information or, behind its sequence number, of an event notification.
    pub fn tlvs(&self) -> OampduTlvs<'a> {
        let bytes = match self.code() {
            OampduCode::INFORMATION => self.body,
            OampduCode::EVENT_NOTIFICATION => self.body.get(2..).unwrap_or_default(),
            _ => &[],
        };
        OampduTlvs(Records::new(bytes, 0, head))
    }
}

/// The TLVs of a message. Ends in front of the end of the list, and behind the first error.
#[derive(Clone, Debug)]
pub struct OampduTlvs<'a>(Records<'a>);

impl<'a> Iterator for OampduTlvs<'a> {
    type Item = Result<OampduTlv<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|record| {
            let kind = record.kind.to_be_bytes()[1];
            OampduTlv { kind, data: record.data }
        }))
    }
}

/// The length counts type and length. A type of zero ends the list: it has no bytes here.
fn head(bytes: &[u8]) -> Result<Head, Malformed> {
    match *bytes {
        [0, ..] => Ok(Head { kind: 0, header_len: 0, data_len: 0 }),
        [kind, length, ..] => {
            let bad = Malformed::Field { name: "length", value: length.into() };
            let data_len = usize::from(length).checked_sub(2).ok_or(bad)?;
            Ok(Head { kind: kind.into(), header_len: 2, data_len })
        }
        _ => Err(Malformed::Truncated { need: 2, have: bytes.len() }),
    }
}

impl Header for OampduHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::OAMPDU,
    "oampdu",
    "Operations, administration and maintenance",
    |bytes, outer| Oampdu::parse_in(bytes, outer).map(|oampdu| oampdu.shape()),
    |bytes, outer, visitor| Oampdu::parse_in(bytes, outer).map(|oampdu| visitor(&oampdu)),
)
.specification("IEEE Std 802.3, section 57.4")
.claims(&[Key::child(LayerType::SLOW, SlowSubtype::OAM.0 as u32)])
.template(&[0, 0, 0]);

#[cfg(test)]
mod tests;
