//! Label Distribution Protocol, [RFC 5036](https://www.rfc-editor.org/rfc/rfc5036) section 3, a
//! datagram or segment at a time.
//!
//! ```text
//!  0                               16                             31
//! |            version            |          PDU length           |
//! |                 LSR ID                        |  label space   |
//! |U|       message type          |        message length         |  messages
//! |                           message ID                          |
//! |U|F|          type             |            length             |  TLVs of a message
//! ```

use std::fmt;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape, Value};

/// RFC 5036, section 3.1: bytes of a PDU that its length leaves out.
const LENGTH_AT_END: usize = 4;
/// Bytes in front of the messages.
const HEADER_LEN: usize = size_of::<LdpHeader>();

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LdpHeader {
    pub version: U16,
    /// Of what stands behind this field.
    pub pdu_length: U16,
    pub lsr_id: [u8; 4],
    pub label_space: U16,
}

impl Default for LdpHeader {
    /// A PDU without messages, for all of a platform.
    fn default() -> Self {
        Self { version: 1.into(), pdu_length: 6.into(), lsr_id: [0; 4], label_space: U16::ZERO }
    }
}

/// What a message is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LdpMessageType(pub u16);

numbers! {
    LdpMessageType "type {:#06x}" {
        /// Something went wrong.
        NOTIFICATION = 0x0001 "notification";
        /// I am here.
        HELLO = 0x0100 "hello";
        /// What I want of a session.
        INITIALIZATION = 0x0200 "initialization";
        /// I am still here.
        KEEP_ALIVE = 0x0201 "keep alive";
        /// My addresses.
        ADDRESS = 0x0300 "address";
        /// Mine no more.
        ADDRESS_WITHDRAW = 0x0301 "address withdraw";
        /// Use this label for that.
        LABEL_MAPPING = 0x0400 "label mapping";
        /// Give me a label for that.
        LABEL_REQUEST = 0x0401 "label request";
        /// Use it no more.
        LABEL_WITHDRAW = 0x0402 "label withdraw";
        /// I do not need it.
        LABEL_RELEASE = 0x0403 "label release";
        /// Do not bother.
        LABEL_ABORT_REQUEST = 0x0404 "label abort request";
    }
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LdpMessage<'a> {
    pub message_type: LdpMessageType,
    /// Number that an answer refers to.
    pub message_id: u32,
    tlvs: &'a [u8],
}

