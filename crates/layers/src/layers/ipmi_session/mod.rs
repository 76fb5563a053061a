//! Sessions of the Intelligent Platform Management Interface, "IPMI Specification"
//! [v2.0](https://www.intel.com/content/www/us/en/products/docs/servers/ipmi/ipmi-second-gen-interface-spec-v2-rev1-1.html)
//! section 13.6.
//!
//! ```text
//!  0             8             16                                  lower byte first
//! | auth. type   |  sequence number, 4  |  session ID, 4  | code, 16, if any | length |   version 1.5
//! |  type, 06    |E|A|payload type| OEM, 6, if any | session ID, 4 | sequence, 4 | length, 2 |   2.0
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::{RmcpClass, split};
use crate::parts::Parts;
use crate::{Behind, Encode, EncodeError, FieldSink, Header, Key, KeyKind, Layer, LayerType};
use crate::{Malformed, Next, Protocol, Role, Shape};

/// The authentication type that says that a header is that of version 2.0.
const RMCP_PLUS: u8 = 6;

/// The first byte of a header on the wire.
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
pub struct IpmiSessionHeader {
    pub authentication_type: u8,
}

/// What a message of version 2.0 carries, 6 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IpmiPayloadType(pub u8);

numbers! {
    IpmiPayloadType "payload type {:#04x}" {
        /// A message of the management bus.
        IPMI = 0x00 "IPMI";
        /// What goes over a serial line.
        SOL = 0x01 "SOL";
        /// Of a manufacturer.
        OEM_EXPLICIT = 0x02 "OEM";
        /// A session is to be opened.
        OPEN_SESSION_REQUEST = 0x10 "open session request";
        /// It is.
        OPEN_SESSION_RESPONSE = 0x11 "open session response";
        /// Who are you?
        RAKP_MESSAGE_1 = 0x12 "RAKP message 1";
        /// This is me.
        RAKP_MESSAGE_2 = 0x13 "RAKP message 2";
        /// And this is me.
        RAKP_MESSAGE_3 = 0x14 "RAKP message 3";
        /// Agreed.
        RAKP_MESSAGE_4 = 0x15 "RAKP message 4";
    }
}

/// What a header says beside its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpmiSessionFormat<'a> {
    /// As version 1.5 has it.
    V1 {
        sequence_number: u32,
        session_id: u32,
        /// There is one unless the authentication type is 0.
        authentication_code: Option<&'a [u8; 16]>,
    },
    /// As version 2.0 has it.
    V2 {
        payload_type: IpmiPayloadType,
        is_encrypted: bool,
        /// Whether a check value that only the two sides can make is behind the payload.
        is_authenticated: bool,
        /// A manufacturer and what the payload is to them; payloads of manufacturers have it.
        oem: Option<&'a [u8; 6]>,
        session_id: u32,
        sequence_number: u32,
    },
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpmiSession<'a> {
    pub header: &'a IpmiSessionHeader,
    pub format: IpmiSessionFormat<'a>,
    /// What the session carries.
    pub payload: &'a [u8],
    /// What is behind the payload: padding and a check value.
    pub trailer: &'a [u8],
    /// Bytes of the payload, as the header announces them.
    length: u16,
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for IpmiSession<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<IpmiSessionHeader>(bytes)?;
        let mut parts = Parts::new(bytes);
        parts.bytes(size_of::<IpmiSessionHeader>())?;
        let (format, length) = match header.authentication_type {
            RMCP_PLUS => v2(&mut parts)?,
            kind @ (0..=2 | 4 | 5) => v1(kind, &mut parts)?,
            kind => {
                return Err(Malformed::Field { name: "authentication type", value: kind.into() });
            }
        };
        let rest = parts.rest;
        let (payload, trailer) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
        Ok(Self { header, format, payload, trailer, length, bytes })
    }

    fn shape(&self) -> Shape {
        let carried = self.payload.len().saturating_add(self.trailer.len());
        let next = match self.format {
            IpmiSessionFormat::V2 { is_encrypted: true, .. } => Next::End,
            IpmiSessionFormat::V2 { payload_type, .. } => {
                Next::One(Key::child(LayerType::IPMI_SESSION, payload_type.0.into()))
            }
            IpmiSessionFormat::V1 { .. } => Next::One(Key::child(LayerType::IPMI_SESSION, 0)),
        };
        Shape {
            header_len: self.bytes.len().saturating_sub(carried),
            payload_len: self.length.into(),
            trailer_len: self.trailer.len(),
            next,
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.format {
            IpmiSessionFormat::V1 { session_id, .. } => write!(f, "session {session_id:#010x}"),
            IpmiSessionFormat::V2 { payload_type, session_id, .. } => {
                write!(f, "session {session_id:#010x} {payload_type}")
            }
        }
    }
}

fn number<const N: usize>(parts: &mut Parts<'_>) -> Result<[u8; N], Malformed> {
    parts.take::<[u8; N]>().copied()
}

