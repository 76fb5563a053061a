//! The Community ID, version 1: one name of a flow in the outputs of all tools
//! (<https://github.com/corelight/community-id-spec>).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use rheos_layers::IpProtocol;
use sha1::{Digest, Sha1};

use super::{FiveTupleKey, counterpart};

/// The Community ID of a flow, which Zeek, Suricata and others give it too: `1:` and the digest in
/// base64.
///
/// ```
/// use rheos_flow::FiveTupleKey;
/// use rheos_layers::IpProtocol;
///
/// let [client, server] = ["192.168.1.52:54585", "8.8.8.8:53"].map(|end| end.parse().unwrap());
/// let (key, _) = FiveTupleKey::new(client, server, IpProtocol::UDP).unwrap();
/// assert_eq!(key.community_id(0).to_string(), "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommunityId([u8; 20]);

impl CommunityId {
    /// The ID of a packet between two endpoints. ICMP and `ICMPv6` have the type of a message in the
    /// place of the source port and its code in that of the destination port; protocols without
    /// ports have none, whatever the endpoints say.
    ///
    /// The seed is zero, unless all tools at a site were given another.
    pub fn new(
        source: SocketAddr,
        destination: SocketAddr,
        protocol: IpProtocol,
        seed: u16,
    ) -> Self {
        let [mut from, mut to] = [source, destination].map(|end| (end.ip(), end.port()));
        let mut is_one_way = false;
        if let IpProtocol::ICMPV4 | IpProtocol::ICMPV6 = protocol {
            let is_v6 = protocol == IpProtocol::ICMPV6;
            match u8::try_from(from.1).ok().and_then(|kind| counterpart(is_v6, kind)) {
                Some(answer) => to.1 = answer.into(),
                None => is_one_way = true,
            }
        }
        if !is_one_way && to < from {
            (from, to) = (to, from);
        }
        let mut hash = Sha1::new().chain_update(seed.to_be_bytes());
        for (address, _) in [from, to] {
            match address {
                IpAddr::V4(address) => hash.update(address.octets()),
                IpAddr::V6(address) => hash.update(address.octets()),
            }
        }
        hash.update([protocol.0, 0]);
        let has_ports = matches!(
            protocol,
            IpProtocol::TCP
                | IpProtocol::UDP
                | IpProtocol::SCTP
                | IpProtocol::ICMPV4
                | IpProtocol::ICMPV6
        );
        if has_ports {
            [from, to].iter().for_each(|(_, port)| hash.update(port.to_be_bytes()));
        }
        Self(hash.finalize().into())
    }

    /// The digest, which some tools write in hexadecimal.
    pub fn digest(&self) -> [u8; 20] {
        self.0
    }
}

impl fmt::Display for CommunityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1:{}", Base64Display::new(&self.0, &STANDARD))
    }
}