impl<'a> LdpMessage<'a> {
    /// The TLVs of the message: type and value, up to the first error.
    pub fn tlvs(&self) -> impl Iterator<Item = Result<(u16, &'a [u8]), Malformed>> + use<'a> {
        let mut rest = self.tlvs;
        std::iter::from_fn(move || {
            let bytes = std::mem::take(&mut rest);
            let record = (!bytes.is_empty()).then(|| record(bytes))?;
            Some(record.map(|(kind, value, behind)| {
                rest = behind;
                (kind & 0x3fff, value)
            }))
        })
    }
}

/// A type, a value of the length behind that, and what follows: a message or a TLV.
fn record(bytes: &[u8]) -> Result<(u16, &[u8], &[u8]), Malformed> {
    let &[a, b, c, d, ref behind @ ..] = bytes else {
        return Err(Malformed::Truncated { need: 4, have: bytes.len() });
    };
    let len = usize::from(u16::from_be_bytes([c, d]));
    let need = len.saturating_add(4);
    let truncated = Malformed::Truncated { need, have: bytes.len() };
    let (value, rest) = behind.split_at_checked(len).ok_or(truncated)?;
    Ok((u16::from_be_bytes([a, b]), value, rest))
}

/// The PDUs of a datagram or of a segment that starts with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ldp<'a> {
    /// Of the first PDU.
    pub header: &'a LdpHeader,
    /// The messages of the first PDU, and the PDUs behind it.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Ldp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<LdpHeader>(bytes)?;
        if header.version != 1 {
            return Err(Malformed::Field { name: "version", value: header.version.get().into() });
        }
        let length = header.pdu_length.get();
        if pdu_len(header) < HEADER_LEN {
            return Err(Malformed::Field { name: "PDU length", value: length.into() });
        }
        Ok(Self { header, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        Shape { header_len: HEADER_LEN, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        while let Ok(Ldp { header, .. }) = Ldp::parse(reader.rest()) {
            // What is not there is not reported.
            let _ = pdu_fields(&mut reader.part(pdu_len(header)));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Most messages in a line.
        const MAX_SHOWN: usize = 8;
        let mut separator = "";
        self.messages().map_while(Result::ok).take(MAX_SHOWN).try_for_each(|message| {
            write!(f, "{separator}{}", message.message_type)?;
            separator = ", ";
            Ok(())
        })
    }
}

/// Bytes of a PDU, as its header announces them.
fn pdu_len(header: &LdpHeader) -> usize {
    usize::from(header.pdu_length.get()).saturating_add(LENGTH_AT_END)
}

impl<'a> Ldp<'a> {
    /// The messages of all PDUs, up to the first error.
    pub fn messages(&self) -> impl Iterator<Item = Result<LdpMessage<'a>, Malformed>> + use<'a> {
        let (mut pdus, mut rest) = (self.bytes, &[][..]);
        std::iter::from_fn(move || {
            while rest.is_empty() {
                let pdu = (!pdus.is_empty()).then(|| Ldp::parse(pdus))?;
                let header = match pdu {
                    Ok(Ldp { header, .. }) => header,
                    Err(error) => {
                        pdus = &[];
                        return Some(Err(error));
                    }
                };
                let (pdu, behind) = pdus.split_at_checked(pdu_len(header)).unwrap_or((pdus, &[]));
                (rest, pdus) = (pdu.get(HEADER_LEN..).unwrap_or_default(), behind);
            }
            let message = message(rest);
            match message {
                Ok((_, behind)) => rest = behind,
                Err(_) => (rest, pdus) = (&[], &[]),
            }
            Some(message.map(|(message, _)| message))
        })
    }
}

fn message(bytes: &[u8]) -> Result<(LdpMessage<'_>, &[u8]), Malformed> {
    let (kind, value, rest) = record(bytes)?;
    let Some((&id, tlvs)) = value.split_first_chunk() else {
        return Err(Malformed::Field { name: "message length", value: value.len() as u64 });
    };
    let message_type = LdpMessageType(kind & 0x7fff);
    Ok((LdpMessage { message_type, message_id: u32::from_be_bytes(id), tlvs }, rest))
}

fn pdu_fields(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    reader.u16("ldp.hdr.version")?;
    reader.u16("ldp.hdr.pdu_len")?;
    reader.ipv4("ldp.hdr.ldpid.lsr")?;
    reader.u16("ldp.hdr.ldpid.lsid")?;
    while !reader.is_empty() {
        let kind = reader.word(2)?;
        reader.flag("ldp.msg.ubit", kind & 0x8000 != 0);
        reader.bits("ldp.msg.type", kind & 0x7fff);
        let length = reader.u16("ldp.msg.len")?;
        let mut message = reader.part(length.into());
        message.u32("ldp.msg.id")?;
        while !message.is_empty() {
            let kind = message.word(2)?;
            message.bits("ldp.msg.tlv.unknown", kind >> 14);
            message.bits("ldp.msg.tlv.type", kind & 0x3fff);
            let length = message.u16("ldp.msg.tlv.len")?;
            let _ = tlv_fields(kind & 0x3fff, &mut message.part(length.into()));
        }
    }
    Some(())
}

fn tlv_fields(kind: u64, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        0x100 => fec(reader),
        0x101 => {
            let family = reader.u16("ldp.msg.tlv.addrl.addr_family")?;
            while !reader.is_empty() {
                match family {
                    1 => drop(reader.ipv4("ldp.msg.tlv.addrl.addr")?),
                    2 => drop(reader.ipv6("ldp.msg.tlv.addrl.addr")?),
                    _ => return None,
                }
            }
            Some(())
        }
        0x200 => {
            let label = reader.word(4)?;
            reader.bits("ldp.msg.tlv.generic.label", label & 0x000f_ffff);
            Some(())
        }
        0x300 => {
            let status = reader.word(4)?;
            reader.flag("ldp.msg.tlv.status.ebit", status >> 31 != 0);
            reader.flag("ldp.msg.tlv.status.fbit", status >> 30 & 1 != 0);
            reader.bits("ldp.msg.tlv.status.data", status & 0x3fff_ffff);
            reader.u32("ldp.msg.tlv.status.msg.id")?;
            reader.u16("ldp.msg.tlv.status.msg.type").map(drop)
        }
        0x400 => {
            reader.u16("ldp.msg.tlv.hello.hold")?;
            let flags = reader.word(2)?;
            reader.flag("ldp.msg.tlv.hello.targeted", flags & 0x8000 != 0);
            reader.flag("ldp.msg.tlv.hello.requested", flags & 0x4000 != 0);
            reader.flag("ldp.msg.tlv.hello.gtsm", flags & 0x2000 != 0);
            reader.bits("ldp.msg.tlv.hello.res", flags & 0x1fff);
            Some(())
        }
        0x401 => reader.ipv4("ldp.msg.tlv.ipv4.taddr").map(drop),
        0x402 => reader.u32("ldp.msg.tlv.hello.cnf_seqno").map(drop),
        0x403 => reader.ipv6("ldp.msg.tlv.ipv6.taddr").map(drop),
        0x500 => {
            reader.u16("ldp.msg.tlv.sess.ver")?;
            reader.u16("ldp.msg.tlv.sess.ka")?;
            let flags = reader.word(1)?;
            reader.flag("ldp.msg.tlv.sess.advbit", flags & 0x80 != 0);
            reader.flag("ldp.msg.tlv.sess.ldetbit", flags & 0x40 != 0);
            reader.u8("ldp.msg.tlv.sess.pvlim")?;
            reader.u16("ldp.msg.tlv.sess.mxpdu")?;
            reader.ipv4("ldp.msg.tlv.sess.rxlsr")?;
            reader.u16("ldp.msg.tlv.sess.rxls").map(drop)
        }
        _ => None,
    }
}

/// RFC 5036, section 3.4.1: what a label is for. Elements other than these two end the list.
fn fec(reader: &mut FieldReader<'_, '_>) -> Option<()> {
    const WILDCARD: u8 = 1;
    const PREFIX: u8 = 2;
    while !reader.is_empty() {
        match reader.u8("ldp.msg.tlv.fec.type")? {
            WILDCARD => {}
            PREFIX => {
                let family = reader.u16("ldp.msg.tlv.fec.af")?;
                let bits = reader.u8("ldp.msg.tlv.fec.len")?;
                let front = reader.rest().get(..usize::from(bits).div_ceil(8))?;
                let mut address = [0; 16];
                address.get_mut(..front.len())?.copy_from_slice(front);
                let value = match family {
                    1 => Value::Ipv4((*address.first_chunk::<4>()?).into()),
                    2 => Value::Ipv6(address.into()),
                    _ => return None,
                };
                reader.skip(front.len());
                if bits > 0 {
                    reader.value("ldp.msg.tlv.fec.pfval", value);
                }
            }
            _ => return None,
        }
    }
    Some(())
}

impl Header for LdpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

fn lengths(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let length = behind.header_len.saturating_add(behind.payload_len);
    let length = behind.fit("PDU length", length.saturating_sub(LENGTH_AT_END))?;
    let header = behind.header::<LdpHeader>(bytes)?;
    // More units may follow, or this one goes on: only what was not given is worked out.
    if usize::from(header.pdu_length.get()) <= size_of::<LdpHeader>().saturating_sub(LENGTH_AT_END)
    {
        header.pdu_length.set(length);
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::LDP,
    "ldp",
    "Label Distribution Protocol",
    |bytes, outer| Ldp::parse_in(bytes, outer).map(|ldp| ldp.shape()),
    |bytes, outer, visitor| Ldp::parse_in(bytes, outer).map(|ldp| visitor(&ldp)),
)
.specification("RFC 5036")
.role(Role::Application)
.claims(&[Key::udp_port(646), Key::tcp_port(646)])
.template(b"\0\x01\0\x06\0\0\0\0\0\0")
.lengths(lengths);

// A hello, made for this test; the fields are tshark's.
#[cfg(test)]
layer_tests! {
    sample: Ldp *b"\0\x01\0\x1e\x01\x01\x01\x01\0\0\x01\0\0\x14\0\0\0\x07\x04\0\0\x04\0\x0f\0\0\
        \x04\x01\0\x04\x01\x01\x01\x01";
    fields: "ldp.hdr.version=1 ldp.hdr.pdu_len=30 ldp.hdr.ldpid.lsr=1.1.1.1 \
        ldp.hdr.ldpid.lsid=0 ldp.msg.ubit=0 ldp.msg.type=256 ldp.msg.len=20 ldp.msg.id=7 \
        ldp.msg.tlv.unknown=0 ldp.msg.tlv.type=1024 ldp.msg.tlv.len=4 ldp.msg.tlv.hello.hold=15 \
        ldp.msg.tlv.hello.targeted=0 ldp.msg.tlv.hello.requested=0 ldp.msg.tlv.hello.gtsm=0 \
        ldp.msg.tlv.hello.res=0 ldp.msg.tlv.unknown=0 ldp.msg.tlv.type=1025 ldp.msg.tlv.len=4 \
        ldp.msg.tlv.ipv4.taddr=1.1.1.1";
    edit: LdpHeader, |header| header.label_space.set(7);
    bad: [1 = 2 => "version" 2, 3 = 5 => "PDU length" 5];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Fix, serialize_layers};

    /// A PDU of one message of one TLV, and what `tshark -T pdml` shows of that.
    #[track_caller]
    fn check(message_type: u16, kind: u16, value: &[u8], expected: &str) {
        let len = |extra: usize| u16::try_from(value.len() + extra).unwrap().to_be_bytes();
        let front = [message_type.to_be_bytes(), len(8), [0, 0], [0, 7]].concat();
        let message = [&front[..], &kind.to_be_bytes(), &len(0), value].concat();
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&LdpHeader::default()], &message).unwrap();
        let ldp = Ldp::parse(&out).unwrap();
        let found = ldp.messages().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!((found.len(), found[0].message_type.0), (1, message_type));
        assert!(found[0].tlvs().eq([Ok((kind, value))]));
        let text = ldp.to_string();
        let fields = text.split(' ').skip_while(|field| !field.starts_with("ldp.msg.tlv.len"));
        assert_eq!(fields.skip(1).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn tlvs_of_sessions_and_labels() {
        check(
            0x200,
            0x500,
            b"\0\x01\0\x1e\0\0\0\0\x02\x02\x02\x02\0\0",
            "ldp.msg.tlv.sess.ver=1 ldp.msg.tlv.sess.ka=30 ldp.msg.tlv.sess.advbit=0 \
             ldp.msg.tlv.sess.ldetbit=0 ldp.msg.tlv.sess.pvlim=0 ldp.msg.tlv.sess.mxpdu=0 \
             ldp.msg.tlv.sess.rxlsr=2.2.2.2 ldp.msg.tlv.sess.rxls=0",
        );
        check(
            0x300,
            0x101,
            b"\0\x01\x0a\0\0\x01\x0a\0\0\x02",
            "ldp.msg.tlv.addrl.addr_family=1 ldp.msg.tlv.addrl.addr=10.0.0.1 \
             ldp.msg.tlv.addrl.addr=10.0.0.2",
        );
        check(
            0x400,
            0x100,
            b"\x02\0\x01\x18\x0a\x01\0\x01",
            "ldp.msg.tlv.fec.type=2 ldp.msg.tlv.fec.af=1 ldp.msg.tlv.fec.len=24 \
             ldp.msg.tlv.fec.pfval=10.1.0.0 ldp.msg.tlv.fec.type=1",
        );
        check(0x402, 0x200, b"\0\0\0\x10", "ldp.msg.tlv.generic.label=16");
        check(
            0x001,
            0x300,
            b"\0\0\0\x0a\0\0\0\x07\x04\0",
            "ldp.msg.tlv.status.ebit=0 ldp.msg.tlv.status.fbit=0 ldp.msg.tlv.status.data=10 \
             ldp.msg.tlv.status.msg.id=7 ldp.msg.tlv.status.msg.type=1024",
        );
    }

    #[test]
    fn several_pdus_may_share_a_segment() {
        let pdu = b"\0\x01\0\x0e\x01\x01\x01\x01\0\0\x02\x01\0\x04\0\0\0\x07";
        let bytes = [&pdu[..], pdu, &pdu[..12]].concat();
        let ldp = Ldp::parse(&bytes).unwrap();
        let messages = ldp.messages().collect::<Vec<_>>();
        let error = Malformed::Truncated { need: 4, have: 2 };
        assert_eq!((messages.len(), messages[2]), (3, Err(error)));
        let summary = fmt::from_fn(|f| ldp.summary(f)).to_string();
        assert_eq!(summary, "keep alive, keep alive");
    }

    #[test]
    fn a_message_without_a_number_ends_the_list() {
        let ldp = Ldp::parse(b"\0\x01\0\x0a\x01\x01\x01\x01\0\0\x02\x01\0\0").unwrap();
        let error = Malformed::Field { name: "message length", value: 0 };
        assert_eq!(ldp.messages().collect::<Vec<_>>(), [Err(error)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, kind in 0_usize..8) {
            let kind = [0x100, 0x101, 0x200, 0x300, 0x400, 0x403, 0x500, 0x600][kind];
            let front = b"\0\x01\x0f\0\x01\x01\x01\x01\0\0\x04\0\0\x60\0\0\0\x07";
            let tlv = [&u16::to_be_bytes(kind)[..], &[0, 40]].concat();
            let bytes = [&front[..], &tlv, &bytes].concat();
            let ldp = Ldp::parse(&bytes).unwrap();
            ldp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
            for message in ldp.messages().flatten() {
                prop_assert!(message.tlvs().count() <= bytes.len());
            }
        }
    }
}
