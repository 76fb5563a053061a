//! Simple Network Management Protocol, versions 1, 2c and 3,
//! [RFC 3416](https://www.rfc-editor.org/rfc/rfc3416) section 3,
//! [RFC 1157](https://www.rfc-editor.org/rfc/rfc1157) section 4 and
//! [RFC 3412](https://www.rfc-editor.org/rfc/rfc3412) section 6.

use std::fmt;
use std::net::Ipv4Addr;

use crate::{Encode, EncodeError, FieldSink, Key, Layer, LayerType, Malformed, Next, Protocol};
use crate::{Role, Shape};

use ber::Reader;

mod ber;
mod fields;
#[cfg(test)]
mod tests;

pub use ber::SnmpOid;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const IP_ADDRESS: u8 = 0x40;
const TIME_TICKS: u8 = 0x43;
/// The upper bits of the tag of what is asked or said; the lower five are its type.
const PDU: u8 = 0xa0;
/// The type whose form is that of version 1 only.
const TRAP_V1: u8 = 4;
/// The number that stands for version 3.
const VERSION_3: i64 = 3;

/// A message. Only its front is checked: the rest is read when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snmp<'a> {
    /// 0 is version 1, 1 is version 2c, 3 is version 3.
    pub version: i64,
    bytes: &'a [u8],
    /// The place of what is behind the version.
    body_at: usize,
    body: &'a [u8],
}

/// What is asked or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnmpPdu<'a> {
    /// 0 get, 1 get-next, 2 response, 3 set, 4 trap of version 1, 5 get-bulk, 6 inform, 7 trap, 8
    /// report.
    pub pdu_type: u8,
    pub header: SnmpPduHeader<'a>,
    variables: &'a [u8],
    variables_at: usize,
}

/// What is in front of the variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnmpPduHeader<'a> {
    /// Of every type but one; of get-bulk the last two are non-repeaters and max-repetitions.
    Request { request_id: i64, error_status: i64, error_index: i64 },
    /// Of a trap of version 1.
    Trap { enterprise: SnmpOid<'a>, agent: Ipv4Addr, generic: i64, specific: i64, time_stamp: u64 },
}

/// A variable and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnmpVariable<'a> {
    pub name: SnmpOid<'a>,
    pub value: SnmpValue<'a>,
}

/// The value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnmpValue<'a> {
    Null,
    Integer(i64),
    Octets(&'a [u8]),
    Oid(SnmpOid<'a>),
    Address(Ipv4Addr),
    /// A counter of 32 bits.
    Counter(u64),
    Gauge(u64),
    /// Hundredths of a second.
    TimeTicks(u64),
    Opaque(&'a [u8]),
    /// A counter of 64 bits.
    Counter64(u64),
    NoSuchObject,
    NoSuchInstance,
    EndOfMibView,
    /// A tag that has no entry here, or not the form of its tag.
    Unknown {
        tag: u8,
        content: &'a [u8],
    },
}

impl<'a> Layer<'a> for Snmp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    #[inline]
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let message = Reader::new(bytes, 0).expect(SEQUENCE)?;
        let mut reader = Reader::inside(&message);
        let version = reader.expect(INTEGER)?;
        let number = version.integer().unwrap_or(-1);
        if !matches!(number, 0 | 1 | 2 | VERSION_3) {
            return Err(Malformed::Field { name: "version", value: number.cast_unsigned() });
        }
        let body_at = version.end();
        let skip = body_at.saturating_sub(message.content_at);
        let body = message.content.get(skip..).unwrap_or_default();
        Ok(Self { version: number, bytes, body_at, body })
    }

    fn shape(&self) -> Shape {
        Shape { header_len: self.bytes.len(), payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // The fields that were found in front of an error stay.
        let _ = fields::fields(self, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = match self.version {
            0 => "v1",
            1 => "v2c",
            VERSION_3 => "v3",
            _ => "v2u",
        };
        f.write_str(version)?;
        let Ok(pdu) = self.pdu() else { return Ok(()) };
        write!(f, " {}", pdu.name())?;
        if let Some(Ok(variable)) = pdu.variables().next() {
            write!(f, " {}", variable.name)?;
        }
        Ok(())
    }
}

impl<'a> Snmp<'a> {
    /// The password of versions 1 and 2c, in the clear.
    pub fn community(&self) -> Option<&'a [u8]> {
        if self.version == VERSION_3 {
            return None;
        }
        let community = self.reader().expect(OCTET_STRING).ok()?;
        Some(community.content)
    }

    /// What is asked or said.
    ///
    /// # Errors
    ///
    /// It is cut short, malformed or encrypted.
    pub fn pdu(&self) -> Result<SnmpPdu<'a>, Malformed> {
        let mut reader = self.reader();
        if self.version == VERSION_3 {
            reader.expect(SEQUENCE)?;
            reader.expect(OCTET_STRING)?;
            let scoped = reader.expect(SEQUENCE)?;
            reader = Reader::inside(&scoped);
            reader.expect(OCTET_STRING)?;
        }
        reader.expect(OCTET_STRING)?;
        SnmpPdu::read(&mut reader)
    }

    fn reader(&self) -> Reader<'a> {
        Reader::new(self.body, self.body_at)
    }
}

