//! `BACnet` network layer, [ANSI/ASHRAE 135](https://www.ashrae.org/technical-resources/bookstore/bacnet)
//! clause 6.2.
//!
//! ```text
//!  0             8
//! |  version, 1  |N D S E P|  DNET, 2 | DLEN | DADR, DLEN bytes |  if D
//! |  SNET, 2 | SLEN | SADR, SLEN bytes |  if S; | hop count |  if D
//! | message type | vendor ID, 2, from type 0x80 up |  if N; data ...
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::key::numbers;
use crate::layers::{BvlcFunction, split};
use crate::parts::Parts;
use crate::{Encode, EncodeError, FieldSink, Header, Key, Layer, LayerType, Malformed, Next};
use crate::{Protocol, Role, Shape, Value};

#[cfg(test)]
mod tests;

/// The only version.
const VERSION: u8 = 1;
/// Bits of the control byte: a message of the network layer itself, a destination, a source.
const NETWORK_MESSAGE: u8 = 0x80;
const DESTINATION: u8 = 0x20;
const SOURCE: u8 = 0x08;
/// Messages of the network layer from this type on are of vendors.
const VENDORS: u8 = 0x80;

/// The front of a header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct BacnetHeader {
    pub version: u8,
    pub control: u8,
}

impl Default for BacnetHeader {
    /// A message of the application on one network, which wants no reply.
    fn default() -> Self {
        Self { version: VERSION, control: 0 }
    }
}

impl BacnetHeader {
    /// Whether the message is one of the network layer itself.
    pub fn is_network_message(&self) -> bool {
        self.control & NETWORK_MESSAGE != 0
    }

    /// Writes [`is_network_message`](Self::is_network_message).
    pub fn set_network_message(&mut self, network_message: bool) {
        self.control = self.control & !NETWORK_MESSAGE | u8::from(network_message) << 7;
    }

    /// Whether a reply is awaited.
    pub fn expects_reply(&self) -> bool {
        self.control & 0x04 != 0
    }

    /// Writes [`expects_reply`](Self::expects_reply).
    pub fn set_expects_reply(&mut self, reply: bool) {
        self.control = self.control & !0x04 | u8::from(reply) << 2;
    }

    /// How urgent the message is, from 0 to 3.
    pub fn priority(&self) -> u8 {
        self.control & 3
    }

    /// Writes [`priority`](Self::priority), its low 2 bits.
    pub fn set_priority(&mut self, priority: u8) {
        self.control = self.control & !3 | priority & 3;
    }
}

/// What a message of the network layer is. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BacnetMessageType(pub u8);

numbers! {
    BacnetMessageType "message type {:#04x}" {
        /// Who leads to this network?
        WHO_IS_ROUTER_TO_NETWORK = 0x00 "who-is-router-to-network";
        /// I do.
        I_AM_ROUTER_TO_NETWORK = 0x01 "I-am-router-to-network";
        /// I could.
        I_COULD_BE_ROUTER_TO_NETWORK = 0x02 "I-could-be-router-to-network";
        /// That does not go.
        REJECT_MESSAGE_TO_NETWORK = 0x03 "reject-message-to-network";
        /// Too much.
        ROUTER_BUSY_TO_NETWORK = 0x04 "router-busy-to-network";
        /// Go on.
        ROUTER_AVAILABLE_TO_NETWORK = 0x05 "router-available-to-network";
        /// Where networks are.
        INITIALIZE_ROUTING_TABLE = 0x06 "initialize-routing-table";
        /// Noted.
        INITIALIZE_ROUTING_TABLE_ACK = 0x07 "initialize-routing-table-ack";
        /// Dial.
        ESTABLISH_CONNECTION_TO_NETWORK = 0x08 "establish-connection-to-network";
        /// Hang up.
        DISCONNECT_CONNECTION_TO_NETWORK = 0x09 "disconnect-connection-to-network";
        /// Which network is this?
        WHAT_IS_NETWORK_NUMBER = 0x12 "what-is-network-number";
        /// This one.
        NETWORK_NUMBER_IS = 0x13 "network-number-is";
    }
}

