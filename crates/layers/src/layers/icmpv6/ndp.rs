//! Options of neighbor discovery, [RFC 4861](https://www.rfc-editor.org/rfc/rfc4861) section 4.6
//! and [IANA](https://www.iana.org/assignments/icmpv6-parameters).
//!
//! ```text
//!  0               8               16                             31
//! |     type      |    length     |             data ...          |
//! ```

use std::net::Ipv6Addr;

use bitflags::bitflags;
use zerocopy::network_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::domains::NdpDomains;
use super::fields::domain;
use super::rare;
use crate::field_reader::FieldReader;
use crate::{Malformed, Value};

/// Bytes of type and length.
const HEADER_LEN: usize = 2;

/// One option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NdpOption<'a> {
    /// Hardware address of the sender, with whatever fills the option up: RFC 4861.
    SourceLinkLayerAddress(&'a [u8]),
    /// Hardware address of the target, with whatever fills the option up: RFC 4861.
    TargetLinkLayerAddress(&'a [u8]),
    /// A prefix that is on the link or that addresses are formed of: RFC 4861.
    Prefix(&'a NdpPrefix),
    /// The packet that is redirected, as far as it fits: RFC 4861.
    RedirectedPacket(&'a [u8]),
    /// The MTU of the link: RFC 4861.
    Mtu(u32),
    /// Milliseconds between advertisements: RFC 6275.
    AdvertisementInterval(u32),
    /// How much a home agent is to be preferred, and seconds that it serves: RFC 6275.
    HomeAgent { preference: u16, lifetime: u16 },
    /// Addresses of the sender: RFC 3122.
    SourceAddresses(&'a [[u8; 16]]),
    /// Addresses of the target: RFC 3122.
    TargetAddresses(&'a [[u8; 16]]),
    /// A number that an answer repeats: RFC 3971.
    Nonce(&'a [u8]),
    /// A way to a prefix, for `lifetime` seconds: RFC 4191.
    Route { prefix: Ipv6Addr, prefix_length: u8, preference: u8, lifetime: u32 },
    /// Name servers, for `lifetime` seconds: RFC 8106.
    DnsServers { lifetime: u32, servers: &'a [[u8; 16]] },
    /// Domains to search names in, for `lifetime` seconds: RFC 8106.
    DnsSearchList { lifetime: u32, domains: NdpDomains<'a> },
    /// More flags of a router advertisement, those of its own header first: RFC 5175.
    RouterFlags(&'a [u8; 6]),
    /// Where to ask for the rules of a captive portal, a URI: RFC 8910.
    CaptivePortal(&'a [u8]),
    /// A prefix of NAT64, for `lifetime` seconds: RFC 8781.
    Nat64 { prefix: Ipv6Addr, prefix_length: u8, lifetime: u16 },
    /// A kind that has no entry here, or not the length of its kind.
    Unknown { kind: u8, data: &'a [u8] },
}

/// What stands behind the length of a prefix information option.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct NdpPrefix {
    pub prefix_length: u8,
    pub flags: u8,
    /// Seconds; all ones mean for ever.
    pub valid_lifetime: U32,
    /// Seconds; all ones mean for ever.
    pub preferred_lifetime: U32,
    pub reserved: U32,
    pub prefix: [u8; 16],
}

impl NdpPrefix {
    /// What the prefix is for.
    pub fn flags(&self) -> NdpPrefixFlags {
        NdpPrefixFlags::from_bits_retain(self.flags)
    }
}

bitflags! {
    /// The flags of a prefix information option.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct NdpPrefixFlags: u8 {
        const ROUTER_ADDRESS = 0x20;
        const AUTONOMOUS = 0x40;
        const ON_LINK = 0x80;
    }
}

/// The options of a message. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NdpOptions<'a> {
    rest: &'a [u8],
}

impl<'a> NdpOptions<'a> {
    /// The options that stand in these bytes, as [`NdpOption::encode`] appends them.
    pub fn new(options: &'a [u8]) -> Self {
        Self { rest: options }
    }

    /// The bytes that are not yet read.
    pub(super) fn as_bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The next option, not yet understood.
    fn raw(&mut self) -> Option<Result<RawOption<'a>, Malformed>> {
        let bytes = std::mem::take(&mut self.rest);
        let (kind, length) = match *bytes {
            [] => return None,
            [_] => return Some(Err(Malformed::Truncated { need: HEADER_LEN, have: 1 })),
            // RFC 4861, section 4.6: a node must discard a packet with an option of no length.
            [_, 0, ..] => return Some(Err(Malformed::Field { name: "option length", value: 0 })),
            [kind, length, ..] => (kind, length),
        };
        let need = usize::from(length) << 3;
        let Some((option, rest)) = bytes.split_at_checked(need) else {
            return Some(Err(Malformed::Truncated { need, have: bytes.len() }));
        };
        self.rest = rest;
        Some(Ok(RawOption { kind, data: option.get(HEADER_LEN..).unwrap_or_default() }))
    }
}

/// One option, not yet understood.
#[derive(Clone, Copy)]
struct RawOption<'a> {
    kind: u8,
    /// What stands behind the length.
    data: &'a [u8],
}

impl<'a> Iterator for NdpOptions<'a> {
    type Item = Result<NdpOption<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.raw()?.map(RawOption::understand))
    }
}

impl<'a> RawOption<'a> {
    fn understand(self) -> NdpOption<'a> {
        let Self { kind, data } = self;
        let known = match (kind, data) {
            (1, address) => Some(NdpOption::SourceLinkLayerAddress(address)),
            (2, address) => Some(NdpOption::TargetLinkLayerAddress(address)),
            (3, data) => NdpPrefix::ref_from_bytes(data).ok().map(NdpOption::Prefix),
            (4, [_, _, _, _, _, _, packet @ ..]) => Some(NdpOption::RedirectedPacket(packet)),
            (5, &[_, _, a, b, c, d]) => Some(NdpOption::Mtu(u32::from_be_bytes([a, b, c, d]))),
            (7, &[_, _, a, b, c, d]) => {
                Some(NdpOption::AdvertisementInterval(u32::from_be_bytes([a, b, c, d])))
            }
            (8, &[_, _, a, b, c, d]) => {
                let [preference, lifetime] = [[a, b], [c, d]].map(u16::from_be_bytes);
                Some(NdpOption::HomeAgent { preference, lifetime })
            }
            (9, [_, _, _, _, _, _, data @ ..]) => addresses(data).map(NdpOption::SourceAddresses),
            (10, [_, _, _, _, _, _, data @ ..]) => addresses(data).map(NdpOption::TargetAddresses),
            (14, nonce) => Some(NdpOption::Nonce(nonce)),
            (24, &[prefix_length, bits, a, b, c, d, ref data @ ..]) if data.len() <= 16 => {
                let (prefix, lifetime) = (padded(data), u32::from_be_bytes([a, b, c, d]));
                let preference = bits >> 3 & 3;
                Some(NdpOption::Route { prefix, prefix_length, preference, lifetime })
            }
            (25, &[_, _, a, b, c, d, ref data @ ..]) => {
                let lifetime = u32::from_be_bytes([a, b, c, d]);
                addresses(data).map(|servers| NdpOption::DnsServers { lifetime, servers })
            }
            (26, data) => data.try_into().ok().map(NdpOption::RouterFlags),
            (31, &[_, _, a, b, c, d, ref data @ ..]) => {
                let lifetime = u32::from_be_bytes([a, b, c, d]);
                Some(NdpOption::DnsSearchList { lifetime, domains: NdpDomains::new(data) })
            }
            (37, data) => Some(NdpOption::CaptivePortal(trimmed(data))),
            (38, &[high, low, ref data @ ..]) if data.len() == 12 => {
                let bits = u16::from_be_bytes([high, low]);
                nat64_prefix_length(low).map(|prefix_length| {
                    let front = data.get(..usize::from(prefix_length >> 3)).unwrap_or(data);
                    NdpOption::Nat64 {
                        prefix: padded(front),
                        prefix_length,
                        lifetime: bits & 0xfff8,
                    }
                })
            }
            _ => None,
        };
        known.unwrap_or(NdpOption::Unknown { kind, data })
    }
}

/// RFC 8781, section 4: the lower three bits stand for a length in bits.
pub(super) fn nat64_prefix_length(bits: u8) -> Option<u8> {
    [96, 64, 56, 48, 40, 32].get(usize::from(bits & 7)).copied()
}

fn addresses(data: &[u8]) -> Option<&[[u8; 16]]> {
    let (addresses, rest) = data.as_chunks();
    rest.is_empty().then_some(addresses)
}

/// The address that starts with these bytes, with zeros behind them.
fn padded(front: &[u8]) -> Ipv6Addr {
    let mut address = [0; 16];
    address.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
    address.into()
}

/// A text in front of the zeros that fill it up.
fn trimmed(padded: &[u8]) -> &[u8] {
    padded.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Reports the options under the reader, up to the first error.
pub(super) fn fields(reader: &mut FieldReader<'_, '_>) {
    let mut options = NdpOptions::new(reader.rest());
    while let Some(option) = reader.sound(options.raw(), reader.place()) {
        let end = reader.place().saturating_add(HEADER_LEN).saturating_add(option.data.len());
        // Understood options are whole, so that nothing is missing.
        let _ = option_fields(&option.understand(), option.data, reader);
        reader.skip(end.saturating_sub(reader.place()));
    }
}

fn option_fields(
    option: &NdpOption<'_>,
    data: &[u8],
    reader: &mut FieldReader<'_, '_>,
) -> Option<()> {
    reader.u8("icmpv6.opt.type")?;
    reader.u8("icmpv6.opt.length")?;
    match *option {
        NdpOption::SourceLinkLayerAddress(address) | NdpOption::TargetLinkLayerAddress(address) => {
            reader.bytes("icmpv6.opt.linkaddr", address.len())?;
        }
        NdpOption::Prefix(prefix) => {
            reader.u8("icmpv6.opt.prefix.length")?;
            let flags = reader.u8("icmpv6.opt.prefix.flag")?;
            reader.flag("icmpv6.opt.prefix.flag.l", flags & 0x80 != 0);
            reader.flag("icmpv6.opt.prefix.flag.a", flags & 0x40 != 0);
            reader.flag("icmpv6.opt.prefix.flag.r", flags & 0x20 != 0);
            reader.bits("icmpv6.opt.prefix.flag.reserved", flags & 0x1f);
            reader.u32("icmpv6.opt.prefix.valid_lifetime")?;
            reader.u32("icmpv6.opt.prefix.preferred_lifetime")?;
            reader.skip(size_of_val(&prefix.reserved));
            reader.ipv6("icmpv6.opt.prefix")?;
        }
        NdpOption::RedirectedPacket(packet) => {
            reader.skip(6);
            reader.bytes("icmpv6.opt.redirected_packet", packet.len())?;
        }
        NdpOption::Mtu(_) => {
            reader.skip(2);
            reader.u32("icmpv6.opt.mtu")?;
        }
        NdpOption::AdvertisementInterval(_) => {
            reader.skip(2);
            reader.u32("icmpv6.opt.advertisement_interval")?;
        }
        NdpOption::HomeAgent { .. } => {
            reader.skip(2);
            reader.u16("icmpv6.opt.home_agent_preference")?;
            reader.u16("icmpv6.opt.home_agent_lifetime")?;
        }
        NdpOption::SourceAddresses(list) | NdpOption::TargetAddresses(list) => {
            reader.skip(6);
            for _ in list {
                reader.ipv6("icmpv6.opt.ipv6_address")?;
            }
        }
        NdpOption::Nonce(nonce) => {
            reader.bytes("icmpv6.opt.nonce", nonce.len())?;
        }
        NdpOption::Route { prefix, .. } => {
            reader.u8("icmpv6.opt.prefix.length")?;
            let flags = reader.u8("icmpv6.opt.route_info.flag")?;
            reader.bits("icmpv6.opt.route_info.flag.route_preference", flags >> 3 & 3);
            reader.bits("icmpv6.opt.route_info.flag.reserved", flags & 0xe7);
            reader.u32("icmpv6.opt.route_lifetime")?;
            // What stands in front of the prefix is reported: 6 bytes.
            if let Some(len) = data.len().checked_sub(6).filter(|&len| len != 0) {
                reader.skip(len);
                reader.value("icmpv6.opt.prefix", Value::Ipv6(prefix));
            }
        }
        NdpOption::DnsServers { servers, .. } => {
            reader.skip(2);
            reader.u32("icmpv6.opt.rdnss.lifetime")?;
            for _ in servers {
                reader.ipv6("icmpv6.opt.rdnss")?;
            }
        }
        NdpOption::DnsSearchList { domains, .. } => {
            reader.skip(2);
            reader.u32("icmpv6.opt.dnssl.lifetime")?;
            for name in domains.names() {
                domain("icmpv6.opt.dnssl", name, reader);
            }
        }
        NdpOption::RouterFlags(_) => {
            let flags = reader.u16("icmpv6.opt.efo")?;
            reader.flag("icmpv6.opt.efo.m", flags & 0x8000 != 0);
            reader.flag("icmpv6.opt.efo.o", flags & 0x4000 != 0);
            reader.flag("icmpv6.opt.efo.h", flags & 0x2000 != 0);
            reader.bits("icmpv6.opt.efo.prf", flags >> 11 & 3);
            reader.flag("icmpv6.opt.efo.p", flags & 0x0400 != 0);
            // Wireshark leaves one of these ten bits out.
            reader.bits("icmpv6.opt.efo.rsv", flags & 0x02ff);
        }
        NdpOption::CaptivePortal(uri) => {
            let value = std::str::from_utf8(uri).map_or(Value::Bytes(uri), Value::Text);
            reader.skip(data.len());
            reader.value("icmpv6.opt.captive_portal", value);
        }
        NdpOption::Nat64 { prefix, prefix_length, lifetime } => {
            let bits = reader.word(2)?;
            reader.bits("icmpv6.opt.pref64.scaled_lifetime", lifetime >> 3);
            reader.bits("icmpv6.opt.pref64.plc", bits & 7);
            let len = usize::from(prefix_length >> 3);
            reader.skip(len);
            reader.value("icmpv6.opt.pref64.prefix", Value::Ipv6(prefix));
        }
        NdpOption::Unknown { kind, .. } => {
            let mut data = reader.part(data.len());
            if rare::option(kind, &mut data).is_none() {
                data.rest_as("icmpv6.data")?;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields as `tshark -T pdml` names and shows them for a message with this option, but for
    /// those of the kind and the length.
    #[track_caller]
    fn check(option: &[u8], expected: &str) {
        let mut found = Vec::new();
        fields(&mut FieldReader::new(option, 0, &mut |field: crate::Field<'_>| {
            assert!(field.bytes.end <= option.len());
            if !["icmpv6.opt.type", "icmpv6.opt.length"].contains(&field.name) {
                found.push(format!("{}={}", field.name, field.value));
            }
        }));
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn options_of_neighbors() {
        check(b"\x01\x01\x02\0\0\0\0\x02", "icmpv6.opt.linkaddr=020000000002");
        check(b"\x02\x01\x02\0\0\0\0\x01", "icmpv6.opt.linkaddr=020000000001");
        check(b"\x0e\x01\x01\x02\x03\x04\x05\x06", "icmpv6.opt.nonce=010203040506");
        check(b"\x05\x01\0\0\0\0\x05\xdc", "icmpv6.opt.mtu=1500");
        check(
            b"\x09\x03\0\0\0\0\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
            "icmpv6.opt.ipv6_address=2001:db8::1",
        );
    }

    #[test]
    fn options_of_routers() {
        check(
            b"\x03\x04\x40\xe0\0\0\x0e\x10\0\0\x07\x08\0\0\0\0\
              \x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0",
            "icmpv6.opt.prefix.length=64 icmpv6.opt.prefix.flag=224 icmpv6.opt.prefix.flag.l=1 \
             icmpv6.opt.prefix.flag.a=1 icmpv6.opt.prefix.flag.r=1 \
             icmpv6.opt.prefix.flag.reserved=0 icmpv6.opt.prefix.valid_lifetime=3600 \
             icmpv6.opt.prefix.preferred_lifetime=1800 icmpv6.opt.prefix=2001:db8::",
        );
        check(b"\x07\x01\0\0\0\0\x03\xe8", "icmpv6.opt.advertisement_interval=1000");
        check(
            b"\x08\x01\0\0\0\x01\x07\x08",
            "icmpv6.opt.home_agent_preference=1 icmpv6.opt.home_agent_lifetime=1800",
        );
        check(
            b"\x1a\x01\xff\xff\0\0\0\0",
            "icmpv6.opt.efo=65535 icmpv6.opt.efo.m=1 icmpv6.opt.efo.o=1 icmpv6.opt.efo.h=1 \
             icmpv6.opt.efo.prf=3 icmpv6.opt.efo.p=1 icmpv6.opt.efo.rsv=767",
        );
        check(
            b"\x25\x03https://example/\0\0\0\0\0\0",
            "icmpv6.opt.captive_portal=https://example/",
        );
    }

    #[test]
    fn a_route_leaves_out_the_zeros_of_its_prefix() {
        check(
            b"\x18\x02\x40\x08\0\0\x07\x08\x20\x01\x0d\xb8\0\0\0\0",
            "icmpv6.opt.prefix.length=64 icmpv6.opt.route_info.flag=8 \
             icmpv6.opt.route_info.flag.route_preference=1 \
             icmpv6.opt.route_info.flag.reserved=0 icmpv6.opt.route_lifetime=1800 \
             icmpv6.opt.prefix=2001:db8::",
        );
        check(
            b"\x18\x01\0\x18\0\0\x07\x08",
            "icmpv6.opt.prefix.length=0 icmpv6.opt.route_info.flag=24 \
             icmpv6.opt.route_info.flag.route_preference=3 \
             icmpv6.opt.route_info.flag.reserved=0 icmpv6.opt.route_lifetime=1800",
        );
    }

    #[test]
    fn name_servers_and_search_lists() {
        check(
            b"\x19\x03\0\0\0\0\x07\x08\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\xaa",
            "icmpv6.opt.rdnss.lifetime=1800 icmpv6.opt.rdnss=2001:db8::aa",
        );
        check(
            b"\x1f\x03\0\0\0\0\x07\x08\x07example\0\x03com\0\0\0",
            "icmpv6.opt.dnssl.lifetime=1800 icmpv6.opt.dnssl=example icmpv6.opt.dnssl=com",
        );
        check(
            b"\x1f\x03\0\0\0\0\0\x09\x07exam\0le\x03com\0\0\0\0",
            "icmpv6.opt.dnssl.lifetime=9 icmpv6.opt.dnssl=exam\\000le.com",
        );
        check(b"\x1f\x02\0\0\0\0\0\x09\x08example", "icmpv6.opt.dnssl.lifetime=9");
    }

    #[test]
    fn a_prefix_of_nat64_is_as_long_as_its_code_says() {
        check(
            b"\x26\x02\x07\x08\0\x64\xff\x9b\0\0\0\0\0\0\0\0",
            "icmpv6.opt.pref64.scaled_lifetime=225 icmpv6.opt.pref64.plc=0 \
             icmpv6.opt.pref64.prefix=64:ff9b::",
        );
        check(
            b"\x26\x02\x07\x09\x20\x01\x0d\xb8\0\x01\0\x02\0\x03\0\x04",
            "icmpv6.opt.pref64.scaled_lifetime=225 icmpv6.opt.pref64.plc=1 \
             icmpv6.opt.pref64.prefix=2001:db8:1:2::",
        );
    }

    #[test]
    fn an_unknown_kind_or_length_is_kept() {
        check(b"\xfd\x01\x01\x02\x03\x04\x05\x06", "icmpv6.data=010203040506");
        let long = b"\x05\x02\0\0\0\0\x05\xdc\0\0\0\0\0\0\0\0";
        let expected = NdpOption::Unknown { kind: 5, data: &long[2..] };
        assert_eq!(NdpOptions::new(long).next(), Some(Ok(expected)));
    }

    #[test]
    fn a_length_of_zero_ends_the_options_instead_of_looping() {
        let mut options = NdpOptions::new(b"\x05\x01\0\0\0\0\x05\xdc\x01\0\x02\0\0\0\0\x02");
        assert_eq!(options.next(), Some(Ok(NdpOption::Mtu(1500))));
        let error = Malformed::Field { name: "option length", value: 0 };
        assert_eq!((options.next(), options.next()), (Some(Err(error)), None));
    }

    #[test]
    fn a_length_behind_the_end_is_truncated() {
        let mut options = NdpOptions::new(b"\x01\x02\0\0\0\0\0\0");
        let error = Malformed::Truncated { need: 16, have: 8 };
        assert_eq!((options.next(), options.next()), (Some(Err(error)), None));
        let error = Malformed::Truncated { need: 2, have: 1 };
        assert_eq!(NdpOptions::new(b"\x01").next(), Some(Err(error)));
    }
}
