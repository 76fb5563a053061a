//! Simple Traversal of UDP through NATs, [RFC 3489](https://www.rfc-editor.org/rfc/rfc3489) section 11:
//! STUN as it was before there was a magic cookie.
//!
//! ```text
//!  0                               16                              31
//! |          message type         |         message length         |
//! |                     transaction id, 16 bytes ...               |
//! |         attribute type        |        attribute length        |
//! ```

use std::fmt;
use std::net::SocketAddrV4;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::records::{Records, wide_head};
use crate::{Behind, Outer, Probe, Protocol, Role, Shape, Value};
use crate::{Encode, EncodeError, FieldSink, Header, Layer, LayerType, Malformed, Next};

/// Bytes that the length leaves out.
const HEADER_LEN: usize = size_of::<ClassicStunHeader>();
/// The family of IPv4: there is no other.
const IPV4: u8 = 1;

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
pub struct ClassicStunHeader {
    pub message_type: U16,
    /// Of the attributes.
    pub message_length: U16,
    pub transaction_id: [u8; 16],
}

/// An attribute. What it is says its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassicStunAttribute<'a> {
    /// An address: 1 of the client as the server sees it, 2 to answer to, 4 of the answer, 5 of
    /// the other server, 11 of who asked; and those of TURN's drafts, 14, 17 and 18.
    Address {
        /// Type.
        kind: u16,
        /// Address and port.
        address: SocketAddrV4,
    },
    /// 3: what the answer is to be sent from.
    ChangeRequest {
        /// The other address.
        ip: bool,
        /// The other port.
        port: bool,
    },
    /// 9: what is wrong.
    ErrorCode {
        /// 100 to 699.
        code: u16,
        /// For people.
        reason: &'a [u8],
    },
    /// Anything else, and what is not in the form of its type.
    Other {
        /// Type.
        kind: u16,
        /// Value.
        value: &'a [u8],
    },
}

impl<'a> ClassicStunAttribute<'a> {
    fn read(kind: u16, value: &'a [u8]) -> Self {
        match (kind, value) {
            (1 | 2 | 4 | 5 | 11 | 14 | 17 | 18, &[_, IPV4, p, q, a, b, c, d]) => {
                let address = SocketAddrV4::new([a, b, c, d].into(), u16::from_be_bytes([p, q]));
                Self::Address { kind, address }
            }
            (3, &[_, _, _, flags]) => {
                Self::ChangeRequest { ip: flags & 4 != 0, port: flags & 2 != 0 }
            }
            (9, &[_, _, class, number, ref reason @ ..]) => {
                let class = u16::from(class & 7).saturating_mul(100);
                Self::ErrorCode { code: class.saturating_add(number.into()), reason }
            }
            _ => Self::Other { kind, value },
        }
    }

    /// Appends the attribute.
    ///
    /// # Errors
    ///
    /// The value has more than 65535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut head = |kind: u16, len: usize| {
            let field = "attribute length";
            let error = EncodeError::TooLarge { layer: PROTOCOL.name, field, value: len as u64 };
            let length = u16::try_from(len).map_err(|_| error)?;
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&length.to_be_bytes());
            Ok(())
        };
        match *self {
            Self::Address { kind, address } => {
                head(kind, 8)?;
                out.extend_from_slice(&[0, IPV4]);
                out.extend_from_slice(&address.port().to_be_bytes());
                out.extend_from_slice(&address.ip().octets());
            }
            Self::ChangeRequest { ip, port } => {
                head(3, 4)?;
                out.extend_from_slice(&[0, 0, 0, u8::from(ip) << 2 | u8::from(port) << 1]);
            }
            Self::ErrorCode { code, reason } => {
                head(9, reason.len().saturating_add(4))?;
                let parts = [code.checked_div(100), code.checked_rem(100)];
                out.extend_from_slice(&[0, 0]);
                // Neither is more than 99 where the code is one.
                out.extend(parts.map(|part| part.and_then(|p| u8::try_from(p).ok()).unwrap_or(0)));
                out.extend_from_slice(reason);
            }
            Self::Other { kind, value } => {
                head(kind, value.len())?;
                out.extend_from_slice(value);
            }
        }
        Ok(())
    }
}

/// The attributes of a message. Ends behind the first error.
#[derive(Clone, Debug)]
pub struct ClassicStunAttributes<'a>(Records<'a>);

impl<'a> Iterator for ClassicStunAttributes<'a> {
    type Item = Result<ClassicStunAttribute<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.0.next()?;
        Some(record.map(|record| ClassicStunAttribute::read(record.kind, record.data)))
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassicStun<'a> {
    pub header: &'a ClassicStunHeader,
    /// The attributes, as far as they are there: [`attributes`](Self::attributes) are.
    pub attribute_bytes: &'a [u8],
}