/// A place among networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BacnetAddress<'a> {
    /// 0xffff stands for all networks.
    pub network: u16,
    /// An address of that network; none stands for all of its devices.
    pub address: &'a [u8],
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bacnet<'a> {
    pub header: &'a BacnetHeader,
    pub destination: Option<BacnetAddress<'a>>,
    pub source: Option<BacnetAddress<'a>>,
    /// How many more routers may hand the message on, if it has a destination.
    pub hop_count: Option<u8>,
    /// What the message is, if it is one of the network layer.
    pub message_type: Option<BacnetMessageType>,
    /// Who gave that type its meaning, if the standard did not.
    pub vendor_id: Option<u16>,
    /// The message of the application, or the data of one of the network layer.
    pub payload: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Layer<'a> for Bacnet<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, _) = split::<BacnetHeader>(bytes)?;
        if header.version != VERSION {
            return Err(Malformed::Field { name: "version", value: header.version.into() });
        }
        let mut parts = Parts::new(bytes);
        parts.bytes(size_of::<BacnetHeader>())?;
        let mut address = |bit| {
            if header.control & bit == 0 {
                return Ok(None);
            }
            let network = u16::from_be_bytes(*parts.take::<[u8; 2]>()?);
            let [len] = *parts.take::<[u8; 1]>()?;
            Ok(Some(BacnetAddress { network, address: parts.bytes(len.into())? }))
        };
        let (destination, source) = (address(DESTINATION)?, address(SOURCE)?);
        let hop_count = parts.take_if::<[u8; 1]>(destination.is_some())?.map(|[count]| *count);
        let message_type = parts.take_if::<[u8; 1]>(header.is_network_message())?;
        let message_type = message_type.map(|[kind]| BacnetMessageType(*kind));
        let is_of_vendor = message_type.is_some_and(|kind| kind.0 >= VENDORS);
        let vendor_id = parts.take_if::<[u8; 2]>(is_of_vendor)?;
        let vendor_id = vendor_id.map(|id| u16::from_be_bytes(*id));
        let payload = parts.rest;
        Ok(Self { header, destination, source, hop_count, message_type, vendor_id, payload, bytes })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len();
        let header_len = self.bytes.len().saturating_sub(payload_len);
        let next = match self.message_type {
            Some(_) => Next::End,
            None => Next::One(Key::parent(LayerType::BACNET)),
        };
        Shape { header_len, payload_len, trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        // What is not there is not reported.
        let _ = self.read(&mut FieldReader::new(self.bytes, 0, sink));
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(kind) = self.message_type {
            write!(f, "{kind}")?;
            separator = " ";
        }
        match self.destination {
            Some(destination) => write!(f, "{separator}to network {}", destination.network),
            None => Ok(()),
        }
    }
}

/// The names of an address by what it is: of Ethernet or IP, of a serial bus, of something else.
struct AddressNames {
    ethernet: &'static str,
    serial: &'static str,
    other: &'static str,
}

fn address(names: &AddressNames, len: u8, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match len {
        0 => Some(()),
        1 => reader.u8(names.serial).map(drop),
        6 => reader.mac(names.ethernet).map(drop),
        _ => reader.bytes(names.other, len.into()).map(drop),
    }
}

impl Bacnet<'_> {
    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("bacnet.version")?;
        let control = reader.u8("bacnet.control")?;
        reader.flags(
            control.into(),
            &[
                ("bacnet.control_net", 0x80),
                ("bacnet.control_res1", 0x40),
                ("bacnet.control_dest", 0x20),
                ("bacnet.control_res2", 0x10),
                ("bacnet.control_src", 0x08),
                ("bacnet.control_expect", 0x04),
                ("bacnet.control_prio_high", 0x02),
                ("bacnet.control_prio_low", 0x01),
            ],
        );
        if self.destination.is_some() {
            reader.u16("bacnet.dnet")?;
            let len = reader.u8("bacnet.dlen")?;
            let names = AddressNames {
                ethernet: "bacnet.dadr_eth",
                serial: "bacnet.dadr_mstp",
                other: "bacnet.dadr_tmp",
            };
            address(&names, len, reader)?;
        }
        if self.source.is_some() {
            reader.u16("bacnet.snet")?;
            let len = reader.u8("bacnet.slen")?;
            let names = AddressNames {
                ethernet: "bacnet.sadr_eth",
                serial: "bacnet.sadr_mstp",
                other: "bacnet.sadr_tmp",
            };
            address(&names, len, reader)?;
        }
        if self.hop_count.is_some() {
            reader.u8("bacnet.hopc")?;
        }
        let kind = self.message_type?;
        reader.u8("bacnet.mesgtyp")?;
        if self.vendor_id.is_some() {
            return reader.u16("bacnet.vendor").map(drop);
        }
        network_message(kind, reader)
    }
}

