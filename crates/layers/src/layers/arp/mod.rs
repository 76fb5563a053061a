//! Address Resolution Protocol, [RFC 826](https://www.rfc-editor.org/rfc/rfc826), and its reverse,
//! [RFC 903](https://www.rfc-editor.org/rfc/rfc903).
//!
//! ```text
//!  0                               16                             31
//! |         hardware type         |         protocol type         |
//! | hardware len  | protocol len  |           operation           |
//! | sender hardware address ...   | sender protocol address ...   |
//! | target hardware address ...   | target protocol address ...   |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{
    EtherType, FieldSink, Header, Key, Layer, LayerType, Malformed, Next, Protocol, Setting,
};
use crate::{Shape, Value};

mod encode;

pub use encode::ArpBuilder;

/// IPv4 as AX.25 numbers it, in the place of its Ethernet type.
const AX25_IPV4: u16 = 0x00cc;

/// The header on the wire, without the addresses, whose lengths it gives.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct ArpHeader {
    pub hardware_type: U16,
    pub protocol_type: U16,
    pub hardware_length: u8,
    pub protocol_length: u8,
    pub operation: U16,
}

impl Default for ArpHeader {
    /// A request about addresses of IPv4 and Ethernet.
    fn default() -> Self {
        let [operation, hardware] = [ArpOperation::REQUEST.0, HardwareType::ETHERNET.0];
        Self {
            hardware_type: hardware.into(),
            protocol_type: EtherType::IPV4.0.into(),
            hardware_length: 6,
            protocol_length: 4,
            operation: operation.into(),
        }
    }
}

/// A type of hardware, as IANA assigns them for ARP and Linux adds to them. Any value is legal;
/// those with a name are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HardwareType(pub u16);

numbers! {
    HardwareType "{}" {
        /// Ethernet.
        ETHERNET = 1 "Ethernet";
        /// Amateur radio AX.25.
        AX25 = 3 "AX.25";
        /// IEEE 802 networks, with addresses as on Ethernet.
        IEEE802 = 6 "IEEE 802";
        /// Linux: a Frame Relay access device.
        FRAME_RELAY_ACCESS = 770 "Frame Relay access device";
        /// Linux: the loopback device.
        LOOPBACK = 772 "loopback";
        /// Linux: a GRE tunnel over IPv4.
        IP_GRE = 778 "GRE over IPv4";
        /// Linux: messages between the kernel and programs.
        NETLINK = 824 "netlink";
    }
}

/// What an ARP message says, as IANA assigns it. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArpOperation(pub u16);

numbers! {
    ArpOperation "operation {}" {
        /// Who has this protocol address?
        REQUEST = 1 "request";
        /// Answer to a request.
        REPLY = 2 "reply";
        /// RFC 903: which protocol address has this hardware?
        REVERSE_REQUEST = 3 "reverse request";
        /// RFC 903: answer to a reverse request.
        REVERSE_REPLY = 4 "reverse reply";
        /// RFC 1931: assign a protocol address to this hardware.
        DYNAMIC_REVERSE_REQUEST = 5 "dynamic reverse request";
        /// RFC 1931: answer to a dynamic reverse request.
        DYNAMIC_REVERSE_REPLY = 6 "dynamic reverse reply";
        /// RFC 1931: refusal of a dynamic reverse request.
        DYNAMIC_REVERSE_ERROR = 7 "dynamic reverse error";
        /// RFC 2390: which protocol address is at the other end of this circuit?
        INVERSE_REQUEST = 8 "inverse request";
        /// RFC 2390: answer to an inverse request.
        INVERSE_REPLY = 9 "inverse reply";
        /// RFC 2225: the server does not know the address.
        NAK = 10 "negative reply";
    }
}

/// A message, with the addresses in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arp<'a> {
    pub header: &'a ArpHeader,
    /// As many bytes as the header says, as is every address here.
    pub sender_hardware: &'a [u8],
    pub sender_protocol: &'a [u8],
    pub target_hardware: &'a [u8],
    pub target_protocol: &'a [u8],
}

