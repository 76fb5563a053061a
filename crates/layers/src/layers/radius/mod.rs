//! Remote Authentication Dial In User Service,
//! [RFC 2865](https://www.rfc-editor.org/rfc/rfc2865) section 3, RFC 2866 and RFC 5176.
//!
//! ```text
//!  0             8             16                              31
//! |    code     | identifier  |            length             |
//! |                 authenticator, 16 bytes                   |
//! |    type     |   length    |  value ...
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use self::names::Form;
use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed};
use crate::{Next, Protocol, Role, Shape, Value};

mod names;
#[cfg(test)]
mod tests;

/// Most bytes of a packet, RFC 2865 section 3, and over TCP and TLS what 16 bits hold.
const MAX_LENGTH: usize = u16::MAX as usize;
/// Bytes of type and length of an attribute.
const ATTRIBUTE_HEADER_LEN: usize = 2;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct RadiusHeader {
    pub code: u8,
    pub identifier: u8,
    pub length: U16,
    pub authenticator: [u8; 16],
}

impl Default for RadiusHeader {
    /// An access request.
    fn default() -> Self {
        let (code, length) = (RadiusCode::ACCESS_REQUEST.0, U16::new(HEADER_LEN));
        Self { code, identifier: 0, length, authenticator: [0; 16] }
    }
}

/// Bytes of a header.
const HEADER_LEN: u16 = 20;

/// What a packet is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RadiusCode(pub u8);

numbers! {
    RadiusCode "code {}" {
        /// May this user come in?
        ACCESS_REQUEST = 1 "access request";
        /// Yes.
        ACCESS_ACCEPT = 2 "access accept";
        /// No.
        ACCESS_REJECT = 3 "access reject";
        /// What a user did.
        ACCOUNTING_REQUEST = 4 "accounting request";
        /// Noted.
        ACCOUNTING_RESPONSE = 5 "accounting response";
        /// The user must say more.
        ACCESS_CHALLENGE = 11 "access challenge";
        /// Are you there? RFC 5997.
        STATUS_SERVER = 12 "status server";
        /// The same to a client.
        STATUS_CLIENT = 13 "status client";
        /// Throw a user out, RFC 5176.
        DISCONNECT_REQUEST = 40 "disconnect request";
        /// Done.
        DISCONNECT_ACK = 41 "disconnect ACK";
        /// Not done.
        DISCONNECT_NAK = 42 "disconnect NAK";
        /// Change what a user may do, RFC 5176.
        COA_REQUEST = 43 "CoA request";
        /// Done.
        COA_ACK = 44 "CoA ACK";
        /// Not done.
        COA_NAK = 45 "CoA NAK";
    }
}

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RadiusAttribute<'a> {
    pub attribute_type: u8,
    /// At most 253 bytes.
    pub value: &'a [u8],
}

impl<'a> RadiusAttribute<'a> {
    /// Text, such as a user's name.
    pub fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.value).ok()
    }

    /// A number of four bytes.
    pub fn integer(&self) -> Option<u32> {
        self.value.try_into().map(u32::from_be_bytes).ok()
    }

    /// The vendor of a vendor-specific attribute, and what follows.
    pub fn vendor(&self) -> Option<(u32, &'a [u8])> {
        let (vendor, rest) = self.value.split_first_chunk()?;
        let is_it = self.attribute_type == VENDOR_SPECIFIC;
        is_it.then_some((u32::from_be_bytes(*vendor), rest))
    }

    /// Appends the attribute.
    ///
    /// # Errors
    ///
    /// It is longer than 255 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let len = self.value.len().saturating_add(ATTRIBUTE_HEADER_LEN);
        let error =
            EncodeError::TooLarge { layer: "radius", field: "attribute length", value: len as u64 };
        out.extend_from_slice(&[self.attribute_type, u8::try_from(len).map_err(|_| error)?]);
        out.extend_from_slice(self.value);
        Ok(())
    }
}

