//! BSD loopback, [LINKTYPE_NULL](https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html) and
//! [LINKTYPE_LOOP](https://www.tcpdump.org/linktypes/LINKTYPE_LOOP.html).
//!
//! ```text
//!  0                                                            31
//! |      address family, in either order of bytes                |
//! ```

use std::fmt;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::key::numbers;
use crate::layers::split;
use crate::{Behind, EncodeError, Header, KeyKind};
use crate::{EtherType, FieldSink, Key, Layer, LayerType, LinkType, Malformed};
use crate::{Next, Protocol, Role, Shape};

/// IEEE Std 802.3, section 3.2.6: up to this a number is no Ethernet type, but a family here.
const MAX_FAMILY: u32 = 1500;
/// Families of two bytes are below this, as IRIX writes them: the Ethernet types, which can stand
/// there too, start with a 6 or more.
const END_OF_SHORT_FAMILIES: u8 = 6;
/// RFC 1662, section 3.1: how a PPP frame starts; some ISDN drivers capture those.
const PPP: [u8; 2] = [0xff, 0x03];

/// The header on the wire, in the byte order of the machine that captured.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NullHeader {
    pub family: [u8; 4],
}

impl Default for NullHeader {
    /// IPv4, in the byte order of most machines; `LINKTYPE_LOOP` has the other one.
    fn default() -> Self {
        Self { family: AddressFamily::IPV4.0.to_le_bytes() }
    }
}

/// An address family, as the BSDs, macOS and Linux number them. Any value is legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressFamily(pub u32);

numbers! {
    AddressFamily "family {}" {
        /// IPv4, everywhere.
        IPV4 = 2 "IPv4";
        /// ISO protocols, on the BSDs.
        ISO = 7 "ISO";
        /// IPv6, on Linux.
        IPV6_LINUX = 10 "IPv6";
        /// IPv6, on NetBSD, OpenBSD and Windows.
        IPV6_BSD = 24 "IPv6";
        /// IPv6, on FreeBSD.
        IPV6_FREEBSD = 28 "IPv6";
        /// IPv6, on macOS.
        IPV6_DARWIN = 30 "IPv6";
    }
}

impl AddressFamily {
    /// What packets of this family are, on whatever system.
    pub fn ether_type(self) -> Option<EtherType> {
        match self {
            Self::IPV4 => Some(EtherType::IPV4),
            Self::IPV6_LINUX | Self::IPV6_BSD | Self::IPV6_FREEBSD | Self::IPV6_DARWIN => {
                Some(EtherType::IPV6)
            }
            _ => None,
        }
    }
}

/// A packet on the loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Null<'a> {
    pub header: &'a NullHeader,
    pub payload: &'a [u8],
}

/// What a header says, once its byte order is known.
enum Meaning {
    Family(AddressFamily),
    EtherType(EtherType),
    Ppp,
}

impl<'a> Layer<'a> for Null<'a> {
    const PROTOCOL: &'static Protocol = &PROTOCOL;

    fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (header, payload) = split::<NullHeader>(bytes)?;
        let ppp = header.family.starts_with(&PPP);
        Ok(Self { header, payload: if ppp { bytes } else { payload } })
    }

    fn shape(&self) -> Shape {
        let next = match self.meaning() {
            Meaning::Ppp => Some(Key::link_type(LinkType::PPP_HDLC)),
            Meaning::EtherType(number) => Some(Key::ether_type(number)),
            Meaning::Family(family) => family.ether_type().map(Key::ether_type),
        };
        let header_len = if self.is_ppp() { 0 } else { size_of::<NullHeader>() };
        let next = next.map_or(Next::End, Next::One);
        Shape { header_len, payload_len: self.payload.len(), trailer_len: 0, next }
    }

    fn fields(&self, sink: &mut dyn FieldSink) {
        match self.meaning() {
            Meaning::Ppp => {}
            Meaning::EtherType(EtherType(number)) => sink.number("null.type", number, 0..4),
            Meaning::Family(AddressFamily(number)) => sink.number("null.family", number, 0..4),
        }
    }

    fn summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Meaning::Ppp => f.write_str("PPP"),
            Meaning::EtherType(ether_type) => write!(f, "{ether_type}"),
            Meaning::Family(family) => write!(f, "{family}"),
        }
    }
}

impl Null<'_> {
    /// The family of the payload, unless an Ethernet type or PPP takes its place.
    pub fn family(&self) -> Option<AddressFamily> {
        match self.meaning() {
            Meaning::Family(family) => Some(family),
            _ => None,
        }
    }

    /// What the payload is, as some Linux systems wrote it in place of the family.
    pub fn ether_type(&self) -> Option<EtherType> {
        match self.meaning() {
            Meaning::EtherType(ether_type) => Some(ether_type),
            _ => None,
        }
    }

    /// Whether this is no header, but the start of a PPP frame.
    pub fn is_ppp(&self) -> bool {
        self.header.family.starts_with(&PPP)
    }

    /// Families are small, so the order of bytes that gives a small number is the right one.
    fn meaning(&self) -> Meaning {
        if self.is_ppp() {
            return Meaning::Ppp;
        }
        let short = |number: u8| number < END_OF_SHORT_FAMILIES && number != 0;
        let number = match self.header.family {
            // Two bytes of family and two of zero, as IRIX writes them, in either order.
            [0, low, 0, 0] | [_, _, low, 0] if short(low) => low.into(),
            family @ [_, _, 0, 0] => u32::from_le_bytes(family),
            family => u32::from_be_bytes(family),
        };
        if number <= MAX_FAMILY {
            return Meaning::Family(AddressFamily(number));
        }
        // What does not fit is nothing that anyone writes; Wireshark shows the lower half, too.
        let [_, _, high, low] = number.to_be_bytes();
        Meaning::EtherType(EtherType(u16::from_be_bytes([high, low])))
    }
}

