//! Virtual Router Redundancy Protocol, versions 2 and 3,
//! [RFC 3768](https://www.rfc-editor.org/rfc/rfc3768) and
//! [RFC 5798](https://www.rfc-editor.org/rfc/rfc5798), both in section 5.1.
//!
//! ```text
//!  0       4       8               16              24             31
//! |version| type  |virtual router |   priority    |  addr count   |
//! |   auth type   |   adver int   |           checksum            |  version 2
//! | rsvd  |     max adver int     |           checksum            |  version 3
//! |                    addresses, of IPv4 or of IPv6               |
//! |               authentication data, version 2 only              |
//! ```

use std::fmt;
use std::net::IpAddr;

use zerocopy::network_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::field_reader::FieldReader;
use crate::layers::split;
use crate::{Checksum, Encode, EncodeError, FieldSink, Header, InternetSum, IpProtocol};
use crate::{Key, Layer, LayerType, Malformed, Next, Outer, Protocol, PseudoHeader, Shape};

/// Authentication by a password in clear text, RFC 2338 section 5.3.6.
const SIMPLE_TEXT_PASSWORD: u8 = 1;
/// RFC 3768, section 5.3.10: bytes of authentication data.
const AUTHENTICATION_LEN: usize = 8;

/// The header on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct VrrpHeader {
    pub version_type: u8,
    pub virtual_router_id: u8,
    pub priority: u8,
    pub count_addresses: u8,
    /// Type of authentication and interval in version 2; of the interval the low 12 bits in
    /// version 3.
    pub interval: U16,
    pub checksum: U16,
}

impl Default for VrrpHeader {
    /// An advertisement of version 3, once a second, from a router of the usual priority.
    fn default() -> Self {
        Self::read_from_bytes(&TEMPLATE[..]).unwrap_or_else(|_| unreachable!("as long as a header"))
    }
}

impl VrrpHeader {
    /// Version, 4 bits.
    pub fn version(&self) -> u8 {
        self.version_type >> 4
    }

    /// Writes the version, its low 4 bits.
    pub fn set_version(&mut self, version: u8) {
        self.version_type = version << 4 | self.version_type & 0x0f;
    }

    /// Type, 4 bits: 1, an advertisement.
    pub fn message_type(&self) -> u8 {
        self.version_type & 0x0f
    }

    /// Writes [`message_type`](Self::message_type), its low 4 bits.
    pub fn set_message_type(&mut self, message_type: u8) {
        self.version_type = self.version_type & !0x0f | message_type & 0x0f;
    }
}

/// An advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vrrp<'a> {
    pub header: &'a VrrpHeader,
    /// Addresses, and authentication data behind them.
    pub payload: &'a [u8],
    bytes: &'a [u8],
    is_ipv6: bool,
}

impl<'a> Layer<'a> for Vrrp<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    /// Takes addresses for those of IPv6 if there is room for as many.
    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<VrrpHeader>(bytes)?;
        let version = header.version();
        if !matches!(version, 2 | 3) {
            return Err(Malformed::Field { name: "version", value: version.into() });
        }
        let count = usize::from(header.count_addresses);
        let is_ipv6 = version == 3 && count > 0 && payload.len() >= count << 4;
        Ok(Self { header, payload, bytes, is_ipv6 })
    }

    fn parse_in(bytes: &'a [u8], outer: &Outer<'_>) -> Result<Self, Malformed> {
        let vrrp = Self::parse(bytes)?;
        let mut around = outer.layers().rev().map(|span| span.layer);
        let ip = around.find(|&layer| layer == LayerType::IPV4 || layer == LayerType::IPV6);
        let is_ipv6 = ip.map_or(vrrp.is_ipv6, |ip| ip == LayerType::IPV6);
        Ok(Self { is_ipv6, ..vrrp })
    }

    fn shape(&self) -> Shape {
        let payload_len = self.payload.len().max(self.addresses_len());
        let header_len = size_of::<VrrpHeader>();
        Shape { header_len, payload_len, trailer_len: 0, next: Next::End }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        let mut reader = FieldReader::new(self.bytes, 0, sink);
        // What is not there is not reported.
        let _ = self.read(&mut reader);
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (version, router) = (self.version(), self.header.virtual_router_id);
        write!(f, "v{version} advertisement, vrid {router}, prio {}", self.header.priority)?;
        self.addresses().take(1).try_for_each(|address| write!(f, ", {address}"))
    }
}

impl<'a> Vrrp<'a> {
    /// Version: 2 or 3.
    pub fn version(&self) -> u8 {
        self.header.version()
    }

    /// How authentication is done, in version 2.
    pub fn auth_type(&self) -> Option<u8> {
        let [auth_type, _] = self.header.interval.to_bytes();
        (self.version() == 2).then_some(auth_type)
    }

