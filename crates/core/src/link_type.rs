//! Link types, as the [tcpdump registry](https://www.tcpdump.org/linktypes.html) numbers them.

use std::fmt;

/// A link type (`LINKTYPE_…`): how the bytes of a packet start. Unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u16);

/// Declares the registry: a constant and a name for each number.
macro_rules! link_types {
    ($($number:literal $name:ident $title:literal;)+) => {
        impl LinkType {
            $(#[doc = $title] pub const $name: Self = Self($number);)+

            /// The name in the registry, without `LINKTYPE_`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some(stringify!($name)),)+
                    _ => None,
                }
            }
        }
    };
}

impl fmt::Display for LinkType {
    /// Writes the name, or the number where there is none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

link_types! {
    0 NULL "BSD loopback, in the byte order of its machine";
    1 ETHERNET "IEEE 802.3 Ethernet";
    101 RAW "IP, version 4 or 6 by its first bits";
    108 LOOP "OpenBSD loopback, in network byte order";
    113 LINUX_SLL "Linux cooked capture";
    228 IPV4 "IPv4";
    229 IPV6 "IPv6";
    276 LINUX_SLL2 "Linux cooked capture, version 2";
}