impl<'a> Layer<'a> for ClassicStun<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<ClassicStunHeader>(bytes)?;
        let kind = header.message_type.get();
        if !is_type(kind) {
            return Err(Malformed::Field { name: "message type", value: kind.into() });
        }
        let attribute_bytes = rest.get(..header.message_length.get().into()).unwrap_or(rest);
        Ok(Self { header, attribute_bytes })
    }

    fn shape(&self) -> Shape {
        let header_len = HEADER_LEN.saturating_add(self.attribute_bytes.len());
        // What is missing of the message is announced, so that it counts as truncated.
        let len = usize::from(self.header.message_length.get());
        let payload_len = len.saturating_sub(self.attribute_bytes.len());
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let header = self.header;
        sink.number("classicstun.type", header.message_type, 0..2);
        sink.number("classicstun.length", header.message_length, 2..4);
        sink.bytes("classicstun.id", &header.transaction_id, 4..20);
        let mut reader = FieldReader::new(self.attribute_bytes, HEADER_LEN, sink);
        // What is not there is not reported.
        let _ = attributes(&header.transaction_id, &mut reader);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.header.message_type.get();
        match kind & 0x000f {
            1 => f.write_str("binding ")?,
            2 => f.write_str("shared secret ")?,
            _ => write!(f, "method {} ", kind & 0x000f)?,
        }
        f.write_str(match kind & 0x0110 {
            0 => "request",
            0x0100 => "response",
            0x0110 => "error",
            _ => "indication",
        })
    }
}

impl<'a> ClassicStun<'a> {
    /// The attributes.
    pub fn attributes(&self) -> ClassicStunAttributes<'a> {
        ClassicStunAttributes(Records::new(self.attribute_bytes, 0, wide_head))
    }
}

fn attributes(id: &[u8; 16], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    while !reader.is_empty() {
        let kind = reader.u16("classicstun.att.type")?;
        let len = reader.u16("classicstun.att.length")?;
        // An attribute that is cut short inside does not hide the next.
        let _ = attribute(kind, id, &mut reader.part(len.into()));
    }
    Some(())
}

fn attribute(kind: u16, id: &[u8; 16], reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        1 | 2 | 4 | 5 | 11 | 14 | 17 | 18 => {
            reader.skip(1)?;
            let family = reader.u8("classicstun.att.family")?;
            reader.u16("classicstun.att.port")?;
            match family {
                IPV4 => reader.ipv4("classicstun.att.ipv4").map(drop),
                2 => reader.ipv6("classicstun.att.ipv6").map(drop),
                _ => None,
            }
        }
        3 => {
            let word = reader.word(4)?;
            let names = [("classicstun.att.change.ip", 4), ("classicstun.att.change.port", 2)];
            reader.flags(word, &names);
            Some(())
        }
        6..=8 | 20 => reader.rest_as("classicstun.att.value").map(drop),
        9 => {
            reader.skip(2)?;
            let class = reader.word(1)?;
            reader.bits("classicstun.att.error.class", class & 7);
            reader.u8("classicstun.att.error")?;
            reader.rest_text("classicstun.att.error.reason").map(drop)
        }
        10 => {
            while !reader.is_empty() {
                reader.u16("classicstun.att.unknown")?;
            }
            Some(())
        }
        13 => reader.u32("classicstun.att.lifetime").map(drop),
        15 => reader.u32("classicstun.att.magic.cookie").map(drop),
        16 => reader.u32("classicstun.att.bandwidth").map(drop),
        19 => reader.rest_as("classicstun.att.data").map(drop),
        0x8020 => {
            reader.skip(1)?;
            let family = reader.u8("classicstun.att.family")?;
            let port = reader.u16("classicstun.att.port-xord")?;
            let [a, b, c, d, ..] = *id;
            reader.bits("classicstun.att.port", port ^ u16::from_be_bytes([a, b]));
            if family == IPV4 {
                let address = u32::from_be_bytes(reader.ipv4("classicstun.att.ipv4-xord")?);
                let clear = address ^ u32::from_be_bytes([a, b, c, d]);
                reader.value("classicstun.att.ipv4", Value::Ipv4(clear.into()));
            }
            Some(())
        }
        0x8022 => reader.rest_text("classicstun.att.server").map(drop),
        _ => None,
    }
}

impl Header for ClassicStunHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A message to be built. Its length is written into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassicStunBuilder<'a> {
    pub header: ClassicStunHeader,
    pub attributes: &'a [ClassicStunAttribute<'a>],
}

impl Encode for ClassicStunBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(self.header.as_bytes());
        self.attributes.iter().try_for_each(|attribute| attribute.encode(out))
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let len = behind.header_len.saturating_add(behind.payload_len).saturating_sub(HEADER_LEN);
    behind.header::<ClassicStunHeader>(bytes)?.message_length.set(behind.fit("length", len)?);
    Ok(())
}

/// Requests, responses and errors of what RFC 3489 and the drafts of TURN have, and data of these.
fn is_type(kind: u16) -> bool {
    let is_response = matches!(kind & 0x0110, 0 | 0x0100 | 0x0110);
    is_response && matches!(kind & !0x0110, 1..=4 | 6) || kind == 0x0115
}