    /// Hundredths of a second between advertisements.
    pub fn advertisement_interval(&self) -> u16 {
        match (self.version(), self.header.interval.to_bytes()) {
            (2, [_, seconds]) => u16::from(seconds).saturating_mul(100),
            _ => self.header.interval.get() & 0x0fff,
        }
    }

    /// The addresses of the virtual router, as far as they are there.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<'a> {
        let (v4, v6) = if self.is_ipv6 {
            (&[][..], self.payload.as_chunks::<16>().0)
        } else {
            (self.payload.as_chunks::<4>().0, &[][..])
        };
        let v4 = v4.iter().map(|&address| IpAddr::from(address));
        let v6 = v6.iter().map(|&address| IpAddr::from(address));
        v4.chain(v6).take(self.header.count_addresses.into())
    }

    /// What stands behind the addresses, in version 2.
    pub fn authentication_data(&self) -> &'a [u8] {
        self.payload.get(self.addresses_len()..).unwrap_or_default()
    }

    fn addresses_len(&self) -> usize {
        usize::from(self.header.count_addresses) << if self.is_ipv6 { 4 } else { 2 }
    }

    fn read(&self, reader: &mut FieldReader<'_, '_>) -> Option<()> {
        reader.u8("vrrp.typever")?;
        reader.bits("vrrp.version", self.version());
        reader.bits("vrrp.type", self.header.message_type());
        reader.u8("vrrp.virt_rtr_id")?;
        reader.u8("vrrp.prio")?;
        let count = reader.u8("vrrp.addr_count")?;
        if self.version() == 2 {
            reader.u8("vrrp.auth_type")?;
            reader.u8("vrrp.adver_int")?;
        } else {
            let word = reader.word(2)?;
            reader.bits("vrrp.reserved_mbz", word >> 12);
            reader.bits("vrrp.short_adver_int", word & 0x0fff);
        }
        reader.u16("vrrp.checksum")?;
        for _ in 0..count {
            if self.is_ipv6 {
                reader.ipv6("vrrp.ipv6_addr")?;
            } else {
                reader.ipv4("vrrp.ip_addr")?;
            }
        }
        if self.auth_type() == Some(SIMPLE_TEXT_PASSWORD) {
            reader.text("vrrp.auth_string", AUTHENTICATION_LEN)?;
        }
        Some(())
    }
}

impl Header for VrrpHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// An advertisement to be built, with the count of its addresses in its header worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VrrpBuilder<'a> {
    pub header: VrrpHeader,
    /// The addresses of the virtual router, all of one family.
    pub addresses: &'a [IpAddr],
    /// Only version 2 has any.
    pub authentication_data: &'a [u8],
}

impl Encode for VrrpBuilder<'_> {
    fn protocol(&self) -> &'static Protocol {
        &PROTOCOL
    }

    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = self.addresses.len();
        let field = "count ip addrs";
        let error = EncodeError::TooLarge { layer: "vrrp", field, value: count as u64 };
        let count_addresses = u8::try_from(count).map_err(|_| error)?;
        out.extend_from_slice(VrrpHeader { count_addresses, ..self.header }.as_bytes());
        for address in self.addresses {
            match address {
                IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
                IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
            }
        }
        out.extend_from_slice(self.authentication_data);
        Ok(())
    }
}

fn checksum(bytes: &[u8], outer: &Outer<'_>) -> Option<Checksum> {
    let header = Vrrp::parse(bytes).ok()?.header;
    // RFC 5798, section 5.2.8: version 3 covers the pseudo-header too.
    let sum = match header.version() {
        2 => InternetSum::new(),
        _ => PseudoHeader::of(outer)?.sum(IpProtocol::VRRP, bytes.len()),
    };
    let computed = sum.with(bytes).without(header.checksum).checksum().into();
    Some(Checksum { place: 6..8, stored: header.checksum.get().into(), computed, absent: None })
}

const TEMPLATE: &[u8; size_of::<VrrpHeader>()] = b"\x31\x01\x64\0\0\x64\0\0";

const PROTOCOL: Protocol = Protocol::new(
    LayerType::VRRP,
    "vrrp",
    "Virtual Router Redundancy Protocol",
    |bytes, outer| Vrrp::parse_in(bytes, outer).map(|vrrp| vrrp.shape()),
    |bytes, outer, visitor| Vrrp::parse_in(bytes, outer).map(|vrrp| visitor(&vrrp)),
)
.specification("RFC 5798")
.claims(&[Key::ip_protocol(IpProtocol::VRRP)])
.template(TEMPLATE)
.checksum(checksum);

