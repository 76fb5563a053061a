//! The header that drivers of Prism cards put in front of a frame,
//! [LINKTYPE_IEEE802_11_PRISM](https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_PRISM.html).
//!
//! ```text
//!  0                               32                             63
//! |         message code          |         message length         |
//! |                    device name, 16 bytes ...                   |
//! |                       identifier of an item                    |
//! |            status             |            length              |
//! |                              value                             |
//! ```
//!
//! Numbers are those of the machine that captured: the code of the message says which byte comes first.

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::layout::{self, Layout};
use crate::{
    FieldSink, Header, Key, Layer, LayerType, LinkType, Malformed, Next, Protocol, Shape, Value,
};

/// The codes of messages with items as they are here.
const CODES: [u32; 2] = [0x44, 0x41];

/// The header on the wire, in front of its items.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PrismHeader {
    pub message_code: [u8; 4],
    /// Bytes of the header with its items.
    pub message_length: [u8; 4],
    /// Name of the interface, filled up with zeros.
    pub device_name: [u8; 16],
}

/// One thing that the card says of the frame.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct PrismItem {
    pub identifier: [u8; 4],
    /// Zero, if the value is there.
    pub status: [u8; 2],
    pub length: [u8; 2],
    pub value: [u8; 4],
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrismOrder {
    LittleEndian,
    BigEndian,
}

impl PrismOrder {
    /// A number of four bytes.
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::LittleEndian => u32::from_le_bytes(bytes),
            Self::BigEndian => u32::from_be_bytes(bytes),
        }
    }

    /// A number of two bytes.
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::LittleEndian => u16::from_le_bytes(bytes),
            Self::BigEndian => u16::from_be_bytes(bytes),
        }
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrismValue {
    /// Ticks of the machine when the frame came.
    HostTime(u32),
    /// Ticks of the card when the frame came.
    MacTime(u32),
    Channel(u32),
    /// Strength of the signal, in a unit of the card's own.
    Rssi(i32),
    /// Quality of the signal.
    SignalQuality(u32),
    Signal(i32),
    Noise(i32),
    /// In units of 500 kb/s.
    Rate(u32),
    /// Sent, and not received.
    IsTransmitted(bool),
    /// Bytes of the frame.
    FrameLength(u32),
    /// Something else, or a value that is not there.
    Other(u32),
}

impl PrismItem {
    /// The place of the item among its kin: bits that two families of drivers write in two places.
    fn number(self, order: PrismOrder) -> u32 {
        let identifier = order.u32(self.identifier);
        match identifier & 0xfff {
            0x44 => identifier >> 16,
            0x41 => identifier >> 12,
            _ => 0,
        }
    }

    /// What the item says.
    pub fn value(self, order: PrismOrder) -> PrismValue {
        let value = order.u32(self.value);
        if self.status != [0; 2] {
            return PrismValue::Other(value);
        }
        match self.number(order) {
            1 => PrismValue::HostTime(value),
            2 => PrismValue::MacTime(value),
            3 => PrismValue::Channel(value),
            4 => PrismValue::Rssi(value.cast_signed()),
            5 => PrismValue::SignalQuality(value),
            6 => PrismValue::Signal(value.cast_signed()),
            7 => PrismValue::Noise(value.cast_signed()),
            8 => PrismValue::Rate(value),
            9 => PrismValue::IsTransmitted(value != 0),
            10 => PrismValue::FrameLength(value),
            _ => PrismValue::Other(value),
        }
    }
}

