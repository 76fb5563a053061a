//! IP Control Protocol of PPP, [RFC 1332](https://www.rfc-editor.org/rfc/rfc1332) section 3, with the
//! name servers of [RFC 1877](https://www.rfc-editor.org/rfc/rfc1877).
//!
//! ```text
//!  0               8               16                             31
//! |     code      |  identifier   |             length             |
//! |            options, or what else the code stands for ...       |
//! ```

use std::fmt;
use std::net::Ipv4Addr;

use crate::layers::ppp::control::{Control, OptionNames, PppOption, encode_option};
use crate::{EncodeError, FieldSink, Key, Layer, LayerType, Malformed, PppCode, PppControlBuilder};
use crate::{
    PppControlHeader, PppControlOption, PppControlOptions, PppProtocol, Protocol, Shape, Value,
};

/// Robust header compression, RFC 3241: a protocol that stands in options only.
const ROHC: u16 = 0x0003;
/// IP header compression, RFC 2509.
const IP_HEADER_COMPRESSION: u16 = 0x0061;
/// Van Jacobson compression, by its number and by the one that its authors first gave in RFC 1172.
const VAN_JACOBSON: [u16; 2] = [PppProtocol::VAN_JACOBSON_COMPRESSED.0, 0x0037];

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IpcpOption<'a> {
    /// Source and destination, as it was before RFC 1332.
    IpAddresses(Ipv4Addr, Ipv4Addr),
    /// How headers are compressed, with what that protocol adds.
    CompressionProtocol { protocol: PppProtocol, data: &'a [u8] },
    /// The sender's address, or zeros to ask for one.
    IpAddress(Ipv4Addr),
    /// The home address of a mobile node: RFC 2290.
    MobileIpv4(Ipv4Addr),
    /// A name server: RFC 1877.
    PrimaryDns(Ipv4Addr),
    /// A `NetBIOS` name server: RFC 1877.
    PrimaryNbns(Ipv4Addr),
    /// Another name server: RFC 1877.
    SecondaryDns(Ipv4Addr),
    /// Another `NetBIOS` name server: RFC 1877.
    SecondaryNbns(Ipv4Addr),
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// The options of a packet. Ends behind the first error.
pub type IpcpOptions<'a> = PppControlOptions<'a, IpcpOption<'a>>;

impl<'a> PppControlOption<'a> for IpcpOption<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn read(kind: u8, data: &'a [u8]) -> Self {
        if let (2, &[a, b, ref data @ ..]) = (kind, data) {
            let protocol = PppProtocol(u16::from_be_bytes([a, b]));
            return IpcpOption::CompressionProtocol { protocol, data };
        }
        let as_address = |address: &[u8; 4]| Ipv4Addr::from(*address);
        match (kind, data.as_chunks::<4>()) {
            (1, ([source, destination], [])) => {
                IpcpOption::IpAddresses(as_address(source), as_address(destination))
            }
            (3, ([address], [])) => IpcpOption::IpAddress(as_address(address)),
            (4, ([address], [])) => IpcpOption::MobileIpv4(as_address(address)),
            (129, ([address], [])) => IpcpOption::PrimaryDns(as_address(address)),
            (130, ([address], [])) => IpcpOption::PrimaryNbns(as_address(address)),
            (131, ([address], [])) => IpcpOption::SecondaryDns(as_address(address)),
            (132, ([address], [])) => IpcpOption::SecondaryNbns(as_address(address)),
            _ => IpcpOption::Unknown { kind, data },
        }
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut put = |kind, data: &[&[u8]]| encode_option("ipcp", kind, data, out);
        match *self {
            Self::IpAddresses(source, destination) => {
                put(1, &[&source.octets(), &destination.octets()])
            }
            Self::CompressionProtocol { protocol, data } => {
                put(2, &[&protocol.0.to_be_bytes(), data])
            }
            Self::IpAddress(address) => put(3, &[&address.octets()]),
            Self::MobileIpv4(address) => put(4, &[&address.octets()]),
            Self::PrimaryDns(address) => put(129, &[&address.octets()]),
            Self::PrimaryNbns(address) => put(130, &[&address.octets()]),
            Self::SecondaryDns(address) => put(131, &[&address.octets()]),
            Self::SecondaryNbns(address) => put(132, &[&address.octets()]),
            Self::Unknown { kind, data } => put(kind, &[data]),
        }
    }
}

