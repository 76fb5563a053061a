//! Ports that belong to servers.

/// Ports of TCP that Zeek's scripts name as those of servers, in order.
pub(crate) const TCP: &[u16] = &[
    21, 22, 25, 53, 80, 81, 88, 102, 110, 135, 139, 143, 194, 389, 443, 445, 465, 502, 514, 563,
    585, 587, 614, 631, 636, 989, 990, 992, 993, 995, 1080, 1433, 1434, 1883, 2811, 3128, 3268,
    3269, 3306, 3389, 5060, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888,
    20000,
];

/// Ports of UDP that Zeek's scripts name as those of servers, in order.
pub(crate) const UDP: &[u16] = &[
    53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4011, 4789, 5060,
    5072, 5353, 5355, 6081, 20000,
];

/// Whether a port is among these, which are in order.
pub(crate) fn has(services: &[u16], port: u16) -> bool {
    services.binary_search(&port).is_ok()
}
