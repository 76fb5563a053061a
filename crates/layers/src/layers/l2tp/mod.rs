//! Layer Two Tunneling Protocol, version 2, [RFC 2661](https://www.rfc-editor.org/rfc/rfc2661)
//! section 3.1, and version 3, [RFC 3931](https://www.rfc-editor.org/rfc/rfc3931) sections 3.2 and 4.1.
//!
//! ```text
//!  0 1 2   4   6 7         12      16                             31
//! |T|L|   |S| |O|P|       |version|          length (if L)         |
//! |          tunnel ID            |          session ID            |   version 2
//! |                   control connection ID                        |   version 3, control
//! |           Ns (if S)           |           Nr (if S)            |
//! |      offset size (if O)       |  offset padding ...            |   version 2
//! |      attribute value pairs of a control message ...            |
//! ```
//!
//! Version 3 straight inside IP starts with a session ID of 32 bits: zero in front of the header of
//! a control message, else all there is of a header. What a data message of version 3 holds, and
//! behind how many bytes of cookie, is agreed on before and told by no message.

use std::fmt;

use zerocopy::network_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::parts::{Parts, Places};
use crate::{EtherType, FieldSink, IpProtocol, Key, Layer, LayerType, Malformed, Next, Outer};
use crate::{Protocol, Shape};

mod avp;
mod avp_fields;
mod build;

pub use avp::{L2tpAttribute, L2tpAvp, L2tpAvps, L2tpValue};
pub use build::L2tpBuilder;

/// The bits of flags and version that are zero.
const RESERVED: u16 = 0x34f0;

/// Flags and version, with which all messages start but those of version 3 straight inside IP.
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
pub struct L2tpHeader {
    pub flags_version: U16,
}

impl L2tpHeader {
    /// Whether this is a control message.
    pub fn is_control(&self) -> bool {
        self.has(0x8000)
    }

    /// Writes [`is_control`](Self::is_control).
    pub fn set_control(&mut self, control: bool) {
        self.flags_version.set(self.flags_version.get() & !0x8000 | u16::from(control) << 15);
    }

    /// Whether a length is there.
    pub fn has_length(&self) -> bool {
        self.has(0x4000)
    }

    /// Writes [`has_length`](Self::has_length).
    pub fn set_length(&mut self, length: bool) {
        self.flags_version.set(self.flags_version.get() & !0x4000 | u16::from(length) << 14);
    }

    /// Whether sequence numbers are there.
    pub fn has_sequence(&self) -> bool {
        self.has(0x0800)
    }

    /// Writes [`has_sequence`](Self::has_sequence).
    pub fn set_sequence(&mut self, sequence: bool) {
        self.flags_version.set(self.flags_version.get() & !0x0800 | u16::from(sequence) << 11);
    }

    /// Whether an offset is there: version 2.
    pub fn has_offset(&self) -> bool {
        self.has(0x0200)
    }

    /// Writes [`has_offset`](Self::has_offset).
    pub fn set_offset(&mut self, offset: bool) {
        self.flags_version.set(self.flags_version.get() & !0x0200 | u16::from(offset) << 9);
    }

    /// Whether the message should go first: version 2.
    pub fn has_priority(&self) -> bool {
        self.has(0x0100)
    }

    /// Writes [`has_priority`](Self::has_priority).
    pub fn set_priority(&mut self, priority: bool) {
        self.flags_version.set(self.flags_version.get() & !0x0100 | u16::from(priority) << 8);
    }

    /// Version, 4 bits: 2 or 3.
    pub fn version(&self) -> u8 {
        self.flags_version.to_bytes()[1] & 15
    }

    /// Writes [`version`](Self::version), its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.flags_version.set(self.flags_version.get() & !0x000f | u16::from(version & 0x0f));
    }

    fn has(self, bit: u16) -> bool {
        self.flags_version.get() & bit != 0
    }
}

/// What carries a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2tpCarrier {
    /// UDP.
    Udp,
    /// IP, with nothing in between: version 3.
    Ip,
}

/// What a message is, and what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2tpMessage {
    /// Attributes, in version 2.
    ControlV2 { tunnel_id: u16, session_id: u16 },
    /// A packet of PPP, in version 2.
    DataV2 { tunnel_id: u16, session_id: u16 },
    /// Attributes, in version 3.
    ControlV3 { control_connection_id: u32 },
    /// A packet of the kind that was agreed on, in version 3.
    DataV3 { session_id: u32 },
}