/// What a card says of the frame behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Prism<'a> {
    pub header: &'a PrismHeader,
    /// The order of bytes in all numbers.
    pub order: PrismOrder,
    pub items: &'a [PrismItem],
    /// What is left of the length that is no item.
    pub rest: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Layer<'a> for Prism<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<PrismHeader>(bytes)?;
        let code = header.message_code;
        let mut orders = [PrismOrder::LittleEndian, PrismOrder::BigEndian].into_iter();
        let Some(order) = orders.find(|order| CODES.contains(&order.u32(code))) else {
            let value = u32::from_le_bytes(code).into();
            return Err(Malformed::Field { name: "message code", value });
        };
        let length = order.u32(header.message_length);
        // Longer than this no driver's is: its length would not fit a layer's.
        let body_len = u16::try_from(length).ok().map(usize::from);
        let Some(body_len) = body_len.and_then(|len| len.checked_sub(size_of::<PrismHeader>()))
        else {
            return Err(Malformed::Field { name: "message length", value: length.into() });
        };
        let Some((body, payload)) = rest.split_at_checked(body_len) else {
            let need = size_of::<PrismHeader>().saturating_add(body_len);
            return Err(Malformed::Truncated { need, have: bytes.len() });
        };
        let whole = body_len.checked_div(size_of::<PrismItem>()).unwrap_or_default();
        let (items, rest) = <[PrismItem]>::ref_from_prefix_with_elems(body, whole)
            .map_err(|_| Malformed::Truncated { need: body_len, have: body.len() })?;
        Ok(Self { header, order, items, rest, payload })
    }

    fn shape(&self) -> Shape {
        let items = size_of_val(self.items).saturating_add(self.rest.len());
        Shape {
            header_len: size_of::<PrismHeader>().saturating_add(items),
            payload_len: self.payload.len(),
            trailer_len: 0,
            next: Next::One(Key::link_type(LinkType::IEEE802_11)),
        }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let order = self.order;
        sink.number("prism.msgcode", order.u32(self.header.message_code), 0..4);
        sink.number("prism.msglen", order.u32(self.header.message_length), 4..8);
        sink.value("prism.devname", layout::text(self.device_name()), 8..24);
        let mut layout = Layout::new(self.items.as_bytes(), size_of::<PrismHeader>(), sink);
        for item in self.items {
            // Every item is whole.
            let _ = item_fields(*item, order, &mut layout);
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for item in self.items {
            match item.value(self.order) {
                PrismValue::Channel(channel) => write!(f, "{space}channel {channel}")?,
                PrismValue::Rssi(rssi) => write!(f, "{space}rssi {rssi}")?,
                _ => continue,
            }
            space = " ";
        }
        Ok(())
    }
}

fn item_fields(item: PrismItem, order: PrismOrder, layout: &mut Layout<'_, '_>) -> Option<()> {
    let mut number = |len: usize, name: &'static str, number: u32| {
        layout.take(len)?;
        layout.value(name, Value::Number(number.into()));
        Some(())
    };
    number(4, "prism.did.type", order.u32(item.identifier))?;
    number(2, "prism.did.status", order.u16(item.status).into())?;
    number(2, "prism.did.length", order.u16(item.length).into())?;
    layout.take(4)?;
    let (name, value) = match item.value(order) {
        PrismValue::HostTime(time) => ("prism.did.hosttime", Value::Number(time.into())),
        PrismValue::MacTime(time) => ("prism.did.mactime", Value::Number(time.into())),
        PrismValue::Channel(channel) => ("prism.did.channel", Value::Number(channel.into())),
        PrismValue::Rssi(rssi) => ("prism.did.rssi", Value::Signed(rssi.into())),
        PrismValue::SignalQuality(quality) => ("prism.did.sq", Value::Number(quality.into())),
        PrismValue::Signal(signal) => ("prism.did.signal", Value::Signed(signal.into())),
        PrismValue::Noise(noise) => ("prism.did.noise", Value::Signed(noise.into())),
        PrismValue::Rate(rate) => ("prism.did.rate", Value::Number(rate.into())),
        PrismValue::IsTransmitted(is) => ("prism.did.istx", Value::Flag(is)),
        PrismValue::FrameLength(len) => ("prism.did.frmlen", Value::Number(len.into())),
        // Wireshark shows no value that the card says is not there.
        PrismValue::Other(_) if item.status != [0; 2] => return Some(()),
        PrismValue::Other(value) => ("prism.did.unknown", Value::Number(value.into())),
    };
    layout.value(name, value);
    Some(())
}