/// Whether a payload is a message and nothing else, down to its last attribute.
fn probe(bytes: &[u8], _outer: &Outer<'_>) -> bool {
    match *bytes {
        [0 | 1, _, a, b, ref rest @ ..]
            if rest.len() == usize::from(u16::from_be_bytes([a, b])).saturating_add(16) =>
        {
            let message = ClassicStun::parse(bytes);
            message.is_ok_and(|message| message.attributes().all(|attribute| attribute.is_ok()))
        }
        _ => false,
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::CLASSIC_STUN,
    "classicstun",
    "Simple Traversal of UDP through NATs",
    |bytes, outer| ClassicStun::parse_in(bytes, outer).map(|stun| stun.shape()),
    |bytes, outer, visitor| ClassicStun::parse_in(bytes, outer).map(|stun| visitor(&stun)),
)
.specification("RFC 3489")
.role(Role::Application)
.probes(&[Probe { parent: LayerType::UDP, first: (0x00, 0x01), test: probe }])
.template(&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
.lengths(lengths);

// Made by hand, read by tshark 4.0.17.
#[cfg(test)]
layer_tests! {
    sample: ClassicStun *b"\x01\x01\0\x0c0123456789abcdef\0\x01\0\x08\0\x01\x1f\x40\x01\x02\x03\x04";
    fields: "classicstun.type=257 classicstun.length=12 \
        classicstun.id=30313233343536373839616263646566 classicstun.att.type=1 \
        classicstun.att.length=8 classicstun.att.family=1 classicstun.att.port=8000 \
        classicstun.att.ipv4=1.2.3.4";
    edit: ClassicStunHeader, |header| header.transaction_id[0] = 9;
    bad: [0 = 0x41 => "message type" 0x4101, 1 = 7 => "message type" 0x0107];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::golden;
    use crate::{Decoder, Fix, LinkType, serialize_layers};

    #[test]
    fn messages_are_those_of_tshark() {
        // The same bytes once more.
        let theirs = ["data.data", "data.len", "classicstun.response_to", "classicstun.time"];
        let fixture = include_str!("../../tests/tshark/classicstun.txt");
        golden::check(fixture, &["classicstun"], &theirs, &[]);
    }

    fn message(attributes: &[ClassicStunAttribute<'_>]) -> Vec<u8> {
        let header = ClassicStunHeader { message_type: 0x0111.into(), ..Default::default() };
        let mut out = Vec::new();
        let builder = ClassicStunBuilder { header, attributes };
        serialize_layers(&mut out, Fix::all(), &[&builder], &[]).unwrap();
        out
    }

    #[test]
    fn a_built_message_is_read_again() {
        use ClassicStunAttribute as A;
        let attributes = [
            A::Address { kind: 1, address: "1.2.3.4:8000".parse().unwrap() },
            A::ChangeRequest { ip: true, port: false },
            A::ErrorCode { code: 431, reason: b"oops" },
            A::Other { kind: 6, value: b"user" },
        ];
        let bytes = message(&attributes);
        let stun = ClassicStun::parse(&bytes).unwrap();
        assert_eq!(stun.attributes().collect::<Vec<_>>(), attributes.map(Ok));
        assert_eq!(fmt::from_fn(|f| stun.summary(f)).to_string(), "binding error");
    }

    #[test]
    fn the_probe_wants_whole_attributes_and_nothing_else() {
        let bytes = message(&[ClassicStunAttribute::Other { kind: 6, value: b"user" }]);
        assert!(probe(&bytes, &Outer::NONE));
        assert!(!probe(&bytes[..26], &Outer::NONE));
        assert!(!probe(&[&bytes[..], b"x"].concat(), &Outer::NONE));
        let mut wrong = bytes.clone();
        wrong[23] = 9;
        assert!(!probe(&wrong, &Outer::NONE));
    }

    #[test]
    fn a_message_on_the_port_of_stun_is_found_by_its_content() {
        let fixture = include_str!("../../tests/tshark/classicstun.txt");
        let frame = golden::hex(
            fixture.lines().find(|line| line.len() > 40 && !line.contains(' ')).unwrap(),
        );
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::ETHERNET, &frame);
        assert!(packet.get::<ClassicStun<'_>>().is_some() && packet.error().is_none());
    }

    proptest! {
        #[test]
        fn any_attributes_have_their_fields_inside(kind in 0..21_u8, high: bool, bytes: Vec<u8>) {
            let high = if high { 0x80 } else { 0 };
            let bytes = [&[0, 1, 0, 99][..], &[7; 16], &[high, kind, 0, 8], &bytes].concat();
            let stun = ClassicStun::parse(&bytes).unwrap();
            stun.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            prop_assert!(stun.attributes().count() <= bytes.len());
        }
    }
}