impl<'a> Layer<'a> for Arp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, mut rest) = split::<ArpHeader>(bytes)?;
        let mut need = size_of::<ArpHeader>();
        let mut address = |length: u8| {
            need = need.saturating_add(length.into());
            let (address, behind) = rest.split_at_checked(length.into()).unwrap_or((rest, &[]));
            rest = behind;
            address
        };
        let sender_hardware = address(header.hardware_length);
        let sender_protocol = address(header.protocol_length);
        let target_hardware = address(header.hardware_length);
        let target_protocol = address(header.protocol_length);
        if bytes.len() < need {
            return Err(Malformed::Truncated { need, have: bytes.len() });
        }
        Ok(Self { header, sender_hardware, sender_protocol, target_hardware, target_protocol })
    }

    fn shape(&self) -> Shape {
        let sender = self.sender_hardware.len().saturating_add(self.sender_protocol.len());
        let header_len = size_of::<ArpHeader>().saturating_add(sender.saturating_mul(2));
        Shape { header_len, payload_len: 0, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        sink.number("arp.hw.type", self.header.hardware_type, 0..2);
        sink.number("arp.proto.type", self.header.protocol_type, 2..4);
        sink.number("arp.hw.size", self.header.hardware_length, 4..5);
        sink.number("arp.proto.size", self.header.protocol_length, 5..6);
        sink.number("arp.opcode", self.header.operation, 6..8);
        // What Wireshark derives from the addresses has no bytes, and is not there if not so.
        let derived = [
            ("arp.isgratuitous", self.is_gratuitous()),
            ("arp.isprobe", self.is_probe()),
            ("arp.isannouncement", self.is_announcement()),
        ];
        // It derives nothing for amateur radio.
        let is_radio = self.hardware_type() == HardwareType::AX25;
        for (name, _) in derived.into_iter().filter(|&(_, is)| is && !is_radio) {
            sink.flag(name, true, 0..0);
        }

        let mut start = size_of::<ArpHeader>();
        let mut address = |names: &Names, kind, bytes: &[u8]| {
            let end = start.saturating_add(bytes.len());
            let (name, value) = match kind {
                Kind::Mac => (names.mac, bytes.try_into().map(Value::Mac).ok()),
                Kind::Ipv4 => (names.ipv4, ipv4(bytes).map(Value::Ipv4)),
                Kind::Ax25 => (names.ax25, None),
                Kind::Other => (names.other, None),
            };
            if !bytes.is_empty() {
                sink.value(name, value.unwrap_or(Value::Bytes(bytes)), start..end);
            }
            start = end;
        };
        let (hardware, protocol) = (self.hardware_kind(), self.protocol_kind());
        address(&SENDER_HARDWARE, hardware, self.sender_hardware);
        address(&SENDER_PROTOCOL, protocol, self.sender_protocol);
        address(&TARGET_HARDWARE, hardware, self.target_hardware);
        match self.target_protocol {
            // RFC 1931, section 3: the reason for a refusal stands in the place of the address.
            &[reason, ..] if self.is_refusal() => {
                let bytes = start..start.saturating_add(1);
                sink.number("arp.dst.drarp_error_status", reason, bytes);
            }
            target => address(&TARGET_PROTOCOL, protocol, target),
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sender, target] = [self.sender_hardware, self.target_hardware].map(Address::Hardware);
        let [source, destination] = [self.sender_protocol, self.target_protocol]
            .map(|bytes| self.ipv4(bytes).map_or(Address::Hardware(bytes), Address::Ipv4));
        match self.operation() {
            ArpOperation::REQUEST => write!(f, "who-has {destination} tell {source}"),
            ArpOperation::REPLY => write!(f, "{source} is-at {sender}"),
            ArpOperation::REVERSE_REQUEST | ArpOperation::INVERSE_REQUEST => {
                write!(f, "who-is {target} tell {sender}")
            }
            ArpOperation::REVERSE_REPLY => write!(f, "{target} at {destination}"),
            ArpOperation::INVERSE_REPLY => write!(f, "{sender} at {source}"),
            operation => write!(f, "{operation}"),
        }
    }
}

/// What the bytes of an address are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mac,
    Ax25,
    Ipv4,
    Other,
}

/// Wireshark's names for one of the four addresses.
struct Names {
    mac: &'static str,
    ax25: &'static str,
    ipv4: &'static str,
    other: &'static str,
}

const NO_NAMES: Names = Names { mac: "", ax25: "", ipv4: "", other: "" };
const SENDER_HARDWARE: Names =
    Names { mac: "arp.src.hw_mac", ax25: "arp.src.hw_ax25", other: "arp.src.hw", ..NO_NAMES };
const SENDER_PROTOCOL: Names =
    Names { ipv4: "arp.src.proto_ipv4", other: "arp.src.proto", ..NO_NAMES };
const TARGET_HARDWARE: Names =
    Names { mac: "arp.dst.hw_mac", ax25: "arp.dst.hw_ax25", other: "arp.dst.hw", ..NO_NAMES };
