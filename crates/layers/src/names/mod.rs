//! Names of ports, IP protocols, Ethernet types and vendors, as IANA and IEEE assign them.
//!
//! A name is looked up by bisection in tables that are part of the program: nothing is allocated,
//! nothing is read or built at the start. A number without a name has none, and nothing is guessed:
//! a port says what is registered there, not what is spoken.
//!
//! ```
//! use rheos_layers::{EtherType, IpProtocol, names};
//!
//! assert_eq!(names::port(IpProtocol::TCP, 443), Some("https"));
//! assert_eq!(names::protocol(IpProtocol(89)), Some("ospf"));
//! assert_eq!(names::ether_type(EtherType(0x88cc)), Some("LLDP"));
//! let vendor = names::oui([0x00, 0x1b, 0x63, 0x01, 0x02, 0x03]).unwrap();
//! assert_eq!((vendor.name, vendor.prefix_len), ("Apple, Inc.", 24));
//! ```
//!
//! # Where the names come from
//!
#![doc = include_str!("sources.md")]

use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::{EtherType, IpProtocol};

/// The names of numbers, a line each.
const NUMBERS: &str = include_str!("numbers.txt");

/// The names of vendors, a line each.
const VENDORS: &str = include_str!("vendors.txt");

const PORTS: &[u8] = include_bytes!("ports.bin");
const PROTOCOLS: &[u8] = include_bytes!("protocols.bin");
const ETHER_TYPES: &[u8] = include_bytes!("ether_types.bin");
const OUI_24: &[u8] = include_bytes!("oui24.bin");
const OUI_28: &[u8] = include_bytes!("oui28.bin");
const OUI_36: &[u8] = include_bytes!("oui36.bin");

/// Who a block of hardware addresses is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vendor {
    /// The organization, as it is written in the registry; `Private` if it wants no name there.
    pub name: &'static str,
    /// Leading bits of the address that all of the block share: 24, 28 or 36.
    pub prefix_len: u8,
}

/// The name of a port of TCP, UDP, SCTP or DCCP; UDP-Lite has the ports of UDP ([RFC 3828]).
/// Where IANA has several names for a port, its first.
///
/// ```
/// use rheos_layers::{IpProtocol, names};
///
/// assert_eq!(names::port(IpProtocol::UDP, 123), Some("ntp"));
/// assert_eq!(names::port(IpProtocol::ICMPV4, 123), None);
/// ```
///
/// [RFC 3828]: https://www.rfc-editor.org/rfc/rfc3828#section-3.1
pub fn port(protocol: IpProtocol, port: u16) -> Option<&'static str> {
    let protocol = if protocol == IpProtocol::UDP_LITE { IpProtocol::UDP } else { protocol };
    let [high, low] = port.to_be_bytes();
    find(PORTS, NUMBERS, [protocol.0, high, low])
}

/// The name of an IP protocol or IPv6 extension header, as `getent protocols` prints it.
///
/// ```
/// use rheos_layers::{IpProtocol, names};
///
/// assert_eq!(names::protocol(IpProtocol::ICMPV6), Some("ipv6-icmp"));
/// assert_eq!(names::protocol(IpProtocol(253)), None); // for experiments
/// ```
pub fn protocol(protocol: IpProtocol) -> Option<&'static str> {
    find(PROTOCOLS, NUMBERS, [protocol.0])
}

/// The name of an Ethernet type.
///
/// ```
/// use rheos_layers::{EtherType, names};
///
/// assert_eq!(names::ether_type(EtherType::IPV6), Some("IPv6"));
/// assert_eq!(names::ether_type(EtherType(100)), None); // a length
/// ```
pub fn ether_type(ether_type: EtherType) -> Option<&'static str> {
    find(ETHER_TYPES, NUMBERS, ether_type.0.to_be_bytes())
}