impl FiveTupleKey {
    /// The Community ID of the flow. The seed is zero, unless all tools at a site were given another.
    ///
    /// A key of ICMP that was made without a message has its ports taken for type and code.
    pub fn community_id(&self, seed: u16) -> CommunityId {
        let Some((kind, code)) = self.message() else {
            return CommunityId::new(self.low(), self.high(), self.protocol(), seed);
        };
        let (mut from, mut to) = self.endpoints(self.message_orientation());
        from.set_port(kind.into());
        to.set_port(code.into());
        CommunityId::new(from, to, self.protocol(), seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Orientation;

    /// A line of the specification's vectors: `baseline_deflt.json` and `baseline_seed1.json`, and
    /// for what they leave out the tests of pycommunityid.
    #[track_caller]
    fn check(protocol: u8, ends: [&str; 2], ports: [u16; 2], expected: [&str; 2]) {
        let [source, destination] = ends.map(|end| end.parse::<IpAddr>().unwrap());
        let protocol = IpProtocol(protocol);
        let [a, b] = [(source, ports[0]), (destination, ports[1])].map(SocketAddr::from);
        let plain = [0, 1].map(|seed| CommunityId::new(a, b, protocol, seed).to_string());
        assert_eq!(plain, expected);
        // The same of a key, which knows a message of ICMP by itself.
        let is_icmp = [IpProtocol::ICMPV4, IpProtocol::ICMPV6].contains(&protocol);
        let [a, b] =
            if is_icmp { [(source, 7), (destination, 7)].map(SocketAddr::from) } else { [a, b] };
        let (mut key, orientation) = FiveTupleKey::new(a, b, protocol).unwrap();
        if is_icmp {
            let [kind, code] = ports.map(|port| u8::try_from(port).unwrap());
            key = key.with_message(orientation, kind, code);
        }
        assert_eq!([0, 1].map(|seed| key.community_id(seed).to_string()), expected);
    }

    #[test]
    fn protocols_with_ports() {
        let ids = ["1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="];
        check(6, ["128.232.110.120", "66.35.250.204"], [34855, 80], ids);
        check(6, ["66.35.250.204", "128.232.110.120"], [80, 34855], ids);
        let ids = ["1:SXBGMX1lBOwhhoDrZynfROxnhnM=", "1:HmBRGR+fUyXF4t8WEtal7Y0gEAo="];
        check(6, ["10.0.0.1", "10.0.0.2"], [10, 11569], ids);
        let ids = ["1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", "1:eJYTW6AOzFLlSUoESovMjnu7rMw="];
        let ends = ["2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a"];
        check(6, ends, [63943, 25], ids);
        check(6, [ends[1], ends[0]], [25, 63943], ids);
        let ids = ["1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="];
        check(17, ["192.168.1.52", "8.8.8.8"], [54585, 53], ids);
        check(17, ["8.8.8.8", "192.168.1.52"], [53, 54585], ids);
        let ids = ["1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="];
        check(132, ["192.168.170.8", "192.168.170.56"], [7, 7], ids);
        check(132, ["192.168.170.56", "192.168.170.8"], [7, 7], ids);
        let ids = ["1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", "1:Y1/0jQg6e+I3ZwZZ9LP65DNbTXU="];
        check(132, ["192.168.170.8", "192.168.170.56"], [7, 80], ids);
    }

    #[test]
    fn protocols_without_ports() {
        let ids = ["1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="];
        check(46, ["10.1.12.1", "10.1.12.2"], [0, 0], ids);
        check(46, ["10.1.12.2", "10.1.12.1"], [0, 0], ids);
        let ids = ["1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=", "1:BK3BVW3U2eemuwVQVN3zd/GULno="];
        check(46, ["10.1.24.4", "10.1.12.1"], [0, 0], ids);
    }

    #[test]
    fn a_question_of_icmp_and_its_answer() {
        let ids = ["1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="];
        check(1, ["192.168.0.89", "192.168.0.1"], [8, 0], ids);
        check(1, ["192.168.0.1", "192.168.0.89"], [0, 8], ids);
        check(1, ["192.168.0.1", "192.168.0.89"], [0, 20], ids);
        let [a, b] = ["fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea"];
        let ids = ["1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="];
        check(58, [a, b], [135, 136], ids);
        check(58, [a, b], [135, 0], ids);
        check(58, [b, a], [136, 135], ids);
        let ids = ["1:zavyT/cezQr1fmImYCwYnMXbgck=", "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM="];
        check(58, [b, a], [135, 136], ids);
        check(58, [a, b], [136, 135], ids);
        let [c, d] = ["3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2"];
        let ids = ["1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=", "1:GfZxjAkDk2MkegpBYHV6tadtFXQ="];
        check(58, [c, d], [128, 129], ids);
        check(58, [d, c], [129, 128], ids);
        let ids = ["1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=", "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8="];
        check(58, [a, "ff02::2"], [133, 134], ids);
        let ids = ["1:pkvHqCL88/tg1k4cPigmZXUtL00=", "1:K/ee5UCqAMAQXDorP5nSa2CGLjc="];
        check(58, [b, "ff02::1"], [134, 133], ids);
    }

    #[test]
    fn a_message_that_nobody_answers_has_an_id_for_each_direction() {
        let ids = ["1:YHxtAirCG//0OzkcVAukqKQN9xM=", "1:XjUibYHaafLQ3pxQeiMI8g25q20="];
        check(1, ["10.0.0.1", "10.0.0.2"], [11, 0], ids);
        let ends = ["192.168.0.89", "192.168.0.1"];
        let ids = ["1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", "1:lCXHHxavE1Vq3oX9NH5ladQg02o="];
        check(1, ends, [20, 0], ids);
        let ids = ["1:tz/fHIDUHs19NkixVVoOZywde+I=", "1:Ie3wmFyxiEyikbsbcO03d2nh+PM="];
        check(1, ends, [20, 1], ids);
        let ids = ["1:2ObVBgIn28oZvibYZhZMBgh7WdQ=", "1:lVEtCZpYu84Xqaa++3lXFyuu2n4="];
        check(58, ["3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da"], [3, 0], ids);
        let ids = ["1:hLZd0XGWojozrvxqE0dWB1iM6R0=", "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8="];
        let ends = ["3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da"];
        check(58, ends, [1, 4], ids);
        let [a, b] = ["3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da"];
        let ids = ["1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=", "1:OlOWx9psIbBFi7lOCw/4MhlKR9M="];
        check(58, [a, b], [3, 0], ids);
        let ids = ["1:/OGBt9BN1ofenrmSPWYicpij2Vc=", "1:Ij4ZxnC87/MXzhOjvH2vHu7LRmE="];
        check(58, [b, a], [3, 0], ids);
    }

    #[test]
    fn the_digest_is_what_base64_writes() {
        // pycommunityid without base64.
        let [a, b] = ["10.0.0.1:10", "10.0.0.2:11569"].map(|end| end.parse().unwrap());
        let digest = CommunityId::new(a, b, IpProtocol::TCP, 0).digest();
        let expected = 0x4970_4631_7d65_04ec_2186_80eb_6729_df44_u128.to_be_bytes();
        assert_eq!(digest, [&expected[..], &[0xec, 0x67, 0x86, 0x73]].concat()[..]);
    }

    #[test]
    fn a_host_that_asks_itself_has_one_flow() {
        let host = "127.0.0.1:7".parse().unwrap();
        let (key, orientation) = FiveTupleKey::new(host, host, IpProtocol::ICMPV4).unwrap();
        assert_eq!(orientation, Orientation::Forward);
        assert_eq!(key.with_message(orientation, 8, 0), key.with_message(orientation, 0, 0));
    }
}