/// A packet that opens or closes IPv4 on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ipcp<'a> {
    pub header: &'a PppControlHeader,
    /// What stands behind the header, as far as it is there.
    pub data: &'a [u8],
}

impl<'a> Layer<'a> for Ipcp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Control { header, data } = Control::parse(bytes)?;
        Ok(Self { header, data })
    }

    fn shape(&self) -> Shape {
        self.control().shape()
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        self.control().fields(option_fields, sink);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.control().summary(f)
    }
}

impl<'a> Ipcp<'a> {
    /// What the packet is for.
    pub fn code(&self) -> PppCode {
        PppCode(self.header.code)
    }

    /// The options that a packet asks for or answers.
    pub fn options(&self) -> IpcpOptions<'a> {
        PppControlOptions::of(&self.control())
    }

    fn control(&self) -> Control<'a> {
        Control { header: self.header, data: self.data }
    }
}

fn option_fields(raw: &PppOption<'_>, sink: &mut dyn FieldSink) {
    let (kind, length) = ("ipcp.opt.type", "ipcp.opt.length");
    let (whole, name, address) = match IpcpOption::read(raw.kind, raw.data) {
        IpcpOption::IpAddresses(source, destination) => {
            raw.head_fields(OptionNames { whole: "ipcp.opt.addrs", kind, length }, sink);
            sink.value("ipcp.opt.src_address", Value::Ipv4(source), raw.place(2, 6));
            sink.value("ipcp.opt.dst_address", Value::Ipv4(destination), raw.place(6, 10));
            return;
        }
        IpcpOption::CompressionProtocol { protocol, data } => {
            return compression_fields(protocol, data, raw, sink);
        }
        IpcpOption::IpAddress(address) => ("ipcp.opt.addr", "ipcp.opt.ip_address", address),
        IpcpOption::MobileIpv4(address) => {
            ("ipcp.opt.mobileipv4", "ipcp.opt.mobilenodehomeaddress", address)
        }
        IpcpOption::PrimaryDns(address) => {
            ("ipcp.opt.pri_dns", "ipcp.opt.pri_dns_address", address)
        }
        IpcpOption::PrimaryNbns(address) => {
            ("ipcp.opt.pri_nbns", "ipcp.opt.pri_nbns_address", address)
        }
        IpcpOption::SecondaryDns(address) => {
            ("ipcp.opt.sec_dns", "ipcp.opt.sec_dns_address", address)
        }
        IpcpOption::SecondaryNbns(address) => {
            ("ipcp.opt.sec_nbns", "ipcp.opt.sec_nbns_address", address)
        }
        // Wireshark has no names for these.
        IpcpOption::Unknown { .. } => return,
    };
    raw.head_fields(OptionNames { whole, kind, length }, sink);
    sink.value(name, Value::Ipv4(address), raw.place(2, 6));
}

/// Reports a compression protocol, which `IPv6CP` negotiates by the same option.
pub(super) fn compression_fields(
    protocol: PppProtocol,
    data: &[u8],
    raw: &PppOption<'_>,
    sink: &mut dyn FieldSink,
) {
    let (kind, length) = ("ipcp.opt.type", "ipcp.opt.length");
    raw.head_fields(OptionNames { whole: "ipcp.opt.compress", kind, length }, sink);
    sink.number("ipcp.opt.compress_proto", protocol.0, raw.place(2, 4));
    if let (true, &[slots, compresses, ..]) = (VAN_JACOBSON.contains(&protocol.0), data) {
        sink.number("ipcp.opt.max_slot_id", slots, raw.place(4, 5));
        sink.flag("ipcp.opt.comp_slot_id", compresses & 1 != 0, raw.place(5, 6));
    }
    let names: &[&'static str] = match protocol.0 {
        IP_HEADER_COMPRESSION => &[
            "ipcp.opt.tcp_space",
            "ipcp.opt.non_tcp_space",
            "ipcp.opt.f_max_period",
            "ipcp.opt.f_max_time",
            "ipcp.opt.max_header",
        ],
        ROHC => &["ipcp.opt.max_cid", "ipcp.opt.mrru", "ipcp.opt.max_header"],
        _ => &[],
    };
    for ((at, name), number) in (4..).step_by(2).zip(names).zip(data.as_chunks().0) {
        sink.number(name, u16::from_be_bytes(*number), raw.place(at, at.saturating_add(2)));
    }
}

/// A packet to write.
pub type IpcpBuilder<'a> = PppControlBuilder<'a, IpcpOption<'a>>;