/// Who the block of a hardware address is assigned to: the smallest block, which may lie in a
/// larger one of another owner.
///
/// An address that a system made up for itself (the second lowest bit of its first byte is set)
/// is as good as never in a block that is assigned.
///
/// ```
/// use rheos_layers::names;
///
/// let vendor = names::oui([0x70, 0xb3, 0xd5, 0xf2, 0xf1, 0x23]).unwrap();
/// assert_eq!((vendor.name, vendor.prefix_len), ("TELEPLATFORMS", 36));
/// assert_eq!(names::oui([0x02, 0, 0, 0, 0, 1]), None);
/// ```
pub fn oui(address: [u8; 6]) -> Option<Vendor> {
    /// The bits of a byte of which only half is prefix.
    const HALF: u8 = 0xf0;
    let [a, b, c, d, e, _] = address;
    let named = |prefix_len| move |name| Vendor { name, prefix_len };
    find(OUI_36, VENDORS, [a, b, c, d, e & HALF])
        .map(named(36))
        .or_else(|| find(OUI_28, VENDORS, [a, b, c, d & HALF]).map(named(28)))
        .or_else(|| find(OUI_24, VENDORS, [a, b, c]).map(named(24)))
}

/// What a table is made of, in the order of its keys.
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Record<const KEY: usize> {
    key: [u8; KEY],
    /// Where the line of the name starts, big-endian.
    start: [u8; 3],
}

impl<const KEY: usize> Record<KEY> {
    fn name(&self, names: &'static str) -> Option<&'static str> {
        let [high, middle, low] = self.start;
        let start = usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?;
        names.get(start..)?.split('\n').next()
    }
}

/// The name of a key.
fn find<const KEY: usize>(
    table: &'static [u8],
    names: &'static str,
    key: [u8; KEY],
) -> Option<&'static str> {
    let records = <[Record<KEY>]>::ref_from_bytes(table).ok()?;
    let place = records.binary_search_by_key(&key, |record| record.key).ok()?;
    records.get(place)?.name(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DCCP: IpProtocol = IpProtocol(33);

    /// Every record is behind the one before it and leads to a whole line.
    #[track_caller]
    fn check_table<const KEY: usize>(table: &'static [u8], names: &'static str, at_least: usize) {
        let records = <[Record<KEY>]>::ref_from_bytes(table).unwrap();
        assert!(records.len() >= at_least, "{} records", records.len());
        assert!(records.is_sorted_by(|a, b| a.key < b.key));
        for record in records {
            let name = record.name(names).unwrap();
            let start = name.as_ptr().addr() - names.as_ptr().addr();
            assert!(names[..start].ends_with('\n'), "{name} does not start its line");
            assert!(!name.starts_with('#') && !name.trim().is_empty(), "{name:?} is no name");
            let unseen = |c: char| c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c);
            assert!(!name.contains(unseen), "{name:?} holds what cannot be seen");
        }
    }

    /// At least as many ports as gopacket 1.1.19 has (`iana_ports.go`), as many protocols as IANA
    /// had assigned in 2017, and the blocks of the IEEE registry of 2022 to the thousand.
    #[test]
    fn tables_are_sorted_whole_and_complete() {
        check_table::<3>(PORTS, NUMBERS, 11_328);
        check_table::<1>(PROTOCOLS, NUMBERS, 130);
        check_table::<2>(ETHER_TYPES, NUMBERS, 100);
        check_table::<3>(OUI_24, VENDORS, 32_000);
        check_table::<4>(OUI_28, VENDORS, 4_000);
        check_table::<5>(OUI_36, VENDORS, 9_000);
    }

    /// `getent services 22/tcp` and so on; the last two, which netbase lacks, as
    /// [IANA](https://www.iana.org/assignments/service-names-port-numbers) has them.
    #[test]
    fn ports_have_the_names_that_getent_prints() {
        for (protocol, number, name) in [
            (IpProtocol::TCP, 22, "ssh"),
            (IpProtocol::TCP, 25, "smtp"),
            (IpProtocol::TCP, 80, "http"),
            (IpProtocol::TCP, 443, "https"),
            (IpProtocol::UDP, 53, "domain"),
            (IpProtocol::UDP, 123, "ntp"),
            (IpProtocol::UDP, 443, "https"),
            (IpProtocol::UDP, 514, "syslog"),
            (IpProtocol::TCP, 514, "shell"),
            (IpProtocol::UDP, 4789, "vxlan"),
            (IpProtocol::TCP, 6000, "x11"),
            (IpProtocol::SCTP, 2905, "m3ua"),
            (DCCP, 5004, "avt-profile-1"),
        ] {
            assert_eq!(port(protocol, number), Some(name), "{protocol} {number}");
        }
    }