/// A message of a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct L2tp<'a> {
    pub carrier: L2tpCarrier,
    /// Flags and version; none in data straight inside IP.
    pub header: Option<&'a L2tpHeader>,
    /// Of the message from its flags on, in bytes.
    pub length: Option<u16>,
    pub message: L2tpMessage,
    /// The number of this message, and of the one that is expected next.
    pub sequence: Option<&'a [U16; 2]>,
    /// The padding in front of the payload: version 2.
    pub offset_padding: Option<&'a [u8]>,
    /// The attributes, not yet understood, as far as they are there: [`avps`](Self::avps) are.
    pub avp_bytes: &'a [u8],
    pub payload: &'a [u8],
    /// What stands between flags and session ID in data of version 3 inside UDP.
    reserved: u16,
    header_len: usize,
}

impl<'a> Layer<'a> for L2tp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    /// Reads a message inside UDP.
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_message(bytes, bytes, L2tpCarrier::Udp)
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let is_datagram = |layer| matches!(layer, LayerType::UDP | LayerType::UDP_LITE);
        let Some(parent) = outer.parent() else { return Self::parse(bytes) };
        if is_datagram(parent.layer) {
            let l2tp = Self::parse(bytes)?;
            // RFC 2661, section 3.1: these are zero, unless the datagram holds something else.
            return match l2tp.header.map_or(0, |header| header.flags_version.get() & RESERVED) {
                0 => Ok(l2tp),
                flags => Err(Malformed::Field { name: "reserved bits", value: flags.into() }),
            };
        }
        let mut parts = Parts::new(bytes);
        match parts.take::<U32>()?.get() {
            0 => Self::parse_message(bytes, parts.rest, L2tpCarrier::Ip),
            session_id => Ok(Self {
                carrier: L2tpCarrier::Ip,
                header: None,
                length: None,
                message: L2tpMessage::DataV3 { session_id },
                sequence: None,
                offset_padding: None,
                avp_bytes: &[],
                payload: parts.rest,
                reserved: 0,
                header_len: parts.taken(),
            }),
        }
    }

    fn shape(&self) -> Shape {
        let front = self.front_len();
        let rest = self
            .length
            .map(|length| front.saturating_add(length.into()).saturating_sub(self.header_len));
        let payload_len = rest.unwrap_or(self.payload.len());
        let next = match self.message {
            L2tpMessage::DataV2 { .. } => Next::One(Key::ether_type(EtherType::PPP)),
            _ => Next::End,
        };
        Shape { header_len: self.header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut places = Places(0);
        if self.carrier == L2tpCarrier::Ip {
            let session_id = match self.message {
                L2tpMessage::DataV3 { session_id } => session_id,
                _ => 0,
            };
            sink.number("l2tp.sid", session_id, places.next(4));
        }
        let Some(header) = self.header else { return };
        flag_fields(*header, &mut places, sink);
        if let Some(length) = self.length {
            sink.number("l2tp.length", length, places.next(2));
        }
        match self.message {
            L2tpMessage::ControlV2 { tunnel_id, session_id }
            | L2tpMessage::DataV2 { tunnel_id, session_id } => {
                sink.number("l2tp.tunnel", tunnel_id, places.next(2));
                sink.number("l2tp.session", session_id, places.next(2));
            }
            L2tpMessage::ControlV3 { control_connection_id } => {
                sink.number("l2tp.ccid", control_connection_id, places.next(4));
            }
            L2tpMessage::DataV3 { session_id } => {
                sink.number("l2tp.res", self.reserved, places.next(2));
                sink.number("l2tp.sid", session_id, places.next(4));
            }
        }
        if let Some([sent, expected]) = self.sequence {
            sink.number("l2tp.Ns", *sent, places.next(2));
            sink.number("l2tp.Nr", *expected, places.next(2));
        }
        if let Some(padding) = self.offset_padding {
            sink.number("l2tp.offset", padding.len() as u64, places.next(2));
        }
        avp_fields::avps(self.avp_bytes, places.0, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message {
            L2tpMessage::ControlV2 { tunnel_id, session_id } => {
                write!(f, "v2 control tunnel {tunnel_id} session {session_id}")?;
            }
            L2tpMessage::DataV2 { tunnel_id, session_id } => {
                return write!(f, "v2 tunnel {tunnel_id} session {session_id}");
            }
            L2tpMessage::ControlV3 { control_connection_id } => {
                write!(f, "v3 control connection {control_connection_id}")?;
            }
            L2tpMessage::DataV3 { session_id } => return write!(f, "v3 session {session_id}"),
        }
        match self.message_type() {
            Some(message_type) => write!(f, " message {message_type}"),
            None => f.write_str(" ack"),
        }
    }
}

impl<'a> L2tp<'a> {
    /// The attributes of a control message.
    pub fn avps(&self) -> L2tpAvps<'a> {
        L2tpAvps::new(self.avp_bytes)
    }

    /// What a control message is for, as its first attribute says: 1 for
    /// Start-Control-Connection-Request. A message without attributes acknowledges others.
    pub fn message_type(&self) -> Option<u16> {
        let first = self.avps().next()?.ok()?;
        let is_type = first.attribute == L2tpAttribute::MESSAGE_TYPE && first.vendor_id == 0;
        let number = <[u8; 2]>::try_from(first.value).ok().filter(|_| is_type)?;
        Some(u16::from_be_bytes(number))
    }

    /// The message from its flags on, which are the rest of the bytes.
    fn parse_message(
        bytes: &'a [u8],
        rest: &'a [u8],
        carrier: L2tpCarrier,
    ) -> Result<Self, Malformed> {
        let front = bytes.len().saturating_sub(rest.len());
        let mut parts = Parts::new(bytes);
        parts.bytes(front)?;
        let header = parts.take::<L2tpHeader>()?;
        let (version, is_control) = (header.version(), header.is_control());
        let is_data_of_v3 = version == 3 && !is_control;
        if !matches!(version, 2 | 3) || is_data_of_v3 && carrier == L2tpCarrier::Ip {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        // Data of version 3 has neither length nor numbers: the bits are reserved there.
        let length = parts.take_if::<U16>(header.has_length() && !is_data_of_v3)?;
        let mut reserved = 0;
        let message = match (version, is_control) {
            (2, _) => {
                let [tunnel_id, session_id] = parts.take::<[U16; 2]>()?.map(U16::get);
                if is_control {
                    L2tpMessage::ControlV2 { tunnel_id, session_id }
                } else {
                    L2tpMessage::DataV2 { tunnel_id, session_id }
                }
            }
            (_, true) => {
                L2tpMessage::ControlV3 { control_connection_id: parts.take::<U32>()?.get() }
            }
            (_, false) => {
                reserved = parts.take::<U16>()?.get();
                L2tpMessage::DataV3 { session_id: parts.take::<U32>()?.get() }
            }
        };
        let sequence = parts.take_if(header.has_sequence() && !is_data_of_v3)?;
        let offset = parts.take_if::<U16>(version == 2 && header.has_offset())?;
        let offset_padding = match offset {
            Some(offset) => Some(parts.bytes(offset.get().into())?),
            None => None,
        };
        let length = length.map(|length| length.get());
        let behind = match length {
            Some(length) => {
                let end = front.saturating_add(length.into());
                let len = end.checked_sub(parts.taken());
                len.ok_or(Malformed::Field { name: "length", value: length.into() })?
            }
            None => parts.rest.len(),
        };
        let behind = parts.rest.get(..behind).unwrap_or(parts.rest);
        let (avp_bytes, payload) = if is_control { (behind, &[][..]) } else { (&[][..], behind) };
        let header_len = parts.taken().saturating_add(avp_bytes.len());
        let header = Some(header);
        Ok(Self {
            carrier,
            header,
            length,
            message,
            sequence,
            offset_padding,
            avp_bytes,
            payload,
            reserved,
            header_len,
        })
    }

    /// Bytes in front of the flags.
    fn front_len(&self) -> usize {
        match self.carrier {
            L2tpCarrier::Udp => 0,
            L2tpCarrier::Ip => size_of::<U32>(),
        }
    }
}

fn flag_fields(header: L2tpHeader, places: &mut Places, sink: &mut dyn FieldSink) {
    let place = places.next(size_of::<L2tpHeader>());
    sink.number("l2tp.flags", header.flags_version, place.clone());
    sink.number("l2tp.type", header.is_control(), place.clone());
    sink.flag("l2tp.length_bit", header.has_length(), place.clone());
    sink.flag("l2tp.seq_bit", header.has_sequence(), place.clone());
    if header.version() == 2 {
        sink.flag("l2tp.offset_bit", header.has_offset(), place.clone());
        sink.flag("l2tp.priority", header.has_priority(), place.clone());
    }
    sink.number("l2tp.version", header.version(), place);
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::L2TP,
    "l2tp",
    "Layer Two Tunneling Protocol",
    |bytes, outer| L2tp::parse_in(bytes, outer).map(|l2tp| l2tp.shape()),
    |bytes, outer, visitor| L2tp::parse_in(bytes, outer).map(|l2tp| visitor(&l2tp)),
)
.specification("RFC 2661")
.claims(&[Key::udp_port(1701), Key::ip_protocol(IpProtocol::L2TP)])
.template(&[0, 2, 0, 0, 0, 0])
.lengths(build::lengths);

#[cfg(test)]
mod tests;