const TARGET_PROTOCOL: Names =
    Names { ipv4: "arp.dst.proto_ipv4", other: "arp.dst.proto", ..NO_NAMES };

/// An address as people read it.
enum Address<'a> {
    Hardware(&'a [u8]),
    Ipv4(Ipv4Addr),
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(address) => address.fmt(f),
            Self::Hardware([]) => f.write_str("nobody"),
            Self::Hardware([first, rest @ ..]) => {
                write!(f, "{first:02x}")?;
                rest.iter().try_for_each(|byte| write!(f, ":{byte:02x}"))
            }
        }
    }
}

impl Arp<'_> {
    /// The hardware that the hardware addresses belong to.
    pub fn hardware_type(&self) -> HardwareType {
        HardwareType(self.header.hardware_type.get())
    }

    /// The protocol that the protocol addresses belong to.
    pub fn protocol_type(&self) -> EtherType {
        EtherType(self.header.protocol_type.get())
    }

    /// What the message says.
    pub fn operation(&self) -> ArpOperation {
        ArpOperation(self.header.operation.get())
    }

    /// Hardware address of the sender, if it is one of Ethernet.
    pub fn sender_mac(&self) -> Option<[u8; 6]> {
        self.mac(self.sender_hardware)
    }

    /// Protocol address of the sender, if it is one of IPv4.
    pub fn sender_ipv4(&self) -> Option<Ipv4Addr> {
        self.ipv4(self.sender_protocol)
    }

    /// Hardware address of the target, if it is one of Ethernet; zero in most requests.
    pub fn target_mac(&self) -> Option<[u8; 6]> {
        self.mac(self.target_hardware)
    }

    /// Protocol address of the target, if it is one of IPv4.
    pub fn target_ipv4(&self) -> Option<Ipv4Addr> {
        self.ipv4(self.target_protocol)
    }

    /// Whether a request or reply speaks of the address of its own sender.
    pub fn is_gratuitous(&self) -> bool {
        matches!(self.operation(), ArpOperation::REQUEST | ArpOperation::REPLY)
            && !self.sender_protocol.is_empty()
            && self.sender_protocol == self.target_protocol
    }

    /// Whether the sender claims its address, [RFC 5227](https://www.rfc-editor.org/rfc/rfc5227)
    /// section 2.3: a gratuitous request that names no hardware.
    pub fn is_announcement(&self) -> bool {
        self.operation() == ArpOperation::REQUEST && self.is_gratuitous() && self.asks_all()
    }

    /// Whether the sender asks if an address is free,
    /// [RFC 5227](https://www.rfc-editor.org/rfc/rfc5227) section 2.1.1: a request from the address
    /// zero that names no hardware.
    pub fn is_probe(&self) -> bool {
        self.operation() == ArpOperation::REQUEST
            && !self.sender_protocol.is_empty()
            && self.sender_protocol.iter().all(|&byte| byte == 0)
            && self.sender_protocol != self.target_protocol
            && self.asks_all()
    }

    fn asks_all(&self) -> bool {
        self.target_hardware.iter().all(|&byte| byte == 0)
    }

    fn hardware_kind(&self) -> Kind {
        match (self.hardware_type(), self.header.hardware_length) {
            (HardwareType::ETHERNET | HardwareType::IEEE802, 6) => Kind::Mac,
            (HardwareType::AX25, 7) => Kind::Ax25,
            _ => Kind::Other,
        }
    }

    fn protocol_kind(&self) -> Kind {
        match (self.protocol_type(), self.header.protocol_length) {
            (EtherType::IPV4 | EtherType(AX25_IPV4), 4) => Kind::Ipv4,
            _ => Kind::Other,
        }
    }

    fn mac(&self, address: &[u8]) -> Option<[u8; 6]> {
        if self.hardware_kind() == Kind::Mac { address.try_into().ok() } else { None }
    }

    fn ipv4(&self, address: &[u8]) -> Option<Ipv4Addr> {
        if self.protocol_kind() == Kind::Ipv4 { ipv4(address) } else { None }
    }

    /// Wireshark does not know refusals of amateur radio.
    fn is_refusal(&self) -> bool {
        self.operation() == ArpOperation::DYNAMIC_REVERSE_ERROR
            && self.hardware_type() != HardwareType::AX25
    }
}

fn ipv4(address: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(address).ok().map(Ipv4Addr::from)
}