    #[test]
    fn a_port_is_named_for_its_protocol_only() {
        assert_eq!(port(IpProtocol::UDP_LITE, 53), port(IpProtocol::UDP, 53));
        assert_eq!(port(IpProtocol::SCTP, 25), None);
        assert_eq!(port(IpProtocol::TCP, 65535), None);
        assert_eq!(port(IpProtocol(0), 80), None);
        assert_eq!(port(IpProtocol(255), 80), None);
    }

    /// `getent protocols 6` and so on; 7 and 10, which netbase lacks, as
    /// [IANA](https://www.iana.org/assignments/protocol-numbers) has them, in small letters without hyphens.
    #[test]
    fn protocols_have_the_names_that_getent_prints() {
        for (number, name) in [
            (0, "hopopt"),
            (1, "icmp"),
            (6, "tcp"),
            (7, "cbt"),
            (10, "bbnrccmon"),
            (17, "udp"),
            (43, "ipv6-route"),
            (47, "gre"),
            (58, "ipv6-icmp"),
            (88, "eigrp"),
            (112, "vrrp"),
            (132, "sctp"),
            (142, "rohc"),
        ] {
            assert_eq!(protocol(IpProtocol(number)), Some(name));
        }
        for unassigned in [200, 252, 253, 254, 255] {
            assert_eq!(protocol(IpProtocol(unassigned)), None);
        }
    }

    /// The first three by netbase's `/etc/ethertypes`, the others by `linux/if_ether.h`
    /// and OpenBSD's `netinet/if_ether.h`.
    #[test]
    fn ether_types_have_the_names_of_etc_ethertypes() {
        for (number, name) in [
            (0x0800, "IPv4"),
            (0x0806, "ARP"),
            (0x8100, "802_1Q"),
            (0x8892, "PROFINET"),
            (0x88a4, "ETHERCAT"),
            (0x6004, "LAT"),
        ] {
            assert_eq!(ether_type(EtherType(number)), Some(name));
        }
        for none in [0, 0x05ff, 0x8101, 0xffff] {
            assert_eq!(ether_type(EtherType(none)), None);
        }
    }

    #[track_caller]
    fn check_vendor(address: [u8; 6], name: &str, prefix_len: u8) {
        let vendor = oui(address).unwrap();
        assert_eq!((vendor.name, vendor.prefix_len), (name, prefix_len), "{address:02x?}");
    }

    /// `oui.txt`, `mam.txt`, `oui36.txt` and `iab.txt` of IEEE; Wireshark's `manuf` names the same.
    #[test]
    fn the_smallest_block_names_the_vendor() {
        check_vendor([0x00, 0x1b, 0x63, 0, 0, 0], "Apple, Inc.", 24);
        check_vendor([0x00, 0x1b, 0x63, 0xff, 0xff, 0xff], "Apple, Inc.", 24);

        let in_a_28 = |d, e, f| [0x20, 0x85, 0x93, d, e, f];
        check_vendor(in_a_28(0xaf, 0xff, 0xff), "H3 Industries, Inc.", 28);
        check_vendor(in_a_28(0xb0, 0, 0), "IOG Products LLC", 28);
        check_vendor(in_a_28(0xbf, 0xff, 0xff), "IOG Products LLC", 28);
        check_vendor(in_a_28(0xc0, 0, 0), "Regloplas AG", 28);
        check_vendor(in_a_28(0xf0, 0, 0), "IEEE Registration Authority", 24);

        let in_a_36 = |d, e, f| [0x70, 0xb3, 0xd5, d, e, f];
        check_vendor(in_a_36(0xf2, 0xef, 0xff), "Shanghai JCY Technology Company", 36);
        check_vendor(in_a_36(0xf2, 0xf0, 0), "TELEPLATFORMS", 36);
        check_vendor(in_a_36(0xf2, 0xff, 0xff), "TELEPLATFORMS", 36);
        check_vendor(in_a_36(0xf3, 0, 0), "ADE Technology Inc.", 36);
        check_vendor([0x00, 0x50, 0xc2, 0x7d, 0x5a, 0xbc], "DEUTA-WERKE GmbH", 36);
    }

    #[test]
    fn addresses_of_nobody_have_no_vendor() {
        assert_eq!(oui([0xff; 6]), None);
        assert_eq!(oui([0x01, 0x00, 0x5e, 0, 0, 1]), None);
        assert_eq!(oui([0x33, 0x33, 0, 0, 0, 1]), None);
    }
}