const PROTOCOL: Protocol = Protocol::new(
    LayerType::IPCP,
    "ipcp",
    "PPP IP Control Protocol",
    |bytes, outer| Ipcp::parse_in(bytes, outer).map(|ipcp| ipcp.shape()),
    |bytes, outer, visitor| Ipcp::parse_in(bytes, outer).map(|ipcp| visitor(&ipcp)),
)
.specification("RFC 1332")
.claims(&[Key::ppp_protocol(PppProtocol::IPCP)])
.template(&[1, 1, 0, 4]);

// tshark -r GrePackets.cap (PcapPlusPlus), frame 20.
#[cfg(test)]
layer_tests! {
    sample: Ipcp *b"\x01\x01\x00\x0a\x03\x06\x11\x01\x01\x76";
    fields: "ppp.code=1 ppp.identifier=1 ppp.length=10 ipcp.opt.addr=030611010176 \
        ipcp.opt.type=3 ipcp.opt.length=6 ipcp.opt.ip_address=17.1.1.118";
    edit: PppControlHeader, |header| header.identifier = 3;
    bad: [3 = 3 => "length" 3];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Encode;
    use crate::layers::ppp::control::tests::{option, packet};

    /// The fields of one option as tshark shows them, but for its bytes, type and length.
    #[track_caller]
    fn check(kind: u8, data: &[u8], expected: &str) {
        let option = option(kind, data);
        let bytes = packet(1, &option);
        let text = Ipcp::parse(&bytes).unwrap().to_string();
        let length = format!("ipcp.opt.length={} ", option.len());
        assert_eq!(text.split_once(&length).map_or("", |(_, fields)| fields), expected);
    }

    #[test]
    fn options_with_addresses() {
        let data = b"\x0a\0\0\x01\x0a\0\0\x02";
        check(1, data, "ipcp.opt.src_address=10.0.0.1 ipcp.opt.dst_address=10.0.0.2");
        check(4, b"\x0a\0\0\x01", "ipcp.opt.mobilenodehomeaddress=10.0.0.1");
        check(129, b"\x0a\0\0\x01", "ipcp.opt.pri_dns_address=10.0.0.1");
        check(130, b"\x0a\0\0\x01", "ipcp.opt.pri_nbns_address=10.0.0.1");
        check(131, b"\x0a\0\0\x01", "ipcp.opt.sec_dns_address=10.0.0.1");
        check(132, b"\x0a\0\0\x01", "ipcp.opt.sec_nbns_address=10.0.0.1");
        check(99, b"ab", "");
    }

    #[test]
    fn each_compression_has_parameters_of_its_own() {
        let slots = "ipcp.opt.max_slot_id=15 ipcp.opt.comp_slot_id=1";
        check(2, b"\0\x2d\x0f\x01", &format!("ipcp.opt.compress_proto=45 {slots}"));
        check(
            2,
            b"\0\x61\0\xff\0\x10\x01\0\0\x05\0\xa8",
            "ipcp.opt.compress_proto=97 ipcp.opt.tcp_space=255 ipcp.opt.non_tcp_space=16 \
             ipcp.opt.f_max_period=256 ipcp.opt.f_max_time=5 ipcp.opt.max_header=168",
        );
        check(
            2,
            b"\0\x03\0\x0f\0\xa8\x01\x04",
            "ipcp.opt.compress_proto=3 ipcp.opt.max_cid=15 ipcp.opt.mrru=168 \
             ipcp.opt.max_header=260",
        );
    }

    #[test]
    fn a_rejected_packet_is_data() {
        let text = Ipcp::parse(b"\x07\x01\0\x08\x02\x06ab").unwrap().to_string();
        assert!(text.ends_with("ppp.length=8 ppp.data=02066162"));
    }

    proptest! {
        #[test]
        fn options_read_and_written_again_are_the_same_bytes(kind: u8, data in prop::collection::vec(any::<u8>(), 0..12)) {
            let option = option(kind, &data);
            let bytes = packet(1, &option);
            let option = Ipcp::parse(&bytes).unwrap().options().next().unwrap().unwrap();
            let mut out = Vec::new();
            IpcpBuilder { options: &[option], ..IpcpBuilder::default() }.encode(&mut out).unwrap();
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            if let Ok(ipcp) = Ipcp::parse(&bytes) {
                prop_assert!(ipcp.options().count() <= bytes.len());
                prop_assert!(!ipcp.to_string().is_empty());
            }
        }
    }
}