impl<'a> Prism<'a> {
    /// Name of the interface.
    pub fn device_name(&self) -> &'a [u8] {
        let name = &self.header.device_name;
        name.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

impl Header for PrismHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// No items, of a machine whose lower byte comes first.
const TEMPLATE: [u8; 24] = *b"\x44\0\0\0\x18\0\0\0wlan0\0\0\0\0\0\0\0\0\0\0\0";

const PROTOCOL: Protocol = Protocol::new(
    LayerType::PRISM,
    "prism",
    "Prism capture header",
    |bytes, outer| Prism::parse_in(bytes, outer).map(|prism| prism.shape()),
    |bytes, outer, visitor| Prism::parse_in(bytes, outer).map(|prism| visitor(&prism)),
)
.specification("LINKTYPE_IEEE802_11_PRISM")
.claims(&[Key::link_type(LinkType::IEEE802_11_PRISM)])
.template(&TEMPLATE);

// Made by hand; tshark 4.0.17: Message Code: 68, Message Length: 48, Device: wlan0, Channel: 11,
// RSSI: 0xffffffd0
#[cfg(test)]
layer_tests! {
    sample: Prism *b"\x44\0\0\0\x30\0\0\0wlan0\0\0\0\0\0\0\0\0\0\0\0\x44\0\x03\0\0\0\x04\0\x0b\0\0\0\
        \x44\0\x04\0\0\0\x04\0\xd0\xff\xff\xff";
    fields: "prism.msgcode=68 prism.msglen=48 prism.devname=wlan0 prism.did.type=196676 \
        prism.did.status=0 prism.did.length=4 prism.did.channel=11 prism.did.type=262212 \
        prism.did.status=0 prism.did.length=4 prism.did.rssi=-48";
    edit: PrismHeader, |header| header.device_name = [b'a'; 16];
    bad: [0 = 0x45 => "message code" 0x45, 4 = 23 => "message length" 23,
        6 = 1 => "message length" 0x1_0030];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decoder;

    #[test]
    fn two_families_of_drivers_number_items_in_two_places() {
        for identifier in [0x000a_0044, 0xa041] {
            let item = PrismItem {
                identifier: u32::to_le_bytes(identifier),
                status: [0; 2],
                length: [4, 0],
                value: [62, 0, 0, 0],
            };
            let order = PrismOrder::LittleEndian;
            assert_eq!(item.value(order), PrismValue::FrameLength(62));
            let absent = PrismItem { status: [1, 0], ..item };
            assert_eq!(absent.value(order), PrismValue::Other(62));
        }
    }

    // Made by hand; tshark 4.0.17 shows the same fields.
    #[test]
    fn a_machine_whose_higher_byte_comes_first_writes_its_numbers_so() {
        let bytes =
            b"\0\0\0\x44\0\0\0\x30wlan0\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\x44\0\0\0\x04\0\0\0\x0b\
            \0\x04\0\x44\0\0\0\x04\xff\xff\xff\xd0";
        let prism = Prism::parse(bytes).unwrap();
        assert_eq!(prism.order, PrismOrder::BigEndian);
        let fields = "prism.msgcode=68 prism.msglen=48 prism.devname=wlan0 prism.did.type=196676 \
            prism.did.status=0 prism.did.length=4 prism.did.channel=11 prism.did.type=262212 \
            prism.did.status=0 prism.did.length=4 prism.did.rssi=-48";
        assert_eq!(prism.to_string(), fields);
    }

    #[test]
    fn a_frame_follows() {
        let header = b"\x44\0\0\0\x19\0\0\0wlan0\0\0\0\0\0\0\0\0\0\0\0\x07";
        let bytes = [&header[..], b"\xd4\0\0\0\x02\x11\x11\x11\x11\x11"].concat();
        assert_eq!(Prism::parse(&bytes).unwrap().rest, [7]);
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IEEE802_11_PRISM, &bytes);
        let layers = packet.layers().iter().map(|span| span.layer).collect::<Vec<_>>();
        assert_eq!(layers, [LayerType::PRISM, LayerType::WLAN]);
    }
}