fn network_message(kind: BacnetMessageType, reader: &mut FieldReader<'_, '_>) -> Option<()> {
    match kind {
        BacnetMessageType::WHO_IS_ROUTER_TO_NETWORK
        | BacnetMessageType::DISCONNECT_CONNECTION_TO_NETWORK => {
            reader.u16("bacnet.dnet").map(drop)
        }
        BacnetMessageType::I_AM_ROUTER_TO_NETWORK
        | BacnetMessageType::ROUTER_BUSY_TO_NETWORK
        | BacnetMessageType::ROUTER_AVAILABLE_TO_NETWORK => {
            while !reader.is_empty() {
                reader.u16("bacnet.dnet")?;
            }
            Some(())
        }
        BacnetMessageType::I_COULD_BE_ROUTER_TO_NETWORK => {
            reader.u16("bacnet.dnet")?;
            reader.u8("bacnet.perf").map(drop)
        }
        BacnetMessageType::REJECT_MESSAGE_TO_NETWORK => {
            reader.u8("bacnet.rejectreason")?;
            reader.u16("bacnet.dnet").map(drop)
        }
        BacnetMessageType::INITIALIZE_ROUTING_TABLE
        | BacnetMessageType::INITIALIZE_ROUTING_TABLE_ACK => {
            let count = reader.u8("bacnet.rportnum")?;
            for _ in 0..count {
                reader.u16("bacnet.dnet")?;
                reader.u8("bacnet.portid")?;
                let len = reader.u8("bacnet.pinfolen")?;
                if len > 0 {
                    reader.bytes("bacnet.pinfo", len.into())?;
                }
            }
            Some(())
        }
        BacnetMessageType::ESTABLISH_CONNECTION_TO_NETWORK => {
            reader.u16("bacnet.dnet")?;
            reader.u8("bacnet.term_time_value").map(drop)
        }
        BacnetMessageType::NETWORK_NUMBER_IS => {
            reader.u16("bacnet.dnet")?;
            let status = u64::from(reader.peek_u8()?);
            reader.skip(1)?;
            reader.value("bacnet.netno_status", Value::Number(status));
            Some(())
        }
        _ => None,
    }
}

impl Header for BacnetHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// A header to be built; the message of the application, or data, goes behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BacnetBuilder<'a> {
    /// Its bits of what is behind are worked out.
    pub header: BacnetHeader,
    pub destination: Option<BacnetAddress<'a>>,
    pub source: Option<BacnetAddress<'a>>,
    /// Written if there is a destination.
    pub hop_count: u8,
    pub message_type: Option<BacnetMessageType>,
    /// Written if the type is one of a vendor.
    pub vendor_id: u16,
}

impl Encode for BacnetBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut header = self.header;
        header.control &= !(NETWORK_MESSAGE | DESTINATION | SOURCE);
        let bits = [
            (self.message_type.is_some(), NETWORK_MESSAGE),
            (self.destination.is_some(), DESTINATION),
            (self.source.is_some(), SOURCE),
        ];
        let bits = bits.iter().filter(|(is_there, _)| *is_there);
        header.control |= bits.fold(0, |control, (_, bit)| control | bit);
        out.extend_from_slice(header.as_bytes());
        for place in [self.destination, self.source].into_iter().flatten() {
            let value = place.address.len() as u64;
            let error = EncodeError::TooLarge { layer: "bacnet", field: "address length", value };
            out.extend(place.network.to_be_bytes());
            out.push(u8::try_from(place.address.len()).map_err(|_| error)?);
            out.extend(place.address);
        }
        if self.destination.is_some() {
            out.push(self.hop_count);
        }
        if let Some(kind) = self.message_type {
            out.push(kind.0);
            if kind.0 >= VENDORS {
                out.extend(self.vendor_id.to_be_bytes());
            }
        }
        Ok(())
    }
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::BACNET,
    "bacnet",
    "Building Automation and Control Network NPDU",
    |bytes, outer| Bacnet::parse_in(bytes, outer).map(|bacnet| bacnet.shape()),
    |bytes, outer, visitor| Bacnet::parse_in(bytes, outer).map(|bacnet| visitor(&bacnet)),
)
.specification("ANSI/ASHRAE 135")
.role(Role::Application)
.claims(&[
    Key::child(LayerType::BVLC, BvlcFunction::ORIGINAL_UNICAST_NPDU.0 as u32),
    Key::child(LayerType::BVLC, BvlcFunction::ORIGINAL_BROADCAST_NPDU.0 as u32),
    Key::child(LayerType::BVLC, BvlcFunction::DISTRIBUTE_BROADCAST_TO_NETWORK.0 as u32),
    Key::child(LayerType::BVLC, BvlcFunction::FORWARDED_NPDU.0 as u32),
    Key::llc_sap(0x82),
])
.template(b"\x01\0");