impl<'a> SnmpPdu<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let pdu = reader.next(true)?;
        let pdu_type = pdu.tag & 0x1f;
        if pdu.tag & !0x1f != PDU || pdu_type > 8 {
            return Err(Malformed::Field { name: "PDU type", value: pdu.tag.into() });
        }
        let mut reader = Reader::inside(&pdu);
        let mut integer = |name| {
            let value = reader.expect(INTEGER)?;
            value.integer().ok_or(Malformed::Field { name, value: value.content.len() as u64 })
        };
        let header = if pdu_type == TRAP_V1 {
            let mut reader_of_trap = Reader::inside(&pdu);
            let header = Self::trap(&mut reader_of_trap)?;
            reader = reader_of_trap;
            header
        } else {
            SnmpPduHeader::Request {
                request_id: integer("request-id")?,
                error_status: integer("error-status")?,
                error_index: integer("error-index")?,
            }
        };
        let variables = reader.expect(SEQUENCE)?;
        let (variables, variables_at) = (variables.content, variables.content_at);
        Ok(Self { pdu_type, header, variables, variables_at })
    }

    fn trap(reader: &mut Reader<'a>) -> Result<SnmpPduHeader<'a>, Malformed> {
        let field = |name, value: &ber::Value<'_>| Malformed::Field {
            name,
            value: value.content.len() as u64,
        };
        let enterprise = SnmpOid(reader.expect(OBJECT_IDENTIFIER)?.content);
        let agent = reader.expect(IP_ADDRESS)?;
        let address =
            <[u8; 4]>::try_from(agent.content).map_err(|_| field("agent-addr", &agent))?;
        let generic = reader.expect(INTEGER)?;
        let specific = reader.expect(INTEGER)?;
        let time = reader.expect(TIME_TICKS)?;
        Ok(SnmpPduHeader::Trap {
            enterprise,
            agent: address.into(),
            generic: generic.integer().ok_or(field("generic-trap", &generic))?,
            specific: specific.integer().ok_or(field("specific-trap", &specific))?,
            time_stamp: time.unsigned().ok_or(field("time-stamp", &time))?,
        })
    }

    /// The name of the type.
    pub fn name(&self) -> &'static str {
        match self.pdu_type {
            0 => "get",
            1 => "get-next",
            2 => "response",
            3 => "set",
            TRAP_V1 | 7 => "trap",
            5 => "get-bulk",
            6 => "inform",
            _ => "report",
        }
    }

    /// The variables. Ends behind the first error.
    pub fn variables(&self) -> impl Iterator<Item = Result<SnmpVariable<'a>, Malformed>> + use<'a> {
        self.variables_at().map(|variable| variable.map(|(_, _, variable)| variable))
    }

    /// The variables, each with its name and its value as they are on the wire.
    fn variables_at(
        &self,
    ) -> impl Iterator<Item = Result<(ber::Value<'a>, ber::Value<'a>, SnmpVariable<'a>), Malformed>>
    + use<'a> {
        let mut reader = Some(Reader::new(self.variables, self.variables_at));
        std::iter::from_fn(move || {
            let mut rest = reader.take().filter(|rest| !rest.is_empty())?;
            let variable = read_variable(&mut rest);
            reader = variable.is_ok().then_some(rest);
            Some(variable)
        })
    }
}

