//! What ICMP extensions tell of an interface,
//! [RFC 5837](https://www.rfc-editor.org/rfc/rfc5837) section 4.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zerocopy::FromBytes;
use zerocopy::network_endian::{U16, U32};

use super::extensions::{RawObject, place, text, trimmed};
use crate::{FieldSink, Value};

/// The address family of IPv4, as IANA numbers them.
pub(super) const IPV4_FAMILY: u16 = 1;
/// The address family of IPv6.
pub(super) const IPV6_FAMILY: u16 = 2;

/// What RFC 5837 tells of an interface. Whatever does not fit in the object is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IcmpInterface<'a> {
    /// 0: where the quoted packet arrived; 1: a part of that; 2: where it was to leave; 3: where
    /// its next hop is.
    pub role: u8,
    /// Number of the interface, as in SNMP.
    pub index: Option<u32>,
    /// An address of it.
    pub address: Option<IpAddr>,
    /// Most bytes of a packet that leaves by it.
    pub mtu: Option<u32>,
    /// Its name and zeros behind it, three bytes more than a multiple of four, at most 63.
    pub raw_name: Option<&'a [u8]>,
}

impl<'a> IcmpInterface<'a> {
    /// Its name, without the zeros behind it.
    pub fn name(&self) -> Option<&'a [u8]> {
        self.raw_name.map(trimmed)
    }

    pub(super) fn new(c_type: u8, data: &'a [u8]) -> Self {
        let role = c_type >> 6;
        let mut interface = Self { role, index: None, address: None, mtu: None, raw_name: None };
        // A part that is cut short ends the object: what follows it has no place.
        let _ = interface.read(c_type, data);
        interface
    }

    fn read(&mut self, c_type: u8, mut data: &'a [u8]) -> Option<()> {
        if c_type & 8 != 0 {
            self.index = Some(number(&mut data)?);
        }
        if c_type & 4 != 0 {
            let family = U16::ref_from_prefix(data).ok()?.0.get();
            data = data.get(4..)?;
            let address = data.get(..if family == IPV6_FAMILY { 16 } else { 4 })?;
            self.address = Some(address_of(family, address)?);
            data = data.get(address.len()..)?;
        }
        if c_type & 2 != 0 {
            let (&length, behind) = data.split_first()?;
            let (name, behind) = behind.split_at_checked(usize::from(length).checked_sub(1)?)?;
            self.raw_name = Some(name);
            data = behind;
        }
        if c_type & 1 != 0 {
            self.mtu = Some(number(&mut data)?);
        }
        Some(())
    }

    pub(super) fn fields(&self, raw: &RawObject<'_>, start: usize, sink: &mut dyn FieldSink) {
        let (bits, c_type) = (place(start, 3, 1), raw.header.c_type);
        sink.number("icmp.int_info.role", self.role, bits.clone());
        sink.number("icmp.int_info.reserved", c_type >> 4 & 3, bits.clone());
        sink.flag("icmp.int_info.ifindex", c_type & 8 != 0, bits.clone());
        sink.flag("icmp.int_info.ipaddr", c_type & 4 != 0, bits.clone());
        sink.flag("icmp.int_info.name_present", c_type & 2 != 0, bits.clone());
        sink.flag("icmp.int_info.mtu_present", c_type & 1 != 0, bits.clone());
        let mut at = bits.end;
        if let Some(index) = self.index {
            let bytes = place(at, 0, 4);
            at = bytes.end;
            sink.number("icmp.int_info.index", index, bytes);
        }
        if let Some(address) = self.address {
            let (family, name, value, len) = match address {
                IpAddr::V4(a) => (IPV4_FAMILY, "icmp.int_info.ipv4", Value::Ipv4(a), 4),
                IpAddr::V6(a) => (IPV6_FAMILY, "icmp.int_info.ipv6", Value::Ipv6(a), 16),
            };
            sink.number("icmp.int_info.afi", family, place(at, 0, 2));
            raw.bytes("icmp.reserved", start, place(at, 2, 2), sink);
            let bytes = place(at, 4, len);
            at = bytes.end;
            sink.value(name, value, bytes);
        }
        if let Some(name) = self.raw_name {
            let bytes = place(at, 1, name.len());
            let length = name.len().saturating_add(1) as u64;
            sink.number("icmp.int_info.name_length", length, place(at, 0, 1));
            at = bytes.end;
            sink.value("icmp.int_info.name", text(name), bytes);
        }
        if let Some(mtu) = self.mtu {
            sink.number("icmp.int_info.mtu", mtu, place(at, 0, 4));
        }
    }
}

/// The address in these bytes, if they are of a known family and its length.
pub(super) fn address_of(family: u16, address: &[u8]) -> Option<IpAddr> {
    match family {
        IPV4_FAMILY => Some(Ipv4Addr::from(*<&[u8; 4]>::try_from(address).ok()?).into()),
        IPV6_FAMILY => Some(Ipv6Addr::from(*<&[u8; 16]>::try_from(address).ok()?).into()),
        _ => None,
    }
}

fn number(data: &mut &[u8]) -> Option<u32> {
    let (number, rest) = U32::ref_from_prefix(data).ok()?;
    *data = rest;
    Some(number.get())
}