// tshark -r vrrp.pcap -Y frame.number==1, of tcpdump's tests.
#[cfg(test)]
layer_tests! {
    sample: Vrrp *b"\x21\x2a\xbf\x03\x01\x0a\xf1\x1f\x0a\x04\x2a\x01\x0a\x04\x2a\x02\x0a\x04\x2a\x03\
        abcdefgh";
    fields: "vrrp.typever=33 vrrp.version=2 vrrp.type=1 vrrp.virt_rtr_id=42 vrrp.prio=191 \
        vrrp.addr_count=3 vrrp.auth_type=1 vrrp.adver_int=10 vrrp.checksum=61727 \
        vrrp.ip_addr=10.4.42.1 vrrp.ip_addr=10.4.42.2 vrrp.ip_addr=10.4.42.3 \
        vrrp.auth_string=abcdefgh";
    edit: VrrpHeader, |header| header.priority = 255;
    bad: [0 = 0x41 => "version" 4, 0 = 0x11 => "version" 1];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Decoder, Fix, Ipv4Header, LinkType, serialize_layers};

    /// tshark -r VRRP-V3-IPv4.pcap -Y frame.number==1, of `PcapPlusPlus`'s tests, from the IP header.
    const V3: &[u8] = b"\x45\0\0\x24\0\0\0\0\xff\x70\x1a\x91\xc0\xa8\0\x1e\xe0\0\0\x12\
        \x31\x01\x64\x02\0\x01\x48\x4d\xc0\xa8\0\x01\xc0\xa8\0\x02";

    // gopacket defect 30
    #[test]
    fn version_3_is_not_read_as_version_2() {
        let packet = Decoder::default();
        let packet = packet.decode(LinkType::IPV4, V3);
        let vrrp: Vrrp<'_> = packet.get().unwrap();
        assert_eq!((vrrp.auth_type(), vrrp.advertisement_interval()), (None, 1));
        assert_eq!(
            vrrp.to_string(),
            "vrrp.typever=49 vrrp.version=3 vrrp.type=1 vrrp.virt_rtr_id=1 vrrp.prio=100 \
             vrrp.addr_count=2 vrrp.reserved_mbz=0 vrrp.short_adver_int=1 vrrp.checksum=18509 \
             vrrp.ip_addr=192.168.0.1 vrrp.ip_addr=192.168.0.2"
        );
        let summary = fmt::from_fn(|f| vrrp.summary(f)).to_string();
        assert_eq!(summary, "v3 advertisement, vrid 1, prio 100, 192.168.0.1");
    }

    #[test]
    fn version_3_over_ipv6_has_addresses_of_ipv6() {
        let addresses = ["fe80::5".parse().unwrap(), "2001:db8::5".parse().unwrap()];
        let vrrp = VrrpBuilder { addresses: &addresses, ..Default::default() };
        let mut bytes = b"\x60\0\0\0\0\x28\x70\xff\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
            \xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\x12"
            .to_vec();
        vrrp.encode(&mut bytes).unwrap();
        let decoder = Decoder::default();
        let packet = decoder.decode(LinkType::IPV6, &bytes);
        let found = packet.get::<Vrrp<'_>>().unwrap().addresses().collect::<Vec<_>>();
        assert_eq!(found, addresses);
        let span = packet.layers().last().unwrap();
        let sum = checksum(packet.bytes_of(span), &packet.outer(span)).unwrap();
        // As tshark computes it.
        assert_eq!(sum.computed, 0x4025);
    }

    #[test]
    fn checksums_of_both_versions_are_those_on_the_wire() {
        let vrrp = Vrrp::parse(&V3[20..]).unwrap();
        let addresses = vrrp.addresses().collect::<Vec<_>>();
        let ip = *Ipv4Header::ref_from_prefix(V3).unwrap().0;
        let vrrp = VrrpBuilder {
            header: VrrpHeader { checksum: 0.into(), ..*vrrp.header },
            addresses: &addresses,
            authentication_data: &[],
        };
        let mut out = Vec::new();
        serialize_layers(&mut out, Fix::all(), &[&ip, &vrrp], b"").unwrap();
        assert_eq!(out, V3);
        let two = b"\x21\x01\x64\x03\0\x01\x38\xfa\xc0\xa8\0\x01\xc0\xa8\0\x02\xc0\xa8\0\x03";
        assert_eq!(checksum(two, &Outer::NONE).unwrap().computed, 0x38fa);
    }

    #[test]
    fn addresses_that_are_not_there_are_announced() {
        let vrrp = Vrrp::parse(b"\x31\x01\x64\x02\0\x01\x48\x4d\xc0\xa8\0\x01\xc0\xa8").unwrap();
        assert_eq!((vrrp.addresses().count(), vrrp.shape().payload_len), (1, 8));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>, version in 2_u8..4) {
            let bytes = [&[version << 4 | 1][..], &bytes].concat();
            if let Ok(vrrp) = Vrrp::parse(&bytes) {
                vrrp.fields(&mut |field: crate::Field<'_>| assert!(field.bytes.end <= bytes.len()));
                prop_assert!(vrrp.addresses().count() <= bytes.len() / 4);
            }
        }
    }
}