impl Header for ArpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// Names that scapy has for fields.
const SETTINGS: &[Setting] = &[
    Setting::field("op", "arp.opcode"),
    Setting::field("hwtype", "arp.hw.type"),
    Setting::field("ptype", "arp.proto.type"),
    Setting::field("hwlen", "arp.hw.size"),
    Setting::field("plen", "arp.proto.size"),
    Setting::field("hwsrc", "arp.src.hw_mac"),
    Setting::field("psrc", "arp.src.proto_ipv4"),
    Setting::field("hwdst", "arp.dst.hw_mac"),
    Setting::field("pdst", "arp.dst.proto_ipv4"),
];

const PROTOCOL: Protocol = Protocol::new(
    LayerType::ARP,
    "arp",
    "Address Resolution Protocol",
    |bytes, outer| Arp::parse_in(bytes, outer).map(|arp| arp.shape()),
    |bytes, outer, visitor| Arp::parse_in(bytes, outer).map(|arp| visitor(&arp)),
)
.specification("RFC 826")
.claims(&[Key::ether_type(EtherType::ARP), Key::ether_type(EtherType::RARP)])
.template(b"\0\x01\x08\0\x06\x04\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
.settings(&[SETTINGS]);

// PcapPlusPlus, ArpRequestPacket.pcap, packet 1, from byte 14:
// "Who has 10.0.0.138? Tell 10.0.0.1"
#[cfg(test)]
layer_tests! {
    sample: Arp *b"\0\x01\x08\0\x06\x04\0\x01\x6c\xf0\x49\xb2\xde\x6e\x0a\0\0\x01\0\0\0\0\0\0\x0a\0\0\x8a";
    fields: "arp.hw.type=1 arp.proto.type=2048 arp.hw.size=6 arp.proto.size=4 arp.opcode=1 \
        arp.src.hw_mac=6c:f0:49:b2:de:6e arp.src.proto_ipv4=10.0.0.1 \
        arp.dst.hw_mac=00:00:00:00:00:00 arp.dst.proto_ipv4=10.0.0.138";
    edit: ArpHeader, |header| header.operation = U16::new(2);
    bad: [];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAC: [u8; 6] = [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f];

    /// The fixed part, then the four addresses one after the other.
    fn message(fixed: [u16; 3], lengths: [u8; 2], addresses: [&[u8]; 4]) -> Vec<u8> {
        let [hardware, protocol, operation] = fixed.map(u16::to_be_bytes);
        [&hardware[..], &protocol, &lengths, &operation, &addresses.concat()].concat()
    }

    fn ethernet(operation: u16, spa: [u8; 4], tha: [u8; 6], tpa: [u8; 4]) -> Vec<u8> {
        message([1, 0x800, operation], [6, 4], [&MAC, &spa, &tha, &tpa])
    }

    /// Expects what tshark 4.0.17 reports of the same bytes behind the operation.
    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let text = Arp::parse(bytes).unwrap().to_string();
        let (_, behind) = text.split_once("arp.opcode=").unwrap();
        assert_eq!(behind, expected);
    }

    #[test]
    fn what_the_addresses_say_together_is_reported() {
        let (one, two, none) = ([10, 0, 0, 1], [10, 0, 0, 2], [0; 4]);
        let tail = "arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw_mac=00:00:00:00:00:00 arp.dst.proto_ipv4=10.0.0.1";
        check(
            &ethernet(1, one, [0; 6], one),
            &format!("1 arp.isgratuitous=1 arp.isannouncement=1 {tail}"),
        );
        check(&ethernet(2, one, [0; 6], one), &format!("2 arp.isgratuitous=1 {tail}"));
        check(&ethernet(3, one, [0; 6], one), &format!("3 {tail}"));
        check(
            &ethernet(1, none, [0; 6], two),
            "1 arp.isprobe=1 arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto_ipv4=0.0.0.0 \
            arp.dst.hw_mac=00:00:00:00:00:00 arp.dst.proto_ipv4=10.0.0.2",
        );
        check(
            &ethernet(1, none, [0xff; 6], two),
            "1 arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto_ipv4=0.0.0.0 \
            arp.dst.hw_mac=ff:ff:ff:ff:ff:ff arp.dst.proto_ipv4=10.0.0.2",
        );
        check(
            &ethernet(1, one, [0xff; 6], one),
            "1 arp.isgratuitous=1 arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw_mac=ff:ff:ff:ff:ff:ff arp.dst.proto_ipv4=10.0.0.1",
        );
    }

    #[test]
    fn addresses_of_other_networks_are_bytes() {
        check(
            &message([1, 0x86dd, 1], [6, 16], [&MAC, &[0x20; 16], &[0; 6], &[0x30; 16]]),
            "1 arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto=20202020202020202020202020202020 \
            arp.dst.hw_mac=00:00:00:00:00:00 arp.dst.proto=30303030303030303030303030303030",
        );
        check(
            &message([7, 0x800, 1], [6, 4], [&MAC, &[10, 0, 0, 1], &[0; 6], &[10, 0, 0, 2]]),
            "1 arp.src.hw=0a0b0c0d0e0f arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw=000000000000 arp.dst.proto_ipv4=10.0.0.2",
        );
        check(
            &message([3, 0xcc, 1], [7, 4], [&[1; 7], &[10, 0, 0, 1], &[0; 7], &[10, 0, 0, 1]]),
            "1 arp.src.hw_ax25=01010101010101 arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw_ax25=00000000000000 arp.dst.proto_ipv4=10.0.0.1",
        );
        check(
            &message([3, 0x800, 1], [6, 4], [&MAC, &[10, 0, 0, 1], &[0; 6], &[10, 0, 0, 1]]),
            "1 arp.src.hw=0a0b0c0d0e0f arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw=000000000000 arp.dst.proto_ipv4=10.0.0.1",
        );
        check(&message([1, 0x800, 9], [0, 0], [&[]; 4]), "9");
    }

    #[test]
    fn a_refusal_says_why_in_place_of_an_address() {
        check(
            &ethernet(7, [10, 0, 0, 1], [0; 6], [3, 0, 0, 0]),
            "7 arp.src.hw_mac=0a:0b:0c:0d:0e:0f arp.src.proto_ipv4=10.0.0.1 \
            arp.dst.hw_mac=00:00:00:00:00:00 arp.dst.drarp_error_status=3",
        );
    }

    // gopacket defect 23
    #[test]
    fn lengths_of_half_a_byte_s_range_do_not_overflow() {
        let mut bytes = message([1, 0x800, 1], [0x80, 0x80], [&[]; 4]);
        let error = Malformed::Truncated { need: 520, have: 8 };
        assert_eq!(Arp::parse(&bytes), Err(error));
        bytes.resize(520, 7);
        let arp = Arp::parse(&bytes).unwrap();
        assert_eq!((arp.shape().header_len, arp.target_protocol), (520, &[7; 0x80][..]));
        assert_eq!((arp.sender_mac(), arp.sender_ipv4()), (None, None));
    }

    #[test]
    fn accessors_give_the_addresses() {
        let bytes = ethernet(2, [10, 0, 0, 1], [1, 2, 3, 4, 5, 6], [10, 0, 0, 2]);
        let arp = Arp::parse(&bytes).unwrap();
        assert_eq!((arp.sender_mac(), arp.target_mac()), (Some(MAC), Some([1, 2, 3, 4, 5, 6])));
        assert_eq!(arp.sender_ipv4(), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(arp.target_ipv4(), Some(Ipv4Addr::new(10, 0, 0, 2)));
        assert_eq!(arp.hardware_type().to_string(), "Ethernet");
        assert_eq!(arp.operation().to_string(), "reply");
    }

    #[test]
    fn summaries_read_as_tcpdump_s() {
        struct Summary<'a>(Arp<'a>);
        impl fmt::Display for Summary<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.summary(f)
            }
        }
        let expected = [
            (1, "who-has 10.0.0.2 tell 10.0.0.1"),
            (2, "10.0.0.1 is-at 0a:0b:0c:0d:0e:0f"),
            (3, "who-is 01:02:03:04:05:06 tell 0a:0b:0c:0d:0e:0f"),
            (4, "01:02:03:04:05:06 at 10.0.0.2"),
            (8, "who-is 01:02:03:04:05:06 tell 0a:0b:0c:0d:0e:0f"),
            (9, "0a:0b:0c:0d:0e:0f at 10.0.0.1"),
            (99, "operation 99"),
        ];
        for (operation, text) in expected {
            let bytes = ethernet(operation, [10, 0, 0, 1], [1, 2, 3, 4, 5, 6], [10, 0, 0, 2]);
            assert_eq!(Summary(Arp::parse(&bytes).unwrap()).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(arp) = Arp::parse(&bytes) {
                prop_assert!(arp.shape().header_len <= bytes.len());
                prop_assert!(arp.to_string().starts_with("arp.hw.type="));
                prop_assert!(!(arp.is_probe() && arp.is_gratuitous()));
            }
        }
    }
}