impl Header for NullHeader {
    const PROTOCOL: &'static Protocol = &PROTOCOL;
}

/// The family of the layer behind, in the byte order that is there.
fn next(bytes: &mut [u8], behind: &Behind) -> Result<(), EncodeError> {
    let (header, payload) = behind.split::<NullHeader>(bytes)?;
    let claims = behind.child.map_or(&[][..], |child| child.claims);
    let given = Null { header, payload }.shape().next;
    if matches!(given, Next::One(key) if claims.contains(&key)) {
        return Ok(());
    }
    let family = |key: &Key| match key.kind() {
        KeyKind::EtherType(EtherType::IPV4) => Some(AddressFamily::IPV4),
        // The systems differ; most captures of this kind come from this one.
        KeyKind::EtherType(EtherType::IPV6) => Some(AddressFamily::IPV6_DARWIN),
        _ => None,
    };
    if let Some(AddressFamily(family)) = claims.iter().find_map(family) {
        let is_big_endian = matches!(header.family, [0, 0, ..]);
        header.family = if is_big_endian { family.to_be_bytes() } else { family.to_le_bytes() };
    }
    Ok(())
}

const PROTOCOL: Protocol = Protocol::new(
    LayerType::NULL,
    "null",
    "BSD loopback",
    |bytes, outer| Null::parse_in(bytes, outer).map(|null| null.shape()),
    |bytes, outer, visitor| Null::parse_in(bytes, outer).map(|null| visitor(&null)),
)
.specification("LINKTYPE_NULL")
.role(Role::Link)
.claims(&[Key::link_type(LinkType::NULL), Key::link_type(LinkType::LOOP)])
.template(&[2, 0, 0, 0])
.next(next);

// tcpdump, quic_vn.pcap, packet 1: Family: IPv6 (30)
#[cfg(test)]
layer_tests! {
    sample: Null [0x1e, 0, 0, 0, 0x60, 0x06, 0x0e, 0x00];
    fields: "null.family=30";
    edit: NullHeader, |header| header.family = [2, 0, 0, 0];
    bad: [];
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: Next = Next::One(Key::ether_type(EtherType::IPV4));
    const IPV6: Next = Next::One(Key::ether_type(EtherType::IPV6));

    /// Expects the field that tshark 4.0.17 reports of the same header.
    #[track_caller]
    fn check(header: [u8; 4], field: &str, next: Next) {
        let null = Null::parse(&header).unwrap();
        assert_eq!((null.to_string().as_str(), null.shape().next), (field, next));
    }

    #[test]
    fn either_order_of_bytes_gives_the_family() {
        check([2, 0, 0, 0], "null.family=2", IPV4);
        check([0, 0, 0, 2], "null.family=2", IPV4);
        check([0, 2, 0, 0], "null.family=2", IPV4);
        check([0, 0, 2, 0], "null.family=2", IPV4);
        check([1, 2, 3, 0], "null.family=3", Next::End);
        check([0, 0, 0, 30], "null.family=30", IPV6);
        check([7, 0, 0, 0], "null.family=7", Next::End);
        check([0xdc, 5, 0, 0], "null.family=1500", Next::End);
        check([0, 0, 0, 0], "null.family=0", Next::End);
    }

    #[test]
    fn every_system_s_number_leads_to_ipv6() {
        for family in [10, 24, 28, 30] {
            let field = format!("null.family={family}");
            check([family, 0, 0, 0], &field, IPV6);
        }
    }

    #[test]
    fn a_number_that_is_no_family_is_an_ethernet_type() {
        let ether_type = |number| Next::One(Key::ether_type(EtherType(number)));
        check([0, 0, 8, 0], "null.type=2048", IPV4);
        check([0, 8, 0, 0], "null.type=2048", IPV4);
        check([0, 6, 0, 0], "null.type=1536", ether_type(0x0600));
        check([0xdd, 5, 0, 0], "null.type=1501", ether_type(1501));
        check([5, 0xdc, 0, 0], "null.type=56325", ether_type(0xdc05));
        check([1, 2, 3, 4], "null.type=772", ether_type(0x0304));
    }

    #[test]
    fn a_ppp_frame_is_handed_on_whole() {
        let null = Null::parse(&[0xff, 3, 0, 0x21, 0x45]).unwrap();
        assert!(null.is_ppp() && null.family().is_none() && null.ether_type().is_none());
        let shape = null.shape();
        assert_eq!((shape.header_len, shape.payload_len), (0, 5));
        assert_eq!(shape.next, Next::One(Key::link_type(LinkType::PPP_HDLC)));
        assert_eq!(null.to_string(), "");
    }

    #[test]
    fn families_have_the_names_of_their_protocols() {
        let null = Null::parse(&[24, 0, 0, 0]).unwrap();
        assert_eq!(null.family().unwrap().to_string(), "IPv6");
        assert_eq!(AddressFamily(99).to_string(), "family 99");
    }
}