fn read_variable<'a>(
    reader: &mut Reader<'a>,
) -> Result<(ber::Value<'a>, ber::Value<'a>, SnmpVariable<'a>), Malformed> {
    let variable = reader.expect(SEQUENCE)?;
    let mut inside = Reader::inside(&variable);
    let name = inside.expect(OBJECT_IDENTIFIER)?;
    let value = inside.next(false)?;
    let found = SnmpVariable { name: SnmpOid(name.content), value: SnmpValue::of(&value) };
    Ok((name, value, found))
}

impl<'a> SnmpValue<'a> {
    fn of(value: &ber::Value<'a>) -> Self {
        let ber::Value { tag, content, .. } = *value;
        let known = match tag {
            0x05 => Some(Self::Null),
            INTEGER => value.integer().map(Self::Integer),
            OCTET_STRING => Some(Self::Octets(content)),
            OBJECT_IDENTIFIER => Some(Self::Oid(SnmpOid(content))),
            IP_ADDRESS => <[u8; 4]>::try_from(content).ok().map(|a| Self::Address(a.into())),
            0x41 => value.unsigned().map(Self::Counter),
            0x42 => value.unsigned().map(Self::Gauge),
            TIME_TICKS => value.unsigned().map(Self::TimeTicks),
            0x44 => Some(Self::Opaque(content)),
            0x46 => value.unsigned().map(Self::Counter64),
            0x80 => Some(Self::NoSuchObject),
            0x81 => Some(Self::NoSuchInstance),
            0x82 => Some(Self::EndOfMibView),
            _ => None,
        };
        known.unwrap_or(Self::Unknown { tag, content })
    }
}

/// A message of version 1 or 2c to be written: a request, or an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SnmpBuilder<'a> {
    /// 0 is version 1, 1 is version 2c.
    pub version: u8,
    pub community: &'a [u8],
    /// As in [`SnmpPdu`], but for 4.
    pub pdu_type: u8,
    pub request_id: i32,
    /// Of get-bulk, non-repeaters.
    pub error_status: i32,
    /// Of get-bulk, max-repetitions.
    pub error_index: i32,
    /// Names, each with the tag and the content of its value.
    pub variables: &'a [(SnmpOid<'a>, u8, &'a [u8])],
}

impl Encode for SnmpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut variables = Vec::new();
        for (name, tag, content) in self.variables {
            let mut variable = Vec::new();
            append(&mut variable, OBJECT_IDENTIFIER, name.0)?;
            append(&mut variable, *tag, content)?;
            append(&mut variables, SEQUENCE, &variable)?;
        }
        let mut pdu = Vec::new();
        for number in [self.request_id, self.error_status, self.error_index] {
            append(&mut pdu, INTEGER, &number.to_be_bytes())?;
        }
        append(&mut pdu, SEQUENCE, &variables)?;
        let mut message = Vec::new();
        append(&mut message, INTEGER, &[self.version])?;
        append(&mut message, OCTET_STRING, self.community)?;
        append(&mut message, PDU | self.pdu_type & 0x1f, &pdu)?;
        append(out, SEQUENCE, &message)
    }
}

/// Appends a value with a length of one or two bytes behind its tag.
fn append(out: &mut Vec<u8>, tag: u8, content: &[u8]) -> Result<(), EncodeError> {
    let value = content.len() as u64;
    let error = EncodeError::TooLarge { layer: PROTOCOL.name, field: "length", value };
    let length = u16::try_from(content.len()).map_err(|_| error)?;
    out.push(tag);
    match length.to_be_bytes() {
        [0, low @ 0..=0x7f] => out.push(low),
        [high, low] => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(content);
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::SNMP,
    "snmp",
    "Simple Network Management Protocol",
    |bytes, outer| Snmp::parse_in(bytes, outer).map(|snmp| snmp.shape()),
    |bytes, outer, visitor| Snmp::parse_in(bytes, outer).map(|snmp| visitor(&snmp)),
)
.specification("RFC 3416")
.role(Role::Application)
.claims(&[Key::udp_port(161), Key::udp_port(162), Key::udp_port(8161)])
.template(b"\x30\x18\x02\x01\x01\x04\x06public\xa0\x0b\x02\x01\0\x02\x01\0\x02\x01\0\x30\0");