fn v1<'a>(kind: u8, parts: &mut Parts<'a>) -> Result<(IpmiSessionFormat<'a>, u16), Malformed> {
    let sequence_number = u32::from_le_bytes(number(parts)?);
    let session_id = u32::from_le_bytes(number(parts)?);
    let authentication_code = parts.take_if(kind != 0)?;
    let [length] = number(parts)?;
    let format = IpmiSessionFormat::V1 { sequence_number, session_id, authentication_code };
    Ok((format, length.into()))
}

fn v2<'a>(parts: &mut Parts<'a>) -> Result<(IpmiSessionFormat<'a>, u16), Malformed> {
    let [kind] = number(parts)?;
    let payload_type = IpmiPayloadType(kind & 0x3f);
    let oem = parts.take_if(payload_type == IpmiPayloadType::OEM_EXPLICIT)?;
    let session_id = u32::from_le_bytes(number(parts)?);
    let sequence_number = u32::from_le_bytes(number(parts)?);
    let length = u16::from_le_bytes(number(parts)?);
    let format = IpmiSessionFormat::V2 {
        payload_type,
        is_encrypted: kind & 0x80 != 0,
        is_authenticated: kind & 0x40 != 0,
        oem,
        session_id,
        sequence_number,
    };
    Ok((format, length))
}

impl IpmiSession<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("ipmi_session.authtype")?;
        match self.format {
            IpmiSessionFormat::V1 { authentication_code, .. } => {
                reader.le("ipmi_session.sequence", 4)?;
                reader.le("ipmi_session.id", 4)?;
                if authentication_code.is_some() {
                    reader.bytes("ipmi_session.authcode", 16)?;
                }
                reader.u8("ipmi_session.msg.len")?;
            }
            IpmiSessionFormat::V2 { oem, .. } => {
                let kind = reader.word(1)?;
                reader.flag("ipmi_session.payloadtype.enc", kind & 0x80 != 0);
                reader.flag("ipmi_session.payloadtype.auth", kind & 0x40 != 0);
                reader.bits("ipmi_session.payloadtype", kind & 0x3f);
                if oem.is_some() {
                    reader.bytes("ipmi_session.oem.iana", 4)?;
                    reader.bytes("ipmi_session.oem.payloadid", 2)?;
                }
                reader.le("ipmi_session.id", 4)?;
                reader.le("ipmi_session.sequence", 4)?;
                reader.le("ipmi_session.msg.len", 2)?;
            }
        }
        reader.skip(self.payload.len())?;
        reader.rest_as("ipmi_session.trailer").map(drop)
    }
}

impl Header for IpmiSessionHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header to be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpmiSessionBuilder<'a> {
    /// Of version 1.5; that of version 2.0 is written for its format.
    pub authentication_type: u8,
    pub format: IpmiSessionFormat<'a>,
}

impl Default for IpmiSessionBuilder<'_> {
    /// A message outside of sessions.
    fn default() -> Self {
        let format =
            IpmiSessionFormat::V1 { sequence_number: 0, session_id: 0, authentication_code: None };
        Self { authentication_type: 0, format }
    }
}

impl Encode for IpmiSessionBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let bad = |name, value: u8| {
            let cause = Malformed::Field { name, value: value.into() };
            Err(EncodeError::Malformed { layer: "ipmi_session", cause })
        };
        match self.format {
            IpmiSessionFormat::V1 { sequence_number, session_id, authentication_code } => {
                let kind = self.authentication_type;
                if kind == RMCP_PLUS || (kind == 0) != authentication_code.is_none() {
                    return bad("authentication type", kind);
                }
                out.push(kind);
                out.extend(sequence_number.to_le_bytes());
                out.extend(session_id.to_le_bytes());
                out.extend(authentication_code.into_iter().flatten());
                out.push(0);
            }
            IpmiSessionFormat::V2 {
                payload_type,
                is_encrypted,
                is_authenticated,
                oem,
                session_id,
                sequence_number,
            } => {
                let is_oem = payload_type == IpmiPayloadType::OEM_EXPLICIT;
                if payload_type.0 > 0x3f || is_oem != oem.is_some() {
                    return bad("payload type", payload_type.0);
                }
                let flags = u8::from(is_encrypted) << 7 | u8::from(is_authenticated) << 6;
                out.extend([RMCP_PLUS, flags | payload_type.0]);
                out.extend(oem.into_iter().flatten());
                out.extend(session_id.to_le_bytes());
                out.extend(sequence_number.to_le_bytes());
                out.extend([0, 0]);
            }
        }
        Ok(())
    }
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let malformed = |cause| EncodeError::Malformed { layer: "ipmi_session", cause };
    let header_len = IpmiSession::parse(bytes).map_err(malformed)?.shape().header_len;
    let front = bytes.get_mut(..header_len).unwrap_or_default();
    if front.first() == Some(&RMCP_PLUS) {
        let length: u16 = behind.fit("payload length", behind.payload_len)?;
        if let Some(place) = front.last_chunk_mut() {
            *place = length.to_le_bytes();
        }
    } else if let Some(place) = front.last_mut() {
        *place = behind.fit("payload length", behind.payload_len)?;
    }
    Ok(())
}

fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    if let [RMCP_PLUS, kind, ..] = bytes {
        let number = behind.number((*kind & 0x3f).into(), |kind| match kind {
            KeyKind::Child(LayerType::IPMI_SESSION, number) => Some(number),
            _ => None,
        });
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let number: u8 = behind.fit("payload type", number)?;
        *kind = *kind & 0xc0 | number & 0x3f;
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPMI_SESSION,
    "ipmi_session",
    "Intelligent Platform Management Interface (Session Wrapper)",
    |bytes, outer| IpmiSession::parse_in(bytes, outer).map(|session| session.shape()),
    |bytes, outer, visitor| IpmiSession::parse_in(bytes, outer).map(|session| visitor(&session)),
)
.specification("IPMI v2.0")
.role(Role::Application)
.claims(&[Key::child(LayerType::RMCP, RmcpClass::IPMI.0 as u32)])
.template(b"\0\0\0\0\0\0\0\0\0\0")
.lengths(lengths)
.next(next);

// Made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: IpmiSession *b"\x06\x40\x44\x33\x22\x11\x05\0\0\0\x03\0abc\xff\x02\x07";
    fields: "ipmi_session.authtype=6 ipmi_session.payloadtype.enc=0 \
        ipmi_session.payloadtype.auth=1 ipmi_session.payloadtype=0 ipmi_session.id=287454020 \
        ipmi_session.sequence=5 ipmi_session.msg.len=3 ipmi_session.trailer=ff0207";
    edit: IpmiSessionHeader, |header| header.authentication_type = 0;
    bad: [0 = 3 => "authentication type" 3, 0 = 7 => "authentication type" 7];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::golden;
    use crate::{Fix, IpmbHeader, RmcpHeader, serialize_layers};

    #[test]
    fn every_format_has_the_fields_of_tshark() {
        golden::check(include_str!("golden.txt"), &["ipmi_session", "ipmb"], &[], &[]);
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        #[track_caller]
        fn check(authentication_type: u8, format: IpmiSessionFormat<'_>) {
            let builder = IpmiSessionBuilder { authentication_type, format };
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::LENGTHS, &[&builder], b"payload").unwrap();
            let session = IpmiSession::parse(&out).unwrap();
            assert_eq!((session.format, session.payload), (format, &b"payload"[..]));
            assert_eq!(session.header.authentication_type, authentication_type);
        }
        let v1 = |authentication_code| IpmiSessionFormat::V1 {
            sequence_number: 7,
            session_id: 0x1122_3344,
            authentication_code,
        };
        check(0, v1(None));
        check(2, v1(Some(&[5; 16])));
        let v2 = |payload_type, oem| IpmiSessionFormat::V2 {
            payload_type,
            is_encrypted: true,
            is_authenticated: false,
            oem,
            session_id: 0x1122_3344,
            sequence_number: 9,
        };
        check(RMCP_PLUS, v2(IpmiPayloadType::SOL, None));
        check(RMCP_PLUS, v2(IpmiPayloadType::OEM_EXPLICIT, Some(&[1; 6])));
        let odd = IpmiSessionBuilder { authentication_type: 2, format: v1(None) };
        assert!(odd.encode(&mut Vec::new()).is_err());
        let format = v2(IpmiPayloadType::OEM_EXPLICIT, None);
        let odd = IpmiSessionBuilder { authentication_type: 0, format };
        assert!(odd.encode(&mut Vec::new()).is_err());
    }

    #[test]
    fn the_class_and_the_payload_type_follow_from_what_is_behind() {
        let format = IpmiSessionFormat::V2 {
            payload_type: IpmiPayloadType::SOL,
            is_encrypted: false,
            is_authenticated: true,
            oem: None,
            session_id: 1,
            sequence_number: 2,
        };
        let session = IpmiSessionBuilder { authentication_type: 6, format };
        let mut out = Vec::new();
        let layers: [&dyn Encode; 3] = [&RmcpHeader::default(), &session, &IpmbHeader::default()];
        serialize_layers(&mut out, Fix::all(), &layers, &[0]).unwrap();
        assert_eq!((out[3], out[5], &out[14..16]), (7, 0x40, &[7, 0][..]));
    }

    #[test]
    fn what_is_encrypted_is_payload() {
        let session = IpmiSession::parse(b"\x06\xc0\0\0\0\0\0\0\0\0\x01\0a").unwrap();
        assert_eq!((session.shape().next, session.payload), (Next::End, &b"a"[..]));
    }
}
