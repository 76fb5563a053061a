//! Wake-on-LAN: the magic packet that wakes a station, as
//! [AMD describes it](https://www.amd.com/content/dam/amd/en/documents/archived-tech-docs/white-papers/20213.pdf).
//!
//! ```text
//! | ff ff ff ff ff ff | address of the station, 16 times | password, 0, 4 or 6 bytes |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::layers::split;
use crate::{EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Role};
use crate::{Shape, Value};

/// What a magic packet starts with.
const SYNCHRONIZATION: [u8; 6] = [0xff; 6];
/// The ports that senders pick: echo and discard.
const PORTS: [u16; 2] = [7, 9];

/// The packet on the wire, without its password.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct WolHeader {
    pub synchronization: [u8; 6],
    pub addresses: [[u8; 6]; 16],
}

impl Default for WolHeader {
    /// Wakes the address zero.
    fn default() -> Self {
        Self::new([0; 6])
    }
}

impl WolHeader {
    /// Wakes a station.
    pub fn new(address: [u8; 6]) -> Self {
        Self { synchronization: SYNCHRONIZATION, addresses: [address; 16] }
    }
}

/// A magic packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wol<'a> {
    pub header: &'a WolHeader,
    /// Four or six bytes, or none.
    pub password: &'a [u8],
}

impl<'a> Layer<'a> for Wol<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) = split::<WolHeader>(bytes)?;
        let bad = |name, [a, b, c, d, e, f]: [u8; 6]| {
            let value = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
            Malformed::Field { name, value }
        };
        if header.synchronization != SYNCHRONIZATION {
            return Err(bad("synchronization stream", header.synchronization));
        }
        let [first, others @ ..] = header.addresses;
        if let Some(&other) = others.iter().find(|&&other| other != first) {
            return Err(bad("target address", other));
        }
        let password = match rest.len() {
            0..4 => &[],
            4 | 5 => rest.get(..4).unwrap_or_default(),
            _ => rest.get(..6).unwrap_or_default(),
        };
        Ok(Self { header, password })
    }

    fn shape(&self) -> Shape {
        let header_len = size_of::<WolHeader>().saturating_add(self.password.len());
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.bytes("wol.sync", &self.header.synchronization, 0..6);
        let mut at = 6_usize;
        for &address in &self.header.addresses {
            let end = at.saturating_add(6);
            sink.value("wol.mac", Value::Mac(address), at..end);
            at = end;
        }
        if !self.password.is_empty() {
            sink.bytes("wol.passwd", self.password, at..at.saturating_add(self.password.len()));
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wake {}", Value::Mac(self.address()))
    }
}

impl Wol<'_> {
    /// Hardware address of the station to be woken.
    pub fn address(&self) -> [u8; 6] {
        let [address, ..] = self.header.addresses;
        address
    }
}

impl Header for WolHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Wakes the address zero.
const TEMPLATE: [u8; size_of::<WolHeader>()] = {
    let mut template = [0; size_of::<WolHeader>()];
    [template[0], template[1], template[2], template[3], template[4], template[5]] =
        SYNCHRONIZATION;
    template
};

const PROTOCOL: Protocol = Protocol::new(
    LayerType::WOL,
    "wol",
    "Wake-on-LAN",
    |bytes, outer| Wol::parse_in(bytes, outer).map(|wol| wol.shape()),
    |bytes, outer, visitor| Wol::parse_in(bytes, outer).map(|wol| visitor(&wol)),
)
.specification("AMD, Magic Packet Technology")
.role(Role::Application)
.claims(&[
    Key::ether_type(EtherType::WAKE_ON_LAN),
    Key::udp_port(PORTS[0]),
    Key::udp_port(PORTS[1]),
])
.template(&TEMPLATE);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoder, Ipv4Header, LinkType, UdpHeader};
    use crate::{Encode, Fix, serialize_layers};

    // As tshark 4.0.17 shows the same.
    #[test]
    fn reads_every_field() {
        let header = WolHeader::new([2, 0, 0, 0, 0, 7]);
        let bytes = [header.as_bytes(), b"passwd"].concat();
        let wol = Wol::parse(&bytes).unwrap();
        let address = " wol.mac=02:00:00:00:00:07".repeat(16);
        let expected = format!("wol.sync=ffffffffffff{address} wol.passwd=706173737764");
        assert_eq!(wol.to_string(), expected);
        assert_eq!(Wol::parse(&bytes[..106]).unwrap().password, b"pass");
        assert_eq!(Wol::parse(&bytes[..105]).unwrap().password, b"");
        let have = 101;
        let error = Malformed::Truncated { need: 102, have };
        assert_eq!(Wol::parse(&bytes[..have]), Err(error));
    }

    #[test]
    fn anything_else_is_no_magic_packet() {
        let mut header = WolHeader::new([2, 0, 0, 0, 0, 7]);
        header.addresses[15][5] = 8;
        let error = Malformed::Field { name: "target address", value: 0x0200_0000_0008 };
        assert_eq!(Wol::parse(header.as_bytes()), Err(error));
        let zeros = [0; 102];
        let error = Malformed::Field { name: "synchronization stream", value: 0 };
        assert_eq!(Wol::parse(&zeros), Err(error));
    }

    #[test]
    fn a_port_is_a_guess_only() {
        let layers = |payload: &[u8]| {
            let udp = UdpHeader {
                destination_port: 9.into(),
                source_port: 40000.into(),
                ..Default::default()
            };
            let layers: [&dyn Encode; 2] = [&Ipv4Header::default(), &udp];
            let mut out = Vec::new();
            serialize_layers(&mut out, Fix::all(), &layers, payload).unwrap();
            let decoder = Decoder::default();
            let packet = decoder.decode(LinkType::IPV4, &out);
            (packet.get::<Wol<'_>>().is_some(), packet.error())
        };
        assert_eq!(layers(WolHeader::default().as_bytes()), (true, None));
        assert_eq!(layers(b"discard"), (false, None));
    }

    #[test]
    fn a_default_is_the_template() {
        assert_eq!(WolHeader::default().as_bytes(), TEMPLATE);
    }
}