const CHAP_PASSWORD: u8 = 3;
const VENDOR_SPECIFIC: u8 = 26;
const EAP_MESSAGE: u8 = 79;

/// The attributes of a packet. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct RadiusAttributes<'a>(&'a [u8]);

impl<'a> Iterator for RadiusAttributes<'a> {
    type Item = Result<RadiusAttribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = std::mem::take(&mut self.0);
        match *bytes {
            [] => None,
            [attribute_type, length, ref behind @ ..] => {
                let Some(len) = usize::from(length).checked_sub(ATTRIBUTE_HEADER_LEN) else {
                    let (name, value) = ("attribute length", length.into());
                    return Some(Err(Malformed::Field { name, value }));
                };
                let Some((value, rest)) = behind.split_at_checked(len) else {
                    let (need, have) = (length.into(), bytes.len());
                    return Some(Err(Malformed::Truncated { need, have }));
                };
                self.0 = rest;
                Some(Ok(RadiusAttribute { attribute_type, value }))
            }
            _ => {
                let (need, have) = (ATTRIBUTE_HEADER_LEN, bytes.len());
                Some(Err(Malformed::Truncated { need, have }))
            }
        }
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Radius<'a> {
    pub header: &'a RadiusHeader,
    /// The attributes, not yet understood: [`attributes`](Self::attributes) are.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Radius<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<RadiusHeader>(bytes)?;
        // What IANA assigned, and what came before that.
        if !matches!(header.code, 1..=13 | 21..=34 | 40..=45 | 50..=53) {
            return Err(Malformed::Field { name: "code", value: header.code.into() });
        }
        let Some(len) = header.length.get().checked_sub(HEADER_LEN) else {
            return Err(Malformed::Field { name: "length", value: header.length.get().into() });
        };
        // RFC 2865, section 3: what is behind the length is padding.
        let payload = rest.get(..len.into()).unwrap_or(rest);
        let bytes = bytes.get(..header.length.get().into()).unwrap_or(bytes);
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<RadiusHeader>();
        let payload_len = usize::from(self.header.length.get()).saturating_sub(header_len);
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = packet_fields(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The attribute that says who it is about.
        const USER_NAME: u8 = 1;
        write!(f, "{} id {}", self.code(), self.header.identifier)?;
        let mut attributes = self.attributes().map_while(Result::ok);
        let user = attributes.find(|attribute| attribute.attribute_type == USER_NAME);
        match user.and_then(|user| user.text()) {
            Some(user) => write!(f, ", {}", Value::Text(user)),
            None => Ok(()),
        }
    }
}

impl<'a> Radius<'a> {
    /// What the packet is.
    pub fn code(&self) -> RadiusCode {
        RadiusCode(self.header.code)
    }

    /// The attributes.
    pub fn attributes(&self) -> RadiusAttributes<'a> {
        RadiusAttributes(self.payload)
    }

    /// The EAP packet, which may be spread over several attributes, RFC 3579 section 3.1. Empty, if
    /// there is none.
    pub fn eap_message(&self) -> Vec<u8> {
        let attributes = self.attributes().map_while(Result::ok);
        let parts = attributes.filter(|attribute| attribute.attribute_type == EAP_MESSAGE);
        parts.flat_map(|part| part.value).copied().collect()
    }
}

/// Reports a packet.
fn packet_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u8("radius.code")?;
    reader.u8("radius.id")?;
    reader.u16("radius.length")?;
    reader.bytes("radius.authenticator", 16)?;
    let mut attributes = RadiusAttributes(reader.rest());
    while let Some(attribute) = reader.sound(attributes.next(), reader.place()) {
        let len = attribute.value.len().saturating_add(ATTRIBUTE_HEADER_LEN);
        reader.again().bytes("radius.avp", len)?;
        let mut reader = reader.part(len);
        reader.u8("radius.avp.type")?;
        reader.u8("radius.avp.length")?;
        value_fields(attribute.attribute_type, &mut reader);
    }
    Some(())
}

fn value_fields(attribute_type: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    let len = reader.rest().len();
    match attribute_type {
        CHAP_PASSWORD => {
            let place = reader.place();
            reader.at(place).bytes("radius.CHAP_Password", len)?;
            reader.u8("radius.CHAP_Ident")?;
            reader.rest_as("radius.CHAP_String");
            return Some(());
        }
        EAP_MESSAGE => return reader.bytes("radius.eap_fragment", len).map(drop),
        VENDOR_SPECIFIC => return vendor_fields(reader),
        _ => {}
    }
    let (name, form) = names::attribute(attribute_type)?;
    let is_tagged = matches!(form, Form::TaggedText | Form::TaggedNumber | Form::TaggedBytes);
    // RFC 2868, section 3.1: text whose first byte is no tag has none.
    let first = reader.peek(1).unwrap_or_default();
    if is_tagged && (first <= 0x1f || form != Form::TaggedText) {
        reader.u8(names::tag(attribute_type))?;
    }
    let len = reader.rest().len();
    match form {
        Form::Text | Form::TaggedText => reader.text(name, len).map(drop),
        Form::Number if len == 4 => reader.u32(name).map(drop),
        Form::TaggedNumber if len == 3 => reader.number(name, 3).map(drop),
        Form::Ipv4 if len == 4 => reader.ipv4(name).map(drop),
        Form::Ipv6 if len == 16 => reader.ipv6(name).map(drop),
        Form::Bytes | Form::TaggedBytes => reader.bytes(name, len).map(drop),
        // The length is not that of the form.
        _ => Some(()),
    }
}

/// Who gave the attribute its meaning, and the attributes of most vendors, RFC 2865 section 5.26.
fn vendor_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const CISCO: u32 = 9;
    const CISCO_AV_PAIR: u8 = 1;
    /// Whose types or lengths have other sizes: USR, Starent, and the extended ones of 3GPP2.
    const OTHER_FORMATS: &[u32] = &[429, 8164, 24757, 4846];
    let vendor = reader.u32("radius.avp.vendor_id")?;
    if OTHER_FORMATS.contains(&vendor) {
        return Some(());
    }
    let mut attributes = RadiusAttributes(reader.rest());
    while let Some(attribute) = reader.sound(attributes.next(), reader.place()) {
        reader.u8("radius.avp.vendor_type")?;
        reader.u8("radius.avp.vendor_len")?;
        let len = attribute.value.len();
        let mut value = reader.part(len);
        if (vendor, attribute.attribute_type) == (CISCO, CISCO_AV_PAIR) {
            value.text("radius.Cisco_AVPair", len)?;
        }
    }
    Some(())
}

impl Header for RadiusHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A packet to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RadiusBuilder<'a> {
    /// Its length is worked out.
    pub header: RadiusHeader,
    pub attributes: &'a [RadiusAttribute<'a>],
}

impl Encode for RadiusBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend_from_slice(self.header.as_bytes());
        self.attributes.iter().try_for_each(|attribute| attribute.encode(out))?;
        let len = out.len().saturating_sub(start);
        if len > MAX_LENGTH {
            let (layer, field, value) = ("radius", "length", len as u64);
            return Err(EncodeError::TooLarge { layer, field, value });
        }
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    behind.header::<RadiusHeader>(bytes)?.length.set(behind.fit("length", length)?);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::RADIUS,
    "radius",
    "Remote Authentication Dial In User Service",
    |bytes, outer| Radius::parse_in(bytes, outer).map(|radius| radius.shape()),
    |bytes, outer, visitor| Radius::parse_in(bytes, outer).map(|radius| visitor(&radius)),
)
.specification("RFC 2865")
.role(Role::Application)
.claims(&[
    Key::udp_port(1812),
    Key::udp_port(1813),
    // From before IANA assigned the two above.
    Key::udp_port(1645),
    Key::udp_port(1646),
    Key::udp_port(1700),
    Key::udp_port(3799),
])
.template(b"\x01\0\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
.lengths(lengths);
